//! Rules about recorded assessments, deaths and follow-up.

use super::Hit;
use crate::{Day, Trial};

/// Recorded values that are a response.
const RESPONSES: [&str; 12] =
    ["CR", "PR", "MCR", "PCR", "PCR2", "CCR", "CRR", "PRR", "response", "remission", "complete", "partial"];

/// Whether an assessment records a relapse or flare that happened.
fn is_relapse(what: &str, value: &str) -> bool {
    let names = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("relapse") || text.contains("flare")
    };
    let denied = ["0", "n", "no", "false", "none", "absent"].iter().any(|word| word.eq_ignore_ascii_case(value));
    let negated = value.to_ascii_lowercase().starts_with("no ");
    !denied && !negated && (names(value) || names(what))
}

/// Relapses without an earlier response, in subjects with any recorded response assessment.
pub(super) fn relapse_before_response(trial: &Trial) -> Vec<Hit> {
    let Some(assessments) = trial.table("assessments") else { return Vec::new() };
    let mut hits = Vec::new();
    for subject in 0..trial.n_subjects() {
        let mut first_response: Option<Day> = None;
        let mut relapses = Vec::new();
        let mut assessed = false;
        for &row in trial.rows("assessments", subject) {
            let (Some(what), Some(value)) = (assessments.text("what", row), assessments.text("value", row)) else {
                continue;
            };
            let Some((day, _)) = trial.row_day("assessments", row) else { continue };
            if is_relapse(what, value) {
                relapses.push((day, row));
            } else if what.to_ascii_lowercase().contains("response") || what.to_ascii_lowercase().contains("remission")
            {
                assessed = true;
                if RESPONSES.iter().any(|response| response.eq_ignore_ascii_case(value)) {
                    first_response = Some(first_response.map_or(day, |first| first.min(day)));
                }
            }
        }
        for (day, row) in relapses.into_iter().filter(|_| assessed) {
            let message = match first_response {
                Some(first) if first < day => continue,
                Some(first) => format!("a relapse on {day}, but the first response is recorded on {first}"),
                None => format!("a relapse on {day}, but no response is recorded"),
            };
            hits.push(Hit::cell("assessments", row, "value", message));
        }
    }
    hits
}

/// Fatal adverse events of subjects without a date of death.
pub(super) fn fatal_event_without_death(trial: &Trial) -> Vec<Hit> {
    let Some(events) = trial.table("adverse_events") else { return Vec::new() };
    let dead = |subject: usize| {
        trial.rows("status", subject).iter().any(|&row| trial.day("status", "death_date", row).is_some())
    };
    (0..events.n_rows())
        .filter_map(|row| {
            let by_grade = events.number("grade", row) == Some(5.0);
            let by_outcome = events.text("outcome", row).is_some_and(|o| {
                let outcome = o.to_ascii_lowercase();
                outcome == "fatal" || outcome == "death" || outcome == "died"
            });
            let subject = trial.subject_of("adverse_events", row)?;
            if !(by_grade || by_outcome) || dead(subject) {
                return None;
            }
            let column = if by_grade { "grade" } else { "outcome" };
            let message = "the event was fatal, but `status` has no date of death for the subject".to_owned();
            Some(Hit::cell("adverse_events", row, column, message))
        })
        .collect()
}

/// Causes of death without a date of death.
pub(super) fn death_without_date(trial: &Trial) -> Vec<Hit> {
    let Some(status) = trial.table("status") else { return Vec::new() };
    (0..status.n_rows())
        .filter(|&row| status.text("death_cause", row).is_some() && status.date("death_date", row).is_none())
        .map(|row| {
            let message = "a cause of death needs a `death_date`; until then the subject counts as alive".to_owned();
            Hit::cell("status", row, "death_date", message)
        })
        .collect()
}

/// Visits after the recorded last contact.
pub(super) fn contact_before_visit(trial: &Trial) -> Vec<Hit> {
    let mut hits = Vec::new();
    for subject in 0..trial.n_subjects() {
        let Some(&row) = trial.rows("status", subject).first() else { continue };
        if trial.day("status", "death_date", row).is_some() {
            continue; // A visit after the death has its own rule.
        }
        let Some((contact, _)) = trial.day("status", "last_contact_date", row) else { continue };
        let last =
            trial.rows("visits", subject).iter().filter_map(|&row| trial.day("visits", "date", row)).map(|d| d.0).max();
        if let Some(last) = last.filter(|last| *last > contact) {
            let message = format!("the last contact is {contact}, but the subject has a visit on {last}");
            hits.push(Hit::cell("status", row, "last_contact_date", message));
        }
    }
    hits
}
