//! Standardised survival: the mean of the predictions over a population in which everybody has the same level.

use mscsle_distributions::normal;
use ndarray::{Array2, ArrayView2};

use super::after::Refit;
use super::options::CoxOptions;
use super::residuals::EventMoments;
use crate::{IntervalType, SurvivalError, check, limits};

/// Survival standardised to a population, levels x times.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxStandardised {
    /// Times.
    pub time: Vec<f64>,
    /// Mean predicted survival.
    pub survival: Array2<f64>,
    /// Its standard error.
    pub standard_error: Array2<f64>,
    /// Lower limit.
    pub lower: Array2<f64>,
    /// Upper limit.
    pub upper: Array2<f64>,
    /// Survival less that of the first level.
    pub difference: Array2<f64>,
    /// Its standard error.
    pub difference_standard_error: Array2<f64>,
    /// Kind of the limits of survival.
    pub interval: IntervalType,
    /// What was computed, in words.
    pub method: &'static str,
}

/// For whom and when survival is standardised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Population<'a> {
    /// Stratum of each subject; needed when the model has strata.
    pub strata: Option<&'a [u32]>,
    /// Weights of the subjects; 1 without.
    pub weights: Option<&'a [f64]>,
    /// Times.
    pub times: &'a [f64],
    /// Kind of the limits.
    pub interval: IntervalType,
    /// Whether the subjects are a sample of the population: their variation then enters the standard errors. Otherwise
    /// they are the population.
    pub sampled: bool,
}

