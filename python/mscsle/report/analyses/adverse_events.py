"""Adverse events: each patient counted once by class, grade and term, with exposure-adjusted rates of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mscsle._result import ard_row
from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, interval, percent

if TYPE_CHECKING:
    from mscsle.stats import Rate

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
    rates = _Rates(context, owners)
    lines: list[tuple[str, int, int]] = []
    per_year: list[Rate | None] = []

    def add(label: str, rows: list[int]) -> int:
        people = {owners[r] for r in rows if owners[r] is not None}
        lines.append((label, len(people), len(rows)))
        per_year.append(rates.of(rows))
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
                    **_rate_data(per_year),
                },
                shown={
                    "Event": [x[0] for x in lines],
                    "Patients": [str(x[1]) for x in lines],
                    "%": [percent(x[1], denominator) for x in lines],
                    "Events": [str(x[2]) for x in lines],
                    **_rate_shown(per_year, context.plan.level),
                },
                notes=(*notes, *rates.notes),
                wide=True,
            )
        )
        section.blocks.append(_by_grade(context, owners, classes, grades, rates))
    context.add_ard(
        (
            ard_row(
                variable="adverse_events", variable_level=label.strip(), context="count", stat_name="n", stat=float(people), method=method
            )
            for label, people, _ in lines
        ),
        analysis=analysis.id,
    )  # fmt: skip
    for rate in per_year[:1]:
        if rate is not None:
            context.add_ard(rate.ard_rows(), analysis=analysis.id)
            context.fact("adverse_events/rate", "Events per 100 patient-years", section.id, 100 * rate.estimate, lower=100 * rate.lower, upper=100 * rate.upper, method="events over patient-years of follow-up, exact Poisson interval")  # fmt: skip
    return section


class _Rates:
    """Events per patient-year from the first infusion to death or last contact."""

    def __init__(self, context: Context, owners: list[int | None]) -> None:
        patients = context.patients
        self.level = context.plan.level
        end = np.where(np.isnan(patients.death_day), patients.last_contact_day, patients.death_day)
        usable = ~np.isnan(end) & (end >= 0)
        self.years = float(end[usable].sum()) / 365.25
        starts = patients._dates("adverse_events", "start_date")
        self.counts = [
            who is not None and bool(usable[who]) and not start < patients.time_zero[who]
            for who, start in zip(owners, starts, strict=True)
        ]
        left = len(owners) - sum(self.counts)
        unseen = int((patients.treated & ~usable).sum())
        self.notes: list[str] = []
        if self.years <= 0:
            self.notes.append("No rates: follow-up needs `infusions` and a date of last contact or death.")
            return
        self.notes.append(
            f"Rates: events over {fixed(self.years, 1)} patient-years from the first infusion to death or last contact; "
            "exact Poisson intervals, which take the events as independent."
        )
        if left:
            self.notes.append(
                f"{left} event{'s' if left > 1 else ''} before the first infusion or in patients without follow-up: not in the rates."
            )
        if unseen:
            self.notes.append(f"{unseen} treated without a date of last contact or death add no time.")

    def of(self, rows: list[int]) -> Rate | None:
        """The rate of these events; None without follow-up."""
        import mscsle as ms

        if self.years <= 0:
            return None
        return ms.stats.rate(sum(self.counts[r] for r in rows), self.years, conf_level=self.level)


def _rate_data(rates: list[Rate | None]) -> dict[str, list[object]]:
    if all(r is None for r in rates):
        return {}
    return {
        "events_in_rate": [r and r.events for r in rates],
        "patient_years": [r and r.person_time for r in rates],
        "per_100_patient_years": [r and 100 * r.estimate for r in rates],
        "lower": [r and 100 * r.lower for r in rates],
        "upper": [r and 100 * r.upper for r in rates],
    }


def _rate_shown(rates: list[Rate | None], level: float) -> dict[str, list[str]]:
    if all(r is None for r in rates):
        return {}
    return {
        "Per 100 patient-years": [fixed(100 * r.estimate, 1) if r else "" for r in rates],
        f"{100 * level:g} % interval": [interval(r.lower, r.upper, 1, scale=100) if r else "" for r in rates],
    }


def _by_grade(
    context: Context, owners: list[int | None], classes: list[str | None], grades: Any, rates: _Rates
) -> ReportTable:
    """Patients of each class by their highest grade, and the rate of events."""
    groups = ["Any event", *sorted({c or "Unclassified" for c in classes})]
    members = {
        g: [r for r in range(len(owners)) if g == "Any event" or (classes[r] or "Unclassified") == g] for g in groups
    }
    counts: dict[str, list[int]] = {}
    for group in groups:
        worst: dict[int, float] = {}
        for r in members[group]:
            who, grade = owners[r], float(grades[r])
            if who is not None:
                worst[who] = float(np.fmax(worst.get(who, np.nan), grade))
        counts[group] = [sum(w == g for w in worst.values()) for g in range(1, 6)]
        counts[group].append(sum(np.isnan(w) for w in worst.values()))
    heads = [*(f"Grade {g}" for g in range(1, 6)), "Not graded"]
    found = [rates.of(members[g]) for g in groups]
    return ReportTable(
        id="adverse_events_by_grade",
        caption="Patients by class and highest grade",
        data={
            "class": groups,
            **{h.lower().replace(" ", "_"): [counts[g][i] for g in groups] for i, h in enumerate(heads)},
            "events": [len(members[g]) for g in groups],
            **_rate_data(found),
        },
        shown={
            "Class": groups,
            **{h: [str(counts[g][i]) for g in groups] for i, h in enumerate(heads)},
            "Events": [str(len(members[g])) for g in groups],
            **_rate_shown(found, context.plan.level),
        },
        notes=("A patient counts once in a line, at the highest grade recorded in that class.",),
    )
