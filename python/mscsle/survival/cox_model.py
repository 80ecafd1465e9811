"""The Cox proportional hazards model on frames and arrays."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning, NotEstimableError, OptionError
from mscsle.survival import _rows
from mscsle.survival._rows import Column, Like, NearTies

__all__ = ["CoxFit", "CoxSummary", "CoxTest", "UnivariateCox", "cox", "univariate_cox"]

Ties: TypeAlias = Literal["efron", "breslow", "exact"]
Penalty: TypeAlias = Literal["firth"]
CoxConfType: TypeAlias = Literal["wald", "profile"]
WeightKind: TypeAlias = Literal["frequency", "sampling"]
Covariates: TypeAlias = Sequence[str] | Mapping[str, ArrayLike] | ArrayLike

TIES = ("efron", "breslow", "exact")
CONF_TYPES = ("wald", "profile")
WEIGHT_KINDS = ("frequency", "sampling")

#: Why a coefficient has no value, by the word of the core.
_REASONS = {
    "constant": "not estimable: the covariate is constant",
    "aliased": "not estimable: a combination of the other covariates",
    "plus infinity": "not estimable: runs to plus infinity (monotone likelihood)",
    "minus infinity": "not estimable: runs to minus infinity (monotone likelihood)",
}
_WARNINGS: dict[str, type[Warning]] = {"monotone": ConvergenceWarning, "not converged": ConvergenceWarning}


@dataclass(frozen=True)
class CoxTest:
    """A test that all coefficients are zero."""

    statistic: float
    df: int
    p_value: float
    method: str


@dataclass(frozen=True)
class Encoding:
    """How a covariate became columns: itself, or one 0/1 column for each level but the reference."""

    name: str
    levels: list[str] | None = None
    reference: str | None = None

    @property
    def terms(self) -> list[str]:
        """Names of the columns."""
        if self.levels is None:
            return [self.name]
        return [f"{self.name}[{level}]" for level in self.levels if level != self.reference]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxPhTest(Result):
    """Tests of proportional hazards: one row a covariate, and the global test.

    Attributes
    ----------
    terms : list of str
        Covariates, then ``global``.
    statistic, df, p_value : arrays
        Chi-squared statistic, degrees of freedom, p-value.
    transform : str
    """

    terms: list[str]
    statistic: NDArray[np.float64]
    df: NDArray[np.int64]
    p_value: NDArray[np.float64]
    transform: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Term, chi-squared, degrees of freedom, p-value."""
        return {"term": self.terms, "statistic": self.statistic, "df": self.df, "p": self.p_value}

    def title(self) -> str:
        """Test, transform of time and model."""
        return self.method

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Statistic, degrees of freedom and p-value by term."""
        for i, term in enumerate(self.terms):
            for name, label, value in (
                ("statistic", "Chi-squared statistic", self.statistic[i]),
                ("parameter", "Degrees of freedom", self.df[i]),
                ("p.value", "p-value", self.p_value[i]),
            ):
                yield ard_row(
                    variable=term,
                    context="proportional hazards",
                    stat_name=name,
                    stat_label=label,
                    stat=float(value),
                    method=self.method,
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxPrediction(Result):
    """Predicted survival: one row a subject and time.

    Attributes
    ----------
    time : array
        Times.
    survival, cumulative_hazard, standard_error, lower, upper : arrays, subjects x times
        ``standard_error`` is that of the cumulative hazard; limits are on the log scale of survival.
    """

    time: NDArray[np.float64]
    survival: NDArray[np.float64]
    cumulative_hazard: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    strata: list[str] | None
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Subject (row of the new data), stratum, time, survival with limits, cumulative hazard and its standard error."""
        subjects, times = self.survival.shape
        table: dict[str, Any] = {"subject": np.repeat(np.arange(subjects), times)}
        if self.strata is not None:
            table["stratum"] = [stratum for stratum in self.strata for _ in range(times)]
        table["time"] = np.tile(self.time, subjects)
        for name in ("survival", "lower", "upper", "cumulative_hazard", "standard_error"):
            table[name] = getattr(self, name).reshape(-1)
        return table

    def title(self) -> str:
        """Model and kind of limits."""
        return f"Predicted survival, {self.method}, limits on the log scale"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Survival with limits by subject and time."""
        table = self.columns()
        for i, subject in enumerate(table["subject"].tolist()):
            for name, column in (("estimate", "survival"), ("conf.low", "lower"), ("conf.high", "upper")):
                yield ard_row(
                    variable="time",
                    variable_level=f"{table['time'][i]:g}",
                    group1="subject",
                    group1_level=str(subject),
                    context="cox prediction",
                    stat_name=name,
                    stat_label=column,
                    stat=float(table[column][i]),
                    method=self.title(),
                )


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxSummary(Result):
    """One row a term: log hazard ratio, hazard ratio, standard error, z, p, limits of the hazard ratio, method, note."""

    terms: list[str]
    log_hr: NDArray[np.float64]
    se: NDArray[np.float64]
    z: NDArray[np.float64]
    p: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    method: list[str]
    note: list[str]
    caption: str

    def columns(self) -> Mapping[str, Any]:
        """Term, log hazard ratio, hazard ratio, standard error, z, p, limits, method and note."""
        return {
            "term": self.terms,
            "log_hr": self.log_hr,
            "hr": np.exp(self.log_hr),
            "se": self.se,
            "z": self.z,
            "p": self.p,
            "lower": self.lower,
            "upper": self.upper,
            "method": self.method,
            "note": self.note,
        }

    def title(self) -> str:
        """Tie rule, subjects, events, strata, dropped rows."""
        return self.caption


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxFit(Result):
    """A fitted Cox model.

    Attributes
    ----------
    terms : list of str
        Names of the coefficients.
    coefficients, standard_errors, hazard_ratios : dict of str to float or None
        By term; None where not estimable (``status`` says why).
    status : dict of str to str
        ``estimated``, ``constant``, ``aliased``, ``plus infinity`` or ``minus infinity``.
    covariance : array, terms x terms
        Of the log hazard ratios; NaN where not estimable. Robust with sampling weights, and then
        ``naive_covariance`` is the inverse information.
    log_likelihood, log_likelihood_null : float
        Log partial likelihood at the solution (its limit if a coefficient is infinite) and with all coefficients 0.
    wald : CoxTest or None
        None if a coefficient is infinite.
    score, likelihood_ratio : CoxTest
    converged : bool
    n, n_events, n_strata, n_dropped : int
        Rows used, events, strata, rows dropped for missing values (frequency weights are summed).
    notes : list of str
        What a reader of the fit must know.
    references : dict of str to str
        Reference level of each categorical covariate.
    """

    fitted: _core.CoxFit = field(repr=False)
    source: _core.CoxData = field(repr=False)
    encoding: list[Encoding] = field(repr=False)
    strata_levels: list[str] = field(repr=False)
    terms: list[str]
    references: dict[str, str]
    ties: str
    penalty: str | None
    conf_level: float
    time_name: str
    strata_name: str | None
    weight_kind: str | None
    clustered: bool
    n_dropped: int
    like: str | None

    @property
    def coefficients(self) -> dict[str, float | None]:
        """Log hazard ratio by term; None where not estimable."""
        return self._by_term(self.fitted.coefficients)

    @property
    def standard_errors(self) -> dict[str, float | None]:
        """Standard error of the log hazard ratio by term; None where not estimable."""
        return self._by_term(self.fitted.standard_errors)

    @property
    def hazard_ratios(self) -> dict[str, float | None]:
        """Hazard ratio by term; None where not estimable."""
        return self._by_term(np.exp(self.fitted.coefficients))

    @property
    def status(self) -> dict[str, str]:
        """Whether each coefficient was estimated, and if not, why."""
        return dict(zip(self.terms, self.fitted.status, strict=True))

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance of the log hazard ratios; NaN where not estimable."""
        return self.fitted.covariance

    @property
    def naive_covariance(self) -> NDArray[np.float64]:
        """Inverse information; differs from ``covariance`` with sampling weights."""
        naive = self.fitted.naive_covariance
        return self.fitted.covariance if naive is None else naive

    @property
    def log_likelihood(self) -> float:
        """Log partial likelihood at the solution."""
        return self.fitted.log_likelihood[1]

    @property
    def log_likelihood_null(self) -> float:
        """Log partial likelihood with all coefficients 0."""
        return self.fitted.log_likelihood[0]

    @property
    def converged(self) -> bool:
        """Whether the maximum (or the limit along an infinite coefficient) was reached."""
        return self.fitted.converged

    @property
    def iterations(self) -> int:
        """Newton steps."""
        return self.fitted.iterations

    @property
    def wald(self) -> CoxTest | None:
        """Wald test; None if a coefficient is infinite."""
        found = self.fitted.wald
        return None if found is None else CoxTest(*found, method=f"Wald test, {self.method}")

    @property
    def score(self) -> CoxTest:
        """Score test at 0 (without the penalty)."""
        unpenalised = "" if self.penalty is None else " (unpenalised)"
        return CoxTest(*self.fitted.score_test, method=f"score test{unpenalised}, {self.method}")

    @property
    def likelihood_ratio(self) -> CoxTest:
        """Likelihood-ratio test (penalised with a penalty)."""
        penalised = "" if self.penalty is None else "penalised "
        return CoxTest(*self.fitted.likelihood_ratio, method=f"{penalised}likelihood-ratio test, {self.method}")

    @property
    def n(self) -> int:
        """Rows used."""
        return round(self.fitted.counts[0])

    @property
    def n_events(self) -> int:
        """Events."""
        return round(self.fitted.counts[1])

    @property
    def n_strata(self) -> int:
        """Strata."""
        return self.fitted.counts[2]

    @property
    def notes(self) -> list[str]:
        """What a reader of the fit must know."""
        return [text for _, text in self.fitted.notes]

    @property
    def method(self) -> str:
        """Model and tie rule in words."""
        weights = "" if self.weight_kind is None else f", {self.weight_kind} weights"
        robust = ", robust standard errors" if self.weight_kind == "sampling" and not self.clustered else ""
        robust += ", standard errors robust to clusters" if self.clustered else ""
        strata = "" if self.strata_name is None else f", stratified by {self.strata_name}"
        penalty = "" if self.penalty is None else ", Firth penalty"
        return f"Cox model, {self.ties} ties{strata}{weights}{robust}{penalty}"

    def title(self) -> str:
        """Method, subjects, events, strata, references, dropped rows."""
        parts = [self.method, f"n = {self.n}", f"{self.n_events} events"]
        if self.strata_name is not None:
            parts.append(f"{self.n_strata} strata")
        parts += [f"{name} vs {level}" for name, level in self.references.items()]
        if self.n_dropped:
            parts.append(f"{self.n_dropped} rows with missing values dropped")
        if not self.converged:
            parts.append("not converged")
        return ", ".join(parts)

    def summary(self) -> CoxSummary:
        """The table of coefficients, one row a term."""
        fitted = self.fitted
        level = f"{100 * self.conf_level:g} %"
        return CoxSummary(
            library=self.library,
            terms=self.terms,
            log_hr=fitted.coefficients,
            se=fitted.standard_errors,
            z=fitted.z,
            p=fitted.p_value,
            lower=np.exp(fitted.lower),
            upper=np.exp(fitted.upper),
            method=[f"{m} {level}" if m != "none" else "none" for m in fitted.inference],
            note=[_REASONS.get(status, "") for status in fitted.status],
            caption=self.title(),
        )

    def residuals(
        self, kind: Literal["martingale", "deviance", "score", "dfbeta", "schoenfeld"] = "martingale"
    ) -> NDArray[np.float64]:
        """Residuals; all but ``dfbeta`` without the rows' weights.

        Parameters
        ----------
        kind : {"martingale", "deviance", "score", "dfbeta", "schoenfeld"}
            ``martingale`` and ``deviance``: one value a row used. ``score`` and ``dfbeta``: rows x terms.
            ``schoenfeld``: deaths x terms, by stratum and time (``schoenfeld_rows`` says which rows).

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite.
        """
        _rows.one_of("kind", kind, ("martingale", "deviance", "score", "dfbeta", "schoenfeld"))
        found: NDArray[np.float64] = self.source.residuals(self._finite("residuals"))[kind]
        return found

    def schoenfeld_rows(self) -> NDArray[np.int64]:
        """Row used behind each Schoenfeld residual."""
        rows: NDArray[np.int64] = self.source.residuals(self._finite("residuals"))["schoenfeld_row"].astype(np.int64)
        return rows

    def ph_test(self, transform: Literal["km", "rank", "identity", "log"] = "km") -> CoxPhTest:
        """Score test that the coefficients do not change with time, by covariate and global (R's ``cox.zph`` >= 3.0).

        Parameters
        ----------
        transform : {"km", "rank", "identity", "log"}
            The function of time against which coefficients may drift.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
        >>> fit.ph_test().terms
        ['arm', 'global']
        """
        _rows.one_of("transform", transform, ("km", "rank", "identity", "log"))
        groups: list[list[int]] = []
        start = 0
        for encoded in self.encoding:
            groups.append(list(range(start, start + len(encoded.terms))))
            start += len(encoded.terms)
        by_term, whole = self.source.ph_test(self._finite("the test of proportional hazards"), transform, groups)
        tests = [*by_term, whole]
        return CoxPhTest(
            library=self.library,
            terms=[*(encoded.name for encoded in self.encoding), "global"],
            statistic=np.array([test[0] for test in tests]),
            df=np.array([test[1] for test in tests], dtype=np.int64),
            p_value=np.array([test[2] for test in tests]),
            transform=transform,
            method=f"Score test of proportional hazards, {transform} transform, {self.method}",
        )

    def predict_survival(self, new: object, *, times: float | ArrayLike | None = None) -> CoxPrediction:
        """Survival of new subjects with limits.

        Parameters
        ----------
        new : frame, mapping of columns, or array (subjects x covariates)
            The covariates by their names, and the strata of the fit if it has any. Offsets are taken as 0.
        times : number or array, optional
            Times; default every event time of the data.

        Returns
        -------
        CoxPrediction

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite.
        """
        coefficients = self._finite("survival")
        asked = None if times is None else _rows.time_points(times)
        strata: NDArray[np.uint32] | None = None
        labels: list[str] | None = None
        if _frame.is_frame(new):
            frame = _frame.Frame(new)
            columns = [column for encoded in self.encoding for column in _encoded(frame, encoded)]
            x = np.column_stack(columns)
            library = frame.library
            if self.strata_name is not None:
                labels = _strata_labels(frame, self.strata_name, self.strata_levels)
                strata = np.array([self.strata_levels.index(label) for label in labels], dtype=np.uint32)
        else:
            if self.strata_name is not None:
                raise TypeError(
                    f"the model is stratified by {self.strata_name}, so `new` must be a frame that holds it"
                )
            x = np.asarray(new, dtype=np.float64)
            x = np.ascontiguousarray(x.reshape(1, -1) if x.ndim == 1 else x)
            library = self.library
        found = self.source.survival(
            coefficients, self.covariance, np.ascontiguousarray(x), strata=strata, offset=None, times=asked
        )
        return CoxPrediction(library=library, strata=labels, method=self.method, **found)

    def _finite(self, what: str) -> NDArray[np.float64]:
        for term, status in self.status.items():
            if "infinity" in status:
                raise NotEstimableError(
                    f'{what} cannot be computed: the coefficient of `{term}` runs to {status}; fit with `penalty="firth"`'
                )
        return np.nan_to_num(self.fitted.coefficients)

    def columns(self) -> Mapping[str, Any]:
        """As :meth:`summary`."""
        return self.summary().columns()

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Coefficients with limits, the three tests, log-likelihoods and counts."""
        table = self.summary().columns()
        labels = (
            ("estimate", "Log hazard ratio", "log_hr"),
            ("hazard.ratio", "Hazard ratio", "hr"),
            ("std.error", "Standard error", "se"),
            ("statistic", "z", "z"),
            ("p.value", "p-value", "p"),
            ("conf.low", "Lower limit of the hazard ratio", "lower"),
            ("conf.high", "Upper limit of the hazard ratio", "upper"),
        )
        for i, term in enumerate(self.terms):
            for name, label, column in labels:
                value = float(table[column][i])
                method = f"{self.method}; {table['method'][i]}" if name.startswith("conf") else self.method
                yield ard_row(
                    variable=term,
                    context="cox",
                    stat_name=name,
                    stat_label=label,
                    stat=None if np.isnan(value) else value,
                    method=method,
                    warning=table["note"][i] or None,
                )
        whole: list[tuple[str, str, float]] = [
            ("n", "Subjects", float(self.n)),
            ("n.events", "Events", float(self.n_events)),
            ("conf.level", "Confidence level", self.conf_level),
            ("log.likelihood", "Log partial likelihood", self.log_likelihood),
            ("log.likelihood.null", "Log partial likelihood without covariates", self.log_likelihood_null),
        ]
        for kind, test in (("wald", self.wald), ("score", self.score), ("likelihood.ratio", self.likelihood_ratio)):
            if test is not None:
                whole += [
                    (f"{kind}.statistic", f"{test.method}: chi-squared", test.statistic),
                    (f"{kind}.df", f"{test.method}: degrees of freedom", float(test.df)),
                    (f"{kind}.p.value", f"{test.method}: p-value", test.p_value),
                ]
        note = "; ".join(self.notes) or None
        for name, label, value in whole:
            yield ard_row(
                variable=self.time_name,
                context="cox",
                stat_name=name,
                stat_label=label,
                stat=value,
                method=self.method,
                warning=note,
            )

    def __repr__(self) -> str:
        return f"<CoxFit {self.title()}>"

    def _by_term(self, values: NDArray[np.float64]) -> dict[str, float | None]:
        return {
            term: None if value != value else value for term, value in zip(self.terms, values.tolist(), strict=True)
        }


def cox(
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
    data : pandas, polars or pyarrow frame, or a result
    strata : column name, list of names, or array
        Each stratum has its own baseline hazard.
    entry : column name of numbers, or array
        Start of each row's interval (delayed entry, time-dependent covariates).
    weights : column name of numbers >= 0, or array
        Case weights; rows of weight 0 do not take part.
    weight_kind : {"frequency", "sampling"}
        ``frequency``: a row of weight k stands for k equal rows. ``sampling``: any number; standard errors are those of
        the infinitesimal jackknife.
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
    ties_word = _tie_rule(ties, like)
    _check_words(penalty, conf_type)
    _rows.one_of("weight_kind", weight_kind, WEIGHT_KINDS)
    _rows.one_of("missing", missing, ("error", "drop"))
    group = _rows.grouping(near_ties)
    level = _rows.level(conf_level)
    options = _Options(ties_word, penalty, conf_type, weight_kind, level, group, like, max_iterations, tolerance)
    rows = None
    if data is None and cnsr is None and not ref and isinstance(covariates, np.ndarray):
        rows = _plain(_rows.plain(time, event, strata, entry, weights, cluster, offset), covariates)
    try:
        fit = None if rows is None else _fit(rows, options)
    except DataError:
        fit = None  # read again, to name column and count
    if fit is None:
        rows = _read(
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
        fit = _fit(rows, options)
    for kind, text in fit.fitted.notes:
        warnings.warn(text, _WARNINGS.get(kind, DataWarning), stacklevel=2)
    return fit


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
    ties_word = _tie_rule(ties, like)
    _check_words(penalty, conf_type)
    _rows.one_of("weight_kind", weight_kind, WEIGHT_KINDS)
    _rows.one_of("missing", missing, ("error", "drop"))
    level = _rows.level(conf_level)
    options = _Options(ties_word, penalty, conf_type, weight_kind, level, _rows.grouping(near_ties), like)
    given = _covariate_list(covariates, data)
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
        rows = _read(
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
        fit = _fit(rows, options)
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
    return UnivariateCox(library=first.library, method=first.method, conf_level=level, fits=fits, **columns)


def _tie_rule(ties: str | None, like: str | None) -> str:
    if like is not None:
        _rows.one_of("like", like, ("r", "sas"))
    if ties is None:
        return "breslow" if like == "sas" else "efron"
    _rows.one_of("ties", ties, TIES)
    return ties


def _check_words(penalty: str | None, conf_type: str | None) -> None:
    if penalty is not None and penalty != "firth":
        raise OptionError(f"unknown penalty `{penalty}`; use `firth` or leave it out")
    if conf_type is not None:
        _rows.one_of("conf_type", conf_type, CONF_TYPES)


@dataclass(frozen=True)
class _Rows:
    """Checked rows of a call, ready for the core."""

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    x: NDArray[np.float64]
    terms: list[str]
    references: dict[str, str]
    entry: NDArray[np.float64] | None
    strata: NDArray[np.uint32] | None
    weights: NDArray[np.float64] | None
    cluster: NDArray[np.uint32] | None
    offset: NDArray[np.float64] | None
    encoding: list[Encoding]
    strata_levels: list[str]
    time_name: str
    strata_name: str | None
    n_dropped: int
    library: _frame.Library


@dataclass(frozen=True)
class _Options:
    """Checked options of a fit."""

    ties: str
    penalty: str | None
    conf_type: str | None
    weight_kind: str
    conf_level: float
    group: bool
    like: str | None
    max_iterations: int = 20
    tolerance: float = 1e-9


def _fit(rows: _Rows, options: _Options) -> CoxFit:
    source = _core.CoxData(
        rows.time,
        rows.event,
        rows.x,
        ties=options.ties,
        entry=rows.entry,
        strata=rows.strata,
        weights=rows.weights,
        frequency=options.weight_kind == "frequency",
        cluster=rows.cluster,
        offset=rows.offset,
        names=rows.terms,
        penalty=options.penalty or "none",
        interval=options.conf_type or "usual",
        conf_level=options.conf_level,
        max_iterations=options.max_iterations,
        tolerance=options.tolerance,
        group_near_ties=options.group,
    )
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


def _covariate_list(covariates: Covariates, data: object | None) -> list[tuple[str, object]]:
    """Name and column (a name or an array) of each covariate."""
    if data is not None:
        if isinstance(covariates, str):
            raise TypeError(
                f'`covariates` is a list of column names, but this is the text `{covariates}`; use `["{covariates}"]`'
            )
        if isinstance(covariates, (Mapping, np.ndarray)) or not isinstance(covariates, Sequence):
            raise TypeError(
                f"with `data=`, `covariates` is a list of column names, but this is {type(covariates).__name__}"
            )
        found: list[tuple[str, object]] = []
        for name in covariates:
            if not isinstance(name, str):
                raise TypeError(f"with `data=`, covariates are given by name (str), but this is {type(name).__name__}")
            found.append((name, name))
    elif isinstance(covariates, Mapping):
        found = [(str(name), column) for name, column in covariates.items()]
    else:
        if isinstance(covariates, str) or (
            isinstance(covariates, Sequence) and any(isinstance(c, str) for c in covariates)
        ):
            raise TypeError("`covariates` holds column names but no `data=` was given; give a frame, or arrays")
        matrix = np.asarray(covariates)
        if matrix.ndim == 1:
            matrix = matrix.reshape(-1, 1)
        if matrix.ndim != 2:
            raise DataError(
                f"`covariates` must have one row a subject and one column a covariate, but has shape {matrix.shape}"
            )
        found = [(f"x{j + 1}", matrix[:, j]) for j in range(matrix.shape[1])]
    if not found:
        raise OptionError("`covariates` is empty; name at least one covariate")
    names = [name for name, _ in found]
    for name in names:
        if names.count(name) > 1:
            raise OptionError(f"covariate `{name}` is given twice")
    return found


def _read(
    *,
    time: Column,
    event: Column | None,
    cnsr: Column | None,
    covariates: Covariates,
    data: object | None,
    strata: Column | list[str] | None,
    entry: Column | None,
    weights: Column | None,
    cluster: Column | None,
    offset: Column | None,
    ref: Mapping[str, object] | None,
    missing: str,
) -> _Rows:
    frame = None if data is None else _frame.Frame(data)
    references: dict[str, str] = {}
    extra: dict[str, tuple[object, _frame.Kind]] = {"offset": (offset, "number")}
    wanted = _covariate_list(covariates, data)
    unknown = set(ref or {}) - {name for name, _ in wanted}
    if unknown:
        raise OptionError(f"`ref` names `{min(unknown)}`, which is not a covariate")
    for name, column in wanted:
        text = frame.is_text(name) if frame is not None and name in frame.names else _holds_text(column)
        extra[f"covariate {name}"] = (column, "codes" if text or (ref and name in ref) else "number")
    rows = _rows.read(
        data,
        time=time,
        event=event,
        cnsr=cnsr,
        strata=strata,
        entry=entry,
        weights=weights,
        cluster=cluster,
        missing=missing,
        extra=extra,
    )
    assert rows.event is not None
    blocks: list[NDArray[np.float64]] = []
    terms: list[str] = []
    encoding: list[Encoding] = []
    for name, _ in wanted:
        values = rows.extra[f"covariate {name}"]
        levels = rows.extra_levels.get(f"covariate {name}")
        if levels is None:
            blocks.append(values)
            terms.append(name)
            encoding.append(Encoding(name))
            continue
        reference, present = _reference(name, values, levels, None if ref is None else ref.get(name))
        references[name] = levels[reference]
        encoding.append(Encoding(name, [levels[code] for code in present], levels[reference]))
        for code in present:
            if code != reference:
                blocks.append((values == code).astype(np.float64))
                terms.append(f"{name}[{levels[code]}]")
    x = np.empty((len(blocks), rows.n), dtype=np.float64)
    for i, block in enumerate(blocks):
        x[i] = block
    return _Rows(
        time=rows.time,
        event=rows.event,
        x=x.T,
        terms=terms,
        references=references,
        entry=rows.entry,
        strata=rows.strata,
        weights=rows.weights,
        cluster=rows.cluster,
        encoding=encoding,
        strata_levels=rows.strata_levels,
        offset=rows.extra.get("offset"),
        time_name=rows.names["time"],
        strata_name=None if strata is None else _rows.by_name(strata, rows.names, "strata"),
        n_dropped=rows.n_dropped,
        library=rows.library,
    )


def _plain(plain: tuple[NDArray[np.float64], NDArray[np.bool_]] | None, x: NDArray[Any]) -> _Rows | None:
    """Rows of arrays that the core takes as they are; None if they need a closer look."""
    if plain is None or x.ndim != 2 or x.dtype != np.float64 or x.shape[0] != plain[0].size or x.shape[1] == 0:
        return None
    return _Rows(
        time=plain[0],
        event=plain[1],
        x=x,
        terms=[f"x{j + 1}" for j in range(x.shape[1])],
        references={},
        entry=None,
        strata=None,
        weights=None,
        cluster=None,
        offset=None,
        encoding=[Encoding(f"x{j + 1}") for j in range(x.shape[1])],
        strata_levels=[],
        time_name="time",
        strata_name=None,
        n_dropped=0,
        library=_frame.default_library(),
    )


def _encoded(frame: _frame.Frame, encoded: Encoding) -> list[NDArray[np.float64]]:
    """The columns of a covariate in new data."""
    if encoded.levels is None:
        values = frame.numbers(encoded.name)
        if np.isnan(values).any():
            row = int(np.argmax(np.isnan(values)))
            raise DataError(
                f"column `{encoded.name}` holds missing values (first in row {row}); a prediction needs all"
            )
        return [values]
    texts = frame.texts(encoded.name)
    for row, text in enumerate(texts):
        if text not in encoded.levels:
            known = ", ".join(f"`{level}`" for level in encoded.levels)
            raise DataError(f"column `{encoded.name}`, row {row} is {text!r}; the levels of the fit are {known}")
    return [
        np.array([float(text == level) for text in texts]) for level in encoded.levels if level != encoded.reference
    ]


def _strata_labels(frame: _frame.Frame, name: str, levels: list[str]) -> list[str]:
    """The stratum of each new subject."""
    columns = [frame.texts(part) for part in ([name] if name in frame.names else name.split(", "))]
    labels = [", ".join(str(part) for part in parts) for parts in zip(*columns, strict=True)]
    for row, label in enumerate(labels):
        if label not in levels:
            raise DataError(f"stratum `{label}` of row {row} is not in the fit")
    return labels


def _holds_text(column: object) -> bool:
    if isinstance(column, np.ndarray):
        return column.dtype.kind in "US" or (column.dtype.kind == "O" and any(isinstance(v, str) for v in column))
    return isinstance(column, Sequence) and any(isinstance(v, str) for v in column)


def _reference(name: str, codes: NDArray[Any], levels: list[str], given: object | None) -> tuple[int, list[int]]:
    """Code of the reference level and the codes that occur."""
    present = [int(code) for code in np.unique(codes)]
    if given is None:
        reference = present[0]
    else:
        text = _frame.as_texts([given])[0]
        if text not in levels or levels.index(text) not in present:
            known = ", ".join(f"`{levels[code]}`" for code in present)
            raise OptionError(f"reference `{given}` is not a level of `{name}`; the levels are {known}")
        reference = levels.index(text)
    if len(present) < 2:
        raise DataError(f"covariate `{name}` has the one level `{levels[present[0]]}`; a contrast needs two")
    return reference, present
