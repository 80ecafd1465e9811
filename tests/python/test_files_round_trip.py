"""Generated frames through every format of our own: what is written is read back, to the last bit."""

from __future__ import annotations

import datetime as dt
import importlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mscsle as ms
from mscsle.exceptions import DataError

pl = importlib.import_module("polars")

EXAMPLES = settings(max_examples=30, deadline=None)

#: Magnitudes a transport file has room for and that are no misread zero.
IN_RANGE = st.floats(1e-69, 7e75) | st.floats(-7e75, -1e-69)
NUMBERS = st.none() | st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-70, -1e-70, 7.2e75, 0.1, 1 / 3]) | IN_RANGE
ANY_NUMBER = NUMBERS | st.floats(1e-70, 1.7e308)
LATIN = st.text(st.characters(codec="latin-1", exclude_categories=("Cc",)), max_size=12)
TEXTS = st.none() | st.sampled_from(["", " ", " lead", "x" * 200, "é" * 100, "a,b", 'say "no"', "007", "NA"]) | LATIN
DAYS = st.none() | st.dates(dt.date(1582, 10, 15), dt.date(9999, 12, 31))
MOMENTS = st.none() | st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)).map(
    lambda t: t.replace(microsecond=0)
)


@st.composite
def frames(draw: st.DrawFn, numbers: Any = NUMBERS, texts: Any = TEXTS) -> Any:
    n = draw(st.integers(0, 7))

    def cells(of: Any) -> list[Any]:
        return draw(st.lists(of, min_size=n, max_size=n))

    columns = {
        "AVAL": (pl.Float64, cells(numbers)),
        "ASEQ": (pl.Int64, cells(st.none() | st.integers(-(2**53), 2**53))),
        "PARAM": (pl.String, cells(texts)),
        "FLAG": (pl.Boolean, cells(st.none() | st.booleans())),
        "ADT": (pl.Date, cells(DAYS)),
        "ADTM": (pl.Datetime("us"), cells(MOMENTS)),
    }
    kept = draw(st.sets(st.sampled_from(list(columns)), min_size=1))
    return pl.DataFrame(
        {k: v for k, (_, v) in columns.items() if k in kept},
        schema={k: t for k, (t, _) in columns.items() if k in kept},
    )


def read_back(frame: Any, name: str, write: dict[str, Any] | None = None, read: dict[str, Any] | None = None) -> Any:
    """What a file of the name holds after the frame was written to it, by column: None where missing."""
    with tempfile.TemporaryDirectory() as folder:
        path = ms.write(frame, Path(folder, name), **(write or {}))
        return {k: list(v) for k, v in ms.read(path, library="polars", **(read or {})).to_dict(as_series=False).items()}


def expected(frame: Any, *, blank_is_missing: bool, trims: bool, flags: bool = True) -> dict[str, list[Any]]:
    out = {}
    for name, cells in frame.to_dict(as_series=False).items():
        if name == "PARAM":
            cells = [v if v is None or not trims else v.rstrip(" ") for v in cells]
            cells = [None if blank_is_missing and v == "" else v for v in cells]
        elif name in ("ASEQ", "FLAG") and not flags:
            cells = [None if v is None else float(v) for v in cells]
        out[name] = cells
    return out


def same(found: dict[str, list[Any]], wanted: dict[str, list[Any]]) -> None:
    assert list(found) == list(wanted)
    for name, cells in wanted.items():
        # -0 and 0 are one number in a transport file.
        assert found[name] == cells, name


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@EXAMPLES
@given(frame=frames())
def test_transport_files_give_back_what_was_written(version: int, encoding: str, frame: Any) -> None:
    found = read_back(frame, "a.xpt", {"version": version, "encoding": encoding}, {"encoding": encoding})
    same(found, expected(frame, blank_is_missing=True, trims=True, flags=False))


