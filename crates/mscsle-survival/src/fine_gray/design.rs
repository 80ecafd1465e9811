//! Rows of a Fine-Gray fit in time order, with the censoring distribution at the times that need it.

use ndarray::ArrayView2;

use super::truncation::{Entered, Truncation};
use super::{CensoringTies, FineGrayOptions, FineGrayVariance};
use crate::recession::{Comparisons, Extremes};
use crate::ties::{TieGroups, canonical_times};
use crate::{SurvivalError, Weights, check};

/// What ended the follow-up of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Censored,
    /// The cause of interest.
    Event,
    /// Another cause: stays at risk with a falling weight.
    Competing,
}

/// Sorted rows; columns are centred and scaled.
#[derive(Debug, Clone)]
pub(super) struct Design {
    pub(super) n: usize,
    pub(super) p: usize,
    /// Row-major.
    pub(super) x: Vec<f64>,
    pub(super) centre: Vec<f64>,
    pub(super) scale: Vec<f64>,
    pub(super) end: Vec<End>,
    pub(super) weight: Vec<f64>,
    /// Whether a weight counts repeated rows.
    pub(super) frequency: bool,
    /// Cluster of each position and their number.
    pub(super) clusters: Option<(Vec<u32>, usize)>,
    /// Delayed entry.
    pub(super) entered: Option<Entered>,
    /// Censoring group.
    pub(super) group: Vec<u32>,
    pub(super) n_groups: usize,
    /// First position of each distinct time, then n.
    pub(super) offsets: Vec<usize>,
    /// Number of event times at or before the time of each distinct time.
    pub(super) events_until: Vec<usize>,
    /// Distinct times of events of interest.
    pub(super) event_time: Vec<f64>,
    /// First position with at least that time, and number (weight) of events at it.
    pub(super) event_start: Vec<usize>,
    pub(super) deaths: Vec<f64>,
    /// G(t-) H(t-) by event time and censoring group, H the distribution of entry (1 without); 0 after the last time of
    /// the group.
    pub(super) free: Vec<f64>,
    /// 1 / (G(T-) H(T-)) of competing rows, 0 for others.
    pub(super) inverse_free: Vec<f64>,
    pub(super) ties: CensoringTies,
    pub(super) largest_gap: f64,
}

impl Design {
    pub(super) fn new(
        time: &[f64],
        cause: &[u32],
        causes: usize,
        of: u32,
        x: ArrayView2<'_, f64>,
        options: &FineGrayOptions<'_>,
    ) -> Result<Self, SurvivalError> {
        let (n, p) = (time.len(), x.ncols());
        if n == 0 {
            return Err(SurvivalError::Empty);
        }
        check::times("time", time)?;
        check::codes("cause", cause, n, causes + 1)?;
        check::length("x", n, x.nrows())?;
        if of == 0 || of as usize > causes {
            return Err(SurvivalError::InvalidOption {
                option: "of",
                expected: "the code of a cause",
                value: f64::from(of),
            });
        }
        let n_groups = options.censoring_groups.map_or(1, |(_, groups)| groups);
        if let Some((group, groups)) = options.censoring_groups {
            check::codes("censoring_strata", group, n, groups)?;
        }
        options.weights.check(n)?;
        if let Some((cluster, clusters)) = options.clusters {
            check::codes("cluster", cluster, n, clusters)?;
        }
        if let Some(entry) = options.entry {
            check::entries(entry, time)?;
            if options.variance == FineGrayVariance::FineGray {
                return Err(SurvivalError::Incompatible {
                    first: "entry",
                    second: "variance=\"fine-gray\"",
                    reason: "the term for estimated weights is known for censoring only; use `variance=\"known-weights\"`",
                });
            }
        }
        let weight_of = |row: usize| options.weights.values().map_or(1.0, |weights| weights[row]);
        let canonical = match options.entry {
            Some(_) => Some(canonical_times(time, options.entry, options.near_ties)?),
            None => None,
        };
        let time = canonical.as_ref().map_or(time, |canonical| &canonical.time);
        let mut keys: Vec<(u64, u32)> = time
            .iter()
            .enumerate()
            .filter(|&(row, _)| weight_of(row) > 0.0)
            .map(|(row, t)| ((t + 0.0).to_bits(), row as u32))
            .collect();
        keys.sort_unstable();
        let n = keys.len();
        let ascending: Vec<f64> = keys.iter().map(|&(bits, _)| f64::from_bits(bits)).collect();
        let groups = TieGroups::of_sorted(&ascending, options.near_ties);
        let (centre, scale) = location(x, options.names)?;
        let mut sorted = Vec::with_capacity(n * p);
        for &(_, row) in &keys {
            for j in 0..p {
                sorted.push((x[(row as usize, j)] - centre[j]) / scale[j]);
            }
        }
        let end: Vec<End> = keys
            .iter()
            .map(|&(_, row)| match cause[row as usize] {
                0 => End::Censored,
                k if k == of => End::Event,
                _ => End::Competing,
            })
            .collect();
        let group = match options.censoring_groups {
            None => vec![0; n],
            Some((group, _)) => keys.iter().map(|&(_, row)| group[row as usize]).collect(),
        };
        let by_row = |codes: &[u32]| keys.iter().map(|&(_, row)| codes[row as usize]).collect::<Vec<_>>();
        let mut design = Self {
            n,
            p,
            x: sorted,
            centre,
            scale,
            end,
            weight: keys.iter().map(|&(_, row)| weight_of(row as usize)).collect(),
            frequency: matches!(options.weights, Weights::Frequency(_)),
            clusters: options.clusters.map(|(codes, clusters)| (by_row(codes), clusters)),
            entered: None,
            group,
            n_groups,
            offsets: groups.offsets,
            events_until: Vec::with_capacity(groups.times.len()),
            event_time: Vec::new(),
            event_start: Vec::new(),
            deaths: Vec::new(),
            free: Vec::new(),
            inverse_free: vec![0.0; n],
            ties: options.ties,
            largest_gap: crate::largest_gap_of_sorted(&ascending, options.near_ties),
        };
        let entry = canonical.as_ref().and_then(|canonical| canonical.entry.as_deref());
        let entry: Option<Vec<f64>> = entry.map(|entry| keys.iter().map(|&(_, row)| entry[row as usize]).collect());
        design.censoring(&groups.times, entry.as_deref())?;
        design.entered = entry.map(|entry| Entered::new(&entry, &design.event_time));
        Ok(design)
    }

