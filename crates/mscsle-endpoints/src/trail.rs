//! Why a visit has its state: sentences, every comparison with its source rows, and what would change the answer.

use crate::definition::{Definition, Kind};
use crate::denominator::{Denominator, MissingRule};
use crate::evaluate::{At, Truth};
use crate::explain::{deciding, explain_states, number};
use crate::flare::{Flares, flare_at, flare_context};
use crate::history::History;
use crate::intercurrent::Strategy;
use crate::library::definitions;
use crate::response::{Response, Source, VisitState, bounds_at, check_inputs, subject_context};
use crate::{EndpointError, SourceRow};

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// State whose condition it belongs to.
    pub state: String,
    /// Where it stands in the definition.
    pub key: String,
    /// Measure, or event.
    pub measure: String,
    /// Unit of value and threshold.
    pub unit: String,
    /// Value; NaN where missing.
    pub value: f64,
    /// `<`, `<=`, `>`, `>=`; empty for events.
    pub compare: String,
    /// Threshold; NaN where it cannot be computed.
    pub threshold: f64,
    /// What the threshold is relative to, `none` for an absolute one.
    pub relative_to: String,
    /// The reference; NaN without one.
    pub reference: f64,
    /// Row of the value.
    pub source: Option<SourceRow>,
    /// Row of the reference.
    pub reference_source: Option<SourceRow>,
    /// Whether it holds.
    pub truth: Truth,
    /// Whether it decided the state's condition.
    pub decided: bool,
    /// As a sentence.
    pub sentence: String,
}

/// Another choice and what it gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// `definition`, `intercurrent`, `missing` or `denominator`.
    pub choice: &'static str,
    /// Definition id, missing rule or denominator rule.
    pub id: String,
    /// Its answer.
    pub answer: String,
    /// Whether the answer differs from the one given.
    pub differs: bool,
}

/// Why a visit has its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// Subject.
    pub subject: String,
    /// Visit.
    pub visit: String,
    /// Days since time zero.
    pub day: f64,
    /// Definition id.
    pub definition: String,
    /// Its version.
    pub version: String,
    /// Its confidence, `H`, `M` or `L`.
    pub confidence: String,
    /// `derived` or `recorded`.
    pub source: String,
    /// Best possible state.
    pub upper: String,
    /// Worst possible state.
    pub lower: String,
    /// Every comparison.
    pub steps: Vec<Step>,
    /// What other choices give.
    pub alternatives: Vec<Alternative>,
    /// The answer as sentences.
    pub sentences: Vec<String>,
}

fn bounds_text(definition: &Definition, upper: u8, lower: u8) -> String {
    let name = |state: u8| definition.state_name(state.into()).to_owned();
    if upper == lower { name(upper) } else { format!("between {} and {}", name(lower), name(upper)) }
}

