"""What the parametric models share: reading a call, the table of a fit, predictions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result, ard_row
from mscsle.exceptions import ConvergenceWarning, DataError, DataWarning, OptionError
from mscsle.survival import _cox_rows, _formula, _intervals, _rows
from mscsle.survival._cox_rows import Encoding
from mscsle.survival._tables import number
from mscsle.survival.cox_prediction import new_covariates
from mscsle.survival.cox_tables import CoxTest

Floats = NDArray[np.float64]

_REASONS = {
    "constant": "not estimable: the covariate is constant",
    "aliased": "not estimable: a combination of the other covariates",
}


@dataclass(frozen=True, eq=False)
class Read:
    """Checked rows of a parametric call."""

    lower: Floats
    upper: Floats
    x: Floats
    terms: list[str]
    references: dict[str, str]
    encoding: list[Encoding]
    rows: _rows.Rows
    offset: Floats | None
    time_name: str


def read(
    time: Any,
    *,
    event: Any,
    cnsr: Any,
    lower: Any,
    upper: Any,
    covariates: Any,
    formula: str | None,
    data: object | None,
    entry: Any,
    weights: Any,
    cluster: Any,
    offset: Any,
    ref: Mapping[str, object] | None,
    missing: str,
) -> Read:
    """Rows given as time and event, as intervals, or by a formula."""
    _rows.one_of("missing", missing, ("error", "drop"))
    parsed = None
    wanted: list[str] = []
    if formula is not None:
        given = {"time": time, "event": event, "cnsr": cnsr, "lower": lower, "upper": upper, "covariates": covariates}
        parsed = _formula.parse(formula, data, **given, entry=entry, cluster=cluster, offset=offset)
        parsed.no_special("cluster", "offset")
        data, entry, cluster, offset = parsed.data, parsed.entry, parsed.cluster, parsed.offset
        if parsed.upper is None:
            time, event = parsed.time, parsed.event
        else:
            lower, upper = parsed.time, parsed.upper
        extra = _formula.required(parsed)
    elif covariates is None:
        extra = {}
        if ref:
            raise OptionError(f"`ref` names `{min(ref)}`, which is not a covariate")
    else:
        wanted, extra = _cox_rows.covariate_roles(covariates, data, ref)
    extra["offset"] = (offset, "number")
    if time is not None:
        if lower is not None or upper is not None:
            raise TypeError("give `time` and `event`, or `lower` and `upper`, not both")
        rows = _rows.read(
            data,
            time=time,
            event=event,
            cnsr=cnsr,
            entry=entry,
            weights=weights,
            cluster=cluster,
            missing=missing,
            extra=extra,
        )
        assert rows.event is not None
        low, high = rows.time, np.where(rows.event, rows.time, np.inf)
        name = rows.names["time"]
    else:
        if lower is None or upper is None:
            raise TypeError("give `time` and `event`, `lower` and `upper`, or a `formula`")
        if cnsr is not None:
            raise TypeError("intervals take `event=` (true = happened), not `cnsr=`")
        rows, low, high = _intervals.read(
            lower,
            upper,
            event=event,
            data=data,
            weights=weights,
            cluster=cluster,
            missing=missing,
            extra={**extra, "entry": (entry, "number")},
        )
        _check_entry(rows, low, high)
        name = rows.names["upper"]
    if parsed is not None:
        design, x, references = _formula.design(parsed, rows, ref)
        terms, encoding = design.terms, design.encoding
    elif wanted:
        x, terms, references, encoding = _cox_rows.columns_of(rows, wanted, ref)
    else:
        x, terms, references, encoding = np.empty((rows.n, 0)), [], {}, []
    return Read(low, high, x, terms, references, encoding, rows, rows.extra.get("offset"), name)


def _check_entry(rows: _rows.Rows, low: Floats, high: Floats) -> None:
    """Refuses an entry after which the interval of the row begins too early; 0 is none."""
    entry = rows.extra.get("entry")
    if entry is None:
        return
    wrong = (entry < 0) | (entry > 0) & ((entry > low) | (entry == high))
    if wrong.any():
        position = int(np.argmax(wrong))
        interval = (
            f"({low[position]:g}, {high[position]:g}]" if low[position] < high[position] else f"{low[position]:g}"
        )
        rule = ">= 0" if entry[position] < 0 else "before the event, at most its lower end"
        raise DataError(
            f"column `{rows.names['entry']}` must be {rule}, but row {rows.row(position)} enters at {entry[position]:g} "
            f"with its event in {interval}"
        )


def core_fit(
    found: Read, *, weight_kind: str, conf_level: float, max_iterations: int, **model: Any
) -> _core.ParametricFit:
    """The fit of the core, with its notes as warnings."""
    _rows.one_of("weight_kind", weight_kind, ("frequency", "sampling"))
    entry = found.rows.entry if found.rows.entry is not None else found.rows.extra.get("entry")
    fitted = _core.survival_parametric(
        found.lower,
        found.upper,
        found.x,
        entry=entry,
        weights=found.rows.weights,
        frequency=weight_kind == "frequency",
        cluster=found.rows.cluster,
        offset=found.offset,
        names=found.terms,
        conf_level=_rows.level(conf_level),
        max_iterations=max_iterations,
        **model,
    )
    for kind, text in fitted.notes:
        warnings.warn(text, ConvergenceWarning if kind == "not converged" else DataWarning, stacklevel=3)
    return fitted


@dataclass(frozen=True, kw_only=True, eq=False)
class ParametricTable(Result):
    """Parameters with standard errors, limits and p-values, and what their exponentials are."""

    terms: list[str]
    estimate: Floats
    se: Floats
    z: Floats
    p: Floats
    lower: Floats
    upper: Floats
    #: Name of the exponential: ``time_ratio``, ``hazard_ratio`` or ``odds_ratio``; None if it has none.
    ratio: str | None
    note: list[str]
    caption: str

    def columns(self) -> Mapping[str, Any]:
        """Term, estimate, standard error, z, p-value, limits, and the ratio with its limits."""
        table: dict[str, Any] = {
            "term": self.terms,
            "estimate": self.estimate,
            "se": self.se,
            "z": self.z,
            "p": self.p,
            "lower": self.lower,
            "upper": self.upper,
        }
        if self.ratio is not None:
            with np.errstate(over="ignore"):
                table[self.ratio] = np.exp(self.estimate)
                table[f"{self.ratio}_lower"] = np.exp(self.lower)
                table[f"{self.ratio}_upper"] = np.exp(self.upper)
        table["note"] = self.note
        return table

    def title(self) -> str:
        """Of the fit."""
        return self.caption

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Estimate, standard error, z, p-value, limits and ratio of each term."""
        table = self.columns()
        for i, term in enumerate(self.terms):
            for name, label, column in (
                ("estimate", "Estimate", "estimate"),
                ("std.error", "Standard error", "se"),
                ("statistic", "z", "z"),
                ("p.value", "p-value", "p"),
                ("conf.low", "Lower limit", "lower"),
                ("conf.high", "Upper limit", "upper"),
                *([] if self.ratio is None else [(self.ratio.replace("_", "."), self.ratio, self.ratio)]),
            ):
                yield ard_row(
                    variable=term,
                    context="parametric survival",
                    stat_name=name,
                    stat_label=label,
                    stat=number(table[column][i]),
                    warning=self.note[i] or None,
                    method=self.caption,
                )


