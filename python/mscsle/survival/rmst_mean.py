"""Restricted mean survival time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import NotEstimableError, OptionError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, NearTies, Unit
from mscsle.survival.curves import KaplanMeier, kaplan_meier

__all__ = ["Rmst", "RmstContrasts", "rmst"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RmstContrasts(Result):
    """Differences and ratios of restricted means against the reference group; empty where not estimable (see ``note``).

    Attributes
    ----------
    group, reference, contrast : list of str
        ``group`` minus (or over) ``reference``; ``contrast`` is ``difference`` or ``ratio``.
    estimate, lower, upper, p_value : array of float
    note : list of str
        Why a contrast is not estimable.
    """

    group: list[str]
    reference: list[str]
    contrast: list[str]
    estimate: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    note: list[str]
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, reference, contrast, estimate, limits, p-value, note."""
        names = ("group", "reference", "contrast", "estimate", "lower", "upper", "p_value", "note")
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """What was compared, and how."""
        return self.method


@dataclass(frozen=True, kw_only=True, eq=False)
class Rmst(Result):
    """Restricted mean survival time by group, with contrasts against the first group.

    Attributes
    ----------
    groups : list of str
    tau : float
        End of the interval, in the unit of the data.
    estimate, std_error, lower, upper : array of float
        Mean time without the event up to ``tau``, by group.
    contrasts : RmstContrasts
        Difference and ratio of every further group against ``reference``.
    """

    groups: list[str]
    tau: float
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    reference: str
    contrasts: RmstContrasts
    n: Floats
    n_events: Floats
    n_dropped: int
    conf_level: float
    by: str | None
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, subjects, events, tau, mean, standard error, limits."""
        return {
            "group": self.groups,
            "n": self.n,
            "n_events": self.n_events,
            "tau": np.full(len(self.groups), self.tau),
            "rmst": self.estimate,
            "std_error": self.std_error,
            "lower": self.lower,
            "upper": self.upper,
        }

    def title(self) -> str:
        """What was computed, and how."""
        dropped = f"; {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"{self.method}{dropped}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Means and contrasts with limits."""
        stats = (
            ("estimate", self.estimate),
            ("std.error", self.std_error),
            ("conf.low", self.lower),
            ("conf.high", self.upper),
        )
        for i, group in enumerate(self.groups):
            for name, values in stats:
                yield ard_row(
                    variable=self.time_name,
                    variable_level=f"tau = {self.tau:g}",
                    group1=self.by,
                    group1_level=group if self.by else None,
                    context="restricted mean survival time",
                    stat_name=name,
                    stat=float(values[i]),
                    method=self.method,
                )
        table = self.contrasts
        for i, group in enumerate(table.group):
            for name, values in (
                ("estimate", table.estimate),
                ("conf.low", table.lower),
                ("conf.high", table.upper),
                ("p.value", table.p_value),
            ):
                yield ard_row(
                    variable=self.time_name,
                    variable_level=f"tau = {self.tau:g}",
                    group1=self.by,
                    group1_level=f"{group} vs {table.reference[i]}",
                    context=f"restricted mean survival time, {table.contrast[i]}",
                    stat_name=name,
                    stat=float(values[i]) if np.isfinite(values[i]) else None,
                    warning=table.note[i] or None,
                    method=table.method,
                )


