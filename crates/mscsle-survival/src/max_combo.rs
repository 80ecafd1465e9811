//! The max-combo test: the largest of several weighted log-rank tests, with their correlation.

use mscsle_distributions::{chi_squared, normal};

use crate::logrank::check_weight;
use crate::logrank_weights::PooledSurvival;
use crate::sweep::{Outcomes, SweepRows, TieSink, sweep};
use crate::symmetric_eigen::symmetric_eigen;
use crate::{LogRankOptions, LogRankWeight, SurvivalError, check};

/// The result of [`max_combo`].
#[derive(Debug, Clone, PartialEq)]
pub struct MaxCombo {
    /// The largest absolute standardised score.
    pub statistic: f64,
    /// P(the largest of correlated absolute normals exceeds it).
    pub p_value: f64,
    /// Position of the weight with the largest.
    pub largest: usize,
    /// Standardised scores of group 1 (positive: more events than expected), by weight.
    pub z: Vec<f64>,
    /// Correlation of the scores, row-major.
    pub correlation: Vec<f64>,
    /// Number of independent scores among them.
    pub rank: usize,
    /// The weights.
    pub weights: Vec<LogRankWeight>,
    /// Events by group.
    pub observed: [f64; 2],
    /// Events expected by group under equal hazards.
    pub expected: [f64; 2],
    /// Subjects by group.
    pub n: [f64; 2],
}

/// The largest of several log-rank tests of two groups, with a p-value that knows their correlation.
///
/// ```text
/// Z_a = U_a / sqrt(V_aa)      V_ab = sum over strata and event times of w_a w_b d (n - d)/(n - 1) n_1 n_0 / n^2
/// p   = P(max |Z_a| >= observed),  Z multivariate normal with correlation V_ab / sqrt(V_aa V_bb)
/// ```
///
/// The normal integral is taken in polar coordinates: over directions of the space the scores span, the tail of the radius
/// is known. So dependent weights (1, S, 1 - S) are no difficulty and a small p keeps its relative accuracy (about 1e-6 up to
/// three independent scores, 1e-3 beyond).
///
/// # Errors
/// As [`crate::logrank`]; no weights; [`SurvivalError::NotEstimable`] when a weight leaves no variance.
///
/// # Examples
/// ```
/// use mscsle_survival::{LogRankOptions, LogRankWeight, max_combo};
/// let time = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
/// let event = [true, true, true, false, true, true, false, false];
/// let group = [1, 1, 0, 1, 0, 1, 0, 0];
/// let one = max_combo(&time, &event, &group, &[LogRankWeight::LogRank], &LogRankOptions::default())?;
/// // a single weight is its own two-sided test
/// assert!((one.p_value - 0.305_225).abs() < 5e-7);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Karrison. Stata J 2016;16:678. doi:10.1177/1536867X1601600308. Lin et al. Stat Biopharm Res 2020;12:187.
/// doi:10.1080/19466315.2019.1697738
pub fn max_combo(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    weights: &[LogRankWeight],
    options: &LogRankOptions<'_>,
) -> Result<MaxCombo, SurvivalError> {
    if weights.is_empty() {
        return Err(SurvivalError::InvalidOption { option: "number of weights", expected: "at least 1", value: 0.0 });
    }
    weights.iter().try_for_each(|&weight| check_weight(weight))?;
    check::codes("group", group, time.len(), 2)?;
    let (n_strata, cells) = match options.strata {
        None => (1, group.to_vec()),
        Some((strata, n_strata)) => {
            check::codes("strata", strata, time.len(), n_strata)?;
            (n_strata, strata.iter().zip(group).map(|(&s, &g)| 2 * s + g).collect())
        }
    };
    if let Some(values) = options.weights {
        crate::Weights::Frequency(values).check(time.len())?;
    }
    let mut sums = Sums::new(weights, n_strata, options.entry.is_some());
    let rows = SweepRows {
        time,
        outcomes: Outcomes::Event(event),
        cells: Some(&cells),
        n_cells: 2 * n_strata,
        entry: options.entry,
        weights: options.weights,
    };
    sweep(&rows, options.near_ties, &mut sums)?;
    sums.finish()
}

