"""Bands, hazards, follow-up, milestones, landmark, several groups and the bootstrap over frames, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, NotEstimableError, OptionError

COLUMNS = {
    "t": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    "e": [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1],
    "arm": ["a", "b", "c"] * 4,
    "two": ["a", "b"] * 6,
    "w": [2, 1, 1, 3, 1, 1, 2, 1, 1, 1, 4, 1],
}
CALLS: dict[str, Callable[[Any], Any]] = {
    "band": lambda df: ms.kaplan_meier("t", event="e", data=df).band("equal-precision"),
    "hazard": lambda df: ms.nelson_aalen("t", event="e", by="arm", data=df),
    "hazard_at": lambda df: ms.nelson_aalen("t", event="e", by="arm", data=df).at([3, 20]),
    "follow_up": lambda df: ms.follow_up("t", event="e", by="two", data=df, unit="months"),
    "milestones": lambda df: ms.milestones("t", event="e", by="two", at=[5, 30], data=df),
    "landmark": lambda df: ms.landmark("t", event="e", by="two", at=3, data=df),
    "trend": lambda df: ms.trend_test("t", event="e", by="arm", data=df, weights="w"),
    "pairs": lambda df: ms.pairwise_logrank("t", event="e", by="arm", data=df),
    "combo": lambda df: ms.max_combo("t", event="e", by="two", data=df),
    "bootstrap": lambda df: ms.bootstrap_survival("t", event="e", by="two", data=df, replicates=200),
}


BACKENDS: dict[str, Callable[[Any], Any]] = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}


@pytest.mark.parametrize("library", BACKENDS)
@pytest.mark.parametrize("name", CALLS)
def test_every_result_has_a_frame_analysis_results_and_html(library: str, name: str) -> None:
    backend = BACKENDS[library]
    found = CALLS[name](backend(COLUMNS))
    expected = CALLS[name](pd.DataFrame(COLUMNS))
    for column, values in found.columns().items():
        np.testing.assert_array_equal(np.asarray(values), np.asarray(expected.columns()[column]))
    assert type(found.to_frame()).__module__.split(".")[0] == type(backend(COLUMNS)).__module__.split(".")[0]
    assert len(list(found.ard_rows())) > 0
    assert "<table>" in found._repr_html_()
    assert found.title()
    found.to_ard()


def refused(error: type[Exception], match: str, call: Callable[[], object]) -> None:
    with pytest.raises(error, match=match):
        call()


def test_options_that_do_not_hold_are_refused() -> None:
    t, e, arm, two = COLUMNS["t"], COLUMNS["e"], COLUMNS["arm"], COLUMNS["two"]
    km = ms.kaplan_meier(t, event=e)
    late = ms.kaplan_meier(t, event=e, entry=[0.5] * 12)
    weighted = ms.kaplan_meier(t, event=e, weights=[0.5] * 12, weight_kind="sampling")
    refused(OptionError, "unknown kind `nair`", lambda: km.band("nair"))  # type: ignore[arg-type]
    refused(OptionError, "delayed entry", late.band)
    refused(OptionError, "infinitesimal jackknife", weighted.band)
    refused(NotEstimableError, "no event lies in its range", lambda: km.band(end=0.5))
    refused(OptionError, "unknown estimator", lambda: ms.nelson_aalen(t, event=e, estimator="breslow"))  # type: ignore[arg-type]
    refused(OptionError, "unknown conf_type `logit`", lambda: ms.nelson_aalen(t, event=e, conf_type="logit"))  # type: ignore[arg-type]
    refused(
        OptionError,
        "whole counts",
        lambda: ms.nelson_aalen(t, event=e, estimator="fleming-harrington", weights=[0.5] * 12, weight_kind="sampling"),
    )
    refused(OptionError, "unknown ties", lambda: ms.follow_up(t, event=e, ties="both"))  # type: ignore[arg-type]
    refused(OptionError, "`ref` is `z`", lambda: ms.milestones(t, event=e, by=two, at=3, ref="z"))
    refused(NotEstimableError, "nobody is at risk after 12", lambda: ms.landmark(t, event=e, at=12))
    refused(OptionError, "`landmark` must be >= 0", lambda: ms.landmark(t, event=e, at=-1))
    refused(OptionError, "3 finite numbers", lambda: ms.trend_test(t, event=e, by=arm, scores=[1, 2]))
    refused(OptionError, "lacks `c`", lambda: ms.trend_test(t, event=e, by=arm, scores={"a": 1, "b": 2}))
    refused(NotEstimableError, "all have the same score", lambda: ms.trend_test(t, event=e, by=arm, scores=[1, 1, 1]))
    refused(OptionError, "unknown adjust `fdr`", lambda: ms.pairwise_logrank(t, event=e, by=arm, adjust="fdr"))  # type: ignore[arg-type]
    refused(OptionError, "compares two groups, but there are 3", lambda: ms.max_combo(t, event=e, by=arm))
    refused(OptionError, "no pair", lambda: ms.max_combo(t, event=e, by=two, tests=[(1, 0, 0)]))  # type: ignore[list-item]
    refused(DataError, "must be whole numbers", lambda: ms.logrank(t, event=e, by=two, weights=[0.5] * 12))
    refused(OptionError, "repeat the rows", lambda: ms.logrank(t, event=e, by=two, weights=[1] * 12, method="exact"))
    refused(OptionError, "`at` belongs to", lambda: ms.bootstrap_survival(t, event=e, at=3))
    refused(OptionError, "needs `at`", lambda: ms.bootstrap_survival(t, event=e, of="rmst"))
    refused(OptionError, "`replicates` must be at least 1", lambda: ms.bootstrap_survival(t, event=e, replicates=0))
    refused(NotEstimableError, "beyond the last", lambda: ms.bootstrap_survival(t, event=[0] * 12, of="rmst", at=99))


def test_groups_without_events_leave_their_pairs_only() -> None:
    pairs = ms.pairwise_logrank([1, 2, 3, 4, 5, 6], event=[1, 1, 0, 0, 0, 0], by=["a", "a", "b", "b", "c", "c"])
    assert [note != "" for note in pairs.note] == [False, False, True]
    assert np.isnan(pairs.p_adjusted[2])
    assert pairs.p_adjusted[0] == pytest.approx(2 * min(pairs.p_value[:2]), rel=1e-12)


def test_frequency_weights_of_log_rank_tests_equal_repeated_rows() -> None:
    rows = np.repeat(np.arange(12), COLUMNS["w"])
    t, e, arm, two = (np.array(COLUMNS[name])[rows] for name in ("t", "e", "arm", "two"))
    weighted = ms.logrank("t", event="e", by="arm", weights="w", data=pd.DataFrame(COLUMNS))
    assert weighted.statistic == ms.logrank(t, event=e, by=arm).statistic
    assert weighted.n.sum() == len(rows)
    assert "frequency weights" in weighted.method
    combo = ms.max_combo("t", event="e", by="two", weights="w", data=pd.DataFrame(COLUMNS))
    assert combo.p_value == ms.max_combo(t, event=e, by=two).p_value


def test_the_landmark_excludes_and_says_whom() -> None:
    found = ms.landmark("t", event="e", by="two", at=3, data=pd.DataFrame(COLUMNS))
    assert found.n_event_before.tolist() == [2, 0]
    assert found.n_censored_before.tolist() == [0, 1]
    assert found.n_used.tolist() == [4, 5]
    assert "excluded 2 events and 1 censored by then" in found.title()
    assert found.curves.time_name == "t since 3"


def test_bootstrap_limits_follow_the_seed_and_say_what_was_not_reached() -> None:
    t, e, two = COLUMNS["t"], [1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], COLUMNS["two"]
    runs = [ms.bootstrap_survival(t, event=e, by=two, replicates=500, seed=seed) for seed in (1, 1, 2)]
    assert (runs[0].replicates["a"] == runs[1].replicates["a"]).all()
    assert (runs[0].replicates["a"] != runs[2].replicates["a"]).any()
    assert runs[0].contrast == ["estimate", "estimate", "difference"]
    assert np.isnan(runs[0].estimate[1])
    assert "not reached" in runs[0].note[1]
    assert 0 < runs[0].not_reached[1] <= 1


def test_bootstrap_means_scatter_as_their_standard_error() -> None:
    rng = np.random.default_rng(7)
    time, event = rng.exponential(10.0, 200), rng.random(200) < 0.8
    found = ms.bootstrap_survival(time, event=event, of="rmst", at=8.0, replicates=4000)
    expected = ms.rmst(time, event=event, tau=8.0)
    assert found.estimate[0] == expected.estimate[0]
    assert found.std_error[0] == pytest.approx(expected.std_error[0], rel=0.05)
    at = ms.bootstrap_survival(time, event=event, of="survival", at=8.0, replicates=4000)
    assert at.std_error[0] == pytest.approx(ms.kaplan_meier(time, event=event).at(8.0).std_error[0], rel=0.05)
