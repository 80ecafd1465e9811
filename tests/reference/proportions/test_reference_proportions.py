"""Proportions, tables of counts, quantiles and adjusted p-values against R."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-11  # R writes 15 digits; its own beta quantiles hold about 1e-13
RTOL_UNIROOT = 1e-9  # the script solves the odds ratios with uniroot at 1e-14 on the log scale


def near(value: float | None, expected: float | str, rtol: float = RTOL_REFERENCE) -> bool:
    assert value is not None
    return math.isclose(value, float(expected), rel_tol=rtol, abs_tol=1e-14)


@pytest.mark.parametrize("case", REFERENCE["exact"], ids=lambda c: f"{c['x']}/{c['n']}")
def test_intervals_of_one_proportion(case: dict[str, Any]) -> None:
    for method in ("clopper-pearson", "wilson"):
        got = ms.stats.proportion(case["x"], case["n"], denominator_rule="enrolled", method=method)
        lower, upper = case[method.replace("-", "_")]
        # prop.test leaves a rounding residue at x = 0 and x = n, where the limit is 0 or 1
        assert near(got.lower, lower if abs(lower) > 1e-12 else 0.0)
        assert near(got.upper, upper if abs(upper - 1) > 1e-12 else 1.0)
    narrow = ms.stats.proportion(case["x"], case["n"], denominator_rule="enrolled", conf_level=0.9)
    assert near(narrow.lower, case["clopper_pearson_90"][0]) and near(narrow.upper, case["clopper_pearson_90"][1])
    jeffreys = ms.stats.proportion(case["x"], case["n"], denominator_rule="enrolled", method="jeffreys")
    assert near(jeffreys.lower, 0.0 if case["x"] == 0 else case["jeffreys"][0])
    assert near(jeffreys.upper, 1.0 if case["x"] == case["n"] else case["jeffreys"][1])


@pytest.mark.parametrize("case", REFERENCE["binom_test"], ids=lambda c: f"{c['x']}/{c['n']} v {c['p0']}")
def test_exact_binomial_test(case: dict[str, Any]) -> None:
    for alternative in ("two-sided", "greater", "less"):
        got = ms.stats.binomial_test(case["x"], case["n"], p0=case["p0"], alternative=alternative)
        assert near(got.p_value, case[alternative.replace("-", "_")]), alternative


@pytest.mark.parametrize("case", REFERENCE["tables"], ids=lambda c: str(c["table"]))
def test_fisher_and_chi_squared(case: dict[str, Any]) -> None:
    table = case["table"]
    fisher = ms.stats.fisher(table)
    assert near(fisher.p_value, case["fisher_p"])
    assert near(ms.stats.fisher(table, alternative="greater").p_value, case["greater"])
    assert near(ms.stats.fisher(table, alternative="less").p_value, case["less"])
    odds = case["odds_ratio"]
    assert near(fisher.odds_ratio, odds["estimate"], RTOL_UNIROOT)
    assert near(fisher.lower, odds["lower"], RTOL_UNIROOT) and near(fisher.upper, odds["upper"], RTOL_UNIROOT)
    plain, yates = ms.stats.chi_squared(table), ms.stats.chi_squared(table, continuity_correction=True)
    assert near(plain.statistic, case["chi_squared"]) and near(plain.p_value, case["chi_squared_p"])
    assert near(yates.statistic, case["yates"]) and near(yates.p_value, case["yates_p"])
    assert near(plain.smallest_expected, case["smallest_expected"])


def test_chi_squared_of_a_larger_table() -> None:
    case = REFERENCE["three_by_three"]
    got = ms.stats.chi_squared(case["table"])
    assert near(got.statistic, case["statistic"]) and got.df == case["df"] and near(got.p_value, case["p"])


@pytest.mark.parametrize("case", REFERENCE["mcnemar"], ids=lambda c: f"{c['b']} v {c['c']}")
def test_mcnemar(case: dict[str, Any]) -> None:
    b, c = case["b"], case["c"]
    plain = ms.stats.mcnemar(b, c, method="asymptotic")
    assert near(plain.statistic, case["statistic"]) and near(plain.p_value, case["p"])
    assert near(ms.stats.mcnemar(b, c, method="asymptotic-cc").p_value, case["p_cc"])
    assert near(ms.stats.mcnemar(b, c).p_value, case["exact"])
    assert near(ms.stats.mcnemar(b, c, method="mid-p").p_value, case["mid_p"])


@pytest.mark.parametrize(
    "method", ["holm", "hochberg", "hommel", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli"]
)
def test_adjusted_p_values(method: str) -> None:
    case = REFERENCE["adjust"]
    assert all(near(a, b) for a, b in zip(ms.stats.adjust_p(case["p"], method=method), case[method], strict=True))


@pytest.mark.parametrize("quantile_type", ["sas", "spss", "r"])
def test_quantiles_and_moments(quantile_type: str) -> None:
    case = REFERENCE["quantiles"]
    for p, expected in zip(case["probs"], case[quantile_type], strict=True):
        assert near(ms.stats.quantile(case["x"], p, quantile_type=quantile_type), expected), p
    row = ms.stats.describe({"x": case["x"]}, "x").rows[0]
    assert near(row["mean"], case["mean"]) and near(row["sd"], case["sd"])
