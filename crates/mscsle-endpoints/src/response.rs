//! The state of every visit by a response definition, and what follows: prevalence by visit, ever, first, lost.

use crate::definition::{Definition, Kind};
use crate::denominator::{Denominator, MissingRule};
use crate::evaluate::{At, Context, Truth};
use crate::history::{Cell, History, MONTH_DAYS};
use crate::intercurrent::{Intercurrent, Strategy};
use crate::measure::MEASURES;
use crate::node::{Anchor, Reference};
use crate::{EndpointError, SourceRow};
use std::sync::Arc;

/// Where the states come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Source {
    /// From the values by the definition.
    #[default]
    Derived,
    /// From the investigator's own assessments (`assessments.what`).
    Recorded(String),
}

impl Source {
    /// `derived` or `recorded`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Source::Derived => "derived",
            Source::Recorded(_) => "recorded",
        }
    }

    /// The source of a word; `what` names the recorded assessment.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`].
    pub fn parse(word: &str, what: &str) -> Result<Source, EndpointError> {
        match word {
            "derived" => Ok(Source::Derived),
            "recorded" => Ok(Source::Recorded(what.to_owned())),
            _ => Err(EndpointError::UnknownWord {
                option: "source",
                word: word.to_owned(),
                allowed: "`derived` or `recorded`".to_owned(),
            }),
        }
    }
}

/// How responses are derived.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseOptions {
    /// What a missing state counts as in numerators.
    pub missing: MissingRule,
    /// Where the states come from.
    pub source: Source,
    /// What follows from intercurrent events, by name; events not named are as the definition has them.
    pub intercurrent: Vec<(String, Strategy)>,
    /// A state counts only if it holds again at the next visit at least so many days later.
    pub confirm_days: Option<f64>,
}

/// The states a visit can have given what is known: positions in the definition's states, the last position being
/// `otherwise`. The upper bound is the best, the lower the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Best possible state.
    pub upper: u8,
    /// Worst possible state.
    pub lower: u8,
}

impl Bounds {
    /// A visit without any value the definition looks at.
    pub const NOT_ASSESSED: Bounds = Bounds { upper: u8::MAX, lower: u8::MAX };

    /// Whether any value was there.
    #[must_use]
    pub fn is_assessed(self) -> bool {
        self.upper != u8::MAX
    }

    /// Whether the state is determined.
    #[must_use]
    pub fn is_determined(self) -> bool {
        self.is_assessed() && self.upper == self.lower
    }
}

/// What is known of a subject at a planned visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitState {
    /// The state is determined.
    State(u8),
    /// Values are missing; the bounds.
    Unknown(Bounds),
    /// No value at the visit.
    NotAssessed,
    /// Dead by the target day.
    Dead,
}

/// What is counted after the missing rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    State(u8),
    Missing,
    Dead,
}

/// The responses of a cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Histories.
    pub history: Arc<History>,
    /// Definition with the parameters used.
    pub definition: Definition,
    /// Where the states come from.
    pub source: Source,
    /// What a missing state counts as.
    pub missing: MissingRule,
    /// What follows from intercurrent events, as asked for.
    pub strategies: Vec<(String, Strategy)>,
    /// The intercurrent event of each subject from which on states are replaced.
    pub intercurrent: Vec<Option<Intercurrent>>,
    /// Days after which a state must hold again.
    pub confirm_days: Option<f64>,
    /// Bounds of every visit of [`History::visits`]; [`Bounds::NOT_ASSESSED`] at and before baseline.
    pub states: Vec<Bounds>,
    /// For recorded states, the row of `assessments` of each visit.
    pub recorded_rows: Vec<Option<SourceRow>>,
    /// Whether the best state can be evaluated for a subject; `None` when the baseline does not say.
    pub evaluable: Vec<Option<bool>>,
    /// Visit of the first response of each subject (planned visits only).
    pub first: Vec<Option<usize>>,
    /// Positions of the planned visits after baseline in [`History::planned`].
    pub planned: Vec<usize>,
    /// Visit of each subject at each planned visit, by subject and then planned visit.
    grid: Vec<Option<usize>>,
}

