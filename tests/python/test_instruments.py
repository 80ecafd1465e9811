"""The catalogue of the instruments agrees with what scores and with what its reasons say."""

from __future__ import annotations

import pytest

import mscsle as ms
from mscsle import _core
from mscsle._cli_score import INSTRUMENTS
from mscsle.exceptions import OptionError
from mscsle.score import _instrument_data as data

CATALOGUE = list(ms.score.instruments())


@pytest.mark.parametrize("instrument", CATALOGUE, ids=lambda i: i.id)
def test_every_entry_is_complete(instrument: ms.score.Instrument) -> None:
    assert instrument.references and instrument.rules and instrument.range and instrument.version
    assert {rule.confidence for rule in instrument.rules} <= {"H", "M", "L"}
    assert len({rule.id for rule in instrument.rules}) == len(instrument.rules)
    name = instrument.call.removeprefix("ms.score.").split("(")[0]
    assert callable(getattr(ms.score, name))
    for reference in instrument.references:
        assert not reference.doi or reference.doi.startswith("10.")
    columns = instrument.columns()
    assert len(columns["rule"]) == len(instrument.rules)
    assert instrument.title().startswith(instrument.name)


def test_catalogue_and_command_line_name_the_same_instruments() -> None:
    ids = set(ms.score.instruments().ids)
    assert ids - {"bilag-flare"} == set(INSTRUMENTS) - {"sledai-labs", "prednisone"}
    assert len(ms.score.instruments()) == len(ids)


def test_items_are_the_columns_of_the_scores() -> None:
    assert len(ms.score.instrument("bilag2004").items) == 97
    assert list(ms.score.instrument("sledai").items) == [i for i, _, _ in _core.sledai_items()]
    assert len(ms.score.instrument("sdi").items) == 41


def test_marks_are_those_of_the_reasons() -> None:
    """The confidence of each BILAG-2004 system in the catalogue is the one its reasons carry."""
    items: dict[str, list[object]] = {
        item: [None] if kind == "value" else [0] for _, item, _, kind, _ in _core.bilag2004_items()
    }
    worst = {
        "pyrexia",
        "skin_eruption_severe",
        "psychosis",
        "myositis_severe",
        "arrhythmia",
        "lupus_hepatitis",
        "scleritis_severe",
    }
    items |= {item: [4] for item in worst} | {"white_cells": [0.7], "active_urinary_sediment": [1]}
    grades = ms.score.bilag2004(items | {"usubjid": ["1"], "date": ["2010-01-01"]}, missing="absent")
    marks = {rule.id: rule.confidence for rule in ms.score.instrument("bilag2004").rules}
    seen = set()
    for step in grades.why(row=0).trail:
        rule = step.rule.removeprefix("bilag-2004.")
        if rule in marks:
            assert marks[rule] == step.confidence, rule
            seen.add(rule)
    assert len(seen) >= 8


def test_an_unknown_instrument_is_named_with_the_nearest() -> None:
    with pytest.raises(OptionError, match="unknown instrument `sledia`; did you mean `sledai`"):
        ms.score.instrument("sledia")


def test_every_reference_is_used() -> None:
    used = {key for entry in data.INSTRUMENTS for key in entry["references"]}
    assert used | {"hay1993"} == set(data.REFERENCES)
