"""Rates against R."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-11  # R writes 15 digits


def near(value: float | None, expected: float | str) -> bool:
    assert value is not None
    return math.isclose(value, float(expected), rel_tol=RTOL_REFERENCE)


@pytest.mark.parametrize("case", REFERENCE["one"], ids=lambda c: f"{c['events']} in {c['person_time']:.3g}")
def test_one_rate(case: dict[str, Any]) -> None:
    got = ms.stats.rate(case["events"], case["person_time"])
    assert near(got.estimate, case["estimate"]) and near(got.lower, case["lower"]) and near(got.upper, case["upper"])


@pytest.mark.parametrize("case", REFERENCE["two"], ids=lambda c: f"{c['events1']} v {c['events0']}")
def test_two_rates(case: dict[str, Any]) -> None:
    got = ms.stats.rate_ratio(case["events1"], case["person_time1"], case["events0"], case["person_time0"])
    assert near(got.estimate, case["estimate"]) and near(got.lower, case["lower"]) and near(got.upper, case["upper"])
    assert near(got.p_value, case["p"])
