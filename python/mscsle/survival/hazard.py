"""The cumulative hazard: Nelson-Aalen and Fleming-Harrington."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mscsle import _core
from mscsle.survival import _presets, _rows
from mscsle.survival._rows import Column, Like, NearTies, Unit
from mscsle.survival._tables import Curves, EstimateAt, Floats, StepCurve, stat_rows

__all__ = ["CumulativeHazard", "HazardAt", "HazardCurve", "nelson_aalen"]

HazardConfType = Literal["log", "plain"]


@dataclass(frozen=True, kw_only=True, eq=False)
class HazardCurve(StepCurve):
    """The cumulative hazard of one group.

    Attributes
    ----------
    time, n_risk, n_event, n_censor : array of float
        Distinct times of events and censorings; number (weight) at risk just before each, events, censored.
    hazard, std_error : array of float
        H(t) and its standard error.
    """

    hazard: Floats
    hazard_variance: Floats
    n_events: float

    @cached_property
    def std_error(self) -> Floats:
        """Standard error of H(t)."""
        return np.sqrt(self.hazard_variance)

    @cached_property
    def _limits(self) -> tuple[Floats, Floats]:
        return _core.survival_hazard_limits(self.hazard, self.hazard_variance, self.conf_type, self.conf_level)

    @property
    def exp_survival(self) -> Floats:
        """Survival as exp(-H(t)) (with Nelson-Aalen: Breslow's estimate)."""
        return np.exp(-self.hazard)


@dataclass(frozen=True, kw_only=True, eq=False)
class HazardAt(EstimateAt):
    """Cumulative hazard at given times, by group; after the last observed time it is missing and ``note`` says so."""

    names = ("group", "time", "hazard", "std_error", "lower", "upper", "note")

    hazard: Floats

    def title(self) -> str:
        """What was computed, and how."""
        return f"Cumulative hazard at {self.time_name}: {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Hazard, standard error and limits by group and time."""
        for i, time in enumerate(self.time):
            yield from self._estimate(
                i,
                "Cumulative hazard",
                self.hazard[i],
                variable=self.time_name,
                variable_level=f"{time:g}",
                context="cumulative hazard",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class CumulativeHazard(Curves[HazardCurve]):
    """Cumulative hazards by group.

    Attributes
    ----------
    curves : tuple of HazardCurve
    groups : list of str
    hazard_estimator : str
        ``Nelson-Aalen`` or ``Fleming-Harrington``.
    variance : str
        The variance behind standard errors and limits.
    """

    names = ("group", "time", "n_risk", "n_event", "n_censor", "hazard", "std_error", "lower", "upper")

    hazard_estimator: str
    variance: str
    weight_kind: str | None
    like: str | None

    @property
    def groups(self) -> list[str]:
        """Labels of the groups."""
        return [curve.group for curve in self.curves]

    def __getitem__(self, group: str) -> HazardCurve:
        for curve in self.curves:
            if curve.group == group:
                return curve
        raise KeyError(f"no group `{group}`; the groups are {', '.join(f'`{g}`' for g in self.groups)}")

    @property
    def _variance(self) -> str:
        return self.variance

    @property
    def method(self) -> str:
        """Estimator, variance, interval and tie rule in words."""
        return (
            f"{self.hazard_estimator} cumulative hazard, {self.variance} variance, {100 * self.conf_level:g} % "
            f"{self.conf_type} limits, {_rows.ties_words(self.near_ties)}"
        )

    def at(self, times: float | ArrayLike, *, extend: bool = False) -> HazardAt:
        """Cumulative hazard at given times; ``extend`` carries the last value on after the last observed time.

        Examples
        --------
        >>> import mscsle as ms
        >>> hazard = ms.nelson_aalen([6, 6, 6, 7, 10], event=[1, 1, 0, 1, 0])
        >>> hazard.at([6, 8, 11]).hazard.round(4).tolist()
        [0.4, 0.9, nan]
        """
        points = _rows.time_points(times)
        start = {"hazard": 0.0, "std_error": 0.0, "lower": 0.0, "upper": 0.0}
        return HazardAt(**self._at(points, start, extend=extend))

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Subjects, events and the last value with limits by group."""
        for curve in self.curves:
            stats = [("N", "Subjects", curve.n), ("n.event", "Events", curve.n_events)]
            if len(curve.time):
                stats += [
                    ("estimate", f"Cumulative hazard at {curve.time[-1]:g}", float(curve.hazard[-1])),
                    ("std.error", "Standard error", float(curve.std_error[-1])),
                    ("conf.low", "Lower limit", float(curve.lower[-1])),
                    ("conf.high", "Upper limit", float(curve.upper[-1])),
                ]
            yield from stat_rows(
                stats,
                by=self.by,
                group=curve.group,
                variable=self.time_label,
                context="cumulative hazard",
                method=self.method,
            )

    def title(self) -> str:
        """Method and counts."""
        parts = [
            f"{self.method}; n = {_rows.count(float(sum(c.n for c in self.curves)))}",
            _rows.counted(float(sum(c.n_events for c in self.curves)), "event"),
            "delayed entry" if self.delayed_entry else "",
            f"{self.weight_kind} weights" if self.weight_kind else "",
            _rows.dropped(self.n_dropped),
        ]
        return ", ".join(part for part in parts if part)

    def __repr__(self) -> str:
        return f"<CumulativeHazard {', '.join(self.groups)}: {self.title()}>"


def nelson_aalen(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: Literal["frequency", "sampling"] | None = None,
    cluster: Column | None = None,
    estimator: Literal["nelson-aalen", "fleming-harrington"] = "nelson-aalen",
    conf_type: HazardConfType | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> CumulativeHazard:
    """The cumulative hazard by group, with limits.

    Parameters
    ----------
    time, event, cnsr, data, by, entry, weights, weight_kind, cluster, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`. Sampling weights and clusters give the infinitesimal jackknife variance.
    estimator : {"nelson-aalen", "fleming-harrington"}
        Tied events: all at once, d/n (R's ``ctype=1``); or one after the other, 1/n + 1/(n-1) + ... (``ctype=2``).
    conf_type : {"log", "plain"}
        Scale of the limits of H; log is log-log for exp(-H).
    conf_level : float
    like : {"r", "sas"}
        Defaults of that program.

    Returns
    -------
    CumulativeHazard

    Examples
    --------
    >>> import mscsle as ms
    >>> ms.nelson_aalen([6, 6, 6, 7, 10], event=[1, 1, 0, 1, 0]).curves[0].hazard.round(4).tolist()
    [0.4, 0.9, 0.9]
    >>> ms.nelson_aalen([6, 6, 6, 7], event=[1, 1, 0, 1], estimator="fleming-harrington").curves[0].hazard.round(4).tolist()
    [0.5833, 1.5833]
    """
    scale = _presets.checked("nelson_aalen", "conf_type", conf_type, like, ("log", "plain"))
    conf_level = _rows.level(conf_level)
    _rows.one_of("estimator", estimator, ("nelson-aalen", "fleming-harrington"))
    _rows.one_of("missing", missing, ("error", "drop"))
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    _rows.weight_words(weights, weight_kind)
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
    found = _core.survival_hazard(
        rows.time,
        rows.event,
        rows.group_codes(),
        n_groups=len(rows.groups),
        estimator=estimator,
        entry=rows.entry,
        weights=rows.weights,
        frequency=weight_kind != "sampling",
        cluster=rows.cluster,
        group_near_ties=group_near_ties,
    )
    return CumulativeHazard(
        library=rows.library,
        curves=tuple(_curve(group, curve, scale, conf_level) for group, curve in zip(rows.groups, found, strict=True)),
        by=None if by is None else _rows.by_name(by, rows.names),
        time_name=rows.names["time"],
        n_dropped=rows.n_dropped,
        conf_type=scale,
        conf_level=conf_level,
        near_ties=group_near_ties,
        delayed_entry=entry is not None,
        unit=time_unit,
        hazard_estimator=found[0]["estimator"],
        variance=found[0]["variance"],
        weight_kind=weight_kind,
        like=like,
    )


def _curve(group: str, found: dict[str, Any], scale: str, level: float) -> HazardCurve:
    names = (
        "time",
        "n_risk",
        "n_event",
        "n_censor",
        "survival",
        "n",
        "tolerance",
        "hazard",
        "hazard_variance",
        "n_events",
    )
    return HazardCurve(group=group, conf_type=scale, conf_level=level, **{name: found[name] for name in names})
