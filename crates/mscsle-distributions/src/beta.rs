//! Beta distribution with parameters `a` and `b`.

use crate::error::{Result, number, positive, probability};
use crate::root::invert;
use crate::special::{incomplete_beta, ln_beta_term};
use libm::{exp, log};

const NAME: &str = "beta";

/// P(X <= x).
///
/// # Errors
/// Parameters not positive and finite; NaN.
///
/// ```
/// assert!((mscsle_distributions::beta::cdf(0.25, 1.0, 1.0)? - 0.25).abs() < 1e-15);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn cdf(x: f64, a: f64, b: f64) -> Result<f64> {
    check(a, b)?;
    number(NAME, x)?;
    Ok(incomplete_beta(a, b, x, 1.0 - x).0)
}

/// P(X > x).
///
/// # Errors
/// As [`cdf`].
pub fn sf(x: f64, a: f64, b: f64) -> Result<f64> {
    check(a, b)?;
    number(NAME, x)?;
    Ok(incomplete_beta(a, b, x, 1.0 - x).1)
}

/// x with P(X <= x) = p.
///
/// # Errors
/// Parameters not positive and finite; `p` outside 0..1.
///
/// ```
/// // lower Clopper-Pearson limit of 49/81
/// let lower = mscsle_distributions::beta::quantile(0.025, 49.0, 33.0)?;
/// assert!((lower - 0.49010).abs() < 5e-6);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn quantile(p: f64, a: f64, b: f64) -> Result<f64> {
    check(a, b)?;
    probability("p", p)?;
    Ok(solve(p, 1.0 - p, a, b).0)
}

/// x with P(X > x) = q.
///
/// # Errors
/// As [`quantile`].
pub fn quantile_upper(q: f64, a: f64, b: f64) -> Result<f64> {
    check(a, b)?;
    probability("q", q)?;
    Ok(solve(1.0 - q, q, a, b).0)
}

fn check(a: f64, b: f64) -> Result<()> {
    positive(NAME, "a", a)?;
    positive(NAME, "b", b)
}

/// (x, 1 - x), both to full relative accuracy.
pub(crate) fn solve(p: f64, q: f64, a: f64, b: f64) -> (f64, f64) {
    if p <= 0.0 {
        return (0.0, 1.0);
    }
    if q <= 0.0 {
        return (1.0, 0.0);
    }
    // in odds r = x / (1 - x): r f(r) = x^a y^b / B(a, b)
    let split =
        |r: f64| if r > 1.0 { (1.0 / (1.0 + 1.0 / r), 1.0 / (1.0 + r)) } else { (r / (1.0 + r), 1.0 / (1.0 + r)) };
    let r = if p <= 0.5 {
        invert(a / b, log(p), true, |r| {
            let (x, y) = split(r);
            let value = log(incomplete_beta(a, b, x, y).0);
            (value, exp(ln_beta_term(a, b, x, y) - value))
        })
    } else {
        invert(a / b, log(q), false, |r| {
            let (x, y) = split(r);
            let value = log(incomplete_beta(a, b, x, y).1);
            (value, -exp(ln_beta_term(a, b, x, y) - value))
        })
    };
    split(r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_of_parameters_is_the_other_tail() {
        for (a, b) in [(0.5, 0.5), (1.0, 81.0), (81.0, 0.5), (3.0, 1e5)] {
            for x in [1.0 / 1024.0, 0.25, 0.5, 0.75, 1023.0 / 1024.0] {
                let (left, right) = (cdf(x, a, b).unwrap(), sf(1.0 - x, b, a).unwrap());
                assert!((left - right).abs() <= 1e-13 * left.max(1e-300), "{a} {b} {x}: {left} {right}");
            }
        }
    }

    #[test]
    fn ends_of_the_interval_are_certain() {
        assert_eq!(cdf(0.0, 2.0, 3.0), Ok(0.0));
        assert_eq!(cdf(1.0, 2.0, 3.0), Ok(1.0));
        assert_eq!(quantile(0.0, 2.0, 3.0), Ok(0.0));
        assert_eq!(quantile(1.0, 2.0, 3.0), Ok(1.0));
    }

    #[test]
    fn negative_parameter_is_refused() {
        assert!(cdf(0.5, -1.0, 1.0).is_err());
    }
}
