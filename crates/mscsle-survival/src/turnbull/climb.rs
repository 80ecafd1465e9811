//! The climb to the maximum: EM, iterative convex minorant, Newton on the support, and the condition that ends it.
#![expect(clippy::needless_range_loop, reason = "matrix code names its indices as the formulas do")]

use super::regions::Regions;
use crate::cox::Factor;

/// Regions with less mass than this take no part in Newton's method.
const SMALL: f64 = 1e-9;
/// Regions up to which the matrix of Newton's method is built.
const MOST_NEWTON: usize = 300;
/// Share of a pivot below which masses are not determined one by one.
const DEPENDENT: f64 = 1e-9;

/// Rows as ranges of regions with weights; equal ranges are one row.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    regions: usize,
    first: Vec<usize>,
    end: Vec<usize>,
    weight: Vec<f64>,
    total: f64,
}

/// The end of the climb.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) mass: Vec<f64>,
    pub(super) log_likelihood: f64,
    pub(super) gap: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

impl Problem {
    pub(super) fn new(regions: &Regions, weights: impl Iterator<Item = f64>) -> Self {
        let mut rows: Vec<(usize, usize, f64)> =
            regions.first.iter().zip(&regions.end).zip(weights).map(|((&a, &b), w)| (a, b, w)).collect();
        rows.sort_by_key(|&(a, b, _)| (a, b));
        let mut found = Self {
            regions: regions.left.len(),
            first: Vec::new(),
            end: Vec::new(),
            weight: Vec::new(),
            total: rows.iter().map(|r| r.2).sum(),
        };
        for (a, b, w) in rows {
            if found.first.last() == Some(&a)
                && found.end.last() == Some(&b)
                && let Some(last) = found.weight.last_mut()
            {
                *last += w;
            } else {
                found.first.push(a);
                found.end.push(b);
                found.weight.push(w);
            }
        }
        found
    }

    /// Probability of each row.
    fn probabilities(&self, mass: &[f64], out: &mut Vec<f64>) {
        let mut cumulative = Vec::with_capacity(mass.len() + 1);
        cumulative.push(0.0);
        let mut sum = 0.0;
        for &p in mass {
            sum += p;
            cumulative.push(sum);
        }
        out.clear();
        out.extend(self.first.iter().zip(&self.end).map(|(&a, &b)| {
            // a difference of sums loses the digits of a small mass
            if b - a <= 8 { mass[a..b].iter().sum() } else { cumulative[b] - cumulative[a] }
        }));
    }

    fn log_likelihood(&self, probability: &[f64]) -> f64 {
        self.weight.iter().zip(probability).map(|(w, p)| w * p.ln()).sum()
    }

    /// `sum_i w_i a_ij / P_i` of each region.
    fn gradient(&self, probability: &[f64]) -> Vec<f64> {
        let mut change = vec![0.0; self.regions + 1];
        let mut short = vec![0.0; self.regions];
        for i in 0..self.first.len() {
            let share = self.weight[i] / probability[i];
            if self.end[i] - self.first[i] <= 8 {
                for value in &mut short[self.first[i]..self.end[i]] {
                    *value += share;
                }
            } else {
                change[self.first[i]] += share;
                change[self.end[i]] -= share;
            }
        }
        let mut sum = 0.0;
        for (value, change) in short.iter_mut().zip(change) {
            sum += change;
            *value += sum;
        }
        short
    }

    pub(super) fn climb(&self, max_iterations: usize, tolerance: f64) -> End {
        let m = self.regions;
        let mut mass = vec![1.0 / m as f64; m];
        let mut probability = Vec::new();
        self.probabilities(&mass, &mut probability);
        let mut value = self.log_likelihood(&probability);
        let mut iterations = 0;
        loop {
            let gradient = self.gradient(&probability);
            let gap = gradient.iter().fold(0.0_f64, |most, &g| most.max(g / self.total - 1.0));
            // mass that the conditions forbid shows as a gradient below the total where p > 0
            let slack: f64 = mass.iter().zip(&gradient).map(|(&p, &g)| p * (1.0 - g / self.total).abs()).sum();
            let gap = gap.max(slack);
            if gap <= tolerance || iterations == max_iterations {
                return End { mass, log_likelihood: value, gap, iterations, converged: gap <= tolerance };
            }
            iterations += 1;
            // a region without mass whose gradient says it should have some gets a little, which EM can raise
            for (p, g) in mass.iter_mut().zip(&gradient) {
                if *p == 0.0 && *g > self.total {
                    *p = 1e-6;
                }
            }
            // EM
            for (p, g) in mass.iter_mut().zip(&gradient) {
                *p *= g / self.total;
            }
            normalise(&mut mass);
            self.probabilities(&mass, &mut probability);
            value = self.log_likelihood(&probability);
            self.convex_minorant(&mut mass, &mut probability, &mut value);
            if iterations % 5 == 0 {
                self.newton(&mut mass, &mut probability, &mut value);
            }
        }
    }

    /// Takes a candidate if it raises the log-likelihood, else a point nearer to the present one.
    fn step_towards(
        &self,
        target: &[f64],
        mass: &mut Vec<f64>,
        probability: &mut Vec<f64>,
        value: &mut f64,
        halvings: usize,
    ) -> bool {
        let mut fraction = 1.0;
        let mut trial = Vec::new();
        for _ in 0..=halvings {
            let mut candidate: Vec<f64> = mass.iter().zip(target).map(|(p, t)| p + fraction * (t - p)).collect();
            normalise(&mut candidate);
            self.probabilities(&candidate, &mut trial);
            let found = self.log_likelihood(&trial);
            if found > *value {
                *mass = candidate;
                *probability = trial;
                *value = found;
                return true;
            }
            fraction *= 0.5;
        }
        false
    }

