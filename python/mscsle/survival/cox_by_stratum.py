"""Log-likelihood, score and information of each stratum: what sites can share and add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import OptionError
from mscsle.survival import _cox_rows
from mscsle.survival._cox_rows import Covariates, Ties, WeightKind
from mscsle.survival._rows import Column, NearTies

__all__ = ["CoxLikelihood", "cox_likelihood"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxLikelihood(Result):
    """Log partial likelihood and its derivatives at given coefficients: one row a stratum.

    Attributes
    ----------
    strata : list of str or None
    terms : list of str
    coefficients : array
    n, n_events, log_likelihood : arrays, by stratum
    score : array, strata x terms
    information : array, strata x terms x terms
    """

    strata: list[str] | None
    terms: list[str]
    coefficients: NDArray[np.float64]
    n: NDArray[np.float64]
    n_events: NDArray[np.float64]
    log_likelihood: NDArray[np.float64]
    score: NDArray[np.float64]
    information: NDArray[np.float64]
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Stratum, rows, events, log-likelihood, score by term."""
        table: dict[str, Any] = {} if self.strata is None else {"stratum": self.strata}
        table |= {"n": self.n, "events": self.n_events, "log_likelihood": self.log_likelihood}
        return table | {f"score[{term}]": self.score[:, j] for j, term in enumerate(self.terms)}

    def title(self) -> str:
        """The model and the coefficients."""
        at = ", ".join(f"{term} = {value:.6g}" for term, value in zip(self.terms, self.coefficients, strict=True))
        return f"Log partial likelihood by stratum at {at}, {self.method}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Log-likelihood and score by stratum."""
        for s in range(self.n.size):
            rows = [("log.likelihood", "Log partial likelihood", "all", self.log_likelihood[s])]
            rows += [("score", "Score", term, self.score[s, j]) for j, term in enumerate(self.terms)]
            for name, label, variable, value in rows:
                yield ard_row(
                    variable=variable,
                    group1=None if self.strata is None else "stratum",
                    group1_level=None if self.strata is None else self.strata[s],
                    context="cox likelihood",
                    stat_name=name,
                    stat_label=label,
                    stat=float(value),
                    method=self.title(),
                )


def by_stratum(
    source: _core.CoxData,
    terms: list[str],
    levels: Sequence[str] | None,
    coefficients: ArrayLike,
    library: _frame.Library,
    method: str,
) -> CoxLikelihood:
    """The likelihood of the rows of a fit."""
    at = np.ascontiguousarray(np.atleast_1d(np.asarray(coefficients, dtype=np.float64)))
    if at.shape != (len(terms),):
        raise OptionError(f"`coefficients` must be {len(terms)} numbers, one a term, but has shape {at.shape}")
    found = source.likelihood(at)
    return CoxLikelihood(
        library=library,
        strata=None if levels is None else [levels[code] for code, *_ in found],
        terms=terms,
        coefficients=at,
        n=np.array([line[1] for line in found]),
        n_events=np.array([line[2] for line in found]),
        log_likelihood=np.array([line[3] for line in found]),
        score=np.array([line[4] for line in found]),
        information=np.array([line[5] for line in found]),
        method=method,
    )


def cox_likelihood(
    time: Column,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    covariates: Covariates,
    coefficients: ArrayLike,
    data: object | None = None,
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: WeightKind = "frequency",
    offset: Column | None = None,
    ref: Mapping[str, object] | None = None,
    ties: Ties = "efron",
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
) -> CoxLikelihood:
    """Log partial likelihood, score and information of each stratum at given coefficients.

    Sites that may not pool patients can fit one stratified model together: each sends these numbers at the current
    coefficients, the sums give the Newton step. The other arguments are those of :func:`mscsle.cox`.

    Parameters
    ----------
    coefficients : array
        One log hazard ratio a term.

    Returns
    -------
    CoxLikelihood

    References
    ----------
    Lu CL, Wang S, Ji Z, Wu Y, Xiong L, Jiang X, Ohno-Machado L (2015) J Am Med Inform Assoc 22:1212, doi:10.1093/jamia/ocv083.

    Examples
    --------
    >>> import mscsle as ms, numpy as np
    >>> a = dict(time=[1, 2, 3, 5], event=[1, 1, 0, 1], covariates={"arm": [1, 0, 1, 0]})
    >>> b = dict(time=[2, 4, 6, 7], event=[1, 0, 1, 1], covariates={"arm": [0, 1, 1, 0]})
    >>> beta = np.zeros(1)
    >>> for _ in range(6):
    ...     sites = [ms.cox_likelihood(**site, coefficients=beta) for site in (a, b)]
    ...     information = sum(site.information.sum(axis=0) for site in sites)
    ...     beta = beta + np.linalg.solve(information, sum(site.score.sum(axis=0) for site in sites))
    >>> together = ms.cox(a["time"] + b["time"], event=a["event"] + b["event"],
    ...                   covariates={"arm": [1, 0, 1, 0, 0, 1, 1, 0]}, strata=["a"] * 4 + ["b"] * 4)
    >>> bool(abs(beta[0] - together.coefficients["arm"]) < 1e-10)
    True
    """
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
    levels = rows.strata_levels if rows.strata is not None else None
    method = f"{ties} ties"
    return by_stratum(_cox_rows.core_data(rows, options), rows.terms, levels, coefficients, rows.library, method)
