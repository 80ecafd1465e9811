"""The numerical rules of the survival module, one test each; rules 15 and 16 and Uno's part of 13 have files of their own.

Closed forms and properties: nothing here was computed by the package itself and pasted. Numbers against R stand beside their
estimators (tests/reference/kaplan_meier, logrank, cox and so on).
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mscsle as ms
from mscsle.exceptions import ConvergenceWarning, DataError, NotEstimableError, OptionError

# the six observations of Therneau and Grambsch, Modeling Survival Data, 2000, appendix E.1
TIME, EVENT, X = [1.0, 1, 6, 6, 8, 9], [1, 0, 1, 1, 0, 1], [1.0, 1, 1, 0, 0, 0]
RTOL_ROUNDING = 1e-11  # sums in another order
DAYS = np.random.default_rng(20261122).integers(1, 400, 60)
HAPPENED = np.random.default_rng(1).random(60) < 0.6
DOSE = np.random.default_rng(2).normal(size=60)


def fit(time: Any = TIME, event: Any = EVENT, x: Any = X, **options: Any) -> Any:
    return ms.cox(time, event=event, covariates={"x": x}, **options)


def coefficient(*args: Any, **options: Any) -> float:
    return float(fit(*args, **options).summary().log_hr[0])


def test_rule_01_times_that_differ_by_rounding_are_one_tie_group_before_every_estimator() -> None:
    one, other = DAYS / 30.4375, DAYS / 365.25 * 12
    mixed = np.where(np.arange(60) % 2 == 0, one, other)
    assert (one != other).any()
    for estimate in (
        lambda t: ms.kaplan_meier(t, event=HAPPENED).curves[0].survival,
        lambda t: ms.nelson_aalen(t, event=HAPPENED).curves[0].hazard,
        lambda t: ms.follow_up(t, event=HAPPENED).curves[0].survival,
        lambda t: ms.logrank(t, event=HAPPENED, by=DOSE > 0).statistic,
        lambda t: ms.cumulative_incidence(t, cause=np.where(HAPPENED, 1 + (DOSE > 0), 0)).curves[0].incidence,
        lambda t: coefficient(t, HAPPENED, DOSE),
        lambda t: ms.EventTable.from_rows(t, event=HAPPENED).kaplan_meier().curves[0].survival,
        lambda t: ms.bootstrap_survival(t, event=HAPPENED, of="survival", at=5.0, replicates=50).estimate,
    ):
        np.testing.assert_allclose(estimate(mixed), estimate(one), rtol=1e-9)


def test_rule_02_raw_cell_doses_and_large_offsets_fit() -> None:
    cells = 1e10 + 5e9 * np.tanh(DOSE)
    scaled = coefficient(DAYS, HAPPENED, cells / 1e9)
    assert coefficient(DAYS, HAPPENED, cells) * 1e9 == pytest.approx(scaled, rel=1e-8)
    plain = coefficient(DAYS, HAPPENED, DOSE)
    assert coefficient(DAYS, HAPPENED, DOSE, offset=np.full(60, 800.0)) == pytest.approx(plain, rel=1e-9)


def test_rule_03_an_outlier_that_leaves_the_risk_set_costs_no_digits() -> None:
    late = np.minimum(DAYS - 1, 20).astype(float)
    without = coefficient(DAYS, HAPPENED, DOSE, entry=late)
    # one more subject with a huge linear predictor, at risk over an interval without events of others
    x, offset = np.append(DOSE, 0.0), np.append(np.zeros(60), 300.0)
    time, entry = np.append(DAYS, 1000.0), np.append(late, 900.0)
    event = np.append(HAPPENED, False)
    assert coefficient(time, event, x, entry=entry, offset=offset) == pytest.approx(without, rel=1e-8)


def test_rule_04_newton_stops_by_likelihood_and_says_when_it_did_not() -> None:
    found = fit(DAYS, HAPPENED, DOSE)
    assert found.converged
    assert found.iterations <= 20
    with pytest.warns(ConvergenceWarning):
        assert not fit(DAYS, HAPPENED, DOSE * 5 + 1, max_iterations=1, tolerance=1e-15).converged


def test_rule_05_an_infinite_coefficient_is_said_so_and_gets_no_wald_interval() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fit([1, 2, 3, 4, 5, 5, 5, 5], [1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0])
    assert "infinity" in found.status["x"]
    assert np.isnan(found.summary().upper[0]) or np.isinf(found.summary().upper[0])
    assert "firth" in " ".join([*found.notes, *found.summary().note]).lower()


def test_rule_06_an_aliased_column_leaves_the_others_unchanged() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both = ms.cox(DAYS, event=HAPPENED, covariates={"x": DOSE, "again": 2 * DOSE + 1})
    assert "alias" in both.status["again"]
    assert both.summary().log_hr[0] == pytest.approx(coefficient(DAYS, HAPPENED, DOSE), rel=1e-9)


def test_rule_07_breslow_efron_and_exact_maximise_their_closed_forms() -> None:
    """Appendix E.1 prints both estimates; the likelihoods at 0 are closed. Under `exact` these data have no finite maximum."""
    # at beta = 0: risk sets 6, 4 (two events), 1
    expected = {
        "breslow": -math.log(6) - 2 * math.log(4),
        "efron": -math.log(6) - math.log(4) - math.log(3),
        "exact": -math.log(6) - math.log(6),
    }
    assert coefficient(ties="breslow") == pytest.approx(1.475285, abs=5e-7)
    assert coefficient(ties="efron") == pytest.approx(1.676857, abs=5e-7)
    for ties, value in expected.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = fit(ties=ties)
        # the null model has the likelihood at 0
        assert found.log_likelihood_null == pytest.approx(value, abs=1e-12)
        assert ties in found.method.lower()


def test_rule_08_survival_is_a_product_of_exact_counts_and_stays_zero() -> None:
    curve = ms.kaplan_meier(TIME, event=EVENT).curves[0]
    assert curve.survival.tolist() == [5 / 6, 5 / 12, 5 / 12, 0.0]
    assert curve.log_variance[1] == pytest.approx(1 / 30 + 2 / (4 * 2), rel=1e-15)
    assert np.isnan([curve.lower[3], curve.upper[3], curve.std_error[3]]).all()
    assert ms.kaplan_meier(TIME, event=EVENT).at(1000).survival[0] == 0.0
    early = ms.kaplan_meier(TIME, event=EVENT).at(0.5)
    assert (early.lower[0], early.upper[0]) == (1.0, 1.0)
    for conf_type in ("plain", "log", "log-log", "logit", "arcsine"):
        found = ms.kaplan_meier(TIME, event=EVENT, conf_type=conf_type).curves[0]
        assert (found.upper[:3] <= 1).all() and (found.lower[:3] >= 0).all()


def test_rule_09_survival_of_exactly_one_half_gives_the_midpoint() -> None:
    assert ms.kaplan_meier([1, 2, 3, 4], event=[1, 1, 1, 1]).median == 2.5
    assert ms.kaplan_meier([1, 2, 3, 4], event=[1, 1, 0, 0]).median == 3.0
    # 2/3 * 3/4 is 0.5 but for the last bits in some orders of multiplication
    assert ms.kaplan_meier([1, 1, 2, 3, 4, 5], event=[1, 1, 1, 1, 0, 0]).quantile(0.5).estimate[0] == 2.5
    assert ms.kaplan_meier([1, 2, 3], event=[1, 0, 0]).median is None


def test_rule_10_risk_sets_are_open_at_entry_and_closed_at_the_end() -> None:
    # who enters at 2 is not at risk at 2; who is censored at 2 is
    curve = ms.kaplan_meier([2, 2, 5], event=[1, 0, 1], entry=[0, 0, 2]).curves[0]
    assert curve.n_risk.tolist() == [2.0, 1.0]
    # R survival: the risk set empties, S is 0 and stays 0 although others enter later
    emptied = ms.kaplan_meier([2, 3, 7, 9], event=[1, 1, 0, 1], entry=[0, 0, 4, 4]).curves[0]
    assert emptied.survival.tolist() == [0.5, 0.0, 0.0, 0.0]
    with pytest.raises(DataError, match="row 1 enters"):
        ms.kaplan_meier([2, 3], event=[1, 1], entry=[0, 3])


def test_rule_11_doubled_rows_are_weight_two_and_negative_weights_are_refused() -> None:
    twice = np.repeat(np.arange(60), 2)
    weights = np.full(60, 2)
    a = ms.kaplan_meier(DAYS, event=HAPPENED, weights=weights, weight_kind="frequency").curves[0]
    b = ms.kaplan_meier(DAYS[twice], event=HAPPENED[twice]).curves[0]
    assert a.survival.tolist() == b.survival.tolist() and a.std_error[:-1].tolist() == b.std_error[:-1].tolist()
    c = ms.nelson_aalen(DAYS, event=HAPPENED, weights=weights, weight_kind="frequency").curves[0]
    assert c.hazard.tolist() == ms.nelson_aalen(DAYS[twice], event=HAPPENED[twice]).curves[0].hazard.tolist()
    d = ms.logrank(DAYS, event=HAPPENED, by=DOSE > 0, weights=weights)
    assert d.statistic == ms.logrank(DAYS[twice], event=HAPPENED[twice], by=DOSE[twice] > 0).statistic
    assert ms.kaplan_meier([1, 2], event=[1, 0], weights=[0, 1], weight_kind="frequency").n == 1
    fractional = ms.kaplan_meier(DAYS, event=HAPPENED, weights=np.full(60, 0.5), weight_kind="sampling")
    assert fractional.variance == "infinitesimal jackknife"
    with pytest.raises(DataError, match="must be >= 0, but row 1 is -1"):
        ms.kaplan_meier([1, 2], event=[1, 0], weights=[1, -1], weight_kind="sampling")


def test_rule_12_log_rank_weights_use_survival_before_the_time_and_strata_add_up() -> None:
    by = DOSE > 0
    one = ms.logrank(DAYS, event=HAPPENED, by=by)
    strata_of_one = ms.logrank(DAYS, event=HAPPENED, by=by, strata=np.zeros(60, dtype=int))
    assert strata_of_one.statistic == pytest.approx(one.statistic, rel=RTOL_ROUNDING)
    parts = [ms.logrank(DAYS[s], event=HAPPENED[s], by=by[s]) for s in (np.arange(60) < 30, np.arange(60) >= 30)]
    both = ms.logrank(DAYS, event=HAPPENED, by=by, strata=np.arange(60) < 30)
    np.testing.assert_allclose(both.score, parts[0].score + parts[1].score, rtol=RTOL_ROUNDING)
    np.testing.assert_allclose(both.variance, parts[0].variance + parts[1].variance, rtol=RTOL_ROUNDING)
    swapped = ms.logrank(DAYS, event=HAPPENED, by=~by)
    assert swapped.statistic == pytest.approx(one.statistic, rel=RTOL_ROUNDING)
    # S(t-) is 1 at the first event, so the weight of rho = 1 there is 1: two rows, by hand
    first = ms.logrank([1, 2], event=[1, 0], by=["a", "b"], test="fleming-harrington", rho=1)
    assert first.score.tolist() == [0.5, -0.5]
    # a group that ends before the first event expects none: it takes no degree of freedom
    early = ms.logrank([1, 2, 3, 4, 5], event=[0, 1, 1, 1, 1], by=["c", "a", "b", "a", "b"])
    assert early.df == 1
    permuted = ms.logrank(DAYS, event=HAPPENED, by=by, method="permutation", permutations=99)
    assert (permuted.p_value * 100) == pytest.approx(round(permuted.p_value * 100), abs=1e-9)


def test_rule_13_events_come_before_censorings_of_the_censoring_distribution() -> None:
    """Without delayed entry S(t) G(t) is the share with a longer time, ties or not."""
    km, g = ms.kaplan_meier(DAYS, event=HAPPENED), ms.follow_up(DAYS, event=HAPPENED)
    times = np.unique(DAYS).astype(float)
    share = np.array([(t < DAYS).mean() for t in times])
    product = km.at(times, extend=True).survival * g.at(times, extend=True).survival
    np.testing.assert_allclose(product, share, rtol=RTOL_ROUNDING, atol=1e-15)
    # Harrell's concordance: tied scores count half; all pairs by hand
    x, time, event = np.array([2, 3, 1, 1, 2, 1]), np.array([1, 2, 3, 4, 5, 6]), np.array([1, 1, 0, 1, 1, 0])
    found = fit(time, event, x)
    score = x * np.sign(found.summary().log_hr[0])
    pairs = [(i, j) for i in range(6) for j in range(6) if event[i] and time[i] < time[j]]
    won = sum(1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0 for i, j in pairs)
    assert found.concordance().concordance == pytest.approx(won / len(pairs), rel=1e-14)


def test_rule_14_the_test_of_proportional_hazards_has_four_transforms_and_a_global_line() -> None:
    found = ms.cox(DAYS, event=HAPPENED, covariates={"x": DOSE, "z": np.sin(DOSE * 3)})
    for transform in ("km", "rank", "identity", "log"):
        columns = found.ph_test(transform=transform).columns()
        assert len(next(iter(columns.values()))) == 3
    scaled = fit(DAYS * 2.0, HAPPENED, DOSE).ph_test(transform="identity").columns()
    plain = fit(DAYS, HAPPENED, DOSE).ph_test(transform="identity").columns()
    for name, values in plain.items():
        if np.asarray(values).dtype.kind == "f":
            np.testing.assert_allclose(scaled[name], values, rtol=1e-8)


def test_rule_17_firth_is_finite_under_separation_with_profile_limits() -> None:
    """Two subjects, the one with x = 1 has the event: l*(b) = b - ln(1 + e^b) + ln(p(1 - p))/2 has its maximum at ln 3."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fit([1, 2], [1, 0], [1, 0], penalty="firth")
    assert found.summary().log_hr[0] == pytest.approx(math.log(3), rel=1e-6)
    assert "profile" in found.summary().method[0]


