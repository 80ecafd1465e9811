//! Log-likelihood, score and information at given coefficients.
//!
//! With risk r_i = w_i exp(eta_i) and H_i the sum of the hazard increments over the event times at which row i is at
//! risk, the information is the difference of two weighted cross-products,
//!
//! ```text
//! sum over event times of S2/S0  =  X' diag(r_i H_i) X
//! minus the cross-product of the rows S1/S0 at the event times,
//! ```
//!
//! and the score is the sum over the deaths of w x less X'(r H). Efron's rule changes scalars at tied deaths only: with
//! d tied deaths, shares f = l/d, denominators S0 - f D0 and mean weight w, the increment is w sum 1/den, a death loses
//! w sum f/den of it, and the outer part is A S1 S1' - B (S1 D1' + D1 S1') + C D1 D1' with A, B, C the sums of
//! w f^m / den^2, m = 0, 1, 2.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::design::{Block, Design};
use super::direct;
use super::kernel::{
    CarefulSum, CrossProduct, Exponentiate, LinearPredictor, WeightedSum, cross_product, run, weighted_sum,
};
use super::options::Ties;

/// Range of the linear predictor within a stratum up to which sums of risks keep their digits.
const WIDEST_RANGE: f64 = 300.0;
/// The same for start/stop data, where risks are also subtracted (in twice the working precision).
const WIDEST_RANGE_ENTRY: f64 = 30.0;
/// Work of enumerating risk sets (rows times event times) that is still done where sums lose digits.
const LARGEST_ENUMERATION: f64 = 5e8;
/// Multiplications above which threads pay.
const PARALLEL_WORK: usize = 400_000;
/// Rows of means collected before their cross-product is taken.
const MEAN_ROWS: usize = 256;

/// Log-likelihood with its derivatives, and the buffers that computing them needs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evaluation {
    pub(crate) log_likelihood: f64,
    /// `p` values.
    pub(crate) score: Vec<f64>,
    /// Row-major `p` x `p`.
    pub(crate) information: Vec<f64>,
    /// Risk r of each sorted row, relative to the largest of the stratum.
    risk: Vec<f64>,
    /// r H of each sorted row.
    hazard: Vec<f64>,
    /// Largest linear predictor of each stratum.
    shifts: Vec<f64>,
    /// Increments at each event time: hazard, what a tied death loses, and the factors of the outer part.
    steps: Vec<Step>,
    /// Sum of the increments from each event time back to the earliest of its stratum.
    cumulative: Vec<Twofold>,
    padded: Vec<f64>,
    /// Of designs of one block.
    room: Option<Room>,
}

/// Sums over the one block of a small design, kept from evaluation to evaluation.
#[derive(Debug, Clone)]
struct Room {
    part: Part,
    information: Vec<f64>,
    outer: Vec<f64>,
    sum: Vec<f64>,
    dead: Vec<f64>,
    means: Means,
}

impl Room {
    fn new(stride: usize, block: &Block) -> Self {
        let square = vec![0.0; stride * stride];
        Self {
            part: Part { score: vec![0.0; stride], cross: square.clone(), total: Vec::new() },
            information: square.clone(),
            outer: square,
            sum: vec![0.0; stride],
            dead: vec![0.0; stride],
            means: Means::of_block(stride, block),
        }
    }
}

/// Scalars of one event time: the hazard increment, the part a tied death does not see, and the rows
/// `u = by_all S1 - by_deaths D1`, `v = deaths_alone D1` of the outer part.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    pub(super) increment: f64,
    pub(super) loss: f64,
    pub(super) by_all: f64,
    pub(super) by_deaths: f64,
    pub(super) deaths_alone: f64,
}

