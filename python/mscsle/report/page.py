"""The report as one HTML page: no script, no network, readable on paper and on a narrow screen."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.printed import NUMERIC
from mscsle.report.published import Comparison, PublishedVsComputed
from mscsle.report.rounding import ABSENT

__all__ = ["Finding", "definition_list", "page", "published_table", "section_html"]

_VERDICT_CLASSES = {
    "agrees": "v-agrees",
    "agrees under another denominator": "v-other",
    "contradicts another report": "v-contradicts",
    "differs": "v-differs",
    "cannot be known": "v-unknown",
}


class Finding:
    """A sentence for the head of the report: heading, text, severity and the part of the page it points to."""

    __slots__ = ("heading", "section", "severity", "text")

    def __init__(self, heading: str, text: str, *, severity: str = "note", section: str = "") -> None:
        self.heading = heading
        self.text = text
        self.severity = severity
        self.section = section


def escape(text: object) -> str:
    """Text safe inside HTML; words between backticks become code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(str(text)))


def table_html(table: ReportTable) -> str:
    """A table with its caption and notes; columns of numbers are set right."""
    printed = table.printed()
    names = list(printed)
    n = len(printed[names[0]]) if names else 0
    right = [i > 0 and all(NUMERIC.match(str(v)) for v in printed[c]) for i, c in enumerate(names)]
    head = "".join(f'<th{_class(r)} scope="col">{escape(c)}</th>' for c, r in zip(names, right, strict=True))
    rows = []
    for i in range(n):
        cells = [str(printed[c][i]) for c in names]
        if n and cells[0] and not any(cells[1:]):
            rows.append(f'<tr class="group"><td colspan="{len(names)}">{escape(cells[0])}</td></tr>')
            continue
        tds = []
        for j, cell in enumerate(cells):
            indent = j == 0 and cell.startswith("  ")
            classes = "num" if right[j] else "indent" if indent else ""
            tds.append(f"<td{f' class={chr(34)}{classes}{chr(34)}' if classes else ''}>{escape(cell.strip())}</td>")
        rows.append(f"<tr>{''.join(tds)}</tr>")
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table.notes)
    return (
        f'<div class="scroll" id="table-{html.escape(table.id)}"><table><caption>{escape(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{notes}"
    )


def _class(right: bool) -> str:
    return ' class="num"' if right else ""


def figure_html(figure: ReportFigure) -> str:
    """A figure as an embedded SVG with its caption."""
    data = base64.b64encode(figure.svg).decode()
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in figure.notes)
    return (
        f'<figure id="figure-{html.escape(figure.id)}" style="max-width:{figure.width * 112:.0f}px"><figcaption>{escape(figure.caption)}</figcaption>'
        f'<img alt="{html.escape(figure.alt, quote=True)}" src="data:image/svg+xml;base64,{data}"></figure>{notes}'
    )


def section_html(section: Section) -> str:
    """A section with its blocks in reading order."""
    parts = []
    if section.skipped:
        parts.append(f'<p class="skipped">Not done: {escape(section.skipped)}</p>')
    for block in section.blocks:
        if isinstance(block, ReportTable):
            parts.append(table_html(block))
        elif isinstance(block, ReportFigure):
            parts.append(figure_html(block))
        elif block.startswith("<"):
            parts.append(block)
        else:
            parts.append(f"<p>{escape(block)}</p>")
    return f'<section id="{html.escape(section.id)}"><h2>{escape(section.title)}</h2>{"".join(parts)}</section>'


def published_table(comparisons: PublishedVsComputed, reports: Mapping[str, str]) -> str:
    """Published against computed, grouped by report, with a verdict and a note for each figure."""
    counts = comparisons.counts()
    tally = "".join(_badge(verdict, f"{verdict}: {count}") for verdict, count in counts.items() if count)
    rows = []
    for study in dict.fromkeys(r.study for r in comparisons.rows):
        rows.append(f'<tr class="group"><td colspan="5">{escape(reports.get(study, study))}</td></tr>')
        rows.extend(_published_row(r) for r in comparisons.rows if r.study == study)
    return (
        f'<div class="tally">{tally}</div><div class="scroll" id="table-published_vs_computed"><table class="published">'
        "<caption>Every printed figure beside the number computed from this cohort</caption>"
        '<thead><tr><th scope="col">Figure</th><th scope="col">Printed</th><th scope="col">Computed</th>'
        '<th scope="col">Verdict</th><th scope="col">Denominator, method and note</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _badge(verdict: str, text: str) -> str:
    return f'<span class="verdict {_VERDICT_CLASSES[verdict]}">{html.escape(text)}</span>'


def _published_row(row: Comparison) -> str:
    computed = escape(row.computed or ABSENT)
    if row.section:
        computed = f'<a href="#{html.escape(row.section)}">{computed}</a>'
    named = row.denominator_rule and "denominator" not in row.verdict  # that verdict's note names both
    rule = f"Denominator: {row.denominator_rule.replace('_', ' ')}." if named else ""
    method = f"{row.method[0].upper()}{row.method[1:]}." if row.method else ""
    words = " ".join(w for w in (rule, method, row.note) if w)
    return (
        f'<tr id="figure-of-{html.escape(row.id)}"><td>{escape(row.figure)}</td><td>{escape(row.printed)}</td>'
        f'<td class="computed">{computed}</td><td>{_badge(row.verdict, row.verdict)}</td><td>{escape(words)}</td></tr>'
    )


def findings_html(findings: Iterable[Finding]) -> str:
    """The findings as a list; each points to its section."""
    items = []
    for finding in findings:
        css = {"error": "error", "warning": "warning"}.get(finding.severity, "note-item")
        link = f' <a href="#{html.escape(finding.section)}">see below</a>' if finding.section else ""
        items.append(f'<li class="{css}"><b>{escape(finding.heading)}</b>{escape(finding.text)}{link}</li>')
    return f'<ul class="findings">{"".join(items)}</ul>'


def definition_list(pairs: Sequence[tuple[str, str]]) -> str:
    """Terms and what they are."""
    inner = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in pairs)
    return f"<dl>{inner}</dl>"


def page(
    *,
    title: str,
    lines: Sequence[str],
    synthetic: str,
    sections: Sequence[Section],
    footer: str,
    fragment: bool = False,
) -> str:
    """The whole page; with ``fragment`` only what a notebook shows (no navigation)."""
    css = (resources.files("mscsle") / "report" / "page.css").read_text(encoding="utf-8")
    banner = f'<div class="synthetic"><strong>SYNTHETIC DATA</strong> {escape(synthetic)}</div>' if synthetic else ""
    head = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    body = (
        f"<main><header><h1>{escape(title)}</h1>{head}</header>{banner}"
        f"{''.join(section_html(s) for s in sections)}<footer>{escape(footer)}</footer></main>"
    )
    if fragment:
        return f"<div>{body}</div>"
    items = "".join(f'<li><a href="#{html.escape(s.id)}">{escape(s.title)}</a></li>' for s in sections)
    mark = "mscsle report" + (" · SYNTHETIC" if synthetic else "")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{css}</style></head><body>"
        f'<div class="page"><nav aria-label="Contents"><div class="mark">{mark}</div><ol>{items}</ol></nav>{body}</div>'
        "</body></html>\n"
    )