struct Sums<'a> {
    weights: &'a [LogRankWeight],
    delayed_entry: bool,
    at_risk: Vec<[f64; 2]>,
    /// By stratum and group: events, exits, entries of the current time.
    now: Vec<[[f64; 3]; 2]>,
    pooled: Vec<Vec<PooledSurvival>>,
    score: Vec<f64>,
    variance: Vec<f64>,
    observed: [f64; 2],
    expected: [f64; 2],
    n: [f64; 2],
    current: Vec<f64>,
}

impl<'a> Sums<'a> {
    fn new(weights: &'a [LogRankWeight], n_strata: usize, delayed_entry: bool) -> Self {
        let k = weights.len();
        Self {
            weights,
            delayed_entry,
            at_risk: vec![[0.0; 2]; n_strata],
            now: vec![[[0.0; 3]; 2]; n_strata],
            pooled: vec![vec![PooledSurvival::START; k]; n_strata],
            score: vec![0.0; k],
            variance: vec![0.0; k * k],
            observed: [0.0; 2],
            expected: [0.0; 2],
            n: [0.0; 2],
            current: vec![0.0; k],
        }
    }

    fn finish(self) -> Result<MaxCombo, SurvivalError> {
        let not_estimable =
            |reason: String| SurvivalError::NotEstimable { quantity: "the max-combo statistic", reason };
        let k = self.weights.len();
        if self.observed[0] + self.observed[1] == 0.0 {
            return Err(not_estimable("there are no events".to_owned()));
        }
        let sd: Vec<f64> = (0..k).map(|a| self.variance[a * k + a].sqrt()).collect();
        if let Some(a) = sd.iter().position(|&sd| sd <= 0.0) {
            let weight = self.weights[a].name();
            return Err(not_estimable(format!(
                "the {weight} score has no variance: it weighs no time at which subjects of both groups are at risk"
            )));
        }
        let z: Vec<f64> = self.score.iter().zip(&sd).map(|(u, sd)| u / sd).collect();
        let correlation: Vec<f64> =
            (0..k * k).map(|i| if i / k == i % k { 1.0 } else { self.variance[i] / (sd[i / k] * sd[i % k]) }).collect();
        let largest = (0..k).max_by(|&a, &b| z[a].abs().total_cmp(&z[b].abs())).unwrap_or(0);
        let statistic = z[largest].abs();
        let (p_value, rank) = normal_maximum_sf(statistic, &correlation, k);
        Ok(MaxCombo {
            statistic,
            p_value,
            largest,
            z,
            correlation,
            rank,
            weights: self.weights.to_vec(),
            observed: self.observed,
            expected: self.expected,
            n: self.n,
        })
    }
}

impl TieSink for Sums<'_> {
    fn begin(&mut self, rows: &[f64]) {
        for (cell, &count) in rows.iter().enumerate() {
            self.n[cell % 2] += count;
            if !self.delayed_entry {
                self.at_risk[cell / 2][cell % 2] = count;
            }
        }
    }

    fn exit(&mut self, cell: usize, outcome: usize, weight: f64) {
        let now = &mut self.now[cell / 2][cell % 2];
        now[0] += if outcome > 0 { weight } else { 0.0 };
        now[1] += weight;
    }

    fn enter(&mut self, cell: usize, weight: f64) {
        self.now[cell / 2][cell % 2][2] += weight;
    }

    fn close(&mut self, _time: f64) {
        let k = self.weights.len();
        for ((now, at_risk), pooled) in self.now.iter_mut().zip(&mut self.at_risk).zip(&mut self.pooled) {
            let d = now[0][0] + now[1][0];
            if d > 0.0 {
                let n = at_risk[0] + at_risk[1];
                let share = at_risk[1] / n;
                for group in 0..2 {
                    self.observed[group] += now[group][0];
                    self.expected[group] += d * at_risk[group] / n;
                }
                let spread = if n > 1.0 { d * (n - d) / (n - 1.0) * share * (at_risk[0] / n) } else { 0.0 };
                for ((weight, &kind), pooled) in self.current.iter_mut().zip(self.weights).zip(pooled) {
                    *weight = pooled.weigh(kind, d, n);
                }
                for a in 0..k {
                    self.score[a] += self.current[a] * (now[1][0] - d * share);
                    for b in 0..k {
                        self.variance[a * k + b] += self.current[a] * self.current[b] * spread;
                    }
                }
            }
            for (now, at_risk) in now.iter_mut().zip(at_risk) {
                *at_risk += now[2] - now[1];
                *now = [0.0; 3];
            }
        }
    }
}

