"""Why a visit has its state: sentences and the machine-readable trail."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mscsle import _frame
from mscsle._result import Result

__all__ = ["EndpointWhy", "from_core"]


@dataclass(frozen=True, kw_only=True)
class EndpointWhy(Result):
    """The derivation of one subject's state at one visit; iterating gives the sentences, printing joins them.

    Attributes
    ----------
    subject, visit : str
        What is explained.
    day : float
        Days since time zero, NaN when the visit did not take place.
    definition, version, confidence, source : str
        The rule, its version and confidence; ``derived`` or ``recorded``.
    upper, lower : str
        Best and worst possible state; equal when nothing is missing.
    sentences : tuple of str
        The derivation for reading.
    trail : tuple of dict
        One a comparison: ``state``, ``key`` (where it stands in the definition), ``measure``, ``value``, ``compare``,
        ``threshold``, ``unit``, ``relative_to``, ``reference``, ``source`` and ``reference_source`` (table and row),
        ``holds`` (None = cannot be decided), ``decided``, ``sentence``.
    alternatives : tuple of dict
        What other definitions, missing rules and denominators would give: ``choice``, ``id``, ``answer``, ``differs``.
    """

    subject: str
    visit: str
    day: float
    definition: str
    version: str
    confidence: str
    source: str
    upper: str
    lower: str
    sentences: tuple[str, ...]
    trail: tuple[dict[str, Any], ...] = field(repr=False)
    alternatives: tuple[dict[str, Any], ...] = field(repr=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sentences)

    def __len__(self) -> int:
        return len(self.sentences)

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        return f"Why {self.subject}, {self.visit}:\n{self}"

    def title(self) -> str:
        """What is explained."""
        return f"Why {self.subject}, {self.visit}"

    def columns(self) -> Mapping[str, Any]:
        """The trail as columns."""
        plain = ("state", "key", "measure", "value", "compare", "threshold", "unit", "relative_to", "reference")
        about = {name: [getattr(self, name)] * len(self.trail) for name in ("definition", "version", "confidence")}
        columns: dict[str, Any] = {**about, **{name: [step[name] for step in self.trail] for name in plain}}
        columns["table"] = [step["source"][0] if step["source"] else None for step in self.trail]
        columns["row"] = [step["source"][1] if step["source"] else -1 for step in self.trail]
        columns["holds"] = [{True: "yes", False: "no", None: "unknown"}[step["holds"]] for step in self.trail]
        columns["decided"] = [step["decided"] for step in self.trail]
        columns["sentence"] = [step["sentence"] for step in self.trail]
        return columns

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values: what is explained, the rule, sentences, trail and alternatives.

        Examples
        --------
        >>> import mscsle as ms
        >>> why = ms.endpoints.renal_response(ms.load("gu2014")).why(subject="GU-001", visit="M3").to_dict()
        >>> why["definition"], why["version"], why["trail"][0]["source"][0]
        ('ginzler2005', '1', 'labs')
        """
        names = ("subject", "visit", "day", "definition", "version", "confidence", "source", "upper", "lower")
        return {
            **{name: getattr(self, name) for name in names},
            "sentences": list(self.sentences),
            "trail": [dict(step) for step in self.trail],
            "alternatives": [dict(other) for other in self.alternatives],
        }

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.sentences)
        return f"<p>{html.escape(self.title())}</p><ul>{items}</ul>"


def from_core(trail: Mapping[str, Any], library: _frame.Library) -> EndpointWhy:
    """The trail of the core as a result."""
    fields = dict(trail)
    return EndpointWhy(
        sentences=tuple(fields.pop("sentences")),
        trail=tuple(fields.pop("steps")),
        alternatives=tuple(fields.pop("alternatives")),
        library=library,
        **fields,
    )
