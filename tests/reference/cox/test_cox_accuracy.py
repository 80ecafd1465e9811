"""What follows a Cox fit against R: likelihood by stratum, baseline, survival by stratum, concordance, Brier, AUC, g-formula."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "accuracy.json").read_text())
VETERAN = {name: np.asarray(values, dtype=float) for name, values in REFERENCE["veteran"].items()}
LUNG = {name: np.asarray(values, dtype=float) for name, values in REFERENCE["lung"].items()}
RTOL_REFERENCE = 1e-9  # coxph with eps 1e-12 leaves rounding only
RTOL_NUMERICAL = 1e-7  # numDeriv's Richardson derivatives
X = ["trt", "karno", "age"]


def close(found: Any, expected: Any, rtol: float = RTOL_REFERENCE, atol: float = 1e-12) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=rtol, atol=atol)


@pytest.fixture(scope="module")
def stratified() -> Any:
    return ms.cox("time", event="event", covariates=X, strata="cell", data=VETERAN)


@pytest.fixture(scope="module")
def lung() -> Any:
    return ms.cox("month", event="event", covariates=["age", "sex", "ph.ecog"], data=LUNG)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_likelihood_score_and_information_of_each_stratum(ties: Any) -> None:
    found = ms.cox_likelihood(
        "time",
        event="event",
        covariates=X,
        strata="cell",
        data=VETERAN,
        coefficients=REFERENCE["beta"],
        ties=ties,
        near_ties="separate",
    )
    assert found.strata == ["1", "2", "3", "4"]
    for s, expected in enumerate(REFERENCE["likelihood"][ties]):
        assert (found.n[s], found.n_events[s]) == (expected["n"], expected["n_events"])
        close(found.log_likelihood[s], expected["log_likelihood"])
        close(found.score[s], expected["score"], atol=1e-9)
        close(found.information[s], expected["information"], atol=1e-9)


def test_the_sums_over_strata_are_those_of_the_fit(stratified: Any) -> None:
    found = stratified.by_stratum()
    close(found.log_likelihood.sum(), REFERENCE["fit_log_likelihood"][1])
    close(stratified.by_stratum([0, 0, 0]).log_likelihood.sum(), REFERENCE["fit_log_likelihood"][0])
    close(np.linalg.inv(found.information.sum(axis=0)), stratified.covariance)
    assert np.abs(found.score.sum(axis=0) * np.sqrt(np.diag(stratified.covariance))).max() < 1e-9


@pytest.mark.parametrize("expected", REFERENCE["predicted"], ids=lambda e: str(e["conf_type"]))
def test_survival_with_limits_in_each_stratum(stratified: Any, expected: Any) -> None:
    for s in expected["strata"]:
        new = {
            **{k: np.asarray(v, dtype=float) for k, v in REFERENCE["new"].items()},
            "cell": [float(s["stratum"])] * 2,
        }
        found = stratified.predict_survival(new, times=[30, 100, 250], conf_type=expected["conf_type"], extend=True)
        assert found.strata == [str(s["stratum"])] * 2
        close(found.survival.reshape(-1), np.asarray(s["survival"]).reshape(-1))
        close(found.lower.reshape(-1), np.asarray(s["lower"]).reshape(-1))
        close(found.upper.reshape(-1), np.asarray(s["upper"]).reshape(-1))


@pytest.mark.parametrize("at", ["zero", "mean"])
def test_baseline_hazard_by_stratum(stratified: Any, at: Any) -> None:
    found = stratified.baseline_hazard(at)
    expected = REFERENCE["baseline"][at]
    assert found.strata == [str(s["stratum"]) for s in expected for _ in s["time"]]
    close(found.time, np.concatenate([s["time"] for s in expected]))
    close(found.cumulative_hazard, np.concatenate([s["cumulative_hazard"] for s in expected]))
    close(found.standard_error, np.concatenate([s["standard_error"] for s in expected]))
    if at == "zero":
        cells = np.asarray(REFERENCE["baseline"]["basehaz"]["strata"])
        whole = dict(zip(zip(cells, REFERENCE["baseline"]["basehaz"]["time"], strict=True), REFERENCE["baseline"]["basehaz"]["hazard"], strict=True))  # fmt: skip
        for stratum, time, hazard in zip(found.strata, found.time, found.cumulative_hazard, strict=True):
            key = next(k for k in whole if k[0] in (stratum, f"cell={stratum}") and k[1] == time)
            close(hazard, whole[key])


@pytest.mark.parametrize("case", REFERENCE["concordance"], ids=lambda c: f"{c['time']}-{c['tau']}")
def test_harrell_and_uno(case: Any) -> None:
    fit = ms.cox(case["time"], event="event", covariates=["age", "sex", "ph.ecog"], data=LUNG)
    for expected in case["found"]:
        kind = {"n": "harrell", "n/G2": "uno"}[expected["weight"]]
        found = fit.concordance(kind, tau=case["tau"])
        close(found.concordance, expected["concordance"])
        close(found.standard_error, expected["standard_error"])
        close([found.n_concordant, found.n_discordant, found.tied_x], expected["count"][:3])
        score = np.column_stack([LUNG[name] for name in ("age", "sex", "ph.ecog")]) @ list(fit.coefficients.values())
        alone = ms.concordance(LUNG[case["time"]], event=LUNG["event"], score=score, kind=kind, tau=case["tau"])
        close(alone.concordance, found.concordance)
        assert alone.lower < alone.concordance < alone.upper


def test_brier_and_auc(lung: Any) -> None:
    found = lung.prediction_error(REFERENCE["times"])
    close(found.brier, REFERENCE["brier"]["cox"])
    close(found.brier_null, REFERENCE["brier"]["null"])
    close(found.auc, REFERENCE["auc"]["cox"])
    close(found.brier_standard_error, REFERENCE["brier"]["jackknife"], rtol=RTOL_NUMERICAL)
    close(found.auc_standard_error, REFERENCE["auc"]["jackknife"], rtol=RTOL_NUMERICAL)
    # the package approximates the same quantity; on months with heavy ties it is some per cent off the derivative
    close(found.brier_standard_error, REFERENCE["brier"]["se"], rtol=0.05)


def test_standardised_curves_by_the_formula(lung: Any) -> None:
    for sampled, name in ((False, "fixed"), (True, "sampled")):
        found = lung.adjusted_curves("sex", times=REFERENCE["times"], at=[1, 2], sampled=sampled)
        for k, expected in enumerate(REFERENCE["adjusted"]):
            close(found.survival[:, k], expected["survival"])
            close(found.standard_error[:, k], expected[name], rtol=RTOL_NUMERICAL)
            close(found.difference[1, k], expected["difference"])
            close(found.difference_standard_error[1, k], expected[f"difference_{name}"], rtol=RTOL_NUMERICAL)


def test_standardised_curves_beside_the_package(lung: Any) -> None:
    found = lung.adjusted_curves("sex", times=REFERENCE["times"], at=[1, 2])
    ate = REFERENCE["ate"]
    for level in (1, 2):
        for k, time in enumerate(REFERENCE["times"]):
            i = next(i for i, (t, v) in enumerate(zip(ate["time"], ate["level"], strict=True)) if t == time and v == str(level))  # fmt: skip
            close(found.survival[level - 1, k], 1 - ate["risk"][i], rtol=1e-6)
