//! From the TOML text of a definition to its compiled form, with line and key in every message.

mod condition;
mod criterion;
mod parameters;

use crate::EndpointError;
use crate::definition::{Definition, FlareScope, Kind, Parameter, ParameterValue};
use crate::error::one_of;
use crate::expression::evaluate;
use crate::history::MONTH_DAYS;
use mscsle_domain::did_you_mean as hint;
use mscsle_scoring::Confidence;
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
    "assessed_from_month",
    "assessed_from_week",
    "parameters",
    "states",
    "not_evaluable",
];
const STATE: &[&str] = &["state", "label", "response", "event"];
/// Keys of a group; a state has them beside its own.
const GROUP: &[&str] = &[
    "all",
    "any",
    "none",
    "at",
    "earlier_within_days",
    "visits",
    "from_month",
    "to_month",
    "from_week",
    "to_week",
    "at_month",
    "at_week",
    "within_months",
    "within_weeks",
    "confirm_days",
    "when",
];
const EVENT: &[&str] = &["absent", "present", "within_days", "since", "when"];
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
        assessed_from: reader.months_or(top, "assessed_from", "")?.unwrap_or(f64::NEG_INFINITY),
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

    /// `<key>_month` or `<key>_week`, in months.
    fn months_or(&self, table: &DeTable<'_>, key: &str, path: &str) -> Result<Option<f64>, EndpointError> {
        // within_months and within_weeks are plural
        let plural = if key == "within" { "s" } else { "" };
        let (month, week) = (format!("{key}_month{plural}"), format!("{key}_week{plural}"));
        match (self.days_or(table, &month, path)?, self.days_or(table, &week, path)?) {
            (Some(_), Some(_)) => Err(self.error_at(table, &week, format!("give `{month}` or `{week}`, not both"))),
            (Some(months), None) => Ok(Some(months)),
            (None, Some(weeks)) => Ok(Some(weeks * 7.0 / MONTH_DAYS)),
            (None, None) => Ok(None),
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
}

fn parse_number(text: &str) -> Option<f64> {
    text.replace('_', "").parse::<f64>().ok()
}
