//! The log-likelihood of models whose standardised log time is linear in the parameters.

use super::family::Family;

/// How a row was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Exact,
    Before,
    Between,
    After,
    /// Right-censored at 0: nothing is known.
    Never,
}

/// `z = basis . theta + offset` at a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Points {
    pub(crate) basis: Vec<f64>,
    pub(crate) offset: Vec<f64>,
}

impl Points {
    fn z(&self, row: usize, k: usize, theta: &[f64]) -> f64 {
        dot(&self.basis[row * k..(row + 1) * k], theta) + self.offset[row]
    }

    fn row(&self, row: usize, k: usize) -> &[f64] {
        &self.basis[row * k..(row + 1) * k]
    }
}

/// Rows of a model with `k` parameters.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) k: usize,
    pub(crate) family: Family,
    pub(crate) seen: Vec<Seen>,
    pub(crate) weight: Vec<f64>,
    /// At the exact time or the upper end.
    pub(crate) upper: Points,
    /// At the lower end.
    pub(crate) lower: Points,
    /// Derivative of z by log time at exact times.
    pub(crate) slope: Points,
    /// At delayed entries; rows without one have `entered` false.
    pub(crate) entry: Points,
    pub(crate) entered: Vec<bool>,
    /// Log of exact times.
    pub(crate) log_time: Vec<f64>,
}

/// Value and derivatives at a point.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) log_likelihood: f64,
    pub(crate) score: Vec<f64>,
    /// Minus the second derivatives.
    pub(crate) information: Vec<f64>,
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `factor * b b'` to a square matrix.
fn add_square(matrix: &mut [f64], factor: f64, b: &[f64]) {
    let k = b.len();
    for i in 0..k {
        let scaled = factor * b[i];
        if scaled != 0.0 {
            for (cell, value) in matrix[i * k..(i + 1) * k].iter_mut().zip(b) {
                *cell += scaled * value;
            }
        }
    }
}

fn add_scaled(out: &mut [f64], factor: f64, b: &[f64]) {
    for (cell, value) in out.iter_mut().zip(b) {
        *cell += factor * value;
    }
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Log-likelihood with derivatives; none where it is not finite.
    pub(crate) fn at(&self, theta: &[f64]) -> Option<Value> {
        let k = self.k;
        let mut value = Value { log_likelihood: 0.0, score: vec![0.0; k], information: vec![0.0; k * k] };
        let mut score = vec![0.0; k];
        for row in 0..self.len() {
            let w = self.weight[row];
            if w == 0.0 {
                continue;
            }
            score.fill(0.0);
            let part = self.row(row, theta, &mut score, Some((&mut value.information, w)))?;
            value.log_likelihood += w * part;
            add_scaled(&mut value.score, w, &score);
        }
        let finite = value.log_likelihood.is_finite() && value.information.iter().all(|v| v.is_finite());
        finite.then_some(value)
    }

    /// Unweighted score of each row, rows x parameters.
    pub(crate) fn scores(&self, theta: &[f64]) -> Vec<f64> {
        let k = self.k;
        let mut out = vec![0.0; self.len() * k];
        for row in 0..self.len() {
            self.row(row, theta, &mut out[row * k..(row + 1) * k], None);
        }
        out
    }

    /// Log-likelihood of a row; adds its score, and `weight` times its information.
    fn row(
        &self,
        row: usize,
        theta: &[f64],
        score: &mut [f64],
        information: Option<(&mut Vec<f64>, f64)>,
    ) -> Option<f64> {
        let (k, family) = (self.k, self.family);
        let mut unused = Vec::new();
        let (information, w) = match information {
            Some((matrix, w)) => (matrix, w),
            None => (&mut unused, 0.0),
        };
        let wanted = w != 0.0;
        let mut total = 0.0;
        let mut single = |points: &Points, jet: super::family::Jet, sign: f64, score: &mut [f64]| {
            total += sign * jet.value;
            add_scaled(score, sign * jet.first, points.row(row, k));
            if wanted {
                add_square(information, -sign * w * jet.second, points.row(row, k));
            }
        };
        match self.seen[row] {
            Seen::Never => {}
            Seen::Exact => single(&self.upper, family.ln_density(self.upper.z(row, k, theta)), 1.0, score),
            Seen::Before => single(&self.upper, family.ln_distribution(self.upper.z(row, k, theta)), 1.0, score),
            Seen::After => single(&self.lower, family.ln_survival(self.lower.z(row, k, theta)), 1.0, score),
            Seen::Between => {}
        }
        if self.entered[row] {
            single(&self.entry, family.ln_survival(self.entry.z(row, k, theta)), -1.0, score);
        }
        match self.seen[row] {
            Seen::Exact => {
                let slope = self.slope.z(row, k, theta);
                if slope <= 0.0 {
                    return None;
                }
                total += slope.ln() - self.log_time[row];
                add_scaled(score, 1.0 / slope, self.slope.row(row, k));
                if wanted {
                    add_square(information, w / (slope * slope), self.slope.row(row, k));
                }
            }
            Seen::Between => {
                let (low, high) = (self.lower.z(row, k, theta), self.upper.z(row, k, theta));
                if low >= high {
                    return None;
                }
                let between = family.ln_between(low, high);
                let (f_low, f_high) = (family.ln_density(low), family.ln_density(high));
                let a = (f_high.value - between).exp();
                let b = (f_low.value - between).exp();
                total += between;
                let first: Vec<f64> = self
                    .upper
                    .row(row, k)
                    .iter()
                    .zip(self.lower.row(row, k))
                    .map(|(high, low)| a * high - b * low)
                    .collect();
                add_scaled(score, 1.0, &first);
                if wanted {
                    add_square(information, w, &first);
                    add_square(information, -w * a * f_high.first, self.upper.row(row, k));
                    add_square(information, w * b * f_low.first, self.lower.row(row, k));
                }
            }
            _ => {}
        }
        total.is_finite().then_some(total)
    }
}
