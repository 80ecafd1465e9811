//! Ridge, lasso and elastic net: the Cox model along a path of penalties.

use ndarray::{Array2, ArrayView2};

use super::design::{Design, column_name, prepare};
use super::elastic_net::{Penalised, Weights as PenaltyWeights, maximise_penalty};
use super::options::{CoxOptions, Penalty, Ties};
use super::{check_options, likelihood::Evaluation};
use crate::SurvivalError;

/// Options of [`cox_path`].
///
/// # Examples
/// ```
/// use mscsle_survival::PathOptions;
/// let lasso = PathOptions { mix: 1.0, ..PathOptions::default() };
/// assert!(lasso.standardise);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathOptions<'a> {
    /// Share of the lasso in the penalty: 0 ridge, 1 lasso, between them elastic net.
    pub mix: f64,
    /// Strengths, descending; none: `n_strengths` from the smallest at which all coefficients are 0 downwards.
    pub strengths: Option<&'a [f64]>,
    /// Number of strengths.
    pub n_strengths: usize,
    /// Last strength over the first; none: 0.01 with more covariates than rows, else 0.0001.
    pub smallest_ratio: Option<f64>,
    /// Whether the penalty is on the coefficients of covariates divided by their standard deviation (n in the denominator).
    pub standardise: bool,
    /// Factor of each column's penalty, 0 for none; all 1 without. Used as given.
    pub factors: Option<&'a [f64]>,
}

impl Default for PathOptions<'_> {
    fn default() -> Self {
        Self { mix: 1.0, strengths: None, n_strengths: 100, smallest_ratio: None, standardise: true, factors: None }
    }
}

/// Coefficients along a path of penalties. There are no standard errors: penalised estimates are biased on purpose.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxPath {
    /// Strengths, descending.
    pub strength: Vec<f64>,
    /// Coefficients on the scale of the input, strengths x columns.
    pub coefficients: Array2<f64>,
    /// Log partial likelihood, without the penalty.
    pub log_likelihood: Vec<f64>,
    /// Share of the deviance explained: (log-likelihood less that at 0) / (largest possible less that at 0).
    pub deviance_ratio: Vec<f64>,
    /// Coefficients that are not 0.
    pub n_nonzero: Vec<usize>,
    /// Whether each maximum was reached.
    pub converged: Vec<bool>,
    /// Log partial likelihood with all coefficients 0.
    pub log_likelihood_null: f64,
    /// Largest log partial likelihood that any risks could give.
    pub log_likelihood_saturated: f64,
    /// Rows (summed frequency weights).
    pub n: f64,
    /// Events (summed frequency weights).
    pub n_events: f64,
    /// Share of the lasso.
    pub mix: f64,
    /// Tie rule.
    pub ties: Ties,
}

/// Cross-validated deviance along a path.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxCrossValidation {
    /// The path of all rows.
    pub path: CoxPath,
    /// Mean deviance per event, by strength.
    pub deviance: Vec<f64>,
    /// Its standard error over the folds.
    pub standard_error: Vec<f64>,
    /// Place of the smallest deviance.
    pub smallest: usize,
    /// Place of the largest strength whose deviance is within one standard error of the smallest.
    pub one_standard_error: usize,
    /// Number of folds.
    pub folds: usize,
}

