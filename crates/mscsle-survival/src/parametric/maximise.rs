//! Newton's method with step halving for a likelihood that is concave without delayed entry.

use super::likelihood::{Rows, Value, dot};
use crate::cox::Factor;

/// Squared length of the last step in standard errors below which the solution is exact for all purposes.
const EXACT: f64 = 1e-22;
/// The same, where rounding of the log-likelihood forbids more.
const NOISE: f64 = 1e-14;

/// How the climb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Converged,
    /// The log-likelihood settles while this parameter keeps growing (up or down).
    Growing(usize, bool),
    Stopped,
}

#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) theta: Vec<f64>,
    pub(crate) value: Value,
    /// Inverse information.
    pub(crate) inverse: Vec<f64>,
    pub(crate) iterations: usize,
    pub(crate) end: End,
}

/// A step, in standardised covariates, that does not vanish while the log-likelihood settles.
const STAYS: f64 = 0.02;

/// Maximises from `start`, where the log-likelihood must be finite.
///
/// The first `base` parameters are those of time. Where they grow with a coefficient it is the coefficient that is named.
pub(crate) fn maximise(rows: &Rows, start: Vec<f64>, base: usize, max_iterations: usize) -> Option<Fit> {
    let k = rows.k;
    let mut theta = start;
    let mut value = rows.at(&theta)?;
    let mut iterations = 0;
    let mut end = End::Stopped;
    let mut damping = 0.0;
    let mut step = vec![0.0; k];
    let all = vec![true; k];
    loop {
        // a ridge where the information is not positive (delayed entry, far from the maximum)
        let factor = loop {
            let mut matrix = value.information.clone();
            for i in 0..k {
                matrix[i * k + i] += damping * (matrix[i * k + i].abs() + 1e-8);
            }
            let factor = Factor::new(&matrix, k, &all, 1e-15);
            if factor.rank() == k || damping > 1e8 {
                break factor;
            }
            damping = (10.0 * damping).max(1e-6);
        };
        factor.solve(&value.score, &mut step);
        let decrement = dot(&step, &value.score);
        if !decrement.is_finite() {
            break;
        }
        let longest_of = |range: std::ops::Range<usize>| range.max_by(|&a, &b| step[a].abs().total_cmp(&step[b].abs()));
        let longest =
            longest_of(base.min(k)..k).filter(|&j| step[j].abs() > STAYS).or_else(|| longest_of(0..k)).unwrap_or(0);
        // at a maximum the steps vanish with the score; along a monotone direction they stay
        if decrement < 1e-9 && step[longest].abs() > STAYS {
            end = End::Growing(longest, step[longest] > 0.0);
            break;
        }
        if decrement <= EXACT {
            end = End::Converged;
            break;
        }
        if iterations == max_iterations {
            break;
        }
        iterations += 1;
        let mut fraction = 1.0;
        let mut next = None;
        for _ in 0..40 {
            let candidate: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t + fraction * s).collect();
            if let Some(found) = rows.at(&candidate)
                && found.log_likelihood >= value.log_likelihood - 1e-13 * value.log_likelihood.abs()
            {
                next = Some((candidate, found));
                break;
            }
            fraction *= 0.5;
        }
        let Some((candidate, found)) = next else {
            end = if decrement <= NOISE { End::Converged } else { End::Stopped };
            break;
        };
        let gained = found.log_likelihood - value.log_likelihood;
        let noise = decrement <= NOISE && gained <= 1e-13 * value.log_likelihood.abs() && damping == 0.0;
        theta = candidate;
        value = found;
        damping *= 0.1;
        if damping < 1e-9 {
            damping = 0.0;
        }
        if noise {
            end = End::Converged;
            break;
        }
    }
    let inverse = Factor::new(&value.information, k, &all, 0.0).inverse();
    Some(Fit { theta, value, inverse, iterations, end })
}
