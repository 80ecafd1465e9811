"""Numbers as printed: half away from zero on exact decimals, so 433/40 prints 10.83 and 22.5 % prints 23 %."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

__all__ = ["fixed", "interval", "p_value", "percent", "percent_text", "plain"]

#: Shown for a number that does not exist.
ABSENT = "–"


def _half_up(value: Fraction, digits: int) -> str:
    scale = 10**digits
    scaled = abs(value) * scale
    whole = math.floor(scaled + Fraction(1, 2))
    sign = "-" if value < 0 and whole else ""
    if digits == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole // scale}.{whole % scale:0{digits}d}"


def fixed(value: float | int | Fraction | None, digits: int) -> str:
    """``value`` with ``digits`` decimals, half away from zero.

    A float stands for the shortest decimal that is within 1e-12 (relative) of it: 10.824999999999999 is 10.825.

    Examples
    --------
    >>> from mscsle.report.rounding import fixed
    >>> fixed(433 / 40, 2), fixed(297 / 40, 2), fixed(22.5, 0), fixed(-0.0004, 3)
    ('10.83', '7.43', '23', '0.000')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, Fraction):
        return _half_up(value, digits)
    number = float(value)
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    exact = Decimal(f"{number:.12e}") if number else Decimal(0)
    quantised = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return str(abs(quantised) if quantised == 0 else quantised)


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
    return _half_up(Fraction(100 * numerator, denominator), digits)


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
