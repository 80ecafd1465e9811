//! The maximum of the partial likelihood of many rows without a sorted copy of them.
//!
//! The same Newton iteration as in [`newton`](super::newton), with the same end; between the first and the last step the
//! information may be the one by stretches of time, which is close enough for the step to be Newton's. At the start and at the
//! solution it is exact. Whatever is out of the ordinary (a step that does not rise, aliased or constant columns, a
//! monotone likelihood, far predictors, digits lost) is left to the way by sorted rows.

use std::borrow::Cow;

use ndarray::ArrayView2;

use super::design::{Design, check_data, sort_rows};
use super::factor::Factor;
use super::likelihood::Evaluation;
use super::newton::{ALIASED, EXACT, LOST, NEAR, NOISE, SLOW, dot};
use super::options::{CoxInterval, CoxOptions, Penalty, Ties};
use super::solve::Solution;
use super::stream_rows::{StreamRows, Sums};
use crate::{SurvivalError, Weights};

/// Values of `x` from which on this way is taken.
const MANY: usize = 1 << 18;
/// Rows and strata within which it is.
const MOST_STRATA: usize = 64;
/// How much larger the first part of the information may be than what is left of it: the digits lost.
const DIGITS: f64 = 1e4;

/// Data and solution, if the rows are many and nothing is out of the ordinary.
pub(super) fn solve(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
) -> Result<Option<(Design, Solution)>, SurvivalError> {
    let weight = match options.weights {
        Weights::None => None,
        Weights::Frequency(weights) => Some(weights),
        Weights::Sampling(_) => return Ok(None),
    };
    let suits = x.len() >= MANY
        && x.nrows() >= 64 * x.ncols()
        && options.ties != Ties::Exact
        && options.penalty == Penalty::None
        && options.interval != CoxInterval::Profile
        && options.entry.is_none()
        && options.cluster.is_none();
    if !suits {
        return Ok(None);
    }
    check_data(time, event, x, options)?;
    let mut design = sort_rows(time, event, options)?;
    if design.strata.len() > MOST_STRATA {
        return Ok(None);
    }
    design.p = x.ncols();
    design.stride = if design.p <= 8 { design.p } else { design.p.div_ceil(8) * 8 };
    let values = match x.as_slice() {
        Some(values) => Cow::Borrowed(values),
        None => Cow::Owned(by_row(x)),
    };
    let mut rows = StreamRows::new(&design, &values, event, weight, options.offset);
    if !rows.spare_rows_are_finite() {
        return Ok(None);
    }
    let Some((mut solution, scale)) = iterate(&design, &mut rows, options) else {
        return Ok(None);
    };
    solution.evaluation.score.clone_from(&solution.score);
    design.centre = vec![0.0; design.p];
    design.constant = vec![false; design.p];
    design.scale = scale;
    Ok(Some((design, solution)))
}

/// The values row by row.
fn by_row(x: ArrayView2<'_, f64>) -> Vec<f64> {
    let (n, p) = x.dim();
    let mut out = vec![0.0; n * p];
    for (block, out) in out.chunks_mut(64 * p).enumerate() {
        for (j, column) in x.columns().into_iter().enumerate() {
            for (i, out) in out.chunks_exact_mut(p).enumerate() {
                out[j] = column[block * 64 + i];
            }
        }
    }
    out
}

/// Score and information of the scaled coefficients; None if digits were lost.
struct Scaled {
    score: Vec<f64>,
    information: Vec<f64>,
}

impl Scaled {
    fn new(sums: &Sums, scale: &[f64], stride: usize) -> Option<Self> {
        let p = scale.len();
        let mut information = vec![0.0; p * p];
        for i in 0..p {
            for j in 0..=i {
                let value = sums.information[i * stride + j] / (scale[i] * scale[j]);
                information[i * p + j] = value;
                information[j * p + i] = value;
            }
            let (left, first) = (sums.information[i * stride + i], sums.cross[i * stride + i]);
            if !(left > 0.0 && first <= DIGITS * left) {
                return None;
            }
        }
        Some(Self { score: sums.score.iter().zip(scale).map(|(score, scale)| score / scale).collect(), information })
    }
}

