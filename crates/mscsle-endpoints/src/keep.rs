//! Columns of a subject that are kept beside times and states: of `subjects`, of the first infusion, baseline measures.

use crate::EndpointError;
use crate::history::History;
use crate::measure::{MEASURES, measure_index};
use mscsle_domain::{Column, TextColumn, Trial, did_you_mean};

/// Columns of `infusions` that a subject has from the first infusion.
const OF_FIRST_INFUSION: [&str; 8] =
    ["source", "lot", "donor", "route", "cells_per_kg", "weight_kg", "total_cells", "course"];

/// A column with one value a subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// Numbers, NaN where missing.
    Numbers(Vec<f64>),
    /// Text.
    Texts(TextColumn),
}

impl History {
    /// A column of `subjects`, of the first infusion (`source`, `lot`, `donor`, `route`, `cells_per_kg`, ...), or a
    /// baseline measure (`baseline_protein_24h`), with one value a subject; the last at or before the first infusion, so
    /// missing without one (see [`History::with_time_zero`]).
    ///
    /// # Errors
    /// [`EndpointError::UnknownColumn`].
    pub fn kept(&self, trial: &Trial, name: &str) -> Result<Kept, EndpointError> {
        if let Some(table) = trial.table("subjects")
            && let Some(column) = table.column(name)
        {
            return Ok(take(column, self.subjects.iter().map(|s| usize::try_from(s.row).ok())));
        }
        if OF_FIRST_INFUSION.contains(&name)
            && let Some(table) = trial.table("infusions")
            && let Some(column) = table.column(name)
        {
            let first = |s: &crate::Subject| s.infusions.first().and_then(|i| usize::try_from(i.row).ok());
            return Ok(take(column, self.subjects.iter().map(first)));
        }
        if let Some(measure) = name.strip_prefix("baseline_").and_then(measure_index) {
            let missing = || Kept::Numbers(vec![f64::NAN; self.subjects.len()]);
            return Ok(self.measure(measure).map_or_else(missing, |column| {
                let starts = self.with_time_zero();
                let at_zero = |(cell, starts): (&crate::Cell, bool)| if starts { cell.value } else { f64::NAN };
                Kept::Numbers(column.baseline.iter().zip(starts).map(at_zero).collect())
            }));
        }
        let baseline: Vec<String> = MEASURES.iter().map(|measure| format!("baseline_{}", measure.id)).collect();
        let of_subjects = trial.table("subjects").map_or(&[][..], |table| table.columns());
        let known = of_subjects
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(OF_FIRST_INFUSION)
            .chain(baseline.iter().map(String::as_str));
        Err(EndpointError::UnknownColumn { name: name.to_owned(), hint: did_you_mean(name, known) })
    }
}

fn take(column: &Column, rows: impl Iterator<Item = Option<usize>>) -> Kept {
    match column.to_numbers() {
        Some(numbers) => {
            Kept::Numbers(rows.map(|row| row.and_then(|row| numbers.get(row).copied()).unwrap_or(f64::NAN)).collect())
        }
        None => {
            let text = column.to_text();
            let codes = rows.map(|row| row.and_then(|row| text.codes.get(row).copied()).unwrap_or(-1)).collect();
            Kept::Texts(TextColumn { codes, levels: text.levels })
        }
    }
}
