"""Cause-specific Cox models against riskRegression::CSC; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
CASES = {case["name"]: case for case in REFERENCE["cases"]}
RTOL_REFERENCE = 1e-8  # coxph is run with eps 1e-12; predictions are differences of cumulative hazards


def fit(case: dict[str, Any]) -> Any:
    data = {name: case[name] for name in ("time", "cause", "x", "z", "centre")}
    strata = "centre" if case["strata"] else None
    return ms.cause_specific_cox(
        "time", cause="cause", censored=0, covariates=["x", "z"], data=data, strata=strata, ties=case["ties"]
    )


@pytest.mark.parametrize("name", CASES)
def test_each_model_equals_coxph_of_its_cause(name: str) -> None:
    case = CASES[name]
    found = fit(case)
    for k in (1, 2):
        one = found[k]
        coefficients = np.array(list(one.coefficients.values()))
        key = f"Cause {k}"
        errors = np.sqrt(np.diag(np.array(case["variance"][key])))
        assert np.abs((coefficients - case["coefficients"][key]) / errors).max() < 1e-8
        np.testing.assert_allclose(one.covariance, np.array(case["variance"][key]), rtol=RTOL_REFERENCE, atol=1e-12)


@pytest.mark.parametrize("survival", ["product", "exponential"])
@pytest.mark.parametrize("name", CASES)
def test_incidence_equals_predict_of_csc(name: str, survival: str) -> None:
    case = CASES[name]
    found = fit(case).predict_incidence(case["new"], times=case["times"], survival=survival)
    assert found.causes == ["1", "2"]
    for k in range(2):
        np.testing.assert_allclose(found.incidence[:, k, :], np.array(case[survival][k]), rtol=RTOL_REFERENCE)


def test_incidences_and_product_survival_sum_to_one_without_covariate_effect() -> None:
    """A constant effect of nearly zero gives the Aalen-Johansen incidence back."""
    case = CASES["whole_months_breslow"]
    data = {"time": case["time"], "cause": case["cause"], "x": np.tile([1.0, -1.0], len(case["time"]) // 2)}
    found = ms.cause_specific_cox("time", cause="cause", censored=0, covariates=["x"], data=data, ties="breslow")
    both = found.predict_incidence(np.array([[1.0], [-1.0]]), times=[5, 10]).incidence.mean(axis=0)
    cif = ms.cumulative_incidence("time", cause="cause", censored=0, data=data).at([5, 10])
    np.testing.assert_allclose(both.reshape(-1), cif.incidence, atol=0.02)
