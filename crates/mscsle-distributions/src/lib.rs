#![doc = include_str!("../README.md")]

pub mod beta;
pub mod binomial;
pub mod chi_squared;
mod error;
pub mod f;
pub mod gamma;
pub mod hypergeometric;
pub mod normal;
pub mod poisson;
mod root;
mod special;
pub mod student_t;

pub use error::{DistributionError, Result};
pub use special::{ln_choose, ln_gamma};
