//! Aalen-Johansen for multi-state models: state occupation and transition probabilities.

mod robust;
mod table;
#[cfg(test)]
mod tests;

pub use table::StateTable;

use robust::squares;
use table::add_multinomial;

use crate::interval::{Confidence, limits};
use crate::ties::{canonical_times, largest_gap_of_sorted};
use crate::{NearTies, SurvivalError, check};

/// The variance of state occupation probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum MultiStateVariance {
    /// Multinomial increments at each time (Greenwood); assumes a Markov process and weights of 1. One pass over the times.
    #[default]
    Greenwood,
    /// Infinitesimal jackknife over subjects, as R's `survfit`; valid for other processes and with weights. Cost grows as
    /// subjects times transition times.
    Robust,
}

impl MultiStateVariance {
    /// The variance of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "greenwood" => Ok(Self::Greenwood),
            "robust" => Ok(Self::Robust),
            _ => Err(SurvivalError::UnknownWord {
                option: "variance",
                known: "`greenwood` or `robust`",
                value: word.to_owned(),
            }),
        }
    }

    /// The words for this variance in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Greenwood => "Greenwood-type",
            Self::Robust => "infinitesimal jackknife",
        }
    }
}

/// Rows of a multi-state process: a subject is in state `from` in (entry, time] and moves to `to` at time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultiStateOptions<'a> {
    /// Start of each row; 0 without.
    pub entry: Option<&'a [f64]>,
    /// Codes of subjects and their number; each row its own without.
    pub subjects: Option<(&'a [u32], usize)>,
    /// Codes of groups and their number.
    pub group: Option<(&'a [u32], usize)>,
    /// Case weights >= 0; they need the robust variance.
    pub weights: Option<&'a [f64]>,
    /// Time from which occupation is followed; the earliest entry without.
    pub start: Option<f64>,
    /// Occupation at the start; the observed distribution at it without.
    pub initial: Option<&'a [f64]>,
    /// The variance.
    pub variance: MultiStateVariance,
    /// Until when the mean time in each state is wanted.
    pub mean_until: Option<f64>,
    /// What happens to times that differ by rounding only.
    pub near_ties: NearTies,
}

impl Default for MultiStateOptions<'_> {
    fn default() -> Self {
        Self {
            entry: None,
            subjects: None,
            group: None,
            weights: None,
            start: None,
            initial: None,
            variance: MultiStateVariance::Greenwood,
            mean_until: None,
            near_ties: NearTies::Group,
        }
    }
}

/// Restricted mean time in each state: the area under its occupation from the start to a time.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanTime {
    /// Until when.
    pub until: f64,
    /// Mean time by state; they sum to the length of the period.
    pub mean: Vec<f64>,
    /// Its variance.
    pub variance: Vec<f64>,
}

/// State occupation probabilities of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiState {
    /// Numbers at risk and moves.
    pub table: StateTable,
    /// Time from which occupation is followed.
    pub start: f64,
    /// Occupation at the start.
    pub initial: Vec<f64>,
    /// Variance of the occupation at the start.
    pub initial_variance: Vec<f64>,
    /// Number of times of the table at or before the start; the occupation below begins after them.
    pub skipped: usize,
    /// P(in state at time) by state (outer) and time after the start.
    pub occupation: Vec<Vec<f64>>,
    /// Its variance.
    pub variance: Vec<Vec<f64>>,
    /// Subjects.
    pub n: usize,
    /// Last end of follow-up.
    pub last_time: f64,
    /// Mean times in the states, if they were asked for.
    pub mean_time: Option<MeanTime>,
    /// How the variance was computed.
    pub variance_type: MultiStateVariance,
    /// Times closer than this are one tie group.
    pub largest_gap: f64,
}

