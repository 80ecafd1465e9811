//! Flares at any visit, planned or not: first and recurrent ones, over a named denominator.

use crate::EndpointError;
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
    /// Visit at which the flare was first met.
    pub visit: usize,
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
/// least `gap_days` have passed since the last visit in flare.
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
        for visit in context.scope.clone() {
            let Some(day) = history.visits.get(visit).map(|v| v.day).filter(|day| *day > start) else { continue };
            let (truth, branch) = flare_at(definition, &context, visit);
            if let Some(slot) = at_visit.get_mut(visit) {
                *slot = Some(truth);
            }
            match (truth, branch) {
                (Truth::True, Some(branch)) => {
                    let far = last_in_flare.is_none_or(|last| day - last >= definition.gap_days - 1e-9);
                    if clear_since && far {
                        number += 1;
                        flares.push(Flare { subject, visit, branch, number });
                    }
                    last_in_flare = Some(day);
                    clear_since = false;
                }
                (Truth::False, _) => clear_since = true,
                _ => {}
            }
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

/// What a flare of a subject may look at; `None` without the response it must follow.
pub(crate) fn flare_context<'h>(
    history: &'h History,
    definition: &Definition,
    response: Option<&'h Response>,
    subject: usize,
) -> Option<Context<'h>> {
    let visits = history.subjects.get(subject)?.visits.clone();
    match definition.scope {
        FlareScope::AfterTimeZero => Some(Context { history, subject, scope: visits, response: None, states: None }),
        FlareScope::AfterResponse => {
            let first = response?.first.get(subject).copied().flatten()?;
            Some(Context { history, subject, scope: first..visits.end, response: Some(first), states: response })
        }
    }
}

fn start_day(history: &History, context: &Context<'_>) -> f64 {
    context.response.and_then(|visit| history.visits.get(visit)).map_or(0.0, |visit| visit.day)
}

pub(crate) fn flare_at(definition: &Definition, context: &Context<'_>, visit: usize) -> (Truth, Option<usize>) {
    let mut truth = Truth::False;
    for (branch, state) in definition.states.iter().enumerate() {
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
