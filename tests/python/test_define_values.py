"""Value-level metadata of define.xml: where clauses read, printed, applied to rows; dangling references name their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
from mscsle.exceptions import DataError

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1">
<Study OID="S"><GlobalVariables><StudyName>Lupus</StudyName></GlobalVariables>
<MetaDataVersion OID="M" Name="m" def:DefineVersion="2.1.0">
"""
TAIL = "</MetaDataVersion></Study></ODM>\n"


def item(oid: str, name: str, kind: str, length: int, inside: str = "", label: str = "") -> str:
    described = f"<Description><TranslatedText>{label}</TranslatedText></Description>" if label else ""
    return f'<ItemDef OID="{oid}" Name="{name}" DataType="{kind}" Length="{length}">{described}{inside}</ItemDef>\n'


def clause(oid: str, *checks: tuple[str, str, tuple[str, ...]]) -> str:
    inside = "".join(
        f'<RangeCheck SoftHard="Soft" def:ItemOID="{variable}" Comparator="{comparator}">'
        + "".join(f"<CheckValue>{v}</CheckValue>" for v in values)
        + "</RangeCheck>"
        for variable, comparator, values in checks
    )
    return f'<def:WhereClauseDef OID="{oid}">{inside}</def:WhereClauseDef>\n'


def reference(oid: str, *clauses: str, mandatory: str = "No", order: int = 1) -> str:
    inside = "".join(f'<def:WhereClauseRef WhereClauseOID="{c}"/>' for c in clauses)
    return f'<ItemRef ItemOID="{oid}" OrderNumber="{order}" Mandatory="{mandatory}">{inside}</ItemRef>\n'


PARTS = {
    "values": '<def:ValueListDef OID="VL.QS">\n'
    + reference("IT.QS.PGA", "WC.PGA", mandatory="Yes", order=2)
    + reference("IT.QS.SLED", "WC.SLED", "WC.OLD", order=1)
    + reference("IT.QS.SEX", "WC.SEX", order=3)
    + "</def:ValueListDef>\n",
    "clauses": clause("WC.PGA", ("IT.QSTESTCD", "EQ", ("PGA",)))
    + clause("WC.SLED", ("IT.QSTESTCD", "IN", ("SLED01", "SLED02")), ("IT.VISITNUM", "GE", ("2",)))
    + clause("WC.OLD", ("IT.QSCAT", "NE", ("SLEDAI-2K",)), ("IT.QSTESTCD", "NOTIN", ("PGA", "SLEDTOT")))
    + clause("WC.SEX", ("IT.SEX", "EQ", ("F",))),
    "groups": '<ItemGroupDef OID="IG.QS" Name="QS" Domain="QS">\n'
    '<ItemRef ItemOID="IT.USUBJID" Mandatory="Yes" KeySequence="2"/><ItemRef ItemOID="IT.QSCAT" Mandatory="No"/>\n'
    '<ItemRef ItemOID="IT.QSTESTCD" Mandatory="Yes" KeySequence="1"/><ItemRef ItemOID="IT.VISITNUM" Mandatory="No"/>\n'
    '<ItemRef ItemOID="IT.QSORRES" Mandatory="No"/></ItemGroupDef>\n'
    '<ItemGroupDef OID="IG.DM" Name="DM"><ItemRef ItemOID="IT.SEX" Mandatory="No"/></ItemGroupDef>\n',
    "items": item("IT.USUBJID", "USUBJID", "text", 8)
    + item("IT.QSCAT", "QSCAT", "text", 20)
    + item("IT.QSTESTCD", "QSTESTCD", "text", 8)
    + item("IT.VISITNUM", "VISITNUM", "float", 8)
    + item("IT.SEX", "SEX", "text", 1)
    + item("IT.QSORRES", "QSORRES", "text", 200, '<def:ValueListRef ValueListOID="VL.QS"/>')
    + item("IT.QS.PGA", "PGA", "float", 4, label="Physician Global Assessment")
    + item("IT.QS.SLED", "SLED", "text", 1, '<CodeListRef CodeListOID="CL.NY"/>', label="Item present")
    + item("IT.QS.SEX", "SEXQ", "text", 3),
    "lists": '<CodeList OID="CL.NY" Name="No Yes" DataType="text">'
    '<CodeListItem CodedValue="Y" OrderNumber="2"><Decode><TranslatedText>Yes</TranslatedText></Decode></CodeListItem>'
    '<CodeListItem CodedValue="N" OrderNumber="1"><Decode><TranslatedText>No</TranslatedText></Decode></CodeListItem>'
    "</CodeList>\n",
}


