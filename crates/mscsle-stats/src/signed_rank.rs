//! Wilcoxon's signed rank test with the exact distribution under ties, and the Hodges-Lehmann estimate.

use crate::error::{Result, StatsError, conf_level as check_level, finite};
use crate::words::{Alternative, option_words};
use mscsle_distributions::normal;

option_words!(
    /// What is done with differences of zero.
    ZeroRule, "zeros", {
        /// Dropped before ranking: Wilcoxon 1945, R, SAS.
        Wilcoxon = "wilcoxon",
        /// Ranked with the others, their ranks dropped: Pratt 1959.
        Pratt = "pratt",
    }
);

option_words!(
    /// Distribution the p-value comes from.
    SignedRankDistribution, "distribution", {
        /// Exact up to 200 differences, normal with continuity correction above.
        Auto = "auto",
        /// Exact: all sign patterns over the (mid-)ranks that occurred.
        Exact = "exact",
        /// Normal approximation with continuity correction 1/2 (R's default).
        NormalContinuity = "normal-cc",
        /// Normal approximation without correction.
        Normal = "normal",
    }
);

/// Largest number of ranked differences for which `auto` is exact.
pub const EXACT_UP_TO: usize = 200;
/// Largest number of ranked differences for which `exact` is computed at all.
const EXACT_LIMIT: usize = 2000;
/// Differences closer than this part of the largest one are tied, and so near to 0 are zero: 1.4 - 1.2 and 1.2 - 1.0 are
/// both 0.2, whatever binary arithmetic says.
const TIE_TOLERANCE: f64 = 1e-9;

/// A tail so near to the one asked for, relatively, is that one: 0.5 (1 - 0.9) is less than 1/20 in binary.
pub(crate) const LEVEL_TOLERANCE: f64 = 1e-9;

/// Options of [`signed_rank`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedRankOptions {
    /// Rule for zeros.
    pub zeros: ZeroRule,
    /// Distribution of the p-value.
    pub distribution: SignedRankDistribution,
    /// Side.
    pub alternative: Alternative,
    /// Confidence level of the Hodges-Lehmann interval.
    pub conf_level: f64,
}

impl Default for SignedRankOptions {
    fn default() -> Self {
        Self {
            zeros: ZeroRule::Wilcoxon,
            distribution: SignedRankDistribution::Auto,
            alternative: Alternative::TwoSided,
            conf_level: 0.95,
        }
    }
}

/// Signed rank test and Hodges-Lehmann estimate of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedRank {
    /// Differences given.
    pub n: usize,
    /// Differences that are not zero.
    pub n_nonzero: usize,
    /// Differences that are zero.
    pub n_zero: usize,
    /// Whether absolute differences are tied.
    pub ties: bool,
    /// Sum of the ranks of positive differences, W+ (R's V).
    pub statistic: f64,
    /// Sum of the ranks of negative differences, W-.
    pub negative_rank_sum: f64,
    /// Standardised statistic of the normal approximation in use; none for the exact test.
    pub z: Option<f64>,
    /// p-value.
    pub p_value: f64,
    /// Distribution used, never `auto`.
    pub distribution: SignedRankDistribution,
    /// Rule for zeros.
    pub zeros: ZeroRule,
    /// Side.
    pub alternative: Alternative,
    /// Hodges-Lehmann estimate: median of the averages of all pairs.
    pub estimate: Option<f64>,
    /// Lower limit; none where there are too few differences for the level.
    pub lower: Option<f64>,
    /// Upper limit; none where there are too few differences for the level.
    pub upper: Option<f64>,
    /// Confidence level asked for.
    pub conf_level: f64,
    /// Confidence level reached by the interval (the distribution is discrete), under no ties; where there are no limits,
    /// the largest level any interval of so few differences can reach.
    pub conf_level_attained: Option<f64>,
}

