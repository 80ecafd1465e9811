//! The Cox proportional hazards model.
#![expect(clippy::needless_range_loop, reason = "matrix code names its indices as the formulas do")]

mod design;
mod direct;
mod factor;
mod kernel;
mod likelihood;
mod newton;
mod options;
mod profile;
mod residuals;
mod result;
mod separation;
mod solve;
mod sort;

use mscsle_distributions::{chi_squared, normal};
use ndarray::{Array2, ArrayView2};

pub use options::{CoxOptions, Ties, WeightKind};
pub use result::{CoxFit, CoxNote, CoxTerm, CoxTest, Direction, TermStatus};

use crate::SurvivalError;
use design::{Design, column_name, prepare};
use factor::Factor;
use profile::{Profile, Side, limit};
use solve::{Solution, maximise};

/// Fits the Cox proportional hazards model by maximising the partial likelihood.
///
/// ```text
/// hazard of row i at time t = h_s(t) exp(offset_i + x_i beta),   s the stratum
/// log-likelihood = sum over event times of  sum of the deaths' predictors - log denominators (by tie rule)
/// ```
///
/// Risk sets are `(entry, time]`: a row censored at t is at risk at t. Times equal but for rounding are tied
/// ([`NearTies`](crate::NearTies)). Covariates are centred and scaled before the iteration, so raw cell counts of 1e10
/// fit as well; results are on the scale of the input. Rows of weight 0 and rows at risk at no event time do not change
/// the fit.
///
/// Newton's method with step halving stops when the log-likelihood changes by less than the tolerance (relative, 1e-9) and
/// the score is zero to working precision; the information is exact at the solution. A column that depends on earlier ones
/// is aliased and the rest unchanged. If a direction exists along which every death has the largest predictor of its risk
/// set, the likelihood is monotone: those coefficients are reported as infinite with their direction, without a Wald
/// interval; log-likelihood, likelihood-ratio test and the other coefficients are those of the limit.
///
/// The result does not depend on the number of threads.
///
/// # Errors
/// Lengths that differ, values that are not finite, negative times, `entry >= time`, negative weights, frequency weights
/// that are not whole, no rows, no events, an option outside its range: see [`SurvivalError`].
///
/// # Examples
/// ```
/// use mscsle_survival::{CoxOptions, cox};
/// use ndarray::array;
/// let time = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
/// let event = [true, true, true, false, true, true, false, false];
/// let x = array![[1.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [0.0]];
/// let fit = cox(&time, &event, x.view(), &CoxOptions::default())?;
/// let coefficient = fit.terms[0].coefficient.unwrap_or(f64::NAN);
/// assert!((coefficient - 0.901099).abs() < 1e-6);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Cox DR (1972) J R Stat Soc B 34:187. Efron B (1977) J Am Stat Assoc 72:557, doi:10.1080/01621459.1977.10480613.
/// Therneau TM, Grambsch PM (2000) Modeling Survival Data, Springer, doi:10.1007/978-1-4757-3294-8.
pub fn cox(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
) -> Result<CoxFit, SurvivalError> {
    check_options(x.ncols(), options)?;
    let design = prepare(time, event, x, options)?;
    let active: Vec<bool> = design.constant.iter().map(|c| !c).collect();
    let start = vec![0.0; design.p];
    let solution = maximise(&design, &start, &active, options.max_iterations, options.tolerance).ok_or_else(|| {
        SurvivalError::NotEstimable {
            quantity: "the Cox model",
            reason: "the likelihood is not finite at the start; offsets differ by more than 300 within a stratum"
                .to_owned(),
        }
    })?;
    describe(&design, &solution, options)
}

fn check_options(p: usize, options: &CoxOptions<'_>) -> Result<(), SurvivalError> {
    if let Some(names) = options.names
        && names.len() != p
    {
        return Err(SurvivalError::UnequalLength { argument: "names", expected: p, found: names.len() });
    }
    let invalid = |option, expected, value| Err(SurvivalError::InvalidOption { option, expected, value });
    if !(options.conf_level > 0.0 && options.conf_level < 1.0) {
        return invalid("conf_level", "between 0 and 1", options.conf_level);
    }
    if options.max_iterations == 0 {
        return invalid("max_iterations", "at least 1", 0.0);
    }
    if !(options.tolerance > 0.0 && options.tolerance < 1.0) {
        return invalid("tolerance", "between 0 and 1", options.tolerance);
    }
    Ok(())
}

/// The upper tail of chi-squared; 1 without degrees of freedom.
fn chi_squared_test(statistic: f64, df: usize, method: &'static str) -> CoxTest {
    let statistic = statistic.max(0.0);
    let p_value = if df == 0 { 1.0 } else { chi_squared::sf(statistic, df as f64).unwrap_or(f64::NAN) };
    CoxTest { statistic, df, p_value, method }
}

