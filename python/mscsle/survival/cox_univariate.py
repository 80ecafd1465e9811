"""Cox models of one covariate each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from mscsle._result import Result
from mscsle.exceptions import OptionError
from mscsle.survival import _cox_rows
from mscsle.survival._cox_rows import Covariates, CoxConfType, Penalty, Ties, WeightKind
from mscsle.survival._rows import Column, Like, NearTies
from mscsle.survival.cox_model import CoxFit, fit_rows

__all__ = ["UnivariateCox", "univariate_cox"]


@dataclass(frozen=True, kw_only=True, eq=False)
class UnivariateCox(Result):
    """Cox models of one covariate each: one row a term."""

    covariates: list[str]
    terms: list[str]
    n: list[int]
    n_events: list[int]
    log_hr: list[float]
    lower: list[float]
    upper: list[float]
    se: list[float]
    p_wald: list[float]
    p_likelihood_ratio: list[float]
    p_score: list[float]
    note: list[str]
    method: str
    conf_level: float
    fits: dict[str, CoxFit] = field(repr=False)

    def columns(self) -> Mapping[str, Any]:
        """Covariate, term, subjects, events, hazard ratio with limits, p-values of the three tests, note."""
        return {
            "covariate": self.covariates,
            "term": self.terms,
            "n": np.asarray(self.n, dtype=np.int64),
            "events": np.asarray(self.n_events, dtype=np.int64),
            "hr": np.exp(np.asarray(self.log_hr, dtype=np.float64)),
            "lower": np.exp(np.asarray(self.lower, dtype=np.float64)),
            "upper": np.exp(np.asarray(self.upper, dtype=np.float64)),
            "log_hr": np.asarray(self.log_hr, dtype=np.float64),
            "se": np.asarray(self.se, dtype=np.float64),
            "p_wald": np.asarray(self.p_wald, dtype=np.float64),
            "p_likelihood_ratio": np.asarray(self.p_likelihood_ratio, dtype=np.float64),
            "p_score": np.asarray(self.p_score, dtype=np.float64),
            "note": self.note,
        }

    def title(self) -> str:
        """Method and level of the limits."""
        return f"Univariate {self.method}, {100 * self.conf_level:g} % limits"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """The rows of each model."""
        for name, fit in self.fits.items():
            for row in fit.ard_rows():
                yield {**row, "group1": "covariate", "group1_level": name, "context": "univariate cox"}

    def __repr__(self) -> str:
        return f"<UnivariateCox {self.title()}, {len(self.terms)} terms>"


def univariate_cox(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    covariates: Covariates,
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
) -> UnivariateCox:
    """Fit one Cox model per covariate.

    The arguments are those of :func:`mscsle.cox`. With ``missing="drop"`` each model drops the rows that miss its own
    covariate. What cannot be estimated is said in the column ``note``; nothing warns.

    Returns
    -------
    UnivariateCox
        One row a term: subjects, events, hazard ratio with limits, p-values of the Wald, likelihood-ratio and score test
        (the two latter are those of the whole covariate), note.

    Examples
    --------
    >>> import mscsle as ms
    >>> table = ms.univariate_cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
    ...                           covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0], "age": [40, 22, 31, 38, 45, 27, 33, 29]})
    >>> [round(float(hr), 3) for hr in table.columns()["hr"]]
    [2.462, 1.017]
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
    )
    given = _cox_rows.covariate_list(covariates, data)
    unknown = set(ref or {}) - {name for name, _ in given}
    if unknown:
        raise OptionError(f"`ref` names `{min(unknown)}`, which is not a covariate")
    columns: dict[str, list[Any]] = {
        name: []
        for name in (
            "covariates",
            "terms",
            "n",
            "n_events",
            "log_hr",
            "lower",
            "upper",
            "se",
            "p_wald",
            "p_likelihood_ratio",
            "p_score",
            "note",
        )
    }
    fits: dict[str, CoxFit] = {}
    for name, column in given:
        chosen: Any = [column] if data is not None else {name: column}
        rows = _cox_rows.read(
            time=time,
            event=event,
            cnsr=cnsr,
            covariates=chosen,
            data=data,
            strata=strata,
            entry=entry,
            weights=weights,
            cluster=cluster,
            offset=offset,
            ref={name: ref[name]} if ref and name in ref else None,
            missing=missing,
        )
        fit = fit_rows(rows, options)
        fits[name] = fit
        summary = fit.summary()
        for i, term in enumerate(fit.terms):
            reasons = [summary.note[i]] if summary.note[i] else []
            reasons += [text for kind, text in fit.fitted.notes if kind in ("monotone", "not converged", "few events")]
            if fit.n_dropped:
                reasons.append(f"{fit.n_dropped} rows with missing values dropped")
            row = {
                "covariates": name,
                "terms": term,
                "n": fit.n,
                "n_events": fit.n_events,
                "log_hr": float(summary.log_hr[i]),
                "lower": float(np.log(summary.lower[i])),
                "upper": float(np.log(summary.upper[i])),
                "se": float(summary.se[i]),
                "p_wald": float(summary.p[i]),
                "p_likelihood_ratio": fit.likelihood_ratio.p_value,
                "p_score": fit.score.p_value,
                "note": "; ".join(reasons),
            }
            for key, value in row.items():
                columns[key].append(value)
    first = next(iter(fits.values()))
    return UnivariateCox(
        library=first.library, method=first.method, conf_level=options.conf_level, fits=fits, **columns
    )
