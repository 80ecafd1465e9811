//! Individual times from a published curve.

use crate::error;
use mscsle_survival::reconstruct;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

type Floats<'py> = PyReadonlyArray1<'py, f64>;
type Column<'py> = Bound<'py, PyArray1<f64>>;

/// Rebuilt times with their quality.
#[pyclass(module = "mscsle._core", name = "Reconstruction", frozen)]
pub(crate) struct PyReconstruction(mscsle_survival::Reconstruction);

#[pymethods]
impl PyReconstruction {
    #[new]
    #[pyo3(signature = (time, survival, risk_time, n_risk, total_events=None))]
    fn new(
        py: Python<'_>,
        time: Floats<'_>,
        survival: Floats<'_>,
        risk_time: Floats<'_>,
        n_risk: Floats<'_>,
        total_events: Option<u64>,
    ) -> PyResult<Self> {
        let (time, survival) = (time.as_slice()?, survival.as_slice()?);
        let (risk_time, n_risk) = (risk_time.as_slice()?, n_risk.as_slice()?);
        py.detach(|| reconstruct(time, survival, risk_time, n_risk, total_events))
            .map(Self)
            .map_err(|e| error::survival(&e))
    }

    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> Column<'py> {
        self.0.time.clone().into_pyarray(py)
    }

    #[getter]
    fn event<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        self.0.event.clone().into_pyarray(py)
    }

    /// Time, survival and rebuilt survival of the cleaned clicks.
    #[getter]
    fn clicks<'py>(&self, py: Python<'py>) -> (Column<'py>, Column<'py>, Column<'py>) {
        (
            self.0.click_time.clone().into_pyarray(py),
            self.0.click_survival.clone().into_pyarray(py),
            self.0.rebuilt_survival.clone().into_pyarray(py),
        )
    }

    /// Time, published and rebuilt number at risk, events and censorings until the next.
    #[getter]
    fn intervals<'py>(&self, py: Python<'py>) -> (Column<'py>, Column<'py>, Column<'py>, Column<'py>, Column<'py>) {
        (
            self.0.risk_time.clone().into_pyarray(py),
            self.0.n_risk.clone().into_pyarray(py),
            self.0.rebuilt_n_risk.clone().into_pyarray(py),
            self.0.interval_events.clone().into_pyarray(py),
            self.0.interval_censored.clone().into_pyarray(py),
        )
    }

    #[getter]
    fn settled(&self) -> bool {
        self.0.settled
    }

    /// Start added, unsorted, duplicates, lowered, by how much at most, points added, risk times dropped.
    #[getter]
    fn cleaning(&self) -> (bool, usize, usize, usize, f64, usize, usize) {
        let c = &self.0.cleaning;
        (c.start_added, c.unsorted, c.duplicates, c.lowered, c.largest_lowered, c.points_added, c.risk_times_dropped)
    }

    /// Root mean square, mean and largest deviation, its time, largest difference of the numbers at risk.
    #[getter]
    fn quality(&self) -> (f64, f64, f64, f64, f64) {
        let q = &self.0.quality;
        (q.rmse, q.mean_deviation, q.max_deviation, q.max_deviation_time, q.max_risk_difference)
    }
}
