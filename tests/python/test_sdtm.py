"""From SDTM to a trial and back: the cohorts survive, codes and units decide, what is not known is a finding."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
from mscsle import _frame
from mscsle.exceptions import DataError, MissingFileError, OptionError
from mscsle.io.sdtm_mapping import lab_codes, mapping
from mscsle.trial import lab_tests, rules

LIBRARIES: tuple[_frame.Library, ...] = ("pandas", "polars", "pyarrow", "numpy")
KEYS = {
    "subjects": ["usubjid"],
    "infusions": ["usubjid", "date"],
    "visits": ["usubjid", "visit"],
    "sledai": ["usubjid", "visit"],
    "bilag": ["usubjid", "visit", "system"],
    "labs": ["usubjid", "visit", "test"],
    "medications": ["usubjid", "drug", "start_date"],
    "adverse_events": ["usubjid", "term", "start_date"],
    "assessments": ["usubjid", "visit", "what"],
    "status": ["usubjid"],
}
DM = {
    "USUBJID": ["X-1"],
    "SEX": ["F"],
    "AGE": [31.0],
    "AGEU": ["YEARS"],
    "ARM": ["MSC"],
    "RFICDTC": ["2010-01-04T09:00"],
}


def filled(table: Any) -> dict[str, Any]:
    """The columns of a table that hold something; the wording of specimens aside."""
    frame = _frame.Frame(table)
    texts = {name: frame.texts(name) for name in frame.names if name != "specimen"}
    return {name: frame.raw(name) for name, values in texts.items() if any(v is not None for v in values)}


@pytest.mark.parametrize("cohort", ["gu2014", "wang2014", "sat0244"])
def test_a_cohort_survives_the_way_to_sdtm_files_and_back(cohort: str, tmp_path: Path) -> None:
    trial = ms.load(cohort, library="numpy")
    ms.io.to_sdtm(trial, tmp_path, study="STUDY")
    back = ms.io.from_sdtm(tmp_path, library="numpy")
    assert back.findings.counts == trial.findings.counts
    assert back.is_synthetic
    for name, table in trial.tables.items():
        if not len(table["usubjid"]):
            assert len(back.tables[name]["usubjid"]) == 0
            continue
        result = ms.compare(filled(table), filled(back.tables[name]), keys=KEYS[name])
        assert result.equal, f"{name}: {result.report()}"


def test_the_endpoints_of_a_cohort_are_the_same_after_sdtm(tmp_path: Path) -> None:
    trial = ms.load("gu2014", library="pandas")
    ms.io.to_sdtm(trial, tmp_path, study="GU2014")
    ours = ms.endpoints.renal_response(trial).by_visit().columns()
    theirs = ms.endpoints.renal_response(ms.io.from_sdtm(tmp_path)).by_visit().columns()
    assert ours["numerator"].tolist() == theirs["numerator"].tolist()


@pytest.mark.parametrize("library", LIBRARIES)
def test_frames_of_any_library_give_the_same_trial(library: _frame.Library) -> None:
    domains = ms.io.to_sdtm(ms.load("wang2014", library="numpy"), study="S")
    frames = {n: _frame.native(dict(d.values), library) for n, d in domains.items()}
    trial = ms.io.from_sdtm(frames)
    assert trial.library == library and trial.n_subjects == 40
    assert trial.findings.counts["error"] == 0


@pytest.mark.parametrize(
    ("code", "specimen", "unit", "test", "canonical"),
    [
        ("PROTCRT", "URINE", "g/g", "upcr", 2.0),
        ("PROTCRT", "URINE", "g/kg", "upcr", 0.002),
        ("PROTCRT", "URINE", "g/mol", "upcr", 2 / 113.12),
        ("PROTCRT", "URINE", "kg/mol", "upcr", 2000 / 113.12),
        ("PROTEXR", "URINE", "g/day", "protein_24h", 2.0),
        ("PROTEXR", "URINE", "mg/day", "protein_24h", 0.002),
        ("GFRBSCRT", "SERUM", "mL/min/1.73 m2", "egfr", 2.0),
    ],
)
def test_units_of_the_primary_endpoint_are_converted_by_the_code_list(
    code: str, specimen: str, unit: str, test: str, canonical: float
) -> None:
    lb = {"USUBJID": ["X-1"], "LBTESTCD": [code], "LBSPEC": [specimen], "LBSTRESN": [2.0], "LBSTRESU": [unit]}
    labs = ms.io.from_sdtm({"DM": DM, "LB": lb}, library="numpy").tables["labs"]
    assert labs["test"].tolist() == [test]
    tests = lab_tests(library="numpy")
    to_unit = tests.unit[tests.test.index(test)]
    value = ms.score.convert(float(labs["value"][0]), test=test, from_unit=str(labs["unit"][0]), to_unit=to_unit)
    assert value == pytest.approx(canonical, rel=1e-12)


def labs_of(**columns: list[Any]) -> Any:
    n = len(next(iter(columns.values())))
    return ms.io.from_sdtm({"DM": DM, "LB": {"USUBJID": ["X-1"] * n, **columns}}, library="numpy")


def test_the_specimen_decides_between_two_meanings_of_a_code() -> None:
    trial = labs_of(
        LBTESTCD=["PROT", "PROT", "WBC", "WBC", "RBC", "PROT"],
        LBSPEC=["SERUM", "URINE", "BLOOD", "URINE", "URINE", None],
        LBSTRESC=["70", "2+", "5", "8", "12", "70"],
        LBSTRESU=["g/L", None, "10^9/L", "/HPF", "/HPF", "g/L"],
    )
    assert trial.tables["labs"]["test"].tolist() == [
        "total_protein", "protein_dipstick", "leucocytes", "urine_wbc", "urine_rbc", "LB.PROT",
    ]  # fmt: skip
    assert trial.findings.rule[0] == "unmapped_code"
    assert trial.findings.message[0] == "`PROT` of `LBTESTCD` is not in the mapping"


def test_anti_dsdna_is_read_in_its_three_places() -> None:
    lb = {
        "USUBJID": ["X-1"] * 2,
        "LBTESTCD": ["ADSDNA", "DDNAIGAB"],
        "LBSTRESN": [10.0, 20.0],
        "LBSTRESU": ["IU/mL"] * 2,
    }
    immuno = {
        "USUBJID": ["X-1"] * 2,
        "ISTESTCD": ["ATIGGAB"] * 2,
        "ISBDAGNT": ["DOUBLE STRANDED DNA", "SMITH ANTIGENS"],
        "ISSTRESN": [30.0, 40.0],
        "ISSTRESU": ["IU/mL"] * 2,
    }
    trial = ms.io.from_sdtm({"DM": DM, "LB": lb, "IS": immuno}, library="numpy")
    assert trial.tables["labs"]["test"].tolist() == ["anti_dsdna"] * 3 + ["IS.ATIGGAB"]


def test_unknown_units_and_words_are_found_once_with_their_count() -> None:
    ex = {"USUBJID": ["X-1"], "EXTRT": ["MSC"], "EXDOSE": [5.0], "EXDOSU": ["mL"], "EXSTDTC": ["2010-02-01T08:30"]}
    vs = {"USUBJID": ["X-1"] * 2, "VSTESTCD": ["WEIGHT"] * 2, "VSSTRESN": [110.0, 9.0], "VSSTRESU": ["LB", "stone"]}
    cm = {"USUBJID": ["X-1"] * 2, "CMTRT": ["PREDNISONE"] * 2, "CMDOSFRQ": ["Q17H"] * 2, "CMSTDTC": ["2010", "2010-02"]}
    ae = {"USUBJID": ["X-1"], "AETERM": ["Fever"], "AEREL": ["PERHAPS"], "AESER": ["N"], "AESTDTC": ["2010-03-01"]}
    trial = ms.io.from_sdtm(
        {"DM": DM, "EX": ex, "VS": vs, "CM": cm, "AE": ae, "TA": {"USUBJID": ["X-1"]}}, library="numpy"
    )
    mapped = [
        (rule, table, value)
        for rule, table, value in zip(trial.findings.rule, trial.findings.table, trial.findings.value, strict=True)
        if rule.startswith(("unmapped", "domain"))
    ]
    assert mapped == [
        ("unmapped_unit", "EX", "mL"),
        ("unmapped_unit", "VS", "stone"),
        ("unmapped_word", "AE", "PERHAPS"),
        ("unmapped_word", "CM", "Q17H"),
        ("domain_not_read", "TA", "TA"),
    ]
    assert trial.tables["vitals"]["weight_kg"].tolist() == pytest.approx([110 * 0.45359237])
    infusions = trial.tables["infusions"]
    assert (infusions["date"].tolist(), infusions["start_time"].tolist()) == (["2010-02-01"], ["08:30"])
    assert "frequency" not in trial.tables["medications"]
    assert any("Q17H" in m and "(2 rows)" in m for m in trial.findings.message)


def test_every_rule_of_the_mapping_is_documented() -> None:
    known = dict(zip(rules().rule, rules().severity, strict=True))
    assert {
        "unmapped_code": "warning",
        "unmapped_unit": "error",
        "unmapped_word": "warning",
        "domain_not_read": "note",
    }.items() <= known.items()


def test_visits_can_be_renamed_and_months_are_read_from_names() -> None:
    lb = {
        "USUBJID": ["X-1"] * 5,
        "LBTESTCD": ["C3"] * 5,
        "LBSTRESN": [1.0] * 5,
        "LBSTRESU": ["g/L"] * 5,
        "VISIT": ["BASELINE", "MONTH 3", "WEEK 26", "FOLLOW-UP", "UNSCHEDULED 1"],
        "LBDTC": ["2010-02-01", "2010-05-02", "2010-08-01", "2011-02-01", "2011-03-01"],
    }
    trial = ms.io.from_sdtm({"DM": DM, "LB": lb}, visits={"BASELINE": "M0", "follow-up": ("M12", 12)}, library="numpy")
    visits = trial.tables["visits"]
    assert visits["visit"].tolist() == ["M0", "MONTH 3", "WEEK 26", "M12", "UNSCHEDULED 1"]
    assert visits["planned_month"].tolist()[:4] == [0.0, 3.0, 5.98, 12.0]
    assert visits["unscheduled"].tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]
    assert trial.tables["labs"]["visit"].tolist() == visits["visit"].tolist()


def test_a_users_mapping_wins_and_adds() -> None:
    own = """
