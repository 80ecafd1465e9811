//! What can be wrong with tables as a whole; what is wrong inside a table is a [`Finding`](crate::Finding).

/// A table or value that cannot be represented.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// A text that is not an ISO 8601 date, complete or partial.
    #[error("`{value}` is not a date; write `2009-03-14`, `2009-03` or `2009`")]
    NotADate {
        /// The text.
        value: String,
    },
    /// Columns of one table that differ in length.
    #[error("table `{table}`: column `{column}` has {found} rows, the others have {expected}")]
    UnequalLength {
        /// Table name.
        table: String,
        /// Column name.
        column: String,
        /// Rows of the first column.
        expected: usize,
        /// Rows of this column.
        found: usize,
    },
    /// A table the schema does not know.
    #[error("unknown table `{table}`{hint}; the tables of a trial are {known}")]
    UnknownTable {
        /// Table name.
        table: String,
        /// `; did you mean ...?` or empty.
        hint: String,
        /// The names the schema has.
        known: String,
    },
    /// A table without which nothing can be derived.
    #[error("table `{table}` is missing; a trial needs it to know its subjects")]
    MissingTable {
        /// Table name.
        table: String,
    },
    /// A column without which the table cannot be read.
    #[error("table `{table}` has no column `{column}`{hint}")]
    MissingColumn {
        /// Table name.
        table: String,
        /// Column name.
        column: String,
        /// `; did you mean ...?` or empty.
        hint: String,
    },
    /// A laboratory test that the catalogue does not have.
    #[error("unknown laboratory test `{test}`{hint}")]
    UnknownTest {
        /// The id.
        test: String,
        /// `; did you mean ...?` or empty.
        hint: String,
    },
    /// A unit that a laboratory test does not have.
    #[error("`{test}` has no unit `{unit}`; use {accepted}")]
    UnknownUnit {
        /// The test.
        test: String,
        /// The unit.
        unit: String,
        /// The units it has.
        accepted: String,
    },
    /// A word that names no rule.
    #[error("unknown {option} `{value}`; use {known}")]
    UnknownWord {
        /// What the word chooses.
        option: &'static str,
        /// The word.
        value: String,
        /// The words there are.
        known: &'static str,
    },
    /// A code of a text column that points to no level.
    #[error("row {row} has code {code}, but there are {n_levels} levels; missing is -1")]
    CodeOutOfRange {
        /// Row.
        row: usize,
        /// The code.
        code: i32,
        /// Number of levels.
        n_levels: usize,
    },
    /// A table that was given twice.
    #[error("table `{table}` is given twice")]
    DuplicateTable {
        /// Table name.
        table: String,
    },
    /// A column that appears twice.
    #[error("table `{table}` has column `{column}` twice")]
    DuplicateColumn {
        /// Table name.
        table: String,
        /// Column name.
        column: String,
    },
}
