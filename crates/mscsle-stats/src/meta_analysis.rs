//! Pooling of studies: common-effect and random-effects means with heterogeneity.

use crate::descriptive::sum;
use crate::error::{Result, StatsError, conf_level as check_level, finite};
use crate::words::option_words;
use mscsle_distributions::{chi_squared, normal, student_t};

option_words!(
    /// Estimator of the variance between studies, τ².
    TauMethod, "tau method", {
        /// DerSimonian and Laird 1986, cut at 0.
        DerSimonianLaird = "dersimonian-laird",
        /// Paule and Mandel 1982: the τ² at which Q equals k - 1.
        PauleMandel = "paule-mandel",
        /// Restricted maximum likelihood.
        Reml = "reml",
        /// No variance between studies: the common-effect (fixed-effect) model.
        Common = "common",
    }
);

option_words!(
    /// Interval of the pooled mean.
    PooledInterval, "interval", {
        /// Hartung, Knapp, Sidik and Jonkman: t with k - 1 degrees of freedom.
        HartungKnapp = "hartung-knapp",
        /// The same, never narrower than the Wald interval (factor at least 1).
        HartungKnappAdHoc = "hartung-knapp-ad-hoc",
        /// Normal quantiles.
        Wald = "wald",
    }
);

/// A pooled estimate on the scale of the effects given.
#[derive(Debug, Clone, PartialEq)]
pub struct MetaAnalysis {
    /// Number of studies.
    pub k: usize,
    /// Pooled mean.
    pub estimate: f64,
    /// Its standard error under the interval chosen.
    pub standard_error: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level.
    pub conf_level: f64,
    /// estimate / standard error.
    pub statistic: f64,
    /// Degrees of freedom of its t distribution; none for the normal one.
    pub df: Option<f64>,
    /// Two-sided p-value of a mean of 0.
    pub p_value: f64,
    /// Variance between studies.
    pub tau_squared: f64,
    /// Cochran's Q of homogeneity.
    pub q: f64,
    /// p-value of Q on k - 1 degrees of freedom; none for one study.
    pub q_p_value: Option<f64>,
    /// Share of the variance that lies between studies, in percent: 100 τ² / (τ² + typical sampling variance).
    pub i_squared: f64,
    /// Limits for the effect of a further study (Higgins, Thompson, Spiegelhalter: t with k - 2); none below 3 studies.
    pub prediction: Option<(f64, f64)>,
    /// Weight of each study, in percent.
    pub weights: Vec<f64>,
    /// Estimator of τ².
    pub tau_method: TauMethod,
    /// Kind of interval.
    pub interval: PooledInterval,
}

