"""Two arms compared: response and change at each visit with their differences, survival on the small-trial page."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle.exceptions import DataError, NotEstimableError
from mscsle.report.analyses.rows import rows_of, whole
from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.patients import MONTH_DAYS
from mscsle.report.plan import Analysis
from mscsle.report.published import RULE_WORDS
from mscsle.report.rounding import fixed, interval, p_value, percent_text

__all__ = ["arms"]


def arms(context: Context, analysis: Analysis) -> Section:
    """The arm that is not ``reference`` against it; p-values are not adjusted for their number."""
    section = Section(analysis.id, analysis.title)
    named = context.patients.texts("subjects", "arm")
    levels = sorted({a for a in named if a})
    if len(levels) != 2:
        raise NotPossible(f"a comparison needs two arms in `subjects`; there are {len(levels)}")
    reference = analysis.text("reference", levels[0])
    if reference not in levels:
        raise NotPossible(f"`reference` is `{reference}`, which is no arm of the data; they are `{levels[0]}` and `{levels[1]}`")  # fmt: skip
    other = next(a for a in levels if a != reference)
    members = {arm: np.asarray([a == arm for a in named]) for arm in (other, reference)}
    unknown = sum(not a for a in named)
    section.blocks.append(
        f"{other} ({int(members[other].sum())} patients) against {reference} ({int(members[reference].sum())}). "
        "p-values are not adjusted for their number."
        + (f" {unknown} without a recorded arm left out." if unknown else "")
    )
    if context.plan.response is not None:
        _response(context, analysis, section, members)
    for measure in analysis.tables("measures"):
        _change(context, section, measure, members)
    _survival(context, analysis, section, members)
    return section


def _response(context: Context, analysis: Analysis, section: Section, members: dict[str, NDArray[np.bool_]]) -> None:
    """Any response at each visit by arm, with the difference."""
    import mscsle as ms

    plan = context.plan
    other, reference = members
    rule = analysis.text("denominator", plan.denominators[0])
    derive = ms.endpoints.renal_response if context.response.definition.family == "renal" else ms.endpoints.response
    counts: dict[str, dict[str, dict[str, Any]]] = {}
    for arm, inside in members.items():
        counted = derive(context.trial, context.response.definition, analysis_set=inside).by_visit(denominator=rule, **context.interval)  # fmt: skip
        counts[arm] = {r["visit"]: r for r in rows_of(counted) if r["state"] == "response"}
    rows: list[dict[str, Any]] = []
    for visit in plan.follow_up_visits:
        pair = [counts[arm].get(visit.label) for arm in members]
        if any(r is None or whole(r["denominator"]) == 0 for r in pair):
            continue
        (x1, n1), (x0, n0) = ((whole(r["numerator"]), whole(r["denominator"])) for r in pair if r is not None)
        found = ms.stats.two_proportions(x1, n1, x0, n0, conf_level=plan.level)
        exact = ms.stats.fisher([[x1, n1 - x1], [x0, n0 - x0]]).p_value
        context.add_ard(found.ard_rows(), analysis=f"{section.id} {visit.label}")
        context.fact(f"{section.id}/response/{visit.label}", f"Difference of responses, {visit.name}", section.id, found.estimate, lower=found.lower, upper=found.upper, method=f"{other} less {reference}, {found.method}")  # fmt: skip
        rows.append({"visit": visit.label, "x1": x1, "n1": n1, "x0": x0, "n0": n0, "difference": found.estimate, "lower": found.lower, "upper": found.upper, "p_score": found.p_value, "p_fisher": exact})  # fmt: skip
    if not rows:
        section.blocks.append("Responses are not compared: at no visit are patients of both arms counted.")
        return
    section.blocks.append(
        ReportTable(
            id=f"{section.id}_response",
            caption="Response by arm",
            data={name: [r[name] for r in rows] for name in rows[0]},
            shown={
                "Visit": [plan.visit(r["visit"]).name for r in rows],
                other: [percent_text(r["x1"], r["n1"]) for r in rows],
                reference: [percent_text(r["x0"], r["n0"]) for r in rows],
                "Difference, %": [fixed(100 * r["difference"], 1) for r in rows],
                f"{100 * plan.level:g} % interval": [interval(r["lower"], r["upper"], 1, scale=100) for r in rows],
                "p, Fisher": [p_value(r["p_fisher"]) for r in rows],
            },
            notes=(
                f"Denominator: {RULE_WORDS.get(rule, rule)}. Difference {other} less {reference}, Miettinen-Nurminen interval; Fisher's exact test.",
                f"{context.response.statement}.",
            ),
        )
    )


def _change(context: Context, section: Section, measure: Any, members: dict[str, NDArray[np.bool_]]) -> None:
    """Change from baseline by arm at each visit, with the difference of the means."""
    import mscsle as ms
    from mscsle.stats import _values

    plan = context.plan
    other, reference = members
    name = str(measure["name"])
    label = str(measure.get("label", name)) + (f", {measure['unit']}" if measure.get("unit") else "")
    places = measure.get("digits", 1)
    digits = places if isinstance(places, int) else 1
    values = _values.of_trial(context.trial, name, unit=None, coding=str(measure["coding"]) if measure.get("coding") else None, version=None, baseline=None)  # fmt: skip
    place = {s: i for i, s in enumerate(values.subjects)}
    order = [place[s] for s in context.patients.subjects]
    base = np.asarray(values.at(plan.baseline_visit.label))[order]
    rows: list[dict[str, Any]] = []
    for visit in plan.follow_up_visits:
        change = np.asarray(values.at(visit.label))[order] - base
        known = ~np.isnan(change)
        groups = {arm: change[inside & known] for arm, inside in members.items()}
        if any(len(g) == 0 for g in groups.values()):
            continue
        row: dict[str, Any] = {"visit": visit.label}
        for arm, key in ((other, "1"), (reference, "0")):
            g = groups[arm]
            row |= {f"n{key}": len(g), f"mean{key}": float(g.mean()), f"sd{key}": float(g.std(ddof=1)) if len(g) > 1 else np.nan}  # fmt: skip
        try:
            found = ms.stats.two_samples(np.concatenate([groups[other], groups[reference]]), [other] * len(groups[other]) + [reference] * len(groups[reference]), reference=reference, test="t", conf_level=plan.level)  # fmt: skip
            ranks = ms.stats.two_samples(np.concatenate([groups[other], groups[reference]]), [other] * len(groups[other]) + [reference] * len(groups[reference]), reference=reference, test="wilcoxon", conf_level=plan.level)  # fmt: skip
        except (NotEstimableError, DataError):
            row |= {"difference": row["mean1"] - row["mean0"], "lower": np.nan, "upper": np.nan, "p": np.nan, "p_rank": np.nan}  # fmt: skip
        else:
            nan = float("nan")
            row |= {"difference": found.estimate, "lower": nan if found.lower is None else found.lower, "upper": nan if found.upper is None else found.upper, "p": found.p_value, "p_rank": ranks.p_value}  # fmt: skip
            context.add_ard(found.ard_rows(), analysis=f"{section.id} {name} {visit.label}")
            context.fact(f"{section.id}/{name}/{visit.label}", f"{label}: difference of changes, {visit.name}", section.id, found.estimate, lower=found.lower, upper=found.upper, method=found.method)  # fmt: skip
        rows.append(row)
    if not rows:
        section.blocks.append(f"{label}: not compared, at no visit are changes of both arms known.")
        return

    def arm_text(row: dict[str, Any], key: str) -> str:
        return f"{fixed(row[f'mean{key}'], digits)} ± {fixed(row[f'sd{key}'], digits)} (n = {row[f'n{key}']})"

    section.blocks.append(
        ReportTable(
            id=f"{section.id}_{name}",
            caption=f"{label}: change from baseline by arm",
            data={key: [r[key] for r in rows] for key in rows[0]},
            shown={
                "Visit": [plan.visit(r["visit"]).name for r in rows],
                other: [arm_text(r, "1") for r in rows],
                reference: [arm_text(r, "0") for r in rows],
                "Difference": [fixed(r["difference"], digits) for r in rows],
                f"{100 * plan.level:g} % interval": [interval(r["lower"], r["upper"], digits) for r in rows],
                "p, Welch": [p_value(r["p"]) for r in rows],
                "p, rank sum": [p_value(r["p_rank"]) for r in rows],
            },
            notes=(
                f"Mean ± SD of the change of patients with both values. Difference {other} less {reference} with Welch's interval, not adjusted for the baseline value; rank sum test exact for small numbers.",
            ),
        )
    )


def _survival(context: Context, analysis: Analysis, section: Section, members: dict[str, NDArray[np.bool_]]) -> None:
    """Time to death by arm: the page of `mscsle.compare_arms`."""
    import mscsle as ms

    plan, patients = context.plan, context.patients
    if not patients.has("status"):
        section.blocks.append("Survival is not compared: the data have no table `status`.")
        return
    other, reference = members
    enrolled = np.asarray(patients._dates("subjects", "enrolled_date"), dtype=np.float64)
    shift = np.where(np.isnan(patients.time_zero), enrolled, patients.time_zero)
    death = patients._by_patient("status", patients._dates("status", "death_date"), first=False) - shift
    contact = patients._by_patient("status", patients._dates("status", "last_contact_date"), first=False) - shift
    end = np.where(np.isnan(death), contact, death)
    usable = ~np.isnan(end) & (end >= 0) & (members[other] | members[reference])
    named = np.where(members[other], other, reference)
    if len(set(named[usable].tolist())) < 2:
        section.blocks.append("Survival is not compared: follow-up is known in one arm only.")
        return
    times = analysis.numbers("times", [v.month for v in plan.follow_up_visits])
    data = {"time": end[usable] / MONTH_DAYS, "event": ~np.isnan(death[usable]), "arm": named[usable].tolist()}
    page = ms.compare_arms("time", event="event", arm="arm", data=data, times=times, ref=reference, conf_level=plan.level, unit="months")  # fmt: skip
    context.add_ard(page.ard_rows(), analysis=section.id)
    rows = rows_of(page)
    section.blocks.append(f"Survival. {page.sentence}")
    section.blocks.append(
        ReportTable(
            id=f"{section.id}_survival",
            caption="Survival by arm",
            data={name: [r[name] for r in rows] for name in rows[0]},
            shown={
                "Quantity": [r["quantity"] for r in rows],
                "Arm": [r["arm"] for r in rows],
                "Estimate": [_number(r["estimate"]) for r in rows],
                f"{100 * plan.level:g} % limits": [_limits(r) for r in rows],
                "p": [p_value(r["p_value"]) if r["p_value"] == r["p_value"] else "" for r in rows],
                "Method": [f"{r['method']}{'; ' + r['note'] if r['note'] else ''}" for r in rows],
            },
            notes=(
                f"Months from the first infusion, or from enrolment without one; {int((~usable).sum())} without a known end or arm left out.",
            ),
            wide=True,
        )
    )


def _number(value: float) -> str:
    if value != value:
        return ""
    return fixed(value, 0) if float(value).is_integer() else fixed(value, 3)


def _limits(row: dict[str, Any]) -> str:
    low, high = row["lower"], row["upper"]
    if low != low and high != high:
        return ""
    return interval(low, high, 3)
