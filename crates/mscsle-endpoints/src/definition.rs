//! Definitions as data: ordered states, each `all` or `any` of criteria, compiled once.
//!
//! ```toml
//! id = "my_response"
//! version = "1"
//! kind = "response"            # or "flare"
//! citation = "Study protocol, section 9.3"
//! confidence = "H"             # H, M or L
//! otherwise = "NR"
//!
//! [parameters]
//! limit = { value = 0.5, unit = "g/g", meaning = "ratio that counts as remission" }
//!
//! [[states]]
//! state = "CR"
//! all = [
//!   { measure = "upcr", unit = "g/g", compare = "lt", value = "limit" },
//!   { measure = "egfr", compare = "ge", factor = 0.85, relative_to = "baseline" },
//!   { absent = "rescue" },
//! ]
//! ```
//!
//! The first state that holds wins. A criterion compares a measure with `value`, with `factor` times a reference
//! (`relative_to`), or with the reference plus `value`; numbers may be expressions over the parameters.

use crate::EndpointError;
use crate::compile::compile;
use mscsle_scoring::Confidence;

/// What a definition decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A state at each visit (complete, partial, none).
    Response,
    /// An event at a visit.
    Flare,
}

impl Kind {
    /// `response` or `flare`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Response => "response",
            Kind::Flare => "flare",
        }
    }
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// A number.
    Number(f64),
    /// One of the words of [`Parameter::allowed`].
    Word(String),
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParameterValue::Number(x) => write!(f, "{x}"),
            ParameterValue::Word(word) => write!(f, "`{word}`"),
        }
    }
}

/// One parameter of a definition, as used.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Value in use.
    pub value: ParameterValue,
    /// Value the definition gives.
    pub default: ParameterValue,
    /// Unit, empty where none.
    pub unit: String,
    /// What it means.
    pub meaning: String,
    /// Words allowed, empty for a plain number.
    pub allowed: Vec<String>,
}

/// Comparison; every one exact to 1e-9 on the scale of the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Less than.
    Lt,
    /// At most.
    Le,
    /// Greater than.
    Gt,
    /// At least.
    Ge,
}

impl Compare {
    /// `<`, `<=`, `>` or `>=`.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Compare::Lt => "<",
            Compare::Le => "<=",
            Compare::Gt => ">",
            Compare::Ge => ">=",
        }
    }

    /// Compares with 1e-9 on the reported scale: values closer than that are equal.
    #[must_use]
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        const EQUAL: f64 = 1e-9; // decimals such as 1.4 - 1.2 differ from 0.2 in binary by about 1e-17
        match self {
            Compare::Lt => value < threshold - EQUAL,
            Compare::Le => value <= threshold + EQUAL,
            Compare::Gt => value > threshold + EQUAL,
            Compare::Ge => value >= threshold - EQUAL,
        }
    }
}

/// Which value of a measure is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The visit under evaluation.
    Current,
    /// The last value at or before time zero.
    Baseline,
    /// The value before this one: of a flare, at or after the first response.
    Previous,
    /// The value before the flare that led into the study (`assessments.what` = `preflare_<measure>`).
    Preflare,
    /// The best value so far: of a flare, at or after the first response.
    Best,
    /// The value at the first response.
    Response,
    /// The visit chosen by an enclosing `earlier_within_days`.
    Earlier,
    /// The value after this one.
    Next,
    /// The best value since baseline, baseline included.
    Nadir,
    /// The best visit in response so far: the best state, then the lower SLEDAI, then the earlier.
    BestResponse,
}

impl Anchor {
    /// The word in a definition.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Anchor::Current => "current",
            Anchor::Baseline => "baseline",
            Anchor::Previous => "previous",
            Anchor::Preflare => "preflare",
            Anchor::Best => "best",
            Anchor::Response => "response",
            Anchor::Earlier => "earlier",
            Anchor::Next => "next",
            Anchor::Nadir => "nadir",
            Anchor::BestResponse => "best_response",
        }
    }
}

/// What a threshold is relative to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reference {
    /// An absolute number.
    None,
    /// Another value of the same measure.
    Value(Anchor),
    /// The upper limit of normal of the value's own row, or a number that replaces it.
    Uln(Option<f64>),
    /// The lower limit of normal of the value's own row, or a number that replaces it.
    Lln(Option<f64>),
}

