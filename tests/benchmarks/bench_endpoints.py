"""Speed of the endpoints at size: checking a trial, reading histories, responses, counts and flares.

Run ``RAYON_NUM_THREADS=1 python tests/benchmarks/bench_endpoints.py [laboratory rows]`` with a release build. No public program
derives these endpoints, so the peer is a hand-written pandas pivot of the same rule without missing values, bounds or
reasons. Not part of the tests: it measures, it does not judge.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import mscsle as ms
from mscsle import _core

REPEATS = 3
MONTHS = (0, 3, 6, 9, 12)
DATES = ("2009-01-01", "2009-04-02", "2009-07-03", "2009-10-02", "2010-01-01")
TESTS = ("creatinine", "protein_24h", "urine_rbc", "albumin", "c3")
UNITS = ("umol/L", "g/24 h", "/hpf", "g/L", "g/L")


def median(call: Callable[[], object]) -> float:
    """Median CPU time of a call, seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)


def tables(n: int) -> dict[str, pd.DataFrame]:
    """A cohort of about ``n`` laboratory rows."""
    rng = np.random.default_rng(1)
    visits_each = len(MONTHS)
    n_subjects = max(1, n // (visits_each * len(TESTS)))
    ids = np.array([f"S-{i:07d}" for i in range(n_subjects)])
    subject = np.repeat(ids, visits_each)
    visit = np.tile([f"M{m}" for m in MONTHS], n_subjects)
    date = np.tile(DATES, n_subjects)
    k = len(subject)
    values = np.column_stack(
        [
            rng.uniform(50, 130, k).round(0),
            rng.lognormal(0, 0.8, k).round(2) + 0.01,
            rng.integers(1, 30, k),
            rng.uniform(25, 45, k).round(1),
            rng.uniform(0.4, 1.2, k).round(2),
        ]
    )
    return {
        "subjects": pd.DataFrame({"usubjid": ids}),
        "infusions": pd.DataFrame({"usubjid": ids, "date": DATES[0]}),
        "visits": pd.DataFrame(
            {"usubjid": subject, "visit": visit, "date": date, "planned_month": np.tile(MONTHS, n_subjects)}
        ),
        "labs": pd.DataFrame(
            {
                "usubjid": np.repeat(subject, len(TESTS)),
                "visit": np.repeat(visit, len(TESTS)),
                "date": np.repeat(date, len(TESTS)),
                "test": np.tile(TESTS, k),
                "value": values.ravel(),
                "unit": np.tile(UNITS, k),
                "uln": np.tile([133.0, np.nan, np.nan, np.nan, np.nan], k),
            }
        ),
    }


def pandas_response(labs: pd.DataFrame) -> pd.Series:
    """Complete remission alone, by a pivot."""
    wide = labs.pivot(index=["usubjid", "visit"], columns="test", values="value")
    return (wide["creatinine"] <= 1.1 * 133) & (wide["protein_24h"] <= 0.33) & (wide["urine_rbc"] <= 5.5)


def main(n: int) -> None:
    """All steps over ``n`` laboratory rows."""
    given = tables(n)
    trial = ms.Trial(**given)
    renal = ms.endpoints.renal_response(trial)
    built_in = ms.endpoints.definition("ginzler2005")
    mine = ms.endpoints.definition(built_in.source.replace('id = "ginzler2005"', 'id = "mine"'))
    histories = _core.EndpointHistory(trial._core)
    steps: dict[str, Callable[[], object]] = {
        "Trial: read and check": lambda: ms.Trial(**given),
        "histories and ginzler2005": lambda: ms.endpoints.renal_response(trial),
        "histories alone": lambda: _core.EndpointHistory(trial._core),
        "ginzler2005 over histories": lambda: _core.EndpointResponse(histories, built_in._core),
        "the same as a user's text": lambda: _core.EndpointResponse(histories, mine._core),
        "response by visit": renal.by_visit,
        "time to first remission": lambda: renal.time_to("first_remission"),
        "flares, maintain2010": lambda: ms.endpoints.flares(trial, response=renal),
        "pandas pivot, CR alone": lambda: pandas_response(given["labs"]),
    }
    print(f"{len(given['labs']):.2e} laboratory rows, {len(given['visits']):.2e} visits")
    for name, call in steps.items():
        print(f"  {name:28s} {median(call):8.2f} s")


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000)
