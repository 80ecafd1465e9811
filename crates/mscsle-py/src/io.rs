//! Folders of tables: file names in, columns of arrays out, and back.

use crate::error;
use crate::trial::{RawColumn, table};
use mscsle_domain::{Column, Table};
use mscsle_io::{TextEncoding, XportFormat, XportMember, XportValues, XportVariable, XportVersion};
use numpy::{PyReadonlyArray1, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

/// The tables of a folder of CSV files as columns (numbers and flags where all cells fit), and the files not read.
#[pyfunction]
pub(crate) fn read_tables(py: Python<'_>, folder: PathBuf) -> PyResult<(Bound<'_, PyDict>, Vec<String>)> {
    let (tables, not_read) = py
        .detach(|| {
            let files = mscsle_io::read_trial(&folder)?;
            Ok((files.tables.into_iter().map(Table::fitted).collect::<Vec<_>>(), files.not_read))
        })
        .map_err(|e| error::io(&e))?;
    let out = PyDict::new(py);
    for table in &tables {
        out.set_item(table.name(), columns(py, table)?)?;
    }
    Ok((out, not_read))
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

/// The members of a SAS transport file: a dict of each, and the encoding with whether it was assumed.
#[pyfunction]
#[pyo3(signature = (path, encoding=None))]
pub(crate) fn read_xport(
    py: Python<'_>,
    path: PathBuf,
    encoding: Option<String>,
) -> PyResult<(Vec<Bound<'_, PyDict>>, &'static str, bool)> {
    let encoding = encoding.map_or(TextEncoding::Auto, TextEncoding::Named);
    let file = py.detach(|| mscsle_io::read_xport_file(&path, &encoding)).map_err(|e| error::io(&e))?;
    let members = file.members.iter().map(|member| member_dict(py, member)).collect::<PyResult<Vec<_>>>()?;
    Ok((members, file.encoding, file.encoding_assumed))
}

fn member_dict<'py>(py: Python<'py>, member: &XportMember) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("name", &member.name)?;
    out.set_item("label", &member.label)?;
    out.set_item("rows_ambiguous", member.rows_ambiguous)?;
    let variables = member.variables.iter().map(|v| variable_dict(py, v)).collect::<PyResult<Vec<_>>>()?;
    out.set_item("variables", variables)?;
    Ok(out)
}

fn variable_dict<'py>(py: Python<'py>, variable: &XportVariable) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("name", &variable.name)?;
    out.set_item("label", &variable.label)?;
    out.set_item("format", variable.format.to_string())?;
    out.set_item("kind", variable.format.kind().name())?;
    match &variable.values {
        XportValues::Number { values, missing } => {
            out.set_item("values", values.to_pyarray(py))?;
            out.set_item("missing", missing.to_pyarray(py))?;
        }
        XportValues::Text(text) => out.set_item("values", (text.codes.to_pyarray(py), &text.levels))?,
        _ => {}
    }
    Ok(out)
}

/// A variable to write: name, label, format, column, and the tags of missing numbers.
type XportColumnIn<'py> = (String, String, String, RawColumn<'py>, Option<PyReadonlyArray1<'py, u8>>);

/// Writes one member as a SAS transport file of version 5 or 8.
#[pyfunction]
pub(crate) fn write_xport(
    py: Python<'_>,
    path: PathBuf,
    name: String,
    label: String,
    created: String,
    variables: Vec<XportColumnIn<'_>>,
    version: u8,
) -> PyResult<()> {
    let version = match version {
        5 => XportVersion::V5,
        8 => XportVersion::V8,
        other => return Err(error::raise(error::Class::Option, &format!("unknown version `{other}`; use 5 or 8"))),
    };
    let variables = variables.into_iter().map(variable_in).collect::<PyResult<Vec<_>>>()?;
    let n_rows = variables.first().map_or(0, |variable| variable.values.len());
    let member = XportMember { name, label, created, variables, n_rows, rows_ambiguous: false };
    py.detach(|| mscsle_io::write_xport_file(&[member], version, &path)).map_err(|e| error::io(&e))
}

fn variable_in(column: XportColumnIn<'_>) -> PyResult<XportVariable> {
    let (name, label, format, column, missing) = column;
    let missing = missing.map(|tags| tags.as_slice().map(<[u8]>::to_vec)).transpose()?.unwrap_or_default();
    Ok(XportVariable {
        name,
        label,
        length: 0,
        format: XportFormat::parse(&format).map_err(|e| error::io(&e))?,
        informat: XportFormat::default(),
        values: XportValues::of_column(column.column()?, missing),
    })
}
