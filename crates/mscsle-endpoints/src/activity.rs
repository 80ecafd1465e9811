//! Counts over SLEDAI items and BILAG letters that compare an assessment with the baseline or with the one before.
//!
//! A missing item or letter is never "absent": a count that it could change is missing, unless what is known already
//! exceeds every threshold it is held against.

use crate::evaluate::Truth;
use crate::history::History;
use crate::measure::measure_index;
use crate::node::NewLetter;
use crate::records::{Place, Record};
use mscsle_domain::{Column, Day, SLEDAI_ITEMS, Trial};
use std::collections::BTreeMap;

/// The assessments of a subject in order of day: rows of the table, the day, and whether it is at or before time zero.
fn in_order(trial: &Trial, table: &str, subject: usize) -> Vec<(Option<Day>, usize)> {
    let mut rows: Vec<(Option<Day>, usize)> =
        trial.rows(table, subject).iter().map(|&row| (trial.row_day(table, row).map(|(day, _)| day), row)).collect();
    rows.sort_by_key(|(day, row)| (day.is_none(), *day, *row));
    rows
}

fn zero_of(trial: &Trial, subject: usize) -> Option<Day> {
    let baseline_visit = || {
        let visits = trial.table("visits")?;
        let rows = trial.rows("visits", subject).iter();
        rows.filter(|&&row| visits.number("planned_month", row) == Some(0.0))
            .filter_map(|&row| trial.day("visits", "date", row).map(|(day, _)| day))
            .min()
    };
    trial.time_zero(subject).or_else(baseline_visit)
}

/// Items that exclude a low disease activity: nervous system, vasculitis, renal, cardiopulmonary, fever.
fn is_major(item: &str) -> bool {
    let position = SLEDAI_ITEMS.iter().position(|other| *other == item);
    position.is_some_and(|i| i <= 7 || (10..=13).contains(&i)) || matches!(item, "pleurisy" | "pericarditis" | "fever")
}

/// `sledai_major_items` and `sledai_new_items`.
pub(crate) fn sledai_items<'t>(trial: &'t Trial, records: &mut [Vec<Record<'t>>]) {
    let (Some(place), Some(major), Some(new)) =
        (Place::new(trial, "sledai"), measure_index("sledai_major_items"), measure_index("sledai_new_items"))
    else {
        return;
    };
    let items: Vec<Option<&[i8]>> = SLEDAI_ITEMS
        .iter()
        .map(|item| match place.table.column(item) {
            Some(Column::Flag(flags)) => Some(flags.as_slice()),
            _ => None,
        })
        .collect();
    let at =
        |i: usize, row: usize| items.get(i).copied().flatten().and_then(|flags| flags.get(row)).copied().unwrap_or(-1);
    for (s, records) in records.iter_mut().enumerate() {
        let mut before: Option<usize> = None;
        for (_, row) in in_order(trial, "sledai", s) {
            let flags = || (0..SLEDAI_ITEMS.len()).filter(|i| SLEDAI_ITEMS.get(*i).is_some_and(|item| is_major(item)));
            let active = flags().filter(|&i| at(i, row) == 1).count();
            let unknown = flags().any(|i| at(i, row) < 0);
            if active > 0 || !unknown {
                records.push(place.record(major, row, active as f64));
            }
            if before.is_none() {
                // the first assessment has nothing before it: the count is there, but open
                records.push(place.record(new, row, f64::NAN));
            }
            if let Some(before) = before {
                let newly = (0..SLEDAI_ITEMS.len()).filter(|&i| at(i, row) == 1 && at(i, before) == 0).count();
                let open = (0..SLEDAI_ITEMS.len()).any(|i| match (at(i, row), at(i, before)) {
                    (1, was) => was < 0,
                    (now, was) => now < 0 && was <= 0,
                });
                if newly > 0 || !open {
                    records.push(place.record(new, row, newly as f64));
                }
            }
            before = Some(row);
        }
    }
}

