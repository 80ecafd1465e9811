//! The rows of a trial's tables as records of measures in canonical units.

use crate::history::{Cell, Event, History, SourceRow, Subject};
use crate::measure::{MEASURES, measure_index};
use crate::read::column_of;
use mscsle_domain::{
    Column, Day, Finding, Findings, Qualifier, SLEDAI_ITEMS, Severity, Table, TextColumn, Trial, lab_test,
};
use mscsle_scoring::prednisone::{DoseHistory, Equivalents, Prescription, SteroidRecord, is_single_dose};
use mscsle_scoring::sledai::{Items, Sledai, Version};

/// One value of one measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'t> {
    pub(crate) measure: usize,
    pub(crate) label: Option<&'t str>,
    pub(crate) day: Option<Day>,
    /// Filled in when time zero is known.
    pub(crate) day_from_zero: Option<f64>,
    pub(crate) value: f64,
    pub(crate) uln: f64,
    pub(crate) lln: f64,
    pub(crate) table: &'static str,
    pub(crate) row: u32,
    pub(crate) attributed: i8,
}

/// One row of `assessments`.
pub(crate) struct Assessment<'t> {
    pub(crate) label: Option<&'t str>,
    pub(crate) day: Option<Day>,
    pub(crate) what: &'t str,
    pub(crate) value: &'t str,
    pub(crate) row: u32,
}

/// The records of every subject, in table order.
pub(crate) fn collect<'t>(trial: &'t Trial, findings: &mut Findings) -> Vec<Vec<Record<'t>>> {
    let mut records: Vec<Vec<Record<'t>>> = vec![Vec::new(); trial.n_subjects()];
    labs(trial, &mut records, findings);
    sledai(trial, &mut records);
    pga(trial, &mut records);
    weights(trial, &mut records);
    scores(trial, &mut records, findings);
    crate::activity::bilag(trial, &mut records);
    crate::activity::sledai_items(trial, &mut records);
    records
}

pub(crate) fn assessments(trial: &Trial, subject: usize) -> impl Iterator<Item = Assessment<'_>> {
    let table = trial.table("assessments");
    trial.rows("assessments", subject).iter().filter_map(move |&row| {
        let table = table?;
        Some(Assessment {
            label: table.text("visit", row),
            day: trial.day("assessments", "date", row).map(|(day, _)| day),
            what: table.text("what", row)?,
            value: table.text("value", row)?,
            row: u32::try_from(row).ok()?,
        })
    })
}

/// Where a row stands: its label and its own date.
pub(crate) struct Place<'t> {
    pub(crate) table: &'t Table,
    trial: &'t Trial,
    name: &'static str,
}

impl<'t> Place<'t> {
    pub(crate) fn new(trial: &'t Trial, name: &'static str) -> Option<Place<'t>> {
        trial.table(name).map(|table| Place { table, trial, name })
    }

    pub(crate) fn record(&self, measure: usize, row: usize, value: f64) -> Record<'t> {
        Record {
            measure,
            label: self.table.text("visit", row),
            day: self.trial.day(self.name, "date", row).map(|(day, _)| day),
            day_from_zero: None,
            value,
            uln: f64::NAN,
            lln: f64::NAN,
            table: self.name,
            row: u32::try_from(row).unwrap_or(u32::MAX),
            attributed: -1,
        }
    }
}