/// Brings a solution to the scale of the input.
fn describe(design: &Design, solution: &Solution, options: &CoxOptions<'_>) -> Result<CoxFit, SurvivalError> {
    let p = design.p;
    let fit = &solution.fit;
    let scale = &design.scale;
    let status = |j: usize| {
        if design.constant[j] {
            TermStatus::Constant
        } else if solution.aliased[j] {
            TermStatus::Aliased
        } else if solution.infinite[j] > 0.0 {
            TermStatus::Infinite(Direction::Up)
        } else if solution.infinite[j] < 0.0 {
            TermStatus::Infinite(Direction::Down)
        } else {
            TermStatus::Estimated
        }
    };
    let statuses: Vec<TermStatus> = (0..p).map(status).collect();
    let estimated: Vec<bool> = statuses.iter().map(|s| *s == TermStatus::Estimated).collect();
    let naive = fit.factor.inverse();
    let weighted = options.weights.is_some();
    let robust = weighted && options.weight_kind == WeightKind::Sampling;
    let covariance = if robust { residuals::robust_covariance(design, &fit.evaluation, &naive) } else { naive.clone() };
    let unscaled = |matrix: &[f64]| {
        Array2::from_shape_fn((p, p), |(a, b)| {
            if estimated[a] && estimated[b] { matrix[a * p + b] / (scale[a] * scale[b]) } else { f64::NAN }
        })
    };
    let tail = 0.5 * (1.0 - options.conf_level);
    let critical = normal::quantile_upper(tail).unwrap_or(f64::NAN);
    let highest = fit.evaluation.log_likelihood;
    let free: Vec<bool> = (0..p).map(|j| !design.constant[j] && !solution.aliased[j]).collect();
    let profile = Profile { design, start: &fit.beta, active: &free, highest, quantile: critical * critical };
    let mut terms = Vec::with_capacity(p);
    for j in 0..p {
        let mut term = CoxTerm {
            name: column_name(options.names, j),
            status: statuses[j],
            coefficient: None,
            standard_error: None,
            z: None,
            p_value: None,
            lower: None,
            upper: None,
        };
        match statuses[j] {
            TermStatus::Estimated => {
                let coefficient = fit.beta[j] / scale[j];
                let standard_error = covariance[j * p + j].sqrt() / scale[j];
                let z = coefficient / standard_error;
                term.coefficient = Some(coefficient);
                if standard_error.is_finite() {
                    term.standard_error = Some(standard_error);
                    term.z = Some(z);
                    term.p_value = Some(2.0 * normal::sf(z.abs()));
                    term.lower = Some(coefficient - critical * standard_error);
                    term.upper = Some(coefficient + critical * standard_error);
                }
            }
            TermStatus::Infinite(direction) if solution.converged && !robust => {
                let side = if direction == Direction::Up { Side::Lower } else { Side::Upper };
                let found = limit(&profile, j, 2.0, side);
                match side {
                    Side::Lower => term.lower = found.map(|value| value / scale[j]),
                    Side::Upper => term.upper = found.map(|value| value / scale[j]),
                }
            }
            _ => {}
        }
        terms.push(term);
    }
    let infinite: Vec<String> =
        terms.iter().filter(|t| matches!(t.status, TermStatus::Infinite(_))).map(|t| t.name.clone()).collect();
    let wald = if infinite.is_empty() { wald_test(fit.beta.as_slice(), &covariance, &estimated, p) } else { None };
    let notes = notes(design, solution, &terms, infinite);
    Ok(CoxFit {
        covariance: unscaled(&covariance),
        naive_covariance: robust.then(|| unscaled(&naive)),
        information: Array2::from_shape_fn((p, p), |(a, b)| {
            fit.evaluation.information[a * p + b] * scale[a] * scale[b]
        }),
        score: (0..p).map(|j| fit.evaluation.score[j] * scale[j]).collect(),
        terms,
        log_likelihood_null: solution.first_log_likelihood,
        log_likelihood: highest,
        wald,
        score_test: chi_squared_test(solution.first_score_statistic, solution.rank, "score"),
        likelihood_ratio: chi_squared_test(
            2.0 * (highest - solution.first_log_likelihood),
            solution.rank,
            "likelihood ratio",
        ),
        n: design.n_rows,
        n_events: design.n_events,
        n_strata: design.n_strata,
        ties: options.ties,
        weight_kind: weighted.then_some(options.weight_kind),
        conf_level: options.conf_level,
        iterations: solution.iterations,
        converged: solution.converged,
        notes,
    })
}

fn wald_test(beta: &[f64], covariance: &[f64], estimated: &[bool], p: usize) -> Option<CoxTest> {
    let factor = Factor::new(covariance, p, estimated, newton::ALIASED);
    let mut solved = vec![0.0; p];
    let masked: Vec<f64> = beta.iter().zip(estimated).map(|(&b, &e)| if e { b } else { 0.0 }).collect();
    factor.solve(&masked, &mut solved);
    let statistic = newton::dot(&solved, &masked);
    statistic.is_finite().then(|| chi_squared_test(statistic, factor.rank(), "Wald"))
}

fn notes(design: &Design, solution: &Solution, terms: &[CoxTerm], infinite: Vec<String>) -> Vec<CoxNote> {
    let mut notes = Vec::new();
    for term in terms {
        match term.status {
            TermStatus::Constant => notes.push(CoxNote::ConstantCovariate { name: term.name.clone() }),
            TermStatus::Aliased => notes.push(CoxNote::AliasedCovariate { name: term.name.clone() }),
            _ => {}
        }
    }
    if design.p as f64 > design.n_events {
        notes.push(CoxNote::MoreCovariatesThanEvents { covariates: design.p, events: design.n_events as usize });
    }
    if !infinite.is_empty() {
        notes.push(CoxNote::MonotoneLikelihood { names: infinite });
    }
    if !solution.converged {
        notes.push(CoxNote::NotConverged { iterations: solution.iterations });
    }
    notes
}

#[cfg(test)]
mod tests;
