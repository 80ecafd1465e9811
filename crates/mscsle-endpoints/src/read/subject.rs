//! One subject: time zero, death, withdrawal and last contact, infusions as courses.

use super::{Draft, Reader, row32, subject_finding};
use crate::history::{Event, Infusion, SourceRow, Subject, TimeZero};
use mscsle_domain::Severity;

impl Reader<'_> {
    pub(super) fn subject_rows(&self) -> Vec<u32> {
        (0..self.trial.n_subjects())
            .map(|s| self.trial.rows("subjects", s).first().map_or(u32::MAX, |&row| row32(row)))
            .collect()
    }

    pub(super) fn subject(&mut self, s: usize, row: u32) -> Subject {
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
    pub(super) fn day(&self, subject: &Subject, table: &str, column: &str, row: usize) -> Option<f64> {
        let zero = subject.time_zero?;
        let (day, _) = self.trial.day(table, column, row)?;
        Some(f64::from(day.0) - f64::from(zero.0))
    }

    pub(super) fn status(&mut self, s: usize, subject: &mut Subject) {
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
    pub(super) fn infusions(&mut self, s: usize, subject: &mut Subject) {
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
            let cells = self.cells(row);
            subject.infusions.push(Infusion { day, course: next, cells, row });
        }
    }

    fn cells(&self, row: u32) -> f64 {
        let (Some(table), Ok(row)) = (self.trial.table("infusions"), usize::try_from(row)) else { return f64::NAN };
        let per_kg = || Some(table.number("cells_per_kg", row)? * table.number("weight_kg", row)?);
        table.number("total_cells", row).or_else(per_kg).unwrap_or(f64::NAN)
    }

    /// Last day on which something is known of a subject without a recorded last contact.
    pub(super) fn last_known_day(&self, subject: &Subject, drafts: &[Draft<'_>]) -> Option<f64> {
        let visits = drafts.iter().map(|draft| draft.day);
        let infusions = subject.infusions.iter().map(|infusion| infusion.day);
        visits.chain(infusions).chain(subject.death).chain(subject.withdrawal).reduce(f64::max)
    }
}
