"""Pooled means against metafor."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-7  # metafor stops its iterations for tau² at 1e-14 of the log-likelihood; the estimate follows it
CASES = [(name, tau) for name in REFERENCE["sets"] for tau in REFERENCE["sets"][name]["fits"]]


def near(value: float | None, expected: float) -> bool:
    assert value is not None
    return math.isclose(value, expected, rel_tol=RTOL_REFERENCE, abs_tol=1e-9)


@pytest.mark.parametrize(("name", "tau"), CASES)
def test_pooled_mean(name: str, tau: str) -> None:
    case = REFERENCE["sets"][name]
    fit = case["fits"][tau]
    got = ms.stats.meta_analysis(case["y"], case["v"], tau_method=tau, interval="wald")
    assert near(got.estimate, fit["estimate"]) and near(got.standard_error, fit["se"])
    assert near(got.lower, fit["lower"]) and near(got.upper, fit["upper"])
    assert near(got.tau_squared, fit["tau2"]) and near(got.q, fit["q"]) and near(got.q_p_value, fit["q_p"])
    assert near(got.i_squared, fit["i2"])
    assert got.prediction is not None
    assert near(got.prediction[0], fit["pi"][0]) and near(got.prediction[1], fit["pi"][1])


@pytest.mark.parametrize(("name", "tau"), [c for c in CASES if c[1] != "common"])
def test_hartung_knapp(name: str, tau: str) -> None:
    case = REFERENCE["sets"][name]
    fit = case["fits"][tau]
    got = ms.stats.meta_analysis(case["y"], case["v"], tau_method=tau)
    assert near(got.standard_error, fit["hk_se"]) and near(got.p_value, fit["hk_p"])
    assert near(got.lower, fit["hk_lower"]) and near(got.upper, fit["hk_upper"])


def test_proportions_on_the_logit_scale() -> None:
    got = ms.stats.pool_proportions([3, 0, 13, 49, 22], [12, 15, 40, 81, 81])
    case = REFERENCE["sets"]["proportions"]
    assert list(got.effect) == pytest.approx(case["y"], rel=1e-12)
    assert list(got.variance) == pytest.approx(case["v"], rel=1e-12)
    estimate = case["fits"]["reml"]["estimate"]
    assert near(got.pooled, 1 / (1 + math.exp(-estimate)))
