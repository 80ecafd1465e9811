//! Trials written down as lines, for hand-made histories.

use mscsle_domain::{Column, Day, Table, TextColumn, Trial, TrialOptions};
use mscsle_endpoints::{
    Definition, History, HistoryOptions, MissingRule, Response, ResponseOptions, definition, response,
};
use std::sync::Arc;

/// A laboratory result: subject, visit label or empty, day since the first infusion or none, test, value, unit, ULN.
pub(crate) type Lab<'a> = (&'a str, &'a str, Option<i32>, &'a str, f64, &'a str, f64);

/// A visit: subject, label, day, planned month (NaN = unscheduled).
pub(crate) type Visit<'a> = (&'a str, &'a str, i32, f64);

pub(crate) const ZERO: Day = Day(14_000);

pub(crate) fn date(day: i32) -> String {
    Day(ZERO.0 + day).to_string()
}

fn text(values: impl IntoIterator<Item = Option<String>>) -> Column {
    let values: Vec<Option<String>> = values.into_iter().collect();
    Column::Text(TextColumn::from_values(values.iter().map(Option::as_deref)))
}

fn table(name: &str, columns: Vec<(&str, Column)>) -> Table {
    Table::new(name, columns.into_iter().map(|(n, c)| (n.to_owned(), c)).collect()).unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Study<'a> {
    pub(crate) subjects: Vec<&'a str>,
    pub(crate) visits: Vec<Visit<'a>>,
    pub(crate) labs: Vec<Lab<'a>>,
    /// Subject, visit and test of results that are not due to lupus.
    pub(crate) not_due: Vec<(&'a str, &'a str, &'a str)>,
    /// Subject, day of death or none, last contact or none.
    pub(crate) status: Vec<(&'a str, Option<i32>, Option<i32>)>,
    /// Subject, visit, what, value.
    pub(crate) assessments: Vec<(&'a str, &'a str, &'a str, &'a str)>,
    /// Subject, drug, mg a day, first day, last day.
    pub(crate) medications: Vec<(&'a str, &'a str, f64, i32, Option<i32>)>,
    /// Subject and day of further infusions.
    pub(crate) infusions: Vec<(&'a str, i32)>,
}

impl Study<'_> {
    pub(crate) fn trial(&self) -> Trial {
        let mut infusions: Vec<(&str, i32)> = self.subjects.iter().map(|s| (*s, 0)).collect();
        infusions.extend(&self.infusions);
        let mut tables = vec![
            table("subjects", vec![("usubjid", text(self.subjects.iter().map(|s| some(s))))]),
            table(
                "infusions",
                vec![
                    ("usubjid", text(infusions.iter().map(|(s, _)| some(s)))),
                    ("date", text(infusions.iter().map(|(_, day)| Some(date(*day))))),
                ],
            ),
        ];
        if !self.visits.is_empty() {
            tables.push(table(
                "visits",
                vec![
                    ("usubjid", text(self.visits.iter().map(|v| some(v.0)))),
                    ("visit", text(self.visits.iter().map(|v| some(v.1)))),
                    ("date", text(self.visits.iter().map(|v| Some(date(v.2))))),
                    ("planned_month", Column::Number(self.visits.iter().map(|v| v.3).collect())),
                ],
            ));
        }
        if !self.labs.is_empty() {
            let label = |l: &Lab<'_>| if l.1.is_empty() { None } else { some(l.1) };
            let not_due = |l: &Lab<'_>| self.not_due.contains(&(l.0, l.1, l.3));
            tables.push(table(
                "labs",
                vec![
                    ("due_to_sle", Column::Flag(self.labs.iter().map(|l| if not_due(l) { 0 } else { -1 }).collect())),
                    ("usubjid", text(self.labs.iter().map(|l| some(l.0)))),
                    ("visit", text(self.labs.iter().map(label))),
                    ("date", text(self.labs.iter().map(|l| l.2.map(date)))),
                    ("test", text(self.labs.iter().map(|l| some(l.3)))),
                    ("value", Column::Number(self.labs.iter().map(|l| l.4).collect())),
                    ("unit", text(self.labs.iter().map(|l| some(l.5)))),
                    ("uln", Column::Number(self.labs.iter().map(|l| l.6).collect())),
                ],
            ));
        }
        if !self.status.is_empty() {
            tables.push(table(
                "status",
                vec![
                    ("usubjid", text(self.status.iter().map(|s| some(s.0)))),
                    ("death_date", text(self.status.iter().map(|s| s.1.map(date)))),
                    ("last_contact_date", text(self.status.iter().map(|s| s.2.map(date)))),
                ],
            ));
        }
        if !self.assessments.is_empty() {
            tables.push(table(
                "assessments",
                vec![
                    ("usubjid", text(self.assessments.iter().map(|a| some(a.0)))),
                    ("visit", text(self.assessments.iter().map(|a| some(a.1)))),
                    ("what", text(self.assessments.iter().map(|a| some(a.2)))),
                    ("value", text(self.assessments.iter().map(|a| some(a.3)))),
                ],
            ));
        }
        if !self.medications.is_empty() {
            let n = self.medications.len();
            tables.push(table(
                "medications",
                vec![
                    ("usubjid", text(self.medications.iter().map(|m| some(m.0)))),
                    ("drug", text(self.medications.iter().map(|m| some(m.1)))),
                    ("dose", Column::Number(self.medications.iter().map(|m| m.2).collect())),
                    ("unit", text(vec![some("mg"); n])),
                    ("route", text(vec![some("oral"); n])),
                    ("frequency", text(vec![some("daily"); n])),
                    ("start_date", text(self.medications.iter().map(|m| Some(date(m.3))))),
                    ("end_date", text(self.medications.iter().map(|m| m.4.map(date)))),
                ],
            ));
        }
        Trial::new(tables, TrialOptions::default()).unwrap()
    }

    pub(crate) fn history(&self) -> Arc<History> {
        Arc::new(History::from_trial(&self.trial(), &HistoryOptions::default()))
    }

    pub(crate) fn response(&self, id: &str, missing: MissingRule) -> Response {
        self.response_by(&definition(id, &[]).unwrap(), missing)
    }

    pub(crate) fn response_by(&self, definition: &Definition, missing: MissingRule) -> Response {
        let options = ResponseOptions { missing, ..ResponseOptions::default() };
        response(&self.history(), definition, &options).unwrap()
    }
}

/// The values of one visit for `ginzler2005`: creatinine (ULN 100 umol/L), 24-h protein, red cells; NaN is left out.
pub(crate) fn renal<'a>(subject: &'a str, visit: &'a str, values: [f64; 3]) -> Vec<Lab<'a>> {
    let tests = [("creatinine", "umol/L", 100.0), ("protein_24h", "g/24 h", f64::NAN), ("urine_rbc", "/hpf", f64::NAN)];
    let rows = tests.into_iter().zip(values);
    rows.filter(|(_, value)| !value.is_nan())
        .map(|((test, unit, uln), value)| (subject, visit, None, test, value, unit, uln))
        .collect()
}

/// The state of a subject at a visit as text: a state, or `worst..best`.
pub(crate) fn state(response: &Response, subject: &str, visit: &str) -> String {
    let s = response.history.find_subject(subject).unwrap();
    let v = response.history.find_visit(s, visit).unwrap();
    let bounds = response.states[v];
    if !bounds.is_assessed() {
        return "not assessed".to_owned();
    }
    let name = |i: u8| response.definition.state_name(i.into()).to_owned();
    if bounds.is_determined() { name(bounds.upper) } else { format!("{}..{}", name(bounds.lower), name(bounds.upper)) }
}
