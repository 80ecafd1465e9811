"""Cohorts from a table of margins."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, MissingFileError, OptionError

SPEC: dict[str, Any] = {
    "n": 60,
    "months": [0, 3, 6, 12],
    "arms": [{"name": "MSC", "n": 30}, {"name": "placebo", "n": 30}],
    "centres": 3,
    "deaths": [120],
    "withdrawals": [200, 250],
    "female": 54,
    "age": {"mean": "33.1", "sd": "8.7", "low": 18, "high": 60},
    "responses": [
        {"month": 6, "complete": 12, "partial": 15, "of": 59},
        {"month": 12, "complete": 16, "partial": 10, "of": 57},
    ],
    "ever": 32,
    "sledai": [
        {"month": 0, "mean": "12.40", "sd": "4.10", "low": 6, "of": 60},
        {"month": 12, "mean": "5.70", "sd": "3.05", "of": 57},
    ],
    "markers": [
        {"test": "protein_24h", "unit": "g/24 h", "month": 12, "mean": "1.10", "sd": "1.05", "above": "0.04"},
        {"test": "c3", "unit": "g/L", "month": 0, "mean": "0.62", "sd": "0.21", "above": "0.20", "activity": -0.5},
    ],
    "cox": [
        {
            "test": "protein_24h",
            "unit": "g/24 h",
            "low": "0.60",
            "median": "3.00",
            "high": "14.00",
            "transform": "ln",
            "lower": "0.310",
            "upper": "0.912",
            "p_value": "0.022",
        }
    ],
}


def numbers(trial: ms.Trial, table: str, column: str) -> np.ndarray:
    return np.asarray(trial.tables[table][column])


def test_printed_margins_are_met() -> None:
    trial = ms.simulate.cohort(SPEC, 3, library="numpy")
    visit = numbers(trial, "sledai", "visit")
    total = numbers(trial, "sledai", "total")
    for label, n, mean, sd in (("M0", 60, 12.40, 4.10), ("M12", 57, 5.70, 3.05)):
        here = total[visit == label]
        # half of the last printed digit
        assert len(here) == n and abs(here.mean() - mean) <= 0.005 and abs(here.std(ddof=1) - sd) <= 0.005
    age = numbers(trial, "subjects", "age")
    assert round(float(age.mean()), 1) == 33.1 and round(float(age.std(ddof=1)), 1) == 8.7
    assert list(numbers(trial, "subjects", "sex")).count("F") == 54
    arms = list(numbers(trial, "subjects", "arm"))
    assert (arms.count("MSC"), arms.count("placebo")) == (30, 30)
    value = numbers(trial, "assessments", "value")
    month = numbers(trial, "assessments", "visit")
    for label, complete, partial, n in (("M6", 12, 15, 59), ("M12", 16, 10, 57)):
        here = list(value[month == label])
        assert (here.count("CR"), here.count("PR"), len(here)) == (complete, partial, n)
    assert len(set(numbers(trial, "assessments", "usubjid")[value != "NR"])) == 32


def test_the_cox_model_of_the_package_prints_the_interval() -> None:
    trial = ms.simulate.cohort(SPEC, 3, library="numpy")
    ids = list(numbers(trial, "subjects", "usubjid"))
    day = {"M3": 91, "M6": 183, "M12": 365}
    first: dict[str, int] = {}
    for s, visit, value in zip(*(numbers(trial, "assessments", c) for c in ("usubjid", "visit", "value")), strict=True):
        if value != "NR":
            first[s] = min(first.get(s, 9999), day[visit])
    zero = dict(zip(*(numbers(trial, "infusions", c) for c in ("usubjid", "date")), strict=True))
    left: dict[str, int] = {}
    for column in ("death_date", "withdrawal_date"):
        for s, text in zip(numbers(trial, "status", "usubjid"), numbers(trial, "status", column), strict=True):
            if text is not None:
                left[s] = int((np.datetime64(text) - np.datetime64(zero[s])).astype(int))
    time = [float(first.get(s, left.get(s, 365))) for s in ids]
    rows = (numbers(trial, "labs", c) for c in ("usubjid", "visit", "test", "value"))
    protein = {s: float(v) for s, visit, test, v in zip(*rows, strict=True) if (visit, test) == ("M0", "protein_24h")}
    frame = {"time": time, "event": [s in first for s in ids], "protein": [float(np.log(protein[s])) for s in ids]}
    fit = ms.cox("time", event="event", covariates=["protein"], data=frame, ties="efron")
    b, se = fit.coefficients["protein"], fit.standard_errors["protein"]
    z = 1.959963984540054
    assert (f"{np.exp(b - z * se):.3f}", f"{np.exp(b + z * se):.3f}") == ("0.310", "0.912")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_every_library_gets_the_same_tables_without_findings(
    library: Literal["pandas", "polars", "pyarrow", "numpy"],
) -> None:
    trial = ms.simulate.cohort(SPEC, 3, library=library)
    assert trial.library == library and trial.is_synthetic and "SYNTHETIC" in repr(trial)
    assert len(trial.findings) == 0


def test_items_agree_with_the_values_that_decide_them() -> None:
    trial = ms.simulate.cohort(SPEC, 3, library="numpy")
    labs = zip(*(numbers(trial, "labs", c) for c in ("usubjid", "visit", "test", "value")), strict=True)
    value = {(s, v, t): float(x) for s, v, t, x in labs}
    checks = 0
    for item, test, rule in (
        ("proteinuria", "protein_24h", lambda x: x > 0.5),
        ("low_complement", "c3", lambda x: x < 0.8),
    ):
        rows = (numbers(trial, "sledai", c) for c in ("usubjid", "visit", item))
        for s, v, on in zip(*rows, strict=True):
            if (s, v, test) in value:
                checks += 1
                assert bool(on) == rule(value[s, v, test])
    assert checks == 60 + 57 + 60


def test_the_same_seed_gives_the_same_tables_and_another_seed_others() -> None:
    tables = [ms.simulate.cohort(SPEC, seed, library="numpy").tables for seed in (5, 5, 6)]
    assert list(tables[0]["labs"]["value"]) == list(tables[1]["labs"]["value"]) != list(tables[2]["labs"]["value"])


def test_damage_is_found_by_the_checks() -> None:
    damage = {"wrong_units": 2, "duplicate_visits": 1, "missing_items": 3, "wrong_totals": 2}
    trial = ms.simulate.cohort({**SPEC, "damage": damage}, 3, library="numpy")
    assert {"labs", "visits", "sledai"} <= set(trial.findings.table)


def test_a_specification_can_be_a_toml_file(tmp_path: Path) -> None:
    path = tmp_path / "margins.toml"
    path.write_text(
        'n = 20\nmonths = [0, 12]\nperiod = [2026-01-05, 2026-12-18]\n[[sledai]]\nmonth = 0\nmean = "9.5"\nsd = "3.0"\n'
    )
    trial = ms.simulate.cohort(path, 1, library="numpy")
    assert trial.n_subjects == 20
    assert all(day >= "2026-01-05" for day in trial.tables["infusions"]["date"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 1}, "`n`: must be 2 to 10000"),
        ({"months": [3, 6]}, "`months`: must begin with 0"),
        ({"arms": [{"name": "MSC", "n": 30}]}, "`arms`: their sizes must add to n = 60"),
        ({"ever": 60}, "`ever`: must be 27 .* to 53, but is 60"),
        ({"age": {"mean": 33.1, "sd": "8.7", "low": 18, "high": 60}}, "printed number as text"),
        ({"sledai": [{"month": 4, "mean": "9.5", "sd": "3.0"}]}, r"`sledai\[0\]`: there is no visit at month 4"),
        ({"sledai": [{"month": 0, "mean": "9.51", "sd": "3.00"}]}, r"`sledai\[0\]`: no 60 integers"),
        ({"paths": [{"path": "NNN", "n": 60}]}, "`paths`: excludes `responses`"),
        ({"sources": [{"source": "XX", "weight": 1}]}, "`sources`: unknown source `XX`"),
        ({"nn": 3}, "unknown field `nn`"),
    ],
)
def test_contradictions_are_refused_and_the_part_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        ms.simulate.cohort({**SPEC, **change}, 1)


def test_files_and_seeds_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="there is no file"):
        ms.simulate.cohort(tmp_path / "none.toml", 1)
    with pytest.raises(OptionError, match="`seed` must be 0"):
        ms.simulate.cohort(SPEC, -1)
    with pytest.raises(DataError, match="`spec` cannot be read"):
        ms.simulate.cohort({"n": object()}, 1)