/// Wilcoxon's signed rank test of differences (after - before) around 0.
///
/// Ties get mid-ranks. The exact distribution is that of the ranks that occurred, so ties need no approximation. Zeros are
/// dropped, or ranked and then dropped (`pratt`). The normal variance is n(n+1)(2n+1)/24 - Σ(t³-t)/48 (under `pratt` less
/// z(z+1)(2z+1)/24). The Hodges-Lehmann estimate is the median of the averages of all pairs of differences; under
/// `wilcoxon` zeros are left out of it as in R, under `pratt` they stay in. Its interval takes the order statistics of
/// these averages by the exact distribution without ties (normal above 200 differences). The widest interval, from the
/// smallest to the largest average, has the level 1 - 2^(1 - n): limits at a higher level do not exist. Without any
/// difference from zero, p = 1.
///
/// # Errors
/// No difference at all, values that are not finite, more than 2000 differences for `exact`.
///
/// # Examples
/// ```
/// use mscsle_stats::{SignedRankOptions, signed_rank};
/// // Hollander and Wolfe: depression before and after a tranquillizer
/// let x = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
/// let y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
/// let fall: Vec<f64> = x.iter().zip(y).map(|(x, y)| x - y).collect();
/// let w = signed_rank(&fall, &SignedRankOptions::default())?;
/// assert_eq!((w.statistic, w.p_value), (40.0, 0.0390625));
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Wilcoxon F. Biometrics Bull 1945;1:80, doi 10.2307/3001968. Pratt JW. J Am Stat Assoc 1959;54:655,
/// doi 10.1080/01621459.1959.10501526. Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598, doi 10.1214/aoms/1177704172.
pub fn signed_rank(change: &[f64], options: &SignedRankOptions) -> Result<SignedRank> {
    finite("change", change)?;
    let level = check_level(options.conf_level)?;
    if change.is_empty() {
        return Err(StatsError::NotEstimable { what: "the signed rank test", why: "there is no complete pair".into() });
    }
    let largest = change.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let tolerance = TIE_TOLERANCE * largest;
    let is_zero = |v: f64| v.abs() <= tolerance;
    let n_zero = change.iter().filter(|v| is_zero(**v)).count();
    let ranked = rank(change, tolerance, options.zeros);
    let n_nonzero = ranked.doubled_ranks.len();
    let w_plus = ranked.plus_doubled as f64 / 2.0;
    let total = ranked.doubled_ranks.iter().sum::<u64>();
    let w_minus = (total - ranked.plus_doubled) as f64 / 2.0;
    let distribution = match options.distribution {
        SignedRankDistribution::Auto if n_nonzero <= EXACT_UP_TO => SignedRankDistribution::Exact,
        SignedRankDistribution::Auto => SignedRankDistribution::NormalContinuity,
        other => other,
    };
    if distribution == SignedRankDistribution::Exact && n_nonzero > EXACT_LIMIT {
        return Err(StatsError::TooLarge {
            what: "the exact distribution of the signed rank statistic",
            size: n_nonzero as u128,
            limit: EXACT_LIMIT as u128,
        });
    }
    let (p_value, z) = if n_nonzero == 0 {
        (1.0, None)
    } else if distribution == SignedRankDistribution::Exact {
        (exact_p(&ranked, options.alternative), None)
    } else {
        normal_p(&ranked, options.alternative, distribution == SignedRankDistribution::NormalContinuity)
    };
    let averaged: Vec<f64> =
        change.iter().copied().filter(|v| options.zeros == ZeroRule::Pratt || !is_zero(*v)).collect();
    let shift = hodges_lehmann(&averaged, level)?;
    Ok(SignedRank {
        n: change.len(),
        n_nonzero,
        n_zero,
        ties: ranked.ties,
        statistic: w_plus,
        negative_rank_sum: w_minus,
        z,
        p_value,
        distribution,
        zeros: options.zeros,
        alternative: options.alternative,
        estimate: shift.map(|s| s.estimate),
        lower: shift.and_then(|s| s.limits).map(|l| l.0),
        upper: shift.and_then(|s| s.limits).map(|l| l.1),
        conf_level: options.conf_level,
        conf_level_attained: shift.map(|s| s.attained),
    })
}

struct Ranked {
    /// Twice the mid-rank of each difference that is not zero.
    doubled_ranks: Vec<u64>,
    /// Sum of those of positive differences.
    plus_doubled: u64,
    /// Σ (t³ - t) over ties among the differences that are not zero.
    tie_sum: f64,
    /// Zeros that took part in the ranking.
    zeros_ranked: usize,
    ties: bool,
}

