"""Test vectors of the published reports that concern proportions, rates, paired tests and printed numbers."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

import mscsle as ms
from mscsle.stats import format_half_up

HALF_PRINTED_5 = 5.01e-6  # five printed decimals
HALF_PRINTED_3_PERCENT = 5.01e-6  # three decimals of a percentage
RTOL_VECTORS = 1e-6  # stated with the vectors


def limits(x: int, n: int, method: str = "clopper-pearson") -> tuple[float, float]:
    p = ms.stats.proportion(x, n, denominator_rule="enrolled", method=method)
    return p.lower, p.upper


def test_tv_01_five_of_six() -> None:
    lower, upper = limits(5, 6)
    assert math.isclose(lower, 0.358765, abs_tol=5e-7) and math.isclose(upper, 0.995789, abs_tol=5e-7)
    assert (format_half_up(100 * lower, 1), format_half_up(100 * upper, 1)) == ("35.9", "99.6")


@pytest.mark.parametrize(
    ("x", "n", "exact", "wilson"),
    [
        pytest.param(49, 81, (0.49010, 0.71186), (0.49605, 0.70432), id="TV-02"),
        pytest.param(11, 49, (0.11774, 0.36624), (0.13025, 0.35879), id="TV-03"),
    ],
)
def test_tv_02_03_intervals(x: int, n: int, exact: tuple[float, float], wilson: tuple[float, float]) -> None:
    assert limits(x, n) == pytest.approx(exact, abs=HALF_PRINTED_5)
    assert limits(x, n, "wilson") == pytest.approx(wilson, abs=HALF_PRINTED_5)


@pytest.mark.parametrize(
    ("x", "n", "percent"),
    [
        (3, 24, (2.656, 32.361)),
        (3, 40, (1.574, 20.386)),
        (9, 37, (11.773, 41.199)),
        (28, 68, (29.374, 53.773)),
        (28, 81, (24.343, 45.959)),
    ],
)
def test_tv_04_clopper_pearson_in_percent(x: int, n: int, percent: tuple[float, float]) -> None:
    assert limits(x, n) == pytest.approx([v / 100 for v in percent], abs=HALF_PRINTED_3_PERCENT)


def test_tv_05_half_up() -> None:
    assert format_half_up(Fraction(297, 40), 2) == format_half_up(297 / 40, 2) == "7.43"
    assert format_half_up(Fraction(259, 40), 2) == format_half_up(259 / 40, 2) == "6.48"
    assert format_half_up(Fraction(1800, 80), 0) == format_half_up(100 * 18 / 80, 0) == "23"


def test_tv_06_hazard_ratios_from_intervals() -> None:
    protein = ms.stats.hr_from_ci(0.336, 0.794, p=0.003)
    assert protein.hazard_ratio == pytest.approx(0.516511, abs=5e-7)
    assert protein.standard_error == pytest.approx(0.219385, abs=5e-7)
    assert protein.statistic == pytest.approx(-3.011413, abs=5e-7)
    assert protein.p_value == pytest.approx(0.002600, abs=5e-7)
    assert protein.hazard_ratio_range == pytest.approx((0.51596, 0.51706), abs=HALF_PRINTED_5)
    assert protein.p_value_range == pytest.approx((0.00255, 0.00265), abs=HALF_PRINTED_5)
    creatinine = ms.stats.hr_from_ci("0.224", "0.990", p="0.047")
    assert creatinine.hazard_ratio == pytest.approx(0.470914, abs=5e-7)
    assert creatinine.p_value == pytest.approx(0.046981, abs=5e-7)
    assert creatinine.p_value_range == pytest.approx((0.04683, 0.04713), abs=HALF_PRINTED_5)
    assert protein.consistent is True and creatinine.consistent is True
    # 0.990 given as a number has lost its zero, but the other limit shows three digits
    assert ms.stats.hr_from_ci(0.224, 0.990).upper == "0.990"


def test_tv_06_proteinuria_was_not_a_two_group_covariate() -> None:
    assert ms.stats.hr_from_ci(0.336, 0.794, events=81).two_groups_possible is False
    assert ms.stats.hr_from_ci(0.336, 0.794, events=49).two_groups_possible is False


def test_tv_07_and_08_renal_letters() -> None:
    base = ms.stats.describe({"x": [9] * 20 + [3] * 61}, "x").rows[0]
    assert base["n"] == 81
    assert base["mean"] == pytest.approx(4.4814815, rel=RTOL_VECTORS)
    assert base["sd"] == pytest.approx(2.6034166, rel=RTOL_VECTORS)
    late = ms.stats.describe({"x": [3] * 10 + [1] * 54 + [0] * 13}, "x").rows[0]
    assert late["n"] == 77
    assert late["mean"] == pytest.approx(1.0909091, rel=RTOL_VECTORS)
    assert late["sd"] == pytest.approx(0.8300574, rel=RTOL_VECTORS)


def test_tv_07_and_08_coding_is_recovered() -> None:
    base = ms.stats.coding_counts("4.48", "2.60", n=81, values=[9, 3, 1, 0])
    late = ms.stats.coding_counts("1.09", "0.83", n=range(75, 82), values=[9, 3, 1, 0])
    assert base.counts == ((20, 61, 0, 0),)
    for values in ([12, 8, 1, 0], [12, 6, 1, 0], [12, 5, 1, 0]):
        assert ms.stats.coding_counts("4.48", "2.60", n=81, values=values).counts == ()
    assert (late.n, late.counts) == ((77,), ((0, 10, 54, 13),))


@pytest.mark.parametrize(
    ("parts", "total", "expected"),
    [
        (["18", "23"], "41", [(78, 14, 18), (79, 14, 18)]),
        (["18", "27"], "45", [(77, 14, 21), (78, 14, 21)]),
        (["23", "21"], "44", [(75, 17, 16), (77, 18, 16), (78, 18, 16), (80, 18, 17), (81, 19, 17)]),
    ],
)
def test_tv_09_percentages_by_visit(parts: list[str], total: str, expected: list[tuple[int, ...]]) -> None:
    found = ms.stats.percent_counts(parts, total=total, n=range(75, 82))
    assert [(n, *counts) for n, counts in zip(found.n, found.counts, strict=True)] == expected


@pytest.mark.parametrize(
    ("with_remission", "without", "printed"),
    [
        (6, 41, ".0027"),
        (3, 28, ".0163"),
        (6, 43, ".0007"),
        (4, 15, ".7955"),
        (5, 23, ".3859"),
        (1, 13, ".1111"),
    ],
    ids=["CYC", "HCQ", "arthralgia", "MMF", "prednisone", "LEF"],
)
def test_tv_13_chi_squared_without_correction(with_remission: int, without: int, printed: str) -> None:
    table = [[with_remission, 16 - with_remission], [without, 53 - without]]
    assert format_half_up(ms.stats.chi_squared(table).p_value, 4) == f"0{printed}"


@pytest.mark.parametrize(
    ("with_remission", "without", "printed"),
    [(15, 46, ".6705"), (1, 16, ".0941"), (3, 2, ".0776"), (6, 41, ".0050")],
    ids=["female", "serositis", "neuro", "CYC"],
)
def test_tv_13_fisher(with_remission: int, without: int, printed: str) -> None:
    table = [[with_remission, 16 - with_remission], [without, 53 - without]]
    assert format_half_up(ms.stats.fisher(table).p_value, 4) == f"0{printed}"


def test_tv_14_trial_of_twelve_against_six() -> None:
    assert ms.stats.fisher([[9, 3], [5, 1]]).p_value == pytest.approx(1.0, abs=1e-12)
    d = ms.stats.two_proportions(9, 12, 5, 6, method="newcombe")
    assert (d.estimate, d.lower, d.upper) == pytest.approx((-0.083333, -0.396957, 0.344941), abs=5e-7)


BEFORE = [17, 12, 11, 9, 12, 14, 12, 34, 10, 10]
AFTER = [6, 5, 11, 2, 9, 10, 5, 12, 3, 4]


def test_tv_36_paired_t() -> None:
    t = ms.stats.paired_test(BEFORE, AFTER, test="t")
    assert t.change_mean == pytest.approx(-7.4, rel=RTOL_VECTORS)
    assert t.change_sd == pytest.approx(5.910443, rel=RTOL_VECTORS)
    assert t.statistic == pytest.approx(-3.959239, rel=RTOL_VECTORS) and t.df == 9
    assert t.p_value == pytest.approx(0.0033081, abs=5e-8)


def test_tv_37_signed_rank() -> None:
    w = ms.stats.paired_test(BEFORE, AFTER)
    assert (w.n, w.n_zero, w.statistic, w.p_value) == (10, 1, 0.0, 0.00390625)
    assert ms.stats.paired_test(BEFORE, AFTER, distribution="normal").p_value == pytest.approx(0.0071610, abs=5e-8)
    assert ms.stats.paired_test(BEFORE, AFTER, distribution="normal-cc").p_value == pytest.approx(0.0085510, abs=5e-8)


def test_tv_38_flare_rate() -> None:
    years = (300 + 365 + 120 + 365) / 365.25
    flares = ms.stats.rate(2 + 0 + 1 + 3, years)
    assert years == pytest.approx(3.148528, rel=RTOL_VECTORS)
    assert (flares.estimate, flares.lower, flares.upper) == pytest.approx(
        (1.905652, 0.699341, 4.147803), rel=RTOL_VECTORS
    )


@pytest.mark.parametrize(
    ("x", "n", "percent"), [(20, 87, 22.9885), (23, 83, 27.7108), (12, 39, 30.7692), (5, 12, 41.6667), (3, 6, 50.0)]
)
def test_tv_45_percentages_of_the_followed(x: int, n: int, percent: float) -> None:
    assert ms.stats.proportion(x, n, denominator_rule="assessed_at_visit").percent == pytest.approx(percent, abs=5e-5)
    assert 10 + 7 + 2 + 1 == 20


def test_tv_46_mcnemar() -> None:
    assert ms.stats.mcnemar(8, 1).p_value == 0.0390625
