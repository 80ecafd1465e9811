"""Fine-Gray against cmprsk::crr, survival::finegray and the formulas written out; `make.R` made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
CASES = {case["name"]: case for case in REFERENCE["cases"]}
RTOL_REFERENCE = 1e-8  # crr stops at a gradient of 1e-13 times the log-likelihood
DEFINED = [name for name, case in CASES.items() if "definition" in case]
EXPANDED = [name for name, case in CASES.items() if "finegray" in case]


def fit(case: dict[str, Any], **options: Any) -> Any:
    censored = 0 if 0 in case["cause"] else None
    x = np.asarray(case["x"], dtype=np.float64)
    return ms.fine_gray(
        case["time"],
        cause=case["cause"],
        of=1,
        censored=censored,
        covariates=x,
        censoring_strata=case["groups"],
        **options,
    )


def coefficients(found: Any) -> Any:
    return np.array(list(found.coefficients.values()), dtype=np.float64)


def errors(variance: Any) -> Any:
    return np.sqrt(np.diag(np.atleast_2d(np.asarray(variance, dtype=np.float64))))


def matrix(values: Any) -> Any:
    return np.atleast_2d(np.asarray(values, dtype=np.float64))


@pytest.mark.parametrize("name", CASES)
def test_coefficients_and_log_likelihoods_equal_crr(name: str) -> None:
    case, found = CASES[name], fit(CASES[name])
    difference = coefficients(found) - np.atleast_1d(case["coefficients"])
    assert np.abs(difference / errors(case["variance"])).max() < 1e-8
    np.testing.assert_allclose(found.log_likelihood, case["log_likelihood"], rtol=1e-12)
    np.testing.assert_allclose(found.log_likelihood_null, case["log_likelihood_null"], rtol=1e-12)
    np.testing.assert_allclose(found.naive_covariance, matrix(case["naive"]), rtol=RTOL_REFERENCE, atol=1e-12)
    assert found.converged and found.ties == "cmprsk"


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name]["groups"] is None])
def test_variance_equals_crr(name: str) -> None:
    case = CASES[name]
    np.testing.assert_allclose(fit(case).covariance, matrix(case["variance"]), rtol=RTOL_REFERENCE, atol=1e-12)


@pytest.mark.parametrize("name", DEFINED)
def test_variance_equals_the_sums_written_out(name: str) -> None:
    case = CASES[name]
    np.testing.assert_allclose(
        fit(case).covariance, matrix(case["definition"]["variance"]), rtol=RTOL_REFERENCE, atol=1e-12
    )
    # crr is the same formula over the events of the row's own censoring group
    np.testing.assert_allclose(
        matrix(case["definition_own_group"]), matrix(case["variance"]), rtol=RTOL_REFERENCE, atol=1e-12
    )
    other, reference = fit(case, ties="finegray"), case["definition_finegray"]
    np.testing.assert_allclose(coefficients(other), reference["coefficients"], rtol=1e-9)
    np.testing.assert_allclose(other.covariance, matrix(reference["variance"]), rtol=RTOL_REFERENCE, atol=1e-12)


@pytest.mark.parametrize("name", EXPANDED)
def test_finegray_convention_equals_finegray_and_coxph(name: str) -> None:
    case = CASES[name]
    reference = case["finegray"]
    found = fit(case, ties="finegray", variance="known-weights")
    difference = coefficients(found) - np.atleast_1d(reference["coefficients"])
    assert np.abs(difference / errors(reference["robust"])).max() < 1e-8
    np.testing.assert_allclose(found.covariance, matrix(reference["robust"]), rtol=RTOL_REFERENCE, atol=1e-12)
    np.testing.assert_allclose(found.naive_covariance, matrix(reference["naive"]), rtol=RTOL_REFERENCE, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_predictions_equal_predict_crr(name: str) -> None:
    case = CASES[name]
    found = fit(case).predict_incidence(matrix(case["new"]), limits=False)
    np.testing.assert_allclose(found.time, case["event_time"])
    np.testing.assert_allclose(found.incidence[:, 0, :], matrix(case["incidence"]), rtol=1e-7)


@pytest.mark.parametrize("ties", ["cmprsk", "finegray"])
@pytest.mark.parametrize("name", DEFINED)
def test_standard_errors_of_predictions_equal_the_sums_written_out(name: str, ties: str) -> None:
    case = CASES[name]
    reference = case["definition" if ties == "cmprsk" else "definition_finegray"]["prediction_se"]
    found = fit(case, ties=ties).predict_incidence(matrix(case["new"]), times=case["at"])
    np.testing.assert_allclose(found.standard_error[:, 0, :], matrix(reference), rtol=1e-7)
    inside = (found.lower < found.incidence) & (found.incidence < found.upper)
    assert inside.all()


def test_raw_cell_doses_give_the_same_fit() -> None:
    case = CASES["without_ties"]
    x = matrix(case["x"])
    scaled = x.copy()
    scaled[:, 2] = 1e9 * scaled[:, 2] + 2e10
    plain = fit(case)
    other = ms.fine_gray(case["time"], cause=case["cause"], of=1, censored=0, covariates=scaled)
    np.testing.assert_allclose(coefficients(other) * np.array([1, 1, 1e9]), coefficients(plain), rtol=1e-8)


def test_scaling_time_and_order_of_rows_change_nothing() -> None:
    case = CASES["whole_months"]
    time, cause, x = np.array(case["time"]), np.array(case["cause"]), matrix(case["x"])
    order = np.random.default_rng(4).permutation(len(time))
    plain = fit(case)
    for other in (
        ms.fine_gray(time[order] * 30.4375, cause=cause[order], of=1, censored=0, covariates=x[order]),
        ms.fine_gray(time, cause=cause, of=1, censored=0, covariates=x, censoring_strata=np.ones(len(time))),
    ):
        np.testing.assert_allclose(coefficients(other), coefficients(plain), rtol=1e-10)
        np.testing.assert_allclose(other.covariance, plain.covariance, rtol=1e-9)
