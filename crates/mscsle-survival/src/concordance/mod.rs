//! Concordance of a risk score with the order of events: Harrell's, and Uno's weighted for censoring.

mod digits;
mod entry;
mod merge;

use mscsle_distributions::normal;

use crate::sort::ascending_order;
use crate::{NearTies, SurvivalError, Weights, canonical_times, check, largest_gap_of_sorted};
use merge::Sorted;

/// How much a pair counts, by the time of its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum TimeWeight {
    /// Every comparable pair counts the same (Harrell).
    #[default]
    Harrell,
    /// A pair whose event is at t counts 1 / G(t-)^2, G the Kaplan-Meier curve of the censoring (Uno): the limit does not
    /// depend on the censoring.
    Uno,
}

impl TimeWeight {
    /// The weight of this name.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(name: &str) -> Result<Self, SurvivalError> {
        match name {
            "harrell" => Ok(Self::Harrell),
            "uno" => Ok(Self::Uno),
            _ => {
                Err(SurvivalError::UnknownWord { option: "kind", known: "`harrell` or `uno`", value: name.to_owned() })
            }
        }
    }
}

/// Options of [`concordance`].
///
/// # Examples
/// ```
/// use mscsle_survival::ConcordanceOptions;
/// let options = ConcordanceOptions { strata: Some(&[0, 0, 1, 1]), ..ConcordanceOptions::default() };
/// assert!(options.cluster.is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConcordanceOptions<'a> {
    /// Start of each row's interval (entry, time]; none means at risk from the beginning.
    pub entry: Option<&'a [f64]>,
    /// Stratum codes, any numbers; only pairs within a stratum are compared.
    pub strata: Option<&'a [u32]>,
    /// Case weights; a pair counts the product of its weights.
    pub weights: Weights<'a>,
    /// Codes of rows that belong together: the influence of rows is summed within clusters.
    pub cluster: Option<&'a [u32]>,
    /// How much a pair counts, by the time of its event.
    pub time_weight: TimeWeight,
    /// Events after this time are not compared; none: all are.
    pub tau: Option<f64>,
    /// Level of the confidence interval.
    pub conf_level: f64,
    /// Whether times that are equal but for rounding are tied.
    pub near_ties: NearTies,
}

impl Default for ConcordanceOptions<'_> {
    fn default() -> Self {
        Self {
            entry: None,
            strata: None,
            weights: Weights::None,
            cluster: None,
            time_weight: TimeWeight::Harrell,
            tau: None,
            conf_level: 0.95,
            near_ties: NearTies::Group,
        }
    }
}

/// A concordance with its pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Concordance {
    /// Share of the comparable pairs in which the row with the higher score has its event first; ties in the score count
    /// one half.
    pub concordance: f64,
    /// Standard error from the infinitesimal jackknife (Uno's weights taken as known).
    pub standard_error: f64,
    /// Lower limit, estimate less quantile times standard error, at least 0.
    pub lower: f64,
    /// Upper limit, at most 1.
    pub upper: f64,
    /// Level of the limits.
    pub conf_level: f64,
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
    /// Events after this time were not compared.
    pub tau: Option<f64>,
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
/// Uno: each pair counts 1 / G(t-)^2, G the product of 1 - censored / (at risk - events) over the times before t
/// ```
///
/// Scores are tied only if identical; two events at one time are never compared. At a tie of times events come before
/// censorings, so that who is censored at t is at risk of the event at t, and in G leaves after it. G is estimated within
/// strata. Pairs are counted by merging in O(n log n).
///
/// # Errors
/// Lengths that differ, values that are not finite, negative times or weights, `entry >= time`; Uno's weights with delayed
/// entry; [`SurvivalError::NotEstimable`] if no pair is comparable.
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
/// Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ (2011) Stat Med 30:1105, doi:10.1002/sim.4154.
/// Therneau TM, Watson DA (2017) The concordance statistic and the Cox model, Mayo Clinic technical report 85.
pub fn concordance(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    options: &ConcordanceOptions<'_>,
) -> Result<Concordance, SurvivalError> {
    check_arguments(time, event, score, options)?;
    let n = time.len();
    let canonical = match options.entry {
        Some(entry) => Some(canonical_times(time, Some(entry), options.near_ties)?),
        None => None,
    };
    let time: &[f64] = canonical.as_ref().map_or(time, |c| c.time.as_ref());
    let mut order = ascending_order(time);
    let in_order: Vec<f64> = order.iter().map(|&row| time[row as usize]).collect();
    let near_ties = if canonical.is_some() { NearTies::Separate } else { options.near_ties };
    let gap = largest_gap_of_sorted(&in_order, near_ties);
    drop(in_order);
    if let Some(codes) = options.strata {
        order.sort_by_key(|&row| codes[row as usize]);
    }
    let rows = Rows {
        time,
        entry: canonical.as_ref().and_then(|c| c.entry.as_deref()),
        event,
        score,
        weights: options.weights.values(),
        frequency: matches!(options.weights, Weights::Frequency(_)),
        gap,
        tau: options.tau.unwrap_or(f64::INFINITY),
    };
    let rank = ranks(score);
    let stratum = |row: u32| options.strata.map_or(0, |codes| codes[row as usize]);
    let mut pairs = vec![Pairs::default(); n];
    let (mut tied_y, mut tied_xy) = (0.0, 0.0);
    for members in order.chunk_by_mut(|&a, &b| stratum(a) == stratum(b)) {
        let sorted = Sorted::new(&rows, members);
        if rows.entry.is_some() {
            let members: Vec<usize> = sorted.members().iter().map(|&row| row as usize).collect();
            let sorted = entry::Stratum::new(&rows, &members);
            sorted.compare_events(&rows, &mut pairs);
            sorted.compare_with_earlier_events(&rows, &mut pairs);
        } else {
            sorted.count(&rows, &rank, options.time_weight, &mut pairs);
        }
        let (different, same) = sorted.tied_events(&rows, &rank);
        tied_y += different;
        tied_xy += same;
    }
    let mut total = Pairs::default();
    for (row, own) in pairs.iter().enumerate() {
        // each pair is counted at both of its rows
        total.add(0.5 * rows.weight(row), own.concordant, own.discordant, own.tied);
    }
    let comparable = total.sum();
    if comparable <= 0.0 {
        return Err(SurvivalError::NotEstimable {
            quantity: "the concordance",
            reason: "no row is at risk after or beside an event, so there is no pair to compare".to_owned(),
        });
    }
    let estimate = (total.concordant + 0.5 * total.tied) / comparable;
    let influence = |own: &Pairs| (own.concordant + 0.5 * own.tied - estimate * own.sum()) / comparable;
    let standard_error = variance(&rows, &pairs, influence, options.cluster).sqrt();
    let critical = normal::quantile_upper(0.5 * (1.0 - options.conf_level)).unwrap_or(f64::NAN);
    Ok(Concordance {
        concordance: estimate,
        standard_error,
        lower: (estimate - critical * standard_error).max(0.0),
        upper: (estimate + critical * standard_error).min(1.0),
        conf_level: options.conf_level,
        n_concordant: total.concordant,
        n_discordant: total.discordant,
        tied_x: total.tied,
        tied_y,
        tied_xy,
        tau: options.tau,
        method: match (options.time_weight, options.cluster.is_some()) {
            (TimeWeight::Harrell, false) => "Harrell's concordance, infinitesimal jackknife",
            (TimeWeight::Harrell, true) => "Harrell's concordance, infinitesimal jackknife summed within clusters",
            (TimeWeight::Uno, false) => "Uno's concordance, infinitesimal jackknife with known censoring weights",
            (TimeWeight::Uno, true) => {
                "Uno's concordance, infinitesimal jackknife with known censoring weights summed within clusters"
            }
        },
    })
}

