"""Accelerated failure time models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from mscsle.exceptions import NotEstimableError
from mscsle.survival import _parametric, _rows
from mscsle.survival._cox_rows import Covariates, WeightKind
from mscsle.survival._parametric import ParametricFit, ParametricPrediction, ParametricTable
from mscsle.survival._rows import Column

__all__ = ["AftFit", "aft"]

Distribution: TypeAlias = Literal["weibull", "exponential", "log-normal", "log-logistic"]
DISTRIBUTIONS = ("weibull", "exponential", "log-normal", "log-logistic")
RATIOS = {"weibull": "hazard_ratio", "exponential": "hazard_ratio", "log-logistic": "odds_ratio"}


@dataclass(frozen=True, kw_only=True, eq=False)
class AftFit(ParametricFit):
    """A fitted accelerated failure time model.

    Attributes
    ----------
    distribution : str
    scale : float
        Sigma; the shape of the Weibull distribution is ``1 / scale``.
    terms : list of str
        ``(Intercept)``, covariates, ``log(scale)``.
    coefficients, standard_errors : dict of str to float or None
        On the log time scale; None where not estimable (``status`` says why).
    covariance : array, terms x terms
    log_likelihood, log_likelihood_null, aic : float
        Of the times, not of their logarithms.
    likelihood_ratio : CoxTest
    converged : bool
    n, n_events : float
    notes : list of str
    """

    context: ClassVar[str] = "accelerated failure time"

    distribution: str

    @property
    def scale(self) -> float:
        """Sigma, 1 for the exponential."""
        return self.fitted.scale

    @property
    def _model(self) -> str:
        return f"Accelerated failure time model, {self.distribution}"

    @property
    def _ratio(self) -> str:
        return "time_ratio"

    def ratios(self) -> ParametricTable:
        """Hazard ratios (Weibull, exponential) or odds ratios (log-logistic) of the covariates: minus coefficient over scale.

        Standard errors by the delta method; limits and p-values on the log scale.

        Raises
        ------
        NotEstimableError
            For the log-normal distribution, whose hazards and odds are not proportional.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.aft([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0], covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
        >>> fit.ratios().to_frame()["hazard_ratio"].round(4).tolist()
        [3.3771]
        """
        if self.distribution not in RATIOS:
            raise NotEstimableError(
                "the log-normal model has no hazard or odds ratio; use `weibull` or `log-logistic`, or its time ratios"
            )
        ratio = RATIOS[self.distribution]
        caption = f"{ratio.replace('_', ' ').capitalize()}s, {self.title()}"
        return _parametric.table(self.fitted.ratios, ratio, caption, self.library)

    def predict_mean(self, new: object | None = None) -> ParametricPrediction:
        """Mean time of new subjects; it rests on the tail of the distribution beyond the last observed time.

        Infinite for the log-logistic distribution with a scale of 1 or more.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.aft([1, 2, 4, 5, 7], event=[1, 1, 1, 0, 0], distribution="exponential")
        >>> fit.predict_mean().estimate.round(4).tolist()
        [[6.3333]]
        """
        x, library = self._new(new)
        found = self.fitted.means(x, self.conf_level)
        assert found is not None
        mean, se, lower, upper = (values.reshape(-1, 1) for values in found)
        return self._prediction("mean", np.array([np.nan]), library, mean, lower, upper, se)


def aft(
    time: Column | None = None,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    lower: Column | None = None,
    upper: Column | None = None,
    covariates: Covariates | None = None,
    formula: str | None = None,
    data: object | None = None,
    distribution: Distribution = "weibull",
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: WeightKind = "frequency",
    cluster: Column | None = None,
    offset: Column | None = None,
    ref: Mapping[str, object] | None = None,
    conf_level: float = 0.95,
    missing: Literal["error", "drop"] = "error",
    max_iterations: int = 100,
) -> AftFit:
    """Fit an accelerated failure time model to exact, left-, right- and interval-censored times.

    ``log T = intercept + x b + offset + scale * W`` with W extreme value (Weibull, exponential), normal or logistic.

    Parameters
    ----------
    time, event, cnsr : column name or array
        Exact and right-censored times, as in :func:`mscsle.kaplan_meier`.
    lower, upper : column name or array
        Instead of ``time``: the event lies in ``(lower, upper]``, as in :func:`mscsle.turnbull`.
    covariates, data, ref, missing
        As in :func:`mscsle.cox`; without covariates the distribution alone is fitted.
    formula : str
        Instead of columns: ``"Surv(time, event) ~ age + C(source)"``, ``'Surv(lower, upper, type="interval2") ~ age'``.
    distribution : {"weibull", "exponential", "log-normal", "log-logistic"}
    entry : column name or array
        Delayed entry: a row counts with its probability given that its time lies after entry.
    weights, weight_kind, cluster : column name or array, word
        As in :func:`mscsle.cox`; sampling weights and clusters give robust standard errors.
    offset : column name or array
        Added to log time.
    conf_level : float
        Wald limits.
    max_iterations : int

    Returns
    -------
    AftFit

    Raises
    ------
    NotEstimableError
        Without events; when a coefficient runs to infinity (a level without events); when the scale runs to 0.

    Warns
    -----
    DataWarning
        Constant or aliased covariates, more parameters than events.

    Examples
    --------
    >>> import mscsle as ms
    >>> fit = ms.aft([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0], covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
    >>> {term: round(value, 6) for term, value in fit.coefficients.items()}
    {'(Intercept)': 1.630264, 'arm': -0.565917, 'log(scale)': -0.765704}
    >>> fit.predict_quantile({"arm": [0, 1]}).estimate.round(4).tolist()
    [[4.3052], [2.4447]]
    """
    _rows.one_of("distribution", distribution, DISTRIBUTIONS)
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
        distribution=distribution,
    )
    return AftFit(distribution=distribution, **_parametric.common(found, fitted, conf_level, weight_kind))
