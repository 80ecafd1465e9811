"""Embedded cohorts as trials."""

from __future__ import annotations

from typing import Literal

import pytest

import mscsle as ms
from mscsle.exceptions import OptionError

LIBRARIES: tuple[Literal["pandas", "polars", "pyarrow", "numpy"], ...] = ("pandas", "polars", "pyarrow", "numpy")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("cohort", ms.datasets.ids())
def test_every_library_reads_the_same_tables_without_errors(cohort: str, library: str) -> None:
    trial = ms.load(cohort, library=library)  # type: ignore[arg-type]
    rows = ms.datasets.info(cohort).rows
    assert list(trial.tables) == list(rows)
    assert trial.n_subjects == rows["subjects"]
    assert trial.library == library
    assert trial.findings.counts["error"] == 0
    assert {name: trial._core.n_rows(name) for name in rows} == rows


@pytest.mark.parametrize("cohort", ms.datasets.ids())
def test_the_repr_says_synthetic(cohort: str) -> None:
    trial = ms.load(cohort)
    assert "SYNTHETIC" in repr(trial) and "SYNTHETIC" in trial._repr_html_()


@pytest.mark.parametrize("cohort", ms.datasets.ids())
def test_a_cohort_has_no_finding(cohort: str) -> None:
    assert len(ms.load(cohort, library="numpy").findings) == 0


def test_an_unknown_cohort_names_those_there_are() -> None:
    with pytest.raises(OptionError, match="unknown cohort `gu2015`; use `gu2014`"):
        ms.load("gu2015")
