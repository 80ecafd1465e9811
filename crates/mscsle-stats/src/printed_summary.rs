//! Which data can print as a report says: sums behind a mean (GRIM), squares behind a standard deviation (GRIMMER), counts
//! behind percentages, numbers of patients behind a coded score. All in whole numbers; nothing is rounded on the way.
//!
//! # References
//! Brown NJL, Heathers JAJ. The GRIM test. Soc Psychol Personal Sci 2017;8:363, doi 10.1177/1948550616673876. Anaya J. The
//! GRIMMER test. PeerJ Preprints 2016;4:e2400v1, doi 10.7287/peerj.preprints.2400v1.

use crate::decimal::{Printed, Rounding};
use crate::error::{Result, StatsError};

/// Largest number of patients, and of magnitude of a value, that is searched: products stay below 2^127.
const MAX_N: u64 = 1_000_000;
const MAX_VALUE: i64 = 1_000_000;
/// Most cases that are enumerated.
const MAX_CASES: u128 = 50_000_000;

/// A sum and a sum of squares that print as the mean and the standard deviation given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SumPair {
    /// Sum of the values.
    pub sum: i64,
    /// Sum of their squares.
    pub sum_of_squares: i64,
}

fn check_n(n: u64) -> Result<i128> {
    if n == 0 || n > MAX_N {
        return Err(StatsError::Count { name: "n", value: i128::from(n), needed: format!("between 1 and {MAX_N}") });
    }
    Ok(i128::from(n))
}

fn check_range(low: i64, high: i64) -> Result<()> {
    if low > high || low < -MAX_VALUE || high > MAX_VALUE {
        return Err(StatsError::Count {
            name: "high",
            value: i128::from(high),
            needed: format!("at least `low` = {low}, both within {MAX_VALUE}"),
        });
    }
    Ok(())
}

/// All sums of `n` whole numbers in `low..=high` whose mean prints as `mean` (GRIM).
///
/// # Errors
/// n = 0, a range that is empty.
///
/// # Examples
/// ```
/// use mscsle_stats::{Printed, Rounding, feasible_sums};
/// let mean = Printed::parse("mean", "10.83")?;
/// assert_eq!(feasible_sums(mean, 40, 0, 105, Rounding::HalfUp)?, [433]);
/// assert_eq!(feasible_sums(mean, 39, 0, 105, Rounding::HalfUp)?, Vec::<i64>::new());
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn feasible_sums(mean: Printed, n: u64, low: i64, high: i64, rounding: Rounding) -> Result<Vec<i64>> {
    let count = check_n(n)?;
    check_range(low, high)?;
    let scale = 10i128.pow(mean.places);
    // |S/n - mean| <= half a unit of the last digit
    let centre = i128::from(mean.units) * count;
    let first = (2 * centre - count).div_euclid(2 * scale).max(i128::from(low) * count);
    let last = ((2 * centre + count).div_euclid(2 * scale) + 1).min(i128::from(high) * count);
    Ok((first..=last).filter(|&s| mean.is_print_of(s, count, rounding)).map(|s| s as i64).collect())
}

/// All pairs (sum, sum of squares) of `n` whole numbers in `low..=high` whose mean and standard deviation (n - 1) print as
/// given (GRIMMER).
///
/// A pair must have the parity of its sum (x² and x are odd together) and lie between the flattest and the most extreme set
/// of values with this sum. Within a few units of these ends not every such pair can be reached, so an answer there is
/// necessary, not sufficient; no answer at all proves the printed numbers impossible.
///
/// # Errors
/// n < 2, a range that is empty, a negative standard deviation.
///
/// # Examples
/// ```
/// use mscsle_stats::{Printed, Rounding, feasible};
/// let (mean, sd) = (Printed::parse("mean", "13.11")?, Printed::parse("sd", "4.20")?);
/// let pairs = feasible(mean, sd, 81, 0, 105, Rounding::HalfUp)?;
/// assert_eq!(pairs.len(), 4);
/// assert!(pairs.iter().all(|p| p.sum == 1062));
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn feasible(mean: Printed, sd: Printed, n: u64, low: i64, high: i64, rounding: Rounding) -> Result<Vec<SumPair>> {
    let count = check_n(n)?;
    if n < 2 {
        return Err(StatsError::Count {
            name: "n",
            value: count,
            needed: "at least 2 for a standard deviation".into(),
        });
    }
    let bounds = SdBounds::new(sd, count, rounding)?;
    let mut pairs = Vec::new();
    for sum in feasible_sums(mean, n, low, high, rounding)? {
        let s = i128::from(sum);
        let (least, most) = square_range(s, count, i128::from(low), i128::from(high));
        let (from, to) = bounds.squares(s);
        let (from, to) = (from.max(least), to.min(most));
        if to >= from && (to - from) as u128 > MAX_CASES {
            return Err(StatsError::TooLarge {
                what: "the set of sums of squares",
                size: (to - from) as u128,
                limit: MAX_CASES,
            });
        }
        for q in from..=to {
            if (q - s) % 2 == 0 && bounds.prints(s, q) {
                pairs.push(SumPair { sum, sum_of_squares: q as i64 });
            }
        }
    }
    Ok(pairs)
}

