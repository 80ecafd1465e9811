"""Numbers are printed half away from zero on exact decimals."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mscsle.report.rounding import fixed, interval, p_value, percent, percent_text


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [(433 / 40, 2, "10.83"), (297 / 40, 2, "7.43"), (259 / 40, 2, "6.48"), (2.5, 0, "3"), (-2.5, 0, "-3"), (0.125, 2, "0.13")],
)  # fmt: skip
def test_halves_go_away_from_zero(value: float, digits: int, printed: str) -> None:
    assert fixed(value, digits) == printed


def test_tv_05_percentages_round_half_up() -> None:
    assert percent(18, 80, 0) == "23"
    assert percent(49, 81) == "60.5"
    assert percent(11, 81, 0) == "14"


@given(st.integers(0, 400), st.integers(1, 400), st.integers(0, 3))
def test_percentages_are_exact_to_half_a_digit(numerator: int, denominator: int, digits: int) -> None:
    exact = Fraction(100 * numerator, denominator)
    error = Fraction(percent(numerator, denominator, digits)) - exact
    half = Fraction(1, 2 * 10**digits)
    assert -half < error <= half


def test_sums_that_miss_the_half_in_binary_still_print_it() -> None:
    assert fixed(sum([0.1] * 3) - 0.175, 2) == "0.13"  # 0.125 but for the last bits


def test_what_does_not_exist_is_a_dash() -> None:
    assert fixed(float("nan"), 2) == "–"
    assert fixed(None, 2) == "–"
    assert percent(0, 0) == "–"
    assert percent_text(0, 0) == "0/0"
    assert interval(float("nan"), 1.0, 2) == "–"


def test_negative_zero_has_no_sign() -> None:
    assert fixed(-0.0004, 3) == "0.000"


def test_small_p_values_are_bounded() -> None:
    assert (p_value(0.0002), p_value(0.0469), p_value(0.0026)) == ("<0.001", "0.047", "0.003")
