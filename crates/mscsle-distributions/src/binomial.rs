//! Binomial distribution: `k` successes of `n` with probability `p`.
//!
//! # References
//! Loader C. Fast and accurate computation of binomial probabilities (2000).

use crate::error::{DistributionError, Result};
use crate::special::{LN_SQRT_2_PI, deviance, incomplete_beta, stirling_error};
use libm::{exp, log, log1p};

/// ln P(X = k); minus infinity where impossible.
///
/// # Errors
/// `p` outside 0..1.
pub fn ln_pmf(k: u64, n: u64, p: f64) -> Result<f64> {
    check(p)?;
    Ok(ln_pmf_raw(k as f64, n as f64, p, 1.0 - p))
}

/// P(X = k).
///
/// # Errors
/// `p` outside 0..1.
///
/// ```
/// assert!((mscsle_distributions::binomial::pmf(2, 4, 0.5)? - 0.375).abs() < 1e-15);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn pmf(k: u64, n: u64, p: f64) -> Result<f64> {
    Ok(exp(ln_pmf(k, n, p)?))
}

/// P(X <= k).
///
/// # Errors
/// `p` outside 0..1.
pub fn cdf(k: u64, n: u64, p: f64) -> Result<f64> {
    check(p)?;
    if k >= n {
        return Ok(1.0);
    }
    Ok(incomplete_beta(k as f64 + 1.0, (n - k) as f64, p, 1.0 - p).1)
}

/// P(X > k).
///
/// # Errors
/// `p` outside 0..1.
pub fn sf(k: u64, n: u64, p: f64) -> Result<f64> {
    check(p)?;
    if k >= n {
        return Ok(0.0);
    }
    Ok(incomplete_beta(k as f64 + 1.0, (n - k) as f64, p, 1.0 - p).0)
}

fn check(p: f64) -> Result<()> {
    if (0.0..=1.0).contains(&p) {
        Ok(())
    } else {
        Err(DistributionError::Parameter {
            distribution: "binomial",
            parameter: "p",
            value: p,
            needed: "between 0 and 1",
        })
    }
}

/// Loader's saddle-point form; `q` = 1 - p.
pub(crate) fn ln_pmf_raw(k: f64, n: f64, p: f64, q: f64) -> f64 {
    if k > n || k < 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 0.0 {
        return if k == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    if q == 0.0 {
        return if k == n { 0.0 } else { f64::NEG_INFINITY };
    }
    if k == 0.0 {
        return n * if p < 0.5 { log1p(-p) } else { log(q) };
    }
    if k == n {
        return n * if q < 0.5 { log1p(-q) } else { log(p) };
    }
    let l = n - k;
    stirling_error(n) - stirling_error(k) - stirling_error(l) - deviance(k, n * p) - deviance(l, n * q)
        + 0.5 * log(n / (k * l))
        - LN_SQRT_2_PI
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one() {
        let total: f64 = (0..=81).map(|k| pmf(k, 81, 0.605).unwrap()).sum();
        assert!((total - 1.0).abs() < 1e-14);
    }

    #[test]
    fn certain_and_impossible_outcomes() {
        assert_eq!(pmf(0, 5, 0.0), Ok(1.0));
        assert_eq!(pmf(5, 5, 1.0), Ok(1.0));
        assert_eq!(pmf(6, 5, 0.3), Ok(0.0));
        assert_eq!(cdf(5, 5, 0.3), Ok(1.0));
        assert!(pmf(1, 5, 1.5).is_err());
    }
}
