"""Fine and Gray's model for the subdistribution hazard of one cause."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import ConvergenceWarning, DataWarning, OptionError
from mscsle.survival import _cox_rows, _formula, _rows
from mscsle.survival._cox_rows import Covariates, Encoding, WeightKind
from mscsle.survival._rows import Column, NearTies
from mscsle.survival.cox_prediction import new_covariates, new_matrix
from mscsle.survival.cox_tables import CoxTest
from mscsle.survival.incidence_prediction import IncidencePrediction, until_last_time

__all__ = ["FineGrayFit", "fine_gray"]

_REASONS = {
    "constant": "not estimable: the covariate is constant",
    "aliased": "not estimable: a combination of the other covariates",
    "not converged": "not estimated: the iteration stopped before it converged",
}
_VARIANCES = {"fine-gray": "", "known-weights": ", robust standard errors with the weights taken as known"}
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class FineGrayFit(Result):
    """A fitted Fine-Gray model.

    Attributes
    ----------
    terms : list of str
        Names of the coefficients.
    coefficients, standard_errors, hazard_ratios : dict of str to float or None
        By term; log subdistribution hazard ratios, None where not estimable (``status`` says why).
    covariance, naive_covariance : array, terms x terms
        The sandwich; and the inverse information, as if the weights were known and the rows independent of them.
    log_likelihood, log_likelihood_null : float
        Log pseudo-likelihood at the solution and with all coefficients 0.
    wald : CoxTest
    n, n_events, n_competing, n_dropped : int
        Rows used (frequency weights counted), events of interest, events of other causes, rows dropped for missing values.
    notes : list of str
        What a reader of the fit must know.
    """

    source: _core.FineGray = field(repr=False)
    encoding: list[Encoding] = field(repr=False)
    terms: list[str]
    references: dict[str, str]
    cause: str
    ties: str
    variance: str
    conf_level: float
    time_name: str
    censoring_strata: str | None
    delayed: bool
    weight_kind: str | None
    clustered: bool
    last_time: float
    n_dropped: int

    @cached_property
    def _found(self) -> dict[str, Any]:
        return self.source.fit()

    @property
    def coefficients(self) -> dict[str, float | None]:
        """Log subdistribution hazard ratio by term; None where not estimable."""
        return self._by_term(self._found["coefficients"])

    @property
    def standard_errors(self) -> dict[str, float | None]:
        """Standard error of the log subdistribution hazard ratio by term; None where not estimable."""
        return self._by_term(self._found["standard_errors"])

    @property
    def hazard_ratios(self) -> dict[str, float | None]:
        """Subdistribution hazard ratio by term; None where not estimable."""
        return self._by_term(np.exp(self._found["coefficients"]))

    @property
    def status(self) -> dict[str, str]:
        """``estimated``, ``constant`` or ``aliased`` by term."""
        return dict(zip(self.terms, self._found["status"], strict=True))

    @property
    def covariance(self) -> Floats:
        """Covariance of the coefficients (sandwich)."""
        return np.asarray(self._found["covariance"])

    @property
    def naive_covariance(self) -> Floats:
        """Inverse information."""
        return np.asarray(self._found["naive_covariance"])

    @property
    def log_likelihood(self) -> float:
        """Log pseudo-likelihood at the solution."""
        return float(self._found["log_likelihood"][1])

    @property
    def log_likelihood_null(self) -> float:
        """Log pseudo-likelihood with all coefficients 0."""
        return float(self._found["log_likelihood"][0])

    @property
    def wald(self) -> CoxTest:
        """Wald test that all coefficients are 0."""
        statistic, df, p_value = self._found["wald"]
        return CoxTest(statistic, df, p_value, method=f"Wald test, {self.method}")

    @property
    def converged(self) -> bool:
        """Whether the maximum was reached."""
        return bool(self._found["converged"])

    @property
    def iterations(self) -> int:
        """Newton steps."""
        return int(self._found["iterations"])

    @property
    def n(self) -> int:
        """Rows used."""
        return int(self._found["counts"][0])

    @property
    def n_events(self) -> int:
        """Events of interest."""
        return int(self._found["counts"][1])

    @property
    def n_competing(self) -> int:
        """Events of other causes."""
        return int(self._found["counts"][2])

    @property
    def notes(self) -> list[str]:
        """What a reader of the fit must know."""
        return [text for _, text in self._found["notes"]]

    @property
    def baseline(self) -> tuple[Floats, Floats]:
        """Event times and cumulative subdistribution hazard with all covariates 0."""
        return self._found["time"], self._found["baseline"]

    @property
    def method(self) -> str:
        """Model, cause, tie convention and variance in words."""
        parts = [f"Fine-Gray model of cause {self.cause}, {self.ties} ties"]
        if self.censoring_strata is not None:
            parts.append(f"censoring by {self.censoring_strata}")
        if self.delayed:
            parts.append("delayed entry")
        if self.weight_kind is not None:
            parts.append(f"{self.weight_kind} weights")
        if self.clustered:
            parts.append("clustered standard errors")
        return ", ".join(parts) + _VARIANCES[self.variance]

    def title(self) -> str:
        """Method, subjects, events, references, dropped rows."""
        parts = [self.method, f"n = {self.n}", f"{self.n_events} events", f"{self.n_competing} competing"]
        parts += [f"{name} vs {level}" for name, level in self.references.items()]
        if self.n_dropped:
            parts.append(_rows.dropped(self.n_dropped))
        if not self.converged:
            parts.append("not converged")
        return ", ".join(parts)

    def columns(self) -> Mapping[str, Any]:
        """Term, log subdistribution hazard ratio, ratio, standard error, z, p, Wald limits of the ratio, note."""
        found = self._found
        return {
            "term": self.terms,
            "log_shr": found["coefficients"],
            "shr": np.exp(found["coefficients"]),
            "se": found["standard_errors"],
            "z": found["z"],
            "p": found["p_value"],
            "lower": np.exp(found["lower"]),
            "upper": np.exp(found["upper"]),
            "note": [_REASONS.get(status, "") for status in found["status"]],
        }

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Coefficients with limits, log pseudo-likelihoods, Wald test and counts."""
        table = self.columns()
        labels = (
            ("estimate", "Log subdistribution hazard ratio", "log_shr"),
            ("hazard.ratio", "Subdistribution hazard ratio", "shr"),
            ("std.error", "Standard error", "se"),
            ("statistic", "z", "z"),
            ("p.value", "p-value", "p"),
            ("conf.low", "Lower limit of the subdistribution hazard ratio", "lower"),
            ("conf.high", "Upper limit of the subdistribution hazard ratio", "upper"),
        )
        for i, term in enumerate(self.terms):
            for name, label, column in labels:
                value = float(table[column][i])
                yield ard_row(
                    variable=term,
                    context="fine-gray",
                    stat_name=name,
                    stat_label=label,
                    stat=None if np.isnan(value) else value,
                    method=f"{self.method}; Wald {100 * self.conf_level:g} %"
                    if name.startswith("conf")
                    else self.method,
                    warning=table["note"][i] or None,
                )
        whole: list[tuple[str, str, float]] = [
            ("n", "Subjects", float(self.n)),
            ("n.events", "Events of interest", float(self.n_events)),
            ("n.competing", "Competing events", float(self.n_competing)),
            ("conf.level", "Confidence level", self.conf_level),
            ("log.likelihood", "Log pseudo-likelihood", self.log_likelihood),
            ("log.likelihood.null", "Log pseudo-likelihood without covariates", self.log_likelihood_null),
            ("wald.statistic", "Wald test: chi-squared", self.wald.statistic),
            ("wald.df", "Wald test: degrees of freedom", float(self.wald.df)),
            ("wald.p.value", "Wald test: p-value", self.wald.p_value),
        ]
        note = "; ".join(self.notes) or None
        for name, label, number in whole:
            yield ard_row(
                variable=self.time_name,
                context="fine-gray",
                stat_name=name,
                stat_label=label,
                stat=number,
                method=self.method,
                warning=note,
            )

    def predict_incidence(
        self, new: object, *, times: float | ArrayLike | None = None, limits: bool = True, extend: bool = False
    ) -> IncidencePrediction:
        """Cumulative incidence of the cause for new subjects, with limits.

        Parameters
        ----------
        new : frame, or array (subjects x covariates)
            The covariates by their names.
        times : number or array, optional
            Times; default every event time of the data. After the last observed time the incidence is missing, with a note.
        limits : bool
            Standard errors and limits; they cost one pass over the data for each time.
        extend : bool
            Carry the last value on after the last observed time.

        Returns
        -------
        IncidencePrediction
        """
        asked = None if times is None else _rows.time_points(times)
        if _frame.is_frame(new):
            frame = _frame.Frame(new)
            x, library = new_covariates(frame, self.encoding), frame.library
        else:
            x, library = new_matrix(new, self.terms), self.library
        found = self.source.predict(np.ascontiguousarray(x), times=asked, limits=limits)
        last = np.full(len(x), self.last_time)
        found |= {name: found[name][:, None, :] for name in ("incidence", "standard_error", "lower", "upper")}
        return IncidencePrediction(
            library=library,
            causes=[self.cause],
            method=self.method,
            last_time=last,
            **until_last_time(found, last, extend=extend),
        )

    def __repr__(self) -> str:
        return f"<FineGrayFit {self.title()}>"

    def _by_term(self, values: Floats) -> dict[str, float | None]:
        return {
            term: None if value != value else value for term, value in zip(self.terms, values.tolist(), strict=True)
        }


