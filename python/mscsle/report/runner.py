"""Runs a plan over the tables of a trial and makes its report."""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mscsle._result import Result
from mscsle.exceptions import DataError, MscsleError, OptionError
from mscsle.report.analyses import KINDS
from mscsle.report.appendix import data_findings, definitions, estimand, manifest_section
from mscsle.report.blocks import ReportFigure, ReportTable, Section
from mscsle.report.context import Context
from mscsle.report.manifest import manifest
from mscsle.report.page import Finding, findings_html, published_table
from mscsle.report.plan import Analysis, Plan
from mscsle.report.plan_reader import embedded_plan, embedded_plans, parse_plan, read_plan
from mscsle.report.published import CONTRADICTS, DIFFERS, OTHER_DENOMINATOR, PublishedVsComputed, compare
from mscsle.report.report import Report
from mscsle.report.rounding import fixed, percent_text

if TYPE_CHECKING:
    from mscsle.trial import Trial

__all__ = ["Studies", "run", "studies"]

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Studies(Result):
    """The published studies whose plans come with the package."""

    plans: tuple[Plan, ...] = ()

    @property
    def ids(self) -> list[str]:
        """Ids for :func:`mscsle.run`."""
        return [p.id for p in self.plans]

    def columns(self) -> Mapping[str, Sequence[object]]:
        """Id, title, cohort, number of published figures and citation."""
        return {
            "id": self.ids,
            "title": [p.title for p in self.plans],
            "cohort": [p.cohort for p in self.plans],
            "published_figures": [len(p.published) for p in self.plans],
            "citation": [p.citation for p in self.plans],
        }

    def title(self) -> str:
        """What these are."""
        return "Published studies with a plan; the cohorts are synthetic"


def studies() -> Studies:
    """The published studies that can be run by id.

    Examples
    --------
    >>> import mscsle as ms
    >>> "gu2014" in ms.studies().ids
    True
    """
    return Studies(plans=tuple(parse_plan(embedded_plan(i), name=i) for i in embedded_plans()))


def run(
    plan: str | Path | Plan,
    *,
    data: str | Path | Trial | None = None,
    out: str | Path | None = None,
    progress: bool | Progress | None = None,
) -> Report:
    """Run a plan over a trial: tables, figures, findings, and published against computed.

    Parameters
    ----------
    plan : str, path or Plan
        Id of a published study (:func:`mscsle.studies`) or a plan file (TOML).
    data : folder, Trial or None
        The tables. Without it, the embedded synthetic cohort the plan names.
    out : folder, optional
        Where to write ``index.html``, ``ard.json``, ``figures/``, ``tables/`` and ``manifest.json``.
    progress : bool or callable, optional
        A bar on a terminal by default (with tqdm); False for none; a function of (done, total, what).

    Returns
    -------
    Report
        An analysis whose input is missing is left out with a sentence in ``.skipped``; it does not stop the others.

    Raises
    ------
    FileNotFoundError
        No such plan or folder.
    DataError, OptionError
        A plan that cannot be used; tables that cannot be read.

    Examples
    --------
    >>> import mscsle as ms
    >>> report = ms.run("gu2014")
    >>> report.published_vs_computed().counts()["differs"]
    0
    """
    checked = plan if isinstance(plan, Plan) else _plan(plan)
    trial = _trial(checked, data)
    context = Context(checked, trial)
    sections: list[Section] = []
    with _reporting(progress, len(checked.analyses) + 1) as step:
        for i, analysis in enumerate(checked.analyses):
            step(i, analysis.title)
            sections.append(_analyse(context, analysis))
        step(len(checked.analyses), "report")
        report = _report(context, sections)
        if out is not None:
            report.write(out)
    return report


