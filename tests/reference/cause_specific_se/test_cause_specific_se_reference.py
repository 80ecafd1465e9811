"""Standard errors of cause-specific incidence against numeric derivatives; `make.R` made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
CASES = {case["name"]: case for case in REFERENCE["cases"]}
RTOL_REFERENCE = 1e-7  # central differences of fourth order in R
COLUMNS = ("time", "cause", "x", "z", "centre", "entry")


def predicted(case: dict[str, Any], survival: Any, **options: Any) -> Any:
    data = {name: case[name] for name in COLUMNS if case.get(name)}
    fit = ms.cause_specific_cox(
        "time",
        cause="cause",
        censored=0,
        covariates=["x", "z"],
        data=data,
        strata="centre" if case["strata"] else None,
        entry="entry" if case.get("entry") else None,
        ties=case["ties"],
        **options,
    )
    return fit.predict_incidence(case["new"], times=case["times"], survival=survival)


@pytest.mark.parametrize("survival", ["product", "exponential"])
@pytest.mark.parametrize("name", CASES)
def test_standard_errors_equal_the_delta_method(name: str, survival: str) -> None:
    case = CASES[name]
    found = predicted(case, survival)
    for subject, reference in enumerate(case[survival]):
        np.testing.assert_allclose(found.incidence[subject].reshape(-1), reference["incidence"], rtol=1e-9)
        np.testing.assert_allclose(found.standard_error[subject].reshape(-1), reference["se"], rtol=RTOL_REFERENCE)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].get("influence_se")])
def test_influence_functions_of_riskregression_are_near(name: str) -> None:
    found = predicted(CASES[name], "product").standard_error[:, 0]
    np.testing.assert_allclose(found, np.array(CASES[name]["influence_se"]), rtol=0.2)


def test_limits_hold_the_estimate_and_widen_with_the_level() -> None:
    case = CASES["whole_months"]
    wide, narrow = predicted(case, "product", conf_level=0.99), predicted(case, "product", conf_level=0.9)
    assert (wide.lower < narrow.lower).all() and (narrow.lower < narrow.incidence).all()
    assert (narrow.incidence < narrow.upper).all() and (narrow.upper < wide.upper).all()


def test_before_the_first_event_of_a_cause_there_is_no_standard_error() -> None:
    case = CASES["without_ties"]
    found = predicted({**case, "times": [0.0, 6.0]}, "product")
    assert (found.incidence[:, :, 0] == 0).all() and np.isnan(found.standard_error[:, :, 0]).all()
    assert np.isfinite(found.standard_error[:, :, 1]).all()


def test_a_cause_without_events_in_a_stratum_has_no_hazard_there() -> None:
    case = {**CASES["strata"]}
    centre = np.array(case["centre"])
    case["cause"] = np.where((centre == "a") & (np.array(case["cause"]) == 2), 0, case["cause"]).tolist()
    found = predicted(case, "product")
    assert (found.incidence[0, 1] == 0).all() and np.isnan(found.standard_error[0, 1]).all()
    assert np.isfinite(found.standard_error[0, 0]).all() and (found.incidence[1, 1] > 0).all()