def fine_gray(
    time: Column | None = None,
    *,
    cause: Column | None = None,
    of: object,
    censored: object = _rows.UNSAID,
    covariates: Covariates | None = None,
    formula: str | None = None,
    data: object | None = None,
    censoring_strata: Column | list[str] | None = None,
    entry: Column | None = None,
    weights: Column | None = None,
    weight_kind: WeightKind = "frequency",
    cluster: Column | None = None,
    ref: Mapping[str, object] | None = None,
    ties: Literal["cmprsk", "finegray"] = "cmprsk",
    variance: Literal["fine-gray", "known-weights"] | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
    max_iterations: int = 25,
) -> FineGrayFit:
    """Fit Fine and Gray's proportional subdistribution hazards model for one cause, other causes competing.

    Parameters
    ----------
    time : column name of numbers >= 0, or array
        Time to the event or to censoring.
    cause : column name or array
        What ended follow-up: one value for censored, one for each cause (numbers or text).
    of : value of ``cause``
        The cause of interest.
    censored : value of ``cause``
        Which value means censored; default 0, which the column must then hold. None: nobody is censored.
    covariates : list of column names, array (rows x covariates), or mapping of name to array
        Numbers enter as they are; text and categories as one 0/1 term a level, against a reference level.
    formula : str
        Instead of time, cause, covariates, entry and cluster: ``"Surv(time, cause) ~ age + C(source) + cluster(site)"`` or
        ``"Surv(entry, time, cause) ~ ..."``, as in :func:`mscsle.cox`. Needs the extra ``formula``.
    data : pandas, polars or pyarrow frame, or a result
    censoring_strata : column name, list of names, or array
        Groups with censoring distributions of their own (``cengroup`` of ``cmprsk::crr``).
    entry : column name of numbers, or array
        Delayed entry: a subject is under observation in (entry, time]. The weights then count the distribution of entry
        as well (Geskus 2011; R's ``finegray`` with ``Surv(entry, time, cause)``).
    weights, weight_kind : column name or array, word
        Case weights >= 0: ``frequency`` (a row of weight 2 is two subjects) or ``sampling`` (robust standard errors). They
        count in the distributions of censoring and entry too (``finegray`` leaves them out there).
    cluster : column name, or array
        Rows of a cluster are dependent: their influences are added before they are squared.
    ref : mapping of covariate to level
        Reference levels; a covariate of numbers named here is taken as categorical.
    ties : {"cmprsk", "finegray"}
        Who is at risk of being censored at a time that also has events: everyone with at least that time (``cmprsk``), or
        those without an event then (``finegray``: events come before censorings, as in R's ``finegray`` with ``coxph``).
        Without such ties both are the same. Tied events are treated as Breslow's in both.
    variance : {"fine-gray", "known-weights"}
        ``fine-gray`` (default without ``entry``): the sandwich with the term for the estimated censoring weights.
        ``known-weights`` (default with ``entry``, for which no such term is established): without it, the robust variance
        of R's ``finegray`` with ``coxph(cluster = id)``.
    conf_level : float
        Level of the Wald intervals.
    near_ties, missing
        As in :func:`mscsle.kaplan_meier`.
    max_iterations : int
        Newton steps at most.

    Returns
    -------
    FineGrayFit

    Raises
    ------
    NotEstimableError
        Without events of the cause, and under separation (monotone pseudo-likelihood); the message names the terms.

    Warns
    -----
    ConvergenceWarning, DataWarning
        An iteration that did not converge; constant or aliased covariates, more covariates than events; clusters too few
        for the robust variance.

    References
    ----------
    Fine JP, Gray RJ (1999) J Am Stat Assoc 94:496, doi:10.1080/01621459.1999.10474144. Geskus RB (2011) Biometrics 67:39,
    doi:10.1111/j.1541-0420.2010.01420.x.

    Examples
    --------
    >>> import mscsle as ms
    >>> fit = ms.fine_gray([1, 2, 3, 4, 5, 6, 7, 8], cause=[1, 2, 1, 0, 1, 2, 1, 0], of=1, censored=0,
    ...                    covariates={"arm": [1, 0, 1, 0, 0, 1, 1, 0]})
    >>> {term: round(value, 4) for term, value in fit.coefficients.items()}
    {'arm': 1.2371}
    >>> fit.title()
    'Fine-Gray model of cause 1, cmprsk ties, n = 8, 4 events, 2 competing'
    """
    _rows.one_of("ties", ties, ("cmprsk", "finegray"))
    parsed = None
    if formula is not None:
        parsed = _formula.parse(
            formula, data, time=time, cause=cause, covariates=covariates, entry=entry, cluster=cluster
        )
        parsed.no_special("cluster")
        if not parsed.right:
            raise OptionError("the formula has no covariate; name at least one")
        time, cause, entry, cluster, data = parsed.time, parsed.event, parsed.entry, parsed.cluster, parsed.data
    if time is None or cause is None or (parsed is None and covariates is None):
        raise TypeError("give `time`, `cause` and `covariates`, or a `formula` with `Surv(time, cause)`")
    if variance is None:
        variance = "fine-gray" if entry is None else "known-weights"
    _rows.one_of("variance", variance, tuple(_VARIANCES))
    if entry is not None and variance == "fine-gray":
        raise OptionError(
            '`variance="fine-gray"` is not established for delayed entry; leave it out or pass `variance="known-weights"`'
        )
    _rows.one_of("weight_kind", weight_kind, ("frequency", "sampling"))
    _rows.one_of("missing", missing, ("error", "drop"))
    level, group = _rows.level(conf_level), _rows.grouping(near_ties)
    if parsed is not None:
        extra = _formula.required(parsed)
    else:
        assert covariates is not None
        wanted, extra = _cox_rows.covariate_roles(covariates, data, ref)
    rows = _rows.read(
        data,
        time=time,
        cause=cause,
        strata=censoring_strata,
        entry=entry,
        weights=weights,
        cluster=cluster,
        missing=missing,
        extra=extra,
    )
    _rows.whole_frequencies(rows, weight_kind)
    codes, n_causes, code, label = _rows.cause_of_interest(rows, censored, of)
    if parsed is not None:
        design, x, references = _formula.design(parsed, rows, ref)
        terms, encoding = design.terms, design.encoding
    else:
        x, terms, references, encoding = _cox_rows.columns_of(rows, wanted, ref)
    source = _core.FineGray(
        rows.time,
        codes,
        x,
        n_causes=n_causes,
        of=code,
        ties=ties,
        variance=variance,
        entry=rows.entry,
        weights=rows.weights,
        frequency=weight_kind == "frequency",
        cluster=rows.cluster,
        n_clusters=0 if rows.cluster is None else int(rows.cluster.max()) + 1,
        censoring_groups=rows.strata,
        n_censoring_groups=max(1, len(rows.strata_levels)),
        names=terms,
        conf_level=level,
        max_iterations=max_iterations,
        group_near_ties=group,
    )
    fit = FineGrayFit(
        library=rows.library,
        source=source,
        encoding=encoding,
        terms=terms,
        references=references,
        cause=label,
        ties=ties,
        variance=variance,
        conf_level=level,
        time_name=rows.names["time"],
        censoring_strata=None if censoring_strata is None else _rows.by_name(censoring_strata, rows.names, "strata"),
        delayed=entry is not None,
        weight_kind=None if weights is None else weight_kind,
        clustered=cluster is not None,
        last_time=float(rows.time.max()),
        n_dropped=rows.n_dropped,
    )
    for kind, text in fit._found["notes"]:
        warnings.warn(text, ConvergenceWarning if kind == "not converged" else DataWarning, stacklevel=2)
    return fit