/// A sum in twice the working precision, so that what was added can be taken away again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Twofold {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl Twofold {
    #[inline(always)]
    pub(crate) fn add(&mut self, value: f64) {
        let sum = self.high + value;
        let part = sum - self.high;
        self.low += (self.high - (sum - part)) + (value - part);
        self.high = sum;
    }

    #[inline(always)]
    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }

    /// The difference to an earlier state, or the value itself.
    #[inline(always)]
    pub(crate) fn less(self, before: Option<Self>) -> f64 {
        match before {
            Some(before) => (self.high - before.high) + (self.low - before.low),
            None => self.value(),
        }
    }
}

impl Evaluation {
    /// Log-likelihood and information that were found in another way.
    pub(super) fn known(log_likelihood: f64, information: Vec<f64>) -> Self {
        Self { log_likelihood, information, ..Self::default() }
    }

    /// Evaluates at `beta` (scaled covariates); false if the likelihood is not finite there.
    pub(crate) fn at(&mut self, design: &Design, beta: &[f64], derivatives: bool) -> bool {
        if design.ties == Ties::Exact {
            return direct::exact(design, beta, self);
        }
        let limit = if design.has_entry() { WIDEST_RANGE_ENTRY } else { WIDEST_RANGE };
        match self.sums(design, beta, derivatives, limit) {
            Some(finite) => finite,
            None if design.rows() as f64 * design.end.len() as f64 <= LARGEST_ENUMERATION => {
                direct::tied(design, beta, self)
            }
            None => self.sums(design, beta, derivatives, WIDEST_RANGE).unwrap_or(false),
        }
    }

    /// Evaluates by sums over the sorted rows, which [`risk`](Self::risk) and what rests on it need; false if the
    /// predictors of a stratum differ too much for that.
    pub(crate) fn by_sums(&mut self, design: &Design, beta: &[f64]) -> bool {
        self.sums(design, beta, true, WIDEST_RANGE).unwrap_or(false)
    }

    /// `None` if the predictors of a stratum spread wider than `limit`.
    fn sums(&mut self, design: &Design, beta: &[f64], derivatives: bool, limit: f64) -> Option<bool> {
        let rows = design.rows();
        self.padded.clear();
        self.padded.extend_from_slice(beta);
        self.padded.resize(design.stride, 0.0);
        self.risk.resize(rows, 0.0);
        let parallel = rows * design.stride > PARALLEL_WORK;
        predict(design, &self.padded, &mut self.risk, parallel);
        let mut widest = 0.0_f64;
        self.shifts.clear();
        for stratum in &design.strata {
            let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
            for &eta in &self.risk[stratum.rows.0..stratum.rows.1] {
                lowest = lowest.min(eta);
                highest = highest.max(eta);
            }
            if !(lowest.is_finite() && highest.is_finite()) {
                return Some(false);
            }
            widest = widest.max(highest - lowest);
            self.shifts.push(highest);
        }
        if widest > limit {
            return None;
        }
        exponentiate(design, &self.shifts, &mut self.risk, parallel);
        self.log_likelihood = self.hazards(design);
        if !self.log_likelihood.is_finite() {
            return Some(false);
        }
        if derivatives {
            self.accumulate(design, parallel);
        }
        Some(true)
    }

