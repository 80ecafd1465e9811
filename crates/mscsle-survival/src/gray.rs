//! Gray's test: differences between cumulative incidence curves of one cause.

use mscsle_distributions::chi_squared;

use crate::quadratic_form::quadratic_form;
use crate::sweep::{Outcomes, SweepRows, TieSink, sweep};
use crate::{NearTies, SurvivalError};

/// Options of [`gray_test`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GrayOptions<'a> {
    /// Power of the weight (1 - F(t-))^rho; 0 weighs all times alike, 1 early times more.
    pub rho: f64,
    /// Codes of strata and their number: groups are compared within strata only.
    pub strata: Option<(&'a [u32], usize)>,
    /// What happens to times that differ by rounding only.
    pub near_ties: NearTies,
}

/// The result of Gray's test.
#[derive(Debug, Clone, PartialEq)]
pub struct GrayTest {
    /// Chi-squared statistic.
    pub statistic: f64,
    /// Degrees of freedom: groups less one, less where strata do not connect them.
    pub df: usize,
    /// P(chi-squared > statistic).
    pub p_value: f64,
    /// Events of the cause by group.
    pub observed: Vec<f64>,
    /// Events of the cause expected by group if the subdistribution hazards were equal.
    pub expected: Vec<f64>,
    /// Weighted sum of observed less expected by group.
    pub score: Vec<f64>,
    /// Covariance of the score, row-major.
    pub variance: Vec<f64>,
    /// Subjects by group.
    pub n: Vec<f64>,
    /// Power of the weight.
    pub rho: f64,
    /// Number of strata.
    pub strata: usize,
}

/// Tests that the cumulative incidence of one cause is the same in all groups.
///
/// ```text
/// R_g(t) = n_g(t) (1 - F_g(t-)) / S_g(t-)          h_g(t) = n_g(t) / S_g(t-)
/// U_g = sum over event times of (1 - F(t-))^rho (d_g - d R_g / sum of R)         statistic = U' V^- U
/// ```
///
/// S_g is the survival free of any event, F_g the cumulative incidence and d_g the number of events of the cause in group
/// g, F the pooled incidence with dF = d / sum of h. V is Gray's estimate (1988, section 3) with the tie corrections of
/// `cmprsk`: (1 - (d - 1) / (S_g(t-) sum of h - 1)) for the cause, (n_g - e_g) / (n_g - 1) for e_g other events. Strata add
/// up in U and V.
///
/// `cause` is 0 for censored rows and `k` for cause `k` of `causes`; `of` is the cause under test.
///
/// # Errors
/// No rows, lengths that differ, times that are negative or not finite, codes out of range, rho below 0;
/// [`SurvivalError::NotEstimable`] without events of the cause, or when no risk set with an event holds two groups.
///
/// # Examples
/// ```
/// use mscsle_survival::{GrayOptions, gray_test};
/// let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
/// let cause = [1, 2, 1, 0, 1, 1, 2, 0];
/// let test = gray_test(&time, &cause, 2, 1, &[0, 1, 0, 1, 0, 1, 0, 1], 2, &GrayOptions::default())?;
/// assert_eq!(test.df, 1);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Gray. Ann Stat 1988;16:1141. doi:10.1214/aos/1176350951
pub fn gray_test(
    time: &[f64],
    cause: &[u32],
    causes: usize,
    of: u32,
    group: &[u32],
    n_groups: usize,
    options: &GrayOptions<'_>,
) -> Result<GrayTest, SurvivalError> {
    if !(options.rho >= 0.0 && options.rho.is_finite()) {
        return Err(SurvivalError::InvalidOption { option: "rho", expected: ">= 0", value: options.rho });
    }
    if of == 0 || of as usize > causes {
        return Err(SurvivalError::InvalidOption {
            option: "of",
            expected: "the code of a cause",
            value: f64::from(of),
        });
    }
    crate::check::codes("group", group, time.len(), n_groups)?;
    let (n_strata, cells) = match options.strata {
        None => (1, None),
        Some((strata, n_strata)) => {
            crate::check::codes("strata", strata, time.len(), n_strata)?;
            let cells: Vec<u32> =
                strata.iter().zip(group).map(|(&stratum, &group)| stratum * n_groups as u32 + group).collect();
            (n_strata, Some(cells))
        }
    };
    let n_cells = n_strata * n_groups;
    let mut risk_sets = RiskSets::new(n_groups, n_strata, of as usize);
    let rows = SweepRows {
        time,
        outcomes: Outcomes::Cause(cause, causes),
        cells: Some(cells.as_deref().unwrap_or(group)),
        n_cells,
        entry: None,
        weights: None,
    };
    sweep(&rows, options.near_ties, &mut risk_sets)?;
    let n = (0..n_groups).map(|g| (0..n_strata).map(|s| risk_sets.rows[s * n_groups + g]).sum()).collect();
    let mut sums = Sums {
        observed: vec![0.0; n_groups],
        expected: vec![0.0; n_groups],
        score: vec![0.0; n_groups],
        variance: vec![0.0; n_groups * n_groups],
    };
    for times in &risk_sets.times {
        sums.add_stratum(times, n_groups, options.rho);
    }
    sums.finish(n, options.rho, n_strata)
}

