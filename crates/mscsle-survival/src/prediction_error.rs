//! Brier score and time-dependent AUC of predicted survival, weighted for censoring.

use mscsle_distributions::normal;
use ndarray::ArrayView2;

use crate::sort::ascending_order;
use crate::{NearTies, SurvivalError, check, largest_gap_of_sorted};

/// Errors and discrimination of predicted survival at given times. Numbers that do not exist are NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionError {
    /// Times.
    pub time: Vec<f64>,
    /// Brier score.
    pub brier: Vec<f64>,
    /// Its standard error.
    pub brier_standard_error: Vec<f64>,
    /// Brier score of the Kaplan-Meier curve of the same rows, a prediction without covariates.
    pub brier_null: Vec<f64>,
    /// Cumulative/dynamic AUC: events until the time against those who live beyond it.
    pub auc: Vec<f64>,
    /// Its standard error.
    pub auc_standard_error: Vec<f64>,
    /// Events until each time.
    pub n_events: Vec<usize>,
    /// Rows followed beyond each time.
    pub n_beyond: Vec<usize>,
    /// Mean of the Brier score over the times (trapezoids); NaN for a single time.
    pub integrated_brier: f64,
    /// The same without covariates.
    pub integrated_brier_null: f64,
    /// Normal quantile of the two-sided interval asked for.
    pub critical_value: f64,
    /// What was computed, in words.
    pub method: &'static str,
}

/// Brier score and AUC of predicted survival (`survival[[i, k]]`: probability that row i lives beyond `times[k]`).
///
/// ```text
/// Brier(t) = mean of  S_i(t)^2 / G(T_i-)        event at T_i <= t
///                     (1 - S_i(t))^2 / G(t)     followed beyond t
///                     0                         censored until t
/// AUC(t)   = weighted share of the pairs (event until t, followed beyond t) in which the event had the lower S(t);
///            events count 1 / G(T_i-), equal predictions one half
/// G        Kaplan-Meier curve of the censoring; at a tie of times events come before censorings
/// ```
///
/// Standard errors are those of the infinitesimal jackknife, with the estimation of G; the predictions are taken as given.
/// The integrated score is the mean over the span of `times`, by trapezoids.
///
/// # Errors
/// Lengths that differ, values that are not finite or no probabilities, times that do not ascend, and a time beyond which
/// nobody is followed ([`SurvivalError::NotEstimable`]).
///
/// # Examples
/// ```
/// use mscsle_survival::{NearTies, prediction_error};
/// use ndarray::array;
/// let survival = array![[0.2], [0.4], [0.7], [0.9]];
/// let found = prediction_error(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, false], survival.view(), &[2.5], 0.95, NearTies::Group)?;
/// assert!((found.brier[0] - (0.04 + 0.16 + 0.09 + 0.01) / 4.0).abs() < 1e-15);
/// assert_eq!(found.auc, [1.0]);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Graf E, Schmoor C, Sauerbrei W, Schumacher M (1999) Stat Med 18:2529. Gerds TA, Schumacher M (2006) Biom J 48:1029,
/// doi:10.1002/bimj.200610301. Blanche P, Dartigues JF, Jacqmin-Gadda H (2013) Stat Med 32:5381, doi:10.1002/sim.5958.
pub fn prediction_error(
    time: &[f64],
    event: &[bool],
    survival: ArrayView2<'_, f64>,
    times: &[f64],
    conf_level: f64,
    near_ties: NearTies,
) -> Result<PredictionError, SurvivalError> {
    check_arguments(time, event, survival, times, conf_level)?;
    let n = time.len();
    let censoring = Censoring::new(time, event, near_ties);
    let mut found = PredictionError {
        time: times.to_vec(),
        brier: Vec::with_capacity(times.len()),
        brier_standard_error: Vec::with_capacity(times.len()),
        brier_null: Vec::with_capacity(times.len()),
        auc: Vec::with_capacity(times.len()),
        auc_standard_error: Vec::with_capacity(times.len()),
        n_events: Vec::with_capacity(times.len()),
        n_beyond: Vec::with_capacity(times.len()),
        integrated_brier: f64::NAN,
        integrated_brier_null: f64::NAN,
        critical_value: normal::quantile_upper(0.5 * (1.0 - conf_level)).unwrap_or(f64::NAN),
        method: "inverse probability of censoring weights by Kaplan-Meier, cumulative/dynamic AUC, infinitesimal jackknife",
    };
    let mut weight = vec![0.0; n];
    let mut alive = vec![false; n];
    let mut share = vec![0.0; n];
    let mut own = vec![0.0; n];
    for (column, &at) in survival.columns().into_iter().zip(times) {
        let last = censoring.weights(at, event, &mut weight, &mut alive);
        let beyond = alive.iter().filter(|&&a| a).count();
        if beyond == 0 {
            return Err(SurvivalError::NotEstimable {
                quantity: "the prediction error",
                reason: format!("nobody is followed beyond {at}"),
            });
        }
        let count = n as f64;
        let mut error = 0.0;
        let mut null = 0.0;
        let marginal = censoring.survival(last);
        for i in 0..n {
            let predicted = column[i];
            let miss = if alive[i] { 1.0 - predicted } else { predicted };
            let marginal_miss = if alive[i] { 1.0 - marginal } else { marginal };
            share[i] = weight[i] * miss * miss / count;
            error += share[i];
            null += weight[i] * marginal_miss * marginal_miss / count;
        }
        for i in 0..n {
            own[i] = share[i] - error / count;
        }
        censoring.correct(last, event, &share, &mut own);
        found.brier.push(error);
        found.brier_null.push(null);
        found.brier_standard_error.push(own.iter().map(|v| v * v).sum::<f64>().sqrt());
        let events = (0..n).filter(|&i| !alive[i] && weight[i] > 0.0).count();
        found.n_events.push(events);
        found.n_beyond.push(beyond);
        let predicted: Vec<f64> = column.iter().copied().collect();
        match discrimination(&predicted, &weight, &alive, &mut share, &mut own) {
            Some(auc) => {
                censoring.correct(last, event, &share, &mut own);
                found.auc.push(auc);
                found.auc_standard_error.push(own.iter().map(|v| v * v).sum::<f64>().sqrt());
            }
            None => {
                found.auc.push(f64::NAN);
                found.auc_standard_error.push(f64::NAN);
            }
        }
    }
    found.integrated_brier = mean_over(times, &found.brier);
    found.integrated_brier_null = mean_over(times, &found.brier_null);
    Ok(found)
}

