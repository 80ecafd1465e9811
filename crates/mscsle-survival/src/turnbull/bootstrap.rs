//! Percentile limits by resampling rows.

use rayon::prelude::*;

use super::{TurnbullOptions, turnbull};
use crate::SurvivalError;
use crate::philox::Philox;

/// Percentile limits of survival at given times.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnbullBootstrap {
    /// Times asked for.
    pub time: Vec<f64>,
    /// Quantile of the least survival that each replicate allows.
    pub lower: Vec<f64>,
    /// Quantile of the greatest survival that each replicate allows.
    pub upper: Vec<f64>,
    /// Replicates with an event.
    pub replicates: usize,
}

/// Percentile limits of survival at given times from resampled rows.
///
/// Where a replicate leaves survival undetermined (inside a region), its least value counts for the lower and its greatest
/// for the upper limit. The bootstrap of this estimate is not known to be consistent (its rate is not the root of n unless
/// times are exact or take few values), so the limits are rough.
///
/// # Errors
/// As [`turnbull`]; weights are refused, an invalid level or no replicates are [`SurvivalError::InvalidOption`].
///
/// # Examples
/// ```
/// use mscsle_survival::{TurnbullOptions, turnbull_bootstrap};
/// let (lower, upper) = ([0.0, 1.0, 1.0, 2.0], [1.0, 2.0, 2.0, f64::INFINITY]);
/// let limits = turnbull_bootstrap(&lower, &upper, &TurnbullOptions::default(), &[1.0], 200, 1, 0.95)?;
/// assert!(limits.lower[0] < 0.75 && limits.upper[0] == 1.0);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Sen B, Xu G (2015) Comput Stat Data Anal 81:121, doi:10.1016/j.csda.2014.07.007.
pub fn turnbull_bootstrap(
    lower: &[f64],
    upper: &[f64],
    options: &TurnbullOptions<'_>,
    times: &[f64],
    replicates: usize,
    seed: u64,
    level: f64,
) -> Result<TurnbullBootstrap, SurvivalError> {
    if options.weights.is_some() {
        return Err(SurvivalError::Incompatible {
            first: "conf_type = bootstrap",
            second: "weights",
            reason: "rows are resampled one by one; repeat them",
        });
    }
    if replicates == 0 {
        return Err(SurvivalError::InvalidOption { option: "replicates", expected: "at least 1", value: 0.0 });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(SurvivalError::InvalidOption { option: "conf_level", expected: "between 0 and 1", value: level });
    }
    turnbull(lower, upper, options)?;
    let n = lower.len();
    let limit = u32::try_from(n).map_err(|_| SurvivalError::InvalidOption {
        option: "rows",
        expected: "fewer than 2^32",
        value: n as f64,
    })?;
    let found: Vec<Option<Vec<(f64, f64)>>> = (0..replicates as u64)
        .into_par_iter()
        .map(|replicate| {
            let mut random = Philox::new(seed, replicate);
            let mut weights = vec![0.0; n];
            for _ in 0..n {
                weights[random.below(limit) as usize] += 1.0;
            }
            let options =
                TurnbullOptions { weights: Some(&weights), tolerance: options.tolerance.max(1e-7), ..*options };
            // a replicate of right-censored rows only has survival 1 throughout
            match turnbull(lower, upper, &options) {
                Ok(curve) => Some(times.iter().map(|&t| curve.bounds(t)).collect()),
                Err(SurvivalError::NotEstimable { .. }) => Some(vec![(1.0, 1.0); times.len()]),
                Err(_) => None,
            }
        })
        .collect();
    let found: Vec<Vec<(f64, f64)>> = found.into_iter().flatten().collect();
    let tail = 0.5 * (1.0 - level);
    let at = |mut values: Vec<f64>, p: f64| {
        values.sort_unstable_by(f64::total_cmp);
        // Hyndman and Fan's type 7
        let place = p * (values.len() - 1) as f64;
        let below = place.floor() as usize;
        let above = (below + 1).min(values.len() - 1);
        values[below] + (place - below as f64) * (values[above] - values[below])
    };
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for k in 0..times.len() {
        low.push(at(found.iter().map(|r| r[k].0).collect(), tail));
        high.push(at(found.iter().map(|r| r[k].1).collect(), 1.0 - tail));
    }
    Ok(TurnbullBootstrap { time: times.to_vec(), lower: low, upper: high, replicates: found.len() })
}
