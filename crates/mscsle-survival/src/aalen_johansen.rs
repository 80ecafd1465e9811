//! Aalen-Johansen: cumulative incidence of competing events.

use crate::event_table::{EventCell, EventTable, cells_of};
use crate::interval::{Confidence, limits};
use crate::sweep::{Outcomes, SweepRows};
use crate::{NearTies, SurvivalError};

/// The variance of a cumulative incidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum IncidenceVariance {
    /// Greenwood-type: multinomial increments at each time. Without delayed entry it equals the infinitesimal jackknife
    /// of R's `survfit`.
    #[default]
    Greenwood,
    /// Aalen: independent increments with the tie correction `(n - d) / (n - 1)`; the other causes count as one, as in
    /// `cmprsk::cuminc`.
    Aalen,
}

impl IncidenceVariance {
    /// The variance of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "greenwood" => Ok(Self::Greenwood),
            "aalen" => Ok(Self::Aalen),
            _ => Err(SurvivalError::UnknownWord {
                option: "variance",
                known: "`greenwood` or `aalen`",
                value: word.to_owned(),
            }),
        }
    }

    /// The word for this variance in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Greenwood => "Greenwood-type",
            Self::Aalen => "Aalen",
        }
    }
}

/// Options of [`cumulative_incidence`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct IncidenceOptions<'a> {
    /// Type and level of the limits.
    pub confidence: Confidence,
    /// The variance.
    pub variance: IncidenceVariance,
    /// What happens to times that differ by rounding only.
    pub near_ties: NearTies,
    /// Delayed entry: a subject is at risk in (entry, time].
    pub entry: Option<&'a [f64]>,
}

/// Cumulative incidence of each cause in one group.
#[derive(Debug, Clone, PartialEq)]
pub struct CumulativeIncidence {
    /// Distinct times of events and censorings, ascending.
    pub time: Vec<f64>,
    /// Number at risk just before each time.
    pub n_risk: Vec<f64>,
    /// Number of events by cause and time.
    pub n_event: Vec<Vec<f64>>,
    /// Number censored at each time.
    pub n_censor: Vec<f64>,
    /// Probability of no event of any cause; with the incidences it sums to 1.
    pub survival: Vec<f64>,
    /// F_k(t) by cause and time.
    pub incidence: Vec<Vec<f64>>,
    /// Variance of F_k(t) by cause and time.
    pub variance: Vec<Vec<f64>>,
    /// Subjects.
    pub n: f64,
    /// How the variance was computed.
    pub variance_type: IncidenceVariance,
    /// Type and level of the limits.
    pub confidence: Confidence,
    /// Times closer than this are one tie group.
    pub largest_gap: f64,
}

/// Cumulative incidence of competing events in one group
///
/// ```text
/// F_k(t) = sum over t_j <= t of S(t_j-) d_kj / n_j          S(t) = product of (n_j - d_j) / n_j,  d_j over all causes
/// ```
///
/// All causes of a tie group act at once; nothing is jittered. The variance follows the error of (F_k, S) from time to time,
///
/// ```text
/// e_F <- e_F + h_k e_S + eps_k        e_S <- (1 - h) e_S - sum of eps        h = d / n
/// Greenwood   var eps_k = S^2 d_k (n - d_k) / n^3,     cov(eps_k, eps_l) = -S^2 d_k d_l / n^3
/// Aalen       var eps_k = S^2 d_k (n - d_k) / (n^2 (n - 1)),   independent, likewise for the other causes together
/// ```
///
/// `cause` is 0 for censored rows and `k` for cause `k` of `causes`.
///
/// # Errors
/// No rows, lengths that differ, times that are negative or not finite, causes out of range, entry at or after time.
///
/// # Examples
/// ```
/// use mscsle_survival::{IncidenceOptions, cumulative_incidence};
/// let time = [1.0, 3.0, 3.0, 6.0, 6.0, 6.0, 9.0, 12.0, 12.0, 12.0];
/// let cause = [1, 1, 2, 1, 1, 0, 2, 1, 0, 0];
/// let curve = cumulative_incidence(&time, &cause, 2, &IncidenceOptions::default())?;
/// assert!((curve.incidence[0][4] - 0.525).abs() < 1e-15);
/// assert!((curve.incidence[1][4] - 0.225).abs() < 1e-15);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Aalen, Johansen. Scand J Stat 1978;5:141. Gray. Ann Stat 1988;16:1141. doi:10.1214/aos/1176350951
pub fn cumulative_incidence(
    time: &[f64],
    cause: &[u32],
    causes: usize,
    options: &IncidenceOptions<'_>,
) -> Result<CumulativeIncidence, SurvivalError> {
    fit(time, cause, causes, None, 1, options)?.pop().ok_or(SurvivalError::Empty)
}

