//! Mean cumulative function of recurrent events, also with death, its robust variance and the comparison of groups.

use mscsle_distributions::chi_squared;

use crate::quadratic_form::quadratic_form;
use crate::ties::{canonical_times, largest_gap_of_sorted};
use crate::{NearTies, SurvivalError, check};

/// Rows of recurrent events: a subject is at risk in (entry, time] of each of its rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecurrentRows<'a> {
    /// End of each row.
    pub time: &'a [f64],
    /// Start of each row; 0 without.
    pub entry: Option<&'a [f64]>,
    /// Whether an event happened at the end of the row.
    pub event: &'a [bool],
    /// Whether the subject died at the end of the row.
    pub death: Option<&'a [bool]>,
    /// Codes of subjects.
    pub subject: &'a [u32],
    /// Number of subjects.
    pub n_subjects: usize,
    /// Codes of groups, and their number.
    pub group: Option<(&'a [u32], usize)>,
    /// What happens to times that differ by rounding only.
    pub near_ties: NearTies,
}

/// The mean cumulative function of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanCumulative {
    /// Distinct times of events and deaths, ascending.
    pub time: Vec<f64>,
    /// Subjects at risk just before each time.
    pub n_risk: Vec<f64>,
    /// Events at each time.
    pub n_event: Vec<f64>,
    /// Deaths at each time.
    pub n_death: Vec<f64>,
    /// Expected number of events by each time.
    pub mean: Vec<f64>,
    /// Its robust variance: the infinitesimal jackknife over subjects.
    pub variance: Vec<f64>,
    /// Kaplan-Meier survival after each time; 1 when deaths are not given.
    pub survival: Vec<f64>,
    /// Subjects.
    pub n: usize,
    /// Last end of follow-up.
    pub last_time: f64,
    /// Times closer than this are one tie group.
    pub largest_gap: f64,
}

/// A test that the mean cumulative functions of groups are equal.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanCumulativeTest {
    /// Chi-squared statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// P(chi-squared > statistic).
    pub p_value: f64,
    /// Subjects by group.
    pub n: Vec<f64>,
    /// Events by group.
    pub observed: Vec<f64>,
    /// Sum over times of at-risk weighted difference of the group's increments from the common ones.
    pub score: Vec<f64>,
    /// Robust covariance of the score, row-major.
    pub variance: Vec<f64>,
}

/// Expected number of events per subject by time, by group.
///
/// ```text
/// without death (Lawless, Nadeau)   mu(t) = sum over u <= t of d(u) / n(u)
/// with death (Ghosh, Lin)           mu(t) = sum over u <= t of S(u-) d(u) / n(u)
/// influence of subject i            sum of S(u-) dM_i(u) / n(u) - sum of (mu(t) - mu(u)) dM_i^D(u) / (n(u) - D(u))
/// ```
///
/// n counts those alive and under observation, d events, D deaths, S is the Kaplan-Meier curve of death, M_i the event
/// martingale of subject i and M_i^D that of death. The variance is the sum of squared influences (infinitesimal jackknife
/// over subjects); without death that of Lawless and Nadeau. An event at the time of death counts as before it. All
/// variances cost one pass over the rows.
///
/// # Errors
/// No rows, lengths that differ, times that are negative or not finite, entries not before their time, codes out of range,
/// overlapping rows of a subject, rows after death, a subject in two groups.
///
/// # Examples
/// ```
/// use mscsle_survival::{NearTies, RecurrentRows, mean_cumulative};
/// // one subject with flares at 2 and 5 until 8, one without until 6
/// let rows = RecurrentRows {
///     time: &[2.0, 5.0, 8.0, 6.0],
///     entry: Some(&[0.0, 2.0, 5.0, 0.0]),
///     event: &[true, true, false, false],
///     death: None,
///     subject: &[0, 0, 0, 1],
///     n_subjects: 2,
///     group: None,
///     near_ties: NearTies::Group,
/// };
/// let curve = &mean_cumulative(&rows)?[0];
/// assert_eq!(curve.mean, [0.5, 1.0]);
/// assert_eq!(curve.variance, [0.125, 0.5]);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Lawless, Nadeau. Technometrics 1995;37:158. doi:10.1080/00401706.1995.10484300.
/// Ghosh, Lin. Biometrics 2000;56:554. doi:10.1111/j.0006-341x.2000.00554.x
pub fn mean_cumulative(rows: &RecurrentRows<'_>) -> Result<Vec<MeanCumulative>, SurvivalError> {
    let timeline = Timeline::new(rows)?;
    Ok((0..timeline.n_groups).map(|group| curve(&timeline, group)).collect())
}

