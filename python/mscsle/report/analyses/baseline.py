"""Baseline table: n, missing, mean, SD, median, quartiles and range of numbers; counts and percentages of categories.

By arm (or another group) with standardised differences and without p-values: what differs at baseline is described, not
tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context, NotPossible
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, percent, percent_text

__all__ = ["baseline"]

MISSING = "(missing)"

#: Type of quartiles as a plan names it -> words of the note.
_QUARTILES = {
    "sas": "quartiles by averaging at steps (SAS definition 5, R type 2)",
    "r": "quartiles by interpolation (R type 7)",
    "spss": "quartiles by interpolation (SPSS, R type 6)",
}


def baseline(context: Context, analysis: Analysis) -> Section:
    """Baseline is the last value at or before the first infusion, in the canonical unit of the measure."""
    import mscsle as ms

    section = Section(analysis.id, analysis.title)
    columns: dict[str, Any] = {}
    labels: dict[str, str] = {}
    digits: dict[str, int] = {}
    absent: list[str] = []
    for variable in analysis.tables("variables"):
        name, unit = str(variable["name"]), str(variable.get("unit", ""))
        labels[name] = str(variable.get("label", name)) + (f", {unit}" if unit else "")
        places = variable.get("digits", 1)
        digits[name] = places if isinstance(places, int) else 1
        values = context.baseline(name)
        if values is None:
            absent.append(labels[name])
        else:
            columns[name] = values
    if columns:
        quartiles = analysis.text("quartiles", "sas")
        described = ms.stats.describe(columns, list(columns), quantile_type=quartiles)
        context.add_ard(described.ard_rows(), analysis=section.id)
        numbers = [r for r in described.rows if r["kind"] == "number"]
        categories = [r for r in described.rows if r["kind"] != "number"]
        if numbers:
            section.blocks.append(_numbers(numbers, labels, digits, quartiles))
        if categories:
            section.blocks.append(_categories(categories, labels, len(context.patients)))
        by = analysis.text("by") or _arms(context)
        if by:
            _by_group(context, section, columns, labels, digits, by, quartiles)
    if absent:
        section.blocks.append(f"Not in the data: {', '.join(absent)}.")
    n = context.without_time_zero
    if n:
        section.blocks.append(
            f"{n} patient{'' if n == 1 else 's'} without a first infusion: no baseline value of a measure, counted as missing; what `subjects` records is kept."
        )
    return section


def _arms(context: Context) -> str:
    """`arm` when the plan has arms and the data hold two or more."""
    return "arm" if context.arms else ""


def _by_group(
    context: Context,
    section: Section,
    columns: Mapping[str, Any],
    labels: Mapping[str, str],
    digits: Mapping[str, int],
    by: str,
    quartiles: str,
) -> None:
    """The same variables side by side, with the standardised difference of two groups."""
    import mscsle as ms

    try:
        groups = context.groups(by)
    except NotPossible as e:
        section.blocks.append(f"Not by {by}: {e}.")
        return
    known = [i for i, g in enumerate(groups) if g]
    wanted = [name for name in columns if name != by]
    if not wanted:
        return
    data: dict[str, Any] = {
        name: columns[name][known] if isinstance(columns[name], np.ndarray) else [columns[name][i] for i in known]
        for name in wanted
    }
    data[by] = [groups[i] for i in known]
    found = ms.stats.describe(data, wanted, by=by, quantile_type=quartiles)
    context.add_ard(found.ard_rows(), analysis=section.id)
    names = sorted({str(g) for g in data[by]})
    sizes = {g: data[by].count(g) for g in names}
    two = len(names) == 2
    heads = {g: f"{g} (n = {sizes[g]})" for g in names}
    shown: dict[str, list[str]] = {"": [], **{h: [] for h in heads.values()}}
    if two:
        shown["Standardised difference"] = []
    for variable in wanted:
        rows = [r for r in found.rows if r["variable"] == variable]
        if rows[0]["kind"] != "number":
            for column in shown.values():
                column.append("")
            shown[""][-1] = f"{labels[variable]}, n/N (%)"
        for level in dict.fromkeys(r["level"] for r in rows):
            shown[""].append(f"{labels[variable]}, mean ± SD" if level is None else f"  {str(level).strip('()')}")
            for r in (r for r in rows if r["level"] == level):
                shown[heads[str(r["group"])]].append(_cell(r, digits[variable], sizes[str(r["group"])]))
            if level is None:
                shown[""].append("  median (quartiles)")
                for r in rows:
                    shown[heads[str(r["group"])]].append(_median(r, digits[variable]))
            if two:
                smd = found.smd.get((variable, level))
                shown["Standardised difference"] += [
                    fixed(smd, 2) if smd is not None else "",
                    *([""] if level is None else []),
                ]
                if smd is not None:
                    key = f"baseline/{variable}/smd" if level is None else f"baseline/{variable}/{level}/smd"
                    context.fact(key, f"{labels[variable]}{'' if level is None else f', {level}'}: standardised difference", section.id, smd, method=f"{names[1]} less {names[0]}")  # fmt: skip
    notes = [
        f"Means with n where values are missing; {_QUARTILES[quartiles]}. No p-values: differences at baseline are described, not tested."
    ]
    if two:
        notes.append(f"Standardised difference: {names[1]} less {names[0]}, over the root of the mean of both variances (Austin 2009).")  # fmt: skip
    if len(known) < len(groups):
        notes.append(f"{len(groups) - len(known)} without a known `{by}` left out.")
    section.blocks.append(
        ReportTable(
            id=f"baseline_by_{by}",
            caption=f"Baseline by {by}",
            data={n: [_value(v) for v in values] for n, values in found.columns().items()},
            shown=shown,
            notes=tuple(notes),
        )
    )


def _cell(row: dict[str, Any], digits: int, size: int) -> str:
    """Mean and SD, or count and percent, of one group."""
    if row["kind"] == "number":
        n = f" (n = {row['n']})" if row["n_missing"] else ""
        return f"{fixed(row['mean'], digits)} ± {fixed(row['sd'], digits)}{n}"
    return percent_text(int(row["n"]), size if row["level"] == MISSING else int(row["denominator"]))


def _median(row: dict[str, Any], digits: int) -> str:
    """Median and quartiles of one group."""
    low, high = fixed(row["q1"], digits), fixed(row["q3"], digits)
    return f"{fixed(row['median'], digits)} ({low} to {high})"


def _numbers(
    rows: list[dict[str, Any]], labels: Mapping[str, str], digits: Mapping[str, int], quartiles: str
) -> ReportTable:
    def shown(name: str) -> list[str]:
        return [fixed(r[name], digits[r["variable"]]) for r in rows]

    def pair(low: str, high: str) -> list[str]:
        return [f"{a} to {b}" if a != b or a != "–" else a for a, b in zip(shown(low), shown(high), strict=True)]

    names = ("variable", "n", "n_missing", "mean", "sd", "minimum", "q1", "median", "q3", "maximum")
    return ReportTable(
        id="baseline",
        caption="Baseline: measurements",
        data={n: [r[n] for r in rows] for n in names},
        shown={
            "": [labels[r["variable"]] for r in rows],
            "n": [str(r["n"]) for r in rows],
            "Missing": [str(r["n_missing"]) for r in rows],
            "Mean": shown("mean"),
            "SD": shown("sd"),
            "Median": shown("median"),
            "Quartiles": pair("q1", "q3"),
            "Range": pair("minimum", "maximum"),
        },
        notes=(f"Last value at or before the first infusion. SD with n - 1; {_QUARTILES[quartiles]}.",),
    )


def _categories(rows: list[dict[str, Any]], labels: Mapping[str, str], enrolled: int) -> ReportTable:
    shown: dict[str, list[str]] = {"": [], "n/N": [], "%": []}
    for variable in dict.fromkeys(r["variable"] for r in rows):
        for column, text in zip(shown.values(), (labels[variable], "", ""), strict=True):
            column.append(text)
        for r in (r for r in rows if r["variable"] == variable):
            of = enrolled if r["level"] == MISSING else int(r["denominator"])
            texts = (f"  {str(r['level']).strip('()')}", f"{r['n']}/{of}", percent(int(r["n"]), of))
            for column, text in zip(shown.values(), texts, strict=True):
                column.append(text)
    names = ("variable", "level", "n", "denominator", "percent", "percent_of_all")
    return ReportTable(
        id="baseline_categories",
        caption="Baseline: categories",
        data={n: [_value(r.get(n)) for r in rows] for n in names},
        shown=shown,
        notes=("Percent of the patients with a value; the missing of all enrolled.",),
    )


def _value(value: Any) -> Any:
    return np.nan if value is None else value
