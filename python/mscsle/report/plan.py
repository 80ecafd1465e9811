"""What an analysis plan holds: visits, definitions, analyses, estimand, and the printed figures it is held against.

A plan is data, a TOML file; :mod:`mscsle.report.plan_reader` reads and checks it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mscsle.exceptions import OptionError

__all__ = ["Analysis", "Covariate", "Definition", "Estimand", "Plan", "PublishedFigure", "Remark", "Visit"]


@dataclass(frozen=True)
class Visit:
    """A planned visit: its label in the data, its month after time zero, its name in print."""

    label: str
    month: float
    name: str


@dataclass(frozen=True)
class Covariate:
    """A covariate of a Cox model with the transform it enters by."""

    name: str
    label: str
    unit: str = ""
    transform: str = "none"


@dataclass(frozen=True)
class Definition:
    """Id of an endpoint definition and the parameters that replace its defaults."""

    id: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimand:
    """Population, treatment, variable, intercurrent events and summary measure (ICH E9 R1)."""

    population: str
    treatment: str
    variable: str
    summary: str
    intercurrent_events: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Analysis:
    """One analysis of a plan: its kind and the options of that kind, checked."""

    id: str
    kind: str
    title: str
    note: str
    options: Mapping[str, object]

    def text(self, key: str, default: str = "") -> str:
        """A text option."""
        return str(self.options.get(key, default))

    def integer(self, key: str, default: int) -> int:
        """A whole-number option."""
        value = self.options.get(key, default)
        return int(value) if isinstance(value, (int, float)) else default

    def texts(self, key: str, default: Sequence[str] = ()) -> list[str]:
        """A list of words."""
        value = self.options.get(key)
        return [str(v) for v in value] if isinstance(value, (list, tuple)) else list(default)

    def numbers(self, key: str, default: Sequence[float] = ()) -> list[float]:
        """A list of numbers."""
        value = self.options.get(key)
        return [float(v) for v in value] if isinstance(value, (list, tuple)) else list(default)

    def tables(self, key: str) -> list[Mapping[str, object]]:
        """A list of tables."""
        value = self.options.get(key)
        return [v for v in value if isinstance(v, Mapping)] if isinstance(value, (list, tuple)) else []


@dataclass(frozen=True)
class PublishedFigure:
    """One printed figure: the text as printed, what it claims to be, and the fact of the run it is held against."""

    id: str
    report: str
    quantity: str
    printed: str
    kind: str
    numerator: int | None = None
    denominator: int | None = None
    denominator_rule: str = ""
    value: float | None = None
    sd: float | None = None
    digits: int | None = None
    computed_by: str = ""
    note: str = ""
    contradicts: str = ""


@dataclass(frozen=True)
class Remark:
    """A sentence a reader must see beside the numbers, with the facts it rests on."""

    title: str
    text: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A checked analysis plan."""

    id: str
    title: str
    text: str = field(repr=False)
    cohort: str
    citation: str
    doi: str
    design: str
    single_arm: bool
    synthetic: str
    seed: int | None
    reports: Mapping[str, Mapping[str, str]]
    estimand: Estimand | None
    clock: str
    unit: str
    horizon: float
    visits: tuple[Visit, ...]
    response: Definition | None
    flare: Definition | None
    denominators: tuple[str, ...]
    level: float
    proportion_method: str
    survival_interval: str
    ties: str
    analyses: tuple[Analysis, ...]
    published: tuple[PublishedFigure, ...]
    remarks: tuple[Remark, ...]

    @property
    def sha256(self) -> str:
        """Checksum of the plan's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def baseline_visit(self) -> Visit:
        """The visit at time zero (the earliest planned one)."""
        return min(self.visits, key=lambda v: v.month)

    @property
    def follow_up_visits(self) -> tuple[Visit, ...]:
        """Planned visits after baseline, in order."""
        first = self.baseline_visit
        return tuple(sorted((v for v in self.visits if v is not first), key=lambda v: v.month))

    def visit(self, label: str) -> Visit:
        """The visit with this label."""
        for visit in self.visits:
            if visit.label == label:
                return visit
        raise OptionError(f"unknown visit `{label}`; the plan has {', '.join(f'`{v.label}`' for v in self.visits)}")
