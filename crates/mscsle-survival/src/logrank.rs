//! Log-rank tests: differences between survival curves, weighted, stratified, for any number of groups.

use mscsle_distributions::chi_squared;

use crate::event_table::EventTable;
use crate::logrank_weights::{LogRankWeight, PooledSurvival};
use crate::quadratic_form::quadratic_form;
use crate::sweep::{Outcomes, SweepRows, TieSink, sweep};
use crate::{NearTies, SurvivalError, check};

/// Options of [`logrank`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LogRankOptions<'a> {
    /// The weight function.
    pub weight: LogRankWeight,
    /// Codes of strata and their number: groups are compared within strata only.
    pub strata: Option<(&'a [u32], usize)>,
    /// Delayed entry: a subject is at risk in (entry, time].
    pub entry: Option<&'a [f64]>,
    /// What happens to times that differ by rounding only.
    pub near_ties: NearTies,
    /// Frequency weights: a row of weight `k` stands for `k` identical subjects.
    pub weights: Option<&'a [f64]>,
}

/// The result of a log-rank test.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    /// Chi-squared statistic.
    pub statistic: f64,
    /// Degrees of freedom: groups that expect events, less one (less where strata do not connect them).
    pub df: usize,
    /// P(chi-squared > statistic).
    pub p_value: f64,
    /// Events by group.
    pub observed: Vec<f64>,
    /// Events expected by group if the hazards were equal.
    pub expected: Vec<f64>,
    /// Weighted sum of observed less expected by group.
    pub score: Vec<f64>,
    /// Covariance of the score, hypergeometric, row-major.
    pub variance: Vec<f64>,
    /// Subjects by group.
    pub n: Vec<f64>,
    /// The weight function.
    pub weight: LogRankWeight,
    /// Number of strata.
    pub strata: usize,
}

/// Tests that the hazards of the groups are equal.
///
/// ```text
/// U_g = sum over strata and event times of w (d_g - d n_g / n)
/// V_gh = sum of w^2 d (n - d) / (n - 1) (n_g / n) ([g = h] - n_h / n)           statistic = U' V^- U
/// ```
///
/// Risk sets are those just before each tie group; strata add up in U and V. A group that expects no events lowers the
/// degrees of freedom.
///
/// # Errors
/// No rows, lengths that differ, times that are negative or not finite, codes out of range;
/// [`SurvivalError::NotEstimable`] without events, or when no risk set with an event holds two groups.
///
/// # Examples
/// ```
/// use mscsle_survival::{LogRankOptions, logrank};
/// let time = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
/// let event = [true, true, true, false, true, true, false, false];
/// let group = [1, 1, 0, 1, 0, 1, 0, 0];
/// let test = logrank(&time, &event, &group, 2, &LogRankOptions::default())?;
/// assert!((test.statistic - 1.0512276).abs() < 5e-8 && test.df == 1);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Mantel. Cancer Chemother Rep 1966;50:163. Peto, Peto. J R Stat Soc A 1972;135:185. doi:10.2307/2344317.
/// Harrington, Fleming. Biometrika 1982;69:553. doi:10.1093/biomet/69.3.553
pub fn logrank(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    n_groups: usize,
    options: &LogRankOptions<'_>,
) -> Result<LogRank, SurvivalError> {
    check_weight(options.weight)?;
    if let Some(weights) = options.weights {
        crate::Weights::Frequency(weights).check(time.len())?;
    }
    let (n_strata, cells) = match options.strata {
        None => (1, None),
        Some((strata, n_strata)) => {
            check::codes("strata", strata, time.len(), n_strata)?;
            check::codes("group", group, time.len(), n_groups)?;
            let cells: Vec<u32> =
                strata.iter().zip(group).map(|(&stratum, &group)| stratum * n_groups as u32 + group).collect();
            (n_strata, Some(cells))
        }
    };
    let cells = cells.as_deref().unwrap_or(group);
    let n_cells = n_strata * n_groups;
    let mut sums = LogRankSums::new(n_groups, n_strata, options.weight);
    sums.delayed_entry = options.entry.is_some();
    let rows = SweepRows {
        time,
        outcomes: Outcomes::Event(event),
        cells: Some(cells),
        n_cells,
        entry: options.entry,
        weights: options.weights,
    };
    sweep(&rows, options.near_ties, &mut sums)?;
    sums.finish()
}

pub(crate) fn check_weight(weight: LogRankWeight) -> Result<(), SurvivalError> {
    if let LogRankWeight::FlemingHarrington { rho, gamma } = weight {
        for (option, value) in [("rho", rho), ("gamma", gamma)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(SurvivalError::InvalidOption { option, expected: ">= 0", value });
            }
        }
    }
    Ok(())
}

