//! Log-rank tests for small samples: the exact conditional test and the permutation test.

use crate::logrank_weights::{LogRankWeight, PooledSurvival};
use crate::philox::Philox;
use crate::sweep::{Outcomes, SweepRows, TieSink, sweep};
use crate::{LogRankOptions, SurvivalError, canonical_times, check};

/// The result of an exact conditional or permutation test of two or more groups.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactLogRank {
    /// Exact test: events in the second group. Permutation test: sum over groups of score^2 / size.
    pub statistic: f64,
    /// Its mean under the hypothesis.
    pub expected: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// Permutations looked at, None for the exact conditional test.
    pub permutations: Option<u64>,
    /// Whether all arrangements were looked at.
    pub complete: bool,
}

/// Probabilities as likely as the observed one within this relative difference count as equally likely.
const EQUALLY_LIKELY: f64 = 1e-7;
/// Permuted statistics within this relative difference of the observed one count as equal.
const EQUAL_STATISTIC: f64 = 1e-9;
/// Most arrangements that are enumerated.
const MOST_ARRANGEMENTS: f64 = 200_000.0;

/// The exact conditional log-rank test of two groups.
///
/// Given the risk sets, the events of group 1 at each time are hypergeometric; the test statistic is their number over all
/// times and strata, whose distribution is the convolution. Two-sided p: the probability of all values that are not more
/// likely than the observed one (as Fisher's test; the exact Mantel-Haenszel test over the tables by time).
///
/// # Errors
/// As [`logrank`](crate::logrank); [`SurvivalError::InvalidOption`] for more than two groups or another weight than log-rank.
///
/// # Examples
/// ```
/// use mscsle_survival::{LogRankOptions, logrank_exact};
/// // all four events in one arm of four against four
/// let time = [1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, 5.0];
/// let event = [true, true, true, true, false, false, false, false];
/// let group = [1, 1, 1, 1, 0, 0, 0, 0];
/// let test = logrank_exact(&time, &event, &group, 2, &LogRankOptions::default())?;
/// assert!((test.p_value - 4.0 / 8.0 * 3.0 / 7.0 * 2.0 / 6.0 * 1.0 / 5.0).abs() < 1e-15);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Thomas. Comput Biomed Res 1975;8:423. Mehta, Patel, Gray. J Am Stat Assoc 1985;80:969. doi:10.2307/2288562
pub fn logrank_exact(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    n_groups: usize,
    options: &LogRankOptions<'_>,
) -> Result<ExactLogRank, SurvivalError> {
    if n_groups != 2 {
        return Err(SurvivalError::InvalidOption {
            option: "number of groups",
            expected: "2 for the exact test",
            value: n_groups as f64,
        });
    }
    if options.weight != LogRankWeight::LogRank {
        return Err(SurvivalError::UnknownWord {
            option: "test for the exact method",
            known: "`log-rank`, or `method=\"permutation\"`",
            value: options.weight.name(),
        });
    }
    refuse_weights(options)?;
    let (cells, n_strata) = cells(time, group, n_groups, options)?;
    let mut tables = Tables::new(n_strata, options.entry.is_some());
    let rows = SweepRows {
        time,
        outcomes: Outcomes::Event(event),
        cells: Some(&cells),
        n_cells: 2 * n_strata,
        entry: options.entry,
        weights: None,
    };
    sweep(&rows, options.near_ties, &mut tables)?;
    if tables.distribution.len() == 1 {
        return Err(SurvivalError::NotEstimable {
            quantity: "the exact log-rank test",
            reason: if tables.any_event {
                "at no event time are subjects of two groups at risk".to_owned()
            } else {
                "there are no events".to_owned()
            },
        });
    }
    let observed = tables.observed - tables.smallest;
    let at_observed = tables.distribution.get(observed as usize).copied().unwrap_or(0.0);
    let limit = at_observed * (1.0 + EQUALLY_LIKELY);
    // small terms first
    let mut terms: Vec<f64> = tables.distribution.iter().copied().filter(|&p| p <= limit).collect();
    terms.sort_unstable_by(f64::total_cmp);
    let expected = tables.distribution.iter().enumerate().map(|(x, p)| x as f64 * p).sum::<f64>();
    Ok(ExactLogRank {
        statistic: tables.observed as f64,
        expected: expected + tables.smallest as f64,
        p_value: terms.iter().sum::<f64>().min(1.0),
        permutations: None,
        complete: true,
    })
}

