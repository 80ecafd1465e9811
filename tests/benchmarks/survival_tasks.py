"""The calls of bench_survival.py in Python: what a user of each program would write. Runs in the environment of any of them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SMALL = 81
SCREENED = 1000
Call = Callable[[], object]


def load(folder: str, rows: int, columns: int) -> dict[str, Any]:
    """The columns of a task."""
    data: dict[str, Any] = {path.name: np.fromfile(path) for path in Path(folder).iterdir() if path.name != "x"}
    data["event"] = data["event"].astype(bool)
    for name in ("group", "strata", "cause"):
        data[name] = data[name].astype(np.int64)
    data["x"] = np.fromfile(Path(folder) / "x").reshape(rows, columns)
    return data


def of_mscsle(task: str, d: dict[str, Any]) -> Call | None:
    """Our own calls."""
    import mscsle as ms

    t, e, x = d["time"], d["event"], d["x"]
    kind = task.split("_")[0]
    if kind == "km":
        return lambda: ms.kaplan_meier(t, event=e)
    if kind == "logrank":
        return lambda: ms.logrank(t, event=e, by=d["group"])
    if kind == "permutations":
        return lambda: ms.logrank(t, event=e, by=d["group"], method="permutation")
    if kind == "cox":
        more = {"entry": d["entry"]} if task == "cox_entry" else {"strata": d["strata"]} if task == "cox_strata" else {}
        return lambda: ms.cox(t, event=e, covariates=x, **more)
    if kind == "screen":
        return lambda: ms.univariate_cox(t, event=e, covariates=x)
    if kind == "concordance":
        return lambda: ms.concordance(t, event=e, score=x[:, 0].copy())
    if kind == "bootstrap":
        return lambda: ms.bootstrap_survival(t, event=e, of="median")
    if kind == "finegray":
        return lambda: ms.fine_gray(t, cause=d["cause"], of=1, censored=0, covariates=x)
    if kind == "incidence":
        return lambda: ms.cumulative_incidence(t, cause=d["cause"], censored=0)
    return None


def of_statsmodels(task: str, d: dict[str, Any]) -> Call | None:
    """Curves, tests, medians of bootstrap samples."""
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff

    t, e = d["time"], d["event"]
    kind = task.split("_")[0]
    if kind == "km":
        return lambda: SurvfuncRight(t, e)
    if kind == "logrank":
        return lambda: survdiff(t, e, d["group"])
    if kind == "bootstrap":
        samples = np.random.default_rng(1).integers(0, len(t), (10_000, len(t)))
        return lambda: [SurvfuncRight(t[rows], e[rows]).quantile(0.5) for rows in samples]
    return None


def of_lifelines(task: str, d: dict[str, Any]) -> Call | None:
    """Everything but resampling and competing risks with covariates."""
    import pandas as pd
    from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from lifelines.utils import concordance_index

    t, e, x = d["time"], d["event"], d["x"]
    kind = task.split("_")[0]
    if kind == "km":
        return lambda: KaplanMeierFitter().fit(t, e)
    if kind == "logrank":
        one = d["group"] == 1
        return lambda: logrank_test(t[one], t[~one], e[one], e[~one])
    if kind == "cox":
        frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])]).assign(t=t, e=e)
        more: dict[str, Any] = {}
        if task == "cox_entry":
            frame["s"], more = d["entry"], {"entry_col": "s"}
        if task == "cox_strata":
            frame["g"], more = d["strata"], {"strata": ["g"]}
        return lambda: CoxPHFitter().fit(frame, "t", "e", **more)
    if kind == "concordance":
        return lambda: concordance_index(t, -x[:, 0], e)
    if kind == "incidence":
        return lambda: AalenJohansenFitter(seed=1).fit(t, d["cause"], event_of_interest=1)
    return None


def of_survival(task: str, d: dict[str, Any]) -> Call | None:
    """The package ``survival`` of the Python Package Index."""
    import survival

    t, e, x = d["time"], d["event"].astype(int), d["x"]
    kind = task.split("_")[0]
    if kind == "km":
        return lambda: survival.survfit(survival.Surv(t, e))
    if kind == "logrank":
        return lambda: survival.survdiff(survival.Surv(t, e), group=d["group"])
    if kind == "cox":
        columns = {f"x{j}": x[:, j] for j in range(x.shape[1])} | {"t": t, "e": e, "s": d["entry"], "g": d["strata"]}
        right = " + ".join(f"x{j}" for j in range(x.shape[1])) + (" + strata(g)" if task == "cox_strata" else "")
        left = "Surv(s, t, e)" if task == "cox_entry" else "Surv(t, e)"
        return lambda: survival.coxph(f"{left} ~ {right}", columns)
    if kind == "concordance":
        return lambda: survival.concordance(survival.Surv(t, e), scores=x[:, 0], reverse=True)
    return None


def of_sksurv(task: str, d: dict[str, Any]) -> Call | None:
    """scikit-survival, where its loops over rows end in time."""
    from sksurv.compare import compare_survival
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.metrics import concordance_index_censored
    from sksurv.nonparametric import kaplan_meier_estimator
    from sksurv.util import Surv

    t, e, x = d["time"], d["event"], d["x"]
    kind = task.split("_")[0]
    y = Surv.from_arrays(e, t)
    if kind == "km":
        return lambda: kaplan_meier_estimator(e, t)
    if kind == "logrank" and len(np.unique(t)) < 1e5:
        return lambda: compare_survival(y, d["group"])
    if kind == "cox" and len(t) <= 100_000 and task not in ("cox_entry", "cox_strata"):
        return lambda: CoxPHSurvivalAnalysis(ties="efron").fit(x, y)
    if kind == "concordance" and len(t) <= 10_000:
        return lambda: concordance_index_censored(e, t, x[:, 0])
    return None


def of_numpy(task: str, d: dict[str, Any]) -> Call | None:
    """Plain arrays, as one would write it by hand."""
    t, e = d["time"], d["event"]

    def curve() -> object:
        if task == "km_days":
            day = t.astype(np.int64)
            n, deaths = np.bincount(day), np.bincount(day[e])
            deaths = np.pad(deaths, (0, len(n) - len(deaths)))
            at_risk = np.cumsum(n[::-1])[::-1]
        else:
            order = np.argsort(t)
            deaths, at_risk = e[order].astype(float), np.arange(len(t), 0, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.cumprod(1 - deaths / at_risk), np.cumsum(deaths / (at_risk * (at_risk - deaths)))

    return curve if task.startswith("km_") else None


def main() -> None:
    """A worker: reads a task a line, answers with seconds of CPU time, or nan."""
    program = sys.argv[1]
    make = globals()[f"of_{program}"]
    held: tuple[str, Call | None] = ("", None)
    for line in sys.stdin:
        task, folder, rows, columns, times = json.loads(line)
        try:
            if held[0] != folder + task:
                data = load(folder, rows, columns)
                held = (folder + task, make(task, data))
                if held[1] is not None and rows <= 1_000_000:
                    held[1]()  # the first call also imports
            call = held[1]
            if call is None:
                print("nan", flush=True)
                continue
            start = time.process_time()
            for _ in range(times):
                call()
            print((time.process_time() - start) / times, flush=True)
        except Exception as error:
            print(f"nan {type(error).__name__}: {error}".replace("\n", " ")[:200], flush=True)


if __name__ == "__main__":
    main()
