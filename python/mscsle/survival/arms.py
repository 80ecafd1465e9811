"""Two arms on one page: every estimate with the method that is valid for these counts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning, NotEstimableError, OptionError
from mscsle.survival import _presets, _rows
from mscsle.survival._rows import Column, ConfType, Like, NearTies, Unit
from mscsle.survival.cox_model import CoxFit, cox
from mscsle.survival.curves import KaplanMeier, kaplan_meier
from mscsle.survival.logrank_test import LogRank, logrank
from mscsle.survival.milestone import difference_at
from mscsle.survival.rmst_mean import Rmst, rmst_of

__all__ = ["ArmComparison", "compare_arms"]

#: Below this many events in an arm the large-sample interval of the hazard ratio is not the one put forward.
FEW_EVENTS = 10


@dataclass(frozen=True)
class _Line:
    quantity: str
    arm: str
    estimate: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    p_value: float = np.nan
    method: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class ArmComparison(Result):
    """Two arms compared: one line a quantity, each naming its method, and one sentence in plain words.

    Attributes
    ----------
    sentence : str
        What the numbers say, and what cannot be said.
    arms : tuple of str
        Reference arm, compared arm.
    separated : bool
        The hazard ratio has no finite maximum-likelihood estimate: the events lie in one arm whenever both are at risk.
    curves : KaplanMeier
    means : Rmst or None
    logrank, logrank_exact : LogRank or None
    hazard_ratio_ml, hazard_ratio_firth : CoxFit or None
        The fits behind the lines; None without events.
    """

    sentence: str
    arms: tuple[str, str]
    separated: bool
    lines: tuple[_Line, ...] = field(repr=False)
    curves: KaplanMeier = field(repr=False)
    means: Rmst | None = field(repr=False)
    logrank: LogRank | None = field(repr=False)
    logrank_exact: LogRank | None = field(repr=False)
    hazard_ratio_ml: CoxFit | None = field(repr=False)
    hazard_ratio_firth: CoxFit | None = field(repr=False)
    arm_name: str
    time_name: str
    n_dropped: int

    def columns(self) -> Mapping[str, Any]:
        """Quantity, arm, estimate, limits, p-value, method, note."""
        out: dict[str, Any] = {name: [getattr(line, name) for line in self.lines] for name in ("quantity", "arm")}
        for name in ("estimate", "lower", "upper", "p_value"):
            out[name] = np.array([getattr(line, name) for line in self.lines], dtype=np.float64)
        for name in ("method", "note"):
            out[name] = [getattr(line, name) for line in self.lines]
        return out

    def line(self, quantity: str, arm: str | None = None) -> dict[str, Any]:
        """One line by its quantity (and arm)."""
        for line in self.lines:
            if line.quantity == quantity and arm in (None, line.arm):
                return {name: getattr(line, name) for name in self.columns()}
        known = ", ".join(dict.fromkeys(f"`{line.quantity}`" for line in self.lines))
        raise KeyError(f"no line `{quantity}`; the lines are {known}")

    def title(self) -> str:
        """The sentence."""
        return self.sentence

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Estimate, limits and p-value of every line."""
        for line in self.lines:
            for name in ("estimate", "lower", "upper", "p_value"):
                value = getattr(line, name)
                if np.isfinite(value) or (name == "estimate" and line.note):
                    yield ard_row(
                        variable=self.time_name,
                        variable_level=line.quantity,
                        group1=self.arm_name,
                        group1_level=line.arm,
                        context="comparison of arms",
                        stat_name={"lower": "conf.low", "upper": "conf.high", "p_value": "p.value"}.get(name, name),
                        stat=float(value) if np.isfinite(value) else None,
                        warning=line.note or None,
                        method=line.method,
                    )

    def __repr__(self) -> str:
        return f"<ArmComparison {self.arms[1]} against {self.arms[0]}: {self.sentence}>"


