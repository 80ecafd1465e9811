//! Concordance of a Cox model's linear predictor.

use ndarray::ArrayView2;

use super::after::check_coefficients;
use super::options::CoxOptions;
use crate::{Concordance, ConcordanceOptions, SurvivalError, TimeWeight, check, concordance};

/// Concordance of the linear predictor `x beta + offset` with the data, within strata; any tie rule.
///
/// `time_weight` and `tau` are those of [`ConcordanceOptions`].
///
/// # Errors
/// As [`concordance`]; coefficients that are not finite.
///
/// # References
/// As [`concordance`].
pub fn cox_concordance(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    coefficients: &[f64],
    time_weight: TimeWeight,
    tau: Option<f64>,
) -> Result<Concordance, SurvivalError> {
    check_coefficients(x.ncols(), coefficients)?;
    check::length("x", time.len(), x.nrows())?;
    let mut score = vec![0.0; time.len()];
    if let Some(offset) = options.offset {
        check::length("offset", time.len(), offset.len())?;
        score.copy_from_slice(offset);
    }
    for (column, coefficient) in x.columns().into_iter().zip(coefficients) {
        for (score, value) in score.iter_mut().zip(column) {
            *score += coefficient * value;
        }
    }
    let options = ConcordanceOptions {
        entry: options.entry,
        strata: options.strata,
        weights: options.weights,
        cluster: options.cluster,
        time_weight,
        tau,
        conf_level: options.conf_level,
        near_ties: options.near_ties,
    };
    concordance(time, event, &score, &options)
}
