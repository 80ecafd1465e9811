"""Time to first response: Aalen-Johansen with death competing, beside 1 - Kaplan-Meier and the prevalence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from mscsle.exceptions import DataError, NotEstimableError
from mscsle.report.analyses.rows import rows_of
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, interval, p_value, percent

if TYPE_CHECKING:
    from mscsle.survival._rows import ConfType

__all__ = ["counted", "cumulative_incidence"]


def cumulative_incidence(context: Context, analysis: Analysis) -> Section:
    """Cumulative incidence of the first response, death before it as competing cause."""
    import mscsle as ms

    plan = context.plan
    section = Section(analysis.id, analysis.title)
    by = analysis.text("by")
    tte = context.response.time_to("first_remission", unit="months", clock=plan.clock, keep=[by] if by else [])
    context.estimand("cumulative incidence of response", tte.estimand)
    if not (tte.cause == 1).any():
        undetermined = context.undetermined()
        if undetermined:
            raise NotPossible(
                f"no response is certain, and values missing leave states undetermined ({undetermined}); see the data findings"
            )
        raise NotPossible("nobody responded at a planned visit")
    incidence = ms.cumulative_incidence("time", cause="cause", censored=0, data=tte, by=by or None, conf_type=cast("ConfType", plan.survival_interval), conf_level=plan.level, unit="months")  # fmt: skip
    times = analysis.numbers("times", [v.month for v in plan.follow_up_visits])
    at = rows_of(incidence.at(times))
    context.add_ard(incidence.at(times).ard_rows(), analysis=section.id)
    first = [r for r in at if r["cause"] == "1"]
    death = {(r.get("group"), r["time"]): r for r in at if r["cause"] == "2"}
    naive = ms.kaplan_meier("time", event="event", data=tte, by=by or None, conf_type=cast("ConfType", plan.survival_interval), conf_level=plan.level, unit="months")  # fmt: skip
    one_minus = {(r.get("group"), r["time"]): 1 - r["survival"] for r in rows_of(naive.at(times, extend=True))}
    estimate_name = next(n for n in ("estimate", "incidence", "cumulative_incidence") if n in at[0])
    for r in first:
        if not by:
            context.fact(
                f"cumulative_incidence/{r['time']:g}",
                f"Cumulative incidence at {r['time']:g} months",
                section.id,
                r[estimate_name],
                lower=r["lower"],
                upper=r["upper"],
                method="Aalen-Johansen, death competing",
                as_percent=True,
            )
    months = {v.month: v for v in plan.follow_up_visits}
    shown: dict[str, list[str]] = {by.capitalize(): [r["group"] for r in first]} if by else {}
    shown |= {
        "Month": [f"{r['time']:g}" for r in first],
        "Cumulative incidence, %": [fixed(100 * r[estimate_name], 1) for r in first],
        f"{100 * plan.level:g} % interval": [interval(r["lower"], r["upper"], 1, scale=100) for r in first],
        "Death before response, %": [
            fixed(100 * death[k][estimate_name] if (k := (r.get("group"), r["time"])) in death else 0.0, 1)
            for r in first
        ],
        "1 - Kaplan-Meier, %": [fixed(100 * one_minus[r.get("group"), r["time"]], 1) for r in first],
    }
    if not by:
        shown["Prevalence at the visit, %"] = [_prevalence(context, months.get(r["time"])) for r in first]
    names = list(at[0])
    section.blocks.append(
        ReportTable(
            id="cumulative_incidence",
            caption="First response: cumulative incidence, and what it is confused with",
            data={n: [r[n] for r in at] for n in names},
            shown=shown,
            notes=(
                counted(incidence, "first responses", "deaths before a response", tte),
                "1 - Kaplan-Meier censors the dead and overstates the incidence; the prevalence falls when responses are lost, which an incidence never does.",
                *([context.left_out()] if context.without_time_zero else []),
                *_seen_late(context, tte, times),
            ),
        )
    )
    if by:
        _compare(context, section, tte, by)
    ticks = sorted({0.0, *times})

    def draw(ax: Any) -> Any:
        from mscsle import plot

        drawn = plot.cumulative_incidence(
            incidence,
            ax=ax,
            times=ticks,
            labels={"1": "first response", "2": "death before response"},
            xlabel="Months from first infusion (visit at which response was first seen)",
        )
        drawn.set_xlim(0, max(ticks))
        return drawn

    words = "; ".join(f"{fixed(100 * r[estimate_name], 1)} % at {r['time']:g} months" for r in first)
    section.blocks.append(
        ReportFigure("cumulative_incidence", "Cumulative incidence of the first response, death competing", words, draw)
    )
    return section


def _compare(context: Context, section: Section, tte: Any, by: str) -> None:
    """Gray's test of the groups, or the sentence why there is none."""
    import mscsle as ms

    try:
        test = ms.gray_test("time", cause="cause", of=1, censored=0, data=tte, by=by)
    except (DataError, NotEstimableError) as e:
        section.blocks.append(f"No test of the groups: {e}.")
        return
    context.add_ard(test.ard_rows(), analysis=section.id)
    context.fact("cumulative_incidence/gray/p", f"Gray's test, by {by}", section.id, test.p_value, method=test.method)
    words = f"{test.method}: chi-squared {fixed(test.statistic, 3)}, df {test.df}, p = {p_value(test.p_value)}."
    section.blocks.append(words.replace("= <", "< "))


def _seen_late(context: Context, tte: Any, times: Any) -> list[str]:
    """First responses of a planned month that were seen after it, and so stand in no line of that month."""
    if context.plan.clock != "actual":
        return []
    planned = context.response.time_to("first_remission", unit="months", clock="planned")
    month = dict(zip(planned.columns()["usubjid"], planned.columns()["time"], strict=True))
    columns = tte.columns()
    late = {
        t: sum(
            bool(event) and actual > t >= month.get(who, float("inf"))
            for who, actual, event in zip(columns["usubjid"], columns["time"], columns["event"], strict=True)
        )
        for t in times
    }
    counts = "; ".join(f"month {t:g}: {n}" for t, n in late.items() if n)
    if not counts:
        return []
    return [
        f"First responses seen at the planned visit of a month, but after its exact day, are not in its line ({counts}). "
        'The clock is the date of the visit; `clock = "planned"` puts them into the month of the visit.'
    ]


def named_causes(tte: Any, event: str, death: str) -> dict[str, Any]:
    """The columns of a time-to-event table with words for the causes."""
    words = {0: "censored", 1: event, 2: death}
    columns = dict(tte.columns())
    return {**columns, "cause": [words[int(c)] for c in columns["cause"]]}


def counted(incidence: Any, event: str, death: str, tte: Any) -> str:
    """Method and counts in words."""
    causes = [int(c) for c in tte.cause]
    return f"{incidence.method}; n = {len(causes)}, {event} {causes.count(1)}, {death} {causes.count(2)}."


def _prevalence(context: Context, visit: Any) -> str:
    fact = context.facts.get(f"response/any/{visit.label}", "alive_at_visit") if visit is not None else None
    return percent(fact.numerator or 0, fact.denominator or 0) if fact else ""
