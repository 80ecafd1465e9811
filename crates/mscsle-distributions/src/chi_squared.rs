//! Chi-squared distribution with `df` degrees of freedom (any positive number).

use crate::error::{Result, number, positive, probability};
use crate::gamma::solve;
use crate::special::incomplete_gamma;

const NAME: &str = "chi-squared";

/// P(X <= x).
///
/// # Errors
/// `df` not positive and finite; NaN.
pub fn cdf(x: f64, df: f64) -> Result<f64> {
    check(x, df)?;
    Ok(incomplete_gamma(0.5 * df, 0.5 * x).0)
}

/// P(X > x): the p-value of a chi-squared statistic.
///
/// # Errors
/// As [`cdf`].
///
/// ```
/// let p = mscsle_distributions::chi_squared::sf(3.841_458_820_694_124, 1.0)?;
/// assert!((p - 0.05).abs() < 1e-15);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn sf(x: f64, df: f64) -> Result<f64> {
    check(x, df)?;
    Ok(incomplete_gamma(0.5 * df, 0.5 * x).1)
}

/// x with P(X <= x) = p.
///
/// # Errors
/// `df` not positive and finite; `p` outside 0..1.
pub fn quantile(p: f64, df: f64) -> Result<f64> {
    positive(NAME, "df", df)?;
    probability("p", p)?;
    Ok(2.0 * solve(p, 1.0 - p, 0.5 * df))
}

/// x with P(X > x) = q.
///
/// # Errors
/// As [`quantile`].
pub fn quantile_upper(q: f64, df: f64) -> Result<f64> {
    positive(NAME, "df", df)?;
    probability("q", q)?;
    Ok(2.0 * solve(1.0 - q, q, 0.5 * df))
}

fn check(x: f64, df: f64) -> Result<()> {
    positive(NAME, "df", df)?;
    number(NAME, x)
}
