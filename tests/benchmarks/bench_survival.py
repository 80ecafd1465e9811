"""Speed of survival analysis against its peers: one table, every program in turn on the same data, CPU time of one thread.

Run, with a release build of mscsle installed::

    tests/benchmarks/make_peers.sh .peers
    python tests/benchmarks/bench_survival.py [--small] [--only cox] [--limit 120]

``--small`` takes a hundredth of the rows of each task, to see that all of them run; ``--only`` the tasks whose name begins so.
A program that needs longer than ``--limit`` seconds for a call takes no part in later rounds. The columns are the task, our
median, each peer's median and its ratio to ours with the ratio asked for, and our distance to a bare kernel on the machine of
the specification. Growth from 1e4 to 1e6 rows and the peak memory of a Cox model follow. It measures, it does not judge.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROUNDS = 5
HERE = Path(__file__).parent
ONE_THREAD = dict.fromkeys(
    ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
PYTHON_PEERS = ("statsmodels", "lifelines", "survival", "sksurv")
R_PEERS = ("survival", "kernel", "cmprsk", "coin")


@dataclass(frozen=True)
class Task:
    """A row of the table."""

    name: str
    rows: int
    columns: int = 1
    days: bool = False
    #: Calls of ours and of a peer that are timed together.
    times: tuple[int, int] = (1, 1)
    #: Ratio asked for, by peer.
    asked: dict[str, float] = field(default_factory=dict)
    #: Seconds of a bare kernel, and what a peer's call must be multiplied by.
    floor: float = math.nan
    factor: dict[str, float] = field(default_factory=dict)
    #: Kept by ``--small``.
    fixed: bool = False


TASKS = [
    Task("km_continuous", 10_000_000, asked={"statsmodels": 4}, floor=0.34),
    Task("km_days", 10_000_000, days=True, asked={"lifelines": 25}, floor=0.013),
    Task("km_81", 81, days=True, times=(1000, 100), asked={"statsmodels": 1.5}, fixed=True),
    Task("km_1e3", 1000, days=True, times=(1000, 100), asked={"statsmodels": 1.5}, fixed=True),
    Task("logrank_continuous", 10_000_000, asked={"statsmodels": 5}, floor=0.34),
    Task("logrank_days", 10_000_000, days=True, asked={"lifelines": 50}, floor=0.016),
    Task("permutations", 81, days=True, times=(20, 3), asked={"coin": 5}, floor=0.0008, fixed=True),
    Task("cox_continuous", 1_000_000, 20, asked={"survival (PyPI)": 8, "kernel": 2.5}, floor=0.4),
    Task("cox_days", 1_000_000, 20, True, asked={"lifelines": 10, "survival (PyPI)": 10, "kernel": 5}, floor=0.28),
    Task("cox_strata", 1_000_000, 20, True, asked={"lifelines": 10, "survival (PyPI)": 10, "kernel": 5}, floor=0.28),
    Task("cox_1e5", 100_000, 20, asked={"survival (PyPI)": 5, "kernel": 3}, floor=0.03),
    Task("cox_entry", 1_000_000, 10, True, asked={"survival": 20, "kernel": 5}, floor=0.22),
    Task("cox_81", 81, 5, True, (500, 50), {"survival (PyPI)": 12}, 20e-6, fixed=True),
    Task("screen", 81, 20_000, asked={"kernel": 30}, floor=0.02, factor={"kernel": 20}, fixed=True),
    Task("concordance", 1_000_000, asked={"survival (PyPI)": 15}, floor=0.14),
    Task("bootstrap", 81, days=True, times=(10, 1), asked={"statsmodels": 80}, floor=0.0024, fixed=True),
    Task("finegray_2e3", 2_000, 3, times=(50, 1), asked={"cmprsk": 200}, fixed=True),
    Task("finegray_1e4", 10_000, 3, times=(20, 1), asked={"cmprsk": 2000}),
    Task("incidence", 1_000_000, asked={"cmprsk": 12}, floor=0.07),
]


def write(folder: Path, task: Task, rows: int) -> None:
    """Exponential times with censoring, covariates of which a third are 0/1, two groups, four strata, two causes."""
    random = np.random.default_rng(20261122)
    x = random.normal(size=(rows, task.columns))
    if task.columns > 1:
        x[:, ::3] = x[:, ::3] > 0.3
    p = min(task.columns, 20)
    died = random.exponential(1000, rows) / np.exp(x[:, :p] @ np.linspace(0.5, -0.3, p) / np.sqrt(p))
    left = random.exponential(1500, rows)
    t = np.minimum(died, left)
    if task.days:
        t = np.ceil(np.minimum(t, 1826))
    cause = (died <= left) * (1 + (random.random(rows) < 0.4))
    columns = {
        "time": t,
        "event": died <= left,
        "x": x,
        "entry": np.floor(t * random.random(rows) * 0.5),
        "group": random.random(rows) < 0.5,
        "strata": random.integers(0, 4, rows),
        "cause": cause,
    }
    for name, values in columns.items():
        values.astype(np.float64).tofile(folder / name)


class Worker:
    """A program in a process of its own."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self._process: subprocess.Popen[str] | None = None

    def ask(self, request: list[object], limit: float) -> float:
        """Seconds of CPU time; NaN where the program has no such call, fails or takes too long."""
        if self._process is None:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, **ONE_THREAD},
            )
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], limit)
            answer = process.stdout.readline().split(maxsplit=1) if ready else []
        except OSError:
            answer = []
        if not answer:
            self.stop()
            return math.nan
        if len(answer) > 1 and answer[1].strip():
            print(f"  ({self.name}: {answer[1].strip()})", flush=True)
        return float(answer[0])

    def stop(self) -> None:
        """Ends the process; another begins with the next task."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def workers(peers: str) -> list[Worker]:
    """Ourselves first, then who is there."""
    tasks = str(HERE / "survival_tasks.py")
    found = [Worker("mscsle", [sys.executable, tasks, "mscsle"]), Worker("numpy", [sys.executable, tasks, "numpy"])]
    if shutil.which(peers):
        for name in PYTHON_PEERS:
            if subprocess.run([peers, "-c", f"import {name}"], capture_output=True, check=False).returncode == 0:
                found.append(Worker("survival (PyPI)" if name == "survival" else name, [peers, tasks, name]))
    if shutil.which("Rscript"):
        found += [Worker(name, ["Rscript", str(HERE / "survival_tasks.R"), name]) for name in R_PEERS]
    return found


@contextmanager
def data_of(task: Task, rows: int) -> Iterator[str]:
    """A folder with the data of a task."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), task, rows)
        yield name