/// Maximises the penalised likelihood at each strength of a path, each from the solution before.
///
/// ```text
/// log-likelihood / n - strength * sum of f_j (mix |b_j s_j| + (1 - mix) / 2 (b_j s_j)^2)
/// ```
///
/// n is the sum of the weights, s_j the standard deviation of column j (or 1), f_j its factor. These are the conventions of
/// R's glmnet, whose ties are Breslow's; here the tie rule is that of the options. Each quadratic model with the exact
/// information is solved by coordinate descent (ridge: directly) over the columns that may be different from 0, and the
/// others are checked against the conditions of the maximum.
///
/// # Errors
/// As [`cox`](crate::cox); exact ties, clusters, a mix outside 0..1, strengths that are negative or do not descend.
///
/// # Examples
/// ```
/// use mscsle_survival::{CoxOptions, PathOptions, cox_path};
/// use ndarray::array;
/// let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let event = [true, true, true, false, true, false];
/// let x = array![[1.0, 0.3], [1.0, 0.1], [0.0, 0.9], [1.0, 0.2], [0.0, 0.4], [0.0, 0.8]];
/// let path = cox_path(&time, &event, x.view(), &CoxOptions::default(), &PathOptions::default())?;
/// assert_eq!(path.n_nonzero[0], 0);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Simon N, Friedman J, Hastie T, Tibshirani R (2011) J Stat Softw 39(5), doi:10.18637/jss.v039.i05. Verweij PJM,
/// van Houwelingen HC (1994) Stat Med 13:2427, doi:10.1002/sim.4780132307.
pub fn cox_path(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    path: &PathOptions<'_>,
) -> Result<CoxPath, SurvivalError> {
    check_path(x.ncols(), options, path)?;
    let design = prepare(time, event, x, options)?;
    let (p, n) = (design.p, design.n_rows);
    let deviations = standard_deviations(x, options);
    let total: f64 = options.weights.values().map_or(time.len() as f64, |weights| weights.iter().sum());
    let unit: Vec<f64> = (0..p)
        .map(|j| if path.standardise { deviations[j] / design.scale[j] } else { 1.0 / design.scale[j] })
        .collect();
    let factor = |j: usize| path.factors.map_or(1.0, |factors| factors[j]);
    let penalty = PenaltyWeights {
        unit,
        factor: (0..p).map(factor).collect(),
        mix: path.mix,
        total,
        usable: design.constant.iter().map(|constant| !constant).collect(),
    };
    let failed = || SurvivalError::NotEstimable {
        quantity: "the penalised Cox model",
        reason: "the likelihood is not finite; offsets differ by more than 300 within a stratum".to_owned(),
    };
    let mut state = Penalised::start(&design, &penalty).ok_or_else(failed)?;
    let null = null_log_likelihood(&design).ok_or_else(failed)?;
    let saturated = saturated(&design);
    let strengths = match path.strengths {
        Some(strengths) => strengths.to_vec(),
        None => {
            let ratio = path.smallest_ratio.unwrap_or(if (time.len() as f64) < p as f64 { 0.01 } else { 1e-4 });
            let first = state.largest_strength(&penalty);
            let steps = path.n_strengths.saturating_sub(1).max(1) as f64;
            (0..path.n_strengths).map(|k| first * ratio.powf(k as f64 / steps)).collect()
        }
    };
    let mut found = CoxPath {
        coefficients: Array2::zeros((strengths.len(), p)),
        log_likelihood: Vec::with_capacity(strengths.len()),
        deviance_ratio: Vec::with_capacity(strengths.len()),
        n_nonzero: Vec::with_capacity(strengths.len()),
        converged: Vec::with_capacity(strengths.len()),
        log_likelihood_null: null,
        log_likelihood_saturated: saturated,
        n,
        n_events: design.n_events,
        mix: path.mix,
        ties: options.ties,
        strength: strengths,
    };
    let mut before = f64::INFINITY;
    for k in 0..found.strength.len() {
        let strength = found.strength[k];
        let converged = maximise_penalty(&design, &penalty, strength, before, &mut state);
        before = strength;
        for j in 0..p {
            found.coefficients[[k, j]] = state.beta[j] / design.scale[j];
        }
        found.log_likelihood.push(state.log_likelihood);
        found.deviance_ratio.push((state.log_likelihood - null) / (saturated - null));
        found.n_nonzero.push(state.beta.iter().filter(|&&b| b != 0.0).count());
        found.converged.push(converged);
    }
    Ok(found)
}

