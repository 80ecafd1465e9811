"""Dates are written in the unit of their format, whatever their clock says; a contradiction is refused."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError

pd = importlib.import_module("pandas")
pl = importlib.import_module("polars")
pa = importlib.import_module("pyarrow")

MIDNIGHTS = [dt.datetime(2020, 1, 1), dt.datetime(2020, 2, 1)]
CLOCKS = [dt.datetime(2020, 1, 1, 8, 30), None]
DAYS = [dt.date(2020, 1, 1), dt.date(2020, 2, 1)]
MAKERS = [pd.DataFrame, pl.DataFrame, pa.table, dict]


def moments(path: Path) -> list[Any]:
    values = ms.read(path, metadata=True).values["A"]
    assert values.dtype.str.endswith("M8[s]")
    return list(values.tolist())


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
@pytest.mark.parametrize("through", ["a.xpt", "a.json", "a.ndjson", "a.parquet"])
def test_midnights_of_a_file_of_sas_stay_what_they_are(tmp_path: Path, through: str, library: Any) -> None:
    seconds = [1893456000.0, 1896134400.0]  # 2020-01-01 and 2020-02-01 from 1960
    source = tmp_path / "src.xpt"
    importlib.import_module("pyreadstat").write_xport(
        pd.DataFrame({"A": seconds}), source, variable_format={"A": "DATETIME20."}, file_format_version=5
    )
    between = ms.write(ms.read(source, metadata=True, library=library), tmp_path / through)
    path = ms.write(ms.read(between, metadata=True, library=library), tmp_path / "out.xpt")
    assert moments(path) == MIDNIGHTS
    plain = importlib.import_module("pyreadstat").read_xport(path, disable_datetime_conversion=True)[0]
    assert plain["A"].tolist() == seconds
    if through.endswith("json"):
        assert ms.read(between, metadata=True).types["A"] == "datetime"


@pytest.mark.parametrize("make", MAKERS)
def test_the_format_says_the_unit(tmp_path: Path, make: Callable[[dict[str, list[Any]]], Any]) -> None:
    for cells in (MIDNIGHTS, DAYS):
        path = ms.write(make({"A": cells}), tmp_path / "a.xpt", formats={"A": "DATETIME20."})
        assert moments(path) == MIDNIGHTS
        path = ms.write(make({"A": cells}), tmp_path / "a.xpt", formats={"A": "E8601DA10."})
        assert ms.read(path, metadata=True).values["A"].tolist() == DAYS
    path = ms.write(make({"A": MIDNIGHTS}), tmp_path / "a.json", formats={"A": "DATETIME20."})
    assert ms.read(path, metadata=True).types["A"] == "datetime"


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("suffix", [".xpt", ".json", ".parquet"])
def test_a_format_that_contradicts_is_refused(
    tmp_path: Path, suffix: str, make: Callable[[dict[str, list[Any]]], Any]
) -> None:
    with pytest.raises(
        DataError, match=r"`A`, row 0 is 2020-01-01T08:30:00, but the format `DATE9\.` is for days .*DATETIME20"
    ):
        ms.write(make({"A": CLOCKS}), tmp_path / f"a{suffix}", formats={"A": "DATE9."})
    for format in ("TIME8.", "8.2", "BEST12."):
        with pytest.raises(DataError, match=rf"`A` holds dates.*, but the format `{format}` is for (times|numbers)"):
            ms.write(make({"A": CLOCKS}), tmp_path / f"a{suffix}", formats={"A": format})
    assert not (tmp_path / f"a{suffix}").exists()


def test_times_of_day_have_formats_of_times(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"`A` holds times of day, but the format `DATE9\.` is for dates"):
        ms.write({"A": [dt.time(8, 30)]}, tmp_path / "a.xpt", formats={"A": "DATE9."})
    path = ms.write({"A": [None, None], "B": [1, 2]}, tmp_path / "a.xpt", formats={"A": "DATE9."})
    assert ms.read(path, metadata=True).types["A"] == "number"


def test_only_pandas_has_no_type_for_days(tmp_path: Path) -> None:
    for make in MAKERS:
        path = ms.write(make({"A": MIDNIGHTS}), tmp_path / "a.xpt")
        found = ms.read(path, metadata=True)
        assert found.formats["A"] == ("DATE9." if make is pd.DataFrame else "DATETIME20.")


def written(path: Path, chunks: list[Any], **options: Any) -> Any:
    with ms.io.XportWriter(path, **options) as out:
        for chunk in chunks:
            out.write(chunk)
    return ms.read(path, metadata=True)


def test_a_stream_has_one_unit_whatever_the_first_chunk_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    wanted = {0: [*MIDNIGHTS, *CLOCKS], 1: [*CLOCKS, *MIDNIGHTS]}
    for first in (0, 1):
        for make in MAKERS:
            chunks = [make({"A": MIDNIGHTS}), make({"A": CLOCKS})]
            assert written(path, chunks[::-1] if first else chunks).values["A"].tolist() == wanted[first]
    found = written(path, [{"A": CLOCKS}, {"A": DAYS}], formats={"A": "DATETIME20."})
    assert found.values["A"].tolist() == wanted[1]
    with pytest.raises(DataError, match=r"`A`, row 0 is 2020-01-01T08:30:00, but the first chunk is for days"):
        written(path, [{"A": DAYS}, {"A": CLOCKS}])
    with pytest.raises(DataError, match=r"`A`, row 0 is 2020-01-01T08:30:00, but the format `DATE9\.`"):
        written(path, [{"A": MIDNIGHTS}, {"A": CLOCKS}], formats={"A": "DATE9."})


def test_a_stream_that_is_read_is_written_in_its_unit(tmp_path: Path) -> None:
    source = ms.write({"A": [*MIDNIGHTS, *CLOCKS], "B": [*DAYS, None, None]}, tmp_path / "a.xpt")
    chunks = list(ms.io.iter_xport(source, rows=2))
    copy = written(tmp_path / "b.xpt", chunks, formats={"A": "DATETIME20."})
    assert copy.values["A"].tolist() == [*MIDNIGHTS, *CLOCKS]
    assert copy.values["B"].tolist() == [*DAYS, None, None]


def test_chunks_of_pandas_need_no_types(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("U,A,D\na,1,\n,,\nb,,2020\n,2,\n")
    for rows in (1, 2, 3, 4):
        chunks = list(pd.read_csv(tmp_path / "a.csv", chunksize=rows, dtype={"D": object}))
        found = written(tmp_path / "a.xpt", chunks, lengths={"U": 3, "D": 10})
        assert list(found.values["U"]) == ["a", None, "b", None]
        assert list(found.values["D"]) == [None, None, "2020", None]
        np.testing.assert_array_equal(found.values["A"], [1, np.nan, np.nan, 2])
    found = written(tmp_path / "a.xpt", [pd.DataFrame({"A": [None]}), pd.DataFrame({"A": [2.0]})])
    np.testing.assert_array_equal(found.values["A"], [np.nan, 2])
    with pytest.raises(DataError, match=r"had the columns U \(text\), this one U \(number\)"):
        written(tmp_path / "a.xpt", [pd.DataFrame({"U": ["a"]}), pd.DataFrame({"U": [1.0]})], lengths={"U": 3})


EAST = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".csv"])
def test_a_time_zone_is_named_or_refused(tmp_path: Path, suffix: str) -> None:
    stamps = [dt.datetime(2020, 1, 1, 0, 5, tzinfo=EAST), None]
    frames = [
        pd.DataFrame({"A": stamps}),
        pl.DataFrame({"A": stamps}, schema={"A": pl.Datetime("us", "Asia/Shanghai")}),
        pa.table({"A": pa.array(stamps, pa.timestamp("us", "Asia/Shanghai"))}),
        {"A": stamps},
    ]
    schema: Any = {"schema": {"A": "datetime"}} if suffix == ".csv" else {}
    for frame in frames:
        with pytest.raises(DataError, match=r'`A` .*time zone.*`zones="local"` .*`zones="utc"`'):
            ms.write(frame, tmp_path / f"a{suffix}")
        for zones, wanted in (("local", "2020-01-01T00:05"), ("utc", "2019-12-31T16:05")):
            path = ms.write(frame, tmp_path / f"a{suffix}", zones=zones)  # type: ignore[arg-type]
            found = ms.read(path, metadata=True, **schema).values["A"]
            assert [str(v) for v in found] == [f"{wanted}:00", "NaT"]
    with pytest.raises(OptionError, match="unknown zones `there`"):
        ms.write(frames[0], tmp_path / f"a{suffix}", zones="there")  # type: ignore[arg-type]


def test_parquet_keeps_the_zone_and_passes_it_on(tmp_path: Path) -> None:
    path = ms.write(pl.DataFrame({"A": [dt.datetime(2020, 1, 1, tzinfo=EAST)]}), tmp_path / "a.parquet")
    dataset = ms.read(path, metadata=True)
    assert ms.read(path, library="polars")["A"].dtype.time_zone == "UTC"
    with pytest.raises(DataError, match="time zone"):
        ms.write(dataset, tmp_path / "a.xpt")
    with pytest.raises(OptionError, match="`zones` is not an argument for a Parquet file"):
        ms.write({"A": [1]}, tmp_path / "a.parquet", zones="utc")
