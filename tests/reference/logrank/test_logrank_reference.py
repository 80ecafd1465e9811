"""The log-rank family against R's survdiff and against its definition; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-11  # the JSON holds 15 digits; the statistic is a quadratic form of sums of up to 170 terms
TESTS = list(REFERENCE["cases"][0]["by_definition"])


def run(case: dict[str, Any], test: str) -> Any:
    name, *powers = test.split()
    options: dict[str, Any] = {"test": name}
    if powers:
        options |= {"rho": float(powers[0]), "gamma": float(powers[1])}
    return ms.logrank(case["time"], event=case["event"], by=case["group"], strata=case["strata"], **options)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_statistic_equals_its_definition(case: dict[str, Any], test: str) -> None:
    ours, reference = run(case, test), case["by_definition"][test]
    assert ours.df == reference["df"]
    assert ours.statistic == pytest.approx(reference["statistic"], rel=RTOL_REFERENCE)
    assert ours.p_value == pytest.approx(reference["p_value"], rel=1e-10)
    np.testing.assert_allclose(ours.score, reference["score"], rtol=RTOL_REFERENCE, atol=1e-11)
    np.testing.assert_allclose(ours.variance, reference["variance"], rtol=RTOL_REFERENCE, atol=1e-11)


@pytest.mark.parametrize(
    ("test", "key"),
    [
        ("log-rank", "survdiff_rho_0"),
        ("fleming-harrington 1 0", "survdiff_rho_1"),
        ("fleming-harrington 0.5 0", "survdiff_rho_half"),
    ],
)
@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_statistic_equals_survdiff(case: dict[str, Any], test: str, key: str) -> None:
    ours, reference = run(case, test), case[key]
    assert ours.df == reference["df"]
    assert ours.statistic == pytest.approx(reference["statistic"], rel=RTOL_REFERENCE)
    difference = np.asarray(reference["observed"]) - np.asarray(reference["expected"])
    np.testing.assert_allclose(ours.score, difference, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(ours.variance, reference["variance"], rtol=RTOL_REFERENCE, atol=1e-11)
    if test == "log-rank":
        np.testing.assert_allclose(ours.observed, reference["observed"], rtol=0)
        np.testing.assert_allclose(ours.expected, reference["expected"], rtol=RTOL_REFERENCE)
