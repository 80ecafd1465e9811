"""Response by visit: prevalence under each denominator rule, the states behind it, and who ever responded."""

from __future__ import annotations

from typing import Any

from mscsle.report.analyses.rows import method_words, rows_of, whole
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.plan import Analysis
from mscsle.report.published import RULE_WORDS
from mscsle.report.rounding import interval, percent, percent_text

__all__ = ["response"]

#: State of any response in counts -> its key in facts.
ANY = {"response": "any"}


def response(context: Context, analysis: Analysis) -> Section:
    """Counts and percentages of each state at each planned visit, and of those who ever responded."""
    plan = context.plan
    section = Section(analysis.id, analysis.title)
    renal = context.response
    context.define("Response", renal.definition)
    rules = analysis.texts("denominators", plan.denominators)
    wanted = analysis.texts("visits", [v.label for v in plan.follow_up_visits])
    rows: list[dict[str, Any]] = []
    for rule in rules:
        counted = renal.by_visit(denominator=rule, **context.interval)
        context.estimand(f"response, {RULE_WORDS[rule]}", counted.estimand)
        rows += [r for r in rows_of(counted) if r["visit"] in wanted]
        context.add_ard(counted.ard_rows(), analysis=analysis.id)
    for r in rows:
        context.fact(
            f"response/{ANY.get(r['state'], r['state'])}/{r['visit']}",
            f"{_name(context, r['state'])}, {plan.visit(r['visit']).name}",
            section.id,
            whole(r["numerator"]),
            rule=r["denominator_rule"],
            numerator=whole(r["numerator"]),
            denominator=whole(r["denominator"]),
            lower=r["lower"],
            upper=r["upper"],
            method=f"prevalence at the visit, {method_words(r['method'])} interval {interval(r['lower'], r['upper'], 1)} %",
        )
    section.blocks.append(_table(context, rows, rules))
    section.blocks.append(_figure_rules(context, rows, rules))
    section.blocks.append(_figure_states(context, rows))
    _ever(context, section, renal, rules)
    _lost(context, section, renal)
    return section


def renal_statement(context: Context) -> str:
    """Definition, version, confidence, source and missing rule."""
    return str(context.response.statement)


def _who_is_counted(context: Context) -> list[str]:
    """Sentences on undetermined states and on patients without time zero; none when there are none."""
    notes = []
    undetermined = context.undetermined()
    if undetermined:
        notes.append(
            f"State undetermined because values are missing: {undetermined}; in the counts by the missing rule (`{context.response.missing}`)."
        )
    n = context.without_time_zero
    if n:
        notes.append(
            f"{n} patient{'' if n == 1 else 's'} without a first infusion stay{'s' if n == 1 else ''} in the denominators `enrolled` and `alive_at_visit`, with day 0 at the baseline visit or enrolment."
        )
    return notes


def _name(context: Context, state: str) -> str:
    """A state in print; any response is `CR or PR`."""
    definition = context.response.definition
    return {"response": " or ".join(definition.states), definition.otherwise: "No response"}.get(state, state)


def _table(context: Context, rows: list[dict[str, Any]], rules: list[str]) -> ReportTable:
    plan = context.plan
    level = f"{100 * plan.level:g} % interval"
    headings = {rule: (f"{RULE_WORDS[rule].capitalize()}: n/N (%)", f"{level}, {RULE_WORDS[rule]}") for rule in rules}
    shown: dict[str, list[str]] = {h: [] for h in ("Visit", *(h for pair in headings.values() for h in pair))}
    visits = [v for v in plan.follow_up_visits if any(r["visit"] == v.label for r in rows)]
    for visit in visits:
        states = list(dict.fromkeys(r["state"] for r in rows if r["visit"] == visit.label))
        order = [*context.response.definition.states, "response"]
        states.sort(key=lambda s: order.index(s) if s in order else len(order))
        for column, text in zip(shown.values(), (visit.name, *[""] * (len(shown) - 1)), strict=True):
            column.append(text)
        for state in states:
            shown["Visit"].append(f"  {_name(context, state)}")
            for rule in rules:
                place = (visit.label, state, rule)
                row = next(r for r in rows if (r["visit"], r["state"], r["denominator_rule"]) == place)
                count, limits = headings[rule]
                shown[count].append(percent_text(whole(row["numerator"]), whole(row["denominator"])))
                shown[limits].append(interval(row["lower"], row["upper"], 1))
    names = (
        "visit",
        "state",
        "numerator",
        "denominator",
        "undetermined",
        "denominator_rule",
        "percent",
        "lower",
        "upper",
        "method",
    )
    return ReportTable(
        id="response_by_visit",
        caption="Response at each visit under each denominator rule",
        data={n: [r[n] for r in rows] for n in names},
        shown=shown,
        notes=(
            f"Prevalence at the visit, not cumulative. Intervals in percent, {method_words(rows[0]['method'] if rows else plan.proportion_method)}.",
            f"{renal_statement(context)}.",
            *_who_is_counted(context),
        ),
        wide=True,
    )


