//! What can be wrong with a call.

/// A parameter or argument outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// A parameter of the distribution is outside its range.
    #[error("`{parameter}` of the {distribution} distribution must be {needed}, but is {value}")]
    Parameter {
        /// Name of the distribution.
        distribution: &'static str,
        /// Name of the parameter.
        parameter: &'static str,
        /// Value given.
        value: f64,
        /// What would be right.
        needed: &'static str,
    },
    /// The argument of a quantile is not a probability.
    #[error("a probability lies between 0 and 1, but `{parameter}` is {value}")]
    Probability {
        /// Name of the argument.
        parameter: &'static str,
        /// Value given.
        value: f64,
    },
    /// The point of evaluation is not a number.
    #[error("the {distribution} distribution was asked at NaN")]
    NotANumber {
        /// Name of the distribution.
        distribution: &'static str,
    },
}

/// Shorthand of this crate.
pub type Result<T> = std::result::Result<T, DistributionError>;

pub(crate) fn positive(distribution: &'static str, parameter: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(DistributionError::Parameter { distribution, parameter, value, needed: "positive and finite" })
    }
}

pub(crate) fn probability(parameter: &'static str, value: f64) -> Result<()> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(DistributionError::Probability { parameter, value }) }
}

pub(crate) fn number(distribution: &'static str, value: f64) -> Result<()> {
    if value.is_nan() { Err(DistributionError::NotANumber { distribution }) } else { Ok(()) }
}
