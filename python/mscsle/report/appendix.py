"""The last parts of a report: definitions, estimand, findings in the data, manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mscsle.report.analyses.rows import method_words
from mscsle.report.blocks import ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.page import definition_list, escape

if TYPE_CHECKING:
    from mscsle.trial import Trial

__all__ = ["data_findings", "definitions", "estimand", "manifest_section"]

#: Rows of the table of data findings that are printed; the CSV holds all.
PRINTED_FINDINGS = 200

CONFIDENCE_WORDS = {
    "H": "high: read in the publication",
    "M": "medium: from memory or a secondary source, unverified",
    "L": "low: from memory, unverified",
    "DEFAULT": "a choice of this package where the report leaves it open",
}


def estimand(context: Context) -> Section:
    """Population, treatment, variable, intercurrent events and summary; time zero and clock."""
    plan = context.plan
    section = Section("estimand", "Estimand and time")
    pairs: list[tuple[str, str]] = []
    if plan.estimand is not None:
        e = plan.estimand
        pairs += [("Population", e.population), ("Treatment", e.treatment), ("Variable", e.variable)]
        for event, strategy, handling in e.intercurrent_events:
            pairs.append((event, strategy + (f"; {handling}" if handling else "")))
        pairs.append(("Summary measure", e.summary))
    pairs += [
        ("Time zero", "date of the first infusion = day 0"),
        ("Month", "365.25/12 = 30.4375 days"),
        ("Clock", {"planned": "planned visit", "actual": "date of the visit"}[plan.clock]),
        ("Visits", ", ".join(f"{v.label} = month {v.month:g}" for v in plan.visits)),
        (
            "Intervals",
            f"{100 * plan.level:g} %; proportions {method_words(plan.proportion_method)}, survival {plan.survival_interval}",
        ),
        ("Ties in Cox models", method_words(plan.ties)),
    ]
    section.blocks.append(definition_list(pairs))
    if context.estimands:
        section.blocks.append(_estimands_of_the_run(context))
    return section


def _estimands_of_the_run(context: Context) -> ReportTable:
    """The estimand of each analysis as it was run, one block of rows an analysis."""
    names = ("analysis", "attribute", "event", "strategy", "usual", "text")
    data: dict[str, list[str]] = {name: [] for name in names}
    for role, of_run in context.estimands.items():
        columns = of_run.columns()
        context.add_ard(of_run.ard_rows(), analysis=role)
        data["analysis"] += [role] * len(columns["attribute"])
        for name in names[1:]:
            data[name] += [value or "" for value in columns[name]]
    # what several analyses share is printed once, in the order of the attributes
    shared: dict[tuple[str, ...], list[str]] = {}
    for i, role in enumerate(data["analysis"]):
        shared.setdefault(tuple(data[name][i] for name in names[1:]), []).append(role)
    order = list(dict.fromkeys((row[0], row[1]) for row in shared))
    rows = sorted(shared, key=lambda row: order.index((row[0], row[1])))
    attribute, event, strategy, usual = ([row[k].replace("_", " ") for row in rows] for k in range(4))
    everything = len(context.estimands)
    return ReportTable(
        id="estimands",
        caption="Estimand of each analysis as it was run",
        data=data,
        shown={
            "Attribute": [a if i == 0 or attribute[i - 1] != a else "" for i, a in enumerate(attribute)],
            "Event": event,
            "Strategy": strategy,
            "Usual strategy": usual,
            "How": [row[4] for row in rows],
            "Analyses": ["all" if len(shared[row]) == everything > 1 else "; ".join(shared[row]) for row in rows],
        },
        notes=("The usual strategy of this type of endpoint is a choice of this software, not of a guideline.",),
        wide=True,
    )


def data_findings(context: Context) -> Section:
    """What is wrong with the data, and what that means for the numbers."""
    findings = context.trial.findings
    section = Section("data-findings", "Findings in the data")
    n = len(findings)
    made = context.response_findings()
    if n == 0 and not made:
        section.blocks.append("None: every check of the tables passed.")
        return section
    if made:
        section.blocks.append(
            ReportTable(
                id="history_findings",
                caption="What the endpoints made of it",
                data=made,
                shown={
                    "Severity": [str(v) for v in made["severity"]],
                    "Table": [str(v) for v in made["table"]],
                    "Row": [str(v) if int(str(v)) >= 0 else "" for v in made["row"]],
                    "Subject": [str(v or "") for v in made["subject"]],
                    "What was done": [str(v) for v in made["message"]],
                },
            )
        )
    if n == 0:
        return section
    section.blocks.append(
        "Nothing was dropped. A cell with an error counts as missing in scores and endpoints, and so does a row whose "
        "subject or key is wrong; warnings and notes change no number."
    )
    tally = Counter(zip(findings.severity, findings.rule, strict=True))
    order = {"error": 0, "warning": 1, "note": 2}
    summary = sorted(tally.items(), key=lambda item: (order.get(item[0][0], 3), item[0][1]))
    section.blocks.append(
        ReportTable(
            id="data_findings_by_rule",
            caption="Findings by rule",
            data={
                "severity": [k[0] for k, _ in summary],
                "rule": [k[1] for k, _ in summary],
                "count": [c for _, c in summary],
            },
            shown={
                "Severity": [k[0] for k, _ in summary],
                "Rule": [k[1].replace("_", " ") for k, _ in summary],
                "Findings": [str(c) for _, c in summary],
            },
        )
    )
    rows = sorted(range(n), key=lambda i: order.get(findings.severity[i], 3))[:PRINTED_FINDINGS]
    notes = ("Rows count from 0.",)
    if n > PRINTED_FINDINGS:
        notes = (f"Rows count from 0. The first {PRINTED_FINDINGS} of {n}; tables/data_findings.csv holds all.",)
    section.blocks.append(
        ReportTable(
            id="data_findings",
            caption="Each finding",
            data=dict(findings.columns()),
            shown={
                "Severity": [findings.severity[i] for i in rows],
                "Table": [findings.table[i] for i in rows],
                "Row": ["" if findings.row[i] < 0 else str(findings.row[i]) for i in rows],
                "Subject": [findings.subject[i] or "" for i in rows],
                "Column": [findings.column[i] or "" for i in rows],
                "Value": [findings.value[i] or "" for i in rows],
                "What is wrong": [findings.message[i] for i in rows],
            },
            notes=notes,
            wide=True,
        )
    )
    context.add_ard(findings.ard_rows(), analysis="data_findings")
    return section


def definitions(context: Context) -> Section:
    """The definitions used, with citation, confidence mark and the parameters in force."""
    section = Section("definitions", "Definitions")
    for role, used in context.definitions.items():
        states = [f"{short} = {long}" for short, long in zip(used.states, used.labels, strict=True)]
        published = (
            used.citation + (f". doi:{used.doi}" if used.doi else "") + (f". PMID {used.pmid}" if used.pmid else "")
        )
        section.blocks.append(f"<h3>{escape(role)}: {escape(used.name)}</h3>")
        pairs = [
            ("Definition", f"`{used.id}` version {used.version}"),
            ("Published", published),
            ("Confidence", f"{used.confidence} ({CONFIDENCE_WORDS.get(used.confidence, 'as marked')})"),
            (
                "Chosen by",
                "this package, as the default where the report leaves it open" if used.default_choice else "the plan",
            ),
            ("States, in order", "; ".join(states) + (f"; otherwise {used.otherwise}" if used.otherwise else "")),
            ("Note", used.note),
        ]
        section.blocks.append(definition_list([(k, v) for k, v in pairs if v]))
        columns = used.columns()
        section.blocks.append(
            ReportTable(
                id=f"definition_{used.id}",
                caption=f"Parameters of {used.id}",
                data={k: list(columns[k]) for k in ("parameter", "value", "default", "unit", "meaning")},
                shown={
                    "Parameter": [f"`{p}`" for p in columns["parameter"]],
                    "Value": [str(v) for v in columns["value"]],
                    "Default": [str(v) for v in columns["default"]],
                    "Unit": [str(v) for v in columns["unit"]],
                    "Meaning": [str(v) for v in columns["meaning"]],
                },
            )
        )
        context.add_ard(used.ard_rows(), analysis="definitions")
    return section


def manifest_section(made: Mapping[str, object], trial: Trial) -> Section:
    """Versions, plan and checksums of the tables."""
    plan, versions, tables = made["plan"], made["versions"], made["input"]
    assert isinstance(plan, Mapping) and isinstance(versions, Mapping) and isinstance(tables, Mapping)
    pairs = [(str(k), str(v)) for k, v in versions.items()]
    pairs.append(("Plan", f"{plan['id']}, sha256 {plan['sha256']}"))
    if made.get("seed") is not None:
        pairs.append(("Seed of the cohort", str(made["seed"])))
    if made.get("created"):
        pairs.append(("Created", str(made["created"])))
    pairs.append(("Data", "synthetic" if trial.is_synthetic else "as given"))
    section = Section("manifest", "Run manifest")
    section.blocks.append(definition_list(pairs))
    section.blocks.append(
        ReportTable(
            id="input",
            caption="Tables read",
            data={
                "table": list(tables),
                "rows": [t["rows"] for t in tables.values()],
                "sha256": [t["sha256"] for t in tables.values()],
            },
            shown={
                "Table": list(tables),
                "Rows": [str(t["rows"]) for t in tables.values()],
                "SHA-256 of names and values": [str(t["sha256"])[:32] + "…" for t in tables.values()],
            },
        )
    )
    section.blocks.append(
        f"<details><summary>The plan as it was run</summary><pre>{escape_plain(plan['text'])}</pre></details>"
    )
    return section


def escape_plain(text: object) -> str:
    """Text safe inside `pre`."""
    import html

    return html.escape(str(text))
