//! Instruments filled in as forms, and laboratory grades.

use super::{Step, Texts, optional_text, steps, text, word};
use crate::error;
use mscsle_scoring::form::{FieldScale, Form, answers_of_row, score_form};
use mscsle_scoring::{astct, clasi, ctcae, flare_index, pga, sdi};
use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Id, scale (`flag`, `points`, `amount`, `number`), most points (0 without) and meaning of a field.
type FieldRow = (&'static str, &'static str, u8, &'static str);
/// Citation, fields, labels and notes of a form.
type FormInfo = (&'static str, Vec<FieldRow>, Vec<&'static str>, Vec<(&'static str, &'static str)>);

/// The instrument of an id with its options.
fn form(id: &str, option: &str) -> PyResult<Box<dyn Form>> {
    Ok(match id {
        "sdi" => Box::new(sdi::Sdi { version: word(option)? }),
        "clasi_activity" => Box::new(clasi::ClasiActivity),
        "clasi_damage" => Box::new(clasi::ClasiDamage),
        "pga" => Box::new(pga::Pga),
        "sle_das" => Box::new(pga::SleDas),
        "sfi" | "sfi_modified" => Box::new(flare_index::FlareIndex {
            severe_sledai: word(option.trim_end_matches("+mycophenolate"))?,
            modified: id == "sfi_modified",
            mycophenolate_severe: option.ends_with("+mycophenolate"),
        }),
        "sfi_revised" => Box::new(flare_index::RevisedFlareIndex),
        "crs" => Box::new(astct::Crs { fever_required: option != "fever_not_required" }),
        "icans" => Box::new(astct::Icans),
        "infusion_reaction" => {
            let hours = option.parse().map_err(|_| {
                error::raise(error::Class::Option, &format!("`window_hours` must be a number, but is `{option}`"))
            })?;
            Box::new(astct::InfusionReaction { window_hours: hours })
        }
        _ => return Err(error::raise(error::Class::Option, &format!("unknown form `{id}`"))),
    })
}

/// Citation, fields, labels and notes of an instrument.
#[pyfunction]
pub(crate) fn form_info(id: &str, option: &str) -> PyResult<FormInfo> {
    let form = form(id, option)?;
    let scale = |scale| match scale {
        FieldScale::Flag => ("flag", 1),
        FieldScale::Points(most) => ("points", most),
        FieldScale::Amount => ("amount", 0),
        FieldScale::Number => ("number", 0),
    };
    let fields = form.fields().iter().map(|f| {
        let (kind, most) = scale(f.scale);
        (f.id, kind, most, f.meaning)
    });
    Ok((form.citation(), fields.collect(), form.labels().to_vec(), form.notes().to_vec()))
}

fn slices<'a>(columns: &'a [Option<PyReadonlyArray1<'_, f64>>]) -> PyResult<Vec<Option<&'a [f64]>>> {
    columns.iter().map(|c| Ok(c.as_ref().map(|c| c.as_slice()).transpose()?)).collect()
}

/// Scores of an instrument from its fields as columns.
#[pyfunction]
pub(crate) fn form_scores<'py>(
    py: Python<'py>,
    id: &str,
    option: &str,
    columns: Vec<Option<PyReadonlyArray1<'py, f64>>>,
) -> PyResult<Bound<'py, PyDict>> {
    let form = form(id, option)?;
    let columns = slices(&columns)?;
    let scores = py.detach(|| score_form(form.as_ref(), &columns)).map_err(|e| error::scoring(&e))?;
    let out = PyDict::new(py);
    out.set_item("value", scores.value.into_pyarray(py))?;
    out.set_item("lower", scores.lower.into_pyarray(py))?;
    out.set_item("upper", scores.upper.into_pyarray(py))?;
    out.set_item("label", scores.label.into_pyarray(py))?;
    out.set_item("notes", scores.notes.into_pyarray(py))?;
    Ok(out)
}

/// Why one row of an instrument scored as it did.
#[pyfunction]
pub(crate) fn form_why(
    id: &str,
    option: &str,
    columns: Vec<Option<PyReadonlyArray1<'_, f64>>>,
    row: usize,
) -> PyResult<Vec<Step>> {
    let form = form(id, option)?;
    let answers = answers_of_row(form.as_ref(), &slices(&columns)?, row).map_err(|e| error::scoring(&e))?;
    Ok(steps(form.why(&answers)))
}

