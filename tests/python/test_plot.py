"""Figures: drawn on the axes given, the same bytes every time, from results, frames and mappings alike."""

from __future__ import annotations

import importlib
from typing import Any

import matplotlib.axes
import matplotlib.text
import numpy as np
import pytest

import mscsle as ms
from mscsle import plot
from mscsle.exceptions import DataError
from mscsle.plot.style import new_axes, to_png, to_svg

CURVE: dict[str, Any] = {
    "time": [1.0, 2.0, 5.0, 9.0, 2.0, 6.0],
    "group": ["BM", "BM", "BM", "BM", "UC", "UC"],
    "survival": [0.9, 0.8, 0.6, 0.4, 0.95, 0.9],
    "lower": [0.7, 0.6, 0.4, 0.2, 0.8, 0.7],
    "upper": [1.0, 0.95, 0.8, 0.7, 1.0, 1.0],
    "n_risk": [10, 9, 7, 4, 12, 8],
    "n_event": [1, 1, 2, 1, 1, 1],
    "n_censored": [0, 1, 1, 3, 3, 7],
}
FOREST = {
    "covariate": ["age", "protein"],
    "hazard_ratio": [1.02, 0.517],
    "lower": [0.98, 0.336],
    "upper": [1.06, 0.794],
}
MEANS = {"visit": ["M0", "M12"], "n": [81, 77], "mean": [13.11, 5.48], "lower": [12.2, 4.9], "upper": [14.0, 6.1]}
STATES = {"visit": ["M3", "M3", "M6", "M6"], "state": ["CR", "NR", "CR", "NR"], "count": [14, 64, 14, 63]}
PREVALENCE = {
    "visit": ["M3", "M6"],
    "state": ["CR", "CR"],
    "percent": [18.0, 18.2],
    "lower": [10.0, 10.4],
    "upper": [28.0, 28.6],
    "denominator_rule": ["alive_at_visit", "alive_at_visit"],
}
DRAWN = {
    "kaplan_meier": lambda ax: plot.kaplan_meier(CURVE, ax=ax, times=[0, 3, 6, 9]),
    "cumulative_incidence": lambda ax: plot.cumulative_incidence(
        {"time": [3.0, 6.0], "estimate": [0.4, 0.5], "n_risk": [80, 40], "n_event": [30, 10]}, ax=ax
    ),
    "forest": lambda ax: plot.forest(FOREST, ax=ax),
    "mean_by_visit": lambda ax: plot.mean_by_visit(MEANS, ax=ax, visits={"M0": 0, "M12": 12}),
    "states_by_visit": lambda ax: plot.states_by_visit(STATES, ax=ax, states=["CR", "NR"]),
    "prevalence_by_visit": lambda ax: plot.prevalence_by_visit(PREVALENCE, state="CR", ax=ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_axes_given_are_returned(name: str) -> None:
    ax = new_axes()
    assert DRAWN[name](ax) is ax
    assert ax.lines or ax.patches


@pytest.mark.parametrize("name", DRAWN)
def test_two_drawings_have_the_same_bytes(name: str) -> None:
    first, second = (DRAWN[name](new_axes()).figure for _ in range(2))
    assert to_svg(first) == to_svg(second)
    assert to_png(first, dpi=60) == to_png(second, dpi=60)


def test_svg_has_neither_date_nor_tool() -> None:
    text = to_svg(DRAWN["forest"](new_axes()).figure)
    assert b"dc:date" not in text
    assert b"matplotlib.org" not in text


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_of_every_library_draw_the_same(library: str) -> None:
    module = importlib.import_module(library)
    frame = (module.table if library == "pyarrow" else module.DataFrame)(CURVE)
    assert to_svg(plot.kaplan_meier(frame, ax=new_axes()).figure) == to_svg(
        plot.kaplan_meier(CURVE, ax=new_axes()).figure
    )


def texts(ax: Any) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_the_risk_table_counts_those_still_followed() -> None:
    ax = plot.kaplan_meier(CURVE, ax=new_axes(), times=[0, 2, 6, 9])
    counts = [t for t in texts(ax) if t.isdigit()]
    assert counts == ["10", "9", "4", "4", "12", "12", "8", "0"]
    assert "At risk" in texts(ax)


def test_the_median_line_stands_where_the_curve_reaches_one_half() -> None:
    ax = plot.kaplan_meier(CURVE, ax=new_axes(), risk_table=False)
    assert any(np.array_equal(line.get_xdata(), [0, 9.0, 9.0]) for line in ax.lines)


def test_p_values_are_printed_with_their_test() -> None:
    assert "log-rank p < 0.001" in texts(plot.kaplan_meier(CURVE, ax=new_axes(), p_value=0.0001))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="needs a column `survival`; the columns are `time`"):
        plot.kaplan_meier({"time": [1.0]}, ax=new_axes())


def test_an_unknown_state_lists_those_there_are() -> None:
    with pytest.raises(DataError, match="no row has the state `PR`; the states are `CR`"):
        plot.prevalence_by_visit(PREVALENCE, state="PR", ax=new_axes())


def test_an_infinite_ratio_is_said_not_drawn() -> None:
    table = {"covariate": ["x"], "hazard_ratio": [float("inf")], "lower": [0.0], "upper": [float("inf")]}
    assert "not estimable" in texts(plot.forest(table, ax=new_axes()))


def test_the_settings_of_the_user_are_back_afterwards() -> None:
    import matplotlib

    before = matplotlib.rcParams["font.size"]
    plot.forest(FOREST, ax=new_axes())
    assert matplotlib.rcParams["font.size"] == before


PATIENTS = {
    "swimmer": lambda ax: plot.swimmer(
        {"usubjid": ["a", "b"], "end": [12.0, 4.0], "ongoing": [True, False]},
        {"usubjid": ["b"], "time": [4.0], "what": ["death"]},
        states={"usubjid": ["a"], "start": [3.0], "end": [6.0], "state": ["CR"]},
        ax=ax,
    ),
    "trajectories": lambda ax: plot.trajectories(
        {"usubjid": ["a", "a", "b"], "month": [0, 3, 0], "value": [12.0, 4.0, None]}, ax=ax
    ),
    "waterfall": lambda ax: plot.waterfall({"change": [-80.0, None, -30.0]}, reference=[-50], ax=ax),
    "grades": lambda ax: plot.grades({"usubjid": ["a", "a"], "visit": ["M0", "M3"], "grade": ["A", "C"]}, ax=ax),
    "patient_flow": lambda ax: plot.patient_flow([("Enrolled", 81), ("Seen", 78)], [[("died", 3)]], ax=ax),
}


@pytest.mark.parametrize("name", PATIENTS)
def test_figures_of_patients_return_the_axes_given(name: str) -> None:
    ax = new_axes()
    assert PATIENTS[name](ax) is ax
    assert to_svg(ax.figure) == to_svg(PATIENTS[name](new_axes()).figure)


def test_a_bar_stands_for_each_patient_with_a_change() -> None:
    assert len(PATIENTS["waterfall"](new_axes()).patches) == 2


def test_an_unknown_grade_is_named() -> None:
    with pytest.raises(DataError, match="grade `X` is none of `A`"):
        plot.grades({"usubjid": ["a"], "visit": ["M0"], "grade": ["X"]}, ax=new_axes())


def test_more_losses_than_gaps_are_refused() -> None:
    with pytest.raises(DataError, match="2 losses for 0 gaps"):
        plot.patient_flow([("Enrolled", 1)], [[("died", 1)], []], ax=new_axes())


@pytest.mark.parametrize("entry", [None, [0.0, 0.0, 3.0, 0.0, 0.0, 5.0, 0.0, 0.0]])
def test_the_plot_of_a_grouped_result_shows_the_numbers_of_its_risk_table(entry: list[float] | None) -> None:
    km = ms.kaplan_meier(
        [2.0, 4.0, 6.0, 9.0, 3.0, 7.0, 8.0, 12.0],
        event=[1, 0, 1, 1, 1, 1, 0, 0],
        entry=entry,
        by=["BM", "BM", "BM", "BM", "UC", "UC", "UC", "UC"],
    )
    times = [0.0, 2.5, 4.0, 8.0, 12.0]
    ax = km.plot(ax=new_axes(), risk_table=True, times=times)
    assert isinstance(ax, matplotlib.axes.Axes)
    assert len(ax.lines) >= 2
    # text in data coordinates below the axis: position gives the time, height the group
    cells = [text for text in ax.texts if isinstance(text, matplotlib.text.Annotation) and text.get_text().isdigit()]
    heights = sorted({text.xyann[1] for text in cells}, reverse=True)
    assert len(heights) == 2
    drawn = [(heights.index(text.xyann[1]), float(text.xy[0]), float(text.get_text())) for text in cells]
    table = km.risk_table(times)
    expected = [
        (km.groups.index(group), time, count)
        for group, time, count in zip(table.group, table.time, table.n_risk, strict=True)
    ]
    assert sorted(drawn) == sorted(expected)
    assert {"At risk", "BM", "UC"} <= set(texts(ax))


def test_the_plot_of_a_grouped_result_makes_its_own_figure() -> None:
    ax = ms.kaplan_meier([2.0, 4.0, 3.0, 7.0], event=[1, 0, 1, 1], by=[0, 0, 1, 1]).plot(risk_table=True)
    ax.figure.canvas.draw()
    assert "At risk" in texts(ax)
