//! Restricted mean survival time: the area under a Kaplan-Meier curve up to a time.

use mscsle_distributions::normal;

use crate::{KaplanMeier, SurvivalError};

/// Mean time without the event up to `tau`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rmst {
    /// End of the interval.
    pub tau: f64,
    /// Area under S from 0 to `tau`.
    pub estimate: f64,
    /// Its standard error (Greenwood-type).
    pub std_error: f64,
}

/// Restricted mean survival time of a curve
///
/// ```text
/// mu(tau) = integral of S over 0..tau      var = sum over t_j <= tau of (integral of S over t_j..tau)^2 d_j / (n_j (n_j - d_j))
/// ```
///
/// # Errors
/// [`SurvivalError::InvalidOption`] unless `tau` is positive and finite; [`SurvivalError::NotEstimable`] if it lies beyond
/// the last observed time of a curve that has not reached 0: S is unknown there.
///
/// # Examples
/// ```
/// use mscsle_survival::{KaplanMeierOptions, kaplan_meier, rmst};
/// let km = kaplan_meier(&[1.0, 2.0, 4.0, 7.0], &[true; 4], &KaplanMeierOptions::default())?;
/// // 1 + 0.75 + 2 * 0.5 + 1 * 0.25
/// assert!((rmst(&km.time, &km.n_risk, &km.n_event, &km.survival, 5.0, 0.0)?.estimate - 3.0).abs() < 1e-15);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Irwin. J Hyg 1949;47:188. Royston, Parmar. BMC Med Res Methodol 2013;13:152. doi:10.1186/1471-2288-13-152
pub fn rmst(
    time: &[f64],
    n_risk: &[f64],
    n_event: &[f64],
    survival: &[f64],
    tau: f64,
    tolerance: f64,
) -> Result<Rmst, SurvivalError> {
    if !(tau > 0.0 && tau.is_finite()) {
        return Err(SurvivalError::InvalidOption { option: "tau", expected: "positive and finite", value: tau });
    }
    let last = time.last().copied().unwrap_or(0.0);
    if tau > last + tolerance && survival.last().copied().unwrap_or(1.0) > 0.0 {
        return Err(SurvivalError::NotEstimable {
            quantity: "the restricted mean survival time",
            reason: format!("tau {tau} lies beyond the last observed time {last}; use a tau up to {last}"),
        });
    }
    // backwards: the area from each step to tau is known when its variance term is added
    let mut area = 0.0;
    let mut variance = 0.0;
    let mut end = tau;
    for j in (0..time.len()).rev().filter(|&j| time[j] <= tau + tolerance) {
        area += survival[j] * (end - time[j]).max(0.0);
        end = time[j].min(end);
        let (n, d) = (n_risk[j], n_event[j]);
        if d > 0.0 && n > d {
            variance += area * area * d / (n * (n - d));
        }
    }
    Ok(Rmst { tau, estimate: area + end, std_error: variance.sqrt() })
}

impl KaplanMeier {
    /// Restricted mean survival time up to `tau`, with Greenwood's variance.
    ///
    /// # Errors
    /// As [`rmst`].
    pub fn rmst(&self, tau: f64) -> Result<Rmst, SurvivalError> {
        rmst(&self.time, &self.n_risk, &self.n_event, &self.survival, tau, self.largest_gap)
    }
}

/// An estimate with limits and a p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// The estimate.
    pub estimate: f64,
    /// Standard error (of the logarithm for a ratio).
    pub std_error: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Two-sided p-value, normal.
    pub p_value: f64,
}

/// Difference `a - b` of independent estimates with normal limits.
///
/// # Errors
/// [`SurvivalError::NotEstimable`] when both standard errors are 0 (no events).
pub fn difference(a: (f64, f64), b: (f64, f64), critical_value: f64) -> Result<Contrast, SurvivalError> {
    let std_error = a.1.hypot(b.1);
    contrast(a.0 - b.0, std_error, critical_value, "the difference")
}

/// Ratio `a / b` of independent positive estimates, limits on the log scale; the standard error is that of the logarithm.
///
/// # Errors
/// [`SurvivalError::NotEstimable`] when an estimate is 0 or both standard errors are.
pub fn ratio(a: (f64, f64), b: (f64, f64), critical_value: f64) -> Result<Contrast, SurvivalError> {
    if a.0 <= 0.0 || b.0 <= 0.0 {
        return Err(SurvivalError::NotEstimable { quantity: "the ratio", reason: "an estimate is 0".to_owned() });
    }
    let log = contrast((a.0 / b.0).ln(), (a.1 / a.0).hypot(b.1 / b.0), critical_value, "the ratio")?;
    Ok(Contrast { estimate: a.0 / b.0, lower: log.lower.exp(), upper: log.upper.exp(), ..log })
}

