"""The page of the tables says what the schema says."""

from __future__ import annotations

from pathlib import Path

from mscsle._tables_doc import page


def test_the_page_of_the_tables_is_up_to_date(root: Path) -> None:
    assert (root / "docs" / "tables.md").read_text(encoding="utf-8") == page(), "run `make docs`"