/// Tests that the mean cumulative functions of the groups are equal.
///
/// ```text
/// U_g = sum over times of n_g (d mu_g - sum of n_h d mu_h / n)          V = sum over subjects of the influences' products
/// ```
///
/// Two groups: the integral of n_1 n_0 / n against the difference of the curves (Lawless and Nadeau; with death Ghosh and
/// Lin). The variance does not assume that events of a subject are independent.
///
/// # Errors
/// As [`mean_cumulative`]; [`SurvivalError::NotEstimable`] without events or when no risk set holds two groups.
///
/// # References
/// Lawless, Nadeau. Technometrics 1995;37:158. doi:10.1080/00401706.1995.10484300.
/// Ghosh, Lin. Biometrics 2000;56:554, section 4. doi:10.1111/j.0006-341x.2000.00554.x
pub fn mean_cumulative_test(rows: &RecurrentRows<'_>) -> Result<MeanCumulativeTest, SurvivalError> {
    let timeline = Timeline::new(rows)?;
    let k = timeline.n_groups;
    // at risk by group just before each time with events or deaths
    let steps: Vec<GroupSteps> = (0..k).map(|group| GroupSteps::new(&timeline, group)).collect();
    let totals: Vec<f64> = (0..timeline.times.len()).map(|t| steps.iter().map(|s| s.n[t]).sum()).collect();
    let observed: Vec<f64> = steps.iter().map(|s| s.events.iter().sum()).collect();
    if observed.iter().sum::<f64>() == 0.0 {
        return not_estimable("there are no events");
    }
    let mut score = vec![0.0; k];
    let mut variance = vec![0.0; k * k];
    // size of the parts of each score, of which rounding leaves a share
    let mut size = vec![0.0; k];
    for (h, group) in steps.iter().enumerate() {
        // influences of the subjects of this group on the score of each group
        let mut columns = Vec::with_capacity(k);
        for (g, score) in score.iter_mut().enumerate() {
            let weight: Vec<f64> = totals
                .iter()
                .enumerate()
                .map(|(t, &total)| {
                    let share = if total > 0.0 { group.n[t] / total } else { 0.0 };
                    steps[g].n[t] * (f64::from(u8::from(g == h)) - share)
                })
                .collect();
            *score += weight.iter().enumerate().map(|(t, weight)| weight * group.increment(t)).sum::<f64>();
            size[g] += weight.iter().enumerate().map(|(t, weight)| (weight * group.increment(t)).abs()).sum::<f64>();
            columns.push(influences(&timeline, h, group, &weight));
        }
        for g in 0..k {
            for l in 0..k {
                variance[g * k + l] += columns[g].iter().zip(&columns[l]).map(|(a, b)| a * b).sum::<f64>();
            }
        }
    }
    for g in (0..k).filter(|&g| variance[g * k + g].sqrt() <= NOISE * size[g]).collect::<Vec<_>>() {
        for l in 0..k {
            variance[g * k + l] = 0.0;
            variance[l * k + g] = 0.0;
        }
    }
    let form = quadratic_form(&score, &variance);
    if form.rank == 0 {
        return not_estimable(
            "the scores have no variance: at no event time are subjects of two groups at risk, or the subjects of each group \
             do not differ there",
        );
    }
    let p_value = chi_squared::sf(form.statistic, form.rank as f64).map_err(|_| SurvivalError::NotEstimable {
        quantity: "the p-value of the test of mean cumulative functions",
        reason: format!("the statistic is {}", form.statistic),
    })?;
    let n = (0..k).map(|group| timeline.subjects[group].len() as f64).collect();
    Ok(MeanCumulativeTest { statistic: form.statistic, df: form.rank, p_value, n, observed, score, variance })
}

/// A standard deviation below this share of the size of a score is rounding.
const NOISE: f64 = 1e-12;

fn not_estimable(reason: &str) -> Result<MeanCumulativeTest, SurvivalError> {
    Err(SurvivalError::NotEstimable { quantity: "the test of mean cumulative functions", reason: reason.to_owned() })
}

