//! Worked vectors of the renal definitions, each under its id.

use crate::common::{Lab, Study, state};
use mscsle_endpoints::{
    Definition, EndpointError, MissingRule, ParameterValue, ResponseOptions, definition, flares, response,
};
use std::sync::Arc;

const NAN: f64 = f64::NAN;

fn lab(visit: &'static str, test: &'static str, value: f64, unit: &'static str) -> Lab<'static> {
    ("A", visit, None, test, value, unit, NAN)
}

/// UPCR in g/g and eGFR at baseline and at month 6; the eGFR before the flare; prednisone 5 mg, no rescue.
fn study(upcr: [f64; 2], egfr: [f64; 2], preflare: &'static str) -> Study<'static> {
    let mut study = Study {
        subjects: vec!["A"],
        visits: vec![("A", "M0", 0, 0.0), ("A", "M6", 183, 6.0)],
        medications: vec![("A", "prednisone", 5.0, -10, None)],
        assessments: vec![("A", "M0", "preflare_egfr", preflare)],
        ..Study::default()
    };
    for (i, visit) in ["M0", "M6"].into_iter().enumerate() {
        study.labs.push(lab(visit, "upcr", upcr[i], "g/g"));
        study.labs.push(lab(visit, "egfr", egfr[i], "mL/min/1.73 m2"));
    }
    study
}

fn by(study: &Study<'_>, id: &str, overrides: &[(&str, f64)]) -> String {
    let overrides: Vec<(String, ParameterValue)> =
        overrides.iter().map(|(name, value)| ((*name).to_owned(), ParameterValue::Number(*value))).collect();
    state(&study.response_by(&definition(id, &overrides).unwrap(), MissingRule::Nri), "A", "M6")
}

#[test]
fn tv_26_half_a_gram_is_a_response_by_some_rules_only() {
    let study = study([3.0, 0.50], [70.0, 62.0], "70");
    assert_eq!(by(&study, "blissln_crr", &[]), "NR");
    assert_eq!(by(&study, "blissln_perr", &[]), "PERR");
    assert_eq!(by(&study, "kdigo2024_perr", &[]), "PERR");
    assert_eq!(by(&study, "aurora1_crr", &[]), "CRR");
    assert_eq!(by(&study, "regency_crr", &[]), "NR", "0.50 is not below 0.5");
    assert_eq!(by(&study, "kdigo2024", &[]), "PR", "eGFR fell by 11.4 %");
    assert_eq!(by(&study, "kdigo2024", &[("egfr_fall", 0.10)]), "NR");
}

#[test]
fn tv_27_a_fall_of_egfr_by_16_percent_divides_the_rules() {
    let study = study([1.2, 0.45], [100.0, 84.0], "100");
    assert_eq!(by(&study, "aurora1_crr", &[]), "CRR");
    assert_eq!(by(&study, "blissln_perr", &[]), "PERR");
    assert_eq!(by(&study, "blissln_crr", &[]), "NR");
    assert_eq!(by(&study, "regency_crr", &[]), "NR");
    assert_eq!(by(&study, "kdigo2024", &[]), "NR");
}

#[test]
fn tv_28_partial_response_from_six_grams() {
    assert_eq!(by(&study([6.0, 2.9], [80.0, 80.0], "80"), "kdigo2024", &[]), "PR");
    assert_eq!(by(&study([6.0, 3.0], [80.0, 80.0], "80"), "kdigo2024", &[]), "NR", "must be below 3");
}

#[test]
fn tv_29_the_data_are_converted_never_the_threshold() {
    let mut study = study([3.0, NAN], [80.0, 80.0], "80");
    study.labs.retain(|lab| !lab.4.is_nan());
    study.labs.push(lab("M6", "upcr", 52.0, "mg/mmol"));
    assert_eq!(by(&study, "kdigo2024", &[]), "CR", "0.45969 g/g");
    assert_ne!(by(&study, "eular_era2012", &[]), "CR", "52 is not below 50 mg/mmol");
}

/// In response at month 3 by a rule that always holds, then one visit.
fn relapse(id: &str, before: &[Lab<'static>], now: &[Lab<'static>]) -> Option<String> {
    let always = r#"
id = "always"
version = "1"
kind = "response"
citation = "test"
confidence = "H"
otherwise = "NR"
[[states]]
state = "R"
all = [{ measure = "albumin", compare = "ge", value = 0 }]
"#;
    let mut study = Study {
        subjects: vec!["A"],
        visits: vec![("A", "M0", 0, 0.0), ("A", "M3", 91, 3.0), ("A", "M6", 183, 6.0)],
        ..Study::default()
    };
    study.labs.push(lab("M3", "albumin", 40.0, "g/L"));
    study.labs.extend(before);
    study.labs.extend(now);
    let always = Definition::from_toml(always, &[]).unwrap();
    let response = Arc::new(study.response_by(&always, MissingRule::Nri));
    let found = flares(&response.history, &definition(id, &[]).unwrap(), Some(&response)).unwrap();
    found.flares.first().map(|flare| found.definition.states[flare.branch].state.clone())
}

fn kdigo(upcr: [f64; 2], creatinine: [f64; 2]) -> Option<String> {
    let visit = |label, i: usize| {
        vec![
            lab(label, "upcr", upcr[i], "mg/g"),
            lab(label, "creatinine", creatinine[i], "mg/dL"),
            lab(label, "urine_rbc", 1.0, "/hpf"),
            lab(label, "urine_casts", 0.0, "/hpf"),
        ]
    };
    relapse("kdigo2012_relapse", &visit("M3", 0), &visit("M6", 1))
}

#[test]
fn tv_30_relapse_by_the_protein_to_creatinine_ratio() {
    let same = [1.0, 1.0];
    assert_eq!(kdigo([400.0, 1000.0], same).as_deref(), Some("moderate"));
    assert_eq!(kdigo([700.0, 1900.0], same), None);
    assert_eq!(kdigo([1500.0, 3000.0], same).as_deref(), Some("moderate"));
    assert_eq!(kdigo([800.0, 6000.0], same).as_deref(), Some("severe"));
    // the gaps of the table
    assert_eq!(kdigo([800.0, 5800.0], same).as_deref(), Some("moderate"), "an increase of exactly 5000");
    assert_eq!(kdigo([1500.0, 5200.0], same).as_deref(), Some("moderate"), "doubled, ratio above 5000");
    assert_eq!(kdigo([4000.0, 7000.0], same), None, "not doubled");
}

#[test]
fn tv_31_a_rise_of_two_tenths_is_a_rise_of_two_tenths() {
    let same = [400.0, 400.0];
    assert_eq!(kdigo(same, [1.2, 1.4]).as_deref(), Some("moderate"), "1.4 - 1.2 is 0.19999999999999996 in binary");
    assert_eq!(kdigo(same, [1.2, 1.39]), None);
    assert_eq!(kdigo(same, [1.2, 2.2]).as_deref(), Some("moderate"), "a rise of 1.0 is not above 1.0");
    assert_eq!(kdigo(same, [1.2, 2.21]).as_deref(), Some("severe"));
    assert_eq!(kdigo(same, [2.0, 2.3]), None, "from 2.0 a rise of 0.4 is asked for");
}

#[test]
fn a_mild_relapse_needs_acanthocytes_or_casts() {
    let visit = |label, rbc, casts| {
        vec![
            lab(label, "upcr", 400.0, "mg/g"),
            lab(label, "creatinine", 1.0, "mg/dL"),
            lab(label, "urine_rbc", rbc, "/hpf"),
            lab(label, "urine_casts", casts, "/hpf"),
        ]
    };
    assert_eq!(relapse("kdigo2012_relapse", &visit("M3", 1.0, 0.0), &visit("M6", 20.0, 0.0)), None);
    let casts = relapse("kdigo2012_relapse", &visit("M3", 1.0, 0.0), &visit("M6", 1.0, 1.0));
    assert_eq!(casts.as_deref(), Some("mild"));
}

#[test]
fn tv_32_proteinuric_flare_by_rise_or_doubling() {
    let moroni = |protein: [f64; 2], creatinine: [f64; 2]| {
        let visit = |label, i: usize| {
            [lab(label, "protein_24h", protein[i], "g/24 h"), lab(label, "creatinine", creatinine[i], "umol/L")]
        };
        relapse("moroni_proteinuric", &visit("M3", 0), &visit("M6", 1)).is_some()
    };
    let same = [80.0, 80.0];
    assert!(moroni([1.0, 3.0], same));
    assert!(!moroni([4.0, 7.9], same));
    assert!(moroni([4.0, 8.0], same));
    assert!(!moroni([1.0, 3.0], [80.0, 104.0]), "creatinine rose by 30 %");
}

#[test]
fn tv_33_flare_by_the_post_response_ratio() {
    let aurora = |upcr: [f64; 2]| {
        relapse("aurora2_flare", &[lab("M3", "upcr", upcr[0], "g/g")], &[lab("M6", "upcr", upcr[1], "g/g")]).is_some()
    };
    assert!(aurora([0.15, 1.05]));
    assert!(!aurora([0.5, 1.5]));
    assert!(aurora([0.5, 2.1]));
    assert!(!aurora([1.1, 9.0]), "undefined from above 1.0");
}

#[test]
fn a_rise_of_egfr_never_disqualifies() {
    assert_eq!(by(&study([3.0, 0.4], [70.0, 98.0], "70"), "kdigo2024", &[]), "CR");
    assert_eq!(by(&study([3.0, 0.4], [70.0, 98.0], "70"), "blissln_crr", &[]), "CRR");
}

#[test]
fn without_a_value_before_the_flare_only_the_absolute_limit_can_pass() {
    let mut low = study([3.0, 0.4], [55.0, 55.0], "55");
    assert_eq!(by(&low, "blissln_perr", &[]), "PERR");
    low.assessments.clear();
    assert_eq!(by(&low, "blissln_perr", &[]), "NR");
    let mut high = study([3.0, 0.4], [65.0, 65.0], "65");
    high.assessments.clear();
    assert_eq!(by(&high, "blissln_perr", &[]), "PERR");
}

#[test]
fn dutch_needs_the_creatinine_before_the_flare_or_another_reference() {
    let mut study = study([3.0, 0.4], [70.0, 70.0], "70");
    for (visit, protein) in [("M0", 3.0), ("M6", 0.4)] {
        study.labs.push(lab(visit, "protein_24h", protein, "g/24 h"));
        study.labs.push(lab(visit, "creatinine", 80.0, "umol/L"));
    }
    let dutch = definition("dutch", &[]).unwrap();
    let error = response(&study.history(), &dutch, &ResponseOptions::default()).unwrap_err();
    assert!(matches!(&error, EndpointError::MissingInput { measure, .. } if measure == "preflare_creatinine"));
    let overrides = [("reference".to_owned(), ParameterValue::Word("baseline".to_owned()))];
    let dutch = definition("dutch", &overrides).unwrap();
    assert_eq!(state(&study.response_by(&dutch, MissingRule::Nri), "A", "M6"), "CR");
}

#[test]
fn steroids_in_the_last_weeks_exclude_a_response() {
    let mut study = study([3.0, 0.3], [70.0, 70.0], "70");
    study.medications = vec![("A", "prednisone", 5.0, -10, Some(149)), ("A", "prednisone", 20.0, 150, Some(152))];
    assert_eq!(by(&study, "aurora1_crr", &[]), "PRR", "three consecutive days above 10 mg");
    study.medications[1].4 = Some(151);
    assert_eq!(by(&study, "aurora1_crr", &[]), "CRR");
    assert_eq!(by(&study, "regency_crr", &[]), "CRR");
    assert_eq!(by(&study, "regency_crr_low_steroid", &[]), "NR");
}

#[test]
fn rescue_and_treatment_failure_exclude_a_response_from_then_on() {
    let mut study = study([3.0, 0.3], [70.0, 70.0], "70");
    study.assessments.push(("A", "M0", "rescue", "yes"));
    assert_eq!(by(&study, "regency_crr", &[]), "NR");
    assert_eq!(by(&study, "blissln_crr", &[]), "CRR", "that rule asks for treatment failure");
    study.assessments[1].2 = "treatment_failure";
    assert_eq!(by(&study, "blissln_crr", &[]), "NR");
}

#[test]
fn sustained_means_at_the_next_visit_too() {
    let mut study = study([3.0, 0.6], [70.0, 70.0], "70");
    study.visits.push(("A", "M9", 274, 9.0));
    study.labs.push(lab("M9", "upcr", 0.6, "g/g"));
    assert_eq!(by(&study, "aurora2_adequate", &[]), "ADEQUATE");
    study.labs.last_mut().unwrap().4 = 0.8;
    assert_eq!(by(&study, "aurora2_adequate", &[]), "NR");
    study.labs.pop();
    assert_eq!(by(&study, "aurora2_adequate", &[]), "NR..ADEQUATE");
}

#[test]
fn the_milestone_asks_for_more_from_month_six() {
    let eular = |upcr: f64| by(&study([4.0, upcr], [70.0, 70.0], "70"), "eular2023", &[]);
    assert_eq!((eular(0.49).as_str(), eular(2.0).as_str(), eular(2.9).as_str()), ("CR", "MILESTONE", "NR"));
    assert_eq!(by(&study([4.0, 2.9], [70.0, 70.0], "70"), "eular2023", &[("late_from_month", 9.0)]), "MILESTONE");
}

#[test]
fn a_baseline_below_the_threshold_is_not_evaluable() {
    let study = study([0.4, 0.3], [70.0, 70.0], "70");
    let found = study.response_by(&definition("kdigo2024", &[]).unwrap(), MissingRule::Nri);
    assert_eq!(found.evaluable, [Some(false)]);
    assert_eq!(state(&found, "A", "M6"), "CR");
}

#[test]
fn a_bliss_flare_counts_from_baseline_and_must_be_reproduced() {
    let bliss = |m6: f64, m9: f64| {
        let mut study = Study {
            subjects: vec!["A"],
            visits: vec![("A", "M0", 0, 0.0), ("A", "M6", 183, 6.0), ("A", "M9", 274, 9.0)],
            ..Study::default()
        };
        for (visit, protein) in [("M0", 0.1), ("M6", m6), ("M9", m9)] {
            study.labs.push(lab(visit, "protein_24h", protein, "g/24 h"));
            study.labs.push(lab(visit, "creatinine", 80.0, "umol/L"));
            study.labs.push(lab(visit, "urine_rbc", 1.0, "/hpf"));
        }
        flares(&study.history(), &definition("bliss_renal", &[]).unwrap(), None).unwrap().flares.len()
    };
    assert_eq!((bliss(1.2, 1.1), bliss(1.2, 0.3), bliss(1.0, 1.0)), (1, 0, 0));
}
