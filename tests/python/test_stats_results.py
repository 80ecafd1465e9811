"""Trial statistics: results, errors and properties that hold for any counts."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mscsle as ms
from mscsle import _frame
from mscsle.exceptions import DataError, NotEstimableError, OptionError

METHODS = ("clopper-pearson", "wilson", "wilson-cc", "agresti-coull", "jeffreys", "mid-p", "blaker", "wald")
DIFFERENCES = ("miettinen-nurminen", "mee", "newcombe", "newcombe-cc", "agresti-caffo", "wald")
ARD = ["group1", "group1_level", "variable", "variable_level", "context", "stat_name", "stat_label", "stat", "fmt"]

counts = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.sampled_from(METHODS), st.sampled_from([0.8, 0.95, 0.99]))
def test_exchanging_events_and_non_events_mirrors_the_interval(
    xn: tuple[int, int], method: str, conf_level: float
) -> None:
    x, n = xn
    a = ms.stats.proportion(x, n, denominator_rule="enrolled", method=method, conf_level=conf_level)
    b = ms.stats.proportion(n - x, n, denominator_rule="enrolled", method=method, conf_level=conf_level)
    assert a.lower == pytest.approx(1 - b.upper, abs=1e-12) and a.upper == pytest.approx(1 - b.lower, abs=1e-12)
    assert 0 <= a.lower <= a.upper <= 1


@given(counts, st.sampled_from(["mid-p", "blaker", "jeffreys"]))
def test_these_intervals_lie_within_clopper_pearson(xn: tuple[int, int], method: str) -> None:
    exact = ms.stats.proportion(*xn, denominator_rule="enrolled")
    inner = ms.stats.proportion(*xn, denominator_rule="enrolled", method=method)
    assert exact.lower <= inner.lower + 1e-12 and inner.upper <= exact.upper + 1e-12


@given(counts, counts, st.sampled_from(DIFFERENCES))
def test_exchanging_groups_changes_the_sign(one: tuple[int, int], zero: tuple[int, int], method: str) -> None:
    a = ms.stats.two_proportions(*one, *zero, method=method)
    b = ms.stats.two_proportions(*zero, *one, method=method)
    assert a.estimate == -b.estimate
    assert a.lower == pytest.approx(-b.upper, abs=1e-9) and a.upper == pytest.approx(-b.lower, abs=1e-9)
    assert -1 <= a.lower <= a.upper <= 1


@given(st.lists(st.integers(0, 12), min_size=4, max_size=4).filter(lambda c: sum(c) > 0))
def test_fisher_does_not_mind_transposing(cells: list[int]) -> None:
    a, b, c, d = cells
    first, second = ms.stats.fisher([[a, b], [c, d]]), ms.stats.fisher([[a, c], [b, d]])
    assert first.p_value == pytest.approx(second.p_value, rel=1e-9)


@given(st.lists(st.integers(-8, 8), min_size=1, max_size=12), st.sampled_from(["wilcoxon", "pratt"]))
def test_signed_rank_p_is_that_of_all_sign_patterns(change: list[int], zeros: str) -> None:
    got = ms.stats.paired_test([0] * len(change), change, zeros=zeros)
    reversed_sign = ms.stats.paired_test(change, [0] * len(change), zeros=zeros)
    assert got.p_value == reversed_sign.p_value
    magnitudes = sorted(abs(v) for v in change if zeros == "pratt" or v != 0)
    rank = {m: np.mean([i + 1 for i, v in enumerate(magnitudes) if v == m]) for m in set(magnitudes)}
    ranks = [2 * rank[abs(v)] for v in change if v != 0]
    observed = sum(2 * rank[v] for v in change if v > 0)
    patterns = np.zeros(1)
    for r in ranks:
        patterns = np.concatenate([patterns, patterns + r])
    tails = min(np.mean(patterns <= observed), np.mean(patterns >= observed))
    assert got.p_value == pytest.approx(min(1.0, 2 * tails), abs=1e-14)


@given(st.integers(-10_000, 10_000), st.integers(1, 400), st.integers(0, 4))
def test_a_float_prints_as_its_fraction(k: int, n: int, digits: int) -> None:
    assert ms.stats.format_half_up(k / n, digits) == ms.stats.format_half_up(Fraction(k, n), digits)


@given(st.lists(st.integers(0, 20), min_size=2, max_size=30))
def test_the_numbers_of_a_real_sample_are_always_feasible(scores: list[int]) -> None:
    n, total = len(scores), sum(scores)
    mean = ms.stats.format_half_up(Fraction(total, n), 2)
    row = ms.stats.describe({"x": scores}, "x").rows[0]
    found = ms.stats.feasible_means(mean, ms.stats.format_half_up(row["sd"], 2), n=n, low=0, high=20)
    assert found.sum_of_squares is not None
    assert (total, sum(v * v for v in scores)) in set(zip(found.total, found.sum_of_squares, strict=True))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_p_values_are_ordered_by_power(p: list[float]) -> None:
    raw = np.asarray(p)
    hommel, hochberg = ms.stats.adjust_p(p, method="hommel"), ms.stats.adjust_p(p, method="hochberg")
    holm, bonferroni = ms.stats.adjust_p(p), ms.stats.adjust_p(p, method="bonferroni")
    for smaller, greater in ((raw, hommel), (hommel, hochberg), (hochberg, holm), (holm, bonferroni)):
        assert (smaller <= greater + 1e-12).all()


def test_no_event_and_all_events_reach_the_ends() -> None:
    for method in METHODS:
        none = ms.stats.proportion(0, 20, denominator_rule="enrolled", method=method)
        every = ms.stats.proportion(20, 20, denominator_rule="enrolled", method=method)
        assert (none.lower, every.upper) == (0.0, 1.0), method


def test_a_proportion_needs_its_denominator_rule() -> None:
    with pytest.raises(TypeError, match="denominator_rule"):
        ms.stats.proportion(49, 81)  # type: ignore[call-arg]
    with pytest.raises(OptionError, match="unknown denominator rule `  `; use `enrolled`"):
        ms.stats.proportion(49, 81, denominator_rule="  ")
    own = ms.stats.proportion(49, 81, denominator_rule="full analysis set")
    assert own.denominator_rule == "full analysis set" and "full analysis set" in own.title()


def test_a_bare_percentage_is_refused() -> None:
    with pytest.raises(DataError, match=r"`x` must be a count, but is 60\.5; a bare percentage has no interval"):
        ms.stats.proportion(60.5, 100, denominator_rule="enrolled")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        ms.stats.proportion("60.5 %", 100, denominator_rule="enrolled")  # type: ignore[arg-type]


def test_wrong_counts_and_words_say_what_would_be_right() -> None:
    with pytest.raises(DataError, match="`x` must be at most `n` = 49, but is 50"):
        ms.stats.proportion(50, 49, denominator_rule="enrolled")
    with pytest.raises(DataError, match="`n` must be at least 1, but is 0"):
        ms.stats.proportion(0, 0, denominator_rule="enrolled")
    with pytest.raises(DataError, match="`x` must be a count >= 0, but is -1"):
        ms.stats.proportion(-1, 5, denominator_rule="enrolled")
    with pytest.raises(OptionError, match="unknown method `cp`; use `clopper-pearson`"):
        ms.stats.proportion(1, 5, denominator_rule="enrolled", method="cp")
    with pytest.raises(DataError, match="`conf_level` must be between 0 and 1"):
        ms.stats.proportion(1, 5, denominator_rule="enrolled", conf_level=95)
    with pytest.raises(DataError, match="`person_time` must be positive"):
        ms.stats.rate(3, 0)
    with pytest.raises(DataError, match="rows of equal length"):
        ms.stats.chi_squared([[1, 2], [3]])
    with pytest.raises(DataError, match="two rows and two columns"):
        ms.stats.fisher([[1, 2, 3], [3, 4, 5]])
    with pytest.raises(NotEstimableError, match="a row or column of the table is empty"):
        ms.stats.chi_squared([[0, 2], [0, 4]])


def test_numpy_counts_are_counts() -> None:
    assert ms.stats.proportion(np.int64(49), np.int32(81), denominator_rule="enrolled").numerator == 49  # type: ignore[arg-type]


def test_printed_numbers_must_be_text_where_digits_matter() -> None:
    with pytest.raises(TypeError, match="must be text as printed"):
        ms.stats.feasible_means(13.11, "4.20", n=81, low=0, high=105)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="`mean` must be a printed decimal number"):
        ms.stats.feasible_means("13,11", n=81, low=0, high=105)
    with pytest.raises(DataError, match="`upper` must be greater than `lower`"):
        ms.stats.hr_from_ci(0.8, 0.3)
    with pytest.raises(DataError, match="`lower` must be positive"):
        ms.stats.hr_from_ci(0.0, 0.3)


def test_a_p_value_that_does_not_fit_is_said() -> None:
    hr = ms.stats.hr_from_ci(0.336, 0.794, p="<0.001")
    assert hr.consistent is False and "does not fit" in hr.verdict
    assert ms.stats.hr_from_ci("0.50", "2.00").consistent is None
    assert ms.stats.hr_from_ci("0.50", "2.00").p_value == pytest.approx(1.0)


def test_paired_tests_refuse_what_they_cannot_estimate() -> None:
    with pytest.raises(NotEstimableError, match="at least 2 complete pairs, but there is 1"):
        ms.stats.paired_test([1], [2], test="t")
    with pytest.raises(NotEstimableError, match="all changes are equal"):
        ms.stats.paired_test([1, 2], [2, 3], test="t")
    with pytest.raises(NotEstimableError, match="there is no complete pair"):
        ms.stats.paired_test([], [])
    with pytest.raises(OptionError, match="unknown test `sign`; use `t` or `wilcoxon`"):
        ms.stats.paired_test([1], [2], test="sign")
    with pytest.raises(DataError, match="`after` holds 1 missing value"):
        ms.stats.paired_test([1, 2], [2, None])
    assert ms.stats.paired_test([1, 2, 3], [2, None, 5], missing="drop").n_dropped == 1


def results() -> list[Any]:
    s = ms.stats
    return [
        s.proportion(11, 49, denominator_rule="ever_responder"),
        s.binomial_test(14, 40, p0=0.2),
        s.two_proportions(9, 12, 5, 6),
        s.fisher([[9, 3], [5, 1]]),
        s.chi_squared([[9, 3], [5, 1]]),
        s.mcnemar(8, 1),
        s.cmh([7, 4], [10, 8], [3, 2], [9, 8]),
        s.stratified_difference([7, 4], [10, 8], [3, 2], [9, 8]),
        s.barnard(9, 12, 5, 6),
        s.boschloo(9, 12, 5, 6),
        s.rate(6, 3.15),
        s.rate_ratio(6, 3.15, 2, 4.0),
        s.hr_from_ci(0.336, 0.794, p=0.003),
        s.paired_test([3, 4, 5], [1, 2, 2]),
        s.feasible_means("5.48", "2.77", n=range(75, 82), low=0, high=105),
        s.percent_counts(["18", "23"], n=78),
        s.coding_counts("4.48", "2.60", n=81, values=[9, 3, 1, 0]),
        s.describe({"x": [1.0, None], "s": ["a", "b"]}, ["x", "s"]),
        s.change_from_baseline({"usubjid": ["1", "1"], "visit": ["M0", "M3"], "x": [3, 1]}, "x"),
    ]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_every_result_is_frozen_and_gives_frames_ard_html_and_text(library: Any) -> None:
    for result in results():
        result = dataclasses.replace(result, library=library)
        with pytest.raises(dataclasses.FrozenInstanceError):
            result.method = "other"
        columns = result.columns()
        frame = result.to_frame()
        names = list(frame) if library == "numpy" else list(getattr(frame, "column_names", None) or frame.columns)
        assert names == list(columns), type(result).__name__
        ard = result.to_ard()
        ard_names = list(ard) if library == "numpy" else list(getattr(ard, "column_names", None) or ard.columns)
        assert ard_names[: len(ARD)] == ARD
        assert "<table>" in result._repr_html_() and result.title()


@pytest.mark.parametrize("result", results(), ids=lambda r: type(r).__name__)
def test_tests_carry_statistic_df_p_value_and_method(result: Any) -> None:
    if hasattr(result, "p_value"):
        assert hasattr(result, "statistic") and hasattr(result, "df")
        assert isinstance(result.method, str) and result.method
        assert result.p_value is None or 0 <= result.p_value <= 1


def test_quantiles_of_three_programs_differ_as_documented() -> None:
    x = [1, 2, 3, 4, 10]
    assert [ms.stats.quantile(x, 0.25, quantile_type=t) for t in ("sas", "spss", "r")] == [2.0, 1.5, 2.0]
    assert ms.stats.quantile([], 0.5) is None
    with pytest.raises(OptionError, match="unknown quantile type `stata`; use `sas`, `spss` or `r`"):
        ms.stats.quantile(x, 0.5, quantile_type="stata")


def test_interval_of_the_difference_without_any_event() -> None:
    d = ms.stats.two_proportions(0, 10, 0, 20)
    assert d.lower == pytest.approx(-0.1658, abs=5e-5) and d.upper == pytest.approx(0.2844, abs=5e-5)
    assert d.p_value == 1.0 and not math.isnan(d.lower)


@pytest.mark.parametrize("make", [dict, "pandas", "polars", "pyarrow"])
def test_strata_come_from_columns_of_every_library(make: Any) -> None:
    table = {"events": [7, 4], "treated": [10, 8], "control_events": [3, 2], "controls": [9, 8]}
    data = table if make is dict else _frame.native(table, make)
    got = ms.stats.cmh("events", "treated", "control_events", "controls", data=data)
    assert got.statistic == ms.stats.cmh(*table.values()).statistic


def test_strata_are_checked() -> None:
    with pytest.raises(DataError, match="columns differ in length"):
        ms.stats.cmh([1, 2], [3, 4], [1], [5, 6])
    with pytest.raises(DataError, match="`x1` must be at most `n1` = 3, but is 4"):
        ms.stats.cmh([4], [3], [1], [5])
    with pytest.raises(DataError, match="there is no stratum"):
        ms.stats.stratified_difference([], [], [], [])
    with pytest.raises(NotEstimableError, match="no stratum has two groups, events and non-events"):
        ms.stats.cmh([0], [3], [0], [5])
    with pytest.raises(DataError, match=r"`x1\[1\]` must be a count, but is 2\.5"):
        ms.stats.cmh([1, 2.5], [3, 4], [1, 1], [5, 6])


@given(counts, counts)
def test_one_stratum_is_the_unstratified_interval(one: tuple[int, int], zero: tuple[int, int]) -> None:
    plain = ms.stats.two_proportions(*one, *zero)
    stratum = ms.stats.stratified_difference(*([v] for v in (*one, *zero)))
    assert stratum.lower == pytest.approx(plain.lower, abs=1e-12)
    assert stratum.upper == pytest.approx(plain.upper, abs=1e-12)
