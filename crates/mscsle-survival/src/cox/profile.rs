//! Profile-likelihood limits: the values of one coefficient at which twice the log-likelihood, maximised over the others,
//! has fallen by the quantile of chi-squared with one degree of freedom.

use super::design::Design;
use super::firth::maximise_penalised;
use super::newton::newton;
use super::options::Penalty;

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
    pub(crate) penalty: Penalty,
    /// The maximum; 0 where coefficients are infinite.
    pub(crate) start: &'a [f64],
    /// Coefficients that take part.
    pub(crate) active: &'a [bool],
    /// The largest (penalised) log-likelihood.
    pub(crate) highest: f64,
}

/// The profile at one value of a coefficient.
struct Point {
    /// How far twice the log-likelihood has fallen.
    fallen: f64,
    slope: f64,
    beta: Vec<f64>,
}

impl Profile<'_> {
    fn at(&self, from: &[f64], column: usize, value: f64) -> Option<Point> {
        let mut start = from.to_vec();
        start[column] = value;
        let mut others = self.active.to_vec();
        others[column] = false;
        let (log_likelihood, score, beta) = match self.penalty {
            Penalty::None => {
                let fit = newton(self.design, &start, &others, 50, 1e-12)?;
                (fit.evaluation.log_likelihood, fit.evaluation.score[column], fit.beta)
            }
            Penalty::Firth => {
                let fit = maximise_penalised(self.design, &start, &others, self.active)?;
                (fit.at.log_likelihood, fit.at.score[column], fit.beta)
            }
        };
        Some(Point { fallen: 2.0 * (self.highest - log_likelihood), slope: -2.0 * score, beta })
    }

    /// How far twice the log-likelihood falls when the coefficient is 0: the likelihood-ratio statistic of the column.
    pub(crate) fn fall_at_zero(&self, column: usize) -> Option<f64> {
        self.at(self.start, column, 0.0).map(|point| point.fallen.max(0.0))
    }

    /// The finite limit of a coefficient that runs to infinity: the lower one ([`Side::Lower`]) of one that runs up.
    ///
    /// The fall grows from 0 at that infinity without bound towards the other, so a bracket is sought from 0 both ways.
    pub(crate) fn limit_of_infinite(&self, column: usize, quantile: f64, side: Side) -> Option<f64> {
        let down = if side == Side::Lower { -1.0 } else { 1.0 };
        let first = self.at(self.start, column, 0.0)?;
        let above = first.fallen >= quantile;
        // from a fall that is too large towards the infinity, else away from it
        let away = if above { -down } else { down };
        let (mut near, mut from, mut distance) = (0.0, first.beta, 1.0);
        while distance <= 1e9 {
            let value = away * distance;
            let point = self.at(&from, column, value)?;
            if (point.fallen >= quantile) != above {
                let (low, high) = if above { (value, near) } else { (near, value) };
                return self.root(column, quantile, low, high, from);
            }
            (near, from) = (value, point.beta);
            distance *= 1.7;
        }
        None
    }

    /// The limit on one side (scaled covariates) at which the fall is `quantile`, or `None` if it never falls so far.
    ///
    /// Newton's method on the profile inside a bracket, with bisection as fallback; `reach` is a first guess of the
    /// distance.
    pub(crate) fn limit(&self, column: usize, quantile: f64, reach: f64, side: Side) -> Option<f64> {
        let sign = if side == Side::Lower { -1.0 } else { 1.0 };
        let centre = self.start[column];
        let mut near = centre;
        let mut from = self.start.to_vec();
        let mut distance = reach;
        let mut far = None;
        while distance <= 1e3 * reach.max(1.0) {
            let value = centre + sign * distance;
            let Some(point) = self.at(&from, column, value) else {
                break;
            };
            if point.fallen >= quantile {
                far = Some(value);
                break;
            }
            near = value;
            from = point.beta;
            distance *= 1.7;
        }
        self.root(column, quantile, near, far?, from)
    }

    /// Where the fall is `quantile`, between a value `near` with less and one `far` with more.
    fn root(&self, column: usize, quantile: f64, mut near: f64, mut far: f64, mut from: Vec<f64>) -> Option<f64> {
        let mut value = 0.5 * (near + far);
        for _ in 0..200 {
            let point = self.at(&from, column, value)?;
            let miss = point.fallen - quantile;
            if miss.abs() <= 1e-12 * quantile {
                return Some(value);
            }
            if miss > 0.0 {
                far = value;
            } else {
                near = value;
                from = point.beta;
            }
            if (far - near).abs() <= 1e-14 * (1.0 + value.abs()) {
                return Some(value);
            }
            let next = value - miss / point.slope;
            let (low, high) = (near.min(far), near.max(far));
            value = if next > low && next < high { next } else { 0.5 * (near + far) };
        }
        Some(value)
    }
}
