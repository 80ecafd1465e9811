//! Responses over hand-made histories.

use crate::common::{Lab, Study, Visit, renal, state};
use mscsle_endpoints::{
    Cause, Clock, Definition, Denominator, EndpointError, History, HistoryOptions, MissingRule, ParameterValue,
    ResponseOptions, SameVisit, Source, Target, TimeColumns, Unit, definition, response, time_to,
};
use std::sync::Arc;

const NAN: f64 = f64::NAN;

fn visits(subject: &str) -> Vec<Visit<'_>> {
    vec![(subject, "M0", 0, 0.0), (subject, "M3", 91, 3.0), (subject, "M6", 183, 6.0), (subject, "M12", 365, 12.0)]
}

/// One subject with a baseline and one later visit.
fn one(baseline: [f64; 3], now: [f64; 3]) -> Study<'static> {
    let mut labs = renal("A", "M0", baseline);
    labs.extend(renal("A", "M3", now));
    Study { subjects: vec!["A"], visits: visits("A"), labs, ..Study::default() }
}

fn at_m3(baseline: [f64; 3], now: [f64; 3]) -> String {
    state(&one(baseline, now).response("ginzler2005", MissingRule::Nri), "A", "M3")
}

#[test]
fn complete_remission_reaches_to_ten_percent_above_normal() {
    assert_eq!(at_m3([90.0, 3.0, 20.0], [110.0, 0.33, 5.5]), "CR");
    assert_eq!(at_m3([90.0, 3.0, 20.0], [110.0, 0.33, 5.6]), "NR", "creatinine above 1.10 x baseline");
    assert_eq!(at_m3([100.0, 3.0, 20.0], [110.0, 0.33, 5.6]), "PR");
    assert_eq!(at_m3([100.0, 3.0, 20.0], [110.0, 0.331, 5.0]), "PR");
}

#[test]
fn partial_remission_needs_half_of_every_abnormal_measure() {
    assert_eq!(at_m3([90.0, 3.0, 20.0], [90.0, 1.5, 10.0]), "PR");
    assert_eq!(at_m3([90.0, 3.0, 20.0], [90.0, 1.51, 10.0]), "NR");
    assert_eq!(at_m3([90.0, 3.0, 20.0], [90.0, 1.5, 10.1]), "NR");
    assert_eq!(at_m3([200.0, 3.0, 2.0], [101.0, 1.0, 2.0]), "NR", "an abnormal creatinine must be halved");
    assert_eq!(at_m3([200.0, 3.0, 2.0], [100.0, 1.0, 2.0]), "PR");
}

#[test]
fn a_measure_normal_at_baseline_may_not_worsen_by_more_than_ten_percent() {
    assert_eq!(at_m3([90.0, 3.0, 2.0], [90.0, 1.0, 3.0]), "NR");
    assert_eq!(at_m3([90.0, 3.0, 2.0], [90.0, 1.0, 2.2]), "PR");
}

#[test]
fn improvement_can_be_counted_in_the_excess_over_normal() {
    let study = one([90.0, 3.0, 2.0], [90.0, 1.6, 2.0]);
    let of = |word: &str| {
        let overrides = [("improvement_of".to_owned(), ParameterValue::Word(word.to_owned()))];
        let response = study.response_by(&definition("ginzler2005", &overrides).unwrap(), MissingRule::Nri);
        state(&response, "A", "M3")
    };
    // half of 3.0 is 1.5; half of the excess over 0.3 leaves 1.65
    assert_eq!((of("value").as_str(), of("excess").as_str()), ("NR", "PR"));
}

#[test]
fn a_missing_measure_leaves_the_states_that_are_still_possible() {
    assert_eq!(at_m3([90.0, 3.0, 20.0], [90.0, 0.2, NAN]), "NR..CR");
    assert_eq!(at_m3([90.0, 3.0, 20.0], [90.0, 1.0, NAN]), "NR..PR");
    assert_eq!(at_m3([90.0, 3.0, 20.0], [90.0, 2.9, NAN]), "NR", "what is known already fails");
    assert_eq!(at_m3([NAN, 3.0, 20.0], [90.0, 0.2, 1.0]), "CR", "complete remission does not look at the baseline");
}

