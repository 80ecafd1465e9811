"""Renal response by a definition: states by visit, prevalence, ever, lost, times and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mscsle import _core, _frame
from mscsle._result import Result
from mscsle.endpoints import _counts
from mscsle.endpoints._definition import Definition, compile_definition
from mscsle.endpoints._estimand import Estimand, of_response, of_times
from mscsle.endpoints._options import members, strategies
from mscsle.endpoints._tables import ResponseCounts, States, TimeTo
from mscsle.endpoints._why import EndpointWhy, from_core
from mscsle.exceptions import OptionError
from mscsle.trial import Findings, Trial

if TYPE_CHECKING:
    from mscsle.endpoints._flare import Flares
    from mscsle.survival.incidence import CumulativeIncidence

__all__ = ["RenalResponse", "Response", "history", "renal_response", "times"]


def history(
    trial: object, *, same_visit: str, analysis_set: str | ArrayLike | None = None
) -> tuple[_core.EndpointHistory, str | None]:
    """The histories of a trial, or of an analysis set, and the words that name the set."""
    if not isinstance(trial, Trial):
        raise TypeError(
            f"`trial` must be a Trial, but is {type(trial).__name__}; make one with `ms.Trial(subjects=...)`"
        )
    of = _core.EndpointHistory(trial._core, same_visit=same_visit)
    if analysis_set is None:
        return of, None
    keep, words = members(of, analysis_set)
    return of.subset(keep), words


@dataclass(frozen=True, kw_only=True)
class Response(Result):
    """The responses of a cohort; made by :func:`renal_response`, :func:`response`, :func:`sri` and the like."""

    trial: Trial = field(repr=False)
    definition: Definition
    missing: str
    source: str
    statement: str
    analysis_set: str | None = None
    intercurrent: Mapping[str, str] = field(default_factory=dict)
    findings: Findings = field(repr=False)
    _history: _core.EndpointHistory = field(repr=False, compare=False)
    _core: _core.EndpointResponse = field(repr=False, compare=False)

    @property
    def estimand(self) -> Estimand:
        """What the counts by visit over those alive estimate: population, treatment, variable, intercurrent events with
        their strategy in this run and the usual one, and summary measure.

        Counts over another denominator, times and flares have an estimand of their own.

        Examples
        --------
        >>> import mscsle as ms
        >>> estimand = ms.endpoints.renal_response(ms.load("gu2014")).estimand
        >>> estimand.events["withdrawal"]
        ('composite', 'visits without values count as no response')
        """
        return self._estimand("alive_at_visit", "response by visit")

    def _estimand(self, denominator: str, what: str) -> Estimand:
        return of_response(
            self.definition,
            n=len(self._history.subjects()),
            missing=self.missing,
            denominator=denominator,
            source=self.source,
            what=what,
            strategies=self._applied(),
            analysis_set=self.analysis_set,
            library=self.library,
        )

    def _applied(self) -> dict[str, tuple[str, int]]:
        """Intercurrent event to its strategy and the number of subjects with it at or after time zero."""
        if not self.intercurrent:
            return {}
        events = self._history.events()
        after = events["day"] >= 0
        rows = list(zip(events["usubjid"], events["event"], after.tolist(), strict=True))
        return {
            name: (strategy, len({s for s, event, later in rows if later and event == name}))
            for name, strategy in self.intercurrent.items()
        }

    @cached_property
    def to_impute(self) -> list[tuple[str, str]]:
        """Subject and visit of each state that a hypothetical strategy leaves open, to be imputed.

        Examples
        --------
        >>> import mscsle as ms
        >>> ms.endpoints.renal_response(ms.load("gu2014"), intercurrent={"rescue": "hypothetical"}).to_impute
        []
        """
        states = self.states
        rows = zip(states.usubjid, states.visit, states.strategy, strict=True)
        return [(subject, visit) for subject, visit, strategy in rows if strategy == "hypothetical"]

    @cached_property
    def states(self) -> States:
        """State of every subject at every visit after baseline, with bounds and reason."""
        columns = self._core.states()
        ids = self._history.subjects()
        subject = columns.pop("subject")
        for name in ("lower", "upper", "reason", "intercurrent", "strategy"):
            columns[name] = [text or None for text in columns[name]]
        return States(
            usubjid=[ids[i] for i in subject.tolist()], **columns, statement=self.statement, library=self.library
        )

    def columns(self) -> Mapping[str, Any]:
        """The states."""
        return self.states.columns()

    def title(self) -> str:
        """Definition, confidence, source and missing rule."""
        return f"{self.definition.name}: {self.statement}"

    def ard_rows(self) -> list[dict[str, object]]:
        """Prevalence by visit over those alive."""
        return self.by_visit().ard_rows()

    def by_visit(
        self, denominator: str = "alive_at_visit", *, conf_level: float = 0.95, method: str = "clopper-pearson"
    ) -> ResponseCounts:
        """Prevalence of each state at each planned visit; the state ``response`` counts every responding state.

        Parameters
        ----------
        denominator : {"alive_at_visit", "enrolled", "assessed_at_visit", "ever_responder"}
            Who is counted: not known dead by the target day; everybody; with a determined state; ever in response.
        conf_level : float
            Level of the interval.
        method : str
            Interval of one proportion, see :func:`mscsle.stats.proportion`.

        Returns
        -------
        ResponseCounts
            A prevalence may fall from visit to visit: it is no cumulative incidence.
        """
        table = self._core.by_visit(denominator)
        table.pop("month")
        return self._counts(
            "response by visit", table, denominator, conf_level, method, _counts.undetermined_note(table)
        )

    def ever(
        self, denominator: str = "enrolled", *, conf_level: float = 0.95, method: str = "clopper-pearson"
    ) -> ResponseCounts:
        """Subjects ever in response at a planned visit, by their best state, and the row ``response``.

        ``alive_at_visit`` means alive at the last planned visit, ``assessed_at_visit`` with at least one determined visit.
        """
        table = self._core.ever(denominator)
        return self._whole("ever in response", table, denominator, conf_level, method, _counts.undetermined_note(table))

    def lost(
        self, denominator: str = "ever_responder", *, conf_level: float = 0.95, method: str = "clopper-pearson"
    ) -> ResponseCounts:
        """Two counts: ever a determined visit out of response after a response (``loss_of_response``), and out of response
        at the last determined visit. They differ when a response comes back; neither counts flares."""
        table = self._core.lost(denominator)
        table.pop("undetermined")
        return self._whole(
            "response lost", table, denominator, conf_level, method, "Neither count is a count of flares"
        )

    def _whole(
        self, what: str, table: dict[str, Any], rule: str, level: float, method: str, note: str
    ) -> ResponseCounts:
        table.pop("month")
        table.pop("visit")
        return self._counts(what, table, rule, level, method, note)

    def _counts(
        self, what: str, table: dict[str, Any], rule: str, level: float, method: str, note: str
    ) -> ResponseCounts:
        return ResponseCounts(
            estimand=self._estimand(rule, what),
            what=what,
            table=_counts.with_intervals(table, conf_level=level, method=method),
            denominator_rule=rule,
            analysis_set=self.analysis_set,
            missing=self.missing,
            conf_level=level,
            statement=self.statement,
            note=note,
            library=self.library,
        )

    def time_to(
        self,
        event: str = "first_remission",
        *,
        unit: str = "months",
        clock: str = "actual",
        keep: Sequence[str] = (),
        flare: Flares | str | Path | Mapping[str, Any] | Definition = "maintain2010",
        interval: bool = False,
    ) -> TimeTo:
        """Time to an event with death as a competing cause.

        Parameters
        ----------
        event : {"first_remission", "loss_of_response", "flare", "death"}
            First response at a planned visit, from time zero; first planned visit out of response, and first flare, from
            the first response; death, from time zero. Responses and losses are censored at the last determined visit,
            flares and deaths at the last contact.
        unit : {"months", "days", "years"}
            A month is 365.25 / 12 days.
        clock : {"actual", "planned"}
            Date of the visit (everywhere the default) or its planned month. Deaths, flares at unscheduled visits and last contacts keep their dates.
        keep : sequence of str
            Columns of ``subjects``, ``source``, ``lot``, ``donor`` or ``route`` of the first infusion, or
            ``baseline_<measure>`` such as ``baseline_protein_24h``.
        flare : str, path, mapping, Definition or Flares
            With ``event="flare"``: the definition.
        interval : bool
            Whether the frame has the column ``after``: the event lies in ``(after, time]``.

        Returns
        -------
        TimeTo

        Examples
        --------
        >>> import mscsle as ms
        >>> renal = ms.endpoints.renal_response(ms.load("gu2014"))
        >>> times = renal.time_to("first_remission", unit="months", clock="planned", keep=["source"])
        >>> len(times), int(times.event.sum()), int((times.cause == 2).sum())
        (81, 49, 4)
        """
        if event == "flare":
            return self._flares(flare).time_to(unit=unit, clock=clock, keep=keep, interval=interval)
        columns = self._core.time_to(event, unit=unit, clock=clock)
        return times(
            columns,
            self._history,
            keep=keep,
            interval=interval,
            target=event,
            unit=unit,
            clock=clock,
            definition=self.definition,
            statement=self.statement,
            library=self.library,
        )

    def _flares(self, flare: Flares | str | Path | Mapping[str, Any] | Definition) -> Flares:
        from mscsle.endpoints._flare import Flares, derive

        if isinstance(flare, Flares):
            return flare
        return derive(self._history, compile_definition(flare, None, {}), self, self.library, self.analysis_set)

    def cumulative_incidence(
        self, *, by: str | None = None, unit: str = "months", clock: str = "actual", conf_level: float = 0.95
    ) -> CumulativeIncidence:
        """Cumulative incidence of the first response with death competing (Aalen-Johansen).

        Parameters
        ----------
        by : str, optional
            A column as in ``keep`` of :meth:`time_to`.
        unit, clock : str
            As in :meth:`time_to`; with ``clock="planned"`` the curve steps at the planned visits.
        conf_level : float
            Level of the intervals.
        """
        import mscsle

        times = self.time_to("first_remission", unit=unit, clock=clock, keep=[] if by is None else [by])
        incidence: CumulativeIncidence = mscsle.cumulative_incidence(
            "time",
            cause="cause",
            censored=0,
            data=times,
            by=by,
            labels={code: name for code, name in ((1, "response"), (2, "death")) if (times.cause == code).any()},
            conf_level=conf_level,
        )
        return incidence

    def why(self, *, subject: object, visit: object) -> EndpointWhy:
        """Why a subject has its state at a visit: the comparisons, their source rows, and what would change the answer.

        A number as subject or visit is looked up as its text.

        Examples
        --------
        >>> import mscsle as ms
        >>> renal = ms.endpoints.renal_response(ms.load("gu2014"))
        >>> why = renal.why(subject="GU-001", visit="M3")
        >>> why.definition, why.version, why.confidence
        ('ginzler2005', '1', 'M')
        """
        return from_core(self._core.why(str(subject), str(visit)), self.library)

    def __repr__(self) -> str:
        return f"<Response: {self.statement}; {len(self._history.subjects())} subjects>"


#: The class of the results of :func:`renal_response`.
RenalResponse = Response


def times(
    columns: Mapping[str, Any],
    of: _core.EndpointHistory,
    *,
    keep: Sequence[str],
    interval: bool,
    target: str,
    unit: str,
    clock: str,
    definition: Definition,
    statement: str,
    library: _frame.Library,
) -> TimeTo:
    """Times of the core with the columns kept."""
    if isinstance(keep, str):
        raise TypeError(f"`keep` is a list of column names; write keep=[{keep!r}]")
    own = {"usubjid", "time", "event", "cause", "after"} & set(keep)
    if own:
        raise OptionError(f"`{min(own)}` cannot be kept: the times have a column of that name")
    subject = columns["subject"]
    ids = of.subjects()
    return TimeTo(
        usubjid=[ids[i] for i in subject.tolist()],
        time=columns["time"],
        event=columns["event"].astype(bool),
        cause=columns["cause"],
        after=columns["after"],
        kept={name: _kept(of, name, subject) for name in keep},
        interval=interval,
        target=target,
        unit=unit,
        clock=clock,
        definition=definition.id,
        confidence=definition.confidence,
        statement=f"{statement}; {columns['statement']}",
        left_out=[ids[i] for i in columns["left_out"]],
        dates=_dates(columns),
        estimand=of_times(
            definition, target=target, n=len(subject), left_out=len(columns["left_out"]), library=library
        ),
        library=library,
    )


def _dates(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What stands behind each time: dates, and where the last one comes from."""
    out: dict[str, Any] = {}
    for name in ("start_date", "end_date"):
        known = ~np.isnan(columns[name])
        out[name] = np.full(len(known), np.datetime64("NaT"), dtype="datetime64[D]")
        out[name][known] = np.round(columns[name][known]).astype(np.int64).astype("datetime64[D]")
    for name in ("start_visit", "end_visit", "end_table"):
        out[name] = [text or None for text in columns[name]]
    return {**out, "end": list(columns["end"]), "end_row": columns["end_row"]}


