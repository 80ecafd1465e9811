//! Kaplan-Meier, log-rank, Aalen-Johansen.

use crate::error;
use mscsle_survival::{
    Confidence, CumulativeIncidence, IncidenceOptions, IncidenceVariance, IntervalType, KaplanMeier,
    KaplanMeierOptions, LogRank, LogRankOptions, LogRankWeight, NearTies, Permutations, Weights, WholeColumn,
    cumulative_incidence_by, incidence_limits, kaplan_meier, kaplan_meier_by, logrank, logrank_exact,
    logrank_permutation, logrank_whole_days, pointwise_limits, steps_before, steps_until, survival_quantiles,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub(crate) type Floats<'py> = PyReadonlyArray1<'py, f64>;
pub(crate) type Codes<'py> = PyReadonlyArray1<'py, u32>;

pub(crate) fn slice<'a, T: numpy::Element>(array: &'a Option<PyReadonlyArray1<'_, T>>) -> PyResult<Option<&'a [T]>> {
    Ok(match array {
        Some(array) => Some(array.as_slice()?),
        None => None,
    })
}

pub(crate) fn confidence(interval: &str, level: f64) -> PyResult<Confidence> {
    let interval = IntervalType::from_name(interval).map_err(|e| error::survival(&e))?;
    Ok(Confidence { interval, level })
}

pub(crate) fn near_ties(group: bool) -> NearTies {
    if group { NearTies::Group } else { NearTies::Separate }
}

/// One curve per group.
#[pyfunction]
#[pyo3(signature = (time, event, *, group=None, n_groups=1, entry=None, weights=None, frequency=true, cluster=None, interval, level, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_kaplan_meier<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    group: Option<Codes<'py>>,
    n_groups: usize,
    entry: Option<Floats<'py>>,
    weights: Option<Floats<'py>>,
    frequency: bool,
    cluster: Option<Codes<'py>>,
    interval: &str,
    level: f64,
    group_near_ties: bool,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let (time, event, group) = (time.as_slice()?, event.as_slice()?, slice(&group)?);
    let options = KaplanMeierOptions {
        confidence: confidence(interval, level)?,
        near_ties: near_ties(group_near_ties),
        entry: slice(&entry)?,
        weights: match slice(&weights)? {
            None => Weights::None,
            Some(values) if frequency => Weights::Frequency(values),
            Some(values) => Weights::Sampling(values),
        },
        cluster: slice(&cluster)?,
    };
    let curves = py
        .detach(|| match group {
            None => kaplan_meier(time, event, &options).map(|curve| vec![curve]),
            Some(group) => kaplan_meier_by(time, event, group, n_groups, &options),
        })
        .map_err(|e| error::survival(&e))?;
    curves.into_iter().map(|curve| kaplan_meier_dict(py, curve)).collect()
}

pub(crate) fn kaplan_meier_dict<'py>(py: Python<'py>, curve: KaplanMeier) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("time", curve.time.into_pyarray(py))?;
    out.set_item("n_risk", curve.n_risk.into_pyarray(py))?;
    out.set_item("n_event", curve.n_event.into_pyarray(py))?;
    out.set_item("n_censor", curve.n_censor.into_pyarray(py))?;
    out.set_item("survival", curve.survival.into_pyarray(py))?;
    out.set_item("log_variance", curve.log_variance.into_pyarray(py))?;
    let risk_steps = curve.risk_steps.map(|steps| (steps.time.into_pyarray(py), steps.n_risk.into_pyarray(py)));
    out.set_item("risk_steps", risk_steps)?;
    out.set_item("n", curve.n)?;
    out.set_item("n_events", curve.n_events)?;
    out.set_item("variance", curve.variance.name())?;
    out.set_item("tolerance", curve.largest_gap)?;
    Ok(out)
}

/// Standard errors of a survival curve from the variance of its logarithm.
#[pyfunction]
pub(crate) fn survival_std_error<'py>(
    py: Python<'py>,
    survival: Floats<'py>,
    log_variance: Floats<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (survival, log_variance) = (survival.as_slice()?, log_variance.as_slice()?);
    Ok(py.detach(|| mscsle_survival::std_errors(survival, log_variance)).into_pyarray(py))
}