fn check_arguments(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    options: &ConcordanceOptions<'_>,
) -> Result<(), SurvivalError> {
    let n = time.len();
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    check::length("event", n, event.len())?;
    check::length("score", n, score.len())?;
    check::times("time", time)?;
    if let Some(entry) = options.entry {
        check::entries(entry, time)?;
        if options.time_weight == TimeWeight::Uno {
            return Err(SurvivalError::Incompatible {
                first: "kind = uno",
                second: "entry",
                reason: "its censoring weights are defined for follow-up from time 0; use `harrell`",
            });
        }
    }
    if let Some(row) = score.iter().position(|value| !value.is_finite()) {
        return Err(SurvivalError::NotFinite { argument: "score", row, value: score[row] });
    }
    for (argument, codes) in [("strata", options.strata), ("cluster", options.cluster)] {
        if let Some(codes) = codes {
            check::length(argument, n, codes.len())?;
        }
    }
    if n >= 1 << 31 {
        return Err(SurvivalError::InvalidOption { option: "rows", expected: "below 2^31", value: n as f64 });
    }
    if let Some(value) = options.tau.filter(|tau| !(tau.is_finite() && *tau >= 0.0)) {
        return Err(SurvivalError::InvalidOption { option: "tau", expected: ">= 0 and finite", value });
    }
    if !(options.conf_level > 0.0 && options.conf_level < 1.0) {
        let value = options.conf_level;
        return Err(SurvivalError::InvalidOption { option: "conf_level", expected: "between 0 and 1", value });
    }
    options.weights.check(n)
}

/// Rank of each row's score; equal scores (0 and -0 are equal) share one.
fn ranks(score: &[f64]) -> Vec<u32> {
    let order = ascending_order(score);
    let mut rank = vec![0; score.len()];
    let mut current = 0;
    let mut before = f64::NEG_INFINITY;
    for &row in &order {
        let value = score[row as usize];
        if value != before {
            current += 1;
            before = value;
        }
        rank[row as usize] = current;
    }
    rank
}

/// Sum of the squared influence of subjects, or of clusters.
fn variance(rows: &Rows<'_>, pairs: &[Pairs], influence: impl Fn(&Pairs) -> f64, cluster: Option<&[u32]>) -> f64 {
    let weighted = |row: usize| rows.weight(row) * influence(&pairs[row]);
    let Some(cluster) = cluster else {
        return (0..pairs.len())
            .map(|row| weighted(row) * if rows.frequency { influence(&pairs[row]) } else { weighted(row) })
            .sum();
    };
    let mut order: Vec<usize> = (0..pairs.len()).collect();
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
    /// Times within this gap are tied.
    gap: f64,
    /// Events after this time are not compared.
    tau: f64,
}

impl Rows<'_> {
    /// Whether the row ends in an event that is compared.
    fn counts(&self, row: usize) -> bool {
        self.event[row] && self.time[row] <= self.tau
    }

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

#[cfg(test)]
mod tests;
