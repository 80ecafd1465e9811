"""The event table: the state behind Kaplan-Meier, log-rank and Aalen-Johansen, which adds up over parts of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _presets, _rows
from mscsle.survival._rows import Column, ConfType, Like, NearTies, Unit
from mscsle.survival.curves import KaplanMeier, KaplanMeierCurve
from mscsle.survival.incidence import CumulativeIncidence, IncidenceCurve
from mscsle.survival.logrank_groups import _powers
from mscsle.survival.logrank_test import LogRank, LogRankTest, result_of

__all__ = ["EventTable"]

ALL = _rows.ALL


@dataclass(frozen=True, kw_only=True, eq=False)
class EventTable(Result):
    """Counts by stratum, arm and time: tables of parts of the data merge into exactly the table of the whole.

    Times stay as they are; near ties are grouped when the merged table is finished. Build one on every machine, send
    ``to_frame()`` (or pickle), merge, finish.

    Attributes
    ----------
    strata, arms, causes : list of str
        Labels.
    n : float
        Subjects.

    Examples
    --------
    >>> import mscsle as ms
    >>> first = ms.EventTable.from_rows([6, 7, 9], event=[1, 0, 1], by=["a", "b", "b"])
    >>> second = ms.EventTable.from_rows([6, 10], event=[1, 1], by=["b", "a"])
    >>> table = first + second
    >>> table.kaplan_meier().median
    {'a': 8.0, 'b': 9.0}
    >>> table == ms.EventTable.from_rows([6, 10, 6, 7, 9], event=[1, 1, 1, 0, 1], by=["b", "a", "a", "b", "b"])
    True
    """

    strata: list[str]
    arms: list[str]
    causes: list[str]
    by: str | None
    strata_name: str | None
    time_name: str
    unit: str | None
    n_dropped: int
    _table: _core.EventTable

    @classmethod
    def from_rows(
        cls,
        time: Column,
        *,
        event: Column | None = None,
        cnsr: Column | None = None,
        cause: Column | None = None,
        causes: Iterable[Any] | None = None,
        censored: object = _rows.UNSAID,
        data: object | None = None,
        by: Column | list[str] | None = None,
        strata: Column | list[str] | None = None,
        entry: Column | None = None,
        unit: Unit | None = None,
        missing: Literal["error", "drop"] = "error",
    ) -> EventTable:
        """The counts of some rows.

        Parameters
        ----------
        time, event, cnsr, data, by, strata, entry, unit, missing
            As in :func:`mscsle.logrank`.
        cause, censored
            As in :func:`mscsle.cumulative_incidence`, instead of ``event`` or ``cnsr``.
        causes : list of values of ``cause``
            All causes there are, in order: a part of the data may not hold each of them. Needed with ``cause``.
        """
        _rows.one_of("missing", missing, ("error", "drop"))
        if cause is not None and (event is not None or cnsr is not None):
            raise TypeError("`cause=` excludes `event=` and `cnsr=`")
        if (cause is None) != (causes is None):
            raise OptionError(
                "give `causes`, all causes in order: a part of the data may not hold each of them"
                if causes is None
                else "`causes` without `cause`"
            )
        time_unit = _rows.time_unit(unit, data)
        rows = _rows.read(
            data, time=time, event=event, cnsr=cnsr, cause=cause, by=by, strata=strata, entry=entry, missing=missing
        )
        if cause is None:
            assert rows.event is not None
            codes, labels = rows.event.astype(np.uint32), ["event"]
        else:
            codes, labels = _cause_codes(rows, list(causes or ()), censored)
        strata_levels = rows.strata_levels if rows.strata is not None else [ALL]
        table = _core.EventTable.from_columns(
            rows.time,
            codes,
            len(labels),
            np.zeros(rows.n, dtype=np.uint32) if rows.strata is None else rows.strata,
            len(strata_levels),
            rows.group_codes(),
            len(rows.groups),
            entry=rows.entry,
        )
        return cls(
            library=rows.library,
            strata=strata_levels,
            arms=rows.groups,
            causes=labels,
            by=None if by is None else _rows.by_name(by, rows.names),
            strata_name=None if strata is None else _rows.by_name(strata, rows.names, "strata"),
            time_name=rows.names["time"],
            unit=time_unit,
            n_dropped=rows.n_dropped,
            _table=table,
        )

    @classmethod
    def from_frame(cls, data: object, *, unit: Unit | None = None) -> EventTable:
        """The table that :meth:`to_frame` wrote: columns stratum, arm, time, censored, entered, and ``events: CAUSE``.

        Examples
        --------
        >>> import mscsle as ms
        >>> table = ms.EventTable.from_rows([6, 7, 9], event=[1, 0, 1], by=["a", "b", "b"])
        >>> ms.EventTable.from_frame(table.to_frame()) == table
        True
        """
        frame = _frame.Frame(data)
        events = [name for name in frame.names if name.startswith("events: ")]
        if not events:
            raise DataError("an event table has a column `events: CAUSE` for each cause, but there is none")
        roles: dict[str, tuple[object, _frame.Kind]] = {
            "stratum": ("stratum", "codes"),
            "arm": ("arm", "codes"),
            **{name: (name, "number") for name in ("time", "censored", "entered", *events)},
        }
        found = _frame.select(data, roles, missing="error")
        columns, strata, arms = found.arrays, found.levels["stratum"], found.levels["arm"]
        cells = []
        late = bool(columns["entered"].any())
        for s in range(len(strata)):
            for a in range(len(arms)):
                rows = np.flatnonzero((columns["stratum"] == s) & (columns["arm"] == a))
                if not len(rows):
                    continue
                counts = [columns[name][rows] for name in events]
                gone, entered = columns["censored"][rows], columns["entered"][rows]
                start = float(sum(c.sum() for c in counts) + gone.sum() - entered.sum())
                came = entered.tolist() if late else []
                cells.append(
                    (s, a, start, columns["time"][rows].tolist(), [c.tolist() for c in counts], gone.tolist(), came)
                )
        return cls(
            library=found.library,
            strata=strata,
            arms=arms,
            causes=[name.removeprefix("events: ") for name in events],
            by=None if arms == [ALL] else "arm",
            strata_name=None if strata == [ALL] else "stratum",
            time_name="time",
            unit=_rows.time_unit(unit, data),
            n_dropped=0,
            _table=_core.EventTable.from_cells(len(events), cells),
        )

    @property
    def n(self) -> float:
        """Subjects."""
        return float(sum(start + entered.sum() for _, _, start, *_, entered in self._table.cells()))

    def merge(self, other: EventTable) -> EventTable:
        """The table of the rows of both; levels that only one of them knows are kept."""
        if not isinstance(other, EventTable):
            raise TypeError(f"an event table merges with an event table, not with {type(other).__name__}")
        if self.causes != other.causes:
            raise DataError(f"the tables have other causes: {', '.join(self.causes)} and {', '.join(other.causes)}")
        if None not in (self.unit, other.unit) and self.unit != other.unit:
            raise DataError(f"the tables have other units of time: {self.unit} and {other.unit}")
        strata, strata_codes = _joined(self.strata, other.strata)
        arms, arm_codes = _joined(self.arms, other.arms)
        return EventTable(
            library=self.library,
            strata=strata,
            arms=arms,
            causes=self.causes,
            by=self.by or other.by,
            strata_name=self.strata_name or other.strata_name,
            time_name=self.time_name,
            unit=self.unit or other.unit,
            n_dropped=self.n_dropped + other.n_dropped,
            _table=self._table.merged(other._table, strata_codes, arm_codes),
        )

    def __add__(self, other: EventTable) -> EventTable:
        return self.merge(other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EventTable):
            return NotImplemented
        known = (sorted(self.strata), sorted(self.arms), self.causes)
        if known != (sorted(other.strata), sorted(other.arms), other.causes):
            return False
        _, strata = _joined(self.strata, other.strata)
        _, arms = _joined(self.arms, other.arms)
        return bool(self._table == other._table.recoded(strata, arms))

    __hash__ = None  # type: ignore[assignment]

    def columns(self) -> Mapping[str, Any]:
        """Stratum, arm, time, events by cause, censored, entered; one row a time of a stratum and arm."""
        cells = self._table.cells()
        none = np.empty(0)
        stratum = [self.strata[s] for s, _, _, time, *_ in cells for _ in time]
        arm = [self.arms[a] for _, a, _, time, *_ in cells for _ in time]
        out: dict[str, Any] = {"stratum": stratum, "arm": arm}
        out["time"] = np.concatenate([none, *[cell[3] for cell in cells]])
        for k, cause in enumerate(self.causes):
            out[f"events: {cause}"] = np.concatenate([none, *[cell[4][k] for cell in cells]])
        out["censored"] = np.concatenate([none, *[cell[5] for cell in cells]])
        entered = [cell[6] if len(cell[6]) else np.zeros(len(cell[3])) for cell in cells]
        out["entered"] = np.concatenate([none, *entered])
        return out

    def title(self) -> str:
        """What is counted."""
        dropped = f", {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"Event table: {_rows.count(self.n)} subjects, {len(self.arms)} arms, {len(self.strata)} strata{dropped}"

    def __repr__(self) -> str:
        return f"<EventTable {self.title()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        names = ("library", "strata", "arms", "causes", "by", "strata_name", "time_name", "unit", "n_dropped")
        cells = [
            (s, a, start, time.tolist(), [e.tolist() for e in events], censored.tolist(), entered.tolist())
            for s, a, start, time, events, censored, entered in self._table.cells()
        ]
        return _rebuilt, ({name: getattr(self, name) for name in names}, cells)

    def kaplan_meier(
        self,
        *,
        conf_type: ConfType | None = None,
        conf_level: float = 0.95,
        near_ties: NearTies = "group",
        like: Like | None = None,
    ) -> KaplanMeier:
        """The Kaplan-Meier curve of each arm, over all strata and causes together, as :func:`mscsle.kaplan_meier` of all rows."""
        scale = _presets.checked("kaplan_meier", "conf_type", conf_type, like, _rows.CONF_TYPES)
        level = _rows.level(conf_level)
        table, arms = self._pooled(near_ties)
        curves = tuple(
            KaplanMeierCurve(group=arm, conf_type=scale, conf_level=level, **table.kaplan_meier(0, code))
            for code, arm in arms
        )
        return KaplanMeier(
            library=self.library,
            curves=curves,
            by=self.by,
            time_name=self.time_name,
            n_dropped=self.n_dropped,
            conf_type=scale,
            conf_level=level,
            near_ties=_rows.grouping(near_ties),
            weight_kind=None,
            delayed_entry=self._delayed_entry,
            unit=self.unit,
            like=like,
        )

    def logrank(
        self,
        *,
        test: LogRankTest = "log-rank",
        rho: float | None = None,
        gamma: float | None = None,
        near_ties: NearTies = "group",
    ) -> LogRank:
        """The log-rank test between arms within strata, as :func:`mscsle.logrank` of all rows."""
        powers = _powers(test, rho, gamma)
        if len(self.arms) < 2:
            raise DataError(f"a log-rank test needs at least two arms, but there is only `{self.arms[0]}`")
        found = self._table.grouped(_rows.grouping(near_ties)).logrank(test, *powers)
        return result_of(
            found,
            library=self.library,
            groups=self.arms,
            names={"time": self.time_name, "by": self.by or "arm"},
            by=self.by or "arm",
            unit=self.unit,
            near_ties=_rows.grouping(near_ties),
            stratified="" if self.strata_name is None else f", stratified by {self.strata_name}",
            strata=self.strata if self.strata_name else (),
            n_dropped=self.n_dropped,
        )

    def cumulative_incidence(
        self,
        *,
        variance: Literal["greenwood", "aalen"] | None = None,
        conf_type: ConfType | None = None,
        conf_level: float = 0.95,
        near_ties: NearTies = "group",
        like: Like | None = None,
    ) -> CumulativeIncidence:
        """Cumulative incidences by arm, over all strata, as :func:`mscsle.cumulative_incidence` of all rows."""
        scale = _presets.checked("cumulative_incidence", "conf_type", conf_type, like, _rows.CONF_TYPES)
        kind = _presets.checked("cumulative_incidence", "variance", variance, like, ("greenwood", "aalen"))
        level = _rows.level(conf_level)
        table, arms = self._pooled(near_ties)
        curves = []
        words = ""
        for code, arm in arms:
            found = table.cumulative_incidence(0, code, kind)
            words = found["variance_type"]
            for k, cause in enumerate(self.causes):
                curves.append(
                    IncidenceCurve(
                        group=arm,
                        cause=cause,
                        n_event=found["n_event"][k],
                        incidence=found["incidence"][k],
                        variance=found["variance"][k],
                        conf_type=scale,
                        conf_level=level,
                        **{name: found[name] for name in ("time", "n_risk", "n_censor", "survival", "n", "tolerance")},
                    )
                )
        return CumulativeIncidence(
            library=self.library,
            curves=tuple(curves),
            groups=[arm for _, arm in arms],
            causes=self.causes,
            by=self.by,
            time_name=self.time_name,
            n_dropped=self.n_dropped,
            variance=words,
            conf_type=scale,
            conf_level=level,
            near_ties=_rows.grouping(near_ties),
            delayed_entry=self._delayed_entry,
            unit=self.unit,
        )

    def _pooled(self, near_ties: str) -> tuple[_core.EventTable, list[tuple[int, str]]]:
        """The table over all strata, near ties grouped, and the arms that have rows."""
        one = np.zeros(len(self.strata), dtype=np.uint32)
        table = self._table.recoded(one, np.arange(len(self.arms), dtype=np.uint32)).grouped(_rows.grouping(near_ties))
        return table, [(code, self.arms[code]) for _, code, *_ in table.cells()]

    @property
    def _delayed_entry(self) -> bool:
        return any(len(entered) for *_, entered in self._table.cells())


def _rebuilt(names: dict[str, Any], cells: list[Any]) -> EventTable:
    return EventTable(**names, _table=_core.EventTable.from_cells(len(names["causes"]), cells))


def _joined(known: list[str], other: list[str]) -> tuple[list[str], NDArray[np.uint32]]:
    """Known levels with the new ones after them, and the codes of the other levels among them."""
    both = [*known, *(level for level in other if level not in known)]
    return both, np.array([both.index(level) for level in other], dtype=np.uint32)


def _cause_codes(rows: _rows.Rows, causes: list[Any], censored: object) -> tuple[NDArray[np.uint32], list[str]]:
    assert rows.cause is not None
    labels = [_rows.level_text(cause) for cause in causes]
    if not labels or len(set(labels)) < len(labels):
        raise OptionError("`causes` must name each cause once")
    known = {_rows.level_text(censored): 0, **{label: code for code, label in enumerate(labels, start=1)}}
    unknown = [level for level in rows.causes if level not in known]
    if unknown:
        raise DataError(
            f"column `{rows.names['cause']}` holds `{unknown[0]}`, which is neither censored (`{_rows.level_text(censored)}`) "
            f"nor one of `causes` ({', '.join(f'`{c}`' for c in labels)})"
        )
    lookup = np.array([known[level] for level in rows.causes], dtype=np.uint32)
    return np.ascontiguousarray(lookup[rows.cause]), labels