pub(crate) type Pair<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);
type Triple<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// Lower and upper limits of a survival curve.
#[pyfunction]
pub(crate) fn survival_limits<'py>(
    py: Python<'py>,
    survival: Floats<'py>,
    log_variance: Floats<'py>,
    interval: &str,
    level: f64,
) -> PyResult<Pair<'py>> {
    let (survival, log_variance) = (survival.as_slice()?, log_variance.as_slice()?);
    let confidence = confidence(interval, level)?;
    let (lower, upper) =
        py.detach(|| pointwise_limits(survival, log_variance, confidence)).map_err(|e| error::survival(&e))?;
    Ok((lower.into_pyarray(py), upper.into_pyarray(py)))
}

/// Quantiles with limits; NaN = not reached.
#[pyfunction]
pub(crate) fn survival_quantile<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    survival: Floats<'py>,
    lower: Floats<'py>,
    upper: Floats<'py>,
    probabilities: Floats<'py>,
) -> PyResult<Triple<'py>> {
    let (time, survival) = (time.as_slice()?, survival.as_slice()?);
    let (lower, upper, probabilities) = (lower.as_slice()?, upper.as_slice()?, probabilities.as_slice()?);
    let columns = py
        .detach(|| survival_quantiles(time, survival, lower, upper, probabilities))
        .map_err(|e| error::survival(&e))?;
    let [estimate, lower, upper] = columns.map(|column| column.into_pyarray(py));
    Ok((estimate, lower, upper))
}

/// Number of steps of a curve at or before each time, or strictly before it.
#[pyfunction]
#[pyo3(signature = (steps, times, tolerance, *, before=false))]
pub(crate) fn survival_steps<'py>(
    py: Python<'py>,
    steps: Floats<'py>,
    times: Floats<'py>,
    tolerance: f64,
    before: bool,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let (steps, times) = (steps.as_slice()?, times.as_slice()?);
    let count = if before { steps_before } else { steps_until };
    Ok(py.detach(|| count(steps, times, tolerance)).into_pyarray(py))
}

pub(crate) fn logrank_weight(test: &str, rho: f64, gamma: f64) -> PyResult<LogRankWeight> {
    LogRankWeight::from_name(test, rho, gamma).map_err(|e| error::survival(&e))
}

/// A log-rank test.
#[pyfunction]
#[pyo3(signature = (time, event, group, *, n_groups, strata=None, n_strata=1, entry=None, weights=None, test, rho, gamma, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_logrank<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    group: Codes<'py>,
    n_groups: usize,
    strata: Option<Codes<'py>>,
    n_strata: usize,
    entry: Option<Floats<'py>>,
    weights: Option<Floats<'py>>,
    test: &str,
    rho: f64,
    gamma: f64,
    group_near_ties: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let (time, event, group) = (time.as_slice()?, event.as_slice()?, group.as_slice()?);
    let options = LogRankOptions {
        weight: logrank_weight(test, rho, gamma)?,
        strata: slice(&strata)?.map(|codes| (codes, n_strata)),
        entry: slice(&entry)?,
        near_ties: near_ties(group_near_ties),
        weights: slice(&weights)?,
    };
    let test = py.detach(|| logrank(time, event, group, n_groups, &options)).map_err(|e| error::survival(&e))?;
    logrank_dict(py, test)
}

pub(crate) fn logrank_dict(py: Python<'_>, test: LogRank) -> PyResult<Bound<'_, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("statistic", test.statistic)?;
    out.set_item("df", test.df)?;
    out.set_item("p_value", test.p_value)?;
    out.set_item("observed", test.observed.into_pyarray(py))?;
    out.set_item("expected", test.expected.into_pyarray(py))?;
    out.set_item("score", test.score.into_pyarray(py))?;
    out.set_item("variance", test.variance.into_pyarray(py))?;
    out.set_item("n", test.n.into_pyarray(py))?;
    out.set_item("test", test.weight.name())?;
    Ok(out)
}

