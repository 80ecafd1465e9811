//! Endpoints over the histories of a trial: definitions, responses, flares, times.

use crate::error;
use crate::trial::{PyTrial, findings_dict};
use mscsle_endpoints::{
    Clock, CountColumns, Denominator, HistoryOptions, Kept, MissingRule, ParameterValue, ResponseOptions, SameVisit,
    Source, Strategy, Target, TimeColumns, Trail, Truth, Unit,
};
use numpy::ToPyArray;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// A parameter's value as Python hands it over.
#[derive(FromPyObject)]
pub(crate) enum Override {
    Number(f64),
    Word(String),
}

fn overrides(given: Vec<(String, Override)>) -> Vec<(String, ParameterValue)> {
    let value = |value| match value {
        Override::Number(x) => ParameterValue::Number(x),
        Override::Word(word) => ParameterValue::Word(word),
    };
    given.into_iter().map(|(name, given)| (name, value(given))).collect()
}

/// Ids of the built-in definitions.
#[pyfunction]
pub(crate) fn endpoint_definition_ids() -> Vec<&'static str> {
    mscsle_endpoints::definition_ids().collect()
}

/// Ids, units and meanings of the measures a definition can name.
#[pyfunction]
pub(crate) fn endpoint_measures() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    mscsle_endpoints::MEASURES.iter().map(|m| (m.id, m.unit, m.table, m.meaning)).collect()
}

/// A compiled definition.
#[pyclass(name = "EndpointDefinition", module = "mscsle._core", frozen)]
pub(crate) struct PyDefinition {
    inner: mscsle_endpoints::Definition,
}

#[pymethods]
impl PyDefinition {
    /// A built-in definition.
    #[staticmethod]
    fn built_in(id: &str, parameters: Vec<(String, Override)>) -> PyResult<PyDefinition> {
        let inner = mscsle_endpoints::definition(id, &overrides(parameters)).map_err(|e| error::endpoints(&e))?;
        Ok(PyDefinition { inner })
    }

    /// A definition from its text.
    #[staticmethod]
    fn from_toml(text: &str, parameters: Vec<(String, Override)>) -> PyResult<PyDefinition> {
        let inner =
            mscsle_endpoints::Definition::from_toml(text, &overrides(parameters)).map_err(|e| error::endpoints(&e))?;
        Ok(PyDefinition { inner })
    }

    /// Texts that describe the definition.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let d = &self.inner;
        let out = PyDict::new(py);
        out.set_item("id", &d.id)?;
        out.set_item("version", &d.version)?;
        out.set_item("kind", d.kind.name())?;
        out.set_item("family", &d.family)?;
        out.set_item("title", &d.title)?;
        out.set_item("citation", &d.citation)?;
        out.set_item("doi", &d.doi)?;
        out.set_item("pmid", &d.pmid)?;
        out.set_item("confidence", d.confidence.word())?;
        out.set_item("default_choice", d.default_choice)?;
        out.set_item("note", &d.note)?;
        out.set_item("statement", d.statement())?;
        out.set_item("source", &d.source)?;
        out.set_item("states", d.states.iter().map(|s| s.state.as_str()).collect::<Vec<_>>())?;
        out.set_item("labels", d.states.iter().map(|s| s.label.as_str()).collect::<Vec<_>>())?;
        out.set_item("otherwise", &d.otherwise)?;
        out.set_item("scope", d.scope.name())?;
        out.set_item("gap_days", d.gap_days)?;
        out.set_item("assessed_from", d.assessed_from)?;
        out.set_item("responses", d.states.iter().map(|s| s.response).collect::<Vec<_>>())?;
        out.set_item("events", d.states.iter().map(|s| s.event.as_deref()).collect::<Vec<_>>())?;
        let lines = |state| d.rule(state).into_iter().map(|line| (line.depth, line.text)).collect::<Vec<_>>();
        out.set_item("rules", (0..d.states.len()).map(|i| lines(Some(i))).collect::<Vec<_>>())?;
        out.set_item("not_evaluable", lines(None))?;
        let needed = d.needed_measures();
        let ids =
            |of: &Vec<usize>| of.iter().filter_map(|&m| mscsle_endpoints::MEASURES.get(m)).map(|m| m.id).collect();
        out.set_item("needs", needed.iter().map(ids).collect::<Vec<Vec<_>>>())?;
        Ok(out)
    }

    /// Name, value, default, unit, meaning and allowed words of each parameter.
    #[expect(clippy::type_complexity, reason = "a row of a table, unpacked at once in Python")]
    fn parameters(&self, py: Python<'_>) -> PyResult<Vec<(String, Py<PyAny>, Py<PyAny>, String, String, Vec<String>)>> {
        let value = |value: &ParameterValue| -> PyResult<Py<PyAny>> {
            Ok(match value {
                ParameterValue::Number(x) => x.into_pyobject(py)?.into_any().unbind(),
                ParameterValue::Word(word) => word.into_pyobject(py)?.into_any().unbind(),
            })
        };
        let parameters = self.inner.parameters.iter();
        parameters
            .map(|p| {
                let (now, default) = (value(&p.value)?, value(&p.default)?);
                Ok((p.name.clone(), now, default, p.unit.clone(), p.meaning.clone(), p.allowed.clone()))
            })
            .collect()
    }
}

