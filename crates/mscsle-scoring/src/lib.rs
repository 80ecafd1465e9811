#![doc = include_str!("../README.md")]

pub mod bilag_numeric;
pub mod egfr;
mod elementary;
mod error;
pub mod prednisone;
pub mod sledai;
mod why;
mod words;

pub use error::ScoringError;
pub use why::{Confidence, Reason, Why};
