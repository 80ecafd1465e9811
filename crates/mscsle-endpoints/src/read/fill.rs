//! Records at their visits as one value a measure and visit; assessments and values before the flare of entry.

use super::{Placed, Reader};
use crate::history::{Cell, Event, History, MeasureColumn, Recorded, SameVisit, SourceRow, Subject};
use crate::measure::{MEASURES, Worse, measure_index};
use crate::records::{Record, assessments};
use mscsle_domain::{Finding, Severity};
use std::cmp::Ordering;

impl<'t> Reader<'t> {
    pub(super) fn fill(&self, history: &mut History, placed: &[Placed<'t>], baseline: &[(usize, Record<'t>)]) {
        let (n_visits, n_subjects) = (history.visits.len(), history.subjects.len());
        let order = |a: &Record<'_>, b: &Record<'_>| {
            let day = |r: &Record<'_>| r.day_from_zero.unwrap_or(f64::INFINITY);
            day(a).total_cmp(&day(b)).then(a.value.total_cmp(&b.value)).then(a.row.cmp(&b.row))
        };
        each_group(placed, order, |visit, group| {
            let Some(first) = group.first() else { return };
            let day = history.visits.get(visit).map_or(f64::NAN, |v| v.day);
            let cell = combine(group, self.options.same_visit, day);
            let column = column_of(history, first.measure, n_visits, n_subjects);
            if let Some(slot) = column.visits.get_mut(visit) {
                *slot = cell;
            }
        });
        each_group(baseline, order, |subject, group| {
            let Some(last) = group.last() else { return };
            let day = last.day_from_zero;
            let latest: Vec<&Record<'_>> = group.iter().copied().filter(|record| record.day_from_zero == day).collect();
            let cell = combine(&latest, self.options.same_visit, day.unwrap_or(f64::NAN));
            let column = column_of(history, last.measure, n_visits, n_subjects);
            if let Some(slot) = column.baseline.get_mut(subject) {
                *slot = cell;
            }
        });
    }

    /// The investigator's assessments, those that are events, and values before the flare of entry.
    pub(super) fn assessments(&mut self, s: usize, subject: &mut Subject, history: &mut History) {
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

    pub(super) fn preflare(&mut self, history: &mut History) {
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
    // by measure, in the order of the records, which come by subject: the places are nearly in order already
    let mut of_measure: Vec<Vec<(usize, usize)>> = vec![Vec::new(); MEASURES.len()];
    for (i, (place, record)) in records.iter().enumerate() {
        if let Some(positions) = of_measure.get_mut(record.measure) {
            positions.push((*place, i));
        }
    }
    let mut group: Vec<&'a Record<'t>> = Vec::new();
    for mut positions in of_measure {
        if !positions.is_sorted() {
            positions.sort_unstable();
        }
        for of_place in positions.chunk_by(|a, b| a.0 == b.0) {
            group.clear();
            group.extend(of_place.iter().filter_map(|(_, i)| records.get(*i)).map(|(_, record)| record));
            if group.len() > 1 {
                group.sort_by(|a, b| order(a, b));
            }
            if let Some((place, _)) = of_place.first() {
                use_group(*place, &group);
            }
        }
    }
}

/// One value from the values of one measure at one visit, which are in order of day.
fn combine(records: &[&Record<'_>], rule: SameVisit, day: f64) -> Cell {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Cell::MISSING };
    let worse = MEASURES.get(first.measure).map_or(Worse::High, |m| m.worse);
    let chosen = match rule {
        SameVisit::First => first,
        SameVisit::Last | SameVisit::Mean => last,
        SameVisit::Worst => records
            .iter()
            .copied()
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
