//! From the tables of a trial to histories: time zero, visits and windows, measures, baseline, events.
//!
//! A record belongs to the visit its label names; without a label, to the visit of the same day; otherwise to the planned
//! visit in whose window it lies, if that visit has no value of the measure yet (nearest to the target, ties to the
//! later). What is left stays as an unscheduled visit. Records at or before time zero serve the baseline.

mod fill;
mod place;
mod subject;

pub(crate) use fill::column_of;

use crate::history::{History, HistoryOptions, PlannedVisit, Subject, Visit, windows};
use crate::measure::MEASURES;
use crate::records::{Record, collect};
use mscsle_domain::{Finding, Findings, Severity, Trial};
use std::borrow::Cow;
use std::collections::HashMap;

impl History {
    /// Reads the histories of a trial.
    ///
    /// One patient's bad data become findings and never fail the cohort; whether the inputs of a definition are there
    /// is decided where the definition is applied.
    ///
    /// # Examples
    /// ```
    /// use mscsle_domain::{Column, Table, TextColumn, Trial, TrialOptions};
    /// use mscsle_endpoints::{History, HistoryOptions};
    /// let text = |values: &[&str]| Column::Text(TextColumn::from_values(values.iter().map(|v| Some(*v))));
    /// let subjects = Table::new("subjects", vec![("usubjid".into(), text(&["S-01"]))])?;
    /// let infusions =
    ///     Table::new("infusions", vec![("usubjid".into(), text(&["S-01"])), ("date".into(), text(&["2009-03-14"]))])?;
    /// let visits = Table::new(
    ///     "visits",
    ///     vec![
    ///         ("usubjid".into(), text(&["S-01", "S-01"])),
    ///         ("visit".into(), text(&["M3", "M0"])),
    ///         ("date".into(), text(&["2009-06-13", "2009-03-14"])),
    ///         ("planned_month".into(), Column::Number(vec![3.0, 0.0])),
    ///     ],
    /// )?;
    /// let trial = Trial::new(vec![subjects, infusions, visits], TrialOptions::default())?;
    /// let history = History::from_trial(&trial, &HistoryOptions::default());
    /// assert_eq!(history.visits().iter().map(|v| v.day).collect::<Vec<_>>(), [0.0, 91.0]);
    /// # Ok::<(), mscsle_domain::DomainError>(())
    /// ```
    #[must_use]
    pub fn from_trial(trial: &Trial, options: &HistoryOptions) -> History {
        Reader::new(trial, options).read()
    }
}

/// A visit while it is being read.
#[derive(Debug, Clone)]
struct Draft<'t> {
    label: Cow<'t, str>,
    day: f64,
    month: f64,
    row: Option<u32>,
}

/// A record placed at a visit of its subject.
type Placed<'t> = (usize, Record<'t>);

struct Reader<'t> {
    trial: &'t Trial,
    options: &'t HistoryOptions,
    findings: Findings,
    label_months: HashMap<&'t str, f64>,
    planned: Vec<PlannedVisit>,
}

