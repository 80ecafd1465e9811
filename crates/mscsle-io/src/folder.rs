//! A trial as a folder: `subjects.csv` and any of the other tables, one file each.

use crate::csv_options::with_points;
use crate::{CsvOptions, IoError, read_table_csv, write_table_csv};
use mscsle_domain::{Table, nearest, schema, tables};
use std::path::{Path, PathBuf};

/// The tables of a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialFiles {
    /// The tables of CSV files as text, in the order of the schema.
    pub tables: Vec<Table>,
    /// Tables in files of another kind, which the caller reads, in the order of the schema.
    pub others: Vec<(&'static str, PathBuf)>,
    /// Names of files of these kinds that are no tables of a trial, in the order of their names.
    pub not_read: Vec<String>,
}

/// Reads the tables of a trial from a folder of CSV files named after them, and finds those in files with one of the other
/// extensions (`xpt`, `parquet` ...); case does not matter. `csv` says how the CSV file of a table is written; decimal commas
/// become points in the columns that hold numbers.
///
/// Files with other extensions are left alone; files with these that are no tables are listed in [`TrialFiles::not_read`],
/// unless their name is nearly that of a table.
///
/// # Errors
/// [`IoError::Missing`], [`IoError::NoSubjects`], [`IoError::MisspeltFile`], [`IoError::TwoFiles`], [`IoError::Cell`] for a
/// number with a point where commas are the decimal sign, and those of [`read_table_csv`].
pub fn read_trial(
    folder: &Path,
    extensions: &[String],
    csv: impl Fn(&str) -> CsvOptions,
) -> Result<TrialFiles, IoError> {
    let mut files: Vec<(&'static str, PathBuf)> = Vec::new();
    let mut not_read = Vec::new();
    let known: Vec<&str> = tables().iter().map(|table| table.name).collect();
    for path in files_of(folder, extensions)? {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = path.file_stem().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        match known.iter().find(|table| **table == stem) {
            Some(&table) => match files.iter().find(|(other, _)| *other == table) {
                Some((_, other)) => {
                    let other = other.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                    return Err(IoError::TwoFiles { file, other, table: table.to_owned() });
                }
                None => files.push((table, path)),
            },
            None => not_read.push((file, stem)),
        }
    }
    let absent = known.iter().copied().filter(|table| !files.iter().any(|(given, _)| given == table));
    let absent: Vec<&str> = absent.collect();
    for (file, stem) in &not_read {
        if let Some(near) = nearest(stem, absent.iter().copied()) {
            let extension = file.rsplit_once('.').map_or("csv", |(_, extension)| extension);
            return Err(IoError::MisspeltFile { file: file.clone(), near: format!("{near}.{extension}") });
        }
    }
    if !files.iter().any(|(table, _)| *table == "subjects") {
        return Err(IoError::NoSubjects { path: folder.display().to_string(), known: known.join(", ") });
    }
    files.sort_by_key(|(table, _)| known.iter().position(|name| name == table));
    let (texts, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, path)| has_extension(path, "csv"));
    let mut tables = Vec::with_capacity(texts.len());
    for (name, path) in &texts {
        let options = csv(name);
        let table = read_table_csv(name, path, &options)?;
        let pointed = |table| with_points(table, &path.display().to_string());
        tables.push(if options.decimal_comma { pointed(table)? } else { table });
    }
    Ok(TrialFiles { tables, others, not_read: not_read.into_iter().map(|(file, _)| file).collect() })
}

/// Writes tables into a folder, one CSV file each; the folder is made if there is none.
///
/// # Errors
/// [`IoError::Exists`] before anything is written, unless `overwrite`; [`IoError::Table`] for a table that is not one of
/// a trial; [`IoError::System`].
pub fn write_trial(tables: &[Table], folder: &Path, overwrite: bool) -> Result<(), IoError> {
    let path_of = |table: &Table| folder.join(format!("{}.csv", table.name()));
    for table in tables {
        if schema(table.name()).is_none() {
            return Err(IoError::Table {
                file: folder.display().to_string(),
                error: mscsle_domain::DomainError::UnknownTable {
                    table: table.name().chars().take(40).collect(),
                    hint: String::new(),
                    known: mscsle_domain::tables().iter().map(|t| t.name).collect::<Vec<_>>().join(", "),
                },
            });
        }
        if !overwrite && path_of(table).exists() {
            return Err(IoError::Exists { path: path_of(table).display().to_string() });
        }
    }
    std::fs::create_dir_all(folder).map_err(|error| IoError::System {
        path: folder.display().to_string(),
        done: "written",
        reason: error.to_string(),
    })?;
    tables.iter().try_for_each(|table| write_table_csv(table, &path_of(table)))
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// The CSV files of a folder, and those with one of the other extensions, in the order of their names.
fn files_of(folder: &Path, extensions: &[String]) -> Result<Vec<PathBuf>, IoError> {
    let shown = || folder.display().to_string();
    #[expect(clippy::disallowed_methods, reason = "this crate opens the paths")]
    let entries = std::fs::read_dir(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => IoError::Missing { what: "folder", path: shown() },
        _ => IoError::System { path: shown(), done: "read", reason: error.to_string() },
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let path =
            entry.map_err(|error| IoError::System { path: shown(), done: "read", reason: error.to_string() })?.path();
        let known = has_extension(&path, "csv") || extensions.iter().any(|wanted| has_extension(&path, wanted));
        if known && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
