//! Why a visit has its state: sentences, every comparison with its source rows, and what would change the answer.

use crate::definition::{Anchor, Criterion, Definition, Kind, Node, Reference};
use crate::denominator::{Denominator, MissingRule};
use crate::evaluate::{At, Context, Truth};
use crate::flare::{Flares, flare_at, flare_context};
use crate::history::{Cell, History};
use crate::library::definitions;
use crate::measure::MEASURES;
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
    /// `definition`, `missing` or `denominator`.
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

/// A number as people write it: six significant digits at most, no trailing zeros.
fn number(x: f64) -> String {
    if x.is_nan() {
        return "missing".to_owned();
    }
    let digits = if x == 0.0 { 0 } else { (5 - x.abs().log10().floor() as i32).clamp(0, 9) };
    let text = format!("{x:.*}", digits as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn verdict(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "holds",
        Truth::False => "does not hold",
        Truth::Unknown => "cannot be decided",
    }
}

struct Explainer<'c, 'h> {
    context: &'c Context<'h>,
    state: &'c str,
    steps: Vec<Step>,
}

impl Explainer<'_, '_> {
    /// Pushes the comparisons of a condition; `decided` when the condition itself decides.
    fn explain(&mut self, node: &Node, at: At, earlier: Option<usize>, decided: bool) {
        match node {
            Node::Criterion(criterion) => self.criterion(criterion, at, earlier, decided),
            Node::All(parts) | Node::Any(parts) => {
                let whole = self.context.truth(node, at, earlier);
                for part in parts {
                    // parts with the truth of the whole are those without which it would be another
                    let decides = decided && self.context.truth(part, at, earlier) == whole;
                    self.explain(part, at, earlier, decides);
                }
            }
            Node::At(anchor, inner) => {
                if let Some(other) = self.context.move_to(*anchor, inner, at, earlier) {
                    self.explain(inner, other, earlier, decided);
                }
            }
            Node::Earlier { inner, within_days } => {
                // the earlier visit for which the condition is truest, the latest of equals
                let best = self
                    .context
                    .earlier_visits(at, *within_days)
                    .max_by_key(|candidate| (self.context.truth(inner, at, Some(*candidate)), *candidate));
                match best {
                    Some(candidate) => self.explain(inner, at, Some(candidate), decided),
                    None => self.plain(
                        "earlier visit",
                        Truth::False,
                        decided,
                        format!("there is no earlier visit within {} days to compare with", number(*within_days)),
                    ),
                }
            }
            Node::Event { event, within_days, present, key } => {
                let found = self.context.event(event, *within_days, at);
                let truth: Truth = (found.is_some() == *present).into();
                let sentence = match found {
                    Some(found) => format!(
                        "event `{event}` is recorded on day {} ({} row {})",
                        number(found.day),
                        found.source.table,
                        found.source.row
                    ),
                    None => format!("no event `{event}` is recorded up to this visit"),
                };
                self.plain(event, truth, decided, sentence);
                if let Some(step) = self.steps.last_mut() {
                    step.key.clone_from(key);
                    step.source = found.map(|found| found.source);
                }
            }
            Node::NewBilag { letter, at_least, key } => {
                let truth = self.context.truth(node, at, earlier);
                let best = if let At::Visit(visit) = at { self.context.best_response(visit) } else { None };
                let against = best.map_or("the best visit in response", |visit| self.context.history.label(visit));
                let sentence =
                    format!("at least {at_least} BILAG system(s) newly {letter} against {against}: {}", verdict(truth));
                self.plain("bilag", truth, decided, sentence);
                if let Some(step) = self.steps.last_mut() {
                    step.key.clone_from(key);
                }
            }
            Node::Undecided(reason) => self.plain("rule", Truth::Unknown, decided, reason.clone()),
            Node::Months { from, to, inner } => {
                if self.context.in_months(*from, *to, at) {
                    self.explain(inner, at, earlier, decided);
                } else {
                    let sentence = format!("counts only from month {} to {}", number(*from), number(*to));
                    self.plain("month", Truth::False, decided, sentence);
                }
            }
            Node::Confirmed { days, inner } => {
                let now = self.context.truth(inner, at, earlier);
                let later = self.context.confirmation(*days, inner, at, earlier);
                let whole = self.context.truth(node, at, earlier);
                self.explain(inner, at, earlier, decided && now == whole);
                if now == Truth::False {
                    return;
                }
                let truth = later.map_or(Truth::Unknown, |(_, truth)| truth);
                let sentence = match later {
                    Some((visit, truth)) => format!(
                        "at the next visit at least {} days later ({}) it {}",
                        number(*days),
                        self.context.history.label(visit),
                        verdict(truth)
                    ),
                    None => format!("there is no visit at least {} days later to confirm it", number(*days)),
                };
                self.plain("confirmation", truth, decided && truth == whole, sentence);
            }
        }
    }

    fn plain(&mut self, what: &str, truth: Truth, decided: bool, sentence: String) {
        self.steps.push(Step {
            state: self.state.to_owned(),
            key: String::new(),
            measure: what.to_owned(),
            unit: String::new(),
            value: f64::NAN,
            compare: String::new(),
            threshold: f64::NAN,
            relative_to: "none".to_owned(),
            reference: f64::NAN,
            source: None,
            reference_source: None,
            truth,
            decided,
            sentence,
        });
    }

    fn criterion(&mut self, criterion: &Criterion, at: At, earlier: Option<usize>, decided: bool) {
        let compared = self.context.compare(criterion, at, earlier);
        let measure = criterion.measures.get(compared.alternative).and_then(|&m| MEASURES.get(m));
        let Some(measure) = measure else { return };
        let (unit, scale) =
            criterion.units.get(compared.alternative).map_or((measure.unit, 1.0), |(unit, f)| (unit.as_str(), *f));
        let table = measure.table;
        let source = |cell: Cell| (cell.row != u32::MAX).then_some(SourceRow { table, row: cell.row });
        let relative_to = match criterion.relative_to {
            Reference::None => "none",
            Reference::Value(anchor) => anchor.word(),
            Reference::Uln(_) => "uln",
            Reference::Lln(_) => "lln",
        };
        let is_limit = matches!(criterion.relative_to, Reference::Uln(_) | Reference::Lln(_));
        let reference = compared.reference.value * scale;
        let value = compared.value.value * scale;
        let reference_source = if is_limit || relative_to == "none" { None } else { source(compared.reference) };
        let whose = match (at, criterion.at) {
            (_, Anchor::Baseline) | (At::Baseline, Anchor::Current) => " at baseline".to_owned(),
            (At::Visit(visit), Anchor::Current) => format!(" at {}", self.context.history.label(visit)),
            (_, anchor) => format!(" ({})", anchor.word()),
        };
        let reference_name = match criterion.relative_to {
            Reference::None => String::new(),
            Reference::Uln(_) => format!("; upper limit of normal {}", number(reference)),
            Reference::Lln(_) => format!("; lower limit of normal {}", number(reference)),
            Reference::Value(Anchor::Earlier) => {
                let label = earlier.map_or("", |visit| self.context.history.label(visit));
                format!("; {label} {}", number(reference))
            }
            Reference::Value(anchor) => format!("; {} {}", anchor.word(), number(reference)),
        };
        let row = source(compared.value).map_or(String::new(), |s| format!(" ({} row {})", s.table, s.row));
        let unattributed = criterion.attributed && compared.value.attributed == 0;
        let because = if unattributed {
            " (not due to lupus)"
        } else if value.is_nan() && criterion.missing.is_some() {
            " (missing values are told to)"
        } else {
            ""
        };
        let sentence = format!(
            "{}{whose} {}{row} {} {} {unit}{reference_name}: {}{because}",
            measure.meaning,
            number(value),
            criterion.compare.symbol(),
            number(compared.threshold),
            verdict(compared.truth)
        );
        self.steps.push(Step {
            state: self.state.to_owned(),
            key: criterion.key.clone(),
            measure: measure.id.to_owned(),
            unit: unit.to_owned(),
            value,
            compare: criterion.compare.symbol().to_owned(),
            threshold: compared.threshold,
            relative_to: relative_to.to_owned(),
            reference,
            source: source(compared.value),
            reference_source,
            truth: compared.truth,
            decided,
            sentence,
        });
    }
}

/// Names of the measures and events that decide a condition: the short form of [`Explainer::explain`].
fn deciding<'n>(context: &Context<'_>, node: &'n Node, at: At, earlier: Option<usize>, names: &mut Vec<&'n str>) {
    let mut push = |name: &'n str| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    match node {
        Node::Criterion(criterion) => {
            let alternative = context.compare(criterion, at, earlier).alternative;
            if let Some(measure) = criterion.measures.get(alternative).and_then(|&m| MEASURES.get(m)) {
                push(measure.id);
            }
        }
        Node::All(parts) | Node::Any(parts) => {
            let whole = context.truth(node, at, earlier);
            for part in parts.iter().filter(|part| context.truth(part, at, earlier) == whole) {
                deciding(context, part, at, earlier, names);
            }
        }
        Node::At(anchor, inner) => {
            if let Some(other) = context.move_to(*anchor, inner, at, earlier) {
                deciding(context, inner, other, earlier, names);
            }
        }
        Node::Earlier { inner, within_days } => {
            let best = context
                .earlier_visits(at, *within_days)
                .max_by_key(|candidate| (context.truth(inner, at, Some(*candidate)), *candidate));
            match best {
                Some(candidate) => deciding(context, inner, at, Some(candidate), names),
                None => push("earlier visit"),
            }
        }
        Node::Event { event, .. } => push(event),
        Node::NewBilag { .. } => push("bilag"),
        Node::Undecided(_) => push("rule"),
        Node::Months { from, to, inner } => {
            if context.in_months(*from, *to, at) {
                deciding(context, inner, at, earlier, names);
            } else {
                push("month");
            }
        }
        Node::Confirmed { inner, .. } => {
            let now = context.truth(inner, at, earlier);
            if now == context.truth(node, at, earlier) {
                deciding(context, inner, at, earlier, names);
            } else {
                push("confirmation");
            }
        }
    }
}