fn row32(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

/// `M3` and `M12` name their month.
fn month_of_label(label: &str) -> Option<f64> {
    let digits = label.strip_prefix('M').or_else(|| label.strip_prefix('m'))?;
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

impl<'t> Reader<'t> {
    fn new(trial: &'t Trial, options: &'t HistoryOptions) -> Reader<'t> {
        Reader { trial, options, findings: Vec::new(), label_months: HashMap::new(), planned: Vec::new() }
    }

    fn read(mut self) -> History {
        let n_subjects = self.trial.n_subjects();
        let records = collect(self.trial, &mut self.findings);
        self.plan(&records);
        let mut history = History {
            subjects: Vec::with_capacity(n_subjects),
            visits: Vec::new(),
            labels: Vec::new(),
            columns: vec![None; MEASURES.len()],
            planned: Vec::new(),
            recorded: Vec::new(),
            letters: Vec::new(),
            findings: Vec::new(),
            options: self.options.clone(),
            imputation: self.trial.options().imputation,
        };
        let mut label_positions: HashMap<Cow<'t, str>, u32> = HashMap::new();
        let mut placed: Vec<Placed<'t>> = Vec::new();
        let mut baseline: Vec<(usize, Record<'t>)> = Vec::new();
        let subject_rows = self.subject_rows();
        for (s, records) in records.into_iter().enumerate() {
            let mut subject = self.subject(s, subject_rows.get(s).copied().unwrap_or(u32::MAX));
            let (drafts, of_visit, of_baseline) = self.visits(&subject, s, records);
            let start = history.visits.len();
            for draft in &drafts {
                let next = row32(history.labels.len());
                let label = match label_positions.get(draft.label.as_ref()) {
                    Some(label) => *label,
                    None => {
                        history.labels.push(draft.label.to_string());
                        label_positions.insert(draft.label.clone(), next);
                        next
                    }
                };
                history.visits.push(Visit {
                    subject: row32(s),
                    label,
                    day: draft.day,
                    month: draft.month,
                    row: draft.row,
                });
            }
            subject.visits = start..history.visits.len();
            placed.extend(of_visit.into_iter().map(|(visit, record)| (start + visit, record)));
            baseline.extend(of_baseline.into_iter().map(|record| (s, record)));
            if subject.last_contact.is_none() {
                subject.last_contact = self.last_known_day(&subject, &drafts);
            }
            self.assessments(s, &mut subject, &mut history);
            crate::records::medication_events(self.trial, s, &mut subject);
            subject.events.sort_by(|a, b| a.day.total_cmp(&b.day).then_with(|| a.name.cmp(&b.name)));
            history.subjects.push(subject);
        }
        self.fill(&mut history, &placed, &baseline);
        self.preflare(&mut history);
        crate::records::fill_prednisone(self.trial, &mut history);
        crate::activity::fill_letters(self.trial, &mut history);
        history.planned = self.planned;
        history.findings = self.findings;
        history
    }

    fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Months of labels and the planned visits of the cohort.
    fn plan(&mut self, records: &[Vec<Record<'t>>]) {
        let mut names: Vec<(f64, HashMap<&'t str, usize>)> = Vec::new();
        let mut count = |month: f64, label: &'t str| {
            let entry = match names.iter_mut().find(|(m, _)| *m == month) {
                Some(entry) => entry,
                None => {
                    names.push((month, HashMap::new()));
                    match names.last_mut() {
                        Some(entry) => entry,
                        None => return,
                    }
                }
            };
            *entry.1.entry(label).or_insert(0) += 1;
        };
        let mut explicit: HashMap<&'t str, f64> = HashMap::new();
        if let Some(visits) = self.trial.table("visits") {
            for row in 0..visits.n_rows() {
                let (Some(label), Some(month)) = (visits.text("visit", row), visits.number("planned_month", row))
                else {
                    continue;
                };
                if visits.flag("unscheduled", row) == Some(true) || visits.text("usubjid", row).is_none() {
                    continue;
                }
                explicit.entry(label).or_insert(month);
                count(month, label);
            }
        } else {
            for record in records.iter().flatten() {
                if let Some(label) = record.label
                    && let Some(month) = month_of_label(label)
                {
                    explicit.entry(label).or_insert(month);
                    count(month, label);
                }
            }
        }
        self.label_months = explicit;
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let months: Vec<f64> = names.iter().map(|(month, _)| *month).collect();
        let windows = windows(&months, self.options.first_window_day);
        self.planned = names
            .iter()
            .zip(windows)
            .map(|((month, labels), window)| {
                // the label most used; of two equally used the first in the alphabet
                let label = labels.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
                PlannedVisit { label: label.map_or(String::new(), |(l, _)| (*l).to_owned()), month: *month, window }
            })
            .collect();
    }
}

fn subject_finding(subject: &Subject, table: &str, rule: &'static str, severity: Severity, message: String) -> Finding {
    Finding {
        table: table.to_owned(),
        row: None,
        column: None,
        subject: Some(subject.id.clone()),
        value: None,
        rule,
        severity,
        message,
    }
}
