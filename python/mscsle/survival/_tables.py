"""What the step curves of survival share: reading them at given times, and tables of groups and times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.survival import _rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class StepCurve:
    """A curve that changes at the distinct times of events and censorings."""

    group: str
    time: Floats
    n_risk: Floats
    n_event: Floats
    n_censor: Floats
    survival: Floats
    n: float
    tolerance: float
    conf_type: str
    conf_level: float

    @property
    def _limits(self) -> tuple[Floats, Floats]:
        raise TypeError(f"{type(self).__name__} has no limits")

    @property
    def lower(self) -> Floats:
        """Lower pointwise limit; NaN where it is not defined (survival 0)."""
        return self._limits[0]

    @property
    def upper(self) -> Floats:
        """Upper pointwise limit; NaN where it is not defined (survival 0)."""
        return self._limits[1]

    @property
    def last_time(self) -> float:
        """Last observed time, 0 for a group without subjects (of positive weight)."""
        return float(self.time[-1]) if len(self.time) and self.n > 0 else 0.0

    def steps_until(self, points: Floats) -> NDArray[np.int64]:
        """Number of steps at or before each time."""
        return _core.survival_steps(self.time, points, self.tolerance)

    def read(self, points: Floats, start: Mapping[str, float], *, extend: bool) -> tuple[dict[str, Floats], list[str]]:
        """The named columns at given times, and a note for each.

        Before the first step a column holds its value in ``start``; after the last observed time it is NaN unless
        ``extend`` carries it on or survival has reached 0.
        """
        steps = self.steps_until(points)
        beyond = points > self.last_time + self.tolerance
        ended = np.append(1.0, self.survival)[steps] == 0.0
        known = ended | ~beyond | extend
        columns = {
            name: np.where(known, np.append(first, getattr(self, name))[steps], np.nan) for name, first in start.items()
        }
        note = f"beyond the last observed time {self.last_time:g}"
        return columns, [note if after else "" for after in beyond.tolist()]


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupTable(Result):
    """A table with one row for each group and time (or fraction)."""

    #: Names of the columns, in order; each is an attribute.
    names: ClassVar[tuple[str, ...]] = ()

    group: list[str]
    by: str | None
    time_name: str

    def columns(self) -> Mapping[str, Any]:
        """Column name to array or list."""
        return {name: getattr(self, name) for name in self.names}

    def _stats(self, row: int, stats: Iterable[tuple[str, str, float]], **common: Any) -> Iterator[dict[str, object]]:
        """Analysis results of one row of the table: (name, label, value)."""
        yield from stat_rows(stats, by=self.by, group=self.group[row], **common)


@dataclass(frozen=True, kw_only=True, eq=False)
class EstimateAt(GroupTable):
    """Estimates at given times with standard error, limits and a note."""

    time: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    note: list[str]
    method: str

    def _estimate(
        self, row: int, label: str, value: float, *before: tuple[str, str, float], **common: Any
    ) -> Iterator[dict[str, object]]:
        """Analysis results of one row: the estimate, its standard error and its limits, after others."""
        stats = (
            *before,
            ("estimate", label, value),
            ("std.error", "Standard error", self.std_error[row]),
            ("conf.low", "Lower limit", self.lower[row]),
            ("conf.high", "Upper limit", self.upper[row]),
        )
        yield from self._stats(row, stats, warning=self.note[row] or None, method=self.method, **common)


Curve = TypeVar("Curve", bound=StepCurve)


@dataclass(frozen=True, kw_only=True, eq=False)
class Curves(Result, Generic[Curve]):
    """Curves by group, and what they were computed with."""

    #: Name of the estimator, and columns of the table.
    estimator: ClassVar[str] = ""
    names: ClassVar[tuple[str, ...]] = ()

    curves: tuple[Curve, ...]
    by: str | None
    time_name: str
    n_dropped: int
    conf_type: str
    conf_level: float
    near_ties: bool
    delayed_entry: bool
    unit: str | None

    def __iter__(self) -> Iterator[Curve]:
        return iter(self.curves)

    @property
    def _variance(self) -> str:
        raise TypeError(f"{type(self).__name__} has no variance")

    @property
    def method(self) -> str:
        """Method, variance, interval and tie rule in words."""
        return (
            f"{self.estimator}, {self._variance} variance, {100 * self.conf_level:g} % {self.conf_type} limits, "
            f"{_rows.ties_words(self.near_ties)}"
        )

    @property
    def time_label(self) -> str:
        """Name of the time column with its unit."""
        return self.time_name if self.unit is None else f"{self.time_name} ({self.unit})"

    def columns(self) -> Mapping[str, Any]:
        """Labels, and counts, estimate, standard error and limits at each time of events or censorings."""
        out: dict[str, Any] = {}
        for name in self.names:
            values = [getattr(curve, name) for curve in self.curves]
            if name in ("group", "cause"):
                out[name] = [v for v, curve in zip(values, self.curves, strict=True) for _ in range(len(curve.time))]
            else:
                out[name] = np.concatenate(values)
        return out

    def _at(self, points: Floats, start: Mapping[str, float], *, extend: bool) -> dict[str, Any]:
        """Fields of a table of times; the columns named by ``start`` are read from each curve."""
        read = [curve.read(points, start, extend=extend) for curve in self.curves]
        return {
            **{name: np.concatenate([columns[name] for columns, _ in read]) for name in start},
            **self._every(points),
            "time": np.tile(points, len(self.curves)),
            "note": [note for _, notes in read for note in notes],
            "method": self.method,
        }

    def _every(self, points: Floats) -> dict[str, Any]:
        """Library, group and names of a table with a row for each curve and point."""
        return {
            "library": self.library,
            "group": [curve.group for curve in self.curves for _ in points],
            "by": self.by,
            "time_name": self.time_label,
        }


def stat_rows(
    stats: Iterable[tuple[str, str, float]], *, by: str | None, group: str, **common: Any
) -> Iterator[dict[str, object]]:
    """Analysis results (name, label, value) of a group; a value that is NaN is missing."""
    for name, label, value in stats:
        yield ard_row(
            group1=by,
            group1_level=group if by else None,
            stat_name=name,
            stat_label=label,
            stat=number(value),
            **common,
        )


def number(value: float) -> float | None:
    """The number, None for NaN."""
    return float(value) if np.isfinite(value) else None
