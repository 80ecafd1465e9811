//! Tables as columns. Text is dictionary-encoded, missing numbers are NaN, missing flags and codes are -1.

use crate::{DomainError, LabValue, PartialDate};
use std::collections::HashMap;

/// A text column as codes into its distinct values; -1 is missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextColumn {
    /// One code a row, -1 where missing.
    pub codes: Vec<i32>,
    /// The distinct values.
    pub levels: Vec<String>,
}

impl TextColumn {
    /// A column from codes and the distinct values they point to.
    ///
    /// # Errors
    /// [`DomainError::CodeOutOfRange`] for a code that is neither -1 nor a position in `levels`.
    pub fn new(codes: Vec<i32>, levels: Vec<String>) -> Result<TextColumn, DomainError> {
        let wrong = codes.iter().position(|&code| code < -1 || usize::try_from(code).is_ok_and(|c| c >= levels.len()));
        match wrong {
            Some(row) => Err(DomainError::CodeOutOfRange { row, code: codes[row], n_levels: levels.len() }),
            None => Ok(TextColumn { codes, levels }),
        }
    }

    /// Encodes one optional text a row; empty text is missing.
    pub fn from_values<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> TextColumn {
        let mut column = TextColumn::default();
        let mut seen: HashMap<String, i32> = HashMap::new();
        for value in values {
            let code = match value {
                None | Some("") => -1,
                Some(text) => match seen.get(text) {
                    Some(&code) => code,
                    None => {
                        let code = column.levels.len() as i32;
                        seen.insert(text.to_owned(), code);
                        column.levels.push(text.to_owned());
                        code
                    }
                },
            };
            column.codes.push(code);
        }
        column
    }

    /// The text of a row, `None` where missing.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        usize::try_from(code).ok().and_then(|code| self.levels.get(code)).map(String::as_str)
    }
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Text or category.
    Text(TextColumn),
    /// Number, NaN where missing.
    Number(Vec<f64>),
    /// 0 or 1, -1 where missing.
    Flag(Vec<i8>),
    /// Date, complete or partial.
    Date(Vec<Option<PartialDate>>),
    /// Laboratory results, with the text as written.
    Result(ResultColumn),
}

/// A column of laboratory results.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultColumn {
    /// The results as written; -1 where missing. A result that is not readable keeps its text here.
    pub text: TextColumn,
    /// What was read, `None` where missing or not readable.
    pub values: Vec<Option<LabValue>>,
}

impl Column {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Column::Text(c) => c.codes.len(),
            Column::Number(c) => c.len(),
            Column::Flag(c) => c.len(),
            Column::Date(c) => c.len(),
            Column::Result(c) => c.values.len(),
        }
    }

    /// The column as text, as a person would write it: whole numbers without a point, flags as 0 and 1, ISO dates.
    #[must_use]
    pub fn to_text(&self) -> TextColumn {
        crate::typing::as_text(self.clone())
    }

    /// The column as numbers, NaN where missing: numbers and flags as they are, results as in [`Table::number`]. `None`
    /// for text and dates.
    #[must_use]
    pub fn to_numbers(&self) -> Option<Vec<f64>> {
        match self {
            Column::Number(numbers) => Some(numbers.clone()),
            Column::Flag(flags) => Some(flags.iter().map(|&f| if f < 0 { f64::NAN } else { f64::from(f) }).collect()),
            Column::Result(result) => Some(result.values.iter().map(|v| v.map_or(f64::NAN, |v| v.number)).collect()),
            Column::Text(_) | Column::Date(_) => None,
        }
    }

    /// Whether the column has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A named table of columns of equal length, in the order in which they were given.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    name: String,
    n_rows: usize,
    columns: Vec<(String, Column)>,
}

