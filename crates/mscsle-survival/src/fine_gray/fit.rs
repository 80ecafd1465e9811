//! Fitting: Newton steps, separation, the sandwich.

use mscsle_distributions::{chi_squared, normal};
use ndarray::{Array2, ArrayView2};

use super::design::{Design, End};
use super::influence::score_influence;
use super::likelihood::{Evaluation, dot};
use super::{CensoringTies, FineGrayOptions, FineGrayVariance, name_of};
use crate::cox::factor::Factor;
use crate::cox::robust::{Usable, judge};
use crate::recession::{Cone, Search, ranges};
use crate::{Confidence, CoxNote, CoxTest, SurvivalError, TermStatus};

/// One covariate of a Fine-Gray model. Numbers that do not exist are `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct FineGrayTerm {
    /// Name of the column.
    pub name: String,
    /// Whether it was estimated.
    pub status: TermStatus,
    /// Log subdistribution hazard ratio for one unit more.
    pub coefficient: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// Coefficient over standard error.
    pub z: Option<f64>,
    /// Two-sided p-value of `z`.
    pub p_value: Option<f64>,
    /// Lower Wald limit of the coefficient.
    pub lower: Option<f64>,
    /// Upper Wald limit of the coefficient.
    pub upper: Option<f64>,
}

/// A fitted Fine-Gray model.
#[derive(Debug, Clone, PartialEq)]
pub struct FineGrayFit {
    /// One entry a column of `x`.
    pub terms: Vec<FineGrayTerm>,
    /// Covariance of the coefficients; NaN in rows and columns that are not estimable.
    pub covariance: Array2<f64>,
    /// Inverse of the information, as if the weights were known and the rows a Cox model.
    pub naive_covariance: Array2<f64>,
    /// Log pseudo-likelihood with all coefficients 0.
    pub log_likelihood_null: f64,
    /// Log pseudo-likelihood at the solution.
    pub log_likelihood: f64,
    /// Wald test that all coefficients are 0.
    pub wald: CoxTest,
    /// Distinct times of events of interest.
    pub time: Vec<f64>,
    /// Baseline cumulative subdistribution hazard at these times, all covariates 0.
    pub baseline: Vec<f64>,
    /// Rows.
    pub n: usize,
    /// Events of interest.
    pub n_events: usize,
    /// Events of other causes.
    pub n_competing: usize,
    /// Groups with censoring distributions of their own.
    pub censoring_groups: usize,
    /// Who is at risk of being censored at a time with events.
    pub ties: CensoringTies,
    /// What the covariance takes into account.
    pub variance: FineGrayVariance,
    /// Level of the intervals.
    pub conf_level: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Whether the maximum was reached.
    pub converged: bool,
    /// What the reader must know.
    pub notes: Vec<CoxNote>,
    /// Times closer than this are one tie group.
    pub largest_gap: f64,
}

/// A fit with its workings, from which predictions are made.
#[derive(Debug, Clone)]
pub struct FineGrayModel {
    /// The fit.
    pub fit: FineGrayFit,
    pub(super) design: Design,
    pub(super) evaluation: Evaluation,
    /// Coefficients of the scaled columns, 0 where not estimable.
    pub(super) beta: Vec<f64>,
    /// Influence on them of each repeated row, weighted row or cluster.
    pub(super) influence: Vec<f64>,
}

