"""Paired t and signed rank tests against R, exactRankTests and coin."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-10  # R writes 15 digits; differences of decimals carry 1e-16 of the values
ATOL_DIFFERENCE = 1e-9  # the script rounds differences to 10 decimals


def near(value: float | None, expected: float, rtol: float = RTOL_REFERENCE) -> bool:
    assert value is not None
    return math.isclose(value, expected, rel_tol=rtol)


@pytest.fixture(params=list(REFERENCE["sets"]))
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(REFERENCE["sets"][request.param])


def test_paired_t(case: dict[str, Any]) -> None:
    got = ms.stats.paired_test(case["before"], case["after"], test="t")
    assert near(got.change_mean, case["mean_change"], 1e-9) and near(got.change_sd, case["sd_change"], 1e-9)
    assert near(got.statistic, case["t"], 1e-9) and got.df == case["df"] and near(got.p_value, case["t_p"], 1e-8)
    assert math.isclose(got.lower or 0, case["t_lower"], rel_tol=1e-9, abs_tol=ATOL_DIFFERENCE)
    assert math.isclose(got.upper or 0, case["t_upper"], rel_tol=1e-9, abs_tol=ATOL_DIFFERENCE)
    greater = ms.stats.paired_test(case["before"], case["after"], test="t", alternative="greater")
    assert near(greater.p_value, case["t_greater"], 1e-8)


def test_signed_rank_exact_under_ties_and_zeros(case: dict[str, Any]) -> None:
    got = ms.stats.paired_test(case["before"], case["after"])
    assert got.statistic == case["v"] and got.n - got.n_zero == case["n_nonzero"]
    assert near(got.p_value, case["exact_p"]) and near(got.p_value, case["coin_exact_wilcoxon"])
    for alternative in ("greater", "less"):
        one = ms.stats.paired_test(case["before"], case["after"], alternative=alternative)
        assert near(one.p_value, case[f"exact_{alternative}"])
    pratt = ms.stats.paired_test(case["before"], case["after"], zeros="pratt")
    assert near(pratt.p_value, case["coin_exact_pratt"])


def test_signed_rank_normal(case: dict[str, Any]) -> None:
    def p(distribution: str, **options: str) -> float:
        return ms.stats.paired_test(case["before"], case["after"], distribution=distribution, **options).p_value

    assert near(p("normal"), case["normal_p"]) and near(p("normal-cc"), case["normal_cc_p"])
    assert near(p("normal-cc", alternative="greater"), case["normal_cc_greater"])
    assert near(p("normal", zeros="pratt"), case["coin_normal_pratt"])


def test_hodges_lehmann(case: dict[str, Any]) -> None:
    got = ms.stats.paired_test(case["before"], case["after"])
    for value, name in ((got.estimate, "hodges_lehmann"), (got.lower, "lower"), (got.upper, "upper")):
        assert math.isclose(value or 0, case[name], rel_tol=1e-9, abs_tol=ATOL_DIFFERENCE), name


def test_interval_of_r_without_ties() -> None:
    case, r = REFERENCE["sets"]["no_ties"], REFERENCE["r_interval"]
    got = ms.stats.paired_test(case["before"], case["after"])
    assert (got.estimate, got.lower, got.upper) == (r["estimate"], r["lower"], r["upper"])
