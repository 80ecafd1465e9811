//! The data of a Cox model, sorted once: rows by stratum and descending time, deaths last in their tie group.

use ndarray::ArrayView2;

use super::options::{CoxOptions, Ties};
use crate::sort::ascending_order;
use crate::{NearTies, SurvivalError, Weights, canonical_times, check, largest_gap_of_sorted};

/// Rows of one piece of work: sums over blocks are added in this order, whatever the number of threads.
const BLOCK_ROWS: usize = 4096;

/// A contiguous piece of the sorted rows with the event times whose tie group ends in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub(crate) rows: (usize, usize),
    pub(crate) events: (usize, usize),
    /// Strata that have rows in this block.
    pub(crate) strata: (usize, usize),
    /// Where the running sums of the last stratum of this block begin.
    pub(crate) last_stratum_start: usize,
    /// Whether the first rows belong to a stratum that began in an earlier block.
    pub(crate) continues: bool,
    /// Whether the next block continues the last stratum of this one.
    pub(crate) continued: bool,
}

/// One stratum: its rows and its event times.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stratum {
    pub(crate) rows: (usize, usize),
    pub(crate) events: (usize, usize),
    /// Position in `entry_order` where the stratum begins.
    pub(crate) entries_start: usize,
    /// Code given by the user.
    pub(crate) code: u32,
}

/// The sorted data. Rows that are at risk at no event time are left out.
#[derive(Debug, Clone)]
pub(crate) struct Design {
    pub(crate) p: usize,
    /// Length of a row of `x`: `p` up to 8 columns, beyond that the next multiple of 8.
    pub(crate) stride: usize,
    /// Centred and scaled covariates, row-major in sorted order.
    pub(crate) x: Vec<f64>,
    /// Row of the input behind each sorted row.
    pub(crate) order: Vec<u32>,
    /// Offsets less the largest of the stratum; empty without.
    pub(crate) offset: Vec<f64>,
    /// Weights; empty without.
    pub(crate) weight: Vec<f64>,
    pub(crate) strata: Vec<Stratum>,
    pub(crate) blocks: Vec<Block>,
    /// Per event time, descending within stratum: the time, the position after its tie group, the number of death rows
    /// (the last rows of the group), the number of deaths for Efron's shares, their mean weight.
    pub(crate) event_time: Vec<f64>,
    pub(crate) end: Vec<u32>,
    pub(crate) deaths: Vec<u32>,
    pub(crate) count: Vec<f64>,
    pub(crate) mean_weight: Vec<f64>,
    /// Start/stop data: sorted rows by descending entry, and per event time how many of them enter at or after it.
    pub(crate) entry_order: Vec<u32>,
    pub(crate) entry_end: Vec<u32>,
    /// Per sorted row of start/stop data: the first event time (in sorted order) at or before its entry.
    pub(crate) entered_at: Vec<u32>,
    /// Sum of weighted covariates over the deaths.
    pub(crate) death_sum: Vec<f64>,
    /// Sum of weighted offsets over the deaths.
    pub(crate) death_offset: f64,
    pub(crate) ties: Ties,
    pub(crate) centre: Vec<f64>,
    pub(crate) scale: Vec<f64>,
    /// Mean of the centred and scaled covariates that was taken out of each stratum, strata x p.
    pub(crate) stratum_centre: Vec<f64>,
    /// Largest offset, taken out of each stratum.
    pub(crate) stratum_offset: Vec<f64>,
    /// Times within this gap are tied.
    pub(crate) largest_gap: f64,
    /// Columns with one value only.
    pub(crate) constant: Vec<bool>,
    /// Events, counted with frequency weights.
    pub(crate) n_events: f64,
    /// Whether events are counted with their weights.
    pub(crate) counts_deaths: bool,
    /// Subjects (rows of positive weight), counted with frequency weights.
    pub(crate) n_rows: f64,
    pub(crate) n_strata: usize,
}

