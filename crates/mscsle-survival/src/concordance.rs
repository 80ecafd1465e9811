//! Harrell's concordance of a risk score with the order of events.

use std::ops::Range;

use crate::{NearTies, SurvivalError, Weights, canonical_times, check};

/// Options of [`concordance`].
///
/// # Examples
/// ```
/// use mscsle_survival::ConcordanceOptions;
/// let options = ConcordanceOptions { strata: Some(&[0, 0, 1, 1]), ..ConcordanceOptions::default() };
/// assert!(options.cluster.is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ConcordanceOptions<'a> {
    /// Start of each row's interval (entry, time]; none means at risk from the beginning.
    pub entry: Option<&'a [f64]>,
    /// Stratum codes, any numbers; only pairs within a stratum are compared.
    pub strata: Option<&'a [u32]>,
    /// Case weights; a pair counts the product of its weights.
    pub weights: Weights<'a>,
    /// Codes of rows that belong together: the influence of rows is summed within clusters.
    pub cluster: Option<&'a [u32]>,
    /// Whether times that are equal but for rounding are tied.
    pub near_ties: NearTies,
}

/// Harrell's concordance with its pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Concordance {
    /// Share of the comparable pairs in which the row with the higher score has its event first; ties in the score count
    /// one half.
    pub concordance: f64,
    /// Standard error from the infinitesimal jackknife.
    pub standard_error: f64,
    /// Pairs in which the higher score has its event first.
    pub n_concordant: f64,
    /// Pairs in which the lower score has its event first.
    pub n_discordant: f64,
    /// Comparable pairs with equal scores.
    pub tied_x: f64,
    /// Pairs of events at the same time with different scores; not comparable.
    pub tied_y: f64,
    /// Pairs of events at the same time with equal scores; not comparable.
    pub tied_xy: f64,
    /// What was computed, in words.
    pub method: &'static str,
}

/// Concordance of a score (higher = earlier event) with the times of events.
///
/// ```text
/// comparable  an event at t and a row at risk at t without an event at t: time > t, or censored at t; entry < t
/// C = (concordant + tied_x / 2) / (concordant + discordant + tied_x)
/// u_i = dC / dw_i = (c_i + x_i / 2 - C (c_i + d_i + x_i)) / comparable,   c, d, x the weights of the pairs of row i
/// SE  = sqrt(sum (w_i u_i)^2), summed within clusters first;  frequency weights: sqrt(sum w_i u_i^2)
/// ```
///
/// Scores are tied only if identical; two events at one time are never compared. Pairs are counted with balanced sums, in
/// O(n log n).
///
/// # Errors
/// Lengths that differ, values that are not finite, negative times or weights, `entry >= time`;
/// [`SurvivalError::NotEstimable`] if no pair is comparable.
///
/// # Examples
/// ```
/// use mscsle_survival::{ConcordanceOptions, concordance};
/// let found = concordance(&[1.0, 2.0, 3.0], &[true, true, false], &[0.9, 0.1, 0.4], &ConcordanceOptions::default())?;
/// assert_eq!((found.n_concordant, found.n_discordant), (2.0, 1.0));
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982) JAMA 247:2543, doi:10.1001/jama.1982.03320430047030.
/// Therneau TM, Watson DA (2017) The concordance statistic and the Cox model, Mayo Clinic technical report 85.
pub fn concordance(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    options: &ConcordanceOptions<'_>,
) -> Result<Concordance, SurvivalError> {
    let n = time.len();
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    check::length("event", n, event.len())?;
    check::length("score", n, score.len())?;
    check::times("time", time)?;
    if let Some(entry) = options.entry {
        check::entries(entry, time)?;
    }
    if let Some(row) = score.iter().position(|value| !value.is_finite()) {
        return Err(SurvivalError::NotFinite { argument: "score", row, value: score[row] });
    }
    for (argument, codes) in [("strata", options.strata), ("cluster", options.cluster)] {
        if let Some(codes) = codes {
            check::length(argument, n, codes.len())?;
        }
    }
    options.weights.check(n)?;
    let canonical = canonical_times(time, options.entry, options.near_ties)?;
    let rows = Rows {
        time: &canonical.time,
        entry: canonical.entry.as_deref(),
        event,
        score,
        weights: options.weights.values(),
        frequency: matches!(options.weights, Weights::Frequency(_)),
    };
    let stratum = |row: usize| options.strata.map_or(0, |codes| codes[row]);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| stratum(a).cmp(&stratum(b)).then(rows.time[a].total_cmp(&rows.time[b])));
    let mut pairs = vec![Pairs::default(); n];
    let mut total = Pairs::default();
    let (mut tied_y, mut tied_xy) = (0.0, 0.0);
    for members in order.chunk_by(|&a, &b| stratum(a) == stratum(b)) {
        let sorted = Stratum::new(&rows, members);
        sorted.compare_events(&rows, &mut pairs, &mut total);
        sorted.compare_with_earlier_events(&rows, &mut pairs);
        let (different, same) = sorted.tied_events(&rows);
        tied_y += different;
        tied_xy += same;
    }
    let comparable = total.sum();
    if comparable <= 0.0 {
        return Err(SurvivalError::NotEstimable {
            quantity: "the concordance",
            reason: "no row is at risk after or beside an event, so there is no pair to compare".to_owned(),
        });
    }
    let estimate = (total.concordant + 0.5 * total.tied) / comparable;
    let influence: Vec<f64> =
        pairs.iter().map(|own| (own.concordant + 0.5 * own.tied - estimate * own.sum()) / comparable).collect();
    Ok(Concordance {
        concordance: estimate,
        standard_error: variance(&rows, &influence, options.cluster).sqrt(),
        n_concordant: total.concordant,
        n_discordant: total.discordant,
        tied_x: total.tied,
        tied_y,
        tied_xy,
        method: if options.cluster.is_some() {
            "Harrell's concordance, infinitesimal jackknife summed within clusters"
        } else {
            "Harrell's concordance, infinitesimal jackknife"
        },
    })
}

