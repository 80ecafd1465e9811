//! Folders of tables: file names in, columns of arrays out, and back.

use crate::error;
use crate::trial::{RawColumn, table};
use mscsle_domain::{Column, Table};
use mscsle_io::{
    CellType, CsvOptions, TextEncoding, TypedColumn, Values, XportFileReader, XportFileWriter, XportFormat,
    XportMember, XportVariable, XportVersion,
};
use numpy::{IntoPyArray, PyReadonlyArray1, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tables of CSV files, tables in other files with their paths, and files not read.
type TablesOut<'py> = (Bound<'py, PyDict>, Vec<(&'static str, PathBuf)>, Vec<String>);

/// How a CSV file is written: encoding, separator, decimal sign, texts that mean missing.
type CsvWords = (Option<String>, Option<String>, Option<String>, Vec<String>);

fn csv_options((encoding, separator, decimal, missing): CsvWords) -> PyResult<CsvOptions> {
    CsvOptions::from_words(encoding.as_deref(), separator.as_deref(), decimal.as_deref(), missing)
        .map_err(|e| error::io(&e))
}

/// The tables of the CSV files of a folder as columns (numbers and flags where all cells fit), the tables in files with one
/// of the other extensions, and the files not read.
#[pyfunction]
pub(crate) fn read_tables(
    py: Python<'_>,
    folder: PathBuf,
    extensions: Vec<String>,
    csv: CsvWords,
    csv_of: HashMap<String, CsvWords>,
) -> PyResult<TablesOut<'_>> {
    let all = csv_options(csv)?;
    let own = csv_of.into_iter().map(|(name, words)| Ok((name, csv_options(words)?)));
    let own = own.collect::<PyResult<HashMap<String, CsvOptions>>>()?;
    let (tables, others, not_read) = py
        .detach(|| {
            let options = |table: &str| own.get(table).unwrap_or(&all).clone();
            let files = mscsle_io::read_trial(&folder, &extensions, options)?;
            let tables: Vec<Table> = files.tables.into_iter().map(Table::fitted).collect();
            Ok((tables, files.others, files.not_read))
        })
        .map_err(|e| error::io(&e))?;
    let out = PyDict::new(py);
    for table in &tables {
        out.set_item(table.name(), columns(py, table)?)?;
    }
    Ok((out, others, not_read))
}

/// Writes tables of columns into a folder, one CSV file each.
#[pyfunction]
pub(crate) fn write_tables(
    py: Python<'_>,
    folder: PathBuf,
    tables: &Bound<'_, PyDict>,
    overwrite: bool,
) -> PyResult<()> {
    let tables = tables
        .iter()
        .map(|(name, columns)| table(&name.extract::<String>()?, columns.cast::<PyDict>()?))
        .collect::<PyResult<Vec<_>>>()?;
    py.detach(|| mscsle_io::write_trial(&tables, &folder, overwrite)).map_err(|e| error::io(&e))
}

/// The columns of a table as arrays: numbers, flags (-1 missing), or codes into texts.
pub(crate) fn columns<'py>(py: Python<'py>, table: &Table) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    for (name, column) in table.columns() {
        match column {
            Column::Number(numbers) => out.set_item(name, numbers.to_pyarray(py))?,
            Column::Flag(flags) => out.set_item(name, flags.to_pyarray(py))?,
            Column::Text(text) => out.set_item(name, (text.codes.to_pyarray(py), &text.levels))?,
            other => {
                let text = other.to_text();
                out.set_item(name, (text.codes.to_pyarray(py), text.levels))?;
            }
        }
    }
    Ok(out)
}

/// The columns of a CSV file with declared types: name, type, kind, values and tags of missing numbers of each.
#[pyfunction]
pub(crate) fn read_csv(
    py: Python<'_>,
    path: PathBuf,
    declared: Vec<(String, String)>,
    csv: CsvWords,
) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let options = csv_options(csv)?;
    let declared = declared
        .into_iter()
        .map(|(name, word)| Ok((name, CellType::from_name(&word).map_err(|e| error::io(&e))?)))
        .collect::<PyResult<Vec<_>>>()?;
    let columns = py.detach(|| mscsle_io::read_typed_csv(&path, &declared, &options)).map_err(|e| error::io(&e))?;
    let column_dict = |column: TypedColumn| {
        let out = PyDict::new(py);
        out.set_item("name", column.name)?;
        out.set_item("type", column.cell_type.name())?;
        out.set_item("kind", column.cell_type.kind().name())?;
        out.set_item("other_decimal", column.other_decimal)?;
        set_values(&out, column.values)?;
        Ok(out)
    };
    columns.into_iter().map(column_dict).collect()
}

