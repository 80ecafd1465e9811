"""Flares (or relapses) and losses of response: three counts that are never given one name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from mscsle.report.analyses.incidence import counted
from mscsle.report.analyses.rows import method_words, rows_of, whole
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.plan import Analysis
from mscsle.report.published import RULE_WORDS
from mscsle.report.rounding import fixed, interval, percent_text

if TYPE_CHECKING:
    from mscsle.survival._rows import ConfType

__all__ = ["flares", "word_of"]

RULES = ("ever_responder", "enrolled")

NAMES = {
    "flare": "Flare by the definition",
    "loss_of_response": "Ever lost the response at a later planned visit",
    "not_in_response_at_last_visit": "Not in response at the last assessed visit after a response",
}
#: Word for the event of a definition.
RELAPSE, FLARE = "relapse", "flare"

KEYS = {"loss_of_response": "ever_lost", "not_in_response_at_last_visit": "not_in_response_at_end"}


def flares(context: Context, analysis: Analysis) -> Section:
    """Patients with a flare and with a lost response, over ever responders and over all enrolled; time from response."""
    section = Section(analysis.id, analysis.title)
    rules = analysis.texts("denominators", RULES)
    rows: list[dict[str, Any]] = []
    found = context.flares
    word = word_of(found.definition)
    context.define(word.capitalize(), found.definition)
    by_definition = (
        f"`{found.definition.id}` version {found.definition.version}, confidence {found.definition.confidence}"
    )
    for rule in rules:
        counted = found.count(denominator=rule, **context.interval)
        context.estimand(f"{word}, {RULE_WORDS[rule]}", counted.estimand)
        rows += rows_of(counted)
        context.add_ard(counted.ard_rows(), analysis=section.id)
        lost = context.response.lost(denominator=rule, **context.interval)
        rows += rows_of(lost)
        context.add_ard(lost.ard_rows(), analysis=section.id)
    for r in rows:
        context.fact(
            f"flares/{KEYS.get(r['state'], r['state'])}",
            _name(r["state"], word, f"{word.capitalize()}: {r['state'].replace('_', ' ')}"),
            section.id,
            whole(r["numerator"]),
            rule=r["denominator_rule"],
            numerator=whole(r["numerator"]),
            denominator=whole(r["denominator"]),
            lower=r["lower"],
            upper=r["upper"],
            method=("" if r["state"] in KEYS else f"{by_definition}; ")
            + f"patients counted once, {method_words(r['method'])} interval {interval(r['lower'], r['upper'], 1)} %",
        )
    section.blocks.append(_table(context, rows, rules, found))
    _by_visit(context, section, rows, rules, found, by_definition)
    _time_to_flare(context, section, word)
    return section


def word_of(definition: Any) -> str:
    """What the event of a definition is called in print."""
    return RELAPSE if "relapse" in str(definition.name).lower() else FLARE


def _name(state: str, word: str, other: str) -> str:
    return f"{word.capitalize()} by the definition" if state == "flare" else NAMES.get(state, other)


def _by_visit(
    context: Context, section: Section, rows: list[dict[str, Any]], rules: list[str], found: Any, by_definition: str
) -> None:
    """First flares by the visit at which they were seen."""
    word = word_of(found.definition)
    first: dict[str, tuple[float, str]] = {}
    events = found.table
    for subject, visit, day in zip(events["usubjid"], events["visit"], events["day"], strict=True):
        if subject not in first or day < first[subject][0]:
            first[subject] = (float(day), str(visit))
    seen = Counter(visit for _, visit in first.values())
    planned = {v.label: v.name for v in context.plan.follow_up_visits}
    names = {**planned, **{v: f"{v} (not a visit of the plan)" for v in sorted(seen) if v not in planned}}
    of = {r["denominator_rule"]: whole(r["denominator"]) for r in rows if r["state"] == "flare"}
    for visit, name in names.items():
        for rule in rules:
            context.fact(f"flares/flare/{visit}", f"First {word}, {name}", section.id, seen[visit], rule=rule, numerator=seen[visit], denominator=of[rule], method=f"{by_definition}; first {word} of a patient at this visit")  # fmt: skip
    if not seen:
        return
    pairs = [(visit, rule) for visit in names for rule in rules]
    section.blocks.append(
        ReportTable(
            id="flares_by_visit",
            caption=f"First {word} after a response, by visit",
            data={
                "visit": [v for v, _ in pairs],
                "denominator_rule": [rule for _, rule in pairs],
                "numerator": [seen[v] for v, _ in pairs],
                "denominator": [of[rule] for _, rule in pairs],
            },
            shown={
                "Visit": list(names.values()),
                **{
                    f"Of {'all ' if rule == 'enrolled' else ''}{RULE_WORDS[rule].removeprefix('all ')}": [
                        percent_text(seen[v], of[rule]) for v in names
                    ]
                    for rule in rules
                },
            },
            notes=(f"Definition {by_definition}. Each patient counted once, at the first {word}.",),
        )
    )


def _table(context: Context, rows: list[dict[str, Any]], rules: list[str], found: Any) -> ReportTable:
    order = ["flare", *dict.fromkeys(r["state"] for r in rows if r["state"] not in NAMES), *list(NAMES)[1:]]
    states = [s for s in order if any(r["state"] == s for r in rows)]
    labels = dict(zip(found.definition.states, found.definition.labels, strict=True))
    level = f"{100 * context.plan.level:g} % interval"
    word = word_of(found.definition)
    shown: dict[str, list[str]] = {"": [_name(s, word, f"  {labels.get(s, s)}") for s in states]}
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
        caption=f"After a response: {word}s and losses",
        data={n: [r[n] for r in rows] for n in names},
        shown=shown,
        notes=(
            f"Each patient counted once. The ways of the definition are those of the first {word}.",
            "Crude percentages: follow-up after the response differs between patients; see the curve.",
            f"{found.title()}.",
        ),
        wide=True,
    )


def _time_to_flare(context: Context, section: Section, word: str) -> None:
    """From the first response to the first flare, death competing."""
    import mscsle as ms

    plan = context.plan
    tte = context.response.time_to("flare", unit="months", clock="actual", flare=context.flares)
    context.estimand(f"time to {word}", tte.estimand)
    columns = dict(tte.columns())
    if not len(columns["time"]):
        section.blocks.append(f"Nobody responded, so there is no time to {word}.")
        return
    if not (tte.cause > 0).any():
        section.blocks.append(f"None of the {len(columns['time'])} responders had a {word}, so there is no curve.")
        return
    incidence = ms.cumulative_incidence("time", cause="cause", censored=0, data=tte, conf_type=cast("ConfType", context.plan.survival_interval), conf_level=context.plan.level, unit="months")  # fmt: skip
    context.add_ard(incidence.ard_rows(), analysis=section.id)
    longest = float(max(columns["time"]))
    marks = [m for m in ((3.0, 6.0, 9.0) if longest <= 18 else (12.0, 24.0, 36.0, 48.0)) if m <= longest]
    if marks:
        at = rows_of(incidence.at(marks))
        context.add_ard(incidence.at(marks).ard_rows(), analysis=section.id)
        first = [r for r in at if r["cause"] == "1"]
        section.blocks.append(
            ReportTable(
                id="time_to_flare",
                caption=f"From the first response to the first {word}: cumulative incidence",
                data={n: [r[n] for r in at] for n in at[0]},
                shown={
                    "Months from response": [f"{r['time']:g}" for r in first],
                    "Cumulative incidence, %": [fixed(100 * r["incidence"], 1) for r in first],
                    f"{100 * plan.level:g} % interval": [interval(r["lower"], r["upper"], 1, scale=100) for r in first],
                },
                notes=(
                    f"{counted(incidence, f'{word}s', f'deaths without a {word}', tte)} Time to {word}: {tte.statement}.",
                    *([context.left_out()] if tte.left_out and context.without_time_zero else []),
                ),
            )
        )

    def draw(ax: Any) -> Any:
        from mscsle import plot

        return plot.cumulative_incidence(
            incidence,
            ax=ax,
            labels={"1": word, "2": f"death without {word}"},
            xlabel="Months from the first response",
        )

    section.blocks.append(
        ReportFigure(
            "time_to_flare",
            f"{word.capitalize()} after a response, time counted from each patient's own first response",
            f"Cumulative incidence of a {word} among {len(columns['time'])} responders",
            draw,
        )
    )
