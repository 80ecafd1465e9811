//! Two groups in several strata: Cochran-Mantel-Haenszel test and odds ratio, common risk difference.

use crate::error::{Result, StatsError, conf_level as check_level, x_of_n};
use crate::proportion::TIE_FACTOR;
use crate::risk_difference::Table;
use crate::root::bisect;
use crate::words::option_words;
use mscsle_distributions::{chi_squared, hypergeometric, normal};

/// Events and patients of two groups in one stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stratum {
    /// Events in group 1.
    pub x1: u64,
    /// Patients in group 1.
    pub n1: u64,
    /// Events in group 0.
    pub x0: u64,
    /// Patients in group 0.
    pub n0: u64,
}

impl Stratum {
    fn events(&self) -> u64 {
        self.x1 + self.x0
    }

    fn total(&self) -> u64 {
        self.n1 + self.n0
    }

    /// Neither group is empty, and there are both events and non-events.
    fn is_informative(&self) -> bool {
        self.n1 > 0 && self.n0 > 0 && self.events() > 0 && self.events() < self.total()
    }

    fn table(&self) -> Table {
        Table { x1: self.x1 as f64, n1: self.n1 as f64, x0: self.x0 as f64, n0: self.n0 as f64 }
    }
}

fn check(strata: &[Stratum]) -> Result<()> {
    for s in strata {
        if s.n1 > 0 || s.x1 > 0 {
            x_of_n("x1", s.x1, "n1", s.n1)?;
        }
        if s.n0 > 0 || s.x0 > 0 {
            x_of_n("x0", s.x0, "n0", s.n0)?;
        }
    }
    Ok(())
}

/// Cochran-Mantel-Haenszel test and common odds ratio.
#[derive(Debug, Clone, PartialEq)]
pub struct CochranMantelHaenszel {
    /// Chi-squared.
    pub statistic: f64,
    /// Degrees of freedom: 1.
    pub df: u64,
    /// p-value of the chi-squared statistic.
    pub p_value: f64,
    /// Exact conditional p-value (sum of the probabilities not above the observed one).
    pub exact_p_value: f64,
    /// Mantel-Haenszel odds ratio, infinite or none where a sum is 0.
    pub odds_ratio: Option<f64>,
    /// Lower limit by the variance of Robins, Breslow and Greenland.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Confidence level.
    pub conf_level: f64,
    /// Whether the continuity correction was applied.
    pub continuity_correction: bool,
    /// Strata that count.
    pub n_strata: usize,
    /// Strata without information: an empty group, no events or only events.
    pub n_skipped: usize,
}

/// Largest support of the exact conditional distribution.
const MAX_SUPPORT: u128 = 2_000_000;

