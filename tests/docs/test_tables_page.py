"""The pages made from data say what the data say."""

from __future__ import annotations

from pathlib import Path

from mscsle import _cdisc_doc, _tables_doc


def test_the_page_of_the_tables_is_up_to_date(root: Path) -> None:
    assert (root / "docs" / "tables.md").read_text(encoding="utf-8") == _tables_doc.page(), "run `make docs`"


def test_the_page_of_the_mapping_is_up_to_date(root: Path) -> None:
    assert (root / "docs" / "cdisc.md").read_text(encoding="utf-8") == _cdisc_doc.page(), "run `make docs`"
