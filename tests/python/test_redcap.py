"""REDCap as projects export it: events, repeats, missing codes in every kind of field, validations, partial exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mscsle as ms
import mscsle.io
from mscsle.exceptions import DataError, DataWarning, OptionError

HEAD = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)"\n'
)
DICTIONARY = HEAD + (
    "record_id,enrolment,,text,Record ID,,,,,,,\n"
    "initials,enrolment,,text,Initials,,,alpha_only,,,y,\n"
    "born,enrolment,,text,Date of birth,,,date_dmy,,,y,\n"
    "first_infusion,enrolment,,text,First infusion,,,datetime_seconds_mdy,,,,\n"
    'class,enrolment,,dropdown,"Biopsy, ISN/RPS class","3, III (A), focal | 4, IV (A/C), with crescents | 99, Unknown |",,,,,,\n'
    'organs,enrolment,,checkbox,Organs involved,"1, Kidney | 2, Skin, nails | ser, Serosa | -1, Other",,,,,,"[class] <> \'\'"\n'
    "consent,enrolment,,truefalse,Consent given,,,,,,,\n"
    "age,enrolment,,calc,Age at infusion,\"rounddown(datediff([born],[first_infusion],'y'))\",,,,,,\n"
    "upcr,laboratory,,text,UPCR (g/g),,,number_2dp_comma_decimal,0,30,,\n"
    "platelets,laboratory,,text,Platelets,,,integer,,,,\n"
    "drawn,laboratory,,text,Drawn,,,date_mdy,,,,\n"
    "at,laboratory,,text,Time,,,time,,,,\n"
    "pga,laboratory,,slider,PGA,0 | 1.5 | 3,,number,,,,\n"
    "scan,laboratory,,file,Report,,,,,,,\n"
    'ae_term,adverse_event,,notes,"Term, as reported",,,,,,,\n'
    'ae_grade,adverse_event,,radio,Grade,"1, 1 | 2, 2 | 3, 3 | 4, 4 | 5, 5",,,,,,\n'
    "ae_serious,adverse_event,,yesno,Serious?,,,,,,,\n"
)
COLUMNS = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,"
    "initials,born,first_infusion,class,organs___1,organs___2,organs___ser,organs____1,organs___nd,consent,age,enrolment_complete,"
    "upcr,platelets,drawn,at,pga,scan,laboratory_complete,ae_term,ae_grade,ae_serious,adverse_event_complete"
)


def line(**cells: str) -> str:
    names = COLUMNS.split(",")
    assert set(cells) <= set(names), set(cells) - set(names)
    boxes = {n: "0" for n in names if n.startswith("organs")}
    return ",".join({**boxes, **cells}.get(n, "") for n in names) + "\n"


ROWS = [
    line(record_id="99", redcap_event_name="enrol_arm_1", redcap_data_access_group="nanjing", initials="AB", born="1980-05-01",
         first_infusion="2009-03-14 08:30:05", organs___1="1", organs____1="1", consent="1", age="28", enrolment_complete="2",
         **{"class": "4"}),
    line(record_id="99", redcap_event_name="m3_arm_1", redcap_repeat_instance="1", upcr='"2,45"', platelets="180",
         drawn="2009-06-13", at="09:15", pga="50", scan="[document]", laboratory_complete="2"),
    line(record_id="99", redcap_event_name="m3_arm_1", redcap_repeat_instance="99", upcr="ND", platelets="-999",
         laboratory_complete="0"),
    line(record_id="99", redcap_event_name="m3_arm_1", redcap_repeat_instrument="adverse_event", redcap_repeat_instance="1",
         ae_term='"fever, chills\n""after infusion"""', ae_grade="2", ae_serious="0", adverse_event_complete="2"),
    line(record_id="99", redcap_event_name="m3_arm_1", redcap_repeat_instrument="adverse_event", redcap_repeat_instance="2",
         ae_term="rash", ae_grade="ND", ae_serious="1", adverse_event_complete="1"),
    line(record_id="100", redcap_event_name="enrol_arm_2", born="-999", organs___nd="1", consent="0", enrolment_complete="1",
         **{"class": "99"}),
]  # fmt: skip
CODES = ["-999", "ND", "99"]


def read(
    folder: Path, rows: list[str] = ROWS, columns: str = COLUMNS, dictionary: str = DICTIONARY, **options: Any
) -> Any:
    (folder / "dictionary.csv").write_bytes(("\ufeff" + dictionary.replace("\n", "\r\n")).encode())
    (folder / "export.csv").write_bytes((columns + "\n" + "".join(rows)).encode())
    return mscsle.io.read_redcap(folder / "export.csv", folder / "dictionary.csv", **{"library": "numpy", **options})


def plain(values: Any) -> list[Any]:
    return [None if v is None or v is np.ma.masked or v != v else v for v in list(values)]


