"""BILAG letters of one system by visit, and their mean and SD under a named coding."""

from __future__ import annotations

from typing import Any

from mscsle._result import ard_row
from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, p_value, percent

__all__ = ["letters"]


def letters(context: Context, analysis: Analysis) -> Section:
    """Counts of A to E by visit; mean and SD of the letters as numbers (an ordinal sum: compare within one coding only)."""
    import mscsle as ms

    context.need("bilag")
    plan, patients = context.plan, context.patients
    section = Section(analysis.id, analysis.title)
    system, coding, digits = analysis.text("system"), analysis.text("coding"), analysis.integer("digits", 2)
    labels = analysis.texts("visits", [v.label for v in plan.visits])
    of_system, visits, grades = (patients.texts("bilag", c) for c in ("system", "visit", "grade"))
    owners = patients.owners("bilag")
    if system not in of_system:
        known = ", ".join(f"`{s}`" for s in sorted({s for s in of_system if s}))
        raise NotPossible(f"the table `bilag` has no system `{system}`; it has {known}")
    scored = ms.stats.change_from_baseline(context.trial, f"bilag_{system}", coding=coding, test="wilcoxon")
    numbers = {row["visit"]: row for row in scored.rows}
    context.add_ard(scored.ard_rows(), analysis=section.id)
    lines: list[dict[str, Any]] = []
    for label in labels:
        rows = [
            r
            for r in range(len(owners))
            if of_system[r] == system and visits[r] == label and owners[r] is not None and grades[r]
        ]
        counted = [str(grades[r]) for r in rows]
        line: dict[str, Any] = {"visit": label, "n": len(rows), **{g: counted.count(g) for g in "ABCDE"}}
        line |= (
            {"mean": numbers[label]["mean"], "sd": numbers[label]["sd"]}
            if label in numbers
            else {"mean": None, "sd": None}
        )
        lines.append(line)
        _facts(context, section, analysis, line, coding)
        for name in "ABCDE":
            context.add_ard(
                [
                    ard_row(
                        variable=f"bilag {system}",
                        variable_level=name,
                        group1="visit",
                        group1_level=label,
                        context="letters",
                        stat_name="n",
                        stat=float(line[name]),
                        method=f"letters as recorded, coding {coding}",
                    )
                ],
                analysis=section.id,
            )
    section.blocks.append(
        ReportTable(
            id=f"{analysis.id}_letters",
            caption=f"BILAG {system}: letters and their mean",
            data={name: [line[name] for line in lines] for name in ("visit", "n", *"ABCDE", "mean", "sd")},
            shown={
                "Visit": [plan.visit(line["visit"]).name for line in lines],
                "n": [str(line["n"]) for line in lines],
                **{f"{g}": [f"{line[g]} ({percent(line[g], line['n'], 0)} %)" for line in lines] for g in "ABCDE"},
                "Mean ± SD": [f"{fixed(line['mean'], digits)} ± {fixed(line['sd'], digits)}" for line in lines],
                "p, signed rank": [_p(numbers, context, line["visit"]) for line in lines],
            },
            notes=(
                f"Coding {coding}. The sum of letters is ordinal: means of different codings cannot be compared.",
                "Complete cases: patients with a recorded letter at the visit.",
                *((scored.caveat,) if plan.single_arm else ()),
            ),
        )
    )
    return section


def _p(numbers: dict[str, Any], context: Context, visit: str) -> str:
    if visit == context.plan.baseline_visit.label or visit not in numbers:
        return ""
    return p_value(numbers[visit]["p_value"])


def _facts(context: Context, section: Section, analysis: Analysis, line: dict[str, Any], coding: str) -> None:
    visit, base = line["visit"], f"{analysis.id}/{line['visit']}"
    name = context.plan.visit(visit).name
    context.fact(base, f"BILAG, {name}", section.id, line["mean"], sd=line["sd"], n=line["n"], method=f"letters coded {coding}, complete cases")  # fmt: skip
    context.fact(f"{base}/n", f"Patients with a letter, {name}", section.id, line["n"])
    for grade in "ABCDE":
        context.fact(f"{base}/{grade}", f"BILAG {grade}, {name}", section.id, line[grade], numerator=line[grade], denominator=line["n"])  # fmt: skip
    for group in ("CDE", "DE"):
        count = sum(line[g] for g in group)
        context.fact(f"{base}/{group}", f"BILAG {' or '.join(group)}, {name}", section.id, count, numerator=count, denominator=line["n"])  # fmt: skip