def table(terms: list[Any], ratio: str | None, caption: str, library: _frame.Library) -> ParametricTable:
    """A table of terms as the core gives them."""
    columns = [np.array([np.nan if t[k] is None else t[k] for t in terms], dtype=np.float64) for k in range(2, 8)]
    return ParametricTable(
        library=library,
        terms=[t[0] for t in terms],
        estimate=columns[0],
        se=columns[1],
        z=columns[2],
        p=columns[3],
        lower=columns[4],
        upper=columns[5],
        ratio=ratio,
        note=[_REASONS.get(t[1], "") for t in terms],
        caption=caption,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ParametricPrediction(Result):
    """Predictions of a parametric model, one row a subject and time (or fraction).

    Attributes
    ----------
    what : str
        ``survival``, ``quantile`` or ``mean``.
    at : array
        Times or fractions; one NaN for a mean.
    estimate, lower, upper : arrays, subjects x at
    other : array, subjects x at
        Hazard with survival, standard error with quantiles and means.
    """

    what: str
    at: Floats
    estimate: Floats
    lower: Floats
    upper: Floats
    other: Floats
    time_name: str
    method: str

    def columns(self) -> Mapping[str, Any]:
        """Subject (row of the new data), time or fraction, estimate, limits, hazard or standard error."""
        subjects, points = self.estimate.shape
        names = {"survival": ("time", "survival", "hazard"), "quantile": ("p", "time", "std_error")}
        at, value, other = names.get(self.what, ("", "mean", "std_error"))
        out: dict[str, Any] = {"subject": np.repeat(np.arange(subjects), points)}
        if at:
            out[at] = np.tile(self.at, subjects)
        out[value] = self.estimate.reshape(-1)
        out["lower"] = self.lower.reshape(-1)
        out["upper"] = self.upper.reshape(-1)
        out[other] = self.other.reshape(-1)
        return out

    def title(self) -> str:
        """What was predicted, and how."""
        scale = "the standardised log time" if self.what == "survival" else "the log scale"
        return f"Predicted {self.what} of {self.time_name}, {self.method}, limits on {scale}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Estimate and limits by subject and time or fraction."""
        subjects, points = self.estimate.shape
        for i in range(subjects):
            for j in range(points):
                level = None if np.isnan(self.at[j]) else f"{self.at[j]:g}"
                for name, values in (("estimate", self.estimate), ("conf.low", self.lower), ("conf.high", self.upper)):
                    yield ard_row(
                        variable=self.time_name,
                        variable_level=level,
                        group1="subject",
                        group1_level=str(i),
                        context=f"predicted {self.what}",
                        stat_name=name,
                        stat=number(values[i, j]),
                        method=self.title(),
                    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ParametricFit(Result):
    """Base of the parametric fits."""

    #: Context of the analysis results.
    context: ClassVar[str] = "parametric survival"

    fitted: _core.ParametricFit = field(repr=False)
    encoding: list[Encoding] = field(repr=False)
    references: dict[str, str]
    conf_level: float
    time_name: str
    weight_kind: str | None
    clustered: bool
    delayed_entry: bool
    n_dropped: int

    @property
    def terms(self) -> list[str]:
        """Names of the parameters."""
        return [term[0] for term in self.fitted.terms]

    @property
    def coefficients(self) -> dict[str, float | None]:
        """Estimate by term; None where not estimable."""
        return {term[0]: term[2] for term in self.fitted.terms}

    @property
    def standard_errors(self) -> dict[str, float | None]:
        """Standard error by term; None where not estimable."""
        return {term[0]: term[3] for term in self.fitted.terms}

    @property
    def status(self) -> dict[str, str]:
        """``estimated``, ``constant`` or ``aliased`` by term."""
        return {term[0]: term[1] for term in self.fitted.terms}

    @property
    def covariance(self) -> Floats:
        """Covariance of the terms; NaN where not estimable; robust with sampling weights or clusters."""
        return self.fitted.covariance

    @property
    def naive_covariance(self) -> Floats:
        """Inverse information; differs from ``covariance`` where that is robust."""
        naive = self.fitted.naive_covariance
        return self.fitted.covariance if naive is None else naive

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood of the times."""
        return self.fitted.log_likelihood[1]

    @property
    def log_likelihood_null(self) -> float:
        """The same without covariates."""
        return self.fitted.log_likelihood[0]

    @property
    def likelihood_ratio(self) -> CoxTest:
        """Likelihood-ratio test of the covariates."""
        return CoxTest(*self.fitted.likelihood_ratio, method=f"likelihood-ratio test, {self.method}")

    @property
    def aic(self) -> float:
        """Akaike's criterion: twice the number of parameters estimated less twice the log-likelihood."""
        estimated = sum(status == "estimated" for status in self.status.values())
        return 2.0 * estimated - 2.0 * self.log_likelihood

    @property
    def converged(self) -> bool:
        """Whether the maximum was reached."""
        return self.fitted.converged

    @property
    def iterations(self) -> int:
        """Newton steps."""
        return self.fitted.iterations

    @property
    def n(self) -> float:
        """Rows (weight)."""
        return self.fitted.n

    @property
    def n_events(self) -> float:
        """Rows (weight) that are not right-censored."""
        return sum(self.fitted.kinds[:3])

    @property
    def notes(self) -> list[str]:
        """What a reader of the fit must know."""
        return [text for _, text in self.fitted.notes]

    @property
    def _model(self) -> str:
        raise TypeError(f"{type(self).__name__} has no model")

    @property
    def method(self) -> str:
        """Model, weights and kind of standard errors in words."""
        weights = "" if self.weight_kind is None else f", {self.weight_kind} weights"
        robust = ", standard errors robust to clusters" if self.clustered else ""
        if self.weight_kind == "sampling" and not self.clustered:
            robust = ", robust standard errors"
        entry = ", delayed entry" if self.delayed_entry else ""
        return f"{self._model}{entry}{weights}{robust}"

    def title(self) -> str:
        """Method, counts by kind of censoring, references, dropped rows."""
        _, left, interval, _ = self.fitted.kinds
        parts = [self.method, f"n = {_rows.count(self.n)}", _rows.counted(self.n_events, "event")]
        if left:
            parts.append(f"{_rows.count(left)} left-censored")
        if interval:
            parts.append(f"{_rows.count(interval)} interval-censored")
        parts += [f"{name} vs {level}" for name, level in self.references.items()]
        if self.n_dropped:
            parts.append(_rows.dropped(self.n_dropped))
        if not self.converged:
            parts.append("not converged")
        return ", ".join(parts)

    @property
    def _ratio(self) -> str | None:
        return None

    def summary(self) -> ParametricTable:
        """The table of the parameters."""
        return table(self.fitted.terms, self._ratio, self.title(), self.library)

    def columns(self) -> Mapping[str, Any]:
        """As :meth:`summary`."""
        return self.summary().columns()

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """Parameters, likelihood-ratio test, log-likelihoods and counts."""
        yield from self.summary().ard_rows()
        test = self.likelihood_ratio
        for name, label, value in (
            ("n", "Subjects", self.n),
            ("n.events", "Events", self.n_events),
            ("conf.level", "Confidence level", self.conf_level),
            ("log.likelihood", "Log-likelihood", self.log_likelihood),
            ("log.likelihood.null", "Log-likelihood without covariates", self.log_likelihood_null),
            ("aic", "Akaike's criterion", self.aic),
            ("likelihood.ratio.statistic", "Likelihood-ratio test: chi-squared", test.statistic),
            ("likelihood.ratio.df", "Likelihood-ratio test: degrees of freedom", float(test.df)),
            ("likelihood.ratio.p.value", "Likelihood-ratio test: p-value", test.p_value),
        ):
            yield ard_row(
                variable=self.time_name,
                context=self.context,
                stat_name=name,
                stat_label=label,
                stat=value,
                warning="; ".join(self.notes) or None,
                method=self.method,
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title()}>"

    def _new(self, new: object | None) -> tuple[Floats, _frame.Library]:
        """The columns of the fit in new data; one subject without covariates for None."""
        if new is None:
            if self.encoding:
                raise TypeError("give the covariates of the new subjects: a frame, a mapping of columns, or an array")
            return np.empty((1, 0)), self.library
        if _frame.is_frame(new):
            frame = _frame.Frame(new)
            if not self.encoding:
                return np.empty((frame.n_rows, 0)), frame.library
            return np.ascontiguousarray(new_covariates(frame, self.encoding)), frame.library
        x = np.asarray(new, dtype=np.float64)
        return np.ascontiguousarray(x.reshape(1, -1) if x.ndim == 1 else x), self.library

    def predict_survival(self, new: object | None = None, *, times: float | ArrayLike) -> ParametricPrediction:
        """Survival and hazard of new subjects with limits.

        Parameters
        ----------
        new : frame, mapping of columns, or array (subjects x covariates)
            The covariates by their names; leave it out without covariates. Offsets are taken as 0.
        times : number or array
        """
        x, library = self._new(new)
        points = _rows.time_points(times)
        survival, lower, upper, hazard = self.fitted.survival(x, points, self.conf_level)
        return self._prediction("survival", points, library, survival, lower, upper, hazard)

    def predict_quantile(self, new: object | None = None, *, p: float | ArrayLike = 0.5) -> ParametricPrediction:
        """Times by which a fraction ``p`` of new subjects has had the event; default the median.

        Parameters
        ----------
        new : frame, mapping of columns, or array (subjects x covariates)
        p : number or array
        """
        x, library = self._new(new)
        fractions = np.ascontiguousarray(np.atleast_1d(np.asarray(p, dtype=np.float64)))
        time, se, lower, upper = self.fitted.quantile(x, fractions, self.conf_level)
        return self._prediction("quantile", fractions, library, time, lower, upper, se)

    def _prediction(self, what: str, at: Floats, library: _frame.Library, *values: Floats) -> ParametricPrediction:
        estimate, lower, upper, other = values
        return ParametricPrediction(
            library=library,
            what=what,
            at=at,
            estimate=estimate,
            lower=lower,
            upper=upper,
            other=other,
            time_name=self.time_name,
            method=f"{self.method}, {100 * self.conf_level:g} %",
        )


def common(found: Read, fitted: _core.ParametricFit, conf_level: float, weight_kind: str) -> dict[str, Any]:
    """Fields of a fit that do not depend on the model."""
    rows = found.rows
    return {
        "library": rows.library,
        "fitted": fitted,
        "encoding": found.encoding,
        "references": found.references,
        "conf_level": float(conf_level),
        "time_name": found.time_name,
        "weight_kind": None if rows.weights is None else weight_kind,
        "clustered": rows.cluster is not None,
        "delayed_entry": rows.entry is not None or "entry" in rows.extra,
        "n_dropped": rows.n_dropped,
    }
