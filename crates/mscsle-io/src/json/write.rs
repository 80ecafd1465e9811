//! Writing, row by row: the same data give the same bytes.

use super::{JsonColumn, JsonDataset, JsonMetadata, JsonType};
use crate::values::SAS_TO_UNIX_DAYS;
use crate::{FormatKind, IoError, NewFile, Values};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use mscsle_domain::Day;
use serde_json::{Value, json};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// Time of creation of files that are given none: the same data give the same bytes.
const NO_TIME: &str = "1960-01-01T00:00:00";

/// Form of a Dataset-JSON file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonForm {
    /// One JSON object.
    Object,
    /// NDJSON: the metadata on the first line, then one row a line.
    Lines,
    /// DSJC: the NDJSON form as a zlib stream.
    Compressed,
}

/// Writes a data set into a file, which appears when it is whole; see [`NewFile`].
///
/// # Errors
/// [`IoError::System`] and those of [`JsonWriter`].
pub fn write_json_file(dataset: &JsonDataset, form: JsonForm, path: &Path) -> Result<(), IoError> {
    let shown = path.display().to_string();
    check(&dataset.metadata, &dataset.values, &shown)?;
    let mut file = NewFile::create(path)?;
    write_json(dataset, form, &mut file, &shown)?;
    file.commit()
}

/// Writes a data set to anything that writes; `file` is the name in messages.
///
/// # Errors
/// Those of [`JsonWriter`].
pub fn write_json(dataset: &JsonDataset, form: JsonForm, writer: impl Write, file: &str) -> Result<(), IoError> {
    let metadata = JsonMetadata { records: Some(dataset.n_rows as u64), ..dataset.metadata.clone() };
    let mut out = JsonWriter::new(writer, metadata, form, file)?;
    out.write_rows(&dataset.values)?;
    out.finish().map(|_| ())
}

enum Sink<W: Write> {
    Plain(W),
    Zlib(ZlibEncoder<W>),
}

/// Room for the number of rows that is not known before the last row.
const ROOM: &str = "                    ";

/// Writes rows as they come. The number of all of them stands before the first: it is announced, or room is left for it
/// ([`JsonWriter::finish_counted`]), which a compressed file does not have.
pub struct JsonWriter<W: Write> {
    sink: Sink<W>,
    metadata: JsonMetadata,
    form: JsonForm,
    file: String,
    buffer: Vec<u8>,
    row: u64,
    /// Where the number of rows is to be written.
    room_at: u64,
}

impl<W: Write> JsonWriter<W> {
    /// Writes what stands before the rows. Without a number of rows in the metadata the file is no Dataset-JSON until
    /// [`JsonWriter::finish_counted`]. OIDs that are not given are made of the names, and the time of creation is
    /// 1960-01-01 when the attributes give none.
    ///
    /// # Errors
    /// [`IoError::Written`] without columns or names, for a compressed file without the number of rows;
    /// [`IoError::System`].
    pub fn new(writer: W, metadata: JsonMetadata, form: JsonForm, file: &str) -> Result<JsonWriter<W>, IoError> {
        check(&metadata, &[], file)?;
        if form == JsonForm::Compressed && metadata.records.is_none() {
            return Err(IoError::Written {
                file: file.to_owned(),
                what: "the number of rows stands before them in a compressed file; give it, or write the form `ndjson`"
                    .to_owned(),
            });
        }
        let sink = match form {
            JsonForm::Compressed => Sink::Zlib(ZlibEncoder::new(writer, Compression::default())),
            _ => Sink::Plain(writer),
        };
        let mut out =
            JsonWriter { sink, metadata, form, file: file.to_owned(), buffer: Vec::new(), row: 0, room_at: 0 };
        out.head();
        out.flush_buffer(0)?;
        Ok(out)
    }

    fn head(&mut self) {
        let metadata = &self.metadata;
        let given = |key: &str| metadata.attributes.get(key).cloned();
        let mut members: Vec<(String, Value)> = vec![
            (
                "datasetJSONCreationDateTime".to_owned(),
                given("datasetJSONCreationDateTime").unwrap_or_else(|| json!(NO_TIME)),
            ),
            ("datasetJSONVersion".to_owned(), given("datasetJSONVersion").unwrap_or_else(|| json!("1.1.0"))),
        ];
        for (key, value) in &metadata.attributes {
            if !members.iter().any(|(known, _)| known == key) {
                members.push((key.clone(), value.clone()));
            }
        }
        if !metadata.attributes.contains_key("itemGroupOID") {
            members.push(("itemGroupOID".to_owned(), json!(format!("IG.{}", metadata.name))));
        }
        members.push(("records".to_owned(), json!(metadata.records)));
        members.push(("name".to_owned(), json!(metadata.name)));
        members.push(("label".to_owned(), json!(metadata.label)));
        self.buffer.push(b'{');
        for (key, value) in members {
            self.buffer.extend_from_slice(json!(key).to_string().as_bytes());
            self.buffer.push(b':');
            if key == "records" && metadata.records.is_none() {
                self.room_at = self.buffer.len() as u64;
                self.buffer.extend_from_slice(ROOM.as_bytes());
            } else {
                self.buffer.extend_from_slice(value.to_string().as_bytes());
            }
            self.buffer.push(b',');
        }
        self.buffer.extend_from_slice(b"\"columns\":[");
        for (position, column) in metadata.columns.iter().enumerate() {
            if position > 0 {
                self.buffer.push(b',');
            }
            self.buffer.extend_from_slice(column_json(column, &metadata.name).as_bytes());
        }
        self.buffer.push(b']');
        match self.form {
            JsonForm::Object => self.buffer.extend_from_slice(b",\"rows\":["),
            _ => self.buffer.extend_from_slice(b"}\n"),
        }
    }

