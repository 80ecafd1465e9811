//! What estimators from interval-censored times share: checks and tied end points.

use crate::{NearTies, SurvivalError, TieGroups};

/// 0 exact, 1 left-censored, 2 finite interval, 3 right-censored.
pub(crate) fn kind(lower: f64, upper: f64) -> usize {
    if upper == f64::INFINITY {
        3
    } else if lower == upper {
        0
    } else if lower == 0.0 {
        1
    } else {
        2
    }
}

/// Checked end points, those equal but for rounding made one.
pub(crate) fn canonical(
    lower: &[f64],
    upper: &[f64],
    near_ties: NearTies,
) -> Result<(Vec<f64>, Vec<f64>), SurvivalError> {
    crate::check::times("lower", lower)?;
    let finite: Vec<f64> = upper.iter().map(|&u| if u == f64::INFINITY { 1.0 } else { u }).collect();
    crate::check::times("upper", &finite)?;
    if let Some(row) = (0..lower.len()).find(|&i| lower[i] > upper[i]) {
        return Err(SurvivalError::IntervalReversed { row, lower: lower[row], upper: upper[row] });
    }
    let mut points: Vec<f64> = lower.iter().chain(upper).copied().filter(|t| t.is_finite()).collect();
    points.sort_unstable_by(f64::total_cmp);
    let groups = TieGroups::of_sorted(&points, near_ties);
    let first = |time: f64| {
        if time.is_finite() {
            groups.times[groups.times.partition_point(|&t| t <= time).saturating_sub(1)]
        } else {
            time
        }
    };
    Ok((lower.iter().map(|&t| first(t)).collect(), upper.iter().map(|&t| first(t)).collect()))
}
