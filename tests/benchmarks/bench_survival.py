"""Speed of Kaplan-Meier, log-rank and Aalen-Johansen against peers, through the Python API on numpy arrays.

Run ``MSCSLE_PEERS=.peers/bin/python python tests/benchmarks/bench_survival.py [rows]`` (or ``growth`` for 1e4, 1e5 and 1e6 rows of
mscsle alone) with a release build (`make_peers.sh` makes
the environment of the Python peers; R takes part when ``Rscript`` is there). Each program is a process of its own with one
thread; they work in turn, and medians of CPU time are compared. Not part of the tests: it measures, it does not judge.
"""

from __future__ import annotations

import itertools
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
SMALL = 81
#: Milliseconds a bare kernel needs for 1e7 rows on the machine of the specification: the distance to the bound.
FLOORS = {
    "km_continuous": 340.0,
    "km_days": 13.0,
    "logrank_continuous": 340.0,
    "logrank_days": 16.0,
    "permutations": 0.8,
    "bootstrap_median": 2.4,
}

ONE_THREAD = dict.fromkeys(("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

R_WORKER = r"""
suppressMessages({library(survival); library(cmprsk); library(coin)})
folder <- commandArgs(TRUE)[1]
get <- function(name) {path <- file.path(folder, name); readBin(path, "double", file.size(path) / 8)}
x <- get("continuous"); d <- get("days"); e <- get("event"); g <- get("group")
million <- seq_len(min(length(x), 1e6)); small <- 1:81
tasks <- list(
  km_continuous = function() survfit(Surv(x, e) ~ 1, conf.type = "log-log"),
  km_days = function() survfit(Surv(d, e) ~ 1, conf.type = "log-log"),
  km_small = function() for (i in 1:100) survfit(Surv(d[small], e[small]) ~ 1, conf.type = "log-log"),
  logrank_continuous = function() survdiff(Surv(x, e) ~ g), logrank_days = function() survdiff(Surv(d, e) ~ g),
  permutations = function() pvalue(logrank_test(Surv(d[small], e[small]) ~ factor(g[small]), distribution = approximate(10000))),
  bootstrap_median = function() for (i in 1:100) {rows <- sample(81, 81, TRUE); quantile(survfit(Surv(d[rows], e[rows]) ~ 1), 0.5, conf.int = FALSE)},
  incidence = function() cuminc(x[million], (e * (1 + g))[million]))
input <- file("stdin"); open(input)
cat("ready\n")
while (length(task <- readLines(input, 1)) && task != "") {
  start <- proc.time(); tasks[[task]](); used <- proc.time() - start
  cat(1000 * (used[["user.self"]] + used[["sys.self"]]) / (if (task == "km_small") 100 else if (task == "bootstrap_median") 0.01 else 1), "\n")
}
"""


def make(n: int) -> dict[str, np.ndarray]:
    """Times (continuous, whole days), events and two groups."""
    rng = np.random.default_rng(20261122)
    return {
        "continuous": rng.exponential(3.0, n),
        "days": np.floor(rng.exponential(500.0, n)).clip(0, 1825),
        "event": (rng.random(n) < 0.5).astype(float),
        "group": (rng.random(n) < 0.5).astype(float),
    }


def repeated(call: Callable[[], object], times: int) -> Callable[[], object]:
    """A call often enough to be measured."""
    return lambda: [call() for _ in range(times)]


def resampled() -> np.ndarray:
    """Row numbers of 10,000 bootstrap samples; drawing them is a small part of a peer's time."""
    return np.random.default_rng(1).integers(0, SMALL, (10_000, SMALL))


def tasks_of(program: str, data: dict[str, np.ndarray]) -> dict[str, tuple[Callable[[], object], int]]:
    """The calls a user of the program would write, and how often each is repeated."""
    x, d = data["continuous"], data["days"]
    e, g = data["event"].astype(bool), data["group"].astype(np.int64)
    dm, em, gm = (a[:SMALL].copy() for a in (d, e, g))
    million = slice(0, 1_000_000)
    cause = (e * (1 + g)).astype(np.int64)[million]
    if program == "mscsle":
        import mscsle as ms

        return {
            "km_continuous": (lambda: ms.kaplan_meier(x, event=e), 1),
            "km_days": (lambda: ms.kaplan_meier(d, event=e), 1),
            "km_small": (lambda: ms.kaplan_meier(dm, event=em), 1000),
            "logrank_continuous": (lambda: ms.logrank(x, event=e, by=g), 1),
            "logrank_days": (lambda: ms.logrank(d, event=e, by=g), 1),
            "permutations": (lambda: ms.logrank(dm, event=em, by=gm, method="permutation"), 10),
            "bootstrap_median": (lambda: ms.bootstrap_survival(dm, event=em, of="median"), 10),
            "incidence": (lambda: ms.cumulative_incidence(x[million], cause=cause, censored=0), 1),
        }
    if program == "statsmodels":
        from statsmodels.duration.survfunc import SurvfuncRight, survdiff

        return {
            "km_continuous": (lambda: SurvfuncRight(x, e), 1),
            "km_days": (lambda: SurvfuncRight(d, e), 1),
            "km_small": (lambda: SurvfuncRight(dm, em), 1000),
            "logrank_continuous": (lambda: survdiff(x, e, g), 1),
            "logrank_days": (lambda: survdiff(d, e, g), 1),
            "bootstrap_median": (lambda: [SurvfuncRight(dm[r], em[r]).quantile(0.5) for r in resampled()], 1),
        }
    from lifelines import AalenJohansenFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test

    one = g == 1
    return {
        "km_days": (lambda: KaplanMeierFitter().fit(d, e), 1),
        "km_small": (lambda: KaplanMeierFitter().fit(dm, em), 10),
        "logrank_days": (lambda: logrank_test(d[one], d[~one], e[one], e[~one]), 1),
        "incidence": (lambda: AalenJohansenFitter(seed=1).fit(x[million], cause, event_of_interest=1), 1),
    }


def work(program: str, folder: str) -> None:
    """A worker: reads names of tasks, answers with milliseconds of CPU time."""
    data = {path.name: np.fromfile(path) for path in Path(folder).iterdir()}
    tasks = tasks_of(program, data)
    for call, _ in tasks.values():
        if len(data["days"]) <= 1_000_000:
            call()
    print("ready", flush=True)
    for line in sys.stdin:
        name = line.strip()
        if name not in tasks:
            print("nan", flush=True)
            continue
        call, times = tasks[name]
        start = time.process_time()
        repeated(call, times)()
        print((time.process_time() - start) * 1e3 / times, flush=True)


def start(command: list[str]) -> subprocess.Popen[str]:
    """A worker process with one thread."""
    worker = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **ONE_THREAD}
    )
    assert worker.stdout is not None
    if worker.stdout.readline().strip() != "ready":
        raise RuntimeError(f"{command[0]} did not start")
    return worker