/// A grade as a number, E 0 to A 4.
fn grade(letter: &str) -> Option<u8> {
    ["E", "D", "C", "B", "A"].iter().position(|other| *other == letter).map(|position| position as u8)
}

const A: u8 = 4;
const B: u8 = 3;

type Letters<'t> = BTreeMap<&'t str, Option<u8>>;

/// Numbers of systems that meet a condition on (grade now, grade at the reference), with whether a missing letter could
/// add to it.
fn count(now: &Letters<'_>, reference: &Letters<'_>, holds: impl Fn(u8, u8) -> bool) -> (usize, bool) {
    let systems = now.keys().chain(reference.keys().filter(|system| !now.contains_key(*system)));
    let mut n = 0;
    let mut open = false;
    for system in systems {
        let grade = |letters: &Letters<'_>| letters.get(system).copied().flatten();
        match (grade(now), grade(reference)) {
            (Some(now), Some(reference)) => n += usize::from(holds(now, reference)),
            // a missing letter matters only if some value of it would count
            (now, reference) => {
                let of = |known: Option<u8>| known.map_or(0..=A, |grade| grade..=grade);
                open |= of(now).any(|now| of(reference).any(|reference| holds(now, reference)));
            }
        }
    }
    (n, open)
}

/// Counts of BILAG grades now, against baseline and against the assessment before.
pub(crate) fn bilag<'t>(trial: &'t Trial, records: &mut [Vec<Record<'t>>]) {
    let Some(place) = Place::new(trial, "bilag") else { return };
    let id = |name: &str| measure_index(name).unwrap_or(usize::MAX);
    for (s, records) in records.iter_mut().enumerate() {
        let mut assessments: Vec<(Record<'t>, Option<Day>, Letters<'t>)> = Vec::new();
        for (day, row) in in_order(trial, "bilag", s) {
            let Some(system) = place.table.text("system", row) else { continue };
            let record = place.record(id("bilag_a"), row, 0.0);
            let letter = place.table.text("grade", row).and_then(grade);
            let same = |other: &Record<'t>| other.label == record.label && other.day == record.day;
            match assessments.iter_mut().find(|(other, ..)| same(other)) {
                Some((_, _, letters)) => {
                    letters.insert(system, letter);
                }
                None => assessments.push((record, day, Letters::from([(system, letter)]))),
            }
        }
        let zero = zero_of(trial, s);
        let at_zero = |day: &Option<Day>| matches!((day, zero), (Some(day), Some(zero)) if *day <= zero);
        let baseline = assessments.iter().rposition(|(_, day, _)| at_zero(day));
        // every system ever graded in the subject must be graded for a count of A or B to be complete
        let none: Letters<'_> =
            assessments.iter().flat_map(|(_, _, letters)| letters.keys().map(|system| (*system, Some(0)))).collect();
        for (i, (record, _, now)) in assessments.iter().enumerate() {
            let mut push = |name: &str, (n, open): (usize, bool), decided_from: usize| {
                if !open || n >= decided_from {
                    records.push(Record { measure: id(name), value: n as f64, ..*record });
                }
            };
            push("bilag_a", count(now, &none, |now, _| now == A), 1);
            push("bilag_b", count(now, &none, |now, _| now == B), 2);
            if let Some((_, _, before)) = i.checked_sub(1).and_then(|i| assessments.get(i)) {
                push("bilag_new_a_previous", count(now, before, |now, was| now == A && was != A), 1);
                push("bilag_new_b_previous", count(now, before, |now, was| now == B && was < B), 2);
            }
            let Some((_, _, base)) = baseline.and_then(|b| assessments.get(b)) else { continue };
            push("bilag_new_a", count(now, base, |now, was| now == A && was != A), 1);
            push("bilag_new_b", count(now, base, |now, was| now == B && was < B), 2);
            push("bilag_active_at_baseline", count(now, base, |_, was| was >= B), 1);
            push("bilag_persisting", count(now, base, |now, was| was >= B && now >= B), 2);
            push("bilag_not_improved", count(now, base, |now, was| was >= B && now >= was), 1);
            push("bilag_improved", count(now, base, |now, was| was >= B && now < was), 1);
        }
    }
}

