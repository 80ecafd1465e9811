"""Survival functions on pandas, pandas with Arrow types, polars, pyarrow and arrays: the same numbers, the same errors."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, NotEstimableError, OptionError

LIBRARIES = ["pandas", "pandas-arrow", "polars", "pyarrow", "numpy"]
COLUMNS: dict[str, list[Any]] = {
    "time": [6.0, 6.0, 6.0, 6.0, 7.0, 9.0, 10.0, 10.0, 11.0, 13.0],
    "event": [True, True, True, False, True, False, True, False, False, True],
    "cnsr": [0, 0, 0, 1, 0, 2, 0, 1, 1, 0],
    "cause": [1, 2, 1, 0, 1, 0, 2, 0, 0, 1],
    "arm": ["UC", "BM", "UC", "BM", "UC", "BM", "UC", "BM", "UC", "BM"],
    "centre": [1, 1, 2, 2, 1, 1, 2, 2, 1, 1],
}
Call = Callable[..., Any]


def frame(library: str, columns: dict[str, list[Any]]) -> Any:
    if library == "numpy":
        return columns
    if library == "pandas-arrow":
        pyarrow, pandas = importlib.import_module("pyarrow"), importlib.import_module("pandas")
        return pyarrow.table(columns).to_pandas(types_mapper=pandas.ArrowDtype)
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(columns)


def call(name: str, data: Any, **options: Any) -> Any:
    if name == "cumulative_incidence":
        return ms.cumulative_incidence("time", cause="cause", data=data, by="arm", **options)
    if name == "logrank":
        return ms.logrank("time", event="event", data=data, by="arm", **options)
    return ms.kaplan_meier("time", event="event", data=data, by="arm", **options)


FUNCTIONS = ["kaplan_meier", "logrank", "cumulative_incidence"]


def values(frame: Any, name: str) -> list[Any]:
    column = frame[name]
    return column.to_pylist() if hasattr(column, "to_pylist") else list(column)


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_library_gives_the_numbers_of_arrays(library: str, function: str) -> None:
    ours = call(function, frame(library, COLUMNS))
    arrays = {name: np.array(COLUMNS[name]) for name in COLUMNS}
    if function == "cumulative_incidence":
        reference = ms.cumulative_incidence(arrays["time"], cause=arrays["cause"], by=arrays["arm"])
    else:
        reference = getattr(ms, function)(arrays["time"], event=arrays["event"], by=arrays["arm"])
    for name, column in reference.columns().items():
        np.testing.assert_array_equal(ours.columns()[name], column)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_results_come_back_in_the_users_library(library: str, function: str) -> None:
    result = call(function, frame(library, COLUMNS))
    expected = {"pandas-arrow": "pandas", "numpy": "builtins"}.get(library, library)
    assert type(result.to_frame()).__module__.split(".")[0] == expected
    ard = result.to_ard()
    assert len(values(ard, "stat_name")) > 2
    assert "<table>" in result._repr_html_()
    assert "n = " in result.title() or "df" in result.title()


def test_cnsr_is_the_opposite_of_event(library: str) -> None:
    data = frame(library, COLUMNS)
    by_cnsr = ms.kaplan_meier("time", cnsr="cnsr", data=data)
    np.testing.assert_array_equal(
        by_cnsr.curves[0].survival, ms.kaplan_meier("time", event="event", data=data).curves[0].survival
    )


def test_boolean_integer_and_float_events_are_the_same() -> None:
    event = np.array(COLUMNS["event"])
    curves = [
        ms.kaplan_meier(COLUMNS["time"], event=e).curves[0] for e in (event, event.astype(int), event.astype(float))
    ]
    assert curves[0].survival.tolist() == curves[1].survival.tolist() == curves[2].survival.tolist()


def bad(**changed: list[Any]) -> dict[str, list[Any]]:
    return {**COLUMNS, **changed}


BAD_TIMES: list[tuple[str, list[Any], str]] = [
    (
        "text",
        ["6", "6", "6", "6", "7", "9", "10", "10", "11", "13"],
        "column `time` must hold numbers, but row 0 is '6'",
    ),
    ("negative", [6.0, 6, 6, 6, 7, 9, -1.5, 10, 11, 13], r"column `time` must be >= 0, but row 6 is -1\.5"),
    (
        "infinite",
        [6.0, 6, 6, float("inf"), 7, 9, 10, 10, 11, 13],
        "column `time` must hold finite numbers, but row 3 is inf",
    ),
    (
        "missing",
        [6.0, 6, None, 6, 7, None, 10, 10, 11, 13],
        r"column `time` holds 2 missing values \(first in row 2\); drop them or pass `missing=\"drop\"`",
    ),
    ("misread zero", [5.397605346934028e-79, 6, 6, 6, 7, 9, 10, 10, 11, 13], "row 0 is 5.4e-79: a SAS zero misread"),
]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("case", "time", "message"), BAD_TIMES, ids=[case for case, _, _ in BAD_TIMES])
def test_a_bad_time_is_refused_by_column_and_row(
    library: str, function: str, case: str, time: list[Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        call(function, frame(library, bad(time=time)))


@pytest.mark.parametrize("function", ["kaplan_meier", "logrank"])
def test_missing_and_miscoded_events_are_refused(library: str, function: str) -> None:
    event = [True, None, *COLUMNS["event"][2:]]
    with pytest.raises(DataError, match=r"column `event` holds 1 missing value \(first in row 1\)"):
        call(function, frame(library, bad(event=event)))
    with pytest.raises(DataError, match="1/2 coding is not guessed"):
        call(function, frame(library, bad(event=[1, 2, 2, 1, 1, 2, 1, 1, 2, 2])))
    with pytest.raises(DataError, match="column `event` must hold booleans or 0/1, but row 0 is 'yes'"):
        call(function, frame(library, bad(event=["yes"] * 10)))
    with pytest.raises(DataError, match="column `event` must hold booleans or 0/1, but row 0 is 6"):
        call(function, frame(library, bad(event=COLUMNS["time"])))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_misspelt_column_is_refused_with_the_nearest(library: str, function: str) -> None:
    columns = {("times" if name == "time" else name): column for name, column in COLUMNS.items()}
    with pytest.raises(DataError, match="column `time` not found; did you mean `times`"):
        call(function, frame(library, columns))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_empty_frame_is_refused(library: str, function: str) -> None:
    with pytest.raises(DataError, match="there are no rows"):
        call(function, frame(library, {name: [] for name in COLUMNS}))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_lazy_frame_is_refused(function: str) -> None:
    polars = importlib.import_module("polars")
    with pytest.raises(TypeError, match=r"call `\.collect\(\)` first"):
        call(function, polars.DataFrame(COLUMNS).lazy())


def test_dropping_missing_rows_is_said(library: str) -> None:
    event = [True, None, *COLUMNS["event"][2:]]
    km = ms.kaplan_meier("time", event="event", data=frame(library, bad(event=event)), missing="drop")
    assert km.n_dropped == 1
    assert km.n == 9
    assert "1 row with missing values dropped" in km.title()


def test_rows_are_numbered_as_in_the_input_after_dropping(library: str) -> None:
    event = [None, *COLUMNS["event"][1:]]
    time = [6.0, 6, 6, -2, 7, 9, 10, 10, 11, 13]
    with pytest.raises(DataError, match="row 3 is -2"):
        ms.kaplan_meier("time", event="event", data=frame(library, bad(event=event, time=time)), missing="drop")


def test_one_row_and_all_censored_have_clear_answers(library: str) -> None:
    one = ms.kaplan_meier("time", event="event", data=frame(library, {"time": [4.0], "event": [True]}))
    assert one.curves[0].survival.tolist() == [0.0]
    assert one.median == 4.0
    censored = frame(library, bad(event=[False] * 10, cause=[0] * 10))
    km = ms.kaplan_meier("time", event="event", data=censored)
    assert km.n_events == 0
    assert km.median is None
    with pytest.raises(NotEstimableError, match="the log-rank statistic is not estimable: there are no events"):
        call("logrank", censored)
    with pytest.raises(DataError, match=r"column `cause` holds no event: every row is `0` \(censored\)"):
        call("cumulative_incidence", censored)


def test_event_and_cnsr_exclude_each_other() -> None:
    with pytest.raises(TypeError, match="exclude each other"):
        ms.kaplan_meier([1.0], event=[1], cnsr=[0])
    with pytest.raises(TypeError, match="neither is guessed"):
        ms.kaplan_meier([1.0])
    with pytest.raises(DataError, match="CDISC CNSR"):
        ms.kaplan_meier([1.0, 2.0], cnsr=[0, -1])


def test_names_and_arrays_are_not_mixed() -> None:
    with pytest.raises(TypeError, match="no `data=` was given"):
        ms.kaplan_meier("time", event=[1])
    with pytest.raises(TypeError, match="is a column name"):
        ms.kaplan_meier([1.0], event="event", data=COLUMNS)


def test_unknown_words_are_refused_with_those_that_exist() -> None:
    t, e = COLUMNS["time"], COLUMNS["event"]
    for options in (
        {"conf_type": "loglog"},
        {"like": "stata"},
        {"unit": "weeks"},
        {"missing": "ignore"},
        {"near_ties": "yes"},
        {"conf_level": 95},
        {"weights": [1.0] * 10},
        {"weights": [1.0] * 10, "weight_kind": "analytic"},
        {"weight_kind": "frequency"},
    ):
        with pytest.raises(OptionError):
            ms.kaplan_meier(t, event=e, **options)
    for options in ({"test": "wilcoxon"}, {"rho": 1}, {"test": "fleming-harrington"}, {"method": "montecarlo"}):
        with pytest.raises(OptionError):
            ms.logrank(t, event=e, by=COLUMNS["arm"], **options)
    with pytest.raises(OptionError, match="unknown variance"):
        ms.cumulative_incidence(t, cause=COLUMNS["cause"], variance="gray")
    with pytest.raises(DataError, match="at least two groups"):
        ms.logrank(t, event=e, by=["a"] * 10)


def test_weights_and_entries_are_checked_by_column_and_row(library: str) -> None:
    data = frame(library, {**COLUMNS, "w": [1.0] * 9 + [-1.0], "half": [0.5] * 10, "start": [0.0] * 5 + [9.0] * 5})
    with pytest.raises(DataError, match="column `w` must be >= 0, but row 9 is -1"):
        ms.kaplan_meier("time", event="event", data=data, weights="w", weight_kind="sampling")
    with pytest.raises(DataError, match=r"column `half`, row 0 is 0\.5; pass `weight_kind=\"sampling\"`"):
        ms.kaplan_meier("time", event="event", data=data, weights="half", weight_kind="frequency")
    with pytest.raises(DataError, match="column `start` must be before `time`, but row 5 enters at 9 and ends at 9"):
        ms.kaplan_meier("time", event="event", data=data, entry="start")


def test_several_columns_make_the_groups_and_strata(library: str) -> None:
    data = frame(library, COLUMNS)
    km = ms.kaplan_meier("time", event="event", data=data, by=["arm", "centre"])
    assert km.groups == ["BM, 1", "BM, 2", "UC, 1", "UC, 2"]
    assert km.by == "arm, centre"
    test = ms.logrank("time", event="event", data=data, by="arm", strata=["centre"])
    assert "stratified by centre" in test.method


def test_like_and_interval_type_stand_in_the_result() -> None:
    t, e = COLUMNS["time"], COLUMNS["event"]
    assert ms.kaplan_meier(t, event=e).conf_type == "log-log"
    assert ms.kaplan_meier(t, event=e, like="r").conf_type == "log"
    assert ms.kaplan_meier(t, event=e, like="sas").conf_type == "log-log"
    assert ms.kaplan_meier(t, event=e, like="r", conf_type="plain").conf_type == "plain"
    title = ms.kaplan_meier(t, event=e, unit="months").title()
    assert "Greenwood variance, 95 % log-log limits, times within sqrt(eps) are tied; n = 10, 6 events" in title


def test_after_the_last_observed_time_survival_is_missing_and_says_so() -> None:
    km = ms.kaplan_meier([1.0, 2.0, 3.0], event=[1, 0, 0])
    table = km.at([0, 3, 4])
    assert table.survival[:2].tolist() == [1.0, 2 / 3]
    assert np.isnan(table.survival[2])
    assert table.note == ["", "", "beyond the last observed time 3"]
    assert km.at(4, extend=True).survival[0] == 2 / 3


def test_at_forgives_the_rounding_of_months() -> None:
    months = np.array([17 / 30.4375, 17 / 365.25 * 12, 3.0])
    km = ms.kaplan_meier(months, event=[1, 1, 1])
    for time in months[:2]:
        assert km.at(time).survival[0] == pytest.approx(1 / 3)
        assert km.risk_table(time).n_risk[0] == 3


def test_the_risk_table_counts_delayed_entry() -> None:
    km = ms.kaplan_meier([5.0, 6.0, 9.0, 9.0], event=[1, 0, 1, 0], entry=[0.0, 0.0, 4.0, 7.0])
    assert km.risk_table([0, 4, 5, 6, 7, 8, 9, 10]).n_risk.tolist() == [2, 2, 3, 2, 1, 2, 2, 0]


def test_a_million_rows_are_read_from_every_library(library: str) -> None:
    rng = np.random.default_rng(20261122)
    n = 1_000_000
    columns: dict[str, Any] = {"time": rng.integers(0, 1826, n).astype(float), "event": rng.random(n) < 0.4}
    km = ms.kaplan_meier("time", event="event", data=frame(library, columns))
    assert km.n == n
    assert km.n_events == columns["event"].sum()
    assert 0 < km.curves[0].survival[-1] < km.curves[0].survival[0] < 1


def test_censored_may_be_a_word_and_causes_have_labels(library: str) -> None:
    words = ["censored" if c == 0 else ("death" if c == 2 else "remission") for c in COLUMNS["cause"]]
    cif = ms.cumulative_incidence("time", cause="cause", censored="censored", data=frame(library, bad(cause=words)))
    assert cif.causes == ["death", "remission"]
    with pytest.raises(DataError, match=r"holds no `0` \(censored\)"):
        ms.cumulative_incidence("time", cause="cause", data=frame(library, bad(cause=words)))
    with pytest.raises(OptionError, match="`labels` names `7`"):
        ms.cumulative_incidence("time", cause="cause", data=frame(library, COLUMNS), labels={7: "other"})


def test_what_was_not_reached_is_said_with_the_last_observed_time(library: str) -> None:
    columns = {
        "time": [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 5.0],
        "event": [True, True, True, True, True, False, False, False],
        "arm": ["BM"] * 4 + ["UC"] * 4,
    }
    km = ms.kaplan_meier("time", event="event", data=frame(library, columns), by="arm")
    quantiles = km.quantile([0.25, 0.5])
    assert quantiles.note[0] == ""
    assert quantiles.note[1] == "upper limit not reached (last observed time 4)" or np.isfinite(quantiles.upper[1])
    # a quarter of arm UC have the event at 1, where S stays at 0.75; half of them never
    assert quantiles.note[3] == "not reached (last observed time 5)"
    assert np.isnan(quantiles.estimate[3])
    for estimate, lower, upper, note in zip(
        quantiles.estimate, quantiles.lower, quantiles.upper, quantiles.note, strict=True
    ):
        assert bool(note) == (not np.isfinite([estimate, lower, upper]).all())
    assert values(quantiles.to_frame(), "note") == quantiles.note
    assert "UC, p = 0.5: not reached" in repr(quantiles)
    assert "not reached (last observed time 5)" in repr(quantiles)
    ard = quantiles.to_ard()
    for stat, warning in zip(values(ard, "stat"), values(ard, "warning"), strict=True):
        missing = stat is None or np.isnan(stat)
        assert missing == (isinstance(warning, str) and "last observed time" in warning)


def test_counts_in_titles_are_written_in_full_and_in_the_singular() -> None:
    many = ms.kaplan_meier(np.arange(1.0, 1_000_001.0), event=np.ones(1_000_000, dtype=bool))
    assert "n = 1,000,000, 1,000,000 events" in many.title()
    assert ms.kaplan_meier([1.0, 2.0], event=[1, 0]).title().endswith("n = 2, 1 event")
    sampled = ms.kaplan_meier([1.0, 2.0], event=[1, 0], weights=[0.5, 1.75], weight_kind="sampling")
    assert "n = 2.25, 0.5 events" in sampled.title()
    causes = ms.cumulative_incidence(np.ones(12_345), cause=np.ones(12_345, dtype=int), censored=0)
    assert "n = 12,345, events: 12,345 1" in causes.title()


@pytest.mark.parametrize("levels", [(0, 1), (1, 3), (-2, 0, 7)])
@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.int8])
def test_whole_days_give_the_test_of_the_general_path(library: str, levels: tuple[int, ...], dtype: type) -> None:
    rng = np.random.default_rng(20140324)
    n = 4000
    days, event = rng.integers(1, 365, n), rng.random(n) < 0.4
    columns: dict[str, Any] = {
        "time": days,
        "event": event,
        "arm": np.asarray(levels, dtype)[rng.integers(0, len(levels), n)],
    }
    words = {**columns, "arm": [str(level) for level in columns["arm"].tolist()], "time": days.astype(float)}
    # text groups in the order of the numbers are read in the general way
    order = sorted(range(len(levels)), key=lambda i: str(levels[i]))
    for options in ({}, {"test": "fleming-harrington", "rho": 1.0}):
        fast = ms.logrank("time", event="event", by="arm", data=frame(library, columns), **options)
        slow = ms.logrank("time", event="event", by="arm", data=frame(library, words), **options)
        assert fast.groups == [str(level) for level in levels]
        assert [fast.groups[i] for i in order] == slow.groups
        for name in ("n", "observed", "expected", "score"):
            assert getattr(fast, name)[order].tolist() == getattr(slow, name).tolist()
        assert fast.variance[np.ix_(order, order)].tolist() == slow.variance.tolist()
        if order == list(range(len(levels))):
            assert (fast.statistic, fast.df, fast.p_value) == (slow.statistic, slow.df, slow.p_value)
        assert (fast.title().split(":")[0], fast.by, fast.time_name) == (
            slow.title().split(":")[0],
            slow.by,
            slow.time_name,
        )


THREADS = """
import hashlib
import numpy as np
import mscsle as ms
rng = np.random.default_rng(20261122)
n = 1_000_000
time, event, cause, arm = rng.exponential(900.0, n), rng.random(n) < 0.4, rng.integers(0, 3, n), rng.integers(0, 2, n)
km, test = ms.kaplan_meier(time, event=event, by=arm), ms.logrank(time, event=event, by=arm)
days, cif = ms.logrank(np.ceil(time), event=event, by=arm), ms.cumulative_incidence(time, cause=cause, by=arm)
digest = hashlib.sha256()
for curve in km:
    for values in (curve.time, curve.survival, curve.std_error, curve.lower, curve.upper):
        digest.update(values.tobytes())
for result in (test, days):
    digest.update(np.array([result.statistic, result.p_value]).tobytes() + result.score.tobytes() + result.variance.tobytes())
for curve in cif:
    for values in (curve.time, curve.incidence, curve.std_error):
        digest.update(values.tobytes())
print(digest.hexdigest())
"""


def test_results_are_bit_identical_for_any_number_of_threads() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", THREADS],
            env={**os.environ, "RAYON_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64