    /// Scalars of the event times, and the log-likelihood.
    fn hazards(&mut self, design: &Design) -> f64 {
        self.steps.resize(design.end.len(), Step::default());
        let mut log_likelihood = Twofold::default();
        log_likelihood.add(design.death_offset);
        for (&sum, &beta) in design.death_sum.iter().zip(&self.padded) {
            log_likelihood.add(sum * beta);
        }
        for (stratum, &shift) in design.strata.iter().zip(&self.shifts) {
            let mut at = stratum.rows.0;
            let mut entered = stratum.entries_start;
            let mut plain = 0.0;
            let mut careful = Twofold::default();
            // times whose deaths weigh one
            let (mut denominators, mut shifted) = (LogProduct::default(), 0.0);
            for k in stratum.events.0..stratum.events.1 {
                let end = design.end[k] as usize;
                let total = if design.has_entry() {
                    for &risk in &self.risk[at..end] {
                        careful.add(risk);
                    }
                    let entry_end = design.entry_end[k] as usize;
                    for &position in &design.entry_order[entered..entry_end] {
                        careful.add(-self.risk[position as usize]);
                    }
                    if end - stratum.rows.0 == entry_end - stratum.entries_start {
                        careful = Twofold::default(); // the risk set is empty: nothing may be left over
                    }
                    entered = entry_end;
                    careful.value()
                } else {
                    for &risk in &self.risk[at..end] {
                        plain += risk;
                    }
                    plain
                };
                at = end;
                let dead: f64 = self.risk[end - design.deaths[k] as usize..end].iter().sum();
                let weight = design.mean_weight[k];
                let mut own = LogProduct::default();
                let logs = if weight == 1.0 { &mut denominators } else { &mut own };
                self.steps[k] = step(design, k, total, dead, weight, logs);
                if weight == 1.0 {
                    shifted += design.count[k];
                } else {
                    log_likelihood.add(-weight * (own.value() + shift * design.count[k]));
                }
            }
            log_likelihood.add(-denominators.value());
            log_likelihood.add(-shifted * shift);
        }
        log_likelihood.value()
    }

    /// Score and information from risks and increments.
    fn accumulate(&mut self, design: &Design, parallel: bool) {
        self.spread(design);
        if let [block] = design.blocks.as_slice()
            && !design.has_entry()
        {
            self.accumulate_block(design, block);
            return;
        }
        let Self { risk, hazard, steps, .. } = &*self;
        let q = design.stride;
        let parts: Vec<Part> = if parallel {
            design.blocks.par_iter().map(|block| first_part(design, block, risk, hazard)).collect()
        } else {
            design.blocks.iter().map(|block| first_part(design, block, risk, hazard)).collect()
        };
        let mut score = design.death_sum.clone();
        let mut information = vec![0.0; q * q];
        for part in &parts {
            for (total, value) in score.iter_mut().zip(&part.score) {
                *total -= value;
            }
            for (total, value) in information.iter_mut().zip(&part.cross) {
                *total += value;
            }
        }
        if design.has_entry() {
            let outer = outer_with_entry(design, risk, steps);
            for (total, value) in information.iter_mut().zip(&outer) {
                *total -= value;
            }
        } else {
            // running sums at the start of each block
            let mut starts = Vec::with_capacity(parts.len());
            let mut running = vec![0.0; q];
            for (block, part) in design.blocks.iter().zip(&parts) {
                if !block.continues {
                    running.fill(0.0);
                }
                starts.push(running.clone());
                if block.last_stratum_start > block.rows.0 {
                    running.fill(0.0);
                }
                for (total, value) in running.iter_mut().zip(&part.total) {
                    *total += value;
                }
            }
            let outers: Vec<Vec<f64>> = if parallel {
                design
                    .blocks
                    .par_iter()
                    .zip(&starts)
                    .map(|(block, start)| outer_part(design, block, start, risk, steps))
                    .collect()
            } else {
                design
                    .blocks
                    .iter()
                    .zip(&starts)
                    .map(|(block, start)| outer_part(design, block, start, risk, steps))
                    .collect()
            };
            for outer in &outers {
                for (total, value) in information.iter_mut().zip(outer) {
                    *total -= value;
                }
            }
        }
        self.keep(design, &score, &information);
    }

