//! Trial statistics: words and numbers in, one core call, a dict out.

use crate::error;
use mscsle_stats as stats;
use numpy::{PyArray1, PyReadonlyArray1, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::str::FromStr;

/// A dict of named values.
macro_rules! record {
    ($py:expr, { $($name:literal: $value:expr),+ $(,)? }) => {{
        let out = PyDict::new($py);
        $(out.set_item($name, $value)?;)+
        Ok(out)
    }};
}

type Record<'py> = PyResult<Bound<'py, PyDict>>;

fn word<T: FromStr<Err = stats::StatsError>>(text: &str) -> PyResult<T> {
    text.parse().map_err(|e: stats::StatsError| error::stats(&e))
}

fn printed(name: &'static str, text: &str) -> PyResult<stats::Printed> {
    stats::Printed::parse(name, text).map_err(|e| error::stats(&e))
}

/// A number with `digits` decimals, half away from zero on the decimal it stands for.
#[pyfunction]
pub(crate) fn format_half_up(value: f64, digits: u32) -> String {
    stats::format_half_up(value, digits)
}

/// A fraction with `digits` decimals, half away from zero, exactly.
#[pyfunction]
pub(crate) fn format_ratio(numerator: i64, denominator: i64, digits: u32) -> PyResult<String> {
    stats::format_ratio(numerator, denominator, digits).map_err(|e| error::stats(&e))
}

/// n, missing, mean, SD and quantiles of a column; NaN is missing.
#[pyfunction]
pub(crate) fn describe<'py>(py: Python<'py>, values: PyReadonlyArray1<'py, f64>, quantile_type: &str) -> Record<'py> {
    let (values, kind) = (values.as_slice()?, word(quantile_type)?);
    let s = py.detach(|| stats::describe(values, kind)).map_err(|e| error::stats(&e))?;
    record!(py, {
        "n": s.n, "n_missing": s.n_missing, "mean": s.mean, "sd": s.sd, "minimum": s.minimum, "q1": s.q1,
        "median": s.median, "q3": s.q3, "maximum": s.maximum,
    })
}

/// A sample quantile; None without values.
#[pyfunction]
pub(crate) fn quantile(values: PyReadonlyArray1<'_, f64>, p: f64, quantile_type: &str) -> PyResult<Option<f64>> {
    stats::quantile(values.as_slice()?, p, word(quantile_type)?).map_err(|e| error::stats(&e))
}

/// Standardised mean difference; None when both spreads are 0.
#[pyfunction]
pub(crate) fn standardized_mean_difference(mean1: f64, sd1: f64, mean0: f64, sd0: f64) -> Option<f64> {
    stats::standardized_mean_difference(mean1, sd1, mean0, sd0)
}

/// Standardised difference of two proportions; None when neither varies.
#[pyfunction]
pub(crate) fn standardized_proportion_difference(x1: u64, n1: u64, x0: u64, n0: u64) -> PyResult<Option<f64>> {
    stats::standardized_proportion_difference(x1, n1, x0, n0).map_err(|e| error::stats(&e))
}

/// One proportion: estimate, limits, the word of its denominator rule.
#[pyfunction]
pub(crate) fn proportion<'py>(
    py: Python<'py>,
    x: u64,
    n: u64,
    denominator_rule: &str,
    method: &str,
    conf_level: f64,
) -> Record<'py> {
    let rule = stats::DenominatorRule::parse(denominator_rule).map_err(|e| error::stats(&e))?;
    let r = stats::proportion(x, n, rule, word(method)?, conf_level).map_err(|e| error::stats(&e))?;
    record!(py, {
        "estimate": r.estimate, "lower": r.lower, "upper": r.upper, "denominator_rule": r.denominator_rule.word(),
    })
}

/// p-value of the exact binomial test.
#[pyfunction]
pub(crate) fn binomial_test(x: u64, n: u64, p0: f64, alternative: &str, two_sided: &str) -> PyResult<f64> {
    let test = stats::binomial_test(x, n, p0, word(alternative)?, word(two_sided)?).map_err(|e| error::stats(&e))?;
    Ok(test.p_value)
}

/// Difference of two proportions.
#[pyfunction]
pub(crate) fn risk_difference<'py>(
    py: Python<'py>,
    x1: u64,
    n1: u64,
    x0: u64,
    n0: u64,
    method: &str,
    conf_level: f64,
) -> Record<'py> {
    let r = stats::risk_difference(x1, n1, x0, n0, word(method)?, conf_level).map_err(|e| error::stats(&e))?;
    record!(py, {
        "estimate": r.estimate, "lower": r.lower, "upper": r.upper, "statistic": r.statistic, "p_value": r.p_value,
    })
}

