//! Trend, pairs and max-combo of the log-rank family.

use crate::error;
use crate::survival::{Codes, Floats, logrank_dict, logrank_weight, near_ties, slice};
use mscsle_survival::{LogRankOptions, SurvivalError, logrank, logrank_pairs, max_combo};
use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The log-rank test of all groups with a trend over scores of the groups.
#[pyfunction]
#[pyo3(signature = (time, event, group, *, scores, strata=None, n_strata=1, entry=None, weights=None, test, rho, gamma, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_logrank_trend<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    group: Codes<'py>,
    scores: Floats<'py>,
    strata: Option<Codes<'py>>,
    n_strata: usize,
    entry: Option<Floats<'py>>,
    weights: Option<Floats<'py>>,
    test: &str,
    rho: f64,
    gamma: f64,
    group_near_ties: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let (time, event, group, scores) = (time.as_slice()?, event.as_slice()?, group.as_slice()?, scores.as_slice()?);
    let options = LogRankOptions {
        weight: logrank_weight(test, rho, gamma)?,
        strata: slice(&strata)?.map(|codes| (codes, n_strata)),
        entry: slice(&entry)?,
        near_ties: near_ties(group_near_ties),
        weights: slice(&weights)?,
    };
    let (all, trend) = py
        .detach(|| {
            let all = logrank(time, event, group, scores.len(), &options)?;
            let trend = all.trend(scores)?;
            Ok((all, trend))
        })
        .map_err(|e: SurvivalError| error::survival(&e))?;
    let out = logrank_dict(py, all)?;
    out.set_item("z", trend.z)?;
    out.set_item("trend_p_value", trend.p_value)?;
    out.set_item("trend_score", trend.score)?;
    out.set_item("trend_variance", trend.variance)?;
    Ok(out)
}

type PairTest<'py> = (u32, u32, Option<Bound<'py, PyDict>>, Option<String>);

/// The log-rank test of each pair of groups, or why there is none.
#[pyfunction]
#[pyo3(signature = (time, event, group, *, n_groups, strata=None, n_strata=1, entry=None, weights=None, test, rho, gamma, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_logrank_pairs<'py>(
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
) -> PyResult<Vec<PairTest<'py>>> {
    let (time, event, group) = (time.as_slice()?, event.as_slice()?, group.as_slice()?);
    let options = LogRankOptions {
        weight: logrank_weight(test, rho, gamma)?,
        strata: slice(&strata)?.map(|codes| (codes, n_strata)),
        entry: slice(&entry)?,
        near_ties: near_ties(group_near_ties),
        weights: slice(&weights)?,
    };
    let pairs = py.detach(|| logrank_pairs(time, event, group, n_groups, &options)).map_err(|e| error::survival(&e))?;
    pairs
        .into_iter()
        .map(|pair| {
            let (first, second) = pair.groups;
            Ok(match pair.test {
                Ok(test) => (first, second, Some(logrank_dict(py, test)?), None),
                Err(why) => (first, second, None, Some(why.to_string())),
            })
        })
        .collect()
}

/// The max-combo test of two groups; `tests` holds (test, rho, gamma).
#[pyfunction]
#[pyo3(signature = (time, event, group, *, tests, strata=None, n_strata=1, entry=None, weights=None, group_near_ties))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_max_combo<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: PyReadonlyArray1<'py, bool>,
    group: Codes<'py>,
    tests: Vec<(String, f64, f64)>,
    strata: Option<Codes<'py>>,
    n_strata: usize,
    entry: Option<Floats<'py>>,
    weights: Option<Floats<'py>>,
    group_near_ties: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let (time, event, group) = (time.as_slice()?, event.as_slice()?, group.as_slice()?);
    let kinds =
        tests.iter().map(|(test, rho, gamma)| logrank_weight(test, *rho, *gamma)).collect::<PyResult<Vec<_>>>()?;
    let options = LogRankOptions {
        strata: slice(&strata)?.map(|codes| (codes, n_strata)),
        entry: slice(&entry)?,
        near_ties: near_ties(group_near_ties),
        weights: slice(&weights)?,
        ..LogRankOptions::default()
    };
    let found = py.detach(|| max_combo(time, event, group, &kinds, &options)).map_err(|e| error::survival(&e))?;
    let out = PyDict::new(py);
    out.set_item("statistic", found.statistic)?;
    out.set_item("p_value", found.p_value)?;
    out.set_item("largest", found.largest)?;
    out.set_item("z", found.z.into_pyarray(py))?;
    out.set_item("correlation", found.correlation.into_pyarray(py))?;
    out.set_item("rank", found.rank)?;
    out.set_item("tests", found.weights.iter().map(|weight| weight.name()).collect::<Vec<_>>())?;
    out.set_item("observed", found.observed.to_vec().into_pyarray(py))?;
    out.set_item("expected", found.expected.to_vec().into_pyarray(py))?;
    out.set_item("n", found.n.to_vec().into_pyarray(py))?;
    Ok(out)
}
