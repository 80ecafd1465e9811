//! Times to first remission, loss of response, flare and death, with death as a competing cause.

use crate::EndpointError;
use crate::flare::Flares;
use crate::history::{History, MONTH_DAYS};
use crate::response::Response;

/// Days a year.
const YEAR_DAYS: f64 = 365.25;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// First response at a planned visit, from time zero.
    FirstRemission,
    /// First planned visit out of response, from the first response.
    LossOfResponse,
    /// First flare, from the first response (or time zero, by the definition).
    Flare,
    /// Death, from time zero.
    Death,
}

impl Target {
    /// The target's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Target::FirstRemission => "first_remission",
            Target::LossOfResponse => "loss_of_response",
            Target::Flare => "flare",
            Target::Death => "death",
        }
    }

    /// The target of a word.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`].
    pub fn parse(word: &str) -> Result<Target, EndpointError> {
        let all = [Target::FirstRemission, Target::LossOfResponse, Target::Flare, Target::Death];
        all.into_iter().find(|target| target.name() == word).ok_or_else(|| EndpointError::UnknownWord {
            option: "event",
            word: word.to_owned(),
            allowed: crate::error::one_of(&all.map(Target::name)),
        })
    }
}

/// Unit of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Days,
    /// Months of 365.25 / 12 days.
    Months,
    /// Years of 365.25 days.
    Years,
}

impl Unit {
    /// `days`, `months` or `years`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::Days => "days",
            Unit::Months => "months",
            Unit::Years => "years",
        }
    }

    /// The unit of a word.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`].
    pub fn parse(word: &str) -> Result<Unit, EndpointError> {
        let all = [Unit::Days, Unit::Months, Unit::Years];
        all.into_iter().find(|unit| unit.name() == word).ok_or_else(|| EndpointError::UnknownWord {
            option: "unit",
            word: word.to_owned(),
            allowed: crate::error::one_of(&all.map(Unit::name)),
        })
    }

    fn of_days(self, days: f64) -> f64 {
        match self {
            Unit::Days => days,
            Unit::Months => days / MONTH_DAYS,
            Unit::Years => days / YEAR_DAYS,
        }
    }

    fn of_months(self, months: f64) -> f64 {
        match self {
            Unit::Days => months * MONTH_DAYS,
            Unit::Months => months,
            Unit::Years => months / 12.0,
        }
    }
}

/// Whether a visit counts with its date or with its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The date of the visit.
    Actual,
    /// The planned month of a planned visit; deaths, flares at unscheduled visits and last contacts keep their dates.
    Planned,
}

impl Clock {
    /// `actual` or `planned`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Clock::Actual => "actual",
            Clock::Planned => "planned",
        }
    }

    /// The clock of a word.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`].
    pub fn parse(word: &str) -> Result<Clock, EndpointError> {
        let all = [Clock::Actual, Clock::Planned];
        all.into_iter().find(|clock| clock.name() == word).ok_or_else(|| EndpointError::UnknownWord {
            option: "clock",
            word: word.to_owned(),
            allowed: crate::error::one_of(&all.map(Clock::name)),
        })
    }
}

/// Why a time ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Censored.
    Censored = 0,
    /// The event waited for.
    Event = 1,
    /// Death before it.
    Death = 2,
}

/// The time of one subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time {
    /// Position of the subject.
    pub subject: usize,
    /// Time from the origin.
    pub time: f64,
    /// Why it ends.
    pub cause: Cause,
    /// Last time at which the event was known not to have happened: the event lies in `(after, time]`.
    pub after: f64,
}

/// The times of a cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeTo {
    /// What is waited for.
    pub target: Target,
    /// Unit of the times.
    pub unit: Unit,
    /// Date or plan.
    pub clock: Clock,
    /// One time a subject at risk, in the order of subjects.
    pub times: Vec<Time>,
    /// Subjects without any time: no first infusion, hence no time zero, or nothing is known of them after the origin.
    pub left_out: Vec<usize>,
}

