//! Rows in time order, handed out as tie groups: the one place where subjects are sorted.
//!
//! Whole-number times (days) are counted into buckets without sorting. Other times are packed with what happened into one
//! integer key, so that a plain integer sort orders both: the bits of a non-negative double are order-preserving.

use std::cmp::Ordering;

use crate::key_sort::sorted_keys;
use crate::{NearTies, SurvivalError, check};

/// What happened at the end of follow-up of each row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcomes<'a> {
    /// One cause: true = the event happened, false = censored.
    Event(&'a [bool]),
    /// Several causes: 0 = censored, `k` = cause `k`; the number of causes.
    Cause(&'a [u32], usize),
}

impl Outcomes<'_> {
    pub(crate) fn causes(&self) -> usize {
        match self {
            Self::Event(_) => 1,
            Self::Cause(_, causes) => *causes,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Event(event) => event.len(),
            Self::Cause(cause, _) => cause.len(),
        }
    }

    #[inline]
    fn code(&self, row: usize) -> u32 {
        match self {
            Self::Event(event) => u32::from(event[row]),
            Self::Cause(cause, _) => cause[row],
        }
    }
}

/// Rows to sweep; the cell of a row is its curve (stratum and arm).
#[derive(Debug, Clone, Copy)]
pub(crate) struct SweepRows<'a> {
    pub(crate) time: &'a [f64],
    pub(crate) outcomes: Outcomes<'a>,
    pub(crate) cells: Option<&'a [u32]>,
    pub(crate) n_cells: usize,
    pub(crate) entry: Option<&'a [f64]>,
    pub(crate) weights: Option<&'a [f64]>,
}

/// Takes the rows of a sweep in ascending time.
pub(crate) trait TieSink {
    /// Number (weight) of rows by cell, before the first row is given.
    fn begin(&mut self, _rows: &[f64]) {}
    /// Rows of a cell that end at the current time: outcome 0 = censored, `k` = cause `k`.
    fn exit(&mut self, cell: usize, outcome: usize, weight: f64);
    /// Rows of a cell that enter at the current time (at risk after it).
    fn enter(&mut self, cell: usize, weight: f64);
    /// All rows of the current time were given; it is the earliest of its tie group.
    fn close(&mut self, time: f64);
}

/// Most buckets of whole-number times; longer follow-up is sorted.
pub(crate) const MOST_DAYS: u32 = 65_535;
/// Below this number of rows sorting beats counting.
pub(crate) const FEW_ROWS: usize = 512;
/// Rows whose buckets are computed together; they stay in the first-level cache.
pub(crate) const BLOCK: usize = 1024;
/// Adding 2^52 to a non-negative whole number below 2^32 puts it into the low bits of the double.
const TWO_52: f64 = 4_503_599_627_370_496.0;

/// Checks rows and gives them to `sink` in ascending time.
///
/// Returns the largest gap inside a tie group (0 when distinct times are kept apart or lie on whole numbers).
pub(crate) fn sweep<S: TieSink>(rows: &SweepRows<'_>, near_ties: NearTies, sink: &mut S) -> Result<f64, SurvivalError> {
    let n = rows.time.len();
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    check::length("event", n, rows.outcomes.len())?;
    if let Outcomes::Cause(cause, causes) = rows.outcomes {
        check::codes("cause", cause, n, causes + 1)?;
    }
    if let Some(cells) = rows.cells {
        check::codes("group", cells, n, rows.n_cells)?;
    }
    if let Some(weights) = rows.weights {
        check::weights(weights, n)?;
    }
    let width = rows.outcomes.causes() + 1;
    if let Some(entry) = rows.entry {
        check::times("time", rows.time)?;
        check::entries(entry, rows.time)?;
        sink.begin(&rows.by_cell());
        return sweep_with_entry(rows, entry, near_ties, width, sink);
    }
    if n >= FEW_ROWS
        && rows.weights.is_none()
        && let Some(days) = count_days(rows, width)
    {
        sink.begin(&days.rows_by_cell(width, rows.n_cells));
        days.give(width, rows.n_cells, sink);
        return Ok(near_ties.largest_gap(1.0, 1).min(0.5));
    }
    check::times("time", rows.time)?;
    sink.begin(&rows.by_cell());
    match rows.weights {
        None => sweep_unweighted(rows, near_ties, width, sink),
        Some(weights) => sweep_records(
            rows.time
                .iter()
                .enumerate()
                .map(|(row, &time)| record(time, rows.payload(row, width), weights[row]))
                .collect(),
            near_ties,
            width,
            sink,
        ),
    }
}

