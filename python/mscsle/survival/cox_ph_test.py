"""Tests of proportional hazards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle._result import Result, ard_row

__all__ = ["CoxPhTest"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxPhTest(Result):
    """Tests of proportional hazards: one row a covariate, and the global test.

    Attributes
    ----------
    terms : list of str
        Covariates, then ``global``.
    statistic, df, p_value : arrays
        Chi-squared statistic, degrees of freedom, p-value.
    transform : str
    """

    terms: list[str]
    statistic: NDArray[np.float64]
    df: NDArray[np.int64]
    p_value: NDArray[np.float64]
    transform: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Term, chi-squared, degrees of freedom, p-value."""
        return {"term": self.terms, "statistic": self.statistic, "df": self.df, "p": self.p_value}

    def title(self) -> str:
        """Test, transform of time and model."""
        return self.method

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Statistic, degrees of freedom and p-value by term."""
        for i, term in enumerate(self.terms):
            for name, label, value in (
                ("statistic", "Chi-squared statistic", self.statistic[i]),
                ("parameter", "Degrees of freedom", self.df[i]),
                ("p.value", "p-value", self.p_value[i]),
            ):
                yield ard_row(
                    variable=term,
                    context="proportional hazards",
                    stat_name=name,
                    stat_label=label,
                    stat=float(value),
                    method=self.method,
                )
