"""Patient flow: enrolled, treated, seen and alive at each visit, deaths, withdrawals, lost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle._result import ard_row
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.patients import MONTH_DAYS
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed

__all__ = ["flow"]


def flow(context: Context, analysis: Analysis) -> Section:
    """Counts of patients from enrolment to the last visit, from the tables `subjects`, `infusions`, `visits`, `status`."""
    plan, patients = context.plan, context.patients
    section = Section(analysis.id, analysis.title)
    n = len(patients)
    rows: list[tuple[str, int | None, str]] = []
    screened = analysis.options.get("screened")
    if isinstance(screened, int):
        rows.append(("Screened (given by the plan)", screened, ""))
        rows.append(("  not enrolled", screened - n, ""))
    rows.append(("Enrolled", n, "rows of `subjects`"))
    context.fact("flow/enrolled", "Patients enrolled", section.id, n, numerator=n, method="rows of `subjects`")
    treated = int(patients.treated.sum())
    if patients.has("infusions"):
        rows.append(("Received at least one infusion", treated, "rows of `infusions`"))
        _infusions(context, section, rows)
    horizon = plan.horizon * MONTH_DAYS
    if patients.has("status"):
        dead = patients.dead
        within = dead & ~(patients.death_day > horizon + 1e-9)
        deaths = int(within.sum())
        rows.append((f"Died within {plan.horizon:g} months", deaths, f"death by day {fixed(horizon, 2)}"))
        method = f"dates of death up to day {fixed(horizon, 2)} ({plan.horizon:g} x 30.4375 days)"
        context.fact("flow/deaths", "Deaths", section.id, deaths, rule="enrolled", numerator=deaths, denominator=n, method=method)  # fmt: skip
        withdrawn = int((~np.isnan(patients.withdrawal_day) & ~(patients.withdrawal_day > horizon)).sum())
        rows.append((f"Withdrew within {plan.horizon:g} months", withdrawn, "date of withdrawal"))
    for visit in plan.visits:
        alive = patients.alive_at(visit.month)
        seen = patients.seen_at(visit.label) if patients.has("visits") else None
        rows.append((visit.name, None, ""))
        if patients.has("status"):
            count = int(alive.sum())
            rows.append(("  alive", count, f"not known dead by day {fixed(visit.month * MONTH_DAYS, 2)}; the lost count as alive"))  # fmt: skip
            context.fact(f"flow/alive/{visit.label}", f"Alive, {visit.name}", section.id, count, numerator=count, denominator=n)  # fmt: skip
        if seen is not None:
            count = int(seen.sum())
            rows.append(("  seen at the visit", count, "dated row of `visits`"))
            context.fact(f"flow/seen/{visit.label}", f"Seen, {visit.name}", section.id, count, numerator=count, denominator=n)  # fmt: skip
            absent = int((alive & ~seen).sum())
            if absent:
                rows.append(("  alive but not seen", absent, ""))
    shown = {
        "": [r[0] for r in rows],
        "Patients": ["" if r[1] is None else str(r[1]) for r in rows],
        "Counted by": [r[2] for r in rows],
    }
    counted = [(step.strip(), count, how.replace("`", "")) for step, count, how in rows if count is not None]
    data: dict[str, list[object]] = {
        "step": [c[0] for c in counted],
        "patients": [c[1] for c in counted],
        "counted_by": [c[2] for c in counted],
    }
    section.blocks.append(
        ReportTable(id="patient_flow", caption="From enrolment to the last visit", data=data, shown=shown)
    )
    if patients.has("visits") and plan.follow_up_visits:
        section.blocks.append(_figure(context, screened if isinstance(screened, int) else None))
    context.add_ard(
        (
            ard_row(
                variable="flow",
                variable_level=step,
                context="flow",
                stat_name="n",
                stat=float(count),
                method=how or "count of patients",
            )
            for step, count, how in counted
        ),
        analysis=analysis.id,
    )
    return section


def _figure(context: Context, screened: int | None) -> ReportFigure:
    """Enrolled, treated, seen at each visit; who was not seen, and why; by arm where there are two or more."""
    patients = context.patients
    n = len(patients)
    steps: list[tuple[str, int]] = [("Enrolled", n)]
    losses: list[list[tuple[str, int]]] = []
    if screened is not None:
        steps.insert(0, ("Screened", screened))
        losses.append([("not enrolled", screened - n)])
    arm = patients.texts("subjects", "arm")
    names = sorted({a for a in arm if a})
    arms: dict[str, tuple[list[tuple[str, int]], list[list[tuple[str, int]]]]] = {}
    if len(names) > 1:
        for name in names:
            members = np.asarray([a == name for a in arm])
            boxes, gone = _course(context, members)
            arms[name] = ([(name, int(members.sum())), *boxes], gone)
    else:
        boxes, gone = _course(context, np.ones(n, dtype=bool))
        steps += boxes
        losses += gone
    depth = len(steps) + max((len(boxes) for boxes, _ in arms.values()), default=0)

    def draw(ax: Any) -> Any:
        from mscsle import plot

        return plot.patient_flow(steps, losses, arms=arms, ax=ax)

    words = "; ".join(f"{text} {count}" for text, count in steps)
    for name, (boxes, _) in arms.items():
        words += f"; {name}: " + ", ".join(f"{text} {count}" for text, count in boxes)
    return ReportFigure(
        "patient_flow", "Patient flow", words, draw, width=max(6.0, 4.8 * len(arms)), height=0.78 * depth + 0.2
    )


def _course(context: Context, members: NDArray[np.bool_]) -> tuple[list[tuple[str, int]], list[list[tuple[str, int]]]]:
    """Boxes below the first one for some of the patients, and who left before each."""
    plan, patients = context.plan, context.patients
    steps: list[tuple[str, int]] = []
    losses: list[list[tuple[str, int]]] = []
    if patients.has("infusions"):
        steps.append(("Received at least one infusion", int((patients.treated & members).sum())))
        losses.append([("no infusion", int((~patients.treated & members).sum()))])
    before = 0.0
    for visit in plan.follow_up_visits:
        seen = patients.seen_at(visit.label)
        alive = patients.alive_at(visit.month)
        end = visit.month * MONTH_DAYS
        withdrawn = ~np.isnan(patients.withdrawal_day) & (patients.withdrawal_day <= end)
        left = alive & withdrawn & (patients.withdrawal_day > before * MONTH_DAYS)
        died = patients.alive_at(before) & ~alive
        unseen = alive & ~withdrawn & ~seen
        gone = (("died", died), ("withdrew", left), ("alive, not seen", unseen))
        losses.append([(what, int((who & members).sum())) for what, who in gone])
        steps.append((f"Seen at {visit.name}", int((seen & members).sum())))
        before = visit.month
    return steps, losses


def _infusions(context: Context, section: Section, rows: list[tuple[str, int | None, str]]) -> None:
    """Numbers of infusions, sources and dose."""
    patients = context.patients
    owners = [w for w in patients.owners("infusions") if w is not None]
    per_patient = np.bincount(owners, minlength=len(patients)) if owners else np.zeros(len(patients), dtype=int)
    for k in sorted(set(per_patient[per_patient > 0].tolist())):
        count = int((per_patient == k).sum())
        rows.append((f"  {k} infusion{'' if k == 1 else 's'}", count, ""))
    sources = [s for s in patients.source if s]
    for source in sorted(set(sources)):
        rows.append((f"  first infusion from {source}", sources.count(source), "column `source`"))
    dose = patients.numbers("infusions", "cells_per_kg")
    dose = dose[~np.isnan(dose)] / 1e6
    if len(dose):
        text = f"{fixed(float(dose.min()), 2)} to {fixed(float(dose.max()), 2)} million cells per kg and infusion"
        section.blocks.append(f"Dose: {text}, mean {fixed(float(dose.mean()), 2)}, over {len(dose)} infusions.")
        context.fact(
            "flow/million_cells_per_kg",
            "Dose",
            section.id,
            float(dose.mean()),
            n=len(dose),
            method="mean over infusions",
        )
