"""Cox regression against its peers: CPU time of one thread, medians, peers and mscsle in turn on the same data.

Run ``RAYON_NUM_THREADS=1 python tests/benchmarks/bench_cox.py [--large]`` with a release build of mscsle installed. Peers that
are found are measured: R's ``coxph`` and its kernel ``coxph.fit`` / ``agreg.fit`` (Rscript with survival), and, in the
environment that ``tests/benchmarks/peers_cox.sh DIR`` makes (``--peers DIR/bin/python``), the PyPI packages survival and
lifelines. Prints the median, the ratio to mscsle, and the peer's first coefficient less ours. Not a test.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import mscsle as ms

R_PROGRAM = r"""
suppressMessages(library(survival))
a <- commandArgs(TRUE); n <- as.integer(a[2]); p <- as.integer(a[3]); entry <- a[4] == "1"; kernel <- a[5] == "1"
f <- file(a[1], "rb"); v <- readBin(f, "double", n * (p + 3)); close(f)
time <- v[1:n]; event <- v[n + 1:n]; start <- v[2 * n + 1:n]; x <- matrix(v[3 * n + 1:(n * p)], n, p)
y <- if (entry) Surv(start, time, event) else Surv(time, event)
control <- coxph.control()
repeats <- as.integer(a[6])
run <- if (!kernel) function() coef(coxph(y ~ x))[1] else if (entry)
  function() survival:::agreg.fit(x, y, NULL, NULL, NULL, control, NULL, "efron", as.character(1:n), TRUE)$coefficients[1] else
  function() survival:::coxph.fit(x, y, NULL, NULL, NULL, control, NULL, "efron", as.character(1:n), TRUE)$coefficients[1]
b <- run()
t <- replicate(5, { s <- proc.time(); for (i in seq_len(repeats)) run(); e <- proc.time() - s; (e[1] + e[2]) / repeats })
cat(sprintf('{"seconds": %.9g, "first": %.15g}', median(t), b))
"""

LOOP_PROGRAM = r"""
suppressMessages(library(survival))
f <- file(commandArgs(TRUE)[1], "rb"); v <- readBin(f, "double", 81 * 1002); close(f)
y <- Surv(v[1:81], v[82:162]); x <- matrix(v[-(1:162)], 81); control <- coxph.control()
run <- function() for (j in 1:1000) b <<- survival:::coxph.fit(x[, j, drop = FALSE], y, NULL, NULL, NULL, control, NULL, "efron", NULL, FALSE)
run(); t <- replicate(5, { s <- proc.time(); run(); e <- proc.time() - s; e[1] + e[2] })
first <- survival:::coxph.fit(x[, 1, drop = FALSE], y, NULL, NULL, NULL, control, NULL, "efron", NULL, FALSE)$coefficients
cat(sprintf('{"seconds": %.9g, "first": %.15g}', median(t), first))
"""

PYTHON_PROGRAM = r"""
import json, statistics, sys, time
import numpy as np
path, n, p, entry, which, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1", sys.argv[5], int(sys.argv[6])
v = np.fromfile(path); t, e, s = v[:n], v[n:2 * n], v[2 * n:3 * n]; x = np.ascontiguousarray(v[3 * n:].reshape(p, n).T)
if which == "lifelines":
    import pandas as pd
    from lifelines import CoxPHFitter
    d = pd.DataFrame(x, columns=[f"x{j}" for j in range(p)]); d["t"] = t; d["e"] = e
    if entry: d["s"] = s
    run = lambda: CoxPHFitter().fit(d, "t", "e", entry_col="s" if entry else None).params_.iloc[0]
elif which == "concordance":
    import survival
    y = survival.Surv(t, e.astype(int))
    run = lambda: survival.concordance(y, scores=x[:, 0], reverse=True).concordance
else:
    import survival
    d = {f"x{j}": x[:, j] for j in range(p)} | {"t": t, "e": e.astype(int), "s": s}
    left = "Surv(s, t, e)" if entry else "Surv(t, e)"
    formula = left + " ~ " + " + ".join(f"x{j}" for j in range(p))
    run = lambda: np.ravel(survival.coxph(formula, d).coefficients)[0]
first = run()
seconds = []
for _ in range(3 if n > 200_000 else 5):
    c = time.process_time()
    for _ in range(repeats): run()
    seconds.append((time.process_time() - c) / repeats)
