//! From the TOML text of a definition to its compiled form, with line and key in every message.

use crate::definition::{
    Anchor, Compare, Criterion, Definition, FlareScope, Floor, Kind, Node, Parameter, ParameterValue, Reference,
    StateRule,
};
use crate::error::one_of;
use crate::expression::evaluate;
use crate::measure::{MEASURES, measure_index};
use crate::{EndpointError, Measure};
use mscsle_domain::did_you_mean as hint;
use mscsle_scoring::Confidence;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

type Value<'i> = Spanned<DeValue<'i>>;

const TOP: &[&str] = &[
    "id",
    "version",
    "kind",
    "family",
    "title",
    "citation",
    "doi",
    "pmid",
    "confidence",
    "default",
    "note",
    "otherwise",
    "scope",
    "gap_days",
    "parameters",
    "states",
    "not_evaluable",
];
const STATE: &[&str] = &[
    "state",
    "label",
    "response",
    "all",
    "any",
    "at",
    "earlier_within_days",
    "from_month",
    "to_month",
    "confirm_days",
];
const GROUP: &[&str] = &["all", "any", "at", "earlier_within_days", "from_month", "to_month", "confirm_days", "when"];
const EVENT: &[&str] = &["absent", "present", "within_days", "when"];
const CRITERION: &[&str] = &[
    "measure",
    "unit",
    "at",
    "compare",
    "value",
    "factor",
    "relative_to",
    "limit",
    "above",
    "tolerance",
    "confirm_days",
    "attributed",
    "missing",
    "when",
];

pub(crate) fn compile(text: &str, overrides: &[(String, ParameterValue)]) -> Result<Definition, EndpointError> {
    let mut reader = Reader { text, id: "?".to_owned(), parameters: Vec::new() };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let problem = format!("not TOML: {}", error.message());
        EndpointError::Definition { definition: "?".to_owned(), line: reader.line(at), key: String::new(), problem }
    })?;
    let top = document.get_ref();
    reader.only(top, TOP, "")?;
    reader.id = reader.required_text(top, "id", "")?;
    if !reader.id.starts_with(|c: char| c.is_ascii_lowercase())
        || !reader.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        let problem = format!("`{}` is no id; use lower-case letters, digits and `_`, a letter first", reader.id);
        return Err(reader.error(0, "id", problem));
    }
    reader.read_parameters(top)?;
    reader.override_parameters(overrides)?;
    let kind = match reader.required_text(top, "kind", "")?.as_str() {
        "response" => Kind::Response,
        "flare" => Kind::Flare,
        other => {
            let problem = format!("`{other}` is no kind; use `response` or `flare`");
            return Err(reader.error_at(top, "kind", problem));
        }
    };
    let confidence: Confidence = reader
        .required_text(top, "confidence", "")?
        .parse()
        .map_err(|error: mscsle_scoring::ScoringError| reader.error_at(top, "confidence", error.to_string()))?;
    let scope = match reader.text_or(top, "scope", "after_response")?.as_str() {
        "after_response" => FlareScope::AfterResponse,
        "after_time_zero" => FlareScope::AfterTimeZero,
        other => {
            let problem = format!("`{other}` is no scope; use `after_response` or `after_time_zero`");
            return Err(reader.error_at(top, "scope", problem));
        }
    };
    let states = reader.read_states(top, kind)?;
    let otherwise = match kind {
        Kind::Response => reader.required_text(top, "otherwise", "")?,
        Kind::Flare => reader.text_or(top, "otherwise", "none")?,
    };
    let not_evaluable = match find(top, "not_evaluable") {
        None => None,
        Some(value) => reader.condition(value, "not_evaluable")?,
    };
    Ok(Definition {
        version: reader.required_text(top, "version", "")?,
        kind,
        family: reader.text_or(top, "family", "renal")?,
        title: reader.text_or(top, "title", &reader.id.clone())?,
        citation: reader.required_text(top, "citation", "")?,
        doi: reader.text_or(top, "doi", "")?,
        pmid: reader.text_or(top, "pmid", "")?,
        confidence,
        default_choice: reader.flag_or(top, "default", false, "")?,
        note: reader.text_or(top, "note", "")?,
        otherwise,
        not_evaluable,
        scope,
        gap_days: reader.number_or(top, "gap_days", "")?.unwrap_or(28.0),
        states,
        id: reader.id.clone(),
        parameters: reader.parameters,
        source: text.to_owned(),
    })
}