/// Systems of both versions of BILAG.
const SYSTEMS: [&str; N_SYSTEMS] = [
    "general",
    "constitutional",
    "mucocutaneous",
    "neurological",
    "neuropsychiatric",
    "musculoskeletal",
    "cardiorespiratory",
    "vasculitis",
    "gastrointestinal",
    "ophthalmic",
    "renal",
    "haematological",
];

/// Number of systems of both versions together.
pub(crate) const N_SYSTEMS: usize = 12;

/// The letters of each visit, for comparisons with a visit that is known only later.
pub(crate) fn fill_letters(trial: &Trial, history: &mut History) {
    let Some(table) = trial.table("bilag") else { return };
    let mut letters = vec![[-1i8; N_SYSTEMS]; history.visits.len()];
    for (s, subject) in history.subjects.iter().enumerate() {
        for &row in trial.rows("bilag", s) {
            let system = table.text("system", row).and_then(|system| SYSTEMS.iter().position(|other| *other == system));
            let Some(grade) = table.text("grade", row).and_then(grade) else { continue };
            let by_label = table
                .text("visit", row)
                .and_then(|label| subject.visits.clone().find(|&visit| history.label(visit) == label));
            let by_day = || {
                let day = trial.row_day("bilag", row)?.0;
                let day = f64::from(day.0) - f64::from(subject.time_zero?.0);
                subject.visits.clone().find(|&visit| history.visits.get(visit).is_some_and(|v| v.day == day))
            };
            let at = by_label.or_else(by_day).and_then(|visit| letters.get_mut(visit));
            if let (Some(at), Some(slot)) = (at, system)
                && let Some(slot) = at.get_mut(slot)
            {
                *slot = grade as i8;
            }
        }
    }
    history.letters = letters;
}

/// Whether at least so many systems have a letter now that they had not at another visit.
pub(crate) fn new_letters(history: &History, now: usize, then: usize, letter: NewLetter, at_least: usize) -> Truth {
    let (Some(now), Some(then)) = (history.letters.get(now), history.letters.get(then)) else { return Truth::Unknown };
    let (mut n, mut open) = (0, 0);
    for (now, then) in now.iter().zip(then) {
        let holds = |now: i8, then: i8| match letter {
            NewLetter::A => now == A as i8 && then != A as i8,
            NewLetter::B => now == B as i8 && then < B as i8,
            NewLetter::AOrB => now >= B as i8 && then < B as i8,
        };
        match (*now, *then) {
            (-1, -1) => {} // a system of another version, or never graded
            (-1, then) => open += usize::from((0..=A as i8).any(|now| holds(now, then))),
            (now, -1) => open += usize::from((0..=A as i8).any(|then| holds(now, then))),
            (now, then) => n += usize::from(holds(now, then)),
        }
    }
    if n >= at_least {
        Truth::True
    } else if n + open >= at_least || now.iter().all(|grade| *grade < 0) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_letter_matters_only_where_it_could_count() {
        let now = Letters::from([("renal", None), ("general", Some(B))]);
        let base = Letters::from([("renal", Some(A)), ("general", Some(2))]);
        assert_eq!(count(&now, &base, |now, was| now == A && was != A), (0, false), "A at baseline cannot become new");
        assert_eq!(count(&now, &base, |now, was| now == B && was < B), (1, false));
        assert_eq!(count(&now, &base, |now, was| was >= B && now >= B), (0, true));
    }

    #[test]
    fn major_items_are_those_of_the_low_disease_activity_state() {
        let major: Vec<&str> = SLEDAI_ITEMS.into_iter().filter(|item| is_major(item)).collect();
        assert_eq!(major.len(), 15);
        assert!(!major.contains(&"arthritis") && !major.contains(&"low_complement"));
    }
}
