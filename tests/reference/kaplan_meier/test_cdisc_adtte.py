"""The time-to-event data of the CDISC pilot (254 patients) through `cnsr=`, against lifelines 0.30.3."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

import mscsle as ms

DATA = Path(__file__).parents[2] / "data" / "cdisc" / "adtte.json"
LIBRARIES = ["pandas", "polars", "pyarrow"]


@pytest.fixture(scope="module", params=LIBRARIES)
def adtte(request: pytest.FixtureRequest) -> Any:
    raw = json.loads(DATA.read_text())
    names = [column["name"] for column in raw["columns"]]
    columns = {n: [row[names.index(n)] for row in raw["rows"]] for n in ("AVAL", "CNSR", "TRTP", "PARAMCD")}
    assert set(columns.pop("PARAMCD")) == {"TTDE"}
    module = importlib.import_module(request.param)
    return (module.table if request.param == "pyarrow" else module.DataFrame)(columns)


def test_subjects_events_medians_and_limits(adtte: Any) -> None:
    km = ms.kaplan_meier("AVAL", cnsr="CNSR", data=adtte, by="TRTP", like="sas")
    by_group = {curve.group: curve for curve in km}
    placebo, high, low = (
        next(g for g in by_group if g.startswith(s)) for s in ("Placebo", "Xanomeline H", "Xanomeline L")
    )
    assert [by_group[g].n for g in (placebo, high, low)] == [86, 84, 84]
    assert [by_group[g].n_events for g in (placebo, high, low)] == [29, 61, 62]
    assert isinstance(km.median, dict)
    assert [km.median[g] for g in (placebo, high, low)] == [None, 36, 33]
    quantiles = km.quantile(0.5)
    limits = dict(zip(quantiles.group, zip(quantiles.lower, quantiles.upper, strict=True), strict=True))
    assert limits[high] == (23, 46)
    assert limits[low] == (27, 48)
    at_90 = dict(zip(km.groups, km.at(90).survival, strict=True))
    expected = {placebo: 0.671472, high: 0.137881, low: 0.238437}
    assert at_90 == pytest.approx(expected, abs=5e-7)


def test_three_arm_logrank(adtte: Any) -> None:
    test = ms.logrank("AVAL", cnsr="CNSR", data=adtte, by="TRTP")
    assert test.df == 2
    assert test.statistic == pytest.approx(60.2695567, abs=5e-8)
    assert test.p_value == pytest.approx(8.18e-14, rel=1e-3)
