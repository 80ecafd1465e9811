"""Interval-censored survival against R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
SMALL = json.loads((Path(__file__).parent / "small.json").read_text())
ATOL_DIRECT = 1e-8  # conditions of the maximum hold to 1e-12 in R and 1e-10 here
ATOL_SURVFIT = 5e-3  # survfit's EM stops at a change of 5e-5 a step and leaves 0.005 on regions whose mass goes to 0


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_masses_equal_the_direct_maximum_and_survival_that_of_survfit(case: dict[str, Any]) -> None:
    assert case["kkt"] < 1e-12
    weights = case["weights"] if case["name"] == "weighted" else None
    found = ms.turnbull(case["lower"], case["upper"], weights=weights)
    curve = found.curves[0]
    assert found.converged
    heavy = curve.mass > 1e-9
    right = np.array([np.inf if r is None else r for r in case["right"]])
    np.testing.assert_array_equal(curve.left[heavy], case["left"])
    np.testing.assert_array_equal(curve.right[heavy], right)
    np.testing.assert_allclose(curve.mass[heavy], case["mass"], atol=ATOL_DIRECT)
    assert curve.log_likelihood == pytest.approx(case["loglik"], rel=1e-10)
    at = found.at(case["survfit_time"])
    np.testing.assert_allclose(at.survival, case["survfit_surv"], atol=ATOL_SURVFIT)


def test_the_bound_on_the_log_likelihood_is_kept() -> None:
    case = REFERENCE["cases"][3]
    rough = ms.turnbull(case["lower"], case["upper"], tolerance=1e-3).curves[0]
    assert -1e-9 <= case["loglik"] - rough.log_likelihood <= rough.n * 1e-3


@pytest.mark.parametrize("case", SMALL["cases"], ids=lambda case: f"{case['kind']} {len(case['lower'])}")
def test_small_samples_of_every_shape_reach_the_maximum(case: dict[str, Any]) -> None:
    """The probability of each row's interval is unique, whatever regions carry it."""
    lower, weight = np.array(case["lower"], dtype=float), np.array(case["weight"], dtype=float)
    upper = np.array([np.inf if u is None else u for u in case["upper"]])
    found = ms.turnbull(lower, upper, weights=weight).curves[0]
    assert found.converged
    assert found.log_likelihood == pytest.approx(case["loglik"], rel=1e-9, abs=1e-8)
    exact = lower == upper
    point = found.left == found.right
    for row, expected in zip(case["used"], np.atleast_1d(case["fitted"]), strict=True):
        after = (found.left > lower[row]) | (~point & (found.left == lower[row]))
        inside = point & (found.left == lower[row]) if exact[row] else after & (found.right <= upper[row])
        assert found.mass[inside].sum() == pytest.approx(
            expected, abs=1e-6
        )  # the maximum is flat: sqrt of its tolerance
