//! The maximum of a penalised partial likelihood at one strength.

use super::design::Design;
use super::factor::Factor;
use super::likelihood::Evaluation;

/// Newton steps at most.
const STEPS: usize = 60;
/// Cycles of coordinate descent at most.
const CYCLES: usize = 20_000;
/// Squared length of the last step, in standard errors, below which the solution is exact for all purposes.
const EXACT: f64 = 1e-20;

/// What is penalised how much, in scaled coefficients.
pub(crate) struct Weights {
    /// Penalised coefficient per scaled coefficient.
    pub(crate) unit: Vec<f64>,
    /// Factor of each column.
    pub(crate) factor: Vec<f64>,
    /// Share of the lasso.
    pub(crate) mix: f64,
    /// Sum of the weights of the rows.
    pub(crate) total: f64,
    /// Columns that are not constant.
    pub(crate) usable: Vec<bool>,
}

impl Weights {
    /// Penalty of |b| for column `j`, on the scale of the log-likelihood.
    fn absolute(&self, strength: f64, j: usize) -> f64 {
        self.total * strength * self.factor[j] * self.mix * self.unit[j]
    }

    /// Penalty of b^2 / 2.
    fn square(&self, strength: f64, j: usize) -> f64 {
        self.total * strength * self.factor[j] * (1.0 - self.mix) * self.unit[j] * self.unit[j]
    }

    fn of(&self, strength: f64, columns: &[usize], beta: &[f64]) -> f64 {
        columns
            .iter()
            .zip(beta)
            .map(|(&j, b)| self.absolute(strength, j) * b.abs() + 0.5 * self.square(strength, j) * b * b)
            .sum()
    }
}

/// The solution at the last strength.
pub(crate) struct Penalised {
    /// Scaled coefficients of all columns.
    pub(crate) beta: Vec<f64>,
    pub(crate) log_likelihood: f64,
    /// Score of all columns.
    score: Vec<f64>,
    /// Columns that have been different from 0, and those without a penalty.
    ever: Vec<bool>,
}

impl Penalised {
    /// The model of the columns without a penalty.
    pub(crate) fn start(design: &Design, weights: &Weights) -> Option<Self> {
        let p = design.p;
        let mut state = Self {
            beta: vec![0.0; p],
            log_likelihood: f64::NAN,
            score: vec![0.0; p],
            ever: (0..p).map(|j| weights.usable[j] && weights.factor[j] == 0.0).collect(),
        };
        let free: Vec<usize> = (0..p).filter(|&j| state.ever[j]).collect();
        let part = design.columns(&free);
        let mut evaluation = Evaluation::default();
        let mut beta = vec![0.0; free.len()];
        if !evaluation.at(&part, &beta, true) {
            return None;
        }
        if !free.is_empty() {
            newton(&part, &free, weights, 0.0, &mut beta, &mut evaluation);
        }
        state.take(design, &free, &beta, &evaluation);
        Some(state)
    }

    /// The smallest strength at which all penalised coefficients are 0 (for a ridge, that of a mix of 0.001).
    pub(crate) fn largest_strength(&self, weights: &Weights) -> f64 {
        (0..self.beta.len())
            .filter(|&j| weights.usable[j] && weights.factor[j] > 0.0)
            .map(|j| {
                self.score[j].abs() / (weights.total * weights.factor[j] * weights.unit[j] * weights.mix.max(1e-3))
            })
            .fold(0.0, f64::max)
    }

    fn take(&mut self, design: &Design, columns: &[usize], beta: &[f64], evaluation: &Evaluation) {
        self.beta.fill(0.0);
        for (&j, &b) in columns.iter().zip(beta) {
            self.beta[j] = b;
        }
        self.log_likelihood = evaluation.log_likelihood;
        self.score = evaluation.score_of(design);
    }
}

