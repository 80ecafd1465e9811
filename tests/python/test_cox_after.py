"""What follows a Cox fit, on frames, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, DataWarning, NotEstimableError, OptionError

RANDOM = np.random.default_rng(8)
N = 60
COLUMNS: dict[str, Any] = {
    "time": np.ceil(RANDOM.exponential(20, N)),
    "event": RANDOM.random(N) < 0.7,
    "age": RANDOM.normal(40, 10, N),
    "source": np.tile(["BM", "UC", "AD"], N // 3),
    "centre": np.repeat(["a", "b"], N // 2),
}


@pytest.fixture(params=[pd.DataFrame, pl.DataFrame, lambda d: pa.table(d)], ids=["pandas", "polars", "pyarrow"])
def frame(request: pytest.FixtureRequest) -> Any:
    return request.param(COLUMNS)


def test_results_come_back_in_the_library_of_the_user(frame: Any) -> None:
    fit = ms.cox("time", event="event", covariates=["age", "source"], data=frame, strata="centre")
    results = [
        fit.concordance("uno"),
        fit.baseline_hazard("mean"),
        fit.by_stratum(),
        fit.prediction_error([5, 15]),
        fit.adjusted_curves("source", times=[5, 15]),
        ms.concordance("time", event="event", score="age", data=frame, strata="centre"),
        ms.cox_likelihood("time", event="event", covariates=["age"], data=frame, coefficients=[0.0]),
    ]
    for result in results:
        assert type(result.to_frame()) is type(frame)
        assert type(result.to_ard()) is type(frame)
        assert "<table>" in result._repr_html_()


def test_adjusted_curves_of_levels_are_means_of_predictions() -> None:
    fit = ms.cox("time", event="event", covariates=["age", "source"], data=COLUMNS, strata="centre")
    curves = fit.adjusted_curves("source", times=[5, 15], sampled=False)
    assert curves.levels == ["AD", "BM", "UC"]
    for i, level in enumerate(curves.levels):
        everybody = fit.predict_survival({**COLUMNS, "source": [level] * N}, times=[5, 15]).survival
        np.testing.assert_allclose(curves.survival[i], everybody.mean(axis=0), rtol=1e-12)
    assert (curves.difference[0] == 0).all() and (curves.difference_standard_error[0] == 0).all()
    of_one = fit.adjusted_curves("source", times=[5], population={k: v[:1] for k, v in COLUMNS.items()}, sampled=False)
    alone = fit.predict_survival(
        {**{k: v[:1] for k, v in COLUMNS.items()}, "source": ["BM"]}, times=[5], conf_type="log-log"
    )
    np.testing.assert_allclose(
        [of_one.lower[1, 0], of_one.upper[1, 0]], [alone.lower[0, 0], alone.upper[0, 0]], rtol=1e-10
    )


def test_adjusted_curves_end_with_the_follow_up() -> None:
    """Beyond it a curve would be carried on without data."""
    data = {
        "t": [1.0, 2, 3, 4, 5, 6, 7, 9],
        "e": [1, 1, 0, 1, 1, 0, 1, 0],
        "x": [0, 1, 1, 0, 1, 0, 0, 1],
        "s": list("aaaabbbb"),
    }
    curves = ms.cox("t", event="e", covariates=["x"], data=data).adjusted_curves("x", times=[8, 9, 9.5])
    assert np.isfinite(curves.survival[:, :2]).all() and np.isnan(curves.difference_upper[:, 2]).all()
    assert curves.columns()["note"][:3] == ["", "", "beyond the last observed time 9"]
    by_stratum = ms.cox("t", event="e", covariates=["x"], data=data, strata="s").adjusted_curves("x", times=[4, 5])
    assert by_stratum.columns()["note"][:2] == ["", "beyond the last observed time 4"]
    assert np.isnan(by_stratum.survival[:, 1]).all()


def test_predictions_are_given_as_numbers_or_columns() -> None:
    data = {"t": [1.0, 2, 3, 4], "e": [1, 1, 0, 0], "p1": [0.9, 0.8, 0.9, 0.95], "p2": [0.2, 0.4, 0.7, 0.9]}
    by_name = ms.prediction_error("t", event="e", data=data, survival=["p1", "p2"], times=[1.5, 2.5])
    numbers = np.column_stack([data["p1"], data["p2"]])
    by_number = ms.prediction_error("t", event="e", data=data, survival=numbers, times=[1.5, 2.5])
    assert by_name.brier.tolist() == by_number.brier.tolist()
    with pytest.raises(DataError, match="`p3`"):
        ms.prediction_error("t", event="e", data=data, survival="p3", times=1.5)
    with pytest.raises(TypeError, match="no `data=` was given"):
        ms.prediction_error(data["t"], event=data["e"], survival="p1", times=1.5)
    with pytest.raises(DataError, match="`survival` must hold numbers"):
        ms.prediction_error(data["t"], event=data["e"], survival=["a", 1], times=1.5)
    with pytest.raises(OptionError, match="`times` must be a number or a list of numbers, but is 'x'"):
        ms.prediction_error(data["t"], event=data["e"], survival=[0.1] * 4, times="x")  # type: ignore[arg-type]


def test_new_patients_are_judged_by_the_fit_of_others() -> None:
    first = {name: values[: N // 2] for name, values in COLUMNS.items()}
    second = {name: values[N // 2 :] for name, values in COLUMNS.items()}
    fit = ms.cox("time", event="event", covariates=["age"], data=first)
    found = fit.prediction_error([5, 10], data=second, event="event")
    predicted = fit.predict_survival(second, times=[5, 10]).survival
    by_hand = ms.prediction_error("time", event="event", survival=predicted, times=[5, 10], data=second)
    np.testing.assert_array_equal(found.brier, by_hand.brier)
    assert "new data" in found.title() and "apparent" in fit.prediction_error([5, 10]).title()


def test_unknown_words_and_wrong_shapes_are_named() -> None:
    fit = ms.cox("time", event="event", covariates=["age", "source"], data=COLUMNS)
    with pytest.raises(OptionError, match="unknown at `means`; use `zero` or `mean`"):
        fit.baseline_hazard("means")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="unknown kind `gonen`; use `harrell` or `uno`"):
        fit.concordance("gonen")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="`sex` is not a covariate of the fit; these are `age`, `source`"):
        fit.adjusted_curves("sex")
    with pytest.raises(OptionError, match="`age` holds 60 numbers; say by `at=` which"):
        fit.adjusted_curves("age")
    with pytest.raises(OptionError, match="`coefficients` must be 3 numbers"):
        fit.by_stratum([0.0])
    with pytest.raises(DataError, match=r"60 x 2, but has shape \(60, 1\)"):
        ms.prediction_error("time", event="event", survival=np.full((N, 1), 0.5), times=[5, 6], data=COLUMNS)
    with pytest.raises(OptionError, match=r"`survival` must be probabilities, but is 1\.5"):
        ms.prediction_error("time", event="event", survival=np.full((N, 1), 1.5), times=5, data=COLUMNS)
    with pytest.raises(NotEstimableError, match="nobody is followed beyond 1000"):
        fit.prediction_error([1000])
    with pytest.raises(OptionError, match="`kind = uno` does not go with `entry`"):
        ms.concordance([2, 3], event=[1, 1], score=[1.0, 2.0], entry=[0, 1], kind="uno")


def test_more_covariates_than_events_separation_and_a_constant_are_said() -> None:
    time, event = np.arange(1.0, 9), np.array([1, 0, 1, 0, 0, 0, 0, 0], dtype=bool)
    x = np.random.default_rng(1).normal(size=(8, 3))
    with pytest.warns(Warning, match="3 covariates but only 2 events"):
        ms.cox(time, event=event, covariates=x)
    with pytest.warns(Warning, match="covariate `x1` is constant"):
        fit = ms.cox(time, event=event, covariates=np.column_stack([np.ones(8), x[:, 0]]))
    assert fit.status["x1"] == "constant" and fit.coefficients["x1"] is None
    with pytest.warns(Warning, match="a Wald interval has no meaning"):
        fit = ms.cox(time, event=event, covariates={"arm": event.astype(float)})
    assert fit.status == {"arm": "plus infinity"} and fit.wald is None
    with pytest.raises(NotEstimableError, match='penalty="firth"'):
        fit.baseline_hazard()


def test_predictions_after_the_last_observed_time_are_missing_and_say_so() -> None:
    data = {
        "time": [1.0, 2, 3, 4, 1, 2, 3, 9],
        "event": [1, 1, 0, 1, 0, 1, 1, 1],
        "x": [0, 1, 0, 1, 1, 0, 1, 0],
        "s": list("aaaabbbb"),
    }
    fit = ms.cox("time", event="event", covariates=["x"], strata="s", data=data)
    new = {"x": [0.0, 0.0], "s": ["a", "b"]}
    found = fit.predict_survival(new, times=[4.0, 5.0, 9.5])
    assert np.isnan(found.survival).tolist() == [[False, True, True], [False, False, True]]
    assert found.note[1] == "beyond the last observed time 4" and found.note[4] == ""
    whole = fit.predict_survival(new, times=[4.0, 5.0, 9.5], extend=True)
    assert not np.isnan(whole.survival).any() and whole.survival[0, 2] == found.survival[0, 0]
    assert np.isnan(fit.adjusted_curves("x", times=[4.0, 5.0]).survival[:, 1]).all()
    assert not np.isnan(fit.adjusted_curves("x", times=[4.0, 5.0], extend=True).survival).any()


def test_quantiles_need_the_whole_curve_and_are_missing_where_not_reached() -> None:
    fit = ms.cox([1.0, 2, 3, 4], event=[1, 0, 0, 0], covariates={"x": [0.0, 1, 0, 1]}, penalty="firth")
    with pytest.raises(OptionError, match="leave `times` out"):
        fit.predict_survival([[0.0]], times=[2.0]).quantile()
    assert np.isnan(fit.predict_survival([[0.0]]).quantile(0.5).estimate).all()


@pytest.mark.parametrize(
    ("kind", "collapse", "message"),
    [
        ("schoenfeld", [1] * N, "belong to events"),
        ("dfbeta", [1, 2], f"2 values, but the fit used {N} rows"),
        ("dfbeta", ["a", None] + ["b"] * (N - 2), "row 1"),
        ("working", None, "kind"),
    ],
)
def test_residuals_that_cannot_be_are_refused(kind: Any, collapse: Any, message: str) -> None:
    fit = ms.cox("time", event="event", covariates=["age"], data=COLUMNS)
    with pytest.raises((DataError, OptionError), match=message):
        fit.residuals(kind, collapse=collapse)


def test_new_subjects_with_other_columns_are_refused() -> None:
    fit = ms.cox("time", event="event", covariates=["age"], data=COLUMNS)
    with pytest.raises(DataError, match="2 columns, but the fit has 1"):
        fit.predict_hazard_ratio([[1.0, 2.0]])
    with pytest.raises(DataError, match="one subject, but holds 2"):
        fit.predict_hazard_ratio([[1.0]], reference=[[1.0], [2.0]])


def test_arrays_of_new_subjects_need_the_columns_of_the_fit() -> None:
    time, cause = [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 1, 0, 1, 1, 2, 1]
    x = {"x": [1, 0, 2, 0, 1, 1, 3, 0.5]}
    plain = ms.cox(time, event=[c > 0 for c in cause], covariates=x)
    gray = ms.fine_gray(time, cause=cause, of=1, covariates=x)
    both = ms.cause_specific_cox(time, cause=cause, covariates=x)
    message = r"new subjects have 2 columns, but the fit has 1 \(x\)"
    for predict in (plain.predict_survival, gray.predict_incidence, both.predict_incidence):
        with pytest.raises(DataError, match=message):
            predict(np.array([[1.0, 2.0]]))
        with pytest.raises(DataError, match="`new`, row 0, column `x` must be finite, but is nan"):
            predict(np.array([[np.nan]]))


def test_path_factors_and_constant_covariates_are_named() -> None:
    call = {"event": [1, 1, 0, 1], "penalty": "lasso"}
    with pytest.raises(DataError, match=r"one number for each of the 1 terms \(x\), but has 2"):
        ms.cox_path([1, 2, 3, 4], covariates={"x": [1, 2, 1, 1]}, factors=[1, 2], **call)
    with pytest.warns(DataWarning, match="covariate `flat` is constant; its coefficient is 0"):
        path = ms.cox_path([1, 2, 3, 4], covariates={"x": [1, 2, 1, 3], "flat": [1] * 4}, n_strengths=3, **call)
    assert (path.coefficients[:, 1] == 0).all()


def test_incidence_after_the_last_observed_time_is_missing_and_says_so() -> None:
    time, cause = [1.0, 2, 3, 4, 5, 6, 7, 8], [1, 2, 1, 0, 1, 1, 2, 1]
    data = {"time": time, "cause": cause, "x": [1, 0, 2, 0, 1, 1, 3, 0.5]}
    for fit in (
        ms.fine_gray("time", cause="cause", of=1, covariates=["x"], data=data),
        ms.cause_specific_cox("time", cause="cause", covariates=["x"], data=data),
    ):
        found = fit.predict_incidence({"x": [1.0, 2.0]}, times=[2, 8, 9])
        assert np.isnan(found.incidence).tolist() == [[[False, False, True]] * len(found.causes)] * 2
        assert set(found.note) == {"", "beyond the last observed time 8"}
        assert np.isnan(found.upper[:, :, 2]).all() and "note" in found.columns()
        carried = fit.predict_incidence({"x": [1.0, 2.0]}, times=[8, 9], extend=True)
        np.testing.assert_array_equal(carried.incidence[:, :, 0], carried.incidence[:, :, 1])
        assert set(carried.note) == {""}
