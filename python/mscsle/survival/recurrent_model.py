"""Regression for recurrent events: Andersen-Gill (LWYY) and Prentice-Williams-Peterson models."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mscsle._result import Result
from mscsle.exceptions import ConvergenceWarning, DataWarning, OptionError
from mscsle.survival import _cox_rows, _formula, _rows
from mscsle.survival._cox_rows import Covariates, CoxRows
from mscsle.survival._rows import Column, Like, NearTies
from mscsle.survival.cox_model import CoxFit, fit_rows
from mscsle.survival.cox_tables import CoxSummary
from mscsle.survival.mean_cumulative_function import following

__all__ = ["RecurrentFit", "recurrent_cox"]

MODELS = {
    "andersen-gill": "Andersen-Gill (LWYY) rate model",
    "pwp-total": "Prentice-Williams-Peterson model, total time",
    "pwp-gap": "Prentice-Williams-Peterson model, gap time",
}
#: Event numbers with fewer events than this are named in a warning (a convention of this package).
FEW = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class RecurrentFit(Result):
    """A fitted model of recurrent events.

    Attributes
    ----------
    cox : CoxFit
        The Cox model behind it: residuals, test of proportional hazards, predictions.
    model : str
    coefficients, standard_errors, hazard_ratios : dict of str to float or None
        By term, with standard errors robust to dependence within subjects. With ``andersen-gill`` the ratios are rate
        ratios of the mean function; with the others hazard ratios for the next event.
    n_subjects, n_events : int
    event_numbers : mapping
        For each event number (stratum of a ``pwp`` model): subjects at risk for it and events.
    notes : list of str
        What a reader of the fit must know.
    """

    cox: CoxFit
    model: str
    n_subjects: int
    event_numbers: Mapping[str, Any]
    notes: list[str]

    @property
    def coefficients(self) -> dict[str, float | None]:
        """Log rate (hazard) ratio by term; None where not estimable."""
        return self.cox.coefficients

    @property
    def standard_errors(self) -> dict[str, float | None]:
        """Robust standard error by term; None where not estimable."""
        return self.cox.standard_errors

    @property
    def hazard_ratios(self) -> dict[str, float | None]:
        """Rate (hazard) ratio by term; None where not estimable."""
        return self.cox.hazard_ratios

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Robust covariance of the coefficients."""
        return self.cox.covariance

    @property
    def naive_covariance(self) -> NDArray[np.float64]:
        """Inverse information, as if events of a subject were independent."""
        return self.cox.naive_covariance

    @property
    def n_events(self) -> int:
        """Events."""
        return self.cox.n_events

    @property
    def converged(self) -> bool:
        """Whether the maximum was reached."""
        return self.cox.converged

    @property
    def method(self) -> str:
        """Model and Cox options in words."""
        return f"{MODELS[self.model]}; {self.cox.method}"

    def summary(self) -> CoxSummary:
        """The table of coefficients, one row a term."""
        return self.cox.summary()

    def columns(self) -> Mapping[str, Any]:
        """As :meth:`summary`."""
        return self.summary().columns()

    def title(self) -> str:
        """Model, rows, events, subjects."""
        return f"{MODELS[self.model]}, {_rows.counted(self.n_subjects, 'subject')}; {self.cox.title()}"

    def ard_rows(self) -> Iterator[dict[str, object]]:
        """As those of the Cox model, with the model in the method."""
        for row in self.cox.ard_rows():
            yield {**row, "context": "recurrent events", "method": f"{MODELS[self.model]}; {row['method']}"}

    def __repr__(self) -> str:
        return f"<RecurrentFit {self.title()}>"