impl EventTable {
    /// The log-rank test between the arms of this table, events of all causes together; call after near ties were grouped.
    ///
    /// # Errors
    /// As [`logrank`].
    pub fn logrank(&self, weight: LogRankWeight) -> Result<LogRank, SurvivalError> {
        check_weight(weight)?;
        let mut strata: Vec<u32> = self.cells().map(|(stratum, ..)| stratum).collect();
        let mut arms: Vec<u32> = self.cells().map(|(_, arm, _)| arm).collect();
        for codes in [&mut strata, &mut arms] {
            codes.sort_unstable();
            codes.dedup();
        }
        let mut sums = LogRankSums::new(arms.len(), strata.len(), weight);
        // (time, cell, position) in ascending time
        let mut steps = Vec::new();
        let mut cells = Vec::new();
        for (stratum, arm, cell) in self.cells() {
            let (stratum, arm) = (strata.partition_point(|&s| s < stratum), arms.partition_point(|&a| a < arm));
            let index = stratum * arms.len() + arm;
            sums.at_risk[index] = cell.start;
            sums.n[arm] += cell.start + cell.entered.iter().sum::<f64>();
            steps.extend(cell.time.iter().enumerate().map(|(step, &time)| (time, cells.len(), step)));
            cells.push((index, cell, cell.all_events()));
        }
        steps.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        for tied in steps.chunk_by(|x, y| x.0 == y.0) {
            for &(_, at, step) in tied {
                let (index, cell, events) = &cells[at];
                sums.exit(*index, 1, events[step]);
                sums.exit(*index, 0, cell.censored[step]);
                if let Some(&entered) = cell.entered.get(step) {
                    sums.enter(*index, entered);
                }
            }
            sums.close(tied[0].0);
        }
        sums.finish()
    }
}

/// Sums over event times in ascending order; cells are `stratum * n_groups + group`.
pub(crate) struct LogRankSums {
    n_groups: usize,
    weight: LogRankWeight,
    delayed_entry: bool,
    at_risk: Vec<f64>,
    pooled: Vec<PooledSurvival>,
    /// Counts of the current time by cell: events, all exits, entries.
    now: Vec<[f64; 3]>,
    touched: Vec<usize>,
    is_touched: Vec<bool>,
    observed: Vec<f64>,
    expected: Vec<f64>,
    score: Vec<f64>,
    variance: Vec<f64>,
    n: Vec<f64>,
    two: TwoGroups,
}

/// The sums of two groups, the case that must be fast; the variance has one entry, up to its sign.
#[derive(Default)]
struct TwoGroups {
    observed: [f64; 2],
    expected: [f64; 2],
    score: [f64; 2],
    variance: f64,
}

impl LogRankSums {
    pub(crate) fn new(n_groups: usize, n_strata: usize, weight: LogRankWeight) -> Self {
        Self {
            n_groups,
            weight,
            delayed_entry: false,
            at_risk: vec![0.0; n_groups * n_strata],
            pooled: vec![PooledSurvival::START; n_strata],
            now: vec![[0.0; 3]; n_groups * n_strata],
            touched: Vec::with_capacity(n_strata),
            is_touched: vec![false; n_strata],
            observed: vec![0.0; n_groups],
            expected: vec![0.0; n_groups],
            score: vec![0.0; n_groups],
            variance: vec![0.0; n_groups * n_groups],
            n: vec![0.0; n_groups],
            two: TwoGroups::default(),
        }
    }

    #[inline]
    fn touch(&mut self, cell: usize) {
        let stratum = if self.pooled.len() == 1 { 0 } else { cell / self.n_groups };
        if !self.is_touched[stratum] {
            self.is_touched[stratum] = true;
            self.touched.push(stratum);
        }
    }

    #[inline]
    fn close_two(&mut self, stratum: usize) {
        let range = 2 * stratum..2 * stratum + 2;
        let ([now_0, now_1], [at_risk_0, at_risk_1]) = (&mut self.now[range.clone()], &mut self.at_risk[range]) else {
            return;
        };
        let (d, n) = (now_0[0] + now_1[0], *at_risk_0 + *at_risk_1);
        if d > 0.0 {
            let weight = self.pooled[stratum].weigh(self.weight, d, n);
            let spread = if d == 1.0 && n > 1.0 {
                weight * weight
            } else if n > 1.0 {
                weight * weight * d * (n - d) / (n - 1.0)
            } else {
                0.0
            };
            let (share_0, share_1) = (*at_risk_0 / n, *at_risk_1 / n);
            let two = &mut self.two;
            two.observed[0] += now_0[0];
            two.observed[1] += now_1[0];
            two.expected[0] += d * share_0;
            two.expected[1] += d * share_1;
            two.score[0] += weight * (now_0[0] - d * share_0);
            two.score[1] += weight * (now_1[0] - d * share_1);
            two.variance += spread * share_0 * share_1;
        }
        *at_risk_0 += now_0[2] - now_0[1];
        *at_risk_1 += now_1[2] - now_1[1];
        *now_0 = [0.0; 3];
        *now_1 = [0.0; 3];
    }

