//! Laws that hold without a reference; the comparison with R is in tests/reference/fine_gray.

use ndarray::{Array2, arr2};

use super::*;
use crate::{CoxOptions, SurvivalError, Ties, cox};

const TIME: [f64; 12] = [1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0, 7.0, 7.0, 8.0, 9.0];
const CAUSE: [u32; 12] = [1, 2, 1, 0, 1, 2, 0, 1, 1, 0, 2, 1];

fn covariates() -> Array2<f64> {
    let values = [0.3, 1.2, -0.5, 0.8, 0.1, -1.1, 0.9, 0.4, -0.2, 1.5, 0.0, -0.7];
    Array2::from_shape_fn((12, 2), |(i, j)| if j == 0 { values[i] } else { f64::from(i % 3 == 0) })
}

#[test]
fn without_competing_events_it_is_the_cox_model_with_breslow_ties() {
    let cause: Vec<u32> = CAUSE.iter().map(|&cause| u32::from(cause > 0)).collect();
    let event: Vec<bool> = cause.iter().map(|&cause| cause > 0).collect();
    let x = covariates();
    let ours = fine_gray(&TIME, &cause, 1, 1, x.view(), &FineGrayOptions::default()).unwrap();
    let options = CoxOptions { ties: Ties::Breslow, ..CoxOptions::default() };
    let theirs = cox(&TIME, &event, x.view(), &options).unwrap();
    for (a, b) in ours.fit.terms.iter().zip(theirs.coefficients()) {
        assert!((a.coefficient.unwrap() - b.unwrap()).abs() < 1e-10);
    }
    assert!((ours.fit.log_likelihood - theirs.log_likelihood).abs() < 1e-10);
    for (a, b) in ours.fit.naive_covariance.iter().zip(&theirs.covariance) {
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn shifting_and_scaling_a_column_scales_its_coefficient() {
    let x = covariates();
    let mut moved = x.clone();
    moved.column_mut(0).mapv_inplace(|value| 1e9 + 1e6 * value);
    let a = fine_gray(&TIME, &CAUSE, 2, 1, x.view(), &FineGrayOptions::default()).unwrap();
    let b = fine_gray(&TIME, &CAUSE, 2, 1, moved.view(), &FineGrayOptions::default()).unwrap();
    let ratio = a.fit.terms[0].coefficient.unwrap() / (1e6 * b.fit.terms[0].coefficient.unwrap());
    assert!((ratio - 1.0).abs() < 1e-6);
    assert!((a.fit.log_likelihood - b.fit.log_likelihood).abs() < 1e-8);
    let new = arr2(&[[0.2, 1.0]]);
    let moved_new = arr2(&[[1e9 + 0.2e6, 1.0]]);
    let p = a.predict(new.view(), Some(&[5.0]), true).unwrap();
    let q = b.predict(moved_new.view(), Some(&[5.0]), true).unwrap();
    assert!((p.incidence[(0, 0)] - q.incidence[(0, 0)]).abs() < 1e-7);
    assert!((p.standard_error[(0, 0)] - q.standard_error[(0, 0)]).abs() < 1e-7);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let x = covariates();
    let reversed = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
    let cause: Vec<u32> = CAUSE.iter().rev().copied().collect();
    let backwards = Array2::from_shape_fn((12, 2), |(i, j)| x[(11 - i, j)]);
    for ties in [CensoringTies::Cmprsk, CensoringTies::Finegray] {
        let options = FineGrayOptions { ties, ..FineGrayOptions::default() };
        let a = fine_gray(&TIME, &CAUSE, 2, 1, x.view(), &options).unwrap().fit;
        let b = fine_gray(&reversed(&TIME), &cause, 2, 1, backwards.view(), &options).unwrap().fit;
        for (a, b) in a.terms.iter().zip(&b.terms) {
            assert!((a.coefficient.unwrap() - b.coefficient.unwrap()).abs() < 1e-12);
            assert!((a.standard_error.unwrap() - b.standard_error.unwrap()).abs() < 1e-12);
        }
    }
}

#[test]
fn separation_is_refused_with_the_column_and_the_direction() {
    let x = Array2::from_shape_fn((12, 1), |(i, _)| f64::from(u8::from(CAUSE[i] == 1)));
    let names = ["arm".to_owned()];
    let options = FineGrayOptions { names: Some(&names), ..FineGrayOptions::default() };
    let error = fine_gray(&TIME, &CAUSE, 2, 1, x.view(), &options).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`arm` runs to plus infinity"), "{text}");
    let mirrored = x.mapv(|value| -value);
    let text = fine_gray(&TIME, &CAUSE, 2, 1, mirrored.view(), &options).unwrap_err().to_string();
    assert!(text.contains("`arm` runs to minus infinity"), "{text}");
}

#[test]
fn no_event_is_refused_and_one_event_at_an_end_is_separation() {
    let x = covariates();
    let error = fine_gray(&TIME, &[0; 12], 1, 1, x.view(), &FineGrayOptions::default()).unwrap_err();
    assert!(error.to_string().contains("no events"));
    let mut cause = [0; 12];
    cause[1] = 1;
    let one = Array2::from_shape_fn((12, 1), |(i, _)| x[(i, 0)]);
    // 1.2 is below 1.5 of a row still at risk and above others: one interior event has a finite maximum
    assert!(fine_gray(&TIME, &cause, 1, 1, one.view(), &FineGrayOptions::default()).is_ok());
    cause[1] = 0;
    cause[9] = 1;
    let error = fine_gray(&TIME, &cause, 1, 1, one.view(), &FineGrayOptions::default()).unwrap_err();
    assert!(error.to_string().contains("plus infinity"));
}

#[test]
fn constant_and_repeated_columns_are_set_aside_and_named() {
    let x = covariates();
    let wide = Array2::from_shape_fn((12, 4), |(i, j)| match j {
        0 => x[(i, 0)],
        1 => 7.0,
        2 => 2.0 * x[(i, 0)],
        _ => x[(i, 1)],
    });
    let fit = fine_gray(&TIME, &CAUSE, 2, 1, wide.view(), &FineGrayOptions::default()).unwrap().fit;
    let plain = fine_gray(&TIME, &CAUSE, 2, 1, x.view(), &FineGrayOptions::default()).unwrap().fit;
    assert_eq!(fit.terms[1].coefficient, None);
    assert_eq!(fit.terms[2].coefficient, None);
    assert!((fit.terms[3].coefficient.unwrap() - plain.terms[1].coefficient.unwrap()).abs() < 1e-9);
    assert!(fit.covariance[(1, 1)].is_nan() && !fit.covariance[(3, 3)].is_nan());
    assert_eq!(fit.notes.len(), 2);
}

#[test]
fn data_that_cannot_be_used_are_refused() {
    let x = covariates();
    let mut bad = x.clone();
    bad[(4, 0)] = f64::NAN;
    let options = FineGrayOptions::default();
    let error = fine_gray(&TIME, &CAUSE, 2, 1, bad.view(), &options).unwrap_err();
    assert!(matches!(error, SurvivalError::CovariateNotFinite { row: 4, .. }));
    assert!(fine_gray(&TIME, &CAUSE, 2, 3, x.view(), &options).is_err());
    assert!(fine_gray(&TIME[..11], &CAUSE, 2, 1, x.view(), &options).is_err());
}

#[test]
fn a_frequency_of_two_is_the_row_twice_and_a_cluster_adds_its_rows() {
    let x = covariates();
    let weights = [1.0, 2.0, 1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 0.0];
    let rows: Vec<usize> = (0..12).flat_map(|i| std::iter::repeat_n(i, weights[i] as usize)).collect();
    let time: Vec<f64> = rows.iter().map(|&i| TIME[i]).collect();
    let cause: Vec<u32> = rows.iter().map(|&i| CAUSE[i]).collect();
    let repeated = Array2::from_shape_fn((rows.len(), 2), |(i, j)| x[(rows[i], j)]);
    let clusters: Vec<u32> = rows.iter().map(|&i| i as u32).collect();
    for (kind, clusters) in
        [(crate::Weights::Frequency(&weights), None), (crate::Weights::Sampling(&weights), Some((&clusters[..], 12)))]
    {
        let a = FineGrayOptions { weights: kind, ..FineGrayOptions::default() };
        let b = FineGrayOptions { clusters, ..FineGrayOptions::default() };
        let a = fine_gray(&TIME, &CAUSE, 2, 1, x.view(), &a).unwrap().fit;
        let b = fine_gray(&time, &cause, 2, 1, repeated.view(), &b).unwrap().fit;
        for (a, b) in a.covariance.iter().zip(&b.covariance) {
            assert!((a - b).abs() < 1e-10);
        }
        assert!((a.log_likelihood - b.log_likelihood).abs() < 1e-10);
    }
}

#[test]
fn delayed_entry_without_competing_events_is_the_cox_model() {
    let cause: Vec<u32> = CAUSE.iter().map(|&cause| u32::from(cause > 0)).collect();
    let event: Vec<bool> = cause.iter().map(|&cause| cause > 0).collect();
    let entry = [0.0, 0.0, 1.0, 0.0, 2.0, 2.5, 0.0, 4.0, 3.0, 0.0, 2.0, 5.0];
    let x = covariates();
    let options =
        FineGrayOptions { entry: Some(&entry), variance: FineGrayVariance::KnownWeights, ..FineGrayOptions::default() };
    let ours = fine_gray(&TIME, &cause, 1, 1, x.view(), &options).unwrap();
    let cox_options = CoxOptions { ties: Ties::Breslow, entry: Some(&entry), ..CoxOptions::default() };
    let theirs = cox(&TIME, &event, x.view(), &cox_options).unwrap();
    for (a, b) in ours.fit.terms.iter().zip(theirs.coefficients()) {
        assert!((a.coefficient.unwrap() - b.unwrap()).abs() < 1e-9);
    }
    for (a, b) in ours.fit.naive_covariance.iter().zip(&theirs.covariance) {
        assert!((a - b).abs() < 1e-9);
    }
    let refused = FineGrayOptions { variance: FineGrayVariance::FineGray, ..options };
    assert!(matches!(
        fine_gray(&TIME, &cause, 1, 1, x.view(), &refused),
        Err(SurvivalError::Incompatible { first: "entry", .. })
    ));
}
