"""Frailty over every library of frames, by formula, and what is refused."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, DataWarning, NotEstimableError, OptionError

N = 60


def frame(library: str, **extra: Any) -> Any:
    rng = np.random.default_rng(11)
    centre = rng.integers(0, 8, N)
    strength = rng.gamma(1.5, 1 / 1.5, 8)
    x = rng.normal(size=N)
    table: dict[str, Any] = {
        "time": rng.exponential(10 / (strength[centre] * np.exp(0.5 * x))).round(2) + 0.01,
        "event": (rng.random(N) < 0.8).astype(int),
        "x": x,
        "arm": rng.choice(["a", "b"], N).tolist(),
        "centre": [f"c{c}" for c in centre],
        **extra,
    }
    if library == "numpy":
        return table
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(table)


def test_libraries_and_formulas_give_the_same_bits() -> None:
    first = ms.cox_frailty("time", event="event", covariates=["x", "arm"], group="centre", data=frame("pandas"))
    assert first.theta > 0 and first.converged
    for library in ("pandas", "polars", "pyarrow", "numpy"):
        data = frame(library)
        fit = ms.cox_frailty("time", event="event", covariates=["x", "arm"], group="centre", data=data)
        assert fit.coefficients == first.coefficients and fit.theta == first.theta and fit.title() == first.title()
        by_formula = ms.cox_frailty(formula="Surv(time, event) ~ x + arm", group="centre", data=data)
        assert list(by_formula.coefficients.values()) == list(first.coefficients.values())
        fit.to_frame()
        fit.to_ard()
        assert fit.frailties().group == [f"c{c}" for c in range(8)]
        fit.frailties().to_ard()


def test_a_doubled_row_is_a_weight_of_two() -> None:
    data = frame("numpy")
    doubled = {name: [*values, *values] for name, values in data.items()}
    call: dict[str, Any] = {"event": "event", "covariates": ["x"], "group": "centre", "ties": "breslow"}
    weighted = ms.cox_frailty("time", data={**data, "w": [2] * N}, weights="w", theta=0.4, **call)
    repeated = ms.cox_frailty("time", data=doubled, theta=0.4, **call)
    assert weighted.coefficients["x"] == pytest.approx(repeated.coefficients["x"], rel=1e-9)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-10)


def test_no_spread_between_groups_is_said() -> None:
    rng = np.random.default_rng(2)
    with pytest.warns(DataWarning, match="variance of the frailty is estimated as 0"):
        fit = ms.cox_frailty(
            np.tile(np.arange(1.0, 21.0), 3),
            event=np.ones(60),
            covariates={"x": rng.normal(size=60)},
            group=np.repeat([1, 2, 3], 20),
        )
    assert fit.theta == 0 and fit.frailty_test is not None and fit.frailty_test.p_value == 1
    np.testing.assert_array_equal(fit.frailties().frailty, 1)


def test_what_is_wrong_is_named() -> None:
    data = frame("pandas")
    with pytest.raises(OptionError, match="`theta` must be finite"):
        ms.cox_frailty("time", event="event", covariates=["x"], group="centre", theta=-1, data=data)
    with pytest.raises(OptionError, match="needs at least two groups"):
        ms.cox_frailty("time", event="event", covariates=["x"], group="one", data=frame("pandas", one=["z"] * N))
    with pytest.raises(DataError, match="column `center` not found"):
        ms.cox_frailty("time", event="event", covariates=["x"], group="center", data=data)
    with pytest.raises(NotEstimableError, match="no events"):
        ms.cox_frailty([1.0, 2, 3, 4], event=[0, 0, 0, 0], covariates={"x": [1.0, 2, 1, 2]}, group=[1, 1, 2, 2])
    with pytest.raises(OptionError, match="unknown ties `exact`"):
        ms.cox_frailty("time", event="event", covariates=["x"], group="centre", ties="exact", data=data)  # type: ignore[arg-type]
