//! Survival predicted by a Cox model.

use mscsle_distributions::normal;
use ndarray::{Array2, ArrayView2};

use super::after::Refit;
use super::options::CoxOptions;
use super::residuals::EventMoments;
use crate::{IntervalType, SurvivalError, limits};

/// For whom and when survival is predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoxSubjects<'a> {
    /// Covariates, one row a subject, in the columns of the fit.
    pub x: ArrayView2<'a, f64>,
    /// Stratum of each subject; needed when the model has strata.
    pub strata: Option<&'a [u32]>,
    /// Offset of each subject; 0 without.
    pub offset: Option<&'a [f64]>,
    /// Times at which survival is wanted; every event time of the data without.
    pub times: Option<&'a [f64]>,
    /// Kind of the limits of survival; R's default for Cox models is `log`.
    pub interval: IntervalType,
}

/// Predicted survival, subjects x times.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxSurvival {
    /// Times.
    pub time: Vec<f64>,
    /// Probability of no event until each time.
    pub survival: Array2<f64>,
    /// Cumulative hazard.
    pub cumulative_hazard: Array2<f64>,
    /// Standard error of the cumulative hazard (of the logarithm of survival).
    pub standard_error: Array2<f64>,
    /// Lower limit of survival.
    pub lower: Array2<f64>,
    /// Upper limit of survival, at most 1.
    pub upper: Array2<f64>,
    /// Kind of the limits.
    pub interval: IntervalType,
}

/// Survival of given subjects at given times, or at every event time of the data.
///
/// ```text
/// H(t | x) = exp(x beta) sum over event times <= t of the hazard increments (Breslow or Efron, as the fit)
/// var H    = exp(2 x beta) (sum of w / den^2 + d' V d),   d = sum of w (x - m) / den
/// S = exp(-H), limits by interval type; on the log scale exp(-H -+ z se)
/// ```
///
/// `covariance` is that of the coefficients; entries that are not finite count as 0.
///
/// # Errors
/// As [`cox`](crate::cox); subjects without a stratum where the model has strata, or in a stratum without events.
///
/// # References
/// Tsiatis AA (1981) Ann Stat 9:93, doi:10.1214/aos/1176345335.
pub fn cox_survival(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    coefficients: &[f64],
    covariance: ArrayView2<'_, f64>,
    subjects: &CoxSubjects<'_>,
) -> Result<CoxSurvival, SurvivalError> {
    let refit = Refit::new(time, event, x, options, coefficients)?;
    let design = &refit.design;
    let p = design.p;
    let n = subjects.x.nrows();
    if subjects.x.ncols() != p {
        return Err(SurvivalError::UnequalLength {
            argument: "columns of the new covariates",
            expected: p,
            found: subjects.x.ncols(),
        });
    }
    for (argument, length) in
        [("strata", subjects.strata.map(<[u32]>::len)), ("offset", subjects.offset.map(<[f64]>::len))]
    {
        if let Some(found) = length.filter(|&l| l != n) {
            return Err(SurvivalError::UnequalLength { argument, expected: n, found });
        }
    }
    if options.strata.is_some() && subjects.strata.is_none() {
        return Err(SurvivalError::NotEstimable {
            quantity: "survival of a subject",
            reason: "the model has strata, so each subject needs its stratum".to_owned(),
        });
    }
    let moments = EventMoments::new(&refit.design, &refit.evaluation);
    let mut asked: Vec<f64> = match subjects.times {
        Some(times) => times.to_vec(),
        None => design.event_time.clone(),
    };
    if subjects.times.is_none() {
        asked.sort_by(f64::total_cmp);
        asked.dedup();
    }
    let critical = normal::quantile_upper(0.5 * (1.0 - options.conf_level)).unwrap_or(f64::NAN);
    let zeros = Array2::zeros((n, asked.len()));
    let mut result = CoxSurvival {
        time: asked,
        survival: zeros.clone(),
        cumulative_hazard: zeros.clone(),
        standard_error: zeros.clone(),
        lower: zeros.clone(),
        upper: zeros,
        interval: subjects.interval,
    };
    let mut order: Vec<usize> = (0..result.time.len()).collect();
    order.sort_by(|&a, &b| result.time[a].total_cmp(&result.time[b]));
    for subject in 0..n {
        let at = refit.stratum_of(options, subjects.strata, subject)?;
        let stratum = &design.strata[at];
        let offset = subjects.offset.map_or(0.0, |offset| offset[subject]);
        let row: Vec<f64> = subjects.x.row(subject).to_vec();
        let mut walk = Walk::new(&refit, &moments, at, &row, offset, covariance);
        let mut k = stratum.events.1;
        for &column in &order {
            while k > stratum.events.0 && design.event_time[k - 1] <= result.time[column] + design.largest_gap {
                k -= 1;
                walk.step(k);
            }
            let (total, error) = walk.hazard();
            let cell = [subject, column];
            result.cumulative_hazard[cell] = total;
            result.standard_error[cell] = error;
            result.survival[cell] = (-total).exp();
            (result.lower[cell], result.upper[cell]) = match subjects.interval {
                // from the hazard, which keeps its digits where survival is near 0
                IntervalType::Log => ((-total - critical * error).exp(), (-total + critical * error).exp().min(1.0)),
                other => limits(other, (-total).exp(), error, critical),
            };
        }
    }
    Ok(result)
}

