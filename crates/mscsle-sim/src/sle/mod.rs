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

#[cfg(test)]
mod tests {
    use mscsle_domain::{Trial, TrialOptions};
    use mscsle_endpoints::{Denominator, History, HistoryOptions, Response, ResponseOptions, definition, response};
    use std::sync::Arc;

    fn derived(cohort: &crate::Cohort, id: &str) -> Response {
        let trial = Trial::new(cohort.tables.clone(), TrialOptions::default()).unwrap();
        assert!(trial.findings().is_empty(), "{:?}", trial.findings());
        let history = Arc::new(History::from_trial(&trial, &HistoryOptions::default()));
        response(&history, &definition(id, &[]).unwrap(), &ResponseOptions::default()).unwrap()
    }

    /// Numerators of the first two states, over the counts given.
    fn pair(counts: &[mscsle_endpoints::Count], states: [&str; 2]) -> [usize; 2] {
        states.map(|s| counts.iter().filter(|c| c.state == s).map(|c| c.numerator).sum())
    }

    #[test]
    fn the_definition_msct_state_returns_the_responses_of_both_reports() {
        for seed in [3, 2014] {
            let paper = derived(&crate::generate("wang2014", seed).unwrap(), "msct_state");
            assert_eq!(pair(&paper.ever(Denominator::Enrolled), ["MCR", "PCR"]), [13, 11]);
            let at_6: Vec<_> = derived(&crate::generate("sun2012_1409", seed).unwrap(), "msct_state")
                .by_visit(Denominator::Enrolled)
                .into_iter()
                .filter(|c| c.month == 6.0)
                .collect();
            assert_eq!(pair(&at_6, ["MCR", "PCR"]), [14, 15]);
        }
    }

    #[test]
    fn the_definition_sat0244_returns_remission_at_five_years_and_ever() {
        for seed in [3, 244] {
            let renal = derived(&crate::generate("sat0244", seed).unwrap(), "sat0244");
            let states = [renal.definition.states[0].state.as_str(), renal.definition.states[1].state.as_str()];
            let last: Vec<_> =
                renal.by_visit(Denominator::AliveAtVisit).into_iter().filter(|c| c.month == 60.0).collect();
            assert_eq!(pair(&last, states), [22, 6]);
            assert_eq!(last[0].denominator, 68);
            assert_eq!(pair(&renal.ever(Denominator::Enrolled), states), [27, 10]);
        }
    }
}
