"""Cause-specific Cox models, one for each cause, and the cumulative incidence that follows from all of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike

from mscsle import _core, _frame
from mscsle._result import Result
from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning, OptionError
from mscsle.survival import _cox_rows, _formula, _rows
from mscsle.survival._cox_rows import Covariates, CoxRows
from mscsle.survival._rows import Column, Like, NearTies
from mscsle.survival.cox_model import CoxFit, fit_rows
from mscsle.survival.incidence_prediction import IncidencePrediction, until_last_time

__all__ = ["CauseSpecificFit", "cause_specific_cox"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CauseSpecificFit(Result):
    """Cox models of the hazard of each cause, other causes counted as censored.

    Attributes
    ----------
    fits : dict of str to CoxFit
        The model of each cause.
    causes : list of str
    conf_level : float
    """

    fits: dict[str, CoxFit]
    conf_level: float

    @property
    def causes(self) -> list[str]:
        """Labels of the causes."""
        return list(self.fits)

    def __getitem__(self, cause: object) -> CoxFit:
        """The model of a cause."""
        label = _rows.level_text(cause)
        if label not in self.fits:
            raise KeyError(f"no cause `{label}`; the causes are {', '.join(f'`{c}`' for c in self.fits)}")
        return self.fits[label]

    def columns(self) -> Mapping[str, Any]:
        """The tables of coefficients under each other, with the cause."""
        tables = {cause: fit.columns() for cause, fit in self.fits.items()}
        first = next(iter(tables.values()))
        out: dict[str, Any] = {"cause": [cause for cause, table in tables.items() for _ in table["term"]]}
        for name in first:
            parts = [table[name] for table in tables.values()]
            if isinstance(first[name], list):
                out[name] = [value for part in parts for value in part]
            else:
                out[name] = np.concatenate(parts)
        return out

    def title(self) -> str:
        """Causes with their events, and the method."""
        fit = next(iter(self.fits.values()))
        events = ", ".join(f"{cause}: {_rows.counted(f.n_events, 'event')}" for cause, f in self.fits.items())
        return f"Cause-specific {fit.method}, n = {fit.n}, {events}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Those of each model, with the cause as group."""
        for cause, fit in self.fits.items():
            for row in fit.ard_rows():
                yield {**row, "group1": "cause", "group1_level": cause, "context": "cause-specific cox"}

    def predict_incidence(
        self,
        new: object,
        *,
        times: float | ArrayLike | None = None,
        survival: Literal["product", "exponential"] = "product",
        extend: bool = False,
    ) -> IncidencePrediction:
        """Cumulative incidence of every cause for new subjects, with limits.

        Parameters
        ----------
        new : frame, or array (subjects x covariates)
            The covariates by their names, and the strata of the fit if it has any.
        times : number or array, optional
            Times; default every event time of the data. After the last observed time the incidence is missing, with a note.
        survival : {"product", "exponential"}
            Survival free of any event just before a time: the product of 1 - the hazards of all causes, or exp of minus
            the cumulative hazards.
        extend : bool
            Carry the last value on after the last observed time (of the subject's stratum).

        Returns
        -------
        IncidencePrediction
            Standard errors by the delta method from the covariance of the coefficients and the variance of the baseline
            hazards of all causes, taken as uncorrelated; symmetric limits in ln(-ln(1 - F)). NaN before the first event
            of a cause.

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite.

        References
        ----------
        Benichou J, Gail MH (1990) Biometrics 46:813, doi:10.2307/2532098. Ozenne B, Sorensen AL, Scheike T,
        Torp-Pedersen C, Gerds TA (2017) R J 9:440, doi:10.32614/RJ-2017-062.
        """
        _rows.one_of("survival", survival, ("product", "exponential"))
        fits = list(self.fits.values())
        parts = [fit.cause_hazard(new) for fit in fits]
        found = _core.survival_cause_specific(
            [source for source, _, _ in parts],
            [x for _, x, _ in parts],
            strata=parts[0][2],
            times=None if times is None else _rows.time_points(times),
            survival=survival,
            conf_level=self.conf_level,
        )
        last = fits[0].last_times()
        last = np.repeat(last, len(parts[0][1])) if parts[0][2] is None else last[parts[0][2]]
        return IncidencePrediction(
            library=_frame.Frame(new).library if _frame.is_frame(new) else self.library,
            causes=self.causes,
            method=f"cause-specific {fits[0].method}, {survival} survival",
            last_time=last,
            **until_last_time(found, last, extend=extend),
        )

    def __repr__(self) -> str:
        return f"<CauseSpecificFit {self.title()}>"


