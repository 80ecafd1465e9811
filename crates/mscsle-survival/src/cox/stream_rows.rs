//! Log-likelihood, score and information of many rows, read where they lie.
//!
//! Nothing is sorted but the rows' numbers: the score X'(delta - r H) and the first part of the information X' diag(r H) X
//! do not depend on the order of the rows, and r and H are one number a row. The outer part needs S1 = sum of r x over
//! the risk set at each event time. Where event times are few (whole days) the sums of r x between them are kept in a
//! table, filled in any order. Otherwise either rows are gathered in the order of time, or, for a step of the iteration, the
//! table holds stretches of time in which the risk set changes by less than half a percent: the error of the information is
//! then about the square of that.
//!
//! Pieces of the rows are summed by themselves and added in their order, whatever the number of threads.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::design::Design;
use super::kernel::{Exponentiate, cross_few, predict_rows, run, weighted_sum};
use super::likelihood::{LogProduct, Step, Twofold};

/// Rows read at a time: 24 columns of them fit into the first-level cache twice.
const TILE: usize = 64;
/// Rows of one piece where only numbers are computed row by row, and of one piece in the order of time at least.
const PIECE: usize = 8192;
/// Pieces at most where each has a table of its own.
const MOST_TABLES: usize = 8;
/// Share of the rows at risk that may join within one stretch of time.
const STRETCH: usize = 256;
/// Rows an event time must have on average for the exact table.
const ROWS_A_TIME: usize = 32;
/// Linear predictors beyond this are left to the careful way.
const LARGEST_PREDICTOR: f64 = 150.0;
/// Rows whose mean is taken out of the columns, so that products keep their digits.
const SAMPLE: usize = 1024;

/// Weighted sums over all rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// Score.
    pub(super) score: Vec<f64>,
    /// Information, row-major stride x stride, lower triangle.
    pub(super) information: Vec<f64>,
    /// Its first part, of which the outer part was taken away.
    pub(super) cross: Vec<f64>,
    /// What the rows contribute to the score without being events: X' r H.
    expected: Vec<f64>,
}

/// The rows of a fit, and what is known of them at the current coefficients.
pub(super) struct StreamRows<'a> {
    design: &'a Design,
    x: &'a [f64],
    event: &'a [bool],
    weight: Option<&'a [f64]>,
    offset: Option<&'a [f64]>,
    /// A value near the middle of each column, padded.
    centre: Vec<f64>,
    /// The last row, padded; the padding of the others is what comes after them, and counts for nothing.
    last: Vec<f64>,
    /// Per row: the event time from which on (backwards) it is at risk; one past the last for rows that never are.
    group: Vec<u32>,
    /// Per row: its line of the table.
    line: Vec<u32>,
    /// Whether each event time has two lines, without and with its deaths; otherwise lines are stretches of time.
    exact_table: bool,
    /// First event time of each line but the first, ascending; with an exact table unused.
    stretches: Vec<u32>,
    /// Whether Efron's rule has a say at any time.
    tied: bool,
    /// Sum of weighted covariates over the deaths, once known.
    death_sum: Vec<f64>,
    /// Per row; empty if it is 1 for all.
    risk: Vec<f64>,
    /// Per event time, and one more: risk that joins there.
    joined: Vec<f64>,
    /// Per event time: all risk, and with ties that of its deaths.
    total: Vec<f64>,
    dead: Vec<f64>,
    /// Per event time: the scalars, with an exact table.
    steps: Vec<Step>,
    /// Per event time, and one more: what a row that joins there accumulates; with ties after it what a death does.
    hazard: Vec<f64>,
}

