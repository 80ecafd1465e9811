//! Flares by BILAG-2004 grades.
//!
//! ```text
//! severe    an A that is due to items new or worse        moderate   two or more B
//! mild      one B, or three or more C                     none       otherwise
//! ```
//!
//! By items, the grade counts when an item of the set of that grade is coded 3 or 4: a B from a severe item that improves, or
//! a C from a moderate one, never counts. By grade change (letters only, and always for the renal and haematological systems)
//! a grade counts when it is worse than at the previous assessment.
//!
//! # References
//! Isenberg DA et al. 2011 as restated in Ann Rheum Dis 2013;72(Suppl 3):A473. Gordon C et al. Rheumatology 2003;42:1372-1379 (any new
//! A, or B after C, D or E).

use super::clinical::SETS;
use super::columns::BilagInput;
use super::visit::RENAL;
use crate::bilag_numeric::Grade;
use crate::words::words;

words! {
    /// Severity of a flare.
    pub enum Flare, "flare" {
        /// No flare.
        None = "none",
        /// One B, or three or more C.
        Mild = "mild",
        /// Two or more B.
        Moderate = "moderate",
        /// Any A.
        Severe = "severe",
    }
}

words! {
    /// Which definition of a flare.
    pub enum FlareRule, "rule" {
        /// Severe, moderate and mild.
        Isenberg2011 = "isenberg-2011",
        /// A new A or a new B: severe for A, moderate for B.
        Gordon2003 = "gordon-2003",
    }
}

/// The flare of a number of A, B and C that are new or worse.
///
/// ```
/// use mscsle_scoring::bilag2004::{Flare, FlareRule, flare_of_counts};
///
/// assert_eq!(flare_of_counts([0, 2, 1], FlareRule::Isenberg2011), Flare::Moderate);
/// ```
#[must_use]
pub fn flare_of_counts([a, b, c]: [usize; 3], rule: FlareRule) -> Flare {
    match (rule, a, b, c) {
        (_, 1.., ..) => Flare::Severe,
        (FlareRule::Isenberg2011, _, 2.., _) | (FlareRule::Gordon2003, _, 1.., _) => Flare::Moderate,
        (FlareRule::Isenberg2011, _, 1, _) | (FlareRule::Isenberg2011, _, _, 3..) => Flare::Mild,
        _ => Flare::None,
    }
}

/// The flare of letters against those of the previous assessment, and the greatest possible one where letters are missing.
#[must_use]
pub fn flare_of_grades(previous: &[Option<Grade>], now: &[Option<Grade>], rule: FlareRule) -> (Flare, Flare) {
    let (mut known, mut possible) = ([0usize; 3], [0usize; 3]);
    for (before, now) in previous.iter().zip(now) {
        match (before, now) {
            (Some(before), Some(now)) if now < before && now.code() < 3 => {
                known[now.code()] += 1;
                possible[now.code()] += 1;
            }
            (Some(_), Some(_)) => {}
            // a missing letter may be the worst: the letter itself when only the previous one is missing, A otherwise
            (None, Some(now)) if now.code() < 3 => possible[now.code()] += 1,
            (None, Some(_)) | (Some(Grade::A), None) => {}
            (_, None) => possible[0] += 1,
        }
    }
    (flare_of_counts(known, rule), flare_of_counts(possible, rule))
}

/// Whether the grade of a clinical system (0 to 6) is due to an item coded worse (3) or new (4).
fn due_to_new_or_worse(input: &BilagInput<'_>, row: usize, system: usize, grade: Grade) -> bool {
    let active = |item: &usize| input.code(*item, row) >= 3;
    if system == 0 {
        return (1..=4).any(|item| active(&item));
    }
    let sets = &SETS[system - 1];
    match grade {
        Grade::A => sets.a.iter().any(active),
        Grade::B => sets.b.iter().any(active),
        Grade::C => sets.c.iter().any(active),
        _ => false,
    }
}

/// Flares of many visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlareColumns {
    /// Position in [`Flare::ALL`], -1 when it cannot be known.
    pub flare: Vec<i8>,
    /// Least possible flare.
    pub lower: Vec<i8>,
    /// Greatest possible flare, -1 without a previous assessment.
    pub upper: Vec<i8>,
}

