//! A CSV file whose columns have declared types; what is not declared is a number where every cell is one, else text.

use crate::csv_options::with_point;
use crate::values::SAS_TO_UNIX_DAYS;
use crate::{CsvOptions, FormatKind, IoError, Values, read_table, read_table_csv};
use mscsle_domain::{Column, Day, Table, TextColumn, flag_word, nearest};
use std::io::Read;
use std::path::Path;

/// The type of the cells of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CellType {
    /// Text as it stands.
    Text,
    /// A finite number.
    Number,
    /// A whole number up to 2^53.
    Integer,
    /// A flag: 0 or 1, true or false, Y or N.
    Flag,
    /// A complete ISO date.
    Date,
    /// A complete ISO date and time.
    DateTime,
    /// A time of day, `08:30` or `08:30:00`.
    Time,
}

impl CellType {
    /// All types with their words.
    pub const WORDS: [(&'static str, CellType); 7] = [
        ("text", CellType::Text),
        ("number", CellType::Number),
        ("integer", CellType::Integer),
        ("flag", CellType::Flag),
        ("date", CellType::Date),
        ("datetime", CellType::DateTime),
        ("time", CellType::Time),
    ];

    /// The type of a word.
    ///
    /// # Errors
    /// [`IoError::UnknownType`].
    pub fn from_name(name: &str) -> Result<CellType, IoError> {
        let found = CellType::WORDS.iter().find(|(word, _)| *word == name);
        found.map(|(_, kind)| *kind).ok_or_else(|| IoError::UnknownType { name: name.chars().take(40).collect() })
    }

    /// The word of a type.
    #[must_use]
    pub fn name(self) -> &'static str {
        CellType::WORDS.iter().find(|(_, kind)| *kind == self).map_or("text", |(word, _)| word)
    }

    /// What the numbers of such a column are.
    #[must_use]
    pub fn kind(self) -> FormatKind {
        match self {
            CellType::Date => FormatKind::Date,
            CellType::DateTime => FormatKind::DateTime,
            CellType::Time => FormatKind::Time,
            _ => FormatKind::Number,
        }
    }

    pub(crate) fn wanted(self, decimal_comma: bool) -> &'static str {
        match self {
            CellType::Text => "a text",
            CellType::Number if decimal_comma => {
                "a number with a decimal comma such as `4,5` (and no sign for thousands)"
            }
            CellType::Number => "a number such as `4.5`",
            CellType::Integer => "a whole number up to 2^53",
            CellType::Flag => "0 or 1, true or false, Y or N",
            CellType::Date => "a complete date such as `2009-03-14`; declare `text` for partial dates",
            CellType::DateTime => "a date and time such as `2009-03-14T08:30:00`; declare `text` for partial ones",
            CellType::Time => "a time such as `08:30`",
        }
    }

    /// The number of a cell, counted as in a transport file; none when it does not fit.
    pub(crate) fn parse(self, text: &str) -> Option<f64> {
        let text = text.trim();
        match self {
            CellType::Text => None,
            CellType::Number => number(text),
            CellType::Integer => number(text).filter(|x| x.fract() == 0.0 && is_exact(text, *x)),
            CellType::Flag => flag_word(text).filter(|flag| *flag >= 0).map(f64::from),
            CellType::Date => (text.len() == 10).then(|| days(text)).flatten(),
            CellType::DateTime => {
                let (date, clock) = text.split_once(['T', ' '])?;
                Some(days(date)? * 86_400.0 + seconds(clock)?)
            }
            CellType::Time => seconds(text),
        }
    }
}

/// A finite decimal number; no hexadecimal, no `inf`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|x| plain && x.is_finite())
}

/// Largest whole number up to which a number of 8 bytes holds every one.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether a number of 8 bytes tells a whole number, as it is written, apart from its neighbours: it does up to 2^53.
fn is_exact(text: &str, value: f64) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    value.abs() < EXACT || (value.abs() <= EXACT && digits.trim_matches('0') == "9007199254740992")
}

