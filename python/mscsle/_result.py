"""What all results share: a frame in the user's library, analysis results data (ARD), HTML and text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mscsle import _frame

#: Columns of an analysis results data set, as in R's cards package, plus the method.
ARD_COLUMNS = (
    "group1",
    "group1_level",
    "variable",
    "variable_level",
    "context",
    "stat_name",
    "stat_label",
    "stat",
    "fmt",
    "warning",
    "error",
    "method",
)


def ard_row(
    *,
    variable: str,
    context: str,
    stat_name: str,
    stat: float | str | None,
    method: str,
    stat_label: str | None = None,
    variable_level: str | None = None,
    group1: str | None = None,
    group1_level: str | None = None,
    fmt: str | None = None,
    warning: str | None = None,
    error: str | None = None,
) -> dict[str, object]:
    """One statistic in the columns of :data:`ARD_COLUMNS`."""
    return {
        "group1": group1,
        "group1_level": group1_level,
        "variable": variable,
        "variable_level": variable_level,
        "context": context,
        "stat_name": stat_name,
        "stat_label": stat_label or stat_name,
        "stat": stat,
        "fmt": fmt,
        "warning": warning,
        "error": error,
        "method": method,
    }


@dataclass(frozen=True, kw_only=True)
class Result:
    """Base of the frozen results: subclasses give :meth:`columns` (the table) and :meth:`ard_rows` (one row a statistic)."""

    library: _frame.Library = field(default="numpy", repr=False, compare=False)

    def columns(self) -> Mapping[str, Any]:
        """Column name to array or list."""
        raise TypeError(f"{type(self).__name__} has no table")

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """Rows in the columns of :data:`ARD_COLUMNS`."""
        return ()

    def title(self) -> str:
        """One line that says what this is and how it was computed."""
        return type(self).__name__

    def to_frame(self) -> Any:
        """The result as a frame in the library of the input."""
        return _frame.native(self.columns(), self.library)

    def to_ard(self) -> Any:
        """Analysis results data: one row a statistic, the columns of R's cards package plus ``method``."""
        rows = list(self.ard_rows())
        return _frame.native({c: [r[c] for r in rows] for c in ARD_COLUMNS}, self.library)

    def _repr_html_(self) -> str:
        return html_table(self.columns(), caption=self.title())


def format_cell(value: object) -> str:
    """A cell for reading: empty for missing, 4 significant digits for numbers that are not whole."""
    if _frame.is_missing(value):
        return ""
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        number = float(value)  # type: ignore[arg-type]
        return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.4g}"
    return str(value)


def html_table(columns: Mapping[str, Sequence[object]], *, caption: str = "", limit: int = 60) -> str:
    """An escaped HTML table of at most ``limit`` rows, without scripts."""
    names = list(columns)
    n = len(columns[names[0]]) if names else 0
    head = "".join(f"<th>{html.escape(c)}</th>" for c in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(format_cell(columns[c][i]))}</td>" for c in names) + "</tr>"
        for i in range(min(n, limit))
    )
    more = f"<tr><td colspan='{len(names)}'>… {n - limit} more rows</td></tr>" if n > limit else ""
    return f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}{more}</tbody></table>"