fn find<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<&'a Value<'i>> {
    table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Positions of measures, and for each the unit with the factor from the canonical one.
type MeasuresAndUnits = (Vec<usize>, Vec<(String, f64)>);

struct Reader<'t> {
    text: &'t str,
    id: String,
    parameters: Vec<Parameter>,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }

    fn error(&self, offset: usize, key: &str, problem: String) -> EndpointError {
        EndpointError::Definition { definition: self.id.clone(), line: self.line(offset), key: key.to_owned(), problem }
    }

    fn error_at(&self, table: &DeTable<'_>, key: &str, problem: String) -> EndpointError {
        let offset = find(table, key).map_or(0, |value| value.span().start);
        self.error(offset, key, problem)
    }

    fn only(&self, table: &DeTable<'_>, allowed: &[&str], path: &str) -> Result<(), EndpointError> {
        for (name, _) in table {
            let key = name.get_ref().as_ref();
            if !allowed.contains(&key) {
                let near = hint(key, allowed.iter().copied());
                let near = if near.is_empty() { format!("; use {}", one_of(allowed)) } else { near };
                return Err(self.error(name.span().start, &join(path, key), format!("unknown key `{key}`{near}")));
            }
        }
        Ok(())
    }

    fn text(&self, value: &Value<'_>, path: &str) -> Result<String, EndpointError> {
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
            Some(_) => Err(self.error(value.span().start, path, "the text is empty".to_owned())),
            None => Err(self.error(
                value.span().start,
                path,
                format!("a text is needed, but this is of type {}", value.get_ref().type_str()),
            )),
        }
    }

    fn required_text(&self, table: &DeTable<'_>, key: &str, path: &str) -> Result<String, EndpointError> {
        match find(table, key) {
            Some(value) => self.text(value, &join(path, key)),
            None => {
                let offset = table.iter().next().map_or(0, |(name, _)| name.span().start);
                Err(self.error(offset, &join(path, key), "the key is missing".to_owned()))
            }
        }
    }

    fn text_or(&self, table: &DeTable<'_>, key: &str, default: &str) -> Result<String, EndpointError> {
        find(table, key).map_or_else(|| Ok(default.to_owned()), |value| self.text(value, key))
    }

    fn flag_or(&self, table: &DeTable<'_>, key: &str, default: bool, path: &str) -> Result<bool, EndpointError> {
        match find(table, key) {
            None => Ok(default),
            Some(value) => value.get_ref().as_bool().ok_or_else(|| {
                self.error(value.span().start, &join(path, key), "`true` or `false` is needed".to_owned())
            }),
        }
    }

    /// A number, or an expression over the parameters.
    fn number(&self, value: &Value<'_>, path: &str) -> Result<f64, EndpointError> {
        let fail = |problem: String| self.error(value.span().start, path, problem);
        let number = match value.get_ref() {
            DeValue::Integer(integer) => parse_number(integer.as_str()),
            DeValue::Float(float) => parse_number(float.as_str()),
            DeValue::String(text) => Some(evaluate(text, &|name| self.parameter(name)).map_err(&fail)?),
            _ => None,
        };
        number.filter(|x| x.is_finite()).ok_or_else(|| {
            let found = value.get_ref().type_str();
            fail(format!("a number or an expression over the parameters is needed, but this is of type {found}"))
        })
    }

    fn number_or(&self, table: &DeTable<'_>, key: &str, path: &str) -> Result<Option<f64>, EndpointError> {
        find(table, key).map(|value| self.number(value, &join(path, key))).transpose()
    }

    fn days_or(&self, table: &DeTable<'_>, key: &str, path: &str) -> Result<Option<f64>, EndpointError> {
        match self.number_or(table, key, path)? {
            Some(days) if days < 0.0 => {
                let problem = format!("must be >= 0, but is {days}");
                Err(self.error(find(table, key).map_or(0, |v| v.span().start), &join(path, key), problem))
            }
            other => Ok(other),
        }
    }

    fn parameter(&self, name: &str) -> Result<f64, String> {
        match self.parameters.iter().find(|p| p.name == name).map(|p| &p.value) {
            Some(ParameterValue::Number(x)) => Ok(*x),
            Some(ParameterValue::Word(word)) => Err(format!("parameter `{name}` is the word `{word}`, not a number")),
            None => {
                let near = hint(name, self.parameters.iter().map(|p| p.name.as_str()));
                Err(format!("there is no parameter `{name}`{near}"))
            }
        }
    }

    fn read_parameters(&mut self, top: &DeTable<'_>) -> Result<(), EndpointError> {
        let Some(value) = find(top, "parameters") else { return Ok(()) };
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.error(value.span().start, "parameters", "a table is needed".to_owned()));
        };
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in entries {
            let path = format!("parameters.{}", name.get_ref());
            let (inner, meta) = match value.get_ref().as_table() {
                None => (Some(value), None),
                Some(meta) => {
                    self.only(meta, &["value", "unit", "meaning", "allowed"], &path)?;
                    (find(meta, "value"), Some(meta))
                }
            };
            let Some(inner) = inner else {
                return Err(self.error(value.span().start, &join(&path, "value"), "the key is missing".to_owned()));
            };
            let mut allowed = Vec::new();
            if let Some(list) = meta.and_then(|meta| find(meta, "allowed")) {
                let key = join(&path, "allowed");
                let items = list.get_ref().as_array();
                let items =
                    items.ok_or_else(|| self.error(list.span().start, &key, "a list of words is needed".to_owned()))?;
                for item in items {
                    allowed.push(self.text(item, &key)?);
                }
            }
            let given = match inner.get_ref() {
                DeValue::String(word) if allowed.iter().any(|a| a == word.as_ref()) => {
                    ParameterValue::Word(word.to_string())
                }
                DeValue::String(word) if !allowed.is_empty() => {
                    let words: Vec<&str> = allowed.iter().map(String::as_str).collect();
                    let problem = format!("`{word}` is not allowed; use {}", one_of(&words));
                    return Err(self.error(inner.span().start, &join(&path, "value"), problem));
                }
                _ => ParameterValue::Number(self.number(inner, &join(&path, "value"))?),
            };
            let text = |key: &str| -> Result<String, EndpointError> {
                meta.and_then(|meta| find(meta, key)).map_or(Ok(String::new()), |v| self.text(v, &join(&path, key)))
            };
            let parameter = Parameter {
                name: name.get_ref().to_string(),
                value: given.clone(),
                default: given,
                unit: text("unit")?,
                meaning: text("meaning")?,
                allowed,
            };
            self.parameters.push(parameter);
        }
        Ok(())
    }

    fn override_parameters(&mut self, overrides: &[(String, ParameterValue)]) -> Result<(), EndpointError> {
        for (name, value) in overrides {
            let Some(parameter) = self.parameters.iter_mut().find(|p| p.name == *name) else {
                let known: Vec<&str> = self.parameters.iter().map(|p| p.name.as_str()).collect();
                return Err(EndpointError::UnknownParameter {
                    definition: self.id.clone(),
                    parameter: name.clone(),
                    known: if known.is_empty() { "none".to_owned() } else { one_of(&known).replace(" or ", " and ") },
                });
            };
            let fits = match value {
                ParameterValue::Number(x) => {
                    x.is_finite() && (parameter.allowed.is_empty() || parameter.allowed.iter().any(|a| a == "a number"))
                }
                ParameterValue::Word(word) => parameter.allowed.contains(word),
            };
            if !fits {
                let words: Vec<&str> = parameter.allowed.iter().map(String::as_str).collect();
                let allowed = if words.is_empty() {
                    "give a finite number".to_owned()
                } else {
                    format!("use {}", one_of(&words))
                };
                return Err(EndpointError::ParameterValue {
                    definition: self.id.clone(),
                    parameter: name.clone(),
                    value: value.to_string(),
                    allowed,
                });
            }
            parameter.value = value.clone();
        }
        Ok(())
    }

    fn read_states(&self, top: &DeTable<'_>, kind: Kind) -> Result<Vec<StateRule>, EndpointError> {
        let value = find(top, "states")
            .ok_or_else(|| self.error(0, "states", "the key is missing; write at least one `[[states]]`".to_owned()))?;
        let list = value.get_ref().as_array().filter(|list| !list.is_empty()).ok_or_else(|| {
            self.error(value.span().start, "states", "at least one `[[states]]` is needed".to_owned())
        })?;
        let mut states: Vec<StateRule> = Vec::new();
        for (i, item) in list.iter().enumerate() {
            let path = format!("states[{i}]");
            let Some(table) = item.get_ref().as_table() else {
                return Err(self.error(item.span().start, &path, "a table is needed".to_owned()));
            };
            self.only(table, STATE, &path)?;
            let state = self.required_text(table, "state", &path)?;
            if states.iter().any(|other| other.state == state) {
                let problem = format!("state `{state}` appears twice");
                return Err(self.error(item.span().start, &join(&path, "state"), problem));
            }
            let label = find(table, "label").map_or(Ok(state.clone()), |v| self.text(v, &join(&path, "label")))?;
            // a state whose criteria all belong to another way of reading is left out
            let Some(condition) = self.group(table, item.span(), &path)? else { continue };
            let response = self.flag_or(table, "response", kind == Kind::Response, &path)?;
            states.push(StateRule { state, label, response, condition });
        }
        if states.is_empty() {
            let problem = "with these parameters no criterion is left".to_owned();
            return Err(self.error(value.span().start, "states", problem));
        }
        Ok(states)
    }

    /// A criterion, an event or a group; `None` when its `when` does not apply.
    fn condition(&self, value: &Value<'_>, path: &str) -> Result<Option<Node>, EndpointError> {
        let Some(table) = value.get_ref().as_table() else {
            let problem =
                format!("a criterion `{{ ... }}` is needed, but this is of type {}", value.get_ref().type_str());
            return Err(self.error(value.span().start, path, problem));
        };
        if !self.applies(table, path)? {
            return Ok(None);
        }
        if find(table, "measure").is_some() {
            self.only(table, CRITERION, path)?;
            let criterion = Node::Criterion(self.criterion(table, value.span(), path)?);
            return Ok(Some(match self.days_or(table, "confirm_days", path)? {
                Some(days) => Node::Confirmed { days, inner: Box::new(criterion) },
                None => criterion,
            }));
        }
        if find(table, "absent").is_some() || find(table, "present").is_some() {
            self.only(table, EVENT, path)?;
            let present = find(table, "present").is_some();
            if present && find(table, "absent").is_some() {
                return Err(self.error(value.span().start, path, "give `absent` or `present`, not both".to_owned()));
            }
            let key = if present { "present" } else { "absent" };
            let event = self.required_text(table, key, path)?;
            let within_days = self.days_or(table, "within_days", path)?;
            return Ok(Some(Node::Event { event, within_days, present, key: path.to_owned() }));
        }
        if let Some(letter) = find(table, "new_bilag") {
            self.only(table, &["new_bilag", "at_least", "when"], path)?;
            let at_least = self.number_or(table, "at_least", path)?.unwrap_or(1.0);
            let letter = match letter.get_ref().as_str() {
                Some("A") => 'A',
                Some("B") => 'B',
                _ => {
                    let problem = "use `A` or `B`".to_owned();
                    return Err(self.error(letter.span().start, &join(path, "new_bilag"), problem));
                }
            };
            if !(1.0..=12.0).contains(&at_least) {
                let problem = format!("must be from 1 to 12 systems, but is {at_least}");
                return Err(self.error(value.span().start, &join(path, "at_least"), problem));
            }
            return Ok(Some(Node::NewBilag { letter, at_least: at_least.ceil() as usize, key: path.to_owned() }));
        }
        if find(table, "undecided").is_some() {
            self.only(table, &["undecided", "when"], path)?;
            return Ok(Some(Node::Undecided(self.required_text(table, "undecided", path)?)));
        }
        if find(table, "all").is_none() && find(table, "any").is_none() {
            let problem =
                "a criterion needs `measure`, `absent`, `present`, `new_bilag`, `undecided`, `all` or `any`".to_owned();
            return Err(self.error(value.span().start, path, problem));
        }
        self.only(table, GROUP, path)?;
        self.group(table, value.span(), path)
    }

    fn applies(&self, table: &DeTable<'_>, path: &str) -> Result<bool, EndpointError> {
        let Some(value) = find(table, "when") else { return Ok(true) };
        let key = join(path, "when");
        let Some(conditions) = value.get_ref().as_table() else {
            let problem = "`when` is a table of parameter = word".to_owned();
            return Err(self.error(value.span().start, &key, problem));
        };
        let mut applies = true;
        for (name, word) in conditions {
            let word_text = self.text(word, &key)?;
            let Some(parameter) = self.parameters.iter().find(|p| p.name == name.get_ref().as_ref()) else {
                let near = hint(name.get_ref(), self.parameters.iter().map(|p| p.name.as_str()));
                let problem = format!("there is no parameter `{}`{near}", name.get_ref());
                return Err(self.error(name.span().start, &key, problem));
            };
            if !parameter.allowed.contains(&word_text) {
                let words: Vec<&str> = parameter.allowed.iter().map(String::as_str).collect();
                let problem = format!("`{word_text}` is no word of `{}`; use {}", parameter.name, one_of(&words));
                return Err(self.error(word.span().start, &key, problem));
            }
            applies &= parameter.value == ParameterValue::Word(word_text);
        }
        Ok(applies)
    }

    fn group(&self, table: &DeTable<'_>, span: Range<usize>, path: &str) -> Result<Option<Node>, EndpointError> {
        let (key, list) = match (find(table, "all"), find(table, "any")) {
            (Some(list), None) => ("all", list),
            (None, Some(list)) => ("any", list),
            _ => return Err(self.error(span.start, path, "exactly one of `all` and `any` is needed".to_owned())),
        };
        let key_path = join(path, key);
        let Some(items) = list.get_ref().as_array().filter(|items| !items.is_empty()) else {
            return Err(self.error(list.span().start, &key_path, "a list of criteria is needed".to_owned()));
        };
        let mut parts = Vec::new();
        for (i, item) in items.iter().enumerate() {
            parts.extend(self.condition(item, &format!("{key_path}[{i}]"))?);
        }
        let mut node = match parts.pop() {
            None => return Ok(None),
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                if key == "all" { Node::All(parts) } else { Node::Any(parts) }
            }
        };
        if let Some(within_days) = self.days_or(table, "earlier_within_days", path)? {
            node = Node::Earlier { within_days, inner: Box::new(node) };
        }
        if let Some(value) = find(table, "at") {
            let anchor = self.anchor(value, &join(path, "at"))?;
            if matches!(anchor, Anchor::Best | Anchor::Preflare | Anchor::Current | Anchor::Next | Anchor::Nadir) {
                let problem = "a group can be `at` `baseline`, `previous`, `response` or `earlier`".to_owned();
                return Err(self.error(value.span().start, &join(path, "at"), problem));
            }
            node = Node::At(anchor, Box::new(node));
        }
        if let Some(days) = self.days_or(table, "confirm_days", path)? {
            node = Node::Confirmed { days, inner: Box::new(node) };
        }
        let from = self.days_or(table, "from_month", path)?;
        let to = self.days_or(table, "to_month", path)?;
        if from.is_some() || to.is_some() {
            let (from, to) = (from.unwrap_or(0.0), to.unwrap_or(f64::INFINITY));
            node = Node::Months { from, to, inner: Box::new(node) };
        }
        Ok(Some(node))
    }

    fn anchor(&self, value: &Value<'_>, path: &str) -> Result<Anchor, EndpointError> {
        const ANCHORS: [Anchor; 10] = [
            Anchor::Current,
            Anchor::Baseline,
            Anchor::Previous,
            Anchor::Preflare,
            Anchor::Best,
            Anchor::Response,
            Anchor::Earlier,
            Anchor::Next,
            Anchor::Nadir,
            Anchor::BestResponse,
        ];
        let word = self.text(value, path)?;
        ANCHORS.into_iter().find(|anchor| anchor.word() == word).ok_or_else(|| {
            let words: Vec<&str> = ANCHORS.iter().map(|anchor| anchor.word()).collect();
            self.error(value.span().start, path, format!("`{word}` is not known; use {}", one_of(&words)))
        })
    }

    fn criterion(&self, table: &DeTable<'_>, span: Range<usize>, path: &str) -> Result<Criterion, EndpointError> {
        let (measures, units) = self.measures(table, path)?;
        let compare = match find(table, "compare") {
            None => return Err(self.error(span.start, &join(path, "compare"), "the key is missing".to_owned())),
            Some(value) => match value.get_ref().as_str() {
                Some("lt") => Compare::Lt,
                Some("le") => Compare::Le,
                Some("gt") => Compare::Gt,
                Some("ge") => Compare::Ge,
                other => {
                    let found = other.unwrap_or(value.get_ref().type_str());
                    let problem = format!("`{found}` is no comparison; use `lt`, `le`, `gt` or `ge`");
                    return Err(self.error(value.span().start, &join(path, "compare"), problem));
                }
            },
        };
        let at = find(table, "at").map_or(Ok(Anchor::Current), |v| self.anchor(v, &join(path, "at")))?;
        let limit = match find(table, "limit") {
            None => None,
            Some(value) => self.limit(value, &join(path, "limit"))?,
        };
        let relative_to = match find(table, "relative_to") {
            None => Reference::None,
            Some(value) => match value.get_ref().as_str() {
                Some("none") => Reference::None,
                Some("uln") => Reference::Uln(limit),
                Some("lln") => Reference::Lln(limit),
                Some("current") if at != Anchor::Current => Reference::Value(Anchor::Current),
                Some("current") => {
                    let problem = "a value cannot be relative to itself; give `at` another visit".to_owned();
                    return Err(self.error(value.span().start, &join(path, "relative_to"), problem));
                }
                Some(
                    "baseline" | "previous" | "preflare" | "best" | "response" | "earlier" | "next" | "nadir"
                    | "best_response",
                ) => Reference::Value(self.anchor(value, &join(path, "relative_to"))?),
                other => {
                    let found = other.unwrap_or(value.get_ref().type_str());
                    let problem = format!(
                        "`{found}` is no reference; use `none`, `baseline`, `previous`, `preflare`, `best`, `response`, `earlier`, `next`, `nadir`, `best_response`, `uln` or `lln`"
                    );
                    return Err(self.error(value.span().start, &join(path, "relative_to"), problem));
                }
            },
        };
        let value = self.number_or(table, "value", path)?;
        let factor = self.number_or(table, "factor", path)?;
        match (&relative_to, value, factor) {
            (_, None, None) => {
                return Err(self.error(span.start, path, "`value` or `factor` is needed".to_owned()));
            }
            (Reference::None, _, Some(_)) => {
                let problem = "`factor` needs `relative_to`".to_owned();
                return Err(self.error(span.start, &join(path, "factor"), problem));
            }
            _ => {}
        }
        let floor = match find(table, "above") {
            None => Floor::Zero,
            Some(value) if value.get_ref().as_str() == Some("uln") => Floor::Uln(limit),
            Some(value) => Floor::Number(self.number(value, &join(path, "above"))?),
        };
        let missing = match find(table, "missing") {
            None => None,
            Some(value) => match value.get_ref().as_str() {
                Some("unknown") => None,
                Some("pass") => Some(true),
                Some("fail") => Some(false),
                _ => {
                    let problem = "use `unknown`, `pass` or `fail`".to_owned();
                    return Err(self.error(value.span().start, &join(path, "missing"), problem));
                }
            },
        };
        Ok(Criterion {
            measures,
            units,
            at,
            compare,
            factor: factor.unwrap_or(1.0),
            relative_to,
            offset: value.unwrap_or(0.0),
            floor,
            tolerance: self.days_or(table, "tolerance", path)?.unwrap_or(0.0),
            attributed: self.flag_or(table, "attributed", false, path)?,
            missing,
            key: path.to_owned(),
        })
    }

    /// A number, or the word of a parameter that says the row's own limit is used.
    fn limit(&self, value: &Value<'_>, path: &str) -> Result<Option<f64>, EndpointError> {
        if let Some(name) = value.get_ref().as_str()
            && let Some(parameter) = self.parameters.iter().find(|p| p.name == name)
            && parameter.value == ParameterValue::Word("row".to_owned())
        {
            return Ok(None);
        }
        self.number(value, path).map(Some)
    }

    fn measures(&self, table: &DeTable<'_>, path: &str) -> Result<MeasuresAndUnits, EndpointError> {
        let key = join(path, "measure");
        let Some(value) = find(table, "measure") else {
            return Err(self.error(0, &key, "the key is missing".to_owned()));
        };
        let names: Vec<(String, usize)> = match value.get_ref().as_array() {
            None => vec![(self.text(value, &key)?, value.span().start)],
            Some(items) if items.is_empty() => {
                return Err(self.error(value.span().start, &key, "the list of measures is empty".to_owned()));
            }
            Some(items) => {
                let read = |item: &Value<'_>| Ok((self.text(item, &key)?, item.span().start));
                items.iter().map(read).collect::<Result<_, EndpointError>>()?
            }
        };
        let mut measures = Vec::new();
        let mut units = Vec::new();
        let unit = find(table, "unit").map(|v| self.text(v, &join(path, "unit"))).transpose()?;
        for (name, offset) in names {
            let Some(index) = measure_index(&name) else {
                let near = hint(&name, MEASURES.iter().map(|m| m.id));
                return Err(self.error(offset, &key, format!("unknown measure `{name}`{near}")));
            };
            let measure: &Measure = MEASURES.get(index).unwrap_or(&MEASURES[0]);
            let unit = unit.clone().unwrap_or_else(|| measure.unit.to_owned());
            let Some(factor) = measure.factor_to(&unit) else {
                let problem = format!("`{unit}` is no unit of `{name}`; use {}", measure.accepted_units());
                return Err(self.error(
                    find(table, "unit").map_or(offset, |v| v.span().start),
                    &join(path, "unit"),
                    problem,
                ));
            };
            measures.push(index);
            units.push((unit, factor));
        }
        Ok((measures, units))
    }
}

fn parse_number(text: &str) -> Option<f64> {
    text.replace('_', "").parse::<f64>().ok()
}
