//! How well predictions agree with what happened.

use crate::error;
use crate::survival_cox::slice;
use mscsle_survival::{Concordance, ConcordanceOptions, NearTies, TimeWeight, Weights, concordance, prediction_error};
use numpy::{IntoPyArray, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

fn near_ties(group: bool) -> NearTies {
    if group { NearTies::Group } else { NearTies::Separate }
}

/// A concordance as a dictionary.
pub(crate) fn concordance_dict<'py>(py: Python<'py>, found: &Concordance) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("concordance", found.concordance)?;
    out.set_item("standard_error", found.standard_error)?;
    out.set_item("lower", found.lower)?;
    out.set_item("upper", found.upper)?;
    out.set_item("conf_level", found.conf_level)?;
    out.set_item("n_concordant", found.n_concordant)?;
    out.set_item("n_discordant", found.n_discordant)?;
    out.set_item("tied_x", found.tied_x)?;
    out.set_item("tied_y", found.tied_y)?;
    out.set_item("tied_xy", found.tied_xy)?;
    out.set_item("tau", found.tau)?;
    out.set_item("method", found.method)?;
    Ok(out)
}

/// Concordance of a score with the order of events.
#[pyfunction]
#[pyo3(signature = (time, event, score, *, kind, tau=None, entry=None, strata=None, weights=None, frequency=true, cluster=None, conf_level, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_concordance<'py>(
    py: Python<'py>,
    time: PyReadonlyArray1<'py, f64>,
    event: PyReadonlyArray1<'py, bool>,
    score: PyReadonlyArray1<'py, f64>,
    kind: &str,
    tau: Option<f64>,
    entry: Option<PyReadonlyArray1<'py, f64>>,
    strata: Option<PyReadonlyArray1<'py, u32>>,
    weights: Option<PyReadonlyArray1<'py, f64>>,
    frequency: bool,
    cluster: Option<PyReadonlyArray1<'py, u32>>,
    conf_level: f64,
    group_near_ties: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let options = ConcordanceOptions {
        entry: slice(&entry)?,
        strata: slice(&strata)?,
        weights: match slice(&weights)? {
            None => Weights::None,
            Some(values) if frequency => Weights::Frequency(values),
            Some(values) => Weights::Sampling(values),
        },
        cluster: slice(&cluster)?,
        time_weight: TimeWeight::from_name(kind).map_err(|e| error::survival(&e))?,
        tau,
        conf_level,
        near_ties: near_ties(group_near_ties),
    };
    let (time, event, score) = (time.as_slice()?, event.as_slice()?, score.as_slice()?);
    let found = py.detach(|| concordance(time, event, score, &options)).map_err(|e| error::survival(&e))?;
    concordance_dict(py, &found)
}

/// Brier score and time-dependent AUC of predicted survival.
#[pyfunction]
#[pyo3(signature = (time, event, survival, times, *, conf_level, group_near_ties))]
pub(crate) fn survival_prediction_error<'py>(
    py: Python<'py>,
    time: PyReadonlyArray1<'py, f64>,
    event: PyReadonlyArray1<'py, bool>,
    survival: PyReadonlyArray2<'py, f64>,
    times: PyReadonlyArray1<'py, f64>,
    conf_level: f64,
    group_near_ties: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let (time, event, times) = (time.as_slice()?, event.as_slice()?, times.as_slice()?);
    let survival = survival.as_array();
    let ties = near_ties(group_near_ties);
    let found = py
        .detach(|| prediction_error(time, event, survival, times, conf_level, ties))
        .map_err(|e| error::survival(&e))?;
    let whole = |counts: Vec<usize>| counts.into_iter().map(|count| count as i64).collect::<Vec<i64>>();
    let out = PyDict::new(py);
    out.set_item("time", found.time.into_pyarray(py))?;
    out.set_item("brier", found.brier.into_pyarray(py))?;
    out.set_item("brier_standard_error", found.brier_standard_error.into_pyarray(py))?;
    out.set_item("brier_null", found.brier_null.into_pyarray(py))?;
    out.set_item("auc", found.auc.into_pyarray(py))?;
    out.set_item("auc_standard_error", found.auc_standard_error.into_pyarray(py))?;
    out.set_item("n_events", whole(found.n_events).into_pyarray(py))?;
    out.set_item("n_beyond", whole(found.n_beyond).into_pyarray(py))?;
    out.set_item("integrated_brier", found.integrated_brier)?;
    out.set_item("integrated_brier_null", found.integrated_brier_null)?;
    out.set_item("critical_value", found.critical_value)?;
    out.set_item("method", found.method)?;
    Ok(out)
}