/// What an improvement is counted from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Floor {
    /// Zero: the value itself.
    Zero,
    /// A number.
    Number(f64),
    /// The upper limit of normal of each value's own row, or a number that replaces it.
    Uln(Option<f64>),
}

/// One comparison: `value compare (factor * (reference - floor) + floor + offset) * (1 +- tolerance)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Measures (positions in [`MEASURES`](crate::MEASURES)); the first with a value decides.
    pub measures: Vec<usize>,
    /// Unit of the threshold, one for each measure, with the factor from the canonical unit.
    pub units: Vec<(String, f64)>,
    /// Which value is compared.
    pub at: Anchor,
    /// How.
    pub compare: Compare,
    /// Multiplies the reference.
    pub factor: f64,
    /// The reference.
    pub relative_to: Reference,
    /// Added to the reference; the threshold itself when there is none.
    pub offset: f64,
    /// What the factor applies to is counted from here.
    pub floor: Floor,
    /// Loosens the threshold by this fraction.
    pub tolerance: f64,
    /// A value marked as not due to lupus does not count.
    pub attributed: bool,
    /// What a missing value means; `None` leaves the criterion unknown.
    pub missing: Option<bool>,
    /// Where it stands in the definition.
    pub key: String,
}

/// A condition over a subject's history at a visit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Node {
    /// One comparison.
    Criterion(Criterion),
    /// Every part holds.
    All(Vec<Node>),
    /// At least one part holds.
    Any(Vec<Node>),
    /// The inner condition held at another visit.
    At(Anchor, Box<Node>),
    /// There is an earlier visit within so many days for which the inner condition holds.
    Earlier {
        /// Greatest number of days between the two visits.
        within_days: f64,
        /// The condition over both visits.
        inner: Box<Node>,
    },
    /// An event (not) recorded up to the visit.
    Event {
        /// Name of the event.
        event: String,
        /// Only events at most so many days before the visit count.
        within_days: Option<f64>,
        /// Whether the condition holds when the event is present.
        present: bool,
        /// Where it stands in the definition.
        key: String,
    },
    /// Systems newly graded with a BILAG letter against the best visit in response.
    NewBilag {
        /// `A`, or `B` (now B, and C, D or E then).
        letter: char,
        /// Least number of systems.
        at_least: usize,
        /// Where it stands in the definition.
        key: String,
    },
    /// Cannot be decided here, with the reason.
    Undecided(String),
    /// Holds only between these months.
    Months {
        /// First month.
        from: f64,
        /// Last month.
        to: f64,
        /// The condition.
        inner: Box<Node>,
    },
    /// Holds also at the next visit at least so many days later.
    Confirmed {
        /// Days.
        days: f64,
        /// The condition.
        inner: Box<Node>,
    },
}

impl Node {
    /// Calls `visit` for every criterion.
    pub fn each_criterion<'a>(&'a self, visit: &mut dyn FnMut(&'a Criterion)) {
        match self {
            Node::Criterion(criterion) => visit(criterion),
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| part.each_criterion(visit)),
            Node::At(_, inner)
            | Node::Earlier { inner, .. }
            | Node::Months { inner, .. }
            | Node::Confirmed { inner, .. } => inner.each_criterion(visit),
            Node::Event { .. } | Node::NewBilag { .. } | Node::Undecided(_) => {}
        }
    }

    /// Calls `visit` for every event name.
    pub fn each_event<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Node::Event { event, .. } => visit(event),
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| part.each_event(visit)),
            Node::At(_, inner)
            | Node::Earlier { inner, .. }
            | Node::Months { inner, .. }
            | Node::Confirmed { inner, .. } => inner.each_event(visit),
            Node::Criterion(_) | Node::NewBilag { .. } | Node::Undecided(_) => {}
        }
    }
}

/// One state of a definition; of a flare, one way to meet it.
#[derive(Debug, Clone, PartialEq)]
pub struct StateRule {
    /// Short name, e.g. `CR`.
    pub state: String,
    /// Name for reading.
    pub label: String,
    /// Whether the state counts as a response.
    pub response: bool,
    /// When it holds.
    pub condition: Node,
}

/// From when on a flare counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlareScope {
    /// Only after the first response; comparison values lie at or after it.
    AfterResponse,
    /// From time zero.
    AfterTimeZero,
}

impl FlareScope {
    /// `after_response` or `after_time_zero`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FlareScope::AfterResponse => "after_response",
            FlareScope::AfterTimeZero => "after_time_zero",
        }
    }
}

