//! Strategies of intercurrent events, analysis sets, sustained response, and flares that are recorded events.

use crate::common::{Lab, Study, renal, state};
use mscsle_endpoints::{
    Bounds, Denominator, History, HistoryOptions, MissingRule, Response, ResponseOptions, Strategy, Unit, VisitState,
    definition, flare_times, flares, response,
};
use std::sync::Arc;

const CR: [f64; 3] = [80.0, 0.2, 1.0];
const NR: [f64; 3] = [80.0, 3.0, 20.0];

fn study() -> Study<'static> {
    let mut study = Study { subjects: vec!["A", "B"], ..Study::default() };
    for subject in ["A", "B"] {
        for (label, day, month) in [("M0", 0, 0.0), ("M3", 91, 3.0), ("M6", 183, 6.0), ("M12", 365, 12.0)] {
            if (subject, label) != ("A", "M12") {
                study.visits.push((subject, label, day, month));
                study.labs.extend(renal(subject, label, if month == 0.0 { NR } else { CR }));
            }
        }
    }
    study.assessments.push(("A", "M6", "rescue", "yes"));
    study
}

fn derived(study: &Study<'_>, strategies: &[(&str, Strategy)], missing: MissingRule) -> Response {
    let intercurrent = strategies.iter().map(|(event, s)| ((*event).to_owned(), *s)).collect();
    let options = ResponseOptions { missing, intercurrent, ..ResponseOptions::default() };
    response(&study.history(), &definition("ginzler2005", &[]).unwrap(), &options).unwrap()
}

#[test]
fn each_strategy_gives_its_own_states_from_the_event_on() {
    let by = |strategy| {
        let found = derived(&study(), &[("rescue", strategy)], MissingRule::Nri);
        ["M3", "M6"].map(|visit| state(&found, "A", visit))
    };
    assert_eq!(by(Strategy::Composite), ["CR", "NR"]);
    assert_eq!(by(Strategy::Hypothetical), ["CR", "NR..CR"]);
    assert_eq!(by(Strategy::WhileOnTreatment), ["CR", "CR"]);
    assert_eq!(by(Strategy::TreatmentPolicy), ["CR", "CR"]);
}

#[test]
fn a_visit_that_did_not_take_place_follows_the_strategy_too() {
    let at_m12 = |strategy| derived(&study(), &[("rescue", strategy)], MissingRule::Observed).state(0, 2);
    assert_eq!(at_m12(Strategy::Composite), VisitState::State(2));
    assert_eq!(at_m12(Strategy::Hypothetical), VisitState::Unknown(Bounds { upper: 0, lower: 2 }));
    assert_eq!(at_m12(Strategy::WhileOnTreatment), VisitState::State(0));
    assert_eq!(at_m12(Strategy::TreatmentPolicy), VisitState::NotAssessed);
    let other = derived(&study(), &[("rescue", Strategy::Composite)], MissingRule::Observed);
    assert_eq!(other.state(1, 2), VisitState::State(0), "nothing happened to B");
}

#[test]
fn why_names_the_event_and_what_treatment_policy_would_give() {
    let found = derived(&study(), &[("rescue", Strategy::Composite)], MissingRule::Nri);
    let trail = found.why("A", "M6").unwrap();
    let text = trail.sentences.join("\n");
    assert!(text.contains("intercurrent event `rescue` on day 183 (assessments row 0), strategy composite"), "{text}");
    let policy = trail.alternatives.iter().find(|a| a.choice == "intercurrent").unwrap();
    assert_eq!((policy.answer.as_str(), policy.differs), ("CR", true));
    assert!(found.statement().ends_with("intercurrent events: rescue composite"));
}

#[test]
fn while_alive_lets_the_last_state_before_death_stand() {
    let mut study = study();
    study.status.push(("A", Some(200), None));
    let at = |strategies: &[(&str, Strategy)]| {
        let counts = derived(&study, strategies, MissingRule::Nri).by_visit(Denominator::Enrolled);
        counts.into_iter().find(|c| c.visit == "M12" && c.state == "CR").map(|c| (c.numerator, c.denominator))
    };
    assert_eq!(at(&[]), Some((1, 2)));
    assert_eq!(at(&[("death", Strategy::WhileOnTreatment)]), Some((2, 2)));
}

