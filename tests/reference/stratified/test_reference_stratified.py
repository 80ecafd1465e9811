"""Strata and exact unconditional tests against R."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-11  # R writes 15 digits
ATOL_UNIROOT = 1e-9  # the script finds limits with uniroot at 1e-13 over estimates found with uniroot
RTOL_SUPREMUM = 1e-9  # optimize at 1e-12 in the proportion; the function is flat at its top


def near(value: float | None, expected: float, rtol: float = RTOL_REFERENCE) -> bool:
    assert value is not None
    return math.isclose(value, expected, rel_tol=rtol)


@pytest.mark.parametrize("name", list(REFERENCE["strata"]))
def test_cochran_mantel_haenszel(name: str) -> None:
    case = REFERENCE["strata"][name]
    counts = [case[k] for k in ("x1", "n1", "x0", "n0")]
    plain, corrected = ms.stats.cmh(*counts), ms.stats.cmh(*counts, continuity_correction=True)
    assert near(plain.statistic, case["statistic"]) and near(plain.p_value, case["p"])
    assert near(corrected.statistic, case["cc"]) and near(corrected.p_value, case["p_cc"])
    assert near(plain.exact_p_value, case["exact_p"], 1e-9)  # mantelhaen.test sums products of rounded densities
    assert near(plain.odds_ratio, case["odds_ratio"])
    assert near(plain.lower, case["lower"]) and near(plain.upper, case["upper"])


@pytest.mark.parametrize("name", list(REFERENCE["strata"]))
@pytest.mark.parametrize(
    ("method", "key"), [("miettinen-nurminen", "mn"), ("miettinen-nurminen-sample-size", "mn_size")]
)
def test_stratified_score_interval(name: str, method: str, key: str) -> None:
    case = REFERENCE["strata"][name]
    got = ms.stats.stratified_difference(*(case[k] for k in ("x1", "n1", "x0", "n0")), method=method)
    for attribute in ("estimate", "lower", "upper"):
        assert math.isclose(getattr(got, attribute), case[key][attribute], abs_tol=ATOL_UNIROOT), attribute
    assert math.isclose(got.statistic, case[key]["statistic"], rel_tol=1e-8)


@pytest.mark.parametrize("name", list(REFERENCE["strata"]))
def test_sato(name: str) -> None:
    case = REFERENCE["strata"][name]
    got = ms.stats.stratified_difference(*(case[k] for k in ("x1", "n1", "x0", "n0")), method="sato")
    z = 1.959963984540054
    assert near(got.estimate, case["sato"]["estimate"])
    assert near(got.upper - got.lower, 2 * z * case["sato"]["se"], 1e-10)


@pytest.mark.parametrize(
    "case",
    REFERENCE["unconditional"],
    ids=lambda c: f"{c['method']} {c['x1']}/{c['n1']} v {c['x0']}/{c['n0']} {c['alternative']}",
)
def test_barnard_and_boschloo(case: dict[str, Any]) -> None:
    test = ms.stats.barnard if case["method"] == "barnard" else ms.stats.boschloo
    got = test(case["x1"], case["n1"], case["x0"], case["n0"], alternative=case["alternative"])
    assert near(got.p_value, case["p"], RTOL_SUPREMUM)
