//! The instruments: byte columns in, columns of scores out; reasons as tuples.

use crate::error;
use mscsle_domain::TextColumn;
use mscsle_scoring::{ScoringError, Why, bilag_numeric, egfr, prednisone, sledai};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::str::FromStr;

pub(crate) mod bilag2004;
pub(crate) mod forms;
pub(crate) mod sledai_labs;

/// One step of a derivation: rule, confidence, item, value, threshold, contribution, whether it decided, sentence.
type Step = (String, &'static str, String, Option<String>, String, Option<String>, bool, String);
/// A name with its explanation.
type Word = (&'static str, &'static str);
/// Text as codes into levels.
type Texts<'py> = (PyReadonlyArray1<'py, i32>, Vec<String>);

fn steps(why: Why) -> Vec<Step> {
    why.reasons
        .into_iter()
        .map(|r| (r.rule, r.confidence.word(), r.item, r.value, r.threshold, r.contribution, r.decided, r.sentence))
        .collect()
}

fn word<T: FromStr<Err = ScoringError>>(word: &str) -> PyResult<T> {
    word.parse().map_err(|e| error::scoring(&e))
}

fn text((codes, levels): Texts<'_>) -> PyResult<TextColumn> {
    TextColumn::new(codes.as_slice()?.to_vec(), levels).map_err(|e| error::domain(&e))
}

fn optional_text(column: Option<Texts<'_>>) -> PyResult<Option<TextColumn>> {
    column.map(text).transpose()
}

/// The words of an option or of the notes of an instrument, with their sentence where there is one.
#[pyfunction]
pub(crate) fn scoring_words(what: &str) -> Vec<Word> {
    match what {
        "sledai_version" => sledai::Version::ALL.iter().map(|v| (v.word(), v.citation())).collect(),
        "sledai_missing" => sledai::MissingPolicy::ALL.iter().map(|v| (v.word(), "")).collect(),
        "sledai_note" => sledai::Note::ALL.iter().map(|v| (v.word(), v.sentence())).collect(),
        "sledai_labs_column" => sledai::LaboratoryColumn::ALL.iter().map(|c| (c.word(), "")).collect(),
        "sledai_labs_item" => sledai::DERIVABLE_ITEMS.iter().map(|i| (i.word(), "")).collect(),
        "sledai_labs_note" => sledai::SuggestionNote::ALL.iter().map(|v| (v.word(), v.sentence())).collect(),
        "sledai_system" => sledai::OrganSystem::ALL.iter().map(|v| (v.word(), "")).collect(),
        "bilag2004_note" => mscsle_scoring::bilag2004::Note::ALL.iter().map(|v| (v.word(), v.sentence())).collect(),
        "bilag_coding" => bilag_numeric::Coding::ALL.iter().map(|v| (v.word(), v.citation())).collect(),
        "bilag_note" => bilag_numeric::Note::ALL.iter().map(|v| (v.word(), v.sentence())).collect(),
        "ctcae_note" => mscsle_scoring::ctcae::Note::ALL.iter().map(|v| (v.word(), v.sentence())).collect(),
        "ctcae_term" => mscsle_scoring::ctcae::Term::ALL.iter().map(|v| (v.word(), "")).collect(),
        "egfr_equation" => egfr::Equation::ALL.iter().map(|v| (v.word(), v.citation())).collect(),
        "egfr_note" => egfr::Note::ALL.iter().map(|v| (v.word(), v.sentence())).collect(),
        "glucocorticoid" => prednisone::Glucocorticoid::ALL.iter().map(|v| (v.word(), "")).collect(),
        "prednisone_note" => prednisone::Note::ALL.iter().map(|v| (v.word(), v.sentence())).collect(),
        _ => Vec::new(),
    }
}

/// Values of a laboratory test in another unit.
#[pyfunction]
pub(crate) fn convert_values<'py>(
    py: Python<'py>,
    test: &str,
    values: PyReadonlyArray1<'py, f64>,
    from_unit: &str,
    to_unit: &str,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let values = values.as_slice()?;
    let converted = py
        .detach(|| mscsle_scoring::convert_values(test, values, from_unit, to_unit))
        .map_err(|e| error::scoring(&e))?;
    Ok(converted.into_pyarray(py))
}