/// A compiled definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// What it decides.
    pub kind: Kind,
    /// What it is about: `renal` or `sle` in the built-in definitions; alternatives are of the same family.
    pub family: String,
    /// One line.
    pub title: String,
    /// Publication.
    pub citation: String,
    /// DOI, empty where none is known.
    pub doi: String,
    /// PubMed id, empty where none is known.
    pub pmid: String,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// Whether it is the default of its kind, a choice of this software.
    pub default_choice: bool,
    /// What was chosen where the publication leaves a reading open.
    pub note: String,
    /// Parameters as used.
    pub parameters: Vec<Parameter>,
    /// States in order.
    pub states: Vec<StateRule>,
    /// State when none holds.
    pub otherwise: String,
    /// When, at baseline, the first state cannot be evaluated; `None` means: when it holds already.
    pub not_evaluable: Option<Node>,
    /// From when on a flare counts.
    pub scope: FlareScope,
    /// Least number of days between two flares of one subject.
    pub gap_days: f64,
    /// The text it was compiled from.
    pub source: String,
}

impl Definition {
    /// Compiles a definition from TOML.
    ///
    /// # Errors
    /// [`EndpointError::Definition`] with line and key; [`EndpointError::UnknownParameter`] and
    /// [`EndpointError::ParameterValue`] for overrides.
    ///
    /// # Examples
    /// ```
    /// use mscsle_endpoints::Definition;
    /// let text = r#"
    /// id = "low_protein"
    /// version = "1"
    /// kind = "response"
    /// citation = "Study protocol"
    /// confidence = "H"
    /// otherwise = "NR"
    /// [[states]]
    /// state = "CR"
    /// all = [{ measure = "protein_24h", compare = "lt", value = 0.5 }]
    /// "#;
    /// assert_eq!(Definition::from_toml(text, &[])?.states.len(), 1);
    /// let error = Definition::from_toml(&text.replace("\"lt\"", "\"less\""), &[]).unwrap_err();
    /// assert!(error.to_string().contains("line 10, key `states[0].all[0].compare`"));
    /// # Ok::<(), mscsle_endpoints::EndpointError>(())
    /// ```
    pub fn from_toml(text: &str, overrides: &[(String, ParameterValue)]) -> Result<Definition, EndpointError> {
        compile(text, overrides)
    }

    /// The same definition with other parameter values.
    ///
    /// # Errors
    /// [`EndpointError::UnknownParameter`] and [`EndpointError::ParameterValue`].
    pub fn with_parameters(&self, overrides: &[(String, ParameterValue)]) -> Result<Definition, EndpointError> {
        compile(&self.source, overrides)
    }

    /// Positions in [`MEASURES`](crate::MEASURES) of the measures a state cannot do without: the first of each
    /// criterion's alternatives, unless the criterion says what a missing value means.
    #[must_use]
    pub fn needed_measures(&self) -> Vec<Vec<usize>> {
        let mut needed: Vec<Vec<usize>> = Vec::new();
        for state in &self.states {
            state.condition.each_criterion(&mut |criterion| {
                if criterion.missing.is_none() && !needed.contains(&criterion.measures) {
                    needed.push(criterion.measures.clone());
                }
            });
        }
        needed
    }

    /// The name of a state by position; the last position is [`otherwise`](Definition::otherwise).
    #[must_use]
    pub fn state_name(&self, state: usize) -> &str {
        self.states.get(state).map_or(self.otherwise.as_str(), |rule| rule.state.as_str())
    }

    /// Whether the state at a position counts as a response.
    #[must_use]
    pub fn is_response(&self, state: usize) -> bool {
        self.states.get(state).is_some_and(|rule| rule.response)
    }

    /// One line that names definition, version, confidence and every parameter that was changed.
    #[must_use]
    pub fn statement(&self) -> String {
        let changed: Vec<String> = self
            .parameters
            .iter()
            .filter(|p| p.value != p.default)
            .map(|p| format!("{} = {}", p.name, p.value))
            .collect();
        let choice = if self.default_choice { ", default choice" } else { "" };
        let with = if changed.is_empty() { String::new() } else { format!(", with {}", changed.join(", ")) };
        format!("{} version {} (confidence {}{choice}){with}", self.id, self.version, self.confidence.word())
    }
}