def recurrent_cox(
    time: Column | None = None,
    *,
    event: Column | None = None,
    id: Column | None = None,
    covariates: Covariates | None = None,
    entry: Column | None = None,
    formula: str | None = None,
    data: object | None = None,
    model: Literal["andersen-gill", "pwp-total", "pwp-gap"] = "andersen-gill",
    last_number: int | None = None,
    strata: Column | list[str] | None = None,
    ref: Mapping[str, object] | None = None,
    ties: Literal["efron", "breslow"] | None = None,
    conf_level: float = 0.95,
    near_ties: NearTies = "group",
    missing: Literal["error", "drop"] = "error",
    like: Like | None = None,
) -> RecurrentFit:
    """Regression of recurrent events on covariates, standard errors robust to dependence within subjects.

    Parameters
    ----------
    time, event, entry, id : column names, or arrays
        Rows (entry, time] of each subject; ``event``: true = an event at ``time``. By default the columns ``stop`` and ``event``. Without ``entry`` a subject's rows follow
        each other from time 0. :func:`mscsle.recurrent_rows` makes such rows from event times.
    covariates, ref, ties, conf_level, near_ties, missing, like
        As in :func:`mscsle.cox`.
    formula : str
        Instead of time, event, entry, covariates and strata:
        ``"Surv(start, stop, event) ~ dose + cluster(usubjid) + strata(centre)"``; ``cluster()`` names the subjects if ``id`` does
        not. Needs the extra ``formula``.
    model : {"andersen-gill", "pwp-total", "pwp-gap"}
        ``andersen-gill``: one rate for all events; with the robust variance the marginal rate model of Lin, Wei, Yang and
        Ying. ``pwp-total``, ``pwp-gap``: strata by the number of the event, conditional on those before; time since the
        start, or since the event before.
    last_number : int, optional
        Events with this number and later ones share a stratum. Without it every number is a stratum of its own, and a
        warning names those with fewer than 5 events: they decide next to nothing, and those without two subjects at risk
        nothing at all.
    strata : column name, list of names, or array
        Further strata.

    Returns
    -------
    RecurrentFit

    Warns
    -----
    DataWarning
        Sparse event numbers; and what :func:`mscsle.cox` warns of.

    References
    ----------
    Andersen PK, Gill RD (1982) Ann Stat 10:1100, doi:10.1214/aos/1176345976. Prentice RL, Williams BJ, Peterson AV (1981)
    Biometrika 68:373, doi:10.1093/biomet/68.2.373. Lin DY, Wei LJ, Yang I, Ying Z (2000) J R Stat Soc B 62:711,
    doi:10.1111/1467-9868.00259.

    Examples
    --------
    >>> import mscsle as ms
    >>> rows = ms.recurrent_rows({"usubjid": ["a", "a", "b", "d"], "day": [20, 50, 35, 30]},
    ...                          {"usubjid": ["a", "b", "c", "d"], "end": [80, 60, 70, 90], "dose": [1.0, 2.0, 3.0, 1.5]},
    ...                          keep=["dose"])
    >>> fit = ms.recurrent_cox("stop", entry="start", event="event", id="usubjid", covariates=["dose"], data=rows)
    >>> fit.n_subjects, fit.n_events, fit.event_numbers["events"].tolist()
    (4, 4, [3, 1, 0])
    """
    _rows.one_of("model", model, tuple(MODELS))
    if ties is not None:
        _rows.one_of("ties", ties, ("efron", "breslow"))
    if last_number is not None and last_number < 1:
        raise OptionError(f"`last_number` must be at least 1, but is {last_number}")
    if last_number is not None and model == "andersen-gill":
        raise OptionError("`last_number` belongs to the `pwp` models; `andersen-gill` has one rate for all events")
    options = _cox_rows.options(
        ties=ties,
        penalty=None,
        conf_type=None,
        weight_kind="frequency",
        conf_level=conf_level,
        near_ties=near_ties,
        missing=missing,
        like=like,
    )
    parsed = None
    if formula is not None:
        parsed = _formula.parse(
            formula, data, time=time, event=event, covariates=covariates, entry=entry, strata=strata
        )
        parsed.no_special("strata", "cluster")
        if not parsed.right or parsed.event is None:
            raise OptionError("the formula needs an event and at least one covariate")
        if id is not None and parsed.cluster is not None:
            raise TypeError("`id` and `cluster()` both name the subjects; leave one out")
        time, event, entry, data = parsed.time, parsed.event, parsed.entry, parsed.data
        id = parsed.cluster if id is None else id
        strata = parsed.strata or None
    if id is None or (parsed is None and covariates is None):
        raise TypeError("give `id` and `covariates`, or a `formula` with `cluster()` for the subjects")
    if parsed is not None:
        extra = _formula.required(parsed)
    else:
        assert covariates is not None
        wanted, extra = _cox_rows.covariate_roles(covariates, data, ref)
    extra["id"] = (id, "codes")
    rows = _rows.read(
        data,
        time="stop" if time is None else time,
        event="event" if event is None else event,
        entry=entry,
        strata=strata,
        missing=missing,
        extra=extra,
    )
    if parsed is not None:
        design, x, references = _formula.design(parsed, rows, ref)
        terms, encoding = design.terms, design.encoding
    else:
        x, terms, references, encoding = _cox_rows.columns_of(rows, wanted, ref)
    assert rows.event is not None
    subject = rows.extra["id"].view(np.uint32)
    start = following(rows, subject) if rows.entry is None else rows.entry
    number = _numbers(rows.time, rows.event, subject)
    used = number if last_number is None else np.minimum(number, last_number)
    table = _table(used, rows.event, subject, last_number)
    stratum, levels = rows.strata, list(rows.strata_levels)
    if model != "andersen-gill":
        first = np.zeros(rows.n, dtype=np.int64) if stratum is None else stratum.astype(np.int64)
        present, codes = np.unique(first * (int(used.max()) + 1) + used, return_inverse=True)
        stratum = np.ascontiguousarray(codes, dtype=np.uint32)
        before = [f"{level}, " for level in levels] or [""]
        levels = [f"{before[v // (int(used.max()) + 1)]}event {v % (int(used.max()) + 1)}" for v in present.tolist()]
    gap = model == "pwp-gap"
    name = None if strata is None else _rows.by_name(strata, rows.names, "strata")
    fit = fit_rows(
        CoxRows(
            time=rows.time - start if gap else rows.time,
            event=rows.event,
            x=x,
            terms=terms,
            references=references,
            entry=None if gap else start,
            strata=stratum,
            weights=None,
            cluster=subject,
            offset=None,
            encoding=encoding,
            strata_levels=levels,
            time_name=rows.names["time"],
            strata_name=", ".join(n for n in (name, None if model == "andersen-gill" else "event number") if n) or None,
            n_dropped=rows.n_dropped,
            library=rows.library,
        ),
        options,
    )
    notes = _sparse(table) if model != "andersen-gill" else []
    for text in notes:
        warnings.warn(text, DataWarning, stacklevel=2)
    for kind, text in fit.fitted.notes:
        category = ConvergenceWarning if kind in ("monotone", "not converged") else DataWarning
        warnings.warn(text, category, stacklevel=2)
    return RecurrentFit(
        library=rows.library,
        cox=fit,
        model=model,
        n_subjects=len(np.unique(subject)),
        event_numbers=table,
        notes=[*notes, *fit.notes],
    )