    /// The same for a design of one block, in the same order.
    fn accumulate_block(&mut self, design: &Design, block: &Block) {
        let q = design.stride;
        let mut room = self.room.take().filter(|r| r.sum.len() == q).unwrap_or_else(|| Room::new(q, block));
        let Room { part, information, outer, sum, dead, means } = &mut room;
        let (start, stop) = block.rows;
        let (x, g) = (&design.x[start * q..stop * q], &self.hazard[start..stop]);
        for values in [&mut part.score, &mut part.cross, &mut *outer, &mut *sum] {
            values.fill(0.0);
        }
        run(WeightedSum { x, stride: q, g, out: &mut part.score });
        run(CrossProduct { x, stride: q, g, out: &mut part.cross });
        run(Outer { design, block, sum, dead, risk: &self.risk, steps: &self.steps, means, outer });
        for (score, &deaths) in part.score.iter_mut().zip(&design.death_sum) {
            *score = deaths - *score;
        }
        for (information, (cross, outer)) in information.iter_mut().zip(part.cross.iter().zip(&*outer)) {
            *information = cross - outer;
        }
        self.keep(design, &part.score, information);
        self.room = Some(room);
    }

    /// Takes score and information out of their padding.
    fn keep(&mut self, design: &Design, score: &[f64], information: &[f64]) {
        let (p, q) = (design.p, design.stride);
        self.score.clear();
        self.score.extend_from_slice(&score[..p]);
        self.information.resize(p * p, 0.0);
        for i in 0..p {
            for j in 0..=i {
                self.information[i * p + j] = information[i * q + j];
                self.information[j * p + i] = information[i * q + j];
            }
        }
    }

    /// r H of each row.
    fn spread(&mut self, design: &Design) {
        self.hazard.resize(design.rows(), 0.0);
        self.cumulative.resize(design.end.len(), Twofold::default());
        for stratum in &design.strata {
            let mut cumulative = Twofold::default();
            for k in (stratum.events.0..stratum.events.1).rev() {
                cumulative.add(self.steps[k].increment);
                self.cumulative[k] = cumulative;
            }
            let mut start = stratum.rows.0;
            for k in stratum.events.0..stratum.events.1 {
                let end = design.end[k] as usize;
                let all = self.cumulative[k];
                if design.has_entry() {
                    for position in start..end {
                        let entered = design.entered_at[position] as usize;
                        self.hazard[position] = if entered < stratum.events.1 {
                            let before = self.cumulative[entered];
                            (all.high - before.high) + (all.low - before.low)
                        } else {
                            all.value()
                        };
                    }
                } else {
                    self.hazard[start..end].fill(all.value());
                }
                let loss = self.steps[k].loss;
                if loss > 0.0 {
                    for hazard in &mut self.hazard[end - design.deaths[k] as usize..end] {
                        *hazard -= loss;
                    }
                }
                start = end;
            }
        }
        for (hazard, risk) in self.hazard.iter_mut().zip(&self.risk) {
            *hazard *= risk;
        }
    }

    /// Score of all columns of a design whose rows are those of the last evaluation.
    pub(crate) fn score_of(&self, design: &Design) -> Vec<f64> {
        let mut sum = vec![0.0; design.stride];
        run(WeightedSum { x: &design.x, stride: design.stride, g: &self.hazard, out: &mut sum });
        design.death_sum.iter().zip(&sum).take(design.p).map(|(deaths, sum)| deaths - sum).collect()
    }

    /// Largest linear predictor of each stratum (in the centred covariates), as of the last evaluation.
    pub(crate) fn shifts(&self) -> &[f64] {
        &self.shifts
    }

    /// Score and information with every event time counted `multiplier` times.
    pub(crate) fn multiplied(&self, design: &Design, multiplier: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut other = self.clone();
        for (step, &factor) in other.steps.iter_mut().zip(multiplier) {
            step.increment *= factor;
            step.loss *= factor;
            step.by_all *= factor.sqrt();
            step.by_deaths *= factor.sqrt();
            step.deaths_alone *= factor.sqrt();
        }
        other.accumulate(design, design.rows() * design.stride > PARALLEL_WORK);
        for k in 0..design.end.len() {
            for position in design.death_rows(k) {
                let weight = design.weight(position) * (multiplier[k] - 1.0);
                for (score, x) in other.score.iter_mut().zip(design.row(position)) {
                    *score += weight * x;
                }
            }
        }
        (other.score, other.information)
    }