impl Design {
    pub(crate) fn rows(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn has_entry(&self) -> bool {
        !self.entry_end.is_empty()
    }

    pub(crate) fn row(&self, position: usize) -> &[f64] {
        &self.x[position * self.stride..position * self.stride + self.p]
    }

    pub(crate) fn weight(&self, position: usize) -> f64 {
        self.weight.get(position).copied().unwrap_or(1.0)
    }

    /// The same rows with some of the columns.
    pub(crate) fn columns(&self, columns: &[usize]) -> Self {
        let p = columns.len();
        let stride = if p <= 8 { p.max(1) } else { p.div_ceil(8) * 8 };
        let mut x = vec![0.0; self.rows() * stride];
        for (out, row) in x.chunks_exact_mut(stride).zip(self.x.chunks_exact(self.stride)) {
            for (out, &j) in out.iter_mut().zip(columns) {
                *out = row[j];
            }
        }
        let pick = |values: &[f64]| columns.iter().map(|&j| values[j]).collect::<Vec<f64>>();
        let mut part = Self {
            p,
            stride,
            x,
            centre: pick(&self.centre),
            scale: pick(&self.scale),
            constant: columns.iter().map(|&j| self.constant[j]).collect(),
            stratum_centre: self.stratum_centre.chunks_exact(self.p).flat_map(pick).collect(),
            ..self.rest()
        };
        part.sum_deaths();
        part
    }

    /// Everything but the covariates.
    fn rest(&self) -> Self {
        let empty = Vec::new;
        Self {
            x: empty(),
            order: self.order.clone(),
            offset: self.offset.clone(),
            weight: self.weight.clone(),
            strata: self.strata.clone(),
            blocks: self.blocks.clone(),
            event_time: self.event_time.clone(),
            end: self.end.clone(),
            deaths: self.deaths.clone(),
            count: self.count.clone(),
            mean_weight: self.mean_weight.clone(),
            entry_order: self.entry_order.clone(),
            entry_end: self.entry_end.clone(),
            entered_at: self.entered_at.clone(),
            death_sum: empty(),
            centre: empty(),
            scale: empty(),
            stratum_centre: empty(),
            stratum_offset: self.stratum_offset.clone(),
            constant: Vec::new(),
            ..*self
        }
    }

    /// Sums weighted covariates and offsets over the deaths.
    pub(crate) fn sum_deaths(&mut self) {
        let mut death_sum = vec![0.0; self.stride];
        let mut death_offset = 0.0;
        for k in 0..self.end.len() {
            for position in self.death_rows(k) {
                let w = self.weight(position);
                for (sum, &value) in death_sum.iter_mut().zip(&self.x[position * self.stride..]) {
                    *sum += w * value;
                }
                death_offset += w * self.offset.get(position).copied().unwrap_or(0.0);
            }
        }
        self.death_sum = death_sum;
        self.death_offset = death_offset;
    }

    /// Whether a row of the stratum's prefix is at risk at event `k`.
    pub(crate) fn at_risk(&self, position: usize, k: usize) -> bool {
        self.entered_at.get(position).is_none_or(|&e| e as usize > k)
    }

    /// The deaths of event time `k`.
    pub(crate) fn death_rows(&self, k: usize) -> std::ops::Range<usize> {
        let end = self.end[k] as usize;
        end - self.deaths[k] as usize..end
    }

    /// Efron's shares `l / d` of event time `k`.
    pub(crate) fn shares(&self, k: usize) -> usize {
        if self.ties == Ties::Efron { self.count[k] as usize } else { 1 }
    }
}

/// The name of a column: as given, or `x1`, `x2` ...
pub(crate) fn column_name(names: Option<&[String]>, column: usize) -> String {
    names.and_then(|names| names.get(column).cloned()).unwrap_or_else(|| format!("x{}", column + 1))
}

/// Refuses arguments that no model can use.
pub(crate) fn check_data(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
) -> Result<(), SurvivalError> {
    let (n, p) = (time.len(), x.ncols());
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    check::length("event", n, event.len())?;
    check::length("x", n, x.nrows())?;
    check::times("time", time)?;
    if let Some(entry) = options.entry {
        check::entries(entry, time)?;
    }
    if let Some(strata) = options.strata {
        check::length("strata", n, strata.len())?;
    }
    if let Some(cluster) = options.cluster {
        check::length("cluster", n, cluster.len())?;
    }
    options.weights.check(n)?;
    if options.ties == Ties::Exact && matches!(options.weights, Weights::Sampling(_)) {
        return Err(SurvivalError::Incompatible {
            first: "ties = exact",
            second: "sampling weights",
            reason: "the discrete likelihood counts whole subjects; use `efron` or `breslow`",
        });
    }
    if let Some(offset) = options.offset {
        check::length("offset", n, offset.len())?;
        if let Some(row) = offset.iter().position(|value| !value.is_finite()) {
            return Err(SurvivalError::NotFinite { argument: "offset", row, value: offset[row] });
        }
    }
    if n >= 1 << 31 {
        return Err(SurvivalError::InvalidOption { option: "rows", expected: "below 2^31", value: n as f64 });
    }
    if p == 0 {
        return Err(SurvivalError::InvalidOption { option: "columns of x", expected: "at least 1", value: 0.0 });
    }
    Ok(())
}

/// Checks the arguments and sorts the data.
pub(crate) fn prepare(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
) -> Result<Design, SurvivalError> {
    check_data(time, event, x, options)?;
    let p = x.ncols();
    let columns = Columns::scan(x, options)?;
    let mut design = sort_rows(time, event, options)?;
    design.p = p;
    design.stride = if p <= 8 { p } else { p.div_ceil(8) * 8 };
    gather(&mut design, x, &columns, options);
    design.blocks = blocks(&design);
    Ok(design)
}

/// Centre, scale and constancy of the columns.
struct Columns {
    centre: Vec<f64>,
    scale: Vec<f64>,
    constant: Vec<bool>,
}

impl Columns {
    /// Centre is the weighted mean and scale the weighted mean absolute deviation; columns of 0, 1 and -1 stay as they are.
    fn scan(x: ArrayView2<'_, f64>, options: &CoxOptions<'_>) -> Result<Self, SurvivalError> {
        let (n, p) = x.dim();
        let weight = |row: usize| options.weights.values().map_or(1.0, |w| w[row]);
        let by_row = x.is_standard_layout();
        let mut first = vec![0.0; p];
        if let Some(row) = (0..n).find(|&row| weight(row) > 0.0) {
            for j in 0..p {
                first[j] = x[[row, j]];
            }
        }
        let mut sum = vec![0.0; p];
        let mut finite = vec![0.0; p];
        let mut sign = vec![true; p];
        let mut constant = vec![true; p];
        let mut total = 0.0;
        let visit =
            |row: usize, j: usize, v: f64, sum: &mut f64, finite: &mut f64, sign: &mut bool, same: &mut bool| {
                let w = weight(row);
                *finite += v * 0.0;
                *sum += w * (v - first[j]);
                *sign &= v == 0.0 || v == 1.0 || v == -1.0;
                *same &= v == first[j] || w == 0.0;
            };
        for row in 0..n {
            total += weight(row);
        }
        if by_row {
            for (row, values) in x.rows().into_iter().enumerate() {
                let values = values.to_slice().unwrap_or_default();
                for j in 0..values.len() {
                    visit(row, j, values[j], &mut sum[j], &mut finite[j], &mut sign[j], &mut constant[j]);
                }
            }
        } else {
            for (j, values) in x.columns().into_iter().enumerate() {
                for (row, &v) in values.iter().enumerate() {
                    visit(row, j, v, &mut sum[j], &mut finite[j], &mut sign[j], &mut constant[j]);
                }
            }
        }
        for j in 0..p {
            if finite[j] != 0.0
                && let Some((row, &value)) = x.column(j).iter().enumerate().find(|(_, v)| !v.is_finite())
            {
                return Err(SurvivalError::CovariateNotFinite { name: column_name(options.names, j), row, value });
            }
        }
        let mut centre = vec![0.0; p];
        let mut scale = vec![1.0; p];
        if sign.iter().all(|&s| s) {
            return Ok(Self { centre, scale, constant });
        }
        for j in 0..p {
            centre[j] = first[j] + sum[j] / total;
        }
        let mut deviation = vec![0.0; p];
        if by_row {
            for (row, values) in x.rows().into_iter().enumerate() {
                let w = weight(row);
                for (j, &v) in values.iter().enumerate() {
                    deviation[j] += w * (v - centre[j]).abs();
                }
            }
        } else {
            for (j, values) in x.columns().into_iter().enumerate() {
                for (row, &v) in values.iter().enumerate() {
                    deviation[j] += weight(row) * (v - centre[j]).abs();
                }
            }
        }
        for j in 0..p {
            if sign[j] {
                centre[j] = 0.0;
            } else if constant[j] {
                centre[j] = first[j];
            } else if deviation[j] > 0.0 {
                scale[j] = deviation[j] / total;
            }
        }
        Ok(Self { centre, scale, constant })
    }
}

/// Sorts the rows, finds the event times and drops the rows that are at risk at none of them.
pub(crate) fn sort_rows(time: &[f64], event: &[bool], options: &CoxOptions<'_>) -> Result<Design, SurvivalError> {
    let n = time.len();
    let canonical = match options.entry {
        Some(entry) => Some(canonical_times(time, Some(entry), options.near_ties)?),
        None => None,
    };
    let times: &[f64] = canonical.as_ref().map_or(time, |c| c.time.as_ref());
    let near_ties = if canonical.is_some() { NearTies::Separate } else { options.near_ties };
    let ascending = ascending_order(times);
    let in_order: Vec<f64> = ascending.iter().map(|&row| times[row as usize]).collect();
    let gap = largest_gap_of_sorted(&in_order, near_ties);
    // (row, tie group) in descending order of time
    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(n);
    let mut group_time: Vec<f64> = Vec::new();
    for (position, &row) in ascending.iter().enumerate() {
        if position == 0 || in_order[position] - in_order[position - 1] > gap {
            group_time.push(in_order[position]);
        }
        pairs.push((row, group_time.len() as u32 - 1));
    }
    drop(in_order);
    pairs.reverse();
    if let Some(weights) = options.weights.values() {
        pairs.retain(|&(row, _)| weights[row as usize] > 0.0);
        if options.ties == Ties::Exact {
            pairs =
                pairs.iter().flat_map(|&pair| std::iter::repeat_n(pair, weights[pair.0 as usize] as usize)).collect();
        }
    }
    let repeated = options.ties == Ties::Exact;
    let weight_of = |row: u32| if repeated { 1.0 } else { options.weights.values().map_or(1.0, |w| w[row as usize]) };
    let counts = !matches!(options.weights, Weights::Sampling(_));
    let n_rows = if counts { pairs.iter().map(|&(row, _)| weight_of(row)).sum() } else { pairs.len() as f64 };
    let pieces = split_by_stratum(&mut pairs, options.strata);

    let mut design = Design {
        p: 0,
        stride: 0,
        x: Vec::new(),
        order: Vec::with_capacity(pairs.len()),
        offset: Vec::new(),
        weight: Vec::new(),
        strata: Vec::new(),
        blocks: Vec::new(),
        event_time: Vec::new(),
        end: Vec::new(),
        deaths: Vec::new(),
        count: Vec::new(),
        mean_weight: Vec::new(),
        entry_order: Vec::new(),
        entry_end: Vec::new(),
        entered_at: Vec::new(),
        death_sum: Vec::new(),
        death_offset: 0.0,
        ties: options.ties,
        centre: Vec::new(),
        scale: Vec::new(),
        stratum_centre: Vec::new(),
        stratum_offset: Vec::new(),
        largest_gap: gap,
        constant: Vec::new(),
        n_events: 0.0,
        counts_deaths: counts,
        n_rows,
        n_strata: pieces.len(),
    };
    for (code, start, stop) in pieces {
        let (row_start, event_start) = (design.order.len(), design.end.len());
        let mut kept = row_start;
        let mut at = start;
        while at < stop {
            let group = pairs[at].1;
            let mut after = at + 1;
            while after < stop && pairs[after].1 == group {
                after += 1;
            }
            let rows = &pairs[at..after];
            design.order.extend(rows.iter().map(|r| r.0).filter(|&row| !event[row as usize]));
            let before = design.order.len();
            design.order.extend(rows.iter().map(|r| r.0).filter(|&row| event[row as usize]));
            kept_event(&mut design, before, group_time[group as usize], counts, &weight_of, &mut kept);
            at = after;
        }
        design.order.truncate(kept);
        if kept > row_start {
            design.strata.push(Stratum {
                rows: (row_start, kept),
                events: (event_start, design.end.len()),
                entries_start: 0,
                code,
            });
        }
    }
    if design.end.is_empty() {
        return Err(SurvivalError::NotEstimable {
            quantity: "the Cox model",
            reason: "there are no events".to_owned(),
        });
    }
    if let Some(entry) = canonical.as_ref().and_then(|c| c.entry.as_deref()) {
        add_entries(&mut design, entry);
    }
    design.n_events =
        if counts { design.count.iter().sum() } else { design.deaths.iter().map(|&d| f64::from(d)).sum() };
    if options.weights.values().is_some() && !repeated {
        design.weight = design.order.iter().map(|&row| weight_of(row)).collect();
    }
    if options.offset.is_none() {
        design.stratum_offset = vec![0.0; design.strata.len()];
    }
    if let Some(offset) = options.offset {
        design.offset = design.order.iter().map(|&row| offset[row as usize]).collect();
        for stratum in &design.strata {
            let values = &mut design.offset[stratum.rows.0..stratum.rows.1];
            let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            values.iter_mut().for_each(|v| *v -= highest);
            design.stratum_offset.push(highest);
        }
    }
    Ok(design)
}

/// Records an event time if rows from `before` on are deaths.
fn kept_event(
    design: &mut Design,
    before: usize,
    time: f64,
    counts: bool,
    weight_of: &impl Fn(u32) -> f64,
    kept: &mut usize,
) {
    let deaths = design.order.len() - before;
    if deaths == 0 {
        return;
    }
    *kept = design.order.len();
    let total: f64 = design.order[before..].iter().map(|&row| weight_of(row)).sum();
    design.event_time.push(time);
    design.end.push(design.order.len() as u32);
    design.deaths.push(deaths as u32);
    if counts {
        design.count.push(total);
        design.mean_weight.push(1.0);
    } else {
        design.count.push(deaths as f64);
        design.mean_weight.push(total / deaths as f64);
    }
}

/// Rows of each stratum together, strata in ascending order of their code; gives (code, start, stop).
fn split_by_stratum(pairs: &mut Vec<(u32, u32)>, strata: Option<&[u32]>) -> Vec<(u32, usize, usize)> {
    let Some(strata) = strata else {
        return vec![(0, 0, pairs.len())];
    };
    let highest = pairs.iter().map(|&(row, _)| strata[row as usize]).max().unwrap_or(0);
    if highest as usize <= 4 * pairs.len() + 1024 {
        let mut start = vec![0_usize; highest as usize + 2];
        for &(row, _) in pairs.iter() {
            start[strata[row as usize] as usize + 1] += 1;
        }
        for code in 1..start.len() {
            start[code] += start[code - 1];
        }
        let mut next = start.clone();
        let mut sorted = vec![(0, 0); pairs.len()];
        for &pair in pairs.iter() {
            let slot = &mut next[strata[pair.0 as usize] as usize];
            sorted[*slot] = pair;
            *slot += 1;
        }
        *pairs = sorted;
        (0..=highest)
            .map(|code| (code, start[code as usize], start[code as usize + 1]))
            .filter(|piece| piece.2 > piece.1)
            .collect()
    } else {
        pairs.sort_by_key(|&(row, _)| strata[row as usize]);
        let mut pieces: Vec<(u32, usize, usize)> = Vec::new();
        for (position, &(row, _)) in pairs.iter().enumerate() {
            let code = strata[row as usize];
            match pieces.last_mut() {
                Some(last) if last.0 == code => last.2 = position + 1,
                _ => pieces.push((code, position, position + 1)),
            }
        }
        pieces
    }
}

/// Delayed entry: when each row enters, in terms of event times; rows whose interval spans no event time are dropped,
/// since nothing is known about them and extrapolated covariates in them could overflow.
fn add_entries(design: &mut Design, entry: &[f64]) {
    let rows = design.rows();
    let entry_of: Vec<f64> = design.order.iter().map(|&row| entry[row as usize]).collect();
    let ascending = ascending_order(&entry_of);
    let mut stratum_of = vec![0_u32; rows];
    for (s, stratum) in design.strata.iter().enumerate() {
        stratum_of[stratum.rows.0..stratum.rows.1].fill(s as u32);
    }
    let mut by_stratum: Vec<Vec<u32>> = design.strata.iter().map(|s| Vec::with_capacity(s.rows.1 - s.rows.0)).collect();
    for &position in ascending.iter().rev() {
        by_stratum[stratum_of[position as usize] as usize].push(position);
    }
    let mut entered_at = vec![0_u32; rows];
    let mut keep = vec![true; rows];
    for (stratum, positions) in design.strata.iter().zip(&by_stratum) {
        let mut k = stratum.events.0;
        for &position in positions {
            while k < stratum.events.1 && design.event_time[k] > entry_of[position as usize] {
                k += 1;
            }
            entered_at[position as usize] = k as u32;
        }
        let mut k = stratum.events.0;
        for position in stratum.rows.0..stratum.rows.1 {
            while (design.end[k] as usize) <= position {
                k += 1;
            }
            keep[position] = entered_at[position] as usize > k;
        }
    }
    let mut new_position = vec![0_u32; rows + 1];
    for position in 0..rows {
        new_position[position + 1] = new_position[position] + u32::from(keep[position]);
    }
    for end in &mut design.end {
        *end = new_position[*end as usize];
    }
    design.entry_end = vec![0; design.end.len()];
    for (stratum, positions) in design.strata.iter_mut().zip(&by_stratum) {
        stratum.entries_start = design.entry_order.len();
        for &position in positions {
            let k = entered_at[position as usize] as usize;
            if keep[position as usize] && k < stratum.events.1 {
                design.entry_order.push(new_position[position as usize]);
                design.entry_end[k] = design.entry_order.len() as u32;
            }
        }
        let mut last = stratum.entries_start as u32;
        for k in stratum.events.0..stratum.events.1 {
            last = last.max(design.entry_end[k]);
            design.entry_end[k] = last;
        }
        stratum.rows = (new_position[stratum.rows.0] as usize, new_position[stratum.rows.1] as usize);
    }
    let mut position = 0;
    design.order.retain(|_| {
        position += 1;
        keep[position - 1]
    });
    position = 0;
    entered_at.retain(|_| {
        position += 1;
        keep[position - 1]
    });
    design.entered_at = entered_at;
}

/// Copies the covariates into sorted order, centred within strata, and sums those of the deaths.
fn gather(design: &mut Design, x: ArrayView2<'_, f64>, columns: &Columns, options: &CoxOptions<'_>) {
    let (p, stride, rows) = (design.p, design.stride, design.rows());
    design.x = vec![0.0; rows * stride];
    let inverse: Vec<f64> = columns.scale.iter().map(|s| 1.0 / s).collect();
    let centre = &columns.centre;
    let by_row = x.as_slice().filter(|_| x.is_standard_layout());
    for (chunk, order) in design.x.chunks_mut(BLOCK_ROWS * stride).zip(design.order.chunks(BLOCK_ROWS)) {
        if let Some(values) = by_row {
            for (out, &row) in chunk.chunks_exact_mut(stride).zip(order) {
                let source = &values[row as usize * p..][..p];
                for j in 0..p {
                    out[j] = (source[j] - centre[j]) * inverse[j];
                }
            }
        } else {
            for (j, column) in x.columns().into_iter().enumerate() {
                for (i, &row) in order.iter().enumerate() {
                    chunk[i * stride + j] = (column[row as usize] - centre[j]) * inverse[j];
                }
            }
        }
    }
    design.stratum_centre = vec![0.0; design.strata.len() * p];
    if options.strata.is_some() {
        centre_within_strata(design);
    }
    design.sum_deaths();
    design.centre = columns.centre.clone();
    design.scale = columns.scale.clone();
    design.constant = columns.constant.clone();
}

/// Subtracts the mean of each stratum; a column that is constant within a stratum becomes exactly 0 there.
fn centre_within_strata(design: &mut Design) {
    let (p, stride) = (design.p, design.stride);
    let mut mean = vec![0.0; p];
    for (s, stratum) in design.strata.iter().enumerate() {
        let rows = &mut design.x[stratum.rows.0 * stride..stratum.rows.1 * stride];
        let count = (stratum.rows.1 - stratum.rows.0) as f64;
        let first: Vec<f64> = rows[..p].to_vec();
        mean.fill(0.0);
        for row in rows.chunks_exact(stride) {
            for j in 0..p {
                mean[j] += row[j] - first[j];
            }
        }
        for j in 0..p {
            mean[j] = first[j] + mean[j] / count;
        }
        design.stratum_centre[s * p..(s + 1) * p].copy_from_slice(&mean);
        for row in rows.chunks_exact_mut(stride) {
            for j in 0..p {
                row[j] -= mean[j];
            }
        }
    }
}

/// Cuts the sorted rows into blocks; a long stratum begins a block of its own, short ones share one.
pub(crate) fn blocks(design: &Design) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (s, stratum) in design.strata.iter().enumerate() {
        let (mut start, stop) = stratum.rows;
        let mut event = stratum.events.0;
        if let Some(last) = blocks.last_mut()
            && last.rows.1 == start
            && stop - last.rows.0 <= BLOCK_ROWS
        {
            last.rows.1 = stop;
            last.events.1 = stratum.events.1;
            last.strata.1 = s + 1;
            last.last_stratum_start = start;
            continue;
        }
        while start < stop {
            let rows_end = stop.min(start + BLOCK_ROWS);
            let mut events_end = event;
            while events_end < stratum.events.1 && design.end[events_end] as usize <= rows_end {
                events_end += 1;
            }
            blocks.push(Block {
                rows: (start, rows_end),
                events: (event, events_end),
                strata: (s, s + 1),
                last_stratum_start: start,
                continues: start > stratum.rows.0,
                continued: rows_end < stop,
            });
            start = rows_end;
            event = events_end;
        }
    }
    blocks
}
