"""Published against computed: each printed figure, the number the run gives for it, a verdict and a note."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mscsle._result import Result, ard_row
from mscsle.report.facts import Fact, Facts
from mscsle.report.plan import Plan, PublishedFigure
from mscsle.report.rounding import fixed, p_value, percent

__all__ = ["VERDICTS", "Comparison", "PublishedVsComputed", "compare"]

AGREES = "agrees"
OTHER_DENOMINATOR = "agrees under another denominator"
CONTRADICTS = "contradicts another report"
DIFFERS = "differs"
UNKNOWN = "cannot be known"

#: Every verdict there is; all but the first carry a note.
VERDICTS = (AGREES, OTHER_DENOMINATOR, CONTRADICTS, DIFFERS, UNKNOWN)

RULE_WORDS = {
    "enrolled": "all enrolled",
    "alive_at_visit": "alive at the visit",
    "assessed_at_visit": "assessed at the visit",
    "ever_responder": "ever responders",
    "at_risk": "at risk",
}


@dataclass(frozen=True)
class Comparison:
    """One printed figure beside the number computed for it."""

    study: str
    id: str
    figure: str
    printed: str
    numerator: int | None
    denominator: int | None
    denominator_rule: str
    computed: str
    value: float | None
    verdict: str
    note: str
    method: str
    section: str


@dataclass(frozen=True, kw_only=True)
class PublishedVsComputed(Result):
    """The table of published against computed figures.

    ``numerator``, ``denominator`` and ``denominator_rule`` are those of the computed number under which the verdict was
    reached.
    """

    rows: tuple[Comparison, ...] = field(default=())

    def columns(self) -> Mapping[str, Sequence[object]]:
        names = (
            "study",
            "figure",
            "printed",
            "numerator",
            "denominator",
            "denominator_rule",
            "computed",
            "verdict",
            "note",
            "id",
            "method",
        )
        out: dict[str, Sequence[object]] = {n: [getattr(r, n) for r in self.rows] for n in names}
        for name in ("numerator", "denominator"):
            out[name] = [None if v is None else str(v) for v in out[name]]
        return out

    def ard_rows(self) -> Iterable[dict[str, object]]:
        for row in self.rows:
            for stat_name, stat in (
                ("printed", row.printed),
                ("computed", row.computed),
                ("verdict", row.verdict),
            ):
                yield ard_row(
                    group1="study",
                    group1_level=row.study,
                    variable=row.id,
                    variable_level=row.denominator_rule or None,
                    context="published_vs_computed",
                    stat_name=stat_name,
                    stat=stat,
                    warning=row.note or None if stat_name == "verdict" else None,
                    method=row.method,
                )

    def title(self) -> str:
        return "Published and computed figures: " + self.tally()

    def tally(self) -> str:
        """The verdicts counted, in words."""
        counted = {verdict: count for verdict, count in self.counts().items() if count}
        return ", ".join(f"{count} {verdict if count == 1 else _plural(verdict)}" for verdict, count in counted.items())

    def counts(self) -> dict[str, int]:
        """Number of figures with each verdict."""
        return {verdict: sum(r.verdict == verdict for r in self.rows) for verdict in VERDICTS}


def _plural(verdict: str) -> str:
    first, _, rest = verdict.partition(" ")
    return f"{first.removesuffix('s')} {rest}".strip()


def compare(plan: Plan, facts: Facts, skipped: Mapping[str, str]) -> PublishedVsComputed:
    """Hold the printed figures of a plan against the facts of a run.

    ``skipped`` names the analyses that could not run and why; their figures cannot be known.
    """
    return PublishedVsComputed(rows=tuple(_compare_one(figure, facts, skipped) for figure in plan.published))


def _compare_one(figure: PublishedFigure, facts: Facts, skipped: Mapping[str, str]) -> Comparison:
    if figure.kind == "statement":
        return _row(figure, None, "", CONTRADICTS if figure.contradicts else UNKNOWN)
    candidates = facts.under(figure.computed_by)
    if not candidates:
        section = figure.computed_by.split("/")[0]
        why = skipped.get(section)
        if why is None:
            near = facts.nearest(figure.computed_by)
            why = f"nothing in this run is called `{figure.computed_by}`" + (
                f"; near: {', '.join(near)}" if near else ""
            )
        return _row(figure, None, "", UNKNOWN, extra=why)
    claimed = next((f for f in candidates if f.rule in ("", figure.denominator_rule)), candidates[0])
    if _agrees(figure, claimed):
        return _row(figure, claimed, _shown(figure, claimed), AGREES)
    if figure.kind in ("proportion", "percent"):
        for other in candidates:
            if other.rule != claimed.rule and _agrees(figure, other):
                extra = (
                    f"Of those {_words(other)} {_shown(figure, other)}; of {_words(claimed)} {_shown(figure, claimed)}."
                )
                return _row(figure, other, _shown(figure, other), OTHER_DENOMINATOR, extra=extra)
    if figure.contradicts:
        return _row(figure, claimed, _shown(figure, claimed), CONTRADICTS)
    extra = f"Computed {_shown(figure, claimed)}."
    return _row(figure, claimed, _shown(figure, claimed), DIFFERS, extra=extra)


def _words(fact: Fact) -> str:
    return RULE_WORDS.get(fact.rule, fact.rule.replace("_", " "))


def _row(figure: PublishedFigure, fact: Fact | None, computed: str, verdict: str, *, extra: str = "") -> Comparison:
    parts = [figure.note]
    if figure.contradicts and verdict != AGREES:
        parts.insert(0, f"Against {figure.contradicts}.".replace("..", "."))
    if extra:
        parts.insert(0, extra[0].upper() + extra[1:] + ("" if extra.endswith(".") else "."))
    return Comparison(
        study=figure.report,
        id=figure.id,
        figure=figure.quantity,
        printed=figure.printed,
        numerator=fact.numerator if fact else None,
        denominator=fact.denominator if fact else None,
        denominator_rule=fact.rule if fact else "",
        computed=computed,
        value=fact.value if fact else None,
        verdict=verdict,
        note=" ".join(p for p in parts if p),
        method=fact.method if fact else "",
        section=fact.section if fact else "",
    )


def _digits(figure: PublishedFigure) -> int:
    return 1 if figure.digits is None else figure.digits


def _agrees(figure: PublishedFigure, fact: Fact) -> bool:
    digits = _digits(figure)
    match figure.kind:
        case "proportion":
            same = fact.numerator == figure.numerator and fact.denominator == figure.denominator
            return same and fact.rule in ("", figure.denominator_rule or fact.rule)
        case "percent":
            if fact.numerator is None or not fact.denominator or figure.value is None:
                return False
            return percent(fact.numerator, fact.denominator, digits) == fixed(figure.value, digits)
        case "count":
            return fact.value is not None and figure.value is not None and fact.value == figure.value
        case "number":
            return fact.value is not None and fixed(fact.value, digits) == fixed(figure.value, digits)
        case "mean_sd":
            return (
                fact.value is not None
                and fact.sd is not None
                and fixed(fact.value, digits) == fixed(figure.value, digits)
                and fixed(fact.sd, digits) == fixed(figure.sd, digits)
            )
        case "below":
            return fact.value is not None and figure.value is not None and fact.value < figure.value
        case "above":
            return fact.value is not None and figure.value is not None and fact.value > figure.value
        case "falls":
            return fact.value is not None and fact.value < 0
        case _:
            return fact.value is not None and fact.value > 0


def _shown(figure: PublishedFigure, fact: Fact) -> str:
    """The computed number in the form of the printed one."""
    digits = _digits(figure)
    match figure.kind:
        case "proportion" | "percent":
            if fact.numerator is None or fact.denominator is None:
                return fixed(fact.value, digits)
            return f"{percent(fact.numerator, fact.denominator, digits)} % ({fact.numerator}/{fact.denominator})"
        case "count":
            return fixed(fact.value, 0)
        case "mean_sd":
            n = f" (n = {fact.n})" if fact.n is not None else ""
            return f"{fixed(fact.value, digits)} ± {fixed(fact.sd, digits)}{n}"
        case "below" | "above":
            return f"p = {p_value(fact.value)}".replace("= <", "< ")
        case "falls" | "rises":
            return f"change {fixed(fact.value, digits)}"
        case _:
            return fixed(fact.value, digits)
