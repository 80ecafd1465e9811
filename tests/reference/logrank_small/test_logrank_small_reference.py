"""Exact conditional and permutation log-rank tests against R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-9  # mantelhaen.test convolves by another route; the JSON holds 15 digits


def run(case: dict[str, Any], method: Any, **options: Any) -> Any:
    return ms.logrank(
        case["time"], event=case["event"], by=case["group"], strata=case["strata"], method=method, **options
    )


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_exact_p_equals_the_exact_mantel_haenszel_test(case: dict[str, Any]) -> None:
    test = run(case, "exact")
    assert test.p_value == pytest.approx(case["exact"], rel=RTOL_REFERENCE)
    assert "exact conditional on the risk sets" in test.method


@pytest.mark.parametrize("case", [c for c in REFERENCE["cases"] if c["permutation"]], ids=lambda case: case["name"])
def test_permutation_p_equals_the_share_of_all_arrangements(case: dict[str, Any]) -> None:
    test = run(case, "permutation")
    assert test.permutations == case["permutation"]["arrangements"]
    assert test.p_value == pytest.approx(case["permutation"]["p_value"], rel=RTOL_REFERENCE)


def test_random_permutations_of_81_patients_agree_with_the_exact_test() -> None:
    case = next(c for c in REFERENCE["cases"] if c["name"] == "four_deaths_of_81")
    test = run(case, "permutation", permutations=20_000, seed=1)
    assert test.p_value == run(case, "permutation", permutations=20_000, seed=1).p_value
    # all four deaths fall into the arm of 40; the mirror image, in the arm of 41, is a little less extreme
    expected = math.comb(40, 4) / math.comb(81, 4)
    assert test.p_value == pytest.approx(expected, abs=4 * math.sqrt(expected / 20_000))  # four standard errors
    assert "20000 random permutations, seed 1" in test.method


def test_three_groups_are_permuted_and_refused_by_the_exact_test() -> None:
    time, event = [1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 0, 1, 1, 0, 1, 1, 1]
    by = ["a", "b", "c"] * 3
    test = ms.logrank(time, event=event, by=by, method="permutation", permutations=4_999)
    assert 0 < test.p_value <= 1
    assert test.df == 2
    with pytest.raises(ms.exceptions.OptionError, match="compares two groups"):
        ms.logrank(time, event=event, by=by, method="exact")
