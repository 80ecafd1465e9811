"""Figures of one measure patient by patient: trajectories over the visits, and the best change from baseline."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle.report.blocks import ReportFigure, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed

__all__ = ["trajectories", "waterfall"]


def _values(
    context: Context, analysis: Analysis, *, with_baseline: bool = False
) -> tuple[list[str], dict[str, NDArray[np.float64]], str]:
    """Patients, their values by planned visit, and the heading of the measure."""
    from mscsle.stats import _values

    measure = analysis.text("measure")
    values = _values.of_trial(context.trial, measure, unit=None, coding=analysis.text("coding") or None, version=None, baseline=None)  # fmt: skip
    wanted = analysis.texts("visits", [v.label for v in context.plan.visits])
    if with_baseline:
        wanted = list(dict.fromkeys((context.plan.baseline_visit.label, *wanted)))
    by_visit = {label: values.at(label) for label in wanted}
    if all(np.isnan(v).all() for v in by_visit.values()):
        raise NotPossible(f"no patient has a value of `{measure}` at a planned visit")
    unit = analysis.text("unit")
    return list(values.subjects), by_visit, analysis.text("label", measure) + (f", {unit}" if unit else "")


def trajectories(context: Context, analysis: Analysis) -> Section:
    """One line a patient over the planned visits, the median in bold."""
    section = Section(analysis.id, analysis.title)
    subjects, by_visit, heading = _values(context, analysis)
    month = {v.label: v.month for v in context.plan.visits}
    rows = [
        (s, month[label], float(v[i])) for label, v in by_visit.items() for i, s in enumerate(subjects) if v[i] == v[i]
    ]
    data = {"usubjid": [r[0] for r in rows], "month": [r[1] for r in rows], "value": [r[2] for r in rows]}
    medians = "; ".join(
        f"{context.plan.visit(label).name} {fixed(float(np.nanmedian(v)), analysis.integer('digits', 1))}"
        for label, v in by_visit.items()
        if not np.isnan(v).all()
    )

    def draw(ax: Any) -> Any:
        from mscsle import plot

        return plot.trajectories(data, ax=ax, ylabel=heading)

    section.blocks.append(
        ReportFigure(
            analysis.id,
            f"{heading}: each patient",
            f"Medians: {medians}",
            draw,
            notes=(
                "One line a patient; the median of those with a value at the visit in bold. Nothing is carried forward.",
            ),
        )
    )
    return section


def waterfall(context: Context, analysis: Analysis) -> Section:
    """Best change from baseline, one bar a patient, ordered; percent unless ``scale = "absolute"``."""
    section = Section(analysis.id, analysis.title)
    _, by_visit, heading = _values(context, analysis, with_baseline=True)
    base = by_visit.pop(context.plan.baseline_visit.label)
    if not by_visit:
        raise NotPossible("a change needs a visit after baseline, but `visits` has none")
    later = np.vstack(list(by_visit.values()))
    known = ~np.isnan(base) & ~np.isnan(later).all(axis=0)
    as_percent = analysis.text("scale", "percent") == "percent"
    if as_percent:
        known &= base > 0
    if not known.any():
        raise NotPossible("no patient has a value at baseline and at a later visit")
    worst_is_high = analysis.text("better", "lower") == "lower"
    pick = np.nanmin if worst_is_high else np.nanmax
    best = pick(later[:, known], axis=0)
    change = best - base[known]
    if as_percent:
        change = 100 * change / base[known]
    reference = analysis.numbers("reference", ())
    n = int(known.sum())
    for limit in reference:
        reached = int((change <= limit + 1e-9).sum() if worst_is_high else (change >= limit - 1e-9).sum())
        context.fact(f"{analysis.id}/reached/{limit:g}", f"{heading}, best change of {limit:g} or better", section.id, reached, numerator=reached, denominator=n)  # fmt: skip

    def draw(ax: Any) -> Any:
        from mscsle import plot

        unit = "%" if as_percent else "units of the measure"
        return plot.waterfall(
            {"change": change}, ax=ax, reference=reference, ylabel=f"Best change from baseline ({unit})"
        )

    left_out = len(known) - n
    section.blocks.append(
        ReportFigure(
            analysis.id,
            f"{heading}: best change from baseline",
            f"{n} patients; median {fixed(float(np.median(change)), 1)}, from {fixed(float(change.min()), 1)} to {fixed(float(change.max()), 1)}",
            draw,
            height=3.4,
            notes=(
                f"{'Lowest' if worst_is_high else 'Highest'} value at a planned visit after baseline against baseline; {left_out} "
                "without both are not drawn. The best of several visits flatters: it is chosen after looking.",
            ),
        )
    )
    return section
