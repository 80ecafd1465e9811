#![doc = include_str!("../README.md")]

mod column;
mod date;
mod error;
mod finding;
mod schema;
mod trial;

pub use column::{Column, Table, TextColumn};
pub use date::{Day, Imputation, PartialDate};
pub use error::DomainError;
pub use finding::{Finding, Findings, Severity};
pub use schema::{ColumnKind, ColumnSchema, TableSchema, schema, tables};
pub use trial::{Trial, TrialOptions};
