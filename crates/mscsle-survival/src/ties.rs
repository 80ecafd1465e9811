//! Times that are equal but for rounding: grouped once, before every estimator.
//!
//! Months computed as `day / 30.4375` and as `day / 365.25 * 12` differ in the last bits; taken at face value, subjects
//! with the same event day would fall into different risk sets. As in R's `aeqSurv`, the distinct finite times (entry and
//! exit together) are sorted, and a time joins the group before it when the gap is at most
//!
//! ```text
//! sqrt(eps) * max(1, mean |t|)        eps = 2^-52, the mean over the distinct times
//! ```
//!
//! Each group is represented by its earliest time.

use std::borrow::Cow;

use crate::SurvivalError;

/// What happens to times that differ by rounding only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum NearTies {
    /// They form one tie group (the rule of R's `timefix = TRUE`).
    #[default]
    Group,
    /// Only identical times are tied.
    Separate,
}

impl NearTies {
    /// `sqrt(eps)` of double precision, 2^-26.
    pub const TOLERANCE: f64 = 1.490_116_119_384_765_6e-8;

    /// The largest gap between neighbouring times of one tie group; 0 keeps distinct times apart.
    ///
    /// `sum` and `count` are the sum of absolute values and the number of the distinct times.
    #[must_use]
    pub fn largest_gap(self, sum: f64, count: usize) -> f64 {
        match self {
            Self::Separate => 0.0,
            Self::Group if count == 0 => Self::TOLERANCE,
            Self::Group => Self::TOLERANCE * (sum / count as f64).max(1.0),
        }
    }
}

/// Ascending times cut into tie groups: row `i` of the sorted order belongs to group `g` when
/// `offsets[g] <= i < offsets[g + 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct TieGroups {
    /// The earliest time of each group, strictly ascending.
    pub times: Vec<f64>,
    /// First sorted position of each group, then the number of rows.
    pub offsets: Vec<usize>,
}

impl TieGroups {
    /// Groups of ascending, finite times.
    ///
    /// # Examples
    /// ```
    /// use mscsle_survival::{NearTies, TieGroups};
    /// let months = [100.0 / 30.4375, 100.0 / 365.25 * 12.0, 4.0];
    /// let groups = TieGroups::of_sorted(&months, NearTies::Group);
    /// assert_eq!(groups.offsets, [0, 2, 3]);
    /// ```
    #[must_use]
    pub fn of_sorted(ascending: &[f64], near_ties: NearTies) -> Self {
        let gap = largest_gap_of_sorted(ascending, near_ties);
        let mut times = Vec::new();
        let mut offsets = Vec::new();
        let mut previous = f64::NEG_INFINITY;
        for (position, &time) in ascending.iter().enumerate() {
            if time > previous && time - previous > gap {
                times.push(time);
                offsets.push(position);
            }
            previous = time;
        }
        offsets.push(ascending.len());
        Self { times, offsets }
    }

    /// Number of groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are no times.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }
}

/// The largest gap inside a tie group of ascending finite times.
#[must_use]
pub fn largest_gap_of_sorted(ascending: &[f64], near_ties: NearTies) -> f64 {
    if near_ties == NearTies::Separate {
        return 0.0;
    }
    let mut sum = 0.0;
    let mut count = 0_usize;
    let mut previous = f64::NAN;
    for &time in ascending {
        if time != previous {
            sum += time.abs();
            count += 1;
            previous = time;
        }
    }
    near_ties.largest_gap(sum, count)
}

/// Entry and exit times in which near ties have become identical.
#[derive(Debug, Clone, PartialEq)]
pub struct CanonicalTimes<'a> {
    /// Exit times.
    pub time: Cow<'a, [f64]>,
    /// Entry times, if there were any.
    pub entry: Option<Cow<'a, [f64]>>,
}

