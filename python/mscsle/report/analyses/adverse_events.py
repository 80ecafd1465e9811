"""Adverse events: each patient counted once by class and term, related and serious ones apart."""

from __future__ import annotations

from mscsle._result import ard_row
from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.plan import Analysis
from mscsle.report.rounding import percent

__all__ = ["adverse_events"]


def adverse_events(context: Context, analysis: Analysis) -> Section:
    """Events and patients with events over the treated, from the table `adverse_events`."""
    context.need("adverse_events")
    patients = context.patients
    section = Section(analysis.id, analysis.title)
    owners = patients.owners("adverse_events")
    n_rows = len(owners)
    terms = patients.texts("adverse_events", "term")
    classes = patients.texts("adverse_events", "class")
    flags = {name: patients.numbers("adverse_events", name) for name in ("related", "serious")}
    grades = patients.numbers("adverse_events", "grade")
    denominator = int(patients.treated.sum()) if patients.has("infusions") else len(patients)
    rule = "treated" if patients.has("infusions") else "enrolled"
    lines: list[tuple[str, int, int]] = []

    def add(label: str, rows: list[int]) -> int:
        people = {owners[r] for r in rows if owners[r] is not None}
        lines.append((label, len(people), len(rows)))
        return len(people)

    everything = list(range(n_rows))
    add("Any event", everything)
    related = [r for r in everything if flags["related"][r] == 1]
    serious = [r for r in everything if flags["serious"][r] == 1]
    with_related = add("Related to the infusions", related)
    add("Serious", serious)
    for grade in (3, 4, 5):
        add(f"Grade {grade}", [r for r in everything if grades[r] == grade])
    for group in sorted({c or "Unclassified" for c in classes}):
        inside = [r for r in everything if (classes[r] or "Unclassified") == group]
        add(group, inside)
        for term in sorted({terms[r] or "" for r in inside}):
            add(f"  {term}", [r for r in inside if (terms[r] or "") == term])
    unknown = sum(flags["related"][r] not in (0, 1) for r in everything)
    method = "rows of `adverse_events`, each patient counted once"
    context.fact("adverse_events/any", "Patients with any event", section.id, lines[0][1], numerator=lines[0][1], denominator=denominator, method=method)  # fmt: skip
    context.fact("adverse_events/related", "Patients with a related event", section.id, with_related, numerator=with_related, denominator=denominator, method=method)  # fmt: skip
    notes = [
        f"Percent of the {denominator} {rule}. Each patient is counted once in a line; events are rows of the table."
    ]
    if unknown:
        notes.append(
            f"{unknown} event{'s' if unknown > 1 else ''} without a statement on relation; not counted as related."
        )
    if n_rows == 0:
        section.blocks.append(
            "The table `adverse_events` is empty: no event was recorded, which is not the same as none."
        )
    else:
        section.blocks.append(
            ReportTable(
                id="adverse_events",
                caption="Adverse events",
                data={
                    "event": [x[0].strip() for x in lines],
                    "patients": [x[1] for x in lines],
                    "denominator": [denominator] * len(lines),
                    "events": [x[2] for x in lines],
                },
                shown={
                    "Event": [x[0] for x in lines],
                    "Patients": [str(x[1]) for x in lines],
                    "%": [percent(x[1], denominator) for x in lines],
                    "Events": [str(x[2]) for x in lines],
                },
                notes=tuple(notes),
            )
        )
    context.add_ard(
        (
            ard_row(
                variable="adverse_events", variable_level=label.strip(), context="count", stat_name="n", stat=float(people), method=method
            )
            for label, people, _ in lines
        ),
        analysis=analysis.id,
    )  # fmt: skip
    return section
