//! Two independent groups: t tests and Wilcoxon's rank sum test with the exact distribution under ties.

use crate::descriptive::mean_sd;
use crate::error::{Result, StatsError, conf_level as check_level, finite};
use crate::signed_rank::LEVEL_TOLERANCE;
use crate::words::{Alternative, option_words};
use mscsle_distributions::{normal, student_t};

option_words!(
    /// Variances of a two-sample t test.
    Variances, "variances", {
        /// Welch's test with Satterthwaite's degrees of freedom.
        Unequal = "unequal",
        /// Student's test with the pooled variance.
        Equal = "equal",
    }
);

option_words!(
    /// Distribution of the rank sum.
    RankSumDistribution, "distribution", {
        /// Exact up to 100 values, normal with continuity correction above.
        Auto = "auto",
        /// Exact: all divisions of the (mid-)ranks that occurred.
        Exact = "exact",
        /// Normal approximation with continuity correction.
        NormalContinuity = "normal-cc",
        /// Normal approximation without correction.
        Normal = "normal",
    }
);

/// Difference between two groups, group 1 minus group 0.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoSamples {
    /// Values in group 1.
    pub n1: usize,
    /// Values in group 0.
    pub n0: usize,
    /// Difference of means, or the median of all differences (Hodges-Lehmann).
    pub estimate: f64,
    /// Lower limit; none where there are too few values for the level (rank sum).
    pub lower: Option<f64>,
    /// Upper limit; none where there are too few values for the level (rank sum).
    pub upper: Option<f64>,
    /// Confidence level.
    pub conf_level: f64,
    /// The largest level that limits from so few values can reach, 1 - 2 n1! n0! / (n1 + n0)! (rank sum only).
    pub conf_level_largest: Option<f64>,
    /// t, or the number of pairs in which group 1 is higher, ties counting 1/2 (R's W).
    pub statistic: f64,
    /// Degrees of freedom of t.
    pub df: Option<f64>,
    /// p-value.
    pub p_value: f64,
    /// Whether values are tied across the sample; false for t.
    pub ties: bool,
    /// Whether the p-value is exact (rank sum only).
    pub exact: bool,
    /// Side.
    pub alternative: Alternative,
}

/// t test of two independent groups.
///
/// # Errors
/// Values that are not finite, fewer than two in a group, no variation.
///
/// # Examples
/// ```
/// use mscsle_stats::{Alternative, Variances, two_sample_t};
/// let t = two_sample_t(&[5.0, 7.0, 9.0], &[1.0, 2.0, 6.0], Variances::Equal, Alternative::TwoSided, 0.95)?;
/// assert!((t.estimate - 4.0).abs() < 1e-15 && t.df == Some(4.0));
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Welch BL. Biometrika 1947;34:28, doi 10.1093/biomet/34.1-2.28.
pub fn two_sample_t(
    group1: &[f64],
    group0: &[f64],
    variances: Variances,
    alternative: Alternative,
    conf_level: f64,
) -> Result<TwoSamples> {
    finite("group1", group1)?;
    finite("group0", group0)?;
    let level = check_level(conf_level)?;
    let ((Some(mean1), Some(sd1)), (Some(mean0), Some(sd0))) = (mean_sd(group1), mean_sd(group0)) else {
        return Err(StatsError::NotEstimable {
            what: "the two-sample t test",
            why: format!("each group needs at least 2 values, but they have {} and {}", group1.len(), group0.len()),
        });
    };
    let (n1, n0) = (group1.len() as f64, group0.len() as f64);
    let (v1, v0) = (sd1 * sd1 / n1, sd0 * sd0 / n0);
    let (standard_error, df) = match variances {
        Variances::Unequal => ((v1 + v0).sqrt(), (v1 + v0).powi(2) / (v1 * v1 / (n1 - 1.0) + v0 * v0 / (n0 - 1.0))),
        Variances::Equal => {
            let df = n1 + n0 - 2.0;
            let pooled = ((n1 - 1.0) * sd1 * sd1 + (n0 - 1.0) * sd0 * sd0) / df;
            ((pooled * (1.0 / n1 + 1.0 / n0)).sqrt(), df)
        }
    };
    if standard_error <= 10.0 * f64::EPSILON * mean1.abs().max(mean0.abs()) || standard_error == 0.0 {
        return Err(StatsError::NotEstimable {
            what: "the two-sample t test",
            why: "the values of each group are all equal".into(),
        });
    }
    let estimate = mean1 - mean0;
    let statistic = estimate / standard_error;
    let width = student_t::quantile_upper(0.5 * (1.0 - level), df)? * standard_error;
    let p_value = match alternative {
        Alternative::TwoSided => 2.0 * student_t::sf(statistic.abs(), df)?,
        Alternative::Greater => student_t::sf(statistic, df)?,
        Alternative::Less => student_t::cdf(statistic, df)?,
    };
    Ok(TwoSamples {
        n1: group1.len(),
        n0: group0.len(),
        estimate,
        lower: Some(estimate - width),
        upper: Some(estimate + width),
        conf_level,
        conf_level_largest: None,
        statistic,
        df: Some(df),
        p_value,
        ties: false,
        exact: false,
        alternative,
    })
}

