"""The Cox model against R's survival, closed formulas and the CDISC pilot."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

RTOL_REFERENCE = 1e-8  # coxph with eps 1e-12 stops within 1e-9 of a standard error of the maximum
HERE = Path(__file__).parent
REFERENCE: dict[str, Any] = json.loads((HERE / "reference.json").read_text())
CASES: list[dict[str, Any]] = REFERENCE["cases"]


def fit_case(case: dict[str, Any], **options: Any) -> Any:
    """The case fitted by mscsle."""
    data = case["data"]
    known = {name: np.asarray(data[name], dtype=float) for name in ("entry", "offset") if name in data}
    if "strata" in data:
        known["strata"] = np.asarray(data["strata"])
    if "cluster" in data:
        known["cluster"] = np.asarray(data["cluster"])
    if "weights" in data:
        known["weights"] = np.asarray(data["weights"], dtype=float)
        options["weight_kind"] = "frequency" if case["name"].endswith("frequency") else "sampling"
    return ms.cox(
        data["time"],
        event=data["event"],
        covariates={name: data[name] for name in case["columns"]},
        ties=case["ties"],
        **known,
        **options,
    )


def by_name(cases: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


@by_name(CASES)
def test_estimates_agree_with_coxph(case: dict[str, Any]) -> None:
    fit = fit_case(case, conf_level=0.9)
    coefficients = np.array(list(fit.coefficients.values()))
    naive = np.asarray(case["naive_covariance"])
    errors = np.sqrt(np.diag(naive))
    # in units of the standard error: a coefficient near 0 has no relative precision
    np.testing.assert_allclose(coefficients / errors, np.asarray(case["coefficients"]) / errors, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(
        fit.naive_covariance / np.outer(errors, errors), naive / np.outer(errors, errors), rtol=0, atol=RTOL_REFERENCE
    )
    assert fit.log_likelihood == pytest.approx(case["log_likelihood"], rel=1e-10)
    assert fit.log_likelihood_null == pytest.approx(case["log_likelihood_null"], rel=1e-10)
    assert fit.score.statistic == pytest.approx(case["score_test"], rel=RTOL_REFERENCE)
    assert fit.likelihood_ratio.statistic == pytest.approx(case["likelihood_ratio"], rel=RTOL_REFERENCE)
    assert (fit.n, fit.n_events) == (case["n"], case["n_events"])
    assert fit.converged
    if case.get("robust_covariance") is None:
        assert fit.wald.statistic == pytest.approx(case["wald"], rel=RTOL_REFERENCE)
        summary = fit.summary()
        limits = np.column_stack([np.log(summary.lower), np.log(summary.upper)]) / errors[:, None]
        np.testing.assert_allclose(
            limits, np.asarray(case["interval_90"]) / errors[:, None], rtol=0, atol=RTOL_REFERENCE
        )


@by_name([case for case in CASES if case.get("robust_covariance")])
def test_sampling_weights_and_clusters_give_the_robust_covariance(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    robust = np.asarray(case["robust_covariance"])
    errors = np.sqrt(np.diag(robust))
    scale = np.outer(errors, errors)
    np.testing.assert_allclose(fit.covariance / scale, robust / scale, rtol=0, atol=RTOL_REFERENCE)


@by_name([case for case in CASES if "concordance" in case])
def test_concordance_agrees_with_r(case: dict[str, Any]) -> None:
    found = fit_case(case).concordance()
    expected = case["concordance"]
    counts = np.asarray(expected["count"])  # one column, or one row a stratum
    counts = counts[:, 0] if counts.shape == (5, 1) else counts.sum(axis=0)
    assert found.concordance == pytest.approx(expected["estimate"], rel=RTOL_REFERENCE)
    assert found.standard_error == pytest.approx(expected["se"], rel=RTOL_REFERENCE)
    pairs = [found.n_concordant, found.n_discordant, found.tied_x, found.tied_y, found.tied_xy]
    np.testing.assert_allclose(pairs, counts, rtol=RTOL_REFERENCE, atol=RTOL_REFERENCE)


def test_concordance_with_frequency_weights_is_that_of_the_repeated_rows() -> None:
    data = next(case for case in CASES if case["name"] == "veteran_frequency")["data"]
    columns = ("trt", "karno", "age")
    weighted = ms.cox(
        data["time"],
        event=data["event"],
        covariates={name: data[name] for name in columns},
        weights=np.asarray(data["weights"], dtype=float),
    ).concordance()
    rows = np.repeat(np.arange(len(data["time"])), data["weights"])
    repeated = ms.cox(
        np.asarray(data["time"])[rows],
        event=np.asarray(data["event"])[rows],
        covariates={name: np.asarray(data[name])[rows] for name in columns},
    ).concordance()
    for name, column in weighted.columns().items():
        np.testing.assert_allclose(column, repeated.columns()[name], rtol=1e-12, err_msg=name)


@by_name(CASES)
def test_score_is_zero_at_the_solution(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    scale = np.sqrt(np.diag(fit.fitted.information))
    assert np.max(np.abs(fit.fitted.score / scale)) < 1e-9


WITH_RESIDUALS = [case for case in CASES if "martingale" in case]


@by_name(WITH_RESIDUALS)
def test_residuals_agree_with_coxph(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    for kind in ("martingale", "deviance", "score", "dfbeta"):
        found, expected = fit.residuals(kind), np.asarray(case[kind])
        scale = np.max(np.abs(expected), axis=0)
        # where the martingale residual is nearly 0, its deviance residual loses half the digits to a difference
        tolerance = 1e-6 if kind == "deviance" else RTOL_REFERENCE
        np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=tolerance, err_msg=kind)
    data = case["data"]
    rows = fit.schoenfeld_rows()
    strata = np.asarray(data.get("strata", np.zeros(len(data["time"]))))[rows]
    times = np.asarray(data["time"])[rows]
    assert np.array_equal(np.lexsort((rows, times, strata)), np.arange(len(rows)))
    found = fit.residuals("schoenfeld")
    expected = np.asarray(case["schoenfeld"])
    scale = np.max(np.abs(expected), axis=0)
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=RTOL_REFERENCE)


@by_name([case for case in CASES if case.get("zph")])
def test_proportional_hazards_tests_agree_with_cox_zph(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    for transform, expected in case["zph"].items():
        found = fit.ph_test(transform).columns()
        table = np.asarray(expected["table"], dtype=float)
        np.testing.assert_allclose(found["statistic"], table[:, 0], rtol=1e-7, err_msg=transform)
        assert found["df"].tolist() == table[:, 1].tolist()
        np.testing.assert_allclose(found["p"], table[:, 2], rtol=1e-6, err_msg=transform)


@by_name([case for case in WITH_RESIDUALS if "strata" not in case["data"]])
def test_predicted_survival_agrees_with_survfit(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    data = case["data"]
    expected = {name: np.asarray(values, dtype=float) for name, values in case["survfit"].items()}
    new = np.vstack([np.zeros(len(case["columns"])), [np.mean(data[name]) for name in case["columns"]]])
    found = fit.predict_survival(new, times=expected["time"])
    for name, theirs in (
        ("cumulative_hazard", "cumhaz"),
        ("standard_error", "std_err"),
        ("survival", "surv"),
        ("lower", "lower"),
        ("upper", "upper"),
    ):
        np.testing.assert_allclose(getattr(found, name).T, expected[theirs], rtol=1e-7, atol=1e-12, err_msg=name)


@by_name([case for case in WITH_RESIDUALS if "strata" in case["data"]])
def test_predicted_survival_in_a_stratum_agrees_with_survfit(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    expected = {name: np.asarray(values, dtype=float) for name, values in case["survfit"].items()}
    new = {name: [0.0] for name in case["columns"]} | {"strata": [1]}
    found = fit.predict_survival(new, times=expected["time"])
    np.testing.assert_allclose(found.survival[0], expected["surv"][:, 0], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(found.standard_error[0], expected["std_err"][:, 0], rtol=1e-7, atol=1e-12)


TV34 = {"time": [1, 2, 2, 2, 3, 4, 4, 5], "event": [1, 1, 1, 0, 1, 1, 0, 0], "x": [1, 1, 0, 1, 0, 1, 0, 0]}


@pytest.mark.parametrize(
    ("ties", "beta", "error", "log_likelihood"),
    [
        ("breslow", 0.891422, 0.929196, -7.983347),
        ("efron", 0.901099, 0.928769, -7.818491),
        ("exact", 0.955365, 0.957565, -7.100954),
    ],
)
def test_tv_34(ties: Any, beta: float, error: float, log_likelihood: float) -> None:
    fit = ms.cox(TV34["time"], event=TV34["event"], covariates={"x": TV34["x"]}, ties=ties)
    assert fit.coefficients["x"] == pytest.approx(beta, abs=1e-6)
    assert fit.standard_errors["x"] == pytest.approx(error, abs=1e-6)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-6)


def test_tv_35_score_test_of_the_exact_model_is_the_log_rank_test() -> None:
    fit = ms.cox(TV34["time"], event=TV34["event"], covariates={"x": TV34["x"]}, ties="exact")
    assert fit.score.statistic == pytest.approx(1.0512276, rel=1e-6)
    assert fit.score.p_value == pytest.approx(0.305225, rel=1e-5)


def test_six_observations_breslow_closed_form() -> None:
    fit = ms.cox([1, 1, 6, 6, 8, 9], event=[1, 0, 1, 1, 0, 1], covariates={"x": [1, 1, 1, 0, 0, 0]}, ties="breslow")
    ratio = (3 + math.sqrt(33)) / 2
    assert fit.hazard_ratios["x"] == pytest.approx(ratio, rel=1e-12)
    expected = 2 * math.log(ratio) - math.log(3 * ratio + 3) - 2 * math.log(ratio + 3)
    assert fit.log_likelihood == pytest.approx(expected, rel=1e-12)


def test_six_observations_efron_printed_solution() -> None:
    fit = ms.cox([1, 1, 6, 6, 8, 9], event=[1, 0, 1, 1, 0, 1], covariates={"x": [1, 1, 1, 0, 0, 0]})
    assert fit.coefficients["x"] == pytest.approx(1.676857, abs=5e-7)


def four_deaths() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """81 patients, 4 deaths, all in one arm of 41."""
    time = np.full(81, 12.0)
    event = np.zeros(81, dtype=int)
    time[:4] = [2, 3, 4, 5]
    event[:4] = 1
    arm = (np.arange(81) < 41).astype(float)
    return time, event, arm


def test_rule_5_separation_is_said_and_the_likelihood_ratio_test_given() -> None:
    time, event, arm = four_deaths()
    with pytest.warns(ms.exceptions.ConvergenceWarning, match="monotone likelihood.*firth"):
        fit = ms.cox(time, event=event, covariates={"arm": arm})
    assert fit.coefficients == {"arm": None}
    assert fit.status == {"arm": "plus infinity"}
    assert fit.wald is None
    # closed form of the limit: the deaths are drawn from 41, 40, 39, 38 instead of 81, 80, 79, 78
    statistic = 2 * sum(math.log((81 - i) / (41 - i)) for i in range(4))
    assert fit.likelihood_ratio.statistic == pytest.approx(statistic, rel=1e-10)
    table = fit.summary()
    assert np.isnan(table.upper[0]) and table.method == ["profile likelihood 95 %"]

    def profile(b: float) -> float:
        return sum(b - math.log((41 - i) * math.exp(b) + 40) for i in range(4))

    top = -sum(math.log(41 - i) for i in range(4))
    assert 2 * (top - profile(math.log(table.lower[0]))) == pytest.approx(3.841458820694124, rel=1e-8)
    assert "plus infinity" in table.note[0]


def test_separation_in_the_other_direction_is_minus_infinity() -> None:
    time, event, arm = four_deaths()
    with pytest.warns(ms.exceptions.ConvergenceWarning):
        fit = ms.cox(time, event=event, covariates={"arm": 1 - arm})
    assert fit.status == {"arm": "minus infinity"}


@pytest.fixture(scope="module")
def adtte(root: Path) -> dict[str, list[Any]]:
    """The CDISC pilot's time to first dermatological event."""
    source = json.loads((root / "tests" / "data" / "cdisc" / "adtte.json").read_text())
    names = [column["name"] for column in source["columns"]]
    rows = [dict(zip(names, row, strict=True)) for row in source["rows"]]
    return {
        name: [row[name] for row in rows] for name in ("AVAL", "CNSR", "TRTA", "TRTP", "AGE", "SITEID") if name in names
    }


