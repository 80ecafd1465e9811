#![doc = include_str!("../README.md")]

pub mod bilag2004;
pub mod bilag_numeric;
mod convert;
pub mod egfr;
mod elementary;
mod error;
pub mod prednisone;
pub mod sledai;
mod why;
mod words;

pub use convert::convert_values;
pub use error::ScoringError;
pub use why::{Confidence, Reason, Why};
