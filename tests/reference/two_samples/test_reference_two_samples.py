"""Two independent groups against R and coin."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-10  # R writes 15 digits


def near(value: float | None, expected: float) -> bool:
    assert value is not None
    return math.isclose(value, expected, rel_tol=RTOL_REFERENCE, abs_tol=1e-12)


@pytest.fixture(params=list(REFERENCE["sets"]))
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(REFERENCE["sets"][request.param])


def compare(case: dict[str, Any], **options: Any) -> ms.stats.TwoSamples:
    labels = ["x"] * len(case["x"]) + ["y"] * len(case["y"])
    return ms.stats.two_samples([*case["x"], *case["y"]], labels, reference="y", **options)


def test_rank_sum_exact_under_ties(case: dict[str, Any]) -> None:
    got = compare(case)
    assert got.statistic == case["w"] and near(got.p_value, case["exact"])
    assert near(compare(case, alternative="greater").p_value, case["greater"])
    assert near(compare(case, alternative="less").p_value, case["less"])


def test_rank_sum_normal(case: dict[str, Any]) -> None:
    assert near(compare(case, distribution="normal").p_value, case["normal"])
    assert near(compare(case, distribution="normal-cc").p_value, case["normal_cc"])


def test_shift(case: dict[str, Any]) -> None:
    got = compare(case)
    assert near(got.estimate, case["shift"]) and near(got.lower, case["lower"]) and near(got.upper, case["upper"])


@pytest.mark.parametrize(("variances", "key"), [("unequal", "welch"), ("equal", "student")])
def test_t(case: dict[str, Any], variances: str, key: str) -> None:
    got, expected = compare(case, test="t", variances=variances), case[key]
    assert near(got.statistic, expected["t"]) and near(got.df, expected["df"]) and near(got.p_value, expected["p"])
    assert near(got.lower, expected["lower"]) and near(got.upper, expected["upper"])
