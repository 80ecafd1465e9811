"""Fine-Gray with delayed entry, weights and clusters against finegray, crr and sums written out; `make.R` made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import NotEstimableError, OptionError

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
ENTRY = {case["name"]: case for case in REFERENCE["entry"]}
WEIGHTS = {case["name"]: case for case in REFERENCE["weights"]}
RTOL_REFERENCE = 1e-8  # coxph is run with eps 1e-12; crr stops at a gradient of 1e-13 times the log-likelihood
COLUMNS = ("time", "entry", "cause", "x1", "x2", "centre", "w")
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "by_centre": {"cluster": "centre"},
    "frequency": {"weights": "w"},
    "sampling": {"weights": "w", "weight_kind": "sampling"},
    "weighted_by_centre": {"weights": "w", "weight_kind": "sampling", "cluster": "centre"},
}


def fit(case: dict[str, Any], **options: Any) -> Any:
    data = {name: case[name] for name in COLUMNS}
    return ms.fine_gray("time", cause="cause", of=1, censored=0, covariates=["x1", "x2"], data=data, **options)


def same(found: Any, coefficients: Any, variance: Any) -> None:
    errors = np.sqrt(np.diag(np.array(variance)))
    difference = np.array(list(found.coefficients.values())) - np.array(coefficients)
    assert np.abs(difference / errors).max() < 1e-8
    np.testing.assert_allclose(found.covariance, np.array(variance), rtol=RTOL_REFERENCE, atol=1e-12)


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("name", ENTRY)
def test_delayed_entry_equals_finegray_and_coxph(name: str, kind: str) -> None:
    case, reference = ENTRY[name], ENTRY[name][kind]
    found = fit(case, entry="entry", ties="finegray", **OPTIONS[kind])
    assert found.variance == "known-weights"
    same(found, reference["coefficients"], reference["robust"])
    np.testing.assert_allclose(found.naive_covariance, np.array(reference["naive"]), rtol=RTOL_REFERENCE)


@pytest.mark.parametrize("kind", ["frequency", "sampling", "by_centre"])
@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_are_repeated_rows(name: str, kind: str) -> None:
    case = WEIGHTS[name]
    options = {"by_centre": OPTIONS["weighted_by_centre"]}.get(kind, OPTIONS.get(kind, {}))
    found = fit(case, **options)
    same(found, case["coefficients"], case[kind]["variance"])
    np.testing.assert_allclose(found.log_likelihood, case["log_likelihood"], rtol=1e-12)
    np.testing.assert_allclose(found.naive_covariance, np.array(case["naive"]), rtol=RTOL_REFERENCE)
    predicted = found.predict_incidence(np.array(case["new"]), times=case["at"])
    np.testing.assert_allclose(
        predicted.standard_error[:, 0, :], np.array(case[kind]["prediction_se"]), rtol=RTOL_REFERENCE
    )
    if kind == "frequency":
        same(found, case["coefficients"], case["crr_variance"])
        assert found.n == sum(case["w"])
        assert found.n_events == sum(w for w, cause in zip(case["w"], case["cause"], strict=True) if cause == 1)


@pytest.mark.parametrize("name", WEIGHTS)
def test_clusters_without_weights(name: str) -> None:
    case = WEIGHTS[name]
    found = fit(case, cluster="centre")
    same(found, case["unweighted_coefficients"], case["unweighted_by_centre"]["variance"])
    predicted = found.predict_incidence(np.array(case["new"]), times=case["at"])
    reference = np.array(case["unweighted_by_centre"]["prediction_se"])
    np.testing.assert_allclose(predicted.standard_error[:, 0, :], reference, rtol=RTOL_REFERENCE)


@pytest.mark.parametrize("name", ENTRY)
def test_entry_at_zero_changes_nothing_and_weights_of_zero_are_absent_rows(name: str) -> None:
    case = ENTRY[name]
    early = {**case, "entry": [0.0] * len(case["time"])}
    late, plain = fit(early, entry="entry"), fit(early, variance="known-weights")
    np.testing.assert_allclose(list(late.coefficients.values()), list(plain.coefficients.values()), rtol=1e-12)
    np.testing.assert_allclose(late.covariance, plain.covariance, rtol=1e-11)
    kept = [i for i in range(len(case["time"])) if i % 5]
    absent = {**case, "w": [float(i % 5 > 0) for i in range(len(case["time"]))]}
    fewer = {column: [case[column][i] for i in kept] for column in COLUMNS}
    for options in ({"entry": "entry"}, {}):
        found, other = fit(absent, weights="w", **options), fit(fewer, **options)
        np.testing.assert_allclose(list(found.coefficients.values()), list(other.coefficients.values()), rtol=1e-12)
        np.testing.assert_allclose(found.covariance, other.covariance, rtol=1e-12)
        assert found.n == len(kept)


def test_the_scale_of_sampling_weights_does_not_matter() -> None:
    case = ENTRY["continuous"]
    for options in ({}, {"entry": "entry"}, {"cluster": "centre"}):
        found = fit(case, weights="w", weight_kind="sampling", **options)
        other = fit({**case, "w": [0.37 * w for w in case["w"]]}, weights="w", weight_kind="sampling", **options)
        np.testing.assert_allclose(list(other.coefficients.values()), list(found.coefficients.values()), rtol=1e-10)
        np.testing.assert_allclose(other.covariance, found.covariance, rtol=1e-10)


def test_entry_with_the_variance_of_estimated_weights_is_refused() -> None:
    with pytest.raises(OptionError, match="not established for delayed entry"):
        fit(ENTRY["continuous"], entry="entry", variance="fine-gray")


def test_a_competing_event_before_the_risk_set_is_emptied_is_refused() -> None:
    with pytest.raises(NotEstimableError, match="at 3 everybody at risk has just entered"):
        ms.fine_gray(
            [1, 2, 5, 6, 7, 8],
            entry=[0, 0, 3, 3, 3, 4],
            cause=[2, 1, 1, 0, 2, 1],
            of=1,
            covariates={"x": [1, 0, 1, 0, 1, 0]},
        )
