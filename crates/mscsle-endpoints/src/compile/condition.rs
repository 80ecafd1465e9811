//! States, groups and events of a definition.

use super::{CRITERION, EVENT, GROUP, Reader, STATE, Value, find, join};
use crate::EndpointError;
use crate::definition::{Anchor, Kind, Node, ParameterValue, StateRule};
use crate::error::one_of;
use mscsle_domain::did_you_mean as hint;
use std::ops::Range;
use toml::de::DeTable;

impl Reader<'_> {
    pub(super) fn read_states(&self, top: &DeTable<'_>, kind: Kind) -> Result<Vec<StateRule>, EndpointError> {
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
    pub(super) fn condition(&self, value: &Value<'_>, path: &str) -> Result<Option<Node>, EndpointError> {
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

    pub(super) fn applies(&self, table: &DeTable<'_>, path: &str) -> Result<bool, EndpointError> {
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

    pub(super) fn group(
        &self,
        table: &DeTable<'_>,
        span: Range<usize>,
        path: &str,
    ) -> Result<Option<Node>, EndpointError> {
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

    pub(super) fn anchor(&self, value: &Value<'_>, path: &str) -> Result<Anchor, EndpointError> {
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
}