impl<'a> StreamRows<'a> {
    pub(super) fn new(
        design: &'a Design,
        x: &'a [f64],
        event: &'a [bool],
        weight: Option<&'a [f64]>,
        offset: Option<&'a [f64]>,
    ) -> Self {
        let (n, p, times) = (event.len(), design.p, design.end.len());
        let mut centre = vec![0.0; design.stride];
        let sampled = n.min(SAMPLE);
        for i in 0..sampled {
            let row = i * n / sampled;
            for (sum, value) in centre.iter_mut().zip(&x[row * p..][..p]) {
                *sum += value / sampled as f64;
            }
        }
        let mut group = vec![times as u32; n];
        let mut at = 0;
        for (k, &end) in design.end.iter().enumerate() {
            for &row in &design.order[at..end as usize] {
                group[row as usize] = k as u32;
            }
            at = end as usize;
        }
        let exact_table = times * ROWS_A_TIME <= n;
        let mut stretches = Vec::new();
        let line = if exact_table {
            group.iter().zip(event).map(|(&k, &event)| 2 * k + u32::from(event && (k as usize) < times)).collect()
        } else {
            let line_of = stretches_of(design, &mut stretches);
            group.iter().map(|&k| line_of[k as usize]).collect()
        };
        let tied = (0..times).any(|k| design.shares(k) > 1);
        let mut last = x[(n - 1) * p..].to_vec();
        last.resize(design.stride, 0.0);
        Self {
            design,
            x,
            event,
            weight,
            offset,
            centre,
            last,
            group,
            line,
            exact_table,
            stretches,
            tied,
            death_sum: vec![0.0; design.stride],
            risk: Vec::new(),
            joined: vec![0.0; times + 1],
            total: vec![0.0; times],
            dead: vec![0.0; if tied { times + 1 } else { 0 }],
            steps: vec![Step::default(); if exact_table { times } else { 0 }],
            hazard: vec![0.0; if tied { 2 * times + 2 } else { times + 1 }],
        }
    }

    /// Whether the rows that are never at risk, which enter no sum, hold numbers.
    pub(super) fn spare_rows_are_finite(&self) -> bool {
        let (p, times) = (self.design.p, self.total.len());
        let spare = self.group.iter().enumerate().filter(|&(_, &k)| k as usize == times);
        spare.into_iter().all(|(row, _)| self.x[row * p..][..p].iter().all(|x| x.is_finite()))
    }

    /// Whether the table gives the information without error.
    pub(super) fn exact_table(&self) -> bool {
        self.exact_table
    }

    /// Number of lines of the table.
    fn lines(&self) -> usize {
        if self.exact_table { 2 * self.design.end.len() + 1 } else { self.stretches.len() + 2 }
    }

    /// Log-likelihood at `beta` (of the columns as they are, padded); None if the predictors are too far apart.
    pub(super) fn log_likelihood(&mut self, beta: &[f64]) -> Option<f64> {
        self.set_risk(beta)?;
        self.join();
        let mut log_likelihood = Twofold::default();
        for (&sum, &beta) in self.death_sum.iter().zip(beta) {
            log_likelihood.add(sum * beta);
        }
        if let Some(offset) = self.offset {
            for (row, &offset) in offset.iter().enumerate() {
                if self.is_death(row) {
                    log_likelihood.add(self.weight_of(row) * offset);
                }
            }
        }
        let Self { design, joined, total, dead, steps, hazard, .. } = self;
        for stratum in &design.strata {
            let mut sum = 0.0;
            let mut logs = LogProduct::default();
            for k in stratum.events.0..stratum.events.1 {
                sum += joined[k];
                total[k] = sum;
                let found = step(design, k, sum, dead.get(k).copied().unwrap_or(0.0), &mut logs);
                if dead.is_empty() {
                    hazard[k] = found.increment;
                } else {
                    (hazard[2 * k], hazard[2 * k + 1]) = (found.increment, found.loss);
                }
                if let Some(step) = steps.get_mut(k) {
                    *step = found;
                }
            }
            log_likelihood.add(-logs.value());
            let mut cumulative = Twofold::default();
            for k in (stratum.events.0..stratum.events.1).rev() {
                if dead.is_empty() {
                    cumulative.add(hazard[k]);
                    hazard[k] = cumulative.value();
                } else {
                    cumulative.add(hazard[2 * k]);
                    hazard[2 * k] = cumulative.value();
                    hazard[2 * k + 1] = cumulative.value() - hazard[2 * k + 1];
                }
            }
        }
        let value = log_likelihood.value();
        value.is_finite().then_some(value)
    }

