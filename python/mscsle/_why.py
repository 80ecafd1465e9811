"""Why a derived value came out as it did: sentences, and the machine-readable steps behind them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mscsle._result import Result

#: What the core hands over for a step: rule, confidence, item, value, threshold, contribution, decided, sentence.
CoreStep = tuple[str, str, str, str | None, str, str | None, bool, str]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a derivation.

    Attributes
    ----------
    rule : str
        Id of the rule, such as ``sledai-2k.proteinuria``.
    confidence : str
        ``H`` read in a public source, ``M`` known but its text not seen, ``L`` unverified.
    item, value, threshold : str
        What was looked at, its value (None when missing) and the threshold or definition it was held against.
    contribution : str or None
        Points or grade it contributed.
    decided : bool
        Whether the step decided the result.
    sentence : str
        The step for reading.
    """

    rule: str
    confidence: str
    item: str
    value: str | None
    threshold: str
    contribution: str | None
    decided: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Why(Result):
    """The derivation of one value; iterating gives the sentences, printing joins them.

    Attributes
    ----------
    about : str
        What is explained.
    trail : tuple of Step
        The steps in the order in which they were taken.
    """

    about: str = ""
    trail: tuple[Step, ...] = field(default=())

    @property
    def sentences(self) -> tuple[str, ...]:
        """The steps for reading."""
        return tuple(step.sentence for step in self.trail)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sentences)

    def __len__(self) -> int:
        return len(self.trail)

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        return f"Why {self.about}:\n{self}" if self.about else str(self)

    def title(self) -> str:
        """What is explained."""
        return f"Why {self.about}"

    def columns(self) -> dict[str, list[object]]:
        """The steps as columns."""
        names = ("rule", "confidence", "item", "value", "threshold", "contribution", "decided", "sentence")
        return {name: [getattr(step, name) for step in self.trail] for name in names}

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.sentences)
        return f"<p>{html.escape(self.title())}</p><ul>{items}</ul>"


def from_core(steps: Sequence[CoreStep], *, about: str) -> Why:
    """The steps of the core as a :class:`Why`."""
    trail = tuple(
        Step(
            rule=rule,
            confidence=confidence,
            item=item,
            value=value,
            threshold=threshold,
            contribution=contribution,
            decided=decided,
            sentence=sentence,
        )
        for rule, confidence, item, value, threshold, contribution, decided, sentence in steps
    )
    return Why(about=about, trail=trail)
