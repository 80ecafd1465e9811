//! Kaplan-Meier: the product-limit estimator of survival.

use crate::event_table::{EventCell, EventTable, cells_of};
use crate::interval::{Confidence, pointwise_limits};
use crate::jackknife::{JackknifeOf, JackknifeRows, robust_variance};
use crate::quantile::{SurvivalQuantile, survival_quantile};
use crate::sweep::{Outcomes, SweepRows};
use crate::{NearTies, SurvivalError, check};

/// Case weights and what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Weights<'a> {
    /// Each row counts once.
    #[default]
    None,
    /// A row of weight `k` stands for `k` identical subjects; whole numbers. Greenwood's variance, as with doubled rows.
    Frequency(&'a [f64]),
    /// Weights of any size, as from sampling or inverse probability; the variance is the infinitesimal jackknife.
    Sampling(&'a [f64]),
}

impl<'a> Weights<'a> {
    pub(crate) fn values(self) -> Option<&'a [f64]> {
        match self {
            Self::None => None,
            Self::Frequency(values) | Self::Sampling(values) => Some(values),
        }
    }

    pub(crate) fn check(self, rows: usize) -> Result<(), SurvivalError> {
        let Some(values) = self.values() else { return Ok(()) };
        check::weights(values, rows)?;
        if matches!(self, Self::Frequency(_))
            && let Some(row) = values.iter().position(|weight| weight.fract() != 0.0)
        {
            return Err(SurvivalError::FractionalFrequency { row, value: values[row] });
        }
        Ok(())
    }
}

/// The variance behind the limits of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VarianceType {
    /// Greenwood's formula.
    Greenwood,
    /// Of a Poisson count, for a cumulative hazard.
    Poisson,
    /// The infinitesimal jackknife, each row by itself.
    InfinitesimalJackknife,
    /// The infinitesimal jackknife, summed within clusters.
    ClusteredJackknife,
}

impl VarianceType {
    /// The word for this variance in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Greenwood => "Greenwood",
            Self::Poisson => "Poisson",
            Self::InfinitesimalJackknife => "infinitesimal jackknife",
            Self::ClusteredJackknife => "clustered infinitesimal jackknife",
        }
    }
}

/// Options of [`kaplan_meier`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct KaplanMeierOptions<'a> {
    /// Type and level of the limits.
    pub confidence: Confidence,
    /// What happens to times that differ by rounding only.
    pub near_ties: NearTies,
    /// Delayed entry: a subject is at risk in (entry, time].
    pub entry: Option<&'a [f64]>,
    /// Case weights.
    pub weights: Weights<'a>,
    /// Codes of clusters within which rows are dependent; the variance is then the clustered jackknife.
    pub cluster: Option<&'a [u32]>,
}

/// Number at risk where it changes.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskSteps {
    /// Times of entry, event or censoring, ascending.
    pub time: Vec<f64>,
    /// Number (weight) at risk just before each.
    pub n_risk: Vec<f64>,
}

/// A Kaplan-Meier curve.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    /// Distinct times of events and censorings, ascending.
    pub time: Vec<f64>,
    /// Number (weight) at risk just before each time; a subject censored at a time is at risk at it.
    pub n_risk: Vec<f64>,
    /// Number (weight) of events at each time.
    pub n_event: Vec<f64>,
    /// Number (weight) censored at each time.
    pub n_censor: Vec<f64>,
    /// S(t), right-continuous.
    pub survival: Vec<f64>,
    /// Variance of ln S(t); infinite once S is 0.
    pub log_variance: Vec<f64>,
    /// With delayed entry: number at risk just before each time at which somebody enters or leaves.
    pub risk_steps: Option<RiskSteps>,
    /// Rows (weight) at the start or entering later.
    pub n: f64,
    /// Events (weight).
    pub n_events: f64,
    /// The variance behind the limits.
    pub variance: VarianceType,
    /// Type and level of the limits.
    pub confidence: Confidence,
    /// Times closer than this are one tie group; also the tolerance of [`KaplanMeier::survival_at`].
    pub largest_gap: f64,
}

