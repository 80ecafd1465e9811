//! The cells of a row as they are read: checked against the type of their column.

use super::{JsonColumn, JsonType};
use crate::csv_typed::{CellType, number};
use crate::interner::{Interner, grow};
use crate::{FormatKind, Values};
use mscsle_domain::TextColumn;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use std::fmt;

/// Largest whole number that a double holds with all smaller ones.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A column while it is read.
pub(super) struct Growing {
    kind: Kind,
    texts: Interner,
    values: Vec<f64>,
    missing: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Integer,
    Number,
    Decimal,
    Boolean,
    Iso(CellType),
}

impl Growing {
    pub(super) fn new(column: &JsonColumn) -> Growing {
        let kind = match column.data_type {
            _ if column.is_text() => Kind::Text,
            JsonType::Integer => Kind::Integer,
            JsonType::Decimal => Kind::Decimal,
            JsonType::Boolean => Kind::Boolean,
            _ => match column.kind() {
                FormatKind::Date => Kind::Iso(CellType::Date),
                FormatKind::DateTime => Kind::Iso(CellType::DateTime),
                FormatKind::Time => Kind::Iso(CellType::Time),
                FormatKind::Number => Kind::Number,
            },
        };
        Growing { kind, texts: Interner::default(), values: Vec::new(), missing: Vec::new() }
    }

    pub(super) fn finish(self) -> Values {
        if self.kind != Kind::Text {
            return Values::Number { values: self.values, missing: self.missing };
        }
        let levels = self.texts.levels().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        Values::Text(TextColumn { codes: self.texts.into_codes(), levels })
    }

    fn value(&mut self, value: f64) {
        grow(&mut self.values, 1);
        grow(&mut self.missing, 1);
        self.values.push(value);
        self.missing.push(if value.is_nan() { b'.' } else { 0 });
    }

    fn null(&mut self) {
        if self.kind == Kind::Text {
            self.texts.push_missing();
        } else {
            self.value(f64::NAN);
        }
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        let parsed = match self.kind {
            Kind::Text => return self.texts.push(text.as_bytes()).ok_or_else(|| "too many distinct texts".to_owned()),
            Kind::Decimal => number(text),
            Kind::Iso(kind) => kind.parse(text),
            Kind::Integer | Kind::Number | Kind::Boolean => None,
        };
        match parsed {
            Some(value) => {
                self.value(value);
                Ok(())
            }
            None => Err(format!("the text {}, not {}", shown(text), self.wanted())),
        }
    }

    fn number(&mut self, value: f64) -> Result<(), String> {
        match self.kind {
            Kind::Number | Kind::Decimal if value.is_finite() => self.value(value),
            Kind::Integer if value.fract() == 0.0 && value.abs() <= EXACT => self.value(value),
            _ => return Err(format!("the number {value}, not {}", self.wanted())),
        }
        Ok(())
    }

    fn wanted(&self) -> &'static str {
        match self.kind {
            Kind::Text => "a text or null",
            Kind::Integer => "a whole number up to 2^53 or null",
            Kind::Number => "a number or null",
            Kind::Decimal => "a decimal number as text or null",
            Kind::Boolean => "true, false or null",
            Kind::Iso(CellType::Date) => "a complete date as text (`2009-03-14`) or null",
            Kind::Iso(CellType::DateTime) => "a complete date and time as text (`2009-03-14T08:30:00`) or null",
            Kind::Iso(_) => "a time as text (`08:30:00`) or null",
        }
    }
}

fn shown(text: &str) -> String {
    format!("`{}`", text.chars().take(40).collect::<String>().escape_debug())
}

/// Reads one row into the columns; remembers at which column it was.
pub(super) struct Row<'a> {
    pub(super) columns: &'a mut [Growing],
    pub(super) at: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row, which is an array of cells")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        let n = self.columns.len();
        for (position, column) in self.columns.iter_mut().enumerate() {
            *self.at = position;
            if cells.next_element_seed(Cell(column))?.is_none() {
                return Err(A::Error::custom(format!("the row has {position} cells, the data set has {n} columns")));
            }
        }
        *self.at = n;
        if cells.next_element::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom(format!("the row has more cells than the data set has columns, {n}")));
        }
        Ok(())
    }
}

struct Cell<'a>(&'a mut Growing);

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.wanted())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.text(text).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.0.number(value).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.number(value as f64).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.0.number(value as f64).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        if self.0.kind != Kind::Boolean {
            return Err(E::custom(format!("{value}, not {}", self.0.wanted())));
        }
        self.0.value(f64::from(u8::from(value)));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.null();
        Ok(())
    }
}