/// Chooses the strength by cross-validation: rows with the same `fold` are left out together.
///
/// ```text
/// deviance of fold k = 2 (gain of all rows - gain of the other rows) at the coefficients of the other rows / its events
/// ```
///
/// where gain is the saturated log-likelihood less the log-likelihood (Verweij and van Houwelingen). Mean and standard error
/// over the folds weight each fold by its events.
///
/// # Errors
/// As [`cox_path`]; fewer than 3 folds, and a fold without which there are no events.
pub fn cox_path_cross_validation(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    path: &PathOptions<'_>,
    fold: &[u32],
) -> Result<CoxCrossValidation, SurvivalError> {
    let n = time.len();
    crate::check::length("folds", n, fold.len())?;
    let whole = cox_path(time, event, x, options, path)?;
    let strengths = whole.strength.clone();
    let mut codes = fold.to_vec();
    codes.sort_unstable();
    codes.dedup();
    if codes.len() < 3 {
        let value = codes.len() as f64;
        return Err(SurvivalError::InvalidOption { option: "folds", expected: "at least 3", value });
    }
    let mut deviance = Array2::zeros((codes.len(), strengths.len()));
    let mut weight = Vec::with_capacity(codes.len());
    for (k, &code) in codes.iter().enumerate() {
        let kept: Vec<usize> = (0..n).filter(|&row| fold[row] != code).collect();
        let rest = Rows::new(time, event, x, options, &kept);
        let fixed = PathOptions { strengths: Some(&strengths), ..*path };
        let others = cox_path(&rest.time, &rest.event, rest.x.view(), &rest.options(options), &fixed)?;
        let mut all = Judge::new(prepare(time, event, x, options)?);
        let mut those = Judge::new(prepare(&rest.time, &rest.event, rest.x.view(), &rest.options(options))?);
        let events: f64 = (0..n)
            .filter(|&row| fold[row] == code && event[row])
            .map(|row| options.weights.values().map_or(1.0, |weights| weights[row]))
            .sum();
        weight.push(events);
        for s in 0..strengths.len() {
            let beta: Vec<f64> = others.coefficients.row(s).to_vec();
            let gained = all.deviance(&beta) - those.deviance(&beta);
            deviance[[k, s]] = if events > 0.0 { gained / events } else { 0.0 };
        }
    }
    let total: f64 = weight.iter().sum();
    let count = codes.len() as f64;
    let (mut mean, mut error) = (Vec::new(), Vec::new());
    for column in deviance.columns() {
        let average = column.iter().zip(&weight).map(|(d, w)| d * w).sum::<f64>() / total;
        let spread = column.iter().zip(&weight).map(|(d, w)| w * (d - average).powi(2)).sum::<f64>() / total;
        mean.push(average);
        error.push((spread / (count - 1.0)).sqrt());
    }
    let smallest = (0..mean.len()).min_by(|&a, &b| mean[a].total_cmp(&mean[b])).unwrap_or(0);
    let bound = mean.get(smallest).copied().unwrap_or(0.0) + error.get(smallest).copied().unwrap_or(0.0);
    let one = mean.iter().position(|&m| m <= bound).unwrap_or(smallest);
    Ok(CoxCrossValidation {
        path: whole,
        deviance: mean,
        standard_error: error,
        smallest,
        one_standard_error: one,
        folds: codes.len(),
    })
}

/// The deviance at given coefficients.
struct Judge {
    design: Design,
    evaluation: Evaluation,
    saturated: f64,
}

impl Judge {
    fn new(design: Design) -> Self {
        let saturated = saturated(&design);
        Self { design, evaluation: Evaluation::default(), saturated }
    }

    fn deviance(&mut self, coefficients: &[f64]) -> f64 {
        let beta: Vec<f64> = coefficients.iter().zip(&self.design.scale).map(|(b, s)| b * s).collect();
        if self.evaluation.at(&self.design, &beta, false) {
            2.0 * (self.saturated - self.evaluation.log_likelihood)
        } else {
            f64::INFINITY
        }
    }
}

