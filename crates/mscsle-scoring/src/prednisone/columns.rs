//! Medication tables in columns.

use super::{DoseHistory, Equivalent, Equivalents, Glucocorticoid, Note, Prescription, SteroidRecord, is_single_dose};
use crate::ScoringError;
use crate::error::same_length;
use mscsle_domain::{Imputation, PartialDate, TextColumn};

/// Prescriptions in rows; a column that is not given is missing in every row.
#[derive(Debug, Clone, Copy)]
pub struct PrescriptionColumns<'a> {
    /// Drug names.
    pub drug: &'a TextColumn,
    /// Doses of one administration, NaN where missing.
    pub dose: &'a [f64],
    /// Units.
    pub unit: Option<&'a TextColumn>,
    /// Routes.
    pub route: Option<&'a TextColumn>,
    /// Frequencies.
    pub frequency: Option<&'a TextColumn>,
}

/// Equivalents of many prescriptions.
#[derive(Debug, Clone, PartialEq)]
pub struct EquivalentColumns {
    /// Position of the drug in [`Glucocorticoid::ALL`], -1 for other drugs.
    pub drug: Vec<i8>,
    /// mg of prednisone a day, NaN when it cannot be known.
    pub per_day: Vec<f64>,
    /// mg of prednisone of one administration.
    pub per_dose: Vec<f64>,
    /// Administrations a day.
    pub doses_per_day: Vec<f64>,
    /// 1 for an intravenous pulse.
    pub pulse: Vec<i8>,
    /// Bits of [`Note`].
    pub notes: Vec<u16>,
}

impl<'a> PrescriptionColumns<'a> {
    /// The prescription of a row.
    #[must_use]
    pub fn row(&self, row: usize) -> Prescription<'a> {
        Prescription {
            drug: self.drug.get(row),
            dose: self.dose.get(row).copied().filter(|d| !d.is_nan()),
            unit: self.unit.and_then(|c| c.get(row)),
            route: self.route.and_then(|c| c.get(row)),
            frequency: self.frequency.and_then(|c| c.get(row)),
        }
    }

    fn check(&self) -> Result<usize, ScoringError> {
        let rows = self.dose.len();
        same_length("drug", self.drug.codes.len(), rows)?;
        for (name, column) in [("unit", self.unit), ("route", self.route), ("frequency", self.frequency)] {
            if let Some(column) = column {
                same_length(name, column.codes.len(), rows)?;
            }
        }
        Ok(rows)
    }
}

impl Equivalents {
    /// Equivalents of prescriptions in rows; the same rule as [`Equivalents::of`].
    ///
    /// # Errors
    /// Unequal lengths.
    pub fn of_columns(&self, given: &PrescriptionColumns<'_>) -> Result<EquivalentColumns, ScoringError> {
        let rows = given.check()?;
        let mut out = EquivalentColumns {
            drug: Vec::with_capacity(rows),
            per_day: Vec::with_capacity(rows),
            per_dose: Vec::with_capacity(rows),
            doses_per_day: Vec::with_capacity(rows),
            pulse: Vec::with_capacity(rows),
            notes: Vec::with_capacity(rows),
        };
        for row in 0..rows {
            let Equivalent { drug, per_day, per_dose, doses_per_day, pulse, notes, .. } = self.of(&given.row(row));
            out.drug.push(drug.map_or(-1, |d: Glucocorticoid| d.code() as i8));
            out.per_day.push(per_day.unwrap_or(f64::NAN));
            out.per_dose.push(per_dose.unwrap_or(f64::NAN));
            out.doses_per_day.push(doses_per_day.unwrap_or(f64::NAN));
            out.pulse.push(i8::from(pulse));
            out.notes.push(notes.iter().fold(0, |all, note: &Note| all | note.bit()));
        }
        Ok(out)
    }

