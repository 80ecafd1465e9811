//! Firth's penalised likelihood: the partial likelihood times the square root of the determinant of the information.
//!
//! ```text
//! l*(beta) = l(beta) + 1/2 log |I(beta)|
//! U*_r     = U_r + 1/2 tr(I^-1 dI/dbeta_r)
//! ```
//!
//! The derivative of the information is a third central moment, so with V = I^-1, m = S1/S0 and sums
//! S2 = sum r x x', T1 = sum r (x'Vx) x over the risk set, an event adds
//!
//! ```text
//! T1/S0 - 2 (S2/S0) V m - m tr(V S2)/S0 + 2 (m'Vm) m
//! ```
//!
//! to tr(V dI); tied deaths leave by Efron's shares as in the likelihood.

use super::design::Design;
use super::factor::Factor;
use super::likelihood::{Evaluation, Twofold};
use super::newton::{ALIASED, dot};

/// Squared length of the step, in standard errors, at which the iteration has converged.
const CONVERGED: f64 = 1e-19;
const MOST_STEPS: usize = 400;
/// Longest step of one coefficient, in units of the scaled covariate.
const LONGEST_STEP: f64 = 5.0;

/// The penalised likelihood at a point.
#[derive(Debug, Clone)]
pub(crate) struct Penalised {
    pub(crate) evaluation: Evaluation,
    pub(crate) log_likelihood: f64,
    pub(crate) score: Vec<f64>,
}

/// The maximum of the penalised likelihood.
#[derive(Debug, Clone)]
pub(crate) struct FirthFit {
    pub(crate) beta: Vec<f64>,
    pub(crate) at: Penalised,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
}

/// Evaluates with the determinant over the columns marked `model`.
pub(crate) fn penalised(design: &Design, beta: &[f64], model: &[bool]) -> Option<Penalised> {
    let p = design.p;
    let mut evaluation = Evaluation::default();
    if !evaluation.by_sums(design, beta) {
        return None;
    }
    let factor = Factor::new(&evaluation.information, p, model, 0.0);
    if factor.active != model || !factor.positive {
        return None;
    }
    let inverse = factor.inverse();
    let bias = penalty_score(design, &evaluation, &inverse);
    let score = evaluation.score.iter().zip(&bias).map(|(u, b)| u + 0.5 * b).collect();
    let log_likelihood = evaluation.log_likelihood + 0.5 * factor.log_determinant();
    Some(Penalised { evaluation, log_likelihood, score })
}

/// tr(V dI/dbeta_r) for each column.
fn penalty_score(design: &Design, evaluation: &Evaluation, v: &[f64]) -> Vec<f64> {
    let p = design.p;
    let risk = evaluation.risk();
    let mut total = vec![0.0; p];
    let mut sums = Moments::new(p);
    let mut dead = Moments::new(p);
    let mut left = Moments::new(p);
    for stratum in &design.strata {
        sums.clear();
        let mut at = stratum.rows.0;
        let mut entered = stratum.entries_start;
        for k in stratum.events.0..stratum.events.1 {
            let end = design.end[k] as usize;
            for position in at..end {
                sums.add(design.row(position), risk[position], v);
            }
            at = end;
            if design.has_entry() {
                let entry_end = design.entry_end[k] as usize;
                for &position in &design.entry_order[entered..entry_end] {
                    sums.add(design.row(position as usize), -risk[position as usize], v);
                }
                entered = entry_end;
                if end - stratum.rows.0 == entry_end - stratum.entries_start {
                    sums.clear();
                }
            }
            dead.clear();
            let shares = design.shares(k);
            if shares > 1 {
                for position in end - design.deaths[k] as usize..end {
                    dead.add(design.row(position), risk[position], v);
                }
            }
            let weight = design.mean_weight[k] * design.count[k] / shares as f64;
            for l in 0..shares {
                left.difference(&sums, &dead, l as f64 / design.count[k]);
                left.third_moment(weight, v, &mut total);
            }
        }
    }
    total
}

/// Sums over a risk set: r, r x, r x x', r (x'Vx) x.
struct Moments {
    p: usize,
    values: Vec<Twofold>,
    plain: Vec<f64>,
    work: Vec<f64>,
}

impl Moments {
    fn new(p: usize) -> Self {
        let length = 1 + 2 * p + p * p;
        Self { p, values: vec![Twofold::default(); length], plain: vec![0.0; length], work: vec![0.0; p] }
    }

    fn clear(&mut self) {
        self.values.fill(Twofold::default());
    }

    fn add(&mut self, x: &[f64], risk: f64, v: &[f64]) {
        let p = self.p;
        let mut square = 0.0;
        for a in 0..p {
            square += x[a] * dot(&v[a * p..(a + 1) * p], x);
        }
        self.values[0].add(risk);
        for a in 0..p {
            self.values[1 + a].add(risk * x[a]);
            self.values[1 + p + a].add(risk * (square * x[a]));
            for b in 0..p {
                self.values[1 + 2 * p + a * p + b].add(risk * (x[a] * x[b]));
            }
        }
    }

