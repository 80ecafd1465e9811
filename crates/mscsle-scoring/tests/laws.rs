//! Laws that every instrument obeys on random input: bounds, monotony, columns against one assessment.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use mscsle_domain::{BILAG_2004_ITEMS, BilagItemKind, TextColumn};
use mscsle_scoring::astct::{Crs, Icans, InfusionReaction};
use mscsle_scoring::bilag_numeric::Grade;
use mscsle_scoring::bilag2004::{Bilag2004, RenalItems, Visit};
use mscsle_scoring::clasi::{ClasiActivity, ClasiDamage};
use mscsle_scoring::ctcae::{CtcaeInput, LabValues, Measured, Term, grade, grade_rows};
use mscsle_scoring::flare_index::RevisedFlareIndex;
use mscsle_scoring::form::{Answers, FieldScale, Form, score_form};
use mscsle_scoring::sdi::{Sdi, SdiVersion};
use mscsle_scoring::sledai::{Item, Items, MissingPolicy, Sledai, Version};
use proptest::prelude::*;

fn forms() -> Vec<Box<dyn Form>> {
    vec![
        Box::new(Sdi { version: SdiVersion::Full41 }),
        Box::new(Sdi { version: SdiVersion::Original39 }),
        Box::new(ClasiActivity),
        Box::new(ClasiDamage),
        Box::new(RevisedFlareIndex),
        Box::new(Icans),
        Box::new(Crs { fever_required: false }),
        Box::new(InfusionReaction { window_hours: 24.0 }),
    ]
}

/// Signs that count as absent without an entry, as the instruments say.
const OPTIONAL: [&str; 5] =
    ["death", "antipyretic_or_anticytokine", "suspected", "signs_without_ice", "unarousable_for_ice"];

/// An answer within the scale of each field, from random fractions.
fn answers(form: &dyn Form, fractions: &[f64]) -> Vec<f64> {
    (form.fields().iter().zip(fractions.iter().cycle()))
        .map(|(field, &x)| match (field.id, field.scale) {
            ("scarring_scalp", _) => [0.0, 3.0, 4.0, 5.0, 6.0][(x * 5.0) as usize % 5],
            (_, FieldScale::Flag) => f64::from(u8::from(x > 0.7)),
            (_, FieldScale::Points(most)) => {
                ((x * 1.5 - 0.5).max(0.0) * (f64::from(most) + 1.0)).floor().min(f64::from(most))
            }
            ("hours_after_start", _) => x * 20.0,
            (_, FieldScale::Amount | FieldScale::Number) => 36.0 + 5.0 * x,
        })
        .collect()
}

fn filled(form: &dyn Form, values: &[f64], known: impl Fn(usize) -> bool) -> Answers {
    (form.fields().iter().zip(values).enumerate())
        .filter(|(i, _)| known(*i))
        .fold(Answers::new(form), |answers, (_, (field, &value))| answers.with(field.id, value).unwrap())
}

fn bilag_visit(codes: &[i8], values: &[f64]) -> Visit {
    let mut visit = Visit::unremarkable();
    for (i, item) in BILAG_2004_ITEMS.iter().enumerate() {
        let scale = match item.number {
            78 => 200.0,
            79 => 120.0,
            82 | 83 => 200.0,
            84 => 3.0,
            86 => 250.0,
            87 => 120.0,
            90 => 15.0,
            94 => 300.0,
            _ => 5.0,
        };
        visit = match item.kind {
            BilagItemKind::Clinical => visit.code(item.number, Some(codes[i])).unwrap(),
            BilagItemKind::YesNo => visit.code(item.number, Some(codes[i].min(1))).unwrap(),
            _ => visit.value(item.number, (values[i] * scale * 10.0).round() / 10.0).unwrap(),
        };
    }
    visit
}