def test_rule_18_the_restricted_mean_names_tau_and_is_refused_beyond_it() -> None:
    mean = ms.rmst([1, 2, 4, 7], event=[1, 1, 1, 1], tau=5)
    assert mean.estimate[0] == pytest.approx((1 + 2 + 4 + 5) / 4, rel=1e-15)
    with pytest.raises(NotEstimableError, match="beyond the last observed time 3"):
        ms.rmst([1, 3], event=[1, 0], tau=4)
    arms = ms.rmst([1, 2, 4, 7, 3, 5, 6, 7], event=[1] * 8, by=["a"] * 4 + ["b"] * 4, tau=5)
    assert arms.contrasts.contrast == ["difference", "ratio"]
    assert ms.milestones([1, 2, 3, 4], event=[1, 1, 1, 1], by=["a", "b"] * 2, at=2).contrasts.estimate[0] == 0.0
    assert ms.landmark([1, 2, 3, 4], event=[1, 1, 1, 1], at=2).n_used.tolist() == [2]


def test_rule_19_missing_values_are_named_and_dropped_only_when_asked() -> None:
    data = pd.DataFrame({"t": [1.0, None, 3.0, None], "e": [1, 1, 0, 1], "arm": ["a", "b", "a", "b"]})
    for call in (
        lambda **o: ms.kaplan_meier("t", event="e", data=data, **o),
        lambda **o: ms.nelson_aalen("t", event="e", data=data, **o),
        lambda **o: ms.follow_up("t", event="e", data=data, **o),
        lambda **o: ms.EventTable.from_rows("t", event="e", data=data, **o),
        lambda **o: ms.bootstrap_survival("t", event="e", data=data, replicates=10, **o),
    ):
        with pytest.raises(DataError, match=r"column `t` holds 2 missing values \(first in row 1\)"):
            call()
        assert call(missing="drop").n_dropped == 2