/// Fisher's exact test of a 2x2 table.
#[pyfunction]
pub(crate) fn fisher_exact<'py>(
    py: Python<'py>,
    table: [[u64; 2]; 2],
    alternative: &str,
    conf_level: f64,
) -> Record<'py> {
    let alternative = word(alternative)?;
    let r = py.detach(|| stats::fisher_exact(table, alternative, conf_level)).map_err(|e| error::stats(&e))?;
    record!(py, { "p_value": r.p_value, "odds_ratio": r.odds_ratio, "lower": r.lower, "upper": r.upper })
}

/// Pearson's chi-squared test of a table.
#[pyfunction]
pub(crate) fn chi_squared_test(py: Python<'_>, table: Vec<Vec<u64>>, continuity_correction: bool) -> Record<'_> {
    let r = stats::chi_squared_test(&table, continuity_correction).map_err(|e| error::stats(&e))?;
    record!(py, {
        "statistic": r.statistic, "df": r.df, "p_value": r.p_value,
        "continuity_correction": r.continuity_correction, "smallest_expected": r.smallest_expected,
    })
}

/// McNemar's test from the discordant counts.
#[pyfunction]
pub(crate) fn mcnemar<'py>(py: Python<'py>, b: u64, c: u64, method: &str) -> Record<'py> {
    let r = stats::mcnemar(b, c, word(method)?).map_err(|e| error::stats(&e))?;
    record!(py, { "statistic": r.statistic, "df": r.df, "p_value": r.p_value })
}

/// Events per person-time.
#[pyfunction]
pub(crate) fn rate<'py>(py: Python<'py>, events: u64, person_time: f64, method: &str, conf_level: f64) -> Record<'py> {
    let r = stats::rate(events, person_time, word(method)?, conf_level).map_err(|e| error::stats(&e))?;
    record!(py, { "estimate": r.estimate, "lower": r.lower, "upper": r.upper })
}

/// Ratio of two rates.
#[pyfunction]
pub(crate) fn rate_ratio(
    py: Python<'_>,
    events1: u64,
    person_time1: f64,
    events0: u64,
    person_time0: f64,
    conf_level: f64,
) -> Record<'_> {
    let r =
        stats::rate_ratio(events1, person_time1, events0, person_time0, conf_level).map_err(|e| error::stats(&e))?;
    record!(py, { "estimate": r.estimate, "lower": r.lower, "upper": r.upper, "p_value": r.p_value })
}

/// The hazard ratio behind a printed interval.
#[pyfunction]
pub(crate) fn hr_from_ci<'py>(
    py: Python<'py>,
    lower: &str,
    upper: &str,
    p: Option<&str>,
    conf_level: f64,
    events: Option<u64>,
) -> Record<'py> {
    let p = p.map(stats::PrintedP::parse).transpose().map_err(|e| error::stats(&e))?;
    let r = stats::hr_from_ci(printed("lower", lower)?, printed("upper", upper)?, p, conf_level, events)
        .map_err(|e| error::stats(&e))?;
    record!(py, {
        "hazard_ratio": r.hazard_ratio, "hazard_ratio_range": r.hazard_ratio_range,
        "log_hazard_ratio": r.log_hazard_ratio, "standard_error": r.standard_error,
        "standard_error_range": r.standard_error_range, "statistic": r.statistic, "p_value": r.p_value,
        "p_value_range": r.p_value_range, "lower": r.lower.to_string(), "upper": r.upper.to_string(),
        "printed_p": r.printed_p.map(|p| p.to_string()), "consistent": r.consistent,
        "two_groups_possible": r.two_groups_possible, "verdict": r.verdict,
    })
}

/// Paired t test of changes.
#[pyfunction]
pub(crate) fn paired_t<'py>(
    py: Python<'py>,
    change: PyReadonlyArray1<'py, f64>,
    alternative: &str,
    conf_level: f64,
) -> Record<'py> {
    let (change, alternative) = (change.as_slice()?, word(alternative)?);
    let r = py.detach(|| stats::paired_t(change, alternative, conf_level)).map_err(|e| error::stats(&e))?;
    record!(py, {
        "n": r.n, "estimate": r.mean_change, "sd": r.sd_change, "standard_error": r.standard_error, "lower": r.lower,
        "upper": r.upper, "statistic": r.statistic, "df": r.df, "p_value": r.p_value,
    })
}

