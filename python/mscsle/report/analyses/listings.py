"""Listings, one row an event: deaths with day and cause, flares or relapses with visit, day and the way they were met."""

from __future__ import annotations

import numpy as np

from mscsle.exceptions import MscsleError
from mscsle.report.analyses.flares import word_of
from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed

__all__ = ["listings"]


def listings(context: Context, analysis: Analysis) -> Section:
    """Deaths from the table `status`, flares from the definition of the plan."""
    section = Section(analysis.id, analysis.title)
    if not context.patients.has("status") and context.plan.flare is None:
        raise NotPossible("the data have no table `status` and the plan names no flare")
    if context.patients.has("status"):
        _deaths(context, section)
    else:
        section.blocks.append("Deaths are not listed: the data have no table `status`.")
    if context.plan.flare is not None:
        _flares(context, section)
    return section


def _deaths(context: Context, section: Section) -> None:
    patients = context.patients
    dates, causes = patients.texts("status", "death_date"), patients.texts("status", "death_cause")
    cause = {
        who: why or ""
        for who, date, why in zip(patients.owners("status"), dates, causes, strict=True)
        if who is not None and date
    }
    partial = sum(len(date) < 10 for date in dates if date)
    dead = sorted(np.flatnonzero(patients.dead).tolist(), key=lambda i: (np.nan_to_num(patients.death_day[i], nan=np.inf), patients.subjects[i]))  # fmt: skip
    if not dead:
        section.blocks.append("Deaths: none recorded.")
        return
    notes = ["Day counted from the first infusion. All recorded deaths, also those after the last planned visit."]
    if partial:
        notes.append(f"{partial} date{'s' if partial > 1 else ''} of death partial: the middle of what is not known is taken.")  # fmt: skip
    days = [float(patients.death_day[i]) for i in dead]
    section.blocks.append(
        ReportTable(
            id="listing_deaths",
            caption=f"Deaths ({len(dead)})",
            data={
                "usubjid": [patients.subjects[i] for i in dead],
                "day": days,
                "cause": [cause.get(i, "") for i in dead],
            },
            shown={
                "Subject": [patients.subjects[i] for i in dead],
                "Day": [fixed(day, 0) for day in days],
                "Cause as recorded": [cause.get(i) or "not recorded" for i in dead],
            },
            notes=tuple(notes),
        )
    )


def _flares(context: Context, section: Section) -> None:
    try:
        found = context.flares
    except (MscsleError, ValueError) as e:  # the deaths stand all the same
        section.blocks.append(f"Flares are not listed: {e}.")
        return
    word = word_of(found.definition)
    table = found.table
    rows = sorted(range(len(table["usubjid"])), key=lambda i: (float(table["day"][i]), table["usubjid"][i]))
    if not rows:
        section.blocks.append(f"{word.capitalize()}s: none by the definition `{found.definition.id}`.")
        return
    names = ("usubjid", "visit", "day", "day_from_response", "number", "branch", "label")
    data: dict[str, list[object]] = {n: [table[n][i] for i in rows] for n in names}
    section.blocks.append(
        ReportTable(
            id="listing_flares",
            caption=f"{word.capitalize()}s ({len(rows)})",
            data=data,
            shown={
                "Subject": [str(v) for v in data["usubjid"]],
                "Visit": [str(v) for v in data["visit"]],
                "Day": [_whole(v) for v in data["day"]],
                "Days from the response": [_whole(v) for v in data["day_from_response"]],
                "Number": [_whole(v) for v in data["number"]],
                "Met by": [str(v) for v in data["label"]],
            },
            notes=(
                f"Definition `{found.definition.id}` version {found.definition.version}, confidence {found.definition.confidence}. "
                "Day counted from the first infusion; Number counts those of one patient, recurrent ones are listed too.",
            ),
        )
    )


def _whole(value: object) -> str:
    return fixed(float(str(value)), 0)
