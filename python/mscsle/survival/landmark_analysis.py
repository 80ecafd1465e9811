"""Landmark analysis: survival from a landmark on, among those at risk then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import Result
from mscsle.exceptions import NotEstimableError
from mscsle.survival import _presets, _rows
from mscsle.survival._rows import Column, ConfType, Like, NearTies, Unit
from mscsle.survival._tables import stat_rows
from mscsle.survival.curves import KaplanMeier, KaplanMeierCurve
from mscsle.survival.logrank_test import LogRank, result_of

__all__ = ["LandmarkAnalysis", "landmark"]

Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class LandmarkAnalysis(Result):
    """Survival from a landmark on.

    Attributes
    ----------
    at : float
        The landmark, in the unit of the data.
    curves : KaplanMeier
        Curves of those at risk after the landmark; time counts from it.
    logrank : LogRank or None
        Test between the groups; None for one group or when it is not estimable (``note`` says why).
    groups : list of str
    n, n_event_before, n_censored_before, n_used : array of int
        Subjects, those with the event and those censored by the landmark (excluded), those used, by group.
    note : str
    """

    at: float
    curves: KaplanMeier
    logrank: LogRank | None
    groups: list[str]
    n: Counts
    n_event_before: Counts
    n_censored_before: Counts
    n_used: Counts
    note: str
    n_dropped: int

    def columns(self) -> Mapping[str, Any]:
        """Group, subjects, excluded by reason, used."""
        return {
            "group": self.groups,
            "n": self.n,
            "n_event_before": self.n_event_before,
            "n_censored_before": self.n_censored_before,
            "n_used": self.n_used,
        }

    def title(self) -> str:
        """The landmark, who was excluded, and how the curves were computed."""
        events, censored = int(self.n_event_before.sum()), int(self.n_censored_before.sum())
        return (
            f"From landmark {self.curves.time_label} = {self.at:g}: {int(self.n_used.sum())} of {int(self.n.sum())} subjects; "
            f"excluded {_rows.counted(events, 'event')} and {censored} censored by then; {self.curves.method}"
        )

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Counts by group, then curves and test."""
        for i, group in enumerate(self.groups):
            stats = [
                ("N", "Subjects", float(self.n[i])),
                ("n.event.before", "Event by the landmark", float(self.n_event_before[i])),
                ("n.censored.before", "Censored by the landmark", float(self.n_censored_before[i])),
                ("n.used", "At risk after the landmark", float(self.n_used[i])),
            ]
            yield from stat_rows(
                stats,
                by=self.curves.by,
                group=group,
                variable=self.curves.time_label,
                variable_level=f"landmark {self.at:g}",
                context="landmark",
                method="count",
            )
        yield from self.curves.ard_rows()
        if self.logrank is not None:
            yield from self.logrank.ard_rows()


def landmark(
    time: Column,
    *,
    at: float,
    event: Column | None = None,
    cnsr: Column | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    entry: Column | None = None,
    conf_type: ConfType | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> LandmarkAnalysis:
    """Survival from a landmark on, by what is known at the landmark: subjects with ``time > at``, time counted from there.

    Groups that form after time zero (responders against others) cannot be compared from time zero on: a responder has lived
    long enough to respond. They are compared from a landmark, by their state at it; what happens later does not move a subject
    between groups.

    Parameters
    ----------
    time, event, cnsr, data, entry, conf_type, conf_level, near_ties, unit, missing, like
        As in :func:`mscsle.kaplan_meier`; time from time zero.
    at : float
        The landmark. Subjects whose follow-up ends at or before it are excluded and counted by reason.
    by : column name, list of names, or array
        Groups as known at the landmark; rows that are excluded may have any value.

    Returns
    -------
    LandmarkAnalysis

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.landmark([2, 5, 8, 9, 12, 15], at=6, event=[1, 0, 1, 0, 1, 0], by=["no", "no", "no", "yes", "yes", "no"])
    >>> found.n_used.tolist(), found.n_event_before.tolist()
    ([2, 2], [1, 0])
    >>> found.curves["no"].time.tolist()
    [2.0, 9.0]
    """
    scale = _presets.checked("landmark", "conf_type", conf_type, like, _rows.CONF_TYPES)
    conf_level = _rows.level(conf_level)
    _rows.one_of("missing", missing, ("error", "drop"))
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    rows = _rows.read(data, time=time, event=event, cnsr=cnsr, by=by, entry=entry, missing=missing)
    assert rows.event is not None
    status, kept, since, entered = _core.survival_landmark(
        rows.time, rows.event, landmark=float(at), entry=rows.entry, group_near_ties=group_near_ties
    )
    codes = rows.group_codes()
    happened = np.ascontiguousarray(rows.event[kept])
    group = np.ascontiguousarray(codes[kept])
    n_groups = len(rows.groups)
    found = _core.survival_kaplan_meier(
        since,
        happened,
        group=group,
        n_groups=n_groups,
        entry=entered,
        interval=scale,
        level=conf_level,
        group_near_ties=group_near_ties,
    )
    name = rows.names["time"]
    curves = KaplanMeier(
        library=rows.library,
        curves=tuple(
            KaplanMeierCurve(group=label, conf_type=scale, conf_level=conf_level, **curve)
            for label, curve in zip(rows.groups, found, strict=True)
        ),
        by=None if by is None else _rows.by_name(by, rows.names),
        time_name=f"{name} since {at:g}",
        n_dropped=rows.n_dropped,
        conf_type=scale,
        conf_level=conf_level,
        near_ties=group_near_ties,
        weight_kind=None,
        delayed_entry=entry is not None,
        unit=time_unit,
        like=like,
    )
    test, note = None, ""
    if n_groups > 1:
        try:
            test = result_of(
                _core.survival_logrank(
                    since,
                    happened,
                    group,
                    n_groups=n_groups,
                    entry=entered,
                    test="log-rank",
                    rho=0.0,
                    gamma=0.0,
                    group_near_ties=group_near_ties,
                ),
                library=rows.library,
                groups=rows.groups,
                names={**rows.names, "time": curves.time_name},
                by=by,
                unit=time_unit,
                near_ties=group_near_ties,
                n_dropped=rows.n_dropped,
            )
        except NotEstimableError as error:
            note = str(error)
    counts = [np.bincount(codes[status == code], minlength=n_groups) for code in range(3)]
    return LandmarkAnalysis(
        library=rows.library,
        at=float(at),
        curves=curves,
        logrank=test,
        groups=rows.groups,
        n=counts[0] + counts[1] + counts[2],
        n_event_before=counts[1],
        n_censored_before=counts[2],
        n_used=counts[0],
        note=note,
        n_dropped=rows.n_dropped,
    )
