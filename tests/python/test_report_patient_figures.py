"""Figures with one mark a patient: what is drawn is what the tables hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError
from mscsle.report import parse_plan

PLAN = """
format = 1
id = "figures"
title = "Figures"
visits = [{ label = "M0", month = 0 }, { label = "M3", month = 3 }, { label = "M12", month = 12 }]
[response]
definition = "ginzler2005"
[flare]
definition = "maintain2010"
"""


def run(analyses: str) -> Any:
    return ms.run(parse_plan(PLAN + analyses), data=ms.load("gu2014", library="numpy"), progress=False)


def test_swimmer_draws_every_infusion_flare_and_death() -> None:
    report = run('[[analyses]]\nkind = "swimmer"\n')
    events = report.tables["swimmer_events"].columns()
    counts = {what: list(events["what"]).count(what) for what in set(events["what"])}
    assert counts == {"infusion": 81, "flare": 11, "death": 4}
    assert report.figures["swimmer"].svg.startswith(b"<?xml")


def test_waterfall_counts_who_reached_the_line() -> None:
    report = run('[[analyses]]\nkind = "waterfall"\nmeasure = "protein_24h"\nreference = [-50]\n')
    labs = ms.load("gu2014", library="numpy").tables["labs"]
    protein: dict[tuple[str, str], float] = {
        (s, v): float(x)
        for s, v, t, x in zip(labs["usubjid"], labs["visit"], labs["test"], labs["value"], strict=True)
        if t == "protein_24h"
    }
    best = {}
    for (subject, visit), value in protein.items():
        if visit in ("M3", "M12") and (subject, "M0") in protein:
            change = 100 * (value / protein[subject, "M0"] - 1)
            best[subject] = min(best.get(subject, np.inf), change)
    fact = report.facts.get("waterfall_protein_24h/reached/-50")
    assert fact is not None
    assert (fact.numerator, fact.denominator) == (sum(c <= -50 for c in best.values()), len(best))


def test_an_unknown_measure_is_named() -> None:
    report = run('[[analyses]]\nkind = "waterfall"\nmeasure = "haemoglobin"\n')
    assert "unknown measure `haemoglobin`" in report.skipped["waterfall_haemoglobin"]


def test_scale_is_a_word() -> None:
    with pytest.raises(OptionError, match="scale"):
        run('[[analyses]]\nkind = "waterfall"\nmeasure = "sledai"\nscale = "ratio"\n')


def test_grade_map_names_an_unknown_system() -> None:
    report = run('[[analyses]]\nkind = "grade_map"\nsystems = ["liver"]\n')
    assert "no system `liver`" in report.skipped["grade_map"]


def test_two_grades_in_one_cell_are_refused() -> None:
    with pytest.raises(DataError, match=r"row 1: patient `a` has the grades `A` and `C` at visit `M0`"):
        ms.plot.grades({"usubjid": ["a", "a"], "visit": ["M0", "M0"], "grade": ["A", "C"]})


def test_panels_keep_systems_apart() -> None:
    data = {"usubjid": ["a", "a"], "system": ["renal", "general"], "visit": ["M0", "M0"], "grade": ["A", "C"]}
    ax = ms.plot.grades(data, systems=["renal", "general"])
    assert [t.get_text() for t in ax.texts] == ["A", "C", "renal", "general"]