fn rank(change: &[f64], tolerance: f64, zeros: ZeroRule) -> Ranked {
    let mut nonzero: Vec<f64> = change.iter().copied().filter(|v| v.abs() > tolerance).collect();
    let n_zero = change.len() - nonzero.len();
    let offset = if zeros == ZeroRule::Pratt { n_zero } else { 0 };
    nonzero.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let mut ranked = Ranked {
        doubled_ranks: Vec::with_capacity(nonzero.len()),
        plus_doubled: 0,
        tie_sum: 0.0,
        zeros_ranked: offset,
        ties: false,
    };
    let mut first = 0;
    while first < nonzero.len() {
        // neighbours within the tolerance form one group
        let mut last = first;
        while last + 1 < nonzero.len() && nonzero[last + 1].abs() - nonzero[last].abs() <= tolerance {
            last += 1;
        }
        // ranks first+1 ..= last+1, shifted by the zeros below them
        let doubled = (first + last + 2 + 2 * offset) as u64;
        for value in &nonzero[first..=last] {
            ranked.doubled_ranks.push(doubled);
            if *value > 0.0 {
                ranked.plus_doubled += doubled;
            }
        }
        let t = (last - first + 1) as f64;
        ranked.tie_sum += t * t * t - t;
        ranked.ties |= last > first;
        first = last + 1;
    }
    ranked
}

/// Probabilities of the doubled rank sum of positives, each sign equally likely.
fn distribution(doubled_ranks: &[u64]) -> Vec<f64> {
    let total: u64 = doubled_ranks.iter().sum();
    let mut p = vec![0.0; total as usize + 1];
    p[0] = 1.0;
    let mut reached = 0usize;
    for &r in doubled_ranks {
        let r = r as usize;
        for s in (0..=reached).rev() {
            let half = 0.5 * p[s];
            p[s] = half;
            p[s + r] += half;
        }
        reached += r;
    }
    p
}

fn exact_p(ranked: &Ranked, alternative: Alternative) -> f64 {
    let p = distribution(&ranked.doubled_ranks);
    let w = ranked.plus_doubled as usize;
    // the distribution is symmetric: the upper tail is the lower tail of the mirrored sum
    let at_most = |w: usize| p[..=w].iter().sum::<f64>();
    let less = at_most(w);
    let greater = at_most(p.len() - 1 - w);
    match alternative {
        Alternative::Greater => greater,
        Alternative::Less => less,
        Alternative::TwoSided => (2.0 * less.min(greater)).min(1.0),
    }
}

fn normal_p(ranked: &Ranked, alternative: Alternative, continuity: bool) -> (f64, Option<f64>) {
    let zeros = ranked.zeros_ranked as f64;
    let n = ranked.doubled_ranks.len() as f64 + zeros;
    let mean = n * (n + 1.0) / 4.0 - zeros * (zeros + 1.0) / 4.0;
    let variance =
        (n * (n + 1.0) * (2.0 * n + 1.0) - zeros * (zeros + 1.0) * (2.0 * zeros + 1.0)) / 24.0 - ranked.tie_sum / 48.0;
    let gap = ranked.plus_doubled as f64 / 2.0 - mean;
    let correction = match (continuity, alternative) {
        (false, _) => 0.0,
        (true, Alternative::TwoSided) => 0.5 * if gap == 0.0 { 0.0 } else { gap.signum() },
        (true, Alternative::Greater) => 0.5,
        (true, Alternative::Less) => -0.5,
    };
    let z = (gap - correction) / variance.sqrt();
    let p = match alternative {
        Alternative::TwoSided => (2.0 * normal::sf(z.abs())).min(1.0),
        Alternative::Greater => normal::sf(z),
        Alternative::Less => normal::cdf(z),
    };
    (p, Some(z))
}

#[derive(Clone, Copy)]
struct Shift {
    estimate: f64,
    /// None where even the widest interval does not reach the level.
    limits: Option<(f64, f64)>,
    attained: f64,
}