/// Replaces each time by the earliest time of its tie group; entry and exit times are grouped together.
///
/// Borrows when nothing has to change.
///
/// # Errors
/// [`SurvivalError::EntryTiedWithTime`] if an interval loses its length.
pub fn canonical_times<'a>(
    time: &'a [f64],
    entry: Option<&'a [f64]>,
    near_ties: NearTies,
) -> Result<CanonicalTimes<'a>, SurvivalError> {
    let unchanged = CanonicalTimes { time: Cow::Borrowed(time), entry: entry.map(Cow::Borrowed) };
    if near_ties == NearTies::Separate {
        return Ok(unchanged);
    }
    let mut distinct = Vec::with_capacity(time.len() + entry.map_or(0, <[f64]>::len));
    distinct.extend_from_slice(time);
    distinct.extend_from_slice(entry.unwrap_or_default());
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let groups = TieGroups::of_sorted(&distinct, near_ties);
    if groups.len() == distinct.len() {
        return Ok(unchanged);
    }
    let canonical = |values: &[f64]| -> Vec<f64> {
        values
            .iter()
            .map(|&value| {
                let after = groups.times.partition_point(|&start| start <= value);
                groups.times[after.saturating_sub(1)]
            })
            .collect()
    };
    let new_time = canonical(time);
    let new_entry = entry.map(canonical);
    if let (Some(entry), Some(new_entry)) = (entry, &new_entry) {
        for row in 0..time.len().min(entry.len()) {
            if new_entry[row] >= new_time[row] && entry[row] < time[row] {
                return Err(SurvivalError::EntryTiedWithTime { row, entry: entry[row], time: time[row] });
            }
        }
    }
    Ok(CanonicalTimes { time: Cow::Owned(new_time), entry: new_entry.map(Cow::Owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_computed_in_two_ways_are_tied() {
        for day in 0..2000 {
            let day = f64::from(day);
            let mut months = [day / 30.4375, day / 365.25 * 12.0, (day + 1.0) / 30.4375];
            months.sort_unstable_by(f64::total_cmp);
            assert_eq!(TieGroups::of_sorted(&months, NearTies::Group).len(), 2, "day {day}");
        }
    }

    #[test]
    fn a_gap_of_the_tolerance_joins_and_a_wider_one_does_not() {
        let tolerance = NearTies::TOLERANCE;
        assert_eq!(TieGroups::of_sorted(&[0.0, tolerance, 1.0], NearTies::Group).offsets, [0, 2, 3]);
        assert_eq!(TieGroups::of_sorted(&[0.0, 1.01 * tolerance, 1.0], NearTies::Group).offsets, [0, 1, 2, 3]);
        assert_eq!(TieGroups::of_sorted(&[0.0, tolerance, 1.0], NearTies::Separate).offsets, [0, 1, 2, 3]);
    }

    #[test]
    fn the_tolerance_is_relative_to_the_mean_of_distinct_times() {
        // mean of the distinct times is 1e6 + 0.005; the repeated value does not weigh more
        let ascending = [1e6, 1e6, 1e6, 1e6 + 0.01];
        assert_eq!(TieGroups::of_sorted(&ascending, NearTies::Group).times, [1e6]);
    }

    #[test]
    fn a_chain_of_near_ties_is_one_group_with_the_earliest_time() {
        let step = 0.9 * NearTies::TOLERANCE;
        let ascending: Vec<f64> = (0..50).map(|i| f64::from(i) * step).collect();
        assert_eq!(TieGroups::of_sorted(&ascending, NearTies::Group).times, [0.0]);
    }

    #[test]
    fn entry_and_exit_are_grouped_together() {
        let canonical = canonical_times(&[3.0, 5.0], Some(&[0.0, 3.0 + 1e-9]), NearTies::Group).unwrap();
        assert_eq!(canonical.entry.as_deref(), Some(&[0.0, 3.0][..]));
        let error = canonical_times(&[3.0 + 1e-9], Some(&[3.0]), NearTies::Group).unwrap_err();
        assert!(matches!(error, SurvivalError::EntryTiedWithTime { row: 0, .. }));
    }

    #[test]
    fn times_without_near_ties_are_borrowed() {
        let canonical = canonical_times(&[1.0, 2.0, 2.0], None, NearTies::Group).unwrap();
        assert!(matches!(canonical.time, Cow::Borrowed(_)));
    }

    #[test]
    fn no_times_are_no_groups() {
        let groups = TieGroups::of_sorted(&[], NearTies::Group);
        assert!(groups.is_empty());
        assert_eq!(groups.offsets, [0]);
    }
}