#[test]
fn baseline_already_normal_is_not_evaluable_for_complete_remission() {
    let response = one([90.0, 0.2, 1.0], [90.0, 0.2, 1.0]).response("ginzler2005", MissingRule::Nri);
    assert_eq!(response.evaluable, [Some(false)]);
    assert_eq!(state(&response, "A", "M3"), "CR", "the state is still computed");
    let response = one([90.0, 2.0, 1.0], [90.0, 0.2, 1.0]).response("ginzler2005", MissingRule::Nri);
    assert_eq!(response.evaluable, [Some(true)]);
}

/// Ten enrolled, two dead, one missing, four in complete remission at the visit.
fn tv_40() -> Study<'static> {
    let ids = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];
    let mut study = Study { subjects: ids.to_vec(), ..Study::default() };
    for (i, id) in ids.into_iter().enumerate() {
        study.visits.push((id, "M0", 0, 0.0));
        study.labs.extend(renal(id, "M0", [90.0, 3.0, 20.0]));
        study.visits.push((id, "M3", 91, 3.0));
        // everyone who is dead or missing at month 6 was in remission at month 3
        let remission = [90.0, 0.2, 1.0];
        let active = [90.0, 3.0, 20.0];
        study.labs.extend(renal(id, "M3", if i < 7 { remission } else { active }));
        match i {
            0..4 => {
                study.visits.push((id, "M6", 183, 6.0));
                study.labs.extend(renal(id, "M6", remission));
            }
            4 | 5 => study.status.push((id, Some(120), Some(120))),
            6 => {}
            _ => {
                study.visits.push((id, "M6", 183, 6.0));
                study.labs.extend(renal(id, "M6", active));
            }
        }
    }
    study
}

fn cr_at_m6(missing: MissingRule, rule: Denominator) -> (usize, usize) {
    let counts = tv_40().response("ginzler2005", missing).by_visit(rule);
    let count = counts.iter().find(|c| c.visit == "M6" && c.state == "CR").unwrap();
    (count.numerator, count.denominator)
}

#[test]
fn tv_40_one_visit_has_a_percentage_for_each_denominator() {
    assert_eq!(cr_at_m6(MissingRule::Nri, Denominator::Enrolled), (4, 10));
    assert_eq!(cr_at_m6(MissingRule::Nri, Denominator::AliveAtVisit), (4, 8));
    assert_eq!(cr_at_m6(MissingRule::Nri, Denominator::AssessedAtVisit), (4, 7));
    assert_eq!(cr_at_m6(MissingRule::Observed, Denominator::AliveAtVisit), (4, 7));
    assert_eq!(cr_at_m6(MissingRule::Locf, Denominator::AliveAtVisit), (5, 8));
    assert_eq!(
        cr_at_m6(MissingRule::LocfWithDead, Denominator::Enrolled),
        (7, 10),
        "carrying forward exceeds them all"
    );
}

#[test]
fn intermittent_remission_is_ever_and_lost_and_back() {
    // complete at 3, none at 6, partial at 12 months
    let mut study = Study { subjects: vec!["A"], visits: visits("A"), ..Study::default() };
    study.labs.extend(renal("A", "M0", [90.0, 3.0, 20.0]));
    study.labs.extend(renal("A", "M3", [90.0, 0.2, 1.0]));
    study.labs.extend(renal("A", "M6", [90.0, 3.0, 20.0]));
    study.labs.extend(renal("A", "M12", [90.0, 1.0, 9.0]));
    let response = study.response("ginzler2005", MissingRule::Nri);
    let ever = response.ever(Denominator::Enrolled);
    assert_eq!(
        ever.iter().map(|c| (c.state.as_str(), c.numerator)).collect::<Vec<_>>(),
        [("CR", 1), ("PR", 0), ("response", 1)]
    );
    let lost: Vec<usize> = response.lost(Denominator::EverResponder).iter().map(|c| c.numerator).collect();
    assert_eq!(lost, [1, 0]);
    let first = time_to(&response, None, Target::FirstRemission, Unit::Months, Clock::Planned).unwrap();
    assert_eq!((first.times[0].time, first.times[0].cause, first.times[0].after), (3.0, Cause::Event, 0.0));
    let loss = time_to(&response, None, Target::LossOfResponse, Unit::Days, Clock::Actual).unwrap();
    assert_eq!((loss.times[0].time, loss.times[0].cause), (92.0, Cause::Event));
}

