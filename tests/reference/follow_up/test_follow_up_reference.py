"""Follow-up, landmark curves and milestones against R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-10  # the JSON holds 15 digits
CASES = pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])


@CASES
def test_ends_first_is_survfit_of_the_exchanged_indicator(case: dict[str, Any]) -> None:
    watched = ms.follow_up(case["time"], event=case["event"], ties="ends-first")
    np.testing.assert_allclose(watched.curves[0].survival, case["exchanged"]["survival"], rtol=RTOL_REFERENCE)
    median = watched.quantile(0.5)
    ours = [median.estimate[0], median.lower[0], median.upper[0]]
    expected = [np.nan if value is None else value for value in case["exchanged"]["median"]]
    np.testing.assert_allclose(ours, expected, rtol=RTOL_REFERENCE)


@CASES
def test_events_first_is_prodlim_reversed(case: dict[str, Any]) -> None:
    watched = ms.follow_up(case["time"], event=case["event"])
    expected = case["events_first"]
    at = watched.at(expected["time"])
    np.testing.assert_allclose(at.survival, expected["survival"], rtol=RTOL_REFERENCE, atol=1e-14)
    assert watched.n_events == len(case["event"]) - sum(case["event"])


@CASES
def test_landmark_curves_are_those_of_the_subset(case: dict[str, Any]) -> None:
    for expected in case["landmarks"]:
        found = ms.landmark(case["time"], at=expected["at"], event=case["event"])
        curve = found.curves.curves[0]
        np.testing.assert_allclose(curve.time, expected["time"], rtol=RTOL_REFERENCE)
        np.testing.assert_allclose(curve.survival, expected["survival"], rtol=RTOL_REFERENCE, atol=1e-14)
        assert found.n_event_before.tolist() == [expected["events"]]
        assert found.n_censored_before.tolist() == [expected["censored"]]
        by_group = ms.landmark(case["time"], at=expected["at"], event=case["event"], by=case["group"])
        assert by_group.logrank is not None
        assert by_group.logrank.statistic == pytest.approx(expected["logrank"], rel=RTOL_REFERENCE)


@CASES
def test_milestone_contrasts_are_the_normal_formulas(case: dict[str, Any]) -> None:
    times = [expected["time"] for expected in case["milestones"]]
    found = ms.milestones(case["time"], event=case["event"], by=case["group"], at=times).contrasts
    for i, expected in enumerate(case["milestones"]):
        for j, kind in enumerate(("difference", "ratio", "cumulative_hazard_ratio")):
            row = 3 * i + j
            assert found.contrast[row] == kind.replace("_", "-")
            ours = [found.estimate[row], found.lower[row], found.upper[row], found.p_value[row]]
            np.testing.assert_allclose(ours, expected[kind], rtol=1e-9)
