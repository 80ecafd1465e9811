"""Special missing values: letters in and out, with their rows, in a column of their own, or lost with a warning."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, DataWarning, OptionError

pd = importlib.import_module("pandas")

TAGS = [None, "A", "_", "."]
COLUMNS: dict[str, list[Any]] = {"X": [1.0, None, None, None], "T": ["a", "b", "c", "d"], "Y": [1.0, 2.0, 3.0, None]}


@pytest.fixture
def dataset(tmp_path: Path) -> ms.io.Dataset:
    path = ms.write(COLUMNS, tmp_path / "source.xpt", missing={"X": TAGS})
    found: ms.io.Dataset = ms.read(path, metadata=True)
    return found


def test_letters_go_in_as_they_come_out(tmp_path: Path, dataset: ms.io.Dataset) -> None:
    assert dataset.special_missing("X") == TAGS
    path = ms.write(COLUMNS, tmp_path / "a.xpt", missing={"X": dataset.special_missing("X")})
    assert ms.read(path, metadata=True).special_missing("X") == TAGS
    path = ms.write(COLUMNS, tmp_path / "a.xpt", missing={"X": dataset.missing["X"]})
    assert ms.read(path, metadata=True).special_missing("X") == TAGS
    path = ms.write(COLUMNS, tmp_path / "a.xpt", missing={"X": ["", ".a", "._", None]})
    assert ms.read(path, metadata=True).special_missing("X") == TAGS
    stamps = {"D": [dt.date(2020, 1, 1), None]}
    path = ms.write(stamps, tmp_path / "a.xpt", missing={"D": [None, "Z"]})
    assert ms.read(path, metadata=True).special_missing("D") == [None, "Z"]


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (["A"], "`X` has 4 rows, but tags of missing values for 1"),
        ([None, "5", None, None], "the tag of column `X`, row 1 is '5'; a tag is `A` to `Z`, `_` or `.`"),
        (np.asarray([0, 0, 5, 0], dtype=np.uint8), "the tag of column `X`, row 2 is 5; a tag is"),
        ([None, b"A", None, None], "row 1 is b'A'"),
        (["B", None, None, None], "the tag of column `X`, row 0 is `B`, but the row holds a value"),
        ("ABCD", "needs a tag for each row, but is 'ABCD'"),
    ],
)
def test_wrong_tags_are_refused(tmp_path: Path, tags: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        ms.write(COLUMNS, tmp_path / "a.xpt", missing={"X": tags})


def test_texts_have_no_tags(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column `T` holds texts; only numbers and dates have special missing values"):
        ms.write(COLUMNS, tmp_path / "a.xpt", missing={"T": [None, "A", None, None]})


def test_tags_go_with_their_rows(tmp_path: Path, dataset: ms.io.Dataset) -> None:
    part = dataset.filter(np.asarray([False, False, True, True]))
    assert (part.n_rows, part.special_missing("X"), list(part.values["T"])) == (2, ["_", "."], ["c", "d"])
    assert ms.read(ms.write(part, tmp_path / "a.xpt"), metadata=True).special_missing("X") == ["_", "."]
    assert dataset.filter([2, 0]).special_missing("X") == ["_", None]
    assert dataset.filter([]).n_rows == 0
    arrow = ms.read(ms.write(COLUMNS, tmp_path / "a.parquet"), metadata=True, library="polars").filter([3, 0])
    assert arrow.to_frame()["T"].to_list() == list(arrow.values["T"]) == ["d", "a"]
    with pytest.raises(DataError, match="there is no row 4; the rows are 0 to 3"):
        dataset.filter([4])
    with pytest.raises(DataError, match="`rows` must be 4 flags, or numbers of rows"):
        dataset.filter([True])


def test_tags_of_other_rows_are_refused(tmp_path: Path, dataset: ms.io.Dataset) -> None:
    shorter = dataclasses.replace(dataset, values={n: dataset.values[n][2:] for n in dataset.values})
    with pytest.raises(
        DataError, match=r"`X` has 2 rows, but tags .* for 4; filter a data set by `Dataset.filter\(\)`"
    ):
        ms.write(shorter, tmp_path / "a.xpt")
    with pytest.raises(DataError, match="`X` has 2 rows, but tags"):
        ms.compare(dataset, shorter)
    turned = dataclasses.replace(dataset, values={n: dataset.values[n][::-1] for n in dataset.values})
    with pytest.raises(DataError, match="row holds a value; its rows were moved"):
        ms.write(dataclasses.replace(turned, missing={"X": dataset.missing["X"][[0, 1, 2, 1]]}), tmp_path / "a.xpt")
    # without special missing values nothing can be lost: an ordinary one is filled in
    filled = {**dataset.values, "Y": np.asarray([1.0, 2.0, 3.0, 4.0])}
    ms.write(dataclasses.replace(dataset, values=filled), tmp_path / "a.xpt")


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".arrow", ".json"])
def test_formats_without_them_warn(tmp_path: Path, dataset: ms.io.Dataset, suffix: str) -> None:
    with pytest.warns(DataWarning, match=r"`X` holds the special missing values A, _, which .* does not have"):
        ms.write(dataset, tmp_path / f"a{suffix}")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_a_column_of_their_own_keeps_them_in_any_format(tmp_path: Path, dataset: ms.io.Dataset, library: Any) -> None:
    frame = ms.read(tmp_path / "source.xpt", special_missing=True, library=library)
    names = ms._frame.Frame(frame).names
    assert names == ["X", "X__sasmiss", "T", "Y"]
    assert ms._frame.Frame(frame).texts("X__sasmiss") == [None, "A", "_", None]
    for suffix in (".csv", ".parquet", ".json", ".xpt"):
        between = ms.write(frame, tmp_path / f"a{suffix}")
        again = frame if suffix == ".xpt" else ms.read(between, library=library)
        path = ms.write(again, tmp_path / "b.xpt")
        found = ms.read(path, metadata=True)
        assert list(found.values) == ["X", "T", "Y"]
        assert found.special_missing("X") == TAGS
    with pytest.raises(OptionError, match="`special_missing` is not an argument for a CSV file"):
        ms.read(tmp_path / "a.csv", special_missing=True)
    with pytest.raises(OptionError, match=r"\.to_frame\(special_missing=True\)"):
        ms.read(tmp_path / "source.xpt", special_missing=True, metadata=True)
