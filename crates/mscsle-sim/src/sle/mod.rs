//! The lupus cohorts: Wang 2014, abstract 1409 of 2012 and SAT0244 of 2017.

mod draw;
mod rules;
pub(crate) mod sat0244;
pub(crate) mod wang;

use crate::calendar::Person;
use crate::record::{AdverseEvent, Infusion, SubjectRecord, VisitRecord};
use rules::{SYSTEMS, SleVisit};

/// What a cohort adds to the visits of a patient.
#[derive(Debug, Clone)]
struct Extra {
    stratum: Option<&'static str>,
    centre: i64,
    age: i64,
    duration_months: i64,
    infusions: Vec<Infusion>,
    death: Option<(i64, Option<&'static str>)>,
    adverse_events: Vec<AdverseEvent>,
}

/// The patients as records.
fn records(prefix: &str, people: Vec<Person>, visits: Vec<Vec<SleVisit>>, extras: Vec<Extra>) -> Vec<SubjectRecord> {
    people
        .into_iter()
        .zip(visits)
        .zip(extras)
        .enumerate()
        .map(|(i, ((person, visits), extra))| SubjectRecord {
            id: format!("{prefix}-{:03}", i + 1),
            stratum: extra.stratum,
            centre: extra.centre,
            age: extra.age,
            duration_months: extra.duration_months,
            infusions: extra.infusions,
            prednisone: prednisone(&visits, i64::from(person.enrolled.0 - person.infusion.0)),
            visits: visits.iter().map(visit).collect(),
            indication: "systemic lupus erythematosus",
            death: extra.death,
            adverse_events: extra.adverse_events,
            person,
        })
        .collect()
}

fn visit(u: &SleVisit) -> VisitRecord {
    VisitRecord {
        planned_month: Some(u.month),
        values: u.values,
        sledai: Some((u.items, u.total)),
        bilag: SYSTEMS.iter().zip(u.letters).map(|(system, letter)| (*system, letter.text())).collect(),
        gfr: None,
    }
}

/// Periods of one dose; the first begins at enrolment, a change on the day of its visit.
fn prednisone(visits: &[SleVisit], enrolled: i64) -> Vec<(i64, i64)> {
    let mut periods: Vec<(i64, i64)> = Vec::new();
    for u in visits {
        match periods.last() {
            None => periods.push((u.prednisone, enrolled)),
            Some((dose, _)) if *dose != u.prednisone => periods.push((u.prednisone, u.values.day)),
            Some(_) => {}
        }
    }
    periods
}

/// Student's statistic of changes against zero.
fn paired_t(changes: &[f64]) -> f64 {
    let n = changes.len() as f64;
    let mean = changes.iter().sum::<f64>() / n;
    let variance = changes.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    mean / libm::sqrt(variance / n)
}
