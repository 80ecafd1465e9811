//! Reading: the metadata, then rows in chunks, so that memory need not grow with the file.

use super::cells::{Growing, read_row};
use super::inflate::Inflate;
use super::window::Window;
use super::{JsonColumn, JsonDataset, JsonMetadata, JsonType};
use crate::{IoError, Values};
use serde_json::{Map, Value};
use std::io::Read;
use std::path::Path;

/// Most columns of a data set.
const MOST_COLUMNS: usize = 100_000;

/// Reads a Dataset-JSON file of any of the three forms.
///
/// # Errors
/// [`IoError::Missing`] and those of [`JsonReader`].
pub fn read_json_file(path: &Path) -> Result<JsonDataset, IoError> {
    whole(super::open_json_file(path)?)
}

/// Reads a data set of any of the three forms from anything that reads; `file` is the name in messages.
///
/// # Errors
/// Those of [`JsonReader`].
pub fn read_json(reader: impl Read + Send, file: &str) -> Result<JsonDataset, IoError> {
    whole(JsonReader::new(reader, file)?)
}

fn whole(mut reader: JsonReader<'_>) -> Result<JsonDataset, IoError> {
    let values = reader.read_rows(usize::MAX)?.unwrap_or_default();
    let n_rows = values.first().map_or(0, Values::len);
    Ok(JsonDataset { metadata: reader.into_metadata(), values, n_rows })
}

/// Reads a data set chunk by chunk.
///
/// ```
/// use mscsle_io::JsonReader;
/// let file = r#"{"datasetJSONVersion": "1.1.0", "name": "DM", "records": 2, "columns":
///     [{"itemOID": "IT.AGE", "name": "AGE", "label": "Age", "dataType": "integer"}]}
/// [31]
/// [null]
/// "#;
/// let mut reader = JsonReader::new(file.as_bytes(), "dm.ndjson")?;
/// assert_eq!(reader.metadata().columns[0].name, "AGE");
/// let mut rows = 0;
/// while let Some(chunk) = reader.read_rows(1)? {
///     rows += chunk[0].len();
/// }
/// assert_eq!(rows, 2);
/// # Ok::<(), mscsle_io::IoError>(())
/// ```
pub struct JsonReader<'a> {
    window: Window<Box<dyn Read + Send + 'a>>,
    metadata: JsonMetadata,
    form: Form,
    /// Number of rows read.
    row: u64,
    begun: bool,
    ended: bool,
    /// The last text with escapes.
    decoded: Vec<u8>,
}

/// Where the rows stand.
enum Form {
    /// In the array `rows` of the object.
    Object,
    /// One a line.
    Lines,
    /// In the array `rows`, which came before the columns and was kept.
    Kept(Window<std::io::Cursor<Vec<u8>>>),
    /// Nowhere.
    None,
}

