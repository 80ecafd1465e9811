//! Clinical response and relapse of the lupus cohorts, on letters, scores, doses and values alone.
//!
//! The readings are those of the definitions `msct_state` (Wang 2014, abstract 1409) and `sat0244`; the reports themselves do
//! not state their rules. They stand here because a relapse, for which there is no definition, needs the states visit by
//! visit while a patient is drawn; tests hold the finished cohorts against the definitions.

use crate::items::{Items, item};
use crate::record::Values;
use mscsle_domain::SLEDAI_WEIGHTS;

/// Classic BILAG systems in the order of [`Letters`].
pub(crate) const SYSTEMS: [&str; 8] = [
    "general",
    "mucocutaneous",
    "neurological",
    "musculoskeletal",
    "cardiorespiratory",
    "vasculitis",
    "renal",
    "haematological",
];

/// A letter, most active first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Letter {
    A,
    B,
    C,
    D,
    E,
}

impl Letter {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Letter::A => "A",
            Letter::B => "B",
            Letter::C => "C",
            Letter::D => "D",
            Letter::E => "E",
        }
    }

    pub(crate) fn active(self) -> bool {
        self <= Letter::B
    }

    /// A greater activity counts more; D and E count the same.
    fn activity(self) -> u8 {
        match self {
            Letter::A => 3,
            Letter::B => 2,
            Letter::C => 1,
            Letter::D | Letter::E => 0,
        }
    }

    /// Points of the classic 9/3/1/0 coding.
    pub(crate) fn points(self) -> i64 {
        match self {
            Letter::A => 9,
            Letter::B => 3,
            Letter::C => 1,
            Letter::D | Letter::E => 0,
        }
    }
}

/// One letter a system.
pub(crate) type Letters = [Letter; 8];

/// Number of systems with a letter.
pub(crate) fn count(letters: &Letters, letter: Letter) -> usize {
    letters.iter().filter(|l| **l == letter).count()
}

/// State of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    None,
    Partial,
    Complete,
}

/// One visit as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SleVisit {
    pub(crate) month: i64,
    pub(crate) values: Values,
    pub(crate) letters: Letters,
    pub(crate) items: Items,
    pub(crate) total: u32,
    /// Prednisone, 0.1 mg a day.
    pub(crate) prednisone: i64,
}

/// Systems with a new A, and with a new B (from C, D or E).
fn new_activity(now: &Letters, reference: &Letters) -> (usize, usize) {
    let pairs = || now.iter().zip(reference);
    (
        pairs().filter(|(n, r)| **n == Letter::A && **r != Letter::A).count(),
        pairs().filter(|(n, r)| **n == Letter::B && !r.active()).count(),
    )
}

/// Complete: no A or B. Partial: no A, exactly one B that is not new, and a baseline A or B that improved.
pub(crate) fn msct_state(baseline: &Letters, now: &Letters) -> State {
    if count(now, Letter::A) > 0 {
        return State::None;
    }
    match count(now, Letter::B) {
        0 => State::Complete,
        1 => {
            let improved = now.iter().zip(baseline).any(|(n, b)| b.active() && n.activity() < b.activity());
            if new_activity(now, baseline).1 == 0 && improved { State::Partial } else { State::None }
        }
        _ => State::None,
    }
}

/// Complete: clinical SLEDAI 0 with prednisone at most 10 mg. Partial: SLEDAI at most half of baseline and at most 6, no A.
pub(crate) fn clinical_state(baseline: &SleVisit, now: &SleVisit) -> State {
    let clinical: u32 = now
        .items
        .iter()
        .zip(SLEDAI_WEIGHTS)
        .enumerate()
        .filter(|(k, _)| *k != item("low_complement") && *k != item("increased_dna_binding"))
        .map(|(_, (on, weight))| u32::from(*on) * u32::from(weight))
        .sum();
    if clinical == 0 && now.prednisone <= 100 {
        State::Complete
    } else if 2 * now.total <= baseline.total && now.total <= 6 && count(&now.letters, Letter::A) == 0 {
        State::Partial
    } else {
        State::None
    }
}

