//! One table as a CSV file: RFC 4180 with a header; by default UTF-8 (a byte order mark is accepted) and commas.
//!
//! All cells are read as text; the schema types them later. An empty cell is missing. Blank lines are skipped.

use crate::{CsvOptions, IoError, NewFile};
use mscsle_domain::{Column, Table, TextColumn};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::Path;

/// Reads a table from a CSV file.
///
/// # Errors
/// [`IoError::Missing`] and the errors of [`read_table`].
pub fn read_table_csv(name: &str, path: &Path, options: &CsvOptions) -> Result<Table, IoError> {
    let shown = path.display().to_string();
    #[expect(clippy::disallowed_methods, reason = "this crate opens the paths")]
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => IoError::Missing { what: "file", path: shown.clone() },
        _ => IoError::System { path: shown.clone(), done: "read", reason: error.to_string() },
    })?;
    read_table(name, std::io::BufReader::new(file), &shown, options)
}

/// Reads a table from anything that reads; `file` is the name in messages.
///
/// # Errors
/// [`IoError::NoHeader`], [`IoError::Separator`], [`IoError::NotUtf8`], [`IoError::NotInFile`] and [`IoError::IsUtf8`] for
/// another encoding than that of the options, [`IoError::RaggedRow`], [`IoError::Table`] for a column that appears twice,
/// [`IoError::System`].
pub fn read_table(name: &str, reader: impl Read, file: &str, options: &CsvOptions) -> Result<Table, IoError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(options.separator)
        .from_reader(SkipMark::new(options.utf8(reader, file)?));
    let mut record = csv::ByteRecord::new();
    let system =
        |error: &csv::Error| IoError::System { path: file.to_owned(), done: "read", reason: error.to_string() };
    if !reader.read_byte_record(&mut record).map_err(|e| system(&e))? {
        return Err(IoError::NoHeader { file: file.to_owned() });
    }
    let names = header(&record, file, options.separator)?;
    let mut columns: Vec<Encoder> = names.iter().map(|_| Encoder::default()).collect();
    let mut row = 0;
    while reader.read_byte_record(&mut record).map_err(|e| system(&e))? {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != names.len() {
            return Err(IoError::RaggedRow {
                file: file.to_owned(),
                row,
                line,
                expected: names.len(),
                found: record.len(),
            });
        }
        for ((cell, column), name) in record.iter().zip(&mut columns).zip(&names) {
            let text = text(cell, file, line, name)?;
            column
                .push(text, &options.missing)
                .ok_or(IoError::TooLarge { file: file.to_owned(), what: "distinct texts in a column" })?;
        }
        row += 1;
    }
    let columns = names.into_iter().zip(columns).map(|(name, column)| (name, Column::Text(column.column))).collect();
    Table::new(name, columns).map_err(|error| IoError::Table { file: file.to_owned(), error })
}

/// Writes a table as a CSV file: texts as they are, numbers in the shortest form that reads back as the same number, flags
/// as 0 and 1. The file appears when it is whole; see [`NewFile`].
///
/// # Errors
/// [`IoError::System`].
pub fn write_table_csv(table: &Table, path: &Path) -> Result<(), IoError> {
    let mut file = NewFile::create(path)?;
    write_table(table, &mut file, &path.display().to_string())?;
    file.commit()
}

/// Writes a table to anything that writes; `file` is the name in messages.
///
/// # Errors
/// [`IoError::System`].
pub fn write_table(table: &Table, writer: impl Write, file: &str) -> Result<(), IoError> {
    let system = |reason: String| IoError::System { path: file.to_owned(), done: "written", reason };
    let mut writer = csv::Writer::from_writer(writer);
    let verbatim = |column: &Column| match column {
        Column::Text(text) => text.clone(),
        other => other.to_text(),
    };
    let columns: Vec<TextColumn> = table.columns().iter().map(|(_, column)| verbatim(column)).collect();
    writer.write_record(table.columns().iter().map(|(name, _)| name)).map_err(|e| system(e.to_string()))?;
    for row in 0..table.n_rows() {
        writer
            .write_record(columns.iter().map(|column| column.get(row).unwrap_or_default()))
            .map_err(|e| system(e.to_string()))?;
    }
    writer.flush().map_err(|e| system(e.to_string()))
}

/// A byte order mark, which is no part of a name wherever it stands.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Column names: trimmed; an empty name, which row names of other programs have, becomes `unnamed_0`, `unnamed_1` ...
fn header(record: &csv::ByteRecord, file: &str, separator: u8) -> Result<Vec<String>, IoError> {
    let mut names = Vec::with_capacity(record.len());
    for (position, cell) in record.iter().enumerate() {
        let name = text(cell, file, 1, &position.to_string())?
            .trim_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK);
        names.push(if name.is_empty() { format!("unnamed_{position}") } else { name.to_owned() });
    }
    if let [only] = names.as_slice() {
        for (sign, found) in [(b';', ";"), (b'\t', "\\t"), (b'|', "|"), (b',', ",")] {
            if sign != separator && only.as_bytes().contains(&sign) {
                return Err(IoError::Separator { file: file.to_owned(), separator: found });
            }
        }
    }
    Ok(names)
}

fn text<'a>(cell: &'a [u8], file: &str, line: u64, column: &str) -> Result<&'a str, IoError> {
    // A zero byte is valid UTF-8, but no text has one.
    std::str::from_utf8(cell).ok().filter(|text| !text.contains('\0')).ok_or_else(|| IoError::NotUtf8 {
        file: file.to_owned(),
        line,
        column: format!("`{}`", column.chars().take(40).collect::<String>()),
        // Text of two bytes a character has zero bytes or begins with a mark.
        likely: if cell.contains(&0) || cell.starts_with(&[0xFF, 0xFE]) || cell.starts_with(&[0xFE, 0xFF]) {
            "utf-16"
        } else {
            "windows-1252"
        },
    })
}