def measure(task: Task, rows: int, everyone: list[Worker], limit: float) -> dict[str, float]:
    """Median CPU seconds of a call by program, in turn."""
    times: dict[str, list[float]] = {worker.name: [] for worker in everyone}
    out: set[str] = set()
    with data_of(task, rows) as folder:
        for _ in range(ROUNDS):
            for worker in everyone:
                if worker.name in out:
                    continue
                repeats = task.times[0] if worker.name == "mscsle" else task.times[1]
                began = time.monotonic()
                used = worker.ask([task.name, folder, rows, task.columns, repeats], 8 * limit)
                if not math.isnan(used):
                    times[worker.name].append(used * task.factor.get(worker.name, 1.0))
                if math.isnan(used) or time.monotonic() - began > limit:
                    out.add(worker.name)
    return {name: statistics.median(values) for name, values in times.items() if values}


def table(names: list[Task], small: bool, everyone: list[Worker], limit: float) -> None:
    """The comparison."""
    print(f"{'task':20s}{'rows':>10s}  {'mscsle s':>9s}  {'x bare':>6s}  peer: seconds, times ours (asked)")
    for task in names:
        rows = task.rows if task.fixed or not small else max(2000, task.rows // 100)
        found = measure(task, rows, everyone, limit)
        own = found.pop("mscsle", math.nan)
        bound = own / task.floor if rows == task.rows else math.nan
        parts = []
        for name, seconds in sorted(found.items(), key=lambda item: item[1]):
            asked = f" ({task.asked[name]:g})" if name in task.asked else ""
            parts.append(f"{name} {seconds:.3g}, {seconds / own:.3g}{asked}")
        missing = [f"{name} not measured ({ratio:g})" for name, ratio in task.asked.items() if name not in found]
        shown = "     -" if math.isnan(bound) else f"{bound:6.2f}"
        print(f"{task.name:20s}{rows:10d}  {own:9.3g}  {shown}  {'; '.join(parts + missing)}", flush=True)


def growth(small: bool) -> None:
    """Our CPU time for 1e4, 1e5 and 1e6 rows, and the factor from each to the next."""
    sizes = (1000, 10_000) if small else (10_000, 100_000, 1_000_000)
    print(f"rows {', '.join(f'{n:.0e}' for n in sizes)}: seconds (factors; 10 is linear, 12 is n log n)")
    worker = workers("")[0]
    seen = [task for task in TASKS if not task.fixed and task.name != "cox_1e5"]
    for task in [*seen, Task("finegray", 0, 3)]:
        if task.name == "finegray_1e4":
            continue
        values = []
        for n in sizes:
            with data_of(task, n) as folder:
                request = [task.name, folder, n, task.columns, max(1, 20_000 // n)]
                values.append(statistics.median(worker.ask(request, 600) for _ in range(3)))
        factors = ", ".join(f"{later / earlier:.1f}" for earlier, later in itertools.pairwise(values))
        print(f"  {task.name:20s} {', '.join(f'{value:.3g}' for value in values)}  ({factors})", flush=True)
    worker.stop()


def peak_memory(small: bool) -> None:
    """Memory that one Cox model adds at its peak, in units of its input (a process of its own)."""
    n = 50_000 if small else 1_000_000
    for days in (False, True):
        program = (
            "import resource, numpy as np, mscsle as ms\n"
            f"r = np.random.default_rng(1); x = r.normal(size=({n}, 20)); t = r.exponential(1000, size={n})\n"
            f"t = np.ceil(t) if {days} else t; e = r.random({n}) < 0.6\n"
            "ms.cox(t[:100], event=e[:100], covariates=x[:100, :2])\n"
            "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
            "before = peak(); ms.cox(t, event=e, covariates=x)\n"
            "print((peak() - before) / (x.nbytes + t.nbytes + e.nbytes))"
        )
        done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
        what = "days" if days else "continuous"
        print(f"peak memory, Cox {n:.0e} x 20 {what}: {float(done.stdout):.2f} times the input on top of it")


def main() -> None:
    """The table, growth and memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--small", action="store_true", help="a hundredth of the rows")
    parser.add_argument("--only", default="", help="tasks whose name begins so; then neither growth nor memory")
    parser.add_argument("--peers", default=os.environ.get("MSCSLE_PEERS", ".peers/bin/python"))
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a call is not repeated")
    given: Any = parser.parse_args()
    everyone = workers(given.peers)
    print(f"medians of up to {ROUNDS} rounds in turn, CPU time, one thread: {', '.join(w.name for w in everyone)}")
    table([task for task in TASKS if task.name.startswith(given.only)], given.small, everyone, given.limit)
    for worker in everyone:
        worker.stop()
    if not given.only:
        growth(given.small)
        peak_memory(given.small)


if __name__ == "__main__":
    main()