/// Some of the rows.
struct Rows {
    time: Vec<f64>,
    event: Vec<bool>,
    x: Array2<f64>,
    entry: Option<Vec<f64>>,
    strata: Option<Vec<u32>>,
    weights: Option<Vec<f64>>,
    offset: Option<Vec<f64>>,
}

impl Rows {
    fn new(time: &[f64], event: &[bool], x: ArrayView2<'_, f64>, options: &CoxOptions<'_>, kept: &[usize]) -> Self {
        fn take<T: Copy>(values: &[T], kept: &[usize]) -> Vec<T> {
            kept.iter().map(|&row| values[row]).collect()
        }
        Self {
            time: take(time, kept),
            event: take(event, kept),
            x: x.select(ndarray::Axis(0), kept),
            entry: options.entry.map(|entry| take(entry, kept)),
            strata: options.strata.map(|strata| take(strata, kept)),
            weights: options.weights.values().map(|weights| take(weights, kept)),
            offset: options.offset.map(|offset| take(offset, kept)),
        }
    }

    fn options<'a>(&'a self, of: &CoxOptions<'a>) -> CoxOptions<'a> {
        CoxOptions {
            entry: self.entry.as_deref(),
            strata: self.strata.as_deref(),
            weights: match (&self.weights, of.weights) {
                (Some(weights), crate::Weights::Sampling(_)) => crate::Weights::Sampling(weights),
                (Some(weights), _) => crate::Weights::Frequency(weights),
                (None, _) => crate::Weights::None,
            },
            offset: self.offset.as_deref(),
            ..*of
        }
    }
}

fn null_log_likelihood(design: &Design) -> Option<f64> {
    let mut evaluation = Evaluation::default();
    evaluation.at(design, &vec![0.0; design.p], false).then_some(evaluation.log_likelihood)
}

/// The log-likelihood when each death has all the risk of its risk set (tied deaths share it).
fn saturated(design: &Design) -> f64 {
    (0..design.end.len())
        .map(|k| {
            let (weight, shares) =
                (design.mean_weight[k] * design.count[k] / design.shares(k) as f64, design.shares(k));
            if shares == 1 {
                let total: f64 = design.death_rows(k).map(|position| design.weight(position)).sum();
                -total * total.ln()
            } else {
                (0..shares).map(|l| -weight * ((design.count[k] - l as f64) * design.mean_weight[k]).ln()).sum::<f64>()
            }
        })
        .sum()
}

/// Standard deviations of the columns, weighted, with n in the denominator.
fn standard_deviations(x: ArrayView2<'_, f64>, options: &CoxOptions<'_>) -> Vec<f64> {
    let weight = |row: usize| options.weights.values().map_or(1.0, |weights| weights[row]);
    let total: f64 = (0..x.nrows()).map(weight).sum();
    x.columns()
        .into_iter()
        .map(|column| {
            let mean = column.iter().enumerate().map(|(row, v)| weight(row) * v).sum::<f64>() / total;
            (column.iter().enumerate().map(|(row, v)| weight(row) * (v - mean).powi(2)).sum::<f64>() / total).sqrt()
        })
        .collect()
}

