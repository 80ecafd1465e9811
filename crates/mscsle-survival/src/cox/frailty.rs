//! Shared gamma frailty in the Cox model.

use mscsle_distributions::chi_squared;
use ndarray::{Array2, ArrayView2};

use super::design::{Design, column_name, prepare};
use super::factor::Factor;
use super::likelihood::Evaluation;
use super::newton::{ALIASED, dot};
use super::options::{CoxOptions, Penalty, Ties};
use super::result::{CoxTest, TermStatus};
use super::separation::is_monotone;
use crate::parametric::{ParametricTerm, wald_term};
use crate::{SurvivalError, Weights};

/// Groups up to which the whole information matrix is factorised.
pub const MOST_FRAILTY_GROUPS: usize = 1000;
/// Squared length of the last step in standard errors.
const EXACT: f64 = 1e-20;
/// The same, where rounding forbids more.
const NOISE: f64 = 1e-14;
/// A variance of the frailty below this is 0 for all purposes.
const SMALLEST: f64 = 1e-4;
/// A variance above this is not bounded by the data.
const LARGEST: f64 = 1e3;

/// A Cox model with a gamma frailty shared within groups.
#[derive(Debug, Clone, PartialEq)]
pub struct FrailtyFit {
    /// Covariates; standard errors with the frailties estimated beside them, for the variance at its estimate.
    pub terms: Vec<ParametricTerm>,
    /// Covariance of the coefficients; NaN where not estimated.
    pub covariance: Array2<f64>,
    /// Variance of the frailty (mean 1).
    pub theta: f64,
    /// Whether `theta` was estimated, not given.
    pub theta_estimated: bool,
    /// Frailty of each group: above 1 its hazard is higher than the covariates say.
    pub frailty: Vec<f64>,
    /// Events of each group.
    pub group_events: Vec<f64>,
    /// Log-likelihood with the frailties integrated out.
    pub log_likelihood: f64,
    /// Partial log-likelihood at the coefficients and frailties, without the penalty.
    pub log_likelihood_conditional: f64,
    /// Log partial likelihood of the same model without frailty.
    pub log_likelihood_no_frailty: f64,
    /// Test of no frailty: half a chi-squared with one degree of freedom, the variance being at its bound; none if `theta`
    /// was given.
    pub frailty_test: Option<CoxTest>,
    /// Rows.
    pub n: f64,
    /// Events.
    pub n_events: f64,
    /// Newton steps, all variances taken together.
    pub iterations: usize,
    /// Whether coefficients and variance converged.
    pub converged: bool,
}

