"""Milestone survival: probabilities at named times, and how groups differ there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import NotEstimableError, OptionError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, ConfType, Like, NearTies, Unit
from mscsle.survival._tables import Floats, number
from mscsle.survival.curves import KaplanMeier, SurvivalAt, kaplan_meier

__all__ = ["MilestoneContrasts", "Milestones", "milestones"]

KINDS = ("difference", "ratio", "cumulative-hazard-ratio")


@dataclass(frozen=True, kw_only=True, eq=False)
class MilestoneContrasts(Result):
    """Groups against the reference at each milestone; what is not estimable is NaN and ``note`` says why.

    Attributes
    ----------
    time : array of float
    group, reference, contrast : list of str
        ``contrast``: ``difference`` and ``ratio`` of S(t), or ``cumulative-hazard-ratio``, the ratio of -ln S(t), whose test
        compares ln(-ln S) and keeps its level best in small samples (Klein and others 2007).
    estimate, lower, upper, p_value : array of float
    note : list of str
    """

    time: Floats
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
        """Time, group, reference, contrast, estimate, limits, p-value, note."""
        names = ("time", "group", "reference", "contrast", "estimate", "lower", "upper", "p_value", "note")
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """What was compared, and how."""
        return self.method


@dataclass(frozen=True, kw_only=True, eq=False)
class Milestones(Result):
    """Survival at milestones by group (``survival``) and its contrasts (``contrasts``)."""

    survival: SurvivalAt
    contrasts: MilestoneContrasts
    reference: str
    n_dropped: int

    def columns(self) -> Mapping[str, Any]:
        """Survival by group and time with limits."""
        return self.survival.columns()

    def title(self) -> str:
        """What was computed, and how."""
        dropped = f"; {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"Milestones: {self.survival.title()}{dropped}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Survival and contrasts with limits."""
        yield from self.survival.ard_rows()
        table = self.contrasts
        for i, group in enumerate(table.group):
            for name, values in (
                ("estimate", table.estimate),
                ("conf.low", table.lower),
                ("conf.high", table.upper),
                ("p.value", table.p_value),
            ):
                yield ard_row(
                    variable=self.survival.time_name,
                    variable_level=f"{table.time[i]:g}",
                    group1=self.survival.by,
                    group1_level=f"{group} vs {table.reference[i]}",
                    context=f"milestone, {table.contrast[i]}",
                    stat_name=name,
                    stat=number(values[i]),
                    warning=table.note[i] or None,
                    method=table.method,
                )


