"""Partial dates made whole by a named rule, with the flag that says which part was imputed."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import numpy as np

from mscsle import _frame
from mscsle._columns import NAT, Days, as_day
from mscsle._result import Result, values_list
from mscsle.exceptions import DataError, OptionError

__all__ = ["ImputedDates", "Rule", "impute_dates"]

Rule = Literal["first", "middle", "last"]
#: The rules in words.
RULES: Mapping[str, str] = {
    "first": "first day of the month, 1 January of the year",
    "middle": "day 15 of the month, 1 July of the year",
    "last": "last day of the month, 31 December of the year",
}
_PARTIAL = re.compile(r"^(\d{4})(?:-(\d{2}|-)(?:-(\d{2}|-))?)?-?$")


@dataclass(frozen=True, kw_only=True)
class ImputedDates(Result):
    """Dates with the flag of their imputation.

    Attributes
    ----------
    given : list of str
        The dates as given.
    dates : array of datetime64[D]
        Whole dates, NaT where missing.
    flags : list of str
        ``D`` the day was imputed, ``M`` month and day; None where the date was whole or is missing.
    rule : str
        The rule.
    """

    given: list[str | None] = field(repr=False)
    dates: Days
    flags: list[str | None]
    rule: str

    def columns(self) -> Mapping[str, Any]:
        """Given, date and flag."""
        return {"given": self.given, "date": self.dates, "flag": self.flags}

    def title(self) -> str:
        """The rule in words."""
        return f"Partial dates imputed: {self.rule} ({RULES[self.rule]})"


def impute_dates(
    dates: Any,
    *,
    rule: Rule,
    not_before: Any = None,
    not_after: Any = None,
) -> ImputedDates:
    """Make partial ISO dates whole by a named rule; the flag (``ADTF``) says which part was imputed.

    Parameters
    ----------
    dates : column, list or array
        ISO 8601 texts (``2009``, ``2009-03``, ``2009-03-14``, with or without a time) or dates.
    rule : {"first", "middle", "last"}
        First day of the month or 1 January; day 15 or 1 July; last day of the month or 31 December.
    not_before, not_after : column or date, optional
        Limits of imputed dates, as far as the known part allows: an imputed day never leaves the known month, an imputed
        month never leaves the known year. Whole dates are never moved.

    Returns
    -------
    ImputedDates

    Raises
    ------
    DataError
        A text that is no date; its row is named.
    OptionError
        An unknown rule.

    Examples
    --------
    >>> import mscsle as ms
    >>> out = ms.adam.impute_dates(["2009-03-14", "2009-03", "2009", None], rule="first", not_before="2009-02-10")
    >>> [str(d) for d in out.dates], out.flags
    (['2009-03-14', '2009-03-01', '2009-02-10', 'NaT'], [None, 'D', 'M', None])
    """
    if rule not in RULES:
        raise OptionError(f"unknown rule `{rule}`; use {', '.join(f'`{r}`' for r in RULES)}")
    values = values_list(_frame._as_sequence(dates) if not isinstance(dates, (list, tuple)) else list(dates))
    n = len(values)
    low, high = _limits(not_before, n, "not_before"), _limits(not_after, n, "not_after")
    out = np.full(n, NAT, dtype="datetime64[D]")
    flags: list[str | None] = [None] * n
    for row, value in enumerate(values):
        if _frame.is_missing(value) or value == "":
            continue
        if isinstance(value, (date, datetime, np.datetime64)):
            out[row] = as_day(value)
            continue
        first, last, middle, flag = _span(str(value).strip(), row)
        if flag is None:
            out[row] = np.datetime64(first, "D")
            continue
        chosen = np.datetime64({"first": first, "middle": middle, "last": last}[rule], "D")
        if low is not None and not np.isnat(low[row]):
            chosen = max(chosen, low[row])
        if high is not None and not np.isnat(high[row]):
            chosen = min(chosen, high[row])
        out[row] = min(max(chosen, np.datetime64(first, "D")), np.datetime64(last, "D"))
        flags[row] = flag
    return ImputedDates(
        given=_frame.as_texts(values),
        dates=out,
        flags=flags,
        rule=rule,
        library=_frame.default_library(),
    )


def _limits(given: Any, n: int, name: str) -> Days | None:
    if given is None:
        return None
    if isinstance(given, (str, date, np.datetime64)):
        return np.full(n, as_day(given) if not isinstance(given, str) else np.datetime64(given[:10], "D"))
    values: Sequence[Any] = values_list(_frame._as_sequence(given))
    if len(values) != n:
        raise DataError(f"`{name}` has {len(values)} values, but the dates are {n}")
    return np.asarray(
        [NAT if _frame.is_missing(v) or v == "" else np.datetime64(str(v)[:10], "D") for v in values],
        dtype="datetime64[D]",
    )


def _span(text: str, row: int) -> tuple[date, date, date, str | None]:
    """First, last and middle day that the text allows, and what is missing of it."""
    day_part = text.split("T")[0]
    found = _PARTIAL.match(day_part)
    try:
        if found is None:
            raise ValueError
        year = int(found.group(1))
        month = None if found.group(2) in (None, "-") else int(found.group(2))
        day = None if found.group(3) in (None, "-") else int(found.group(3))
        if month is None:
            return date(year, 1, 1), date(year, 12, 31), date(year, 7, 1), "M"
        if day is None:
            last = calendar.monthrange(year, month)[1]
            return date(year, month, 1), date(year, month, last), date(year, month, 15), "D"
        whole = date(year, month, day)
        return whole, whole, whole, None
    except (ValueError, calendar.IllegalMonthError):
        raise DataError(
            f"a date must be ISO 8601 (`2009-03-14`, `2009-03`, `2009`), but row {row} is {text!r}"
        ) from None
