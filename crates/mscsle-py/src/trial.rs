//! The tables of a trial: columns of arrays in, typed and checked tables held for scoring and endpoints.

use crate::error;
use mscsle_domain::{
    Column, Day, DomainError, Finding, FindingColumns, Imputation, LabTestColumns, PartialDate, RuleColumns,
    SchemaColumns, Table, TextColumn, TrialOptions,
};
use numpy::{PyArray1, PyReadonlyArray1, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A column as Python hands it over: flags, numbers, or text as codes into levels.
#[derive(FromPyObject)]
pub(crate) enum RawColumn<'py> {
    Flags(PyReadonlyArray1<'py, i8>),
    Numbers(PyReadonlyArray1<'py, f64>),
    Text(PyReadonlyArray1<'py, i32>, Vec<String>),
}

impl RawColumn<'_> {
    /// The column of the core.
    pub(crate) fn column(self) -> PyResult<Column> {
        Ok(match self {
            RawColumn::Flags(flags) => Column::Flag(flags.as_slice()?.to_vec()),
            RawColumn::Numbers(numbers) => Column::Number(numbers.as_slice()?.to_vec()),
            RawColumn::Text(codes, levels) => {
                Column::Text(TextColumn::new(codes.as_slice()?.to_vec(), levels).map_err(|e| error::domain(&e))?)
            }
        })
    }
}

/// Texts of a column as flags: 1, 0, -1 missing; none where a text is no flag.
#[pyfunction]
pub(crate) fn flag_words(texts: Vec<String>) -> Vec<Option<i8>> {
    texts.iter().map(|text| mscsle_domain::flag_word(text)).collect()
}

/// Texts of a column as numbers, NaN missing; none where a text is no number.
#[pyfunction]
pub(crate) fn number_words(texts: Vec<String>) -> Vec<Option<f64>> {
    texts.iter().map(|text| mscsle_domain::number_word(text)).collect()
}

/// A table from a dict of columns.
pub(crate) fn table(name: &str, columns: &Bound<'_, PyDict>) -> PyResult<Table> {
    let columns = columns
        .iter()
        .map(|(name, column)| Ok((name.extract::<String>()?, column.extract::<RawColumn<'_>>()?.column()?)))
        .collect::<PyResult<Vec<_>>>()?;
    Table::new(name, columns).map_err(|e| error::domain(&e))
}

/// The typed, checked tables of one study.
#[pyclass(name = "Trial", module = "mscsle._core", frozen)]
pub(crate) struct PyTrial {
    /// The trial of the core.
    pub(crate) inner: mscsle_domain::Trial,
}

#[pymethods]
impl PyTrial {
    #[new]
    #[pyo3(signature = (tables, *, data_cutoff=None, date_imputation="middle", files_not_read=Vec::new()))]
    fn new(
        py: Python<'_>,
        tables: &Bound<'_, PyDict>,
        data_cutoff: Option<&str>,
        date_imputation: &str,
        files_not_read: Vec<String>,
    ) -> PyResult<PyTrial> {
        let tables = tables
            .iter()
            .map(|(name, columns)| table(&name.extract::<String>()?, columns.cast::<PyDict>()?))
            .collect::<PyResult<Vec<_>>>()?;
        let options =
            TrialOptions { files_not_read, ..options(data_cutoff, date_imputation).map_err(|e| error::domain(&e))? };
        let inner = py.detach(|| mscsle_domain::Trial::new(tables, options)).map_err(|e| error::domain(&e))?;
        Ok(PyTrial { inner })
    }

    /// Number of subjects.
    #[getter]
    fn n_subjects(&self) -> usize {
        self.inner.n_subjects()
    }

    /// The subjects in the order of the table `subjects`.
    #[getter]
    fn subjects(&self) -> Vec<String> {
        self.inner.subjects().to_vec()
    }

    /// Whether any subject is flagged as generated.
    #[getter]
    fn is_synthetic(&self) -> bool {
        self.inner.is_synthetic()
    }

    /// Names of the tables given.
    #[getter]
    fn table_names(&self) -> Vec<String> {
        self.inner.tables().iter().map(|table| table.name().to_owned()).collect()
    }

    /// Number of rows of a table; None when it was not given.
    fn n_rows(&self, table: &str) -> Option<usize> {
        self.inner.table(table).map(Table::n_rows)
    }

    /// The findings as columns; a row of -1 is the whole table.
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        findings_dict(py, self.inner.findings())
    }

    /// A typed column as text: codes into levels; None when there is no such column.
    fn texts<'py>(&self, py: Python<'py>, table: &str, column: &str) -> Option<TextOut<'py>> {
        let text = self.inner.table(table)?.column(column)?.to_text();
        Some((text.codes.to_pyarray(py), text.levels))
    }

    /// A typed column as numbers, NaN where missing; None when there is no such column or it holds text or dates.
    fn numbers<'py>(&self, py: Python<'py>, table: &str, column: &str) -> Option<Bound<'py, PyArray1<f64>>> {
        Some(self.inner.table(table)?.column(column)?.to_numbers()?.to_pyarray(py))
    }
}

