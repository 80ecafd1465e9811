"""The estimand of a run: population, treatment, variable, intercurrent events and summary measure (ICH E9(R1))."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mscsle import _frame
from mscsle._result import Result, ard_row
from mscsle.endpoints._definition import Definition

__all__ = ["Estimand", "of_flares", "of_response", "of_times"]

#: Usual strategy of each intercurrent event by type of endpoint: a choice of this software, not of a guideline.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "response": {
        "rescue": "composite",
        "repeat_infusion": "treatment_policy",
        "withdrawal": "composite",
        "death": "composite",
        "dialysis_or_transplant": "composite",
        "pregnancy_or_raas_sglt2_start": "treatment_policy",
    },
    "time_to_response": {
        "rescue": "composite",
        "repeat_infusion": "treatment_policy",
        "withdrawal": "censored",
        "death": "competing",
        "dialysis_or_transplant": "competing",
        "pregnancy_or_raas_sglt2_start": "treatment_policy",
    },
    "time_to_relapse": {
        "rescue": "composite",
        "repeat_infusion": "composite",
        "withdrawal": "censored",
        "death": "competing",
        "dialysis_or_transplant": "composite",
        "pregnancy_or_raas_sglt2_start": "treatment_policy",
    },
}

#: Populations of the denominator rules.
POPULATIONS = {
    "alive_at_visit": "those not known dead by the target day",
    "enrolled": "all enrolled",
    "assessed_at_visit": "those with a determined state",
    "ever_responder": "those ever in response",
}

_IGNORED = ("treatment_policy", "values are used whatever happens: the definition does not look at the event")
_COMPOSITE = ("composite", "a criterion of the definition: with the event the state is not met")
_OPEN = ("hypothetical", "a criterion of the definition: the state is open, to be imputed")


@dataclass(frozen=True, kw_only=True)
class Estimand(Result):
    """What a run estimates, in the five attributes of ICH E9(R1).

    Attributes
    ----------
    population, treatment, variable, summary : str
        Who, what they were given, what is observed of each, and how it is summarised.
    events : dict
        Intercurrent event to its strategy in this run and how that is done.
    defaults : dict
        Intercurrent event to the usual strategy for this type of endpoint.
    """

    population: str
    treatment: str
    variable: str
    summary: str
    events: Mapping[str, tuple[str, str]]
    defaults: Mapping[str, str]

    def _rows(self) -> Iterator[tuple[str, str | None, str | None, str | None, str]]:
        yield "population", None, None, None, self.population
        yield "treatment", None, None, None, self.treatment
        yield "variable", None, None, None, self.variable
        for event, (strategy, how) in self.events.items():
            yield "intercurrent_event", event, strategy, self.defaults.get(event), how
        yield "summary_measure", None, None, None, self.summary

    def columns(self) -> Mapping[str, Any]:
        """``attribute``, ``event``, ``strategy`` (of this run), ``usual`` (default for the type of endpoint), ``text``."""
        names = ("attribute", "event", "strategy", "usual", "text")
        return dict(zip(names, (list(column) for column in zip(*self._rows(), strict=True)), strict=True))

    def title(self) -> str:
        """The five attributes in one line; a strategy other than the usual one names both."""
        events = []
        for event, (strategy, _) in self.events.items():
            usual = self.defaults.get(event, strategy)
            events.append(f"{event} {strategy}" + ("" if usual == strategy else f" (usual: {usual})"))
        return (
            f"Estimand: population: {self.population}; treatment: {self.treatment}; variable: {self.variable}; "
            f"intercurrent events: {', '.join(events)}; summary measure: {self.summary}"
        )

    def ard_note(self, context: str) -> dict[str, object]:
        """One row of the results it belongs to: the five attributes as the method of a statistic without a value."""
        return ard_row(variable="estimand", context=context, stat_name="estimand", stat=None, method=self.title())

    def ard_rows(self) -> list[dict[str, object]]:
        """One row an attribute, one row an intercurrent event."""
        return [
            ard_row(
                variable=attribute,
                variable_level=event,
                context="estimand",
                stat_name="text" if strategy is None else "strategy",
                stat=strategy or text,
                method=text,
                warning=None if usual in (None, strategy) else f"the usual strategy is {usual}",
            )
            for attribute, event, strategy, usual, text in self._rows()
        ]

    def __repr__(self) -> str:
        return self.title()


def _looked_at(definition: Definition) -> dict[str, tuple[str, str]]:
    """Events a definition looks at under the parameters in use, with their strategy."""
    found: dict[str, tuple[str, str]] = {}

    def walk(node: Any, is_open: bool) -> None:
        if isinstance(node, list):
            for part in node:
                walk(part, is_open)
        elif isinstance(node, Mapping):
            when = node.get("when", {})
            if any(definition.parameters.get(name) != value for name, value in when.items()):
                return
            if "event" in node:
                found[node["event"]] = ("event", "the event is a state of the definition, on its own day")
            if "absent" in node:
                found[node["absent"]] = _OPEN if is_open else _COMPOSITE
            parts = node.get("any", [])
            walk(parts, is_open or any("undecided" in part for part in parts))
            walk(node.get("all", []), is_open)

    walk(tomllib.loads(definition.source).get("states", []), False)
    return found


#: Events that the usual strategies name together.
GROUPS = {
    "dialysis_or_transplant": ("dialysis", "kidney_transplant"),
    "pregnancy_or_raas_sglt2_start": ("pregnancy", "raas_start", "sglt2_start"),
}

#: What each strategy does with the states of an endpoint.
HOW = {
    "composite": "no response from the event on",
    "hypothetical": "open from the event on, flagged to be imputed",
    "while_on_treatment": "the last state before the event stands",
    "treatment_policy": "values are used whatever happens",
}


def _enrolled(analysis_set: str | None) -> str:
    return f"subjects of the analysis set {analysis_set}" if analysis_set else "enrolled subjects"


def _treatment() -> str:
    return "infusions from time zero with the co-treatment as given; arms are not compared here, so change is not attributable to it"


def _states(definition: Definition) -> str:
    return f"{definition.name} ({', '.join((*definition.states, definition.otherwise))}) by {definition.statement}"


def of_response(
    definition: Definition,
    *,
    n: int,
    missing: str,
    denominator: str,
    source: str,
    what: str,
    strategies: Mapping[str, tuple[str, int]],
    analysis_set: str | None,
    library: _frame.Library,
) -> Estimand:
    """The estimand of counts of states over a denominator."""
    defaults = DEFAULTS["response"]
    events = dict.fromkeys(defaults, _IGNORED)
    if source == "derived":
        events |= _looked_at(definition)
    if events["withdrawal"] == _IGNORED:
        events["withdrawal"] = {
            "nri": ("composite", "visits without values count as no response"),
            "observed": ("none", "visits without values are left out of numerator and denominator"),
        }.get(missing, ("hypothetical", "the last determined state is carried forward"))
    events["death"] = ("composite", "the dead are not in response")
    if missing == "locf_with_dead":
        events["death"] = ("hypothetical", "the last determined state is carried past death")
    elif denominator in ("alive_at_visit", "assessed_at_visit"):
        events["death"] = ("while_alive", "the dead are left out of the denominator")
    for event, (strategy, with_event) in strategies.items():
        for group, parts in GROUPS.items():
            if event in parts:
                events.pop(group, None)
        if event == "death":
            if strategy == "while_alive":
                events["death"] = ("while_alive", "the last state before death stands")
            continue
        subjects = f"{with_event} subject{'' if with_event == 1 else 's'} with the event"
        events[event] = (strategy, f"{HOW[strategy]}; {subjects}")
    defaults = {**{part: defaults[group] for group, parts in GROUPS.items() for part in parts}, **defaults}
    defaults |= dict.fromkeys(("prohibited_medication", "treatment_failure"), "composite")
    return Estimand(
        population=f"{n} {_enrolled(analysis_set)}; {POPULATIONS[denominator]} (`{denominator}`)",
        treatment=_treatment(),
        variable=_states(definition) + ("" if source == "derived" else ", as recorded by the investigator"),
        summary=f"{what}: proportion in each state",
        events=events,
        defaults=defaults,
        library=library,
    )


def of_times(definition: Definition, *, target: str, n: int, left_out: int, library: _frame.Library) -> Estimand:
    """The estimand of times to a target."""
    defaults = DEFAULTS["time_to_response" if target == "first_remission" else "time_to_relapse"]
    events = dict.fromkeys(defaults, _IGNORED)
    if target in ("first_remission", "loss_of_response"):
        events |= _looked_at(definition)
        events["withdrawal"] = ("censored", "censored at the last determined visit")
    else:
        events["withdrawal"] = ("censored", "censored at the last contact")
    events["death"] = ("competing", "death before the event is a competing event")
    if target == "death":
        events["death"] = ("event", "death is the event")
        defaults = {**defaults, "death": "event"}
    origin = "time zero" if target in ("first_remission", "death") else "the origin of the definition"
    out = f"; {left_out} without follow-up after the origin left out" if left_out else ""
    return Estimand(
        population=f"{n} subjects at risk{out}",
        treatment=_treatment(),
        variable=f"time from {origin} to {target} by {definition.statement}",
        summary="cumulative incidence of the event" + ("" if target == "death" else " with death competing"),
        events=events,
        defaults=defaults,
        library=library,
    )


def of_flares(
    definition: Definition, *, n: int, denominator: str, analysis_set: str | None, library: _frame.Library
) -> Estimand:
    """The estimand of counts of subjects with a flare."""
    defaults = DEFAULTS["time_to_relapse"]
    events = dict.fromkeys(defaults, _IGNORED) | _looked_at(definition)
    events["withdrawal"] = ("while_on_study", "flares until the last contact count")
    events["death"] = ("while_alive", "flares until death count; death is no flare")
    return Estimand(
        population=f"{n} {_enrolled(analysis_set)}; {POPULATIONS[denominator]} (`{denominator}`)",
        treatment=_treatment(),
        variable=f"any flare: {_states(definition)}",
        summary="crude proportion with a flare",
        events=events,
        defaults=defaults,
        library=library,
    )
