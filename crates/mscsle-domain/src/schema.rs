//! The columns of every table of a trial, as data: read by the reader, the checks, Python and the docs alike.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Free text.
    Text,
    /// One of `allowed`.
    Category,
    /// A number.
    Number,
    /// 0/1, true/false, Y/N.
    Flag,
    /// An ISO date, may be partial.
    Date,
    /// A number or a text such as `<0.15`, `trace`, `2+`.
    Result,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnSchema {
    /// Name in every frame and file.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether the table cannot be read without it.
    pub required: bool,
    /// Unit, empty where none.
    pub unit: &'static str,
    /// Allowed values of a category, empty otherwise.
    pub allowed: &'static [&'static str],
    /// Meaning, one sentence.
    pub meaning: &'static str,
}

/// One table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableSchema {
    /// Name.
    pub name: &'static str,
    /// What one row is.
    pub meaning: &'static str,
    /// Columns that together identify a row.
    pub key: &'static [&'static str],
    /// Columns.
    pub columns: &'static [ColumnSchema],
}

/// The schema of all tables, in the order in which they are documented.
#[must_use]
pub fn tables() -> &'static [TableSchema] {
    &[]
}

/// The schema of one table.
#[must_use]
pub fn schema(table: &str) -> Option<&'static TableSchema> {
    tables().iter().find(|t| t.name == table)
}
