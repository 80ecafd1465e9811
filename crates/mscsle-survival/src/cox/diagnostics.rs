//! Residuals of a Cox model.

use ndarray::{Array2, ArrayView2};

use super::after::Refit;
use super::options::CoxOptions;
use super::residuals::{EventMoments, dfbeta, row_residuals};
use crate::SurvivalError;

/// Residuals of a Cox model, all but `dfbeta` without the rows' weights. Rows that are at risk at no event time have 0.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxResiduals {
    /// Event less expected number of events, by row of the input.
    pub martingale: Vec<f64>,
    /// Martingale residuals made symmetric, by row of the input.
    pub deviance: Vec<f64>,
    /// What each row adds to the score, rows x columns.
    pub score: Array2<f64>,
    /// Approximate change of the coefficients when a row with its weight is left out, with the sign turned, rows x columns.
    pub dfbeta: Array2<f64>,
    /// Covariates of each death less their mean in the risk set, deaths x columns, by stratum and ascending time.
    pub schoenfeld: Array2<f64>,
    /// Row of the input behind each row of `schoenfeld`.
    pub schoenfeld_row: Vec<usize>,
}

/// Residuals at given coefficients (those of a fit with the same arguments).
///
/// ```text
/// martingale  M = event - risk * sum of the hazard increments while at risk
/// deviance    sign(M) sqrt(-2 (M + event ln(event - M)))
/// schoenfeld  x - mean of x over the risk set (with Efron's shares averaged over the tied deaths)
/// score       sum over the row's event times of (x - mean) dM
/// dfbeta      weight * score * inverse information
/// ```
///
/// # Errors
/// As [`cox`](crate::cox); exact ties and infinite coefficients have no residuals.
///
/// # References
/// Therneau TM, Grambsch PM, Fleming TR (1990) Biometrika 77:147, doi:10.1093/biomet/77.1.147. Schoenfeld D (1982)
/// Biometrika 69:239, doi:10.1093/biomet/69.1.239.
pub fn cox_residuals(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    coefficients: &[f64],
) -> Result<CoxResiduals, SurvivalError> {
    let Refit { design, evaluation, factor, .. } = Refit::new(time, event, x, options, coefficients)?;
    let (n, p) = (time.len(), design.p);
    let moments = EventMoments::new(&design, &evaluation);
    let sorted = row_residuals(&design, &evaluation, &moments);
    let change = dfbeta(&sorted.score, &factor.inverse(), p);
    let mut residuals = CoxResiduals {
        martingale: vec![0.0; n],
        deviance: vec![0.0; n],
        score: Array2::zeros((n, p)),
        dfbeta: Array2::zeros((n, p)),
        schoenfeld: Array2::zeros((0, p)),
        schoenfeld_row: Vec::new(),
    };
    for (position, &row) in design.order.iter().enumerate() {
        let row = row as usize;
        let martingale = sorted.martingale[position];
        let happened = f64::from(event[row]);
        residuals.martingale[row] = martingale;
        let logarithm = if event[row] { (1.0 - martingale).ln() } else { 0.0 };
        residuals.deviance[row] = (-2.0 * (martingale + happened * logarithm)).max(0.0).sqrt().copysign(martingale);
        for j in 0..p {
            residuals.score[[row, j]] = sorted.score[position * p + j] * design.scale[j];
            residuals.dfbeta[[row, j]] = change[position * p + j] * design.weight(position) / design.scale[j];
        }
    }
    let mut schoenfeld = Vec::new();
    for stratum in &design.strata {
        for k in (stratum.events.0..stratum.events.1).rev() {
            let mut deaths: Vec<usize> = design.death_rows(k).collect();
            deaths.sort_by_key(|&position| design.order[position]);
            for position in deaths {
                residuals.schoenfeld_row.push(design.order[position] as usize);
                let row = design.row(position);
                schoenfeld.extend((0..p).map(|j| (row[j] - moments.mean[k * p + j]) * design.scale[j]));
            }
        }
    }
    let deaths = residuals.schoenfeld_row.len();
    if let Ok(matrix) = Array2::from_shape_vec((deaths, p), schoenfeld) {
        residuals.schoenfeld = matrix;
    }
    Ok(residuals)
}
