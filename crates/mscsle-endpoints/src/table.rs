//! States, flares, counts and times as columns, for frames.

use crate::denominator::Count;
use crate::flare::Flares;
use crate::history::History;
use crate::response::{Bounds, Response, VisitState};
use crate::time_to::{Cause, End, TimeTo};

/// One row a subject and visit after baseline; planned visits a subject does not have are rows too.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateColumns {
    /// Position of the subject.
    pub subject: Vec<i32>,
    /// Visit label.
    pub visit: Vec<String>,
    /// Days since time zero, NaN without a visit.
    pub day: Vec<f64>,
    /// Planned month, NaN when unscheduled.
    pub planned_month: Vec<f64>,
    /// State; `unknown`, `not_assessed` or `dead`.
    pub state: Vec<String>,
    /// Worst possible state, empty when not assessed.
    pub lower: Vec<String>,
    /// Best possible state, empty when not assessed.
    pub upper: Vec<String>,
    /// 1 in response, 0 not, -1 open.
    pub response: Vec<i8>,
    /// Whether the best state can be evaluated for the subject; -1 open.
    pub cr_evaluable: Vec<i8>,
    /// Why, in short: the measures that decided.
    pub reason: Vec<String>,
    /// The intercurrent event that replaced the state, empty without one.
    pub intercurrent: Vec<String>,
    /// Its strategy; `hypothetical` marks a state to be imputed.
    pub strategy: Vec<&'static str>,
}

fn flag(value: Option<bool>) -> i8 {
    value.map_or(-1, i8::from)
}

impl Response {
    /// The states as columns, by subject and visit.
    #[must_use]
    pub fn columns(&self) -> StateColumns {
        let mut columns = StateColumns::default();
        for (s, subject) in self.history.subjects().iter().enumerate() {
            // visits in order, with the planned visits that are absent put at their month
            let mut rows: Vec<(f64, Option<usize>, Option<usize>)> = subject
                .visits
                .clone()
                .filter_map(|v| {
                    self.history.visits().get(v).filter(|visit| visit.day > 0.0).map(|visit| (visit.day, v))
                })
                .map(|(day, v)| (day, Some(v), (0..self.planned.len()).find(|&k| self.visit(s, k) == Some(v))))
                .collect();
            for k in 0..self.planned.len() {
                if self.visit(s, k).is_none() {
                    rows.push((self.target_day(k), None, Some(k)));
                }
            }
            rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (_, visit, k) in rows {
                self.push_row(&mut columns, s, visit, k);
            }
        }
        columns
    }

    fn target_day(&self, k: usize) -> f64 {
        let month = self.planned.get(k).and_then(|&p| self.history.planned().get(p)).map_or(f64::NAN, |p| p.month);
        month * crate::MONTH_DAYS
    }

    fn push_row(&self, columns: &mut StateColumns, s: usize, visit: Option<usize>, k: Option<usize>) {
        let absent = || match k.map(|k| self.state(s, k)) {
            Some(VisitState::State(state)) => Bounds { upper: state, lower: state },
            Some(VisitState::Unknown(bounds)) => bounds,
            _ => Bounds::NOT_ASSESSED,
        };
        let bounds = visit.and_then(|v| self.states.get(v)).copied().unwrap_or_else(absent);
        let name = |state: u8| self.definition.state_name(state.into()).to_owned();
        let dead = k.is_some_and(|k| self.state(s, k) == VisitState::Dead);
        let planned = k.and_then(|k| self.planned.get(k)).and_then(|&p| self.history.planned().get(p));
        let label = match (visit, planned) {
            (Some(v), _) => self.history.label(v).to_owned(),
            (None, Some(planned)) => planned.label.clone(),
            (None, None) => String::new(),
        };
        let assessed = bounds.is_assessed();
        let state = match (dead, assessed, bounds.is_determined()) {
            (true, _, _) => "dead".to_owned(),
            (_, false, _) => "not_assessed".to_owned(),
            (_, _, true) => name(bounds.upper),
            _ => "unknown".to_owned(),
        };
        columns.subject.push(i32::try_from(s).unwrap_or(-1));
        columns.visit.push(label);
        columns.day.push(visit.and_then(|v| self.history.visits().get(v)).map_or(f64::NAN, |v| v.day));
        let month = |v: usize| self.history.visits().get(v).map_or(f64::NAN, |v| v.month);
        columns.planned_month.push(planned.map_or_else(|| visit.map_or(f64::NAN, month), |p| p.month));
        columns.state.push(state);
        columns.lower.push(if assessed { name(bounds.lower) } else { String::new() });
        columns.upper.push(if assessed { name(bounds.upper) } else { String::new() });
        columns.response.push(flag(self.surely(bounds).filter(|_| !dead)));
        columns.cr_evaluable.push(flag(self.evaluable.get(s).copied().flatten()));
        let day = visit.and_then(|v| self.history.visits().get(v)).map(|v| v.day);
        let day = day.or(planned.map(|p| p.month * crate::MONTH_DAYS)).unwrap_or(f64::NAN);
        let after = self.intercurrent.get(s).and_then(Option::as_ref).filter(|after| !dead && day >= after.day);
        columns.intercurrent.push(after.map_or(String::new(), |after| after.event.clone()));
        columns.strategy.push(after.map_or("", |after| after.strategy.name()));
        columns.reason.push(visit.filter(|_| assessed).map_or_else(String::new, |v| self.reason(s, v)));
    }
}

