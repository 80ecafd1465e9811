"""What follows a Cox fit, against R: residuals of all kinds, hazard ratios of new subjects, median survival."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "after.json").read_text())
DATA = {name: np.asarray(values, dtype=float) for name, values in REFERENCE["data"].items()}
RTOL_REFERENCE = 1e-9  # coxph with eps 1e-13
CASES = pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])


def fitted(case: dict[str, Any]) -> ms.CoxFit:
    return ms.cox(
        "time",
        event="status",
        entry="start" if case["entry"] else None,
        covariates=["karno", "age", "noise"],
        data=DATA,
    )


def close(found: Any, expected: Any) -> None:
    values = np.array(expected, dtype=float)
    np.testing.assert_allclose(found, values.reshape(np.shape(found)), rtol=RTOL_REFERENCE, atol=1e-10)


@CASES
def test_residuals_of_rows_and_of_subjects(case: dict[str, Any]) -> None:
    fit = fitted(case)
    subjects = np.unique(DATA["id"])
    first = np.array([np.flatnonzero(DATA["id"] == subject)[0] for subject in subjects])
    for kind, expected in case["rows"].items():
        close(fit.residuals(kind), expected)
        summed = fit.residuals(kind, collapse=DATA["id"])
        close(summed[np.argsort(np.argsort(first))], case["summed"][kind])


@CASES
def test_schoenfeld_residuals_scaled_as_in_r(case: dict[str, Any]) -> None:
    fit = fitted(case)
    theirs = np.array(case["scaled"])
    order = np.lexsort(np.array(case["schoenfeld"]).T)
    ours = np.lexsort(fit.residuals("schoenfeld").T)
    close(fit.residuals("schoenfeld")[ours], np.array(case["schoenfeld"])[order])
    close(fit.residuals("scaled-schoenfeld")[ours], theirs[order])


@CASES
@pytest.mark.parametrize("reference", ["zero", "mean"])
def test_hazard_ratios_of_new_subjects(case: dict[str, Any], reference: str) -> None:
    found = fitted(case).predict_hazard_ratio(REFERENCE["new"], reference=reference)
    close(found.linear_predictor, case[reference]["fit"])
    close(found.standard_error, case[reference]["se"])
    close(found.hazard_ratio, np.exp(case[reference]["fit"]))


@CASES
def test_hazard_ratio_of_two_subjects_is_that_of_their_difference(case: dict[str, Any]) -> None:
    fit = fitted(case)
    one = {"karno": [61.0], "age": [50.0], "noise": [0.0]}
    other = {"karno": [60.0], "age": [50.0], "noise": [0.0]}
    found = fit.predict_hazard_ratio(one, reference=other)
    summary = fit.summary()
    close(found.hazard_ratio[0], fit.hazard_ratios["karno"])
    close([found.lower[0], found.upper[0]], [summary.lower[0], summary.upper[0]])


@CASES
def test_quantiles_of_predicted_survival(case: dict[str, Any]) -> None:
    found = fitted(case).predict_survival(REFERENCE["new"]).quantile([0.25, 0.5])
    for name in ("estimate", "lower", "upper"):
        close(getattr(found, name), case["quantile"][name])
