//! How a CSV file is written: separator, decimal sign, encoding, words that mean missing. Nothing is guessed.

use crate::csv_typed::{CellType, number};
use crate::{IoError, TextEncoding};
use encoding_rs::{DecoderResult, Encoding, UTF_8};
use mscsle_domain::{Column, ColumnKind, Table, TextColumn, schema};
use std::io::Read;

/// How a CSV file is written; the default is UTF-8 with commas and decimal points.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvOptions {
    /// Sign between columns.
    pub separator: u8,
    /// Whether numbers have a decimal comma.
    pub decimal_comma: bool,
    /// Encoding; [`TextEncoding::Auto`] is strict UTF-8, since nothing else is tried.
    pub encoding: TextEncoding,
    /// Texts that mean missing, like an empty cell.
    pub missing: Vec<String>,
}

impl Default for CsvOptions {
    fn default() -> CsvOptions {
        CsvOptions { separator: b',', decimal_comma: false, encoding: TextEncoding::Auto, missing: Vec::new() }
    }
}

impl CsvOptions {
    /// Options from words; what is `None` keeps its default.
    ///
    /// # Errors
    /// [`IoError::UnknownEncoding`]; [`IoError::CsvOption`] for a separator that is not one ASCII sign (a letter, digit, point,
    /// plus, minus, quote or line end is none) and a decimal sign other than point and comma.
    ///
    /// # Examples
    /// ```
    /// use mscsle_io::{CsvOptions, read_table};
    /// let options = CsvOptions::from_words(Some("windows-1252"), Some(";"), Some(","), Vec::new())?;
    /// let table = read_table("labs", &b"usubjid;unit\nS-01;\xB5mol/L\n"[..], "labs.csv", &options)?;
    /// assert_eq!(table.text("unit", 0), Some("\u{b5}mol/L"));
    /// # Ok::<(), mscsle_io::IoError>(())
    /// ```
    pub fn from_words(
        encoding: Option<&str>,
        separator: Option<&str>,
        decimal: Option<&str>,
        missing: Vec<String>,
    ) -> Result<CsvOptions, IoError> {
        let mut options = CsvOptions { missing, ..CsvOptions::default() };
        if let Some(name) = encoding {
            options.encoding = TextEncoding::Named(name.to_owned());
            options.encoding.resolve()?;
        }
        if let Some(word) = separator {
            options.separator = match word.as_bytes() {
                [sign] if is_separator(*sign) => *sign,
                _ => return Err(wrong("separator", word, "one sign such as `,`, `;`, `|` or a tab (`\\t`)")),
            };
        }
        options.decimal_comma = match decimal {
            None | Some(".") => false,
            Some(",") => true,
            Some(word) => return Err(wrong("decimal", word, "`.` or `,`")),
        };
        Ok(options)
    }

    /// What reads the file as UTF-8: itself, or its text in memory when it has another encoding.
    pub(crate) fn utf8<'a>(&self, mut reader: impl Read + 'a, file: &str) -> Result<Box<dyn Read + 'a>, IoError> {
        let encoding = self.encoding.resolve()?;
        if encoding == UTF_8 {
            return Ok(Box::new(reader));
        }
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|error| IoError::System {
            path: file.to_owned(),
            done: "read",
            reason: error.to_string(),
        })?;
        Ok(Box::new(std::io::Cursor::new(decoded(&bytes, encoding, file)?.into_bytes())))
    }
}

fn is_separator(sign: u8) -> bool {
    sign == b'\t'
        || sign == b' '
        || (sign.is_ascii_punctuation() && !matches!(sign, b'"' | b'\'' | b'.' | b'+' | b'-' | b'_'))
}

fn wrong(option: &'static str, value: &str, wanted: &'static str) -> IoError {
    IoError::CsvOption { option, value: value.chars().take(20).collect(), wanted }
}

