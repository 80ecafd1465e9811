//! Laws that hold without a reference; the comparison with R is in tests/reference/multi_state.

use super::*;
use crate::{IncidenceOptions, cumulative_incidence};

const TIME: [f64; 10] = [1.0, 3.0, 3.0, 6.0, 6.0, 6.0, 9.0, 12.0, 12.0, 12.0];
const CAUSE: [u32; 10] = [1, 1, 2, 1, 1, 3, 2, 1, 3, 3];

#[test]
fn competing_risks_are_a_model_of_one_step() {
    let cause: Vec<u32> = CAUSE.iter().map(|&to| if to == 3 { 0 } else { to }).collect();
    let incidence = cumulative_incidence(&TIME, &cause, 2, &IncidenceOptions::default()).unwrap();
    for variance in [MultiStateVariance::Greenwood, MultiStateVariance::Robust] {
        let options = MultiStateOptions { variance, ..MultiStateOptions::default() };
        let found = &multi_state(&TIME, &[0; 10], &CAUSE, 3, &options).unwrap()[0];
        for (t, time) in found.table.time.iter().enumerate() {
            let j = incidence.time.iter().position(|at| at == time).unwrap();
            for k in 0..2 {
                assert!((found.occupation[k + 1][t] - incidence.incidence[k][j]).abs() < 1e-15);
                assert!((found.variance[k + 1][t] - incidence.variance[k][j]).abs() < 1e-15);
            }
        }
    }
}

#[test]
fn weight_two_is_the_doubled_row_in_the_estimate() {
    let weights = [2.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0];
    let options = MultiStateOptions {
        weights: Some(&weights),
        variance: MultiStateVariance::Robust,
        ..MultiStateOptions::default()
    };
    let weighted = &multi_state(&TIME, &[0; 10], &CAUSE, 3, &options).unwrap()[0];
    let (mut time, mut to) = (TIME.to_vec(), CAUSE.to_vec());
    for row in [0, 3, 9] {
        time.push(TIME[row]);
        to.push(CAUSE[row]);
    }
    let doubled = &multi_state(&time, &[0; 13], &to, 3, &MultiStateOptions::default()).unwrap()[0];
    for state in 0..3 {
        for (a, b) in weighted.occupation[state].iter().zip(&doubled.occupation[state]) {
            assert!((a - b).abs() < 1e-15);
        }
    }
    let greenwood = MultiStateOptions { variance: MultiStateVariance::Greenwood, ..options };
    assert!(multi_state(&TIME, &[0; 10], &CAUSE, 3, &greenwood).is_err());
}

#[test]
fn occupation_sums_to_one_and_the_matrix_from_the_start_is_the_occupation() {
    let time = [2.0, 5.0, 4.0, 6.0, 3.0, 7.0, 1.0, 8.0];
    let entry = [0.0, 2.0, 0.0, 0.0, 0.0, 3.0, 0.0, 1.0];
    let (from, to) = ([0, 1, 0, 0, 0, 1, 0, 1], [1, 2, 2, 3, 1, 0, 1, 3]);
    let subject = [0, 0, 1, 2, 3, 3, 4, 4];
    for variance in [MultiStateVariance::Greenwood, MultiStateVariance::Robust] {
        let options = MultiStateOptions {
            entry: Some(&entry),
            subjects: Some((&subject, 5)),
            variance,
            ..MultiStateOptions::default()
        };
        let found = &multi_state(&time, &from, &to, 3, &options).unwrap()[0];
        for t in 0..found.table.time.len() {
            let total: f64 = found.occupation.iter().map(|p| p[t]).sum();
            assert!((total - 1.0).abs() < 1e-15);
        }
        let (matrix, _) = found.table.transition_matrix(0.0, 7.0, 0.0).unwrap();
        for (probability, occupation) in matrix.iter().zip(&found.occupation) {
            assert!((probability - occupation.last().unwrap()).abs() < 1e-15);
        }
    }
}

#[test]
fn jumps_between_states_and_overlaps_are_refused() {
    let options =
        MultiStateOptions { entry: Some(&[0.0, 2.0]), subjects: Some((&[0, 0], 1)), ..MultiStateOptions::default() };
    let error = multi_state(&[2.0, 3.0], &[0, 0], &[1, 2], 3, &options).unwrap_err();
    assert!(matches!(error, SurvivalError::StateJump { row: 1, state: 0, other: 0, before: 1 }));
    let overlap = MultiStateOptions { entry: Some(&[0.0, 1.0]), ..options };
    let error = multi_state(&[2.0, 3.0], &[0, 1], &[1, 2], 3, &overlap).unwrap_err();
    assert!(matches!(error, SurvivalError::OverlappingRows { .. }));
}

#[test]
fn mean_times_sum_to_the_period_and_do_not_move_the_occupation() {
    for variance in [MultiStateVariance::Greenwood, MultiStateVariance::Robust] {
        let plain = MultiStateOptions { variance, ..MultiStateOptions::default() };
        for until in [0.5, 3.0, 7.5, 12.0] {
            let options = MultiStateOptions { mean_until: Some(until), ..plain };
            let found = multi_state(&TIME, &[0; 10], &CAUSE, 3, &options).unwrap().remove(0);
            let mean = found.mean_time.clone().unwrap();
            assert!((mean.mean.iter().sum::<f64>() - until).abs() < 1e-12);
            assert!(until > 1.0 || mean.variance.iter().all(|&v| v == 0.0));
            let other = &multi_state(&TIME, &[0; 10], &CAUSE, 3, &plain).unwrap()[0];
            assert_eq!(found.occupation, other.occupation);
            assert_eq!(found.variance, other.variance);
        }
        let late = MultiStateOptions { mean_until: Some(13.0), ..plain };
        assert!(matches!(
            multi_state(&TIME, &[0; 10], &CAUSE, 3, &late),
            Err(SurvivalError::NotEstimable { quantity: "the mean time in a state", .. })
        ));
    }
}
