use super::*;

struct Data {
    entry: Vec<f64>,
    time: Vec<f64>,
    event: Vec<bool>,
    score: Vec<f64>,
    strata: Vec<u32>,
    weights: Vec<f64>,
}

fn random(rows: usize) -> Data {
    let mut state = 20261122_u64;
    let mut next = |limit: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % limit
    };
    let entry: Vec<f64> = (0..rows).map(|_| next(6) as f64).collect();
    let time = entry.iter().map(|e| e + 1.0 + next(9) as f64).collect();
    let event = (0..rows).map(|_| next(3) > 0).collect();
    let score = (0..rows).map(|_| next(7) as f64 - 3.0).collect();
    let strata = (0..rows).map(|_| next(3) as u32).collect();
    let weights = (0..rows).map(|_| next(4) as f64).collect();
    Data { entry, time, event, score, strata, weights }
}

#[test]
fn all_pairs_one_by_one_give_the_same_counts() {
    for (delayed, tau) in [(true, f64::INFINITY), (false, f64::INFINITY), (true, 6.0), (false, 6.0)] {
        counts_of_all_pairs(90, delayed, tau);
    }
    counts_of_all_pairs(700, false, f64::INFINITY);
}

fn counts_of_all_pairs(rows: usize, delayed: bool, tau: f64) {
    let Data { entry, time, event, score, strata, weights } = random(rows);
    let found = concordance(
        &time,
        &event,
        &score,
        &ConcordanceOptions {
            entry: delayed.then_some(&entry),
            strata: Some(&strata),
            weights: Weights::Sampling(&weights),
            tau: tau.is_finite().then_some(tau),
            ..ConcordanceOptions::default()
        },
    )
    .unwrap();
    let mut expected = [0.0; 5];
    for i in 0..rows {
        for j in 0..rows {
            if i == j || strata[i] != strata[j] || !event[i] || time[i] > tau {
                continue;
            }
            let weight = weights[i] * weights[j];
            if event[j] && time[i] == time[j] {
                expected[if score[i] == score[j] { 4 } else { 3 }] += 0.5 * weight;
            } else if (!delayed || entry[j] < time[i]) && time[j] >= time[i] {
                let kind = usize::from(score[i] < score[j]) + 2 * usize::from(score[i] == score[j]);
                expected[kind] += weight;
            }
        }
    }
    assert_eq!([found.n_concordant, found.n_discordant, found.tied_x, found.tied_y, found.tied_xy], expected);
}

#[test]
fn the_influence_is_the_derivative_by_the_weight() {
    let Data { entry, time, event, score, strata, mut weights } = random(40);
    weights.iter_mut().for_each(|w| *w += 0.5);
    let of = |weights: &[f64]| {
        let weights = Weights::Sampling(weights);
        let entry = Some(&entry[..]);
        let options = ConcordanceOptions { entry, strata: Some(&strata), weights, ..Default::default() };
        concordance(&time, &event, &score, &options).unwrap()
    };
    let mut sum = 0.0;
    for row in 0..40 {
        let h = 1e-4;
        let (mut up, mut down) = (weights.clone(), weights.clone());
        up[row] += h;
        down[row] -= h;
        sum += (weights[row] * (of(&up).concordance - of(&down).concordance) / (2.0 * h)).powi(2);
    }
    assert!((of(&weights).standard_error - sum.sqrt()).abs() < 1e-8);
}

#[test]
fn frequency_weights_equal_repeated_rows() {
    let Data { entry, time, event, score, strata, weights } = random(60);
    let weighted = concordance(
        &time,
        &event,
        &score,
        &ConcordanceOptions {
            entry: Some(&entry),
            strata: Some(&strata),
            weights: Weights::Frequency(&weights),
            ..ConcordanceOptions::default()
        },
    )
    .unwrap();
    let rows: Vec<usize> = (0..60).flat_map(|row| std::iter::repeat_n(row, weights[row] as usize)).collect();
    fn take<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
        rows.iter().map(|&row| values[row]).collect()
    }
    let repeated = concordance(
        &take(&time, &rows),
        &take(&event, &rows),
        &take(&score, &rows),
        &ConcordanceOptions {
            entry: Some(&take(&entry, &rows)),
            strata: Some(&take(&strata, &rows)),
            ..ConcordanceOptions::default()
        },
    )
    .unwrap();
    assert!((weighted.standard_error - repeated.standard_error).abs() < 1e-14);
    assert_eq!(
        Concordance { standard_error: 0.0, lower: 0.0, upper: 0.0, ..weighted },
        Concordance { standard_error: 0.0, lower: 0.0, upper: 0.0, ..repeated }
    );
}