/// Sum of the squared influence of subjects, or of clusters.
fn variance(rows: &Rows<'_>, influence: &[f64], cluster: Option<&[u32]>) -> f64 {
    let weighted = |row: usize| rows.weight(row) * influence[row];
    let Some(cluster) = cluster else {
        return (0..influence.len())
            .map(|row| weighted(row) * if rows.frequency { influence[row] } else { weighted(row) })
            .sum();
    };
    let mut order: Vec<usize> = (0..influence.len()).collect();
    order.sort_by_key(|&row| cluster[row]);
    order
        .chunk_by(|&a, &b| cluster[a] == cluster[b])
        .map(|members| members.iter().map(|&row| weighted(row)).sum::<f64>().powi(2))
        .sum()
}

/// The checked data.
struct Rows<'a> {
    time: &'a [f64],
    entry: Option<&'a [f64]>,
    event: &'a [bool],
    score: &'a [f64],
    weights: Option<&'a [f64]>,
    frequency: bool,
}

impl Rows<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }
}

/// Weights of the pairs of one row, or of all.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    concordant: f64,
    discordant: f64,
    tied: f64,
}

impl Pairs {
    fn sum(&self) -> f64 {
        self.concordant + self.discordant + self.tied
    }

    fn add(&mut self, factor: f64, concordant: f64, discordant: f64, tied: f64) {
        self.concordant += factor * concordant;
        self.discordant += factor * discordant;
        self.tied += factor * tied;
    }
}

/// One stratum: rows by ascending time, groups of equal times, rank of each row's score, rows by ascending entry.
struct Stratum<'a> {
    members: &'a [usize],
    groups: Vec<Range<usize>>,
    rank: Vec<usize>,
    ranks: usize,
    /// Positions in `members`.
    by_entry: Vec<usize>,
}

impl<'a> Stratum<'a> {
    fn new(rows: &Rows<'_>, members: &'a [usize]) -> Self {
        let mut distinct: Vec<f64> = members.iter().map(|&row| rows.score[row]).collect();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup(); // by ==, so that 0 and -0 are one score
        let rank = members.iter().map(|&row| distinct.partition_point(|&s| s < rows.score[row])).collect();
        let mut groups = Vec::new();
        let mut start = 0;
        for group in members.chunk_by(|&a, &b| rows.time[a] == rows.time[b]) {
            groups.push(start..start + group.len());
            start += group.len();
        }
        let mut by_entry: Vec<usize> = Vec::new();
        if let Some(entry) = rows.entry {
            by_entry.extend(0..members.len());
            by_entry.sort_by(|&a, &b| entry[members[a]].total_cmp(&entry[members[b]]));
        }
        Self { members, groups, rank, ranks: distinct.len(), by_entry }
    }

