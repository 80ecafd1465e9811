"""Restricted mean time in state against survfit; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import NotEstimableError, OptionError

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
CASES = {case["name"]: case for case in REFERENCE["cases"]}
RTOL_REFERENCE = 1e-7  # central differences of fourth order in R


def fit(case: dict[str, Any], **options: Any) -> Any:
    return ms.multi_state(
        case["stop"],
        entry=case["start"],
        from_state=case["from"],
        to_state=case["to"],
        id=case["id"],
        censored="cens",
        states=["A", "B", "C"],
        weights=case["weights"],
        **options,
    )


@pytest.mark.parametrize("name", CASES)
def test_mean_times_and_jackknife_equal_survfit(name: str) -> None:
    case = CASES[name]
    found = fit(case, variance="robust").mean_time(case["tau"])
    np.testing.assert_allclose(found.mean, case["mean"], rtol=1e-9)
    np.testing.assert_allclose(found.std_error, case["robust_se"], rtol=RTOL_REFERENCE, atol=1e-12)
    np.testing.assert_allclose(found.mean.sum(), case["tau"], rtol=1e-12)


def test_greenwood_of_two_states_is_the_restricted_mean_survival() -> None:
    case = REFERENCE["two_states"]
    n = len(case["time"])
    found = ms.multi_state(
        case["time"],
        from_state=["alive"] * n,
        to_state=np.where(np.array(case["event"]) > 0, "dead", "cens"),
        censored="cens",
    ).mean_time(case["tau"])
    np.testing.assert_allclose(found.mean, [case["mean"], case["tau"] - case["mean"]], rtol=1e-9)
    np.testing.assert_allclose(found.std_error, [case["se"], case["se"]], rtol=1e-9)
    assert "Greenwood" in found.title()


@pytest.mark.parametrize("name", ["one_start", "mixed_start"])
def test_greenwood_is_near_the_jackknife(name: str) -> None:
    case = CASES[name]
    greenwood, robust = (fit(case, variance=v).mean_time(case["tau"]) for v in ("greenwood", "robust"))
    np.testing.assert_array_equal(greenwood.mean, robust.mean)
    np.testing.assert_allclose(greenwood.std_error, robust.std_error, rtol=0.3)


def test_a_time_outside_the_follow_up_is_refused() -> None:
    found = fit(CASES["one_start"])
    with pytest.raises(NotEstimableError, match="last end of follow-up"):
        found.mean_time(1000)
    with pytest.raises(OptionError, match="`tau` must be positive"):
        found.mean_time(-1)
