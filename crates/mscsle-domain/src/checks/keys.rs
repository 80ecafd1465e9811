//! Rules about keys: whose row it is, which visit, and whether it is there twice.

use super::Hit;
use crate::{Column, Table, TableSchema, Trial, did_you_mean, tables};
use std::collections::HashMap;

/// Tables whose rows are placed in time by a visit, a date or both.
pub(super) const PLACED: [&str; 7] = ["sledai", "bilag", "bilag_items", "pga", "vitals", "labs", "assessments"];

/// Tables in which two rows of one key can both be true.
const REPEATABLE: [&str; 3] = ["labs", "medications", "adverse_events"];

fn given(trial: &Trial) -> impl Iterator<Item = (&'static TableSchema, &Table)> {
    tables().iter().filter_map(|schema| trial.table(schema.name).map(|table| (schema, table)))
}

/// A trial without subjects.
pub(super) fn no_subjects(trial: &Trial) -> Vec<Hit> {
    match trial.table("subjects") {
        Some(table) if table.n_rows() > 0 => Vec::new(),
        _ => vec![Hit::table("subjects", "`subjects` has no rows; it needs one row a subject".to_owned())],
    }
}

/// A missing subject, or a missing required part of the key (visit label, infusion date, test, drug, term ...).
pub(super) fn missing_key(trial: &Trial) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (schema, table) in given(trial) {
        let keys = schema.columns.iter().filter(|c| c.required && schema.key.contains(&c.name));
        for column in keys {
            for row in (0..table.n_rows()).filter(|&row| super::cell_text(table, column.name, row).is_none()) {
                // A date that could not be read has its own finding, but the row still cannot be placed.
                let message =
                    format!("`{}` is missing; without it the row of `{}` cannot be used", column.name, schema.name);
                hits.push(Hit::cell(schema.name, row, column.name, message).drop_row());
            }
        }
    }
    hits
}

/// Subjects who stand twice in `subjects` or `status`.
pub(super) fn duplicate_subject(trial: &Trial) -> Vec<Hit> {
    repeated(trial, |schema| matches!(schema.name, "subjects" | "status"))
        .into_iter()
        .map(|(schema, row, first, _)| {
            let message = format!("the subject stands in row {first} already; `{}` has one row a subject", schema.name);
            Hit::cell(schema.name, row, "usubjid", message).drop_row()
        })
        .collect()
}

/// Visit labels that stand twice for one subject.
pub(super) fn duplicate_visit(trial: &Trial) -> Vec<Hit> {
    repeated(trial, |schema| schema.name == "visits")
        .into_iter()
        .map(|(schema, row, first, _)| {
            let message =
                format!("the subject has this visit in row {first} already; give the second one a label of its own");
            Hit::cell(schema.name, row, "visit", message).drop_row()
        })
        .collect()
}

fn is_plain(schema: &TableSchema) -> bool {
    !matches!(schema.name, "subjects" | "status" | "visits")
}

/// Rows that repeat an earlier one in every column.
pub(super) fn duplicate_row(trial: &Trial) -> Vec<Hit> {
    repeated(trial, is_plain)
        .into_iter()
        .filter(|(_, _, _, identical)| *identical)
        .map(|(schema, row, first, _)| {
            Hit::cell(schema.name, row, "usubjid", format!("the row repeats row {first}; remove one of them"))
                .drop_row()
        })
        .collect()
}

/// Rows that repeat the key of an earlier one with other values.
pub(super) fn duplicate_key(trial: &Trial) -> Vec<Hit> {
    repeated(trial, |schema| is_plain(schema) && !REPEATABLE.contains(&schema.name))
        .into_iter()
        .filter(|(_, _, _, identical)| !identical)
        .map(|(schema, row, first, _)| {
            let key = schema.key.join("`, `");
            let message = format!("row {first} has the same `{key}` and other values; the first is used");
            Hit::cell(schema.name, row, "usubjid", message).drop_row()
        })
        .collect()
}

/// Two laboratory results, medications or adverse events with one key and different values.
pub(super) fn repeated_record(trial: &Trial) -> Vec<Hit> {
    repeated(trial, |schema| REPEATABLE.contains(&schema.name))
        .into_iter()
        .filter(|(_, _, _, identical)| !identical)
        .map(|(schema, row, first, _)| {
            let (column, key) = match schema.name {
                "labs" => ("value", "test, visit and date"),
                "medications" => ("dose", "drug, route and start"),
                _ => ("term", "term and start"),
            };
            Hit::cell(
                schema.name,
                row,
                column,
                format!("row {first} has the same {key} and other values; both are kept"),
            )
        })
        .collect()
}

