//! Flares at any visit, planned or not: first and recurrent ones, over a named denominator.

use crate::EndpointError;
use crate::SourceRow;
use crate::definition::{Definition, FlareScope, Kind};
use crate::denominator::{Count, Denominator};
use crate::evaluate::{At, Context, Truth};
use crate::history::History;
use crate::response::{Response, check_inputs};
use std::sync::Arc;

/// One flare.
#[derive(Debug, Clone, PartialEq)]
pub struct Flare {
    /// Position of the subject.
    pub subject: usize,
    /// Day since time zero on which the flare was first met.
    pub day: f64,
    /// Visit at which it was first met; `None` for a state that is a recorded event with its own day.
    pub visit: Option<usize>,
    /// Where the event is recorded.
    pub source: Option<SourceRow>,
    /// Which way of the definition was met (position in its states).
    pub branch: usize,
    /// 1 for the subject's first flare.
    pub number: u32,
}

/// The flares of a cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct Flares {
    /// Histories.
    pub history: Arc<History>,
    /// Definition with the parameters used.
    pub definition: Definition,
    /// The responses a flare must follow; `None` when the definition counts from time zero.
    pub response: Option<Arc<Response>>,
    /// Flares by subject and day.
    pub flares: Vec<Flare>,
    /// Truth of every visit at risk; `None` where no flare can count (before the first response, at baseline).
    pub at_visit: Vec<Option<Truth>>,
}

/// Derives flares.
///
/// A flare that persists over visits is one event; a further one counts when a visit without flare lies between and at
/// least `gap_days` have passed since the last visit in flare. A state that is a recorded event counts on its own day,
/// after a visit of the same day, and each time it is recorded.
///
/// # Errors
/// [`EndpointError::WrongKind`], [`EndpointError::MissingInput`]; the former also when a definition that counts after
/// response is given none.
pub fn flares(
    history: &Arc<History>,
    definition: &Definition,
    response: Option<&Arc<Response>>,
) -> Result<Flares, EndpointError> {
    if definition.kind != Kind::Flare {
        return Err(EndpointError::WrongKind {
            definition: definition.id.clone(),
            found: definition.kind.name(),
            needed: Kind::Flare.name(),
        });
    }
    check_inputs(history, definition)?;
    let response = match (definition.scope, response) {
        (FlareScope::AfterTimeZero, _) => None,
        (FlareScope::AfterResponse, Some(response)) => Some(response),
        (FlareScope::AfterResponse, None) => {
            return Err(EndpointError::WrongKind {
                definition: definition.id.clone(),
                found: "flare-after-response",
                needed: "flare-from-time-zero (or give the response it follows)",
            });
        }
    };
    let mut flares = Vec::new();
    let mut at_visit = vec![None; history.visits.len()];
    for subject in 0..history.subjects.len() {
        let Some(context) = flare_context(history, definition, response.map(Arc::as_ref), subject) else { continue };
        let start = start_day(history, &context);
        let mut last_in_flare: Option<f64> = None;
        let mut clear_since = true;
        let mut number = 0;
        let mut events = event_states(history, definition, subject, start).into_iter().peekable();
        for visit in context.scope.clone() {
            let Some(day) = history.visits.get(visit).map(|v| v.day).filter(|day| *day > start) else { continue };
            while let Some(event) = events.next_if(|event| event.day < day) {
                number += 1;
                flares.push(Flare { number, ..event });
            }
            let (truth, branch) = flare_at(definition, &context, visit);
            if let Some(slot) = at_visit.get_mut(visit) {
                *slot = Some(truth);
            }
            match (truth, branch) {
                (Truth::True, Some(branch)) => {
                    let far = last_in_flare.is_none_or(|last| day - last >= definition.gap_days - 1e-9);
                    if clear_since && far {
                        number += 1;
                        flares.push(Flare { subject, day, visit: Some(visit), source: None, branch, number });
                    }
                    last_in_flare = Some(day);
                    clear_since = false;
                }
                (Truth::False, _) => clear_since = true,
                _ => {}
            }
        }
        for event in events {
            number += 1;
            flares.push(Flare { number, ..event });
        }
    }
    Ok(Flares {
        history: Arc::clone(history),
        definition: definition.clone(),
        response: response.map(Arc::clone),
        flares,
        at_visit,
    })
}

