"""Formulas: the same bits as column names, over every library of frames, and errors that teach."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError

N = 120


def columns() -> dict[str, Any]:
    rng = np.random.default_rng(7)
    return {
        "start": np.zeros(N),
        "stop": rng.exponential(10, N).round(1) + 0.1,
        "event": rng.integers(0, 2, N),
        "proteinuria": rng.normal(size=N),
        "source": rng.choice(["BM", "UC", "AD"], N).tolist(),
        "centre": rng.choice(["a", "b"], N).tolist(),
        "dose": rng.choice([1, 2, 10], N),
        "risk": rng.normal(size=N) / 10,
    }


def frame(library: str, extra: dict[str, Any] | None = None) -> Any:
    table = {**columns(), **(extra or {})}
    if library == "numpy":
        return table
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(table)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_a_formula_gives_the_bits_of_column_names(library: str) -> None:
    data = frame(library)
    by_formula = ms.cox(formula="Surv(start, stop, event) ~ proteinuria + C(source) + strata(centre)", data=data)
    by_name = ms.cox(
        "stop", event="event", entry="start", covariates=["proteinuria", "source"], strata="centre", data=data
    )
    assert list(by_formula.coefficients.values()) == list(by_name.coefficients.values())
    assert list(by_formula.standard_errors.values()) == list(by_name.standard_errors.values())
    assert by_formula.log_likelihood == by_name.log_likelihood
    assert by_formula.terms == ["proteinuria", "C(source)BM", "C(source)UC"]
    assert by_formula.title() == by_name.title()
    np.testing.assert_array_equal(by_formula.ph_test().statistic, by_name.ph_test().statistic)
    new = {"proteinuria": [0.5, -1.0], "source": ["UC", "AD"], "centre": ["a", "b"]}
    np.testing.assert_array_equal(
        by_formula.predict_survival(new, times=[1, 5]).survival, by_name.predict_survival(new, times=[1, 5]).survival
    )


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_cluster_offset_and_weights_are_those_of_the_arguments(library: str) -> None:
    data = frame(library, {"w": np.tile([1, 2], N // 2)})
    a = ms.cox(formula="Surv(stop, event) ~ source + cluster(dose) + offset(risk)", data=data, weights="w")
    b = ms.cox("stop", event="event", covariates=["source"], cluster="dose", offset="risk", data=data, weights="w")
    assert list(a.standard_errors.values()) == list(b.standard_errors.values())
    assert a.log_likelihood == b.log_likelihood


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_curves_and_tests_by_formula(library: str) -> None:
    data = frame(library)
    km = ms.kaplan_meier(formula="Surv(stop, event) ~ source", data=data)
    assert [c.survival.tolist() for c in km] == [
        c.survival.tolist() for c in ms.kaplan_meier("stop", event="event", by="source", data=data)
    ]
    assert ms.kaplan_meier(formula="Surv(stop, event) ~ 1", data=data).groups == ["all"]
    both = ms.kaplan_meier(formula="Surv(stop, event) ~ source + centre", data=data)
    assert both.groups[0] == "AD, a"
    test = ms.logrank(formula="Surv(stop, event) ~ source + strata(centre)", data=data)
    other = ms.logrank("stop", event="event", by="source", strata="centre", data=data)
    assert (test.statistic, test.method) == (other.statistic, other.method)
    mean = ms.rmst(formula="Surv(stop, event) ~ centre", data=data, tau=5)
    assert mean.groups == ["a", "b"]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_a_comparison_is_an_event_and_keeps_what_is_missing(library: str) -> None:
    cnsr = [float(1 - e) for e in columns()["event"]]
    data = frame(library, {"CNSR": cnsr, "word": ["dead" if c == 0 else "alive" for c in cnsr]})
    plain = ms.cox(formula="Surv(stop, event) ~ proteinuria", data=data)
    for response in ("CNSR == 0", "word == 'dead'", "word != 'alive'"):
        fit = ms.cox(formula=f"Surv(stop, {response}) ~ proteinuria", data=data)
        assert fit.coefficients == plain.coefficients
    cnsr[3] = float("nan")
    with pytest.raises(DataError, match=r"column `CNSR == 0` holds 1 missing value \(first in row 3\)"):
        ms.cox(formula="Surv(stop, CNSR == 0) ~ proteinuria", data=frame(library, {"CNSR": cnsr}))


def test_a_comparison_keeps_the_rows_of_a_frame_with_an_index_of_its_own() -> None:
    data = frame("pandas")
    data.index = np.arange(N)[::-1]
    fit = ms.cox(formula="Surv(stop, event == 1) ~ proteinuria", data=data)
    assert fit.coefficients == ms.cox(formula="Surv(stop, event) ~ proteinuria", data=data).coefficients


def test_missing_values_are_refused_by_column_or_dropped() -> None:
    values = columns()["proteinuria"]
    values[[2, 5]] = np.nan
    data = frame("pandas", {"proteinuria": values})
    with pytest.raises(DataError, match=r"column `proteinuria` holds 2 missing values \(first in row 2\)"):
        ms.cox(formula="Surv(stop, event) ~ proteinuria", data=data)
    fit = ms.cox(formula="Surv(stop, event) ~ proteinuria", data=data, missing="drop")
    same = ms.cox("stop", event="event", covariates=["proteinuria"], data=data, missing="drop")
    assert (fit.n_dropped, fit.coefficients) == (2, same.coefficients)


def test_levels_references_and_interactions() -> None:
    data = frame("polars")
    fit = ms.cox(formula="Surv(stop, event) ~ proteinuria * source + C(dose)", data=data, ref={"source": "UC"})
    assert fit.terms == [
        "proteinuria",
        "sourceAD",
        "sourceBM",
        "C(dose)2",
        "C(dose)10",
        "proteinuria:sourceAD",
        "proteinuria:sourceBM",
    ]
    assert fit.references == {"source": "UC"}
    assert fit.ph_test().terms == ["proteinuria", "source", "C(dose)", "proteinuria:source", "global"]


@pytest.mark.parametrize(
    ("formula", "error", "text"),
    [
        ("Surv(stop, event) ~ protein", DataError, "column `protein` not found; did you mean `proteinuria`"),
        ("Surv(stop, evnt) ~ source", DataError, "column `evnt` not found; did you mean `event`"),
        ("Surv(stop, event) ~ source + strata(center)", DataError, "did you mean `centre`"),
        ("Surv(stop) ~ source", OptionError, "an event is never guessed"),
        ("Surv(stop, event == 3) ~ source", DataError, "column `event` holds no `3`; its values are `0`, `1`"),
        ("stop ~ source", OptionError, "the left-hand side is `Surv"),
        ("Surv(stop, event)", OptionError, "a formula has two sides"),
        ("Surv(stop, event) ~ source +", OptionError, "something is missing beside `\\+`"),
        ("Surv(stop, event) ~ (source", OptionError, "not closed"),
        ("Surv(stop, event) ~ strata(centre)*source", OptionError, "a term of its own"),
        ("Surv(stop, event) ~ frailty(centre)", OptionError, "ms.cox_frailty"),
        ("Surv(stop, event) ~ foo(proteinuria)", OptionError, "unknown function `foo"),
        ("Surv(stop, event) ~ 0 + source", OptionError, "leave out `0`"),
        ("Surv(stop, event) ~ .", OptionError, "name the covariates"),
        ("Surv(stop, event) ~ strata(centre)", OptionError, "no covariate"),
        ("Surv(stop, event) ~ log(proteinuria)", DataError, "`log\\(proteinuria\\)` must be finite"),
        ("Surv(start, stop, type='interval2') ~ source", OptionError, "this model takes"),
        ("Surv(start, stop, event, type='mstate') ~ source", OptionError, "unknown type `mstate`"),
        ("Surv(stop, event) ~ source + cluster(dose) + cluster(centre)", OptionError, "takes one column"),
    ],
)
def test_errors_say_what_would_be_right(formula: str, error: type[Exception], text: str) -> None:
    messages = set()
    for library in ("pandas", "polars", "pyarrow", "numpy"):
        with pytest.raises(error, match=text) as caught:
            ms.cox(formula=formula, data=frame(library))
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_a_formula_excludes_the_arguments_it_says() -> None:
    with pytest.raises(TypeError, match="leave out `event`"):
        ms.cox(formula="Surv(stop, event) ~ source", event="event", data=frame("pandas"))
    with pytest.raises(TypeError, match="give the frame"):
        ms.cox(formula="Surv(stop, event) ~ source")
    with pytest.raises(TypeError, match="or a `formula`"):
        ms.cox("stop", event="event", data=frame("pandas"))
    with pytest.raises(OptionError, match=r"`strata\(\)` has no meaning"):
        ms.kaplan_meier(formula="Surv(stop, event) ~ strata(centre)", data=frame("pandas"))


def test_without_formulaic_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "formulaic", None)
    with pytest.raises(ImportError, match=r"mscsle\[formula\]"):
        ms.cox(formula="Surv(stop, event) ~ source", data=frame("pandas"))
    assert ms.kaplan_meier(formula="Surv(stop, event) ~ source", data=frame("pandas")).n == N


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_path_screening_and_fine_gray_take_the_same_formula(library: str) -> None:
    rng = np.random.default_rng(3)
    data = frame(library, {"cause": rng.integers(0, 3, N)})
    formula = "Surv(start, stop, event) ~ proteinuria + risk + strata(centre)"
    named: dict[str, Any] = {"event": "event", "entry": "start", "strata": "centre", "data": data}
    covariates = ["proteinuria", "risk"]
    found = ms.cox_path(formula=formula, data=data, penalty="ridge", strengths=[0.1])
    expected = ms.cox_path("stop", covariates=covariates, penalty="ridge", strengths=[0.1], **named)
    assert found.at(0.1) == expected.at(0.1)
    screened, by_name = ms.univariate_cox(formula=formula, data=data), ms.univariate_cox("stop", covariates=covariates, **named)  # fmt: skip
    assert screened.terms == by_name.terms and screened.log_hr.tolist() == by_name.log_hr.tolist()
    terms = ms.univariate_cox(formula="Surv(stop, event) ~ C(source) + np.exp(risk)", data=data)
    assert terms.terms == ["C(source)BM", "C(source)UC", "np.exp(risk)"]
    alone = ms.cox(formula="Surv(stop, event) ~ C(source)", data=data)
    assert terms.log_hr[:2].tolist() == list(alone.coefficients.values())
    competing = ms.fine_gray(formula="Surv(stop, cause) ~ proteinuria + C(source)", of=1, data=data)
    written = ms.fine_gray("stop", cause="cause", of=1, covariates=["proteinuria", "source"], data=data)
    assert list(competing.coefficients.values()) == list(written.coefficients.values())
    assert competing.terms == ["proteinuria", "C(source)BM", "C(source)UC"]
    new = {"proteinuria": [0.5], "source": ["UC"]}
    np.testing.assert_array_equal(
        competing.predict_incidence(new, times=[5]).incidence, written.predict_incidence(new, times=[5]).incidence
    )


def test_what_a_formula_says_is_not_given_twice_to_the_others_either() -> None:
    data = frame("numpy", {"cause": np.arange(N) % 3})
    with pytest.raises(TypeError, match="leave out `covariates`"):
        ms.cox_path(formula="Surv(stop, event) ~ risk", data=data, covariates=["risk"], penalty="lasso")
    with pytest.raises(TypeError, match="leave out `strata`"):
        ms.univariate_cox(formula="Surv(stop, event) ~ risk", data=data, strata="centre")
    with pytest.raises(TypeError, match="leave out `cause`"):
        ms.fine_gray(formula="Surv(stop, cause) ~ risk", data=data, cause="cause", of=1)
    with pytest.raises(OptionError, match=r"`strata\(\)` has no meaning in this call"):
        ms.fine_gray(formula="Surv(stop, cause) ~ risk + strata(centre)", data=data, of=1)
    with pytest.raises(OptionError, match=r"`cluster\(\)` has no meaning in this call"):
        ms.cox_path(formula="Surv(stop, event) ~ risk + cluster(centre)", data=data, penalty="lasso")
    for call in (ms.univariate_cox, ms.cox_path, ms.fine_gray):
        options: dict[str, Any] = {ms.cox_path: {"penalty": "ridge"}, ms.fine_gray: {"of": 1}}.get(call, {})
        with pytest.raises(TypeError, match="or a `formula`"):
            call(data=data, **options)


def test_a_penalty_with_a_path_is_taught_by_a_call_that_runs() -> None:
    rng = np.random.default_rng(5)
    data = {"time": rng.exponential(5, 60), "event": rng.random(60) < 0.7, "age": rng.normal(size=60), "dose": rng.normal(size=60)}  # fmt: skip
    for penalty in ("ridge", "lasso", "elastic-net"):
        with pytest.raises(OptionError) as error:
            ms.cox("time", event="event", covariates=["age", "dose"], data=data, penalty=penalty)  # type: ignore[arg-type]
        first, last = str(error.value).split("`")[3], str(error.value).split("`")[5]
        scope: dict[str, Any] = {"ms": ms, "data": data}
        exec(first, scope)
        assert set(eval(last, scope)) == {"age", "dose"}


def test_cause_specific_and_recurrent_models_take_formulas_with_the_bits_of_names() -> None:
    rng = np.random.default_rng(11)
    data = {**columns(), "cause": rng.choice([0, 1, 2], N)}
    by_formula = ms.cause_specific_cox(
        formula="Surv(stop, cause) ~ proteinuria + source + strata(centre)", data=data, ref={"source": "UC"}
    )
    by_name = ms.cause_specific_cox(
        "stop", cause="cause", covariates=["proteinuria", "source"], strata="centre", data=data, ref={"source": "UC"}
    )
    for cause in (1, 2):
        assert list(by_formula[cause].coefficients.values()) == list(by_name[cause].coefficients.values())
        assert list(by_formula[cause].standard_errors.values()) == list(by_name[cause].standard_errors.values())
    subjects = {**columns(), "id": np.repeat(np.arange(N // 2), 2)}
    subjects["start"] = np.tile([0.0, 5.0], N // 2)
    subjects["stop"] = np.tile([5.0, 11.0], N // 2)
    formula = "Surv(start, stop, event) ~ proteinuria + cluster(id) + strata(centre)"
    one = ms.recurrent_cox(formula=formula, data=subjects)
    other = ms.recurrent_cox(
        "stop", entry="start", event="event", id="id", covariates=["proteinuria"], strata="centre", data=subjects
    )
    assert one.cox.coefficients == other.cox.coefficients and one.cox.standard_errors == other.cox.standard_errors
    with pytest.raises(TypeError, match="both name the subjects"):
        ms.recurrent_cox(formula=formula, id="id", data=subjects)
    with pytest.raises(TypeError, match="`cluster\\(\\)` for the subjects"):
        ms.recurrent_cox(formula="Surv(start, stop, event) ~ proteinuria", data=subjects)
    with pytest.raises(OptionError, match="no covariate"):
        ms.cause_specific_cox(formula="Surv(stop, cause) ~ 1", data=data)


def test_ties_of_the_preset_reach_cause_specific_and_recurrent_models() -> None:
    data = {**columns(), "cause": np.random.default_rng(11).choice([0, 1], N), "id": np.arange(N)}
    sas = ms.cause_specific_cox("stop", cause="cause", covariates=["proteinuria"], data=data, like="sas")
    assert "breslow" in sas[1].method
    rates = ms.recurrent_cox("stop", id="id", covariates=["proteinuria"], data=data, like="sas")
    assert "breslow" in rates.cox.method
