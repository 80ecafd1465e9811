"""The facts of a run: every number that a printed figure can be held against, under its key and denominator rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Fact", "Facts"]


@dataclass(frozen=True)
class Fact:
    """One computed number.

    ``value`` is a count, a mean, a p-value or a limit; a proportion has ``numerator``, ``denominator`` and the ``rule`` of
    its denominator, a mean has ``sd`` and ``n``. ``section`` is the part of the report where it is shown.
    """

    key: str
    label: str
    section: str
    value: float | None = None
    rule: str = ""
    numerator: int | None = None
    denominator: int | None = None
    sd: float | None = None
    n: int | None = None
    lower: float | None = None
    upper: float | None = None
    method: str = ""
    as_percent: bool = False

    @property
    def name(self) -> str:
        """The key, with the denominator rule when there is one: ``flares/flare@enrolled``."""
        return f"{self.key}@{self.rule}" if self.rule else self.key


class Facts:
    """Facts by key and denominator rule, in the order they were found."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, str], Fact] = {}

    def add(self, fact: Fact) -> None:
        """Keep a fact; a key has one value under each rule."""
        self._facts[fact.key, fact.rule] = fact

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def __len__(self) -> int:
        return len(self._facts)

    def get(self, key: str, rule: str = "") -> Fact | None:
        """The fact under this key and rule; a fact without a rule answers to any."""
        return self._facts.get((key, rule)) or self._facts.get((key, ""))

    def named(self, name: str) -> Fact | None:
        """The fact called ``key`` or ``key@rule``."""
        key, _, rule = name.partition("@")
        return self.get(key, rule) if rule else next(iter(self.under(key)), None)

    def under(self, key: str) -> list[Fact]:
        """All facts of a key, one a rule."""
        return [f for (k, _), f in self._facts.items() if k == key]

    def nearest(self, key: str) -> list[str]:
        """Keys that look like this one."""
        return difflib.get_close_matches(key, sorted({k for k, _ in self._facts}), n=3, cutoff=0.4)
