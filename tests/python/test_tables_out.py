"""Tables on paper: one model, written as RTF, DOCX, HTML and CSV."""

from __future__ import annotations

import builtins
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import OptionError
from mscsle.report.blocks import ReportTable
from mscsle.report.printed import PrintedTable, printed_table, significant
from mscsle.report.rtf import rtf, rtf_text

TABLE = ReportTable(
    id="t",
    caption="Response µ {braces} \\ back",
    data={"state": ["CR", "PR"], "n": [14, 18]},
    shown={"State": ["At month 3", "  CR", "  PR ≥ 50 %"], "n/N (%)": ["", "14/78 (18)", "18/78 (23)"]},
    notes=("Denominator: alive at the visit; `ginzler2005`.", "日本 𝒳"),
)


def decoded(document: bytes) -> str:
    """The text of an RTF document with its escapes undone."""
    text = document.decode("ascii")

    def character(match: re.Match[str]) -> str:
        code = int(match.group(1))
        return chr(code if code >= 0 else code + 65536)

    text = re.sub(r"\\u(-?\d+)\?", character, text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16").replace("\\{", "{").replace("\\}", "}")


def groups_are_balanced(document: bytes) -> bool:
    depth = 0
    text = re.sub(rb"\\[\\{}]", b"", document)
    for byte in text:
        depth += (byte == ord("{")) - (byte == ord("}"))
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (10.825, 4, "10.83"),
        (0.5, 4, "0.5"),
        (2.5, 1, "3"),
        (-2.5, 1, "-3"),
        (0.99996, 4, "1"),
        (123456.5, 4, "123457"),
        (0.000012345, 4, "0.00001235"),
        (0.0, 4, "0"),
        (float("nan"), 4, ""),
        (float("inf"), 4, "∞"),
        (1e-300, 3, "1e-300"),
        (5e-324, 3, "5e-324"),
        (9.996e-9, 3, "1e-8"),
        (-1.25e20, 2, "-1.3e20"),
        (1.25e-20, 2, "1.3e-20"),
    ],
)
def test_numbers_round_half_away_from_zero(value: float, digits: int, text: str) -> None:
    assert significant(value, digits) == text


def test_rtf_is_ascii_balanced_and_holds_every_text() -> None:
    document = rtf([printed_table(TABLE)], footer="mscsle", heading="Ü")
    assert groups_are_balanced(document)
    text = decoded(document)
    for part in ("Response µ {braces}", "PR ≥ 50 %", "14/78 (18)", "日本 𝒳", "ginzler2005", "mscsle", "Ü"):
        assert part in text
    assert "`" not in text
    assert "\\landscape" in text and "\\trhdr" in text and "NUMPAGES" in text


def test_rtf_counts_rows_and_cells() -> None:
    text = rtf([printed_table(TABLE)]).decode()
    assert text.count("\\trowd") == text.count("\\row\n") == 4
    assert text.count("\\cell\n") == text.count("\\cellx") == 8
    edges = [int(e) for e in re.findall(r"\\cellx(\d+)", text)]
    assert all(0 < e <= 16838 for e in edges)


def test_many_columns_stay_on_the_page() -> None:
    wide = PrintedTable("wide", tuple(f"c{i}" for i in range(30)), (tuple("x" * 50 for _ in range(30)),))
    edges = [int(e) for e in re.findall(rb"\\cellx(\d+)", rtf([wide]))]
    assert max(edges) <= 16838 - 2 * 1080


def test_control_characters_and_lone_surrogates_vanish() -> None:
    assert rtf_text("a\x00b\ud800c\nd") == "abc\\line d"


def test_an_empty_table_is_still_a_document(tmp_path: Path) -> None:
    empty = PrintedTable("nothing", ("a", "b"), ())
    for name in ("e.rtf", "e.docx", "e.html", "e.csv"):
        assert ms.report.write_table(empty, tmp_path / name).stat().st_size > 3


def test_docx_holds_the_table_and_is_reproducible(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    path = ms.report.write_table(TABLE, tmp_path / "t.docx", footer="foot")
    document = docx.Document(str(path))
    grid = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert grid[0] == ["State", "n/N (%)"]
    assert grid[2] == ["CR", "14/78 (18)"]
    paragraphs = [p.text for p in document.paragraphs]
    assert TABLE.caption in paragraphs and "日本 𝒳" in paragraphs
    assert document.sections[0].page_width > document.sections[0].page_height
    first = path.read_bytes()
    assert ms.report.write_table(TABLE, tmp_path / "t.docx", footer="foot").read_bytes() == first


def test_docx_without_its_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "docx" or name.startswith("docx."):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"mscsle\[docx\]"):
        ms.report.write_table(TABLE, tmp_path / "t.docx")


def test_html_is_escaped(tmp_path: Path) -> None:
    table = PrintedTable("<script>", ("a<b", "n"), (("x & y", "1"),), ("note <i>",))
    page = ms.report.write_table(table, tmp_path / "t.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page and "x &amp; y" in page and "a&lt;b" in page


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_results_and_frames_write_alike_in_every_library(library: Any, tmp_path: Path) -> None:
    frame = ms.load("gu2014", library=library).tables["infusions"]
    written = ms.report.write_table(frame, tmp_path / f"{library}.rtf", title="Infusions").read_bytes()
    reference = ms.load("gu2014", library="numpy").tables["infusions"]
    assert written == ms.report.write_table(reference, tmp_path / "r.rtf", title="Infusions").read_bytes()


def test_footnotes_name_the_method(tmp_path: Path) -> None:
    data = {"time": [1.0, 2.0, 3.0, 4.0], "event": [1, 0, 1, 1]}
    curve = ms.kaplan_meier(time="time", event="event", data=data)
    table = printed_table(curve, footnotes=["Data cut 2014."])
    said = " ".join((table.title, *table.footnotes))
    assert "log" in said and "Greenwood" in said
    assert table.footnotes[-1] == "Data cut 2014."
    assert b"Data cut 2014." in curve.write(tmp_path / "km.rtf", footnotes=["Data cut 2014."]).read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "t.xlsx"}, r"must end with \.rtf, \.docx, \.html, \.csv"),
        ({"path": "t.rtf", "paper": "a3"}, "unknown paper `a3`; use `a4` or `letter`"),
        ({"path": "t.rtf", "digits": 0}, "`digits` must be a whole number from 1 to 15"),
    ],
)
def test_wrong_options_name_the_right_ones(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / options.pop("path")
    with pytest.raises(OptionError, match=message):
        ms.report.write_table(TABLE, path, **options)
    assert not path.exists()


def test_csv_keeps_unrounded_numbers(tmp_path: Path) -> None:
    path = ms.report.write_table({"x": np.array([0.1 + 0.2, np.nan])}, tmp_path / "t.csv")
    assert path.read_text() == 'x\n0.30000000000000004\n""\n'


def test_a_report_writes_each_table_and_an_appendix_as_rtf(tmp_path: Path) -> None:
    report = ms.run("gu2014", out=tmp_path, progress=False)
    written = {p.stem for p in (tmp_path / "rtf").glob("*.rtf")}
    assert written == {*report.tables, "published_vs_computed"}
    appendix = (tmp_path / "appendix.rtf").read_bytes()
    assert groups_are_balanced(appendix)
    text = decoded(appendix)
    for table in report.tables.values():
        assert table.caption.replace("`", "") in text
    assert "SYNTHETIC DATA" in text
    assert text.count("\\page\n") == len(written)
    for path in (tmp_path / "rtf").glob("*.rtf"):
        assert groups_are_balanced(path.read_bytes()) and "SYNTHETIC DATA" in path.read_text("ascii")
