"""Trend, pairs and max-combo against R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
SMALL = json.loads((Path(__file__).parent / "small.json").read_text())
RTOL_REFERENCE = 1e-9  # the JSON holds 15 digits
RTOL_INTEGRAL = 5e-6  # ours by equal steps over the sphere; the error that pmvnorm states is added
CASES = pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])


@CASES
def test_trends_equal_the_formula(case: dict[str, Any]) -> None:
    for test, expected in case["trend"].items():
        found = ms.trend_test(case["time"], event=case["event"], by=case["group"], strata=case["strata"], test=test)
        assert found.z == pytest.approx(expected["z"], rel=RTOL_REFERENCE)
        assert found.p_value == pytest.approx(expected["p_value"], rel=RTOL_REFERENCE)


@CASES
def test_pairs_equal_survdiff_and_p_adjust(case: dict[str, Any]) -> None:
    for adjust, expected in case["adjusted"].items():
        found = ms.pairwise_logrank(
            case["time"], event=case["event"], by=case["group"], strata=case["strata"], adjust=adjust
        )
        np.testing.assert_allclose(found.p_value, case["pairs"], rtol=RTOL_REFERENCE)
        np.testing.assert_allclose(found.p_adjusted, expected, rtol=RTOL_REFERENCE)


@CASES
def test_max_combo_equals_the_formula_and_the_multivariate_normal(case: dict[str, Any]) -> None:
    two = np.isin(case["group"], case["combo_groups"])
    time, event, group = (np.array(case[name])[two] for name in ("time", "event", "group"))
    strata = None if case["strata"] is None else np.array(case["strata"])[two]
    for expected in case["combos"]:
        tests = [tuple(powers) for powers in expected["powers"]]
        found = ms.max_combo(time, event=event, by=group, strata=strata, tests=tests)
        np.testing.assert_allclose(found.z, expected["z"], rtol=RTOL_REFERENCE)
        np.testing.assert_allclose(found.correlation, expected["correlation"], rtol=RTOL_REFERENCE, atol=1e-12)
        assert found.statistic == pytest.approx(expected["statistic"], rel=RTOL_REFERENCE)
        tolerance = RTOL_INTEGRAL * expected["p_value"] + 3 * expected["error"]
        assert found.p_value == pytest.approx(expected["p_value"], abs=tolerance)


@pytest.mark.parametrize("case", SMALL["cases"], ids=lambda case: case["name"])
def test_small_trials_give_the_whole_family(case: dict[str, Any]) -> None:
    strata = case["strata"] if max(case["strata"]) > 1 else None
    weights = case["count"] if max(case["count"]) > 1 else None
    # an entry below 0 would be none; those who enter at 0 are at risk from the start
    given: dict[str, Any] = {"event": case["event"], "by": case["group"], "strata": strata, "weights": weights}
    if "entry" in case:
        given["entry"] = case["entry"]
    scores = [float(group**2) for group in range(1, max(case["group"]) + 1)]
    for k, (name, expected) in enumerate(case["tests"].items()):
        powers = name.split(" ")
        kind: dict[str, Any] = {"test": name}
        if len(powers) == 2:
            kind = {"test": "fleming-harrington", "rho": float(powers[0]), "gamma": float(powers[1])}
        found = ms.logrank(case["time"], **given, **kind)
        assert found.df == expected["df"]
        assert found.statistic == pytest.approx(expected["statistic"], rel=RTOL_REFERENCE)
        np.testing.assert_allclose(found.observed, case["observed"])
        np.testing.assert_allclose(found.expected, case["expected"], rtol=RTOL_REFERENCE)
        trend = ms.trend_test(case["time"], scores=scores, **given, **kind)
        assert trend.z == pytest.approx(case["trend"][k], rel=RTOL_REFERENCE)
    if "combo" in case:
        combo = ms.max_combo(case["time"], **given)
        np.testing.assert_allclose(combo.z, case["combo"]["z"], rtol=RTOL_REFERENCE)
        np.testing.assert_allclose(
            np.ravel(combo.correlation), np.ravel(case["combo"]["correlation"]), rtol=RTOL_REFERENCE
        )
