//! The cells of a row as they are read: checked against the type of their column.

use super::token::{self, Text, Wrong, wrong};
use super::{JsonColumn, JsonType};
use crate::csv_typed::{self, CellType};
use crate::interner::{Interner, Refusal, grow};
use crate::{FormatKind, Values};
use mscsle_domain::TextColumn;

/// Largest whole number that a double holds with all smaller ones.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether a number is 2^53 as it stands, and not one that is rounded to it.
fn is_exact(bytes: &[u8], at: usize, behind: usize) -> bool {
    let text = bytes.get(at..behind).unwrap_or_default();
    text.strip_prefix(b"-").unwrap_or(text) == b"9007199254740992"
}

/// A column while it is read.
pub(super) struct Growing {
    kind: Kind,
    texts: Interner,
    /// Whether the last text stood in the file without escapes.
    plain: bool,
    values: Vec<f64>,
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

/// Reads the row that begins with the first byte, which is `[`: one cell into each column. The number of its bytes, or the byte,
/// the column and the cause of what is wrong; then the columns are as before.
pub(super) fn read_row(
    bytes: &[u8],
    columns: &mut [Growing],
    decoded: &mut Vec<u8>,
) -> Result<usize, Box<(usize, usize, String)>> {
    let n = columns.len();
    let mut at = 1;
    for position in 0..n {
        let Some(column) = columns.get_mut(position) else { break };
        let first = token::skip_blanks(bytes, &mut at);
        let read = if first == b']' && position == 0 {
            Err(wrong(at, format!("the row has 0 cells, the data set has {n} columns")))
        } else {
            column.cell(bytes, at, first, decoded)
        };
        let mut place = position;
        let read = read.and_then(|behind| {
            let mut at = behind;
            let next = token::skip_blanks(bytes, &mut at);
            if next == if position + 1 == n { b']' } else { b',' } {
                return Ok(at + 1);
            }
            column.pop();
            place += usize::from(matches!(next, b',' | b']')); // the column without a cell, or none
            Err(wrong(at, after_cell(next, position, n)))
        });
        match read {
            Ok(behind) => at = behind,
            Err(wrong) => {
                columns.iter_mut().take(position).for_each(Growing::pop);
                let (at, what) = *wrong;
                return Err(Box::new((at, place, what)));
            }
        }
    }
    Ok(at)
}

/// What is wrong with the byte behind a cell.
fn after_cell(next: u8, position: usize, n: usize) -> String {
    match next {
        b',' => format!("the row has more cells than the data set has columns, {n}"),
        b']' => format!("the row has {} cells, the data set has {n} columns", position + 1),
        _ => format!("`,` or `]` was expected, not `{}`", char::from(next).escape_default()),
    }
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
        Growing { kind, texts: Interner::default(), plain: false, values: Vec::new() }
    }

    pub(super) fn finish(self) -> Values {
        if self.kind != Kind::Text {
            let missing = self.values.iter().map(|value| if value.is_nan() { b'.' } else { 0 }).collect();
            return Values::Number { values: self.values, missing };
        }
        let levels = self.texts.levels().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap_or_default()).collect();
        Values::Text(TextColumn { codes: self.texts.into_codes(), levels })
    }

    /// Takes the last cell out.
    fn pop(&mut self) {
        if self.kind == Kind::Text {
            self.texts.pop();
        } else {
            self.values.pop();
        }
    }

    fn value(&mut self, value: f64) {
        grow(&mut self.values, 1);
        self.values.push(value);
    }

    /// Reads the cell that begins at a byte; the byte behind it.
    fn cell(&mut self, bytes: &[u8], at: usize, first: u8, decoded: &mut Vec<u8>) -> Result<usize, Wrong> {
        match first {
            b'"' if self.kind == Kind::Text => self.text(bytes, at, decoded),
            b'"' => self.number_as_text(bytes, at, decoded),
            b'-' | b'0'..=b'9' => {
                let (value, behind) = token::number(bytes, at)?;
                let fits = match self.kind {
                    Kind::Number | Kind::Decimal => true,
                    Kind::Integer => value.fract() == 0.0 && (value.abs() < EXACT || is_exact(bytes, at, behind)),
                    _ => false,
                };
                if !fits {
                    let shown = bytes.get(at..behind.min(at + 40)).map(String::from_utf8_lossy).unwrap_or_default();
                    return Err(wrong(at, self.refusal(&format!("the number {shown}"))));
                }
                self.value(value);
                Ok(behind)
            }
            b'n' if token::is_word(bytes, at, b"null") => {
                match self.kind {
                    Kind::Text => self.texts.push_missing(),
                    _ => self.value(f64::NAN),
                }
                Ok(at + 4)
            }
            b't' | b'f' if token::is_word(bytes, at, b"true") || token::is_word(bytes, at, b"false") => {
                let yes = first == b't';
                if self.kind != Kind::Boolean {
                    return Err(wrong(at, self.refusal(if yes { "true" } else { "false" })));
                }
                self.value(f64::from(u8::from(yes)));
                Ok(at + if yes { 4 } else { 5 })
            }
            b'[' => Err(wrong(at, self.refusal("an array"))),
            b'{' => Err(wrong(at, self.refusal("an object"))),
            _ => {
                let shown = char::from(first).escape_default();
                Err(wrong(at, format!("a cell was expected, {}, not `{shown}`", self.wanted())))
            }
        }
    }

    fn text(&mut self, bytes: &[u8], at: usize, decoded: &mut Vec<u8>) -> Result<usize, Wrong> {
        let from = at + 1;
        if self.plain
            && let Some(length) = self.texts.push_again(bytes.get(from..).unwrap_or_default())
        {
            return Ok(from + length + 1);
        }
        let (text, behind) = token::text(bytes, from, decoded)?;
        let (text, plain) = match text {
            Text::Plain(text) => (text, true),
            Text::Decoded => (decoded.as_slice(), false),
        };
        self.plain = plain;
        match self.texts.push_if(text, |new| std::str::from_utf8(new).is_ok()) {
            Ok(()) => Ok(behind),
            Err(Refusal::Invalid) => Err(wrong(at, "the cell is a text that is not UTF-8")),
            Err(Refusal::Full) => Err(wrong(at, "too many distinct texts in a column")),
        }
    }

    /// A number, date or time that stands as text.
    fn number_as_text(&mut self, bytes: &[u8], at: usize, decoded: &mut Vec<u8>) -> Result<usize, Wrong> {
        let (text, behind) = token::text(bytes, at + 1, decoded)?;
        let text = match text {
            Text::Plain(text) => text,
            Text::Decoded => decoded.as_slice(),
        };
        let Ok(text) = std::str::from_utf8(text) else {
            return Err(wrong(at, "the cell is a text that is not UTF-8"));
        };
        let parsed = match self.kind {
            Kind::Decimal => match token::number(text.as_bytes(), 0) {
                Ok((value, length)) if length == text.len() => Some(value),
                _ => csv_typed::number(text),
            },
            Kind::Iso(kind) => kind.parse(text),
            Kind::Text | Kind::Integer | Kind::Number | Kind::Boolean => None,
        };
        let Some(value) = parsed else {
            let shown = text.chars().take(40).collect::<String>();
            return Err(wrong(at, self.refusal(&format!("the text `{}`", shown.escape_debug()))));
        };
        self.value(value);
        Ok(behind)
    }

    fn refusal(&self, what: &str) -> String {
        format!("the cell is {what}, not {}", self.wanted())
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
