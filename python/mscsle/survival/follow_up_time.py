"""Follow-up by the reverse Kaplan-Meier method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mscsle import _core
from mscsle.survival import _presets, _rows
from mscsle.survival._rows import Column, ConfType, Like, NearTies, Unit
from mscsle.survival.curves import KaplanMeier, KaplanMeierCurve

__all__ = ["FollowUp", "follow_up"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FollowUp(KaplanMeier):
    """The distribution of follow-up by group: ``n_event`` counts those whose follow-up ended, ``n_censor`` those with the event.

    ``median`` is the median follow-up, ``quantile(0.5)`` has it with limits.
    """

    estimator = "Reverse Kaplan-Meier"

    ties: str

    @property
    def method(self) -> str:
        """Method, tie rule, interval in words."""
        order = "events before ends of follow-up" if self.ties == "events-first" else "ends of follow-up before events"
        return f"{super().method}, {order} at the same time"

    def title(self) -> str:
        """Method and counts; the events of the title are ends of follow-up."""
        counts = super().title().removeprefix(self.method)
        return self.method + counts.replace(" event", " end of follow-up", 1).replace(
            "end of follow-ups", "ends of follow-up"
        )


def follow_up(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    entry: Column | None = None,
    ties: Literal["events-first", "ends-first"] | None = None,
    conf_type: ConfType | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> FollowUp:
    """How long subjects were watched: Kaplan-Meier with event and censoring exchanged (Schemper and Smith).

    The median of observed times understates follow-up, since an event ends it; here an event censors it.

    Parameters
    ----------
    time, event, cnsr, data, by, entry, conf_type, conf_level, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`; ``event`` is the event itself, not its opposite.
    ties : {"events-first", "ends-first"}
        When an event and the end of another subject's follow-up share a time. ``events-first``: who has the event is no longer
        watched then, as in all estimators of the censoring distribution. ``ends-first``: the exchanged indicator is taken for
        an event, as ``survfit(Surv(time, 1 - event) ~ 1)`` in R does.
    like : {"r", "sas"}
        Defaults of that program.

    Returns
    -------
    FollowUp

    Examples
    --------
    >>> import mscsle as ms
    >>> watched = ms.follow_up([3, 6, 12, 12, 14, 20, 24, 26], event=[1, 0, 1, 0, 0, 1, 0, 0])
    >>> watched.median
    24.0
    >>> watched.quantile(0.5).lower.tolist()
    [6.0]
    """
    scale = _presets.checked("follow_up", "conf_type", conf_type, like, _rows.CONF_TYPES)
    rule = _presets.checked("follow_up", "ties", ties, like, ("events-first", "ends-first"))
    conf_level = _rows.level(conf_level)
    _rows.one_of("missing", missing, ("error", "drop"))
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    rows = _rows.read(data, time=time, event=event, cnsr=cnsr, by=by, entry=entry, missing=missing)
    assert rows.event is not None
    found = _core.survival_follow_up(
        rows.time,
        rows.event,
        rows.group_codes(),
        n_groups=len(rows.groups),
        ties=rule,
        entry=rows.entry,
        group_near_ties=group_near_ties,
    )
    return FollowUp(
        library=rows.library,
        curves=tuple(
            KaplanMeierCurve(group=group, conf_type=scale, conf_level=conf_level, **curve)
            for group, curve in zip(rows.groups, found, strict=True)
        ),
        by=None if by is None else _rows.by_name(by, rows.names),
        time_name=rows.names["time"],
        n_dropped=rows.n_dropped,
        conf_type=scale,
        conf_level=conf_level,
        near_ties=group_near_ties,
        weight_kind=None,
        delayed_entry=entry is not None,
        unit=time_unit,
        like=like,
        ties=rule,
    )