def cause_specific_cox(
    time: Column | None = None,
    *,
    cause: Column | None = None,
    censored: object = _rows.UNSAID,
    covariates: Covariates | Mapping[Any, list[str]] | None = None,
    formula: str | None = None,
    data: object | None = None,
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    ref: Mapping[str, object] | None = None,
    ties: Literal["efron", "breslow"] | None = None,
    penalty: Literal["firth"] | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> CauseSpecificFit:
    """Fit a Cox model to the hazard of each cause, all other causes counted as censored.

    Parameters
    ----------
    time, data, strata, entry, ref, ties, penalty, conf_level, near_ties, missing, like
        As in :func:`mscsle.cox`.
    cause, censored
        As in :func:`mscsle.cumulative_incidence`.
    covariates : list of column names, or mapping of cause to list
        The same covariates for every cause, or (with ``data=``) those of each cause. Rows with a missing value in any of
        them take part in no model.
    formula : str
        Instead of time, cause, covariates, strata and entry, the same model for every cause:
        ``"Surv(time, cause) ~ age + C(source) + strata(centre)"``. Needs the extra ``formula``.

    Returns
    -------
    CauseSpecificFit

    Examples
    --------
    >>> import mscsle as ms
    >>> data = {"time": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "cause": [1, 2, 1, 0, 1, 2, 1, 0, 2, 1],
    ...         "dose": [1.2, 3.1, 2.2, 0.8, 1.9, 2.7, 0.6, 3.4, 1.1, 2.4]}
    >>> fit = ms.cause_specific_cox("time", cause="cause", censored=0, covariates=["dose"], data=data)
    >>> fit.causes, fit[1].n_events, fit[2].n_events
    (['1', '2'], 5, 3)
    >>> at5 = fit.predict_incidence({"dose": [1.0]}, times=5)
    >>> at5.incidence[0, :, 0].round(3).tolist(), at5.standard_error[0, :, 0].round(3).tolist()
    ([0.452, 0.052], [0.245, 0.075])
    """
    options = _cox_rows.options(
        ties=ties,
        penalty=penalty,
        conf_type=None,
        weight_kind="frequency",
        conf_level=conf_level,
        near_ties=near_ties,
        missing=missing,
        like=like,
    )
    if options.ties == "exact":
        raise OptionError('cause-specific models take `ties="efron"` or `"breslow"`')
    parsed = None
    if formula is not None:
        parsed = _formula.parse(
            formula, data, time=time, cause=cause, covariates=covariates, strata=strata, entry=entry
        )
        parsed.no_special("strata")
        if not parsed.right:
            raise OptionError("the formula has no covariate; name at least one")
        time, cause, entry, data = parsed.time, parsed.event, parsed.entry, parsed.data
        strata = parsed.strata or None
    if time is None or cause is None or (parsed is None and covariates is None):
        raise TypeError("give `time`, `cause` and `covariates`, or a `formula` with `Surv(time, cause)`")
    by_cause: dict[str, list[str]] | None = None
    if data is not None and isinstance(covariates, Mapping):
        by_cause = {_rows.level_text(k): [str(n) for n in np.atleast_1d(names)] for k, names in covariates.items()}
        covariates = list(dict.fromkeys(name for names in by_cause.values() for name in names))
    wanted: list[str] = []
    if parsed is not None:
        extra = _formula.required(parsed)
    else:
        wanted, extra = _cox_rows.covariate_roles(cast(Covariates, covariates), data, ref)
    rows = _rows.read(data, time=time, cause=cause, strata=strata, entry=entry, missing=missing, extra=extra)
    codes, causes = _rows.cause_codes(rows, censored, None)
    if not causes:
        raise DataError(f"column `{rows.names['cause']}` holds no event: every row is `{censored}` (censored)")
    if by_cause is not None and set(by_cause) != set(causes):
        raise OptionError(
            f"`covariates` names the causes {', '.join(f'`{c}`' for c in by_cause)}, but column "
            f"`{rows.names['cause']}` holds {', '.join(f'`{c}`' for c in causes)}"
        )
    fits: dict[str, CoxFit] = {}
    for code, label in enumerate(causes, start=1):
        if parsed is not None:
            design, x, references = _formula.design(parsed, rows, ref)
            terms, encoding = design.terms, design.encoding
        else:
            names = wanted if by_cause is None else by_cause[label]
            own = None if ref is None else {name: level for name, level in ref.items() if name in names}
            x, terms, references, encoding = _cox_rows.columns_of(rows, names, own)
        fits[label] = fit_rows(
            CoxRows(
                time=rows.time,
                event=codes == code,
                x=x,
                terms=terms,
                references=references,
                entry=rows.entry,
                strata=rows.strata,
                weights=None,
                cluster=None,
                offset=None,
                encoding=encoding,
                strata_levels=rows.strata_levels,
                time_name=rows.names["time"],
                strata_name=None if strata is None else _rows.by_name(strata, rows.names, "strata"),
                n_dropped=rows.n_dropped,
                library=rows.library,
            ),
            options,
        )
        for kind, text in fits[label].fitted.notes:
            category = ConvergenceWarning if kind in ("monotone", "not converged") else DataWarning
            warnings.warn(f"cause {label}: {text}", category, stacklevel=2)
    return CauseSpecificFit(library=rows.library, fits=fits, conf_level=options.conf_level)
