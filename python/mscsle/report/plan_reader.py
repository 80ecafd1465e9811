"""Reads analysis plans (TOML) and checks them whole.

A plan that cannot be used is refused with the key, the value and what would be right, so that a misspelt word never
becomes an analysis nobody asked for.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from mscsle.exceptions import DataError, OptionError
from mscsle.report.plan import Analysis, Definition, Estimand, Plan, PublishedFigure, Remark, Visit

__all__ = ["embedded_plan", "embedded_plans", "parse_plan", "read_plan"]

#: Version of the plan format this package reads.
FORMAT = 1

DENOMINATORS = ("enrolled", "alive_at_visit", "assessed_at_visit", "ever_responder")
TRANSFORMS = ("none", "ln", "log2", "log10", "per_sd")
FIGURE_KINDS = ("proportion", "percent", "count", "number", "mean_sd", "below", "above", "falls", "rises", "statement")

#: Key -> (type words, required). Types: text, number, integer, flag, texts, numbers, table, tables.
_TOP = {
    "format": ("integer", True),
    "id": ("text", True),
    "title": ("text", True),
    "cohort": ("text", False),
    "citation": ("text", False),
    "doi": ("text", False),
    "design": ("text", False),
    "single_arm": ("flag", False),
    "synthetic": ("text", False),
    "seed": ("integer", False),
    "reports": ("table", False),
    "estimand": ("table", False),
    "time": ("table", False),
    "visits": ("tables", True),
    "response": ("table", False),
    "flare": ("table", False),
    "denominators": ("texts", False),
    "confidence": ("table", False),
    "analyses": ("tables", True),
    "published": ("tables", False),
    "published_from": ("texts", False),
    "remarks": ("tables", False),
}
_REPORT = {"citation": ("text", True), "doi": ("text", False), "design": ("text", False)}
_ESTIMAND = {
    "population": ("text", True),
    "treatment": ("text", True),
    "variable": ("text", True),
    "summary": ("text", True),
    "intercurrent_events": ("tables", False),
}
_INTERCURRENT = {"event": ("text", True), "strategy": ("text", True), "handling": ("text", False)}
_TIME = {
    "zero": ("text", False),
    "unit": ("text", False),
    "clock": ("text", False),
    "horizon": ("number", False),
}
_VISIT = {"label": ("text", True), "month": ("number", True), "name": ("text", False)}
_DEFINITION = {"definition": ("text", True), "parameters": ("table", False)}
_CONFIDENCE = {
    "level": ("number", False),
    "proportion": ("text", False),
    "survival": ("text", False),
    "ties": ("text", False),
}
_REMARK = {"title": ("text", True), "text": ("text", True), "facts": ("texts", False)}

#: Kind of analysis -> its own keys (besides id, kind, title, note).
_ANALYSES: dict[str, dict[str, tuple[str, bool]]] = {
    "flow": {"screened": ("integer", False), "visits": ("texts", False)},
    "disposition": {},
    "arms": {
        "reference": ("text", False),
        "denominator": ("text", False),
        "measures": ("tables", False),
        "times": ("numbers", False),
    },
    "baseline": {"variables": ("tables", True), "by": ("text", False), "quartiles": ("text", False)},
    "response": {"denominators": ("texts", False), "visits": ("texts", False)},
    "cumulative_incidence": {"times": ("numbers", False), "by": ("text", False)},
    "survival": {"times": ("numbers", False), "by": ("text", False)},
    "change": {
        "measure": ("text", True),
        "label": ("text", False),
        "unit": ("text", False),
        "digits": ("integer", False),
        "tests": ("texts", False),
        "missing": ("text", False),
        "by": ("text", False),
        "group": ("text", False),
        "visits": ("texts", False),
    },
    "letters": {
        "system": ("text", True),
        "coding": ("text", True),
        "digits": ("integer", False),
        "visits": ("texts", False),
    },
    "flares": {"denominators": ("texts", False)},
    "cox": {"covariates": ("tables", True), "times": ("numbers", False)},
    "adverse_events": {},
    "listings": {},
    "grade_map": {"systems": ("texts", False), "visits": ("texts", False)},
    "shifts": {"measures": ("texts", True), "visits": ("texts", False), "by": ("text", False)},
    "swimmer": {},
    "trajectories": {
        "measure": ("text", True),
        "label": ("text", False),
        "unit": ("text", False),
        "digits": ("integer", False),
        "coding": ("text", False),
        "visits": ("texts", False),
    },
    "waterfall": {
        "measure": ("text", True),
        "label": ("text", False),
        "unit": ("text", False),
        "coding": ("text", False),
        "visits": ("texts", False),
        "scale": ("text", False),
        "better": ("text", False),
        "reference": ("numbers", False),
    },
}
_ANALYSIS_COMMON = {"id": ("text", False), "kind": ("text", True), "title": ("text", False), "note": ("text", False)}
_VARIABLE = {
    "name": ("text", True),
    "label": ("text", False),
    "unit": ("text", False),
    "digits": ("integer", False),
}
_COVARIATE = {
    "name": ("text", True),
    "label": ("text", False),
    "unit": ("text", False),
    "transform": ("text", False),
}
_PUBLISHED = {
    "id": ("text", True),
    "report": ("text", False),
    "quantity": ("text", True),
    "printed": ("text", True),
    "kind": ("text", True),
    "numerator": ("integer", False),
    "denominator": ("integer", False),
    "denominator_rule": ("text", False),
    "value": ("number", False),
    "sd": ("number", False),
    "digits": ("integer", False),
    "computed_by": ("text", False),
    "note": ("text", False),
    "contradicts": ("text", False),
}

ANALYSIS_TITLES = {
    "flow": "Patient flow",
    "arms": "Comparison of the arms",
    "disposition": "Analysis sets and disposition",
    "baseline": "Patients at baseline",
    "response": "Renal response by visit",
    "cumulative_incidence": "Time to first response",
    "survival": "Survival",
    "change": "Change from baseline",
    "letters": "BILAG letters by visit",
    "flares": "Flares and losses of response",
    "cox": "Univariate Cox models",
    "adverse_events": "Adverse events",
    "listings": "Listings of deaths and flares",
    "grade_map": "BILAG letters of each patient",
    "shifts": "Shifts from baseline",
    "swimmer": "Course of each patient",
    "trajectories": "Each patient over time",
    "waterfall": "Best change of each patient",
}


def read_plan(path: str | Path) -> Plan:
    """Read and check a plan file.

    Parameters
    ----------
    path : path of a TOML file

    Raises
    ------
    FileNotFoundError
        There is no such file.
    DataError
        The file is not TOML, or a key is unknown, missing or of the wrong kind; the message names it.
    OptionError
        A word that is none of those allowed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"plan file `{path}` not found")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as e:
        raise DataError(f"plan `{path.name}` is not UTF-8 text: {e}") from e
    return parse_plan(text, name=path.name)


