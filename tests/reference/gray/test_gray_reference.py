"""Gray's test against cmprsk::cuminc; `make.R` beside this file made the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
RTOL_REFERENCE = 1e-8  # cmprsk inverts a covariance that it forms as differences of sums
CASES = [(case, i) for case in REFERENCE["cases"] for i in range(len(case["causes"]))]


@pytest.mark.parametrize("case,i", CASES, ids=[f"{case['name']}-{case['causes'][i]}" for case, i in CASES])
def test_statistic_equals_cuminc(case: dict[str, Any], i: int) -> None:
    censored = 0 if 0 in case["cause"] else None
    test = ms.gray_test(
        case["time"],
        cause=case["cause"],
        of=int(case["causes"][i]),
        censored=censored,
        by=case["group"],
        strata=case["strata"],
        rho=case["rho"],
    )
    assert test.df == case["df"][i]
    np.testing.assert_allclose(test.statistic, case["statistic"][i], rtol=RTOL_REFERENCE)
    np.testing.assert_allclose(test.p_value, case["p_value"][i], rtol=1e-7, atol=1e-15)


def test_label_swap_row_order_and_time_scale_change_nothing() -> None:
    case = REFERENCE["cases"][0]
    time, cause, group = (np.array(case[name]) for name in ("time", "cause", "group"))
    first = ms.gray_test(time, cause=cause, of=1, censored=0, by=group)
    order = np.random.default_rng(3).permutation(len(time))
    swapped = np.where(group == "BM", "UC", "BM")
    for other in (
        ms.gray_test(time[order], cause=cause[order], of=1, censored=0, by=group[order]),
        ms.gray_test(time / 30.4375, cause=cause, of=1, censored=0, by=group),
        ms.gray_test(time, cause=cause, of=1, censored=0, by=swapped),
        ms.gray_test(time, cause=cause, of=1, censored=0, by=group, strata=np.ones(len(time))),
    ):
        np.testing.assert_allclose(other.statistic, first.statistic, rtol=1e-12)


def test_without_competing_events_and_censoring_it_is_close_to_the_log_rank_test() -> None:
    """Nobody competes: the subdistribution hazard is the hazard and the scores are those of the log-rank test."""
    time = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], dtype=float)
    group = np.array([0, 0, 1, 0, 1, 0, 1, 1, 0, 1])
    gray = ms.gray_test(time, cause=np.ones(10), of=1, censored=None, by=group)
    rank = ms.logrank(time, event=np.ones(10, dtype=bool), by=group)
    np.testing.assert_allclose(gray.score, rank.score, atol=1e-12)


def test_a_group_left_alone_in_its_stratum_adds_nothing() -> None:
    case = REFERENCE["left_alone"]
    for causes in (case["cause"], case["all_causes"]):
        censored = 0 if 0 in causes else None
        found = ms.gray_test(
            case["time"], cause=causes, of=1, censored=censored, by=case["group"], strata=case["strata"]
        )
        np.testing.assert_allclose(found.statistic, case["statistic"], rtol=1e-8)
        assert found.df == case["df"]
