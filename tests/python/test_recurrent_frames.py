"""Recurrent events, multi-state and cause-specific models on every frame library: the same numbers, the same errors."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning, NotEstimableError, OptionError

LIBRARIES = ["pandas", "pandas-arrow", "polars", "pyarrow", "numpy"]
EVENTS: dict[str, list[Any]] = {"usubjid": ["a", "a", "b", "d", "e", "e"], "day": [60, 200, 120, 90, 30, 150]}
SUBJECTS: dict[str, list[Any]] = {
    "usubjid": ["a", "b", "c", "d", "e", "f"],
    "end": [360, 300, 365, 200, 330, 365],
    "died": [False, False, False, True, False, False],
    "arm": ["BM", "UC", "UC", "BM", "BM", "UC"],
    "dose": [1.0, 2.0, 1.5, 0.5, 0.8, 1.2],
}
STATES: dict[str, list[Any]] = {
    "id": ["a", "a", "b", "c", "c", "c", "d", "e"],
    "start": [0, 2, 0, 0, 3, 7, 0, 0],
    "stop": [2, 5, 4, 3, 7, 9, 8, 6],
    "from": ["in", "out", "in", "in", "out", "in", "in", "in"],
    "to": ["out", "dead", "dead", "out", "in", "cens", "cens", "out"],
    "arm": ["x", "x", "y", "y", "y", "y", "x", "x"],
}
ROWS: dict[str, Any] = {"entry": "start", "event": "event", "id": "usubjid"}


def frame(library: str, columns: dict[str, list[Any]]) -> Any:
    if library == "numpy":
        return columns
    if library == "pandas-arrow":
        pyarrow, pandas = importlib.import_module("pyarrow"), importlib.import_module("pandas")
        return pyarrow.table(columns).to_pandas(types_mapper=pandas.ArrowDtype)
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(columns)


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def rows(library: str = "numpy", **options: Any) -> Any:
    options = {"death": "died", "keep": ["arm", "dose"], **options}
    return ms.recurrent_rows(frame(library, EVENTS), frame(library, SUBJECTS), **options)


def states(library: str = "numpy", **options: Any) -> Any:
    options = {"censored": "cens", "states": ["in", "out", "dead"], "id": "id", "entry": "start", **options}
    changed = options.pop("changed", {})
    return ms.multi_state(
        "stop", from_state="from", to_state="to", data=frame(library, {**STATES, **changed}), **options
    )


def same(ours: Any, plain: Any, library: str) -> None:
    for name, column in plain.columns().items():
        np.testing.assert_array_equal(np.asarray(ours.columns()[name]), np.asarray(column))
    expected = {"pandas-arrow": "pandas", "numpy": "builtins"}.get(library, library)
    assert type(ours.to_frame()).__module__.split(".")[0] == expected
    assert "<table>" in ours._repr_html_()


def test_every_library_gives_the_numbers_of_arrays(library: str) -> None:
    ours, plain = rows(library), rows()
    same(ours, plain, library)
    assert (ours.n_subjects, ours.n_events) == (6, 6)
    for call in (
        lambda data: ms.mean_cumulative("stop", death="death", data=data, by="arm", **ROWS),
        lambda data: ms.mean_cumulative_test("stop", death="death", data=data, by="arm", **ROWS),
        lambda data: ms.recurrent_cox("stop", covariates=["dose"], data=data, **ROWS),
    ):
        same(call(ours.to_frame()), call(plain), library)
        assert len(call(ours).to_ard()["stat_name"]) > 2
    same(states(library, by="arm"), states(by="arm"), library)


def test_rows_of_a_subject_follow_each_other_without_entry(library: str) -> None:
    data = rows().table
    base = {name: np.asarray(data[name]).tolist() for name in ("usubjid", "stop", "event")}
    ours = ms.mean_cumulative("stop", event="event", id="usubjid", data=frame(library, base))
    plain = ms.mean_cumulative("stop", data=data, **ROWS)
    np.testing.assert_array_equal(ours.curves[0].mean, plain.curves[0].mean)
    twice = {**base, "stop": [60.0, 60.0, *base["stop"][2:]]}
    with pytest.raises(DataError, match="subject `a` has two rows that end at 60"):
        ms.mean_cumulative("stop", event="event", id="usubjid", data=frame(library, twice))


def test_time_not_at_risk_after_an_event_is_a_gap() -> None:
    gaps = rows(not_at_risk=28)
    assert gaps.table["start"].tolist()[:3] == [0, 88, 228]
    with pytest.raises(DataError, match="events at 60 and 200, within 150 of each other"):
        rows(not_at_risk=150)


BAD: list[tuple[dict[str, list[Any]], dict[str, list[Any]], str]] = [
    ({"usubjid": ["a", "a", "b", "d", "e", "z"]}, {}, "row 5: subject `z` is not in `subjects`"),
    ({"day": [60, 60, 120, 90, 30, 150]}, {}, "subject `a` has two events at 60; count them once"),
    ({"day": [0, 200, 120, 90, 30, 150]}, {}, "subject `a` has an event at 0, not after its start 0"),
    ({"day": [60, 400, 120, 90, 30, 150]}, {}, "subject `a` has an event at 400, after its end of follow-up 360"),
    ({}, {"usubjid": ["a", "b", "c", "d", "e", "a"]}, "subject `a` has two rows in `subjects`"),
    ({}, {"end": [360, 300, 0, 200, 330, 365]}, "subject `c` starts at 0 and ends at 0"),
    ({}, {"died": [False, None, False, True, False, False]}, "column `died` is missing in row 1"),
]


@pytest.mark.parametrize(("events", "subjects", "message"), BAD, ids=[message[:30] for *_, message in BAD])
def test_events_that_cannot_be_are_refused(
    library: str, events: dict[str, list[Any]], subjects: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        ms.recurrent_rows(frame(library, {**EVENTS, **events}), frame(library, {**SUBJECTS, **subjects}), death="died")


def test_rows_that_cannot_be_are_refused(library: str) -> None:
    data = {"usubjid": ["a", "a"], "start": [0, 1], "stop": [2, 3], "event": [1, 0], "death": [0, 0], "arm": ["x", "x"]}
    with pytest.raises(DataError, match="row 1 begins at 1, before row 0 of the same subject ends at 2"):
        ms.mean_cumulative("stop", data=frame(library, data), **ROWS)
    data = {**data, "start": [0, 2]}
    with pytest.raises(DataError, match="row 1 begins at 2, after the death at 2 in row 0"):
        ms.mean_cumulative("stop", death="death", data=frame(library, {**data, "death": [1, 0]}), **ROWS)
    with pytest.raises(DataError, match="row 1 and row 0 are the same subject in two groups"):
        ms.mean_cumulative("stop", data=frame(library, {**data, "arm": ["x", "y"]}), by="arm", **ROWS)
    with pytest.raises(NotEstimableError, match="there are no events"):
        quiet = {**data, "usubjid": ["a", "b"], "event": [0, 0], "arm": ["x", "y"]}
        ms.mean_cumulative_test("stop", data=frame(library, quiet), by="arm", **ROWS)


def test_sparse_event_numbers_are_said_and_can_be_joined() -> None:
    with pytest.warns(DataWarning, match=r"strata with fewer than 5 events \(event 1: 4, event 2: 2\)"):
        fit = ms.recurrent_cox("stop", covariates=["dose"], data=rows(), model="pwp-gap", **ROWS)
    assert fit.event_numbers["subjects"].tolist() == [6, 4, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = ms.recurrent_cox("stop", covariates=["dose"], data=rows(), model="pwp-total", last_number=1, **ROWS)
    plain = ms.recurrent_cox("stop", covariates=["dose"], data=rows(), **ROWS)
    np.testing.assert_allclose(joined.coefficients["dose"], plain.coefficients["dose"], rtol=1e-12)
    with pytest.raises(OptionError, match="`last_number` belongs to the `pwp` models"):
        ms.recurrent_cox("stop", covariates=["dose"], data=rows(), last_number=2, **ROWS)


def test_an_arm_without_flares_has_an_infinite_rate_ratio_that_is_said() -> None:
    data = ms.recurrent_rows(
        {"usubjid": ["a", "b"], "day": [60, 50]},
        {"usubjid": ["a", "b", "c"], "end": [90] * 3, "arm": ["x", "x", "y"]},
        keep=["arm"],
    )
    with pytest.warns(ConvergenceWarning, match="monotone likelihood"):
        fit = ms.recurrent_cox("stop", covariates=["arm"], data=data, **ROWS)
    assert fit.coefficients["arm[y]"] is None


def test_flares_of_a_trial_become_rows() -> None:
    trial = ms.load("gu2014")
    flares = ms.endpoints.flares(trial, definition="maintain2010")
    ids = list(trial.tables["subjects"]["usubjid"])
    found = ms.recurrent_rows(flares, {"usubjid": ids, "end": [3650.0] * len(ids)}, unit="days")
    assert (found.n_subjects, found.n_events) == (81, len(flares))
    mcf = ms.mean_cumulative("stop", data=found, **ROWS)
    assert mcf.unit == "days"
    np.testing.assert_allclose(mcf.curves[0].mean[-1], len(flares) / 81, rtol=1e-12)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_trial_gives_the_ends_of_follow_up_and_deaths(library: Any) -> None:
    trial = ms.load("gu2014", library=library)
    flares = ms.endpoints.flares(trial, definition="maintain2010")
    found = ms.recurrent_rows(flares, trial, keep=["source"])
    assert (found.n_subjects, found.n_events, found.left_out, found.unit) == (81, len(flares), [], "days")
    # the end and death of each subject as time_to has them
    response = ms.endpoints.renal_response(trial, definition="ginzler2005")
    deaths = response.time_to("death", unit="days")
    last = {
        who: (stop, dead)
        for who, stop, dead in zip(*(found.table[c] for c in ("usubjid", "stop", "death")), strict=True)
    }
    for who, time, event in zip(deaths.usubjid, deaths.time, deaths.event, strict=True):
        assert last[who] == (time, event)
    assert sum(found.table["death"]) == 4
    assert type(found.to_frame()).__module__.startswith(library)


def test_subjects_of_a_trial_without_follow_up_are_left_out_and_named() -> None:
    trial = ms.Trial(
        subjects={"usubjid": ["a", "b", "c"]},
        infusions={"usubjid": ["a", "c"], "date": ["2020-01-01", "2020-01-01"]},
        status={"usubjid": ["a", "b", "c"], "last_contact_date": ["2020-06-01", "2020-06-01", "2020-01-01"]},
    )
    found = ms.recurrent_rows({"usubjid": ["a"], "day": [30.0]}, trial)
    assert found.left_out == ["b", "c"]
    assert found.table["stop"].tolist() == [30.0, 152.0]
    assert "2 without follow-up after time zero left out" in found.title()
    with pytest.raises(OptionError, match="`end`, `death` and `start` are those of its tables"):
        ms.recurrent_rows({"usubjid": ["a"], "day": [30.0]}, trial, death="died")
    with pytest.raises(OptionError, match="a Trial counts days"):
        ms.recurrent_rows({"usubjid": ["a"], "day": [30.0]}, trial, unit="months")


def test_patients_at_risk_are_counted_between_and_after_events(library: str) -> None:
    curves = ms.mean_cumulative("stop", data=rows(library), by="arm", **ROWS).curves
    assert [c.group for c in curves] == ["BM", "UC"]
    assert curves[0].at_risk([0, 30, 200, 201, 330, 331, 361]).tolist() == [3, 3, 3, 2, 2, 1, 0]
    assert curves[1].at_risk([300, 365, 366]).tolist() == [3, 2, 0]


def test_means_after_follow_up_are_missing_with_a_note() -> None:
    found = ms.mean_cumulative("stop", data=rows(), **ROWS).at([100, 400])
    assert np.isnan(found.mean[1])
    assert found.note == ["", "beyond the last end of follow-up 365"]


def test_a_comparison_without_variance_is_refused_not_rounding() -> None:
    # both groups have 1 event a patient at 2 and 9.5 in all: the scores are 0, and so is what could vary
    data = ms.recurrent_rows(
        {"usubjid": [*"aaaaaa", *"bb", *"cc"], "day": [2, 10, 16, 17, 25, 29, 3, 9, 2, 11]},
        {"usubjid": [*"abc"], "end": [29, 11, 11], "arm": ["x", "x", "y"]},
        keep=["arm"],
    )
    with pytest.raises(NotEstimableError, match="the scores have no variance"):
        ms.mean_cumulative_test("stop", data=data, by="arm", **ROWS)


def test_a_group_in_which_nobody_moves_keeps_its_state() -> None:
    found = ms.multi_state(
        [5, 6, 3, 4], from_state=["A"] * 4, to_state=["c", "c", "B", "c"], censored="c", by=["x", "x", "y", "y"]
    )
    for variance in ("greenwood", "robust"):
        alone = ms.multi_state([5, 6], from_state=["A"] * 2, to_state=["c"] * 2, censored="c", variance=variance)
        assert alone.at([0, 5]).probability.tolist() == [1.0, 1.0]
        assert alone.mean_time(5).mean.tolist() == [5.0]
    assert found.at([4]).probability.tolist() == [1.0, 0.0, 0.5, 0.5]
    with pytest.raises(DataError, match="column `to_state` holds no `0`"):
        ms.multi_state([5, 6], from_state=["A", "A"], to_state=["B", "B"])


def test_states_that_cannot_be_are_refused(library: str) -> None:
    with pytest.raises(DataError, match="column `to` holds no `0`"):
        states(library, censored=0)
    with pytest.raises(DataError, match="state `dead` of the data is not in `states`"):
        states(library, states=["in", "out"])
    with pytest.raises(DataError, match="row 1 begins in state 0, but row 0 of the same subject ends in state 1"):
        states(library, changed={"from": ["in", "in", *STATES["from"][2:]]})
    with pytest.raises(OptionError, match='`weights` does not go with `variance="greenwood"`'):
        states(library, changed={"w": [1.0] * 8}, weights="w", variance="greenwood")
    with pytest.raises(OptionError, match="`initial` must be probabilities that sum to 1"):
        states(library, initial={"in": 0.7})
    with pytest.raises(NotEstimableError, match="nobody is under observation at the start 20"):
        states(library, start=20)


def test_state_tables_and_times_outside_follow_up() -> None:
    fit = states(by="arm")
    assert fit.groups == ["x", "y"]
    found = fit.at([1, 20])
    assert found.note[:2] == ["", "beyond the last end of follow-up 8"]
    assert np.isnan(found.probability[1])
    matrix = states().transition_matrix(0, 9)
    np.testing.assert_allclose(matrix.probability.sum(axis=1), 1)
    assert "moves: in to out 3" in states().title()
    with pytest.raises(OptionError, match="`stop` must be at or after `start`"):
        states().transition_matrix(5, 2)


def test_cause_specific_models_on_every_library(library: str) -> None:
    columns = {
        "time": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        "cause": [1, 2, 1, 0, 1, 2, 1, 0, 1, 1, 2, 0],
        "dose": [1.2, 3.1, 2.2, 0.8, 1.9, 2.7, 0.6, 3.4, 1.1, 2.4, 0.9, 1.6],
        "age": [30, 40, 35, 28, 33, 51, 42, 38, 29, 44, 36, 47],
    }

    def fit(data: Any, covariates: Any) -> Any:
        return ms.cause_specific_cox("time", cause="cause", censored=0, covariates=covariates, data=data)

    same(fit(frame(library, columns), ["dose", "age"]), fit(columns, ["dose", "age"]), library)
    own = fit(frame(library, columns), {1: ["dose"], 2: ["dose", "age"]})
    assert [len(own[cause].terms) for cause in own.causes] == [1, 2]
    event = [int(cause == 2) for cause in columns["cause"]]
    alone = ms.cox("time", event="event", covariates=["dose", "age"], data={**columns, "event": event})
    assert own[2].coefficients == alone.coefficients
    assert own.predict_incidence(frame(library, {"dose": [1.0], "age": [40]})).incidence.shape[:2] == (1, 2)
    with pytest.raises(OptionError, match="`covariates` names the causes `1`, but column `cause` holds `1`, `2`"):
        fit(frame(library, columns), {1: ["dose"]})


def test_plots_take_axes_and_return_them() -> None:
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("agg")
    plt = importlib.import_module("matplotlib.pyplot")
    _, axes = plt.subplots(1, 2)
    mcf = ms.mean_cumulative("stop", data=rows(), by="arm", **ROWS)
    assert mcf.plot(ax=axes[0], p_value=0.03) is axes[0]
    assert axes[0].get_ylim()[1] > 1
    assert (
        max(line.get_xdata().max() for line in axes[0].lines) == 365
    )  # to the end of follow-up, not to the last event
    quiet = ms.mean_cumulative([5, 9, 8], event=[1, 0, 0], id=["a", "a", "b"], by=["x", "x", "y"]).plot()
    assert len(quiet.get_legend().get_texts()) == 2  # a group without events is drawn at 0
    assert ms.plot.mean_cumulative({"time": [1.0, 2.0], "mean": [0.5, 1.0]}).get_ylim()[1] > 1
    assert states().plot(ax=axes[1]) is axes[1]
    assert [t.get_text() for t in axes[1].get_legend().get_texts()] == ["dead", "out", "in"]
    with pytest.raises(OptionError, match="say which group"):
        states(by="arm").plot(ax=axes[1])
    plt.close("all")
