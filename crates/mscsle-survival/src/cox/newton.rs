//! Newton's method with step halving.

use super::design::Design;
use super::factor::Factor;
use super::likelihood::Evaluation;

/// A pivot below this share of its own diagonal means that the column depends on earlier ones.
pub(crate) const ALIASED: f64 = 1e-11;
/// Squared length of the last step in units of its standard errors below which the solution is exact for all purposes.
pub(super) const EXACT: f64 = 1e-20;
/// The same, where rounding of the score forbids more.
pub(super) const NOISE: f64 = 1e-14;
/// The same, where a maximum is near if there is one.
pub(super) const NEAR: f64 = 1e-2;
/// A factor by which squared steps shrink only where there is none.
pub(super) const SLOW: f64 = 0.1;
/// Share of the information at the start below which little is left.
pub(super) const LOST: f64 = 1e-6;

/// How the iteration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At the maximum.
    Converged,
    /// The log-likelihood settles while coefficients keep growing.
    Growing,
    /// Out of iterations or steps.
    Stopped,
}

/// The state at the last iteration.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) beta: Vec<f64>,
    pub(crate) evaluation: Evaluation,
    pub(crate) factor: Factor,
    /// Log-likelihood at the start.
    pub(crate) first_log_likelihood: f64,
    /// Score' information^-1 score at the start.
    pub(crate) first_score_statistic: f64,
    pub(crate) iterations: usize,
    pub(crate) end: End,
    /// Columns that took part from the start.
    pub(crate) free: Vec<bool>,
    /// Whether steps shrank by no more than a constant factor or the information vanished, as along a direction without a
    /// maximum.
    pub(crate) doubtful: bool,
}

impl Fit {
    /// Whether the iteration ended at a maximum in all columns.
    pub(crate) fn at_maximum(&self) -> bool {
        self.end == End::Converged && self.factor.active == self.free
    }
}

/// Maximises the log-likelihood over the `active` coefficients from `start`; `None` if it is not finite at the start.
pub(crate) fn newton(
    design: &Design,
    start: &[f64],
    active: &[bool],
    max_iterations: usize,
    tolerance: f64,
) -> Option<Fit> {
    let p = design.p;
    let mut beta = start.to_vec();
    let mut evaluation = Evaluation::default();
    if !evaluation.at(design, &beta, true) {
        return None;
    }
    // a column constant in each risk set has rounding for information
    let rounding = 1e-14 * design.n_events;
    let active: Vec<bool> = (0..p).map(|j| active[j] && evaluation.information[j * p + j] > rounding).collect();
    let mut factor = Factor::new(&evaluation.information, p, &active, ALIASED);
    let active = factor.active.clone();
    let first_pivots = factor.pivots();
    let first_log_likelihood = evaluation.log_likelihood;
    let mut step = vec![0.0; p];
    factor.solve(&evaluation.score, &mut step);
    let mut decrement = dot(&step, &evaluation.score);
    let first_score_statistic = decrement;
    let mut candidate = vec![0.0; p];
    let mut settled = false;
    let mut slow = 0_usize;
    let mut end = End::Stopped;
    let mut iterations = 0;
    loop {
        if decrement <= EXACT || factor.rank() == 0 {
            end = End::Converged;
            break;
        }
        if iterations == max_iterations {
            break;
        }
        iterations += 1;
        let before = evaluation.log_likelihood;
        for j in 0..p {
            candidate[j] = beta[j] + step[j];
        }
        let mut finite = evaluation.at(design, &candidate, true);
        let mut halvings = 0.0;
        // rounding may lower the log-likelihood by its last digits at the maximum
        let slack = 1e-13 * before.abs();
        while !(finite && evaluation.log_likelihood >= before - slack) && halvings < 40.0 {
            halvings += 1.0;
            for j in 0..p {
                candidate[j] = (halvings * beta[j] + candidate[j]) / (halvings + 1.0);
            }
            finite = evaluation.at(design, &candidate, true);
        }
        if !(finite && evaluation.log_likelihood >= before - slack) {
            evaluation.at(design, &beta, true);
            break;
        }
        std::mem::swap(&mut beta, &mut candidate);
        factor = Factor::new(&evaluation.information, p, &active, 0.0);
        let last_decrement = decrement;
        factor.solve(&evaluation.score, &mut step);
        decrement = dot(&step, &evaluation.score);
        if !decrement.is_finite() || !factor.positive {
            break;
        }
        // near a maximum the squared step shrinks like its own square
        slow += usize::from(decrement < NEAR && decrement > NOISE && decrement > SLOW * last_decrement);
        let was_settled = settled;
        settled = halvings == 0.0
            && (evaluation.log_likelihood - before).abs() <= tolerance * evaluation.log_likelihood.abs();
        if was_settled && settled && decrement > 1e-3 * last_decrement {
            end = if decrement <= NOISE { End::Converged } else { End::Growing };
            break;
        }
    }
    let lost = factor.pivots().iter().zip(&first_pivots).any(|(last, first)| *last < LOST * first);
    Some(Fit {
        beta,
        evaluation,
        factor,
        first_log_likelihood,
        first_score_statistic,
        iterations,
        end,
        free: active,
        doubtful: slow >= 2 || lost,
    })
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
