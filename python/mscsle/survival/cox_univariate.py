"""Cox models of one covariate each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle import _frame
from mscsle._result import Result
from mscsle.exceptions import DataError, OptionError
from mscsle.survival import _cox_rows, _formula, _rows
from mscsle.survival._cox_rows import Covariates, CoxConfType, CoxOptions, CoxRows, Penalty, Ties, WeightKind
from mscsle.survival._rows import Column, Like, NearTies
from mscsle.survival.cox_fit import REASONS, CoxFit, method_words
from mscsle.survival.cox_model import fit_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["UnivariateCox", "univariate_cox"]

#: The words of the core's codes.
_STATUS = ("estimated", "constant", "aliased", "plus infinity", "minus infinity", "undetermined", "not converged")
#: Notes of a fit that are said beside its terms.
_SAID = ("monotone", "not converged", "few events", "robust variance", "few clusters")


class _Fits(Mapping[str, CoxFit]):
    """The models by covariate, each fitted when it is asked for."""

    def __init__(self, names: list[str], fit: Callable[[str], CoxFit]) -> None:
        self._names, self._fit = dict.fromkeys(names), fit

    def __getitem__(self, name: str) -> CoxFit:
        if name not in self._names:
            raise KeyError(name)
        return self._fit(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, kw_only=True, eq=False)
class UnivariateCox(Result):
    """Cox models of one covariate each: one row a term.

    Attributes
    ----------
    covariates, terms : list of str
    n, n_events : arrays of int
    log_hr, lower, upper, se : arrays
        Log hazard ratio, its limits and its standard error; NaN where not estimable.
    p_wald, p_likelihood_ratio, p_score : arrays
        p-values; ``p_wald`` is NaN where there is no standard error, as under separation.
    note : list of str
    fits : mapping of covariate to CoxFit
        Each model is fitted when it is asked for.
    """

    covariates: list[str]
    terms: list[str]
    n: NDArray[np.int64]
    n_events: NDArray[np.int64]
    log_hr: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    se: NDArray[np.float64]
    p_wald: NDArray[np.float64]
    p_likelihood_ratio: NDArray[np.float64]
    p_score: NDArray[np.float64]
    note: list[str]
    method: str
    conf_level: float
    fits: Mapping[str, CoxFit] = field(repr=False)

    def columns(self) -> Mapping[str, Any]:
        """Covariate, term, subjects, events, hazard ratio with limits, p-values of the three tests, note."""
        return {
            "covariate": self.covariates,
            "term": self.terms,
            "n": self.n,
            "events": self.n_events,
            "hr": np.exp(self.log_hr),
            "lower": np.exp(self.lower),
            "upper": np.exp(self.upper),
            "log_hr": self.log_hr,
            "se": self.se,
            "p_wald": self.p_wald,
            "p_likelihood_ratio": self.p_likelihood_ratio,
            "p_score": self.p_score,
            "note": self.note,
        }

    def title(self) -> str:
        """Method and level of the limits."""
        return f"Univariate {self.method}, {100 * self.conf_level:g} % limits"

    def plot_forest(self, *, ax: Axes | None = None, p: Literal["wald", "likelihood_ratio", "score"] = "wald") -> Axes:
        """Hazard ratios with their limits on a log scale, the numbers beside them (``mscsle.plot.forest``)."""
        _rows.one_of("p", p, ("wald", "likelihood_ratio", "score"))
        from mscsle.plot import forest

        table = {
            "label": self.terms,
            "hazard_ratio": np.exp(self.log_hr),
            "lower": np.exp(self.lower),
            "upper": np.exp(self.upper),
            "p_value": getattr(self, f"p_{p}"),
        }
        return forest(table, ax=ax, xlabel=f"Hazard ratio ({100 * self.conf_level:g} % interval, log scale)")

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """The rows of each model."""
        for name, fit in self.fits.items():
            for row in fit.ard_rows():
                yield {**row, "group1": "covariate", "group1_level": name, "context": "univariate cox"}

    def __repr__(self) -> str:
        return f"<UnivariateCox {self.title()}, {len(self.terms)} terms>"


def univariate_cox(
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
) -> UnivariateCox:
    """Fit one Cox model per covariate.

    The arguments are those of :func:`mscsle.cox`; of a ``formula`` each term of the right-hand side is a model of its own,
    all with its ``strata()``, ``cluster()`` and ``offset()``. With ``missing="drop"`` each model drops the rows that miss its own
    covariate. What cannot be estimated is said in the column ``note``; nothing warns.

    Returns
    -------
    UnivariateCox
        One row a term: subjects, events, hazard ratio with limits, p-values of the Wald, likelihood-ratio and score test
        (the two latter are those of the whole covariate), note.

    Notes
    -----
    Covariates of numbers without missing values are fitted in one call of the core, which sorts the rows once; the numbers
    are those of the single fits.

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
            cluster=cluster,
            offset=offset,
        )
        if not parsed.right:
            raise OptionError("the formula has no covariate; name at least one")
        if not all(term in _frame.Frame(parsed.data).names for term in parsed.right):
            return _by_term(parsed, options, weights, ref, missing)
        time, event, entry, data = parsed.time, parsed.event, parsed.entry, parsed.data
        covariates, strata = parsed.right, parsed.strata or None
        cluster, offset = parsed.cluster, parsed.offset
    if time is None or covariates is None:
        raise TypeError("give `time` and `covariates`, or a `formula`")

    def read(chosen: object, *, only: list[str]) -> CoxRows:
        return _cox_rows.read(
            time=time,
            event=event,
            cnsr=cnsr,
            covariates=chosen,  # type: ignore[arg-type]
            data=data,
            strata=strata,
            entry=entry,
            weights=weights,
            cluster=cluster,
            offset=offset,
            ref={name: ref[name] for name in only if name in ref} if ref else None,
            missing=missing,
        )

    if data is None and cnsr is None and not ref and isinstance(covariates, np.ndarray):
        arrays = _rows.plain(time, event, strata, entry, weights, cluster, offset)
        x = covariates
        if arrays is not None and x.ndim == 2 and x.dtype == np.float64 and x.shape[0] == arrays[0].size and x.size:
            names = [f"x{j}" for j in range(1, x.shape[1] + 1)]
            rows = _cox_rows.bare(arrays, x, names, ())
            try:
                table = _screened(rows, options, names)
            except DataError:
                pass  # read again, to name column and count
            else:
                fits = _Fits(names, lambda name: fit_rows(read({name: x[:, int(name[1:]) - 1]}, only=[name]), options))
                return _result(table, rows, options, fits)
    given = dict(_cox_rows.covariate_list(covariates, data))
    unknown = set(ref or {}) - set(given)
    if unknown:
        raise OptionError(f"`ref` names `{min(unknown)}`, which is not a covariate")

    def fit(name: str) -> CoxFit:
        return fit_rows(read([name] if data is not None else {name: given[name]}, only=[name]), options)

    together = [name for name, column in given.items() if name not in (ref or {}) and _whole(column, data)]
    by_name: dict[str, dict[str, list[Any]]] = {}
    described: CoxRows | CoxFit | None = None
    if together:
        described = read(together if data is not None else {name: given[name] for name in together}, only=[])
        table = _screened(described, options, together)
        for j, name in enumerate(together):
            by_name[name] = {column: [values[j]] for column, values in table.items()}
    for name in given:
        if name not in by_name:
            one = fit(name)
            described = described or one
            by_name[name] = _fitted(name, one)
    table = {column: [v for name in given for v in by_name[name][column]] for column in next(iter(by_name.values()))}
    return _result(table, described, options, _Fits(list(given), fit))


