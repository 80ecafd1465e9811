//! The history of every subject: visits relative to time zero with their measures, infusions, events, death and
//! last contact; columns over all visits, so that a definition runs over a cohort without a lookup by name.

use crate::EndpointError;
use crate::measure::{MEASURES, Worse};
use mscsle_domain::{Day, Findings, Imputation};
use std::ops::Range;

/// Days a month: 365.25 / 12.
pub const MONTH_DAYS: f64 = 30.4375;

/// Two values of one measure at one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SameVisit {
    /// Their mean (usual for efficacy).
    #[default]
    Mean,
    /// The worse one (usual for safety).
    Worst,
    /// The earlier one.
    First,
    /// The later one.
    Last,
}

impl SameVisit {
    /// `mean`, `worst`, `first` or `last`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SameVisit::Mean => "mean",
            SameVisit::Worst => "worst",
            SameVisit::First => "first",
            SameVisit::Last => "last",
        }
    }

    /// The rule of a word.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`].
    pub fn parse(word: &str) -> Result<SameVisit, EndpointError> {
        [SameVisit::Mean, SameVisit::Worst, SameVisit::First, SameVisit::Last]
            .into_iter()
            .find(|rule| rule.name() == word)
            .ok_or_else(|| EndpointError::UnknownWord {
                option: "same_visit",
                word: word.to_owned(),
                allowed: "`mean`, `worst`, `first` or `last`".to_owned(),
            })
    }
}

/// How histories are read from the tables.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryOptions {
    /// Two values of one measure at one visit.
    pub same_visit: SameVisit,
    /// First day that can belong to a planned visit after baseline; day 7 is the second infusion of a course.
    pub first_window_day: f64,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        HistoryOptions { same_visit: SameVisit::Mean, first_window_day: 8.0 }
    }
}

/// Where time zero of a subject comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeZero {
    /// First infusion.
    FirstInfusion,
    /// The visit planned at month 0, when no infusion is recorded.
    BaselineVisit,
    /// Enrolment, when there is neither.
    Enrolment,
    /// None is known: visits stand at their planned days.
    Unknown,
}

impl TimeZero {
    /// The rule's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TimeZero::FirstInfusion => "first_infusion",
            TimeZero::BaselineVisit => "baseline_visit",
            TimeZero::Enrolment => "enrolment",
            TimeZero::Unknown => "unknown",
        }
    }
}

/// A row of a source table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceRow {
    /// Table.
    pub table: &'static str,
    /// Row, counted from 0.
    pub row: u32,
}

/// Something that happened to a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Name, e.g. `rescue`, `withdrawal`, `death`.
    pub name: String,
    /// Days since time zero.
    pub day: f64,
    /// Where it is recorded.
    pub source: SourceRow,
}

/// One infusion.
#[derive(Debug, Clone, PartialEq)]
pub struct Infusion {
    /// Days since time zero.
    pub day: f64,
    /// Course, counted from 1; infusions at most 30 days apart are one course when none is recorded.
    pub course: u32,
    /// Cells infused: `total_cells`, else `cells_per_kg` times `weight_kg` of the row; NaN where unknown.
    pub cells: f64,
    /// Row in `infusions`.
    pub row: u32,
}

/// One course: infusions at most 30 days apart, or of one recorded number.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Position of the subject.
    pub subject: usize,
    /// Number of the course.
    pub course: u32,
    /// Days since time zero of its first infusion.
    pub first_day: f64,
    /// Days since time zero of its last infusion.
    pub last_day: f64,
    /// How many infusions.
    pub infusions: usize,
    /// Cells of the course; NaN where those of an infusion are unknown.
    pub cells: f64,
    /// Cells up to the end of the course; NaN where those of an infusion are unknown.
    pub cumulative: f64,
}

/// One subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Id.
    pub id: String,
    /// Row in `subjects`.
    pub row: u32,
    /// Calendar day of time zero.
    pub time_zero: Option<Day>,
    /// Where time zero comes from.
    pub time_zero_rule: TimeZero,
    /// Positions of the subject's visits.
    pub visits: Range<usize>,
    /// Day of death since time zero.
    pub death: Option<f64>,
    /// Day of withdrawal since time zero.
    pub withdrawal: Option<f64>,
    /// Day of the last contact since time zero.
    pub last_contact: Option<f64>,
    /// Infusions in order.
    pub infusions: Vec<Infusion>,
    /// Events in order.
    pub events: Vec<Event>,
}

/// One visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Position of the subject.
    pub subject: u32,
    /// Position of the label in [`History::labels`].
    pub label: u32,
    /// Days since time zero.
    pub day: f64,
    /// Planned month; NaN when unscheduled.
    pub month: f64,
    /// Row in `visits`, `None` when the visit was made from dated records.
    pub row: Option<u32>,
}

