//! Files that are read and written chunk by chunk.

use super::{JsonForm, JsonMetadata, JsonReader, JsonWriter};
use crate::IoError;
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

/// Begins a Dataset-JSON file that is written chunk by chunk and ended by [`JsonWriter::finish_counted`]; without a number
/// of rows in the metadata it does not open before.
///
/// # Errors
/// [`IoError::System`] and those of [`JsonWriter::new`].
pub fn create_json_file(
    path: &Path,
    metadata: JsonMetadata,
    form: JsonForm,
) -> Result<JsonWriter<std::fs::File>, IoError> {
    let shown = path.display().to_string();
    // what the writer refuses is refused before a file of that name is gone
    JsonWriter::new(std::io::sink(), metadata.clone(), form, &shown)?;
    #[expect(clippy::disallowed_methods, reason = "this crate opens the paths")]
    let file = std::fs::File::create(path).map_err(|error| IoError::System {
        path: shown.clone(),
        done: "written",
        reason: error.to_string(),
    })?;
    JsonWriter::new(file, metadata, form, &shown)
}
