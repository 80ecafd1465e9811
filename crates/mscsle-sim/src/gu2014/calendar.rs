//! The patients of the cohort as records, with calendar dates.

use super::patient::Visit;
use super::{INFO, MONTHS, N, Patient};
use crate::calendar::people;
use crate::record::{Infusion, SubjectRecord, VisitRecord};
use crate::{Draws, SimError};
use mscsle_domain::Day;

/// First and last day on which the first infusion may fall: 2007-01-22 and 2010-12-21; the years are published.
const PERIOD: (Day, Day) = (Day(13_535), Day(14_964));

pub(super) fn records(patients: &[Patient], draws: &mut Draws) -> Result<Vec<SubjectRecord>, SimError> {
    let people = people(N, PERIOD.0, PERIOD.1, (366, 420), draws);
    if people.len() != patients.len() {
        return Err(SimError::NoCohort { cohort: INFO.id, property: format!("{N} patients") });
    }
    Ok(people
        .into_iter()
        .zip(patients)
        .enumerate()
        .map(|(i, (person, p))| {
            let prednisone = prednisone(10 * person.prednisone, &person, p);
            SubjectRecord {
                id: format!("GU-{:03}", i + 1),
                stratum: None,
                centre: 1,
                age: p.age,
                duration_months: p.duration_months,
                infusions: vec![Infusion { day: 0, course: 1, source: if p.umbilical_cord { "UC" } else { "BM" } }],
                visits: visit_records(&p.visits, &p.gfr, &p.letter),
                prednisone,
                indication: "lupus nephritis",
                death: p.death_day.map(|day| (day, Some("uncontrolled lupus nephritis"))),
                adverse_events: Vec::new(),
                person,
            }
        })
        .collect())
}

/// Visits with the recorded GFR and renal letter at 0 and 12 months.
pub(super) fn visit_records(
    visits: &[Visit],
    gfr: &[Option<i64>; 2],
    letter: &[Option<&'static str>; 2],
) -> Vec<VisitRecord> {
    visits
        .iter()
        .map(|u| {
            let slot = match u.planned {
                Some(0) => Some(0),
                Some(3) => Some(1),
                _ => None,
            };
            VisitRecord {
                planned_month: u.planned.map(|v| MONTHS[v]),
                values: u.values,
                sledai: u.sledai,
                bilag: slot.and_then(|s| letter[s]).map(|letter| ("renal", letter)).into_iter().collect(),
                gfr: slot.and_then(|s| gfr[s]),
            }
        })
        .collect()
}

/// Dose (0.1 mg) from each day on: lowered by three tenths at each planned visit, back to the first dose at a flare.
fn prednisone(first: i64, person: &crate::calendar::Person, p: &Patient) -> Vec<(i64, i64)> {
    let mut periods = vec![(first, i64::from(person.enrolled.0 - person.infusion.0))];
    let mut dose = first;
    for u in p.visits.iter().skip(1) {
        let next = if u.planned.is_none() { first } else { (dose * 7 / 250 * 25).max(50) };
        if next != dose {
            periods.push((next, u.values.day));
            dose = next;
        }
    }
    periods
}
