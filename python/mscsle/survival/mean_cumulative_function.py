"""Mean cumulative function of recurrent events, with or without death, and the comparison of groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, NearTies, Unit
from mscsle.survival._tables import Floats, stat_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "MeanCumulative",
    "MeanCumulativeAt",
    "MeanCumulativeTest",
    "MeanCurve",
    "mean_cumulative",
    "mean_cumulative_test",
]

MeanConfType = Literal["log", "plain"]


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanCurve:
    """The mean cumulative function of one group at the distinct times of its events and deaths.

    Attributes
    ----------
    group : str
    time, n_risk, n_event, n_death : array of float
        Times; subjects at risk just before each; events; deaths.
    mean, std_error, lower, upper : array of float
        Expected number of events per subject, robust standard error, limits.
    survival : array of float
        Kaplan-Meier survival; 1 when deaths are not given.
    n, last_time : int, float
        Subjects; last end of follow-up.
    starts, stops : array of float
        Starts and ends of the rows, each ascending.
    """

    group: str
    time: Floats
    n_risk: Floats
    n_event: Floats
    n_death: Floats
    mean: Floats
    variance: Floats
    survival: Floats
    n: int
    last_time: float
    tolerance: float
    starts: Floats
    stops: Floats
    conf_type: str
    conf_level: float

    def at_risk(self, times: float | ArrayLike) -> NDArray[np.int64]:
        """Subjects at risk just before given times; at 0 those who start then."""
        points = _rows.time_points(times)
        began = np.searchsorted(self.starts, points - self.tolerance, side="left")
        ended = np.searchsorted(self.stops, points - self.tolerance, side="left")
        first = np.searchsorted(self.starts, points + self.tolerance, side="right")
        return np.where(points == 0, first, began - ended).astype(np.int64)

    @cached_property
    def std_error(self) -> Floats:
        """Robust standard error of the mean."""
        return np.sqrt(self.variance)

    @cached_property
    def _limits(self) -> tuple[Floats, Floats]:
        reach = _core.survival_critical_value(self.conf_level) * self.std_error
        if self.conf_type == "plain":
            return np.maximum(self.mean - reach, 0.0), self.mean + reach
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.exp(reach / self.mean)
            none = self.mean == 0
            return np.where(none, 0.0, self.mean / factor), np.where(none, 0.0, self.mean * factor)

    @property
    def lower(self) -> Floats:
        """Lower pointwise limit."""
        return self._limits[0]

    @property
    def upper(self) -> Floats:
        """Upper pointwise limit."""
        return self._limits[1]


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanCumulativeAt(Result):
    """The mean cumulative function at given times; after the last end of follow-up it is missing and ``note`` says so."""

    group: list[str]
    time: Floats
    mean: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    note: list[str]
    by: str | None
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, time, mean, standard error, limits and note."""
        return {name: getattr(self, name) for name in ("group", "time", "mean", "std_error", "lower", "upper", "note")}

    def title(self) -> str:
        """What was computed, and how."""
        return f"Mean cumulative number of events at {self.time_name}: {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Mean, standard error and limits by group and time."""
        for i, group in enumerate(self.group):
            yield from stat_rows(
                (
                    ("estimate", "Mean cumulative number of events", float(self.mean[i])),
                    ("std.error", "Standard error", float(self.std_error[i])),
                    ("conf.low", "Lower limit", float(self.lower[i])),
                    ("conf.high", "Upper limit", float(self.upper[i])),
                ),
                by=self.by,
                group=group,
                variable="events",
                variable_level=f"{self.time_name} = {self.time[i]:g}",
                context="mean cumulative function",
                warning=self.note[i] or None,
                method=self.method,
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanCumulative(Result):
    """Mean cumulative functions by group.

    Attributes
    ----------
    curves : tuple of MeanCurve
    groups : list of str
    n_dropped : int
        Rows left out because of missing values.
    """

    curves: tuple[MeanCurve, ...]
    by: str | None
    time_name: str
    with_death: bool
    conf_type: str
    conf_level: float
    near_ties: bool
    unit: str | None
    n_dropped: int

    def __iter__(self) -> Iterator[MeanCurve]:
        return iter(self.curves)

    @property
    def groups(self) -> list[str]:
        """Labels of the groups."""
        return [curve.group for curve in self.curves]

    @property
    def n(self) -> int:
        """Subjects."""
        return sum(curve.n for curve in self.curves)

    @property
    def n_events(self) -> int:
        """Events."""
        return round(sum(float(curve.n_event.sum()) for curve in self.curves))

    @property
    def n_deaths(self) -> int:
        """Deaths."""
        return round(sum(float(curve.n_death.sum()) for curve in self.curves))

    @property
    def method(self) -> str:
        """Estimator, variance, interval and tie rule in words."""
        name = "with death (Ghosh-Lin)" if self.with_death else "(Lawless-Nadeau)"
        return (
            f"mean cumulative function {name}, robust variance, {100 * self.conf_level:g} % {self.conf_type} limits, "
            f"{_rows.ties_words(self.near_ties)}"
        )

    @property
    def time_label(self) -> str:
        """Name of the time column with its unit."""
        return self.time_name if self.unit is None else f"{self.time_name} ({self.unit})"

    def at(self, times: float | ArrayLike) -> MeanCumulativeAt:
        """The mean number of events by given times.

        Examples
        --------
        >>> import mscsle as ms
        >>> mcf = ms.mean_cumulative([2, 5, 8, 6], event=[1, 1, 0, 0], id=["a", "a", "a", "b"])
        >>> mcf.at([3, 6]).mean.tolist()
        [0.5, 1.0]
        """
        points = _rows.time_points(times)
        columns: dict[str, list[Floats]] = {name: [] for name in ("mean", "std_error", "lower", "upper")}
        notes: list[str] = []
        for curve in self.curves:
            steps = _core.survival_steps(curve.time, points, curve.tolerance)
            beyond = points > curve.last_time + curve.tolerance
            for name, found in columns.items():
                found.append(np.where(beyond, np.nan, np.append(0.0, getattr(curve, name))[steps]))
            note = f"beyond the last end of follow-up {curve.last_time:g}"
            notes += [note if after else "" for after in beyond.tolist()]
        return MeanCumulativeAt(
            library=self.library,
            group=[curve.group for curve in self.curves for _ in points],
            time=np.tile(points, len(self.curves)),
            note=notes,
            by=self.by,
            time_name=self.time_label,
            method=self.method,
            **{name: np.concatenate(found) for name, found in columns.items()},
        )

    def columns(self) -> Mapping[str, Any]:
        """Group, time, numbers at risk, events, deaths, mean, standard error and limits."""
        names = ("time", "n_risk", "n_event", "n_death", "mean", "std_error", "lower", "upper")
        out: dict[str, Any] = {"group": [curve.group for curve in self.curves for _ in curve.time]}
        out.update({name: np.concatenate([getattr(curve, name) for curve in self.curves]) for name in names})
        return out

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Subjects, events, deaths and the last mean with limits by group."""
        for curve in self.curves:
            stats: list[tuple[str, str, float]] = [
                ("N", "Subjects", float(curve.n)),
                ("n.event", "Events", float(curve.n_event.sum())),
            ]
            if self.with_death:
                stats.append(("n.death", "Deaths", float(curve.n_death.sum())))
            if len(curve.time):
                stats += [
                    ("estimate", f"Mean number of events by {curve.time[-1]:g}", float(curve.mean[-1])),
                    ("std.error", "Standard error", float(curve.std_error[-1])),
                    ("conf.low", "Lower limit", float(curve.lower[-1])),
                    ("conf.high", "Upper limit", float(curve.upper[-1])),
                ]
            yield from stat_rows(
                stats,
                by=self.by,
                group=curve.group,
                variable="events",
                context="mean cumulative function",
                method=self.method,
            )

    def title(self) -> str:
        """Method and counts."""
        parts = [self.method, f"n = {self.n}", _rows.counted(self.n_events, "event")]
        if self.with_death:
            parts.append(_rows.counted(self.n_deaths, "death"))
        parts.append(_rows.dropped(self.n_dropped))
        return ", ".join(part for part in parts if part)

    def plot(self, *, ax: Axes | None = None, **options: Any) -> Axes:
        """Draws the curves; options of :func:`mscsle.plot.mean_cumulative`."""
        from mscsle.plot import mean_cumulative as draw

        return draw(self, ax=ax, **options)

    def __repr__(self) -> str:
        return f"<MeanCumulative {self.title()}>"


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanCumulativeTest(Result):
    """A test that mean cumulative functions are equal.

    Attributes
    ----------
    statistic, df, p_value : float, int, float
    groups : list of str
    n, observed : array of float
        Subjects and events by group.
    score, variance : arrays
        At-risk weighted differences by group and their robust covariance.
    """

    statistic: float
    df: int
    p_value: float
    groups: list[str]
    n: NDArray[np.float64]
    observed: NDArray[np.float64]
    score: NDArray[np.float64]
    variance: NDArray[np.float64]
    by: str
    n_dropped: int
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, subjects, events and weighted difference."""
        return {"group": self.groups, "n": self.n, "observed": self.observed, "score": self.score}

    def title(self) -> str:
        """Method, statistic, degrees of freedom and p-value."""
        dropped = f", {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"{self.method}: chi-squared {self.statistic:.4f}, df {self.df}, p = {self.p_value:.4g}{dropped}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Statistic, degrees of freedom and p-value."""
        stats = (
            ("statistic", "Chi-squared statistic", self.statistic),
            ("parameter", "Degrees of freedom", float(self.df)),
            ("p.value", "p-value", self.p_value),
        )
        for name, label, value in stats:
            yield ard_row(
                variable="events",
                group1=self.by,
                context="test of mean cumulative functions",
                stat_name=name,
                stat_label=label,
                stat=value,
                method=self.method,
            )

    def __repr__(self) -> str:
        return f"<MeanCumulativeTest {self.title()}>"


def mean_cumulative(
    time: Column,
    *,
    event: Column,
    id: Column,
    entry: Column | None = None,
    death: Column | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    conf_type: MeanConfType = "log",
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> MeanCumulative:
    """Expected number of recurrent events per subject by time, with robust limits, by group.

    Parameters
    ----------
    time : column name of numbers, or array
        End of each row: an event, death or the end of follow-up.
    event : column name of booleans or 0/1, or array
        Whether an event happened at the end of the row.
    id : column name, or array
        The subject of each row.
    entry : column name of numbers, or array
        Start of each row. Without it a subject's rows follow each other from time 0.
    death : column name of booleans or 0/1, or array
        Whether the subject died at the end of the row. With it, events stop at death and the mean is over all subjects
        (Ghosh and Lin); without it, death is treated as censoring, which overestimates the burden.
    data, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`.
    by : column name, list of names, or array
        Groups; constant within a subject.
    conf_type : {"log", "plain"}
        Scale of the limits.

    Returns
    -------
    MeanCumulative

    References
    ----------
    Lawless JF, Nadeau C (1995) Technometrics 37:158, doi:10.1080/00401706.1995.10484300.
    Ghosh D, Lin DY (2000) Biometrics 56:554, doi:10.1111/j.0006-341x.2000.00554.x.

    Examples
    --------
    >>> import mscsle as ms
    >>> mcf = ms.mean_cumulative([2, 5, 8, 6], event=[1, 1, 0, 0], id=["a", "a", "a", "b"])
    >>> mcf.curves[0].mean.tolist()
    [0.5, 1.0]
    """
    _rows.one_of("conf_type", conf_type, ("log", "plain"))
    level, group, time_unit = _rows.level(conf_level), _rows.grouping(near_ties), _rows.time_unit(unit, data)
    rows, arguments = _read(time, event, id, entry, death, data, by, missing)
    found = _core.survival_mean_cumulative(**arguments, group_near_ties=group)
    own = np.zeros(rows.n, dtype=np.uint32) if rows.group is None else rows.group
    curves = tuple(
        MeanCurve(
            group=label,
            starts=np.sort(arguments["entry"][own == code]),
            stops=np.sort(rows.time[own == code]),
            conf_type=conf_type,
            conf_level=level,
            **curve,
        )
        for code, (label, curve) in enumerate(zip(rows.groups, found, strict=True))
    )
    return MeanCumulative(
        library=rows.library,
        curves=curves,
        by=None if by is None else _rows.by_name(by, rows.names),
        time_name=rows.names["time"],
        with_death=death is not None,
        conf_type=conf_type,
        conf_level=level,
        near_ties=group,
        unit=time_unit,
        n_dropped=rows.n_dropped,
    )


def mean_cumulative_test(
    time: Column,
    *,
    event: Column,
    id: Column,
    by: Column | list[str],
    entry: Column | None = None,
    death: Column | None = None,
    data: object | None = None,
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
) -> MeanCumulativeTest:
    """Test that the mean cumulative functions of groups are equal, robust to dependence within subjects.

    Parameters as in :func:`mscsle.mean_cumulative`. Two groups: the difference of the curves integrated with weight
    n1 n0 / n (Lawless and Nadeau; with ``death`` Ghosh and Lin).

    Returns
    -------
    MeanCumulativeTest

    Raises
    ------
    NotEstimableError
        Without events, or when no risk set holds two groups.

    Examples
    --------
    >>> import mscsle as ms
    >>> test = ms.mean_cumulative_test([2, 5, 8, 6, 3, 7], event=[1, 1, 0, 0, 1, 0], id=["a", "a", "a", "b", "c", "c"],
    ...                                by=["UC", "UC", "UC", "BM", "BM", "BM"])
    >>> test.observed.tolist(), test.df
    ([1.0, 2.0], 1)
    """
    group = _rows.grouping(near_ties)
    rows, arguments = _read(time, event, id, entry, death, data, by, missing)
    if len(rows.groups) < 2:
        raise DataError(
            f"`by` needs at least two groups, but {_rows.by_name(by, rows.names)} holds only `{rows.groups[0]}`"
        )
    found = _core.survival_mean_cumulative(**arguments, group_near_ties=group, test=True)[0]
    k = len(rows.groups)
    found["variance"] = found["variance"].reshape(k, k)
    name = "Ghosh-Lin" if death is not None else "Lawless-Nadeau"
    return MeanCumulativeTest(
        library=rows.library,
        groups=rows.groups,
        by=_rows.by_name(by, rows.names),
        n_dropped=rows.n_dropped,
        method=f"{name} test of mean cumulative functions, robust variance, {_rows.ties_words(group)}",
        **found,
    )


def _read(
    time: Column,
    event: Column,
    id: Column,
    entry: Column | None,
    death: Column | None,
    data: object | None,
    by: Column | list[str] | None,
    missing: str,
) -> tuple[_rows.Rows, dict[str, Any]]:
    """Checked rows and the arguments of the core."""
    _rows.one_of("missing", missing, ("error", "drop"))
    rows = _rows.read(
        data,
        time=time,
        event=event,
        by=by,
        entry=entry,
        missing=missing,
        extra={"id": (id, "codes"), "death": (death, "event")},
    )
    subject = rows.extra["id"].view(np.uint32)
    died = rows.extra.get("death")
    return rows, {
        "time": rows.time,
        "event": rows.event,
        "subject": subject,
        "n_subjects": len(rows.extra_levels["id"]),
        "entry": following(rows, subject) if rows.entry is None else rows.entry,
        "death": None if died is None else died.view(np.bool_),
        "group": rows.group,
        "n_groups": len(rows.groups),
    }


def following(rows: _rows.Rows, subject: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Starts of rows that follow each other within a subject from time 0."""
    order = np.lexsort((rows.time, subject))
    time, who = rows.time[order], subject[order]
    same = np.append(False, who[1:] == who[:-1])
    start = np.where(same, np.append(0.0, time[:-1]), 0.0)
    empty = start >= time
    if empty.any():
        position = int(np.argmax(empty))
        row, name = rows.row(int(order[position])), rows.names["time"]
        label = rows.extra_levels["id"][who[position]]
        raise DataError(
            f"subject `{label}` has two rows that end at {time[position]:g} (row {row} of column `{name}`); "
            "a row must have length: count events of one time once, or give `entry`"
            if same[position]
            else f"subject `{label}`, row {row} of column `{name}` ends at 0, where follow-up starts"
        )
    entry = np.empty_like(start)
    entry[order] = start
    return entry