/// Pools effects (log hazard ratios, logits, differences) with known sampling variances.
///
/// ```text
/// w = 1 / (v + τ²),   estimate = Σ w y / Σ w
/// Wald: SE² = 1 / Σ w        Hartung-Knapp: SE² = Σ w (y - estimate)² / ((k - 1) Σ w)
/// prediction: estimate ± t(k-2) √(τ² + 1/Σ w)
/// ```
///
/// Studies must be independent: reports of one cohort are one study.
///
/// # Errors
/// No study, variances that are not positive, columns of unequal length, one study with an interval by Hartung-Knapp.
///
/// # Examples
/// ```
/// use mscsle_stats::{PooledInterval, TauMethod, meta_analysis};
/// let pooled = meta_analysis(&[-0.66, -0.75], &[0.048, 0.144], TauMethod::Common, PooledInterval::Wald, 0.95)?;
/// assert!((pooled.estimate + 0.6825).abs() < 1e-12 && pooled.tau_squared == 0.0);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// DerSimonian R, Laird N. Control Clin Trials 1986;7:177, doi 10.1016/0197-2456(86)90046-2. Paule RC, Mandel J. J Res Natl
/// Bur Stand 1982;87:377. Hartung J, Knapp G. Stat Med 2001;20:3875, doi 10.1002/sim.1009. Higgins JPT, Thompson SG,
/// Spiegelhalter DJ. J R Stat Soc A 2009;172:137, doi 10.1111/j.1467-985X.2008.00552.x.
pub fn meta_analysis(
    effect: &[f64],
    variance: &[f64],
    tau_method: TauMethod,
    interval: PooledInterval,
    conf_level: f64,
) -> Result<MetaAnalysis> {
    let level = check_level(conf_level)?;
    if effect.len() != variance.len() {
        return Err(StatsError::Length {
            left: "effect",
            n_left: effect.len(),
            right: "variance",
            n_right: variance.len(),
        });
    }
    finite("effect", effect)?;
    finite("variance", variance)?;
    if let Some(&value) = variance.iter().find(|v| **v <= 0.0) {
        return Err(StatsError::Number { name: "variance", value, needed: "positive" });
    }
    let k = effect.len();
    if k == 0 {
        return Err(StatsError::NotEstimable { what: "the pooled mean", why: "there is no study".into() });
    }
    if k == 1 && interval != PooledInterval::Wald {
        return Err(StatsError::NotEstimable {
            what: "the interval by Hartung and Knapp",
            why: "it needs at least 2 studies, but there is 1".into(),
        });
    }
    let data = Studies { effect, variance };
    let df = (k - 1) as f64;
    let q = data.q(0.0);
    let tau_squared = if k == 1 {
        0.0
    } else {
        match tau_method {
            TauMethod::Common => 0.0,
            TauMethod::DerSimonianLaird => data.dersimonian_laird(),
            TauMethod::PauleMandel => data.paule_mandel(),
            TauMethod::Reml => data.reml(),
        }
    };
    let weights = data.weights(tau_squared);
    let total = sum(weights.iter().copied());
    let estimate = data.mean(tau_squared);
    let wald = 1.0 / total;
    let factor = match interval {
        PooledInterval::Wald => 1.0,
        PooledInterval::HartungKnapp => data.q(tau_squared) / df,
        PooledInterval::HartungKnappAdHoc => (data.q(tau_squared) / df).max(1.0),
    };
    let standard_error = (wald * factor).sqrt();
    let half = 0.5 * (1.0 - level);
    let t_df = (interval != PooledInterval::Wald).then_some(df);
    let (quantile, p_value) = match t_df {
        Some(df) => (
            student_t::quantile_upper(half, df)?,
            if standard_error > 0.0 { 2.0 * student_t::sf((estimate / standard_error).abs(), df)? } else { 0.0 },
        ),
        None => (normal::quantile_upper(half)?, 2.0 * normal::sf((estimate / standard_error).abs())),
    };
    let prediction = if k >= 3 {
        let width = student_t::quantile_upper(half, df - 1.0)? * (tau_squared + wald).sqrt();
        Some((estimate - width, estimate + width))
    } else {
        None
    };
    let typical = data.typical_variance();
    let i_squared = match tau_method {
        TauMethod::Common => {
            if q > 0.0 {
                100.0 * ((q - df) / q).max(0.0)
            } else {
                0.0
            }
        }
        _ => 100.0 * tau_squared / (tau_squared + typical),
    };
    Ok(MetaAnalysis {
        k,
        estimate,
        standard_error,
        lower: estimate - quantile * standard_error,
        upper: estimate + quantile * standard_error,
        conf_level,
        statistic: estimate / standard_error,
        df: t_df,
        p_value,
        tau_squared,
        q,
        q_p_value: if k > 1 { Some(chi_squared::sf(q, df)?) } else { None },
        i_squared: if k > 1 { i_squared } else { 0.0 },
        prediction,
        weights: weights.iter().map(|w| 100.0 * w / total).collect(),
        tau_method,
        interval,
    })
}

struct Studies<'a> {
    effect: &'a [f64],
    variance: &'a [f64],
}

