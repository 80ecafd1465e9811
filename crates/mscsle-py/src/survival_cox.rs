//! The Cox model.

use crate::error;
use crate::survival_accuracy::concordance_dict;
use crate::survival_competing::PyCauseHazard;
use mscsle_survival::{
    BaselineAt, CauseHazard, CoxInterval, CoxOptions, CoxSubjects, CoxTest, Direction, IntervalType, NearTies,
    PathOptions, Penalty, Population, SurvivalError, TermStatus, Ties, TimeTransform, TimeWeight, Weights, cox,
    cox_baseline, cox_concordance, cox_likelihood, cox_path, cox_path_cross_validation, cox_residuals, cox_screen,
    cox_standardised, cox_survival, ph_test,
};
use ndarray::ArrayView2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A fitted Cox model.
#[pyclass(module = "mscsle._core", name = "CoxFit", frozen)]
pub(crate) struct PyCoxFit(mscsle_survival::CoxFit);

type Floats<'py> = Bound<'py, PyArray1<f64>>;
type Matrix<'py> = Bound<'py, PyArray2<f64>>;
type Test = (f64, usize, f64);
/// Code, rows, events, log-likelihood, score, information.
type ByStratum<'py> = (u32, f64, f64, f64, Floats<'py>, Matrix<'py>);

fn status_code(status: TermStatus) -> u8 {
    match status {
        TermStatus::Estimated => 0,
        TermStatus::Constant => 1,
        TermStatus::Aliased => 2,
        TermStatus::Infinite(Direction::Up) => 3,
        TermStatus::Infinite(Direction::Down) => 4,
        TermStatus::NotConverged => 6,
        _ => 5,
    }
}

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
    /// `estimated`, `constant`, `aliased`, `plus infinity`, `minus infinity`, `undetermined` or `not converged`.
    #[getter]
    fn status(&self) -> Vec<&'static str> {
        let words =
            ["estimated", "constant", "aliased", "plus infinity", "minus infinity", "undetermined", "not converged"];
        let word = |status| words.get(usize::from(status_code(status))).copied().unwrap_or("not estimable");
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

/// The data of a fit, kept for what is computed after it.
#[pyclass(module = "mscsle._core", name = "CoxData", frozen)]
pub(crate) struct PyCoxData {
    time: Py<PyArray1<f64>>,
    event: Py<PyArray1<bool>>,
    x: Py<PyArray2<f64>>,
    entry: Option<Py<PyArray1<f64>>>,
    strata: Option<Py<PyArray1<u32>>>,
    weights: Option<Py<PyArray1<f64>>>,
    frequency: bool,
    cluster: Option<Py<PyArray1<u32>>>,
    offset: Option<Py<PyArray1<f64>>>,
    names: Option<Vec<String>>,
    ties: Ties,
    penalty: Penalty,
    interval: CoxInterval,
    conf_level: f64,
    max_iterations: usize,
    tolerance: f64,
    near_ties: NearTies,
}

fn readonly<'py, T: numpy::Element>(
    py: Python<'py>,
    array: &Option<Py<PyArray1<T>>>,
) -> Option<PyReadonlyArray1<'py, T>> {
    array.as_ref().map(|array| array.bind(py).readonly())
}

pub(crate) fn slice<'a, T: numpy::Element>(array: &'a Option<PyReadonlyArray1<'_, T>>) -> PyResult<Option<&'a [T]>> {
    Ok(array.as_ref().map(|array| array.as_slice()).transpose()?)
}

impl PyCoxData {
    /// Calls a function of the core with the borrowed data, without the interpreter's lock.
    fn with<R: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&[f64], &[bool], ArrayView2<'_, f64>, &CoxOptions<'_>) -> Result<R, SurvivalError> + Send,
    ) -> PyResult<R> {
        let (time, event) = (self.time.bind(py).readonly(), self.event.bind(py).readonly());
        let x = self.x.bind(py).readonly();
        let (entry, weights, offset) =
            (readonly(py, &self.entry), readonly(py, &self.weights), readonly(py, &self.offset));
        let (strata, cluster) = (readonly(py, &self.strata), readonly(py, &self.cluster));
        let options = CoxOptions {
            ties: self.ties,
            entry: slice(&entry)?,
            strata: slice(&strata)?,
            weights: match slice(&weights)? {
                None => Weights::None,
                Some(values) if self.frequency => Weights::Frequency(values),
                Some(values) => Weights::Sampling(values),
            },
            cluster: slice(&cluster)?,
            offset: slice(&offset)?,
            names: self.names.as_deref(),
            penalty: self.penalty,
            interval: self.interval,
            conf_level: self.conf_level,
            max_iterations: self.max_iterations,
            tolerance: self.tolerance,
            near_ties: self.near_ties,
        };
        let (time, event, x) = (time.as_slice()?, event.as_slice()?, x.as_array());
        py.detach(|| call(time, event, x, &options)).map_err(|e| error::survival(&e))
    }
}

