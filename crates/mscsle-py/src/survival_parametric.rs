//! Accelerated failure time and spline models.

use crate::error;
use mscsle_survival::{
    AftFamily, AftFit, CoxTest, ParametricModel, ParametricNote, ParametricOptions, ParametricTerm, RoystonParmarFit,
    SplineKnots, SplineScale, TermStatus, Weights, aft, royston_parmar,
};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

type Floats<'py> = PyReadonlyArray1<'py, f64>;
type Matrix<'py> = Bound<'py, PyArray2<f64>>;
type Column<'py> = Bound<'py, PyArray1<f64>>;
/// Name, status, estimate, standard error, z, p-value, lower, upper.
pub(crate) type Term =
    (String, &'static str, Option<f64>, Option<f64>, Option<f64>, Option<f64>, Option<f64>, Option<f64>);

pub(crate) fn term(term: &ParametricTerm) -> Term {
    let status = match term.status {
        TermStatus::Estimated => "estimated",
        TermStatus::Constant => "constant",
        TermStatus::Aliased => "aliased",
        _ => "not estimable",
    };
    (term.name.clone(), status, term.coefficient, term.standard_error, term.z, term.p_value, term.lower, term.upper)
}

fn test(test: &CoxTest) -> (f64, usize, f64) {
    (test.statistic, test.df, test.p_value)
}

fn words(notes: &[ParametricNote]) -> Vec<(&'static str, String)> {
    notes.iter().map(|note| (note.kind(), note.to_string())).collect()
}

fn slice<'a, T: numpy::Element>(array: &'a Option<PyReadonlyArray1<'_, T>>) -> PyResult<Option<&'a [T]>> {
    Ok(array.as_ref().map(|array| array.as_slice()).transpose()?)
}

/// What both fits share, as the class shows it.
struct Common {
    terms: Vec<ParametricTerm>,
    ratios: Vec<ParametricTerm>,
    covariance: ndarray::Array2<f64>,
    naive_covariance: Option<ndarray::Array2<f64>>,
    log_likelihood: (f64, f64),
    likelihood_ratio: CoxTest,
    n: f64,
    kinds: [f64; 4],
    iterations: usize,
    converged: bool,
    notes: Vec<ParametricNote>,
    model: ParametricModel,
    knots: Vec<f64>,
    scale: f64,
    accelerated: Option<AftFit>,
}

impl From<AftFit> for Common {
    fn from(fit: AftFit) -> Self {
        Self {
            terms: fit.terms.clone(),
            ratios: fit.log_ratios.clone(),
            covariance: fit.covariance.clone(),
            naive_covariance: fit.naive_covariance.clone(),
            log_likelihood: (fit.log_likelihood_null, fit.log_likelihood),
            likelihood_ratio: fit.likelihood_ratio.clone(),
            n: fit.n,
            kinds: fit.kinds,
            iterations: fit.iterations,
            converged: fit.converged,
            notes: fit.notes.clone(),
            model: fit.model.clone(),
            knots: Vec::new(),
            scale: fit.scale,
            accelerated: Some(fit),
        }
    }
}

impl From<RoystonParmarFit> for Common {
    fn from(fit: RoystonParmarFit) -> Self {
        Self {
            terms: fit.terms,
            ratios: Vec::new(),
            covariance: fit.covariance,
            naive_covariance: fit.naive_covariance,
            log_likelihood: (fit.log_likelihood_null, fit.log_likelihood),
            likelihood_ratio: fit.likelihood_ratio,
            n: fit.n,
            kinds: fit.kinds,
            iterations: fit.iterations,
            converged: fit.converged,
            notes: fit.notes,
            model: fit.model,
            knots: fit.knots,
            scale: f64::NAN,
            accelerated: None,
        }
    }
}

/// A fitted parametric model.
#[pyclass(module = "mscsle._core", name = "ParametricFit", frozen)]
pub(crate) struct PyParametricFit(Common);

#[pymethods]
impl PyParametricFit {
    #[getter]
    fn terms(&self) -> Vec<Term> {
        self.0.terms.iter().map(term).collect()
    }

    /// Log hazard or odds ratios of an accelerated model.
    #[getter]
    fn ratios(&self) -> Vec<Term> {
        self.0.ratios.iter().map(term).collect()
    }

    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> Matrix<'py> {
        self.0.covariance.clone().into_pyarray(py)
    }

    #[getter]
    fn naive_covariance<'py>(&self, py: Python<'py>) -> Option<Matrix<'py>> {
        self.0.naive_covariance.clone().map(|matrix| matrix.into_pyarray(py))
    }

    /// Without and with covariates.
    #[getter]
    fn log_likelihood(&self) -> (f64, f64) {
        self.0.log_likelihood
    }

    #[getter]
    fn likelihood_ratio(&self) -> (f64, usize, f64) {
        test(&self.0.likelihood_ratio)
    }

    #[getter]
    fn n(&self) -> f64 {
        self.0.n
    }

    #[getter]
    fn kinds(&self) -> (f64, f64, f64, f64) {
        self.0.kinds.into()
    }

    #[getter]
    fn iterations(&self) -> usize {
        self.0.iterations
    }

    #[getter]
    fn converged(&self) -> bool {
        self.0.converged
    }

    #[getter]
    fn notes(&self) -> Vec<(&'static str, String)> {
        words(&self.0.notes)
    }

    /// Log times of the knots of a spline.
    #[getter]
    fn knots(&self) -> Vec<f64> {
        self.0.knots.clone()
    }

    /// Scale of an accelerated model, NaN for a spline.
    #[getter]
    fn scale(&self) -> f64 {
        self.0.scale
    }

    /// Survival, lower, upper, hazard: subjects x times.
    fn survival<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
        times: Floats<'py>,
        level: f64,
    ) -> PyResult<(Matrix<'py>, Matrix<'py>, Matrix<'py>, Matrix<'py>)> {
        let (x, times) = (x.as_array(), times.as_slice()?);
        let found = py.detach(|| self.0.model.survival(x, times, level)).map_err(|e| error::survival(&e))?;
        Ok((
            found.survival.into_pyarray(py),
            found.lower.into_pyarray(py),
            found.upper.into_pyarray(py),
            found.hazard.into_pyarray(py),
        ))
    }

    /// Quantile, standard error, lower, upper: subjects x fractions.
    fn quantile<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
        fractions: Floats<'py>,
        level: f64,
    ) -> PyResult<(Matrix<'py>, Matrix<'py>, Matrix<'py>, Matrix<'py>)> {
        let (x, fractions) = (x.as_array(), fractions.as_slice()?);
        let found = py.detach(|| self.0.model.quantile(x, fractions, level)).map_err(|e| error::survival(&e))?;
        Ok((
            found.estimate.into_pyarray(py),
            found.standard_error.into_pyarray(py),
            found.lower.into_pyarray(py),
            found.upper.into_pyarray(py),
        ))
    }

    /// Mean, standard error, lower, upper of each subject; None for a spline.
    fn means<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
        level: f64,
    ) -> PyResult<Option<(Column<'py>, Column<'py>, Column<'py>, Column<'py>)>> {
        let Some(fit) = &self.0.accelerated else {
            return Ok(None);
        };
        let x = x.as_array();
        let found = py.detach(|| fit.means(x, level)).map_err(|e| error::survival(&e))?;
        Ok(Some((
            found.estimate.into_pyarray(py),
            found.standard_error.into_pyarray(py),
            found.lower.into_pyarray(py),
            found.upper.into_pyarray(py),
        )))
    }
}

