//! The likelihood by enumerating every risk set: for the discrete ("exact") likelihood, and where sums over sorted rows
//! would lose their digits because risks differ by too many orders of magnitude.

use super::design::Design;
use super::likelihood::{Evaluation, Twofold};

/// Positions at risk at event `k` of a stratum that begins at row `start`; the deaths come last.
pub(crate) fn risk_set(design: &Design, start: usize, k: usize, out: &mut Vec<usize>) {
    out.clear();
    out.extend((start..design.end[k] as usize).filter(|&position| design.at_risk(position, k)));
}

/// Linear predictor of every sorted row.
pub(crate) fn linear_predictor(design: &Design, beta: &[f64]) -> Vec<f64> {
    (0..design.rows())
        .map(|i| {
            let fixed = design.offset.get(i).copied().unwrap_or(0.0);
            design.row(i).iter().zip(beta).map(|(x, b)| x * b).sum::<f64>() + fixed
        })
        .collect()
}

fn clear(design: &Design, evaluation: &mut Evaluation) {
    let p = design.p;
    evaluation.score.clear();
    evaluation.score.resize(p, 0.0);
    evaluation.information.clear();
    evaluation.information.resize(p * p, 0.0);
}

/// Efron's and Breslow's likelihood with derivatives, each risk set relative to its own largest predictor.
pub(crate) fn tied(design: &Design, beta: &[f64], evaluation: &mut Evaluation) -> bool {
    let p = design.p;
    clear(design, evaluation);
    let eta = linear_predictor(design, beta);
    let mut log_likelihood = Twofold::default();
    let mut positions = Vec::new();
    let (mut first, mut dead_first) = (vec![0.0; p], vec![0.0; p]);
    let (mut second, mut dead_second) = (vec![0.0; p * p], vec![0.0; p * p]);
    let mut mean = vec![0.0; p];
    for stratum in &design.strata {
        for k in stratum.events.0..stratum.events.1 {
            risk_set(design, stratum.rows.0, k, &mut positions);
            let highest = positions.iter().map(|&i| eta[i]).fold(f64::NEG_INFINITY, f64::max);
            if !highest.is_finite() {
                return false;
            }
            let deaths_from = design.end[k] as usize - design.deaths[k] as usize;
            let (mut total, mut dead) = (0.0, 0.0);
            first.fill(0.0);
            second.fill(0.0);
            dead_first.fill(0.0);
            dead_second.fill(0.0);
            for &i in &positions {
                let w = design.weight(i);
                let risk = w * (eta[i] - highest).exp();
                let x = design.row(i);
                total += risk;
                add_moments(x, risk, &mut first, &mut second);
                if i >= deaths_from {
                    dead += risk;
                    add_moments(x, risk, &mut dead_first, &mut dead_second);
                    log_likelihood.add(w * (eta[i] - highest));
                    for (score, x) in evaluation.score.iter_mut().zip(x) {
                        *score += w * x;
                    }
                }
            }
            let shares = design.shares(k);
            let weight = design.mean_weight[k] * design.count[k] / shares as f64;
            for l in 0..shares {
                let share = l as f64 / design.count[k];
                let denominator = total - share * dead;
                log_likelihood.add(-weight * denominator.ln());
                for j in 0..p {
                    mean[j] = (first[j] - share * dead_first[j]) / denominator;
                    evaluation.score[j] -= weight * mean[j];
                }
                for a in 0..p {
                    for b in 0..=a {
                        let square = (second[a * p + b] - share * dead_second[a * p + b]) / denominator;
                        evaluation.information[a * p + b] += weight * (square - mean[a] * mean[b]);
                    }
                }
            }
        }
    }
    mirror(&mut evaluation.information, p);
    evaluation.log_likelihood = log_likelihood.value();
    evaluation.log_likelihood.is_finite()
}

