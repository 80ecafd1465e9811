"""ADRS: responses and flares of an endpoint as records by visit, each endpoint under its own code."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from mscsle.adam._bds import Subjects, bds
from mscsle.adam._table import AdamDataset, make
from mscsle.exceptions import OptionError

if TYPE_CHECKING:
    from mscsle.endpoints._definition import Definition
    from mscsle.endpoints._flare import Flares
    from mscsle.endpoints._response import Response

__all__ = ["adrs", "parameters"]

_CODE = re.compile(r"^[A-Z][A-Z0-9_]*$")
_COLUMNS = ("USUBJID", "PARAMCD", "PARAM", "AVAL", "AVALC", "ADT", "AVISIT", "AVISITN")


@functools.cache
def parameters() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """By kind (``response``, ``flare``) and definition the code and the name of the parameter."""
    text = (resources.files("mscsle") / "adam" / "parameters.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def adrs(
    endpoint: Response | Flares,
    *,
    adsl: Any,
    paramcd: str | None = None,
    param: str | None = None,
) -> AdamDataset:
    """Derive responder data (ADRS-like) from an endpoint: its states and whether they are a response, or its flares.

    Parameters
    ----------
    endpoint : Response or Flares
        From ``ms.endpoints.renal_response``, ``response``, ``sri``, ``bicla``, ``lldas``, ``doris`` or ``flares``.
    adsl : data set or frame
        As in :func:`bds`.
    paramcd, param : str, optional
        PARAMCD and PARAM. By default those of the built-in definition: conventions of this package, since no lupus endpoint
        is in CDISC terminology (docs/cdisc.md lists them). They must be given for a definition of your own, and for responses
        as recorded. The definition and what was changed of it is added to PARAM in brackets.

    Returns
    -------
    AdamDataset
        ADT is the day of the visit, ASEQ numbers the records of a subject. A definition with one state (SRI, BICLA, LLDAS, DORIS ...) is one parameter with AVALC
        ``Y`` or ``N``, AVAL 1 or 0. One with several (CR, PR) is two: ``paramcd`` with the state, and ``paramcd`` with ``R``
        added with ``Y`` or ``N``: in response or not. A state that missing values leave open is ``unknown`` in the parameter
        of the states and missing in ``Y`` or ``N``; visits that did not take place have no record. Of flares there is one
        record each: AVALC is the way it was met, AVAL its number within the subject.

    Raises
    ------
    OptionError
        No ``paramcd`` or ``param`` where there is no default, or a code that is none or too long.
    TypeError
        ``endpoint`` is neither a Response nor Flares.

    Examples
    --------
    >>> import mscsle as ms
    >>> trial = ms.load("gu2014", library="numpy")
    >>> subjects = ms.adam.adsl(trial, study="GU2014")
    >>> out = ms.adam.adrs(ms.endpoints.renal_response(trial), adsl=subjects)
    >>> out.values["PARAMCD"][0], out.values["PARAM"][0], out.values["AVALC"][0]
    ('GINZL05', 'Renal Remission after Ginzler 2005 (ginzler2005)', 'CR')
    >>> flares = ms.adam.adrs(ms.endpoints.flares(trial), adsl=subjects)
    >>> flares.values["PARAM"][0], flares.values["AVALC"][0]
    ('MAINTAIN Renal Flare (maintain2010)', 'nephrotic')
    """
    from mscsle.endpoints._flare import Flares
    from mscsle.endpoints._response import Response

    if not isinstance(endpoint, (Response, Flares)):
        raise TypeError(
            f"`endpoint` must be a Response or Flares of `ms.endpoints`, but is {type(endpoint).__name__}; "
            "times to an event are derived by `ms.adam.adtte`"
        )
    recorded = isinstance(endpoint, Response) and endpoint.source == "recorded"
    code, name = _parameter(endpoint.definition, paramcd, param, recorded)
    subjects = Subjects(adsl, "TRTSDT")
    if isinstance(endpoint, Flares):
        rows, said = _flares(endpoint, subjects, code, name), endpoint.statement
    else:
        rows, said = _states(endpoint, subjects, code, name), endpoint.states.statement
    out = bds(rows, adsl=adsl, name="ADRS", label="Response Analysis Dataset")
    derived = {n: v for n, v in out.values.items() if n not in ("BASE", "CHG", "PCHG", "ABLFL")}
    counted: dict[str | None, int] = {}
    sequence = []
    for subject in derived["USUBJID"]:
        counted[subject] = counted.get(subject, 0) + 1
        sequence.append(counted[subject])
    derived["ASEQ"] = np.asarray(sequence, dtype=np.float64)
    return make(
        "ADRS",
        "Response Analysis Dataset",
        derived,
        structure="BDS",
        method=f"{said}; PARAMCD {'of the sponsor' if paramcd else 'by convention of mscsle, not CDISC'}",
        library=endpoint.library,
    )


def _parameter(definition: Definition, paramcd: str | None, param: str | None, recorded: bool) -> tuple[str, str]:
    """PARAMCD and PARAM of a definition."""
    known = None if recorded else _built_in(definition)
    if (paramcd is None or param is None) and known is None:
        why = f"definition `{definition.id}` is not built in and has no code of its own"
        why = "responses as recorded have no code of their own" if recorded else why
        raise OptionError(f"{why}; give `paramcd` (at most 8 characters) and `param`")
    values = {n: f"{v:g}" if isinstance(v, float) else v for n, v in definition.parameters.items()}
    code, name = paramcd or "", param or ""
    in_code: set[str] = set()
    if known is not None:
        in_code = {n for n in values if not paramcd and not param and f"{{{n}}}" in known["code"]}
        code, name = code or known["code"].format(**values), name or known["name"].format(**values)
    changed = ", ".join(f"{r[0]} = {values[r[0]]}" for r in definition._rows if r[1] != r[2] and r[0] not in in_code)
    name += f" ({definition.id}{', as recorded' if recorded else ''}{': ' if changed else ''}{changed})"
    most = 7 if _several(definition) else 8
    if len(code) > most or not _CODE.match(code):
        added = " (`R` is added for the second parameter)" if most == 7 else ""
        raise OptionError(
            f"`paramcd` must have 1 to {most} characters{added}, upper-case letters, digits and `_`, but is `{code}`"
        )
    return code, name


def _built_in(definition: Definition) -> Mapping[str, str] | None:
    """Code and name, when the definition is the built-in one of its id (its parameters may be changed)."""
    from mscsle.endpoints._definition import definition as built_in

    found = parameters()[definition.kind].get(definition.id)
    return found if found is not None and built_in(definition.id).source == definition.source else None


def _several(definition: Definition) -> bool:
    return definition.kind == "response" and len(definition.states) > 1


def _states(response: Response, subjects: Subjects, code: str, name: str) -> dict[str, list[Any]]:
    states = response.states
    rows: dict[str, list[Any]] = {n: [] for n in _COLUMNS}
    for i, subject in enumerate(states.usubjid):
        place = subjects.place.get(subject)
        if np.isnan(states.day[i]) or place is None or states.state[i] in ("not_assessed", "dead"):
            continue
        text, value = {1: ("Y", 1.0), 0: ("N", 0.0)}.get(int(states.response[i]), (None, np.nan))
        day, visit, month = float(states.day[i]), states.visit[i], float(states.planned_month[i])
        if _several(response.definition):
            _append(rows, subjects, place, subject, code, name, np.nan, states.state[i], day, visit, month)
            _append(rows, subjects, place, subject, f"{code}R", f"{name}: Responder", value, text, day, visit, month)
        else:
            _append(rows, subjects, place, subject, code, name, value, text, day, visit, month)
    return rows


def _flares(flares: Flares, subjects: Subjects, code: str, name: str) -> dict[str, list[Any]]:
    table = flares.table
    rows: dict[str, list[Any]] = {n: [] for n in _COLUMNS}
    for i, subject in enumerate(table["usubjid"]):
        place = subjects.place.get(subject)
        day = float(table["day"][i])
        if place is None or np.isnan(day):
            continue
        number, kind = float(table["number"][i]), table["branch"][i]
        _append(rows, subjects, place, subject, code, name, number, kind, day, table["visit"][i], np.nan)
    return rows


def _append(
    rows: dict[str, list[Any]],
    subjects: Subjects,
    place: int,
    subject: str,
    code: str,
    name: str,
    value: float,
    text: str | None,
    day: float,
    visit: str,
    month: float,
) -> None:
    at = subjects.start[place] + np.timedelta64(round(day), "D")
    values = (subject, code, name, value, text, str(at), visit, month)
    for column, cell in zip(rows.values(), values, strict=True):
        column.append(cell)
