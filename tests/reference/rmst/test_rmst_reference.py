"""Restricted mean survival time against R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-10  # the JSON holds 15 digits


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_means_and_contrasts_equal_r(case: dict[str, Any]) -> None:
    for fit in case["fits"]:
        mean = ms.rmst(case["time"], event=case["event"], by=case["group"], tau=fit["tau"])
        np.testing.assert_allclose(mean.estimate, fit["rmst"], rtol=RTOL_REFERENCE)
        np.testing.assert_allclose(mean.std_error, fit["std_error"], rtol=RTOL_REFERENCE, atol=1e-12)
        contrasts = mean.contrasts
        for i, kind in enumerate(("difference", "ratio")):
            ours = [contrasts.estimate[i], contrasts.lower[i], contrasts.upper[i], contrasts.p_value[i]]
            np.testing.assert_allclose(ours, fit[kind], rtol=1e-9)


def test_tau_beyond_follow_up_is_refused_by_group() -> None:
    with pytest.raises(ms.exceptions.NotEstimableError, match=r"group `b`: .* beyond the last observed time 3"):
        ms.rmst([5.0, 6.0, 2.0, 3.0], event=[1, 0, 1, 0], by=["a", "a", "b", "b"], tau=4)
    mean = ms.rmst([5.0, 6.0, 2.0, 3.0], event=[1, 0, 1, 0], by=["a", "a", "b", "b"])
    assert mean.tau == 3
    assert "the smallest last observed time of the groups" in mean.title()


def test_without_events_in_both_arms_the_contrast_says_why() -> None:
    mean = ms.rmst([5.0, 6.0, 5.0, 6.0], event=[0, 0, 0, 0], by=["a", "a", "b", "b"], tau=4)
    assert np.isnan(mean.contrasts.estimate).all()
    assert all("standard error is 0" in note for note in mean.contrasts.note)


def test_the_reference_group_can_be_chosen() -> None:
    first = ms.rmst([1.0, 2, 4, 7, 3, 5, 6, 7], event=[1] * 8, by=["a"] * 4 + ["b"] * 4, tau=5)
    other = ms.rmst([1.0, 2, 4, 7, 3, 5, 6, 7], event=[1] * 8, by=["a"] * 4 + ["b"] * 4, tau=5, ref="b")
    assert first.contrasts.estimate[0] == -other.contrasts.estimate[0]
    with pytest.raises(ms.exceptions.OptionError, match="`ref` is `c`"):
        ms.rmst([1.0, 2.0], event=[1, 1], by=["a", "b"], tau=1, ref="c")