/// Largest number of values for which `auto` is exact.
const EXACT_UP_TO: usize = 100;
/// Largest number of values for which `exact` is computed at all.
const EXACT_LIMIT: usize = 300;
/// Values closer than this part of the largest one are tied.
const TIE_TOLERANCE: f64 = 1e-12;

/// Wilcoxon's rank sum (Mann-Whitney) test of two independent groups.
///
/// Ties get mid-ranks, and the exact distribution is that of the ranks that occurred. Two-sided p: probability of rank sums
/// at least as far from their mean. The estimate is the median of all differences between the groups; its limits are order
/// statistics of the differences by the exact distribution without ties (normal above 100 values); too few values for the
/// level have none.
///
/// # Errors
/// Values that are not finite, an empty group, more than 300 values for `exact`.
///
/// # Examples
/// ```
/// use mscsle_stats::{Alternative, RankSumDistribution, rank_sum};
/// let w = rank_sum(&[0.8, 0.83, 1.89, 1.04], &[1.15, 0.88, 0.9, 0.74, 1.21], RankSumDistribution::Auto, Alternative::TwoSided, 0.95)?;
/// assert!(w.exact && w.statistic == 10.0 && w.p_value == 1.0);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Wilcoxon F. Biometrics Bull 1945;1:80, doi 10.2307/3001968. Mann HB, Whitney DR. Ann Math Stat 1947;18:50,
/// doi 10.1214/aoms/1177730491.
pub fn rank_sum(
    group1: &[f64],
    group0: &[f64],
    distribution: RankSumDistribution,
    alternative: Alternative,
    conf_level: f64,
) -> Result<TwoSamples> {
    finite("group1", group1)?;
    finite("group0", group0)?;
    let level = check_level(conf_level)?;
    let (n1, n0) = (group1.len(), group0.len());
    if n1 == 0 || n0 == 0 {
        return Err(StatsError::NotEstimable {
            what: "the rank sum test",
            why: format!("each group needs a value, but they have {n1} and {n0}"),
        });
    }
    let n = n1 + n0;
    let exact = match distribution {
        RankSumDistribution::Auto => n <= EXACT_UP_TO,
        RankSumDistribution::Exact => true,
        _ => false,
    };
    if exact && n > EXACT_LIMIT {
        return Err(StatsError::TooLarge {
            what: "the exact distribution of the rank sum",
            size: n as u128,
            limit: EXACT_LIMIT as u128,
        });
    }
    let (doubled_ranks, is_one, tie_sum) = pooled_ranks(group1, group0);
    let observed: u64 = doubled_ranks.iter().zip(&is_one).filter(|(_, one)| **one).map(|(r, _)| *r).sum();
    let (n1f, n0f, nf) = (n1 as f64, n0 as f64, n as f64);
    let statistic = observed as f64 / 2.0 - n1f * (n1f + 1.0) / 2.0;
    let p_value = if tie_sum == nf * nf * nf - nf {
        1.0
    } else if exact {
        exact_p(&doubled_ranks, n1, observed, alternative)
    } else {
        let variance = n1f * n0f / 12.0 * (nf + 1.0 - tie_sum / (nf * (nf - 1.0)));
        let gap = statistic - n1f * n0f / 2.0;
        let correction = match (distribution, alternative) {
            (RankSumDistribution::Normal, _) => 0.0,
            (_, Alternative::TwoSided) => 0.5 * if gap == 0.0 { 0.0 } else { gap.signum() },
            (_, Alternative::Greater) => 0.5,
            (_, Alternative::Less) => -0.5,
        };
        let z = (gap - correction) / variance.sqrt();
        match alternative {
            Alternative::TwoSided => (2.0 * normal::sf(z.abs())).min(1.0),
            Alternative::Greater => normal::sf(z),
            Alternative::Less => normal::cdf(z),
        }
    };
    let m = n1 as u64 * n0 as u64;
    let limits = shift_limits(group1, group0, level)?;
    Ok(TwoSamples {
        n1,
        n0,
        estimate: 0.5
            * (ordered_difference(group1, group0, m.div_ceil(2)) + ordered_difference(group1, group0, m / 2 + 1)),
        lower: limits.map(|l| l.0),
        upper: limits.map(|l| l.1),
        conf_level,
        conf_level_largest: Some(1.0 - 2.0 * smallest_tail(n1, n0)),
        statistic,
        df: None,
        p_value,
        ties: tie_sum > 0.0,
        exact,
        alternative,
    })
}

