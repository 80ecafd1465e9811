//! BILAG-2004 from item columns.

use super::{Step, steps, word};
use crate::error;
use mscsle_domain::{BILAG_2004_ITEMS, BilagItemKind};
use mscsle_scoring::bilag_numeric::Coding;
use mscsle_scoring::bilag2004::{Bilag2004, BilagColumns, BilagInput, FlareRule, ItemColumn};
use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A column of codes or of measured values.
#[derive(FromPyObject)]
pub(crate) enum ItemArray<'py> {
    Codes(PyReadonlyArray1<'py, i8>),
    Values(PyReadonlyArray1<'py, f64>),
}

/// The columns of a BILAG-2004 call.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct BilagArrays<'py> {
    subject: PyReadonlyArray1<'py, i32>,
    day: PyReadonlyArray1<'py, f64>,
    items: Vec<Option<ItemArray<'py>>>,
    due_to_sle: Vec<Option<PyReadonlyArray1<'py, i8>>>,
    grades: Vec<Option<PyReadonlyArray1<'py, i8>>>,
    involved: Vec<Option<PyReadonlyArray1<'py, i8>>>,
}

/// The same as slices.
struct Slices<'a> {
    subject: &'a [i32],
    day: &'a [f64],
    items: Vec<ItemColumn<'a>>,
    due_to_sle: Vec<Option<&'a [i8]>>,
    grades: Vec<Option<&'a [i8]>>,
    involved: Vec<Option<&'a [i8]>>,
}

fn flags<'a>(columns: &'a [Option<PyReadonlyArray1<'_, i8>>]) -> PyResult<Vec<Option<&'a [i8]>>> {
    columns.iter().map(|c| Ok(c.as_ref().map(|c| c.as_slice()).transpose()?)).collect()
}

impl BilagArrays<'_> {
    fn slices(&self) -> PyResult<Slices<'_>> {
        let items = self.items.iter().map(|item| {
            Ok(match item {
                None => ItemColumn::NotDone,
                Some(ItemArray::Codes(codes)) => ItemColumn::Codes(codes.as_slice()?),
                Some(ItemArray::Values(values)) => ItemColumn::Values(values.as_slice()?),
            })
        });
        Ok(Slices {
            subject: self.subject.as_slice()?,
            day: self.day.as_slice()?,
            items: items.collect::<PyResult<_>>()?,
            due_to_sle: flags(&self.due_to_sle)?,
            grades: flags(&self.grades)?,
            involved: flags(&self.involved)?,
        })
    }
}

impl Slices<'_> {
    fn input(&self) -> BilagInput<'_> {
        BilagInput {
            subject: self.subject,
            day: self.day,
            items: &self.items,
            due_to_sle: &self.due_to_sle,
            grades: &self.grades,
            involved: &self.involved,
        }
    }
}

fn rule(missing: &str, first_visit: &str, white_cells: &str) -> PyResult<Bilag2004> {
    Ok(Bilag2004 { missing: word(missing)?, first_visit: word(first_visit)?, white_cells: word(white_cells)? })
}

/// Number, id, system, kind (`clinical`, `yes_no`, `value`) and unit of the 97 items.
#[pyfunction]
pub(crate) fn bilag2004_items() -> Vec<(u8, &'static str, &'static str, &'static str, &'static str)> {
    let kind = |kind| match kind {
        BilagItemKind::YesNo => "yes_no",
        BilagItemKind::Value => "value",
        _ => "clinical",
    };
    BILAG_2004_ITEMS.iter().map(|i| (i.number, i.id, i.system, kind(i.kind), i.unit)).collect()
}

/// Grades of visits in rows as positions in A to E, -1 where open.
#[pyfunction]
pub(crate) fn bilag2004_grades<'py>(
    py: Python<'py>,
    arrays: BilagArrays<'py>,
    missing: &str,
    first_visit: &str,
    white_cells: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = rule(missing, first_visit, white_cells)?;
    let slices = arrays.slices()?;
    let graded: BilagColumns = py.detach(|| rule.grade_columns(&slices.input())).map_err(|e| error::scoring(&e))?;
    let out = PyDict::new(py);
    let columns = |columns: Vec<Vec<i8>>| columns.into_iter().map(|c| c.into_pyarray(py)).collect::<Vec<_>>();
    out.set_item("grade", columns(graded.grade))?;
    out.set_item("mildest", columns(graded.mildest))?;
    out.set_item("severest", columns(graded.severest))?;
    out.set_item("notes", graded.notes.into_pyarray(py))?;
    out.set_item("previous", graded.previous.into_pyarray(py))?;
    Ok(out)
}

/// Numeric totals of graded visits by a coding, with bounds.
#[pyfunction]
pub(crate) fn bilag2004_totals<'py>(
    py: Python<'py>,
    grade: Vec<PyReadonlyArray1<'py, i8>>,
    mildest: Vec<PyReadonlyArray1<'py, i8>>,
    severest: Vec<PyReadonlyArray1<'py, i8>>,
    coding: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let coding: Coding = word(coding)?;
    let owned = |columns: &[PyReadonlyArray1<'py, i8>]| {
        columns.iter().map(|c| Ok(c.as_slice()?.to_vec())).collect::<PyResult<Vec<_>>>()
    };
    let columns = BilagColumns::from_letters(Bilag2004::default(), owned(&grade)?, owned(&mildest)?, owned(&severest)?)
        .map_err(|e| error::scoring(&e))?;
    let totals = py.detach(|| columns.totals(coding));
    let out = PyDict::new(py);
    out.set_item("total", totals.total.into_pyarray(py))?;
    out.set_item("lower", totals.lower.into_pyarray(py))?;
    out.set_item("upper", totals.upper.into_pyarray(py))?;
    Ok(out)
}

/// Why the systems of a row have their grades.
#[pyfunction]
pub(crate) fn bilag2004_why(
    py: Python<'_>,
    arrays: BilagArrays<'_>,
    row: usize,
    missing: &str,
    first_visit: &str,
    white_cells: &str,
) -> PyResult<Vec<Step>> {
    let rule = rule(missing, first_visit, white_cells)?;
    let slices = arrays.slices()?;
    Ok(steps(py.detach(|| rule.why(&slices.input(), row)).map_err(|e| error::scoring(&e))?))
}

/// Flares of graded visits as positions in none, mild, moderate, severe: value, least and greatest, -1 where not known.
#[pyfunction]
pub(crate) fn bilag2004_flares<'py>(
    py: Python<'py>,
    arrays: BilagArrays<'py>,
    missing: &str,
    first_visit: &str,
    white_cells: &str,
    by_items: bool,
    flare_rule: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = rule(missing, first_visit, white_cells)?;
    let flare_rule: FlareRule = word(flare_rule)?;
    let slices = arrays.slices()?;
    let flares = py
        .detach(|| Ok(rule.grade_columns(&slices.input())?.flares(&slices.input(), by_items, flare_rule)))
        .map_err(|e: mscsle_scoring::ScoringError| error::scoring(&e))?;
    let out = PyDict::new(py);
    out.set_item("flare", flares.flare.into_pyarray(py))?;
    out.set_item("lower", flares.lower.into_pyarray(py))?;
    out.set_item("upper", flares.upper.into_pyarray(py))?;
    Ok(out)
}
