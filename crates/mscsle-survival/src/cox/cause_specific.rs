//! Cumulative incidence by the cause-specific Cox models of all causes, with standard errors.

use mscsle_distributions::normal;
use ndarray::{Array3, ArrayView2};

use super::after::Refit;
use super::options::CoxOptions;
use super::predict::Walk;
use super::residuals::EventMoments;
use crate::{IntervalType, SurvivalError, check, limits};

/// The fitted Cox model of one cause, ready for [`cause_specific_incidence`].
pub struct CauseHazard {
    refit: Refit,
    moments: EventMoments,
    /// Covariance of the scaled coefficients.
    covariance: Vec<f64>,
    stratified: bool,
}

impl std::fmt::Debug for CauseHazard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CauseHazard").field("covariates", &self.refit.design.p).finish_non_exhaustive()
    }
}

impl CauseHazard {
    /// The model of a cause at its coefficients; `covariance` is theirs, entries that are not finite count as 0.
    ///
    /// # Errors
    /// As [`cox`](crate::cox).
    pub fn new(
        time: &[f64],
        event: &[bool],
        x: ArrayView2<'_, f64>,
        options: &CoxOptions<'_>,
        coefficients: &[f64],
        covariance: ArrayView2<'_, f64>,
    ) -> Result<Self, SurvivalError> {
        let refit = Refit::new(time, event, x, options, coefficients)?;
        let moments = EventMoments::new(&refit.design, &refit.evaluation);
        let covariance = refit.scaled_covariance(covariance);
        Ok(Self { refit, moments, covariance, stratified: options.strata.is_some() })
    }

    /// The place of a stratum in the design, none without an event of the cause.
    fn stratum(&self, code: u32) -> Option<usize> {
        self.refit.design.strata.iter().position(|s| s.code == code || !self.stratified)
    }
}

/// How the survival free of any event follows from the hazards of the causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum EventFree {
    /// The product of 1 less the sum of the increments (0 once that sum reaches 1).
    #[default]
    Product,
    /// exp of minus the sum of the cumulative hazards.
    Exponential,
}

impl EventFree {
    /// The rule of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "product" => Ok(Self::Product),
            "exponential" => Ok(Self::Exponential),
            _ => Err(SurvivalError::UnknownWord {
                option: "survival",
                known: "`product` or `exponential`",
                value: word.to_owned(),
            }),
        }
    }
}

/// For whom and when incidence is predicted.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseSubjects<'a> {
    /// Covariates of each cause's model, one row a subject.
    pub x: Vec<ArrayView2<'a, f64>>,
    /// Stratum of each subject; needed when the models have strata.
    pub strata: Option<&'a [u32]>,
    /// Times at which incidence is wanted; every event time of any cause without.
    pub times: Option<&'a [f64]>,
    /// Survival free of any event.
    pub event_free: EventFree,
    /// Level of the limits.
    pub conf_level: f64,
}

/// Predicted cumulative incidence, subjects x causes x times.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseIncidence {
    /// Times.
    pub time: Vec<f64>,
    /// Cumulative incidence.
    pub incidence: Array3<f64>,
    /// Its standard error; NaN before the first event of the cause.
    pub standard_error: Array3<f64>,
    /// Lower limit, symmetric in ln(-ln(1 - F)).
    pub lower: Array3<f64>,
    /// Upper limit.
    pub upper: Array3<f64>,
}

