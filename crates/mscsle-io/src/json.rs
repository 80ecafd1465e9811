//! CDISC Dataset-JSON 1.1 in its three forms: one JSON object, NDJSON (the metadata on the first line, then one row a line),
//! and DSJC (the NDJSON form as a zlib stream).
//!
//! Null and `""` are kept apart. A number that stands as ISO text (`dataType` `date`, `datetime` or `time` with
//! `targetDataType` `integer`) or as decimal text (`decimal`) is read as the number it means.

mod cells;
mod files;
mod inflate;
mod read;
mod token;
mod window;
mod write;

pub use files::{create_json_file, open_json_file};
pub use read::{JsonReader, read_json, read_json_file};
pub use write::{JsonForm, JsonWriter, write_json, write_json_file};

use crate::{FormatKind, IoError, Values};
use serde_json::{Map, Value};

/// Physical type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonType {
    /// Text.
    String,
    /// Whole numbers.
    Integer,
    /// Decimal numbers, which stand as text.
    Decimal,
    /// Numbers.
    Float,
    /// Numbers.
    Double,
    /// true and false.
    Boolean,
    /// ISO text of a date and time; a number with the target type `integer`.
    DateTime,
    /// ISO text of a date; a number with the target type `integer`.
    Date,
    /// ISO text of a time; a number with the target type `integer`.
    Time,
    /// Text.
    Uri,
}

impl JsonType {
    /// All types with their words.
    pub const WORDS: [(&'static str, JsonType); 10] = [
        ("string", JsonType::String),
        ("integer", JsonType::Integer),
        ("decimal", JsonType::Decimal),
        ("float", JsonType::Float),
        ("double", JsonType::Double),
        ("boolean", JsonType::Boolean),
        ("datetime", JsonType::DateTime),
        ("date", JsonType::Date),
        ("time", JsonType::Time),
        ("URI", JsonType::Uri),
    ];

    /// The type of a word of the standard.
    #[must_use]
    pub fn from_name(name: &str) -> Option<JsonType> {
        JsonType::WORDS.iter().find(|(word, _)| *word == name).map(|(_, kind)| *kind)
    }

    /// The word of the standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        JsonType::WORDS.iter().find(|(_, kind)| *kind == self).map_or("string", |(word, _)| word)
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonColumn {
    /// Name.
    pub name: String,
    /// Label.
    pub label: String,
    /// OID of the variable; empty when the file gives none.
    pub oid: String,
    /// Physical type.
    pub data_type: JsonType,
    /// Logical type, where it is another: `integer` or `decimal`.
    pub target: Option<String>,
    /// Length of texts.
    pub length: Option<u64>,
    /// Display format; empty when the file gives none.
    pub format: String,
    /// Place in the key.
    pub key: Option<u64>,
}

impl JsonColumn {
    /// Whether the values are texts.
    #[must_use]
    pub fn is_text(&self) -> bool {
        match self.data_type {
            JsonType::String | JsonType::Uri => true,
            JsonType::DateTime | JsonType::Date | JsonType::Time => self.target.as_deref() != Some("integer"),
            _ => false,
        }
    }

    /// What the numbers are.
    #[must_use]
    pub fn kind(&self) -> FormatKind {
        match self.data_type {
            _ if self.is_text() => FormatKind::Number,
            JsonType::DateTime => FormatKind::DateTime,
            JsonType::Date => FormatKind::Date,
            JsonType::Time => FormatKind::Time,
            _ => FormatKind::Number,
        }
    }
}

/// What stands before the rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JsonMetadata {
    /// Name of the data set.
    pub name: String,
    /// Label of the data set.
    pub label: String,
    /// All other attributes but `columns`, `records` and `rows`.
    pub attributes: Map<String, Value>,
    /// Columns in order.
    pub columns: Vec<JsonColumn>,
    /// Number of rows, where the file says it.
    pub records: Option<u64>,
}

impl JsonMetadata {
    /// The attributes as a JSON object.
    #[must_use]
    pub fn attributes_json(&self) -> String {
        Value::Object(self.attributes.clone()).to_string()
    }

    /// Sets the attributes from a JSON object; those that have their own field are left out.
    ///
    /// # Errors
    /// [`IoError::Json`] when it is none.
    pub fn set_attributes_json(&mut self, json: &str) -> Result<(), IoError> {
        let Ok(Value::Object(mut map)) = serde_json::from_str::<Value>(json) else {
            return Err(IoError::Json {
                file: "attributes".to_owned(),
                at: 0,
                place: String::new(),
                what: "not a JSON object".to_owned(),
            });
        };
        for own in ["name", "label", "columns", "records", "rows"] {
            map.remove(own);
        }
        self.attributes = map;
        Ok(())
    }
}

/// A data set.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonDataset {
    /// Metadata.
    pub metadata: JsonMetadata,
    /// Values of the columns in order.
    pub values: Vec<Values>,
    /// Number of rows.
    pub n_rows: usize,
}