/// Newton's method; gives the solution in scaled columns and their scale.
fn iterate(design: &Design, rows: &mut StreamRows<'_>, options: &CoxOptions<'_>) -> Option<(Solution, Vec<f64>)> {
    let (p, q) = (design.p, design.stride);
    let mut padded = vec![0.0; q];
    let first_log_likelihood = rows.log_likelihood(&padded)?;
    let whole = |rows: &StreamRows<'_>| if rows.exact_table() { rows.by_table() } else { rows.in_order() };
    let sums = whole(rows);
    rows.know_deaths(&sums);
    let scale: Vec<f64> = (0..p).map(|j| (sums.cross[j * q + j] / design.n_events).sqrt()).collect();
    if !scale.iter().all(|s| s.is_normal()) {
        return None;
    }
    let mut at = Scaled::new(&sums, &scale, q)?;
    let all = vec![true; p];
    let mut factor = Factor::new(&at.information, p, &all, ALIASED);
    if factor.rank() < p {
        return None;
    }
    let mut log_likelihood = first_log_likelihood;
    let mut beta = vec![0.0; p];
    let mut step = vec![0.0; p];
    factor.solve(&at.score, &mut step);
    let mut decrement = dot(&step, &at.score);
    let first_score_statistic = decrement;
    let first_pivots = factor.pivots();
    let mut slow = 0_usize;
    let mut exact = true;
    let mut settled = false;
    // how the next decrement follows from the last: its square times this
    let mut curvature = f64::INFINITY;
    let mut iterations = 0;
    loop {
        if decrement <= EXACT {
            if exact {
                break;
            }
            at = Scaled::new(&whole(rows), &scale, q)?;
            exact = true;
            factor = Factor::new(&at.information, p, &all, 0.0);
            factor.solve(&at.score, &mut step);
            decrement = dot(&step, &at.score);
            continue;
        }
        if iterations == options.max_iterations {
            return None;
        }
        iterations += 1;
        for j in 0..p {
            beta[j] += step[j];
            padded[j] = beta[j] / scale[j];
        }
        let before = log_likelihood;
        log_likelihood = rows.log_likelihood(&padded)?;
        if log_likelihood < before - 1e-13 * before.abs() {
            return None;
        }
        exact = rows.exact_table() || decrement * decrement * curvature <= EXACT;
        at = Scaled::new(&if exact { whole(rows) } else { rows.by_table() }, &scale, q)?;
        factor = Factor::new(&at.information, p, &all, 0.0);
        factor.solve(&at.score, &mut step);
        let last = decrement;
        decrement = dot(&step, &at.score);
        if !decrement.is_finite() || !factor.positive || factor.rank() < p {
            return None;
        }
        slow += usize::from(decrement < NEAR && decrement > NOISE && decrement > SLOW * last);
        curvature = decrement / (last * last);
        let was_settled = settled;
        settled = (log_likelihood - before).abs() <= options.tolerance * log_likelihood.abs();
        if was_settled && settled && decrement > 1e-3 * last && decrement > EXACT {
            if !(decrement <= NOISE && exact) {
                return None;
            }
            break;
        }
    }
    if slow >= 2 || factor.pivots().iter().zip(&first_pivots).any(|(last, first)| *last < LOST * first) {
        return None;
    }
    let solution = Solution {
        inverse: factor.inverse(),
        log_likelihood,
        score: at.score,
        evaluation: Evaluation::known(log_likelihood, at.information),
        beta,
        infinite: vec![0.0; p],
        undetermined: vec![false; p],
        limit: None,
        held: all,
        aliased: vec![false; p],
        first_log_likelihood,
        first_score_statistic,
        rank: p,
        iterations,
        converged: true,
    };
    Some((solution, scale))
}