/// A text column while it grows.
#[derive(Default)]
struct Encoder {
    column: TextColumn,
    seen: HashMap<String, i32>,
}

impl Encoder {
    fn push(&mut self, text: &str, missing: &[String]) -> Option<()> {
        let code = match self.seen.get(text) {
            _ if text.is_empty() => -1,
            Some(&code) => code,
            None if missing.iter().any(|word| word == text) => -1,
            None => {
                let code = i32::try_from(self.column.levels.len()).ok()?;
                self.seen.insert(text.to_owned(), code);
                self.column.levels.push(text.to_owned());
                code
            }
        };
        self.column.codes.push(code);
        Some(())
    }
}

/// Skips a UTF-8 byte order mark at the beginning.
struct SkipMark<R> {
    reader: R,
    /// Bytes read ahead and not yet handed on.
    ahead: Vec<u8>,
    begun: bool,
}

impl<R: Read> SkipMark<R> {
    fn new(reader: R) -> SkipMark<R> {
        SkipMark { reader, ahead: Vec::new(), begun: false }
    }
}

impl<R: Read> Read for SkipMark<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];
        if !self.begun {
            self.begun = true;
            self.reader.by_ref().take(MARK.len() as u64).read_to_end(&mut self.ahead)?;
            if self.ahead == MARK {
                self.ahead.clear();
            }
        }
        if self.ahead.is_empty() {
            return self.reader.read(buffer);
        }
        let n = self.ahead.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(self.ahead.drain(..n)) {
            *to = from;
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Table, IoError> {
        read_table("labs", bytes, "labs.csv", &CsvOptions::default())
    }

    fn message(bytes: &[u8]) -> String {
        read(bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        let table = read(b"\xEF\xBB\xBFusubjid,test\nS-1,crp\n").unwrap();
        assert_eq!(table.text("usubjid", 0), Some("S-1"));
        assert_eq!(
            read(b"\xEF\xBB").unwrap_err().to_string(),
            "`labs.csv`, near line 1, column `0`: not UTF-8 text; pass its encoding, perhaps `encoding=\"windows-1252\"`, or save the file as UTF-8"
        );
    }

    #[test]
    fn a_name_that_begins_with_a_mark_behind_blanks_is_the_name() {
        assert_eq!(read(b"\x0C\xEF\xBB\xBFa\n1\n").unwrap().text("a", 0), Some("1"));
    }

    #[test]
    fn quoted_cells_hold_commas_quotes_and_line_breaks() {
        let table = read(b"usubjid,test\r\n\"S,1\",\"a \"\"b\"\"\nc\"\r\n\r\nS-2,d").unwrap();
        assert_eq!((table.text("usubjid", 0), table.text("test", 0)), (Some("S,1"), Some("a \"b\"\nc")));
        assert_eq!(table.text("test", 1), Some("d"));
    }

    #[test]
    fn a_ragged_row_is_named() {
        assert_eq!(
            message(b"a,b\n1,2\n\n3\n"),
            "`labs.csv`, row 1 (near line 3) has 1 cell(s), the header has 2; a comma or line break inside a cell needs quotes"
        );
        assert!(message(b"a,b\n1,2,3\n").contains("row 0 (near line 2) has 3 cell(s)"));
    }

    #[test]
    fn other_encodings_and_separators_are_refused_by_name() {
        assert_eq!(
            message(b"a,b\n1,\xE9t\xE9\n"),
            "`labs.csv`, near line 2, column `b`: not UTF-8 text; pass its encoding, perhaps `encoding=\"windows-1252\"`, or save the file as UTF-8"
        );
        assert!(message(b"\xFF\xFEa\0,\0b\0").contains("perhaps `encoding=\"utf-16\"`"));
        assert!(message(b"a,b\n1,\0\n").contains("not UTF-8"));
        assert_eq!(
            message(b"usubjid;test\nS-1;crp\n"),
            "`labs.csv` separates columns by `;`; pass `separator=\";\"` (and `decimal=\",\"` if its numbers have a decimal comma)"
        );
        assert!(message(b"usubjid\ttest\n").contains("pass `separator=\"\\t\"`"));
        let semicolon = CsvOptions::from_words(None, Some(";"), None, Vec::new()).unwrap();
        let error = read_table("labs", &b"a,b\n1,2\n"[..], "labs.csv", &semicolon).unwrap_err();
        assert!(error.to_string().contains("separates columns by `,`"));
    }

    #[test]
    fn empty_files_and_repeated_columns_are_errors_but_a_header_alone_is_a_table() {
        assert_eq!(message(b""), "`labs.csv` is empty; the first line names the columns");
        assert_eq!(message(b"\n\n"), "`labs.csv` is empty; the first line names the columns");
        assert_eq!(message(b"a,b,a\n"), "`labs.csv`: table `labs` has column `a` twice");
        assert_eq!(read(b"a,b\n").unwrap().n_rows(), 0);
        assert_eq!(read(b",b\n1,2\n").unwrap().text("unnamed_0", 0), Some("1"));
    }

    #[test]
    fn numbers_are_written_so_that_they_read_back() {
        let table = Table::new(
            "labs",
            vec![
                ("value".to_owned(), Column::Number(vec![0.1 + 0.2, f64::NAN, 1e6])),
                ("due_to_sle".to_owned(), Column::Flag(vec![1, 0, -1])),
            ],
        )
        .unwrap();
        let mut out = Vec::new();
        write_table(&table, &mut out, "labs.csv").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "value,due_to_sle\n0.30000000000000004,1\n,0\n1000000,\n");
    }
}