impl Studies<'_> {
    fn weights(&self, tau_squared: f64) -> Vec<f64> {
        self.variance.iter().map(|v| 1.0 / (v + tau_squared)).collect()
    }

    fn mean(&self, tau_squared: f64) -> f64 {
        let w = self.weights(tau_squared);
        sum(w.iter().zip(self.effect).map(|(w, y)| w * y)) / sum(w.iter().copied())
    }

    /// Σ w (y - mean)²
    fn q(&self, tau_squared: f64) -> f64 {
        let mean = self.mean(tau_squared);
        sum(self.weights(tau_squared).iter().zip(self.effect).map(|(w, y)| w * (y - mean) * (y - mean)))
    }

    fn powers(&self, tau_squared: f64) -> (f64, f64, f64) {
        let w = self.weights(tau_squared);
        let power = |n: i32| sum(w.iter().map(|w| w.powi(n)));
        (power(1), power(2), power(3))
    }

    /// (k - 1) Σ w / ((Σ w)² - Σ w²) at τ² = 0 (Higgins and Thompson 2002).
    fn typical_variance(&self) -> f64 {
        let (s1, s2, _) = self.powers(0.0);
        if self.effect.len() < 2 { 1.0 / s1 } else { (self.effect.len() - 1) as f64 * s1 / (s1 * s1 - s2) }
    }

    fn dersimonian_laird(&self) -> f64 {
        let (s1, s2, _) = self.powers(0.0);
        ((self.q(0.0) - (self.effect.len() - 1) as f64) / (s1 - s2 / s1)).max(0.0)
    }

    /// Q(τ²) = k - 1; Q falls in τ².
    fn paule_mandel(&self) -> f64 {
        let df = (self.effect.len() - 1) as f64;
        if self.q(0.0) <= df {
            return 0.0;
        }
        crate::root::bisect(0.0, self.upper_bound(), |t| self.q(t) - df)
    }

    /// A τ² beyond any solution: then Q and the score are at their limits.
    fn upper_bound(&self) -> f64 {
        let low = self.effect.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.effect.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let spread = high - low;
        let widest = self.variance.iter().copied().fold(0.0, f64::max);
        10.0 * (spread * spread + widest) * self.effect.len() as f64
    }

    /// Root of the restricted score Σ w² (y - mean)² - Σ w + Σ w² / Σ w, taken from a fine scan for the best likelihood.
    fn reml(&self) -> f64 {
        let score = |t: f64| {
            let (s1, s2, _) = self.powers(t);
            let mean = self.mean(t);
            let w = self.weights(t);
            sum(w.iter().zip(self.effect).map(|(w, y)| w * w * (y - mean) * (y - mean))) - s1 + s2 / s1
        };
        let log_likelihood = |t: f64| {
            let w = self.weights(t);
            0.5 * (sum(w.iter().map(|w| w.ln())) - sum(w.iter().copied()).ln() - self.q(t))
        };
        // the likelihood may have several peaks: every fall of the score through 0 on a scan is a candidate
        let bound = self.upper_bound();
        let smallest = self.variance.iter().copied().fold(f64::INFINITY, f64::min) * 1e-6;
        let n_steps = 400;
        let point =
            |i: usize| if i == 0 { 0.0 } else { smallest * (bound / smallest).powf((i - 1) as f64 / n_steps as f64) };
        let mut best = (log_likelihood(0.0), 0.0);
        let mut before = score(0.0);
        for i in 1..=n_steps + 1 {
            let after = score(point(i));
            if before > 0.0 && after <= 0.0 {
                let root = crate::root::bisect(point(i - 1), point(i), score);
                let value = log_likelihood(root);
                if value > best.0 {
                    best = (value, root);
                }
            }
            before = after;
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const Y: [f64; 4] = [-0.9, -0.2, -0.7, 0.3];
    const V: [f64; 4] = [0.05, 0.1, 0.02, 0.2];

    fn pooled(tau: TauMethod, interval: PooledInterval) -> MetaAnalysis {
        meta_analysis(&Y, &V, tau, interval, 0.95).unwrap()
    }

    #[test]
    fn paule_mandel_sets_q_to_its_expectation() {
        let m = pooled(TauMethod::PauleMandel, PooledInterval::Wald);
        assert!((Studies { effect: &Y, variance: &V }.q(m.tau_squared) - 3.0).abs() < 1e-10);
    }

    #[test]
    fn homogeneous_studies_have_no_variance_between() {
        for &tau in TauMethod::ALL {
            let m = meta_analysis(&[0.3, 0.3, 0.3], &[0.1, 0.2, 0.3], tau, PooledInterval::Wald, 0.95).unwrap();
            assert_eq!((m.tau_squared, m.i_squared), (0.0, 0.0), "{tau}");
            assert!((m.estimate - 0.3).abs() < 1e-15);
        }
    }

    #[test]
    fn ad_hoc_interval_is_never_narrower_than_wald_error() {
        let (plain, ad_hoc) =
            (pooled(TauMethod::Reml, PooledInterval::Wald), pooled(TauMethod::Reml, PooledInterval::HartungKnappAdHoc));
        assert!(ad_hoc.standard_error >= plain.standard_error);
    }

    #[test]
    fn one_study_is_itself_and_has_no_hartung_knapp_interval() {
        let one = meta_analysis(&[0.4], &[0.04], TauMethod::Reml, PooledInterval::Wald, 0.95).unwrap();
        assert_eq!((one.estimate, one.standard_error, one.q_p_value, one.prediction), (0.4, 0.2, None, None));
        assert!(meta_analysis(&[0.4], &[0.04], TauMethod::Reml, PooledInterval::HartungKnapp, 0.95).is_err());
        assert!(meta_analysis(&[0.4], &[0.0], TauMethod::Reml, PooledInterval::Wald, 0.95).is_err());
    }
}