impl Response {
    /// Why a subject has its state at a visit.
    ///
    /// # Errors
    /// [`EndpointError::UnknownSubject`] and [`EndpointError::UnknownVisit`].
    pub fn why(&self, subject: &str, visit: &str) -> Result<Trail, EndpointError> {
        let history: &History = &self.history;
        let s = history.find_subject(subject)?;
        let planned = self.planned.iter().position(|&p| history.planned.get(p).is_some_and(|p| p.label == visit));
        let found = match (history.find_visit(s, visit), planned) {
            (Ok(found), _) => Some(found),
            // a planned visit the subject does not have is an answer too
            (Err(_), Some(_)) => None,
            (Err(error), None) => return Err(error),
        };
        let k = match found {
            Some(found) => (0..self.planned.len()).find(|&k| self.visit(s, k) == Some(found)),
            None => planned,
        };
        let bounds = found.and_then(|v| self.states.get(v)).copied().filter(|b| b.is_assessed());
        let day = found.and_then(|v| history.visits.get(v)).map_or(f64::NAN, |v| v.day);
        let mut sentences = Vec::new();
        let mut steps = Vec::new();
        let by = format!("by {}", self.definition.statement());
        let head = match bounds {
            None => match k.map(|k| self.state(s, k)) {
                Some(VisitState::Dead) => format!("{subject} is dead at {visit}"),
                _ if day <= 0.0 => format!("{visit} of {subject} (day {}) is not after time zero", number(day)),
                _ => format!("{subject} is not assessed at {visit}: no value the definition looks at"),
            },
            Some(bounds) => format!(
                "{subject}, {visit} (day {}): {} {}",
                number(day),
                bounds_text(&self.definition, bounds.upper, bounds.lower),
                match &self.source {
                    Source::Derived => by,
                    Source::Recorded(what) => format!("as recorded by the investigator (`{what}`)"),
                }
            ),
        };
        sentences.push(head);
        if let (Some(found), Some(_), Source::Derived) = (found, bounds, &self.source) {
            let context = subject_context(history, s, &self.strategies);
            let (explained, lines) = explain_states(&self.definition, &context, found);
            steps = explained;
            sentences.extend(lines);
        }
        if let Some(row) = found.and_then(|v| self.recorded_rows.get(v)).copied().flatten() {
            sentences.push(format!("recorded in {} row {}", row.table, row.row));
        }
        let after = self.intercurrent.get(s).and_then(Option::as_ref).filter(|after| {
            let target = k.and_then(|k| self.planned.get(k)).and_then(|&p| history.planned.get(p));
            let day = if day.is_nan() { target.map_or(f64::NAN, |p| p.month * crate::MONTH_DAYS) } else { day };
            day >= after.day
        });
        if let Some(after) = after {
            let what = match after.strategy {
                Strategy::Composite => "no response from then on",
                Strategy::Hypothetical => "the state is open from then on, to be imputed",
                _ => "the last state before it stands",
            };
            sentences.push(format!(
                "intercurrent event `{}` on day {} ({} row {}), strategy {}: {what}",
                after.event,
                number(after.day),
                after.source.table,
                after.source.row,
                after.strategy.name()
            ));
        }
        if self.evaluable.get(s) == Some(&Some(false)) {
            let best = self.definition.state_name(0);
            sentences.push(format!("the baseline already fulfils {best}: {best} is not evaluable for {subject}"));
        }
        if found.is_some_and(|v| history.visits.get(v).is_some_and(|v| !v.is_planned())) {
            sentences.push("the visit is unscheduled: it is never a first response and in no denominator".to_owned());
        }
        let alternatives = self.alternatives(s, found, k);
        for choice in ["definition", "intercurrent", "missing", "denominator"] {
            let other: Vec<String> = alternatives
                .iter()
                .filter(|a| a.choice == choice && a.differs)
                .map(|a| format!("{}: {}", a.id, a.answer))
                .collect();
            if !other.is_empty() {
                sentences.push(format!("another {choice} gives another answer: {}", other.join("; ")));
            }
        }
        let name = |state: Option<u8>| state.map_or(String::new(), |i| self.definition.state_name(i.into()).to_owned());
        Ok(Trail {
            subject: subject.to_owned(),
            visit: visit.to_owned(),
            day,
            definition: self.definition.id.clone(),
            version: self.definition.version.clone(),
            confidence: self.definition.confidence.word().to_owned(),
            source: self.source.name().to_owned(),
            upper: name(bounds.map(|b| b.upper)),
            lower: name(bounds.map(|b| b.lower)),
            steps,
            alternatives,
            sentences,
        })
    }

