//! Quantiles of a survival curve with limits by inverting its pointwise band.

use crate::{NearTies, SurvivalError};

/// A quantile of survival time; None = not reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalQuantile {
    /// The quantile.
    pub estimate: Option<f64>,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
}

/// The time by which a fraction `p` has had the event: the first time with `S(t) <= 1 - p`.
///
/// S is compared with `1 - p` to sqrt(eps). Where S equals `1 - p` on an interval, its midpoint is taken; if that interval
/// is the last, it ends with the last observed time (R, SAS). The limits are the first times at which the lower and the
/// upper limit of S come down to `1 - p`, by the same rule (Brookmeyer and Crowley).
///
/// # Errors
/// [`SurvivalError::InvalidOption`] unless 0 <= p <= 1.
///
/// # References
/// Brookmeyer, Crowley. Biometrics 1982;38:29. doi:10.2307/2530286
pub fn survival_quantile(
    time: &[f64],
    survival: &[f64],
    lower: &[f64],
    upper: &[f64],
    p: f64,
) -> Result<SurvivalQuantile, SurvivalError> {
    if !(0.0..=1.0).contains(&p) {
        return Err(SurvivalError::InvalidOption { option: "p", expected: "between 0 and 1", value: p });
    }
    Ok(SurvivalQuantile {
        estimate: crossing(time, survival, p),
        lower: crossing(time, lower, p),
        upper: crossing(time, upper, p),
    })
}

/// [`survival_quantile`] for several fractions: estimates, lower and upper limits, NaN where not reached.
///
/// # Errors
/// As [`survival_quantile`].
pub fn survival_quantiles(
    time: &[f64],
    survival: &[f64],
    lower: &[f64],
    upper: &[f64],
    fractions: &[f64],
) -> Result<[Vec<f64>; 3], SurvivalError> {
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    for &p in fractions {
        let quantile = survival_quantile(time, survival, lower, upper, p)?;
        for (column, value) in columns.iter_mut().zip([quantile.estimate, quantile.lower, quantile.upper]) {
            column.push(value.unwrap_or(f64::NAN));
        }
    }
    Ok(columns)
}

/// The first time at which `curve` has come down to `1 - p`; missing values are passed over.
fn crossing(time: &[f64], curve: &[f64], p: f64) -> Option<f64> {
    if p == 0.0 {
        return Some(0.0);
    }
    let tolerance = NearTies::TOLERANCE;
    let first = curve.iter().position(|&value| 1.0 - value + tolerance >= p)?;
    // NaN compares false and so ends no interval
    let equal = (1.0 - curve[first] - p).abs() < tolerance;
    if !equal {
        return Some(time[first]);
    }
    let after = curve[first..].iter().position(|&value| 1.0 - value - tolerance >= p);
    let end = match after {
        Some(offset) => time[first + offset],
        None => *time.last()?,
    };
    Some(0.5 * (time[first] + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survival_equal_to_p_on_an_interval_gives_its_midpoint() {
        assert_eq!(crossing(&[1.0, 2.0, 4.0], &[0.75, 0.5, 0.25], 0.5), Some(3.0));
    }

    #[test]
    fn survival_equal_to_p_until_the_end_gives_the_midpoint_to_the_last_time() {
        assert_eq!(crossing(&[1.0, 2.0, 4.0, 7.0], &[0.75, 0.5, 0.5, 0.5], 0.5), Some(4.5));
    }

    #[test]
    fn survival_above_p_is_not_reached() {
        assert_eq!(crossing(&[1.0, 2.0], &[0.9, 0.8], 0.5), None);
        assert_eq!(crossing(&[], &[], 0.5), None);
    }

    #[test]
    fn rounding_of_survival_does_not_move_the_quantile() {
        let third = 1.0 - 1.0 / 3.0 - 1.0 / 6.0; // 0.5 but for the last bits
        assert_eq!(crossing(&[1.0, 2.0, 4.0], &[0.75, third, 0.25], 0.5), Some(3.0));
    }

    #[test]
    fn a_probability_outside_zero_and_one_is_refused() {
        assert!(survival_quantile(&[1.0], &[0.5], &[0.1], &[0.9], 1.5).is_err());
        assert!(survival_quantile(&[1.0], &[0.5], &[0.1], &[0.9], f64::NAN).is_err());
    }
}
