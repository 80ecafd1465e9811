#![doc = include_str!("../README.md")]

mod bilag_items;
mod checks;
mod column;
mod date;
mod error;
mod finding;
mod lab_tests;
mod lab_value;
mod nearest;
mod scan;
mod schema;
pub mod sledai_cuts;
mod trial;
mod typing;
mod units;

pub use bilag_items::{BILAG_2004_ITEMS, BILAG_2004_SYSTEMS, BILAG_CLASSIC_SYSTEMS, BilagItem, BilagItemKind};
pub use checks::{Rule, RuleColumns, rules};
pub use column::{Column, ResultColumn, Table, TextColumn};
pub use date::{Day, Imputation, PartialDate};
pub use error::DomainError;
pub use finding::{Finding, FindingColumns, Findings, Severity};
pub use lab_tests::{LabTest, LabTestColumns, convert, convert_to, lab_test, lab_tests};
pub use lab_value::{LabValue, Qualifier};
pub use nearest::{did_you_mean, nearest, nearest_within};
pub use scan::{NumberScan, SMALLEST_MAGNITUDE, small_codes};
pub use schema::{
    ColumnKind, ColumnSchema, SLEDAI_ITEMS, SLEDAI_VERSIONS, SLEDAI_WEIGHTS, SchemaColumns, TableSchema, schema, tables,
};
pub use trial::{Trial, TrialOptions};
pub use typing::{flag_word, number_word};
pub use units::{AcceptedUnit, normal_unit};
