"""Definitions of endpoints: the built-in ones and a user's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mscsle import _core, _frame
from mscsle._files import read_text
from mscsle._result import Result, ard_row
from mscsle.exceptions import OptionError

__all__ = ["Definition", "Definitions", "Spec", "compile_definition", "definition", "definitions", "measures"]

#: What a user may give as a definition: an id, a path, TOML text, a mapping or a compiled definition.
Spec = "str | Path | Mapping[str, Any] | Definition"


@dataclass(frozen=True, kw_only=True)
class Definition(Result):
    """One definition with the parameters in use.

    Attributes
    ----------
    id, version, kind, family, name, citation, doi, pmid : str
        What it is and where it was published; ``kind`` is ``response`` or ``flare``, ``family`` ``renal``,
        ``sle`` or ``outcome``.
    confidence : str
        ``H`` read in the publication, ``M`` from a secondary source or with chosen numbers, ``L`` unverified.
    default_choice : bool
        Whether it is the default of its kind, a choice of this software.
    note : str
        What was chosen where the publication leaves a reading open.
    states, labels : tuple of str
        Short and long names of the states in the order in which they are tried.
    otherwise : str
        State when none holds.
    scope : str
        Of a flare: ``after_response`` or ``after_time_zero``.
    gap_days : float
        Of a flare: least number of days between two flares of one subject.
    assessed_from : float
        Of a response: month from which a visit has a state; minus infinity for every visit.
    responses : tuple of bool
        Whether each state counts as a response.
    events : tuple of str or None
        Of a flare: the recorded event that is the state by itself.
    rules : dict
        State to its rule in words with the parameters in use: lines as (depth, text).
    not_evaluable : tuple
        When, at baseline, the first state cannot be evaluated; empty: when it holds already.
    needs : tuple of tuple of str
        Measures that must be there; of a group any one.
    parameters : dict
        Name to value in use.
    statement : str
        One line for tables: id, version, confidence and changed parameters.
    source : str
        The TOML text.
    """

    id: str
    version: str
    kind: str
    family: str
    name: str
    citation: str
    doi: str
    pmid: str
    confidence: str
    default_choice: bool
    note: str
    states: tuple[str, ...]
    labels: tuple[str, ...]
    otherwise: str
    scope: str
    gap_days: float
    assessed_from: float
    responses: tuple[bool, ...]
    events: tuple[str | None, ...]
    rules: dict[str, tuple[tuple[int, str], ...]]
    not_evaluable: tuple[tuple[int, str], ...]
    needs: tuple[tuple[str, ...], ...]
    parameters: dict[str, float | str]
    statement: str
    source: str = field(repr=False)
    _rows: list[tuple[str, Any, Any, str, str, list[str]]] = field(repr=False, compare=False)
    _core: _core.EndpointDefinition = field(repr=False, compare=False)

    def columns(self) -> Mapping[str, Any]:
        """One row a parameter: value in use, default, unit, allowed words and meaning."""
        return {
            "parameter": [r[0] for r in self._rows],
            "value": [_text(r[1]) for r in self._rows],
            "default": [_text(r[2]) for r in self._rows],
            "unit": [r[3] for r in self._rows],
            "allowed": [", ".join(r[5]) for r in self._rows],
            "meaning": [r[4] for r in self._rows],
        }

    def title(self) -> str:
        """Statement and citation."""
        return f"{self.statement}. {self.citation}"

    def __str__(self) -> str:
        return self.title()

    def rule(self) -> str:
        """The rule in words, with the parameters in use.

        Examples
        --------
        >>> import mscsle as ms
        >>> print(ms.endpoints.definition("sle_das_flare").rule())
        rise (rise of the SLE-DAS):
          SLE-DAS as recorded (`what` = `sle_das`) >= the value at the visit before + 1.72 (points)
        """
        lines = []
        for state, label in zip(self.states, self.labels, strict=True):
            lines.append(f"{state} ({label}):" if label != state else f"{state}:")
            lines += ["  " * (depth + 1) + text for depth, text in self.rules[state]]
        if self.kind == "response":
            lines.append(f"otherwise {self.otherwise}")
            if self.not_evaluable:
                lines.append(f"{self.states[0]} is not evaluable when at baseline:")
                lines += ["  " * (depth + 1) + text for depth, text in self.not_evaluable]
        if math.isfinite(self.assessed_from):
            lines.append(f"assessed from month {self.assessed_from:.3g} on")
        return "\n".join(lines)

    def ard_rows(self) -> list[dict[str, object]]:
        """One row a parameter."""
        return [
            ard_row(
                variable=self.id,
                variable_level=r[0],
                context="definition",
                stat_name="value",
                stat=_text(r[1]),
                method=self.statement,
            )
            for r in self._rows
        ]


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, kw_only=True)
class Definitions(Result):
    """The built-in definitions, one row each."""

    items: tuple[Definition, ...]

    @property
    def ids(self) -> list[str]:
        """Ids in order."""
        return [d.id for d in self.items]

    def __iter__(self) -> Any:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def columns(self) -> Mapping[str, Any]:
        """Id, version, kind, name, citation, DOI, confidence, whether default, states, parameters, note and rule in words."""
        names = ("id", "version", "kind", "family", "name", "citation", "doi", "pmid", "confidence")
        columns: dict[str, Any] = {name: [getattr(d, name) for d in self.items] for name in names}
        columns["default_choice"] = [d.default_choice for d in self.items]
        columns["states"] = [", ".join((*d.states, d.otherwise)) for d in self.items]
        columns["parameters"] = [", ".join(f"{k} = {_text(v)}" for k, v in d.parameters.items()) for d in self.items]
        columns["note"] = [d.note for d in self.items]
        columns["rule"] = [d.rule() for d in self.items]
        return columns

    def title(self) -> str:
        """How many there are."""
        return f"{len(self.items)} definitions"


def definitions(kind: str | None = None) -> Definitions:
    """The built-in definitions with publication, confidence and parameters.

    Parameters
    ----------
    kind : {"response", "flare"}, optional
        Only those of one kind.

    Returns
    -------
    Definitions

    Examples
    --------
    >>> import mscsle as ms
    >>> next(d.statement for d in ms.endpoints.definitions("response") if d.default_choice)
    'ginzler2005 version 1 (confidence M, default choice)'
    """
    if kind not in (None, "response", "flare"):
        raise OptionError(f"unknown kind `{kind}`; use `response` or `flare`")
    items = (definition(id_) for id_ in _core.endpoint_definition_ids())
    return Definitions(items=tuple(d for d in items if kind in (None, d.kind)), library=_frame.default_library())


def definition(
    definition: str | Path | Mapping[str, Any] | Definition,
    *,
    parameters: Mapping[str, float | str] | None = None,
    **overrides: float | str,
) -> Definition:
    """One definition, compiled with the parameters given.

    Parameters
    ----------
    definition : str, path, mapping or Definition
        Id of a built-in definition, path of a TOML file, TOML text, or the same as nested mappings.
    parameters : mapping, optional
        Parameters to override.
    **overrides : float or str
        The same, as keywords.

    Raises
    ------
    OptionError
        An unknown id or parameter, or a value that does not fit.
    DataError
        A definition that cannot be read; line and key are named.

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.endpoints.definition("ginzler2005", prot_normal=0.5).statement
    'ginzler2005 version 1 (confidence M, default choice), with prot_normal = 0.5'
    """
    return compile_definition(definition, parameters, overrides)


def compile_definition(
    spec: str | Path | Mapping[str, Any] | Definition,
    parameters: Mapping[str, float | str] | None,
    overrides: Mapping[str, float | str],
) -> Definition:
    """Definition of a specification with parameters from a mapping and keywords."""
    values: list[tuple[str, float | str]] = []
    for name, value in {**(parameters or {}), **overrides}.items():
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise TypeError(f"parameter `{name}` must be a number or a word, but is {type(value).__name__}")
        values.append((name, value if isinstance(value, str) else float(value)))
    if isinstance(spec, Definition):
        changed: dict[str, float | str] = {r[0]: r[1] for r in spec._rows if r[1] != r[2]}
        core = _core.EndpointDefinition.from_toml(spec.source, list({**changed, **dict(values)}.items()))
    elif isinstance(spec, Mapping):
        core = _core.EndpointDefinition.from_toml(to_toml(spec), values)
    elif isinstance(spec, Path) or (isinstance(spec, str) and spec.endswith(".toml") and "\n" not in spec):
        core = _core.EndpointDefinition.from_toml(read_text(Path(spec)), values)
    elif isinstance(spec, str) and ("\n" in spec or "=" in spec):
        core = _core.EndpointDefinition.from_toml(spec, values)
    elif isinstance(spec, str):
        core = _core.EndpointDefinition.built_in(spec, values)
    else:
        raise TypeError(f"`definition` must be an id, a path, TOML text or a mapping, but is {type(spec).__name__}")
    about = core.about()
    rows = core.parameters()
    return Definition(
        id=about["id"],
        version=about["version"],
        kind=about["kind"],
        family=about["family"],
        name=about["title"],
        citation=about["citation"],
        doi=about["doi"],
        pmid=about["pmid"],
        confidence=about["confidence"],
        default_choice=about["default_choice"],
        note=about["note"],
        states=tuple(about["states"]),
        labels=tuple(about["labels"]),
        otherwise=about["otherwise"],
        scope=about["scope"],
        gap_days=about["gap_days"],
        assessed_from=about["assessed_from"],
        responses=tuple(about["responses"]),
        events=tuple(about["events"]),
        rules={state: tuple(lines) for state, lines in zip(about["states"], about["rules"], strict=True)},
        not_evaluable=tuple(about["not_evaluable"]),
        needs=tuple(tuple(group) for group in about["needs"]),
        parameters={row[0]: row[1] for row in rows},
        statement=about["statement"],
        source=about["source"],
        _rows=rows,
        _core=core,
        library=_frame.default_library(),
    )


def to_toml(spec: Mapping[str, Any]) -> str:
    """Nested mappings as TOML text: one key a line, nested tables inline."""
    return "".join(f"{_key(key)} = {_value(value, str(key))}\n" for key, value in spec.items())


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"keys of a definition are text, but this is {type(key).__name__}")
    return key if key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key) else _quoted(key)


def _quoted(text: str) -> str:
    out = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in out) + '"'


def _value(value: object, path: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v, f'{path}.{k}')}" for k, v in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(v, f"{path}[{i}]") for i, v in enumerate(value)) + "]"
    raise TypeError(
        f"`{path}` of a definition must be text, a number, a list or a mapping, but is {type(value).__name__}"
    )


def measures() -> Any:
    """The measures a definition can name: id, canonical unit, table and meaning, as a frame.

    Examples
    --------
    >>> import mscsle as ms
    >>> "protein_24h" in set(ms.endpoints.measures()["measure"])
    True
    """
    rows = _core.endpoint_measures()
    names = ("measure", "unit", "table", "meaning")
    return _frame.native({name: [row[i] for row in rows] for i, name in enumerate(names)}, _frame.default_library())