/// Whether a text is a whole number beyond 2^53 in digits: rather an id than a measurement.
fn is_long(text: &str) -> bool {
    let digits = text.trim().trim_start_matches(['-', '+']);
    digits.bytes().all(|b| b.is_ascii_digit()) && number(text.trim()).is_some_and(|x| !is_exact(text.trim(), x))
}

/// Days from 1960-01-01 of a complete date.
fn days(text: &str) -> Option<f64> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |n, digit| digit.is_ascii_digit().then(|| n * 10 + u32::from(digit - b'0')))
    };
    let (year, month, day) = (number(&bytes[..4])?, number(&bytes[5..7])?, number(&bytes[8..])?);
    let day = Day::from_ymd(year as i32, month, day).filter(|_| bytes[4] == b'-' && bytes[7] == b'-')?;
    Some(f64::from(day.0 + SAS_TO_UNIX_DAYS))
}

/// Seconds of `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`; no zone, which would need a day.
fn seconds(text: &str) -> Option<f64> {
    let two = |part: &str, most: f64| -> Option<f64> {
        let digits = part.split('.').next().unwrap_or_default();
        let known = digits.len() == 2 && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        part.parse::<f64>().ok().filter(|x| known && *x < most)
    };
    let mut parts = text.split(':');
    let hours = parts.next().filter(|p| !p.contains('.')).and_then(|p| two(p, 24.0))?;
    let minutes = parts.next().filter(|p| !p.contains('.')).and_then(|p| two(p, 60.0))?;
    let seconds = parts.next().map_or(Some(0.0), |p| two(p, 61.0))?;
    parts.next().is_none().then_some(hours * 3600.0 + minutes * 60.0 + seconds)
}

/// A column of a typed file.
#[derive(Debug, Clone, PartialEq)]
pub struct TypedColumn {
    /// Name.
    pub name: String,
    /// Type.
    pub cell_type: CellType,
    /// Values: texts, or numbers (flags 0 and 1, dates and times counted from 1960-01-01).
    pub values: Values,
    /// A cell of a column of texts that would be numbers with the other decimal sign.
    pub other_decimal: Option<String>,
}

/// Reads a CSV file with declared columns; see [`read_typed`].
///
/// # Errors
/// [`IoError::Missing`] and the errors of [`read_typed`].
pub fn read_typed_csv(
    path: &Path,
    declared: &[(String, CellType)],
    options: &CsvOptions,
) -> Result<Vec<TypedColumn>, IoError> {
    let table = read_table_csv("table", path, options)?;
    typed(table, declared, options, &path.display().to_string())
}

/// Reads CSV with declared columns from anything that reads; `file` is the name in messages.
///
/// A column that is not declared is a number when every cell that is not empty is a finite decimal number without needless
/// leading zeros (`007` is an id) and no whole number beyond 2^53, otherwise text. Nothing else is guessed.
///
/// # Errors
/// Those of [`read_table`], [`IoError::NoColumn`] for a declared column that is not there, [`IoError::Cell`] for a cell that
/// is not of its type.
pub fn read_typed(
    reader: impl Read,
    declared: &[(String, CellType)],
    options: &CsvOptions,
    file: &str,
) -> Result<Vec<TypedColumn>, IoError> {
    typed(read_table("table", reader, file, options)?, declared, options, file)
}