impl Table {
    /// A table from its columns.
    ///
    /// # Errors
    /// [`DomainError::UnequalLength`] and [`DomainError::DuplicateColumn`].
    pub fn new(name: impl Into<String>, columns: Vec<(String, Column)>) -> Result<Table, DomainError> {
        let name = name.into();
        let n_rows = columns.first().map_or(0, |(_, c)| c.len());
        for (i, (column, values)) in columns.iter().enumerate() {
            if values.len() != n_rows {
                return Err(DomainError::UnequalLength {
                    table: name,
                    column: column.clone(),
                    expected: n_rows,
                    found: values.len(),
                });
            }
            if columns.iter().take(i).any(|(other, _)| other == column) {
                return Err(DomainError::DuplicateColumn { table: name, column: column.clone() });
            }
        }
        Ok(Table { name, n_rows, columns })
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Names and columns in order.
    #[must_use]
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }

    /// Makes a cell missing.
    pub(crate) fn clear(&mut self, column: &str, row: usize) {
        let Some((_, values)) = self.columns.iter_mut().find(|(name, _)| name == column) else { return };
        match values {
            Column::Text(c) => c.codes.get_mut(row).into_iter().for_each(|cell| *cell = -1),
            Column::Number(c) => c.get_mut(row).into_iter().for_each(|cell| *cell = f64::NAN),
            Column::Flag(c) => c.get_mut(row).into_iter().for_each(|cell| *cell = -1),
            Column::Date(c) => c.get_mut(row).into_iter().for_each(|cell| *cell = None),
            Column::Result(c) => c.values.get_mut(row).into_iter().for_each(|cell| *cell = None),
        }
    }

    /// Sets a date.
    pub(crate) fn set_date(&mut self, column: &str, row: usize, date: PartialDate) {
        if let Some((_, Column::Date(dates))) = self.columns.iter_mut().find(|(name, _)| name == column)
            && let Some(cell) = dates.get_mut(row)
        {
            *cell = Some(date);
        }
    }

    /// Takes the table apart: its name and its columns.
    #[must_use]
    pub fn into_columns(self) -> (String, Vec<(String, Column)>) {
        (self.name, self.columns)
    }

    /// The table with every column replaced by another of the same length.
    pub(crate) fn map_columns(self, replace: impl Fn(&str, Column) -> Column) -> Table {
        let columns = self.columns.into_iter().map(|(name, column)| {
            let column = replace(&name, column);
            (name, column)
        });
        Table { name: self.name, n_rows: self.n_rows, columns: columns.collect() }
    }

    /// A column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, c)| c)
    }

    /// The text of a cell; `None` when missing, absent or not a text column. Of a laboratory result, the text as written.
    #[must_use]
    pub fn text(&self, column: &str, row: usize) -> Option<&str> {
        match self.column(column)? {
            Column::Text(c) => c.get(row),
            Column::Result(c) => c.text.get(row),
            _ => None,
        }
    }

    /// The number of a cell; `None` when missing, absent or not a number column.
    ///
    /// Of a laboratory result beyond the limit of detection it is the limit, of a dipstick word the grade; see
    /// [`Table::result`] for how it is to be read.
    #[must_use]
    pub fn number(&self, column: &str, row: usize) -> Option<f64> {
        match self.column(column)? {
            Column::Number(c) => c.get(row).copied().filter(|x| !x.is_nan()),
            Column::Result(c) => c.values.get(row).copied().flatten().map(|v| v.number),
            _ => None,
        }
    }

    /// The laboratory result of a cell; `None` when missing, not readable, absent or not a result column.
    #[must_use]
    pub fn result(&self, column: &str, row: usize) -> Option<LabValue> {
        match self.column(column)? {
            Column::Result(c) => c.values.get(row).copied().flatten(),
            Column::Number(c) => c.get(row).copied().filter(|x| !x.is_nan()).map(LabValue::exact),
            _ => None,
        }
    }

    /// The flag of a cell; `None` when missing, absent or not a flag column.
    #[must_use]
    pub fn flag(&self, column: &str, row: usize) -> Option<bool> {
        match self.column(column)? {
            Column::Flag(c) => c.get(row).and_then(|x| match x {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            }),
            _ => None,
        }
    }

    /// The date of a cell; `None` when missing, absent or not a date column.
    #[must_use]
    pub fn date(&self, column: &str, row: usize) -> Option<PartialDate> {
        match self.column(column)? {
            Column::Date(c) => c.get(row).copied().flatten(),
            _ => None,
        }
    }
}
