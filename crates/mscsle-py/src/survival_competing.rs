//! Competing risks: Gray's test and the Fine-Gray model.

use crate::error;
use crate::survival::{near_ties, slice};
use mscsle_survival::{
    CauseHazard, CauseSubjects, CensoringTies, EventFree, FineGrayModel, FineGrayOptions, FineGrayTerm,
    FineGrayVariance, GrayOptions, TermStatus, Weights, cause_specific_incidence, fine_gray, gray_test,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

type Floats<'py> = PyReadonlyArray1<'py, f64>;
type Codes<'py> = PyReadonlyArray1<'py, u32>;

/// Gray's test of one cause between groups.
#[pyfunction]
#[pyo3(signature = (time, cause, group, *, n_causes, of, n_groups, strata=None, n_strata=1, rho, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_gray<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    cause: Codes<'py>,
    group: Codes<'py>,
    n_causes: usize,
    of: u32,
    n_groups: usize,
    strata: Option<Codes<'py>>,
    n_strata: usize,
    rho: f64,
    group_near_ties: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let (time, cause, group) = (time.as_slice()?, cause.as_slice()?, group.as_slice()?);
    let strata = slice(&strata)?.map(|codes| (codes, n_strata));
    let options = GrayOptions { rho, strata, near_ties: near_ties(group_near_ties) };
    let test = py
        .detach(|| gray_test(time, cause, n_causes, of, group, n_groups, &options))
        .map_err(|e| error::survival(&e))?;
    let out = PyDict::new(py);
    out.set_item("statistic", test.statistic)?;
    out.set_item("df", test.df)?;
    out.set_item("p_value", test.p_value)?;
    out.set_item("observed", test.observed.into_pyarray(py))?;
    out.set_item("expected", test.expected.into_pyarray(py))?;
    out.set_item("score", test.score.into_pyarray(py))?;
    out.set_item("variance", test.variance.into_pyarray(py))?;
    out.set_item("n", test.n.into_pyarray(py))?;
    Ok(out)
}

/// A fitted Fine-Gray model.
#[pyclass(module = "mscsle._core", name = "FineGray", frozen)]
pub(crate) struct PyFineGray(FineGrayModel);

impl PyFineGray {
    fn by_term<'py>(&self, py: Python<'py>, value: impl Fn(&FineGrayTerm) -> Option<f64>) -> Bound<'py, PyArray1<f64>> {
        let values: Vec<f64> = self.0.fit.terms.iter().map(|term| value(term).unwrap_or(f64::NAN)).collect();
        values.into_pyarray(py)
    }
}

#[pymethods]
impl PyFineGray {
    /// Fits the model.
    #[new]
    #[pyo3(signature = (time, cause, x, *, n_causes, of, ties, variance, entry=None, weights=None, frequency=true, cluster=None, n_clusters=0, censoring_groups=None, n_censoring_groups=1, names=None, conf_level, max_iterations, group_near_ties))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
    fn new(
        py: Python<'_>,
        time: Floats<'_>,
        cause: Codes<'_>,
        x: PyReadonlyArray2<'_, f64>,
        n_causes: usize,
        of: u32,
        ties: &str,
        variance: &str,
        entry: Option<Floats<'_>>,
        weights: Option<Floats<'_>>,
        frequency: bool,
        cluster: Option<Codes<'_>>,
        n_clusters: usize,
        censoring_groups: Option<Codes<'_>>,
        n_censoring_groups: usize,
        names: Option<Vec<String>>,
        conf_level: f64,
        max_iterations: usize,
        group_near_ties: bool,
    ) -> PyResult<Self> {
        let (time, cause, x) = (time.as_slice()?, cause.as_slice()?, x.as_array());
        let options = FineGrayOptions {
            ties: CensoringTies::from_name(ties).map_err(|e| error::survival(&e))?,
            variance: FineGrayVariance::from_name(variance).map_err(|e| error::survival(&e))?,
            entry: slice(&entry)?,
            weights: match slice(&weights)? {
                None => Weights::None,
                Some(values) if frequency => Weights::Frequency(values),
                Some(values) => Weights::Sampling(values),
            },
            clusters: slice(&cluster)?.map(|codes| (codes, n_clusters)),
            censoring_groups: slice(&censoring_groups)?.map(|codes| (codes, n_censoring_groups)),
            names: names.as_deref(),
            conf_level,
            max_iterations,
            near_ties: near_ties(group_near_ties),
        };
        let model = py.detach(|| fine_gray(time, cause, n_causes, of, x, &options)).map_err(|e| error::survival(&e))?;
        Ok(Self(model))
    }