#[test]
fn complete_to_partial_is_no_loss() {
    let mut study = Study { subjects: vec!["A"], visits: visits("A"), ..Study::default() };
    study.labs.extend(renal("A", "M0", [90.0, 3.0, 20.0]));
    study.labs.extend(renal("A", "M3", [90.0, 0.2, 1.0]));
    study.labs.extend(renal("A", "M6", [90.0, 1.0, 1.0]));
    let response = study.response("ginzler2005", MissingRule::Nri);
    assert_eq!(response.loss(0), None);
}

#[test]
fn death_competes_and_lost_subjects_are_censored_at_their_last_determined_visit() {
    let mut study = Study { subjects: vec!["A", "B", "C"], ..Study::default() };
    for id in ["A", "B", "C"] {
        study.visits.extend([(id, "M0", 0, 0.0), (id, "M3", 95, 3.0)]);
        study.labs.extend(renal(id, "M0", [90.0, 3.0, 20.0]));
    }
    study.labs.extend(renal("A", "M3", [90.0, 3.0, 20.0]));
    study.labs.extend(renal("B", "M3", [90.0, 3.0, 20.0]));
    study.labs.extend(renal("C", "M3", [90.0, 0.2, NAN])); // open: not a determined visit
    study.status = vec![("A", Some(200), Some(200)), ("B", None, Some(300)), ("C", None, Some(300))];
    let response = study.response("ginzler2005", MissingRule::Nri);
    let of = |unit, clock| {
        let times = time_to(&response, None, Target::FirstRemission, unit, clock).unwrap().times;
        times.iter().map(|t| (t.time, t.cause)).collect::<Vec<_>>()
    };
    assert_eq!(of(Unit::Days, Clock::Actual), [(200.0, Cause::Death), (95.0, Cause::Censored), (0.0, Cause::Censored)]);
    assert_eq!(of(Unit::Months, Clock::Planned)[1], (3.0, Cause::Censored));
    let planned = time_to(&response, None, Target::FirstRemission, Unit::Months, Clock::Planned).unwrap();
    let ends: Vec<_> = planned.times.iter().map(|t| (t.end.name(), t.end_day, t.origin)).collect();
    assert_eq!(ends, [("death", 200.0, None), ("visit", 95.0, None), ("origin", 0.0, None)], "whatever the clock");
    let columns = TimeColumns::new(&planned, &study.history());
    assert_eq!(columns.end_visit, ["", "M3", ""]);
    assert_eq!(columns.end_date[1] - columns.start_date[1], 95.0);
    let death = time_to(&response, None, Target::Death, Unit::Days, Clock::Actual).unwrap().times;
    assert_eq!(
        death.iter().map(|t| (t.time, t.cause)).collect::<Vec<_>>(),
        [(200.0, Cause::Event), (300.0, Cause::Censored), (300.0, Cause::Censored)]
    );
}

#[test]
fn an_unscheduled_visit_is_never_a_first_response() {
    let mut study = Study { subjects: vec!["A"], visits: visits("A"), ..Study::default() };
    study.visits.push(("A", "U1", 120, NAN));
    study.labs.extend(renal("A", "M0", [90.0, 3.0, 20.0]));
    study.labs.extend(renal("A", "M3", [90.0, 3.0, 20.0]));
    study.labs.extend(renal("A", "U1", [90.0, 0.2, 1.0]));
    let response = study.response("ginzler2005", MissingRule::Nri);
    assert_eq!(state(&response, "A", "U1"), "CR");
    assert_eq!(response.first, [None]);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let study = tv_40();
    let mut shuffled = study.clone();
    shuffled.labs.reverse();
    shuffled.visits.reverse();
    shuffled.labs.rotate_left(7);
    for rule in Denominator::ALL {
        assert_eq!(
            study.response("ginzler2005", MissingRule::Nri).by_visit(rule),
            shuffled.response("ginzler2005", MissingRule::Nri).by_visit(rule)
        );
    }
}

