"""define.xml: read from the pilot, put on frames, held against them; garbage gives errors, never more."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
from mscsle.exceptions import DataError, MissingFileError, OptionError


@pytest.fixture(scope="module")
def pilot(root: Path) -> Any:
    return ms.io.read_define(root / "tests" / "data" / "cdisc" / "define.xml")


def test_the_pilot_is_read(pilot: Any) -> None:
    assert pilot.version == "2.1.0" and pilot.study == "TDF_ADaM"
    adtte = pilot.datasets["ADTTE"]
    assert len(adtte.variables) == 26
    cnsr = adtte.variable("CNSR")
    assert (cnsr.label, cnsr.type, cnsr.length, cnsr.codelist) == ("Censor", "integer", 8, "CL.CENSOR")
    assert adtte.keys[0] == "USUBJID" or "USUBJID" in adtte.keys
    assert pilot.codelists["CL.ADADAS.AVISITN"]["8"] == "Week 8"
    assert list(pilot.codelists["CL.ADADAS.AVISIT"]) == ["Baseline", "Week 8", "Week 16", "Week 24"]


@pytest.mark.parametrize("name", ["ADTTE", "ADSL"])
def test_labels_of_the_define_are_those_of_the_file(name: str, pilot: Any, root: Path) -> None:
    data = ms.read(root / "tests" / "data" / "cdisc" / f"{name.lower()}.xpt", metadata=True, library="numpy")
    applied = pilot.apply(data, name)
    assert [v.name for v in pilot.datasets[name].variables] == list(data.values)
    differ = {c for c in data.labels if data.labels[c] != applied.labels[c]}
    assert len(differ) <= 2, differ
    bare = pilot.apply(data.to_frame(), name)
    assert dict(bare.labels) == dict(applied.labels)


def test_the_pilot_agrees_with_its_define_and_damage_is_found(pilot: Any, root: Path) -> None:
    data = ms.read(root / "tests" / "data" / "cdisc" / "adtte.xpt", library="pandas")
    assert pilot.check(data, "adtte").counts["error"] == 0
    damaged = data.copy()
    damaged["CNSR"] = damaged["CNSR"].astype(float)
    damaged.loc[3, "CNSR"] = 7.0
    damaged.loc[4, "SAFFL"] = "YES"
    damaged["EXTRA"] = 1
    damaged = damaged.drop(columns=["SRCSEQ"])
    found = pilot.check(damaged, "ADTTE")
    where = set(zip(found.rule, found.column, found.row.tolist(), strict=True))
    assert ("missing_variable", "SRCSEQ", -1) in where
    assert ("variable_not_defined", "EXTRA", -1) in where
    assert ("not_in_codelist", "CNSR", 3) in where
    assert ("too_long", "SAFFL", 4) in where


def test_an_unknown_data_set_names_those_there_are(pilot: Any) -> None:
    with pytest.raises(OptionError, match="no data set `ADXX`; it has `ADSL`"):
        pilot.dataset("ADXX")


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<ODM>&b;</ODM>"""
FILE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ODM>&a;</ODM>"""


@pytest.mark.parametrize("text", [BOMB, FILE, '<?xml version="1.0"?><!DOCTYPE ODM SYSTEM "http://x/y.dtd"><ODM/>'])
def test_entities_and_document_types_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_text(text)
    with pytest.raises(DataError, match="declares a document type or entities"):
        ms.io.read_define(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not XML: no element found in line 1"),
        ("not xml", "is not XML: syntax error in line 1, column 0"),
        ("<ODM><a></ODM>", "mismatched tag"),
        ("<ODM/>", "defines no data set"),
        ("<a>" * 100 + "</a>" * 100, "nested deeper than 64"),
        ('<?xml version="1.0" encoding="nonsense"?><ODM/>', "is not XML"),
        ('<ODM><ItemGroupDef Name="X"><ItemRef ItemOID="gone"/></ItemGroupDef></ODM>', "refers to the variable `gone`"),
    ],
)
def test_what_is_no_define_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        ms.io.read_define(path)


def test_no_file() -> None:
    with pytest.raises(MissingFileError, match="there is no file"):
        ms.io.read_define("nowhere.xml")


def test_flipped_and_cut_files_give_errors_or_a_definition(root: Path, tmp_path: Path) -> None:
    whole = (root / "tests" / "data" / "cdisc" / "define.xml").read_bytes()[:60_000]
    generator = random.Random(20)
    path = tmp_path / "define.xml"
    for _ in range(150):
        damaged = bytearray(whole[: generator.randrange(1, len(whole))])
        for _ in range(generator.randrange(0, 6)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        path.write_bytes(bytes(damaged))
        with pytest.raises(DataError):
            ms.io.read_define(path)


ONE = """<?xml version="1.0"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.2" xmlns:def="http://www.cdisc.org/ns/def/v1.0" ODMVersion="1.2">
<Study OID="S"><GlobalVariables><StudyName>S</StudyName></GlobalVariables>
<MetaDataVersion OID="M" Name="m" def:DefineVersion="1.0.0" def:StandardName="CDISC SDTM">
<ItemGroupDef OID="EX" Name="EX" Repeating="Yes" def:Label="Exposure" def:Structure="One record per infusion"
 def:DomainKeys="USUBJID, EXSEQ">
