"""Spline models against a direct maximisation in R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
STRAIGHT = json.loads((Path(__file__).parent.parent / "aft" / "reference.json").read_text())
SE_STEP = 1e-6  # the score of the reference is below 1e-7 in units of the standard errors
RTOL_SE = 1e-5  # differences of the score in R


def fit(case: dict[str, Any], **options: Any) -> Any:
    return ms.royston_parmar(
        REFERENCE["time"],
        event=REFERENCE["event"],
        covariates={"karno": REFERENCE["karno"], "small": REFERENCE["small"]},
        scale=case["scale"],
        interior=case["interior"],
        **options,
    )


def check(ours: Any, case: dict[str, Any]) -> None:
    np.testing.assert_allclose(ours.knots, case["knots"], rtol=1e-12)
    se = np.sqrt(np.diag(np.array(case["vcov"])))
    np.testing.assert_array_less(np.abs(np.array(list(ours.coefficients.values())) - case["coef"]), SE_STEP * se)
    np.testing.assert_allclose(list(ours.standard_errors.values()), se, rtol=RTOL_SE)
    assert ours.log_likelihood == pytest.approx(case["loglik"], rel=1e-12)
    assert ours.converged


@pytest.mark.parametrize("case", REFERENCE["fits"], ids=lambda c: f"{c['scale']} {c['interior']}")
def test_fits_equal_the_direct_maximum(case: dict[str, Any]) -> None:
    check(fit(case), case)


@pytest.mark.parametrize("case", REFERENCE["delayed"], ids=lambda c: c["scale"])
def test_delayed_entry_equals_the_direct_maximum(case: dict[str, Any]) -> None:
    check(fit(case, entry=REFERENCE["entry"]), case)


@pytest.mark.parametrize("scale", ["hazard", "odds", "normal"])
def test_no_interior_knot_is_survreg(scale: str) -> None:
    name = {"hazard": "weibull", "odds": "log-logistic", "normal": "log-normal"}[scale]
    for case in (c for c in STRAIGHT["fits"] if c["distribution"] == name and not c["weights"]):
        ours = ms.royston_parmar(
            lower=case["lower"], upper=case["upper"], covariates=case["x"], scale=scale, interior=0
        )
        assert ours.log_likelihood == pytest.approx(case["loglik"], rel=1e-12)
        slope = ours.coefficients["gamma1"]
        assert slope * case["scale"] == pytest.approx(1, rel=1e-8)
        expected = -np.array(case["coef"][1:]) / case["scale"]
        np.testing.assert_allclose(list(ours.coefficients.values())[2:], expected, rtol=1e-6)
        quantiles = ours.predict_quantile(case["new"], p=case["p"])
        np.testing.assert_allclose(quantiles.estimate, case["quantile"], rtol=1e-8)
