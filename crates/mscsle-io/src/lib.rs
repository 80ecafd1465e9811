#![doc = include_str!("../README.md")]

mod csv_table;
mod error;
mod folder;
mod xport;

pub use csv_table::{read_table, read_table_csv, write_table, write_table_csv};
pub use error::IoError;
pub use folder::{TrialFiles, read_trial, write_trial};
pub use xport::{
    FormatKind, TextEncoding, XportFile, XportFormat, XportMember, XportReader, XportValues, XportVariable,
    XportVersion, read_xport, read_xport_file, write_xport, write_xport_file,
};
