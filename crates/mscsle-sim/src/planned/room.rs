//! Totals that leave room for decided items.

use crate::items::{N_ITEMS, attainable};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Items decided for a subject.
pub(super) type Decided = [Option<bool>; N_ITEMS];

/// Exchanges totals between subjects until every subject's total can be reached with its decided items.
///
/// A subject that does not fit takes the total of another, who takes that of a third, and so on, until one can use the total
/// that was given up first (a shortest augmenting path), with totals close to the own tried first. False when there is no such
/// chain: then no way of handing out these totals fits.
pub(super) fn make_room(totals: &mut [u32], decided: &[Decided]) -> bool {
    let mut kinds: Vec<&Decided> = Vec::new();
    let kind: Vec<usize> = decided
        .iter()
        .map(|d| {
            kinds.iter().position(|k| *k == d).unwrap_or_else(|| {
                kinds.push(d);
                kinds.len() - 1
            })
        })
        .collect();
    let fits: Vec<Vec<bool>> = kinds.iter().map(|d| (0..=105).map(|t| attainable(t, d)).collect()).collect();
    let fit = |kind: usize, total: u32| fits[kind].get(total as usize).copied().unwrap_or(false);
    // subjects that hold the same total and have the same items decided are interchangeable
    let mut holders: BTreeMap<(usize, u32), Vec<usize>> = BTreeMap::new();
    let mut unfit = Vec::new();
    for (i, &total) in totals.iter().enumerate() {
        if fit(kind[i], total) {
            holders.entry((kind[i], total)).or_default().push(i);
        } else {
            unfit.push(i);
        }
    }
    for i in unfit {
        let released = totals[i];
        let mut from: BTreeMap<(usize, u32), Option<(usize, u32)>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::new();
        let mut end = None;
        let mut reach = |giver: Option<(usize, u32)>, needs: usize, queue: &mut VecDeque<(usize, u32)>| {
            let mut next: Vec<(usize, u32)> = holders
                .iter()
                .filter(|(node, members)| !members.is_empty() && fit(needs, node.1) && !seen.contains(*node))
                .map(|(node, _)| *node)
                .collect();
            next.sort_by_key(|(_, total)| total.abs_diff(released));
            for node in next {
                seen.insert(node);
                from.insert(node, giver);
                queue.push_back(node);
            }
        };
        reach(None, kind[i], &mut queue);
        while let Some(node) = queue.pop_front() {
            if fit(node.0, released) {
                end = Some(node);
                break;
            }
            reach(Some(node), node.0, &mut queue);
        }
        let Some(mut node) = end else { return false };
        // hand the totals along the chain, from its end to the subject that did not fit
        let mut taken = released;
        loop {
            let Some(j) = holders.get_mut(&node).and_then(Vec::pop) else { return false };
            totals[j] = taken;
            holders.entry((kind[j], taken)).or_default().push(j);
            taken = node.1;
            match from.get(&node).copied().flatten() {
                Some(before) => node = before,
                None => break,
            }
        }
        totals[i] = taken;
        holders.entry((kind[i], taken)).or_default().push(i);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::item;

    fn decided(items: &[(&str, bool)]) -> Decided {
        let mut out = [None; N_ITEMS];
        for (name, on) in items {
            out[item(name)] = Some(*on);
        }
        out
    }

    #[test]
    fn totals_move_along_a_chain_when_no_pair_can_exchange() {
        // 1: needs 4 points, holds 2; 2: holds 4, cannot use 2 (needs 3 at least); 3: holds 3, can use 2.
        let only = |on: &[&str]| {
            let mut all: Vec<(&str, bool)> = mscsle_domain::SLEDAI_ITEMS.iter().map(|name| (*name, false)).collect();
            for (name, value) in &mut all {
                *value = on.contains(name);
            }
            decided(&all)
        };
        let first = decided(&[("proteinuria", true)]);
        let second = decided(&[("rash", true), ("fever", true)]);
        let third = decided(&[("rash", true)]);
        let mut totals = [2, 4, 3];
        let kinds = [first, second, third];
        assert!(make_room(&mut totals, &kinds));
        assert_eq!(totals, [4, 3, 2]);
        // and a subject whose only total is not there cannot be helped
        let mut totals = [2, 4];
        assert!(!make_room(&mut totals, &[only(&["seizure"]), decided(&[])]));
    }
}
