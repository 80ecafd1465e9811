"""Verdicts of published against computed figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mscsle.report.facts import Fact, Facts
from mscsle.report.plan import PublishedFigure
from mscsle.report.plan_reader import parse_plan
from mscsle.report.published import VERDICTS, Comparison, compare

PLAN = parse_plan(
    'format = 1\nid = "p"\ntitle = "t"\nvisits = [{label = "M0", month = 0}, {label = "M6", month = 6}]\nanalyses = [{kind = "survival"}]\n'
)


def facts() -> Facts:
    out = Facts()
    for rule, n in (("enrolled", 81), ("alive_at_visit", 77)):
        out.add(Fact("response/CR+PR/M6", "remission", "response", 35, rule, numerator=35, denominator=n))
    out.add(Fact("flares/flare", "flares", "flares", 11, "ever_responder", numerator=11, denominator=49))
    out.add(Fact("sledai/M0", "SLEDAI", "sledai", 1062 / 81, sd=4.2, n=81))
    out.add(Fact("cox/age/p", "age", "cox", 0.4))
    return out


def verdict(**keys: object) -> Comparison:
    figure = PublishedFigure(**{"id": "f", "report": "p", "quantity": "q", "printed": "?", "kind": "count", **keys})  # type: ignore[arg-type]
    return compare(replace(PLAN, published=(figure,)), facts(), {"letters": "no table `bilag`"}).rows[0]


def test_the_claimed_denominator_agrees() -> None:
    row = verdict(kind="percent", value=43, digits=0, denominator_rule="enrolled", computed_by="response/CR+PR/M6")
    assert (row.verdict, row.denominator, row.note) == ("agrees", 81, "")


def test_another_denominator_is_found_and_said() -> None:
    row = verdict(kind="percent", value=45, digits=0, denominator_rule="enrolled", computed_by="response/CR+PR/M6")
    assert row.verdict == "agrees under another denominator"
    assert (row.numerator, row.denominator, row.denominator_rule) == (35, 77, "alive_at_visit")
    assert "45 % (35/77)" in row.note and "43 % (35/81)" in row.note


def test_a_figure_nobody_can_reach_differs_and_says_what_was_computed() -> None:
    row = verdict(kind="percent", value=60, digits=0, denominator_rule="enrolled", computed_by="response/CR+PR/M6")
    assert row.verdict == "differs"
    assert "43 % (35/81)" in row.note


def test_a_contradiction_is_shown_not_blended() -> None:
    row = verdict(kind="count", value=7, computed_by="flares/flare", contradicts="r: 7")
    assert row.verdict == "contradicts another report"
    assert "Against r: 7." in row.note


def test_a_mean_and_its_sd_must_both_print_the_same() -> None:
    keys = {"kind": "mean_sd", "value": 13.11, "digits": 2, "computed_by": "sledai/M0"}
    assert verdict(sd=4.20, **keys).verdict == "agrees"
    assert verdict(sd=4.21, **keys).verdict == "differs"


def test_no_association_is_a_p_above() -> None:
    assert verdict(kind="above", value=0.05, computed_by="cox/age/p").computed == "p = 0.400"
    assert verdict(kind="above", value=0.05, computed_by="cox/age/p").verdict == "agrees"


@pytest.mark.parametrize(("key", "why"), [("letters/M0/A", "no table `bilag`"), ("flares/flair", "near: flares/flare")])
def test_what_was_not_computed_cannot_be_known(key: str, why: str) -> None:
    row = verdict(kind="count", value=1, computed_by=key)
    assert row.verdict == "cannot be known"
    assert why.lower() in row.note.lower()


def test_statements_are_never_computed() -> None:
    assert verdict(kind="statement", note="open").verdict == "cannot be known"
    assert verdict(kind="statement", note="open", contradicts="x").verdict == "contradicts another report"


def test_every_verdict_is_in_the_list() -> None:
    assert set(VERDICTS) == {
        "agrees",
        "agrees under another denominator",
        "contradicts another report",
        "differs",
        "cannot be known",
    }
