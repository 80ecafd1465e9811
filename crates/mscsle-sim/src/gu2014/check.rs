//! Whether drawn patients come out as wanted, decided by the definitions `ginzler2005` and `maintain2010` themselves.

use super::patient::{Flare, Response, Visit, Wanted};
use super::{MONTHS, calendar};
use crate::SimError;
use crate::calendar::Person;
use crate::record::{Infusion, SubjectRecord, TableOptions, tables};
use mscsle_domain::{Day, Trial, TrialOptions};
use mscsle_endpoints::{
    Definition, Flares, History, HistoryOptions, ResponseOptions, VisitState, definition, flares, response,
};
use std::sync::Arc;

/// A day on which nobody was infused; only distances between days matter here.
const ANY_DAY: Day = Day(14_000);

/// For each patient, whether the definitions return the labels and the first flare that are wanted.
pub(super) fn as_wanted(wanted: &[Wanted], visits: &[Vec<Visit>]) -> Result<Vec<bool>, SimError> {
    let records: Vec<SubjectRecord> = visits.iter().enumerate().map(|(i, v)| record(i, v)).collect();
    let trial = Trial::new(tables(&records, TableOptions::default())?, TrialOptions::default())?;
    let history = Arc::new(History::from_trial(&trial, &HistoryOptions::default()));
    let responses = Arc::new(response(&history, &definition("ginzler2005", &[])?, &ResponseOptions::default())?);
    let renal_flares = flares(&history, &definition("maintain2010", &[])?, Some(&responses))?;
    let month_of = |k: usize| responses.planned.get(k).and_then(|&p| history.planned().get(p)).map(|p| p.month);
    Ok(wanted
        .iter()
        .enumerate()
        .map(|(i, wanted)| {
            let labels = (1..MONTHS.len()).all(|v| {
                let k = (0..responses.planned.len()).find(|&k| month_of(k) == Some(MONTHS[v] as f64));
                let got = match k.map(|k| responses.state(i, k)) {
                    Some(VisitState::State(state)) => label(&responses.definition, state),
                    _ => None,
                };
                got == wanted.labels[v]
            });
            labels && first_flare(&renal_flares, i) == wanted.flare
        })
        .collect())
}

fn label(definition: &Definition, state: u8) -> Option<Response> {
    match definition.states.get(usize::from(state)).map(|s| s.state.as_str()) {
        Some("CR") => Some(Response::Complete),
        Some("PR") => Some(Response::Partial),
        Some(_) => None,
        None => Some(Response::None),
    }
}

fn first_flare(flares: &Flares, subject: usize) -> Option<Flare> {
    let branch = flares.first(subject)?.branch;
    match flares.definition.states.get(branch).map(|s| s.state.as_str()) {
        Some("nephrotic") => Some(Flare::Nephrotic),
        Some("creatinine") => Some(Flare::Creatinine),
        Some("protein_c3") => Some(Flare::Protein),
        _ => None,
    }
}

fn record(i: usize, visits: &[Visit]) -> SubjectRecord {
    SubjectRecord {
        id: format!("{i}"),
        stratum: None,
        centre: 1,
        age: 30,
        duration_months: 12,
        person: Person {
            female: true,
            weight: 500,
            infusion: ANY_DAY,
            enrolled: ANY_DAY,
            last_contact: 366,
            prednisone: 0,
        },
        infusions: vec![Infusion { day: 0, course: 1, source: "UC" }],
        visits: calendar::visit_records(visits, &[None; 2], &[None; 2]),
        prednisone: Vec::new(),
        indication: "",
        death: None,
        adverse_events: Vec::new(),
    }
}