#[test]
fn data_without_a_comparable_pair_are_not_estimable() {
    let error = concordance(&[1.0, 1.0], &[true, true], &[0.0, 1.0], &ConcordanceOptions::default()).unwrap_err();
    assert!(matches!(error, SurvivalError::NotEstimable { .. }));
}

#[test]
fn the_order_of_rows_and_merged_pieces_do_not_matter() {
    let Data { time, event, score, .. } = random(3000);
    // continuous times and scores
    let time: Vec<f64> = time.iter().enumerate().map(|(i, t)| t + ((i * 7919) % 3001) as f64 * 1e-3).collect();
    let score: Vec<f64> = score.iter().enumerate().map(|(i, s)| s + ((i * 104_729) % 3001) as f64 * 1e-3).collect();
    let options = ConcordanceOptions { time_weight: TimeWeight::Uno, ..ConcordanceOptions::default() };
    let found = concordance(&time, &event, &score, &options).unwrap();
    let turned = |values: &[f64]| values.iter().rev().copied().collect::<Vec<f64>>();
    let event_turned: Vec<bool> = event.iter().rev().copied().collect();
    let again = concordance(&turned(&time), &event_turned, &turned(&score), &options).unwrap();
    assert!((found.concordance - again.concordance).abs() < 1e-13);
    assert!((found.standard_error - again.standard_error).abs() < 1e-13);
}

#[test]
fn rule_13_who_is_censored_at_a_tie_is_still_at_risk_and_leaves_the_censoring_curve_after_the_events() {
    // two at risk at 2: one event, one censored; then an event at 3 against a censoring at 4
    let time = [1.0, 2.0, 2.0, 3.0, 4.0];
    let event = [true, true, false, true, false];
    let score = [1.0, 5.0, 2.0, 3.0, 4.0];
    let uno = ConcordanceOptions { time_weight: TimeWeight::Uno, ..ConcordanceOptions::default() };
    let found = concordance(&time, &event, &score, &uno).unwrap();
    // G(1-) = G(2-) = 1; at 2 one of the three left after the event is censored: G(3-) = 2/3
    let late = (1.5_f64).powi(2);
    assert!((found.n_concordant - 3.0).abs() < 1e-14);
    assert!((found.n_discordant - (4.0 + late)).abs() < 1e-14);
    let early = concordance(&time, &event, &score, &ConcordanceOptions { tau: Some(2.0), ..uno }).unwrap();
    assert_eq!((early.n_concordant, early.n_discordant), (3.0, 4.0));
}

#[test]
fn counting_by_digits_gives_what_merging_gives() {
    for (rows, step, strata) in [(6000, 0.0, false), (9000, 1e-3, false), (20_000, 0.0, true)] {
        let Data { time, event, score, strata: codes, .. } = random(rows);
        let spread = |values: &[f64], factor: usize| -> Vec<f64> {
            values.iter().enumerate().map(|(i, v)| v + ((i * factor) % rows) as f64 * step).collect()
        };
        let (time, score) = (spread(&time, 7919), spread(&score, 104_729));
        let options = ConcordanceOptions { strata: strata.then_some(&codes), tau: Some(9.5), ..Default::default() };
        let ones = vec![1.0; rows];
        let merged = ConcordanceOptions { weights: Weights::Sampling(&ones), ..options };
        let found = concordance(&time, &event, &score, &options).unwrap();
        assert_eq!(found, concordance(&time, &event, &score, &merged).unwrap());
    }
}
