"""Baseline table: n, missing, mean, SD, median, quartiles and range of numbers; counts and percentages of categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.plan import Analysis
from mscsle.report.rounding import fixed, percent

__all__ = ["baseline"]

MISSING = "(missing)"


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
        described = ms.stats.describe(columns, list(columns))
        context.add_ard(described.ard_rows(), analysis=section.id)
        numbers = [r for r in described.rows if r["kind"] == "number"]
        categories = [r for r in described.rows if r["kind"] != "number"]
        if numbers:
            section.blocks.append(_numbers(numbers, labels, digits))
        if categories:
            section.blocks.append(_categories(categories, labels, len(context.patients)))
    if absent:
        section.blocks.append(f"Not in the data: {', '.join(absent)}.")
    return section


def _numbers(rows: list[dict[str, Any]], labels: Mapping[str, str], digits: Mapping[str, int]) -> ReportTable:
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
        notes=(
            "Last value at or before the first infusion. SD with n - 1; quartiles by averaging at steps (SAS definition 5, R type 2).",
        ),
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