    /// Becomes `all - share * dead`, as plain numbers divided by the total risk.
    fn difference(&mut self, all: &Self, dead: &Self, share: f64) {
        for (plain, (a, d)) in self.plain.iter_mut().zip(all.values.iter().zip(&dead.values)) {
            *plain = a.value() - share * d.value();
        }
        let total = self.plain[0];
        for value in &mut self.plain {
            *value /= total;
        }
    }

    fn third_moment(&mut self, weight: f64, v: &[f64], total: &mut [f64]) {
        let p = self.p;
        let mean = &self.plain[1..1 + p];
        let cubic = &self.plain[1 + p..1 + 2 * p];
        let second = &self.plain[1 + 2 * p..];
        for a in 0..p {
            self.work[a] = dot(&v[a * p..(a + 1) * p], mean);
        }
        let vm = &self.work;
        let square = dot(vm, mean);
        let trace = dot(v, second);
        for a in 0..p {
            let mixed = dot(&second[a * p..(a + 1) * p], vm);
            total[a] += weight * (cubic[a] - 2.0 * mixed - mean[a] * trace + 2.0 * square * mean[a]);
        }
    }
}

/// Maximises over the columns marked `free`, the others of `model` staying where `start` has them.
///
/// Steps are those of the information matrix, which is not the second derivative of the penalised likelihood, sharpened by
/// what the change of the score along the steps tells (the update of Broyden, Fletcher, Goldfarb and Shanno).
pub(crate) fn maximise_penalised(design: &Design, start: &[f64], free: &[bool], model: &[bool]) -> Option<FirthFit> {
    let p = design.p;
    let mut beta = start.to_vec();
    let mut at = penalised(design, &beta, model)?;
    let inverse_of = |at: &Penalised| Factor::new(&at.evaluation.information, p, free, ALIASED).inverse();
    let mut inverse = inverse_of(&at);
    let mut iterations = 0;
    let mut converged = false;
    let mut stalled = 0;
    while iterations < MOST_STEPS {
        let mut step: Vec<f64> = (0..p).map(|a| dot(&inverse[a * p..(a + 1) * p], &at.score)).collect();
        for a in 0..p {
            if !free[a] {
                step[a] = 0.0;
            }
        }
        let mut decrement = dot(&step, &at.score);
        if decrement <= 0.0 {
            inverse = inverse_of(&at);
            step = (0..p).map(|a| dot(&inverse[a * p..(a + 1) * p], &at.score)).collect();
            decrement = dot(&step, &at.score);
        }
        if !decrement.is_finite() {
            break;
        }
        if decrement <= CONVERGED {
            converged = true;
            break;
        }
        iterations += 1;
        let longest = step.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
        let mut fraction = (LONGEST_STEP / longest).min(1.0);
        let mut next = None;
        let slack = 1e-13 * at.log_likelihood.abs();
        for _ in 0..40 {
            let candidate: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + fraction * s).collect();
            if let Some(found) = penalised(design, &candidate, model)
                && found.log_likelihood >= at.log_likelihood - slack
            {
                next = Some((candidate, found));
                break;
            }
            fraction *= 0.5;
        }
        let Some((candidate, found)) = next else {
            converged = decrement < 1e-12;
            break;
        };
        // update of the inverse by the step taken and the change of the score
        let s: Vec<f64> = candidate.iter().zip(&beta).map(|(c, b)| c - b).collect();
        let y: Vec<f64> = (0..p).map(|a| if free[a] { at.score[a] - found.score[a] } else { 0.0 }).collect();
        let curvature = dot(&s, &y);
        if curvature > 1e-10 * dot(&s, &s).sqrt() * dot(&y, &y).sqrt() {
            update(&mut inverse, &s, &y, curvature);
        } else {
            inverse = inverse_of(&found);
        }
        stalled = if found.log_likelihood <= at.log_likelihood { stalled + 1 } else { 0 };
        beta = candidate;
        at = found;
        if stalled > 5 {
            converged = decrement < 1e-12;
            break;
        }
    }
    Some(FirthFit { beta, at, iterations, converged })
}

/// The inverse after a step `s` that changed the score by `y`.
fn update(inverse: &mut [f64], s: &[f64], y: &[f64], curvature: f64) {
    let p = s.len();
    let hy: Vec<f64> = (0..p).map(|a| dot(&inverse[a * p..(a + 1) * p], y)).collect();
    let factor = (1.0 + dot(y, &hy) / curvature) / curvature;
    for a in 0..p {
        for b in 0..p {
            inverse[a * p + b] += factor * s[a] * s[b] - (hy[a] * s[b] + s[a] * hy[b]) / curvature;
        }
    }
}
