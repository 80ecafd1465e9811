//! A trial: the typed tables of one study, with what is wrong with them.

use crate::{Day, DomainError, Findings, Imputation, Table};

/// How a trial is read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialOptions {
    /// Rule for partial dates.
    pub imputation: Imputation,
    /// Records after this day are not used by derivations and are named in the findings.
    pub data_cutoff: Option<Day>,
}

/// The typed, checked tables of one study.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    tables: Vec<Table>,
    findings: Findings,
    options: TrialOptions,
}

impl Trial {
    /// Types the columns of raw tables by the schema and checks them.
    ///
    /// A wrong cell is a finding; only a table that cannot be read at all is an error.
    ///
    /// # Errors
    /// Unknown tables, no `subjects`, a required column missing.
    pub fn new(tables: Vec<Table>, options: TrialOptions) -> Result<Trial, DomainError> {
        Ok(Trial { tables, findings: Vec::new(), options })
    }

    /// A table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.name() == name)
    }

    /// The tables in the order of the schema.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// What is wrong with the data.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// How the trial was read.
    #[must_use]
    pub fn options(&self) -> &TrialOptions {
        &self.options
    }
}