/// Twice the mid-ranks in ascending order, whether each belongs to group 1, and Σ (t³ - t).
fn pooled_ranks(group1: &[f64], group0: &[f64]) -> (Vec<u64>, Vec<bool>, f64) {
    let mut pooled: Vec<(f64, bool)> =
        group1.iter().map(|v| (*v, true)).chain(group0.iter().map(|v| (*v, false))).collect();
    pooled.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tolerance = TIE_TOLERANCE * pooled.iter().fold(0.0_f64, |m, v| m.max(v.0.abs()));
    let mut ranks = Vec::with_capacity(pooled.len());
    let mut tie_sum = 0.0;
    let mut first = 0;
    while first < pooled.len() {
        let mut last = first;
        while last + 1 < pooled.len() && pooled[last + 1].0 - pooled[last].0 <= tolerance {
            last += 1;
        }
        ranks.extend(std::iter::repeat_n((first + last + 2) as u64, last - first + 1));
        let t = (last - first + 1) as f64;
        tie_sum += t * t * t - t;
        first = last + 1;
    }
    (ranks, pooled.iter().map(|v| v.1).collect(), tie_sum)
}

/// Probabilities of the doubled rank sum of `n1` ranks drawn at random.
fn null_distribution(doubled_ranks: &[u64], n1: usize) -> Vec<f64> {
    let n = doubled_ranks.len();
    let width = doubled_ranks.iter().sum::<u64>() as usize + 1;
    // p[j][s]: probability that j of the ranks so far are drawn with sum s
    let mut p = vec![vec![0.0_f64; width]; n1 + 1];
    p[0][0] = 1.0;
    for (i, &r) in doubled_ranks.iter().enumerate() {
        let (r, left) = (r as usize, (n - i) as f64);
        for j in (0..=n1.min(i)).rev() {
            let needed = (n1 - j) as f64;
            let (take, skip) = (needed / left, (left - needed) / left);
            for s in (0..width).rev() {
                let value = p[j][s];
                if value > 0.0 {
                    if needed > 0.0 {
                        p[j + 1][s + r] += value * take;
                    }
                    p[j][s] = value * skip;
                }
            }
        }
    }
    p.pop().unwrap_or_default()
}

fn exact_p(doubled_ranks: &[u64], n1: usize, observed: u64, alternative: Alternative) -> f64 {
    let n = doubled_ranks.len() as i128;
    let total: u64 = doubled_ranks.iter().sum();
    let p = null_distribution(doubled_ranks, n1);
    let observed = observed as usize;
    let tail: f64 = match alternative {
        Alternative::Less => p[..=observed].iter().sum(),
        Alternative::Greater => p[observed..].iter().sum(),
        Alternative::TwoSided => {
            // distance of the doubled sum from its mean n1 total / n, times n, in whole numbers
            let distance = |s: usize| (s as i128 * n - n1 as i128 * i128::from(total)).abs();
            let far = distance(observed);
            p.iter().enumerate().filter(|(s, _)| distance(*s) >= far).map(|(_, v)| v).sum()
        }
    };
    tail.min(1.0)
}

/// Probability of the smallest rank sum, 1 / (n1 + n0 choose n1).
fn smallest_tail(n1: usize, n0: usize) -> f64 {
    (1..=n1.min(n0)).fold(1.0, |p, i| p * i as f64 / (n1.max(n0) + i) as f64)
}

/// Limits of the shift: order statistics of the differences by the distribution without ties; none where even the widest
/// interval does not reach the level.
fn shift_limits(group1: &[f64], group0: &[f64], level: f64) -> Result<Option<(f64, f64)>> {
    let (n1, n0) = (group1.len(), group0.len());
    let half = 0.5 * (1.0 - level);
    if smallest_tail(n1, n0) > half * (1.0 + LEVEL_TOLERANCE) {
        return Ok(None);
    }
    let m = n1 as u64 * n0 as u64;
    let k = if n1 + n0 <= EXACT_UP_TO {
        let ranks: Vec<u64> = (1..=(n1 + n0) as u64).map(|r| 2 * r).collect();
        let p = null_distribution(&ranks, n1);
        let least = n1 * (n1 + 1);
        let (mut k, mut below) = (0u64, 0.0);
        while k < m && below + p[least + 2 * k as usize] <= half {
            below += p[least + 2 * k as usize];
            k += 1;
        }
        k.max(1)
    } else {
        let (a, b) = (n1 as f64, n0 as f64);
        let sd = (a * b * (a + b + 1.0) / 12.0).sqrt();
        (a * b / 2.0 - normal::quantile_upper(half)? * sd).floor().max(1.0) as u64
    };
    Ok(Some((ordered_difference(group1, group0, k), ordered_difference(group1, group0, m + 1 - k))))
}