/// Rows where a subject's damage index is below an earlier one.
#[pyfunction]
pub(crate) fn sdi_falling(
    subject: PyReadonlyArray1<'_, i32>,
    day: PyReadonlyArray1<'_, f64>,
    value: PyReadonlyArray1<'_, f64>,
) -> PyResult<Vec<bool>> {
    Ok(sdi::falling_visits(subject.as_slice()?, day.as_slice()?, value.as_slice()?))
}

/// Results as numbers or as texts.
#[derive(FromPyObject)]
pub(crate) enum ValueArray<'py> {
    Numbers(PyReadonlyArray1<'py, f64>),
    Texts(Texts<'py>),
}

/// The columns of a laboratory table.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct LabArrays<'py> {
    subject: PyReadonlyArray1<'py, i32>,
    test: Texts<'py>,
    value: ValueArray<'py>,
    unit: Option<Texts<'py>>,
    lln: Option<PyReadonlyArray1<'py, f64>>,
    uln: Option<PyReadonlyArray1<'py, f64>>,
    baseline: Option<PyReadonlyArray1<'py, i8>>,
    day: Option<PyReadonlyArray1<'py, f64>>,
}

/// CTCAE grades of laboratory results, and the worst grade after baseline by subject and term.
#[pyfunction]
pub(crate) fn ctcae_grades<'py>(py: Python<'py>, arrays: LabArrays<'py>) -> PyResult<Bound<'py, PyDict>> {
    let (test, unit) = (text(arrays.test)?, optional_text(arrays.unit)?);
    let (numbers, texts) = match arrays.value {
        ValueArray::Numbers(numbers) => (Some(numbers), None),
        ValueArray::Texts(texts) => (None, Some(text(texts)?)),
    };
    let value = match (&numbers, &texts) {
        (Some(numbers), _) => ctcae::LabValues::Numbers(numbers.as_slice()?),
        (None, Some(texts)) => ctcae::LabValues::Texts(texts),
        (None, None) => ctcae::LabValues::Numbers(&[]),
    };
    let input = ctcae::CtcaeInput {
        subject: arrays.subject.as_slice()?,
        test: &test,
        value,
        unit: unit.as_ref(),
        lln: arrays.lln.as_ref().map(|c| c.as_slice()).transpose()?,
        uln: arrays.uln.as_ref().map(|c| c.as_slice()).transpose()?,
        baseline: arrays.baseline.as_ref().map(|c| c.as_slice()).transpose()?,
        day: arrays.day.as_ref().map(|c| c.as_slice()).transpose()?,
    };
    let (graded, worst) = py
        .detach(|| {
            let graded = ctcae::grade_rows(&input)?;
            let worst = ctcae::worst_shifts(&input, &graded);
            Ok((graded, worst))
        })
        .map_err(|e: mscsle_scoring::ScoringError| error::scoring(&e))?;
    let out = PyDict::new(py);
    out.set_item("term", graded.term.into_pyarray(py))?;
    out.set_item("grade", graded.grade.into_pyarray(py))?;
    out.set_item("lower", graded.lower.into_pyarray(py))?;
    out.set_item("upper", graded.upper.into_pyarray(py))?;
    out.set_item("baseline_grade", graded.baseline_grade.into_pyarray(py))?;
    out.set_item("is_baseline", graded.is_baseline.into_pyarray(py))?;
    out.set_item("notes", graded.notes.into_pyarray(py))?;
    let measured: Vec<_> =
        graded.measured.iter().map(|m| (m.value, m.lln, m.uln, m.baseline, m.baseline_uln)).collect();
    out.set_item("measured", measured)?;
    let worst: Vec<_> =
        worst.iter().map(|w| (w.subject, w.term.code(), w.baseline, w.worst, w.row, w.is_emergent())).collect();
    out.set_item("worst", worst)?;
    Ok(out)
}

/// Why a value has its CTCAE grade: value, LLN, ULN, baseline and ULN at baseline in the canonical unit.
#[pyfunction]
pub(crate) fn ctcae_why(term: &str, measured: (f64, f64, f64, f64, f64)) -> PyResult<Vec<Step>> {
    let (value, lln, uln, baseline, baseline_uln) = measured;
    Ok(steps(ctcae::why(word(term)?, &ctcae::Measured { value, lln, uln, baseline, baseline_uln })))
}
