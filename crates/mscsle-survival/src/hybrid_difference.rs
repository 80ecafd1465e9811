//! Limits for a difference of survival probabilities that hold when an arm has no event.

use crate::SurvivalError;

/// A survival probability and what is known about its precision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalPoint {
    /// S(t).
    pub survival: f64,
    /// Greenwood's standard error; 0 where there was no event.
    pub std_error: f64,
    /// Subjects at risk just before t.
    pub n_risk: f64,
}

impl SurvivalPoint {
    /// Number of uncensored subjects that would know S(t) as well: S (1 - S) / variance, and the number at risk where S is 0
    /// or 1 and Greenwood's variance says nothing.
    #[must_use]
    pub fn effective_number(&self) -> f64 {
        if self.std_error > 0.0 { self.survival * (1.0 - self.survival) / self.std_error.powi(2) } else { self.n_risk }
    }

    /// Wilson's limits with the effective number.
    fn wilson(&self, critical_value: f64) -> (f64, f64) {
        let (p, n, z) = (self.survival, self.effective_number(), critical_value);
        let z2 = z * z;
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let reach = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        // what is at a boundary stays there exactly
        let lower = if p == 0.0 { 0.0 } else { (centre - reach).max(0.0) };
        let upper = if p == 1.0 { 1.0 } else { (centre + reach).min(1.0) };
        (lower, upper)
    }
}

/// Limits of S_a(t) - S_b(t) from Wilson's limits l, u of each with the effective number of subjects.
///
/// ```text
/// lower = d - sqrt((S_a - l_a)^2 + (u_b - S_b)^2)      upper = d + sqrt((u_a - S_a)^2 + (S_b - l_b)^2)
/// ```
///
/// Without censoring this is Newcombe's method 10. It has a width where an arm has no event, which a normal interval has not.
///
/// # Errors
/// [`SurvivalError::NotEstimable`] if an arm has nobody at risk at S of 0 or 1, or a probability is unknown.
///
/// # Examples
/// ```
/// use mscsle_survival::{SurvivalPoint, hybrid_difference};
/// // 10 of 10 against 0 of 20 (Newcombe 1998, table II)
/// let a = SurvivalPoint { survival: 1.0, std_error: 0.0, n_risk: 10.0 };
/// let b = SurvivalPoint { survival: 0.0, std_error: 0.0, n_risk: 20.0 };
/// let (lower, upper) = hybrid_difference(a, b, 1.959964)?;
/// assert!((lower - 0.6791).abs() < 5e-5 && upper == 1.0);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Rothman KJ. J Chronic Dis 1978;31:557. doi:10.1016/0021-9681(78)90043-7 (Wilson's limits with an effective number).
/// Newcombe RG. Stat Med 1998;17:873. doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
/// Zou GY, Donner A. Stat Med 2008;27:1693. doi:10.1002/sim.3095 (limits of a difference from those of its parts).
pub fn hybrid_difference(a: SurvivalPoint, b: SurvivalPoint, critical_value: f64) -> Result<(f64, f64), SurvivalError> {
    for point in [a, b] {
        let n = point.effective_number();
        if !(n > 0.0 && n.is_finite() && (0.0..=1.0).contains(&point.survival)) {
            return Err(SurvivalError::NotEstimable {
                quantity: "limits of the difference",
                reason: "nobody is at risk in an arm, or its survival is unknown".to_owned(),
            });
        }
    }
    let difference = a.survival - b.survival;
    let ((la, ua), (lb, ub)) = (a.wilson(critical_value), b.wilson(critical_value));
    Ok((difference - (a.survival - la).hypot(ub - b.survival), difference + (ua - a.survival).hypot(b.survival - lb)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KaplanMeierOptions, kaplan_meier};

    const Z95: f64 = 1.959_963_984_540_054;

    #[test]
    fn newcombe_1998_table_two_method_ten() {
        // x1, n1, x0, n0, printed limits
        let rows = [
            (56.0, 70.0, 48.0, 80.0, 0.0524, 0.3339),
            (9.0, 10.0, 3.0, 10.0, 0.1705, 0.8090),
            (6.0, 7.0, 2.0, 7.0, 0.0582, 0.8062),
            (5.0, 56.0, 0.0, 29.0, -0.0381, 0.1926),
            (0.0, 10.0, 0.0, 20.0, -0.1611, 0.2775),
            (0.0, 10.0, 0.0, 10.0, -0.2775, 0.2775),
            (10.0, 10.0, 0.0, 20.0, 0.6791, 1.0),
            (10.0, 10.0, 0.0, 10.0, 0.6075, 1.0),
        ];
        let point = |x: f64, n: f64| {
            let p = x / n;
            SurvivalPoint { survival: p, std_error: (p * (1.0 - p) / n).sqrt(), n_risk: n }
        };
        for (x1, n1, x0, n0, lower, upper) in rows {
            let found = hybrid_difference(point(x1, n1), point(x0, n0), Z95).unwrap();
            assert!(
                (found.0 - lower).abs() < 5.1e-5 && (found.1 - upper).abs() < 5.1e-5,
                "{x1}/{n1} v {x0}/{n0}: {found:?}"
            );
        }
    }

    #[test]
    fn greenwood_without_censoring_gives_the_number_of_subjects() {
        let km = kaplan_meier(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true; 5], &KaplanMeierOptions::default()).unwrap();
        let point = SurvivalPoint { survival: km.survival[1], std_error: km.std_error()[1], n_risk: km.n_risk[1] };
        assert!((point.effective_number() - 5.0).abs() < 1e-12);
    }

    #[test]
    fn nobody_at_risk_is_refused() {
        let known = SurvivalPoint { survival: 0.5, std_error: 0.1, n_risk: 20.0 };
        let ended = SurvivalPoint { survival: 0.0, std_error: 0.0, n_risk: 0.0 };
        assert!(hybrid_difference(known, ended, Z95).is_err());
        assert!(hybrid_difference(SurvivalPoint { survival: f64::NAN, ..known }, known, Z95).is_err());
    }
}