/// Cumulative incidence of every cause from the Cox models of all causes, with the delta-method standard error.
///
/// ```text
/// dH_k(u | x) = exp(x b_k) dH_k0(u),     F_m(t | x) = sum over u <= t of S(u- | x) dH_m(u | x)
/// g_k(u, t)   = [k = m] S(u-) - (F_m(t) - F_m(u)) c(u),    c = 1 / (1 - sum of dH(u)) (product), 1 (exponential)
/// var F_m(t)  = sum over k of { sum of g_k^2 dvar_k(u) + q_k' V_k q_k },    q_k = sum of g_k (x dH_k(u) - d_k(u))
/// ```
///
/// g is the derivative of the incidence by an increment of a hazard, `dvar` and d those of the variance and of the drift of
/// a predicted hazard ([`cox_survival`](crate::cox_survival)); the models of different causes are uncorrelated. A cause
/// without events in the stratum of a subject has no hazard there.
///
/// # Errors
/// Lengths that differ, covariates or times that are not finite, subjects without a stratum where the models have strata.
///
/// # References
/// Benichou J, Gail MH (1990) Biometrics 46:813, doi:10.2307/2532098. Ozenne B, Sorensen AL, Scheike T, Torp-Pedersen C,
/// Gerds TA (2017) R J 9:440, doi:10.32614/RJ-2017-062.
pub fn cause_specific_incidence(
    causes: &[&CauseHazard],
    subjects: &CauseSubjects<'_>,
) -> Result<CauseIncidence, SurvivalError> {
    check::length("covariates of the causes", causes.len(), subjects.x.len())?;
    let n = subjects.x.first().map_or(0, |x| x.nrows());
    for (cause, x) in causes.iter().zip(&subjects.x) {
        check::length("covariates of the causes", n, x.nrows())?;
        let expected = cause.refit.design.p;
        if x.ncols() != expected {
            let argument = "columns of the new covariates";
            return Err(SurvivalError::UnequalLength { argument, expected, found: x.ncols() });
        }
        if let Some(((row, _), &value)) = x.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(SurvivalError::NotFinite { argument: "the new covariates", row, value });
        }
    }
    if let Some(strata) = subjects.strata {
        check::length("strata", n, strata.len())?;
    } else if causes.iter().any(|cause| cause.stratified) {
        return Err(SurvivalError::NotEstimable {
            quantity: "cumulative incidence of a subject",
            reason: "the models have strata, so each subject needs its stratum".to_owned(),
        });
    }
    let gap = causes.iter().map(|cause| cause.refit.design.largest_gap).fold(0.0, f64::max);
    let time = match subjects.times {
        Some(times) => {
            check::times("times", times)?;
            times.to_vec()
        }
        None => {
            let mut all: Vec<f64> = causes.iter().flat_map(|cause| cause.refit.design.event_time.clone()).collect();
            all.sort_by(f64::total_cmp);
            all.dedup_by(|later, first| *later - *first <= gap);
            all
        }
    };
    let z = normal::quantile_upper(0.5 * (1.0 - subjects.conf_level)).unwrap_or(f64::NAN);
    let shape = (n, causes.len(), time.len());
    let mut found = CauseIncidence {
        incidence: Array3::zeros(shape),
        standard_error: Array3::from_elem(shape, f64::NAN),
        lower: Array3::from_elem(shape, f64::NAN),
        upper: Array3::from_elem(shape, f64::NAN),
        time,
    };
    let mut order: Vec<usize> = (0..found.time.len()).collect();
    order.sort_by(|&a, &b| found.time[a].total_cmp(&found.time[b]));
    for subject in 0..n {
        let mut path = Path::new(causes, subjects, subject, gap);
        for &column in &order {
            path.walk_to(found.time[column] + gap);
            for m in 0..causes.len() {
                let (incidence, variance) = path.incidence(m);
                let cell = [subject, m, column];
                found.incidence[cell] = incidence;
                let Some(variance) = variance else { continue };
                let error = variance.max(0.0).sqrt();
                found.standard_error[cell] = error;
                if incidence < 1.0 {
                    let (low, high) = limits(IntervalType::LogLog, 1.0 - incidence, error / (1.0 - incidence), z);
                    (found.lower[cell], found.upper[cell]) = (1.0 - high, 1.0 - low);
                }
            }
        }
    }
    Ok(found)
}

/// The hazard of one cause for one subject.
struct Source<'a> {
    walk: Walk<'a>,
    cause: &'a CauseHazard,
}