impl<'a> JsonReader<'a> {
    /// Reads up to the first row; the form is seen from the content.
    ///
    /// # Errors
    /// [`IoError::Json`] when it is no Dataset-JSON 1.1, or contradicts itself.
    pub fn new(mut reader: impl Read + Send + 'a, file: &str) -> Result<JsonReader<'a>, IoError> {
        let mut head = [0_u8; 2];
        let mut filled = 0;
        while filled < 2 {
            let n = reader.read(&mut head[filled..]).map_err(|error| IoError::System {
                path: file.to_owned(),
                done: "read",
                reason: error.to_string(),
            })?;
            if n == 0 {
                break;
            }
            filled += n;
        }
        let is_zlib = filled == 2 && head[0] == 0x78 && u16::from_be_bytes(head) % 31 == 0;
        let all = std::io::Cursor::new(head).take(filled as u64).chain(reader);
        let source: Box<dyn Read + Send + 'a> = if is_zlib { Box::new(Inflate::new(all)) } else { Box::new(all) };
        let mut window = Window::new(source, file);
        window.skip_mark()?;
        let mut reader = JsonReader {
            window,
            metadata: JsonMetadata::default(),
            form: Form::None,
            row: 0,
            begun: false,
            ended: false,
            decoded: Vec::new(),
        };
        match reader.window.peek()? {
            Some(b'{') => reader.window.step(),
            Some(_) => return Err(reader.window.wrong("it is no Dataset-JSON file, which begins with `{`")),
            None => return Err(reader.window.wrong("the file is empty")),
        }
        let mut raw = Map::new();
        let mut first = true;
        let mut kept: Option<(u64, Vec<u8>)> = None;
        while let Some(key) = reader.key(&mut first)? {
            if raw.contains_key(&key) || (key == "rows" && kept.is_some()) {
                return Err(reader.window.wrong(format!("`{key}` stands twice")));
            }
            if key == "rows" && raw.contains_key("columns") {
                reader.window.expect(b'[')?;
                reader.form = Form::Object;
                break;
            }
            if key == "rows" {
                let at = reader.window.at();
                kept = Some((at, reader.rows_kept()?));
                continue;
            }
            let value = reader.attribute(&key)?;
            raw.insert(key, value);
        }
        if let Some((at, bytes)) = kept {
            let mut window = Window::starting(std::io::Cursor::new(bytes), &reader.window.file, at);
            window.expect(b'[')?;
            reader.form = Form::Kept(window);
        } else if matches!(reader.form, Form::None) && reader.window.peek()? == Some(b'[') {
            reader.form = Form::Lines;
        }
        reader.metadata = metadata(raw).map_err(|what| reader.window.wrong(what))?;
        Ok(reader)
    }

    /// What stands before the rows.
    #[must_use]
    pub fn metadata(&self) -> &JsonMetadata {
        &self.metadata
    }

    /// What stands before the rows, and after them.
    #[must_use]
    pub fn into_metadata(self) -> JsonMetadata {
        self.metadata
    }

    /// The next key of the object and the colon after it; none at its end.
    fn key(&mut self, first: &mut bool) -> Result<Option<String>, IoError> {
        if self.window.peek()? == Some(b'}') {
            self.window.step();
            return Ok(None);
        }
        if !*first {
            self.window.expect(b',')?;
        }
        *first = false;
        let at = self.window.at();
        let key = serde_json::from_slice::<String>(self.window.value()?);
        let key = key.map_err(|_| self.window.wrong_at(at, "the name of an attribute in quotes was expected"))?;
        self.window.expect(b':')?;
        Ok(Some(key))
    }

    fn attribute(&mut self, key: &str) -> Result<Value, IoError> {
        self.window.peek()?;
        let at = self.window.at();
        let value = serde_json::from_slice::<Value>(self.window.value()?);
        value.map_err(|error| self.window.wrong_at(at, format!("`{key}` is no JSON value: {}", cause(&error))))
    }

    /// The array of rows as it stands.
    fn rows_kept(&mut self) -> Result<Vec<u8>, IoError> {
        self.window.expect(b'[')?;
        let mut bytes = vec![b'['];
        loop {
            match self.window.peek()? {
                Some(b']') => {
                    self.window.step();
                    bytes.push(b']');
                    return Ok(bytes);
                }
                Some(b',') => {
                    self.window.step();
                    bytes.push(b',');
                }
                _ => bytes.extend_from_slice(self.window.value()?),
            }
        }
    }

    /// Reads at most so many rows; none when there are no more (once, an empty chunk of a data set without rows).
    ///
    /// # Errors
    /// [`IoError::Json`] with byte, row and column for a row that is damaged or a cell that is not of the type of its column;
    /// for a number of rows other than the file says.
    pub fn read_rows(&mut self, most: usize) -> Result<Option<Vec<Values>>, IoError> {
        let mut columns: Vec<Growing> = self.metadata.columns.iter().map(Growing::new).collect();
        let mut n = 0;
        while n < most && !self.ended {
            if !self.next_row(&mut columns)? {
                self.end()?;
                break;
            }
            n += 1;
            self.row += 1;
        }
        if n == 0 && self.begun {
            return Ok(None);
        }
        self.begun = true;
        Ok(Some(columns.into_iter().map(Growing::finish).collect()))
    }

    fn next_row(&mut self, columns: &mut [Growing]) -> Result<bool, IoError> {
        let (row, names, decoded) = (self.row, &self.metadata.columns, &mut self.decoded);
        match &mut self.form {
            Form::None => Ok(false),
            Form::Lines => {
                if self.window.peek()?.is_none() {
                    return Ok(false);
                }
                one_row(&mut self.window, columns, row, names, decoded)?;
                Ok(true)
            }
            Form::Object => array_row(&mut self.window, columns, row, names, decoded),
            Form::Kept(window) => array_row(window, columns, row, names, decoded),
        }
    }

    /// What comes after the rows.
    fn end(&mut self) -> Result<(), IoError> {
        self.ended = true;
        if matches!(self.form, Form::Object) {
            let mut first = false;
            while let Some(key) = self.key(&mut first)? {
                let value = self.attribute(&key)?;
                let again = matches!(key.as_str(), "name" | "label" | "columns" | "rows")
                    || (key == "records" && self.metadata.records.is_some())
                    || self.metadata.attributes.contains_key(&key);
                if again {
                    return Err(self.window.wrong(format!("`{key}` stands after the rows or twice")));
                }
                if key == "records" {
                    self.metadata.records = Some(records(&value).map_err(|what| self.window.wrong(what))?);
                } else {
                    self.metadata.attributes.insert(key, value);
                }
            }
        }
        if self.window.peek()?.is_some() {
            return Err(self.window.wrong("something stands after the end of the data set"));
        }
        match self.metadata.records {
            Some(n) if n != self.row => Err(self.window.wrong(format!(
                "`records` says {n} rows, but there are {}; the file is cut off or was changed",
                self.row
            ))),
            _ => Ok(()),
        }
    }
}

/// A row of an array of rows; false at the end of the array.
fn array_row<R: Read>(
    window: &mut Window<R>,
    columns: &mut [Growing],
    row: u64,
    names: &[JsonColumn],
    decoded: &mut Vec<u8>,
) -> Result<bool, IoError> {
    if window.peek()? == Some(b']') {
        window.step();
        return Ok(false);
    }
    if row > 0 {
        window.expect(b',')?;
    }
    one_row(window, columns, row, names, decoded)?;
    Ok(true)
}

fn one_row<R: Read>(
    window: &mut Window<R>,
    columns: &mut [Growing],
    row: u64,
    names: &[JsonColumn],
    decoded: &mut Vec<u8>,
) -> Result<(), IoError> {
    if window.peek()?.is_some_and(|b| b != b'[') {
        return Err(window.wrong(format!("row {row} was expected, which begins with `[`")));
    }
    if let Ok(n) = read_row(window.open(), columns, decoded) {
        window.skip(n);
        return Ok(());
    }
    // The row runs on behind what has been read, or is wrong.
    let begin = window.at();
    let bytes = match window.value() {
        Ok(bytes) => bytes,
        Err(IoError::Json { file, at, what, .. }) => {
            return Err(IoError::Json { file, at, place: format!(", row {row}"), what });
        }
        Err(other) => return Err(other),
    };
    match read_row(bytes, columns, decoded) {
        Ok(_) => Ok(()),
        Err(wrong) => {
            let (at, column, what) = *wrong;
            let place = names.get(column).map_or_else(String::new, |c| format!(", column `{}`", c.name));
            let place = format!(", row {row}{place}");
            Err(IoError::Json { file: window.file.clone(), at: begin + at as u64, place, what })
        }
    }
}

/// What the parser says, without its own line and column.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}

fn records(value: &Value) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| "`records` is no number of rows".to_owned())
}

