//! The visits of a subject, and the visit each record belongs to.

use super::{Draft, Placed, Reader, row32, subject_finding};
use crate::history::{MONTH_DAYS, Subject};
use crate::records::Record;
use mscsle_domain::{Finding, Severity};
use std::borrow::Cow;

/// The last label looked up: the records of a visit come one after the other.
#[derive(Default)]
struct Labels<'t> {
    last: Option<(&'t str, usize)>,
}

impl<'t> Labels<'t> {
    /// Position of a label among the visits of a subject.
    fn position(&mut self, label: &'t str, drafts: &[Draft<'t>]) -> Option<usize> {
        if let Some((last, position)) = self.last
            && std::ptr::eq(last, label)
        {
            return Some(position);
        }
        let position = drafts.iter().position(|draft| draft.label == label)?;
        self.last = Some((label, position));
        Some(position)
    }
}

impl<'t> Reader<'t> {
    /// The subject's visits in order, the records at them, and the records of the baseline.
    pub(super) fn visits(
        &mut self,
        subject: &Subject,
        s: usize,
        records: Vec<Record<'t>>,
    ) -> (Vec<Draft<'t>>, Vec<Placed<'t>>, Vec<Record<'t>>) {
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
        let mut placed: Vec<(Option<usize>, Record<'t>)> = Vec::with_capacity(records.len());
        let mut labels = Labels::default();
        for record in records {
            let by_label = record.label.and_then(|label| labels.position(label, &drafts));
            let by_day = || {
                let day = record.day_from_zero?;
                drafts.iter().position(|draft| draft.day == day)
            };
            let visit = by_label.or_else(by_day);
            placed.push((visit, record));
        }
        self.place_by_window(&mut drafts, &mut placed);
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
        let sorted: Vec<Draft<'t>> = order.iter().filter_map(|&old| drafts.get(old).cloned()).collect();
        let of_visit = placed
            .into_iter()
            .filter_map(|(visit, record)| Some((new_position.get(visit?).copied()?, record)))
            .collect();
        (sorted, of_visit, baseline)
    }

    /// Visits of the table `visits` and visits named by records alone.
    pub(super) fn drafts(&mut self, subject: &Subject, s: usize, records: &[Record<'t>]) -> Vec<Draft<'t>> {
        let mut drafts: Vec<Draft<'t>> = Vec::new();
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
                    drafts.push(Draft { label: Cow::Borrowed(label), day, month, row: Some(row32(row)) });
                }
            }
        }
        let zero = subject.time_zero;
        let mut labels = Labels::default();
        for record in records {
            let Some(label) = record.label else { continue };
            if labels.position(label, &drafts).is_some() {
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
            drafts.push(Draft { label: Cow::Borrowed(label), day, month, row: None });
        }
        self.one_visit_a_month(subject, &mut drafts);
        drafts
    }

    /// Of two visits planned for one month the nearest to the target stays planned, ties to the later.
    pub(super) fn one_visit_a_month(&mut self, subject: &Subject, drafts: &mut [Draft<'t>]) {
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
                        value: Some(draft.label.to_string()),
                        ..found
                    });
                }
            }
        }
    }

    /// Records with neither label nor a visit of the same day: the planned visit of their window, else a visit of their own.
    pub(super) fn place_by_window(&self, drafts: &mut Vec<Draft<'t>>, placed: &mut [(Option<usize>, Record<'t>)]) {
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
        let mut taken: Vec<(usize, usize)> =
            placed.iter().filter_map(|(visit, record)| Some(((*visit)?, record.measure))).collect();
        taken.sort_unstable();
        taken.dedup();
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
                    drafts.push(Draft {
                        label: Cow::Owned(planned.label.clone()),
                        day,
                        month: planned.month,
                        row: None,
                    });
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
                drafts.push(Draft { label: Cow::Owned(label), day, month: f64::NAN, row: None });
                drafts.len() - 1
            });
            if let Some((slot, _)) = placed.get_mut(i) {
                *slot = Some(visit);
            }
        }
    }
}