#[test]
fn numerators_never_exceed_their_denominators() {
    let mut seed = 12_345u64;
    let mut draw = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let ids: Vec<String> = (0..60).map(|i| format!("S{i}")).collect();
    let mut study = Study { subjects: ids.iter().map(String::as_str).collect(), ..Study::default() };
    for id in &ids {
        for (label, day, month) in [("M0", 0, 0.0), ("M3", 91, 3.0), ("M6", 183, 6.0), ("M12", 365, 12.0)] {
            if draw(8) == 0 {
                continue;
            }
            study.visits.push((id, label, day, month));
            let values = [60.0 + draw(90) as f64, draw(40) as f64 / 10.0, draw(30) as f64];
            study.labs.extend(renal(id, label, values.map(|x| if draw(9) == 0 { NAN } else { x })));
        }
        if draw(5) == 0 {
            let day = draw(400) as i32;
            study.status.push((id, Some(day), Some(day)));
        }
    }
    for missing in MissingRule::ALL {
        let response = study.response("ginzler2005", missing);
        for rule in Denominator::ALL {
            let counts = [response.by_visit(rule), response.ever(rule), response.lost(rule)].concat();
            assert!(counts.iter().all(|c| c.numerator <= c.denominator), "{missing:?} {rule:?}");
            let ever = response.ever(rule);
            assert_eq!(ever[0].numerator + ever[1].numerator, ever[2].numerator);
        }
        let times = time_to(&response, None, Target::FirstRemission, Unit::Months, Clock::Actual).unwrap();
        assert!(times.times.iter().all(|t| t.time >= 0.0 && t.after <= t.time));
        let events = times.times.iter().filter(|t| t.cause == Cause::Event).count();
        assert_eq!(events, response.first.iter().flatten().count());
    }
}

#[test]
fn records_without_a_label_are_placed_by_day_and_by_window() {
    let lab = |day, value| -> Lab<'static> { ("A", "", Some(day), "protein_24h", value, "g/24 h", NAN) };
    let study = Study {
        subjects: vec!["A"],
        visits: vec![("A", "M0", 0, 0.0), ("A", "M3", 91, 3.0), ("A", "M6", 183, 6.0), ("A", "M12", 365, 12.0)],
        // day -3 is the baseline and the value of month 0; 86 and 97 lie in the window of month 3 (97 is nearer to 91.3);
        // 230 is the visit of month 6; 420 lies in the window of month 12
        labs: vec![lab(-3, 5.0), lab(86, 1.0), lab(97, 2.0), lab(183, 3.0), lab(420, 4.0)],
        ..Study::default()
    };
    let history = study.history();
    let protein = history.measure(mscsle_endpoints::measure_index("protein_24h").unwrap()).unwrap();
    let found: Vec<(String, f64, f64)> = (0..history.visits().len())
        .map(|v| (history.label(v).to_owned(), history.visits()[v].day, protein.visits[v].value))
        .filter(|(_, _, value)| !value.is_nan())
        .collect();
    assert_eq!(protein.baseline[0].value, 5.0);
    let expected = [("M0", 0.0, 5.0), ("D97", 97.0, 2.0), ("M3", 91.0, 1.0), ("M6", 183.0, 3.0), ("M12", 365.0, 4.0)];
    let nearest = (86.0f64 - 91.3125).abs() < (97.0f64 - 91.3125).abs();
    assert!(nearest, "86 is 5.3 days from the target, 97 is 5.7");
    let mut found: Vec<(&str, f64, f64)> = found.iter().map(|(l, d, v)| (l.as_str(), *d, *v)).collect();
    let mut expected = expected.to_vec();
    found.sort_by(|a, b| a.0.cmp(b.0));
    expected.sort_by(|a, b| a.0.cmp(b.0));
    assert_eq!(found, expected);
}

#[test]
fn two_values_of_one_visit_follow_the_rule_named() {
    let mut study = Study { subjects: vec!["A"], visits: visits("A"), ..Study::default() };
    let lab = |day, value| -> Lab<'static> { ("A", "M3", Some(day), "protein_24h", value, "g/24 h", NAN) };
    study.labs = vec![lab(91, 1.0), lab(92, 3.0)];
    let value = |same_visit| {
        let options = HistoryOptions { same_visit, ..HistoryOptions::default() };
        let history = History::from_trial(&study.trial(), &options);
        let visit = history.find_visit(0, "M3").unwrap();
        history.measure(mscsle_endpoints::measure_index("protein_24h").unwrap()).unwrap().visits[visit].value
    };
    assert_eq!([SameVisit::Mean, SameVisit::Worst, SameVisit::First, SameVisit::Last].map(value), [2.0, 3.0, 1.0, 3.0]);
}