    /// Sums of the risk that joins at each event time, and with ties of that of its deaths.
    fn join(&mut self) {
        self.joined.fill(0.0);
        self.dead.fill(0.0);
        if self.risk.is_empty() {
            for &k in &self.group {
                self.joined[k as usize] += 1.0;
            }
        }
        for (&k, &risk) in self.group.iter().zip(&self.risk) {
            self.joined[k as usize] += risk;
        }
        if self.tied {
            for (row, (&k, &event)) in self.group.iter().zip(self.event).enumerate() {
                if event {
                    self.dead[k as usize] += self.risk_of(row);
                }
            }
        }
    }

    #[inline(always)]
    fn risk_of(&self, row: usize) -> f64 {
        self.risk.get(row).copied().unwrap_or(1.0)
    }

    #[inline(always)]
    fn weight_of(&self, row: usize) -> f64 {
        self.weight.map_or(1.0, |weight| weight[row])
    }

    /// Whether a row is a death that counts.
    #[inline(always)]
    fn is_death(&self, row: usize) -> bool {
        self.event[row] && (self.group[row] as usize) < self.total.len()
    }

    /// The scalars of an event time.
    #[inline(always)]
    fn step(&self, k: usize) -> Step {
        if let Some(step) = self.steps.get(k) {
            return *step;
        }
        step(self.design, k, self.total[k], self.dead.get(k).copied().unwrap_or(0.0), &mut LogProduct::default())
    }

    /// What a row that joins at an event time, or dies there, accumulates.
    #[inline(always)]
    fn hazard(&self, k: usize, event: bool) -> f64 {
        if self.tied { self.hazard[2 * k + usize::from(event)] } else { self.hazard[k] }
    }

    /// Keeps what the log-likelihood needs of the first sums.
    pub(super) fn know_deaths(&mut self, sums: &Sums) {
        self.death_sum = sums.score.iter().zip(&sums.expected).map(|(score, expected)| score + expected).collect();
    }

    /// Risk of each row.
    fn set_risk(&mut self, beta: &[f64]) -> Option<()> {
        let n = self.event.len();
        if self.offset.is_none() && self.weight.is_none() && beta.iter().all(|&b| b == 0.0) {
            self.risk.clear();
            return Some(());
        }
        let mut risk = std::mem::take(&mut self.risk);
        risk.resize(n, 0.0);
        let largest: Vec<f64> = risk
            .par_chunks_mut(PIECE)
            .enumerate()
            .map(|(piece, out)| run(Predict { rows: self, beta, start: piece * PIECE, out }))
            .collect();
        self.risk = risk;
        largest.iter().all(|&largest| largest <= LARGEST_PREDICTOR).then_some(())
    }

    /// `count` pieces of the rows.
    fn ranges(&self, count: usize) -> Vec<(usize, usize)> {
        let tiles = self.event.len().div_ceil(TILE);
        (0..count).map(|i| (i * tiles / count * TILE, ((i + 1) * tiles / count * TILE).min(self.event.len()))).collect()
    }

    /// Score and information by the table.
    pub(super) fn by_table(&self) -> Sums {
        let q = self.design.stride;
        let size = self.lines() * q;
        let ranges = self.ranges((8 * self.event.len() / size.max(1)).clamp(1, MOST_TABLES));
        let parts: Vec<(Part, Vec<f64>)> =
            ranges.into_par_iter().map(|(start, end)| run(Tabulate { rows: self, start, end })).collect();
        let mut sums = Sums::new(q);
        let mut table = vec![0.0; size];
        for (part, of_part) in &parts {
            sums.add(part);
            add(&mut table, of_part);
        }
        let outer = run(TableOuter { rows: self, table: &table });
        for (information, (cross, outer)) in sums.information.iter_mut().zip(sums.cross.iter().zip(&outer)) {
            *information = cross - outer;
        }
        sums
    }