/// State occupation probabilities by group.
///
/// ```text
/// dA_ab(t) = moves a to b at t / number in a just before t,   dA_aa = - sum of dA_ab
/// p(t) = p(start) product over start < u <= t of (I + dA(u))
/// Greenwood   V <- H' V H + sum over a of p_a^2 (diag(q_a) - q_a q_a') / n_a,    H = I + dA, q_a row a of H
/// robust      sum over subjects of squared derivatives of p(t) with respect to their weight
/// mean time   integral of p from the start to `mean_until`; its variance from the covariances of p between times (Greenwood)
///             or the integrated derivatives (robust)
/// ```
///
/// All moves of a tie group act at once. `to` is `states` for rows that end by censoring; a row whose `to` equals `from`
/// moves nowhere. The initial distribution is that of those under observation at the start (its sampling variance is
/// included) unless it is given.
///
/// # Errors
/// No rows, lengths that differ, times that are negative or not finite, entries not before their time, codes out of range,
/// overlapping rows of a subject, a row that begins in another state than the one before it ended in, nobody under
/// observation at the start, weights with the Greenwood variance, a mean time until the start or beyond the last end of
/// follow-up of a group.
///
/// # Examples
/// ```
/// use mscsle_survival::{MultiStateOptions, multi_state};
/// // remission 0, relapse 1, death 2; censored 3
/// let time = [2.0, 5.0, 4.0, 6.0];
/// let entry = [0.0, 2.0, 0.0, 0.0];
/// let options = MultiStateOptions { entry: Some(&entry), subjects: Some((&[0, 0, 1, 2], 3)), ..Default::default() };
/// let found = &multi_state(&time, &[0, 1, 0, 0], &[1, 2, 2, 3], 3, &options)?[0];
/// assert_eq!(found.table.time, [2.0, 4.0, 5.0]);
/// assert!((found.occupation[2][2] - 2.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Aalen, Johansen. Scand J Stat 1978;5:141. Andersen, Borgan, Gill, Keiding. Statistical Models Based on Counting
/// Processes. Springer 1993, section IV.4. doi:10.1007/978-1-4612-4348-9
pub fn multi_state(
    time: &[f64],
    from: &[u32],
    to: &[u32],
    states: usize,
    options: &MultiStateOptions<'_>,
) -> Result<Vec<MultiState>, SurvivalError> {
    let n = time.len();
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    check::times("time", time)?;
    check::codes("from", from, n, states)?;
    check::codes("to", to, n, states + 1)?;
    if let Some(weights) = options.weights {
        check::weights(weights, n)?;
        if options.variance == MultiStateVariance::Greenwood {
            return Err(SurvivalError::Incompatible {
                first: "weights",
                second: "variance=\"greenwood\"",
                reason: "weighted counts are not multinomial; use `variance=\"robust\"`",
            });
        }
    }
    let zeros;
    let entry = match options.entry {
        Some(entry) => {
            check::entries(entry, time)?;
            entry
        }
        None => {
            zeros = vec![0.0; n];
            &zeros[..]
        }
    };
    let own: Vec<u32>;
    let (subject, n_subjects) = match options.subjects {
        Some((subject, n_subjects)) => {
            check::codes("subject", subject, n, n_subjects)?;
            (subject, n_subjects)
        }
        None => {
            own = (0..n as u32).collect();
            (&own[..], n)
        }
    };
    let n_groups = options.group.map_or(1, |(_, groups)| groups);
    if let Some((group, groups)) = options.group {
        check::codes("group", group, n, groups)?;
    }
    let canonical = canonical_times(time, Some(entry), options.near_ties)?;
    let mut all: Vec<f64> = time.iter().chain(entry).copied().collect();
    all.sort_unstable_by(f64::total_cmp);
    let rows = Rows {
        time: &canonical.time,
        entry: canonical.entry.as_deref().unwrap_or(entry),
        from,
        to,
        subject,
        n_subjects,
        weights: options.weights,
        states,
        largest_gap: largest_gap_of_sorted(&all, options.near_ties),
    };
    rows.check_subjects(options.group.map(|(group, _)| group))?;
    (0..n_groups)
        .map(|g| {
            let members: Vec<usize> =
                (0..n).filter(|&row| options.group.is_none_or(|(group, _)| group[row] as usize == g)).collect();
            rows.group(&members, options)
        })
        .collect()
}