/// Smallest and largest sum of squares of `n` whole numbers in `low..=high` with this sum.
fn square_range(sum: i128, n: i128, low: i128, high: i128) -> (i128, i128) {
    let (base, rest) = (sum.div_euclid(n), sum.rem_euclid(n));
    let least = (n - rest) * base * base + rest * (base + 1) * (base + 1);
    let width = high - low;
    let most = if width == 0 {
        n * low * low
    } else {
        let above = sum - low * n;
        let (full, rest) = (above / width, above % width);
        if full >= n {
            n * high * high
        } else {
            full * high * high + (low + rest) * (low + rest) + (n - full - 1) * low * low
        }
    };
    (least, most)
}

/// 4 · 100^places · (n Q - S²) between (2u - 1)² n (n-1) and (2u + 1)² n (n-1): the standard deviation prints as u.
struct SdBounds {
    n: i128,
    scale: i128,
    low: i128,
    high: i128,
    low_included: bool,
    high_included: bool,
}

impl SdBounds {
    fn new(sd: Printed, n: i128, rounding: Rounding) -> Result<Self> {
        if sd.units < 0 || sd.units > 1_000_000_000_000 {
            return Err(StatsError::Number { name: "sd", value: sd.value(), needed: "at least 0" });
        }
        let u = i128::from(sd.units);
        let even = u % 2 == 0;
        let (low_included, high_included) = match rounding {
            Rounding::HalfUp => (true, false),
            Rounding::HalfEven => (even, even),
            Rounding::Either => (true, even),
        };
        let below = (2 * u - 1).max(0);
        Ok(Self {
            n,
            scale: 4 * 100i128.pow(sd.places),
            low: below * below * n * (n - 1),
            high: (2 * u + 1) * (2 * u + 1) * n * (n - 1),
            // a standard deviation of exactly 0 prints 0
            low_included: low_included || u == 0,
            high_included,
        })
    }

    /// Range of Q to look at.
    fn squares(&self, sum: i128) -> (i128, i128) {
        let at = |bound: i128| (bound.div_euclid(self.scale) + sum * sum).div_euclid(self.n);
        (at(self.low) - 1, at(self.high) + 2)
    }

    fn prints(&self, sum: i128, q: i128) -> bool {
        let v = self.scale * (self.n * q - sum * sum);
        v >= 0
            && (v > self.low || self.low_included && v == self.low)
            && (v < self.high || self.high_included && v == self.high)
    }
}

/// All tuples of counts of disjoint parts whose percentages of `n` print as `parts` and whose sum prints as `total`.
///
/// # Errors
/// n = 0, no part, a search of more than 5e7 cases.
///
/// # Examples
/// ```
/// use mscsle_stats::{Printed, Rounding, percent_counts};
/// let parts = [Printed::parse("part", "18")?, Printed::parse("part", "23")?];
/// let total = Printed::parse("total", "41")?;
/// assert_eq!(percent_counts(&parts, Some(total), 78, Rounding::HalfUp)?, [[14, 18]]);
/// assert!(percent_counts(&parts, Some(total), 81, Rounding::HalfUp)?.is_empty());
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn percent_counts(parts: &[Printed], total: Option<Printed>, n: u64, rounding: Rounding) -> Result<Vec<Vec<u64>>> {
    let count = check_n(n)?;
    if parts.is_empty() {
        return Err(StatsError::Count { name: "parts", value: 0, needed: "at least one percentage".into() });
    }
    let options: Vec<Vec<u64>> = parts
        .iter()
        .map(|part| (0..=n).filter(|&k| part.is_print_of(100 * i128::from(k), count, rounding)).collect())
        .collect();
    let cases = options.iter().fold(1u128, |product, o| product.saturating_mul(o.len() as u128));
    if cases > MAX_CASES {
        return Err(StatsError::TooLarge { what: "the set of counts", size: cases, limit: MAX_CASES });
    }
    let mut found = Vec::new();
    let mut tuple = Vec::with_capacity(parts.len());
    descend(&options, 0, n, &mut tuple, &mut |tuple, sum| {
        if total.is_none_or(|t| t.is_print_of(100 * i128::from(sum), count, rounding)) {
            found.push(tuple.to_vec());
        }
    });
    Ok(found)
}