fn refuse_weights(options: &LogRankOptions<'_>) -> Result<(), SurvivalError> {
    if options.weights.is_none() {
        return Ok(());
    }
    Err(SurvivalError::Incompatible {
        first: "weights",
        second: "method=\"exact\" and \"permutation\"",
        reason: "labels of single subjects are exchanged; repeat the rows instead",
    })
}

/// Cell of each row (stratum, group) and the number of strata.
fn cells(
    time: &[f64],
    group: &[u32],
    n_groups: usize,
    options: &LogRankOptions<'_>,
) -> Result<(Vec<u32>, usize), SurvivalError> {
    check::codes("group", group, time.len(), n_groups)?;
    match options.strata {
        None => Ok((group.to_vec(), 1)),
        Some((strata, n_strata)) => {
            check::codes("strata", strata, time.len(), n_strata)?;
            Ok((strata.iter().zip(group).map(|(&s, &g)| s * n_groups as u32 + g).collect(), n_strata))
        }
    }
}

/// The two-by-two tables of a sweep, convolved as they come.
struct Tables {
    at_risk: Vec<f64>,
    /// By cell: events, exits, entries of the current time.
    now: Vec<[f64; 3]>,
    delayed_entry: bool,
    any_event: bool,
    observed: u64,
    smallest: u64,
    distribution: Vec<f64>,
}

impl Tables {
    fn new(n_strata: usize, delayed_entry: bool) -> Self {
        Self {
            at_risk: vec![0.0; 2 * n_strata],
            now: vec![[0.0; 3]; 2 * n_strata],
            delayed_entry,
            any_event: false,
            observed: 0,
            smallest: 0,
            distribution: vec![1.0],
        }
    }

    /// Adds a hypergeometric count: `d` events among `n0 + n1` at risk.
    fn convolve(&mut self, n0: u64, n1: u64, d: u64) {
        let (low, high) = (d.saturating_sub(n0), d.min(n1));
        self.smallest += low;
        if low == high {
            return;
        }
        // ratios of neighbouring probabilities, scaled to sum 1
        let mut p = vec![1.0_f64];
        for x in low..high {
            let ratio = ((n1 - x) as f64 * (d - x) as f64) / ((x + 1) as f64 * ((n0 + x + 1) - d) as f64);
            let last = p.last().copied().unwrap_or(1.0);
            p.push(last * ratio);
        }
        let total: f64 = p.iter().sum();
        let mut sum = vec![0.0; self.distribution.len() + p.len() - 1];
        for (i, a) in self.distribution.iter().enumerate() {
            for (j, b) in p.iter().enumerate() {
                sum[i + j] += a * b / total;
            }
        }
        self.distribution = sum;
    }
}

impl TieSink for Tables {
    fn begin(&mut self, rows: &[f64]) {
        if !self.delayed_entry {
            self.at_risk.copy_from_slice(rows);
        }
    }

    fn exit(&mut self, cell: usize, outcome: usize, weight: f64) {
        self.now[cell][0] += if outcome > 0 { weight } else { 0.0 };
        self.now[cell][1] += weight;
    }

    fn enter(&mut self, cell: usize, weight: f64) {
        self.now[cell][2] += weight;
    }

    fn close(&mut self, _time: f64) {
        for stratum in 0..self.at_risk.len() / 2 {
            let [zero, one] = [2 * stratum, 2 * stratum + 1];
            let events = self.now[zero][0] + self.now[one][0];
            if events > 0.0 {
                self.any_event = true;
                self.observed += self.now[one][0] as u64;
                self.convolve(self.at_risk[zero] as u64, self.at_risk[one] as u64, events as u64);
            }
            for cell in [zero, one] {
                self.at_risk[cell] += self.now[cell][2] - self.now[cell][1];
                self.now[cell] = [0.0; 3];
            }
        }
    }
}

/// Options of [`logrank_permutation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutations {
    /// Number of random permutations; all arrangements are looked at instead when there are at most 200,000.
    pub count: u64,
    /// Seed of the random stream; each permutation has its own, so that the result does not depend on threads.
    pub seed: u64,
}

