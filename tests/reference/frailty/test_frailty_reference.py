"""The Cox model with gamma frailty against R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
SE_STEP = 1e-6  # coxph stops by the change of its penalised log-likelihood (eps 1e-11)
RTOL_LIKELIHOOD = 1e-9
RTOL_THETA = 1e-3  # R's search for theta ends where the likelihood is flat to its digits


def fit(case: dict[str, Any], theta: float | None) -> Any:
    return ms.cox_frailty(
        case["time"],
        event=case["event"],
        covariates=case["x"],
        group=case["group"],
        theta=theta,
        entry=case["start"] or None,
        strata=case["strata"] or None,
        ties=case["ties"],
    )


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_fits_of_given_variance_equal_r(case: dict[str, Any]) -> None:
    for given in case["fixed"]:
        ours = fit(case, given["theta"])
        se, coefficients = np.atleast_1d(given["se"]), np.atleast_1d(given["coef"])
        np.testing.assert_array_less(np.abs(np.array(list(ours.coefficients.values())) - coefficients), SE_STEP * se)
        np.testing.assert_allclose(list(ours.standard_errors.values()), se, rtol=1e-6)
        frailty = ours.frailties().frailty
        np.testing.assert_allclose(np.log(frailty), given["log_frailty"], atol=1e-6)
        assert ours.log_likelihood == pytest.approx(given["integrated"], rel=RTOL_LIKELIHOOD)
        assert ours.converged


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
@pytest.mark.filterwarnings("ignore:the variance of the frailty is estimated as 0")
def test_the_estimated_variance_is_that_of_r_and_at_least_as_likely(case: dict[str, Any]) -> None:
    ours = fit(case, None)
    assert ours.theta == pytest.approx(case["theta"], rel=RTOL_THETA, abs=1e-4)
    # at a variance of 5e-8 the gamma functions in R's correction lose digits
    assert ours.log_likelihood >= case["integrated"] - (1e-7 if case["theta"] > 1e-4 else 1e-5)
    np.testing.assert_allclose(list(ours.coefficients.values()), np.atleast_1d(case["coef"]), rtol=2e-3)
    plain = ms.cox(
        case["time"],
        event=case["event"],
        covariates=case["x"],
        entry=case["start"] or None,
        strata=case["strata"] or None,
        ties=case["ties"],
    )
    assert ours.log_likelihood_no_frailty == pytest.approx(plain.log_likelihood, rel=1e-12)
    test = ours.frailty_test
    assert test is not None
    assert test.statistic == pytest.approx(2 * (ours.log_likelihood - plain.log_likelihood), abs=1e-8)