/// The hazard of one subject, walked from the first event time of its stratum to the last.
pub(crate) struct Walk<'a> {
    moments: &'a EventMoments,
    /// Covariates, centred and scaled.
    pub(crate) values: Vec<f64>,
    /// exp of the linear predictor relative to the stratum's shift.
    pub(crate) risk: f64,
    /// Covariance of the scaled coefficients.
    covariance: Vec<f64>,
    hazard: f64,
    own: f64,
    drift: Vec<f64>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        refit: &Refit,
        moments: &'a EventMoments,
        stratum: usize,
        x: &[f64],
        offset: f64,
        covariance: ArrayView2<'_, f64>,
    ) -> Self {
        Self::scaled(refit, moments, stratum, x, offset, refit.scaled_covariance(covariance))
    }

    /// Covariates and risk of a subject; its standard errors are those of known coefficients.
    pub(crate) fn at_coefficients(refit: &Refit, moments: &'a EventMoments, stratum: usize, x: &[f64]) -> Self {
        Self::scaled(refit, moments, stratum, x, 0.0, vec![0.0; x.len() * x.len()])
    }

    fn scaled(
        refit: &Refit,
        moments: &'a EventMoments,
        stratum: usize,
        x: &[f64],
        offset: f64,
        covariance: Vec<f64>,
    ) -> Self {
        let design = &refit.design;
        let p = design.p;
        let values = refit.scaled(stratum, x);
        let eta =
            offset - design.stratum_offset[stratum] + values.iter().zip(&refit.beta).map(|(x, b)| x * b).sum::<f64>();
        Self {
            moments,
            risk: (eta - refit.evaluation.shifts()[stratum]).exp(),
            values,
            covariance,
            hazard: 0.0,
            own: 0.0,
            drift: vec![0.0; p],
        }
    }

    /// Adds event time `k`.
    pub(crate) fn step(&mut self, k: usize) {
        let p = self.values.len();
        let increment = self.moments.hazard[k];
        self.hazard += increment;
        self.own += self.moments.variance[k];
        for j in 0..p {
            self.drift[j] += increment * self.values[j] - self.moments.drift[k * p + j];
        }
    }

    /// The cumulative hazard and its standard error.
    pub(crate) fn hazard(&self) -> (f64, f64) {
        let p = self.values.len();
        let mut spread = self.own;
        for a in 0..p {
            for b in 0..p {
                spread += self.drift[a] * self.covariance[a * p + b] * self.drift[b];
            }
        }
        (self.risk * self.hazard, self.risk * spread.sqrt())
    }
}
