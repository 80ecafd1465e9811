"""Cumulative incidence of competing events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mscsle import _core
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _presets, _rows
from mscsle.survival._rows import Column, ConfType, Like, NearTies, Unit
from mscsle.survival._tables import Curves, EstimateAt, Floats, StepCurve, stat_rows

__all__ = ["CumulativeIncidence", "IncidenceAt", "IncidenceCurve", "cumulative_incidence"]


@dataclass(frozen=True, kw_only=True, eq=False)
class IncidenceCurve(StepCurve):
    """Cumulative incidence of one cause in one group.

    Attributes
    ----------
    group, cause : str
        Labels.
    time, n_risk, n_event, n_censor : array of float
        Distinct times of events of any cause and of censorings; number at risk just before each; events of this cause;
        censored.
    incidence, std_error : array of float
        F(t) of this cause and its standard error.
    survival : array of float
        Probability of no event of any cause.
    """

    cause: str
    incidence: Floats
    variance: Floats

    @cached_property
    def std_error(self) -> Floats:
        """Standard error of F(t)."""
        return np.sqrt(self.variance)

    @cached_property
    def _limits(self) -> tuple[Floats, Floats]:
        return _core.survival_incidence_limits(self.incidence, self.variance, self.conf_type, self.conf_level)


@dataclass(frozen=True, kw_only=True, eq=False)
class IncidenceAt(EstimateAt):
    """Cumulative incidence at given times; after the last observed time it is missing and ``note`` says so."""

    names = ("group", "cause", "time", "incidence", "std_error", "lower", "upper", "note")

    cause: list[str]
    incidence: Floats

    def title(self) -> str:
        """What was computed, and how."""
        return f"Cumulative incidence at {self.time_name}: {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Incidence, standard error and limits by group, cause and time."""
        for i, cause in enumerate(self.cause):
            yield from self._estimate(
                i,
                "Cumulative incidence",
                self.incidence[i],
                variable=cause,
                variable_level=f"{self.time_name} = {self.time[i]:g}",
                context="cumulative incidence",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class CumulativeIncidence(Curves[IncidenceCurve]):
    """Cumulative incidence of each cause, by group (Aalen-Johansen).

    Attributes
    ----------
    curves : tuple of IncidenceCurve
        Groups outside, causes inside.
    groups, causes : list of str
        Labels.
    n_dropped : int
        Rows left out because of missing values.
    """

    estimator = "Aalen-Johansen"
    names = ("group", "cause", "time", "n_risk", "n_event", "n_censor", "incidence", "std_error", "lower", "upper")

    groups: list[str]
    causes: list[str]
    variance: str

    def curve(self, cause: str, group: str | None = None) -> IncidenceCurve:
        """The curve of a cause in a group (which may be left out when there is one)."""
        if group is None and len(self.groups) > 1:
            raise OptionError(f"say which group: {', '.join(f'`{g}`' for g in self.groups)}")
        for curve in self.curves:
            if curve.cause == str(cause) and group in (None, curve.group):
                return curve
        raise KeyError(
            f"no cause `{cause}` in group `{group}`; the causes are {', '.join(f'`{c}`' for c in self.causes)}"
        )

    @property
    def n(self) -> float:
        """Subjects used."""
        return float(sum(curve.n for curve in self.curves if curve.cause == self.causes[0]))

    @property
    def _variance(self) -> str:
        return self.variance

    def at(self, times: float | ArrayLike, *, extend: bool = False) -> IncidenceAt:
        """Cumulative incidence at given times; ``extend`` carries the last value on after the last observed time.

        Examples
        --------
        >>> import mscsle as ms
        >>> cif = ms.cumulative_incidence([1, 3, 3, 6], cause=[1, 1, 2, 0], censored=0)
        >>> cif.at(3).incidence.tolist()
        [0.5, 0.25]
        """
        points = _rows.time_points(times)
        start = {"incidence": 0.0, "std_error": 0.0, "lower": 0.0, "upper": 0.0}
        cause = [curve.cause for curve in self.curves for _ in points]
        return IncidenceAt(cause=cause, **self._at(points, start, extend=extend))

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Subjects, events and the last incidence with limits by group and cause."""
        for curve in self.curves:
            last = len(curve.time) - 1
            stats: list[tuple[str, str, float]] = [
                ("N", "Subjects", curve.n),
                ("n.event", "Events", float(curve.n_event.sum())),
            ]
            if last >= 0:
                stats += [
                    ("estimate", f"Cumulative incidence at {curve.time[last]:g}", float(curve.incidence[last])),
                    ("std.error", "Standard error", float(curve.std_error[last])),
                    ("conf.low", "Lower limit", float(curve.lower[last])),
                    ("conf.high", "Upper limit", float(curve.upper[last])),
                ]
            yield from stat_rows(
                stats,
                by=self.by,
                group=curve.group,
                variable=curve.cause,
                context="cumulative incidence",
                method=self.method,
            )

    def title(self) -> str:
        """Method, counts, variance, interval type and tie rule."""
        events = ", ".join(
            f"{_rows.count(sum(c.n_event.sum() for c in self.curves if c.cause == cause))} {cause}"
            for cause in self.causes
        )
        parts = [
            f"{self.method}; n = {_rows.count(self.n)}",
            f"events: {events}",
            "delayed entry" if self.delayed_entry else "",
            _rows.dropped(self.n_dropped),
        ]
        return ", ".join(part for part in parts if part)

    def __repr__(self) -> str:
        return f"<CumulativeIncidence {self.title()}>"


def cumulative_incidence(
    time: Column,
    *,
    cause: Column,
    censored: object = _rows.UNSAID,
    data: object | None = None,
    by: Column | list[str] | None = None,
    entry: Column | None = None,
    labels: Mapping[Any, str] | None = None,
    variance: Literal["greenwood", "aalen"] | None = None,
    conf_type: ConfType | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> CumulativeIncidence:
    """Cumulative incidence of competing events (Aalen-Johansen), by group.

    Parameters
    ----------
    time, data, by, entry, conf_level, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`.
    cause : column name or array
        What ended follow-up: one value for censored, one for each cause (numbers or text).
    censored : value of ``cause``
        Which value means censored; default 0, which the column must then hold. None: nobody is censored.
    labels : mapping of value to text
        Names of the causes, for example ``{1: "remission", 2: "death"}``.
    variance : {"greenwood", "aalen"}
        ``greenwood`` (default): multinomial increments; without delayed entry equal to the infinitesimal jackknife of R's
        ``survfit``. ``aalen``: as ``cmprsk::cuminc``, and the default of ``like="sas"``.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        Scale of the limits, applied to the incidence itself (as R and SAS do); log-log unless ``like="r"``.

    Returns
    -------
    CumulativeIncidence

    Examples
    --------
    >>> import mscsle as ms
    >>> cif = ms.cumulative_incidence(
    ...     [1, 3, 3, 6, 6, 6, 9, 12, 12, 12], cause=[1, 1, 2, 1, 1, 0, 2, 1, 0, 0], censored=0,
    ...     labels={1: "remission", 2: "death"},
    ... )
    >>> cif.at([6, 12]).incidence.round(3).tolist()
    [0.4, 0.525, 0.1, 0.225]
    """
    conf_type_used = _rows.interval(conf_type, like)
    conf_level = _rows.level(conf_level)
    kind = _presets.checked("cumulative_incidence", "variance", variance, like, ("greenwood", "aalen"))
    _rows.one_of("missing", missing, ("error", "drop"))
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    rows = _rows.read(data, time=time, cause=cause, by=by, entry=entry, missing=missing)
    codes, causes = _rows.cause_codes(rows, censored, labels)
    if not causes:
        raise DataError(f"column `{rows.names['cause']}` holds no event: every row is `{censored}` (censored)")
    found = _core.survival_incidence(
        rows.time,
        codes,
        n_causes=len(causes),
        group=rows.group if rows.group is not None else np.zeros(rows.n, dtype=np.uint32),
        n_groups=len(rows.groups),
        entry=rows.entry,
        variance=kind,
        interval=conf_type_used,
        level=conf_level,
        group_near_ties=group_near_ties,
    )
    curves = tuple(
        IncidenceCurve(
            group=group,
            cause=label,
            time=result["time"],
            n_risk=result["n_risk"],
            n_event=result["n_event"][k],
            n_censor=result["n_censor"],
            survival=result["survival"],
            incidence=result["incidence"][k],
            variance=result["variance"][k],
            n=result["n"],
            tolerance=result["tolerance"],
            conf_type=conf_type_used,
            conf_level=conf_level,
        )
        for group, result in zip(rows.groups, found, strict=True)
        for k, label in enumerate(causes)
    )
    return CumulativeIncidence(
        library=rows.library,
        curves=curves,
        groups=rows.groups,
        causes=causes,
        by=None if by is None else _rows.by_name(by, rows.names),
        time_name=rows.names["time"],
        n_dropped=rows.n_dropped,
        variance=found[0]["variance_type"],
        conf_type=conf_type_used,
        conf_level=conf_level,
        near_ties=group_near_ties,
        delayed_entry=entry is not None,
        unit=time_unit,
    )
