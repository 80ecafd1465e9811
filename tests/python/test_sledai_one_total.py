"""One rule for a recorded SLEDAI total beside items, in scores, changes from baseline, endpoints and findings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import mscsle as ms
from mscsle import _core

ITEMS = [item for item, _, _ in _core.sledai_items()]
#: Case: recorded items (others absent, None not done), recorded total, the total that stands.
CASES: dict[str, tuple[dict[str, Any], float | None, float | None]] = {
    "complete": ({"arthritis": 1}, 8, 4),
    "allowed": ({"arthritis": 1, "rash": None, "fever": None}, 5, 5),
    "contradicted": ({"arthritis": 1, "rash": None, "fever": None}, 12, None),
    "open": ({"arthritis": 1, "rash": None}, None, None),
    "total_only": (dict.fromkeys(ITEMS), 11, 11),
    "impossible": ({"arthritis": 1, "rash": None}, 5.5, None),
}


def table() -> dict[str, Any]:
    items = {item: np.array([given.get(item, 0) for given, _, _ in CASES.values()], dtype=float) for item in ITEMS}
    return {
        "usubjid": list(CASES),
        "visit": ["M0"] * len(CASES),
        "date": ["2009-01-10"] * len(CASES),
        "version": ["sledai-2k"] * len(CASES),
        **items,
        "total": np.array([total for _, total, _ in CASES.values()], dtype=float),
    }


def trial() -> Any:
    return ms.Trial(
        subjects={"usubjid": list(CASES)},
        infusions={"usubjid": list(CASES), "date": ["2009-01-10"] * len(CASES)},
        visits={
            "usubjid": list(CASES),
            "visit": ["M0"] * len(CASES),
            "date": ["2009-01-10"] * len(CASES),
            "planned_month": [0] * len(CASES),
        },
        sledai=table(),
    )


EXPECTED = np.array([math.nan if stands is None else stands for *_, stands in CASES.values()])


def test_scores_follow_the_rule() -> None:
    scores = ms.score.sledai(table())
    np.testing.assert_array_equal(scores.total, EXPECTED)
    notes = dict(zip(CASES, scores.columns()["note"], strict=True))
    assert notes["allowed"] == "total_completes_items" and notes["contradicted"] == "total_mismatch"
    row = list(CASES).index("contradicted")
    assert (scores.lower[row], scores.upper[row]) == (4, 7)
    assert "5 as recorded, which the items recorded allow" in str(scores.why(subject="allowed"))


def test_changes_from_baseline_follow_the_rule() -> None:
    from mscsle.stats import _values

    values = _values.of_trial(trial(), "sledai", unit=None, coding=None, version=None, baseline=None)
    np.testing.assert_array_equal(values.at("M0"), EXPECTED)
    assert "1 recorded total differs from the items: the items are used" in values.notes
    assert "1 recorded total lies outside the bounds of incomplete items: neither is used" in values.notes


def test_findings_say_what_happens() -> None:
    findings = trial().findings
    said = {(s, r): m for s, r, m in zip(findings.subject, findings.rule, findings.message, strict=True)}
    assert said["complete", "total_mismatch"] == "the items give 4, the total says 8; the items are used"
    assert said["contradicted", "total_mismatch"].endswith("they contradict each other, so there is no total")
    assert said["allowed", "missing_items"].endswith("the recorded total 5 is used")
    assert said["impossible", "impossible_total"] == "a total is a whole number from 0 to 105"
