//! Profile-likelihood limits: the values of one coefficient at which twice the log-likelihood, maximised over the others,
//! has fallen by the quantile of chi-squared with one degree of freedom.

use super::design::Design;
use super::newton::{Fit, newton};

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Lower,
    Upper,
}

/// What all limits of one fit share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile<'a> {
    pub(crate) design: &'a Design,
    /// The maximum, or a point far out along an infinite coefficient.
    pub(crate) start: &'a [f64],
    /// Coefficients that take part.
    pub(crate) active: &'a [bool],
    /// The largest log-likelihood.
    pub(crate) highest: f64,
    /// Fall of twice the log-likelihood at a limit.
    pub(crate) quantile: f64,
}

/// The fall of twice the profile log-likelihood at a value of a coefficient, and its slope.
fn fall(
    design: &Design,
    from: &[f64],
    column: usize,
    value: f64,
    active: &[bool],
    highest: f64,
) -> Option<(f64, f64, Fit)> {
    let mut start = from.to_vec();
    start[column] = value;
    let mut others = active.to_vec();
    others[column] = false;
    let fit = newton(design, &start, &others, 50, 1e-12)?;
    let fallen = 2.0 * (highest - fit.evaluation.log_likelihood);
    let slope = -2.0 * fit.evaluation.score[column];
    Some((fallen, slope, fit))
}

/// The limit on one side (scaled covariates), or `None` if the profile never falls that far.
///
/// Newton's method on the profile inside a bracket, with bisection as fallback; `reach` is a first guess of the distance.
pub(crate) fn limit(profile: &Profile<'_>, column: usize, reach: f64, side: Side) -> Option<f64> {
    let Profile { design, start, active, highest, quantile } = *profile;
    let sign = if side == Side::Lower { -1.0 } else { 1.0 };
    let mut near = start[column];
    let mut from = start.to_vec();
    let mut distance = reach;
    let mut far = None;
    for _ in 0..60 {
        let value = start[column] + sign * distance;
        let Some((fallen, _, fit)) = fall(design, &from, column, value, active, highest) else {
            break;
        };
        if fallen >= quantile {
            far = Some(value);
            break;
        }
        near = value;
        from = fit.beta;
        distance *= 1.7;
        if distance > 1e3 * reach.max(1.0) {
            break;
        }
    }
    let mut far = far?;
    let mut value = 0.5 * (near + far);
    for _ in 0..200 {
        let (fallen, slope, fit) = fall(design, &from, column, value, active, highest)?;
        let miss = fallen - quantile;
        if miss.abs() <= 1e-12 * quantile {
            return Some(value);
        }
        if miss > 0.0 {
            far = value;
        } else {
            near = value;
            from = fit.beta;
        }
        if (far - near).abs() <= 1e-14 * (1.0 + value.abs()) {
            return Some(value);
        }
        let next = value - miss / slope;
        let (low, high) = (near.min(far), near.max(far));
        value = if next > low && next < high { next } else { 0.5 * (near + far) };
    }
    Some(value)
}
