//! The seven systems graded from clinical items alone.

use crate::why::Confidence;

/// The sets of a system: item numbers as on the form of 2009.
pub(super) struct ItemSets {
    /// Items that give A when present and B when improving.
    pub(super) a: &'static [usize],
    /// Items that give B when present and C when improving.
    pub(super) b: &'static [usize],
    /// Items that give C.
    pub(super) c: &'static [usize],
    /// How well membership is supported.
    pub(super) confidence: Confidence,
}

/// Systems 2 to 7 in the order of the form.
pub(super) const SETS: [ItemSets; 6] = [
    ItemSets { a: &[5, 7, 9, 11, 13], b: &[6, 12, 14, 15], c: &[8, 10, 16, 17, 18], confidence: Confidence::Medium },
    ItemSets {
        a: &[19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31, 36],
        b: &[30, 32, 33, 34, 35, 37, 38],
        c: &[],
        confidence: Confidence::Medium,
    },
    ItemSets { a: &[39, 41], b: &[40, 42], c: &[43], confidence: Confidence::High },
    ItemSets { a: &[45, 46, 47, 49, 50, 51, 52, 53, 54, 55], b: &[44, 48], c: &[], confidence: Confidence::Medium },
    ItemSets { a: &[56, 58, 61, 63, 64], b: &[57, 59, 60, 62], c: &[], confidence: Confidence::High },
    ItemSets { a: &[65, 66, 69, 72, 74, 76, 77], b: &[67, 68, 70, 73], c: &[71, 75], confidence: Confidence::High },
];

/// Activity as a rank: 0 inactive, 1 C, 2 B, 3 A.
pub(super) type Rank = u8;

/// The code in which ND is replaced.
pub(super) fn with_nd(code: i8, nd: i8) -> i8 {
    if code < 0 { nd } else { code }
}

/// Rank of the constitutional system (items 1 to 4) with ND read as `nd`.
pub(super) fn constitutional(items: [i8; 4], nd: i8) -> Rank {
    let [pyrexia, others @ ..] = items.map(|code| with_nd(code, nd));
    let active = others.iter().filter(|&&code| code >= 2).count();
    if pyrexia >= 2 && active >= 2 {
        3
    } else if pyrexia >= 2 || active >= 2 {
        2
    } else if pyrexia == 1 || others.iter().any(|&code| code > 0) {
        1
    } else {
        0
    }
}

/// Rank of systems 2 to 7 (`system` 0 to 5 here) with ND read as `nd`; `item` gives the code of an item number.
pub(super) fn by_sets(system: usize, item: impl Fn(usize) -> i8, nd: i8) -> Rank {
    let sets = &SETS[system];
    let any = |items: &[usize], test: fn(i8) -> bool| items.iter().any(|&n| test(with_nd(item(n), nd)));
    if any(sets.a, |code| code >= 2) {
        3
    } else if any(sets.a, |code| code == 1) || any(sets.b, |code| code >= 2) {
        2
    } else if any(sets.b, |code| code == 1) || any(sets.c, |code| code > 0) {
        1
    } else {
        0
    }
}

/// Rows in registers at a time.
pub(super) const LANES: usize = 64;

/// Ranks of one block of rows: with ND as not present and as new.
pub(super) struct Ranks {
    pub(super) low: [Rank; LANES],
    pub(super) high: [Rank; LANES],
}

impl Ranks {
    #[inline(always)]
    fn new() -> Ranks {
        Ranks { low: [0; LANES], high: [0; LANES] }
    }
}

/// The rank that a code of 2 to 4 gives, and the one of 1, for one set.
#[inline(always)]
fn raise(ranks: &mut Ranks, codes: &[i8; LANES], present: Rank, improving: Rank) {
    let Ranks { low, high } = ranks;
    for ((&code, low), high) in codes.iter().zip(low).zip(high) {
        let known = if code >= 2 {
            present
        } else if code == 1 {
            improving
        } else {
            0
        };
        let worst = if code < 0 { present } else { known };
        *low = (*low).max(known);
        *high = (*high).max(worst);
    }
}

/// [`by_sets`] over a block of rows.
#[inline(always)]
pub(super) fn block_by_sets(system: usize, block: impl Fn(usize) -> [i8; LANES]) -> Ranks {
    let mut ranks = Ranks::new();
    let sets = &SETS[system];
    for &item in sets.a {
        raise(&mut ranks, &block(item), 3, 2);
    }
    for &item in sets.b {
        raise(&mut ranks, &block(item), 2, 1);
    }
    for &item in sets.c {
        raise(&mut ranks, &block(item), 1, 1);
    }
    ranks
}

/// [`constitutional`] over a block of rows.
#[inline(always)]
pub(super) fn block_constitutional(block: impl Fn(usize) -> [i8; LANES]) -> Ranks {
    let mut ranks = Ranks::new();
    let items = [block(1), block(2), block(3), block(4)];
    for (i, (low, high)) in ranks.low.iter_mut().zip(&mut ranks.high).enumerate() {
        let row = items.map(|item| item[i]);
        *low = constitutional(row, 0);
        *high = constitutional(row, 4);
    }
    ranks
}