/// The recorded events after a day that are states of a definition by themselves, in order of day.
fn event_states(history: &History, definition: &Definition, subject: usize, start: f64) -> Vec<Flare> {
    let Some(of_subject) = history.subjects.get(subject) else { return Vec::new() };
    if definition.states.iter().all(|state| state.event.is_none()) {
        return Vec::new();
    }
    let flare = |event: &crate::Event| {
        let branch = definition.states.iter().position(|state| state.event.as_ref() == Some(&event.name))?;
        Some(Flare { subject, day: event.day, visit: None, source: Some(event.source), branch, number: 0 })
    };
    of_subject.events.iter().filter(|event| event.day > start).filter_map(flare).collect()
}

/// What a flare of a subject may look at; `None` without the response it must follow.
pub(crate) fn flare_context<'h>(
    history: &'h History,
    definition: &Definition,
    response: Option<&'h Response>,
    subject: usize,
) -> Option<Context<'h>> {
    let visits = history.subjects.get(subject)?.visits.clone();
    match definition.scope {
        FlareScope::AfterTimeZero => {
            Some(Context { history, subject, scope: visits, response: None, states: None, strategies: &[] })
        }
        FlareScope::AfterResponse => {
            let first = response?.first.get(subject).copied().flatten()?;
            let scope = first..visits.end;
            Some(Context { history, subject, scope, response: Some(first), states: response, strategies: &[] })
        }
    }
}

fn start_day(history: &History, context: &Context<'_>) -> f64 {
    context.response.and_then(|visit| history.visits.get(visit)).map_or(0.0, |visit| visit.day)
}

pub(crate) fn flare_at(definition: &Definition, context: &Context<'_>, visit: usize) -> (Truth, Option<usize>) {
    let mut truth = Truth::False;
    for (branch, state) in definition.states.iter().enumerate().filter(|(_, state)| state.event.is_none()) {
        match context.truth(&state.condition, At::Visit(visit), None) {
            Truth::True => return (Truth::True, Some(branch)),
            Truth::Unknown => truth = Truth::Unknown,
            Truth::False => {}
        }
    }
    (truth, None)
}

impl Flares {
    /// The first flare of a subject.
    #[must_use]
    pub fn first(&self, subject: usize) -> Option<&Flare> {
        let start = self.flares.partition_point(|flare| flare.subject < subject);
        self.flares.get(start).filter(|flare| flare.subject == subject)
    }

    /// Subjects with a flare, over a denominator: by the way their first flare was met, and the row `flare`.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`] for `ever_responder` where no response is involved, and for denominators at a visit.
    pub fn count(&self, rule: Denominator) -> Result<Vec<Count>, EndpointError> {
        let is_in = |subject: usize| match (rule, &self.response) {
            (Denominator::Enrolled, _) => Some(true),
            (Denominator::EverResponder, Some(response)) => {
                Some(response.first.get(subject).is_some_and(Option::is_some))
            }
            _ => None,
        };
        let mut denominator = 0;
        let mut numerators = vec![0usize; self.definition.states.len()];
        for subject in 0..self.history.subjects.len() {
            match is_in(subject) {
                None => {
                    let allowed = if self.response.is_some() { "`enrolled` or `ever_responder`" } else { "`enrolled`" };
                    return Err(EndpointError::UnknownWord {
                        option: "denominator",
                        word: rule.name().to_owned(),
                        allowed: allowed.to_owned(),
                    });
                }
                Some(false) => {}
                Some(true) => {
                    denominator += 1;
                    if let Some(slot) = self.first(subject).and_then(|flare| numerators.get_mut(flare.branch)) {
                        *slot += 1;
                    }
                }
            }
        }
        let any = numerators.iter().sum();
        let named = self.definition.states.iter().zip(&numerators).map(|(state, n)| (state.state.as_str(), *n));
        let counts = named.chain(std::iter::once(("flare", any))).map(|(state, numerator)| Count {
            visit: String::new(),
            month: f64::NAN,
            state: state.to_owned(),
            numerator,
            denominator,
            undetermined: 0,
            rule,
        });
        Ok(counts.collect())
    }

    /// One line: definition, version, confidence, and the response it follows.
    #[must_use]
    pub fn statement(&self) -> String {
        match &self.response {
            Some(response) => format!("{}; after a response by {}", self.definition.statement(), response.statement()),
            None => self.definition.statement(),
        }
    }
}
