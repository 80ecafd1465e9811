//! Pearson's chi-squared test of a table and McNemar's tests of paired yes/no answers.

use crate::error::{Result, StatsError};
use crate::words::option_words;
use mscsle_distributions::{binomial, chi_squared};

/// A chi-squared test of independence.
#[derive(Debug, Clone, PartialEq)]
pub struct ChiSquaredTest {
    /// Pearson's X².
    pub statistic: f64,
    /// (rows - 1)(columns - 1).
    pub df: u64,
    /// p-value.
    pub p_value: f64,
    /// Whether Yates' correction was applied.
    pub continuity_correction: bool,
    /// Smallest expected count; below 5 the exact test is the better choice.
    pub smallest_expected: f64,
}

/// Pearson's test of independence of the rows and columns of a table of counts.
///
/// Yates' correction applies to 2x2 tables only and takes min(1/2, |O - E|) off each difference, as R does.
///
/// # Errors
/// Fewer than two rows or columns, rows of unequal length, an empty row or column.
///
/// # Examples
/// ```
/// use mscsle_stats::chi_squared_test;
/// // cyclophosphamide before: 6 of 16 with and 41 of 53 without complete remission
/// let test = chi_squared_test(&[vec![6, 10], vec![41, 12]], false)?;
/// assert!((test.p_value - 0.0027).abs() < 5e-5);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn chi_squared_test(table: &[Vec<u64>], continuity_correction: bool) -> Result<ChiSquaredTest> {
    let columns = table.first().map_or(0, Vec::len);
    if table.len() < 2 || columns < 2 || table.iter().any(|row| row.len() != columns) {
        return Err(StatsError::Count {
            name: "table",
            value: table.len() as i128,
            needed: "at least two rows and two columns of equal length".into(),
        });
    }
    let row_totals: Vec<u64> = table.iter().map(|row| row.iter().sum()).collect();
    let column_totals: Vec<u64> = (0..columns).map(|j| table.iter().map(|row| row[j]).sum()).collect();
    if row_totals.iter().chain(&column_totals).any(|&t| t == 0) {
        return Err(StatsError::NotEstimable {
            what: "the chi-squared test",
            why: "a row or column of the table is empty".into(),
        });
    }
    let total = row_totals.iter().sum::<u64>() as f64;
    let corrected = continuity_correction && table.len() == 2 && columns == 2;
    let expected = |i: usize, j: usize| row_totals[i] as f64 * column_totals[j] as f64 / total;
    let yates = if corrected { (table[0][0] as f64 - expected(0, 0)).abs().min(0.5) } else { 0.0 };
    let (mut statistic, mut smallest_expected) = (0.0, f64::INFINITY);
    for (i, row) in table.iter().enumerate() {
        for (j, &count) in row.iter().enumerate() {
            let e = expected(i, j);
            statistic += ((count as f64 - e).abs() - yates).powi(2) / e;
            smallest_expected = f64::min(smallest_expected, e);
        }
    }
    let df = ((table.len() - 1) * (columns - 1)) as u64;
    Ok(ChiSquaredTest {
        statistic,
        df,
        p_value: chi_squared::sf(statistic, df as f64)?,
        continuity_correction: corrected,
        smallest_expected,
    })
}

option_words!(
    /// Kind of McNemar test.
    McNemarMethod, "method", {
        /// 2 P(Bin(b + c, 1/2) <= min(b, c)), at most 1.
        Exact = "exact",
        /// The exact p-value less the probability of the observed count.
        MidP = "mid-p",
        /// (b - c)² / (b + c).
        Asymptotic = "asymptotic",
        /// (|b - c| - 1)² / (b + c); 0 when b = c.
        Continuity = "asymptotic-cc",
    }
);