def _figure_rules(context: Context, rows: list[dict[str, Any]], rules: list[str]) -> ReportFigure:
    data = {n: [r[n] for r in rows] for n in ("visit", "state", "percent", "lower", "upper", "denominator_rule")}
    months = {v.label: v.month for v in context.plan.follow_up_visits}

    def draw(ax: Any) -> Any:
        from mscsle import plot

        return plot.prevalence_by_visit(
            data,
            state="response",
            ax=ax,
            visits=months,
            rules={r: RULE_WORDS[r] for r in rules},
            ylabel=f"In response ({_name(context, 'response')}), %",
            xlabel="Months from first infusion",
        )

    first = [r for r in rows if r["state"] == "response" and r["denominator_rule"] == rules[0]]
    words = "; ".join(f"{r['visit']} {percent(whole(r['numerator']), whole(r['denominator']))} %" for r in first)
    return ReportFigure(
        "response_prevalence",
        "Patients in response at each visit, by denominator rule",
        f"Line for each denominator rule with intervals; {RULE_WORDS[rules[0]]}: {words}",
        draw,
    )


def _figure_states(context: Context, rows: list[dict[str, Any]]) -> ReportFigure:
    """Everybody enrolled at each visit: responders, others, not assessed, dead."""
    plan, patients = context.plan, context.patients
    enrolled = len(patients)
    count: dict[tuple[str, str], int] = {}
    for r in rows:
        if r["state"] != "response":
            count[r["visit"], r["state"]] = whole(r["numerator"])
    visits = [v for v in plan.follow_up_visits if any(r["visit"] == v.label for r in rows)]
    definition = context.response.definition
    known = [s for s in definition.states if any(k[1] == s for k in count)]
    table: dict[str, list[Any]] = {"visit": [], "state": [], "count": []}
    assessed = {
        r["visit"]: whole(r["denominator"]) for r in rows_of(context.response.by_visit(denominator="assessed_at_visit"))
    }
    for visit in visits:
        dead = int((~patients.alive_at(visit.month)).sum())
        responding = sum(count[visit.label, s] for s in known)
        present = min(assessed.get(visit.label, enrolled - dead), enrolled - dead)
        parts = [(s, count[visit.label, s]) for s in known]
        parts += [("NR", present - responding), ("not_assessed", enrolled - dead - present), ("dead", dead)]
        for state, number in parts:
            table["visit"].append(visit.label)
            table["state"].append(state)
            table["count"].append(number)
    names = {
        **dict(zip(definition.states, definition.labels, strict=True)),
        "NR": "no response",
        "not_assessed": "not assessed",
        "dead": "dead",
    }
    states = [*known, "NR", "not_assessed", "dead"]
    states = [s for s in states if any(n for t, n in zip(table["state"], table["count"], strict=True) if t == s)]

    def draw(ax: Any) -> Any:
        from mscsle import plot

        many = len(visits) > 5
        drawn = plot.states_by_visit(
            table,
            states=states,
            ax=ax,
            names=names,
            colours=dict(zip(known, ("#0072B2", "#7FB9DA", "#C5DFF0"), strict=False)),
            visits={v.label: f"{v.month:g}" if many else v.name for v in visits},
            ylabel=f"Patients (of {enrolled} enrolled)",
        )
        if many:
            drawn.set_xlabel("Months from first infusion")
        return drawn

    words = "; ".join(
        f"{v.name}: "
        + ", ".join(f"{n} {names[s]}" for w, s, n in zip(*table.values(), strict=True) if w == v.label and n)
        for v in visits
    )
    return ReportFigure(
        "response_states", "What the prevalence is made of: everybody enrolled at each visit", words, draw
    )


