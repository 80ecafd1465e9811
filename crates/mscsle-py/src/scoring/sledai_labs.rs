//! SLEDAI descriptors suggested by laboratory values.

use super::{Step, steps, word};
use crate::error;
use mscsle_scoring::sledai::{LaboratoryRow, N_LABORATORY_COLUMNS, SledaiLaboratory};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

fn rule(version: &str, attribution: &str, upcr_cut: &str) -> PyResult<SledaiLaboratory> {
    Ok(SledaiLaboratory { version: word(version)?, attribution: word(attribution)?, upcr_cut: word(upcr_cut)? })
}

/// Suggested descriptors (1 present, 0 absent, -1 open) and the bits of the notes.
#[pyfunction]
#[expect(clippy::type_complexity, reason = "a pair of arrays")]
pub(crate) fn sledai_labs_suggestions<'py>(
    py: Python<'py>,
    n_rows: usize,
    columns: Vec<Option<PyReadonlyArray1<'py, f64>>>,
    due_to_sle: Vec<Option<PyReadonlyArray1<'py, i8>>>,
    version: &str,
    attribution: &str,
    upcr_cut: &str,
) -> PyResult<(Vec<Bound<'py, PyArray1<i8>>>, Bound<'py, PyArray1<u8>>)> {
    let rule = rule(version, attribution, upcr_cut)?;
    let columns =
        columns.iter().map(|c| c.as_ref().map(|c| c.as_slice()).transpose()).collect::<Result<Vec<_>, _>>()?;
    let due_to_sle =
        due_to_sle.iter().map(|c| c.as_ref().map(|c| c.as_slice()).transpose()).collect::<Result<Vec<_>, _>>()?;
    let found = py.detach(|| rule.suggest_columns(n_rows, &columns, &due_to_sle)).map_err(|e| error::scoring(&e))?;
    Ok((found.items.into_iter().map(|c| c.into_pyarray(py)).collect(), found.notes.into_pyarray(py)))
}

/// Why the values of one visit suggest what they suggest.
#[pyfunction]
pub(crate) fn sledai_labs_why(
    values: [f64; N_LABORATORY_COLUMNS],
    due_to_sle: [Option<bool>; 9],
    version: &str,
    attribution: &str,
    upcr_cut: &str,
) -> PyResult<Vec<Step>> {
    let rule = rule(version, attribution, upcr_cut)?;
    let row = LaboratoryRow::new(values, 0).map_err(|e| error::scoring(&e))?;
    Ok(steps(rule.why(&row, due_to_sle)))
}
