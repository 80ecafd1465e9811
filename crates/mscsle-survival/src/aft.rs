//! Accelerated failure time models.

use mscsle_distributions::ln_gamma;
use ndarray::{Array2, ArrayView2};

use crate::SurvivalError;
use crate::cox::{CoxTest, TermStatus};
use crate::parametric::{
    Family, ParametricModel, ParametricNote, ParametricOptions, ParametricTerm, Shape, fit, ratio_test, wald_term,
};

/// Distribution of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AftFamily {
    /// `S(t) = exp(-exp((log t - eta) / sigma))`; also a proportional hazards model.
    Weibull,
    /// Weibull with `sigma = 1`.
    Exponential,
    /// The logarithm of the time is normal.
    LogNormal,
    /// The logarithm of the time is logistic; also a proportional odds model.
    LogLogistic,
}

impl AftFamily {
    /// The word used in results and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Weibull => "weibull",
            Self::Exponential => "exponential",
            Self::LogNormal => "log-normal",
            Self::LogLogistic => "log-logistic",
        }
    }

    /// The family of this name.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(name: &str) -> Result<Self, SurvivalError> {
        [Self::Weibull, Self::Exponential, Self::LogNormal, Self::LogLogistic]
            .into_iter()
            .find(|family| family.word() == name)
            .ok_or_else(|| SurvivalError::UnknownWord {
                option: "distribution",
                known: "`weibull`, `exponential`, `log-normal` or `log-logistic`",
                value: name.to_owned(),
            })
    }

    fn standard(self) -> Family {
        match self {
            Self::Weibull | Self::Exponential => Family::ExtremeValue,
            Self::LogNormal => Family::Normal,
            Self::LogLogistic => Family::Logistic,
        }
    }
}

/// A fitted accelerated failure time model.
#[derive(Debug, Clone, PartialEq)]
pub struct AftFit {
    /// Intercept, covariates and, unless the scale is fixed, the logarithm of the scale.
    pub terms: Vec<ParametricTerm>,
    /// Covariance of the terms, robust if asked for; NaN where not estimated.
    pub covariance: Array2<f64>,
    /// Inverse information, if the covariance is robust.
    pub naive_covariance: Option<Array2<f64>>,
    /// Scale sigma; 1 for the exponential.
    pub scale: f64,
    /// For each covariate the logarithm of what one unit multiplies the hazard (Weibull, exponential) or the odds of the
    /// event (log-logistic) with; empty for the log-normal.
    pub log_ratios: Vec<ParametricTerm>,
    /// Log-likelihood of the times (not of their logarithms).
    pub log_likelihood: f64,
    /// The same without covariates.
    pub log_likelihood_null: f64,
    /// Likelihood-ratio test of the covariates; naive with sampling weights.
    pub likelihood_ratio: CoxTest,
    /// Distribution.
    pub family: AftFamily,
    /// Rows (weight).
    pub n: f64,
    /// Rows (weight) that are exact, left-censored, in a finite interval, right-censored.
    pub kinds: [f64; 4],
    /// Whether the covariance is robust.
    pub robust: bool,
    /// Newton steps.
    pub iterations: usize,
    /// Whether the maximum was reached.
    pub converged: bool,
    /// What a reader must know.
    pub notes: Vec<ParametricNote>,
    /// From which survival and quantiles are predicted.
    pub model: ParametricModel,
}

