"""Survival standardised to a population by the levels of one covariate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import OptionError
from mscsle.survival._cox_rows import Encoding
from mscsle.survival._formula import FormulaTerm

if TYPE_CHECKING:
    from mscsle.survival.cox_fit import CoxFit

__all__ = ["AdjustedCurves"]


@dataclass(frozen=True, kw_only=True, eq=False)
class AdjustedCurves(Result):
    """Standardised survival: one row a level and time.

    Attributes
    ----------
    levels : list of str
    time : array
    survival, standard_error, lower, upper : arrays, levels x times
    difference, difference_standard_error, difference_lower, difference_upper : arrays, levels x times
        Survival less that of the first level, with plain limits.
    last_time : float
        Last observed time (the earliest among the strata of the population); after it all values are NaN.
    """

    covariate: str
    levels: list[str]
    time: NDArray[np.float64]
    survival: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    difference: NDArray[np.float64]
    difference_standard_error: NDArray[np.float64]
    difference_lower: NDArray[np.float64]
    difference_upper: NDArray[np.float64]
    last_time: float
    n: int
    conf_level: float
    conf_type: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Level, time, survival with limits, difference to the first level with limits."""
        levels, times = self.survival.shape
        table: dict[str, Any] = {
            self.covariate: [level for level in self.levels for _ in range(times)],
            "time": np.tile(self.time, levels),
        }
        for name in (
            "survival",
            "standard_error",
            "lower",
            "upper",
            "difference",
            "difference_standard_error",
            "difference_lower",
            "difference_upper",
        ):
            table[name] = getattr(self, name).reshape(-1)
        note = [
            "" if known else f"beyond the last observed time {self.last_time:g}"
            for known in ~np.isnan(self.survival[0])
        ]
        table["note"] = note * levels
        return table

    def title(self) -> str:
        """Covariate, population, method and limits."""
        return (
            f"Survival by {self.covariate} standardised to {self.n} subjects, {self.method}, "
            f"{100 * self.conf_level:g} % {self.conf_type} limits"
        )

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Survival and difference with limits by level and time."""
        for level, label in enumerate(self.levels):
            for k, time in enumerate(self.time.tolist()):
                for name, values in (
                    ("estimate", self.survival),
                    ("conf.low", self.lower),
                    ("conf.high", self.upper),
                    ("difference", self.difference),
                    ("difference.conf.low", self.difference_lower),
                    ("difference.conf.high", self.difference_upper),
                ):
                    yield ard_row(
                        variable="time",
                        variable_level=f"{time:g}",
                        group1=self.covariate,
                        group1_level=label,
                        context="adjusted survival",
                        stat_name=name,
                        stat=None if np.isnan(values[level, k]) else float(values[level, k]),
                        warning=f"beyond the last observed time {self.last_time:g}" if time > self.last_time else None,
                        method=self.title(),
                    )


def adjusted_curves(
    fit: CoxFit,
    coefficients: NDArray[np.float64],
    covariate: str,
    population: object | None,
    times: NDArray[np.float64],
    at: Sequence[float] | None,
    *,
    sampled: bool,
    conf_type: str,
    extend: bool,
) -> AdjustedCurves:
    """The curves of a fit."""
    rows = fit.source.arrays()
    strata, weights = rows["strata"], rows["weights"]
    x = rows["x"]
    if population is not None:
        x, strata, _, _ = fit.subjects(population)
        weights = None
    design = next((term.design for term in fit.encoding if isinstance(term, FormulaTerm)), None)
    if design is None:
        by_level = _settings(fit.encoding, covariate, rows["x"], x, at)
    else:
        values = design.values if population is None else design.read(_frame.Frame(population))
        by_level = {
            label: design.matrix_at(values, covariate, value) for label, value in design.settings(covariate, at)
        }
        covariate = design.variable(covariate).name
    levels = list(by_level)
    found = fit.source.standardised(
        coefficients,
        fit._covariance(),
        [np.ascontiguousarray(setting) for setting in by_level.values()],
        times=times,
        interval=conf_type,
        sampled=sampled,
        strata=strata,
        weights=weights,
    )
    last = fit.last_times()
    last_time = float(last[0] if strata is None else last[np.unique(strata)].min())
    beyond = times > last_time * (1.0 + 1e-9)
    for name, curve in found.items():
        if name != "method" and not extend:
            found[name] = np.where(beyond, np.nan, curve)
    reach = _core.survival_critical_value(fit.conf_level) * found["difference_standard_error"]
    return AdjustedCurves(
        library=fit.library,
        covariate=covariate,
        levels=levels,
        time=times,
        last_time=last_time,
        difference_lower=found["difference"] - reach,
        difference_upper=found["difference"] + reach,
        n=len(x),
        conf_level=fit.conf_level,
        conf_type=conf_type,
        method=f"{found.pop('method')}; {fit.method}",
        **found,
    )


def _settings(
    encoding: Sequence[Encoding],
    covariate: str,
    fitted: NDArray[np.float64],
    x: NDArray[np.float64],
    at: Sequence[float] | None,
) -> dict[str, NDArray[np.float64]]:
    """The covariates of the population for each level of one covariate, by its label."""
    first = 0
    for encoded in encoding:
        if encoded.name == covariate:
            break
        first += len(encoded.terms)
    else:
        known = ", ".join(f"`{encoded.name}`" for encoded in encoding)
        raise OptionError(f"`{covariate}` is not a covariate of the fit; these are {known}")
    settings: dict[str, NDArray[np.float64]] = {}
    if encoded.levels is None:
        for value in _values(covariate, fitted[:, first], at):
            setting = np.array(x, order="C")
            setting[:, first] = value
            settings[f"{value:.15g}"] = setting
        return settings
    if at is not None:
        raise OptionError(f"`{covariate}` has levels; all are shown, so leave `at` out")
    ordered = [str(encoded.reference)] + [level for level in encoded.levels if level != encoded.reference]
    for i, level in enumerate(ordered):
        setting = np.array(x, order="C")
        setting[:, first : first + len(encoded.terms)] = 0.0
        if i > 0:
            setting[:, first + i - 1] = 1.0
        settings[level] = setting
    return settings


def _values(covariate: str, column: NDArray[np.float64], at: Sequence[float] | None) -> list[float]:
    if at is not None:
        values = [float(value) for value in at]
        if not values or not np.isfinite(values).all():
            raise OptionError(f"`at` must be numbers, the values of `{covariate}` to compare")
        return values
    present = np.unique(column)
    if present.tolist() != [0.0, 1.0]:
        raise OptionError(f"`{covariate}` holds {present.size} numbers; say by `at=` which of them to compare")
    return [0.0, 1.0]