fn check_arguments(
    time: &[f64],
    event: &[bool],
    survival: ArrayView2<'_, f64>,
    times: &[f64],
    conf_level: f64,
) -> Result<(), SurvivalError> {
    let n = time.len();
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    check::length("event", n, event.len())?;
    check::length("survival", n, survival.nrows())?;
    check::times("time", time)?;
    check::times("times", times)?;
    if survival.ncols() != times.len() {
        return Err(SurvivalError::UnequalLength {
            argument: "columns of `survival`",
            expected: times.len(),
            found: survival.ncols(),
        });
    }
    let invalid = |option, expected, value| Err(SurvivalError::InvalidOption { option, expected, value });
    if let Some(pair) = times.windows(2).find(|pair| pair[0] >= pair[1]) {
        return invalid("times", "ascending", pair[1]);
    }
    if let Some(&value) = survival.iter().find(|value| !(0.0..=1.0).contains(*value)) {
        return invalid("survival", "probabilities", value);
    }
    if !(conf_level > 0.0 && conf_level < 1.0) {
        return invalid("conf_level", "between 0 and 1", conf_level);
    }
    Ok(())
}

/// Mean of a curve over its times, by trapezoids.
fn mean_over(times: &[f64], values: &[f64]) -> f64 {
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return f64::NAN;
    };
    let area: f64 = times.windows(2).zip(values.windows(2)).map(|(t, v)| (t[1] - t[0]) * 0.5 * (v[0] + v[1])).sum();
    area / (last - first)
}

/// AUC with what each row adds to it by its weight (`share`, events only) and in all (`own`).
fn discrimination(survival: &[f64], weight: &[f64], alive: &[bool], share: &mut [f64], own: &mut [f64]) -> Option<f64> {
    share.fill(0.0);
    own.fill(0.0);
    let beyond = alive.iter().filter(|&&a| a).count() as f64;
    let total: f64 = weight.iter().zip(alive).filter(|(_, alive)| !**alive).map(|(w, _)| w).sum();
    if !(total > 0.0 && beyond > 0.0) {
        return None;
    }
    let order = ascending_order(survival);
    // from the lowest survival up: events met so far, living met so far
    let (mut events, mut living) = (0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| survival[a as usize] == survival[b as usize]) {
        let own_events: f64 = tied.iter().map(|&i| i as usize).filter(|&i| !alive[i]).map(|i| weight[i]).sum();
        let own_living = tied.iter().filter(|&&i| alive[i as usize]).count() as f64;
        for &i in tied {
            let i = i as usize;
            own[i] = if alive[i] {
                (events + 0.5 * own_events) / total // share of the events with a lower survival
            } else {
                (beyond - living - 0.5 * own_living) / beyond // share of the living with a higher survival
            };
        }
        events += own_events;
        living += own_living;
    }
    let auc: f64 = (0..own.len()).filter(|&i| !alive[i]).map(|i| weight[i] * own[i]).sum::<f64>() / total;
    for i in 0..own.len() {
        if alive[i] {
            own[i] = (own[i] - auc) / beyond;
        } else {
            share[i] = weight[i] * (own[i] - auc) / total;
            own[i] = share[i];
        }
    }
    Some(auc)
}

