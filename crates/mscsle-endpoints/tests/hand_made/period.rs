//! Rules over a period, at a week, and groups of which no part may hold.

use crate::common::{Lab, Study, state};
use mscsle_endpoints::{Definition, EndpointError, MissingRule};

const NAN: f64 = f64::NAN;

fn lab(visit: &'static str, value: f64) -> Lab<'static> {
    ("A", visit, None, "upcr", value, "g/g", NAN)
}

/// UPCR by visit at months 0, 3, 6, 9 and 12; NaN leaves the value out.
fn study(values: [f64; 5]) -> Study<'static> {
    let visits = [("M0", 0, 0.0), ("M3", 91, 3.0), ("M6", 183, 6.0), ("M9", 274, 9.0), ("M12", 365, 12.0)];
    Study {
        subjects: vec!["A"],
        visits: visits.iter().map(|(label, day, month)| ("A", *label, *day, *month)).collect(),
        labs: visits.iter().zip(values).filter(|(_, x)| !x.is_nan()).map(|((label, ..), x)| lab(label, x)).collect(),
        ..Study::default()
    }
}

fn definition(condition: &str, extra: &str) -> Definition {
    let text = format!(
        r#"
id = "period"
version = "1"
kind = "response"
citation = "test"
confidence = "H"
otherwise = "NO"
{extra}
[not_evaluable]
all = [{{ measure = "upcr", compare = "lt", value = 0 }}]
[[states]]
state = "YES"
all = [{condition}]
"#
    );
    Definition::from_toml(&text, &[]).unwrap()
}

const EVERY: &str = r#"{ visits = "every", from_week = 24, to_week = 52, within_weeks = 4, all = [{ measure = "upcr", compare = "lt", value = 0.5 }] }"#;

fn at(definition: &Definition, values: [f64; 5], visit: &str) -> String {
    state(&study(values).response_by(definition, MissingRule::Nri), "A", visit)
}

#[test]
fn every_visit_of_a_period_must_meet_the_condition() {
    let kept = definition(EVERY, "");
    assert_eq!(at(&kept, [3.0, 3.0, 0.4, 0.4, 0.4], "M12"), "YES", "month 3 lies before week 20");
    assert_eq!(at(&kept, [3.0, 0.1, 0.4, 0.6, 0.4], "M12"), "NO");
    assert_eq!(at(&kept, [3.0, 0.1, 0.4, NAN, 0.4], "M12"), "YES", "a visit without a value is passed over");
    assert_eq!(at(&kept, [3.0, 0.1, NAN, NAN, 0.4], "M12"), "YES");
}

#[test]
fn a_period_is_open_until_its_end_is_assessed_unless_what_is_known_decides() {
    let kept = definition(EVERY, "");
    assert_eq!(at(&kept, [3.0, 0.1, 0.4, 0.4, 0.4], "M9"), "NO..YES");
    assert_eq!(at(&kept, [3.0, 0.1, 0.4, 0.6, 0.4], "M9"), "NO");
    let some = definition(&EVERY.replace("every", "some"), "");
    assert_eq!(at(&some, [3.0, 3.0, 0.4, 3.0, 3.0], "M6"), "YES");
    assert_eq!(at(&some, [3.0, 3.0, 3.0, 3.0, 3.0], "M9"), "NO..YES");
    assert_eq!(at(&some, [3.0, 0.1, 3.0, 3.0, 3.0], "M12"), "NO");
}

#[test]
fn later_visits_are_those_after_the_first_which_they_can_be_compared_with() {
    let risen = definition(
        r#"{ visits = "later", from_week = 24, to_week = 52, within_weeks = 4, none = [{ measure = "upcr", compare = "gt", value = 0.5, relative_to = "earlier" }] }"#,
        "",
    );
    assert_eq!(at(&risen, [3.0, 3.0, 1.0, 1.4, 1.5], "M12"), "YES", "against month 6, not against the visit before");
    assert_eq!(at(&risen, [3.0, 3.0, 1.0, 1.6, 1.0], "M12"), "NO");
}