    /// Score and information by the rows in the order of time.
    pub(super) fn in_order(&self) -> Sums {
        let q = self.design.stride;
        let pieces = self.pieces();
        let parts: Vec<OrderPart> = pieces.par_iter().map(|piece| run(InOrder { rows: self, piece })).collect();
        let mut sums = Sums::new(q);
        let mut outer = vec![0.0; q * q];
        let mut start = vec![0.0; q];
        for (piece, part) in pieces.iter().zip(&parts) {
            if piece.first {
                start.fill(0.0);
            }
            sums.add(&part.part);
            let means = &part.means;
            // sum of (a S + u)(a S + u)' with S the sum at the start of the piece
            for i in 0..q {
                for j in 0..=i {
                    outer[i * q + j] += means.outer[i * q + j]
                        + (start[i] * means.mixed[j] + means.mixed[i] * start[j] + means.square * start[i] * start[j]);
                }
            }
            add(&mut start, &part.total);
        }
        for (information, (cross, outer)) in sums.information.iter_mut().zip(sums.cross.iter().zip(&outer)) {
            *information = cross - outer;
        }
        sums
    }

    /// The sorted rows in pieces that end with a tie group.
    fn pieces(&self) -> Vec<Piece> {
        let design = self.design;
        let mut pieces = Vec::new();
        for stratum in &design.strata {
            let mut piece = Piece {
                rows: (stratum.rows.0, stratum.rows.0),
                events: (stratum.events.0, stratum.events.0),
                first: true,
            };
            for k in stratum.events.0..stratum.events.1 {
                piece.rows.1 = design.end[k] as usize;
                piece.events.1 = k + 1;
                if piece.rows.1 - piece.rows.0 >= PIECE || k + 1 == stratum.events.1 {
                    let (row, event) = (piece.rows.1, piece.events.1);
                    pieces.push(piece);
                    piece = Piece { rows: (row, row), events: (event, event), first: false };
                }
            }
        }
        pieces
    }

    /// A row with padding.
    #[inline(always)]
    fn row(&self, row: usize) -> &[f64] {
        let (start, q) = (row * self.design.p, self.design.stride);
        self.x.get(start..start + q).unwrap_or(&self.last)
    }

    /// Copies a row, less the centre.
    #[inline(always)]
    fn copy<S: Simd>(&self, simd: S, row: usize, out: &mut [f64]) {
        let row = self.row(row);
        if out.len() < 8 {
            for ((out, x), centre) in out.iter_mut().zip(row).zip(&self.centre) {
                *out = x - centre;
            }
            return;
        }
        let (row, _) = S::as_simd_f64s(row);
        let (centre, _) = S::as_simd_f64s(&self.centre);
        let (out, _) = S::as_mut_simd_f64s(out);
        for ((out, &x), &centre) in out.iter_mut().zip(row).zip(centre) {
            *out = simd.sub_f64s(x, centre);
        }
    }

    /// r H of some rows and their weights in the score.
    #[inline(always)]
    fn fill_factors(&self, rows: std::ops::Range<usize>, room: &mut Room) {
        for (i, row) in rows.enumerate() {
            let k = self.group[row] as usize;
            let event = self.event[row];
            let risk = self.risk_of(row);
            let g = risk * self.hazard(k, event);
            room.risk[i] = risk;
            room.g[i] = g;
            room.gain[i] = if event && k < self.total.len() { self.weight_of(row) } else { 0.0 } - g;
        }
    }
}

/// The scalars of an event time; frequency weights count deaths, so that their mean weight is 1.
#[inline(always)]
fn step(design: &Design, k: usize, total: f64, dead: f64, logs: &mut LogProduct) -> Step {
    super::likelihood::step(design, k, total, dead, 1.0, logs)
}

impl Sums {
    fn new(stride: usize) -> Self {
        Self {
            score: vec![0.0; stride],
            information: vec![0.0; stride * stride],
            cross: vec![0.0; stride * stride],
            expected: vec![0.0; stride],
        }
    }

    fn add(&mut self, part: &Part) {
        add(&mut self.score, &part.score);
        add(&mut self.cross, &part.cross);
        add(&mut self.expected, &part.expected);
    }
}

/// Some rows in the first-level cache.
struct Room {
    tile: Vec<f64>,
    scaled: Vec<f64>,
    risk: [f64; TILE],
    g: [f64; TILE],
    gain: [f64; TILE],
}

