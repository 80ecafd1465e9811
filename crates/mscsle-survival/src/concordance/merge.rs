//! Pairs of rows at risk from the beginning, counted by merging.
//!
//! Rows lie in order of time, the events of a time before its censorings; each such run is compared with the runs after
//! it. While two neighbouring pieces are merged by rank, an event of the first learns how much weight of the second has a
//! lower rank, and a row of the second how many events of the first have no higher rank.

use std::ops::Range;

use super::{Pairs, Rows, TimeWeight, digits};

/// Rows of a piece whose pairs are compared one by one.
const SMALL: usize = 24;
/// The bit of [`Item::place`] that marks events.
pub(super) const EVENT: u32 = 1 << 31;

/// One stratum in order of time.
pub(super) struct Sorted<'a> {
    members: &'a [u32],
    /// The events of each time, and what is tied with them: positions in `members`.
    times: Vec<Time>,
}

/// The rows of one time: `start..middle` events, `middle..end` censorings.
struct Time {
    start: usize,
    middle: usize,
    end: usize,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Item {
    pub(super) rank: u32,
    /// Position, and whether it is an event that counts.
    pub(super) place: u32,
    /// Weight of the concordant pairs, less that of the events before.
    pub(super) found: f64,
}

/// What a row counts.
trait Values {
    /// Whether every row counts one.
    const EQUAL: bool;

    /// Weight of a row.
    fn weight(&self, place: u32) -> f64;
    /// Weight of an event by its time, 0 for others.
    fn event(&self, place: u32) -> f64;
}

/// Every row counts one.
struct Ones;

impl Values for Ones {
    const EQUAL: bool = true;

    #[inline(always)]
    fn weight(&self, _: u32) -> f64 {
        1.0
    }

    #[inline(always)]
    fn event(&self, place: u32) -> f64 {
        f64::from(place >> 31)
    }
}

/// Case and time weights by position.
struct Weighted {
    weight: Vec<f64>,
    event: Vec<f64>,
}

impl Values for Weighted {
    const EQUAL: bool = false;

    #[inline(always)]
    fn weight(&self, place: u32) -> f64 {
        self.weight[(place & !EVENT) as usize]
    }

    #[inline(always)]
    fn event(&self, place: u32) -> f64 {
        self.event[(place & !EVENT) as usize]
    }
}

impl<'a> Sorted<'a> {
    /// Puts the events of each time before its censorings.
    pub(super) fn new(rows: &Rows<'_>, members: &'a mut [u32]) -> Self {
        let mut times = Vec::new();
        let mut start = 0;
        let mut censored = Vec::new();
        while start < members.len() {
            let mut end = start + 1;
            while end < members.len()
                && rows.time[members[end] as usize] - rows.time[members[end - 1] as usize] <= rows.gap
            {
                end += 1;
            }
            let mut middle = start;
            if end - start == 1 {
                middle += usize::from(rows.event[members[start] as usize]);
            } else {
                censored.clear();
                for position in start..end {
                    let row = members[position];
                    if rows.event[row as usize] {
                        members[middle] = row;
                        middle += 1;
                    } else {
                        censored.push(row);
                    }
                }
                members[middle..end].copy_from_slice(&censored);
            }
            times.push(Time { start, middle, end });
            start = end;
        }
        Self { members, times }
    }

    /// Rows in order of time, events first.
    pub(super) fn members(&self) -> &[u32] {
        self.members
    }

    /// Adds the pairs of each row.
    pub(super) fn count(&self, rows: &Rows<'_>, rank: &[u32], time_weight: TimeWeight, pairs: &mut [Pairs]) {
        let plain = rows.weights.is_none() && time_weight == TimeWeight::Harrell;
        if plain {
            self.count_with(rows, rank, &Ones, pairs);
        } else {
            self.count_with(rows, rank, &self.values(rows, time_weight), pairs);
        }
    }

