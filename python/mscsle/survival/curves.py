"""Kaplan-Meier curves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mscsle import _core, _frame
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _formula, _rows
from mscsle.survival._rows import Column, ConfType, Like, NearTies, Unit
from mscsle.survival._tables import Curves, EstimateAt, Floats, GroupTable, StepCurve, number, stat_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mscsle.survival.bands import Bands
    from mscsle.survival.milestone import Milestones

__all__ = ["KaplanMeier", "KaplanMeierCurve", "Quantiles", "RiskTable", "SurvivalAt", "kaplan_meier"]


@dataclass(frozen=True, kw_only=True, eq=False)
class KaplanMeierCurve(StepCurve):
    """The curve of one group.

    Attributes
    ----------
    group : str
        Label of the group, ``all`` without ``by``.
    time, n_risk, n_event, n_censor, survival : array of float
        Distinct times of events and censorings; number (weight) at risk just before each, events, censored; S(t).
    n, n_events : float
        Subjects and events (weight).
    variance : str
        The variance behind the standard error.
    """

    log_variance: Floats
    risk_steps: tuple[Floats, Floats] | None
    n_events: float
    variance: str

    @cached_property
    def std_error(self) -> Floats:
        """Standard error of S(t); NaN where S is 0."""
        return _core.survival_std_error(self.survival, self.log_variance)

    @cached_property
    def _limits(self) -> tuple[Floats, Floats]:
        return _core.survival_limits(self.survival, self.log_variance, self.conf_type, self.conf_level)

    def until(self, counts: Floats, points: Floats) -> Floats:
        """Sum of counts by step (events, censorings) up to and including each time."""
        return np.append(0.0, np.cumsum(counts))[self.steps_until(points)]

    def quantile(self, p: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Times by which a fraction ``p`` has had the event, with limits; NaN where not reached."""
        fractions = np.ascontiguousarray(np.atleast_1d(np.asarray(p, dtype=np.float64)))
        return _core.survival_quantile(self.time, self.survival, self.lower, self.upper, fractions)


