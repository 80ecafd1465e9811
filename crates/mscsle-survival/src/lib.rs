#![doc = include_str!("../README.md")]

mod error;
mod ties;

pub use error::SurvivalError;
pub use ties::{CanonicalTimes, NearTies, TieGroups, canonical_times, largest_gap_of_sorted};
