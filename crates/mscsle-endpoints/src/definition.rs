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
//! Beside `all` and `any` there is `none` (no part holds). A group can look at another visit or at a period:
//!
//! ```toml
//! { at_week = 24, within_weeks = 4, all = [...] }                               # the assessed visit nearest to week 24
//! { visits = "every", from_week = 24, to_week = 52, within_weeks = 4, all = [...] } # every assessed visit of the period
//! { visits = "some", from_month = 0, to_month = 6, any = [...] }                # at least one
//! { visits = "later", from_week = 24, to_week = 52, none = [...] }               # every one after the first of the period
//! { new_bilag = "AB", relative_to = "earlier", at_least = 1 }                   # new domains since the period began
//! { present = "admission", since = "previous" }                                 # recorded since the visit before
//! ```
//!
//! A period ends at the visit under evaluation at the latest; before a visit at its end is assessed it stays open unless
//! what is known decides. `assessed_from_week = 52` says that only visits from then on have a state.
//! A state of a flare may be a recorded event with its own day: `{ state = "death", event = "death" }`.
//!
//! The first state that holds wins. A criterion compares a measure with `value`, with `factor` times a reference
//! (`relative_to`), or with the reference plus `value`; numbers may be expressions over the parameters.

use crate::EndpointError;
use crate::compile::compile;
use crate::node::Node;
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
    /// Of a flare: the recorded event that is the state by itself, with its own day, whether or not there is a visit.
    pub event: Option<String>,
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
    /// What it is about: `renal`, `sle` or `outcome` in the built-in definitions; alternatives are of the same family.
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
    /// Of a response: months from which a visit has a state; earlier visits are not assessed.
    pub assessed_from: f64,
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

    /// The same definition, whose states count only if they hold again at the next visit at least so many days later.
    ///
    /// # Errors
    /// [`EndpointError::ParameterValue`] for negative or missing days.
    pub(crate) fn confirmed(&self, days: f64) -> Result<Definition, EndpointError> {
        if !(days.is_finite() && days >= 0.0) {
            return Err(EndpointError::ParameterValue {
                definition: self.id.clone(),
                parameter: "confirm_days".to_owned(),
                value: days.to_string(),
                allowed: "give a number of days >= 0".to_owned(),
            });
        }
        let mut confirmed = self.clone();
        for state in &mut confirmed.states {
            let inner = Box::new(std::mem::replace(&mut state.condition, Node::All(Vec::new())));
            state.condition = Node::Confirmed { days, inner };
        }
        Ok(confirmed)
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
