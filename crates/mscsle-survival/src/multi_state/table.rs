//! Numbers at risk and moves, and the probabilities with Greenwood variances that follow from them.

use super::MeanTime;
use crate::SurvivalError;

/// Numbers at risk and moves at each time of a move: all that transition probabilities need.
#[derive(Debug, Clone, PartialEq)]
pub struct StateTable {
    /// Number of states.
    pub states: usize,
    /// Distinct times of moves, ascending.
    pub time: Vec<f64>,
    /// Number (weight) in each state just before each time; `states` numbers a time.
    pub n_risk: Vec<f64>,
    /// Moves at each time, from (outer) to (inner); `states` squared numbers a time.
    pub moves: Vec<f64>,
}

/// Occupation and variance by state (outer) and time, and mean times in the states.
pub(super) struct Occupation {
    pub(super) occupation: Vec<Vec<f64>>,
    pub(super) variance: Vec<Vec<f64>>,
    pub(super) mean_time: Option<MeanTime>,
}

impl StateTable {
    /// Moves of a time with their hazards: from, to, moves / number at risk.
    pub(super) fn hazards(&self, t: usize) -> Vec<(usize, usize, f64)> {
        let k = self.states;
        let mut out = Vec::new();
        for a in 0..k {
            for b in 0..k {
                let moves = self.moves[t * k * k + a * k + b];
                if moves > 0.0 {
                    out.push((a, b, moves / self.n_risk[t * k + a]));
                }
            }
        }
        out
    }

    /// Occupation and its Greenwood variance at the times from `first` on, and the mean times from `start` to `until`.
    pub(super) fn occupation(
        &self,
        first: usize,
        start: f64,
        initial: &[f64],
        covariance: &[f64],
        until: Option<f64>,
    ) -> Occupation {
        let k = self.states;
        let mut p = initial.to_vec();
        let mut v = covariance.to_vec();
        let (mut occupation, mut variance) = (vec![Vec::new(); k], vec![Vec::new(); k]);
        // area under p, its variance, and its covariance with p
        let (mut area, mut spread, mut cross) = (vec![0.0; k], vec![0.0; k], vec![0.0; k * k]);
        let mut since = start;
        let mut advance = |to: f64, p: &[f64], v: &[f64], cross: &mut [f64]| {
            let to = until.map_or(since, |until| to.min(until));
            let length = to - since;
            if length > 0.0 {
                for a in 0..k {
                    area[a] += length * p[a];
                    spread[a] += length * (2.0 * cross[a * k + a] + length * v[a * k + a]);
                }
                cross.iter_mut().zip(v).for_each(|(cross, v)| *cross += length * v);
                since = to;
            }
        };
        for t in first..self.time.len() {
            if until.is_some() {
                advance(self.time[t], &p, &v, &mut cross);
                self.columns(t, &mut cross);
            }
            self.greenwood(t, &mut p, &mut v);
            for a in 0..k {
                occupation[a].push(p[a]);
                variance[a].push(v[a * k + a].max(0.0));
            }
        }
        advance(f64::INFINITY, &p, &v, &mut cross);
        let mean_time = until.map(|until| MeanTime {
            until,
            mean: area,
            variance: spread.into_iter().map(|variance| variance.max(0.0)).collect(),
        });
        Occupation { occupation, variance, mean_time }
    }

    /// M H for the rows of a matrix.
    fn columns(&self, t: usize, matrix: &mut [f64]) {
        let k = self.states;
        let before = matrix.to_vec();
        for (a, b, h) in self.hazards(t) {
            for row in 0..k {
                matrix[row * k + b] += before[row * k + a] * h;
                matrix[row * k + a] -= before[row * k + a] * h;
            }
        }
    }

    /// Moves a distribution and its covariance past a time.
    fn greenwood(&self, t: usize, p: &mut [f64], v: &mut [f64]) {
        let k = self.states;
        let steps = self.hazards(t);
        // H' V H, a column operation and a row operation
        let before = v.to_vec();
        for &(a, b, h) in &steps {
            for row in 0..k {
                v[row * k + b] += before[row * k + a] * h;
                v[row * k + a] -= before[row * k + a] * h;
            }
        }
        let before = v.to_vec();
        for &(a, b, h) in &steps {
            for column in 0..k {
                v[b * k + column] += before[a * k + column] * h;
                v[a * k + column] -= before[a * k + column] * h;
            }
        }
        for a in 0..k {
            let mut q = vec![0.0; k];
            q[a] = 1.0;
            for &(_, b, h) in steps.iter().filter(|step| step.0 == a) {
                q[b] += h;
                q[a] -= h;
            }
            if q[a] < 1.0 {
                add_multinomial(v, &q, p[a] * p[a] / self.n_risk[t * k + a]);
            }
        }
        step(p, &steps);
    }

    /// The transition probabilities P(from, to) and their Greenwood variances, row-major, row = state at `from`.
    ///
    /// # Errors
    /// [`SurvivalError::InvalidOption`] when `to` is before `from`.
    pub fn transition_matrix(&self, from: f64, to: f64, tolerance: f64) -> Result<(Vec<f64>, Vec<f64>), SurvivalError> {
        if to < from || to.is_nan() || from.is_nan() {
            return Err(SurvivalError::InvalidOption { option: "stop", expected: "at or after `start`", value: to });
        }
        let k = self.states;
        let first = self.time.partition_point(|&t| t <= from + tolerance);
        let last = self.time.partition_point(|&t| t <= to + tolerance);
        let (mut probability, mut variance) = (Vec::with_capacity(k * k), Vec::with_capacity(k * k));
        for state in 0..k {
            let mut p = vec![0.0; k];
            p[state] = 1.0;
            let mut v = vec![0.0; k * k];
            for t in first..last {
                self.greenwood(t, &mut p, &mut v);
            }
            probability.extend_from_slice(&p);
            variance.extend((0..k).map(|a| v[a * k + a].max(0.0)));
        }
        Ok((probability, variance))
    }
}

/// p <- p H.
pub(super) fn step(p: &mut [f64], steps: &[(usize, usize, f64)]) {
    let before = p.to_vec();
    for &(a, b, h) in steps {
        let moved = before[a] * h;
        p[b] += moved;
        p[a] -= moved;
    }
    // an emptied state is empty, not the rounding of a difference
    for (a, p) in p.iter_mut().enumerate() {
        if steps.iter().filter(|step| step.0 == a).map(|step| step.2).sum::<f64>() >= 1.0
            && !steps.iter().any(|step| step.1 == a)
        {
            *p = 0.0;
        }
    }
}

pub(super) fn add_multinomial(matrix: &mut [f64], q: &[f64], scale: f64) {
    let k = q.len();
    for b in 0..k {
        for c in 0..k {
            let own = if b == c { q[b] } else { 0.0 };
            matrix[b * k + c] += scale * (own - q[b] * q[c]);
        }
    }
}
