"""Tables and tests of a fitted Cox model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle._result import Result

__all__ = ["CoxSummary", "CoxTest"]


@dataclass(frozen=True)
class CoxTest:
    """A test that all coefficients are zero."""

    statistic: float
    df: int
    p_value: float
    method: str


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxSummary(Result):
    """One row a term: log hazard ratio, hazard ratio, standard error, z, p, limits of the hazard ratio, method, note."""

    terms: list[str]
    log_hr: NDArray[np.float64]
    se: NDArray[np.float64]
    z: NDArray[np.float64]
    p: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    method: list[str]
    note: list[str]
    caption: str

    def columns(self) -> Mapping[str, Any]:
        """Term, log hazard ratio, hazard ratio, standard error, z, p, limits, method and note."""
        return {
            "term": self.terms,
            "log_hr": self.log_hr,
            "hr": np.exp(self.log_hr),
            "se": self.se,
            "z": self.z,
            "p": self.p,
            "lower": self.lower,
            "upper": self.upper,
            "method": self.method,
            "note": self.note,
        }

    def title(self) -> str:
        """Tie rule, subjects, events, strata, dropped rows."""
        return self.caption