impl SweepRows<'_> {
    /// Number (weight) of rows by cell.
    fn by_cell(&self) -> Vec<f64> {
        match (self.cells, self.weights) {
            (None, None) => vec![self.time.len() as f64],
            (None, Some(weights)) => vec![weights.iter().sum()],
            (Some(cells), None) => check::count_codes(cells, self.n_cells),
            (Some(cells), Some(weights)) => {
                let mut sums = vec![0.0; self.n_cells];
                for (&cell, &weight) in cells.iter().zip(weights) {
                    sums[cell as usize] += weight;
                }
                sums
            }
        }
    }

    /// Cell and outcome as one number: `cell * width + outcome`.
    #[inline]
    fn payload(&self, row: usize, width: usize) -> u32 {
        let outcome = self.outcomes.code(row);
        match self.cells {
            None => outcome,
            Some(cells) => cells[row] * width as u32 + outcome,
        }
    }
}

// Whole-number times ------------------------------------------------------------------------------------------------------

/// Number of rows by day and payload.
pub(crate) struct DayCounts {
    counts: Vec<u32>,
    stride: usize,
}

/// Counts rows by whole day; None as soon as a time is no whole number of at most [`MOST_DAYS`].
fn count_days(rows: &SweepRows<'_>, width: usize) -> Option<DayCounts> {
    let stride = rows.n_cells * width;
    if stride > 64 || rows.time.len() > u32::MAX as usize {
        return None;
    }
    let mut histograms: [Vec<u32>; 4] = Default::default();
    let mut days = 0_usize;
    let mut buckets = [0_u32; BLOCK];
    let arch = pulp::Arch::new();
    for start in (0..rows.time.len()).step_by(BLOCK) {
        let block = &rows.time[start..rows.time.len().min(start + BLOCK)];
        let largest = arch.dispatch(|| whole_days(block, &mut buckets))?;
        let needed = largest as usize + 1;
        if needed > days {
            days = needed.next_power_of_two().min(MOST_DAYS as usize + 1);
            for histogram in &mut histograms {
                histogram.resize(days * stride, 0);
            }
        }
        let buckets = &mut buckets[..block.len()];
        let end = start + block.len();
        match (rows.cells, rows.outcomes) {
            (None, Outcomes::Event(event)) => arch.dispatch(|| {
                for (bucket, &event) in buckets.iter_mut().zip(&event[start..end]) {
                    *bucket = 2 * *bucket + u32::from(event);
                }
            }),
            (Some(cells), Outcomes::Event(event)) => arch.dispatch(|| {
                let stride = stride as u32;
                for ((bucket, &event), &cell) in buckets.iter_mut().zip(&event[start..end]).zip(&cells[start..end]) {
                    *bucket = stride * *bucket + 2 * cell + u32::from(event);
                }
            }),
            (None, Outcomes::Cause(cause, _)) => {
                for (bucket, &cause) in buckets.iter_mut().zip(&cause[start..end]) {
                    *bucket = stride as u32 * *bucket + cause;
                }
            }
            (Some(_), Outcomes::Cause(..)) => {
                for (offset, bucket) in buckets.iter_mut().enumerate() {
                    *bucket = stride as u32 * *bucket + rows.payload(start + offset, width);
                }
            }
        }
        add_counts(&mut histograms, buckets);
    }
    Some(DayCounts::of(histograms, stride))
}

/// Counts buckets; four private histograms, so that neighbouring rows of the same day do not wait for each other.
#[inline]
pub(crate) fn add_counts(histograms: &mut [Vec<u32>; 4], buckets: &[u32]) {
    let [first, second, third, fourth] = histograms;
    let mut quads = buckets.chunks_exact(4);
    for quad in &mut quads {
        first[quad[0] as usize] += 1;
        second[quad[1] as usize] += 1;
        third[quad[2] as usize] += 1;
        fourth[quad[3] as usize] += 1;
    }
    for &bucket in quads.remainder() {
        first[bucket as usize] += 1;
    }
}

/// Whole-number times as integers and the largest of them; None if one is no whole number of at most [`MOST_DAYS`].
#[inline(always)]
pub(crate) fn whole_days(block: &[f64], days: &mut [u32; BLOCK]) -> Option<u32> {
    let mut wrong = 0_u32;
    let mut largest = 0_u32;
    for (day, &time) in days.iter_mut().zip(block) {
        let shifted = time + TWO_52;
        let whole = shifted.to_bits() as u32;
        // a time that is negative, fractional, too large or NaN does not come back from the shift
        wrong |= u32::from(f64::from(whole) != time) | u32::from(whole > MOST_DAYS);
        largest = largest.max(whole);
        *day = whole;
    }
    (wrong == 0).then_some(largest)
}

