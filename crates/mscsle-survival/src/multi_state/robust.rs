//! The infinitesimal jackknife of state occupation probabilities.

use super::Rows;
use super::table::{StateTable, step};

impl Rows<'_> {
    /// Occupation and the sum of squared influences at each time.
    pub(super) fn robust(
        &self,
        members: &[usize],
        table: &StateTable,
        skipped: usize,
        initial: &[f64],
        mut influence: Vec<f64>,
    ) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
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
        for t in skipped..times {
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
        (occupation, variance)
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