/// Fits Fine and Gray's model for the subdistribution hazard of one cause.
///
/// ```text
/// h(t | x) = h0(t) exp(x'b)          F(t | x) = 1 - exp(-H0(t) exp(x'b))
/// w_i(t) = 1 while T_i >= t;  G(t-) / G(T_i-) after an event of another cause;  0 after censoring
/// log L(b) = sum over events of x_i'b - log(sum of w_j(t_i) exp(x_j'b))
/// ```
///
/// G is the Kaplan-Meier curve of the censoring times (of the row's censoring group; after the last time of a group its
/// rows have no weight). With delayed entry a row counts from its entry on, and G(t-) becomes G(t-) H(t-), H(t-) the
/// product over entry times e >= t of 1 - entries at e / number that entered by e and are followed beyond (Geskus 2011).
/// Case weights multiply each row's part of the sums, of G and of H. Tied events as Breslow. A step costs O(n p^2): the sums over risk sets are one running sum over
/// rows with at least the time and one over competing rows of before, and the information is one weighted cross-product.
/// The covariance is the sandwich I^-1 (sum of (eta_i + psi_i)(eta_i + psi_i)') I^-1; psi is the martingale of the
/// censoring times of the row's group, integrated over all later events. (With several censoring groups `cmprsk` counts in
/// psi only the events of the row's own group.)
///
/// `cause` is 0 for censored rows and `k` for cause `k` of `causes`; `of` is the cause of interest.
///
/// # Errors
/// No rows, lengths that differ, times that are negative or not finite, codes out of range, covariates that are not
/// finite, entries not before their time, entry with the variance of estimated weights;
/// [`SurvivalError::NotEstimable`] without events of interest, where everybody at risk entered at once, and when the pseudo-likelihood is monotone
/// (separation): the message names the columns.
///
/// # Examples
/// ```
/// use mscsle_survival::{FineGrayOptions, fine_gray};
/// use ndarray::arr2;
/// let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
/// let cause = [1, 2, 1, 0, 1, 2, 1, 0];
/// let x = arr2(&[[1.0], [0.0], [1.0], [0.0], [0.0], [1.0], [1.0], [0.0]]);
/// let model = fine_gray(&time, &cause, 2, 1, x.view(), &FineGrayOptions::default())?;
/// assert_eq!(model.fit.n_events, 4);
/// assert!(model.fit.terms[0].coefficient.is_some_and(|b| b > 0.0));
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Fine, Gray. J Am Stat Assoc 1999;94:496. doi:10.1080/01621459.1999.10474144.
/// Geskus. Biometrics 2011;67:39. doi:10.1111/j.1541-0420.2010.01420.x
pub fn fine_gray(
    time: &[f64],
    cause: &[u32],
    causes: usize,
    of: u32,
    x: ArrayView2<'_, f64>,
    options: &FineGrayOptions<'_>,
) -> Result<FineGrayModel, SurvivalError> {
    let z = Confidence { level: options.conf_level, ..Confidence::default() }.critical_value()?;
    let design = Design::new(time, cause, causes, of, x, options)?;
    if design.n_times() == 0 {
        return Err(not_estimable("there are no events of this cause".to_owned()));
    }
    let p = design.p;
    let mut notes = Vec::new();
    let count = |wanted: &dyn Fn(End) -> bool| {
        let used = design.end.iter().zip(&design.weight).filter(|&(&end, _)| wanted(end));
        if design.frequency { used.map(|(_, weight)| *weight as usize).sum() } else { used.count() }
    };
    let n_events = count(&|end| end == End::Event);
    if p > n_events {
        notes.push(CoxNote::MoreCovariatesThanEvents { covariates: p, events: n_events });
    }
    let constant: Vec<bool> = (0..p).map(|j| design.x.chunks_exact(p).all(|row| row[j] == design.x[j])).collect();
    let newton = newton(&design, &constant, options)?;
    let Newton { beta, evaluation, factor, log_likelihood_null, iterations, converged } = newton;
    if !converged {
        notes.push(CoxNote::NotConverged { iterations });
    }
    let status: Vec<TermStatus> = (0..p)
        .map(|j| match (constant[j], factor.active[j]) {
            (true, _) => TermStatus::Constant,
            _ if !converged => TermStatus::NotConverged,
            (false, false) => TermStatus::Aliased,
            (false, true) => TermStatus::Estimated,
        })
        .collect();
    for (j, status) in status.iter().enumerate() {
        match status {
            TermStatus::Constant => notes.push(CoxNote::ConstantCovariate { name: name_of(options.names, j) }),
            TermStatus::Aliased => notes.push(CoxNote::AliasedCovariate { name: name_of(options.names, j) }),
            _ => {}
        }
    }
    // influence on the coefficients: I^-1 times that on the score
    let influence = score_influence(&design, &evaluation, options.variance);
    let mut influence = design.units(influence, p);
    let mut solved = vec![0.0; p];
    let mut scaled = vec![0.0; p * p];
    for row in influence.chunks_exact_mut(p.max(1)) {
        factor.solve(row, &mut solved);
        row.copy_from_slice(&solved);
        for i in 0..p {
            for (cell, b) in scaled[i * p..(i + 1) * p].iter_mut().zip(row.iter()) {
                *cell += row[i] * b;
            }
        }
    }
    let known: Vec<bool> = status.iter().map(|&status| status == TermStatus::Estimated).collect();
    let mut usable = Usable { columns: known.clone(), together: true, notes: Vec::new() };
    if options.clusters.is_some() {
        let rows: Vec<usize> =
            (0..time.len()).filter(|&row| options.weights.values().is_none_or(|weights| weights[row] > 0.0)).collect();
        let names: Vec<String> = (0..p).map(|j| name_of(options.names, j)).collect();
        usable = judge(&rows, x, &scaled, &factor.inverse(), &known, &names, options.clusters.map(|(codes, _)| codes));
        notes.append(&mut usable.notes);
    }
    let estimated = |j: usize| usable.columns[j];
    let unscaled = |matrix: &[f64]| {
        Array2::from_shape_fn((p, p), |(i, j)| {
            if estimated(i) && estimated(j) {
                matrix[i * p + j] / (design.scale[i] * design.scale[j])
            } else {
                f64::NAN
            }
        })
    };
    let covariance = unscaled(&scaled);
    let naive_covariance = unscaled(&factor.inverse());
    let terms = (0..p)
        .map(|j| {
            let coefficient = known[j].then(|| beta[j] / design.scale[j]);
            let standard_error = estimated(j).then(|| covariance[(j, j)].sqrt());
            let ratio = coefficient.zip(standard_error).map(|(b, se)| b / se);
            FineGrayTerm {
                name: name_of(options.names, j),
                status: status[j],
                coefficient,
                standard_error,
                z: ratio,
                p_value: ratio.map(|ratio| 2.0 * normal::sf(ratio.abs())),
                lower: coefficient.zip(standard_error).map(|(b, se)| b - z * se),
                upper: coefficient.zip(standard_error).map(|(b, se)| b + z * se),
            }
        })
        .collect();
    let shift = -dot(&design.centre.iter().zip(&design.scale).map(|(c, s)| c / s).collect::<Vec<_>>(), &beta);
    // hazards are in units of the largest risk; centring moved the linear predictor by `shift`
    let unit = (shift - evaluation.log_scale).exp();
    let fit = FineGrayFit {
        terms,
        wald: if usable.together {
            wald(&beta, &scaled, &factor.active)
        } else {
            CoxTest { statistic: f64::NAN, df: 0, p_value: f64::NAN, method: "no Wald test: singular covariance" }
        },
        covariance,
        naive_covariance,
        log_likelihood_null,
        log_likelihood: evaluation.log_likelihood,
        time: design.event_time.clone(),
        baseline: evaluation.hazard[1..].iter().map(|hazard| hazard * unit).collect(),
        n: count(&|_| true),
        n_events,
        n_competing: count(&|end| end == End::Competing),
        censoring_groups: design.n_groups,
        ties: options.ties,
        variance: options.variance,
        conf_level: options.conf_level,
        iterations,
        converged,
        notes,
        largest_gap: design.largest_gap,
    };
    Ok(FineGrayModel { fit, design, evaluation, beta, influence })
}

