"""The Cox proportional hazards model on frames and arrays."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning, NotEstimableError
from mscsle.survival import _cox_rows, _formula, _rows
from mscsle.survival._cox_rows import Covariates, CoxConfType, CoxOptions, CoxRows, Encoding, Penalty, Ties, WeightKind
from mscsle.survival._rows import Column, Like, NearTies
from mscsle.survival.cox_concordance import CoxConcordance
from mscsle.survival.cox_ph_test import CoxPhTest
from mscsle.survival.cox_prediction import CoxPrediction, new_covariates, strata_labels
from mscsle.survival.cox_tables import CoxSummary, CoxTest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CoxFit", "cox"]

#: Why a coefficient has no value, by the word of the core.
REASONS = {
    "constant": "not estimable: the covariate is constant",
    "aliased": "not estimable: a combination of the other covariates",
    "plus infinity": "not estimable: runs to plus infinity (monotone likelihood)",
    "minus infinity": "not estimable: runs to minus infinity (monotone likelihood)",
}
_WARNINGS: dict[str, type[Warning]] = {"monotone": ConvergenceWarning, "not converged": ConvergenceWarning}


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
        return method_words(self, strata=self.strata_name, weight_kind=self.weight_kind, clustered=self.clustered)

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
            note=[REASONS.get(status, "") for status in fitted.status],
            caption=self.title(),
        )

    def plot_forest(self, *, ax: Axes | None = None, labels: Sequence[str] | None = None) -> Axes:
        """Hazard ratios with their limits on a log scale, the numbers beside them (``mscsle.plot.forest``).

        Parameters
        ----------
        ax : matplotlib axes, optional
        labels : sequence of str, optional
            Names of the rows in place of the terms.

        Examples
        --------
        >>> import matplotlib; matplotlib.use("agg")
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
        >>> fit.plot_forest().get_xlabel()
        'Hazard ratio (95 % interval, log scale)'
        """
        from mscsle.plot import forest

        shown = f"Hazard ratio ({100 * self.conf_level:g} % interval, log scale)"
        return forest(self.summary(), ax=ax, labels=labels, xlabel=shown)

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

    def concordance(self) -> CoxConcordance:
        """Harrell's concordance of the linear predictor with the times, within strata (R's ``concordance``).

        Pairs are an event and a row at risk at its time without an event then; equal predictors count one half. The
        standard error is that of the infinitesimal jackknife, within clusters if the fit has them; with frequency weights
        it is that of the repeated rows.

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite, or no pair can be compared.

        References
        ----------
        Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982) JAMA 247:2543, doi:10.1001/jama.1982.03320430047030.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
        >>> found = fit.concordance()
        >>> (found.n_concordant, found.n_discordant, found.tied_x)
        (9.0, 3.0, 10.0)
        """
        found = self.source.concordance(self._finite("the concordance"))
        method = f"{found.pop('method')}; {self.method}"
        return CoxConcordance(library=self.library, time_name=self.time_name, method=method, **found)

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
            x = new_covariates(frame, self.encoding)
            library = frame.library
            if self.strata_name is not None:
                labels = strata_labels(frame, self.strata_name, self.strata_levels)
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


def method_words(options: CoxFit | CoxOptions, *, strata: str | None, weight_kind: str | None, clustered: bool) -> str:
    """Model and tie rule in words."""
    weights = "" if weight_kind is None else f", {weight_kind} weights"
    robust = ", robust standard errors" if weight_kind == "sampling" and not clustered else ""
    robust += ", standard errors robust to clusters" if clustered else ""
    stratified = "" if strata is None else f", stratified by {strata}"
    penalty = "" if options.penalty is None else ", Firth penalty"
    return f"Cox model, {options.ties} ties{stratified}{weights}{robust}{penalty}"


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
    elif data is None and cnsr is None and not ref and isinstance(covariates, np.ndarray):
        rows = _cox_rows.plain(_rows.plain(time, event, strata, entry, weights, cluster, offset), covariates)
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
