//! The bootstrap of a survival curve: quantiles, survival at a time, restricted means.

use rayon::prelude::*;

use crate::event_table::{EventCell, cells_of};
use crate::philox::Philox;
use crate::sweep::{Outcomes, SweepRows};
use crate::{NearTies, SurvivalError};

/// What is computed from every resampled curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum BootstrapOf {
    /// The time by which this fraction has had the event; infinite when not reached.
    Quantile(f64),
    /// S at this time; the last value is carried on when the resampled follow-up ends before.
    Survival(f64),
    /// The restricted mean up to this time, likewise.
    Rmst(f64),
}

impl BootstrapOf {
    /// The quantity of a word and its fraction or time.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`], [`SurvivalError::InvalidOption`].
    pub fn from_name(word: &str, at: f64) -> Result<Self, SurvivalError> {
        let invalid = |option, expected| Err(SurvivalError::InvalidOption { option, expected, value: at });
        match word {
            "quantile" if at > 0.0 && at < 1.0 => Ok(Self::Quantile(at)),
            "quantile" => invalid("p", "between 0 and 1"),
            "survival" if at >= 0.0 && at.is_finite() => Ok(Self::Survival(at)),
            "survival" => invalid("time", ">= 0 and finite"),
            "rmst" if at > 0.0 && at.is_finite() => Ok(Self::Rmst(at)),
            "rmst" => invalid("tau", "positive and finite"),
            _ => Err(SurvivalError::UnknownWord {
                option: "of",
                known: "`quantile`, `survival` or `rmst`",
                value: word.to_owned(),
            }),
        }
    }
}

/// Replicates and their seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replicates {
    /// Number of resampled data sets.
    pub count: u64,
    /// Seed of the random streams; each replicate of each group has its own, so that the result does not depend on threads.
    pub seed: u64,
}

impl Default for Replicates {
    fn default() -> Self {
        Self { count: 10_000, seed: 20_140_324 }
    }
}

/// Replicates that one thread computes together.
const CHUNK: usize = 512;

/// The statistic in every resampled data set, by group: subjects are drawn with replacement within their group.
///
/// Near ties are grouped over all rows once. Quantiles follow the rule of [`crate::survival_quantile`]; one that is not
/// reached is infinite.
///
/// # Errors
/// As [`crate::kaplan_meier_by`]; a group without rows; no replicates.
///
/// # Examples
/// ```
/// use mscsle_survival::{BootstrapOf, NearTies, Replicates, bootstrap_by};
/// let time = [1.0, 2.0, 3.0, 4.0, 5.0];
/// let replicates = Replicates { count: 1000, seed: 1 };
/// let medians = bootstrap_by(&time, &[true; 5], &[0; 5], 1, BootstrapOf::Quantile(0.5), NearTies::Group, replicates)?;
/// assert_eq!(medians[0].len(), 1000);
/// assert!(medians[0].iter().all(|median| (1.0..=5.0).contains(median)));
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Efron. J Am Stat Assoc 1981;76:312. doi:10.1080/01621459.1981.10477650
pub fn bootstrap_by(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    n_groups: usize,
    of: BootstrapOf,
    near_ties: NearTies,
    replicates: Replicates,
) -> Result<Vec<Vec<f64>>, SurvivalError> {
    if replicates.count == 0 {
        return Err(SurvivalError::InvalidOption { option: "replicates", expected: "at least 1", value: 0.0 });
    }
    let outcomes = Outcomes::Event(event);
    let rows = SweepRows { time, outcomes, cells: Some(group), n_cells: n_groups, entry: None, weights: None };
    let (cells, gap) = cells_of(&rows, near_ties)?;
    if let Some(empty) = cells.iter().position(EventCell::is_empty) {
        return Err(SurvivalError::InvalidOption {
            option: "group without rows",
            expected: "left out",
            value: empty as f64,
        });
    }
    let samples: Vec<Sample> = cells.iter().map(|cell| Sample::of(cell, gap)).collect();
    let arch = pulp::Arch::new();
    Ok(samples
        .iter()
        .enumerate()
        .map(|(code, sample)| {
            let mut values = vec![0.0; replicates.count as usize];
            values.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, values)| {
                arch.dispatch(|| {
                    let mut counts = vec![0_u32; sample.slots()];
                    for (offset, value) in values.iter_mut().enumerate() {
                        let replicate = (chunk * CHUNK + offset) as u64;
                        let mut random = Philox::new(replicates.seed, replicate * n_groups as u64 + code as u64);
                        sample.draw(&mut counts, &mut random);
                        *value = sample.statistic(&counts, of);
                    }
                });
            });
            values
        })
        .collect())
}

