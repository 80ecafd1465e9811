"""Texts cross to polars, pyarrow and pandas through the Arrow C data interface: each library has the same texts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mscsle import _core, _frame
from mscsle.exceptions import DataError

TEXTS = st.lists(
    st.none() | st.text(max_size=20) | st.sampled_from(["", "twelve bytes", "thirteen byte", "é" * 6, "é" * 7])
)


def coded(texts: list[str | None]) -> _frame.Texts:
    levels = list(dict.fromkeys(t for t in texts if t is not None))
    codes = [-1 if t is None else levels.index(t) for t in texts]
    return _frame.Texts(np.asarray(codes, dtype=np.int32), levels)


@given(TEXTS)
def test_texts_and_missing_ones_are_the_same_in_every_library(texts: list[str | None]) -> None:
    values = coded(texts)
    polars = _frame.file_frame({"x": values}, "polars", share=False)
    assert polars.schema == {"x": pl.String}
    assert polars["x"].to_list() == texts
    arrow = _frame.file_frame({"x": values}, "pyarrow", share=False)
    assert arrow.schema.field("x").type == pa.string()
    arrow.validate(full=True)
    assert arrow["x"].to_pylist() == texts
    pandas = _frame.file_frame({"x": values}, "pandas", share=False)
    assert [None if pd.isna(v) else v for v in pandas["x"]] == texts
    assert pandas["x"].dtype == pd.Series(["a"]).dtype


def test_a_layout_checks_its_own_bytes_and_outlives_what_made_it() -> None:
    for layout, kind in [
        ("string", pa.string()),
        ("large_string", pa.large_string()),
        ("string_view", pa.string_view()),
    ]:
        column = _core.arrow_texts(np.asarray([1, -1, 0, 7], dtype=np.int32), ["a", "longer than twelve"], layout)
        assert column is not None
        assert len(column) == 4
        array = pa.array(column)
        del column
        array.validate(full=True)
        assert array.type == kind
        assert array.to_pylist() == ["longer than twelve", None, "a", None]
    with pytest.raises(DataError, match="unknown layout `text`"):
        _core.arrow_texts(np.zeros(1, dtype=np.int32), ["a"], "text")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("share", [True, False])
def test_numbers_are_handed_over_only_when_asked(library: _frame.Library, share: bool) -> None:
    values = np.asarray([1.0, 2.5, 3.0])
    frame = _frame.file_frame({"x": values}, library, share=share)
    values[0] = 9.0
    if not share:
        assert _frame.Frame(frame).raw("x")[0] == 1.0
    assert len(_frame.Frame(frame).raw("x")) == 3


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_missing_numbers_are_null(library: _frame.Library) -> None:
    frame = _frame.file_frame({"x": np.asarray([1.0, np.nan])}, library, share=True)
    column = frame["x"]
    assert (column.to_list() if library == "polars" else column.to_pylist()) == [1.0, None]


def test_polars_needs_no_other_library(root: Path) -> None:
    code = """
import sys
sys.modules["pandas"] = sys.modules["pyarrow"] = None
import mscsle as ms
frame = ms.read(sys.argv[1], library="polars")
print(type(frame).__module__.split(".")[0], frame["USUBJID"][0])
"""
    file = root / "tests" / "data" / "cdisc" / "adtte.xpt"
    out = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["polars", "01-701-1015"]