def _numbers(time: NDArray[np.float64], event: NDArray[np.bool_], subject: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The number of the event each row is at risk for: 1 + events of the subject before the row."""
    order = np.lexsort((time, subject))
    happened = event[order].astype(np.int64)
    before = np.cumsum(happened) - happened
    first = np.append(True, subject[order][1:] != subject[order][:-1])
    offset = np.maximum.accumulate(np.where(first, before, 0))
    number = np.empty(len(time), dtype=np.int64)
    number[order] = 1 + before - offset
    return number


def _table(
    number: NDArray[np.int64], event: NDArray[np.bool_], subject: NDArray[np.uint32], last: int | None
) -> dict[str, Any]:
    """Subjects at risk for each event number, and events."""
    numbers = np.unique(number)
    return {
        "number": [f"{n} and later" if n == last else str(n) for n in numbers.tolist()],
        "subjects": np.array([len(np.unique(subject[number == n])) for n in numbers.tolist()]),
        "events": np.array([int(event[number == n].sum()) for n in numbers.tolist()]),
    }


def _sparse(table: Mapping[str, Any]) -> list[str]:
    """A sentence about event numbers with few events, if there are any."""
    few = [(n, int(e)) for n, e in zip(table["number"], table["events"], strict=True) if 0 < e < FEW]
    if not few:
        return []
    found = ", ".join(f"event {n}: {e}" for n, e in few)
    return [
        f"strata with fewer than {FEW} events ({found}) add little or nothing; `last_number=` joins late events to one stratum"
    ]