/// Wilcoxon's signed rank test of changes.
#[pyfunction]
pub(crate) fn signed_rank<'py>(
    py: Python<'py>,
    change: PyReadonlyArray1<'py, f64>,
    zeros: &str,
    distribution: &str,
    alternative: &str,
    conf_level: f64,
) -> Record<'py> {
    let options = stats::SignedRankOptions {
        zeros: word(zeros)?,
        distribution: word(distribution)?,
        alternative: word(alternative)?,
        conf_level,
    };
    let change = change.as_slice()?;
    let r = py.detach(|| stats::signed_rank(change, &options)).map_err(|e| error::stats(&e))?;
    record!(py, {
        "n": r.n, "n_nonzero": r.n_nonzero, "n_zero": r.n_zero, "ties": r.ties, "statistic": r.statistic,
        "negative_rank_sum": r.negative_rank_sum, "z": r.z, "p_value": r.p_value,
        "distribution": r.distribution.word(), "estimate": r.estimate, "lower": r.lower, "upper": r.upper,
        "conf_level_attained": r.conf_level_attained,
    })
}

/// p-values adjusted for several tests.
#[pyfunction]
pub(crate) fn adjust_p<'py>(
    py: Python<'py>,
    p: PyReadonlyArray1<'py, f64>,
    method: &str,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let adjusted = stats::adjust_p(p.as_slice()?, word(method)?).map_err(|e| error::stats(&e))?;
    Ok(adjusted.to_pyarray(py))
}

/// Sums whose mean prints as given.
#[pyfunction]
pub(crate) fn feasible_sums(mean: &str, n: u64, low: i64, high: i64, rounding: &str) -> PyResult<Vec<i64>> {
    stats::feasible_sums(printed("mean", mean)?, n, low, high, word(rounding)?).map_err(|e| error::stats(&e))
}

/// Pairs (sum, sum of squares) whose mean and SD print as given.
#[pyfunction]
pub(crate) fn feasible_pairs(
    py: Python<'_>,
    mean: &str,
    sd: &str,
    n: u64,
    low: i64,
    high: i64,
    rounding: &str,
) -> PyResult<Vec<(i64, i64)>> {
    let (mean, sd, rounding) = (printed("mean", mean)?, printed("sd", sd)?, word(rounding)?);
    let pairs = py.detach(|| stats::feasible(mean, sd, n, low, high, rounding)).map_err(|e| error::stats(&e))?;
    Ok(pairs.into_iter().map(|p| (p.sum, p.sum_of_squares)).collect())
}

/// Tuples of counts whose percentages print as given.
#[pyfunction]
pub(crate) fn percent_counts(
    py: Python<'_>,
    parts: Vec<String>,
    total: Option<&str>,
    n: u64,
    rounding: &str,
) -> PyResult<Vec<Vec<u64>>> {
    let parts = parts.iter().map(|p| printed("parts", p)).collect::<PyResult<Vec<_>>>()?;
    let (total, rounding) = (total.map(|t| printed("total", t)).transpose()?, word(rounding)?);
    py.detach(|| stats::percent_counts(&parts, total, n, rounding)).map_err(|e| error::stats(&e))
}

/// Numbers of patients per value for which mean and SD print as given.
#[pyfunction]
pub(crate) fn coding_counts(
    py: Python<'_>,
    mean: &str,
    sd: &str,
    n: u64,
    values: Vec<i64>,
    rounding: &str,
) -> PyResult<Vec<Vec<u64>>> {
    let (mean, sd, rounding) = (printed("mean", mean)?, printed("sd", sd)?, word(rounding)?);
    py.detach(|| stats::coding_counts(mean, sd, n, &values, rounding)).map_err(|e| error::stats(&e))
}

fn strata(x1: Vec<u64>, n1: Vec<u64>, x0: Vec<u64>, n0: Vec<u64>) -> Vec<stats::Stratum> {
    let groups = x1.into_iter().zip(n1).zip(x0.into_iter().zip(n0));
    groups.map(|((x1, n1), (x0, n0))| stats::Stratum { x1, n1, x0, n0 }).collect()
}

/// Cochran-Mantel-Haenszel test over strata.
#[pyfunction]
pub(crate) fn cochran_mantel_haenszel(
    py: Python<'_>,
    x1: Vec<u64>,
    n1: Vec<u64>,
    x0: Vec<u64>,
    n0: Vec<u64>,
    continuity_correction: bool,
    conf_level: f64,
) -> Record<'_> {
    let strata = strata(x1, n1, x0, n0);
    let r = py
        .detach(|| stats::cochran_mantel_haenszel(&strata, continuity_correction, conf_level))
        .map_err(|e| error::stats(&e))?;
    record!(py, {
        "statistic": r.statistic, "df": r.df, "p_value": r.p_value, "exact_p_value": r.exact_p_value,
        "odds_ratio": r.odds_ratio, "lower": r.lower, "upper": r.upper, "n_strata": r.n_strata,
        "n_skipped": r.n_skipped,
    })
}

