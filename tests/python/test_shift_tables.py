"""Shift tables against tables made by hand: letters, CTCAE grades, groups, missing levels, the plan analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError
from mscsle.report import parse_plan

LIBRARIES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "pandas": lambda c: pd.DataFrame(dict(c)),
    "pandas-arrow": lambda c: pa.table(dict(c)).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda c: pl.DataFrame(dict(c)),
    "pyarrow": lambda c: pa.table(dict(c)),
    "arrays": dict,
}


@pytest.fixture(params=LIBRARIES)
def make(request: pytest.FixtureRequest) -> Callable[[Mapping[str, Any]], Any]:
    return LIBRARIES[request.param]


#: Patient: arm, renal letters at M0, M6 (None not graded), platelets at M0, M3, M6 (LLN 150).
PATIENTS: dict[str, tuple[str, tuple[str | None, str | None], tuple[float | None, ...]]] = {
    "1": ("cells", ("A", "C"), (200, 140, 60)),
    "2": ("cells", ("A", "A"), (140, 160, 155)),
    "3": ("cells", ("B", "D"), (180, 24, 90)),
    "4": ("control", ("B", None), (170, None, None)),
    "5": ("control", (None, "B"), (None, 70, None)),
    "6": ("control", ("B", "A"), (45, 30, 80)),
}
DATES = {"M0": "2009-03-14", "M3": "2009-06-13", "M6": "2009-09-13"}


def trial(library: Callable[[Mapping[str, Any]], Any] = dict) -> Any:
    n = len(PATIENTS)
    visits = [(who, visit) for who in PATIENTS for visit in DATES]
    letters = [
        (who, visit, letter)
        for who, (_, pair, _) in PATIENTS.items()
        for visit, letter in zip(("M0", "M6"), pair, strict=True)
        if letter is not None
    ]
    labs = [
        (who, visit, value)
        for who, (_, _, values) in PATIENTS.items()
        for visit, value in zip(DATES, values, strict=True)
        if value is not None
    ]
    return ms.Trial(
        subjects=library({"usubjid": list(PATIENTS), "arm": [arm for arm, _, _ in PATIENTS.values()]}),
        infusions=library({"usubjid": list(PATIENTS), "date": [DATES["M0"]] * n}),
        visits=library(
            {
                "usubjid": [who for who, _ in visits],
                "visit": [visit for _, visit in visits],
                "date": [DATES[visit] for _, visit in visits],
                "planned_month": [int(visit[1:]) for _, visit in visits],
            }
        ),
        bilag=library(
            {
                "usubjid": [who for who, _, _ in letters],
                "visit": [visit for _, visit, _ in letters],
                "version": ["bilag-2004"] * len(letters),
                "system": ["renal"] * len(letters),
                "grade": [letter for _, _, letter in letters],
            }
        ),
        labs=library(
            {
                "usubjid": [who for who, _, _ in labs],
                "visit": [visit for _, visit, _ in labs],
                "date": [DATES[visit] for _, visit, _ in labs],
                "test": ["platelets"] * len(labs),
                "value": [float(value) for _, _, value in labs],
                "unit": ["10^9/L"] * len(labs),
                "lln": [150.0] * len(labs),
            }
        ),
    )


def cells(frame: Any, name: str) -> list[Any]:
    values = frame[name]
    return values.to_pylist() if hasattr(values, "to_pylist") else list(values)


def test_letters_against_baseline(make: Any) -> None:
    frame = ms.stats.shift_table(trial(make), "bilag_renal").to_frame()
    assert cells(frame, "baseline") == ["A", "B", "C", "D", "E", "missing"]
    assert cells(frame, "visit") == ["M6"] * 6
    by_hand = {
        "A": [1, 1, 0, 0, 0, 0],
        "B": [0, 0, 0, 0, 0, 1],
        "C": [1, 0, 0, 0, 0, 0],
        "D": [0, 1, 0, 0, 0, 0],
        "E": [0, 0, 0, 0, 0, 0],
        "missing": [0, 1, 0, 0, 0, 0],
        "total": [2, 3, 0, 0, 0, 1],
    }
    assert {name: cells(frame, name) for name in by_hand} == by_hand


def test_highest_ctcae_grade_after_baseline(make: Any) -> None:
    shift = ms.stats.shift_table(trial(make), "ctcae_platelet_count_decreased")
    frame = shift.to_frame()
    # 1: 0 -> 2 (60); 2: 1 -> 0; 3: 0 -> 4 (24); 4: 0 -> none; 5: none -> 2 (70); 6: 3 -> 3 (30)
    by_hand = {
        "baseline": ["0", "1", "2", "3", "4", "missing"],
        "0": [0, 1, 0, 0, 0, 0],
        "1": [0, 0, 0, 0, 0, 0],
        "2": [1, 0, 0, 0, 0, 1],
        "3": [0, 0, 0, 1, 0, 0],
        "4": [1, 0, 0, 0, 0, 0],
        "missing": [1, 0, 0, 0, 0, 0],
        "total": [3, 1, 0, 1, 0, 1],
    }
    assert {name: cells(frame, name) for name in by_hand} == by_hand
    assert set(cells(frame, "visit")) == {"worst after baseline"}
    assert shift.count("0", "4") == 1 and shift.denominator("worst after baseline") == 4


def test_groups_add_up_to_all() -> None:
    whole, arms = (ms.stats.shift_table(trial(), "bilag_renal", by=by) for by in (None, "arm"))
    assert arms.groups == ("cells", "control")
    assert arms.count("A", "C", group="cells") == 1 and arms.count("B", "A", group="control") == 1
    for before in (*whole.levels, "missing"):
        for after in (*whole.levels, "missing"):
            assert whole.count(before, after) == sum(arms.count(before, after, group=g) for g in arms.groups)
    assert sum(whole.columns()["total"]) == len(PATIENTS)
    assert list(arms.columns()) == ["visit", "arm", "baseline", *"ABCDE", "missing", "total"]


def test_ard_has_numbers_and_percents_of_those_with_both_levels() -> None:
    shift = ms.stats.shift_table(trial(), "bilag_renal")
    ard = {(r["variable_level"], r["stat_name"]): r["stat"] for r in shift.ard_rows()}
    assert ard["A -> C", "n"] == 1 and ard["A -> C", "p"] == 25
    assert ard["missing -> B", "n"] == 1 and ("missing -> B", "p") not in ard
    assert "<table" in shift._repr_html_() and "BILAG renal" in shift.title()
    assert len(shift.to_ard()["stat"]) == 36 + 25


def test_a_frame_with_levels_of_its_own(make: Any) -> None:
    data = {
        "usubjid": ["1", "1", "1", "2", "2", "3"],
        "visit": ["M0", "M3", "M6", "M0", "M6", "M0"],
        "grade": [2, 1, 0, 0, 3, 1],
        "arm": ["x", "x", "x", "y", "y", "y"],
    }
    shift = ms.stats.shift_table(make(data), "grade", levels=[0, 1, 2, 3], by="arm")
    assert shift.visits == ("M3", "M6")
    assert shift.count("2", "1", visit="M3", group="x") == 1
    assert shift.count("0", "missing", visit="M3", group="y") == 1
    assert shift.count("0", "3", visit="M6", group="y") == 1


def test_categories_keep_their_own_order() -> None:
    data = pd.DataFrame({"usubjid": ["1", "1"], "visit": ["M0", "M6"]})
    data["grade"] = pd.Categorical(["severe", "mild"], categories=["severe", "mild"], ordered=True)
    shift = ms.stats.shift_table(data, "grade")
    assert shift.levels == ("severe", "mild") and shift.count("severe", "mild") == 1


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: ms.stats.shift_table(trial(), "sledai"), OptionError, "unknown measure `sledai` of a shift table"),
        (lambda: ms.stats.shift_table(trial(), "bilag_kidney"), OptionError, "the table `bilag` has `bilag_renal`"),
        (lambda: ms.stats.shift_table(trial(), "ctcae_anemia"), OptionError, "unknown measure `ctcae_anemia`; use `ctcae_anaemia`"),
        (lambda: ms.stats.shift_table(trial(), "ctcae_anaemia"), DataError, "there is no grade of `anaemia`"),
        (lambda: ms.stats.shift_table(trial(), "bilag_renal", visits=["M9"]), OptionError, "unknown visit `M9`"),
        (lambda: ms.stats.shift_table(trial(), "bilag_renal", baseline="M1"), DataError, "there is no level at the baseline visit `M1`"),
        (lambda: ms.stats.shift_table(trial(), "ctcae_anaemia", visits=["M6"]), OptionError, "`visits` does not apply to CTCAE"),
        (lambda: ms.stats.shift_table(trial(), "bilag_renal").count("F", "A"), OptionError, "unknown level `F`"),
        (
            lambda: ms.stats.shift_table({"usubjid": ["1"], "visit": ["M0"], "g": ["Z"]}, "g", levels="AB"),
            DataError,
            "column `g` must be `A`, `B`, but row 0 is `Z`",
        ),
        (
            lambda: ms.stats.shift_table({"usubjid": ["1"] * 3, "visit": ["M0", "M0", "M6"], "g": ["A", "B", "A"]}, "g"),
            DataError,
            r"column `g` holds `A` and `B` for `1` at `M0` \(row 1\)",
        ),
    ],
)  # fmt: skip
def test_errors_name_what_is_wrong(call: Callable[[], object], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        call()


PLAN = """
format = 1
id = "mine"
title = "My study"
visits = [{label = "M0", month = 0}, {label = "M6", month = 6}]
[[analyses]]
kind = "shifts"
measures = ["bilag_renal", "ctcae_platelet_count_decreased"]
by = "arm"
[[analyses]]
kind = "shifts"
id = "anaemia"
measures = ["ctcae_anaemia"]
"""


def test_a_plan_asks_for_shift_tables(tmp_path: Path) -> None:
    report = ms.run(parse_plan(PLAN), data=trial(), out=tmp_path, progress=False)
    tables = report.tables
    assert list(tables)[:2] == ["shifts_bilag_renal", "shifts_ctcae_platelet_count_decreased"]
    frame = tables["shifts_bilag_renal"].columns()
    assert list(frame["arm"]) == ["cells"] * 6 + ["control"] * 6
    values = {fact.key: fact.value for fact in report.facts}
    assert values["shifts/bilag_renal/M6/A>C/arm=cells"] == 1
    assert values["shifts/ctcae_platelet_count_decreased/worst/n/arm=cells"] == 3
    assert "anaemia" in report.skipped and "there is no grade of `anaemia`" in report.skipped["anaemia"]
    page = (tmp_path / "index.html").read_text()
    assert "Highest grade after baseline" in page and "Shift of BILAG renal from baseline" in page
    assert (tmp_path / "tables" / "shifts_bilag_renal.csv").is_file()


def test_the_embedded_cohort_moves_to_milder_letters() -> None:
    shift = ms.stats.shift_table(ms.load("gu2014", library="numpy"), "bilag_renal")
    assert shift.columns()["total"].tolist() == [20, 61, 0, 0, 0, 0]
    assert sum(shift.count(b, "C") for b in "AB") == 54 and sum(shift.count(b, "D") for b in "AB") == 13
