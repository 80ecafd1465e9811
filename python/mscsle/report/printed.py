"""The table behind every printed one: title, columns, rows, footnotes with the method; the writers only lay it out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from mscsle import _core, _frame
from mscsle._result import Result, values_list
from mscsle.exceptions import OptionError
from mscsle.io.dataset import Dataset
from mscsle.report.blocks import ReportTable

__all__ = ["PrintedTable", "printed_table", "significant"]

#: Rows of analysis results data that are looked at for the names of methods.
_MOST_METHODS = 6

#: A cell of numbers: `49/81`, `0.34 to 0.79`, `<0.001`.
NUMERIC = re.compile(r"^[<>=≤≥±∞\s\d.,%/()+−–e-]*(to[\s\d.∞-]*\)?)?$")


@dataclass(frozen=True)
class PrintedTable:
    """A table as it goes on paper: texts only.

    Attributes
    ----------
    title : str
        What it shows.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of str
        Cells; a row of which only the first cell is filled is a heading inside the table, leading blanks indent.
    footnotes : tuple of str
        Method, denominators, caveats.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    footnotes: tuple[str, ...] = ()

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Of each column whether it is set right: all its cells are numbers; the first column never is."""
        return tuple(
            j > 0 and any(r[j] for r in self.rows) and all(NUMERIC.match(r[j]) for r in self.rows)
            for j in range(len(self.columns))
        )

    def is_group(self, row: int) -> bool:
        """Whether the row is a heading inside the table."""
        cells = self.rows[row]
        return len(cells) > 1 and bool(cells[0]) and not any(cells[1:])


def significant(value: float, digits: int) -> str:
    """``value`` with ``digits`` significant digits, half away from zero; whole numbers in full.

    Examples
    --------
    >>> from mscsle.report.printed import significant
    >>> significant(0.125, 2), significant(10.825, 4), significant(81.0, 4), significant(1234.5, 4), significant(2.5e-9, 1)
    ('0.13', '10.83', '81', '1235', '3e-9')
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}" if value else "0"
    exponent = math.floor(math.log10(abs(value)))
    if not -5 <= exponent < 15:
        number = Decimal(repr(value))
        last = number.adjusted() - digits + 1
        rounded = number.quantize(Decimal((0, (1,), last)), rounding=ROUND_HALF_UP).normalize()
        power = rounded.adjusted()
        return f"{rounded.scaleb(-power):f}e{power}"
    text = _core.format_half_up(value, max(digits - 1 - exponent, 0))
    return text.rstrip("0").rstrip(".") if "." in text else text


def printed_table(
    result: object, *, digits: int = 4, title: str | None = None, footnotes: Iterable[str] = ()
) -> PrintedTable:
    """The printed table of a result or of a frame.

    Parameters
    ----------
    result : Result or frame
        A table of a report keeps its own texts; numbers of other results get ``digits`` significant digits.
    digits : int
        Significant digits, 1 to 15.
    title : str, optional
        Instead of the title of the result.
    footnotes : iterable of str
        Added below those of the result.

    Examples
    --------
    >>> import mscsle as ms
    >>> table = ms.report.printed_table(ms.stats.proportion(49, 81, denominator_rule="enrolled"))
    >>> table.columns[:2], table.rows[0][:2]
    (('numerator', 'denominator'), ('49', '81'))
    """
    if not isinstance(digits, int) or not 1 <= digits <= 15:
        raise OptionError(f"`digits` must be a whole number from 1 to 15, but is {digits}")
    added = tuple(footnotes)
    if isinstance(result, PrintedTable):
        return PrintedTable(title or result.title, result.columns, result.rows, (*result.footnotes, *added))
    if isinstance(result, ReportTable):
        columns: Mapping[str, Any] = {
            name.replace("`", ""): [text.replace("`", "") for text in texts] for name, texts in result.printed().items()
        }
        notes: tuple[str, ...] = tuple(note.replace("`", "") for note in result.notes)
    elif isinstance(result, Result):
        columns = result.columns()
        notes = tuple(_notes(result))
    else:
        frame = _frame.Frame(result)
        columns = {name: frame.raw(name) for name in frame.names}
        notes = ()
    names = tuple(columns)
    cells = [[_text(v, digits) for v in values_list(columns[name])] for name in names]
    if isinstance(result, Result) and not isinstance(result, (Dataset, ReportTable)):
        names = tuple(name.replace("_", " ") for name in names)  # on paper; blanks are where a heading may break
    heading = title if title is not None else result.title() if isinstance(result, Result) else ""
    return PrintedTable(heading, names, tuple(zip(*cells, strict=True)) if cells else (), (*notes, *added))


def _text(value: object, digits: int) -> str:
    if _frame.is_missing(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return significant(float(value), digits)
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(v, digits) for v in value)
    return _frame.as_texts([value])[0] or ""


def _notes(result: Result) -> Iterable[str]:
    """Notes of the result and the methods its statistics name, once each, unless the title says them."""
    title = result.title()
    seen: list[str] = []
    for attribute in ("notes", "note"):
        given = getattr(result, attribute, None)
        for note in [given] if isinstance(given, str) else given if isinstance(given, (list, tuple)) else []:
            if isinstance(note, str) and note and note not in title and note not in seen:
                seen.append(note)
    methods: list[str] = []
    for row in result.ard_rows():
        method = str(row["method"] or "")
        if method and method not in title and method not in methods:
            methods.append(method)
            if len(methods) == _MOST_METHODS:
                break
    yield from seen
    for method in methods:
        yield f"Method: {method}"
