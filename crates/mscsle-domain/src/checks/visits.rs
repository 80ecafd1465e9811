//! Rules about visits, their windows and their order.

use super::Hit;
use super::keys::PLACED;
use crate::Trial;

/// Days a month, 365.25 / 12.
const DAYS_A_MONTH: f64 = 30.4375;

/// Days by which an assessment may lie off the visit it names.
const NEAR_VISIT_DAYS: i32 = 31;

/// Windows of planned months in days from the first infusion: midpoints between the targets.
const WINDOWS: [(f64, i32, i32); 6] =
    [(0.0, -31, 7), (1.0, 8, 60), (3.0, 61, 136), (6.0, 137, 228), (9.0, 229, 319), (12.0, 320, 410)];

/// Half width of the window of a month without an entry in [`WINDOWS`].
const OTHER_HALF_WIDTH_DAYS: f64 = 46.0;

/// The window of a planned month, in days from the first infusion.
fn window(month: f64) -> (i32, i32) {
    WINDOWS.iter().find(|(planned, _, _)| *planned == month).map_or_else(
        || {
            let target = month * DAYS_A_MONTH;
            ((target - OTHER_HALF_WIDTH_DAYS).floor() as i32, (target + OTHER_HALF_WIDTH_DAYS).ceil() as i32)
        },
        |(_, first, last)| (*first, *last),
    )
}

/// Subjects without a dated infusion.
pub(super) fn no_infusion(trial: &Trial) -> Vec<Hit> {
    if trial.table("infusions").is_none() {
        return Vec::new();
    }
    (0..trial.n_subjects())
        .filter(|&subject| trial.time_zero(subject).is_none())
        .filter_map(|subject| trial.rows("subjects", subject).first())
        .map(|&row| {
            let message = "the subject has no dated row in `infusions` and so no time zero".to_owned();
            Hit::cell("subjects", row, "usubjid", message)
        })
        .collect()
}

/// Subjects without a visit at or before the first infusion.
pub(super) fn no_baseline(trial: &Trial) -> Vec<Hit> {
    let Some(visits) = trial.table("visits") else { return Vec::new() };
    let mut hits = Vec::new();
    for subject in 0..trial.n_subjects() {
        let has_baseline = trial.rows("visits", subject).iter().any(|&row| {
            let planned = visits.number("planned_month", row) == Some(0.0);
            let before = match (trial.day("visits", "date", row), trial.time_zero(subject)) {
                (Some((day, _)), Some(zero)) => day <= zero,
                _ => false,
            };
            planned || before
        });
        if !has_baseline && let Some(&row) = trial.rows("subjects", subject).first() {
            let message = "the subject has no visit at or before the first infusion".to_owned();
            hits.push(Hit::cell("subjects", row, "usubjid", message));
        }
    }
    hits
}

/// Planned visits outside the window of their month.
pub(super) fn out_of_window(trial: &Trial) -> Vec<Hit> {
    let Some(visits) = trial.table("visits") else { return Vec::new() };
    let mut hits = Vec::new();
    for subject in 0..trial.n_subjects() {
        let Some(zero) = trial.time_zero(subject) else { continue };
        for &row in trial.rows("visits", subject) {
            let (Some(month), Some((day, _))) = (visits.number("planned_month", row), trial.day("visits", "date", row))
            else {
                continue;
            };
            // Out of range of a day count; a wrong planned month is a value out of limits.
            if !(-1200.0..=1200.0).contains(&month) {
                continue;
            }
            let (first, last) = window(month);
            let study_day = day.0.saturating_sub(zero.0);
            if study_day < first || study_day > last {
                let message = format!(
                    "day {study_day} after the first infusion is outside the window of month {}: days {first} to {last}",
                    crate::typing::number_text(month)
                );
                hits.push(Hit::cell("visits", row, "date", message));
            }
        }
    }
    hits
}

/// Planned visits that took place before a visit planned earlier.
pub(super) fn visits_out_of_order(trial: &Trial) -> Vec<Hit> {
    let Some(visits) = trial.table("visits") else { return Vec::new() };
    let mut hits = Vec::new();
    for subject in 0..trial.n_subjects() {
        let mut planned: Vec<(f64, i32, usize)> = trial
            .rows("visits", subject)
            .iter()
            .filter_map(|&row| Some((visits.number("planned_month", row)?, trial.day("visits", "date", row)?.0.0, row)))
            .collect();
        planned.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        for pair in planned.windows(2) {
            if let [(earlier, day_before, row_before), (later, day, row)] = pair
                && later > earlier
                && day < day_before
            {
                let label = visits.text("visit", *row_before).unwrap_or("?");
                let message =
                    format!("the visit is dated before `{label}` (row {row_before}), which was planned earlier");
                hits.push(Hit::cell("visits", *row, "date", message));
            }
        }
    }
    hits
}

/// Two visits of one subject on one day.
pub(super) fn visits_same_day(trial: &Trial) -> Vec<Hit> {
    let Some(visits) = trial.table("visits") else { return Vec::new() };
    let mut hits = Vec::new();
    for subject in 0..trial.n_subjects() {
        let mut dated: Vec<(crate::PartialDate, usize)> =
            trial.rows("visits", subject).iter().filter_map(|&row| Some((visits.date("date", row)?, row))).collect();
        dated.retain(|(date, _)| matches!(date, crate::PartialDate::Full(_)));
        for (position, (date, row)) in dated.iter().enumerate() {
            let earlier = dated.iter().take(position).find(|(other, _)| other == date);
            if let Some((_, first)) =
                earlier.filter(|(_, first)| visits.text("visit", *first) != visits.text("visit", *row))
            {
                let label = visits.text("visit", *first).unwrap_or("?");
                let message = format!("visit `{label}` (row {first}) is dated {date} as well");
                hits.push(Hit::cell("visits", *row, "date", message));
            }
        }
    }
    hits
}

/// Unscheduled visits with a planned month and planned visits without.
pub(super) fn unscheduled_with_plan(trial: &Trial) -> Vec<Hit> {
    let Some(visits) = trial.table("visits").filter(|visits| visits.column("planned_month").is_some()) else {
        return Vec::new();
    };
    (0..visits.n_rows())
        .filter_map(|row| {
            let message = match (visits.flag("unscheduled", row)?, visits.number("planned_month", row)) {
                (true, Some(_)) => "an unscheduled visit has no planned month",
                (false, None) => "a planned visit needs its `planned_month`; otherwise flag it as unscheduled",
                _ => return None,
            };
            Some(Hit::cell("visits", row, "planned_month", message.to_owned()))
        })
        .collect()
}

/// Assessments dated more than a month from the visit they name.
pub(super) fn contradicts_visit_date(trial: &Trial) -> Vec<Hit> {
    let mut hits = Vec::new();
    for name in PLACED {
        let Some(table) = trial.table(name) else { continue };
        for row in 0..table.n_rows() {
            let visit = table.text("visit", row).zip(trial.subject_of(name, row));
            let planned = visit.and_then(|(label, subject)| trial.visit_day(subject, label));
            if let (Some((day, false)), Some((visit_day, false))) = (trial.day(name, "date", row), planned)
                && day.0.abs_diff(visit_day.0) > NEAR_VISIT_DAYS.unsigned_abs()
            {
                let days = day.0.abs_diff(visit_day.0);
                let message = format!("{day} is {days} days from the visit on {visit_day}");
                hits.push(Hit::cell(name, row, "date", message));
            }
        }
    }
    hits
}