impl TimeTo {
    /// One line on origin, censoring and competing cause.
    #[must_use]
    pub fn statement(&self) -> String {
        let rule = match self.target {
            Target::FirstRemission => {
                "from time zero to the first planned visit in response; censored at the last determined visit; death competes"
            }
            Target::LossOfResponse => {
                "from the first response to the first planned visit out of response; censored at the last determined visit; death competes"
            }
            Target::Flare => "to the first flare; censored at the last contact; death competes",
            Target::Death => "from time zero to death; censored at the last contact",
        };
        format!("{rule}; time in {}, {} clock", self.unit.name(), self.clock.name())
    }
}

struct Timer<'h> {
    history: &'h History,
    unit: Unit,
    clock: Clock,
}

impl Timer<'_> {
    fn day(&self, visit: usize) -> f64 {
        self.history.visits.get(visit).map_or(f64::NAN, |v| v.day)
    }

    /// Time of a visit since time zero.
    fn at(&self, visit: usize) -> f64 {
        match (self.clock, self.history.visits.get(visit)) {
            (Clock::Planned, Some(v)) if v.is_planned() => self.unit.of_months(v.month),
            (_, Some(v)) => self.unit.of_days(v.day),
            _ => f64::NAN,
        }
    }

    /// Time between two visits: by plan only when both were planned.
    fn between(&self, from: usize, to: usize) -> f64 {
        let month = |visit: usize| self.history.visits.get(visit).map_or(f64::NAN, |v| v.month);
        let months = month(to) - month(from);
        if self.clock == Clock::Planned && !months.is_nan() {
            self.unit.of_months(months)
        } else {
            self.unit.of_days(self.day(to) - self.day(from))
        }
    }
}

/// Times to a target.
///
/// Death on the day of the event comes after it. A subject without any determined visit after the origin is censored at
/// the origin (time 0). A subject without a first infusion has no time zero and is left out, unless no subject of the
/// trial has one.
///
/// # Errors
/// [`EndpointError::WrongKind`] when flares are asked for without flares.
pub fn time_to(
    response: &Response,
    flares: Option<&Flares>,
    target: Target,
    unit: Unit,
    clock: Clock,
) -> Result<TimeTo, EndpointError> {
    let history: &History = &response.history;
    let timer = Timer { history, unit, clock };
    let mut times = Vec::new();
    let mut left_out = Vec::new();
    let starts = history.with_time_zero();
    for subject in 0..history.subjects.len() {
        let time = match target {
            Target::Death => death(&timer, subject),
            Target::FirstRemission => Some(first_remission(&timer, response, subject)),
            Target::LossOfResponse => match response.first.get(subject).copied().flatten() {
                None => continue,
                Some(first) => Some(loss(&timer, response, subject, first)),
            },
            Target::Flare => {
                return match flares {
                    Some(flares) => Ok(flare_times(flares, unit, clock)),
                    None => Err(EndpointError::WrongKind {
                        definition: response.definition.id.clone(),
                        found: response.definition.kind.name(),
                        needed: crate::definition::Kind::Flare.name(),
                    }),
                };
            }
        };
        match time {
            Some(time) if time.time >= 0.0 && starts.get(subject) == Some(&true) => times.push(time),
            _ => left_out.push(subject),
        }
    }
    Ok(TimeTo { target, unit, clock, times, left_out })
}

/// Times to the first flare, from the first response or, where the definition says so, from time zero.
#[must_use]
pub fn flare_times(flares: &Flares, unit: Unit, clock: Clock) -> TimeTo {
    let history: &History = &flares.history;
    let timer = Timer { history, unit, clock };
    let mut times = Vec::new();
    let mut left_out = Vec::new();
    let starts = history.with_time_zero();
    for subject in 0..history.subjects.len() {
        let first = match &flares.response {
            None => None,
            Some(response) => match response.first.get(subject).copied().flatten() {
                None => continue,
                first => first,
            },
        };
        match flare(&timer, flares, subject, first) {
            Some(time) if time.time >= 0.0 && starts.get(subject) == Some(&true) => times.push(time),
            _ => left_out.push(subject),
        }
    }
    TimeTo { target: Target::Flare, unit, clock, times, left_out }
}