/// Eigenvalues of a correlation below this are rounding.
const SMALLEST_EIGENVALUE: f64 = 1e-10;

/// P(max |Z_i| >= x) of normals with mean 0, variance 1 and this correlation, and the rank of the correlation.
///
/// With Z = A g, g standard normal in the r dimensions that Z spans, and directions u on the sphere,
/// P = mean over u of P(chi_r > x / max |a_i u|).
pub(crate) fn normal_maximum_sf(x: f64, correlation: &[f64], k: usize) -> (f64, usize) {
    let (values, vectors) = symmetric_eigen(correlation, k);
    let kept: Vec<usize> = (0..k).filter(|&j| values[j] > SMALLEST_EIGENVALUE * k as f64).collect();
    let rank = kept.len();
    let rows: Vec<Vec<f64>> =
        (0..k).map(|i| kept.iter().map(|&j| vectors[i * k + j] * values[j].sqrt()).collect()).collect();
    let reach = |direction: &[f64]| -> f64 {
        rows.iter().map(|row| row.iter().zip(direction).map(|(a, u)| a * u).sum::<f64>().abs()).fold(0.0, f64::max)
    };
    let p = match rank {
        0 | 1 => 2.0 * normal::sf(x),
        2 => {
            const STEPS: usize = 100_000;
            let tail = |i: usize| {
                let angle = std::f64::consts::PI * (i as f64 + 0.5) / STEPS as f64;
                let radius = x / reach(&[angle.cos(), angle.sin()]);
                (-0.5 * radius * radius).exp()
            };
            (0..STEPS).map(tail).sum::<f64>() / STEPS as f64
        }
        3 => {
            // one half of the sphere: equal steps of height and angle
            const STEPS: usize = 1000;
            let mut sum = 0.0;
            for i in 0..STEPS / 2 {
                let height = (i as f64 + 0.5) / (STEPS / 2) as f64;
                let across = (1.0 - height * height).sqrt();
                for j in 0..STEPS {
                    let (sin, cos) = (2.0 * std::f64::consts::PI * (j as f64 + 0.5) / STEPS as f64).sin_cos();
                    sum += chi_sf(x / reach(&[across * cos, across * sin, height]), 3);
                }
            }
            sum / (STEPS * STEPS / 2) as f64
        }
        _ => {
            // equally spread points of an additive recurrence, made normal and projected on the sphere
            const POINTS: usize = 200_000;
            let mut steps = Vec::with_capacity(rank);
            let mut base = 2.0_f64;
            for _ in 0..64 {
                base = (1.0 + base).powf(1.0 / (rank as f64 + 1.0));
            }
            for j in 0..rank {
                steps.push((1.0 / base).powi(j as i32 + 1));
            }
            let mut direction = vec![0.0; rank];
            let mut sum = 0.0;
            for point in 0..POINTS {
                let mut length = 0.0;
                for (u, step) in direction.iter_mut().zip(&steps) {
                    let uniform = (0.5 + step * (point as f64 + 1.0)).fract().clamp(1e-12, 1.0 - 1e-12);
                    *u = normal::quantile(uniform).unwrap_or(0.0);
                    length += *u * *u;
                }
                let length = length.sqrt();
                direction.iter_mut().for_each(|u| *u /= length);
                sum += chi_sf(x / reach(&direction), rank);
            }
            sum / POINTS as f64
        }
    };
    (p.min(1.0), rank)
}

