"""SLEDAI descriptors from laboratory values: every boundary, attribution, versions; the same in every library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError

LIBRARIES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "pandas": lambda c: pd.DataFrame(dict(c)),
    "pandas-arrow": lambda c: pa.table(dict(c)).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda c: pl.DataFrame(dict(c)),
    "pyarrow": lambda c: pa.table(dict(c)),
    "arrays": dict,
}


@pytest.fixture(params=LIBRARIES)
def make(request: pytest.FixtureRequest) -> Callable[[Mapping[str, Any]], Any]:
    return LIBRARIES[request.param]


def cells(frame: Any, name: str) -> list[Any]:
    values = frame[name]
    values = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    return [None if v is None or v != v else v for v in values]


BOUNDARIES = {
    "platelets_100_absent": ("thrombocytopenia", {"platelets": [100.0, 99.9]}),
    "leucocytes_3_absent": ("leukopenia", {"leucocytes": [3.0, 2.9]}),
    "urine_rbc_5_absent": ("haematuria", {"urine_rbc": [5.0, 6.0]}),
    "urine_wbc_5_absent": ("pyuria", {"urine_wbc": [5.0, 6.0]}),
    "no_casts_absent": ("urinary_casts", {"urine_casts": [0.0, 1.0]}),
    "protein_half_gram_absent": ("proteinuria", {"protein_24h": [0.5, 0.51]}),
    "upcr_half_absent": ("proteinuria", {"upcr": [0.5, 0.51]}),
    "temperature_38_absent": ("fever", {"temperature": [38.0, 38.1]}),
    "c3_at_lln_absent": (
        "low_complement",
        {"c3": [0.9, 0.89], "c3_lln": [0.9, 0.9], "c4": [0.1, 0.1], "c4_lln": [0.1, 0.1]},
    ),
    "c4_at_lln_absent": (
        "low_complement",
        {"c3": [0.9, 0.9], "c3_lln": [0.9, 0.9], "c4": [0.1, 0.09], "c4_lln": [0.1, 0.1]},
    ),
    "ch50_at_lln_absent": (
        "low_complement",
        {
            "c3": [1.0, 1.0],
            "c3_lln": [0.9, 0.9],
            "c4": [0.2, 0.2],
            "c4_lln": [0.1, 0.1],
            "ch50": [41.7, 41.6],
            "ch50_lln": [41.7, 41.7],
        },
    ),
    "anti_dsdna_at_uln_absent": ("increased_dna_binding", {"anti_dsdna": [100.0, 100.1], "anti_dsdna_uln": [100, 100]}),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_boundary_is_absent_and_beyond_it_present(name: str) -> None:
    item, labs = BOUNDARIES[name]
    suggested = ms.score.sledai_items_from_labs(labs, attribution="assume")
    assert suggested.items[item].tolist() == [0, 1]


def test_suggestions_are_the_same_in_every_library(make: Any) -> None:
    labs = {
        "usubjid": ["1", "1", "2"],
        "visit": ["M0", "M3", "M0"],
        "platelets": [82.0, 150.0, None],
        "thrombocytopenia_due_to_sle": [True, None, None],
        "leucocytes": [2.5, 2.5, 2.5],
        "leukopenia_due_to_sle": [None, False, True],
        "c3": [0.5, 1.0, 1.0],
        "c3_lln": [0.9, 0.9, None],
    }
    suggested = ms.score.sledai_items_from_labs(make(labs))
    frame = suggested.to_frame()
    assert cells(frame, "usubjid") == ["1", "1", "2"]
    assert cells(frame, "thrombocytopenia") == [1, 0, None]
    assert cells(frame, "leukopenia") == [None, 0, 1]
    assert cells(frame, "low_complement") == [1, None, None], "C4 is not known"
    assert cells(frame, "proteinuria") == [None, None, None]
    assert cells(frame, "note") == ["attribution_missing", "", "limit_missing"]
    assert set(suggested.notes) == {"attribution_missing", "limit_missing"}
    assert "c3 0.5 (LLN 0.9)" in str(suggested.why(subject="1", visit="M0"))
    assert "recorded as not due to lupus" in str(suggested.why(row=1))
    assert "the limit of normal is missing" in str(suggested.why(subject="2"))
    assert len(cells(suggested.to_ard(), "stat")) == 27


@pytest.mark.parametrize(
    ("now", "previous", "expected"),
    [
        (1.5, 1.2, [1, 0, 0]),
        (1.8, 1.2, [1, 1, 1]),
        (1.5, 1.0, [1, 0, 0]),
        (0.7, None, [1, None, None]),
        (0.7, 0.5, [1, 1, 1]),
        (0.5, None, [0, 0, 0]),
    ],
)
def test_proteinuria_of_1992_and_selena_is_new_or_rising(now: float, previous: float | None, expected: Any) -> None:
    labs = {"protein_24h": [now], "protein_24h_previous": np.array([previous], dtype=float)}
    found = []
    for version in ("sledai-2k", "sledai-1992", "selena"):
        suggested = ms.score.sledai_items_from_labs(labs, version=version, attribution="assume")
        found += cells(suggested.to_frame(), "proteinuria")
        assert ("previous_missing" in suggested.notes) == (found[-1] is None)
    assert found == expected


def test_assumed_attribution_is_noted() -> None:
    suggested = ms.score.sledai_items_from_labs({"platelets": [50.0]}, attribution="assume")
    assert list(suggested.notes) == ["attribution_assumed"]
    assert "due to lupus is assumed" in str(suggested.why(row=0))


def test_ratio_is_used_without_24h_protein_and_its_cut_keeps_its_unit() -> None:
    labs = {"upcr": [52 / 113.12, 0.4], "protein_24h": [None, 0.6]}
    by_gram = ms.score.sledai_items_from_labs(labs, attribution="assume")
    by_mmol = ms.score.sledai_items_from_labs(labs, attribution="assume", upcr_cut="50 mg/mmol")
    assert by_gram.items["proteinuria"].tolist() == [0, 1]
    assert by_mmol.items["proteinuria"].tolist() == [1, 1]
    assert "upcr_used" in by_mmol.notes


def test_columns_of_other_names_are_read() -> None:
    suggested = ms.score.sledai_items_from_labs({"PLT": [200.0]}, columns={"platelets": "PLT"})
    assert suggested.items["thrombocytopenia"].tolist() == [0]


@pytest.mark.parametrize(
    ("labs", "options", "error", "says"),
    [
        ({"c3": [1.0]}, {}, DataError, "column `c3` needs its limit of normal, column `c3_lln`"),
        ({"age": [1.0]}, {}, DataError, "no column suggests a descriptor"),
        ({"temperature": [37.0, 100.4]}, {}, DataError, "`temperature` must be degrees Celsius.*row 1 is 100.4"),
        ({"platelets": [-1.0]}, {}, DataError, "`platelets` must be 0 or more, but row 0 is -1"),
        ({"platelets": [1.0]}, {"attribution": "guess"}, OptionError, "unknown attribution `guess`"),
        ({"platelets": [1.0]}, {"upcr_cut": "50"}, OptionError, "unknown upcr_cut `50`"),
        ({"platelets": [1.0]}, {"columns": {"plt": "platelets"}}, OptionError, "`columns` names `plt`"),
    ],
)
def test_errors_name_what_is_wrong(make: Any, labs: Any, options: Any, error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        ms.score.sledai_items_from_labs(make(labs), **options)