    /// Positions of a group that end in an event, or that are censored.
    fn positions(&self, rows: &Rows<'_>, group: &Range<usize>, event: bool) -> impl Iterator<Item = usize> {
        group.clone().filter(move |&position| rows.event[self.members[position]] == event)
    }

    /// From the last time to the first: each event against the rows at risk.
    fn compare_events(&self, rows: &Rows<'_>, pairs: &mut [Pairs], total: &mut Pairs) {
        let mut at_risk = Ranked::new(self.ranks);
        let mut entered = self.by_entry.len();
        for group in self.groups.iter().rev() {
            let time = rows.time[self.members[group.start]];
            for position in self.positions(rows, group, false) {
                at_risk.add(self.rank[position], rows.weight(self.members[position]));
            }
            if let Some(entry) = rows.entry {
                while entered > 0 && entry[self.members[self.by_entry[entered - 1]]] >= time {
                    entered -= 1;
                    let position = self.by_entry[entered];
                    at_risk.add(self.rank[position], -rows.weight(self.members[position]));
                }
            }
            for position in self.positions(rows, group, true) {
                let row = self.members[position];
                let (below, equal, above) = at_risk.split(self.rank[position]);
                pairs[row].add(1.0, below, above, equal);
                total.add(rows.weight(row), below, above, equal);
            }
            for position in self.positions(rows, group, true) {
                at_risk.add(self.rank[position], rows.weight(self.members[position]));
            }
        }
    }

    /// From the first time to the last: each row against the events while it was at risk.
    fn compare_with_earlier_events(&self, rows: &Rows<'_>, pairs: &mut [Pairs]) {
        let mut events = Ranked::new(self.ranks);
        let mut compare = |events: &Ranked, position: usize, factor: f64| {
            let (below, equal, above) = events.split(self.rank[position]);
            pairs[self.members[position]].add(factor, above, below, equal);
        };
        let mut entered = 0;
        for group in &self.groups {
            let time = rows.time[self.members[group.start]];
            if let Some(entry) = rows.entry {
                // events until the entry are not seen
                while entered < self.by_entry.len() && entry[self.members[self.by_entry[entered]]] < time {
                    compare(&events, self.by_entry[entered], -1.0);
                    entered += 1;
                }
            }
            for position in self.positions(rows, group, true) {
                compare(&events, position, 1.0);
            }
            for position in self.positions(rows, group, true) {
                events.add(self.rank[position], rows.weight(self.members[position]));
            }
            for position in self.positions(rows, group, false) {
                compare(&events, position, 1.0);
            }
        }
    }

    /// Pairs of events at the same time, with different and with equal scores.
    fn tied_events(&self, rows: &Rows<'_>) -> (f64, f64) {
        let (mut different, mut same) = (0.0, 0.0);
        for group in &self.groups {
            let mut deaths: Vec<usize> = self.positions(rows, group, true).collect();
            deaths.sort_by_key(|&position| self.rank[position]);
            let mut before = 0.0;
            for tied in deaths.chunk_by(|&a, &b| self.rank[a] == self.rank[b]) {
                let mut weight = 0.0;
                for &position in tied {
                    let own = rows.weight(self.members[position]);
                    same += weight * own;
                    if rows.frequency {
                        same += 0.5 * own * (own - 1.0).max(0.0); // the repeated rows among themselves
                    }
                    weight += own;
                }
                different += before * weight;
                before += weight;
            }
        }
        (different, same)
    }
}

/// Weights by rank with sums in logarithmic time (Fenwick's tree).
struct Ranked {
    tree: Vec<f64>,
    own: Vec<f64>,
    total: f64,
}

impl Ranked {
    fn new(ranks: usize) -> Self {
        Self { tree: vec![0.0; ranks + 1], own: vec![0.0; ranks], total: 0.0 }
    }

    fn add(&mut self, rank: usize, weight: f64) {
        self.own[rank] += weight;
        self.total += weight;
        let mut at = rank + 1;
        while at < self.tree.len() {
            self.tree[at] += weight;
            at += at & at.wrapping_neg();
        }
    }