impl DayCounts {
    /// The sum of private histograms of buckets `stride * day + width * cell + outcome`.
    pub(crate) fn of(histograms: [Vec<u32>; 4], stride: usize) -> Self {
        let [mut counts, second, third, fourth] = histograms;
        for ((total, second), (third, fourth)) in counts.iter_mut().zip(second).zip(third.into_iter().zip(fourth)) {
            *total += second + third + fourth;
        }
        Self { counts, stride }
    }

    /// The counts of some cells of one cause.
    pub(crate) fn only(&self, cells: &[usize]) -> Self {
        let days = self.counts.chunks_exact(self.stride);
        let counts = days.flat_map(|day| cells.iter().flat_map(|cell| [day[2 * cell], day[2 * cell + 1]])).collect();
        Self { counts, stride: 2 * cells.len() }
    }

    pub(crate) fn rows_by_cell(&self, width: usize, n_cells: usize) -> Vec<f64> {
        let mut rows = vec![0.0; n_cells];
        for counts in self.counts.chunks_exact(self.stride) {
            for (rows, counts) in rows.iter_mut().zip(counts.chunks_exact(width)) {
                *rows += counts.iter().map(|&count| f64::from(count)).sum::<f64>();
            }
        }
        rows
    }

    pub(crate) fn give<S: TieSink>(&self, width: usize, n_cells: usize, sink: &mut S) {
        for (day, counts) in self.counts.chunks_exact(self.stride).enumerate() {
            let mut any = false;
            for cell in 0..n_cells {
                for (outcome, &count) in counts[cell * width..(cell + 1) * width].iter().enumerate() {
                    if count > 0 {
                        sink.exit(cell, outcome, f64::from(count));
                        any = true;
                    }
                }
            }
            if any {
                sink.close(day as f64);
            }
        }
    }
}

// Times of any kind, no weights -------------------------------------------------------------------------------------------

/// Time and payload packed into one integer: `(bits of the time - base) << shift | payload`; 0 is kept as rank 0.
#[derive(Clone, Copy)]
struct Packing {
    base: u64,
    shift: u32,
}

impl Packing {
    /// The packing of these times, None when the times span too many orders of magnitude for the payload.
    fn of(time: &[f64], payloads: usize) -> Option<Self> {
        let shift = usize::BITS - (payloads - 1).leading_zeros();
        if shift <= 1 {
            return Some(Self { base: 0, shift });
        }
        let (mut smallest, mut largest) = (f64::INFINITY, 0.0_f64);
        for &time in time {
            smallest = if time < smallest && time > 0.0 { time } else { smallest };
            largest = if time > largest { time } else { largest };
        }
        if largest == 0.0 {
            return Some(Self { base: 0, shift });
        }
        let base = smallest.to_bits() - 1;
        let range = largest.to_bits() - base;
        (range.leading_zeros() >= shift).then_some(Self { base, shift })
    }

    #[inline]
    fn key(self, time: f64, payload: u32) -> u64 {
        // adding 0 turns -0 into 0
        ((time + 0.0).to_bits().saturating_sub(self.base) << self.shift) | u64::from(payload)
    }

    #[inline]
    fn time(self, key: u64) -> f64 {
        let rank = key >> self.shift;
        f64::from_bits(if rank == 0 { 0 } else { rank + self.base })
    }

    #[inline]
    fn payload(self, key: u64) -> u32 {
        (key & ((1 << self.shift) - 1)) as u32
    }
}

