//! The model again at known coefficients: what every computation after the fit starts from.

use ndarray::ArrayView2;

use super::design::{Design, prepare};
use super::factor::Factor;
use super::likelihood::Evaluation;
use super::newton::ALIASED;
use super::options::{CoxOptions, Ties};
use super::{by_sums, check_options};
use crate::SurvivalError;

/// One finite coefficient a column.
pub(crate) fn check_coefficients(columns: usize, coefficients: &[f64]) -> Result<(), SurvivalError> {
    if coefficients.len() != columns {
        return Err(SurvivalError::UnequalLength {
            argument: "coefficients",
            expected: columns,
            found: coefficients.len(),
        });
    }
    match coefficients.iter().position(|c| !c.is_finite()) {
        Some(row) => Err(SurvivalError::NotFinite { argument: "coefficients", row, value: coefficients[row] }),
        None => Ok(()),
    }
}

/// Sorted data and likelihood at given coefficients.
pub(crate) struct Refit {
    pub(crate) design: Design,
    /// Scaled coefficients.
    pub(crate) beta: Vec<f64>,
    pub(crate) evaluation: Evaluation,
    pub(crate) factor: Factor,
}

impl Refit {
    pub(crate) fn new(
        time: &[f64],
        event: &[bool],
        x: ArrayView2<'_, f64>,
        options: &CoxOptions<'_>,
        coefficients: &[f64],
    ) -> Result<Self, SurvivalError> {
        check_options(x.ncols(), options)?;
        if options.ties == Ties::Exact {
            return Err(SurvivalError::Incompatible {
                first: "ties = exact",
                second: "residuals, tests of proportional hazards and predictions",
                reason: "they need a baseline hazard; use `efron` or `breslow`",
            });
        }
        check_coefficients(x.ncols(), coefficients)?;
        let design = prepare(time, event, x, options)?;
        let beta: Vec<f64> = coefficients.iter().zip(&design.scale).map(|(b, s)| b * s).collect();
        let evaluation = by_sums(&design, &beta)?;
        let active: Vec<bool> = design.constant.iter().map(|c| !c).collect();
        let factor = Factor::new(&evaluation.information, design.p, &active, ALIASED);
        Ok(Self { design, beta, evaluation, factor })
    }

    /// Covariates of a subject of a stratum, centred and scaled as the design.
    pub(crate) fn scaled(&self, stratum: usize, x: &[f64]) -> Vec<f64> {
        let design = &self.design;
        (0..design.p)
            .map(|j| (x[j] - design.centre[j]) / design.scale[j] - design.stratum_centre[stratum * design.p + j])
            .collect()
    }

    /// Covariance of the scaled coefficients; entries that are not finite count as 0.
    pub(crate) fn scaled_covariance(&self, covariance: ArrayView2<'_, f64>) -> Vec<f64> {
        let scale = &self.design.scale;
        covariance
            .indexed_iter()
            .map(|((a, b), value)| if value.is_finite() { value * scale[a] * scale[b] } else { 0.0 })
            .collect()
    }

    /// The stratum of a subject, by its place in the design.
    pub(crate) fn stratum_of(
        &self,
        options: &CoxOptions<'_>,
        strata: Option<&[u32]>,
        subject: usize,
    ) -> Result<usize, SurvivalError> {
        let code = strata.map_or(0, |strata| strata[subject]);
        let found = self.design.strata.iter().position(|s| s.code == code || options.strata.is_none());
        found.ok_or_else(|| SurvivalError::NotEstimable {
            quantity: "survival of a subject",
            reason: format!("subject {subject} belongs to a stratum without events"),
        })
    }
}
