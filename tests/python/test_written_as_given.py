"""What a file has no room or type for is refused by column, row and value; nothing changes without a word."""

from __future__ import annotations

import datetime as dt
import importlib
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, DataWarning

pd = importlib.import_module("pandas")
pl = importlib.import_module("polars")
pa = importlib.import_module("pyarrow")

ID = 110105199001011234  # the numbers of two persons, which float64 does not tell apart
MAKERS = [pd.DataFrame, pl.DataFrame, pa.table, dict]


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".ndjson", ".csv"])
@pytest.mark.parametrize("make", MAKERS)
def test_whole_numbers_beyond_2_53_are_refused(
    tmp_path: Path, make: Callable[[dict[str, list[Any]]], Any], suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    for cells in ([1, 2**53 + 1], [None, 2**53 + 1], [0, -(2**53) - 1]):
        if cells[0] is None and make is pd.DataFrame:
            frame = pd.DataFrame({"ID": pd.array(cells, dtype="Int64")})
        else:
            frame = make({"ID": cells})
        with pytest.raises(DataError, match=rf"column `ID`, row 1 is {cells[1]}; beyond 2\^53 .*as text"):
            ms.write(frame, path)
    assert not path.exists()
    ms.write(make({"ID": [2**53, -(2**53)]}), path)
    assert [int(v) for v in ms.read(path, library="numpy")["ID"]] == [2**53, -(2**53)]


def test_decimals_and_unsigned_numbers_beyond_2_53_are_refused(tmp_path: Path) -> None:
    for cells in ([Decimal(ID), None], np.asarray([2**64 - 1], dtype=np.uint64), np.ma.MaskedArray([ID], [False])):
        with pytest.raises(DataError, match=r"row 0 is .*; beyond"):
            ms.write({"ID": cells}, tmp_path / "a.xpt")


def test_parquet_keeps_them(tmp_path: Path) -> None:
    path = ms.write({"ID": [ID, ID + 1]}, tmp_path / "a.parquet")
    assert ms.read(path, library="numpy")["ID"].tolist() == [ID, ID + 1]
    with pytest.raises(DataError, match="beyond"):
        ms.write(ms.read(path, metadata=True), tmp_path / "a.xpt")


def test_compare_tells_long_numbers_apart() -> None:
    apart = ms.compare({"ID": [ID]}, {"ID": [ID + 1]})
    assert not apart.equal
    assert apart.differences["difference"].tolist() == [1.0]
    assert (apart.differences["a"], apart.differences["b"]) == ([str(ID)], [str(ID + 1)])
    assert ms.compare({"ID": [ID]}, {"ID": [ID]}).equal
    assert ms.compare({"ID": [ID]}, {"ID": [ID + 1]}, tol=1).equal
    assert ms.compare({"ID": [Decimal(ID)]}, {"ID": [ID]}).equal
    assert not ms.compare({"ID": [ID]}, {"ID": [float(ID)]}).equal


def test_long_numbers_are_keys() -> None:
    ours = {"ID": [ID, ID + 1], "X": [1, 2]}
    assert ms.compare(ours, {"ID": [ID + 1, ID], "X": [2, 1]}, keys="ID").equal
    with_gap = pl.DataFrame({"ID": [ID, ID + 1, None], "X": [1, 2, 3]})
    other = pd.DataFrame({"ID": pd.array([None, ID + 1, ID], dtype="Int64"), "X": [3, 2, 1]})
    assert ms.compare(with_gap, other, keys="ID").equal
    mixed = ms.compare({"ID": [10**15 + 1, ID], "X": [1, 2]}, {"ID": [10**15 + 1], "X": [1]}, keys="ID")
    assert (mixed.n_matched, mixed.rows_only_a["ID"]) == (1, [str(ID)])


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".csv"])
@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (pd.to_timedelta([1, 2], unit="D"), r"row 0 is Timedelta.*, a span of time.*; divide the column by one day"),
        ([dt.timedelta(1)], r"row 0 is .*days.*, a span of time"),
        ([None, b"x"], r"row 1 is b'x', bytes.*; decode them to text"),
        ([1 + 2j], r"row 0 is \(1\+2j\), a complex number.*two columns"),
        (pd.period_range("2020-01", "2020-02", freq="M"), r"row 0 is Period.*; make it texts"),
        ([[1], [2]], r"must hold single values, but row 0 is \[1\]"),
    ],
)
def test_types_that_files_do_not_have_are_refused(tmp_path: Path, suffix: str, cells: Any, message: str) -> None:
    for make in (pd.DataFrame, dict):
        with pytest.raises(DataError, match="column `A`[,]? " + message):
            ms.write(make({"A": cells}), tmp_path / f"a{suffix}")
    assert not (tmp_path / f"a{suffix}").exists()


