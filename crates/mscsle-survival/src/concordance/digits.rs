//! Pairs of many rows of equal weight, counted digit by digit of the rank.
//!
//! Rows come in order of time with ranks that are all different. How many rows before one have a lower rank is the number
//! of them with a lower first digit, which counters of 1,024 digits tell at once, and among those with the same first
//! digit, put aside in their order, those with a lower second digit, and so on: two passes for a million rows, each of them
//! over memory in order.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::merge::{EVENT, Item};

/// Rows from which on this pays.
pub(super) const MANY: usize = 4096;
/// Bits of a digit.
const BITS: u32 = 10;
/// Digits are counted in this many groups of this many.
const GROUP: usize = 32;
/// All ones in the places after each.
const AFTER: [[u64; GROUP]; GROUP] = {
    let mut after = [[0; GROUP]; GROUP];
    let mut i = 0;
    while i < GROUP {
        let mut j = i + 1;
        while j < GROUP {
            after[i][j] = u64::MAX;
            j += 1;
        }
        i += 1;
    }
    after
};

/// A row on its way through the digits.
#[derive(Clone, Copy, Default)]
struct Row {
    /// Its rank, different from all others.
    key: u32,
    /// Its position, and whether it is an event that counts.
    place: u32,
    /// Rows before it with lower ranks in the low half, events among them in the high half.
    lower: u64,
}

/// Adds the concordant pairs of each row, by position; `found` holds the number of events each row is compared with.
///
/// A pair counts for an event if a row of a later run has a lower rank, and for any row if an event of an earlier run has
/// a higher one.
pub(super) fn count(runs: &[Range<usize>], items: &mut [Item], found: &mut [f64]) {
    let n = items.len();
    let highest = items.iter().fold(0, |highest, item| highest.max(item.rank)) as usize;
    // next key of each rank: first those of lower ranks, then within a rank by run
    let mut next = vec![0_u32; highest + 2];
    for item in items.iter() {
        next[item.rank as usize + 1] += 1;
    }
    for rank in 0..=highest {
        next[rank + 1] += next[rank];
    }
    let mut rows = vec![Row::default(); n];
    for run in runs {
        let members = &mut items[run.clone()];
        if members.len() > 1 {
            // rows of one run are not compared: with descending ranks none sees another
            members.sort_unstable_by_key(|item| std::cmp::Reverse(item.rank));
        }
        let mut end = run.end;
        while end > run.start {
            let rank = items[end - 1].rank;
            let first_key = next[rank as usize];
            let block_end = end;
            while end > run.start && items[end - 1].rank == rank {
                end -= 1;
                let place = items[end].place;
                rows[end] = Row { key: next[rank as usize], place, lower: 0 };
                next[rank as usize] += 1;
                if place & EVENT != 0 {
                    // rows of lower rank, and those of this rank in earlier runs, which `lower` takes away again
                    let in_run = run.end - block_end;
                    found[(place & !EVENT) as usize] += f64::from(first_key) - in_run as f64;
                }
            }
        }
    }
    let digits = (n as u64).ilog2() / BITS;
    let mut spare = if digits > 0 { vec![Row::default(); n] } else { Vec::new() };
    Arch::new().dispatch(Pass { rows: &mut rows, spare: &mut spare, shift: digits * BITS, found });
}

/// One digit of all rows, and those after it.
struct Pass<'a> {
    rows: &'a mut [Row],
    spare: &'a mut [Row],
    shift: u32,
    found: &'a mut [f64],
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, spare, shift, found } = self;
        let mut counters = Counters::new();
        if shift == 0 {
            last_digit(rows, found, &mut counters);
            return;
        }
        digit(rows, spare, shift, &mut counters);
        if shift == BITS {
            for bucket in spare.chunks_mut(1 << BITS) {
                last_digit(bucket, found, &mut counters);
            }
            return;
        }
        for (bucket, room) in spare.chunks_mut(1 << shift).zip(rows.chunks_mut(1 << shift)) {
            digit(bucket, room, shift - BITS, &mut counters);
            // at most three digits: there are fewer than 2^30 rows
            for bucket in room.chunks_mut(1 << BITS) {
                last_digit(bucket, found, &mut counters);
            }
        }
    }
}