struct Newton {
    beta: Vec<f64>,
    evaluation: Evaluation,
    factor: Factor,
    log_likelihood_null: f64,
    iterations: usize,
    converged: bool,
}

/// Squared length of the last step in units of its standard errors below which the solution is exact.
const EXACT: f64 = 1e-20;
/// The same, where rounding of the score forbids more.
const NOISE: f64 = 1e-14;
/// A pivot below this share of its own diagonal means that the column depends on earlier ones.
const ALIASED: f64 = 1e-11;
/// The squared step of Newton's method shrinks like the square of itself near a maximum and by a constant factor (about
/// 1/e) along a direction without one.
const SLOW: f64 = 0.1;
/// Share of the information at the start below which little is left.
const LOST: f64 = 1e-6;

fn newton(design: &Design, constant: &[bool], options: &FineGrayOptions<'_>) -> Result<Newton, SurvivalError> {
    let p = design.p;
    let mut beta = vec![0.0; p];
    let mut evaluation = Evaluation::default();
    if !evaluation.at(design, &beta) {
        return Err(not_estimable("the pseudo-likelihood is not finite at 0".to_owned()));
    }
    let log_likelihood_null = evaluation.log_likelihood;
    let free: Vec<bool> = constant.iter().map(|constant| !constant).collect();
    let mut factor = Factor::new(&evaluation.information, p, &free, ALIASED);
    let active = factor.active.clone();
    let mut step = vec![0.0; p];
    factor.solve(&evaluation.score, &mut step);
    let mut decrement = dot(&step, &evaluation.score);
    let first_pivots = factor.pivots();
    let (mut iterations, mut slow, mut converged) = (0, 0, false);
    let mut has_maximum = false;
    let mut next = Evaluation::default();
    let mut candidate = vec![0.0; p];
    loop {
        if factor.rank() == 0 || decrement <= EXACT {
            converged = true;
            break;
        }
        if iterations == options.max_iterations {
            break;
        }
        iterations += 1;
        for j in 0..p {
            candidate[j] = beta[j] + step[j];
        }
        let slack = 1e-13 * evaluation.log_likelihood.abs();
        let mut halvings = 0.0;
        while !(next.at(design, &candidate) && next.log_likelihood >= evaluation.log_likelihood - slack) {
            halvings += 1.0;
            if halvings > 40.0 {
                break;
            }
            for j in 0..p {
                candidate[j] = (halvings * beta[j] + candidate[j]) / (halvings + 1.0);
            }
        }
        if halvings > 40.0 {
            converged = decrement <= NOISE;
            break;
        }
        std::mem::swap(&mut beta, &mut candidate);
        std::mem::swap(&mut evaluation, &mut next);
        factor = Factor::new(&evaluation.information, p, &active, 0.0);
        let last = decrement;
        factor.solve(&evaluation.score, &mut step);
        decrement = dot(&step, &evaluation.score);
        if decrement > SLOW * last {
            if decrement <= NOISE {
                converged = true;
                break;
            }
            slow += 1;
            if slow >= 3 && !has_maximum {
                refuse_monotone(design, &active, options.names)?;
                has_maximum = true;
            }
        }
        if !decrement.is_finite() || !factor.positive || factor.active != active {
            break;
        }
    }
    let lost = factor.pivots().iter().zip(&first_pivots).any(|(last, first)| *last < LOST * first);
    if (!converged || lost) && !has_maximum {
        refuse_monotone(design, &active, options.names)?;
    }
    Ok(Newton { beta, evaluation, factor, log_likelihood_null, iterations, converged })
}