def test_arrays_of_such_types_are_refused_in_every_library(tmp_path: Path) -> None:
    for frame in (
        pl.DataFrame({"A": [dt.timedelta(1), None]}),
        pl.DataFrame({"A": [None, b"x"]}),
        pa.table({"A": pa.array([b"x"])}),
        {"A": np.asarray([1], dtype="m8[D]")},
        {"A": np.asarray([b"x"])},
        {"A": np.asarray([1 + 2j])},
    ):
        with pytest.raises(DataError, match=r"column `A`, row [01] is .*, for which files have no type"):
            ms.write(frame, tmp_path / "a.xpt")


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".csv", ".parquet"])
def test_categories_of_numbers_are_numbers(tmp_path: Path, suffix: str) -> None:
    gap = pa.array([5, None, 6]).dictionary_encode()
    for cells, wanted in (
        (pd.Categorical([3, 1, None]), [3, 1, None]),
        (pd.Categorical([3.5, 1]), [3.5, 1]),
        (pd.Categorical([3, 1]), [3, 1]),
    ):
        for make in (pd.DataFrame, dict):
            path = ms.write(make({"A": cells}), tmp_path / f"a{suffix}")
            assert ms.read(path, library="polars")["A"].to_list() == wanted
    path = ms.write(pa.table({"A": gap}), tmp_path / f"a{suffix}")
    assert ms.read(path, library="polars")["A"].to_list() == [5, None, 6]


def test_categories_of_dates_are_dates(tmp_path: Path) -> None:
    path = ms.write(pd.DataFrame({"A": pd.Categorical(pd.to_datetime(["2020-01-01"]))}), tmp_path / "a.xpt")
    assert ms.read(path, metadata=True).values["A"].tolist() == [dt.date(2020, 1, 1)]


def test_numbers_among_texts_are_text_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(
        DataWarning, match=r"column `A` holds numbers \(row 0\), text \(row 2\); all of it is written as"
    ):
        path = ms.write(pd.DataFrame({"A": [1, None, "<0.15"]}), tmp_path / "a.xpt")
    assert list(ms.read(path, metadata=True).values["A"]) == ["1", None, "<0.15"]


@pytest.mark.parametrize("suffix", [".xpt", ".json", ".csv", ".parquet", ".arrow"])
def test_an_index_with_a_name_is_refused(tmp_path: Path, suffix: str) -> None:
    frame = pd.DataFrame({"USUBJID": ["a", "b"], "V": [1, 2], "A": [1.0, 2.0]})
    for names in (["USUBJID"], ["USUBJID", "V"]):
        shown = re.escape(", ".join(f"`{n}`" for n in names))
        with pytest.raises(DataError, match=rf"{shown} (is|are) in the index of the frame.*reset_index\(\)"):
            ms.write(frame.set_index(names), tmp_path / f"a{suffix}")
        ms.write(frame.set_index(names).reset_index(), tmp_path / f"a{suffix}")
    ms.write(frame[frame["A"] > 1].rename({1: "x"}), tmp_path / f"a{suffix}")
    assert list(ms.read(tmp_path / f"a{suffix}", library="polars")["A"]) == [2.0]
    with pytest.raises(DataError, match="in the index"):
        ms.io.XportWriter(tmp_path / "b.xpt", lengths={"USUBJID": 1}).write(frame.set_index("USUBJID"))


def test_a_csv_file_has_no_zero_bytes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column `A`, row 1 is 'x\\x00'; a CSV file has no zero bytes"):
        ms.write({"A": ["a", "x\0"]}, tmp_path / "a.csv")
