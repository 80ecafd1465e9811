//! Times to first remission, loss of response, flare and death, with death as a competing cause.

use crate::EndpointError;
use crate::flare::Flares;
use crate::history::{History, MONTH_DAYS, SourceRow};
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

/// What gives the date on which a time ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// A visit (position in [`History::visits`]).
    Visit(usize),
    /// A recorded event with its own day.
    Event(SourceRow),
    /// The death.
    Death,
    /// The last contact.
    LastContact,
    /// The origin: no visit after it is determined.
    Origin,
}

impl End {
    /// `visit`, `event`, `death`, `last_contact` or `origin`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            End::Visit(_) => "visit",
            End::Event(_) => "event",
            End::Death => "death",
            End::LastContact => "last_contact",
            End::Origin => "origin",
        }
    }
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
    /// Visit of the origin, `None` when it is time zero.
    pub origin: Option<usize>,
    /// Day of the end since time zero, whatever the clock.
    pub end_day: f64,
    /// What gives that day.
    pub end: End,
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

    /// Time of a visit since the origin: a visit, or time zero.
    fn since(&self, origin: Option<usize>, visit: usize) -> f64 {
        origin.map_or_else(|| self.at(visit), |origin| self.between(origin, visit))
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
    let (day, cause, end) = match (of_subject.death, of_subject.last_contact) {
        (Some(day), _) => (day, Cause::Event, End::Death),
        (None, Some(day)) => (day, Cause::Censored, End::LastContact),
        (None, None) => return None,
    };
    let time = timer.unit.of_days(day);
    Some(Time { subject, time, cause, after: time, origin: None, end_day: day, end })
}

/// Censored at the last determined visit, unless the subject died.
fn open_end(timer: &Timer<'_>, subject: usize, origin: Option<usize>, last: Option<usize>) -> Time {
    let after = last.map_or(0.0, |visit| timer.since(origin, visit));
    let origin_day = origin.map_or(0.0, |visit| timer.day(visit));
    match timer.history.subjects.get(subject).and_then(|s| s.death).filter(|day| *day >= origin_day) {
        // by plan, a last visit may stand after the day of death; the death is not moved before it
        Some(day) => {
            let time = timer.unit.of_days(day - origin_day).max(after);
            Time { subject, time, cause: Cause::Death, after, origin, end_day: day, end: End::Death }
        }
        None => {
            let end_day = last.map_or(origin_day, |visit| timer.day(visit));
            let end = last.map_or(End::Origin, End::Visit);
            Time { subject, time: after, cause: Cause::Censored, after, origin, end_day, end }
        }
    }
}

/// An event met at a visit; `before` is the last visit at which it was not met.
fn met(timer: &Timer<'_>, subject: usize, origin: Option<usize>, visit: usize, before: Option<usize>) -> Time {
    Time {
        subject,
        time: timer.since(origin, visit),
        cause: Cause::Event,
        after: before.map_or(0.0, |visit| timer.since(origin, visit)),
        origin,
        end_day: timer.day(visit),
        end: End::Visit(visit),
    }
}

fn first_remission(timer: &Timer<'_>, response: &Response, subject: usize) -> Time {
    let determined = response.determined(subject);
    if let Some(first) = response.first.get(subject).copied().flatten() {
        let before = determined.iter().rev().find(|(visit, _)| *visit < first);
        return met(timer, subject, None, first, before.map(|(visit, _)| *visit));
    }
    open_end(timer, subject, None, determined.last().map(|(visit, _)| *visit))
}

fn loss(timer: &Timer<'_>, response: &Response, subject: usize, first: usize) -> Time {
    let determined = response.determined(subject);
    if let Some(loss) = response.loss(subject) {
        let before = determined.iter().rev().find(|(visit, _)| *visit < loss && *visit >= first);
        return met(timer, subject, Some(first), loss, before.map(|(visit, _)| *visit));
    }
    open_end(timer, subject, Some(first), determined.last().map(|(visit, _)| *visit))
}

fn flare(timer: &Timer<'_>, flares: &Flares, subject: usize, first: Option<usize>) -> Option<Time> {
    let of_subject = timer.history.subjects.get(subject)?;
    let origin_day = first.map_or(0.0, |visit| timer.day(visit));
    if let Some(flare) = flares.first(subject) {
        let Some(visit) = flare.visit else {
            // an event with its own day is known exactly
            let time = timer.unit.of_days(flare.day - origin_day);
            let end = flare.source.map_or(End::Origin, End::Event);
            let end_day = flare.day;
            return Some(Time { subject, time, cause: Cause::Event, after: time, origin: first, end_day, end });
        };
        let clear = |seen: &usize| {
            *seen < visit && (flares.at_visit.get(*seen) == Some(&Some(crate::Truth::False)) || Some(*seen) == first)
        };
        let time = met(timer, subject, first, visit, of_subject.visits.clone().rev().find(clear));
        return Some(Time { after: time.after.min(time.time), ..time });
    }
    let (day, cause, end) = match (of_subject.death, of_subject.last_contact) {
        (Some(day), _) => (day, Cause::Death, End::Death),
        (None, Some(day)) => (day, Cause::Censored, End::LastContact),
        (None, None) => return None,
    };
    let end_day = day.max(origin_day);
    let time = timer.unit.of_days(end_day - origin_day);
    Some(Time { subject, time, cause, after: time, origin: first, end_day, end })
}