def embedded_plans() -> list[str]:
    """Ids of the plans of published studies that come with the package."""
    folder = resources.files("mscsle") / "studies"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def embedded_plan(identity: str) -> str:
    """The text of an embedded plan."""
    return (resources.files("mscsle") / "studies" / f"{identity}.toml").read_text(encoding="utf-8")


def parse_plan(text: str, *, name: str = "plan") -> Plan:
    """Check the text of a plan; see :func:`read_plan`.

    Examples
    --------
    >>> from mscsle.report.plan_reader import parse_plan
    >>> plan = parse_plan('''
    ... format = 1
    ... id = "mine"
    ... title = "My study"
    ... visits = [{label = "M0", month = 0}, {label = "M6", month = 6}]
    ... analyses = [{kind = "survival"}]
    ... ''')
    >>> plan.analyses[0].title, plan.horizon
    ('Survival', 6.0)
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise DataError(f"plan `{name}` is not valid TOML: {e}") from e
    return _Reader(name).plan(raw, text)


class _Reader:
    """Checks one plan; every message starts with the plan's name and the path of the key."""

    def __init__(self, name: str) -> None:
        self.name = name

    def where(self, path: str) -> str:
        return f"plan `{self.name}`: `{path}`"

    def check(
        self, table: Mapping[str, object], schema: Mapping[str, tuple[str, bool]], path: str
    ) -> Mapping[str, object]:
        prefix = f"{path}." if path else ""
        for key, value in table.items():
            if key not in schema:
                raise DataError(f"{self.where(prefix + key)} is not a key of a plan; {_nearest(key, schema)}")
            wanted = schema[key][0]
            if not _fits(value, wanted):
                raise DataError(f"{self.where(prefix + key)} must be {_TYPE_WORDS[wanted]}, but is {value!r}")
        for key, (wanted, required) in schema.items():
            if required and key not in table:
                raise DataError(f"{self.where(prefix + key)} is missing; give {_TYPE_WORDS[wanted]}")
        return table

    def word(self, value: str, allowed: Sequence[str], path: str) -> str:
        if value not in allowed:
            raise OptionError(f"{self.where(path)}: unknown word `{value}`; {_nearest(value, allowed)}")
        return value

    def plan(self, raw: Mapping[str, object], text: str) -> Plan:
        top = self.check(raw, _TOP, "")
        if top["format"] != FORMAT:
            raise DataError(f"{self.where('format')} is {top['format']}; this version reads format {FORMAT}")
        visits = self.visits(_tables(top["visits"]))
        labels = [v.label for v in visits]
        time = self.check(_table(top.get("time")), _TIME, "time")
        self.word(str(time.get("zero", "first_infusion")), ("first_infusion",), "time.zero")
        confidence = self.check(_table(top.get("confidence")), _CONFIDENCE, "confidence")
        level = _number(confidence.get("level", 0.95))
        if not 0 < level < 1:
            raise DataError(f"{self.where('confidence.level')} must lie between 0 and 1, but is {level:g}")
        denominators = tuple(_texts(top.get("denominators"))) or DENOMINATORS[:3]
        for i, rule in enumerate(denominators):
            self.word(rule, DENOMINATORS, f"denominators[{i}]")
        reports: dict[str, Mapping[str, str]] = {}
        for key, value in _table(top.get("reports")).items():
            if not isinstance(value, Mapping):
                raise DataError(f"{self.where(f'reports.{key}')} must be a table")
            reports[key] = {k: str(v) for k, v in self.check(value, _REPORT, f"reports.{key}").items()}
        horizon = _number(time.get("horizon", max(v.month for v in visits)))
        if horizon <= 0:
            raise DataError(f"{self.where('time.horizon')} must be > 0 months, but is {horizon:g}")
        analyses = self.analyses(_tables(top["analyses"]), labels)
        return Plan(
            id=str(top["id"]),
            title=str(top["title"]),
            text=text,
            cohort=str(top.get("cohort", "")),
            citation=str(top.get("citation", "")),
            doi=str(top.get("doi", "")),
            design=str(top.get("design", "")),
            single_arm=bool(top.get("single_arm", True)),
            synthetic=str(top.get("synthetic", "")),
            seed=int(_number(top["seed"])) if "seed" in top else None,
            reports=reports,
            estimand=self.estimand(top.get("estimand")),
            clock=self.word(str(time.get("clock", "actual")), ("planned", "actual"), "time.clock"),
            unit=self.word(str(time.get("unit", "months")), ("days", "months", "years"), "time.unit"),
            horizon=horizon,
            visits=visits,
            response=self.definition(top.get("response"), "response"),
            flare=self.definition(top.get("flare"), "flare"),
            denominators=denominators,
            level=level,
            proportion_method=self.word(
                str(confidence.get("proportion", "clopper-pearson")),
                ("clopper-pearson", "wilson", "wilson-cc", "agresti-coull", "jeffreys", "mid-p", "blaker"),
                "confidence.proportion",
            ),
            survival_interval=self.word(
                str(confidence.get("survival", "log-log")),
                ("plain", "log", "log-log", "logit", "arcsine"),
                "confidence.survival",
            ),
            ties=self.word(str(confidence.get("ties", "efron")), ("efron", "breslow", "exact"), "confidence.ties"),
            analyses=analyses,
            published=self.all_published(top, set(reports) | {str(top["id"])}),
            remarks=tuple(
                Remark(str(r["title"]), str(r["text"]), tuple(_texts(r.get("facts"))))
                for r in (self.check(t, _REMARK, f"remarks[{i}]") for i, t in enumerate(_tables(top.get("remarks"))))
            ),
        )

    def visits(self, tables: Sequence[Mapping[str, object]]) -> tuple[Visit, ...]:
        out: list[Visit] = []
        for i, table in enumerate(tables):
            row = self.check(table, _VISIT, f"visits[{i}]")
            label, month = str(row["label"]), _number(row["month"])
            if any(v.label == label for v in out):
                raise DataError(f"{self.where(f'visits[{i}].label')}: `{label}` appears twice")
            name = "Baseline" if month == 0 else f"{month:g} month{'' if month == 1 else 's'}"
            out.append(Visit(label, month, str(row.get("name", name))))
        if not out:
            raise DataError(f"{self.where('visits')} is empty; give at least the baseline visit")
        return tuple(out)

    def estimand(self, value: object) -> Estimand | None:
        if value is None:
            return None
        table = self.check(_table(value), _ESTIMAND, "estimand")
        events = []
        for i, row in enumerate(_tables(table.get("intercurrent_events"))):
            checked = self.check(row, _INTERCURRENT, f"estimand.intercurrent_events[{i}]")
            events.append((str(checked["event"]), str(checked["strategy"]), str(checked.get("handling", ""))))
        return Estimand(
            str(table["population"]),
            str(table["treatment"]),
            str(table["variable"]),
            str(table["summary"]),
            tuple(events),
        )

    def definition(self, value: object, path: str) -> Definition | None:
        if value is None:
            return None
        table = self.check(_table(value), _DEFINITION, path)
        given = str(table["definition"])
        if not (given.endswith(".toml") or "\n" in given or "=" in given):  # else the user's own, as file or text
            from mscsle.endpoints import definitions

            self.word(given, [d.id for d in definitions(path).items], f"{path}.definition")
        return Definition(given, dict(_table(table.get("parameters"))))

    def analyses(self, tables: Sequence[Mapping[str, object]], labels: Sequence[str]) -> tuple[Analysis, ...]:
        out: list[Analysis] = []
        for i, table in enumerate(tables):
            path = f"analyses[{i}]"
            if "kind" not in table:
                raise DataError(f"{self.where(path + '.kind')} is missing; use one of {_listed(_ANALYSES)}")
            kind = self.word(str(table["kind"]), list(_ANALYSES), f"{path}.kind")
            row = self.check(table, {**_ANALYSIS_COMMON, **_ANALYSES[kind]}, path)
            named = (
                f"{kind}_{row['measure']}" if kind in ("trajectories", "waterfall") else str(row.get("measure", kind))
            )
            identity = str(row.get("id", named))
            for key, words in (
                ("scale", ["percent", "absolute"]),
                ("better", ["lower", "higher"]),
                ("quartiles", ["sas", "r", "spss"]),
            ):
                if key in row:
                    self.word(str(row[key]), words, f"{path}.{key}")
            if any(a.id == identity for a in out):
                raise DataError(
                    f"{self.where(path + '.id')}: `{identity}` appears twice; give each analysis its own id"
                )
            if "missing" in row:
                self.word(str(row["missing"]), ("observed", "locf"), f"{path}.missing")
            for test in _texts(row.get("tests")):
                self.word(test, ("t", "wilcoxon"), f"{path}.tests")
            for label in _texts(row.get("visits")):
                self.word(label, labels, f"{path}.visits")
            for rule in _texts(row.get("denominators")):
                self.word(rule, DENOMINATORS, f"{path}.denominators")
            for j, variable in enumerate(_tables(row.get("variables"))):
                self.check(variable, _VARIABLE, f"{path}.variables[{j}]")
            for j, measured in enumerate(_tables(row.get("measures"))):
                self.check(measured, {**_VARIABLE, "coding": ("text", False)}, f"{path}.measures[{j}]")
            if "denominator" in row:
                self.word(str(row["denominator"]), DENOMINATORS, f"{path}.denominator")
            for j, covariate in enumerate(_tables(row.get("covariates"))):
                self.check(covariate, _COVARIATE, f"{path}.covariates[{j}]")
                self.word(str(covariate.get("transform", "none")), TRANSFORMS, f"{path}.covariates[{j}].transform")
            out.append(
                Analysis(identity, kind, str(row.get("title", _title(kind, row))), str(row.get("note", "")), dict(row))
            )
        if not out:
            raise DataError(f"{self.where('analyses')} is empty; give at least one of {_listed(_ANALYSES)}")
        return tuple(out)

    def all_published(self, top: Mapping[str, object], reports: set[str]) -> tuple[PublishedFigure, ...]:
        own = str(top["id"])
        figures = list(self.published(_tables(top.get("published")), reports, own))
        for i, other in enumerate(_texts(top.get("published_from"))):
            self.word(other, embedded_plans(), f"published_from[{i}]")
            tables = _tables(tomllib.loads(embedded_plan(other)).get("published"))
            figures += _Reader(other).published(tables, reports | {other}, other)
        return tuple(figures)

    def published(
        self, tables: Sequence[Mapping[str, object]], reports: set[str], plan_id: str
    ) -> tuple[PublishedFigure, ...]:
        out: list[PublishedFigure] = []
        for i, table in enumerate(tables):
            path = f"published[{i}]"
            row = self.check(table, _PUBLISHED, path)
            kind = self.word(str(row["kind"]), FIGURE_KINDS, f"{path}.kind")
            identity = str(row["id"])
            if any(f.id == identity for f in out):
                raise DataError(f"{self.where(path + '.id')}: `{identity}` appears twice")
            needed = _NEEDED[kind]
            for key in needed:
                if key not in row:
                    raise DataError(
                        f"{self.where(f'{path}.{key}')} is missing; a figure of kind `{kind}` needs {_listed(needed)}"
                    )
            report = self.word(str(row.get("report", plan_id)), sorted(reports), f"{path}.report")
            if kind == "statement" and not row.get("note"):
                raise DataError(
                    f"{self.where(path + '.note')} is missing; a figure that cannot be computed needs a sentence why"
                )
            if "denominator_rule" in row:
                self.word(str(row["denominator_rule"]), DENOMINATORS, f"{path}.denominator_rule")
            out.append(
                PublishedFigure(
                    id=identity,
                    report=report,
                    quantity=str(row["quantity"]),
                    printed=str(row["printed"]),
                    kind=kind,
                    numerator=_maybe_integer(row.get("numerator")),
                    denominator=_maybe_integer(row.get("denominator")),
                    denominator_rule=str(row.get("denominator_rule", "")),
                    value=_maybe_number(row.get("value")),
                    sd=_maybe_number(row.get("sd")),
                    digits=_maybe_integer(row.get("digits")),
                    computed_by=str(row.get("computed_by", "")),
                    note=str(row.get("note", "")),
                    contradicts=str(row.get("contradicts", "")),
                )
            )
        return tuple(out)