/// Id, organ system and weight of the 24 descriptors.
#[pyfunction]
pub(crate) fn sledai_items() -> Vec<(&'static str, &'static str, u8)> {
    sledai::Item::ALL.iter().map(|i| (i.word(), i.system().word(), i.weight())).collect()
}

/// Label, citation and window of a version, and the names of the bands from the lowest.
#[pyfunction]
pub(crate) fn sledai_version(
    version: &str,
    bands: &str,
) -> PyResult<(&'static str, &'static str, u16, Vec<&'static str>)> {
    let version: sledai::Version = word(version)?;
    let bands: sledai::Bands = word(bands)?;
    Ok((version.label(), version.citation(), version.window_days(), bands.names().to_vec()))
}

fn sledai_rule(version: &str, missing: &str, bands: &str) -> PyResult<sledai::Sledai> {
    Ok(sledai::Sledai::new(word(version)?).missing(word(missing)?).bands(word(bands)?))
}

/// Scores of 24 byte columns: 1 present, 0 absent, -1 not done.
#[pyfunction]
pub(crate) fn sledai_scores<'py>(
    py: Python<'py>,
    columns: Vec<PyReadonlyArray1<'py, i8>>,
    recorded: Option<PyReadonlyArray1<'py, f64>>,
    version: &str,
    missing: &str,
    bands: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = sledai_rule(version, missing, bands)?;
    let columns = columns.iter().map(|c| c.as_slice()).collect::<Result<Vec<_>, _>>()?;
    let recorded = recorded.as_ref().map(|r| r.as_slice()).transpose()?;
    let scores = py.detach(|| rule.score_columns(&columns, recorded)).map_err(|e| error::scoring(&e))?;
    let out = PyDict::new(py);
    out.set_item("total", scores.total.into_pyarray(py))?;
    out.set_item("lower", scores.lower.into_pyarray(py))?;
    out.set_item("upper", scores.upper.into_pyarray(py))?;
    out.set_item("clinical", scores.clinical.into_pyarray(py))?;
    out.set_item("clinical_lower", scores.clinical_lower.into_pyarray(py))?;
    out.set_item("clinical_upper", scores.clinical_upper.into_pyarray(py))?;
    let by_system: Vec<_> = scores.by_system.into_iter().map(|c| c.into_pyarray(py)).collect();
    out.set_item("by_system", by_system)?;
    out.set_item("band", scores.band.into_pyarray(py))?;
    out.set_item("missing", scores.missing.into_pyarray(py))?;
    out.set_item("notes", scores.notes.into_pyarray(py))?;
    Ok(out)
}

/// Totals of 24 byte columns and nothing else: -1 where a descriptor is missing.
#[pyfunction]
pub(crate) fn sledai_totals<'py>(
    py: Python<'py>,
    columns: Vec<PyReadonlyArray1<'py, i8>>,
) -> PyResult<Bound<'py, PyArray1<i8>>> {
    let columns = columns.iter().map(|c| c.as_slice()).collect::<Result<Vec<_>, _>>()?;
    let totals = py.detach(|| sledai::totals(&columns)).map_err(|e| error::scoring(&e))?;
    Ok(totals.into_pyarray(py))
}

/// The columns after carrying laboratory descriptors forward, and the bits of those carried.
#[pyfunction]
#[expect(clippy::type_complexity, reason = "a pair of arrays")]
pub(crate) fn sledai_carry<'py>(
    py: Python<'py>,
    columns: Vec<PyReadonlyArray1<'py, i8>>,
    subject: PyReadonlyArray1<'py, i32>,
    day: PyReadonlyArray1<'py, f64>,
    max_age_days: f64,
) -> PyResult<(Vec<Bound<'py, PyArray1<i8>>>, Bound<'py, PyArray1<u32>>)> {
    let columns = columns.iter().map(|c| c.as_slice()).collect::<Result<Vec<_>, _>>()?;
    let (subject, day) = (subject.as_slice()?, day.as_slice()?);
    let carried =
        py.detach(|| sledai::carry_forward(&columns, subject, day, max_age_days)).map_err(|e| error::scoring(&e))?;
    Ok((carried.columns.into_iter().map(|c| c.into_pyarray(py)).collect(), carried.carried.into_pyarray(py)))
}

