//! Log pseudo-likelihood, score and information of a Fine-Gray model in two prefix sums and one cross-product.

use super::design::{Design, End};

/// What is computed at given coefficients.
#[derive(Debug, Clone, Default)]
pub(super) struct Evaluation {
    pub(super) log_likelihood: f64,
    pub(super) score: Vec<f64>,
    /// Row-major.
    pub(super) information: Vec<f64>,
    /// exp(x'b) by position, divided by the largest.
    pub(super) risk: Vec<f64>,
    /// Logarithm of the largest exp(x'b).
    pub(super) log_scale: f64,
    /// Sum of weighted risks at each event time.
    pub(super) total: Vec<f64>,
    /// Mean of the covariates over the weighted risk set at each event time.
    pub(super) mean: Vec<f64>,
    /// d / total summed over event times before each, one entry more than event times.
    pub(super) hazard: Vec<f64>,
    /// G(t-) d / total summed over this event time and all later ones, by censoring group.
    pub(super) later: Vec<f64>,
}

impl Evaluation {
    /// Evaluates at `beta`; false if the log-likelihood is not finite.
    pub(super) fn at(&mut self, design: &Design, beta: &[f64]) -> bool {
        let (n, p, k, times) = (design.n, design.p, design.n_groups, design.n_times());
        self.risk.clear();
        self.risk.extend(design.x.chunks_exact(p.max(1)).map(|row| dot(row, beta)));
        self.risk.resize(n, 0.0);
        let largest = self.risk.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.log_scale = largest;
        let mut log_likelihood = 0.0;
        for ((eta, end), weight) in self.risk.iter_mut().zip(&design.end).zip(&design.weight) {
            if *end == End::Event {
                log_likelihood += weight * (*eta - largest);
            }
            *eta = (*eta - largest).exp();
        }
        self.totals(design);
        // hazards before and after each row
        self.hazard.clear();
        self.hazard.push(0.0);
        for j in 0..times {
            log_likelihood -= design.deaths[j] * self.total[j].ln();
            self.hazard.push(self.hazard[j] + design.deaths[j] / self.total[j]);
        }
        self.later.clear();
        self.later.resize((times + 1) * k, 0.0);
        for j in (0..times).rev() {
            let jump = design.deaths[j] / self.total[j];
            for (g, &free) in design.free_at(j).iter().enumerate() {
                self.later[j * k + g] = self.later[(j + 1) * k + g] + jump * free;
            }
        }
        self.log_likelihood = log_likelihood;
        self.derivatives(design);
        log_likelihood.is_finite() && self.information.iter().all(|value| value.is_finite())
    }

    /// Sums and means over the weighted risk sets: rows with at least the time, and competing rows of before with weight
    /// G(t-) / G(T-).
    fn totals(&mut self, design: &Design) {
        let (n, p, k, times) = (design.n, design.p, design.n_groups, design.n_times());
        self.total.clear();
        self.total.resize(times, 0.0);
        self.mean.clear();
        self.mean.resize(times * p, 0.0);
        match &design.entered {
            Some(entered) => entered.totals(design, &self.risk, &mut self.total, &mut self.mean),
            None => {
                let mut sum = vec![0.0; p + 1];
                let mut at = n;
                for j in (0..times).rev() {
                    for position in (design.event_start[j]..at).rev() {
                        add(&mut sum, design.row(position), design.weight[position] * self.risk[position]);
                    }
                    at = design.event_start[j];
                    self.total[j] = sum[p];
                    self.mean[j * p..(j + 1) * p].copy_from_slice(&sum[..p]);
                }
            }
        }
        let mut past = vec![0.0; k * (p + 1)];
        let mut at = 0;
        for j in 0..times {
            for position in at..design.event_start[j] {
                let inverse = design.inverse_free[position];
                if inverse > 0.0 {
                    let g = design.group[position] as usize;
                    let weight = design.weight[position] * self.risk[position] * inverse;
                    add(&mut past[g * (p + 1)..(g + 1) * (p + 1)], design.row(position), weight);
                }
            }
            at = design.event_start[j];
            let mean = &mut self.mean[j * p..(j + 1) * p];
            for (past, &free) in past.chunks_exact(p + 1).zip(design.free_at(j)) {
                self.total[j] += free * past[p];
                for (mean, past) in mean.iter_mut().zip(past) {
                    *mean += free * past;
                }
            }
            for mean in mean {
                *mean /= self.total[j];
            }
        }
    }

    /// What a row has been exposed to: the sum over event times of weight d / total.
    #[inline]
    pub(super) fn exposure(&self, design: &Design, position: usize, events_until: usize) -> f64 {
        let past = self.hazard[events_until] - self.hazard[design.entered_after(position)];
        let inverse = design.inverse_free[position];
        if inverse > 0.0 {
            past + inverse * self.later[events_until * design.n_groups + design.group[position] as usize]
        } else {
            past
        }
    }

    /// Score X'(events - risk * exposure) and information X' diag(risk * exposure) X less the products of the means.
    fn derivatives(&mut self, design: &Design) {
        let p = design.p;
        let mut score = vec![0.0; p];
        let mut information = vec![0.0; p * p];
        for (index, rows) in design.tied() {
            let until = design.events_until[index];
            for position in rows {
                let weight = design.weight[position] * self.risk[position] * self.exposure(design, position, until);
                let observed = if design.end[position] == End::Event { design.weight[position] } else { 0.0 };
                let row = design.row(position);
                for i in 0..p {
                    score[i] += row[i] * (observed - weight);
                    let scaled = weight * row[i];
                    for (cell, x) in information[i * p..=i * p + i].iter_mut().zip(row) {
                        *cell += scaled * x;
                    }
                }
            }
        }
        for (mean, deaths) in self.mean.chunks_exact(p.max(1)).zip(&design.deaths) {
            for i in 0..p {
                let scaled = deaths * mean[i];
                for (cell, x) in information[i * p..=i * p + i].iter_mut().zip(mean) {
                    *cell -= scaled * x;
                }
            }
        }
        for i in 0..p {
            for j in 0..i {
                information[j * p + i] = information[i * p + j];
            }
        }
        self.score = score;
        self.information = information;
    }
}

/// Adds weight * row and the weight itself behind it.
#[inline]
fn add(sum: &mut [f64], row: &[f64], weight: f64) {
    for (sum, x) in sum.iter_mut().zip(row) {
        *sum += weight * x;
    }
    if let Some(last) = sum.last_mut() {
        *last += weight;
    }
}

#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
