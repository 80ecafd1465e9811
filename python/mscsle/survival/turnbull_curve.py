"""Survival from interval-censored times (Turnbull)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import NotEstimableError, OptionError
from mscsle.survival import _formula, _intervals, _rows
from mscsle.survival._rows import Column, NearTies, Unit
from mscsle.survival._tables import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Turnbull", "TurnbullAt", "TurnbullCurve", "TurnbullQuantiles", "turnbull"]

Floats = NDArray[np.float64]
METHOD = "Turnbull's estimate for interval-censored times (EM and iterative convex minorant)"
NO_LIMITS = "limits not available"


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnbullCurve:
    """The estimate of one group.

    Attributes
    ----------
    group : str
        Label, ``all`` without ``by``.
    left, right, mass, survival : array of float
        Regions ``(left, right]`` with mass (``left == right``: an exact time), the mass, survival behind each.
    n : float
        Rows (weight).
    n_exact, n_left, n_interval, n_right : float
        Rows that are exact, left-censored, in a finite interval, right-censored.
    log_likelihood : float
    gap : float
        Largest violation of the Karush-Kuhn-Tucker conditions; ``n * gap`` bounds what the log-likelihood lies below its
        maximum.
    iterations : int
    converged : bool
    """

    fitted: _core.Turnbull = field(repr=False)
    lower_ends: Floats = field(repr=False)
    upper_ends: Floats = field(repr=False)
    group: str

    @property
    def left(self) -> Floats:
        """Left end of each region."""
        return self.fitted.left

    @property
    def right(self) -> Floats:
        """Right end of each region; infinite beyond the last finite end point."""
        return self.fitted.right

    @property
    def mass(self) -> Floats:
        """Probability of each region."""
        return self.fitted.mass

    @property
    def survival(self) -> Floats:
        """Survival behind each region."""
        return self.fitted.survival

    @property
    def n(self) -> float:
        """Rows (weight)."""
        return self.fitted.n

    @property
    def n_exact(self) -> float:
        """Rows with an exact time."""
        return self.fitted.kinds[0]

    @property
    def n_left(self) -> float:
        """Rows that are left-censored."""
        return self.fitted.kinds[1]

    @property
    def n_interval(self) -> float:
        """Rows with a finite interval."""
        return self.fitted.kinds[2]

    @property
    def n_right(self) -> float:
        """Rows that are right-censored."""
        return self.fitted.kinds[3]

    @property
    def log_likelihood(self) -> float:
        """At the estimate."""
        return self.fitted.log_likelihood

    @property
    def gap(self) -> float:
        """Largest violation of the conditions of the maximum."""
        return self.fitted.gap

    @property
    def iterations(self) -> int:
        """Rounds used."""
        return self.fitted.iterations

    @property
    def converged(self) -> bool:
        """Whether the conditions of the maximum hold to the tolerance."""
        return self.fitted.converged


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnbullAt(Result):
    """Survival at given times: the least and the greatest value that the estimate allows, and limits if asked for."""

    group: list[str]
    time: Floats
    survival_low: Floats
    survival_high: Floats
    lower: Floats
    upper: Floats
    note: list[str]
    by: str | None
    time_name: str
    method: str

    @property
    def survival(self) -> Floats:
        """Survival where it is determined, NaN inside a region."""
        return np.where(self.survival_low == self.survival_high, self.survival_high, np.nan)

    def columns(self) -> Mapping[str, Any]:
        """Group, time, survival, its range, limits, note."""
        names = ("group", "time", "survival", "survival_low", "survival_high", "lower", "upper", "note")
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """What was computed, and how."""
        return f"Survival at {self.time_name}: {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Survival, its range and limits by group and time."""
        table = self.columns()
        for i, group in enumerate(self.group):
            for name, label, column in (
                ("estimate", "Survival probability", "survival"),
                ("estimate.low", "Least survival", "survival_low"),
                ("estimate.high", "Greatest survival", "survival_high"),
                ("conf.low", "Lower limit", "lower"),
                ("conf.high", "Upper limit", "upper"),
            ):
                yield ard_row(
                    variable=self.time_name,
                    variable_level=f"{self.time[i]:g}",
                    group1=self.by,
                    group1_level=group if self.by else None,
                    context="turnbull",
                    stat_name=name,
                    stat_label=label,
                    stat=number(table[column][i]),
                    warning=self.note[i] or None,
                    method=self.method,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnbullQuantiles(Result):
    """Quantiles: the region ``(left, right]`` in which each lies; NaN where not reached."""

    group: list[str]
    p: Floats
    left: Floats
    right: Floats
    note: list[str]
    by: str | None
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, fraction, ends of the region, note."""
        return {name: getattr(self, name) for name in ("group", "p", "left", "right", "note")}

    def title(self) -> str:
        """What was computed, and how."""
        return f"Quantiles of {self.time_name}: {self.method}; {NO_LIMITS}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Ends of the region by group and fraction."""
        for i, group in enumerate(self.group):
            for name, label, value in (
                ("estimate.low", "After", self.left[i]),
                ("estimate.high", "Until", self.right[i]),
            ):
                yield ard_row(
                    variable=self.time_name,
                    variable_level=f"p = {self.p[i]:g}",
                    group1=self.by,
                    group1_level=group if self.by else None,
                    context="turnbull quantile",
                    stat_name=name,
                    stat_label=label,
                    stat=number(value),
                    warning=self.note[i] or None,
                    method=self.method,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class Turnbull(Result):
    """Survival from interval-censored times, by group.

    Attributes
    ----------
    curves : tuple of TurnbullCurve
    groups : list of str
    n_dropped : int
    """

    curves: tuple[TurnbullCurve, ...]
    by: str | None
    time_name: str
    unit: str | None
    near_ties: bool
    weighted: bool
    n_dropped: int

    def __iter__(self) -> Iterator[TurnbullCurve]:
        return iter(self.curves)

    def __getitem__(self, group: str) -> TurnbullCurve:
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
        """Rows (weight)."""
        return float(sum(curve.n for curve in self.curves))

    @property
    def converged(self) -> bool:
        """Whether every curve is at its maximum."""
        return all(curve.converged for curve in self.curves)

    @property
    def time_label(self) -> str:
        """Name of the time with its unit."""
        return self.time_name if self.unit is None else f"{self.time_name} ({self.unit})"

    @property
    def method(self) -> str:
        """Method and tie rule in words."""
        weights = ", frequency weights" if self.weighted else ""
        return f"{METHOD}{weights}, end points: {_rows.ties_words(self.near_ties)}"

    @property
    def median(self) -> tuple[float, float] | dict[str, tuple[float, float] | None] | None:
        """The region of the median, None when not reached; with ``by`` one for each group."""
        found: dict[str, tuple[float, float] | None] = {}
        for curve in self.curves:
            left, right = curve.fitted.quantiles(np.array([0.5]))
            found[curve.group] = None if np.isnan(left[0]) else (float(left[0]), float(right[0]))
        return found if self.by is not None else found[self.groups[0]]

    def at(
        self,
        times: float | ArrayLike,
        *,
        conf_type: Literal["bootstrap"] | None = None,
        conf_level: float = 0.95,
        replicates: int = 1000,
        seed: int = 20140324,
    ) -> TurnbullAt:
        """Survival at given times.

        Parameters
        ----------
        times : number or list of numbers
        conf_type : {"bootstrap"}, optional
            Percentile limits from resampled rows. By default there are none: the estimate has no standard error of the
            usual kind. The bootstrap is not known to be consistent here (Sen and Xu 2015), so its limits are rough.
        conf_level, replicates, seed : float, int, int
            Of the bootstrap.

        Examples
        --------
        >>> import mscsle as ms
        >>> found = ms.turnbull([0, 1, 1, 2], [1, 2, 2, None])
        >>> found.at([1, 1.5]).to_frame()["survival_low"].round(4).tolist()
        [0.75, 0.25]
        >>> found.at(1.5).note
        ['inside the region (1, 2]: survival is not determined; limits not available']
        """
        points = _rows.time_points(times)
        level = _rows.level(conf_level)
        if conf_type is not None and conf_type != "bootstrap":
            raise OptionError(f"unknown conf_type `{conf_type}`; use `bootstrap` or leave it out")
        if conf_type and self.weighted:
            raise OptionError("the bootstrap resamples rows one by one; repeat them instead of `weights`")
        low, high, lower, upper, notes = [], [], [], [], []
        for curve in self.curves:
            least, most = curve.fitted.bounds(points)
            low.append(least)
            high.append(most)
            limits = (np.full(len(points), np.nan),) * 2
            if conf_type:
                limits = _core.survival_turnbull_bootstrap(
                    curve.lower_ends,
                    curve.upper_ends,
                    points,
                    replicates=replicates,
                    seed=seed,
                    level=level,
                    group_near_ties=self.near_ties,
                )
            lower.append(limits[0])
            upper.append(limits[1])
            for point, a, b in zip(points.tolist(), least.tolist(), most.tolist(), strict=True):
                region = next(
                    (f"({x:g}, {y:g}]" for x, y in zip(curve.left, curve.right, strict=True) if x < point < y), ""
                )
                words = [f"inside the region {region}: survival is not determined"] if a != b else []
                notes.append("; ".join(words + ([] if conf_type else [NO_LIMITS])))
        kind = f", {100 * level:g} % percentile bootstrap limits, {replicates} replicates, seed {seed}"
        return TurnbullAt(
            library=self.library,
            group=[curve.group for curve in self.curves for _ in points],
            time=np.tile(points, len(self.curves)),
            survival_low=np.concatenate(low),
            survival_high=np.concatenate(high),
            lower=np.concatenate(lower),
            upper=np.concatenate(upper),
            note=notes,
            by=self.by,
            time_name=self.time_label,
            method=self.method + (kind if conf_type else f", {NO_LIMITS}"),
        )

    def quantile(self, p: float | ArrayLike) -> TurnbullQuantiles:
        """The region in which each quantile lies.

        Examples
        --------
        >>> import mscsle as ms
        >>> found = ms.turnbull([0, 1, 1, 2], [1, 2, 2, None]).quantile([0.5, 0.9])
        >>> found.left.tolist(), found.note
        ([1.0, nan], ['', 'not reached (last finite end point 2)'])
        """
        fractions = np.ascontiguousarray(np.atleast_1d(np.asarray(p, dtype=np.float64)))
        if fractions.ndim != 1 or not ((fractions >= 0) & (fractions <= 1)).all():
            raise OptionError(f"`p` must be between 0 and 1, but is {p!r}")
        found = [curve.fitted.quantiles(fractions) for curve in self.curves]
        left = np.concatenate([f[0] for f in found])
        last = [_last(curve) for curve in self.curves for _ in fractions]
        return TurnbullQuantiles(
            library=self.library,
            group=[curve.group for curve in self.curves for _ in fractions],
            p=np.tile(fractions, len(self.curves)),
            left=left,
            right=np.concatenate([f[1] for f in found]),
            note=[
                f"not reached (last finite end point {end:g})" if np.isnan(value) else ""
                for value, end in zip(left, last, strict=True)
            ],
            by=self.by,
            time_name=self.time_label,
            method=self.method,
        )

    def plot(self, *, ax: Axes | None = None, **options: Any) -> Axes:
        """The estimate as a figure (needs matplotlib, extra ``plot``); options as in ``mscsle.plot.turnbull``."""
        from mscsle import plot

        return plot.turnbull(self, ax=ax, **options)

    def columns(self) -> Mapping[str, Any]:
        """Group, region, mass, survival behind it; an infinite right end is missing."""
        right = np.concatenate([curve.right for curve in self.curves])
        return {
            "group": [curve.group for curve in self.curves for _ in range(len(curve.left))],
            "left": np.concatenate([curve.left for curve in self.curves]),
            "right": np.where(np.isinf(right), np.nan, right),
            "mass": np.concatenate([curve.mass for curve in self.curves]),
            "survival": np.concatenate([curve.survival for curve in self.curves]),
        }

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Counts by kind of censoring and the region of the median."""
        for curve in self.curves:
            left, right = (float(v[0]) for v in curve.fitted.quantiles(np.array([0.5])))
            for name, label, value in (
                ("N", "Subjects", curve.n),
                ("n.exact", "Exact times", curve.n_exact),
                ("n.left", "Left-censored", curve.n_left),
                ("n.interval", "Interval-censored", curve.n_interval),
                ("n.right", "Right-censored", curve.n_right),
                ("median.low", "Median after", left),
                ("median.high", "Median until", right),
            ):
                yield ard_row(
                    variable=self.time_label,
                    group1=self.by,
                    group1_level=curve.group if self.by else None,
                    context="turnbull",
                    stat_name=name,
                    stat_label=label,
                    stat=number(value),
                    warning=None if np.isfinite(value) else f"not reached (last finite end point {_last(curve):g})",
                    method=self.method,
                )

    def title(self) -> str:
        """Method, counts by kind of censoring, convergence."""
        kinds = [
            (sum(curve.n_exact for curve in self.curves), "exact"),
            (sum(curve.n_left for curve in self.curves), "left-censored"),
            (sum(curve.n_interval for curve in self.curves), "interval-censored"),
            (sum(curve.n_right for curve in self.curves), "right-censored"),
        ]
        parts = [f"{self.method}; n = {_rows.count(self.n)}"]
        parts += [f"{_rows.count(count)} {word}" for count, word in kinds if count]
        if self.n_dropped:
            parts.append(_rows.dropped(self.n_dropped))
        if not self.converged:
            parts.append("not converged")
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"<Turnbull {', '.join(self.groups)}: {self.title()}>"


def _last(curve: TurnbullCurve) -> float:
    """Last finite end point."""
    ends = np.concatenate([curve.lower_ends, curve.upper_ends])
    return float(ends[np.isfinite(ends)].max())


def turnbull(
    lower: Column | None = None,
    upper: Column | None = None,
    *,
    event: Column | None = None,
    formula: str | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    weights: Column | None = None,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    max_iterations: int = 10_000,
    tolerance: float = 1e-10,
) -> Turnbull:
    """Nonparametric survival from times known only to lie between two visits (Turnbull's estimate).

    Parameters
    ----------
    lower, upper : column name or array
        The event lies in ``(lower, upper]``. Equal: an exact time. ``lower`` 0 or missing: left-censored. ``upper`` missing or
        infinite: right-censored at ``lower``.
    event : column name or array of booleans or 0/1, optional
        With it, rows without the event are right-censored at ``lower``, whatever ``upper`` holds: times of
        ``time_to(..., interval=True)`` are ``ms.turnbull("after", "time", event="event", data=times)``.
    formula : str
        Instead of columns: ``'Surv(lower, upper, type="interval2") ~ source'``.
    data, by, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`; a row is missing when both its ends are.
    weights : column name or array
        Frequency weights: a row of weight k is k rows.
    max_iterations, tolerance : int, float
        The climb ends when the log-likelihood is proved to lie within ``n * tolerance`` below its maximum.

    Returns
    -------
    Turnbull

    Raises
    ------
    NotEstimableError
        If a group has right-censored rows only.

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.turnbull([0, 1, 1, 2], [1, 2, 2, None])
    >>> found.to_frame()["mass"].round(6).tolist()
    [0.25, 0.5, 0.25]
    >>> found.median
    (1.0, 2.0)
    """
    _rows.one_of("missing", missing, ("error", "drop"))
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    if formula is not None:
        parsed = _formula.parse(formula, data, lower=lower, upper=upper, event=event, by=by)
        parsed.no_special()
        if parsed.upper is None:
            raise OptionError(
                'intervals are `Surv(lower, upper, type="interval2")`; exact times are for `ms.kaplan_meier`'
            )
        lower, upper, by, data = parsed.time, parsed.upper, parsed.by, parsed.data
    if lower is None or upper is None:
        raise TypeError("give `lower` and `upper`, or a `formula`")
    rows, low, high = _intervals.read(lower, upper, event=event, data=data, by=by, weights=weights, missing=missing)
    curves = []
    for code, label in enumerate(rows.groups):
        of_group = slice(None) if rows.group is None else rows.group == code
        ends = np.ascontiguousarray(low[of_group]), np.ascontiguousarray(high[of_group])
        try:
            fitted = _core.Turnbull(
                *ends,
                weights=None if rows.weights is None else np.ascontiguousarray(rows.weights[of_group]),
                max_iterations=max_iterations,
                tolerance=tolerance,
                group_near_ties=group_near_ties,
            )
        except NotEstimableError as error:
            raise NotEstimableError(str(error) if by is None else f"group `{label}`: {error}") from None
        curves.append(TurnbullCurve(fitted=fitted, lower_ends=ends[0], upper_ends=ends[1], group=label))
    return Turnbull(
        library=rows.library,
        curves=tuple(curves),
        by=None if by is None else _rows.by_name(by, rows.names),
        time_name=rows.names["upper"],
        unit=time_unit,
        near_ties=group_near_ties,
        weighted=weights is not None,
        n_dropped=rows.n_dropped,
    )