/// The incidence of one subject, walked from the first event time to the last.
struct Path<'a> {
    sources: Vec<Option<Source<'a>>>,
    /// Time, cause and event index, ascending.
    events: Vec<(f64, usize, usize)>,
    next: usize,
    gap: f64,
    event_free: EventFree,
    survival: f64,
    incidence: Vec<f64>,
    /// By cause of interest and cause: sum of (a + F c) times the drift.
    direct: Vec<Vec<Vec<f64>>>,
    /// By cause: sum of c times the drift.
    indirect: Vec<Vec<f64>>,
    /// By cause of interest: sums of (a + F c)^2 v and (a + F c) c v.
    own: Vec<(f64, f64)>,
    /// Sum of c^2 v.
    common: f64,
}

impl<'a> Path<'a> {
    fn new(causes: &[&'a CauseHazard], subjects: &CauseSubjects<'_>, subject: usize, gap: f64) -> Self {
        let code = subjects.strata.map_or(0, |strata| strata[subject]);
        let mut events = Vec::new();
        let sources: Vec<Option<Source<'a>>> = causes
            .iter()
            .zip(&subjects.x)
            .enumerate()
            .map(|(k, (&cause, x))| {
                let at = cause.stratum(code)?;
                let design = &cause.refit.design;
                let (first, last) = design.strata[at].events;
                events.extend((first..last).map(|j| (design.event_time[j], k, j)));
                let walk = Walk::at_coefficients(&cause.refit, &cause.moments, at, &x.row(subject).to_vec());
                Some(Source { walk, cause })
            })
            .collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        let zeros: Vec<Vec<f64>> = causes.iter().map(|cause| vec![0.0; cause.refit.design.p]).collect();
        let k = causes.len();
        Self {
            sources,
            events,
            next: 0,
            gap,
            event_free: subjects.event_free,
            survival: 1.0,
            incidence: vec![0.0; k],
            direct: vec![zeros.clone(); k],
            indirect: zeros,
            own: vec![(0.0, 0.0); k],
            common: 0.0,
        }
    }

    /// Takes the event times up to `time`, the causes of a tie group at once.
    fn walk_to(&mut self, time: f64) {
        let mut drift = Vec::new();
        while self.next < self.events.len() && self.events[self.next].0 <= time {
            let first = self.next;
            while self.next < self.events.len() && self.events[self.next].0 <= self.events[first].0 + self.gap {
                self.next += 1;
            }
            let tied = self.events[first..self.next].to_vec();
            let mut total = 0.0;
            for &(_, k, j) in &tied {
                if let Some(source) = &self.sources[k] {
                    let hazard = source.walk.risk * source.cause.moments.hazard[j];
                    total += hazard;
                    self.incidence[k] += self.survival * hazard;
                }
            }
            let rise = match self.event_free {
                EventFree::Exponential => 1.0,
                EventFree::Product if total < 1.0 => 1.0 / (1.0 - total),
                EventFree::Product => 0.0,
            };
            for &(_, k, j) in &tied {
                let Some(source) = &self.sources[k] else { continue };
                let (risk, moments) = (source.walk.risk, &source.cause.moments);
                let p = source.walk.values.len();
                let variance = risk * risk * moments.variance[j];
                drift.clear();
                drift.extend(
                    (0..p).map(|i| risk * (moments.hazard[j] * source.walk.values[i] - moments.drift[j * p + i])),
                );
                for m in 0..self.incidence.len() {
                    let own = if m == k { self.survival } else { 0.0 } + self.incidence[m] * rise;
                    self.own[m].0 += own * own * variance;
                    self.own[m].1 += own * rise * variance;
                    for (sum, drift) in self.direct[m][k].iter_mut().zip(&drift) {
                        *sum += own * drift;
                    }
                }
                self.common += rise * rise * variance;
                for (sum, drift) in self.indirect[k].iter_mut().zip(&drift) {
                    *sum += rise * drift;
                }
            }
            self.survival *= match self.event_free {
                EventFree::Exponential => (-total).exp(),
                EventFree::Product => (1.0 - total).max(0.0),
            };
        }
    }

    /// Incidence of a cause and its variance, none before its first event.
    fn incidence(&self, m: usize) -> (f64, Option<f64>) {
        let incidence = self.incidence[m];
        if incidence <= 0.0 {
            return (incidence, None);
        }
        let mut variance = self.own[m].0 - 2.0 * incidence * self.own[m].1 + incidence * incidence * self.common;
        for (k, source) in self.sources.iter().enumerate() {
            let Some(source) = source else { continue };
            let p = source.walk.values.len();
            let q: Vec<f64> =
                self.direct[m][k].iter().zip(&self.indirect[k]).map(|(own, common)| own - incidence * common).collect();
            for a in 0..p {
                for b in 0..p {
                    variance += q[a] * source.cause.covariance[a * p + b] * q[b];
                }
            }
        }
        (incidence, Some(variance))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, arr2};

    use super::*;
    use crate::{CoxOptions, Ties, cox, cox_survival};

    const TIME: [f64; 10] = [1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0, 7.0, 9.0];
    const CAUSE: [u32; 10] = [1, 2, 1, 0, 1, 2, 0, 1, 2, 1];

    fn predicted(event_free: EventFree) -> (CauseIncidence, Array2<f64>) {
        let x = Array2::from_shape_fn((10, 1), |(i, _)| [0.3, 1.2, -0.5, 0.8, 0.1, -1.1, 0.9, 0.4, -0.2, 1.5][i]);
        let options = CoxOptions { ties: Ties::Breslow, ..CoxOptions::default() };
        let new = arr2(&[[0.5], [-0.5]]);
        let mut survival = Array2::ones((2, 1));
        let causes: Vec<CauseHazard> = [1, 2]
            .map(|k| {
                let event: Vec<bool> = CAUSE.iter().map(|&cause| cause == k).collect();
                let fit = cox(&TIME, &event, x.view(), &options).unwrap();
                let b = [fit.terms[0].coefficient.unwrap()];
                let subjects = crate::CoxSubjects {
                    x: new.view(),
                    strata: None,
                    offset: None,
                    times: Some(&[7.0]),
                    interval: IntervalType::Log,
                };
                let one =
                    cox_survival(&TIME, &event, x.view(), &options, &b, fit.covariance.view(), &subjects).unwrap();
                survival *= &one.survival;
                CauseHazard::new(&TIME, &event, x.view(), &options, &b, fit.covariance.view()).unwrap()
            })
            .into();
        let subjects = CauseSubjects {
            x: vec![new.view(), new.view()],
            strata: None,
            times: Some(&[7.0, 2.0]),
            event_free,
            conf_level: 0.95,
        };
        (cause_specific_incidence(&[&causes[0], &causes[1]], &subjects).unwrap(), survival)
    }

    #[test]
    fn incidences_and_product_survival_sum_to_one() {
        let (found, _) = predicted(EventFree::Product);
        for subject in 0..2 {
            let total = found.incidence[[subject, 0, 0]] + found.incidence[[subject, 1, 0]];
            assert!(total > 0.0 && total <= 1.0);
            for m in 0..2 {
                assert!(found.incidence[[subject, m, 1]] < found.incidence[[subject, m, 0]]);
                assert!(found.lower[[subject, m, 0]] < found.incidence[[subject, m, 0]]);
                assert!(found.incidence[[subject, m, 0]] < found.upper[[subject, m, 0]]);
            }
        }
    }

    #[test]
    fn exponential_incidence_exceeds_one_less_survival_by_the_size_of_the_steps() {
        let (found, survival) = predicted(EventFree::Exponential);
        for subject in 0..2 {
            let total = found.incidence[[subject, 0, 0]] + found.incidence[[subject, 1, 0]];
            assert!(total > 1.0 - survival[[subject, 0]]);
        }
    }
}
