//! From the tables of a trial to histories: time zero, visits and windows, measures, baseline, events.
//!
//! A record belongs to the visit its label names; without a label, to the visit of the same day; otherwise to the planned
//! visit in whose window it lies, if that visit has no value of the measure yet (nearest to the target, ties to the
//! later). What is left stays as an unscheduled visit. Records at or before time zero serve the baseline.

use crate::history::{
    Cell, Event, History, HistoryOptions, Infusion, MONTH_DAYS, MeasureColumn, PlannedVisit, Recorded, SameVisit,
    SourceRow, Subject, TimeZero, Visit, windows,
};
use crate::measure::{MEASURES, Worse, measure_index};
use crate::records::{Record, assessments, collect};
use mscsle_domain::{Finding, Findings, Severity, Trial};
use std::cmp::Ordering;
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
struct Draft {
    label: String,
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
        let mut label_positions: HashMap<String, u32> = HashMap::new();
        let mut placed: Vec<Placed<'t>> = Vec::new();
        let mut baseline: Vec<(usize, Record<'t>)> = Vec::new();
        let subject_rows = self.subject_rows();
        for (s, records) in records.into_iter().enumerate() {
            let mut subject = self.subject(s, subject_rows.get(s).copied().unwrap_or(u32::MAX));
            let (drafts, of_visit, of_baseline) = self.visits(&subject, s, records);
            let start = history.visits.len();
            for draft in &drafts {
                let next = row32(history.labels.len());
                let label = *label_positions.entry(draft.label.clone()).or_insert_with(|| {
                    history.labels.push(draft.label.clone());
                    next
                });
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

    fn subject_rows(&self) -> Vec<u32> {
        (0..self.trial.n_subjects())
            .map(|s| self.trial.rows("subjects", s).first().map_or(u32::MAX, |&row| row32(row)))
            .collect()
    }

    fn subject(&mut self, s: usize, row: u32) -> Subject {
        let id = self.trial.subjects().get(s).cloned().unwrap_or_default();
        let baseline_visit = || {
            self.trial
                .rows("visits", s)
                .iter()
                .filter(|&&row| self.trial.table("visits").and_then(|t| t.number("planned_month", row)) == Some(0.0))
                .filter_map(|&row| self.trial.day("visits", "date", row))
                .map(|(day, _)| day)
                .min()
        };
        let enrolment =
            || usize::try_from(row).ok().and_then(|row| self.trial.day("subjects", "enrolled_date", row)).map(|d| d.0);
        let (time_zero, time_zero_rule) = if let Some(day) = self.trial.time_zero(s) {
            (Some(day), TimeZero::FirstInfusion)
        } else if let Some(day) = baseline_visit() {
            (Some(day), TimeZero::BaselineVisit)
        } else if let Some(day) = enrolment() {
            (Some(day), TimeZero::Enrolment)
        } else {
            (None, TimeZero::Unknown)
        };
        let mut subject = Subject {
            id,
            row,
            time_zero,
            time_zero_rule,
            visits: 0..0,
            death: None,
            withdrawal: None,
            last_contact: None,
            infusions: Vec::new(),
            events: Vec::new(),
        };
        if time_zero_rule != TimeZero::FirstInfusion {
            let message = match time_zero_rule {
                TimeZero::Unknown => {
                    "no infusion, no dated baseline visit and no enrolment date: visits stand at their planned days"
                }
                TimeZero::BaselineVisit => "no dated infusion: time zero is the baseline visit",
                _ => "no dated infusion and no baseline visit: time zero is the enrolment date",
            };
            let severity = if time_zero_rule == TimeZero::Unknown { Severity::Error } else { Severity::Warning };
            let finding = subject_finding(&subject, "infusions", "no_first_infusion", severity, message.to_owned());
            self.find(finding);
        }
        self.status(s, &mut subject);
        self.infusions(s, &mut subject);
        subject
    }

    /// Days since time zero of a date column.
    fn day(&self, subject: &Subject, table: &str, column: &str, row: usize) -> Option<f64> {
        let zero = subject.time_zero?;
        let (day, _) = self.trial.day(table, column, row)?;
        Some(f64::from(day.0) - f64::from(zero.0))
    }

    fn status(&mut self, s: usize, subject: &mut Subject) {
        let cutoff = subject
            .time_zero
            .and_then(|zero| self.trial.options().data_cutoff.map(|cut| f64::from(cut.0) - f64::from(zero.0)));
        for &row in self.trial.rows("status", s) {
            let within = |day: &f64| cutoff.is_none_or(|cut| *day <= cut);
            let source = SourceRow { table: "status", row: row32(row) };
            let death = self.day(subject, "status", "death_date", row);
            if let Some(day) = death.filter(within) {
                subject.death = Some(subject.death.map_or(day, |other| other.min(day)));
                subject.events.push(Event { name: "death".to_owned(), day, source });
            }
            if let Some(day) = self.day(subject, "status", "withdrawal_date", row).filter(within) {
                subject.withdrawal = Some(subject.withdrawal.map_or(day, |other| other.min(day)));
                subject.events.push(Event { name: "withdrawal".to_owned(), day, source });
            }
            let contact = self.day(subject, "status", "last_contact_date", row);
            // a subject who died after the cut-off was last seen alive at the cut-off
            let contact = contact.or(death).map(|day| cutoff.map_or(day, |cut| day.min(cut)));
            if let Some(day) = contact {
                subject.last_contact = Some(subject.last_contact.map_or(day, |other: f64| other.max(day)));
            }
        }
    }

    /// Infusions as courses: a recorded course number wins, otherwise infusions at most 30 days apart are one course.
    fn infusions(&mut self, s: usize, subject: &mut Subject) {
        let mut infusions: Vec<(f64, Option<f64>, u32)> = self
            .trial
            .rows("infusions", s)
            .iter()
            .filter_map(|&row| {
                let course = self.trial.table("infusions").and_then(|t| t.number("course", row));
                Some((self.day(subject, "infusions", "date", row)?, course, row32(row)))
            })
            .collect();
        infusions.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        let mut course = 0u32;
        let mut last = f64::NEG_INFINITY;
        for (day, recorded, row) in infusions {
            let next = match recorded {
                Some(number) if number >= 1.0 && number.fract() == 0.0 && number <= 1000.0 => number as u32,
                _ if day - last > 30.0 => course + 1,
                _ => course.max(1),
            };
            if next > course && course > 0 {
                let source = SourceRow { table: "infusions", row };
                subject.events.push(Event { name: "repeat_infusion".to_owned(), day, source });
            }
            course = course.max(next);
            last = day;
            subject.infusions.push(Infusion { day, course: next, row });
        }
    }

    /// Last day on which something is known of a subject without a recorded last contact.
    fn last_known_day(&self, subject: &Subject, drafts: &[Draft]) -> Option<f64> {
        let visits = drafts.iter().map(|draft| draft.day);
        let infusions = subject.infusions.iter().map(|infusion| infusion.day);
        visits.chain(infusions).chain(subject.death).chain(subject.withdrawal).reduce(f64::max)
    }

    /// The subject's visits in order, the records at them, and the records of the baseline.
    fn visits(
        &mut self,
        subject: &Subject,
        s: usize,
        records: Vec<Record<'t>>,
    ) -> (Vec<Draft>, Vec<Placed<'t>>, Vec<Record<'t>>) {
        let mut drafts = self.drafts(subject, s, &records);
        let zero = subject.time_zero;
        let mut records = records;
        for record in &mut records {
            record.day_from_zero = match (record.day, zero) {
                (Some(day), Some(zero)) => Some(f64::from(day.0) - f64::from(zero.0)),
                _ => None,
            };
        }
        // by label, then by day, then by window
        let mut placed: Vec<(Option<usize>, Record<'t>)> = Vec::new();
        let mut taken: Vec<(usize, usize)> = Vec::new(); // visit, measure
        for record in records {
            let by_label = record.label.and_then(|label| drafts.iter().position(|draft| draft.label == label));
            let by_day = || {
                let day = record.day_from_zero?;
                drafts.iter().position(|draft| draft.day == day)
            };
            let visit = by_label.or_else(by_day);
            if let Some(visit) = visit {
                taken.push((visit, record.measure));
            }
            placed.push((visit, record));
        }
        taken.sort_unstable();
        taken.dedup();
        self.place_by_window(&mut drafts, &mut placed, &taken);
        // baseline: whatever lies at or before time zero, by its own date or by its visit's day
        let mut baseline = Vec::new();
        for (visit, record) in &placed {
            let draft = visit.and_then(|visit| drafts.get(visit));
            let day = record.day_from_zero.or_else(|| draft.map(|draft| draft.day));
            if day.is_some_and(|day| day <= 0.0) {
                baseline.push(Record { day_from_zero: day, ..*record });
            }
        }
        // order of visits: day, planned before unscheduled, label
        let mut order: Vec<usize> = (0..drafts.len()).collect();
        let key = |i: usize| drafts.get(i);
        order.sort_by(|&a, &b| match (key(a), key(b)) {
            (Some(x), Some(y)) => x
                .day
                .total_cmp(&y.day)
                .then_with(|| x.month.is_nan().cmp(&y.month.is_nan()))
                .then_with(|| x.label.cmp(&y.label)),
            _ => a.cmp(&b),
        });
        let mut new_position = vec![0usize; order.len()];
        for (new, &old) in order.iter().enumerate() {
            if let Some(slot) = new_position.get_mut(old) {
                *slot = new;
            }
        }
        let sorted: Vec<Draft> = order.iter().filter_map(|&old| drafts.get(old).cloned()).collect();
        let of_visit = placed
            .into_iter()
            .filter_map(|(visit, record)| Some((new_position.get(visit?).copied()?, record)))
            .collect();
        (sorted, of_visit, baseline)
    }

    /// Visits of the table `visits` and visits named by records alone.
    fn drafts(&mut self, subject: &Subject, s: usize, records: &[Record<'t>]) -> Vec<Draft> {
        let mut drafts: Vec<Draft> = Vec::new();
        if let Some(table) = self.trial.table("visits") {
            for &row in self.trial.rows("visits", s) {
                let Some(label) = table.text("visit", row) else { continue };
                let unscheduled = table.flag("unscheduled", row) == Some(true);
                let month = match table.number("planned_month", row) {
                    Some(month) if !unscheduled => month,
                    _ => f64::NAN,
                };
                let day = self.day(subject, "visits", "date", row);
                let day = match day {
                    Some(day) => day,
                    None if !month.is_nan() => {
                        let message = "the visit has no date: it stands at its planned day".to_owned();
                        let found =
                            subject_finding(subject, "visits", "visit_without_date", Severity::Warning, message);
                        self.find(Finding { row: Some(row), column: Some("date".to_owned()), ..found });
                        month * MONTH_DAYS
                    }
                    None => {
                        let message = "an unscheduled visit without a date cannot be placed and is not used".to_owned();
                        let found = subject_finding(subject, "visits", "visit_not_placed", Severity::Error, message);
                        self.find(Finding { row: Some(row), column: Some("date".to_owned()), ..found });
                        continue;
                    }
                };
                if drafts.iter().all(|draft| draft.label != label) {
                    drafts.push(Draft { label: label.to_owned(), day, month, row: Some(row32(row)) });
                }
            }
        }
        let zero = subject.time_zero;
        for record in records {
            let Some(label) = record.label else { continue };
            if drafts.iter().any(|draft| draft.label == label) {
                continue;
            }
            let month = self.label_months.get(label).copied().unwrap_or(f64::NAN);
            let same = records.iter().filter(|other| other.label == Some(label));
            let first = same.filter_map(|other| other.day).min();
            let day = match (first, zero) {
                (Some(day), Some(zero)) => f64::from(day.0) - f64::from(zero.0),
                _ if !month.is_nan() => month * MONTH_DAYS,
                _ => {
                    let message = format!("visit `{label}` has no date and no planned month; its records are not used");
                    let found = subject_finding(subject, record.table, "visit_not_placed", Severity::Error, message);
                    self.find(Finding {
                        row: usize::try_from(record.row).ok(),
                        column: Some("visit".to_owned()),
                        value: Some(label.to_owned()),
                        ..found
                    });
                    continue;
                }
            };
            drafts.push(Draft { label: label.to_owned(), day, month, row: None });
        }
        self.one_visit_a_month(subject, &mut drafts);
        drafts
    }

    /// Of two visits planned for one month the nearest to the target stays planned, ties to the later.
    fn one_visit_a_month(&mut self, subject: &Subject, drafts: &mut [Draft]) {
        let months: Vec<f64> = self.planned.iter().map(|planned| planned.month).collect();
        for month in months {
            let target = month * MONTH_DAYS;
            let best = drafts.iter().enumerate().filter(|(_, draft)| draft.month == month).min_by(|(_, a), (_, b)| {
                let distance = (a.day - target).abs().total_cmp(&(b.day - target).abs());
                distance.then_with(|| b.day.total_cmp(&a.day)).then_with(|| a.label.cmp(&b.label))
            });
            let Some(best) = best.map(|(i, _)| i) else { continue };
            for (i, draft) in drafts.iter_mut().enumerate() {
                if i != best && draft.month == month {
                    draft.month = f64::NAN;
                    let message = format!(
                        "a second visit is planned for month {month}; the one nearest to day {target:.0} stands for it, this one counts as unscheduled"
                    );
                    let found =
                        subject_finding(subject, "visits", "duplicate_planned_visit", Severity::Warning, message);
                    self.findings.push(Finding {
                        row: draft.row.and_then(|row| usize::try_from(row).ok()),
                        column: Some("visit".to_owned()),
                        value: Some(draft.label.clone()),
                        ..found
                    });
                }
            }
        }
    }

    /// Records with neither label nor a visit of the same day: the planned visit of their window, else a visit of their own.
    fn place_by_window(
        &self,
        drafts: &mut Vec<Draft>,
        placed: &mut [(Option<usize>, Record<'t>)],
        taken: &[(usize, usize)],
    ) {
        let mut open: Vec<(f64, usize)> = placed
            .iter()
            .enumerate()
            .filter(|(_, (visit, record))| visit.is_none() && record.label.is_none())
            .filter_map(|(i, (_, record))| Some((record.day_from_zero?, i)))
            .collect();
        if open.is_empty() {
            return;
        }
        open.sort_by(|a, b| a.0.total_cmp(&b.0));
        let original = drafts.len();
        for planned in &self.planned {
            let target = planned.month * MONTH_DAYS;
            let inside: Vec<(f64, usize)> =
                open.iter().copied().filter(|(day, _)| *day >= planned.window.0 && *day <= planned.window.1).collect();
            let nearest = |candidates: &[(f64, usize)]| {
                candidates
                    .iter()
                    .map(|(day, _)| *day)
                    .min_by(|a, b| (a - target).abs().total_cmp(&(b - target).abs()).then_with(|| b.total_cmp(a)))
            };
            let Some(day) = nearest(&inside) else { continue };
            let existing = drafts.iter().take(original).position(|draft| draft.month == planned.month);
            let visit = match existing {
                Some(visit) => visit,
                None if planned.month > 0.0 => {
                    drafts.push(Draft { label: planned.label.clone(), day, month: planned.month, row: None });
                    drafts.len() - 1
                }
                None => continue, // records before time zero serve the baseline without a visit
            };
            let mut measures: Vec<usize> =
                inside.iter().filter_map(|(_, i)| placed.get(*i).map(|(_, record)| record.measure)).collect();
            measures.sort_unstable();
            measures.dedup();
            for measure in measures {
                if taken.binary_search(&(visit, measure)).is_ok() {
                    continue;
                }
                let of_measure: Vec<(f64, usize)> = inside
                    .iter()
                    .copied()
                    .filter(|(_, i)| placed.get(*i).is_some_and(|(_, record)| record.measure == measure))
                    .collect();
                let Some(day) = nearest(&of_measure) else { continue };
                for (_, i) in of_measure.iter().filter(|(other, _)| *other == day) {
                    if let Some((slot, _)) = placed.get_mut(*i) {
                        *slot = Some(visit);
                    }
                }
            }
        }
        // what is left after time zero stays as visits of its own
        for (day, i) in open {
            if day <= 0.0 || placed.get(i).is_none_or(|(visit, _)| visit.is_some()) {
                continue;
            }
            let position = drafts.iter().position(|draft| draft.day == day && draft.month.is_nan());
            let visit = position.unwrap_or_else(|| {
                let mut label = format!("D{day}");
                while drafts.iter().any(|draft| draft.label == label) {
                    label.push('\'');
                }
                drafts.push(Draft { label, day, month: f64::NAN, row: None });
                drafts.len() - 1
            });
            if let Some((slot, _)) = placed.get_mut(i) {
                *slot = Some(visit);
            }
        }
    }

    fn fill(&self, history: &mut History, placed: &[Placed<'t>], baseline: &[(usize, Record<'t>)]) {
        let (n_visits, n_subjects) = (history.visits.len(), history.subjects.len());
        let order = |a: &Record<'_>, b: &Record<'_>| {
            let day = |r: &Record<'_>| r.day_from_zero.unwrap_or(f64::INFINITY);
            day(a).total_cmp(&day(b)).then(a.value.total_cmp(&b.value)).then(a.row.cmp(&b.row))
        };
        each_group(placed, order, |visit, group| {
            let Some(first) = group.first() else { return };
            let day = history.visits.get(visit).map_or(f64::NAN, |v| v.day);
            let cell = combine(group.iter().copied(), self.options.same_visit, day);
            let column = column_of(history, first.measure, n_visits, n_subjects);
            if let Some(slot) = column.visits.get_mut(visit) {
                *slot = cell;
            }
        });
        each_group(baseline, order, |subject, group| {
            let Some(last) = group.last() else { return };
            let day = last.day_from_zero;
            let latest = group.iter().copied().filter(|record| record.day_from_zero == day);
            let cell = combine(latest, self.options.same_visit, day.unwrap_or(f64::NAN));
            let column = column_of(history, last.measure, n_visits, n_subjects);
            if let Some(slot) = column.baseline.get_mut(subject) {
                *slot = cell;
            }
        });
    }

    /// The investigator's assessments, those that are events, and values before the flare of entry.
    fn assessments(&mut self, s: usize, subject: &mut Subject, history: &mut History) {
        for assessment in assessments(self.trial, s) {
            let own = match (assessment.day, subject.time_zero) {
                (Some(day), Some(zero)) => Some(f64::from(day.0) - f64::from(zero.0)),
                _ => None,
            };
            let labelled =
                assessment.label.and_then(|label| subject.visits.clone().find(|&visit| history.label(visit) == label));
            let dated = || {
                let day = own?;
                subject.visits.clone().find(|&visit| history.visits.get(visit).is_some_and(|v| v.day == day))
            };
            let visit = labelled.or_else(dated);
            let day = own.or_else(|| visit.and_then(|visit| history.visits.get(visit)).map(|v| v.day));
            let word = assessment.value.trim().to_ascii_lowercase();
            let happened = matches!(word.as_str(), "1" | "y" | "yes" | "true" | "present");
            if happened && let Some(day) = day {
                let source = SourceRow { table: "assessments", row: assessment.row };
                subject.events.push(Event { name: assessment.what.to_owned(), day, source });
            }
            if let Some(visit) = visit {
                history.recorded.push(Recorded {
                    visit,
                    what: assessment.what.to_owned(),
                    value: assessment.value.to_owned(),
                    row: assessment.row,
                });
            }
        }
    }

    fn preflare(&mut self, history: &mut History) {
        let (n_visits, n_subjects) = (history.visits.len(), history.subjects.len());
        for s in 0..n_subjects {
            for assessment in assessments(self.trial, s) {
                let Some(measure) = assessment.what.strip_prefix("preflare_").and_then(measure_index) else { continue };
                let Ok(value) = assessment.value.trim().parse::<f64>() else {
                    self.find(Finding {
                        table: "assessments".to_owned(),
                        row: usize::try_from(assessment.row).ok(),
                        column: Some("value".to_owned()),
                        subject: history.subjects.get(s).map(|subject| subject.id.clone()),
                        value: Some(assessment.value.to_owned()),
                        rule: "not_a_number",
                        severity: Severity::Error,
                        message: format!("`{}` must be a number in the canonical unit", assessment.what),
                    });
                    continue;
                };
                if !value.is_finite() {
                    continue;
                }
                let column = column_of(history, measure, n_visits, n_subjects);
                if let Some(slot) = column.preflare.get_mut(s) {
                    *slot = Cell { value, row: assessment.row, ..Cell::MISSING };
                }
            }
        }
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

pub(crate) fn column_of(
    history: &mut History,
    measure: usize,
    n_visits: usize,
    n_subjects: usize,
) -> &mut MeasureColumn {
    if history.columns.len() <= measure {
        history.columns.resize(measure + 1, None);
    }
    let slot = &mut history.columns[measure];
    slot.get_or_insert_with(|| MeasureColumn::empty(measure, n_visits, n_subjects))
}

/// The records of each measure at each place (visit or subject), in the given order. Only positions are sorted: records
/// are large, and nearly every group is one record.
fn each_group<'a, 't>(
    records: &'a [(usize, Record<'t>)],
    order: impl Fn(&Record<'t>, &Record<'t>) -> Ordering,
    mut use_group: impl FnMut(usize, &[&'a Record<'t>]),
) {
    let mut positions: Vec<(usize, usize, usize)> =
        records.iter().enumerate().map(|(i, (place, record))| (record.measure, *place, i)).collect();
    positions.sort_unstable();
    let mut group: Vec<&'a Record<'t>> = Vec::new();
    for of_place in positions.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        group.clear();
        group.extend(of_place.iter().filter_map(|(_, _, i)| records.get(*i)).map(|(_, record)| record));
        group.sort_by(|a, b| order(a, b));
        if let Some((_, place, _)) = of_place.first() {
            use_group(*place, &group);
        }
    }
}

/// One value from the values of one measure at one visit, which are in order of day.
fn combine<'a, 't: 'a>(records: impl Iterator<Item = &'a Record<'t>>, rule: SameVisit, day: f64) -> Cell {
    let records: Vec<&Record<'_>> = records.collect();
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Cell::MISSING };
    let worse = MEASURES.get(first.measure).map_or(Worse::High, |m| m.worse);
    let chosen = match rule {
        SameVisit::First => first,
        SameVisit::Last | SameVisit::Mean => last,
        SameVisit::Worst => records
            .iter()
            .reduce(|a, b| if crate::history::is_better(worse, a.value, b.value) { b } else { a })
            .unwrap_or(last),
    };
    let value = if rule == SameVisit::Mean && records.len() > 1 {
        records.iter().map(|record| record.value).sum::<f64>() / records.len() as f64
    } else {
        chosen.value
    };
    Cell {
        value,
        uln: chosen.uln,
        lln: chosen.lln,
        day: chosen.day_from_zero.unwrap_or(day),
        row: chosen.row,
        attributed: chosen.attributed,
    }
}