/// Survival of one group, the product-limit estimator
///
/// ```text
/// S(t) = product over t_j <= t of (n_j - d_j) / n_j          var ln S(t) = sum of d_j / (n_j (n_j - d_j))
/// ```
///
/// with `d_j` events among `n_j` at risk at the tie group `t_j` (entry < t_j <= time). Counts are whole numbers, so S is
/// exactly 0 once the last subject at risk has the event, and stays so; its limits are missing there.
///
/// # Errors
/// No rows; lengths that differ; times that are negative or not finite; entry at or after time; weights that are negative,
/// or fractional though they are frequencies.
///
/// # Examples
/// ```
/// use mscsle_survival::{KaplanMeierOptions, kaplan_meier};
/// let time = [6.0, 6.0, 6.0, 6.0, 7.0, 9.0, 10.0, 10.0, 11.0, 13.0];
/// let event = [true, true, true, false, true, false, true, false, false, true];
/// let km = kaplan_meier(&time, &event, &KaplanMeierOptions::default())?;
/// assert_eq!(km.n_risk, [10.0, 6.0, 5.0, 4.0, 2.0, 1.0]);
/// assert!((km.survival[0] - 0.7).abs() < 1e-15);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Kaplan, Meier. J Am Stat Assoc 1958;53:457. doi:10.1080/01621459.1958.10501452
pub fn kaplan_meier(
    time: &[f64],
    event: &[bool],
    options: &KaplanMeierOptions<'_>,
) -> Result<KaplanMeier, SurvivalError> {
    let mut curves = fit(time, event, None, 1, options)?;
    curves.pop().ok_or(SurvivalError::Empty)
}

/// One curve per group; near ties are grouped over all rows together, so the curves share their times.
///
/// A group without rows gives an empty curve.
///
/// # Errors
/// As [`kaplan_meier`]; group codes at or above `n_groups`.
pub fn kaplan_meier_by(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    n_groups: usize,
    options: &KaplanMeierOptions<'_>,
) -> Result<Vec<KaplanMeier>, SurvivalError> {
    fit(time, event, Some(group), n_groups, options)
}

fn fit(
    time: &[f64],
    event: &[bool],
    group: Option<&[u32]>,
    n_groups: usize,
    options: &KaplanMeierOptions<'_>,
) -> Result<Vec<KaplanMeier>, SurvivalError> {
    options.confidence.critical_value()?;
    options.weights.check(time.len())?;
    let rows = SweepRows {
        time,
        outcomes: Outcomes::Event(event),
        cells: group,
        n_cells: n_groups,
        entry: options.entry,
        weights: options.weights.values(),
    };
    let (cells, gap) = cells_of(&rows, options.near_ties)?;
    let mut curves: Vec<KaplanMeier> = cells.into_iter().map(|cell| of_cell(cell, options.confidence, gap)).collect();
    let variance = match (options.cluster, options.weights) {
        (Some(_), _) => VarianceType::ClusteredJackknife,
        (None, Weights::Sampling(_)) => VarianceType::InfinitesimalJackknife,
        (None, _) => return Ok(curves),
    };
    if let Some(cluster) = options.cluster {
        check::length("cluster", time.len(), cluster.len())?;
    }
    for (code, curve) in curves.iter_mut().enumerate() {
        let rows = JackknifeRows {
            time,
            event,
            entry: options.entry,
            weights: options.weights.values(),
            cluster: options.cluster,
            group: group.map(|group| (group, code as u32)),
        };
        curve.log_variance = robust_variance(&rows, curve, JackknifeOf::LnSurvival);
        curve.variance = variance;
    }
    Ok(curves)
}

/// Relative difference below which a risk set made of fractional weights counts as emptied.
const EMPTIED: f64 = 1e-12;

pub(crate) fn of_cell(cell: EventCell, confidence: Confidence, largest_gap: f64) -> KaplanMeier {
    let n_risk = cell.at_risk();
    curve_of(cell, n_risk, confidence, largest_gap)
}

/// The curve of a cell given the number at risk at each of its times.
pub(crate) fn curve_of(cell: EventCell, mut n_risk: Vec<f64>, confidence: Confidence, largest_gap: f64) -> KaplanMeier {
    let EventCell { mut time, mut events, mut censored, entered, .. } = cell;
    let mut n_event = if events.len() == 1 { events.swap_remove(0) } else { sum_causes(&events, time.len()) };
    let n = cell.start + entered.iter().sum::<f64>();
    let mut risk_steps = None;
    if !entered.is_empty() {
        risk_steps = Some(RiskSteps { time: time.clone(), n_risk: n_risk.clone() });
        // times at which subjects only enter are no steps of the curve
        let keep: Vec<bool> =
            n_event.iter().zip(&censored).map(|(&events, &censored)| events + censored > 0.0).collect();
        for values in [&mut time, &mut n_risk, &mut n_event, &mut censored] {
            let mut kept = keep.iter();
            values.retain(|_| kept.next().copied().unwrap_or(false));
        }
    }
    let mut survival = Vec::with_capacity(time.len());
    let mut log_variance = Vec::with_capacity(time.len());
    let (mut s, mut v, mut n_events) = (1.0_f64, 0.0_f64, 0.0_f64);
    for (&n_j, &d_j) in n_risk.iter().zip(&n_event) {
        if d_j > 0.0 {
            n_events += d_j;
            let survivors = n_j - d_j;
            if survivors <= EMPTIED * n_j {
                s = 0.0;
                v = f64::INFINITY;
            } else {
                s *= survivors / n_j;
                v += d_j / (n_j * survivors);
            }
        }
        survival.push(s);
        log_variance.push(v);
    }
    KaplanMeier {
        time,
        n_risk,
        n_event,
        n_censor: censored,
        survival,
        log_variance,
        risk_steps,
        n,
        n_events,
        variance: VarianceType::Greenwood,
        confidence,
        largest_gap,
    }
}