/// A group at a time with events: number at risk, events of the cause, other events.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    at_risk: f64,
    cause: f64,
    other: f64,
}

/// Collects the groups at each time with events, by stratum.
struct RiskSets {
    n_groups: usize,
    of: usize,
    rows: Vec<f64>,
    at_risk: Vec<f64>,
    /// Counts of the current time by cell: events of the cause, other events, all exits.
    now: Vec<[f64; 3]>,
    touched: Vec<usize>,
    is_touched: Vec<bool>,
    /// By stratum; `n_groups` entries a time.
    times: Vec<Vec<Counts>>,
}

impl RiskSets {
    fn new(n_groups: usize, n_strata: usize, of: usize) -> Self {
        Self {
            n_groups,
            of,
            rows: Vec::new(),
            at_risk: Vec::new(),
            now: vec![[0.0; 3]; n_groups * n_strata],
            touched: Vec::with_capacity(n_strata),
            is_touched: vec![false; n_strata],
            times: vec![Vec::new(); n_strata],
        }
    }
}

impl TieSink for RiskSets {
    fn begin(&mut self, rows: &[f64]) {
        self.rows = rows.to_vec();
        self.at_risk = rows.to_vec();
    }

    #[inline]
    fn exit(&mut self, cell: usize, outcome: usize, weight: f64) {
        let stratum = cell / self.n_groups;
        if !self.is_touched[stratum] {
            self.is_touched[stratum] = true;
            self.touched.push(stratum);
        }
        let now = &mut self.now[cell];
        if outcome == self.of {
            now[0] += weight;
        } else if outcome > 0 {
            now[1] += weight;
        }
        now[2] += weight;
    }

    fn enter(&mut self, _cell: usize, _weight: f64) {}

    fn close(&mut self, _time: f64) {
        for &stratum in &self.touched {
            let range = stratum * self.n_groups..(stratum + 1) * self.n_groups;
            let now = &mut self.now[range.clone()];
            let at_risk = &mut self.at_risk[range];
            if now.iter().any(|now| now[0] + now[1] > 0.0) {
                self.times[stratum].extend(now.iter().zip(at_risk.iter()).map(|(now, &at_risk)| Counts {
                    at_risk,
                    cause: now[0],
                    other: now[1],
                }));
            }
            for (now, at_risk) in now.iter_mut().zip(at_risk) {
                *at_risk -= now[2];
                *now = [0.0; 3];
            }
            self.is_touched[stratum] = false;
        }
        self.touched.clear();
    }
}

/// What a time adds to the variance, kept for the pass back in time.
struct Step {
    /// Weight of the time, events of the cause, sum of h, pooled incidence before and after.
    weight: f64,
    events: f64,
    total: f64,
    before: f64,
    after: f64,
}

struct Sums {
    observed: Vec<f64>,
    expected: Vec<f64>,
    score: Vec<f64>,
    variance: Vec<f64>,
}

