//! A generated cohort: its tables, where its margins come from, and the same as CSV text.

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

    /// Names and contents of the files of the cohort: one CSV a table and `cohort.toml`.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> =
            self.tables.iter().map(|t| (format!("{}.csv", t.name()), csv_text(t))).collect();
        out.push(("cohort.toml".to_owned(), self.provenance()));
        out
    }

    /// The file that says what the cohort is, where its margins come from and how it is made again.
    fn provenance(&self) -> String {
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
    name: &'static str,
    header: Vec<(&'static str, Kind)>,
    rows: Vec<Vec<Cell>>,
}

impl Rows {
    pub(crate) fn new(name: &'static str, header: &[(&'static str, Kind)]) -> Rows {
        Rows { name, header: header.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
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

/// A table as CSV: header, comma, LF, quotes only where needed, missing empty, flags 0/1, numbers in their shortest form.
fn csv_text(table: &Table) -> String {
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut out = table.columns().iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(",");
    out.push('\n');
    for row in 0..table.n_rows() {
        for (k, (_, column)) in table.columns().iter().enumerate() {
            if k > 0 {
                out.push(',');
            }
            match column {
                Column::Text(c) => out.push_str(&c.get(row).map_or_else(String::new, quoted)),
                Column::Result(c) => out.push_str(&c.text.get(row).map_or_else(String::new, quoted)),
                Column::Number(c) if c[row].is_nan() => {}
                Column::Number(c) => out.push_str(&c[row].to_string()),
                Column::Flag(c) if c[row] < 0 => {}
                Column::Flag(c) => out.push_str(&c[row].to_string()),
                Column::Date(c) => out.push_str(&c[row].map_or_else(String::new, |d| d.to_string())),
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_quotes_only_where_needed_and_leaves_missing_empty() {
        let mut rows = Rows::new("t", &[("a", Kind::Text), ("b", Kind::Number), ("c", Kind::Flag), ("d", Kind::Date)]);
        rows.push(vec![Cell::text("x, \"y\""), Cell::grid(1311, 2), Cell::Flag(true), Cell::Date(Day(0))]);
        rows.push(vec![Cell::Missing, Cell::whole(1_000_000), Cell::Missing, Cell::Missing]);
        assert_eq!(csv_text(&rows.table().unwrap()), "a,b,c,d\n\"x, \"\"y\"\"\",13.11,1,1970-01-01\n,1000000,,\n");
    }

    #[test]
    fn an_unknown_cohort_names_those_there_are() {
        let message = generate("gu2015", 1).unwrap_err().to_string();
        assert!(message.starts_with("unknown cohort `gu2015`; use `gu2014`"), "{message}");
    }
}