impl Room {
    fn new(stride: usize) -> Self {
        Self {
            tile: vec![0.0; TILE * stride],
            scaled: vec![0.0; TILE * stride],
            risk: [0.0; TILE],
            g: [0.0; TILE],
            gain: [0.0; TILE],
        }
    }

    /// Adds the first `count` rows to the sums that do not depend on the order.
    #[inline(always)]
    fn add_to<S: Simd>(&mut self, simd: S, count: usize, stride: usize, sums: &mut Part) {
        let tile = &self.tile[..count * stride];
        weighted_sum(simd, tile, stride, &self.gain[..count], &mut sums.score);
        weighted_sum(simd, tile, stride, &self.g[..count], &mut sums.expected);
        cross_few(simd, tile, stride, &self.g[..count], &mut self.scaled, &mut sums.cross);
    }
}

/// Sums over some rows that do not depend on their order.
struct Part {
    score: Vec<f64>,
    expected: Vec<f64>,
    cross: Vec<f64>,
}

impl Part {
    fn new(stride: usize) -> Self {
        Self { score: vec![0.0; stride], expected: vec![0.0; stride], cross: vec![0.0; stride * stride] }
    }
}

/// Lines of the table: for each event time (and one more for rows never at risk) its stretch.
fn stretches_of(design: &Design, stretches: &mut Vec<u32>) -> Vec<u32> {
    let mut line_of = Vec::with_capacity(design.end.len() + 1);
    let mut line = 0_u32;
    for (s, stratum) in design.strata.iter().enumerate() {
        let mut start = stratum.rows.0;
        for k in stratum.events.0..stratum.events.1 {
            let end = design.end[k] as usize;
            let before = start - stratum.rows.0;
            let opens = k == stratum.events.0 && s > 0;
            if opens || (k > stratum.events.0 && end - start > before / STRETCH) {
                line += 1;
                stretches.push(k as u32);
                start = if k == stratum.events.0 { stratum.rows.0 } else { design.end[k - 1] as usize };
            }
            line_of.push(line);
        }
    }
    line_of.push(line + 1);
    line_of
}

fn add(sum: &mut [f64], part: &[f64]) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part;
    }
}

/// Risk of a piece of the rows; gives the largest predictor without sign.
struct Predict<'a, 'b> {
    rows: &'a StreamRows<'b>,
    beta: &'a [f64],
    start: usize,
    out: &'a mut [f64],
}

impl WithSimd for Predict<'_, '_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { rows, beta, start, out } = self;
        let q = rows.design.stride;
        let mut tile = vec![0.0; TILE * q];
        for (i, out) in out.chunks_mut(TILE).enumerate() {
            let first = start + i * TILE;
            for (row, line) in (first..first + out.len()).zip(tile.chunks_exact_mut(q)) {
                rows.copy(simd, row, line);
            }
            predict_rows(simd, &tile[..out.len() * q], q, beta, out);
        }
        let end = start + out.len();
        if let Some(offset) = rows.offset {
            add(out, &offset[start..end]);
        }
        let mut largest = [0.0_f64; 8];
        let (lanes, rest) = out.as_chunks::<8>();
        for lane in lanes {
            for (largest, value) in largest.iter_mut().zip(lane) {
                // NaN is kept
                *largest = if value.abs() <= *largest { *largest } else { value.abs() };
            }
        }
        let mut all = 0.0;
        for value in largest.into_iter().chain(rest.iter().map(|value| value.abs())) {
            all = if value <= all { all } else { value };
        }
        if all <= LARGEST_PREDICTOR {
            let weight = rows.weight.map_or(&[][..], |weight| &weight[start..end]);
            Exponentiate { risk: out, shift: 0.0, weight }.with_simd(simd);
        }
        all
    }
}

/// Sums over some rows, with the table of r x.
struct Tabulate<'a, 'b> {
    rows: &'a StreamRows<'b>,
    start: usize,
    end: usize,
}

