"""Weights of 0, one cluster, separation and fits short of the maximum: what small data do to survival results."""

from __future__ import annotations

import math
import warnings
from typing import Literal

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import ConvergenceWarning, DataError


@pytest.mark.parametrize("kind", ["frequency", "sampling"])
def test_rows_of_weight_zero_change_no_curve(kind: Literal["frequency", "sampling"]) -> None:
    time, event, weights = [4.0, 1.0, 6.0, 7.0], [0, 1, 1, 0], [2.0, 2.0, 0.0, 0.0]
    with_zero = ms.kaplan_meier(time, event=event, weights=weights, weight_kind=kind)
    without = ms.kaplan_meier(time[:2], event=event[:2], weights=weights[:2], weight_kind=kind)
    # their times stay steps, as in R, and nothing changes there
    for name in ("survival", "std_error", "lower", "upper"):
        expected = getattr(without.curves[0], name)[[0, 1, 1, 1]]
        np.testing.assert_array_equal(getattr(with_zero.curves[0], name), expected)
    assert with_zero.curves[0].n_risk.tolist() == [4.0, 2.0, 0.0, 0.0]
    hazard = ms.nelson_aalen(time, event=event, weights=weights, weight_kind=kind).curves[0]
    assert (hazard.std_error > 0).all()


def test_a_group_with_only_weights_of_zero_has_an_empty_curve() -> None:
    km = ms.kaplan_meier(
        [1.0, 2.0, 3.0], event=[1, 1, 0], by=["a", "a", "b"], weights=[1, 1, 0], weight_kind="frequency"
    )
    assert [curve.n for curve in km] == [2.0, 0.0]
    assert km.median == {"a": 1.5, "b": None}
    assert km.at([1.0]).n_risk.tolist() == [2.0, 0.0]
    assert "<table" in km._repr_html_()
    assert km.to_ard() is not None
    # nobody was watched, so nothing is known at any time
    found = km.at([1.0])
    assert np.isnan(found.survival[1]) and found.note[1] == "beyond the last observed time 0"
    assert np.isnan(km.milestones(1.0).contrasts.estimate).all()


def test_a_group_of_weight_zero_is_no_group_of_a_test() -> None:
    time, event, group, weights = [1, 2, 3, 4, 5], [1, 1, 0, 1, 1], ["a", "b", "a", "b", "c"], [1, 2, 1, 1, 0]
    given = {"event": event, "by": group, "weights": weights}
    without = {"event": event[:4], "by": group[:4], "weights": weights[:4]}
    test = ms.logrank(time, **given)
    assert (test.groups, test.df) == (["a", "b"], 1)
    assert test.statistic == ms.logrank(time[:4], **without).statistic
    assert ms.max_combo(time, **given).p_value == ms.max_combo(time[:4], **without).p_value
    assert ms.pairwise_logrank(time, **given).note == [""]
    assert ms.trend_test(time, **given).z == ms.trend_test(time[:4], **without).z
    assert ms.turnbull(time, time, by=group, weights=weights).groups == ["a", "b"]


def test_clusters_that_balance_exactly_have_variance_zero() -> None:
    """At 3 the influences of each cluster cancel (R's survfit gives 7e-18)."""
    curve = ms.kaplan_meier([1, 2, 3, 4, 5, 6], event=[1, 1, 1, 1, 0, 0], cluster=[1, 0, 1, 1, 0, 1]).curves[0]
    assert curve.std_error[2] == 0.0
    assert (curve.std_error[[0, 1, 3, 4, 5]] > 0.07).all()


def test_one_cluster_has_no_robust_variance() -> None:
    rows = {"t": [1.0, 2.0, 3.0, 4.0], "e": [1, 0, 1, 1], "x": [0.0, 1.0, 1.0, 0.0], "id": ["p", "p", "p", "p"]}
    with pytest.raises(DataError, match=r"`id` holds the one cluster `p`; a robust variance needs two or more"):
        ms.kaplan_meier("t", event="e", cluster="id", data=rows)
    others = {**rows, "id": ["p", "q", "p", "q"], "w": [1.5, 0.0, 2.0, 0.0]}
    with pytest.raises(DataError, match="the one cluster `p`"):
        ms.kaplan_meier("t", event="e", cluster="id", weights="w", weight_kind="sampling", data=others)
    with pytest.raises(DataError, match="robust variance needs two or more"):
        ms.cox("t", event="e", covariates=["x"], cluster="id", data=rows)


def test_a_coefficient_left_open_by_an_infinite_one_has_no_interval() -> None:
    rows = {
        "t": [2.0, 6.0, 3.0, 1.0, 3.0, 4.0, 5.0, 9.0],
        "e": [1, 0, 0, 0, 0, 0, 1, 0],
        "x": [1.20, -0.18, -0.11, 0.63, -1.07, -1.53, 0.65, 0.07],
        "z": [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0],
    }
    with pytest.warns(UserWarning) as said:
        fit = ms.cox("t", event="e", covariates=["x", "z"], data=rows)
    assert any(issubclass(warning.category, ConvergenceWarning) for warning in said)
    assert all(value is None for value in fit.coefficients.values())
    assert not (np.isfinite(fit.summary().lower) & np.isfinite(fit.summary().upper)).any()


def test_short_of_the_maximum_there_is_no_interval() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = ms.cox(
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            event=[1, 1, 0, 1, 1, 0],
            covariates={"x": [0.3, 1.0, 0.2, 0.9, 0.4, 0.1]},
            max_iterations=1,
        )
    assert not fit.converged
    table = fit.summary()
    assert all(math.isnan(value) for value in (table.lower[0], table.upper[0], table.p[0]))
    assert table.method == ["none"]


def test_the_accuracy_index_is_missing_where_the_score_without_covariates_is_zero() -> None:
    found = ms.prediction_error([3.0, 4.0], event=[1, 1], survival=[[0.9], [0.8]], times=[1.0])
    assert found.brier_null.tolist() == [0.0]
    assert math.isnan(found.ipa[0])
    assert math.isnan(found.to_frame()["ipa"][0])
