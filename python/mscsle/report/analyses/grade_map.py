"""Heat map of BILAG letters: a row a patient, a column a visit, a panel a system."""

from __future__ import annotations

from typing import Any

from mscsle.report.blocks import ReportFigure, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.plan import Analysis

__all__ = ["grade_map"]


def grade_map(context: Context, analysis: Analysis) -> Section:
    """Letters as recorded in the table `bilag`."""
    context.need("bilag")
    plan, patients = context.plan, context.patients
    section = Section(analysis.id, analysis.title)
    labels = analysis.texts("visits", [v.label for v in plan.visits])
    columns = {name: patients.texts("bilag", name) for name in ("system", "visit", "grade")}
    owners = patients.owners("bilag")
    systems = analysis.texts("systems", sorted({s for s in columns["system"] if s}))
    unknown = [s for s in systems if s not in columns["system"]]
    if unknown:
        raise NotPossible(f"the table `bilag` has no system `{unknown[0]}`")
    keep = [
        r
        for r, who in enumerate(owners)
        if who is not None and columns["system"][r] in systems and columns["visit"][r] in labels and columns["grade"][r]
    ]
    if not keep:
        raise NotPossible("no letter of these systems is recorded at a planned visit")
    data: dict[str, list[Any]] = {"usubjid": [patients.subjects[owners[r] or 0] for r in keep]}
    data |= {name: [values[r] for r in keep] for name, values in columns.items()}
    present = [v for v in labels if v in data["visit"]]
    n = len(set(data["usubjid"]))

    def draw(ax: Any) -> Any:
        from mscsle import plot

        return plot.grades(data, ax=ax, visits=present, systems=systems)

    section.blocks.append(
        ReportFigure(
            analysis.id,
            "BILAG letters by patient, system and visit",
            f"{n} patients, {len(systems)} systems, {len(present)} visits; "
            + "; ".join(f"{g} {data['grade'].count(g)}" for g in "ABCDE"),
            draw,
            width=6.4 if len(systems) * len(present) <= 8 else 9.5,
            height=min(9.2, max(2.5, 0.11 * n + 1.2)),
            notes=(
                "Letters as recorded; a white cell has none. Patients are ordered by their letters, the worst first.",
            ),
        )
    )
    return section