/// Derives the response of every subject at every visit after baseline.
///
/// Each criterion is true, false or unknown; a state is possible when no earlier state holds and it is not false. The
/// best and the worst possible state are the bounds of the visit. Unscheduled visits have states but are never a first
/// response.
///
/// # Errors
/// [`EndpointError::WrongKind`]; [`EndpointError::MissingInput`] when no row of the trial has a measure the definition
/// cannot do without; [`EndpointError::NoRecordedAssessment`].
pub fn response(
    history: &Arc<History>,
    definition: &Definition,
    options: &ResponseOptions,
) -> Result<Response, EndpointError> {
    if definition.kind != Kind::Response {
        return Err(EndpointError::WrongKind {
            definition: definition.id.clone(),
            found: definition.kind.name(),
            needed: Kind::Response.name(),
        });
    }
    let confirmed;
    let definition = match options.confirm_days {
        None => definition,
        Some(days) => {
            confirmed = definition.confirmed(days)?;
            &confirmed
        }
    };
    let strategies = options.intercurrent.as_slice();
    let mut recorded_rows = vec![None; history.visits.len()];
    let mut states = match &options.source {
        Source::Derived => {
            check_inputs(history, definition)?;
            derive(history, definition, strategies)
        }
        Source::Recorded(what) => recorded(history, definition, what, &mut recorded_rows)?,
    };
    let otherwise = definition.states.len() as u8;
    let intercurrent = crate::intercurrent::apply(history, strategies, otherwise, &mut states);
    let evaluable = match &options.source {
        Source::Derived => (0..history.subjects.len()).map(|s| evaluable(history, definition, s)).collect(),
        Source::Recorded(_) => vec![None; history.subjects.len()],
    };
    let planned: Vec<usize> = history
        .planned_after_baseline()
        .filter(|(_, planned)| planned.month >= definition.assessed_from - 1e-9)
        .map(|(k, _)| k)
        .collect();
    let mut grid = Vec::with_capacity(history.subjects.len() * planned.len());
    let mut first = Vec::with_capacity(history.subjects.len());
    for s in 0..history.subjects.len() {
        let of_subject: Vec<Option<usize>> = planned.iter().map(|&k| history.visit_at(s, k)).collect();
        let mut found: Vec<usize> = of_subject
            .iter()
            .flatten()
            .copied()
            .filter(|&visit| states.get(visit).is_some_and(|b| surely_response(definition, *b) == Some(true)))
            .collect();
        found.sort_unstable();
        first.push(found.first().copied());
        grid.extend(of_subject);
    }
    Ok(Response {
        history: Arc::clone(history),
        definition: definition.clone(),
        source: options.source.clone(),
        missing: options.missing,
        strategies: options.intercurrent.clone(),
        intercurrent,
        confirm_days: options.confirm_days,
        states,
        recorded_rows,
        evaluable,
        first,
        planned,
        grid,
    })
}

/// Whether every possible state is a response, or none is; `None` when that is open.
pub(crate) fn surely_response(definition: &Definition, bounds: Bounds) -> Option<bool> {
    if !bounds.is_assessed() {
        return None;
    }
    let best = definition.is_response(bounds.upper.into());
    let worst = definition.is_response(bounds.lower.into());
    (best == worst).then_some(best)
}

pub(crate) fn check_inputs(history: &History, definition: &Definition) -> Result<(), EndpointError> {
    for measures in definition.needed_measures() {
        if measures.iter().all(|&measure| history.measure(measure).is_none()) {
            let measure = measures.first().and_then(|&m| MEASURES.get(m));
            let names: Vec<&str> = measures.iter().filter_map(|&m| MEASURES.get(m)).map(|m| m.id).collect();
            return Err(EndpointError::MissingInput {
                definition: definition.id.clone(),
                measure: names.join("` or `"),
                table: measure.map_or("labs", |m| m.table).to_owned(),
                hint: if history.recorded.is_empty() {
                    String::new()
                } else {
                    "; recorded assessments can be used with source = `recorded`".to_owned()
                },
            });
        }
    }
    match missing_preflare(history, definition) {
        None => Ok(()),
        Some(measure) => Err(EndpointError::MissingInput {
            definition: definition.id.clone(),
            measure: format!("preflare_{measure}"),
            table: "assessments".to_owned(),
            hint: "; record it as `what`, or choose another reference by parameter".to_owned(),
        }),
    }
}

/// The first measure of which a value before the flare is needed and nowhere recorded.
fn missing_preflare(history: &History, definition: &Definition) -> Option<&'static str> {
    let mut missing = None;
    for state in &definition.states {
        state.condition.each_criterion(&mut |criterion| {
            let needs = [Reference::Value(Anchor::Preflare) == criterion.relative_to, criterion.at == Anchor::Preflare];
            if criterion.missing.is_some() || !needs.contains(&true) {
                return;
            }
            let known = |&measure: &usize| {
                history.measure(measure).is_some_and(|column| column.preflare.iter().any(Cell::is_known))
            };
            if !criterion.measures.iter().any(known) {
                missing = missing.or_else(|| criterion.measures.first().and_then(|&m| MEASURES.get(m)).map(|m| m.id));
            }
        });
    }
    missing
}

pub(crate) fn subject_context<'h>(
    history: &'h History,
    subject: usize,
    strategies: &'h [(String, Strategy)],
) -> Context<'h> {
    let scope = history.subjects.get(subject).map_or(0..0, |s| s.visits.clone());
    Context { history, subject, scope, response: None, states: None, strategies }
}