/// Why one assessment scored as it did.
#[pyfunction]
pub(crate) fn sledai_why(
    items: Vec<i8>,
    recorded: Option<f64>,
    version: &str,
    missing: &str,
    bands: &str,
) -> PyResult<Vec<Step>> {
    let rule = sledai_rule(version, missing, bands)?;
    let items = sledai::Items::from_codes(&items).map_err(|e| error::scoring(&e))?;
    Ok(steps(rule.why(&items, recorded)))
}

/// The organ systems of a version of BILAG.
#[pyfunction]
pub(crate) fn bilag_systems(version: &str) -> PyResult<Vec<&'static str>> {
    Ok(word::<bilag_numeric::BilagVersion>(version)?.systems().to_vec())
}

fn bilag_rule(coding: &str, version: &str, systems: Option<Vec<String>>) -> PyResult<bilag_numeric::BilagTotal> {
    let rule = bilag_numeric::BilagTotal::new(word(coding)?, word(version)?).map_err(|e| error::scoring(&e))?;
    match systems {
        None => Ok(rule),
        Some(systems) => {
            let names: Vec<&str> = systems.iter().map(String::as_str).collect();
            rule.over(&names).map_err(|e| error::scoring(&e))
        }
    }
}

/// Numeric totals of BILAG letters in rows.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "one array a column")]
pub(crate) fn bilag_totals<'py>(
    py: Python<'py>,
    visit: PyReadonlyArray1<'py, i32>,
    n_visits: usize,
    system: PyReadonlyArray1<'py, i32>,
    grade: PyReadonlyArray1<'py, i8>,
    coding: &str,
    version: &str,
    systems: Option<Vec<String>>,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = bilag_rule(coding, version, systems)?;
    let (visit, system, grade) = (visit.as_slice()?, system.as_slice()?, grade.as_slice()?);
    let totals = py.detach(|| rule.score_rows(visit, n_visits, system, grade)).map_err(|e| error::scoring(&e))?;
    let out = PyDict::new(py);
    out.set_item("coding", rule.coding.word())?;
    out.set_item("systems", rule.systems.clone())?;
    out.set_item("total", totals.total.into_pyarray(py))?;
    out.set_item("lower", totals.lower.into_pyarray(py))?;
    out.set_item("upper", totals.upper.into_pyarray(py))?;
    let counts: Vec<_> = totals.counts.into_iter().map(|c| c.into_pyarray(py)).collect();
    out.set_item("counts", counts)?;
    out.set_item("highest", totals.highest.into_pyarray(py))?;
    out.set_item("missing", totals.missing.into_pyarray(py))?;
    out.set_item("notes", totals.notes.into_pyarray(py))?;
    let letters: Vec<_> = totals.letters.into_iter().map(|c| c.into_pyarray(py)).collect();
    out.set_item("letters", letters)?;
    out.set_item("points", totals.points.into_pyarray(py))?;
    Ok(out)
}

/// Why one visit has its total: its rows of system and grade.
#[pyfunction]
pub(crate) fn bilag_total_why(
    system: Vec<i32>,
    grade: Vec<i8>,
    coding: &str,
    version: &str,
    systems: Option<Vec<String>>,
) -> PyResult<Vec<Step>> {
    let rule = bilag_rule(coding, version, systems)?;
    let visit = vec![0; system.len()];
    let totals = rule.score_rows(&visit, 1, &system, &grade).map_err(|e| error::scoring(&e))?;
    Ok(steps(totals.why(0).map_err(|e| error::scoring(&e))?))
}