/// The rows of a group as slots: position of the time twice, plus 1 for an event.
struct Sample {
    time: Vec<f64>,
    slot: Vec<u32>,
    tolerance: f64,
}

/// Up to this many rows two row numbers come from one random word.
const HALF_WORDS: usize = 4096;

impl Sample {
    fn of(cell: &EventCell, tolerance: f64) -> Self {
        let events = cell.all_events();
        let mut slot = Vec::with_capacity(cell.start as usize);
        for (j, (&events, &censored)) in events.iter().zip(&cell.censored).enumerate() {
            let at = 2 * j as u32;
            slot.resize(slot.len() + censored as usize, at);
            slot.resize(slot.len() + events as usize, at + 1);
        }
        Self { time: cell.time.clone(), slot, tolerance }
    }

    fn slots(&self) -> usize {
        2 * self.time.len()
    }

    /// As many rows as there are, with replacement.
    #[inline(always)]
    fn draw(&self, counts: &mut [u32], random: &mut Philox) {
        counts.fill(0);
        let n = self.slot.len();
        if n > HALF_WORDS {
            for _ in 0..n {
                counts[self.slot[random.below(n as u32) as usize] as usize] += 1;
            }
            return;
        }
        // Lemire's method with rejection on the halves of a word
        let limit = n as u32;
        let threshold = 65_536 % limit;
        let mut drawn = 0;
        while drawn < n {
            let word = random.next_u32();
            for half in [word & 0xFFFF, word >> 16] {
                let product = half * limit;
                if product & 0xFFFF >= threshold && drawn < n {
                    counts[self.slot[(product >> 16) as usize] as usize] += 1;
                    drawn += 1;
                }
            }
        }
    }

    #[inline(always)]
    fn statistic(&self, counts: &[u32], of: BootstrapOf) -> f64 {
        match of {
            BootstrapOf::Quantile(p) => self.quantile(counts, p),
            BootstrapOf::Survival(at) => {
                let mut at_risk = self.slot.len() as u32;
                let mut s = 1.0;
                for (&time, pair) in self.time.iter().zip(counts.chunks_exact(2)) {
                    if time > at + self.tolerance {
                        break;
                    }
                    s *= share_left(at_risk, pair[1]);
                    at_risk -= pair[0] + pair[1];
                }
                s
            }
            BootstrapOf::Rmst(tau) => {
                let mut at_risk = self.slot.len() as u32;
                let (mut s, mut area, mut from) = (1.0, 0.0, 0.0);
                for (&time, pair) in self.time.iter().zip(counts.chunks_exact(2)) {
                    if time > tau + self.tolerance {
                        break;
                    }
                    if pair[1] > 0 {
                        area += s * (time.min(tau) - from);
                        from = time.min(tau);
                        s *= share_left(at_risk, pair[1]);
                    }
                    at_risk -= pair[0] + pair[1];
                }
                area + s * (tau - from)
            }
        }
    }

    #[inline(always)]
    fn quantile(&self, counts: &[u32], p: f64) -> f64 {
        let tolerance = NearTies::TOLERANCE;
        let mut at_risk = self.slot.len() as u32;
        let mut s = 1.0;
        let mut pairs = self.time.iter().zip(counts.chunks_exact(2));
        let mut reached = None;
        for (&time, pair) in &mut pairs {
            if pair[1] > 0 {
                s *= share_left(at_risk, pair[1]);
                if 1.0 - s + tolerance >= p {
                    reached = Some(time);
                    at_risk -= pair[0] + pair[1];
                    break;
                }
            }
            at_risk -= pair[0] + pair[1];
        }
        let Some(first) = reached else { return f64::INFINITY };
        if (1.0 - s - p).abs() >= tolerance {
            return first;
        }
        // S equals 1 - p until the next event, or until the last observed time
        let mut last = first;
        for (&time, pair) in pairs {
            if pair[0] + pair[1] > 0 {
                last = time;
            }
            if pair[1] > 0 || at_risk == 0 {
                break;
            }
        }
        0.5 * (first + last)
    }
}

