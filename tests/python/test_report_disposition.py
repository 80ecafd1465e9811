"""Analysis sets, disposition and patient flow of two arms, against a trial small enough to count by hand."""

from __future__ import annotations

from typing import Any

import matplotlib
import pytest

import mscsle as ms
from mscsle.exceptions import DataError
from mscsle.report import parse_plan

matplotlib.use("agg")

PLAN = """
format = 1
id = "sets"
title = "Sets"
single_arm = false
visits = [{ label = "M0", month = 0 }, { label = "M6", month = 6 }]
[[analyses]]
kind = "flow"
screened = 9
[[analyses]]
kind = "disposition"
[[analyses]]
kind = "baseline"
quartiles = "r"
variables = [{ name = "age", label = "Age", digits = 2 }]
"""


def trial() -> ms.Trial:
    """Six patients: a completes, b dies at day 60, c withdraws, d is alive but not seen; e and f are the other arm."""
    who = list("abcdef")
    zero = "2024-01-01"
    return ms.Trial(
        subjects={
            "usubjid": who,
            "arm": ["cells"] * 4 + ["control"] * 2,
            "age": [20.0, 30.0, 40.0, 50.0, 25.0, 27.0],
            "itt": [1, 1, 1, 1, 1, 1],
            "per_protocol": [1, 1, 0, 0, 1, None],
        },
        infusions={"usubjid": who[:5], "date": [zero] * 5},
        visits={
            "usubjid": [*who[:5], "a", "e"],
            "visit": ["M0"] * 5 + ["M6", "M6"],
            "date": [zero] * 5 + ["2024-07-01"] * 2,
            "planned_month": [0] * 5 + [6, 6],
        },
        status={
            "usubjid": who,
            "last_contact_date": ["2024-07-01", None, "2024-03-01", "2024-05-01", "2024-07-01", None],
            "death_date": [None, "2024-03-01", None, None, None, None],
            "withdrawal_date": [None, None, "2024-03-01", None, None, None],
            "withdrawal_reason": [None, None, "consent withdrawn", None, None, None],
        },
    )


@pytest.fixture(scope="module")
def report() -> Any:
    return ms.run(parse_plan(PLAN), data=trial(), progress=False)


def test_each_patient_ends_once(report: Any) -> None:
    table = report.tables["disposition"].columns()
    ends = dict(zip(table["row"], zip(table["cells"], table["control"], table["All"], strict=True), strict=True))
    assert ends == {
        "Completed the last planned visit": (1, 1, 2),
        "Died": (1, 0, 1),
        "Withdrew": (1, 0, 1),
        "consent withdrawn": (1, 0, 1),
        "Alive, last planned visit not seen": (1, 0, 1),
        "Not known": (0, 1, 1),
    }


def test_sets_count_flags_and_say_what_is_not_recorded(report: Any) -> None:
    table = report.tables["analysis_sets"].columns()
    sets = dict(zip(table["row"], zip(table["cells"], table["control"], strict=True), strict=True))
    assert sets["Per protocol"] == (2, 1)
    assert sets["per protocol not recorded"] == (0, 1)
    assert sets["Received at least one infusion"] == (4, 1)
    assert "Safety" not in sets
    assert any("`safety`" in note for note in report.tables["analysis_sets"].notes)


def test_quartiles_of_the_type_asked_for(report: Any) -> None:
    shown = report.tables["baseline_by_arm"].printed()
    # R: quantile(c(20, 30, 40, 50), c(.25, .5, .75)) is 27.5, 35, 42.5
    assert shown["cells (n = 4)"][1] == "35.00 (27.50 to 42.50)"
    assert any("R type 7" in note for note in report.tables["baseline_by_arm"].notes)


def test_flow_draws_the_arms_side_by_side(report: Any) -> None:
    figure = report.figures["patient_flow"]
    assert figure.alt.startswith("Screened 9; Enrolled 6; cells: cells 4, Received at least one infusion 4, Seen at")
    texts = [t.get_text() for t in figure._figure.texts]
    assert "not enrolled: 3" in texts
    assert "died: 1\nwithdrew: 1\nalive, not seen: 1" in texts
    assert "no infusion: 1" in texts


def test_a_loss_without_a_gap_is_refused() -> None:
    with pytest.raises(DataError, match="1 losses for 0 gaps"):
        ms.plot.patient_flow([("Enrolled", 2)], arms={"a": ([("a", 1)], [[("died", 1)]])})
