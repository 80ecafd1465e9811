#![doc = include_str!("../README.md")]

mod csv_table;
mod error;
mod folder;

pub use csv_table::{read_table, read_table_csv, write_table, write_table_csv};
pub use error::IoError;
pub use folder::{TrialFiles, read_trial, write_trial};