    /// Risk of each sorted row relative to the largest of its stratum, as of the last evaluation by sums.
    pub(crate) fn risk(&self) -> &[f64] {
        &self.risk
    }
}

/// The scalars of event time `k` from the risk of all at risk and of the deaths; its denominators go into `logs`.
pub(super) fn step(design: &Design, k: usize, total: f64, dead: f64, weight: f64, logs: &mut LogProduct) -> Step {
    let shares = design.shares(k);
    if shares == 1 {
        let count = design.count[k];
        let all = weight * count;
        logs.power(total, count);
        return Step { increment: all / total, by_all: all.sqrt() / total, ..Step::default() };
    }
    let d = design.count[k];
    let (mut increment, mut loss, mut a, mut b) = (0.0, 0.0, 0.0, 0.0);
    for l in 0..shares {
        let share = l as f64 / d;
        let denominator = total - share * dead;
        let inverse = 1.0 / denominator;
        increment += inverse;
        loss += share * inverse;
        a += inverse * inverse;
        b += share * inverse * inverse;
        logs.multiply(denominator);
    }
    let mean_share = b / a;
    let mut c = 0.0;
    for l in 0..shares {
        let share = l as f64 / d;
        let inverse = 1.0 / (total - share * dead);
        let apart = (share - mean_share) * inverse;
        c += apart * apart;
    }
    let root = (weight * a).sqrt();
    Step {
        increment: weight * increment,
        loss: weight * loss,
        by_all: root,
        by_deaths: root * mean_share,
        deaths_alone: (weight * c).sqrt(),
    }
}

/// The logarithm of a product of positive numbers, from the product of their fractions and the sum of their exponents.
pub(super) struct LogProduct {
    fraction: f64,
    exponent: i64,
    pending: u32,
    logs: f64,
}

impl Default for LogProduct {
    fn default() -> Self {
        Self { fraction: 1.0, exponent: 0, pending: 0, logs: 0.0 }
    }
}

impl LogProduct {
    #[inline(always)]
    pub(super) fn multiply(&mut self, value: f64) {
        const FRACTION: u64 = (1 << 52) - 1;
        if !(f64::MIN_POSITIVE..=f64::MAX).contains(&value) {
            self.logs += value.ln();
            return;
        }
        self.fraction *= f64::from_bits((value.to_bits() & FRACTION) | (1023 << 52));
        self.exponent += (value.to_bits() >> 52) as i64 - 1023;
        self.pending += 1;
        if self.pending == 512 {
            self.settle();
        }
    }

    /// The value, `count` times.
    #[inline(always)]
    fn power(&mut self, value: f64, count: f64) {
        if count == 1.0 {
            self.multiply(value);
        } else {
            self.logs += count * value.ln();
        }
    }

    fn settle(&mut self) {
        self.logs += self.fraction.ln();
        self.fraction = 1.0;
        self.pending = 0;
    }

    pub(super) fn value(mut self) -> f64 {
        if self.pending > 0 {
            self.settle();
        }
        self.exponent as f64 * std::f64::consts::LN_2 + self.logs
    }
}

fn predict(design: &Design, beta: &[f64], out: &mut [f64], parallel: bool) {
    let one = |(block, out): (&Block, &mut [f64])| {
        let (start, stop) = block.rows;
        run(LinearPredictor {
            x: &design.x[start * design.stride..stop * design.stride],
            stride: design.stride,
            beta,
            offset: design.offset.get(start..stop).unwrap_or_default(),
            out,
        });
    };
    let pieces = by_block(design, out);
    if parallel {
        pieces.into_par_iter().for_each(one);
    } else {
        pieces.into_iter().for_each(one);
    }
}

