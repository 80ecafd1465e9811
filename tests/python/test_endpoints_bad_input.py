"""What is wrong with one patient is named with subject, visit or row, column and value, and never fails the cohort."""

from __future__ import annotations

from typing import Any

import pytest

import mscsle as ms
from mscsle.exceptions import DataError

TESTS = {"creatinine": "umol/L", "protein_24h": "g/24 h", "urine_rbc": "/hpf"}
VALUES = {"M0": (80.0, 3.0, 20.0), "M3": (80.0, 0.2, 1.0), "M6": (80.0, 0.2, 1.0)}
DATES = {"M0": "2009-03-14", "M3": "2009-06-13", "M6": "2009-09-13"}


def tables() -> dict[str, dict[str, list[Any]]]:
    """`S-1` and `S-2`, both in remission at months 3 and 6."""
    ids = ["S-1", "S-2"]
    rows = [(s, v) for s in ids for v in VALUES]
    labs = [(s, v, t, x) for s, v in rows for t, x in zip(TESTS, VALUES[v], strict=True)]
    return {
        "subjects": {"usubjid": ids},
        "infusions": {"usubjid": list(ids), "date": ["2009-03-14"] * 2},
        "visits": {
            "usubjid": [r[0] for r in rows],
            "visit": [r[1] for r in rows],
            "date": [DATES[r[1]] for r in rows],
            "planned_month": [float(r[1][1:]) for r in rows],
        },
        "labs": {
            "usubjid": [r[0] for r in labs],
            "visit": [r[1] for r in labs],
            "test": [r[2] for r in labs],
            "value": [r[3] for r in labs],
            "unit": [TESTS[r[2]] for r in labs],
            "uln": [100.0 if r[2] == "creatinine" else None for r in labs],
        },
    }


def derive(
    data: dict[str, dict[str, list[Any]]],
) -> tuple[dict[tuple[str, str], str], list[str], ms.endpoints.Response]:
    """States by subject and visit, and all findings in one line each."""
    trial = ms.Trial(**data)
    result = ms.endpoints.renal_response(trial)
    states = result.states
    found = dict(zip(zip(states.usubjid, states.visit, strict=True), states.state, strict=True))
    lines = []
    for findings in (trial.findings, result.findings):
        columns = findings.columns()
        for i in range(len(findings)):
            lines.append(" | ".join(f"{name}={columns[name][i]}" for name in columns))
    return found, lines, result


def others_are_untouched(found: dict[tuple[str, str], str]) -> None:
    assert (found["S-2", "M3"], found["S-2", "M6"]) == ("CR", "CR")


def test_a_missing_unit_is_named_and_leaves_the_state_open() -> None:
    data = tables()
    data["labs"]["unit"][4] = None  # protein of S-1 at M3
    found, lines, _ = derive(data)
    assert found["S-1", "M3"] != "CR" and found["S-1", "M6"] == "CR"
    others_are_untouched(found)
    named = [line for line in lines if "subject=S-1" in line and "column=unit" in line]
    assert named and "row=4" in named[0] and "protein_24h" in named[0], lines


def test_visits_out_of_order_are_sorted_by_day_and_named() -> None:
    data = tables()
    data["visits"]["date"][1], data["visits"]["date"][2] = data["visits"]["date"][2], data["visits"]["date"][1]
    found, lines, result = derive(data)
    others_are_untouched(found)
    assert any("S-1" in line and "visits" in line for line in lines), lines
    assert result.why(subject="S-1", visit="M3").day == 183.0, "the date recorded, not the label, places the visit"


def test_rows_in_another_order_change_nothing() -> None:
    data = tables()
    expected, *_ = derive(data)
    for name, table in data.items():
        data[name] = {column: values[::-1] for column, values in table.items()}
    assert derive(data)[0] == expected


def test_two_visits_on_one_day_are_both_kept_and_the_second_of_a_month_is_named() -> None:
    data = tables()
    for column, value in {"usubjid": "S-1", "visit": "M3b", "date": DATES["M3"], "planned_month": 3.0}.items():
        data["visits"][column].append(value)
    found, lines, _ = derive(data)
    assert found["S-1", "M3"] == "CR"
    others_are_untouched(found)
    assert any("subject=S-1" in line and "M3b" in line for line in lines), lines


def test_two_values_on_one_day_follow_the_rule_that_is_named() -> None:
    data = tables()
    for column, value in {
        "usubjid": "S-1", "visit": "M3", "test": "protein_24h", "value": 0.4, "unit": "g/24 h", "uln": None,
    }.items():  # fmt: skip
        data["labs"][column].append(value)
    trial = ms.Trial(**data)
    states = {
        rule: ms.endpoints.renal_response(trial, same_visit=rule).states.state[0] for rule in ("mean", "worst", "first")
    }
    assert states["mean"] == "CR" and states["worst"] != "CR", "0.3 is within 10 % of normal, 0.4 is not"


def test_a_subject_without_baseline_is_open_not_dropped() -> None:
    data = tables()
    keep = [
        i
        for i, (s, v) in enumerate(zip(data["labs"]["usubjid"], data["labs"]["visit"], strict=True))
        if (s, v) != ("S-1", "M0")
    ]
    data["labs"] = {column: [values[i] for i in keep] for column, values in data["labs"].items()}
    protein = [
        i
        for i, (s, v, t) in enumerate(
            zip(data["labs"]["usubjid"], data["labs"]["visit"], data["labs"]["test"], strict=True)
        )
        if (s, v, t) == ("S-1", "M3", "protein_24h")
    ]
    data["labs"]["value"][protein[0]] = 1.0
    found, _, result = derive(data)
    others_are_untouched(found)
    assert found["S-1", "M3"] == "unknown", "without a baseline partial remission is open"
    assert found["S-1", "M6"] == "CR", "complete remission needs no baseline"
    why = result.why(subject="S-1", visit="M3")
    assert "baseline missing: cannot be decided" in str(why)
    assert result.by_visit("enrolled").columns()["denominator"].tolist()[0] == 2
    assert result.by_visit("enrolled").columns()["undetermined"].tolist()[0] == 1


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("kdigo2024", "definition `kdigo2024` needs `upcr`, but table `labs` has no usable value of it"),
        ("sri", "definition `sri` needs `sledai`, but table `sledai` has no usable value of it"),
        ("explorer", "definition `explorer` needs `bilag_a`, but table `bilag` has no usable value of it"),
        ("sle_das", "definition `sle_das` needs `sle_das`, but table `assessments` has no usable value of it"),
    ],
)
def test_absent_inputs_of_a_definition_are_named(definition: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        ms.endpoints.response(ms.Trial(**tables()), definition)
    assert message in str(caught.value)


def test_a_visit_after_death_is_kept_in_the_data_flagged_and_not_used() -> None:
    data = tables()
    data["status"] = {"usubjid": ["S-1"], "death_date": ["2009-07-01"], "last_contact_date": ["2009-07-01"]}
    found, lines, _ = derive(data)
    assert found["S-1", "M3"] == "CR" and found["S-1", "M6"] == "dead"
    others_are_untouched(found)
    assert any("S-1" in line and "2009-09-13 is after the subject's death on 2009-07-01" in line for line in lines), (
        lines
    )
