"""Concordance of a risk score, and of a fitted Cox model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.survival import _rows
from mscsle.survival._rows import Column, NearTies

__all__ = ["CoxConcordance", "concordance"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxConcordance(Result):
    """Harrell's or Uno's concordance: one row.

    Attributes
    ----------
    concordance, standard_error, lower, upper : float
        Share of the comparable pairs in which the higher predictor has its event first, equal predictors as one half;
        plain limits within 0 and 1.
    tau : float or None
        Events after it were not compared.
    n_concordant, n_discordant, tied_x : float
        Comparable pairs; ``tied_x`` have equal predictors. With weights a pair counts the product of its weights.
    tied_y, tied_xy : float
        Pairs of events at the same time, which are not compared: with different and with equal predictors.
    method : str
    """

    concordance: float
    standard_error: float
    lower: float
    upper: float
    conf_level: float
    tau: float | None
    n_concordant: float
    n_discordant: float
    tied_x: float
    tied_y: float
    tied_xy: float
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Concordance, standard error and pairs."""
        names = (
            "concordance",
            "standard_error",
            "lower",
            "upper",
            "n_concordant",
            "n_discordant",
            "tied_x",
            "tied_y",
            "tied_xy",
        )
        return {name: np.array([getattr(self, name)]) for name in names}

    def title(self) -> str:
        """Statistic, kind of standard error and model."""
        until = "" if self.tau is None else f", events until {self.tau:g}"
        return f"{self.method}{until}, {100 * self.conf_level:g} % limits"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Concordance, standard error and pairs."""
        for name, label, value in (
            ("estimate", "Concordance", self.concordance),
            ("std.error", "Standard error", self.standard_error),
            ("conf.low", "Lower limit", self.lower),
            ("conf.high", "Upper limit", self.upper),
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


def concordance(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    score: Column,
    data: object | None = None,
    kind: Literal["harrell", "uno"] = "harrell",
    tau: float | None = None,
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: Literal["frequency", "sampling"] = "frequency",
    cluster: Column | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
) -> CoxConcordance:
    """Concordance of a risk score with the order of events: Harrell's, or Uno's weighted for censoring.

    Parameters
    ----------
    time, event, cnsr, data, strata, entry, weights, weight_kind, cluster, near_ties, missing
        As in :func:`mscsle.cox`; only pairs within a stratum are compared.
    score : column name of numbers, or array
        Higher = earlier event (of a survival probability give the negative).
    kind : {"harrell", "uno"}
        ``uno`` counts a pair whose event is at t by 1 / G(t-)^2, G the Kaplan-Meier curve of the censoring.
    tau : number, optional
        Events after it are not compared.

    Returns
    -------
    CoxConcordance
        With the standard error of the infinitesimal jackknife (R's ``concordance``; Uno's weights taken as known, as there).

    References
    ----------
    Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982) JAMA 247:2543, doi:10.1001/jama.1982.03320430047030.
    Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ (2011) Stat Med 30:1105, doi:10.1002/sim.4154.

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.concordance([1, 2, 3, 4], event=[1, 1, 0, 1], score=[0.9, 0.1, 0.4, 0.2])
    >>> found.concordance, found.n_concordant, found.n_discordant
    (0.6, 3.0, 2.0)
    """
    _rows.one_of("kind", kind, ("harrell", "uno"))
    _rows.one_of("weight_kind", weight_kind, ("frequency", "sampling"))
    rows = _rows.read(
        data,
        time=time,
        event=event,
        cnsr=cnsr,
        strata=strata,
        entry=entry,
        weights=weights,
        cluster=cluster,
        extra={"score": (score, "number")},
        missing=missing,
    )
    assert rows.event is not None
    found = _core.survival_concordance(
        rows.time,
        rows.event,
        rows.extra["score"],
        kind=kind,
        tau=tau,
        entry=rows.entry,
        strata=rows.strata,
        weights=rows.weights,
        frequency=weight_kind == "frequency",
        cluster=rows.cluster,
        conf_level=_rows.level(conf_level),
        group_near_ties=_rows.grouping(near_ties),
    )
    return CoxConcordance(library=rows.library, time_name=rows.names["time"], **found)
