"""Worked values of survival estimators, each under its id."""

from __future__ import annotations

import numpy as np
import pytest

import mscsle as ms

ABS_PRINTED = 5e-7  # the vectors are printed with six or seven decimals


def curve_at(km: object, time: float) -> tuple[float, float, float, float]:
    table = km.at(time)  # type: ignore[attr-defined]
    return table.survival[0], table.std_error[0], table.lower[0], table.upper[0]


def test_tv_10_three_deaths_of_forty() -> None:
    time = np.array([7.0, 192.0, 256.0] + [365.0] * 37)
    event = np.array([1, 1, 1] + [0] * 37)
    km = ms.kaplan_meier(time, event=event)
    table = km.at([7, 192, 256])
    assert table.survival == pytest.approx([0.975, 0.95, 0.925], abs=1e-15)
    assert table.std_error == pytest.approx([0.0246855, 0.0344601, 0.0416458], abs=ABS_PRINTED)
    assert curve_at(km, 256)[2:] == pytest.approx((0.785218, 0.975176), abs=ABS_PRINTED)
    log = ms.kaplan_meier(time, event=event, conf_type="log")
    assert curve_at(log, 256)[2:] == pytest.approx((0.846873, 1.0), abs=ABS_PRINTED)
    plain = ms.kaplan_meier(time, event=event, conf_type="plain")
    assert curve_at(plain, 256)[2:] == pytest.approx((0.843376, 1.0), abs=ABS_PRINTED)


def test_tv_11_four_deaths_of_eighty_one() -> None:
    km = ms.kaplan_meier([3.0] * 4 + [12.0] * 77, event=[1] * 4 + [0] * 77)
    expected = (0.9506173, 0.0240740, 0.873760, 0.981174)
    assert curve_at(km, 12) == pytest.approx(expected, abs=ABS_PRINTED)


def test_tv_12_thirteen_deaths_of_eighty_one() -> None:
    time, event = [30.0] * 13 + [60.0] * 68, [True] * 13 + [False] * 68
    loglog = ms.kaplan_meier(time, event=event)
    expected = (0.8395062, 0.0407848, 0.739714, 0.903472)
    assert curve_at(loglog, 60) == pytest.approx(expected, abs=ABS_PRINTED)
    log = ms.kaplan_meier(time, event=event, like="r")
    assert curve_at(log, 60)[2:] == pytest.approx((0.763257, 0.923372), abs=ABS_PRINTED)


def test_tv_15_remission_with_death_competing() -> None:
    time = [1, 3, 3, 6, 6, 6, 9, 12, 12, 12]
    cause = [1, 1, 2, 1, 1, 0, 2, 1, 0, 0]
    cif = ms.cumulative_incidence(time, cause=cause, labels={1: "remission", 2: "death"})
    remission = cif.curve("remission")
    assert remission.time.tolist() == [1, 3, 6, 9, 12]
    assert remission.incidence == pytest.approx([0.1, 0.2, 0.4, 0.4, 0.525], abs=1e-15)
    death = cif.curve("death")
    assert death.incidence == pytest.approx([0.0, 0.1, 0.1, 0.225, 0.225], abs=1e-15)
    naive = ms.kaplan_meier(time, event=[c == 1 for c in cause])
    assert 1 - naive.at([1, 3, 6, 12]).survival == pytest.approx([0.1, 0.2, 0.428571, 0.619048], abs=ABS_PRINTED)


def test_tv_35_logrank_with_ties() -> None:
    test = ms.logrank([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0], by=[1, 1, 0, 1, 0, 1, 0, 0])
    assert test.groups == ["0", "1"]
    assert test.observed[1] == 3
    assert test.expected[1] == pytest.approx(1.9404762, abs=ABS_PRINTED)
    assert test.variance[1, 1] == pytest.approx(1.0678855, abs=ABS_PRINTED)
    assert test.statistic == pytest.approx(1.0512276, abs=ABS_PRINTED)
    assert test.p_value == pytest.approx(0.305225, abs=ABS_PRINTED)


def test_tv_39_relapse_from_first_response() -> None:
    km = ms.kaplan_meier([3, 6, 6, 9, 9, 3], event=[1, 0, 1, 0, 0, 0])
    table = km.at([3, 6])
    assert table.survival == pytest.approx([0.833333, 0.625], abs=ABS_PRINTED)
    assert table.std_error == pytest.approx([0.152145, 0.213478], abs=ABS_PRINTED)