impl super::BilagColumns {
    /// Flares of graded visits: by items for the seven clinical systems (`by_items`) or by grade change for all.
    ///
    /// A first visit is not evaluable by grade change; by items its clinical systems are, and its renal and haematological
    /// systems contribute nothing known.
    #[must_use]
    pub fn flares(&self, input: &BilagInput<'_>, by_items: bool, rule: FlareRule) -> FlareColumns {
        let mut out = FlareColumns { flare: Vec::new(), lower: Vec::new(), upper: Vec::new() };
        let letter = |code: i8| usize::try_from(code).ok().and_then(|c| Grade::ALL.get(c)).copied();
        for (row, &previous) in self.previous.iter().enumerate() {
            let before = usize::try_from(previous).ok();
            if before.is_none() && !by_items {
                out.flare.push(-1);
                out.lower.push(-1);
                out.upper.push(-1);
                continue;
            }
            // a clinical system by items compares with a letter that makes its grade worse, or with its own
            let pairs: Vec<(Option<Grade>, Option<Grade>)> = (0..9)
                .map(|system| {
                    let now = letter(self.grade[system][row]);
                    if by_items && system < RENAL {
                        return match now {
                            Some(g) if due_to_new_or_worse(input, row, system, g) => (Some(Grade::E), now),
                            _ => (now, now),
                        };
                    }
                    (before.and_then(|p| letter(self.grade[system][p])), now)
                })
                .collect();
            let (then, now): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let (lower, upper) = flare_of_grades(&then, &now, rule);
            out.flare.push(if lower == upper { lower.code() as i8 } else { -1 });
            out.lower.push(lower.code() as i8);
            out.upper.push(upper.code() as i8);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Grade::{A, B, C, D};
    use super::*;

    /// The flare of some systems that change while the rest stay D.
    fn change(changes: &[(Grade, Grade)]) -> Flare {
        let (before, now): (Vec<_>, Vec<_>) = changes.iter().map(|(b, n)| (Some(*b), Some(*n))).unzip();
        let (lower, upper) = flare_of_grades(&before, &now, FlareRule::Isenberg2011);
        assert_eq!(lower, upper);
        lower
    }

    #[test]
    fn vector_54_changes_of_grade() {
        assert_eq!(change(&[(C, A)]), Flare::Severe);
        assert_eq!(change(&[(C, B), (D, B)]), Flare::Moderate);
        assert_eq!(change(&[(C, B)]), Flare::Mild);
        assert_eq!(change(&[(D, C), (D, C), (D, C)]), Flare::Mild);
        assert_eq!(change(&[(A, B)]), Flare::None);
    }

    #[test]
    fn vector_55_published_rows() {
        let of = |counts| flare_of_counts(counts, FlareRule::Isenberg2011);
        assert_eq!(
            [[0, 0, 3], [0, 2, 1], [0, 1, 2], [1, 1, 1]].map(of),
            [Flare::Mild, Flare::Moderate, Flare::Mild, Flare::Severe]
        );
    }

    #[test]
    fn missing_letters_leave_the_flare_open_unless_it_is_severe_already() {
        let rule = FlareRule::Isenberg2011;
        assert_eq!(flare_of_grades(&[Some(D), Some(C)], &[None, Some(B)], rule), (Flare::Mild, Flare::Severe));
        assert_eq!(flare_of_grades(&[Some(D), Some(C)], &[None, Some(A)], rule), (Flare::Severe, Flare::Severe));
        assert_eq!(flare_of_grades(&[None], &[Some(D)], rule), (Flare::None, Flare::None));
    }

    #[test]
    fn gordon_counts_a_single_new_b() {
        let one_b = [Some(C)];
        assert_eq!(flare_of_grades(&one_b, &[Some(B)], FlareRule::Gordon2003).0, Flare::Moderate);
        assert_eq!(flare_of_grades(&one_b, &[Some(C)], FlareRule::Gordon2003).0, Flare::None);
    }
}
