//! The log-rank test of follow-up in whole days, straight from columns of any type of number, in one pass.

use crate::logrank::{LogRankSums, check_weight};
use crate::sweep::{BLOCK, DayCounts, FEW_ROWS, MOST_DAYS, TieSink, add_counts, whole_days};
use crate::{LogRank, LogRankWeight, SurvivalError};

/// A column of numbers as it lies in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum WholeColumn<'a> {
    /// Double precision; whole numbers are looked for.
    Float(&'a [f64]),
    /// 64-bit integers.
    Int64(&'a [i64]),
    /// 32-bit integers.
    Int32(&'a [i32]),
    /// 8-bit integers.
    Int8(&'a [i8]),
    /// 8-bit integers without sign.
    UInt8(&'a [u8]),
    /// Flags: false 0, true 1.
    Bool(&'a [bool]),
}

/// Most levels of a group; with more the general path is as good.
const MOST_LEVELS: u32 = 32;

impl WholeColumn<'_> {
    fn len(self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Int8(values) => values.len(),
            Self::UInt8(values) => values.len(),
            Self::Bool(values) => values.len(),
        }
    }

    /// Values of a block less `low`, and the largest of them; None if one lies outside `low..=low + span`.
    #[inline(always)]
    fn offsets(self, start: usize, low: i64, span: u32, out: &mut [u32; BLOCK]) -> Option<u32> {
        let end = self.len().min(start + BLOCK);
        match self {
            Self::Float(values) if low == 0 => whole_days(&values[start..end], out).filter(|&largest| largest <= span),
            Self::Float(_) => None,
            Self::Int64(values) => offsets(&values[start..end], low, span, out),
            Self::Int32(values) => offsets(&values[start..end], low, span, out),
            Self::Int8(values) => offsets(&values[start..end], low, span, out),
            Self::UInt8(values) => offsets(&values[start..end], low, span, out),
            Self::Bool(values) => offsets(&values[start..end], low, span, out),
        }
    }

    /// Smallest and largest value of the first rows; None without rows or for doubles.
    fn range(self, rows: usize) -> Option<(i64, i64)> {
        match self {
            Self::Float(_) => None,
            Self::Int64(values) => range(&values[..rows]),
            Self::Int32(values) => range(&values[..rows]),
            Self::Int8(values) => range(&values[..rows]),
            Self::UInt8(values) => range(&values[..rows]),
            Self::Bool(values) => range(&values[..rows]),
        }
    }
}

#[inline(always)]
fn offsets<T: Copy + Into<i64>>(values: &[T], low: i64, span: u32, out: &mut [u32; BLOCK]) -> Option<u32> {
    let (mut high, mut largest) = (0_u64, 0_u32);
    for (out, &value) in out.iter_mut().zip(values) {
        // a value below `low` wraps to a large number
        let offset = value.into().wrapping_sub(low) as u64;
        high |= offset >> 32;
        largest = largest.max(offset as u32);
        *out = offset as u32;
    }
    (high == 0 && largest <= span).then_some(largest)
}

fn range<T: Copy + Into<i64>>(values: &[T]) -> Option<(i64, i64)> {
    let first = (*values.first()?).into();
    Some(values.iter().fold((first, first), |(low, high), &value| (low.min(value.into()), high.max(value.into()))))
}

/// The log-rank test of whole-number times, events 0 or 1 and whole-number groups, with the levels of the group; exactly
/// [`logrank`](crate::logrank) without strata and delayed entry, but without intermediate columns.
///
/// None when the columns are not of this kind (times above 65,535, fewer than 512 rows, other events, more than 32 levels or
/// only one, lengths that differ): the general test then says what is wrong or computes it.
///
/// # Errors
/// As [`logrank`](crate::logrank).
///
/// # Examples
/// ```
/// use mscsle_survival::{LogRankOptions, LogRankWeight, WholeColumn, logrank, logrank_whole_days};
/// let time: Vec<i32> = (0..1000).map(|i| i * 7 % 365).collect();
/// let event: Vec<bool> = (0..1000).map(|i| i % 3 > 0).collect();
/// let arm: Vec<u8> = (0..1000).map(|i| 1 + 2 * u8::from(i % 5 > 2)).collect();
/// let (test, levels) = logrank_whole_days(
///     WholeColumn::Int32(&time), WholeColumn::Bool(&event), WholeColumn::UInt8(&arm), LogRankWeight::LogRank,
/// )?.unwrap();
/// assert_eq!(levels, [1, 3]);
/// let time: Vec<f64> = time.into_iter().map(f64::from).collect();
/// let codes: Vec<u32> = arm.into_iter().map(|arm| u32::from(arm) / 2).collect();
/// assert_eq!(test, logrank(&time, &event, &codes, 2, &LogRankOptions::default())?);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
pub fn logrank_whole_days(
    time: WholeColumn<'_>,
    event: WholeColumn<'_>,
    group: WholeColumn<'_>,
    weight: LogRankWeight,
) -> Result<Option<(LogRank, Vec<i64>)>, SurvivalError> {
    check_weight(weight)?;
    let n = time.len();
    if n < FEW_ROWS || n > u32::MAX as usize || event.len() != n || group.len() != n {
        return Ok(None);
    }
    let mut first = [0_u32; BLOCK];
    if time.offsets(0, 0, MOST_DAYS, &mut first).is_none() || event.offsets(0, 0, 1, &mut first).is_none() {
        return Ok(None);
    }
    // the first rows usually hold every level; else all rows are looked at
    let found = [BLOCK.min(n), n].into_iter().find_map(|rows| {
        let (low, high) = group.range(rows)?;
        let span = u32::try_from(high.checked_sub(low)?).ok().filter(|&span| span < MOST_LEVELS)?;
        Some((count(time, event, group, low, span)?, low, span))
    });
    let Some((counts, low, span)) = found else { return Ok(None) };
    let cells = span as usize + 1;
    let rows = counts.rows_by_cell(2, cells);
    let present: Vec<usize> = (0..cells).filter(|&cell| rows[cell] > 0.0).collect();
    if present.len() < 2 {
        return Ok(None);
    }
    let counts = if present.len() < cells { counts.only(&present) } else { counts };
    let mut sums = LogRankSums::new(present.len(), 1, weight);
    sums.begin(&counts.rows_by_cell(2, present.len()));
    counts.give(2, present.len(), &mut sums);
    Ok(Some((sums.finish()?, present.into_iter().map(|cell| low + cell as i64).collect())))
}

/// Number of rows by day, level and event; None as soon as a value is not of the kind.
fn count(
    time: WholeColumn<'_>,
    event: WholeColumn<'_>,
    group: WholeColumn<'_>,
    low: i64,
    span: u32,
) -> Option<DayCounts> {
    let stride = 2 * (span + 1);
    let mut histograms: [Vec<u32>; 4] = Default::default();
    let mut days = 0_usize;
    let (mut buckets, mut levels, mut happened) = ([0_u32; BLOCK], [0_u32; BLOCK], [0_u32; BLOCK]);
    let arch = pulp::Arch::new();
    let n = time.len();
    for start in (0..n).step_by(BLOCK) {
        let largest = arch.dispatch(|| {
            let largest = time.offsets(start, 0, MOST_DAYS, &mut buckets)?;
            group.offsets(start, low, span, &mut levels)?;
            event.offsets(start, 0, 1, &mut happened)?;
            for ((bucket, &level), &happened) in buckets.iter_mut().zip(&levels).zip(&happened) {
                *bucket = bucket.wrapping_mul(stride).wrapping_add(2 * level + happened);
            }
            Some(largest)
        })?;
        let needed = largest as usize + 1;
        if needed > days {
            days = needed.next_power_of_two().min(MOST_DAYS as usize + 1);
            for histogram in &mut histograms {
                histogram.resize(days * stride as usize, 0);
            }
        }
        add_counts(&mut histograms, &buckets[..BLOCK.min(n - start)]);
    }
    Some(DayCounts::of(histograms, stride as usize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LogRankOptions, logrank};

    fn columns(n: usize) -> (Vec<i64>, Vec<i8>, Vec<i64>) {
        let time = (0..n as i64).map(|i| i * i % 1009).collect();
        let event = (0..n).map(|i| i8::from(i % 7 > 2)).collect();
        (time, event, (0..n as i64).map(|i| [-1, 4][usize::from(i % 3 == 0)]).collect())
    }

    fn general(time: &[i64], event: &[i8], codes: &[u32], n_groups: usize, weight: LogRankWeight) -> LogRank {
        let time: Vec<f64> = time.iter().map(|&t| t as f64).collect();
        let event: Vec<bool> = event.iter().map(|&e| e == 1).collect();
        logrank(&time, &event, codes, n_groups, &LogRankOptions { weight, ..LogRankOptions::default() }).unwrap()
    }

    #[test]
    fn every_type_of_number_gives_the_general_test() {
        let (time, event, group) = columns(3000);
        let codes: Vec<u32> = group.iter().map(|&g| u32::from(g > 0)).collect();
        let float: Vec<f64> = time.iter().map(|&t| t as f64).collect();
        let short: Vec<i32> = time.iter().map(|&t| t as i32).collect();
        let flags: Vec<bool> = event.iter().map(|&e| e == 1).collect();
        let arms: Vec<u8> = codes.iter().map(|&c| c as u8).collect();
        for weight in [LogRankWeight::LogRank, LogRankWeight::FlemingHarrington { rho: 1.0, gamma: 0.5 }] {
            let expected = general(&time, &event, &codes, 2, weight);
            let times = [WholeColumn::Float(&float), WholeColumn::Int64(&time), WholeColumn::Int32(&short)];
            for column in times {
                let found = logrank_whole_days(column, WholeColumn::Int8(&event), WholeColumn::Int64(&group), weight);
                assert_eq!(found.unwrap(), Some((expected.clone(), vec![-1, 4])));
                let found = logrank_whole_days(column, WholeColumn::Bool(&flags), WholeColumn::UInt8(&arms), weight);
                assert_eq!(found.unwrap(), Some((expected.clone(), vec![0, 1])));
            }
        }
    }

    #[test]
    fn levels_that_come_late_are_found() {
        let (time, event, _) = columns(5000);
        let group: Vec<i64> = (0..5000).map(|i| 10 - 3 * i64::from(i > 4000)).collect();
        let codes: Vec<u32> = group.iter().map(|&g| u32::from(g == 10)).collect();
        let weight = LogRankWeight::PetoPeto;
        let found = logrank_whole_days(
            WholeColumn::Int64(&time),
            WholeColumn::Int8(&event),
            WholeColumn::Int64(&group),
            weight,
        );
        assert_eq!(found.unwrap(), Some((general(&time, &event, &codes, 2, weight), vec![7, 10])));
    }

    #[test]
    fn what_is_not_of_the_kind_is_left_to_the_general_test() {
        let (time, event, group) = columns(2000);
        let run = |time: &[i64], event: &[i8], group: &[i64]| {
            let columns = (WholeColumn::Int64(time), WholeColumn::Int8(event), WholeColumn::Int64(group));
            logrank_whole_days(columns.0, columns.1, columns.2, LogRankWeight::LogRank).unwrap()
        };
        assert!(run(&time, &event, &group).is_some());
        for (at, wrong) in [(0, -1), (1999, 65_536), (1500, i64::MIN), (7, i64::MAX)] {
            let mut other = time.clone();
            other[at] = wrong;
            assert_eq!(run(&other, &event, &group), None);
            let mut other = group.clone();
            other[at] = wrong.saturating_sub(40);
            assert_eq!(run(&time, &event, &other), None);
        }
        for wrong in [-1, 2] {
            let mut other = event.clone();
            other[1234] = wrong;
            assert_eq!(run(&time, &other, &group), None);
        }
        assert_eq!(run(&time, &event, &[1; 2000]), None);
        assert_eq!(run(&time[1..], &event, &group), None);
        let half = vec![0.5; 2000];
        let columns = (WholeColumn::Float(&half), WholeColumn::Int8(&event), WholeColumn::Int64(&group));
        assert_eq!(logrank_whole_days(columns.0, columns.1, columns.2, LogRankWeight::LogRank).unwrap(), None);
    }
}
