//! Fisher's exact test of a 2x2 table and the conditional odds ratio.

use crate::error::{Result, StatsError, conf_level as check_level};
use crate::proportion::TIE_FACTOR;
use crate::root::bisect;
use crate::words::Alternative;
use mscsle_distributions::hypergeometric;

/// Largest number of tables with the same margins that are enumerated.
const MAX_SUPPORT: u64 = 20_000_000;

/// Fisher's exact test of the table (a b; c d).
#[derive(Debug, Clone, PartialEq)]
pub struct FisherTest {
    /// Count in the first cell.
    pub statistic: u64,
    /// p-value.
    pub p_value: f64,
    /// Conditional maximum likelihood estimate of the odds ratio; none if a margin is 0.
    pub odds_ratio: Option<f64>,
    /// Lower limit of the odds ratio.
    pub lower: Option<f64>,
    /// Upper limit of the odds ratio.
    pub upper: Option<f64>,
    /// Confidence level.
    pub conf_level: f64,
    /// Side.
    pub alternative: Alternative,
}

/// Exact test of independence in the table with cells a, b (first row) and c, d (second row), all margins fixed.
///
/// Two-sided p: sum of the probabilities not above that of the observed table, with R's tolerance 1e-7 for ties. The odds
/// ratio is the conditional likelihood estimate (not ad/bc), its interval inverts the one-sided tests at α/2 each
/// (`two-sided`) or α (one-sided); 0 and infinity where the observed count is an end of its range. R's `fisher.test` stops its
/// root search at a tolerance of 1e-4, so its estimate and limits may differ from these in the third digit.
///
/// # Errors
/// An empty table, a confidence level outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{Alternative, fisher_exact};
/// let tea = fisher_exact([[3, 1], [1, 3]], Alternative::TwoSided, 0.95)?;
/// assert!((tea.p_value - 0.4857143).abs() < 1e-7 && (tea.odds_ratio.unwrap() - 6.4083197).abs() < 1e-6);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Fisher RA. The logic of inductive inference. J R Stat Soc 1935;98:39, doi 10.2307/2342435.
pub fn fisher_exact(table: [[u64; 2]; 2], alternative: Alternative, conf_level: f64) -> Result<FisherTest> {
    let level = check_level(conf_level)?;
    let [[a, b], [c, d]] = table;
    if a + b + c + d == 0 {
        return Err(StatsError::Count { name: "table", value: 0, needed: "at least one patient".into() });
    }
    let (row1, row0, column1) = (a + b, c + d, a + c);
    let (low, high) = hypergeometric::support(row1, row0, column1)?;
    if high - low > MAX_SUPPORT {
        return Err(StatsError::TooLarge {
            what: "the set of tables with these margins",
            size: u128::from(high - low),
            limit: u128::from(MAX_SUPPORT),
        });
    }
    let p_value = match alternative {
        Alternative::Less => hypergeometric::cdf(a, row1, row0, column1)?,
        Alternative::Greater => {
            if a == 0 {
                1.0
            } else {
                hypergeometric::sf(a - 1, row1, row0, column1)?
            }
        }
        Alternative::TwoSided => {
            let observed = hypergeometric::ln_pmf(a, row1, row0, column1)? + TIE_FACTOR.ln();
            let mut total = 0.0;
            for k in low..=high {
                let ln_p = hypergeometric::ln_pmf(k, row1, row0, column1)?;
                if ln_p <= observed {
                    total += ln_p.exp();
                }
            }
            total.min(1.0)
        }
    };
    if low == high {
        return Ok(FisherTest {
            statistic: a,
            p_value: 1.0,
            odds_ratio: None,
            lower: None,
            upper: None,
            conf_level,
            alternative,
        });
    }
    let family = Noncentral::new(low, high, row1, row0, column1)?;
    let odds_ratio = if a == low {
        0.0
    } else if a == high {
        f64::INFINITY
    } else {
        family.solve(|t| family.mean(t) - a as f64)
    };
    let alpha = 1.0 - level;
    let lower = |side: f64| if a == low { 0.0 } else { family.solve(|t| family.at_least(a, t) - side) };
    let upper = |side: f64| if a == high { f64::INFINITY } else { family.solve(|t| family.at_most(a, t) - side) };
    let (lower, upper) = match alternative {
        Alternative::TwoSided => (lower(0.5 * alpha), upper(0.5 * alpha)),
        Alternative::Less => (0.0, upper(alpha)),
        Alternative::Greater => (lower(alpha), f64::INFINITY),
    };
    Ok(FisherTest {
        statistic: a,
        p_value,
        odds_ratio: Some(odds_ratio),
        lower: Some(lower),
        upper: Some(upper),
        conf_level,
        alternative,
    })
}

