//! The maximum of the partial likelihood, followed to its limit where coefficients are infinite.

use super::design::Design;
use super::factor::Factor;
use super::firth::{maximise_penalised, penalised};
use super::likelihood::Evaluation;
use super::newton::{ALIASED, End, Fit, dot, newton};
use super::separation::monotone_direction;

/// The maximum, in scaled covariates.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    pub(crate) beta: Vec<f64>,
    /// Likelihood with derivatives at the solution (without the penalty).
    pub(crate) evaluation: Evaluation,
    /// Inverse information over the free columns.
    pub(crate) inverse: Vec<f64>,
    /// Log-likelihood at the solution and, for a penalty, its score.
    pub(crate) log_likelihood: f64,
    pub(crate) score: Vec<f64>,
    /// Where infinite coefficients run: +1, -1, or 0 for the others.
    pub(crate) infinite: Vec<f64>,
    /// Columns that the likelihood no longer depends on, or only in combinations, where others are infinite.
    pub(crate) undetermined: Vec<bool>,
    /// Columns set aside as combinations of earlier ones.
    pub(crate) aliased: Vec<bool>,
    pub(crate) first_log_likelihood: f64,
    pub(crate) first_score_statistic: f64,
    pub(crate) rank: usize,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
}

/// Maximises over the `active` coefficients from `start`.
pub(crate) fn maximise(
    design: &Design,
    start: &[f64],
    active: &[bool],
    max_iterations: usize,
    tolerance: f64,
) -> Option<Solution> {
    let p = design.p;
    let mut fit = newton(design, start, active, max_iterations, tolerance)?;
    let free = fit.factor.active.clone();
    let aliased: Vec<bool> = (0..p).map(|j| active[j] && !free[j]).collect();
    let rank = fit.factor.rank();
    let (first_log_likelihood, first_score_statistic) = (fit.first_log_likelihood, fit.first_score_statistic);
    let mut infinite = vec![0.0; p];
    let mut held = free.clone();
    let mut along = vec![0.0; p];
    let mut iterations = fit.iterations;
    while fit.end != End::Converged {
        let Some(direction) = monotone_direction(design, &fit.last_step, &along, &held) else {
            break;
        };
        for j in 0..p {
            if direction[j] != 0.0 {
                infinite[j] = direction[j].signum();
            }
            along[j] = 1e4 * along[j] + direction[j];
        }
        let Some(pivot) =
            (0..p).filter(|&j| held[j]).max_by(|&a, &b| direction[a].abs().total_cmp(&direction[b].abs()))
        else {
            break;
        };
        held[pivot] = false;
        let far = follow(design, &fit.beta, &direction);
        let Some(next) = newton(design, &far, &held, max_iterations, tolerance) else {
            break;
        };
        iterations += next.iterations;
        fit = next;
        if !held.iter().any(|&h| h) {
            fit.end = End::Converged;
        }
    }
    let mut undetermined = vec![false; p];
    if held != free {
        undetermined = left_open(design, start, &fit.evaluation.information, &held)?;
        let determined: Vec<bool> = (0..p).map(|j| held[j] && !undetermined[j]).collect();
        fit.factor = Factor::new(&fit.evaluation.information, p, &determined, 0.0);
        if !determined.iter().any(|&d| d) {
            fit.end = End::Converged;
        }
    }
    let converged = fit.end == End::Converged;
    let inverse = fit.factor.inverse();
    let Fit { beta, evaluation, .. } = fit;
    Some(Solution {
        log_likelihood: evaluation.log_likelihood,
        score: evaluation.score.clone(),
        beta,
        evaluation,
        inverse,
        infinite,
        undetermined,
        aliased,
        first_log_likelihood,
        first_score_statistic,
        rank,
        iterations,
        converged,
    })
}

/// The `held` columns that the information in the limit does not determine, alone or together; its diagonal is judged
/// against that at the start.
fn left_open(design: &Design, start: &[f64], limit: &[f64], held: &[bool]) -> Option<Vec<bool>> {
    let p = design.p;
    let mut first = Evaluation::default();
    if !first.at(design, start, true) {
        return None;
    }
    let share = |j: usize| limit[j * p + j] / first.information[j * p + j];
    let informed: Vec<bool> = (0..p).map(|j| held[j] && share(j) > 1e-10).collect();
    let mut open: Vec<bool> = (0..p).map(|j| held[j] && !informed[j]).collect();
    let factor = Factor::new(limit, p, &informed, 1e-9);
    let mut combination = vec![0.0; p];
    for k in (0..p).filter(|&k| informed[k] && !factor.active[k]) {
        open[k] = true;
        let column: Vec<f64> = (0..p).map(|j| limit[j * p + k]).collect();
        factor.solve(&column, &mut combination);
        for j in 0..p {
            // a combination with `k` that is flat leaves its other members open too
            open[j] |= combination[j].powi(2) * limit[j * p + j] > 1e-8 * limit[k * p + k];
        }
    }
    Some(open)
}

/// Maximises Firth's penalised likelihood over the `active` coefficients.
pub(crate) fn maximise_firth(design: &Design, active: &[bool]) -> Option<Solution> {
    let p = design.p;
    let start = vec![0.0; p];
    let mut evaluation = Evaluation::default();
    if !evaluation.at(design, &start, true) {
        return None;
    }
    let factor = Factor::new(&evaluation.information, p, active, ALIASED);
    let model = factor.active.clone();
    let mut step = vec![0.0; p];
    factor.solve(&evaluation.score, &mut step);
    let first_score_statistic = dot(&step, &evaluation.score);
    let first = penalised(design, &start, &model)?;
    let fit = maximise_penalised(design, &start, &model, &model)?;
    Some(Solution {
        inverse: Factor::new(&fit.at.evaluation.information, p, &model, 0.0).inverse(),
        log_likelihood: fit.at.log_likelihood,
        score: fit.at.score,
        beta: fit.beta,
        evaluation: fit.at.evaluation,
        infinite: vec![0.0; p],
        undetermined: vec![false; p],
        aliased: (0..p).map(|j| active[j] && !model[j]).collect(),
        first_log_likelihood: first.log_likelihood,
        first_score_statistic,
        rank: factor.rank(),
        iterations: fit.iterations,
        converged: fit.converged,
    })
}

/// Moves along a direction of monotone likelihood until the log-likelihood no longer changes.
fn follow(design: &Design, beta: &[f64], direction: &[f64]) -> Vec<f64> {
    let mut evaluation = Evaluation::default();
    let mut best = beta.to_vec();
    if !evaluation.at(design, &best, false) {
        return best;
    }
    let mut log_likelihood = evaluation.log_likelihood;
    let largest = direction.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
    let mut length = 8.0 / largest;
    while length * largest < 600.0 {
        let next: Vec<f64> = beta.iter().zip(direction).map(|(b, d)| b + length * d).collect();
        if !evaluation.at(design, &next, false) || evaluation.log_likelihood < log_likelihood {
            break;
        }
        let gained = evaluation.log_likelihood - log_likelihood;
        log_likelihood = evaluation.log_likelihood;
        best = next;
        if gained <= 1e-14 * log_likelihood.abs() {
            break;
        }
        length *= 2.0;
    }
    best
}
