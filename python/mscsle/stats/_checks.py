"""Checks of scalar arguments and the base of test results."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError


def count(value: object, name: str) -> int:
    """A count >= 0; percentages and other numbers that are not whole are refused."""
    if isinstance(value, bool):
        raise TypeError(f"`{name}` must be a count, but is {value}")
    if isinstance(value, (int, float)) or hasattr(value, "__index__") or hasattr(value, "__float__"):
        number = float(value)  # type: ignore[arg-type]
        if not number.is_integer():
            raise DataError(
                f"`{name}` must be a count, but is {number:g}; a bare percentage has no interval: give numerator and denominator"
            )
        if number < 0:
            raise DataError(f"`{name}` must be a count >= 0, but is {number:g}")
        try:
            return operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            return int(number)
    raise TypeError(f"`{name}` must be a count (int), but is {type(value).__name__}")


def printed(value: object, name: str) -> str:
    """A number as printed; floats are refused because 4.20 and 4.2 are not the same print."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"`{name}` must be text as printed, such as '4.20', but is {type(value).__name__}")


def digits(value: float | None, places: int = 4) -> str:
    """A number for a sentence, half away from zero; a dash where there is none."""
    return "–" if value is None else _core.format_half_up(value, places)


def p_text(p: float | None) -> str:
    """``p = 0.0033`` or ``p < 0.0001``."""
    if p is None:
        return "no p-value"
    return "p < 0.0001" if p < 0.0001 else f"p = {_core.format_half_up(p, 4)}"


def limits_note(conf_level: float, largest: float | None, *sizes: int) -> str:
    """Why a rank interval has no limits: so few values allow at most a lower level (rounded down)."""
    many = " and ".join(str(n) for n in sizes)
    allow = "allows" if len(sizes) == 1 else "allow"
    reach = math.floor(1e4 * (largest or 0.0) + 1e-6) / 100
    at_most = f"at most {reach:g} %" if reach > 0 else "none"
    return f"no {100 * conf_level:g} % limits: n = {many} {allow} {at_most}"


def interval_text(lower: float | None, upper: float | None, conf_level: float, note: str | None) -> str:
    """``95 % CI 1.000 to 2.000``, or why there is none."""
    if lower is None and upper is None and note:
        return note
    return f"{100 * conf_level:g} % CI {digits(lower, 3)} to {digits(upper, 3)}"


@dataclass(frozen=True, kw_only=True)
class OneRow(Result):
    """A result that is one row: :meth:`_fields` names its statistics in order."""

    library: _frame.Library = field(default_factory=_frame.default_library, repr=False, compare=False)

    def _fields(self) -> Mapping[str, Any]:
        raise TypeError(f"{type(self).__name__} has no fields")

    def _context(self) -> str:
        return "statistic"

    def _variable(self) -> str:
        return self._context()

    def columns(self) -> Mapping[str, Any]:
        """One row."""
        return {name: [value] for name, value in self._fields().items()}

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """One row a number; words are in ``method`` and, for a denominator rule, in the group."""
        method = str(getattr(self, "method", ""))
        note = getattr(self, "note", None)
        rule = getattr(self, "denominator_rule", None)
        return [
            ard_row(
                variable=self._variable(),
                context=self._context(),
                group1=None if rule is None else "denominator_rule",
                group1_level=rule,
                stat_name=name,
                stat=None if value is None else float(value),
                method=method,
                warning=note if name in ("lower", "upper") else None,
            )
            for name, value in self._fields().items()
            if name != "note" and not isinstance(value, str)
        ]
