//! SLEDAI items given their weighted total.

use crate::{Draws, SimError};
use mscsle_domain::{SLEDAI_ITEMS, SLEDAI_WEIGHTS};

/// Number of descriptors.
pub const N_ITEMS: usize = 24;

/// Presence of each of the 24 SLEDAI descriptors, in the order of [`mscsle_domain::SLEDAI_ITEMS`].
pub type Items = [bool; N_ITEMS];

/// Position of a descriptor.
pub(crate) const fn item(name: &str) -> usize {
    let mut position = 0;
    while position < N_ITEMS {
        if same(SLEDAI_ITEMS[position].as_bytes(), name.as_bytes()) {
            return position;
        }
        position += 1;
    }
    N_ITEMS
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The weighted total of a set of items.
#[must_use]
pub fn total(items: &Items) -> u32 {
    items.iter().zip(SLEDAI_WEIGHTS).map(|(on, weight)| u32::from(*on) * u32::from(weight)).sum()
}

/// Draws items from independent Bernoulli(`p`) conditioned on their weighted total, exactly.
///
/// ```text
/// f_k(s) = P(items k.. add to s) = (1 - p_k) f_{k+1}(s) + p_k f_{k+1}(s - w_k)
/// ```
///
/// Items are then drawn forward with probability p_k f_{k+1}(s - w_k) / f_k(s). A probability of 0 or 1 forces an item.
///
/// # Errors
/// [`SimError::NoItems`] when no allowed set of items adds to the total.
///
/// # Examples
/// ```
/// use mscsle_sim::{Draws, items_given_total, sledai_total};
/// let items = items_given_total(13, &[0.2; 24], &mut Draws::new(1, 0, 0))?;
/// assert_eq!(sledai_total(&items), 13);
/// # Ok::<(), mscsle_sim::SimError>(())
/// ```
pub fn items_given_total(total: u32, p: &[f64; N_ITEMS], draws: &mut Draws) -> Result<Items, SimError> {
    let size = total as usize + 1;
    // reach[k][s]: probability that items k and later add to s
    let mut reach = vec![vec![0.0_f64; size]; N_ITEMS + 1];
    reach[N_ITEMS][0] = 1.0;
    for k in (0..N_ITEMS).rev() {
        let weight = usize::from(SLEDAI_WEIGHTS[k]);
        for s in 0..size {
            let without = (1.0 - p[k]) * reach[k + 1][s];
            let with = if s >= weight { p[k] * reach[k + 1][s - weight] } else { 0.0 };
            reach[k][s] = without + with;
        }
    }
    if reach[0][size - 1] <= 0.0 {
        return Err(SimError::NoItems { total });
    }
    let mut items = [false; N_ITEMS];
    let mut left = size - 1;
    for k in 0..N_ITEMS {
        let weight = usize::from(SLEDAI_WEIGHTS[k]);
        let with = if left >= weight { p[k] * reach[k + 1][left - weight] } else { 0.0 };
        let without = (1.0 - p[k]) * reach[k + 1][left];
        // u < with / (with + without), and never an item that cannot be completed
        if with > 0.0 && (without <= 0.0 || draws.uniform() * (with + without) < with) {
            items[k] = true;
            left -= weight;
        }
    }
    Ok(items)
}

/// Whether a total can be reached when some items are decided; an undecided item may be present or absent.
pub(crate) fn attainable(total: u32, decided: &[Option<bool>; N_ITEMS]) -> bool {
    let mut reached = [false; 106];
    reached[0] = true;
    for (fixed, weight) in decided.iter().zip(SLEDAI_WEIGHTS) {
        let weight = usize::from(weight);
        for s in (0..reached.len()).rev() {
            let with = s >= weight && reached[s - weight];
            reached[s] = match fixed {
                Some(true) => with,
                Some(false) => reached[s],
                None => reached[s] || with,
            };
        }
    }
    reached.get(total as usize).copied().unwrap_or(false)
}

/// Probabilities from odds: base odds times `scale`, times 9 where the item was present before, divided by 3 where not.
pub(crate) fn persistent_odds(base: &[f64; N_ITEMS], scale: f64, before: Option<&Items>) -> [f64; N_ITEMS] {
    let mut out = [0.0; N_ITEMS];
    for (k, p) in out.iter_mut().enumerate() {
        let mut odds = base[k] / (1.0 - base[k]) * scale;
        if let Some(before) = before {
            odds *= if before[k] { 9.0 } else { 1.0 / 3.0 };
        }
        *p = odds / (1.0 + odds);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_total_from_0_to_105_can_be_drawn() {
        let mut draws = Draws::new(9, 0, 0);
        for wanted in 0..=105 {
            assert_eq!(total(&items_given_total(wanted, &[0.3; N_ITEMS], &mut draws).unwrap()), wanted);
        }
        assert!(items_given_total(106, &[0.3; N_ITEMS], &mut draws).is_err());
    }

    #[test]
    fn forced_items_are_obeyed_or_refused() {
        let mut p = [0.3; N_ITEMS];
        p[item("proteinuria")] = 1.0;
        p[item("rash")] = 0.0;
        let mut draws = Draws::new(9, 0, 1);
        for _ in 0..100 {
            let x = items_given_total(8, &p, &mut draws).unwrap();
            assert!(x[item("proteinuria")] && !x[item("rash")]);
        }
        assert!(matches!(items_given_total(3, &p, &mut draws), Err(SimError::NoItems { total: 3 })));
    }

    #[test]
    fn conditional_frequencies_are_those_of_the_conditional_law() {
        // Total 2 by one of two items with odds 3 : 1, everything else off.
        let mut p = [0.0; N_ITEMS];
        p[item("rash")] = 0.75;
        p[item("alopecia")] = 0.5;
        let mut draws = Draws::new(9, 0, 2);
        let n = 20_000;
        let rash = (0..n).filter(|_| items_given_total(2, &p, &mut draws).unwrap()[item("rash")]).count();
        assert!((rash as f64 / f64::from(n) - 0.75).abs() < 0.015);
    }
}