impl WithSimd for Tabulate<'_, '_> {
    type Output = (Part, Vec<f64>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let rows = self.rows;
        let q = rows.design.stride;
        let mut part = Part::new(q);
        let mut table = vec![0.0; rows.lines() * q];
        let mut room = Room::new(q);
        for first in (self.start..self.end).step_by(TILE) {
            let end = self.end.min(first + TILE);
            rows.fill_factors(first..end, &mut room);
            for (i, row) in (first..end).enumerate() {
                let out = &mut room.tile[i * q..(i + 1) * q];
                rows.copy(simd, row, out);
                add_scaled(simd, out, room.risk[i], &mut table[rows.line[row] as usize * q..][..q]);
            }
            room.add_to(simd, end - first, q, &mut part);
        }
        (part, table)
    }
}

/// `out += g row`.
#[inline(always)]
fn add_scaled<S: Simd>(simd: S, row: &[f64], g: f64, out: &mut [f64]) {
    if out.len() < 8 {
        for (out, x) in out.iter_mut().zip(row) {
            *out += g * x;
        }
        return;
    }
    let g = simd.splat_f64s(g);
    let (row, _) = S::as_simd_f64s(row);
    let (out, _) = S::as_mut_simd_f64s(out);
    for (out, &x) in out.iter_mut().zip(row) {
        *out = simd.mul_add_e_f64s(g, x, *out);
    }
}

/// `out = g row`.
#[inline(always)]
fn set_scaled<S: Simd>(simd: S, row: &[f64], g: f64, out: &mut [f64]) {
    if out.len() < 8 {
        for (out, x) in out.iter_mut().zip(row) {
            *out = g * x;
        }
        return;
    }
    let g = simd.splat_f64s(g);
    let (row, _) = S::as_simd_f64s(row);
    let (out, _) = S::as_mut_simd_f64s(out);
    for (out, &x) in out.iter_mut().zip(row) {
        *out = simd.mul_f64s(g, x);
    }
}

/// The outer part of the information from the table.
struct TableOuter<'a, 'b> {
    rows: &'a StreamRows<'b>,
    table: &'a [f64],
}

impl WithSimd for TableOuter<'_, '_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f64> {
        let Self { rows, table } = self;
        let design = rows.design;
        let q = design.stride;
        let mut means = Means::new(q);
        let mut sum = vec![0.0; q];
        let mut line = 0;
        for stratum in &design.strata {
            sum.fill(0.0);
            let mut k = stratum.events.0;
            let mut total = 0.0;
            while k < stratum.events.1 {
                if rows.exact_table {
                    add(&mut sum, &table[2 * k * q..][..q]);
                    let dead = &table[(2 * k + 1) * q..][..q];
                    add(&mut sum, dead);
                    means.push(simd, &rows.step(k), &sum, dead);
                    k += 1;
                    continue;
                }
                // the mean in the middle of the stretch stands for all its event times
                let end = rows.stretches.get(line).map_or(design.end.len(), |&k| k as usize);
                let joined = &table[line * q..][..q];
                let (mut gain, mut deaths) = (0.0, 0.0);
                for k in k..end {
                    gain += rows.joined[k];
                    deaths += design.mean_weight[k] * design.count[k];
                }
                let factor = deaths.sqrt() / (total + 0.5 * gain);
                let middle: Vec<f64> = sum.iter().zip(joined).map(|(sum, joined)| sum + 0.5 * joined).collect();
                let step = Step { by_all: factor, ..Step::default() };
                means.push(simd, &step, &middle, &[]);
                add(&mut sum, joined);
                total += gain;
                line += 1;
                k = end;
            }
        }
        means.flush(simd);
        means.outer
    }
}

/// Some rows in the order of time.
struct Piece {
    rows: (usize, usize),
    events: (usize, usize),
    /// Whether a stratum begins here.
    first: bool,
}

/// Sums over some rows in the order of time; those of S1 begin with 0.
struct OrderPart {
    part: Part,
    total: Vec<f64>,
    means: Means,
}

struct InOrder<'a, 'b> {
    rows: &'a StreamRows<'b>,
    piece: &'a Piece,
}