/// Common risk difference over strata.
#[pyfunction]
pub(crate) fn stratified_difference<'py>(
    py: Python<'py>,
    x1: Vec<u64>,
    n1: Vec<u64>,
    x0: Vec<u64>,
    n0: Vec<u64>,
    method: &str,
    conf_level: f64,
) -> Record<'py> {
    let (strata, method) = (strata(x1, n1, x0, n0), word(method)?);
    let r = py.detach(|| stats::stratified_difference(&strata, method, conf_level)).map_err(|e| error::stats(&e))?;
    record!(py, {
        "estimate": r.estimate, "lower": r.lower, "upper": r.upper, "statistic": r.statistic, "p_value": r.p_value,
        "n_strata": r.n_strata, "n_skipped": r.n_skipped,
    })
}

/// Barnard's or Boschloo's exact test.
#[pyfunction]
pub(crate) fn unconditional_test<'py>(
    py: Python<'py>,
    x1: u64,
    n1: u64,
    x0: u64,
    n0: u64,
    method: &str,
    alternative: &str,
) -> Record<'py> {
    let (method, alternative) = (word(method)?, word(alternative)?);
    let r =
        py.detach(|| stats::unconditional_test(x1, n1, x0, n0, method, alternative)).map_err(|e| error::stats(&e))?;
    record!(py, { "statistic": r.statistic, "p_value": r.p_value, "nuisance": r.nuisance })
}

/// Pooled mean of studies.
#[pyfunction]
pub(crate) fn meta_analysis<'py>(
    py: Python<'py>,
    effect: PyReadonlyArray1<'py, f64>,
    variance: PyReadonlyArray1<'py, f64>,
    tau_method: &str,
    interval: &str,
    conf_level: f64,
) -> Record<'py> {
    let (tau_method, interval) = (word(tau_method)?, word(interval)?);
    let (effect, variance) = (effect.as_slice()?, variance.as_slice()?);
    let r = py
        .detach(|| stats::meta_analysis(effect, variance, tau_method, interval, conf_level))
        .map_err(|e| error::stats(&e))?;
    record!(py, {
        "estimate": r.estimate, "standard_error": r.standard_error, "lower": r.lower, "upper": r.upper,
        "statistic": r.statistic, "df": r.df, "p_value": r.p_value, "tau_squared": r.tau_squared, "q": r.q,
        "q_p_value": r.q_p_value, "i_squared": r.i_squared, "prediction": r.prediction,
        "weights": r.weights.to_pyarray(py),
    })
}

fn two_samples<'py>(py: Python<'py>, r: &stats::TwoSamples) -> Record<'py> {
    record!(py, {
        "n1": r.n1, "n0": r.n0, "estimate": r.estimate, "lower": r.lower, "upper": r.upper, "statistic": r.statistic,
        "df": r.df, "p_value": r.p_value, "ties": r.ties, "exact": r.exact, "conf_level_largest": r.conf_level_largest,
    })
}

/// t test of two independent groups.
#[pyfunction]
pub(crate) fn two_sample_t<'py>(
    py: Python<'py>,
    group1: PyReadonlyArray1<'py, f64>,
    group0: PyReadonlyArray1<'py, f64>,
    variances: &str,
    alternative: &str,
    conf_level: f64,
) -> Record<'py> {
    let (variances, alternative) = (word(variances)?, word(alternative)?);
    let (one, zero) = (group1.as_slice()?, group0.as_slice()?);
    let r = py
        .detach(|| stats::two_sample_t(one, zero, variances, alternative, conf_level))
        .map_err(|e| error::stats(&e))?;
    two_samples(py, &r)
}

/// Rank sum test of two independent groups.
#[pyfunction]
pub(crate) fn rank_sum<'py>(
    py: Python<'py>,
    group1: PyReadonlyArray1<'py, f64>,
    group0: PyReadonlyArray1<'py, f64>,
    distribution: &str,
    alternative: &str,
    conf_level: f64,
) -> Record<'py> {
    let (distribution, alternative) = (word(distribution)?, word(alternative)?);
    let (one, zero) = (group1.as_slice()?, group0.as_slice()?);
    let r = py
        .detach(|| stats::rank_sum(one, zero, distribution, alternative, conf_level))
        .map_err(|e| error::stats(&e))?;
    two_samples(py, &r)
}