/// P(chi > x) with `df` degrees of freedom.
fn chi_sf(x: f64, df: usize) -> f64 {
    if df == 3 { 2.0 * (normal::sf(x) + x * normal::pdf(x)) } else { chi_squared::sf(x * x, df as f64).unwrap_or(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logrank;

    const FOUR: [LogRankWeight; 4] = [
        LogRankWeight::LogRank,
        LogRankWeight::FlemingHarrington { rho: 1.0, gamma: 0.0 },
        LogRankWeight::FlemingHarrington { rho: 0.0, gamma: 1.0 },
        LogRankWeight::FlemingHarrington { rho: 1.0, gamma: 1.0 },
    ];

    fn rows() -> (Vec<f64>, Vec<bool>, Vec<u32>) {
        let time = (0..60).map(|i| f64::from((i * 37) % 61)).collect();
        let event = (0..60).map(|i| i % 4 > 0).collect();
        (time, event, (0..60).map(|i| u32::from(i % 3 == 0)).collect())
    }

    #[test]
    fn each_standardised_score_is_its_own_log_rank_test() {
        let (time, event, group) = rows();
        let combo = max_combo(&time, &event, &group, &FOUR, &LogRankOptions::default()).unwrap();
        for (z, &weight) in combo.z.iter().zip(&FOUR) {
            let options = LogRankOptions { weight, ..LogRankOptions::default() };
            let single = logrank(&time, &event, &group, 2, &options).unwrap();
            assert!((z * z - single.statistic).abs() < 1e-12);
        }
        assert_eq!(combo.rank, 3);
    }

    #[test]
    fn independent_normals_have_a_known_maximum() {
        for k in [2, 3, 4] {
            let mut identity = vec![0.0; k * k];
            (0..k).for_each(|i| identity[i * k + i] = 1.0);
            for x in [1.0, 2.5] {
                let expected = 1.0 - (1.0 - 2.0 * normal::sf(x)).powi(k as i32);
                let (p, rank) = normal_maximum_sf(x, &identity, k);
                let tolerance = if k < 4 { 2e-6 } else { 1e-3 };
                assert!((p / expected - 1.0).abs() < tolerance && rank == k, "{k} {x} {p} {expected}");
            }
        }
    }

    #[test]
    fn the_same_weight_twice_is_one_test() {
        let (time, event, group) = rows();
        let twice = [LogRankWeight::LogRank, LogRankWeight::FlemingHarrington { rho: 0.0, gamma: 0.0 }];
        let combo = max_combo(&time, &event, &group, &twice, &LogRankOptions::default()).unwrap();
        assert_eq!(combo.rank, 1);
        assert!((combo.p_value - 2.0 * normal::sf(combo.statistic)).abs() < 1e-12);
    }

    #[test]
    fn swapped_labels_swap_the_signs_only() {
        let (time, event, group) = rows();
        let swapped: Vec<u32> = group.iter().map(|group| 1 - group).collect();
        let a = max_combo(&time, &event, &group, &FOUR, &LogRankOptions::default()).unwrap();
        let b = max_combo(&time, &event, &swapped, &FOUR, &LogRankOptions::default()).unwrap();
        assert!(a.z.iter().zip(&b.z).all(|(a, b)| (a + b).abs() < 1e-12));
        assert!((a.p_value - b.p_value).abs() < 1e-12);
    }

    #[test]
    fn no_weights_and_no_events_are_refused() {
        let (time, event, group) = rows();
        assert!(max_combo(&time, &event, &group, &[], &LogRankOptions::default()).is_err());
        let none = vec![false; 60];
        let error = max_combo(&time, &none, &group, &FOUR, &LogRankOptions::default()).unwrap_err();
        assert!(error.to_string().contains("there are no events"));
    }
}