def compare_arms(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    arm: Column,
    data: object | None = None,
    times: float | ArrayLike | None = None,
    tau: float | None = None,
    ref: object | None = None,
    conf_type: ConfType | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    unit: Unit | None = None,
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> ArmComparison:
    """Compare two arms in one call: the page to show first when the trial is small.

    Subjects, events, median and milestones by arm; milestone differences; restricted mean survival time with difference and
    ratio; log-rank test, asymptotic and exact; hazard ratio by maximum likelihood and by Firth's penalised likelihood with
    profile limits. Every line names its method. When all events lie in one arm the Wald interval is refused.

    Parameters
    ----------
    time, event, cnsr, data, near_ties, unit, missing
        As in :func:`mscsle.kaplan_meier`.
    arm : column name or array
        Two levels.
    times : number or list of numbers
        Milestones at which survival is given.
    tau : float
        End of the restricted mean; by default the smaller of the arms' last observed times.
    ref : level of ``arm``
        The arm compared against; default the first.
    conf_type, conf_level
        Limits of survival; the level of all limits.
    like : {"r", "sas"}
        Defaults of that program: scale of the limits of survival, ties of the Cox model.

    Returns
    -------
    ArmComparison

    Examples
    --------
    >>> import mscsle as ms
    >>> page = ms.compare_arms(
    ...     [7, 192, 256, 300] + [365] * 77, event=[1] * 4 + [0] * 77, arm=["b"] * 4 + ["a"] * 41 + ["b"] * 36, times=365,
    ... )
    >>> page.separated
    True
    >>> round(page.line("log-rank, exact")["p_value"], 4)
    0.0549
    """
    level = _rows.level(conf_level)
    scale = _presets.checked("compare_arms", "conf_type", conf_type, like, _rows.CONF_TYPES)
    time_unit = _rows.time_unit(unit, data)
    rows = _rows.read(data, time=time, event=event, cnsr=cnsr, by=arm, missing=missing)
    if len(rows.groups) != 2:
        name = _rows.by_name(arm, rows.names)
        raise DataError(f"`arm` needs two levels, but {name} holds {', '.join(f'`{g}`' for g in rows.groups)}")
    assert rows.event is not None and rows.group is not None
    reference = rows.groups[0] if ref is None else _rows.level_text(ref)
    if reference not in rows.groups:
        raise OptionError(f"`ref` is `{reference}`, but the arms are `{rows.groups[0]}` and `{rows.groups[1]}`")
    other = next(g for g in rows.groups if g != reference)
    labels = np.array(rows.groups)[rows.group]
    km = kaplan_meier(
        rows.time,
        event=rows.event,
        by=_frame.Coded(rows.group, rows.groups),  # type: ignore[arg-type]
        conf_type=scale,  # type: ignore[arg-type]
        conf_level=level,
        near_ties=near_ties,
        unit=time_unit,  # type: ignore[arg-type]
    )
    points = None if times is None else _rows.time_points(times)
    lines = [*_by_arm(km, (reference, other), points)]
    means = _means(km, reference, tau, lines)
    tests = _tests(rows, labels, near_ties, lines)
    treated = (labels == other).astype(np.float64)
    fits = _hazard_ratios(rows, treated, other, reference, level, near_ties, like, lines)
    separated = fits[0] is not None and "infinity" in fits[0].status["arm"]
    one_sided = _one_sided(rows.event, treated) if separated else None
    return ArmComparison(
        library=rows.library,
        sentence=_sentence(km, (reference, other), one_sided, means, tests[1], fits),
        arms=(reference, other),
        separated=separated,
        lines=tuple(lines),
        curves=km,
        means=means,
        logrank=tests[0],
        logrank_exact=tests[1],
        hazard_ratio_ml=fits[0],
        hazard_ratio_firth=fits[1],
        arm_name=_rows.by_name(arm, rows.names),
        time_name=rows.names["time"] if time_unit is None else f"{rows.names['time']} ({time_unit})",
        n_dropped=rows.n_dropped,
    )


def _by_arm(km: KaplanMeier, arms: tuple[str, str], points: NDArray[np.float64] | None) -> Iterator[_Line]:
    for name, attribute in (("subjects", "n"), ("events", "n_events")):
        for arm in arms:
            yield _Line(name, arm, getattr(km[arm], attribute), method="count")
    quantiles = km.quantile(0.5)
    for arm in arms:
        i = quantiles.group.index(arm)
        estimate, lower, upper = (float(c[i]) for c in (quantiles.estimate, quantiles.lower, quantiles.upper))
        method = f"{km.method}, Brookmeyer-Crowley"
        yield _Line("median", arm, estimate, lower, upper, method=method, note=quantiles.note[i])
    if points is None:
        return
    table = km.at(points)
    for point in points.tolist():
        estimates = {}
        for arm in arms:
            i = next(j for j, g in enumerate(table.group) if g == arm and table.time[j] == point)
            estimates[arm] = (float(table.survival[i]), float(table.std_error[i]), float(table.n_risk[i]))
            limits = float(table.lower[i]), float(table.upper[i])
            note = table.note[i]
            if not note and estimates[arm][:2] == (1.0, 0.0):
                note = f"no width: no event until {point:g}"
            yield _Line(f"survival at {point:g}", arm, estimates[arm][0], *limits, method=km.method, note=note)
        name, pair = f"survival difference at {point:g}", f"{arms[1]} - {arms[0]}"
        method = "difference of Kaplan-Meier estimates, Greenwood variances, normal limits"
        if not np.isfinite([value for value, *_ in estimates.values()]).all():
            yield _Line(name, pair, method=method, note="survival is not known in both arms")
            continue
        gap, lower, upper, p_value, note = difference_at(
            estimates[arms[1]], estimates[arms[0]], (arms[1], arms[0]), km.conf_level
        )
        if not min(error for _, error, _ in estimates.values()) > 0.0:
            method = "difference of Kaplan-Meier estimates, hybrid limits" if np.isfinite(lower) else method
        yield _Line(name, pair, gap, lower, upper, p_value, method, note)


def _means(km: KaplanMeier, reference: str, tau: float | None, lines: list[_Line]) -> Rmst | None:
    try:
        means = rmst_of(km, tau=tau, ref=reference)
    except NotEstimableError as error:
        if tau is not None:
            raise
        lines.append(_Line("restricted mean", "", method="restricted mean survival time", note=str(error)))
        return None
    name = f"restricted mean to {means.tau:g}"
    for arm in (reference, *(g for g in means.groups if g != reference)):
        i = means.groups.index(arm)
        lower, upper = max(float(means.lower[i]), 0.0), min(float(means.upper[i]), means.tau)
        note = "" if (lower, upper) == (means.lower[i], means.upper[i]) else f"limits cut to [0, {means.tau:g}]"
        if not means.std_error[i] > 0:
            note = f"no width: no event before {means.tau:g}"
        lines.append(_Line(name, arm, float(means.estimate[i]), lower, upper, method=means.method, note=note))
    table = means.contrasts
    for i, kind in enumerate(table.contrast):
        sign = "-" if kind == "difference" else "/"
        pair = f"{table.group[i]} {sign} {table.reference[i]}"
        lines.append(
            _Line(
                f"restricted mean {kind}",
                pair,
                float(table.estimate[i]),
                float(table.lower[i]),
                float(table.upper[i]),
                np.nan if table.note[i] else float(table.p_value[i]),
                table.method,
                table.note[i].replace("p-value too small", "so no p-value"),
            )
        )
    return means


def _tests(
    rows: _rows.Rows, labels: NDArray[Any], near_ties: NearTies, lines: list[_Line]
) -> tuple[LogRank | None, LogRank | None]:
    found: list[LogRank | None] = []
    for name, method in (("log-rank", "asymptotic"), ("log-rank, exact", "exact")):
        try:
            test = logrank(rows.time, event=rows.event, by=labels, method=method, near_ties=near_ties)  # type: ignore[arg-type]
        except NotEstimableError as error:
            lines.append(_Line(name, "", method=f"log-rank test, {method}", note=str(error)))
            found.append(None)
        else:
            estimate = test.statistic if method == "asymptotic" else np.nan
            lines.append(_Line(name, "", estimate, p_value=test.p_value, method=test.method))
            found.append(test)
    return found[0], found[1]


def _hazard_ratios(
    rows: _rows.Rows,
    treated: NDArray[np.float64],
    other: str,
    reference: str,
    level: float,
    near_ties: NearTies,
    like: Like | None,
    lines: list[_Line],
) -> tuple[CoxFit | None, CoxFit | None]:
    pair = f"{other} / {reference}"
    assert rows.event is not None
    if not rows.event.any():
        lines.append(_Line("hazard ratio", pair, method="Cox model", note="not estimable: there are no events"))
        return None, None
    fits: list[CoxFit | None] = []
    for name, penalty in (("hazard ratio", None), ("hazard ratio, Firth", "firth")):
        with warnings.catch_warnings():
            # what they say stands in the note of the line
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", DataWarning)
            fit = cox(
                rows.time,
                event=rows.event,
                covariates={"arm": treated},
                penalty=penalty,  # type: ignore[arg-type]
                conf_level=level,
                near_ties=near_ties,
                like=like,
            )
        table = fit.summary()
        estimated = fit.status["arm"] == "estimated"
        notes = fit.notes
        if not estimated and penalty is None:
            infinite = "infinity" in fit.status["arm"]
            notes = [
                f"{fit.status['arm']}: {_one_sided(rows.event, treated)}; no Wald interval"
                if infinite
                else fit.status["arm"]
            ]
        lines.append(
            _Line(
                name,
                pair,
                float(np.exp(table.log_hr[0])) if estimated else np.nan,
                float(table.lower[0]),
                float(table.upper[0]),
                float(table.p[0]),
                f"{fit.method}, {table.method[0]}",
                "; ".join(notes) if notes else table.note[0],
            )
        )
        fits.append(fit)
    return fits[0], fits[1]


def _one_sided(event: NDArray[np.bool_], treated: NDArray[np.float64]) -> str:
    """How the events lie when the hazard ratio is infinite or 0."""
    if len(np.unique(treated[event])) == 1:
        return "all events lie in one arm"
    return "whenever both arms are at risk, the events lie in one arm"


def _sentence(
    km: KaplanMeier,
    arms: tuple[str, str],
    one_sided: str | None,
    means: Rmst | None,
    exact: LogRank | None,
    fits: tuple[CoxFit | None, CoxFit | None],
) -> str:
    reference, other = arms
    counts = " and ".join(
        f"{_rows.count(km[arm].n_events)} of {_rows.count(km[arm].n)} in arm {arm}" for arm in (other, reference)
    )
    said = [f"{counts} had the event"]
    few = min(km[arm].n_events for arm in arms) < FEW_EVENTS
    ml, firth = fits
    if ml is None or firth is None or not km.n_events:
        said.append("there are no events, so neither a hazard ratio nor a test can be given")
    elif one_sided is not None:
        said.append(
            f"{one_sided}, so the hazard ratio has no finite maximum-likelihood estimate and a Wald interval "
            f"would mean nothing; Firth's estimate is {_hazard_ratio(firth)}"
        )
    elif few:
        said.append(
            f"with fewer than {FEW_EVENTS} events in an arm the hazard ratio is best taken from Firth's penalised likelihood, "
            f"{_hazard_ratio(firth)}"
        )
    else:
        said.append(f"the hazard ratio of {other} against {reference} is {_hazard_ratio(ml)}")
    if exact is not None:
        said.append(f"the exact log-rank p-value is {exact.p_value:.3g}")
    if means is not None and np.isfinite(means.contrasts.estimate[0]):
        gap, low, high = (float(v[0]) for v in (means.contrasts.estimate, means.contrasts.lower, means.contrasts.upper))
        word = "longer" if gap > 0 else "shorter"
        unit = f" {km.unit}" if km.unit else ""
        said.append(
            f"up to {means.tau:g}{unit} the mean time without the event is {abs(gap):.3g}{unit} {word} in arm {other} "
            f"(difference {gap:.3g}, {100 * km.conf_level:g} % limits {low:.3g} to {high:.3g}"
            f"{', too narrow because an arm has no event' if means.contrasts.note[0] else ''})"
        )
    return "; ".join(said) + "."


def _hazard_ratio(fit: CoxFit) -> str:
    table = fit.summary()
    limits = (f"{value:.3g}" if np.isfinite(value) else "unbounded" for value in (table.lower[0], table.upper[0]))
    kind = "profile" if "profile" in table.method[0] else "Wald"
    return f"{float(np.exp(table.log_hr[0])):.3g} ({100 * fit.conf_level:g} % {kind} limits {' to '.join(limits)})"