#[inline(always)]
fn share_left(at_risk: u32, events: u32) -> f64 {
    if events == 0 { 1.0 } else { f64::from(at_risk - events) / f64::from(at_risk) }
}

/// Limits of an estimate from its bootstrap replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum BootstrapInterval {
    /// Quantiles of the replicates.
    #[default]
    Percentile,
    /// Twice the estimate less the opposite quantiles.
    Basic,
}

impl BootstrapInterval {
    /// The interval of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "percentile" => Ok(Self::Percentile),
            "basic" => Ok(Self::Basic),
            _ => Err(SurvivalError::UnknownWord {
                option: "interval",
                known: "`percentile` or `basic`",
                value: word.to_owned(),
            }),
        }
    }
}

/// Lower and upper limit and standard error of an estimate from its replicates; infinite replicates are not reached.
///
/// The quantile of order q is the `(B + 1) q`-th smallest replicate, interpolated. A limit that falls among infinite
/// replicates is infinite, and the standard error is then NaN, as is that of replicates of which any is infinite. Replicates
/// that are NaN (a difference of two that are not reached) count on both sides.
///
/// # Errors
/// No replicates, a level outside 0..1.
///
/// # References
/// Davison, Hinkley. Bootstrap Methods and their Application, 1997, section 5.2.
pub fn bootstrap_limits(
    estimate: f64,
    replicates: &[f64],
    interval: BootstrapInterval,
    level: f64,
) -> Result<(f64, f64, f64), SurvivalError> {
    crate::Confidence { level, ..crate::Confidence::default() }.critical_value()?;
    if replicates.is_empty() {
        return Err(SurvivalError::InvalidOption { option: "replicates", expected: "at least 1", value: 0.0 });
    }
    let tail = (1.0 - level) / 2.0;
    let sorted = |missing: f64| {
        let mut values: Vec<f64> = replicates.iter().map(|&v| if v.is_nan() { missing } else { v }).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (low, high) = (order(&sorted(f64::NEG_INFINITY), tail), order(&sorted(f64::INFINITY), 1.0 - tail));
    let std_error = if replicates.iter().all(|value| value.is_finite()) && replicates.len() > 1 {
        let n = replicates.len() as f64;
        let mean = replicates.iter().sum::<f64>() / n;
        (replicates.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
    } else {
        f64::NAN
    };
    Ok(match interval {
        BootstrapInterval::Percentile => (low, high, std_error),
        BootstrapInterval::Basic => (2.0 * estimate - high, 2.0 * estimate - low, std_error),
    })
}

fn order(sorted: &[f64], q: f64) -> f64 {
    let place = (sorted.len() as f64 + 1.0) * q - 1.0;
    let below = place.floor().clamp(0.0, (sorted.len() - 1) as f64) as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let part = (place - below as f64).clamp(0.0, 1.0);
    let (a, b) = (sorted[below], sorted[above]);
    if part == 0.0 || a == b { a } else { a + part * (b - a) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KaplanMeierOptions, kaplan_meier};

    fn rows() -> (Vec<f64>, Vec<bool>) {
        let time = (0..81).map(|i| f64::from((i * 37) % 50 + 1)).collect();
        (time, (0..81).map(|i| i % 3 > 0).collect())
    }

    #[test]
    fn each_replicate_is_the_curve_of_its_rows() {
        let (time, event) = rows();
        let sample = {
            let curve = SweepRows {
                time: &time,
                outcomes: Outcomes::Event(&event),
                cells: None,
                n_cells: 1,
                entry: None,
                weights: None,
            };
            Sample::of(&cells_of(&curve, NearTies::Group).unwrap().0[0], 0.0)
        };
        let mut counts = vec![0; sample.slots()];
        for replicate in 0..300 {
            sample.draw(&mut counts, &mut Philox::new(5, replicate));
            assert_eq!(counts.iter().sum::<u32>(), 81);
            let mut times = Vec::new();
            let mut events = Vec::new();
            for (slot, &count) in counts.iter().enumerate() {
                times.extend(std::iter::repeat_n(sample.time[slot / 2], count as usize));
                events.extend(std::iter::repeat_n(slot % 2 == 1, count as usize));
            }
            let km = kaplan_meier(&times, &events, &KaplanMeierOptions::default()).unwrap();
            for p in [0.25, 0.5, 2.0 / 3.0] {
                let expected = km.quantile(p).unwrap().estimate.unwrap_or(f64::INFINITY);
                assert_eq!(sample.statistic(&counts, BootstrapOf::Quantile(p)), expected);
            }
            let tau = 20.0;
            let mean = sample.statistic(&counts, BootstrapOf::Rmst(tau));
            assert!((mean - km.rmst(tau).unwrap().estimate).abs() < 1e-12);
            let survival = sample.statistic(&counts, BootstrapOf::Survival(tau));
            assert!((survival - km.survival_at(tau).unwrap()).abs() < 1e-15);
        }
    }

    #[test]
    fn rows_are_equally_likely_to_be_drawn() {
        let time: Vec<f64> = (0..7).map(f64::from).collect();
        let curve = SweepRows {
            time: &time,
            outcomes: Outcomes::Event(&[true; 7]),
            cells: None,
            n_cells: 1,
            entry: None,
            weights: None,
        };
        let sample = Sample::of(&cells_of(&curve, NearTies::Group).unwrap().0[0], 0.0);
        let (mut counts, mut total) = (vec![0; 14], [0_u32; 14]);
        for replicate in 0..10_000 {
            sample.draw(&mut counts, &mut Philox::new(1, replicate));
            total.iter_mut().zip(&counts).for_each(|(total, count)| *total += count);
        }
        for slot in 0..7 {
            assert_eq!(total[2 * slot], 0);
            assert!((9_600..10_400).contains(&total[2 * slot + 1]), "{total:?}");
        }
    }

    #[test]
    fn threads_do_not_change_the_replicates() {
        let (time, event) = rows();
        let group: Vec<u32> = (0..81).map(|i| i % 2).collect();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let replicates = Replicates { count: 3000, seed: 9 };
                bootstrap_by(&time, &event, &group, 2, BootstrapOf::Quantile(0.5), NearTies::Group, replicates).unwrap()
            })
        };
        assert_eq!(run(1), run(2));
    }

    #[test]
    fn limits_are_order_statistics_and_infinite_where_not_reached() {
        let values: Vec<f64> = (1..=99).rev().map(f64::from).collect();
        let (low, high, _) = bootstrap_limits(50.0, &values, BootstrapInterval::Percentile, 0.9).unwrap();
        assert!((low - 5.0).abs() < 1e-9 && (high - 95.0).abs() < 1e-9);
        let (low, high, _) = bootstrap_limits(40.0, &values, BootstrapInterval::Basic, 0.9).unwrap();
        assert!((low + 15.0).abs() < 1e-9 && (high - 75.0).abs() < 1e-9);
        let mut some = values.clone();
        some[..10].fill(f64::INFINITY);
        let (low, high, se) = bootstrap_limits(50.0, &some, BootstrapInterval::Percentile, 0.9).unwrap();
        assert!(low.is_finite() && high == f64::INFINITY && se.is_nan());
    }

    #[test]
    fn no_replicates_and_empty_groups_are_refused() {
        let replicates = Replicates { count: 0, seed: 1 };
        let of = BootstrapOf::Quantile(0.5);
        assert!(bootstrap_by(&[1.0], &[true], &[0], 1, of, NearTies::Group, replicates).is_err());
        assert!(bootstrap_by(&[1.0], &[true], &[0], 2, of, NearTies::Group, Replicates::default()).is_err());
        assert!(BootstrapOf::from_name("quantile", 1.5).is_err());
    }
}