/// Fits the Cox model with a gamma frailty of mean 1 shared by the rows of a group.
///
/// ```text
/// hazard of row i in group g = h_s(t) z_g exp(x_i beta),   z_g gamma with mean 1 and variance theta
/// for theta: maximise  PL(beta, w) - (1/theta) sum_g (exp(w_g) - 1 - w_g),   w_g = log z_g
/// integrated: that + sum_g [ d_g - nu log(1 + d_g / nu) + sum_{k < d_g} log((nu + k) / (nu + d_g)) ],   nu = 1/theta
/// ```
///
/// The penalised partial likelihood has the EM solution as its maximum; it is found by Newton's method over coefficients and
/// frailties together, and `theta` is the root of the derivative of the integrated likelihood, to rounding (R's `frailty`
/// stops earlier, by the change of theta). Where the likelihood falls from 0 on, `theta` is 0 and the fit is the model without
/// frailty. Standard errors are those of the whole information matrix at `theta` (R: `frailty(sparse = FALSE)`); they do not
/// count that `theta` was estimated.
///
/// # Errors
/// As [`cox`](crate::cox); exact ties, penalties, sampling weights and clusters do not go with a frailty; more than
/// [`MOST_FRAILTY_GROUPS`] groups; [`SurvivalError::NotEstimable`] if the variance is not bounded by the data.
///
/// # Examples
/// ```
/// use mscsle_survival::{CoxOptions, cox_frailty};
/// use ndarray::array;
/// let time = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
/// let x = array![[0.0], [1.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0]];
/// let group = [0, 0, 1, 1, 2, 2, 3, 3];
/// let fit = cox_frailty(&time, &[true; 8], x.view(), &group, Some(0.5), &CoxOptions::default())?;
/// assert!(fit.frailty[0] > 1.0 && fit.frailty[3] < 1.0);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Nielsen GG, Gill RD, Andersen PK, Sorensen TIA (1992) Scand J Stat 19:25. Therneau TM, Grambsch PM, Pankratz VS (2003)
/// J Comput Graph Stat 12:156, doi:10.1198/1061860031365.
pub fn cox_frailty(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    group: &[u32],
    theta: Option<f64>,
    options: &CoxOptions<'_>,
) -> Result<FrailtyFit, SurvivalError> {
    let (n, p) = x.dim();
    let groups = check(n, group, theta, options)?;
    let wide = Array2::from_shape_fn((n, p + groups), |(i, j)| {
        if j < p { x[[i, j]] } else { f64::from(u8::from(group[i] as usize == j - p)) }
    });
    if p > 0 {
        // names the column of a value that is not finite
        super::design::check_data(time, event, x, options)?;
        prepare(time, event, x, options)?;
    }
    let design = prepare(time, event, wide.view(), &CoxOptions { names: None, ..*options })?;
    let mut deaths = vec![0.0; groups];
    for i in 0..n {
        if event[i] {
            deaths[group[i] as usize] += options.weights.values().map_or(1.0, |w| w[i]);
        }
    }
    let mut model = Model { design: &design, p, groups, deaths, iterations: 0 };
    let plain = model.without_frailty(options)?;
    let refuse = |reason: &str| SurvivalError::NotEstimable {
        quantity: "the variance of the frailty",
        reason: reason.to_owned(),
    };
    let start = vec![0.0; p + groups];
    let found = match theta {
        Some(0.0) => None,
        Some(theta) => Some((theta, model.maximise(theta, &start, options.max_iterations))),
        None => model.best_theta(&start, options.max_iterations).map_err(|()| {
            refuse(
                "the likelihood rises with it without bound; each group may have too few events, use `cluster` instead",
            )
        })?,
    };
    let scale = &design.scale;
    let (chosen, state) = match found {
        Some((theta, state)) => (theta, state.ok_or_else(|| refuse("the likelihood is not finite"))?),
        None => (0.0, plain.clone()),
    };
    let q = p + groups;
    let covariance = Array2::from_shape_fn((p, p), |(a, b)| {
        if state.active[a] && state.active[b] { state.inverse[a * q + b] / (scale[a] * scale[b]) } else { f64::NAN }
    });
    let terms = (0..p)
        .map(|j| {
            let status = if design.constant[j] {
                TermStatus::Constant
            } else if state.active[j] {
                TermStatus::Estimated
            } else {
                TermStatus::Aliased
            };
            wald_term(
                column_name(options.names, j),
                status,
                state.theta[j] / scale[j],
                covariance[[j, j]],
                options.conf_level,
            )
        })
        .collect();
    let integrated = if chosen > 0.0 { model.integrated(chosen, &state) } else { state.partial };
    let frailty_test = theta.is_none().then(|| {
        let statistic = (2.0 * (integrated - plain.partial)).max(0.0);
        let p_value = if statistic == 0.0 { 1.0 } else { 0.5 * chi_squared::sf(statistic, 1.0).unwrap_or(f64::NAN) };
        CoxTest { statistic, df: 1, p_value, method: "likelihood ratio, half chi-squared" }
    });
    Ok(FrailtyFit {
        terms,
        covariance,
        theta: chosen,
        theta_estimated: theta.is_none(),
        frailty: (0..groups)
            .map(|g| if chosen > 0.0 { (state.theta[p + g] / scale[p + g]).exp() } else { 1.0 })
            .collect(),
        group_events: model.deaths.clone(),
        log_likelihood: integrated,
        log_likelihood_conditional: state.partial,
        log_likelihood_no_frailty: plain.partial,
        frailty_test,
        n: design.n_rows,
        n_events: design.n_events,
        iterations: model.iterations,
        converged: state.converged,
    })
}

