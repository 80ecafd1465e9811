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

/// Findings as columns, for a frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FindingColumns {
    /// Table names.
    pub table: Vec<String>,
    /// Rows, -1 where the finding concerns the whole table.
    pub row: Vec<i64>,
    /// Column names.
    pub column: Vec<Option<String>>,
    /// Subjects.
    pub subject: Vec<Option<String>>,
    /// Values as text.
    pub value: Vec<Option<String>>,
    /// Rule ids.
    pub rule: Vec<&'static str>,
    /// Severities as words.
    pub severity: Vec<&'static str>,
    /// Messages.
    pub message: Vec<String>,
}

impl FindingColumns {
    /// The columns of findings.
    #[must_use]
    pub fn new(findings: &[Finding]) -> FindingColumns {
        FindingColumns {
            table: findings.iter().map(|f| f.table.clone()).collect(),
            row: findings.iter().map(|f| f.row.map_or(-1, |row| row as i64)).collect(),
            column: findings.iter().map(|f| f.column.clone()).collect(),
            subject: findings.iter().map(|f| f.subject.clone()).collect(),
            value: findings.iter().map(|f| f.value.clone()).collect(),
            rule: findings.iter().map(|f| f.rule).collect(),
            severity: findings.iter().map(|f| f.severity.name()).collect(),
            message: findings.iter().map(|f| f.message.clone()).collect(),
        }
    }
}
