//! Barnard's and Boschloo's exact tests of two independent proportions: the number of events is not held fixed.

use crate::error::{Result, StatsError, x_of_n};
use crate::fisher::fisher_exact;
use crate::words::{Alternative, option_words};
use mscsle_distributions::{binomial, hypergeometric};

option_words!(
    /// How tables are ordered.
    UnconditionalMethod, "method", {
        /// By the pooled z statistic, compared exactly as fractions: Barnard 1945, Suissa and Shuster 1985.
        Barnard = "barnard",
        /// By the p-value of Fisher's test of the same side: Boschloo 1970.
        Boschloo = "boschloo",
    }
);

/// An exact unconditional test.
#[derive(Debug, Clone, PartialEq)]
pub struct UnconditionalTest {
    /// Pooled z (Barnard) or Fisher's p-value (Boschloo).
    pub statistic: f64,
    /// Largest probability, over the common proportion, of tables at least as extreme.
    pub p_value: f64,
    /// The common proportion where it is reached.
    pub nuisance: f64,
    /// Side.
    pub alternative: Alternative,
    /// Ordering.
    pub method: UnconditionalMethod,
}

/// Largest number of tables.
const MAX_TABLES: u128 = 4_000_000;
/// Fisher p-values closer than this (relative) are tied.
const TIE: f64 = 1e-9;
/// Points of the grid over the common proportion.
const GRID: usize = 1000;

/// Exact test of equal proportions x1/n1 and x0/n0 by the supremum over the common proportion.
///
/// Tables are compared exactly for Barnard's test (z² as a fraction) and with a relative tolerance of 1e-9 for Boschloo's:
/// tables that tie on paper tie here. The supremum is found on a grid of 1000 points and refined by golden section around
/// the three best. Two-sided Boschloo orders by the two-sided p-value of Fisher's test.
///
/// # Errors
/// Counts above their totals, totals of 0, more than 4e6 tables.
///
/// # Examples
/// ```
/// use mscsle_stats::{Alternative, UnconditionalMethod, unconditional_test};
/// let test = unconditional_test(9, 10, 3, 10, UnconditionalMethod::Barnard, Alternative::TwoSided)?;
/// assert!((test.p_value - 0.007956).abs() < 5e-7);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Barnard GA. Nature 1945;156:177, doi 10.1038/156177a0. Boschloo RD. Stat Neerl 1970;24:1. Suissa S, Shuster JJ. J R Stat
/// Soc A 1985;148:317, doi 10.2307/2981892.
pub fn unconditional_test(
    x1: u64,
    n1: u64,
    x0: u64,
    n0: u64,
    method: UnconditionalMethod,
    alternative: Alternative,
) -> Result<UnconditionalTest> {
    x_of_n("x1", x1, "n1", n1)?;
    x_of_n("x0", x0, "n0", n0)?;
    let tables = u128::from(n1 + 1) * u128::from(n0 + 1);
    if tables > MAX_TABLES {
        return Err(StatsError::TooLarge { what: "the set of tables", size: tables, limit: MAX_TABLES });
    }
    let n = n1 + n0;
    // share[m]: probability of the extreme tables given m events
    let mut share = vec![0.0; n as usize + 1];
    let statistic = match method {
        UnconditionalMethod::Barnard => {
            let observed = Z::new(x1, n1, x0, n0);
            for a in 0..=n1 {
                for c in 0..=n0 {
                    if Z::new(a, n1, c, n0).at_least(&observed, alternative) {
                        share[(a + c) as usize] += hypergeometric::pmf(a, n1, n0, a + c)?;
                    }
                }
            }
            observed.value(n1, n0)
        }
        UnconditionalMethod::Boschloo => {
            let observed = fisher_exact([[x1, n1 - x1], [x0, n0 - x0]], alternative, 0.95)?.p_value;
            let bound = observed * (1.0 + TIE);
            for m in 0..=n {
                share[m as usize] = extreme_by_fisher(m, n1, n0, bound, alternative)?;
            }
            observed
        }
    };
    let probability = |p: f64| -> f64 {
        (0..=n).map(|m| share[m as usize] * binomial::pmf(m, n, p).unwrap_or(0.0)).filter(|v| *v > 0.0).sum()
    };
    let (p_value, nuisance) = supremum(probability);
    Ok(UnconditionalTest { statistic, p_value: p_value.min(1.0), nuisance, alternative, method })
}

/// Probability, given m events, of the tables whose Fisher p-value is at most `bound`.
fn extreme_by_fisher(m: u64, n1: u64, n0: u64, bound: f64, alternative: Alternative) -> Result<f64> {
    let (low, high) = hypergeometric::support(n1, n0, m)?;
    let p = (low..=high).map(|k| hypergeometric::pmf(k, n1, n0, m)).collect::<std::result::Result<Vec<f64>, _>>()?;
    let tail = |i: usize| match alternative {
        Alternative::Greater => p[i..].iter().sum::<f64>(),
        Alternative::Less => p[..=i].iter().sum::<f64>(),
        Alternative::TwoSided => {
            let same = p[i] * crate::proportion::TIE_FACTOR;
            p.iter().filter(|v| **v <= same).sum()
        }
    };
    Ok((0..p.len()).filter(|&i| tail(i).min(1.0) <= bound).map(|i| p[i]).sum())
}

