//! Questions to a log-rank test of several groups: a trend over them, and each pair.

use mscsle_distributions::normal;

use crate::{LogRank, LogRankOptions, NearTies, SurvivalError, canonical_times, check, logrank};

/// The result of [`LogRank::trend`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogRankTrend {
    /// Standardised statistic; positive: the hazard rises with the scores.
    pub z: f64,
    /// Two-sided p-value, normal.
    pub p_value: f64,
    /// Sum of scores times (observed less expected).
    pub score: f64,
    /// Its variance.
    pub variance: f64,
}

impl LogRank {
    /// The test of a trend of the hazard over the groups, with the full covariance of their scores:
    ///
    /// ```text
    /// Z = sum of a_g U_g / sqrt(a' V a)          U, V as in the log-rank test, a the scores of the groups
    /// ```
    ///
    /// # Errors
    /// A number of scores other than groups; [`SurvivalError::NotEstimable`] without variance (equal scores).
    ///
    /// # Examples
    /// ```
    /// use mscsle_survival::{LogRankOptions, logrank};
    /// let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    /// let test = logrank(&time, &[true; 6], &[2, 2, 1, 1, 0, 0], 3, &LogRankOptions::default())?;
    /// let trend = test.trend(&[0.0, 1.0, 2.0])?;
    /// assert!(trend.z > 0.0 && trend.z * trend.z <= test.statistic);
    /// # Ok::<(), mscsle_survival::SurvivalError>(())
    /// ```
    ///
    /// # References
    /// Tarone. Biometrika 1975;62:679. doi:10.1093/biomet/62.3.679. Klein, Moeschberger. Survival Analysis, 2003, section 7.4.
    pub fn trend(&self, scores: &[f64]) -> Result<LogRankTrend, SurvivalError> {
        let k = self.score.len();
        check::length("scores", k, scores.len())?;
        if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
            return Err(SurvivalError::NotFinite { argument: "scores", row, value: scores[row] });
        }
        // scores centred, so that a shift of them cannot cost digits
        let centre = scores.iter().sum::<f64>() / k as f64;
        let centred: Vec<f64> = scores.iter().map(|score| score - centre).collect();
        let score: f64 = centred.iter().zip(&self.score).map(|(a, u)| a * u).sum();
        let (mut variance, mut scale) = (0.0, 0.0);
        for g in 0..k {
            scale += centred[g] * centred[g] * self.variance[g * k + g];
            for h in 0..k {
                variance += centred[g] * centred[h] * self.variance[g * k + h];
            }
        }
        if variance <= 1e-12 * scale {
            return Err(SurvivalError::NotEstimable {
                quantity: "the trend",
                reason: "the groups that expect events all have the same score".to_owned(),
            });
        }
        let z = score / variance.sqrt();
        Ok(LogRankTrend { z, p_value: 2.0 * normal::sf(z.abs()), score, variance })
    }
}

/// Two groups compared.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRankPair {
    /// The groups.
    pub groups: (u32, u32),
    /// Their test, or why there is none.
    pub test: Result<LogRank, SurvivalError>,
}

/// The log-rank test of every pair of groups, each on the rows of the pair alone.
///
/// Near ties are grouped over all rows once. A pair that is not estimable says so and does not stop the others.
///
/// # Errors
/// As [`crate::logrank`].
pub fn logrank_pairs(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    n_groups: usize,
    options: &LogRankOptions<'_>,
) -> Result<Vec<LogRankPair>, SurvivalError> {
    // all rows are checked by the test of all groups; that it may not be estimable is no error of a pair
    match logrank(time, event, group, n_groups, options) {
        Ok(_) | Err(SurvivalError::NotEstimable { .. }) => {}
        Err(error) => return Err(error),
    }
    let canonical = canonical_times(time, options.entry, options.near_ties)?;
    let mut pairs = Vec::new();
    for first in 0..n_groups as u32 {
        for second in first + 1..n_groups as u32 {
            let rows: Vec<usize> = (0..time.len()).filter(|&row| group[row] == first || group[row] == second).collect();
            let pick = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
            let times = pick(&canonical.time);
            let entries = canonical.entry.as_deref().map(pick);
            let events: Vec<bool> = rows.iter().map(|&row| event[row]).collect();
            let codes: Vec<u32> = rows.iter().map(|&row| u32::from(group[row] == second)).collect();
            let strata: Option<Vec<u32>> =
                options.strata.map(|(strata, _)| rows.iter().map(|&row| strata[row]).collect());
            let weights = options.weights.map(pick);
            let own = LogRankOptions {
                weight: options.weight,
                strata: strata.as_deref().zip(options.strata.map(|(_, n)| n)),
                entry: entries.as_deref(),
                near_ties: NearTies::Separate,
                weights: weights.as_deref(),
            };
            pairs.push(LogRankPair { groups: (first, second), test: logrank(&times, &events, &codes, 2, &own) });
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> (Vec<f64>, Vec<bool>, Vec<u32>) {
        let time = (0..60).map(|i| f64::from((i * 37) % 61)).collect();
        let event = (0..60).map(|i| i % 4 > 0).collect();
        (time, event, (0..60).map(|i| i % 3).collect())
    }

    #[test]
    fn the_trend_over_two_groups_is_the_log_rank_test() {
        let (time, event, group) = rows();
        let two: Vec<u32> = group.iter().map(|&g| g.min(1)).collect();
        let test = logrank(&time, &event, &two, 2, &LogRankOptions::default()).unwrap();
        let trend = test.trend(&[3.0, 7.0]).unwrap();
        assert!((trend.z * trend.z - test.statistic).abs() < 1e-12);
    }

    #[test]
    fn shifted_and_scaled_scores_give_the_same_trend() {
        let (time, event, group) = rows();
        let test = logrank(&time, &event, &group, 3, &LogRankOptions::default()).unwrap();
        let (a, b) = (test.trend(&[0.0, 1.0, 2.0]).unwrap(), test.trend(&[1e6, 1e6 + 10.0, 1e6 + 20.0]).unwrap());
        assert!((a.z - b.z).abs() < 1e-12);
        assert!((test.trend(&[2.0, 1.0, 0.0]).unwrap().z + a.z).abs() < 1e-12);
        assert!(test.trend(&[1.0, 1.0, 1.0]).is_err() && test.trend(&[1.0, 2.0]).is_err());
    }

    #[test]
    fn a_pair_is_the_test_of_its_rows() {
        let (time, event, group) = rows();
        let pairs = logrank_pairs(&time, &event, &group, 3, &LogRankOptions::default()).unwrap();
        assert_eq!(pairs.iter().map(|pair| pair.groups).collect::<Vec<_>>(), [(0, 1), (0, 2), (1, 2)]);
        let rows: Vec<usize> = (0..60).filter(|&row| group[row] > 0).collect();
        let time: Vec<f64> = rows.iter().map(|&row| time[row]).collect();
        let event: Vec<bool> = rows.iter().map(|&row| event[row]).collect();
        let codes: Vec<u32> = rows.iter().map(|&row| group[row] - 1).collect();
        let own = logrank(&time, &event, &codes, 2, &LogRankOptions::default()).unwrap();
        assert_eq!(pairs[2].test.as_ref().unwrap(), &own);
    }

    #[test]
    fn a_pair_without_events_says_so() {
        let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let event = [true, true, false, false, false, false];
        let pairs = logrank_pairs(&time, &event, &[0, 0, 1, 1, 2, 2], 3, &LogRankOptions::default()).unwrap();
        assert!(pairs[0].test.is_ok());
        assert!(pairs[2].test.as_ref().unwrap_err().to_string().contains("no events"));
    }
}
