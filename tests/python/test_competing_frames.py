"""Gray's test and the Fine-Gray model on pandas, polars, pyarrow and arrays: the same numbers, the same errors."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, DataWarning, NotEstimableError, OptionError

LIBRARIES = ["pandas", "pandas-arrow", "polars", "pyarrow", "numpy"]
COLUMNS: dict[str, list[Any]] = {
    "time": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0],
    "cause": [1, 2, 1, 0, 1, 2, 1, 0, 1, 1, 2, 0],
    "source": ["BM", "UC", "BM", "UC", "UC", "BM", "BM", "UC", "UC", "BM", "UC", "UC"],
    "dose": [1.2, 3.1, 2.2, 0.8, 1.9, 2.7, 0.6, 3.4, 1.1, 2.4, 0.9, 1.6],
}
COMMON: dict[str, Any] = {"cause": "cause", "of": 1, "censored": 0}


def frame(library: str, columns: dict[str, list[Any]]) -> Any:
    if library == "numpy":
        return columns
    if library == "pandas-arrow":
        pyarrow, pandas = importlib.import_module("pyarrow"), importlib.import_module("pandas")
        return pyarrow.table(columns).to_pandas(types_mapper=pandas.ArrowDtype)
    module = importlib.import_module(library)
    return (module.table if library == "pyarrow" else module.DataFrame)(columns)


def call(name: str, data: Any, **options: Any) -> Any:
    if name == "gray_test":
        return ms.gray_test("time", data=data, by="source", **{**COMMON, **options})
    return ms.fine_gray("time", data=data, covariates=["dose", "source"], **{**COMMON, **options})


FUNCTIONS = ["gray_test", "fine_gray"]


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_library_gives_the_numbers_of_arrays(library: str, function: str) -> None:
    ours = call(function, frame(library, COLUMNS))
    plain = call(function, COLUMNS)
    for name, column in plain.columns().items():
        np.testing.assert_array_equal(ours.columns()[name], column)
    expected = {"pandas-arrow": "pandas", "numpy": "builtins"}.get(library, library)
    assert type(ours.to_frame()).__module__.split(".")[0] == expected
    assert "<table>" in ours._repr_html_()
    assert len(ours.to_ard()["stat_name"]) > 2


def test_text_causes_are_the_same_as_codes(library: str) -> None:
    words = {**COLUMNS, "cause": [["none", "remission", "death"][k] for k in COLUMNS["cause"]]}
    for function in FUNCTIONS:
        ours = call(function, frame(library, words), of="remission", censored="none")
        plain = call(function, COLUMNS)
        for name, column in plain.columns().items():
            np.testing.assert_array_equal(ours.columns()[name], column)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bad_input_is_refused_by_column_and_row(library: str, function: str) -> None:
    time = [*COLUMNS["time"][:3], -4.0, *COLUMNS["time"][4:]]
    with pytest.raises(DataError, match="column `time` must be >= 0, but row 3 is -4"):
        call(function, frame(library, {**COLUMNS, "time": time}))
    cause = [None, *COLUMNS["cause"][1:]]
    with pytest.raises(DataError, match=r"column `cause` holds 1 missing value \(first in row 0\)"):
        call(function, frame(library, {**COLUMNS, "cause": cause}))
    found = call(function, frame(library, {**COLUMNS, "cause": cause}), missing="drop")
    assert found.n_dropped == 1
    assert "1 row with missing values dropped" in found.title()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_absent_cause_and_the_censored_code_are_refused(library: str, function: str) -> None:
    data = frame(library, COLUMNS)
    with pytest.raises(NotEstimableError, match="there are no events of cause `3`: column `cause` holds `0`, `1`, `2`"):
        call(function, data, of=3)
    with pytest.raises(OptionError, match="`of` is `0`, which is the value of `censored`"):
        call(function, data, of=0)


def test_separation_is_refused_with_term_and_direction(library: str) -> None:
    arm = [str(int(cause == 1)) for cause in COLUMNS["cause"]]
    with pytest.raises(NotEstimableError, match=r"`source\[1\]` runs to plus infinity; leave it out"):
        call("fine_gray", frame(library, {**COLUMNS, "source": arm}))


def test_more_covariates_than_events_is_said_and_one_event_may_be_too_few(library: str) -> None:
    one = [0] * 12
    one[4] = 1
    with pytest.raises(NotEstimableError, match="monotone pseudo-likelihood"):
        call("fine_gray", frame(library, {**COLUMNS, "cause": one}))
    # the dose of the event lies inside those of its risk set: a maximum exists, and is worth a warning
    data = frame(library, {**COLUMNS, "cause": one, "other": [2.0, 0, 1, 4, 3, 1, 2, 0, 5, 4, 3, 6]})
    with pytest.warns(DataWarning, match="2 covariates but only 1 events"):
        ms.fine_gray("time", data=data, covariates=["dose", "other"], **COMMON)


def test_a_constant_covariate_is_a_warning_and_none(library: str) -> None:
    with pytest.warns(DataWarning, match="covariate `dose` is constant"):
        fit = call("fine_gray", frame(library, {**COLUMNS, "dose": [2.0] * 12}))
    assert fit.coefficients["dose"] is None
    assert fit.status["dose"] == "constant"
    assert fit.coefficients["source[UC]"] is not None


def test_predictions_need_the_columns_of_the_fit(library: str) -> None:
    fit = call("fine_gray", frame(library, COLUMNS))
    new = fit.predict_incidence(frame(library, {"dose": [1.0, 2.0], "source": ["BM", "UC"]}), times=[3, 6])
    assert new.incidence.shape == (2, 1, 2)
    assert len(new.to_frame()["subject"]) == 4
    with pytest.raises(DataError, match="column `dose` not found"):
        fit.predict_incidence(frame(library, {"source": ["BM"]}))
    with pytest.raises(DataError, match="the levels of the fit are `BM`, `UC`"):
        fit.predict_incidence(frame(library, {"dose": [1.0], "source": ["XX"]}))


def test_one_group_and_unknown_words_are_refused() -> None:
    with pytest.raises(DataError, match="`by` needs at least two groups"):
        call("gray_test", {**COLUMNS, "source": ["BM"] * 12})
    with pytest.raises(OptionError, match="ties"):
        call("fine_gray", COLUMNS, ties="efron")
    with pytest.raises(OptionError, match="`rho` must be >= 0"):
        call("gray_test", COLUMNS, rho=-1)
