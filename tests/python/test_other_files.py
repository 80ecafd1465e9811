"""SAS data sets, workbooks, REDCap exports and CSV with words for missing."""

from __future__ import annotations

import datetime as dt
import importlib
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
import mscsle._frame
import mscsle.io
from mscsle.exceptions import DataError, OptionError


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_sas_data_set_keeps_dates_and_special_missing_values(root: Path, library: Any) -> None:
    data = root / "tests" / "data" / "pyreadstat"
    sample = ms.read(data / "sample.sas7bdat", metadata=True, library=library)
    assert list(sample.values["mychar"])[:2] == ["a", "b"]
    assert [str(d) for d in sample.values["mydate"]][:3] == ["2018-05-06", "1880-05-06", "1960-01-01"]
    assert str(sample.values["dtime"][0]) == "2018-05-06T10:10:10"
    assert sample.formats["mydate"] == "YYMMDD10."
    assert ms._frame.Frame(sample.to_frame()).library == library
    missing = ms.read(data / "missing_test.sas7bdat", metadata=True)
    tags = [missing.special_missing(name)[0] for name in missing.values]
    expected = [*(data / "missing_sas_formatted.csv").read_text().split()[1].split(",")[:7], ".", None]
    assert tags == expected
    with pytest.raises(OptionError, match=r"a SAS data set is only read; write `\.xpt` for SAS"):
        ms.write({"X": [1.0]}, "x.sas7bdat")


def test_a_damaged_sas_data_set_is_an_error(root: Path, tmp_path: Path) -> None:
    whole = (root / "tests" / "data" / "pyreadstat" / "sample.sas7bdat").read_bytes()
    (tmp_path / "x.sas7bdat").write_bytes(whole[:3000])
    with pytest.raises(DataError, match=r"`x\.sas7bdat` cannot be read as a SAS data set"):
        ms.read(tmp_path / "x.sas7bdat")


def _book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = importlib.import_module("openpyxl").Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_workbook_is_a_table(tmp_path: Path, library: Any) -> None:
    day = dt.date(2009, 3, 14)
    rows = [["usubjid", "value", "date", "mixed"], ["S-1", 1.5, day, "<0.15"], [None] * 4, ["S-2", None, None, 2]]
    dataset = ms.read(_book(tmp_path / "x.xlsx", {"labs": rows}), metadata=True, library=library)
    assert dataset.name == "labs" and list(dataset.values["mixed"]) == ["<0.15", "2"]
    assert dataset.values["value"].tolist()[0] == 1.5 and str(dataset.values["date"][0]) == "2009-03-14"
    assert ms._frame.Frame(dataset.to_frame()).n_rows == 2


def test_what_a_workbook_cannot_say_is_refused(tmp_path: Path) -> None:
    two = _book(tmp_path / "two.xlsx", {"a": [["x"], [1]], "b": [["x"], [2]]})
    with pytest.raises(DataError, match="has the sheets a, b; name one by `sheet=`"):
        ms.read(two)
    assert ms.read(two, sheet="b", library="numpy")["x"].tolist() == [2.0]
    for rows, message in [
        ([["x", "y"], [1, "=A2*2"]], r"cell B2 is a formula without a stored value"),
        ([["x", "x"], [1, 2]], "the name `x` twice"),
        ([["x", None, "y"], [1, 2, 3]], "no name for column 2"),
        ([["x"], [1, 2]], "row 2 has cells beyond the named columns"),
        ([], "is empty; the first row names the columns"),
    ]:
        with pytest.raises(DataError, match=message):
            ms.read(_book(tmp_path / "x.xlsx", {"s": rows}))
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match="cannot be read as a workbook"):
        ms.read(tmp_path / "x.xlsx")