/// The k-th smallest of all differences, found by counting; the n1 n0 differences are never stored.
fn ordered_difference(group1: &[f64], group0: &[f64], k: u64) -> f64 {
    let (mut x, mut y) = (group1.to_vec(), group0.to_vec());
    x.sort_by(f64::total_cmp);
    y.sort_by(f64::total_cmp);
    let n_at_most = |t: f64| -> u64 {
        // differences of one x grow as y falls; the first y allowed moves up with x
        let mut start = 0usize;
        let mut count = 0u64;
        for a in &x {
            while start < y.len() && a - y[start] > t {
                start += 1;
            }
            count += (y.len() - start) as u64;
        }
        count
    };
    crate::signed_rank::select_double(x[0] - y[y.len() - 1], x[x.len() - 1] - y[0], k, n_at_most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_distribution_equals_all_divisions() {
        let (x, y) = ([1.0, 2.0, 2.0, 7.0], [0.0, 2.0, 3.0, 3.0, -1.0]);
        let (ranks, is_one, _) = pooled_ranks(&x, &y);
        let observed: u64 = (0..9).filter(|&i| is_one[i]).map(|i| ranks[i]).sum();
        let mean = 4.0 * ranks.iter().sum::<u64>() as f64 / 9.0;
        let (mut far, mut all, mut greater) = (0u32, 0u32, 0u32);
        for pattern in 0..(1u32 << 9) {
            if pattern.count_ones() == 4 {
                let sum: u64 = (0..9).filter(|i| pattern >> i & 1 == 1).map(|i| ranks[i]).sum();
                all += 1;
                far += u32::from((sum as f64 - mean).abs() >= (observed as f64 - mean).abs() - 1e-9);
                greater += u32::from(sum >= observed);
            }
        }
        let p = |side| rank_sum(&x, &y, RankSumDistribution::Exact, side, 0.95).unwrap().p_value;
        assert!((p(Alternative::TwoSided) - f64::from(far) / f64::from(all)).abs() < 1e-14);
        assert!((p(Alternative::Greater) - f64::from(greater) / f64::from(all)).abs() < 1e-14);
    }

    #[test]
    fn estimate_is_the_median_of_all_differences() {
        let w =
            rank_sum(&[1.0, 5.0, 9.0], &[2.0, 3.0], RankSumDistribution::Auto, Alternative::TwoSided, 0.95).unwrap();
        // -2 -1 2 3 6 7
        assert_eq!(w.estimate, 2.5);
    }

    #[test]
    fn limits_exist_up_to_the_level_of_the_widest_interval() {
        let at = |x: &[f64], y: &[f64], level| {
            let w = rank_sum(x, y, RankSumDistribution::Auto, Alternative::TwoSided, level).unwrap();
            (w.lower.zip(w.upper), w.conf_level_largest.unwrap())
        };
        // 2 of 4 can be chosen in 6 ways, 3 of 6 in 20, 1 of 101 in 101
        let (limits, largest) = at(&[5.0, 6.0], &[1.0, 2.0], 0.95);
        assert!(limits.is_none() && (largest - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(at(&[5.0, 6.0, 7.0], &[1.0, 2.0, 4.0], 0.9).0, Some((1.0, 6.0)));
        assert_eq!(at(&[5.0, 6.0, 7.0], &[1.0, 2.0, 4.0], 0.95).0, None);
        let many: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(at(&[50.0], &many, 0.99).0, None);
        assert_eq!(at(&[50.0], &many, 0.98).0, Some((-49.0, 50.0)));
    }

    #[test]
    fn equal_values_have_p_one_and_no_t_test() {
        let same = [2.0, 2.0];
        assert_eq!(
            rank_sum(&same, &same, RankSumDistribution::Auto, Alternative::TwoSided, 0.95).unwrap().p_value,
            1.0
        );
        assert!(two_sample_t(&same, &same, Variances::Unequal, Alternative::TwoSided, 0.95).is_err());
        assert!(rank_sum(&[], &same, RankSumDistribution::Auto, Alternative::TwoSided, 0.95).is_err());
    }
}
