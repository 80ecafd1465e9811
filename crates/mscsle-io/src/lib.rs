#![doc = include_str!("../README.md")]

mod csv_options;
mod csv_table;
mod csv_typed;
mod error;
mod folder;
mod interner;
mod json;
mod new_file;
mod text_layout;
mod values;
mod xport;

pub use csv_options::CsvOptions;
pub use csv_table::{read_table, read_table_csv, write_table, write_table_csv};
pub use csv_typed::{CellType, TypedColumn, read_typed, read_typed_csv};
pub use error::IoError;
pub use folder::{TrialFiles, read_trial, write_trial};
pub use json::{
    JsonColumn, JsonDataset, JsonForm, JsonMetadata, JsonReader, JsonType, JsonWriter, create_json_file,
    open_json_file, read_json, read_json_file, write_json, write_json_file,
};
pub use new_file::NewFile;
pub use text_layout::{TextLayout, text_offsets, text_views};
pub use values::{FormatKind, Values};
pub use xport::{
    MisreadZeros, TextEncoding, XportFile, XportFileReader, XportFileWriter, XportFormat, XportMember, XportReader,
    XportVariable, XportVersion, XportWriter, read_xport, read_xport_file, write_xport, write_xport_file,
};
