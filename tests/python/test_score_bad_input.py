"""Bad input of the scores: an error that names subject, visit, column and value; in a trial a finding, and the others score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mscsle as ms
from mscsle import _core
from mscsle.exceptions import DataError, DataWarning

SLEDAI = [item for item, _, _ in _core.sledai_items()]
BILAG = {item: kind for _, item, _, kind, _ in _core.bilag2004_items()}
KEYS = {
    "usubjid": ["P-1", "P-2", "P-2"],
    "visit": ["M0", "M0", "M3"],
    "date": ["2009-03-14", "2009-03-14", "2009-06-13"],
}


def sledai(**changes: Any) -> Any:
    return KEYS | {item: [0, 0, 0] for item in SLEDAI} | changes


def bilag(**changes: Any) -> Any:
    return KEYS | {i: [None] * 3 if kind == "value" else [0] * 3 for i, kind in BILAG.items()} | changes


def labs(**changes: Any) -> Any:
    return KEYS | {"test": ["platelets"] * 3, "value": [200, 180, 90], "unit": ["10^9/L"] * 3} | changes


def letters(**changes: Any) -> Any:
    return KEYS | {"system": ["renal"] * 3, "grade": ["A", "B", "C"]} | changes


def doses(**changes: Any) -> Any:
    return KEYS | {"drug": ["prednisone"] * 3, "dose": [5, 10, 20], "unit": ["mg"] * 3} | changes


CASES: dict[str, tuple[Callable[[], object], str]] = {
    "sledai item outside its scale": (
        lambda: ms.score.sledai(sledai(fever=[0, 0, 3])),
        "column `fever` must hold booleans or 0/1, but row 2 is 3 (subject P-2, visit M3)",
    ),
    "sledai item that is a word": (
        lambda: ms.score.sledai(sledai(rash=["N", "maybe", "N"])),
        "column `rash` must hold booleans, 0/1, true/false or Y/N, but row 1 is 'maybe' (subject P-2, visit M0)",
    ),
    "sledai date of locf": (
        lambda: ms.score.sledai(sledai(date=["2009-03-14", "soon", "2009-06-13"]), missing="locf", max_age_days=90),
        "column `date` must hold complete dates such as `2009-03-14`, but row 1 is 'soon' (subject P-2, visit M0)",
    ),
    "laboratory value below 0": (
        lambda: ms.score.sledai_items_from_labs(KEYS | {"platelets": [200, -5, 90]}),
        "`platelets` must be 0 or more, but row 1 is -5 (subject P-2, visit M0)",
    ),
    "temperature in Fahrenheit": (
        lambda: ms.score.sledai_items_from_labs(KEYS | {"temperature": [37.0, 37.0, 101.3]}),
        "`temperature` must be degrees Celsius, 25 to 45, but row 2 is 101.3 (subject P-2, visit M3)",
    ),
    "bilag item outside its scale": (
        lambda: ms.score.bilag2004(bilag(arthritis_severe=[0, 5, 0])),
        "column `arthritis_severe` must be 0, 1, 2, 3 or 4, but row 1 is 5 (subject P-2, visit M0)",
    ),
    "bilag item between two codes": (
        lambda: ms.score.bilag2004(bilag(arthritis_severe=[0, 1.5, 0])),
        "column `arthritis_severe` must be 0, 1, 2, 3 or 4, but row 1 is 1.5 (subject P-2, visit M0)",
    ),
    "bilag yes/no item": (
        lambda: ms.score.bilag2004(bilag(nephrotic_syndrome=["N", "N", "often"])),
        "column `nephrotic_syndrome` must be Y, N or ND, but row 2 is 'often' (subject P-2, visit M3)",
    ),
    "bilag measurement that is no number": (
        lambda: ms.score.bilag2004(bilag(creatinine_umol_l=["88", "n.a.", "90"])),
        "column `creatinine_umol_l` must hold numbers, but row 1 is 'n.a.' (subject P-2, visit M0)",
    ),
    "bilag date": (
        lambda: ms.score.bilag2004(bilag(date=["2009-03-14", "14/03/2009", "2009-06-13"])),
        "column `date` must hold dates such as `2009-03-14` or days as numbers, but row 1 is '14/03/2009' (subject P-2, visit M0)",
    ),
    "supplied grade that is no letter": (
        lambda: ms.score.bilag2004(bilag(g=["A", "F", "B"]), grades={"renal": "g"}),
        "column `g` must be A, B, C, D or E, but row 1 is 'F' (subject P-2, visit M0)",
    ),
    "letter that is none": (
        lambda: ms.score.bilag_total(letters(grade=["A", "AB", "C"]), coding="classic-9-3-1-0"),
        "column `grade` must be A, B, C, D or E, but row 1 is 'AB' (subject P-2, visit M0)",
    ),
    "system of another version": (
        lambda: ms.score.bilag_total(letters(system=["renal", "renal", "ophthalmic"]), coding="classic-9-3-1-0"),
        "row 2 is 'ophthalmic' (subject P-2, visit M3)",
    ),
    "sex of a filtration rate": (
        lambda: ms.score.egfr(
            data=KEYS | {"creatinine": [80, 90, 95], "age": [30, 31, 31], "sex": ["F", "X", "F"]},
            creatinine="creatinine", creatinine_unit="umol/L", age="age", sex="sex", subject="usubjid",
        ),
        "column `sex` must be `F` or `M` (female, male), but row 1 is 'X' (subject P-2, visit M0)",
    ),
    "ctcae limit that is no number": (
        lambda: ms.score.ctcae(labs(lln=["150", "150", "low"])),
        "column `lln` must hold numbers, but row 2 is 'low' (subject P-2, visit M3)",
    ),
    "form item outside its scale": (
        lambda: ms.score.clasi_activity(KEYS | {"erythema_nose": [0, 4, 1]}),
        "`erythema_nose` must be a whole number from 0 to 3, but row 1 is 4 (subject P-2, visit M0)",
    ),
    "damage item outside its scale": (
        lambda: ms.score.sdi(KEYS | {"avascular_necrosis": [0, 1, 3]}),
        "`avascular_necrosis` must be a whole number from 0 to 2, but row 2 is 3 (subject P-2, visit M3)",
    ),
    "assessment above its scale": (
        lambda: ms.score.pga(KEYS | {"value": [1.0, -0.5, 2.0], "scale_max": [3, 3, 3]}),
        "`value` must be a number >= 0, but row 1 is -0.5 (subject P-2, visit M0)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_error_names_subject_visit_column_and_value(name: str) -> None:
    call, says = CASES[name]
    with pytest.raises(DataError) as caught:
        call()
    assert says in str(caught.value)


def test_a_unit_that_cannot_be_read_leaves_one_result_without_a_grade() -> None:
    grades = ms.score.ctcae(labs(unit=["10^9/L", None, "g/dL"], value=[20, 20, 20]))
    assert grades.grade[0] == 4 and np.isnan(grades.grade[1:]).all()
    assert grades.columns()["note"].tolist()[1:] == ["unreadable", "unreadable"]


def test_two_visits_on_one_day_are_noted_and_both_graded() -> None:
    grades = ms.score.bilag2004(bilag(date=["2009-03-14", "2009-06-13", "2009-06-13"]), missing="absent")
    notes = grades.columns()["note"].tolist()
    assert ["same_day_visits" in note for note in notes] == [False, False, True], "the row that comes second says so"


def test_visits_out_of_order_are_graded_by_date() -> None:
    data = bilag(
        usubjid=["P-1"] * 3, date=["2009-06-13", "2009-03-14", "2009-09-13"], protein_24h_g=[2.0, 3.0, 1.9],
        platelets=[200] * 3, white_cells=[5] * 3, neutrophils=[3] * 3, lymphocytes=[2] * 3, haemoglobin_g_dl=[13] * 3,
    )  # fmt: skip
    assert ms.score.bilag2004(data).grade("renal").tolist() == ["C", "B", "B"], "2.0 after 3.0, 1.9 after 2.0"


def test_a_subject_without_baseline_is_graded_without_it() -> None:
    creatinine = KEYS | {
        "visit": ["M0", "M3", "M6"],
        "test": ["creatinine"] * 3,
        "value": [60, 100, 100],
        "uln": [84] * 3,
    }
    grades = ms.score.ctcae(creatinine | {"usubjid": ["P-1", "P-1", "P-2"], "unit": ["umol/L"] * 3})
    assert grades.grade.tolist() == [0, 2, 1]
    assert grades.columns()["note"].tolist() == ["", "", "no_baseline"]


def test_an_absent_item_column_is_said_and_the_rest_is_graded() -> None:
    data = {name: values for name, values in bilag().items() if name != "ttp"}
    with pytest.warns(DataWarning, match="`ttp`"):
        assert ms.score.bilag2004(data).grade("constitutional").tolist() == ["E"] * 3


def test_in_a_trial_a_bad_cell_is_a_finding_and_the_others_are_scored() -> None:
    trial = ms.Trial(
        subjects={"usubjid": ["P-1", "P-2"]},
        infusions={"usubjid": ["P-1", "P-2"], "date": ["2009-03-14"] * 2},
        visits={name: KEYS[name] for name in KEYS} | {"planned_month": [0, 0, 3]},
        sledai=sledai(arthritis=[1, 1, 1], fever=["0", "9", "1"], version=["sledai-2k"] * 3),
        bilag=letters(version=["classic"] * 3, grade=["A", "F", "C"]),
    )
    said = set(
        zip(trial.findings.rule, trial.findings.subject, trial.findings.column, trial.findings.value, strict=True)
    )
    assert ("not_a_flag", "P-2", "fever", "9") in said and ("not_allowed", "P-2", "grade", "F") in said
    change = ms.stats.change_from_baseline(trial, "sledai", baseline="M0")
    assert [row["n"] for row in change.rows] == [1, 1], "P-2 has no total at M0; P-1 keeps its own"


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 2**31))
def test_the_order_of_rows_does_not_matter(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = len(order)
    keys = {
        "usubjid": ["1", "1", "1", "2", "2", "3"],
        "visit": ["M0", "M3", "M6", "M0", "M3", "M0"],
        "date": [0, 91, 183, 0, 91, 0],
    }
    tables: list[tuple[Callable[[Any], Any], dict[str, Any]]] = [
        (ms.score.sledai, {item: rng.integers(-1, 2, n).astype(float) for item in SLEDAI}),
        (ms.score.bilag2004, {i: rng.uniform(1, 100, n) if kind == "value" else rng.integers(0, 2, n) for i, kind in BILAG.items()}),
        (ms.score.sdi, {str(i): rng.integers(0, 2, n) for i in ms.score.fields("sdi")["field"]}),
        (ms.score.ctcae, {"test": ["platelets"] * n, "value": rng.uniform(10, 300, n), "unit": ["10^9/L"] * n, "lln": [150.0] * n}),
    ]  # fmt: skip
    for score, columns in tables:
        table = keys | {k: np.where(v < 0, np.nan, v) if score is ms.score.sledai else v for k, v in columns.items()}
        shuffled = {name: [list(values)[i] for i in order] for name, values in table.items()}
        straight, mixed = score(table).columns(), score(shuffled).columns()
        for name, values in straight.items():
            expected = [list(values)[i] for i in order]
            assert all(
                a is b or a == b or (a != a and b != b) for a, b in zip(expected, list(mixed[name]), strict=True)
            ), name
