//! Synthetic cohorts.

use crate::error;
use pyo3::prelude::*;

/// Id, title, citation and seed of the embedded cohorts.
#[pyfunction]
pub(crate) fn cohort_list() -> Vec<(&'static str, &'static str, &'static str, u64)> {
    mscsle_sim::cohorts().iter().map(|c| (c.id, c.title, c.citation, c.seed)).collect()
}

/// Names and contents of the files of a cohort made from a seed.
#[pyfunction]
pub(crate) fn generate_cohort(py: Python<'_>, id: &str, seed: u64) -> PyResult<Vec<(String, String)>> {
    py.detach(|| mscsle_sim::generate(id, seed)).map(|cohort| cohort.files()).map_err(|e| error::sim(&e))
}
