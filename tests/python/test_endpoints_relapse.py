"""Relapse after a clinical response: new BILAG grades against the best response, SLEDAI against its nadir."""

from __future__ import annotations

from typing import Any

import mscsle as ms

DATES = {"M0": "2009-03-14", "M3": "2009-06-13", "M6": "2009-09-13", "M9": "2009-12-13", "M12": "2010-03-14"}
SYSTEMS = ("renal", "mucocutaneous", "haematological")


def relapse(letters: list[str], sledai: list[int], doses: list[float]) -> list[tuple[str, str]]:
    """Letters of the three systems, SLEDAI totals and prednisone doses at months 0, 3, 6, ..."""
    visits = list(DATES)[: len(letters)]
    rows = [(v, s, g) for v, grades in zip(visits, letters, strict=True) for s, g in zip(SYSTEMS, grades, strict=True)]
    days = [DATES[v] for v in visits]
    n = len(visits)
    tables: dict[str, Any] = {
        "subjects": {"usubjid": ["A"]},
        "infusions": {"usubjid": ["A"], "date": [DATES["M0"]]},
        "visits": {
            "usubjid": ["A"] * n,
            "visit": visits,
            "date": days,
            "planned_month": [float(v[1:]) for v in visits],
        },
        "bilag": {
            "usubjid": ["A"] * len(rows),
            "visit": [r[0] for r in rows],
            "version": ["classic"] * len(rows),
            "system": [r[1] for r in rows],
            "grade": [r[2] for r in rows],
        },
        "sledai": {"usubjid": ["A"] * n, "visit": visits, "total": sledai},
        "medications": {
            "usubjid": ["A"] * n,
            "drug": ["prednisone"] * n,
            "dose": doses,
            "unit": ["mg"] * n,
            "route": ["oral"] * n,
            "frequency": ["daily"] * n,
            "start_date": days,
            "end_date": [*days[1:], None],
        },
    }
    found = ms.endpoints.flares(ms.Trial(**tables), "msct_relapse", response="msct_state", renal="no")
    return list(zip(found.table["visit"], found.table["branch"], strict=True))


def test_a_new_a_is_a_relapse_only_after_a_response() -> None:
    assert relapse(["ABC", "CCC", "ACC"], [12, 4, 4], [20, 20, 20]) == [("M6", "new_a")]
    assert relapse(["ABC", "ABC", "AAC"], [12, 12, 12], [20, 20, 20]) == []


def test_two_new_b_are_a_relapse_and_one_is_not() -> None:
    assert relapse(["ABC", "CCC", "BBC"], [12, 4, 4], [20, 20, 20]) == [("M6", "new_b")]
    assert relapse(["ABC", "CCC", "BCC"], [12, 4, 4], [20, 20, 20]) == []


def test_the_reference_is_the_best_response_so_far() -> None:
    # partial at month 3 (one B), major at month 6: against month 6 two B are new, against month 3 only one
    assert relapse(["AAC", "BCC", "CCC", "BBC"], [12, 6, 4, 5], [20, 20, 20, 20]) == [("M9", "new_b")]
    assert relapse(["AAC", "BCC", "BBC"], [12, 6, 6], [20, 20, 20]) == []


def test_a_rise_of_sledai_counts_only_with_escalation() -> None:
    assert relapse(["ABC", "CCC", "CCC"], [12, 4, 8], [20, 10, 15]) == [("M6", "sledai")]
    assert relapse(["ABC", "CCC", "CCC"], [12, 4, 8], [20, 10, 10]) == []
    assert relapse(["ABC", "CCC", "CCC"], [12, 4, 7], [20, 10, 15]) == []


def test_the_nadir_reaches_back_before_the_response() -> None:
    # the lowest SLEDAI is that of month 3, before the response at month 6
    assert relapse(["ABC", "ABC", "CCC", "CCC"], [12, 2, 5, 6], [20, 10, 10, 15]) == [("M9", "sledai")]


def test_why_names_the_visit_compared_with() -> None:
    visits = ["M0", "M3", "M6"]
    rows = [
        (v, s, g)
        for v, grades in zip(visits, ["ABC", "CCC", "ACC"], strict=True)
        for s, g in zip(SYSTEMS, grades, strict=True)
    ]
    trial = ms.Trial(
        subjects={"usubjid": ["A"]},
        infusions={"usubjid": ["A"], "date": [DATES["M0"]]},
        visits={
            "usubjid": ["A"] * 3,
            "visit": visits,
            "date": [DATES[v] for v in visits],
            "planned_month": [0.0, 3.0, 6.0],
        },
        bilag={
            "usubjid": ["A"] * len(rows),
            "visit": [r[0] for r in rows],
            "version": ["classic"] * len(rows),
            "system": [r[1] for r in rows],
            "grade": [r[2] for r in rows],
        },
        sledai={"usubjid": ["A"] * 3, "visit": visits, "total": [12, 4, 4]},
        medications={
            "usubjid": ["A"],
            "drug": ["prednisone"],
            "dose": [10.0],
            "unit": ["mg"],
            "route": ["oral"],
            "frequency": ["daily"],
            "start_date": ["2009-01-01"],
        },
    )
    found = ms.endpoints.flares(trial, "msct_relapse", response="msct_state", renal="no")
    assert "newly A against M3: holds" in str(found.why(subject="A", visit="M6"))
