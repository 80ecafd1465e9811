//! The Cox model with a shared gamma frailty.

use crate::error;
use crate::survival_intervals::near_ties;
use crate::survival_parametric::{Term, term};
use mscsle_survival::{CoxOptions, FrailtyFit, Ties, Weights, cox_frailty};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

type Floats<'py> = PyReadonlyArray1<'py, f64>;

/// A fitted frailty model.
#[pyclass(module = "mscsle._core", name = "FrailtyFit", frozen)]
pub(crate) struct PyFrailtyFit(FrailtyFit);

#[pymethods]
impl PyFrailtyFit {
    #[new]
    #[pyo3(signature = (time, event, x, group, *, theta=None, ties, entry=None, strata=None, weights=None, offset=None, names, conf_level, max_iterations, group_near_ties))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
    fn new<'py>(
        py: Python<'py>,
        time: Floats<'py>,
        event: PyReadonlyArray1<'py, bool>,
        x: PyReadonlyArray2<'py, f64>,
        group: PyReadonlyArray1<'py, u32>,
        theta: Option<f64>,
        ties: &str,
        entry: Option<Floats<'py>>,
        strata: Option<PyReadonlyArray1<'py, u32>>,
        weights: Option<Floats<'py>>,
        offset: Option<Floats<'py>>,
        names: Vec<String>,
        conf_level: f64,
        max_iterations: usize,
        group_near_ties: bool,
    ) -> PyResult<Self> {
        let (time, event, x) = (time.as_slice()?, event.as_slice()?, x.as_array());
        let group = group.as_slice()?;
        let options = CoxOptions {
            ties: Ties::from_name(ties).map_err(|e| error::survival(&e))?,
            entry: entry.as_ref().map(|a| a.as_slice()).transpose()?,
            strata: strata.as_ref().map(|a| a.as_slice()).transpose()?,
            weights: weights.as_ref().map(|a| a.as_slice()).transpose()?.map_or(Weights::None, Weights::Frequency),
            offset: offset.as_ref().map(|a| a.as_slice()).transpose()?,
            names: Some(&names),
            conf_level,
            max_iterations,
            near_ties: near_ties(group_near_ties),
            ..CoxOptions::default()
        };
        py.detach(|| cox_frailty(time, event, x, group, theta, &options)).map(Self).map_err(|e| error::survival(&e))
    }

    #[getter]
    fn terms(&self) -> Vec<Term> {
        self.0.terms.iter().map(term).collect()
    }

    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        self.0.covariance.clone().into_pyarray(py)
    }

    #[getter]
    fn theta(&self) -> f64 {
        self.0.theta
    }

    #[getter]
    fn frailty<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.0.frailty.clone().into_pyarray(py)
    }

    #[getter]
    fn group_events<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.0.group_events.clone().into_pyarray(py)
    }

    /// Integrated, conditional, without frailty.
    #[getter]
    fn log_likelihood(&self) -> (f64, f64, f64) {
        (self.0.log_likelihood, self.0.log_likelihood_conditional, self.0.log_likelihood_no_frailty)
    }

    #[getter]
    fn frailty_test(&self) -> Option<(f64, usize, f64)> {
        self.0.frailty_test.as_ref().map(|test| (test.statistic, test.df, test.p_value))
    }

    #[getter]
    fn counts(&self) -> (f64, f64) {
        (self.0.n, self.0.n_events)
    }

    #[getter]
    fn iterations(&self) -> usize {
        self.0.iterations
    }

    #[getter]
    fn converged(&self) -> bool {
        self.0.converged
    }
}
