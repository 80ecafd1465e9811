"""Tables on paper: no word breaks inside a column, nothing runs past the page, wide tables come in parts."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import mscsle as ms
from mscsle.report.docx import docx
from mscsle.report.layout import parts_of, widths
from mscsle.report.printed import PrintedTable, printed_table
from mscsle.report.rtf import rtf

PAGE = 16838 - 2 * 1080


def wide_table(n: int) -> PrintedTable:
    columns = ("STUDYID", "USUBJID", *(f"VARIABLE{i}" for i in range(n)))
    rows = tuple(("GU2014", f"GU-{r:03d}", *(f"{r}.{i:05d}" for i in range(n))) for r in range(4))
    return PrintedTable("Wide", columns, rows)


def test_a_table_that_fits_is_one_part_with_room_for_each_word() -> None:
    table = wide_table(5)
    ((part, wide),) = parts_of(table, PAGE)
    assert part is table and sum(wide) <= PAGE
    for j, name in enumerate(table.columns):
        assert wide[j] >= 100 * max(len(name), *(len(r[j]) for r in table.rows))


def test_a_wide_table_comes_in_parts_under_the_columns_that_name_its_rows() -> None:
    table = wide_table(30)
    assert widths(table, PAGE) is None
    parts = parts_of(table, PAGE)
    assert len(parts) > 1
    assert all(part.columns[:2] == ("STUDYID", "USUBJID") for part, _ in parts)
    shown = [name for part, _ in parts for name in part.columns[2:]]
    assert tuple(shown) == table.columns[2:], "every column once, in its order"
    assert all(sum(wide) <= PAGE and len(wide) == len(part.columns) for part, wide in parts)
    for part, _ in parts:
        assert [r[1] for r in part.rows] == [r[1] for r in table.rows]


def test_rtf_and_docx_hold_every_cell_of_a_wide_table_inside_the_page() -> None:
    table = wide_table(30)
    text = rtf([table]).decode()
    assert "Columns, part 2 of" in text
    assert max(int(e) for e in re.findall(r"\\cellx(\d+)", text)) <= PAGE
    assert all(cell in text for row in table.rows for cell in row)
    document = importlib.import_module("docx").Document(importlib.import_module("io").BytesIO(docx([table])))
    cells = {c.text for grid in document.tables for row in grid.rows for c in row.cells}
    assert cells >= {*table.columns, *(c for row in table.rows for c in row)}
    room = document.sections[0].page_width - document.sections[0].left_margin - document.sections[0].right_margin
    assert all(sum(c.width for c in grid.columns) <= room for grid in document.tables)


def test_a_part_in_which_a_row_is_empty_keeps_it_as_a_row() -> None:
    columns = ("id", *(f"a_rather_long_name_{i}" for i in range(12)))
    rows = (("S-1", *("",) * 11, "1"), ("S-2", *("2",) * 12))
    for part, _ in parts_of(PrintedTable("T", columns, rows), PAGE):
        assert not any(part.is_group(i) for i in range(2))


def test_headings_inside_a_table_stay_headings_in_every_part() -> None:
    columns = ("id", *(f"a_rather_long_name_{i}" for i in range(12)))
    rows = (("Arm A", *("",) * 12), ("S-2", *("2",) * 12))
    parts = parts_of(PrintedTable("T", columns, rows), PAGE)
    assert len(parts) > 1 and all(part.is_group(0) and not part.is_group(1) for part, _ in parts)


@pytest.mark.parametrize("text", ["x" * 300, "日本語" * 80, "W" * 80])
def test_one_endless_word_does_not_leave_the_page(text: str) -> None:
    edges = [int(e) for e in re.findall(rb"\\cellx(\d+)", rtf([PrintedTable("T", ("a", "b"), ((text, "1"),))]))]
    assert max(edges) <= PAGE


def test_headings_of_results_have_blanks_and_those_of_data_sets_stay(tmp_path: Path) -> None:
    result = ms.stats.proportion(49, 81, denominator_rule="enrolled")
    assert "conf level" in printed_table(result).columns
    data = ms.read(ms.write({"AVAL_X": [1.0]}, tmp_path / "x.xpt"), metadata=True, library="numpy")
    assert printed_table(data).columns == ("AVAL_X",)
    assert printed_table({"my_column": [1]}).columns == ("my_column",)
