"""CSV files that are not UTF-8 with commas and points: what is read when it is named, and what is said when it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
import mscsle.io
from mscsle.exceptions import DataError, DataWarning, OptionError

GERMAN = "usubjid;Einheit;Wert;Ort\nS-1;µmol/L;88,5;München\nS-2;µmol/L;;Köln\n"


def written(folder: Path, content: str, encoding: str = "cp1252", name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_a_european_export_is_read_when_it_is_named(tmp_path: Path, library: Any) -> None:
    path = written(tmp_path, GERMAN)
    frame = ms.read(path, encoding="windows-1252", separator=";", decimal=",", library=library)
    values = [None if v is None or v != v else float(v) for v in list(_plain(frame["Wert"]))]
    assert values == [88.5, None]
    assert list(_plain(frame["Ort"])) == ["München", "Köln"]


def _plain(column: Any) -> list[Any]:
    return column.to_pylist() if hasattr(column, "to_pylist") else list(column)


@pytest.mark.parametrize(
    ("encoding", "saved", "text"),
    [
        ("latin-1", "latin-1", "Müller"),
        ("iso-8859-15", "iso-8859-15", "5 €"),
        ("cp1250", "cp1250", "Łódź"),
        ("utf-16", "utf-16", "Ångström"),
        ("utf-16le", "utf-16-le", "Ångström"),
        ("cp932", "cp932", "蛋白尿"),
        ("gb18030", "gb18030", "狼疮性肾炎"),
        ("utf-8", "utf-8-sig", "µg"),
    ],
)
def test_encodings_give_the_text_that_python_decodes(tmp_path: Path, encoding: str, saved: str, text: str) -> None:
    path = written(tmp_path, f"a\tb\n{text}\t1\n", saved)
    dataset = ms.read(path, encoding=encoding, separator="\t", metadata=True, library="numpy")
    assert (list(dataset.values["a"]), dataset.values["b"].tolist()) == ([text], [1.0])
    assert dataset.encoding == encoding


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (GERMAN.encode("utf-8"), {}, r'separates columns by `;`; pass `separator=";"` \(and `decimal=","`'),
        (b"a\tb\n1\t2\n", {}, r'pass `separator="\\t"`'),
        (b"a,b\n1,2\n", {"separator": ";"}, r'separates columns by `,`; pass `separator=","`'),
        (GERMAN.encode("cp1252"), {"separator": ";"}, r'not UTF-8 text; pass its encoding, perhaps `encoding="windows'),
        ("a,b\n1,é\n".encode("utf-16"), {}, r'perhaps `encoding="utf-16"`'),
        (GERMAN.encode("utf-8"), {"separator": ";", "encoding": "latin-1"}, "is UTF-8 text, not windows-1252; leave"),
        (b"a\n\x81\n", {"encoding": "cp1252"}, r"near line 2 \(byte 2\): not windows-1252 text"),
        (b"a;b\n1,5;1.234,5\n", {"separator": ";", "decimal": ",", "schema": {"b": "number"}}, r"row 0 is `1.234,5`"),
        (
            b"a;b\n1,5;1.5\n",
            {"separator": ";", "decimal": ",", "schema": {"b": "number"}},
            r"decimal comma such as `4,5`",
        ),
    ],
)
def test_what_is_not_named_is_an_error_with_the_option_to_pass(
    tmp_path: Path, content: bytes, options: dict[str, Any], message: str
) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        ms.read(tmp_path / "x.csv", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"separator": "ab"}, "`separator` must be one sign"),
        ({"separator": "x"}, "`separator` must be one sign"),
        ({"decimal": ";"}, "`decimal` must be `.` or `,`, but is `;`"),
        ({"encoding": "klingon"}, "unknown encoding `klingon`"),
    ],
)
def test_options_that_are_none_are_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    path = written(tmp_path, "a,b\n1,2\n")
    with pytest.raises(OptionError, match=message):
        ms.read(path, **options)
    with pytest.raises(OptionError, match="`separator` is not an argument for a SAS transport file, but for csv"):
        ms.read(ms.write({"A": [1.0]}, tmp_path / "a.xpt"), separator=";")


def test_numbers_with_the_other_decimal_sign_stay_text_and_it_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "id;x;y\nS-1;4,5;a\nS-2;5,5;b\n")
    with pytest.warns(DataWarning, match=r'`x` stay text such as `4,5`; if they are numbers, pass `decimal=","`'):
        frame = ms.read(path, separator=";", library="numpy")
    assert list(frame["x"]) == ["4,5", "5,5"]
    assert list(ms.read(path, separator=";", schema={"x": "text"}, library="numpy")["x"]) == ["4,5", "5,5"]
    codes = written(tmp_path, 'id,organs\nS-1,"1,2"\n', name="codes.csv")
    assert list(ms.read(codes, library="numpy")["organs"]) == ["1,2"]  # a list of codes between commas: no warning


def test_one_word_that_means_missing_is_a_word(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y\nNA,N\n1,A\n")
    frame = ms.read(path, missing_words="NA", library="numpy")
    assert np.isnan(frame["x"][0]) and list(frame["y"]) == ["N", "A"]


def test_a_trial_of_files_written_in_several_ways(tmp_path: Path) -> None:
    written(tmp_path, "usubjid;centre;age\nS-1;München;31,5\nS-2;Köln;-999\n", name="subjects.csv")
    written(tmp_path, "usubjid;test;value;uln\nS-1;protein_24h;<0,15;0,3\nS-2;upcr;1,25;\n", name="labs.csv")
    written(tmp_path, "usubjid,last_contact_date\nS-1,2010-06-01\n", "utf-8", name="status.csv")
    trial = ms.read_trial(
        tmp_path,
        encoding="windows-1252",
        separator=";",
        decimal=",",
        options={"subjects": {"missing_words": "-999"}, "status": {"separator": ",", "encoding": None, "decimal": "."}},
        library="numpy",
    )
    assert list(trial.tables["subjects"]["centre"]) == ["München", "Köln"]
    assert trial.tables["subjects"]["age"][0] == 31.5 and np.isnan(trial.tables["subjects"]["age"][1])
    assert list(trial.tables["labs"]["value"]) == ["<0.15", "1.25"]
    assert trial.tables["labs"]["uln"][0] == 0.3
    assert list(trial.tables["status"]["last_contact_date"]) == ["2010-06-01"]
    assert "not_a_number" not in trial.findings.rule


def test_a_number_with_a_point_is_refused_in_a_trial_with_commas(tmp_path: Path) -> None:
    written(tmp_path, "usubjid\nS-1\n", name="subjects.csv")
    written(tmp_path, "usubjid;test;value\nS-1;crp;4,5\nS-1;platelets;150.000\n", name="labs.csv")
    with pytest.raises(
        DataError, match=r"labs.csv`, column `value`, row 1 is `150.000`, not a number with a decimal comma"
    ):
        ms.read_trial(tmp_path, separator=";", decimal=",")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lab": {}}, "`options` has `lab`, which is no table of a trial"),
        ({"labs": {}}, "has no file of that table"),
        ({"subjects": {"sheet": "a"}}, "`options` of `subjects` has `sheet`; a CSV file of a trial has `encoding`"),
    ],
)
def test_options_of_no_file_are_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    written(tmp_path, "usubjid\nS-1\n", name="subjects.csv")
    with pytest.raises(OptionError, match=message):
        ms.read_trial(tmp_path, options=options)


def test_options_reach_files_of_other_formats(tmp_path: Path) -> None:
    written(tmp_path, "usubjid\nS-1\n", name="subjects.csv")
    mscsle.io.write_xport_members(
        {"A": {"USUBJID": ["S-1"], "TEST": ["crp"]}, "B": {"USUBJID": ["S-1"], "TEST": ["c3"]}}, tmp_path / "labs.xpt"
    )
    trial = ms.read_trial(tmp_path, options={"labs": {"member": "B"}}, library="numpy")
    assert list(trial.tables["labs"]["test"]) == ["c3"]


def test_a_redcap_export_with_semicolons_in_latin_1(tmp_path: Path) -> None:
    written(
        tmp_path,
        "field_name,form_name,field_type,field_label,select_choices_or_calculations,text_validation_type_or_show_slider_number\n"
        "record_id,base,text,Record,,\nplace,base,text,Ort,,\n",
        "utf-8",
        "dictionary.csv",
    )
    export = written(tmp_path, "record_id;place;base_complete\n1;Köln;2\n", name="export.csv")
    project = mscsle.io.read_redcap(
        export, tmp_path / "dictionary.csv", encoding="latin-1", separator=";", library="numpy"
    )
    assert list(project.forms["base"].values["place"]) == ["Köln"]


def test_a_file_with_tabs_is_read_by_its_extension(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text('codelist\tsynonyms\tn\nUnit\tApo-H; B2GPI, "so called"\t1.5\nUnit\t\t2\n')
    data = ms.read(path, library="numpy")
    assert list(data) == ["codelist", "synonyms", "n"]
    assert data["synonyms"].tolist() == ['Apo-H; B2GPI, "so called"', None]
    assert data["n"].tolist() == [1.5, 2.0]
    other = tmp_path / "other.tsv"
    other.write_text("a;b\n1;2\n")
    assert ms.read(other, separator=";", library="numpy")["b"].tolist() == [2.0]
    with pytest.raises(OptionError, match=r"only read; write `\.csv`"):
        ms.write({"a": [1]}, tmp_path / "a.tsv")


def test_a_table_of_a_trial_may_have_tabs(tmp_path: Path) -> None:
    (tmp_path / "subjects.tsv").write_bytes("usubjid\tcentre\tage\nS-01\tKöln\t31,5\n".encode("latin-1"))
    trial = ms.read_trial(tmp_path, encoding="latin-1", decimal=",", library="numpy")
    assert (trial.tables["subjects"]["centre"].tolist(), trial.tables["subjects"]["age"].tolist()) == (["Köln"], [31.5])
