"""Results of responses and flares: states by visit, counts over a denominator, times to an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle._result import Result, ard_row
from mscsle.endpoints import _counts
from mscsle.endpoints._estimand import Estimand

__all__ = ["ResponseCounts", "States", "TimeTo"]


@dataclass(frozen=True, kw_only=True)
class States(Result):
    """State of every subject at every visit after baseline.

    Attributes
    ----------
    usubjid, visit : list of str
    day, planned_month : array of float
        Days since time zero, NaN when the visit did not take place; planned month, NaN when unscheduled.
    state : list of str
        A state of the definition, ``unknown`` (values missing: see the bounds), ``not_assessed`` or ``dead``.
    lower, upper : list of str or None
        Worst and best possible state.
    response : array of int
        1 in response, 0 not, -1 open.
    cr_evaluable : array of int
        0 when the baseline already fulfils the best state, so that it cannot be evaluated; -1 open.
    reason : list of str or None
        The measures that decided.
    intercurrent, strategy : list of str or None
        The intercurrent event that replaced the state of the visit, and its strategy; ``hypothetical`` marks a state that
        is to be imputed.
    """

    usubjid: list[str]
    visit: list[str]
    day: NDArray[np.float64]
    planned_month: NDArray[np.float64]
    state: list[str]
    lower: list[str | None]
    upper: list[str | None]
    response: NDArray[np.int8]
    cr_evaluable: NDArray[np.int8]
    reason: list[str | None]
    intercurrent: list[str | None]
    strategy: list[str | None]
    statement: str

    def __len__(self) -> int:
        return len(self.state)

    def columns(self) -> Mapping[str, Any]:
        """Column name to array or list."""
        names = (
            "usubjid",
            "visit",
            "day",
            "planned_month",
            "state",
            "lower",
            "upper",
            "response",
            "cr_evaluable",
            "reason",
            "intercurrent",
            "strategy",
        )
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """Definition, confidence, source and missing rule."""
        return f"States by visit: {self.statement}"

    def ard_rows(self) -> list[dict[str, object]]:
        """Number of subjects in each state at each visit; the rows themselves are ``to_frame()``."""
        counted = Counter(zip(self.visit, self.state, strict=True))
        return [
            ard_row(
                group1="visit",
                group1_level=visit,
                variable="state",
                variable_level=state,
                context="states",
                stat_name="n",
                stat=float(n),
                method=self.statement,
            )
            for (visit, state), n in counted.items()
        ]


@dataclass(frozen=True, kw_only=True)
class ResponseCounts(Result):
    """Counts of states over a named denominator, with intervals in percent.

    Attributes
    ----------
    table : dict
        Columns ``visit`` (by visit only), ``state``, ``numerator``, ``denominator``, ``undetermined`` (by visit and ever:
        whose state is open because values are missing, whatever the missing rule counts them as), ``denominator_rule``,
        ``percent``, ``lower``, ``upper``, ``method``.
    statement : str
        Definition, version, confidence, source and missing rule.
    analysis_set : str or None
        Whose responses these are, ``None`` for everybody of the trial.
    estimand : Estimand
        Population, treatment, variable, intercurrent events and summary measure.
    """

    estimand: Estimand = field(repr=False, compare=False)
    what: str
    table: Mapping[str, Any]
    denominator_rule: str
    analysis_set: str | None = None
    missing: str | None
    conf_level: float
    statement: str
    note: str = ""

    def columns(self) -> Mapping[str, Any]:
        """Column name to array or list."""
        return self.table

    def title(self) -> str:
        """What is counted, by which definition, over whom."""
        missing = "" if self.missing is None or "missing:" in self.statement else f"; missing: {self.missing}"
        note = f". {self.note}" if self.note else ""
        of = f" of {self.analysis_set}" if self.analysis_set else ""
        return f"{self.what}: {self.statement}{missing}; denominator: {self.denominator_rule}{of}; {100 * self.conf_level:g} % interval{note}"

    def ard_rows(self) -> list[dict[str, object]]:
        """n, N, percent and interval of each row, and the estimand."""
        counts = _counts.count_ard(
            self.table,
            context=self.what,
            statement=self.statement,
            missing=self.missing,
            analysis_set=self.analysis_set,
        )
        return [*counts, self.estimand.ard_note(self.what)]

    def __repr__(self) -> str:
        from mscsle._result import format_cell

        names = list(self.table)
        cells = [names] + [[format_cell(self.table[c][i]) for c in names] for i in range(len(self.table["state"]))]
        width = [max(len(row[j]) for row in cells) for j in range(len(names))]
        lines = ["  ".join(cell.ljust(width[j]) for j, cell in enumerate(row)).rstrip() for row in cells]
        return "\n".join([self.title(), *lines])


@dataclass(frozen=True, kw_only=True)
class TimeTo(Result):
    """Time of every subject at risk, for the survival functions.

    Attributes
    ----------
    usubjid : list of str
    time : array of float
        From the origin, in ``unit`` on the ``clock``.
    event : array of bool
        Whether the event happened.
    cause : array of int
        0 censored, 1 event, 2 death before it.
    after : array of float
        The event lies in ``(after, time]``: it is seen at visits.
    kept : dict
        The columns asked for with ``keep=``.
    target : str
        What is waited for.
    definition : str
        Id of the definition.
    statement : str
        Definition, confidence, origin, censoring, unit and clock.
    left_out : list of str
        Subjects without time zero (no first infusion, where others have one), or of whom nothing is known after it.
    dates : dict
        What stands behind each time, for traceability (:func:`mscsle.adam.adtte_endpoint`): ``start_date`` and ``end_date``
        (``datetime64``, whatever the clock), ``end`` (``visit``, ``event``, ``death``, ``last_contact`` or ``origin``: no
        determined visit), ``start_visit`` and ``end_visit`` (None where it is no visit), ``end_table`` and ``end_row`` of a
        recorded event (None and -1 otherwise).
    estimand : Estimand
        Population, treatment, variable, intercurrent events and summary measure.
    """

    usubjid: list[str]
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    cause: NDArray[np.int32]
    after: NDArray[np.float64] = field(repr=False)
    kept: Mapping[str, Any] = field(repr=False)
    interval: bool = False
    target: str
    unit: str
    clock: str
    definition: str
    confidence: str
    statement: str
    left_out: list[str]
    dates: Mapping[str, Any] = field(repr=False, compare=False)
    estimand: Estimand = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.usubjid)

    def columns(self) -> Mapping[str, Any]:
        """``usubjid``, ``time``, ``event``, ``cause`` and the kept columns; ``after`` with ``interval=True``."""
        columns: dict[str, Any] = {"usubjid": self.usubjid, "time": self.time, "event": self.event, "cause": self.cause}
        if self.interval:
            columns["after"] = self.after
        return {**columns, **self.kept}

    def title(self) -> str:
        """What is waited for, by which definition, in which unit."""
        return f"Time to {self.target}: {self.statement}"

    def ard_rows(self) -> list[dict[str, object]]:
        """Subjects at risk, events, deaths before and censored."""
        counts = (
            ("n", "subjects at risk", len(self)),
            ("n_event", "events", int((self.cause == 1).sum())),
            ("n_death", "deaths before", int((self.cause == 2).sum())),
            ("n_censored", "censored", int((self.cause == 0).sum())),
        )
        rows = [
            ard_row(
                variable=self.target,
                context="time_to",
                stat_name=name,
                stat_label=label,
                stat=float(x),
                method=self.statement,
            )
            for name, label, x in counts
        ]
        return [*rows, self.estimand.ard_note("time_to")]

    def __repr__(self) -> str:
        deaths = int((self.cause == 2).sum())
        return f"{self.title()}\n{len(self)} subjects at risk, {int(self.event.sum())} events, {deaths} deaths before"
