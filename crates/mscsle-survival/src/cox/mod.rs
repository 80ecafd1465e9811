//! The Cox proportional hazards model.
#![expect(clippy::needless_range_loop, reason = "matrix code names its indices as the formulas do")]

mod after;
mod baseline;
mod by_stratum;
mod cause_specific;
mod concordance;
mod design;
mod diagnostics;
mod direct;
mod elastic_net;
pub(crate) mod factor;
mod firth;
mod frailty;
mod kernel;
mod likelihood;
mod newton;
mod options;
mod path;
mod ph_test;
mod predict;
mod profile;
mod residuals;
mod result;
pub(crate) mod robust;
mod screen;
mod screen_kernel;
mod separation;
mod solve;
mod standardised;
mod stream;
mod stream_rows;

use mscsle_distributions::{chi_squared, normal};
use ndarray::{Array2, ArrayView2};

pub use baseline::{BaselineAt, CoxBaseline, cox_baseline};
pub use by_stratum::{StratumLikelihood, cox_likelihood};
pub use cause_specific::{CauseHazard, CauseIncidence, CauseSubjects, EventFree, cause_specific_incidence};
pub use concordance::cox_concordance;
pub use diagnostics::{CoxResiduals, cox_residuals};
pub use frailty::{FrailtyFit, MOST_FRAILTY_GROUPS, cox_frailty};
pub use options::{CoxInterval, CoxOptions, Penalty, Ties};
pub use path::{CoxCrossValidation, CoxPath, PathOptions, cox_path, cox_path_cross_validation};
pub use ph_test::{PhTest, TimeTransform, ph_test};
pub use predict::{CoxSubjects, CoxSurvival, cox_survival};
pub use result::{CoxFit, CoxNote, CoxTerm, CoxTest, Direction, Inference, TermStatus};
pub use screen::{CoxScreening, cox_screen};
pub use standardised::{CoxStandardised, Population, cox_standardised};

