"""Test vectors TV-07, TV-08, TV-16 to TV-21 and TV-29: scores and conversions printed in the specification."""

from __future__ import annotations

import numpy as np
import pytest

import mscsle as ms
from mscsle import _core

#: The vectors print this many decimals.
ATOL_FOUR_DECIMALS = 5e-5
RTOL_PRINTED = 3e-6


def _renal(letters: str) -> np.ndarray:
    n = len(letters)
    data = {"usubjid": [str(i) for i in range(n)], "visit": ["M0"] * n, "system": ["renal"] * n, "grade": list(letters)}
    return ms.score.bilag_total(data, coding="classic-9-3-1", systems=["renal"]).total


@pytest.mark.parametrize(
    ("letters", "n", "mean", "sd"),
    [
        pytest.param("A" * 20 + "B" * 61, 81, 4.4814815, 2.6034166, id="TV-07"),
        pytest.param("B" * 10 + "C" * 54 + "D" * 13, 77, 1.0909091, 0.8300574, id="TV-08"),
    ],
)
def test_renal_letters_as_points(letters: str, n: int, mean: float, sd: float) -> None:
    total = _renal(letters)
    assert len(total) == n
    np.testing.assert_allclose([total.mean(), total.std(ddof=1)], [mean, sd], rtol=RTOL_PRINTED)


PATIENTS = {  # sex, age, creatinine umol/L: CKD-EPI 2009, CKD-EPI 2021, MDRD 175, c-aGFR, Cockcroft-Gault (60 kg)
    ("F", 30, 88.4): (75.5384, 77.7242, 65.1008, 75.2074, 77.9167),
    ("F", 25, 50.0): (129.1686, 129.4958, 130.3931, 156.9737, 144.0183),
    ("F", 30, 61.88): (116.2638, 119.2446, 98.2524, 116.7910, 111.3095),
    ("F", 45, 150.0): (35.8734, 37.5383, 32.5714, 36.4222, 39.6572),
    ("M", 35, 120.0): (67.0892, 69.7540, 59.7617, 63.5130, 64.4583),
    ("M", 40, 60.0): (119.5513, 120.5747, 129.4313, 145.8656, 122.7778),
    ("F", 28, 265.2): (20.2969, 21.0578, 18.5811, 19.6271, 26.4444),
}


@pytest.mark.parametrize(
    ("position", "equation"),
    list(enumerate(["ckd-epi-2009", "ckd-epi-2021", "mdrd-175", "c-agfr", "cockcroft-gault"])),
    ids=lambda x: f"TV-16 {x}",
)
@pytest.mark.parametrize("unit", ["umol/L", "mg/dL"])
def test_filtration_rates(position: int, equation: str, unit: str) -> None:
    sexes, ages, creatinine = zip(*PATIENTS, strict=True)
    values = np.array(creatinine) / (88.4 if unit == "mg/dL" else 1.0)
    rates = ms.score.egfr(
        creatinine=values, creatinine_unit=unit, age=ages, sex=sexes, weight=[60.0] * len(ages), equation=equation
    )
    expected = [row[position] for row in PATIENTS.values()]
    np.testing.assert_allclose(rates.value, expected, atol=ATOL_FOUR_DECIMALS, rtol=0)


def test_tv_17_documentation_examples_of_a_man_of_50() -> None:
    def rates(equation: str) -> np.ndarray:
        return ms.score.egfr(
            creatinine=[0.6, 1.0, 1.5, 2.0], creatinine_unit="mg/dL", age=[50] * 4, sex=["M"] * 4, equation=equation
        ).value

    np.testing.assert_allclose(rates("ckd-epi-2021"), [117.60, 91.69, 56.37, 39.91], atol=5e-3, rtol=0)
    np.testing.assert_allclose(rates("mdrd-175"), [142.61, 79.09, 49.54, 35.54], atol=5e-3, rtol=0)


def test_tv_18_bedside_schwartz() -> None:
    rates = ms.score.egfr(
        creatinine=[62.0], creatinine_unit="umol/L", age=[12], sex=["M"], height=[140.0], equation="schwartz"
    )
    np.testing.assert_allclose(rates.value, [82.440], atol=5e-4, rtol=0)


@pytest.mark.parametrize(
    ("test", "value", "from_unit", "to_unit", "expected"),
    [
        pytest.param("bun", 6.5, "mmol/L", "mg/dL", 18.2087, id="TV-19 urea"),
        pytest.param("upcr", 0.5, "g/g", "mg/mmol", 56.56, id="TV-19 ratio"),
        pytest.param("upcr", 50.0, "mg/mmol", "g/g", 0.442008, id="TV-19 threshold"),
        pytest.param("upcr", 52.0, "mg/mmol", "g/g", 0.45969, id="TV-29"),
    ],
)
def test_conversions(test: str, value: float, from_unit: str, to_unit: str, expected: float) -> None:
    converted = ms.score.convert(value, test=test, from_unit=from_unit, to_unit=to_unit)
    np.testing.assert_allclose(converted, expected, rtol=RTOL_PRINTED * 2)


def test_tv_20_prednisone_equivalents() -> None:
    doses = ms.score.prednisone_equivalent(
        drug=["methylprednisolone", "dexamethasone", "hydrocortisone", "prednisone"],
        dose=[16, 3, 30, 10],
        unit="mg",
        frequency=["daily", "daily", "daily", "alternate days"],
    )
    assert doses.per_day.tolist() == [20.0, 20.0, 7.5, 5.0]


def test_tv_21_sledai_2k() -> None:
    present = {"arthritis", "proteinuria", "low_complement", "increased_dna_binding"}
    scores = ms.score.sledai({item: [item in present] for item, _, _ in _core.sledai_items()})
    assert (scores.total[0], scores.clinical[0]) == (12, 8)
