//! Findings: what is wrong with the data, and where. A finding never removes a row.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Implausible or contradictory; the value is used as it stands.
    Warning,
    /// Cannot be right; the value is not used by derivations.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One thing that is wrong with one cell (or one table, when row is `None`).
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Table name.
    pub table: String,
    /// Row, counted from 0 in the table as given.
    pub row: Option<usize>,
    /// Column name.
    pub column: Option<String>,
    /// Subject, where the row names one.
    pub subject: Option<String>,
    /// The value as text.
    pub value: Option<String>,
    /// Rule id, e.g. `unknown_unit`.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// A sentence: what is wrong and what would be right.
    pub message: String,
}

/// Findings in the order of tables, rows and rules.
pub type Findings = Vec<Finding>;
