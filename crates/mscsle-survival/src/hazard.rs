//! The cumulative hazard: Nelson-Aalen and Fleming-Harrington.

use crate::jackknife::{JackknifeOf, JackknifeRows, robust_variance};
use crate::kaplan_meier::{KaplanMeierOptions, VarianceType, Weights, kaplan_meier_by};
use crate::{KaplanMeier, SurvivalError, check};

/// How tied events add to the cumulative hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum HazardEstimator {
    /// All tied events at once: `d / n`.
    #[default]
    NelsonAalen,
    /// Tied events one after the other: `1/n + 1/(n-1) + ... + 1/(n-d+1)`.
    FlemingHarrington,
}

impl HazardEstimator {
    /// The estimator of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "nelson-aalen" => Ok(Self::NelsonAalen),
            "fleming-harrington" => Ok(Self::FlemingHarrington),
            _ => Err(SurvivalError::UnknownWord {
                option: "estimator",
                known: "`nelson-aalen` or `fleming-harrington`",
                value: word.to_owned(),
            }),
        }
    }

    /// The word for this estimator in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NelsonAalen => "Nelson-Aalen",
            Self::FlemingHarrington => "Fleming-Harrington",
        }
    }

    /// What `d` events among `n` at risk add to the hazard and to its variance.
    fn step(self, n: f64, d: f64) -> (f64, f64) {
        match self {
            Self::NelsonAalen => (d / n, d / (n * n)),
            Self::FlemingHarrington => {
                let (mut hazard, mut variance) = (0.0, 0.0);
                for k in 0..d as u64 {
                    let left = n - k as f64;
                    hazard += 1.0 / left;
                    variance += 1.0 / (left * left);
                }
                (hazard, variance)
            }
        }
    }
}

/// A cumulative hazard on the steps of a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct CumulativeHazard {
    /// Times, numbers at risk, events; its S is the product-limit estimate of the same data.
    pub curve: KaplanMeier,
    /// H(t) at each time; `exp(-H)` estimates S.
    pub hazard: Vec<f64>,
    /// Variance of H(t).
    pub hazard_variance: Vec<f64>,
    /// How ties were handled.
    pub estimator: HazardEstimator,
}

/// The cumulative hazard of each group; near ties are grouped over all rows together.
///
/// ```text
/// Nelson-Aalen         H(t) = sum of d_j / n_j                      var = sum of d_j / n_j^2
/// Fleming-Harrington   H(t) = sum of 1/n_j + ... + 1/(n_j-d_j+1)    var = sum of the squares of these terms
/// ```
///
/// With sampling weights or clusters the variance is the infinitesimal jackknife (Nelson-Aalen only).
///
/// # Errors
/// As [`crate::kaplan_meier_by`]; [`SurvivalError::Incompatible`] for Fleming-Harrington with sampling weights or clusters.
///
/// # Examples
/// ```
/// use mscsle_survival::{HazardEstimator, KaplanMeierOptions, cumulative_hazard_by};
/// let (time, event) = ([1.0, 1.0, 6.0, 6.0, 8.0, 9.0], [true, false, true, true, false, true]);
/// let options = KaplanMeierOptions::default();
/// let na = &cumulative_hazard_by(&time, &event, &[0; 6], 1, HazardEstimator::NelsonAalen, &options)?[0];
/// assert!((na.hazard[3] - (1.0 / 6.0 + 2.0 / 4.0 + 1.0)).abs() < 1e-15);
/// let fh = &cumulative_hazard_by(&time, &event, &[0; 6], 1, HazardEstimator::FlemingHarrington, &options)?[0];
/// assert!((fh.hazard[3] - (1.0 / 6.0 + 1.0 / 4.0 + 1.0 / 3.0 + 1.0)).abs() < 1e-15);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Nelson. J Qual Technol 1969;1:27. Aalen. Ann Stat 1978;6:701. doi:10.1214/aos/1176344247.
/// Fleming, Harrington. Commun Stat Theory Methods 1984;13:2469. doi:10.1080/03610928408828837
pub fn cumulative_hazard_by(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    n_groups: usize,
    estimator: HazardEstimator,
    options: &KaplanMeierOptions<'_>,
) -> Result<Vec<CumulativeHazard>, SurvivalError> {
    let sampling = matches!(options.weights, Weights::Sampling(_));
    if estimator == HazardEstimator::FlemingHarrington && (sampling || options.cluster.is_some()) {
        return Err(SurvivalError::Incompatible {
            first: "estimator=\"fleming-harrington\"",
            second: if sampling { "weight_kind=\"sampling\"" } else { "cluster" },
            reason: "tied events are taken one by one, which needs whole counts; use `nelson-aalen`",
        });
    }
    // the counts only: the variance is that of the hazard
    let plain = KaplanMeierOptions { cluster: None, ..*options };
    if let Some(cluster) = options.cluster {
        check::length("cluster", time.len(), cluster.len())?;
    }
    let curves = kaplan_meier_by(time, event, group, n_groups, &plain)?;
    let mut found = Vec::with_capacity(curves.len());
    for (code, mut curve) in curves.into_iter().enumerate() {
        let (mut h, mut v) = (0.0, 0.0);
        let mut hazard = Vec::with_capacity(curve.time.len());
        let mut hazard_variance = Vec::with_capacity(curve.time.len());
        for (&n, &d) in curve.n_risk.iter().zip(&curve.n_event) {
            if d > 0.0 {
                let (more, spread) = estimator.step(n, d);
                h += more;
                v += spread;
            }
            hazard.push(h);
            hazard_variance.push(v);
        }
        curve.variance = match (options.cluster, sampling) {
            (Some(_), _) => VarianceType::ClusteredJackknife,
            (None, true) => VarianceType::InfinitesimalJackknife,
            (None, false) => VarianceType::Poisson,
        };
        if curve.variance != VarianceType::Poisson {
            let rows = JackknifeRows {
                time,
                event,
                entry: options.entry,
                weights: options.weights.values(),
                cluster: options.cluster,
                group: Some((group, code as u32)),
            };
            hazard_variance = robust_variance(&rows, &curve, JackknifeOf::Hazard);
        }
        found.push(CumulativeHazard { curve, hazard, hazard_variance, estimator });
    }
    Ok(found)
}