#: Kind of a published figure -> keys it cannot do without.
_NEEDED: dict[str, tuple[str, ...]] = {
    "proportion": ("numerator", "denominator", "computed_by"),
    "percent": ("value", "digits", "denominator_rule", "computed_by"),
    "count": ("value", "computed_by"),
    "number": ("value", "digits", "computed_by"),
    "mean_sd": ("value", "sd", "digits", "computed_by"),
    "below": ("value", "computed_by"),
    "above": ("value", "computed_by"),
    "falls": ("computed_by",),
    "rises": ("computed_by",),
    "statement": (),
}

_TYPE_WORDS = {
    "text": "a text",
    "number": "a number",
    "integer": "a whole number",
    "flag": "true or false",
    "texts": "a list of texts",
    "numbers": "a list of numbers",
    "table": "a table",
    "tables": "a list of tables",
}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _fits(value: object, wanted: str) -> bool:
    match wanted:
        case "text":
            return isinstance(value, str)
        case "number":
            return _is_number(value)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "flag":
            return isinstance(value, bool)
        case "texts":
            return isinstance(value, list) and all(isinstance(v, str) for v in value)
        case "numbers":
            return isinstance(value, list) and all(_is_number(v) for v in value)
        case "tables":
            return isinstance(value, list) and all(isinstance(v, Mapping) for v in value)
        case _:
            return isinstance(value, Mapping)


def _title(kind: str, row: Mapping[str, object]) -> str:
    """The heading of an analysis that was given none."""
    if kind == "change":
        return f"{row.get('label', row['measure'])}: change from baseline"
    return ANALYSIS_TITLES[kind]


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _tables(value: object) -> list[Mapping[str, object]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float(str(value))


def _maybe_number(value: object) -> float | None:
    return None if value is None else _number(value)


def _maybe_integer(value: object) -> int | None:
    return None if value is None else int(_number(value))


def _listed(words: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(f"`{w}`" for w in words)


def _nearest(word: str, allowed: Sequence[str] | Mapping[str, object]) -> str:
    near = difflib.get_close_matches(word, list(allowed), n=2, cutoff=0.5)
    return f"did you mean {' or '.join(f'`{w}`' for w in near)}?" if near else f"use one of {_listed(allowed)}"
