//! Letters, items and laboratory values of one visit of a lupus patient.

use super::rules::{Letter, Letters, State, count, msct_state};
use crate::items::{Items, N_ITEMS, item, items_given_total, persistent_odds};
use crate::record::Values;
use crate::{Draws, SimError};

/// Assumed frequency of activity (A or B) by system.
const ACTIVE: [f64; 8] = [0.35, 0.45, 0.10, 0.40, 0.15, 0.20, 0.80, 0.45];
/// Position of the renal system.
const RENAL: usize = 6;

/// Assumed frequency of each descriptor, before it is conditioned on the total.
const ITEM_FREQUENCY: [f64; N_ITEMS] = [
    0.02, 0.02, 0.02, 0.01, 0.005, 0.02, 0.01, 0.10, 0.35, 0.03, 0.20, 0.45, 0.60, 0.25, 0.40, 0.25, 0.15, 0.08, 0.06,
    0.70, 0.60, 0.12, 0.15, 0.15,
];

/// The eight descriptors of eight points.
pub(super) const EIGHT_POINTS: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// Letters at baseline: at least two systems with A or B, so that every later state can be reached.
pub(super) fn baseline_letters(nephritis: Option<bool>, draws: &mut Draws) -> Letters {
    loop {
        let mut letters = [Letter::E; 8];
        let mut active = 0;
        for (k, letter) in letters.iter_mut().enumerate() {
            let mut on = draws.chance(ACTIVE[k]);
            if let (RENAL, Some(nephritis)) = (k, nephritis) {
                on = nephritis;
            }
            active += usize::from(on);
            *letter = if on {
                if draws.chance(0.25) { Letter::A } else { Letter::B }
            } else {
                [Letter::C, Letter::D, Letter::E][draws.weighted(&[0.3, 0.3, 0.4])]
            };
        }
        if active >= 2 {
            return letters;
        }
    }
}

fn lowered(letter: Letter, draws: &mut Draws) -> Letter {
    match letter {
        Letter::A | Letter::B => Letter::C,
        Letter::C if draws.chance(0.5) => Letter::D,
        other => other,
    }
}

/// Letters of a visit in a state, from those at baseline; `best` holds those of the best response so far.
///
/// `None` when fifty draws miss the state.
pub(super) fn letters_in(
    state: State,
    baseline: &Letters,
    best: Option<&Letters>,
    draws: &mut Draws,
) -> Option<Letters> {
    let active: Vec<usize> = (0..8).filter(|&k| baseline[k].active()).collect();
    for _ in 0..50 {
        let mut x = *baseline;
        match state {
            State::Complete => x = x.map(|l| lowered(l, draws)),
            State::Partial => {
                let kept = best
                    .filter(|b| count(b, Letter::B) == 1)
                    .and_then(|b| b.iter().position(|l| *l == Letter::B))
                    .unwrap_or_else(|| active[draws.below(active.len())]);
                x = x.map(|l| lowered(l, draws));
                x[kept] = Letter::B;
            }
            State::None => {
                x = x.map(|l| match l {
                    Letter::A if draws.chance(0.5) => Letter::B,
                    Letter::B if draws.chance(0.25) => lowered(l, draws),
                    other => other,
                });
            }
        }
        if msct_state(baseline, &x) == state {
            return Some(x);
        }
    }
    None
}

/// Letters of a patient who stays in a state: C may become D, an A without response may become B.
pub(super) fn settled(before: &Letters, baseline: &Letters, state: State, draws: &mut Draws) -> Letters {
    for _ in 0..50 {
        let x = before.map(|l| match l {
            Letter::C if draws.chance(0.35) => Letter::D,
            Letter::A if state == State::None && draws.chance(0.4) => Letter::B,
            other => other,
        });
        if msct_state(baseline, &x) == state {
            return x;
        }
    }
    *before
}

/// Letters at a relapse: one new A, or two new B, against those of the best response.
pub(super) fn relapse_letters(best: &Letters, new_a: bool, draws: &mut Draws) -> Letters {
    let mut x = *best;
    if new_a {
        x[[RENAL, 1, 7][draws.below(3)]] = Letter::A;
    } else {
        let mut quiet: Vec<usize> = (0..8).filter(|&k| !best[k].active()).collect();
        draws.shuffle(&mut quiet);
        for k in quiet.into_iter().take(2) {
            x[k] = Letter::B;
        }
    }
    x
}

/// How the items of a visit are drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct ItemOptions<'a> {
    pub(super) scale: f64,
    pub(super) before: Option<&'a Items>,
    /// Proteinuria item forced on or off.
    pub(super) proteinuria: Option<bool>,
    /// Items that must be absent.
    pub(super) absent: &'a [usize],
}

pub(super) fn items(total: u32, options: &ItemOptions<'_>, draws: &mut Draws) -> Result<Items, SimError> {
    let mut p = persistent_odds(&ITEM_FREQUENCY, options.scale, options.before);
    if let Some(on) = options.proteinuria {
        p[item("proteinuria")] = f64::from(u8::from(on));
    }
    for &k in options.absent {
        p[k] = 0.0;
    }
    items_given_total(total, &p, draws)
}

/// Values on the side of each cut that the items say; `good` in 0 to 1 shifts the free part of their range.
pub(super) fn labs(day: i64, items: &Items, protein: Option<i64>, good: f64, draws: &mut Draws) -> Values {
    let on = |name: &str| items[item(name)];
    let shifted = |base: f64, gain: f64| libm::round(base + gain * good) as i64;
    let protein = protein.unwrap_or_else(|| {
        if on("proteinuria") {
            libm::round(52.0 + 130.0 * (1.0 - 0.6 * good) * draws.gamma(1.6)) as i64
        } else {
            draws.integer(5, shifted(50.0, -25.0))
        }
    });
    let red_cells = if on("haematuria") { draws.integer(6, 39) } else { draws.integer(0, 5) };
    let white_cells = if on("pyuria") { draws.integer(6, 24) } else { draws.integer(0, 5) };
    let casts = if on("urinary_casts") { draws.integer(1, 3) } else { 0 };
    let (c3, c4) = if on("low_complement") {
        (draws.integer(shifted(35.0, 20.0), 79), draws.integer(4, 9))
    } else {
        (draws.integer(80, shifted(110.0, 20.0)), draws.integer(11, 30))
    };
    let platelets =
        if on("thrombocytopenia") { draws.integer(30, 99) } else { draws.integer(100, shifted(220.0, 60.0)) };
    let leucocytes = if on("leukopenia") { draws.integer(12, 29) } else { draws.integer(30, shifted(70.0, 20.0)) };
    let grams = protein as f64 / 100.0;
    let albumin = 40.0 + 2.0 * good - 3.0 * libm::exp(0.8 * libm::log(grams)) + 2.5 * draws.normal();
    Values {
        day,
        protein,
        creatinine: libm::round(72.0 * libm::exp(0.22 * draws.normal())) as i64,
        red_cells,
        white_cells,
        casts,
        albumin: libm::round(10.0 * albumin.clamp(16.0, 49.0)) as i64,
        c3,
        c4,
        platelets: Some(platelets),
        leucocytes: Some(leucocytes),
    }
}

/// Prednisone in 0.1 mg: a share of the dose to the nearest 2.5 mg, at least `least`.
pub(super) fn tapered(dose: i64, share: f64, least: i64) -> i64 {
    (libm::round(dose as f64 * share / 25.0) as i64 * 25).max(least)
}