@pytest.mark.parametrize("library", ["numpy", "pandas", "polars", "pyarrow"])
def test_a_longitudinal_project_with_repeats(tmp_path: Path, library: Any) -> None:
    project = read(tmp_path, missing_codes=["-999", "ND"], library=library)
    enrolment, laboratory, event = project.forms.values()
    assert [d.n_rows for d in project.forms.values()] == [2, 2, 2]
    assert list(enrolment.values["record_id"]) == ["99", "100"]
    assert str(enrolment.values["first_infusion"][0]) == "2009-03-14T08:30:05"
    assert plain(enrolment.values["organs___1"]) == [True, None]
    assert plain(enrolment.values["organs____1"]) == [True, None]
    assert enrolment.labels["organs___2"] == "Organs involved: Skin, nails"
    assert enrolment.column_attributes["organs___1"] == {"missing_codes": {"ND": 1}}
    assert enrolment.column_attributes["born"] == {"missing_codes": {"-999": 1}}
    assert plain(enrolment.values["consent"]) == [True, False]
    assert plain(laboratory.values["upcr"]) == [2.45, None]
    assert plain(laboratory.values["platelets"]) == [180, None]
    assert str(laboratory.values["drawn"][0]) == "2009-06-13"
    assert list(laboratory.values["scan"]) == ["[document]", None]
    assert plain(event.values["redcap_repeat_instance"]) == [1, 2]
    assert event.values["ae_term"][0] == 'fever, chills\n"after infusion"'
    assert list(event.values["ae_grade"]) == ["2", None]
    frame = project.forms["enrolment"].to_frame()
    assert len(ms._frame.Frame(frame).names) == len(enrolment.values)


def test_missing_codes_concern_fields_not_records_or_instances(tmp_path: Path) -> None:
    project = read(tmp_path, missing_codes=CODES)
    assert list(project.forms["enrolment"].values["record_id"]) == ["99", "100"]
    assert project.forms["laboratory"].values["redcap_repeat_instance"].tolist() == [1, 99]
    assert list(project.forms["enrolment"].values["class"]) == ["4", None]


def test_codes_are_decoded_with_their_commas(tmp_path: Path) -> None:
    project = read(tmp_path, missing_codes=["-999", "ND"])
    assert project.choices["class"]["4"] == "IV (A/C), with crescents"
    assert list(project.decoded("enrolment").values["class"]) == ["IV (A/C), with crescents", "Unknown"]
    with pytest.raises(OptionError, match="there is no form `enrollment`; the forms are `enrolment`"):
        project.decoded("enrollment")


def test_an_export_without_identifiers_is_read_with_a_warning(tmp_path: Path) -> None:
    names = COLUMNS.split(",")
    kept = [i for i, n in enumerate(names) if n not in ("initials", "born")]
    rows = [",".join(r.rstrip("\n").split(",")[i] for i in kept) + "\n" for r in (ROWS[0], ROWS[5])]
    with pytest.warns(DataWarning, match="does not have 2 of the 17 fields of the data dictionary: `initials`, `born`"):
        project = read(tmp_path, rows, ",".join(names[i] for i in kept), missing_codes=["-999", "ND"])
    assert "born" not in project.forms["enrolment"].values


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("2,45", "2.4.5"), r"column `upcr`, row 1 is `2\.4\.5`, not a number such as `4,5`"),
        (("1980-05-01", "01/05/1980"), r"column `born`, row 0 is `01/05/1980`, not a complete date such as"),
        (("2009-06-13", "2009-13-06"), r"column `drawn`, row 1 is `2009-13-06`"),
        ((",180,", ",180.5,"), r"column `platelets`, row 1 is `180\.5`, not a whole number"),
        (("09:15", "25:15"), r"column `at`, row 1 is `25:15`, not a time"),
    ],
)
def test_cells_that_do_not_fit_their_validation_are_named(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    assert any(change[0] in r for r in ROWS)
    with pytest.raises(DataError, match=message):
        read(tmp_path, [r.replace(*change) for r in ROWS], missing_codes=["-999", "ND"])


def test_a_code_that_is_missing_but_not_named_is_an_error(tmp_path: Path) -> None:
    rows = [r.replace(",ND,", ",,") for r in ROWS]
    with pytest.raises(DataError, match=r"column `organs___nd` is not in the data dictionary"):
        read(tmp_path, rows, missing_codes=["-999"])
    with pytest.raises(DataError, match=r"column `ae_grade`, row 4 is `9`, which is no code"):
        read(tmp_path, [r.replace("rash,,1", "rash,9,1") for r in rows], missing_codes=["-999", "ND"])


@pytest.mark.parametrize("word", ["Adverse event", "adverse_events", "Adverse_event"])
def test_a_repeat_instrument_that_is_no_form_is_refused(word: str, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(DICTIONARY)
    row = line(record_id="99", redcap_repeat_instrument=word, redcap_repeat_instance="1", ae_term="Zoster")
    (tmp_path / "e.csv").write_text(COLUMNS + "\n" + ROWS[0] + row)
    with pytest.raises(
        DataError, match=rf"`redcap_repeat_instrument`, row 1 is `{word}`, which is no form .*adverse_event"
    ):
        ms.io.read_redcap(tmp_path / "e.csv", tmp_path / "d.csv", missing_codes=["ND", "-999"])