impl Visit {
    /// Whether the visit was planned.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        !self.month.is_nan()
    }

    /// The planned month, of an unscheduled visit its day in months.
    #[must_use]
    pub fn time_in_months(&self) -> f64 {
        if self.is_planned() { self.month } else { self.day / MONTH_DAYS }
    }
}

/// One value of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Value in the canonical unit; NaN where missing.
    pub value: f64,
    /// Upper limit of normal of the row.
    pub uln: f64,
    /// Lower limit of normal of the row.
    pub lln: f64,
    /// Days since time zero.
    pub day: f64,
    /// Source row; `u32::MAX` when the value comes from more than one table row or from none.
    pub row: u32,
    /// 1 due to lupus, 0 not, -1 unknown.
    pub attributed: i8,
}

impl Cell {
    /// No value.
    pub const MISSING: Cell =
        Cell { value: f64::NAN, uln: f64::NAN, lln: f64::NAN, day: f64::NAN, row: u32::MAX, attributed: -1 };

    /// Whether there is a value.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.value.is_nan()
    }
}

/// One measure over all visits.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureColumn {
    /// Table of the source rows.
    pub table: &'static str,
    /// One value a visit, in the order of [`History::visits`].
    pub visits: Vec<Cell>,
    /// Baseline, one value a subject.
    pub baseline: Vec<Cell>,
    /// Value before the flare that led into the study, one a subject.
    pub preflare: Vec<Cell>,
}

impl MeasureColumn {
    pub(crate) fn empty(measure: usize, n_visits: usize, n_subjects: usize) -> MeasureColumn {
        MeasureColumn {
            table: MEASURES.get(measure).map_or("labs", |m| m.table),
            visits: vec![Cell::MISSING; n_visits],
            baseline: vec![Cell::MISSING; n_subjects],
            preflare: vec![Cell::MISSING; n_subjects],
        }
    }
}

/// One visit of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedVisit {
    /// Label most used for it.
    pub label: String,
    /// Month.
    pub month: f64,
    /// First and last day of its window (midpoints between neighbouring targets).
    pub window: (f64, f64),
}

/// The investigator's own assessment at a visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Position of the visit.
    pub visit: usize,
    /// What was assessed.
    pub what: String,
    /// The assessment.
    pub value: String,
    /// Row in `assessments`.
    pub row: u32,
}

/// The histories of all subjects of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) visits: Vec<Visit>,
    pub(crate) labels: Vec<String>,
    pub(crate) columns: Vec<Option<MeasureColumn>>,
    pub(crate) planned: Vec<PlannedVisit>,
    pub(crate) recorded: Vec<Recorded>,
    /// BILAG grades of each visit by system (E 0 to A 4, -1 missing); empty without the table.
    pub(crate) letters: Vec<[i8; crate::activity::N_SYSTEMS]>,
    pub(crate) findings: Findings,
    pub(crate) options: HistoryOptions,
    pub(crate) imputation: Imputation,
}

impl History {
    /// Subjects in the order of the table.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Courses of infusions by subject and number: exposures with dates of their own, not a baseline covariate.
    #[must_use]
    pub fn courses(&self) -> Vec<Course> {
        let mut courses: Vec<Course> = Vec::new();
        for (s, subject) in self.subjects.iter().enumerate() {
            let mut cumulative = 0.0;
            for infusion in &subject.infusions {
                cumulative += infusion.cells;
                match courses
                    .iter_mut()
                    .rev()
                    .take_while(|c| c.subject == s)
                    .find(|c| c.subject == s && c.course == infusion.course)
                {
                    Some(course) => {
                        course.last_day = infusion.day;
                        course.infusions += 1;
                        course.cells += infusion.cells;
                        course.cumulative = cumulative;
                    }
                    None => courses.push(Course {
                        subject: s,
                        course: infusion.course,
                        first_day: infusion.day,
                        last_day: infusion.day,
                        infusions: 1,
                        cells: infusion.cells,
                        cumulative,
                    }),
                }
            }
        }
        courses
    }

    /// Whether each subject has a time zero of its own: a first infusion. In a trial without any infusion the baseline
    /// visit or the enrolment stands in for everybody.
    #[must_use]
    pub fn with_time_zero(&self) -> Vec<bool> {
        let infused = |s: &Subject| s.time_zero_rule == TimeZero::FirstInfusion;
        let none = !self.subjects.iter().any(infused);
        self.subjects.iter().map(|s| none || infused(s)).collect()
    }

    /// Visits, by subject and then by day.
    #[must_use]
    pub fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// Distinct visit labels.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Planned visits by month, baseline included.
    #[must_use]
    pub fn planned(&self) -> &[PlannedVisit] {
        &self.planned
    }

    /// Planned visits after baseline.
    pub fn planned_after_baseline(&self) -> impl Iterator<Item = (usize, &PlannedVisit)> {
        self.planned.iter().enumerate().filter(|(_, visit)| visit.month > 0.0)
    }

