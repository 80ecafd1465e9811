//! Limits of the plausible for columns that are not laboratory results, and doses that contradict each other.

use super::Hit;
use crate::typing::number_text;
use crate::{Column, Trial, schema};

/// Column, smallest and largest plausible value; what is usually meant when a value lies outside.
struct Limit {
    table: &'static str,
    column: &'static str,
    low: f64,
    high: f64,
    hint: &'static str,
}

impl Limit {
    fn holds(&self, x: f64) -> bool {
        (self.low..=self.high).contains(&x)
    }
}

const fn limit(table: &'static str, column: &'static str, low: f64, high: f64, hint: &'static str) -> Limit {
    Limit { table, column, low, high, hint }
}

static LIMITS: [Limit; 21] = [
    limit("subjects", "age", 0.0, 120.0, ""),
    limit("subjects", "disease_duration_months", 0.0, 1200.0, ""),
    limit("infusions", "course", 1.0, 100.0, "; courses count from 1"),
    limit("infusions", "cells_per_kg", 1e3, 1e9, "; `1` for 1 x 10^6 must be written as 1000000"),
    limit("infusions", "weight_kg", 2.0, 300.0, ""),
    limit("infusions", "total_cells", 1e4, 1e11, "; `1` for 1 x 10^6 must be written as 1000000"),
    limit("visits", "planned_month", -12.0, 600.0, ""),
    limit("vitals", "weight_kg", 2.0, 300.0, ""),
    limit("vitals", "height_cm", 30.0, 250.0, "; metres must be converted"),
    limit("vitals", "systolic_mmhg", 30.0, 300.0, "; kPa must be converted (x 7.50062)"),
    limit("vitals", "diastolic_mmhg", 10.0, 200.0, "; kPa must be converted (x 7.50062)"),
    limit("vitals", "temperature_c", 30.0, 45.0, "; Fahrenheit must be converted"),
    limit("medications", "dose", 0.0, 1e7, ""),
    limit("bilag_items", "systolic_mmhg", 30.0, 300.0, ""),
    limit("bilag_items", "diastolic_mmhg", 10.0, 200.0, ""),
    limit("bilag_items", "dipstick_protein", 0.0, 4.0, ""),
    limit("bilag_items", "protein_24h_g", 0.0, 40.0, "; mg must be converted"),
    limit("bilag_items", "creatinine_umol_l", 15.0, 2500.0, "; mg/dL must be converted (x 88.4)"),
    limit("bilag_items", "gfr", 1.0, 250.0, ""),
    limit("bilag_items", "haemoglobin_g_dl", 2.0, 25.0, "; g/L must be converted"),
    limit("bilag_items", "platelets", 0.0, 3000.0, ""),
];

/// Values outside the limits of their column.
pub(super) fn implausible_value(trial: &Trial) -> Vec<Hit> {
    let mut hits = Vec::new();
    for limit in &LIMITS {
        let Some(Column::Number(numbers)) = trial.table(limit.table).and_then(|table| table.column(limit.column))
        else {
            continue;
        };
        let unit = schema(limit.table).and_then(|s| s.column(limit.column)).map_or("", |column| column.unit);
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        for (row, &x) in numbers.iter().enumerate() {
            if !x.is_nan() && !limit.holds(x) {
                let message = format!(
                    "{}{unit} is outside {} to {}{}",
                    number_text(x),
                    number_text(limit.low),
                    number_text(limit.high),
                    limit.hint
                );
                hits.push(Hit::cell(limit.table, row, limit.column, message).drop_cell());
            }
        }
    }
    hits
}

/// Cells infused that differ from cells per kg times weight by more than 10 %.
pub(super) fn dose_mismatch(trial: &Trial) -> Vec<Hit> {
    let Some(infusions) = trial.table("infusions") else { return Vec::new() };
    (0..infusions.n_rows())
        .filter_map(|row| {
            let (per_kg, weight) = (infusions.number("cells_per_kg", row)?, infusions.number("weight_kg", row)?);
            let total = infusions.number("total_cells", row)?;
            // A value outside its limits has its own finding and contradicts everything.
            let plausible =
                [("cells_per_kg", per_kg), ("weight_kg", weight), ("total_cells", total)].iter().all(|(column, x)| {
                    LIMITS.iter().filter(|l| l.table == "infusions" && l.column == *column).all(|l| l.holds(*x))
                });
            let expected = per_kg * weight;
            (plausible && (total - expected).abs() > 0.1 * expected.abs()).then(|| {
                let message = format!(
                    "cells per kg times weight is {}, but {} cells are recorded",
                    number_text(expected.round()),
                    number_text(total)
                );
                Hit::cell("infusions", row, "total_cells", message)
            })
        })
        .collect()
}

/// Doses without a unit.
pub(super) fn missing_dose_unit(trial: &Trial) -> Vec<Hit> {
    let Some(medications) = trial.table("medications") else { return Vec::new() };
    (0..medications.n_rows())
        .filter(|&row| medications.number("dose", row).is_some() && medications.text("unit", row).is_none())
        .map(|row| Hit::cell("medications", row, "unit", "the dose has no unit; write `mg`, `g` or `mg/kg`".to_owned()))
        .collect()
}