/// The histories of a trial.
#[pyclass(name = "EndpointHistory", module = "mscsle._core", frozen)]
pub(crate) struct PyHistory {
    trial: Py<PyTrial>,
    inner: Arc<mscsle_endpoints::History>,
}

#[pymethods]
impl PyHistory {
    #[new]
    #[pyo3(signature = (trial, *, same_visit="mean", first_window_day=8.0))]
    fn new(py: Python<'_>, trial: Py<PyTrial>, same_visit: &str, first_window_day: f64) -> PyResult<PyHistory> {
        let same_visit = SameVisit::parse(same_visit).map_err(|e| error::endpoints(&e))?;
        let options = HistoryOptions { same_visit, first_window_day };
        let of = trial.get();
        let inner = Arc::new(py.detach(|| mscsle_endpoints::History::from_trial(&of.inner, &options)));
        Ok(PyHistory { trial, inner })
    }

    /// The histories of the subjects kept: one flag a subject.
    fn subset(&self, py: Python<'_>, keep: Vec<bool>) -> PyHistory {
        let inner = Arc::new(py.detach(|| self.inner.subset(&keep)));
        PyHistory { trial: self.trial.clone_ref(py), inner }
    }

    /// Recorded events as columns: subject, name, day, table and row.
    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = || self.inner.subjects().iter().flat_map(|s| s.events.iter().map(move |event| (s, event)));
        let out = PyDict::new(py);
        out.set_item("usubjid", all().map(|(s, _)| s.id.as_str()).collect::<Vec<_>>())?;
        out.set_item("event", all().map(|(_, e)| e.name.as_str()).collect::<Vec<_>>())?;
        out.set_item("day", all().map(|(_, e)| e.day).collect::<Vec<_>>().to_pyarray(py))?;
        out.set_item("table", all().map(|(_, e)| e.source.table).collect::<Vec<_>>())?;
        out.set_item("row", all().map(|(_, e)| e.source.row).collect::<Vec<_>>().to_pyarray(py))?;
        Ok(out)
    }

    /// Day of death and last day known, by subject; NaN where there is none.
    fn follow_up<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let subjects = self.inner.subjects();
        let death: Vec<f64> = subjects.iter().map(|s| s.death.unwrap_or(f64::NAN)).collect();
        let last: Vec<f64> = subjects.iter().map(|s| s.last_contact.unwrap_or(f64::NAN)).collect();
        let out = PyDict::new(py);
        out.set_item("death", death.to_pyarray(py))?;
        out.set_item("last_contact", last.to_pyarray(py))?;
        Ok(out)
    }

    /// Courses of infusions as columns: subject, course, first and last day, infusions, cells, cumulative cells.
    fn courses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let courses = self.inner.courses();
        let out = PyDict::new(py);
        out.set_item("subject", courses.iter().map(|c| c.subject as i32).collect::<Vec<_>>().to_pyarray(py))?;
        out.set_item("course", courses.iter().map(|c| c.course).collect::<Vec<_>>().to_pyarray(py))?;
        out.set_item("first_day", courses.iter().map(|c| c.first_day).collect::<Vec<_>>().to_pyarray(py))?;
        out.set_item("last_day", courses.iter().map(|c| c.last_day).collect::<Vec<_>>().to_pyarray(py))?;
        out.set_item("infusions", courses.iter().map(|c| c.infusions as i64).collect::<Vec<_>>().to_pyarray(py))?;
        out.set_item("cells", courses.iter().map(|c| c.cells).collect::<Vec<_>>().to_pyarray(py))?;
        out.set_item("cumulative", courses.iter().map(|c| c.cumulative).collect::<Vec<_>>().to_pyarray(py))?;
        Ok(out)
    }

    /// Ids of the subjects.
    fn subjects(&self) -> Vec<&str> {
        self.inner.subjects().iter().map(|s| s.id.as_str()).collect()
    }

    /// Label, month and window of each planned visit.
    fn planned(&self) -> Vec<(&str, f64, f64, f64)> {
        self.inner.planned().iter().map(|p| (p.label.as_str(), p.month, p.window.0, p.window.1)).collect()
    }

    /// What could not be used, as columns.
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        findings_dict(py, self.inner.findings())
    }

    /// A column with one value a subject: an array of numbers, or codes and levels.
    fn kept(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        let kept = self.inner.kept(&self.trial.get().inner, name).map_err(|e| error::endpoints(&e))?;
        Ok(match kept {
            Kept::Numbers(numbers) => numbers.to_pyarray(py).into_any().unbind(),
            Kept::Texts(text) => (text.codes.to_pyarray(py), text.levels).into_pyobject(py)?.into_any().unbind(),
        })
    }
}