    #[inline]
    fn close_stratum(&mut self, stratum: usize) {
        if self.n_groups == 2 {
            self.close_two(stratum);
            return;
        }
        let groups = self.n_groups;
        let range = stratum * groups..(stratum + 1) * groups;
        let now = &mut self.now[range.clone()];
        let at_risk = &mut self.at_risk[range];
        let (mut d, mut n) = (0.0, 0.0);
        for (now, &at_risk) in now.iter().zip(at_risk.iter()) {
            d += now[0];
            n += at_risk;
        }
        if d > 0.0 {
            let weight = self.pooled[stratum].weigh(self.weight, d, n);
            let spread = if n > 1.0 { weight * weight * d * (n - d) / (n - 1.0) } else { 0.0 };
            for g in 0..groups {
                let share = at_risk[g] / n;
                self.observed[g] += now[g][0];
                self.expected[g] += d * share;
                self.score[g] += weight * (now[g][0] - d * share);
                let row = &mut self.variance[g * groups..(g + 1) * groups];
                for (h, variance) in row.iter_mut().enumerate() {
                    // the diagonal as a product of shares, not as a difference from 1
                    *variance += if g == h {
                        spread * share * ((n - at_risk[g]) / n)
                    } else {
                        -spread * share * (at_risk[h] / n)
                    };
                }
            }
        }
        for (now, at_risk) in now.iter_mut().zip(at_risk.iter_mut()) {
            *at_risk += now[2] - now[1];
            *now = [0.0; 3];
        }
    }

    pub(crate) fn finish(mut self) -> Result<LogRank, SurvivalError> {
        if self.n_groups == 2 {
            self.observed = self.two.observed.to_vec();
            self.expected = self.two.expected.to_vec();
            self.score = self.two.score.to_vec();
            let v = self.two.variance;
            self.variance = vec![v, -v, -v, v];
        }
        let not_estimable = |reason: &str| {
            Err(SurvivalError::NotEstimable { quantity: "the log-rank statistic", reason: reason.to_owned() })
        };
        if self.observed.iter().sum::<f64>() == 0.0 {
            return not_estimable("there are no events");
        }
        let form = quadratic_form(&self.score, &self.variance);
        if form.rank == 0 {
            return not_estimable("at no event time are subjects of two groups at risk");
        }
        let p_value = chi_squared::sf(form.statistic, form.rank as f64).map_err(|_| SurvivalError::NotEstimable {
            quantity: "the log-rank p-value",
            reason: format!("the statistic is {}", form.statistic),
        })?;
        Ok(LogRank {
            statistic: form.statistic,
            df: form.rank,
            p_value,
            observed: self.observed,
            expected: self.expected,
            score: self.score,
            variance: self.variance,
            n: self.n,
            weight: self.weight,
            strata: self.pooled.len(),
        })
    }
}

impl TieSink for LogRankSums {
    fn begin(&mut self, rows: &[f64]) {
        for (cell, &count) in rows.iter().enumerate() {
            self.n[cell % self.n_groups] += count;
            if !self.delayed_entry {
                self.at_risk[cell] = count;
            }
        }
    }

    #[inline]
    fn exit(&mut self, cell: usize, outcome: usize, weight: f64) {
        self.touch(cell);
        let now = &mut self.now[cell];
        now[0] += if outcome > 0 { weight } else { 0.0 };
        now[1] += weight;
    }

    fn enter(&mut self, cell: usize, weight: f64) {
        self.touch(cell);
        self.now[cell][2] += weight;
    }