/// Checked rows: distinct event and death times of all groups, and the rows in places on that axis.
struct Timeline {
    times: Vec<f64>,
    /// A row is at risk at the times `first..last`; the last of them is its own end if `at_end`.
    rows: Vec<Row>,
    n_groups: usize,
    /// Subjects (codes) of each group, and rows of each group.
    subjects: Vec<Vec<u32>>,
    by_group: Vec<Vec<usize>>,
    last_time: Vec<f64>,
    largest_gap: f64,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    subject: u32,
    /// Index of the first time after entry, and one behind the last time at or before the end.
    first: usize,
    last: usize,
    event: bool,
    death: bool,
}

impl Timeline {
    fn new(rows: &RecurrentRows<'_>) -> Result<Self, SurvivalError> {
        let n = rows.time.len();
        if n == 0 {
            return Err(SurvivalError::Empty);
        }
        check::times("time", rows.time)?;
        check::length("event", n, rows.event.len())?;
        check::codes("subject", rows.subject, n, rows.n_subjects)?;
        if let Some(death) = rows.death {
            check::length("death", n, death.len())?;
        }
        if let Some((group, groups)) = rows.group {
            check::codes("group", group, n, groups)?;
        }
        let zeros;
        let entry = match rows.entry {
            Some(entry) => {
                check::entries(entry, rows.time)?;
                entry
            }
            None => {
                zeros = vec![0.0; n];
                &zeros[..]
            }
        };
        let canonical = canonical_times(rows.time, Some(entry), rows.near_ties)?;
        let time = &canonical.time[..];
        let entry = canonical.entry.as_deref().unwrap_or(&[]);
        let death = |row: usize| rows.death.is_some_and(|death| death[row]);
        let group = |row: usize| rows.group.map_or(0, |(group, _)| group[row] as usize);
        check_subjects(rows, time, entry, &death, &group)?;
        let mut times: Vec<f64> = (0..n).filter(|&row| rows.event[row] || death(row)).map(|row| time[row]).collect();
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
        let n_groups = rows.group.map_or(1, |(_, groups)| groups);
        let mut all: Vec<f64> = rows.time.iter().chain(rows.entry.unwrap_or(&[])).copied().collect();
        all.sort_unstable_by(f64::total_cmp);
        let mut timeline = Self {
            rows: Vec::with_capacity(n),
            n_groups,
            subjects: vec![Vec::new(); n_groups],
            by_group: vec![Vec::new(); n_groups],
            last_time: vec![0.0; n_groups],
            largest_gap: largest_gap_of_sorted(&all, rows.near_ties),
            times: Vec::new(),
        };
        let mut seen = vec![false; rows.n_subjects];
        for row in 0..n {
            let g = group(row);
            timeline.rows.push(Row {
                subject: rows.subject[row],
                first: times.partition_point(|&t| t <= entry[row]),
                last: times.partition_point(|&t| t <= time[row]),
                event: rows.event[row],
                death: death(row),
            });
            timeline.by_group[g].push(row);
            timeline.last_time[g] = timeline.last_time[g].max(rows.time[row]);
            if !std::mem::replace(&mut seen[rows.subject[row] as usize], true) {
                timeline.subjects[g].push(rows.subject[row]);
            }
        }
        timeline.times = times;
        Ok(timeline)
    }
}

/// Refuses overlapping rows, rows after death and subjects in two groups.
fn check_subjects(
    rows: &RecurrentRows<'_>,
    time: &[f64],
    entry: &[f64],
    death: &dyn Fn(usize) -> bool,
    group: &dyn Fn(usize) -> usize,
) -> Result<(), SurvivalError> {
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_unstable_by(|&a, &b| {
        rows.subject[a].cmp(&rows.subject[b]).then(entry[a].total_cmp(&entry[b])).then(a.cmp(&b))
    });
    for pair in order.windows(2) {
        let (before, row) = (pair[0], pair[1]);
        if rows.subject[before] != rows.subject[row] {
            continue;
        }
        if entry[row] < time[before] {
            return Err(SurvivalError::OverlappingRows { row, entry: entry[row], other: before, time: time[before] });
        }
        if death(before) {
            return Err(SurvivalError::RowAfterDeath { row, entry: entry[row], other: before, time: time[before] });
        }
        if group(before) != group(row) {
            return Err(SurvivalError::SubjectInTwoGroups { row, other: before });
        }
    }
    Ok(())
}

/// Counts and curves of one group on the common axis of times.
struct GroupSteps {
    n: Vec<f64>,
    events: Vec<f64>,
    deaths: Vec<f64>,
    /// Survival just before each time.
    survival: Vec<f64>,
}

