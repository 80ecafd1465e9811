//! Limits of normal that a definition compares with and no row has.

use crate::measure::MEASURES;
use crate::node::{Floor, Reference};
use crate::response::{Response, Source};
use mscsle_domain::{Finding, Findings, Severity};

impl Response {
    /// One finding for each measure and limit (`uln`, `lln`) that the definition compares with and no row of the trial
    /// has: what is compared with it stays undecided. Empty for recorded states.
    #[must_use]
    pub fn missing_limits(&self) -> Findings {
        let mut absent: Vec<(usize, &'static str, Vec<&str>)> = Vec::new();
        if matches!(self.source, Source::Recorded(_)) {
            return Vec::new();
        }
        for state in &self.definition.states {
            state.condition.each_criterion(&mut |criterion| {
                if criterion.missing.is_some() {
                    return;
                }
                let mut limits = Vec::new();
                if criterion.relative_to == Reference::Uln(None) || criterion.floor == Floor::Uln(None) {
                    limits.push("uln");
                }
                if criterion.relative_to == Reference::Lln(None) {
                    limits.push("lln");
                }
                for (&measure, limit) in criterion.measures.iter().flat_map(|m| limits.iter().map(move |l| (m, *l))) {
                    if !self.has_no(measure, limit) {
                        continue;
                    }
                    match absent.iter_mut().find(|(m, l, _)| (*m, *l) == (measure, limit)) {
                        Some((_, _, states)) if states.contains(&state.state.as_str()) => {}
                        Some((_, _, states)) => states.push(&state.state),
                        None => absent.push((measure, limit, vec![&state.state])),
                    }
                }
            });
        }
        let finding = |(measure, limit, states): (usize, &str, Vec<&str>)| {
            let (id, table) = MEASURES.get(measure).map_or(("", ""), |m| (m.id, m.table));
            Finding {
                table: table.to_owned(),
                row: None,
                column: Some(limit.to_owned()),
                subject: None,
                value: None,
                rule: "no_limit_of_normal",
                severity: Severity::Error,
                message: format!(
                    "no row of `{id}` has `{limit}`; {} of `{}` cannot be decided where compared with it",
                    states.join(" and "),
                    self.definition.id
                ),
            }
        };
        absent.into_iter().map(finding).collect()
    }

    /// Whether the measure has values, and none of them the limit.
    fn has_no(&self, measure: usize, limit: &str) -> bool {
        let Some(column) = self.history.measure(measure) else { return false };
        let mut known = column.visits.iter().chain(&column.baseline).filter(|cell| cell.is_known()).peekable();
        known.peek().is_some() && known.all(|cell| if limit == "uln" { cell.uln } else { cell.lln }.is_nan())
    }
}
