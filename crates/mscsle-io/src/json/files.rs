//! Files that are read and written chunk by chunk.

use super::{JsonForm, JsonMetadata, JsonReader, JsonWriter};
use crate::{IoError, NewFile};
use std::path::Path;

/// Opens a Dataset-JSON file of any of the three forms, to be read chunk by chunk.
///
/// # Errors
/// [`IoError::Missing`], [`IoError::System`] and those of [`JsonReader::new`].
pub fn open_json_file(path: &Path) -> Result<JsonReader<'static>, IoError> {
    let shown = path.display().to_string();
    #[expect(clippy::disallowed_methods, reason = "this crate opens the paths")]
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => IoError::Missing { what: "file", path: shown.clone() },
        _ => IoError::System { path: shown.clone(), done: "read", reason: error.to_string() },
    })?;
    JsonReader::new(file, &shown)
}

/// Begins a Dataset-JSON file that is written chunk by chunk, ended by [`JsonWriter::finish_counted`] and put in its place
/// by [`NewFile::commit`] of what that gives back.
///
/// # Errors
/// [`IoError::System`] and those of [`JsonWriter::new`].
pub fn create_json_file(path: &Path, metadata: JsonMetadata, form: JsonForm) -> Result<JsonWriter<NewFile>, IoError> {
    JsonWriter::new(NewFile::create(path)?, metadata, form, &path.display().to_string())
}