/// What the numbers of a SAS format are: `number`, `date`, `datetime` or `time`.
#[pyfunction]
pub(crate) fn format_kind(format: &str) -> &'static str {
    XportFormat::parse(format).map_or("number", |format| format.kind().name())
}

/// Writes columns as a CSV file.
#[pyfunction]
pub(crate) fn write_csv(py: Python<'_>, path: PathBuf, columns: &Bound<'_, PyDict>) -> PyResult<()> {
    let table = table("table", columns)?;
    py.detach(|| mscsle_io::write_table_csv(&table, &path)).map_err(|e| error::io(&e))
}

/// The members of a SAS transport file: a dict of each, and the encoding with whether it was assumed.
#[pyfunction]
#[pyo3(signature = (path, encoding=None))]
pub(crate) fn read_xport(
    py: Python<'_>,
    path: PathBuf,
    encoding: Option<String>,
) -> PyResult<(Vec<Bound<'_, PyDict>>, &'static str, bool)> {
    let encoding = encoding_of(encoding);
    let file = py.detach(|| mscsle_io::read_xport_file(&path, &encoding)).map_err(|e| error::io(&e))?;
    let members = file.members.into_iter().map(|member| member_dict(py, member)).collect::<PyResult<Vec<_>>>()?;
    Ok((members, file.encoding, file.encoding_assumed))
}

fn member_dict(py: Python<'_>, member: XportMember) -> PyResult<Bound<'_, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("name", member.name)?;
    out.set_item("label", member.label)?;
    out.set_item("created", member.created)?;
    out.set_item("rows_ambiguous", member.rows_ambiguous)?;
    let zeros: Vec<_> = member.misread_zeros.into_iter().map(|z| (z.column, z.n_rows, z.first_row)).collect();
    out.set_item("misread_zeros", zeros)?;
    let variables = member.variables.into_iter().map(|v| variable_dict(py, v)).collect::<PyResult<Vec<_>>>()?;
    out.set_item("variables", variables)?;
    Ok(out)
}

fn variable_dict(py: Python<'_>, variable: XportVariable) -> PyResult<Bound<'_, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("name", variable.name)?;
    out.set_item("label", variable.label)?;
    out.set_item("format", variable.format.to_string())?;
    out.set_item("informat", variable.informat.to_string())?;
    out.set_item("length", variable.length)?;
    out.set_item("kind", variable.format.kind().name())?;
    set_values(&out, variable.values)?;
    Ok(out)
}

/// Values as numbers with the tags of missing ones, or as codes into texts; the memory is handed over.
pub(crate) fn set_values(out: &Bound<'_, PyDict>, values: Values) -> PyResult<()> {
    let py = out.py();
    match values {
        Values::Number { values, missing } => {
            out.set_item("values", values.into_pyarray(py))?;
            out.set_item("missing", missing.into_pyarray(py))
        }
        Values::Text(text) => out.set_item("values", (text.codes.into_pyarray(py), text.levels)),
        _ => Ok(()),
    }
}

/// A variable to write: name, label, format, informat, column, the tags of missing numbers, length and whether it is fixed.
type XportColumnIn<'py> =
    (String, String, String, String, RawColumn<'py>, Option<PyReadonlyArray1<'py, u8>>, (usize, bool));

/// A member to write: name, label, time stamp, variables.
type XportMemberIn<'py> = (String, String, String, Vec<XportColumnIn<'py>>);

fn version_of(version: u8) -> PyResult<XportVersion> {
    match version {
        5 => Ok(XportVersion::V5),
        8 => Ok(XportVersion::V8),
        other => Err(error::raise(error::Class::Option, &format!("unknown version `{other}`; use 5 or 8"))),
    }
}

fn encoding_of(name: Option<String>) -> TextEncoding {
    name.map_or(TextEncoding::Auto, TextEncoding::Named)
}

/// Writes members as a SAS transport file of version 5 or 8.
#[pyfunction]
#[pyo3(signature = (path, members, version, encoding=None))]
pub(crate) fn write_xport(
    py: Python<'_>,
    path: PathBuf,
    members: Vec<XportMemberIn<'_>>,
    version: u8,
    encoding: Option<String>,
) -> PyResult<()> {
    let (version, encoding) = (version_of(version)?, encoding_of(encoding));
    let members = members.into_iter().map(member_in).collect::<PyResult<Vec<_>>>()?;
    py.detach(|| mscsle_io::write_xport_file(&members, version, &encoding, &path)).map_err(|e| error::io(&e))
}

fn member_in(member: XportMemberIn<'_>) -> PyResult<XportMember> {
    let (name, label, created, variables) = member;
    let variables = variables.into_iter().map(variable_in).collect::<PyResult<Vec<_>>>()?;
    let n_rows = variables.first().map_or(0, |variable| variable.values.len());
    Ok(XportMember { name, label, created, variables, n_rows, ..XportMember::default() })
}

