"""Numbers as printed: half away from zero on exact decimals, so 433/40 prints 10.83 and 22.5 % prints 23 %."""

from __future__ import annotations

import math
from fractions import Fraction

from mscsle import _core

__all__ = ["fixed", "interval", "p_value", "percent", "percent_text", "plain"]

#: Shown for a number that does not exist.
ABSENT = "–"


def _unsigned_zero(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def fixed(value: float | int | Fraction | None, digits: int) -> str:
    """``value`` with ``digits`` decimals, half away from zero.

    A float within 1e-9 units of the last digit of a half is that half: 10.824999999999999 prints as 10.83.

    Examples
    --------
    >>> from mscsle.report.rounding import fixed
    >>> fixed(433 / 40, 2), fixed(297 / 40, 2), fixed(22.5, 0), fixed(-0.0004, 3)
    ('10.83', '7.43', '23', '0.000')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, Fraction):
        return _unsigned_zero(_core.format_ratio(value.numerator, value.denominator, digits))
    number = float(value)
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    return _unsigned_zero(_core.format_half_up(number, digits))


def percent(numerator: int, denominator: int, digits: int = 1) -> str:
    """``numerator`` of ``denominator`` in percent, exact until printed; a dash over nobody.

    Examples
    --------
    >>> from mscsle.report.rounding import percent
    >>> percent(18, 80, 0), percent(49, 81), percent(0, 0)
    ('23', '60.5', '–')
    """
    if denominator == 0:
        return ABSENT
    return str(_core.format_ratio(100 * numerator, denominator, digits))


def percent_text(numerator: int, denominator: int, digits: int = 1) -> str:
    """``49/81 (60.5 %)``."""
    shown = percent(numerator, denominator, digits)
    return f"{numerator}/{denominator}" + (f" ({shown} %)" if shown != ABSENT else "")


def interval(lower: float | None, upper: float | None, digits: int, *, scale: float = 1.0) -> str:
    """``lower to upper``, or a dash when a limit does not exist."""
    if lower is None or upper is None or math.isnan(lower) or math.isnan(upper):
        return ABSENT
    return f"{fixed(lower * scale, digits)} to {fixed(upper * scale, digits)}"


def p_value(p: float | None) -> str:
    """A p-value with three decimals, ``<0.001`` below."""
    if p is None or math.isnan(p):
        return ABSENT
    return "<0.001" if p < 0.001 else fixed(p, 3)


def plain(value: object) -> str:
    """A cell of a table that has no format of its own."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.4g}"
    return str(value)
