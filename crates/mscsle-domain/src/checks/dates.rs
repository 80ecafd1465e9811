//! Rules about dates. Partial dates contradict each other only when no day they may stand for fits.

use super::Hit;
use crate::{Column, ColumnKind, Day, Imputation, PartialDate, Trial, tables};

/// Tables whose rows begin at a date, with that column.
const BEGIN: [(&str, &str); 11] = [
    ("infusions", "date"),
    ("visits", "date"),
    ("sledai", "date"),
    ("bilag", "date"),
    ("bilag_items", "date"),
    ("pga", "date"),
    ("vitals", "date"),
    ("labs", "date"),
    ("assessments", "date"),
    ("medications", "start_date"),
    ("adverse_events", "start_date"),
];

/// Tables whose rows end at `end_date`.
const END: [&str; 2] = ["medications", "adverse_events"];

/// Follow-up dates of `status`.
const FOLLOW_UP: [&str; 3] = ["last_contact_date", "withdrawal_date", "completed_date"];

fn earliest(date: PartialDate) -> Day {
    date.day(Imputation::First).0
}

fn latest(date: PartialDate) -> Day {
    date.day(Imputation::Last).0
}

/// Table, column, row and date of every date.
fn each_date(trial: &Trial) -> impl Iterator<Item = (&'static str, &'static str, usize, PartialDate)> {
    tables().iter().flat_map(move |schema| {
        schema.columns.iter().filter(|column| column.kind == ColumnKind::Date).flat_map(move |column| {
            let dates = match trial.table(schema.name).and_then(|table| table.column(column.name)) {
                Some(Column::Date(dates)) => dates.as_slice(),
                _ => &[],
            };
            dates
                .iter()
                .enumerate()
                .filter_map(move |(row, date)| date.map(|date| (schema.name, column.name, row, date)))
        })
    })
}

/// The first date of a column of a subject's rows.
fn date_of(trial: &Trial, table: &str, column: &str, subject: usize) -> Option<PartialDate> {
    let rows = trial.rows(table, subject);
    trial.table(table).and_then(|table| rows.iter().find_map(|&row| table.date(column, row)))
}

/// One date of every subject, by position.
fn dates_of(trial: &Trial, table: &str, column: &str) -> Vec<Option<PartialDate>> {
    (0..trial.n_subjects()).map(|subject| date_of(trial, table, column, subject)).collect()
}

fn year(date: PartialDate) -> i32 {
    earliest(date).ymd().0
}

/// Years before 1900 or after 2100.
pub(super) fn implausible_date(trial: &Trial) -> Vec<Hit> {
    each_date(trial)
        .filter(|(_, _, _, date)| !(1900..=2100).contains(&year(*date)))
        .map(|(table, column, row, date)| {
            let message = format!("the year {} is outside 1900 to 2100; leave an unknown date empty", year(date));
            Hit::cell(table, row, column, message).drop_cell()
        })
        .collect()
}

/// Partial dates and the days they become.
pub(super) fn imputed_date(trial: &Trial) -> Vec<Hit> {
    let rule = trial.options().imputation;
    each_date(trial)
        .filter(|(_, _, _, date)| (1900..=2100).contains(&year(*date)))
        .filter_map(|(table, column, row, date)| {
            let (day, imputed) = date.day(rule);
            imputed
                .then(|| Hit::cell(table, row, column, format!("`{date}` is taken as {day} (rule `{}`)", rule.name())))
        })
        .collect()
}

/// Dates before the subject's birth.
pub(super) fn before_birth(trial: &Trial) -> Vec<Hit> {
    let births = dates_of(trial, "subjects", "birth_date");
    each_date(trial)
        .filter(|(table, column, _, _)| !(*table == "subjects" && *column == "birth_date"))
        .filter_map(|(table, column, row, date)| {
            let birth = births.get(trial.subject_of(table, row)?).copied().flatten()?;
            (latest(date) < earliest(birth))
                .then(|| Hit::cell(table, row, column, format!("the subject was born on {birth}")).drop_cell())
        })
        .collect()
}

/// Records that begin after the subject's death.
pub(super) fn after_death(trial: &Trial) -> Vec<Hit> {
    let deaths = dates_of(trial, "status", "death_date");
    let mut hits = Vec::new();
    for (name, column) in BEGIN {
        let Some(table) = trial.table(name) else { continue };
        for (subject, death) in deaths.iter().enumerate() {
            let Some(death) = *death else { continue };
            for &row in trial.rows(name, subject) {
                if let Some(date) = table.date(column, row).filter(|date| earliest(*date) > latest(death)) {
                    let message =
                        format!("{date} is after the subject's death on {death}; correct one of the two dates");
                    hits.push(Hit::cell(name, row, column, message).drop_row());
                }
            }
        }
    }
    hits
}

/// Medications and adverse events that end after the subject's death.
pub(super) fn ends_after_death(trial: &Trial) -> Vec<Hit> {
    let deaths = dates_of(trial, "status", "death_date");
    let mut hits = Vec::new();
    for name in END {
        let Some(table) = trial.table(name) else { continue };
        for row in 0..table.n_rows() {
            let death = trial.subject_of(name, row).and_then(|subject| deaths.get(subject).copied().flatten());
            if let (Some(end), Some(death)) = (table.date("end_date", row), death)
                && earliest(end) > latest(death)
            {
                hits.push(Hit::cell(name, row, "end_date", format!("{end} is after the subject's death on {death}")));
            }
        }
    }
    hits
}