/// The responses of a cohort.
#[pyclass(name = "EndpointResponse", module = "mscsle._core", frozen)]
pub(crate) struct PyResponse {
    inner: Arc<mscsle_endpoints::Response>,
}

#[pymethods]
impl PyResponse {
    #[new]
    #[pyo3(signature = (history, definition, *, missing="nri", source="derived", what="renal_response", intercurrent=Vec::new(), confirm_days=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords of one constructor")]
    fn new(
        py: Python<'_>,
        history: &PyHistory,
        definition: &PyDefinition,
        missing: &str,
        source: &str,
        what: &str,
        intercurrent: Vec<(String, String)>,
        confirm_days: Option<f64>,
    ) -> PyResult<PyResponse> {
        let missing = MissingRule::parse(missing).map_err(|e| error::endpoints(&e))?;
        let source = Source::parse(source, what).map_err(|e| error::endpoints(&e))?;
        let strategy = |(event, word): (String, String)| Strategy::parse(&event, &word).map(|s| (event, s));
        let intercurrent = intercurrent.into_iter().map(strategy).collect::<Result<_, _>>();
        let intercurrent = intercurrent.map_err(|e| error::endpoints(&e))?;
        let options = ResponseOptions { missing, source, intercurrent, confirm_days };
        let inner = py
            .detach(|| mscsle_endpoints::response(&history.inner, &definition.inner, &options))
            .map_err(|e| error::endpoints(&e))?;
        Ok(PyResponse { inner: Arc::new(inner) })
    }

    /// Definition, confidence, source and missing rule in one line.
    #[getter]
    fn statement(&self) -> String {
        self.inner.statement()
    }