    /// Why in short: for each state up to the first that holds, the measures that decided.
    pub(crate) fn reason(&self, subject: usize, visit: usize) -> String {
        if let Source::Recorded(_) = self.source {
            let row = self.recorded_rows.get(visit).copied().flatten();
            return row.map_or(String::new(), |row| format!("recorded in {} row {}", row.table, row.row));
        }
        let context = subject_context(&self.history, subject, &self.strategies);
        let mut reasons = Vec::new();
        for state in &self.definition.states {
            let truth = context.truth(&state.condition, At::Visit(visit), None);
            if truth == Truth::True {
                reasons.push(format!("{} holds", state.state));
                break;
            }
            let mut measures: Vec<&str> = Vec::new();
            deciding(&context, &state.condition, At::Visit(visit), None, &mut measures);
            let why = if truth == Truth::False { "fails by" } else { "open by" };
            reasons.push(format!("{} {why} {}", state.state, measures.join(", ")));
        }
        reasons.join("; ")
    }

    fn alternatives(&self, subject: usize, visit: Option<usize>, k: Option<usize>) -> Vec<Alternative> {
        let history: &History = &self.history;
        let mut alternatives = Vec::new();
        let mine = visit.and_then(|v| self.responds(v));
        if let Some(visit) = visit
            && self.states.get(visit).is_some_and(|b| b.is_assessed())
        {
            for other in definitions(Some(Kind::Response)).unwrap_or_default() {
                let family = other.family == self.definition.family;
                if !family || other.id == self.definition.id || check_inputs(history, &other).is_err() {
                    continue;
                }
                let bounds = bounds_at(&other, &subject_context(history, subject, &self.strategies), visit);
                let responds = |state: u8| other.is_response(state.into());
                let theirs = (responds(bounds.upper) == responds(bounds.lower)).then(|| responds(bounds.upper));
                alternatives.push(Alternative {
                    choice: "definition",
                    id: other.id.clone(),
                    answer: bounds_text(&other, bounds.upper, bounds.lower),
                    differs: theirs != mine,
                });
            }
        }
        if let (Some(visit), Some(after)) = (visit, self.intercurrent.get(subject).and_then(Option::as_ref))
            && history.visits.get(visit).is_some_and(|v| v.day >= after.day)
            && self.source == Source::Derived
        {
            let ignored: Vec<_> =
                self.strategies.iter().map(|(event, _)| (event.clone(), Strategy::TreatmentPolicy)).collect();
            let bounds = bounds_at(&self.definition, &subject_context(history, subject, &ignored), visit);
            alternatives.push(Alternative {
                choice: "intercurrent",
                id: Strategy::TreatmentPolicy.name().to_owned(),
                answer: bounds_text(&self.definition, bounds.upper, bounds.lower),
                differs: self.states.get(visit) != Some(&bounds),
            });
        }
        let Some(k) = k else { return alternatives };
        let counted = |rule: MissingRule| match self.counted_state(subject, k, rule) {
            Some(state) => format!("counted as {}", self.definition.state_name(state.into())),
            None if self.state(subject, k) == VisitState::Dead => "counted as dead".to_owned(),
            None => "left out".to_owned(),
        };
        let own = counted(self.missing);
        for rule in MissingRule::ALL {
            let answer = counted(rule);
            let differs = answer != own;
            alternatives.push(Alternative { choice: "missing", id: rule.name().to_owned(), answer, differs });
        }
        for rule in Denominator::ALL {
            let inside = self.is_in(subject, k, rule);
            let answer = if inside { "in the denominator" } else { "not in the denominator" };
            alternatives.push(Alternative {
                choice: "denominator",
                id: rule.name().to_owned(),
                answer: answer.to_owned(),
                differs: !inside,
            });
        }
        alternatives
    }
}

