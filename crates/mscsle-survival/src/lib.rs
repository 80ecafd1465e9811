#![doc = include_str!("../README.md")]

mod cox;
mod error;
mod ties;

pub use cox::{
    CoxFit, CoxInterval, CoxNote, CoxOptions, CoxTerm, CoxTest, Direction, Inference, Penalty, TermStatus, Ties,
    WeightKind, cox,
};
pub use error::SurvivalError;
pub use ties::{CanonicalTimes, NearTies, TieGroups, canonical_times, largest_gap_of_sorted};
