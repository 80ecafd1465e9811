//! Multi-state models.

use crate::error;
use crate::survival::{confidence, near_ties, slice};
use mscsle_survival::{MultiState, MultiStateOptions, MultiStateVariance, multi_state};
use ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

type Floats<'py> = PyReadonlyArray1<'py, f64>;
type Codes<'py> = PyReadonlyArray1<'py, u32>;
type Column<'py> = Bound<'py, PyArray1<f64>>;
type Matrix<'py> = Bound<'py, PyArray2<f64>>;

/// State occupation probabilities of one group.
#[pyclass(module = "mscsle._core", name = "MultiState", frozen)]
pub(crate) struct PyMultiState(MultiState);

fn matrix(py: Python<'_>, values: Vec<f64>, columns: usize) -> PyResult<Matrix<'_>> {
    let rows = values.len() / columns.max(1);
    shaped(py, values, rows, columns)
}

fn shaped(py: Python<'_>, values: Vec<f64>, rows: usize, columns: usize) -> PyResult<Matrix<'_>> {
    let array = Array2::from_shape_vec((rows, columns), values)
        .map_err(|e| pyo3::exceptions::PyRuntimeError::new_err(e.to_string()))?;
    Ok(array.into_pyarray(py))
}

/// One fitted model per group.
#[pyfunction]
#[pyo3(signature = (time, from_state, to_state, *, n_states, entry=None, subject=None, n_subjects=0, group=None, n_groups=1, weights=None, start=None, initial=None, variance, mean_until=None, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_multi_state<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    from_state: Codes<'py>,
    to_state: Codes<'py>,
    n_states: usize,
    entry: Option<Floats<'py>>,
    subject: Option<Codes<'py>>,
    n_subjects: usize,
    group: Option<Codes<'py>>,
    n_groups: usize,
    weights: Option<Floats<'py>>,
    start: Option<f64>,
    initial: Option<Floats<'py>>,
    variance: &str,
    mean_until: Option<f64>,
    group_near_ties: bool,
) -> PyResult<Bound<'py, PyList>> {
    let (time, from, to) = (time.as_slice()?, from_state.as_slice()?, to_state.as_slice()?);
    let options = MultiStateOptions {
        entry: slice(&entry)?,
        subjects: slice(&subject)?.map(|codes| (codes, n_subjects)),
        group: slice(&group)?.map(|codes| (codes, n_groups)),
        weights: slice(&weights)?,
        start,
        initial: slice(&initial)?,
        variance: MultiStateVariance::from_name(variance).map_err(|e| error::survival(&e))?,
        mean_until,
        near_ties: near_ties(group_near_ties),
    };
    let found = py.detach(|| multi_state(time, from, to, n_states, &options)).map_err(|e| error::survival(&e))?;
    let list = PyList::empty(py);
    for group in found {
        list.append(Py::new(py, PyMultiState(group))?)?;
    }
    Ok(list)
}

#[pymethods]
impl PyMultiState {
    /// Times, numbers at risk (times x states), moves (times x from * states + to), occupation and variance (states x times).
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fit = &self.0;
        let k = fit.table.states;
        let out = PyDict::new(py);
        out.set_item("time", fit.table.time[fit.skipped..].to_vec().into_pyarray(py))?;
        out.set_item("n_risk", matrix(py, fit.table.n_risk[fit.skipped * k..].to_vec(), k)?)?;
        out.set_item("moves", matrix(py, fit.table.moves[fit.skipped * k * k..].to_vec(), k * k)?)?;
        out.set_item("all_moves", matrix(py, fit.table.moves.clone(), k * k)?)?;
        let steps = fit.table.time.len() - fit.skipped;
        out.set_item("occupation", shaped(py, fit.occupation.concat(), k, steps)?)?;
        out.set_item("variance", shaped(py, fit.variance.concat(), k, steps)?)?;
        out.set_item("initial", fit.initial.clone().into_pyarray(py))?;
        out.set_item("initial_variance", fit.initial_variance.clone().into_pyarray(py))?;
        out.set_item("start", fit.start)?;
        out.set_item("n", fit.n)?;
        out.set_item("last_time", fit.last_time)?;
        out.set_item("variance_type", fit.variance_type.name())?;
        out.set_item("tolerance", fit.largest_gap)?;
        Ok(out)
    }

    /// Mean time in each state until `mean_until` and its variance.
    fn mean_time<'py>(&self, py: Python<'py>) -> Option<(Column<'py>, Column<'py>)> {
        let found = self.0.mean_time.as_ref()?;
        Some((found.mean.clone().into_pyarray(py), found.variance.clone().into_pyarray(py)))
    }

    /// Limits of the occupation of a state at the start and at each time.
    fn limits<'py>(
        &self,
        py: Python<'py>,
        state: usize,
        interval: &str,
        level: f64,
    ) -> PyResult<((f64, f64), Column<'py>, Column<'py>)> {
        let confidence = confidence(interval, level)?;
        let initial = self.0.initial_limits(state, confidence).map_err(|e| error::survival(&e))?;
        let (lower, upper) = self.0.limits(state, confidence).map_err(|e| error::survival(&e))?;
        Ok((initial, lower.into_pyarray(py), upper.into_pyarray(py)))
    }

    /// Transition probabilities between two times and their Greenwood variances, states x states.
    fn transition_matrix<'py>(&self, py: Python<'py>, start: f64, stop: f64) -> PyResult<(Matrix<'py>, Matrix<'py>)> {
        let table = &self.0.table;
        let (probability, variance) =
            table.transition_matrix(start, stop, self.0.largest_gap).map_err(|e| error::survival(&e))?;
        Ok((matrix(py, probability, table.states)?, matrix(py, variance, table.states)?))
    }
}
