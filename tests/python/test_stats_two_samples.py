"""Two independent groups: frames and errors."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, NotEstimableError, OptionError

TABLE = {"change": [-8.0, -4.0, -12.0, -2.0, 0.0], "arm": ["msc", "msc", "msc", "placebo", "placebo"]}


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.DataFrame, pa.table, dict], ids=["pandas", "polars", "pyarrow", "dict"]
)
def test_every_frame_library_gives_the_same_test(make: Any) -> None:
    got = ms.stats.two_samples("change", "arm", data=make(TABLE), reference="placebo")
    assert (got.group, got.reference, got.n1, got.n0, got.statistic) == ("msc", "placebo", 3, 2, 0.0)
    assert got.p_value == pytest.approx(0.2) and got.to_frame() is not None and got.to_ard() is not None


def test_exchanging_the_reference_changes_the_sign() -> None:
    a, b = (ms.stats.two_samples(*TABLE.values(), reference=r, test=t) for r, t in (("msc", "t"), ("placebo", "t")))
    assert a.estimate == -b.estimate and a.p_value == b.p_value and a.lower == pytest.approx(-b.upper)


def test_wrong_groups_say_what_would_be_right() -> None:
    with pytest.raises(DataError, match="must hold two groups, but holds 3: `a`, `b`, `c`"):
        ms.stats.two_samples([1, 2, 3], ["a", "b", "c"])
    with pytest.raises(OptionError, match="unknown reference `z`; the groups are `a`, `b`"):
        ms.stats.two_samples([1, 2], ["a", "b"], reference="z")
    with pytest.raises(DataError, match="column `group` holds 1 missing value"):
        ms.stats.two_samples([1, 2, 3], ["a", "b", None])
    with pytest.raises(NotEstimableError, match="each group needs at least 2 values"):
        ms.stats.two_samples([1, 2, 3], ["a", "b", "b"], test="t")
    assert ms.stats.two_samples([1, None, 2, 3], ["a", "b", "b", "a"], missing="drop").n_dropped == 1
