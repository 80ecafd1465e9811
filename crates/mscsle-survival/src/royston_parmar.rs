//! Flexible parametric models: restricted cubic splines of log time.

use ndarray::{Array2, ArrayView2};

use crate::cox::{CoxTest, TermStatus};
use crate::parametric::{
    Family, ParametricModel, ParametricNote, ParametricOptions, ParametricTerm, Shape, fit, ratio_test, spline,
    wald_term,
};
use crate::{SurvivalError, Weights};

/// Scale on which survival is a spline of log time and covariates add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SplineScale {
    /// Log cumulative hazard: coefficients are log hazard ratios; without interior knots the Weibull model.
    Hazard,
    /// Log cumulative odds: coefficients are log odds ratios; without interior knots the log-logistic model.
    Odds,
    /// Minus the normal quantile of survival; without interior knots the log-normal model.
    Normal,
}

impl SplineScale {
    /// The word used in results and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hazard => "hazard",
            Self::Odds => "odds",
            Self::Normal => "normal",
        }
    }

    /// The scale of this name.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(name: &str) -> Result<Self, SurvivalError> {
        [Self::Hazard, Self::Odds, Self::Normal].into_iter().find(|scale| scale.word() == name).ok_or_else(|| {
            SurvivalError::UnknownWord {
                option: "scale",
                known: "`hazard`, `odds` or `normal`",
                value: name.to_owned(),
            }
        })
    }
}

/// Where the knots lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SplineKnots<'a> {
    /// This many interior knots at equally spaced quantiles of the log event times, the boundary knots at their ends.
    Interior(usize),
    /// Log times, ascending, the boundary first and last.
    LogTimes(&'a [f64]),
}

/// A fitted spline model.
#[derive(Debug, Clone, PartialEq)]
pub struct RoystonParmarFit {
    /// Coefficients of the spline (`gamma0`, `gamma1` ...), then of the covariates.
    pub terms: Vec<ParametricTerm>,
    /// Covariance of the terms, robust if asked for; NaN where not estimated.
    pub covariance: Array2<f64>,
    /// Inverse information, if the covariance is robust.
    pub naive_covariance: Option<Array2<f64>>,
    /// Log times of the knots, the boundary first and last.
    pub knots: Vec<f64>,
    /// Scale.
    pub scale: SplineScale,
    /// Log-likelihood of the times.
    pub log_likelihood: f64,
    /// The same without covariates, with the same knots.
    pub log_likelihood_null: f64,
    /// Likelihood-ratio test of the covariates.
    pub likelihood_ratio: CoxTest,
    /// Rows (weight).
    pub n: f64,
    /// Rows (weight) that are exact, left-censored, in a finite interval, right-censored.
    pub kinds: [f64; 4],
    /// Whether the covariance is robust.
    pub robust: bool,
    /// Newton steps.
    pub iterations: usize,
    /// Whether the maximum was reached.
    pub converged: bool,
    /// What a reader must know.
    pub notes: Vec<ParametricNote>,
    /// From which survival and quantiles are predicted.
    pub model: ParametricModel,
}