fn labs<'t>(trial: &'t Trial, records: &mut [Vec<Record<'t>>], findings: &mut Findings) {
    let Some(place) = Place::new(trial, "labs") else { return };
    let table = place.table;
    // each distinct test, and each unit of a test, is looked up once by its code
    let codes = |name: &str| match table.column(name) {
        Some(Column::Text(text)) => Some(text),
        _ => None,
    };
    let (Some(tests), units) = (codes("test"), codes("unit")) else { return };
    let measures: Vec<Option<usize>> = tests.levels.iter().map(|test| measure_index(test)).collect();
    let n_units = units.map_or(0, |units| units.levels.len()) + 1; // the last one is none
    let mut factors: Vec<Option<Option<f64>>> = vec![None; measures.len() * n_units];
    let numbers = |name: &str| match table.column(name) {
        Some(Column::Number(numbers)) => Some(numbers.as_slice()),
        _ => None,
    };
    let (upper, lower) = (numbers("uln"), numbers("lln"));
    let limit = |column: Option<&[f64]>, row: usize| column.and_then(|c| c.get(row)).copied().unwrap_or(f64::NAN);
    for (s, records) in records.iter_mut().enumerate() {
        for &row in trial.rows("labs", s) {
            let code = |of: Option<&TextColumn>| of.and_then(|of| usize::try_from(*of.codes.get(row)?).ok());
            let Some(test_code) = code(Some(tests)) else { continue };
            let Some(measure) = measures.get(test_code).copied().flatten() else { continue };
            let test = tests.levels.get(test_code).map_or("", String::as_str);
            let Some(result) = table.result("value", row) else { continue };
            let mut refuse = |column: &str, value: Option<&str>, rule: &'static str, message: String| {
                findings.push(Finding {
                    table: "labs".to_owned(),
                    row: Some(row),
                    column: Some(column.to_owned()),
                    subject: trial.subjects().get(s).cloned(),
                    value: value.map(str::to_owned),
                    rule,
                    severity: Severity::Error,
                    message,
                });
            };
            let is_grade = MEASURES.get(measure).is_some_and(|m| m.unit == "grade");
            if result.qualifier == Qualifier::Grade && !is_grade && result.number != 0.0 {
                let message = format!("`{test}` must be a number here, not a grade; the row is not used by endpoints");
                refuse("value", table.text("value", row), "grade_not_usable", message);
                continue;
            }
            let unit_code = code(units);
            let unit = unit_code.and_then(|c| units?.levels.get(c)).map_or("", String::as_str);
            let known = factors.get_mut(test_code * n_units + unit_code.unwrap_or(n_units - 1));
            let factor = match known {
                Some(known) => *known.get_or_insert_with(|| to_canonical(measure, unit)),
                None => to_canonical(measure, unit),
            };
            let Some(factor) = factor else {
                let canonical = MEASURES.get(measure).map_or("", |m| m.unit);
                let message = if unit.is_empty() {
                    format!("`{test}` has no unit; the row is not used by endpoints, `{canonical}` would be right")
                } else {
                    format!(
                        "`{unit}` is no unit of `{test}`; the row is not used by endpoints, `{canonical}` would be right"
                    )
                };
                refuse("unit", table.text("unit", row), "unit_not_usable", message);
                continue;
            };
            records.push(Record {
                uln: limit(upper, row) * factor,
                lln: limit(lower, row) * factor,
                attributed: table.flag("due_to_sle", row).map_or(-1, i8::from),
                ..place.record(measure, row, result.number * factor)
            });
        }
    }
}

/// Factor from a unit to the canonical one.
fn to_canonical(measure: usize, unit: &str) -> Option<f64> {
    let test = lab_test(MEASURES.get(measure)?.id)?;
    if unit.trim().is_empty() && test.is_unitless() {
        return Some(1.0);
    }
    test.unit(unit).map(|accepted| accepted.multiply / accepted.divide)
}

fn sledai<'t>(trial: &'t Trial, records: &mut [Vec<Record<'t>>]) {
    let (Some(place), Some(total), Some(clinical)) =
        (Place::new(trial, "sledai"), measure_index("sledai"), measure_index("clinical_sledai"))
    else {
        return;
    };
    let rule = Sledai::new(Version::Sledai2k); // the weights are those of all versions
    let items: Vec<Option<&[i8]>> = SLEDAI_ITEMS
        .iter()
        .map(|item| match place.table.column(item) {
            Some(Column::Flag(flags)) => Some(flags.as_slice()),
            _ => None,
        })
        .collect();
    for (s, records) in records.iter_mut().enumerate() {
        for &row in trial.rows("sledai", s) {
            let items = Items::from_array(std::array::from_fn(|i| {
                match items.get(i).copied().flatten().and_then(|flags| flags.get(row)) {
                    Some(1) => Some(true),
                    Some(0) => Some(false),
                    _ => None,
                }
            }));
            let score = rule.score_recorded(&items, place.table.number("total", row));
            for (measure, value) in [(total, score.value), (clinical, score.clinical)] {
                if let Some(value) = value {
                    records.push(place.record(measure, row, f64::from(value)));
                }
            }
        }
    }
}

