"""What all results share: a frame in the user's library, analysis results data (ARD), HTML and text."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

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
        """Rows in the columns of :data:`ARD_COLUMNS`; by default the table itself, one row a filled cell."""
        return listing_rows(self.columns(), method=self.title())

    def title(self) -> str:
        """One line that says what this is and how it was computed."""
        return type(self).__name__

    def to_frame(self) -> Any:
        """The result as a frame in the library of the input."""
        return _frame.native(self.columns(), self.library)

    def to_ard(self) -> Any:
        """Analysis results data: one row a statistic, the columns of R's cards package plus ``method``.

        Where some statistics are texts, the column ``stat`` of polars and pyarrow, which have one type a column, is text.
        """
        return ard_frame(self.ard_rows(), self.library)

    def write(
        self,
        path: str | Path,
        *,
        digits: int = 4,
        title: str | None = None,
        footnotes: Iterable[str] = (),
        landscape: bool = True,
        paper: str = "a4",
        footer: str = "",
    ) -> Path:
        """Write the table as RTF, DOCX, HTML or CSV; see :func:`mscsle.report.write_table`."""
        from mscsle.report.tables_out import write_table

        return write_table(
            self,
            path,
            digits=digits,
            title=title,
            footnotes=footnotes,
            landscape=landscape,
            paper=paper,
            footer=footer,
        )

    def _repr_html_(self) -> str:
        return html_table(self.columns(), caption=self.title())


def listing_rows(columns: Mapping[str, Any], *, method: str, context: str = "listing") -> Iterable[dict[str, object]]:
    """A table as analysis results data: one row a filled cell, under the first column as group."""
    names = list(columns)
    if not names:
        return
    listed = {n: values_list(columns[n]) for n in names}
    for i, first in enumerate(listed[names[0]]):
        level = _frame.as_texts([first])[0]
        for name in names[1:] or names:
            value = listed[name][i]
            if _frame.is_missing(value):
                continue
            yield ard_row(
                group1=names[0],
                group1_level=level,
                variable=name,
                context=context,
                stat_name="value",
                stat=value if isinstance(value, (float, int)) else _frame.as_texts([value])[0],
                method=method,
            )


def completeness_rows(columns: Mapping[str, Any], *, method: str) -> Iterable[dict[str, object]]:
    """Of each column of a data set the number of rows, of missing and of other values, as R's ``ard_missing``."""
    for name, column in columns.items():
        cells = values_list(column)
        missing = sum(_frame.is_missing(v) for v in cells)
        for stat_name, label, n in (
            ("N_obs", "Rows", len(cells)),
            ("N_miss", "Missing", missing),
            ("N_nonmiss", "Not missing", len(cells) - missing),
        ):
            yield ard_row(
                variable=name,
                context="missing",
                stat_name=stat_name,
                stat_label=label,
                stat=float(n),
                method=method,
            )


def values_list(column: Any) -> list[Any]:
    """A column as Python objects, None where a masked array masks."""
    if isinstance(column, np.ma.MaskedArray):
        return [None if v is np.ma.masked else v.item() for v in column]
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiub":
        return list(column.tolist())
    return list(_frame._as_sequence(column))


def ard_frame(rows: Iterable[Mapping[str, object]], library: _frame.Library) -> Any:
    """Rows of analysis results data as a frame of the library."""
    kept = list(rows)
    columns: dict[str, list[object]] = {c: [r[c] for r in kept] for c in ARD_COLUMNS}
    if library in ("polars", "pyarrow"):
        stats = columns["stat"]
        if any(isinstance(s, str) for s in stats):
            columns["stat"] = [_stat_text(s) for s in stats]
        else:
            columns["stat"] = [None if s is None else float(s) for s in stats]  # type: ignore[arg-type]
    return _frame.native(columns, library)


def _stat_text(stat: object) -> str | None:
    if stat is None or isinstance(stat, str):
        return stat
    number = float(stat)  # type: ignore[arg-type]
    if math.isnan(number):
        return None
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else repr(number)


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
