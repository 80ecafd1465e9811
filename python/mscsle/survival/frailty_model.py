"""The Cox model with a shared gamma frailty."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _core
from mscsle._result import Result, ard_row
from mscsle.exceptions import ConvergenceWarning, DataWarning, OptionError
from mscsle.survival import _cox_rows, _formula, _parametric, _rows
from mscsle.survival._cox_rows import Covariates
from mscsle.survival._parametric import ParametricTable
from mscsle.survival._rows import Column, NearTies
from mscsle.survival.cox_tables import CoxTest

__all__ = ["CoxFrailtyFit", "Frailties", "cox_frailty"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Frailties(Result):
    """The frailty of each group: above 1 its hazard is higher than the covariates say."""

    group: list[str]
    n_event: Floats
    frailty: Floats
    group_name: str
    caption: str

    def columns(self) -> Mapping[str, Any]:
        """Group, events, frailty."""
        return {"group": self.group, "n_event": self.n_event, "frailty": self.frailty}

    def title(self) -> str:
        """Of the fit."""
        return self.caption

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Events and frailty by group."""
        for i, group in enumerate(self.group):
            for name, label, value in (
                ("n.event", "Events", self.n_event[i]),
                ("frailty", "Frailty", self.frailty[i]),
            ):
                yield ard_row(
                    variable=self.group_name,
                    variable_level=group,
                    context="frailty",
                    stat_name=name,
                    stat_label=label,
                    stat=float(value),
                    method=self.caption,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxFrailtyFit(Result):
    """A Cox model with a gamma frailty shared within groups.

    Attributes
    ----------
    terms : list of str
    coefficients, standard_errors, hazard_ratios : dict of str to float or None
        By term; within groups (given the frailty). None where not estimable.
    covariance : array, terms x terms
    theta : float
        Variance of the frailty, whose mean is 1.
    theta_estimated : bool
    frailty_test : CoxTest or None
        Likelihood-ratio test of no frailty, half a chi-squared; None if ``theta`` was given.
    log_likelihood : float
        With the frailties integrated out.
    log_likelihood_no_frailty : float
        Of the same model without frailty.
    converged : bool
    n, n_events, n_groups : int
    """

    fitted: _core.FrailtyFit = field(repr=False)
    group_levels: list[str] = field(repr=False)
    group_name: str
    references: dict[str, str]
    ties: str
    theta_given: bool
    conf_level: float
    time_name: str
    strata_name: str | None
    weighted: bool
    n_dropped: int

    @property
    def terms(self) -> list[str]:
        """Names of the coefficients."""
        return [term[0] for term in self.fitted.terms]

    @property
    def coefficients(self) -> dict[str, float | None]:
        """Log hazard ratio by term."""
        return {term[0]: term[2] for term in self.fitted.terms}

    @property
    def standard_errors(self) -> dict[str, float | None]:
        """Standard error by term."""
        return {term[0]: term[3] for term in self.fitted.terms}

    @property
    def hazard_ratios(self) -> dict[str, float | None]:
        """Hazard ratio by term."""
        return {term[0]: None if term[2] is None else float(np.exp(term[2])) for term in self.fitted.terms}

    @property
    def covariance(self) -> Floats:
        """Covariance of the coefficients; it does not count that ``theta`` was estimated."""
        return self.fitted.covariance

    @property
    def theta(self) -> float:
        """Variance of the frailty."""
        return self.fitted.theta

    @property
    def theta_estimated(self) -> bool:
        """Whether the variance was estimated."""
        return not self.theta_given

    @property
    def frailty_test(self) -> CoxTest | None:
        """Test of no frailty."""
        found = self.fitted.frailty_test
        if found is None:
            return None
        return CoxTest(*found, method="likelihood-ratio test of no frailty, half chi-squared (variance at its bound)")

    @property
    def log_likelihood(self) -> float:
        """With the frailties integrated out."""
        return self.fitted.log_likelihood[0]

    @property
    def log_likelihood_no_frailty(self) -> float:
        """Of the model without frailty."""
        return self.fitted.log_likelihood[2]

    @property
    def converged(self) -> bool:
        """Whether coefficients and variance converged."""
        return self.fitted.converged

    @property
    def n(self) -> int:
        """Rows."""
        return round(self.fitted.counts[0])

    @property
    def n_events(self) -> int:
        """Events."""
        return round(self.fitted.counts[1])

    @property
    def n_groups(self) -> int:
        """Groups."""
        return len(self.group_levels)

    @property
    def method(self) -> str:
        """Model in words."""
        strata = "" if self.strata_name is None else f", stratified by {self.strata_name}"
        weights = ", frequency weights" if self.weighted else ""
        given = " given" if self.theta_given else ""
        return (
            f"Cox model with gamma frailty shared by {self.group_name} (variance {self.theta:.4g}{given}), {self.ties} "
            f"ties{strata}{weights}"
        )

    def title(self) -> str:
        """Method, rows, events, groups, references, dropped rows."""
        parts = [self.method, f"n = {self.n}", f"{self.n_events} events", f"{self.n_groups} groups"]
        parts += [f"{name} vs {level}" for name, level in self.references.items()]
        if self.n_dropped:
            parts.append(_rows.dropped(self.n_dropped))
        if not self.converged:
            parts.append("not converged")
        return ", ".join(parts)

    def summary(self) -> ParametricTable:
        """The table of coefficients with hazard ratios."""
        return _parametric.table(self.fitted.terms, "hazard_ratio", self.title(), self.library)

    def frailties(self) -> Frailties:
        """The frailty of each group.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox_frailty([1, 2, 3, 4, 5, 6, 7, 8], event=[1] * 8, covariates={"x": [0, 1, 1, 0, 1, 0, 1, 0]},
        ...                      group=["a", "a", "b", "b", "c", "c", "d", "d"], theta=0.5)
        >>> fit.frailties().to_frame()["group"].tolist()
        ['a', 'b', 'c', 'd']
        """
        return Frailties(
            library=self.library,
            group=self.group_levels,
            n_event=self.fitted.group_events,
            frailty=self.fitted.frailty,
            group_name=self.group_name,
            caption=self.title(),
        )

    def columns(self) -> Mapping[str, Any]:
        """As :meth:`summary`."""
        return self.summary().columns()

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Coefficients, variance of the frailty, its test, log-likelihoods, counts."""
        yield from self.summary().ard_rows()
        whole: list[tuple[str, str, float]] = [
            ("n", "Rows", float(self.n)),
            ("n.events", "Events", float(self.n_events)),
            ("n.groups", "Groups", float(self.n_groups)),
            ("theta", "Variance of the frailty", self.theta),
            ("log.likelihood", "Integrated log-likelihood", self.log_likelihood),
            ("log.likelihood.no.frailty", "Log partial likelihood without frailty", self.log_likelihood_no_frailty),
        ]
        test = self.frailty_test
        if test is not None:
            whole += [
                ("frailty.statistic", "Test of no frailty: chi-squared", test.statistic),
                ("frailty.p.value", "Test of no frailty: p-value", test.p_value),
            ]
        for name, label, value in whole:
            yield ard_row(
                variable=self.time_name,
                context="cox frailty",
                stat_name=name,
                stat_label=label,
                stat=value,
                method=self.method,
            )

    def __repr__(self) -> str:
        return f"<CoxFrailtyFit {self.title()}>"


def cox_frailty(
    time: Column | None = None,
    *,
    event: Column | None = None,
    cnsr: Column | None = None,
    covariates: Covariates | None = None,
    formula: str | None = None,
    group: Column,
    data: object | None = None,
    theta: float | None = None,
    strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    offset: Column | None = None,
    ref: Mapping[str, object] | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
    max_iterations: int = 50,
) -> CoxFrailtyFit:
    """Fit the Cox model with a gamma frailty of mean 1 shared by the rows of a group (centre, patient with several flares).

    Parameters
    ----------
    time, event, cnsr, covariates, data, strata, entry, offset, ref, ties, conf_level, near_ties, missing
        As in :func:`mscsle.cox`.
    formula : str
        Instead of columns: ``"Surv(time, event) ~ age + strata(arm)"``; the groups stay an argument.
    group : column name or array
        Rows with the same value share a frailty.
    theta : float, optional
        Variance of the frailty; estimated if left out.
    weights : column name or array
        Frequency weights.
    max_iterations : int

    Returns
    -------
    CoxFrailtyFit

    Raises
    ------
    NotEstimableError
        Monotone likelihood; a variance that the data do not bound.

    Warns
    -----
    DataWarning
        The variance is estimated as 0: the fit is the model without frailty.

    Examples
    --------
    >>> import mscsle as ms
    >>> fit = ms.cox_frailty([1, 2, 3, 4, 5, 6, 7, 8], event=[1] * 8, covariates={"x": [0, 1, 1, 0, 1, 0, 1, 0]},
    ...                      group=["a", "a", "b", "b", "c", "c", "d", "d"], theta=0.5)
    >>> fit.n_groups, fit.theta
    (4, 0.5)
    """
    _rows.one_of("ties", ties, ("efron", "breslow"))
    _rows.one_of("missing", missing, ("error", "drop"))
    if theta is not None and not (np.isfinite(theta) and theta >= 0):
        raise OptionError(f"`theta` must be finite and >= 0, but is {theta:g}")
    wanted: list[str] = []
    parsed = None
    if formula is not None:
        parsed = _formula.parse(
            formula,
            data,
            time=time,
            event=event,
            cnsr=cnsr,
            covariates=covariates,
            strata=strata,
            entry=entry,
            offset=offset,
        )
        parsed.no_special("strata", "offset")
        if parsed.event is None:
            raise OptionError('this model takes `Surv(time, event)`, not `type="interval2"`')
        data, time, event, entry = parsed.data, parsed.time, parsed.event, parsed.entry
        strata, offset = parsed.strata or None, parsed.offset
        extra = _formula.required(parsed)
    elif time is None or covariates is None:
        raise TypeError("give `time` and `covariates`, or a `formula`")
    else:
        wanted, extra = _cox_rows.covariate_roles(covariates, data, ref)
    extra["offset"] = (offset, "number")
    rows = _rows.read(
        data,
        time=time,
        event=event,
        cnsr=cnsr,
        strata=strata,
        entry=entry,
        weights=weights,
        by=group,
        missing=missing,
        extra=extra,
    )
    assert rows.event is not None and rows.group is not None
    if len(rows.groups) < 2:
        raise OptionError(f"`group` needs at least two groups, but holds only `{rows.groups[0]}`")
    if parsed is not None:
        if not parsed.right:
            raise OptionError("the formula has no covariate; name at least one")
        design, x, references = _formula.design(parsed, rows, ref)
        terms = design.terms
    else:
        x, terms, references, _ = _cox_rows.columns_of(rows, wanted, ref)
    fitted = _core.FrailtyFit(
        rows.time,
        rows.event,
        x,
        rows.group,
        theta=None if theta is None else float(theta),
        ties=ties,
        entry=rows.entry,
        strata=rows.strata,
        weights=rows.weights,
        offset=rows.extra.get("offset"),
        names=terms,
        conf_level=_rows.level(conf_level),
        max_iterations=max_iterations,
        group_near_ties=_rows.grouping(near_ties),
    )
    if theta is None and fitted.theta == 0:
        warnings.warn(
            "the variance of the frailty is estimated as 0: the fit is the model without frailty",
            DataWarning,
            stacklevel=2,
        )
    if not fitted.converged:
        warnings.warn("no convergence: the estimates are not the maximum", ConvergenceWarning, stacklevel=2)
    return CoxFrailtyFit(
        library=rows.library,
        fitted=fitted,
        group_levels=rows.groups,
        group_name=_rows.by_name(group, rows.names),
        references=references,
        ties=ties,
        theta_given=theta is not None,
        conf_level=float(conf_level),
        time_name=rows.names["time"],
        strata_name=None if strata is None else _rows.by_name(strata, rows.names, "strata"),
        weighted=rows.weights is not None,
        n_dropped=rows.n_dropped,
    )
