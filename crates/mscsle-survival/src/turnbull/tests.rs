use super::{Turnbull, TurnbullOptions, turnbull};
use crate::{KaplanMeierOptions, SurvivalError, kaplan_meier};

const NEVER: f64 = f64::INFINITY;

fn fit(rows: &[(f64, f64)]) -> Turnbull {
    let (lower, upper): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
    turnbull(&lower, &upper, &TurnbullOptions::default()).expect("valid rows")
}

#[test]
fn exact_and_right_censored_times_give_kaplan_meier() {
    let time = [6.0, 6.0, 6.0, 7.0, 9.0, 10.0, 10.0, 11.0, 13.0, 16.0];
    let event = [true, true, true, true, false, true, false, false, true, true];
    let upper: Vec<f64> = time.iter().zip(event).map(|(&t, e)| if e { t } else { NEVER }).collect();
    let found = turnbull(&time, &upper, &TurnbullOptions::default()).expect("valid");
    let km = kaplan_meier(&time, &event, &KaplanMeierOptions::default()).expect("valid");
    for (t, s) in found.right.iter().zip(&found.survival) {
        let at = km.time.iter().position(|x| x == t).expect("an event time");
        assert!((s - km.survival[at]).abs() < 1e-10, "{t}: {s} {}", km.survival[at]);
    }
    assert!(found.converged && found.gap < 1e-10);
    assert_eq!(found.kinds, [7.0, 0.0, 0.0, 3.0]);
}

#[test]
fn current_status_data_are_isotonic_means() {
    // seen once: positive means (0, c], negative (c, inf); the estimate is the pooled share of positives
    let rows = [(0.0, 1.0), (1.0, NEVER), (2.0, NEVER), (2.0, NEVER), (0.0, 2.0), (0.0, 3.0), (3.0, NEVER), (0.0, 4.0)];
    let found = fit(&rows);
    // F(1) = 1/2 and F(2) = 1/3 pool to 2/5; F(3) = 1/2; F(4) = 1
    for (time, f) in [(1.0, 0.4), (2.0, 0.4), (3.0, 0.5), (4.0, 1.0)] {
        assert!((1.0 - found.bounds(time).1 - f).abs() < 1e-9, "F({time}) {:?}", found.bounds(time));
    }
}

#[test]
fn peto_hand_case_puts_mass_on_the_innermost_regions() {
    // (0,1] once, (1,3] twice, (2,4] once: regions (0,1], (2,3]; the last three share (2,3]
    let found = fit(&[(0.0, 1.0), (1.0, 3.0), (1.0, 3.0), (2.0, 4.0)]);
    assert_eq!((found.left, found.right), (vec![0.0, 2.0], vec![1.0, 3.0]));
    assert!((found.mass[0] - 0.25).abs() < 1e-12 && (found.mass[1] - 0.75).abs() < 1e-12);
}

#[test]
fn an_interval_ends_before_another_begins_at_the_same_time() {
    let found = fit(&[(0.0, 1.0), (1.0, 2.0)]);
    assert_eq!(found.survival, [0.5, 0.0]);
    assert_eq!(found.quantile(0.5), Some((1.0, 1.0)));
}

#[test]
fn inside_a_region_survival_has_bounds() {
    let found = fit(&[(0.0, 2.0), (1.0, 3.0), (4.0, NEVER)]);
    assert_eq!(found.left, [1.0, 4.0]);
    let (low, high) = found.bounds(1.5);
    assert!((low - 1.0 / 3.0).abs() < 1e-12 && high == 1.0);
    assert_eq!(found.quantile(0.9), None);
}

#[test]
fn a_doubled_row_is_a_weight_of_two_and_the_order_is_nothing() {
    let rows = [(0.0, 2.0), (1.0, 3.0), (1.5, 1.5), (2.0, NEVER), (0.5, 4.0), (3.0, 6.0)];
    let doubled: Vec<(f64, f64)> = rows.iter().chain(&rows[..3]).rev().copied().collect();
    let (lower, upper): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
    let weights = [2.0, 2.0, 2.0, 1.0, 1.0, 1.0];
    let options = TurnbullOptions { weights: Some(&weights), ..TurnbullOptions::default() };
    let weighted = turnbull(&lower, &upper, &options).expect("valid");
    let repeated = fit(&doubled);
    assert_eq!(weighted.right, repeated.right);
    for (a, b) in weighted.mass.iter().zip(&repeated.mass) {
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn many_rows_converge_with_proof() {
    let mut state = 12345_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let rows: Vec<(f64, f64)> = (0..800)
        .map(|_| {
            let event = -10.0 * next().ln();
            let (mut low, mut at) = (0.0, 0.0);
            for _ in 0..6 {
                at += 1.0 + 4.0 * next();
                if at >= event {
                    return (low, at);
                }
                low = at;
            }
            (low, NEVER)
        })
        .collect();
    let found = fit(&rows);
    assert!(found.converged, "gap {} after {}", found.gap, found.iterations);
    assert!(found.iterations < 500, "{}", found.iterations);
    assert!((found.mass.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn wrong_rows_are_named() {
    let options = TurnbullOptions::default();
    assert!(matches!(
        turnbull(&[1.0, 3.0], &[2.0, 2.0], &options),
        Err(SurvivalError::IntervalReversed { row: 1, .. })
    ));
    assert!(matches!(turnbull(&[1.0], &[NEVER], &options), Err(SurvivalError::NotEstimable { .. })));
    assert!(matches!(turnbull(&[f64::NAN], &[1.0], &options), Err(SurvivalError::NotFinite { argument: "lower", .. })));
    assert!(matches!(turnbull(&[0.0, 1.0], &[1.0], &options), Err(SurvivalError::UnequalLength { .. })));
}