    /// Case weights, and weights of events by their time.
    fn values(&self, rows: &Rows<'_>, time_weight: TimeWeight) -> Weighted {
        let weight: Vec<f64> = self.members.iter().map(|&row| rows.weight(row as usize)).collect();
        let mut event = vec![0.0; weight.len()];
        let mut at_risk: f64 = weight.iter().sum();
        let mut uncensored = 1.0; // before the time looked at
        for time in &self.times {
            let dead: f64 = weight[time.start..time.middle].iter().sum();
            let censored: f64 = weight[time.middle..time.end].iter().sum();
            let counts = if time_weight == TimeWeight::Uno { 1.0 / (uncensored * uncensored) } else { 1.0 };
            event[time.start..time.middle].fill(counts);
            if censored > 0.0 {
                uncensored *= 1.0 - censored / (at_risk - dead);
            }
            at_risk -= dead + censored;
        }
        Weighted { weight, event }
    }

    fn count_with<V: Values>(&self, rows: &Rows<'_>, rank: &[u32], values: &V, pairs: &mut [Pairs]) {
        let n = self.members.len();
        let mut items: Vec<Item> = Vec::with_capacity(n);
        for time in &self.times {
            let counts = self.time_of(rows, time) <= rows.tau;
            for position in time.start..time.end {
                let event = if counts && position < time.middle { EVENT } else { 0 };
                let rank = rank[self.members[position] as usize];
                items.push(Item { rank, place: position as u32 | event, found: 0.0 });
            }
        }
        // what each row is compared with
        let mut compared = vec![0.0; n];
        let mut events = 0.0;
        for time in &self.times {
            let before = events;
            for position in time.start..time.middle {
                compared[position] = before;
                events += event_of(values, items[position].place) * values.weight(position as u32);
            }
            compared[time.middle..time.end].fill(events);
        }
        let mut after = 0.0;
        let mut found = compared.clone();
        for time in self.times.iter().rev() {
            for position in time.middle..time.end {
                after += values.weight(position as u32);
            }
            for position in time.start..time.middle {
                compared[position] += event_of(values, items[position].place) * after;
            }
            for position in time.start..time.middle {
                after += values.weight(position as u32);
            }
        }
        let tied = self.tied(&items, values);
        let runs: Vec<Range<usize>> = self
            .times
            .iter()
            .flat_map(|time| [time.start..time.middle, time.middle..time.end])
            .filter(|run| !run.is_empty())
            .collect();
        // ranks are those of all strata
        if V::EQUAL && n >= digits::MANY && rank.len() <= 4 * n {
            digits::count(&runs, &mut items, &mut found);
        } else {
            let mut spare = vec![Item::default(); n];
            sort_and_count(&runs, &mut items, &mut spare, values);
            for item in &items {
                found[(item.place & !EVENT) as usize] += item.found;
            }
        }
        for (position, &row) in self.members.iter().enumerate() {
            let tie = tied.get(position).copied().unwrap_or(0.0);
            pairs[row as usize].add(1.0, found[position], compared[position] - found[position] - tie, tie);
        }
    }

    fn time_of(&self, rows: &Rows<'_>, time: &Time) -> f64 {
        rows.time[self.members[time.start] as usize]
    }

    /// Weight of the comparable pairs with equal scores, by position; empty if all scores differ.
    fn tied<V: Values>(&self, items: &[Item], values: &V) -> Vec<f64> {
        let n = items.len();
        let highest = items.iter().fold(0, |highest, item| highest.max(item.rank)) as usize;
        let mut starts = vec![0_u32; highest + 2];
        for item in items {
            starts[item.rank as usize + 1] += 1;
        }
        if starts.iter().all(|&count| count <= 1) {
            return Vec::new();
        }
        for rank in 0..=highest {
            starts[rank + 1] += starts[rank];
        }
        let mut run = vec![0_u32; n];
        for (number, time) in self.times.iter().enumerate() {
            run[time.start..time.middle].fill(2 * number as u32);
            run[time.middle..time.end].fill(2 * number as u32 + 1);
        }
        let mut by_rank = vec![0_u32; n];
        let mut next = starts.clone();
        for (position, item) in items.iter().enumerate() {
            by_rank[next[item.rank as usize] as usize] = position as u32;
            next[item.rank as usize] += 1;
        }
        let mut tied = vec![0.0; n];
        for bounds in starts.windows(2) {
            let group = &by_rank[bounds[0] as usize..bounds[1] as usize];
            let of = |position: u32| event_of(values, items[position as usize].place);
            let mut events = 0.0;
            for together in group.chunk_by(|&a, &b| run[a as usize] == run[b as usize]) {
                let before = events;
                for &position in together {
                    tied[position as usize] += before;
                    events += of(position) * values.weight(position);
                }
            }
            let mut after = 0.0;
            for together in group.chunk_by(|&a, &b| run[a as usize] == run[b as usize]).rev() {
                for &position in together {
                    tied[position as usize] += of(position) * after;
                }
                for &position in together {
                    after += values.weight(position);
                }
            }
        }
        tied
    }