/// Rows of subjects who are not in `subjects`.
pub(super) fn unknown_subject(trial: &Trial) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (schema, table) in given(trial).filter(|(schema, _)| schema.name != "subjects") {
        let mut hints: HashMap<&str, String> = HashMap::new();
        for row in 0..table.n_rows() {
            let Some(id) = table.text("usubjid", row) else { continue };
            if trial.subject(id).is_none() {
                let hint = hints
                    .entry(id)
                    .or_insert_with(|| did_you_mean(id, trial.subjects().iter().map(String::as_str)))
                    .clone();
                hits.push(Hit::cell(schema.name, row, "usubjid", format!("the subject is not in `subjects`{hint}")));
            }
        }
    }
    hits
}

/// Visit labels that the subject does not have in `visits`.
pub(super) fn unknown_visit(trial: &Trial) -> Vec<Hit> {
    let Some(visits) = trial.table("visits") else { return Vec::new() };
    let mut labels: Vec<Vec<&str>> = vec![Vec::new(); trial.n_subjects()];
    for (subject, labels) in labels.iter_mut().enumerate() {
        labels.extend(trial.rows("visits", subject).iter().filter_map(|&row| visits.text("visit", row)));
    }
    let mut hits = Vec::new();
    for name in PLACED {
        let Some(table) = trial.table(name) else { continue };
        for (subject, labels) in labels.iter().enumerate() {
            for &row in trial.rows(name, subject) {
                let Some(visit) = table.text("visit", row).filter(|visit| !labels.contains(visit)) else { continue };
                let hint = did_you_mean(visit, labels.iter().copied());
                hits.push(Hit::cell(name, row, "visit", format!("the subject has no such visit in `visits`{hint}")));
            }
        }
    }
    hits
}

/// Assessments with neither a visit nor a date.
pub(super) fn unplaced_row(trial: &Trial) -> Vec<Hit> {
    let mut hits = Vec::new();
    for name in PLACED {
        let Some(table) = trial.table(name) else { continue };
        for row in
            (0..table.n_rows()).filter(|&row| table.text("visit", row).is_none() && table.date("date", row).is_none())
        {
            let message = "the row has neither `visit` nor `date`; give one of them".to_owned();
            hits.push(Hit::cell(name, row, "date", message));
        }
    }
    hits
}

/// Rows whose key stands earlier in the table: schema, row, first row, whether all columns are equal.
fn repeated(trial: &Trial, wanted: impl Fn(&TableSchema) -> bool) -> Vec<(&'static TableSchema, usize, usize, bool)> {
    let mut out = Vec::new();
    for (schema, table) in given(trial).filter(|(schema, _)| wanted(schema)) {
        let key: Vec<&Column> = schema.key.iter().filter_map(|name| table.column(name)).collect();
        // Rows that are not placed in time have no key of their own.
        let placed = PLACED.contains(&schema.name);
        let of_subject: Vec<&Column> = table.column("usubjid").into_iter().collect();
        let of_time: Vec<&Column> = ["visit", "date"].iter().filter_map(|name| table.column(name)).collect();
        let is_empty = |columns: &[&Column], row: usize| columns.iter().all(|c| cell_code(c, row) == u64::MAX);
        let mut mixed: Vec<(u64, usize)> = (0..table.n_rows())
            .filter(|&row| !(is_empty(&of_subject, row) || placed && is_empty(&of_time, row)))
            .map(|row| (mix(key.iter().map(|column| cell_code(column, row))), row))
            .collect();
        mixed.sort_unstable();
        let all: Vec<&Column> = table.columns().iter().map(|(_, column)| column).collect();
        let same = |columns: &[&Column], a: usize, b: usize| columns.iter().all(|c| cell_code(c, a) == cell_code(c, b));
        let from = out.len();
        for group in mixed.chunk_by(|(a, _), (b, _)| a == b).filter(|group| group.len() > 1) {
            // different keys may be mixed to one number, so that a group may hold more than one first row
            let mut firsts: Vec<usize> = Vec::new();
            for &(_, row) in group {
                match firsts.iter().find(|&&first| same(&key, first, row)) {
                    None => firsts.push(row),
                    Some(&first) => {
                        out.push((schema, row, first, same(&all, first, row)));
                    }
                }
            }
        }
        out[from..].sort_unstable_by_key(|(_, row, _, _)| *row);
    }
    out
}

