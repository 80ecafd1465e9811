"""Shift tables: BILAG letters by visit, or the highest CTCAE grade, against baseline."""

from __future__ import annotations

from typing import Any

from mscsle.report.analyses.rows import rows_of
from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.plan import Analysis
from mscsle.stats._shift import MISSING, WORST, ShiftTable

__all__ = ["shifts"]


def shifts(context: Context, analysis: Analysis) -> Section:
    """One table a measure: baseline in rows, after it in columns, visits (and groups) below each other."""
    import mscsle as ms

    plan = context.plan
    section = Section(analysis.id, analysis.title)
    by = analysis.text("by", "") or None
    for measure in analysis.texts("measures", []):
        given = analysis.texts("visits", [v.label for v in plan.visits]) if measure.startswith("bilag_") else None
        visits = None if given is None else [v for v in given if v != plan.baseline_visit.label]
        table = ms.stats.shift_table(context.trial, measure, visits=visits, baseline=plan.baseline_visit.label, by=by)
        context.add_ard(table.ard_rows(), analysis=section.id)
        _facts(context, section, analysis, measure, table)
        section.blocks.append(_block(context, analysis, measure, table))
    return section


def _name(context: Context, visit: str) -> str:
    return "Highest grade after baseline" if visit == WORST else context.plan.visit(visit).name


def _block(context: Context, analysis: Analysis, measure: str, table: ShiftTable) -> ReportTable:
    rows = rows_of(table)
    after = (*table.levels, MISSING)
    shown: dict[str, list[str]] = {"After": [_name(context, row["visit"]) for row in rows]}
    if table.by is not None:
        shown[table.by.capitalize()] = [str(row[table.by]) for row in rows]
    shown["Baseline"] = [str(row["baseline"]) for row in rows]
    shown |= {level: [str(row[level]) for row in rows] for level in after}
    shown["All"] = [str(row["total"]) for row in rows]
    return ReportTable(
        id=f"{analysis.id}_{measure}",
        caption=f"Shift of {table.measure} from baseline",
        data=table.columns(),
        shown=shown,
        notes=(
            f"Numbers of patients: level at baseline in rows, after it in columns; `{MISSING}` had none.",
            f"Source: {table.source}.",
            *(f"{note[0].upper()}{note[1:]}." for note in table.notes),
        ),
    )


def _facts(context: Context, section: Section, analysis: Analysis, measure: str, table: ShiftTable) -> None:
    for visit in table.visits:
        for group in table.groups:
            n: Any = table.denominator(visit, group)
            base = f"{analysis.id}/{measure}/{'worst' if visit == WORST else visit}"
            suffix = f"/{table.by}={group}" if table.by is not None else ""
            name = f"{table.measure}, {_name(context, visit)}{f', {group}' if group is not None else ''}"
            context.fact(f"{base}/n{suffix}", f"Patients with both levels, {name}", section.id, n)
            for before in table.levels:
                for after in table.levels:
                    count = table.count(before, after, visit=visit, group=group)
                    context.fact(
                        f"{base}/{before}>{after}{suffix}",
                        f"{before} at baseline, {after} after it: {name}",
                        section.id,
                        count,
                        numerator=count,
                        denominator=n,
                    )
