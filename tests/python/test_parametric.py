"""Parametric models: libraries of frames, formulas, and what is refused."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning, NotEstimableError, OptionError

N = 60


def columns() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    time = rng.weibull(1.3, N).round(2) * 10 + 0.1
    return {
        "time": time,
        "event": (rng.random(N) < 0.7).astype(int),
        "lo": np.floor(time),
        "hi": np.floor(time) + 1,
        "x": rng.normal(size=N),
        "source": rng.choice(["BM", "UC", "AD"], N).tolist(),
        "entry": time * 0.1,
        "off": rng.normal(size=N) / 5,
        "id": rng.integers(0, 12, N),
    }


def frame(library: str, **extra: Any) -> Any:
    table = {**columns(), **extra}
    if library == "numpy":
        return table
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(table)


@pytest.mark.parametrize("model", [ms.aft, ms.royston_parmar])
def test_libraries_formulas_and_names_give_the_same_bits(model: Any) -> None:
    first = model("time", event="event", covariates=["x", "source"], data=frame("pandas"))
    for library in ("pandas", "polars", "pyarrow", "numpy"):
        data = frame(library)
        fit = model("time", event="event", covariates=["x", "source"], data=data)
        assert fit.coefficients == first.coefficients and fit.title() == first.title()
        by_formula = model(formula="Surv(time, event) ~ x + source", data=data)
        assert list(by_formula.coefficients.values()) == list(first.coefficients.values())
        new = {"x": [0.0, 1.0], "source": ["UC", "AD"]}
        np.testing.assert_array_equal(
            by_formula.predict_survival(new, times=[1, 5]).estimate, fit.predict_survival(new, times=[1, 5]).estimate
        )
        intervals = model(formula='Surv(lo, hi, type="interval2") ~ x', data=data)
        named = model(lower="lo", upper="hi", covariates=["x"], data=data)
        assert intervals.coefficients == named.coefficients
        fit.to_frame()
        fit.to_ard()
        fit.predict_quantile(new, p=[0.1, 0.5]).to_ard()


@pytest.mark.parametrize("model", [ms.aft, ms.royston_parmar])
def test_entry_offset_and_cluster_by_formula(model: Any) -> None:
    data = frame("polars")
    a = model(formula="Surv(entry, time, event) ~ x + offset(off) + cluster(id)", data=data)
    b = model("time", event="event", entry="entry", covariates=["x"], offset="off", cluster="id", data=data)
    assert a.coefficients == b.coefficients and a.standard_errors == b.standard_errors
    assert "delayed entry" in a.title() and "robust to clusters" in a.title()


def test_an_offset_of_the_accelerated_model_is_a_shift_of_log_time() -> None:
    data = columns()
    shift = ms.aft(data["time"], event=data["event"], offset=np.full(N, 0.7))
    plain = ms.aft(data["time"], event=data["event"])
    assert shift.coefficients["(Intercept)"] == pytest.approx(plain.coefficients["(Intercept)"] - 0.7, abs=1e-10)
    assert shift.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-9)


def test_a_row_entering_late_without_information_changes_nothing() -> None:
    data = columns()
    plain = ms.aft(data["time"], event=data["event"], entry=np.zeros(N))
    none = ms.aft(data["time"], event=data["event"])
    assert plain.coefficients == none.coefficients


def test_what_cannot_be_estimated_is_refused_with_the_reason() -> None:
    with pytest.raises(NotEstimableError, match="there is no event"):
        ms.aft([1.0, 2.0, 3.0], event=[0, 0, 0])
    with pytest.raises(NotEstimableError, match=r"coefficient of `arm` on log time runs to plus infinity .*Firth"):
        ms.aft([1.0, 2.0, 3.0, 4.0, 5.0], event=[1, 1, 0, 0, 1], covariates={"arm": [0, 0, 1, 1, 0]})
    with pytest.raises(NotEstimableError, match="scale runs to 0"):
        ms.aft([2.0, 2.0, 2.0], event=[1, 1, 1])
    with pytest.raises(DataError, match=r"event at time 0 has no logarithm \(row 1\)"):
        ms.aft([1.0, 0.0, 2.0], event=[1, 1, 1])
    with pytest.raises(NotEstimableError, match="too few distinct times for these knots"):
        ms.royston_parmar([1.0, 2.0, 3.0, 3.0], event=[0, 0, 1, 1], interior=2)
    with pytest.raises(NotEstimableError, match="log-normal model has no hazard"):
        ms.aft([1.0, 2.0, 3.0], event=[1, 1, 1], distribution="log-normal").ratios()


def test_intervals_that_every_row_fits_with_certainty_are_refused() -> None:
    """The likelihood reaches 1 at its bound: whatever the climb ends with is not an estimate."""
    with pytest.raises(NotEstimableError, match="fits every interval with probability 1"):
        ms.aft(lower=[1, 1, 1], upper=[3, 3, 3])
    with pytest.raises(NotEstimableError, match="fits every interval with probability 1"):
        ms.aft(lower=[0, 0, 0, 5, 6, 7], upper=[2, 3, 1, 9, 10, 11], covariates={"arm": [0, 0, 0, 1, 1, 1]})
    with pytest.raises(NotEstimableError, match="bound the times on one side only"):
        ms.aft(lower=[0, 0], upper=[3, 4])
    with pytest.raises(NotEstimableError, match="fits every interval with probability 1"):
        ms.royston_parmar(lower=[1, 2, 2], upper=[3, 3, 4])


def test_short_of_the_maximum_there_are_no_standard_errors() -> None:
    data = columns()
    with pytest.warns(
        ConvergenceWarning, match="after 1 iterations: the estimates are not the maximum and have no standard"
    ):
        fit = ms.aft(data["time"], event=data["event"], max_iterations=1)
    assert not fit.converged and set(fit.standard_errors.values()) == {None}
    assert np.isnan(fit.summary().lower).all() and np.isnan(fit.covariance).all()


def test_entry_is_checked_against_the_interval_of_the_row() -> None:
    fit = ms.aft(lower=[0, 2, 4, 1], upper=[1.5, None, 5, 3], entry=[0, 1, 2, 0], distribution="exponential")
    assert fit.converged
    with pytest.raises(
        DataError, match=r"column `entry` must be >= 0, but row 0 enters at -1 with its event in \(0, 1.5\]"
    ):
        ms.aft(lower=[0, 2], upper=[1.5, None], entry=[-1, 0])
    with pytest.raises(
        DataError, match=r"`entry` must be before the event, at most its lower end, but row 2 enters at 5"
    ):
        ms.aft(lower=[0, None, 4], upper=[1.5, None, 6], entry=[0, 1, 5], missing="drop")


def test_few_events_constant_and_aliased_columns_are_said() -> None:
    data = columns()
    with pytest.warns(DataWarning, match="covariate `one` is constant"):
        fit = ms.aft(data["time"], event=data["event"], covariates={"x": data["x"], "one": np.ones(N)})
    assert fit.coefficients["one"] is None and fit.status["one"] == "constant"
    with pytest.warns(DataWarning, match="covariate `twice` is a combination"):
        ms.aft(data["time"], event=data["event"], covariates={"x": data["x"], "twice": 2 * data["x"]})
    with pytest.warns(DataWarning, match="3 parameters for 2 events"):
        corners = {"x": [0.0, 1, 0, 1, 0.4, 0.6], "y": [0.0, 0, 1, 1, 0.5, 0.5]}
        ms.aft([3.0] * 6, event=[0, 0, 0, 0, 1, 1], covariates=corners, distribution="exponential")


def test_options_and_roles_are_checked() -> None:
    data = columns()
    with pytest.raises(OptionError, match="unknown distribution `gompertz`"):
        ms.aft(data["time"], event=data["event"], distribution="gompertz")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="unknown scale `probit`"):
        ms.royston_parmar(data["time"], event=data["event"], scale="probit")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`interior` or `knots`"):
        ms.royston_parmar(data["time"], event=data["event"], interior=1, knots=[1, 2])
    with pytest.raises(OptionError, match="ascending"):
        ms.royston_parmar(data["time"], event=data["event"], knots=[3, 2])
    with pytest.raises(TypeError, match="give `time` and `event`, `lower` and `upper`"):
        ms.aft(event=data["event"])
    with pytest.raises(TypeError, match="not both"):
        ms.aft(data["time"], event=data["event"], lower=data["lo"], upper=data["hi"])
    with pytest.raises(TypeError, match="give the covariates of the new subjects"):
        ms.aft(data["time"], event=data["event"], covariates={"x": data["x"]}).predict_survival(times=1)


def test_a_spline_that_falls_is_said() -> None:
    """Increasing at every event, it may still fall between them: predicted survival would rise there."""
    time = [2.0, 3, 4, 4, 10, 12, 22, 24]
    with pytest.warns(DataWarning, match=r"spline falls between the times 6\.5148 and 8\.2712"):
        fit = ms.royston_parmar(time, event=[1] * 8, interior=2)
    survival = fit.predict_survival(times=np.linspace(6.6, 8.2, 9))
    assert (np.diff(survival.estimate) > 0).all() and (survival.other < 0).all()
    assert any("falls" in note for note in fit.notes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ms.royston_parmar(time, event=[1] * 8, interior=1)


def test_knots_given_as_times_are_those_of_the_fit() -> None:
    data = columns()
    default = ms.royston_parmar(data["time"], event=data["event"], interior=2)
    given = ms.royston_parmar(data["time"], event=data["event"], knots=default.knots)
    assert given.log_likelihood == pytest.approx(default.log_likelihood, rel=1e-12)
    assert default.terms == ["gamma0", "gamma1", "gamma2", "gamma3"]


def test_cell_doses_of_raw_size_fit() -> None:
    data = columns()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small = ms.aft(data["time"], event=data["event"], covariates={"dose": data["x"]})
        large = ms.aft(data["time"], event=data["event"], covariates={"dose": 2e10 + 1e9 * data["x"]})
    assert large.coefficients["dose"] * 1e9 == pytest.approx(small.coefficients["dose"], rel=1e-9)
