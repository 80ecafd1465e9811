//! What the instruments refuse.

/// An input or option that an instrument cannot use.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoringError {
    /// An option word that does not exist.
    #[error("unknown {option} `{value}`; use {known}")]
    UnknownWord {
        /// Name of the option.
        option: &'static str,
        /// The word given.
        value: String,
        /// The words that exist.
        known: String,
    },
    /// An item outside its scale.
    #[error("`{item}` must be {allowed}, but row {row} is {value}")]
    OutOfScale {
        /// Item or column.
        item: String,
        /// Row counted from 0.
        row: usize,
        /// The value.
        value: String,
        /// What would be right.
        allowed: String,
    },
    /// Columns of one call that differ in length.
    #[error("`{column}` has {found} rows, but the others have {expected}")]
    UnequalLength {
        /// The column.
        column: String,
        /// Rows of the others.
        expected: usize,
        /// Rows of this one.
        found: usize,
    },
    /// A number of columns the instrument does not have.
    #[error("{instrument} has {expected} items, but {found} columns were given")]
    ItemCount {
        /// The instrument.
        instrument: &'static str,
        /// Number of its items.
        expected: usize,
        /// Number of columns given.
        found: usize,
    },
    /// A row that does not exist.
    #[error("row {row} does not exist; the rows are 0 to {last}")]
    NoSuchRow {
        /// The row asked for.
        row: usize,
        /// The last row.
        last: usize,
    },
    /// An input the chosen rule needs.
    #[error("{rule} needs {input}")]
    MissingInput {
        /// The rule.
        rule: String,
        /// What it needs.
        input: String,
    },
    /// A laboratory test or unit that does not exist.
    #[error(transparent)]
    Domain(#[from] mscsle_domain::DomainError),
    /// Options that exclude each other.
    #[error("{message}")]
    Incompatible {
        /// What does not fit and what would.
        message: String,
    },
}

/// Refuses a column whose length differs.
pub(crate) fn same_length(column: &str, found: usize, expected: usize) -> Result<(), ScoringError> {
    if found == expected {
        Ok(())
    } else {
        Err(ScoringError::UnequalLength { column: column.to_owned(), expected, found })
    }
}