impl Flares {
    /// Why a subject has, or has not, a flare at a visit.
    ///
    /// # Errors
    /// [`EndpointError::UnknownSubject`] and [`EndpointError::UnknownVisit`].
    pub fn why(&self, subject: &str, visit: &str) -> Result<Trail, EndpointError> {
        let history: &History = &self.history;
        let s = history.find_subject(subject)?;
        let found = history.find_visit(s, visit)?;
        let day = history.visits.get(found).map_or(f64::NAN, |v| v.day);
        let response = self.response.as_deref();
        let mut sentences = Vec::new();
        let mut steps = Vec::new();
        let mut answer = "none".to_owned();
        let at_risk = self.at_visit.get(found).copied().flatten();
        match (flare_context(history, &self.definition, response, s), at_risk) {
            (None, _) => sentences.push(format!("{subject} was never in response: no flare can count")),
            (Some(_), None) => {
                sentences.push(format!("{visit} (day {}) is not after the origin: no flare can count", number(day)));
            }
            (Some(context), Some(truth)) => {
                let (_, branch) = flare_at(&self.definition, &context, found);
                let number_of = self.flares.iter().find(|f| f.subject == s && f.visit == Some(found)).map(|f| f.number);
                let label = branch.and_then(|b| self.definition.states.get(b)).map(|state| state.label.clone());
                let text = match (truth, &label, number_of) {
                    (Truth::True, Some(label), Some(n)) => format!("flare {n} ({label})"),
                    (Truth::True, Some(label), None) => format!("in flare ({label}), the same one as before"),
                    (Truth::Unknown, ..) => "a flare cannot be decided".to_owned(),
                    _ => "no flare".to_owned(),
                };
                sentences.push(format!(
                    "{subject}, {visit} (day {}): {text} by {}",
                    number(day),
                    self.definition.statement()
                ));
                if let Some(branch) = branch {
                    answer = self.definition.state_name(branch).to_owned();
                }
                let (explained, lines) = explain_states(&self.definition, &context, found);
                steps = explained;
                sentences.extend(lines);
            }
        }
        let alternatives = self.alternatives(s, found, at_risk);
        let other: Vec<String> =
            alternatives.iter().filter(|a| a.differs).map(|a| format!("{} {}: {}", a.choice, a.id, a.answer)).collect();
        if !other.is_empty() {
            sentences.push(format!("another choice gives another answer: {}", other.join("; ")));
        }
        Ok(Trail {
            subject: subject.to_owned(),
            visit: visit.to_owned(),
            day,
            definition: self.definition.id.clone(),
            version: self.definition.version.clone(),
            confidence: self.definition.confidence.word().to_owned(),
            source: "derived".to_owned(),
            upper: answer.clone(),
            lower: answer,
            steps,
            alternatives,
            sentences,
        })
    }

    /// What the other flare definitions of the family say of the visit, and who is in the denominators.
    fn alternatives(&self, subject: usize, visit: usize, mine: Option<Truth>) -> Vec<Alternative> {
        let history: &History = &self.history;
        let response = self.response.as_deref();
        let mut alternatives = Vec::new();
        for other in definitions(Some(Kind::Flare)).unwrap_or_default() {
            let same = other.family == self.definition.family && other.id != self.definition.id;
            if !same || check_inputs(history, &other).is_err() {
                continue;
            }
            let Some(context) = flare_context(history, &other, response, subject) else { continue };
            let start = context.response.and_then(|v| history.visits.get(v)).map_or(0.0, |v| v.day);
            if history.visits.get(visit).is_none_or(|v| v.day <= start) {
                continue;
            }
            let (truth, branch) = flare_at(&other, &context, visit);
            let answer = match (truth, branch.and_then(|b| other.states.get(b))) {
                (Truth::True, Some(state)) => state.state.clone(),
                (Truth::Unknown, _) => "undecided".to_owned(),
                _ => "none".to_owned(),
            };
            let differs = Some(truth) != mine;
            alternatives.push(Alternative { choice: "definition", id: other.id.clone(), answer, differs });
        }
        let responded = response.map(|r| r.first.get(subject).is_some_and(Option::is_some));
        for (rule, inside) in [(Denominator::Enrolled, Some(true)), (Denominator::EverResponder, responded)] {
            let Some(inside) = inside else { continue };
            let answer = if inside { "in the denominator" } else { "not in the denominator" };
            let (id, answer) = (rule.name().to_owned(), answer.to_owned());
            alternatives.push(Alternative { choice: "denominator", id, answer, differs: !inside });
        }
        alternatives
    }
}
