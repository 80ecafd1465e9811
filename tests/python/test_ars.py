"""A report as reporting event of the CDISC Analysis Results Standard: valid by its schema, complete, without dangling ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms
from mscsle.exceptions import OptionError


@pytest.fixture(scope="module")
def schema(root: Path) -> dict[str, Any]:
    text = (root / "tests" / "data" / "cdisc_ars" / "ars_ldm.schema.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


@pytest.fixture(scope="module")
def gu() -> Any:
    return ms.run("gu2014", progress=False)


@pytest.mark.parametrize("study", ["gu2014", "sat0244"])
def test_the_file_is_valid_by_the_schema_of_the_standard(study: str, schema: dict[str, Any], tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    path = ms.io.write_ars(ms.run(study, progress=False), tmp_path / "ars.json")
    event = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    assert list(jsonschema.Draft7Validator(schema).iter_errors(event)) == []


def test_a_broken_event_is_found_by_the_schema(schema: dict[str, Any], gu: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    event = gu.to_ars()
    event["analyses"][0]["results"][0]["rawValue"] = 3  # the standard wants texts
    assert list(jsonschema.Draft7Validator(schema).iter_errors(event))


def test_every_statistic_is_there_once_with_its_value(gu: Any) -> None:
    event = gu.to_ars()
    results = [r for a in event["analyses"] for r in a["results"]]
    rows = gu.ard_rows()
    assert len(results) == len(rows)
    given = sorted(repr(float(row["stat"])) for row in rows if isinstance(row["stat"], (int, float)))
    texts = [row["stat"] for row in rows if isinstance(row["stat"], str)]
    numbers = []
    for result in results:
        raw = result.get("rawValue")
        if raw is None:
            continue
        if raw in texts:
            texts.remove(raw)
        else:
            numbers.append(repr(float(raw)))
    assert sorted(numbers) == [g for g in given if g != "nan"]
    assert texts == []


def test_no_id_dangles_and_none_is_twice(gu: Any) -> None:
    event = gu.to_ars()
    operations = {o["id"] for m in event["methods"] for o in m["operations"]}
    assert len(operations) == sum(len(m["operations"]) for m in event["methods"])
    methods = {m["id"] for m in event["methods"]}
    groupings = {g["id"] for g in event["analysisGroupings"]}
    analyses = {a["id"] for a in event["analyses"]}
    outputs = {o["id"] for o in event["outputs"]}
    assert len(analyses) == len(event["analyses"]) and len(outputs) == len(event["outputs"])
    assert len(methods) == len(event["methods"]) and len(groupings) == len(event["analysisGroupings"])
    for analysis in event["analyses"]:
        assert analysis["methodId"] in methods
        assert {g["groupingId"] for g in analysis.get("orderedGroupings", [])} <= groupings
        for result in analysis["results"]:
            assert result["operationId"] in operations
            assert {g["groupingId"] for g in result.get("resultGroups", [])} <= groupings
    listed = [
        e
        for i in event["mainListOfContents"]["contentsList"]["listItems"]
        for e in i.get("sublist", {}).get("listItems", [])
    ]
    assert {e["analysisId"] for e in listed if "analysisId" in e} == analyses
    assert {e["outputId"] for e in listed if "outputId" in e} == outputs


def test_synthetic_data_are_called_so(gu: Any) -> None:
    event = gu.to_ars()
    assert event["description"].startswith("SYNTHETIC DATA")
    headers = [
        s
        for o in event["outputs"]
        for s in o["displays"][0]["display"]["displaySections"]
        if s["sectionType"] == "Header"
    ]
    assert len(headers) == len(event["outputs"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reason": "CURIOSITY"}, "unknown reason `CURIOSITY`; use `SPECIFIED IN PROTOCOL`"),
        ({"purpose": "MAIN"}, "unknown purpose `MAIN`"),
        ({"purpose": {"nothing": "PRIMARY OUTCOME MEASURE"}}, "the plan has no analysis `nothing`; it has `flow`"),
    ],
)
def test_words_outside_the_standard_are_refused(options: dict[str, Any], message: str, gu: Any) -> None:
    with pytest.raises(OptionError, match=message):
        gu.to_ars(**options)


def test_a_purpose_holds_for_its_analysis_only(gu: Any) -> None:
    event = gu.to_ars(purpose={"flow": "PRIMARY OUTCOME MEASURE"})
    purposes = {a["id"].split("_", 2)[2]: a["purpose"]["controlledTerm"] for a in event["analyses"]}
    assert purposes.pop("flow") == "PRIMARY OUTCOME MEASURE"
    assert set(purposes.values()) == {"EXPLORATORY OUTCOME MEASURE"}