    /// The prescriptions of a medication table as a history by subject.
    ///
    /// A partial first day counts from the first day of its period, a partial last day to the last; a missing first day
    /// means "before anything recorded", a missing last day "still going on" (but a single dose ends as it begins).
    ///
    /// # Errors
    /// Unequal lengths, a text that is no date (the row is named).
    pub fn history(
        &self,
        given: &PrescriptionColumns<'_>,
        subject: &[i32],
        start: &TextColumn,
        end: Option<&TextColumn>,
    ) -> Result<DoseHistory, ScoringError> {
        let rows = given.check()?;
        same_length("subject", subject.len(), rows)?;
        same_length("start_date", start.codes.len(), rows)?;
        if let Some(end) = end {
            same_length("end_date", end.codes.len(), rows)?;
        }
        let mut records = Vec::new();
        for (row, &who) in subject.iter().enumerate() {
            let prescription = given.row(row);
            let equivalent = self.of(&prescription);
            let Some(drug) = equivalent.drug.or(equivalent.perhaps) else { continue };
            let first = day_of("start_date", start.get(row), row, Imputation::First)?;
            let mut last = day_of("end_date", end.and_then(|c| c.get(row)), row, Imputation::Last)?;
            if last.is_none() && prescription.frequency.is_some_and(is_single_dose) {
                last = first;
            }
            let pulse = equivalent.per_dose.zip(equivalent.doses_per_day).map_or(0.0, |(dose, times)| dose * times);
            records.push(SteroidRecord {
                subject: who,
                drug,
                per_day: equivalent.per_day.unwrap_or(f64::NAN),
                pulse_per_day: if equivalent.pulse { pulse } else { 0.0 },
                start: first.unwrap_or(i32::MIN),
                end: last.unwrap_or(i32::MAX),
            });
        }
        Ok(DoseHistory::new(records))
    }
}

/// The day of a date text; `None` where missing.
///
/// # Errors
/// A text that is no date.
pub(super) fn day_of(
    column: &str,
    text: Option<&str>,
    row: usize,
    rule: Imputation,
) -> Result<Option<i32>, ScoringError> {
    text.map(|text| match PartialDate::parse(text) {
        Ok(date) => Ok(date.day(rule).0.0),
        Err(_) => Err(ScoringError::OutOfScale {
            item: column.to_owned(),
            row,
            value: format!("`{text}`"),
            allowed: "a date such as `2009-03-14`".to_owned(),
        }),
    })
    .transpose()
}

/// Doses at dates, one of each a row.
#[derive(Debug, Clone, PartialEq)]
pub struct DoseColumns {
    /// mg of prednisone a day, NaN where it cannot be known or the date is missing.
    pub per_day: Vec<f64>,
    /// The known part of it.
    pub lower: Vec<f64>,
    /// mg of prednisone given as intravenous pulses on the days looked at.
    pub pulse_mg: Vec<f64>,
}

impl DoseHistory {
    /// The dose on a date (`days` = 1) or its mean over the `days` days that end with it, for each row.
    ///
    /// # Errors
    /// Unequal lengths, a text that is no date (the row is named).
    pub fn at_dates(&self, subject: &[i32], date: &TextColumn, days: u16) -> Result<DoseColumns, ScoringError> {
        same_length("date", date.codes.len(), subject.len())?;
        let mut out = DoseColumns { per_day: Vec::new(), lower: Vec::new(), pulse_mg: Vec::new() };
        for (row, &who) in subject.iter().enumerate() {
            let day = day_of("date", date.get(row), row, Imputation::Middle)?;
            let dose = day.map(|day| self.mean_over(who, day, days));
            out.per_day.push(dose.map_or(f64::NAN, |d| d.per_day));
            out.lower.push(dose.map_or(f64::NAN, |d| d.lower));
            out.pulse_mg.push(dose.map_or(f64::NAN, |d| d.pulse_mg));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medication_table_becomes_doses_at_visits() {
        let text = |values: &[&str]| TextColumn::from_values(values.iter().map(|v| Some(*v)));
        let given = PrescriptionColumns {
            drug: &text(&["Prednisone", "prednisone", "methylprednisolone", "HCQ"]),
            dose: &[20.0, 10.0, 500.0, 200.0],
            unit: Some(&text(&["mg"; 4])),
            route: Some(&text(&["oral", "oral", "iv", "oral"])),
            frequency: Some(&text(&["daily", "alternate days", "once", "bid"])),
        };
        let start = text(&["2010-01-01", "2010-02", "2010-01-10", "2009"]);
        let end = text(&["2010-01-31", "", "", ""]);
        let history = Equivalents::default().history(&given, &[0; 4], &start, Some(&end)).unwrap();
        let dates = text(&["2009-12-31", "2010-01-10", "2010-01-12", "2010-03-01"]);
        let doses = history.at_dates(&[0; 4], &dates, 1).unwrap();
        assert_eq!(doses.per_day, [0.0, 20.0, 20.0, 5.0]);
        assert_eq!(doses.pulse_mg, [0.0, 625.0, 0.0, 0.0]);
    }

    #[test]
    fn text_that_is_no_date_names_the_row() {
        let text = |value: &str| TextColumn::from_values([Some(value)]);
        let given =
            PrescriptionColumns { drug: &text("prednisone"), dose: &[5.0], unit: None, route: None, frequency: None };
        let error = Equivalents::default().history(&given, &[0], &text("14/03/2009"), None).unwrap_err();
        assert_eq!(error.to_string(), "`start_date` must be a date such as `2009-03-14`, but row 0 is `14/03/2009`");
    }
}