/// The text of bytes in an encoding other than UTF-8.
///
/// Encodings of one byte a character have no wrong byte, so that two signs of a wrong name are looked for: text that is valid
/// UTF-8 beyond ASCII, and control characters (0x80 to 0x9F), which no text has.
fn decoded(bytes: &[u8], encoding: &'static Encoding, file: &str) -> Result<String, IoError> {
    let single = encoding.is_single_byte();
    if single && !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok() {
        return Err(IoError::IsUtf8 { file: file.to_owned(), encoding: encoding.name() });
    }
    let refused = |text: &str, at: usize| IoError::NotInFile {
        file: file.to_owned(),
        line: 1 + text.bytes().filter(|b| *b == b'\n').count() as u64,
        at: at as u64,
        encoding: encoding.name(),
    };
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
    let mut text = String::with_capacity(room);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    if result != DecoderResult::InputEmpty {
        return Err(refused(&text, read.saturating_sub(1)));
    }
    match text.find(|c: char| ('\u{80}'..='\u{9f}').contains(&c)) {
        Some(at) if single => {
            let before = text.get(..at).unwrap_or_default();
            Err(refused(before, before.chars().count()))
        }
        _ => Ok(text),
    }
}

/// The columns of a table of a trial that hold numbers, with points for their decimal commas.
///
/// Numbers, ordinals and results (`<0,15` too) are rewritten, and of the columns that the schema does not know those in which
/// every cell is a number.
///
/// # Errors
/// [`IoError::Cell`] for a number with a point, which may stand for thousands.
pub(crate) fn with_points(table: Table, file: &str) -> Result<Table, IoError> {
    let schema = schema(table.name());
    let mut columns = Vec::with_capacity(table.columns().len());
    for (name, column) in table.columns() {
        let kind = schema.and_then(|s| s.column(name)).map(|c| c.kind);
        let Column::Text(text) = column else {
            columns.push((name.clone(), column.clone()));
            continue;
        };
        let known = matches!(kind, Some(ColumnKind::Number | ColumnKind::Ordinal | ColumnKind::Result));
        let all = kind.is_none() && text.levels.iter().all(|level| with_point(level).is_some_and(|p| is_number(&p)));
        if !known && !all {
            columns.push((name.clone(), column.clone()));
            continue;
        }
        if let Some(wrong) = text.levels.iter().position(|level| level.contains('.') && is_number(level)) {
            return Err(IoError::Cell {
                file: file.to_owned(),
                row: text.codes.iter().position(|code| usize::try_from(*code) == Ok(wrong)).unwrap_or_default(),
                column: name.clone(),
                value: text.levels.get(wrong).map(|level| level.chars().take(40).collect()).unwrap_or_default(),
                wanted: CellType::Number.wanted(true),
            });
        }
        let levels = text.levels.iter();
        let levels: Vec<String> =
            levels.map(|level| with_point(level).filter(|p| is_number(p)).unwrap_or_else(|| level.clone())).collect();
        let level_of = |code: &i32| usize::try_from(*code).ok().and_then(|code| levels.get(code)).map(String::as_str);
        let rewritten = TextColumn::from_values(text.codes.iter().map(level_of));
        columns.push((name.clone(), Column::Text(rewritten)));
    }
    Table::new(table.name(), columns).map_err(|error| IoError::Table { file: file.to_owned(), error })
}

/// A number, also behind the sign of a limit (`<0.15`).
fn is_number(text: &str) -> bool {
    number(text.trim_start_matches(|c: char| matches!(c, '<' | '>' | '=' | '≤' | '≥') || c.is_whitespace()).trim())
        .is_some()
}

