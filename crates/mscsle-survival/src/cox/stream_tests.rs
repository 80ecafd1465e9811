//! The way without a sorted copy gives what the sorted rows give.

use ndarray::{Array2, ShapeBuilder};

use super::design::prepare;
use super::options::{CoxOptions, Ties};
use super::solve::maximise;
use super::{CoxFit, describe, stream};
use crate::{SurvivalError, Weights, cox};

/// Relative difference of two ways of summing 10^4 to 10^5 rows: rounding times the number of digits lost in the sums.
const RTOL_ROUNDING: f64 = 1e-10;

struct Sample {
    time: Vec<f64>,
    event: Vec<bool>,
    x: Array2<f64>,
    strata: Vec<u32>,
    weights: Vec<f64>,
    offset: Vec<f64>,
}

fn sample(n: usize, p: usize, days: bool) -> Sample {
    let mut state = 7_u64 + p as u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / 2.0_f64.powi(53)
    };
    let x = Array2::from_shape_fn((n, p), |(_, j)| match j % 3 {
        0 => f64::from(u8::from(next() < 0.3)),
        1 => 1e4 + 3.0 * (next() + next() + next()),
        _ => next() - 0.5,
    });
    let mut time = Vec::new();
    let mut event = Vec::new();
    for row in x.rows() {
        let eta: f64 = row.iter().enumerate().map(|(j, v)| [0.5, 0.1, -0.7][j % 3] * (v % 1e4) / p as f64 * 3.0).sum();
        let died = -(1.0 - next()).ln() * (-eta).exp() * 300.0;
        let left = -(1.0 - next()).ln() * 400.0;
        let seen = f64::min(died, left);
        time.push(if days { seen.ceil().min(900.0) } else { seen });
        event.push(died <= left && !(days && seen > 900.0));
    }
    let strata = (0..n).map(|_| (next() * 3.0) as u32 * 5).collect();
    let weights = (0..n).map(|_| (next() * 4.0).floor()).collect();
    let offset = (0..n).map(|_| next() - 0.5).collect();
    Sample { time, event, x, strata, weights, offset }
}

fn by_sorted_rows(s: &Sample, options: &CoxOptions<'_>) -> CoxFit {
    let design = prepare(&s.time, &s.event, s.x.view(), options).unwrap();
    let active: Vec<bool> = design.constant.iter().map(|c| !c).collect();
    let with_strata =
        |codes: Vec<u32>| prepare(&s.time, &s.event, s.x.view(), &CoxOptions { strata: Some(&codes), ..*options });
    let solution = maximise(&design, &active, options.max_iterations, options.tolerance, &with_strata).unwrap();
    describe(&design, s.x.view(), &solution, options).unwrap()
}

fn streamed(s: &Sample, options: &CoxOptions<'_>) -> Option<CoxFit> {
    let (design, solution) = stream::solve(&s.time, &s.event, s.x.view(), options).unwrap()?;
    Some(describe(&design, s.x.view(), &solution, options).unwrap())
}

fn close(a: f64, b: f64, unit: f64) -> bool {
    (a - b).abs() <= RTOL_ROUNDING * unit.abs()
}

fn assert_same(a: &CoxFit, b: &CoxFit) {
    for (s, t) in a.terms.iter().zip(&b.terms) {
        let unit = t.standard_error.unwrap();
        assert!(close(s.coefficient.unwrap(), t.coefficient.unwrap(), unit), "{s:?} {t:?}");
        assert!(close(s.standard_error.unwrap(), unit, unit), "{s:?} {t:?}");
        assert_eq!((&s.name, s.status, s.inference), (&t.name, t.status, t.inference));
    }
    assert!(close(a.log_likelihood, b.log_likelihood, b.log_likelihood));
    assert!(close(a.log_likelihood_null, b.log_likelihood_null, b.log_likelihood_null));
    for (s, t) in [(&a.score_test, &b.score_test), (a.wald.as_ref().unwrap(), b.wald.as_ref().unwrap())] {
        assert!(close(s.statistic, t.statistic, t.statistic) && s.df == t.df, "{s:?} {t:?}");
    }
    // what the log-likelihoods lose, their difference loses
    assert!(close(a.likelihood_ratio.statistic, b.likelihood_ratio.statistic, 10.0 * b.likelihood_ratio.statistic));
    for (s, t) in a.covariance.iter().zip(&b.covariance) {
        assert!(close(*s, *t, b.covariance.diag().iter().fold(0.0, |m: f64, v| m.max(*v))));
    }
    assert_eq!((a.n, a.n_events, a.n_strata, a.converged), (b.n, b.n_events, b.n_strata, b.converged));
    assert_eq!(a.notes, b.notes);
}