impl Sums {
    fn add_stratum(&mut self, times: &[Counts], k: usize, rho: f64) {
        // forward: the curves of the groups, the pooled curve, the score
        let mut survival = vec![1.0; k];
        let mut incidence = vec![0.0; k];
        let mut pooled = 0.0;
        let mut steps = Vec::with_capacity(times.len() / k.max(1));
        // S_g just before each time
        let mut survivals = Vec::with_capacity(times.len());
        for counts in times.chunks_exact(k) {
            survivals.extend_from_slice(&survival);
            let (mut total, mut total_risk, mut events) = (0.0, 0.0, 0.0);
            for g in 0..k {
                if counts[g].at_risk > 0.0 {
                    let h = counts[g].at_risk / survival[g];
                    total += h;
                    total_risk += h * (1.0 - incidence[g]);
                    events += counts[g].cause;
                }
            }
            // the pooled curve may pass 1 where one group is left, and there is nothing to weight
            let weight = f64::powf(f64::max(1.0 - pooled, 0.0), rho);
            for g in 0..k {
                let Counts { at_risk, cause, other } = counts[g];
                if at_risk > 0.0 {
                    if events > 0.0 {
                        let expected = events * at_risk * (1.0 - incidence[g]) / (survival[g] * total_risk);
                        self.observed[g] += cause;
                        self.expected[g] += expected;
                        self.score[g] += weight * (cause - expected);
                    }
                    incidence[g] += survival[g] * cause / at_risk;
                    survival[g] *= (at_risk - cause - other) / at_risk;
                }
            }
            let after = pooled + events / total;
            steps.push(Step { weight, events, total, before: pooled, after });
            pooled = after;
        }
        // back: c(infinity) - c(t) builds up behind each time
        let mut later = vec![0.0; k * k];
        let mut a = vec![0.0; k];
        let mut survival_after = survival;
        for (j, counts) in times.chunks_exact(k).enumerate().rev() {
            let Step { weight, events, total, before, after } = steps[j];
            let survival_before = &survivals[j * k..(j + 1) * k];
            for g in 0..k {
                let Counts { at_risk, other, .. } = counts[g];
                if at_risk <= 0.0 {
                    continue;
                }
                let s = survival_before[g];
                if events > 0.0 {
                    let back = if survival_after[g] > 0.0 { 1.0 - (1.0 - after) / survival_after[g] } else { 1.0 };
                    let ties = if events > 1.0 { 1.0 - (events - 1.0) / (total * s - 1.0) } else { 1.0 };
                    for (i, a) in a.iter_mut().enumerate() {
                        *a = weight * shares(counts, survival_before, total, i, g) + back * later[i * k + g];
                    }
                    add_outer(&mut self.variance, &a, ties * s * events / (total * at_risk));
                }
                if other > 0.0 && survival_after[g] > 0.0 {
                    let back = (1.0 - after) / survival_after[g];
                    let ties = if other > 1.0 { (at_risk - other) / (at_risk - 1.0) } else { 1.0 };
                    for (i, a) in a.iter_mut().enumerate() {
                        *a = back * later[i * k + g];
                    }
                    add_outer(&mut self.variance, &a, ties * s * s * other / (at_risk * at_risk));
                }
            }
            // with one group at risk all shares are 0, also where the pooled curve has reached 1
            let compared = counts.iter().filter(|counts| counts.at_risk > 0.0).count() > 1;
            if events > 0.0 && compared {
                let scale = weight * events / (total * (1.0 - before));
                for i in 0..k {
                    for g in 0..k {
                        later[i * k + g] += scale * shares(counts, survival_before, total, i, g);
                    }
                }
            }
            survival_after.copy_from_slice(survival_before);
        }
    }

    fn finish(self, n: Vec<f64>, rho: f64, strata: usize) -> Result<GrayTest, SurvivalError> {
        let not_estimable =
            |reason: &str| Err(SurvivalError::NotEstimable { quantity: "Gray's statistic", reason: reason.to_owned() });
        if self.observed.iter().sum::<f64>() == 0.0 {
            return not_estimable("there are no events of this cause");
        }
        let form = quadratic_form(&self.score, &self.variance);
        if form.rank == 0 {
            return not_estimable("at no event time are subjects of two groups at risk");
        }
        let p_value = chi_squared::sf(form.statistic, form.rank as f64).map_err(|_| SurvivalError::NotEstimable {
            quantity: "the p-value of Gray's test",
            reason: format!("the statistic is {}", form.statistic),
        })?;
        Ok(GrayTest {
            statistic: form.statistic,
            df: form.rank,
            p_value,
            observed: self.observed,
            expected: self.expected,
            score: self.score,
            variance: self.variance,
            n,
            rho,
            strata,
        })
    }
}

