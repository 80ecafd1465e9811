"""Renal flares by a definition: first and recurrent ones, over a named denominator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from mscsle import _core, _frame
from mscsle._result import Result
from mscsle.endpoints import _counts
from mscsle.endpoints._definition import Definition, compile_definition
from mscsle.endpoints._estimand import Estimand, of_flares
from mscsle.endpoints._response import Response, history, renal_response, times
from mscsle.endpoints._tables import ResponseCounts, TimeTo
from mscsle.endpoints._why import EndpointWhy, from_core
from mscsle.exceptions import OptionError
from mscsle.trial import Trial

__all__ = ["FlareCounts", "Flares", "derive", "flares"]

#: Counts of flares have the columns of counts of responses.
FlareCounts = ResponseCounts


@dataclass(frozen=True, kw_only=True)
class Flares(Result):
    """The flares of a cohort, one row each; made by :func:`flares`.

    Attributes
    ----------
    definition : Definition
        The flare's definition.
    response : Response or None
        The responses a flare must follow; None when the definition counts from time zero.
    statement : str
        Both definitions with their confidence.
    n_undecided : int
        Visits at risk at which missing values leave it open.
    """

    definition: Definition
    response: Response | None = field(repr=False)
    statement: str
    n_undecided: int
    analysis_set: str | None = None
    _history: _core.EndpointHistory = field(repr=False, compare=False)
    _core: _core.EndpointFlares = field(repr=False, compare=False)

    @property
    def estimand(self) -> Estimand:
        """What the counts over the default denominator estimate."""
        return self._estimand("enrolled" if self.response is None else "ever_responder")

    def _estimand(self, denominator: str) -> Estimand:
        n = len(self._history.subjects())
        return of_flares(
            self.definition, n=n, denominator=denominator, analysis_set=self.analysis_set, library=self.library
        )

    @cached_property
    def table(self) -> Mapping[str, Any]:
        """``usubjid``, ``visit``, ``day``, ``day_from_response``, ``branch``, ``label``, ``number``."""
        columns = self._core.flares()
        ids = self._history.subjects()
        subject = columns.pop("subject")
        return {"usubjid": [ids[i] for i in subject.tolist()], **columns}

    def columns(self) -> Mapping[str, Any]:
        """The flares."""
        return self.table

    def __len__(self) -> int:
        return len(self.table["usubjid"])

    def title(self) -> str:
        """Definition, confidence and the response it follows."""
        return f"Flares: {self.statement}"

    def ard_rows(self) -> list[dict[str, object]]:
        """Subjects with a flare over all enrolled, and over those ever in response where a response is asked for."""
        rules = ["enrolled"] if self.response is None else ["ever_responder", "enrolled"]
        return [row for rule in rules for row in self.count(rule).ard_rows()]

    def count(
        self, denominator: str | None = None, *, conf_level: float = 0.95, method: str = "clopper-pearson"
    ) -> ResponseCounts:
        """Subjects with a flare by the way the first one was met, and the row ``flare``.

        Parameters
        ----------
        denominator : {"ever_responder", "enrolled"}
            The same events over both give different percentages: a flare after response is possible only for responders,
            who are the default where a response is asked for.
        """
        denominator = denominator or ("enrolled" if self.response is None else "ever_responder")
        table = self._core.count(denominator)
        table.pop("month")
        table.pop("undetermined")
        table.pop("visit")
        return ResponseCounts(
            estimand=self._estimand(denominator),
            what="flares",
            table=_counts.with_intervals(table, conf_level=conf_level, method=method),
            denominator_rule=denominator,
            analysis_set=self.analysis_set,
            missing=None,
            conf_level=conf_level,
            statement=self.statement,
            note="Crude proportion: follow-up after response differs between subjects",
            library=self.library,
        )

    def time_to(
        self, *, unit: str = "months", clock: str = "actual", keep: Sequence[str] = (), interval: bool = False
    ) -> TimeTo:
        """Time to the first flare with death competing; arguments as in :meth:`Response.time_to`."""
        return times(
            self._core.time_to(unit=unit, clock=clock),
            self._history,
            keep=keep,
            interval=interval,
            target="flare",
            unit=unit,
            clock=clock,
            definition=self.definition,
            statement=self.statement,
            library=self.library,
        )

    def why(self, *, subject: object, visit: object) -> EndpointWhy:
        """Why a subject has, or has not, a flare at a visit."""
        return from_core(self._core.why(str(subject), str(visit)), self.library)

    def __repr__(self) -> str:
        n = len({*self.table["usubjid"]})
        return f"<Flares: {len(self)} in {n} subjects; {self.statement}>"


def derive(
    of: _core.EndpointHistory,
    definition: Definition,
    response: Response | None,
    library: _frame.Library,
    analysis_set: str | None = None,
) -> Flares:
    """Flares over histories, after the responses of a result where the definition asks for them."""
    if definition.scope == "after_time_zero":
        response = None
    core = _core.EndpointFlares(of, definition._core, response=None if response is None else response._core)
    return Flares(
        definition=definition,
        response=response,
        statement=core.statement + (f"; analysis set: {analysis_set}" if analysis_set else ""),
        n_undecided=core.n_undecided,
        analysis_set=analysis_set,
        _history=of,
        _core=core,
        library=library,
    )


def flares(
    trial: Trial,
    definition: str | Path | Mapping[str, Any] | Definition = "maintain2010",
    *,
    response: Response | str | Path | Mapping[str, Any] | Definition = "ginzler2005",
    same_visit: str = "mean",
    analysis_set: str | ArrayLike | None = None,
    parameters: Mapping[str, float | str] | None = None,
    **overrides: float | str,
) -> Flares:
    """Renal flares at any visit, planned or not.

    Parameters
    ----------
    trial : Trial
    definition : str, path, mapping or Definition
        The flare's definition (kind ``flare``).
    response : Response, or what its ``definition`` accepts
        The response a flare must follow, where the definition says ``after_response``.
    same_visit : {"mean", "worst", "first", "last"}
        Two values of one measure at one visit.
    analysis_set : str or array, optional
        As in :func:`renal_response`; a given :class:`Response` brings its own.
    parameters : mapping, optional
        Parameters of the flare definition to override.
    **overrides : float or str
        The same, as keywords.

    Returns
    -------
    Flares
        A flare that persists over visits is one; a further one needs a visit without flare between and ``gap_days`` (28 in
        the built-in definitions) since the last visit in flare.

    Examples
    --------
    >>> import mscsle as ms
    >>> found = ms.endpoints.flares(ms.load("gu2014"), definition="maintain2010")
    >>> counts = found.count("ever_responder").columns()
    >>> counts["state"][-1], int(counts["numerator"][-1]), int(counts["denominator"][-1])
    ('flare', 11, 49)
    """
    compiled = compile_definition(definition, parameters, overrides)
    if isinstance(response, Response):
        if response.trial is not trial:
            raise ValueError("`response` was derived from another trial")
        if analysis_set is not None:
            raise OptionError("`analysis_set` cannot be given with a `Response`, which has its own")
        return derive(response._history, compiled, response, trial.library, response.analysis_set)
    if compiled.kind != "flare" or compiled.scope == "after_time_zero":
        of, words = history(trial, same_visit=same_visit, analysis_set=analysis_set)
        return derive(of, compiled, None, trial.library, words)
    after = renal_response(trial, response, same_visit=same_visit, analysis_set=analysis_set)
    return derive(after._history, compiled, after, trial.library, after.analysis_set)
