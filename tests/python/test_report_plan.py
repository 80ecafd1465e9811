"""Plans are checked whole: a wrong key, word or kind is refused with its place and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

import mscsle as ms
from mscsle.exceptions import DataError, OptionError
from mscsle.report.plan import Plan
from mscsle.report.plan_reader import embedded_plan, embedded_plans, parse_plan, read_plan

SMALL = """
format = 1
id = "mine"
title = "My study"
visits = [{label = "M0", month = 0}, {label = "M6", month = 6}]
analyses = [{kind = "survival"}]
"""


def plan(extra: str = "", base: str = SMALL) -> Plan:
    return parse_plan(base + extra, name="mine.toml")


def test_a_small_plan_takes_the_documented_defaults() -> None:
    p = plan()
    assert (p.clock, p.unit, p.horizon, p.level, p.ties, p.survival_interval) == (
        "actual", "months", 6.0, 0.95, "efron", "log-log",
    )  # fmt: skip
    assert p.published == ()
    assert [v.name for v in p.visits] == ["Baseline", "6 months"]


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(DataError, match=r"`denominator` is not a key of a plan; did you mean `denominators`"):
        plan('denominator = ["enrolled"]')


def test_an_unknown_key_inside_an_analysis_names_its_place() -> None:
    with pytest.raises(DataError, match=r"`analyses\[0\]\.time` is not a key of a plan; did you mean `times`"):
        plan(base=SMALL.replace('kind = "survival"', 'kind = "survival", time = [3]'))


def test_an_unknown_kind_lists_the_nearest() -> None:
    with pytest.raises(OptionError, match=r"unknown word `survivel`; did you mean `survival`"):
        plan(base=SMALL.replace('"survival"', '"survivel"'))


def test_an_unknown_denominator_rule_is_refused() -> None:
    with pytest.raises(OptionError, match=r"`denominators\[0\]`: unknown word `alive`"):
        plan('denominators = ["alive"]')


def test_a_missing_key_is_named() -> None:
    with pytest.raises(DataError, match=r"`title` is missing; give a text"):
        plan(base=SMALL.replace('title = "My study"\n', ""))


def test_a_wrong_type_names_the_value() -> None:
    with pytest.raises(DataError, match=r"`visits\[1\]\.month` must be a number, but is 'six'"):
        plan(base=SMALL.replace("month = 6", 'month = "six"'))


def test_broken_toml_says_where() -> None:
    with pytest.raises(DataError, match=r"`mine.toml` is not valid TOML"):
        plan(base="format = ")


def test_a_later_format_is_refused() -> None:
    with pytest.raises(DataError, match=r"`format` is 2; this version reads format 1"):
        plan(base=SMALL.replace("format = 1", "format = 2"))


def test_a_visit_of_an_analysis_must_be_in_the_plan() -> None:
    text = SMALL.replace('{kind = "survival"}', '{kind = "change", measure = "sledai", visits = ["M9"]}')
    with pytest.raises(OptionError, match=r"unknown word `M9`"):
        plan(base=text)


def test_two_analyses_need_two_ids() -> None:
    with pytest.raises(DataError, match=r"`survival` appears twice"):
        plan(base=SMALL.replace('[{kind = "survival"}]', '[{kind = "survival"}, {kind = "survival"}]'))


def test_an_unknown_transform_is_refused() -> None:
    text = SMALL.replace('{kind = "survival"}', '{kind = "cox", covariates = [{name = "age", transform = "log"}]}')
    with pytest.raises(OptionError, match=r"covariates\[0\]\.transform`: unknown word `log`"):
        plan(base=text)


@pytest.mark.parametrize(
    ("key", "given", "nearest"),
    [("response", "ginzler205", "ginzler2005"), ("flare", "maintain2011", "maintain2010")],
)
def test_an_unknown_definition_is_refused_with_the_nearest(key: str, given: str, nearest: str) -> None:
    with pytest.raises(OptionError, match=rf"`{key}\.definition`: unknown word `{given}`; did you mean `{nearest}`"):
        plan(f'[{key}]\ndefinition = "{given}"\n')


def test_a_definition_of_the_other_kind_is_refused() -> None:
    with pytest.raises(OptionError, match=r"`response\.definition`: unknown word `maintain2010`"):
        plan('[response]\ndefinition = "maintain2010"\n')


@pytest.mark.parametrize(("by", "nearest"), [("armm", "arm"), ("sourcee", "source")])
def test_survival_by_an_unknown_column_names_the_nearest(by: str, nearest: str) -> None:
    analyses = f'[{{kind = "survival", by = "{by}"}}]'
    p = plan(base=SMALL.replace('[{kind = "survival"}]', analyses))
    report = ms.run(p, data=ms.load("gu2014", library="numpy"))
    assert f"`{by}`" in report.skipped["survival"] and f"did you mean `{nearest}`" in report.skipped["survival"]


def test_a_plan_without_a_cohort_asks_for_data_in_both_ways() -> None:
    with pytest.raises(DataError, match=r"give `data=`.*`--data FOLDER`"):
        ms.run(plan())


def test_a_published_proportion_needs_its_numerator() -> None:
    figure = '[[published]]\nid = "x"\nquantity = "q"\nprinted = "1"\nkind = "proportion"\ncomputed_by = "y"\n'
    with pytest.raises(DataError, match=r"`published\[0\]\.numerator` is missing"):
        plan(figure)


def test_a_statement_without_a_note_is_refused() -> None:
    with pytest.raises(DataError, match="needs a sentence why"):
        plan('[[published]]\nid = "x"\nquantity = "q"\nprinted = "1"\nkind = "statement"\n')


def test_the_level_lies_between_zero_and_one() -> None:
    with pytest.raises(DataError, match="between 0 and 1, but is 95"):
        plan("[confidence]\nlevel = 95\n")


def test_a_missing_file_is_a_file_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere.toml"):
        read_plan(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("identity", embedded_plans())
def test_embedded_plans_are_valid_and_carry_their_figures(identity: str) -> None:
    p = parse_plan(embedded_plan(identity), name=identity)
    assert p.id == identity
    assert len(p.published) >= 10
    assert p.estimand is not None
    assert p.synthetic
    for figure in p.published:
        assert figure.printed
        assert figure.report in p.reports


def test_gu2014_shows_the_abstract_of_the_same_cohort() -> None:
    figures = {f.id: f for f in parse_plan(embedded_plan("gu2014")).published}
    assert figures["ever-response"].printed == "60.5 % (49/81)"
    assert figures["sun-remission-6"].report == "sun2012ln"
    assert (figures["sun-flare"].denominator, figures["flare-of-responders"].denominator) == (81, 49)