/// Limits of a cumulative hazard: `H exp(-+ z se / H)` (log) or `H -+ z se` (plain, not below 0).
///
/// Before the first event both are 0.
///
/// # Errors
/// [`SurvivalError::UnknownWord`] for another scale; a level outside 0..1.
pub fn hazard_limits(
    hazard: &[f64],
    variance: &[f64],
    scale: &str,
    level: f64,
) -> Result<(Vec<f64>, Vec<f64>), SurvivalError> {
    let z = crate::Confidence { level, ..crate::Confidence::default() }.critical_value()?;
    if !["log", "plain"].contains(&scale) {
        return Err(SurvivalError::UnknownWord {
            option: "conf_type",
            known: "`log` or `plain` for a cumulative hazard",
            value: scale.to_owned(),
        });
    }
    Ok(hazard
        .iter()
        .zip(variance)
        .map(|(&h, &v)| {
            let reach = z * v.sqrt();
            if h == 0.0 {
                (0.0, 0.0)
            } else if scale == "log" {
                (h * (-reach / h).exp(), h * (reach / h).exp())
            } else {
                ((h - reach).max(0.0), h + reach)
            }
        })
        .unzip())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: [f64; 6] = [1.0, 1.0, 6.0, 6.0, 8.0, 9.0];
    const EVENT: [bool; 6] = [true, false, true, true, false, true];

    fn hazard(estimator: HazardEstimator, options: &KaplanMeierOptions<'_>) -> CumulativeHazard {
        cumulative_hazard_by(&TIME, &EVENT, &[0; 6], 1, estimator, options).unwrap().remove(0)
    }

    #[test]
    fn six_observations_by_hand() {
        let na = hazard(HazardEstimator::NelsonAalen, &KaplanMeierOptions::default());
        assert!((na.hazard_variance[1] - (1.0 / 36.0 + 2.0 / 16.0)).abs() < 1e-15);
        let fh = hazard(HazardEstimator::FlemingHarrington, &KaplanMeierOptions::default());
        assert!((fh.hazard_variance[1] - (1.0 / 36.0 + 1.0 / 16.0 + 1.0 / 9.0)).abs() < 1e-15);
    }

    #[test]
    fn fleming_harrington_does_not_depend_on_whether_ties_are_broken() {
        let broken = [1.0, 1.5, 6.0, 6.1, 8.0, 9.0];
        let apart = cumulative_hazard_by(
            &broken,
            &EVENT,
            &[0; 6],
            1,
            HazardEstimator::FlemingHarrington,
            &KaplanMeierOptions::default(),
        )
        .unwrap()
        .remove(0);
        let tied = hazard(HazardEstimator::FlemingHarrington, &KaplanMeierOptions::default());
        assert!((apart.hazard.last().unwrap() - tied.hazard.last().unwrap()).abs() < 1e-15);
    }

    #[test]
    fn frequency_weights_equal_repeated_rows() {
        let weights = [2.0, 1.0, 3.0, 1.0, 2.0, 1.0];
        let options = KaplanMeierOptions { weights: Weights::Frequency(&weights), ..KaplanMeierOptions::default() };
        let rows: Vec<usize> = (0..6).flat_map(|row| vec![row; weights[row] as usize]).collect();
        let time: Vec<f64> = rows.iter().map(|&row| TIME[row]).collect();
        let event: Vec<bool> = rows.iter().map(|&row| EVENT[row]).collect();
        for estimator in [HazardEstimator::NelsonAalen, HazardEstimator::FlemingHarrington] {
            let group = vec![0; time.len()];
            let repeated =
                cumulative_hazard_by(&time, &event, &group, 1, estimator, &KaplanMeierOptions::default()).unwrap();
            let weighted = hazard(estimator, &options);
            assert_eq!(weighted.hazard, repeated[0].hazard);
            assert_eq!(weighted.hazard_variance, repeated[0].hazard_variance);
        }
    }

    #[test]
    fn fleming_harrington_with_sampling_weights_is_refused() {
        let options = KaplanMeierOptions { weights: Weights::Sampling(&[0.5; 6]), ..KaplanMeierOptions::default() };
        let found =
            cumulative_hazard_by(&TIME, &EVENT, &[0; 6], 1, HazardEstimator::FlemingHarrington, &options).unwrap_err();
        assert!(found.to_string().contains("whole counts"));
    }

    #[test]
    fn limits_are_zero_before_the_first_event_and_not_negative() {
        let (lower, upper) = hazard_limits(&[0.0, 0.1], &[0.0, 0.04], "plain", 0.95).unwrap();
        assert_eq!((lower[0], upper[0], lower[1]), (0.0, 0.0, 0.0));
        assert!(hazard_limits(&[0.0], &[0.0], "logit", 0.95).is_err());
    }
}
