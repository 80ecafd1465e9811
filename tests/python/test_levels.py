"""Levels of grouping columns: the order of categories, blanks, and codes that are not guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError

TIME = [5, 3, 9, 8, 12, 12, 7, 4]
EVENT = [1, 1, 0, 1, 0, 1, 1, 1]
ARM = ["MSC", "placebo", "MSC", "placebo", "MSC", "MSC", "placebo", "MSC"]
ORDER = ["placebo", "unused", "MSC"]


def _arrow() -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays([ORDER.index(a) for a in ARM], ORDER)


COLUMNS: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.Categorical(ARM, categories=ORDER),
    "pandas, ordered": lambda: pd.Series(pd.Categorical(ARM, categories=ORDER, ordered=True)),
    "polars": lambda: pl.Series(ARM, dtype=pl.Enum(ORDER)),
    "pyarrow": _arrow,
    "pyarrow, chunked": lambda: pa.chunked_array([_arrow()]),
}


def _frame(kind: str, column: Any) -> Any:
    columns = {"time": TIME, "event": EVENT, "trt": column}
    if kind.startswith("pandas"):
        return pd.DataFrame(columns)
    return pl.DataFrame(columns) if kind == "polars" else pa.table(columns)


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_categories_keep_their_order_and_those_without_rows_are_dropped(kind: str) -> None:
    column = COLUMNS[kind]()
    for data in (_frame(kind, column), {"time": TIME, "event": EVENT, "trt": column}):
        fit = ms.cox("time", event="event", covariates=["trt"], data=data)
        assert (fit.references, fit.terms) == ({"trt": "placebo"}, ["trt[MSC]"])
        assert ms.kaplan_meier("time", event="event", by="trt", data=data).groups == ["placebo", "MSC"]
        page = ms.compare_arms("time", event="event", arm="trt", data=data)
        assert page.arms == ("placebo", "MSC")
        assert page.curves.groups == ["placebo", "MSC"]
    assert ms.kaplan_meier(TIME, event=EVENT, by=column).groups == ["placebo", "MSC"]


def test_text_stays_sorted_and_so_do_polars_categoricals() -> None:
    # the categories of a polars Categorical are shared by the session and ordered by text
    for column in (ARM, pl.Series(ARM), pl.Series(ARM, dtype=pl.Categorical)):
        assert ms.kaplan_meier(TIME, event=EVENT, by=column).groups == ["MSC", "placebo"]


def test_dropped_rows_leave_no_empty_group() -> None:
    data = pd.DataFrame({"time": [*TIME, np.nan], "event": [*EVENT, 1], "trt": [*ARM, "unused"]})
    data["trt"] = pd.Categorical(data["trt"], categories=ORDER)
    km = ms.kaplan_meier("time", event="event", by="trt", data=data, missing="drop")
    assert km.groups == ["placebo", "MSC"]


@pytest.mark.parametrize("ordered", [False, True])
def test_numbers_that_are_categories_are_categories_in_a_cox_model(ordered: bool) -> None:
    stage = pd.Categorical([2, 3, 5, 2, 3, 5, 2, 3], categories=[5, 2, 3], ordered=ordered)
    data = pd.DataFrame({"time": TIME, "event": EVENT, "stage": stage})
    for fit in (
        ms.cox("time", event="event", covariates=["stage"], data=data),
        ms.cox(TIME, event=EVENT, covariates={"stage": stage}),
    ):
        assert fit.terms == ["stage[2]", "stage[3]"]
        assert fit.references == {"stage": "5"}


@pytest.mark.parametrize("blank", ["", "  "])
def test_empty_text_is_missing_and_surrounding_blanks_do_not_count(blank: str) -> None:
    arms = ["A ", "A", " B", "B", "A", "B", "B", blank]
    for data in (
        {"time": TIME, "event": EVENT, "arm": arms},
        pd.DataFrame({"time": TIME, "event": EVENT, "arm": arms}),
        pl.DataFrame({"time": TIME, "event": EVENT, "arm": arms}),
    ):
        with pytest.raises(DataError, match=r"column `arm` holds 1 missing value \(first in row 7\)"):
            ms.kaplan_meier("time", event="event", by="arm", data=data)
        km = ms.kaplan_meier("time", event="event", by="arm", data=data, missing="drop")
        assert (km.groups, km.n_dropped, [c.n for c in km]) == (["A", "B"], 1, [3, 4])


def test_codes_without_the_default_censored_are_asked_about() -> None:
    cause = [1, 2, 3, 1, 2, 3, 3, 1]
    with pytest.raises(DataError, match=r"holds no `0` \(censored\), only `1`, `2`, `3`; .* `censored=`"):
        ms.cumulative_incidence(TIME, cause=cause)
    assert ms.cumulative_incidence(TIME, cause=cause, censored=3).causes == ["1", "2"]
    for said in (0, None):
        assert ms.cumulative_incidence(TIME, cause=cause, censored=said).causes == ["1", "2", "3"]
    assert ms.cumulative_incidence(TIME, cause=[0, *cause[1:]]).causes == ["1", "2", "3"]


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_words_for_events_are_refused_with_a_recipe(make: Callable[[dict[str, Any]], Any]) -> None:
    data = make({"time": TIME, "died": ["N", "Y", "N", "Y", "N", "N", "Y", "Y"]})
    with pytest.raises(DataError, match=r"row 0 is 'N'; .*`df\[\"died\"\] == \"Y\"`"):
        ms.kaplan_meier("time", event="died", data=data)


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_spans_of_time_are_refused_with_a_recipe(make: Callable[[dict[str, Any]], Any]) -> None:
    data = make({"time": [timedelta(days=d) for d in TIME], "event": EVENT})
    with pytest.raises(DataError, match=r"`time` holds spans of time \(row 0: 5 days\); give a duration as a number"):
        ms.kaplan_meier("time", event="event", data=data)


def test_differences_of_survival_stay_within_one_and_a_mean_without_width_says_why() -> None:
    page = ms.compare_arms(
        [1, 1, 1, 9, 10, 10, 10, 10], event=[1, 1, 1, 0, 0, 0, 0, 0], arm=["a"] * 4 + ["b"] * 4, times=5, tau=8
    )
    # 4 of 4 against 1 of 4, nobody censored until then: the hybrid limits stay within one
    line = page.line("survival difference at 5")
    assert line["lower"] > 0 and line["upper"] <= 1 and "no event in `b`: hybrid limits" in line["note"]
    few = ms.compare_arms(
        [1, 1, 1, 9, 1, 10, 10, 10],
        event=[1, 1, 1, 0, 1, 0, 0, 0],
        arm=["a"] * 4 + ["b"] * 4,
        times=5,
        conf_level=0.999,
    ).line("survival difference at 5")
    assert few["upper"] == 1 and few["note"] == "limits cut to [-1, 1]"
    mean = page.line("restricted mean to 8", "b")
    assert mean["lower"] == mean["upper"] == 8 and mean["note"] == "no width: no event before 8"
    assert page.line("restricted mean to 8", "a")["note"] in ("", "limits cut to [0, 8]")
