"""From events by subject to rows of recurrent events, ready for every estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _rows
from mscsle.trial import Trial

__all__ = ["RecurrentRows", "recurrent_rows"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RecurrentRows(Result):
    """Rows of recurrent events: each subject is at risk in (start, stop] of its rows.

    Columns: the id, ``start``, ``stop``, ``event`` (the event happened at ``stop``), ``death``, ``number`` (of the event the
    subject is at risk for: 1, 2, ...), ``gap`` (time since the start of the row) and the kept columns. Everything that takes
    a frame takes this result as ``data=``. ``left_out`` names the subjects of a trial without follow-up after time zero.
    """

    table: Mapping[str, Any]
    id: str
    unit: str | None
    not_at_risk: float
    left_out: list[str]

    def columns(self) -> Mapping[str, Any]:
        """The rows."""
        return self.table

    @property
    def n_subjects(self) -> int:
        """Subjects."""
        return len(set(self.table[self.id]))

    @property
    def n_events(self) -> int:
        """Events."""
        return int(np.sum(self.table["event"]))

    def title(self) -> str:
        """Subjects, events, deaths and the time not at risk after an event."""
        after = f", {self.not_at_risk:g} after each event not at risk" if self.not_at_risk else ""
        without = f", {len(self.left_out)} without follow-up after time zero left out" if self.left_out else ""
        return (
            f"Recurrent events: {_rows.counted(self.n_subjects, 'subject')}, {_rows.counted(self.n_events, 'event')}, "
            f"{_rows.counted(int(np.sum(self.table['death'])), 'death')}{after}{without}"
        )

    def __len__(self) -> int:
        return len(self.table["stop"])

    def __repr__(self) -> str:
        return f"<RecurrentRows {self.title()}>"


def recurrent_rows(
    events: object,
    subjects: object,
    *,
    id: str = "usubjid",
    time: str = "day",
    end: str = "end",
    death: str | None = None,
    start: str | None = None,
    keep: Sequence[str] = (),
    not_at_risk: float = 0.0,
    unit: _rows.Unit | None = None,
) -> RecurrentRows:
    """Rows (start, stop] of recurrent events from event times and ends of follow-up.

    Parameters
    ----------
    events : frame, or result such as ``ms.endpoints.flares(trial)``
        One row an event: ``id`` and ``time``.
    subjects : frame, or Trial
        One row a subject: ``id``, ``end`` (end of follow-up), and what ``death``, ``start`` and ``keep`` name. A trial's
        ``status`` table gives the end (death, else the last contact, else the last day known) and death, in days from the
        first infusion, so ``end``, ``death`` and ``start`` stay as they are; ``keep`` names columns with one value a
        subject. Subjects without a first infusion or without follow-up after it are left out and named.
    id, time, end : column names
    death : column name of booleans or 0/1, optional
        Whether follow-up ended by death.
    start : column name of numbers, optional
        Start of observation; 0 without.
    keep : column names
        Columns of ``subjects`` repeated on each of its rows (arm, covariates).
    not_at_risk : number
        Time after an event in which no new one can happen (the gap that a flare definition asks for).
    unit : {"days", "months", "years"}

    Returns
    -------
    RecurrentRows

    Raises
    ------
    DataError
        Events of unknown subjects, at or before the start, after the end of follow-up, two at one time, or within
        ``not_at_risk`` of the one before; subjects listed twice.

    Examples
    --------
    >>> import mscsle as ms
    >>> rows = ms.recurrent_rows({"usubjid": ["a", "a"], "day": [20, 50]},
    ...                          {"usubjid": ["a", "b"], "end": [80, 60], "died": [False, True], "arm": ["UC", "BM"]},
    ...                          death="died", keep=["arm"])
    >>> rows.table["start"].tolist(), rows.table["stop"].tolist(), rows.table["number"].tolist()
    ([0.0, 20.0, 50.0, 0.0], [20.0, 50.0, 80.0, 60.0], [1, 2, 3, 1])
    """
    if not (np.isfinite(not_at_risk) and not_at_risk >= 0):
        raise OptionError(f"`not_at_risk` must be >= 0, but is {not_at_risk:g}")
    if isinstance(keep, str):
        raise TypeError(f'`keep` is a list of column names, but this is the text `{keep}`; use `["{keep}"]`')
    happened = _frame.Frame(events, what="`events`")
    left_out: list[str] = []
    of_trial = isinstance(subjects, Trial)
    if isinstance(subjects, Trial):
        if (id, end, death, start) != ("usubjid", "end", None, None):
            raise OptionError("with a Trial, `id`, `end`, `death` and `start` are those of its tables; leave them out")
        if unit not in (None, "days"):
            raise OptionError(f"a Trial counts days from the first infusion, but `unit` is `{unit}`")
        subjects, left_out = _of_trial(subjects, keep)
        death, unit = "death", "days"
    people = _frame.Frame(subjects, what="`subjects`")
    ids = _known(people, id, "subjects")
    position = {name: i for i, name in enumerate(ids)}
    if len(position) < len(ids):
        twice = next(name for i, name in enumerate(ids) if position[name] != i)
        raise DataError(f"subject `{twice}` has two rows in `subjects`; give one row a subject")
    ends = _numbers(people, end)
    starts = np.zeros(len(ids)) if start is None else _numbers(people, start)
    died = np.zeros(len(ids), dtype=bool) if death is None else _flags(people, death)
    empty = starts >= ends
    if empty.any():
        i = int(np.argmax(empty))
        raise DataError(
            f"subject `{ids[i]}` starts at {starts[i]:g} and ends at {ends[i]:g}; follow-up must have length"
        )
    times: list[list[float]] = [[] for _ in ids]
    for row, (who, at) in enumerate(
        zip(_known(happened, id, "events"), _numbers(happened, time).tolist(), strict=True)
    ):
        if who not in position:
            raise DataError(f"column `{id}` of `events`, row {row}: subject `{who}` is not in `subjects`")
        times[position[who]].append(at)
    out: dict[str, list[Any]] = {name: [] for name in ("subject", "start", "stop", "event", "death", "number")}
    for i, who in enumerate(ids):
        _split(out, i, who, sorted(times[i]), (float(starts[i]), float(ends[i]), bool(died[i])), not_at_risk)
    rows = np.array(out["subject"], dtype=np.int64)
    table: dict[str, Any] = {id: [ids[i] for i in out["subject"]]}
    table["start"], table["stop"] = np.array(out["start"]), np.array(out["stop"])
    table["event"], table["death"] = np.array(out["event"], dtype=bool), np.array(out["death"], dtype=bool)
    table["number"] = np.array(out["number"], dtype=np.int64)
    table["gap"] = table["stop"] - table["start"]
    for name in keep:
        if name in table:
            raise OptionError(f"`keep` names `{name}`, which is a column of the rows themselves")
        column = people.raw(name)
        table[name] = column[rows] if isinstance(column, np.ndarray) else [column[i] for i in out["subject"]]
    library = people.library if _frame.is_frame(subjects) and not of_trial else happened.library
    return RecurrentRows(library=library, table=table, id=id, unit=unit, not_at_risk=not_at_risk, left_out=left_out)


def _of_trial(trial: Trial, keep: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """One row a subject with follow-up after time zero: end, death and the columns kept; and the ids of the others."""
    history = _core.EndpointHistory(trial._core)
    days = history.follow_up()
    end = np.where(np.isnan(days["death"]), days["last_contact"], days["death"])
    used = np.flatnonzero(end > 0)
    ids = history.subjects()
    table: dict[str, Any] = {
        "usubjid": [ids[i] for i in used.tolist()],
        "end": end[used],
        "death": ~np.isnan(days["death"][used]),
    }
    for name in keep:
        column = history.kept(name)
        if isinstance(column, tuple):
            codes, levels = column
            table[name] = [None if code < 0 else levels[code] for code in codes[used].tolist()]
        else:
            table[name] = column[used]
    return table, [who for i, who in enumerate(ids) if not end[i] > 0]


def _split(
    out: dict[str, list[Any]],
    i: int,
    who: str,
    times: list[float],
    span: tuple[float, float, bool],
    not_at_risk: float,
) -> None:
    """Adds the rows of one subject."""
    start, end, died = span
    at, before = start, None
    for number, when in enumerate(times, start=1):
        if when > end:
            raise DataError(f"subject `{who}` has an event at {when:g}, after its end of follow-up {end:g}")
        if when <= at:
            if before is None:
                raise DataError(f"subject `{who}` has an event at {when:g}, not after its start {start:g}")
            reason = "two events at" if when == before else f"events at {before:g} and"
            within = f", within {not_at_risk:g} of each other" if when != before else ""
            raise DataError(f"subject `{who}` has {reason} {when:g}{within}; count them once")
        _row(out, i, at, when, event=True, death=died and when == end, number=number)
        at, before = when + not_at_risk, when
    if at < end:
        _row(out, i, at, end, event=False, death=died, number=len(times) + 1)
    elif died and times and times[-1] < end:
        raise DataError(
            f"subject `{who}` dies at {end:g}, within {not_at_risk:g} of its event at {times[-1]:g}; "
            "use a smaller `not_at_risk`: a death belongs to a row"
        )


def _row(
    out: dict[str, list[Any]], i: int, start: float, stop: float, *, event: bool, death: bool, number: int
) -> None:
    values = {"subject": i, "start": start, "stop": stop, "event": event, "death": death, "number": number}
    for name, value in values.items():
        out[name].append(value)


def _known(frame: _frame.Frame, name: str, what: str) -> list[str]:
    texts = frame.texts(name)
    for row, text in enumerate(texts):
        if text is None:
            raise DataError(f"column `{name}` of `{what}` is missing in row {row}")
    return [str(text) for text in texts]


def _numbers(frame: _frame.Frame, name: str) -> NDArray[np.float64]:
    values = frame.numbers(name)
    if np.isnan(values).any():
        raise DataError(f"column `{name}` is missing in row {int(np.argmax(np.isnan(values)))}")
    return values


def _flags(frame: _frame.Frame, name: str) -> NDArray[np.bool_]:
    values = frame.flags(name)
    if (values < 0).any():
        raise DataError(f"column `{name}` is missing in row {int(np.argmax(values < 0))}")
    return values.astype(np.bool_)
