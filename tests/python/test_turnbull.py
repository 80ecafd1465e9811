"""Intervals in every library of frames, what is missing in them, and what is said of them."""

from __future__ import annotations

import importlib
from typing import Any

import matplotlib
import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, NotEstimableError, OptionError

matplotlib.use("agg")
LOWER = [0.0, None, 1.0, 2.0, 0.5, 3.0, 2.0]
UPPER = [1.0, 1.0, 2.0, None, 4.0, 3.0, None]
GROUP = ["a", "b", "a", "a", "b", "b", "b"]


def frame(library: str, **extra: Any) -> Any:
    table = {"lo": LOWER, "hi": UPPER, "arm": GROUP, **extra}
    if library == "numpy":
        return table
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(table)


def test_libraries_and_arrays_give_the_same_bits() -> None:
    direct = ms.turnbull(LOWER, UPPER)
    for library in ("pandas", "polars", "pyarrow", "numpy"):
        found = ms.turnbull("lo", "hi", data=frame(library))
        np.testing.assert_array_equal(found.curves[0].mass, direct.curves[0].mass)
        assert found.title() == direct.title()
        by_formula = ms.turnbull(formula='Surv(lo, hi, type="interval2") ~ arm', data=frame(library))
        assert by_formula.groups == ["a", "b"]
        assert type(found.to_frame()).__module__.split(".")[0] in (library, "builtins")
        found.to_ard()
        found.at([1.0, 2.0]).to_ard()
        found.quantile(0.5).to_ard()


def test_infinite_ends_are_the_missing_ones() -> None:
    infinite = ms.turnbull([-np.inf if v is None else v for v in LOWER], [np.inf if v is None else v for v in UPPER])
    np.testing.assert_array_equal(infinite.curves[0].mass, ms.turnbull(LOWER, UPPER).curves[0].mass)


def test_counts_by_kind_of_censoring() -> None:
    curve = ms.turnbull(LOWER, UPPER).curves[0]
    assert (curve.n_exact, curve.n_left, curve.n_interval, curve.n_right) == (1, 2, 2, 2)
    assert "1 exact, 2 left-censored, 2 interval-censored, 2 right-censored" in ms.turnbull(LOWER, UPPER).title()


def test_an_event_column_makes_rows_right_censored_at_their_lower_end() -> None:
    found = ms.turnbull([0.0, 1.0, 2.0, 2.0], [1.0, 2.0, 3.0, 2.0], event=[1, 1, 1, 0])
    other = ms.turnbull([0.0, 1.0, 2.0, 2.0], [1.0, 2.0, 3.0, None])
    np.testing.assert_array_equal(found.curves[0].mass, other.curves[0].mass)


def test_times_of_an_endpoint_fit() -> None:
    times = ms.endpoints.renal_response(ms.load("gu2014")).time_to("first_remission", interval=True, keep=["source"])
    found = ms.turnbull("after", "time", event="event", data=times, by="source", unit="months")
    assert found.groups == ["BM", "UC"] and found.n == 81 and found.converged
    # the visits are the regions, and at visits survival is the share not in remission, not the Kaplan-Meier curve at them
    assert all(curve.mass.sum() == pytest.approx(1) for curve in found)


def test_a_row_without_ends_is_refused_or_dropped() -> None:
    lower, upper = [*LOWER, None], [*UPPER, None]
    for library in ("pandas", "polars", "pyarrow"):
        module = importlib.import_module(library)
        data = (module.table if library == "pyarrow" else module.DataFrame)({"lo": lower, "hi": upper})
        with pytest.raises(DataError, match=r"columns `lo` and `hi` are both missing in 1 row \(first in row 7\)"):
            ms.turnbull("lo", "hi", data=data)
        found = ms.turnbull("lo", "hi", data=data, missing="drop")
        assert found.n_dropped == 1
        np.testing.assert_array_equal(found.curves[0].mass, ms.turnbull(LOWER, UPPER).curves[0].mass)


def test_wrong_intervals_are_named() -> None:
    with pytest.raises(DataError, match="`lower` must not be after `upper`, but row 1 is 3 to 2"):
        ms.turnbull([1.0, 3.0], [2.0, 2.0])
    with pytest.raises(DataError, match="column `lower` must be >= 0, but row 0 is -1"):
        ms.turnbull([-1.0, 3.0], [2.0, 4.0])
    with pytest.raises(DataError, match="column `upper` must be >= 0"):
        ms.turnbull([None, 3.0], [-2.0, 4.0])
    with pytest.raises(NotEstimableError, match="every row is right-censored"):
        ms.turnbull([1.0, 3.0], [None, None])
    with pytest.raises(TypeError, match="give `lower` and `upper`"):
        ms.turnbull([1.0, 3.0])
    with pytest.raises(OptionError, match=r"type=.interval2"):
        ms.turnbull(formula="Surv(lo, hi, arm) ~ 1", data=frame("pandas"))


def test_a_group_without_events_is_named() -> None:
    with pytest.raises(NotEstimableError, match=r"group `b`: .*every row is right-censored"):
        ms.turnbull([1, 5], [2, None], by=["a", "b"])


def test_the_figure_has_a_box_a_region_and_lines_between() -> None:
    found = ms.turnbull([0, 4, 6, 1], [2, 4, None, 3], unit="months")
    axes = found.plot()
    assert [box.get_xy() for box in axes.patches] == [(1.0, 0.5), (6.0, 0.0)]
    assert axes.get_xlabel() == "Time (months)"
    drawn = axes.lines[0].get_xydata()
    assert [4.0, 0.5] in drawn.tolist() and [4.0, 0.25] in drawn.tolist()
    two = ms.turnbull([0, 1, 2, 3], [2, 3, 4, None], by=["b", "b", "a", "a"]).plot(labels={"a": "cells"})
    assert [text.get_text() for text in two.get_legend().get_texts()] == ["cells", "b"]
    with pytest.raises(DataError, match="needs a column `left`"):
        ms.plot.turnbull({"time": [1.0]})


def test_limits_are_said_to_be_not_available_unless_the_bootstrap_is_named() -> None:
    found = ms.turnbull(LOWER, UPPER)
    plain = found.at([2.0])
    assert np.isnan(plain.lower).all() and "limits not available" in plain.method
    limits = found.at([2.0], conf_type="bootstrap", replicates=200, seed=3)
    assert limits.lower[0] <= found.at(2.0).survival[0] <= limits.upper[0]
    assert "200 replicates, seed 3" in limits.method
    again = found.at([2.0], conf_type="bootstrap", replicates=200, seed=3)
    assert (again.lower[0], again.upper[0]) == (limits.lower[0], limits.upper[0])
    with pytest.raises(OptionError, match="unknown conf_type `log`"):
        found.at([2.0], conf_type="log")  # type: ignore[arg-type]


def test_weights_are_repeated_rows() -> None:
    weighted = ms.turnbull(LOWER, UPPER, weights=[2, 1, 1, 1, 1, 1, 1]).curves[0]
    repeated = ms.turnbull([*LOWER, LOWER[0]], [*UPPER, UPPER[0]]).curves[0]
    np.testing.assert_allclose(weighted.mass, repeated.mass, atol=1e-9)
