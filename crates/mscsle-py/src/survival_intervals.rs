//! Estimators from interval-censored times.

use crate::error;
use mscsle_survival::{NearTies, TurnbullOptions, turnbull, turnbull_bootstrap};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

type Floats<'py> = PyReadonlyArray1<'py, f64>;
type Pair<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

pub(crate) fn near_ties(group: bool) -> NearTies {
    if group { NearTies::Group } else { NearTies::Separate }
}

/// Turnbull's estimate of one group.
#[pyclass(module = "mscsle._core", name = "Turnbull", frozen)]
pub(crate) struct PyTurnbull(mscsle_survival::Turnbull);

#[pymethods]
impl PyTurnbull {
    #[new]
    #[pyo3(signature = (lower, upper, *, weights=None, max_iterations, tolerance, group_near_ties))]
    fn new(
        py: Python<'_>,
        lower: Floats<'_>,
        upper: Floats<'_>,
        weights: Option<Floats<'_>>,
        max_iterations: usize,
        tolerance: f64,
        group_near_ties: bool,
    ) -> PyResult<Self> {
        let (lower, upper) = (lower.as_slice()?, upper.as_slice()?);
        let weights = weights.as_ref().map(|w| w.as_slice()).transpose()?;
        let options = TurnbullOptions { weights, max_iterations, tolerance, near_ties: near_ties(group_near_ties) };
        py.detach(|| turnbull(lower, upper, &options)).map(Self).map_err(|e| error::survival(&e))
    }

    #[getter]
    fn left<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.0.left.clone().into_pyarray(py)
    }

    #[getter]
    fn right<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.0.right.clone().into_pyarray(py)
    }

    #[getter]
    fn mass<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.0.mass.clone().into_pyarray(py)
    }

    #[getter]
    fn survival<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.0.survival.clone().into_pyarray(py)
    }

    #[getter]
    fn n(&self) -> f64 {
        self.0.n
    }

    /// Rows (weight) that are exact, left-censored, in a finite interval, right-censored.
    #[getter]
    fn kinds(&self) -> (f64, f64, f64, f64) {
        self.0.kinds.into()
    }

    #[getter]
    fn log_likelihood(&self) -> f64 {
        self.0.log_likelihood
    }

    #[getter]
    fn gap(&self) -> f64 {
        self.0.gap
    }

    #[getter]
    fn iterations(&self) -> usize {
        self.0.iterations
    }

    #[getter]
    fn converged(&self) -> bool {
        self.0.converged
    }

    /// Least and greatest survival at each time.
    fn bounds<'py>(&self, py: Python<'py>, times: Floats<'py>) -> PyResult<Pair<'py>> {
        let (lower, upper) = self.0.bounds_at(times.as_slice()?);
        Ok((lower.into_pyarray(py), upper.into_pyarray(py)))
    }

    /// Ends of the region of each quantile; NaN if it has none.
    fn quantiles<'py>(&self, py: Python<'py>, fractions: Floats<'py>) -> PyResult<Pair<'py>> {
        let (left, right) = self.0.quantiles(fractions.as_slice()?);
        Ok((left.into_pyarray(py), right.into_pyarray(py)))
    }
}

/// Percentile limits of Turnbull's estimate at given times.
#[pyfunction]
#[pyo3(signature = (lower, upper, times, *, replicates, seed, level, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_turnbull_bootstrap<'py>(
    py: Python<'py>,
    lower: Floats<'py>,
    upper: Floats<'py>,
    times: Floats<'py>,
    replicates: usize,
    seed: u64,
    level: f64,
    group_near_ties: bool,
) -> PyResult<Pair<'py>> {
    let (lower, upper, times) = (lower.as_slice()?, upper.as_slice()?, times.as_slice()?);
    let options = TurnbullOptions { near_ties: near_ties(group_near_ties), ..TurnbullOptions::default() };
    let found = py
        .detach(|| turnbull_bootstrap(lower, upper, &options, times, replicates, seed, level))
        .map_err(|e| error::survival(&e))?;
    Ok((found.lower.into_pyarray(py), found.upper.into_pyarray(py)))
}