impl Default for Permutations {
    fn default() -> Self {
        Self { count: 10_000, seed: 20_140_324 }
    }
}

/// The permutation log-rank test: group labels are exchanged among the subjects (within strata).
///
/// Each subject has the score `c_i = w(t_i) [event] - sum over t_j <= t_i of w_j d_j / n_j` from all subjects of the stratum;
/// the statistic is the sum over groups of (sum of scores)^2 / size, which for two groups orders as the absolute log-rank
/// score. Permuted statistics equal within 1e-9 count as reached; random permutations give p = (b + 1) / (B + 1).
///
/// # Errors
/// As [`logrank`](crate::logrank); [`SurvivalError::InvalidOption`] for delayed entry (labels are not exchangeable then) and
/// for no permutations.
///
/// # References
/// Neuhaus. Ann Stat 1993;21:1760. doi:10.1214/aos/1176349396. Phipson, Smyth. Stat Appl Genet Mol Biol 2010;9:39.
/// doi:10.2202/1544-6115.1585
pub fn logrank_permutation(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    n_groups: usize,
    options: &LogRankOptions<'_>,
    permutations: Permutations,
) -> Result<ExactLogRank, SurvivalError> {
    if options.entry.is_some() {
        return Err(SurvivalError::UnknownWord {
            option: "method with delayed entry",
            known: "`asymptotic` or `exact`: labels are not exchangeable when subjects enter late",
            value: "permutation".to_owned(),
        });
    }
    refuse_weights(options)?;
    if permutations.count == 0 {
        return Err(SurvivalError::InvalidOption { option: "permutations", expected: "at least 1", value: 0.0 });
    }
    // the asymptotic test checks the rows and refuses what is not estimable
    crate::logrank(time, event, group, n_groups, options)?;
    let scores = scores(time, event, options)?;
    let blocks = blocks(group, &scores, options.strata);
    let mut sizes = vec![0.0; n_groups];
    for &code in group {
        sizes[code as usize] += 1.0;
    }
    let statistic_of = |sums: &[f64]| -> f64 {
        sums.iter().zip(&sizes).filter(|&(_, &size)| size > 0.0).map(|(sum, size)| sum * sum / size).sum()
    };
    let mut sums = vec![0.0; n_groups];
    for (&score, &code) in scores.iter().zip(group) {
        sums[code as usize] += score;
    }
    let observed = statistic_of(&sums);
    let reached = observed * (1.0 - EQUAL_STATISTIC);
    let two_groups = n_groups == 2;
    let arrangements: f64 = if two_groups { blocks.iter().map(Block::arrangements).product() } else { f64::INFINITY };
    if arrangements <= MOST_ARRANGEMENTS {
        let mut all = vec![0.0_f64];
        for block in &blocks {
            let own = block.all_sums();
            all = all.iter().flat_map(|sum| own.iter().map(move |more| sum + more)).collect();
        }
        let hits = all.iter().filter(|&&sum| statistic_of(&[-sum, sum]) >= reached).count();
        return Ok(ExactLogRank {
            statistic: observed,
            expected: all.iter().map(|&sum| statistic_of(&[-sum, sum])).sum::<f64>() / all.len() as f64,
            p_value: hits as f64 / all.len() as f64,
            permutations: Some(all.len() as u64),
            complete: true,
        });
    }
    let mut hits = 0_u64;
    let mut total = 0.0;
    let mut shuffled: Vec<Vec<f64>> = blocks.iter().map(|block| block.scores.clone()).collect();
    let arch = pulp::Arch::new();
    let mut permute = |replicate| {
        let mut random = Philox::new(permutations.seed, replicate);
        let mut sums = [0.0_f64; 2];
        let statistic = if two_groups {
            for (block, scores) in blocks.iter().zip(&mut shuffled) {
                // drawing on from the last arrangement is as random as from the first
                sums[1] += block.draw(scores, &mut random);
            }
            sums[0] = -sums[1];
            statistic_of(&sums)
        } else {
            let mut sums = vec![0.0; n_groups];
            for (block, scores) in blocks.iter().zip(&mut shuffled) {
                block.shuffle(scores, &mut random, &mut sums);
            }
            statistic_of(&sums)
        };
        total += statistic;
        hits += u64::from(statistic >= reached);
    };
    arch.dispatch(|| (0..permutations.count).for_each(&mut permute));
    Ok(ExactLogRank {
        statistic: observed,
        expected: total / permutations.count as f64,
        p_value: (hits + 1) as f64 / (permutations.count + 1) as f64,
        permutations: Some(permutations.count),
        complete: false,
    })
}