    /// What could not be used of the history, and limits of normal the definition needs and no row has, as columns.
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let found = [self.inner.missing_limits().as_slice(), self.inner.history.findings().as_slice()].concat();
        findings_dict(py, &found)
    }

    /// The states as columns.
    fn states<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = py.detach(|| self.inner.columns());
        let out = PyDict::new(py);
        out.set_item("subject", columns.subject.to_pyarray(py))?;
        out.set_item("visit", columns.visit)?;
        out.set_item("day", columns.day.to_pyarray(py))?;
        out.set_item("planned_month", columns.planned_month.to_pyarray(py))?;
        out.set_item("state", columns.state)?;
        out.set_item("lower", columns.lower)?;
        out.set_item("upper", columns.upper)?;
        out.set_item("response", columns.response.to_pyarray(py))?;
        out.set_item("cr_evaluable", columns.cr_evaluable.to_pyarray(py))?;
        out.set_item("reason", columns.reason)?;
        out.set_item("intercurrent", columns.intercurrent)?;
        out.set_item("strategy", columns.strategy)?;
        Ok(out)
    }

    /// Prevalence of each state at each planned visit.
    fn by_visit<'py>(&self, py: Python<'py>, denominator: &str) -> PyResult<Bound<'py, PyDict>> {
        let rule = Denominator::parse(denominator).map_err(|e| error::endpoints(&e))?;
        counts(py, &py.detach(|| CountColumns::from(self.inner.by_visit(rule).as_slice())))
    }

    /// Ever in response, by best state.
    fn ever<'py>(&self, py: Python<'py>, denominator: &str) -> PyResult<Bound<'py, PyDict>> {
        let rule = Denominator::parse(denominator).map_err(|e| error::endpoints(&e))?;
        counts(py, &py.detach(|| CountColumns::from(self.inner.ever(rule).as_slice())))
    }

    /// Responses lost.
    fn lost<'py>(&self, py: Python<'py>, denominator: &str) -> PyResult<Bound<'py, PyDict>> {
        let rule = Denominator::parse(denominator).map_err(|e| error::endpoints(&e))?;
        counts(py, &py.detach(|| CountColumns::from(self.inner.lost(rule).as_slice())))
    }

    /// Times to an event.
    #[pyo3(signature = (event, *, unit, clock, flares=None))]
    fn time_to<'py>(
        &self,
        py: Python<'py>,
        event: &str,
        unit: &str,
        clock: &str,
        flares: Option<&PyFlares>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let target = Target::parse(event).map_err(|e| error::endpoints(&e))?;
        let unit = Unit::parse(unit).map_err(|e| error::endpoints(&e))?;
        let clock = Clock::parse(clock).map_err(|e| error::endpoints(&e))?;
        let flares = flares.map(|flares| &flares.inner);
        let found = py
            .detach(|| mscsle_endpoints::time_to(&self.inner, flares, target, unit, clock))
            .map_err(|e| error::endpoints(&e))?;
        times(py, &found, &self.inner.history)
    }

    /// Why a subject has its state at a visit.
    fn why<'py>(&self, py: Python<'py>, subject: &str, visit: &str) -> PyResult<Bound<'py, PyDict>> {
        trail(py, &self.inner.why(subject, visit).map_err(|e| error::endpoints(&e))?)
    }
}

/// The flares of a cohort.
#[pyclass(name = "EndpointFlares", module = "mscsle._core", frozen)]
pub(crate) struct PyFlares {
    inner: mscsle_endpoints::Flares,
}

#[pymethods]
impl PyFlares {
    #[new]
    #[pyo3(signature = (history, definition, *, response=None))]
    fn new(
        py: Python<'_>,
        history: &PyHistory,
        definition: &PyDefinition,
        response: Option<&PyResponse>,
    ) -> PyResult<PyFlares> {
        let response = response.map(|response| &response.inner);
        let inner = py
            .detach(|| mscsle_endpoints::flares(&history.inner, &definition.inner, response))
            .map_err(|e| error::endpoints(&e))?;
        Ok(PyFlares { inner })
    }

    /// Definition, confidence and the response it follows in one line.
    #[getter]
    fn statement(&self) -> String {
        self.inner.statement()
    }

    /// Visits at risk at which a flare cannot be decided.
    #[getter]
    fn n_undecided(&self) -> usize {
        self.inner.n_undecided()
    }

    /// The flares as columns.
    fn flares<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = py.detach(|| self.inner.columns());
        let out = PyDict::new(py);
        out.set_item("subject", columns.subject.to_pyarray(py))?;
        out.set_item("visit", columns.visit)?;
        out.set_item("day", columns.day.to_pyarray(py))?;
        out.set_item("day_from_response", columns.day_from_response.to_pyarray(py))?;
        out.set_item("branch", columns.branch)?;
        out.set_item("label", columns.label)?;
        out.set_item("number", columns.number.to_pyarray(py))?;
        Ok(out)
    }

    /// Subjects with a flare.
    fn count<'py>(&self, py: Python<'py>, denominator: &str) -> PyResult<Bound<'py, PyDict>> {
        let rule = Denominator::parse(denominator).map_err(|e| error::endpoints(&e))?;
        let found = self.inner.count(rule).map_err(|e| error::endpoints(&e))?;
        counts(py, &CountColumns::from(found.as_slice()))
    }

    /// Times to the first flare.
    #[pyo3(signature = (*, unit, clock))]
    fn time_to<'py>(&self, py: Python<'py>, unit: &str, clock: &str) -> PyResult<Bound<'py, PyDict>> {
        let unit = Unit::parse(unit).map_err(|e| error::endpoints(&e))?;
        let clock = Clock::parse(clock).map_err(|e| error::endpoints(&e))?;
        let found = py.detach(|| mscsle_endpoints::flare_times(&self.inner, unit, clock));
        times(py, &found, &self.inner.history)
    }

    /// Why a subject has, or has not, a flare at a visit.
    fn why<'py>(&self, py: Python<'py>, subject: &str, visit: &str) -> PyResult<Bound<'py, PyDict>> {
        trail(py, &self.inner.why(subject, visit).map_err(|e| error::endpoints(&e))?)
    }
}