/// Fits an accelerated failure time model by maximum likelihood.
///
/// ```text
/// log T = b0 + x b + offset + sigma W,   W extreme value, normal or logistic
/// ```
///
/// Rows are intervals `(lower, upper]` as in [`turnbull`](crate::turnbull): exact when equal, left-censored from 0,
/// right-censored up to infinity. With delayed entry a row counts with its probability given that its time lies after entry.
/// The likelihood is maximised over `(b0, b, log sigma)` in the parametrisation `z = (log t - eta) / sigma`, linear in its
/// parameters and, without delayed entry, concave, so that the maximum is the only one. Standard errors are those of the
/// observed information (as R's `survreg`), robust with sampling weights or clusters.
///
/// # Errors
/// As for all estimators; an event at time 0; [`SurvivalError::NotEstimable`] without events, when a coefficient runs to
/// infinity, or when the scale runs to 0.
///
/// # Examples
/// ```
/// use mscsle_survival::{AftFamily, ParametricOptions, aft};
/// use ndarray::Array2;
/// let time = [1.0, 2.0, 4.0, 5.0, 7.0];
/// let upper = [1.0, 2.0, 4.0, f64::INFINITY, f64::INFINITY];
/// let fit = aft(&time, &upper, Array2::zeros((5, 0)).view(), AftFamily::Exponential, &ParametricOptions::default())?;
/// // events over time at risk
/// assert!((fit.terms[0].coefficient.unwrap_or(f64::NAN) - (19.0_f64 / 3.0).ln()).abs() < 1e-12);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Kalbfleisch JD, Prentice RL (2002) The Statistical Analysis of Failure Time Data, Wiley, doi:10.1002/9781118032985.
/// Burridge J (1981) J R Stat Soc B 43:41, doi:10.1111/j.2517-6161.1981.tb01147.x (concavity).
pub fn aft(
    lower: &[f64],
    upper: &[f64],
    x: ArrayView2<'_, f64>,
    family: AftFamily,
    options: &ParametricOptions<'_>,
) -> Result<AftFit, SurvivalError> {
    let fixed = family == AftFamily::Exponential;
    let shape = if fixed { Shape::Fixed } else { Shape::Spline { knots: Vec::new() } };
    let linear = fit(lower, upper, x, family.standard(), &shape, true, options)?;
    let p = x.ncols();
    let base = if fixed { 1 } else { 2 };
    let theta = &linear.model.theta;
    let slope = if fixed { 1.0 } else { theta[1] };
    // intercept and coefficients are -theta / slope, log sigma is -log slope
    let size = p + base;
    let mut jacobian = Array2::zeros((size, size));
    let place = |term: usize| if term == 0 { 0 } else { base + term - 1 };
    for term in 0..=p {
        jacobian[[term, place(term)]] = -1.0 / slope;
        if !fixed {
            jacobian[[term, 1]] = theta[place(term)] / (slope * slope);
        }
    }
    if !fixed {
        jacobian[[p + 1, 1]] = -1.0 / slope;
    }
    let mut status = vec![TermStatus::Estimated];
    status.extend_from_slice(&linear.status);
    if !fixed {
        status.push(TermStatus::Estimated);
    }
    let moved = |matrix: &Array2<f64>| {
        let mut out = jacobian.dot(matrix).dot(&jacobian.t());
        for a in 0..size {
            for b in 0..size {
                if status[a] != TermStatus::Estimated || status[b] != TermStatus::Estimated {
                    out[[a, b]] = f64::NAN;
                }
            }
        }
        out
    };
    let covariance = moved(&linear.model.covariance);
    let level = options.conf_level;
    let mut terms =
        vec![wald_term("(Intercept)".to_owned(), TermStatus::Estimated, -theta[0] / slope, covariance[[0, 0]], level)];
    let mut log_ratios = Vec::new();
    for j in 0..p {
        let (name, coefficient) = (&linear.names[j], theta[base + j]);
        terms.push(wald_term(name.clone(), linear.status[j], -coefficient / slope, covariance[[j + 1, j + 1]], level));
        if family != AftFamily::LogNormal {
            let variance = linear.model.covariance[[base + j, base + j]];
            log_ratios.push(wald_term(name.clone(), linear.status[j], coefficient, variance, level));
        }
    }
    if !fixed {
        let variance = covariance[[p + 1, p + 1]];
        terms.push(wald_term("log(scale)".to_owned(), TermStatus::Estimated, -slope.ln(), variance, level));
    }
    Ok(AftFit {
        terms,
        naive_covariance: linear.robust.then(|| moved(&linear.naive)),
        covariance,
        scale: 1.0 / slope,
        log_ratios,
        log_likelihood: linear.log_likelihood,
        log_likelihood_null: linear.log_likelihood_null,
        likelihood_ratio: ratio_test(linear.log_likelihood_null, linear.log_likelihood, linear.df),
        family,
        n: linear.n,
        kinds: linear.kinds,
        robust: linear.robust,
        iterations: linear.iterations,
        converged: linear.converged,
        notes: linear.notes,
        model: linear.model,
    })
}

/// A predicted mean time.
#[derive(Debug, Clone, PartialEq)]
pub struct AftMeans {
    /// Mean time of each subject; infinite for the log-logistic with a scale of 1 or more.
    pub estimate: Vec<f64>,
    /// Its standard error.
    pub standard_error: Vec<f64>,
    /// Lower limit (on the log scale).
    pub lower: Vec<f64>,
    /// Upper limit.
    pub upper: Vec<f64>,
}