/// Counts by one digit and puts rows of the same digit together, in their order.
#[inline(always)]
fn digit(rows: &[Row], out: &mut [Row], shift: u32, counters: &mut Counters) {
    counters.clear();
    let mask = (1_u32 << (shift + BITS)) - 1;
    // keys are a permutation, so that a digit's place is known
    let mut next = [0_u32; 1 << BITS];
    for (digit, next) in next.iter_mut().enumerate() {
        *next = (digit as u32) << shift;
    }
    for row in rows {
        let digit = ((row.key & mask) >> shift) as usize;
        let place = &mut next[digit];
        out[*place as usize] = Row { lower: row.lower + counters.below(digit), ..*row };
        *place += 1;
        counters.add(digit, row.place);
    }
}

/// Counts by the last digit, and gives the pairs to the rows.
#[inline(always)]
fn last_digit(rows: &[Row], found: &mut [f64], counters: &mut Counters) {
    counters.clear();
    for row in rows {
        let digit = (row.key & ((1 << BITS) - 1)) as usize;
        let lower = row.lower + counters.below(digit);
        counters.add(digit, row.place);
        let (rows, events) = (lower & u64::from(u32::MAX), lower >> 32);
        let rows = if row.place & EVENT == 0 { 0 } else { rows };
        found[(row.place & !EVENT) as usize] -= (rows + events) as f64;
    }
}

/// How many rows have a lower digit.
struct Counters {
    /// Per group: those of lower groups.
    groups: [u64; GROUP],
    /// Per digit: those of lower digits of the group.
    digits: Box<[[u64; GROUP]; GROUP]>,
}

impl Counters {
    fn new() -> Self {
        Self { groups: [0; GROUP], digits: Box::new([[0; GROUP]; GROUP]) }
    }

    #[inline(always)]
    fn clear(&mut self) {
        self.groups = [0; GROUP];
        *self.digits = [[0; GROUP]; GROUP];
    }

    #[inline(always)]
    fn below(&self, digit: usize) -> u64 {
        let (group, within) = (digit / GROUP % GROUP, digit % GROUP);
        self.groups[group] + self.digits[group][within]
    }

    #[inline(always)]
    fn add(&mut self, digit: usize, place: u32) {
        let (group, within) = (digit / GROUP % GROUP, digit % GROUP);
        let one = 1 | (u64::from(place >> 31) << 32);
        for (count, after) in self.groups.iter_mut().zip(&AFTER[group]) {
            *count += one & after;
        }
        for (count, after) in self.digits[group].iter_mut().zip(&AFTER[within]) {
            *count += one & after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count_as_a_tree_of_sums_does() {
        let n = (1 << (2 * BITS)) + 4567;
        let ranks: Vec<u32> = (0..n).map(|i| ((i * 7919) % n) as u32 + 1).collect();
        let is_event = |i: usize| !i.is_multiple_of(3);
        let mut items: Vec<Item> = (0..n)
            .map(|i| Item { rank: ranks[i], place: i as u32 | if is_event(i) { EVENT } else { 0 }, found: 0.0 })
            .collect();
        let runs: Vec<Range<usize>> = (0..n).map(|i| i..i + 1).collect();
        let mut found = vec![0.0; n];
        count(&runs, &mut items, &mut found);
        // sums of rows and of events by rank
        let mut tree = vec![(0_u32, 0_u32); n + 2];
        for i in 0..n {
            let (mut rows, mut events) = (0, 0);
            let mut at = ranks[i] as usize;
            while at > 0 {
                rows += tree[at].0;
                events += tree[at].1;
                at &= at - 1;
            }
            let lower = if is_event(i) { f64::from(ranks[i] - 1) - f64::from(rows) } else { 0.0 };
            assert_eq!(found[i], lower - f64::from(events), "row {i}");
            at = ranks[i] as usize;
            while at <= n {
                tree[at].0 += 1;
                tree[at].1 += u32::from(is_event(i));
                at += at & at.wrapping_neg();
            }
        }
    }
}
