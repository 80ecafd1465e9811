#![doc = include_str!("../README.md")]

mod cox;
mod error;
mod ties;

pub use cox::{CoxFit, CoxNote, CoxOptions, CoxTerm, CoxTest, Direction, TermStatus, Ties, WeightKind, cox};
pub use error::SurvivalError;
pub use ties::{CanonicalTimes, NearTies, TieGroups, canonical_times, largest_gap_of_sorted};