impl AftFit {
    /// Mean time of subjects.
    ///
    /// ```text
    /// exp(eta) Gamma(1 + sigma)     exp(eta + sigma^2 / 2)     exp(eta) pi sigma / sin(pi sigma), sigma < 1
    /// ```
    ///
    /// It rests on the tail of the distribution beyond the last observed time.
    ///
    /// # Errors
    /// Columns that differ from those of the fit, values that are not finite.
    pub fn means(&self, x: ArrayView2<'_, f64>, level: f64) -> Result<AftMeans, SurvivalError> {
        // checks, and exp(eta) as a quantile whose z is 0
        self.model.survival(x, &[], level)?;
        let critical = mscsle_distributions::normal::quantile_upper(0.5 * (1.0 - level)).unwrap_or(f64::NAN);
        let sigma = self.scale;
        let (factor, change) = match self.family {
            AftFamily::Weibull | AftFamily::Exponential => (ln_gamma(1.0 + sigma), sigma * digamma(1.0 + sigma)),
            AftFamily::LogNormal => (0.5 * sigma * sigma, sigma * sigma),
            AftFamily::LogLogistic if sigma < 1.0 => {
                let angle = std::f64::consts::PI * sigma;
                ((angle / angle.sin()).ln(), 1.0 - angle / angle.tan())
            }
            AftFamily::LogLogistic => (f64::INFINITY, f64::NAN),
        };
        let p = x.ncols();
        let mut out =
            AftMeans { estimate: Vec::new(), standard_error: Vec::new(), lower: Vec::new(), upper: Vec::new() };
        for row in x.outer_iter() {
            let mut gradient = vec![1.0];
            gradient.extend(row.iter());
            let mut log_mean: f64 =
                gradient.iter().zip(&self.terms).map(|(value, term)| value * term.coefficient.unwrap_or(0.0)).sum();
            log_mean += factor;
            if self.terms.len() > p + 1 {
                gradient.push(change);
            }
            let mut variance = 0.0;
            for a in 0..gradient.len() {
                for b in 0..gradient.len() {
                    let cell = self.covariance[[a, b]];
                    if self.terms[a].coefficient.is_some() && self.terms[b].coefficient.is_some() {
                        variance += gradient[a] * cell * gradient[b];
                    }
                }
            }
            let se = variance.sqrt();
            out.estimate.push(log_mean.exp());
            out.standard_error.push(if log_mean.is_finite() { log_mean.exp() * se } else { f64::NAN });
            out.lower.push(if log_mean.is_finite() { (log_mean - critical * se).exp() } else { f64::NAN });
            out.upper.push(if log_mean.is_finite() { (log_mean + critical * se).exp() } else { f64::NAN });
        }
        Ok(out)
    }
}

