"""Scores are the same numbers and the same errors for pandas, pandas with Arrow types, polars, pyarrow and arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle import _core
from mscsle.exceptions import DataError, DataWarning, OptionError

ITEMS = [item for item, _, _ in _core.sledai_items()]


def _arrow_pandas(columns: Mapping[str, Any]) -> pd.DataFrame:
    return pa.table(dict(columns)).to_pandas(types_mapper=pd.ArrowDtype)


LIBRARIES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "pandas": lambda c: pd.DataFrame(dict(c)),
    "pandas-arrow": _arrow_pandas,
    "polars": lambda c: pl.DataFrame(dict(c)),
    "pyarrow": lambda c: pa.table(dict(c)),
    "arrays": dict,
}


@pytest.fixture(params=LIBRARIES)
def make(request: pytest.FixtureRequest) -> Callable[[Mapping[str, Any]], Any]:
    return LIBRARIES[request.param]


def column(frame: Any, name: str) -> list[Any]:
    """Values of a column with None for missing."""
    values = frame[name]
    values = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    return [None if v is None or v != v else v for v in values]


def message(call: Callable[[], object]) -> tuple[type[Exception], str]:
    with pytest.raises(Exception) as caught:
        call()
    return type(caught.value), str(caught.value)


def visits(**changes: list[Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {"usubjid": ["1", "1", "2"], "visit": ["M0", "M3", "M0"]}
    columns |= {item: [False, False, False] for item in ITEMS}
    columns |= {"arthritis": [True, False, True], "proteinuria": [1, 0, 1], "low_complement": [True, None, None]}
    return columns | changes


def test_sledai_is_the_same_in_every_library(make: Any) -> None:
    scores = ms.score.sledai(make(visits()))
    frame = scores.to_frame()
    assert column(frame, "total") == [10, None, None]
    assert column(frame, "lower") == [10, 0, 8]
    assert column(frame, "upper") == [10, 2, 10]
    assert column(frame, "clinical") == [8, 0, 8]
    assert column(frame, "band") == ["moderate", None, "moderate"]
    assert column(frame, "renal") == [4, 0, 4]
    assert column(frame, "immunologic") == [2, None, None]
    assert column(frame, "missing") == ["", "low_complement", "low_complement"]
    assert column(frame, "usubjid") == ["1", "1", "2"]
    assert "proteinuria" in str(scores.why(subject="1", visit="M0"))
    assert "low_complement is missing" in str(scores.why(row=1))
    assert str(scores.why(row=2)) == str(scores.why(subject="2"))


def test_sledai_counts_missing_as_absent_only_when_asked(make: Any) -> None:
    scores = ms.score.sledai(make(visits()), missing="absent")
    assert scores.total.tolist() == [10, 0, 8]
    assert scores.upper.tolist() == [10, 2, 10]
    assert set(scores.notes) == {"missing_counted_absent"}


def test_sledai_carries_laboratory_items_within_the_age(make: Any) -> None:
    data = visits(date=["2010-01-01", "2010-03-01", "2010-01-01"])
    assert ms.score.sledai(make(data), missing="locf", max_age_days=60).total.tolist()[:2] == [10, 2]
    assert np.isnan(ms.score.sledai(make(data), missing="locf", max_age_days=30).total[1])


def test_recorded_totals_are_compared(make: Any) -> None:
    data = visits(total=[12, 1, 10]) | {item: [None, False, True] for item in ITEMS}
    frame = ms.score.sledai(make(data)).to_frame()
    assert column(frame, "total") == [12, 0, 105]
    assert column(frame, "note") == ["total_only", "total_mismatch", "total_mismatch"]


def test_totals_alone_are_accepted(make: Any) -> None:
    scores = ms.score.sledai(make({"usubjid": ["1"], "total": [11]}))
    assert (scores.total[0], scores.band[0]) == (11, "high")


def test_sledai_errors_name_column_row_and_value(make: Any) -> None:
    assert message(lambda: ms.score.sledai(make(visits(fever=[0, 2, 0])))) == (
        DataError,
        "column `fever` must hold booleans or 0/1, but row 1 is 2 (subject 1, visit M3)",
    )
    short = {k: v for k, v in visits().items() if k != "haematuria"} | {"hematuria": [0, 0, 0]}
    kind, text = message(lambda: ms.score.sledai(make(short)))
    assert kind is DataError and text.startswith("column `haematuria` not found; did you mean `hematuria`")
    assert message(lambda: ms.score.sledai(make(visits()), version="sledai"))[0] is OptionError  # type: ignore[arg-type]
    assert message(lambda: ms.score.sledai(make(visits())).why(subject="1")) == (
        DataError,
        "subject '1' has 2 rows (0, 1); choose one by `row=`",
    )


def test_no_rows_give_an_empty_result(make: Any) -> None:
    empty = {name: np.array([], dtype=np.int8) for name in ITEMS}
    assert len(ms.score.sledai(make(empty))) == 0


def test_lazy_frames_are_refused() -> None:
    with pytest.raises(TypeError, match=r"call `.collect\(\)` first"):
        ms.score.sledai(pl.DataFrame(visits(proteinuria=[True, False, True])).lazy())


LETTERS = {
    "usubjid": ["2", "2", "1", "1"],
    "visit": ["M0", "M0", "M0", "M0"],
    "version": ["classic"] * 4,
    "system": ["renal", "general", "renal", "general"],
    "grade": ["A", "C", "B", None],
}


def test_bilag_totals_are_the_same_in_every_library(make: Any) -> None:
    totals = ms.score.bilag_total(make(LETTERS), coding="classic-9-3-1", systems=["renal", "general"])
    frame = totals.to_frame()
    assert column(frame, "usubjid") == ["2", "1"]
    assert column(frame, "total") == [10, None]
    assert column(frame, "lower") == [10, 3]
    assert column(frame, "upper") == [10, 12]
    assert column(frame, "general") == ["C", None]
    assert column(totals.by_system(), "points") == [9, 1, 3, None]
    assert "between 3 and 12" in str(totals.why(subject="1", visit="M0"))


def test_bilag_total_over_all_systems_is_missing_when_systems_are() -> None:
    totals = ms.score.bilag_total(LETTERS, coding="classic-9-3-1-0")
    assert np.isnan(totals.total).all() and totals.upper.tolist() == [64, 66]
    assert set(totals.notes) == {"missing_system"}


def test_bilag_errors_name_column_row_and_value(make: Any) -> None:
    wrong = make(LETTERS | {"grade": ["A", "C", "F", "B"]})
    assert message(lambda: ms.score.bilag_total(wrong, coding="classic-9-3-1-0")) == (
        DataError,
        "column `grade` must be A, B, C, D or E, but row 2 is 'F' (subject 1, visit M0)",
    )
    kind, text = message(lambda: ms.score.bilag_total(make(LETTERS), coding="bilag2004-12-8-1-0"))
    assert kind is OptionError and "belongs to BILAG-2004" in text
    kind, text = message(lambda: ms.score.bilag_total(make(LETTERS), coding="9-3-1"))  # type: ignore[arg-type]
    assert kind is OptionError and text.startswith("unknown coding `9-3-1`")
    both = make(LETTERS | {"version": ["classic", "classic", "bilag-2004", "bilag-2004"]})
    kind, text = message(lambda: ms.score.bilag_total(both, coding="classic-9-3-1-0"))
    assert kind is OptionError and "never pooled" in text
    with pytest.raises(TypeError, match="coding"):
        ms.score.bilag_total(make(LETTERS))  # type: ignore[call-arg]


LABS = {
    "usubjid": ["1", "2", "3", "4"],
    "creat": [88.4, 150.0, None, 1.2],
    "age": [30.0, 45.0, 28.0, 28.0],
    "sex": ["F", "female", "M", "F"],
}


def test_egfr_is_the_same_in_every_library(make: Any) -> None:
    rates = ms.score.egfr(data=make(LABS), creatinine="creat", creatinine_unit="umol/L", age="age", sex="sex")
    frame = rates.to_frame()
    assert [None if v is None else round(v, 4) for v in column(frame, "egfr")] == [77.7242, 37.5383, None, None]
    assert column(frame, "note") == ["", "", "missing_creatinine", "implausible_creatinine"]
    assert column(frame, "usubjid") == ["1", "2", "3", "4"]
    assert "1 mg/dL" in str(rates.why(subject="1"))


def test_egfr_from_arrays_equals_egfr_from_a_frame() -> None:
    by_name = ms.score.egfr(data=LABS, creatinine="creat", creatinine_unit="umol/L", age="age", sex="sex")
    arrays = ms.score.egfr(creatinine=LABS["creat"], creatinine_unit="umol/L", age=LABS["age"], sex=LABS["sex"])
    np.testing.assert_array_equal(by_name.value, arrays.value)
    with pytest.raises(TypeError, match="give a frame, or an array"):
        ms.score.egfr(creatinine="creat", creatinine_unit="umol/L", age=LABS["age"], sex=LABS["sex"])


def test_egfr_errors_name_what_is_wrong(make: Any) -> None:
    def call(**changes: Any) -> Any:
        options: dict[str, Any] = {"creatinine": "creat", "creatinine_unit": "umol/L", "age": "age", "sex": "sex"}
        return ms.score.egfr(data=make(LABS), **(options | changes))

    assert message(lambda: call(creatinine_unit="mmol")) == (
        OptionError,
        "unknown creatinine_unit `mmol`; use `umol/L` or `mg/dL`",
    )
    assert message(lambda: call(equation="cockcroft-gault")) == (OptionError, "Cockcroft-Gault needs `weight`")
    assert message(lambda: call(creatinine="creatinin"))[1].startswith(
        "column `creatinin` not found; did you mean `creat`"
    )
    kind, text = message(lambda: call(sex="usubjid"))
    assert (
        kind is DataError and text == "column `usubjid` must be `F` or `M` (female, male), but row 0 is '1' (subject 1)"
    )
    with pytest.raises(TypeError, match="creatinine_unit"):
        ms.score.egfr(data=make(LABS), creatinine="creat", age="age", sex="sex")  # type: ignore[call-arg]


def test_wrong_unit_of_a_whole_column_warns_and_computes_nothing() -> None:
    with pytest.warns(DataWarning, match=r"2 of 2 values cannot be creatinine in umol/L \(first in row 0: 1.2\)"):
        rates = ms.score.egfr(creatinine=[1.2, 0.9], creatinine_unit="umol/L", age=[30, 30], sex=["F", "M"])
    assert np.isnan(rates.value).all()


def test_prednisone_equivalents_are_the_same_in_every_library(make: Any) -> None:
    table = {
        "usubjid": ["1", "1", "2", "2"],
        "drug": ["Methylprednisolone", "Medrol", "hydroxychloroquine", "prednisone"],
        "dose": [500.0, 16.0, 200.0, 10.0],
        "unit": ["mg", "mg", "mg", "mg"],
        "route": ["iv", "oral", "oral", "oral"],
        "frequency": ["daily", "daily", "bid", "as directed"],
        "start_date": ["2010-01-05", "2010-01-01", "2010-01-01", "2010-01-01"],
        "end_date": ["2010-01-07", None, None, None],
    }
    frame = ms.score.prednisone_equivalent(make(table)).to_frame()
    assert column(frame, "prednisone_mg_per_day") == [0, 20, 0, None]
    assert column(frame, "pulse") == [True, False, False, False]
    assert column(frame, "note")[0] == "intravenous_pulse"
    at = {"usubjid": ["1", "2", "3"], "date": ["2010-01-06", "2009-12-31", "2010-01-06"]}
    doses = ms.score.prednisone_dose(make(table), at=make(at))
    assert doses.per_day.tolist() == [20, 0, 0] and doses.pulse_mg.tolist() == [625, 0, 0]


def test_conversion_refuses_units_of_another_test() -> None:
    with pytest.raises(OptionError, match=r"`creatinine` has no unit `g/L`; use"):
        ms.score.convert(1.0, test="creatinine", from_unit="g/L", to_unit="umol/L")
    with pytest.raises(OptionError, match="creatinin"):
        ms.score.convert(1.0, test="creatinin", from_unit="mg/dL", to_unit="umol/L")


def test_results_give_html_and_analysis_results(make: Any) -> None:
    scores = ms.score.sledai(make(visits()))
    assert "SLEDAI-2K" in scores._repr_html_()
    names = column(scores.to_ard(), "stat_name")
    assert {"mean", "sd", "n_missing"} <= set(names)


def test_a_million_rows_agree_with_numpy() -> None:
    rng = np.random.default_rng(7)
    flags = {item: rng.integers(0, 2, 1_000_000).astype(bool) for item in ITEMS}
    expected = sum(flags[item].astype(np.int64) * weight for item, _, weight in _core.sledai_items())
    np.testing.assert_array_equal(ms.score.sledai(flags).total, expected)


def bilag_visits() -> dict[str, Any]:
    catalogue = _core.bilag2004_items()
    items: dict[str, Any] = {item: [0, 0, 0] for _, item, _, kind, _ in catalogue if kind != "value"}
    items |= {item: [None, None, 1.5] for _, item, _, kind, _ in catalogue if kind == "value"}
    counts = {"haemoglobin_g_dl": 13.0, "white_cells": 5.0, "neutrophils": 3.0, "lymphocytes": 2.0, "platelets": 200.0}
    items |= {item: [value] * 3 for item, value in counts.items()}
    items |= {"systolic_mmhg": [None, None, 120.0], "gfr": [None, None, 90.0], "creatinine_umol_l": [70.0, 80.0, 90.0]}
    items |= {"protein_24h_g": [2.0, 2.1, 0.1], "active_urinary_sediment": [1, 0, 0], "arthritis_severe": [1, 4, None]}
    items |= {"acr_mg_mmol": [None] * 3, "upcr_mg_mmol": [None] * 3, "dipstick_protein": [None] * 3}
    # the second row is the earlier visit of the first subject
    return items | {"usubjid": ["1", "1", "2"], "date": ["2010-04-01", "2010-01-01", "2010-01-01"]}


def test_bilag_2004_is_the_same_in_every_library(make: Any) -> None:
    grades = ms.score.bilag2004(make(bilag_visits()), subject="usubjid", visit="date")
    frame = grades.to_frame()
    assert column(frame, "renal") == ["A", "B", "E"]
    assert column(frame, "musculoskeletal") == ["B", "A", None]
    assert column(frame, "constitutional") == ["E", "E", "E"]
    assert column(frame, "bounds") == ["", "", "musculoskeletal E to A"]
    assert column(grades.totals("bilag2004-12-8-1-0"), "total") == [20, 20, None]
    assert column(grades.flares(), "flare") == ["severe", "severe", None]
    assert column(grades.flares(basis="grade-change"), "flare") == ["severe", None, None]
    long = grades.long()
    assert len(column(long, "grade")) == 27 and set(column(long, "version")) == {"bilag-2004"}
    assert "24-h protein 2 g (previous 2.1)" in str(grades.why(row=0))


def test_bilag_2004_accepts_supplied_grades_and_letters_for_yes_and_not_done(make: Any) -> None:
    data = bilag_visits() | {"haem": ["C", None, "D"], "nephrotic_syndrome": ["N", "Y", "ND"]}
    grades = ms.score.bilag2004(make(data), grades={"haematological": "haem"})
    assert grades.grade("haematological").tolist() == ["C", "E", "D"]
    assert grades.grade("renal").tolist() == ["A", "A", None]
    assert "grade_supplied" in grades.notes


def test_bilag_2004_errors_name_item_row_and_value(make: Any) -> None:
    assert message(lambda: ms.score.bilag2004(make(bilag_visits() | {"pyrexia": [0, 5, 0]}))) == (
        DataError,
        "column `pyrexia` must be 0, 1, 2, 3 or 4, but row 1 is 5 (subject 1)",
    )
    assert message(lambda: ms.score.bilag2004(make(bilag_visits() | {"platelets": [200.0, 200.0, -1.0]}))) == (
        DataError,
        "`platelets` must be a number >= 0, but row 2 is -1 (subject 2)",
    )
    no_date = {k: v for k, v in bilag_visits().items() if k != "date"}
    assert message(lambda: ms.score.bilag2004(make(no_date)))[1].startswith("column `date` not found")


def test_absent_bilag_items_count_as_not_done_with_a_warning() -> None:
    data = {k: v for k, v in bilag_visits().items() if k not in ("mucosal_ulceration_mild", "keratitis_mild")}
    data["mucosal_ulceration_mildd"] = [0, 0, 0]
    with pytest.warns(DataWarning, match="2 of 97 items have no column.*did you mean `mucosal_ulceration_mild`"):
        grades = ms.score.bilag2004(data)
    assert grades.absent_columns == ("mucosal_ulceration_mild", "keratitis_mild")
    assert grades.grade("mucocutaneous").tolist() == [None, None, None]


def labs() -> dict[str, Any]:
    return {
        "usubjid": ["1", "1", "1", "2", "2"],
        "visit": ["M0", "M3", "M3", "M0", "M3"],
        "test": ["creatinine", "creatinine", "haemoglobin", "platelets", "c3"],
        "value": ["60", "100", "9.9", "<24.9", "0.8"],
        "unit": ["umol/L", "umol/L", "g/dL", "10^9/L", "g/L"],
        "lln": [None, None, 11.5, 150.0, 0.9],
        "uln": [84.0, 84.0, None, None, 1.8],
    }


def test_ctcae_is_the_same_in_every_library(make: Any) -> None:
    grades = ms.score.ctcae(make(labs()))
    frame = grades.to_frame()
    assert column(frame, "grade") == [0, 2, 2, 4, None]
    assert column(frame, "baseline_grade") == [0, 0, None, 4, None]
    assert column(frame, "emergent") == [None, 1, 1, None, None]
    assert column(frame, "note")[3:] == ["limit_graded", "no_term"]
    worst = grades.worst()
    assert column(worst, "term") == ["anaemia", "creatinine_increased"]
    assert column(worst, "worst_grade") == [2, 2]
    assert "1.67 x baseline (60)" in str(grades.why(row=1))


def test_tv_41_and_tv_42_ctcae_boundaries() -> None:
    def grade(test: str, value: float, **limits: float) -> float:
        table = {"usubjid": ["1"], "test": [test], "value": [value]} | {k: [v] for k, v in limits.items()}
        return float(ms.score.ctcae(table).grade[0])

    assert [grade("haemoglobin", x, lln=115) for x in (100, 99.9, 80, 79)] == [1, 2, 2, 3]
    assert [grade("platelets", x) for x in (25, 24.9)] == [3, 4]
    normal = {"usubjid": ["1"] * 2, "visit": ["M0", "M3"], "test": ["alt"] * 2, "value": [30, 130], "uln": [40] * 2}
    assert ms.score.ctcae(normal).grade.tolist() == [0, 2]
    assert ms.score.ctcae(normal | {"value": [80, 130]}).grade.tolist()[1] == 1
    creatinine = normal | {"test": ["creatinine"] * 2, "value": [60, 100], "uln": [84] * 2}
    assert ms.score.ctcae(creatinine).grade.tolist() == [0, 2]


def test_forms_are_the_same_in_every_library(make: Any) -> None:
    items = {name: [0, 0, None] for name in ms.score.fields("sdi")["field"]}
    data = items | {"usubjid": ["1", "2", "3"], "end_stage_renal_disease": [1, 0, 0], "proteinuria": [1, 1, 0]}
    frame = ms.score.sdi(make(data)).to_frame()
    assert column(frame, "damage") == [3, 1, None]
    assert column(frame, "upper")[2] == 47 - 3 + 1
    flare = ms.score.flare_index(make({"prednisone": [20, 40], "prednisone_previous": [5, 5], "weight": [60, 60]}))
    assert column(flare.to_frame(), "label") == ["mild/moderate", "severe"]
    assert "0.67 mg/kg/day, above 0.5" in str(flare.why(row=1))


def test_form_errors_name_field_row_and_value(make: Any) -> None:
    assert message(lambda: ms.score.clasi_activity(make({"erythema_nose": [1, 4]}))) == (
        DataError,
        "`erythema_nose` must be a whole number from 0 to 3, but row 1 is 4",
    )
    assert message(lambda: ms.score.crs(make({"hypotension": [0, 2]})))[1].startswith(
        "column `hypotension` must hold booleans"
    )
    kind, text = message(lambda: ms.score.pga(make({"pga": [1.0]})))
    assert kind is DataError and text.startswith("column `value` not found")