fn sweep_unweighted<S: TieSink>(
    rows: &SweepRows<'_>,
    near_ties: NearTies,
    width: usize,
    sink: &mut S,
) -> Result<f64, SurvivalError> {
    let Some(packing) = Packing::of(rows.time, rows.n_cells * width) else {
        let records =
            rows.time.iter().enumerate().map(|(row, &time)| record(time, rows.payload(row, width), 1.0)).collect();
        return sweep_records(records, near_ties, width, sink);
    };
    // the mean of the distinct times decides what is tied
    let (mut sum, mut count) = (0.0, 0_usize);
    let mut previous = u64::MAX;
    let distinct = |piece: &[u64]| {
        if near_ties == NearTies::Group {
            for &key in piece {
                let rank = key >> packing.shift;
                if rank != previous {
                    sum += packing.time(key);
                    count += 1;
                    previous = rank;
                }
            }
        }
    };
    let time = rows.time;
    let keys = match (rows.cells, rows.outcomes) {
        (None, Outcomes::Event(event)) => {
            let keys = time.iter().zip(event).map(|(&time, &event)| packing.key(time, u32::from(event)));
            sorted_keys(time, keys, distinct)
        }
        (Some(cells), Outcomes::Event(event)) => {
            let pairs = time.iter().zip(event).zip(cells);
            let keys = pairs.map(|((&time, &event), &cell)| packing.key(time, 2 * cell + u32::from(event)));
            sorted_keys(time, keys, distinct)
        }
        _ => {
            let keys = time.iter().enumerate().map(|(row, &time)| packing.key(time, rows.payload(row, width)));
            sorted_keys(time, keys, distinct)
        }
    };
    let gap = near_ties.largest_gap(sum, count);
    let mut earliest = packing.time(keys[0]);
    let mut previous = earliest;
    for &key in &keys {
        let time = packing.time(key);
        if time - previous > gap {
            sink.close(earliest);
            earliest = time;
        }
        previous = time;
        let payload = packing.payload(key) as usize;
        if rows.n_cells == 1 {
            sink.exit(0, payload, 1.0);
        } else {
            sink.exit(payload / width, payload % width, 1.0);
        }
    }
    sink.close(earliest);
    Ok(gap)
}

// Weights, delayed entry, times over many orders of magnitude ---------------------------------------------------------------

/// One row: time, payload (the cell for an entry), weight.
#[derive(Clone, Copy)]
struct Record {
    time: f64,
    payload: u32,
    is_entry: bool,
    weight: f64,
}

#[inline]
fn record(time: f64, payload: u32, weight: f64) -> Record {
    Record { time: time + 0.0, payload, is_entry: false, weight }
}

impl Record {
    // a total order, so that sums of weights do not depend on the order of the rows
    fn order(&self, other: &Self) -> Ordering {
        (self.time.total_cmp(&other.time))
            .then(self.is_entry.cmp(&other.is_entry))
            .then(self.payload.cmp(&other.payload))
            .then(self.weight.total_cmp(&other.weight))
    }
}

fn sweep_records<S: TieSink>(
    mut records: Vec<Record>,
    near_ties: NearTies,
    width: usize,
    sink: &mut S,
) -> Result<f64, SurvivalError> {
    records.sort_unstable_by(Record::order);
    let gap = match near_ties {
        NearTies::Separate => 0.0,
        NearTies::Group => {
            let (mut sum, mut count) = (0.0, 0_usize);
            let mut previous = f64::NAN;
            for record in &records {
                if record.time != previous {
                    sum += record.time;
                    count += 1;
                    previous = record.time;
                }
            }
            near_ties.largest_gap(sum, count)
        }
    };
    let mut earliest = records.first().map_or(0.0, |record| record.time);
    let mut previous = earliest;
    for record in &records {
        if record.time - previous > gap {
            sink.close(earliest);
            earliest = record.time;
        }
        previous = record.time;
        let payload = record.payload as usize;
        if record.is_entry {
            sink.enter(payload, record.weight);
        } else {
            sink.exit(payload / width, payload % width, record.weight);
        }
    }
    sink.close(earliest);
    Ok(gap)
}

fn sweep_with_entry<S: TieSink>(
    rows: &SweepRows<'_>,
    entry: &[f64],
    near_ties: NearTies,
    width: usize,
    sink: &mut S,
) -> Result<f64, SurvivalError> {
    let canonical = crate::canonical_times(rows.time, Some(entry), near_ties)?;
    let entries = canonical.entry.as_deref().unwrap_or(entry);
    let mut records = Vec::with_capacity(2 * rows.time.len());
    for (row, (&time, &entry)) in canonical.time.iter().zip(entries).enumerate() {
        let weight = rows.weights.map_or(1.0, |weights| weights[row]);
        records.push(record(time, rows.payload(row, width), weight));
        let cell = rows.cells.map_or(0, |cells| cells[row]);
        records.push(Record { time: entry + 0.0, payload: cell, is_entry: true, weight });
    }
    let mean = canonical.time.iter().sum::<f64>() / canonical.time.len() as f64;
    sweep_records(records, NearTies::Separate, width, sink)?;
    Ok(near_ties.largest_gap(mean, 1))
}