#[test]
fn rows_where_they_lie_give_the_fit_of_the_sorted_rows() {
    for (n, p, days) in [(24_000, 11, false), (24_000, 11, true), (66_000, 4, false), (33_000, 8, true)] {
        let s = sample(n, p, days);
        let plain = CoxOptions::default();
        let all = CoxOptions {
            strata: Some(&s.strata),
            weights: Weights::Frequency(&s.weights),
            offset: Some(&s.offset),
            ..plain
        };
        let breslow = CoxOptions { ties: Ties::Breslow, strata: Some(&s.strata), ..plain };
        for options in [plain, all, breslow] {
            let found = streamed(&s, &options).expect("the ordinary case");
            assert_same(&found, &by_sorted_rows(&s, &options));
        }
    }
}

#[test]
fn the_layout_of_the_covariates_does_not_matter() {
    let s = sample(24_000, 11, false);
    let mut columns = Array2::zeros((24_000, 11).f());
    columns.assign(&s.x);
    let options = CoxOptions::default();
    let a = cox(&s.time, &s.event, s.x.view(), &options).unwrap();
    assert_eq!(a, cox(&s.time, &s.event, columns.view(), &options).unwrap());
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    for days in [false, true] {
        let s = sample(24_000, 11, days);
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap())
        };
        assert_eq!(fit(1), fit(2));
    }
}

#[test]
fn what_is_out_of_the_ordinary_is_left_to_the_sorted_rows() {
    let s = sample(24_000, 11, true);
    let options = CoxOptions::default();
    let with = |change: &dyn Fn(usize, &mut [f64])| {
        let mut x = s.x.clone();
        for (i, mut row) in x.rows_mut().into_iter().enumerate() {
            change(i, row.as_slice_mut().unwrap());
        }
        Sample { time: s.time.clone(), event: s.event.clone(), x, strata: vec![], weights: vec![], offset: vec![] }
    };
    let cases: [(&str, Sample); 4] = [
        ("constant", with(&|_, row| row[3] = 5.0)),
        ("aliased", with(&|_, row| row[3] = row[0] + row[2])),
        ("separated", with(&|i, row| row[0] = f64::from(u8::from(!s.event[i])))),
        ("not a number", with(&|i, row| row[10] = if i == 23_999 { f64::NAN } else { row[10] })),
    ];
    for (name, case) in &cases {
        assert!(streamed(case, &options).is_none(), "{name}");
    }
    let error = cox(&cases[3].1.time, &cases[3].1.event, cases[3].1.x.view(), &options).unwrap_err();
    assert!(matches!(error, SurvivalError::CovariateNotFinite { row: 23_999, .. }));
    let fit = cox(&cases[1].1.time, &cases[1].1.event, cases[1].1.x.view(), &options).unwrap();
    assert_eq!(fit.terms.iter().filter(|t| t.coefficient.is_none()).count(), 1);
}

#[test]
fn values_that_are_not_numbers_in_rows_never_at_risk_are_refused() {
    let mut s = sample(24_000, 11, false);
    let first = (0..s.time.len()).min_by(|&a, &b| s.time[a].total_cmp(&s.time[b])).unwrap();
    s.event[first] = false;
    s.x[[first, 4]] = f64::INFINITY;
    let error = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap_err();
    assert!(matches!(error, SurvivalError::CovariateNotFinite { row, .. } if row == first));
}
