"""The report of one run: tables, figures, findings and published against computed, in a notebook or as files."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mscsle import _frame
from mscsle._result import ARD_COLUMNS, ard_frame
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.facts import Facts
from mscsle.report.page import page
from mscsle.report.plan import Plan
from mscsle.report.printed import PrintedTable, printed_table
from mscsle.report.published import PublishedVsComputed
from mscsle.report.rtf import rtf

__all__ = ["Report"]


@dataclass(frozen=True)
class Report:
    """What :func:`mscsle.run` returns.

    Attributes
    ----------
    plan : Plan
        The plan that was run.
    sections : tuple of Section
        The parts of the page in reading order.
    facts : Facts
        Every number that can be held against a printed one.
    findings : ReportTable
        What a reader must know first: remarks of the plan, analyses left out, findings in the data.
    skipped : mapping
        Analyses that could not run and the sentence why.
    manifest : mapping
        Versions, plan and checksums.
    """

    plan: Plan
    sections: tuple[Section, ...]
    facts: Facts
    findings: ReportTable
    skipped: Mapping[str, str]
    manifest: Mapping[str, object]
    synthetic: bool
    library: _frame.Library
    _published: PublishedVsComputed
    _ard: tuple[dict[str, object], ...]

    def published_vs_computed(self) -> PublishedVsComputed:
        """Each printed figure beside the number computed for it, with a verdict and a note."""
        return self._published

    def to_ard(self) -> Any:
        """Analysis results data: one row a statistic, as a frame in the library of the data."""
        return ard_frame(self._ard, self.library)

    def ard_rows(self) -> tuple[dict[str, object], ...]:
        """The rows of the analysis results data."""
        return self._ard

    def to_ars(
        self,
        *,
        reason: str = "SPECIFIED IN SAP",
        purpose: str | Mapping[str, str] = "EXPLORATORY OUTCOME MEASURE",
    ) -> dict[str, Any]:
        """The reporting event of the CDISC Analysis Results Standard version 1; see :func:`mscsle.io.write_ars`."""
        from mscsle.report.ars import reporting_event

        return reporting_event(self, reason=reason, purpose=purpose)

    @property
    def tables(self) -> dict[str, ReportTable]:
        """The tables by id; ``.to_frame()`` gives the unrounded numbers."""
        return {t.id: t for s in self.sections for t in s.tables}

    @property
    def figures(self) -> dict[str, ReportFigure]:
        """The figures by id."""
        return {f.id: f for s in self.sections for f in s.figures}

    def to_html(self) -> str:
        """The page."""
        return self._page(fragment=False)

    def _page(self, *, fragment: bool) -> str:
        plan = self.plan
        versions = self.manifest["versions"]
        assert isinstance(versions, Mapping)
        lines = [plan.citation + (f". doi:{plan.doi}" if plan.doi else ""), plan.design]
        return page(
            title=plan.title,
            lines=[line for line in lines if line],
            synthetic=(plan.synthetic or "The patients of this trial are generated, not persons.")
            if self.synthetic
            else "",
            sections=self.sections,
            footer=f"mscsle {versions['mscsle']} · plan {plan.id}, sha256 {plan.sha256[:16]} · percentages and means are rounded half away from zero",
            fragment=fragment,
        )

    def _repr_html_(self) -> str:
        return self._page(fragment=True)

    def __repr__(self) -> str:
        counts = self._published.tally()
        label = "SYNTHETIC; " if self.synthetic else ""
        figures = f"; published figures: {counts}" if counts else ""
        skipped = f"; not done: {', '.join(self.skipped)}" if self.skipped else ""
        return (
            f"<Report {self.plan.id}: {label}{len(self.tables)} tables, {len(self.figures)} figures{figures}{skipped}>"
        )

    def ard_json(self) -> bytes:
        """``ard.json``: a list of objects, one line a statistic."""
        lines = [json.dumps({c: _json_value(r[c]) for c in ARD_COLUMNS}, ensure_ascii=False) for r in self._ard]
        return ("[\n" + ",\n".join(lines) + "\n]\n").encode()

    def files(self) -> dict[str, bytes]:
        """The files of the report except the page and the manifest, by relative name."""
        out: dict[str, bytes] = {"ard.json": self.ard_json()}
        for name, table in self.tables.items():
            out[f"tables/{name}.csv"] = table_csv(table.columns())
        if self._published.rows:
            out["tables/published_vs_computed.csv"] = table_csv(self._published.columns())
        printed = self._printed_tables()
        for name, shown in printed.items():
            out[f"rtf/{name}.rtf"] = rtf([shown], footer=self._footer(), heading=self._heading())
        if printed:
            out["appendix.rtf"] = rtf(
                list(printed.values()), footer=self._footer(), heading=self._heading(), contents=True
            )
        for name, figure in self.figures.items():
            out[f"figures/{name}.svg"] = figure.svg
            out[f"figures/{name}.png"] = figure.png
        return out

    def _printed_tables(self) -> dict[str, PrintedTable]:
        """The tables as printed, by id; published against computed is one of them."""
        out = {name: printed_table(table) for name, table in self.tables.items()}
        if self._published.rows:
            first = printed_published(self._published)
            out = {"published_vs_computed": first, **out}
        return out

    def _heading(self) -> str:
        return f"{self.plan.title}{' - SYNTHETIC DATA' if self.synthetic else ''}"

    def _footer(self) -> str:
        versions = self.manifest["versions"]
        assert isinstance(versions, Mapping)
        return f"mscsle {versions['mscsle']}, plan {self.plan.id}, sha256 {self.plan.sha256[:16]}"

    def write(self, out: str | Path) -> Path:
        """Write the page, analysis results data, figures, tables and manifest into a folder.

        ``index.html``, ``ard.json``, ``figures/`` (SVG and PNG), ``tables/`` (CSV, unrounded), ``rtf/`` (each table as
        printed), ``appendix.rtf`` (all of them with a list) and ``manifest.json``.

        Returns
        -------
        pathlib.Path
            The page.
        """
        from mscsle.report.manifest import manifest_json

        folder = Path(out)
        files = self.files()
        files["index.html"] = self.to_html().encode()
        files["manifest.json"] = manifest_json(self.manifest, files)
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return folder / "index.html"


def printed_published(comparisons: PublishedVsComputed) -> PrintedTable:
    """Published against computed as a printed table, grouped by report."""
    rows: list[tuple[str, ...]] = []
    for study in dict.fromkeys(r.study for r in comparisons.rows):
        rows.append((study, "", "", "", ""))
        for r in comparisons.rows:
            if r.study == study:
                rows.append((r.figure, r.printed, r.computed, r.verdict, " ".join(w for w in (r.method, r.note) if w)))
    return PrintedTable(
        "Every printed figure beside the number computed from this cohort",
        ("Figure", "Printed", "Computed", "Verdict", "Method and note"),
        tuple(tuple(cell.replace("`", "") for cell in row) for row in rows),
        (comparisons.tally(),),
    )


def table_csv(columns: Mapping[str, Any]) -> bytes:
    """Columns as CSV (UTF-8, comma, header, empty for missing)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = list(columns)
    writer.writerow(names)
    for row in zip(*(columns[n] for n in names), strict=True):
        writer.writerow(["" if _frame.is_missing(v) else _csv_value(v) for v in row])
    return buffer.getvalue().encode()


def _csv_value(value: object) -> object:
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        return repr(float(value))  # type: ignore[arg-type]
    return value


def _json_value(value: object) -> object:
    if _frame.is_missing(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if isinstance(value, (bool, int, float, str)):
        return value
    item = getattr(value, "item", None)
    return item() if callable(item) else str(value)