def _plan(plan: str | Path) -> Plan:
    if isinstance(plan, str) and plan in embedded_plans():
        return parse_plan(embedded_plan(plan), name=plan)
    path = Path(plan)
    if not path.is_file() and path.suffix != ".toml":
        known = embedded_plans()
        near = difflib.get_close_matches(str(plan), known, n=1, cutoff=0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"the studies are {', '.join(f'`{k}`' for k in known)}"
        raise FileNotFoundError(f"`{plan}` is neither a study nor a plan file (*.toml); {hint}")
    return read_plan(path)


def _trial(plan: Plan, data: str | Path | Trial | None) -> Trial:
    import mscsle as ms

    if data is None:
        if not plan.cohort:
            raise DataError(
                f"plan `{plan.id}` names no embedded cohort; give `data=`, a folder of tables or a Trial (`--data FOLDER` on the command line)"
            )
        return ms.load(plan.cohort)
    if isinstance(data, (str, Path)):
        return ms.read_trial(data)
    if not isinstance(data, ms.Trial):
        raise TypeError(f"`data` must be a folder or a mscsle.Trial, but is {type(data).__name__}")
    return data


def _analyse(context: Context, analysis: Analysis) -> Section:
    """The section of one analysis, or the sentence why it is not there."""
    try:
        section = KINDS[analysis.kind](context, analysis)
    except (MscsleError, ValueError, ArithmeticError, LookupError) as e:
        context.skipped[analysis.id] = str(e)
        return Section(analysis.id, analysis.title, skipped=f"{e}.")
    if together := _arms_together(context, analysis):
        section.blocks.insert(0, together)
    if analysis.note:
        section.blocks.insert(0, analysis.note)
    return section


#: Kinds whose tables and figures are of all patients unless `by` is given.
_OF_ALL = (
    "adverse_events",
    "change",
    "cox",
    "cumulative_incidence",
    "flares",
    "letters",
    "response",
    "shifts",
    "survival",
    "trajectories",
    "waterfall",
)


def _arms_together(context: Context, analysis: Analysis) -> str:
    """That an analysis of a trial with arms is of all of them together; empty when it is not."""
    if not context.arms or analysis.kind not in _OF_ALL or analysis.text("by"):
        return ""
    tested = " Tests are of a visit against baseline, not of one arm against another."
    return f"All arms together ({', '.join(context.arms)}): nothing here compares them." + (
        tested if analysis.kind in ("change", "letters") else ""
    )


def _report(context: Context, analyses: list[Section]) -> Report:
    plan, trial = context.plan, context.trial
    comparisons = compare(plan, context.facts, context.skipped)
    made = manifest(plan, trial)
    tail = [definitions(context), estimand(context), data_findings(context), manifest_section(made, trial)]
    found = _findings(context, comparisons)
    table = ReportTable(
        id="findings",
        caption="What to know before reading the numbers",
        data={
            "heading": [f.heading for f in found],
            "severity": [f.severity for f in found],
            "text": [f.text for f in found],
        },
    )
    head = [Section("findings", "Findings", [findings_html(found)])]
    if comparisons.rows:
        reports = {k: v["citation"] for k, v in plan.reports.items()}
        block = published_table(comparisons, reports)
        head.append(Section("published", "Published and computed", [block]))
    sections = [s for s in (*head, *analyses, *tail) if s.blocks or s.skipped]
    for section in sections:
        section.blocks = [
            replace(b, library=context.library) if isinstance(b, ReportTable) else b for b in section.blocks
        ]
    if importlib.util.find_spec("matplotlib") is None:
        for section in sections:
            if section.figures:
                section.blocks = [b for b in section.blocks if not isinstance(b, ReportFigure)]
                section.blocks.append("Figures are left out: they need matplotlib (`pip install mscsle[plot]`).")
    ard = [*context.ard, *comparisons.ard_rows()]
    return Report(
        plan=plan,
        sections=tuple(sections),
        facts=context.facts,
        findings=replace(table, library=context.library),
        skipped=dict(context.skipped),
        manifest=made,
        synthetic=trial.is_synthetic,
        library=context.library,
        _published=PublishedVsComputed(rows=comparisons.rows, library=context.library),
        _ard=tuple(ard),
    )


def _findings(context: Context, comparisons: PublishedVsComputed) -> list[Finding]:
    """What a reader must know first: data, analyses left out, remarks of the plan, figures that need a note."""
    out: list[Finding] = []
    counts = context.trial.findings.counts
    if counts["error"] or counts["warning"]:
        severity = "error" if counts["error"] else "warning"
        words = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items() if n)
        out.append(
            Finding(
                "The data have findings",
                f"{words}. A cell with an error counts as missing, nothing is dropped silently.",
                severity=severity,
                section="data-findings",
            )
        )
    labels = {v for v in context.patients.texts("visits", "visit") if v}
    unseen = [v.label for v in context.plan.visits if v.label not in labels]
    if labels and unseen:
        known = ", ".join(f"`{v}`" for v in sorted(labels))
        text = (
            f"{', '.join(f'`{v}`' for v in unseen)}. The data have {known}; numbers at those visits are missing below."
        )
        out.append(Finding("Visits of the plan that are not in the data", text, severity="warning", section="estimand"))
    for identity, why in context.skipped.items():
        title = next(a.title for a in context.plan.analyses if a.id == identity)
        out.append(Finding(f"Not done: {title}", f"{why[0].upper()}{why[1:]}.", severity="warning", section=identity))
    for remark in context.plan.remarks:
        shown = [text for name in remark.facts if (text := _fact_text(context, name))]
        numbers = f" Here: {'; '.join(shown)}." if shown else ""
        out.append(Finding(remark.title, remark.text + numbers, section="published" if comparisons.rows else ""))
    out.extend(context.findings)
    if comparisons.rows:
        tally = comparisons.counts()
        severe = "warning" if tally[DIFFERS] else "note"
        text = f"{comparisons.tally()}."
        if tally[OTHER_DENOMINATOR] or tally[CONTRADICTS]:
            text += " Every verdict but the first has its reason beside it."
        out.insert(0, Finding(f"{len(comparisons.rows)} printed figures", text, severity=severe, section="published"))
    if not out:
        out.append(Finding("Nothing to report", "The data have no findings and every analysis was done."))
    return out


def _fact_text(context: Context, name: str) -> str:
    fact = context.facts.named(name)
    if fact is None:
        return ""
    if fact.numerator is not None and fact.denominator is not None:
        rule = f" of {fact.rule.replace('_', ' ')}" if fact.rule else ""
        return f"{fact.label} {percent_text(fact.numerator, fact.denominator)}{rule}"
    if fact.as_percent and fact.value is not None:
        return f"{fact.label} {fixed(100 * fact.value, 1)} %"
    return f"{fact.label} {fixed(fact.value, 3 if fact.value is not None and fact.value % 1 else 0)}"


@contextmanager
def _reporting(progress: bool | Progress | None, total: int) -> Iterator[Callable[[int, str], None]]:
    """A function of (done, what) behind which stands a bar, the user's function, or nothing."""
    if callable(progress):
        yield lambda done, what: progress(done, total, what)
        progress(total, total, "done")
        return
    wanted = sys.stderr.isatty() if progress is None else progress
    if not wanted or importlib.util.find_spec("tqdm") is None:
        if progress:
            raise OptionError(
                "a progress bar needs tqdm; install it with `pip install mscsle[progress]` or give a function"
            )
        yield lambda done, what: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, leave=False) as bar:

        def step(done: int, what: str) -> None:
            bar.update(done - bar.n)
            bar.set_description(what)

        yield step
