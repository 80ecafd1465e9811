"""Worked vectors of SRI, BICLA, LLDAS and DORIS, each under its id, and the clinical response states."""

from __future__ import annotations

from typing import Any

import pytest

import mscsle as ms
from mscsle import _core
from mscsle.exceptions import DataError, OptionError

ITEMS = [item for item, _, _ in _core.sledai_items()]
DATES = {"S": "2009-02-01", "M0": "2009-03-14", "M6": "2009-09-13"}


def trial(
    *,
    sledai: dict[str, Any],
    bilag: dict[str, dict[str, str]] | None = None,
    pga: dict[str, float] | None = None,
    prednisone: float = 5.0,
    assessments: list[tuple[str, str, str]] | None = None,
) -> ms.Trial:
    """One subject: SLEDAI by visit as a total or as the set of active items, BILAG letters, physician global assessment."""
    visits = [v for v in DATES if v in sledai]
    totals: dict[str, list[Any]] = {"usubjid": ["A"] * len(visits), "visit": visits}
    totals |= {item: [None if isinstance(sledai[v], int) else item in sledai[v] for v in visits] for item in ITEMS}
    totals["total"] = [sledai[v] if isinstance(sledai[v], int) else None for v in visits]
    tables: dict[str, Any] = {
        "subjects": {"usubjid": ["A"]},
        "infusions": {"usubjid": ["A"], "date": [DATES["M0"]]},
        "visits": {
            "usubjid": ["A"] * len(visits),
            "visit": visits,
            "date": [DATES[v] for v in visits],
            "planned_month": [None if v == "S" else float(v[1:]) for v in visits],
        },
        "sledai": totals,
        "medications": {
            "usubjid": ["A"],
            "drug": ["prednisone"],
            "dose": [prednisone],
            "unit": ["mg"],
            "route": ["oral"],
            "frequency": ["daily"],
            "start_date": ["2009-01-01"],
        },
    }
    if bilag:
        rows = [(v, system, letter) for v, letters in bilag.items() for system, letter in letters.items()]
        tables["bilag"] = {
            "usubjid": ["A"] * len(rows),
            "visit": [r[0] for r in rows],
            "version": ["bilag-2004"] * len(rows),
            "system": [r[1] for r in rows],
            "grade": [r[2] for r in rows],
        }
    if pga:
        n = len(pga)
        tables["pga"] = {"usubjid": ["A"] * n, "visit": list(pga), "value": list(pga.values()), "scale_max": [3.0] * n}
    if assessments:
        tables["assessments"] = {
            "usubjid": ["A"] * len(assessments),
            "visit": [a[0] for a in assessments],
            "what": [a[1] for a in assessments],
            "value": [a[2] for a in assessments],
        }
    return ms.Trial(**tables)


def at_m6(result: ms.endpoints.Response) -> str:
    return result.states.state[result.states.visit.index("M6")]


def test_tv_22_a_new_a_prevents_sri() -> None:
    data = trial(
        sledai={"M0": 12, "M6": 8}, bilag={"M0": {"renal": "B"}, "M6": {"renal": "A"}}, pga={"M0": 1.5, "M6": 1.5}
    )
    found = ms.endpoints.sri(data, k=4)
    assert at_m6(found) == "NR"
    decided = {s["measure"] for s in found.why(subject="A", visit="M6").trail if s["decided"]}
    assert decided == {"bilag_new_a"}


@pytest.mark.parametrize(
    ("second", "pga", "state"), [("B", 1.29, "NR"), ("C", 1.29, "R"), ("C", 1.30, "NR"), ("C", 1.295, "R")]
)
def test_tv_23_two_new_b_or_a_worse_global_assessment_prevent_sri(second: str, pga: float, state: str) -> None:
    data = trial(
        sledai={"M0": 10, "M6": 6},
        bilag={"M0": {"renal": "C", "mucocutaneous": "C"}, "M6": {"renal": "B", "mucocutaneous": second}},
        pga={"M0": 1.0, "M6": pga},
    )
    assert at_m6(ms.endpoints.sri(data, k=4)) == state


