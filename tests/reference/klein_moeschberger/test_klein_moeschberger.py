"""Printed tables of Klein and Moeschberger, Survival Analysis, 2nd edition, 2003 (doi:10.1007/b97377)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms

DATA = json.loads((Path(__file__).parent / "data.json").read_text())
TIMES = [6, 7, 10, 13, 16, 22, 23]


def test_table_4_1_product_limit_of_6_mp() -> None:
    km = ms.kaplan_meier(DATA["drug6mp"]["time"], event=DATA["drug6mp"]["event"]).at(TIMES)
    assert km.survival.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    expected = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    np.testing.assert_allclose(km.std_error, expected, atol=6e-5)


def test_table_4_2_nelson_aalen_of_6_mp() -> None:
    found = ms.nelson_aalen(DATA["drug6mp"]["time"], event=DATA["drug6mp"]["event"]).at(TIMES)
    # printed values are sums of rounded terms: one unit of the fourth digit more
    np.testing.assert_allclose(found.hazard, [0.1428, 0.2017, 0.2683, 0.3517, 0.4426, 0.5854, 0.7521], atol=1.5e-4)
    np.testing.assert_allclose(
        found.std_error**2, [0.0068, 0.0103, 0.0147, 0.0217, 0.0299, 0.0503, 0.0781], atol=1.5e-4
    )


def test_section_4_5_mean_and_median_of_6_mp() -> None:
    time, event = DATA["drug6mp"]["time"], DATA["drug6mp"]["event"]
    mean = ms.rmst(time, event=event, tau=35)
    assert round(float(mean.estimate[0]), 2) == 23.29
    assert round(float(mean.std_error[0]), 2) == 2.83
    assert ms.kaplan_meier(time, event=event).median == 23


def _bmt(group: int) -> dict[str, Any]:
    keep = np.array(DATA["bmt"]["group"]) == group
    return {"time": np.array(DATA["bmt"]["time"])[keep], "event": np.array(DATA["bmt"]["event"])[keep]}


def test_section_4_3_survival_at_one_year_of_all_patients() -> None:
    at = ms.kaplan_meier(**_bmt(1)).at(365)
    assert at.survival[0] == pytest.approx(0.5492, abs=5e-5)
    assert at.std_error[0] == pytest.approx(0.0812, abs=5e-5)


def test_section_4_4_coefficients_of_the_bands_of_all_patients() -> None:
    """Tables C.3 and C.4 at a = 0.1, b = 0.6: 2.8826 and 1.3211; the range 100 to 600 days has 0.105 and 0.594."""
    km = ms.kaplan_meier(**_bmt(1))
    band = km.band(start=100, end=600)
    np.testing.assert_allclose(band.bridge["all"], (0.1, 0.6), atol=0.006)
    assert band.critical_value["all"] == pytest.approx(1.3211, abs=0.003)
    by_expansion = km.band("equal-precision", start=100, end=600, critical="expansion")
    assert by_expansion.critical_value["all"] == pytest.approx(2.8826, abs=0.02)


def test_table_4_4_median_disease_free_survival() -> None:
    assert [ms.kaplan_meier(**_bmt(group)).median for group in (1, 2, 3)] == [418, 2204, 183]


@pytest.mark.parametrize(
    ("options", "statistic", "p_value"),
    [
        ({}, 2.53, 0.112),
        ({"test": "gehan-wilcoxon"}, 0.002, 0.964),
        ({"test": "tarone-ware"}, 0.40, 0.526),
        ({"test": "peto"}, 1.40, 0.237),
        ({"test": "modified-peto"}, 1.28, 0.259),
        ({"test": "fleming-harrington", "rho": 0, "gamma": 1}, 9.67, 0.002),
        ({"test": "fleming-harrington", "rho": 1, "gamma": 0}, 1.39, 0.239),
        ({"test": "fleming-harrington", "rho": 1, "gamma": 1}, 9.83, 0.002),
        ({"test": "fleming-harrington", "rho": 0.5, "gamma": 0.5}, 9.28, 0.002),
        ({"test": "fleming-harrington", "rho": 0.5, "gamma": 2}, 8.18, 0.004),
    ],
)
def test_table_7_2_tests_of_two_ways_to_place_catheters(
    options: dict[str, Any], statistic: float, p_value: float
) -> None:
    kidney = DATA["kidney"]
    test = ms.logrank(kidney["time"], event=kidney["event"], by=kidney["group"], **options)
    assert test.statistic == pytest.approx(statistic, abs=0.0055)
    assert test.p_value == pytest.approx(p_value, abs=0.00055)


def test_example_7_4_three_groups_after_transplantation() -> None:
    bmt = DATA["bmt"]
    test = ms.logrank(bmt["time"], event=bmt["event"], by=bmt["group"])
    assert test.statistic == pytest.approx(13.8037, abs=5e-5)
    np.testing.assert_allclose(test.score, [2.148, -14.966, 12.818], atol=5e-4)
    expected = [[15.9552, -10.3451, -5.6101], [-10.3451, 20.3398, -9.9947], [-5.6101, -9.9947, 15.6048]]
    np.testing.assert_allclose(test.variance, expected, atol=5e-5)


def test_section_7_4_trend_over_stages_of_larynx_cancer() -> None:
    larynx = DATA["larynx"]
    found = ms.trend_test(larynx["time"], event=larynx["event"], by=larynx["stage"])
    assert found.heterogeneity[0] == pytest.approx(22.76, abs=0.0055)
    assert found.z == pytest.approx(3.72, abs=0.0055)


def test_section_4_6_delayed_entry_of_channing_house_empties_the_risk_set_of_men() -> None:
    """Few men are at risk at the lowest ages; all of them die by 781 months, and the curve from birth stays at 0."""
    channing = DATA["channing"]
    keep = (np.array(channing["gender"]) == 1) & (np.array(channing["time"]) > np.array(channing["entry"]))
    columns = {name: np.array(channing[name])[keep] for name in ("time", "event", "entry")}
    km = ms.kaplan_meier(columns["time"], event=columns["event"], entry=columns["entry"])
    assert km.at(781).survival[0] == 0
    assert km.at(1000).survival[0] == 0
    # conditional on reaching 68 years, by a landmark, it is a curve again
    later = ms.landmark(columns["time"], at=816, event=columns["event"], entry=columns["entry"])
    assert 0 < later.curves.at(1000 - 816).survival[0] < 1