/// Bounds of one visit.
pub(crate) fn bounds_at(definition: &Definition, context: &Context<'_>, visit: usize) -> Bounds {
    let otherwise = definition.states.len() as u8;
    let mut upper = None;
    for (i, state) in definition.states.iter().enumerate() {
        let i = i as u8;
        match context.truth(&state.condition, At::Visit(visit), None) {
            Truth::True => return Bounds { upper: upper.unwrap_or(i), lower: i },
            Truth::Unknown => {
                upper.get_or_insert(i);
            }
            Truth::False => {}
        }
    }
    Bounds { upper: upper.unwrap_or(otherwise), lower: otherwise }
}

fn derive(history: &History, definition: &Definition, strategies: &[(String, Strategy)]) -> Vec<Bounds> {
    let mut looked_at: Vec<usize> = Vec::new();
    for state in &definition.states {
        state.condition.each_criterion(&mut |criterion| looked_at.extend(&criterion.measures));
    }
    looked_at.sort_unstable();
    looked_at.dedup();
    let columns: Vec<_> = looked_at.iter().filter_map(|&measure| history.measure(measure)).collect();
    let mut states = vec![Bounds::NOT_ASSESSED; history.visits.len()];
    let from = definition.assessed_from - 1e-9;
    for subject in 0..history.subjects.len() {
        let context = subject_context(history, subject, strategies);
        for visit in context.scope.clone() {
            let after = history.visits.get(visit).is_some_and(|v| v.day > 0.0 && v.time_in_months() >= from);
            let any = columns.iter().any(|column| column.visits.get(visit).is_some_and(|cell| cell.is_known()));
            if after
                && any
                && let Some(slot) = states.get_mut(visit)
            {
                *slot = bounds_at(definition, &context, visit);
            }
        }
    }
    states
}

