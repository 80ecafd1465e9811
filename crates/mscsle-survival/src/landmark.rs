//! Landmark analysis: who is still at risk at a time, with time counted anew from there.

use crate::{NearTies, SurvivalError, check, largest_gap_of_sorted};

/// Why a subject takes no part in a landmark analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LandmarkStatus {
    /// At risk after the landmark.
    Kept,
    /// Had the event by the landmark.
    Event,
    /// Was censored by the landmark.
    Censored,
}

/// Rows at risk after a landmark, re-based.
#[derive(Debug, Clone, PartialEq)]
pub struct LandmarkRows {
    /// What became of each row of the input.
    pub status: Vec<LandmarkStatus>,
    /// Rows kept.
    pub rows: Vec<usize>,
    /// Time since the landmark of each row kept, > 0.
    pub time: Vec<f64>,
    /// Entry since the landmark of each row kept (0: at risk from the landmark on), if there was delayed entry.
    pub entry: Option<Vec<f64>>,
}

/// The rows with `time > landmark`, time counted from the landmark; times equal to it but for rounding are at it.
///
/// A subject whose follow-up ends at the landmark is not at risk after it, as everywhere (risk sets are (entry, time]).
///
/// # Errors
/// As [`crate::kaplan_meier`]; [`SurvivalError::InvalidOption`] unless the landmark is >= 0 and finite;
/// [`SurvivalError::NotEstimable`] when nobody is at risk after it.
///
/// # Examples
/// ```
/// use mscsle_survival::{NearTies, landmark_rows};
/// let left = landmark_rows(&[2.0, 6.0, 9.0, 12.0], &[true, false, true, false], None, 6.0, NearTies::Group)?;
/// assert_eq!((left.rows, left.time), (vec![2, 3], vec![3.0, 6.0]));
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Anderson, Cain, Gelber. J Clin Oncol 1983;1:710. doi:10.1200/JCO.1983.1.11.710
pub fn landmark_rows(
    time: &[f64],
    event: &[bool],
    entry: Option<&[f64]>,
    landmark: f64,
    near_ties: NearTies,
) -> Result<LandmarkRows, SurvivalError> {
    check::length("event", time.len(), event.len())?;
    check::times("time", time)?;
    if let Some(entry) = entry {
        check::entries(entry, time)?;
    }
    if !(landmark >= 0.0 && landmark.is_finite()) {
        let (option, expected) = ("landmark", ">= 0 and finite");
        return Err(SurvivalError::InvalidOption { option, expected, value: landmark });
    }
    let mut sorted = time.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let gap = largest_gap_of_sorted(&sorted, near_ties);
    let mut found = LandmarkRows {
        status: Vec::with_capacity(time.len()),
        rows: Vec::new(),
        time: Vec::new(),
        entry: entry.map(|_| Vec::new()),
    };
    for (row, (&end, &event)) in time.iter().zip(event).enumerate() {
        if end > landmark + gap {
            found.status.push(LandmarkStatus::Kept);
            found.rows.push(row);
            found.time.push(end - landmark);
            if let (Some(entries), Some(entry)) = (&mut found.entry, entry) {
                let late = entry[row] - landmark;
                entries.push(if late > gap { late } else { 0.0 });
            }
        } else {
            found.status.push(if event { LandmarkStatus::Event } else { LandmarkStatus::Censored });
        }
    }
    if found.rows.is_empty() {
        return Err(SurvivalError::NotEstimable {
            quantity: "the landmark analysis",
            reason: format!("nobody is at risk after {landmark}; use an earlier landmark"),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_kept_or_counted_with_a_reason() {
        let event = [true, false, true, false, true];
        let left = landmark_rows(&[2.0, 3.0, 6.0, 6.5, 9.0], &event, None, 6.0, NearTies::Group).unwrap();
        use LandmarkStatus::{Censored, Event, Kept};
        assert_eq!(left.status, [Event, Censored, Event, Kept, Kept]);
    }

    #[test]
    fn a_time_equal_to_the_landmark_but_for_rounding_is_at_it() {
        let months = [183.0 / 30.4375, 183.0 / 365.25 * 12.0, 12.0];
        for landmark in [months[0], months[1]] {
            let left = landmark_rows(&months, &[true; 3], None, landmark, NearTies::Group).unwrap();
            assert_eq!(left.rows, [2]);
        }
    }

    #[test]
    fn entries_before_the_landmark_become_zero() {
        let left = landmark_rows(&[5.0, 9.0], &[true; 2], Some(&[1.0, 4.0]), 3.0, NearTies::Group).unwrap();
        assert_eq!(left.entry, Some(vec![0.0, 1.0]));
    }

    #[test]
    fn nobody_left_is_not_estimable() {
        let error = landmark_rows(&[5.0], &[true], None, 5.0, NearTies::Group).unwrap_err();
        assert!(error.to_string().contains("nobody is at risk after 5"));
        assert!(landmark_rows(&[5.0], &[true], None, -1.0, NearTies::Group).is_err());
    }
}