fn check(n: usize, group: &[u32], theta: Option<f64>, options: &CoxOptions<'_>) -> Result<usize, SurvivalError> {
    let refuse = |second, reason| Err(SurvivalError::Incompatible { first: "frailty", second, reason });
    if options.ties == Ties::Exact {
        return refuse("ties = exact", "use `efron` or `breslow`");
    }
    if options.penalty != Penalty::None {
        return refuse("a penalty", "the frailty is a penalty of its own");
    }
    if matches!(options.weights, Weights::Sampling(_)) {
        return refuse("sampling weights", "the integrated likelihood counts whole subjects");
    }
    if options.cluster.is_some() {
        return refuse("cluster", "the groups of the frailty are the clusters");
    }
    if !(options.conf_level > 0.0 && options.conf_level < 1.0) {
        let value = options.conf_level;
        return Err(SurvivalError::InvalidOption { option: "conf_level", expected: "between 0 and 1", value });
    }
    if group.len() != n {
        return Err(SurvivalError::UnequalLength { argument: "group", expected: n, found: group.len() });
    }
    if let Some(value) = theta
        && !(value.is_finite() && value >= 0.0)
    {
        return Err(SurvivalError::InvalidOption { option: "theta", expected: "finite and >= 0", value });
    }
    let groups = group.iter().max().map_or(0, |&g| g as usize + 1);
    if !(2..=MOST_FRAILTY_GROUPS).contains(&groups) {
        let value = groups as f64;
        return Err(SurvivalError::InvalidOption { option: "groups", expected: "from 2 to 1000 groups", value });
    }
    Ok(groups)
}

/// Coefficients and log frailties (scaled) at a maximum.
#[derive(Debug, Clone)]
struct State {
    theta: Vec<f64>,
    partial: f64,
    /// Columns that take part.
    active: Vec<bool>,
    inverse: Vec<f64>,
    converged: bool,
}

struct Model<'a> {
    design: &'a Design,
    p: usize,
    groups: usize,
    deaths: Vec<f64>,
    iterations: usize,
}

