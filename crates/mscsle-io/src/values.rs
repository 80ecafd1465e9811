//! The values of a column of a file, whatever its format: numbers with the letters of special missing values, or texts.

use mscsle_domain::{Column, PartialDate, TextColumn};

/// Days from 1960-01-01, where SAS counts from, to 1970-01-01.
pub(crate) const SAS_TO_UNIX_DAYS: i32 = 3653;

/// What a number is: itself, or a count from 1960-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormatKind {
    /// A number.
    Number,
    /// Days from 1960-01-01.
    Date,
    /// Seconds from 1960-01-01.
    DateTime,
    /// Seconds of the day.
    Time,
}

impl FormatKind {
    /// The kind's word in Python: `number`, `date`, `datetime` or `time`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FormatKind::Number => "number",
            FormatKind::Date => "date",
            FormatKind::DateTime => "datetime",
            FormatKind::Time => "time",
        }
    }
}

/// The values of a variable.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// Numbers.
    Number {
        /// The values, NaN where missing.
        values: Vec<f64>,
        /// Of a missing value the tag `.`, `_` or `A` to `Z`; 0 of a value.
        missing: Vec<u8>,
    },
    /// Texts. Of a transport file without their trailing blanks, and blank is missing.
    Text(TextColumn),
}

impl Default for Values {
    /// No numbers.
    fn default() -> Values {
        Values::Number { values: Vec::new(), missing: Vec::new() }
    }
}

impl Values {
    /// The values of a column: flags become numbers, dates days from 1960-01-01 (a partial date is missing). `missing` are
    /// the tags of missing numbers, `.` where it is too short.
    #[must_use]
    pub fn of_column(column: Column, missing: Vec<u8>) -> Values {
        let number = |values: Vec<f64>, mut missing: Vec<u8>| {
            missing.resize(values.len(), b'.');
            for (tag, value) in missing.iter_mut().zip(&values) {
                *tag = if !value.is_nan() {
                    0
                } else if is_tag(*tag) {
                    *tag
                } else {
                    b'.'
                };
            }
            Values::Number { values, missing }
        };
        match column {
            Column::Date(dates) => {
                let days = dates.iter().map(|date| match date {
                    Some(PartialDate::Full(day)) => f64::from(day.0) + f64::from(SAS_TO_UNIX_DAYS),
                    _ => f64::NAN,
                });
                number(days.collect(), missing)
            }
            Column::Text(text) => Values::Text(text),
            other => match other.to_numbers() {
                Some(values) if !matches!(other, Column::Result(_)) => number(values, missing),
                _ => Values::Text(other.to_text()),
            },
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Values::Number { values, .. } => values.len(),
            Values::Text(text) => text.codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether a byte marks a missing value: `.`, `_` or `A` to `Z`.
pub(crate) fn is_tag(byte: u8) -> bool {
    matches!(byte, b'.' | b'_' | b'A'..=b'Z')
}
