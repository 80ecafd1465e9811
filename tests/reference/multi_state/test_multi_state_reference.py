"""Multi-state models against survfit and etm of R; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
CASES = {case["name"]: case for case in REFERENCE["cases"]}
RTOL_REFERENCE = 1e-9  # the JSON holds 15 digits
STATES = ["A", "B", "C"]


def fit(case: dict[str, Any], **options: Any) -> Any:
    return ms.multi_state(
        case["stop"],
        entry=case["start"],
        from_state=case["from"],
        to_state=case["to"],
        id=case["id"],
        censored="cens",
        states=STATES,
        weights=case["weights"],
        initial=case["initial"],
        **options,
    )


@pytest.mark.parametrize("name", CASES)
def test_occupation_and_jackknife_equal_survfit(name: str) -> None:
    case = CASES[name]
    found = fit(case, variance="robust", conf_type="log")
    for k, curve in enumerate(found):
        assert curve.state == STATES[k]
        np.testing.assert_allclose(curve.time[1:], case["time"])
        np.testing.assert_allclose(curve.probability[0], case["p0"][k], rtol=RTOL_REFERENCE)
        np.testing.assert_allclose(
            curve.probability[1:], np.array(case["probability"])[:, k], rtol=RTOL_REFERENCE, atol=1e-14
        )
        np.testing.assert_allclose(curve.std_error[1:], np.array(case["std_error"])[:, k], rtol=RTOL_REFERENCE)
        lower = np.array(case["log_lower"], dtype=float)[:, k]
        inside = (curve.probability[1:] > 0) & (curve.probability[1:] < 1)
        np.testing.assert_allclose(curve.lower[1:][inside], lower[inside], rtol=1e-8)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].get("etm")])
def test_transition_matrix_and_greenwood_variance_equal_etm(name: str) -> None:
    case, reference = CASES[name], CASES[name]["etm"]
    found = fit(case).transition_matrix(reference["start"], reference["stop"])
    np.testing.assert_allclose(found.probability, np.array(reference["probability"]), rtol=RTOL_REFERENCE, atol=1e-14)
    np.testing.assert_allclose(found.std_error**2, np.array(reference["variance"]), rtol=1e-8, atol=1e-14)


def test_greenwood_and_jackknife_agree_where_both_are_right() -> None:
    found, robust = fit(CASES["continuous"]), fit(CASES["continuous"], variance="robust")
    for a, b in zip(found, robust, strict=True):
        np.testing.assert_array_equal(a.probability, b.probability)
        apart = (a.std_error > 0) & (b.std_error > 0)
        assert 0.6 < np.median(a.std_error[apart] / b.std_error[apart]) < 1.6


def test_doubled_rows_are_weight_two_and_order_and_time_unit_do_not_matter() -> None:
    case = dict(CASES["months"])
    order = np.random.default_rng(5).permutation(len(case["stop"]))
    shuffled = {
        name: [case[name][i] for i in order] if isinstance(case[name], list) and len(case[name]) == len(order) else None
        for name in ("id", "start", "stop", "from", "to")
    }
    moved = {**case, **shuffled, "start": np.array(shuffled["start"]) / 12, "stop": np.array(shuffled["stop"]) / 12}
    doubled = {name: [*case[name], *case[name]] for name in ("start", "stop", "from", "to")}
    doubled["id"] = [*case["id"], *(i + 1000 for i in case["id"])]
    for other, weights in ((moved, None), ({**case, **doubled}, None), (case, [2.0] * len(order))):
        found = fit({**other, "weights": weights}, variance="robust")
        for a, b in zip(found, fit(case, variance="robust"), strict=True):
            np.testing.assert_allclose(a.probability, b.probability, rtol=1e-12, atol=1e-15)