impl Model<'_> {
    /// The model with all frailties at 1.
    fn without_frailty(&mut self, options: &CoxOptions<'_>) -> Result<State, SurvivalError> {
        let q = self.p + self.groups;
        let active: Vec<bool> = (0..q).map(|j| j < self.p && !self.design.constant[j]).collect();
        let fit = super::newton::newton(self.design, &vec![0.0; q], &active, options.max_iterations, options.tolerance)
            .ok_or_else(|| SurvivalError::NotEstimable {
                quantity: "the Cox model",
                reason: "the likelihood is not finite at the start".to_owned(),
            })?;
        if (!fit.at_maximum() || fit.doubtful) && is_monotone(self.design, &fit.free) {
            return Err(SurvivalError::NotEstimable {
                quantity: "the Cox model with frailty",
                reason: "the likelihood is monotone in a coefficient; use Firth's penalty without frailty".to_owned(),
            });
        }
        Ok(State {
            inverse: fit.factor.inverse(),
            active: fit.factor.active.clone(),
            theta: fit.beta,
            partial: fit.evaluation.log_likelihood,
            converged: fit.end == super::newton::End::Converged,
        })
    }

    /// The penalty and its derivatives by the scaled log frailties.
    fn penalty(&self, nu: f64, theta: &[f64]) -> f64 {
        (0..self.groups)
            .map(|g| {
                let w = theta[self.p + g] / self.design.scale[self.p + g];
                nu * (w.exp_m1() - w)
            })
            .sum()
    }

    /// The maximum of the penalised partial likelihood.
    fn maximise(&mut self, variance: f64, start: &[f64], max_iterations: usize) -> Option<State> {
        let nu = 1.0 / variance;
        let (p, q) = (self.p, self.p + self.groups);
        let allowed: Vec<bool> = (0..q).map(|j| j >= p || !self.design.constant[j]).collect();
        let mut theta = start.to_vec();
        let mut evaluation = Evaluation::default();
        if !evaluation.at(self.design, &theta, true) {
            return None;
        }
        let mut value = evaluation.log_likelihood - self.penalty(nu, &theta);
        let mut step = vec![0.0; q];
        let mut converged = false;
        let mut factor;
        loop {
            let mut information = evaluation.information.clone();
            let mut score = evaluation.score.clone();
            for g in 0..self.groups {
                let j = p + g;
                let scale = self.design.scale[j];
                let w = theta[j] / scale;
                score[j] -= nu * w.exp_m1() / scale;
                information[j * q + j] += nu * w.exp() / (scale * scale);
            }
            factor = Factor::new(&information, q, &allowed, ALIASED);
            factor.solve(&score, &mut step);
            let decrement = dot(&step, &score);
            if !decrement.is_finite() {
                break;
            }
            if decrement <= EXACT {
                converged = true;
                break;
            }
            if self.iterations >= 40 * max_iterations {
                break;
            }
            self.iterations += 1;
            let mut fraction = 1.0;
            let mut moved = false;
            for _ in 0..40 {
                let candidate: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t + fraction * s).collect();
                if evaluation.at(self.design, &candidate, true) {
                    let found = evaluation.log_likelihood - self.penalty(nu, &candidate);
                    if found >= value - 1e-13 * value.abs() {
                        theta = candidate;
                        value = found;
                        moved = true;
                        break;
                    }
                }
                fraction *= 0.5;
            }
            if !moved {
                evaluation.at(self.design, &theta, true);
                converged = decrement <= NOISE;
                break;
            }
            if decrement <= NOISE {
                converged = true;
                break;
            }
        }
        Some(State {
            theta,
            partial: evaluation.log_likelihood,
            active: factor.active.clone(),
            inverse: factor.inverse(),
            converged,
        })
    }

    /// Log-likelihood with the frailties integrated out.
    fn integrated(&self, variance: f64, state: &State) -> f64 {
        let nu = 1.0 / variance;
        let correction: f64 = self
            .deaths
            .iter()
            .map(|&d| {
                let rising: f64 = (0..d as usize).map(|k| ((k as f64 - d) / (nu + d)).ln_1p()).sum();
                d - nu * (d / nu).ln_1p() + rising
            })
            .sum();
        state.partial - self.penalty(nu, &state.theta) + correction
    }

    /// Derivative of the integrated log-likelihood by nu = 1 / variance, coefficients and frailties at their maximum.
    fn slope(&self, variance: f64, state: &State) -> f64 {
        let nu = 1.0 / variance;
        (0..self.groups)
            .map(|g| {
                let w = state.theta[self.p + g] / self.design.scale[self.p + g];
                let d = self.deaths[g];
                let sum: f64 = (0..d as usize).map(|k| 1.0 / (nu + k as f64)).sum();
                (w - w.exp_m1()) - (d / nu).ln_1p() + sum
            })
            .sum()
    }

    /// The variance at which the integrated likelihood is largest; none if that is 0.
    fn best_theta(&mut self, start: &[f64], max_iterations: usize) -> Result<Option<(f64, Option<State>)>, ()> {
        // in log variance: rises while the slope by nu is negative
        let at = |model: &mut Self, log: f64, from: &[f64]| {
            let state = model.maximise(log.exp(), from, max_iterations).ok_or(())?;
            let rise = -model.slope(log.exp(), &state) / log.exp();
            Ok::<_, ()>((rise, state))
        };
        let mut low = SMALLEST.ln();
        let (mut rise_low, state) = at(self, low, start)?;
        if rise_low <= 0.0 {
            return Ok(None);
        }
        let mut from = state.theta;
        let mut high = 0.05_f64.ln();
        let (mut rise_high, mut state) = at(self, high, &from)?;
        while rise_high > 0.0 {
            low = high;
            rise_low = rise_high;
            high += 1.2;
            if high > LARGEST.ln() {
                return Err(());
            }
            (rise_high, state) = at(self, high, &state.theta)?;
        }
        // bisection made faster by the secant (Illinois)
        let mut best = state;
        let mut log = high;
        for _ in 0..200 {
            if (high - low).abs() < 1e-13 || rise_high == 0.0 {
                break;
            }
            let mut next = (low * rise_high - high * rise_low) / (rise_high - rise_low);
            if !(next > low && next < high) {
                next = 0.5 * (low + high);
            }
            from.clone_from(&best.theta);
            let (rise, found) = at(self, next, &from)?;
            let step = (next - log).abs();
            best = found;
            log = next;
            if rise > 0.0 {
                (low, rise_low) = (next, rise);
                rise_high *= 0.5;
            } else {
                (high, rise_high) = (next, rise);
                rise_low *= 0.5;
            }
            if rise == 0.0 || step < 1e-12 {
                break;
            }
        }
        Ok(Some((log.exp(), Some(best))))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::cox_frailty;
    use crate::{CoxOptions, SurvivalError, Ties, cox};

    fn data() -> (Vec<f64>, Vec<bool>, Array2<f64>, Vec<u32>) {
        let time = vec![8., 16., 23., 13., 22., 28., 447., 318., 30., 12., 24., 245., 7., 9., 511., 30., 53., 196.];
        let event = vec![
            true, true, true, false, true, true, true, true, true, true, true, true, true, true, true, true, true, true,
        ];
        let x = Array2::from_shape_fn((18, 1), |(i, _)| f64::from(u8::from((i / 2) % 2 == 1)));
        let group = (0..18).map(|i| i / 2).collect();
        (time, event, x, group)
    }

    #[test]
    fn the_frailties_solve_the_equations_of_em_and_have_mean_one() {
        let (time, event, x, group) = data();
        let options = CoxOptions { ties: Ties::Breslow, ..CoxOptions::default() };
        let fit = cox_frailty(&time, &event, x.view(), &group, Some(0.7), &options).expect("valid");
        assert!(fit.converged);
        assert!((fit.frailty.iter().sum::<f64>() / 9.0 - 1.0).abs() < 1e-10);
        // z = (nu + d) / (nu + cumulative hazard of the group), the hazard of Breslow at these frailties
        let beta = fit.terms[0].coefficient.expect("estimated");
        let risk = |i: usize| fit.frailty[group[i] as usize] * (beta * x[[i, 0]]).exp();
        let nu = 1.0 / 0.7;
        for g in 0..9 {
            let mut hazard = 0.0;
            for i in (0..18).filter(|&i| group[i] == g as u32) {
                for k in (0..18).filter(|&k| event[k] && time[k] <= time[i]) {
                    let total: f64 = (0..18).filter(|&l| time[l] >= time[k]).map(risk).sum();
                    hazard += (beta * x[[i, 0]]).exp() / total;
                }
            }
            assert!((fit.frailty[g] - (nu + fit.group_events[g]) / (nu + hazard)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_variance_of_zero_is_the_model_without_frailty() {
        let (time, event, x, group) = data();
        let plain = cox(&time, &event, x.view(), &CoxOptions::default()).expect("valid");
        let fit = cox_frailty(&time, &event, x.view(), &group, Some(0.0), &CoxOptions::default()).expect("valid");
        assert!((fit.log_likelihood - plain.log_likelihood).abs() < 1e-12);
        let (a, b) = (fit.terms[0].coefficient.expect("e"), plain.terms[0].coefficient.expect("e"));
        assert!((a - b).abs() < 1e-12);
        let small = cox_frailty(&time, &event, x.view(), &group, Some(1e-6), &CoxOptions::default()).expect("valid");
        assert!((small.log_likelihood - plain.log_likelihood).abs() < 1e-4);
    }

    #[test]
    fn the_estimated_variance_is_the_best() {
        let (time, event, x, group) = data();
        let at = |theta| cox_frailty(&time, &event, x.view(), &group, theta, &CoxOptions::default()).expect("valid");
        let best = at(None);
        for theta in [best.theta * 0.99 + 1e-9, best.theta * 1.01 + 1e-9] {
            assert!(at(Some(theta)).log_likelihood <= best.log_likelihood);
        }
        let test = best.frailty_test.expect("theta was estimated");
        assert!((0.0..=1.0).contains(&test.p_value));
    }

    #[test]
    fn what_does_not_go_with_a_frailty_is_refused() {
        let (time, event, x, group) = data();
        let exact = CoxOptions { ties: Ties::Exact, ..CoxOptions::default() };
        assert!(matches!(
            cox_frailty(&time, &event, x.view(), &group, None, &exact),
            Err(SurvivalError::Incompatible { first: "frailty", .. })
        ));
        let one = vec![0; 18];
        assert!(matches!(
            cox_frailty(&time, &event, x.view(), &one, None, &CoxOptions::default()),
            Err(SurvivalError::InvalidOption { option: "groups", .. })
        ));
        let short = array![[1.0], [2.0]];
        assert!(cox_frailty(&time, &event, short.view(), &group[..2], None, &CoxOptions::default()).is_err());
    }
}