def _kept(of: _core.EndpointHistory, name: str, subject: NDArray[np.int32]) -> Any:
    column = of.kept(name)
    if isinstance(column, tuple):
        codes, levels = column
        return [None if code < 0 else levels[code] for code in codes[subject].tolist()]
    return column[subject]


def renal_response(
    trial: Trial,
    definition: str | Path | Mapping[str, Any] | Definition = "ginzler2005",
    *,
    missing: str = "nri",
    source: str = "derived",
    what: str = "renal_response",
    same_visit: str = "mean",
    intercurrent: str | Mapping[str, str] | None = None,
    confirm_days: float | None = None,
    analysis_set: str | ArrayLike | None = None,
    parameters: Mapping[str, float | str] | None = None,
    **overrides: float | str,
) -> Response:
    """Renal response of every subject at every visit by a definition.

    Parameters
    ----------
    trial : Trial
        Needs the tables the definition looks at (``labs`` for most).
    definition : str, path, mapping or Definition
        Id of a built-in definition (see :func:`definitions`), a TOML file, TOML text, or the same as nested mappings.
    missing : {"nri", "observed", "locf", "locf_with_dead"}
        What an undetermined state counts as in numerators: the worst state the known values allow (non-responder
        imputation), nothing (out of numerator and denominator), or the last determined state of the subject; the dead
        stay dead unless ``locf_with_dead``.
    source : {"derived", "recorded"}
        By the definition from the values, or the investigator's own assessments (table ``assessments``).
    what : str
        With ``source="recorded"``, the assessment (column ``what``).
    same_visit : {"mean", "worst", "first", "last"}
        Two values of one measure at one visit.
    intercurrent : mapping or str, optional
        What follows from events at or after time zero, by name (of ``assessments``, or ``withdrawal``, ``death``,
        ``repeat_infusion``, ``iv_pulse``, ``start_<drug>``): ``composite`` (no response from then on),
        ``hypothetical`` (open from then on and flagged to be imputed, see ``to_impute``), ``while_on_treatment`` (the last
        state before stands), ``treatment_policy`` (values are used whatever happens, and a criterion of the definition on
        the event is passed over). Death is ``composite`` or ``while_alive``. One word applies to rescue, prohibited
        medication, treatment failure, withdrawal, dialysis and transplantation; ``"usual"`` takes the usual strategy of
        each event. Without it the criteria of the definition alone decide.
    confirm_days : float, optional
        A state counts only if it holds again at the next visit at least so many days later (sustained response).
    analysis_set : str or array, optional
        ``itt``, ``safety``, ``per_protocol`` or any column of ``subjects`` of 0 and 1, or one flag a subject in the order of
        ``subjects``. The results and their denominators name it.
    parameters : mapping, optional
        Parameters of the definition to override.
    **overrides : float or str
        The same, as keywords.

    Returns
    -------
    Response

    Raises
    ------
    DataError
        No row of the trial has a measure the definition needs (table and measure are named), a definition that cannot be
        read (line and key are named).
    OptionError
        An unknown definition, parameter or word.

    Notes
    -----
    Missing values leave a criterion open; the states still possible are the bounds of the visit. Unscheduled visits have a
    state but are never a first response and stand in no denominator.

    Examples
    --------
    >>> import mscsle as ms
    >>> renal = ms.endpoints.renal_response(ms.load("gu2014"), definition="ginzler2005")
    >>> table = renal.by_visit(denominator="alive_at_visit").columns()
    >>> [(v, s, n, d) for v, s, n, d in zip(table["visit"], table["state"], table["numerator"].tolist(),
    ...     table["denominator"].tolist()) if s != "response"]
    [('M3', 'CR', 14, 78), ('M3', 'PR', 18, 78), ('M6', 'CR', 14, 77), ('M6', 'PR', 21, 77), ('M12', 'CR', 18, 77), ('M12', 'PR', 16, 77)]
    """
    compiled = compile_definition(definition, parameters, overrides)
    of, members_of = history(trial, same_visit=same_visit, analysis_set=analysis_set)
    by_event = strategies(intercurrent)
    core = _core.EndpointResponse(
        of,
        compiled._core,
        missing=missing,
        source=source,
        what=what,
        intercurrent=list(by_event.items()),
        confirm_days=confirm_days,
    )
    return Response(
        trial=trial,
        definition=compiled,
        missing=missing,
        source=source,
        statement=core.statement + (f"; analysis set: {members_of}" if members_of else ""),
        analysis_set=members_of,
        intercurrent=by_event,
        findings=Findings(**core.findings(), library=trial.library),
        _history=of,
        _core=core,
        library=trial.library,
    )
