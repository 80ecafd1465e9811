//! The dose in force on a day, and means over the days before.

use super::Glucocorticoid;

/// One glucocorticoid prescription over time, already as prednisone equivalent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteroidRecord {
    /// Subject.
    pub subject: i32,
    /// The drug.
    pub drug: Glucocorticoid,
    /// mg of prednisone a day without pulses, NaN when it cannot be known.
    pub per_day: f64,
    /// mg of prednisone a day given as intravenous pulse, 0 without.
    pub pulse_per_day: f64,
    /// First day; `i32::MIN` when it began before anything is recorded.
    pub start: i32,
    /// Last day; `i32::MAX` while it goes on.
    pub end: i32,
}

/// A dose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dose {
    /// mg of prednisone a day, NaN when a prescription in force cannot be read.
    pub per_day: f64,
    /// The part of it that is known.
    pub lower: f64,
    /// mg of prednisone given as intravenous pulses on these days.
    pub pulse_mg: f64,
}

/// The prescriptions of all subjects.
///
/// A record is in force from its first to its last day, both included. Where a record ends on the day on which another of
/// the same drug begins, only the new one counts on that day: a taper written as 1-14, 14-28 is no double dose.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DoseHistory {
    records: Vec<SteroidRecord>,
}

impl DoseHistory {
    /// Orders the records; their order in the input does not matter.
    #[must_use]
    pub fn new(mut records: Vec<SteroidRecord>) -> DoseHistory {
        records.sort_by(|a, b| {
            (a.subject, a.drug, a.start, a.end)
                .cmp(&(b.subject, b.drug, b.start, b.end))
                .then(a.per_day.total_cmp(&b.per_day))
                .then(a.pulse_per_day.total_cmp(&b.pulse_per_day))
        });
        DoseHistory { records }
    }

    fn of(&self, subject: i32) -> &[SteroidRecord] {
        let from = self.records.partition_point(|r| r.subject < subject);
        let to = self.records.partition_point(|r| r.subject <= subject);
        &self.records[from..to]
    }

    /// The dose in force on a day; 0 for a subject without a glucocorticoid.
    #[must_use]
    pub fn on_day(&self, subject: i32, day: i32) -> Dose {
        let records = self.of(subject);
        let mut dose = Dose { per_day: 0.0, lower: 0.0, pulse_mg: 0.0 };
        for record in records.iter().filter(|r| r.start <= day && day <= r.end) {
            let replaced = record.end == day
                && record.start < day
                && records.iter().any(|other| other.drug == record.drug && other.start == day);
            if replaced {
                continue;
            }
            dose.per_day += record.per_day;
            dose.lower += if record.per_day.is_nan() { 0.0 } else { record.per_day };
            dose.pulse_mg += record.pulse_per_day;
        }
        dose
    }

    /// The mean daily dose over the `days` days that end with `day`, and the pulses given on them.
    #[must_use]
    pub fn mean_over(&self, subject: i32, day: i32, days: u16) -> Dose {
        let days = days.max(1);
        let mut mean = Dose { per_day: 0.0, lower: 0.0, pulse_mg: 0.0 };
        for back in (0..i32::from(days)).rev() {
            let dose = self.on_day(subject, day.saturating_sub(back));
            mean.per_day += dose.per_day;
            mean.lower += dose.lower;
            mean.pulse_mg += dose.pulse_mg;
        }
        mean.per_day /= f64::from(days);
        mean.lower /= f64::from(days);
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(per_day: f64, start: i32, end: i32) -> SteroidRecord {
        SteroidRecord { subject: 1, drug: Glucocorticoid::Prednisone, per_day, pulse_per_day: 0.0, start, end }
    }

    #[test]
    fn taper_sharing_a_day_is_no_double_dose() {
        let history = DoseHistory::new(vec![record(15.0, 14, 28), record(20.0, 1, 14)]);
        assert_eq!([1, 13, 14, 28, 29].map(|d| history.on_day(1, d).per_day), [20.0, 20.0, 15.0, 15.0, 0.0]);
    }

    #[test]
    fn means_look_back_from_the_day() {
        let history = DoseHistory::new(vec![record(20.0, 1, 13), record(10.0, 14, i32::MAX)]);
        assert!((history.mean_over(1, 14, 3).per_day - 50.0 / 3.0).abs() < 1e-12);
        assert!((history.mean_over(1, 14, 7).per_day - 130.0 / 7.0).abs() < 1e-12);
        assert_eq!(history.mean_over(1, 14, 1), history.on_day(1, 14));
    }

    #[test]
    fn unreadable_prescription_in_force_leaves_a_lower_bound() {
        let history = DoseHistory::new(vec![record(10.0, 0, 9), record(f64::NAN, 5, 9)]);
        let dose = history.on_day(1, 5);
        assert!(dose.per_day.is_nan() && dose.lower == 10.0);
        assert_eq!(history.on_day(1, 4).per_day, 10.0);
        assert_eq!(history.on_day(2, 5).per_day, 0.0, "no glucocorticoid at all");
    }

    #[test]
    fn pulses_are_summed_apart() {
        let mut pulse = record(0.0, 2, 4);
        pulse.pulse_per_day = 625.0;
        let history = DoseHistory::new(vec![record(10.0, 0, 30), pulse]);
        let week = history.mean_over(1, 6, 7);
        assert_eq!((week.per_day, week.pulse_mg), (10.0, 1875.0));
    }
}