    #[inline]
    fn close(&mut self, _time: f64) {
        if self.pooled.len() == 1 {
            self.close_stratum(0);
            return;
        }
        for index in 0..self.touched.len() {
            let stratum = self.touched[index];
            self.close_stratum(stratum);
            self.is_touched[stratum] = false;
        }
        self.touched.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: [f64; 8] = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
    const EVENT: [bool; 8] = [true, true, true, false, true, true, false, false];
    const GROUP: [u32; 8] = [1, 1, 0, 1, 0, 1, 0, 0];

    fn test(group: &[u32], n_groups: usize, options: &LogRankOptions<'_>) -> LogRank {
        logrank(&TIME, &EVENT, group, n_groups, options).unwrap()
    }

    #[test]
    fn frequency_weights_equal_repeated_rows() {
        let weights = [2.0, 0.0, 1.0, 3.0, 1.0, 2.0, 1.0, 1.0];
        let rows: Vec<usize> = (0..8).flat_map(|row| vec![row; weights[row] as usize]).collect();
        let time: Vec<f64> = rows.iter().map(|&row| TIME[row]).collect();
        let event: Vec<bool> = rows.iter().map(|&row| EVENT[row]).collect();
        let group: Vec<u32> = rows.iter().map(|&row| GROUP[row]).collect();
        let entry = [0.0, 0.5, 0.0, 0.5, 0.0, 0.0, 1.0, 0.0];
        for late in [None, Some(entry)] {
            let entries: Vec<f64> = rows.iter().map(|&row| entry[row]).collect();
            let options = LogRankOptions {
                weights: Some(&weights),
                entry: late.as_ref().map(<[f64; 8]>::as_slice),
                ..LogRankOptions::default()
            };
            let weighted = test(&GROUP, 2, &options);
            let options = LogRankOptions { entry: late.map(|_| entries.as_slice()), ..LogRankOptions::default() };
            let repeated = logrank(&time, &event, &group, 2, &options).unwrap();
            assert_eq!(weighted, repeated);
        }
        let options = LogRankOptions { weights: Some(&[0.5; 8]), ..LogRankOptions::default() };
        assert!(logrank(&TIME, &EVENT, &GROUP, 2, &options).is_err());
    }

    #[test]
    fn swapped_labels_swap_the_score_only() {
        let plain = test(&GROUP, 2, &LogRankOptions::default());
        let swapped: Vec<u32> = GROUP.iter().map(|group| 1 - group).collect();
        let other = test(&swapped, 2, &LogRankOptions::default());
        assert!((plain.statistic - other.statistic).abs() < 1e-14);
        assert_eq!(plain.score[0], other.score[1]);
    }

    #[test]
    fn strata_of_one_subject_tell_nothing() {
        let strata: Vec<u32> = (0..8).collect();
        let options = LogRankOptions { strata: Some((&strata, 8)), ..LogRankOptions::default() };
        let error = logrank(&TIME, &EVENT, &GROUP, 2, &options).unwrap_err();
        assert!(matches!(error, SurvivalError::NotEstimable { .. }));
    }

    #[test]
    fn one_stratum_equals_no_strata() {
        let options = LogRankOptions { strata: Some((&[0; 8], 1)), ..LogRankOptions::default() };
        assert_eq!(test(&GROUP, 2, &options), test(&GROUP, 2, &LogRankOptions::default()));
    }

    #[test]
    fn a_group_that_expects_no_events_lowers_the_degrees_of_freedom() {
        // group 2 is gone before the first event
        let time = [TIME.to_vec(), vec![0.5, 0.5]].concat();
        let event = [EVENT.to_vec(), vec![false, false]].concat();
        let group = [GROUP.to_vec(), vec![2, 2]].concat();
        let three = logrank(&time, &event, &group, 3, &LogRankOptions::default()).unwrap();
        let two = test(&GROUP, 2, &LogRankOptions::default());
        assert_eq!(three.df, 1);
        assert!((three.statistic - two.statistic).abs() < 1e-12);
    }

    #[test]
    fn no_events_are_not_estimable() {
        let error = logrank(&TIME, &[false; 8], &GROUP, 2, &LogRankOptions::default()).unwrap_err();
        assert!(error.to_string().contains("there are no events"));
    }

    #[test]
    fn counted_days_equal_sorted_times() {
        let n = 4000_u32;
        let time: Vec<f64> = (0..n).map(|i| f64::from(i.wrapping_mul(2_654_435_761) % 500)).collect();
        let event: Vec<bool> = (0..n).map(|i| i % 3 > 0).collect();
        let group: Vec<u32> = (0..n).map(|i| u32::from(i % 7 > 2)).collect();
        let strata: Vec<u32> = (0..n).map(|i| i % 5).collect();
        let halves: Vec<f64> = time.iter().map(|t| t * 0.7).collect();
        let options = LogRankOptions { strata: Some((&strata, 5)), ..LogRankOptions::default() };
        let days = logrank(&time, &event, &group, 2, &options).unwrap();
        let scaled = logrank(&halves, &event, &group, 2, &options).unwrap();
        assert!((days.statistic - scaled.statistic).abs() < 1e-10);
        assert_eq!(days.observed, scaled.observed);
    }

    #[test]
    fn negative_powers_are_refused() {
        let weight = LogRankWeight::FlemingHarrington { rho: -1.0, gamma: 0.0 };
        let options = LogRankOptions { weight, ..LogRankOptions::default() };
        assert!(matches!(
            logrank(&TIME, &EVENT, &GROUP, 2, &options).unwrap_err(),
            SurvivalError::InvalidOption { option: "rho", .. }
        ));
    }
}
