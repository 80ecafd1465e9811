"""Analysis sets and disposition: who belongs to which set, who finished, died, withdrew or was lost, by arm."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from mscsle._result import ard_row
from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.patients import MONTH_DAYS
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, percent_text

__all__ = ["disposition"]

#: Flag of the table `subjects` -> name of the analysis set.
SETS = {"itt": "Intention to treat", "safety": "Safety", "per_protocol": "Per protocol"}


def disposition(context: Context, analysis: Analysis) -> Section:
    """Counts over the enrolled: flags of `subjects`, and how follow-up to the horizon ended, from `status` and `visits`."""
    plan, patients = context.plan, context.patients
    section = Section(analysis.id, analysis.title)
    arms = _arms(context)
    _sets(context, section, arms)
    if not patients.has("status"):
        section.blocks.append("How follow-up ended is not known: the data have no table `status`.")
        return section
    ended = _ended(context)
    order = ["Completed the last planned visit", "Died", "Withdrew", "Alive, last planned visit not seen", "Not known"]
    reasons = _reasons(context)
    rows: list[tuple[str, NDArray[np.bool_]]] = []
    for what in order:
        chosen = np.asarray([e == what for e in ended])
        if not chosen.any():
            continue
        rows.append((what, chosen))
        if what == "Withdrew":
            for reason, _ in Counter(reasons[i] for i in np.flatnonzero(chosen)).most_common():
                rows.append((f"  {reason}", chosen & np.asarray([r == reason for r in reasons])))
    _table(
        context,
        section,
        "disposition",
        f"Disposition within {plan.horizon:g} months",
        rows,
        arms,
        (
            "Each patient is counted once: death before withdrawal before completion. Completed: a dated row of the last planned "
            f"visit. Deaths and withdrawals up to day {fixed(plan.horizon * MONTH_DAYS, 2)} ({plan.horizon:g} x 30.4375 days). "
            "Percent of the enrolled.",
        ),
    )
    return section


def _arms(context: Context) -> dict[str, NDArray[np.bool_]]:
    """All patients, and each arm when there are two or more."""
    arm = context.patients.texts("subjects", "arm")
    names = sorted({a for a in arm if a})
    out = {"All": np.ones(len(context.patients), dtype=bool)}
    if len(names) > 1:
        out = {name: np.asarray([a == name for a in arm]) for name in names} | out
    return out


def _sets(context: Context, section: Section, arms: dict[str, NDArray[np.bool_]]) -> None:
    rows: list[tuple[str, NDArray[np.bool_]]] = [("Enrolled", np.ones(len(context.patients), dtype=bool))]
    unknown: list[str] = []
    for flag, name in SETS.items():
        values = context.patients.numbers("subjects", flag)
        if np.isnan(values).all():
            unknown.append(f"`{flag}`")
            continue
        rows.append((name, values == 1))
        if np.isnan(values).any():
            rows.append((f"  {name.lower()} not recorded", np.isnan(values)))
    rows.append(("Received at least one infusion", context.patients.treated))
    notes = ["Sets as flagged in `subjects`. Percent of the enrolled."]
    if unknown:
        notes.append(f"No flag {', '.join(unknown)} in the data.")
    _table(context, section, "analysis_sets", "Analysis sets", rows, arms, tuple(notes))


def _ended(context: Context) -> list[str]:
    plan, patients = context.plan, context.patients
    horizon = plan.horizon * MONTH_DAYS + 1e-9
    last = max(plan.visits, key=lambda v: v.month)
    seen = patients.seen_at(last.label) if patients.has("visits") else np.zeros(len(patients), dtype=bool)
    out = []
    for i in range(len(patients)):
        if patients.dead[i] and not patients.death_day[i] > horizon:
            out.append("Died")
        elif patients.withdrawal_day[i] <= horizon:
            out.append("Withdrew")
        elif seen[i]:
            out.append("Completed the last planned visit")
        elif np.isnan(patients.last_contact_day[i]):
            out.append("Not known")
        else:
            out.append("Alive, last planned visit not seen")
    return out


def _reasons(context: Context) -> list[str]:
    out = ["reason not recorded"] * len(context.patients)
    for who, reason in zip(context.patients.owners("status"), context.patients.texts("status", "withdrawal_reason"), strict=True):  # fmt: skip
        if who is not None and reason:
            out[who] = reason
    return out


def _table(
    context: Context,
    section: Section,
    name: str,
    caption: str,
    rows: list[tuple[str, NDArray[np.bool_]]],
    arms: dict[str, NDArray[np.bool_]],
    notes: tuple[str, ...],
) -> None:
    sizes = {arm: int(members.sum()) for arm, members in arms.items()}
    counts = {arm: [int((chosen & members).sum()) for _, chosen in rows] for arm, members in arms.items()}
    section.blocks.append(
        ReportTable(
            id=name,
            caption=caption,
            data={"row": [label.strip() for label, _ in rows], **counts},
            shown={
                "": [label for label, _ in rows],
                **{f"{arm} (n = {sizes[arm]})": [percent_text(c, sizes[arm]) for c in counts[arm]] for arm in arms},
            },
            notes=notes,
        )
    )
    for arm, members in arms.items():
        for (label, _), count in zip(rows, counts[arm], strict=True):
            words = label.strip()
            rule = "" if arm == "All" else f"/{arm}"
            context.fact(f"{name}/{words}{rule}", f"{words}{'' if arm == 'All' else f', {arm}'}", section.id, count, numerator=count, denominator=int(members.sum()))  # fmt: skip
            context.add_ard(
                [
                    ard_row(
                        group1=None if arm == "All" else "arm",
                        group1_level=None if arm == "All" else arm,
                        variable=name,
                        variable_level=words,
                        context=name,
                        stat_name="n",
                        stat=float(count),
                        method="count of patients",
                    )
                ],
                analysis=section.id,
            )
