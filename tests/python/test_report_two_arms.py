"""The comparison of two arms in a report, counted again from the tables by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.report import parse_plan

PLAN = """
format = 1
id = "arms"
title = "Arms"
single_arm = false
visits = [{ label = "M0", month = 0 }, { label = "M3", month = 3 }, { label = "M12", month = 12 }]
[response]
definition = "ginzler2005"
[time]
clock = "planned"
[[analyses]]
kind = "arms"
reference = "control"
denominator = "enrolled"
measures = [{ name = "sledai", label = "SLEDAI" }]
times = [6, 12]
[[analyses]]
kind = "cumulative_incidence"
by = "arm"
"""


@pytest.fixture(scope="module")
def trial() -> ms.Trial:
    tables = {k: {n: list(c) for n, c in t.items()} for k, t in ms.load("gu2014", library="numpy").tables.items()}
    who = tables["subjects"]["usubjid"]
    tables["subjects"]["arm"] = ["cells" if i % 2 else "control" for i in range(len(who))]
    return ms.Trial(**tables)


@pytest.fixture(scope="module")
def report(trial: ms.Trial) -> Any:
    return ms.run(parse_plan(PLAN), data=trial, progress=False)


def arm_of(trial: ms.Trial) -> dict[str, str]:
    subjects = trial.tables["subjects"]
    return dict(zip(subjects["usubjid"], subjects["arm"], strict=True))


def test_responses_are_those_of_the_patients_of_each_arm(report: Any, trial: ms.Trial) -> None:
    arm = arm_of(trial)
    states = ms.endpoints.renal_response(trial, definition="ginzler2005").columns()
    table = report.tables["arms_response"].columns()
    for i, visit in enumerate(table["visit"]):
        responders = [
            s
            for s, v, r in zip(states["usubjid"], states["visit"], states["response"], strict=True)
            if v == visit and r == 1
        ]
        x1 = sum(arm[s] == "cells" for s in responders)
        x0 = sum(arm[s] == "control" for s in responders)
        assert (table["x1"][i], table["n1"][i], table["x0"][i], table["n0"][i]) == (x1, 40, x0, 41)
        assert table["difference"][i] == pytest.approx(x1 / 40 - x0 / 41, abs=1e-12)


def test_change_is_compared_by_welch(report: Any, trial: ms.Trial) -> None:
    arm = arm_of(trial)
    sledai = trial.tables["sledai"]
    total = {(s, v): float(t) for s, v, t in zip(sledai["usubjid"], sledai["visit"], sledai["total"], strict=True)}
    change = {
        name: np.array([total[s, "M12"] - total[s, "M0"] for s in arm if arm[s] == name and (s, "M12") in total])
        for name in ("cells", "control")
    }
    a, b = change["cells"], change["control"]
    error = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    table = report.tables["arms_sledai"].columns()
    i = list(table["visit"]).index("M12")
    assert table["difference"][i] == pytest.approx(a.mean() - b.mean(), abs=1e-12)
    assert (table["n1"][i], table["n0"][i]) == (len(a), len(b))
    # 1.99 is the 97.5 % point of t on about 74 degrees of freedom, to two decimals
    assert (table["upper"][i] - table["lower"][i]) / (2 * error) == pytest.approx(1.99, abs=0.01)


def test_survival_names_the_reference_first(report: Any, trial: ms.Trial) -> None:
    arm = arm_of(trial)
    status = trial.tables["status"]
    dead = [arm[s] for s, d in zip(status["usubjid"], status["death_date"], strict=True) if d]
    table = report.tables["arms_survival"].columns()
    events = {a: e for q, a, e in zip(table["quantity"], table["arm"], table["estimate"], strict=True) if q == "events"}
    assert events == {"control": dead.count("control"), "cells": dead.count("cells")}
    assert "cells / control" in table["arm"]


def test_grays_test_stands_beside_the_curves(report: Any) -> None:
    fact = report.facts.get("cumulative_incidence/gray/p")
    assert fact is not None and 0 < fact.value < 1
    assert "Gray" in fact.method


def test_one_arm_is_no_comparison() -> None:
    plan = parse_plan(PLAN.replace('by = "arm"', ""))
    report = ms.run(plan, data=ms.load("gu2014", library="numpy"), progress=False)
    assert "needs two arms" in report.skipped["arms"]
