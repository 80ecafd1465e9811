"""ADTTE from the times of an endpoint: the dates behind each time, and where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle._columns import Columns, typed
from mscsle.adam._adtte import KEPT, UNITS, imputation_flags, subject_columns
from mscsle.adam._table import AdamDataset, make
from mscsle.endpoints import TimeTo
from mscsle.exceptions import DataError, OptionError
from mscsle.trial import Trial

__all__ = ["adtte_endpoint"]

#: EVNTDESC of the event waited for.
_EVENTS = {
    "first_remission": "First response",
    "loss_of_response": "Loss of response",
    "flare": "First event",
    "death": "Death",
}
#: Of what ends a time without the event: CNSR, EVNTDESC, CNSDTDSC.
_CENSORED = {
    "visit": (1, "Censored at last assessment", "Last visit with a determined state"),
    "last_contact": (1, "Censored at last contact", "Last known alive"),
    "death": (2, "Death before the event", "Death"),
    "origin": (3, "No assessment after the start", "Start"),
}
#: Of the table of a recorded event: SRCDOM, SRCVAR; the sequence number is that of :func:`mscsle.io.to_sdtm`.
_RECORDED = {
    "medications": ("CM", "CMSTDTC"),
    "adverse_events": ("AE", "AESTDTC"),
    "infusions": ("EX", "EXSTDTC"),
    "labs": ("LB", "LBDTC"),
}


def adtte_endpoint(
    times: TimeTo,
    *,
    adsl: Any,
    paramcd: str,
    param: str,
    source: AdamDataset | None = None,
    trial: Trial | None = None,
    description: str | None = None,
    death: Literal["censored", "event"] = "censored",
    unit: Literal["days", "weeks", "months"] = "days",
    keep: Sequence[str] = KEPT,
) -> AdamDataset:
    """Derive a time to event from the times of an endpoint (``time_to``): first response, its loss, flare or death.

    Parameters
    ----------
    times : TimeTo
        From ``time_to(...)`` of a response or of flares, on the actual clock, since ADTTE holds dates.
    adsl : data set or frame
        One row a subject: USUBJID, the variables to keep; :func:`adsl` makes it.
    paramcd, param : str
        PARAMCD (at most 8 characters) and PARAM; the unit is added to PARAM.
    source : AdamDataset, optional
        The responder data (:func:`adrs`) of the same definition: visits are then traced to their record there (ASEQ),
        otherwise to the visit (SV).
    trial : Trial, optional
        With it a recorded event (a medication, an adverse event) has SRCSEQ: the number of its record in its domain.
    description : str, optional
        EVNTDESC of the event, by default what is waited for and the definition.
    death : {"censored", "event"}
        A death before the event is censored with a CNSR of its own (2), so that it can be a competing cause, or is an event.
    unit : {"days", "weeks", "months"}
        AVAL = (ADT - STARTDT + 1) days, divided by 7 or 30.4375.
    keep : list of str
        Variables of ADSL to keep, those there are; TRT01P and TRT01A become TRTP and TRTA.

    Returns
    -------
    AdamDataset
        CNSR 0 is the event; 1 censored at the last determined visit or last contact, 2 death before the event, 3 no determined
        visit after the start. STARTDTF and ADTF say what ADSL imputed of its dates. Subjects who are not at risk have no row; ``.method`` counts them.

    Raises
    ------
    TypeError
        ``times`` are no times of an endpoint.
    OptionError
        A planned clock, an unknown unit or word.
    DataError
        Times without dates (the trial knows no time zero), two rows a subject in ADSL, a subject that ADSL does not have.

    Examples
    --------
    >>> import mscsle as ms
    >>> trial = ms.load("gu2014", library="numpy")
    >>> renal, subjects = ms.endpoints.renal_response(trial), ms.adam.adsl(trial, study="GU2014")
    >>> out = ms.adam.adtte_endpoint(
    ...     renal.time_to("first_remission"), adsl=subjects, paramcd="TTRESP", param="Time to First Renal Response",
    ...     source=ms.adam.adrs(renal, adsl=subjects),
    ... )
    >>> sorted((int(c), out.values["CNSR"].tolist().count(c)) for c in {*out.values["CNSR"].tolist()})
    [(0, 49), (1, 28), (2, 4)]
    >>> [out.values[name][0] for name in ("EVNTDESC", "SRCDOM", "SRCVAR")], out.check().counts["error"]
    (['First response (ginzler2005)', 'ADRS', 'ADT'], 0)
    """
    if not isinstance(times, TimeTo):
        raise TypeError(
            f"`times` must be the result of `time_to` of an endpoint, but is {type(times).__name__}; "
            "sources with dates go to `ms.adam.adtte`"
        )
    if unit not in UNITS:
        raise OptionError(f"unknown unit `{unit}`; use {', '.join(f'`{u}`' for u in UNITS)}")
    if death not in ("censored", "event"):
        raise OptionError(f"unknown death `{death}`; use `censored` or `event`")
    if times.clock != "actual":
        raise OptionError('ADTTE holds dates, but these times are planned; derive them by `time_to(clock="actual")`')
    table = Columns(adsl, "`adsl`")
    ids = table.texts("USUBJID")
    place: dict[str, int] = {}
    for row, subject in enumerate(ids):
        if subject is not None and place.setdefault(subject, row) != row:
            raise DataError(f"`adsl` must have one row a subject, but rows {place[subject]} and {row} are of one")
    absent = sum(subject not in place for subject in times.usubjid)
    if absent:
        raise DataError(f"`adsl` does not have {absent} of the {len(times)} subjects of the times")
    start, end = times.dates["start_date"], times.dates["end_date"]
    if len(times) and bool((np.isnat(start) | np.isnat(end)).any()):
        raise DataError(
            "these times have no dates: the trial knows no first infusion, visit or enrolment to count from"
        )
    order = np.asarray(sorted(range(len(times)), key=lambda i: place[times.usubjid[i]]), dtype=np.int64)
    rows = np.asarray([place[times.usubjid[i]] for i in order.tolist()], dtype=np.int64)
    traced = _Trace(times, source, trial)
    by = "" if times.target == "death" else f" ({times.definition})"
    event = description or f"{_EVENTS[times.target]}{by}"
    cells = [_row(times, i, event, death, traced) for i in order.tolist()]
    days = (end - start)[order].astype(np.int64).astype(np.float64) + 1.0
    n = len(rows)
    columns = subject_columns(table, rows, ids, keep)
    columns |= {
        "PARAMCD": [paramcd] * n,
        "PARAM": [f"{param} ({unit.capitalize()})"] * n,
        "AVAL": days / UNITS[unit],
        "STARTDT": start[order],
        "STARTDTF": _flags(table, rows, start[order], ["TRTSDT"] * n),
        "ADT": end[order],
        "ADTF": _flags(table, rows, end[order], [c[4] if c[3] == "ADSL" else None for c in cells]),
        "CNSR": np.asarray([c[0] for c in cells], dtype=np.float64),
        "EVNTDESC": [c[1] for c in cells],
        "CNSDTDSC": [c[2] for c in cells],
        "SRCDOM": [c[3] for c in cells],
        "SRCVAR": [c[4] for c in cells],
        "SRCSEQ": np.asarray([c[5] for c in cells], dtype=np.float64),
    }
    columns = {k: v for k, v in columns.items() if k not in ("STARTDTF", "ADTF") or any(f is not None for f in v)}
    return make(
        "ADTTE",
        "Time-to-Event Analysis Dataset",
        columns,
        structure="TTE",
        method=f"{paramcd}: AVAL = (ADT - STARTDT + 1) in {unit}; {times.title()}; death: {death}"
        + _others(times, place, table, start),
        library=table.library,
    )


def _flags(
    table: Columns, rows: NDArray[np.int64], days: NDArray[Any], variables: Sequence[str | None]
) -> list[str | None]:
    """What ADSL says was imputed of each date that is its own."""
    known = {v: (table.days(v), imputation_flags(table, v)) for v in {*variables} if v is not None and v in table}
    out: list[str | None] = []
    for row, day, variable in zip(rows.tolist(), days, variables, strict=True):
        found = known.get(variable) if variable is not None else None
        out.append(found[1][row] if found is not None and found[0][row] == day else None)
    return out


def _row(
    times: TimeTo, i: int, event: str, death: str, traced: _Trace
) -> tuple[int, str, str | None, str | None, str | None, float]:
    """CNSR, EVNTDESC, CNSDTDSC, SRCDOM, SRCVAR and SRCSEQ of a time."""
    origin = traced.of(i)
    if times.event[i]:
        return (0, event, None, *origin)
    cnsr, said, date = _CENSORED[times.dates["end"][i]]
    if cnsr == 2 and death == "event":
        return (0, "Death", None, *origin)
    return (cnsr, said, date, *origin)


class _Trace:
    """Where the date of each time comes from."""

    def __init__(self, times: TimeTo, source: AdamDataset | None, trial: Trial | None) -> None:
        self.times = times
        self.trial = trial
        self.name = source.name if source is not None else ""
        self.records: dict[tuple[str | None, str | None], float] = {}
        self.sequences: dict[str, NDArray[np.float64]] = {}
        if source is None or times.target not in ("first_remission", "loss_of_response"):
            return
        table = Columns(source, f"`{source.name}`")
        codes, numbers = table.texts("PARAMCD"), table.numbers("ASEQ")
        of_definition = [times.definition in (text or "") for text in table.texts("PARAM")]
        if codes and not any(of_definition):
            raise DataError(f"`source` is not derived by `{times.definition}`, as the times are")
        stems = {*codes}
        wanted = next((c for c in codes if c is not None and c.endswith("R") and c[:-1] in stems), codes and codes[0])
        rows = zip(table.texts("USUBJID"), table.texts("AVISIT"), codes, numbers.tolist(), strict=True)
        self.records = {(subject, visit): number for subject, visit, code, number in rows if code == wanted}

    def of(self, i: int) -> tuple[str | None, str | None, float]:
        """SRCDOM, SRCVAR and SRCSEQ."""
        dates, nothing = self.times.dates, float("nan")
        end = dates["end"][i]
        if end == "visit":
            found = self.records.get((self.times.usubjid[i], dates["end_visit"][i]))
            return ("SV", "SVSTDTC", nothing) if found is None else (self.name, "ADT", found)
        if end == "event":
            table, row = dates["end_table"][i], int(dates["end_row"][i])
            if table == "status":
                return "ADSL", "DTHDT" if self.dead(row) else "EOSDT", nothing
            domain, variable = _RECORDED.get(table, ("QS", "QSDTC"))
            return domain, variable, self.sequence(table, row) if table in _RECORDED else nothing
        return "ADSL", {"death": "DTHDT", "last_contact": "LSTALVDT"}.get(end, "TRTSDT"), nothing

    def dead(self, row: int) -> bool:
        """Whether a row of ``status`` is known to be a death; without the trial it is taken as one."""
        return self.trial is None or typed(self.trial, "status").texts("death_date")[row] is not None

    def sequence(self, name: str, row: int) -> float:
        """The number of a row within its subject, as :func:`mscsle.io.to_sdtm` counts them."""
        if self.trial is None:
            return float("nan")
        if name not in self.sequences:
            counted: dict[str | None, int] = {}
            numbers = []
            for subject in typed(self.trial, name).texts("usubjid"):
                counted[subject] = counted.get(subject, 0) + 1
                numbers.append(counted[subject])
            self.sequences[name] = np.asarray(numbers, dtype=np.float64)
        return float(self.sequences[name][row])


def _others(times: TimeTo, place: dict[str, int], table: Columns, start: NDArray[Any]) -> str:
    """How many subjects of ADSL have no row, and how many start on another day than TRTSDT says."""
    without = len(place) - len(times)
    said = f"; {without} of {len(place)} subjects not at risk or without follow-up" if without else ""
    if "TRTSDT" in table:
        first = table.days("TRTSDT")
        zero = [visit is None for visit in times.dates["start_visit"]]
        rows = [place[subject] for subject in times.usubjid]
        moved = sum(z and start[i] != first[r] for i, (z, r) in enumerate(zip(zero, rows, strict=True)))
        if moved:
            said += f"; {moved} start{'s' if moved == 1 else ''} on another day than TRTSDT, whose partial date was imputed by another rule"
    return said
