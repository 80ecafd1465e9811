//! Pointwise confidence limits of a probability on five scales.

use mscsle_distributions::normal;

use crate::SurvivalError;

/// The scale on which limits are symmetric. `se` below is the standard error of `ln S`.
///
/// ```text
/// Plain    S -+ z S se
/// Log      S exp(-+ z se)
/// LogLog   S ^ exp(+- z se / ln S)                      (SAS)
/// Logit    logit(S) -+ z se / (1 - S)
/// Arcsine  asin(sqrt S) -+ z/2 se sqrt(S / (1 - S))
/// ```
///
/// Limits are clipped to 0..1. At S = 1 (before the first event) they are (1, 1); at S = 0 they are missing, because the
/// variance is undefined there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum IntervalType {
    /// Symmetric about the estimate.
    Plain,
    /// Symmetric in `ln S` (the default of R).
    Log,
    /// Symmetric in `ln(-ln S)` (the default of SAS and of this crate).
    #[default]
    LogLog,
    /// Symmetric in the log odds.
    Logit,
    /// Symmetric in `asin(sqrt S)`.
    Arcsine,
}

impl IntervalType {
    /// The type of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        [Self::Plain, Self::Log, Self::LogLog, Self::Logit, Self::Arcsine]
            .into_iter()
            .find(|interval| interval.name() == word)
            .ok_or_else(|| SurvivalError::UnknownWord {
                option: "conf_type",
                known: "`log-log`, `log`, `plain`, `logit` or `arcsine`",
                value: word.to_owned(),
            })
    }

    /// The word for this type in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Log => "log",
            Self::LogLog => "log-log",
            Self::Logit => "logit",
            Self::Arcsine => "arcsine",
        }
    }
}

/// Type and level of confidence limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// Scale of symmetry.
    pub interval: IntervalType,
    /// Coverage, between 0 and 1.
    pub level: f64,
}

impl Default for Confidence {
    fn default() -> Self {
        Self { interval: IntervalType::default(), level: 0.95 }
    }
}

impl Confidence {
    /// The normal quantile of a two-sided interval.
    ///
    /// # Errors
    /// [`SurvivalError::InvalidOption`] unless 0 < level < 1.
    pub fn critical_value(&self) -> Result<f64, SurvivalError> {
        if self.level > 0.0
            && self.level < 1.0
            && let Ok(z) = normal::quantile_upper((1.0 - self.level) / 2.0)
        {
            return Ok(z);
        }
        Err(SurvivalError::InvalidOption { option: "conf_level", expected: "between 0 and 1", value: self.level })
    }
}

/// Limits of a survival probability (or a cumulative incidence) with standard error `se_log` of its logarithm.
///
/// NaN stands for a missing limit.
#[must_use]
pub fn limits(interval: IntervalType, survival: f64, se_log: f64, critical_value: f64) -> (f64, f64) {
    if survival >= 1.0 && se_log == 0.0 {
        return (1.0, 1.0);
    }
    if survival <= 0.0 || !se_log.is_finite() {
        return (f64::NAN, f64::NAN);
    }
    let reach = critical_value * se_log;
    let (lower, upper) = match interval {
        IntervalType::Plain => (survival - survival * reach, survival + survival * reach),
        IntervalType::Log => (survival * (-reach).exp(), survival * reach.exp()),
        IntervalType::LogLog => {
            let log = survival.ln();
            // ln S < 0: the upper sign gives the lower limit
            ((log * (-reach / log).exp()).exp(), (log * (reach / log).exp()).exp())
        }
        IntervalType::Logit => {
            let centre = survival.ln() - (-survival).ln_1p();
            let reach = reach / (1.0 - survival);
            (logistic(centre - reach), logistic(centre + reach))
        }
        IntervalType::Arcsine => {
            let centre = survival.sqrt().asin();
            let reach = 0.5 * reach * (survival / (1.0 - survival)).sqrt();
            let (low, high) = ((centre - reach).max(0.0), (centre + reach).min(std::f64::consts::FRAC_PI_2));
            (low.sin().powi(2), high.sin().powi(2))
        }
    };
    (lower.clamp(0.0, 1.0), upper.clamp(0.0, 1.0))
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Limits at each step of a curve from the variance of its logarithm.
///
/// # Errors
/// A level outside 0..1.
pub fn pointwise_limits(
    survival: &[f64],
    log_variance: &[f64],
    confidence: Confidence,
) -> Result<(Vec<f64>, Vec<f64>), SurvivalError> {
    let z = confidence.critical_value()?;
    Ok(survival.iter().zip(log_variance).map(|(&s, &v)| limits(confidence.interval, s, v.sqrt(), z)).unzip())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: [IntervalType; 5] =
        [IntervalType::Plain, IntervalType::Log, IntervalType::LogLog, IntervalType::Logit, IntervalType::Arcsine];

    #[test]
    fn before_the_first_event_the_limits_are_one() {
        for interval in TYPES {
            assert_eq!(limits(interval, 1.0, 0.0, 1.96), (1.0, 1.0));
        }
    }

    #[test]
    fn at_zero_survival_the_limits_are_missing() {
        for interval in TYPES {
            let (lower, upper) = limits(interval, 0.0, f64::INFINITY, 1.96);
            assert!(lower.is_nan() && upper.is_nan());
        }
    }

    #[test]
    fn limits_enclose_the_estimate_and_stay_inside_zero_and_one() {
        for interval in TYPES {
            for percent in 1..100 {
                let survival = f64::from(percent) / 100.0;
                for se in [0.001, 0.1, 1.0, 10.0] {
                    let (lower, upper) = limits(interval, survival, se, 1.96);
                    assert!(
                        0.0 <= lower && lower <= survival && survival <= upper && upper <= 1.0,
                        "{interval:?} {survival} {se}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_level_outside_zero_and_one_is_refused() {
        for level in [0.0, 1.0, 95.0, f64::NAN] {
            assert!(Confidence { level, ..Confidence::default() }.critical_value().is_err());
        }
    }
}
