//! F distribution with `df1` and `df2` degrees of freedom.

use crate::beta::solve;
use crate::error::{Result, number, positive, probability};
use crate::special::incomplete_beta;

const NAME: &str = "F";

/// P(X <= x).
///
/// # Errors
/// Degrees of freedom not positive and finite; NaN.
pub fn cdf(x: f64, df1: f64, df2: f64) -> Result<f64> {
    check(df1, df2)?;
    number(NAME, x)?;
    Ok(tails(x, df1, df2).1)
}

/// P(X > x): the p-value of an F statistic.
///
/// # Errors
/// As [`cdf`].
///
/// ```
/// let p = mscsle_distributions::f::sf(4.964_602_743_730_711, 1.0, 10.0)?;
/// assert!((p - 0.05).abs() < 1e-14);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn sf(x: f64, df1: f64, df2: f64) -> Result<f64> {
    check(df1, df2)?;
    number(NAME, x)?;
    Ok(tails(x, df1, df2).0)
}

/// x with P(X <= x) = p.
///
/// # Errors
/// Degrees of freedom not positive and finite; `p` outside 0..1.
pub fn quantile(p: f64, df1: f64, df2: f64) -> Result<f64> {
    check(df1, df2)?;
    probability("p", p)?;
    let (x, y) = solve(p, 1.0 - p, 0.5 * df1, 0.5 * df2);
    Ok(x / y * (df2 / df1))
}

/// x with P(X > x) = q.
///
/// # Errors
/// As [`quantile`].
pub fn quantile_upper(q: f64, df1: f64, df2: f64) -> Result<f64> {
    check(df1, df2)?;
    probability("q", q)?;
    let (x, y) = solve(1.0 - q, q, 0.5 * df1, 0.5 * df2);
    Ok(x / y * (df2 / df1))
}

/// (upper, lower)
fn tails(x: f64, df1: f64, df2: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (1.0, 0.0);
    }
    if x == f64::INFINITY {
        return (0.0, 1.0);
    }
    let r = df1 / df2 * x;
    let near_one = 1.0 / (1.0 + r);
    incomplete_beta(0.5 * df2, 0.5 * df1, near_one, if r > 1.0 { 1.0 / (1.0 + 1.0 / r) } else { r / (1.0 + r) })
}

fn check(df1: f64, df2: f64) -> Result<()> {
    positive(NAME, "df1", df1)?;
    positive(NAME, "df2", df2)
}
