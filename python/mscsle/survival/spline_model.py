"""Flexible parametric models (Royston and Parmar)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle.exceptions import OptionError
from mscsle.survival import _parametric, _rows
from mscsle.survival._cox_rows import Covariates, WeightKind
from mscsle.survival._parametric import ParametricFit
from mscsle.survival._rows import Column

__all__ = ["RoystonParmarFit", "royston_parmar"]

Scale: TypeAlias = Literal["hazard", "odds", "normal"]
SCALES = ("hazard", "odds", "normal")


@dataclass(frozen=True, kw_only=True, eq=False)
class RoystonParmarFit(ParametricFit):
    """A fitted spline model.

    Attributes
    ----------
    scale : str
        ``hazard``, ``odds`` or ``normal``.
    knots : array of float
        Times of the knots, the boundary first and last.
    terms : list of str
        ``gamma0``, ``gamma1`` ... of the spline, then the covariates.
    coefficients, standard_errors : dict of str to float or None
        Covariates: log hazard ratios (hazard), log odds ratios (odds), differences of probits (normal).
    covariance, log_likelihood, log_likelihood_null, aic, likelihood_ratio, converged, n, n_events, notes
        As in :class:`~mscsle.survival.aft_model.AftFit`.
    """

    context: ClassVar[str] = "royston-parmar"

    scale: str

    @property
    def knots(self) -> NDArray[np.float64]:
        """Times of the knots, the boundary first and last."""
        knots: NDArray[np.float64] = np.exp(np.array(self.fitted.knots))
        return knots

    @property
    def _model(self) -> str:
        interior = len(self.fitted.knots) - 2
        return f"Royston-Parmar model, {self.scale} scale, {interior} interior knot{'' if interior == 1 else 's'}"

    @property
    def _ratio(self) -> str | None:
        return {"hazard": "hazard_ratio", "odds": "odds_ratio"}.get(self.scale)


def royston_parmar(
    time: Column | None = None,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    lower: Column | None = None,
    upper: Column | None = None,
    covariates: Covariates | None = None,
    formula: str | None = None,
    data: object | None = None,
    scale: Scale = "hazard",
    interior: int | None = None,
    knots: ArrayLike | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: WeightKind = "frequency",
    cluster: Column | None = None,
    offset: Column | None = None,
    ref: Mapping[str, object] | None = None,
    conf_level: float = 0.95,
    missing: Literal["error", "drop"] = "error",
    max_iterations: int = 100,
) -> RoystonParmarFit:
    """Fit survival as a restricted cubic spline of log time on the hazard, odds or normal scale.

    Parameters
    ----------
    time, event, cnsr, lower, upper, covariates, formula, data, entry, weights, weight_kind, cluster, ref, conf_level, missing
        As in :func:`mscsle.aft`.
    scale : {"hazard", "odds", "normal"}
        Where covariates add: log cumulative hazard, log cumulative odds, minus the normal quantile of survival.
    interior : int
        Interior knots at equally spaced quantiles of the log event times; default 1 (R's ``flexsurvspline(k=1)``). 0 gives the
        Weibull, log-logistic or log-normal model.
    knots : list of times
        Instead of ``interior``: all knots, ascending, the boundary first and last.
    offset : column name or array
        Added on the scale of the model.

    Returns
    -------
    RoystonParmarFit

    Raises
    ------
    NotEstimableError
        Without events, when a coefficient runs to infinity, or when the events have too few distinct times for the knots.

    Warns
    -----
    DataWarning
        Constant or aliased covariates, more parameters than events, a spline that falls between knots.

    Examples
    --------
    >>> import mscsle as ms
    >>> time = [1, 2, 2.5, 3, 3.6, 4, 4.4, 5, 6, 7.5, 8, 9]
    >>> fit = ms.royston_parmar(time, event=[1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1], interior=1)
    >>> fit.knots.round(3).tolist()
    [1.0, 4.0, 9.0]
    >>> fit.predict_survival(times=[3, 6]).estimate.round(3).tolist()
    [[0.77, 0.375]]
    """
    _rows.one_of("scale", scale, SCALES)
    log_knots = None
    if knots is not None:
        if interior is not None:
            raise TypeError("give `interior` or `knots`, not both")
        points = np.ascontiguousarray(np.asarray(knots, dtype=np.float64))
        if points.ndim != 1 or points.size < 2 or not (points > 0).all() or not (np.diff(points) > 0).all():
            raise OptionError("`knots` must be at least two times > 0, ascending, the boundary first and last")
        log_knots = np.log(points)
    if interior is not None and interior < 0:
        raise OptionError(f"`interior` must be >= 0, but is {interior}")
    found = _parametric.read(
        time,
        event=event,
        cnsr=cnsr,
        lower=lower,
        upper=upper,
        covariates=covariates,
        formula=formula,
        data=data,
        entry=entry,
        weights=weights,
        cluster=cluster,
        offset=offset,
        ref=ref,
        missing=missing,
    )
    fitted = _parametric.core_fit(
        found,
        weight_kind=weight_kind,
        conf_level=conf_level,
        max_iterations=max_iterations,
        scale=scale,
        interior=1 if interior is None else interior,
        knots=log_knots,
    )
    return RoystonParmarFit(scale=scale, **_parametric.common(found, fitted, conf_level, weight_kind))
