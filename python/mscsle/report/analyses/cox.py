"""Univariate Cox models of time to first response, with a forest plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mscsle.report.analyses.rows import absent, method_words, rows_of
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, interval, p_value

if TYPE_CHECKING:
    from mscsle.survival._cox_rows import Ties

__all__ = ["cox"]


#: What one unit of a covariate is after its transform.
_PER = {
    "none": "per unit",
    "ln": "per unit of the natural logarithm",
    "log2": "per doubling",
    "log10": "per tenfold value",
    "per_sd": "per standard deviation",
}


def cox(context: Context, analysis: Analysis) -> Section:
    """One model a covariate; covariates enter as they are or by the transform the plan names."""
    import mscsle as ms

    plan = context.plan
    section = Section(analysis.id, analysis.title)
    tte = context.response.time_to("first_remission", unit="months", clock=plan.clock)
    context.estimand("hazard of response (Cox)", tte.estimand)
    times = dict(tte.columns())
    place = {s: i for i, s in enumerate(context.patients.subjects)}
    rows = np.asarray([place[s] for s in times["usubjid"]], dtype=np.int64)
    fitted: list[dict[str, Any]] = []
    left_out: list[str] = []
    for covariate in analysis.tables("covariates"):
        name, transform = str(covariate["name"]), str(covariate.get("transform", "none"))
        label = str(covariate.get("label", name))
        values = context.baseline(name)
        if values is None:
            left_out.append(f"{label}: not in the data")
            continue
        try:
            column, levels = _column(values, rows, transform)
            data = {"time": times["time"], "event": times["event"], name: column}
            fit = ms.univariate_cox("time", event="event", covariates=[name], data=data, ties=cast("Ties", plan.ties), conf_level=plan.level, missing="drop")  # fmt: skip
        except (ValueError, ArithmeticError) as e:
            left_out.append(f"{label}: {e}")
            continue
        context.add_ard(fit.ard_rows(), analysis=section.id)
        for row in rows_of(fit):
            unit = str(covariate.get("unit", "")) or (f"{levels[1]} against {levels[0]}" if levels else _PER[transform])
            fitted.append({**row, "covariate": name, "label": label, "unit": unit, "transform": transform})
    if not fitted:
        raise NotPossible("no model could be fitted: " + "; ".join(left_out))
    for row in fitted:
        key = f"cox/{row['covariate']}"
        method = f"univariate Cox, {method_words(plan.ties)} ties, Wald" + (
            f", covariate as {row['transform']}" if row["transform"] != "none" else ""
        )
        for what, value in (("hr", row["hr"]), ("lower", row["lower"]), ("upper", row["upper"]), ("p", _p(row))):
            context.fact(f"{key}/{what}", f"{row['label']}: {what}", section.id, None if absent(value) else float(value), method=method)  # fmt: skip
    _table(context, section, fitted, tte, left_out)
    return section


def _p(row: dict[str, Any]) -> float:
    """The Wald p-value, or that of the likelihood ratio where there is none."""
    return float(row["p_likelihood_ratio"] if absent(row["p_wald"]) else row["p_wald"])


def _column(values: Any, rows: Any, transform: str) -> tuple[Any, list[str]]:
    """The covariate of the patients at risk, transformed; a category of two levels as 0/1."""
    if isinstance(values, np.ndarray):
        taken = values[rows]
        if transform in ("ln", "log2", "log10"):
            if (taken <= 0).any():
                raise NotPossible(f"`{transform}` needs values above 0, but {int((taken <= 0).sum())} are not")
            function = {"ln": np.log, "log2": np.log2, "log10": np.log10}[transform]
            return function(taken), []
        if transform == "per_sd":
            return taken / np.nanstd(taken, ddof=1), []
        return taken, []
    taken_texts = [values[i] for i in rows]
    levels = sorted({t for t in taken_texts if t is not None})
    if len(levels) != 2:
        raise NotPossible(f"{len(levels)} level{'' if len(levels) == 1 else 's'}; two are needed")
    return np.asarray([np.nan if t is None else float(t == levels[1]) for t in taken_texts]), levels


def _table(context: Context, section: Section, fitted: list[dict[str, Any]], tte: Any, left_out: list[str]) -> None:
    plan = context.plan
    notes = [
        f"One model a covariate; {method_words(plan.ties)} ties, Wald intervals and tests. Time to first response: {tte.statement}.",
        "Hazard ratios carry the unit of their covariate. Single models: no adjustment, no correction for their number.",
    ]
    if any(absent(r["p_wald"]) for r in fitted):
        notes.append("Where a coefficient is infinite there is no Wald test; p is that of the likelihood ratio.")
    if context.without_time_zero:
        notes.append(context.left_out())
    if left_out:
        notes.append("Left out: " + "; ".join(left_out) + ".")
    names = [n for n in fitted[0] if n not in ("label",)]
    shown = {
        "Covariate": [r["label"] for r in fitted],
        "Unit": [r["unit"] for r in fitted],
        "n": [fixed(float(r["n"]), 0) for r in fitted] if "n" in fitted[0] else [],
        "Events": [fixed(float(r["events"]), 0) for r in fitted] if "events" in fitted[0] else [],
        "Hazard ratio": [fixed(float(r["hr"]), 3) for r in fitted],
        f"{100 * plan.level:g} % interval": [interval(float(r["lower"]), float(r["upper"]), 3) for r in fitted],
        "p": [p_value(_p(r)) for r in fitted],
    }
    section.blocks.append(
        ReportTable(
            id="cox",
            caption="Univariate Cox models",
            data={n: [r[n] for r in fitted] for n in names},
            shown={k: v for k, v in shown.items() if v},
            notes=tuple(notes),
        )
    )
    forest = {
        "label": [f"{r['label']}\n{r['unit']}" for r in fitted],
        "hazard_ratio": [float(r["hr"]) for r in fitted],
        "lower": [float(r["lower"]) for r in fitted],
        "upper": [float(r["upper"]) for r in fitted],
        "p_value": [_p(r) for r in fitted],
    }

    def draw(ax: Any) -> Any:
        from mscsle import plot

        return plot.forest(
            forest,
            ax=ax,
            xlabel=f"Hazard ratio ({100 * plan.level:g} % interval, log scale)",
            favours=("later response", "earlier response"),
        )

    words = "; ".join(f"{r['label']} {fixed(float(r['hr']), 2)}" for r in fitted)
    section.blocks.append(
        ReportFigure(
            "cox_forest", "Hazard ratios of a first response", words, draw, width=7.2, height=1.4 + 0.5 * len(fitted)
        )
    )