impl GroupSteps {
    fn new(timeline: &Timeline, group: usize) -> Self {
        let times = timeline.times.len();
        let mut change = vec![0.0; times + 1];
        let (mut events, mut deaths) = (vec![0.0; times], vec![0.0; times]);
        for &row in &timeline.by_group[group] {
            let Row { first, last, event, death, .. } = timeline.rows[row];
            change[first] += 1.0;
            change[last] -= 1.0;
            if event {
                events[last - 1] += 1.0;
            }
            if death {
                deaths[last - 1] += 1.0;
            }
        }
        let (mut n, mut survival) = (Vec::with_capacity(times), Vec::with_capacity(times));
        let (mut at_risk, mut s) = (0.0, 1.0);
        for t in 0..times {
            at_risk += change[t];
            n.push(at_risk);
            survival.push(s);
            if deaths[t] > 0.0 {
                s *= (at_risk - deaths[t]) / at_risk;
            }
        }
        Self { n, events, deaths, survival }
    }

    /// Increment of the mean at a time.
    fn increment(&self, t: usize) -> f64 {
        if self.n[t] > 0.0 { self.survival[t] * self.events[t] / self.n[t] } else { 0.0 }
    }

    /// Number that survives a time among those at risk at it.
    fn left(&self, t: usize) -> f64 {
        self.n[t] - self.deaths[t]
    }
}

/// Influence of each subject of a group on the sum over times of weight times increment of the mean.
fn influences(timeline: &Timeline, group: usize, steps: &GroupSteps, weight: &[f64]) -> Vec<f64> {
    let times = timeline.times.len();
    // kappa: weighted mean; compensators of events and deaths summed over times before each
    let mut kappa = 0.0;
    let kappas: Vec<f64> = (0..times)
        .map(|t| {
            kappa += weight[t] * steps.increment(t);
            kappa
        })
        .collect();
    let effect = |t: usize| weight[t] * steps.survival[t] / steps.n[t];
    let death_effect = |t: usize| if steps.left(t) > 0.0 { (kappa - kappas[t]) / steps.left(t) } else { 0.0 };
    let mut compensator = vec![0.0; times + 1];
    for t in 0..times {
        let own = if steps.n[t] > 0.0 {
            effect(t) * steps.events[t] / steps.n[t] - death_effect(t) * steps.deaths[t] / steps.n[t]
        } else {
            0.0
        };
        compensator[t + 1] = compensator[t] + own;
    }
    let mut place = std::collections::BTreeMap::new();
    for (position, &subject) in timeline.subjects[group].iter().enumerate() {
        place.insert(subject, position);
    }
    let mut out = vec![0.0; timeline.subjects[group].len()];
    for &row in &timeline.by_group[group] {
        let Row { subject, first, last, event, death } = timeline.rows[row];
        let own = &mut out[place[&subject]];
        *own -= compensator[last] - compensator[first];
        if event {
            *own += effect(last - 1);
        }
        if death {
            *own -= death_effect(last - 1);
        }
    }
    out
}

/// Where a subject stands: influence = (event part, death part) + the common drift while it is at risk.
#[derive(Clone, Copy, Default)]
struct Standing {
    u: f64,
    d: f64,
}

/// Sums of products of standings.
#[derive(Clone, Copy, Default)]
struct Products {
    n: f64,
    u: f64,
    d: f64,
    uu: f64,
    ud: f64,
    dd: f64,
}

impl Products {
    fn add(&mut self, Standing { u, d }: Standing, sign: f64) {
        self.n += sign;
        self.u += sign * u;
        self.d += sign * d;
        self.uu += sign * u * u;
        self.ud += sign * u * d;
        self.dd += sign * d * d;
    }
}

