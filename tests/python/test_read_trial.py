"""Folders of CSV files: what is read, what is refused, and that a trial written is the trial read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mscsle as ms
import mscsle.trial
from mscsle.exceptions import DataError, FileError, MissingFileError

Library = Literal["pandas", "polars", "pyarrow", "numpy"]
LIBRARIES: tuple[Library, ...] = ("pandas", "polars", "pyarrow", "numpy")

FILES = {
    "subjects.csv": "usubjid,sex,age,itt,arm\nS-1,F,31,1,MSC\nS-2,M,,,MSC\n",
    "labs.csv": "usubjid,visit,test,value,unit,uln\nS-1,M3,protein_24h,<0.15,g/24 h,0.3\nS-1,M3,creatinine,88,umol/L,high\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _list(column: Any) -> list[object]:
    values = (
        column.to_pylist()
        if hasattr(column, "to_pylist")
        else column.tolist()
        if hasattr(column, "tolist")
        else list(column)
    )
    return [None if v is None or v != v else v for v in values]


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_reads_the_same_tables(folder: Path, library: Library) -> None:
    trial = ms.read_trial(folder, library=library)
    assert list(trial.tables) == ["subjects", "labs"]
    subjects, labs = trial.tables["subjects"], trial.tables["labs"]
    assert _list(subjects["age"]) == [31, None]
    assert _list(subjects["itt"]) == [1, None]
    assert _list(labs["value"]) == ["<0.15", "88"]
    assert _list(labs["uln"]) == ["0.3", "high"]
    assert trial.findings.rule == ["not_a_number"] and trial.findings.value == ["high"]


def test_the_default_library_is_one_in_use(folder: Path) -> None:
    assert ms.read_trial(str(folder)).library in LIBRARIES


def test_other_csv_files_are_noted(folder: Path) -> None:
    (folder / "codebook.csv").write_text("a;b\n", encoding="utf-8")
    trial = ms.read_trial(folder, library="numpy")
    assert trial.findings.rule[-1] == "not_a_number" and trial.findings.rule[0] == "file_not_read"
    assert trial.findings.table[0] == "codebook.csv"


def test_a_trial_written_is_the_trial_read(tmp_path: Path) -> None:
    trial = ms.load("gu2014", library="numpy")
    again = ms.read_trial(trial.write(tmp_path / "export"), library="numpy")
    assert repr(again) == repr(trial)
    for name, table in trial.tables.items():
        assert list(again.tables[name]) == list(table)
        for column, values in table.items():
            mine, theirs = _list(again.tables[name][column]), _list(values)
            assert mine == theirs, f"{name}.{column}"


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    trial = ms.Trial(subjects={"usubjid": ["S-1"]})
    trial.write(tmp_path)
    with pytest.raises(
        FileError, match=r"subjects\.csv` exists already; choose another folder or pass `overwrite=True`"
    ):
        trial.write(tmp_path)
    trial.write(tmp_path, overwrite=True)


def test_a_missing_folder_is_a_file_not_found() -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder `nowhere`") as caught:
        ms.read_trial("nowhere")
    assert isinstance(caught.value, MissingFileError)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"labs.csv": "usubjid,test\n"}, r"has no `subjects\.csv`; it needs one file a table \(subjects, infusions, "),
        (
            {"subject.csv": "usubjid\nS-1\n"},
            r"`subject\.csv` is not the name of a table; if it is `subjects\.csv`, rename it",
        ),
        ({"subjects.csv": ""}, r"subjects\.csv` is empty; the first line names the columns"),
        ({"subjects.csv": "usubjid;sex\nS-1;F\n"}, r"separates columns by `;`; pass `separator="),
        (
            {"subjects.csv": "usubjid,sex\nS-1\n"},
            r"subjects\.csv`, row 0 \(near line 2\) has 1 cell\(s\), the header has 2",
        ),
        ({"subjects.csv": "usubjid,sex\nS-1,Fé\n".encode("latin-1")}, "near line 2, column `sex`: not UTF-8 text"),
        ({"subjects.csv": "id,sex\nS-1,F\n"}, "table `subjects` has no column `usubjid`"),
        ({"subjects.csv": "usubjid,sex,sex\nS-1,F,F\n"}, "table `subjects` has column `sex` twice"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(
    tmp_path: Path, files: dict[str, str | bytes], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message):
        ms.read_trial(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "subjects.csv").write_bytes('\ufeffusubjid,arm\r\nS-1,"a, b"\r\n'.encode())
    trial = ms.read_trial(tmp_path, library="numpy")
    assert (trial.subjects, _list(trial.tables["subjects"]["arm"])) == (["S-1"], ["a, b"])


def test_a_cutoff_and_a_rule_for_partial_dates_are_passed_on(tmp_path: Path) -> None:
    (tmp_path / "subjects.csv").write_text("usubjid\nS-1\n")
    (tmp_path / "status.csv").write_text("usubjid,last_contact_date\nS-1,2010-06\n")
    trial = ms.read_trial(tmp_path, data_cutoff="2010-06-10", date_imputation="last")
    assert sorted(trial.findings.rule) == ["after_cutoff", "imputed_date"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text(alphabet='usubjid,"\n\r;S-1 ', max_size=120).map(str.encode)))
def test_garbage_is_an_error_or_a_trial(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "subjects.csv").write_bytes(content)
    try:
        trial = ms.read_trial(tmp_path, library="numpy")
    except DataError as error:
        assert str(error)
    else:
        assert trial.n_subjects >= 0


_CELL = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.sampled_from(["1e400", "-0", "9999-99-99", "2009-02", "<", ">=", "S-1", "inf", "nan", "0.1.2", "١٢"]),
    st.floats(),
    st.integers(-(10**18), 10**18),
    st.booleans(),
)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_cells_make_a_trial_of_findings(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(ms.trial.schema().table))
    names = data.draw(st.lists(st.sampled_from(ms.trial.schema(table).column), unique=True, max_size=8))
    required = [c for c, r in zip(ms.trial.schema(table).column, ms.trial.schema(table).required, strict=True) if r]
    n = data.draw(st.integers(0, 4))
    columns = {
        name: np.asarray(data.draw(st.lists(_CELL, min_size=n, max_size=n)), dtype=object)
        for name in {*names, *required}
    }
    tables: dict[str, Any] = {"subjects": {"usubjid": ["S-1", "S-2"]}}
    tables[table] = columns
    infusions = {"usubjid": ["S-1"], "date": ["2009-01-10"]}
    trial = ms.Trial(**{"infusions": infusions, **tables})
    assert set(trial.findings.severity) <= {"error", "warning", "note"}
    assert all(trial.findings.message)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_folder_may_mix_the_formats(tmp_path: Path, library: Library) -> None:
    whole = ms.load("gu2014", library="numpy")
    csv = whole.write(tmp_path / "csv")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    kinds = {"subjects": ".json", "labs": ".parquet", "visits": ".ndjson", "infusions": ".dsjc", "status": ".arrow"}
    for name, table in whole.tables.items():
        if name in kinds:
            ms.write(table, mixed / f"{name}{kinds[name]}")
        else:
            (mixed / f"{name}.csv").write_bytes((csv / f"{name}.csv").read_bytes())
    trial = ms.read_trial(mixed, library=library)
    assert repr(trial) == repr(whole)
    assert list(trial.tables) == list(whole.tables)


def test_capitals_of_a_transport_file_are_the_columns(tmp_path: Path) -> None:
    ms.write({"usubjid": ["S-1"], "arm": ["A"], "age": [31.0]}, tmp_path / "subjects.xpt")
    trial = ms.read_trial(tmp_path, library="numpy")
    assert list(trial.tables["subjects"]) == ["usubjid", "arm", "age"] and trial.subjects == ["S-1"]


def test_two_files_for_one_table_are_an_error_that_names_both(tmp_path: Path) -> None:
    ms.write({"usubjid": ["S-1"]}, tmp_path / "subjects.xpt")
    ms.write({"usubjid": ["S-1"]}, tmp_path / "subjects.csv")
    with pytest.raises(
        DataError, match=r"`subjects\.csv` and `subjects\.xpt` are both the table `subjects`; remove one"
    ):
        ms.read_trial(tmp_path)
    (tmp_path / "subjects.csv").unlink()
    ms.write({"usubjid": ["S-1"]}, tmp_path / "lab.parquet")
    with pytest.raises(
        DataError, match=r"`lab\.parquet` is not the name of a table; if it is `labs\.parquet`, rename it"
    ):
        ms.read_trial(tmp_path)
