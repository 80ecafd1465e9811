//! Fine and Gray's proportional subdistribution hazards model.

mod design;
mod fit;
mod influence;
mod likelihood;
mod predict;
#[cfg(test)]
mod tests;
mod truncation;

pub use fit::{FineGrayFit, FineGrayModel, FineGrayTerm, fine_gray};
pub use predict::FineGrayPrediction;

use crate::{NearTies, SurvivalError, Weights};

/// Who is at risk of being censored at a time that also has events: it decides the weights of competing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum CensoringTies {
    /// Everyone with at least that time, those with events then as well, as in `cmprsk::crr`.
    #[default]
    Cmprsk,
    /// Those without an event then: events come before censorings, as in `finegray` with `coxph` of R's `survival`.
    Finegray,
}

impl CensoringTies {
    /// The convention of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "cmprsk" => Ok(Self::Cmprsk),
            "finegray" => Ok(Self::Finegray),
            _ => Err(SurvivalError::UnknownWord {
                option: "ties",
                known: "`cmprsk` or `finegray`",
                value: word.to_owned(),
            }),
        }
    }

    /// The word for this convention in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cmprsk => "cmprsk",
            Self::Finegray => "finegray",
        }
    }
}

/// The covariance of the coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum FineGrayVariance {
    /// Sandwich with the term for the estimated censoring weights (Fine and Gray 1999, formula 7 and 8).
    #[default]
    FineGray,
    /// Sandwich with the weights taken as known, as `finegray` with `coxph(cluster = id)` of R's `survival`.
    KnownWeights,
}

impl FineGrayVariance {
    /// The variance of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "fine-gray" => Ok(Self::FineGray),
            "known-weights" => Ok(Self::KnownWeights),
            _ => Err(SurvivalError::UnknownWord {
                option: "variance",
                known: "`fine-gray` or `known-weights`",
                value: word.to_owned(),
            }),
        }
    }

    /// The word for this variance in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FineGray => "fine-gray",
            Self::KnownWeights => "known-weights",
        }
    }
}

/// Options of [`fine_gray`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FineGrayOptions<'a> {
    /// Who is at risk of being censored at a time with events.
    pub ties: CensoringTies,
    /// The covariance of the coefficients.
    pub variance: FineGrayVariance,
    /// Delayed entry: a row is at risk in (entry, time]. Needs `variance` with known weights.
    pub entry: Option<&'a [f64]>,
    /// Case weights; they count in the censoring and entry distributions as well.
    pub weights: Weights<'a>,
    /// Codes of clusters and their number; each row its own without.
    pub clusters: Option<(&'a [u32], usize)>,
    /// Codes of groups with censoring (and entry) distributions of their own, and their number (`cengroup` of `cmprsk::crr`).
    pub censoring_groups: Option<(&'a [u32], usize)>,
    /// Names of the columns of `x`; `x1`, `x2` ... without.
    pub names: Option<&'a [String]>,
    /// Level of the confidence intervals.
    pub conf_level: f64,
    /// Newton steps at most.
    pub max_iterations: usize,
    /// What happens to times that differ by rounding only.
    pub near_ties: NearTies,
}

impl Default for FineGrayOptions<'_> {
    fn default() -> Self {
        Self {
            ties: CensoringTies::default(),
            variance: FineGrayVariance::default(),
            entry: None,
            weights: Weights::None,
            clusters: None,
            censoring_groups: None,
            names: None,
            conf_level: 0.95,
            max_iterations: 25,
            near_ties: NearTies::default(),
        }
    }
}

/// The name of a column.
fn name_of(names: Option<&[String]>, column: usize) -> String {
    names.and_then(|names| names.get(column)).cloned().unwrap_or_else(|| format!("x{}", column + 1))
}