/// The pooled z statistic as a fraction: z² = gap² N / (n1 n0 spread), gap = x1 n0 - x0 n1, spread = m (N - m).
struct Z {
    gap: i128,
    spread: i128,
}

impl Z {
    fn new(x1: u64, n1: u64, x0: u64, n0: u64) -> Self {
        let m = i128::from(x1 + x0);
        let gap = i128::from(x1) * i128::from(n0) - i128::from(x0) * i128::from(n1);
        // without events or with events only, gap is 0 and so is z
        let spread = (m * (i128::from(n1 + n0) - m)).max(1);
        Self { gap, spread }
    }

    fn at_least(&self, other: &Self, alternative: Alternative) -> bool {
        let square = |z: &Self| z.gap * z.gap;
        match alternative {
            Alternative::TwoSided => square(self) * other.spread >= square(other) * self.spread,
            Alternative::Greater => {
                self.gap.signum() * square(self) * other.spread >= other.gap.signum() * square(other) * self.spread
            }
            Alternative::Less => {
                self.gap.signum() * square(self) * other.spread <= other.gap.signum() * square(other) * self.spread
            }
        }
    }

    fn value(&self, n1: u64, n0: u64) -> f64 {
        let (n1, n0) = (n1 as f64, n0 as f64);
        self.gap as f64 * ((n1 + n0) / (n1 * n0 * self.spread as f64)).sqrt()
    }
}

/// Largest value of `f` on 0..1 and where it is reached.
fn supremum(f: impl Fn(f64) -> f64) -> (f64, f64) {
    let step = 1.0 / GRID as f64;
    let mut points: Vec<(f64, f64)> = (0..=GRID).map(|i| (f(i as f64 * step), i as f64 * step)).collect();
    points.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best = points[0];
    for &(_, centre) in points.iter().take(3) {
        let (mut low, mut high) = ((centre - step).max(0.0), (centre + step).min(1.0));
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
        let (mut fa, mut fb) = (f(a), f(b));
        for _ in 0..60 {
            if fa > fb {
                high = b;
                (b, fb) = (a, fa);
                a = high - golden * (high - low);
                fa = f(a);
            } else {
                low = a;
                (a, fa) = (b, fb);
                b = low + golden * (high - low);
                fb = f(b);
            }
        }
        for candidate in [(fa, a), (fb, b)] {
            if candidate.0 > best.0 {
                best = candidate;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(x1: u64, n1: u64, x0: u64, n0: u64, method: UnconditionalMethod, side: Alternative) -> f64 {
        unconditional_test(x1, n1, x0, n0, method, side).unwrap().p_value
    }

    #[test]
    fn tied_tables_are_counted_on_both_sides() {
        // scipy's floating-point ordering drops tied tables here and gives 0.00693
        let value = p(9, 10, 3, 10, UnconditionalMethod::Barnard, Alternative::TwoSided);
        assert!((value - 0.007_956).abs() < 5e-7, "{value}");
    }

    #[test]
    fn boschloo_is_never_larger_than_fisher() {
        for side in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
            for x1 in 0..=12 {
                for x0 in 0..=6 {
                    let fisher = fisher_exact([[x1, 12 - x1], [x0, 6 - x0]], side, 0.95).unwrap().p_value;
                    let boschloo = p(x1, 12, x0, 6, UnconditionalMethod::Boschloo, side);
                    assert!(boschloo <= fisher * (1.0 + 1e-9), "{side} {x1} {x0}: {boschloo} {fisher}");
                }
            }
        }
    }

    #[test]
    fn exchanging_groups_exchanges_the_sides() {
        for method in [UnconditionalMethod::Barnard, UnconditionalMethod::Boschloo] {
            let a = p(9, 12, 2, 6, method, Alternative::Greater);
            let b = p(2, 6, 9, 12, method, Alternative::Less);
            assert!((a - b).abs() < 1e-12, "{method}");
            let two = p(9, 12, 2, 6, method, Alternative::TwoSided);
            assert!((two - p(2, 6, 9, 12, method, Alternative::TwoSided)).abs() < 1e-12);
        }
    }

    #[test]
    fn equal_proportions_have_p_one() {
        assert!((p(2, 4, 3, 6, UnconditionalMethod::Barnard, Alternative::TwoSided) - 1.0).abs() < 1e-12);
        assert!((p(0, 4, 0, 6, UnconditionalMethod::Barnard, Alternative::TwoSided) - 1.0).abs() < 1e-12);
    }
}