    /// Kaplan-Meier of the censoring times in each censoring group, times the distribution of entry, read just before
    /// event times.
    fn censoring(&mut self, times: &[f64], entry: Option<&[f64]>) -> Result<(), SurvivalError> {
        let k = self.n_groups;
        let truncation = entry.map(|entry| Truncation::new(self, times, entry));
        let mut at_risk = vec![0.0; k];
        let mut last = vec![f64::NEG_INFINITY; k];
        for (index, rows) in self.tied() {
            for position in rows {
                let g = self.group[position] as usize;
                last[g] = times[index];
                if entry.is_none() {
                    at_risk[g] += self.weight[position];
                }
            }
        }
        let mut entering = truncation.as_ref().map(|truncation| truncation.in_order.iter().copied().peekable());
        let mut free = vec![1.0; k];
        for (index, &time) in times.iter().enumerate() {
            if let (Some(entering), Some(entry)) = (&mut entering, entry) {
                while let Some(position) = entering.next_if(|&position| entry[position] < time) {
                    at_risk[self.group[position] as usize] += self.weight[position];
                }
            }
            let in_by = |g: usize| truncation.as_ref().map_or(1.0, |truncation| truncation.before(g, time));
            let rows = self.offsets[index]..self.offsets[index + 1];
            let mut deaths = 0.0;
            for position in rows.clone() {
                match self.end[position] {
                    End::Event => deaths += self.weight[position],
                    End::Competing => {
                        let g = self.group[position] as usize;
                        self.inverse_free[position] = 1.0 / (free[g] * in_by(g));
                        match &truncation {
                            Some(truncation) if !self.inverse_free[position].is_finite() => {
                                if time < last[g] {
                                    return Err(truncation.emptied(g, time));
                                }
                                // nobody of its group is left to be compared with
                                self.inverse_free[position] = 0.0;
                            }
                            _ => {}
                        }
                    }
                    End::Censored => {}
                }
            }
            if deaths > 0.0 {
                self.event_time.push(time);
                self.event_start.push(rows.start);
                self.deaths.push(deaths);
                self.free.extend((0..k).map(|g| if time <= last[g] { free[g] * in_by(g) } else { 0.0 }));
            }
            self.events_until.push(self.event_time.len());
            for g in 0..k {
                let (mut exits, mut events, mut censored) = (0.0, 0.0, 0.0);
                for position in rows.clone() {
                    if self.group[position] as usize == g {
                        exits += self.weight[position];
                        match self.end[position] {
                            End::Censored => censored += self.weight[position],
                            _ => events += self.weight[position],
                        }
                    }
                }
                if censored > 0.0 {
                    let risk = match self.ties {
                        CensoringTies::Cmprsk => at_risk[g],
                        CensoringTies::Finegray => at_risk[g] - events,
                    };
                    // with fractional weights a difference of sums may miss 0
                    free[g] *= if censored >= risk * (1.0 - 1e-12) { 0.0 } else { (risk - censored) / risk };
                }
                at_risk[g] -= exits;
            }
        }
        Ok(())
    }