/// The columns of an eGFR call.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct EgfrArrays<'py> {
    creatinine: PyReadonlyArray1<'py, f64>,
    age: PyReadonlyArray1<'py, f64>,
    sex: PyReadonlyArray1<'py, i8>,
    weight: Option<PyReadonlyArray1<'py, f64>>,
    height: Option<PyReadonlyArray1<'py, f64>>,
    race_coefficient: Option<PyReadonlyArray1<'py, i8>>,
    dialysis: Option<PyReadonlyArray1<'py, i8>>,
    subject: Option<PyReadonlyArray1<'py, i32>>,
}

impl EgfrArrays<'_> {
    fn input(&self) -> PyResult<egfr::EgfrInput<'_>> {
        Ok(egfr::EgfrInput {
            creatinine: self.creatinine.as_slice()?,
            age_years: self.age.as_slice()?,
            sex: self.sex.as_slice()?,
            weight_kg: self.weight.as_ref().map(|c| c.as_slice()).transpose()?,
            height_cm: self.height.as_ref().map(|c| c.as_slice()).transpose()?,
            race_coefficient: self.race_coefficient.as_ref().map(|c| c.as_slice()).transpose()?,
            dialysis: self.dialysis.as_ref().map(|c| c.as_slice()).transpose()?,
            subject: self.subject.as_ref().map(|c| c.as_slice()).transpose()?,
        })
    }
}

fn egfr_rule(equation: &str, unit: &str, under_18: &str) -> PyResult<egfr::Egfr> {
    Ok(egfr::Egfr::new(word(equation)?, word(unit)?).under_18(word(under_18)?))
}

/// Label, unit and citation of an equation.
#[pyfunction]
pub(crate) fn egfr_equation(equation: &str) -> PyResult<(&'static str, &'static str, &'static str)> {
    let equation: egfr::Equation = word(equation)?;
    Ok((equation.label(), equation.unit(), equation.citation()))
}

/// Body surface areas by Du Bois, m2.
#[pyfunction]
pub(crate) fn body_surface_area<'py>(
    py: Python<'py>,
    weight_kg: PyReadonlyArray1<'py, f64>,
    height_cm: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (weight, height) = (weight_kg.as_slice()?, height_cm.as_slice()?);
    let areas = py.detach(|| egfr::body_surface_areas(weight, height)).map_err(|e| error::scoring(&e))?;
    Ok(areas.into_pyarray(py))
}

/// Estimated filtration rates of columns.
#[pyfunction]
pub(crate) fn egfr_columns<'py>(
    py: Python<'py>,
    arrays: EgfrArrays<'py>,
    equation: &str,
    unit: &str,
    under_18: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = egfr_rule(equation, unit, under_18)?;
    let input = arrays.input()?;
    let columns = py.detach(|| rule.estimate_columns(&input)).map_err(|e| error::scoring(&e))?;
    let out = PyDict::new(py);
    out.set_item("value", columns.value.into_pyarray(py))?;
    out.set_item("equation", columns.equation.into_pyarray(py))?;
    out.set_item("notes", columns.notes.into_pyarray(py))?;
    Ok(out)
}

/// Why one row has its estimate.
#[pyfunction]
pub(crate) fn egfr_why(
    arrays: EgfrArrays<'_>,
    row: usize,
    equation: &str,
    unit: &str,
    under_18: &str,
) -> PyResult<Vec<Step>> {
    let rule = egfr_rule(equation, unit, under_18)?;
    let patient = arrays.input()?.row(row).map_err(|e| error::scoring(&e))?;
    Ok(steps(rule.why(&patient)))
}

/// The columns of prescriptions.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct PrescriptionArrays<'py> {
    drug: Texts<'py>,
    dose: PyReadonlyArray1<'py, f64>,
    unit: Option<Texts<'py>>,
    route: Option<Texts<'py>>,
    frequency: Option<Texts<'py>>,
}

/// The text columns of prescriptions, owned.
struct PrescriptionTexts {
    drug: TextColumn,
    unit: Option<TextColumn>,
    route: Option<TextColumn>,
    frequency: Option<TextColumn>,
}

