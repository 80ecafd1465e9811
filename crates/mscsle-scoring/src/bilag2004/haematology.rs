//! The haematological system. No public copy of its table could be read: confidence M, white cells L.

use super::clinical::{Rank, with_nd};
use super::{WhiteCells, below};

/// Haematological items of one visit; NaN and -1 are not done, values not due to lupus are infinite (never low).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HaematologyItems {
    /// Item 90, g/dL.
    pub haemoglobin: f64,
    /// Item 91, 10^9/L.
    pub white_cells: f64,
    /// Item 92, 10^9/L.
    pub neutrophils: f64,
    /// Item 93, 10^9/L.
    pub lymphocytes: f64,
    /// Item 94, 10^9/L.
    pub platelets: f64,
    /// Item 95, 0 to 4.
    pub ttp: i8,
    /// Item 96.
    pub active_haemolysis: i8,
    /// Item 97.
    pub coombs_positive: i8,
}

impl HaematologyItems {
    /// Normal counts, nothing present.
    #[must_use]
    pub const fn unremarkable() -> HaematologyItems {
        HaematologyItems {
            haemoglobin: 14.0,
            white_cells: 7.0,
            neutrophils: 4.0,
            lymphocytes: 2.0,
            platelets: 250.0,
            ttp: 0,
            active_haemolysis: 0,
            coombs_positive: 0,
        }
    }
}

/// Rank of a falling count by the limits below which it is A, B and C.
fn falling(x: f64, a: f64, b: f64, c: f64, worst: bool) -> Rank {
    if x.is_nan() {
        return if !worst {
            0
        } else if a > 0.0 {
            3
        } else {
            1
        };
    }
    if below(x, a) {
        3
    } else if below(x, b) {
        2
    } else {
        u8::from(below(x, c))
    }
}

/// The table: each component with its rank.
pub(super) fn components(items: &HaematologyItems, w1: bool, worst: bool) -> [(usize, Rank); 8] {
    let (white_a, white_b) = if w1 { (0.5, 1.0) } else { (1.0, 2.0) };
    let yes = |code: i8| if code < 0 { worst } else { code == 1 };
    let ttp = match with_nd(items.ttp, if worst { 4 } else { 0 }) {
        2.. => 3,
        1 => 2,
        _ => 0,
    };
    [
        (90, falling(items.haemoglobin, 8.0, 9.0, 11.0, worst)),
        (91, falling(items.white_cells, white_a, white_b, 4.0, worst)),
        (92, falling(items.neutrophils, 0.5, 1.0, 2.0, worst)),
        (93, falling(items.lymphocytes, 0.0, 0.0, 1.0, worst)),
        (94, falling(items.platelets, 25.0, 50.0, 150.0, worst)),
        (95, ttp),
        (96, if yes(items.active_haemolysis) { 2 } else { 0 }),
        (97, u8::from(yes(items.coombs_positive))),
    ]
}

fn rank(items: &HaematologyItems, w1: bool, worst: bool) -> Rank {
    components(items, w1, worst).iter().map(|(_, rank)| *rank).max().unwrap_or(0)
}

/// Ranks: mildest and most severe for items not done, the one of the chosen cut-offs, and whether the cut-offs matter.
pub(super) struct HaematologyRanks {
    pub(super) low: Rank,
    pub(super) high: Rank,
    pub(super) variant_low: Rank,
    pub(super) variant_high: Rank,
}

/// Ranks of a visit. `low` and `high` read items not done by the chosen cut-offs; the variant bounds also span the other
/// cut-offs where none was chosen.
pub(super) fn ranks(items: &HaematologyItems, white_cells: WhiteCells) -> HaematologyRanks {
    let w1 = white_cells == WhiteCells::W1;
    let (low, high) = (rank(items, w1, false), rank(items, w1, true));
    if white_cells == WhiteCells::Unverified {
        let (other_low, other_high) = (rank(items, true, false), rank(items, true, true));
        return HaematologyRanks { low, high, variant_low: low.min(other_low), variant_high: high.max(other_high) };
    }
    HaematologyRanks { low, high, variant_low: low, variant_high: high }
}

/// Vectors of a table that could not be verified, apart so that they change together with it.
#[cfg(test)]
mod unverified_table {
    use super::*;

    const N: HaematologyItems = HaematologyItems::unremarkable();

    fn grade(items: HaematologyItems) -> char {
        let ranks = ranks(&items, WhiteCells::Unverified);
        assert_eq!(ranks.low, ranks.high);
        ['D', 'C', 'B', 'A'][usize::from(ranks.low)]
    }

    #[test]
    fn vector_44_haemoglobin() {
        let grades = [7.9, 8.0, 8.95, 9.0, 10.9, 11.0].map(|haemoglobin| grade(HaematologyItems { haemoglobin, ..N }));
        assert_eq!(grades, ['A', 'B', 'B', 'C', 'C', 'D']);
    }

    #[test]
    fn vector_45_platelets() {
        let grades = [24.0, 25.0, 49.0, 50.0, 149.0, 150.0].map(|platelets| grade(HaematologyItems { platelets, ..N }));
        assert_eq!(grades, ['A', 'B', 'B', 'C', 'C', 'D']);
    }

    #[test]
    fn vector_46_neutrophils_and_ttp() {
        let grades = [0.4, 0.7, 1.5, 2.0].map(|neutrophils| grade(HaematologyItems { neutrophils, ..N }));
        assert_eq!(grades, ['A', 'B', 'C', 'D']);
        assert_eq!([1, 2].map(|ttp| grade(HaematologyItems { ttp, ..N })), ['B', 'A']);
    }

    #[test]
    fn vector_47_white_cells_where_both_cut_offs_agree() {
        assert_eq!(grade(HaematologyItems { white_cells: 3.2, ..N }), 'C');
        assert_eq!(grade(HaematologyItems { white_cells: 0.4, neutrophils: 0.3, ..N }), 'A');
    }

    #[test]
    fn vector_48_white_cells_where_the_cut_offs_differ() {
        let items = HaematologyItems { white_cells: 1.5, neutrophils: 1.1, ..N };
        let both = ranks(&items, WhiteCells::Unverified);
        assert_eq!((both.low, both.variant_low, both.variant_high), (2, 1, 2), "value B, bounds C to B");
        assert_eq!(ranks(&items, WhiteCells::W1).low, 1);
    }
}
