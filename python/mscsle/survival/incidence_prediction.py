"""Cumulative incidence of new subjects by a regression model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle._result import Result, ard_row
from mscsle.survival._tables import number

__all__ = ["IncidencePrediction", "until_last_time"]


@dataclass(frozen=True, kw_only=True, eq=False)
class IncidencePrediction(Result):
    """Predicted cumulative incidence: one row a subject, cause and time.

    Attributes
    ----------
    causes : list of str
    time : array
        Times.
    incidence, standard_error, lower, upper : arrays, subjects x causes x times
        Limits are symmetric in ln(-ln(1 - F)); NaN before the first event.
    last_time : array, one a subject
        Last observed time (of the subject's stratum), after which the incidence is missing.
    """

    causes: list[str]
    time: NDArray[np.float64]
    incidence: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    last_time: NDArray[np.float64]
    method: str

    @property
    def note(self) -> list[str]:
        """Why a value is missing, one entry a row of the table."""
        subjects, causes, _ = self.incidence.shape
        return [
            f"beyond the last observed time {last:g}" if missing else ""
            for subject, last in zip(range(subjects), self.last_time.tolist(), strict=True)
            for cause in range(causes)
            for missing in np.isnan(self.incidence[subject, cause]).tolist()
        ]

    def columns(self) -> Mapping[str, Any]:
        """Subject (row of the new data), cause, time, incidence, standard error, limits and note."""
        subjects, causes, times = self.incidence.shape
        table: dict[str, Any] = {
            "subject": np.repeat(np.arange(subjects), causes * times),
            "cause": [cause for _ in range(subjects) for cause in self.causes for _ in range(times)],
            "time": np.tile(self.time, subjects * causes),
        }
        for name in ("incidence", "standard_error", "lower", "upper"):
            table[name] = getattr(self, name).reshape(-1)
        table["note"] = self.note
        return table

    def title(self) -> str:
        """Model and kind of limits."""
        return f"Predicted cumulative incidence, {self.method}, complementary log-log limits"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Incidence with standard error and limits by subject, cause and time."""
        table = self.columns()
        names = (
            ("estimate", "incidence"),
            ("std.error", "standard_error"),
            ("conf.low", "lower"),
            ("conf.high", "upper"),
        )
        for i, subject in enumerate(table["subject"].tolist()):
            for name, column in names:
                yield ard_row(
                    variable=table["cause"][i],
                    variable_level=f"time = {table['time'][i]:g}",
                    group1="subject",
                    group1_level=str(subject),
                    context="predicted cumulative incidence",
                    stat_name=name,
                    stat_label=column,
                    stat=number(float(table[column][i])),
                    method=self.title(),
                    warning=table["note"][i] or None,
                )


def until_last_time(
    found: dict[str, NDArray[np.float64]], last_time: NDArray[np.float64], *, extend: bool
) -> dict[str, NDArray[np.float64]]:
    """Predictions (subjects x causes x times), missing after the last observed time unless they are carried on."""
    if extend:
        return found
    late = found["time"][None, :] > last_time[:, None] * (1.0 + 1e-8)
    names = ("incidence", "standard_error", "lower", "upper")
    return found | {name: np.where(late[:, None, :], np.nan, found[name]) for name in names}