    /// Weight below, at and above a rank.
    fn split(&self, rank: usize) -> (f64, f64, f64) {
        let (mut below, mut at) = (0.0, rank);
        while at > 0 {
            below += self.tree[at];
            at &= at - 1;
        }
        (below, self.own[rank], self.total - below - self.own[rank])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Data {
        entry: Vec<f64>,
        time: Vec<f64>,
        event: Vec<bool>,
        score: Vec<f64>,
        strata: Vec<u32>,
        weights: Vec<f64>,
    }

    fn random(rows: usize) -> Data {
        let mut state = 20261122_u64;
        let mut next = |limit: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % limit
        };
        let entry: Vec<f64> = (0..rows).map(|_| next(6) as f64).collect();
        let time = entry.iter().map(|e| e + 1.0 + next(9) as f64).collect();
        let event = (0..rows).map(|_| next(3) > 0).collect();
        let score = (0..rows).map(|_| next(7) as f64 - 3.0).collect();
        let strata = (0..rows).map(|_| next(3) as u32).collect();
        let weights = (0..rows).map(|_| next(4) as f64).collect();
        Data { entry, time, event, score, strata, weights }
    }

    #[test]
    fn all_pairs_one_by_one_give_the_same_counts() {
        let Data { entry, time, event, score, strata, weights } = random(90);
        let found = concordance(
            &time,
            &event,
            &score,
            &ConcordanceOptions {
                entry: Some(&entry),
                strata: Some(&strata),
                weights: Weights::Sampling(&weights),
                ..ConcordanceOptions::default()
            },
        )
        .unwrap();
        let mut expected = [0.0; 5];
        for i in 0..90 {
            for j in 0..90 {
                if i == j || strata[i] != strata[j] || !event[i] {
                    continue;
                }
                let weight = weights[i] * weights[j];
                if event[j] && time[i] == time[j] {
                    expected[if score[i] == score[j] { 4 } else { 3 }] += 0.5 * weight;
                } else if entry[j] < time[i] && time[j] >= time[i] {
                    let kind = usize::from(score[i] < score[j]) + 2 * usize::from(score[i] == score[j]);
                    expected[kind] += weight;
                }
            }
        }
        assert_eq!([found.n_concordant, found.n_discordant, found.tied_x, found.tied_y, found.tied_xy], expected);
    }

    #[test]
    fn the_influence_is_the_derivative_by_the_weight() {
        let Data { entry, time, event, score, strata, mut weights } = random(40);
        weights.iter_mut().for_each(|w| *w += 0.5);
        let of = |weights: &[f64]| {
            let weights = Weights::Sampling(weights);
            let entry = Some(&entry[..]);
            let options = ConcordanceOptions { entry, strata: Some(&strata), weights, ..Default::default() };
            concordance(&time, &event, &score, &options).unwrap()
        };
        let mut sum = 0.0;
        for row in 0..40 {
            let h = 1e-4;
            let (mut up, mut down) = (weights.clone(), weights.clone());
            up[row] += h;
            down[row] -= h;
            sum += (weights[row] * (of(&up).concordance - of(&down).concordance) / (2.0 * h)).powi(2);
        }
        assert!((of(&weights).standard_error - sum.sqrt()).abs() < 1e-8);
    }

    #[test]
    fn frequency_weights_equal_repeated_rows() {
        let Data { entry, time, event, score, strata, weights } = random(60);
        let weighted = concordance(
            &time,
            &event,
            &score,
            &ConcordanceOptions {
                entry: Some(&entry),
                strata: Some(&strata),
                weights: Weights::Frequency(&weights),
                ..ConcordanceOptions::default()
            },
        )
        .unwrap();
        let rows: Vec<usize> = (0..60).flat_map(|row| std::iter::repeat_n(row, weights[row] as usize)).collect();
        fn take<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| values[row]).collect()
        }
        let repeated = concordance(
            &take(&time, &rows),
            &take(&event, &rows),
            &take(&score, &rows),
            &ConcordanceOptions {
                entry: Some(&take(&entry, &rows)),
                strata: Some(&take(&strata, &rows)),
                ..ConcordanceOptions::default()
            },
        )
        .unwrap();
        assert!((weighted.standard_error - repeated.standard_error).abs() < 1e-14);
        assert_eq!(Concordance { standard_error: 0.0, ..weighted }, Concordance { standard_error: 0.0, ..repeated });
    }

    #[test]
    fn data_without_a_comparable_pair_are_not_estimable() {
        let error = concordance(&[1.0, 1.0], &[true, true], &[0.0, 1.0], &ConcordanceOptions::default()).unwrap_err();
        assert!(matches!(error, SurvivalError::NotEstimable { .. }));
    }
}
