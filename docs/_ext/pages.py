"""Pages made from the package itself at every build: endpoints, studies and the reference.

They land in ``docs/_generated`` (not kept in the repository), so that no page can say anything else than the code.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from sphinx.application import Sphinx

import mscsle as ms
from mscsle._result import Result

CONFIDENCE = {
    "H": "H: read in the publication",
    "M": "M: from a secondary source, or with numbers that had to be chosen",
    "L": "L: not verified",
}
FAMILIES = {"renal": "Kidney", "sle": "Whole disease", "outcome": "Outcomes"}
AREAS = {
    "survival": ("Survival", "Time to event: estimates, tests and models."),
    "score": ("Scores", "Instruments of disease activity, damage and toxicity."),
    "endpoints": ("Endpoints", "Definitions over a subject's history."),
    "stats": ("Statistics", "Proportions, change, rates, and the consistency of printed numbers."),
    "report": ("Plans and reports", "Whole studies: plan, run, published against computed."),
    "io": ("Files", "Reading and writing tables."),
    "adam": ("ADaM", "Analysis data sets with the source of every derived value."),
    "plot": ("Figures", "Each function takes `ax` and returns it."),
    "simulate": ("Synthetic cohorts", "Cohorts with given margins."),
    "datasets": ("Embedded cohorts", "The synthetic cohorts of the published reports."),
    "exceptions": ("Exceptions", "Every error and warning that the package raises itself."),
}


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(c) for c in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _toctree(names: Iterable[str], *, hidden: bool = False) -> str:
    options = ":hidden:\n" if hidden else ":maxdepth: 1\n"
    return "```{toctree}\n" + options + "\n" + "\n".join(names) + "\n```\n"


def _endpoints(folder: Path) -> None:
    folder.mkdir(parents=True)
    definitions = list(ms.endpoints.definitions())
    index = [
        "# Endpoints\n",
        "Every built-in definition, from the package. A definition is data in TOML: a user's own is written in the",
        "same form (`ms.endpoints.definition(...)`) and runs as fast.\n",
    ]
    index.append("Confidence marks say how sure we are of the wording:\n")
    index += [f"- **{k}**{v[1:]}" for k, v in CONFIDENCE.items()]
    for family in dict.fromkeys(d.family for d in definitions):
        for kind in dict.fromkeys(d.kind for d in definitions if d.family == family):
            chosen = [d for d in definitions if d.family == family and d.kind == kind]
            index.append(f"\n## {FAMILIES.get(family, family)}: {kind}\n")
            rows = [
                (f"[`{d.id}`]({d.id}.md)", d.name, ", ".join((*d.states, d.otherwise)), d.confidence) for d in chosen
            ]
            index.append(_table(["id", "name", "states", "confidence"], rows))
    index.append(_toctree([d.id for d in definitions], hidden=True))
    (folder / "index.md").write_text("\n".join(index))
    for d in definitions:
        page = [f"# `{d.id}`: {d.name}\n"]
        facts = [
            ("kind", f"{d.kind} ({d.family})"),
            ("version", d.version),
            ("publication", d.citation + (f" [doi:{d.doi}](https://doi.org/{d.doi})" if d.doi else "")),
            ("confidence", CONFIDENCE.get(d.confidence, d.confidence)),
            (
                "states, in the order tried",
                "; ".join(f"`{s}` {label}" for s, label in zip(d.states, d.labels, strict=False))
                + f"; otherwise `{d.otherwise}`",
            ),
        ]
        if d.kind == "flare" and d.scope:
            facts.append(("scope", d.scope))
        if d.default_choice:
            facts.append(("default", "the default of its kind, a choice of this software"))
        page.append(_table(["", ""], facts))
        if d.note:
            page.append(f"**What was chosen.** {d.note}\n")
        if d.parameters:
            page.append("## Parameters\n")
            columns = d.columns()
            rows = list(zip(*(columns[c] for c in ("parameter", "default", "unit", "allowed", "meaning")), strict=True))
            page.append(_table(["parameter", "default", "unit", "allowed", "meaning"], rows))
        page.append("## Rule in words\n\n```text\n" + d.rule() + "\n```\n")
        page.append("## Rule\n\nThe rule as the package compiles it:\n")
        page.append("```toml\n" + d.source.strip() + "\n```\n")
        (folder / f"{d.id}.md").write_text("\n".join(page))


def _instruments(folder: Path) -> None:
    folder.mkdir(parents=True)
    listed = list(ms.score.instruments())
    index = [
        "# Instruments\n",
        "Every instrument that is scored, from the package: publications, items, bands and rules. Confidence marks say how",
        "sure we are of the wording of a rule:\n",
        "- **H**: read in a public source\n- **M**: known, but its text was not seen\n- **L**: not verified\n",
        _table(
            ["id", "name", "range", "items", "lowest mark"],
            [(f"[`{i.id}`]({i.id}.md)", i.name, i.range, len(i.items) or "", i.confidence) for i in listed],
        ),
        _toctree([i.id for i in listed], hidden=True),
    ]
    (folder / "index.md").write_text("\n".join(index))
    for i in listed:
        page = [f"# {i.name}\n"]
        facts = [("call", f"`{i.call}`"), ("version", i.version), ("range", i.range)]
        facts += [(f"bands `{name}`", text) for name, text in i.bands.items()]
        page.append(_table(["", ""], facts))
        page.append("## Publications\n")
        for r in i.references:
            link = f", [doi:{r.doi}](https://doi.org/{r.doi})" if r.doi else ""
            page.append(f"- {_cell(r.text)}{link}{'' if r.checked else ' (from memory, unverified)'}")
        page.append("\n## Rules\n")
        page.append(
            _table(["rule", "what it says", "confidence"], [(f"`{r.id}`", r.text, r.confidence) for r in i.rules])
        )
        if i.items:
            page.append("## Items\n")
            page.append(_table(["column", "what it holds"], [(f"`{name}`", text) for name, text in i.items.items()]))
        (folder / f"{i.id}.md").write_text("\n".join(page))


def _studies(folder: Path, extra: Path) -> None:
    folder.mkdir(parents=True)
    index = [
        "# The five published studies\n",
        "Each is a plan over an embedded cohort. The cohorts are **synthetic**, made to the printed margins; see",
        "[](../../cohorts.md). Every printed figure stands beside the computed one.\n",
    ]
    rows = []
    for study in ms.studies().ids:
        report = ms.run(study, progress=False)
        target = extra / "reports" / study
        target.mkdir(parents=True)
        (target / "index.html").write_text(report.to_html())
        plan = report.plan
        compared = report.published_vs_computed()
        rows.append((f"[`{study}`]({study}.md)", plan.title, compared.tally()))
        page = [
            f"# `{study}`: {plan.title}\n",
            "```{admonition} Synthetic\n:class: warning\nThe patients of this cohort are synthetic: calibrated to published summaries, no patient data.\n```\n",
        ]
        if plan.design:
            page.append(f"{plan.design}\n")
        if plan.citation:
            page.append(f"**Publication.** {plan.citation}\n")
        page.append(
            f'```python\nreport = ms.run("{study}", out="report/")\n```\n\n<a href="../../reports/{study}/index.html">The whole report</a>\n'
        )
        page.append(f"## Published and computed\n\n{compared.tally()}\n")
        columns = compared.columns()
        body, notes = [], []
        for i, figure in enumerate(columns["figure"]):
            numerator, denominator = columns["numerator"][i], columns["denominator"][i]
            rule = columns["denominator_rule"][i] or ""
            over = f"{numerator}/{denominator} {rule}" if numerator and denominator else ""
            body.append((figure, columns["printed"][i], columns["computed"][i] or "", over, columns["verdict"][i]))
            if columns["note"][i]:
                notes.append(f"- **{_cell(figure)}** ({columns['verdict'][i]}): {_cell(columns['note'][i])}")
        page.append(_table(["figure", "printed", "computed", "counts and denominator", "verdict"], body))
        page.append("### Notes\n\n" + "\n".join(notes) + "\n")
        page.append("## Plan\n\n```toml\n" + plan.text.strip() + "\n```\n")
        (folder / f"{study}.md").write_text("\n".join(page))
    index.append(_table(["study", "title", "figures"], rows))
    index.append(_toctree(ms.studies().ids, hidden=True))
    (folder / "index.md").write_text("\n".join(index))


def _entry(name: str, item: object, shown: str) -> str:
    kind = "autoclass" if inspect.isclass(item) else "autofunction"
    options = (
        "   :members:\n   :inherited-members: Result\n"
        if inspect.isclass(item) and not issubclass(item, Exception)
        else ""
    )
    if inspect.isclass(item) and issubclass(item, Result):
        options = "   :members:\n"
    return f".. {kind}:: {shown}\n{options}\n"


def _results(package: str) -> dict[str, type]:
    """The public result classes defined in the modules of a package."""
    found: dict[str, type] = {}
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(root.__path__, package + "."):
        module = importlib.import_module(info.name)
        for name, item in vars(module).items():
            if (
                inspect.isclass(item)
                and item.__module__ == info.name
                and not name.startswith("_")
                and dataclasses.is_dataclass(item)
            ):
                found[name] = item
    return found


def _reference(folder: Path) -> None:
    folder.mkdir(parents=True)
    index = [
        "API reference\n=============\n",
        "From the docstrings.\n",
        ".. toctree::\n   :maxdepth: 1\n\n   trial\n" + "".join(f"   {a}\n" for a in AREAS),
    ]
    (folder / "index.rst").write_text("\n".join(index))
    top = [n for n, module in ms._PUBLIC.items() if not module.endswith("." + n)]
    parts = ["A trial\n=======\n"]
    parts += [_entry(n, getattr(ms, n), f"mscsle.{n}") for n in top if ms._PUBLIC[n].split(".")[1] not in AREAS]
    (folder / "trial.rst").write_text("\n".join(parts))
    for area, (title, line) in AREAS.items():
        parts = [title, "=" * len(title) + "\n", line + "\n"]
        module = importlib.import_module(f"mscsle.{area}")
        parts += [_entry(n, getattr(ms, n), f"mscsle.{n}") for n in top if ms._PUBLIC[n].split(".")[1] == area]
        names = [n for n in getattr(module, "__all__", []) if n not in top]
        functions = [n for n in names if inspect.isroutine(getattr(module, n))]
        classes = {n: getattr(module, n) for n in names if inspect.isclass(getattr(module, n))}
        parts += [_entry(n, getattr(module, n), f"mscsle.{area}.{n}") for n in functions]
        if area == "survival":
            classes |= {n: c for n, c in _results("mscsle.survival").items() if n not in classes}
        if classes:
            parts.append("Classes\n-------\n")
            exported = set(names)
            paths = {n: f"mscsle.{area}.{n}" if n in exported else f"{c.__module__}.{n}" for n, c in classes.items()}
            parts += [_entry(n, c, paths[n]) for n, c in sorted(classes.items()) if n not in top]
        (folder / f"{area}.rst").write_text("\n".join(parts))


def generate(app: Sphinx) -> None:
    """Makes all pages anew."""
    root = Path(app.srcdir) / "_generated"
    for part in ("endpoints", "instruments", "studies", "reference", "extra"):
        shutil.rmtree(root / part, ignore_errors=True)
    (root / "extra").mkdir(parents=True)
    _endpoints(root / "endpoints")
    _instruments(root / "instruments")
    _studies(root / "studies", root / "extra")
    _reference(root / "reference")


def setup(app: Sphinx) -> dict[str, bool]:
    """Runs before sources are read."""
    app.connect("builder-inited", generate, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
