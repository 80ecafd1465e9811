//! Poisson distribution with mean `mean`.

use crate::error::{DistributionError, Result};
use crate::special::{LN_SQRT_2_PI, deviance, incomplete_gamma, stirling_error};
use libm::{exp, log};

/// ln P(X = k).
///
/// # Errors
/// A mean that is negative or not finite.
pub fn ln_pmf(k: u64, mean: f64) -> Result<f64> {
    check(mean)?;
    if mean == 0.0 {
        return Ok(if k == 0 { 0.0 } else { f64::NEG_INFINITY });
    }
    if k == 0 {
        return Ok(-mean);
    }
    let x = k as f64;
    Ok(-stirling_error(x) - deviance(x, mean) - 0.5 * log(x) - LN_SQRT_2_PI)
}

/// P(X = k).
///
/// # Errors
/// As [`ln_pmf`].
///
/// ```
/// let p = mscsle_distributions::poisson::pmf(0, 2.0)?;
/// assert!((p - (-2f64).exp()).abs() < 1e-16);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn pmf(k: u64, mean: f64) -> Result<f64> {
    Ok(exp(ln_pmf(k, mean)?))
}

/// P(X <= k).
///
/// # Errors
/// As [`ln_pmf`].
pub fn cdf(k: u64, mean: f64) -> Result<f64> {
    check(mean)?;
    Ok(incomplete_gamma(k as f64 + 1.0, mean).1)
}

/// P(X > k).
///
/// # Errors
/// As [`ln_pmf`].
pub fn sf(k: u64, mean: f64) -> Result<f64> {
    check(mean)?;
    Ok(incomplete_gamma(k as f64 + 1.0, mean).0)
}

fn check(mean: f64) -> Result<()> {
    if mean >= 0.0 && mean.is_finite() {
        Ok(())
    } else {
        Err(DistributionError::Parameter {
            distribution: "Poisson",
            parameter: "mean",
            value: mean,
            needed: ">= 0 and finite",
        })
    }
}
