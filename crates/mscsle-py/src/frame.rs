//! What `mscsle._frame` needs from the core to read columns without extra passes.

use mscsle_domain::NumberScan;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

/// Whether a column holds missing, infinite or misread (tiny) numbers.
#[pyfunction]
pub(crate) fn scan_numbers(py: Python<'_>, values: PyReadonlyArray1<'_, f64>) -> PyResult<(bool, bool, bool)> {
    let values = values.as_slice()?;
    let scan = py.detach(|| NumberScan::of(values));
    Ok((scan.missing, scan.infinite, scan.tiny))
}