    /// Influences by position into rows whose squares sum to a variance: repeated rows, weighted rows or clusters.
    pub(super) fn units(&self, mut influence: Vec<f64>, width: usize) -> Vec<f64> {
        let width = width.max(1);
        let by_root = self.frequency && self.clusters.is_none();
        for (row, &weight) in influence.chunks_exact_mut(width).zip(&self.weight) {
            let factor = if by_root { weight.sqrt() } else { weight };
            row.iter_mut().for_each(|value| *value *= factor);
        }
        let Some((codes, clusters)) = &self.clusters else { return influence };
        let mut sums = vec![0.0; clusters * width];
        for (row, &code) in influence.chunks_exact(width).zip(codes) {
            for (sum, value) in sums[code as usize * width..].iter_mut().zip(row) {
                *sum += value;
            }
        }
        sums
    }

    /// Number of event times at or before the entry of a position.
    pub(super) fn entered_after(&self, position: usize) -> usize {
        self.entered.as_ref().map_or(0, |entered| entered.after[position])
    }

    pub(super) fn row(&self, position: usize) -> &[f64] {
        &self.x[position * self.p..(position + 1) * self.p]
    }

    /// Number of distinct event times.
    pub(super) fn n_times(&self) -> usize {
        self.event_time.len()
    }

    /// G(t-) of the censoring groups at an event time.
    pub(super) fn free_at(&self, time: usize) -> &[f64] {
        &self.free[time * self.n_groups..(time + 1) * self.n_groups]
    }

    /// The index of the distinct time of each position, given out in order.
    pub(super) fn tied(&self) -> impl DoubleEndedIterator<Item = (usize, std::ops::Range<usize>)> + '_ {
        (0..self.offsets.len() - 1).map(|index| (index, self.offsets[index]..self.offsets[index + 1]))
    }
}

impl Comparisons for Design {
    fn rows(&self) -> usize {
        self.n
    }

    fn row(&self, position: usize) -> &[f64] {
        Self::row(self, position)
    }

    fn extremes(&self, value: &[f64], tell: &mut dyn FnMut(Extremes)) {
        let larger = |a: Option<usize>, b: usize| if a.is_some_and(|a| value[a] >= value[b]) { a } else { Some(b) };
        let smaller = |a: Option<usize>, b: usize| if a.is_some_and(|a| value[a] <= value[b]) { a } else { Some(b) };
        // largest and smallest value among those with at least the time, at each event time
        let mut later = vec![(None, None); self.n_times()];
        let (mut high, mut low, mut at) = (None, None, self.n);
        for j in (0..self.n_times()).rev() {
            if self.entered.is_some() {
                (high, low, at) = (None, None, self.n);
            }
            for position in (self.event_start[j]..at).filter(|&position| self.entered_after(position) <= j) {
                (high, low) = (larger(high, position), smaller(low, position));
            }
            at = self.event_start[j];
            later[j] = (high, low);
        }
        let mut past = vec![(None, None); self.n_groups];
        let mut at = 0;
        for (j, &(mut high, mut low)) in later.iter().enumerate() {
            let start = self.event_start[j];
            for position in at..start {
                if self.end[position] == End::Competing {
                    let (high, low) = &mut past[self.group[position] as usize];
                    (*high, *low) = (larger(*high, position), smaller(*low, position));
                }
            }
            at = start;
            for (past, &free) in past.iter().zip(self.free_at(j)) {
                if let (Some(past_high), Some(past_low)) = past
                    && free > 0.0
                {
                    (high, low) = (larger(high, *past_high), smaller(low, *past_low));
                }
            }
            let tie_end = self.offsets[self.offsets.partition_point(|&offset| offset <= start)];
            let (mut highest_death, mut least_death) = (None, None);
            for position in (start..tie_end).filter(|&position| self.end[position] == End::Event) {
                highest_death = larger(highest_death, position);
                least_death = smaller(least_death, position);
            }
            if let (Some(least_death), Some(highest_death), Some(top), Some(bottom)) =
                (least_death, highest_death, high, low)
            {
                tell(Extremes { least_death, highest_death, top, bottom });
            }
        }
    }
}

/// Mean and mean absolute deviation of each column; columns of 0, 1 and -1 stay as they are.
fn location(x: ArrayView2<'_, f64>, names: Option<&[String]>) -> Result<(Vec<f64>, Vec<f64>), SurvivalError> {
    let n = x.nrows() as f64;
    let mut centre = Vec::with_capacity(x.ncols());
    let mut scale = Vec::with_capacity(x.ncols());
    for (j, column) in x.columns().into_iter().enumerate() {
        if let Some(row) = column.iter().position(|value| !value.is_finite()) {
            return Err(SurvivalError::CovariateNotFinite { name: super::name_of(names, j), row, value: column[row] });
        }
        let mean = column.iter().sum::<f64>() / n;
        if column.iter().all(|&value| value == 0.0 || value.abs() == 1.0) {
            centre.push(mean);
            scale.push(1.0);
            continue;
        }
        let deviation = column.iter().map(|value| (value - mean).abs()).sum::<f64>() / n;
        centre.push(mean);
        scale.push(if deviation > 0.0 { deviation } else { 1.0 });
    }
    Ok((centre, scale))
}