/// Maximises at a strength, from the solution at the strength before; whether the maximum was reached.
pub(crate) fn maximise_penalty(
    design: &Design,
    weights: &Weights,
    strength: f64,
    before: f64,
    state: &mut Penalised,
) -> bool {
    let p = design.p;
    let ridge = weights.mix == 0.0;
    // the strong rule: columns that will hardly enter are left out and checked afterwards
    let bound = if before.is_finite() { 2.0 * strength - before } else { strength };
    let mut active: Vec<bool> = (0..p)
        .map(|j| {
            weights.usable[j] && (ridge || state.ever[j] || state.score[j].abs() >= weights.absolute(bound.max(0.0), j))
        })
        .collect();
    loop {
        let columns: Vec<usize> = (0..p).filter(|&j| active[j]).collect();
        let part = design.columns(&columns);
        let mut beta: Vec<f64> = columns.iter().map(|&j| state.beta[j]).collect();
        let mut evaluation = Evaluation::default();
        if !evaluation.at(&part, &beta, true) {
            return false;
        }
        let converged = newton(&part, &columns, weights, strength, &mut beta, &mut evaluation);
        state.take(design, &columns, &beta, &evaluation);
        for (&j, &b) in columns.iter().zip(&beta) {
            state.ever[j] |= b != 0.0;
        }
        let mut complete = true;
        for j in 0..p {
            if weights.usable[j] && !active[j] && state.score[j].abs() > weights.absolute(strength, j) * (1.0 + 1e-10) {
                active[j] = true;
                complete = false;
            }
        }
        if complete || !converged {
            return converged;
        }
    }
}

/// Newton's method over the columns of `part`; whether it converged.
fn newton(
    part: &Design,
    columns: &[usize],
    weights: &Weights,
    strength: f64,
    beta: &mut Vec<f64>,
    evaluation: &mut Evaluation,
) -> bool {
    let p = columns.len();
    let mut objective = evaluation.log_likelihood - weights.of(strength, columns, beta);
    for _ in 0..STEPS {
        let target = quadratic(columns, weights, strength, beta, evaluation);
        let step: Vec<f64> = target.iter().zip(beta.iter()).map(|(t, b)| t - b).collect();
        let mut length = 0.0;
        for a in 0..p {
            let mut row = weights.square(strength, columns[a]) * step[a];
            for b in 0..p {
                row += evaluation.information[a * p + b] * step[b];
            }
            length += row * step[a];
        }
        if length.is_nan() {
            return false;
        }
        let mut next = target;
        let mut halvings = 0;
        let slack = 1e-13 * objective.abs();
        loop {
            let finite = evaluation.at(part, &next, true);
            let value = evaluation.log_likelihood - weights.of(strength, columns, &next);
            if finite && value >= objective - slack {
                objective = value;
                break;
            }
            halvings += 1;
            if halvings > 40 {
                evaluation.at(part, beta, true);
                return length <= 1e-14;
            }
            for (next, b) in next.iter_mut().zip(beta.iter()) {
                *next = 0.5 * (*next + b);
            }
        }
        *beta = next;
        if halvings == 0 && length <= EXACT {
            return true;
        }
    }
    false
}

/// The maximum of the quadratic model of the likelihood less the penalty.
fn quadratic(columns: &[usize], weights: &Weights, strength: f64, beta: &[f64], at: &Evaluation) -> Vec<f64> {
    let p = columns.len();
    if columns.iter().all(|&j| weights.absolute(strength, j) == 0.0) {
        let mut matrix = at.information.clone();
        let mut rhs = at.score.clone();
        for (a, &j) in columns.iter().enumerate() {
            matrix[a * p + a] += weights.square(strength, j);
            rhs[a] -= weights.square(strength, j) * beta[a];
        }
        let mut step = vec![0.0; p];
        Factor::new(&matrix, p, &vec![true; p], 1e-14).solve(&rhs, &mut step);
        return step.iter().zip(beta).map(|(s, b)| s + b).collect();
    }
    let mut next = beta.to_vec();
    // derivative of the likelihood's model at `next`
    let mut slope = at.score.clone();
    for _ in 0..CYCLES {
        let mut largest = 0.0_f64;
        for a in 0..p {
            let j = columns[a];
            let own = at.information[a * p + a];
            let curvature = own + weights.square(strength, j);
            if curvature <= 0.0 {
                continue;
            }
            let pull = slope[a] + own * next[a];
            let bound = weights.absolute(strength, j);
            // at the bound, within rounding, the coefficient is 0
            let value =
                if pull.abs() <= bound * (1.0 + 1e-12) { 0.0 } else { (pull.abs() - bound).copysign(pull) / curvature };
            let change = value - next[a];
            if change != 0.0 {
                next[a] = value;
                for (slope, information) in slope.iter_mut().zip(&at.information[a * p..(a + 1) * p]) {
                    *slope -= information * change;
                }
                largest = largest.max(change * change * curvature);
            }
        }
        if largest <= 1e-26 {
            break;
        }
    }
    next
}
