"""Every figure of Wang 2014, abstract 1409 (2012) and SAT0244 (2017) recomputed from the files, without mscsle's own code."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import cohort_tools as tools
import numpy as np
import pytest

#: Two-sided 5 % points of Student's t by degrees of freedom (R 4.2: qt(0.975, df)).
T_975 = {24: 2.063899, 25: 2.059539, 23: 2.068658, 36: 2.028094, 38: 2.024394, 39: 2.022691}

MONTHS = (0, 3, 6, 9, 12)
SLEDAI = {0: "10.83 4.63", 3: "7.43 3.93", 6: "6.30 3.63", 9: "6.40 3.84", 12: "6.48 3.52"}
PROTEIN = {0: "2.24 1.43", 9: "1.24 1.09", 12: "1.41 1.33"}


@cache
def subjects(cohort: str) -> list[tools.LupusSubject]:
    return tools.lupus_subjects(cohort)


def test_wang_best_state_by_12_months_is_13_complete_and_11_partial_of_40() -> None:
    best = [max(s.msct_states(), key=tools.ORDER.__getitem__) for s in subjects("wang2014")]
    assert (best.count("C"), best.count("P"), len(best)) == (13, 11, 40)


def test_abstract_1409_states_at_6_months_are_14_complete_and_15_partial_of_40() -> None:
    states = [s.msct_states()[2] for s in subjects("sun2012_1409")]
    assert (states.count("C"), states.count("P"), len(states)) == (14, 15, 40)


@pytest.mark.parametrize(("cohort", "responders"), [("wang2014", 24), ("sun2012_1409", 29)])
def test_relapses_are_three_at_9_and_four_at_12_months(cohort: str, responders: int) -> None:
    histories = [(s, s.msct_states()) for s in subjects(cohort)]
    assert sum(any(state != "N" for state in states) for _, states in histories) == responders
    months = [s.relapse(states) for s, states in histories]
    assert sorted(m for m in months if m is not None) == [9] * 3 + [12] * 4


@pytest.mark.parametrize(
    ("count", "denominator", "printed"), [(3, 24, "12.5"), (4, 24, "16.7"), (3, 40, "7.5"), (4, 40, "10.0")]
)
def test_relapse_percentages_are_those_of_the_two_denominators(count: int, denominator: int, printed: str) -> None:
    assert tools.half_up(Fraction(100 * count, denominator), 1) == printed


def test_deaths_of_the_paper_fall_on_days_7_192_and_256_and_the_abstract_has_none() -> None:
    assert sorted(s.death_day for s in subjects("wang2014") if s.death_day) == [7, 192, 256]
    assert not any(s.death_day for s in subjects("sun2012_1409"))


@pytest.mark.parametrize("cohort", ["wang2014", "sun2012_1409"])
@pytest.mark.parametrize("month", MONTHS)
def test_sledai_prints_as_published_over_40_with_the_dead_carried_forward(cohort: str, month: int) -> None:
    totals = [Fraction([v.total for v in s.visits if v.month <= month][-1]) for s in subjects(cohort)]
    assert (len(totals), tools.mean_sd(totals)) == (40, SLEDAI[month])


def test_files_of_the_paper_hold_observed_rows_only() -> None:
    seen = [sum(s.at(m) is not None for s in subjects("wang2014")) for m in MONTHS]
    assert seen == [40, 39, 39, 37, 37]
    assert all(s.at(m) is None or s.alive_at(m) for s in subjects("wang2014") for m in MONTHS)
    totals = [s.visits[0].total for s in subjects("wang2014")]
    assert (min(totals), max(totals)) == (7, 34)


@pytest.mark.parametrize("cohort", ["wang2014", "sun2012_1409"])
@pytest.mark.parametrize("month", PROTEIN)
def test_protein_of_the_nephritis_subset_prints_as_published(cohort: str, month: int) -> None:
    here = [s.at(month) for s in subjects(cohort) if s.stratum == "nephritis"]
    assert tools.mean_sd([v.values["protein_24h"] for v in here if v is not None]) == PROTEIN[month]


def paired_t(cohort: str, month: int, protein: bool) -> tuple[float, float]:
    """Paired t of the change from baseline, and its critical value."""
    change = []
    for s in subjects(cohort):
        now = s.at(month)
        if now is not None and (not protein or s.stratum == "nephritis"):
            first = s.visits[0]
            of = (lambda v: float(v.values["protein_24h"])) if protein else (lambda v: float(v.total))
            change.append(of(now) - of(first))
    d = np.array(change)
    return float(d.mean() / d.std(ddof=1) * math.sqrt(len(d))), T_975[len(d) - 1]


@pytest.mark.parametrize("cohort", ["wang2014", "sun2012_1409"])
def test_sentences_without_numbers_hold(cohort: str) -> None:
    for month in MONTHS[1:]:
        t, critical = paired_t(cohort, month, protein=False)
        assert t < -critical, f"SLEDAI at {month} months"
        t, critical = paired_t(cohort, month, protein=True)
        assert (t < -critical) == (month in (9, 12)), f"protein at {month} months"

    def mean(month: int, test: str) -> Fraction:
        here = [v.values[test] for s in subjects(cohort) if (v := s.at(month)) is not None]
        return sum(here, Fraction(0)) / len(here)

    bilag = []
    for month in MONTHS:
        here = [sum(map(tools.POINTS.__getitem__, v.letters.values())) for s in subjects(cohort) if (v := s.at(month))]
        bilag.append(Fraction(sum(here), len(here)))
    assert bilag == sorted(bilag, reverse=True) and len(set(bilag)) == 5
    assert min(MONTHS, key=lambda m: mean(m, "creatinine")) == 6
    assert max(MONTHS, key=lambda m: mean(m, "albumin")) == 6
    assert max(MONTHS, key=lambda m: mean(m, "c3")) == 6


def test_infusions_on_days_0_and_7_unless_dead() -> None:
    for cohort in ("wang2014", "sun2012_1409"):
        zero = tools.days(cohort)
        dead = {s.id for s in subjects(cohort) if s.death_day == 7}
        rows = tools.by_subject(tools.table(cohort, "infusions"))
        for s, infusions in rows.items():
            gaps = [(tools.date.fromisoformat(r["date"]) - zero[s]).days for r in infusions]
            assert gaps == ([0] if s in dead else [0, 7])
            assert {r["source"] for r in infusions} == {"UC"}
        assert {r["centre"] for r in tools.table(cohort, "subjects")} == {"1", "2", "3", "4"}


def test_adverse_events_of_the_paper_are_unrelated_and_the_abstract_reports_none() -> None:
    rows = tools.table("wang2014", "adverse_events")
    terms = [r["term"] for r in rows]
    assert {t: terms.count(t) for t in set(terms)} == {"herpes zoster": 3, "tuberculosis": 1, "death": 3}
    assert len({r["usubjid"] for r in rows if r["term"] == "herpes zoster"}) == 2
    assert {r["related"] for r in rows} == {"0"}
    assert tools.table("sun2012_1409", "adverse_events") == []


def test_sat0244_has_13_deaths_in_five_years() -> None:
    dead = [s for s in subjects("sat0244") if s.death_day is not None and s.death_day <= 60 * tools.MONTH]
    assert (len(dead), len(subjects("sat0244"))) == (13, 81)


def test_sat0244_remission_at_five_years_and_ever() -> None:
    histories = [(s, s.clinical_states()) for s in subjects("sat0244")]
    last = [states[-1] for s, states in histories if s.death_day is None]
    assert (last.count("C"), last.count("P"), len(last)) == (22, 6, 68)
    best = [max(states, key=tools.ORDER.__getitem__) for _, states in histories]
    assert (best.count("C"), best.count("P")) == (27, 10)


def test_sat0244_has_9_relapses_among_37_and_28_still_in_remission() -> None:
    histories = [(s, s.clinical_states()) for s in subjects("sat0244")]
    relapsed = [s.relapse(states) is not None for s, states in histories]
    still = [s.death_day is None and states[-1] != "N" for s, states in histories]
    ever = [any(x != "N" for x in states) for _, states in histories]
    assert (sum(relapsed), sum(still), sum(ever)) == (9, 28, 37)


def test_sat0244_patients_are_eligible_and_infused_one_to_five_times() -> None:
    for s in subjects("sat0244"):
        grades = list(s.visits[0].letters.values())
        assert s.visits[0].total >= 8 or "A" in grades or grades.count("B") >= 2
    rows = tools.by_subject(tools.table("sat0244", "infusions"))
    counts = {len(r) for r in rows.values()}
    assert min(counts) == 1 and max(counts) <= 5 and len(counts) > 2
    sources = {frozenset(r["source"] for r in infusions) for infusions in rows.values()}
    assert sources == {frozenset({"BM"}), frozenset({"UC"}), frozenset({"BM", "UC"})}
    assert {r["cells_per_kg"] for infusions in rows.values() for r in infusions} == {"1000000"}


def test_sat0244_means_improve_from_0_to_12_to_60_months() -> None:
    def mean(month: int, test: str) -> Fraction:
        here = [
            Fraction(v.total) if test == "sledai" else v.values[test]
            for s in subjects("sat0244")
            if (v := s.at(month)) is not None
        ]
        return sum(here, Fraction(0)) / len(here)

    for test in ("sledai", "protein_24h"):
        assert mean(0, test) > mean(12, test) > mean(60, test)
    for test in ("albumin", "c3", "leucocytes", "platelets"):
        assert mean(0, test) < mean(12, test) < mean(60, test)


@pytest.mark.parametrize(("cohort", "rows"), [("wang2014", 192), ("sun2012_1409", 200), ("sat0244", None)])
def test_items_add_to_the_total_and_no_item_contradicts_its_value(cohort: str, rows: int | None) -> None:
    sledai = tools.table(cohort, "sledai")
    assert rows is None or len(sledai) == rows
    for row in sledai:
        assert sum(w for item, w in tools.WEIGHTS.items() if row[item] == "1") == int(row["total"])
    checks, wrong = tools.items_that_contradict_a_value(sledai, tools.table(cohort, "labs"))
    assert checks == 7 * len(sledai) and not wrong
