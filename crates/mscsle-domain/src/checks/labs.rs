//! Rules about laboratory results: tests, units, limits of the plausible. A unit is never guessed.

use super::Hit;
use crate::typing::number_text;
use crate::{
    AcceptedUnit, Column, LabTest, LabValue, Qualifier, Table, TextColumn, Trial, did_you_mean, lab_test, lab_tests,
};
use std::collections::HashMap;

/// A row of `labs` whose test is in the catalogue.
pub(super) struct Row<'a> {
    pub(super) row: usize,
    pub(super) test: &'static LabTest,
    unit: Option<&'a str>,
    /// The accepted unit; without one, the test's own when it needs none.
    pub(super) accepted: Option<&'static AcceptedUnit>,
    pub(super) value: Option<LabValue>,
}

/// What a test and a unit are in the catalogue.
type Known = (Option<&'static LabTest>, Option<&'static AcceptedUnit>);

pub(super) fn rows(labs: &Table) -> impl Iterator<Item = Row<'_>> {
    // Spellings are resolved once for each pair of test and unit, not once a row.
    let mut known: HashMap<(i32, i32), Known> = HashMap::new();
    let mut last: Option<((i32, i32), Known)> = None;
    let (tests, units) = (text(labs, "test"), text(labs, "unit"));
    let code = |column: Option<&TextColumn>, row: usize| column.and_then(|c| c.codes.get(row)).copied().unwrap_or(-1);
    (0..labs.n_rows()).filter_map(move |row| {
        let pair = (code(tests, row), code(units, row));
        let (test, accepted) = match last {
            Some((of, found)) if of == pair => found,
            _ => *known.entry(pair).or_insert_with(|| {
                let test = tests.and_then(|tests| tests.get(row)).and_then(lab_test);
                let unit = units.and_then(|units| units.get(row)).unwrap_or("");
                (test, test.and_then(|test| test.unit(unit)))
            }),
        };
        last = Some((pair, (test, accepted)));
        let unit = units.and_then(|units| units.get(row));
        Some(Row { row, test: test?, unit, accepted, value: labs.result("value", row) })
    })
}

fn text<'a>(table: &'a Table, column: &str) -> Option<&'a TextColumn> {
    match table.column(column) {
        Some(Column::Text(text)) => Some(text),
        _ => None,
    }
}

impl Row<'_> {
    /// Dipstick words that say a result of this test without a unit: any grade of a dipstick or of casts, and "none" of
    /// a test of which 0 is a result.
    fn is_word(&self) -> bool {
        self.value.is_some_and(|value| {
            value.qualifier == Qualifier::Grade && (self.test.is_unitless() || (self.test.zero && value.number == 0.0))
        })
    }
}