/// A last contact or withdrawal after the recorded death.
pub(super) fn contact_after_death(trial: &Trial) -> Vec<Hit> {
    let Some(status) = trial.table("status") else { return Vec::new() };
    let mut hits = Vec::new();
    for row in 0..status.n_rows() {
        let Some(death) = status.date("death_date", row) else { continue };
        for column in FOLLOW_UP {
            if let Some(date) = status.date(column, row).filter(|date| earliest(*date) > latest(death)) {
                let message = format!("{date} is after the recorded death on {death}; the day of death is used");
                hits.push(Hit::cell("status", row, column, message).drop_cell());
            }
        }
    }
    hits
}

/// Records after the data cut-off.
pub(super) fn after_cutoff(trial: &Trial) -> Vec<Hit> {
    let Some(cutoff) = trial.options().data_cutoff else { return Vec::new() };
    let mut hits = Vec::new();
    for (name, column) in BEGIN {
        let n_rows = trial.table(name).map_or(0, crate::Table::n_rows);
        for row in 0..n_rows {
            let day = if column == "date" { trial.row_day(name, row) } else { trial.day(name, column, row) };
            if let Some((day, _)) = day.filter(|(day, _)| *day > cutoff) {
                let message = format!("{day} is after the data cut-off {cutoff}; the row is not used");
                hits.push(Hit::cell(name, row, column, message).drop_row());
            }
        }
    }
    for name in END {
        let n_rows = trial.table(name).map_or(0, crate::Table::n_rows);
        for row in 0..n_rows {
            if let Some((day, _)) = trial.day(name, "end_date", row).filter(|(day, _)| *day > cutoff) {
                let message = format!("{day} is after the data cut-off {cutoff}; it counts as ongoing");
                hits.push(Hit::cell(name, row, "end_date", message).drop_cell());
            }
        }
    }
    let n_rows = trial.table("status").map_or(0, crate::Table::n_rows);
    for row in 0..n_rows {
        let after =
            |column: &'static str| trial.day("status", column, row).map(|(day, _)| day).filter(|day| *day > cutoff);
        if let Some(day) = after("last_contact_date") {
            let message = format!("{day} is after the data cut-off; follow-up ends on {cutoff}");
            hits.push(Hit::cell("status", row, "last_contact_date", message).replace(PartialDate::Full(cutoff)));
        }
        for column in ["death_date", "withdrawal_date", "completed_date"] {
            if let Some(day) = after(column) {
                let message = format!("{day} is after the data cut-off {cutoff}; it is not used");
                hits.push(Hit::cell("status", row, column, message).drop_cell());
            }
        }
    }
    hits
}

/// Medications and adverse events that end before they start.
pub(super) fn end_before_start(trial: &Trial) -> Vec<Hit> {
    let mut hits = Vec::new();
    for name in END {
        let Some(table) = trial.table(name) else { continue };
        for row in 0..table.n_rows() {
            if let (Some(start), Some(end)) = (table.date("start_date", row), table.date("end_date", row))
                && latest(end) < earliest(start)
            {
                let message = format!("it ends on {end}, before it starts on {start}");
                hits.push(Hit::cell(name, row, "end_date", message).drop_cell());
            }
        }
    }
    hits
}

/// Enrolment after the first infusion.
pub(super) fn enrolled_after_infusion(trial: &Trial) -> Vec<Hit> {
    let Some(subjects) = trial.table("subjects") else { return Vec::new() };
    (0..subjects.n_rows())
        .filter_map(|row| {
            let enrolled = subjects.date("enrolled_date", row)?;
            let zero = trial.time_zero(trial.subject_of("subjects", row)?)?;
            (earliest(enrolled) > zero).then(|| {
                Hit::cell("subjects", row, "enrolled_date", format!("{enrolled} is after the first infusion on {zero}"))
            })
        })
        .collect()
}

/// Recorded ages that differ from the age by date of birth by more than a year.
pub(super) fn age_contradicts_birth(trial: &Trial) -> Vec<Hit> {
    const DAYS_A_YEAR: f64 = 365.25;
    let Some(subjects) = trial.table("subjects") else { return Vec::new() };
    (0..subjects.n_rows())
        .filter_map(|row| {
            let age = subjects.number("age", row)?;
            let birth = subjects.date("birth_date", row)?;
            let zero = trial.time_zero(trial.subject_of("subjects", row)?)?;
            let oldest = f64::from(zero.0 - earliest(birth).0) / DAYS_A_YEAR;
            let youngest = f64::from(zero.0 - latest(birth).0) / DAYS_A_YEAR;
            // Completed years lie up to one year below the exact age.
            (age < youngest - 2.0 || age > oldest + 1.0).then(|| {
                let message = format!("born on {birth}, the subject was {youngest:.1} years old at the first infusion");
                Hit::cell("subjects", row, "age", message)
            })
        })
        .collect()
}