/// The Kaplan-Meier curve of the censoring, events before censorings.
struct Censoring {
    /// Group of each row.
    group: Vec<usize>,
    time: Vec<f64>,
    /// Rows at risk less events, and censored, by group.
    exposed: Vec<f64>,
    censored: Vec<f64>,
    /// G just before and after each group.
    before: Vec<f64>,
    after: Vec<f64>,
    /// Survival of the events after each group.
    survival: Vec<f64>,
    gap: f64,
}

impl Censoring {
    fn new(time: &[f64], event: &[bool], near_ties: NearTies) -> Self {
        let order = ascending_order(time);
        let sorted: Vec<f64> = order.iter().map(|&row| time[row as usize]).collect();
        let gap = largest_gap_of_sorted(&sorted, near_ties);
        let mut curve = Self {
            group: vec![0; time.len()],
            time: Vec::new(),
            exposed: Vec::new(),
            censored: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            survival: Vec::new(),
            gap,
        };
        let mut at_risk = time.len() as f64;
        let (mut uncensored, mut surviving) = (1.0, 1.0);
        let mut start = 0;
        while start < sorted.len() {
            let mut end = start + 1;
            while end < sorted.len() && sorted[end] - sorted[end - 1] <= gap {
                end += 1;
            }
            let mut dead = 0.0;
            for &row in &order[start..end] {
                curve.group[row as usize] = curve.time.len();
                dead += f64::from(event[row as usize]);
            }
            let censored = (end - start) as f64 - dead;
            curve.time.push(sorted[start]);
            curve.exposed.push(at_risk - dead);
            curve.censored.push(censored);
            curve.before.push(uncensored);
            if censored > 0.0 {
                uncensored *= 1.0 - censored / (at_risk - dead);
            }
            surviving *= 1.0 - dead / at_risk;
            curve.after.push(uncensored);
            curve.survival.push(surviving);
            at_risk -= dead + censored;
            start = end;
        }
        curve
    }

    fn survival(&self, last: usize) -> f64 {
        if last == 0 { 1.0 } else { self.survival[last - 1] }
    }

    /// Weights at a time and who is followed beyond it; gives the number of groups until the time.
    fn weights(&self, at: f64, event: &[bool], weight: &mut [f64], alive: &mut [bool]) -> usize {
        let last = self.time.partition_point(|&time| time <= at + self.gap);
        let uncensored = if last == 0 { 1.0 } else { self.after[last - 1] };
        for (i, &group) in self.group.iter().enumerate() {
            alive[i] = group >= last;
            weight[i] = if alive[i] {
                1.0 / uncensored
            } else if event[i] {
                1.0 / self.before[group]
            } else {
                0.0
            };
        }
        last
    }