def test_rule_20_presets_name_what_they_chose_and_codings_are_never_guessed() -> None:
    assert (
        ms.kaplan_meier(TIME, event=EVENT, like="r").conf_type,
        fit(like="sas").method.lower().count("breslow"),
    ) == (
        "log",
        1,
    )
    cnsr = [1 - e for e in EVENT]
    same = ms.kaplan_meier(TIME, cnsr=cnsr).curves[0].survival.tolist()
    assert same == ms.kaplan_meier(TIME, event=EVENT).curves[0].survival.tolist()
    with pytest.raises(TypeError, match="neither is guessed"):
        ms.kaplan_meier(TIME)
    with pytest.raises(DataError):
        ms.kaplan_meier(TIME, event=[1, 2, 1, 1, 2, 1])
    with pytest.raises(DataError, match="SAS zero"):
        ms.kaplan_meier([5.397605e-79, 2.0], event=[1, 1])
    with pytest.raises(OptionError, match="unknown like"):
        ms.kaplan_meier(TIME, event=EVENT, like="spss")  # type: ignore[arg-type]


@pytest.mark.parametrize("factor", [0.001, 7.0])
def test_order_of_rows_and_unit_of_time_change_nothing_but_the_unit(factor: float) -> None:
    order = np.random.default_rng(3).permutation(60)
    for estimate, power in (
        (lambda t, e, x: ms.kaplan_meier(t, event=e).quantile(0.5).estimate[0], 1),
        (lambda t, e, x: ms.kaplan_meier(t, event=e).band().critical_value["all"], 0),
        (lambda t, e, x: ms.nelson_aalen(t, event=e).curves[0].hazard[-1], 0),
        (lambda t, e, x: ms.follow_up(t, event=e).median, 1),
        (lambda t, e, x: ms.logrank(t, event=e, by=x > 0).statistic, 0),
        (lambda t, e, x: ms.trend_test(t, event=e, by=np.digitize(x, [-1, 1])).z, 0),
        (lambda t, e, x: ms.max_combo(t, event=e, by=x > 0).p_value, 0),
        (lambda t, e, x: ms.rmst(t, event=e, tau=float(np.max(t)) / 2).estimate[0], 1),
        (lambda t, e, x: coefficient(t, e, x), 0),
    ):
        days = DAYS.astype(float) * 100
        plain = estimate(days, HAPPENED, DOSE)
        assert estimate(days[order], HAPPENED[order], DOSE[order]) == pytest.approx(plain, rel=1e-9)
        assert estimate(days * factor, HAPPENED, DOSE) == pytest.approx(plain * factor**power, rel=1e-9)
