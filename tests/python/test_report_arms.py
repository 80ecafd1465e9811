"""A trial with arms: what is of all arms says so, limits have the level of the plan, late visits are counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.report import parse_plan

PLAN = """
format = 1
id = "arms"
title = "Two arms"
single_arm = {single}
visits = [{{ label = "M0", month = 0 }}, {{ label = "M3", month = 3 }}, {{ label = "M6", month = 6 }}]
[confidence]
level = {level}
[response]
definition = "ginzler2005"
[flare]
definition = "maintain2010"
"""


def two_arms(late_days: int = 0) -> Any:
    """Eight patients, four an arm; protein falls in all but one; the visit of month 6 may be late. No albumin, no C3."""
    ids = [f"S{i}" for i in range(8)]
    days = {"M0": "2024-01-01", "M3": "2024-03-30", "M6": str(np.datetime64("2024-07-01") + late_days)}
    arm = ["MSC", "placebo"] * 4
    rows = [(s, v, d) for s in ids for v, d in days.items()]
    protein = {"M0": 4.0, "M3": 3.9, "M6": 0.9}
    value = [3.9 if s == "S7" else protein[v] for s, v, _ in rows]
    visit = {"usubjid": [r[0] for r in rows], "visit": [r[1] for r in rows], "date": [r[2] for r in rows]}
    n = len(rows)
    labs = {
        **{k: v * 3 for k, v in visit.items()},
        "test": ["protein_24h"] * n + ["creatinine"] * n + ["urine_rbc"] * n,
        "value": [*value, *[80.0] * n, *[2.0] * n],
        "unit": ["g/24 h"] * n + ["umol/L"] * n + ["/hpf"] * n,
        "uln": [0.15] * n + [104.0] * n + [5.0] * n,
    }
    return ms.Trial(
        subjects={"usubjid": ids, "arm": arm, "age": [30.0 + i for i in range(8)]},
        infusions={"usubjid": ids, "date": ["2024-01-01"] * 8},
        visits={**visit, "planned_month": [{"M0": 0.0, "M3": 3.0, "M6": 6.0}[v] for v in visit["visit"]]},
        labs=labs,
        status={
            "usubjid": ids,
            "last_contact_date": [None, *["2024-08-01"] * 7],
            "death_date": ["2024-07-20", *[None] * 7],
        },
    )


def run(analyses: str, *, single: str = "false", level: float = 0.95, late_days: int = 0) -> Any:
    plan = parse_plan(PLAN.format(single=single, level=level) + analyses)
    return ms.run(plan, data=two_arms(late_days), progress=False)


def page(report: Any) -> str:
    return str(report.to_html())


@pytest.mark.parametrize("kind", ["response", "cumulative_incidence", "survival"])
def test_an_analysis_of_all_arms_says_so(kind: str) -> None:
    words = "All arms together (MSC, placebo)"
    assert words in page(run(f'[[analyses]]\nkind = "{kind}"\n'))
    assert words not in page(run(f'[[analyses]]\nkind = "{kind}"\n', single="true"))


def test_an_analysis_by_arm_does_not_say_that_arms_are_together() -> None:
    report = page(run('[[analyses]]\nkind = "survival"\nby = "arm"\n'))
    assert "All arms together" not in report


def test_a_change_in_one_group_names_the_group() -> None:
    change = '[[analyses]]\nkind = "change"\nmeasure = "protein_24h"\nby = "arm"\ngroup = "MSC"\n'
    assert "Only patients with" in page(run(change))


@pytest.mark.parametrize("group", ["", 'group = "MCS"\n'])
def test_a_change_by_arm_without_a_group_of_the_data_is_left_out_and_names_them(group: str) -> None:
    report = run(f'[[analyses]]\nkind = "change"\nmeasure = "protein_24h"\nby = "arm"\n{group}')
    assert "the groups are `MSC`, `placebo`" in " ".join(report.skipped.values())


def test_limits_of_the_incidence_have_the_level_of_the_plan() -> None:
    incidence = '[time]\nclock = "planned"\n[[analyses]]\nkind = "cumulative_incidence"\ntimes = [6]\n'
    wide = run(incidence, level=0.95).tables["cumulative_incidence"].columns()
    narrow = run(incidence, level=0.5).tables["cumulative_incidence"].columns()
    assert wide["incidence"][0] == narrow["incidence"][0] == 0.875
    assert wide["lower"][0] < narrow["lower"][0] < 0.875 < narrow["upper"][0] < wide["upper"][0]


def test_responses_seen_after_the_exact_day_of_their_month_are_counted() -> None:
    incidence = '[[analyses]]\nkind = "cumulative_incidence"\ntimes = [3, 6]\n'
    assert "(month 6: 7)" in page(run(incidence, late_days=5))
    assert "after its exact day" not in page(run(incidence, late_days=-10))


def test_a_transform_names_the_unit_of_its_hazard_ratio() -> None:
    cox = '[[analyses]]\nkind = "cox"\ncovariates = [{ name = "age", transform = "log2" }]\n'
    assert list(run(cox).tables["cox"].columns()["unit"]) == ["per doubling"]


def test_deaths_are_listed_when_flares_cannot_be() -> None:
    report = run('[[analyses]]\nkind = "listings"\n')
    assert list(report.tables["listing_deaths"].columns()["usubjid"]) == ["S0"]
    assert "Flares are not listed: " in page(report)


def test_a_waterfall_of_one_visit_takes_the_baseline_by_itself() -> None:
    report = run('[[analyses]]\nkind = "waterfall"\nmeasure = "protein_24h"\nvisits = ["M6"]\nreference = [-50]\n')
    fact = report.facts.get("waterfall_protein_24h/reached/-50")
    assert (fact.numerator, fact.denominator) == (7, 8)