def test_tv_24_bicla_asks_every_system_to_improve_sri_does_not() -> None:
    data = trial(
        sledai={"M0": 14, "M6": 8},
        bilag={"M0": {"renal": "A", "mucocutaneous": "B"}, "M6": {"renal": "B", "mucocutaneous": "B"}},
        pga={"M0": 1.5, "M6": 1.5},
    )
    assert at_m6(ms.endpoints.bicla(data)) == "NR"
    assert at_m6(ms.endpoints.sri(data, k=4)) == "R"
    assert at_m6(ms.endpoints.sri(data, k=6)) == "R"
    assert at_m6(ms.endpoints.sri(data, k=7)) == "NR"


def test_tv_25_low_activity_and_remission() -> None:
    serology = {"low_complement", "increased_dna_binding"}

    def states(items: set[str], pga: float, prednisone: float) -> tuple[str, str]:
        data = trial(sledai={"M0": items, "M6": items}, pga={"M0": pga, "M6": pga}, prednisone=prednisone)
        return at_m6(ms.endpoints.lldas(data)), at_m6(ms.endpoints.doris(data))

    assert states(serology, 0.4, 5.0) == ("LLDAS", "REMISSION")
    assert states(serology, 0.4, 7.5) == ("LLDAS", "NR")
    assert states(serology, 0.5, 5.0) == ("LLDAS", "NR")
    assert states({"proteinuria"}, 0.4, 5.0) == ("NR", "NR")


def test_remission_below_five_is_another_reading() -> None:
    data = trial(sledai={"M0": set(), "M6": set()}, pga={"M0": 0.4, "M6": 0.4}, prednisone=5.0)
    assert at_m6(ms.endpoints.doris(data)) == "REMISSION"
    assert at_m6(ms.endpoints.doris(data, steroid_edge="below")) == "NR"


def test_new_activity_excludes_low_disease_activity() -> None:
    data = trial(sledai={"M0": {"rash"}, "M6": {"alopecia"}}, pga={"M0": 0.4, "M6": 0.4})
    assert at_m6(ms.endpoints.lldas(data)) == "NR"


def test_the_first_assessment_leaves_new_activity_open() -> None:
    data = trial(sledai={"M6": {"rash"}}, pga={"M6": 0.4})
    assert at_m6(ms.endpoints.lldas(data)) == "unknown"
    worse = trial(sledai={"M6": {"rash"}}, pga={"M6": 2.0})
    assert at_m6(ms.endpoints.lldas(worse)) == "NR"


def test_bicla_without_a_or_b_is_not_evaluable() -> None:
    data = trial(
        sledai={"M0": 8, "M6": 4}, bilag={"M0": {"renal": "C"}, "M6": {"renal": "C"}}, pga={"M0": 1.0, "M6": 1.0}
    )
    found = ms.endpoints.bicla(data)
    assert at_m6(found) == "NR"
    assert found.states.cr_evaluable.tolist() == [0]


def test_bicla_global_assessment_has_two_edges() -> None:
    data = trial(
        sledai={"M0": 8, "M6": 8}, bilag={"M0": {"renal": "B"}, "M6": {"renal": "C"}}, pga={"M0": 1.0, "M6": 1.3}
    )
    assert (at_m6(ms.endpoints.bicla(data)), at_m6(ms.endpoints.bicla(data, pga_rule="tulip"))) == ("R", "NR")


