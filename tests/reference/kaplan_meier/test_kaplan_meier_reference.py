"""Kaplan-Meier against R's survfit; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-12  # the JSON holds 15 digits; products of up to 228 factors
R_NAME = {"arcsine": "arcsin"}
CONF_TYPES = ["plain", "log", "log-log", "logit", "arcsine"]


def array(values: list[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def fit(case: dict[str, Any], conf_type: str) -> Any:
    optional = {name: listed(case[name]) for name in ("entry", "weights", "cluster") if case[name] is not None}
    return ms.kaplan_meier(
        np.array(listed(case["time"]), dtype=np.float64),
        event=np.array(listed(case["event"])),
        by=None if case["group"] is None else case["group"],
        conf_type=conf_type,
        weight_kind=case["weight_kind"],
        near_ties=case["near_ties"],
        **optional,
    )


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_curve_equals_survfit(case: dict[str, Any], conf_type: str) -> None:
    km = fit(case, conf_type)
    expected = case["by_type"][R_NAME.get(conf_type, conf_type)]
    assert km.groups == sorted(expected)
    for curve in km:
        r = expected[curve.group]
        for name in ("time", "n_risk", "n_event", "n_censor", "survival"):
            np.testing.assert_allclose(
                getattr(curve, name), array(r[name]), rtol=RTOL_REFERENCE, atol=1e-12, err_msg=name
            )
        survival = array(r["survival"])
        alive = survival > 0
        std_error = survival * array(r["std_log"])
        np.testing.assert_allclose(curve.std_error[alive], std_error[alive], rtol=1e-10, atol=1e-14)
        assert np.isnan(curve.std_error[~alive]).all()
        lower, upper = array(r["lower"]), array(r["upper"])
        # R leaves limits at S = 1 missing for some types and at S = 0 missing for most; ours are (1, 1) and missing
        lower[survival == 1] = upper[survival == 1] = 1.0
        lower[~alive] = upper[~alive] = np.nan
        np.testing.assert_allclose(curve.lower, lower, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(curve.upper, upper, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: case["name"])
def test_quantiles_equal_r(case: dict[str, Any], conf_type: str) -> None:
    km = fit(case, conf_type)
    quantiles = km.quantile(case["probs"])
    for i, group in enumerate(km.groups):
        r = case["by_type"][R_NAME.get(conf_type, conf_type)][group]
        rows = slice(i * len(case["probs"]), (i + 1) * len(case["probs"]))
        for ours, theirs, limit in (
            ("estimate", "quantile", "survival"),
            ("lower", "quantile_lower", "lower"),
            ("upper", "quantile_upper", "upper"),
        ):
            curve = array(r[limit])
            if (np.diff(curve[np.isfinite(curve)]) > 0).any():
                # R sorts the limits before it inverts them, which gives a later time when they are not monotone;
                # ours is the first time at which the limit comes down to 1 - p (checked below)
                continue
            if np.isfinite(curve[array(r["survival"]) == 0]).any():
                continue  # R's robust variance is 0 at S = 0 and so are its limits; ours are missing there
            found = getattr(quantiles, ours)[rows]
            np.testing.assert_allclose(found, array(r[theirs]), rtol=RTOL_REFERENCE, err_msg=f"{group} {ours}")


def test_limits_that_are_not_monotone_are_inverted_at_their_first_crossing() -> None:
    case = next(c for c in REFERENCE["cases"] if c["name"] == "sampling_weights")
    km = fit(case, "log-log")
    curve = km.curves[0]
    assert (np.diff(curve.lower) > 0).any()
    first = curve.time[np.flatnonzero(curve.lower <= 0.9)[0]]
    assert km.quantile(0.1).lower[0] == first