fn rank(grade: Grade) -> u8 {
    grade.code() as u8
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn a_complete_form_lies_within_the_bounds_of_an_incomplete_one(
        fractions in proptest::collection::vec(0.0f64..1.0, 64),
        gaps in proptest::collection::vec(any::<bool>(), 64),
    ) {
        // an infusion reaction counts signs without an entry as absent, noted
        for form in forms().into_iter().filter(|form| form.id() != "ctcae-infusion-reaction") {
            let form = form.as_ref();
            let values = answers(form, &fractions);
            let whole = form.score(&filled(form, &values, |_| true));
            let part = form.score(&filled(form, &values, |i| !gaps[i % gaps.len()] || OPTIONAL.contains(&form.fields()[i].id)));
            prop_assert!(part.lower <= part.upper, "{}", form.id());
            prop_assert!(part.value.is_none_or(|v| part.lower <= v && v <= part.upper), "{}", form.id());
            if let Some(value) = whole.value {
                prop_assert!(
                    part.lower <= value && value <= part.upper,
                    "{}: {value} outside {} to {}", form.id(), part.lower, part.upper
                );
            }
        }
    }

    #[test]
    fn less_of_an_item_never_scores_more(
        fractions in proptest::collection::vec(0.0f64..1.0, 64),
        item in 0usize..64,
    ) {
        for form in forms() {
            let form = form.as_ref();
            // `scarring_scalp` 1 and 2 do not exist; death and temperature are graded by themselves
            let fields = form.fields();
            let at = item % fields.len();
            let mut values = answers(form, &fractions);
            if fields[at].id == "ice" || matches!(fields[at].scale, FieldScale::Amount | FieldScale::Number) {
                continue; // a higher ICE score is better, and numbers are no items
            }
            let before = form.score(&filled(form, &values, |_| true)).upper;
            values[at] = 0.0;
            let after = form.score(&filled(form, &values, |_| true)).upper;
            prop_assert!(after <= before, "{}: `{}` at 0 gives {after}, before {before}", form.id(), fields[at].id);
        }
    }

    #[test]
    fn columns_of_a_form_are_its_assessments_in_any_order(
        rows in proptest::collection::vec(proptest::collection::vec(0.0f64..1.0, 48), 1..12),
    ) {
        for form in forms() {
            let form = form.as_ref();
            let table: Vec<Vec<f64>> = rows.iter().map(|r| answers(form, r)).collect();
            let columns: Vec<Vec<f64>> =
                (0..form.fields().len()).map(|i| table.iter().map(|row| row[i]).collect()).collect();
            let slices: Vec<Option<&[f64]>> = columns.iter().map(|c| Some(c.as_slice())).collect();
            let scored = score_form(form, &slices).unwrap();
            for (row, values) in table.iter().enumerate() {
                let one = form.score(&filled(form, values, |_| true));
                prop_assert_eq!((scored.lower[row], scored.upper[row]), (one.lower, one.upper));
                prop_assert_eq!(one.value.is_none(), scored.value[row].is_nan());
                prop_assert!(one.value.is_none_or(|v| v == scored.value[row]));
            }
        }
    }

    #[test]
    fn an_item_less_never_raises_a_sledai(
        codes in proptest::collection::vec(-1i8..2, 24),
        item in 0usize..24,
    ) {
        let items = Items::from_codes(&codes).unwrap();
        let without = items.with(Item::ALL[item], Some(false));
        for policy in [MissingPolicy::Strict, MissingPolicy::Absent] {
            let rule = Sledai::new(Version::Sledai2k).missing(policy);
            let (before, after) = (rule.score(&items), rule.score(&without));
            prop_assert!(after.lower <= before.lower && after.upper <= before.upper);
            prop_assert!(after.clinical_lower <= before.clinical_lower && after.clinical_upper <= before.clinical_upper);
            prop_assert!(before.clinical_lower <= before.lower && before.lower <= before.clinical_lower + 4);
            prop_assert!(before.by_system.iter().zip(&after.by_system).all(|(b, a)| a.upper <= b.upper));
            prop_assert_eq!(before.by_system.iter().map(|s| s.upper).sum::<u8>(), before.upper);
        }
    }

    #[test]
    fn a_better_measurement_never_worsens_a_bilag_grade(
        codes in proptest::collection::vec(prop_oneof![9 => Just(0i8), 1 => 0i8..5], 97),
        values in proptest::collection::vec(0.01f64..1.0, 97),
        previous in proptest::option::of(proptest::collection::vec(0.01f64..1.0, 97)),
        item in 0usize..97,
        by in 0.0f64..1.0,
    ) {
        let rule = Bilag2004::default();
        let previous: Option<RenalItems> = previous.map(|values| bilag_visit(&[0; 97], &values).renal());
        let (mut better_codes, mut better_values) = (codes.clone(), values.clone());
        match BILAG_2004_ITEMS[item].kind {
            BilagItemKind::Value => {
                // counts and GFR are better when higher, blood pressure, protein and creatinine when lower
                let higher = matches!(BILAG_2004_ITEMS[item].number, 87 | 90..=94);
                better_values[item] = if higher { values[item] + by * (1.0 - values[item]) } else { values[item] * by };
            }
            _ => better_codes[item] = 0,
        }
        let grades = |codes: &[i8], values: &[f64]| rule.grade(&bilag_visit(codes, values), previous.as_ref(), &[true; 9]).systems;
        let (before, after) = (grades(&codes, &values), grades(&better_codes, &better_values));
        for (b, a) in before.iter().zip(&after) {
            prop_assert!(
                rank(a.mildest) >= rank(b.mildest) && rank(a.severest) >= rank(b.severest),
                "{}: {} to {} became {} to {} by item {}", b.system, b.mildest, b.severest, a.mildest, a.severest, item + 1
            );
        }
    }

    #[test]
    fn a_value_nearer_to_normal_never_has_a_higher_ctcae_grade(
        term in proptest::sample::select(Term::ALL),
        value in 0.1f64..400.0,
        change in 0.0f64..200.0,
        baseline in proptest::option::of(1.0f64..300.0),
    ) {
        let falling = term.falling_cuts().is_some();
        let limits = Measured {
            lln: 115.0, uln: 84.0, baseline: baseline.unwrap_or(f64::NAN), ..Measured::new(value)
        };
        let better = Measured { value: if falling { value + change } else { (value - change).max(0.0) }, ..limits };
        let (now, then) = (grade(term, &better), grade(term, &limits));
        prop_assert!(now.upper <= then.upper && now.lower <= then.lower);
    }

    #[test]
    fn ctcae_rows_are_single_grades(
        values in proptest::collection::vec(1.0f64..400.0, 1..30),
    ) {
        let n = values.len();
        let test = TextColumn::from_values((0..n).map(|_| Some("platelets")));
        let subject: Vec<i32> = (0..n as i32).collect();
        let input = CtcaeInput {
            subject: &subject,
            test: &test,
            value: LabValues::Numbers(&values),
            unit: None,
            lln: None,
            uln: None,
            baseline: None,
            day: None,
        };
        let rows = grade_rows(&input).unwrap();
        for (row, &value) in values.iter().enumerate() {
            let one = grade(Term::Platelets, &Measured::new(value));
            prop_assert_eq!(rows.grade[row], one.value.map_or(-1, |g| g as i8));
            prop_assert_eq!((rows.lower[row] as u8, rows.upper[row] as u8), (one.lower, one.upper));
        }
    }
}