/// Association of group and event within strata.
///
/// ```text
/// X² = (|Σ(x1 - E)| - c)² / Σ V,   E = n1 m / N,   V = n1 n0 m (N - m) / (N² (N - 1))
/// ```
///
/// c is min(1/2, |Σ(x1 - E)|) with `continuity_correction` (R's default), else 0 (SAS). Strata with an empty group, without
/// events or with events only are skipped and counted. The exact p-value conditions on all margins.
///
/// # Errors
/// Counts above their totals, no informative stratum, a confidence level outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{Stratum, cochran_mantel_haenszel};
/// let strata = [Stratum { x1: 7, n1: 10, x0: 3, n0: 9 }, Stratum { x1: 4, n1: 8, x0: 2, n0: 8 }];
/// let test = cochran_mantel_haenszel(&strata, false, 0.95)?;
/// assert!(test.odds_ratio.unwrap() > 1.0 && test.p_value < 0.1);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Mantel N, Haenszel W. J Natl Cancer Inst 1959;22:719. Robins J, Breslow N, Greenland S. Biometrics 1986;42:311,
/// doi 10.2307/2531052.
pub fn cochran_mantel_haenszel(
    strata: &[Stratum],
    continuity_correction: bool,
    conf_level: f64,
) -> Result<CochranMantelHaenszel> {
    let level = check_level(conf_level)?;
    check(strata)?;
    let used: Vec<Stratum> = strata.iter().copied().filter(Stratum::is_informative).collect();
    if used.is_empty() {
        return Err(StatsError::NotEstimable {
            what: "the Cochran-Mantel-Haenszel test",
            why: "no stratum has two groups, events and non-events".into(),
        });
    }
    let (mut gap, mut variance) = (0.0, 0.0);
    let (mut r_sum, mut s_sum, mut pr, mut ps_qr, mut qs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for s in &used {
        let (n1, n0, m, n) = (s.n1 as f64, s.n0 as f64, s.events() as f64, s.total() as f64);
        gap += s.x1 as f64 - n1 * m / n;
        variance += n1 * n0 * m * (n - m) / (n * n * (n - 1.0));
        let (a, b, c, d) = (s.x1 as f64, n1 - s.x1 as f64, s.x0 as f64, n0 - s.x0 as f64);
        let (r, t, p, q) = (a * d / n, b * c / n, (a + d) / n, (b + c) / n);
        r_sum += r;
        s_sum += t;
        pr += p * r;
        ps_qr += p * t + q * r;
        qs += q * t;
    }
    let correction = if continuity_correction { gap.abs().min(0.5) } else { 0.0 };
    let statistic = (gap.abs() - correction).powi(2) / variance;
    let odds_ratio = match (r_sum > 0.0, s_sum > 0.0) {
        (_, true) => Some(r_sum / s_sum),
        (true, false) => Some(f64::INFINITY),
        (false, false) => None,
    };
    let limits = if r_sum > 0.0 && s_sum > 0.0 {
        let v = pr / (2.0 * r_sum * r_sum) + ps_qr / (2.0 * r_sum * s_sum) + qs / (2.0 * s_sum * s_sum);
        let width = normal::quantile_upper(0.5 * (1.0 - level))? * v.sqrt();
        let log = (r_sum / s_sum).ln();
        Some(((log - width).exp(), (log + width).exp()))
    } else {
        None
    };
    Ok(CochranMantelHaenszel {
        statistic,
        df: 1,
        p_value: chi_squared::sf(statistic, 1.0)?,
        exact_p_value: exact_p(&used)?,
        odds_ratio,
        lower: limits.map(|l| l.0),
        upper: limits.map(|l| l.1),
        conf_level,
        continuity_correction,
        n_strata: used.len(),
        n_skipped: strata.len() - used.len(),
    })
}

/// Convolution of the hypergeometric distributions of the strata.
fn exact_p(strata: &[Stratum]) -> Result<f64> {
    let mut p = vec![1.0];
    let mut observed = 0usize;
    let mut work = 0u128;
    for s in strata {
        let (low, high) = hypergeometric::support(s.n1, s.n0, s.events())?;
        work += p.len() as u128 * u128::from(high - low + 1);
        if work > 1000 * MAX_SUPPORT {
            return Err(StatsError::TooLarge {
                what: "the exact distribution over the strata",
                size: work,
                limit: 1000 * MAX_SUPPORT,
            });
        }
        let mut next = vec![0.0; p.len() + (high - low) as usize];
        for k in low..=high {
            let q = hypergeometric::pmf(k, s.n1, s.n0, s.events())?;
            for (i, value) in p.iter().enumerate() {
                next[i + (k - low) as usize] += value * q;
            }
        }
        observed += (s.x1 - low) as usize;
        p = next;
    }
    let bound = p[observed] * TIE_FACTOR;
    Ok(p.iter().filter(|v| **v <= bound).sum::<f64>().min(1.0))
}

option_words!(
    /// Weights and interval of a common risk difference.
    StratifiedMethod, "method", {
        /// Score interval with weights n1 n0 / (n1 + n0); its test of 0 is the Cochran-Mantel-Haenszel test.
        MantelHaenszelScore = "miettinen-nurminen",
        /// Score interval with weights n1 + n0.
        SampleSizeScore = "miettinen-nurminen-sample-size",
        /// Mantel-Haenszel difference with Sato's variance.
        Sato = "sato",
    }
);

/// A common risk difference over strata, group 1 minus group 0.
#[derive(Debug, Clone, PartialEq)]
pub struct StratifiedDifference {
    /// Weighted difference.
    pub estimate: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level.
    pub conf_level: f64,
    /// Chi-squared of no difference.
    pub statistic: f64,
    /// p-value on one degree of freedom.
    pub p_value: f64,
    /// Kind of interval.
    pub method: StratifiedMethod,
    /// Strata that count.
    pub n_strata: usize,
    /// Strata with an empty group.
    pub n_skipped: usize,
}

/// Common risk difference over strata.
///
/// ```text
/// score: z(d) = Σ w (RD - d) / √(Σ w² V(d)),  V as in the unstratified interval of Miettinen and Nurminen
/// Sato:  var = (RD ΣP + ΣQ) / (Σ n1 n0 / N)²,  P = (n1² x0 - n0² x1 + n1 n0 (n0 - n1)/2) / N²,
///        Q = (x1 (n0 - x0) + x0 (n1 - x1)) / 2N
/// ```
///
/// Strata with an empty group are skipped and counted. One stratum gives the unstratified score interval.
///
/// # Errors
/// Counts above their totals, no stratum with two groups, a confidence level outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{StratifiedMethod, Stratum, stratified_difference};
/// let one = [Stratum { x1: 56, n1: 70, x0: 48, n0: 80 }];
/// let d = stratified_difference(&one, StratifiedMethod::MantelHaenszelScore, 0.95)?;
/// assert!((d.lower - 0.0528).abs() < 5e-5 && (d.upper - 0.3382).abs() < 5e-5);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Miettinen O, Nurminen M. Stat Med 1985;4:213, doi 10.1002/sim.4780040211. Sato T. Biometrics 1989;45:1323.
pub fn stratified_difference(
    strata: &[Stratum],
    method: StratifiedMethod,
    conf_level: f64,
) -> Result<StratifiedDifference> {
    let level = check_level(conf_level)?;
    check(strata)?;
    let used: Vec<Stratum> = strata.iter().copied().filter(|s| s.n1 > 0 && s.n0 > 0).collect();
    if used.is_empty() {
        return Err(StatsError::NotEstimable {
            what: "the common risk difference",
            why: "no stratum has patients in both groups".into(),
        });
    }
    let z = normal::quantile_upper(0.5 * (1.0 - level))?;
    let weight = |s: &Stratum| match method {
        StratifiedMethod::SampleSizeScore => s.total() as f64,
        _ => s.n1 as f64 * s.n0 as f64 / s.total() as f64,
    };
    let total: f64 = used.iter().map(weight).sum();
    let difference = |s: &Stratum| s.x1 as f64 / s.n1 as f64 - s.x0 as f64 / s.n0 as f64;
    let estimate: f64 = used.iter().map(|s| weight(s) * difference(s)).sum::<f64>() / total;
    let (lower, upper, score) = if method == StratifiedMethod::Sato {
        let (mut p, mut q) = (0.0, 0.0);
        for s in &used {
            let (x1, n1, x0, n0, n) = (s.x1 as f64, s.n1 as f64, s.x0 as f64, s.n0 as f64, s.total() as f64);
            p += (n1 * n1 * x0 - n0 * n0 * x1 + n1 * n0 * (n0 - n1) / 2.0) / (n * n);
            q += (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2.0 * n);
        }
        let se = ((estimate * p + q).max(0.0)).sqrt() / total;
        let statistic = if estimate == 0.0 { 0.0 } else { estimate / se };
        ((estimate - z * se).max(-1.0), (estimate + z * se).min(1.0), statistic)
    } else {
        let score = |d: f64| {
            let variance: f64 = used
                .iter()
                .map(|s| {
                    let n = s.total() as f64;
                    let share = weight(s) / total;
                    share * share * s.table().variance(d) * n / (n - 1.0)
                })
                .sum();
            let gap = estimate - d;
            if gap == 0.0 {
                0.0
            } else if variance > 0.0 {
                gap / variance.sqrt()
            } else {
                gap.signum() * f64::INFINITY
            }
        };
        let lower = if estimate <= -1.0 { -1.0 } else { bisect(-1.0, estimate, |d| score(d) - z) };
        let upper = if estimate >= 1.0 { 1.0 } else { bisect(estimate, 1.0, |d| score(d) + z) };
        (lower, upper, score(0.0))
    };
    let statistic = score * score;
    let p_value = if statistic.is_finite() { chi_squared::sf(statistic, 1.0)? } else { 0.0 };
    Ok(StratifiedDifference {
        estimate,
        lower,
        upper,
        conf_level,
        statistic,
        p_value,
        method,
        n_strata: used.len(),
        n_skipped: strata.len() - used.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Admissions to Berkeley by department: men admitted, women admitted (R's UCBAdmissions).
    pub(crate) const BERKELEY: [Stratum; 6] = [
        Stratum { x1: 512, n1: 825, x0: 89, n0: 108 },
        Stratum { x1: 353, n1: 560, x0: 17, n0: 25 },
        Stratum { x1: 120, n1: 325, x0: 202, n0: 593 },
        Stratum { x1: 138, n1: 417, x0: 131, n0: 375 },
        Stratum { x1: 53, n1: 191, x0: 94, n0: 393 },
        Stratum { x1: 22, n1: 373, x0: 24, n0: 341 },
    ];

    #[test]
    fn berkeley_admissions() {
        let plain = cochran_mantel_haenszel(&BERKELEY, false, 0.95).unwrap();
        assert!((plain.statistic - 1.5246).abs() < 5e-5 && (plain.p_value - 0.2169).abs() < 5e-5);
        assert!((plain.odds_ratio.unwrap() - 0.9047).abs() < 5e-5);
        assert!((plain.lower.unwrap() - 0.7719).abs() < 5e-5 && (plain.upper.unwrap() - 1.0603).abs() < 5e-5);
        let corrected = cochran_mantel_haenszel(&BERKELEY, true, 0.95).unwrap();
        assert!((corrected.statistic - 1.4269).abs() < 5e-5 && (corrected.p_value - 0.2323).abs() < 5e-5);
    }

    #[test]
    fn score_test_of_no_difference_is_cochran_mantel_haenszel() {
        let strata = [
            Stratum { x1: 7, n1: 10, x0: 3, n0: 9 },
            Stratum { x1: 4, n1: 8, x0: 2, n0: 8 },
            Stratum { x1: 1, n1: 3, x0: 5, n0: 6 },
        ];
        let cmh = cochran_mantel_haenszel(&strata, false, 0.95).unwrap();
        let score = stratified_difference(&strata, StratifiedMethod::MantelHaenszelScore, 0.95).unwrap();
        assert!((cmh.statistic / score.statistic - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_stratum_is_the_unstratified_interval() {
        let d = stratified_difference(&BERKELEY[2..3], StratifiedMethod::SampleSizeScore, 0.9).unwrap();
        let plain =
            crate::risk_difference(120, 325, 202, 593, crate::DifferenceMethod::MiettinenNurminen, 0.9).unwrap();
        assert!((d.lower - plain.lower).abs() < 1e-14 && (d.upper - plain.upper).abs() < 1e-14);
    }

    #[test]
    fn strata_without_information_are_skipped_and_counted() {
        let mut strata = BERKELEY.to_vec();
        strata.push(Stratum { x1: 0, n1: 4, x0: 0, n0: 3 });
        strata.push(Stratum { x1: 0, n1: 0, x0: 2, n0: 3 });
        let (a, b) = (
            cochran_mantel_haenszel(&BERKELEY, false, 0.95).unwrap(),
            cochran_mantel_haenszel(&strata, false, 0.95).unwrap(),
        );
        assert_eq!((a.statistic, a.odds_ratio, 2), (b.statistic, b.odds_ratio, b.n_skipped));
        assert!(cochran_mantel_haenszel(&strata[6..], false, 0.95).is_err());
    }
}
