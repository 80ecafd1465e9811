//! States, groups and events of a definition.

use super::{CRITERION, EVENT, GROUP, Reader, STATE, Value, find, join};
use crate::EndpointError;
use crate::definition::{Kind, ParameterValue, StateRule};
use crate::error::one_of;
use crate::node::{Anchor, NewLetter, Node, Quantity, Since};
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
            self.only(table, &[STATE, GROUP].concat(), &path)?;
            if !self.applies(table, &path)? {
                continue;
            }
            let state = self.required_text(table, "state", &path)?;
            if states.iter().any(|other| other.state == state) {
                let problem = format!("state `{state}` appears twice");
                return Err(self.error(item.span().start, &join(&path, "state"), problem));
            }
            let label = find(table, "label").map_or(Ok(state.clone()), |v| self.text(v, &join(&path, "label")))?;
            let event = find(table, "event").map(|v| self.text(v, &join(&path, "event"))).transpose()?;
            let condition = match &event {
                Some(event) => self.event_state(table, event, kind, &path)?,
                // a state whose criteria all belong to another way of reading is left out
                None => match self.group(table, item.span(), &path)? {
                    Some(condition) => condition,
                    None => continue,
                },
            };
            let response = self.flag_or(table, "response", kind == Kind::Response, &path)?;
            states.push(StateRule { state, label, response, condition, event });
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
            let since = self.since(table, path)?;
            return Ok(Some(Node::Event { event, since, present, key: path.to_owned() }));
        }
        if let Some(letter) = find(table, "new_bilag") {
            self.only(table, &["new_bilag", "at_least", "relative_to", "when"], path)?;
            return self.new_bilag(table, letter, path).map(Some);
        }
        if find(table, "undecided").is_some() {
            self.only(table, &["undecided", "when"], path)?;
            return Ok(Some(Node::Undecided(self.required_text(table, "undecided", path)?)));
        }
        if ["all", "any", "none"].iter().all(|key| find(table, key).is_none()) {
            let problem =
                "a criterion needs `measure`, `absent`, `present`, `new_bilag`, `undecided`, `all`, `any` or `none`"
                    .to_owned();
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
        let given = ["all", "any", "none"].into_iter().filter_map(|key| Some((key, find(table, key)?)));
        let given: Vec<_> = given.collect();
        let [(key, list)] = given.as_slice() else {
            let problem = "exactly one of `all`, `any` and `none` is needed".to_owned();
            return Err(self.error(span.start, path, problem));
        };
        let (key, list) = (*key, *list);
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
        if key == "none" {
            node = Node::Not(Box::new(node));
        }
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
        self.period(table, node, path).map(Some)
    }

    /// A group at a month, over a period, or that counts only between two months.
    fn period(&self, table: &DeTable<'_>, node: Node, path: &str) -> Result<Node, EndpointError> {
        let (from, to) = (self.months_or(table, "from", path)?, self.months_or(table, "to", path)?);
        let within = self.months_or(table, "within", path)?;
        let month = self.months_or(table, "at", path)?;
        let inner = Box::new(node);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            let problem = "the period ends before it begins".to_owned();
            let key = if find(table, "to_week").is_some() { "to_week" } else { "to_month" };
            return Err(self.error(find(table, key).map_or(0, |v| v.span().start), &join(path, key), problem));
        }
        let Some(visits) = find(table, "visits") else {
            return Ok(match (month, from.or(to)) {
                (Some(_), Some(_)) => {
                    let problem = "a group is at a month or over a period, not both".to_owned();
                    return Err(self.error_at(
                        table,
                        if find(table, "at_week").is_some() { "at_week" } else { "at_month" },
                        problem,
                    ));
                }
                (Some(month), None) => Node::AtMonth { month, within: within.unwrap_or(0.0), inner },
                (None, _) if within.is_some() => {
                    let key = if find(table, "within_weeks").is_some() { "within_weeks" } else { "within_months" };
                    let problem = format!("`{key}` needs `visits` with a period, or `at_week` or `at_month`");
                    return Err(self.error_at(table, key, problem));
                }
                (None, Some(_)) => Node::Months { from: from.unwrap_or(0.0), to: to.unwrap_or(f64::INFINITY), inner },
                (None, None) => *inner,
            });
        };
        let quantity = match visits.get_ref().as_str() {
            Some("every") => Quantity::Every,
            Some("later") => Quantity::Later,
            Some("some") => Quantity::Some,
            other => {
                let found = other.unwrap_or(visits.get_ref().type_str());
                let problem = format!("`{found}` is not known; use `every`, `later` or `some`");
                return Err(self.error(visits.span().start, &join(path, "visits"), problem));
            }
        };
        let (Some(to), None) = (to, month) else {
            let problem = "a period needs its end, `to_week` or `to_month`, and no `at_week` or `at_month`".to_owned();
            return Err(self.error(visits.span().start, &join(path, "visits"), problem));
        };
        Ok(Node::Period { visits: quantity, from: from.unwrap_or(0.0), to, within: within.unwrap_or(0.0), inner })
    }

    /// A state of a flare that is a recorded event by itself.
    fn event_state(&self, table: &DeTable<'_>, event: &str, kind: Kind, path: &str) -> Result<Node, EndpointError> {
        let key = join(path, "event");
        if kind == Kind::Response {
            let problem = "only a state of a flare can be an event; use `present` in a criterion".to_owned();
            return Err(self.error_at(table, "event", problem).at_key(&key));
        }
        if let Some(other) = GROUP.iter().find(|name| **name != "when" && find(table, name).is_some()) {
            let problem = format!("a state that is an event has no criteria; leave out `{other}`");
            return Err(self.error_at(table, other, problem).at_key(&join(path, other)));
        }
        Ok(Node::Event { event: event.to_owned(), since: Since::TimeZero, present: true, key })
    }

    fn since(&self, table: &DeTable<'_>, path: &str) -> Result<Since, EndpointError> {
        let days = self.days_or(table, "within_days", path)?;
        let Some(value) = find(table, "since") else { return Ok(days.map_or(Since::Ever, Since::Days)) };
        let fail = |problem: String| Err(self.error(value.span().start, &join(path, "since"), problem));
        match (value.get_ref().as_str(), days) {
            (_, Some(_)) => fail("give `since` or `within_days`, not both".to_owned()),
            (Some("previous"), None) => Ok(Since::Previous),
            (Some("time_zero"), None) => Ok(Since::TimeZero),
            _ => fail("use `previous` or `time_zero`".to_owned()),
        }
    }

    fn new_bilag(&self, table: &DeTable<'_>, letter: &Value<'_>, path: &str) -> Result<Node, EndpointError> {
        let at_least = self.number_or(table, "at_least", path)?.unwrap_or(1.0);
        let letter = match letter.get_ref().as_str() {
            Some("A") => NewLetter::A,
            Some("B") => NewLetter::B,
            Some("AB") => NewLetter::AOrB,
            _ => {
                let problem = "use `A`, `B` or `AB`".to_owned();
                return Err(self.error(letter.span().start, &join(path, "new_bilag"), problem));
            }
        };
        if !(1.0..=12.0).contains(&at_least) {
            let problem = format!("must be from 1 to 12 systems, but is {at_least}");
            return Err(self.error_at(table, "at_least", problem).at_key(&join(path, "at_least")));
        }
        let relative_to = match find(table, "relative_to") {
            None => Anchor::BestResponse,
            Some(value) => {
                let key = join(path, "relative_to");
                let anchor = self.anchor(value, &key)?;
                if !matches!(anchor, Anchor::BestResponse | Anchor::Baseline | Anchor::Previous | Anchor::Earlier) {
                    let problem = "use `best_response`, `baseline`, `previous` or `earlier`".to_owned();
                    return Err(self.error(value.span().start, &key, problem));
                }
                anchor
            }
        };
        let at_least = at_least.ceil() as usize;
        Ok(Node::NewBilag { letter, relative_to, at_least, key: path.to_owned() })
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
