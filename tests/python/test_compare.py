"""The double-programming check against cases made by hand."""

from __future__ import annotations

import importlib
import json
import math
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle import _frame
from mscsle.exceptions import DataError, OptionError

LIBRARIES: tuple[_frame.Library, ...] = ("pandas", "polars", "pyarrow", "numpy")
A = {
    "usubjid": ["S1", "S1", "S2", "S3"],
    "visit": [1, 2, 1, 1],
    "aval": [1.0, 2.0, float("nan"), 100.0],
    "avalc": ["Y", None, "N", "Y"],
    "adt": [date(2020, 1, 1), date(2020, 2, 1), None, date(2020, 1, 5)],
}
B = {
    "usubjid": ["S3", "S2", "S1", "S4"],
    "visit": [1, 1, 2, 1],
    "aval": [100.4, 7.0, 2.0, 3.0],
    "avalc": ["Y", "n", "Y", "N"],
    "adt": [date(2020, 1, 5), None, date(2020, 2, 2), date(2021, 1, 1)],
    "extra": [1, 2, 3, 4],
}


@pytest.mark.parametrize("one", LIBRARIES)
@pytest.mark.parametrize("other", LIBRARIES)
def test_the_same_differences_in_any_two_libraries(one: _frame.Library, other: _frame.Library) -> None:
    result = ms.compare(_frame.native(A, one), _frame.native(B, other), keys=["usubjid", "visit"])
    assert not result.equal
    assert (result.n_a, result.n_b, result.n_matched) == (4, 4, 3)
    assert result.rows_only_a == {"usubjid": ["S1"], "visit": ["1"], "row": [0]}
    assert result.rows_only_b == {"usubjid": ["S4"], "visit": ["1"], "row": [3]}
    assert (result.columns_only_a, result.columns_only_b) == ((), ("extra",))
    found = list(
        zip(
            result.differences["usubjid"],
            result.differences["column"],
            result.differences["kind"],
            result.differences["a"],
            result.differences["b"],
            strict=True,
        )
    )
    assert found == [
        ("S2", "aval", "missing", None, "7"),
        ("S3", "aval", "value", "100", "100.4"),
        ("S1", "avalc", "missing", None, "Y"),
        ("S2", "avalc", "value", "N", "n"),
        ("S1", "adt", "value", "2020-02-01", "2020-02-02"),
    ]
    assert math.isclose(result.differences["difference"][1], 0.4, abs_tol=1e-12)
    assert math.isclose(result.differences["relative"][1], 0.4 / 100.4, rel_tol=1e-12)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_frame_equals_itself_in_another_order_of_rows_and_columns(library: _frame.Library) -> None:
    turned = {name: list(reversed(values)) for name, values in reversed(A.items())}
    result = ms.compare(A, _frame.native(turned, library), keys=["usubjid", "visit"])
    assert result.equal and result.n_different == 0
    assert "are equal" in result.report()


@pytest.mark.parametrize(
    ("tol", "rtol", "equal"),
    [(0.0, 0.0, False), (0.5, 0.0, True), (0.4999, 0.0, False), (0.0, 0.005, True), (0.0, 0.0049, False)],
)
def test_absolute_and_relative_tolerance(tol: float, rtol: float, equal: bool) -> None:
    # 100 and 100.5: absolute difference 0.5, relative 0.5 / 100.5 = 0.004975...
    assert ms.compare({"x": [100.0]}, {"x": [100.5]}, tol=tol, rtol=rtol).equal is equal


def test_zero_and_infinity() -> None:
    a = {"x": [0.0, math.inf, -math.inf, 0.0]}
    assert ms.compare(a, {"x": [-0.0, math.inf, -math.inf, 0.0]}, rtol=0.5).equal
    assert ms.compare(a, {"x": [0.0, math.inf, math.inf, 1e-9]}, rtol=0.5).differences["row_a"].tolist() == [2, 3]