/// Fits the model of Royston and Parmar by maximum likelihood.
///
/// ```text
/// g(S(t | x)) = gamma0 + gamma1 y + gamma2 v1(y) + ... + x b,   y = log t
/// v_j(y) = (y - k_j)^3_+ - l_j (y - k_min)^3_+ - (1 - l_j) (y - k_max)^3_+,   l_j = (k_max - k_j) / (k_max - k_min)
/// g(S) = log(-log S) (hazard), log((1 - S) / S) (odds), -Phi^-1(S) (normal)
/// ```
///
/// Knots by default at quantiles (Hyndman and Fan's type 7) of the log event times, as R's `flexsurvspline`; the time of an
/// event in an interval is taken at the middle of its ends on the log scale, left-censored ones at their upper end. Events
/// with frequency weights count that often. Rows, delayed entry, weights and clusters as in [`aft`](crate::aft).
///
/// # Errors
/// As [`aft`](crate::aft); [`SurvivalError::NotEstimable`] if the events have too few distinct times for the knots.
///
/// # Examples
/// ```
/// use mscsle_survival::{ParametricOptions, SplineKnots, SplineScale, royston_parmar};
/// use ndarray::Array2;
/// let time = [1.0, 2.0, 4.0, 5.0, 7.0, 9.0];
/// let x = Array2::zeros((6, 0));
/// let options = ParametricOptions::default();
/// let fit = royston_parmar(&time, &time, x.view(), SplineScale::Hazard, SplineKnots::Interior(1), &options)?;
/// assert_eq!(fit.terms.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["gamma0", "gamma1", "gamma2"]);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Royston P, Parmar MKB (2002) Stat Med 21:2175, doi:10.1002/sim.1203. Jackson C (2016) J Stat Softw 70(8),
/// doi:10.18637/jss.v070.i08.
pub fn royston_parmar(
    lower: &[f64],
    upper: &[f64],
    x: ArrayView2<'_, f64>,
    scale: SplineScale,
    knots: SplineKnots<'_>,
    options: &ParametricOptions<'_>,
) -> Result<RoystonParmarFit, SurvivalError> {
    crate::check::length("upper", lower.len(), upper.len())?;
    let knots = match knots {
        SplineKnots::Interior(count) => knots_of_events(lower, upper, options.weights, count)?,
        SplineKnots::LogTimes(given) => {
            if given.len() < 2 {
                let value = given.len() as f64;
                return Err(SurvivalError::InvalidOption { option: "knots", expected: "at least 2", value });
            }
            if let Some(pair) = given.windows(2).find(|pair| pair[0] >= pair[1] || !(pair[1] - pair[0]).is_finite()) {
                let value = pair[1];
                return Err(SurvivalError::InvalidOption { option: "knots", expected: "ascending", value });
            }
            given.to_vec()
        }
    };
    let family = match scale {
        SplineScale::Hazard => Family::ExtremeValue,
        SplineScale::Odds => Family::Logistic,
        SplineScale::Normal => Family::Normal,
    };
    let linear = fit(lower, upper, x, family, &Shape::Spline { knots: knots.clone() }, false, options)?;
    let (size, splines) = (linear.model.theta.len(), knots.len());
    let mut notes = linear.notes;
    if let Some((from, to)) = falling(&knots, &linear.model.theta) {
        notes.push(ParametricNote::Falling { from, to });
    }
    let mut status = vec![TermStatus::Estimated; splines];
    status.extend_from_slice(&linear.status);
    let masked = |matrix: &Array2<f64>| {
        Array2::from_shape_fn((size, size), |(a, b)| {
            let known = status[a] == TermStatus::Estimated && status[b] == TermStatus::Estimated;
            if known { matrix[[a, b]] } else { f64::NAN }
        })
    };
    let covariance = masked(&linear.model.covariance);
    let terms = (0..size)
        .map(|j| {
            let name = if j < splines { format!("gamma{j}") } else { linear.names[j - splines].clone() };
            wald_term(name, status[j], linear.model.theta[j], covariance[[j, j]], options.conf_level)
        })
        .collect();
    Ok(RoystonParmarFit {
        terms,
        naive_covariance: linear.robust.then(|| masked(&linear.naive)),
        covariance,
        knots,
        scale,
        log_likelihood: linear.log_likelihood,
        log_likelihood_null: linear.log_likelihood_null,
        likelihood_ratio: ratio_test(linear.log_likelihood_null, linear.log_likelihood, linear.df),
        n: linear.n,
        kinds: linear.kinds,
        robust: linear.robust,
        iterations: linear.iterations,
        converged: linear.converged,
        notes,
        model: linear.model,
    })
}

/// Steps between two knots at which the slope of a spline is looked at.
const SLOPES: u32 = 100;

/// The first and last time at which the spline of log time falls; beyond the boundary knots it is straight.
fn falling(knots: &[f64], theta: &[f64]) -> Option<(f64, f64)> {
    let slope = |y: f64| {
        let curved = (1..knots.len() - 1).map(|j| theta[j + 1] * spline(y, knots, j).1).sum::<f64>();
        theta[1] + curved
    };
    let places = knots.windows(2).flat_map(|pair| {
        (0..=SLOPES).map(move |step| pair[0] + (pair[1] - pair[0]) * f64::from(step) / f64::from(SLOPES))
    });
    let down: Vec<f64> = places.filter(|&y| slope(y) < 0.0).collect();
    Some((down.first()?.exp(), down.last()?.exp()))
}