def milestones(
    time: Column | None = None,
    *,
    at: float | ArrayLike,
    event: Column | None = None,
    cnsr: Column | None = None,
    formula: str | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    ref: object | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: Literal["frequency", "sampling"] | None = None,
    conf_type: ConfType | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> Milestones:
    """Survival at named times by group, with difference, ratio and cumulative hazard ratio between groups.

    Parameters
    ----------
    time, event, cnsr, formula, data, by, entry, weights, weight_kind, conf_type, near_ties, unit, missing, like
        As in :func:`mscsle.kaplan_meier`; ``conf_type`` is the scale of the limits of S(t).
    at : number or list of numbers
        The milestones, in the unit of the data.
    ref : level of ``by``
        The group others are compared with; default the first.
    conf_level : float
        Limits of contrasts are normal: of a difference on its own scale, of ratios on the log scale. Where a group has no event
        until the milestone, a difference gets hybrid limits (as Newcombe's method 10) and no p-value, a ratio no limits;
        ``note`` says so.

    Returns
    -------
    Milestones

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.milestones(
    ...     [1, 2, 4, 7, 3, 5, 6, 7], event=[1] * 7 + [0], by=["a"] * 4 + ["b"] * 4, at=[4, 20]
    ... )
    >>> found.survival.survival.tolist()
    [0.25, 0.0, 0.75, nan]
    >>> float(found.contrasts.estimate[0]), found.contrasts.note[3]
    (0.5, 'beyond the last observed time of a group')
    """
    km = kaplan_meier(
        time,
        event=event,
        cnsr=cnsr,
        formula=formula,
        data=data,
        by=by,
        entry=entry,
        weights=weights,
        weight_kind=weight_kind,
        conf_type=conf_type,
        conf_level=conf_level,
        near_ties=near_ties,
        unit=unit,
        missing=missing,
        like=like,
    )
    return milestones_of(km, at, ref=ref)


def difference_at(
    a: tuple[float, float, float], b: tuple[float, float, float], names: tuple[str, str], level: float
) -> tuple[float, float, float, float, str]:
    """Difference of two survival probabilities (survival, standard error, number at risk): estimate, limits, p, note.

    Where a group has no event its Greenwood variance is 0 and normal limits would be too narrow: hybrid limits are given
    then (Wilson's with the effective number of subjects, joined as by Newcombe), and no p-value.
    """
    estimate = a[0] - b[0]
    if a[1] > 0.0 and b[1] > 0.0:
        _, _, lower, upper, p = _core.survival_contrast("difference", a[:2], b[:2], level)
        cut = max(lower, -1.0), min(upper, 1.0)
        return estimate, *cut, p, "" if cut == (lower, upper) else "limits cut to [-1, 1]"
    try:
        lower, upper = _core.survival_hybrid_difference(a, b, level)
    except NotEstimableError as error:
        return estimate, np.nan, np.nan, np.nan, f"no limits: {error}"
    still = [f"`{name}`" for name, point in zip(names, (a, b), strict=True) if not point[1] > 0.0 and point[0] == 1.0]
    why = f"no event in {' and '.join(still)}" if still else "survival has reached 0"
    return estimate, lower, upper, np.nan, f"{why}: hybrid limits (Wilson, effective number; Newcombe), no normal test"


def milestones_of(km: KaplanMeier, times: float | ArrayLike, *, ref: object | None = None) -> Milestones:
    """Milestones of curves that are there."""
    reference = km.groups[0] if ref is None else _rows.level_text(ref)
    if reference not in km.groups:
        raise OptionError(f"`ref` is `{reference}`, but the groups are {', '.join(f'`{g}`' for g in km.groups)}")
    table = km.at(times)
    n = len(table.time) // len(km.groups)
    at = {(g, k): i * n + k for i, g in enumerate(km.groups) for k in range(n)}
    wanted = [(k, group, kind) for k in range(n) for group in km.groups if group != reference for kind in KINDS]
    values = np.full((4, len(wanted)), np.nan)
    notes: list[str] = []
    for i, (k, group, kind) in enumerate(wanted):
        a, b = at[group, k], at[reference, k]
        if not (np.isfinite(table.survival[a]) and np.isfinite(table.survival[b])):
            notes.append("beyond the last observed time of a group")
            continue
        of, to = ((float(table.survival[row]), float(table.std_error[row]), float(table.n_risk[row])) for row in (a, b))
        if kind == "difference":
            *values[:, i], note = difference_at(of, to, (group, reference), km.conf_level)
            notes.append(note)
            continue
        try:
            estimate, _, lower, upper, p = _core.survival_contrast(kind, of[:2], to[:2], km.conf_level)
        except NotEstimableError as error:
            notes.append(str(error))
            continue
        without = [f"`{name}`" for name, point in ((group, of), (reference, to)) if point[1] == 0.0]
        if without:
            values[0, i] = estimate
            notes.append(f"no event in {' and '.join(without)}, so its variance is unknown: no limits")
        else:
            values[:, i] = (estimate, lower, upper, p)
            notes.append("")
    return Milestones(
        library=km.library,
        survival=table,
        contrasts=MilestoneContrasts(
            library=km.library,
            time=table.time[[k for k, *_ in wanted]] if wanted else np.empty(0),
            group=[group for _, group, _ in wanted],
            reference=[reference] * len(wanted),
            contrast=[kind for *_, kind in wanted],
            estimate=values[0],
            lower=values[1],
            upper=values[2],
            p_value=values[3],
            note=notes,
            method=f"Milestone contrasts, {km.variance} variance, {100 * km.conf_level:g} % normal limits (ratios: log scale)",
        ),
        reference=reference,
        n_dropped=km.n_dropped,
    )
