"""A result's table as a file: RTF, DOCX, HTML or CSV by the name of the file."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path

from mscsle import _frame
from mscsle._files import write_bytes
from mscsle._result import Result
from mscsle.exceptions import OptionError
from mscsle.report.printed import PrintedTable, printed_table
from mscsle.report.rtf import PAPER, rtf

__all__ = ["write_table"]

#: What a file name may end with.
FORMATS = (".rtf", ".docx", ".html", ".csv")

_STYLE = (
    "body{font:10pt/1.4 Arial,sans-serif;margin:2em;color:#111}table{border-collapse:collapse}"
    "caption{text-align:left;font-weight:bold;padding:.3em 0}th,td{padding:.2em .7em;text-align:left;vertical-align:top}"
    "thead th{border-top:1.5px solid;border-bottom:1px solid}tbody tr:last-child td{border-bottom:1.5px solid}"
    ".num{text-align:right;font-variant-numeric:tabular-nums}.indent{padding-left:1.6em}.group td{font-weight:bold}"
    ".note{font-size:9pt;margin:.3em 0}@page{size:landscape}"
)


def write_table(
    result: object,
    path: str | Path,
    *,
    digits: int = 4,
    title: str | None = None,
    footnotes: Iterable[str] = (),
    landscape: bool = True,
    paper: str = "a4",
    footer: str = "",
) -> Path:
    """Write the table of a result, of several results, or of a frame; the name of the file says how.

    Parameters
    ----------
    result : Result, frame, or list of them
        Several give one document, a table a page (RTF, DOCX) or one below the other (HTML).
    path : str or path
        ``.rtf``, ``.docx`` (needs ``pip install mscsle[docx]``), ``.html`` or ``.csv`` (unrounded numbers).
    digits : int
        Significant digits of numbers that have no format of their own, rounded half away from zero.
    title : str, optional
        Instead of the title of the result.
    footnotes : iterable of str
        Printed below the notes and methods of the result.
    landscape : bool
        Landscape or portrait (RTF, DOCX).
    paper : {"a4", "letter"}
        Size of the paper (RTF).
    footer : str
        Printed at the foot of each page beside the page number (RTF, DOCX).

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OptionError
        Another ending, paper or number of digits.
    ImportError
        DOCX without python-docx.
    FileError
        The file cannot be written.

    Examples
    --------
    >>> import mscsle as ms
    >>> path = ms.report.write_table(ms.stats.proportion(49, 81, denominator_rule="enrolled"), "remission.rtf", footnotes=["All treated subjects."])
    >>> path.read_text()[:6], "All treated subjects." in path.read_text()
    ('{\\\\rtf1', True)
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise OptionError(f"`{target.name}` must end with {', '.join(FORMATS)}")
    if paper not in PAPER:
        raise OptionError(f"unknown paper `{paper}`; use {' or '.join(f'`{p}`' for p in PAPER)}")
    several = list(result) if isinstance(result, (list, tuple)) else [result]
    if not several:
        raise OptionError("there is no table to write; give at least one")
    if suffix == ".csv":
        if len(several) > 1:
            raise OptionError("a CSV file holds one table; write each to its own file")
        write_bytes(target, _csv(several[0]))
        return target
    notes = tuple(footnotes)
    tables = [printed_table(r, digits=digits, title=title, footnotes=notes) for r in several]
    write_bytes(target, _document(tables, suffix, landscape=landscape, paper=paper, footer=footer))
    return target


def _document(tables: list[PrintedTable], suffix: str, *, landscape: bool, paper: str, footer: str) -> bytes:
    if suffix == ".rtf":
        return rtf(tables, landscape=landscape, paper=paper, footer=footer)
    if suffix == ".docx":
        from mscsle.report.docx import docx

        return docx(tables, landscape=landscape, footer=footer)
    return html_page(tables, footer=footer).encode()


def _csv(result: object) -> bytes:
    from mscsle.report.report import table_csv

    if isinstance(result, PrintedTable):
        return table_csv({name: [row[j] for row in result.rows] for j, name in enumerate(result.columns)})
    if isinstance(result, Result):
        return table_csv(result.columns())
    frame = _frame.Frame(result)
    return table_csv({name: frame.raw(name) for name in frame.names})


def html_page(tables: Iterable[PrintedTable], *, footer: str = "") -> str:
    """Tables as a page of their own: no script, no network."""
    shown = list(tables)
    title = html.escape(shown[0].title if shown else "")
    foot = f"<footer class='note'>{html.escape(footer)}</footer>" if footer else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body>{''.join(table_part(t) for t in shown)}{foot}</body></html>\n"
    )


def table_part(table: PrintedTable) -> str:
    """One table with its notes as HTML."""
    numeric = table.numeric
    head = "".join(
        f'<th scope="col"{_class("num" if right else "")}>{html.escape(name)}</th>'
        for name, right in zip(table.columns, numeric, strict=True)
    )
    rows = []
    for i, cells in enumerate(table.rows):
        if table.is_group(i):
            rows.append(f'<tr class="group"><td colspan="{len(table.columns)}">{html.escape(cells[0])}</td></tr>')
            continue
        rows.append(
            "<tr>"
            + "".join(
                f"<td{_class('num' if right else 'indent' if cell.startswith('  ') else '')}>{html.escape(cell.strip())}</td>"
                for cell, right in zip(cells, numeric, strict=True)
            )
            + "</tr>"
        )
    notes = "".join(f'<p class="note">{html.escape(note)}</p>' for note in table.footnotes)
    return f"<table><caption>{html.escape(table.title)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{notes}"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
