//! Difference of two independent proportions.

use crate::error::{Result, conf_level as check_level, x_of_n};
use crate::proportion::{ProportionMethod, limits};
use crate::root::bisect;
use crate::words::option_words;
use mscsle_distributions::{chi_squared, normal};
use std::f64::consts::PI;

option_words!(
    /// Interval of a difference of two proportions.
    DifferenceMethod, "method", {
        /// Score interval with N/(N-1): Miettinen and Nurminen 1985.
        MiettinenNurminen = "miettinen-nurminen",
        /// Score interval without N/(N-1): Mee 1984, Farrington and Manning 1990.
        Mee = "mee",
        /// Square-and-add of Wilson intervals: method 10 of Newcombe 1998.
        Newcombe = "newcombe",
        /// The same with continuity correction: method 11.
        NewcombeContinuity = "newcombe-cc",
        /// Wald interval after adding one success and one failure to each group: Agresti and Caffo 2000.
        AgrestiCaffo = "agresti-caffo",
        /// Unpooled Wald interval: for reproducing reports only.
        Wald = "wald",
    }
);

/// A difference of proportions, group 1 minus group 0.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskDifference {
    /// Events in group 1.
    pub x1: u64,
    /// Patients in group 1.
    pub n1: u64,
    /// Events in group 0.
    pub x0: u64,
    /// Patients in group 0.
    pub n0: u64,
    /// x1/n1 - x0/n0.
    pub estimate: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level.
    pub conf_level: f64,
    /// Kind of interval.
    pub method: DifferenceMethod,
    /// Chi-squared of the score test of no difference that belongs to the interval; none for intervals without a test.
    pub statistic: Option<f64>,
    /// Its p-value on one degree of freedom.
    pub p_value: Option<f64>,
}

/// x1/n1 - x0/n0 with its interval.
///
/// The score intervals hold all d with ((p1 - p0) - d)² / V(d) <= z², V(d) = (r1(1-r1)/n1 + r0(1-r0)/n0) · N/(N-1), where
/// r1 = r0 + d maximise the likelihood under the difference d; Mee omits N/(N-1). Test and interval use the same variance:
/// the interval excludes 0 exactly when p < 1 - `conf_level`. Tables without events have an interval too.
///
/// # Errors
/// Counts above their totals, totals of 0, a confidence level outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{DifferenceMethod, risk_difference};
/// let d = risk_difference(56, 70, 48, 80, DifferenceMethod::MiettinenNurminen, 0.95)?;
/// assert!((d.lower - 0.0528).abs() < 5e-5 && (d.upper - 0.3382).abs() < 5e-5);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Miettinen O, Nurminen M. Stat Med 1985;4:213, doi 10.1002/sim.4780040211. Newcombe RG. Stat Med 1998;17:873,
/// doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
pub fn risk_difference(
    x1: u64,
    n1: u64,
    x0: u64,
    n0: u64,
    method: DifferenceMethod,
    conf_level: f64,
) -> Result<RiskDifference> {
    x_of_n("x1", x1, "n1", n1)?;
    x_of_n("x0", x0, "n0", n0)?;
    let level = check_level(conf_level)?;
    let z = normal::quantile_upper(0.5 * (1.0 - level))?;
    let (p1, p0) = (x1 as f64 / n1 as f64, x0 as f64 / n0 as f64);
    let estimate = (i128::from(x1) * i128::from(n0) - i128::from(x0) * i128::from(n1)) as f64 / (n1 as f64 * n0 as f64);
    let mut test = None;
    let (lower, upper) = match method {
        DifferenceMethod::MiettinenNurminen | DifferenceMethod::Mee => {
            let table = Table { x1: x1 as f64, n1: n1 as f64, x0: x0 as f64, n0: n0 as f64 };
            let total = table.n1 + table.n0;
            let inflation = if method == DifferenceMethod::Mee { 1.0 } else { total / (total - 1.0) };
            let score = |d: f64| {
                let gap = estimate - d;
                let variance = table.variance(d) * inflation;
                if gap == 0.0 {
                    0.0
                } else if variance > 0.0 {
                    gap / variance.sqrt()
                } else {
                    gap.signum() * f64::INFINITY
                }
            };
            test = Some(score(0.0) * score(0.0));
            let lower = if estimate <= -1.0 { -1.0 } else { bisect(-1.0, estimate, |d| score(d) - z) };
            let upper = if estimate >= 1.0 { 1.0 } else { bisect(estimate, 1.0, |d| score(d) + z) };
            (lower, upper)
        }
        DifferenceMethod::Newcombe | DifferenceMethod::NewcombeContinuity => {
            let single = if method == DifferenceMethod::Newcombe {
                ProportionMethod::Wilson
            } else {
                ProportionMethod::WilsonContinuity
            };
            let (l1, u1) = limits(x1, n1, single, level)?;
            let (l0, u0) = limits(x0, n0, single, level)?;
            (estimate - (p1 - l1).hypot(u0 - p0), estimate + (u1 - p1).hypot(p0 - l0))
        }
        DifferenceMethod::AgrestiCaffo => {
            let (m1, m0) = (n1 as f64 + 2.0, n0 as f64 + 2.0);
            let (q1, q0) = ((x1 as f64 + 1.0) / m1, (x0 as f64 + 1.0) / m0);
            let width = z * (q1 * (1.0 - q1) / m1 + q0 * (1.0 - q0) / m0).sqrt();
            (q1 - q0 - width, q1 - q0 + width)
        }
        DifferenceMethod::Wald => {
            let width = z * (p1 * (1.0 - p1) / n1 as f64 + p0 * (1.0 - p0) / n0 as f64).sqrt();
            (estimate - width, estimate + width)
        }
    };
    let p_value = match test {
        Some(statistic) if statistic.is_finite() => Some(chi_squared::sf(statistic, 1.0)?),
        Some(_) => Some(0.0),
        None => None,
    };
    Ok(RiskDifference {
        x1,
        n1,
        x0,
        n0,
        estimate,
        lower: lower.max(-1.0),
        upper: upper.min(1.0),
        conf_level,
        method,
        statistic: test,
        p_value,
    })
}