def test_words_for_missing_are_missing(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,x\nS-1,-999\nS-2,4.5\n")
    frame = ms.read(tmp_path / "x.csv", missing_words=["-999"], library="pandas")
    assert frame["x"].isna().tolist() == [True, False]


def test_one_word_for_missing_needs_no_list(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x\n9\n-999\n5\n")
    frame = ms.read(tmp_path / "x.csv", missing_words="-999", library="polars")
    assert frame["x"].to_list() == [9.0, None, 5.0]
    rows = ROWS.replace("ND", "1")
    labs = _redcap(tmp_path, rows=rows, missing_codes="-999").forms["labs"]
    assert labs.column_attributes["upcr"] == {"missing_codes": {"-999": 1}}
    assert [str(v) for v in labs.values["upcr"]] == ["0.5", "nan"]


DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number"\n'
    "record_id,baseline,,text,Record,,,\n"
    'sex,baseline,,radio,Sex,"1, Female | 2, Male",,\n'
    'organs,baseline,,checkbox,Organs,"1, Kidney | 2, Skin | -9, Unknown",,\n'
    "birth,baseline,,text,Born,,,date_dmy\n"
    "note,baseline,,descriptive,Read this,,,\n"
    "upcr,labs,,text,UPCR,,,number_2dp\n"
    "drawn,labs,,text,Drawn,,,datetime_ymd\n"
    "sae,events,,yesno,Serious,,,\n"
    "term,events,,notes,Term,,,\n"
)
HEADER = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex,organs___1,organs___2,organs____9,"
    "birth,baseline_complete,upcr,drawn,labs_complete,sae,term,events_complete\n"
)
ROWS = (
    "1,m0_arm_1,,,1,1,0,0,1980-05-01,2,0.5,2009-03-14 08:30,2,,,\n"
    "1,m6_arm_1,,,,0,0,0,,,-999,,1,,,\n"
    "1,m6_arm_1,events,1,,0,0,0,,,,,,1,fever,2\n"
    "1,m6_arm_1,events,2,,0,0,0,,,,,,0,,0\n"
    "2,m0_arm_1,,,ND,0,0,1,,0,,,0,,,\n"
)


def _redcap(folder: Path, rows: str = ROWS, header: str = HEADER, **options: Any) -> Any:
    (folder / "dictionary.csv").write_text(DICTIONARY)
    (folder / "export.csv").write_text(header + rows)
    return mscsle.io.read_redcap(folder / "export.csv", folder / "dictionary.csv", **options)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_redcap_export_is_one_table_a_form(tmp_path: Path, library: Any) -> None:
    project = _redcap(tmp_path, missing_codes=["-999", "ND"], library=library)
    assert {name: d.n_rows for name, d in project.forms.items()} == {"baseline": 2, "labs": 2, "events": 2}
    baseline, labs, events = project.forms.values()
    assert list(baseline.values["sex"]) == ["1", None]
    assert baseline.column_attributes["sex"] == {"missing_codes": {"ND": 1}}
    assert baseline.values["organs____9"].tolist() == [False, True]
    assert baseline.labels["organs___2"] == "Organs: Skin"
    assert [str(d) for d in baseline.values["birth"]] == ["1980-05-01", "NaT"]
    assert str(labs.values["drawn"][0]) == "2009-03-14T08:30:00"
    assert labs.column_attributes["upcr"] == {"missing_codes": {"-999": 1}}
    assert list(labs.values["redcap_event_name"]) == ["m0_arm_1", "m6_arm_1"]
    assert events.values["redcap_repeat_instance"].tolist() == [1, 2]
    assert events.values["sae"].tolist() == [True, False]
    assert project.choices["sex"] == {"1": "Female", "2": "Male"} and project.record == "record_id"
    assert ms._frame.Frame(events.to_frame()).library == library
    assert "events (2 rows)" in repr(project) and "<td>events</td>" in project._repr_html_()


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (
            ROWS.replace("1,m0_arm_1,,,1", "1,m0_arm_1,,,Female"),
            HEADER,
            r"column `sex`, row 0 is `Female`, which is no code",
        ),
        (ROWS, HEADER.replace("record_id", "Record"), "has no column `record_id`.*export raw data with field names"),
        (ROWS, HEADER.replace("upcr", "uprc"), "column `uprc` is not in the data dictionary"),
        (
            ROWS,
            HEADER.replace("organs___2", "organs___3"),
            "has no column `organs___2` of the field `organs`.*choices have",
        ),
        (ROWS.replace("0.5", "high"), HEADER, r"column `upcr`, row 0 is `high`, not a number"),
        (ROWS, HEADER.replace("redcap_repeat_instance", "extra"), "column `extra` is not in the data dictionary"),
    ],
)
def test_what_is_wrong_with_an_export_is_named(tmp_path: Path, rows: str, header: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        _redcap(tmp_path, rows, header, missing_codes=["-999", "ND"])


def test_a_table_that_is_no_dictionary_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="is no data dictionary of REDCap: it has no column `Variable / Field Name`"):
        mscsle.io.read_redcap(tmp_path / "a.csv", tmp_path / "a.csv")