/// Scores and labels of one stratum.
struct Block {
    scores: Vec<f64>,
    groups: Vec<u32>,
    /// Size of the smaller of two groups, and +1 if it is group 1, -1 if it is group 0 (the scores of a stratum sum to 0).
    draws: usize,
    sign: f64,
}

fn blocks(group: &[u32], scores: &[f64], strata: Option<(&[u32], usize)>) -> Vec<Block> {
    let n_strata = strata.map_or(1, |(_, n)| n);
    let mut blocks: Vec<Block> =
        (0..n_strata).map(|_| Block { scores: Vec::new(), groups: Vec::new(), draws: 0, sign: 1.0 }).collect();
    for row in 0..group.len() {
        let block = &mut blocks[strata.map_or(0, |(strata, _)| strata[row] as usize)];
        block.scores.push(scores[row]);
        block.groups.push(group[row]);
    }
    for block in &mut blocks {
        let ones = block.groups.iter().filter(|&&group| group == 1).count();
        let zeros = block.groups.len() - ones;
        (block.draws, block.sign) = if ones <= zeros { (ones, 1.0) } else { (zeros, -1.0) };
    }
    blocks
}

impl Block {
    fn arrangements(&self) -> f64 {
        let n = self.scores.len();
        (0..self.draws).map(|i| (n - i) as f64 / (i + 1) as f64).product()
    }

    /// The score of group 1 in every arrangement.
    fn all_sums(&self) -> Vec<f64> {
        let (n, k) = (self.scores.len(), self.draws);
        let mut chosen: Vec<usize> = (0..k).collect();
        let mut sums = Vec::new();
        loop {
            sums.push(self.sign * chosen.iter().map(|&i| self.scores[i]).sum::<f64>());
            // the next combination in lexicographic order
            let Some(position) = (0..k).rev().find(|&i| chosen[i] < n - k + i) else { return sums };
            chosen[position] += 1;
            for i in position + 1..k {
                chosen[i] = chosen[i - 1] + 1;
            }
        }
    }

    /// The score of group 1 in a random arrangement: a partial Fisher-Yates shuffle of the smaller group.
    #[inline(always)]
    fn draw(&self, scores: &mut [f64], random: &mut Philox) -> f64 {
        let n = scores.len() as u32;
        let mut sum = 0.0;
        for i in 0..self.draws as u32 {
            let j = i + random.below(n - i);
            scores.swap(i as usize, j as usize);
            sum += scores[i as usize];
        }
        self.sign * sum
    }

    /// A full shuffle, for more than two groups.
    fn shuffle(&self, scores: &mut [f64], random: &mut Philox, sums: &mut [f64]) {
        let n = scores.len() as u32;
        for i in 0..n {
            let j = i + random.below(n - i);
            scores.swap(i as usize, j as usize);
            sums[self.groups[i as usize] as usize] += scores[i as usize];
        }
    }
}

