//! Synthetic cohorts.

use crate::error;
use crate::io::columns;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Id, title, citation and seed of the embedded cohorts.
#[pyfunction]
pub(crate) fn cohort_list() -> Vec<(&'static str, &'static str, &'static str, u64)> {
    mscsle_sim::cohorts().iter().map(|c| (c.id, c.title, c.citation, c.seed)).collect()
}

/// Names and contents of the files of a cohort made from a seed: a CSV file a table, and `cohort.toml`.
#[pyfunction]
pub(crate) fn generate_cohort(py: Python<'_>, id: &str, seed: u64) -> PyResult<Vec<(String, Vec<u8>)>> {
    let cohort = py.detach(|| mscsle_sim::generate(id, seed)).map_err(|e| error::sim(&e))?;
    let mut files = cohort.tables.iter().map(csv_file).collect::<PyResult<Vec<_>>>()?;
    files.push(("cohort.toml".to_owned(), cohort.provenance().into_bytes()));
    Ok(files)
}

fn csv_file(table: &mscsle_domain::Table) -> PyResult<(String, Vec<u8>)> {
    let name = format!("{}.csv", table.name());
    let mut bytes = Vec::new();
    mscsle_io::write_table(table, &mut bytes, &name).map_err(|e| error::io(&e))?;
    Ok((name, bytes))
}

/// The tables of a cohort simulated from a specification in JSON, as columns.
#[pyfunction]
pub(crate) fn simulate_cohort<'py>(py: Python<'py>, spec: &str, seed: u64) -> PyResult<Bound<'py, PyDict>> {
    let cohort = py
        .detach(|| mscsle_sim::CohortSpec::from_json(spec).and_then(|spec| mscsle_sim::simulate(&spec, seed)))
        .map_err(|e| error::sim(&e))?;
    let out = PyDict::new(py);
    for table in &cohort.tables {
        out.set_item(table.name(), columns(py, table)?)?;
    }
    Ok(out)
}
