//! The table `parameters` of a definition and a caller's overrides.

use super::{Reader, find, join};
use crate::EndpointError;
use crate::definition::{Parameter, ParameterValue};
use crate::error::one_of;
use toml::de::{DeTable, DeValue};

impl Reader<'_> {
    pub(super) fn read_parameters(&mut self, top: &DeTable<'_>) -> Result<(), EndpointError> {
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

    pub(super) fn override_parameters(&mut self, overrides: &[(String, ParameterValue)]) -> Result<(), EndpointError> {
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
}