struct Rows<'a> {
    time: &'a [f64],
    entry: &'a [f64],
    from: &'a [u32],
    to: &'a [u32],
    subject: &'a [u32],
    n_subjects: usize,
    weights: Option<&'a [f64]>,
    states: usize,
    largest_gap: f64,
}

impl Rows<'_> {
    fn moves(&self, row: usize) -> bool {
        (self.to[row] as usize) < self.states && self.to[row] != self.from[row]
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    fn check_subjects(&self, group: Option<&[u32]>) -> Result<(), SurvivalError> {
        let mut order: Vec<usize> = (0..self.time.len()).collect();
        order.sort_unstable_by(|&a, &b| {
            self.subject[a].cmp(&self.subject[b]).then(self.entry[a].total_cmp(&self.entry[b])).then(a.cmp(&b))
        });
        for pair in order.windows(2) {
            let (other, row) = (pair[0], pair[1]);
            if self.subject[other] != self.subject[row] {
                continue;
            }
            let (entry, time) = (self.entry[row], self.time[other]);
            if entry < time {
                return Err(SurvivalError::OverlappingRows { row, entry, other, time });
            }
            if let Some(group) = group
                && group[row] != group[other]
            {
                return Err(SurvivalError::SubjectInTwoGroups { row, other });
            }
            let before = if self.moves(other) { self.to[other] } else { self.from[other] };
            // after a gap the state may have changed unseen
            if entry == time && self.from[row] != before {
                return Err(SurvivalError::StateJump { row, state: self.from[row], other, before });
            }
        }
        Ok(())
    }

    fn table(&self, members: &[usize]) -> StateTable {
        let k = self.states;
        let mut time: Vec<f64> = members.iter().filter(|&&row| self.moves(row)).map(|&row| self.time[row]).collect();
        time.sort_unstable_by(f64::total_cmp);
        time.dedup();
        let mut change = vec![0.0; (time.len() + 1) * k];
        let mut moves = vec![0.0; time.len() * k * k];
        for &row in members {
            let (first, last) = self.span(row, &time);
            let (from, weight) = (self.from[row] as usize, self.weight(row));
            change[first * k + from] += weight;
            change[last * k + from] -= weight;
            if self.moves(row) {
                moves[(last - 1) * k * k + from * k + self.to[row] as usize] += weight;
            }
        }
        let mut n_risk = Vec::with_capacity(time.len() * k);
        let mut at_risk = vec![0.0; k];
        for change in change.chunks_exact(k).take(time.len()) {
            for (at_risk, change) in at_risk.iter_mut().zip(change) {
                *at_risk += change;
            }
            n_risk.extend_from_slice(&at_risk);
        }
        StateTable { states: k, time, n_risk, moves }
    }

    /// Index of the first time after the entry of a row and one behind the last time at or before its end.
    fn span(&self, row: usize, time: &[f64]) -> (usize, usize) {
        (time.partition_point(|&t| t <= self.entry[row]), time.partition_point(|&t| t <= self.time[row]))
    }

    fn group(&self, members: &[usize], options: &MultiStateOptions<'_>) -> Result<MultiState, SurvivalError> {
        let k = self.states;
        let table = self.table(members);
        let start =
            options.start.unwrap_or_else(|| members.iter().map(|&row| self.entry[row]).fold(f64::INFINITY, f64::min));
        let at_start: Vec<usize> =
            members.iter().copied().filter(|&row| self.entry[row] <= start && start < self.time[row]).collect();
        let (initial, n_start) = match options.initial {
            Some(initial) => {
                check::length("initial", k, initial.len())?;
                let sum: f64 = initial.iter().sum();
                if !(initial.iter().all(|&p| p >= 0.0) && (sum - 1.0).abs() < 1e-9) {
                    return Err(SurvivalError::InvalidOption {
                        option: "initial",
                        expected: "probabilities that sum to 1",
                        value: sum,
                    });
                }
                (initial.to_vec(), None)
            }
            None => {
                let mut counts = vec![0.0; k];
                for &row in &at_start {
                    counts[self.from[row] as usize] += self.weight(row);
                }
                let n: f64 = counts.iter().sum();
                if n <= 0.0 {
                    return Err(SurvivalError::NotEstimable {
                        quantity: "the state occupation",
                        reason: format!("nobody is under observation at the start {start}; give `initial`"),
                    });
                }
                (counts.into_iter().map(|count| count / n).collect(), Some(n))
            }
        };
        let skipped = table.time.partition_point(|&t| t <= start);
        let mut seen: Vec<u32> = members.iter().map(|&row| self.subject[row]).collect();
        seen.sort_unstable();
        seen.dedup();
        let mut initial_covariance = vec![0.0; k * k];
        if let Some(n) = n_start {
            add_multinomial(&mut initial_covariance, &initial, 1.0 / n);
        }
        let last_time = members.iter().map(|&row| self.time[row]).fold(0.0, f64::max);
        if let Some(until) = options.mean_until
            && !(until > start && until <= last_time + self.largest_gap)
        {
            return Err(SurvivalError::NotEstimable {
                quantity: "the mean time in a state",
                reason: format!("{until} is not between the start {start} and the last end of follow-up {last_time}"),
            });
        }
        let (path, initial_variance) = match options.variance {
            MultiStateVariance::Greenwood => {
                let path = table.occupation(skipped, start, &initial, &initial_covariance, options.mean_until);
                (path, (0..k).map(|a| initial_covariance[a * k + a]).collect())
            }
            MultiStateVariance::Robust => {
                let mut influence = vec![0.0; self.n_subjects * k];
                if let Some(n) = n_start {
                    for &row in &at_start {
                        let own = &mut influence[self.subject[row] as usize * k..][..k];
                        for (b, own) in own.iter_mut().enumerate() {
                            *own +=
                                self.weight(row) / n * (f64::from(u8::from(b == self.from[row] as usize)) - initial[b]);
                        }
                    }
                }
                let at_start = squares(&influence, k);
                let period = options.mean_until.map(|until| (start, until));
                (self.robust(members, &table, skipped, &initial, influence, period), at_start)
            }
        };
        let table::Occupation { occupation, variance, mean_time } = path;
        Ok(MultiState {
            table,
            start,
            initial,
            initial_variance,
            skipped,
            occupation,
            variance,
            n: seen.len(),
            last_time,
            mean_time,
            variance_type: options.variance,
            largest_gap: self.largest_gap,
        })
    }
}

