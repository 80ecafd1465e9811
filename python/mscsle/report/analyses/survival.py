"""Overall survival: Kaplan-Meier with risk table, beside the plain proportion alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mscsle.exceptions import NotEstimableError
from mscsle.report.analyses.rows import method_words, rows_of
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.patients import MONTH_DAYS
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, interval, p_value, percent, percent_text

if TYPE_CHECKING:
    from mscsle.survival._rows import ConfType

__all__ = ["survival"]


def survival(context: Context, analysis: Analysis) -> Section:
    """Time from the first infusion to death, censored at the last contact."""
    import mscsle as ms

    context.need("infusions", "status")
    plan, patients = context.plan, context.patients
    section = Section(analysis.id, analysis.title)
    end = np.where(np.isnan(patients.death_day), patients.last_contact_day, patients.death_day)
    usable = ~np.isnan(end) & (end >= 0)
    if not usable.any():
        raise NotPossible("no patient has a first infusion and a date of death or last contact")
    by = analysis.text("by")
    columns: dict[str, Any] = {
        "time": end[usable] / MONTH_DAYS,
        "event": ~np.isnan(patients.death_day[usable]),
    }
    if by:
        columns[by] = [g or "unknown" for g, u in zip(context.groups(by), usable, strict=True) if u]
    km = ms.kaplan_meier(
        "time",
        event="event",
        data=columns,
        by=by or None,
        conf_type=cast("ConfType", plan.survival_interval),
        conf_level=plan.level,
        unit="months",
    )
    times = analysis.numbers("times", [v.month for v in plan.follow_up_visits])
    at = km.at(times)
    context.add_ard(at.ard_rows(), analysis=section.id)
    context.add_ard(km.ard_rows(), analysis=section.id)
    rows = rows_of(at)
    n = len(patients)
    for month in times:
        alive = int(patients.alive_at(month).sum())
        proportion = ms.stats.proportion(
            alive, n, method=plan.proportion_method, denominator_rule="enrolled", conf_level=plan.level
        )
        context.add_ard(proportion.ard_rows(), analysis=section.id)
        estimate = next((r for r in rows if abs(r["time"] - month) < 1e-9), None) if not by else None
        context.fact(
            f"survival/alive/{month:g}",
            f"Alive at {month:g} months",
            section.id,
            alive,
            rule="enrolled",
            numerator=alive,
            denominator=n,
            lower=100 * proportion.lower,
            upper=100 * proportion.upper,
            method=f"{method_words(plan.proportion_method)} interval {interval(proportion.lower, proportion.upper, 1, scale=100)} %"
            + (f"; Kaplan-Meier {fixed(100 * estimate['survival'], 1)} %" if estimate else ""),
        )
        if estimate:
            context.fact(f"survival/km/{month:g}", f"Kaplan-Meier at {month:g} months", section.id, estimate["survival"], lower=estimate["lower"], upper=estimate["upper"], method=km.method, as_percent=True)  # fmt: skip
    left = int((~usable).sum())
    notes = [f"{km.method}. Time zero is the first infusion; the living are censored at their last contact."]
    if left:
        notes.append(f"{left} patient{'s' if left > 1 else ''} left out: no first infusion or no date of last contact.")
    shown: dict[str, list[str]] = {by.capitalize(): [r["group"] for r in rows]} if by else {}
    shown |= {
        "Month": [f"{r['time']:g}" for r in rows],
        "At risk": [fixed(r["n_risk"], 0) for r in rows],
        "Deaths": [fixed(r["n_event"], 0) for r in rows],
        "Survival, %": [fixed(100 * r["survival"], 1) for r in rows],
        "Standard error": [fixed(100 * r["std_error"], 2) for r in rows],
        f"{100 * plan.level:g} % interval": [interval(r["lower"], r["upper"], 1, scale=100) for r in rows],
    }
    if not by:
        shown["Alive, n/N"] = [_alive(context, r["time"]) for r in rows]
        shown[f"{method_words(plan.proportion_method)} interval"] = [_alive_interval(context, r["time"]) for r in rows]
    section.blocks.append(
        ReportTable(
            id="survival",
            caption="Survival at given times",
            data={k: [r[k] for r in rows] for k in (rows[0] if rows else {})},
            shown=shown,
            notes=tuple(notes),
        )
    )
    if by:
        _compare(context, section, columns, by)
    tested = context.facts.get("survival/logrank/p")
    ticks = sorted({0.0, *times})

    def draw(ax: Any) -> Any:
        return km.plot(
            ax=ax,
            times=ticks,
            p_value=tested.value if tested else None,
            xlabel="Months from first infusion",
            ylabel="Survival probability",
        )

    deaths = int(km.n_events)
    section.blocks.append(
        ReportFigure(
            "survival",
            f"Overall survival, Kaplan-Meier with {100 * plan.level:g} % {plan.survival_interval} limits",
            f"Kaplan-Meier curve of {km.n:g} patients with {deaths} deaths; {percent(round(km.n) - deaths, round(km.n))} % without a recorded death",
            draw,
        )
    )
    return section


def _compare(context: Context, section: Section, columns: dict[str, Any], by: str) -> None:
    """Log-rank test of the groups, or the sentence why there is none."""
    import mscsle as ms

    known = [i for i, g in enumerate(columns[by]) if g != "unknown"]
    kept = {name: [values[i] for i in known] for name, values in columns.items()}
    unknown = len(columns[by]) - len(known)
    if len(set(kept[by])) < 2:
        section.blocks.append(f"No comparison: all patients with a known `{by}` are in one group.")
        return
    try:
        test = ms.logrank("time", event="event", data=kept, by=by, unit="months")
    except NotEstimableError as e:
        section.blocks.append(f"No log-rank test: {e}.")
        return
    context.add_ard(test.ard_rows(), analysis=section.id)
    context.fact("survival/logrank/p", f"Log-rank p, by {by}", section.id, test.p_value, method=test.method)
    notes = [f"{test.method}: chi-squared {fixed(test.statistic, 3)}, df {test.df}, p = {p_value(test.p_value)}.".replace("= <", "< ")]  # fmt: skip
    if min(test.expected) < 5:
        notes.append("Fewer than 5 deaths are expected in a group: the chi-squared distribution is a rough guide.")
    if unknown:
        notes.append(f"{unknown} patient{'s' if unknown > 1 else ''} without a known `{by}` left out of the test.")
    if context.plan.single_arm:
        notes.append("The groups of a single-arm study were not made by random allocation.")
    rows = rows_of(test)
    section.blocks.append(
        ReportTable(
            id="survival_logrank",
            caption=f"Survival by {by}: log-rank test",
            data={k: [r[k] for r in rows] for k in rows[0]},
            shown={
                by.capitalize(): [r["group"] for r in rows],
                "Patients": [fixed(r["n"], 0) for r in rows],
                "Deaths": [fixed(r["observed"], 0) for r in rows],
                "Expected": [fixed(r["expected"], 2) for r in rows],
                "p": [p_value(test.p_value), *[""] * (len(rows) - 1)],
            },
            notes=tuple(notes),
        )
    )


def _alive(context: Context, month: float) -> str:
    fact = context.facts.get(f"survival/alive/{month:g}", "enrolled")
    return percent_text(fact.numerator or 0, fact.denominator or 0) if fact else ""


def _alive_interval(context: Context, month: float) -> str:
    fact = context.facts.get(f"survival/alive/{month:g}", "enrolled")
    return interval(fact.lower, fact.upper, 1) if fact else ""