    /// One step of the iterative convex minorant: weighted isotonic regression of the distribution function.
    fn convex_minorant(&self, mass: &mut Vec<f64>, probability: &mut Vec<f64>, value: &mut f64) {
        let m = self.regions;
        if m < 2 {
            return;
        }
        // derivatives by F_1 .. F_{m-1}, the distribution function behind each region but the last
        let mut first = vec![0.0; m - 1];
        let mut second = vec![0.0; m - 1];
        for i in 0..self.first.len() {
            let share = self.weight[i] / probability[i];
            let curvature = share / probability[i];
            if self.first[i] > 0 {
                first[self.first[i] - 1] -= share;
                second[self.first[i] - 1] += curvature;
            }
            if self.end[i] < m {
                first[self.end[i] - 1] += share;
                second[self.end[i] - 1] += curvature;
            }
        }
        let mut sum = 0.0;
        let wanted: Vec<(f64, f64)> = (0..m - 1)
            .map(|j| {
                sum += mass[j];
                let weight = second[j].max(1e-300);
                if second[j] > 0.0 { (sum + first[j] / weight, weight) } else { (sum, 1e-300) }
            })
            .collect();
        let fitted = isotonic(&wanted);
        let mut target = Vec::with_capacity(m);
        let mut before = 0.0;
        for f in fitted {
            let f = f.clamp(0.0, 1.0);
            target.push((f - before).max(0.0));
            before = f;
        }
        target.push(1.0 - before);
        self.step_towards(&target, mass, probability, value, 10);
    }

    /// Newton's method over the regions with mass, total mass 1; regions that would lose all are left to the bound.
    fn newton(&self, mass: &mut Vec<f64>, probability: &mut Vec<f64>, value: &mut f64) {
        let mut support: Vec<usize> = (0..self.regions).filter(|&j| mass[j] > SMALL).collect();
        if support.len() > MOST_NEWTON {
            return;
        }
        for _ in 0..12 {
            let k = support.len();
            if k < 2 {
                return;
            }
            let gradient = self.gradient(probability);
            let information = self.information(&support, probability);
            let factor = Factor::new(&information, k, &vec![true; k], DEPENDENT);
            let (mut by_score, mut by_one) = (vec![0.0; k], vec![0.0; k]);
            factor.solve(&support.iter().map(|&j| gradient[j]).collect::<Vec<_>>(), &mut by_score);
            factor.solve(&vec![1.0; k], &mut by_one);
            // steps keep the total: direction = H^-1 (g - nu 1)
            let ones: f64 = by_one.iter().sum();
            let free: f64 = by_score.iter().sum();
            let present: f64 = support.iter().map(|&j| mass[j]).sum();
            if ones.abs() < 1e-300 {
                return;
            }
            let multiplier = (free - (1.0 - present)) / ones;
            let step: Vec<f64> = by_score.iter().zip(&by_one).map(|(s, o)| s - multiplier * o).collect();
            // up to the first bound
            let mut longest = 1.0_f64;
            let mut hit = None;
            for (place, &j) in support.iter().enumerate() {
                if mass[j] + longest * step[place] < 0.0 {
                    longest = -mass[j] / step[place];
                    hit = Some(place);
                }
            }
            let mut target = vec![0.0; self.regions];
            for (place, &j) in support.iter().enumerate() {
                target[j] = if hit == Some(place) { 0.0 } else { (mass[j] + longest * step[place]).max(0.0) };
            }
            if !target.iter().all(|t| t.is_finite()) || !self.step_towards(&target, mass, probability, value, 3) {
                return;
            }
            if let Some(place) = hit {
                support.remove(place);
            }
        }
    }

    /// `sum_i w_i a_ij a_ik / P_i^2` over the chosen regions, by second differences of ranges.
    fn information(&self, support: &[usize], probability: &[f64]) -> Vec<f64> {
        let k = support.len();
        let mut out = vec![0.0; k * k];
        for i in 0..self.first.len() {
            let a = support.partition_point(|&j| j < self.first[i]);
            let b = support.partition_point(|&j| j < self.end[i]);
            let curvature = self.weight[i] / (probability[i] * probability[i]);
            for row in a..b {
                for value in &mut out[row * k + a..row * k + b] {
                    *value += curvature;
                }
            }
        }
        out
    }
}

/// Makes the masses sum to 1; what is far below rounding becomes 0.
fn normalise(mass: &mut [f64]) {
    let total: f64 = mass.iter().sum();
    for p in mass {
        *p = if *p < 1e-14 * total { 0.0 } else { *p / total };
    }
}

/// Weighted isotonic regression (value, weight) by pooling adjacent violators.
fn isotonic(values: &[(f64, f64)]) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(values.len());
    for &(value, weight) in values {
        let mut block = (value, weight, 1);
        while let Some(&(before, heavy, count)) = blocks.last() {
            if before <= block.0 {
                break;
            }
            let weight = heavy + block.1;
            block = ((heavy * before + block.1 * block.0) / weight, weight, block.2 + count);
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(value, _, count)| std::iter::repeat_n(value, count)).collect()
}
