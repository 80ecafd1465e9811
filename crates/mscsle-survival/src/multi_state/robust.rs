//! The infinitesimal jackknife of state occupation probabilities.

use super::table::{Occupation, StateTable, step};
use super::{MeanTime, Rows};

impl Rows<'_> {
    /// Occupation and the sum of squared influences at each time, and the same of the mean times in a period.
    pub(super) fn robust(
        &self,
        members: &[usize],
        table: &StateTable,
        skipped: usize,
        initial: &[f64],
        mut influence: Vec<f64>,
        period: Option<(f64, f64)>,
    ) -> Occupation {
        let (k, times) = (self.states, table.time.len());
        let (mut starts, mut ends) = (vec![Vec::new(); times + 1], vec![Vec::new(); times + 1]);
        for &row in members {
            let (first, last) = self.span(row, &table.time);
            let first = first.max(skipped);
            if last > first {
                starts[first].push(row);
                ends[last].push(row);
            }
        }
        let mut active: Vec<Option<usize>> = vec![None; self.n_subjects];
        let mut p = initial.to_vec();
        let mut occupation = vec![Vec::with_capacity(times - skipped); k];
        let mut variance = vec![Vec::with_capacity(times - skipped); k];
        let mut before = vec![0.0; k];
        let (start, until) = period.unwrap_or((0.0, f64::NEG_INFINITY));
        let mut area = vec![0.0; k];
        let mut areas = vec![0.0; if period.is_some() { influence.len() } else { 0 }];
        let mut since = start;
        let mut advance = |to: f64, p: &[f64], influence: &[f64]| {
            let length = to.min(until) - since;
            if length > 0.0 {
                area.iter_mut().zip(p).for_each(|(area, p)| *area += length * p);
                areas.iter_mut().zip(influence).for_each(|(area, own)| *area += length * own);
                since = to.min(until);
            }
        };
        for t in skipped..times {
            advance(table.time[t], &p, &influence);
            for &row in &starts[t] {
                active[self.subject[row] as usize] = Some(row);
            }
            let steps = table.hazards(t);
            let n_risk = &table.n_risk[t * k..(t + 1) * k];
            for (subject, own) in influence.chunks_exact_mut(k).enumerate() {
                before.copy_from_slice(own);
                let at = active[subject];
                for &(a, b, h) in &steps {
                    let moved = before[a] * h;
                    own[b] += moved;
                    own[a] -= moved;
                    if let Some(row) = at
                        && self.from[row] as usize == a
                    {
                        let drift = p[a] * self.weight(row) / n_risk[a] * h;
                        own[b] -= drift;
                        own[a] += drift;
                    }
                }
            }
            for &row in &ends[t + 1] {
                let subject = self.subject[row] as usize;
                active[subject] = None;
                if self.moves(row) {
                    let (a, b) = (self.from[row] as usize, self.to[row] as usize);
                    let jump = p[a] * self.weight(row) / n_risk[a];
                    influence[subject * k + b] += jump;
                    influence[subject * k + a] -= jump;
                }
            }
            step(&mut p, &steps);
            for (a, square) in squares(&influence, k).into_iter().enumerate() {
                occupation[a].push(p[a]);
                variance[a].push(square);
            }
        }
        advance(until, &p, &influence);
        let mean_time = period.map(|(_, until)| MeanTime { until, mean: area, variance: squares(&areas, k) });
        Occupation { occupation, variance, mean_time }
    }
}

/// Sums of squares by state.
pub(super) fn squares(influence: &[f64], k: usize) -> Vec<f64> {
    let mut out = vec![0.0; k];
    for row in influence.chunks_exact(k) {
        for (sum, value) in out.iter_mut().zip(row) {
            *sum += value * value;
        }
    }
    out
}
