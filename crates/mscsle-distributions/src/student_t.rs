//! Student's t distribution with `df` degrees of freedom (any positive number; infinity is the normal distribution).

use crate::error::{DistributionError, Result, number, probability};
use crate::normal;
use crate::root::invert;
use crate::special::{LN_SQRT_2_PI, incomplete_beta, stirling_error};
use libm::{exp, log, log1p};

const NAME: &str = "Student t";

/// P(X <= t).
///
/// # Errors
/// `df` not positive; NaN.
pub fn cdf(t: f64, df: f64) -> Result<f64> {
    sf(-t, df)
}

/// P(X > t); a two-sided p-value is `2 * sf(t.abs(), df)`.
///
/// # Errors
/// `df` not positive; NaN.
///
/// ```
/// let p = 2.0 * mscsle_distributions::student_t::sf(3.959_239, 9.0)?;
/// assert!((p - 0.003_308_1).abs() < 1e-7);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn sf(t: f64, df: f64) -> Result<f64> {
    check(df)?;
    number(NAME, t)?;
    let upper = tail(t.abs(), df);
    Ok(if t < 0.0 { 1.0 - upper } else { upper })
}

/// t with P(X <= t) = p.
///
/// # Errors
/// `df` not positive; `p` outside 0..1.
///
/// ```
/// let t = mscsle_distributions::student_t::quantile(0.975, 9.0)?;
/// assert!((t - 2.262_157_162_798_205).abs() < 1e-14);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn quantile(p: f64, df: f64) -> Result<f64> {
    check(df)?;
    probability("p", p)?;
    Ok(if p < 0.5 { -upper_quantile(p, df) } else { upper_quantile(1.0 - p, df) })
}

/// t with P(X > t) = q.
///
/// # Errors
/// As [`quantile`].
pub fn quantile_upper(q: f64, df: f64) -> Result<f64> {
    Ok(-quantile(q, df)?)
}

fn check(df: f64) -> Result<()> {
    if df > 0.0 {
        Ok(())
    } else {
        Err(DistributionError::Parameter { distribution: NAME, parameter: "df", value: df, needed: "positive" })
    }
}

/// Beyond this the t distribution differs from the normal one by less than rounding.
const NORMAL_FROM: f64 = 1e20;

/// Above this many √df the tail is t f(t) / df to the last bit.
const POWER_TAIL_FROM: f64 = 1e100;

/// (df, t²) / (df + t²)
fn split(t: f64, df: f64) -> (f64, f64) {
    let r = t * t / df;
    (1.0 / (1.0 + r), if r > 1.0 { 1.0 / (1.0 + 1.0 / r) } else { r / (1.0 + r) })
}

/// P(X > t) for t >= 0.
fn tail(t: f64, df: f64) -> f64 {
    if df > NORMAL_FROM {
        return normal::sf(t);
    }
    if t == f64::INFINITY {
        return 0.0;
    }
    if t / df.sqrt() > POWER_TAIL_FROM {
        return exp(ln_density_times_t(t, df) - log(df));
    }
    let (x, y) = split(t, df);
    0.5 * incomplete_beta(0.5 * df, 0.5, x, y).0
}

/// P(0 < X < t), accurate for small t.
fn centre(t: f64, df: f64) -> f64 {
    let (x, y) = split(t, df);
    0.5 * incomplete_beta(0.5 * df, 0.5, x, y).1
}

/// ln( t f(t) ).
fn ln_density_times_t(t: f64, df: f64) -> f64 {
    let r = t / df.sqrt();
    let ln_one_plus = if r > 1e8 { 2.0 * log(r) } else { log1p(r * r) };
    // Γ((df+1)/2) / (√(df π) Γ(df/2)) = exp(δ(h + 1/2) - δ(h)) (1 + 1/(2h))^h e^{-1/2} / √(2π), h = df/2
    let h = 0.5 * df;
    let ln_constant = stirling_error(h + 0.5) - stirling_error(h) + (h * log1p(0.5 / h) - 0.5) - LN_SQRT_2_PI;
    ln_constant + log(t) - (h + 0.5) * ln_one_plus
}

fn upper_quantile(q: f64, df: f64) -> f64 {
    if q <= 0.0 {
        return f64::INFINITY;
    }
    if q == 0.5 {
        return 0.0;
    }
    if df > NORMAL_FROM {
        return normal::quantile_upper(q).unwrap_or(f64::NAN);
    }
    if q > 0.25 {
        let target = 0.5 - q;
        return invert(target * 2.5, log(target), true, |t| {
            let value = log(centre(t, df));
            (value, exp(ln_density_times_t(t, df) - value))
        });
    }
    // P(X > t) is about (t f(t)) / df far out: start at the power tail or at the normal quantile
    let start = normal::quantile_upper(q).unwrap_or(1.0).max(0.7);
    invert(start, log(q), false, |t| {
        let value = log(tail(t, df));
        (value, -exp(ln_density_times_t(t, df) - value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_degree_of_freedom_is_cauchy() {
        for q in [0.4999, 0.4, 0.05, 1e-8, 1e-300] {
            let t = quantile_upper(q, 1.0).unwrap();
            let exact = if q > 0.25 {
                (std::f64::consts::PI * (0.5 - q)).tan()
            } else {
                1.0 / (std::f64::consts::PI * q).tan()
            };
            assert!((t / exact - 1.0).abs() < 1e-12, "{q}: {t} {exact}");
        }
    }

    #[test]
    fn quantile_returns_to_the_tail() {
        for df in [0.1, 1.0, 2.5, 9.0, 300.0, 1e5, 1e12] {
            for q in [0.49, 0.3, 0.2, 0.025, 1e-8, 1e-60] {
                let t = quantile_upper(q, df).unwrap();
                if t < 1e300 {
                    assert!((sf(t, df).unwrap() / q - 1.0).abs() < 3e-13, "{df} {q} {t}");
                }
            }
        }
    }

    #[test]
    fn infinite_df_is_normal() {
        assert_eq!(sf(1.3, f64::INFINITY).unwrap(), normal::sf(1.3));
    }

    #[test]
    fn median_is_zero() {
        assert_eq!(quantile(0.5, 3.0), Ok(0.0));
    }
}