fn pga<'t>(trial: &'t Trial, records: &mut [Vec<Record<'t>>]) {
    let (Some(place), Some(measure)) = (Place::new(trial, "pga"), measure_index("pga")) else { return };
    for (s, records) in records.iter_mut().enumerate() {
        for &row in trial.rows("pga", s) {
            let (Some(value), Some(scale)) =
                (place.table.number("value", row), place.table.number("scale_max", row).filter(|x| *x > 0.0))
            else {
                continue;
            };
            records.push(place.record(measure, row, value * 3.0 / scale));
        }
    }
}

fn weights<'t>(trial: &'t Trial, records: &mut [Vec<Record<'t>>]) {
    let (Some(place), Some(measure)) = (Place::new(trial, "vitals"), measure_index("weight")) else { return };
    for (s, records) in records.iter_mut().enumerate() {
        for &row in trial.rows("vitals", s) {
            if let Some(value) = place.table.number("weight_kg", row).filter(|kg| *kg > 0.0) {
                records.push(place.record(measure, row, value));
            }
        }
    }
}

/// Organs of the revised SELENA flare index, as in `mscsle_scoring::RevisedFlareIndex`.
const ORGANS: [&str; 8] = [
    "mucocutaneous",
    "musculoskeletal",
    "cardiopulmonary",
    "haematological",
    "constitutional",
    "renal",
    "neurological",
    "gastrointestinal",
];

