"""Speed of the scores against numpy, pandas and polars, in turn: medians of CPU time on one thread.

Run ``RAYON_NUM_THREADS=1 POLARS_MAX_THREADS=1 python tests/benchmarks/bench_scoring.py [rows]`` with a release build. Not part
of the tests: it measures, it does not judge.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl

from mscsle import _core

REPEATS = 5


def cpu(call: Callable[[], object]) -> float:
    """CPU time of one call, milliseconds."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1e3


def compare(title: str, calls: dict[str, Callable[[], object]]) -> None:
    """Medians of calls made in turn, so that a slow spell of the machine hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(REPEATS):
        for name, call in calls.items():
            times[name].append(cpu(call))
    ours = statistics.median(times["mscsle"])
    print(title)
    for name, values in times.items():
        median = statistics.median(values)
        print(f"  {name:28s} {median:9.1f} ms   {median / ours:6.1f} x")


def main(n: int) -> None:
    """All comparisons over ``n`` rows."""
    rng = np.random.default_rng(1)
    weights = [weight for _, _, weight in _core.sledai_items()]
    flags = [rng.integers(0, 2, n).astype(np.int8) for _ in weights]
    frame = pl.DataFrame({f"i{k}": column for k, column in enumerate(flags)})
    table = pd.DataFrame({f"i{k}": column for k, column in enumerate(flags)})

    def numpy_sum() -> np.ndarray:
        total = np.zeros(n, dtype=np.int8)
        for column, weight in zip(flags, weights, strict=True):
            total += column * np.int8(weight)
        return total

    total = pl.sum_horizontal(*(pl.col(f"i{k}") * weight for k, weight in enumerate(weights)))
    compare(
        f"SLEDAI-2K sum, {n:.0e} rows of 24 bytes",
        {
            "mscsle": lambda: _core.sledai_totals(flags),
            "plain read of the bytes": lambda: [column.sum(dtype=np.int64) for column in flags],
            "numpy": numpy_sum,
            "polars": lambda: frame.select(total),
            "pandas": lambda: sum(table[f"i{k}"] * weight for k, weight in enumerate(weights)),
        },
    )
    compare(
        f"SLEDAI-2K all scores, {n:.0e} rows",
        {"mscsle": lambda: _core.sledai_scores(flags, None, "sledai-2k", "strict", "mosca")},
    )
    creatinine, age = rng.uniform(40, 300, n), rng.uniform(18, 80, n)
    sex = rng.integers(0, 2, n).astype(np.int8)
    arrays = {
        "creatinine": creatinine,
        "age": age,
        "sex": sex,
        **dict.fromkeys(("weight", "height", "race_coefficient", "dialysis", "subject")),
    }

    def numpy_egfr() -> np.ndarray:
        ratio = creatinine / 88.4 / np.where(sex == 1, 0.9, 0.7)
        low = np.minimum(ratio, 1) ** np.where(sex == 1, -0.302, -0.241)
        return 142 * low * np.maximum(ratio, 1) ** -1.2 * 0.9938**age * np.where(sex == 1, 1.0, 1.012)

    columns = pl.DataFrame({"s": creatinine, "age": age, "sex": sex})
    male = pl.col("sex") == 1
    ratio = pl.col("s") / 88.4 / pl.when(male).then(0.9).otherwise(0.7)
    expression = (
        142
        * pl.min_horizontal(ratio, pl.lit(1.0)).pow(pl.when(male).then(-0.302).otherwise(-0.241))
        * pl.max_horizontal(ratio, pl.lit(1.0)).pow(-1.2)
        * pl.lit(0.9938).pow(pl.col("age"))
        * pl.when(male).then(1.0).otherwise(1.012)
    )
    compare(
        f"eGFR CKD-EPI 2021, {n:.0e} rows",
        {
            "mscsle": lambda: _core.egfr_columns(arrays, "ckd-epi-2021", "umol/L", "refuse"),
            "numpy": numpy_egfr,
            "polars": lambda: columns.select(expression),
        },
    )


if __name__ == "__main__":
    main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000)
