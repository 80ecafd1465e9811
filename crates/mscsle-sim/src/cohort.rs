//! A generated cohort: its tables and where its margins come from.

use crate::sle::{sat0244, wang};
use crate::{SimError, gu2014};
use mscsle_domain::{Column, Day, PartialDate, Table, TextColumn};

/// Version of the generators; a change of any byte of any cohort changes it.
pub const GENERATOR_VERSION: &str = "1";

/// What stands in every place where a cohort is shown.
pub const SYNTHETIC_NOTE: &str = "SYNTHETIC, calibrated to published summaries, not patient data";

/// An embedded cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CohortInfo {
    /// The word by which it is asked for.
    pub id: &'static str,
    /// One line that says what it imitates.
    pub title: &'static str,
    /// The publications of which the margins were taken.
    pub citation: &'static str,
    /// The seed of the files in the package.
    pub seed: u64,
}

/// The embedded cohorts.
#[must_use]
pub fn cohorts() -> &'static [CohortInfo] {
    &[gu2014::INFO, wang::PAPER, wang::ABSTRACT, sat0244::INFO]
}

/// A generated cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    /// What it imitates.
    pub info: CohortInfo,
    /// The seed it was made from.
    pub seed: u64,
    /// Its tables, in the order in which they are documented.
    pub tables: Vec<Table>,
}

impl Cohort {
    /// A table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.name() == name)
    }

    /// TOML text that says what the cohort is, where its margins come from and how it is made again.
    #[must_use]
    pub fn provenance(&self) -> String {
        let rows: String = self.tables.iter().map(|t| format!("{} = {}\n", t.name(), t.n_rows())).collect();
        format!(
            "note = \"{SYNTHETIC_NOTE}\"\nid = \"{}\"\ntitle = \"{}\"\ncitation = \"{}\"\nsynthetic = true\nseed = {}\n\
             generator = \"mscsle-sim\"\ngenerator_version = \"{GENERATOR_VERSION}\"\n\n[rows]\n{rows}",
            self.info.id, self.info.title, self.info.citation, self.seed
        )
    }
}

/// Makes a cohort from a seed; the same seed gives the same bytes on every machine.
///
/// # Errors
/// [`SimError::UnknownCohort`]; other variants when a seed gives no cohort that fits its margins.
///
/// # Examples
/// ```
/// let cohort = mscsle_sim::generate("gu2014", 2014)?;
/// assert_eq!(cohort.table("subjects").map(mscsle_domain::Table::n_rows), Some(81));
/// # Ok::<(), mscsle_sim::SimError>(())
/// ```
pub fn generate(id: &str, seed: u64) -> Result<Cohort, SimError> {
    match id {
        "gu2014" => gu2014::generate(seed),
        "wang2014" => wang::generate(wang::Report::Paper, seed),
        "sun2012_1409" => wang::generate(wang::Report::Abstract, seed),
        "sat0244" => sat0244::generate(seed),
        _ => Err(SimError::UnknownCohort {
            id: id.to_owned(),
            known: cohorts().iter().map(|c| format!("`{}`", c.id)).collect::<Vec<_>>().join(", "),
        }),
    }
}

/// One cell while a table is built.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    Number(f64),
    Flag(bool),
    Date(Day),
    Missing,
}

impl Cell {
    pub(crate) fn text(value: &str) -> Cell {
        Cell::Text(value.to_owned())
    }

    /// A number stored in units of 10^-`digits`.
    pub(crate) fn grid(units: i64, digits: i32) -> Cell {
        Cell::Number(units as f64 / 10_f64.powi(digits))
    }

    pub(crate) fn whole(value: i64) -> Cell {
        Cell::Number(value as f64)
    }

    pub(crate) fn or_missing<T>(value: Option<T>, cell: impl Fn(T) -> Cell) -> Cell {
        value.map_or(Cell::Missing, cell)
    }
}

/// What a column under construction holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
    Date,
}

/// A table under construction, row by row.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) name: &'static str,
    header: Vec<(&'static str, Kind)>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Rows {
    pub(crate) fn new(name: &'static str, header: &[(&'static str, Kind)]) -> Rows {
        Rows { name, header: header.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// Position of a column; 0 when there is none.
    pub(crate) fn position(&self, name: &str) -> usize {
        self.header.iter().position(|(column, _)| *column == name).unwrap_or(0)
    }

    pub(crate) fn table(self) -> Result<Table, SimError> {
        let column = |position: usize, kind: Kind| {
            let cells = self.rows.iter().map(|row| row.get(position).unwrap_or(&Cell::Missing));
            match kind {
                Kind::Text => Column::Text(TextColumn::from_values(cells.map(|c| match c {
                    Cell::Text(text) => Some(text.as_str()),
                    _ => None,
                }))),
                Kind::Number => Column::Number(
                    cells
                        .map(|c| match c {
                            Cell::Number(x) => *x,
                            _ => f64::NAN,
                        })
                        .collect(),
                ),
                Kind::Flag => Column::Flag(
                    cells
                        .map(|c| match c {
                            Cell::Flag(on) => i8::from(*on),
                            _ => -1,
                        })
                        .collect(),
                ),
                Kind::Date => Column::Date(
                    cells
                        .map(|c| match c {
                            Cell::Date(day) => Some(PartialDate::Full(*day)),
                            _ => None,
                        })
                        .collect(),
                ),
            }
        };
        let columns =
            self.header.iter().enumerate().map(|(k, (name, kind))| ((*name).to_owned(), column(k, *kind))).collect();
        Ok(Table::new(self.name, columns)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_cohort_names_those_there_are() {
        let message = generate("gu2015", 1).unwrap_err().to_string();
        assert!(message.starts_with("unknown cohort `gu2015`; use `gu2014`"), "{message}");
    }
}