#[test]
fn two_visits_planned_for_one_month_leave_one_planned() {
    let mut study = Study { subjects: vec!["A"], visits: visits("A"), ..Study::default() };
    study.visits.push(("A", "M3b", 95, 3.0));
    let history = study.history();
    let planned: Vec<&str> =
        (0..history.visits().len()).filter(|&v| history.visits()[v].is_planned()).map(|v| history.label(v)).collect();
    assert_eq!(planned, ["M0", "M3", "M6", "M12"], "day 91 is nearer to 91.3 than day 95");
    assert!(
        history.findings().iter().any(|f| f.rule == "duplicate_planned_visit" && f.value.as_deref() == Some("M3b"))
    );
}

#[test]
fn a_subject_without_baseline_or_infusion_does_not_stop_the_others() {
    let mut study = Study { subjects: vec!["A", "B"], ..Study::default() };
    study.visits = [visits("A"), visits("B")].concat();
    study.labs.extend(renal("A", "M0", [90.0, 3.0, 20.0]));
    study.labs.extend(renal("A", "M3", [90.0, 1.0, 9.0]));
    study.labs.extend(renal("B", "M3", [90.0, 1.0, 9.0]));
    let response = study.response("ginzler2005", MissingRule::Nri);
    assert_eq!(state(&response, "A", "M3"), "PR");
    assert_eq!(state(&response, "B", "M3"), "NR..PR");
    assert_eq!(response.evaluable, [Some(true), None]);
}

#[test]
fn an_input_that_is_nowhere_is_an_error_that_names_it() {
    let mut study = one([90.0, 3.0, 20.0], [90.0, 1.0, 9.0]);
    study.labs.retain(|lab| lab.3 != "urine_rbc");
    let definition = definition("ginzler2005", &[]).unwrap();
    let error = response(&study.history(), &definition, &ResponseOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "definition `ginzler2005` needs `urine_rbc`, but table `labs` has no usable value of it"
    );
}

#[test]
fn a_value_in_a_unit_that_is_none_is_a_finding_and_not_used() {
    let mut study = one([90.0, 3.0, 20.0], [90.0, 1.0, 9.0]);
    study.labs[4].5 = "furlong";
    let history = study.history();
    let response = study.response("ginzler2005", MissingRule::Nri);
    assert_eq!(state(&response, "A", "M3"), "NR..PR");
    let named = history.findings().iter().any(|f| f.rule == "unit_not_usable" && f.row == Some(4));
    // the checks of the trial may already have taken the value away
    assert!(named || study.trial().findings().iter().any(|f| f.row == Some(4) && f.table == "labs"));
}

#[test]
fn recorded_assessments_are_another_source_and_say_so() {
    let mut study = one([90.0, 3.0, 20.0], [90.0, 3.0, 20.0]);
    study.assessments = vec![("A", "M3", "renal_response", "CR"), ("A", "M6", "renal_response", "partial remission")];
    let options =
        ResponseOptions { source: Source::Recorded("renal_response".to_owned()), ..ResponseOptions::default() };
    let recorded = response(&study.history(), &definition("ginzler2005", &[]).unwrap(), &options).unwrap();
    assert_eq!((state(&recorded, "A", "M3").as_str(), state(&recorded, "A", "M6").as_str()), ("CR", "PR"));
    assert!(recorded.statement().contains("not derived"));
    let options = ResponseOptions { source: Source::Recorded("other".to_owned()), ..ResponseOptions::default() };
    let error = response(&study.history(), &definition("ginzler2005", &[]).unwrap(), &options).unwrap_err();
    assert!(matches!(error, EndpointError::NoRecordedAssessment { .. }));
}

