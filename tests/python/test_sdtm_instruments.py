"""The lupus instruments and supplemental qualifiers in SDTM: the way there and back, and what is a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import mscsle as ms
import mscsle.exceptions
from mscsle.exceptions import OptionError
from mscsle.io.sdtm_instruments import bilag_columns
from mscsle.io.sdtm_mapping import mapping

DM = {"USUBJID": ["X-1", "X-2"], "ARM": ["MSC"] * 2}


TABLES: dict[str, dict[str, list[Any]]] = {
    "subjects": {"usubjid": ["X-1", "X-2"], "arm": ["MSC", "MSC"]},
    "bilag_items": {
        "usubjid": ["X-1", "X-1", "X-2"],
        "visit": ["M0", "M3", "M0"],
        "date": ["2010-01-01", "2010-04-01", "2010-01-01"],
        "pyrexia": [4, 0, None],
        "mucosal_ulceration_mild": [2, 1, 3],
        "coombs_positive": [1, 0, None],
        "upcr_mg_mmol": [250.0, 80.5, 30.0],
        "upcr_mg_mmol_due_to_sle": [1, 0, None],
        "haemoglobin_g_dl": [9.1, 11.0, None],
    },
    "bilag": {
        "usubjid": ["X-1"],
        "visit": ["M0"],
        "date": ["2010-01-01"],
        "version": ["bilag-2004"],
        "system": ["renal"],
        "grade": ["A"],
    },
    "sledai": {
        "usubjid": ["X-1"],
        "visit": ["M0"],
        "date": ["2010-01-01"],
        "version": ["sledai-2k"],
        "seizure": [1],
        "rash": [0],
        "total": [8],
    },
    "labs": {
        "usubjid": ["X-1", "X-1"],
        "visit": ["M0", "M0"],
        "test": ["anti_dsdna", "platelets"],
        "value": [120.0, 90.0],
        "unit": ["IU/mL", "10^9/L"],
        "due_to_sle": [1, 0],
    },
}


def plain(table: Any) -> dict[str, list[Any]]:
    return {n: [None if v is None or v != v else v for v in np.asarray(c).tolist()] for n, c in table.items()}


@pytest.mark.parametrize("domain", ["QS", "RS"])
def test_items_letters_and_causes_survive_the_way_there_and_back(domain: Literal["QS", "RS"], tmp_path: Path) -> None:
    there = ms.io.to_sdtm(ms.Trial(**TABLES), tmp_path, study="S", instruments=domain)
    assert domain in there and f"SUPP{domain}" in there and ("RS" if domain == "QS" else "QS") not in there
    assert {"SUPPLB", "SUPPIS"} <= set(there)
    back = ms.io.from_sdtm(tmp_path, library="numpy")
    assert back.findings.counts["error"] == 0
    assert not [r for r in back.findings.rule if r.startswith(("unmapped", "qualifier", "domain"))]
    for name in ("bilag_items", "bilag", "sledai"):
        assert plain(back.tables[name]) == TABLES[name]
    labs = plain(back.tables["labs"])
    assert dict(zip(labs["test"], labs["due_to_sle"], strict=True)) == {"anti_dsdna": 1.0, "platelets": 0.0}


def test_scores_of_the_items_are_the_same_after_the_way() -> None:
    items: dict[str, list[Any]] = {
        "usubjid": ["X-1", "X-1"],
        "visit": ["M0", "M3"],
        "date": ["2010-01-01", "2010-04-01"],
    }
    measured = {"platelets": [250.0, 260.0], "creatinine_umol_l": [80.0, 90.0], "upcr_mg_mmol": [250.0, 40.0]}
    for item, (kind, _) in bilag_columns().items():
        items[item] = measured.get(item, [None, None] if kind == "number" else [0, 0])
    items["pyrexia"], items["arthritis_severe"] = [2, 1], [4, 3]
    items |= {f"{item}_due_to_sle": [1, 1] for item in measured}
    before = ms.Trial(**{**TABLES, "bilag_items": items})
    back = ms.io.from_sdtm(ms.io.to_sdtm(before, study="S"), library="numpy")
    given = {n: v for n, v in items.items() if any(x is not None for x in v)}
    assert plain(back.tables["bilag_items"]) == given
    with pytest.warns(ms.exceptions.DataWarning, match="items have no column"):
        scores = [ms.score.bilag2004(table).columns() for table in (given, back.tables["bilag_items"])]
    systems = ("constitutional", "mucocutaneous", "musculoskeletal", "renal", "haematological")
    grades = [[list(scored[system]) for system in systems] for scored in scores]
    assert grades[0] == grades[1] and grades[0][2][0] == "A"


def test_every_item_of_bilag_2004_has_a_code_of_its_own() -> None:
    items = mapping()["bilag"]["items"]
    assert len(items) == 97 and list(items.values()) == list(bilag_columns())
    assert all(len(code) <= 8 for code in items)
    names = {item.replace("_", " ").capitalize()[:40] for item in items.values()}
    assert len(names) == 97
    used = mapping()
    assert not set(items) & {*used["bilag"]["systems"], *used["sledai"]["items"], used["sledai"]["total"]}


def findings(**domains: Any) -> list[tuple[str, str, str | None, str | None]]:
    found = ms.io.from_sdtm({"DM": DM, **domains}, library="numpy").findings
    rows = zip(found.rule, found.table, found.column, found.value, strict=True)
    return [r for r in rows if r[0].startswith(("unmapped", "qualifier", "domain"))]


def qs(code: str, value: str, category: str = "SLEDAI-2K", **more: Any) -> dict[str, list[Any]]:
    return {
        "USUBJID": ["X-1"],
        "QSSEQ": [1.0],
        "QSTESTCD": [code],
        "QSTEST": [code],
        "QSCAT": [category],
        "QSSTRESC": [value],
        "VISIT": ["M0"],
        "QSDTC": ["2010-01-01"],
        **{k: [v] for k, v in more.items()},
    }


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (qs("SLED01", "MAYBE"), ("unmapped_word", "QS", "QSSTRESC", "MAYBE")),
        (qs("SLED25", "Y"), ("unmapped_code", "QS", "QSTESTCD", "SLED25")),
        (qs("BLG98", "4", "BILAG-2004"), ("unmapped_code", "QS", "QSTESTCD", "BLG98")),
        (
            qs("BLG01", "4", "BILAG"),
            ("unmapped_code", "QS", "QSTESTCD", "BLG01"),
        ),  # the classic index has no items here
        (qs("BLG01", "worse", "BILAG-2004"), ("unmapped_word", "QS", "QSSTRESC", "worse")),
        (qs("BLG83", "2.5", "BILAG-2004", QSSTRESU="g/g"), ("unmapped_unit", "QS", "QSSTRESU", "g/g")),
        (qs("HAQ01", "1", "HAQ"), ("unmapped_code", "QS", "QSTESTCD", "HAQ01")),
    ],
)
def test_what_the_mapping_does_not_have_is_a_finding(domain: Any, expected: tuple[str, ...]) -> None:
    assert mapping()["bilag"]["items"]["BLG83"] == "upcr_mg_mmol"
    assert findings(QS=domain) == [expected]


def test_weights_and_flags_of_sledai_items_are_read() -> None:
    for value, held in (("Y", 1.0), ("N", 0.0), ("8", 1.0), ("0", 0.0)):
        read = ms.io.from_sdtm({"DM": DM, "QS": qs("SLED01", value)}, library="numpy")
        assert read.tables["sledai"]["seizure"].tolist() == [held]


def test_the_same_instrument_in_two_domains_is_read_from_both() -> None:
    in_rs = {name.replace("QS", "RS"): cells for name, cells in qs("SLED15", "Y").items()}
    in_rs["VISIT"] = ["M3"]
    read = ms.io.from_sdtm({"DM": DM, "QS": qs("SLED01", "Y"), "RS": in_rs}, library="numpy")
    table = plain(read.tables["sledai"])
    assert (table["visit"], table["seizure"], table["rash"]) == (["M0", "M3"], [1.0, None], [None, 1.0])


def test_qualifiers_that_are_not_read_or_are_no_flags_are_named() -> None:
    supp = {
        "USUBJID": ["X-1", "X-2", "X-1"],
        "IDVAR": [None, None, None],
        "IDVARVAL": [None, None, None],
        "QNAM": ["RACE1", "RACE1", "ITT"],
        "QVAL": ["ASIAN", "WHITE", "PERHAPS"],
    }
    assert findings(SUPPDM=supp) == [
        ("unmapped_word", "SUPPDM", "ITT", "PERHAPS"),
        ("qualifier_not_read", "SUPPDM", "QNAM", "RACE1"),
    ]
    lb = {"USUBJID": ["X-1"], "LBSEQ": [1.0], "LBTESTCD": ["PLAT"], "LBSTRESN": [90.0], "LBSTRESU": ["10^9/L"]}
    due = {"USUBJID": ["X-1"], "IDVAR": ["LBSEQ"], "IDVARVAL": ["1"], "QNAM": ["DUESLE"], "QVAL": ["UNSURE"]}
    assert findings(LB=lb, SUPPLB=due) == [("unmapped_word", "SUPPLB", "DUESLE", "UNSURE")]


def test_a_sponsors_own_codes_are_written_and_read() -> None:
    own = {
        "bilag": {"items": {"B04PYR": "pyrexia"}},
        "sledai": {"items": {"SLSEIZ": "seizure"}},
        "frequency": {"DLY": "daily"},
    }
    tables = {**TABLES, "medications": {"usubjid": ["X-1"], "drug": ["prednisone"], "frequency": ["daily"]}}
    there = ms.io.to_sdtm(ms.Trial(**tables), study="S", mapping=own)
    codes = set(there["QS"].values["QSTESTCD"])
    assert {"B04PYR", "SLSEIZ"} <= codes and not {"BLG01", "SLED01"} & codes
    assert list(there["CM"].values["CMDOSFRQ"]) == ["DLY"]
    back = ms.io.from_sdtm(there, mapping=own, library="numpy")
    assert plain(back.tables["bilag_items"]) == TABLES["bilag_items"]
    with pytest.raises(OptionError, match="unknown domain `FA` of the instruments"):
        ms.io.to_sdtm(ms.Trial(**TABLES), study="S", instruments="FA")  # type: ignore[arg-type]
