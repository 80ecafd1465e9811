"""Recurrent events against survfit, coxph and formulas written in R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
CASES = {case["name"]: case for case in REFERENCE["cases"]}
RTOL_REFERENCE = 1e-9  # the JSON holds 15 digits
RTOL_DERIVATIVE = 1e-6  # central differences with step 1e-4
MODELS = ["andersen-gill", "pwp-total", "pwp-gap"]


def columns(name: str, *names: str) -> dict[str, Any]:
    case = CASES[name]
    return {"event": case["event"], "id": case["id"], "entry": case["start"], **{n: case[n] for n in names}}


@pytest.mark.parametrize("name", CASES)
def test_mean_and_robust_error_equal_survfit(name: str) -> None:
    reference = CASES[name]["survfit"]
    (curve,) = ms.mean_cumulative(CASES[name]["stop"], **columns(name))
    np.testing.assert_allclose(curve.time, reference["time"])
    np.testing.assert_allclose(curve.mean, reference["cumhaz"], rtol=RTOL_REFERENCE)
    np.testing.assert_allclose(curve.std_error, reference["std_error"], rtol=RTOL_REFERENCE)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", ["lawless_nadeau", "ghosh_lin"])
def test_mean_equals_the_formula_and_variance_its_derivatives(name: str, method: str) -> None:
    reference = CASES[name][method]
    death = ("death",) if method == "ghosh_lin" else ()
    (curve,) = ms.mean_cumulative(CASES[name]["stop"], **columns(name, *death))
    np.testing.assert_allclose(curve.time, reference["time"])
    np.testing.assert_allclose(curve.mean, reference["mean"], rtol=RTOL_REFERENCE)
    np.testing.assert_allclose(curve.variance, reference["variance"], rtol=RTOL_DERIVATIVE)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", ["test", "test_death"])
def test_comparison_of_groups_equals_the_sums_over_subjects(name: str, method: str) -> None:
    case = CASES[name]
    death = ("death",) if method == "test_death" else ()
    found = ms.mean_cumulative_test(case["stop"], by=case["group"], **columns(name, *death))
    np.testing.assert_allclose(found.score, case[method]["score"], rtol=RTOL_REFERENCE, atol=1e-12)
    np.testing.assert_allclose(found.variance, np.array(case[method]["variance"]), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found.statistic, case[method]["statistic"], rtol=1e-8)
    assert found.df == case[method]["df"]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", CASES)
def test_models_equal_coxph_with_cluster(name: str, model: str, ties: str) -> None:
    case = CASES[name]
    reference = case["cox"][ties][model]
    last = {} if model == "andersen-gill" else {"last_number": 2}
    covariates = {"x": case["x"], "group": case["group"]}
    found = ms.recurrent_cox(case["stop"], covariates=covariates, model=model, ties=ties, **last, **columns(name))
    coefficients = np.array(list(found.coefficients.values()))
    errors = np.sqrt(np.diag(np.array(reference["robust"])))
    assert np.abs((coefficients - reference["coefficients"]) / errors).max() < 1e-8
    np.testing.assert_allclose(found.covariance, np.array(reference["robust"]), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(found.naive_covariance, np.array(reference["naive"]), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(found.cox.log_likelihood, reference["log_likelihood"], rtol=1e-11)


def test_doubled_subjects_halve_the_variance() -> None:
    case = CASES["months"]
    twice = {name: [*case[name], *case[name]] for name in ("start", "stop", "event", "death")}
    subject = [*case["id"], *(i + 1000 for i in case["id"])]
    (one,) = ms.mean_cumulative(case["stop"], **columns("months", "death"))
    (two,) = ms.mean_cumulative(
        twice["stop"], event=twice["event"], entry=twice["start"], death=twice["death"], id=subject
    )
    np.testing.assert_allclose(two.mean, one.mean, rtol=1e-13)
    np.testing.assert_allclose(two.variance, one.variance / 2, rtol=1e-10)
