"""Strategies of intercurrent events, analysis sets, sustained response, recorded events, and what definitions say of themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mscsle as ms
from mscsle.exceptions import DataError, MscsleError, OptionError


def trial(**subjects: list[Any]) -> ms.Trial:
    """Three subjects in remission at months 3 and 6; `S-2` is rescued at month 6, `S-3` withdrawn between."""
    ids = ["S-1", "S-2", "S-3"]
    rows = [(s, v) for s in ids for v in ("M0", "M3", "M6") if (s, v) != ("S-3", "M6")]
    values = {"creatinine": (80.0, 80.0), "protein_24h": (3.0, 0.2), "urine_rbc": (20.0, 1.0)}
    labs = [(s, v, t, value[v != "M0"]) for s, v in rows for t, value in values.items()]
    dates = {"M0": "2009-03-14", "M3": "2009-06-13", "M6": "2009-09-13"}
    return ms.Trial(
        subjects={"usubjid": ids, **subjects},
        infusions={"usubjid": ids, "date": ["2009-03-14"] * 3},
        visits={
            "usubjid": [r[0] for r in rows],
            "visit": [r[1] for r in rows],
            "date": [dates[r[1]] for r in rows],
            "planned_month": [float(r[1][1:]) for r in rows],
        },
        labs={
            "usubjid": [r[0] for r in labs],
            "visit": [r[1] for r in labs],
            "test": [r[2] for r in labs],
            "value": [r[3] for r in labs],
            "unit": [{"creatinine": "umol/L", "protein_24h": "g/24 h", "urine_rbc": "/hpf"}[r[2]] for r in labs],
            "uln": [100.0 if r[2] == "creatinine" else None for r in labs],
        },
        assessments={"usubjid": ["S-2"], "visit": ["M6"], "what": ["rescue"], "value": ["yes"]},
        status={"usubjid": ["S-3"], "withdrawal_date": ["2009-08-01"], "last_contact_date": ["2009-08-01"]},
    )


def at_m6(result: ms.endpoints.Response) -> list[str]:
    states = result.states
    return [s for v, s in zip(states.visit, states.state, strict=True) if v == "M6"]


@pytest.mark.parametrize(
    ("intercurrent", "expected"),
    [
        (None, ["CR", "CR", "not_assessed"]),
        ("composite", ["CR", "NR", "NR"]),
        ("hypothetical", ["CR", "unknown", "unknown"]),
        ("while_on_treatment", ["CR", "CR", "CR"]),
        ("treatment_policy", ["CR", "CR", "not_assessed"]),
        ({"rescue": "composite", "withdrawal": "while_on_treatment"}, ["CR", "NR", "CR"]),
        ("usual", ["CR", "NR", "NR"]),
    ],
)
def test_strategies_of_a_renal_response(intercurrent: Any, expected: list[str]) -> None:
    result = ms.endpoints.renal_response(trial(), intercurrent=intercurrent)
    assert at_m6(result) == expected


def test_states_to_be_imputed_are_flagged_and_the_estimand_says_so() -> None:
    result = ms.endpoints.renal_response(trial(), intercurrent="hypothetical", missing="observed")
    assert result.to_impute == [("S-2", "M6"), ("S-3", "M6")]
    states = result.states
    assert [s for s in states.intercurrent if s] == ["rescue", "withdrawal"]
    strategy, how = result.estimand.events["rescue"]
    assert (strategy, how) == (
        "hypothetical",
        "open from the event on, flagged to be imputed; 1 subject with the event",
    )
    assert "rescue hypothetical (usual: composite)" in result.estimand.title()
    assert "intercurrent events: rescue hypothetical" in result.statement
    counts = result.by_visit("enrolled")
    noted = [row for row in counts.ard_rows() if row["stat_name"] == "estimand"]
    assert len(noted) == 1 and "rescue hypothetical" in str(noted[0]["method"])


def test_the_missing_rules_are_there_for_every_response() -> None:
    counts = {}
    for rule in ("nri", "observed", "locf", "locf_with_dead"):
        table = ms.endpoints.renal_response(trial(), missing=rule).by_visit("enrolled").columns()
        rows = zip(
            table["visit"], table["state"], table["numerator"].tolist(), table["denominator"].tolist(), strict=True
        )
        counts[rule] = next((n, of) for v, s, n, of in rows if (v, s) == ("M6", "CR"))
    assert counts == {"nri": (2, 3), "observed": (2, 2), "locf": (3, 3), "locf_with_dead": (3, 3)}


@pytest.mark.parametrize("definition", [d.id for d in ms.endpoints.definitions("response")])
def test_every_response_definition_takes_every_strategy(definition: str) -> None:
    """A definition whose inputs are absent says which; otherwise each strategy gives states."""
    for word in ("composite", "hypothetical", "while_on_treatment", "treatment_policy", "usual"):
        try:
            result = ms.endpoints.response(trial(), definition, intercurrent=word)
        except DataError as error:
            assert f"definition `{definition}` needs" in str(error)
            return
        assert result.estimand.events["rescue"][0] == ("composite" if word == "usual" else word)


def test_sustained_response_asks_for_a_second_visit() -> None:
    result = ms.endpoints.renal_response(trial(), confirm_days=60)
    states = dict(zip(zip(result.states.usubjid, result.states.visit, strict=True), result.states.state, strict=True))
    assert states["S-1", "M3"] == "CR"
    assert states["S-1", "M6"] == "unknown", "nothing follows month 6"
    assert "confirmed at the next visit at least 60 days later" in result.statement


def test_an_analysis_set_is_named_in_results_and_denominators() -> None:
    data = trial(itt=[1, 1, 1], per_protocol=[1, 0, 1], evaluable=["Y", "N", "N"])
    result = ms.endpoints.renal_response(data, analysis_set="per_protocol")
    counts = result.by_visit("enrolled")
    assert counts.columns()["denominator"].tolist()[0] == 2
    assert counts.analysis_set == "per_protocol (2 of 3)"
    assert "denominator: enrolled of per_protocol (2 of 3)" in counts.title()
    assert {str(r["stat_label"]) for r in counts.ard_rows() if r["stat_name"] == "N"} == {
        "N (enrolled, per_protocol (2 of 3))"
    }
    assert counts.estimand.population.startswith("2 subjects of the analysis set per_protocol (2 of 3)")
    assert result.time_to("first_remission").usubjid == ["S-1", "S-3"]
    assert ms.endpoints.response(data, "ginzler2005", analysis_set="evaluable").states.usubjid == ["S-1"] * 2
    mask = ms.endpoints.renal_response(data, analysis_set=np.array([False, True, False]))
    assert mask.analysis_set == "custom (1 of 3)"
    assert mask.why(subject="S-2", visit="M6").trail[0]["source"] == ("labs", 15), "rows are those of the whole table"


def test_flares_take_an_analysis_set_or_that_of_their_response() -> None:
    data = trial(itt=[1, 1, 0])
    assert "analysis set: itt (2 of 3)" in ms.endpoints.flares(data, "kidney_outcome", analysis_set="itt").statement
    response = ms.endpoints.renal_response(data, analysis_set="itt")
    relapse = ms.endpoints.flares(data, "moroni_proteinuric", response=response)
    assert relapse.count().columns()["denominator"].tolist() == [2, 2]
    with pytest.raises(OptionError, match="cannot be given with a `Response`"):
        ms.endpoints.flares(data, "moroni_proteinuric", response=response, analysis_set="itt")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"intercurrent": "composit"}, "unknown strategy `composit`; use `composite`"),
        ({"intercurrent": {"rescue": "ignore"}}, "unknown strategy `ignore`; use `composite`"),
        ({"intercurrent": {"death": "hypothetical"}}, "unknown strategy for death `hypothetical`"),
        ({"analysis_set": "per_protocoll"}, "`per_protocoll` cannot be kept"),
        (
            {"analysis_set": "arm"},
            "must say yes or no (1 or 0) of every subject to be an analysis set, but is `MSC` for `S-1`",
        ),
        ({"analysis_set": "safety"}, "is missing for `S-2`"),
        ({"analysis_set": [True]}, "one flag a subject (3), but its shape is (1,)"),
        ({"analysis_set": [0, 0, 0]}, "nobody is in the analysis set `custom`"),
        ({"confirm_days": -1.0}, "`confirm_days` cannot be -1"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    data = trial(arm=["MSC"] * 3, safety=[1, None, 1])
    with pytest.raises(MscsleError) as caught:
        ms.endpoints.renal_response(data, **options)
    assert message in str(caught.value)


def test_events_with_their_own_day_are_flares_without_a_visit() -> None:
    found = ms.endpoints.flares(trial(), "treatment_failure")
    assert found.table["usubjid"] == ["S-2", "S-3"]
    assert found.table["branch"] == ["rescue", "withdrawal"]
    assert found.table["visit"] == ["", ""]
    times = found.time_to(unit="days", interval=True)
    assert times.time.tolist()[1:] == [183.0, 140.0]
    assert times.after.tolist()[1:] == [183.0, 140.0], "an event with a date is known exactly"


def test_interval_censored_times_are_offered() -> None:
    times = ms.endpoints.renal_response(trial()).time_to("first_remission", unit="days", interval=True)
    assert times.to_frame()["after"].tolist() == [0.0, 0.0, 0.0]
    assert times.time.tolist() == [91.0, 91.0, 91.0]


def test_the_clock_is_the_date_of_the_visit_everywhere() -> None:
    import inspect

    for method in (
        ms.endpoints.Response.time_to,
        ms.endpoints.Response.cumulative_incidence,
        ms.endpoints.Flares.time_to,
    ):
        assert inspect.signature(method).parameters["clock"].default == "actual", method.__qualname__


@pytest.mark.parametrize("definition", list(ms.endpoints.definitions()), ids=lambda d: d.id)
def test_a_definition_exposes_what_a_page_needs(definition: ms.endpoints.Definition) -> None:
    assert definition.name and definition.citation and definition.confidence in ("H", "M", "L")
    assert definition.note or definition.confidence == "H", "what is not read in the publication says so"
    assert set(definition.rules) == set(definition.states) and all(definition.rules.values())
    assert all(meaning for meaning in definition.columns()["meaning"])
    text = definition.rule()
    assert all(state in text for state in definition.states)
    for lines in definition.rules.values():
        assert all(text and depth >= 0 for depth, text in lines)