def test_cdisc_pilot_stratified_by_site(adtte: dict[str, list[Any]]) -> None:
    data: dict[str, Any] = {k: v for k, v in adtte.items() if k in ("AVAL", "CNSR", "SITEID")}
    data["high"] = [float("High" in arm) for arm in adtte["TRTP"]]
    data["low"] = [float("Low" in arm) for arm in adtte["TRTP"]]
    data["age75"] = [age - 75 for age in adtte["AGE"]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = ms.cox("AVAL", cnsr="CNSR", covariates=["high", "low", "age75"], strata="SITEID", data=data)
    reference = REFERENCE["cdisc_pilot"]
    assert list(fit.coefficients.values()) == pytest.approx(reference["coefficients"], rel=RTOL_REFERENCE)
    assert list(fit.standard_errors.values()) == pytest.approx(reference["standard_errors"], rel=RTOL_REFERENCE)
    assert fit.log_likelihood == pytest.approx(reference["log_likelihood"], rel=RTOL_REFERENCE)
    # a second program, lifelines 0.30.3, printed to 7 decimals; it stops 8e-8 short of the maximum
    assert list(fit.coefficients.values()) == pytest.approx([1.6531086, 1.3961148, -0.0177324], abs=2e-7)
    assert list(fit.standard_errors.values()) == pytest.approx([0.2473037, 0.2378534, 0.0105667], abs=2e-7)
    assert fit.log_likelihood == pytest.approx(-343.6866174, abs=2e-7)


def test_cdisc_pilot_with_arm_as_text(adtte: dict[str, list[Any]]) -> None:
    data = {k: adtte[k] for k in ("AVAL", "CNSR", "TRTP", "SITEID", "AGE")}
    fit = ms.cox("AVAL", cnsr="CNSR", covariates=["TRTP", "AGE"], strata="SITEID", data=data, ref={"TRTP": "Placebo"})
    high = next(term for term in fit.terms if "High" in term)
    assert fit.coefficients[high] == pytest.approx(REFERENCE["cdisc_pilot"]["coefficients"][0], rel=RTOL_REFERENCE)
    assert fit.references == {"TRTP": "Placebo"}
    assert "TRTP vs Placebo" in fit.title()
