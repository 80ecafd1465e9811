//! The baseline hazard of a Cox model.

use ndarray::ArrayView2;

use super::after::Refit;
use super::options::CoxOptions;
use super::predict::Walk;
use super::residuals::EventMoments;
use crate::SurvivalError;

/// Whose hazard the baseline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum BaselineAt {
    /// A subject whose covariates are all 0 (R's `basehaz(centered = FALSE)`).
    #[default]
    Zero,
    /// A subject whose covariates are the weighted means of the data, those of 0/1 columns too.
    Mean,
}

impl BaselineAt {
    /// The point of this name.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(name: &str) -> Result<Self, SurvivalError> {
        match name {
            "zero" => Ok(Self::Zero),
            "mean" => Ok(Self::Mean),
            _ => Err(SurvivalError::UnknownWord { option: "at", known: "`zero` or `mean`", value: name.to_owned() }),
        }
    }
}

/// The baseline hazard at each event time of each stratum, by stratum and ascending time.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxBaseline {
    /// Code of the stratum; 0 without strata.
    pub stratum: Vec<u32>,
    /// Event time.
    pub time: Vec<f64>,
    /// Increment of the cumulative hazard (Breslow's or Efron's, as the tie rule of the fit).
    pub hazard: Vec<f64>,
    /// Cumulative hazard.
    pub cumulative_hazard: Vec<f64>,
    /// Standard error of the cumulative hazard, with that of the coefficients.
    pub standard_error: Vec<f64>,
    /// Covariates of the subject.
    pub covariates: Vec<f64>,
}

/// The baseline hazard of a fit with these coefficients, by stratum; the offset is 0.
///
/// Means are those of the rows of `x`, weighted.
///
/// # Errors
/// As [`cox_survival`](crate::cox_survival).
///
/// # References
/// Breslow NE (1972) J R Stat Soc B 34:216. Efron B (1977) J Am Stat Assoc 72:557, doi:10.1080/01621459.1977.10480613.
pub fn cox_baseline(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    coefficients: &[f64],
    covariance: ArrayView2<'_, f64>,
    at: BaselineAt,
) -> Result<CoxBaseline, SurvivalError> {
    let refit = Refit::new(time, event, x, options, coefficients)?;
    let design = &refit.design;
    let moments = EventMoments::new(design, &refit.evaluation);
    let covariates = match at {
        BaselineAt::Zero => vec![0.0; design.p],
        BaselineAt::Mean => weighted_means(x, options),
    };
    let mut baseline = CoxBaseline {
        stratum: Vec::with_capacity(design.end.len()),
        time: Vec::with_capacity(design.end.len()),
        hazard: Vec::with_capacity(design.end.len()),
        cumulative_hazard: Vec::with_capacity(design.end.len()),
        standard_error: Vec::with_capacity(design.end.len()),
        covariates,
    };
    let mut strata: Vec<usize> = (0..design.strata.len()).collect();
    strata.sort_by_key(|&s| design.strata[s].code);
    for s in strata {
        let mut walk = Walk::new(&refit, &moments, s, &baseline.covariates, 0.0, covariance);
        let mut before = 0.0;
        for k in (design.strata[s].events.0..design.strata[s].events.1).rev() {
            walk.step(k);
            let (total, error) = walk.hazard();
            baseline.stratum.push(design.strata[s].code);
            baseline.time.push(design.event_time[k]);
            baseline.hazard.push(total - before);
            baseline.cumulative_hazard.push(total);
            baseline.standard_error.push(error);
            before = total;
        }
    }
    Ok(baseline)
}

/// Means of the columns over the rows that take part.
fn weighted_means(x: ArrayView2<'_, f64>, options: &CoxOptions<'_>) -> Vec<f64> {
    let weight = |row: usize| options.weights.values().map_or(1.0, |weights| weights[row]);
    let total: f64 = (0..x.nrows()).map(weight).sum();
    x.columns()
        .into_iter()
        .map(|column| column.iter().enumerate().map(|(row, value)| weight(row) * value).sum::<f64>() / total)
        .collect()
}