@dataclass(frozen=True, kw_only=True, eq=False)
class SurvivalAt(EstimateAt):
    """Survival at given times, by group; after the last observed time it is missing and ``note`` says so."""

    names = ("group", "time", "n_risk", "n_event", "survival", "std_error", "lower", "upper", "note")

    n_risk: Floats
    n_event: Floats
    survival: Floats

    def title(self) -> str:
        """What was computed, and how."""
        return f"Survival at {self.time_name}: {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Number at risk, survival, standard error and limits by group and time."""
        for i, time in enumerate(self.time):
            yield from self._estimate(
                i,
                "Survival probability",
                self.survival[i],
                ("n.risk", "Number at risk", self.n_risk[i]),
                variable=self.time_name,
                variable_level=f"{time:g}",
                context="survival",
            )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Quantiles(GroupTable):
    """Quantiles of survival time with limits, by group; what is NaN was not reached, and ``note`` says so.

    Attributes
    ----------
    group : list of str
        Labels of the groups.
    p, estimate, lower, upper : array of float
        Fraction with the event, the time by which it was reached, limits.
    note : list of str
        What was not reached until the last observed time of the group; empty when all three are known.
    """

    names = ("group", "p", "estimate", "lower", "upper", "note")

    p: Floats
    estimate: Floats
    lower: Floats
    upper: Floats
    note: list[str]
    method: str

    def title(self) -> str:
        """What was computed, and how."""
        return f"Quantiles of {self.time_name}: Brookmeyer-Crowley limits, {self.method}"

    def __repr__(self) -> str:
        rows = []
        for i, group in enumerate(self.group):
            limits = f"({_time_text(self.lower[i])} to {_time_text(self.upper[i])})"
            note = f", {self.note[i]}" if self.note[i] else ""
            rows.append(f"{group}, p = {self.p[i]:g}: {_time_text(self.estimate[i])} {limits}{note}")
        return f"<Quantiles {'; '.join(rows)}>"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Estimate and limits by group and fraction."""
        for i, p in enumerate(self.p):
            for name, label, value in (
                ("estimate", "Time", self.estimate[i]),
                ("conf.low", "Lower limit", self.lower[i]),
                ("conf.high", "Upper limit", self.upper[i]),
            ):
                yield from self._stats(
                    i,
                    [(name, label, value)],
                    variable=self.time_name,
                    variable_level=f"p = {p:g}",
                    context="survival quantile",
                    warning=None if np.isfinite(value) else self.note[i],
                    method=self.method,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class RiskTable(GroupTable):
    """Number at risk at given times, with events and censorings until then."""

    names = ("group", "time", "n_risk", "n_event", "n_censor")

    time: Floats
    n_risk: Floats
    n_event: Floats
    n_censor: Floats

    def title(self) -> str:
        """What the numbers are."""
        return f"At risk just before each {self.time_name}; events and censorings until then"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Counts by group and time."""
        for i, time in enumerate(self.time):
            counts = [
                (name.replace("_", "."), name.replace("_", "."), getattr(self, name)[i]) for name in self.names[2:]
            ]
            yield from self._stats(
                i,
                counts,
                variable=self.time_name,
                variable_level=f"{time:g}",
                context="risk table",
                method="count",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class KaplanMeier(Curves[KaplanMeierCurve]):
    """Kaplan-Meier curves by group.

    Attributes
    ----------
    curves : tuple of KaplanMeierCurve
        One for each group: categories in their own order, other levels sorted.
    groups : list of str
        Labels of the groups, ``["all"]`` without ``by``.
    n, n_events : float
        Subjects and events used (weight).
    n_dropped : int
        Rows left out because of missing values.
    conf_type, conf_level, tolerance, near_ties, weight_kind, unit, like
        What was used.
    """

    estimator = "Kaplan-Meier"
    names = ("group", "time", "n_risk", "n_event", "n_censor", "survival", "std_error", "lower", "upper")

    weight_kind: str | None
    like: str | None

    def __getitem__(self, group: str) -> KaplanMeierCurve:
        for curve in self.curves:
            if curve.group == group:
                return curve
        raise KeyError(f"no group `{group}`; the groups are {', '.join(f'`{g}`' for g in self.groups)}")

    @property
    def groups(self) -> list[str]:
        """Labels of the groups."""
        return [curve.group for curve in self.curves]

    @property
    def n(self) -> float:
        """Subjects used (weight)."""
        return float(sum(curve.n for curve in self.curves))

    @property
    def n_events(self) -> float:
        """Events (weight)."""
        return float(sum(curve.n_events for curve in self.curves))

    @property
    def tolerance(self) -> float:
        """Times closer than this are one tie group."""
        return self.curves[0].tolerance

    @property
    def variance(self) -> str:
        """The variance behind standard errors and limits."""
        return self.curves[0].variance

    @property
    def _variance(self) -> str:
        return self.variance

    @property
    def median(self) -> float | dict[str, float | None] | None:
        """Median survival time, None when not reached; with ``by`` one for each group."""
        medians = {curve.group: number(curve.quantile(0.5)[0][0]) for curve in self.curves}
        return medians if self.by is not None else medians[self.groups[0]]

    def at(self, times: float | ArrayLike, *, extend: bool = False) -> SurvivalAt:
        """Survival at given times.

        Parameters
        ----------
        times : number or list of numbers
            In the unit of the data.
        extend : bool
            Carry the last value on after the last observed time. By default survival is missing there, unless it has
            reached 0, and ``note`` says so.

        Examples
        --------
        >>> import mscsle as ms
        >>> km = ms.kaplan_meier([6, 6, 6, 7, 10], event=[1, 1, 0, 1, 0])
        >>> km.at([6, 8]).survival.round(4).tolist()
        [0.6, 0.3]
        """
        points = _rows.time_points(times)
        start = {"survival": 1.0, "std_error": 0.0, "lower": 1.0, "upper": 1.0}
        return SurvivalAt(
            n_risk=np.concatenate([_at_risk(curve, points) for curve in self.curves]),
            n_event=np.concatenate([curve.until(curve.n_event, points) for curve in self.curves]),
            **self._at(points, start, extend=extend),
        )

    def quantile(self, p: float | ArrayLike) -> Quantiles:
        """Times by which a fraction ``p`` has had the event, with limits of the same type (Brookmeyer-Crowley).

        S is compared with ``1 - p`` to sqrt(eps); where it equals ``1 - p`` on an interval, the midpoint is given. What was
        not reached is NaN, and ``note`` says so and until when the group was observed.

        Examples
        --------
        >>> import mscsle as ms
        >>> km = ms.kaplan_meier([1, 2, 4, 7], event=[1, 1, 1, 1])
        >>> km.quantile([0.25, 0.5]).estimate.tolist()
        [1.5, 3.0]
        >>> ms.kaplan_meier([1, 2, 4, 7], event=[1, 0, 0, 0]).quantile(0.5).note
        ['not reached (last observed time 7)']
        """
        fractions = np.atleast_1d(np.asarray(p, dtype=np.float64))
        if fractions.ndim != 1 or not ((fractions >= 0) & (fractions <= 1)).all():
            raise OptionError(f"`p` must be between 0 and 1, but is {p!r}")
        found = [curve.quantile(fractions) for curve in self.curves]
        estimate, lower, upper = (np.concatenate([f[k] for f in found]) for k in range(3))
        last = [curve.last_time for curve in self.curves for _ in fractions]
        return Quantiles(
            p=np.tile(fractions, len(self.curves)),
            estimate=estimate,
            lower=lower,
            upper=upper,
            note=[_not_reached(*row) for row in zip(estimate, lower, upper, last, strict=True)],
            method=self.method,
            **self._every(fractions),
        )

    def risk_table(self, times: float | ArrayLike) -> RiskTable:
        """Number at risk just before each time, with events and censorings until then.

        Examples
        --------
        >>> import mscsle as ms
        >>> km = ms.kaplan_meier([6, 6, 6, 7, 10], event=[1, 1, 0, 1, 0])
        >>> km.risk_table([0, 7, 8]).n_risk.tolist()
        [5.0, 2.0, 1.0]
        """
        points = _rows.time_points(times)
        return RiskTable(
            time=np.tile(points, len(self.curves)),
            n_risk=np.concatenate([_at_risk(curve, points) for curve in self.curves]),
            n_event=np.concatenate([curve.until(curve.n_event, points) for curve in self.curves]),
            n_censor=np.concatenate([curve.until(curve.n_censor, points) for curve in self.curves]),
            **self._every(points),
        )

    def band(
        self,
        kind: Literal["hall-wellner", "equal-precision"] = "hall-wellner",
        *,
        start: float | None = None,
        end: float | None = None,
        conf_type: ConfType | None = None,
        conf_level: float | None = None,
        critical: Literal["exact", "expansion"] | None = None,
        like: Like | None = None,
    ) -> Bands:
        """A simultaneous confidence band: it holds the whole curve between two times, not one point of it.

        Parameters
        ----------
        kind : {"hall-wellner", "equal-precision"}
            ``hall-wellner`` has the shape of a Brownian bridge; ``equal-precision`` (Nair) is a multiple of the pointwise limits.
        start, end : float
            Range of the band; by default from the first event to the last one after which somebody is at risk.
        conf_type, conf_level
            Scale and level; those of the curve by default.
        critical : {"exact", "expansion"}
            Critical value of ``equal-precision``: from the exact distribution, or from the expansion that SAS solves.
        like : {"r", "sas"}
            Defaults of that program (R: km.ci).

        Examples
        --------
        >>> import mscsle as ms
        >>> km = ms.kaplan_meier([6, 6, 6, 7, 10, 13, 16, 22], event=[1, 1, 0, 1, 0, 1, 1, 0])
        >>> band = km.band()
        >>> band.ranges["all"], round(band.critical_value["all"], 4)
        ((6.0, 16.0), 1.3534)
        """
        from mscsle.survival.bands import band_of

        return band_of(
            self,
            kind,
            start=start,
            end=end,
            conf_type=conf_type,
            conf_level=conf_level,
            critical=critical,
            like=like,
        )

    def milestones(self, times: float | ArrayLike, *, ref: object | None = None) -> Milestones:
        """Survival at given times by group, with differences, ratios and cumulative hazard ratios against ``ref``.

        As :func:`mscsle.milestones` for curves that are there.
        """
        from mscsle.survival.milestone import milestones_of

        return milestones_of(self, times, ref=ref)

    def plot(self, *, ax: Axes | None = None, risk_table: bool = True, **options: Any) -> Axes:
        """The curves as a figure (needs matplotlib, extra ``plot``); options as in ``mscsle.plot.kaplan_meier``."""
        from mscsle import plot

        return plot.kaplan_meier(self, ax=ax, risk_table=risk_table, **options)

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Subjects, events and median with limits by group."""
        for curve in self.curves:
            median, lower, upper = (values[0] for values in curve.quantile(0.5))
            for name, label, value in (
                ("N", "Subjects", curve.n),
                ("n.event", "Events", curve.n_events),
                ("median", "Median", median),
                ("conf.low", "Lower limit of the median", lower),
                ("conf.high", "Upper limit of the median", upper),
            ):
                yield from stat_rows(
                    [(name, label, value)],
                    by=self.by,
                    group=curve.group,
                    variable=self.time_label,
                    context="survival",
                    warning=None if np.isfinite(value) else _not_reached(median, lower, upper, curve.last_time),
                    method=self.method,
                )

    def title(self) -> str:
        """Method, counts, interval type and tie rule."""
        parts = [
            f"{self.method}; n = {_rows.count(self.n)}",
            _rows.counted(self.n_events, "event"),
            "delayed entry" if self.delayed_entry else "",
            f"{self.weight_kind} weights" if self.weight_kind else "",
            _rows.dropped(self.n_dropped),
        ]
        return ", ".join(part for part in parts if part)

    def __repr__(self) -> str:
        return f"<KaplanMeier {', '.join(self.groups)}: {self.title()}>"


def kaplan_meier(
    time: Column | None = None,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    formula: str | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: Literal["frequency", "sampling"] | None = None,
    cluster: Column | None = None,
    conf_type: ConfType | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> KaplanMeier:
    """Kaplan-Meier survival, by group, with limits, quantiles and at-risk table.

    Parameters
    ----------
    time : column name or array
        Time to event or censoring, >= 0.
    event : column name or array of booleans or 0/1
        True = happened. Excludes ``cnsr``.
    cnsr : column name or array
        CDISC: 0 = event, > 0 = censored. Excludes ``event``.
    formula : str
        Instead of columns: ``"Surv(time, event) ~ source"``, ``"Surv(entry, time, event) ~ 1"``; the right-hand side is ``by``.
    data : pandas, polars or pyarrow frame, or one of our results
        With it, columns are given by name.
    by : column name, list of names, or array
        One curve for each level.
    entry : column name or array
        Delayed entry: a subject is at risk in (entry, time].
    weights : column name or array
        Case weights, >= 0; ``weight_kind`` says what they mean.
    weight_kind : {"frequency", "sampling"}
        ``frequency``: whole numbers, the same as repeated rows. ``sampling``: any weights; the variance is the infinitesimal
        jackknife.
    cluster : column name or array
        Rows of a cluster are dependent; the variance is the clustered jackknife.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        Scale of the limits; log-log unless ``like="r"``, which takes log.
    conf_level : float
    near_ties : {"group", "separate"}
        Whether times that differ by rounding only are tied, as in R.
    unit : {"days", "months", "years"}
        Unit of time, for labels.
    missing : {"error", "drop"}
        What happens to rows with missing values; the number dropped is in the result.
    like : {"r", "sas"}
        Defaults of that program.

    Returns
    -------
    KaplanMeier

    Examples
    --------
    >>> import mscsle as ms
    >>> km = ms.kaplan_meier([6, 6, 6, 7, 10], event=[1, 1, 0, 1, 0])
    >>> km.curves[0].survival.round(4).tolist()
    [0.6, 0.3, 0.3]
    >>> km.median
    7.0
    """
    conf_type_used = _rows.interval(conf_type, like)
    conf_level = _rows.level(conf_level)
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    _rows.weight_words(weights, weight_kind)
    _rows.one_of("missing", missing, ("error", "drop"))
    if formula is not None:
        parsed = _formula.parse(formula, data, time=time, event=event, cnsr=cnsr, by=by, entry=entry, cluster=cluster)
        time, event, entry, by = _formula.groups(parsed, "cluster")
        cluster, data = parsed.cluster, parsed.data
    if time is None:
        raise TypeError("give `time`, or a `formula`")
    common: dict[str, Any] = {"interval": conf_type_used, "level": conf_level, "group_near_ties": group_near_ties}
    library: _frame.Library = "numpy"
    names: dict[str, str] = {"time": "time"}
    n_dropped = 0
    labels = [_rows.ALL]
    arrays = _rows.plain(time, event, cnsr, data, by, entry, weights, cluster)
    found: list[dict[str, Any]] | None = None
    if arrays is not None:
        library = _frame.default_library()
        try:
            found = _core.survival_kaplan_meier(*arrays, **common)
        except DataError:
            arrays = None  # read again below, where errors name column and row
    if found is None:
        rows = _rows.read(
            data,
            time=time,
            event=event,
            cnsr=cnsr,
            by=by,
            entry=entry,
            weights=weights,
            cluster=cluster,
            missing=missing,
        )
        _rows.whole_frequencies(rows, weight_kind)
        _rows.warn_one_cluster(rows)
        assert rows.event is not None
        found = _core.survival_kaplan_meier(
            rows.time,
            rows.event,
            group=rows.group,
            n_groups=len(rows.groups),
            entry=rows.entry,
            weights=rows.weights,
            frequency=weight_kind != "sampling",
            cluster=rows.cluster,
            **common,
        )
        labels, names, n_dropped, library = rows.groups, rows.names, rows.n_dropped, rows.library
    curves = tuple(
        KaplanMeierCurve(group=label, conf_type=conf_type_used, conf_level=conf_level, **curve)
        for label, curve in zip(labels, found, strict=True)
    )
    return KaplanMeier(
        library=library,
        curves=curves,
        by=None if by is None else _rows.by_name(by, names),
        time_name=names["time"],
        n_dropped=n_dropped,
        conf_type=conf_type_used,
        conf_level=conf_level,
        near_ties=group_near_ties,
        weight_kind=weight_kind,
        delayed_entry=entry is not None,
        unit=time_unit,
        like=like,
    )


def _not_reached(estimate: float, lower: float, upper: float, last_time: float) -> str:
    """Which of a quantile and its limits was not reached until the last observed time; empty when all were."""
    limits = [side for side, value in (("lower", lower), ("upper", upper)) if not np.isfinite(value)]
    if not np.isfinite(estimate):
        what = "not reached"
    elif limits:
        what = f"{' and '.join(limits)} limit{'s' if len(limits) > 1 else ''} not reached"
    else:
        return ""
    return f"{what} (last observed time {last_time:g})"


def _time_text(value: float) -> str:
    return f"{value:g}" if np.isfinite(value) else "not reached"


def _at_risk(curve: KaplanMeierCurve, points: Floats) -> Floats:
    """Number at risk just before each time (at 0: just after it); 0 after the last observed time."""
    times, counts = (curve.time, curve.n_risk) if curve.risk_steps is None else curve.risk_steps
    before = _core.survival_steps(times, points, curve.tolerance, before=True)
    if curve.risk_steps is not None:
        # who enters at 0 is shown in the first column
        at_start = points <= curve.tolerance
        before[at_start] = _core.survival_steps(times, points[at_start], curve.tolerance)
    return np.append(counts, 0.0)[before]