/// Refuses a pseudo-likelihood that rises for ever along a direction, with the columns that have a part in it.
fn refuse_monotone(design: &Design, active: &[bool], names: Option<&[String]>) -> Result<(), SurvivalError> {
    let columns: Vec<usize> = (0..design.p).filter(|&j| active[j]).collect();
    let ranges = ranges(design, design.p);
    let mut cone = Cone::new(design, &columns, &ranges);
    let Search::Found(direction) = cone.search(None) else {
        return Ok(());
    };
    let signs = cone.signs();
    let name = |j: usize| format!("`{}`", name_of(names, j));
    let infinite: Vec<String> = (0..design.p)
        .filter(|&j| signs[j] != 0.0)
        .map(|j| format!("{} runs to {} infinity", name(j), if signs[j] > 0.0 { "plus" } else { "minus" }))
        .collect();
    let what = if infinite.is_empty() {
        let part: Vec<String> = (0..design.p).filter(|&j| direction[j] != 0.0).map(name).collect();
        format!("a combination of {} runs to infinity", part.join(" and "))
    } else {
        format!("the coefficient of {}", infinite.join(" and "))
    };
    Err(not_estimable(format!(
        "monotone pseudo-likelihood (separation): {what}; leave it out, merge levels, or compare the groups by Gray's test"
    )))
}

fn not_estimable(reason: String) -> SurvivalError {
    SurvivalError::NotEstimable { quantity: "the subdistribution hazard ratio", reason }
}

/// b' V^- b.
fn wald(beta: &[f64], covariance: &[f64], active: &[bool]) -> CoxTest {
    let factor = Factor::new(covariance, beta.len(), active, ALIASED);
    let mut solved = vec![0.0; beta.len()];
    factor.solve(beta, &mut solved);
    let (statistic, df) = (dot(beta, &solved), factor.rank());
    let p_value = if df == 0 { 1.0 } else { chi_squared::sf(statistic, df as f64).unwrap_or(f64::NAN) };
    CoxTest { statistic, df, p_value, method: "Wald test" }
}
