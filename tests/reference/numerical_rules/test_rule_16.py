"""Rule 16: competing risks act at once at tied times, nothing is jittered; the conventions of the models are named."""

from __future__ import annotations

import time as clock

import numpy as np

import mscsle as ms

TIME = np.array([1, 3, 3, 6, 6, 6, 9, 12, 12, 12], dtype=float)
CAUSE = np.array([1, 1, 2, 1, 1, 0, 2, 1, 0, 0])
GROUP = np.array(["BM", "UC"] * 5)


def test_rule_16_aalen_johansen_is_a_simultaneous_product_without_jitter() -> None:
    """Both causes at time 3 share one risk set of 9: 1/10 + 0.9/9 and 0.9/9, whatever the order of the rows."""
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(10)
        cif = ms.cumulative_incidence(TIME[order], cause=CAUSE[order], censored=0)
        np.testing.assert_allclose(cif.at(3).incidence, [0.2, 0.1], rtol=1e-15)
        np.testing.assert_allclose(cif.at(6).incidence, [0.4, 0.1], rtol=1e-15)


def test_rule_16_gray_test_has_rho_and_strata_and_does_not_depend_on_order() -> None:
    first = ms.gray_test(TIME, cause=CAUSE, of=1, censored=0, by=GROUP, rho=0.5, strata=np.repeat([0, 1], 5))
    order = np.arange(10)[::-1]
    again = ms.gray_test(
        TIME[order], cause=CAUSE[order], of=1, censored=0, by=GROUP[order], rho=0.5, strata=np.repeat([1, 0], 5)
    )
    assert first.statistic == again.statistic
    assert "(1 - F)^0.5" in first.method and "stratified" in first.method


def test_rule_16_fine_gray_states_its_tie_convention() -> None:
    x = {"dose": np.array([0.3, 1.2, 0.5, 0.8, 0.1, 1.1, 0.9, 0.4, 0.2, 1.5])}
    fits = [
        ms.fine_gray(TIME, cause=CAUSE, of=1, censored=0, covariates=x, ties=ties) for ties in ("cmprsk", "finegray")
    ]
    assert "cmprsk ties" in fits[0].title() and "finegray ties" in fits[1].title()
    assert fits[0].coefficients != fits[1].coefficients  # row 5 is censored at a time with events


def test_rule_16_the_censoring_weights_are_in_the_variance() -> None:
    rng = np.random.default_rng(16)
    time, cause, x = rng.exponential(size=200), rng.integers(0, 3, 200), rng.standard_normal(200)
    with_term, without = (
        ms.fine_gray(time, cause=cause, of=1, censored=0, covariates=x, variance=variance).covariance
        for variance in ("fine-gray", "known-weights")
    )
    assert with_term[0, 0] != without[0, 0]


def test_rule_16_cost_of_fine_gray_grows_as_n_log_n() -> None:
    """Ten times the rows cost far less than the hundredfold of a nested loop (which took a minute for 10,000 rows)."""
    rng = np.random.default_rng(17)
    used = []
    for n in (20_000, 200_000):
        time, cause, x = rng.exponential(size=n), rng.integers(0, 3, n), rng.standard_normal((n, 2))
        start = clock.process_time()
        ms.fine_gray(time, cause=cause, of=1, censored=0, covariates=x)
        used.append(clock.process_time() - start)
    assert used[1] < 40 * max(used[0], 1e-3)
