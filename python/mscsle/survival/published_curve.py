"""Individual times from a published Kaplan-Meier curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, Unit

__all__ = ["ReconstructedCurve", "ReconstructedRisk", "Reconstruction", "reconstruct"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReconstructedCurve(Result):
    """The cleaned clicks beside the survival of the rebuilt data."""

    time: Floats
    survival: Floats
    rebuilt: Floats
    caption: str

    def columns(self) -> Mapping[str, Any]:
        """Time, clicked and rebuilt survival, difference."""
        difference = self.rebuilt - self.survival
        return {"time": self.time, "survival": self.survival, "rebuilt": self.rebuilt, "difference": difference}

    def title(self) -> str:
        """Of the reconstruction."""
        return self.caption

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Clicked and rebuilt survival by time."""
        for i, time in enumerate(self.time.tolist()):
            for name, values in (("survival.published", self.survival), ("survival.rebuilt", self.rebuilt)):
                yield ard_row(
                    variable="time",
                    variable_level=f"{time:g}",
                    context="reconstruction",
                    stat_name=name,
                    stat=float(values[i]),
                    method=self.caption,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class ReconstructedRisk(Result):
    """The published risk table beside that of the rebuilt data, with events and censorings until the next time."""

    time: Floats
    published: Floats
    rebuilt: Floats
    n_event: Floats
    n_censor: Floats
    caption: str

    def columns(self) -> Mapping[str, Any]:
        """Time, published and rebuilt number at risk, events, censorings."""
        return {name: getattr(self, name) for name in ("time", "published", "rebuilt", "n_event", "n_censor")}

    def title(self) -> str:
        """Of the reconstruction."""
        return self.caption

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """The columns by time."""
        table = self.columns()
        for i, time in enumerate(self.time.tolist()):
            for name in ("published", "rebuilt", "n_event", "n_censor"):
                yield ard_row(
                    variable="time",
                    variable_level=f"{time:g}",
                    context="reconstruction",
                    stat_name=name.replace("_", "."),
                    stat=float(table[name][i]),
                    method=self.caption,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class Reconstruction(Result):
    """Individual times rebuilt from a curve: ``to_frame()`` gives one row a subject (``time``, ``event``, ``arm``).

    Attributes
    ----------
    time : array of float
        Time of each rebuilt subject, ascending.
    event : array of bool
    arm : str or None
    n, n_events : int
    total_events : int or None
        Published number of events, if given.
    rmse, mean_deviation, max_deviation, max_deviation_time : float
        Rebuilt less clicked survival over the clicks.
    max_risk_difference : float
        Largest difference of the numbers at risk.
    settled : bool
        Whether the search for the censorings settled in every interval.
    cleaning : list of str
        What was done to the clicks and the risk table before they were used.
    notes : list of str
        What a reader of results from these data must know.
    """

    rebuilt: _core.Reconstruction = field(repr=False)
    arm: str | None
    arm_name: str
    total_events: int | None
    unit: str | None

    @property
    def time(self) -> Floats:
        """Time of each subject."""
        return self.rebuilt.time

    @property
    def event(self) -> NDArray[np.bool_]:
        """Whether the event happened then."""
        return self.rebuilt.event

    @property
    def n(self) -> int:
        """Subjects."""
        return len(self.rebuilt.time)

    @property
    def n_events(self) -> int:
        """Events."""
        return int(self.rebuilt.event.sum())

    @property
    def rmse(self) -> float:
        """Root mean square of rebuilt less clicked survival."""
        return self.rebuilt.quality[0]

    @property
    def mean_deviation(self) -> float:
        """Mean absolute difference of survival."""
        return self.rebuilt.quality[1]

    @property
    def max_deviation(self) -> float:
        """Largest absolute difference of survival."""
        return self.rebuilt.quality[2]

    @property
    def max_deviation_time(self) -> float:
        """Where the difference is largest."""
        return self.rebuilt.quality[3]

    @property
    def max_risk_difference(self) -> float:
        """Largest absolute difference of the numbers at risk."""
        return self.rebuilt.quality[4]

    @property
    def settled(self) -> bool:
        """Whether the search for the censorings settled."""
        return self.rebuilt.settled

    @property
    def cleaning(self) -> list[str]:
        """What was done to the clicks and the risk table."""
        start, unsorted, duplicates, lowered, largest, added, dropped = self.rebuilt.cleaning
        words = []
        if start:
            words.append("the point (0, 1) was put in front")
        if unsorted:
            words.append(f"{_rows.counted(unsorted, 'point')} out of order in time")
        if duplicates:
            words.append(f"{_rows.counted(duplicates, 'point')} at the time of another left out (the lowest stays)")
        if lowered:
            words.append(f"{_rows.counted(lowered, 'point')} lowered because survival rose, by at most {largest:.4g}")
        if added:
            words.append(f"{_rows.counted(added, 'point')} added where an interval of the risk table had none")
        if dropped:
            words.append(f"{_rows.counted(dropped, 'time')} of the risk table after the last point left out")
        return words

    @property
    def notes(self) -> list[str]:
        """What a reader must know."""
        notes = []
        if self.total_events is None:
            notes.append(
                "without the total number of events, censoring after the last number at risk is carried on from before"
            )
        elif self.n_events != self.total_events:
            notes.append(f"{self.n_events} events were rebuilt, {self.total_events} were published")
        if self.max_risk_difference > 0:
            notes.append(f"numbers at risk differ from the published ones by up to {self.max_risk_difference:g}")
        if not self.settled:
            notes.append("the search for the censorings did not settle in some interval")
        return notes

    @property
    def method(self) -> str:
        """Method in words."""
        return "Individual times rebuilt from a published curve (Guyot 2012), halves rounded up"

    def title(self) -> str:
        """Method, counts, quality."""
        parts = [f"{self.method}; n = {self.n}", _rows.counted(self.n_events, "event")]
        if self.arm is not None:
            parts.insert(1, f"arm {self.arm}")
        parts.append(f"survival within {self.max_deviation:.2g} of the clicks (RMSE {self.rmse:.2g})")
        return ", ".join(parts)

    def curve(self) -> ReconstructedCurve:
        """Clicks beside rebuilt survival."""
        time, survival, rebuilt = self.rebuilt.clicks
        return ReconstructedCurve(
            library=self.library, time=time, survival=survival, rebuilt=rebuilt, caption=self.title()
        )

    def risk_table(self) -> ReconstructedRisk:
        """Published beside rebuilt numbers at risk."""
        time, published, rebuilt, n_event, n_censor = self.rebuilt.intervals
        return ReconstructedRisk(
            library=self.library,
            time=time,
            published=published,
            rebuilt=rebuilt,
            n_event=n_event,
            n_censor=n_censor,
            caption=self.title(),
        )

    def columns(self) -> Mapping[str, Any]:
        """Time and event of each subject, and the arm if one was named."""
        table: dict[str, Any] = {"time": self.time, "event": self.event}
        if self.arm is not None:
            table[self.arm_name] = [self.arm] * self.n
        return table

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Counts and quality."""
        warning = "; ".join(self.notes) or None
        for name, label, value in (
            ("N", "Subjects", float(self.n)),
            ("n.event", "Events", float(self.n_events)),
            ("rmse", "Root mean square deviation of survival", self.rmse),
            ("mean.deviation", "Mean absolute deviation of survival", self.mean_deviation),
            ("max.deviation", "Largest deviation of survival", self.max_deviation),
            ("max.risk.difference", "Largest difference of numbers at risk", self.max_risk_difference),
        ):
            yield ard_row(
                variable="time" if self.unit is None else f"time ({self.unit})",
                group1=None if self.arm is None else self.arm_name,
                group1_level=self.arm,
                context="reconstruction",
                stat_name=name,
                stat_label=label,
                stat=value,
                warning=warning,
                method=self.method,
            )

    def __repr__(self) -> str:
        return f"<Reconstruction {self.title()}>"


def reconstruct(
    time: Column,
    survival: Column,
    *,
    risk_times: ArrayLike,
    n_risk: ArrayLike,
    total_events: int | None = None,
    data: object | None = None,
    arm: str | None = None,
    arm_name: str = "arm",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> Reconstruction:
    """Rebuild individual times from the points read off a published Kaplan-Meier curve and its numbers at risk.

    Parameters
    ----------
    time, survival : column name or array
        Points of the curve: times >= 0 and survival between 0 and 1, best at the foot of every step and at the times of the
        risk table.
    risk_times, n_risk : list of numbers
        The risk table: times from 0 on, and whole numbers at risk just before them.
    total_events : int, optional
        Published number of events; it fixes the censoring after the last number at risk.
    data : pandas, polars or pyarrow frame
        With it, ``time`` and ``survival`` are column names.
    arm, arm_name : str
        A label for the rows, in a column of this name, so that the frames of two arms can be put together.
    unit : {"days", "months", "years"}
    missing : {"error", "drop"}

    Returns
    -------
    Reconstruction

    Notes
    -----
    The rebuilt rows are not the patients: covariates are lost, and what follows from the rows is what follows from the curve.

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.reconstruct([0, 1, 2, 4], [1, 0.9, 0.8, 0.6], risk_times=[0, 2], n_risk=[10, 9], total_events=4, arm="UC")
    >>> found.n, found.n_events, round(found.max_deviation, 6)
    (10, 4, 0.0)
    >>> found.risk_table().to_frame()["rebuilt"].tolist()
    [10.0, 9.0]
    >>> found.curve().to_frame()["rebuilt"].round(3).tolist()
    [1.0, 0.9, 0.8, 0.6]
    """
    _rows.one_of("missing", missing, ("error", "drop"))
    selected = _frame.select(data, {"time": (time, "number"), "survival": (survival, "number")}, missing=missing)
    if not len(selected.arrays["time"]):
        raise DataError("there are no points on the curve; at least one is needed")
    tau = np.ascontiguousarray(np.atleast_1d(np.asarray(risk_times, dtype=np.float64)))
    at_risk = np.ascontiguousarray(np.atleast_1d(np.asarray(n_risk, dtype=np.float64)))
    if tau.ndim != 1 or at_risk.ndim != 1 or len(tau) != len(at_risk) or not len(tau):
        raise OptionError(
            f"`risk_times` and `n_risk` are lists of equal length, but have {tau.size} and {at_risk.size} values"
        )
    if total_events is not None and (total_events < 0 or total_events != int(total_events)):
        raise OptionError(f"`total_events` must be a whole number >= 0, but is {total_events}")
    curve = selected.arrays["survival"]
    ascending = curve[np.argsort(selected.arrays["time"], kind="stable")]
    if len(curve) > 2 and ascending[-1] > ascending[0] and (np.diff(ascending) >= 0).all():
        raise DataError("the curve rises throughout: it is a cumulative incidence; give 1 minus it as `survival`")
    rebuilt = _core.Reconstruction(
        selected.arrays["time"], curve, tau, at_risk, None if total_events is None else int(total_events)
    )
    return Reconstruction(
        library=selected.library,
        rebuilt=rebuilt,
        arm=arm,
        arm_name=arm_name,
        total_events=None if total_events is None else int(total_events),
        unit=_rows.time_unit(unit, data),
    )
