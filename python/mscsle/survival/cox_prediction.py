"""Survival and hazard ratios of new subjects by a Cox model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, OptionError
from mscsle.survival._cox_rows import Encoding

__all__ = ["CoxHazardRatios", "CoxPrediction", "CoxQuantiles"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxPrediction(Result):
    """Predicted survival: one row a subject and time.

    Attributes
    ----------
    time : array
        Times.
    survival, cumulative_hazard, standard_error, lower, upper : arrays, subjects x times
        ``standard_error`` is that of the cumulative hazard; limits of the kind ``conf_type``. After the last observed time
        (of the subject's stratum) all are NaN.
    last_time : array
        Last observed time in the stratum of each subject.
    """

    time: NDArray[np.float64]
    survival: NDArray[np.float64]
    cumulative_hazard: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    strata: list[str] | None
    last_time: NDArray[np.float64]
    every_time: bool
    conf_type: str
    method: str

    @property
    def note(self) -> list[str]:
        """Why values are missing, by subject and time; empty where they are not."""
        known = ~np.isnan(self.survival)
        return [
            "" if given else f"beyond the last observed time {last:g}"
            for last, row in zip(self.last_time.tolist(), known.tolist(), strict=True)
            for given in row
        ]

    def quantile(self, p: float | ArrayLike = 0.5) -> CoxQuantiles:
        """Times by which a fraction ``p`` of such subjects has had the event; 0.5 gives median survival.

        The first time at which predicted survival is at most ``1 - p``, and so for its limits, as R's
        ``quantile(survfit(fit, newdata))``. What is not reached until the last observed time is NaN.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
        >>> fit.predict_survival([[0.0], [1.0]]).quantile(0.5).estimate.tolist()
        [nan, 3.0]
        """
        if not self.every_time:
            raise OptionError("quantiles need the whole curve; leave `times` out of `predict_survival`")
        fractions = np.atleast_1d(np.asarray(p, dtype=np.float64))
        if fractions.ndim != 1 or not ((fractions >= 0) & (fractions <= 1)).all():
            raise OptionError(f"`p` must be between 0 and 1, but is {p!r}")
        subjects = len(self.survival)
        return CoxQuantiles(
            library=self.library,
            subject=np.repeat(np.arange(subjects), len(fractions)),
            strata=None if self.strata is None else [name for name in self.strata for _ in fractions],
            p=np.tile(fractions, subjects),
            estimate=_first_below(self.time, self.survival, fractions),
            lower=_first_below(self.time, self.lower, fractions),
            upper=_first_below(self.time, self.upper, fractions),
            method=self.title(),
        )

    def columns(self) -> Mapping[str, Any]:
        """Subject (row of the new data), stratum, time, survival with limits, cumulative hazard, its standard error, note."""
        subjects, times = self.survival.shape
        table: dict[str, Any] = {"subject": np.repeat(np.arange(subjects), times)}
        if self.strata is not None:
            table["stratum"] = [stratum for stratum in self.strata for _ in range(times)]
        table["time"] = np.tile(self.time, subjects)
        for name in ("survival", "lower", "upper", "cumulative_hazard", "standard_error"):
            table[name] = getattr(self, name).reshape(-1)
        table["note"] = self.note
        return table

    def title(self) -> str:
        """Model and kind of limits."""
        return f"Predicted survival, {self.method}, {self.conf_type} limits"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Survival with limits by subject and time."""
        table = self.columns()
        for i, subject in enumerate(table["subject"].tolist()):
            for name, column in (("estimate", "survival"), ("conf.low", "lower"), ("conf.high", "upper")):
                yield ard_row(
                    variable="time",
                    variable_level=f"{table['time'][i]:g}",
                    group1="subject",
                    group1_level=str(subject),
                    context="cox prediction",
                    stat_name=name,
                    stat_label=column,
                    stat=float(table[column][i]),
                    warning=table["note"][i] or None,
                    method=self.title(),
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxQuantiles(Result):
    """Predicted quantiles of survival time: one row a subject and fraction.

    Attributes
    ----------
    subject : array
        Row of the new data, from 0.
    p : array
        Fraction that has had the event.
    estimate, lower, upper : array
        Time and its limits; NaN where not reached until the last observed time.
    """

    subject: NDArray[np.int64]
    strata: list[str] | None
    p: NDArray[np.float64]
    estimate: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Subject, stratum, fraction, time with limits."""
        table: dict[str, Any] = {"subject": self.subject}
        if self.strata is not None:
            table["stratum"] = self.strata
        return {**table, "p": self.p, "estimate": self.estimate, "lower": self.lower, "upper": self.upper}

    def title(self) -> str:
        """What was computed and by which model."""
        return f"Quantiles of survival time; {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Time with limits by subject and fraction; missing where not reached."""
        for i, subject in enumerate(self.subject.tolist()):
            for name, values in (("estimate", self.estimate), ("conf.low", self.lower), ("conf.high", self.upper)):
                value = float(values[i])
                yield ard_row(
                    variable="p",
                    variable_level=f"{self.p[i]:g}",
                    group1="subject",
                    group1_level=str(subject),
                    context="cox prediction",
                    stat_name=name,
                    stat=None if np.isnan(value) else value,
                    warning="not reached" if np.isnan(value) else None,
                    method=self.title(),
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxHazardRatios(Result):
    """Hazard ratios of new subjects against a reference: one row a subject.

    Attributes
    ----------
    linear_predictor, standard_error : array
        Log hazard ratio to the reference and its standard error.
    hazard_ratio, lower, upper : array
        Hazard ratio with Wald limits.
    reference : str
    """

    linear_predictor: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    reference: str
    conf_level: float
    method: str

    @property
    def hazard_ratio(self) -> NDArray[np.float64]:
        """exp(linear predictor)."""
        return np.exp(self.linear_predictor)

    def columns(self) -> Mapping[str, Any]:
        """Subject (row of the new data), log hazard ratio, its standard error, hazard ratio with limits."""
        return {
            "subject": np.arange(len(self.linear_predictor)),
            "linear_predictor": self.linear_predictor,
            "standard_error": self.standard_error,
            "hazard_ratio": self.hazard_ratio,
            "lower": self.lower,
            "upper": self.upper,
        }

    def title(self) -> str:
        """Reference, model and limits."""
        return f"Hazard ratios against {self.reference}, {self.method}, Wald {100 * self.conf_level:g} % limits"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Hazard ratio with limits by subject."""
        table = self.columns()
        for subject in range(len(self.linear_predictor)):
            for name, column in (("estimate", "hazard_ratio"), ("conf.low", "lower"), ("conf.high", "upper")):
                yield ard_row(
                    variable="hazard ratio",
                    group1="subject",
                    group1_level=str(subject),
                    context="cox prediction",
                    stat_name=name,
                    stat=float(table[column][subject]),
                    method=self.title(),
                )


def _first_below(
    time: NDArray[np.float64], curves: NDArray[np.float64], fractions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """First time at which each curve is at most 1 - p; the midpoint where it stays at 1 - p until the next step."""
    tolerance = float(np.sqrt(np.finfo(np.float64).eps))
    found = np.full((len(curves), len(fractions)), np.nan)
    for i, curve in enumerate(curves):
        for j, level in enumerate((1.0 - fractions).tolist()):
            at = np.flatnonzero(curve <= level + tolerance)
            if level >= 1.0:
                found[i, j] = 0.0
            elif at.size:
                found[i, j] = time[at[0]]
                after = np.flatnonzero(curve < level - tolerance)
                if abs(curve[at[0]] - level) <= tolerance and after.size:
                    found[i, j] = 0.5 * (time[at[0]] + time[after[0]])
    return found.reshape(-1)


def new_covariates(frame: _frame.Frame, encoding: Sequence[Encoding]) -> NDArray[np.float64]:
    """The columns of the fit in new data, subjects x terms."""
    return np.column_stack([column for encoded in encoding for column in encoded.columns(frame)])


def new_matrix(new: object, terms: Sequence[str]) -> NDArray[np.float64]:
    """Covariates given as an array, subjects x terms."""
    x = np.asarray(new, dtype=np.float64)
    x = x.reshape(1, -1) if x.ndim == 1 else x
    if x.ndim != 2:
        raise DataError(f"`new` as an array has one row a subject and one column a term, but its shape is {x.shape}")
    if x.shape[1] != len(terms):
        raise DataError(f"new subjects have {x.shape[1]} columns, but the fit has {len(terms)} ({', '.join(terms)})")
    wrong = np.argwhere(~np.isfinite(x))
    if len(wrong):
        row, column = wrong[0].tolist()
        raise DataError(f"`new`, row {row}, column `{terms[column]}` must be finite, but is {x[row, column]:g}")
    return np.ascontiguousarray(x)


def strata_labels(frame: _frame.Frame, name: str, levels: list[str]) -> list[str]:
    """The stratum of each new subject."""
    columns = [frame.texts(part) for part in ([name] if name in frame.names else name.split(", "))]
    labels = [", ".join(str(part).strip() for part in parts) for parts in zip(*columns, strict=True)]
    for row, label in enumerate(labels):
        if label not in levels:
            raise DataError(f"stratum `{label}` of row {row} is not in the fit")
    return labels