def read(folder: Path, **changed: str) -> Any:
    path = folder / "define.xml"
    path.write_text(HEAD + "".join({**PARTS, **changed}.values()) + TAIL)
    return ms.io.read_define(path)


def test_a_value_list_is_read_in_its_order_with_its_clauses(tmp_path: Path) -> None:
    define = read(tmp_path)
    values = define.dataset("QS").variable("QSORRES").values
    assert [str(v) for v in values] == [
        "QSTESTCD IN (SLED01, SLED02) and VISITNUM GE 2 or QSCAT NE SLEDAI-2K and QSTESTCD NOTIN (PGA, SLEDTOT)",
        "QSTESTCD EQ PGA",
        "SEX EQ F",
    ]
    assert [(v.label, v.type, v.length, v.codelist, v.mandatory) for v in values] == [
        ("Item present", "text", 1, "CL.NY", False),
        ("Physician Global Assessment", "float", 4, None, True),
        ("", "text", 3, None, False),
    ]
    assert values[2].where[0][0].dataset == "DM"
    assert list(define.codelists["CL.NY"].items()) == [("N", "No"), ("Y", "Yes")]
    assert define.dataset("QS").keys == ["QSTESTCD", "USUBJID"]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_value_level_metadata_are_a_frame_and_point_to_rows(tmp_path: Path, library: Any) -> None:
    define = read(tmp_path)
    table = define.value_level
    assert len(table) == 3 and table.columns()["where"][1] == "QSTESTCD EQ PGA"
    assert [r["stat"] for r in table.ard_rows()] == [3.0]
    frame = frame_of(QS, library)
    first, second, third = define.dataset("QS").variable("QSORRES").values
    assert first.rows(frame).tolist() == [True, False, False, False, True, False]
    assert second.rows(frame).tolist() == [False, False, True, True, False, False]
    with pytest.raises(DataError, match="compares `SEX` of `DM`; merge it first"):
        third.rows(frame)


QS = {
    "USUBJID": ["1", "1", "1", "2", "2", "2"],
    "QSCAT": ["SLEDAI-2K", "SLEDAI-2K", "SLEDAI-2K", "SLEDAI-2K", "SLEDAI", "SLEDAI-2K"],
    "QSTESTCD": ["SLED01", "SLED02", "PGA", "PGA", "SLED24", "SLEDTOT"],
    "VISITNUM": [2.0, 1.0, 1.0, 1.0, None, 1.0],
    "QSORRES": ["Q", "maybe", "high", None, "N", "12"],
}


def frame_of(columns: dict[str, list[Any]], library: str) -> Any:
    if library == "pandas":
        import pandas as pd

        return pd.DataFrame(columns)
    if library == "polars":
        import polars as pl

        return pl.DataFrame(columns)
    if library == "pyarrow":
        import pyarrow as pa

        return pa.table(columns)
    return columns


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_rows_are_held_against_their_where_clause(tmp_path: Path, library: Any) -> None:
    found = read(tmp_path).check(frame_of(QS, library), "QS")
    assert sorted(zip(found.rule, found.row.tolist(), strict=True)) == [
        ("mandatory_missing", 3),
        ("not_in_codelist", 0),
        ("wrong_type", 2),
    ]
    assert "`QSORRES` is float in the define.xml but holds text where QSTESTCD EQ PGA" in found.message