/// Comparisons of every state up to the first that holds, with a heading sentence for each state.
fn explain_states(definition: &Definition, context: &Context<'_>, visit: usize) -> (Vec<Step>, Vec<String>) {
    let mut steps = Vec::new();
    let mut sentences = Vec::new();
    for state in &definition.states {
        let truth = context.truth(&state.condition, At::Visit(visit), None);
        let mut explainer = Explainer { context, state: &state.state, steps: Vec::new() };
        explainer.explain(&state.condition, At::Visit(visit), None, true);
        let deciding: Vec<&str> =
            explainer.steps.iter().filter(|step| step.decided).map(|step| step.sentence.as_str()).collect();
        sentences.push(format!("{} {}: {}", state.state, verdict(truth), deciding.join("; ")));
        steps.extend(explainer.steps);
        if truth == Truth::True {
            break;
        }
    }
    (steps, sentences)
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
            let context = subject_context(history, s);
            let (explained, lines) = explain_states(&self.definition, &context, found);
            steps = explained;
            sentences.extend(lines);
        }
        if let Some(row) = found.and_then(|v| self.recorded_rows.get(v)).copied().flatten() {
            sentences.push(format!("recorded in {} row {}", row.table, row.row));
        }
        if self.evaluable.get(s) == Some(&Some(false)) {
            let best = self.definition.state_name(0);
            sentences.push(format!("the baseline already fulfils {best}: {best} is not evaluable for {subject}"));
        }
        if found.is_some_and(|v| history.visits.get(v).is_some_and(|v| !v.is_planned())) {
            sentences.push("the visit is unscheduled: it is never a first response and in no denominator".to_owned());
        }
        let alternatives = self.alternatives(s, found, k);
        for choice in ["definition", "missing", "denominator"] {
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
        let context = subject_context(&self.history, subject);
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
                let bounds = bounds_at(&other, &subject_context(history, subject), visit);
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
                let number_of = self.flares.iter().find(|f| f.subject == s && f.visit == found).map(|f| f.number);
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
            alternatives: Vec::new(),
            sentences,
        })
    }
}
