"""Aalen-Johansen against survfit and cuminc of R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-10  # the JSON holds 15 digits; cuminc forms its variance as a difference of sums
R_NAME = {"log": "log", "log-log": "loglog", "plain": "plain"}


def array(values: list[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def fit(case: dict[str, Any], **options: Any) -> Any:
    entry = {} if case["entry"] is None else {"entry": case["entry"]}
    return ms.cumulative_incidence(case["time"], cause=case["cause"], by=case["group"], censored=0, **entry, **options)


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_incidence_and_standard_error_equal_survfit(case: dict[str, Any]) -> None:
    for curve in fit(case):
        reference = case["curves"][curve.group]
        np.testing.assert_allclose(curve.time, reference["time"], rtol=0)
        one = reference["causes"][curve.cause]
        np.testing.assert_allclose(curve.incidence, one["incidence"], rtol=RTOL_REFERENCE, atol=1e-14)
        np.testing.assert_allclose(curve.variance, one["greenwood"], rtol=RTOL_REFERENCE, atol=1e-13)
        if case["entry"] is None:  # with delayed entry R's infinitesimal jackknife is another estimator
            np.testing.assert_allclose(curve.std_error, one["std_error"], rtol=RTOL_REFERENCE, atol=1e-12)


@pytest.mark.parametrize("case", [c for c in REFERENCE["cases"] if c["entry"] is None], ids=lambda case: case["name"])
def test_incidence_and_aalen_variance_equal_cuminc(case: dict[str, Any]) -> None:
    for curve in fit(case, variance="aalen"):
        one = case["curves"][curve.group]["causes"][curve.cause]
        np.testing.assert_allclose(curve.incidence, one["cuminc"], rtol=RTOL_REFERENCE, atol=1e-14)
        # cuminc gives the variance at jumps of the cause; between them it carries the last one on, as ours does at jumps
        jump = curve.n_event > 0
        np.testing.assert_allclose(
            curve.variance[jump], np.asarray(one["cuminc_variance"])[jump], rtol=1e-9, atol=1e-13
        )


@pytest.mark.parametrize("conf_type", sorted(R_NAME))
@pytest.mark.parametrize("case", [c for c in REFERENCE["cases"] if c["entry"] is None], ids=lambda case: case["name"])
def test_limits_equal_survfit(case: dict[str, Any], conf_type: str) -> None:
    for curve in fit(case, conf_type=conf_type):
        one = case["curves"][curve.group]["causes"][curve.cause]
        inside = (curve.incidence > 0) & (curve.incidence < 1)
        for ours, end in ((curve.lower, "lower"), (curve.upper, "upper")):
            theirs = array(one[f"{R_NAME[conf_type]}_{end}"])
            np.testing.assert_allclose(ours[inside], theirs[inside], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_incidences_and_survival_sum_to_one(case: dict[str, Any]) -> None:
    cif = fit(case)
    for group in cif.groups:
        curves = [c for c in cif if c.group == group]
        total = curves[0].survival + sum(c.incidence for c in curves)
        np.testing.assert_allclose(total, 1.0, rtol=1e-14)
