"""ADTTE: time to the first of several events, or to censoring, with the source of every date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._columns import NAT, Columns, Days
from mscsle.adam._table import AdamDataset, make
from mscsle.exceptions import DataError, OptionError

__all__ = ["TteSource", "adtte", "censoring", "event"]

#: Variables of ADSL that go along.
KEPT = ("SITEID", "AGE", "SEX", "RACE", "TRT01P", "TRT01A", "SAFFL", "ITTFL")
#: Days of a unit of time.
UNITS = {"days": 1.0, "weeks": 7.0, "months": 30.4375}


@dataclass(frozen=True)
class TteSource:
    """Where the date of an event or of censoring comes from; made by :func:`event` and :func:`censoring`."""

    data: Any = field(repr=False)
    name: str
    date: str
    description: str
    where: Mapping[str, object]
    sequence: str | None
    cnsr: int
    date_description: str | None


def event(
    data: Any,
    *,
    name: str,
    date: str,
    description: str,
    where: Mapping[str, object] | None = None,
    sequence: str | None = None,
) -> TteSource:
    """A source of events for :func:`adtte`: the first date among the rows that fit.

    Parameters
    ----------
    data : frame or data set
        With ``USUBJID``.
    name : str
        Name of the data set, SRCDOM.
    date : str
        Column of the date, SRCVAR; partial dates are imputed beforehand (:func:`impute_dates`).
    description : str
        EVNTDESC.
    where : mapping of column to value, optional
        Rows that count: the value, one of a list of values.
    sequence : str, optional
        Column of the sequence number, SRCSEQ; among the rows of one day the smallest is taken.
    """
    return TteSource(data, name, date, description, dict(where or {}), sequence, 0, None)


def censoring(
    data: Any,
    *,
    name: str,
    date: str,
    description: str,
    cnsr: int = 1,
    where: Mapping[str, object] | None = None,
    sequence: str | None = None,
    date_description: str | None = None,
) -> TteSource:
    """A source of censoring for :func:`adtte`: the last date among the rows that fit.

    Parameters
    ----------
    data, name, date, description, where, sequence
        As for :func:`event`.
    cnsr : int
        CNSR of these rows, a whole number > 0; distinct numbers for distinct reasons.
    date_description : str, optional
        CNSDTDSC.
    """
    if not isinstance(cnsr, int) or isinstance(cnsr, bool) or cnsr < 1:
        raise OptionError(f"`cnsr` of a censoring must be a whole number > 0 (0 is the event), but is {cnsr}")
    return TteSource(data, name, date, description, dict(where or {}), sequence, cnsr, date_description)


def adtte(
    adsl: Any,
    *,
    paramcd: str,
    param: str,
    events: Sequence[TteSource],
    censorings: Sequence[TteSource],
    start: str = "TRTSDT",
    unit: Literal["days", "weeks", "months"] = "days",
    keep: Sequence[str] = KEPT,
) -> AdamDataset:
    """Derive a time to event: one row a subject of ADSL with a start date.

    The event is the earliest date of all sources of events (of equal dates, the source given first); without one the
    subject is censored at the latest date of all sources of censoring. A date before the start is set to the start.

    Parameters
    ----------
    adsl : data set or frame
        One row a subject: USUBJID, the start date, the variables to keep.
    paramcd, param : str
        PARAMCD (at most 8 characters) and PARAM; the unit is added to PARAM, since ADaM has no variable for it.
    events, censorings : list of TteSource
        From :func:`event` and :func:`censoring`.
    start : str
        Column of ADSL with the origin, STARTDT.
    unit : {"days", "weeks", "months"}
        AVAL = (ADT - STARTDT + 1) days, divided by 7 or 30.4375.
    keep : list of str
        Variables of ADSL to keep, those there are; TRT01P and TRT01A become TRTP and TRTA.

    Returns
    -------
    AdamDataset
        With EVNTDESC, CNSDTDSC, SRCDOM, SRCVAR and SRCSEQ: where each date comes from. STARTDTF and ADTF say what was
        imputed of the dates, where their sources have the flag variable (TRTSDTF of TRTSDT) and a date was imputed.

    Raises
    ------
    DataError
        A subject without event has no censoring date (the number of such subjects is given), two rows a subject in ADSL, a
        partial date.
    OptionError
        No source, an event among the censorings, an unknown unit.

    Examples
    --------
    >>> import mscsle as ms
    >>> adsl = {"STUDYID": ["X"] * 2, "USUBJID": ["1", "2"], "TRTSDT": ["2020-01-01"] * 2, "EOSDT": ["2020-03-01"] * 2}
    >>> flares = {"USUBJID": ["2", "2"], "ASTDT": ["2020-02-10", "2020-01-15"], "SEQ": [2, 1]}
    >>> out = ms.adam.adtte(
    ...     adsl, paramcd="TTFLARE", param="Time to First Flare",
    ...     events=[ms.adam.event(flares, name="ADFL", date="ASTDT", description="Flare", sequence="SEQ")],
    ...     censorings=[ms.adam.censoring(adsl, name="ADSL", date="EOSDT", description="End of study")],
    ... )
    >>> out.values["AVAL"].tolist(), out.values["CNSR"].tolist(), out.values["SRCSEQ"].tolist()
    ([61.0, 15.0], [1.0, 0.0], [nan, 1.0])
    """
    if unit not in UNITS:
        raise OptionError(f"unknown unit `{unit}`; use {', '.join(f'`{u}`' for u in UNITS)}")
    if not events or not censorings:
        raise OptionError("`adtte` needs at least one source of events and one of censoring")
    if any(s.cnsr != 0 for s in events) or any(s.cnsr == 0 for s in censorings):
        raise OptionError("`events` take sources made by `event`, `censorings` those made by `censoring`")
    table = Columns(adsl, "`adsl`")
    origin = table.days(start)
    ids = table.texts("USUBJID")
    place: dict[str, int] = {}
    for row, subject in enumerate(ids):
        if subject is None or np.isnat(origin[row]):
            continue
        if subject in place:
            raise DataError(f"`adsl` must have one row a subject, but rows {place[subject]} and {row} are of one")
        place[subject] = row
    best = _Best(table.n)
    for source in events:
        best.take(source, place, later=False)
    happened = best.cnsr == 0
    for source in censorings:
        best.take(source, place, later=True, open_only=~happened)
    rows = np.asarray(sorted(place.values()), dtype=np.int64)
    without = int(np.isnat(best.date[rows]).sum())
    if without:
        raise DataError(
            f"{without} subject{'s' if without > 1 else ''} without event {'have' if without > 1 else 'has'} no censoring date; add a source of censoring"
        )
    moved = best.date < origin
    end = np.where(moved, origin, best.date).astype("datetime64[D]")
    days = (end[rows] - origin[rows]).astype(np.int64).astype(np.float64) + 1.0
    columns = subject_columns(table, rows, ids, keep)
    started = imputation_flags(table, start)
    n = len(rows)
    columns |= {
        "PARAMCD": [paramcd] * n,
        "PARAM": [f"{param} ({unit.capitalize()})"] * n,
        "AVAL": days / UNITS[unit],
        "STARTDT": origin[rows],
        "STARTDTF": [started[r] for r in rows.tolist()],
        "ADT": end[rows],
        "ADTF": [started[r] if moved[r] else best.flag[r] for r in rows.tolist()],
        "CNSR": best.cnsr[rows].astype(np.float64),
        "EVNTDESC": [best.description[r] for r in rows.tolist()],
        "CNSDTDSC": [best.date_description[r] for r in rows.tolist()],
        "SRCDOM": [best.domain[r] for r in rows.tolist()],
        "SRCVAR": [best.variable[r] for r in rows.tolist()],
        "SRCSEQ": best.sequence[rows],
    }
    columns = {k: v for k, v in columns.items() if k not in ("STARTDTF", "ADTF") or any(f is not None for f in v)}
    at_start = int(moved[rows].sum())
    note = f"; {at_start} date{'s' if at_start > 1 else ''} before the start set to the start" if at_start else ""
    return make(
        "ADTTE",
        "Time-to-Event Analysis Dataset",
        columns,
        structure="TTE",
        method=f"{paramcd}: AVAL = (ADT - STARTDT + 1) in {unit}, first event, else last censoring; STARTDT = {start}{note}",
        library=table.library,
    )


def subject_columns(
    table: Columns, rows: NDArray[np.int64], ids: Sequence[str | None], keep: Sequence[str]
) -> dict[str, Any]:
    """Identifiers of rows of ADSL and the variables to keep, those there are."""
    out: dict[str, Any] = {"STUDYID": _kept(table, "STUDYID", rows), "USUBJID": [ids[r] for r in rows.tolist()]}
    for name in keep:
        if name in table:
            new = {"TRT01P": "TRTP", "TRT01A": "TRTA"}.get(name, name)
            out[new] = table.numbers(name)[rows] if name == "AGE" else _kept(table, name, rows)
    return out


class _Best:
    """For each row of ADSL the date chosen so far, and where it is from."""

    def __init__(self, n: int) -> None:
        self.date: Days = np.full(n, NAT, dtype="datetime64[D]")
        self.cnsr: NDArray[np.int64] = np.full(n, -1, dtype=np.int64)
        self.sequence: NDArray[np.float64] = np.full(n, np.nan)
        self.description: list[str | None] = [None] * n
        self.date_description: list[str | None] = [None] * n
        self.domain: list[str | None] = [None] * n
        self.variable: list[str | None] = [None] * n
        self.flag: list[str | None] = [None] * n

    def take(
        self, source: TteSource, place: Mapping[str, int], *, later: bool, open_only: NDArray[np.bool_] | None = None
    ) -> None:
        table = Columns(source.data, f"`{source.name}`")
        dates = table.days(source.date)
        numbers = table.numbers(source.sequence) if source.sequence else np.full(table.n, np.nan)
        fits = _where(table, source.where)
        flags = imputation_flags(table, source.date)
        within: dict[int, int] = {}  # row of ADSL -> row of this source
        for row, subject in enumerate(table.texts("USUBJID")):
            i = place.get(subject or "")
            if i is None or not fits[row] or np.isnat(dates[row]) or (open_only is not None and not open_only[i]):
                continue
            known = within.get(i)
            if known is None or _better(dates[row], numbers[row], dates[known], numbers[known], later):
                within[i] = row
        for i, row in within.items():
            day = dates[row]
            if np.isnat(self.date[i]) or (day > self.date[i] if later else day < self.date[i]):
                self.date[i] = day
                self.cnsr[i] = source.cnsr
                self.sequence[i] = numbers[row]
                self.description[i] = source.description
                self.date_description[i] = source.date_description
                self.domain[i] = source.name
                self.variable[i] = source.date
                self.flag[i] = flags[row]


def imputation_flags(table: Columns, date: str) -> list[str | None]:
    """What was imputed of a date: its flag variable, whose name ends in ``F`` (TRTSDTF, of 8 characters LSTALVDF)."""
    name = f"{date}F" if len(date) < 8 else f"{date[:-1]}F"
    return table.texts(name) if name in table else [None] * table.n


def _better(day: np.datetime64, number: float, known_day: np.datetime64, known_number: float, later: bool) -> bool:
    if day != known_day:
        return bool(day > known_day if later else day < known_day)
    return bool(number < known_number)


def _where(table: Columns, where: Mapping[str, object]) -> NDArray[np.bool_]:
    fits = np.ones(table.n, dtype=np.bool_)
    for name, wanted in where.items():
        words = wanted if isinstance(wanted, (list, tuple, set)) else [wanted]
        allowed = {_frame.as_texts([w])[0] for w in words}
        if name not in table:
            table.days(name)  # raises, naming the nearest column
        fits &= np.asarray([text in allowed for text in table.texts(name)], dtype=np.bool_)
    return fits


def _kept(table: Columns, name: str, rows: NDArray[np.int64]) -> list[str | None]:
    values = table.texts(name)
    return [values[r] for r in rows.tolist()]