fn typed(
    table: Table,
    declared: &[(String, CellType)],
    options: &CsvOptions,
    file: &str,
) -> Result<Vec<TypedColumn>, IoError> {
    let comma = options.decimal_comma;
    let names: Vec<&str> = table.columns().iter().map(|(name, _)| name.as_str()).collect();
    if let Some((absent, _)) = declared.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        let near = nearest(absent, names.iter().copied());
        return Err(IoError::NoColumn {
            file: file.to_owned(),
            column: absent.chars().take(60).collect(),
            hint: near.map_or_else(String::new, |near| format!("; did you mean `{near}`?")),
        });
    }
    let mut out = Vec::with_capacity(names.len());
    for (name, column) in table.columns() {
        let text = match column {
            Column::Text(text) => text.clone(),
            other => other.to_text(),
        };
        let given = declared.iter().find(|(given, _)| given == name).map(|(_, kind)| *kind);
        let cell_type = given.unwrap_or_else(|| guess(&text, comma));
        // Between commas a text such as `1,2` is rather a list of codes than a number.
        let other = given.is_none() && cell_type == CellType::Text && (comma || options.separator != b',');
        let other_decimal = (other && guess(&text, !comma) == CellType::Number)
            .then(|| text.levels.iter().find(|level| level.contains([',', '.'])).cloned())
            .flatten();
        let numeric = matches!(cell_type, CellType::Number | CellType::Integer);
        let pointed = if comma && numeric { pointed(&text) } else { text.clone() };
        let values = values(pointed, cell_type).map_err(|(row, _)| IoError::Cell {
            file: file.to_owned(),
            row,
            column: name.clone(),
            value: text.get(row).unwrap_or_default().chars().take(40).collect(),
            wanted: cell_type.wanted(comma),
        })?;
        out.push(TypedColumn { name: name.clone(), cell_type, values, other_decimal });
    }
    Ok(out)
}

/// The texts with decimal points; what is no number with a decimal comma becomes a text that is no number either.
fn pointed(text: &TextColumn) -> TextColumn {
    let levels = text.levels.iter().map(|level| with_point(level).unwrap_or_default()).collect();
    TextColumn { codes: text.codes.clone(), levels }
}

fn guess(text: &TextColumn, decimal_comma: bool) -> CellType {
    let plain = |text: &String| {
        let own = if decimal_comma { with_point(text) } else { Some(text.clone()) };
        let Some(text) = own else { return false };
        let digits = text.trim_start_matches(['-', '+']).as_bytes();
        let padded = digits.len() > 1 && digits.first() == Some(&b'0') && digits.get(1).is_some_and(u8::is_ascii_digit);
        !padded && number(&text).is_some() && !is_long(&text)
    };
    if !text.levels.is_empty() && text.levels.iter().all(plain) { CellType::Number } else { CellType::Text }
}

