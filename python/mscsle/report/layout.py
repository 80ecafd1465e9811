"""Columns on paper: how wide each must be, and parts of a table that is too wide for the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from mscsle.report.printed import PrintedTable

__all__ = ["parts_of", "widths"]

#: Width of a character at 9 points, roughly, in twips (1/1440 inch): small letters and digits, capitals, East Asian ones.
_SMALL, _CAPITAL, _WIDE = 100, 145, 190
#: Space beside the text of a cell of RTF, in twips.
PADDING = 160
#: Longest word that is kept in one piece, in characters: a DOI or a path may break.
_LONGEST_WORD = 24
#: Longest text that is given a line of its own, in characters.
_LONGEST_LINE = 60


def _measure(text: str) -> int:
    return sum(
        _WIDE if unicodedata.east_asian_width(c) in "WF" else _CAPITAL if c.isupper() or c in "mw%" else _SMALL
        for c in text
    )


def _needed(table: PrintedTable, column: int, padding: int) -> tuple[int, int]:
    """The least width, in which no word breaks, and the width that nine of ten texts need."""
    cells = [r[column] for i, r in enumerate(table.rows) if not table.is_group(i)]
    words = [w for text in (table.columns[column], *cells) for w in text.split()]
    least = max((_measure(w[:_LONGEST_WORD]) for w in words), default=_SMALL)
    lengths = sorted(_measure(text[:_LONGEST_LINE]) for text in cells) or [0]
    indent = 200 if any(text.startswith("  ") for text in cells) else 0
    typical = lengths[(len(lengths) * 9) // 10]
    return padding + indent + least, padding + indent + max(least, typical)


def widths(table: PrintedTable, width: int, padding: int = PADDING) -> list[int] | None:
    """Widths of the columns in twips: no word breaks, long texts wrap; None when the table is wider than the page."""
    needed = [_needed(table, j, padding) for j in range(len(table.columns))]
    least, wanted = [n[0] for n in needed], [n[1] for n in needed]
    if sum(least) > width:
        return None
    room = width - sum(least)
    more = [w - n for w, n in zip(wanted, least, strict=True)]
    if sum(more) > room:
        return [n + m * room // sum(more) for n, m in zip(least, more, strict=True)]
    stretch = min(width / sum(wanted), 1.6)
    return [int(w * stretch) for w in wanted]


def parts_of(table: PrintedTable, width: int, padding: int = PADDING) -> list[tuple[PrintedTable, list[int]]]:
    """The table, or parts of it that repeat the columns by which its rows are known, each with the widths of its columns."""
    whole = widths(table, width, padding)
    if whole is not None:
        return [(table, whole)]
    out: list[tuple[PrintedTable, list[int]]] = []
    stub = _stub(table, width, padding)
    left = list(range(len(stub), len(table.columns)))
    while left:
        chosen, found = [left[0]], widths(_part(table, [*stub, left[0]]), width, padding)
        for column in left[1:]:
            wider = widths(_part(table, [*stub, *chosen, column]), width, padding)
            if wider is None:
                break
            chosen, found = [*chosen, column], wider
        part = _part(table, [*stub, *chosen])
        out.append((part, found or [width // len(part.columns)] * len(part.columns)))
        left = left[len(chosen) :]
    return out or [(table, [width])]


def _stub(table: PrintedTable, width: int, padding: int) -> list[int]:
    """The first columns that tell the rows apart, at most three in a third of the page; otherwise the first."""
    for n in (1, 2, 3):
        narrow = sum(_needed(table, j, padding)[0] for j in range(min(n, len(table.columns)))) <= width // 3
        told = len({row[:n] for row in table.rows}) == len(table.rows)
        if n < len(table.columns) and narrow and told:
            return list(range(n))
    return [0]


def _part(table: PrintedTable, columns: Sequence[int]) -> PrintedTable:
    # A row that is empty in this part stays a row: only headings of the whole table are headings.
    rows = tuple(
        tuple(r[j] for j in columns)
        if table.is_group(i)
        else tuple(r[j] or (" " if k else "") for k, j in enumerate(columns))
        for i, r in enumerate(table.rows)
    )
    return PrintedTable(table.title, tuple(table.columns[j] for j in columns), rows, table.footnotes)