/// One number for the codes of a key; equal keys have equal numbers, different ones nearly always different ones.
fn mix(codes: impl Iterator<Item = u64>) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15; // 2^64 divided by the golden ratio
    codes.fold(0, |mixed: u64, code| {
        let x = (mixed.rotate_left(23) ^ code).wrapping_mul(ODD);
        x ^ (x >> 29)
    })
}

/// A number that is equal for equal cells of one column.
fn cell_code(column: &Column, row: usize) -> u64 {
    match column {
        Column::Text(text) => text.codes.get(row).map_or(u64::MAX, |&code| code as u64),
        Column::Number(numbers) => match numbers.get(row) {
            Some(x) if !x.is_nan() => (x + 0.0).to_bits(),
            _ => u64::MAX,
        },
        Column::Flag(flags) => flags.get(row).map_or(u64::MAX, |&flag| flag as u64),
        Column::Date(dates) => match dates.get(row).copied().flatten() {
            None => u64::MAX,
            Some(crate::PartialDate::Full(day)) => u64::from(day.0 as u32),
            Some(crate::PartialDate::Month(year, month)) => (1 << 40) + (year as u64) * 16 + u64::from(month),
            Some(crate::PartialDate::Year(year)) => (1 << 41) + year as u64,
        },
        Column::Result(result) => result.text.codes.get(row).map_or(u64::MAX, |&code| code as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TextColumn, TrialOptions};

    #[test]
    fn repeated_rows_are_those_of_a_comparison_of_every_pair() {
        let n = 400;
        let pick = |row: usize, salt: usize, of: usize| (row * 7919 + salt * row * row) % 104_729 % of;
        let text = |salt: usize, of: usize, prefix: &str| {
            let values: Vec<String> = (0..n).map(|row| format!("{prefix}{}", pick(row, salt, of))).collect();
            Column::Text(TextColumn::from_values(
                values.iter().map(|value| Some(value.as_str()).filter(|value| *value != "M0")),
            ))
        };
        let value: Vec<f64> = (0..n).map(|row| pick(row, 5, 2) as f64 + 50.0).collect();
        let columns = vec![
            ("usubjid".to_owned(), text(1, 4, "S")),
            ("visit".to_owned(), text(2, 3, "M")),
            ("test".to_owned(), text(3, 5, "test")),
            ("value".to_owned(), Column::Number(value)),
        ];
        let subjects = Table::new("subjects", vec![("usubjid".to_owned(), text(1, 4, "S"))]).unwrap();
        let labs = Table::new("labs", columns).unwrap();
        let trial = Trial::new(vec![subjects, labs.clone()], TrialOptions::default()).unwrap();
        let cell = |column: &str, row: usize| labs.text(column, row);
        let key = |row: usize| (cell("usubjid", row), cell("visit", row), cell("test", row));
        let mut expected = Vec::new();
        for row in (0..n).filter(|&row| cell("visit", row).is_some()) {
            if let Some(first) = (0..row).find(|&first| key(first) == key(row)) {
                let rule = if labs.number("value", first) == labs.number("value", row) {
                    "duplicate_row"
                } else {
                    "repeated_record"
                };
                expected.push((row, first, rule));
            }
        }
        let of_labs = trial.findings().iter().filter(|finding| finding.table == "labs");
        let found: Vec<(usize, &str, &str)> = of_labs
            .filter(|finding| matches!(finding.rule, "duplicate_row" | "repeated_record"))
            .map(|finding| (finding.row.unwrap(), finding.rule, finding.message.as_str()))
            .collect();
        assert!(expected.len() > 200);
        assert_eq!(found.len(), expected.len());
        for ((row, rule, message), (expected_row, first, expected_rule)) in found.into_iter().zip(expected) {
            assert_eq!((row, rule), (expected_row, expected_rule));
            assert!(
                message.contains(&format!("row {first} ")) || message.contains(&format!("row {first};")),
                "{message}"
            );
        }
    }
}