/// Survival standardised to the covariates of a population (the g-formula), one matrix of covariates a level.
///
/// ```text
/// S_l(t) = sum of w_i exp(-H(t | x_il)) / sum of w_i,     x_il row i of `settings[l]`
/// var    = g' V g + sum over strata of c^2 v + [sum of w_i^2 (S_il - S_l)^2 / (sum of w_i)^2]
/// ```
///
/// where g is the derivative of S_l by the coefficients (through the predictors and the baseline hazard), V their
/// covariance, c the derivative by the baseline hazard of a stratum and v the variance of that hazard at known
/// coefficients (delta method); the part in brackets only if the subjects are a sample.
///
/// # Errors
/// As [`cox_survival`](crate::cox_survival).
///
/// # References
/// Makuch RW (1982) J Chronic Dis 35:437. Chen PY, Tsiatis AA (2001) Biometrics 57:1030,
/// doi:10.1111/j.0006-341x.2001.01030.x.
#[expect(clippy::too_many_arguments, reason = "the data of a fit, its result, and the population")]
pub fn cox_standardised(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    coefficients: &[f64],
    covariance: ArrayView2<'_, f64>,
    settings: &[ArrayView2<'_, f64>],
    population: &Population<'_>,
) -> Result<CoxStandardised, SurvivalError> {
    let refit = Refit::new(time, event, x, options, coefficients)?;
    let design = &refit.design;
    let p = design.p;
    let n = settings.first().map_or(0, |setting| setting.nrows());
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    check::times("times", population.times)?;
    for setting in settings {
        check::length("settings", n, setting.nrows())?;
        if setting.ncols() != p {
            let argument = "columns of the settings";
            return Err(SurvivalError::UnequalLength { argument, expected: p, found: setting.ncols() });
        }
    }
    if let Some(weights) = population.weights {
        check::weights(weights, n)?;
    }
    if let Some(strata) = population.strata {
        check::length("strata", n, strata.len())?;
    } else if options.strata.is_some() {
        return Err(SurvivalError::NotEstimable {
            quantity: "standardised survival",
            reason: "the model has strata, so each subject needs its stratum".to_owned(),
        });
    }
    let weight = |i: usize| population.weights.map_or(1.0, |weights| weights[i]);
    let total: f64 = (0..n).map(weight).sum();
    let hazards = Hazards::new(&refit, population.times);
    let covariance = refit.scaled_covariance(covariance);
    let places: Vec<usize> =
        (0..n).map(|i| refit.stratum_of(options, population.strata, i)).collect::<Result<_, _>>()?;
    // scaled covariates and risks of all subjects, level by level
    let levels = settings.len();
    let mut values: Vec<Vec<f64>> = Vec::with_capacity(levels * n);
    let mut risks: Vec<f64> = Vec::with_capacity(levels * n);
    for setting in settings {
        for (i, row) in setting.rows().into_iter().enumerate() {
            let row: Vec<f64> = row.to_vec();
            let scaled = refit.scaled(places[i], &row);
            let eta: f64 = scaled.iter().zip(&refit.beta).map(|(x, b)| x * b).sum();
            risks.push((eta - design.stratum_offset[places[i]] - refit.evaluation.shifts()[places[i]]).exp());
            values.push(scaled);
        }
    }
    let zeros = Array2::zeros((levels, population.times.len()));
    let mut result = CoxStandardised {
        time: population.times.to_vec(),
        survival: zeros.clone(),
        standard_error: zeros.clone(),
        lower: zeros.clone(),
        upper: zeros.clone(),
        difference: zeros.clone(),
        difference_standard_error: zeros,
        interval: population.interval,
        method: if population.sampled {
            "g-formula, delta method, covariates sampled"
        } else {
            "g-formula, delta method, covariates fixed"
        },
    };
    let critical = normal::quantile_upper(0.5 * (1.0 - options.conf_level)).unwrap_or(f64::NAN);
    let strata = design.strata.len();
    let mut survival = vec![0.0; levels * n];
    for column in 0..population.times.len() {
        let mut gradients = vec![vec![0.0; p]; levels];
        let mut by_hazard = vec![vec![0.0; strata]; levels];
        for level in 0..levels {
            let mut mean = 0.0;
            for i in 0..n {
                let place = places[i];
                let (hazard, drift) = hazards.at(place, column, p);
                let at = level * n + i;
                let share = weight(i) / total;
                survival[at] = (-risks[at] * hazard).exp();
                mean += share * survival[at];
                let slope = -share * survival[at] * risks[at];
                by_hazard[level][place] += slope;
                for j in 0..p {
                    gradients[level][j] += slope * (hazard * values[at][j] - drift[j]);
                }
            }
            result.survival[[level, column]] = mean;
        }
        let variance = |gradient: &[f64], slopes: &[f64]| {
            let mut sum = 0.0;
            for a in 0..p {
                for b in 0..p {
                    sum += gradient[a] * covariance[a * p + b] * gradient[b];
                }
            }
            sum + slopes.iter().enumerate().map(|(s, c)| c * c * hazards.variance[s][column]).sum::<f64>()
        };
        for level in 0..levels {
            let cell = [level, column];
            let mean = result.survival[cell];
            let first = result.survival[[0, column]];
            let spread = |of: &dyn Fn(usize) -> f64| {
                if population.sampled { (0..n).map(|i| (weight(i) / total * of(i)).powi(2)).sum::<f64>() } else { 0.0 }
            };
            let own = variance(&gradients[level], &by_hazard[level]) + spread(&|i| survival[level * n + i] - mean);
            result.standard_error[cell] = own.sqrt();
            (result.lower[cell], result.upper[cell]) = limits(population.interval, mean, own.sqrt() / mean, critical);
            let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
            let gradient = apart(&gradients[level], &gradients[0]);
            let slopes = apart(&by_hazard[level], &by_hazard[0]);
            result.difference[cell] = mean - first;
            let between =
                variance(&gradient, &slopes) + spread(&|i| survival[level * n + i] - survival[i] - (mean - first));
            result.difference_standard_error[cell] = between.sqrt();
        }
    }
    Ok(result)
}

/// The baseline hazard of each stratum at the times asked for.
struct Hazards {
    hazard: Vec<Vec<f64>>,
    variance: Vec<Vec<f64>>,
    drift: Vec<Vec<f64>>,
}

impl Hazards {
    fn new(refit: &Refit, times: &[f64]) -> Self {
        let design = &refit.design;
        let p = design.p;
        let moments = EventMoments::new(design, &refit.evaluation);
        let mut order: Vec<usize> = (0..times.len()).collect();
        order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
        let mut found = Self { hazard: Vec::new(), variance: Vec::new(), drift: Vec::new() };
        for stratum in &design.strata {
            let (mut hazards, mut variances) = (vec![0.0; times.len()], vec![0.0; times.len()]);
            let mut drifts = vec![0.0; times.len() * p];
            let (mut hazard, mut variance, mut drift) = (0.0, 0.0, vec![0.0; p]);
            let mut k = stratum.events.1;
            for &column in &order {
                while k > stratum.events.0 && design.event_time[k - 1] <= times[column] + design.largest_gap {
                    k -= 1;
                    hazard += moments.hazard[k];
                    variance += moments.variance[k];
                    for j in 0..p {
                        drift[j] += moments.drift[k * p + j];
                    }
                }
                hazards[column] = hazard;
                variances[column] = variance;
                drifts[column * p..(column + 1) * p].copy_from_slice(&drift);
            }
            found.hazard.push(hazards);
            found.variance.push(variances);
            found.drift.push(drifts);
        }
        found
    }

    fn at(&self, stratum: usize, column: usize, p: usize) -> (f64, &[f64]) {
        (self.hazard[stratum][column], &self.drift[stratum][column * p..(column + 1) * p])
    }
}