    /// Everything the fit found; NaN where not estimable.
    fn fit<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fit = &self.0.fit;
        let word = |status: TermStatus| match status {
            TermStatus::Estimated => "estimated",
            TermStatus::Constant => "constant",
            TermStatus::Aliased => "aliased",
            TermStatus::NotConverged => "not converged",
            _ => "not estimable",
        };
        let out = PyDict::new(py);
        out.set_item("status", fit.terms.iter().map(|term| word(term.status)).collect::<Vec<_>>())?;
        out.set_item("coefficients", self.by_term(py, |term| term.coefficient))?;
        out.set_item("standard_errors", self.by_term(py, |term| term.standard_error))?;
        out.set_item("z", self.by_term(py, |term| term.z))?;
        out.set_item("p_value", self.by_term(py, |term| term.p_value))?;
        out.set_item("lower", self.by_term(py, |term| term.lower))?;
        out.set_item("upper", self.by_term(py, |term| term.upper))?;
        out.set_item("covariance", fit.covariance.clone().into_pyarray(py))?;
        out.set_item("naive_covariance", fit.naive_covariance.clone().into_pyarray(py))?;
        out.set_item("log_likelihood", (fit.log_likelihood_null, fit.log_likelihood))?;
        out.set_item("wald", (fit.wald.statistic, fit.wald.df, fit.wald.p_value))?;
        out.set_item("time", fit.time.clone().into_pyarray(py))?;
        out.set_item("baseline", fit.baseline.clone().into_pyarray(py))?;
        out.set_item("counts", (fit.n, fit.n_events, fit.n_competing))?;
        out.set_item("iterations", fit.iterations)?;
        out.set_item("converged", fit.converged)?;
        let notes: Vec<_> = fit.notes.iter().map(|note| (note.kind(), note.to_string())).collect();
        out.set_item("notes", notes)?;
        Ok(out)
    }

    /// Cumulative incidence of new subjects, subjects x times.
    #[pyo3(signature = (x, *, times=None, limits=true))]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
        times: Option<Floats<'py>>,
        limits: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (x, times) = (x.as_array(), slice(&times)?);
        let found = py.detach(|| self.0.predict(x, times, limits)).map_err(|e| error::survival(&e))?;
        let out = PyDict::new(py);
        out.set_item("time", found.time.into_pyarray(py))?;
        out.set_item("incidence", found.incidence.into_pyarray(py))?;
        out.set_item("standard_error", found.standard_error.into_pyarray(py))?;
        out.set_item("lower", found.lower.into_pyarray(py))?;
        out.set_item("upper", found.upper.into_pyarray(py))?;
        Ok(out)
    }
}

/// The Cox model of one cause at its coefficients.
#[pyclass(module = "mscsle._core", name = "CauseHazard", frozen)]
pub(crate) struct PyCauseHazard(pub(crate) CauseHazard);

/// Cumulative incidence of new subjects from the Cox models of all causes, subjects x causes x times.
#[pyfunction]
#[pyo3(signature = (causes, x, *, strata=None, times=None, survival, conf_level))]
pub(crate) fn survival_cause_specific<'py>(
    py: Python<'py>,
    causes: Vec<Bound<'py, PyCauseHazard>>,
    x: Vec<PyReadonlyArray2<'py, f64>>,
    strata: Option<Codes<'py>>,
    times: Option<Floats<'py>>,
    survival: &str,
    conf_level: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let subjects = CauseSubjects {
        x: x.iter().map(|x| x.as_array()).collect(),
        strata: slice(&strata)?,
        times: slice(&times)?,
        event_free: EventFree::from_name(survival).map_err(|e| error::survival(&e))?,
        conf_level,
    };
    let causes: Vec<&CauseHazard> = causes.iter().map(|cause| &cause.get().0).collect();
    let found = py.detach(|| cause_specific_incidence(&causes, &subjects)).map_err(|e| error::survival(&e))?;
    let out = PyDict::new(py);
    out.set_item("time", found.time.into_pyarray(py))?;
    out.set_item("incidence", found.incidence.into_pyarray(py))?;
    out.set_item("standard_error", found.standard_error.into_pyarray(py))?;
    out.set_item("lower", found.lower.into_pyarray(py))?;
    out.set_item("upper", found.upper.into_pyarray(py))?;
    Ok(out)
}
