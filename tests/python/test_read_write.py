"""The front door over every frame library and format: what is written is read, with its metadata."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
import mscsle._frame
from mscsle.exceptions import DataError, MissingFileError, OptionError

Columns = dict[str, list[Any]]

DATA: Columns = {
    "USUBJID": ["S-1", "S-2", None, "S-1"],
    "AVAL": [0.0, None, 1.0 / 3.0, -2.5],
    "CNSR": [0, 1, 1, 2],
    "ADT": [dt.date(2009, 1, 10), None, dt.date(1959, 12, 31), dt.date(2009, 1, 10)],
    "ADTM": [dt.datetime(2009, 1, 10, 8, 30), dt.datetime(1960, 1, 1), None, None],
}
LABELS = {"AVAL": "Analysis value", "ADT": "Date"}


def _pandas(columns: Columns) -> Any:
    return importlib.import_module("pandas").DataFrame(columns)


def _pandas_indexed(columns: Columns) -> Any:
    n = len(next(iter(columns.values())))
    return importlib.import_module("pandas").DataFrame(columns, index=[7 * i + 3 for i in range(n)][::-1])


def _polars(columns: Columns) -> Any:
    return importlib.import_module("polars").DataFrame(columns)


def _pyarrow(columns: Columns) -> Any:
    return importlib.import_module("pyarrow").table(columns)


def _categories(columns: Columns) -> Any:
    return _pandas(columns).astype({"USUBJID": "category"})


MAKERS = [_pandas, _pandas_indexed, _categories, _polars, _pyarrow]


def cells(frame: Any) -> Columns:
    """The cells of a frame: None where missing, dates as ISO text."""
    read = ms._frame.Frame(frame)
    out = {}
    for name in read.names:
        raw = read.raw(name)
        values = raw.tolist() if isinstance(raw, np.ndarray) and raw.dtype.kind != "M" else list(raw)
        out[name] = [_cell(v) for v in values]
    return out


def _cell(value: Any) -> Any:
    if ms._frame.is_missing(value):
        return None
    if isinstance(value, (dt.date, np.datetime64)):
        return (
            str(np.datetime64(value, "s"))
            if not isinstance(value, dt.date) or isinstance(value, dt.datetime)
            else f"{value}T00:00:00"
        )
    return value


EXPECTED = {
    "USUBJID": DATA["USUBJID"],
    "AVAL": DATA["AVAL"],
    "CNSR": DATA["CNSR"],
    "ADT": ["2009-01-10T00:00:00", None, "1959-12-31T00:00:00", "2009-01-10T00:00:00"],
    "ADTM": ["2009-01-10T08:30:00", "1960-01-01T00:00:00", None, None],
}


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".ndjson", ".dsjc", ".parquet", ".arrow", ".csv"])
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
@pytest.mark.parametrize("make", MAKERS)
def test_what_is_written_is_read(tmp_path: Path, make: Callable[[Columns], Any], library: Any, suffix: str) -> None:
    labels = {} if suffix == ".csv" else {"labels": LABELS}
    path = ms.write(make(DATA), tmp_path / f"adtte{suffix}", **labels)
    schema = {"schema": {"ADT": "date", "ADTM": "datetime"}} if suffix == ".csv" else {}
    assert cells(ms.read(path, library=library, **schema)) == EXPECTED
    dataset = ms.read(path, library=library, metadata=True, **schema)
    assert dataset.n_rows == 4
    assert {k: v for k, v in dataset.labels.items() if v} == (LABELS if labels else {})
    again = (
        ms.write(dataset, tmp_path / f"again{suffix}", name="adtte")
        if suffix != ".csv"
        else ms.write(dataset, tmp_path / "again.csv")
    )
    if suffix not in (".parquet", ".arrow"):
        assert again.read_bytes() == path.read_bytes()
    assert cells(ms.read(again, library=library, **schema)) == EXPECTED


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_units_and_formats_stand_in_the_fields(tmp_path: Path, suffix: str) -> None:
    path = ms.write({"X": [1.5]}, tmp_path / f"x{suffix}", units={"X": "g/L"}, formats={"X": "8.1"}, label="Albumin")
    dataset = ms.read(path, metadata=True)
    assert (dataset.units, dataset.formats, dataset.name, dataset.label) == ({"X": "g/L"}, {"X": "8.1"}, "x", "Albumin")
    field = importlib.import_module("pyarrow.parquet").read_schema(path).field("X") if suffix == ".parquet" else None
    if field is not None:
        assert field.metadata[b"sas.format"] == b"8.1"


def test_the_default_library_is_the_one_in_use(tmp_path: Path) -> None:
    path = ms.write({"X": [1.0]}, tmp_path / "x.csv")
    assert type(ms.read(path)).__module__.startswith("pandas")


def test_extension_and_content_must_agree(tmp_path: Path) -> None:
    xpt = ms.write({"X": [1.0]}, tmp_path / "x.xpt")
    wrong = tmp_path / "x.csv"
    wrong.write_bytes(xpt.read_bytes())
    with pytest.raises(DataError, match=r"`x\.csv` is read as a CSV file, but holds a SAS transport file"):
        ms.read(wrong)
    assert ms.read(wrong, format="xport", library="numpy")["X"].tolist() == [1.0]
    bare = tmp_path / "x"
    bare.write_bytes(xpt.read_bytes())
    assert ms.read(bare, library="numpy")["X"].tolist() == [1.0]
    bare.write_text("a,b\n1,2\n")
    with pytest.raises(OptionError, match="the format of `x` is not known"):
        ms.read(bare)
    assert ms.read(bare, format="csv", library="numpy")["b"].tolist() == [2.0]


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="there is no file"):
        ms.read(tmp_path / "none.csv")
    with pytest.raises(OptionError, match="unknown format `excel`"):
        ms.read(tmp_path / "none.csv", format="excel")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="unknown format `excel`"):
        ms.write({"X": [1.0]}, tmp_path / "x", format="excel")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match=r"the format of `x\.doc` is not known from its extension"):
        ms.write({"X": [1.0]}, tmp_path / "x.doc")
    path = ms.write({"D": ["2009-01-10", "2009-03"]}, tmp_path / "x.csv")
    with pytest.raises(DataError, match=r"column `D`, row 1 is `2009-03`, not a complete date"):
        ms.read(path, schema={"D": "date"})
    with pytest.raises(OptionError, match="unknown type `dates`"):
        ms.read(path, schema={"D": "dates"})
    with pytest.raises(OptionError, match="`member` is not an argument for a CSV file, but for xport"):
        ms.read(path, member="DM")
    with pytest.raises(OptionError, match="`labels` is not an argument for a CSV file"):
        ms.write({"X": [1.0]}, tmp_path / "x.csv", labels={"X": "x"})
    for suffix, message in {
        ".parquet": "cannot be read as a Parquet file",
        ".arrow": "cannot be read as an Arrow IPC",
    }.items():
        broken = tmp_path / f"x{suffix}"
        broken.write_bytes(b"PAR1 or not")
        with pytest.raises(DataError, match=message if suffix == ".parquet" else "but holds a Parquet file"):
            ms.read(broken)
    (tmp_path / "x.arrow").write_bytes(b"ARROW1\0\0 and no more")
    with pytest.raises(DataError, match="cannot be read as an Arrow IPC file"):
        ms.read(tmp_path / "x.arrow")


@pytest.mark.parametrize("suffix", [".xpt", ".csv", ".parquet"])
@pytest.mark.parametrize("make", [*MAKERS, dict])
def test_a_misread_zero_of_sas_is_not_written(tmp_path: Path, make: Callable[[Columns], Any], suffix: str) -> None:
    with pytest.raises(DataError, match=r"column `CNSR`, row 1 is 5\.4e-79: a SAS zero misread"):
        ms.write(make({"USUBJID": ["a", "b"], "CNSR": [1.0, 5.397605346934028e-79]}), tmp_path / f"x{suffix}")


@pytest.mark.parametrize("make", MAKERS)
def test_empty_text_and_missing_text_are_kept_apart_where_the_format_can(
    tmp_path: Path, make: Callable[[Columns], Any]
) -> None:
    path = ms.write(make({"T": ["", None, "a"], "USUBJID": ["1", "2", "3"]}), tmp_path / "x.parquet")
    assert cells(ms.read(path, library="polars"))["T"] == ["", None, "a"]


def test_several_members_are_listed_chosen_and_written(tmp_path: Path) -> None:
    path = ms.io.write_xport_members({"dm": _polars({"ID": ["a"]}), "ae": _pandas({"N": [1, 2]})}, tmp_path / "s.xpt")
    with pytest.raises(DataError, match=r"`s\.xpt` has the members DM, AE; name one by `member=`"):
        ms.read(path)
    assert cells(ms.read(path, member="ae", library="pandas")) == {"N": [1, 2]}
    members = ms.io.read_xport_members(path)
    assert list(members) == ["DM", "AE"]
    assert ms.io.write_xport_members(list(members.values()), tmp_path / "t.xpt").read_bytes() == path.read_bytes()
    with pytest.raises(DataError, match="member `DM` is given twice"):
        ms.io.write_xport_members({"dm": {"X": [1.0]}, "DM": {"X": [1.0]}}, tmp_path / "u.xpt")
    with pytest.raises(DataError, match="no member is given"):
        ms.io.write_xport_members({}, tmp_path / "u.xpt")