fn recorded(
    history: &History,
    definition: &Definition,
    what: &str,
    rows: &mut [Option<SourceRow>],
) -> Result<Vec<Bounds>, EndpointError> {
    let mut states = vec![Bounds::NOT_ASSESSED; history.visits.len()];
    let mut any = false;
    for record in history.recorded.iter().filter(|record| record.what == what) {
        any = true;
        let value = record.value.trim();
        let position = definition
            .states
            .iter()
            .position(|state| state.state.eq_ignore_ascii_case(value) || state.label.eq_ignore_ascii_case(value));
        let position = match position {
            Some(position) => position,
            None if definition.otherwise.eq_ignore_ascii_case(value) => definition.states.len(),
            None => continue, // a word the definition does not know stays not assessed
        };
        if history.visits.get(record.visit).is_some_and(|visit| visit.day > 0.0)
            && let (Some(slot), Some(row)) = (states.get_mut(record.visit), rows.get_mut(record.visit))
        {
            // of two assessments at one visit the worse one holds
            let position = position as u8;
            if !slot.is_assessed() || slot.lower < position {
                *slot = Bounds { upper: position, lower: position };
                *row = Some(SourceRow { table: "assessments", row: record.row });
            }
        }
    }
    if any {
        return Ok(states);
    }
    let mut known: Vec<&str> = history.recorded.iter().map(|record| record.what.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    let known = if known.is_empty() { "none".to_owned() } else { crate::error::one_of(&known) };
    Err(EndpointError::NoRecordedAssessment { what: what.to_owned(), known })
}

/// Whether the best state can be evaluated: not when the baseline already fulfils it.
fn evaluable(history: &History, definition: &Definition, subject: usize) -> Option<bool> {
    let context = subject_context(history, subject, &[]);
    let condition = match &definition.not_evaluable {
        Some(condition) => condition,
        None => &definition.states.first()?.condition,
    };
    match context.truth(condition, At::Baseline, None) {
        Truth::True => Some(false),
        Truth::False => Some(true),
        Truth::Unknown => None,
    }
}

impl Response {
    /// The visit of a subject at the `k`-th planned visit after baseline.
    #[must_use]
    pub fn visit(&self, subject: usize, k: usize) -> Option<usize> {
        if k >= self.planned.len() {
            return None;
        }
        self.grid.get(subject * self.planned.len() + k).copied().flatten()
    }

    /// What is known of a subject at the `k`-th planned visit after baseline.
    #[must_use]
    pub fn state(&self, subject: usize, k: usize) -> VisitState {
        let month = self.planned.get(k).and_then(|&p| self.history.planned.get(p)).map_or(f64::NAN, |p| p.month);
        if !self.history.is_alive(subject, month * MONTH_DAYS) {
            return VisitState::Dead;
        }
        let after = self.intercurrent.get(subject).and_then(Option::as_ref);
        let absent = || after.filter(|after| month * MONTH_DAYS >= after.day).map(|after| &after.bounds);
        match self.visit(subject, k).and_then(|visit| self.states.get(visit)).or_else(absent) {
            Some(bounds) if bounds.is_determined() => VisitState::State(bounds.upper),
            Some(bounds) if bounds.is_assessed() => VisitState::Unknown(*bounds),
            _ => VisitState::NotAssessed,
        }
    }

    pub(crate) fn counted(&self, subject: usize, k: usize, missing: MissingRule) -> Counted {
        let otherwise = self.definition.states.len() as u8;
        let carried = || {
            (0..k)
                .rev()
                .filter_map(|k| self.visit(subject, k).and_then(|visit| self.states.get(visit)))
                .find(|bounds| bounds.is_determined())
                .map(|bounds| bounds.upper)
        };
        match (self.state(subject, k), missing) {
            (VisitState::State(state), _) => Counted::State(state),
            (VisitState::Dead, _) if self.is_while_alive() => carried().map_or(Counted::Dead, Counted::State),
            (VisitState::Dead, MissingRule::LocfWithDead) => carried().map_or(Counted::Dead, Counted::State),
            (VisitState::Dead, _) => Counted::Dead,
            (_, MissingRule::Observed) => Counted::Missing,
            (VisitState::Unknown(bounds), MissingRule::Nri) => Counted::State(bounds.lower),
            (VisitState::NotAssessed, MissingRule::Nri) => Counted::State(otherwise),
            (VisitState::Unknown(bounds), _) => Counted::State(carried().unwrap_or(bounds.lower)),
            (VisitState::NotAssessed, _) => Counted::State(carried().unwrap_or(otherwise)),
        }
    }

    /// Whether the last state before death stands.
    fn is_while_alive(&self) -> bool {
        self.strategies.iter().any(|(event, strategy)| event == "death" && *strategy == Strategy::WhileOnTreatment)
    }

    /// Whether a subject belongs to a denominator at the `k`-th planned visit.
    #[must_use]
    pub fn is_in(&self, subject: usize, k: usize, rule: Denominator) -> bool {
        match rule {
            Denominator::Enrolled => true,
            Denominator::AliveAtVisit => self.state(subject, k) != VisitState::Dead,
            Denominator::AssessedAtVisit => matches!(self.state(subject, k), VisitState::State(_)),
            Denominator::EverResponder => self.first.get(subject).is_some_and(Option::is_some),
        }
    }

    /// The state counted for a subject at the `k`-th planned visit after the missing rule; `None` when dead or left out.
    #[must_use]
    pub fn counted_state(&self, subject: usize, k: usize, missing: MissingRule) -> Option<u8> {
        match self.counted(subject, k, missing) {
            Counted::State(state) => Some(state),
            Counted::Missing | Counted::Dead => None,
        }
    }

    /// Whether a visit is certainly in response or certainly not; `None` when open or not assessed.
    #[must_use]
    pub fn responds(&self, visit: usize) -> Option<bool> {
        self.states.get(visit).and_then(|bounds| surely_response(&self.definition, *bounds))
    }

    /// Whether bounds are certainly a response or certainly none.
    pub(crate) fn surely(&self, bounds: Bounds) -> Option<bool> {
        surely_response(&self.definition, bounds)
    }

    /// The determined planned visits of a subject after baseline, in order, and whether each is in response.
    pub(crate) fn determined(&self, subject: usize) -> Vec<(usize, bool)> {
        let mut visits: Vec<(usize, bool)> = (0..self.planned.len())
            .filter_map(|k| {
                let visit = self.visit(subject, k)?;
                Some((visit, self.responds(visit)?))
            })
            .collect();
        visits.sort_unstable();
        visits
    }

    /// First planned visit out of response after a response (`loss_of_response`).
    #[must_use]
    pub fn loss(&self, subject: usize) -> Option<usize> {
        let first = self.first.get(subject).copied().flatten()?;
        self.determined(subject).into_iter().find(|(visit, responds)| *visit > first && !responds).map(|(v, _)| v)
    }

    /// One line: definition, version, confidence, source, missing rule, strategies of intercurrent events.
    #[must_use]
    pub fn statement(&self) -> String {
        let mut text = match &self.source {
            Source::Derived => format!("{}; derived; missing: {}", self.definition.statement(), self.missing.name()),
            Source::Recorded(what) => format!(
                "states of {} as recorded by the investigator (`{what}`), not derived; missing: {}",
                self.definition.id,
                self.missing.name()
            ),
        };
        if let Some(days) = self.confirm_days {
            text.push_str(&format!("; confirmed at the next visit at least {days} days later"));
        }
        if !self.strategies.is_empty() {
            let named: Vec<String> =
                self.strategies.iter().map(|(event, strategy)| format!("{event} {}", strategy.name())).collect();
            text.push_str(&format!("; intercurrent events: {}", named.join(", ")));
        }
        text
    }
}