/// Ratio of the cumulative hazards `-ln S` behind two independent survival probabilities, limits on the log scale.
///
/// The test behind it compares `ln(-ln S)`, which keeps its level better than a difference of probabilities in small samples.
///
/// # Errors
/// [`SurvivalError::NotEstimable`] when a probability is 0 or 1.
///
/// # References
/// Klein, Logan, Harhoff, Andersen. Stat Med 2007;26:4505. doi:10.1002/sim.2864
pub fn hazard_ratio_at(a: (f64, f64), b: (f64, f64), critical_value: f64) -> Result<Contrast, SurvivalError> {
    if [a.0, b.0].iter().any(|s| !(*s > 0.0 && *s < 1.0)) {
        return Err(SurvivalError::NotEstimable {
            quantity: "the ratio of cumulative hazards",
            reason: "a survival probability is 0 or 1".to_owned(),
        });
    }
    ratio((-a.0.ln(), a.1 / a.0), (-b.0.ln(), b.1 / b.0), critical_value)
}

/// How two independent estimates are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContrastKind {
    /// [`difference`].
    Difference,
    /// [`ratio`].
    Ratio,
    /// [`hazard_ratio_at`].
    CumulativeHazardRatio,
}

impl ContrastKind {
    /// The contrast of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "difference" => Ok(Self::Difference),
            "ratio" => Ok(Self::Ratio),
            "cumulative-hazard-ratio" => Ok(Self::CumulativeHazardRatio),
            _ => Err(SurvivalError::UnknownWord {
                option: "contrast",
                known: "`difference`, `ratio` or `cumulative-hazard-ratio`",
                value: word.to_owned(),
            }),
        }
    }

    /// The contrast of two estimates (estimate, standard error).
    ///
    /// # Errors
    /// As the functions it names.
    pub fn of(self, a: (f64, f64), b: (f64, f64), critical_value: f64) -> Result<Contrast, SurvivalError> {
        match self {
            Self::Difference => difference(a, b, critical_value),
            Self::Ratio => ratio(a, b, critical_value),
            Self::CumulativeHazardRatio => hazard_ratio_at(a, b, critical_value),
        }
    }
}

fn contrast(
    estimate: f64,
    std_error: f64,
    critical_value: f64,
    quantity: &'static str,
) -> Result<Contrast, SurvivalError> {
    if !(std_error > 0.0 && std_error.is_finite()) {
        return Err(SurvivalError::NotEstimable {
            quantity,
            reason: "its standard error is 0 or undefined (no events, or S has reached 0)".to_owned(),
        });
    }
    Ok(Contrast {
        estimate,
        std_error,
        lower: estimate - critical_value * std_error,
        upper: estimate + critical_value * std_error,
        p_value: 2.0 * normal::sf((estimate / std_error).abs()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KaplanMeierOptions, kaplan_meier};

    fn curve(time: &[f64], event: &[bool]) -> KaplanMeier {
        kaplan_meier(time, event, &KaplanMeierOptions::default()).unwrap()
    }

    #[test]
    fn without_events_the_mean_is_tau() {
        let mean = curve(&[5.0, 6.0], &[false, false]).rmst(4.0).unwrap();
        assert_eq!((mean.estimate, mean.std_error), (4.0, 0.0));
    }

    #[test]
    fn without_censoring_the_mean_is_that_of_the_truncated_times() {
        let km = curve(&[1.0, 2.0, 4.0, 7.0], &[true; 4]);
        let mean = km.rmst(5.0).unwrap();
        assert!((mean.estimate - (1.0 + 2.0 + 4.0 + 5.0) / 4.0).abs() < 1e-15);
        // and its variance the population variance over n
        let variance: f64 = [1.0_f64, 2.0, 4.0, 5.0].iter().map(|t| (t - 3.0).powi(2)).sum::<f64>() / 16.0;
        assert!((mean.std_error.powi(2) - variance).abs() < 1e-15);
    }

    #[test]
    fn beyond_the_last_observed_time_it_is_refused_unless_survival_is_zero() {
        let error = curve(&[1.0, 2.0], &[true, false]).rmst(3.0).unwrap_err();
        assert!(error.to_string().contains("beyond the last observed time 2"));
        assert_eq!(curve(&[1.0, 2.0], &[true, true]).rmst(3.0).unwrap().estimate, 1.5);
    }

    #[test]
    fn scaling_time_scales_the_mean() {
        let event = [true, false, true, true, false];
        let days = curve(&[10.0, 20.0, 30.0, 30.0, 50.0], &event).rmst(40.0).unwrap();
        let weeks = curve(&[1.0, 2.0, 3.0, 3.0, 5.0], &event).rmst(4.0).unwrap();
        assert!((days.estimate - 10.0 * weeks.estimate).abs() < 1e-13);
        assert!((days.std_error - 10.0 * weeks.std_error).abs() < 1e-13);
    }

    #[test]
    fn a_difference_without_variance_is_not_estimable() {
        assert!(matches!(difference((1.0, 0.0), (1.0, 0.0), 1.96), Err(SurvivalError::NotEstimable { .. })));
        assert!(matches!(ratio((0.0, 1.0), (1.0, 1.0), 1.96), Err(SurvivalError::NotEstimable { .. })));
    }
}
