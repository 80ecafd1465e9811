"""The estimand of each run: five attributes, strategies of the run beside the usual ones."""

from __future__ import annotations

import mscsle as ms


def test_the_estimand_names_five_attributes_and_both_strategies() -> None:
    estimand = ms.endpoints.renal_response(ms.load("gu2014")).estimand
    columns = estimand.columns()
    assert {"population", "treatment", "variable", "intercurrent_event", "summary_measure"} == set(columns["attribute"])
    assert estimand.events["death"][0] == "while_alive"
    assert "rescue treatment_policy (usual: composite)" in estimand.title()
    warned = {row["variable_level"] for row in estimand.ard_rows() if row["warning"]}
    assert warned == {"rescue", "death", "dialysis_or_transplant"}
    assert len(estimand.to_frame()) == len(columns["attribute"])


def test_the_strategy_follows_denominator_and_missing_rule() -> None:
    trial = ms.load("gu2014")
    renal = ms.endpoints.renal_response(trial)
    assert renal.by_visit("enrolled").estimand.events["death"][0] == "composite"
    assert renal.ever().estimand.population == "81 enrolled subjects; all enrolled (`enrolled`)"
    observed = ms.endpoints.renal_response(trial, missing="observed").estimand
    assert observed.events["withdrawal"][0] == "none"
    carried = ms.endpoints.renal_response(trial, missing="locf").estimand
    assert carried.events["withdrawal"][0] == "hypothetical"


def test_criteria_of_a_definition_are_strategies_under_the_parameters_in_use() -> None:
    trial = ms.load("gu2014")
    text = ms.endpoints.definition("sri").source.replace('measure = "pga"', 'measure = "sledai"')
    text = "\n".join(line for line in text.splitlines() if "bilag_new" not in line)
    for word, strategy in (
        ("composite", "composite"),
        ("treatment_policy", "treatment_policy"),
        ("hypothetical", "hypothetical"),
    ):
        estimand = ms.endpoints.response(trial, text, intercurrent=word).estimand
        assert estimand.events["rescue"][0] == strategy, word


def test_times_and_flares_have_their_own_estimand() -> None:
    renal = ms.endpoints.renal_response(ms.load("gu2014"))
    times = renal.time_to("first_remission")
    assert times.estimand.events["death"][0] == "competing"
    assert times.estimand.population == "81 subjects at risk"
    assert renal.time_to("death").estimand.events["death"][0] == "event"
    flares = ms.endpoints.flares(ms.load("gu2014"))
    assert "ever_responder" in flares.estimand.population
    assert "`enrolled`" in flares.count("enrolled").estimand.population
    assert "maintain2010" in renal.time_to("flare").estimand.variable
