//! Simultaneous bands, cumulative hazards, follow-up and the bootstrap.

use crate::error;
use crate::survival::{Codes, Floats, Pair, confidence, kaplan_meier_dict, near_ties, slice};
use mscsle_survival::{
    BandCritical, BandKind, BandOptions, BootstrapInterval, BootstrapOf, FollowUpTies, HazardEstimator,
    KaplanMeierOptions, Replicates, SurvivalError, Weights, band_critical_value, bootstrap_by, bootstrap_limits,
    cumulative_hazard_by, follow_up_by, hazard_limits, landmark_rows, simultaneous_band,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

fn raise(found: SurvivalError) -> PyErr {
    error::survival(&found)
}

/// The critical value of a simultaneous band between two places of the bridge.
#[pyfunction]
pub(crate) fn survival_band_critical(kind: &str, critical: &str, a: f64, b: f64, level: f64) -> PyResult<f64> {
    let (kind, critical) =
        (BandKind::from_name(kind).map_err(raise)?, BandCritical::from_name(critical).map_err(raise)?);
    band_critical_value(kind, critical, a, b, level).map_err(raise)
}

/// A simultaneous band of a Kaplan-Meier curve.
#[pyfunction]
#[pyo3(signature = (time, survival, log_variance, *, n, kind, critical, interval, level, start=None, end=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_band<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    survival: Floats<'py>,
    log_variance: Floats<'py>,
    n: f64,
    kind: &str,
    critical: &str,
    interval: &str,
    level: f64,
    start: Option<f64>,
    end: Option<f64>,
) -> PyResult<Bound<'py, PyDict>> {
    let (time, survival, log_variance) = (time.as_slice()?, survival.as_slice()?, log_variance.as_slice()?);
    let options = BandOptions {
        kind: BandKind::from_name(kind).map_err(raise)?,
        critical: BandCritical::from_name(critical).map_err(raise)?,
        interval: confidence(interval, level)?.interval,
        level,
        start,
        end,
    };
    let band = py.detach(|| simultaneous_band(time, survival, log_variance, n, &options)).map_err(raise)?;
    let out = PyDict::new(py);
    out.set_item("first", band.first)?;
    out.set_item("lower", band.lower.into_pyarray(py))?;
    out.set_item("upper", band.upper.into_pyarray(py))?;
    out.set_item("range", band.range)?;
    out.set_item("bridge", band.bridge)?;
    out.set_item("critical_value", band.critical_value)?;
    out.set_item("kind", options.kind.name())?;
    Ok(out)
}

/// The cumulative hazard of each group.
#[pyfunction]
#[pyo3(signature = (time, event, group, *, n_groups, estimator, entry=None, weights=None, frequency=true, cluster=None, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_hazard<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    group: Codes<'py>,
    n_groups: usize,
    estimator: &str,
    entry: Option<Floats<'py>>,
    weights: Option<Floats<'py>>,
    frequency: bool,
    cluster: Option<Codes<'py>>,
    group_near_ties: bool,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let (time, event, group) = (time.as_slice()?, event.as_slice()?, group.as_slice()?);
    let estimator = HazardEstimator::from_name(estimator).map_err(raise)?;
    let options = KaplanMeierOptions {
        near_ties: near_ties(group_near_ties),
        entry: slice(&entry)?,
        weights: match slice(&weights)? {
            None => Weights::None,
            Some(values) if frequency => Weights::Frequency(values),
            Some(values) => Weights::Sampling(values),
        },
        cluster: slice(&cluster)?,
        ..KaplanMeierOptions::default()
    };
    let found = py.detach(|| cumulative_hazard_by(time, event, group, n_groups, estimator, &options)).map_err(raise)?;
    found
        .into_iter()
        .map(|hazard| {
            let out = kaplan_meier_dict(py, hazard.curve)?;
            out.set_item("hazard", hazard.hazard.into_pyarray(py))?;
            out.set_item("hazard_variance", hazard.hazard_variance.into_pyarray(py))?;
            out.set_item("estimator", hazard.estimator.name())?;
            Ok(out)
        })
        .collect()
}

