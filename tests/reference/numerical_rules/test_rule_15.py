"""Numerical rule 15: Turnbull with a check of the conditions of the maximum, not plain EM; accelerated failure time models
with left, right and interval censoring."""

from __future__ import annotations

import numpy as np
import pytest

import mscsle as ms


def visits(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    time = rng.weibull(1.4, n) * 9
    grid = np.cumsum(rng.uniform(0.5, 3, (n, 8)), axis=1).round(1)
    lower = np.where(grid < time[:, None], grid, 0).max(axis=1)
    upper = np.where(grid >= time[:, None], grid, np.inf).min(axis=1)
    return lower, upper


@pytest.mark.parametrize(("n", "seed"), [(60, 1), (300, 2), (1500, 3)])
def test_rule_15_turnbull_satisfies_the_conditions_of_the_maximum(n: int, seed: int) -> None:
    lower, upper = visits(n, seed)
    curve = ms.turnbull(lower, upper).curves[0]
    assert curve.converged and curve.iterations < 1000
    # the conditions, computed here from the rows and the masses alone
    covers = (curve.left[None, :] >= lower[:, None]) & (curve.right[None, :] <= upper[:, None])
    probability = covers @ curve.mass
    gradient = (covers / probability[:, None]).sum(axis=0) / n
    np.testing.assert_allclose(gradient[curve.mass > 1e-8], 1, atol=1e-6)
    # and at every other region that could carry mass
    for left in np.unique(lower):
        right = upper[upper > left].min()
        inside = (lower <= left) & (upper >= right)
        assert (inside / probability).sum() / n <= 1 + 1e-6


def test_rule_15_plain_em_would_not_have_arrived() -> None:
    lower, upper = visits(300, 2)
    curve = ms.turnbull(lower, upper).curves[0]
    # as many rounds of plain EM on the same regions as were used
    points = sorted({(left, upper[upper > left].min()) for left in np.unique(lower)})
    regions = [(a, b) for a, b in points if not any(a < c < b for c in np.unique(lower))]
    left, right = (np.array(ends) for ends in zip(*regions, strict=True))
    covers = (left[None, :] >= lower[:, None]) & (right[None, :] <= upper[:, None])
    mass = np.full(len(left), 1 / len(left))
    for _ in range(curve.iterations):
        mass *= (covers / (covers @ mass)[:, None]).sum(axis=0) / len(lower)
    assert np.log(covers @ mass).sum() < curve.log_likelihood - 1e-6


@pytest.mark.parametrize("distribution", ["weibull", "exponential", "log-normal", "log-logistic"])
def test_rule_15_every_kind_of_censoring_has_its_part_of_the_likelihood(distribution: str) -> None:
    lower, upper = visits(200, 4)
    exact = np.arange(200) % 4 == 0
    middle = np.where(np.isfinite(upper), (lower + np.where(np.isfinite(upper), upper, 0)) / 2, lower + 0.3)
    lower, upper = np.where(exact, middle, lower), np.where(exact, middle, upper)
    fit = ms.aft(lower=lower, upper=upper, distribution=distribution)  # type: ignore[arg-type]
    intercept, scale = fit.coefficients["(Intercept)"], fit.scale
    assert intercept is not None

    def survival(t: np.ndarray) -> np.ndarray:
        return fit.predict_survival(times=np.where(np.isfinite(t), t, 0)).estimate[0]

    low, high = survival(lower), np.where(np.isfinite(upper), survival(upper), 0)
    density = fit.predict_survival(times=np.where(exact, lower, 1)).other[0] * survival(np.where(exact, lower, 1))
    parts = np.where(exact, density, np.where(exact, 1, low - high))
    assert fit.log_likelihood == pytest.approx(np.log(parts).sum(), rel=1e-12)
    assert scale > 0