impl MultiState {
    /// Limits of the occupation of a state at its times, on the scale of the probability itself as R's `survfit`; a
    /// probability of exactly 0 or 1 has no width.
    ///
    /// # Errors
    /// A level outside 0..1.
    pub fn limits(&self, state: usize, confidence: Confidence) -> Result<(Vec<f64>, Vec<f64>), SurvivalError> {
        let z = confidence.critical_value()?;
        let (p, v) = (&self.occupation[state], &self.variance[state]);
        Ok(p.iter().zip(v).map(|(&p, &v)| occupation_limits(p, v, confidence, z)).unzip())
    }

    /// Limits of the occupation of a state at the start.
    ///
    /// # Errors
    /// A level outside 0..1.
    pub fn initial_limits(&self, state: usize, confidence: Confidence) -> Result<(f64, f64), SurvivalError> {
        let z = confidence.critical_value()?;
        Ok(occupation_limits(self.initial[state], self.initial_variance[state], confidence, z))
    }
}

fn occupation_limits(p: f64, variance: f64, confidence: Confidence, z: f64) -> (f64, f64) {
    match p {
        p if p <= 0.0 => (0.0, 0.0),
        p if p >= 1.0 => (1.0, 1.0),
        p => limits(confidence.interval, p, variance.sqrt() / p, z),
    }
}