/// Which model: an accelerated one by its distribution, or a spline by its scale and knots.
enum Kind<'a> {
    Accelerated(AftFamily),
    Spline(SplineScale, SplineKnots<'a>),
}

/// Fits an accelerated failure time model (`distribution`) or a spline model (`scale`, `interior` or `knots`).
#[pyfunction]
#[pyo3(signature = (lower, upper, x, *, distribution=None, scale=None, interior=1, knots=None, entry=None, weights=None, frequency=true, cluster=None, offset=None, names, conf_level, max_iterations))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_parametric<'py>(
    py: Python<'py>,
    lower: Floats<'py>,
    upper: Floats<'py>,
    x: PyReadonlyArray2<'py, f64>,
    distribution: Option<&str>,
    scale: Option<&str>,
    interior: usize,
    knots: Option<Floats<'py>>,
    entry: Option<Floats<'py>>,
    weights: Option<Floats<'py>>,
    frequency: bool,
    cluster: Option<PyReadonlyArray1<'py, u32>>,
    offset: Option<Floats<'py>>,
    names: Vec<String>,
    conf_level: f64,
    max_iterations: usize,
) -> PyResult<PyParametricFit> {
    let (lower, upper, x) = (lower.as_slice()?, upper.as_slice()?, x.as_array());
    let kind = match (distribution, scale) {
        (Some(word), _) => Kind::Accelerated(AftFamily::from_name(word).map_err(|e| error::survival(&e))?),
        (None, word) => {
            let scale = SplineScale::from_name(word.unwrap_or("hazard")).map_err(|e| error::survival(&e))?;
            Kind::Spline(scale, slice(&knots)?.map_or(SplineKnots::Interior(interior), SplineKnots::LogTimes))
        }
    };
    let options = ParametricOptions {
        entry: slice(&entry)?,
        weights: match slice(&weights)? {
            None => Weights::None,
            Some(values) if frequency => Weights::Frequency(values),
            Some(values) => Weights::Sampling(values),
        },
        cluster: slice(&cluster)?,
        offset: slice(&offset)?,
        names: Some(&names),
        conf_level,
        max_iterations,
    };
    py.detach(|| match kind {
        Kind::Accelerated(family) => aft(lower, upper, x, family, &options).map(Common::from),
        Kind::Spline(scale, knots) => royston_parmar(lower, upper, x, scale, knots, &options).map(Common::from),
    })
    .map(PyParametricFit)
    .map_err(|e| error::survival(&e))
}