FORMATS = {
    "ADT": ["", "DATE9.", "E8601DA10.", "YYMMDD10.", "DATETIME20.", "E8601DT19."],
    "ADTM": ["", "DATETIME20.", "E8601DT19.", "DATEAMPM."],
}


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".parquet"])
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@EXAMPLES
@given(frame=frames(), data=st.data())
def test_dates_with_formats_come_back_as_dates(suffix: str, library: str, frame: Any, data: st.DataObject) -> None:
    """Days under a format of days or of times, times under one of times: the moment stays, whatever the format and library."""
    dates = [name for name in frame.columns if name in FORMATS]
    formats = {name: word for name in dates if (word := data.draw(st.sampled_from(FORMATS[name])))}
    cells = frame.to_dict(as_series=False)
    frame = frame.to_pandas() if library == "pandas" else frame.to_arrow() if library == "pyarrow" else frame
    with tempfile.TemporaryDirectory() as folder:
        path = ms.write(frame, Path(folder, f"a{suffix}"), formats=formats)
        path = ms.write(ms.read(path, metadata=True), Path(folder, "b.xpt"))
        again = ms.read(path, metadata=True)
    for name in dates:
        moments = [None if v is None else dt.datetime(v.year, v.month, v.day, *_clock(v)) for v in cells[name]]
        assert [_moment(v) for v in again.values[name].tolist()] == moments
        if name in formats:
            assert again.formats[name] == formats[name]


def _clock(value: Any) -> tuple[int, ...]:
    return (value.hour, value.minute, value.second) if isinstance(value, dt.datetime) else (0, 0, 0)


def _moment(value: Any) -> Any:
    return None if value is None else dt.datetime(value.year, value.month, value.day, *_clock(value))


@pytest.mark.parametrize("version", [5, 8])
@EXAMPLES
@given(cells=st.lists(NUMBERS | st.sampled_from([*"._ABCMYZ"]), max_size=9))
def test_letters_of_missing_values_stand_where_they_stood(version: Any, cells: list[Any]) -> None:
    values = np.asarray([v if isinstance(v, float) else np.nan for v in cells], dtype=np.float64)
    tags = np.asarray([0 if isinstance(v, float) else ord(v or ".") for v in cells], dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = ms.write({"X": values}, Path(folder, "a.xpt"), missing={"X": tags}, version=version)
        again = ms.read(path, metadata=True, library="numpy")
    np.testing.assert_array_equal(again.values["X"], values)
    assert again.missing["X"].tolist() == tags.tolist()


@pytest.mark.parametrize("suffix", [".json", ".ndjson", ".dsjc"])
@EXAMPLES
@given(frame=frames(ANY_NUMBER, TEXTS | st.text(max_size=8)))
def test_dataset_json_gives_back_what_was_written(suffix: str, frame: Any) -> None:
    same(read_back(frame, f"a{suffix}"), expected(frame, blank_is_missing=False, trims=False))


TYPES = {"AVAL": "number", "ASEQ": "integer", "PARAM": "text", "FLAG": "flag", "ADT": "date", "ADTM": "datetime"}


@EXAMPLES
@given(frame=frames(ANY_NUMBER, TEXTS | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)))
def test_csv_with_a_schema_gives_back_what_was_written(frame: Any) -> None:
    schema = {name: TYPES[name] for name in frame.columns}
    same(read_back(frame, "a.csv", read={"schema": schema}), expected(frame, blank_is_missing=True, trims=False))


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".ndjson", ".dsjc", ".csv", ".parquet", ".arrow"])
def test_no_columns_are_refused(tmp_path: Path, suffix: str) -> None:
    empty: Any
    for empty in ({}, pl.DataFrame(), importlib.import_module("pandas").DataFrame()):
        with pytest.raises(DataError, match=r"a data set needs a column|has 0 variables"):
            ms.write(empty, tmp_path / f"a{suffix}")
    assert not (tmp_path / f"a{suffix}").exists()