#[pymethods]
impl PyCoxData {
    #[new]
    #[pyo3(signature = (time, event, x, *, ties, entry=None, strata=None, weights=None, frequency=true, cluster=None, offset=None, names=None, penalty, interval, conf_level, max_iterations, tolerance, group_near_ties))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
    fn new(
        time: Py<PyArray1<f64>>,
        event: Py<PyArray1<bool>>,
        x: Py<PyArray2<f64>>,
        ties: &str,
        entry: Option<Py<PyArray1<f64>>>,
        strata: Option<Py<PyArray1<u32>>>,
        weights: Option<Py<PyArray1<f64>>>,
        frequency: bool,
        cluster: Option<Py<PyArray1<u32>>>,
        offset: Option<Py<PyArray1<f64>>>,
        names: Option<Vec<String>>,
        penalty: &str,
        interval: &str,
        conf_level: f64,
        max_iterations: usize,
        tolerance: f64,
        group_near_ties: bool,
    ) -> PyResult<Self> {
        Ok(Self {
            time,
            event,
            x,
            entry,
            strata,
            weights,
            frequency,
            cluster,
            offset,
            names,
            ties: Ties::from_name(ties).map_err(|e| error::survival(&e))?,
            penalty: Penalty::from_name(penalty).map_err(|e| error::survival(&e))?,
            interval: CoxInterval::from_name(interval).map_err(|e| error::survival(&e))?,
            conf_level,
            max_iterations,
            tolerance,
            near_ties: if group_near_ties { NearTies::Group } else { NearTies::Separate },
        })
    }

    /// Fits the model.
    fn fit(&self, py: Python<'_>) -> PyResult<PyCoxFit> {
        self.with(py, cox).map(PyCoxFit)
    }