    /// The investigator's own assessments.
    #[must_use]
    pub fn recorded(&self) -> &[Recorded] {
        &self.recorded
    }

    /// What could not be used, and what is contradictory.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// How the history was read.
    #[must_use]
    pub fn options(&self) -> &HistoryOptions {
        &self.options
    }

    /// How partial dates became days.
    #[must_use]
    pub fn imputation(&self) -> Imputation {
        self.imputation
    }

    /// A measure over all visits, `None` when no row of the trial has it.
    #[must_use]
    pub fn measure(&self, index: usize) -> Option<&MeasureColumn> {
        self.columns.get(index).and_then(Option::as_ref)
    }

    /// The label of a visit.
    #[must_use]
    pub fn label(&self, visit: usize) -> &str {
        self.visits.get(visit).and_then(|v| self.labels.get(v.label as usize)).map_or("", String::as_str)
    }

    /// Whether any BILAG system is graded at a visit.
    pub(crate) fn has_letters(&self, visit: usize) -> bool {
        self.letters.get(visit).is_some_and(|letters| letters.iter().any(|grade| *grade >= 0))
    }

    /// The position of a subject by id.
    ///
    /// # Errors
    /// [`EndpointError::UnknownSubject`].
    pub fn find_subject(&self, id: &str) -> Result<usize, EndpointError> {
        self.subjects.iter().position(|s| s.id == id).ok_or_else(|| EndpointError::UnknownSubject {
            subject: id.to_owned(),
            hint: mscsle_domain::did_you_mean(id, self.subjects.iter().map(|s| s.id.as_str())),
        })
    }

    /// The position of a subject's visit by label.
    ///
    /// # Errors
    /// [`EndpointError::UnknownVisit`].
    pub fn find_visit(&self, subject: usize, label: &str) -> Result<usize, EndpointError> {
        let Some(s) = self.subjects.get(subject) else {
            return Err(EndpointError::UnknownSubject { subject: subject.to_string(), hint: String::new() });
        };
        s.visits.clone().find(|&visit| self.label(visit) == label).ok_or_else(|| {
            let labels: Vec<String> = s.visits.clone().map(|visit| format!("`{}`", self.label(visit))).collect();
            EndpointError::UnknownVisit {
                subject: s.id.clone(),
                visit: label.to_owned(),
                known: if labels.is_empty() { "none".to_owned() } else { labels.join(", ") },
            }
        })
    }

    /// The visit of a subject that stands for a planned visit.
    #[must_use]
    pub fn visit_at(&self, subject: usize, planned: usize) -> Option<usize> {
        let month = self.planned.get(planned)?.month;
        let range = self.subjects.get(subject)?.visits.clone();
        range.into_iter().find(|&visit| self.visits.get(visit).is_some_and(|v| v.month == month))
    }

    /// Whether a subject is not known dead by the day (the day of death itself counts as dead).
    #[must_use]
    pub fn is_alive(&self, subject: usize, day: f64) -> bool {
        self.subjects.get(subject).is_none_or(|s| s.death.is_none_or(|death| death > day))
    }
}

/// The worse, or better, of two values.
pub(crate) fn is_better(worse: Worse, a: f64, b: f64) -> bool {
    match worse {
        Worse::High => a < b,
        Worse::Low => a > b,
    }
}

/// Windows of planned visits: midpoints between neighbouring targets (`month` x 30.4375 days, not rounded), the last
/// as wide to the right as to the left; baseline ends on day 0.
pub(crate) fn windows(months: &[f64], first_window_day: f64) -> Vec<(f64, f64)> {
    let target = |i: usize| months.get(i).copied().unwrap_or(f64::NAN) * MONTH_DAYS;
    (0..months.len())
        .map(|i| {
            let day = target(i);
            if day <= 0.0 {
                return (f64::NEG_INFINITY, 0.0);
            }
            let before = if i == 0 { 0.0 } else { target(i - 1) };
            let lower = if before <= 0.0 { first_window_day } else { f64::midpoint(before, day).floor() + 1.0 };
            let upper = if i + 1 < months.len() {
                f64::midpoint(day, target(i + 1)).floor()
            } else {
                (day + (day - before.max(0.0)) / 2.0).floor()
            };
            (lower, upper)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_the_midpoints_of_the_specification() {
        let w = windows(&[0.0, 1.0, 3.0, 6.0, 9.0, 12.0], 8.0);
        assert_eq!(
            w[1..],
            [(8.0, 60.0), (61.0, 136.0), (137.0, 228.0), (229.0, 319.0), (320.0, 410.0)],
            "days 8-60, 61-136, 137-228, 229-319, 320-410"
        );
        assert_eq!(w[0].1, 0.0);
    }

    #[test]
    fn windows_without_month_one_begin_after_the_second_infusion() {
        assert_eq!(windows(&[3.0, 6.0], 8.0), [(8.0, 136.0), (137.0, 228.0)]);
    }
}