fn check_path(p: usize, options: &CoxOptions<'_>, path: &PathOptions<'_>) -> Result<(), SurvivalError> {
    check_options(p, options)?;
    let incompatible =
        |second, reason| Err(SurvivalError::Incompatible { first: "a path of penalties", second, reason });
    if options.ties == Ties::Exact {
        return incompatible("ties = exact", "use `efron` or `breslow`");
    }
    if options.cluster.is_some() {
        return incompatible("cluster", "penalised coefficients have no standard errors");
    }
    if options.penalty != Penalty::None {
        return incompatible("penalty = firth", "choose one penalty");
    }
    let invalid = |option, expected, value| Err(SurvivalError::InvalidOption { option, expected, value });
    if !(0.0..=1.0).contains(&path.mix) {
        return invalid("mix", "between 0 and 1", path.mix);
    }
    if let Some(strengths) = path.strengths {
        if let Some(&value) = strengths.iter().find(|s| !(s.is_finite() && **s >= 0.0)) {
            return invalid("strengths", "finite and >= 0", value);
        }
        if let Some(pair) = strengths.windows(2).find(|pair| pair[0] <= pair[1]) {
            return invalid("strengths", "descending", pair[1]);
        }
    } else if path.n_strengths == 0 {
        return invalid("n_strengths", "at least 1", 0.0);
    }
    if let Some(value) = path.smallest_ratio.filter(|r| !(*r > 0.0 && *r < 1.0)) {
        return invalid("smallest_ratio", "between 0 and 1", value);
    }
    if let Some(factors) = path.factors {
        crate::check::length("factors", p, factors.len())?;
        if let Some(j) = factors.iter().position(|f| !(f.is_finite() && *f >= 0.0)) {
            let name = column_name(options.names, j);
            return Err(SurvivalError::NotEstimable {
                quantity: "the path",
                reason: format!("the factor of `{name}` is {}; factors are finite and >= 0", factors[j]),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cox;

    fn data(n: usize, p: usize) -> (Vec<f64>, Vec<bool>, Array2<f64>) {
        let mut state = 3_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let x = Array2::from_shape_fn((n, p), |(_, j)| next() * (1.0 + j as f64) + if j == 1 { 2e9 } else { 0.0 });
        let time = (0..n).map(|i| (-next().ln() * 9.0 * (-x[[i, 0]]).exp()).ceil()).collect();
        let event = (0..n).map(|_| next() < 0.7).collect();
        (time, event, x)
    }

    #[test]
    fn without_strength_the_path_ends_at_the_plain_fit() {
        let (time, event, x) = data(90, 5);
        for mix in [0.0, 0.4, 1.0] {
            let path = PathOptions { mix, strengths: Some(&[0.1, 0.0]), ..PathOptions::default() };
            let found = cox_path(&time, &event, x.view(), &CoxOptions::default(), &path).unwrap();
            let fit = cox(&time, &event, x.view(), &CoxOptions::default()).unwrap();
            for (j, term) in fit.terms.iter().enumerate() {
                let unit = term.standard_error.unwrap();
                assert!((found.coefficients[[1, j]] - term.coefficient.unwrap()).abs() < 1e-9 * unit, "{mix}");
            }
            assert!((found.log_likelihood[1] - fit.log_likelihood).abs() < 1e-10);
        }
    }

    #[test]
    fn every_solution_meets_the_conditions_of_the_maximum() {
        let (time, event, x) = data(40, 120);
        let options = CoxOptions::default();
        for mix in [0.3, 1.0] {
            let path = PathOptions { mix, n_strengths: 12, smallest_ratio: Some(0.1), ..PathOptions::default() };
            let found = cox_path(&time, &event, x.view(), &options, &path).unwrap();
            assert!(found.converged.iter().all(|&c| c), "{:?}", found.converged);
            assert!(found.n_nonzero[0] == 0 && found.n_nonzero[11] > 5, "{:?}", found.n_nonzero);
            let deviations = standard_deviations(x.view(), &options);
            for (k, &strength) in found.strength.iter().enumerate() {
                let beta: Vec<f64> = found.coefficients.row(k).to_vec();
                let at = &crate::cox_likelihood(&time, &event, x.view(), &options, &beta).unwrap()[0];
                for j in 0..120 {
                    let slope = at.score[j] / 40.0 / deviations[j];
                    let own = beta[j] * deviations[j];
                    if own == 0.0 {
                        assert!(slope.abs() <= strength * mix * (1.0 + 1e-8));
                    } else {
                        let wanted = strength * (mix * own.signum() + (1.0 - mix) * own);
                        assert!((slope - wanted).abs() < 1e-8 * strength, "{mix} {k} {j} {slope} {wanted}");
                    }
                }
            }
        }
    }
}