/// Lower and upper limits of a cumulative hazard.
#[pyfunction]
pub(crate) fn survival_hazard_limits<'py>(
    py: Python<'py>,
    hazard: Floats<'py>,
    variance: Floats<'py>,
    scale: &str,
    level: f64,
) -> PyResult<Pair<'py>> {
    let (hazard, variance) = (hazard.as_slice()?, variance.as_slice()?);
    let (lower, upper) = py.detach(|| hazard_limits(hazard, variance, scale, level)).map_err(raise)?;
    Ok((lower.into_pyarray(py), upper.into_pyarray(py)))
}

/// The reverse Kaplan-Meier curve of each group.
#[pyfunction]
#[pyo3(signature = (time, event, group, *, n_groups, ties, entry=None, weights=None, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_follow_up<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    group: Codes<'py>,
    n_groups: usize,
    ties: &str,
    entry: Option<Floats<'py>>,
    weights: Option<Floats<'py>>,
    group_near_ties: bool,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let (time, event, group) = (time.as_slice()?, event.as_slice()?, group.as_slice()?);
    let ties = FollowUpTies::from_name(ties).map_err(raise)?;
    let options = KaplanMeierOptions {
        near_ties: near_ties(group_near_ties),
        entry: slice(&entry)?,
        weights: slice(&weights)?.map_or(Weights::None, Weights::Frequency),
        ..KaplanMeierOptions::default()
    };
    let curves = py.detach(|| follow_up_by(time, event, group, n_groups, ties, &options)).map_err(raise)?;
    curves.into_iter().map(|curve| kaplan_meier_dict(py, curve)).collect()
}

type LandmarkTuple<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
    Option<Bound<'py, PyArray1<f64>>>,
);

/// Rows at risk after a landmark: status of all rows (0 kept, 1 event, 2 censored), rows kept, their time and entry since.
#[pyfunction]
#[pyo3(signature = (time, event, *, landmark, entry=None, group_near_ties))]
pub(crate) fn survival_landmark<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    landmark: f64,
    entry: Option<Floats<'py>>,
    group_near_ties: bool,
) -> PyResult<LandmarkTuple<'py>> {
    let (time, event, entry) = (time.as_slice()?, event.as_slice()?, slice(&entry)?);
    let ties = near_ties(group_near_ties);
    let left = py.detach(|| landmark_rows(time, event, entry, landmark, ties)).map_err(raise)?;
    let status: Vec<i64> = left.status.iter().map(|&status| status as i64).collect();
    let rows: Vec<i64> = left.rows.iter().map(|&row| row as i64).collect();
    let entry = left.entry.map(|entry| entry.into_pyarray(py));
    Ok((status.into_pyarray(py), rows.into_pyarray(py), left.time.into_pyarray(py), entry))
}

/// Bootstrap replicates of a quantile, of survival at a time or of a restricted mean, by group.
#[pyfunction]
#[pyo3(signature = (time, event, group, *, n_groups, of, at, group_near_ties, replicates, seed))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_bootstrap<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    group: Codes<'py>,
    n_groups: usize,
    of: &str,
    at: f64,
    group_near_ties: bool,
    replicates: u64,
    seed: u64,
) -> PyResult<Vec<Bound<'py, PyArray1<f64>>>> {
    let (time, event, group) = (time.as_slice()?, event.as_slice()?, group.as_slice()?);
    let of = BootstrapOf::from_name(of, at).map_err(raise)?;
    let (ties, replicates) = (near_ties(group_near_ties), Replicates { count: replicates, seed });
    let found = py.detach(|| bootstrap_by(time, event, group, n_groups, of, ties, replicates)).map_err(raise)?;
    Ok(found.into_iter().map(|values| values.into_pyarray(py)).collect())
}

/// Lower and upper limit and standard error from bootstrap replicates.
#[pyfunction]
pub(crate) fn survival_bootstrap_limits(
    estimate: f64,
    replicates: Floats<'_>,
    interval: &str,
    level: f64,
) -> PyResult<(f64, f64, f64)> {
    let interval = BootstrapInterval::from_name(interval).map_err(raise)?;
    bootstrap_limits(estimate, replicates.as_slice()?, interval, level).map_err(raise)
}