fn times<'py>(
    py: Python<'py>,
    times: &mscsle_endpoints::TimeTo,
    history: &mscsle_endpoints::History,
) -> PyResult<Bound<'py, PyDict>> {
    let columns = TimeColumns::new(times, history);
    let out = PyDict::new(py);
    out.set_item("subject", columns.subject.to_pyarray(py))?;
    out.set_item("time", columns.time.to_pyarray(py))?;
    out.set_item("event", columns.event.to_pyarray(py))?;
    out.set_item("cause", columns.cause.to_pyarray(py))?;
    out.set_item("after", columns.after.to_pyarray(py))?;
    out.set_item("start_date", columns.start_date.to_pyarray(py))?;
    out.set_item("start_visit", columns.start_visit)?;
    out.set_item("end_date", columns.end_date.to_pyarray(py))?;
    out.set_item("end", columns.end)?;
    out.set_item("end_visit", columns.end_visit)?;
    out.set_item("end_table", columns.end_table)?;
    out.set_item("end_row", columns.end_row.to_pyarray(py))?;
    out.set_item("statement", times.statement())?;
    out.set_item("left_out", &times.left_out)?;
    Ok(out)
}

fn counts<'py>(py: Python<'py>, columns: &CountColumns) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("visit", &columns.visit)?;
    out.set_item("month", columns.month.to_pyarray(py))?;
    out.set_item("state", &columns.state)?;
    out.set_item("numerator", columns.numerator.to_pyarray(py))?;
    out.set_item("denominator", columns.denominator.to_pyarray(py))?;
    out.set_item("undetermined", columns.undetermined.to_pyarray(py))?;
    out.set_item("denominator_rule", &columns.rule)?;
    Ok(out)
}

fn truth(truth: Truth) -> Option<bool> {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

fn trail<'py>(py: Python<'py>, trail: &Trail) -> PyResult<Bound<'py, PyDict>> {
    let steps = trail
        .steps
        .iter()
        .map(|step| {
            let out = PyDict::new(py);
            out.set_item("state", &step.state)?;
            out.set_item("key", &step.key)?;
            out.set_item("measure", &step.measure)?;
            out.set_item("unit", &step.unit)?;
            out.set_item("value", step.value)?;
            out.set_item("compare", &step.compare)?;
            out.set_item("threshold", step.threshold)?;
            out.set_item("relative_to", &step.relative_to)?;
            out.set_item("reference", step.reference)?;
            out.set_item("source", step.source.map(|s| (s.table, s.row)))?;
            out.set_item("reference_source", step.reference_source.map(|s| (s.table, s.row)))?;
            out.set_item("holds", truth(step.truth))?;
            out.set_item("decided", step.decided)?;
            out.set_item("sentence", &step.sentence)?;
            Ok(out)
        })
        .collect::<PyResult<Vec<_>>>()?;
    let alternatives = trail
        .alternatives
        .iter()
        .map(|other| {
            let out = PyDict::new(py);
            out.set_item("choice", other.choice)?;
            out.set_item("id", &other.id)?;
            out.set_item("answer", &other.answer)?;
            out.set_item("differs", other.differs)?;
            Ok(out)
        })
        .collect::<PyResult<Vec<_>>>()?;
    let out = PyDict::new(py);
    out.set_item("subject", &trail.subject)?;
    out.set_item("visit", &trail.visit)?;
    out.set_item("day", trail.day)?;
    out.set_item("definition", &trail.definition)?;
    out.set_item("version", &trail.version)?;
    out.set_item("confidence", &trail.confidence)?;
    out.set_item("source", &trail.source)?;
    out.set_item("upper", &trail.upper)?;
    out.set_item("lower", &trail.lower)?;
    out.set_item("steps", steps)?;
    out.set_item("alternatives", alternatives)?;
    out.set_item("sentences", &trail.sentences)?;
    Ok(out)
}
