"""Every figure of Gu 2014 and Sun 2012 (lupus nephritis) recomputed from the cohort's files, without mscsle's own code."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import cohort_tools as tools
import numpy as np
import pytest

COHORT = "gu2014"


class Subject:
    """Values, states and times of one subject, from the files alone."""

    def __init__(self, zero: date, visits: list[dict[str, str]], labs: list[dict[str, str]], status: dict[str, str]):
        self.zero = zero
        self.death_day = (date.fromisoformat(status["death_date"]) - zero).days if status["death_date"] else None
        self.visits = []
        for row in sorted(visits, key=lambda r: r["date"]):
            values = {r["test"]: Fraction(r["value"]) for r in labs if r["visit"] == row["visit"]}
            day = (date.fromisoformat(row["date"]) - zero).days
            self.visits.append((day, row["planned_month"], values))
        self.planned = [v for v in self.visits if v[1]]
        base = self.planned[0][2]
        self.states = {int(m): self._response(base, now) for _, m, now in self.planned[1:]}
        self.first = next((day for day, m, _ in self.planned[1:] if self.states[int(m)] != "NR"), None)

    @staticmethod
    def _response(base: dict[str, Fraction], now: dict[str, Fraction]) -> str:
        """Ginzler 2005: complete = creatinine, protein and red cells within 110 % of normal; partial = each abnormal
        measure halved and none above 110 % of baseline."""
        normal = {"creatinine": Fraction(133), "protein_24h": Fraction(3, 10), "urine_rbc": Fraction(5)}
        tolerance = Fraction(11, 10)
        if all(now[k] <= tolerance * normal[k] for k in normal):
            return "CR"
        if any(now[k] > tolerance * base[k] for k in normal):
            return "NR"
        return "NR" if any(base[k] > normal[k] and now[k] > base[k] / 2 for k in normal) else "PR"

    def flares(self) -> list[tuple[int, str, bool]]:
        """MAINTAIN 2010 after the first response: day, branch, whether the visit was unscheduled."""
        if self.first is None:
            return []
        unscheduled = {day: month == "" for day, month, _ in self.visits}
        flares = tools.renal_flares([(day, values) for day, _, values in self.visits], self.first)
        return [(day, branch, unscheduled[day]) for day, branch in flares]

    def alive_at(self, month: int) -> bool:
        return self.death_day is None or self.death_day > month * tools.MONTH


@pytest.fixture(scope="module")
def subjects() -> dict[str, Subject]:
    zero = tools.days(COHORT)
    visits, labs = (tools.by_subject(tools.table(COHORT, t)) for t in ("visits", "labs"))
    status = {r["usubjid"]: r for r in tools.table(COHORT, "status")}
    return {s: Subject(zero[s], visits[s], labs[s], status[s]) for s in zero}


def values_at(name: str, visit: str, column: str, **where: str) -> list[Fraction]:
    rows = tools.table(COHORT, name)
    return [Fraction(r[column]) for r in rows if r["visit"] == visit and all(r[k] == v for k, v in where.items())]


@pytest.mark.parametrize(("month", "printed"), [(3, (14, 18, 78)), (6, (14, 21, 77)), (12, (18, 16, 77))])
def test_remission_by_visit_over_those_alive(
    subjects: dict[str, Subject], month: int, printed: tuple[int, ...]
) -> None:
    here = [s.states[month] for s in subjects.values() if s.alive_at(month)]
    assert (here.count("CR"), here.count("PR"), len(here)) == printed


def test_49_of_81_ever_in_remission_and_11_of_49_flare_at_unscheduled_visits(subjects: dict[str, Subject]) -> None:
    flares = [s.flares() for s in subjects.values()]
    assert len(subjects) == 81
    assert sum(s.first is not None for s in subjects.values()) == 49
    assert sum(bool(f) for f in flares) == 11
    assert all(unscheduled for f in flares for _, _, unscheduled in f[:1])
    branches = [f[0][1] for f in flares if f]
    assert {b: branches.count(b) for b in branches} == {"nephrotic": 5, "creatinine": 3, "protein": 3}


def test_16_ever_lose_a_response_and_15_are_without_at_12_months(subjects: dict[str, Subject]) -> None:
    ever, last = 0, 0
    for s in subjects.values():
        states = [s.states[m] for m in sorted(s.states)]
        responses = [i for i, state in enumerate(states) if state != "NR"]
        if responses:
            ever += "NR" in states[responses[0] :]
            last += states[-1] == "NR"
    assert (ever, last) == (16, 15)


def test_four_deaths_and_nobody_lost(subjects: dict[str, Subject]) -> None:
    assert sorted(s.death_day for s in subjects.values() if s.death_day is not None) == [36, 58, 79, 155]
    status = tools.table(COHORT, "status")
    assert {r["death_cause"] for r in status if r["death_date"]} == {"uncontrolled lupus nephritis"}
    for row in status:
        followed = (date.fromisoformat(row["last_contact_date"]) - subjects[row["usubjid"]].zero).days
        assert followed > 12 * tools.MONTH - 1 or row["death_date"] == row["last_contact_date"]


@pytest.mark.parametrize(("visit", "n", "printed"), [("M0", 81, "13.11 4.20"), ("M12", 77, "5.48 2.77")])
def test_sledai_prints_as_published(visit: str, n: int, printed: str) -> None:
    totals = values_at("sledai", visit, "total")
    assert (len(totals), tools.mean_sd(totals)) == (n, printed)


@pytest.mark.parametrize(("visit", "n", "printed"), [("M0", 81, "58.55 19.16"), ("M12", 77, "69.51 27.93")])
def test_gfr_prints_as_published(visit: str, n: int, printed: str) -> None:
    values = values_at("labs", visit, "value", test="gfr")
    assert (len(values), tools.mean_sd(values)) == (n, printed)


@pytest.mark.parametrize(
    ("visit", "counts", "printed"),
    [("M0", {"A": 20, "B": 61}, "4.48 2.60"), ("M12", {"B": 10, "C": 54, "D": 13}, "1.09 0.83")],
)
def test_renal_letters_are_the_only_counts_that_print_so(visit: str, counts: dict[str, int], printed: str) -> None:
    letters = [r["grade"] for r in tools.table(COHORT, "bilag") if r["visit"] == visit and r["system"] == "renal"]
    assert {g: letters.count(g) for g in sorted(set(letters))} == counts
    assert tools.mean_sd([Fraction({"A": 9, "B": 3, "C": 1, "D": 0}[g]) for g in letters]) == printed


def test_items_add_to_the_recorded_total_and_no_item_contradicts_its_value() -> None:
    sledai, labs = tools.table(COHORT, "sledai"), tools.table(COHORT, "labs")
    assert len(sledai) == 81 + 78 + 77 + 77
    for row in sledai:
        assert sum(w for item, w in tools.WEIGHTS.items() if row[item] == "1") == int(row["total"])
    checks, wrong = tools.items_that_contradict_a_value(sledai, labs)
    assert checks == 5 * len(sledai) and not wrong


def first_remission(subjects: dict[str, Subject]) -> tuple[np.ndarray, np.ndarray]:
    """Planned months to the first remission; death censors."""
    planned = {91: 3.0, 183: 6.0, 365: 12.0}
    time = [
        planned[s.first]
        if s.first is not None
        else float(s.death_day / tools.MONTH)
        if s.death_day is not None
        else 12.0
        for s in subjects.values()
    ]
    return np.array(time), np.array([s.first is not None for s in subjects.values()])


@pytest.mark.parametrize(
    ("test", "printed", "hazard_ratio"),
    [("protein_24h", ("0.336", "0.794", "0.003"), 0.516511), ("creatinine", ("0.224", "0.990", "0.047"), 0.470914)],
)
def test_cox_models_print_the_published_intervals(
    subjects: dict[str, Subject], test: str, printed: tuple[str, str, str], hazard_ratio: float
) -> None:
    time, event = first_remission(subjects)
    x = np.log([float(s.planned[0][2][test]) for s in subjects.values()])
    beta, se = tools.cox(time, event, x)
    assert tools.wald(beta, se)[:3] == printed
    # what the rounding of the printed limits allows
    assert abs(np.exp(beta) - hazard_ratio) < 0.00065


def test_age_duration_source_and_sledai_are_not_associated(subjects: dict[str, Subject]) -> None:
    time, event = first_remission(subjects)
    rows = {r["usubjid"]: r for r in tools.table(COHORT, "subjects")}
    source = {r["usubjid"]: r["source"] for r in tools.table(COHORT, "infusions")}
    sledai = {r["usubjid"]: r["total"] for r in tools.table(COHORT, "sledai") if r["visit"] == "M0"}
    covariates = {
        "age": [float(rows[s]["age"]) for s in subjects],
        "duration": [float(rows[s]["disease_duration_months"]) for s in subjects],
        "source": [float(source[s] == "UC") for s in subjects],
        "sledai": [float(sledai[s]) for s in subjects],
    }
    p = {name: tools.wald(*tools.cox(time, event, np.array(x)))[3] for name, x in covariates.items()}
    assert all(value > 0.05 for value in p.values()), p


def test_calendar_is_that_of_the_study(subjects: dict[str, Subject]) -> None:
    planned = {"0": 0, "3": 91, "6": 183, "12": 365}
    for s in subjects.values():
        assert date(2007, 1, 1) <= s.zero <= date(2010, 12, 31) and s.zero.weekday() < 5
        assert [planned[m] for _, m, _ in s.planned] == [day for day, _, _ in s.planned]
        assert all(s.death_day is None or day <= s.death_day for day, _, _ in s.visits)
    for row in tools.table(COHORT, "subjects"):
        gap = subjects[row["usubjid"]].zero - date.fromisoformat(row["enrolled_date"])
        assert timedelta(days=3) <= gap <= timedelta(days=14)
        assert row["enrolled_date"] >= "2007"
    assert tools.table(COHORT, "adverse_events") == []


def test_twelve_patients_have_creatinine_above_the_limit(subjects: dict[str, Subject]) -> None:
    high = [s for s in subjects.values() if s.planned[0][2]["creatinine"] > 133]
    assert len(high) == 12
    assert sum(s.first is not None for s in high) == 3