pub(crate) struct Table {
    pub(crate) x1: f64,
    pub(crate) n1: f64,
    pub(crate) x0: f64,
    pub(crate) n0: f64,
}

impl Table {
    /// r1(1-r1)/n1 + r0(1-r0)/n0 at the likelihood estimates under r1 - r0 = d.
    pub(crate) fn variance(&self, d: f64) -> f64 {
        let r0 = self.constrained(d);
        let r1 = (r0 + d).clamp(0.0, 1.0);
        r1 * (1.0 - r1) / self.n1 + r0 * (1.0 - r0) / self.n0
    }

    /// r0: the root of the cubic likelihood equation in closed form (Farrington and Manning 1990).
    fn constrained(&self, d: f64) -> f64 {
        let total = self.n1 + self.n0;
        let events = self.x1 + self.x0;
        if d == 0.0 {
            return events / total;
        }
        let l3 = total;
        let l2 = (self.n1 + 2.0 * self.n0) * d - total - events;
        let l1 = (self.n0 * d - total - 2.0 * self.x0) * d + events;
        let l0 = self.x0 * d * (1.0 - d);
        let shift = l2 / (3.0 * l3);
        let q = shift.powi(3) - l1 * l2 / (6.0 * l3 * l3) + l0 / (2.0 * l3);
        let p = q.signum() * (shift * shift - l1 / (3.0 * l3)).max(0.0).sqrt();
        let angle = if p == 0.0 { 0.0 } else { (PI + (q / p.powi(3)).clamp(-1.0, 1.0).acos()) / 3.0 };
        (2.0 * p * angle.cos() - shift).clamp((-d).max(0.0), (1.0 - d).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DifferenceMethod::*;

    #[test]
    fn newcombe_1998_table_two() {
        // Stat Med 1998;17:873, contrasts a to h, four printed digits
        type Limits = (f64, f64);
        type Row = (u64, u64, u64, u64, Limits, Limits, Limits, Limits);
        let rows: [Row; 8] = [
            (56, 70, 48, 80, (0.0528, 0.3382), (0.0533, 0.3377), (0.0524, 0.3339), (0.0428, 0.3422)),
            (9, 10, 3, 10, (0.1700, 0.8406), (0.1821, 0.8370), (0.1705, 0.8090), (0.1013, 0.8387)),
            (6, 7, 2, 7, (0.0342, 0.8534), (0.0544, 0.8478), (0.0582, 0.8062), (-0.0290, 0.8423)),
            (5, 56, 0, 29, (-0.0326, 0.1933), (-0.0313, 0.1926), (-0.0381, 0.1926), (-0.0667, 0.2037)),
            (0, 10, 0, 20, (-0.1658, 0.2844), (-0.1611, 0.2775), (-0.1611, 0.2775), (-0.2005, 0.3445)),
            (0, 10, 0, 10, (-0.2879, 0.2879), (-0.2775, 0.2775), (-0.2775, 0.2775), (-0.3445, 0.3445)),
            (10, 10, 0, 20, (0.7156, 1.0), (0.7225, 1.0), (0.6791, 1.0), (0.6014, 1.0)),
            (10, 10, 0, 10, (0.6636, 1.0), (0.6777, 1.0), (0.6075, 1.0), (0.5128, 1.0)),
        ];
        for (x1, n1, x0, n0, mn, mee, ten, eleven) in rows {
            for (method, (lower, upper)) in
                [(MiettinenNurminen, mn), (Mee, mee), (Newcombe, ten), (NewcombeContinuity, eleven)]
            {
                let d = risk_difference(x1, n1, x0, n0, method, 0.95).unwrap();
                assert!(
                    (d.lower - lower).abs() < 5.1e-5 && (d.upper - upper).abs() < 5.1e-5,
                    "{x1}/{n1} v {x0}/{n0} {method}: {} {} instead of {lower} {upper}",
                    d.lower,
                    d.upper
                );
            }
        }
    }

    #[test]
    fn score_interval_excludes_zero_exactly_when_its_test_rejects() {
        for method in [MiettinenNurminen, Mee] {
            for x1 in 0..=12 {
                for x0 in 0..=6 {
                    let d = risk_difference(x1, 12, x0, 6, method, 0.95).unwrap();
                    let excludes = d.lower > 0.0 || d.upper < 0.0;
                    assert_eq!(excludes, d.p_value.unwrap() < 0.05, "{method} {x1}/12 {x0}/6 {d:?}");
                }
            }
        }
    }

    #[test]
    fn exchanging_the_groups_changes_the_sign() {
        for &method in DifferenceMethod::ALL {
            let a = risk_difference(9, 12, 5, 6, method, 0.9).unwrap();
            let b = risk_difference(5, 6, 9, 12, method, 0.9).unwrap();
            assert!((a.lower + b.upper).abs() < 1e-12 && (a.upper + b.lower).abs() < 1e-12, "{method}");
        }
    }
}
