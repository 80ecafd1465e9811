"""Vectors of the flare indices and of the SLE-DAS as endpoints over visits, and the EXPLORER responses by hand."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

import mscsle as ms
from mscsle.exceptions import DataError

DAYS = {"M0": 0, "M3": 91, "M6": 183, "M9": 274, "M12": 365}


def date(day: int) -> str:
    return str(datetime.date(2009, 3, 14) + datetime.timedelta(days=day))


def trial(**tables: Any) -> ms.Trial:
    """One subject `A` with visits at months 0, 3, 6, 9 and 12 and further tables."""
    return ms.Trial(
        subjects={"usubjid": ["A"]},
        infusions={"usubjid": ["A"], "date": [date(0)]},
        visits={
            "usubjid": ["A"] * 5,
            "visit": list(DAYS),
            "date": [date(d) for d in DAYS.values()],
            "planned_month": [0.0, 3.0, 6.0, 9.0, 12.0],
        },
        **tables,
    )


def totals(*values: int) -> dict[str, list[Any]]:
    return {"usubjid": ["A"] * len(values), "visit": list(DAYS)[: len(values)], "total": list(values)}


def at_m3(data: ms.Trial, **parameters: float | str) -> list[str]:
    return list(ms.endpoints.flares(data, "sfi", **parameters).table["branch"])


@pytest.mark.parametrize(
    ("before", "now", "flare"), [(6, 9, ["mild_moderate"]), (10, 13, ["severe"]), (14, 13, []), (6, 8, [])]
)
def test_vector_51_sledai_alone(before: int, now: int, flare: list[str]) -> None:
    assert at_m3(trial(sledai=totals(before, now))) == flare


@pytest.mark.parametrize(("before", "now", "flare"), [(0.8, 1.8, ["mild_moderate"]), (1.0, 2.6, ["severe"])])
def test_vector_52_global_assessment_alone(before: float, now: float, flare: list[str]) -> None:
    pga = {"usubjid": ["A"] * 2, "visit": ["M0", "M3"], "value": [before, now], "scale_max": [3.0, 3.0]}
    assert at_m3(trial(sledai=totals(4, 4), pga=pga)) == flare


@pytest.mark.parametrize(("now", "flare"), [(20.0, ["mild_moderate"]), (40.0, ["severe"])])
def test_vector_53_prednisone_alone(now: float, flare: list[str]) -> None:
    medications = {
        "usubjid": ["A"] * 2,
        "drug": ["prednisone"] * 2,
        "dose": [5.0, now],
        "unit": ["mg"] * 2,
        "route": ["oral"] * 2,
        "frequency": ["daily"] * 2,
        "start_date": [date(-30), date(60)],
        "end_date": [date(59), None],
    }
    vitals = {"usubjid": ["A"], "visit": ["M0"], "weight_kg": [60.0]}
    assert at_m3(trial(sledai=totals(4, 4), medications=medications, vitals=vitals)) == flare


def test_the_modified_index_drops_sledai_above_12() -> None:
    assert at_m3(trial(sledai=totals(10, 13)), index="modified") == ["mild_moderate"]
    assert at_m3(trial(sledai=totals(11, 13)), index="modified") == []
    assert at_m3(trial(sledai=totals(14, 17)), severe_sledai="crossing_12") == [], "counts neither way"
    assert at_m3(trial(sledai=totals(11, 13)), severe_sledai="increase_3") == []


def test_a_severe_manifestation_asks_for_its_treatment() -> None:
    recorded = {"usubjid": ["A"], "visit": ["M3"], "what": ["sfi_severe_manifestation"], "value": ["yes"]}
    assert at_m3(trial(sledai=totals(4, 4), assessments=recorded)) == ["mild_moderate"]
    admitted = {
        "usubjid": ["A"] * 2,
        "visit": ["M3"] * 2,
        "what": ["sfi_severe_manifestation", "hospitalised_for_lupus"],
        "value": ["yes"] * 2,
    }
    assert at_m3(trial(sledai=totals(4, 4), assessments=admitted)) == ["severe"]


def test_a_new_drug_counts_since_the_visit_before() -> None:
    drug = {
        "usubjid": ["A"],
        "drug": ["Cyclophosphamide"],
        "dose": [750.0],
        "unit": ["mg"],
        "route": ["iv"],
        "frequency": ["monthly"],
        "start_date": [date(100)],
    }
    found = ms.endpoints.flares(trial(sledai=totals(4, 4, 4, 4), medications=drug), "sfi")
    assert (found.table["visit"], found.table["branch"]) == (["M6"], ["severe"])


@pytest.mark.parametrize(
    ("total", "state"),
    [("2.08", "REMISSION"), ("2.09", "MILD"), ("7.64", "MILD"), ("7.65", "MODERATE_SEVERE"), ("none", "not_assessed")],
)
def test_vector_60_sle_das_states(total: str, state: str) -> None:
    data = trial(
        assessments={"usubjid": ["A"] * 2, "visit": ["M0", "M3"], "what": ["sle_das"] * 2, "value": ["9", total]}
    )
    found = ms.endpoints.response(data, "sle_das")
    assert found.states.state[0] == state
    assert len(found.findings) == (1 if total == "none" else 0), "a score that is no number is named"


def test_sle_das_flare_by_the_meaningful_change() -> None:
    def flares(*values: str) -> list[str]:
        n = len(values)
        data = trial(
            assessments={"usubjid": ["A"] * n, "visit": list(DAYS)[:n], "what": ["sle_das"] * n, "value": list(values)}
        )
        return list(ms.endpoints.flares(data, "sle_das_flare").table["visit"])

    assert flares("1.12", "2.83", "4.55") == ["M6"], "1.71 is less than 1.72, 1.72 is enough"


def test_revised_flare_index_from_organ_grades() -> None:
    organs = ("mucocutaneous", "musculoskeletal", "cardiopulmonary", "haematological")
    organs += ("constitutional", "renal", "neurological", "gastrointestinal")

    def found(**grades: str) -> ms.endpoints.Flares:
        rows = [("M3", f"sfi_{o}", grades.get(o, "none")) for o in organs if grades.get(o) != ""]
        columns = {"usubjid": ["A"] * len(rows), "visit": [r[0] for r in rows]}
        return ms.endpoints.flares(
            trial(assessments={**columns, "what": [r[1] for r in rows], "value": [r[2] for r in rows]}), "sfi_revised"
        )

    assert found().table["branch"] == []
    assert found(renal="moderate", neurological="1").table["branch"] == ["moderate"]
    assert found(renal="severe", neurological="").table["branch"] == ["severe"], "nothing can be higher"
    open_organ = found(neurological="")
    assert (open_organ.table["branch"], open_organ.n_undecided) == ([], 4), (
        "open at month 3, and not graded at all later"
    )


SYSTEMS = ("general", "mucocutaneous", "neurological", "musculoskeletal", "cardiorespiratory", "vasculitis", "renal")


def explorer(*visits: str, **parameters: float | str) -> ms.endpoints.Response:
    """Letters of general, mucocutaneous, neurological, ... at months 0, 3, 6, 9, 12."""
    rows = [(v, s, g) for v, letters in zip(DAYS, visits, strict=False) for s, g in zip(SYSTEMS, letters, strict=False)]
    data = trial(
        bilag={
            "usubjid": ["A"] * len(rows),
            "visit": [r[0] for r in rows],
            "version": ["classic"] * len(rows),
            "system": [r[1] for r in rows],
            "grade": [r[2] for r in rows],
        }
    )
    return ms.endpoints.response(data, "explorer", parameters=parameters)


@pytest.mark.parametrize(
    ("visits", "state", "why"),
    [
        (("AB", "CB", "CC", "CD", "CC"), "MCR", "C at week 24, kept"),
        (("AB", "AB", "CC", "CC", "BC"), "PCR", "16 weeks without a new A or B, then one"),
        (("AB", "CB", "CC", "BC", "CC"), "NCR", "a new B in the 16 weeks after week 24"),
        (("AB", "CB", "BC", "BC", "BC"), "PCR", "one B at week 24 and no new one"),
        (("AB", "CB", "BC", "CC", "BC"), "NCR", "the B comes back: new against the visit before"),
        (("ABBC", "BBCC", "BBCC", "BBCC", "BBCC"), "PCR", "two B at week 24 after an A and two B, no new domain"),
        (("ABCC", "BBCC", "BBCC", "BBCC", "BBCC"), "NCR", "two B at week 24 are too many after an A and one B"),
        (("ABBC", "BBCC", "BBCC", "ABCC", "BBCC"), "PCR", "an A in a domain of week 24 is no new domain"),
        (("ABBC", "BBCC", "BBCC", "BBCB", "BBCC"), "NCR", "a B in a new domain"),
        (("BBBB", "CCCC", "CCCC", "CCCC", "CCCC"), "MCR", "four B at baseline"),
        (("BCCB", "CABC", "CCCC", "CCCC", "CCCC"), "PCR", "a severe flare before week 24 excludes a major response"),
        (("AB", "CB", "AC", "AC", "AC"), "NCR", "an A at week 24"),
    ],
)
def test_explorer_responses(visits: tuple[str, ...], state: str, why: str) -> None:
    found = explorer(*visits)
    assert found.states.visit == ["M3", "M6", "M9", "M12"]
    assert found.states.state == ["not_assessed"] * 3 + [state], why
    assert found.by_visit().columns()["visit"] == ["M12"] * 3


def test_explorer_without_the_year_is_open() -> None:
    found = explorer("AB", "CB", "CC", "CC")
    assert found.states.state[-1] == "not_assessed"
    assert found.by_visit("assessed_at_visit").columns()["denominator"].tolist() == [0, 0, 0]
    with pytest.raises(DataError, match="needs `bilag_a`"):
        ms.endpoints.response(trial(sledai=totals(4, 4)), "explorer")


def test_explorer_says_which_visit_decided() -> None:
    why = explorer("AB", "CB", "CC", "BC", "CC").why(subject="A", visit="M12")
    period = "every visit from week 24 to week 52 (M6, M9, M12): does not hold"
    assert period in [step["sentence"] for step in why.trail]
    decided = [step["sentence"] for step in why.trail if step["decided"] and step["state"] == "MCR"]
    assert decided == ["BILAG systems graded B at M9 1 (bilag row 6) < 1 systems: does not hold"]