    /// One model a column.
    fn screen<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let found = self.with(py, cox_screen)?;
        let status: Vec<u8> = found.status.iter().map(|&status| status_code(status)).collect();
        let notes: Vec<(usize, &str, String)> =
            found.notes.iter().map(|(column, note)| (*column, note.kind(), note.to_string())).collect();
        let out = PyDict::new(py);
        out.set_item("status", status.into_pyarray(py))?;
        out.set_item("coefficient", found.coefficient.into_pyarray(py))?;
        out.set_item("standard_error", found.standard_error.into_pyarray(py))?;
        out.set_item("lower", found.lower.into_pyarray(py))?;
        out.set_item("upper", found.upper.into_pyarray(py))?;
        out.set_item("p_value", found.p_value.into_pyarray(py))?;
        out.set_item("p_likelihood_ratio", found.p_likelihood_ratio.into_pyarray(py))?;
        out.set_item("p_score", found.p_score.into_pyarray(py))?;
        out.set_item("notes", notes)?;
        out.set_item("n", found.n)?;
        out.set_item("n_events", found.n_events)?;
        Ok(out)
    }

    /// Residuals at given coefficients.
    fn residuals<'py>(
        &self,
        py: Python<'py>,
        coefficients: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let coefficients = coefficients.as_slice()?;
        let found = self.with(py, |time, event, x, options| cox_residuals(time, event, x, options, coefficients))?;
        let out = PyDict::new(py);
        out.set_item("martingale", found.martingale.into_pyarray(py))?;
        out.set_item("deviance", found.deviance.into_pyarray(py))?;
        out.set_item("score", found.score.into_pyarray(py))?;
        out.set_item("dfbeta", found.dfbeta.into_pyarray(py))?;
        out.set_item("schoenfeld", found.schoenfeld.into_pyarray(py))?;
        out.set_item("schoenfeld_row", found.schoenfeld_row.into_pyarray(py))?;
        Ok(out)
    }

    /// Concordance of the linear predictor.
    #[pyo3(signature = (coefficients, kind, tau=None))]
    fn concordance<'py>(
        &self,
        py: Python<'py>,
        coefficients: PyReadonlyArray1<'py, f64>,
        kind: &str,
        tau: Option<f64>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let coefficients = coefficients.as_slice()?;
        let kind = TimeWeight::from_name(kind).map_err(|e| error::survival(&e))?;
        let found =
            self.with(py, |time, event, x, options| cox_concordance(time, event, x, options, coefficients, kind, tau))?;
        concordance_dict(py, &found)
    }

    /// Log-likelihood, score and information of each stratum.
    fn likelihood<'py>(
        &self,
        py: Python<'py>,
        coefficients: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Vec<ByStratum<'py>>> {
        let coefficients = coefficients.as_slice()?;
        let found = self.with(py, |time, event, x, options| cox_likelihood(time, event, x, options, coefficients))?;
        let line = |s: mscsle_survival::StratumLikelihood| {
            let (score, information) = (s.score.into_pyarray(py), s.information.into_pyarray(py));
            (s.code, s.n, s.n_events, s.log_likelihood, score, information)
        };
        Ok(found.into_iter().map(line).collect())
    }

    /// The baseline hazard by stratum.
    fn baseline<'py>(
        &self,
        py: Python<'py>,
        coefficients: PyReadonlyArray1<'py, f64>,
        covariance: PyReadonlyArray2<'py, f64>,
        at: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (coefficients, covariance) = (coefficients.as_slice()?, covariance.as_array());
        let at = BaselineAt::from_name(at).map_err(|e| error::survival(&e))?;
        let found = self
            .with(py, |time, event, x, options| cox_baseline(time, event, x, options, coefficients, covariance, at))?;
        let out = PyDict::new(py);
        out.set_item("stratum", found.stratum.into_pyarray(py))?;
        out.set_item("time", found.time.into_pyarray(py))?;
        out.set_item("hazard", found.hazard.into_pyarray(py))?;
        out.set_item("cumulative_hazard", found.cumulative_hazard.into_pyarray(py))?;
        out.set_item("standard_error", found.standard_error.into_pyarray(py))?;
        out.set_item("covariates", found.covariates.into_pyarray(py))?;
        Ok(out)
    }

    /// Survival standardised to a population, one matrix of covariates a level.
    #[pyo3(signature = (coefficients, covariance, settings, *, times, interval, sampled, strata=None, weights=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
    fn standardised<'py>(
        &self,
        py: Python<'py>,
        coefficients: PyReadonlyArray1<'py, f64>,
        covariance: PyReadonlyArray2<'py, f64>,
        settings: Vec<PyReadonlyArray2<'py, f64>>,
        times: PyReadonlyArray1<'py, f64>,
        interval: &str,
        sampled: bool,
        strata: Option<PyReadonlyArray1<'py, u32>>,
        weights: Option<PyReadonlyArray1<'py, f64>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (coefficients, covariance) = (coefficients.as_slice()?, covariance.as_array());
        let settings: Vec<ArrayView2<'_, f64>> = settings.iter().map(|setting| setting.as_array()).collect();
        let population = Population {
            strata: slice(&strata)?,
            weights: slice(&weights)?,
            times: times.as_slice()?,
            interval: IntervalType::from_name(interval).map_err(|e| error::survival(&e))?,
            sampled,
        };
        let found = self.with(py, |time, event, x, options| {
            cox_standardised(time, event, x, options, coefficients, covariance, &settings, &population)
        })?;
        let out = PyDict::new(py);
        out.set_item("survival", found.survival.into_pyarray(py))?;
        out.set_item("standard_error", found.standard_error.into_pyarray(py))?;
        out.set_item("lower", found.lower.into_pyarray(py))?;
        out.set_item("upper", found.upper.into_pyarray(py))?;
        out.set_item("difference", found.difference.into_pyarray(py))?;
        out.set_item("difference_standard_error", found.difference_standard_error.into_pyarray(py))?;
        out.set_item("method", found.method)?;
        Ok(out)
    }

    /// Coefficients along a path of penalties, and with `fold` their cross-validated deviance.
    #[pyo3(signature = (*, mix, n_strengths, standardise, strengths=None, smallest_ratio=None, factors=None, fold=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
    fn path<'py>(
        &self,
        py: Python<'py>,
        mix: f64,
        n_strengths: usize,
        standardise: bool,
        strengths: Option<PyReadonlyArray1<'py, f64>>,
        smallest_ratio: Option<f64>,
        factors: Option<PyReadonlyArray1<'py, f64>>,
        fold: Option<PyReadonlyArray1<'py, u32>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (strengths, factors, fold) = (slice(&strengths)?, slice(&factors)?, slice(&fold)?);
        let path = PathOptions { mix, strengths, n_strengths, smallest_ratio, standardise, factors };
        let out = PyDict::new(py);
        let found = if let Some(fold) = fold {
            let chosen = self
                .with(py, |time, event, x, options| cox_path_cross_validation(time, event, x, options, &path, fold))?;
            out.set_item("cv_deviance", chosen.deviance.into_pyarray(py))?;
            out.set_item("cv_standard_error", chosen.standard_error.into_pyarray(py))?;
            out.set_item("smallest", chosen.smallest)?;
            out.set_item("one_standard_error", chosen.one_standard_error)?;
            out.set_item("folds", chosen.folds)?;
            chosen.path
        } else {
            self.with(py, |time, event, x, options| cox_path(time, event, x, options, &path))?
        };
        let nonzero: Vec<i64> = found.n_nonzero.iter().map(|&count| count as i64).collect();
        out.set_item("strength", found.strength.into_pyarray(py))?;
        out.set_item("coefficients", found.coefficients.into_pyarray(py))?;
        out.set_item("log_likelihood", found.log_likelihood.into_pyarray(py))?;
        out.set_item("deviance_ratio", found.deviance_ratio.into_pyarray(py))?;
        out.set_item("n_nonzero", nonzero.into_pyarray(py))?;
        out.set_item("converged", found.converged.into_pyarray(py))?;
        out.set_item("log_likelihood_null", found.log_likelihood_null)?;
        out.set_item("n", found.n)?;
        out.set_item("n_events", found.n_events)?;
        Ok(out)
    }

    /// The arrays of the fit by name; `None` for those it has not.
    fn arrays<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let out = PyDict::new(py);
        out.set_item("time", &self.time)?;
        out.set_item("event", &self.event)?;
        out.set_item("x", &self.x)?;
        out.set_item("entry", &self.entry)?;
        out.set_item("strata", &self.strata)?;
        out.set_item("weights", &self.weights)?;
        out.set_item("offset", &self.offset)?;
        Ok(out)
    }

    /// Tests of proportional hazards by term, and of all.
    fn ph_test(
        &self,
        py: Python<'_>,
        coefficients: PyReadonlyArray1<'_, f64>,
        transform: &str,
        terms: Vec<Vec<usize>>,
    ) -> PyResult<(Vec<Test>, Test)> {
        let coefficients = coefficients.as_slice()?;
        let transform = TimeTransform::from_name(transform).map_err(|e| error::survival(&e))?;
        let found =
            self.with(py, |time, event, x, options| ph_test(time, event, x, options, coefficients, transform, &terms))?;
        Ok((found.terms.iter().map(test).collect(), test(&found.global)))
    }

    /// The model as one of the causes of a cumulative incidence.
    fn cause_hazard(
        &self,
        py: Python<'_>,
        coefficients: PyReadonlyArray1<'_, f64>,
        covariance: PyReadonlyArray2<'_, f64>,
    ) -> PyResult<PyCauseHazard> {
        let (coefficients, covariance) = (coefficients.as_slice()?, covariance.as_array());
        self.with(py, |time, event, x, options| CauseHazard::new(time, event, x, options, coefficients, covariance))
            .map(PyCauseHazard)
    }

    /// Survival of new subjects.
    #[pyo3(signature = (coefficients, covariance, x, *, strata=None, offset=None, times=None, interval="log"))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
    fn survival<'py>(
        &self,
        py: Python<'py>,
        coefficients: PyReadonlyArray1<'py, f64>,
        covariance: PyReadonlyArray2<'py, f64>,
        x: PyReadonlyArray2<'py, f64>,
        strata: Option<PyReadonlyArray1<'py, u32>>,
        offset: Option<PyReadonlyArray1<'py, f64>>,
        times: Option<PyReadonlyArray1<'py, f64>>,
        interval: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (coefficients, covariance) = (coefficients.as_slice()?, covariance.as_array());
        let subjects = CoxSubjects {
            x: x.as_array(),
            strata: slice(&strata)?,
            offset: slice(&offset)?,
            times: slice(&times)?,
            interval: IntervalType::from_name(interval).map_err(|e| error::survival(&e))?,
        };
        let found = self.with(py, |time, event, x, options| {
            cox_survival(time, event, x, options, coefficients, covariance, &subjects)
        })?;
        let out = PyDict::new(py);
        out.set_item("time", found.time.into_pyarray(py))?;
        out.set_item("survival", found.survival.into_pyarray(py))?;
        out.set_item("cumulative_hazard", found.cumulative_hazard.into_pyarray(py))?;
        out.set_item("standard_error", found.standard_error.into_pyarray(py))?;
        out.set_item("lower", found.lower.into_pyarray(py))?;
        out.set_item("upper", found.upper.into_pyarray(py))?;
        Ok(out)
    }
}
