//! The nonparametric maximum-likelihood estimate of survival from interval-censored times.

mod bootstrap;
mod climb;
mod regions;

use crate::{NearTies, SurvivalError};
pub use bootstrap::{TurnbullBootstrap, turnbull_bootstrap};
use climb::Problem;
use regions::regions;

/// Options of [`turnbull`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TurnbullOptions<'a> {
    /// Case weights >= 0; a row of weight k counts as k rows.
    pub weights: Option<&'a [f64]>,
    /// Rounds at most.
    pub max_iterations: usize,
    /// The climb ends when the log-likelihood is proved to lie within this times the number of rows below its maximum.
    pub tolerance: f64,
    /// Whether end points that are equal but for rounding are one.
    pub near_ties: NearTies,
}

impl Default for TurnbullOptions<'_> {
    fn default() -> Self {
        Self { weights: None, max_iterations: 10_000, tolerance: 1e-10, near_ties: NearTies::Group }
    }
}

/// Survival from interval-censored times: mass on the regions where the likelihood can put it.
#[derive(Debug, Clone, PartialEq)]
pub struct Turnbull {
    /// Left end of each region with mass, open unless it equals `right`.
    pub left: Vec<f64>,
    /// Right end of each region, closed; infinite for what is beyond the last finite end point.
    pub right: Vec<f64>,
    /// Probability that the event lies in the region.
    pub mass: Vec<f64>,
    /// Survival behind each region (at `right` and up to the next `left`).
    pub survival: Vec<f64>,
    /// Sum of the weights.
    pub n: f64,
    /// Rows (weight) that are exact, left-censored, in a finite interval, right-censored.
    pub kinds: [f64; 4],
    /// Log-likelihood at the estimate.
    pub log_likelihood: f64,
    /// Largest violation of the Karush-Kuhn-Tucker conditions; times `n` it bounds what the log-likelihood lies below its
    /// maximum.
    pub gap: f64,
    /// Rounds used.
    pub iterations: usize,
    /// Whether `gap` fell below the tolerance.
    pub converged: bool,
}

impl Turnbull {
    /// The least and the greatest survival at a time that the estimate allows: they differ inside a region.
    #[must_use]
    pub fn bounds(&self, time: f64) -> (f64, f64) {
        let mut upper = 1.0;
        for j in 0..self.left.len() {
            if time >= self.right[j] {
                upper = self.survival[j];
            } else if time > self.left[j] {
                return (self.survival[j], upper);
            } else {
                break;
            }
        }
        (upper, upper)
    }

    /// [`Turnbull::bounds`] at many times: least values, greatest values.
    #[must_use]
    pub fn bounds_at(&self, times: &[f64]) -> (Vec<f64>, Vec<f64>) {
        times.iter().map(|&time| self.bounds(time)).unzip()
    }

    /// [`Turnbull::quantile`] of many fractions: left ends, right ends; NaN where there is none.
    #[must_use]
    pub fn quantiles(&self, fractions: &[f64]) -> (Vec<f64>, Vec<f64>) {
        fractions.iter().map(|&p| self.quantile(p).unwrap_or((f64::NAN, f64::NAN))).unzip()
    }

    /// The region `(left, right]` by which a fraction `p` has had the event; none if `p` is more than what has, or lies
    /// beyond the last finite end point.
    ///
    /// Where survival equals `1 - p` between two regions, the quantile may lie anywhere from the end of the one to the start
    /// of the next.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<(f64, f64)> {
        let level = 1.0 - p;
        let j = self.survival.iter().position(|&s| s <= level + NearTies::TOLERANCE)?;
        if !self.right[j].is_finite() {
            return None;
        }
        if (self.survival[j] - level).abs() <= NearTies::TOLERANCE && j + 1 < self.left.len() {
            return Some((self.right[j], self.left[j + 1]));
        }
        Some((self.left[j], self.right[j]))
    }
}

