//! One comparison of a definition: measures and units, reference, threshold.

use super::{Reader, Value, find, join};
use crate::definition::ParameterValue;
use crate::measure::{MEASURES, measure_index};
use crate::node::{Anchor, Compare, Criterion, Floor, Reference};
use crate::{EndpointError, Measure};
use mscsle_domain::did_you_mean as hint;
use std::ops::Range;
use toml::de::DeTable;

/// Positions of measures, and for each the unit with the factor from the canonical one.
type MeasuresAndUnits = (Vec<usize>, Vec<(String, f64)>);

impl Reader<'_> {
    pub(super) fn criterion(
        &self,
        table: &DeTable<'_>,
        span: Range<usize>,
        path: &str,
    ) -> Result<Criterion, EndpointError> {
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
    pub(super) fn limit(&self, value: &Value<'_>, path: &str) -> Result<Option<f64>, EndpointError> {
        if let Some(name) = value.get_ref().as_str()
            && let Some(parameter) = self.parameters.iter().find(|p| p.name == name)
            && parameter.value == ParameterValue::Word("row".to_owned())
        {
            return Ok(None);
        }
        self.number(value, path).map(Some)
    }

    pub(super) fn measures(&self, table: &DeTable<'_>, path: &str) -> Result<MeasuresAndUnits, EndpointError> {
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
