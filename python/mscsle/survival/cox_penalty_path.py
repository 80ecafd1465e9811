"""Ridge, lasso and elastic net Cox models along a path of penalties."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, DataWarning, OptionError
from mscsle.survival import _cox_rows, _formula, _rows
from mscsle.survival._cox_rows import Covariates, Encoding, Ties, WeightKind
from mscsle.survival._rows import Column, NearTies
from mscsle.survival.cox_prediction import new_covariates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CoxPath", "cox_path"]

_MIX = {"ridge": 0.0, "lasso": 1.0, "elastic-net": 0.5}


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxPath(Result):
    """Penalised Cox models: one row a strength. Penalised estimates have no standard errors and no limits here.

    Attributes
    ----------
    terms : list of str
    strength : array
        Descending; glmnet's lambda.
    coefficients : array, strengths x terms
        Log hazard ratios on the scale of the covariates.
    log_likelihood, deviance_ratio, n_nonzero, converged : arrays
    cv_deviance, cv_standard_error : arrays or None
        Cross-validated deviance per event.
    chosen : dict
        ``min`` and ``1se``: the strengths that cross-validation chooses; empty without.
    """

    terms: list[str]
    encoding: list[Encoding]
    strength: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    log_likelihood: NDArray[np.float64]
    log_likelihood_null: float
    deviance_ratio: NDArray[np.float64]
    n_nonzero: NDArray[np.int64]
    converged: NDArray[np.bool_]
    cv_deviance: NDArray[np.float64] | None
    cv_standard_error: NDArray[np.float64] | None
    chosen: dict[str, float]
    folds: int | None
    n: int
    n_events: int
    n_dropped: int
    penalty: str
    mix: float
    standardise: bool
    ties: str

    def at(self, strength: float | Literal["min", "1se"]) -> dict[str, float]:
        """Coefficients at a strength of the path, or at the one that cross-validation chose."""
        return dict(zip(self.terms, self.coefficients[self._place(strength)].tolist(), strict=True))

    def linear_predictor(self, new: object, strength: float | Literal["min", "1se"] = "1se") -> NDArray[np.float64]:
        """Linear predictor of new subjects: a frame with the covariates, or an array (subjects x terms)."""
        if _frame.is_frame(new):
            x = new_covariates(_frame.Frame(new), self.encoding)
        else:
            x = np.atleast_2d(np.asarray(new, dtype=np.float64))
        predicted: NDArray[np.float64] = x @ self.coefficients[self._place(strength)]
        return predicted

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Coefficients against the logarithm of the strength, the chosen strengths marked."""
        from mscsle.plot.style import MUTED, axes_or_new, style

        ax = axes_or_new(ax)
        with style():
            for j, term in enumerate(self.terms):
                ax.plot(np.log(self.strength), self.coefficients[:, j], linewidth=1.2, label=term)
            for value in self.chosen.values():
                ax.axvline(np.log(value), color=MUTED, linewidth=0.9, linestyle="--")
            ax.set_xlabel("log strength")
            ax.set_ylabel("Log hazard ratio")
            if len(self.terms) <= 10:
                ax.legend(frameon=False)
        return ax

    def columns(self) -> Mapping[str, Any]:
        """Strength, terms that are not 0, share of deviance, log-likelihood, cross-validated deviance, coefficients."""
        table: dict[str, Any] = {
            "strength": self.strength,
            "n_nonzero": self.n_nonzero,
            "deviance_ratio": self.deviance_ratio,
            "log_likelihood": self.log_likelihood,
        }
        if self.cv_deviance is not None:
            table |= {"cv_deviance": self.cv_deviance, "cv_standard_error": self.cv_standard_error}
        return table | {term: self.coefficients[:, j] for j, term in enumerate(self.terms)}

    def title(self) -> str:
        """Penalty, conventions, tie rule, subjects, events."""
        kind = self.penalty if self.penalty != "elastic-net" else f"elastic net (mix {self.mix:g})"
        scale = "standardised covariates" if self.standardise else "covariates as they are"
        folds = "" if self.folds is None else f", {self.folds}-fold cross-validated"
        dropped = f", {self.n_dropped} rows with missing values dropped" if self.n_dropped else ""
        short = "" if self.converged.all() else f", {int((~self.converged).sum())} strengths not converged"
        return (
            f"Cox model, {kind} penalty on {scale}, {self.ties} ties{folds}, n = {self.n}, {self.n_events} events, "
            f"no limits (penalised){dropped}{short}"
        )

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Coefficients by strength."""
        for k, strength in enumerate(self.strength.tolist()):
            for j, term in enumerate(self.terms):
                yield ard_row(
                    variable=term,
                    group1="strength",
                    group1_level=f"{strength:.6g}",
                    context="penalised cox",
                    stat_name="estimate",
                    stat_label="Log hazard ratio",
                    stat=float(self.coefficients[k, j]),
                    method=self.title(),
                )

    def _place(self, strength: float | str) -> int:
        if isinstance(strength, str):
            if strength not in self.chosen:
                known = "give `folds=` to choose by cross-validation" if not self.chosen else "use `min` or `1se`"
                raise OptionError(f"no strength is called `{strength}`; {known}")
            strength = self.chosen[strength]
        place = int(np.argmin(np.abs(self.strength - strength)))
        if not np.isclose(self.strength[place], strength, rtol=1e-9, atol=0):
            raise OptionError(
                f"the path has no strength {strength:g}; the nearest is {self.strength[place]:g} (fit with `strengths=`)"
            )
        return place


def cox_path(
    time: Column | None = None,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    covariates: Covariates | None = None,
    formula: str | None = None,
    data: object | None = None,
    penalty: Literal["ridge", "lasso", "elastic-net"],
    mix: float | None = None,
    strengths: float | ArrayLike | None = None,
    n_strengths: int = 100,
    smallest_ratio: float | None = None,
    standardise: bool = True,
    factors: ArrayLike | None = None,
    folds: int | ArrayLike | None = None,
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: WeightKind = "frequency",
    offset: Column | None = None,
    ref: Mapping[str, object] | None = None,
    ties: Ties = "efron",
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
) -> CoxPath:
    """Fit ridge, lasso or elastic net Cox models along a path of strengths, and choose one by cross-validation.

    The log partial likelihood over n, less ``strength * sum(mix |b s| + (1 - mix) / 2 (b s)^2)``, is maximised; s is the
    standard deviation of the covariate (n in the denominator) or 1. These are the conventions of R's glmnet, which has
    Breslow's ties (``ties="breslow"`` gives its numbers).

    Parameters
    ----------
    time, event, cnsr, covariates, data, strata, entry, weights, weight_kind, offset, ref, ties, near_ties, missing
        As in :func:`mscsle.cox`; exact ties are refused.
    formula : str
        Instead of time, event, covariates, strata, entry and offset, as in :func:`mscsle.cox`:
        ``"Surv(time, event) ~ age + C(source) + strata(centre)"``. Needs the extra ``formula``.
    penalty : {"ridge", "lasso", "elastic-net"}
    mix : number, optional
        Share of the lasso in an elastic net; default 0.5.
    strengths : number or descending array, optional
        Default ``n_strengths`` of them, from the smallest at which all coefficients are 0 down to ``smallest_ratio`` of it
        (default 0.0001, with more terms than rows 0.01).
    standardise : bool
        Whether the penalty is on standardised covariates; coefficients are on the scale of the input either way.
    factors : array, optional
        Factor of each term's penalty, used as given; 0 leaves a term unpenalised.
    folds : int or array, optional
        Number of folds (rows are dealt out in turn, events by time first, then the censored), or the fold of each row.

    Returns
    -------
    CoxPath
        Without standard errors: penalised estimates are biased on purpose, and intervals around them would mislead.

    References
    ----------
    Simon N, Friedman J, Hastie T, Tibshirani R (2011) J Stat Softw 39(5), doi:10.18637/jss.v039.i05.

    Examples
    --------
    >>> import mscsle as ms
    >>> path = ms.cox_path([1, 2, 3, 4, 5, 6], event=[1, 1, 1, 0, 1, 0], penalty="lasso", strengths=[0.3, 0.05],
    ...                    covariates={"arm": [1, 1, 0, 1, 0, 0], "noise": [3, 1, 2, 2, 3, 1]})
    >>> path.at(0.3), path.n_nonzero.tolist()
    ({'arm': 0.0, 'noise': 0.0}, [0, 2])
    """
    _rows.one_of("penalty", penalty, tuple(_MIX))
    if mix is not None and penalty != "elastic-net":
        raise OptionError(f'`mix` belongs to `penalty="elastic-net"`, not to `{penalty}`')
    share = _MIX[penalty] if mix is None else float(mix)
    options = _cox_rows.options(
        ties=ties,
        penalty=None,
        conf_type=None,
        weight_kind=weight_kind,
        conf_level=0.95,
        near_ties=near_ties,
        missing=missing,
        like=None,
    )
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
            offset=offset,
        )
        if rows.cluster is not None:
            raise OptionError("`cluster()` has no meaning in this call: a path has no standard errors")
    elif time is None or covariates is None:
        raise TypeError("give `time` and `covariates`, or a `formula`")
    else:
        rows = _cox_rows.read(
            time=time,
            event=event,
            cnsr=cnsr,
            covariates=covariates,
            data=data,
            strata=strata,
            entry=entry,
            weights=weights,
            cluster=None,
            offset=offset,
            ref=ref,
            missing=missing,
        )
    if factors is not None and np.shape(factors) != (len(rows.terms),):
        raise DataError(
            f"`factors` must be one number for each of the {len(rows.terms)} terms ({', '.join(rows.terms[:5])}"
            f"{', ...' if len(rows.terms) > 5 else ''}), but has {np.size(factors)}"
        )
    for name, constant in zip(rows.terms, np.ptp(rows.x, axis=0) == 0.0, strict=True):
        if constant:
            warnings.warn(f"covariate `{name}` is constant; its coefficient is 0", DataWarning, stacklevel=2)
    given = None if strengths is None else np.ascontiguousarray(np.atleast_1d(np.asarray(strengths, dtype=np.float64)))
    found = _cox_rows.core_data(rows, options).path(
        mix=share,
        n_strengths=n_strengths,
        standardise=standardise,
        strengths=given,
        smallest_ratio=smallest_ratio,
        factors=None if factors is None else np.ascontiguousarray(np.asarray(factors, dtype=np.float64)),
        fold=None if folds is None else _folds(folds, rows.time, rows.event, rows.n_dropped),
    )
    chosen = {}
    if "smallest" in found:
        chosen = {name: float(found["strength"][found.pop(place)]) for name, place in (("min", "smallest"), ("1se", "one_standard_error"))}  # fmt: skip
    return CoxPath(
        library=rows.library,
        terms=rows.terms,
        encoding=rows.encoding,
        cv_deviance=found.pop("cv_deviance", None),
        cv_standard_error=found.pop("cv_standard_error", None),
        chosen=chosen,
        folds=found.pop("folds", None),
        n=round(found.pop("n")),
        n_events=round(found.pop("n_events")),
        n_dropped=rows.n_dropped,
        penalty=penalty,
        mix=share,
        standardise=standardise,
        ties=ties,
        **found,
    )


def _folds(
    folds: int | ArrayLike, time: NDArray[np.float64], event: NDArray[np.bool_], dropped: int
) -> NDArray[np.uint32]:
    """The fold of each row."""
    if isinstance(folds, (int, np.integer)):
        if not 3 <= folds <= time.size:
            raise OptionError(f"`folds` must be between 3 and the number of rows, but is {folds}")
        fold = np.empty(time.size, dtype=np.uint32)
        fold[np.lexsort((time, ~event))] = np.arange(time.size) % folds
        return fold
    codes = np.asarray(folds)
    if dropped or codes.shape != time.shape or codes.dtype.kind not in "iu":
        raise DataError(f"`folds` must be a number, or one whole number for each of the {time.size} rows used")
    return np.ascontiguousarray(np.unique(codes, return_inverse=True)[1].astype(np.uint32))