def test_without_keys_rows_go_by_position() -> None:
    result = ms.compare({"x": [1, 2, 3]}, {"x": [1, 5]})
    assert result.rows_only_a == {"row": [2]}
    assert result.differences["row_a"].tolist() == [1]


def test_repeated_keys_are_named() -> None:
    with pytest.raises(DataError, match=r"do not identify the rows of `b`: id = S1 is in rows 0 and 2; add a key"):
        ms.compare({"id": ["S1"]}, {"id": ["S1", "S2", "S1"]}, keys="id")


def test_a_missing_key_column_names_the_frame_and_the_nearest() -> None:
    with pytest.raises(DataError, match="`qc`: column `usubjid` not found; did you mean `subjid`"):
        ms.compare({"usubjid": ["S1"]}, {"subjid": ["S1"]}, keys="usubjid", names=("main", "qc"))


def test_types_that_differ_are_found_and_compared_where_they_can_be() -> None:
    a: dict[str, Any] = {"n": [1, 2], "flag": [True, False], "day": [date(2020, 1, 1), None]}
    b: dict[str, Any] = {"n": ["1", "2"], "flag": [1, 1], "day": ["2020-01-01", None]}
    result = ms.compare(a, b)
    assert result.types == {
        "column": ["n", "flag", "day"],
        "a": ["number", "flag", "date"],
        "b": ["text", "number", "text"],
        "compared": [False, True, True],
    }
    assert result.differences["column"] == ["flag"]
    assert not ms.compare({"n": [1]}, {"n": ["1"]}).equal


def test_an_empty_column_has_no_type() -> None:
    assert ms.compare({"x": [None, None]}, {"x": [float("nan"), float("nan")]}).equal
    assert ms.compare({"x": [None]}, {"x": ["a"]}).differences["kind"] == ["missing"]


def test_blanks_count_unless_trimmed() -> None:
    a, b = {"id": ["S1 ", "S2"], "t": ["x", ""]}, {"id": ["S1", "S2"], "t": ["x  ", None]}
    assert ms.compare({"t": a["t"]}, {"t": b["t"]}).n_different == 2
    assert ms.compare(a, b, keys="id", blanks="trim").equal


def test_case_of_names_is_ignored_on_request() -> None:
    a, b = {"USUBJID": ["S1"], "AVAL": [1.0]}, {"usubjid": ["S1"], "aval": [1.0]}
    assert not ms.compare(a, b).equal
    assert ms.compare(a, b, keys="usubjid", ignore_case=True).equal


def test_columns_can_be_chosen() -> None:
    result = ms.compare(A, B, keys=["usubjid", "visit"], columns=["aval"])
    assert result.columns_compared == ("aval",)
    assert set(result.differences["column"]) == {"aval"} and result.columns_only_b == ()


def test_times_of_day_count() -> None:
    a, b = {"t": [datetime(2020, 1, 1, 8, 30)]}, {"t": [np.datetime64("2020-01-01T08:31")]}
    assert ms.compare(a, b).differences["b"] == ["2020-01-01T08:31:00"]


def test_special_missing_values_and_labels_of_transport_files(tmp_path: Path) -> None:
    tags = {"AVAL": np.asarray([0, ord("A"), ord(".")], dtype=np.uint8)}
    other = {"AVAL": np.asarray([0, ord("B"), ord(".")], dtype=np.uint8)}
    data = {"AVAL": [1.0, float("nan"), float("nan")]}
    ms.io.write_xport(data, tmp_path / "a.xpt", missing=tags, labels={"AVAL": "Analysis Value"})
    ms.io.write_xport(data, tmp_path / "b.xpt", missing=other, labels={"AVAL": "Value"})
    a, b = ms.io.read_xport(tmp_path / "a.xpt"), ms.io.read_xport(tmp_path / "b.xpt")
    result = ms.compare(a, b)
    assert not result.equal
    assert (result.differences["kind"], result.differences["a"], result.differences["b"]) == (
        ["special missing"],
        [".A"],
        [".B"],
    )
    assert result.attributes == {
        "column": ["AVAL"],
        "attribute": ["label"],
        "a": ["Analysis Value"],
        "b": ["Value"],
    }
    assert ms.compare(a, data).equal  # a plain frame has no letters to differ in


