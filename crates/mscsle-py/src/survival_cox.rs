//! The Cox model.

use crate::error;
use mscsle_survival::{CoxInterval, CoxOptions, CoxTest, Direction, NearTies, Penalty, TermStatus, Ties, Weights, cox};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// A fitted Cox model.
#[pyclass(module = "mscsle._core", name = "CoxFit", frozen)]
pub(crate) struct PyCoxFit(mscsle_survival::CoxFit);

type Floats<'py> = Bound<'py, PyArray1<f64>>;
type Matrix<'py> = Bound<'py, PyArray2<f64>>;
type Test = (f64, usize, f64);

fn test(test: &CoxTest) -> Test {
    (test.statistic, test.df, test.p_value)
}

impl PyCoxFit {
    fn by_term<'py>(&self, py: Python<'py>, value: impl Fn(&mscsle_survival::CoxTerm) -> Option<f64>) -> Floats<'py> {
        let values: Vec<f64> = self.0.terms.iter().map(|term| value(term).unwrap_or(f64::NAN)).collect();
        values.into_pyarray(py)
    }
}

#[pymethods]
impl PyCoxFit {
    /// `estimated`, `constant`, `aliased`, `plus infinity` or `minus infinity`.
    #[getter]
    fn status(&self) -> Vec<&'static str> {
        let word = |status: TermStatus| match status {
            TermStatus::Estimated => "estimated",
            TermStatus::Constant => "constant",
            TermStatus::Aliased => "aliased",
            TermStatus::Infinite(Direction::Up) => "plus infinity",
            TermStatus::Infinite(Direction::Down) => "minus infinity",
            _ => "not estimable",
        };
        self.0.terms.iter().map(|term| word(term.status)).collect()
    }

    #[getter]
    fn inference(&self) -> Vec<&'static str> {
        self.0.terms.iter().map(|term| term.inference.words()).collect()
    }

    #[getter]
    fn coefficients<'py>(&self, py: Python<'py>) -> Floats<'py> {
        self.by_term(py, |term| term.coefficient)
    }

    #[getter]
    fn standard_errors<'py>(&self, py: Python<'py>) -> Floats<'py> {
        self.by_term(py, |term| term.standard_error)
    }

    #[getter]
    fn z<'py>(&self, py: Python<'py>) -> Floats<'py> {
        self.by_term(py, |term| term.z)
    }

    #[getter]
    fn p_value<'py>(&self, py: Python<'py>) -> Floats<'py> {
        self.by_term(py, |term| term.p_value)
    }

    #[getter]
    fn lower<'py>(&self, py: Python<'py>) -> Floats<'py> {
        self.by_term(py, |term| term.lower)
    }

    #[getter]
    fn upper<'py>(&self, py: Python<'py>) -> Floats<'py> {
        self.by_term(py, |term| term.upper)
    }

    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> Matrix<'py> {
        self.0.covariance.clone().into_pyarray(py)
    }

    #[getter]
    fn naive_covariance<'py>(&self, py: Python<'py>) -> Option<Matrix<'py>> {
        self.0.naive_covariance.clone().map(|matrix| matrix.into_pyarray(py))
    }

    #[getter]
    fn information<'py>(&self, py: Python<'py>) -> Matrix<'py> {
        self.0.information.clone().into_pyarray(py)
    }

    #[getter]
    fn score<'py>(&self, py: Python<'py>) -> Floats<'py> {
        self.0.score.clone().into_pyarray(py)
    }

    #[getter]
    fn log_likelihood(&self) -> (f64, f64) {
        (self.0.log_likelihood_null, self.0.log_likelihood)
    }

    #[getter]
    fn wald(&self) -> Option<Test> {
        self.0.wald.as_ref().map(test)
    }

    #[getter]
    fn score_test(&self) -> Test {
        test(&self.0.score_test)
    }

    #[getter]
    fn likelihood_ratio(&self) -> Test {
        test(&self.0.likelihood_ratio)
    }

    #[getter]
    fn counts(&self) -> (f64, f64, usize) {
        (self.0.n, self.0.n_events, self.0.n_strata)
    }

    #[getter]
    fn converged(&self) -> bool {
        self.0.converged
    }

    #[getter]
    fn iterations(&self) -> usize {
        self.0.iterations
    }

    /// What the reader must know: kind and sentence.
    #[getter]
    fn notes(&self) -> Vec<(&'static str, String)> {
        self.0.notes.iter().map(|note| (note.kind(), note.to_string())).collect()
    }
}

/// Fits a Cox model.
#[pyfunction]
#[pyo3(signature = (time, event, x, *, ties, entry=None, strata=None, weights=None, frequency=true, offset=None, names=None, penalty, interval, conf_level, max_iterations, tolerance, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn cox_fit<'py>(
    py: Python<'py>,
    time: PyReadonlyArray1<'py, f64>,
    event: PyReadonlyArray1<'py, bool>,
    x: PyReadonlyArray2<'py, f64>,
    ties: &str,
    entry: Option<PyReadonlyArray1<'py, f64>>,
    strata: Option<PyReadonlyArray1<'py, u32>>,
    weights: Option<PyReadonlyArray1<'py, f64>>,
    frequency: bool,
    offset: Option<PyReadonlyArray1<'py, f64>>,
    names: Option<Vec<String>>,
    penalty: &str,
    interval: &str,
    conf_level: f64,
    max_iterations: usize,
    tolerance: f64,
    group_near_ties: bool,
) -> PyResult<PyCoxFit> {
    let (time, event, x) = (time.as_slice()?, event.as_slice()?, x.as_array());
    let options = CoxOptions {
        ties: Ties::from_name(ties).map_err(|e| error::survival(&e))?,
        entry: entry.as_ref().map(|a| a.as_slice()).transpose()?,
        strata: strata.as_ref().map(|a| a.as_slice()).transpose()?,
        weights: match weights.as_ref().map(|a| a.as_slice()).transpose()? {
            None => Weights::None,
            Some(values) if frequency => Weights::Frequency(values),
            Some(values) => Weights::Sampling(values),
        },
        offset: offset.as_ref().map(|a| a.as_slice()).transpose()?,
        names: names.as_deref(),
        penalty: Penalty::from_name(penalty).map_err(|e| error::survival(&e))?,
        interval: CoxInterval::from_name(interval).map_err(|e| error::survival(&e))?,
        conf_level,
        max_iterations,
        tolerance,
        near_ties: if group_near_ties { NearTies::Group } else { NearTies::Separate },
    };
    py.detach(|| cox(time, event, x, &options)).map(PyCoxFit).map_err(|e| error::survival(&e))
}
