"""Survival of new subjects by a Cox model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError
from mscsle.survival._cox_rows import Encoding

__all__ = ["CoxPrediction"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxPrediction(Result):
    """Predicted survival: one row a subject and time.

    Attributes
    ----------
    time : array
        Times.
    survival, cumulative_hazard, standard_error, lower, upper : arrays, subjects x times
        ``standard_error`` is that of the cumulative hazard; limits of the kind ``conf_type``.
    """

    time: NDArray[np.float64]
    survival: NDArray[np.float64]
    cumulative_hazard: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    strata: list[str] | None
    conf_type: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Subject (row of the new data), stratum, time, survival with limits, cumulative hazard and its standard error."""
        subjects, times = self.survival.shape
        table: dict[str, Any] = {"subject": np.repeat(np.arange(subjects), times)}
        if self.strata is not None:
            table["stratum"] = [stratum for stratum in self.strata for _ in range(times)]
        table["time"] = np.tile(self.time, subjects)
        for name in ("survival", "lower", "upper", "cumulative_hazard", "standard_error"):
            table[name] = getattr(self, name).reshape(-1)
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
                    method=self.title(),
                )


def new_covariates(frame: _frame.Frame, encoding: Sequence[Encoding]) -> NDArray[np.float64]:
    """The columns of the fit in new data, subjects x terms."""
    return np.column_stack([column for encoded in encoding for column in encoded.columns(frame)])


def strata_labels(frame: _frame.Frame, name: str, levels: list[str]) -> list[str]:
    """The stratum of each new subject."""
    columns = [frame.texts(part) for part in ([name] if name in frame.names else name.split(", "))]
    labels = [", ".join(str(part).strip() for part in parts) for parts in zip(*columns, strict=True)]
    for row, label in enumerate(labels):
        if label not in levels:
            raise DataError(f"stratum `{label}` of row {row} is not in the fit")
    return labels
