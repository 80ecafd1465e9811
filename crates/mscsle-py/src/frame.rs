//! What `mscsle._frame` needs from the core to read columns without extra passes.

use mscsle_domain::NumberScan;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

/// Whether a column holds missing, infinite or misread (tiny) numbers.
#[pyfunction]
pub(crate) fn scan_numbers(py: Python<'_>, values: PyReadonlyArray1<'_, f64>) -> PyResult<(bool, bool, bool)> {
    let values = values.as_slice()?;
    let scan = py.detach(|| NumberScan::of(values));
    Ok((scan.missing, scan.infinite, scan.tiny))
}

/// Codes and ascending levels of whole numbers that lie close together; None when their range reaches `most`.
#[pyfunction]
#[expect(clippy::type_complexity, reason = "a pair of arrays or nothing")]
pub(crate) fn small_codes<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, i64>,
    most: u32,
) -> PyResult<Option<(Bound<'py, PyArray1<u32>>, Vec<i64>)>> {
    let values = values.as_slice()?;
    let found = py.detach(|| mscsle_domain::small_codes(values, most));
    Ok(found.map(|(codes, levels)| (codes.into_pyarray(py), levels)))
}