/// h_i ([i = g] - h_g / sum of h).
#[inline]
fn shares(counts: &[Counts], survival: &[f64], total: f64, i: usize, g: usize) -> f64 {
    let h = |g: usize| if counts[g].at_risk > 0.0 { counts[g].at_risk / survival[g] } else { 0.0 };
    if i == g {
        let others: f64 = (0..counts.len()).filter(|&l| l != g).map(h).sum();
        h(i) * others / total
    } else {
        -h(i) * h(g) / total
    }
}

fn add_outer(matrix: &mut [f64], a: &[f64], scale: f64) {
    let k = a.len();
    for i in 0..k {
        for j in 0..k {
            matrix[i * k + j] += scale * a[i] * a[j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: [f64; 10] = [1.0, 3.0, 3.0, 6.0, 6.0, 6.0, 9.0, 12.0, 12.0, 12.0];
    const CAUSE: [u32; 10] = [1, 1, 2, 1, 1, 0, 2, 1, 0, 0];
    const GROUP: [u32; 10] = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1];

    #[test]
    fn swapped_labels_give_the_same_statistic() {
        let swapped: Vec<u32> = GROUP.iter().map(|&g| 1 - g).collect();
        let options = GrayOptions { rho: 0.5, ..GrayOptions::default() };
        let a = gray_test(&TIME, &CAUSE, 2, 1, &GROUP, 2, &options).unwrap();
        let b = gray_test(&TIME, &CAUSE, 2, 1, &swapped, 2, &options).unwrap();
        assert!((a.statistic - b.statistic).abs() < 1e-12);
        assert!((a.score[0] + a.score[1]).abs() < 1e-14);
    }

    #[test]
    fn the_covariance_of_the_score_sums_to_zero_over_groups() {
        let group = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
        let test = gray_test(&TIME, &CAUSE, 2, 1, &group, 3, &GrayOptions::default()).unwrap();
        for row in test.variance.chunks_exact(3) {
            assert!(row.iter().sum::<f64>().abs() < 1e-14);
        }
        assert_eq!(test.df, 2);
    }

    #[test]
    fn no_event_of_the_cause_is_not_estimable() {
        let error = gray_test(&TIME, &[2; 10], 2, 1, &GROUP, 2, &GrayOptions::default()).unwrap_err();
        assert!(matches!(error, SurvivalError::NotEstimable { .. }));
    }

    #[test]
    fn strata_of_one_group_each_leave_nothing_to_compare() {
        let options = GrayOptions { strata: Some((&GROUP, 2)), ..GrayOptions::default() };
        let error = gray_test(&TIME, &CAUSE, 2, 1, &GROUP, 2, &options).unwrap_err();
        assert!(matches!(error, SurvivalError::NotEstimable { .. }));
    }

    #[test]
    fn what_happens_in_a_group_that_is_left_alone_in_its_stratum_does_not_matter() {
        // in stratum 0 the groups go one after the other: the pooled curve reaches 1 before the last event
        let time = [1.0, 2.0, 3.0, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let group = [1, 1, 0, 0, 0, 1, 0, 1, 0, 1];
        let strata = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
        let options = GrayOptions { strata: Some((&strata, 2)), ..GrayOptions::default() };
        let whole = gray_test(&time, &[1; 10], 1, 1, &group, 2, &options).unwrap();
        let cause = [1, 1, 0, 0, 1, 1, 1, 1, 1, 1];
        let cut = gray_test(&time, &cause, 1, 1, &group, 2, &options).unwrap();
        assert!(whole.statistic.is_finite());
        assert!((whole.score[0] - cut.score[0]).abs() < 1e-14);
        assert!((whole.statistic - cut.statistic).abs() < 1e-12);
    }

    #[test]
    fn an_unknown_cause_and_a_negative_rho_are_refused() {
        for (of, rho) in [(0, 0.0), (3, 0.0), (1, -1.0)] {
            let options = GrayOptions { rho, ..GrayOptions::default() };
            assert!(gray_test(&TIME, &CAUSE, 2, of, &GROUP, 2, &options).is_err());
        }
    }
}