#[test]
fn a_group_at_a_week_looks_at_the_nearest_assessed_visit() {
    let at_24 = definition(
        r#"{ at_week = 24, within_weeks = 4, all = [{ measure = "upcr", compare = "lt", value = 0.5 }] }"#,
        "",
    );
    assert_eq!(at(&at_24, [3.0, 3.0, 0.4, 3.0, 3.0], "M12"), "YES");
    assert_eq!(at(&at_24, [3.0, 0.4, NAN, 0.4, 0.4], "M12"), "NO..YES", "nobody near week 24");
    assert_eq!(at(&at_24, [3.0, 0.4, 0.4, 0.4, 0.4], "M3"), "NO..YES", "week 24 is yet to come");
}

#[test]
fn visits_before_the_assessment_have_no_state() {
    let late = definition(EVERY, "assessed_from_week = 48");
    let response = study([3.0, 0.1, 0.4, 0.4, 0.4]).response_by(&late, MissingRule::Nri);
    assert_eq!(state(&response, "A", "M6"), "not assessed");
    assert_eq!(state(&response, "A", "M12"), "YES");
    assert_eq!(response.planned.len(), 1, "only month 12 is counted");
}

#[test]
fn why_names_the_visits_of_a_period() {
    let kept = definition(EVERY, "");
    let response = study([3.0, 0.1, 0.4, 0.6, 0.4]).response_by(&kept, MissingRule::Nri);
    let trail = response.why("A", "M12").unwrap();
    let steps: Vec<(&str, bool)> = trail.steps.iter().map(|s| (s.sentence.as_str(), s.decided)).collect();
    assert!(steps[1].0.contains("at M9 0.6 (labs row 3) < 0.5 g/g: does not hold") && steps[1].1, "{steps:?}");
    assert!(!steps[0].1 && !steps[2].1, "months 6 and 12 hold: {steps:?}");
    assert_eq!(steps[3].0, "every visit from week 24 to week 52 (M6, M9, M12): does not hold");
    let open = response.why("A", "M6").unwrap();
    assert!(open.sentences[1].contains("no visit is assessed at its end"), "{:?}", open.sentences);
}

#[test]
fn words_of_a_period_name_weeks() {
    let lines: Vec<String> = definition(EVERY, "").rule(Some(0)).into_iter().map(|line| line.text).collect();
    assert_eq!(
        lines,
        ["at every visit from week 24 to week 52, widened by 4 weeks:", "urine protein to creatinine ratio < 0.5 g/g"]
    );
}

#[test]
fn a_period_that_cannot_be_read_is_refused_with_line_and_key() {
    let problem = |condition: &str| {
        let text = definition(EVERY, "").source.replace(EVERY, condition);
        match Definition::from_toml(&text, &[]) {
            Err(EndpointError::Definition { key, problem, line, .. }) => {
                assert_eq!(line, 13, "{problem}");
                (key, problem)
            }
            other => panic!("{other:?}"),
        }
    };
    let inner = r#"all = [{ measure = "upcr", compare = "lt", value = 0.5 }]"#;
    let key = |condition: String| problem(&condition).0;
    assert_eq!(key(format!("{{ visits = \"most\", to_week = 52, {inner} }}")), "states[0].all[0].visits");
    assert_eq!(key(format!("{{ visits = \"every\", {inner} }}")), "states[0].all[0].visits");
    assert_eq!(
        key(format!("{{ visits = \"every\", from_week = 60, to_week = 52, {inner} }}")),
        "states[0].all[0].to_week"
    );
    assert!(problem(&format!("{{ at_week = 24, to_week = 52, {inner} }}")).1.contains("not both"));
    assert!(problem(&format!("{{ from_week = 2, from_month = 3, {inner} }}")).1.contains("not both"));
    assert!(problem(&format!("{{ within_weeks = 2, {inner} }}")).1.contains("needs `visits`"));
    let two = r#"{ all = [{ measure = "upcr", compare = "lt", value = 1 }], none = [{ absent = "x" }] }"#;
    assert!(problem(two).1.contains("exactly one of `all`, `any` and `none`"));
}
