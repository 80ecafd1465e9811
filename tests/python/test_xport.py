"""Transport files over every frame library: what is written is read, and real files are read without loss."""

from __future__ import annotations

import datetime as dt
import importlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
import mscsle.io
from mscsle.exceptions import DataError, DataWarning, MissingFileError, OptionError

Columns = dict[str, list[Any]]

DATA: Columns = {
    "USUBJID": ["S-1", "S-2", None],
    "AVAL": [0.0, None, 1.0 / 3.0],
    "CNSR": [0, 1, 1],
    "ADT": [dt.date(2009, 1, 10), None, dt.date(1959, 12, 31)],
    "ADTM": [dt.datetime(2009, 1, 10, 8, 30), dt.datetime(1960, 1, 1), None],
    "SAFFL": [True, False, True],
}


def _pandas(columns: Columns) -> Any:
    return importlib.import_module("pandas").DataFrame(columns)


def _pandas_arrow(columns: Columns) -> Any:
    return _pandas(columns).convert_dtypes(dtype_backend="pyarrow")


def _polars(columns: Columns) -> Any:
    return importlib.import_module("polars").DataFrame(columns)


def _pyarrow(columns: Columns) -> Any:
    return importlib.import_module("pyarrow").table(columns)


def _arrays(columns: Columns) -> Any:
    return {name: np.asarray(values, dtype=object) for name, values in columns.items()}


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("make", [_pandas, _pandas_arrow, _polars, _pyarrow, _arrays])
def test_every_frame_gives_the_same_file(tmp_path: Path, make: Callable[[Columns], Any], version: Any) -> None:
    path = mscsle.io.write_xport(make(DATA), tmp_path / "adtte.xpt", version=version, labels={"AVAL": "Value"})
    table = mscsle.io.read_xport(path, library="numpy")
    values = table.values
    assert (table.name, table.labels["AVAL"]) == ("ADTTE", "Value")
    assert values["USUBJID"] == ["S-1", "S-2", None]
    np.testing.assert_array_equal(values["AVAL"], [0.0, np.nan, 1.0 / 3.0])
    np.testing.assert_array_equal(values["CNSR"], [0, 1, 1])
    np.testing.assert_array_equal(values["SAFFL"], [1, 0, 1])
    assert [str(d) for d in values["ADT"]] == ["2009-01-10", "NaT", "1959-12-31"]
    assert [str(d) for d in values["ADTM"]] == ["2009-01-10T08:30:00", "1960-01-01T00:00:00", "NaT"]
    assert (table.formats["ADT"], table.formats["ADTM"]) == ("DATE9.", "DATETIME20.")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_the_pilot_is_read_in_every_library(root: Path, library: Any) -> None:
    table = mscsle.io.read_xport(root / "tests" / "data" / "cdisc" / "adtte.xpt", library=library)
    frame = table.to_frame()
    km = ms.kaplan_meier("AVAL", cnsr="CNSR", data=frame, by="TRTP")
    # Events of placebo, high and low dose as published with the data.
    assert sum(table.columns()["CNSR"] == 0) == 152
    assert km is not None


def test_a_table_read_is_written_as_it_was(tmp_path: Path) -> None:
    tags = np.asarray([0, ord("A"), ord("_")], dtype=np.uint8)
    data = {"X": np.asarray([1.5, np.nan, np.nan])}
    first = mscsle.io.write_xport(
        data, tmp_path / "a.xpt", labels={"X": "x"}, formats={"X": "8.2"}, missing={"X": tags}
    )
    table = mscsle.io.read_xport(first)
    assert table.special_missing("X") == [None, "A", "_"]
    second = mscsle.io.write_xport(table, tmp_path / "b.xpt")
    assert second.read_bytes() == first.read_bytes()


def test_the_time_stamp_is_given_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert b"01JAN60:00:00:00" in mscsle.io.write_xport({"X": [1.0]}, tmp_path / "a.xpt").read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert b"01JAN70:00:00:00" in mscsle.io.write_xport({"X": [1.0]}, tmp_path / "a.xpt").read_bytes()
    at = dt.datetime(2026, 11, 22, 1, 2, 3)
    assert b"22NOV26:01:02:03" in mscsle.io.write_xport({"X": [1.0]}, tmp_path / "a.xpt", created=at).read_bytes()


def test_what_is_wrong_is_named(tmp_path: Path, root: Path) -> None:
    with pytest.raises(MissingFileError, match="there is no file"):
        mscsle.io.read_xport(tmp_path / "none.xpt")
    (tmp_path / "x.xpt").write_bytes(b"x" * 800)
    with pytest.raises(DataError, match="it is not a SAS transport file"):
        mscsle.io.read_xport(tmp_path / "x.xpt")
    pilot = root / "tests" / "data" / "cdisc" / "dm.xpt"
    with pytest.raises(DataError, match=r"`dm\.xpt` has no member `AE`; its members are DM"):
        mscsle.io.read_xport(pilot, member="AE")
    with pytest.raises(OptionError, match="unknown encoding `klingon`"):
        mscsle.io.read_xport(pilot, encoding="klingon")
    with pytest.raises(DataError, match="`X`, row 1 is 1e80, which lies outside the range"):
        mscsle.io.write_xport({"X": [1.0, 1e80]}, tmp_path / "a.xpt")
    with pytest.raises(OptionError, match="`DATE9` is not a format"):
        mscsle.io.write_xport({"X": [1.0]}, tmp_path / "a.xpt", formats={"X": "DATE9"})
    with pytest.raises(DataError, match="column `Y` not found"):
        mscsle.io.write_xport({"X": [1.0]}, tmp_path / "a.xpt", labels={"Y": "y"})


