//! What the parametric models share: a standardised log time that is linear in the parameters.

mod family;
mod likelihood;
mod maximise;
mod model;
mod options;
mod prepare;

pub(crate) use family::Family;
pub(crate) use model::spline;
pub use model::{ParametricModel, ParametricQuantiles, ParametricSurvival};
pub use options::{ParametricNote, ParametricOptions, ParametricTerm};
pub(crate) use prepare::{Shape, fit};

use mscsle_distributions::{chi_squared, normal};

use crate::cox::{CoxTest, TermStatus};

/// A term with Wald inference; nothing but its name and status if it was not estimated.
pub(crate) fn wald_term(
    name: String,
    status: TermStatus,
    estimate: f64,
    variance: f64,
    conf_level: f64,
) -> ParametricTerm {
    let critical = normal::quantile_upper(0.5 * (1.0 - conf_level)).unwrap_or(f64::NAN);
    let mut term = ParametricTerm {
        name,
        status,
        coefficient: None,
        standard_error: None,
        z: None,
        p_value: None,
        lower: None,
        upper: None,
    };
    if status == TermStatus::Estimated {
        term.coefficient = Some(estimate);
        let se = variance.sqrt();
        if se.is_finite() && se > 0.0 {
            term.standard_error = Some(se);
            term.z = Some(estimate / se);
            term.p_value = Some(2.0 * normal::sf((estimate / se).abs()));
            term.lower = Some(estimate - critical * se);
            term.upper = Some(estimate + critical * se);
        }
    }
    term
}

/// Twice the gain of log-likelihood by the covariates.
pub(crate) fn ratio_test(null: f64, full: f64, df: usize) -> CoxTest {
    let statistic = (2.0 * (full - null)).max(0.0);
    let p_value = if df == 0 { 1.0 } else { chi_squared::sf(statistic, df as f64).unwrap_or(f64::NAN) };
    CoxTest { statistic, df, p_value, method: "likelihood ratio" }
}