    /// Adds to each row's influence what it does to G: `share` is the derivative by the logarithm of each weight.
    fn correct(&self, last: usize, event: &[bool], share: &[f64], own: &mut [f64]) {
        // sum of the shares whose weight holds the factor of group s
        let mut later = vec![0.0; self.time.len() + 1];
        for (i, &group) in self.group.iter().enumerate() {
            later[group] += share[i];
        }
        for s in (0..self.time.len()).rev() {
            later[s] += later[s + 1];
        }
        let mut jump = vec![0.0; last];
        let mut drift = vec![0.0; last + 1];
        for s in 0..last {
            let hazard = if self.censored[s] > 0.0 { self.censored[s] / self.exposed[s] } else { 0.0 };
            if hazard > 0.0 && hazard < 1.0 {
                jump[s] = later[s + 1] / ((1.0 - hazard) * self.exposed[s]);
            }
            drift[s + 1] = drift[s] + jump[s] * hazard;
        }
        for (i, &group) in self.group.iter().enumerate() {
            own[i] += if group >= last {
                -drift[last]
            } else if event[i] {
                -drift[group]
            } else {
                jump[group] - drift[group + 1]
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    struct Data {
        time: Vec<f64>,
        event: Vec<bool>,
        survival: Array2<f64>,
    }

    fn data(n: usize) -> Data {
        let mut state = 5_u64;
        let mut next = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        let time: Vec<f64> = (0..n).map(|_| 1.0 + next(12) as f64).collect();
        let event: Vec<bool> = (0..n).map(|_| next(5) > 1).collect();
        let survival = Array2::from_shape_fn((n, 2), |(_, k)| (next(20) as f64 + 1.0) / (22.0 + 3.0 * k as f64));
        Data { time, event, survival }
    }

    /// The definition, with every row repeated `counts` times.
    fn by_definition(data: &Data, counts: &[f64], at: f64, column: usize) -> (f64, f64) {
        let n = data.time.len();
        let uncensored = |until: &dyn Fn(f64) -> bool| {
            let mut times: Vec<f64> = data.time.clone();
            times.sort_by(f64::total_cmp);
            times.dedup();
            times.iter().filter(|&&t| until(t)).fold(1.0, |g, &t| {
                let sum = |keep: &dyn Fn(usize) -> bool| (0..n).filter(|&i| keep(i)).map(|i| counts[i]).sum::<f64>();
                let censored = sum(&|i| data.time[i] == t && !data.event[i]);
                let exposed = sum(&|i| data.time[i] >= t) - sum(&|i| data.time[i] == t && data.event[i]);
                if censored > 0.0 { g * (1.0 - censored / exposed) } else { g }
            })
        };
        let weight: Vec<f64> = (0..n)
            .map(|i| {
                if data.time[i] > at {
                    counts[i] / uncensored(&|t| t <= at)
                } else if data.event[i] {
                    counts[i] / uncensored(&|t| t < data.time[i])
                } else {
                    0.0
                }
            })
            .collect();
        let total: f64 = counts.iter().sum();
        let brier: f64 = (0..n)
            .map(|i| {
                let s = data.survival[[i, column]];
                weight[i] * if data.time[i] > at { (1.0 - s) * (1.0 - s) } else { s * s }
            })
            .sum::<f64>()
            / total;
        let (mut right, mut all) = (0.0, 0.0);
        for i in (0..n).filter(|&i| data.time[i] <= at) {
            for j in (0..n).filter(|&j| data.time[j] > at) {
                let (a, b) = (data.survival[[i, column]], data.survival[[j, column]]);
                let w = weight[i] * weight[j];
                all += w;
                right += w * if a < b {
                    1.0
                } else if a == b {
                    0.5
                } else {
                    0.0
                };
            }
        }
        (brier, right / all)
    }

    #[test]
    fn brier_and_auc_are_their_definitions_and_the_errors_their_derivatives() {
        let data = data(45);
        let times = [4.0, 8.5];
        let found =
            prediction_error(&data.time, &data.event, data.survival.view(), &times, 0.95, NearTies::Group).unwrap();
        for (k, &at) in times.iter().enumerate() {
            let ones = vec![1.0; 45];
            let (brier, auc) = by_definition(&data, &ones, at, k);
            assert!((found.brier[k] - brier).abs() < 1e-14 && (found.auc[k] - auc).abs() < 1e-14);
            let (mut of_brier, mut of_auc) = (0.0, 0.0);
            for row in 0..45 {
                let h = 1e-5;
                let (mut up, mut down) = (ones.clone(), ones.clone());
                up[row] += h;
                down[row] -= h;
                let (above, below) = (by_definition(&data, &up, at, k), by_definition(&data, &down, at, k));
                of_brier += ((above.0 - below.0) / (2.0 * h)).powi(2);
                of_auc += ((above.1 - below.1) / (2.0 * h)).powi(2);
            }
            assert!((found.brier_standard_error[k] - of_brier.sqrt()).abs() < 1e-9);
            assert!((found.auc_standard_error[k] - of_auc.sqrt()).abs() < 1e-9);
        }
        assert!((found.integrated_brier - 0.5 * (found.brier[0] + found.brier[1])).abs() < 1e-15);
    }

    #[test]
    fn a_time_beyond_all_follow_up_is_refused() {
        let data = data(20);
        let survival = data.survival.column(0).insert_axis(ndarray::Axis(1));
        let error = prediction_error(&data.time, &data.event, survival, &[40.0], 0.95, NearTies::Group).unwrap_err();
        assert!(error.to_string().contains("nobody is followed beyond 40"), "{error}");
    }
}