fn hodges_lehmann(values: &[f64], level: f64) -> Result<Option<Shift>> {
    let n = values.len();
    if n == 0 {
        return Ok(None);
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let m = n as u64 * (n as u64 + 1) / 2;
    let at = |k: u64| walsh_average(&sorted, k);
    let estimate = 0.5 * (at(m.div_ceil(2)) + at(m / 2 + 1));
    let half = 0.5 * (1.0 - level);
    // k: the k-th smallest and largest average are the limits; P(W+ < k) <= half
    let (k, outside) = if n <= EXACT_UP_TO {
        let ranks: Vec<u64> = (1..=n as u64).collect();
        let p = distribution(&ranks);
        let (mut k, mut below) = (0u64, 0.0);
        while k < m && below + p[k as usize] <= half {
            below += p[k as usize];
            k += 1;
        }
        // an interval of exactly the level exists, whatever 1 - level is in binary
        if k == 0 && p[0] <= half * (1.0 + LEVEL_TOLERANCE) {
            (1, p[0])
        } else if k == 0 {
            (0, p[0])
        } else {
            (k, below)
        }
    } else {
        let nf = n as f64;
        let sd = (nf * (nf + 1.0) * (2.0 * nf + 1.0) / 24.0).sqrt();
        let k = (nf * (nf + 1.0) / 4.0 - normal::quantile_upper(half)? * sd).floor().max(1.0);
        let below = normal::cdf((k - 0.5 - nf * (nf + 1.0) / 4.0) / sd);
        (k as u64, below)
    };
    let limits = (k > 0).then(|| (at(k), at(m + 1 - k)));
    Ok(Some(Shift { estimate, limits, attained: 1.0 - 2.0 * outside }))
}

/// The k-th smallest (from 1) of the averages of all pairs i <= j of ascending values, by bisection over the doubles and
/// counting in one pass: n(n+1)/2 averages are never stored.
fn walsh_average(sorted: &[f64], k: u64) -> f64 {
    let average = |i: usize, j: usize| 0.5 * (sorted[i] + sorted[j]);
    let n_at_most = |t: f64| -> u64 {
        let mut count = 0u64;
        let mut end = sorted.len();
        for i in 0..sorted.len() {
            while end > i && average(i, end - 1) > t {
                end -= 1;
            }
            if end <= i {
                break;
            }
            count += (end - i) as u64;
        }
        count
    };
    select_double(sorted[0], sorted[sorted.len() - 1], k, n_at_most)
}

/// The smallest double t in `low..=high` with `n_at_most(t) >= k`, by bisection over the doubles.
pub(crate) fn select_double(low: f64, high: f64, k: u64, n_at_most: impl Fn(f64) -> u64) -> f64 {
    // doubles in the order of their bits, negative ones reversed
    let order = |x: f64| {
        let bits = (if x == 0.0 { 0.0 } else { x }).to_bits();
        if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
    };
    let value = |o: u64| f64::from_bits(if o >> 63 == 1 { o & !(1 << 63) } else { !o });
    let (mut low, mut high) = (order(low), order(high));
    while low < high {
        let middle = low + (high - low) / 2;
        if n_at_most(value(middle)) >= k {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    value(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(distribution: SignedRankDistribution, zeros: ZeroRule) -> SignedRankOptions {
        SignedRankOptions { distribution, zeros, ..Default::default() }
    }

    const CHANGE: [f64; 10] = [-11., -7., 0., -7., -3., -4., -7., -22., -7., -6.];

    #[test]
    fn limits_exist_up_to_the_level_of_the_widest_interval() {
        let at = |change: &[f64], conf_level| {
            let w = signed_rank(change, &SignedRankOptions { conf_level, ..Default::default() }).unwrap();
            (w.lower.zip(w.upper), w.conf_level_attained)
        };
        // R 4.2 wilcox.test(c(-6, 1, -3, -1.5), conf.int = TRUE): -6 to 1 at 87.5 %, with a warning
        let four = [-6.0, 1.0, -3.0, -1.5];
        assert_eq!(at(&four, 0.95), (None, Some(0.875)));
        assert_eq!(at(&four, 0.875), (Some((-6.0, 1.0)), Some(0.875)));
        assert_eq!(at(&[1.0], 0.95), (None, Some(0.0)));
        assert_eq!(at(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95), (None, Some(0.9375)));
        assert_eq!(at(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 0.95), (Some((1.0, 6.0)), Some(0.96875)));
    }

    #[test]
    fn tv_37_exact_and_normal() {
        let exact = signed_rank(&CHANGE, &SignedRankOptions::default()).unwrap();
        assert_eq!((exact.statistic, exact.negative_rank_sum, exact.n_nonzero, exact.n_zero), (0.0, 45.0, 9, 1));
        assert_eq!(exact.p_value, 0.003_906_25);
        let plain = signed_rank(&CHANGE, &with(SignedRankDistribution::Normal, ZeroRule::Wilcoxon)).unwrap();
        assert!((plain.z.unwrap() + 2.689_264).abs() < 5e-7 && (plain.p_value - 0.007_161_0).abs() < 5e-8);
        let corrected =
            signed_rank(&CHANGE, &with(SignedRankDistribution::NormalContinuity, ZeroRule::Wilcoxon)).unwrap();
        assert!((corrected.p_value - 0.008_551_0).abs() < 5e-8);
    }

    #[test]
    fn student_sleep_data() {
        let change = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        for zeros in [ZeroRule::Wilcoxon, ZeroRule::Pratt] {
            assert_eq!(
                signed_rank(&change, &with(SignedRankDistribution::Exact, zeros)).unwrap().p_value,
                0.003_906_25
            );
        }
        let cc = signed_rank(&change, &with(SignedRankDistribution::NormalContinuity, ZeroRule::Wilcoxon)).unwrap();
        assert!((cc.p_value - 0.009_091).abs() < 5e-7);
        let no = signed_rank(&change, &with(SignedRankDistribution::Normal, ZeroRule::Wilcoxon)).unwrap();
        assert!((no.p_value - 0.007_632).abs() < 5e-7);
    }

    #[expect(clippy::approx_constant, reason = "3.14 is a rating of depression")]
    #[test]
    fn hollander_wolfe_depression() {
        let x = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
        let y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
        let fall: Vec<f64> = x.iter().zip(y).map(|(x, y)| x - y).collect();
        let two = signed_rank(&fall, &SignedRankOptions::default()).unwrap();
        assert_eq!((two.statistic, two.p_value), (40.0, 0.039_062_5));
        assert!((two.estimate.unwrap() - 0.46).abs() < 1e-12);
        assert!((two.lower.unwrap() - 0.010).abs() < 1e-12 && (two.upper.unwrap() - 0.786).abs() < 1e-12);
        let one =
            signed_rank(&fall, &SignedRankOptions { alternative: Alternative::Greater, ..Default::default() }).unwrap();
        assert_eq!(one.p_value, 0.019_531_25);
    }

    #[test]
    fn exact_distribution_equals_all_sign_patterns() {
        // brute force with ties and a zero
        let change: [f64; 8] = [0.0, 1.0, -1.0, 2.0, 2.0, -3.0, 2.0, 5.0];
        for zeros in [ZeroRule::Wilcoxon, ZeroRule::Pratt] {
            let ranked = rank(&change, 1e-9, zeros);
            let n = ranked.doubled_ranks.len();
            let (mut less, mut greater) = (0u32, 0u32);
            for pattern in 0..(1u32 << n) {
                let sum: u64 = (0..n).filter(|i| pattern >> i & 1 == 1).map(|i| ranked.doubled_ranks[i]).sum();
                less += u32::from(sum <= ranked.plus_doubled);
                greater += u32::from(sum >= ranked.plus_doubled);
            }
            let expected = 2.0 * f64::from(less.min(greater)) / f64::from(1u32 << n);
            assert!((exact_p(&ranked, Alternative::TwoSided) - expected.min(1.0)).abs() < 1e-15);
        }
    }

    #[test]
    fn decimal_differences_are_tied_whatever_binary_says() {
        let x = [1.4 - 1.2, 1.2 - 1.0, 0.3 - 0.1, -(0.7 - 0.5), 0.1 + 0.2 - 0.3];
        let w = signed_rank(&x, &SignedRankOptions::default()).unwrap();
        assert_eq!((w.n_zero, w.statistic, w.negative_rank_sum, w.ties), (1, 7.5, 2.5, true));
    }

    #[test]
    fn selected_averages_are_those_of_the_full_list() {
        let values = [-3.5, -1.0, -1.0, 0.0, 0.25, 2.0, 2.0, 7.5, 1e-3, -1e3];
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mut all: Vec<f64> = (0..values.len())
            .flat_map(|i| (i..values.len()).map(move |j| (i, j)))
            .map(|(i, j)| 0.5 * (values[i] + values[j]))
            .collect();
        all.sort_by(f64::total_cmp);
        for (k, expected) in all.iter().enumerate() {
            assert_eq!(walsh_average(&sorted, k as u64 + 1), *expected, "{k}");
        }
    }

    #[test]
    fn a_hundred_thousand_pairs_need_no_quadratic_memory() {
        let change: Vec<f64> = (0..100_000u32).map(|i| f64::from((i * 7919) % 2003) - 900.0).collect();
        let w = signed_rank(&change, &SignedRankOptions::default()).unwrap();
        assert_eq!(w.distribution, SignedRankDistribution::NormalContinuity);
        assert!(w.lower < w.estimate && w.estimate < w.upper && (w.estimate.unwrap() - 101.0).abs() < 5.0);
    }

    #[test]
    fn only_zeros_have_p_one() {
        let w = signed_rank(&[0.0, 0.0], &SignedRankOptions::default()).unwrap();
        assert_eq!((w.p_value, w.n_nonzero, w.estimate), (1.0, 0, None));
    }

    #[test]
    fn no_pair_is_refused() {
        assert!(signed_rank(&[], &SignedRankOptions::default()).is_err());
        assert!(signed_rank(&[f64::NAN], &SignedRankOptions::default()).is_err());
    }
}
