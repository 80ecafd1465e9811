"""One lane a patient: infusions, spells of response, flares, death and the end of follow-up."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from mscsle.report.analyses.flares import word_of
from mscsle.report.analyses.rows import rows_of
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.patients import MONTH_DAYS
from mscsle.report.plan import Analysis

__all__ = ["swimmer"]


def swimmer(context: Context, analysis: Analysis) -> Section:
    """Lanes from time zero to death or last contact; a spell of response lasts from its visit to the next one assessed."""
    context.need("infusions")
    patients = context.patients
    section = Section(analysis.id, analysis.title)
    last = np.fmax(patients.last_contact_day, _last_visit_day(context))
    end = np.where(patients.dead & ~np.isnan(patients.death_day), patients.death_day, last)
    shown = [i for i in range(len(patients)) if not np.isnan(patients.time_zero[i]) and not np.isnan(end[i])]
    if not shown:
        raise NotPossible("no patient has a first infusion and a later date, so no lane can be drawn")
    left_out = len(patients) - len(shown)
    lanes = {
        "usubjid": [patients.subjects[i] for i in shown],
        "end": [end[i] / MONTH_DAYS for i in shown],
        "ongoing": [int(not patients.dead[i] and np.isnan(patients.withdrawal_day[i])) for i in shown],
    }
    marks = _marks(context, shown)
    spells = _spells(context, {patients.subjects[i]: float(end[i]) for i in shown})
    counts: dict[str, int] = defaultdict(int)
    for what in marks["what"]:
        counts[str(what)] += 1
    section.blocks.append(
        ReportFigure(
            analysis.id,
            "Follow-up, response and events of each patient",
            f"{len(shown)} lanes; " + "; ".join(f"{what} {n}" for what, n in counts.items()),
            lambda ax: _draw(ax, lanes, marks, spells),
            height=min(9.2, max(2.6, 0.105 * len(shown) + 1.2)),
            notes=(
                "Months of 30.4375 days from the first infusion. An arrow: alive and not withdrawn at the last contact. A "
                "response is known at visits only: it is drawn from its visit to the next assessed one, the last to its own "
                f"visit.{f' {left_out} without a first infusion or a later date are left out.' if left_out else ''}",
            ),
        )
    )
    section.blocks.append(
        ReportTable(
            id=f"{analysis.id}_events",
            caption="Events drawn",
            data=marks,
            shown={"Event": list(counts), "Number": [str(n) for n in counts.values()]},
            notes=("The file of this table lists each event with its patient and month.",),
        )
    )
    for what, n in counts.items():
        context.fact(f"{analysis.id}/{what}", f"{what}, events drawn", section.id, n)
    return section


def _draw(ax: Any, lanes: dict[str, Any], marks: dict[str, Any], spells: dict[str, Any]) -> Any:
    from mscsle import plot

    return plot.swimmer(lanes, marks, states=spells if spells["usubjid"] else None, ax=ax)


def _last_visit_day(context: Context) -> Any:
    patients = context.patients
    return patients._since_zero("visits", "date") if patients.has("visits") else np.full(len(patients), np.nan)


def _marks(context: Context, shown: list[int]) -> dict[str, list[Any]]:
    patients = context.patients
    lanes = set(shown)
    rows: list[tuple[str, float, str]] = []
    days = patients._dates("infusions", "date")
    for who, day in zip(patients.owners("infusions"), days, strict=True):
        if who in lanes and who is not None and not np.isnan(day):
            rows.append((patients.subjects[who], float(day - patients.time_zero[who]), "infusion"))
    if context.plan.flare is not None:
        try:
            found = context.flares
        except NotPossible:
            found = None
        if found is not None:
            word = word_of(found.definition)
            rows += [
                (str(s), float(d), word)
                for s, d in zip(found.table["usubjid"], found.table["day"], strict=True)
                if d == d
            ]
    rows += [(patients.subjects[i], float(patients.withdrawal_day[i]), "withdrawal") for i in shown if not np.isnan(patients.withdrawal_day[i])]  # fmt: skip
    rows += [(patients.subjects[i], float(patients.death_day[i]), "death") for i in shown if not np.isnan(patients.death_day[i])]  # fmt: skip
    return {
        "usubjid": [r[0] for r in rows],
        "time": [r[1] / MONTH_DAYS for r in rows],
        "what": [r[2] for r in rows],
    }


def _spells(context: Context, end: dict[str, float]) -> dict[str, list[Any]]:
    """From each visit in response to the next assessed visit."""
    out: dict[str, list[Any]] = {"usubjid": [], "start": [], "end": [], "state": []}
    if context.plan.response is None:
        return out
    try:
        response = context.response
    except NotPossible:
        return out
    labels = dict(zip(response.definition.states, response.definition.labels, strict=False))
    by_subject: dict[str, list[tuple[float, str, int]]] = defaultdict(list)
    for row in rows_of(response):
        if row["day"] == row["day"] and row["day"] is not None and row["state"] is not None:
            by_subject[row["usubjid"]].append((float(row["day"]), str(row["state"]), int(row["response"])))
    for subject, visits in by_subject.items():
        if subject not in end:
            continue
        visits.sort()
        for k, (day, state, responds) in enumerate(visits):
            until = visits[k + 1][0] if k + 1 < len(visits) else day
            if responds == 1:
                out["usubjid"].append(subject)
                out["start"].append(day / MONTH_DAYS)
                out["end"].append(min(until, end[subject]) / MONTH_DAYS + (0.12 if until == day else 0.0))
                out["state"].append(f"{labels.get(state, state)}")
    return out