/// Replaces the linear predictor by the risk.
fn exponentiate(design: &Design, shifts: &[f64], risk: &mut [f64], parallel: bool) {
    let one = |(block, risk): (&Block, &mut [f64])| {
        for s in block.strata.0..block.strata.1 {
            let stratum = &design.strata[s];
            let start = stratum.rows.0.max(block.rows.0);
            let stop = stratum.rows.1.min(block.rows.1);
            run(Exponentiate {
                risk: &mut risk[start - block.rows.0..stop - block.rows.0],
                shift: shifts[s],
                weight: design.weight.get(start..stop).unwrap_or_default(),
            });
        }
    };
    let pieces = by_block(design, risk);
    if parallel {
        pieces.into_par_iter().for_each(one);
    } else {
        pieces.into_iter().for_each(one);
    }
}

fn by_block<'a, 'b>(design: &'a Design, mut values: &'b mut [f64]) -> Vec<(&'a Block, &'b mut [f64])> {
    let mut pieces = Vec::with_capacity(design.blocks.len());
    for block in &design.blocks {
        let (piece, rest) = values.split_at_mut(block.rows.1 - block.rows.0);
        pieces.push((block, piece));
        values = rest;
    }
    pieces
}

/// Sums over the rows of one block.
#[derive(Debug, Clone)]
struct Part {
    score: Vec<f64>,
    cross: Vec<f64>,
    /// Sum of r x from the start of the last stratum on, if the next block continues it.
    total: Vec<f64>,
}

fn first_part(design: &Design, block: &Block, risk: &[f64], hazard: &[f64]) -> Part {
    let q = design.stride;
    let (start, stop) = block.rows;
    let mut part = Part { score: vec![0.0; q], cross: vec![0.0; q * q], total: vec![0.0; q] };
    let x = &design.x[start * q..stop * q];
    run(WeightedSum { x, stride: q, g: &hazard[start..stop], out: &mut part.score });
    run(CrossProduct { x, stride: q, g: &hazard[start..stop], out: &mut part.cross });
    if block.continued && !design.has_entry() {
        let from = block.last_stratum_start;
        run(WeightedSum { x: &design.x[from * q..stop * q], stride: q, g: &risk[from..stop], out: &mut part.total });
    }
    part
}

/// The outer part of the information over the event times of one block.
fn outer_part(design: &Design, block: &Block, start: &[f64], risk: &[f64], steps: &[Step]) -> Vec<f64> {
    let q = design.stride;
    let (mut outer, mut sum, mut dead) = (vec![0.0; q * q], start.to_vec(), vec![0.0; q]);
    let mut means = Means::of_block(q, block);
    let (sum, dead, means) = (&mut sum, &mut dead, &mut means);
    run(Outer { design, block, sum, dead, risk, steps, means, outer: &mut outer });
    outer
}

/// One pass over the event times of a block.
struct Outer<'a> {
    design: &'a Design,
    block: &'a Block,
    sum: &'a mut [f64],
    dead: &'a mut [f64],
    risk: &'a [f64],
    steps: &'a [Step],
    means: &'a mut Means,
    outer: &'a mut [f64],
}

impl WithSimd for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { design, block, sum, dead, risk, steps, means, outer } = self;
        let q = design.stride;
        for stratum in &design.strata[block.strata.0..block.strata.1] {
            let mut at = block.rows.0;
            if stratum.rows.0 >= block.rows.0 {
                at = stratum.rows.0;
                sum.fill(0.0);
            }
            for k in stratum.events.0.max(block.events.0)..stratum.events.1.min(block.events.1) {
                let end = design.end[k] as usize;
                weighted_sum(simd, &design.x[at * q..end * q], q, &risk[at..end], sum);
                at = end;
                means.push(simd, design, k, sum, dead, risk, &steps[k], outer);
            }
        }
        means.flush(simd, outer);
    }
}