/// McNemar's test of two paired proportions.
#[derive(Debug, Clone, PartialEq)]
pub struct McNemarTest {
    /// Pairs that changed one way.
    pub b: u64,
    /// Pairs that changed the other way.
    pub c: u64,
    /// Chi-squared, or the smaller count for the exact tests.
    pub statistic: f64,
    /// Degrees of freedom; none for the exact tests.
    pub df: Option<u64>,
    /// Two-sided p-value.
    pub p_value: f64,
    /// Kind of test.
    pub method: McNemarMethod,
}

/// McNemar's test from the two discordant counts. Without discordant pairs p = 1.
///
/// # Errors
/// None from counts; only what a distribution function refuses.
///
/// # Examples
/// ```
/// use mscsle_stats::{McNemarMethod, mcnemar};
/// assert_eq!(mcnemar(8, 1, McNemarMethod::Exact)?.p_value, 0.0390625);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Fagerland MW, Lydersen S, Laake P. The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than
/// exact conditional. BMC Med Res Methodol 2013;13:91, doi 10.1186/1471-2288-13-91.
pub fn mcnemar(b: u64, c: u64, method: McNemarMethod) -> Result<McNemarTest> {
    let n = b + c;
    let (least, gap) = (b.min(c), b.abs_diff(c) as f64);
    let (statistic, df, p_value) = match method {
        McNemarMethod::Exact | McNemarMethod::MidP => {
            let exact = if n == 0 { 1.0 } else { (2.0 * fair_coin_at_most(least, n)?).min(1.0) };
            let p = if method == McNemarMethod::Exact || n == 0 {
                exact
            } else if b == c {
                // both tails hold the observed count: 1 - P(X = b)
                1.0 - binomial::pmf(b, n, 0.5)?
            } else {
                exact - binomial::pmf(least, n, 0.5)?
            };
            (least as f64, None, p)
        }
        McNemarMethod::Asymptotic | McNemarMethod::Continuity => {
            let corrected = if method == McNemarMethod::Continuity { (gap - 1.0).max(0.0) } else { gap };
            let statistic = if n == 0 { 0.0 } else { corrected * corrected / n as f64 };
            (statistic, Some(1), chi_squared::sf(statistic, 1.0)?)
        }
    };
    Ok(McNemarTest { b, c, statistic, df, p_value, method })
}

/// P(Bin(n, 1/2) <= k); exact in whole numbers as far as a double holds them.
fn fair_coin_at_most(k: u64, n: u64) -> Result<f64> {
    if n > 50 {
        return Ok(binomial::cdf(k, n, 0.5)?);
    }
    let (mut ways, mut sum) = (1u64, 0u64);
    for i in 0..=k {
        sum += ways;
        ways = ways * (n - i) / (i + 1);
    }
    Ok(sum as f64 / (1u64 << n) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tv_46_eight_against_one() {
        assert_eq!(mcnemar(8, 1, McNemarMethod::Exact).unwrap().p_value, 0.039_062_5);
    }

    #[test]
    fn no_discordant_pair_has_p_one() {
        for &method in McNemarMethod::ALL {
            assert_eq!(mcnemar(0, 0, method).unwrap().p_value, 1.0, "{method}");
        }
    }

    #[test]
    fn agresti_approval_ratings() {
        // Agresti, Categorical Data Analysis: 86 and 150 changed their mind
        let cc = mcnemar(86, 150, McNemarMethod::Continuity).unwrap();
        assert!((cc.statistic - 16.818).abs() < 5e-4);
        let plain = mcnemar(86, 150, McNemarMethod::Asymptotic).unwrap();
        assert!((plain.statistic - 17.356).abs() < 5e-4);
        let exact = mcnemar(86, 150, McNemarMethod::Exact).unwrap();
        assert!((exact.p_value / 3.716e-5 - 1.0).abs() < 5e-4);
    }

    #[test]
    fn empty_column_is_not_tested() {
        assert!(chi_squared_test(&[vec![3, 0], vec![5, 0]], false).is_err());
        assert!(chi_squared_test(&[vec![3], vec![5]], false).is_err());
    }
}