/// Cumulative incidence by group; near ties are grouped over all rows together.
///
/// # Errors
/// As [`cumulative_incidence`]; group codes at or above `n_groups`.
pub fn cumulative_incidence_by(
    time: &[f64],
    cause: &[u32],
    causes: usize,
    group: &[u32],
    n_groups: usize,
    options: &IncidenceOptions<'_>,
) -> Result<Vec<CumulativeIncidence>, SurvivalError> {
    fit(time, cause, causes, Some(group), n_groups, options)
}

fn fit(
    time: &[f64],
    cause: &[u32],
    causes: usize,
    group: Option<&[u32]>,
    n_groups: usize,
    options: &IncidenceOptions<'_>,
) -> Result<Vec<CumulativeIncidence>, SurvivalError> {
    options.confidence.critical_value()?;
    let outcomes = Outcomes::Cause(cause, causes);
    let rows = SweepRows { time, outcomes, cells: group, n_cells: n_groups, entry: options.entry, weights: None };
    let (cells, gap) = cells_of(&rows, options.near_ties)?;
    Ok(cells.into_iter().map(|cell| of_cell(cell, options, gap)).collect())
}

fn of_cell(cell: EventCell, options: &IncidenceOptions<'_>, largest_gap: f64) -> CumulativeIncidence {
    let mut n_risk = cell.at_risk();
    let mut all_events = cell.all_events();
    let EventCell { start, mut time, events: mut n_event, mut censored, entered } = cell;
    let n = start + entered.iter().sum::<f64>();
    if !entered.is_empty() {
        let keep: Vec<bool> = all_events.iter().zip(&censored).map(|(&d, &c)| d + c > 0.0).collect();
        for values in [&mut time, &mut n_risk, &mut all_events, &mut censored].into_iter().chain(n_event.iter_mut()) {
            let mut kept = keep.iter();
            values.retain(|_| kept.next().copied().unwrap_or(false));
        }
    }
    let causes = n_event.len();
    let mut survival = Vec::with_capacity(time.len());
    let mut incidence = vec![Vec::with_capacity(time.len()); causes];
    let mut variance = vec![Vec::with_capacity(time.len()); causes];
    let mut s = 1.0_f64;
    let mut moments = vec![Moments::default(); causes];
    for j in 0..time.len() {
        let (n_j, d_j) = (n_risk[j], all_events[j]);
        if d_j > 0.0 {
            for (moments, events) in moments.iter_mut().zip(&n_event) {
                moments.step(options.variance, s, n_j, d_j, events[j]);
            }
            s *= (n_j - d_j) / n_j;
        }
        survival.push(s);
        for k in 0..causes {
            incidence[k].push(moments[k].incidence);
            variance[k].push(moments[k].variance.max(0.0));
        }
    }
    CumulativeIncidence {
        time,
        n_risk,
        n_event,
        n_censor: censored,
        survival,
        incidence,
        variance,
        n,
        variance_type: options.variance,
        confidence: options.confidence,
        largest_gap,
    }
}

/// Incidence of one cause, and second moments of its error and that of S.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    incidence: f64,
    variance: f64,
    covariance: f64,
    survival_variance: f64,
}

impl Moments {
    /// Moves past a time with `d` events, `d_k` of this cause, among `n` at risk; `s` is S just before it.
    fn step(&mut self, kind: IncidenceVariance, s: f64, n: f64, d: f64, d_k: f64) {
        // variances of eps_k and of the sum of all eps, and the covariance of eps_k with minus that sum
        let (var_k, var_all, cov) = match kind {
            IncidenceVariance::Greenwood => {
                let scale = s * s / (n * n * n);
                (scale * d_k * (n - d_k), scale * d * (n - d), -scale * d_k * (n - d))
            }
            IncidenceVariance::Aalen => {
                let ties = |events: f64| if events > 1.0 { (n - events) / (n - 1.0) } else { 1.0 };
                let scale = s * s / (n * n);
                let var_k = scale * d_k * ties(d_k);
                // the other causes count as one, as in cmprsk
                (var_k, var_k + scale * (d - d_k) * ties(d - d_k), -var_k)
            }
        };
        let (h, h_k) = (d / n, d_k / n);
        self.incidence += s * h_k;
        self.variance += 2.0 * h_k * self.covariance + h_k * h_k * self.survival_variance + var_k;
        self.covariance = (1.0 - h) * (self.covariance + h_k * self.survival_variance) + cov;
        self.survival_variance = (1.0 - h) * (1.0 - h) * self.survival_variance + var_all;
    }
}