/// A column of numbers as the user holds it.
#[derive(FromPyObject)]
pub(crate) enum WholeArray<'py> {
    Float(PyReadonlyArray1<'py, f64>),
    Int64(PyReadonlyArray1<'py, i64>),
    Int32(PyReadonlyArray1<'py, i32>),
    Int8(PyReadonlyArray1<'py, i8>),
    UInt8(PyReadonlyArray1<'py, u8>),
    Bool(PyReadonlyArray1<'py, bool>),
}

impl WholeArray<'_> {
    fn column(&self) -> PyResult<WholeColumn<'_>> {
        Ok(match self {
            Self::Float(array) => WholeColumn::Float(array.as_slice()?),
            Self::Int64(array) => WholeColumn::Int64(array.as_slice()?),
            Self::Int32(array) => WholeColumn::Int32(array.as_slice()?),
            Self::Int8(array) => WholeColumn::Int8(array.as_slice()?),
            Self::UInt8(array) => WholeColumn::UInt8(array.as_slice()?),
            Self::Bool(array) => WholeColumn::Bool(array.as_slice()?),
        })
    }
}

/// A log-rank test of whole days and the levels of the group; None when the columns are not of this kind.
#[pyfunction]
#[pyo3(signature = (time, event, group, *, test, rho, gamma))]
pub(crate) fn survival_logrank_whole_days<'py>(
    py: Python<'py>,
    time: WholeArray<'py>,
    event: WholeArray<'py>,
    group: WholeArray<'py>,
    test: &str,
    rho: f64,
    gamma: f64,
) -> PyResult<Option<(Bound<'py, PyDict>, Vec<i64>)>> {
    let (time, event, group) = (time.column()?, event.column()?, group.column()?);
    let weight = logrank_weight(test, rho, gamma)?;
    let found = py.detach(|| logrank_whole_days(time, event, group, weight)).map_err(|e| error::survival(&e))?;
    found.map(|(test, levels)| Ok((logrank_dict(py, test)?, levels))).transpose()
}

/// Cumulative incidence of competing events, one curve per group.
#[pyfunction]
#[pyo3(signature = (time, cause, *, n_causes, group, n_groups, entry=None, variance, interval, level, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_incidence<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    cause: Codes<'py>,
    n_causes: usize,
    group: Codes<'py>,
    n_groups: usize,
    entry: Option<Floats<'py>>,
    variance: &str,
    interval: &str,
    level: f64,
    group_near_ties: bool,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let (time, cause, group) = (time.as_slice()?, cause.as_slice()?, group.as_slice()?);
    let options = IncidenceOptions {
        confidence: confidence(interval, level)?,
        variance: IncidenceVariance::from_name(variance).map_err(|e| error::survival(&e))?,
        near_ties: near_ties(group_near_ties),
        entry: slice(&entry)?,
    };
    let curves = py
        .detach(|| cumulative_incidence_by(time, cause, n_causes, group, n_groups, &options))
        .map_err(|e| error::survival(&e))?;
    curves.into_iter().map(|curve| incidence_dict(py, curve)).collect()
}

pub(crate) fn incidence_dict<'py>(py: Python<'py>, curve: CumulativeIncidence) -> PyResult<Bound<'py, PyDict>> {
    let arrays = |columns: Vec<Vec<f64>>| -> Vec<_> { columns.into_iter().map(|c| c.into_pyarray(py)).collect() };
    let out = PyDict::new(py);
    out.set_item("time", curve.time.into_pyarray(py))?;
    out.set_item("n_risk", curve.n_risk.into_pyarray(py))?;
    out.set_item("n_event", arrays(curve.n_event))?;
    out.set_item("n_censor", curve.n_censor.into_pyarray(py))?;
    out.set_item("survival", curve.survival.into_pyarray(py))?;
    out.set_item("incidence", arrays(curve.incidence))?;
    out.set_item("variance", arrays(curve.variance))?;
    out.set_item("n", curve.n)?;
    out.set_item("variance_type", curve.variance_type.name())?;
    out.set_item("tolerance", curve.largest_gap)?;
    Ok(out)
}

/// Lower and upper limits of a cumulative incidence.
#[pyfunction]
pub(crate) fn survival_incidence_limits<'py>(
    py: Python<'py>,
    incidence: Floats<'py>,
    variance: Floats<'py>,
    interval: &str,
    level: f64,
) -> PyResult<Pair<'py>> {
    let (incidence, variance) = (incidence.as_slice()?, variance.as_slice()?);
    let confidence = confidence(interval, level)?;
    let (lower, upper) =
        py.detach(|| incidence_limits(incidence, variance, confidence)).map_err(|e| error::survival(&e))?;
    Ok((lower.into_pyarray(py), upper.into_pyarray(py)))
}