/// Position of the visit with the first relapse after a response.
///
/// A relapse is a new A or two new B against the best response so far (best state; ties by lower SLEDAI, then earlier),
/// SLEDAI at least 4 above its lowest with more prednisone than at the visit before, or a renal flare.
pub(crate) fn relapse(visits: &[SleVisit], states: &[State]) -> Option<usize> {
    let mut best: Option<usize> = None;
    let mut first_day = None;
    let mut lowest = visits.first()?.total;
    for (k, visit) in visits.iter().enumerate().skip(1) {
        if let (Some(best), Some(first_day)) = (best, first_day) {
            let (new_a, new_b) = new_activity(&visit.letters, &visits[best].letters);
            let escalated = visit.prednisone > visits[k - 1].prednisone;
            let renal = || renal_flare(&visits[..=k], first_day);
            if new_a >= 1 || new_b >= 2 || (visit.total >= lowest + 4 && escalated) || renal() {
                return Some(k);
            }
        }
        if states[k] != State::None {
            let better =
                best.is_none_or(|b| states[k] > states[b] || (states[k] == states[b] && visit.total < visits[b].total));
            if better {
                best = Some(k);
            }
            first_day = first_day.or(Some(visit.values.day));
        }
        lowest = lowest.min(visit.total);
    }
    None
}

/// Whether the last of these visits is a renal flare after a first response (`maintain2010`): new nephrotic syndrome,
/// creatinine up by a third within 31 days, or low-grade protein tripled within 92 days with haematuria and a fall of C3.
fn renal_flare(visits: &[SleVisit], first_response: i64) -> bool {
    let nephrotic = |v: &Values| v.protein >= 300 && v.albumin < 350;
    let after: Vec<&Values> = visits.iter().map(|v| &v.values).filter(|v| v.day >= first_response).collect();
    let Some((now, earlier)) = after.split_last() else { return false };
    let Some(before) = earlier.last() else { return false };
    let new_nephrotic = nephrotic(now) && !nephrotic(before);
    new_nephrotic
        || earlier.iter().any(|then| {
            let gap = now.day - then.day;
            let creatinine = gap <= 31 && 100 * now.creatinine >= 133 * then.creatinine;
            let protein = gap <= 92
                && (50..100).contains(&then.protein)
                && now.protein >= 3 * then.protein
                && now.red_cells > 5
                && 100 * now.c3 <= 67 * then.c3;
            creatinine || protein
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Letters {
        let mut out = [Letter::E; 8];
        for (l, c) in out.iter_mut().zip(text.chars()) {
            *l = match c {
                'A' => Letter::A,
                'B' => Letter::B,
                'C' => Letter::C,
                'D' => Letter::D,
                _ => Letter::E,
            };
        }
        out
    }

    #[test]
    fn partial_state_needs_a_lasting_b_and_an_improved_system() {
        let baseline = letters("ABCDEEBE");
        assert_eq!(msct_state(&baseline, &letters("CCCDEECE")), State::Complete);
        assert_eq!(msct_state(&baseline, &letters("CCCDEEBE")), State::Partial);
        assert_eq!(msct_state(&baseline, &letters("BCCDEECE")), State::Partial); // A became B
        assert_eq!(msct_state(&baseline, &letters("CCBDEECE")), State::None); // new B
        assert_eq!(msct_state(&baseline, &letters("CBCDEEBE")), State::None);
        assert_eq!(msct_state(&baseline, &letters("ACCDEECE")), State::None);
        let single = letters("BEEEEEEE");
        assert_eq!(msct_state(&single, &single), State::None); // nothing improved
    }

    #[test]
    fn renal_flare_branches_need_their_window() {
        let visit = |day: i64, protein: i64, creatinine: i64, red_cells: i64, albumin: i64, c3: i64| SleVisit {
            month: 0,
            values: Values { day, protein, creatinine, red_cells, albumin, c3, ..Values::default() },
            letters: letters("EEEEEEEE"),
            items: [false; 24],
            total: 0,
            prednisone: 0,
        };
        let response = visit(91, 60, 90, 3, 400, 100);
        let flare = |v: SleVisit| renal_flare(&[response, v], 91);
        assert!(flare(visit(150, 300, 90, 3, 340, 100)));
        assert!(!flare(visit(150, 300, 90, 3, 350, 100)));
        assert!(flare(visit(122, 60, 120, 3, 400, 100)));
        assert!(!flare(visit(123, 60, 120, 3, 400, 100)));
        assert!(flare(visit(183, 180, 90, 6, 400, 67)));
        assert!(!flare(visit(184, 180, 90, 6, 400, 67)));
        assert!(!flare(visit(183, 180, 90, 6, 400, 68)));
        assert!(!renal_flare(&[response], 91));
    }
}
