"""Pooling of studies: errors, frames, duplicates."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, NotEstimableError, OptionError

TABLE = {"who": ["a", "b", "c"], "events": [13, 49, 22], "patients": [40, 81, 81], "hospital": ["N", "N", "S"]}


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.DataFrame, pa.table, dict], ids=["pandas", "polars", "pyarrow", "dict"]
)
def test_every_frame_library_gives_the_same_mean(make: Any) -> None:
    got = ms.stats.pool_proportions("events", "patients", data=make(TABLE), study="who")
    plain = ms.stats.pool_proportions([13, 49, 22], [40, 81, 81])
    assert got.pooled == plain.pooled and got.study == ["a", "b", "c"]
    assert 0 < got.pooled_lower < got.pooled < got.pooled_upper < 1
    columns = got.columns()
    assert columns["study"][-1] == "pooled" and columns["estimate"][0] == pytest.approx(13 / 40)
    assert got.to_frame() is not None and got.to_ard() is not None and "3 studies" in got.title()


def test_two_reports_of_one_cohort_are_refused() -> None:
    with pytest.raises(DataError, match="`a` and `b` report the same cohort `N`; patients must not be counted twice"):
        ms.stats.pool_proportions("events", "patients", data=TABLE, study="who", cohort="hospital")


def test_wrong_input_says_what_would_be_right() -> None:
    with pytest.raises(OptionError, match="unknown tau method `dl`; use `dersimonian-laird`"):
        ms.stats.meta_analysis([1, 2], [1, 1], tau_method="dl")
    with pytest.raises(OptionError, match="unknown scale `exp`"):
        ms.stats.meta_analysis([1, 2], [1, 1], scale="exp")
    with pytest.raises(DataError, match="`variance` must be positive, but is 0"):
        ms.stats.meta_analysis([1, 2], [1, 0])
    with pytest.raises(DataError, match="columns differ in length"):
        ms.stats.meta_analysis([1, 2], [1])
    with pytest.raises(NotEstimableError, match="at least 2 studies, but there is 1"):
        ms.stats.meta_analysis([1], [1])
    with pytest.raises(NotEstimableError, match="there is no study"):
        ms.stats.meta_analysis([], [])
    with pytest.raises(DataError, match="study 1 is 5/4"):
        ms.stats.pool_proportions([5], [4])