print(json.dumps({"seconds": statistics.median(seconds), "first": float(first)}))
"""


def data(n: int, p: int, *, days: bool, entry: bool) -> dict[str, Any]:
    """Exponential times with censoring, two thirds normal and one third binary covariates."""
    random = np.random.default_rng(20261122)
    x = random.normal(size=(n, p))
    x[:, ::3] = x[:, ::3] > 0.3
    t = random.exponential(1000, n) / np.exp(x @ np.linspace(0.5, -0.3, p) / np.sqrt(p))
    c = random.exponential(1500, n)
    event = t <= c
    t = np.minimum(t, c)
    if days:
        t = np.ceil(np.minimum(t, 1826))
    start = np.floor(t * random.random(n) * 0.5) if entry else np.zeros(n)
    return {"time": t, "event": event, "entry": start, "x": x}


def ours(d: dict[str, Any], entry: bool, repeats: int) -> dict[str, float]:
    """Median CPU seconds of mscsle through the Python API."""

    def run() -> float:
        fit = ms.cox(d["time"], event=d["event"], covariates=d["x"], entry=d["entry"] if entry else None)
        return fit.coefficients["x1"] or float("nan")

    first = run()
    seconds = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(repeats):
            run()
        seconds.append((time.process_time() - start) / repeats)
    return {"seconds": statistics.median(seconds), "first": first}


def concordance(d: dict[str, Any], score: Any) -> dict[str, float]:
    """Median CPU seconds of the concordance with its standard error."""
    seconds = []
    for _ in range(5):
        start = time.process_time()
        found = ms.concordance(d["time"], event=d["event"], score=score)
        seconds.append(time.process_time() - start)
    return {"seconds": statistics.median(seconds), "first": found.concordance}


def screening(repeats: int = 7) -> None:
    """20,000 Cox models of one covariate, n = 81, against a loop of R's kernel (1,000 of them, times 20)."""
    random = np.random.default_rng(1)
    x, t, e = random.normal(size=(81, 20_000)), random.exponential(10, 81), random.random(81) < 0.6
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        table = ms.univariate_cox(t, event=e, covariates=x)
        seconds.append(time.process_time() - start)
    own = statistics.median(seconds)
    print(f"{'20,000 models, n = 81':22} mscsle {own:.3g} s")
    with tempfile.TemporaryDirectory() as folder:
        program, file = Path(folder) / "loop.R", Path(folder) / "data.bin"
        program.write_text(LOOP_PROGRAM)
        np.concatenate([t, e.astype(float), x[:, :1000].T.ravel()]).tofile(file)
        found = peer(["Rscript", str(program), str(file)], 120)
    if found is not None:
        print(
            f"{'':22} loop of R's kernel {20 * found['seconds']:.3g} s, ratio {20 * found['seconds'] / own:.0f}, "
            f"difference {found['first'] - table.log_hr[0]:.1e}"
        )


def peak_memory(n: int, p: int) -> None:
    """Memory that one fit adds at its peak, in units of its input (a process of its own)."""
    program = (
        "import resource, numpy as np, mscsle as ms\n"
        f"r = np.random.default_rng(1); x = r.normal(size=({n}, {p})); t = r.exponential(size={n}); e = r.random({n}) < 0.6\n"
        "ms.cox(t[:100], event=e[:100], covariates=x[:100])\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "before = peak(); ms.cox(t, event=e, covariates=x)\n"
        "print((peak() - before) / (x.nbytes + t.nbytes + e.nbytes))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
    print(f"{'peak memory':22} {n:.0e} x {p}: {done.stdout.strip()} times the input, in addition to it")


def peer(command: list[str], limit: int) -> dict[str, float] | None:
    """What a peer's program printed, or None if it is missing, fails or takes too long."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
        return dict(json.loads(done.stdout.strip().splitlines()[-1]))
    except (subprocess.SubprocessError, ValueError, IndexError):
        return None


def main() -> None:
    """Measure every task."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", action="store_true", help="also one million rows")
    parser.add_argument("--peers", default="", help="python of the environment with survival and lifelines")
    parser.add_argument("--limit", type=int, default=300, help="seconds a peer may take for one task")
    arguments = parser.parse_args()
    tasks = [
        ("81 x 5", 81, 5, False, False, 200),
        ("1e4 x 20 continuous", 10_000, 20, False, False, 3),
        ("1e5 x 20 continuous", 100_000, 20, False, False, 1),
        ("1e5 x 20 days", 100_000, 20, True, False, 1),
        ("1e5 x 10 start/stop", 100_000, 10, True, True, 1),
    ]
    if arguments.large:
        tasks += [
            ("1e6 x 20 continuous", 1_000_000, 20, False, False, 1),
            ("1e6 x 20 days", 1_000_000, 20, True, False, 1),
            ("1e6 x 10 start/stop", 1_000_000, 10, True, True, 1),
        ]
    screening()
    peak_memory(1_000_000 if arguments.large else 200_000, 20)
    with tempfile.TemporaryDirectory() as folder:
        program, script, file = Path(folder) / "peer.R", Path(folder) / "peer.py", Path(folder) / "data.bin"
        program.write_text(R_PROGRAM)
        script.write_text(PYTHON_PROGRAM)
        for name, n, p, days, entry, repeats in tasks:
            d = data(n, p, days=days, entry=entry)
            np.concatenate([d["time"], d["event"].astype(float), d["entry"], d["x"].T.ravel()]).tofile(file)
            own = ours(d, entry, repeats)
            if name.endswith("20 continuous") and arguments.peers:
                counted = concordance(d, d["x"][:, 0])
                print(f"{'concordance':10} {n:.0e}     mscsle {counted['seconds']:.3g} s")
                other = peer(
                    [arguments.peers, str(script), str(file), str(n), str(p), "0", "concordance", "1"], arguments.limit
                )
                if other is not None:
                    print(
                        f"{'':22} survival {other['seconds']:.3g} s, ratio {other['seconds'] / counted['seconds']:.1f}, "
                        f"difference {other['first'] - counted['first']:.1e}"
                    )
            print(f"{name:22} mscsle {own['seconds']:.3g} s")
            tail = [str(file), str(n), str(p), str(int(entry))]
            peers = [
                ("coxph", ["Rscript", str(program), *tail, "0", str(max(1, repeats // 10))]),
                ("R kernel", ["Rscript", str(program), *tail, "1", str(repeats)]),
            ]
            if arguments.peers:
                peers += [
                    (package, [arguments.peers, str(script), *tail, package, str(max(1, repeats // 20))])
                    for package in ("survival", "lifelines")
                ]
            for label, command in peers:
                found = peer(command, arguments.limit)
                if found is None:
                    print(f"{'':22} {label}: not measured")
                else:
                    print(
                        f"{'':22} {label} {found['seconds']:.3g} s, ratio {found['seconds'] / own['seconds']:.1f}, "
                        f"difference {found['first'] - own['first']:.1e}"
                    )


if __name__ == "__main__":
    main()