fn descend(options: &[Vec<u64>], sum: u64, n: u64, tuple: &mut Vec<u64>, found: &mut impl FnMut(&[u64], u64)) {
    let Some(choices) = options.get(tuple.len()) else {
        found(tuple, sum);
        return;
    };
    for &k in choices {
        if sum + k <= n {
            tuple.push(k);
            descend(options, sum + k, n, tuple, found);
            tuple.pop();
        }
    }
}

/// All numbers of patients per value, in the order of `values`, for which the mean and the standard deviation of `n`
/// patients print as given: recovers the coding of a score that takes few values, such as letters A, B, C, D as 9, 3, 1, 0.
///
/// # Errors
/// n < 2, no value, repeated values, a search of more than 5e7 cases.
///
/// # Examples
/// ```
/// use mscsle_stats::{Printed, Rounding, coding_counts};
/// let (mean, sd) = (Printed::parse("mean", "4.48")?, Printed::parse("sd", "2.60")?);
/// assert_eq!(coding_counts(mean, sd, 81, &[9, 3, 1, 0], Rounding::HalfUp)?, [[20, 61, 0, 0]]);
/// assert!(coding_counts(mean, sd, 81, &[12, 8, 1, 0], Rounding::HalfUp)?.is_empty());
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn coding_counts(mean: Printed, sd: Printed, n: u64, values: &[i64], rounding: Rounding) -> Result<Vec<Vec<u64>>> {
    let count = check_n(n)?;
    if n < 2 {
        return Err(StatsError::Count {
            name: "n",
            value: count,
            needed: "at least 2 for a standard deviation".into(),
        });
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != values.len() || values.is_empty() {
        return Err(StatsError::Count {
            name: "values",
            value: values.len() as i128,
            needed: "distinct, at least one".into(),
        });
    }
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    check_range(low, high)?;
    // all but two counts are free: C(n + k - 2, k - 2) cases
    let free = values.len().saturating_sub(2) as u128;
    let cases = (1..=free).fold(1u128, |c, i| c.saturating_mul(u128::from(n) + i) / i);
    if cases > MAX_CASES {
        return Err(StatsError::TooLarge { what: "the set of counts per value", size: cases, limit: MAX_CASES });
    }
    let bounds = SdBounds::new(sd, count, rounding)?;
    let mut found = Vec::new();
    for sum in feasible_sums(mean, n, low, high, rounding)? {
        let mut counts = vec![0; values.len()];
        let target = Target { values, sum: i128::from(sum), bounds: &bounds };
        target.fill(0, i128::from(n), i128::from(sum), &mut counts, &mut found);
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

struct Target<'a> {
    values: &'a [i64],
    sum: i128,
    bounds: &'a SdBounds,
}

impl Target<'_> {
    /// Chooses the counts from position `i` on; `left` patients and `rest` of the sum remain.
    fn fill(&self, i: usize, left: i128, rest: i128, counts: &mut [u64], found: &mut Vec<Vec<u64>>) {
        let remaining = self.values.len() - i;
        let value = |j: usize| i128::from(self.values[j]);
        if remaining == 1 {
            if left * value(i) == rest {
                counts[i] = left as u64;
                self.keep(counts, found);
            }
            return;
        }
        if remaining == 2 {
            // k v_i + (left - k) v_{i+1} = rest
            let gap = value(i) - value(i + 1);
            let surplus = rest - left * value(i + 1);
            if surplus % gap == 0 && (0..=left).contains(&(surplus / gap)) {
                counts[i] = (surplus / gap) as u64;
                counts[i + 1] = (left - surplus / gap) as u64;
                self.keep(counts, found);
            }
            return;
        }
        for k in 0..=left {
            counts[i] = k as u64;
            self.fill(i + 1, left - k, rest - k * value(i), counts, found);
        }
    }

    fn keep(&self, counts: &[u64], found: &mut Vec<Vec<u64>>) {
        let q: i128 =
            counts.iter().zip(self.values).map(|(&c, &v)| i128::from(c) * i128::from(v) * i128::from(v)).sum();
        if self.bounds.prints(self.sum, q) {
            found.push(counts.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Printed {
        Printed::parse("number", text).unwrap()
    }

    fn n_pairs(mean: &str, sd: &str, n: u64, rounding: Rounding) -> usize {
        feasible(printed(mean), printed(sd), n, 0, 105, rounding).unwrap().len()
    }

    #[test]
    fn sledai_at_twelve_months_fits_77_but_not_76_or_78() {
        let fits: Vec<u64> = (75..=81).filter(|&n| n_pairs("5.48", "2.77", n, Rounding::HalfUp) > 0).collect();
        assert_eq!(fits, [75, 77, 79, 80, 81]);
    }

    #[test]
    fn forty_patients_print_five_means_only_under_half_up() {
        let rows = [("10.83", "4.63"), ("7.43", "3.93"), ("6.30", "3.63"), ("6.40", "3.84"), ("6.48", "3.52")];
        let all = |n, rounding| rows.iter().all(|(m, s)| n_pairs(m, s, n, rounding) > 0);
        let fits: Vec<u64> = (25..=40).filter(|&n| all(n, Rounding::HalfUp)).collect();
        assert_eq!(fits, [40]);
        assert!(!all(40, Rounding::HalfEven));
    }

    #[test]
    fn tv_09_percentages_by_visit() {
        let sets = |parts: [&str; 2], total: &str| {
            (75..=81)
                .flat_map(|n| {
                    percent_counts(&parts.map(printed), Some(printed(total)), n, Rounding::HalfUp)
                        .unwrap()
                        .into_iter()
                        .map(move |t| (n, t[0], t[1]))
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(sets(["18", "23"], "41"), [(78, 14, 18), (79, 14, 18)]);
        assert_eq!(sets(["18", "27"], "45"), [(77, 14, 21), (78, 14, 21)]);
        assert_eq!(sets(["23", "21"], "44"), [(75, 17, 16), (77, 18, 16), (78, 18, 16), (80, 18, 17), (81, 19, 17)]);
    }

    #[test]
    fn renal_letters_have_one_solution() {
        let at = |mean, sd, n, values: &[i64]| {
            coding_counts(printed(mean), printed(sd), n, values, Rounding::HalfUp).unwrap()
        };
        assert_eq!(at("4.48", "2.60", 81, &[9, 3, 1, 0]), [[20, 61, 0, 0]]);
        for values in [[12, 8, 1, 0], [12, 6, 1, 0], [12, 5, 1, 0]] {
            assert!(at("4.48", "2.60", 81, &values).is_empty());
        }
        assert_eq!(at("1.09", "0.83", 77, &[9, 3, 1, 0]), [[0, 10, 54, 13]]);
        for n in [75, 76, 78, 81] {
            assert!(at("1.09", "0.83", n, &[9, 3, 1, 0]).is_empty(), "{n}");
        }
    }

    #[test]
    fn feasible_pairs_are_those_of_all_samples() {
        // every multiset of 5 whole numbers in 0..=6
        let mut real = std::collections::BTreeSet::new();
        let (mean, sd) = (printed("2.4"), printed("1.5"));
        for a in 0..=6i64 {
            for b in a..=6 {
                for c in b..=6 {
                    for d in c..=6 {
                        for e in d..=6 {
                            let x = [a, b, c, d, e];
                            let (s, q) = (x.iter().sum::<i64>(), x.iter().map(|v| v * v).sum::<i64>());
                            let v = (q as f64 - (s * s) as f64 / 5.0) / 4.0;
                            if crate::format_half_up(s as f64 / 5.0, 1) == "2.4"
                                && crate::format_half_up(v.sqrt(), 1) == "1.5"
                            {
                                real.insert((s, q));
                            }
                        }
                    }
                }
            }
        }
        assert!(!real.is_empty());
        let found: std::collections::BTreeSet<(i64, i64)> = feasible(mean, sd, 5, 0, 6, Rounding::HalfUp)
            .unwrap()
            .into_iter()
            .map(|p| (p.sum, p.sum_of_squares))
            .collect();
        assert!(real.is_subset(&found));
        assert_eq!(real, found);
    }

    #[test]
    fn negative_means_round_away_from_zero() {
        // -7.425 prints -7.43
        assert_eq!(feasible_sums(printed("-7.43"), 40, -105, 0, Rounding::HalfUp).unwrap(), [-297]);
    }

    #[test]
    fn a_sum_outside_the_range_is_no_solution() {
        assert!(feasible_sums(printed("13.11"), 81, 0, 12, Rounding::HalfUp).unwrap().is_empty());
    }
}