fn sum_causes(events: &[Vec<f64>], times: usize) -> Vec<f64> {
    let mut total = vec![0.0; times];
    for events in events {
        for (total, &events) in total.iter_mut().zip(events) {
            *total += events;
        }
    }
    total
}

impl EventTable {
    /// The curve of one stratum and arm, events of all causes together.
    ///
    /// # Errors
    /// No such stratum and arm; a level outside 0..1. Weights, entry and clusters of the options do not apply: what the
    /// table holds is counted.
    pub fn kaplan_meier(
        &self,
        stratum: u32,
        arm: u32,
        options: &KaplanMeierOptions<'_>,
    ) -> Result<KaplanMeier, SurvivalError> {
        options.confidence.critical_value()?;
        let cell = self.cell(stratum, arm).ok_or(SurvivalError::Empty)?;
        Ok(of_cell(cell.clone(), options.confidence, self.largest_gap()))
    }
}

impl KaplanMeier {
    /// Standard error of S(t) at each time; NaN where S is 0.
    #[must_use]
    pub fn std_error(&self) -> Vec<f64> {
        std_errors(&self.survival, &self.log_variance)
    }

    /// Lower and upper limits at each time; NaN where missing.
    ///
    /// # Errors
    /// None for a curve made by this crate.
    pub fn limits(&self) -> Result<(Vec<f64>, Vec<f64>), SurvivalError> {
        pointwise_limits(&self.survival, &self.log_variance, self.confidence)
    }

    /// S(t); None after the last observed time unless S has reached 0.
    #[must_use]
    pub fn survival_at(&self, time: f64) -> Option<f64> {
        let steps = self.time.partition_point(|&step| step <= time + self.largest_gap);
        let Some(last) = steps.checked_sub(1) else { return Some(1.0) };
        let beyond = steps == self.time.len() && time > self.time[last] + self.largest_gap;
        (!beyond || self.survival[last] == 0.0).then_some(self.survival[last])
    }

    /// The time by which a fraction `p` has had the event, with limits (Brookmeyer-Crowley).
    ///
    /// # Errors
    /// `p` outside 0..1.
    pub fn quantile(&self, p: f64) -> Result<SurvivalQuantile, SurvivalError> {
        let (lower, upper) = self.limits()?;
        survival_quantile(&self.time, &self.survival, &lower, &upper, p)
    }
}

/// Standard errors of a survival curve from the variance of its logarithm; NaN where the curve is 0.
#[must_use]
pub fn std_errors(survival: &[f64], log_variance: &[f64]) -> Vec<f64> {
    survival.iter().zip(log_variance).map(|(&s, &v)| if s > 0.0 { s * v.sqrt() } else { f64::NAN }).collect()
}

/// Number of steps of a curve at or before each time, to a tolerance that forgives rounding.
#[must_use]
pub fn steps_until(steps: &[f64], times: &[f64], tolerance: f64) -> Vec<i64> {
    times.iter().map(|&time| steps.partition_point(|&step| step <= time + tolerance) as i64).collect()
}

