//! A trial: the typed tables of one study, with what is wrong with them.

use crate::schema::{TableSchema, schema, tables};
use crate::typing::{fit_column, type_column};
use crate::{
    Column, Day, DomainError, Finding, Findings, Imputation, Severity, Table, checks, did_you_mean, lab_test, nearest,
};
use std::collections::HashMap;

/// How a trial is read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialOptions {
    /// Rule for partial dates.
    pub imputation: Imputation,
    /// Records after this day are not used by derivations and are named in the findings.
    pub data_cutoff: Option<Day>,
    /// Names of files that lay beside the tables and were not read; each is a finding.
    pub files_not_read: Vec<String>,
}

/// The typed, checked tables of one study.
///
/// The tables hold what derivations may use: a cell with an error is missing, and a row that cannot be used (its subject
/// unknown, a repeated key, after the data cut-off) has no subject and so belongs to nobody. Nothing is removed: rows keep
/// their positions, and each such cell and row is named in [`Trial::findings`] with the value as given.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    tables: Vec<Table>,
    findings: Findings,
    options: TrialOptions,
    subjects: Vec<String>,
    rows: Vec<RowsBySubject>,
    positions: HashMap<String, usize>,
    /// Of each subject, code of the label in `visits`, day, whether imputed; the first row of a label alone.
    visit_days: Vec<Vec<(i32, Day, bool)>>,
}

/// For one table, the rows of each subject and the subject of each row.
#[derive(Debug, Clone, PartialEq, Default)]
struct RowsBySubject {
    rows: Vec<Vec<usize>>,
    subject: Vec<Option<usize>>,
}

