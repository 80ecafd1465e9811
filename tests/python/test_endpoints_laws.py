"""Laws of counts over random cohorts: cumulative incidence never falls, no numerator exceeds its denominator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mscsle as ms
from mscsle.exceptions import DataError

MONTHS = (0, 3, 6, 9, 12)
TESTS = (("creatinine", "umol/L", 104.0), ("protein_24h", "g/24 h", None), ("urine_rbc", "/hpf", None))
DATES = ("2009-03-14", "2009-06-13", "2009-09-13", "2009-12-12", "2010-03-14")
#: Active, in partial, in complete remission, nothing measured, sediment missing.
VALUES: dict[str, tuple[float | None, float | None, float | None]] = {
    "active": (90.0, 3.0, 20.0),
    "partial": (90.0, 1.2, 9.0),
    "complete": (90.0, 0.2, 1.0),
    "none": (None, None, None),
    "open": (90.0, 0.2, None),
}

course = st.tuples(*[st.sampled_from(sorted(VALUES))] * 4)
cohorts = st.lists(st.tuples(course, st.sampled_from([None, 1, 2, 3, 4])), min_size=1, max_size=12)


def build(cohort: list[tuple[tuple[str, ...], int | None]]) -> ms.Trial:
    ids = [f"S-{i}" for i in range(len(cohort))]
    labs: dict[str, list[Any]] = {name: [] for name in ("usubjid", "visit", "test", "value", "unit", "uln")}
    visits: dict[str, list[Any]] = {name: [] for name in ("usubjid", "visit", "date", "planned_month")}
    status: dict[str, list[Any]] = {name: [] for name in ("usubjid", "death_date", "last_contact_date")}
    for subject, (states, death) in zip(ids, cohort, strict=True):
        for k, state in enumerate(("active", *states)):
            if death is not None and k >= death:
                break
            row = (subject, f"M{MONTHS[k]}", DATES[k], float(MONTHS[k]))
            for name, cell in zip(visits, row, strict=True):
                visits[name].append(cell)
            for (test, unit, uln), value in zip(TESTS, VALUES[state], strict=True):
                if value is not None:
                    for name, cell in zip(labs, (subject, row[1], test, value, unit, uln), strict=True):
                        labs[name].append(cell)
        last = DATES[-1] if death is None else DATES[death]
        for name, cell in zip(status, (subject, None if death is None else last, last), strict=True):
            status[name].append(cell)
    return ms.Trial(
        subjects={"usubjid": ids},
        infusions={"usubjid": ids, "date": [DATES[0]] * len(ids)},
        visits=visits,
        labs=labs,
        status=status,
    )


@settings(max_examples=40, deadline=None)
@given(cohorts, st.sampled_from(["nri", "observed", "locf"]))
def test_no_numerator_exceeds_its_denominator(cohort: list[Any], missing: str) -> None:
    renal = ms.endpoints.renal_response(build(cohort), missing=missing)
    n = len(cohort)
    for rule in ("alive_at_visit", "enrolled", "assessed_at_visit", "ever_responder"):
        counts = [renal.by_visit(rule), renal.ever(rule)]
        for table in (c.columns() for c in counts):
            numerator, denominator = np.asarray(table["numerator"]), np.asarray(table["denominator"])
            assert (numerator >= 0).all()
            assert (numerator <= denominator).all()
            assert (denominator <= n).all()


@settings(max_examples=40, deadline=None)
@given(cohorts)
def test_cumulative_incidence_never_falls(cohort: list[Any]) -> None:
    renal = ms.endpoints.renal_response(build(cohort))
    times = renal.time_to("first_remission", clock="planned")
    if len(times) == 0:
        return
    first = renal.columns()
    assert int(times.event.sum()) <= len(
        {u for u, s in zip(first["usubjid"], first["state"], strict=True) if s in ("CR", "PR")}
    )
    if not (times.cause > 0).any():
        with pytest.raises(DataError, match="holds no event"):
            renal.cumulative_incidence()
        return
    table = renal.cumulative_incidence().columns()
    by_cause: dict[Any, list[float]] = {}
    for cause, value in zip(table["cause"], table["incidence"], strict=True):
        by_cause.setdefault(cause, []).append(float(value))
    for values in by_cause.values():
        assert (np.diff(values) >= -1e-12).all()
        assert -1e-12 <= min(values) <= max(values) <= 1 + 1e-12