impl PrescriptionTexts {
    fn columns<'a>(&'a self, dose: &'a [f64]) -> prednisone::PrescriptionColumns<'a> {
        prednisone::PrescriptionColumns {
            drug: &self.drug,
            dose,
            unit: self.unit.as_ref(),
            route: self.route.as_ref(),
            frequency: self.frequency.as_ref(),
        }
    }
}

impl<'py> PrescriptionArrays<'py> {
    fn split(self) -> PyResult<(PrescriptionTexts, PyReadonlyArray1<'py, f64>)> {
        let texts = PrescriptionTexts {
            drug: text(self.drug)?,
            unit: optional_text(self.unit)?,
            route: optional_text(self.route)?,
            frequency: optional_text(self.frequency)?,
        };
        Ok((texts, self.dose))
    }
}

/// Prednisone equivalents of prescriptions in rows.
#[pyfunction]
pub(crate) fn prednisone_equivalents<'py>(
    py: Python<'py>,
    arrays: PrescriptionArrays<'py>,
    pulse_from_mg: f64,
    betamethasone_mg: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = prednisone::Equivalents { pulse_from_mg, betamethasone_mg };
    let (texts, dose) = arrays.split()?;
    let given = texts.columns(dose.as_slice()?);
    let columns = py.detach(|| rule.of_columns(&given)).map_err(|e| error::scoring(&e))?;
    let out = PyDict::new(py);
    out.set_item("drug", columns.drug.into_pyarray(py))?;
    out.set_item("per_day", columns.per_day.into_pyarray(py))?;
    out.set_item("per_dose", columns.per_dose.into_pyarray(py))?;
    out.set_item("doses_per_day", columns.doses_per_day.into_pyarray(py))?;
    out.set_item("pulse", columns.pulse.into_pyarray(py))?;
    out.set_item("notes", columns.notes.into_pyarray(py))?;
    Ok(out)
}

/// The glucocorticoid that each name may mean without being one; none for known names and other drugs.
#[pyfunction]
pub(crate) fn glucocorticoid_perhaps(names: Vec<String>) -> Vec<Option<&'static str>> {
    names.iter().map(|name| prednisone::Glucocorticoid::perhaps(name).map(|drug| drug.word())).collect()
}

/// Why one prescription has its equivalent.
#[pyfunction]
pub(crate) fn prednisone_why(
    arrays: PrescriptionArrays<'_>,
    row: usize,
    pulse_from_mg: f64,
    betamethasone_mg: f64,
) -> PyResult<Vec<Step>> {
    let rule = prednisone::Equivalents { pulse_from_mg, betamethasone_mg };
    let (texts, dose) = arrays.split()?;
    Ok(steps(rule.why(&texts.columns(dose.as_slice()?).row(row))))
}

/// The dose in force (`days` = 1), or its mean over the days that end with the date, at each subject and date.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "two tables and three options")]
pub(crate) fn prednisone_doses<'py>(
    py: Python<'py>,
    arrays: PrescriptionArrays<'py>,
    subject: PyReadonlyArray1<'py, i32>,
    start: Texts<'py>,
    end: Option<Texts<'py>>,
    at_subject: PyReadonlyArray1<'py, i32>,
    at_date: Texts<'py>,
    days: u16,
    pulse_from_mg: f64,
    betamethasone_mg: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = prednisone::Equivalents { pulse_from_mg, betamethasone_mg };
    let (texts, dose) = arrays.split()?;
    let (start, end, at_date) = (text(start)?, optional_text(end)?, text(at_date)?);
    let (given, subject, at_subject) = (texts.columns(dose.as_slice()?), subject.as_slice()?, at_subject.as_slice()?);
    let doses = py
        .detach(|| rule.history(&given, subject, &start, end.as_ref())?.at_dates(at_subject, &at_date, days))
        .map_err(|e| error::scoring(&e))?;
    let out = PyDict::new(py);
    out.set_item("per_day", doses.per_day.into_pyarray(py))?;
    out.set_item("lower", doses.lower.into_pyarray(py))?;
    out.set_item("pulse_mg", doses.pulse_mg.into_pyarray(py))?;
    Ok(out)
}
