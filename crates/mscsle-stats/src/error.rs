//! What can be wrong with a call.

/// Data or options that cannot be used as given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// A count outside its range.
    #[error("`{name}` must be {needed}, but is {value}")]
    Count {
        /// Name of the argument.
        name: &'static str,
        /// Value given.
        value: i128,
        /// What would be right.
        needed: String,
    },
    /// A number outside its range.
    #[error("`{name}` must be {needed}, but is {value}")]
    Number {
        /// Name of the argument.
        name: &'static str,
        /// Value given.
        value: f64,
        /// What would be right.
        needed: &'static str,
    },
    /// A value that is not finite.
    #[error("`{name}` must hold finite numbers, but row {row} is {value}")]
    NotFinite {
        /// Name of the argument.
        name: &'static str,
        /// Row, counted from 0.
        row: usize,
        /// Value given.
        value: f64,
    },
    /// Two columns of one analysis that differ in length.
    #[error("`{left}` and `{right}` must have the same length, but have {n_left} and {n_right}")]
    Length {
        /// Name of the first argument.
        left: &'static str,
        /// Its length.
        n_left: usize,
        /// Name of the second argument.
        right: &'static str,
        /// Its length.
        n_right: usize,
    },
    /// A word that names no option.
    #[error("unknown {option} `{word}`; use {known}")]
    Word {
        /// Name of the option.
        option: &'static str,
        /// Word given.
        word: String,
        /// The words that exist.
        known: String,
    },
    /// A printed number that cannot be read.
    #[error("`{name}` must be a printed decimal number such as `13.11`, but is `{text}`")]
    Printed {
        /// Name of the argument.
        name: &'static str,
        /// Text given.
        text: String,
    },
    /// A quantity that these data do not determine.
    #[error("{what} cannot be estimated: {why}")]
    NotEstimable {
        /// The quantity.
        what: &'static str,
        /// The reason.
        why: String,
    },
    /// A search that would be too large.
    #[error("{what} is too large to enumerate: {size} cases, at most {limit}")]
    TooLarge {
        /// What is enumerated.
        what: &'static str,
        /// Number of cases.
        size: u128,
        /// Bound.
        limit: u128,
    },
    /// A distribution function refused its arguments.
    #[error(transparent)]
    Distribution(#[from] mscsle_distributions::DistributionError),
}

/// Shorthand of this crate.
pub type Result<T> = std::result::Result<T, StatsError>;

pub(crate) fn conf_level(value: f64) -> Result<f64> {
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(StatsError::Number { name: "conf_level", value, needed: "between 0 and 1, such as 0.95" })
    }
}

pub(crate) fn x_of_n(name: &'static str, x: u64, of: &'static str, n: u64) -> Result<()> {
    if n == 0 {
        return Err(StatsError::Count { name: of, value: 0, needed: "at least 1".into() });
    }
    if x > n {
        return Err(StatsError::Count { name, value: i128::from(x), needed: format!("at most `{of}` = {n}") });
    }
    Ok(())
}

pub(crate) fn finite(name: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(row) => Err(StatsError::NotFinite { name, row, value: values[row] }),
        None => Ok(()),
    }
}
