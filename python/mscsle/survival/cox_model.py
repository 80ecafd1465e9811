"""The Cox proportional hazards model on frames and arrays."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Literal

import numpy as np

from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning
from mscsle.survival import _cox_rows, _formula
from mscsle.survival._cox_rows import Covariates, CoxConfType, CoxOptions, CoxRows, Penalty, Ties, WeightKind
from mscsle.survival._rows import Column, Like, NearTies
from mscsle.survival.cox_fit import CoxFit

__all__ = ["CoxFit", "cox"]

_WARNINGS: dict[str, type[Warning]] = {"monotone": ConvergenceWarning, "not converged": ConvergenceWarning}


def cox(
    time: Column | None = None,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    covariates: Covariates | None = None,
    formula: str | None = None,
    data: object | None = None,
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: WeightKind = "frequency",
    cluster: Column | None = None,
    offset: Column | None = None,
    ref: Mapping[str, object] | None = None,
    ties: Ties | None = None,
    penalty: Penalty | None = None,
    conf_type: CoxConfType | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
    max_iterations: int = 20,
    tolerance: float = 1e-9,
) -> CoxFit:
    """Fit the Cox proportional hazards model by maximising the partial likelihood.

    Parameters
    ----------
    time : column name of numbers >= 0, or array
        Time to event or censoring; risk sets are (entry, time].
    event, cnsr : column name of booleans or 0/1, or array
        ``event``: true = happened. ``cnsr``: CDISC, 0 = event, > 0 = censored. Give one of them.
    covariates : list of column names, array (rows x covariates), or mapping of name to array
        Numbers enter as they are; text and categories as one 0/1 term a level, against a reference level.
    formula : str
        Instead of all of these, ``"Surv(time, event) ~ age + C(source) + strata(centre)"`` or ``"Surv(start, stop, event) ~
        ..."``: names are columns of ``data``; ``event`` is true = happened or a comparison (``CNSR == 0``). Besides
        covariates, with interactions and functions, the right-hand side takes ``strata()``, ``cluster()``, ``offset()``.
        Needs the extra ``formula``. Terms are named as in R (``C(source)UC``).
    data : pandas, polars or pyarrow frame, or a result
    strata : column name, list of names, or array
        Each stratum has its own baseline hazard.
    entry : column name of numbers, or array
        Start of each row's interval (delayed entry, time-dependent covariates).
    weights : column name of numbers >= 0, or array
        Case weights; rows of weight 0 do not take part.
    weight_kind : {"frequency", "sampling"}
        ``frequency``: whole numbers; a row of weight k gives the same fit as k repeated rows, which are then tied with
        each other. With Efron's ties this is not what ``weights`` of R's ``coxph`` does. ``sampling``: any number;
        coefficients are those of R's ``coxph(weights=)``, standard errors those of the infinitesimal jackknife
        (R's ``robust = TRUE``).
    cluster : column name, or array
        Rows that belong together (one patient): standard errors are robust, summed within clusters.
    offset : column name of numbers, or array
        A term with coefficient 1.
    ref : mapping of covariate to level
        Reference levels; a covariate of numbers named here is taken as categorical. Default: the first level.
    ties : {"efron", "breslow", "exact"}
        Tie rule; default ``efron``. ``exact`` is the discrete conditional likelihood.
    penalty : {"firth"}
        Firth's penalised likelihood: finite estimates under separation, less bias with few events. Log-likelihoods and the
        likelihood-ratio test are then penalised; limits and p-values of terms come from the penalised profile.
    conf_type : {"wald", "profile"}
        Kind of limits; default ``wald``, with a penalty ``profile``. Profile limits come with the likelihood-ratio test of
        each term, whose signed root is ``z``.
    conf_level : float
        Level of the intervals.
    near_ties : {"group", "separate"}
        Whether times equal but for rounding (sqrt(eps)) are tied.
    missing : {"error", "drop"}
        What happens to rows with missing values.
    like : {"r", "sas"}
        Tie rule of R (efron) or SAS (breslow).
    max_iterations, tolerance : int, float
        Newton steps at most; relative change of the log-likelihood at convergence.

    Returns
    -------
    CoxFit

    Warns
    -----
    ConvergenceWarning
        Infinite coefficients (monotone likelihood), or an iteration that did not converge.
    DataWarning
        Constant or aliased covariates, more covariates than events.

    Notes
    -----
    A coefficient that is not estimable is None in ``coefficients``, and ``status`` and the table say why. Under monotone
    likelihood the likelihood-ratio test and the finite profile-likelihood limit are given, a Wald interval is not.

    Examples
    --------
    >>> import mscsle as ms
    >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
    ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
    >>> {term: round(value, 6) for term, value in fit.coefficients.items()}
    {'arm': 0.901099}
    >>> fit.title()
    'Cox model, efron ties, n = 8, 5 events'
    """
    options = _cox_rows.options(
        ties=ties,
        penalty=penalty,
        conf_type=conf_type,
        weight_kind=weight_kind,
        conf_level=conf_level,
        near_ties=near_ties,
        missing=missing,
        like=like,
        max_iterations=max_iterations,
        tolerance=tolerance,
    )
    rows = None
    if formula is not None:
        rows = _formula.cox_rows(
            formula,
            data,
            weights=weights,
            ref=ref,
            missing=missing,
            time=time,
            event=event,
            cnsr=cnsr,
            covariates=covariates,
            strata=strata,
            entry=entry,
            cluster=cluster,
            offset=offset,
        )
    elif time is None or covariates is None:
        raise TypeError("give `time` and `covariates`, or a `formula`")
    elif data is None and cnsr is None and cluster is None and not ref and isinstance(covariates, np.ndarray):
        rows = _cox_rows.plain(time, event, covariates, strata, entry, weights, offset)
    try:
        fit = None if rows is None else fit_rows(rows, options)
    except DataError:
        if formula is not None:
            raise
        fit = None  # read again, to name column and count
    if fit is None:
        assert time is not None and covariates is not None
        rows = _cox_rows.read(
            time=time,
            event=event,
            cnsr=cnsr,
            covariates=covariates,
            data=data,
            strata=strata,
            entry=entry,
            weights=weights,
            cluster=cluster,
            offset=offset,
            ref=ref,
            missing=missing,
        )
        fit = fit_rows(rows, options)
    for kind, text in fit.fitted.notes:
        warnings.warn(text, _WARNINGS.get(kind, DataWarning), stacklevel=2)
    return fit


def fit_rows(rows: CoxRows, options: CoxOptions) -> CoxFit:
    """Fits checked rows."""
    source = _cox_rows.core_data(rows, options)
    return CoxFit(
        library=rows.library,
        fitted=source.fit(),
        source=source,
        encoding=rows.encoding,
        strata_levels=rows.strata_levels,
        terms=rows.terms,
        references=rows.references,
        ties=options.ties,
        penalty=options.penalty,
        conf_level=options.conf_level,
        time_name=rows.time_name,
        strata_name=rows.strata_name,
        weight_kind=options.weight_kind if rows.weights is not None else None,
        clustered=rows.cluster is not None,
        n_dropped=rows.n_dropped,
        like=options.like,
    )