fn death(timer: &Timer<'_>, subject: usize) -> Option<Time> {
    let of_subject = timer.history.subjects.get(subject)?;
    let (day, cause) = match (of_subject.death, of_subject.last_contact) {
        (Some(day), _) => (day, Cause::Event),
        (None, Some(day)) => (day, Cause::Censored),
        (None, None) => return None,
    };
    let time = timer.unit.of_days(day);
    Some(Time { subject, time, cause, after: time })
}

/// Censored at the last determined visit, unless the subject died.
fn open_end(timer: &Timer<'_>, subject: usize, origin_day: f64, last: f64) -> Time {
    match timer.history.subjects.get(subject).and_then(|s| s.death).filter(|day| *day >= origin_day) {
        // by plan, a last visit may stand after the day of death; the death is not moved before it
        Some(day) => {
            Time { subject, time: timer.unit.of_days(day - origin_day).max(last), cause: Cause::Death, after: last }
        }
        None => Time { subject, time: last, cause: Cause::Censored, after: last },
    }
}

fn first_remission(timer: &Timer<'_>, response: &Response, subject: usize) -> Time {
    let determined = response.determined(subject);
    if let Some(first) = response.first.get(subject).copied().flatten() {
        let before = determined.iter().rev().find(|(visit, _)| *visit < first);
        let after = before.map_or(0.0, |(visit, _)| timer.at(*visit));
        return Time { subject, time: timer.at(first), cause: Cause::Event, after };
    }
    let last = determined.last().map_or(0.0, |(visit, _)| timer.at(*visit));
    open_end(timer, subject, 0.0, last)
}

fn loss(timer: &Timer<'_>, response: &Response, subject: usize, first: usize) -> Time {
    let determined = response.determined(subject);
    if let Some(loss) = response.loss(subject) {
        let before = determined.iter().rev().find(|(visit, _)| *visit < loss && *visit >= first);
        let after = before.map_or(0.0, |(visit, _)| timer.between(first, *visit));
        return Time { subject, time: timer.between(first, loss), cause: Cause::Event, after };
    }
    let last = determined.last().map_or(0.0, |(visit, _)| timer.between(first, *visit));
    open_end(timer, subject, timer.day(first), last)
}

fn flare(timer: &Timer<'_>, flares: &Flares, subject: usize, first: Option<usize>) -> Option<Time> {
    let of_subject = timer.history.subjects.get(subject)?;
    let origin_day = first.map_or(0.0, |visit| timer.day(visit));
    let time_of = |visit: usize| first.map_or_else(|| timer.at(visit), |first| timer.between(first, visit));
    if let Some(flare) = flares.first(subject) {
        let Some(met) = flare.visit else {
            // an event with its own day is known exactly
            let time = timer.unit.of_days(flare.day - origin_day);
            return Some(Time { subject, time, cause: Cause::Event, after: time });
        };
        let clear = |visit: &usize| {
            *visit < met && (flares.at_visit.get(*visit) == Some(&Some(crate::Truth::False)) || Some(*visit) == first)
        };
        let time = time_of(met);
        let after = of_subject.visits.clone().rev().find(clear).map_or(0.0, time_of).min(time);
        return Some(Time { subject, time, cause: Cause::Event, after });
    }
    let (day, cause) = match (of_subject.death, of_subject.last_contact) {
        (Some(day), _) => (day, Cause::Death),
        (None, Some(day)) => (day, Cause::Censored),
        (None, None) => return None,
    };
    let time = timer.unit.of_days((day - origin_day).max(0.0));
    Some(Time { subject, time, cause, after: time })
}
