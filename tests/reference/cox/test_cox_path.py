"""Penalised Cox models against R's glmnet (Breslow ties) and coxph's ridge (Efron ties)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import OptionError

REFERENCE = json.loads((Path(__file__).parent / "path.json").read_text())
TIME, EVENT = np.asarray(REFERENCE["time"], dtype=float), np.asarray(REFERENCE["event"]) == 1
X = np.asarray(REFERENCE["x"], dtype=float)
# glmnet's coordinate descent at thresh 1e-18 leaves about 1e-8 of a standardised coefficient (largest differences 3e-8)
ATOL_STANDARDISED = 2e-7
RTOL_REFERENCE = 1e-6  # of deviances computed from those coefficients


def path(**options: Any) -> Any:
    given: dict[str, Any] = {"covariates": X, "ties": "breslow", "penalty": "elastic-net", **options}
    return ms.cox_path(options.pop("time", TIME), **{"event": EVENT, **{k: v for k, v in given.items() if k != "time"}})


def same(found: Any, expected: Any, x: Any = X) -> None:
    wanted = np.asarray(expected, dtype=float)
    np.testing.assert_allclose(found * x.std(axis=0), wanted * x.std(axis=0), rtol=0, atol=ATOL_STANDARDISED)


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda c: f"{c['mix']}-{c['standardise']}")
def test_coefficients_are_those_of_glmnet(case: Any) -> None:
    found = path(mix=case["mix"], strengths=case["strength"], standardise=case["standardise"])
    assert found.converged.all()
    same(found.coefficients, case["coefficients"])
    np.testing.assert_allclose(found.deviance_ratio, case["deviance_ratio"], rtol=RTOL_REFERENCE, atol=1e-9)


def test_the_default_path_begins_where_glmnet_begins() -> None:
    first = REFERENCE["first"]
    for mix, strength, ratio in zip(first["mix"], first["strength"], first["ratio"], strict=True):
        found = path(mix=mix)
        assert found.strength.size == 100
        np.testing.assert_allclose(found.strength[0], strength, rtol=1e-12)
        np.testing.assert_allclose(found.strength[1] / found.strength[0], ratio, rtol=1e-9)


def test_cross_validation_by_given_folds() -> None:
    expected = REFERENCE["cv"]
    found = path(mix=1.0, strengths=expected["strength"], folds=REFERENCE["fold"])
    np.testing.assert_allclose(found.cv_deviance, expected["deviance"], rtol=RTOL_REFERENCE)
    np.testing.assert_allclose(found.cv_standard_error, expected["standard_error"], rtol=1e-5)
    assert found.chosen == {"min": expected["min"], "1se": expected["one"]}
    assert found.folds == 5 and "5-fold" in found.title()


def test_weights() -> None:
    weighted = path(
        mix=1.0, strengths=REFERENCE["weighted"]["strength"], weights=REFERENCE["weights"], weight_kind="sampling"
    )
    same(weighted.coefficients, REFERENCE["weighted"]["coefficients"])


def test_more_covariates_than_rows() -> None:
    x = np.asarray(REFERENCE["wide"], dtype=float)
    few = len(x)
    found = ms.cox_path(
        TIME[:few],
        event=EVENT[:few],
        covariates=x,
        penalty="lasso",
        ties="breslow",
        strengths=REFERENCE["many"]["strength"],
    )
    same(found.coefficients, REFERENCE["many"]["coefficients"], x)


def test_ridge_of_coxph_with_efron_ties() -> None:
    for case in REFERENCE["ridge"]:
        found = ms.cox_path(
            TIME,
            event=EVENT,
            covariates=X[:, :3],
            penalty="ridge",
            strengths=case["theta"] / TIME.size,
            standardise=False,
        )
        np.testing.assert_allclose(found.coefficients[0], case["coefficients"], rtol=1e-7)


def test_ms_cox_points_to_the_path_and_words_are_checked() -> None:
    with pytest.raises(OptionError, match=r"no standard errors; call `path = ms\.cox_path"):
        ms.cox(TIME, event=EVENT, covariates=X, penalty="ridge")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="`mix` belongs to"):
        ms.cox_path(TIME, event=EVENT, covariates=X, penalty="lasso", mix=0.5)
    with pytest.raises(OptionError, match="`strengths` must be descending"):
        path(strengths=[0.1, 0.2])
    found = path(strengths=[0.2, 0.1])
    with pytest.raises(OptionError, match="give `folds=` to choose"):
        found.at("min")
    with pytest.raises(OptionError, match=r"the path has no strength 0\.3; the nearest is 0\.2"):
        found.at(0.3)
    assert found.at(0.2) == dict(zip(found.terms, found.coefficients[0].tolist(), strict=True))
    np.testing.assert_allclose(found.linear_predictor(X, 0.1), X @ found.coefficients[1])
    assert "no limits (penalised)" in found.title()


def test_dealt_folds_are_balanced_and_the_same_each_time() -> None:
    a, b = path(folds=5, n_strengths=10), path(folds=5, n_strengths=10)
    np.testing.assert_array_equal(a.cv_deviance, b.cv_deviance)
    assert a.chosen["min"] <= a.chosen["1se"]