/// Noncentral hypergeometric distributions with odds ratio exp(t).
struct Noncentral {
    low: u64,
    ln_weights: Vec<f64>,
}

impl Noncentral {
    fn new(low: u64, high: u64, row1: u64, row0: u64, column1: u64) -> Result<Self> {
        let ln_weights = (low..=high)
            .map(|k| hypergeometric::ln_pmf(k, row1, row0, column1))
            .collect::<std::result::Result<Vec<f64>, _>>()?;
        Ok(Self { low, ln_weights })
    }

    /// Sum of g(k) P(k) at ln odds ratio t.
    fn expectation(&self, t: f64, g: impl Fn(u64) -> f64) -> f64 {
        let ln = |i: usize| self.ln_weights[i] + t * i as f64;
        let largest = (0..self.ln_weights.len()).map(ln).fold(f64::NEG_INFINITY, f64::max);
        let (mut total, mut weighted) = (0.0, 0.0);
        for i in 0..self.ln_weights.len() {
            let p = (ln(i) - largest).exp();
            total += p;
            weighted += p * g(self.low + i as u64);
        }
        weighted / total
    }

    fn mean(&self, t: f64) -> f64 {
        self.expectation(t, |k| k as f64)
    }

    fn at_least(&self, x: u64, t: f64) -> f64 {
        self.expectation(t, |k| f64::from(u8::from(k >= x)))
    }

    fn at_most(&self, x: u64, t: f64) -> f64 {
        self.expectation(t, |k| f64::from(u8::from(k <= x)))
    }

    /// The odds ratio where a monotone function of ln odds ratio is zero.
    fn solve(&self, f: impl Fn(f64) -> f64) -> f64 {
        bisect(-80.0, 80.0, f).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lady_tasting_tea() {
        let tea = fisher_exact([[3, 1], [1, 3]], Alternative::TwoSided, 0.95).unwrap();
        assert!((tea.p_value - 34.0 / 70.0).abs() < 1e-14);
        assert!((tea.lower.unwrap() - 0.2117).abs() < 5e-5, "{tea:?}");
        // the limit solves t^4 / (1 + 16 t + 36 t² + 16 t³ + t^4) = 0.975; R prints 621.9, the tolerance of its uniroot
        let t = tea.upper.unwrap();
        let p = 1.0 / (1.0 + 16.0 / t + 36.0 / t.powi(2) + 16.0 / t.powi(3) + t.powi(-4));
        assert!((p - 0.975).abs() < 1e-14, "{tea:?}");
    }

    #[test]
    fn tv_14_a_common_table_has_p_one() {
        let deng = fisher_exact([[9, 3], [5, 1]], Alternative::TwoSided, 0.95).unwrap();
        assert!((deng.p_value - 1.0).abs() < 1e-12);
    }

    #[test]
    fn zero_margin_has_no_odds_ratio() {
        let test = fisher_exact([[0, 5], [0, 7]], Alternative::TwoSided, 0.95).unwrap();
        assert_eq!((test.p_value, test.odds_ratio), (1.0, None));
    }

    #[test]
    fn zero_cell_has_an_infinite_odds_ratio() {
        let test = fisher_exact([[5, 0], [2, 4]], Alternative::TwoSided, 0.95).unwrap();
        assert_eq!((test.odds_ratio, test.upper), (Some(f64::INFINITY), Some(f64::INFINITY)));
        assert!(test.lower.unwrap() > 0.0);
    }

    #[test]
    fn transposing_changes_nothing() {
        let a = fisher_exact([[7, 2], [3, 9]], Alternative::TwoSided, 0.95).unwrap();
        let b = fisher_exact([[7, 3], [2, 9]], Alternative::TwoSided, 0.95).unwrap();
        assert!(
            (a.p_value - b.p_value).abs() < 1e-13
                && (a.odds_ratio.unwrap() / b.odds_ratio.unwrap() - 1.0).abs() < 1e-12
        );
    }
}
