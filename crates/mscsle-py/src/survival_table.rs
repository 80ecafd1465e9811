//! The event table: counts that merge.

use crate::error;
use crate::survival::{
    Codes, Floats, confidence, incidence_dict, kaplan_meier_dict, logrank_dict, logrank_weight, near_ties, slice,
};
use mscsle_survival::{EventCell, EventTable, IncidenceOptions, IncidenceVariance, KaplanMeierOptions, SurvivalError};
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

fn raise(found: SurvivalError) -> PyErr {
    error::survival(&found)
}

type CellTuple<'py> = (
    u32,
    u32,
    f64,
    Bound<'py, PyArray1<f64>>,
    Vec<Bound<'py, PyArray1<f64>>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
);

/// Counts by stratum, arm and time.
#[pyclass(module = "mscsle._core", frozen, name = "EventTable")]
pub(crate) struct PyEventTable {
    table: EventTable,
}

#[pymethods]
impl PyEventTable {
    /// The counts of rows: cause 0 = censored.
    #[staticmethod]
    #[pyo3(signature = (time, cause, causes, strata, n_strata, arm, n_arms, *, entry=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of one call")]
    fn from_columns(
        py: Python<'_>,
        time: Floats<'_>,
        cause: Codes<'_>,
        causes: usize,
        strata: Codes<'_>,
        n_strata: usize,
        arm: Codes<'_>,
        n_arms: usize,
        entry: Option<Floats<'_>>,
    ) -> PyResult<Self> {
        let (time, cause, strata, arm) = (time.as_slice()?, cause.as_slice()?, strata.as_slice()?, arm.as_slice()?);
        let entry = slice(&entry)?;
        let table = py
            .detach(|| EventTable::from_columns(time, cause, causes, entry, (strata, n_strata), (arm, n_arms)))
            .map_err(raise)?;
        Ok(Self { table })
    }

    /// A table from its cells (stratum, arm, start, time, events by cause, censored, entered).
    #[staticmethod]
    #[expect(clippy::type_complexity, reason = "one tuple a cell")]
    fn from_cells(
        causes: usize,
        cells: Vec<(u32, u32, f64, Vec<f64>, Vec<Vec<f64>>, Vec<f64>, Vec<f64>)>,
    ) -> PyResult<Self> {
        let mut table = EventTable::new(causes);
        for (stratum, arm, start, time, events, censored, entered) in cells {
            table.insert(stratum, arm, EventCell { start, time, events, censored, entered }).map_err(raise)?;
        }
        Ok(Self { table })
    }

    /// The cells (stratum, arm, start, time, events by cause, censored, entered).
    fn cells<'py>(&self, py: Python<'py>) -> Vec<CellTuple<'py>> {
        let cells = self.table.cells().map(|(stratum, arm, cell)| {
            let cell = cell.clone();
            (
                stratum,
                arm,
                cell.start,
                cell.time.into_pyarray(py),
                cell.events.into_iter().map(|events| events.into_pyarray(py)).collect(),
                cell.censored.into_pyarray(py),
                cell.entered.into_pyarray(py),
            )
        });
        cells.collect()
    }

    /// The sum of this and another table, whose codes of strata and arms become these.
    fn merged(&self, other: &Self, strata: Codes<'_>, arms: Codes<'_>) -> PyResult<Self> {
        let mut table = self.table.clone();
        let recoded = other.table.recode(strata.as_slice()?, arms.as_slice()?).map_err(raise)?;
        table.merge(&recoded).map_err(raise)?;
        Ok(Self { table })
    }

    /// The same counts under other codes.
    fn recoded(&self, strata: Codes<'_>, arms: Codes<'_>) -> PyResult<Self> {
        Ok(Self { table: self.table.recode(strata.as_slice()?, arms.as_slice()?).map_err(raise)? })
    }

    /// Near ties grouped over all cells.
    fn grouped(&self, group_near_ties: bool) -> Self {
        Self { table: self.table.clone().group_near_ties(near_ties(group_near_ties)) }
    }

    /// The Kaplan-Meier curve of a stratum and arm.
    fn kaplan_meier<'py>(&self, py: Python<'py>, stratum: u32, arm: u32) -> PyResult<Bound<'py, PyDict>> {
        let options = KaplanMeierOptions::default();
        let curve = py.detach(|| self.table.kaplan_meier(stratum, arm, &options)).map_err(raise)?;
        kaplan_meier_dict(py, curve)
    }

    /// The log-rank test between arms.
    fn logrank<'py>(&self, py: Python<'py>, test: &str, rho: f64, gamma: f64) -> PyResult<Bound<'py, PyDict>> {
        let weight = logrank_weight(test, rho, gamma)?;
        logrank_dict(py, py.detach(|| self.table.logrank(weight)).map_err(raise)?)
    }

    /// The cumulative incidences of a stratum and arm.
    fn cumulative_incidence<'py>(
        &self,
        py: Python<'py>,
        stratum: u32,
        arm: u32,
        variance: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let options = IncidenceOptions {
            variance: IncidenceVariance::from_name(variance).map_err(raise)?,
            confidence: confidence("log-log", 0.95)?,
            ..IncidenceOptions::default()
        };
        let curve = py.detach(|| self.table.cumulative_incidence(stratum, arm, &options)).map_err(raise)?;
        incidence_dict(py, curve)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.table == other.table
    }
}