/// Number of steps of a curve before each time, to a tolerance that forgives rounding.
#[must_use]
pub fn steps_before(steps: &[f64], times: &[f64], tolerance: f64) -> Vec<i64> {
    times.iter().map(|&time| steps.partition_point(|&step| step < time - tolerance) as i64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(time: &[f64], event: &[bool]) -> KaplanMeier {
        kaplan_meier(time, event, &KaplanMeierOptions::default()).unwrap()
    }

    // the six observations of Therneau and Grambsch, appendix E
    const TIME: [f64; 6] = [1.0, 1.0, 6.0, 6.0, 8.0, 9.0];
    const EVENT: [bool; 6] = [true, false, true, true, false, true];

    /// Pseudo-random whole days with ties.
    fn days(n: usize) -> (Vec<f64>, Vec<bool>) {
        let mut state = 17_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        (0..n).map(|_| (f64::from(next() % 700), next() % 3 > 0)).unzip()
    }

    #[test]
    fn six_observations_by_hand() {
        let km = fit(&TIME, &EVENT);
        assert_eq!(km.time, [1.0, 6.0, 8.0, 9.0]);
        assert_eq!(km.n_risk, [6.0, 4.0, 2.0, 1.0]);
        assert_eq!(km.survival[..3], [5.0 / 6.0, 5.0 / 12.0, 5.0 / 12.0]);
        let expected = 1.0 / 30.0 + 2.0 / 8.0;
        assert!((km.log_variance[1] - expected).abs() < 1e-15);
    }

    #[test]
    fn survival_stays_exactly_zero_and_its_limits_are_missing() {
        let km = fit(&TIME, &EVENT);
        assert_eq!(km.survival[3], 0.0);
        let (lower, upper) = km.limits().unwrap();
        assert!(lower[3].is_nan() && upper[3].is_nan() && km.std_error()[3].is_nan());
        assert_eq!(km.survival_at(100.0), Some(0.0));
        // an emptied risk set: those who enter later do not bring S back
        let options = KaplanMeierOptions { entry: Some(&[0.0, 0.0, 4.0]), ..KaplanMeierOptions::default() };
        let km = kaplan_meier(&[2.0, 3.0, 7.0], &[true, true, false], &options).unwrap();
        assert_eq!(km.survival, [0.5, 0.0, 0.0]);
    }

    #[test]
    fn ties_at_last_time_reach_zero_survival() {
        assert_eq!(fit(&[5.0, 5.0, 5.0], &[true, true, true]).survival, [0.0]);
    }

    #[test]
    fn all_censored_has_survival_one_everywhere() {
        let km = fit(&[1.0, 2.0, 3.0], &[false; 3]);
        assert_eq!(km.survival, [1.0; 3]);
        assert_eq!(km.limits().unwrap().0, [1.0; 3]);
        assert_eq!(km.quantile(0.5).unwrap().estimate, None);
    }

    #[test]
    fn after_the_last_observed_time_survival_is_unknown() {
        let km = fit(&[1.0, 2.0], &[true, false]);
        assert_eq!(km.survival_at(2.0), Some(0.5));
        assert_eq!(km.survival_at(2.1), None);
        assert_eq!(km.survival_at(0.5), Some(1.0));
    }

    #[test]
    fn counting_days_equals_sorting() {
        let (time, event) = days(5000);
        let counted = fit(&time, &event);
        // a time that is no whole number sends all rows to the sort
        let (mut time, mut event) = (time, event);
        time.push(800.5);
        event.push(false);
        let sorted = fit(&time, &event);
        let last = counted.time.len();
        assert_eq!(counted.time, sorted.time[..last]);
        assert_eq!(counted.n_event, sorted.n_event[..last]);
        assert!(counted.n_risk.iter().zip(&sorted.n_risk).all(|(n, with_one_more)| n + 1.0 == *with_one_more));
    }

    #[test]
    fn order_of_rows_does_not_matter() {
        let (time, event) = days(3000);
        for scale in [1.0, 0.37] {
            let time: Vec<f64> = time.iter().map(|t| t * scale).collect();
            let mut reversed = (time.clone(), event.clone());
            reversed.0.reverse();
            reversed.1.reverse();
            assert_eq!(fit(&time, &event), fit(&reversed.0, &reversed.1));
        }
    }

    #[test]
    fn frequency_weights_equal_repeated_rows() {
        let weights = [2.0, 0.0, 1.0, 3.0, 1.0, 2.0];
        let options = KaplanMeierOptions { weights: Weights::Frequency(&weights), ..KaplanMeierOptions::default() };
        let weighted = kaplan_meier(&TIME, &EVENT, &options).unwrap();
        let rows: Vec<usize> = (0..6).flat_map(|row| vec![row; weights[row] as usize]).collect();
        let time: Vec<f64> = rows.iter().map(|&row| TIME[row]).collect();
        let event: Vec<bool> = rows.iter().map(|&row| EVENT[row]).collect();
        let repeated = fit(&time, &event);
        assert_eq!(weighted.survival, repeated.survival);
        assert_eq!(weighted.log_variance, repeated.log_variance);
    }

    #[test]
    fn rows_of_weight_zero_change_no_survival_and_no_variance() {
        let (time, event) = ([4.0, 1.0, 6.0, 7.0], [false, true, true, false]);
        for kind in [Weights::Frequency, Weights::Sampling] {
            let weights = kind(&[2.0, 2.0, 0.0, 0.0]);
            let with = kaplan_meier(&time, &event, &KaplanMeierOptions { weights, ..Default::default() }).unwrap();
            let weights = kind(&[2.0, 2.0]);
            let options = KaplanMeierOptions { weights, ..Default::default() };
            let without = kaplan_meier(&time[..2], &event[..2], &options).unwrap();
            // the times stay steps, as in R, with nobody at risk
            assert_eq!((with.time[2], with.n_risk[2], with.survival[2]), (6.0, 0.0, 0.5));
            assert_eq!(with.survival[..2], without.survival);
            assert_eq!(with.log_variance[..2], without.log_variance);
            assert!(without.log_variance[1] > 0.0);
            assert_eq!(with.log_variance[2..], [without.log_variance[1]; 2]);
        }
    }

    #[test]
    fn the_jackknife_without_weights_is_greenwood() {
        let (time, event) = days(400);
        let ones = vec![1.0; 400];
        let options = KaplanMeierOptions { weights: Weights::Sampling(&ones), ..KaplanMeierOptions::default() };
        let jackknife = kaplan_meier(&time, &event, &options).unwrap();
        let greenwood = fit(&time, &event);
        for (j, g) in jackknife.log_variance.iter().zip(&greenwood.log_variance) {
            assert!((j - g).abs() <= 1e-12 * g.max(1e-12) || j == g, "{j} {g}");
        }
    }

    #[test]
    fn near_ties_are_grouped_over_all_groups() {
        let time = [17.0 / 30.4375, 17.0 / 365.25 * 12.0, 5.0, 6.0];
        assert!(time[0] != time[1]);
        let curves = kaplan_meier_by(&time, &[true; 4], &[0, 1, 0, 1], 2, &KaplanMeierOptions::default()).unwrap();
        assert_eq!(curves[0].time[0], curves[1].time[0]);
        let apart = KaplanMeierOptions { near_ties: NearTies::Separate, ..KaplanMeierOptions::default() };
        let curves = kaplan_meier_by(&time, &[true; 4], &[0, 1, 0, 1], 2, &apart).unwrap();
        assert!(curves[0].time[0] != curves[1].time[0]);
    }

    #[test]
    fn times_over_many_orders_of_magnitude_keep_their_order() {
        let time = [1e-60, 1e60, 1.0, 0.0, 1e-3];
        let curves = kaplan_meier_by(&time, &[true; 5], &[0, 1, 2, 3, 4], 5, &KaplanMeierOptions::default()).unwrap();
        let times: Vec<f64> = curves.iter().map(|curve| curve.time[0]).collect();
        assert_eq!(curves.len(), 5);
        assert_eq!(times[1], 1e60);
    }

    #[test]
    fn bad_rows_are_refused_by_number() {
        let refuse = |time: &[f64], options: &KaplanMeierOptions<'_>| {
            kaplan_meier(time, &vec![true; time.len()], options).unwrap_err()
        };
        let plain = KaplanMeierOptions::default();
        assert_eq!(refuse(&[], &plain), SurvivalError::Empty);
        assert!(matches!(refuse(&[1.0, -0.5], &plain), SurvivalError::NegativeTime { row: 1, .. }));
        assert!(matches!(refuse(&[f64::NAN], &plain), SurvivalError::NotFinite { row: 0, .. }));
        assert!(matches!(refuse(&[5.397_605e-79, 1.0], &plain), SurvivalError::MisreadZero { row: 0, .. }));
        let mut many = vec![1.0; 2000];
        many[1999] = -3.0;
        assert!(matches!(refuse(&many, &plain), SurvivalError::NegativeTime { row: 1999, .. }));
        let entry = KaplanMeierOptions { entry: Some(&[0.0, 2.0]), ..plain };
        assert!(matches!(refuse(&[1.0, 2.0], &entry), SurvivalError::EntryNotBeforeTime { row: 1, .. }));
        let weights = KaplanMeierOptions { weights: Weights::Frequency(&[1.0, 0.5]), ..plain };
        assert!(matches!(refuse(&[1.0, 2.0], &weights), SurvivalError::FractionalFrequency { row: 1, .. }));
        let weights = KaplanMeierOptions { weights: Weights::Sampling(&[1.0, -1.0]), ..plain };
        assert!(matches!(refuse(&[1.0, 2.0], &weights), SurvivalError::NegativeWeight { row: 1, .. }));
    }
}
