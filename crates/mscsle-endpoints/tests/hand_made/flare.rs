//! Flares over hand-made histories.

use crate::common::{Lab, Study, renal};
use mscsle_endpoints::{
    Cause, Clock, Denominator, EndpointError, Flares, MissingRule, Target, Unit, definition, flares, time_to,
};
use std::sync::Arc;

const NAN: f64 = f64::NAN;

/// In complete remission at month 3 (protein 0.6 g/24 h is partial), then the visits given:
/// label, day, creatinine, protein, red cells, albumin, C3.
fn study(protein_m3: f64, later: &[(&'static str, i32, [f64; 5])]) -> Study<'static> {
    let mut study = Study { subjects: vec!["A"], ..Study::default() };
    let mut rows =
        vec![("M0", 0, 0.0, [90.0, 4.0, 20.0, 30.0, 0.6]), ("M3", 91, 3.0, [90.0, protein_m3, 1.0, 40.0, 0.9])];
    rows.extend(later.iter().map(|(label, day, values)| (*label, *day, NAN, *values)));
    for (label, day, month, [creatinine, protein, rbc, albumin, c3]) in rows {
        study.visits.push(("A", label, day, month));
        study.labs.extend(renal("A", label, [creatinine, protein, rbc]));
        let more: [Lab<'static>; 2] =
            [("A", label, None, "albumin", albumin, "g/L", NAN), ("A", label, None, "c3", c3, "g/L", NAN)];
        study.labs.extend(more.into_iter().filter(|lab| !lab.4.is_nan()));
    }
    study
}

fn derive(study: &Study<'_>) -> Flares {
    let response = Arc::new(study.response("ginzler2005", MissingRule::Nri));
    flares(&response.history, &definition("maintain2010", &[]).unwrap(), Some(&response)).unwrap()
}

fn found(study: &Study<'_>) -> Vec<(String, String, u32)> {
    let flares = derive(study);
    let columns = flares.columns();
    let number = flares.flares.iter().map(|f| f.number);
    columns.visit.into_iter().zip(columns.branch).zip(number).map(|((v, b), n)| (v, b, n)).collect()
}

fn is(found: &[(String, String, u32)], expected: &[(&str, &str, u32)]) -> bool {
    found.iter().map(|(v, b, n)| (v.as_str(), b.as_str(), *n)).eq(expected.iter().copied())
}

#[test]
fn nephrotic_syndrome_counts_only_when_new() {
    let found =
        found(&study(0.2, &[("U1", 130, [90.0, 3.0, 2.0, 34.9, 0.9]), ("U2", 170, [90.0, 4.0, 2.0, 30.0, 0.9])]));
    assert!(is(&found, &[("U1", "nephrotic", 1)]), "{found:?}");
}

#[test]
fn nephrotic_syndrome_needs_low_albumin() {
    assert!(found(&study(0.2, &[("U1", 130, [90.0, 3.0, 2.0, 35.0, 0.9])])).is_empty());
}

#[test]
fn creatinine_must_rise_by_a_third_within_31_days() {
    let rise = |day| found(&study(0.2, &[("U1", day, [119.7, 0.2, 1.0, 40.0, 0.9])]));
    assert!(is(&rise(122), &[("U1", "creatinine", 1)]));
    assert!(rise(123).is_empty(), "32 days after month 3");
    assert!(found(&study(0.2, &[("U1", 122, [119.6, 0.2, 1.0, 40.0, 0.9])])).is_empty());
}

#[test]
fn protein_must_come_from_low_grade_with_haematuria_and_fall_of_c3() {
    let flare = |protein_m3, day, values| found(&study(protein_m3, &[("U1", day, values)]));
    assert!(is(&flare(0.5, 183, [90.0, 1.5, 6.0, 40.0, 0.603]), &[("U1", "protein_c3", 1)]));
    assert!(flare(0.5, 184, [90.0, 1.5, 6.0, 40.0, 0.603]).is_empty(), "93 days apart");
    assert!(flare(0.49, 183, [90.0, 1.5, 6.0, 40.0, 0.603]).is_empty(), "not low-grade before");
    assert!(flare(1.0, 183, [90.0, 3.0, 6.0, 40.0, 0.603]).is_empty(), "1.0 g is not low-grade");
    assert!(flare(0.5, 183, [90.0, 1.5, 5.0, 40.0, 0.603]).is_empty(), "5 cells are no haematuria");
    assert!(flare(0.5, 183, [90.0, 1.5, 6.0, 40.0, 0.604]).is_empty(), "C3 fell by less than 33 %");
}

#[test]
fn a_further_flare_needs_a_clear_visit_and_the_gap() {
    let nephrotic = [90.0, 4.0, 2.0, 30.0, 0.9];
    let clear = [90.0, 0.2, 1.0, 40.0, 0.9];
    let found = found(&study(
        0.2,
        &[
            ("U1", 130, nephrotic),
            ("U2", 140, clear),
            ("U3", 150, nephrotic), // 20 days after the last visit in flare: the same flare
            ("U4", 160, clear),
            ("U5", 178, nephrotic), // 28 days: another one
        ],
    ));
    assert!(is(&found, &[("U1", "nephrotic", 1), ("U5", "nephrotic", 2)]), "{found:?}");
}

#[test]
fn no_flare_before_or_without_a_response() {
    let mut never = study(3.9, &[("U1", 130, [90.0, 4.0, 2.0, 30.0, 0.9])]);
    never.labs.retain(|lab| !(lab.1 == "M3" && lab.3 == "urine_rbc"));
    never.labs.push(("A", "M3", None, "urine_rbc", 25.0, "/hpf", NAN));
    let flares = derive(&never);
    assert!(flares.flares.is_empty());
    let counts = flares.count(Denominator::EverResponder).unwrap();
    assert!(counts.iter().all(|c| (c.numerator, c.denominator) == (0, 0)));
    assert!(flares.why("A", "U1").unwrap().sentences[0].contains("never in response"));
    assert!(matches!(flares.count(Denominator::AliveAtVisit), Err(EndpointError::UnknownWord { .. })));
}

#[test]
fn a_missing_value_leaves_a_flare_open() {
    let flares = derive(&study(0.2, &[("U1", 130, [90.0, 4.0, 2.0, NAN, 0.9])]));
    assert!(flares.flares.is_empty());
    assert_eq!(flares.n_undecided(), 1);
}

#[test]
fn a_rise_not_due_to_lupus_is_no_flare() {
    let mut study = study(0.2, &[("U1", 120, [130.0, 0.2, 1.0, 40.0, 0.9])]);
    assert!(is(&found(&study), &[("U1", "creatinine", 1)]), "unknown attribution counts");
    study.not_due = vec![("A", "U1", "creatinine")];
    let flares = derive(&study);
    assert!(flares.flares.is_empty(), "a rise from another cause, e.g. a drug, is no flare");
    assert_eq!(flares.n_undecided(), 0, "and it is decided, not open");
    study.not_due = vec![("A", "U1", "protein_24h")];
    assert!(is(&found(&study), &[("U1", "creatinine", 1)]), "the flag of another measure does not matter");
}

#[test]
fn tv_39_time_to_relapse_starts_at_the_first_response() {
    // six responders: relapse after 3 and 6 months, the others censored at 6, 9, 9 and 3 months after response
    let months = [(3, true), (6, true), (6, false), (9, false), (9, false), (3, false)];
    let ids = ["A", "B", "C", "D", "E", "F"];
    let mut study = Study { subjects: ids.to_vec(), ..Study::default() };
    let labels = ["M0", "M3", "M6", "M9", "M12"];
    for (id, (after, relapse)) in ids.into_iter().zip(months) {
        for (i, label) in labels.into_iter().enumerate() {
            let month = 3 * i as i32;
            // response at month 3, followed until 3 + after
            if month > 3 + after {
                break;
            }
            study.visits.push((id, label, (f64::from(month) * 30.4375).round() as i32, f64::from(month)));
            let active = month == 0 || (relapse && month == 3 + after);
            study.labs.extend(renal(id, label, if active { [90.0, 4.0, 20.0] } else { [90.0, 0.2, 1.0] }));
        }
    }
    let response = study.response("ginzler2005", MissingRule::Nri);
    let times = time_to(&response, None, Target::LossOfResponse, Unit::Months, Clock::Planned).unwrap();
    let got: Vec<(f64, bool)> = times.times.iter().map(|t| (t.time, t.cause == Cause::Event)).collect();
    assert_eq!(got, months.map(|(after, relapse)| (f64::from(after), relapse)));
    // Kaplan-Meier by hand: 1 of 6 at 3 months, 1 of 4 at 6 months
    let at = |t: f64| {
        let n = got.iter().filter(|x| x.0 >= t).count() as f64;
        1.0 - got.iter().filter(|x| x.0 == t && x.1).count() as f64 / n
    };
    assert!((at(3.0) - 0.833_333).abs() < 1e-6 && (at(3.0) * at(6.0) - 0.625).abs() < 1e-12);
}

#[test]
fn a_flare_definition_is_no_response_definition() {
    let study = study(0.2, &[]);
    let maintain = definition("maintain2010", &[]).unwrap();
    let error = mscsle_endpoints::response(&study.history(), &maintain, &Default::default()).unwrap_err();
    assert!(matches!(error, EndpointError::WrongKind { .. }));
}