    /// Writes rows: the values of the columns in order.
    ///
    /// # Errors
    /// [`IoError::Written`] for columns of unequal length or of another kind than their type, a number that is infinite, or
    /// not whole where whole ones are written; [`IoError::System`].
    pub fn write_rows(&mut self, values: &[Values]) -> Result<(), IoError> {
        check(&self.metadata, values, &self.file)?;
        let n_rows = values.first().map_or(0, Values::len);
        let texts: Vec<Vec<Vec<u8>>> = values.iter().map(quoted).collect();
        for row in 0..n_rows {
            if self.form == JsonForm::Object && self.row > 0 {
                self.buffer.push(b',');
            }
            self.buffer.push(b'[');
            for (position, ((column, values), texts)) in
                self.metadata.columns.iter().zip(values).zip(&texts).enumerate()
            {
                if position > 0 {
                    self.buffer.push(b',');
                }
                cell(column, values, texts, row, &mut self.buffer).map_err(|what| IoError::Written {
                    file: self.file.clone(),
                    what: format!("`{}`, row {} {what}", column.name, self.row),
                })?;
            }
            self.buffer.push(b']');
            if self.form != JsonForm::Object {
                self.buffer.push(b'\n');
            }
            self.row += 1;
            self.flush_buffer(1 << 16)?;
        }
        Ok(())
    }

    /// Writes what stands after the rows; gives the writer back.
    ///
    /// # Errors
    /// [`IoError::Written`] when other rows were written than announced, or none were announced; [`IoError::System`].
    pub fn finish(self) -> Result<W, IoError> {
        if self.metadata.records.is_none() {
            return Err(IoError::Written { file: self.file, what: "the number of rows was not announced".to_owned() });
        }
        self.end()
    }

    fn end(mut self) -> Result<W, IoError> {
        if let Some(n) = self.metadata.records.filter(|n| *n != self.row) {
            let what = format!("{n} rows were announced and {} given", self.row);
            return Err(IoError::Written { file: self.file, what });
        }
        if self.form == JsonForm::Object {
            self.buffer.extend_from_slice(b"]}\n");
        }
        self.flush_buffer(0)?;
        let file = self.file;
        let system =
            |error: std::io::Error| IoError::System { path: file.clone(), done: "written", reason: error.to_string() };
        let mut writer = match self.sink {
            Sink::Plain(writer) => writer,
            Sink::Zlib(encoder) => encoder.finish().map_err(system)?,
        };
        writer.flush().map_err(system)?;
        Ok(writer)
    }

    fn flush_buffer(&mut self, at_least: usize) -> Result<(), IoError> {
        if self.buffer.len() < at_least {
            return Ok(());
        }
        let written = match &mut self.sink {
            Sink::Plain(writer) => writer.write_all(&self.buffer),
            Sink::Zlib(encoder) => encoder.write_all(&self.buffer),
        };
        self.buffer.clear();
        written.map_err(|error| IoError::System { path: self.file.clone(), done: "written", reason: error.to_string() })
    }
}

impl<W: Write + Seek> JsonWriter<W> {
    /// As [`JsonWriter::finish`], for a file from its first byte on: the number of rows need not have been announced.
    ///
    /// # Errors
    /// As [`JsonWriter::finish`], but for the announcement.
    pub fn finish_counted(self) -> Result<W, IoError> {
        let (open, at, n, file) = (self.metadata.records.is_none(), self.room_at, self.row, self.file.clone());
        let mut writer = self.end()?;
        if open {
            let written = writer.seek(SeekFrom::Start(at)).and_then(|_| write!(writer, "{n:>20}"));
            written.and_then(|()| writer.flush()).map_err(|error| IoError::System {
                path: file,
                done: "written",
                reason: error.to_string(),
            })?;
        }
        Ok(writer)
    }
}

