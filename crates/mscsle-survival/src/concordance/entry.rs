//! Pairs of rows with delayed entry, counted with balanced sums.

use std::ops::Range;

use super::{Pairs, Rows};

/// One stratum: rows by ascending time, groups of equal times, rank of each row's score, rows by ascending entry.
pub(super) struct Stratum<'a> {
    members: &'a [usize],
    groups: Vec<Range<usize>>,
    rank: Vec<usize>,
    ranks: usize,
    /// Positions in `members`.
    by_entry: Vec<usize>,
}

impl<'a> Stratum<'a> {
    pub(super) fn new(rows: &Rows<'_>, members: &'a [usize]) -> Self {
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
        group.clone().filter(move |&position| rows.counts(self.members[position]) == event)
    }

    /// From the last time to the first: each event against the rows at risk.
    pub(super) fn compare_events(&self, rows: &Rows<'_>, pairs: &mut [Pairs]) {
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
            }
            for position in self.positions(rows, group, true) {
                at_risk.add(self.rank[position], rows.weight(self.members[position]));
            }
        }
    }

    /// From the first time to the last: each row against the events while it was at risk.
    pub(super) fn compare_with_earlier_events(&self, rows: &Rows<'_>, pairs: &mut [Pairs]) {
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