/// Scores recorded in `assessments`: the SLE-DAS, and the revised flare index by organ.
fn scores<'t>(trial: &'t Trial, records: &mut [Vec<Record<'t>>], findings: &mut Findings) {
    let (Some(place), Some(das), Some(highest), Some(open)) = (
        Place::new(trial, "assessments"),
        measure_index("sle_das"),
        measure_index("sfi_revised"),
        measure_index("sfi_revised_open"),
    ) else {
        return;
    };
    for (s, records) in records.iter_mut().enumerate() {
        // one entry an assessment: its first row as a record, and the grades known
        let mut graded: Vec<(Record<'t>, [Option<f64>; ORGANS.len()])> = Vec::new();
        for &row in trial.rows("assessments", s) {
            let (Some(what), Some(text)) = (place.table.text("what", row), place.table.text("value", row)) else {
                continue;
            };
            let organ = what.strip_prefix("sfi_").and_then(|organ| ORGANS.iter().position(|other| *other == organ));
            let value = match (what, organ) {
                ("sle_das", _) => text.trim().parse::<f64>().ok().filter(|x| x.is_finite() && *x >= 0.0),
                (_, Some(_)) => sfi_grade(text),
                _ => continue,
            };
            let Some(value) = value else {
                let right = if organ.is_some() { "0 to 3, or none, mild, moderate, severe" } else { "a number >= 0" };
                findings.push(Finding {
                    table: "assessments".to_owned(),
                    row: Some(row),
                    column: Some("value".to_owned()),
                    subject: trial.subjects().get(s).cloned(),
                    value: Some(text.to_owned()),
                    rule: "score_not_usable",
                    severity: Severity::Error,
                    message: format!("`{what}` cannot be `{text}`; {right} would be right; the row is not used"),
                });
                continue;
            };
            let Some(organ) = organ else {
                records.push(place.record(das, row, value));
                continue;
            };
            let record = place.record(highest, row, value);
            let same = |other: &Record<'_>| other.label == record.label && other.day == record.day;
            let at = match graded.iter().position(|(other, _)| same(other)) {
                Some(at) => at,
                None => {
                    graded.push((record, [None; ORGANS.len()]));
                    graded.len() - 1
                }
            };
            if let Some(slot) = graded.get_mut(at).and_then(|(_, grades)| grades.get_mut(organ)) {
                *slot = Some(slot.map_or(value, |other: f64| other.max(value)));
            }
        }
        for (record, grades) in graded {
            let known = grades.iter().flatten().copied().fold(0.0, f64::max);
            let missing = grades.iter().filter(|grade| grade.is_none()).count();
            records.push(Record { value: known, ..record });
            records.push(Record { measure: open, value: missing as f64, ..record });
        }
    }
}

fn sfi_grade(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let words = ["none", "mild", "moderate", "severe"];
    let grade = words.iter().position(|word| *word == text).map(|grade| grade as f64);
    grade.or_else(|| text.parse::<f64>().ok().filter(|x| [0.0, 1.0, 2.0, 3.0].contains(x)))
}

/// Medications as events: `start_<drug>` on the first day of a prescription, and `iv_pulse` of an intravenous pulse of a
/// glucocorticoid.
pub(crate) fn medication_events(trial: &Trial, subject: usize, of: &mut Subject) {
    let (Some(table), Some(zero)) = (trial.table("medications"), of.time_zero) else { return };
    let equivalents = Equivalents::default();
    for &row in trial.rows("medications", subject) {
        let Some(drug) = table.text("drug", row) else { continue };
        let Some((start, _)) = trial.day("medications", "start_date", row) else { continue };
        let day = f64::from(start.0) - f64::from(zero.0);
        let source = SourceRow { table: "medications", row: u32::try_from(row).unwrap_or(u32::MAX) };
        let given = Prescription {
            drug: Some(drug),
            dose: table.number("dose", row),
            unit: table.text("unit", row),
            route: table.text("route", row),
            frequency: table.text("frequency", row),
        };
        if equivalents.of(&given).pulse {
            of.events.push(Event { name: "iv_pulse".to_owned(), day, source });
        }
        let word: String =
            drug.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
        of.events.push(Event { name: format!("start_{word}"), day, source });
    }
}

/// The oral prednisone equivalent in force on each visit day and at time zero; 0 without a glucocorticoid, missing where a
/// prescription in force cannot be read. Intravenous pulses are not part of it.
pub(crate) fn fill_prednisone(trial: &Trial, history: &mut History) {
    let Some(table) = trial.table("medications") else { return };
    let equivalents = Equivalents::default();
    let mut records = Vec::new();
    for subject in 0..trial.n_subjects() {
        for &row in trial.rows("medications", subject) {
            let given = Prescription {
                drug: table.text("drug", row),
                dose: table.number("dose", row),
                unit: table.text("unit", row),
                route: table.text("route", row),
                frequency: table.text("frequency", row),
            };
            let equivalent = equivalents.of(&given);
            let Some(drug) = equivalent.drug.or(equivalent.perhaps) else { continue };
            let start = trial.day("medications", "start_date", row).map(|(day, _)| day.0);
            let end = trial.day("medications", "end_date", row).map(|(day, _)| day.0);
            let single = table.text("frequency", row).is_some_and(is_single_dose);
            records.push(SteroidRecord {
                subject: i32::try_from(subject).unwrap_or(i32::MAX),
                drug,
                per_day: equivalent.per_day.unwrap_or(f64::NAN),
                pulse_per_day: 0.0,
                start: start.unwrap_or(i32::MIN),
                end: end.or(if single { start } else { None }).unwrap_or(i32::MAX),
            });
        }
    }
    let with_records: std::collections::HashSet<i32> = records.iter().map(|r: &SteroidRecord| r.subject).collect();
    let has_records = |subject: usize| i32::try_from(subject).is_ok_and(|s| with_records.contains(&s));
    let doses = DoseHistory::new(records);
    let (n_visits, n_subjects) = (history.visits.len(), history.subjects.len());
    let mut columns = [
        ("prednisone", 0u16),
        ("prednisone_days_above_10", 56),
        ("prednisone_run_above_10", 56),
        ("prednisone_max_84", 84),
    ]
    .map(|(id, days)| (id, days, vec![Cell::MISSING; n_visits], vec![Cell::MISSING; n_subjects]));
    for (s, subject) in history.subjects.iter().enumerate() {
        let Some(zero) = subject.time_zero else { continue };
        for (id, days, visits, baseline) in &mut columns {
            let cell = |day: f64| {
                let on = |back: u16| {
                    let day = zero.0.saturating_add(day as i32).saturating_sub(i32::from(back));
                    doses.on_day(i32::try_from(s).unwrap_or(i32::MAX), day).per_day
                };
                Cell { value: over_window(id, *days, !has_records(s), &on), day, ..Cell::MISSING }
            };
            if let Some(slot) = baseline.get_mut(s) {
                *slot = cell(0.0);
            }
            for visit in subject.visits.clone() {
                if let (Some(slot), Some(at)) = (visits.get_mut(visit), history.visits.get(visit)) {
                    *slot = cell(at.day);
                }
            }
        }
    }
    per_kg(history, &columns[0].2, &columns[0].3);
    for (id, _, visits, baseline) in columns {
        if let Some(measure) = measure_index(id) {
            let column = column_of(history, measure, n_visits, n_subjects);
            column.visits = visits;
            column.baseline = baseline;
        }
    }
}

/// `prednisone_per_kg`: the dose over the last weight known up to the visit.
fn per_kg(history: &mut History, doses: &[Cell], at_zero: &[Cell]) {
    let (Some(weight), Some(target)) = (measure_index("weight"), measure_index("prednisone_per_kg")) else { return };
    let Some(weights) = history.measure(weight).cloned() else { return };
    let (n_visits, n_subjects) = (history.visits.len(), history.subjects.len());
    let (mut visits, mut baseline) = (vec![Cell::MISSING; n_visits], vec![Cell::MISSING; n_subjects]);
    for (s, subject) in history.subjects.iter().enumerate() {
        let mut last = weights.baseline.get(s).map_or(f64::NAN, |cell| cell.value);
        if let (Some(dose), Some(slot)) = (at_zero.get(s), baseline.get_mut(s)) {
            *slot = Cell { value: dose.value / last, ..*dose };
        }
        for visit in subject.visits.clone() {
            last = weights.visits.get(visit).filter(|cell| cell.is_known()).map_or(last, |cell| cell.value);
            if let (Some(dose), Some(slot)) = (doses.get(visit), visits.get_mut(visit)) {
                *slot = Cell { value: dose.value / last, ..*dose };
            }
        }
    }
    let column = column_of(history, target, n_visits, n_subjects);
    column.visits = visits;
    column.baseline = baseline;
}

/// A dose, or what is asked of the doses of a window of days up to the day; missing when a dose in it cannot be read.
fn over_window(id: &str, days: u16, none: bool, on: &dyn Fn(u16) -> f64) -> f64 {
    const LIMIT: f64 = 10.0;
    if none {
        return 0.0;
    }
    if days == 0 {
        return on(0);
    }
    let (mut above, mut run, mut longest, mut highest) = (0u16, 0u16, 0u16, 0.0f64);
    for back in 0..days {
        let dose = on(back);
        if dose.is_nan() {
            return f64::NAN;
        }
        highest = highest.max(dose);
        if dose > LIMIT + 1e-9 {
            above += 1;
            run += 1;
            longest = longest.max(run);
        } else {
            run = 0;
        }
    }
    match id {
        "prednisone_days_above_10" => f64::from(above),
        "prednisone_run_above_10" => f64::from(longest),
        _ => highest,
    }
}
