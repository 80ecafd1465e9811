"""The baseline hazard of a fitted Cox model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle._result import Result, ard_row

__all__ = ["CoxBaseline"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxBaseline(Result):
    """Baseline hazard: one row an event time of a stratum.

    Attributes
    ----------
    strata : list of str or None
    time, hazard, cumulative_hazard, standard_error : arrays
        ``hazard`` is the increment; ``standard_error`` that of the cumulative hazard, with the coefficients' part.
    at : str
        ``zero`` or ``mean``.
    covariates : dict
        Covariates of the subject whose hazard this is.
    """

    strata: list[str] | None
    time: NDArray[np.float64]
    hazard: NDArray[np.float64]
    cumulative_hazard: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    at: str
    covariates: dict[str, float]
    method: str

    @property
    def survival(self) -> NDArray[np.float64]:
        """exp(-cumulative hazard)."""
        return np.exp(-self.cumulative_hazard)

    def columns(self) -> Mapping[str, Any]:
        """Stratum, time, increment, cumulative hazard, its standard error, survival."""
        table: dict[str, Any] = {} if self.strata is None else {"stratum": self.strata}
        for name in ("time", "hazard", "cumulative_hazard", "standard_error", "survival"):
            table[name] = getattr(self, name)
        return table

    def title(self) -> str:
        """Where the covariates are, and the model."""
        where = "0" if self.at == "zero" else "their means"
        return f"Baseline hazard with covariates at {where}, {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Cumulative hazard and its standard error by stratum and time."""
        for i in range(self.time.size):
            for name, label, values in (
                ("estimate", "Cumulative hazard", self.cumulative_hazard),
                ("std.error", "Standard error", self.standard_error),
            ):
                yield ard_row(
                    variable="time",
                    variable_level=f"{self.time[i]:g}",
                    group1=None if self.strata is None else "stratum",
                    group1_level=None if self.strata is None else self.strata[i],
                    context="cox baseline",
                    stat_name=name,
                    stat_label=label,
                    stat=float(values[i]),
                    method=self.title(),
                )
