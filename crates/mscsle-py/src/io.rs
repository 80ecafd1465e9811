//! Folders of tables: file names in, columns of arrays out, and back.

use crate::error;
use crate::trial::table;
use mscsle_domain::{Column, Table};
use numpy::ToPyArray;
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