fn check(metadata: &JsonMetadata, values: &[Values], file: &str) -> Result<(), IoError> {
    let wrong = |what: String| Err(IoError::Written { file: file.to_owned(), what });
    if metadata.columns.is_empty() {
        return wrong("a data set needs a column".to_owned());
    }
    if metadata.name.is_empty() {
        return wrong("a data set needs a name".to_owned());
    }
    for (position, column) in metadata.columns.iter().enumerate() {
        if column.name.is_empty() || metadata.columns.iter().take(position).any(|c| c.name == column.name) {
            return wrong(format!("column {position} has no name or one that stands twice (`{}`)", column.name));
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    if values.len() != metadata.columns.len() || values.iter().any(|v| v.len() != values[0].len()) {
        return wrong("columns of unequal length".to_owned());
    }
    for (column, values) in metadata.columns.iter().zip(values) {
        if matches!(values, Values::Text(_)) != column.is_text() {
            return wrong(format!(
                "`{}` is of the type `{}`, which its values are not",
                column.name,
                column.data_type.name()
            ));
        }
    }
    Ok(())
}

fn column_json(column: &JsonColumn, dataset: &str) -> String {
    let oid = if column.oid.is_empty() { format!("IT.{dataset}.{}", column.name) } else { column.oid.clone() };
    let mut parts = vec![
        ("itemOID", json!(oid)),
        ("name", json!(column.name)),
        ("label", json!(column.label)),
        ("dataType", json!(column.data_type.name())),
    ];
    if let Some(target) = &column.target {
        parts.push(("targetDataType", json!(target)));
    }
    if let Some(length) = column.length.filter(|n| *n > 0) {
        parts.push(("length", json!(length)));
    }
    if !column.format.is_empty() {
        parts.push(("displayFormat", json!(column.format)));
    }
    if let Some(key) = column.key.filter(|n| *n > 0) {
        parts.push(("keySequence", json!(key)));
    }
    let members: Vec<String> = parts.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// The levels of a text column in quotes.
fn quoted(values: &Values) -> Vec<Vec<u8>> {
    match values {
        Values::Text(text) => text.levels.iter().map(|level| json!(level).to_string().into_bytes()).collect(),
        Values::Number { .. } => Vec::new(),
    }
}

fn cell(column: &JsonColumn, values: &Values, texts: &[Vec<u8>], row: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let value = match values {
        Values::Text(text) => {
            let code = text.codes.get(row).and_then(|&code| usize::try_from(code).ok());
            out.extend_from_slice(code.and_then(|code| texts.get(code)).map_or(b"null", Vec::as_slice));
            return Ok(());
        }
        Values::Number { values, .. } => values.get(row).copied().unwrap_or(f64::NAN),
    };
    if value.is_nan() {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    if value.is_infinite() {
        return Err("is infinite, which JSON has no word for".to_owned());
    }
    let written = match (column.kind(), column.data_type) {
        (FormatKind::Date, _) => iso_date(value).map(|date| write!(out, "\"{date}\"")),
        (FormatKind::DateTime, _) => {
            let days = (value / 86_400.0).floor();
            let clock = iso_time(value - days * 86_400.0);
            iso_date(days).zip(clock).map(|(date, clock)| write!(out, "\"{date}T{clock}\""))
        }
        (FormatKind::Time, _) => iso_time(value).map(|clock| write!(out, "\"{clock}\"")),
        (_, JsonType::Integer) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
            Some(write!(out, "{}", value as i64))
        }
        (_, JsonType::Boolean) if value == 0.0 || value == 1.0 => Some(write!(out, "{}", value == 1.0)),
        (_, JsonType::Integer | JsonType::Boolean) => None,
        (_, JsonType::Decimal) => Some(write!(out, "\"{value}\"")),
        _ => Some(serde_json::to_writer(&mut *out, &value).map_err(std::io::Error::from)),
    };
    match written {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err(format!("is {value}, which the type `{}` does not have", column.data_type.name())),
    }
}

fn iso_date(days: f64) -> Option<String> {
    if days.fract() != 0.0 || !(-715_000.0..=2_936_549.0).contains(&days) {
        return None;
    }
    let (year, month, day) = Day(days as i32 - SAS_TO_UNIX_DAYS).ymd();
    (1..=9999).contains(&year).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// `hh:mm:ss`, with microseconds where there are any.
fn iso_time(seconds: f64) -> Option<String> {
    let micros = (seconds * 1e6).round();
    if !(0.0..86_400e6).contains(&micros) {
        return None;
    }
    let micros = micros as u64;
    let (whole, part) = (micros / 1_000_000, micros % 1_000_000);
    let text = format!("{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    if part == 0 {
        return Some(text);
    }
    Some(format!("{text}.{}", format!("{part:06}").trim_end_matches('0')))
}