def test_a_missing_letter_is_not_inactive() -> None:
    """Without the letter of a system that was A at baseline, nothing says that it improved."""
    data = trial(
        sledai={"M0": 12, "M6": 4},
        bilag={"M0": {"renal": "A", "mucocutaneous": "C"}, "M6": {"mucocutaneous": "C"}},
        pga={"M0": 1.0, "M6": 1.0},
    )
    assert at_m6(ms.endpoints.bicla(data)) == "unknown"
    assert at_m6(ms.endpoints.sri(data)) == "R", "from A a system can become neither a new A nor a new B"
    assert at_m6(ms.endpoints.response(data, "msct_state")) == "unknown"


@pytest.mark.parametrize(
    ("strategy", "state"), [("composite", "NR"), ("treatment_policy", "R"), ("hypothetical", "unknown")]
)
def test_an_intercurrent_event_follows_the_strategy_named(strategy: str, state: str) -> None:
    data = trial(
        sledai={"M0": 12, "M6": 4},
        bilag={"M0": {"renal": "B"}, "M6": {"renal": "C"}},
        pga={"M0": 1.0, "M6": 1.0},
        assessments=[("M0", "rescue", "yes")],
    )
    assert at_m6(ms.endpoints.sri(data, intercurrent=strategy)) == state


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ({"renal": "C", "mucocutaneous": "D"}, "MCR"),
        ({"renal": "B", "mucocutaneous": "C"}, "PCR"),
        ({"renal": "B", "mucocutaneous": "B"}, "NR"),
        ({"renal": "C", "mucocutaneous": "A"}, "NR"),
        ({"renal": "C", "mucocutaneous": "B"}, "PCR"),
    ],
)
def test_clinical_response_as_a_state(now: dict[str, str], state: str) -> None:
    data = trial(sledai={"M0": 12, "M6": 4}, bilag={"M0": {"renal": "A", "mucocutaneous": "B"}, "M6": now})
    assert at_m6(ms.endpoints.response(data, "msct_state")) == state


def test_a_single_b_that_is_new_is_no_partial_response() -> None:
    data = trial(
        sledai={"M0": 12, "M6": 4},
        bilag={"M0": {"renal": "A", "mucocutaneous": "C"}, "M6": {"renal": "C", "mucocutaneous": "B"}},
    )
    assert at_m6(ms.endpoints.response(data, "msct_state")) == "NR"
    assert at_m6(ms.endpoints.response(data, "bilag_state")) == "NR"


def test_clinical_remission_of_the_five_year_report() -> None:
    def state(items: set[str], prednisone: float, letter: str) -> str:
        data = trial(
            sledai={"M0": {"arthritis", "proteinuria", "rash"}, "M6": items},
            bilag={"M0": {"renal": "A"}, "M6": {"renal": letter}},
            prednisone=prednisone,
        )
        return at_m6(ms.endpoints.response(data, "sat0244"))

    assert state({"low_complement", "increased_dna_binding"}, 10.0, "C") == "CCR"
    assert state({"low_complement"}, 12.5, "C") == "PCR2"
    assert state({"arthritis"}, 5.0, "C") == "PCR2"
    assert state({"arthritis"}, 5.0, "A") == "NR"
    assert state({"arthritis", "rash"}, 5.0, "C") == "NR"


def test_flares_against_the_visit_before() -> None:
    data = trial(
        sledai={"M0": 12, "M6": 14}, bilag={"M0": {"renal": "B"}, "M6": {"renal": "A"}}, pga={"M0": 1.0, "M6": 1.0}
    )
    found = ms.endpoints.flares(data, "bilag_flare_tulip")
    assert found.response is None and found.table["branch"] == ["new_a"]
    assert found.count().columns()["numerator"].tolist() == [1, 0, 1]
    assert found.time_to(unit="days").time.tolist() == [183.0]


def test_words_and_inputs_are_checked() -> None:
    data = trial(sledai={"M0": 12, "M6": 4})
    with pytest.raises(OptionError, match="use 4, 5, 6, 7 or 8"):
        ms.endpoints.sri(data, k=3)
    with pytest.raises(DataError, match="needs `bilag_new_a`, but table `bilag`"):
        ms.endpoints.sri(data, k=4)
