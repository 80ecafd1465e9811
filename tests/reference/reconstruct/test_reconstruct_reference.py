"""Round trips: known data to a rounded curve and a risk table, and back; `make.R` beside this file made the curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
ATOL_SURVIVAL = 0.01  # the rounding of numbers of events to whole ones
SHARE_OF_SE = 0.1  # of the log hazard ratio


def rebuild(curve: dict[str, Any], **options: Any) -> Any:
    return ms.reconstruct(
        curve["time"], curve["survival"], risk_times=curve["risk_times"], n_risk=curve["n_risk"], **options
    )


def test_lung_comes_back() -> None:
    curve = REFERENCE["lung"]
    found = rebuild(curve, total_events=165)
    assert (found.n, found.n_events) == (228, 165)
    km = ms.kaplan_meier("time", event="event", data=found)
    assert km.median == 310
    np.testing.assert_allclose(km.at([180, 365, 730]).survival, curve["survival_at"], atol=ATOL_SURVIVAL)
    # the total is reached before the last interval, which then has no event: the curve ends 0.03 too high
    assert found.rmse < 0.005 and found.max_deviation_time in (883, 1022) and found.max_risk_difference == 0
    assert rebuild(curve).max_deviation < 0.005


@pytest.mark.parametrize("case", REFERENCE["two"], ids=lambda case: case["name"])
@pytest.mark.parametrize("with_events", [True, False])
def test_the_hazard_ratio_comes_back(case: dict[str, Any], with_events: bool) -> None:
    found = [rebuild(arm, total_events=arm["events"] if with_events else None) for arm in case["arms"]]
    for rebuilt, arm in zip(found, case["arms"], strict=True):
        assert rebuilt.n == arm["n"]
        assert abs(rebuilt.n_events - arm["events"]) <= 0.02 * arm["events"]
        assert rebuilt.max_risk_difference <= (
            2 if "clicks" in case["name"] else 0
        )  # sparse points blur the time of events
        assert rebuilt.max_deviation < ATOL_SURVIVAL
    fit = ms.cox(
        np.concatenate([f.time for f in found]),
        event=np.concatenate([f.event for f in found]),
        covariates={"arm": np.repeat([0.0, 1.0], [f.n for f in found])},
    )
    assert fit.coefficients["arm"] == pytest.approx(case["log_hr"], abs=SHARE_OF_SE * case["se"])
    assert fit.standard_errors["arm"] == pytest.approx(case["se"], rel=0.02)


def test_noise_of_a_mouse_is_cleaned_and_counted() -> None:
    curve = REFERENCE["lung"]
    rng = np.random.default_rng(1)
    noisy = np.clip(np.array(curve["survival"]) + rng.normal(0, 0.002, len(curve["survival"])), 0, 1)
    found = ms.reconstruct(
        curve["time"], noisy, risk_times=curve["risk_times"], n_risk=curve["n_risk"], total_events=165
    )
    assert found.n == 228 and abs(found.n_events - 165) <= 5
    assert any("lowered because survival rose" in words for words in found.cleaning)
    assert found.max_deviation < 0.03
