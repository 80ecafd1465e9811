"""The definitions return the printed figures of Gu 2014 and Sun 2012 (lupus nephritis) from the cohort's values."""

from __future__ import annotations

from functools import cache

import pytest

import mscsle as ms


@cache
def renal(**parameters: float | str) -> ms.endpoints.RenalResponse:
    return ms.endpoints.renal_response(ms.load("gu2014"), "ginzler2005", **parameters)


def counts(result: ms.endpoints.ResponseCounts) -> dict[tuple[str, str], tuple[int, int]]:
    table = result.columns()
    visits = table.get("visit", [""] * len(table["state"]))
    rows = zip(visits, table["state"], table["numerator"].tolist(), table["denominator"].tolist(), strict=True)
    return {(v, s): (n, d) for v, s, n, d in rows}


def test_remission_by_visit_over_those_alive() -> None:
    expected = {"M3": (14, 18, 78), "M6": (14, 21, 77), "M12": (18, 16, 77)}
    found = counts(renal().by_visit("alive_at_visit"))
    assert {v: (found[v, "CR"][0], found[v, "PR"][0], found[v, "CR"][1]) for v in expected} == expected


def test_ever_in_remission_is_49_of_81() -> None:
    result = renal().ever("enrolled")
    assert counts(result)["", "response"] == (49, 81)
    table = result.columns()
    assert [round(float(table[c][-1]), 3) for c in ("percent", "lower", "upper")] == [60.494, 49.010, 71.186]


def test_losses_and_flares_are_three_counts() -> None:
    lost = counts(renal().lost("ever_responder"))
    assert lost["", "loss_of_response"] == (16, 49)
    assert lost["", "not_in_response_at_last_visit"] == (15, 49)
    flares = ms.endpoints.flares(ms.load("gu2014"), "maintain2010", response="ginzler2005")
    assert counts(flares.count("ever_responder"))["", "flare"] == (11, 49)
    assert counts(flares.count("enrolled"))["", "flare"] == (11, 81)
    assert all(visit.startswith("U") for visit in flares.table["visit"]), "all at unscheduled visits"
    assert flares.n_undecided == 0


def test_deaths_and_competing_deaths() -> None:
    times = renal().time_to("death", unit="days")
    assert int(times.event.sum()) == 4
    first = renal().time_to("first_remission", unit="months", clock="planned")
    assert sorted(set(first.time[first.event].tolist())) == [3.0, 6.0, 12.0]
    assert (int((first.cause == 1).sum()), int((first.cause == 2).sum()), int((first.cause == 0).sum())) == (49, 4, 28)


def test_every_loss_and_flare_starts_at_a_response() -> None:
    for event, n in (("loss_of_response", 16), ("flare", 11)):
        times = renal().time_to(event, unit="days")
        assert len(times) == 49 and int(times.event.sum()) == n
        assert (times.time >= 0).all() and (times.after <= times.time).all()


@pytest.mark.parametrize(
    ("parameters", "by_visit", "ever"),
    [
        ({"abnormal_above": 1.10}, [(14, 18), (14, 21), (18, 16)], 49),
        ({"improvement_of": "excess"}, [(14, 18), (14, 21), (18, 16)], 49),
        ({"rbc_normal": 10}, [(14, 18), (14, 21), (18, 16)], 49),
    ],
)
def test_readings_that_leave_the_counts_alone(
    parameters: dict[str, float | str], by_visit: list[tuple[int, int]], ever: int
) -> None:
    """Readings under which the cohort was built to give the same counts."""
    found = counts(renal(**parameters).by_visit("alive_at_visit"))
    assert [(found[v, "CR"][0], found[v, "PR"][0]) for v in ("M3", "M6", "M12")] == by_visit
    assert counts(renal(**parameters).ever("enrolled"))["", "response"] == (ever, 81)


def test_another_limit_of_creatinine_gives_other_counts() -> None:
    assert counts(renal(creatinine_uln=84).ever("enrolled"))["", "response"][0] < 49


def test_the_short_reason_names_the_measures_that_why_marks_as_deciding() -> None:
    states = renal().states
    for i in range(0, len(states), 7):
        if states.reason[i] is None or states.state[i] != "NR":
            continue
        why = renal().why(subject=states.usubjid[i], visit=states.visit[i])
        for part in states.reason[i].split("; "):
            state, measures = part.split(" fails by ")
            decided = {s["measure"] for s in why.trail if s["state"] == state and s["decided"]}
            assert set(measures.split(", ")) == decided