/// The outer part for start/stop data: risks are added at exit and taken away at entry, in twice the precision.
fn outer_with_entry(design: &Design, risk: &[f64], steps: &[Step]) -> Vec<f64> {
    let q = design.stride;
    let mut outer = vec![0.0; q * q];
    run(OuterWithEntry { design, risk, steps, means: Means::new(q, MEAN_ROWS), outer: &mut outer });
    outer
}

/// One pass over all event times of start/stop data.
struct OuterWithEntry<'a> {
    design: &'a Design,
    risk: &'a [f64],
    steps: &'a [Step],
    means: Means,
    outer: &'a mut [f64],
}

impl WithSimd for OuterWithEntry<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { design, risk, steps, mut means, outer } = self;
        let q = design.stride;
        let mut sum = vec![0.0; q];
        let mut dead = vec![0.0; q];
        for stratum in &design.strata {
            let mut high = vec![0.0; q];
            let mut low = vec![0.0; q];
            let mut at = stratum.rows.0;
            let mut entered = stratum.entries_start;
            for k in stratum.events.0..stratum.events.1 {
                let end = design.end[k] as usize;
                let entry_end = design.entry_end[k] as usize;
                CarefulSum {
                    x: &design.x,
                    stride: q,
                    risk,
                    rows: at..end,
                    leaving: &design.entry_order[entered..entry_end],
                    high: &mut high,
                    low: &mut low,
                }
                .add();
                (at, entered) = (end, entry_end);
                if end - stratum.rows.0 == entry_end - stratum.entries_start {
                    high.fill(0.0);
                    low.fill(0.0);
                }
                for (sum, (high, low)) in sum.iter_mut().zip(high.iter().zip(&low)) {
                    *sum = high + low;
                }
                means.push(simd, design, k, &sum, &mut dead, risk, &steps[k], outer);
            }
        }
        means.flush(simd, outer);
    }
}

/// Rows of the outer part, collected until their cross-product is worth taking.
#[derive(Debug, Clone)]
struct Means {
    stride: usize,
    rows: Vec<f64>,
    filled: usize,
}

impl Means {
    /// Enough for a block.
    fn of_block(stride: usize, block: &Block) -> Self {
        Self::new(stride, (block.events.1 - block.events.0).saturating_mul(2).min(MEAN_ROWS))
    }

    fn new(stride: usize, capacity: usize) -> Self {
        Self { stride, rows: vec![0.0; stride * capacity.max(2)], filled: 0 }
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one pass over the event times")]
    #[inline(always)]
    fn push<S: Simd>(
        &mut self,
        simd: S,
        design: &Design,
        k: usize,
        sum: &[f64],
        dead: &mut [f64],
        risk: &[f64],
        step: &Step,
        outer: &mut [f64],
    ) {
        let q = self.stride;
        if (self.filled + 2) * q > self.rows.len() {
            self.flush(simd, outer);
        }
        if step.loss > 0.0 {
            let end = design.end[k] as usize;
            let start = end - design.deaths[k] as usize;
            dead.fill(0.0);
            weighted_sum(simd, &design.x[start * q..end * q], q, &risk[start..end], dead);
            let rows = &mut self.rows[self.filled * q..(self.filled + 2) * q];
            for j in 0..q {
                rows[j] = step.by_all * sum[j] - step.by_deaths * dead[j];
                rows[q + j] = step.deaths_alone * dead[j];
            }
            self.filled += 2;
        } else {
            for (row, sum) in self.rows[self.filled * q..(self.filled + 1) * q].iter_mut().zip(sum) {
                *row = step.by_all * sum;
            }
            self.filled += 1;
        }
    }

    #[inline(always)]
    fn flush<S: Simd>(&mut self, simd: S, outer: &mut [f64]) {
        let ones = [1.0; MEAN_ROWS];
        let q = self.stride;
        cross_product(simd, &self.rows[..self.filled * q], q, &ones[..self.filled], outer);
        self.filled = 0;
    }
}