impl WithSimd for InOrder<'_, '_> {
    type Output = OrderPart;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> OrderPart {
        let Self { rows, piece } = self;
        let design = rows.design;
        let q = design.stride;
        let mut part = Part::new(q);
        let (mut total, mut dead) = (vec![0.0; q], vec![0.0; q]);
        let mut means = Means::new(q);
        let mut room = Room::new(q);
        let mut k = piece.events.0;
        for first in (piece.rows.0..piece.rows.1).step_by(TILE) {
            let end = piece.rows.1.min(first + TILE);
            let order = &design.order[first..end];
            for (out, &row) in room.tile.chunks_exact_mut(q).zip(order) {
                rows.copy(simd, row as usize, out);
            }
            for (risk, &row) in room.risk.iter_mut().zip(order) {
                *risk = rows.risk_of(row as usize);
            }
            let mut at = first;
            while at < end {
                let group_end = design.end[k] as usize;
                let stop = group_end.min(end);
                let (a, b) = (at - first, stop - first);
                let deaths_from = (group_end - design.deaths[k] as usize).clamp(at, stop) - first;
                let (hazard, hazard_of_deaths) = (rows.hazard(k, false), rows.hazard(k, true));
                for i in a..deaths_from {
                    room.g[i] = room.risk[i] * hazard;
                    room.gain[i] = -room.g[i];
                }
                for i in deaths_from..b {
                    room.g[i] = room.risk[i] * hazard_of_deaths;
                    room.gain[i] = rows.weight.map_or(1.0, |weight| weight[order[i] as usize]) - room.g[i];
                }
                for i in a..b {
                    add_scaled(simd, &room.tile[i * q..(i + 1) * q], room.risk[i], &mut total);
                }
                let several = design.shares(k) > 1;
                if several {
                    for i in deaths_from..b {
                        add_scaled(simd, &room.tile[i * q..(i + 1) * q], room.risk[i], &mut dead);
                    }
                }
                if stop == group_end {
                    means.push(simd, &rows.step(k), &total, &dead);
                    if several {
                        dead.fill(0.0);
                    }
                    k += 1;
                }
                at = stop;
            }
            room.add_to(simd, end - first, q, &mut part);
        }
        means.flush(simd);
        OrderPart { part, total, means }
    }
}

/// Rows of the outer part, collected until their cross-product is worth taking.
struct Means {
    stride: usize,
    rows: Vec<f64>,
    scaled: Vec<f64>,
    /// Factor of S1 in each row.
    by_all: [f64; TILE],
    filled: usize,
    outer: Vec<f64>,
    /// Sum of the rows, each times its factor of S1.
    mixed: Vec<f64>,
    /// Sum of the squares of these factors.
    square: f64,
}

impl Means {
    fn new(stride: usize) -> Self {
        Self {
            stride,
            rows: vec![0.0; TILE * stride],
            scaled: vec![0.0; TILE * stride],
            by_all: [0.0; TILE],
            filled: 0,
            outer: vec![0.0; stride * stride],
            mixed: vec![0.0; stride],
            square: 0.0,
        }
    }

    #[inline(always)]
    fn push<S: Simd>(&mut self, simd: S, step: &Step, sum: &[f64], dead: &[f64]) {
        let q = self.stride;
        if self.filled + 2 > TILE {
            self.flush(simd);
        }
        let (row, next) = self.rows[self.filled * q..][..2 * q].split_at_mut(q);
        set_scaled(simd, sum, step.by_all, row);
        self.by_all[self.filled] = step.by_all;
        self.square += step.by_all * step.by_all;
        self.filled += 1;
        if step.loss > 0.0 {
            add_scaled(simd, dead, -step.by_deaths, row);
            set_scaled(simd, dead, step.deaths_alone, next);
            self.by_all[self.filled] = 0.0;
            self.filled += 1;
        }
    }

    #[inline(always)]
    fn flush<S: Simd>(&mut self, simd: S) {
        let ones = [1.0; TILE];
        let rows = &self.rows[..self.filled * self.stride];
        cross_few(simd, rows, self.stride, &ones[..self.filled], &mut self.scaled, &mut self.outer);
        weighted_sum(simd, rows, self.stride, &self.by_all[..self.filled], &mut self.mixed);
        self.filled = 0;
    }
}
