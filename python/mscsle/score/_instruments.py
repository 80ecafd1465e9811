"""The instruments as a catalogue: publications, items, range, bands and rules, each rule with its confidence."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mscsle._result import Result
from mscsle.exceptions import OptionError
from mscsle.score import _instrument_data as data


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A publication.

    Attributes
    ----------
    text : str
        First author, journal, year, volume and pages.
    doi : str
        Empty where none is known.
    checked : bool
        Whether authors, pages and DOI were read in a public source; the others are from memory.
    """

    text: str
    doi: str = ""
    checked: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of an instrument.

    Attributes
    ----------
    id : str
        Within the instrument.
    text : str
        What it says.
    confidence : str
        ``H`` read in a public source, ``M`` known but its text not seen, ``L`` unverified.
    """

    id: str
    text: str
    confidence: str


@dataclass(frozen=True, kw_only=True)
class Instrument(Result):
    """An instrument.

    Attributes
    ----------
    id, name : str
        Id as in ``mscsle score``, name as in print.
    call : str
        The function that scores it.
    version : str
        Version or versions, separated by a comma and a blank.
    references : tuple of Reference
        Publications.
    items : mapping of str to str
        Column to what it holds; empty where the instrument reads a table of its own form.
    range : str
        Least and greatest value, or the grades.
    bands : mapping of str to str
        Name of a set of bands (or of the states) to what it says.
    rules : tuple of Rule
        The rules with their confidence.
    """

    id: str
    name: str
    call: str
    version: str
    references: tuple[Reference, ...]
    items: Mapping[str, str]
    range: str
    bands: Mapping[str, str]
    rules: tuple[Rule, ...]

    @property
    def citation(self) -> str:
        """The publications in one line."""
        return "; ".join(f"{r.text}, doi:{r.doi}" if r.doi else r.text for r in self.references)

    @property
    def confidence(self) -> str:
        """The lowest mark of its rules."""
        return max((rule.confidence for rule in self.rules), key="HML".index, default="H")

    def columns(self) -> Mapping[str, Any]:
        """Rule, what it says, confidence."""
        return {
            "rule": [rule.id for rule in self.rules],
            "text": [rule.text for rule in self.rules],
            "confidence": [rule.confidence for rule in self.rules],
        }

    def title(self) -> str:
        """Name, version, range and publications."""
        return f"{self.name} ({self.version}): {self.range}; {self.citation}"


@dataclass(frozen=True, kw_only=True)
class Instruments(Result):
    """The instruments, one row each; iterating gives them."""

    all: tuple[Instrument, ...] = field(default=())

    @property
    def ids(self) -> list[str]:
        """Ids in order."""
        return [i.id for i in self.all]

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def columns(self) -> Mapping[str, Any]:
        """Id, name, call, version, number of items, range, lowest confidence, publications."""
        return {
            **{name: [getattr(i, name) for i in self.all] for name in ("id", "name", "call", "version")},
            "n_items": [len(i.items) for i in self.all],
            **{name: [getattr(i, name) for i in self.all] for name in ("range", "confidence", "citation")},
        }

    def title(self) -> str:
        """How many there are."""
        return f"{len(self.all)} instruments"


def instruments() -> Instruments:
    """The instruments with publication, items, range, bands and rules, each rule with its confidence.

    Returns
    -------
    Instruments
        Iterating gives one :class:`Instrument` each.

    Examples
    --------
    >>> import mscsle as ms
    >>> for instrument in list(ms.score.instruments())[:3]:
    ...     print(instrument.id, len(instrument.items), instrument.range, instrument.confidence)
    sledai 24 0 to 105 M
    bilag2004 97 A to E in each of nine systems L
    bilag-total 0 0 to 72 (classic 9/3/1), 0 to 96 (classic 12/5/1), 0 to 108 (BILAG-2004) M
    """
    return Instruments(all=tuple(_instrument(entry) for entry in data.INSTRUMENTS))


def instrument(id: str) -> Instrument:
    """One instrument of :func:`instruments`.

    Parameters
    ----------
    id : str
        Such as ``sledai``.

    Raises
    ------
    OptionError
        There is no such instrument.

    Examples
    --------
    >>> import mscsle as ms
    >>> sdi = ms.score.instrument("sdi")
    >>> sdi.range, sdi.items["cataract"]
    ('0 to 47 (full-41), 0 to 45 (original-39)', 'flag: any cataract ever')
    """
    for entry in data.INSTRUMENTS:
        if entry["id"] == id:
            return _instrument(entry)
    ids = [str(entry["id"]) for entry in data.INSTRUMENTS]
    near = difflib.get_close_matches(id, ids, n=1)
    hint = f"; did you mean `{near[0]}`?" if near else f"; they are {', '.join(f'`{i}`' for i in ids)}"
    raise OptionError(f"unknown instrument `{id}`{hint}")


def _instrument(entry: Mapping[str, Any]) -> Instrument:
    items = data.items(entry["id"])
    return Instrument(
        id=entry["id"],
        name=entry["name"],
        call=entry["call"],
        version=entry["version"],
        references=tuple(Reference(**data.REFERENCES[key]) for key in entry["references"]),
        items=items,
        range=entry["range"],
        bands=entry.get("bands", {}),
        rules=tuple(
            Rule(id=i, text=t, confidence=c) for i, t, c in (*data.derived_rules(entry["id"]), *entry["rules"])
        ),
    )