/// The values of a text column as a type, or the first row that does not fit.
pub(crate) fn values(text: TextColumn, cell_type: CellType) -> Result<Values, (usize, String)> {
    if cell_type == CellType::Text {
        return Ok(Values::Text(text));
    }
    let parsed: Vec<Option<f64>> = text.levels.iter().map(|level| cell_type.parse(level)).collect();
    let mut values = Vec::with_capacity(text.codes.len());
    let mut missing = Vec::with_capacity(text.codes.len());
    for (row, &code) in text.codes.iter().enumerate() {
        let value = match usize::try_from(code).ok() {
            None => f64::NAN,
            Some(code) => match parsed.get(code).copied().flatten() {
                Some(value) => value,
                None => return Err((row, text.levels.get(code).cloned().unwrap_or_default())),
            },
        };
        missing.push(if value.is_nan() { b'.' } else { 0 });
        values.push(value);
    }
    Ok(Values::Number { values, missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &str, declared: &[(&str, CellType)]) -> Result<Vec<TypedColumn>, IoError> {
        let declared: Vec<(String, CellType)> = declared.iter().map(|(n, k)| ((*n).to_owned(), *k)).collect();
        let options = CsvOptions::from_words(None, None, None, vec!["ND".to_owned()]).unwrap();
        read_typed(bytes.as_bytes(), &declared, &options, "x.csv")
    }

    fn numbers(column: &TypedColumn) -> Vec<f64> {
        match &column.values {
            Values::Number { values, .. } => values.clone(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn declared_types_are_counted_as_in_a_transport_file() {
        let file = "d,t,c,f,n\n1960-01-02,1960-01-01T00:00:01.5,08:30,Y,-1e3\n,,,,\n";
        let kinds = [("d", CellType::Date), ("t", CellType::DateTime), ("c", CellType::Time), ("f", CellType::Flag)];
        let columns = read(file, &kinds).unwrap();
        let first: Vec<f64> = columns.iter().map(|c| numbers(c)[0]).collect();
        assert_eq!(first, [1.0, 1.5, 30_600.0, 1.0, -1000.0]);
        assert!(columns.iter().all(|c| numbers(c)[1].is_nan()));
    }

    #[test]
    fn what_is_not_declared_is_a_number_only_when_every_cell_is_one() {
        let columns = read("id,x,y\n007,1.5,1\n012,ND,<2\n", &[]).unwrap();
        let kinds: Vec<CellType> = columns.iter().map(|c| c.cell_type).collect();
        assert_eq!(kinds, [CellType::Text, CellType::Number, CellType::Text]);
    }

    #[test]
    fn whole_numbers_beyond_2_53_stay_apart() {
        let ids = "id,x\n110105199001011234,9007199254740992\n110105199001011235,1e17\n";
        let columns = read(ids, &[]).unwrap();
        let kinds: Vec<CellType> = columns.iter().map(|c| c.cell_type).collect();
        assert_eq!(kinds, [CellType::Text, CellType::Number]);
        let message = read("x\n9007199254740992\n9007199254740993\n", &[("x", CellType::Integer)]).unwrap_err();
        assert!(message.to_string().contains("row 1 is `9007199254740993`, not a whole number up to 2^53"));
        assert!(read("x\n-9007199254740992\n4.0\n9.007199254740992e15\n", &[("x", CellType::Integer)]).is_ok());
    }

    #[test]
    fn a_cell_that_does_not_fit_is_named() {
        let message = |file: &str, kind| read(file, &[("x", kind)]).unwrap_err().to_string();
        assert_eq!(
            message("x\n2009-01-01\n2009-03\n", CellType::Date),
            "`x.csv`, column `x`, row 1 is `2009-03`, not a complete date such as `2009-03-14`; declare `text` for partial dates"
        );
        assert!(message("x\n1.5\n", CellType::Integer).contains("row 0 is `1.5`, not a whole number"));
        assert!(message("x\ninf\n", CellType::Number).contains("not a number"));
        assert!(message("x\n24:00\n", CellType::Time).contains("row 0 is `24:00`, not a time"));
        assert_eq!(
            read("usubjid\n1\n", &[("usubjd", CellType::Text)]).unwrap_err().to_string(),
            "`x.csv` has no column `usubjd`; did you mean `usubjid`?"
        );
        assert!(CellType::from_name("float").unwrap_err().to_string().starts_with("unknown type `float`; use `text`"));
    }

    #[test]
    fn decimal_commas_are_read_and_points_beside_them_refused() {
        let european = CsvOptions::from_words(None, Some(";"), Some(","), Vec::new()).unwrap();
        let read = |bytes: &str, declared: &[(String, CellType)], options: &CsvOptions| {
            read_typed(bytes.as_bytes(), declared, options, "x.csv")
        };
        let columns = read("a;b;c\n4,5;1.234;<0,15\n-1;2;3\n", &[], &european).unwrap();
        assert_eq!(numbers(&columns[0]), [4.5, -1.0]);
        assert_eq!((columns[1].cell_type, columns[1].other_decimal.as_deref()), (CellType::Text, Some("1.234")));
        assert_eq!((columns[2].cell_type, columns[2].other_decimal.as_deref()), (CellType::Text, None));
        let number = [("b".to_owned(), CellType::Number)];
        assert_eq!(
            read("b\n1\n1.234,5\n", &number, &european).unwrap_err().to_string(),
            "`x.csv`, column `b`, row 1 is `1.234,5`, not a number with a decimal comma such as `4,5` (and no sign for thousands)"
        );
        assert!(read("b\n1,2,3\n", &number, &european).is_err());
        let point = CsvOptions::from_words(None, Some(";"), None, Vec::new()).unwrap();
        let columns = read("a;b\n4,5;x\n", &[], &point).unwrap();
        assert_eq!((columns[0].cell_type, columns[0].other_decimal.as_deref()), (CellType::Text, Some("4,5")));
        let listed = read("a,b\n\"1,2\",x\n", &[], &CsvOptions::default()).unwrap();
        assert_eq!(listed[0].other_decimal, None);
    }
}