#[test]
fn events_relative_values_and_confirmation_of_a_users_definition() {
    let text = r#"
id = "own"
version = "1"
kind = "response"
citation = "protocol"
confidence = "H"
otherwise = "NR"
[[states]]
state = "YES"
all = [
  { measure = "protein_24h", compare = "le", value = -1.0, relative_to = "baseline" },
  { absent = "rescue" },
  { measure = "creatinine", unit = "mg/dL", compare = "lt", value = 1.5, confirm_days = 28 },
]
"#;
    let own = Definition::from_toml(text, &[]).unwrap();
    let mut study = Study { subjects: vec!["A"], visits: visits("A"), ..Study::default() };
    for (visit, creatinine, protein) in [("M0", 90.0, 3.0), ("M3", 90.0, 2.0), ("M6", 90.0, 1.0), ("M12", 140.0, 1.0)] {
        study.labs.extend(renal("A", visit, [creatinine, protein, 5.0]));
    }
    let response = study.response_by(&own, MissingRule::Nri);
    assert_eq!(state(&response, "A", "M3"), "YES");
    assert_eq!(state(&response, "A", "M6"), "NR", "month 12 does not confirm the creatinine");
    assert_eq!(state(&response, "A", "M12"), "NR", "1.58 mg/dL is not below 1.5");
    study.assessments = vec![("A", "M3", "rescue", "yes")];
    assert_eq!(state(&study.response_by(&own, MissingRule::Nri), "A", "M3"), "NR");
    study.labs.retain(|lab| lab.1 != "M12" && lab.1 != "M6");
    study.assessments.clear();
    assert_eq!(state(&study.response_by(&own, MissingRule::Nri), "A", "M3"), "NR..YES", "nothing later confirms");
}

#[test]
fn prednisone_in_force_on_the_visit_day_is_a_measure() {
    let mut study = one([90.0, 3.0, 20.0], [90.0, 1.0, 9.0]);
    study.medications = vec![("A", "prednisone", 20.0, -30, Some(60)), ("A", "methylprednisolone", 8.0, 61, None)];
    let history = study.history();
    let column = history.measure(mscsle_endpoints::measure_index("prednisone").unwrap()).unwrap();
    let at = |label| column.visits[history.find_visit(0, label).unwrap()].value;
    assert_eq!((column.baseline[0].value, at("M3")), (20.0, 10.0));
}

#[test]
fn infusions_far_apart_are_another_course() {
    let mut study = one([90.0, 3.0, 20.0], [90.0, 1.0, 9.0]);
    study.infusions = vec![("A", 7), ("A", 200)];
    let history = study.history();
    let courses: Vec<(f64, u32)> = history.subjects()[0].infusions.iter().map(|i| (i.day, i.course)).collect();
    assert_eq!(courses, [(0.0, 1), (7.0, 1), (200.0, 2)]);
    assert!(history.subjects()[0].events.iter().any(|e| e.name == "repeat_infusion" && e.day == 200.0));
}

#[test]
fn why_names_the_component_that_decided_and_its_row() {
    let response = one([90.0, 3.0, 20.0], [90.0, 1.0, 9.0]).response("ginzler2005", MissingRule::Nri);
    let why = response.why("A", "M3").unwrap();
    assert_eq!((why.upper.as_str(), why.lower.as_str(), why.confidence.as_str()), ("PR", "PR", "M"));
    let cr: Vec<(&str, Option<u32>)> = why
        .steps
        .iter()
        .filter(|s| s.state == "CR" && s.decided)
        .map(|s| (s.measure.as_str(), s.source.map(|s| s.row)))
        .collect();
    assert_eq!(cr, [("protein_24h", Some(4)), ("urine_rbc", Some(5))]);
    assert!(why.sentences[0].contains("PR by ginzler2005 version 1 (confidence M, default choice)"));
    assert!(matches!(response.why("B", "M3"), Err(EndpointError::UnknownSubject { .. })));
    assert!(matches!(response.why("A", "M9"), Err(EndpointError::UnknownVisit { .. })));
    let absent = response.why("A", "M6").unwrap();
    assert!(absent.sentences[0].contains("not assessed"), "{:?}", absent.sentences);
}

#[test]
fn an_empty_trial_gives_empty_counts() {
    let study = Study { subjects: vec![], ..Study::default() };
    let history = Arc::new(History::from_trial(&study.trial(), &HistoryOptions::default()));
    assert!(history.visits().is_empty());
    let error = response(&history, &definition("ginzler2005", &[]).unwrap(), &ResponseOptions::default()).unwrap_err();
    assert!(matches!(error, EndpointError::MissingInput { .. }));
}
