#![doc = include_str!("../README.md")]

pub mod astct;
pub mod bilag2004;
pub mod bilag_numeric;
pub mod clasi;
mod convert;
pub mod ctcae;
pub mod egfr;
mod elementary;
mod error;
pub mod flare_index;
pub mod form;
pub mod pga;
pub mod prednisone;
pub mod sdi;
pub mod sledai;
mod why;
mod words;

pub use convert::convert_values;
pub use error::ScoringError;
pub use why::{Confidence, Reason, Why};
