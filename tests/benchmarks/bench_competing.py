"""Speed of competing risks, recurrent events and multi-state models against cmprsk and survival of R.

Run ``python tests/benchmarks/bench_competing.py [--slow]`` with a release build; R takes part when ``Rscript`` is there and has cmprsk.
Both get the same arrays, one thread, medians of CPU time. ``--slow`` adds ``crr`` with 10,000 rows, which takes more than a
minute. Not part of the tests: it measures, it does not judge.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROUNDS = 5
ONE_THREAD = dict.fromkeys(("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
LARGEST = 1_000_000
#: Task, rows, rounds of the peer (0: the peer is not run: memory or minutes), name of the peer.
TASKS = [
    ("fine_gray", 2_000, 3, "cmprsk::crr"),
    ("fine_gray_expanded", 2_000, 3, "finegray + coxph"),
    ("fine_gray", 10_000, 0, "cmprsk::crr"),
    ("fine_gray", 100_000, 0, "cmprsk::crr"),
    ("fine_gray", 1_000_000, 0, "cmprsk::crr"),
    ("gray", 10_000, 3, "cmprsk::cuminc"),
    ("gray", 100_000, 1, "cmprsk::cuminc"),
    ("gray", 1_000_000, 0, "cmprsk::cuminc"),
    ("mean_cumulative", 10_000, 1, "survival::survfit"),
    ("mean_cumulative", 100_000, 0, "survival::survfit"),
    ("mean_cumulative", 1_000_000, 0, "survival::survfit"),
    ("multi_state", 5_000, 1, "survival::survfit"),
    ("multi_state", 100_000, 0, "survival::survfit"),
    ("multi_state", 1_000_000, 0, "survival::survfit"),
]


def make(n: int) -> dict[str, np.ndarray]:
    """Continuous times, causes, three covariates, two groups; and rows of recurrent events, three a subject."""
    rng = np.random.default_rng(20261122)
    x = rng.standard_normal((3, n))
    first = rng.exponential(20 * np.exp(-(0.4 * x[0] - 0.6 * x[1] + 0.1 * x[2])))
    other, censored = rng.exponential(25, n), rng.exponential(33, n)
    time_ = np.minimum(np.minimum(first, other), censored)
    cause = np.where(time_ == first, 1.0, np.where(time_ == other, 2.0, 0.0))
    gaps = rng.exponential(10, (n // 3 + 1, 3)).cumsum(axis=1)
    start = np.hstack([np.zeros((len(gaps), 1)), gaps[:, :2]]).reshape(-1)[:n]
    event = np.tile([1.0, 1.0, 0.0], len(gaps))[:n]
    columns = {"time": time_, "cause": cause, "group": (rng.random(n) < 0.5).astype(float)}
    columns |= {f"x{j + 1}": x[j] for j in range(3)}
    return columns | {
        "start": start,
        "stop": gaps.reshape(-1)[:n],
        "event": event,
        "id": np.repeat(np.arange(len(gaps), dtype=float), 3)[:n],
    }


def ours(task: str, data: dict[str, np.ndarray]) -> Callable[[], object]:
    """The call a user of mscsle would write."""
    import mscsle as ms

    t, k = data["time"], data["cause"].astype(np.int64)
    if task.startswith("fine_gray"):
        x = np.column_stack([data["x1"], data["x2"], data["x3"]])
        return lambda: ms.fine_gray(t, cause=k, of=1, censored=0, covariates=x)
    if task == "gray":
        g = data["group"].astype(np.int64)
        return lambda: ms.gray_test(t, cause=k, of=1, censored=0, by=g)
    if task == "mean_cumulative":
        who, e = data["id"].astype(np.int64), data["event"].astype(bool)
        return lambda: ms.mean_cumulative(data["stop"], entry=data["start"], event=e, id=who)
    state = np.zeros(len(t), dtype=np.int64)
    to = np.where(k == 0, 9, k)
    return lambda: ms.multi_state(t, from_state=state, to_state=to, censored=9).curves


def measure(call: Callable[[], object]) -> float:
    """Median CPU time of a call, milliseconds."""
    call()
    used = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        used.append((time.process_time() - start) * 1e3)
    return statistics.median(used)


def peer(folder: Path, task: str, n: int, rounds: int) -> float:
    """Median CPU time of the peer, milliseconds; NaN if it cannot run."""
    if not rounds or not shutil.which("Rscript"):
        return float("nan")
    script = Path(__file__).with_suffix(".R")
    command = ["Rscript", str(script), str(folder), task, str(n), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ONE_THREAD})
    values = [float(line) for line in done.stdout.split()]
    return statistics.median(values) if values else float("nan")


def main(slow: bool) -> None:
    """All tasks."""
    os.environ.update(ONE_THREAD)
    whole = make(LARGEST)
    with tempfile.TemporaryDirectory() as name:
        for column, values in whole.items():
            values.tofile(Path(name) / column)
        print(f"medians of {ROUNDS} rounds, ms of CPU time, one thread")
        for task, n, rounds, program in TASKS:
            if slow and (task, n) == ("fine_gray", 10_000):
                rounds = 1
            used = measure(ours(task, {column: values[:n] for column, values in whole.items()}))
            theirs = peer(Path(name), task, n, rounds)
            text = f"{program} {theirs:.4g} ({theirs / used:.0f} x)" if np.isfinite(theirs) else ""
            print(f"  {task:20s} {n:>9,d} rows  mscsle {used:9.4g}  {text}", flush=True)


if __name__ == "__main__":
    main("--slow" in sys.argv[1:])
