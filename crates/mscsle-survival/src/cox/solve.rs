//! The maximum of the partial likelihood, followed to its limit where coefficients are infinite.

use super::design::Design;
use super::factor::Factor;
use super::firth::{maximise_penalised, penalised};
use super::likelihood::Evaluation;
use super::newton::{ALIASED, End, Fit, dot, newton};
use super::separation::{Limit, Maximum, maximum};
use crate::SurvivalError;

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
    /// Columns that are infinite in either direction, or whose coefficient the limit does not determine.
    pub(crate) undetermined: Vec<bool>,
    /// The data in the limit of infinite coefficients, which solution, evaluation and inverse belong to; `None` if there
    /// are none.
    pub(crate) limit: Option<Design>,
    /// Columns that the likelihood was maximised over (in the limit).
    pub(crate) held: Vec<bool>,
    /// Columns set aside as combinations of earlier ones.
    pub(crate) aliased: Vec<bool>,
    pub(crate) first_log_likelihood: f64,
    pub(crate) first_score_statistic: f64,
    pub(crate) rank: usize,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
}

/// Maximises over the `active` coefficients.
///
/// Where the iteration does not end at a maximum, or only slowly, whether there is one is decided by
/// [`maximum`](super::separation::maximum); if not, the model of the limit is fitted. `with_strata` prepares the same data
/// with other stratum codes.
pub(crate) fn maximise(
    design: &Design,
    active: &[bool],
    max_iterations: usize,
    tolerance: f64,
    with_strata: &dyn Fn(Vec<u32>) -> Result<Design, SurvivalError>,
) -> Result<Solution, SurvivalError> {
    let p = design.p;
    let start = vec![0.0; p];
    let climb = |design: &Design, start: &[f64], active: &[bool], tolerance| {
        newton(design, start, active, max_iterations, tolerance).ok_or_else(not_finite)
    };
    let mut fit = climb(design, &start, active, tolerance)?;
    let free = fit.free.clone();
    let (first_log_likelihood, first_score_statistic) = (fit.first_log_likelihood, fit.first_score_statistic);
    let mut iterations = fit.iterations;
    let mut held = free.clone();
    let (mut infinite, mut undetermined) = (vec![0.0; p], vec![false; p]);
    let mut limit = None;
    let mut decided = true;
    if !fit.at_maximum() || fit.doubtful {
        match maximum(design, &free, with_strata)? {
            Maximum::Finite => {}
            Maximum::Undecided => decided = false,
            Maximum::Infinite(found) => {
                let Limit { design, touched, infinite: signs, pivots } = *found;
                held = (0..p).map(|j| free[j] && !pivots[j]).collect();
                fit = climb(&design, &start, &held, tolerance)?;
                iterations += fit.iterations;
                undetermined = (0..p).map(|j| free[j] && signs[j] == 0.0 && (touched[j] || !fit.free[j])).collect();
                infinite = signs;
                limit = Some(design);
            }
        }
        if fit.end == End::Growing && decided {
            // there is a maximum, only so far away that the log-likelihood settles before it is reached
            fit = climb(limit.as_ref().unwrap_or(design), &fit.beta, &held, f64::MIN_POSITIVE)?;
            iterations += fit.iterations;
        }
    }
    let converged = decided && fit.at_maximum();
    let inverse = fit.factor.inverse();
    let Fit { beta, evaluation, free: held, .. } = fit;
    Ok(Solution {
        log_likelihood: evaluation.log_likelihood,
        score: evaluation.score.clone(),
        beta,
        evaluation,
        inverse,
        infinite,
        undetermined,
        limit,
        held,
        aliased: (0..p).map(|j| active[j] && !free[j]).collect(),
        first_log_likelihood,
        first_score_statistic,
        rank: free.iter().filter(|&&f| f).count(),
        iterations,
        converged,
    })
}

fn not_finite() -> SurvivalError {
    SurvivalError::NotEstimable {
        quantity: "the Cox model",
        reason: "the likelihood is not finite at the start; offsets differ by more than 300 within a stratum"
            .to_owned(),
    }
}

/// Maximises Firth's penalised likelihood over the `active` coefficients.
pub(crate) fn maximise_firth(design: &Design, active: &[bool]) -> Result<Solution, SurvivalError> {
    let p = design.p;
    let start = vec![0.0; p];
    let mut evaluation = Evaluation::default();
    if !evaluation.at(design, &start, true) {
        return Err(not_finite());
    }
    let factor = Factor::new(&evaluation.information, p, active, ALIASED);
    let model = factor.active.clone();
    let mut step = vec![0.0; p];
    factor.solve(&evaluation.score, &mut step);
    let first_score_statistic = dot(&step, &evaluation.score);
    let first = penalised(design, &start, &model).ok_or_else(not_finite)?;
    let fit = maximise_penalised(design, &start, &model, &model).ok_or_else(not_finite)?;
    Ok(Solution {
        inverse: Factor::new(&fit.at.evaluation.information, p, &model, 0.0).inverse(),
        log_likelihood: fit.at.log_likelihood,
        score: fit.at.score,
        beta: fit.beta,
        evaluation: fit.at.evaluation,
        infinite: vec![0.0; p],
        undetermined: vec![false; p],
        limit: None,
        held: model.clone(),
        aliased: (0..p).map(|j| active[j] && !model[j]).collect(),
        first_log_likelihood: first.log_likelihood,
        first_score_statistic,
        rank: factor.rank(),
        iterations: fit.iterations,
        converged: fit.converged,
    })
}