/// The weighted log-rank score of each row.
fn scores(time: &[f64], event: &[bool], options: &LogRankOptions<'_>) -> Result<Vec<f64>, SurvivalError> {
    let canonical = canonical_times(time, None, options.near_ties)?;
    let time = &canonical.time;
    let stratum_of = |row: usize| options.strata.map_or(0, |(strata, _)| strata[row]);
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_by(|&x, &y| stratum_of(x).cmp(&stratum_of(y)).then(time[x].total_cmp(&time[y])));
    let mut scores = vec![0.0; time.len()];
    for stratum in order.chunk_by(|&x, &y| stratum_of(x) == stratum_of(y)) {
        let mut pooled = PooledSurvival::START;
        let mut at_risk = stratum.len() as f64;
        let mut hazard = 0.0;
        for tied in stratum.chunk_by(|&x, &y| time[x] == time[y]) {
            let d = tied.iter().filter(|&&row| event[row]).count() as f64;
            let mut weight = 0.0;
            if d > 0.0 {
                weight = pooled.weigh(options.weight, d, at_risk);
                hazard += weight * d / at_risk;
            }
            for &row in tied {
                scores[row] = if event[row] { weight - hazard } else { -hazard };
            }
            at_risk -= tied.len() as f64;
        }
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logrank;

    const TIME: [f64; 8] = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
    const EVENT: [bool; 8] = [true, true, true, false, true, true, false, false];
    const GROUP: [u32; 8] = [1, 1, 0, 1, 0, 1, 0, 0];

    #[test]
    fn scores_of_a_group_sum_to_its_log_rank_score() {
        for weight in [LogRankWeight::LogRank, LogRankWeight::PetoPeto, LogRankWeight::GehanWilcoxon] {
            let options = LogRankOptions { weight, ..LogRankOptions::default() };
            let scores = scores(&TIME, &EVENT, &options).unwrap();
            let sum: f64 = scores.iter().zip(GROUP).filter(|&(_, group)| group == 1).map(|(score, _)| score).sum();
            let test = logrank(&TIME, &EVENT, &GROUP, 2, &options).unwrap();
            assert!((sum - test.score[1]).abs() < 1e-13);
        }
    }

    #[test]
    fn the_exact_test_does_not_depend_on_the_labels() {
        let swapped: Vec<u32> = GROUP.iter().map(|group| 1 - group).collect();
        let options = LogRankOptions::default();
        let (a, b) = (
            logrank_exact(&TIME, &EVENT, &GROUP, 2, &options).unwrap(),
            logrank_exact(&TIME, &EVENT, &swapped, 2, &options).unwrap(),
        );
        assert!((a.p_value - b.p_value).abs() < 1e-14);
        assert_eq!(a.statistic + b.statistic, 5.0);
    }

    #[test]
    fn random_permutations_come_close_to_all_of_them() {
        // 81 rows exceed the enumeration; the exact p of 12 rows is compared with forced random draws
        let time: Vec<f64> = (0..12).map(|i| f64::from((i * 7) % 12 + 1)).collect();
        let event: Vec<bool> = (0..12).map(|i| i % 4 > 0).collect();
        let group: Vec<u32> = (0..12).map(|i| u32::from(i % 3 == 0)).collect();
        let options = LogRankOptions::default();
        let all = logrank_permutation(&time, &event, &group, 2, &options, Permutations::default()).unwrap();
        assert!(all.complete && all.permutations == Some(495));
        let scores = scores(&time, &event, &options).unwrap();
        let blocks = blocks(&group, &scores, None);
        let observed: f64 = scores.iter().zip(&group).filter(|&(_, &g)| g == 1).map(|(s, _)| s).sum();
        let mut shuffled = blocks[0].scores.clone();
        let mut hits = 0;
        for replicate in 0..20_000 {
            let sum = blocks[0].draw(&mut shuffled, &mut Philox::new(3, replicate));
            hits += u32::from(sum.abs() >= observed.abs() * (1.0 - EQUAL_STATISTIC));
        }
        assert!((f64::from(hits) / 20_000.0 - all.p_value).abs() < 0.015);
    }

    #[test]
    fn the_same_seed_gives_the_same_p_value() {
        let time: Vec<f64> = (0..81).map(|i| f64::from((i * 37) % 81)).collect();
        let event: Vec<bool> = (0..81).map(|i| i % 3 > 0).collect();
        let group: Vec<u32> = (0..81).map(|i| u32::from(i % 2 == 0)).collect();
        let run = |seed| {
            let permutations = Permutations { count: 999, seed };
            logrank_permutation(&time, &event, &group, 2, &LogRankOptions::default(), permutations).unwrap()
        };
        assert_eq!(run(1), run(1));
        assert!(run(1).p_value >= 1.0 / 1000.0 && !run(1).complete);
    }

    #[test]
    fn more_than_two_groups_and_weights_are_refused_by_the_exact_test() {
        let options = LogRankOptions::default();
        assert!(logrank_exact(&TIME, &EVENT, &GROUP, 3, &options).is_err());
        let options = LogRankOptions { weight: LogRankWeight::PetoPeto, ..options };
        assert!(logrank_exact(&TIME, &EVENT, &GROUP, 2, &options).is_err());
        let error = logrank_exact(&TIME, &[false; 8], &GROUP, 2, &LogRankOptions::default()).unwrap_err();
        assert!(error.to_string().contains("there are no events"));
    }
}
