"""Values that mean something else than they seem: misread zeros of SAS, CNSR, durations that are dates, flags."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
import mscsle.io
from mscsle.exceptions import DataError, DataWarning

#: The bytes of 1 and of the smallest number of the format, which is what pandas.read_sas makes of 0.
ONE, SMALLEST = bytes([0x41, 0x10, 0, 0, 0, 0, 0, 0]), bytes([0x00, 0x10, 0, 0, 0, 0, 0, 0])


def _polars(columns: dict[str, Any]) -> Any:
    return importlib.import_module("polars").DataFrame(columns)


def _pandas(columns: dict[str, Any]) -> Any:
    return importlib.import_module("pandas").DataFrame(columns)


def _pyarrow(columns: dict[str, Any]) -> Any:
    return importlib.import_module("pyarrow").table(columns)


@pytest.fixture
def miswritten(tmp_path: Path) -> Path:
    """A transport file whose CNSR has two zeros that another program stored as 5.4e-79."""
    data = {"USUBJID": ["a", "b", "c"], "AVAL": [2.0, 3.0, 4.0], "CNSR": [1.0, 1.0, 0.0]}
    path = ms.write(data, tmp_path / "adtte.xpt")
    content = path.read_bytes()
    assert content.count(ONE) == 2
    path.write_bytes(content.replace(ONE, SMALLEST))
    return path


MISWRITTEN = (
    r"`adtte\.xpt`, column `CNSR` holds a number between 0 and 1e-70 in 2 rows: a SAS zero miswritten by another"
)


def test_a_zero_that_another_program_miswrote_is_a_warning_of_the_reader(miswritten: Path) -> None:
    with pytest.warns(DataWarning, match=MISWRITTEN):
        dataset = ms.read(miswritten, metadata=True, library="numpy")
    assert dict(dataset.misread_zeros) == {"CNSR": 2}
    assert dataset.values["CNSR"].tolist() == [5.397605346934028e-79, 5.397605346934028e-79, 0.0]
    with pytest.warns(DataWarning, match=MISWRITTEN):
        mscsle.io.read_xport_members(miswritten)
    with pytest.warns(DataWarning, match=r"in 1 row of these rows: a SAS zero") as said:
        chunks = list(mscsle.io.iter_xport(miswritten, rows=1))
    assert (len(chunks), len(said)) == (3, 1)


@pytest.mark.filterwarnings("ignore::mscsle.exceptions.DataWarning")
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_what_was_read_in_spite_of_the_warning_is_refused_where_it_is_used(miswritten: Path, library: Any) -> None:
    frame = ms.read(miswritten, library=library)
    with pytest.raises(DataError, match=r"column `CNSR`, row 0 is 5\.4e-79: a SAS zero misread"):
        ms.kaplan_meier("AVAL", cnsr="CNSR", data=frame)
    with pytest.raises(DataError, match=r"column `CNSR`, row 0 is 5\.4e-79: a SAS zero misread"):
        ms.write(frame, miswritten.with_suffix(".csv"))
    assert "sas_zero" in ms.adam.check(frame, structure="TTE").rule


@pytest.mark.filterwarnings("ignore::mscsle.exceptions.DataWarning")
def test_a_trial_folder_with_a_misread_zero_has_a_finding(tmp_path: Path) -> None:
    data = {"USUBJID": ["a", "b"], "AGE": [1.0, 30.0]}
    path = ms.write(data, tmp_path / "subjects.xpt")
    path.write_bytes(path.read_bytes().replace(ONE, SMALLEST))
    found = ms.read_trial(tmp_path).findings
    row = found.rule.index("sas_zero")
    assert (found.table[row], found.column[row], int(found.row[row])) == ("subjects", "age", 0)


CALLS: dict[str, Callable[..., Any]] = {
    "kaplan_meier": lambda **kw: ms.kaplan_meier("AVAL", cnsr="CNSR", **kw),
    "logrank": lambda **kw: ms.logrank("AVAL", cnsr="CNSR", by="ARM", **kw),
    "cox": lambda **kw: ms.cox("AVAL", cnsr="CNSR", covariates=["AGE"], **kw),
    "rmst": lambda **kw: ms.rmst("AVAL", cnsr="CNSR", tau=2, **kw),
    "follow_up": lambda **kw: ms.follow_up("AVAL", cnsr="CNSR", **kw),
    "nelson_aalen": lambda **kw: ms.nelson_aalen("AVAL", cnsr="CNSR", **kw),
}
GOOD = {
    "AVAL": [1.0, 2.0, 3.0, 4.0],
    "CNSR": [0, 1, 0, 2],
    "ARM": ["a", "a", "b", "b"],
    "AGE": [31.0, 47.0, 22.0, 60.0],
}
BAD = [
    ({"CNSR": [0, -1, 0, 1]}, r"`CNSR` is CDISC CNSR: 0 = event, a whole number > 0 = censored, but row 1 is -1"),
    (
        {"CNSR": [0.0, 0.5, 0.0, 1.0]},
        r"`CNSR` is CDISC CNSR: 0 = event, a whole number > 0 = censored, but row 1 is 0\.5",
    ),
    ({"CNSR": ["N", "Y", "N", "Y"]}, r"`CNSR` must hold numbers, but row 0 is 'N'"),
    ({"AVAL": [dt.date(2009, 1, day) for day in range(1, 5)]}, r"`AVAL` holds dates .*give a duration as a number"),
    ({"AVAL": [1.0, 5.397605346934028e-79, 3.0, 4.0]}, r"`AVAL`, row 1 is 5\.4e-79: a SAS zero misread"),
]


@pytest.mark.parametrize("make", [_pandas, _polars, _pyarrow])
@pytest.mark.parametrize(("bad", "message"), BAD)
@pytest.mark.parametrize("call", list(CALLS))
def test_every_estimator_refuses_by_cause(
    call: str, bad: dict[str, Any], message: str, make: Callable[[dict[str, Any]], Any]
) -> None:
    with pytest.raises(DataError, match=message):
        CALLS[call](data=make({**GOOD, **bad}))


def test_event_that_is_yes_or_no_is_refused_with_the_comparison_to_write() -> None:
    data = {"AVAL": [1.0, 2.0], "EVENTFL": ["Y", "N"]}
    with pytest.raises(DataError, match=r"`EVENTFL` must hold booleans or 0/1, but row 0 is 'Y'; compare the column"):
        ms.kaplan_meier("AVAL", event="EVENTFL", data=data)


def test_flags_of_sdtm_that_are_neither_y_nor_n_are_findings() -> None:
    dm = {"USUBJID": ["1", "2"], "SEX": ["F", "F"]}
    supp = {
        "USUBJID": ["1", "2"],
        "RDOMAIN": ["DM", "DM"],
        "IDVAR": ["", ""],
        "IDVARVAL": ["", ""],
        "QNAM": ["ITT", "ITT"],
        "QVAL": ["Y", "perhaps"],
    }
    ae = {
        "USUBJID": ["1", "2", "2"],
        "AETERM": ["Herpes zoster"] * 3,
        "AESER": ["N", "2", "2"],
        "AETOXGR": ["3", "severe", ""],
    }
    trial = ms.io.from_sdtm({"DM": dm, "SUPPDM": supp, "AE": ae}, library="numpy")
    found = trial.findings
    said = {
        (t, c): m
        for t, c, m, r in zip(found.table, found.column, found.message, found.rule, strict=True)
        if r == "unmapped_word"
    }
    assert said == {
        ("SUPPDM", "ITT"): "`perhaps` of `ITT` is no flag (`Y` or `N`); the cell is missing",
        ("AE", "AESER"): "`2` of `AESER` is no flag (`Y` or `N`); the cell is missing (2 rows)",
        ("AE", "AETOXGR"): "`severe` of `AETOXGR` is a word that the mapping does not have; the cell is missing",
    }
    assert np.isnan(trial.tables["subjects"]["itt"]).tolist() == [False, True]


def test_flags_of_a_trial_that_are_no_flags_are_findings(tmp_path: Path) -> None:
    ms.write({"usubjid": ["1", "2"], "itt": ["Y", "perhaps"]}, tmp_path / "subjects.csv")
    found = ms.read_trial(tmp_path).findings
    assert ("itt", "perhaps") in list(zip(found.column, found.value, strict=True))


TINY = 5.397605346934028e-79


def _written_by_others(path: Path, kind: str) -> Path:
    """A file of the kind with two such numbers, as another program writes it."""
    pandas, pa = (importlib.import_module(m) for m in ("pandas", "pyarrow"))
    frame = pandas.DataFrame({"USUBJID": ["a", "b", "c"], "CNSR": [TINY, 1.0, TINY]})
    target = path / f"adtte.{kind}"
    if kind == "csv":
        frame.to_csv(target, index=False)
    elif kind == "xlsx":
        frame.to_excel(target, index=False)
    elif kind == "parquet":
        frame.to_parquet(target)
    elif kind == "arrow":
        with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, (table := pa.table(frame)).schema) as out:
            out.write_table(table)
    else:
        ms.write({"USUBJID": ["a", "b", "c"], "CNSR": [0.25, 1.0, 0.25]}, target)
        target.write_text(target.read_text().replace("0.25", repr(TINY)))
    return target


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("kind", ["csv", "json", "ndjson", "parquet", "arrow", "xlsx"])
def test_a_misread_zero_in_a_file_of_any_format_is_a_warning(kind: str, metadata: bool, tmp_path: Path) -> None:
    path = _written_by_others(tmp_path, kind)
    with pytest.warns(
        DataWarning, match=rf"`adtte\.{kind}`, column `CNSR` holds a number .* in 2 rows: a SAS zero"
    ) as said:
        found = ms.read(path, metadata=metadata, library="pandas")
    assert len(said) == 1 and said[0].filename == __file__
    if metadata:
        assert dict(found.misread_zeros) == {"CNSR": 2}
        assert found.values["CNSR"].tolist() == [TINY, 1.0, TINY]
    else:
        assert found["CNSR"].tolist() == [TINY, 1.0, TINY]


def test_a_chunk_with_blank_rows_at_the_end_is_a_warning(tmp_path: Path) -> None:
    path = ms.write({"A": ["x", "y"]}, tmp_path / "a.xpt")
    content = path.read_bytes()
    assert content[-80:].split() == [b"x", b"y"]
    path.write_bytes(content[:-80] + b"x".ljust(80))  # one row, or more that are blank
    with pytest.warns(DataWarning, match=r"blank rows at the end of `A` cannot be told from padding") as said:
        chunks = list(mscsle.io.iter_xport(path, rows=10))
    assert [c.rows_ambiguous for c in chunks] == [True] and said[0].filename == __file__
