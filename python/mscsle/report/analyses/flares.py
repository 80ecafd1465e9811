"""Flares and losses of response: three counts that are never given one name."""

from __future__ import annotations

from typing import Any

from mscsle.report.analyses.incidence import counted
from mscsle.report.analyses.rows import method_words, rows_of, whole
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.plan import Analysis
from mscsle.report.published import RULE_WORDS
from mscsle.report.rounding import fixed, interval, percent_text

__all__ = ["flares"]

RULES = ("ever_responder", "enrolled")

NAMES = {
    "flare": "Renal flare by the definition",
    "loss_of_response": "Ever lost the response at a later planned visit",
    "not_in_response_at_last_visit": "Not in response at the last assessed visit after a response",
}
KEYS = {"loss_of_response": "ever_lost", "not_in_response_at_last_visit": "not_in_response_at_end"}


def flares(context: Context, analysis: Analysis) -> Section:
    """Patients with a flare and with a lost response, over ever responders and over all enrolled; time from response."""
    section = Section(analysis.id, analysis.title)
    rules = analysis.texts("denominators", RULES)
    rows: list[dict[str, Any]] = []
    found = context.flares
    context.define("Flare", found.definition)
    for rule in rules:
        counted = found.count(denominator=rule, **context.interval)
        rows += rows_of(counted)
        context.add_ard(counted.ard_rows(), analysis=section.id)
        lost = context.response.lost(denominator=rule, **context.interval)
        rows += rows_of(lost)
        context.add_ard(lost.ard_rows(), analysis=section.id)
    for r in rows:
        context.fact(
            f"flares/{KEYS.get(r['state'], r['state'])}",
            NAMES.get(r["state"], f"Flare: {r['state'].replace('_', ' ')}"),
            section.id,
            whole(r["numerator"]),
            rule=r["denominator_rule"],
            numerator=whole(r["numerator"]),
            denominator=whole(r["denominator"]),
            lower=r["lower"],
            upper=r["upper"],
            method=f"patients counted once, {method_words(r['method'])} interval {interval(r['lower'], r['upper'], 1)} %",
        )
    section.blocks.append(_table(context, rows, rules, found))
    _time_to_flare(context, section)
    return section


def _table(context: Context, rows: list[dict[str, Any]], rules: list[str], found: Any) -> ReportTable:
    order = ["flare", *dict.fromkeys(r["state"] for r in rows if r["state"] not in NAMES), *list(NAMES)[1:]]
    states = [s for s in order if any(r["state"] == s for r in rows)]
    labels = dict(zip(found.definition.states, found.definition.labels, strict=True))
    level = f"{100 * context.plan.level:g} % interval"
    shown: dict[str, list[str]] = {"": [NAMES[s] if s in NAMES else f"  {labels.get(s, s)}" for s in states]}
    for rule in rules:
        words = RULE_WORDS[rule]
        cells = [next(r for r in rows if r["state"] == s and r["denominator_rule"] == rule) for s in states]
        shown[f"{words.capitalize()}: n/N (%)"] = [
            percent_text(whole(r["numerator"]), whole(r["denominator"])) for r in cells
        ]
        shown[f"{level}, {words}"] = [interval(r["lower"], r["upper"], 1) for r in cells]
    names = ("state", "numerator", "denominator", "denominator_rule", "percent", "lower", "upper", "method")
    return ReportTable(
        id="flares",
        caption="After a response: flares and losses",
        data={n: [r[n] for r in rows] for n in names},
        shown=shown,
        notes=(
            "Each patient counted once. The ways of the definition are those of the first flare.",
            "Crude percentages: follow-up after the response differs between patients; see the curve.",
            f"{found.title()}.",
        ),
        wide=True,
    )


def _time_to_flare(context: Context, section: Section) -> None:
    """From the first response to the first flare, death competing."""
    import mscsle as ms

    plan = context.plan
    tte = context.response.time_to("flare", unit="months", clock="actual", flare=context.flares)
    columns = dict(tte.columns())
    if not len(columns["time"]):
        section.blocks.append("Nobody responded, so there is no time to flare.")
        return
    if not (tte.cause > 0).any():
        section.blocks.append(f"None of the {len(columns['time'])} responders had a flare, so there is no curve.")
        return
    incidence = ms.cumulative_incidence("time", cause="cause", censored=0, data=tte, unit="months")
    context.add_ard(incidence.ard_rows(), analysis=section.id)
    marks = [m for m in (3.0, 6.0, 9.0) if m <= float(max(columns["time"]))]
    if marks:
        at = rows_of(incidence.at(marks))
        context.add_ard(incidence.at(marks).ard_rows(), analysis=section.id)
        first = [r for r in at if r["cause"] == "1"]
        section.blocks.append(
            ReportTable(
                id="time_to_flare",
                caption="From the first response to the first flare: cumulative incidence",
                data={n: [r[n] for r in at] for n in at[0]},
                shown={
                    "Months from response": [f"{r['time']:g}" for r in first],
                    "Cumulative incidence, %": [fixed(100 * r["incidence"], 1) for r in first],
                    f"{100 * plan.level:g} % interval": [interval(r["lower"], r["upper"], 1, scale=100) for r in first],
                },
                notes=(
                    f"{counted(incidence, 'flares', 'deaths without a flare', tte)} Time to flare: {tte.statement}.",
                ),
            )
        )

    def draw(ax: Any) -> Any:
        from mscsle import plot

        return plot.cumulative_incidence(
            incidence,
            ax=ax,
            labels={"1": "flare", "2": "death without flare"},
            xlabel="Months from the first response",
        )

    section.blocks.append(
        ReportFigure(
            "time_to_flare",
            "Flare after a response, time counted from each patient's own first response",
            f"Cumulative incidence of a flare among {len(columns['time'])} responders",
            draw,
        )
    )