impl Trial {
    /// Types the columns of raw tables by the schema and checks them.
    ///
    /// Columns the schema does not know are kept as they are. A wrong cell is a finding; only a table that cannot be read
    /// at all is an error.
    ///
    /// # Errors
    /// [`DomainError::UnknownTable`], [`DomainError::DuplicateTable`], [`DomainError::MissingTable`] without `subjects`,
    /// [`DomainError::MissingColumn`] without a required column.
    ///
    /// # Examples
    /// ```
    /// use mscsle_domain::{Column, Table, TextColumn, Trial, TrialOptions};
    /// let ids = TextColumn::from_values([Some("S-01"), Some("S-02")]);
    /// let age = TextColumn::from_values([Some("31"), Some("thirty")]);
    /// let subjects =
    ///     Table::new("subjects", vec![("usubjid".into(), Column::Text(ids)), ("age".into(), Column::Text(age))])?;
    /// let trial = Trial::new(vec![subjects], TrialOptions::default())?;
    /// assert_eq!(trial.n_subjects(), 2);
    /// assert_eq!(trial.table("subjects").and_then(|t| t.number("age", 0)), Some(31.0));
    /// assert!(trial.findings().iter().any(|f| f.rule == "not_a_number" && f.value.as_deref() == Some("thirty")));
    /// # Ok::<(), mscsle_domain::DomainError>(())
    /// ```
    pub fn new(tables: Vec<Table>, options: TrialOptions) -> Result<Trial, DomainError> {
        let mut given = check_names(tables)?;
        let mut findings = Vec::new();
        let mut typed = Vec::new();
        for table_schema in self::tables() {
            if let Some(position) = given.iter().position(|table| table.name() == table_schema.name) {
                let table = given.swap_remove(position);
                typed.push(type_table(table_schema, table, &mut findings)?);
            }
        }
        let mut trial = Trial {
            tables: typed,
            findings,
            options,
            subjects: Vec::new(),
            rows: Vec::new(),
            positions: HashMap::new(),
            visit_days: Vec::new(),
        };
        trial.index();
        let (findings, hits) = checks::run(&trial);
        trial.findings = findings;
        if hits.iter().any(checks::Hit::changes) {
            checks::apply(&mut trial.tables, &hits);
            trial.index();
        }
        Ok(trial)
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

    /// Number of subjects.
    #[must_use]
    pub fn n_subjects(&self) -> usize {
        self.subjects.len()
    }

    /// The subjects in the order of the table `subjects`.
    #[must_use]
    pub fn subjects(&self) -> &[String] {
        &self.subjects
    }

    /// The position of a subject in [`Trial::subjects`].
    #[must_use]
    pub fn subject(&self, usubjid: &str) -> Option<usize> {
        self.positions.get(usubjid).copied()
    }

    /// The rows of a subject (by position) in a table, in table order; none when there is no such table.
    #[must_use]
    pub fn rows(&self, table: &str, subject: usize) -> &[usize] {
        let position = self.tables.iter().position(|t| t.name() == table);
        position.and_then(|p| self.rows.get(p)).and_then(|r| r.rows.get(subject)).map_or(&[], Vec::as_slice)
    }

    /// The subject (by position) of a row; `None` for a row that belongs to nobody.
    #[must_use]
    pub fn subject_of(&self, table: &str, row: usize) -> Option<usize> {
        let position = self.tables.iter().position(|t| t.name() == table)?;
        self.rows.get(position)?.subject.get(row).copied().flatten()
    }

    /// The day in a date column and whether it was imputed; `None` where missing.
    #[must_use]
    pub fn day(&self, table: &str, column: &str, row: usize) -> Option<(Day, bool)> {
        self.table(table)?.date(column, row).map(|date| date.day(self.options.imputation))
    }

    /// The day of a row: its own `date`, otherwise the date of its visit; and whether it was imputed.
    #[must_use]
    pub fn row_day(&self, table: &str, row: usize) -> Option<(Day, bool)> {
        self.day(table, "date", row).or_else(|| {
            let subject = self.subject_of(table, row)?;
            self.visit_day(subject, self.table(table)?.text("visit", row)?)
        })
    }

    /// The day of a subject's visit and whether it was imputed.
    #[must_use]
    pub fn visit_day(&self, subject: usize, visit: &str) -> Option<(Day, bool)> {
        let Some(Column::Text(labels)) = self.table("visits")?.column("visit") else { return None };
        let is_label =
            |code: i32| usize::try_from(code).ok().and_then(|c| labels.levels.get(c)).is_some_and(|l| l == visit);
        self.visit_days.get(subject)?.iter().find(|(code, ..)| is_label(*code)).map(|&(_, day, imputed)| (day, imputed))
    }

    /// Time zero of a subject: the day of the first infusion.
    #[must_use]
    pub fn time_zero(&self, subject: usize) -> Option<Day> {
        self.rows("infusions", subject)
            .iter()
            .filter_map(|&row| self.day("infusions", "date", row))
            .map(|(d, _)| d)
            .min()
    }

    /// Whether any subject is flagged as generated.
    #[must_use]
    pub fn is_synthetic(&self) -> bool {
        self.table("subjects").is_some_and(|t| (0..t.n_rows()).any(|row| t.flag("synthetic", row) == Some(true)))
    }

    /// Number of findings of a severity.
    #[must_use]
    pub fn n_findings(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    fn index(&mut self) {
        self.subjects.clear();
        self.positions.clear();
        if let Some(table) = self.tables.iter().find(|t| t.name() == "subjects") {
            for row in 0..table.n_rows() {
                if let Some(id) = table.text("usubjid", row)
                    && !self.positions.contains_key(id)
                {
                    self.positions.insert(id.to_owned(), self.subjects.len());
                    self.subjects.push(id.to_owned());
                }
            }
        }
        self.rows =
            self.tables.iter().map(|table| rows_by_subject(table, &self.positions, self.subjects.len())).collect();
        self.visit_days = vec![Vec::new(); self.subjects.len()];
        let Some(position) = self.tables.iter().position(|t| t.name() == "visits") else { return };
        let (visits, rows) = (&self.tables[position], &self.rows[position]);
        let Some(Column::Text(labels)) = visits.column("visit") else { return };
        for (days, rows) in self.visit_days.iter_mut().zip(&rows.rows) {
            for &row in rows {
                let code = labels.codes.get(row).copied().filter(|code| *code >= 0);
                if let (Some(code), Some(date)) = (code, visits.date("date", row))
                    && days.iter().all(|(other, ..)| *other != code)
                {
                    let (day, imputed) = date.day(self.options.imputation);
                    days.push((code, day, imputed));
                }
            }
        }
    }
}

fn rows_by_subject(table: &Table, positions: &HashMap<String, usize>, n_subjects: usize) -> RowsBySubject {
    let mut rows = vec![Vec::new(); n_subjects];
    let mut subject = vec![None; table.n_rows()];
    if let Some(Column::Text(ids)) = table.column("usubjid") {
        let of_level: Vec<Option<usize>> = ids.levels.iter().map(|id| positions.get(id).copied()).collect();
        for (row, (&code, cell)) in ids.codes.iter().zip(&mut subject).enumerate() {
            *cell = usize::try_from(code).ok().and_then(|code| of_level.get(code).copied().flatten());
            if let Some(rows) = cell.and_then(|subject| rows.get_mut(subject)) {
                rows.push(row);
            }
        }
    }
    RowsBySubject { rows, subject }
}

impl Table {
    /// The table with numbers and flags where the schema says so and every cell of the column fits; all other columns as
    /// they are. Dates stay text.
    #[must_use]
    pub fn fitted(self) -> Table {
        let schema = schema(self.name());
        self.map_columns(|name, column| fit_column(schema.and_then(|s| s.column(name)), column))
    }
}

fn check_names(tables: Vec<Table>) -> Result<Vec<Table>, DomainError> {
    let known: Vec<&str> = self::tables().iter().map(|t| t.name).collect();
    for (i, table) in tables.iter().enumerate() {
        if schema(table.name()).is_none() {
            return Err(DomainError::UnknownTable {
                table: table.name().to_owned(),
                hint: did_you_mean(table.name(), known.iter().copied()),
                known: known.join(", "),
            });
        }
        if tables.iter().take(i).any(|other| other.name() == table.name()) {
            return Err(DomainError::DuplicateTable { table: table.name().to_owned() });
        }
    }
    if !tables.iter().any(|table| table.name() == "subjects") {
        return Err(DomainError::MissingTable { table: "subjects".to_owned() });
    }
    Ok(tables)
}

fn type_table(schema: &TableSchema, table: Table, findings: &mut Findings) -> Result<Table, DomainError> {
    let given: Vec<String> = table.columns().iter().map(|(name, _)| name.clone()).collect();
    for column in schema.columns.iter().filter(|column| column.required) {
        if table.column(column.name).is_none() {
            let unknown = given.iter().map(String::as_str).filter(|name| schema.column(name).is_none());
            let hint = nearest(column.name, unknown)
                .map_or_else(String::new, |near| format!("; did you mean `{near}`? Rename it"));
            return Err(DomainError::MissingColumn {
                table: schema.name.to_owned(),
                column: column.name.to_owned(),
                hint,
            });
        }
    }
    for name in given.iter().filter(|name| schema.column(name).is_none()) {
        let absent = schema.columns.iter().map(|c| c.name).filter(|c| !given.iter().any(|g| g == c));
        if let Some(near) = nearest(name, absent) {
            findings.push(Finding {
                table: schema.name.to_owned(),
                row: None,
                column: Some(name.clone()),
                subject: None,
                value: None,
                rule: "unknown_column",
                severity: Severity::Warning,
                message: format!("column `{name}` is not a column of `{}`; if it is `{near}`, rename it", schema.name),
            });
        }
    }
    let (name, columns) = table.into_columns();
    let mut typed = Vec::with_capacity(columns.len());
    let mut misfits = Vec::new();
    for (name, column) in columns {
        match schema.column(&name) {
            None => typed.push((name, column)),
            Some(column_schema) => {
                let (column, wrong) = type_column(column_schema, column);
                misfits.extend(wrong.into_iter().map(|misfit| (name.clone(), misfit)));
                typed.push((name, column));
            }
        }
    }
    let table = Table::new(name, typed)?;
    // A test that the catalogue does not have may well have results in words: the test is the finding, not its results.
    misfits.retain(|(_, misfit)| {
        misfit.rule != "unreadable_result" || table.text("test", misfit.row).is_none_or(|test| lab_test(test).is_some())
    });
    findings.extend(misfits.into_iter().map(|(column, misfit)| Finding {
        table: schema.name.to_owned(),
        row: Some(misfit.row),
        column: Some(column),
        subject: table.text("usubjid", misfit.row).map(str::to_owned),
        value: Some(misfit.text),
        rule: misfit.rule,
        severity: Severity::Error,
        message: misfit.message,
    }));
    Ok(table)
}
