//! Gamma distribution with shape and rate 1: P(shape, x).
//!
//! # References
//! Loader C. Fast and accurate computation of binomial probabilities (2000) for the leading factor; series and
//! continued fraction as in DLMF 8.11.4 and 8.9.2.

use crate::error::{Result, number, positive, probability};
use crate::root::invert;
use crate::special::{incomplete_gamma, ln_gamma};
use libm::{exp, log};

const NAME: &str = "gamma";

/// P(X <= x).
///
/// # Errors
/// A shape that is not positive and finite; NaN.
///
/// ```
/// let p = mscsle_distributions::gamma::cdf(1.0, 1.0)?;
/// assert!((p - (1.0 - (-1f64).exp())).abs() < 1e-15);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn cdf(x: f64, shape: f64) -> Result<f64> {
    check(x, shape)?;
    Ok(incomplete_gamma(shape, x).0)
}

/// P(X > x).
///
/// # Errors
/// As [`cdf`].
pub fn sf(x: f64, shape: f64) -> Result<f64> {
    check(x, shape)?;
    Ok(incomplete_gamma(shape, x).1)
}

/// x with P(X <= x) = p.
///
/// # Errors
/// A shape that is not positive and finite; `p` outside 0..1.
pub fn quantile(p: f64, shape: f64) -> Result<f64> {
    positive(NAME, "shape", shape)?;
    probability("p", p)?;
    Ok(solve(p, 1.0 - p, shape))
}

/// x with P(X > x) = q.
///
/// # Errors
/// As [`quantile`].
pub fn quantile_upper(q: f64, shape: f64) -> Result<f64> {
    positive(NAME, "shape", shape)?;
    probability("q", q)?;
    Ok(solve(1.0 - q, q, shape))
}

fn check(x: f64, shape: f64) -> Result<()> {
    positive(NAME, "shape", shape)?;
    number(NAME, x)
}

pub(crate) fn solve(p: f64, q: f64, shape: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if q <= 0.0 {
        return f64::INFINITY;
    }
    // x f(x) = x^shape e^-x / Γ(shape)
    let ln_weight = |x: f64| crate::special::ln_gamma_term(shape, x);
    if p <= 0.5 {
        // P is about x^shape / Γ(shape + 1) near 0
        let near_zero = exp((log(p) + ln_gamma(shape + 1.0)) / shape);
        let start = if near_zero < 0.5 * shape && near_zero > 0.0 { near_zero } else { shape };
        invert(start, log(p), true, |x| {
            let value = log(incomplete_gamma(shape, x).0);
            (value, exp(ln_weight(x) - value))
        })
    } else {
        let start = shape.max(-log(q));
        invert(start, log(q), false, |x| {
            let value = log(incomplete_gamma(shape, x).1);
            (value, -exp(ln_weight(x) - value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_sum_to_one() {
        for shape in [1e-3, 0.5, 1.0, 81.0, 5e4] {
            for x in [1e-8, 0.3, 1.0, 60.0, 100.0, 5e4] {
                let total = cdf(x, shape).unwrap() + sf(x, shape).unwrap();
                assert!((total - 1.0).abs() < 1e-14, "shape {shape} x {x}: {total}");
            }
        }
    }

    #[test]
    fn quantile_returns_to_the_probability() {
        for shape in [1e-2, 0.5, 1.0, 81.0, 5e4] {
            for p in [1e-12, 0.025, 0.5, 0.8, 1.0 - 1e-9] {
                let x = quantile(p, shape).unwrap();
                if x > 1e-290 {
                    // one rounding of x moves the tail by sqrt(shape) times the normal score
                    let tolerance = 1e-13 * (1.0 + 7.0 * shape.sqrt());
                    assert!((cdf(x, shape).unwrap() / p - 1.0).abs() < tolerance, "shape {shape} p {p} x {x}");
                }
            }
        }
    }

    #[test]
    fn shape_zero_is_refused() {
        assert_eq!(
            cdf(1.0, 0.0).unwrap_err().to_string(),
            "`shape` of the gamma distribution must be positive and finite, but is 0"
        );
    }
}