type TextOut<'py> = (Bound<'py, PyArray1<i32>>, Vec<String>);

fn options(data_cutoff: Option<&str>, date_imputation: &str) -> Result<TrialOptions, DomainError> {
    let imputation = Imputation::from_name(date_imputation).ok_or_else(|| DomainError::UnknownWord {
        option: "date_imputation",
        value: date_imputation.to_owned(),
        known: "`first`, `middle` or `last`",
    })?;
    let data_cutoff: Option<Day> =
        data_cutoff.map(|text| PartialDate::parse(text).map(|date| date.day(Imputation::Last).0)).transpose()?;
    Ok(TrialOptions { imputation, data_cutoff, ..TrialOptions::default() })
}

/// The columns of a table of the schema; None when there is no such table.
#[pyfunction]
pub(crate) fn schema_columns<'py>(py: Python<'py>, table: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
    let Some(schema) = mscsle_domain::schema(table) else { return Ok(None) };
    let columns = SchemaColumns::new(schema);
    let out = PyDict::new(py);
    out.set_item("column", columns.column)?;
    out.set_item("kind", columns.kind)?;
    out.set_item("unit", columns.unit)?;
    out.set_item("required", columns.required.to_pyarray(py))?;
    out.set_item("allowed", columns.allowed)?;
    out.set_item("meaning", columns.meaning)?;
    Ok(Some(out))
}

/// Name, meaning and key of every table of the schema.
#[pyfunction]
pub(crate) fn schema_tables() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    mscsle_domain::tables().iter().map(|table| (table.name, table.meaning, table.key.to_vec())).collect()
}

/// The rules of the checks as columns: rule, severity, meaning.
#[pyfunction]
pub(crate) fn check_rules(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let columns = RuleColumns::new();
    let out = PyDict::new(py);
    out.set_item("rule", columns.rule)?;
    out.set_item("severity", columns.severity)?;
    out.set_item("meaning", columns.meaning)?;
    Ok(out)
}

/// The laboratory tests as columns: test, name, unit, accepted units, limits of the plausible.
#[pyfunction]
pub(crate) fn lab_test_columns(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let columns = LabTestColumns::new();
    let out = PyDict::new(py);
    out.set_item("test", columns.test)?;
    out.set_item("name", columns.name)?;
    out.set_item("unit", columns.unit)?;
    out.set_item("accepted", columns.accepted)?;
    out.set_item("low", columns.low.to_pyarray(py))?;
    out.set_item("high", columns.high.to_pyarray(py))?;
    Ok(out)
}

/// Findings as a dict of columns; a row of -1 is the whole table.
pub(crate) fn findings_dict<'py>(py: Python<'py>, findings: &[Finding]) -> PyResult<Bound<'py, PyDict>> {
    let columns = py.detach(|| FindingColumns::new(findings));
    let out = PyDict::new(py);
    out.set_item("table", columns.table)?;
    out.set_item("row", columns.row.to_pyarray(py))?;
    out.set_item("column", columns.column)?;
    out.set_item("subject", columns.subject)?;
    out.set_item("value", columns.value)?;
    out.set_item("rule", columns.rule)?;
    out.set_item("severity", columns.severity)?;
    out.set_item("message", columns.message)?;
    Ok(out)
}
