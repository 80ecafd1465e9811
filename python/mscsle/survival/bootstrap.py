"""The bootstrap of survival: limits of a median, another quantile, survival at a time or a restricted mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import Result
from mscsle.exceptions import NotEstimableError, OptionError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, NearTies, Unit
from mscsle.survival._tables import Floats, number, stat_rows

__all__ = ["BootstrapResult", "bootstrap_survival"]


@dataclass(frozen=True, kw_only=True, eq=False)
class BootstrapResult(Result):
    """Estimates with bootstrap limits, by group, and differences from the reference group.

    Attributes
    ----------
    group, contrast : list of str
        ``contrast`` is ``estimate`` for a group, ``difference`` for a group less the reference.
    estimate, std_error, lower, upper : array of float
        NaN: not reached, or not known because replicates were not reached.
    not_reached : array of float
        Share of replicates in which it was not reached.
    replicates : dict of str to array of float
        The replicates of each group; infinite where not reached.
    note : list of str
    """

    group: list[str]
    contrast: list[str]
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    not_reached: Floats
    note: list[str]
    replicates: dict[str, NDArray[np.float64]]
    reference: str
    quantity: str
    by: str | None
    time_name: str
    n_dropped: int
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Group, contrast, estimate, standard error, limits, share not reached, note."""
        names = ("group", "contrast", "estimate", "std_error", "lower", "upper", "not_reached", "note")
        return {name: getattr(self, name) for name in names}

    def title(self) -> str:
        """What was computed, and how."""
        dropped = f"; {_rows.dropped(self.n_dropped)}" if self.n_dropped else ""
        return f"{self.method}{dropped}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Estimate, standard error and limits by group and contrast."""
        for i, group in enumerate(self.group):
            level = group if self.contrast[i] == "estimate" else f"{group} - {self.reference}"
            stats = [
                ("estimate", self.quantity, self.estimate[i]),
                ("std.error", "Bootstrap standard error", self.std_error[i]),
                ("conf.low", "Lower limit", self.lower[i]),
                ("conf.high", "Upper limit", self.upper[i]),
            ]
            yield from stat_rows(
                [(name, label, float(value)) for name, label, value in stats],
                by=self.by,
                group=level,
                variable=self.time_name,
                context=f"bootstrap, {self.contrast[i]}",
                warning=self.note[i] or None,
                method=self.method,
            )