/// One row a count.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CountColumns {
    /// Visit label.
    pub visit: Vec<String>,
    /// Planned month.
    pub month: Vec<f64>,
    /// State.
    pub state: Vec<String>,
    /// How many.
    pub numerator: Vec<i64>,
    /// Of how many.
    pub denominator: Vec<i64>,
    /// Whose state values missing leave open, within the denominator.
    pub undetermined: Vec<i64>,
    /// Who is counted in the denominator.
    pub rule: Vec<&'static str>,
}

impl From<&[Count]> for CountColumns {
    fn from(counts: &[Count]) -> CountColumns {
        CountColumns {
            visit: counts.iter().map(|c| c.visit.clone()).collect(),
            month: counts.iter().map(|c| c.month).collect(),
            state: counts.iter().map(|c| c.state.clone()).collect(),
            numerator: counts.iter().map(|c| c.numerator as i64).collect(),
            denominator: counts.iter().map(|c| c.denominator as i64).collect(),
            undetermined: counts.iter().map(|c| c.undetermined as i64).collect(),
            rule: counts.iter().map(|c| c.rule.name()).collect(),
        }
    }
}

/// One row a subject at risk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TimeColumns {
    /// Position of the subject.
    pub subject: Vec<i32>,
    /// Time from the origin.
    pub time: Vec<f64>,
    /// 1 event, 0 not.
    pub event: Vec<i8>,
    /// 0 censored, 1 event, 2 death before it.
    pub cause: Vec<i32>,
    /// The event lies in `(after, time]`.
    pub after: Vec<f64>,
    /// Date of the origin, days since 1970-01-01; NaN where time zero has no date.
    pub start_date: Vec<f64>,
    /// Label of the visit of the origin; empty when it is time zero.
    pub start_visit: Vec<String>,
    /// Date of the end, days since 1970-01-01.
    pub end_date: Vec<f64>,
    /// What gives that date: `visit`, `event`, `death`, `last_contact`, `origin`.
    pub end: Vec<&'static str>,
    /// Label of the visit of the end; empty when it is none.
    pub end_visit: Vec<String>,
    /// Table of the recorded event of the end; empty when it is none.
    pub end_table: Vec<&'static str>,
    /// Its row, -1 when there is none.
    pub end_row: Vec<i64>,
}

impl TimeColumns {
    /// The columns of times over the histories they were made of.
    #[must_use]
    pub fn new(times: &TimeTo, history: &History) -> TimeColumns {
        let of = &times.times;
        let date = |subject: usize, day: f64| {
            let zero = history.subjects().get(subject).and_then(|s| s.time_zero);
            zero.map_or(f64::NAN, |zero| f64::from(zero.0) + day)
        };
        let day_of = |visit: usize| history.visits().get(visit).map_or(f64::NAN, |v| v.day);
        let event = |end: End| match end {
            End::Event(source) => (source.table, i64::from(source.row)),
            _ => ("", -1),
        };
        TimeColumns {
            start_date: of.iter().map(|t| date(t.subject, t.origin.map_or(0.0, day_of))).collect(),
            start_visit: of.iter().map(|t| t.origin.map_or("", |visit| history.label(visit)).to_owned()).collect(),
            end_date: of.iter().map(|t| date(t.subject, t.end_day)).collect(),
            end: of.iter().map(|t| t.end.name()).collect(),
            end_visit: of
                .iter()
                .map(|t| if let End::Visit(visit) = t.end { history.label(visit).to_owned() } else { String::new() })
                .collect(),
            end_table: of.iter().map(|t| event(t.end).0).collect(),
            end_row: of.iter().map(|t| event(t.end).1).collect(),
            subject: of.iter().map(|t| i32::try_from(t.subject).unwrap_or(-1)).collect(),
            time: of.iter().map(|t| t.time).collect(),
            event: of.iter().map(|t| i8::from(t.cause == Cause::Event)).collect(),
            cause: of.iter().map(|t| t.cause as i32).collect(),
            after: of.iter().map(|t| t.after).collect(),
        }
    }
}

/// One row a flare.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlareColumns {
    /// Position of the subject.
    pub subject: Vec<i32>,
    /// Visit label; empty for a recorded event with its own day.
    pub visit: Vec<String>,
    /// Days since time zero.
    pub day: Vec<f64>,
    /// Days since the first response; NaN when the definition counts from time zero.
    pub day_from_response: Vec<f64>,
    /// Which way of the definition was met.
    pub branch: Vec<String>,
    /// Its name.
    pub label: Vec<String>,
    /// 1 for the subject's first flare.
    pub number: Vec<i64>,
}

impl Flares {
    /// The flares as columns.
    #[must_use]
    pub fn columns(&self) -> FlareColumns {
        let day = |visit: usize| self.history.visits().get(visit).map_or(f64::NAN, |v| v.day);
        let mut columns = FlareColumns::default();
        for flare in &self.flares {
            let first = self.response.as_ref().and_then(|r| r.first.get(flare.subject).copied().flatten());
            let state = self.definition.states.get(flare.branch);
            columns.subject.push(i32::try_from(flare.subject).unwrap_or(-1));
            columns.visit.push(flare.visit.map_or(String::new(), |visit| self.history.label(visit).to_owned()));
            columns.day.push(flare.day);
            columns.day_from_response.push(first.map_or(f64::NAN, |first| flare.day - day(first)));
            columns.branch.push(state.map_or(String::new(), |s| s.state.clone()));
            columns.label.push(state.map_or(String::new(), |s| s.label.clone()));
            columns.number.push(flare.number.into());
        }
        columns
    }

    /// Visits at risk at which a flare cannot be decided.
    #[must_use]
    pub fn n_undecided(&self) -> usize {
        self.at_visit.iter().filter(|truth| **truth == Some(crate::Truth::Unknown)).count()
    }
}
