"""A fitted Cox model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import DataError, NotEstimableError
from mscsle.survival import _rows
from mscsle.survival._cox_rows import CoxOptions, Encoding
from mscsle.survival._rows import ConfType
from mscsle.survival.accuracy import PredictionError
from mscsle.survival.cox_adjusted import AdjustedCurves, adjusted_curves
from mscsle.survival.cox_baseline import CoxBaseline
from mscsle.survival.cox_by_stratum import CoxLikelihood, by_stratum
from mscsle.survival.cox_concordance import CoxConcordance
from mscsle.survival.cox_ph_test import CoxPhTest
from mscsle.survival.cox_prediction import CoxHazardRatios, CoxPrediction, new_covariates, new_matrix, strata_labels
from mscsle.survival.cox_residuals import ResidualKind, residuals
from mscsle.survival.cox_tables import CoxSummary, CoxTest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["REASONS", "CoxFit", "method_words"]

#: Why a coefficient has no value, by the word of the core.
REASONS = {
    "constant": "not estimable: the covariate is constant",
    "aliased": "not estimable: a combination of the other covariates",
    "plus infinity": "not estimable: runs to plus infinity (monotone likelihood)",
    "minus infinity": "not estimable: runs to minus infinity (monotone likelihood)",
    "undetermined": "not estimable: monotone likelihood along combinations that hold it with either sign",
    "not converged": "not estimated: the iteration stopped before it converged",
}


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
        ``estimated``, ``constant``, ``aliased``, ``plus infinity``, ``minus infinity``, ``undetermined`` (the likelihood
        is monotone along combinations that hold it with either sign) or ``not converged``.
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
        with np.errstate(over="ignore"):  # a limit beyond the largest number is infinite
            lower, upper = np.exp(fitted.lower), np.exp(fitted.upper)
        return CoxSummary(
            library=self.library,
            terms=self.terms,
            log_hr=fitted.coefficients,
            se=fitted.standard_errors,
            z=fitted.z,
            p=fitted.p_value,
            lower=lower,
            upper=upper,
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

    def residuals(self, kind: ResidualKind = "martingale", *, collapse: ArrayLike | None = None) -> NDArray[np.float64]:
        """Residuals; all but ``dfbeta`` and ``dfbetas`` without the rows' weights.

        Parameters
        ----------
        kind : {"martingale", "deviance", "score", "dfbeta", "dfbetas", "schoenfeld", "scaled-schoenfeld", "partial"}
            ``martingale`` and ``deviance``: one value a row used. ``score``, ``dfbeta``, ``dfbetas`` (in standard errors of
            the inverse information) and ``partial`` (martingale plus the centred term): rows x terms. ``schoenfeld`` and
            ``scaled-schoenfeld`` (times the inverse information and the number of events, plus the coefficient): deaths x
            terms, by stratum and time (``schoenfeld_rows`` says which rows). Those of a robust fit are scaled by the inverse
            information too, as in R.
        collapse : array, optional
            Subject of each row used: rows of a subject are added up, subjects in the order of their first row.

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite.

        References
        ----------
        Therneau TM, Grambsch PM, Fleming TR (1990) Biometrika 77:147, doi:10.1093/biomet/77.1.147.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
        >>> bool(abs(fit.residuals("martingale").sum()) < 1e-12)
        True
        >>> fit.residuals("schoenfeld").shape, fit.residuals("dfbeta", collapse=[1, 1, 2, 2, 3, 3, 4, 4]).shape
        ((5, 1), (4, 1))
        """
        return residuals(self, self._finite("residuals"), kind, collapse)

    def schoenfeld_rows(self) -> NDArray[np.int64]:
        """Row used behind each Schoenfeld residual."""
        rows: NDArray[np.int64] = self.source.residuals(self._finite("residuals"))["schoenfeld_row"].astype(np.int64)
        return rows

    def concordance(self, kind: Literal["harrell", "uno"] = "harrell", *, tau: float | None = None) -> CoxConcordance:
        """Concordance of the linear predictor with the times, within strata (R's ``concordance``).

        Pairs are an event and a row at risk at its time without an event then; equal predictors count one half. The
        standard error is that of the infinitesimal jackknife, within clusters if the fit has them; with frequency weights
        it is that of the repeated rows. On the rows of the fit the concordance is apparent, that is too high.

        Parameters
        ----------
        kind : {"harrell", "uno"}
            ``uno`` weights a pair by the inverse squared censoring curve at its event (R's ``timewt = "n/G2"``).
        tau : number, optional
            Events after it are not compared; Uno's weights need one where late censoring is heavy.

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite, or no pair can be compared.

        References
        ----------
        Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982) JAMA 247:2543, doi:10.1001/jama.1982.03320430047030.
        Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ (2011) Stat Med 30:1105, doi:10.1002/sim.4154.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
        >>> found = fit.concordance()
        >>> (found.n_concordant, found.n_discordant, found.tied_x)
        (9.0, 3.0, 10.0)
        """
        _rows.one_of("kind", kind, ("harrell", "uno"))
        found = self.source.concordance(self._finite("the concordance"), kind, tau)
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

    def predict_survival(
        self,
        new: object,
        *,
        times: float | ArrayLike | None = None,
        conf_type: ConfType = "log",
        extend: bool = False,
    ) -> CoxPrediction:
        """Survival of new subjects with limits.

        Parameters
        ----------
        new : frame, mapping of columns, or array (subjects x covariates)
            The covariates by their names, and the strata of the fit if it has any. Offsets are taken as 0.
        times : number or array, optional
            Times; default every event time of the data. After the last observed time survival is missing, with a note.
        conf_type : {"log", "log-log", "plain", "logit", "arcsine"}
            Kind of the limits; R's ``survfit.coxph`` has ``log``.
        extend : bool
            Carry the last value on after the last observed time.

        Returns
        -------
        CoxPrediction

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite.
        """
        coefficients = self._finite("survival")
        _rows.one_of("conf_type", conf_type, _rows.CONF_TYPES)
        asked = None if times is None else _rows.time_points(times)
        x, strata, labels, library = self.subjects(new)
        last_time = self.last_times()[np.zeros(len(x), dtype=np.uint32) if strata is None else strata]
        found = self.source.survival(
            coefficients, self._covariance(), x, strata=strata, offset=None, times=asked, interval=conf_type
        )
        beyond = found["time"] > last_time[:, None] * (1.0 + 1e-9)
        for name in ("survival", "cumulative_hazard", "standard_error", "lower", "upper") if not extend else ():
            found[name] = np.where(beyond, np.nan, found[name])
        return CoxPrediction(
            library=library,
            strata=labels,
            last_time=last_time,
            every_time=times is None,
            method=self.method,
            conf_type=conf_type,
            **found,
        )

    def predict_hazard_ratio(self, new: object, *, reference: object = "mean") -> CoxHazardRatios:
        """Hazard ratios of new subjects against a reference, with Wald limits.

        The log hazard ratio is ``(x - x0) beta`` and its variance ``(x - x0)' V (x - x0)``; x0 is the reference.

        Parameters
        ----------
        new : frame, mapping of columns, or array (subjects x covariates)
            The covariates by their names.
        reference : {"mean", "zero"}, or a frame of one subject
            ``mean``: the weighted means of the columns of the fit (R's ``predict(fit, type="lp", reference="sample")``,
            which leaves 0/1 columns at 0); ``zero``: all columns 0 (R's ``reference="zero"``). Offsets are taken as 0, and
            strata do not enter.

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]})
        >>> found = fit.predict_hazard_ratio([[1.0]], reference="zero")
        >>> bool(found.hazard_ratio[0] == fit.hazard_ratios["arm"])
        True
        """
        coefficients = self._finite("hazard ratios")
        x, library = self._covariates(new)
        if isinstance(reference, str):
            _rows.one_of("reference", reference, ("mean", "zero"))
            rows = self.source.arrays()
            origin = np.zeros(x.shape[1])
            if reference == "mean":
                origin = np.average(rows["x"], axis=0, weights=rows["weights"])
            words = "the mean covariates" if reference == "mean" else "covariates 0"
        else:
            one, _ = self._covariates(reference)
            if len(one) != 1:
                raise DataError(f"`reference` must hold one subject, but holds {len(one)}")
            origin, words = one[0], "the given subject"
        difference = x - origin
        linear = difference @ coefficients
        variance = np.einsum("ij,jk,ik->i", difference, np.nan_to_num(self._covariance()), difference)
        error = np.sqrt(np.maximum(variance, 0.0))
        reach = _core.survival_critical_value(self.conf_level) * error
        return CoxHazardRatios(
            library=library,
            linear_predictor=linear,
            standard_error=error,
            lower=np.exp(linear - reach),
            upper=np.exp(linear + reach),
            reference=words,
            conf_level=self.conf_level,
            method=self.method,
        )

    def cause_hazard(self, new: object) -> tuple[_core.CauseHazard, NDArray[np.float64], NDArray[np.uint32] | None]:
        """This model as one of the causes of a cumulative incidence, with covariates and strata of new subjects."""
        coefficients = self._finite("the cumulative incidence")
        x, strata, _, _ = self.subjects(new)
        return self.source.cause_hazard(coefficients, self._covariance()), x, strata

    def baseline_hazard(self, at: Literal["zero", "mean"] = "zero") -> CoxBaseline:
        """The cumulative baseline hazard at each event time, by stratum, with its standard error.

        Parameters
        ----------
        at : {"zero", "mean"}
            Whose hazard: ``zero``, all covariates 0 (R's ``basehaz(centered=FALSE)``); ``mean``, all covariates at their
            weighted means. (R's ``centered=TRUE`` leaves 0/1 columns at 0 and takes the means of the others.)

        Raises
        ------
        NotEstimableError
            If a coefficient is infinite.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0]}, ties="breslow")
        >>> fit.baseline_hazard().time.tolist()
        [1.0, 2.0, 3.0, 4.0]
        """
        _rows.one_of("at", at, ("zero", "mean"))
        found = self.source.baseline(self._finite("the baseline hazard"), self._covariance(), at)
        codes = found.pop("stratum")
        strata = None if self.strata_name is None else [self.strata_levels[code] for code in codes.tolist()]
        covariates = dict(zip(self.terms, found.pop("covariates").tolist(), strict=True))
        return CoxBaseline(
            library=self.library, strata=strata, at=at, covariates=covariates, method=self.method, **found
        )

    def by_stratum(self, coefficients: Mapping[str, float] | ArrayLike | None = None) -> CoxLikelihood:
        """Log-likelihood, score and information of each stratum, at these coefficients or those of the fit.

        Their sums are those of the model; see :func:`mscsle.cox_likelihood`. A penalty is not part of it.

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 3, 4, 5, 6], event=[1, 1, 0, 1, 1, 1], covariates={"arm": [1, 0, 1, 0, 1, 0]},
        ...              strata=["a", "a", "a", "b", "b", "b"])
        >>> bool(abs(fit.by_stratum().log_likelihood.sum() - fit.log_likelihood) < 1e-12)
        True
        """
        if isinstance(coefficients, Mapping):
            coefficients = [coefficients[term] for term in self.terms]
        at = self._finite("the likelihood") if coefficients is None else coefficients
        levels = self.strata_levels if self.strata_name is not None else None
        return by_stratum(self.source, self.terms, levels, at, self.library, self.method)

    def prediction_error(
        self, times: float | ArrayLike, *, data: object | None = None, event: str | None = None, time: str | None = None
    ) -> PredictionError:
        """Brier score and cumulative/dynamic AUC of the predicted survival at given times.

        Parameters
        ----------
        times : number or ascending array
        data : frame, optional
            New subjects with the covariates, and columns named by ``time`` (default: that of the fit) and ``event``
            (true = happened). Without it the rows of the fit are used, and the errors are apparent, that is too small.

        See Also
        --------
        mscsle.prediction_error : For survival predicted by anything else.
        """
        from mscsle.survival.accuracy import prediction_error

        asked = _rows.time_points(times)
        coefficients = self._finite("the prediction error")
        source = self.source
        if data is None:
            rows = source.arrays()
            if rows["weights"] is not None or rows["entry"] is not None:
                raise NotEstimableError(
                    "the prediction error of the fit's own rows is not defined with weights or entry; give `data=`"
                )
            x, strata, offset = rows["x"], rows["strata"], rows["offset"]
            found = source.survival(
                coefficients, self._covariance(), x, strata=strata, offset=offset, times=asked, interval="log"
            )
            judged = prediction_error(
                rows["time"], event=rows["event"], survival=found["survival"], times=asked, conf_level=self.conf_level,
                what=f"{self.method}, apparent",
            )  # fmt: skip
            return replace(judged, library=self.library)
        if event is None:
            raise TypeError("with `data=`, give `event=` (the column that is true where the event happened)")
        predicted = self.predict_survival(data, times=asked)
        return prediction_error(
            time or self.time_name, event=event, data=data, survival=predicted.survival, times=asked,
            conf_level=self.conf_level, what=f"{self.method}, new data",
        )  # fmt: skip

    def adjusted_curves(
        self,
        covariate: str,
        *,
        times: float | ArrayLike | None = None,
        at: Sequence[float] | None = None,
        population: object | None = None,
        sampled: bool = True,
        conf_type: ConfType = "log-log",
        extend: bool = False,
    ) -> AdjustedCurves:
        """Survival standardised to the covariates of a population, by the levels of one covariate (the g-formula).

        Each subject's survival is predicted as if it had the level, and the predictions are averaged.

        Parameters
        ----------
        covariate : str
            A covariate of the fit; of a formula, a column of its right-hand side, which is then set in all terms that hold
            it (interactions, powers, splines).
        times : number or array, optional
            Default: every event time.
        at : list of numbers, optional
            Values of a covariate of numbers; default 0 and 1 where it holds only these.
        population : frame, optional
            The subjects; default the rows of the fit, with their weights.
        sampled : bool
            Whether the subjects are a sample, so that their variation enters the standard errors, or the population itself.
        conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
            Kind of the limits of survival; those of differences are plain. All come from the delta method.
        extend : bool
            Carry the last value on after the last observed time; by default it is missing, with a note.

        Returns
        -------
        AdjustedCurves

        Examples
        --------
        >>> import mscsle as ms
        >>> fit = ms.cox([1, 2, 2, 2, 3, 4, 4, 5], event=[1, 1, 1, 0, 1, 1, 0, 0],
        ...              covariates={"arm": [1, 1, 0, 1, 0, 1, 0, 0], "age": [40, 22, 31, 38, 45, 27, 33, 29]})
        >>> curves = fit.adjusted_curves("arm", times=[2.5])
        >>> curves.levels, bool(curves.survival[0, 0] > curves.survival[1, 0])
        (['0', '1'], True)
        """
        _rows.one_of("conf_type", conf_type, _rows.CONF_TYPES)
        coefficients = self._finite("adjusted survival")
        asked = np.unique(self.baseline_hazard().time) if times is None else _rows.time_points(times)
        return adjusted_curves(
            self, coefficients, covariate, population, asked, at, sampled=sampled, conf_type=conf_type, extend=extend
        )

    def last_times(self) -> NDArray[np.float64]:
        """Last observed time of each stratum, in the order of their codes."""
        rows = self.source.arrays()
        codes = (
            np.zeros(len(rows["time"]), dtype=np.int64) if rows["strata"] is None else rows["strata"].astype(np.int64)
        )
        last = np.zeros(int(codes.max()) + 1)
        np.maximum.at(last, codes, rows["time"])
        return last

    def _covariates(self, new: object) -> tuple[NDArray[np.float64], _frame.Library]:
        """Covariates and library of new subjects."""
        if _frame.is_frame(new):
            frame = _frame.Frame(new)
            return np.ascontiguousarray(new_covariates(frame, self.encoding)), frame.library
        return new_matrix(new, self.terms), self.library

    def subjects(
        self, new: object
    ) -> tuple[NDArray[np.float64], NDArray[np.uint32] | None, list[str] | None, _frame.Library]:
        """Covariates, codes and labels of the strata, and the library of new subjects."""
        if self.strata_name is None:
            x, library = self._covariates(new)
            return x, None, None, library
        if not _frame.is_frame(new):
            raise TypeError(f"the model is stratified by {self.strata_name}, so `new` must be a frame that holds it")
        x, library = self._covariates(new)
        labels = strata_labels(_frame.Frame(new), self.strata_name, self.strata_levels)
        codes = np.array([self.strata_levels.index(label) for label in labels], dtype=np.uint32)
        return x, codes, labels, library

    def _finite(self, what: str) -> NDArray[np.float64]:
        for term, status in self.status.items():
            if "infinity" in status:
                raise NotEstimableError(
                    f'{what} cannot be computed: the coefficient of `{term}` runs to {status}; fit with `penalty="firth"`'
                )
            if status == "undetermined":
                raise NotEstimableError(
                    f"{what} cannot be computed: the likelihood is monotone and does not determine the coefficient of "
                    f'`{term}`; fit with `penalty="firth"`'
                )
            if status == "not converged":
                raise NotEstimableError(
                    f"{what} cannot be computed: the iteration stopped before it converged; raise `max_iterations`"
                )
        return np.nan_to_num(self.fitted.coefficients)

    def _covariance(self) -> NDArray[np.float64]:
        """The covariance for limits of predictions."""
        for term, status, error in zip(self.terms, self.fitted.status, self.fitted.standard_errors, strict=True):
            if status == "estimated" and np.isnan(error):
                raise NotEstimableError(
                    f"there are no limits of predictions: the robust variance of `{term}` says nothing "
                    "(`notes` of the fit); fit with smaller clusters or without `cluster`"
                )
        return self.covariance

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