def bootstrap_survival(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    data: object | None = None,
    by: Column | list[str] | None = None,
    of: Literal["median", "quantile", "survival", "rmst"] = "median",
    at: float | None = None,
    ref: object | None = None,
    interval: Literal["percentile", "basic"] = "percentile",
    replicates: int = 10_000,
    seed: int = 20140324,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
) -> BootstrapResult:
    """Bootstrap limits of a median, another quantile, survival at a time or a restricted mean, by group.

    Subjects are drawn with replacement within their group. The result depends on the seed, not on the number of threads.

    Parameters
    ----------
    time, event, cnsr, data, by, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`.
    of : {"median", "quantile", "survival", "rmst"}
        What to estimate. ``at`` is the fraction of ``quantile``, the time of ``survival``, tau of ``rmst``.
    ref : level of ``by``
        The group others are compared with; default the first.
    interval : {"percentile", "basic"}
        Quantiles of the replicates, the (B + 1) q-th smallest; or twice the estimate less the opposite quantiles.
    replicates, seed : int

    Returns
    -------
    BootstrapResult

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.bootstrap_survival([1, 2, 3, 4, 5, 6, 7, 8, 9], event=[1] * 9, replicates=2000)
    >>> float(found.estimate[0]), float(found.lower[0]), float(found.upper[0])
    (5.0, 2.0, 8.0)
    """
    _rows.one_of("of", of, ("median", "quantile", "survival", "rmst"))
    _rows.one_of("interval", interval, ("percentile", "basic"))
    _rows.one_of("missing", missing, ("error", "drop"))
    conf_level = _rows.level(conf_level)
    if not isinstance(replicates, int) or replicates < 1:
        raise OptionError(f"`replicates` must be at least 1, but is {replicates}")
    if (of == "median") != (at is None):
        raise OptionError(
            "`at` belongs to `quantile`, `survival` and `rmst`" if of == "median" else f'`of="{of}"` needs `at`'
        )
    group_near_ties = _rows.grouping(near_ties)
    time_unit = _rows.time_unit(unit, data)
    place = 0.5 if at is None else float(at)
    kind = "quantile" if of == "median" else of
    rows = _rows.read(data, time=time, event=event, cnsr=cnsr, by=by, missing=missing)
    assert rows.event is not None
    reference = rows.groups[0] if ref is None else _rows.level_text(ref)
    if reference not in rows.groups:
        raise OptionError(f"`ref` is `{reference}`, but the groups are {', '.join(f'`{g}`' for g in rows.groups)}")
    codes, n_groups = rows.group_codes(), len(rows.groups)
    drawn = _core.survival_bootstrap(
        rows.time,
        rows.event,
        codes,
        n_groups=n_groups,
        of=kind,
        at=place,
        group_near_ties=group_near_ties,
        replicates=replicates,
        seed=seed,
    )
    curves = _core.survival_kaplan_meier(
        rows.time,
        rows.event,
        group=codes,
        n_groups=n_groups,
        interval="log-log",
        level=conf_level,
        group_near_ties=group_near_ties,
    )
    estimates = {
        group: _estimate(kind, place, curve, f"group `{group}`: " if by is not None else "")
        for group, curve in zip(rows.groups, curves, strict=True)
    }
    samples = dict(zip(rows.groups, drawn, strict=True))
    lines = [(group, "estimate", estimates[group], samples[group]) for group in rows.groups]
    with np.errstate(invalid="ignore"):
        lines += [
            (group, "difference", estimates[group] - estimates[reference], samples[group] - samples[reference])
            for group in rows.groups
            if group != reference
        ]
    values = np.full((4, len(lines)), np.nan)
    share = np.zeros(len(lines))
    notes: list[str] = []
    for i, (_, _, estimate, sample) in enumerate(lines):
        lower, upper, std_error = _core.survival_bootstrap_limits(estimate, sample, interval, conf_level)
        values[:, i] = [value if np.isfinite(value) else np.nan for value in (estimate, std_error, lower, upper)]
        share[i] = float(np.mean(~np.isfinite(sample)))
        parts = [] if np.isfinite(estimate) else ["not reached"]
        if share[i]:
            parts.append(f"not reached in {100 * share[i]:.3g} % of the replicates")
        notes.append("; ".join(parts))
    label = {"median": "median", "quantile": f"quantile {place:g}", "survival": f"survival at {place:g}"}.get(
        of, f"restricted mean to {place:g}"
    )
    return BootstrapResult(
        library=rows.library,
        group=[group for group, *_ in lines],
        contrast=[contrast for _, contrast, *_ in lines],
        estimate=values[0],
        std_error=values[1],
        lower=values[2],
        upper=values[3],
        not_reached=share,
        note=notes,
        replicates=samples,
        reference=reference,
        quantity=label,
        by=None if by is None else _rows.by_name(by, rows.names),
        time_name=rows.names["time"] if time_unit is None else f"{rows.names['time']} ({time_unit})",
        n_dropped=rows.n_dropped,
        method=(
            f"Bootstrap of the {label}, {replicates} replicates within groups, seed {seed}, "
            f"{100 * conf_level:g} % {interval} limits, {_rows.ties_words(group_near_ties)}"
        ),
    )


def _estimate(kind: str, at: float, curve: dict[str, Any], where: str) -> float:
    """The estimate of the data themselves; infinite when not reached."""
    time, survival = curve["time"], curve["survival"]
    if kind == "rmst":
        try:
            return _core.survival_rmst(time, curve["n_risk"], curve["n_event"], survival, at, curve["tolerance"])[0]
        except NotEstimableError as error:
            raise NotEstimableError(f"{where}{error}") from None
    if kind == "survival":
        if at > float(time[-1]) + curve["tolerance"] and survival[-1] > 0:
            raise NotEstimableError(
                f"{where}survival at {at:g} is not estimable: it lies beyond the last observed time {time[-1]:g}"
            )
        steps = _core.survival_steps(time, np.array([at]), curve["tolerance"])
        return float(np.append(1.0, survival)[steps[0]])
    found = number(_core.survival_quantile(time, survival, survival, survival, np.array([at]))[0][0])
    return np.inf if found is None else found