def test_the_pilot_adtte_is_the_same_in_both_formats(root: Path) -> None:
    folder = root / "tests" / "data" / "cdisc"
    a = ms.read(folder / "adtte.xpt", library="pandas")
    read = json.loads((folder / "adtte.json").read_text(encoding="utf-8"))
    names = [c["name"] for c in read["columns"]]
    b = _frame.native(dict(zip(names, map(list, zip(*read["rows"], strict=True)), strict=True)), "polars")
    result = ms.compare(a, b, keys=["USUBJID", "PARAMCD"], blanks="trim")
    assert result.n_matched == 254 and result.n_different == 0


def test_report_html_frame_and_ard_say_the_same() -> None:
    result = ms.compare(A, B, keys=["usubjid", "visit"], names=("main", "qc<1>"))
    text = result.report()
    assert "Rows only in main: 1" in text and "Columns only in qc<1>: extra" in text and "Values that differ: 5" in text
    page = result._repr_html_()
    assert "qc&lt;1&gt;" in page and "<script" not in page
    counts = {r["stat_name"]: r["stat"] for r in result.ard_rows() if r["variable"] == "frames"}
    assert counts["n_different"] == 5 and counts["n_rows_only_a"] == 1 and counts["n_columns_only_b"] == 1
    frame = ms.compare(importlib.import_module("polars").DataFrame({"x": [1]}), {"x": [2]}).to_frame()
    assert type(frame).__module__.startswith("polars") and frame["difference"].to_list() == [1.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tol": -1.0}, "`tol` must be a number >= 0"),
        ({"rtol": math.nan}, "`rtol`"),
        ({"blanks": "x"}, "unknown blanks"),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        ms.compare(A, B, **options)


def test_no_rows() -> None:
    assert ms.compare({"x": []}, {"x": []}).equal
    assert ms.compare({"id": [], "x": []}, {"id": ["a"], "x": [1]}, keys="id").n_matched == 0


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        ({"x": np.array([2**60])}, {"x": np.array([np.inf])}, False),
        ({"x": np.array([2**60])}, {"x": np.array([np.nan])}, False),
        ({"x": np.array([1 + 2j])}, {"x": np.array([1 + 3j])}, False),
        ({"x": np.array([1 + 2j])}, {"x": np.array([1 + 2j])}, True),
        ({"x": np.array([1, 2], "m8[D]")}, {"x": [timedelta(1), timedelta(2)]}, True),
        ({"x": np.array([1, 2], "m8[D]")}, {"x": [timedelta(1), timedelta(hours=47)]}, False),
        ({"x": [0.1 + 0.2]}, {"x": [0.3]}, False),
        ({"x": ["é"]}, {"x": ["e\u0301"]}, False),
        ({"x": ["nan"]}, {"x": [None]}, False),
    ],
)
def test_odd_values_are_compared_and_never_fail(a: Any, b: Any, equal: bool) -> None:
    assert ms.compare(a, b).equal is equal
    assert ms.compare(b, a).equal is equal


def test_minus_zero_is_the_key_zero() -> None:
    assert ms.compare({"k": [-0.0, 1.0], "x": [1, 2]}, {"k": [1, 0], "x": [2, 1]}, keys="k").equal


def test_a_column_without_rows_has_no_type() -> None:
    result = ms.compare({"k": np.array([]), "x": np.array([])}, {"k": ["a"], "x": [1]}, keys="k")
    assert not result.equal and not result.types["column"] and result.rows_only_b["k"] == ["a"]


def test_names_that_are_numbers_or_come_twice() -> None:
    pd = pytest.importorskip("pandas")
    assert ms.compare(pd.DataFrame([[1, 2]]), {"0": [1], "1": [2]}).equal
    with pytest.raises(DataError, match="`a`: column `x` appears more than once"):
        ms.compare(pd.DataFrame([[1, 2]], columns=["x", "x"]), {"x": [1]})