def _by_term(
    parsed: _formula.Formula,
    options: CoxOptions,
    weights: Column | None,
    ref: Mapping[str, object] | None,
    missing: str,
) -> UnivariateCox:
    """One model a term of a formula."""

    def fit(term: str) -> CoxFit:
        given = {name: level for name, level in (ref or {}).items() if name in term}
        return fit_rows(_formula.cox_rows_of(replace(parsed, right=[term]), weights, given or None, missing), options)

    fits = {term: fit(term) for term in parsed.right}
    tables = [_fitted(term, one) for term, one in fits.items()]
    table = {column: [value for one in tables for value in one[column]] for column in tables[0]}
    return _result(table, next(iter(fits.values())), options, _Fits(list(fits), fit))


def _whole(column: object, data: object | None) -> bool:
    """Whether a covariate is numbers without a missing one, so that it can be fitted beside others."""
    if data is not None:
        frame = _frame.Frame(data)
        name = str(column)
        if name not in frame.names or frame.is_text(name) or frame.categories(name) is not None:
            return False
        return not np.isnan(frame.numbers(name)).any()
    if _cox_rows.holds_text(column) or _frame.categories_of(column) is not None:
        return False
    return not np.isnan(_frame.as_numbers(np.asarray(column, dtype=object), "covariate")).any()