/// Derivative of the logarithm of the gamma function, for x >= 1.
fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = square
        * (1.0 / 12.0
            - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square * (1.0 / 240.0 - square * (1.0 / 132.0)))));
    sum + x.ln() - 0.5 / x - series
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{AftFamily, aft, digamma};
    use crate::parametric::ParametricOptions;
    use crate::{SurvivalError, Weights};

    const NEVER: f64 = f64::INFINITY;
    const FAMILIES: [AftFamily; 4] =
        [AftFamily::Weibull, AftFamily::Exponential, AftFamily::LogNormal, AftFamily::LogLogistic];

    fn rows() -> (Vec<f64>, Vec<f64>, Array2<f64>) {
        let lower = vec![1.0, 3.0, 0.0, 2.0, 5.0, 6.0, 4.0, 8.0, 2.5, 0.7];
        let upper = vec![1.0, 3.0, 2.0, 5.0, NEVER, 6.0, 4.0, NEVER, 2.5, 0.7];
        let x = array![[0.0], [1.0], [0.0], [1.0], [1.0], [1.0], [0.0], [0.0], [1.0], [0.0]];
        (lower, upper, x)
    }

    #[test]
    fn log_normal_without_censoring_is_least_squares() {
        let time: [f64; 5] = [1.0, 2.0, 4.0, 9.0, 12.0];
        let fit = aft(&time, &time, Array2::zeros((5, 0)).view(), AftFamily::LogNormal, &ParametricOptions::default())
            .expect("valid");
        let mean = time.iter().map(|t| t.ln()).sum::<f64>() / 5.0;
        let sd = (time.iter().map(|t| (t.ln() - mean).powi(2)).sum::<f64>() / 5.0).sqrt();
        assert!((fit.terms[0].coefficient.expect("estimated") - mean).abs() < 1e-13);
        assert!((fit.scale - sd).abs() < 1e-13);
    }

    #[test]
    fn time_in_other_units_moves_the_intercept_alone() {
        let (lower, upper, x) = rows();
        let scaled = |v: &[f64]| v.iter().map(|t| t * 30.4375).collect::<Vec<f64>>();
        for family in FAMILIES {
            let a = aft(&lower, &upper, x.view(), family, &ParametricOptions::default()).expect("valid");
            let b =
                aft(&scaled(&lower), &scaled(&upper), x.view(), family, &ParametricOptions::default()).expect("valid");
            let of = |fit: &super::AftFit, j: usize| fit.terms[j].coefficient.expect("estimated");
            assert!((of(&b, 0) - of(&a, 0) - 30.4375_f64.ln()).abs() < 1e-10, "{family:?}");
            assert!((of(&b, 1) - of(&a, 1)).abs() < 1e-10 && (b.scale - a.scale).abs() < 1e-10);
            assert!(a.converged && b.converged);
        }
    }

    #[test]
    fn a_weight_of_two_is_a_doubled_row() {
        let (lower, upper, x) = rows();
        let double = |v: &[f64]| v.iter().chain(v).copied().collect::<Vec<f64>>();
        let xx = ndarray::concatenate(ndarray::Axis(0), &[x.view(), x.view()]).expect("same width");
        let weights = vec![2.0; 10];
        for family in FAMILIES {
            let options = ParametricOptions { weights: Weights::Frequency(&weights), ..ParametricOptions::default() };
            let a = aft(&lower, &upper, x.view(), family, &options).expect("valid");
            let b =
                aft(&double(&lower), &double(&upper), xx.view(), family, &ParametricOptions::default()).expect("valid");
            for (s, t) in a.terms.iter().zip(&b.terms) {
                assert!((s.coefficient.expect("estimated") - t.coefficient.expect("estimated")).abs() < 1e-10);
                assert!((s.standard_error.expect("estimated") - t.standard_error.expect("estimated")).abs() < 1e-10);
            }
            assert!((a.log_likelihood - b.log_likelihood).abs() < 1e-9);
        }
    }

    #[test]
    fn what_the_data_do_not_determine_is_refused() {
        let options = ParametricOptions::default();
        let none = Array2::zeros((3, 0));
        let censored = aft(&[1.0, 2.0, 3.0], &[NEVER; 3], none.view(), AftFamily::Weibull, &options);
        assert!(matches!(censored, Err(SurvivalError::NotEstimable { reason, .. }) if reason.contains("no event")));
        let same = aft(&[2.0; 3], &[2.0; 3], none.view(), AftFamily::Weibull, &options);
        assert!(matches!(same, Err(SurvivalError::NotEstimable { reason, .. }) if reason.contains("scale runs to 0")));
        let zero = aft(&[0.0, 2.0, 3.0], &[0.0, 2.0, 3.0], none.view(), AftFamily::Weibull, &options);
        assert_eq!(zero.err(), Some(SurvivalError::EventAtZero { row: 0 }));
        // all events in one level
        let x = array![[0.0], [0.0], [1.0], [1.0], [0.0]];
        let separated =
            aft(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 2.0, NEVER, NEVER, 5.0], x.view(), AftFamily::Weibull, &options);
        assert!(
            matches!(separated, Err(SurvivalError::NotEstimable { reason, .. }) if reason.contains("plus infinity"))
        );
    }

    #[test]
    fn separation_names_the_coefficient_though_the_intercept_grows_as_fast() {
        // events in arm 1 only; the other covariate does not matter
        let n = 24;
        let time: Vec<f64> = (0..n).map(|i| 1.0 + f64::from((i * 7) % 24)).collect();
        let x = Array2::from_shape_fn((24, 2), |(i, j)| if j == 0 { (i % 2) as f64 } else { ((i * 5) % 11) as f64 });
        let upper: Vec<f64> =
            time.iter().enumerate().map(|(i, &t)| if i % 2 == 1 && i % 3 != 0 { t } else { NEVER }).collect();
        for family in [AftFamily::Weibull, AftFamily::Exponential, AftFamily::LogNormal, AftFamily::LogLogistic] {
            let found = aft(&time, &upper, x.view(), family, &ParametricOptions::default());
            assert!(
                matches!(&found, Err(SurvivalError::NotEstimable { reason, .. }) if reason.contains("coefficient of `x1`")),
                "{family:?}: {found:?}"
            );
        }
    }

    #[test]
    fn constant_and_dependent_columns_are_named_and_leave_the_rest() {
        let (lower, upper, x) = rows();
        let wide = Array2::from_shape_fn((10, 3), |(i, j)| match j {
            0 => 3.0,
            1 => x[[i, 0]],
            _ => 2.0 - x[[i, 0]],
        });
        let fit = aft(&lower, &upper, wide.view(), AftFamily::Weibull, &ParametricOptions::default()).expect("valid");
        let alone = aft(&lower, &upper, x.view(), AftFamily::Weibull, &ParametricOptions::default()).expect("valid");
        assert_eq!(fit.notes.iter().map(|n| n.kind()).collect::<Vec<_>>(), ["constant", "aliased"]);
        let (a, b) = (&fit.terms[2], &alone.terms[1]);
        assert!((a.coefficient.expect("estimated") - b.coefficient.expect("estimated")).abs() < 1e-10);
        assert_eq!(fit.likelihood_ratio.df, 1);
    }

    #[test]
    fn digamma_at_known_points() {
        assert!((digamma(1.0) + 0.577_215_664_901_532_9).abs() < 1e-14);
        assert!((digamma(1.5) - 0.036_489_973_978_576_52).abs() < 1e-14);
    }
}
