//! Tests of the Cox model.

use ndarray::{Array2, array};

use super::{CoxInterval, CoxOptions, Direction, Inference, Penalty, TermStatus, Ties, cox};
use crate::{SurvivalError, Weights};

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found} is not {expected}");
}

fn coefficient(fit: &super::CoxFit, j: usize) -> f64 {
    fit.terms[j].coefficient.unwrap()
}

fn standard_error(fit: &super::CoxFit, j: usize) -> f64 {
    fit.terms[j].standard_error.unwrap()
}

const TV34_TIME: [f64; 8] = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
const TV34_EVENT: [bool; 8] = [true, true, true, false, true, true, false, false];

fn tv34_x() -> Array2<f64> {
    array![[1.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [0.0]]
}

#[test]
fn tv_34_three_tie_rules() {
    for (ties, beta, se, loglik) in [
        (Ties::Breslow, 0.891422, 0.929196, -7.983347),
        (Ties::Efron, 0.901099, 0.928769, -7.818491),
        (Ties::Exact, 0.955365, 0.957565, -7.100954),
    ] {
        let options = CoxOptions { ties, ..CoxOptions::default() };
        let fit = cox(&TV34_TIME, &TV34_EVENT, tv34_x().view(), &options).unwrap();
        close(coefficient(&fit, 0), beta, 1e-6);
        close(standard_error(&fit, 0), se, 1e-6);
        close(fit.log_likelihood, loglik, 1e-6);
        assert!(fit.converged && fit.score[0].abs() < 1e-8);
        if ties == Ties::Exact {
            close(fit.score_test.statistic, 1.0512276, 1e-6);
        }
    }
}

/// Therneau and Grambsch, appendix E: six subjects, Breslow. With r = exp(beta) the score is zero at
/// r = (3 + sqrt 33) / 2.
#[test]
fn six_subjects_breslow_has_its_closed_form() {
    let time = [1.0, 1.0, 6.0, 6.0, 8.0, 9.0];
    let event = [true, false, true, true, false, true];
    let x = array![[1.0], [1.0], [1.0], [0.0], [0.0], [0.0]];
    let options = CoxOptions { ties: Ties::Breslow, ..CoxOptions::default() };
    let fit = cox(&time, &event, x.view(), &options).unwrap();
    let r = (3.0 + 33_f64.sqrt()) / 2.0;
    let beta = r.ln();
    close(coefficient(&fit, 0), beta, 1e-12);
    close(fit.log_likelihood, 2.0 * beta - (3.0 * r + 3.0).ln() - 2.0 * (r + 3.0).ln(), 1e-12);
    let information = r / (r + 1.0).powi(2) + 6.0 * r / (r + 3.0).powi(2);
    close(standard_error(&fit, 0), information.sqrt().recip(), 1e-12);
    close(fit.log_likelihood_null, -6_f64.ln() - 2.0 * 4_f64.ln(), 1e-12);
}

/// Therneau and Grambsch, appendix E: the same subjects, Efron, whose second tied death leaves half of each out. The
/// printed solution is 1.676857.
#[test]
fn six_subjects_efron_solves_the_score_equation() {
    let time = [1.0, 1.0, 6.0, 6.0, 8.0, 9.0];
    let event = [true, false, true, true, false, true];
    let x = array![[1.0], [1.0], [1.0], [0.0], [0.0], [0.0]];
    let fit = cox(&time, &event, x.view(), &CoxOptions::default()).unwrap();
    let r = coefficient(&fit, 0).exp();
    let (a, b, c) = (r / (r + 1.0), r / (r + 3.0), (r / 2.0) / (r / 2.0 + 2.5));
    close(r.ln(), 1.676857, 1e-6);
    close(2.0 - a - b - c, 0.0, 1e-10);
    close(standard_error(&fit, 0), (a * (1.0 - a) + b * (1.0 - b) + c * (1.0 - c)).sqrt().recip(), 1e-12);
    let loglik = 2.0 * r.ln() - (3.0 * r + 3.0).ln() - (r + 3.0).ln() - (r / 2.0 + 2.5).ln();
    close(fit.log_likelihood, loglik, 1e-12);
}

/// A small generator, so that tests need no crate for random numbers.
struct Lcg(u64);

impl Lcg {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

struct Sample {
    time: Vec<f64>,
    event: Vec<bool>,
    x: Array2<f64>,
    strata: Vec<u32>,
    entry: Vec<f64>,
    offset: Vec<f64>,
    weights: Vec<f64>,
}

fn sample(n: usize, p: usize, whole: bool) -> Sample {
    let mut random = Lcg(20_261_122 + n as u64 * 31 + p as u64);
    let mut s = Sample {
        time: vec![],
        event: vec![],
        x: Array2::zeros((n, p)),
        strata: vec![],
        entry: vec![],
        offset: vec![],
        weights: vec![],
    };
    for i in 0..n {
        let mut eta = 0.0;
        for j in 0..p {
            let value = if j % 3 == 2 { f64::from(random.next() < 0.4) } else { random.next() * 2.0 - 1.0 };
            s.x[[i, j]] = value;
            eta += value * 0.4 / (1.0 + j as f64);
        }
        let t = -random.next().ln() * 20.0 / eta.exp();
        s.time.push(if whole { t.ceil().max(1.0) } else { t });
        s.event.push(random.next() < 0.6);
        s.strata.push((random.next() * 3.0) as u32);
        s.entry.push((s.time[i] * random.next() * 0.7).floor().min(s.time[i] * 0.9));
        s.offset.push(random.next() - 0.5);
        s.weights.push((random.next() * 3.0).floor() + 1.0);
    }
    s
}

fn assert_same(a: &super::CoxFit, b: &super::CoxFit, tolerance: f64) {
    close(a.log_likelihood, b.log_likelihood, tolerance);
    close(a.log_likelihood_null, b.log_likelihood_null, tolerance);
    for j in 0..a.terms.len() {
        close(coefficient(a, j), coefficient(b, j), tolerance);
        close(standard_error(a, j), standard_error(b, j), tolerance);
    }
}

#[test]
fn sums_over_sorted_rows_agree_with_enumerated_risk_sets() {
    use super::design::prepare;
    use super::likelihood::Evaluation;
    for (n, p, whole) in [(60, 3, true), (60, 3, false), (200, 12, true), (5000, 2, true), (4500, 9, false)] {
        let s = sample(n, p, whole);
        for use_entry in [false, true] {
            for ties in [Ties::Efron, Ties::Breslow] {
                for weights in [Weights::None, Weights::Sampling(&s.weights)] {
                    let options = CoxOptions {
                        ties,
                        strata: Some(&s.strata),
                        offset: Some(&s.offset),
                        entry: use_entry.then_some(s.entry.as_slice()),
                        weights,
                        ..CoxOptions::default()
                    };
                    if n > 1000 && (use_entry && weights != Weights::None || !whole && ties == Ties::Breslow) {
                        continue;
                    }
                    let design = prepare(&s.time, &s.event, s.x.view(), &options).unwrap();
                    let beta: Vec<f64> = (0..p).map(|j| 0.3 - 0.1 * j as f64).collect();
                    let (mut fast, mut slow) = (Evaluation::default(), Evaluation::default());
                    assert!(fast.at(&design, &beta, true));
                    assert!(super::direct::tied(&design, &beta, &mut slow));
                    close(fast.log_likelihood, slow.log_likelihood, 1e-12);
                    for j in 0..p {
                        assert!((fast.score[j] - slow.score[j]).abs() < 1e-11 * slow.information[j * p + j]);
                        for k in 0..p {
                            let size = slow.information[j * p + j] + slow.information[k * p + k];
                            assert!((fast.information[j * p + k] - slow.information[j * p + k]).abs() < 1e-11 * size);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn order_of_rows_does_not_matter() {
    let s = sample(150, 3, true);
    let fit = cox(&s.time, &s.event, s.x.view(), &CoxOptions { strata: Some(&s.strata), ..CoxOptions::default() });
    let reversed: Vec<usize> = (0..150).rev().collect();
    let time: Vec<f64> = reversed.iter().map(|&i| s.time[i]).collect();
    let event: Vec<bool> = reversed.iter().map(|&i| s.event[i]).collect();
    let strata: Vec<u32> = reversed.iter().map(|&i| s.strata[i]).collect();
    let x = s.x.select(ndarray::Axis(0), &reversed);
    let other = cox(&time, &event, x.view(), &CoxOptions { strata: Some(&strata), ..CoxOptions::default() });
    assert_same(&fit.unwrap(), &other.unwrap(), 1e-11);
}

#[test]
fn rule_11_frequency_weights_equal_repeated_rows() {
    let s = sample(60, 2, true);
    let rows: Vec<usize> = (0..60).flat_map(|i| std::iter::repeat_n(i, s.weights[i] as usize)).collect();
    let time: Vec<f64> = rows.iter().map(|&i| s.time[i]).collect();
    let event: Vec<bool> = rows.iter().map(|&i| s.event[i]).collect();
    let x = s.x.select(ndarray::Axis(0), &rows);
    for ties in [Ties::Efron, Ties::Breslow, Ties::Exact] {
        let options = CoxOptions { ties, weights: Weights::Frequency(&s.weights), ..CoxOptions::default() };
        let weighted = cox(&s.time, &s.event, s.x.view(), &options).unwrap();
        let repeated = cox(&time, &event, x.view(), &CoxOptions { ties, ..CoxOptions::default() }).unwrap();
        assert_same(&weighted, &repeated, 1e-10);
        assert_eq!((weighted.n, weighted.n_events), (repeated.n, repeated.n_events));
    }
}

#[test]
fn rows_of_weight_zero_do_not_take_part() {
    let s = sample(40, 2, true);
    let mut weights = vec![1.0; 40];
    weights[3] = 0.0;
    weights[17] = 0.0;
    let rows: Vec<usize> = (0..40).filter(|&i| weights[i] > 0.0).collect();
    let time: Vec<f64> = rows.iter().map(|&i| s.time[i]).collect();
    let event: Vec<bool> = rows.iter().map(|&i| s.event[i]).collect();
    let x = s.x.select(ndarray::Axis(0), &rows);
    let options = CoxOptions { weights: Weights::Frequency(&weights), ..CoxOptions::default() };
    let weighted = cox(&s.time, &s.event, s.x.view(), &options).unwrap();
    let without = cox(&time, &event, x.view(), &CoxOptions::default()).unwrap();
    assert_same(&weighted, &without, 1e-11);
}

#[test]
fn rule_2_cell_doses_and_offsets_of_800_fit() {
    let s = sample(100, 2, false);
    let fit = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    let mut doses = s.x.clone();
    doses.column_mut(0).mapv_inplace(|v| 2e10 + 1e9 * v);
    let offset = vec![800.0; 100];
    let scaled =
        cox(&s.time, &s.event, doses.view(), &CoxOptions { offset: Some(&offset), ..CoxOptions::default() }).unwrap();
    close(coefficient(&scaled, 0) * 1e9, coefficient(&fit, 0), 1e-9);
    close(coefficient(&scaled, 1), coefficient(&fit, 1), 1e-9);
    close(scaled.log_likelihood, fit.log_likelihood, 1e-12);
}

#[test]
fn rule_2_one_subject_with_an_offset_of_800_does_not_wash_out_the_others() {
    // the subject leaves first; the risk sets after it are those without it
    let s = sample(60, 1, false);
    let mut time = s.time.clone();
    time.push(1e-3);
    let mut event = s.event.clone();
    event.push(true);
    let mut x = s.x.clone();
    x.push_row(ndarray::ArrayView1::from(&[0.3])).unwrap();
    let mut offset = vec![0.0; 60];
    offset.push(800.0);
    let with = cox(&time, &event, x.view(), &CoxOptions { offset: Some(&offset), ..CoxOptions::default() }).unwrap();
    let without = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    close(coefficient(&with, 0), coefficient(&without, 0), 1e-9);
    close(standard_error(&with, 0), standard_error(&without, 0), 1e-9);
}

#[test]
fn rule_3_an_outlier_that_leaves_takes_no_digits_along() {
    // start/stop: a row of risk e^25 enters late and leaves early
    let s = sample(80, 1, false);
    let mut time = s.time.clone();
    let mut entry = vec![0.0; 80];
    let mut event = s.event.clone();
    let mut offset = vec![0.0; 80];
    let x = s.x.clone();
    let options = CoxOptions { entry: Some(&entry), offset: Some(&offset), ..CoxOptions::default() };
    let without = cox(&time, &event, x.view(), &options).unwrap();
    let latest = time.iter().copied().fold(0.0, f64::max);
    let mut sorted = time.clone();
    sorted.sort_by(f64::total_cmp);
    let lonely = sorted.iter().rposition(|&t| t < latest).unwrap();
    let (from, to) = (sorted[lonely] * 0.5 + latest * 0.5, latest * 0.999);
    // between the last two exits: at risk at no event time, so nothing may change
    time.push(to);
    entry.push(from);
    event.push(false);
    offset.push(25.0);
    // and one that spans the last events but one: it takes its share there and leaves nothing behind
    let mut wide = x.clone();
    wide.push_row(ndarray::ArrayView1::from(&[50.0])).unwrap();
    let options = CoxOptions { entry: Some(&entry), offset: Some(&offset), ..CoxOptions::default() };
    let with = cox(&time, &event, wide.view(), &options).unwrap();
    close(coefficient(&with, 0), coefficient(&without, 0), 1e-9);
    let mut early = entry.clone();
    early[80] = sorted[lonely - 6];
    time[80] = sorted[lonely - 3];
    let options = CoxOptions { entry: Some(&early), offset: Some(&offset), ..CoxOptions::default() };
    let design = super::design::prepare(&time, &event, x_with(&x, 0.5).view(), &options).unwrap();
    let (mut fast, mut slow) = (super::likelihood::Evaluation::default(), super::likelihood::Evaluation::default());
    assert!(fast.at(&design, &[0.3], true) && super::direct::tied(&design, &[0.3], &mut slow));
    close(fast.log_likelihood, slow.log_likelihood, 1e-13);
    close(fast.score[0], slow.score[0], 1e-12);
    close(fast.information[0], slow.information[0], 1e-12);
}

fn x_with(x: &Array2<f64>, value: f64) -> Array2<f64> {
    let mut wide = x.clone();
    wide.push_row(ndarray::ArrayView1::from(&[value])).unwrap();
    wide
}

#[test]
fn rule_5_deaths_in_one_arm_only_are_said_to_be_infinite() {
    // 81 patients, 4 deaths, all in one arm
    let n = 81;
    let time: Vec<f64> = (0..n).map(|i| if i % 20 == 0 && i < 80 { 2.0 + (i / 20) as f64 } else { 12.0 }).collect();
    let event: Vec<bool> = (0..n).map(|i| i % 20 == 0 && i < 80).collect();
    let x = Array2::from_shape_fn((n, 1), |(i, _)| f64::from(i % 2 == 0));
    let fit = cox(&time, &event, x.view(), &CoxOptions::default()).unwrap();
    let term = &fit.terms[0];
    assert_eq!(term.status, TermStatus::Infinite(Direction::Up));
    assert_eq!((term.coefficient, term.standard_error, term.upper), (None, None, None));
    assert!(fit.wald.is_none() && fit.converged);
    // in the limit the deaths are drawn from the 41, 40, 39, 38 of their own arm
    let limit: f64 = -(41_f64.ln() + 40_f64.ln() + 39_f64.ln() + 38_f64.ln());
    close(fit.log_likelihood, limit, 1e-12);
    let null: f64 = -(81_f64.ln() + 80_f64.ln() + 79_f64.ln() + 78_f64.ln());
    close(fit.likelihood_ratio.statistic, 2.0 * (limit - null), 1e-12);
    // the lower limit solves the profile equation
    let lower = term.lower.unwrap();
    let at = |b: f64| (0..4).map(|i| b - ((41.0 - f64::from(i)) * b.exp() + 40.0).ln()).sum::<f64>();
    close(2.0 * (limit - at(lower)), 3.841_458_820_694_124, 1e-9);
    assert!(fit.notes.iter().any(|note| note.to_string().contains("firth")));
}

#[test]
fn rule_5_exact_ties_compare_the_deaths_with_the_survivors() {
    // six observations of Therneau and Grambsch: of the two deaths at 6 only one is in the arm, yet no survivor is
    let (time, event) = ([1.0, 1.0, 6.0, 6.0, 8.0, 9.0], [true, false, true, true, false, true]);
    let x = array![[1.0], [1.0], [1.0], [0.0], [0.0], [0.0]];
    let fit = cox(&time, &event, x.view(), &CoxOptions { ties: Ties::Exact, ..CoxOptions::default() }).unwrap();
    assert_eq!(fit.terms[0].status, TermStatus::Infinite(Direction::Up));
    assert!(fit.converged && fit.wald.is_none());
    // by hand: 1/6 of six and 1/6 of the pairs of four before, 1/3 and 1/3 in the limit
    close(fit.log_likelihood, -2.0 * 3_f64.ln(), 1e-12);
    close(fit.likelihood_ratio.statistic, 4.0 * 2_f64.ln(), 1e-12);
}

#[test]
fn rule_5_a_coefficient_the_limit_does_not_depend_on_has_no_interval() {
    // every death has the largest x[0] of its risk set: with that coefficient infinite nothing is left for x[1]
    let time = [2.0, 6.0, 3.0, 1.0, 3.0, 4.0, 5.0, 9.0];
    let event = [true, false, false, false, false, false, true, false];
    let x = ndarray::array![
        [1.20, 0.0],
        [-0.18, 1.0],
        [-0.11, 0.0],
        [0.63, 1.0],
        [-1.07, 1.0],
        [-1.53, 0.0],
        [0.65, 1.0],
        [0.07, 0.0]
    ];
    for ties in [Ties::Efron, Ties::Breslow, Ties::Exact] {
        let fit = cox(&time, &event, x.view(), &CoxOptions { ties, ..CoxOptions::default() }).unwrap();
        assert!(fit.converged);
        assert!(fit.terms.iter().any(|term| matches!(term.status, TermStatus::Infinite(Direction::Up))));
        for term in &fit.terms {
            assert_ne!(term.status, TermStatus::Estimated);
            assert_eq!((term.coefficient, term.standard_error, term.upper), (None, None, None));
        }
    }
}

#[test]
fn short_of_the_maximum_there_are_no_limits() {
    let s = sample(40, 2, false);
    let fit = cox(&s.time, &s.event, s.x.view(), &CoxOptions { max_iterations: 1, ..CoxOptions::default() }).unwrap();
    assert!(!fit.converged && fit.wald.is_none());
    for term in &fit.terms {
        assert_eq!((term.standard_error, term.lower, term.upper, term.p_value), (None, None, None, None));
        assert_eq!(term.inference, Inference::None);
    }
}

#[test]
fn a_column_constant_in_each_risk_set_is_aliased_under_every_tie_rule() {
    // the two rows at risk at the event of weight > 0 and after have the same covariate
    let time = [6.0, 4.0, 7.0, 2.0];
    let event = [false, true, true, false];
    let x = ndarray::array![[0.3], [0.3], [0.3], [-0.2]];
    for ties in [Ties::Efron, Ties::Breslow, Ties::Exact] {
        let fit = cox(&time, &event, x.view(), &CoxOptions { ties, ..CoxOptions::default() }).unwrap();
        assert_eq!(fit.terms[0].status, TermStatus::Aliased);
    }
}

#[test]
fn rule_5_the_other_coefficients_are_those_of_the_limit() {
    let mut s = sample(90, 2, false);
    for i in 0..90 {
        s.x[[i, 1]] = f64::from(i % 2 == 0);
        if i % 2 == 1 {
            s.event[i] = false;
        }
    }
    let fit = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    assert_eq!(fit.terms[1].status, TermStatus::Infinite(Direction::Up));
    let rows: Vec<usize> = (0..90).filter(|i| i % 2 == 0).collect();
    let time: Vec<f64> = rows.iter().map(|&i| s.time[i]).collect();
    let event: Vec<bool> = rows.iter().map(|&i| s.event[i]).collect();
    let x = s.x.select(ndarray::Axis(0), &rows).select(ndarray::Axis(1), &[0]);
    let own_arm = cox(&time, &event, x.view(), &CoxOptions::default()).unwrap();
    close(coefficient(&fit, 0), coefficient(&own_arm, 0), 1e-9);
    close(standard_error(&fit, 0), standard_error(&own_arm, 0), 1e-9);
    close(fit.log_likelihood, own_arm.log_likelihood, 1e-10);
}

#[test]
fn rule_6_a_dependent_column_is_aliased_and_the_rest_unchanged() {
    let s = sample(80, 2, true);
    let plain = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    let wide = Array2::from_shape_fn((80, 4), |(i, j)| match j {
        0 | 1 => s.x[[i, j]],
        2 => s.x[[i, 0]] - 3.0 * s.x[[i, 1]],
        _ => 7.5,
    });
    let fit = cox(&s.time, &s.event, wide.view(), &CoxOptions::default()).unwrap();
    assert_eq!(fit.terms[2].status, TermStatus::Aliased);
    assert_eq!(fit.terms[3].status, TermStatus::Constant);
    assert_eq!(fit.likelihood_ratio.df, 2);
    for j in 0..2 {
        close(coefficient(&fit, j), coefficient(&plain, j), 1e-10);
        close(standard_error(&fit, j), standard_error(&plain, j), 1e-10);
    }
}

#[test]
fn a_column_constant_within_each_stratum_is_aliased() {
    let s = sample(80, 1, true);
    let x = Array2::from_shape_fn((80, 2), |(i, j)| if j == 0 { s.x[[i, 0]] } else { 0.1 * f64::from(s.strata[i]) });
    let fit = cox(&s.time, &s.event, x.view(), &CoxOptions { strata: Some(&s.strata), ..CoxOptions::default() });
    assert_eq!(fit.unwrap().terms[1].status, TermStatus::Aliased);
}

#[test]
fn one_stratum_equals_none_and_a_stratum_of_one_adds_nothing() {
    let s = sample(70, 2, true);
    let plain = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    let mut strata = vec![5; 70];
    let one = cox(&s.time, &s.event, s.x.view(), &CoxOptions { strata: Some(&strata), ..CoxOptions::default() });
    assert_same(&plain, &one.unwrap(), 1e-11);
    strata.push(u32::MAX);
    let mut time = s.time.clone();
    time.push(3.0);
    let mut event = s.event.clone();
    event.push(true);
    let mut x = s.x.clone();
    x.push_row(ndarray::ArrayView1::from(&[9.0, 9.0])).unwrap();
    let lonely = cox(&time, &event, x.view(), &CoxOptions { strata: Some(&strata), ..CoxOptions::default() });
    assert_same(&plain, &lonely.unwrap(), 1e-9);
}

#[test]
fn splitting_follow_up_changes_nothing() {
    let s = sample(90, 3, true);
    let plain = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    let (mut time, mut entry, mut event, mut rows) = (vec![], vec![], vec![], vec![]);
    for i in 0..90 {
        let cut = (s.time[i] / 2.0).floor();
        if cut > 0.0 {
            time.push(cut);
            entry.push(0.0);
            event.push(false);
            rows.push(i);
        }
        time.push(s.time[i]);
        entry.push(cut);
        event.push(s.event[i]);
        rows.push(i);
    }
    let x = s.x.select(ndarray::Axis(0), &rows);
    for ties in [Ties::Efron, Ties::Breslow, Ties::Exact] {
        let whole = CoxOptions { ties, ..CoxOptions::default() };
        let plain =
            if ties == Ties::Efron { plain.clone() } else { cox(&s.time, &s.event, s.x.view(), &whole).unwrap() };
        let split = cox(&time, &event, x.view(), &CoxOptions { entry: Some(&entry), ..whole }).unwrap();
        assert_same(&plain, &split, 1e-10);
    }
}

#[test]
fn scaling_time_changes_nothing_and_near_ties_are_tied() {
    let s = sample(90, 2, true);
    let plain = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    let months: Vec<f64> = s.time.iter().map(|t| t / 30.4375).collect();
    let years: Vec<f64> =
        s.time.iter().enumerate().map(|(i, t)| if i % 2 == 0 { t / 30.4375 } else { t / 365.25 * 12.0 }).collect();
    for time in [months, years] {
        let fit = cox(&time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
        assert_same(&plain, &fit, 1e-11);
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let s = sample(60_000, 9, true);
    let options = CoxOptions { strata: Some(&s.strata), ..CoxOptions::default() };
    let fits: Vec<_> = [1, 2, 3]
        .iter()
        .map(|&threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| cox(&s.time, &s.event, s.x.view(), &options).unwrap())
        })
        .collect();
    assert!(fits[0] == fits[1] && fits[0] == fits[2]);
}

#[test]
fn column_order_of_memory_does_not_change_a_bit() {
    let s = sample(300, 10, true);
    let by_row = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    let mut columns = Array2::zeros(ndarray::ShapeBuilder::f((300, 10)));
    columns.assign(&s.x);
    assert_eq!(by_row, cox(&s.time, &s.event, columns.view(), &CoxOptions::default()).unwrap());
}

#[test]
fn bad_input_is_refused_by_name_row_and_value() {
    let x = array![[1.0], [0.0], [2.0]];
    let fit = |time: &[f64], event: &[bool], x: &Array2<f64>, options: &CoxOptions<'_>| {
        cox(time, event, x.view(), options).unwrap_err().to_string()
    };
    let default = CoxOptions::default();
    let event = [true, false, true];
    assert_eq!(fit(&[1.0, -2.0, 3.0], &event, &x, &default), "`time` must be >= 0, but row 1 is -2");
    assert_eq!(fit(&[1.0, f64::NAN, 3.0], &event, &x, &default), "`time` must be finite, but row 1 is NaN");
    assert_eq!(fit(&[1.0, 2.0], &event, &x, &default), "`event` has 3 rows, but `time` has 2");
    assert_eq!(fit(&[1.0, 2.0, 3.0], &[false; 3], &x, &default), "the Cox model is not estimable: there are no events");
    let infinite = array![[1.0], [f64::INFINITY], [0.0]];
    assert_eq!(fit(&[1.0, 2.0, 3.0], &event, &infinite, &default), "covariate `x1` must be finite, but row 1 is inf");
    let entry = [0.0, 2.0, 1.0];
    let options = CoxOptions { entry: Some(&entry), ..default };
    assert!(matches!(
        cox(&[1.0, 2.0, 3.0], &event, x.view(), &options),
        Err(SurvivalError::EntryNotBeforeTime { row: 1, .. })
    ));
    let empty = Array2::zeros((0, 1));
    assert_eq!(cox(&[], &[], empty.view(), &default), Err(SurvivalError::Empty));
    let weights = [0.5, 1.0, 1.0];
    let options = CoxOptions { weights: Weights::Frequency(&weights), ..default };
    assert!(matches!(
        cox(&[1.0, 2.0, 3.0], &event, x.view(), &options),
        Err(SurvivalError::FractionalFrequency { row: 0, .. })
    ));
    assert!(matches!(
        cox(&[1.0, 2.0, 3.0], &event, x.view(), &CoxOptions { conf_level: 1.0, ..default }),
        Err(SurvivalError::InvalidOption { option: "conf_level", .. })
    ));
}

#[test]
fn more_covariates_than_events_is_said() {
    let s = sample(12, 9, false);
    let fit = cox(&s.time, &s.event, s.x.view(), &CoxOptions::default()).unwrap();
    assert!(fit.notes.iter().any(|n| n.to_string().contains("9 covariates but only")), "{:?}", fit.notes);
}

#[test]
fn a_single_row_and_one_risk_set_give_nothing_estimable_but_no_failure() {
    let fit = cox(&[1.0], &[true], array![[1.0]].view(), &CoxOptions::default()).unwrap();
    assert_eq!(fit.terms[0].status, TermStatus::Constant);
    let fit = cox(&[2.0, 2.0], &[true, true], array![[1.0], [0.0]].view(), &CoxOptions::default()).unwrap();
    assert!(fit.terms[0].coefficient.is_some() || fit.terms[0].status != TermStatus::Estimated);
}

#[test]
fn firth_penalised_score_is_the_derivative_of_the_penalised_likelihood() {
    use super::design::prepare;
    use super::firth::penalised;
    let s = sample(70, 3, true);
    for entry in [None, Some(s.entry.as_slice())] {
        for ties in [Ties::Efron, Ties::Breslow] {
            let options = CoxOptions { ties, strata: Some(&s.strata), entry, ..CoxOptions::default() };
            let design = prepare(&s.time, &s.event, s.x.view(), &options).unwrap();
            let beta = [0.4, -0.2, 0.3];
            let at = penalised(&design, &beta, &[true; 3]).unwrap();
            for j in 0..3 {
                let step = 1e-5;
                let (mut up, mut down) = (beta, beta);
                up[j] += step;
                down[j] -= step;
                let slope = (penalised(&design, &up, &[true; 3]).unwrap().log_likelihood
                    - penalised(&design, &down, &[true; 3]).unwrap().log_likelihood)
                    / (2.0 * step);
                assert!((slope - at.score[j]).abs() < 1e-6 * (1.0 + at.score[j].abs()), "{slope} {}", at.score[j]);
            }
        }
    }
}

#[test]
fn rule_17_firth_is_finite_under_separation_with_profile_limits() {
    let n = 81;
    let time: Vec<f64> = (0..n).map(|i| if i % 20 == 0 && i < 80 { 2.0 + (i / 20) as f64 } else { 12.0 }).collect();
    let event: Vec<bool> = (0..n).map(|i| i % 20 == 0 && i < 80).collect();
    let x = Array2::from_shape_fn((n, 1), |(i, _)| f64::from(i % 2 == 0));
    let options = CoxOptions { penalty: Penalty::Firth, ..CoxOptions::default() };
    let fit = cox(&time, &event, x.view(), &options).unwrap();
    let term = &fit.terms[0];
    assert_eq!((term.status, term.inference), (TermStatus::Estimated, Inference::PenalisedProfile));
    // the penalised likelihood in closed form: 41, 40, 39, 38 exposed at risk beside 40
    let penalised = |b: f64| {
        let (mut ll, mut information) = (0.0, 0.0);
        for i in 0..4 {
            let exposed = (41.0 - f64::from(i)) * b.exp();
            let share = exposed / (exposed + 40.0);
            ll += b - (exposed + 40.0).ln();
            information += share * (1.0 - share);
        }
        ll + 0.5 * f64::ln(information)
    };
    let beta = term.coefficient.unwrap();
    close(fit.log_likelihood, penalised(beta), 1e-12);
    for step in [-1e-3, 1e-3] {
        assert!(penalised(beta + step) < penalised(beta));
    }
    for limit in [term.lower.unwrap(), term.upper.unwrap()] {
        close(2.0 * (penalised(beta) - penalised(limit)), 3.841_458_820_694_124, 1e-9);
    }
    close(fit.likelihood_ratio.statistic, 2.0 * (penalised(beta) - penalised(0.0)), 1e-10);
    close(term.z.unwrap().powi(2), fit.likelihood_ratio.statistic, 1e-9);
}

#[test]
fn profile_limits_and_likelihood_ratio_tests_of_single_coefficients_agree_with_refits() {
    let s = sample(80, 3, true);
    let options = CoxOptions { interval: CoxInterval::Profile, ..CoxOptions::default() };
    let fit = cox(&s.time, &s.event, s.x.view(), &options).unwrap();
    for j in 0..3 {
        let others: Vec<usize> = (0..3).filter(|&k| k != j).collect();
        let x = s.x.select(ndarray::Axis(1), &others);
        let term = &fit.terms[j];
        for (value, fall) in [
            (term.lower.unwrap(), 3.841_458_820_694_124),
            (term.upper.unwrap(), 3.841_458_820_694_124),
            (0.0, term.z.unwrap().powi(2)),
        ] {
            let offset: Vec<f64> = s.x.column(j).iter().map(|x| value * x).collect();
            let options = CoxOptions { offset: Some(&offset), ..CoxOptions::default() };
            let refit = cox(&s.time, &s.event, x.view(), &options).unwrap();
            close(2.0 * (fit.log_likelihood - refit.log_likelihood), fall, 1e-8);
        }
        assert_eq!(term.inference, Inference::Profile);
    }
}

#[test]
fn firth_refuses_what_it_is_not_defined_for() {
    let s = sample(20, 1, true);
    let firth = CoxOptions { penalty: Penalty::Firth, ..CoxOptions::default() };
    let exact = CoxOptions { ties: Ties::Exact, ..firth };
    assert!(matches!(cox(&s.time, &s.event, s.x.view(), &exact), Err(SurvivalError::Incompatible { .. })));
    let weighted = CoxOptions { weights: Weights::Sampling(&s.weights), ..firth };
    assert!(matches!(cox(&s.time, &s.event, s.x.view(), &weighted), Err(SurvivalError::Incompatible { .. })));
}