fn add_moments(x: &[f64], risk: f64, first: &mut [f64], second: &mut [f64]) {
    let p = x.len();
    for a in 0..p {
        first[a] += risk * x[a];
        for b in 0..=a {
            second[a * p + b] += risk * x[a] * x[b];
        }
    }
}

/// Copies the lower triangle to the upper.
pub(crate) fn mirror(matrix: &mut [f64], p: usize) {
    for a in 0..p {
        for b in 0..a {
            matrix[b * p + a] = matrix[a * p + b];
        }
    }
}

/// The discrete conditional likelihood.
///
/// With d deaths among the rows at risk, the denominator is the sum over all subsets of d rows of the product of their
/// risks. Subsets are built row by row; what is carried is the logarithm of the sum for each size together with mean and
/// covariance of the subset's covariate total, so that each row only mixes two distributions and nothing overflows.
pub(crate) fn exact(design: &Design, beta: &[f64], evaluation: &mut Evaluation) -> bool {
    let p = design.p;
    clear(design, evaluation);
    let eta = linear_predictor(design, beta);
    let mut log_likelihood = Twofold::default();
    let mut positions = Vec::new();
    for stratum in &design.strata {
        for k in stratum.events.0..stratum.events.1 {
            risk_set(design, stratum.rows.0, k, &mut positions);
            let d = design.deaths[k] as usize;
            let mut subsets = Subsets::new(d, p);
            for &i in &positions {
                subsets.add(design.row(i), eta[i]);
            }
            let deaths_from = positions.len() - d;
            for &i in &positions[deaths_from..] {
                log_likelihood.add(eta[i]);
                for (score, x) in evaluation.score.iter_mut().zip(design.row(i)) {
                    *score += x;
                }
            }
            log_likelihood.add(-subsets.log_sum[d]);
            for j in 0..p {
                evaluation.score[j] -= subsets.mean[d * p + j];
            }
            for (total, value) in evaluation.information.iter_mut().zip(&subsets.covariance[d * p * p..]) {
                *total += value;
            }
        }
    }
    mirror(&mut evaluation.information, p);
    evaluation.log_likelihood = log_likelihood.value();
    evaluation.log_likelihood.is_finite()
}

/// Distribution of the covariate total of a random subset, for each size up to `d`.
struct Subsets {
    p: usize,
    rows: usize,
    log_sum: Vec<f64>,
    mean: Vec<f64>,
    covariance: Vec<f64>,
    apart: Vec<f64>,
}

impl Subsets {
    fn new(d: usize, p: usize) -> Self {
        let mut log_sum = vec![f64::NEG_INFINITY; d + 1];
        log_sum[0] = 0.0;
        Self {
            p,
            rows: 0,
            log_sum,
            mean: vec![0.0; (d + 1) * p],
            covariance: vec![0.0; (d + 1) * p * p],
            apart: vec![0.0; p],
        }
    }

    fn add(&mut self, x: &[f64], eta: f64) {
        let p = self.p;
        self.rows += 1;
        let largest = (self.log_sum.len() - 1).min(self.rows);
        for size in (1..=largest).rev() {
            // subsets of `size` either leave this row out, or hold it beside a subset of `size - 1`
            let with = self.log_sum[size - 1] + eta;
            let without = self.log_sum[size];
            let share = 1.0 / (1.0 + (without - with).exp());
            let higher = with.max(without);
            self.log_sum[size] = higher + (-(with - without).abs()).exp().ln_1p();
            let (before, here) = self.mean.split_at_mut(size * p);
            let before = &before[(size - 1) * p..];
            for j in 0..p {
                self.apart[j] = before[j] + x[j] - here[j];
                here[j] += share * self.apart[j];
            }
            let (before, here) = self.covariance.split_at_mut(size * p * p);
            let before = &before[(size - 1) * p * p..];
            for a in 0..p {
                for b in 0..=a {
                    let at = a * p + b;
                    here[at] = (1.0 - share) * here[at]
                        + share * before[at]
                        + share * (1.0 - share) * self.apart[a] * self.apart[b];
                }
            }
        }
    }
}
