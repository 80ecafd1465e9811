"""Tables as RTF: landscape or portrait, headings repeated on each page, page x of y; every character is ASCII or escaped."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from mscsle.report.layout import parts_of
from mscsle.report.printed import PrintedTable

__all__ = ["rtf", "rtf_text"]

#: Paper in twips (1/1440 inch): short side, long side.
PAPER = {"a4": (11906, 16838), "letter": (12240, 15840)}
#: Margin on each side in twips (0.75 inch).
_MARGIN = 1080


def rtf_text(text: str) -> str:
    """Text for RTF: ``\\``, ``{``, ``}`` escaped, other than ASCII as ``\\uN?`` (two of them outside the first plane).

    Examples
    --------
    >>> from mscsle.report.rtf import rtf_text
    >>> rtf_text("a{b}\\\\ ≥ 0.5 µmol")
    'a\\\\{b\\\\}\\\\\\\\ \\\\u8805? 0.5 \\\\u181?mol'
    """
    out: list[str] = []
    for character in text:
        code = ord(character)
        if character in "\\{}":
            out.append("\\" + character)
        elif character == "\n":
            out.append("\\line ")
        elif character == "\t":
            out.append("\\tab ")
        elif code < 32 or 0xD800 <= code <= 0xDFFF:
            continue
        elif code < 127:
            out.append(character)
        else:
            units = character.encode("utf-16-le")
            for i in range(0, len(units), 2):
                unit = int.from_bytes(units[i : i + 2], "little")
                out.append(f"\\u{unit - 65536 if unit > 32767 else unit}?")
    return "".join(out)


def rtf(
    tables: Sequence[PrintedTable],
    *,
    landscape: bool = True,
    paper: str = "a4",
    footer: str = "",
    heading: str = "",
    contents: bool = False,
) -> bytes:
    """Tables as one RTF document, each on a page of its own; ``contents`` puts a list of their titles first."""
    short, long = PAPER[paper]
    width, height = (long, short) if landscape else (short, long)
    parts = [
        "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}}\n",
        f"\\paperw{width}\\paperh{height}\\margl{_MARGIN}\\margr{_MARGIN}\\margt{_MARGIN}\\margb{_MARGIN}",
        "\\landscape\n" if landscape else "\n",
        "\\uc1\\fs18\n",
    ]
    if heading:
        parts.append(f"{{\\header\\pard\\plain\\f0\\fs18\\ql\\b {rtf_text(heading)}\\b0\\par}}\n")
    shown = f"{rtf_text(footer)}\\tab " if footer else ""
    parts.append(
        f"{{\\footer\\pard\\plain\\f0\\tqr\\tx{width - 2 * _MARGIN}\\fs16 {shown}Page {{\\field{{\\*\\fldinst PAGE}}{{\\fldrslt 1}}}} of "
        "{\\field{\\*\\fldinst NUMPAGES}{\\fldrslt 1}}\\par}\n"
    )
    if contents:
        parts.append("\\pard\\sa200\\b\\fs24 Tables\\b0\\fs18\\par\n")
        parts += [f"\\pard\\sa40 {i}. {rtf_text(t.title)}\\par\n" for i, t in enumerate(tables, 1)]
    for i, table in enumerate(tables):
        if i or contents:
            parts.append("\\page\n")
        parts.append(_table(table, width - 2 * _MARGIN))
    parts.append("}\n")
    return "".join(parts).encode("ascii")


def _table(table: PrintedTable, width: int) -> str:
    parts = [f"\\pard\\sa120\\b\\fs20 {rtf_text(table.title)}\\b0\\fs18\\par\n"]
    shown = parts_of(table, width) if table.columns else []
    for number, (part, wide) in enumerate(shown, 1):
        if len(shown) > 1:
            parts.append(f"\\pard\\sb120\\sa60\\keepn\\fs16 Columns, part {number} of {len(shown)}\\fs18\\par\n")
        parts.append(_part(part, wide))
        parts.append("\\pard\\fs8\\par\\fs18\n")
    parts += [f"\\pard\\sa40\\fs16 {rtf_text(note)}\\fs18\\par\n" for note in table.footnotes]
    return "".join(parts)


def _part(table: PrintedTable, wide: Sequence[int]) -> str:
    edges = list(itertools.accumulate(wide))
    numeric = table.numeric
    top = "\\clbrdrt\\brdrs\\brdrw15\\clbrdrb\\brdrs\\brdrw10"
    parts = [_row(table.columns, edges, numeric, borders=top, head=True)]
    last = len(table.rows) - 1
    for i, cells in enumerate(table.rows):
        borders = "\\clbrdrb\\brdrs\\brdrw15" if i == last else ""
        if table.is_group(i):
            parts.append(_row(cells, edges, (False,) * len(cells), borders=borders, bold=True))
        else:
            parts.append(_row(cells, edges, numeric, borders=borders))
    return "".join(parts)


def _row(
    cells: Sequence[str],
    edges: Sequence[int],
    numeric: Sequence[bool],
    *,
    borders: str = "",
    head: bool = False,
    bold: bool = False,
) -> str:
    out = ["\\trowd\\trgaph60\\trleft0\\trkeep\\trpaddt15\\trpaddft3\\trpaddb15\\trpaddfb3", "\\trhdr" if head else ""]
    for i, edge in enumerate(edges):
        merged = ("\\clmrg" if i else "\\clmgf") if bold else ""  # a heading inside the table spans all columns
        out.append(f"{merged}{borders}\\clvertal{'b' if head else 't'}\\cellx{edge}")
    out.append("\n")
    for cell, right in zip(cells, numeric, strict=True):
        indent = "\\li200" if cell.startswith("  ") else ""
        text = rtf_text(cell.strip())
        shown = f"\\b {text}\\b0" if head or bold else text
        keep = "\\keepn" if head or bold else ""
        align = "\\qr" if right else "\\ql"
        out.append(f"\\pard\\intbl{keep}{align}{indent} {shown}\\cell\n")
    out.append("\\row\n")
    return "".join(out)