/// Boundary and interior knots at quantiles of the log event times.
fn knots_of_events(
    lower: &[f64],
    upper: &[f64],
    weights: Weights<'_>,
    interior: usize,
) -> Result<Vec<f64>, SurvivalError> {
    let mut times = Vec::new();
    for (i, (&low, &high)) in lower.iter().zip(upper).enumerate() {
        let count = match weights {
            Weights::None => 1,
            Weights::Frequency(values) => values.get(i).map_or(0, |w| w.max(0.0) as usize),
            Weights::Sampling(values) => usize::from(values.get(i).is_some_and(|&w| w > 0.0)),
        };
        if high.is_finite() && high > 0.0 && low <= high {
            let y = if low > 0.0 { 0.5 * (low.ln() + high.ln()) } else { high.ln() };
            times.extend(std::iter::repeat_n(y, count));
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    let refuse = |reason: &str| SurvivalError::NotEstimable { quantity: "a spline model", reason: reason.to_owned() };
    let Some(last) = times.len().checked_sub(1) else {
        return Err(refuse("there is no event, so the knots have no place"));
    };
    let knots: Vec<f64> = (0..interior + 2)
        .map(|j| {
            let place = last as f64 * j as f64 / (interior + 1) as f64;
            let below = (place.floor() as usize).min(last);
            let above = (below + 1).min(last);
            times[below] + (place - below as f64) * (times[above] - times[below])
        })
        .collect();
    if knots.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(refuse("the events have too few distinct times for these knots; use fewer"));
    }
    Ok(knots)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{SplineKnots, SplineScale, royston_parmar};
    use crate::parametric::ParametricOptions;
    use crate::{AftFamily, SurvivalError, aft};

    const NEVER: f64 = f64::INFINITY;

    #[test]
    fn without_interior_knots_the_splines_are_the_accelerated_models() {
        let lower = [1.0, 3.0, 0.0, 2.0, 5.0, 6.0, 4.0, 8.0, 2.5, 0.7];
        let upper = [1.0, 3.0, 2.0, 5.0, NEVER, 6.0, 4.0, NEVER, 2.5, 0.7];
        let x = array![[0.0], [1.0], [0.0], [1.0], [1.0], [1.0], [0.0], [0.0], [1.0], [0.0]];
        let options = ParametricOptions::default();
        for (scale, family) in [
            (SplineScale::Hazard, AftFamily::Weibull),
            (SplineScale::Odds, AftFamily::LogLogistic),
            (SplineScale::Normal, AftFamily::LogNormal),
        ] {
            let spline =
                royston_parmar(&lower, &upper, x.view(), scale, SplineKnots::Interior(0), &options).expect("valid");
            let straight = aft(&lower, &upper, x.view(), family, &options).expect("valid");
            assert!((spline.log_likelihood - straight.log_likelihood).abs() < 1e-10);
            let slope = spline.terms[1].coefficient.expect("estimated");
            assert!((slope * straight.scale - 1.0).abs() < 1e-9);
            let b = spline.terms[2].coefficient.expect("estimated");
            assert!((b + straight.terms[1].coefficient.expect("estimated") * slope).abs() < 1e-9);
            let (a, b) = (
                spline.model.quantile(x.view(), &[0.2, 0.5], 0.95).expect("valid"),
                straight.model.quantile(x.view(), &[0.2, 0.5], 0.95).expect("valid"),
            );
            assert!((&a.estimate - &b.estimate).iter().all(|d| d.abs() < 1e-8));
            assert!((&a.lower - &b.lower).iter().all(|d| d.abs() < 1e-8));
        }
    }

    #[test]
    fn the_quantile_inverts_the_survival_inside_and_beyond_the_knots() {
        let time: Vec<f64> = (1..=40).map(|i| (f64::from(i) * 0.37).powf(1.3)).collect();
        let x = Array2::zeros((40, 0));
        let options = ParametricOptions::default();
        let fit = royston_parmar(&time, &time, x.view(), SplineScale::Odds, SplineKnots::Interior(2), &options)
            .expect("valid");
        let fractions = [0.001, 0.1, 0.5, 0.9, 0.9999];
        let one = Array2::zeros((1, 0));
        let times = fit.model.quantile(one.view(), &fractions, 0.95).expect("increasing").estimate;
        let times: Vec<f64> = times.iter().copied().collect();
        let survival = fit.model.survival(one.view(), &times, 0.95).expect("valid").survival;
        for (s, p) in survival.iter().zip(fractions) {
            assert!((s - (1.0 - p)).abs() < 1e-12);
        }
    }

    #[test]
    fn too_few_events_for_the_knots_are_refused() {
        let x = Array2::zeros((4, 0));
        let options = ParametricOptions::default();
        let found = royston_parmar(
            &[2.0, 2.0, 3.0, 4.0],
            &[2.0, 2.0, NEVER, NEVER],
            x.view(),
            SplineScale::Hazard,
            SplineKnots::Interior(1),
            &options,
        );
        assert!(
            matches!(found, Err(SurvivalError::NotEstimable { reason, .. }) if reason.contains("too few distinct"))
        );
    }
}
