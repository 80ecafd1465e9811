"""The small-trial page: each line with the method that is valid for its counts."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, NotEstimableError, OptionError

TIME = [7.0, 192, 256, 300] + [365] * 77
EVENT = [1] * 4 + [0] * 77
ARM = ["UC"] * 4 + ["BM"] * 41 + ["UC"] * 36


def test_four_deaths_in_one_arm_refuse_the_wald_interval_and_give_firth_and_exact() -> None:
    page = ms.compare_arms(TIME, event=EVENT, arm=ARM, times=365, unit="days")
    assert page.separated
    line = page.line("hazard ratio")
    assert math.isnan(line["estimate"]) and math.isnan(line["upper"])
    assert line["lower"] > 1  # the profile limit is finite where the estimate is not
    assert "all events lie in one arm; no Wald interval" in line["note"]
    firth = page.line("hazard ratio, Firth")
    assert np.isfinite([firth["estimate"], firth["lower"], firth["upper"]]).all()
    assert "profile" in firth["method"]
    # conditional on the risk sets the four events fall into the arm of 40 in turn
    assert page.line("log-rank, exact")["p_value"] == pytest.approx(math.comb(40, 4) / math.comb(81, 4), rel=1e-12)
    assert "a Wald interval would mean nothing" in page.sentence
    assert "the exact log-rank p-value is 0.0549" in page.sentence


def test_lines_equal_the_functions_they_come_from() -> None:
    rng = np.random.default_rng(20261122)
    time, event = rng.integers(1, 100, 60).astype(float), rng.random(60) < 0.6
    arm = np.array(["a", "b"])[rng.integers(0, 2, 60)]
    page = ms.compare_arms(time, event=event, arm=arm, times=[20, 50], tau=60)
    km = ms.kaplan_meier(time, event=event, by=arm)
    assert page.line("survival at 20", "b")["estimate"] == km.at(20).survival[1]
    assert page.line("log-rank")["p_value"] == ms.logrank(time, event=event, by=arm).p_value
    mean = ms.rmst(time, event=event, by=arm, tau=60)
    assert page.line("restricted mean difference")["p_value"] == mean.contrasts.p_value[0]
    fit = ms.cox(time, event=event, covariates={"arm": (arm == "b").astype(float)})
    assert page.line("hazard ratio")["estimate"] == pytest.approx(fit.hazard_ratios["arm"])
    a, b = km.at(50).survival
    assert page.line("survival difference at 50")["estimate"] == pytest.approx(b - a)
    assert not page.separated


def test_every_line_names_its_method() -> None:
    page = ms.compare_arms(TIME, event=EVENT, arm=ARM, times=[100, 365])
    assert all(page.columns()["method"])
    assert {"statistic", "estimate"} & {row["stat_name"] for row in page.ard_rows()}


def test_the_reference_arm_turns_the_comparison_round() -> None:
    time, event, arm = [1.0, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], ["a", "b", "a", "b", "a", "b"]
    first = ms.compare_arms(time, event=event, arm=arm).line("hazard ratio, Firth")["estimate"]
    other = ms.compare_arms(time, event=event, arm=arm, ref="b").line("hazard ratio, Firth")["estimate"]
    assert first * other == pytest.approx(1, rel=1e-6)  # two Newton iterations


def test_without_events_the_page_says_what_cannot_be_given() -> None:
    page = ms.compare_arms([5.0, 6, 7, 8], event=[0] * 4, arm=["b", "b", "a", "a"], times=5)
    assert page.hazard_ratio_ml is None and page.logrank is None
    assert "there are no events" in page.sentence
    assert "not estimable" in page.line("log-rank")["note"]


def test_events_at_times_when_one_arm_is_alone_are_described_as_such() -> None:
    page = ms.compare_arms([1.0, 2, 3, 4], event=[1, 0, 1, 1], arm=["b", "b", "a", "a"])
    assert page.separated
    assert "whenever both arms are at risk, the events lie in one arm" in page.sentence


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_give_the_same_page(library: str) -> None:
    module = importlib.import_module(library)
    columns: dict[str, list[Any]] = {"t": TIME, "cnsr": [1 - e for e in EVENT], "arm": ARM}
    data = (module.table if library == "pyarrow" else module.DataFrame)(columns)
    page = ms.compare_arms("t", cnsr="cnsr", arm="arm", data=data, times=365)
    reference = ms.compare_arms(TIME, event=EVENT, arm=ARM, times=365)
    np.testing.assert_array_equal(page.columns()["estimate"], reference.columns()["estimate"])
    assert type(page.to_frame()).__module__.split(".")[0] == library
    assert page.sentence == reference.sentence


def test_other_numbers_of_arms_and_bad_tau_are_refused() -> None:
    with pytest.raises(DataError, match="`arm` needs two levels"):
        ms.compare_arms([1.0, 2, 3], event=[1, 1, 1], arm=["a", "b", "c"])
    with pytest.raises(OptionError, match="`ref` is `x`"):
        ms.compare_arms([1.0, 2], event=[1, 1], arm=["a", "b"], ref="x")
    with pytest.raises(NotEstimableError, match="beyond the last observed time"):
        ms.compare_arms([1.0, 2, 3, 4], event=[1, 0, 1, 0], arm=["a", "a", "b", "b"], tau=10)


def test_an_arm_without_events_gets_limits_that_allow_for_it_and_no_normal_test() -> None:
    page = ms.compare_arms(TIME, event=EVENT, arm=ARM, times=[180, 365])
    line = page.line("survival difference at 365")
    # nobody is censored before 365: 36 of 40 against 41 of 41, the interval of Newcombe's printed method 10
    proportions = ms.stats.two_proportions(36, 40, 41, 41, method="newcombe")
    assert (line["estimate"], line["lower"], line["upper"]) == pytest.approx(
        (proportions.estimate, proportions.lower, proportions.upper), abs=1e-12
    )
    assert math.isnan(line["p_value"]) and "no event in `BM`" in line["note"] and "hybrid" in line["method"]
    assert page.line("survival at 365", "BM")["note"] == "no width: no event until 365"
    for kind in ("difference", "ratio"):
        mean = page.line(f"restricted mean {kind}")
        assert math.isnan(mean["p_value"]) and "limits too narrow" in mean["note"]
    assert page.line("restricted mean to 365", "UC")["upper"] == 365
    assert "too narrow because an arm has no event" in page.sentence
    contrasts = ms.milestones(TIME, event=EVENT, by=ARM, at=180).contrasts
    assert contrasts.note[1] == "no event in `BM`, so its variance is unknown: no limits"
    assert np.isnan(contrasts.lower[1]) and contrasts.estimate[1] == pytest.approx(39 / 40)
    assert "p-value too small" in ms.rmst(TIME, event=EVENT, by=ARM, tau=365).contrasts.note[0]