fn variable_in(column: XportColumnIn<'_>) -> PyResult<XportVariable> {
    let (name, label, format, informat, column, missing, (length, fixed)) = column;
    let missing = missing.map(|tags| tags.as_slice().map(<[u8]>::to_vec)).transpose()?.unwrap_or_default();
    Ok(XportVariable {
        name,
        label,
        length,
        fixed,
        format: XportFormat::parse(&format).map_err(|e| error::io(&e))?,
        informat: XportFormat::parse(&informat).map_err(|e| error::io(&e))?,
        values: Values::of_column(column.column()?, missing),
    })
}

/// A SAS transport file that is read member by member and chunk by chunk.
#[pyclass(name = "XportStream", module = "mscsle._core", frozen)]
pub(crate) struct PyXportStream {
    reader: Mutex<XportFileReader>,
}

#[pymethods]
impl PyXportStream {
    #[new]
    #[pyo3(signature = (path, encoding=None))]
    fn new(py: Python<'_>, path: PathBuf, encoding: Option<String>) -> PyResult<PyXportStream> {
        let encoding = encoding_of(encoding);
        let reader = py.detach(|| XportFileReader::open(&path, &encoding)).map_err(|e| error::io(&e))?;
        Ok(PyXportStream { reader: Mutex::new(reader) })
    }

    /// Goes to the next member: its variables without rows; None at the end of the file.
    fn next_member<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let member = py.detach(|| {
            let mut reader = held(&self.reader);
            Ok(if reader.next_member()? { reader.member() } else { None })
        });
        member.map_err(|e| error::io(&e))?.map(|member| member_dict(py, member)).transpose()
    }

    /// At most so many rows of the member with the encoding and whether it was assumed; None when there are no more.
    fn read_rows<'py>(
        &self,
        py: Python<'py>,
        most: usize,
    ) -> PyResult<Option<(Bound<'py, PyDict>, &'static str, bool)>> {
        let chunk = py.detach(|| {
            let mut reader = held(&self.reader);
            Ok(reader.read_rows(most)?.map(|chunk| (chunk, reader.encoding(), reader.encoding_assumed())))
        });
        let chunk = chunk.map_err(|e| error::io(&e))?;
        chunk.map(|(chunk, used, assumed)| Ok((member_dict(py, chunk)?, used, assumed))).transpose()
    }
}

/// What a lock holds; one that a panic poisoned still holds a reader, which then fails on its own terms.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A SAS transport file that is written chunk by chunk.
#[pyclass(name = "XportSink", module = "mscsle._core", frozen)]
pub(crate) struct PyXportSink {
    writer: Mutex<Option<XportFileWriter>>,
}

#[pymethods]
impl PyXportSink {
    #[new]
    #[pyo3(signature = (path, version, created, encoding=None))]
    fn new(path: PathBuf, version: u8, created: &str, encoding: Option<String>) -> PyResult<PyXportSink> {
        let writer = XportFileWriter::create(&path, version_of(version)?, &encoding_of(encoding), created);
        Ok(PyXportSink { writer: Mutex::new(Some(writer.map_err(|e| error::io(&e))?)) })
    }

    /// Begins a member of variables, whose rows are not written yet; texts need their length.
    fn begin(&self, member: XportMemberIn<'_>) -> PyResult<()> {
        let member = member_in(member)?;
        self.with(|writer| writer.begin_member(&member, None))
    }

    /// Writes rows.
    fn write(&self, py: Python<'_>, member: XportMemberIn<'_>) -> PyResult<()> {
        let member = member_in(member)?;
        py.detach(|| self.with(|writer| writer.write_rows(&member.variables)))
    }

    /// Ends the member.
    fn end(&self) -> PyResult<()> {
        self.with(XportFileWriter::end_member_counted)
    }

    /// Ends the file, which then takes its place.
    fn finish(&self) -> PyResult<()> {
        let writer = held(&self.writer).take();
        let finished = writer.map_or(Ok(()), |writer| writer.finish().and_then(mscsle_io::NewFile::commit));
        finished.map_err(|e| error::io(&e))
    }

    /// Gives the file up: nothing of it stays.
    fn abandon(&self) {
        drop(held(&self.writer).take());
    }
}

impl PyXportSink {
    fn with(&self, run: impl FnOnce(&mut XportFileWriter) -> Result<(), mscsle_io::IoError>) -> PyResult<()> {
        match held(&self.writer).as_mut() {
            Some(writer) => run(writer).map_err(|e| error::io(&e)),
            None => Err(error::raise(error::Class::Data, &"the file is closed")),
        }
    }
}