fn metadata(mut raw: Map<String, Value>) -> Result<JsonMetadata, String> {
    match raw.get("datasetJSONVersion") {
        Some(Value::String(version)) if version == "1.1" || version.starts_with("1.1.") => {}
        Some(Value::String(version)) => {
            return Err(format!("Dataset-JSON {}; version 1.1 is read", version.chars().take(20).collect::<String>()));
        }
        Some(_) => return Err("`datasetJSONVersion` is no text".to_owned()),
        None => return Err("`datasetJSONVersion` is missing: it is no Dataset-JSON 1.1 file".to_owned()),
    }
    let mut text = |key: &str| match raw.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{key}` is no text")),
    };
    let name = text("name")?.ok_or("`name` of the data set is missing")?;
    let label = text("label")?.unwrap_or_default();
    let records = raw.remove("records").as_ref().map(records).transpose()?;
    let Some(Value::Array(list)) = raw.remove("columns") else {
        return Err("`columns` is missing or no list".to_owned());
    };
    if list.is_empty() || list.len() > MOST_COLUMNS {
        return Err(format!("{} columns; 1 to {MOST_COLUMNS} are read", list.len()));
    }
    let mut columns = Vec::with_capacity(list.len());
    let mut seen = std::collections::HashSet::new();
    for (position, value) in list.into_iter().enumerate() {
        let column = column(value).map_err(|what| format!("column {position}: {what}"))?;
        if !seen.insert(column.name.clone()) {
            return Err(format!("column `{}` stands twice", column.name));
        }
        columns.push(column);
    }
    Ok(JsonMetadata { name, label, attributes: raw, columns, records })
}

fn column(value: Value) -> Result<JsonColumn, String> {
    let Value::Object(mut map) = value else { return Err("not an object".to_owned()) };
    let mut text = |key: &str| match map.remove(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("`{key}` is no text")),
    };
    let (name, label, oid) = (text("name")?, text("label")?, text("itemOID")?);
    let (word, target, format) = (text("dataType")?, text("targetDataType")?, text("displayFormat")?);
    if name.is_empty() {
        return Err("`name` is missing".to_owned());
    }
    let data_type = JsonType::from_name(&word).ok_or_else(|| {
        let known: Vec<&str> = JsonType::WORDS.iter().map(|(word, _)| *word).collect();
        format!("`dataType` is `{}`; the types are {}", word.chars().take(40).collect::<String>(), known.join(", "))
    })?;
    if !matches!(target.as_str(), "" | "integer" | "decimal") {
        return Err(format!(
            "`targetDataType` is `{}`, not `integer` or `decimal`",
            target.chars().take(40).collect::<String>()
        ));
    }
    let length = map.get("length").and_then(Value::as_u64);
    let key = map.get("keySequence").and_then(Value::as_u64);
    let target = Some(target).filter(|t| !t.is_empty());
    Ok(JsonColumn { name, label, oid, data_type, target, length, format, key })
}
