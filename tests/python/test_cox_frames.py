"""Cox models on the frame libraries: the same numbers and the same errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning, NotEstimableError, OptionError

COLUMNS: dict[str, list[Any]] = {
    "time": [5, 3, 9, 8, 12, 12, 7, 4, 6, 10, 11, 2],
    "event": [1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1],
    "source": ["BM", "UC", "UC", "BM", "UC", "AD", "BM", "UC", "AD", "BM", "UC", "AD"],
    "age": [31.0, 45.0, 28.0, 39.0, 22.0, 35.0, 41.0, 50.0, 33.0, 27.0, 36.0, 44.0],
    "centre": ["a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "a", "b"],
    "entry": [0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 0.0, 3.0, 0.0, 0.0],
}

Make = Callable[[dict[str, list[Any]]], Any]
FRAMES: dict[str, Make] = {
    "pandas": pd.DataFrame,
    "pandas-arrow": lambda d: pd.DataFrame(d).convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "mapping": dict,
}


@pytest.fixture(params=list(FRAMES), ids=list(FRAMES))
def make(request: pytest.FixtureRequest) -> Make:
    return FRAMES[request.param]


def test_frames_give_the_same_fit(make: Make) -> None:
    reference = ms.cox(
        COLUMNS["time"],
        event=COLUMNS["event"],
        covariates={name: COLUMNS[name] for name in ("source", "age")},
        strata=COLUMNS["centre"],
        entry=COLUMNS["entry"],
    )
    fit = ms.cox(
        "time", event="event", covariates=["source", "age"], data=make(COLUMNS), strata="centre", entry="entry"
    )
    assert fit.terms == ["source[BM]", "source[UC]", "age"]
    assert fit.coefficients == reference.coefficients
    assert fit.references == {"source": "AD"}
    assert np.array_equal(fit.covariance, reference.covariance)


def test_results_come_back_in_the_library_of_the_user() -> None:
    kinds = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.Table}
    for name, kind in kinds.items():
        fit = ms.cox("time", event="event", covariates=["age"], data=FRAMES[name](COLUMNS))
        assert isinstance(fit.summary().to_frame(), kind)
        assert isinstance(fit.to_ard(), kind)
        table = ms.univariate_cox("time", event="event", covariates=["age", "source"], data=FRAMES[name](COLUMNS))
        assert isinstance(table.to_frame(), kind)


def test_arrays_equal_columns() -> None:
    x = np.column_stack([COLUMNS["age"], [float(s == "BM") for s in COLUMNS["source"]]])
    by_matrix = ms.cox(np.asarray(COLUMNS["time"], float), event=np.asarray(COLUMNS["event"]), covariates=x)
    by_list = ms.cox(COLUMNS["time"], event=COLUMNS["event"], covariates=x.tolist())
    assert by_matrix.terms == ["x1", "x2"]
    assert by_matrix.coefficients == by_list.coefficients


def test_summary_has_the_columns_of_a_publication(make: Make) -> None:
    fit = ms.cox("time", event="event", covariates=["age"], data=make(COLUMNS))
    table = fit.summary().columns()
    assert list(table) == ["term", "log_hr", "hr", "se", "z", "p", "lower", "upper", "method", "note"]
    assert table["hr"][0] == pytest.approx(np.exp(table["log_hr"][0]))
    assert table["method"] == ["Wald 95 %"]
    assert "Cox model, efron ties" in fit.title() and "12" in fit.title()
    assert "Cox model" in fit._repr_html_()


def test_ard_names_every_statistic_with_its_method() -> None:
    fit = ms.cox("time", event="event", covariates=["age"], data=pd.DataFrame(COLUMNS))
    ard = fit.to_ard()
    assert {"estimate", "hazard.ratio", "conf.low", "n.events", "wald.p.value"} <= set(ard["stat_name"])
    assert ard["method"].str.contains("efron").all()


def test_like_chooses_the_tie_rule() -> None:
    data = pd.DataFrame(COLUMNS)
    assert ms.cox("time", event="event", covariates=["age"], data=data, like="sas").ties == "breslow"
    assert ms.cox("time", event="event", covariates=["age"], data=data, like="r").ties == "efron"
    assert ms.cox("time", event="event", covariates=["age"], data=data, like="sas", ties="exact").ties == "exact"


def test_reference_level_is_chosen_by_name(make: Make) -> None:
    fit = ms.cox("time", event="event", covariates=["source"], data=make(COLUMNS), ref={"source": "BM"})
    assert fit.terms == ["source[AD]", "source[UC]"]
    assert "source vs BM" in fit.title()


def test_numbers_named_in_ref_are_categories() -> None:
    data = pd.DataFrame({**COLUMNS, "course": [1, 2, 3] * 4})
    fit = ms.cox("time", event="event", covariates=["course"], data=data, ref={"course": 2})
    assert fit.terms == ["course[1]", "course[3]"]


def test_missing_values_are_refused_by_name_and_dropped_on_request(make: Make) -> None:
    columns = {**COLUMNS, "age": [*COLUMNS["age"][:4], None, *COLUMNS["age"][5:]]}
    with pytest.raises(DataError, match=r"`age` holds 1 missing value \(first in row 4\)"):
        ms.cox("time", event="event", covariates=["age"], data=make(columns))
    fit = ms.cox("time", event="event", covariates=["age"], data=make(columns), missing="drop")
    kept = {name: [v for i, v in enumerate(values) if i != 4] for name, values in COLUMNS.items()}
    assert fit.coefficients == ms.cox("time", event="event", covariates=["age"], data=make(kept)).coefficients
    assert fit.n_dropped == 1 and "1 rows with missing values dropped" in fit.title()


@pytest.mark.parametrize(
    ("change", "arguments", "error", "text"),
    [
        ({"time": [-1.0, *COLUMNS["time"][1:]]}, {}, DataError, "column `time` must be >= 0, but row 0 is -1"),
        ({}, {"covariates": ["agee"]}, DataError, "column `agee` not found; did you mean `age`?"),
        ({"event": [0] * 12}, {}, NotEstimableError, "the Cox model is not estimable: there are no events"),
        ({"event": [1, 2] * 6}, {}, DataError, "1/2 coding is not guessed"),
        ({"event": COLUMNS["time"]}, {}, DataError, "column `event` must hold booleans or 0/1"),
        ({}, {"ties": "exakt"}, OptionError, "unknown ties `exakt`; use `efron`, `breslow` or `exact`"),
        ({}, {"ref": {"source": "XX"}, "covariates": ["source"]}, OptionError, "reference `XX` is not a level"),
        ({}, {"ref": {"sauce": "XX"}}, OptionError, "`ref` names `sauce`, which is not a covariate"),
        ({"source": ["BM"] * 12}, {"covariates": ["source"]}, DataError, "has the one level `BM`"),
        ({}, {"covariates": []}, OptionError, "`covariates` is empty"),
        ({}, {"covariates": ["age", "age"]}, OptionError, "covariate `age` is given twice"),
        ({"entry": [20.0] * 12}, {"entry": "entry"}, DataError, "must be before `time`, but row 0"),
        ({}, {"conf_level": 95}, OptionError, "`conf_level` must be between 0 and 1"),
        ({"entry": [1.5] * 12}, {"weights": "entry"}, DataError, "frequency `weights` must be whole numbers"),
    ],
)
def test_errors_are_the_same_for_every_frame(
    change: dict[str, list[Any]], arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    messages = set()
    for make in FRAMES.values():
        with pytest.raises(error) as caught:
            ms.cox("time", event="event", data=make({**COLUMNS, **change}), **{"covariates": ["age"], **arguments})
        messages.add(str(caught.value))
    assert len(messages) == 1
    assert text in messages.pop()


def test_event_and_cnsr_exclude_each_other() -> None:
    data = pd.DataFrame({**COLUMNS, "cnsr": [1 - e for e in COLUMNS["event"]]})
    both = ms.cox("time", cnsr="cnsr", covariates=["age"], data=data)
    assert both.coefficients == ms.cox("time", event="event", covariates=["age"], data=data).coefficients
    with pytest.raises(TypeError, match="exclude each other"):
        ms.cox("time", event="event", cnsr="cnsr", covariates=["age"], data=data)
    with pytest.raises(TypeError, match="neither is guessed"):
        ms.cox("time", covariates=["age"], data=data)


def test_names_without_data_and_arrays_with_data_are_type_errors() -> None:
    with pytest.raises(TypeError, match="no `data=` was given"):
        ms.cox([1.0, 2.0], event=[1, 0], covariates=["age"])
    with pytest.raises(TypeError, match="by name"):
        ms.cox("time", event="event", covariates=[np.ones(12)], data=pd.DataFrame(COLUMNS))


def test_nan_in_a_matrix_is_refused_like_a_missing_column() -> None:
    x = np.array([[1.0], [np.nan], [0.0]])
    with pytest.raises(DataError, match=r"x1.*1 missing value"):
        ms.cox(np.array([1.0, 2.0, 3.0]), event=np.array([1, 1, 0]), covariates=x)


def test_constant_aliased_and_too_many_covariates_warn() -> None:
    data = pd.DataFrame({**COLUMNS, "one": [1.0] * 12, "twice": [2 * a for a in COLUMNS["age"]]})
    with pytest.warns(DataWarning) as caught:
        fit = ms.cox("time", event="event", covariates=["age", "one", "twice"], data=data)
    texts = [str(w.message) for w in caught]
    assert any("`one` is constant" in t for t in texts) and any("`twice` is a combination" in t for t in texts)
    assert fit.coefficients["one"] is None and fit.coefficients["twice"] is None
    assert fit.status["twice"] == "aliased"
    alone = ms.cox("time", event="event", covariates=["age"], data=data)
    assert fit.coefficients["age"] == pytest.approx(alone.coefficients["age"], rel=1e-10)


def test_univariate_table_has_one_row_a_term_and_a_note_instead_of_a_warning(make: Make) -> None:
    columns = {**COLUMNS, "late": [1.0 if e else 0.0 for e in COLUMNS["event"]]}
    table = ms.univariate_cox("time", event="event", covariates=["age", "source", "late"], data=make(columns))
    got = table.columns()
    assert got["term"] == ["age", "source[BM]", "source[UC]", "late"]
    assert got["covariate"] == ["age", "source", "source", "late"]
    assert np.isnan(got["hr"][3]) and "plus infinity" in got["note"][3] and "firth" in got["note"][3]
    assert got["p_likelihood_ratio"][3] < 0.05
    alone = ms.cox("time", event="event", covariates=["age"], data=make(columns))
    assert got["log_hr"][0] == pytest.approx(alone.coefficients["age"], rel=1e-12)  # another order of sums
    assert table.fits["age"].coefficients == alone.coefficients
    assert got["p_score"][0] == pytest.approx(alone.score.p_value, rel=1e-12)


def test_separation_warns_once_and_keeps_the_other_terms() -> None:
    columns = {**COLUMNS, "late": [1.0 if e else 0.0 for e in COLUMNS["event"]]}
    with pytest.warns(ConvergenceWarning) as caught:
        fit = ms.cox("time", event="event", covariates=["late", "age"], data=pd.DataFrame(columns))
    assert len(caught) == 1
    assert fit.status == {"late": "plus infinity", "age": "estimated"}
    assert fit.wald is None and fit.likelihood_ratio.df == 2


def test_prediction_takes_new_subjects_in_any_frame(make: Make) -> None:
    fit = ms.cox("time", event="event", covariates=["source", "age"], data=make(COLUMNS), strata="centre")
    new = {"source": ["BM", "UC"], "age": [30.0, 40.0], "centre": ["b", "a"]}
    found = fit.predict_survival(make(new), times=[6, 12])
    reference = fit.predict_survival(new, times=[6, 12])
    assert np.array_equal(found.survival, reference.survival)
    assert found.survival.shape == (2, 2) and (found.lower <= found.survival).all()
    assert list(found.columns())[:3] == ["subject", "stratum", "time"]
    with pytest.raises(DataError, match=r"row 0 is 'XX'; the levels of the fit are"):
        fit.predict_survival({**new, "source": ["XX", "UC"]})
    with pytest.raises(DataError, match="stratum `z` of row 1 is not in the fit"):
        fit.predict_survival({**new, "centre": ["a", "z"]})


def test_survival_of_a_subject_of_the_data_is_between_0_and_1_and_falls() -> None:
    fit = ms.cox("time", event="event", covariates=["age"], data=pd.DataFrame(COLUMNS))
    found = fit.predict_survival({"age": [35.0]})
    assert (np.diff(found.survival[0]) <= 0).all()
    assert list(found.time) == sorted({t for t, e in zip(COLUMNS["time"], COLUMNS["event"], strict=True) if e})


def test_what_needs_finite_coefficients_says_so() -> None:
    columns = {**COLUMNS, "late": [1.0 if e else 0.0 for e in COLUMNS["event"]]}
    with pytest.warns(ConvergenceWarning):
        fit = ms.cox("time", event="event", covariates=["late"], data=pd.DataFrame(columns))
    for call in (fit.ph_test, fit.residuals, fit.concordance, lambda: fit.predict_survival({"late": [1.0]})):
        with pytest.raises(NotEstimableError, match="firth"):
            call()
    firth = ms.cox("time", event="event", covariates=["late"], data=pd.DataFrame(columns), penalty="firth")
    assert np.isfinite(firth.predict_survival({"late": [1.0]}, times=5).survival).all()


def test_concordance_is_a_row_of_any_library_and_holds_for_exact_ties(make: Make) -> None:
    fit = ms.cox("time", event="event", covariates=["age"], data=make(COLUMNS), ties="exact")
    found = fit.concordance()
    pairs = found.n_concordant + found.n_discordant + found.tied_x
    assert found.concordance == pytest.approx((found.n_concordant + found.tied_x / 2) / pairs, rel=1e-15)
    assert type(found.to_frame()).__module__ == type(fit.to_frame()).__module__
    assert found.method.startswith("Harrell's concordance") and "exact ties" in found.title()
    assert {row["stat_name"] for row in found.ard_rows()} >= {"estimate", "std.error", "n.concordant"}


def test_ph_test_groups_the_levels_of_a_covariate() -> None:
    fit = ms.cox("time", event="event", covariates=["source", "age"], data=pd.DataFrame(COLUMNS))
    test = fit.ph_test("rank")
    assert test.terms == ["source", "age", "global"] and test.df.tolist() == [2, 1, 3]
    assert "rank transform" in test.title() and len(test.to_ard()) == 9


def test_lazy_frames_are_refused() -> None:
    with pytest.raises(TypeError, match="collect"):
        ms.cox("time", event="event", covariates=["age"], data=pl.DataFrame(COLUMNS).lazy())


def test_screening_gives_the_numbers_of_single_fits_whatever_the_form_of_the_covariates(make: Make) -> None:
    random = np.random.default_rng(11)
    x = random.normal(size=(60, 7))
    x[:, 2] = 3.0
    time, event = np.ceil(random.exponential(20, 60)), random.random(60) < 0.6
    by_array = ms.univariate_cox(time, event=event, covariates=x)
    names = [f"x{j + 1}" for j in range(7)]
    columns: dict[str, list[Any]] = {name: x[:, j].tolist() for j, name in enumerate(names)}
    frame = make({"time": time.tolist(), "event": event.tolist(), **columns})
    by_name = ms.univariate_cox("time", event="event", covariates=names, data=frame)
    assert by_array.terms == by_name.terms == names
    for column in ("log_hr", "se", "lower", "upper", "p_wald", "p_likelihood_ratio", "p_score"):
        np.testing.assert_allclose(getattr(by_array, column), getattr(by_name, column), rtol=1e-12)
    assert by_array.note[2] == "not estimable: the covariate is constant" == by_name.note[2]
    for name in names[:2]:
        fit = by_array.fits[name]
        assert by_array.log_hr[names.index(name)] == pytest.approx(fit.coefficients[name], rel=1e-10)


def test_screening_names_a_missing_value_and_drops_it_by_covariate() -> None:
    x = np.column_stack([COLUMNS["age"], np.arange(12.0)])
    x[4, 1] = np.nan
    with pytest.raises(DataError, match=r"`covariate x2` holds 1 missing value \(first in row 4\)"):
        ms.univariate_cox(np.array(COLUMNS["time"], dtype=float), event=np.array(COLUMNS["event"]), covariates=x)
    table = ms.univariate_cox(COLUMNS["time"], event=COLUMNS["event"], covariates=x, missing="drop")
    assert table.n.tolist() == [12, 11]
    assert table.note[1] == "1 rows with missing values dropped"


def test_forest_plots_show_every_term() -> None:
    pytest.importorskip("matplotlib").use("agg")
    table = ms.univariate_cox("time", event="event", covariates=["age", "source"], data=COLUMNS)
    labels = [tick.get_text() for tick in table.plot_forest(p="likelihood_ratio").get_yticklabels()]
    assert labels == ["source[UC]", "source[BM]", "age"]
    fit = ms.cox("time", event="event", covariates=["age", "source"], data=COLUMNS)
    labels = [tick.get_text() for tick in fit.plot_forest(labels=["BM", "UC", "Age"]).get_yticklabels()]
    assert labels == ["Age", "UC", "BM"]


@pytest.mark.parametrize("options", [{"penalty": "firth"}, {"conf_type": "profile"}, {}])
def test_p_wald_is_that_of_the_wald_test_whatever_the_limits(options: dict[str, Any]) -> None:
    time = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    event = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1]
    x = [0.3, 1.2, 0.1, 0.9, -0.4, 0.8, 1.1, -0.2, 0.5, 0.6]
    columns = {"x": x, "source": ["a", "b"] * 5}
    screen = ms.univariate_cox(time, event=event, covariates=columns, **options)
    for i, name in enumerate(columns):
        wald = ms.cox(
            time, event=event, covariates={name: columns[name]}, penalty=options.get("penalty"), conf_type="wald"
        ).summary()
        assert screen.p_wald[i] == pytest.approx(wald.p[0], rel=1e-12)
        assert screen.p_wald[i] == pytest.approx(math.erfc(abs(wald.log_hr[0] / wald.se[0]) / math.sqrt(2)), rel=1e-12)


def test_a_constant_covariate_has_no_p_value_in_a_screen() -> None:
    screen = ms.univariate_cox([1.0, 2, 3, 4], event=[1, 1, 0, 1], covariates={"one": [1.0] * 4, "x": [0.0, 1, 0, 1]})
    assert "constant" in screen.note[0]
    assert np.isnan([screen.p_wald[0], screen.p_likelihood_ratio[0], screen.p_score[0]]).all()
    assert not np.isnan(screen.p_likelihood_ratio[1])