[[lab]]
test = "upcr"
domain = "LB"
code = "UPCR"
confidence = "sponsor"

[[unit]]
cdisc = "g/gcreat"
ours = "g/g"
"""
    lb = {"USUBJID": ["X-1"], "LBTESTCD": ["UPCR"], "LBSTRESN": [2.0], "LBSTRESU": ["g/gCreat"]}
    trial = ms.io.from_sdtm({"DM": DM, "LB": lb}, mapping=own, library="numpy")
    assert trial.tables["labs"]["test"].tolist() == ["upcr"] and trial.tables["labs"]["unit"].tolist() == ["g/g"]
    assert trial.findings.counts["error"] == 0
    with pytest.raises(OptionError, match="a mapping has no part `labs`; it has `terminology`, `lab`"):
        ms.io.from_sdtm({"DM": DM}, mapping={"labs": []})
    with pytest.raises(OptionError, match="the mapping is not TOML"):
        ms.io.from_sdtm({"DM": DM}, mapping="a = \n b")


def test_the_pilot_dm_is_read(root: Path) -> None:
    data = ms.read(root / "tests" / "data" / "cdisc" / "dm.xpt", library="pandas")
    trial = ms.io.from_sdtm({"DM": data}, arm="ACTARM")
    assert trial.n_subjects == 18
    assert trial.tables["subjects"]["centre"].iloc[0] == "701"
    assert set(trial.tables["subjects"]["sex"]) == {"M", "F"}


LB = {
    "USUBJID": ["X-1"],
    "LBTESTCD": ["ALB"],
    "LBSTRESN": [41.0],
    "LBSTRESU": ["g/L"],
    "LBDTC": ["2010-01-04"],
}


@pytest.mark.parametrize("kind", ["xpt", "json", "ndjson", "dsjc", "csv", "parquet", "arrow", "feather", "xlsx", "tsv"])
def test_a_folder_of_domains_is_read_in_any_format(kind: str, tmp_path: Path) -> None:
    for name, domain in (("dm", DM), ("lb", LB)):
        path = tmp_path / f"{name}.{kind}"
        if kind == "tsv":
            rows = ["\t".join(domain), "\t".join(str(column[0]) for column in domain.values())]
            path.write_text("\n".join(rows) + "\n")
        elif kind == "xlsx":
            importlib.import_module("pandas").DataFrame(domain).to_excel(path, index=False)
        else:
            ms.write(domain, path)
    trial = ms.io.from_sdtm(tmp_path, library="numpy")
    assert trial.tables["subjects"]["age"].tolist() == [31.0]
    assert (trial.tables["labs"]["test"].tolist(), trial.tables["labs"]["value"].tolist()) == (["albumin"], [41.0])


@pytest.mark.parametrize("name", ["study", "dm"])
def test_the_members_of_one_transport_file_are_domains(name: str, tmp_path: Path) -> None:
    ms.io.write_xport_members({"DM": DM, "LB": LB, "TI": {"STUDYID": ["X"]}}, tmp_path / f"{name}.xpt")
    trial = ms.io.from_sdtm(tmp_path, library="numpy")
    assert trial.tables["labs"]["test"].tolist() == ["albumin"]
    assert [m for m, r in zip(trial.findings.message, trial.findings.rule, strict=True) if r == "domain_not_read"] == [
        f"member `TI` of `{name}.xpt` is not read"
    ]


def test_other_transport_files_beside_the_domains_are_notes(tmp_path: Path) -> None:
    ms.write(DM, tmp_path / "dm.xpt")
    ms.write({"USUBJID": ["X-1"]}, tmp_path / "adsl.xpt")
    found = ms.io.from_sdtm(tmp_path).findings
    assert next(zip(found.rule, found.message, strict=True)) == ("domain_not_read", "file `adsl.xpt` is not read")


def test_a_result_in_words_of_an_unknown_test_is_no_error() -> None:
    lb = {**LB, "LBTESTCD": ["ANISO"], "LBSTRESN": [None], "LBSTRESC": ["NORMAL"]}
    found = ms.io.from_sdtm({"DM": DM, "LB": lb}).findings
    assert found.counts["error"] == 0
    assert "unmapped_code" in found.rule and "unreadable_result" not in found.rule


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="domain `DM` is missing"):
        ms.io.from_sdtm({"LB": {"USUBJID": ["X-1"]}})
    with pytest.raises(MissingFileError, match="there is no folder"):
        ms.io.from_sdtm(tmp_path / "nowhere")
    with pytest.raises(DataError, match="`USUBJID` not found"):
        ms.io.from_sdtm({"DM": {"SUBJECT": ["X-1"]}})


def terminology(root: Path) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """Of code list and submission value the concept code and the synonyms: extracts of SDTM terminology 2025-03."""
    known: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for name in ("lupus_subset", "mapping"):
        with (root / "tests" / "data" / "cdisc_ct" / f"sdtm_ct_2025-03_{name}.tsv").open(encoding="utf-8") as file:
            for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                synonyms = [word.strip() for word in r["synonyms"].split(";")]
                known[(r["codelist"], r["submission_value"])] = (r["term_ccode"], synonyms)
    return known


def test_codes_are_those_of_the_terminology(root: Path) -> None:
    """Each code marked H stands in SDTM controlled terminology 2025-03 with its concept code and test name."""
    known = terminology(root)
    lists = {"LB": "Laboratory Test", "IS": "Immunogenicity Specimen Assessments Test"}
    used = mapping()
    for row in used["lab"]:
        if row["confidence"] == "H" and row["code"] != "ADSDNA":  # left LBTESTCD before 2025-03
            assert known[(f"{lists[row['domain']]} Code", row["code"])][0] == row["ccode"], row
            assert known[(f"{lists[row['domain']]} Name", row["name"])][0] == row["ccode"], row
        assert len(row["name"]) <= 40, row
    for row in used["unit"]:
        if "ccode" in row:
            assert known[("Unit", row["cdisc"])][0] == row["ccode"], row
    assert known[("Unit", "10^6/kg")][0] == next(d["ccode"] for d in used["dose"] if d["unit"] == "10^6/kg")
    assert all(("Vital Signs Test Code", v["code"]) in known for v in used["vital"])
    assert all(("Completion/Reason for Non-Completion", w) in known for w in used["disposition"]["reasons"])


def test_frequencies_are_written_as_submission_values_and_synonyms_are_read(root: Path) -> None:
    frequencies = {value: synonyms for (name, value), (_, synonyms) in terminology(root).items() if name == "Frequency"}
    used = mapping()["frequency"]
    written: dict[str, str] = {}
    for word, meaning in used.items():
        written.setdefault(meaning, word)
        assert word in frequencies or any(word in synonyms for synonyms in frequencies.values()), word
    assert set(written.values()) <= set(frequencies)
    for word, synonyms in frequencies.items():  # a synonym that is read means what its submission value means
        assert all(used.get(s, used.get(word)) == used.get(word, used.get(s)) for s in synonyms), word
    cm = {"USUBJID": ["X-1"] * 2, "CMTRT": ["CYCLOPHOSPHAMIDE"] * 2, "CMDOSFRQ": ["QS", "Every 2 Weeks"]}
    trial = ms.io.from_sdtm({"DM": DM, "CM": cm}, library="numpy")
    assert trial.tables["medications"]["frequency"].tolist() == ["weekly", "every 2 weeks"]
    assert ms.io.to_sdtm(trial, study="X")["CM"].values["CMDOSFRQ"] == ["EVERY WEEK", "EVERY 2 WEEKS"]


def test_every_unit_of_the_mapping_is_one_of_the_catalogue() -> None:
    tests = lab_tests(library="numpy")
    accepted = {u for text in tests.accepted for u in text.split(", ")}
    assert {row["ours"] for row in mapping()["unit"]} <= accepted
    assert set(lab_codes()) <= set(tests.test)


def test_sponsor_codes_of_the_instruments_are_short_and_distinct() -> None:
    used = mapping()
    codes = [*used["sledai"]["items"], used["sledai"]["total"], *used["bilag"]["systems"], used["pga"]["code"]]
    assert len(codes) == len(set(codes)) and all(len(c) <= 8 for c in codes)
    assert len(used["sledai"]["items"]) == 24
