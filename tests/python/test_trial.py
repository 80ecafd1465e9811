"""The trial over every frame library: the same findings, the same errors, the user's frames untouched."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError
from mscsle.trial import lab_tests, rules, schema

Columns = dict[str, list[Any]]


def _pandas(columns: Columns) -> Any:
    return importlib.import_module("pandas").DataFrame(columns)


def _pandas_arrow(columns: Columns) -> Any:
    frame = importlib.import_module("pandas").DataFrame(columns)
    return frame.convert_dtypes(dtype_backend="pyarrow") if columns else frame


def _polars(columns: Columns) -> Any:
    return importlib.import_module("polars").DataFrame(columns, strict=False)


def _pyarrow(columns: Columns) -> Any:
    return importlib.import_module("pyarrow").table(columns)


def _arrays(columns: Columns) -> Any:
    return {name: np.asarray(values, dtype=object) for name, values in columns.items()}


FRAMES: dict[str, Callable[[Columns], Any]] = {
    "pandas": _pandas,
    "pandas-arrow": _pandas_arrow,
    "polars": _polars,
    "pyarrow": _pyarrow,
    "arrays": _arrays,
}


@pytest.fixture(params=list(FRAMES))
def frame(request: pytest.FixtureRequest) -> Callable[[Columns], Any]:
    return FRAMES[request.param]


SUBJECTS: Columns = {
    "usubjid": ["S-1", "S-2", "S-3"],
    "sex": ["F", "female", "X"],
    "age": [29.0, None, 250.0],
    "itt": [True, None, False],
    "birth_date": [dt.date(1980, 1, 2), None, dt.date(1990, 5, 5)],
    "hair": ["black", None, "brown"],
}
INFUSIONS: Columns = {
    "usubjid": ["S-1", "S-2"],
    "date": [dt.datetime(2009, 1, 10), dt.datetime(2009, 1, 12)],
    "cells_per_kg": [1_000_000, None],
    "source": ["UC", "bm"],
}
LABS: Columns = {
    "usubjid": ["S-1", "S-1", "S-2", "S-9"],
    "date": ["2009-04-11", "2009-04", "April", "2009-04-11"],
    "test": ["protein_24h", "protein_24h", "creatinine", "crp"],
    "value": ["2.24", "<0.15", "1.2", "3"],
    "unit": ["mg", "g/24 h", "µmol/L", "mg/L"],
    "due_to_sle": [1, None, 0, 1],
}
#: table, row, column, value, rule of every finding of the tables above.
FOUND = [
    ("subjects", 2, "age", "250", "implausible_value"),
    ("subjects", 2, "usubjid", "S-3", "no_infusion"),
    ("subjects", 2, "sex", "X", "not_allowed"),
    ("labs", 0, "value", "2.24", "implausible_result"),
    ("labs", 1, "date", "2009-04", "imputed_date"),
    ("labs", 2, "value", "1.2", "implausible_result"),
    ("labs", 2, "date", "April", "not_a_date"),
    ("labs", 2, "date", None, "unplaced_row"),
    ("labs", 3, "usubjid", "S-9", "unknown_subject"),
]


def test_every_frame_gives_the_same_findings(frame: Callable[[Columns], Any]) -> None:
    trial = ms.Trial(subjects=frame(SUBJECTS), infusions=frame(INFUSIONS), labs=frame(LABS))
    found = trial.findings
    places = list(zip(found.table, found.row.tolist(), found.column, found.value, found.rule, strict=True))
    assert places == FOUND
    assert found.counts == {"error": 6, "warning": 2, "note": 1}
    assert found.subject[0] == "S-3"


def test_every_frame_gives_the_same_typed_columns(frame: Callable[[Columns], Any]) -> None:
    core = ms.Trial(subjects=frame(SUBJECTS), infusions=frame(INFUSIONS), labs=frame(LABS))._core
    np.testing.assert_array_equal(core.numbers("subjects", "itt"), [1, np.nan, 0])
    np.testing.assert_array_equal(core.numbers("subjects", "age"), [29.0, np.nan, np.nan])
    np.testing.assert_array_equal(core.numbers("infusions", "cells_per_kg"), [1e6, np.nan])
    np.testing.assert_array_equal(core.numbers("labs", "value"), [np.nan, 0.15, np.nan, 3])
    for table, column, expected in [
        ("subjects", "birth_date", ["1980-01-02", None, "1990-05-05"]),
        ("subjects", "sex", ["F", "F", None]),
        ("subjects", "hair", ["black", None, "brown"]),
        ("infusions", "date", ["2009-01-10", "2009-01-12"]),
        ("infusions", "source", ["UC", "BM"]),
    ]:
        texts = core.texts(table, column)
        assert texts is not None
        codes, levels = texts
        assert [None if c < 0 else levels[c] for c in codes] == expected


def test_the_users_frames_and_library_come_back(frame: Callable[[Columns], Any]) -> None:
    subjects = frame(SUBJECTS)
    trial = ms.Trial(subjects=subjects)
    given = trial.tables["subjects"]
    assert given is subjects or given.keys() == subjects.keys()
    expected = {"pandas": "pandas", "polars": "polars", "pyarrow": "pyarrow", "builtins": "builtins"}
    for result in (trial.findings, trial.schema("labs"), trial.schema()):
        module = type(result.to_frame()).__module__.split(".")[0]
        assert module == expected[type(subjects).__module__.split(".")[0]]


def _error(make: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises((ValueError, TypeError)) as caught:
        make()
    return type(caught.value).__name__, str(caught.value)


def test_every_frame_gives_the_same_errors(frame: Callable[[Columns], Any]) -> None:
    assert _error(lambda: ms.Trial(subjects=frame({"usubjd": ["S-1"]}))) == (
        "DataError",
        "table `subjects` has no column `usubjid`; did you mean `usubjd`? Rename it",
    )
    assert _error(lambda: ms.Trial(subjects=frame(SUBJECTS), labs=frame({"usubjid": ["S-1"], "value": [1.0]}))) == (
        "DataError",
        "table `labs` has no column `test`",
    )
    assert _error(lambda: ms.Trial(subjects=frame({}))) == (
        "DataError",
        "table `subjects` has no column `usubjid`",
    )


def test_an_empty_frame_and_one_row_are_trials(frame: Callable[[Columns], Any]) -> None:
    empty = ms.Trial(subjects=frame({"usubjid": [], "sex": []}))
    assert (empty.n_subjects, empty.findings.rule) == (0, ["no_subjects"])
    one = ms.Trial(subjects=frame({"usubjid": ["S-1"]}))
    assert (one.n_subjects, len(one.findings)) == (1, 0)


def test_booleans_with_nulls_are_flags(frame: Callable[[Columns], Any]) -> None:
    core = ms.Trial(subjects=frame({"usubjid": ["a", "b", "c"], "safety": [None, True, False]}))._core
    np.testing.assert_array_equal(core.numbers("subjects", "safety"), [np.nan, 1, 0])


def test_numeric_subjects_are_text_without_a_point(frame: Callable[[Columns], Any]) -> None:
    trial = ms.Trial(subjects=frame({"usubjid": [1, 2]}), labs=frame({"usubjid": [1.0, 3.0], "test": ["crp", "crp"]}))
    assert trial.subjects == ["1", "2"]
    assert [v for v, r in zip(trial.findings.value, trial.findings.rule, strict=True) if r == "unknown_subject"] == [
        "3"
    ]


def test_a_zero_misread_by_another_reader_is_a_finding(frame: Callable[[Columns], Any]) -> None:
    trial = ms.Trial(subjects=frame({"usubjid": ["a", "b"], "age": [30.0, 5.4e-79]}))
    assert trial.findings.rule == ["sas_zero"]


def test_a_column_of_years_is_a_column_of_partial_dates(frame: Callable[[Columns], Any]) -> None:
    trial = ms.Trial(subjects=frame({"usubjid": ["a", "b"], "birth_date": [1980, 40123]}))
    assert trial.findings.rule == ["imputed_date", "not_a_date"]
    assert trial.findings.message[0] == "`1980` is taken as 1980-07-01 (rule `middle`)"
    assert "is not guessed" in trial.findings.message[1]


def test_a_lazy_frame_is_refused_by_name() -> None:
    polars = importlib.import_module("polars")
    with pytest.raises(TypeError, match=r"table `labs` is a lazy frame \(LazyFrame\); call `.collect\(\)` first"):
        ms.Trial(subjects=SUBJECTS, labs=polars.LazyFrame({"usubjid": ["S-1"]}))


@pytest.mark.parametrize("data", [3, "subjects.csv", [1, 2], object()])
def test_what_is_no_frame_is_a_type_error(data: object) -> None:
    with pytest.raises(TypeError, match="table `subjects` must be a pandas, polars or pyarrow frame"):
        ms.Trial(subjects=data)


def test_categories_decimals_and_mixed_columns_are_read_as_they_look() -> None:
    pandas = importlib.import_module("pandas")
    labs = pandas.DataFrame(
        {
            "usubjid": pandas.Categorical(["S-1", "S-2", "S-2"]),
            "test": pandas.Categorical(["upcr", "upcr", "upcr"]),
            "value": [2.0, "<0.15", None],
            "unit": "g/g",
            "uln": [Decimal("0.2"), Decimal("0.2"), None],
            "visit": ["M0", "M3", "M6"],
        }
    )
    core = ms.Trial(subjects=SUBJECTS, labs=labs)._core
    np.testing.assert_array_equal(core.numbers("labs", "value"), [2, 0.15, np.nan])
    np.testing.assert_array_equal(core.numbers("labs", "uln"), [0.2, 0.2, np.nan])


def test_a_cell_that_is_a_list_is_refused_with_its_row() -> None:
    with pytest.raises(DataError, match=r"column `arm` must hold single values, but row 1 is \['A', 'B'\]"):
        ms.Trial(subjects={"usubjid": ["a", "b"], "arm": ["A", ["A", "B"]]})


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(DataError, match="table `subjects`: columns differ in length"):
        ms.Trial(subjects={"usubjid": ["a", "b"], "sex": ["F"]})


def test_the_same_column_twice_is_refused() -> None:
    pandas = importlib.import_module("pandas")
    frame = pandas.DataFrame([["a", "F", "M"]], columns=["usubjid", "sex", "sex"])
    with pytest.raises(ValueError, match="sex"):
        ms.Trial(subjects=frame)


@pytest.mark.parametrize(
    "cutoff", ["2009-12-31", dt.date(2009, 12, 31), dt.datetime(2009, 12, 31, 12), np.datetime64("2009-12-31")]
)
def test_a_data_cutoff_is_a_date_of_any_kind(cutoff: Any) -> None:
    status = {"usubjid": ["S-1"], "last_contact_date": ["2010-06-01"]}
    trial = ms.Trial(subjects={"usubjid": ["S-1"]}, status=status, data_cutoff=cutoff)
    assert trial.findings.message == ["2010-06-01 is after the data cut-off; follow-up ends on 2009-12-31"]
    texts = trial._core.texts("status", "last_contact_date")
    assert texts is not None and texts[1] == ["2009-12-31"]


def test_unknown_words_list_those_that_are_known() -> None:
    with pytest.raises(OptionError, match="unknown date_imputation `mid`; use `first`, `middle` or `last`"):
        ms.Trial(subjects=SUBJECTS, date_imputation="mid")
    with pytest.raises(OptionError, match="`data_cutoff` must be a date such as `2010-12-31`, but is `soon`"):
        ms.Trial(subjects=SUBJECTS, data_cutoff="soon")
    with pytest.raises(OptionError, match="unknown table `lab`; the tables of a trial are `subjects`, "):
        schema("lab")


def test_the_repr_counts_subjects_rows_and_findings() -> None:
    synthetic = {**SUBJECTS, "synthetic": [1, 1, 1]}
    trial = ms.Trial(subjects=synthetic, infusions=INFUSIONS)
    assert repr(trial) == "<Trial: SYNTHETIC; 3 subjects, 2 infusions; findings: 2 errors, 1 warning, 0 notes>"
    page = trial._repr_html_()
    assert "SYNTHETIC" in page and "Trial of 3 subjects" in page and "<script" not in page
    assert repr(ms.Trial(subjects={"usubjid": ["a"]})) == "<Trial: 1 subject; findings: 0 errors, 0 warnings, 0 notes>"


def test_a_cell_with_markup_is_escaped() -> None:
    trial = ms.Trial(subjects={"usubjid": ["<script>alert(1)</script>"], "sex": ["<b>"]})
    assert "<script>alert" not in trial.findings._repr_html_()


def test_findings_count_by_rule_in_the_results_data() -> None:
    ard = ms.Trial(subjects=SUBJECTS, infusions=INFUSIONS, labs=LABS).findings.to_ard()
    rows = dict(zip(ard["variable_level"], ard["stat"], strict=True))
    assert rows["implausible_result"] == 2 and rows["imputed_date"] == 1


def test_a_result_of_ours_is_a_table_too() -> None:
    findings = ms.Trial(subjects=SUBJECTS).findings
    assert ms.Trial(subjects={"usubjid": ["a"]}, pga=None).n_subjects == 1
    with pytest.raises(DataError, match="table `subjects` has no column `usubjid`"):
        ms.Trial(subjects=findings)


def test_schema_rules_and_tests_are_one_place() -> None:
    everything = schema()
    assert len(set(everything.table)) == 13
    assert everything.table.count("bilag_items") == 113
    assert set(rules().severity) == {"error", "warning", "note"}
    assert {"creatinine", "gfr", "egfr", "protein_24h", "upcr", "acr", "bun", "urea"} <= set(lab_tests().test)


def test_a_large_table_is_checked_in_linear_time() -> None:
    n = 200_000
    subjects = {"usubjid": [f"S-{i}" for i in range(500)]}
    labs = {
        "usubjid": np.asarray([f"S-{i % 500}" for i in range(n)], dtype=object),
        "visit": np.asarray([f"V{i // 500}" for i in range(n)], dtype=object),
        "test": np.full(n, "creatinine", dtype=object),
        "value": np.full(n, 88.0),
        "unit": np.full(n, "umol/L", dtype=object),
    }
    trial = ms.Trial(subjects=subjects, labs=labs)
    assert len(trial.findings) == 0
