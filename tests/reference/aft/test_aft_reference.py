"""Accelerated failure time models against R's ``survreg``; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
MIXED = json.loads((Path(__file__).parent / "mixed.json").read_text())
RTOL_MIXED = 3e-7  # differences of fourth order, step 1e-3, of the log-likelihood in R
RTOL_REFERENCE = 1e-8  # survreg with rel.tolerance 1e-13, restarted at its solution
SE_STEP = 1e-8  # a coefficient may differ by this share of its standard error


def fit(case: dict[str, Any], **options: Any) -> Any:
    return ms.aft(
        lower=case["lower"],
        upper=case["upper"],
        covariates=case["x"],
        distribution=case["distribution"],
        weights=case["weights"] or None,
        **options,
    )


@pytest.mark.parametrize("case", REFERENCE["fits"], ids=lambda c: f"{c['name']} {c['distribution']}")
def test_fits_equal_survreg(case: dict[str, Any]) -> None:
    ours = fit(case)
    fixed = case["distribution"] == "exponential"
    expected = np.array(case["coef"] + ([] if fixed else [np.log(case["scale"])]))
    vcov = np.array(case["vcov"])
    se = np.sqrt(np.diag(vcov))
    np.testing.assert_array_less(np.abs(np.array(list(ours.coefficients.values())) - expected), SE_STEP * se)
    np.testing.assert_allclose(ours.covariance, vcov, rtol=RTOL_REFERENCE, atol=RTOL_REFERENCE * np.outer(se, se).max())
    assert ours.scale == pytest.approx(case["scale"], rel=RTOL_REFERENCE)
    assert ours.log_likelihood == pytest.approx(case["loglik"], rel=1e-12)
    assert ours.log_likelihood_null == pytest.approx(case["loglik_null"], rel=1e-10)
    quantiles = ours.predict_quantile(case["new"], p=case["p"])
    np.testing.assert_allclose(quantiles.estimate, case["quantile"], rtol=RTOL_REFERENCE)
    np.testing.assert_allclose(quantiles.other, case["quantile_se"], rtol=RTOL_REFERENCE)


@pytest.mark.parametrize("case", REFERENCE["fits"], ids=lambda c: f"{c['name']} {c['distribution']}")
def test_robust_covariances_equal_the_products_of_scores(case: dict[str, Any]) -> None:
    cluster = case["cluster"] or list(range(len(case["lower"])))
    ours = fit(case, weight_kind="sampling", cluster=cluster)
    robust = np.array(case["robust"])
    scale = np.outer(np.sqrt(np.diag(robust)), np.sqrt(np.diag(robust)))
    np.testing.assert_allclose(ours.covariance / scale, robust / scale, atol=1e-7)  # scores by differences in R


def test_survival_and_means_follow_from_the_distribution() -> None:
    for case in REFERENCE["fits"][:4]:
        ours = fit(case)
        new = {name: np.array(values, dtype=float) for name, values in case["new"].items()}
        eta = case["coef"][0] + sum(b * new[name] for b, name in zip(case["coef"][1:], new, strict=True))
        times = np.array([10.0, 100.0, 400.0])
        z = (np.log(times)[None, :] - eta[:, None]) / case["scale"]
        upper_tail = {
            "weibull": np.exp(-np.exp(z)),
            "exponential": np.exp(-np.exp(z)),
            "log-logistic": 1 / (1 + np.exp(z)),
        }
        found = ours.predict_survival(new, times=times)
        if case["distribution"] in upper_tail:
            np.testing.assert_allclose(found.estimate, upper_tail[case["distribution"]], rtol=1e-8)
        # the mean is the area under survival; the log-logistic one has none from a scale of 1 on
        mean = ours.predict_mean(new).estimate[:, 0]
        if np.isfinite(mean).all():
            grid = np.linspace(-40, 80, 200_001)
            area = ours.predict_survival(new, times=np.exp(grid)).estimate * np.exp(grid)
            np.testing.assert_allclose(mean, np.trapezoid(area, grid, axis=1), rtol=1e-6)  # of the trapezoids


def test_hazard_ratios_of_the_weibull_model_by_the_delta_method() -> None:
    case = REFERENCE["fits"][0]
    ratios = fit(case).ratios()
    vcov, scale = np.array(case["vcov"]), case["scale"]
    for j, coefficient in enumerate(case["coef"][1:]):
        assert ratios.estimate[j] == pytest.approx(-coefficient / scale, rel=1e-8)
        gradient = np.zeros(4)
        gradient[1 + j], gradient[3] = -1 / scale, coefficient / scale
        assert ratios.se[j] == pytest.approx(np.sqrt(gradient @ vcov @ gradient), rel=1e-8)


@pytest.mark.parametrize("case", REFERENCE["truncated"]["fits"], ids=lambda c: c["distribution"])
def test_delayed_entry_equals_the_direct_maximum(case: dict[str, Any]) -> None:
    data = REFERENCE["truncated"]
    ours = ms.aft(
        data["time"],
        event=data["event"],
        entry=data["entry"],
        covariates={"age": data["age"], "arm": data["arm"]},
        distribution=case["distribution"],
    )
    se = np.sqrt(np.diag(np.array(case["vcov"])))
    np.testing.assert_array_less(np.abs(np.array(list(ours.coefficients.values())) - case["par"]), SE_STEP * se)
    np.testing.assert_allclose(list(ours.standard_errors.values()), se, rtol=1e-7)  # differences of the score in R
    assert ours.log_likelihood == pytest.approx(case["loglik"], rel=1e-12)


@pytest.mark.parametrize("case", MIXED["cases"], ids=lambda c: c["name"])
def test_fits_of_mixed_censoring_equal_a_direct_maximisation(case: dict[str, Any]) -> None:
    weights = case["weight"] if min(case["weight"]) < max(case["weight"]) else None
    entry = case["entry"] if max(case["entry"]) > 0 else None
    for expected in case["fits"]:
        given = {
            "distribution": expected["distribution"],
            "weights": weights,
            "entry": entry,
            "weight_kind": "sampling",
        }
        given["covariates"] = {"x1": case["x1"], "x2": case["x2"]}
        robust = ms.aft(lower=case["lower"], upper=case["upper"], **given)
        clustered = ms.aft(lower=case["lower"], upper=case["upper"], cluster=case["cluster"], **given)
        se = np.array(expected["se"])
        found = np.array(list(robust.coefficients.values()))[: len(se)]
        np.testing.assert_allclose((found - expected["coef"]) / se, 0, atol=RTOL_MIXED)
        assert robust.log_likelihood == pytest.approx(expected["loglik"], rel=1e-11)
        errors = {
            "se": np.sqrt(np.diag(clustered.naive_covariance)),
            "clustered": list(clustered.standard_errors.values()),
        }
        if weights is not None:
            errors["robust"] = list(robust.standard_errors.values())
        for name, values in errors.items():
            np.testing.assert_allclose(values[: len(se)], expected[name], rtol=RTOL_MIXED)