/// Turnbull's estimate of survival from interval-censored times.
///
/// Row i had its event in `(lower_i, upper_i]`: `lower = upper` is an exact time, `lower = 0` left-censored (0 itself
/// excluded unless `upper` is 0 too), `upper` infinite right-censored. Only the regions between a `lower` and the next
/// `upper` can carry mass (Peto; Turnbull); the estimate says nothing about where inside a region the mass lies. The masses
/// themselves are unique: every region ends where some row ends, so the rows tell the regions apart one after the other.
///
/// ```text
/// maximise  sum_i w_i log sum_j a_ij p_j,   a_ij = 1 if region j lies in row i's interval
/// at the maximum  sum_i w_i a_ij / P_i <= sum_i w_i for every j, with equality where p_j > 0
/// ```
///
/// One round is a step of the iterative convex minorant with step halving and a step of EM (Wellner and Zhan), near the end
/// Newton's method over the regions with mass. It ends by the condition above, which bounds the distance to the maximum.
///
/// # Errors
/// Lengths that differ, NaN, negative end points, `lower > upper`, weights negative or all 0;
/// [`SurvivalError::NotEstimable`] if every row is right-censored.
///
/// # Examples
/// ```
/// use mscsle_survival::{TurnbullOptions, turnbull};
/// // two visits: before 1, between 1 and 2, after 2
/// let found = turnbull(&[0.0, 1.0, 1.0, 2.0], &[1.0, 2.0, 2.0, f64::INFINITY], &TurnbullOptions::default())?;
/// assert_eq!(found.survival.iter().map(|s| (s * 1e9).round() / 1e9).collect::<Vec<_>>(), [0.75, 0.25, 0.0]);
/// assert_eq!(found.quantile(0.5), Some((1.0, 2.0)));
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Peto R (1973) J R Stat Soc C 22:86, doi:10.2307/2346307. Turnbull BW (1976) J R Stat Soc B 38:290,
/// doi:10.1111/j.2517-6161.1976.tb01597.x. Wellner JA, Zhan Y (1997) J Am Stat Assoc 92:945,
/// doi:10.1080/01621459.1997.10474049. Gentleman R, Geyer CJ (1994) Biometrika 81:618, doi:10.1093/biomet/81.3.618.
pub fn turnbull(lower: &[f64], upper: &[f64], options: &TurnbullOptions<'_>) -> Result<Turnbull, SurvivalError> {
    let n = lower.len();
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    if upper.len() != n {
        return Err(SurvivalError::UnequalLength { argument: "upper", expected: n, found: upper.len() });
    }
    if let Some(weights) = options.weights {
        crate::check::weights(weights, n)?;
    }
    if options.max_iterations == 0 {
        return Err(SurvivalError::InvalidOption { option: "max_iterations", expected: "at least 1", value: 0.0 });
    }
    if !(options.tolerance > 0.0 && options.tolerance < 1.0) {
        let value = options.tolerance;
        return Err(SurvivalError::InvalidOption { option: "tolerance", expected: "between 0 and 1", value });
    }
    let (lower, upper) = crate::intervals::canonical(lower, upper, options.near_ties)?;
    let weight = |i: usize| options.weights.map_or(1.0, |w| w[i]);
    let rows: Vec<usize> = (0..n).filter(|&i| weight(i) > 0.0).collect();
    let total: f64 = rows.iter().map(|&i| weight(i)).sum();
    let mut kinds = [0.0; 4];
    for &i in &rows {
        kinds[crate::intervals::kind(lower[i], upper[i])] += weight(i);
    }
    if kinds[3] == total {
        return Err(SurvivalError::NotEstimable {
            quantity: "survival from intervals",
            reason: "every row is right-censored: there is no event".to_owned(),
        });
    }
    let found = regions(&lower, &upper, &rows);
    let problem = Problem::new(&found, rows.iter().map(|&i| weight(i)));
    let end = problem.climb(options.max_iterations, options.tolerance);
    let mut result = Turnbull {
        left: Vec::new(),
        right: Vec::new(),
        mass: Vec::new(),
        survival: Vec::new(),
        n: total,
        kinds,
        log_likelihood: end.log_likelihood,
        gap: end.gap,
        iterations: end.iterations,
        converged: end.converged,
    };
    let mut gone = 0.0;
    let support: Vec<usize> = (0..end.mass.len()).filter(|&j| end.mass[j] > 0.0).collect();
    for (place, &j) in support.iter().enumerate() {
        gone += end.mass[j];
        result.left.push(found.left[j]);
        result.right.push(found.right[j]);
        result.mass.push(end.mass[j]);
        result.survival.push(if place + 1 == support.len() { 0.0 } else { (1.0 - gone).max(0.0) });
    }
    Ok(result)
}

#[cfg(test)]
mod tests;
