"""Frames and calls that the libraries beneath refuse in words of their own: the error is ours and says what to do."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
import mscsle.io
from mscsle.exceptions import DataError, FileError, MissingFileError, OptionError

pd, pl, pa = (importlib.import_module(m) for m in ("pandas", "polars", "pyarrow"))
FORMATS = ["xpt", "json", "csv", "parquet", "arrow"]

CALLS: dict[str, Callable[[Any, Path], Any]] = {
    **{f"write {f}": lambda data, folder, f=f: ms.write(data, folder / f"a.{f}") for f in FORMATS},
    "compare": lambda data, _: ms.compare(data, data),
    "trial": lambda data, _: ms.Trial(subjects=data),
    "check": lambda data, _: ms.adam.check(data, structure="ADSL"),
}


@pytest.mark.parametrize("call", list(CALLS))
@pytest.mark.parametrize(
    "data",
    [pd.DataFrame([[1, 2]], columns=["A", "A"]), pa.table([[1], [2]], names=["A", "A"])],
    ids=["pandas", "pyarrow"],
)
def test_a_name_that_stands_twice_is_named(call: str, data: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column `A` appears more than once"):
        CALLS[call](data, tmp_path)


@pytest.mark.parametrize("call", list(CALLS))
def test_names_of_several_levels_are_refused_with_the_way_to_rename(call: str, tmp_path: Path) -> None:
    several = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("A", "x"), ("A", "y")]))
    with pytest.raises(
        DataError, match=r"one is \('A', 'x'\) \(tuple\); .*_\"\.join\(map\(str, c\)\) for c in df\.columns"
    ):
        CALLS[call](several, tmp_path)


@pytest.mark.parametrize("kind", ["json", "csv", "parquet", "arrow"])
def test_names_that_are_numbers_are_their_texts(kind: str, tmp_path: Path) -> None:
    path = ms.write(pd.DataFrame({0: [1.0], "B": [1.0]}), tmp_path / f"a.{kind}")
    assert list(ms.read(path, library="numpy")) == ["0", "B"]


def test_a_column_that_is_not_used_may_have_any_name() -> None:
    data = pd.DataFrame({0: ["x", "y"], "t": [1.0, 2.0], "e": [1, 0]})
    assert ms.kaplan_meier("t", event="e", data=data).curves[0].n == 2


@pytest.mark.parametrize("kind", FORMATS)
def test_arrow_dates_of_pandas_with_a_missing_cell_are_written(kind: str, tmp_path: Path) -> None:
    days = pd.Series([date(2020, 1, 1), None], dtype=pd.ArrowDtype(pa.date32()))
    path = ms.write(pd.DataFrame({"D": days}), tmp_path / f"a.{kind}")
    back = ms.read(path, library="polars")["D"].to_list()
    assert [None if v is None else str(v)[:10] for v in back] == ["2020-01-01", None]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical], ids=["text", "categorical"])
def test_tables_of_polars_in_pyarrow_are_written(kind: str, dtype: Any, tmp_path: Path) -> None:
    table = pa.table(pl.DataFrame({"A": pl.Series(["x", None, "y"], dtype=dtype)}))
    assert "string_view" in str(table.schema)
    path = ms.write(table, tmp_path / f"a.{kind}")
    assert ms.read(path, library="polars")["A"].to_list() == ["x", None, "y"]
    assert ms.compare(table, ms.read(path)).equal


@pytest.mark.parametrize(
    "call",
    [
        lambda path: ms.read(path, library="dask"),
        lambda path: ms.io.read_xport(path, library="dask"),
        lambda path: ms.io.read_xport_members(path, library="dask"),
        lambda path: next(ms.io.iter_xport(path, library="dask")),
        lambda path: ms.read_trial(path.parent / "trial", library="dask"),
        lambda _: ms.load("gu2014", library="dask"),  # type: ignore[arg-type]
        lambda _: ms.io.from_sdtm({"DM": {"USUBJID": ["1"]}}, library="dask"),  # type: ignore[arg-type]
        lambda _: ms.adam.check({"A": [1]}, structure="BDS", library="dask"),  # type: ignore[arg-type]
    ],
)
def test_another_library_is_refused_with_those_there_are(call: Callable[[Path], Any], tmp_path: Path) -> None:
    path = ms.write({"A": [1.0]}, tmp_path / "a.xpt")
    (tmp_path / "trial").mkdir()
    ms.write({"usubjid": ["1"]}, tmp_path / "trial" / "subjects.csv")
    with pytest.raises(OptionError, match="unknown library `dask`; use `pandas`, `polars`, `pyarrow`, `numpy`"):
        call(path)


@pytest.mark.parametrize("kind", ["rtf", "docx", "html", "csv"])
def test_a_result_is_not_written_into_a_folder_that_is_not_there(kind: str, tmp_path: Path) -> None:
    km = ms.kaplan_meier("t", event="e", data={"t": [1.0, 2.0], "e": [1, 0]})
    with pytest.raises(MissingFileError, match=rf"km\.{kind}` cannot be written: there is no folder `.*nowhere`"):
        km.write(tmp_path / "nowhere" / f"km.{kind}")
    (tmp_path / f"taken.{kind}").mkdir()
    with pytest.raises(FileError, match=r"cannot be written: Is a directory"):
        km.write(tmp_path / f"taken.{kind}")


def test_only_a_report_is_written_as_ars(tmp_path: Path) -> None:
    km = ms.kaplan_meier("t", event="e", data={"t": [1.0, 2.0], "e": [1, 0]})
    with pytest.raises(TypeError, match=r"`report` must be a Report of `ms\.run`, but is KaplanMeier"):
        ms.io.write_ars(km, tmp_path / "ars.json")  # type: ignore[arg-type]


def test_a_definition_that_is_not_there_is_an_error_of_ours() -> None:
    with pytest.raises(MissingFileError, match=r"there is no file `nowhere\.toml`"):
        ms.endpoints.definition("nowhere.toml")