<ItemRef ItemOID="EXSEQ" OrderNumber="2" Mandatory="Yes"/><ItemRef ItemOID="USUBJID" OrderNumber="1" Mandatory="Yes"/>
<ItemRef ItemOID="EXTRT" OrderNumber="3" Mandatory="No"/></ItemGroupDef>
<ItemDef OID="USUBJID" Name="USUBJID" DataType="text" Length="5" def:Label="Unique Subject Identifier"/>
<ItemDef OID="EXSEQ" Name="EXSEQ" DataType="integer" Length="8" def:Label="Sequence Number"/>
<ItemDef OID="EXTRT" Name="EXTRT" DataType="text" Length="3" def:Label="Treatment"><CodeListRef CodeListOID="TRT"/></ItemDef>
<CodeList OID="TRT" Name="Treatment" DataType="text"><CodeListItem CodedValue="MSC"><Decode><TranslatedText>Cells</TranslatedText>
</Decode></CodeListItem></CodeList></MetaDataVersion></Study></ODM>"""
TWO = """<?xml version="1.0"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.0" ODMVersion="1.3.2">
<Study OID="S"><GlobalVariables><StudyName>S</StudyName></GlobalVariables>
<MetaDataVersion OID="M" Name="m" def:DefineVersion="2.0.0" def:StandardName="SDTM-IG">
<ItemGroupDef OID="IG.EX" Name="EX" Repeating="Yes" def:Structure="One record per infusion"><Description>
<TranslatedText xml:lang="en">Exposure</TranslatedText></Description>
<ItemRef ItemOID="IT.EXSEQ" OrderNumber="2" Mandatory="Yes" KeySequence="2"/>
<ItemRef ItemOID="IT.USUBJID" OrderNumber="1" Mandatory="Yes" KeySequence="1"/>
<ItemRef ItemOID="IT.EXTRT" OrderNumber="3" Mandatory="No"/></ItemGroupDef>
<ItemDef OID="IT.USUBJID" Name="USUBJID" DataType="text" Length="5"><Description><TranslatedText>Unique Subject Identifier
</TranslatedText></Description></ItemDef>
<ItemDef OID="IT.EXSEQ" Name="EXSEQ" DataType="integer" Length="8"><Description><TranslatedText>Sequence Number</TranslatedText>
</Description></ItemDef>
<ItemDef OID="IT.EXTRT" Name="EXTRT" DataType="text" Length="3"><Description><TranslatedText>Treatment</TranslatedText>
</Description><CodeListRef CodeListOID="CL.TRT"/></ItemDef>
<CodeList OID="CL.TRT" Name="Treatment" DataType="text"><CodeListItem CodedValue="MSC"><Decode><TranslatedText>Cells
</TranslatedText></Decode></CodeListItem></CodeList></MetaDataVersion></Study></ODM>"""


@pytest.mark.parametrize(("text", "version"), [(ONE, "1.0.0"), (TWO, "2.0.0")])
def test_older_versions_have_labels_lengths_code_lists_and_keys(text: str, version: str, tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_text(text)
    define = ms.io.read_define(path)
    found = define.datasets["EX"]
    assert (define.version, found.label, found.structure) == (version, "Exposure", "One record per infusion")
    assert [v.name for v in found.variables] == ["USUBJID", "EXSEQ", "EXTRT"]
    assert found.keys == ["USUBJID", "EXSEQ"]
    good = {"USUBJID": ["X-1", "X-1"], "EXSEQ": [1, 2], "EXTRT": ["MSC", None]}
    assert define.check(good, "EX").rule == []
    assert define.apply(good, "EX").labels["EXSEQ"] == "Sequence Number"
    bad = {"USUBJID": ["X-1", "X-1"], "EXSEQ": [1, 1], "EXTRT": ["PBO", "MSC"]}
    assert set(define.check(bad, "EX").rule) == {"not_in_codelist", "duplicate_key"}


def test_a_key_of_a_variable_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_text(ONE.replace("USUBJID, EXSEQ", "USUBJID, EXDOSE"))
    with pytest.raises(
        DataError, match=r"line 5: the key of `EX` refers to the variable `EXDOSE`, which is not defined"
    ):
        ms.io.read_define(path)