impl EventTable {
    /// The cumulative incidence of one stratum and arm.
    ///
    /// # Errors
    /// No such stratum and arm; a level outside 0..1.
    pub fn cumulative_incidence(
        &self,
        stratum: u32,
        arm: u32,
        options: &IncidenceOptions<'_>,
    ) -> Result<CumulativeIncidence, SurvivalError> {
        options.confidence.critical_value()?;
        let cell = self.cell(stratum, arm).ok_or(SurvivalError::Empty)?;
        Ok(of_cell(cell.clone(), options, self.largest_gap()))
    }
}

/// Limits of a cumulative incidence from its variance, on the scale of the probability itself (as R and SAS do).
///
/// Before the first event of the cause both limits are 0; at an incidence of 1 they are missing (NaN).
///
/// # Errors
/// A level outside 0..1.
pub fn incidence_limits(
    incidence: &[f64],
    variance: &[f64],
    confidence: Confidence,
) -> Result<(Vec<f64>, Vec<f64>), SurvivalError> {
    let z = confidence.critical_value()?;
    Ok(incidence
        .iter()
        .zip(variance)
        .map(|(&f, &v)| match f {
            0.0 => (0.0, 0.0),
            f if f >= 1.0 => (f64::NAN, f64::NAN),
            f => limits(confidence.interval, f, v.sqrt() / f, z),
        })
        .unzip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KaplanMeierOptions, kaplan_meier};

    const TIME: [f64; 10] = [1.0, 3.0, 3.0, 6.0, 6.0, 6.0, 9.0, 12.0, 12.0, 12.0];
    const CAUSE: [u32; 10] = [1, 1, 2, 1, 1, 0, 2, 1, 0, 0];

    #[test]
    fn incidences_and_survival_sum_to_one() {
        let curve = cumulative_incidence(&TIME, &CAUSE, 2, &IncidenceOptions::default()).unwrap();
        for j in 0..curve.time.len() {
            let total = curve.survival[j] + curve.incidence[0][j] + curve.incidence[1][j];
            assert!((total - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn one_cause_is_one_minus_kaplan_meier_with_greenwood() {
        let cause: Vec<u32> = CAUSE.iter().map(|&cause| u32::from(cause > 0)).collect();
        let event: Vec<bool> = CAUSE.iter().map(|&cause| cause > 0).collect();
        let curve = cumulative_incidence(&TIME, &cause, 1, &IncidenceOptions::default()).unwrap();
        let km = kaplan_meier(&TIME, &event, &KaplanMeierOptions::default()).unwrap();
        for (j, std_error) in km.std_error().into_iter().enumerate() {
            assert!((curve.incidence[0][j] - (1.0 - km.survival[j])).abs() < 1e-15);
            assert!((curve.variance[0][j].sqrt() - std_error).abs() < 1e-14);
        }
    }

    #[test]
    fn aalens_variance_differs_and_the_incidence_does_not() {
        let aalen = IncidenceOptions { variance: IncidenceVariance::Aalen, ..IncidenceOptions::default() };
        let (g, a) = (
            cumulative_incidence(&TIME, &CAUSE, 2, &IncidenceOptions::default()).unwrap(),
            cumulative_incidence(&TIME, &CAUSE, 2, &aalen).unwrap(),
        );
        assert!(a.variance[0][0] > g.variance[0][0]);
        assert_eq!(a.incidence, g.incidence);
    }

    #[test]
    fn before_the_first_event_of_a_cause_the_limits_are_zero_and_at_one_missing() {
        let (lower, upper) = incidence_limits(&[0.0, 0.5, 1.0], &[0.0, 0.01, 0.0], Confidence::default()).unwrap();
        assert_eq!((lower[0], upper[0]), (0.0, 0.0));
        assert!(lower[1] < 0.5 && upper[1] > 0.5);
        assert!(lower[2].is_nan() && upper[2].is_nan());
    }

    #[test]
    fn causes_out_of_range_are_refused() {
        let error = cumulative_incidence(&[1.0, 2.0], &[1, 3], 2, &IncidenceOptions::default()).unwrap_err();
        assert!(matches!(error, SurvivalError::CodeOutOfRange { argument: "cause", row: 1, .. }));
    }
}