def _ever(context: Context, section: Section, renal: Any, rules: list[str]) -> None:
    """Who responded at any planned visit."""
    rows: list[dict[str, Any]] = []
    for rule in dict.fromkeys(["enrolled", *(r for r in rules if r not in ("alive_at_visit", "assessed_at_visit"))]):
        if rule == "ever_responder":
            continue
        ever = renal.ever(denominator=rule, **context.interval)
        rows += rows_of(ever)
        context.add_ard(ever.ard_rows(), analysis=section.id)
    for r in rows:
        state = r.get("state", "response")
        key = "response/ever" if state == "response" else f"response/ever/{state}"
        context.fact(
            key,
            f"{_name(context, state)} ever",
            section.id,
            whole(r["numerator"]),
            rule=r["denominator_rule"],
            numerator=whole(r["numerator"]),
            denominator=whole(r["denominator"]),
            lower=r["lower"],
            upper=r["upper"],
            method=f"response at any planned visit, {method_words(r['method'])} interval {interval(r['lower'], r['upper'], 1)} %",
        )
    names = [n for n in ("state", "numerator", "denominator", "undetermined", "denominator_rule", "percent", "lower", "upper", "method") if rows and n in rows[0]]  # fmt: skip
    section.blocks.append(
        ReportTable(
            id="response_ever",
            caption="Response at any planned visit",
            data={n: [r[n] for r in rows] for n in names},
            shown={
                "Best response": [_name(context, r.get("state", "response")) for r in rows],
                "Denominator": [RULE_WORDS[r["denominator_rule"]] for r in rows],
                "n/N": [f"{whole(r['numerator'])}/{whole(r['denominator'])}" for r in rows],
                "%": [percent(whole(r["numerator"]), whole(r["denominator"])) for r in rows],
                f"{100 * context.plan.level:g} % interval": [interval(r["lower"], r["upper"], 1) for r in rows],
            },
            notes=("Cumulative: who responded once is counted, also after the response was lost.",),
        )
    )


def _lost(context: Context, section: Section, renal: Any) -> None:
    """Who lost a response, and at which planned visit that was first seen."""
    plan = context.plan
    first_lost = _first_losses(context, renal)
    shown: dict[str, list[str]] = {"First seen out of response": [], "Of ever responders": [], "Of all enrolled": []}
    data: dict[str, list[Any]] = {"visit": [], "numerator": [], "ever_responder": [], "enrolled": []}
    totals = {}
    for rule in ("ever_responder", "enrolled"):
        lost = next(
            r for r in rows_of(renal.lost(denominator=rule, **context.interval)) if r["state"] == "loss_of_response"
        )
        totals[rule] = whole(lost["denominator"])
        context.fact("response/lost", "Response lost", section.id, whole(lost["numerator"]), rule=rule, numerator=whole(lost["numerator"]), denominator=totals[rule], lower=lost["lower"], upper=lost["upper"], method="first planned visit out of response after a response")  # fmt: skip
    context.add_ard(renal.lost(**context.interval).ard_rows(), analysis=section.id)
    if not totals["ever_responder"]:
        return
    for visit in plan.follow_up_visits[1:]:
        count = sum(label == visit.label for label in first_lost.values())
        for rule, of in totals.items():
            context.fact(f"response/lost/{visit.label}", f"Response lost, {visit.name}", section.id, count, rule=rule, numerator=count, denominator=of, method="first planned visit out of response after a response")  # fmt: skip
        shown["First seen out of response"].append(visit.name)
        shown["Of ever responders"].append(percent_text(count, totals["ever_responder"]))
        shown["Of all enrolled"].append(percent_text(count, totals["enrolled"]))
        for column, value in zip(
            data.values(), (visit.label, count, totals["ever_responder"], totals["enrolled"]), strict=True
        ):
            column.append(value)
    section.blocks.append(
        ReportTable(
            id="response_lost",
            caption="Responses lost, by the visit at which that was first seen",
            data=data,
            shown=shown,
            notes=(
                "A patient is counted once, at the first planned visit out of response after a response. Not a count of flares.",
            ),
        )
    )


def _first_losses(context: Context, renal: Any) -> dict[str, str]:
    """Patient to the label of the first planned visit out of response after a response."""
    wanted = {v.label for v in context.plan.follow_up_visits}
    columns = renal.states.columns()
    rows = zip(columns["usubjid"], columns["visit"], columns["planned_month"], columns["response"], strict=True)
    ordered = sorted((r for r in rows if r[1] in wanted and r[3] >= 0), key=lambda r: (r[0], r[2]))
    responded: set[str] = set()
    lost: dict[str, str] = {}
    for subject, visit, _, response_now in ordered:
        if response_now == 1:
            responded.add(subject)
        elif subject in responded and subject not in lost:
            lost[subject] = str(visit)
    return lost