def _screened(rows: CoxRows, options: CoxOptions, names: list[str]) -> dict[str, Any]:
    """All covariates in one call of the core."""
    found = _cox_rows.core_data(rows, options).screen()
    reasons: dict[int, list[str]] = {}
    for column in np.flatnonzero(found["status"]).tolist():
        reasons[column] = [REASONS[_STATUS[found["status"][column]]]]
    for column, kind, text in found["notes"]:
        if kind in _SAID:
            reasons.setdefault(column, []).append(text)
    dropped = f"{rows.n_dropped} rows with missing values dropped" if rows.n_dropped else ""
    note = [dropped] * len(names)
    for column, said in reasons.items():
        note[column] = "; ".join([*said, dropped] if dropped else said)
    count = len(names)
    constant = np.asarray(found["status"]) == _STATUS.index("constant")
    return {
        "covariates": names,
        "terms": names,
        "n": np.full(count, round(found["n"])),
        "n_events": np.full(count, round(found["n_events"])),
        "log_hr": found["coefficient"],
        "lower": found["lower"],
        "upper": found["upper"],
        "se": found["standard_error"],
        "p_wald": np.where(np.isnan(found["standard_error"]), np.nan, found["p_value"])
        if options.penalty is None and options.conf_type != "profile"
        else _wald(found["coefficient"], found["standard_error"]),
        "p_likelihood_ratio": np.where(constant, np.nan, found["p_likelihood_ratio"]),
        "p_score": np.where(constant, np.nan, found["p_score"]),
        "note": note,
    }


def _fitted(name: str, fit: CoxFit) -> dict[str, list[Any]]:
    """The rows of one model."""
    summary = fit.summary()
    count = len(fit.terms)
    said = [text for kind, text in fit.fitted.notes if kind in _SAID]
    if fit.n_dropped:
        said.append(f"{fit.n_dropped} rows with missing values dropped")
    return {
        "covariates": [name] * count,
        "terms": fit.terms,
        "n": [fit.n] * count,
        "n_events": [fit.n_events] * count,
        "log_hr": summary.log_hr.tolist(),
        "lower": fit.fitted.lower.tolist(),
        "upper": fit.fitted.upper.tolist(),
        "se": summary.se.tolist(),
        "p_wald": _wald(summary.log_hr, summary.se).tolist(),
        "p_likelihood_ratio": [fit.likelihood_ratio.p_value if fit.likelihood_ratio.df else np.nan] * count,
        "p_score": [fit.score.p_value if fit.score.df else np.nan] * count,
        "note": ["; ".join(([note] if note else []) + said) for note in summary.note],
    }


def _wald(log_hr: NDArray[np.float64], se: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided p-values of log_hr / se, whatever kind the limits are; NaN without a standard error."""
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.abs(log_hr / se)
    return np.array([math.erfc(value) for value in (z / math.sqrt(2.0)).tolist()])


def _result(
    table: Mapping[str, Any], rows: CoxRows | CoxFit | None, options: CoxOptions, fits: Mapping[str, CoxFit]
) -> UnivariateCox:
    assert rows is not None
    whole = ("n", "n_events")
    words = ("covariates", "terms", "note")
    method = (
        rows.method
        if isinstance(rows, CoxFit)
        else method_words(
            options,
            strata=rows.strata_name,
            weight_kind=options.weight_kind if rows.weights is not None else None,
            clustered=rows.cluster is not None,
        )
    )
    numbers: dict[str, Any] = {
        name: values if name in words else np.asarray(values, dtype=np.int64 if name in whole else np.float64)
        for name, values in table.items()
    }
    return UnivariateCox(library=rows.library, method=method, conf_level=options.conf_level, fits=fits, **numbers)