    /// Pairs of events at the same time, with different and with equal scores.
    pub(super) fn tied_events(&self, rows: &Rows<'_>, rank: &[u32]) -> (f64, f64) {
        let (mut different, mut same) = (0.0, 0.0);
        let mut deaths: Vec<u32> = Vec::new();
        for time in &self.times {
            if self.time_of(rows, time) > rows.tau || (time.middle - time.start < 2 && !rows.frequency) {
                continue;
            }
            deaths.clear();
            deaths.extend(&self.members[time.start..time.middle]);
            deaths.sort_by_key(|&row| rank[row as usize]);
            let mut before = 0.0;
            for tied in deaths.chunk_by(|&a, &b| rank[a as usize] == rank[b as usize]) {
                let mut weight = 0.0;
                for &row in tied {
                    let own = rows.weight(row as usize);
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

#[inline(always)]
fn event_of<V: Values>(values: &V, place: u32) -> f64 {
    if place & EVENT == 0 { 0.0 } else { values.event(place) }
}

/// Sorts consecutive runs by rank; pairs of rows of different runs are counted, those within a run are not.
fn sort_and_count<V: Values>(runs: &[Range<usize>], items: &mut [Item], spare: &mut [Item], values: &V) {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        return;
    };
    let offset = first.start;
    if runs.len() == 1 {
        items.sort_unstable_by_key(|item| item.rank);
        return;
    }
    let n = last.end - offset;
    if n <= SMALL {
        for run in runs {
            let (earlier, later) = items.split_at_mut(run.end - offset);
            for one in &mut earlier[run.start - offset..] {
                if one.place & EVENT == 0 {
                    continue;
                }
                let event = values.event(one.place);
                let own = event * values.weight(one.place);
                let mut lower = 0.0;
                for other in later.iter_mut() {
                    let is_lower = other.rank < one.rank;
                    lower += if is_lower { values.weight(other.place) } else { 0.0 };
                    other.found -= if is_lower { 0.0 } else { own };
                }
                one.found += event * lower;
            }
        }
        // ranks are few: insertion
        for i in 1..n {
            let item = items[i];
            let mut j = i;
            while j > 0 && items[j - 1].rank > item.rank {
                items[j] = items[j - 1];
                j -= 1;
            }
            items[j] = item;
        }
        return;
    }
    let half = runs.partition_point(|run| run.end - offset <= n / 2).clamp(1, runs.len() - 1);
    let cut = runs[half].start - offset;
    {
        let (left, right) = items.split_at_mut(cut);
        let (left_spare, right_spare) = spare.split_at_mut(cut);
        sort_and_count(&runs[..half], left, left_spare, values);
        sort_and_count(&runs[half..], right, right_spare, values);
    }
    merge(&items[..cut], &items[cut..], spare, values);
    items.copy_from_slice(spare);
}

fn merge<V: Values>(left: &[Item], right: &[Item], out: &mut [Item], values: &V) {
    let (mut i, mut j) = (0, 0);
    let (mut lower, mut events) = (0.0, 0.0);
    let mut places = out.iter_mut();
    while i < left.len() && j < right.len() {
        let (one, other) = (left[i], right[j]);
        let first = one.rank <= other.rank;
        let event = event_of(values, one.place);
        let item = if first { one } else { other };
        let found = if first { event * lower } else { -events };
        events += if first { event * values.weight(one.place) } else { 0.0 };
        lower += if first { 0.0 } else { values.weight(other.place) };
        i += usize::from(first);
        j += usize::from(!first);
        if let Some(place) = places.next() {
            *place = Item { found: item.found + found, ..item };
        }
    }
    for &item in &left[i..] {
        if let Some(place) = places.next() {
            *place = Item { found: item.found + event_of(values, item.place) * lower, ..item };
        }
    }
    for &item in &right[j..] {
        if let Some(place) = places.next() {
            *place = Item { found: item.found - events, ..item };
        }
    }
}
