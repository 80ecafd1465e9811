//! Mean cumulative functions of recurrent events.

use crate::error;
use crate::survival::{near_ties, slice};
use mscsle_survival::{RecurrentRows, mean_cumulative, mean_cumulative_test};
use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

type Floats<'py> = PyReadonlyArray1<'py, f64>;
type Codes<'py> = PyReadonlyArray1<'py, u32>;
type Flags<'py> = PyReadonlyArray1<'py, bool>;

/// Mean cumulative function by group, or (`test`) the comparison of the groups.
#[pyfunction]
#[pyo3(signature = (time, event, subject, *, n_subjects, entry=None, death=None, group=None, n_groups=1, group_near_ties, test=false))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
pub(crate) fn survival_mean_cumulative<'py>(
    py: Python<'py>,
    time: Floats<'py>,
    event: Flags<'py>,
    subject: Codes<'py>,
    n_subjects: usize,
    entry: Option<Floats<'py>>,
    death: Option<Flags<'py>>,
    group: Option<Codes<'py>>,
    n_groups: usize,
    group_near_ties: bool,
    test: bool,
) -> PyResult<Bound<'py, PyList>> {
    let rows = RecurrentRows {
        time: time.as_slice()?,
        entry: slice(&entry)?,
        event: event.as_slice()?,
        death: slice(&death)?,
        subject: subject.as_slice()?,
        n_subjects,
        group: slice(&group)?.map(|codes| (codes, n_groups)),
        near_ties: near_ties(group_near_ties),
    };
    let list = PyList::empty(py);
    if test {
        let found = py.detach(|| mean_cumulative_test(&rows)).map_err(|e| error::survival(&e))?;
        let out = PyDict::new(py);
        out.set_item("statistic", found.statistic)?;
        out.set_item("df", found.df)?;
        out.set_item("p_value", found.p_value)?;
        out.set_item("n", found.n.into_pyarray(py))?;
        out.set_item("observed", found.observed.into_pyarray(py))?;
        out.set_item("score", found.score.into_pyarray(py))?;
        out.set_item("variance", found.variance.into_pyarray(py))?;
        list.append(out)?;
        return Ok(list);
    }
    let curves = py.detach(|| mean_cumulative(&rows)).map_err(|e| error::survival(&e))?;
    for curve in curves {
        let out = PyDict::new(py);
        out.set_item("time", curve.time.into_pyarray(py))?;
        out.set_item("n_risk", curve.n_risk.into_pyarray(py))?;
        out.set_item("n_event", curve.n_event.into_pyarray(py))?;
        out.set_item("n_death", curve.n_death.into_pyarray(py))?;
        out.set_item("mean", curve.mean.into_pyarray(py))?;
        out.set_item("variance", curve.variance.into_pyarray(py))?;
        out.set_item("survival", curve.survival.into_pyarray(py))?;
        out.set_item("n", curve.n)?;
        out.set_item("last_time", curve.last_time)?;
        out.set_item("tolerance", curve.largest_gap)?;
        list.append(out)?;
    }
    Ok(list)
}
