"""Tables as DOCX through python-docx (extra ``docx``); the same table gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mscsle.report.layout import parts_of
from mscsle.report.printed import PrintedTable

__all__ = ["docx"]

#: Date of every part of the file, so that the same table gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
#: Space beside the text of a cell in twips: the margins of Word and a line.
_PADDING = 260
#: Width between the margins in twips: portrait and landscape A4.
_WIDTHS = {False: 9752, True: 14684}


def docx(tables: Sequence[PrintedTable], *, landscape: bool = True, footer: str = "", heading: str = "") -> bytes:
    """Tables as one DOCX document, each on a page of its own.

    Raises
    ------
    ImportError
        python-docx is not installed; the extra is named.
    """
    try:
        from docx import Document
        from docx.enum.section import WD_ORIENT
        from docx.shared import Cm, Pt
    except ImportError:
        raise ImportError("DOCX needs python-docx; install it with `pip install mscsle[docx]`") from None
    document: Any = Document()
    section = document.sections[0]
    short, long = Cm(21.0), Cm(29.7)
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (long, short) if landscape else (short, long)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.9)
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(9)
    if heading:
        section.header.paragraphs[0].add_run(_clean(heading)).bold = True
    foot = section.footer.paragraphs[0]
    foot.add_run(f"{_clean(footer)}   Page " if footer else "Page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")
    for i, table in enumerate(tables):
        if i:
            document.add_page_break()
        _add(document, table, _WIDTHS[landscape])
    document.core_properties.created = document.core_properties.modified = datetime(*_EPOCH)
    document.core_properties.author = "mscsle"
    document.core_properties.title = _clean(tables[0].title[:250]) if tables else ""
    raw = io.BytesIO()
    document.save(raw)
    return _fixed_dates(raw.getvalue())


def _add(document: Any, table: PrintedTable, width: int) -> None:
    from docx.shared import Pt

    document.add_paragraph().add_run(_clean(table.title)).bold = True
    shown = parts_of(table, width, _PADDING) if table.columns else []
    for number, (part, wide) in enumerate(shown, 1):
        if len(shown) > 1:
            document.add_paragraph().add_run(f"Columns, part {number} of {len(shown)}").font.size = Pt(8)
        _grid(document, part, wide)
    for note in table.footnotes:
        document.add_paragraph().add_run(_clean(note)).font.size = Pt(8)


def _grid(document: Any, table: PrintedTable, wide: Sequence[int]) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Twips

    numeric = table.numeric
    grid = document.add_table(rows=1, cols=len(table.columns))
    grid.style = "Table Grid"
    grid.autofit = False
    for column, width in zip(grid.columns, wide, strict=True):
        column.width = Twips(width)
    for cell, name, width in zip(grid.rows[0].cells, table.columns, wide, strict=True):
        cell.width = Twips(width)
        cell.paragraphs[0].add_run(_clean(name)).bold = True
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for i, texts in enumerate(table.rows):
        cells = grid.add_row().cells
        for cell, width in zip(cells, wide, strict=True):
            cell.width = Twips(width)
        if table.is_group(i):
            merged = cells[0].merge(cells[-1])
            merged.paragraphs[0].add_run(_clean(texts[0])).bold = True
            continue
        for cell, text, right in zip(cells, texts, numeric, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(_clean(text.strip()))
            if right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            elif text.startswith("  "):
                paragraph.paragraph_format.left_indent = Cm(0.4)


def _field(paragraph: Any, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    paragraph._p.append(field)


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\t\n" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF))


def _fixed_dates(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(zipfile.ZipInfo(entry.filename, _EPOCH), source.read(entry), zipfile.ZIP_DEFLATED)
    return out.getvalue()