def test_version_1_names_the_code_in_the_value_itself(tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_text(
        '<ODM xmlns:def="http://www.cdisc.org/ns/def/v1.0"><Study OID="S"><MetaDataVersion OID="M" Name="m" '
        'def:DefineVersion="1.0.0"><def:ValueListDef OID="VL"><ItemRef ItemOID="V.ALB" Mandatory="No"/></def:ValueListDef>'
        '<ItemGroupDef OID="LB" Name="LB" def:Label="Labs"><ItemRef ItemOID="LBTESTCD" Mandatory="Yes"/></ItemGroupDef>'
        '<ItemDef OID="LBTESTCD" Name="LBTESTCD" DataType="text" Length="8" def:Label="Test">'
        '<def:ValueListRef ValueListOID="VL"/></ItemDef>'
        '<ItemDef OID="V.ALB" Name="ALB" DataType="float" Length="8" def:Label="Albumin"/></MetaDataVersion></Study></ODM>'
    )
    define = ms.io.read_define(path)
    (value,) = define.dataset("LB").variable("LBTESTCD").values
    assert (str(value), value.label, value.type) == ("LBTESTCD EQ ALB", "Albumin", "float")
    assert define.check({"LBTESTCD": ["ALB"]}, "LB").counts["error"] == 0


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        (
            "items",
            'ValueListOID="VL.QS"',
            'ValueListOID="VL.X"',
            r"line \d+: `QSORRES` refers to the value list `VL\.X`",
        ),
        (
            "values",
            'WhereClauseOID="WC.OLD"',
            'WhereClauseOID="WC.X"',
            r"line 7: a value list refers to the where clause",
        ),
        ("values", "IT.QS.PGA", "IT.GONE", r"line 6: a value list refers to the variable `IT\.GONE`"),
        (
            "clauses",
            'ItemOID="IT.QSCAT"',
            'ItemOID="IT.GONE"',
            r"line \d+: the where clause `WC\.OLD` refers to the var",
        ),
        (
            "clauses",
            'Comparator="GE"',
            'Comparator="ABOVE"',
            r"unknown comparator `ABOVE` of a where clause; it is one of",
        ),
        ("clauses", "<CheckValue>PGA</CheckValue></", "</", "`WC.PGA` compares with no value"),
        ("items", 'CodeListOID="CL.NY"', 'CodeListOID="CL.X"', r"line \d+: `SLED` refers to the code list `CL\.X`"),
        ("items", 'OID="IT.SEX"', 'OID="IT.QSCAT"', r"line \d+ defines the variable `IT\.QSCAT` a second time"),
        ("clauses", 'OID="WC.OLD"', 'OID="WC.PGA"', r"defines the where clause `WC\.PGA` a second time"),
        (
            "values",
            '<def:WhereClauseRef WhereClauseOID="WC.SEX"/>',
            "",
            "`IT.QS.SEX` of a value list has no where clause",
        ),
    ],
)
def test_dangling_and_doubled_definitions_name_their_line(
    tmp_path: Path, part: str, old: str, new: str, message: str
) -> None:
    assert old in PARTS[part]
    with pytest.raises(DataError, match=message):
        read(tmp_path, **{part: PARTS[part].replace(old, new, 1)})


def test_value_lists_of_the_pilot(root: Path) -> None:
    define = ms.io.read_define(root / "tests" / "data" / "cdisc" / "define.xml")
    assert len(define.value_level) == 108
    adcibc = ms.read(root / "tests" / "data" / "cdisc" / "adcibc.xpt", library="pandas")
    assert define.check(adcibc, "ADCIBC").counts["error"] == 0
    damaged = adcibc.copy()
    damaged.loc[5, "AVAL"] = 2.5
    assert ("wrong_type", 5) in set(
        zip(*(define.check(damaged, "ADCIBC").columns()[c] for c in ("rule", "row")), strict=True)
    )