def ask(worker: subprocess.Popen[str], task: str) -> float:
    """CPU time of a task, milliseconds."""
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write(task + "\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def main(n: int) -> None:
    """All tasks over ``n`` rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir()
        for column, values in make(n).items():
            values.tofile(folder / column)
        workers = {"mscsle": start([sys.executable, __file__, "--worker", "mscsle", str(folder)])}
        peers = os.environ.get("MSCSLE_PEERS")
        if peers:
            for program in ("statsmodels", "lifelines"):
                workers[program] = start([peers, __file__, "--worker", program, str(folder)])
        if shutil.which("Rscript") and n <= 1_000_000:
            script = Path(name) / "worker.R"
            script.write_text(R_WORKER)
            workers["R"] = start(["Rscript", str(script), str(folder)])
        print(f"{n:.0e} rows, medians of {ROUNDS} rounds in turn, ms of CPU time")
        for task in tasks_of_names():
            times: dict[str, list[float]] = {program: [] for program in workers}
            for _ in range(ROUNDS):
                for program, worker in workers.items():
                    times[program].append(ask(worker, task))
            medians = {program: statistics.median(values) for program, values in times.items()}
            ours = medians["mscsle"]
            peers_text = "  ".join(
                f"{program} {median:.3g} ({median / ours:.1f} x)"
                for program, median in medians.items()
                if program != "mscsle" and np.isfinite(median)
            )
            floor = FLOORS.get(task)
            bound = ""
            if floor is not None and (n == 10_000_000 or task in ("permutations", "bootstrap_median")):
                bound = f"  [{ours / floor:.1f} x the bare kernel]"
            print(f"  {task:20s} mscsle {ours:10.4g}{bound}  {peers_text}", flush=True)
        for worker in workers.values():
            worker.terminate()


def growth() -> None:
    """CPU time of mscsle for 1e4, 1e5 and 1e6 rows, and the factor from each to the next."""
    names = ["km_continuous", "km_days", "logrank_continuous", "logrank_days", "incidence"]
    found: dict[str, list[float]] = {name: [] for name in names}
    for n in (10_000, 100_000, 1_000_000):
        data = make(n)
        tasks = tasks_of("mscsle", data)
        for name in names:
            call, _ = tasks[name]
            call()
            rounds = []
            for _ in range(ROUNDS):
                times = max(1, 1_000_000 // n)
                start = time.process_time()
                repeated(call, times)()
                rounds.append((time.process_time() - start) * 1e3 / times)
            found[name].append(statistics.median(rounds))
    print("rows 1e4, 1e5, 1e6: ms of CPU time (factor; 10 is linear, 12 is n log n)")
    for name, values in found.items():
        factors = ", ".join(f"{later / earlier:.1f}" for earlier, later in itertools.pairwise(values))
        print(f"  {name:20s} {', '.join(f'{value:.3g}' for value in values)}  ({factors})")


def tasks_of_names() -> list[str]:
    """Names of the tasks."""
    return [
        "km_continuous",
        "km_days",
        "km_small",
        "logrank_continuous",
        "logrank_days",
        "permutations",
        "bootstrap_median",
        "incidence",
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(sys.argv[2], sys.argv[3])
    elif sys.argv[1:2] == ["growth"]:
        growth()
    else:
        main(int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000)