use crate::{SurvivalError, Weights};
use design::{Design, column_name, prepare};
pub(crate) use factor::Factor;
use likelihood::Evaluation;
pub(crate) use likelihood::Twofold;
use profile::{Profile, Side};
use robust::{Usable, judge};
use solve::{Solution, maximise, maximise_firth};

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
/// set, the likelihood is monotone. Where the iteration shows signs of it, this is decided by linear programming over the
/// comparisons of deaths with rows at risk: the coefficients with a part in such directions are reported as infinite, or as
/// undetermined if the directions differ in sign, without a Wald interval; log-likelihood, likelihood-ratio test and the
/// other coefficients are those of the limit. An iteration that stops early gives no coefficients.
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
    if let Some((design, solution)) = stream::solve(time, event, x, options)? {
        return describe(&design, x, &solution, options);
    }
    let design = prepare(time, event, x, options)?;
    let active: Vec<bool> = design.constant.iter().map(|c| !c).collect();
    let solution = match options.penalty {
        Penalty::None => {
            let with_strata = |mut codes: Vec<u32>| {
                codes.resize(time.len(), 0);
                prepare(time, event, x, &CoxOptions { strata: Some(&codes), ..*options })
            };
            maximise(&design, &active, options.max_iterations, options.tolerance, &with_strata)?
        }
        Penalty::Firth => maximise_firth(&design, &active)?,
    };
    describe(&design, x, &solution, options)
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
    if options.penalty == Penalty::Firth {
        let reason = "the penalty is defined for the partial likelihood of unweighted subjects";
        if options.ties == Ties::Exact {
            return Err(SurvivalError::Incompatible {
                first: "penalty = firth",
                second: "ties = exact",
                reason: "use `efron` or `breslow`",
            });
        }
        if matches!(options.weights, Weights::Sampling(_)) || options.cluster.is_some() {
            return Err(SurvivalError::Incompatible {
                first: "penalty = firth",
                second: "sampling weights or clusters",
                reason,
            });
        }
    }
    if options.cluster.is_some() && options.ties == Ties::Exact {
        return Err(SurvivalError::Incompatible {
            first: "ties = exact",
            second: "cluster",
            reason: "the robust variance needs `efron` or `breslow`",
        });
    }
    if options.interval == CoxInterval::Profile
        && (matches!(options.weights, Weights::Sampling(_)) || options.cluster.is_some())
    {
        return Err(SurvivalError::Incompatible {
            first: "conf_type = profile",
            second: "sampling weights or clusters",
            reason: "their likelihood has no chi-squared profile; use the robust Wald interval",
        });
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
fn describe(
    design: &Design,
    x: ArrayView2<'_, f64>,
    solution: &Solution,
    options: &CoxOptions<'_>,
) -> Result<CoxFit, SurvivalError> {
    let p = design.p;
    let scale = &design.scale;
    let statuses: Vec<TermStatus> = (0..p).map(|j| status(design, solution, j)).collect();
    let estimated: Vec<bool> = statuses.iter().map(|s| *s == TermStatus::Estimated).collect();
    let naive = &solution.inverse;
    let robust = matches!(options.weights, Weights::Sampling(_)) || options.cluster.is_some();
    let names: Vec<String> = (0..p).map(|j| column_name(options.names, j)).collect();
    let mut usable = Usable { columns: estimated.clone(), together: true, notes: Vec::new() };
    let covariance = if robust {
        let design = solution.limit.as_ref().unwrap_or(design);
        let evaluation = by_sums(design, &solution.beta)?;
        let covariance = residuals::robust_covariance(design, &evaluation, naive, options.cluster);
        let mut rows: Vec<usize> = design.order.iter().map(|&row| row as usize).collect();
        rows.sort_unstable();
        rows.dedup();
        usable = judge(&rows, x, &covariance, naive, &estimated, &names, options.cluster);
        covariance
    } else {
        naive.clone()
    };
    let unscaled = |matrix: &[f64], known: &[bool]| {
        Array2::from_shape_fn((p, p), |(a, b)| {
            if known[a] && known[b] { matrix[a * p + b] / (scale[a] * scale[b]) } else { f64::NAN }
        })
    };
    let terms: Vec<CoxTerm> = (0..p)
        .map(|j| {
            let term = CoxTerm {
                name: names[j].clone(),
                status: statuses[j],
                coefficient: None,
                standard_error: None,
                z: None,
                p_value: None,
                lower: None,
                upper: None,
                inference: Inference::None,
            };
            let variance = (usable.columns[j] || !estimated[j]).then_some(covariance[j * p + j]);
            infer(term, design, solution, options, j, variance)
        })
        .collect();
    let wald = if solution.limit.is_none() && solution.converged && usable.together {
        wald_test(&solution.beta, &covariance, &estimated, p)
    } else {
        None
    };
    let mut notes = notes(design, solution, &terms);
    notes.append(&mut usable.notes);
    // half the log determinant of the information changes with the unit of the covariates
    let scaling: f64 = match options.penalty {
        Penalty::None => 0.0,
        Penalty::Firth => (0..p).filter(|&j| estimated[j]).map(|j| scale[j].ln()).sum(),
    };
    let ratio = 2.0 * (solution.log_likelihood - solution.first_log_likelihood);
    let ratio_method =
        if options.penalty == Penalty::Firth { "penalised likelihood ratio" } else { "likelihood ratio" };
    Ok(CoxFit {
        covariance: unscaled(&covariance, &usable.columns),
        naive_covariance: robust.then(|| unscaled(naive, &estimated)),
        information: Array2::from_shape_fn((p, p), |(a, b)| {
            solution.evaluation.information[a * p + b] * scale[a] * scale[b]
        }),
        score: (0..p).map(|j| solution.score[j] * scale[j]).collect(),
        terms,
        log_likelihood_null: solution.first_log_likelihood + scaling,
        log_likelihood: solution.log_likelihood + scaling,
        wald,
        score_test: chi_squared_test(solution.first_score_statistic, solution.rank, "score"),
        likelihood_ratio: chi_squared_test(ratio, solution.rank, ratio_method),
        n: design.n_rows,
        n_events: design.n_events,
        n_strata: design.n_strata,
        ties: options.ties,
        penalty: options.penalty,
        robust,
        conf_level: options.conf_level,
        iterations: solution.iterations,
        converged: solution.converged,
        notes,
    })
}

/// The likelihood by sums over sorted rows, which risks and what rests on them need.
fn by_sums(design: &Design, beta: &[f64]) -> Result<Evaluation, SurvivalError> {
    let mut evaluation = Evaluation::default();
    if evaluation.by_sums(design, beta) {
        Ok(evaluation)
    } else {
        Err(SurvivalError::NotEstimable {
            quantity: "what rests on the baseline hazard",
            reason: "the linear predictors of a stratum differ by more than 300".to_owned(),
        })
    }
}

/// Whether column `j` was estimated.
fn status(design: &Design, solution: &Solution, j: usize) -> TermStatus {
    if design.constant[j] {
        TermStatus::Constant
    } else if solution.aliased[j] {
        TermStatus::Aliased
    } else if solution.infinite[j] > 0.0 {
        TermStatus::Infinite(Direction::Up)
    } else if solution.infinite[j] < 0.0 {
        TermStatus::Infinite(Direction::Down)
    } else if solution.undetermined[j] {
        TermStatus::Undetermined
    } else if !solution.converged {
        TermStatus::NotConverged
    } else {
        TermStatus::Estimated
    }
}

/// Coefficient, limits and p-value of column `j`.
fn infer(
    mut term: CoxTerm,
    design: &Design,
    solution: &Solution,
    options: &CoxOptions<'_>,
    j: usize,
    variance: Option<f64>,
) -> CoxTerm {
    let profile = Profile {
        design: solution.limit.as_ref().unwrap_or(design),
        penalty: options.penalty,
        start: &solution.beta,
        active: &solution.held,
        highest: solution.log_likelihood,
    };
    let scale = design.scale[j];
    let critical = normal::quantile_upper(0.5 * (1.0 - options.conf_level)).unwrap_or(f64::NAN);
    let by_profile = match options.interval {
        CoxInterval::Usual => options.penalty == Penalty::Firth,
        CoxInterval::Wald => false,
        CoxInterval::Profile => true,
    };
    let robust = matches!(options.weights, Weights::Sampling(_)) || options.cluster.is_some();
    match term.status {
        TermStatus::Estimated => {
            let coefficient = solution.beta[j] / scale;
            term.coefficient = Some(coefficient);
            // where nothing varies between clusters a variance says nothing
            let Some(variance) = variance.filter(|variance| variance.is_finite()) else {
                return term;
            };
            let standard_error = variance.sqrt() / scale;
            term.standard_error = Some(standard_error);
            if by_profile {
                let reach = critical * variance.sqrt();
                let limit = |side| profile.limit(j, critical * critical, reach, side).map(|value| value / scale);
                term.lower = limit(Side::Lower);
                term.upper = limit(Side::Upper);
                term.z = profile.fall_at_zero(j).map(|fall| fall.sqrt().copysign(coefficient));
                term.inference =
                    if options.penalty == Penalty::Firth { Inference::PenalisedProfile } else { Inference::Profile };
            } else {
                term.z = Some(coefficient / standard_error);
                term.lower = Some(coefficient - critical * standard_error);
                term.upper = Some(coefficient + critical * standard_error);
                term.inference = Inference::Wald;
            }
            term.p_value = term.z.map(|z| 2.0 * normal::sf(z.abs()));
        }
        TermStatus::Infinite(direction) if solution.converged && !robust => {
            let free: Vec<bool> = (0..design.p).map(|k| !design.constant[k] && !solution.aliased[k]).collect();
            let start = vec![0.0; design.p];
            let profile = Profile { design, start: &start, active: &free, ..profile };
            let side = if direction == Direction::Up { Side::Lower } else { Side::Upper };
            let found = profile.limit_of_infinite(j, critical * critical, side).map(|value| value / scale);
            match side {
                Side::Lower => term.lower = found,
                Side::Upper => term.upper = found,
            }
            let sign = if direction == Direction::Up { 1.0 } else { -1.0 };
            term.z = profile.fall_at_zero(j).map(|fall| fall.sqrt() * sign);
            term.p_value = term.z.map(|z| 2.0 * normal::sf(z.abs()));
            term.inference = Inference::Profile;
        }
        _ => {}
    }
    term
}

fn wald_test(beta: &[f64], covariance: &[f64], estimated: &[bool], p: usize) -> Option<CoxTest> {
    let factor = Factor::new(covariance, p, estimated, newton::ALIASED);
    let mut solved = vec![0.0; p];
    let masked: Vec<f64> = beta.iter().zip(estimated).map(|(&b, &e)| if e { b } else { 0.0 }).collect();
    factor.solve(&masked, &mut solved);
    let statistic = newton::dot(&solved, &masked);
    statistic.is_finite().then(|| chi_squared_test(statistic, factor.rank(), "Wald"))
}

fn notes(design: &Design, solution: &Solution, terms: &[CoxTerm]) -> Vec<CoxNote> {
    let mut notes = Vec::new();
    for term in terms {
        match term.status {
            TermStatus::Constant => notes.push(CoxNote::ConstantCovariate { name: term.name.clone() }),
            TermStatus::Aliased => notes.push(CoxNote::AliasedCovariate { name: term.name.clone() }),
            _ => {}
        }
    }
    let of_status = |wanted: fn(TermStatus) -> bool| {
        terms.iter().filter(|term| wanted(term.status)).map(|term| term.name.clone()).collect::<Vec<String>>()
    };
    let infinite = of_status(|status| matches!(status, TermStatus::Infinite(_)));
    let undetermined = of_status(|status| status == TermStatus::Undetermined);
    if design.p as f64 > design.n_events {
        notes.push(CoxNote::MoreCovariatesThanEvents { covariates: design.p, events: design.n_events as usize });
    }
    if solution.limit.is_some() {
        notes.push(CoxNote::MonotoneLikelihood { names: infinite, undetermined: undetermined.clone() });
    }
    notes.extend(undetermined.into_iter().map(|name| CoxNote::UndeterminedCovariate { name }));
    if !solution.converged {
        notes.push(CoxNote::NotConverged { iterations: solution.iterations });
    }
    notes
}

#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tests;
