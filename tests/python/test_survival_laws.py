"""Laws every estimator keeps: order of rows, unit of time, names of groups, doubled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mscsle as ms

N = 90
RTOL = 1e-9  # rounding of sums taken in another order, and the last step of an iteration


def table() -> dict[str, Any]:
    random = np.random.default_rng(41)
    time = np.ceil(random.exponential(20, N))
    return {
        "time": time,
        "event": random.random(N) < 0.6,
        "cause": random.choice([0, 1, 2], N, p=[0.3, 0.5, 0.2]),
        "x": random.normal(size=N).round(3),
        "z": random.integers(0, 2, N).astype(float),
        "arm": random.choice(["a", "b"], N),
        "centre": random.choice(["k", "l", "m", "n", "o", "p"], N),
        "entry": np.floor(time * random.random(N) * 0.4),
    }


def fine_gray(data: dict[str, Any]) -> list[float]:
    fit = ms.fine_gray("time", cause="cause", of=1, covariates=["x", "z"], data=data)
    return [*fit.coefficients.values(), *fit.standard_errors.values()]


def cause_specific(data: dict[str, Any]) -> list[float]:
    fit = ms.cause_specific_cox("time", cause="cause", covariates=["x", "z"], data=data)["1"]
    return [*fit.coefficients.values(), *fit.standard_errors.values()]


def frailty(data: dict[str, Any]) -> list[float]:
    fit = ms.cox_frailty("time", event="event", covariates=["x"], group="centre", theta=0.5, data=data)
    return [*fit.coefficients.values(), *fit.standard_errors.values()]


def cox(data: dict[str, Any]) -> list[float]:
    fit = ms.cox("time", event="event", entry="entry", covariates=["x", "z"], strata="centre", data=data)
    return [*fit.coefficients.values(), *fit.standard_errors.values(), fit.log_likelihood]


def gray(data: dict[str, Any]) -> list[float]:
    return [ms.gray_test("time", cause="cause", of=1, by="arm", data=data).statistic]


def max_combo(data: dict[str, Any]) -> list[float]:
    return [ms.max_combo("time", event="event", by="arm", data=data).statistic]


FITS = {f.__name__: f for f in (fine_gray, cause_specific, frailty, cox, gray, max_combo)}


@pytest.mark.parametrize("name", list(FITS))
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    data = table()
    order = np.random.default_rng(2).permutation(N)
    shuffled = {column: np.asarray(values)[order] for column, values in data.items()}
    np.testing.assert_allclose(FITS[name](shuffled), FITS[name](data), rtol=RTOL)


@pytest.mark.parametrize("name", list(FITS))
@pytest.mark.parametrize("unit", [7.0, 1 / 30.4375, 1e-6])
def test_the_unit_of_time_does_not_matter(name: str, unit: float) -> None:
    data = table()
    scaled = {**data, "time": data["time"] * unit, "entry": data["entry"] * unit}
    np.testing.assert_allclose(FITS[name](scaled), FITS[name](data), rtol=RTOL)


@pytest.mark.parametrize("name", ["gray", "max_combo"])
def test_the_names_of_the_groups_do_not_matter(name: str) -> None:
    data = table()
    swapped = {**data, "arm": np.where(data["arm"] == "a", "b", "a")}
    np.testing.assert_allclose(np.abs(FITS[name](swapped)), np.abs(FITS[name](data)), rtol=RTOL)


@pytest.mark.parametrize("name", ["fine_gray", "cause_specific", "cox", "frailty"])
def test_a_covariate_turned_round_turns_its_coefficient_round(name: str) -> None:
    data = table()
    found, turned = FITS[name](data), FITS[name]({**data, "x": -data["x"]})
    assert turned[0] == pytest.approx(-found[0], rel=RTOL)
    np.testing.assert_allclose(turned[1:], found[1:], rtol=RTOL)


def test_the_restricted_mean_keeps_order_unit_and_names() -> None:
    data = table()
    mean = ms.rmst("time", event="event", by="arm", tau=30, data=data)
    order = np.random.default_rng(2).permutation(N)
    shuffled = ms.rmst("time", event="event", by="arm", tau=30, data={k: np.asarray(v)[order] for k, v in data.items()})
    np.testing.assert_allclose(shuffled.contrasts.estimate, mean.contrasts.estimate, rtol=RTOL)
    days = ms.rmst("time", event="event", by="arm", tau=210, data={**data, "time": data["time"] * 7})
    np.testing.assert_allclose(days.estimate, 7 * mean.estimate, rtol=RTOL)
    np.testing.assert_allclose(days.contrasts.p_value, mean.contrasts.p_value, rtol=RTOL)
    swapped = ms.rmst(
        "time", event="event", by="arm", tau=30, data={**data, "arm": np.where(data["arm"] == "a", "b", "a")}
    )
    assert swapped.contrasts.estimate[0] == pytest.approx(-mean.contrasts.estimate[0], rel=RTOL)
    assert swapped.contrasts.estimate[1] == pytest.approx(1 / mean.contrasts.estimate[1], rel=RTOL)


@pytest.mark.parametrize("name", ["fine_gray", "cox"])
def test_weight_two_is_every_row_twice(name: str) -> None:
    data = table()
    twice = {column: np.repeat(np.asarray(values), 2) for column, values in data.items()}
    weighted = {**data, "w": np.full(N, 2.0)}
    common: dict[str, Any] = {"weights": "w", "weight_kind": "frequency", "covariates": ["x", "z"], "data": weighted}
    if name == "fine_gray":
        fit = ms.fine_gray("time", cause="cause", of=1, **common)
    else:
        fit = ms.cox("time", event="event", entry="entry", strata="centre", **common)
    found = [*fit.coefficients.values(), *fit.standard_errors.values()]
    np.testing.assert_allclose(found, FITS[name](twice)[: len(found)], rtol=1e-8)