def test_an_assumed_encoding_is_a_warning(tmp_path: Path) -> None:
    path = mscsle.io.write_xport({"T": ["Sjogren"]}, tmp_path / "a.xpt")
    path.write_bytes(path.read_bytes().replace(b"Sjogren", "Sjögren".encode("latin-1")))
    with pytest.warns(DataWarning, match="are not UTF-8; read as windows-1252"):
        assert mscsle.io.read_xport(path).values["T"] == ["Sjögren"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mscsle.io.read_xport(path, encoding="windows-1252")


@pytest.mark.parametrize("version", [5, 8])
def test_chunks_written_and_read_are_the_whole(tmp_path: Path, root: Path, version: Any) -> None:
    pilot = root / "tests" / "data" / "cdisc" / "adae.xpt"
    whole = mscsle.io.read_xport(pilot)
    lengths = {c: int(a["length"]) for c, a in whole.column_attributes.items()}
    with mscsle.io.XportWriter(tmp_path / "adae.xpt", lengths=lengths, version=version) as out:
        for chunk in mscsle.io.iter_xport(pilot, rows=500):
            assert chunk.n_rows <= 500
            out.write(chunk)
    again = mscsle.io.read_xport(tmp_path / "adae.xpt")
    for column, values in whole.values.items():
        if isinstance(values, np.ndarray):
            np.testing.assert_array_equal(values, again.values[column])
        else:
            assert values == again.values[column]


def test_streams_say_what_is_wrong(tmp_path: Path) -> None:
    path = mscsle.io.write_xport_members({"dm": {"X": [1.0]}, "ae": {"X": [2.0, 3.0]}}, tmp_path / "a.xpt")
    assert mscsle.io.list_xport(path) == ["DM", "AE"]
    assert [c.n_rows for c in mscsle.io.iter_xport(path, member="ae", rows=1)] == [1, 1]
    with pytest.raises(DataError, match="has no member `VS`; its members are DM, AE"):
        next(mscsle.io.iter_xport(path, member="VS"))
    with pytest.raises(DataError, match="`rows` must be at least 1"):
        next(mscsle.io.iter_xport(path, rows=0))
    cut = tmp_path / "cut.xpt"
    cut.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"cut\.xpt`, byte \d+"):
        mscsle.io.read_xport_members(cut)
    with pytest.raises(DataError, match="text column `T` needs its length"):
        mscsle.io.XportWriter(tmp_path / "b.xpt").write({"T": ["a"]})
    with pytest.raises(DataError, match="nothing was written"), mscsle.io.XportWriter(tmp_path / "b.xpt"):
        pass
    out = mscsle.io.XportWriter(tmp_path / "b.xpt", lengths={"t": 2})
    out.write({"T": ["ab"], "X": [1.0]})
    with pytest.raises(
        DataError, match=r"the first chunk had the columns T \(text\), X \(number\), this one T \(number\)"
    ):
        out.write({"T": [1.0]})


def test_other_encodings_are_written_and_gaps_are_named(tmp_path: Path) -> None:
    path = ms.write({"T": ["Sjögren"]}, tmp_path / "a.xpt", encoding="latin-1", labels={"T": "Maladie de Sjögren"})
    table = ms.read(path, metadata=True, encoding="latin-1")
    assert (list(table.values["T"]), table.labels["T"]) == (["Sjögren"], "Maladie de Sjögren")
    with pytest.raises(DataError, match="`T`, row 1 has `狼`, which windows-1252 does not have"):
        ms.write({"T": ["a", "狼疮"]}, tmp_path / "a.xpt", encoding="windows-1252")
    with pytest.raises(DataError, match="the label of `T` has `狼`, which windows-1252 does not have"):
        ms.write({"T": ["a"]}, tmp_path / "a.xpt", encoding="windows-1252", labels={"T": "狼疮"})
    with pytest.raises(OptionError, match="unknown encoding `klingon`"):
        ms.write({"T": ["a"]}, tmp_path / "a.xpt", encoding="klingon")
    for name in ("cp1252", "iso8859-1", "latin_1", "cp932", "cp936", "utf8"):
        ms.write({"T": ["a"]}, tmp_path / "a.xpt", encoding=name)


def test_pyreadstat_and_pandas_read_what_is_written(tmp_path: Path) -> None:
    columns = {"USUBJID": ["S-1", "Sjögren"], "AVAL": [0.0, -1.0 / 3.0], "CNSR": [1.0, 0.0]}
    for version in (5, 8):
        path = ms.write(columns, tmp_path / f"v{version}.xpt", labels={"AVAL": "Value"}, version=version)  # type: ignore[arg-type]
        frame, meta = importlib.import_module("pyreadstat").read_xport(str(path))
        assert {name: frame[name].tolist() for name in columns} == columns
        assert meta.column_names_to_labels["AVAL"] == "Value"
    sas = importlib.import_module("pandas").read_sas(tmp_path / "v5.xpt", format="xport", encoding="utf-8")
    assert sas["AVAL"].tolist()[1] == -1.0 / 3.0 and sas["USUBJID"].tolist() == columns["USUBJID"]
    # pandas turns the zeros into 5.4e-79, which is refused by name instead of counted as no event.
    with pytest.raises(DataError, match="a SAS zero misread"):
        ms.write(sas, tmp_path / "again.xpt")
    with pytest.raises(DataError, match="a SAS zero misread"):
        ms.kaplan_meier("AVAL", cnsr="CNSR", data=sas)