/// A number with a decimal comma as one with a point; none for a text with a point, which may stand for thousands.
pub(crate) fn with_point(text: &str) -> Option<String> {
    (!text.contains('.')).then(|| text.replacen(',', ".", 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_table;

    fn options(encoding: Option<&str>, separator: Option<&str>) -> CsvOptions {
        CsvOptions::from_words(encoding, separator, None, Vec::new()).unwrap()
    }

    fn message(bytes: &[u8], encoding: &str) -> String {
        read_table("labs", bytes, "x.csv", &options(Some(encoding), None)).unwrap_err().to_string()
    }

    #[test]
    fn latin_and_two_byte_texts_are_decoded() {
        let table = read_table("labs", &b"a;b\nM\xFCller;\x80 5\n"[..], "x.csv", &options(Some("latin-1"), Some(";")));
        let table = table.unwrap();
        assert_eq!((table.text("a", 0), table.text("b", 0)), (Some("Müller"), Some("€ 5")));
        let utf16: Vec<u8> = "\u{feff}a\tb\nÅ\t1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let table = read_table("labs", utf16.as_slice(), "x.csv", &options(Some("utf-16"), Some("\t"))).unwrap();
        assert_eq!((table.text("a", 0), table.text("b", 0)), (Some("Å"), Some("1")));
        let table = read_table("labs", &b"a\n\x93\xFA\n"[..], "x.csv", &options(Some("cp932"), None)).unwrap();
        assert_eq!(table.text("a", 0), Some("日"));
    }

    #[test]
    fn a_wrong_encoding_is_refused_where_it_shows() {
        assert_eq!(
            message("a\nMüller\n".as_bytes(), "windows-1252"),
            "`x.csv` is UTF-8 text, not windows-1252; leave `encoding` out"
        );
        assert_eq!(
            message(b"a\nx\x81\xFF\n", "cp1252"),
            "`x.csv`, near line 2 (byte 3): not windows-1252 text; name the encoding the file was saved in"
        );
        assert!(message(b"a\n\x93\n", "shift_jis").starts_with("`x.csv`, near line 2 (byte "));
        let unknown = CsvOptions::from_words(Some("klingon"), None, None, Vec::new()).unwrap_err();
        assert!(unknown.to_string().starts_with("unknown encoding `klingon`"));
    }

    #[test]
    fn options_that_are_none_are_refused() {
        let message = |s, d| CsvOptions::from_words(None, s, d, Vec::new()).unwrap_err().to_string();
        assert_eq!(
            message(Some(";;"), None),
            "`separator` must be one sign such as `,`, `;`, `|` or a tab (`\\t`), but is `;;`"
        );
        assert!(message(Some("a"), None).contains("but is `a`"));
        assert!(message(Some("é"), None).contains("but is `é`"));
        assert_eq!(message(None, Some(" ")), "`decimal` must be `.` or `,`, but is ` `");
    }

    #[test]
    fn numbers_of_a_trial_get_points_and_texts_stay() {
        let options = CsvOptions::from_words(None, Some(";"), Some(","), Vec::new()).unwrap();
        let read =
            |bytes: &str| with_points(read_table("labs", bytes.as_bytes(), "labs.csv", &options).unwrap(), "labs.csv");
        let table = read("usubjid;test;value;uln;own;note\nS,1;crp;< 0,15;4,5;1,5;a, b\nS,2;x;trace;;;1,5\n").unwrap();
        let row = |row| ["usubjid", "value", "uln", "own", "note"].map(|name| table.text(name, row));
        assert_eq!(row(0), [Some("S,1"), Some("< 0.15"), Some("4.5"), Some("1.5"), Some("a, b")]);
        assert_eq!(row(1), [Some("S,2"), Some("trace"), None, None, Some("1,5")]);
        assert_eq!(
            read("usubjid;value\nS-1;4,5\nS-2;1.234\n").unwrap_err().to_string(),
            "`labs.csv`, column `value`, row 1 is `1.234`, not a number with a decimal comma such as `4,5` (and no sign for thousands)"
        );
    }

    #[test]
    fn words_that_mean_missing_are_missing_in_every_column() {
        let options = CsvOptions::from_words(None, None, None, vec!["NA".to_owned()]).unwrap();
        let table = read_table("labs", &b"a,b\nNA,1\n2,NAN\n"[..], "x.csv", &options).unwrap();
        assert_eq!((table.text("a", 0), table.text("b", 1)), (None, Some("NAN")));
    }
}
