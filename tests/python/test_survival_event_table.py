"""Event tables: parts merge into exactly the whole, in any order, and finish as the estimators of all rows."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mscsle as ms

ROW = st.tuples(
    st.sampled_from([0.5, 1.0, 2.0, 2.0 + 1e-12, 3.25, 7.0, 100 / 30.4375, 100 / 365.25 * 12.0]),
    st.sampled_from([0, 1, 2]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["north", "south"]),
    st.sampled_from([0.0, 0.25]),
)


def table(rows: list[Any], *, late: bool) -> ms.EventTable:
    time, cause, arm, stratum, entry = (list(column) for column in zip(*rows, strict=True))
    return ms.EventTable.from_rows(
        time, cause=cause, causes=[1, 2], censored=0, by=arm, strata=stratum, entry=entry if late else None
    )


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, min_size=2, max_size=60), cut=st.integers(1, 59), late=st.booleans())
def test_parts_merge_into_exactly_the_whole_in_any_order(rows: list[Any], cut: int, late: bool) -> None:
    cut = min(cut, len(rows) - 1)
    whole = table(rows, late=late)
    first, second = table(rows[:cut], late=late), table(rows[cut:], late=late)
    assert first + second == whole
    assert second + first == whole
    assert whole.n == len(rows)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(ROW, min_size=6, max_size=60))
def test_a_finished_table_is_the_estimator_of_all_rows(rows: list[Any]) -> None:
    time, cause, arm, stratum, _ = (list(column) for column in zip(*rows, strict=True))
    merged = table(rows[::2], late=False) + table(rows[1::2], late=False)
    event = [c > 0 for c in cause]
    curves = ms.kaplan_meier(time, event=event, by=arm)
    finished = merged.kaplan_meier()
    for group in curves.groups:
        np.testing.assert_array_equal(finished[group].time, curves[group].time)
        np.testing.assert_array_equal(finished[group].survival, curves[group].survival)
        np.testing.assert_array_equal(finished[group].lower, curves[group].lower)
    if set(cause) >= {0, 1, 2}:
        incidence = ms.cumulative_incidence(time, cause=cause, by=arm)
        for curve in incidence:
            mine = merged.cumulative_incidence().curve(curve.cause, curve.group)
            np.testing.assert_array_equal(mine.incidence, curve.incidence)
            np.testing.assert_array_equal(mine.variance, curve.variance)
    try:
        expected = ms.logrank(time, event=event, by=arm, strata=stratum)
    except (ms.exceptions.DataError, ms.exceptions.NotEstimableError):
        return
    found = merged.logrank()
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-10, abs=1e-12)
    assert found.df == expected.df


@pytest.mark.parametrize("backend", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_a_table_travels_as_a_frame_and_by_pickle(backend: Any) -> None:
    frame = backend({"t": [1.0, 2.0, 2.0, 5.0], "e": [1, 0, 1, 1], "arm": ["x", "y", "x", "y"]})
    whole = ms.EventTable.from_rows("t", event="e", by="arm", data=frame, unit="months")
    assert pickle.loads(pickle.dumps(whole)) == whole
    again = ms.EventTable.from_frame(whole.to_frame(), unit="months")
    assert again == whole
    assert again.kaplan_meier().median == whole.kaplan_meier().median
    assert "4 subjects, 2 arms" in whole.title()


def test_delayed_entry_survives_the_frame() -> None:
    late = ms.EventTable.from_rows([3, 4, 9], event=[1, 1, 0], entry=[0, 2, 3])
    again = ms.EventTable.from_frame(late.to_frame())
    assert again.n == 3
    assert again.kaplan_meier().curves[0].survival.tolist() == late.kaplan_meier().curves[0].survival.tolist()


def test_what_does_not_add_up_is_refused() -> None:
    one = ms.EventTable.from_rows([1.0], event=[1])
    two = ms.EventTable.from_rows([1.0], cause=[1], causes=[1, 2], censored=0)
    with pytest.raises(ms.exceptions.DataError, match="other causes"):
        one + two
    with pytest.raises(ms.exceptions.DataError, match="other units"):
        ms.EventTable.from_rows([1.0], event=[1], unit="days") + ms.EventTable.from_rows(
            [1.0], event=[1], unit="months"
        )
    with pytest.raises(ms.exceptions.DataError, match="holds `3`, which is neither censored"):
        ms.EventTable.from_rows([1.0, 2.0], cause=[1, 3], causes=[1, 2], censored=0)
    with pytest.raises(ms.exceptions.OptionError, match="give `causes`"):
        ms.EventTable.from_rows([1.0], cause=[1], censored=0)
    with pytest.raises(ms.exceptions.DataError, match="at least two arms"):
        one.logrank()
    with pytest.raises(TypeError, match="merges with an event table"):
        one.merge([1])  # type: ignore[arg-type]