#[test]
fn a_criterion_on_an_event_is_passed_over_under_treatment_policy() {
    let mut study = study();
    study.labs = ["M0", "M3", "M6"]
        .into_iter()
        .flat_map(|v| -> [Lab<'static>; 2] {
            let upcr = if v == "M0" { 3.0 } else { 0.3 };
            [("A", v, None, "upcr", upcr, "g/g", f64::NAN), ("A", v, None, "egfr", 90.0, "mL/min/1.73 m2", f64::NAN)]
        })
        .collect();
    let by = |strategies: Vec<(String, Strategy)>| {
        let options = ResponseOptions { intercurrent: strategies, ..ResponseOptions::default() };
        let found = response(&study.history(), &definition("regency_crr", &[]).unwrap(), &options).unwrap();
        state(&found, "A", "M6")
    };
    assert_eq!(by(Vec::new()), "NR", "the definition itself asks for no rescue");
    assert_eq!(by(vec![("rescue".to_owned(), Strategy::TreatmentPolicy)]), "CRR");
}

#[test]
fn an_analysis_set_keeps_its_subjects_and_nothing_else() {
    let whole = study().history();
    let history = Arc::new(whole.subset(&[false, true]));
    assert_eq!(history.subjects().len(), 1);
    assert_eq!(history.visits().len(), 4);
    let options = ResponseOptions::default();
    let found = response(&history, &definition("ginzler2005", &[]).unwrap(), &options).unwrap();
    assert_eq!(state(&found, "B", "M12"), "CR");
    assert_eq!(found.by_visit(Denominator::Enrolled)[0].denominator, 1);
    assert!(found.why("A", "M3").is_err());
    let all = whole.subset(&[true, true]);
    assert_eq!(format!("{all:?}"), format!("{whole:?}"), "missing numbers are unequal to themselves");
}

#[test]
fn a_sustained_response_must_hold_again() {
    let mut study = study();
    study.labs.retain(|lab| (lab.0, lab.1) != ("B", "M12"));
    study.labs.extend(renal("B", "M12", NR));
    let options = ResponseOptions { confirm_days: Some(60.0), ..ResponseOptions::default() };
    let found = response(&study.history(), &definition("ginzler2005", &[]).unwrap(), &options).unwrap();
    assert_eq!(state(&found, "B", "M3"), "CR");
    assert_ne!(state(&found, "B", "M6"), "CR", "not in remission at month 12");
    assert!(state(&found, "A", "M6").contains("CR"), "open: nothing confirms it");
    let negative = ResponseOptions { confirm_days: Some(-1.0), ..ResponseOptions::default() };
    assert!(response(&study.history(), &definition("ginzler2005", &[]).unwrap(), &negative).is_err());
}

#[test]
fn an_event_is_a_state_of_a_flare_on_its_own_day() {
    let mut study = study();
    study.status.push(("B", Some(200), None));
    let kidney = definition("kidney_outcome", &[]).unwrap();
    let found = flares(&study.history(), &kidney, None).unwrap();
    let first = found.first(1).unwrap();
    assert_eq!((first.day, first.visit, kidney.states[first.branch].state.as_str()), (200.0, None, "death"));
    let times = flare_times(&found, Unit::Days, mscsle_endpoints::Clock::Actual);
    let time = times.times.iter().find(|t| t.subject == 1).unwrap();
    assert_eq!((time.time, time.after), (200.0, 200.0), "known exactly");
}

#[test]
fn doubling_of_creatinine_must_last() {
    let mut study = study();
    study.labs.retain(|lab| !(lab.0 == "B" && lab.3 == "creatinine" && lab.1 != "M0"));
    for (visit, value) in [("M3", 160.0), ("M6", 100.0), ("M12", 170.0)] {
        study.labs.push(("B", visit, None, "creatinine", value, "umol/L", 100.0));
    }
    let kidney = definition("kidney_outcome", &[]).unwrap();
    assert!(flares(&study.history(), &kidney, None).unwrap().first(1).is_none(), "twice, but not in a row");
    study.labs.retain(|lab| !(lab.0 == "B" && lab.3 == "creatinine" && lab.1 == "M6"));
    study.labs.push(("B", "M6", None, "creatinine", 165.0, "umol/L", 100.0));
    let found = flares(&study.history(), &kidney, None).unwrap();
    let first = found.first(1).unwrap();
    assert_eq!((first.day, kidney.states[first.branch].state.as_str()), (91.0, "doubling"));
}

#[test]
fn courses_keep_their_own_dates() {
    let mut study = study();
    study.infusions = vec![("A", 7), ("A", 200)];
    let history = History::from_trial(&study.trial(), &HistoryOptions::default());
    let courses: Vec<(usize, u32, f64, f64, usize)> =
        history.courses().iter().map(|c| (c.subject, c.course, c.first_day, c.last_day, c.infusions)).collect();
    assert_eq!(courses, [(0, 1, 0.0, 7.0, 2), (0, 2, 200.0, 200.0, 1), (1, 1, 0.0, 0.0, 1)]);
}
