"""A report as a reporting event of the CDISC Analysis Results Standard (ARS) version 1, in JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mscsle import _frame
from mscsle.exceptions import OptionError
from mscsle.report.printed import significant

if TYPE_CHECKING:
    from mscsle.report.report import Report

__all__ = ["reporting_event"]

#: Why an analysis was done, in the words of the standard.
REASONS = ("SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY")
#: What an analysis is for, in the words of the standard.
PURPOSES = ("PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE", "EXPLORATORY OUTCOME MEASURE")
#: The one analysis set of a report: who is counted stands in the denominator rule of each result.
ALL = "AS_ALL"


def reporting_event(
    report: Report,
    *,
    reason: str = "SPECIFIED IN SAP",
    purpose: str | Mapping[str, str] = "EXPLORATORY OUTCOME MEASURE",
) -> dict[str, Any]:
    """The reporting event of a report: analyses with methods, operations, groupings and results, outputs and contents.

    Each combination of analysis of the plan, part, variable and method is an analysis of the standard; each statistic is an
    operation; the group, and the level of the variable, are data-driven groupings.
    """
    if reason not in REASONS:
        raise OptionError(f"unknown reason `{reason}`; use {', '.join(f'`{r}`' for r in REASONS)}")
    purposes = dict(purpose) if isinstance(purpose, Mapping) else {}
    usual = purpose if isinstance(purpose, str) else "EXPLORATORY OUTCOME MEASURE"
    for word in (usual, *purposes.values()):
        if word not in PURPOSES:
            raise OptionError(f"unknown purpose `{word}`; use {', '.join(f'`{p}`' for p in PURPOSES)}")
    known = [a.id for a in report.plan.analyses]
    for analysis in purposes:
        if analysis not in known:
            raise OptionError(f"the plan has no analysis `{analysis}`; it has {', '.join(f'`{k}`' for k in known)}")
    made = _Event(report)
    made.collect(reason, purposes, usual)
    outputs = [_output(report, name, table.caption, table.notes) for name, table in report.tables.items()]
    return {
        "id": f"RE_{_slug(report.plan.id)}",
        "name": report.plan.title,
        "version": 1,
        "description": f"{'SYNTHETIC DATA. ' if report.synthetic else ''}{report.plan.citation}".strip(),
        "mainListOfContents": made.contents(outputs),
        "referenceDocuments": [
            {
                "id": "RD_PLAN",
                "name": f"Analysis plan {report.plan.id}",
                "description": f"sha256 {report.plan.sha256}",
                "location": "manifest.json",
            }
        ],
        "analysisSets": [
            {
                "id": ALL,
                "name": "All subjects",
                "label": "All subjects of the trial; the denominator rule of each result says who is counted",
                "level": 1,
                "order": 1,
                "condition": {"dataset": "subjects", "variable": "usubjid", "comparator": "NE", "value": [""]},
            }
        ],
        "analysisGroupings": list(made.groupings.values()),
        "methods": list(made.methods.values()),
        "analyses": made.analyses,
        "outputs": outputs,
    }


class _Event:
    """The parts of a reporting event, in the order in which the results need them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.groupings: dict[str, dict[str, Any]] = {}
        self.methods: dict[str, dict[str, Any]] = {}
        self.analyses: list[dict[str, Any]] = []
        self.of_part: dict[str, list[str]] = {}

    def collect(self, reason: str, purposes: Mapping[str, str], usual: str) -> None:
        titles = {a.id: a.title for a in self.report.plan.analyses}
        parts: dict[tuple[str, str, str], list[Mapping[str, object]]] = {}
        for row in self.report.ard_rows():
            key = (str(row["context"]), str(row["variable"]), str(row["method"] or ""))
            parts.setdefault(key, []).append(row)
        for (context, variable, method), rows in parts.items():
            part = context.split(":")[0]
            identity = f"AN_{len(self.analyses) + 1:04d}_{_slug(part)}"
            method_id = self._method(method, rows)
            groupings = self._groupings(variable, rows)
            about = titles.get(part, part.replace("_", " "))
            detail = context.partition(": ")[2]
            analysis: dict[str, Any] = {
                "id": identity,
                "name": ": ".join(w for w in (about, detail, variable) if w),
                "version": 1,
                "reason": {"controlledTerm": reason},
                "purpose": {"controlledTerm": purposes.get(part, usual)},
                "methodId": method_id,
                "analysisSetId": ALL,
                "variable": variable,
                "results": [self._result(method_id, variable, row) for row in rows],
            }
            if groupings:
                analysis["orderedGroupings"] = [
                    {"order": i, "groupingId": g, "resultsByGroup": True} for i, g in enumerate(groupings, 1)
                ]
            self.analyses.append(analysis)
            self.of_part.setdefault(part, []).append(identity)

    def _method(self, method: str, rows: Sequence[Mapping[str, object]]) -> str:
        known = self.methods.setdefault(
            method,
            {
                "id": f"MT_{len(self.methods) + 1:03d}",
                "name": (method or "As computed")[:200],
                "description": method or "As computed",
                "operations": [],
            },
        )
        operations = known["operations"]
        names = {o["name"] for o in operations}
        for row in rows:
            name = str(row["stat_name"])
            if name not in names:
                names.add(name)
                operations.append(
                    {
                        "id": _operation(known["id"], name),
                        "name": name,
                        "label": str(row["stat_label"] or name),
                        "order": len(operations) + 1,
                    }
                )
        return str(known["id"])

    def _groupings(self, variable: str, rows: Sequence[Mapping[str, object]]) -> list[str]:
        found: list[str] = []
        for row in rows:
            for name, level in _groups(variable, row):
                if level is None:
                    continue
                identity = f"GF_{_slug(name)}"
                self.groupings.setdefault(
                    identity, {"id": identity, "name": name, "groupingVariable": name, "dataDriven": True}
                )
                if identity not in found:
                    found.append(identity)
        return found

    def _result(self, method_id: str, variable: str, row: Mapping[str, object]) -> dict[str, Any]:
        out: dict[str, Any] = {"operationId": _operation(method_id, str(row["stat_name"]))}
        groups = [
            {"groupingId": f"GF_{_slug(name)}", "groupValue": level}
            for name, level in _groups(variable, row)
            if level is not None
        ]
        if groups:
            out["resultGroups"] = groups
        raw, shown = _value(row["stat"])
        if raw is not None:
            out["rawValue"] = raw
        out["formattedValue"] = shown
        return out

    def contents(self, outputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        items = []
        by_name = {str(o["id"]): o for o in outputs}
        for order, section in enumerate(self.report.sections, 1):
            inner: list[dict[str, Any]] = []
            for table in section.tables:
                inner.append({"name": table.caption, "outputId": f"OT_{_slug(table.id)}"})
            names = {a["id"]: a["name"] for a in self.analyses}
            inner += [{"name": names[i], "analysisId": i} for i in self.of_part.get(section.id, [])]
            item: dict[str, Any] = {"name": section.title, "level": 1, "order": order}
            if inner:
                listed = [{"level": 2, "order": i, **entry} for i, entry in enumerate(inner, 1)]
                item["sublist"] = {"listItems": listed}
            items.append(item)
        listed_analyses = {
            str(e["analysisId"]) for i in items for e in i.get("sublist", {}).get("listItems", ()) if "analysisId" in e
        }
        others = [a for a in self.analyses if a["id"] not in listed_analyses]
        if others:
            rest = [{"level": 2, "order": i, "name": a["name"], "analysisId": a["id"]} for i, a in enumerate(others, 1)]
            items.append({"name": "Other results", "level": 1, "order": len(items) + 1, "sublist": {"listItems": rest}})
        assert all(
            str(e["outputId"]) in by_name
            for i in items
            for e in i.get("sublist", {}).get("listItems", ())
            if "outputId" in e
        )
        return {"name": "Contents", "label": "Parts of the report", "contentsList": {"listItems": items}}


def _groups(variable: str, row: Mapping[str, object]) -> list[tuple[str, str | None]]:
    out: list[tuple[str, str | None]] = []
    if row["group1"]:
        out.append((str(row["group1"]), _level(row["group1_level"])))
    if row["variable_level"] is not None:
        out.append((f"{variable} level", _level(row["variable_level"])))
    return out


def _level(value: object) -> str | None:
    return _frame.as_texts([value])[0]


def _operation(method_id: str, name: str) -> str:
    return f"{method_id}_{_slug(name)}"


def _value(stat: object) -> tuple[str | None, str]:
    if _frame.is_missing(stat):
        return None, "NA"
    if isinstance(stat, str):
        return stat, stat
    number = float(stat)  # type: ignore[arg-type]
    if math.isinf(number):
        text = "Inf" if number > 0 else "-Inf"
        return text, text
    whole = number.is_integer() and abs(number) < 1e15
    return (f"{number:.0f}" if whole else repr(number)), significant(number, 4)


def _output(report: Report, name: str, caption: str, notes: Sequence[str]) -> dict[str, Any]:
    slug = _slug(name)
    sections = [_texts("Title", slug, [caption])]
    if report.synthetic:
        sections.append(_texts("Header", slug, ["SYNTHETIC DATA"]))
    if notes:
        sections.append(_texts("Footnote", slug, list(notes)))
    return {
        "id": f"OT_{slug}",
        "name": caption,
        "version": 1,
        "displays": [
            {
                "order": 1,
                "display": {
                    "id": f"DI_{slug}",
                    "name": caption,
                    "version": 1,
                    "displayTitle": caption,
                    "displaySections": sections,
                },
            }
        ],
        "fileSpecifications": [
            {
                "name": f"{name}.rtf",
                "fileType": {"controlledTerm": "rtf"},
                "location": f"rtf/{name}.rtf",
            }
        ],
    }


def _texts(kind: str, slug: str, texts: Sequence[str]) -> dict[str, Any]:
    return {
        "sectionType": kind,
        "orderedSubSections": [
            {"order": i, "subSection": {"id": f"DI_{slug}_{kind}_{i}", "text": text}} for i, text in enumerate(texts, 1)
        ],
    }


def _slug(text: str) -> str:
    """Letters, digits and ``_``; other characters as their code, so that two names never share one id."""
    return re.sub(r"[^A-Za-z0-9_]", lambda m: "_" if m.group(0) == " " else f"x{ord(m.group(0)):X}", text)