fn each(trial: &Trial, rule: impl Fn(&Row<'_>) -> Option<Hit>) -> Vec<Hit> {
    trial.table("labs").map_or_else(Vec::new, |labs| rows(labs).filter_map(|row| rule(&row)).collect())
}

/// Tests that are not in the catalogue.
pub(super) fn unknown_test(trial: &Trial) -> Vec<Hit> {
    let Some(tests) = trial.table("labs").and_then(|labs| text(labs, "test")) else { return Vec::new() };
    let is_known: Vec<bool> = tests.levels.iter().map(|id| lab_test(id).is_some()).collect();
    (tests.codes.iter().enumerate())
        .filter_map(|(row, &code)| {
            let level = usize::try_from(code).ok()?;
            let (id, is_known) = (tests.levels.get(level)?, *is_known.get(level)?);
            (!is_known).then(|| {
                let hint = did_you_mean(id, lab_tests().iter().map(|test| test.id));
                let message =
                    format!("`{id}` is not in the catalogue of laboratory tests; its unit is not checked{hint}");
                Hit::cell("labs", row, "test", message)
            })
        })
        .collect()
}

/// Results without a unit.
pub(super) fn missing_unit(trial: &Trial) -> Vec<Hit> {
    each(trial, |row| {
        row.value.filter(|_| row.unit.is_none() && row.accepted.is_none() && !row.is_word())?;
        let message = format!("`{}` has no unit and units are not guessed; write {}", row.test.id, row.test.accepted());
        Some(Hit::cell("labs", row.row, "unit", message).drop_cells(vec!["value", "lln", "uln"]))
    })
}

/// Units that the test does not have.
pub(super) fn unknown_unit(trial: &Trial) -> Vec<Hit> {
    each(trial, |row| {
        let unit = row.unit?;
        if row.accepted.is_some() {
            return None;
        }
        let message = format!("`{}` has no unit `{unit}`; use {}", row.test.id, row.test.accepted());
        Some(Hit::cell("labs", row.row, "unit", message).drop_cells(vec!["value", "lln", "uln"]))
    })
}

/// Results outside the limits of the plausible in their unit, with the unit in which they would be plausible.
pub(super) fn implausible_result(trial: &Trial) -> Vec<Hit> {
    each(trial, |row| {
        let (unit, value) = (row.accepted?, row.value?);
        let canonical = unit.to_canonical(value.number);
        // Of a result beyond a limit of detection only the limit is known; it must not lie beyond the plausible.
        let plausible = match value.qualifier {
            Qualifier::Exact | Qualifier::Grade => row.test.is_plausible(canonical),
            Qualifier::Below | Qualifier::AtMost => canonical > 0.0 && canonical <= row.test.high,
            Qualifier::Above | Qualifier::AtLeast => canonical >= 0.0 && canonical <= row.test.high,
        };
        if plausible {
            return None;
        }
        let canonical_unit = row.test.canonical_unit();
        let likelier = row.test.units.iter().filter(|other| !other.unit.is_empty() && *other != unit);
        let hint = likelier
            .map(|other| (other, other.to_canonical(value.number)))
            .find(|(_, canonical)| *canonical != 0.0 && row.test.is_plausible(*canonical))
            .map_or_else(String::new, |(other, _)| format!("; `{}` would be plausible", other.unit));
        let message = format!(
            "{} {} is outside the plausible {} to {} {canonical_unit}{hint}",
            number_text(value.number),
            unit.unit,
            number_text(row.test.low),
            number_text(row.test.high)
        );
        Some(Hit::cell("labs", row.row, "value", message).drop_cell())
    })
}

/// Dipstick grades where a quantity is needed.
pub(super) fn grade_for_quantity(trial: &Trial) -> Vec<Hit> {
    each(trial, |row| {
        row.value.filter(|value| value.qualifier == Qualifier::Grade && !row.is_word())?;
        let message = format!(
            "`{}` is a quantity; a dipstick grade is not converted to {}",
            row.test.id,
            row.test.canonical_unit()
        );
        Some(Hit::cell("labs", row.row, "value", message).drop_cell())
    })
}

/// Limits of normal that are implausible in the unit of their row.
pub(super) fn implausible_limit(trial: &Trial) -> Vec<Hit> {
    let Some(labs) = trial.table("labs") else { return Vec::new() };
    let mut hits = Vec::new();
    for row in rows(labs) {
        let Some(unit) = row.accepted else { continue };
        for column in ["lln", "uln"] {
            let Some(limit) = labs.number(column, row.row) else { continue };
            let canonical = unit.to_canonical(limit);
            // A lower limit of 0 is common; an upper limit must be a plausible result itself.
            let plausible = if column == "lln" {
                (0.0..=row.test.high).contains(&canonical)
            } else {
                row.test.is_plausible(canonical)
            };
            if !plausible {
                let message = format!(
                    "{} {} is not a plausible limit; is it in the unit of the row?",
                    number_text(limit),
                    unit.unit
                );
                hits.push(Hit::cell("labs", row.row, column, message).drop_cell());
            }
        }
    }
    hits
}

/// Lower limits above upper limits.
pub(super) fn reversed_limits(trial: &Trial) -> Vec<Hit> {
    let Some(labs) = trial.table("labs") else { return Vec::new() };
    (0..labs.n_rows())
        .filter_map(|row| {
            let (lln, uln) = (labs.number("lln", row)?, labs.number("uln", row)?);
            (lln > uln).then(|| {
                let message =
                    format!("the lower limit {} is above the upper limit {}", number_text(lln), number_text(uln));
                Hit::cell("labs", row, "lln", message).drop_cells(vec!["lln", "uln"])
            })
        })
        .collect()
}