/// The curve of one group; the variance at all times in one pass.
///
/// The influence of a subject at t is u - mu(t) d: u gathers S dM / n + mu dM^D / (n - D), d gathers dM^D / (n - D). While at
/// risk all subjects drift alike, so sums of products over them follow from sums over their distances from the drift.
fn curve(timeline: &Timeline, group: usize) -> MeanCumulative {
    let steps = GroupSteps::new(timeline, group);
    let mut ends: Vec<Vec<usize>> = vec![Vec::new(); timeline.times.len() + 1];
    let mut starts: Vec<Vec<usize>> = vec![Vec::new(); timeline.times.len() + 1];
    for &row in &timeline.by_group[group] {
        let Row { first, last, .. } = timeline.rows[row];
        if last > first {
            starts[first].push(row);
            ends[last].push(row);
        }
    }
    let largest = timeline.subjects[group].iter().copied().max().map_or(0, |code| code as usize + 1);
    let mut standing = vec![Standing::default(); largest];
    let (mut at_risk, mut gone) = (Products::default(), Products::default());
    let mut drift = Standing::default();
    let mut mean = 0.0;
    let mut out = MeanCumulative {
        time: Vec::new(),
        n_risk: Vec::new(),
        n_event: Vec::new(),
        n_death: Vec::new(),
        mean: Vec::new(),
        variance: Vec::new(),
        survival: Vec::new(),
        n: timeline.subjects[group].len(),
        last_time: timeline.last_time[group],
        largest_gap: timeline.largest_gap,
    };
    for &subject in &timeline.subjects[group] {
        gone.add(standing[subject as usize], 1.0);
    }
    for t in 0..timeline.times.len() {
        for &row in &starts[t] {
            let own = &mut standing[timeline.rows[row].subject as usize];
            gone.add(*own, -1.0);
            *own = Standing { u: own.u - drift.u, d: own.d - drift.d };
            at_risk.add(*own, 1.0);
        }
        let (n, events, deaths) = (steps.n[t], steps.events[t], steps.deaths[t]);
        if events + deaths > 0.0 {
            mean += steps.increment(t);
            let effect = steps.survival[t] / n;
            let left = if steps.left(t) > 0.0 { 1.0 / steps.left(t) } else { 0.0 };
            drift.u -= effect * events / n + mean * left * deaths / n;
            drift.d -= left * deaths / n;
            for &row in &ends[t + 1] {
                let Row { subject, event, death, .. } = timeline.rows[row];
                let own = &mut standing[subject as usize];
                at_risk.add(*own, -1.0);
                if event {
                    own.u += effect;
                }
                if death {
                    own.u += mean * left;
                    own.d += left;
                }
                at_risk.add(*own, 1.0);
            }
            // sums over those at risk of (u + drift - mean (d + drift))^2
            let shift = drift.u - mean * drift.d;
            let own = at_risk.uu - 2.0 * mean * at_risk.ud + mean * mean * at_risk.dd;
            let cross = at_risk.u - mean * at_risk.d;
            let still = own + 2.0 * shift * cross + at_risk.n * shift * shift;
            let past = gone.uu - 2.0 * mean * gone.ud + mean * mean * gone.dd;
            out.time.push(timeline.times[t]);
            out.n_risk.push(n);
            out.n_event.push(events);
            out.n_death.push(deaths);
            out.mean.push(mean);
            out.variance.push((still + past).max(0.0));
            out.survival.push(if deaths > 0.0 { steps.survival[t] * steps.left(t) / n } else { steps.survival[t] });
        }
        for &row in &ends[t + 1] {
            let own = &mut standing[timeline.rows[row].subject as usize];
            at_risk.add(*own, -1.0);
            *own = Standing { u: own.u + drift.u, d: own.d + drift.d };
            gone.add(*own, 1.0);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IncidenceOptions, cumulative_incidence};

    fn rows<'a>(
        time: &'a [f64],
        entry: Option<&'a [f64]>,
        event: &'a [bool],
        death: Option<&'a [bool]>,
        subject: &'a [u32],
    ) -> RecurrentRows<'a> {
        let n_subjects = subject.iter().max().map_or(0, |&s| s as usize + 1);
        RecurrentRows { time, entry, event, death, subject, n_subjects, group: None, near_ties: NearTies::Group }
    }

    const TIME: [f64; 9] = [2.0, 5.0, 8.0, 3.0, 6.0, 4.0, 1.0, 7.0, 7.0];
    const ENTRY: [f64; 9] = [0.0, 2.0, 5.0, 0.0, 3.0, 0.0, 0.0, 1.0, 0.5];
    const EVENT: [bool; 9] = [true, true, false, true, false, false, true, true, false];
    const DEATH: [bool; 9] = [false, false, true, false, true, false, false, false, true];
    const SUBJECT: [u32; 9] = [0, 0, 0, 1, 1, 2, 3, 3, 4];

    #[test]
    fn the_variance_in_one_pass_equals_the_sum_of_squared_influences() {
        for death in [None, Some(&DEATH[..])] {
            let rows = rows(&TIME, Some(&ENTRY), &EVENT, death, &SUBJECT);
            let timeline = Timeline::new(&rows).unwrap();
            let curve = &mean_cumulative(&rows).unwrap()[0];
            let steps = GroupSteps::new(&timeline, 0);
            for (t, &at) in curve.time.iter().enumerate() {
                let weight: Vec<f64> = timeline.times.iter().map(|&time| f64::from(u8::from(time <= at))).collect();
                let sum: f64 = influences(&timeline, 0, &steps, &weight).iter().map(|i| i * i).sum();
                assert!((curve.variance[t] - sum).abs() < 1e-14, "{at}: {} {sum}", curve.variance[t]);
            }
        }
    }

    #[test]
    fn one_event_each_with_death_is_the_cumulative_incidence() {
        let time = [1.0, 3.0, 3.0, 6.0, 6.0, 6.0, 9.0, 12.0, 12.0, 12.0];
        let cause = [1, 1, 2, 1, 1, 0, 2, 1, 0, 0];
        let incidence = cumulative_incidence(&time, &cause, 2, &IncidenceOptions::default()).unwrap();
        // after the event the subject stays under observation until its death or the end, without further events
        let mut columns = (vec![], vec![], vec![], vec![], vec![]);
        for (row, (&time, &cause)) in time.iter().zip(&cause).enumerate() {
            columns.0.push(time);
            columns.1.push(cause == 1);
            columns.2.push(cause == 2);
            columns.3.push(row as u32);
            columns.4.push(0.0);
        }
        // those with the event leave the risk set by it: let it be an event and a death at once
        let death: Vec<bool> = columns.1.iter().zip(&columns.2).map(|(&event, &death)| event || death).collect();
        let rows = rows(&columns.0, None, &columns.1, Some(&death), &columns.3);
        let curve = &mean_cumulative(&rows).unwrap()[0];
        for (t, &at) in curve.time.iter().enumerate() {
            let j = incidence.time.iter().position(|&time| time == at).unwrap();
            assert!((curve.mean[t] - incidence.incidence[0][j]).abs() < 1e-15);
            assert!((curve.variance[t] - incidence.variance[0][j]).abs() < 1e-15);
        }
    }

    #[test]
    fn labels_do_not_matter_and_equal_groups_have_statistic_zero() {
        let time = [TIME, TIME].concat();
        let (event, entry) = ([EVENT, EVENT].concat(), [ENTRY, ENTRY].concat());
        let subject: Vec<u32> = SUBJECT.iter().copied().chain(SUBJECT.iter().map(|s| s + 5)).collect();
        let group: Vec<u32> = (0..18).map(|row| u32::from(row >= 9)).collect();
        let base = rows(&time, Some(&entry), &event, None, &subject);
        let same = mean_cumulative_test(&RecurrentRows { group: Some((&group, 2)), ..base }).unwrap();
        assert!(same.statistic.abs() < 1e-25 && same.df == 1);
        let mixed: Vec<u32> = subject.iter().map(|s| s % 3 % 2).collect();
        let swapped: Vec<u32> = mixed.iter().map(|g| 1 - g).collect();
        let a = mean_cumulative_test(&RecurrentRows { group: Some((&mixed, 2)), ..base }).unwrap();
        let b = mean_cumulative_test(&RecurrentRows { group: Some((&swapped, 2)), ..base }).unwrap();
        assert!((a.statistic - b.statistic).abs() < 1e-12);
    }

    #[test]
    fn overlaps_rows_after_death_and_two_groups_are_refused() {
        let entry = [0.0, 1.0];
        let base = rows(&[2.0, 3.0], Some(&entry), &[true, false], None, &[0, 0]);
        assert!(matches!(mean_cumulative(&base), Err(SurvivalError::OverlappingRows { row: 1, .. })));
        let entry = [0.0, 2.0];
        let base = rows(&[2.0, 3.0], Some(&entry), &[true, false], Some(&[true, false]), &[0, 0]);
        assert!(matches!(mean_cumulative(&base), Err(SurvivalError::RowAfterDeath { row: 1, .. })));
        let base = RecurrentRows { death: None, group: Some((&[0, 1], 2)), ..base };
        assert!(matches!(mean_cumulative(&base), Err(SurvivalError::SubjectInTwoGroups { row: 1, .. })));
    }
}