/// The p-value of the exact conditional (`permutations` None) or the permutation log-rank test.
#[pyfunction]
#[pyo3(signature = (time, event, group, *, n_groups, strata=None, n_strata=1, entry=None, test, rho, gamma, group_near_ties, permutations=None, seed=0))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_logrank_small<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    group: Codes<'py>,
    n_groups: usize,
    strata: Option<Codes<'py>>,
    n_strata: usize,
    entry: Option<Floats<'py>>,
    test: &str,
    rho: f64,
    gamma: f64,
    group_near_ties: bool,
    permutations: Option<u64>,
    seed: u64,
) -> PyResult<Bound<'py, PyDict>> {
    let (time, event, group) = (time.as_slice()?, event.as_slice()?, group.as_slice()?);
    let options = LogRankOptions {
        weight: logrank_weight(test, rho, gamma)?,
        strata: slice(&strata)?.map(|codes| (codes, n_strata)),
        entry: slice(&entry)?,
        near_ties: near_ties(group_near_ties),
        weights: None,
    };
    let found = py
        .detach(|| match permutations {
            None => logrank_exact(time, event, group, n_groups, &options),
            Some(count) => logrank_permutation(time, event, group, n_groups, &options, Permutations { count, seed }),
        })
        .map_err(|e| error::survival(&e))?;
    let out = PyDict::new(py);
    out.set_item("statistic", found.statistic)?;
    out.set_item("expected", found.expected)?;
    out.set_item("p_value", found.p_value)?;
    out.set_item("permutations", found.permutations)?;
    out.set_item("complete", found.complete)?;
    Ok(out)
}

/// Restricted mean survival time of a curve and its standard error.
#[pyfunction]
pub(crate) fn survival_rmst(
    time: Floats<'_>,
    n_risk: Floats<'_>,
    n_event: Floats<'_>,
    survival: Floats<'_>,
    tau: f64,
    tolerance: f64,
) -> PyResult<(f64, f64)> {
    let (time, survival) = (time.as_slice()?, survival.as_slice()?);
    let found = mscsle_survival::rmst(time, n_risk.as_slice()?, n_event.as_slice()?, survival, tau, tolerance)
        .map_err(|e| error::survival(&e))?;
    Ok((found.estimate, found.std_error))
}

type ContrastTuple = (f64, f64, f64, f64, f64);

/// A contrast of two independent estimates (estimate, standard error): estimate, standard error, limits, p.
#[pyfunction]
pub(crate) fn survival_contrast(kind: &str, a: (f64, f64), b: (f64, f64), level: f64) -> PyResult<ContrastTuple> {
    let z = Confidence { level, ..Confidence::default() }.critical_value().map_err(|e| error::survival(&e))?;
    let kind = mscsle_survival::ContrastKind::from_name(kind).map_err(|e| error::survival(&e))?;
    let found = kind.of(a, b, z).map_err(|e| error::survival(&e))?;
    Ok((found.estimate, found.std_error, found.lower, found.upper, found.p_value))
}

/// Hybrid limits of a difference of survival probabilities (survival, standard error, number at risk).
#[pyfunction]
pub(crate) fn survival_hybrid_difference(a: (f64, f64, f64), b: (f64, f64, f64), level: f64) -> PyResult<(f64, f64)> {
    let z = Confidence { level, ..Confidence::default() }.critical_value().map_err(|e| error::survival(&e))?;
    let [a, b] =
        [a, b].map(|(survival, std_error, n_risk)| mscsle_survival::SurvivalPoint { survival, std_error, n_risk });
    mscsle_survival::hybrid_difference(a, b, z).map_err(|e| error::survival(&e))
}

/// The normal quantile of two-sided limits.
#[pyfunction]
pub(crate) fn survival_critical_value(level: f64) -> PyResult<f64> {
    Confidence { level, ..Confidence::default() }.critical_value().map_err(|e| error::survival(&e))
}
