"""Concordance of a fitted Cox model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mscsle._result import Result, ard_row

__all__ = ["CoxConcordance"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxConcordance(Result):
    """Harrell's concordance: one row.

    Attributes
    ----------
    concordance, standard_error : float
        Share of the comparable pairs in which the higher predictor has its event first, equal predictors as one half.
    n_concordant, n_discordant, tied_x : float
        Comparable pairs; ``tied_x`` have equal predictors. With weights a pair counts the product of its weights.
    tied_y, tied_xy : float
        Pairs of events at the same time, which are not compared: with different and with equal predictors.
    method : str
    """

    concordance: float
    standard_error: float
    n_concordant: float
    n_discordant: float
    tied_x: float
    tied_y: float
    tied_xy: float
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Concordance, standard error and pairs."""
        names = ("concordance", "standard_error", "n_concordant", "n_discordant", "tied_x", "tied_y", "tied_xy")
        return {name: np.array([getattr(self, name)]) for name in names}

    def title(self) -> str:
        """Statistic, kind of standard error and model."""
        return self.method

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Concordance, standard error and pairs."""
        for name, label, value in (
            ("estimate", "Concordance", self.concordance),
            ("std.error", "Standard error", self.standard_error),
            ("n.concordant", "Concordant pairs", self.n_concordant),
            ("n.discordant", "Discordant pairs", self.n_discordant),
            ("n.tied.x", "Pairs with equal predictors", self.tied_x),
            ("n.tied.y", "Pairs of events at the same time", self.tied_y),
            ("n.tied.xy", "Pairs of events at the same time with equal predictors", self.tied_xy),
        ):
            yield ard_row(
                variable=self.time_name,
                context="concordance",
                stat_name=name,
                stat_label=label,
                stat=value,
                method=self.method,
            )
