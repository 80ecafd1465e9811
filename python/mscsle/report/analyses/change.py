"""Change from baseline by visit, with the caveat that belongs to a study without a control group."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from mscsle.report.analyses.rows import absent, rows_of
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, interval, p_value

__all__ = ["change"]


def change(context: Context, analysis: Analysis) -> Section:
    """Mean and SD by visit, mean change with interval, paired t test and signed rank test."""
    import mscsle as ms

    plan = context.plan
    section = Section(analysis.id, analysis.title)
    measure = analysis.text("measure")
    label = analysis.text("label", measure)
    unit = analysis.text("unit")
    digits = analysis.integer("digits", 1)
    missing = analysis.text("missing", "observed")
    by, group = analysis.text("by"), analysis.text("group")
    if by or group:
        found = sorted({g for g in context.groups(by) if g}) if by else []
        if not by or group not in found:
            raise NotPossible(
                f"`by` and `group` go together, but `by` is `{by}` and `group` is `{group}`"
                + (f"; the groups are {', '.join(f'`{g}`' for g in found)}" if found else "")
            )
    tests = analysis.texts("tests", ("t", "wilcoxon")) or ["t"]
    results = {test: ms.stats.change_from_baseline(context.trial, measure, test=test, missing=missing, by=by or None, conf_level=plan.level) for test in tests}  # fmt: skip
    first = results[tests[0]]
    wanted = analysis.texts("visits", [v.label for v in plan.visits])
    rows = [r for r in rows_of(first) if r["visit"] in wanted and _in_group(r, by, group)]
    p = {
        test: {r["visit"]: r["p_value"] for r in rows_of(result) if _in_group(r, by, group)}
        for test, result in results.items()
    }
    # the interval of a mean change is that of the t test; the rank test brings its own estimate
    limits = {r["visit"]: (r["lower"], r["upper"]) for r in rows_of(results.get("t", first)) if _in_group(r, by, group)}
    of = "" if "t" in results else " (Hodges-Lehmann)"
    for result in results.values():
        context.add_ard(result.ard_rows(), analysis=section.id)
    for r in rows:
        visit = plan.visit(r["visit"])
        context.fact(f"{analysis.id}/{visit.label}", f"{label}, {visit.name}", section.id, r["mean"], sd=r["sd"], n=round(r["n"]), method="patients with a value at the visit" if missing == "observed" else "last value carried forward, the dead included")  # fmt: skip
        if visit is not plan.baseline_visit and not absent(r["change_mean"]):
            context.fact(f"{analysis.id}/{visit.label}/change", f"{label}, change to {visit.name}", section.id, r["change_mean"], n=round(r["n_pairs"]), lower=limits[visit.label][0], upper=limits[visit.label][1])  # fmt: skip
            for test in tests:
                key = "p" if test == tests[0] else f"p_{test}"
                value = p[test].get(visit.label)
                context.fact(f"{analysis.id}/{visit.label}/{key}", f"{label}, p at {visit.name}", section.id, value, method=_test_words(test))  # fmt: skip
    heading = label + (f", {unit}" if unit else "")
    if group:
        section.blocks.append(f"Only patients with `{by}` {group}.")
    rule = "Complete cases: n have a value at the visit, pairs a value at baseline too; nothing is carried forward."
    if missing == "locf":
        rule = "The last value is carried forward, the dead included: done to reproduce a report, not recommended."
    section.blocks.append(
        ReportTable(
            id=f"{analysis.id}_change",
            caption=f"{heading}: by visit and change from baseline",
            data={n: [r[n] for r in rows] for n in rows[0]} if rows else {},
            shown={
                "Visit": [plan.visit(r["visit"]).name for r in rows],
                "n": [fixed(float(r["n"]), 0) for r in rows],
                "Mean ± SD": [f"{fixed(r['mean'], digits)} ± {fixed(r['sd'], digits)}" for r in rows],
                "Pairs": ["" if _is_baseline(context, r) else fixed(float(r["n_pairs"]), 0) for r in rows],
                "Mean change": ["" if _is_baseline(context, r) else fixed(r["change_mean"], digits) for r in rows],
                f"{100 * plan.level:g} % interval{of}": [
                    "" if _is_baseline(context, r) else interval(*limits[r["visit"]], digits) for r in rows
                ],
                **{
                    f"p, {_test_words(test)}": [
                        "" if _is_baseline(context, r) else p_value(p[test].get(r["visit"])) for r in rows
                    ]
                    for test in tests
                },
            },
            notes=(
                f"{first.source[0].upper()}{first.source[1:]}. {rule}",
                *(f"{note[0].upper()}{note[1:]}." for note in first.notes),
                *((first.caveat,) if plan.single_arm else ()),
            ),
        )
    )
    means = _means(
        context, measure, [r["visit"] for r in rows], members=_members(context, by, group), locf=missing == "locf"
    )
    months = {v.label: v.month for v in plan.visits}

    def draw(ax: Any) -> Any:
        from mscsle import plot

        return plot.mean_by_visit(
            means,
            ax=ax,
            visits=months,
            label=textwrap.fill(f"{heading}, mean", 30),
            xlabel="Months from first infusion",
        )

    words = "; ".join(f"{plan.visit(r['visit']).name} {fixed(r['mean'], digits)}" for r in rows)
    section.blocks.append(
        ReportFigure(
            f"{analysis.id}_by_visit",
            f"{heading}: mean with {100 * plan.level:g} % interval (t); number of patients below",
            words,
            draw,
            height=3.5,
        )
    )
    return section


def _in_group(row: dict[str, Any], by: str, group: str) -> bool:
    return not by or row.get("group") == group


def _members(context: Context, by: str, group: str) -> set[str] | None:
    """The patients of the group the analysis is about; None for all."""
    if not by:
        return None
    levels = context.patients.texts("subjects", by)
    return {s for s, level in zip(context.patients.subjects, levels, strict=True) if level == group}


def _means(
    context: Context, measure: str, visits: list[str], *, members: set[str] | None, locf: bool
) -> dict[str, Any]:
    """Mean of each visit with its interval by the t distribution."""
    import mscsle as ms
    from mscsle.stats import _values

    values = _values.of_trial(context.trial, measure, unit=None, coding=None, version=None, baseline=None)
    out: dict[str, Any] = {"visit": visits, "mean": [], "n": [], "lower": [], "upper": []}
    last = np.full(len(values.subjects), np.nan)
    for visit in visits:
        known = values.at(visit)
        if locf:
            known = np.where(np.isnan(known), last, known)
            last = known
        inside = np.asarray([members is None or s in members for s in values.subjects])
        known = known[~np.isnan(known) & inside]
        mean = float(known.mean()) if len(known) else np.nan
        lower = upper = mean
        if len(known) > 1 and known.std() > 0:
            found = ms.stats.paired_test(np.zeros(len(known)), known, test="t", conf_level=context.plan.level)
            lower, upper = float(found.lower or mean), float(found.upper or mean)
        for name, value in (("mean", mean), ("n", len(known)), ("lower", lower), ("upper", upper)):
            out[name].append(value)
    return out


def _is_baseline(context: Context, row: dict[str, Any]) -> bool:
    return str(row["visit"]) == context.plan.baseline_visit.label


def _test_words(test: str) -> str:
    return {"t": "paired t", "wilcoxon": "signed rank"}.get(test, test)