def rmst(
    time: Column | None = None,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    formula: str | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    tau: float | None = None,
    ref: object | None = None,
    entry: Column | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> Rmst:
    """Restricted mean survival time: the mean time without the event up to ``tau``, with difference and ratio.

    It needs no proportional hazards and stays finite when an arm has no event.

    Parameters
    ----------
    time, event, cnsr, formula, data, by, entry, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`.
    tau : float
        End of the interval. Beyond the last observed time of a group the curve is unknown and this is refused; by default
        the smallest of the groups' last observed times, which the result names.
    ref : level of ``by``
        The group others are compared with; default the first.
    conf_level : float
        Limits are normal; those of the ratio on the log scale. A group without events until ``tau`` has a variance of 0: limits of
        a contrast with it are too narrow and its p-value is too small, which ``note`` says.

    Returns
    -------
    Rmst

    Raises
    ------
    NotEstimableError
        ``tau`` beyond the last observed time of a group.

    Examples
    --------
    >>> import mscsle as ms
    >>> mean = ms.rmst([1, 2, 4, 7, 3, 5, 6, 7], event=[1] * 8, by=["a"] * 4 + ["b"] * 4, tau=5)
    >>> mean.estimate.tolist()
    [3.0, 4.5]
    >>> float(mean.contrasts.estimate[0])
    1.5
    """
    km = kaplan_meier(
        time,
        event=event,
        cnsr=cnsr,
        formula=formula,
        data=data,
        by=by,
        entry=entry,
        conf_level=conf_level,
        near_ties=near_ties,
        unit=unit,
        missing=missing,
    )
    return rmst_of(km, tau=tau, ref=ref)


def rmst_of(km: KaplanMeier, *, tau: float | None = None, ref: object | None = None) -> Rmst:
    """Restricted means of curves that are there."""
    chosen = "" if tau is not None else ", the smallest last observed time of the groups"
    if tau is None:
        tau = min(curve.last_time for curve in km)
    if not (np.isfinite(tau) and tau > 0):
        raise OptionError(f"`tau` must be positive and finite, but is {tau:g}")
    reference = km.groups[0] if ref is None else _rows.level_text(ref)
    if reference not in km.groups:
        raise OptionError(f"`ref` is `{reference}`, but the groups are {', '.join(f'`{g}`' for g in km.groups)}")
    means: dict[str, tuple[float, float]] = {}
    for curve in km:
        try:
            means[curve.group] = _core.survival_rmst(
                curve.time, curve.n_risk, curve.n_event, curve.survival, float(tau), curve.tolerance
            )
        except NotEstimableError as error:
            raise NotEstimableError(f"group `{curve.group}`: {error}" if km.by else str(error)) from None
    pairs = [(group, kind) for group in km.groups if group != reference for kind in ("difference", "ratio")]
    values = np.full((4, len(pairs)), np.nan)
    notes: list[str] = []
    for i, (group, kind) in enumerate(pairs):
        try:
            estimate, _, lower, upper, p = _core.survival_contrast(kind, means[group], means[reference], km.conf_level)
        except NotEstimableError as error:
            notes.append(str(error))
            continue
        without = [f"`{name}`" for name in (group, reference) if means[name][1] == 0.0]
        values[:, i] = (estimate, lower, upper, p)
        notes.append(
            f"no event in {' and '.join(without)}, whose variance counts as 0: limits too narrow, p-value too small"
            if without
            else ""
        )
    estimates = np.array([m[0] for m in means.values()])
    std_error = np.array([m[1] for m in means.values()])
    margin = _core.survival_critical_value(km.conf_level) * std_error
    label = f"restricted mean survival time to tau = {tau:g}{f' {km.unit}' if km.unit else ''}{chosen}"
    limits = f"{100 * km.conf_level:g} % normal limits"
    return Rmst(
        library=km.library,
        groups=km.groups,
        tau=float(tau),
        estimate=estimates,
        std_error=std_error,
        lower=estimates - margin,
        upper=estimates + margin,
        reference=reference,
        contrasts=RmstContrasts(
            library=km.library,
            group=[group for group, _ in pairs],
            reference=[reference] * len(pairs),
            contrast=[kind for _, kind in pairs],
            estimate=values[0],
            lower=values[1],
            upper=values[2],
            p_value=values[3],
            note=notes,
            method=f"Contrasts of {label}, {limits} (ratio: on the log scale)",
        ),
        n=np.array([curve.n for curve in km]),
        n_events=np.array([curve.n_events for curve in km]),
        n_dropped=km.n_dropped,
        conf_level=km.conf_level,
        by=km.by,
        time_name=km.time_label,
        method=f"{label[0].upper()}{label[1:]}, {limits}",
    )
