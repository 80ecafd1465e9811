//! Numeric totals of BILAG letters.
//!
//! ```text
//! total = sum over the organ systems of the points of the letter
//! ```
//!
//! Three codings are in use and their totals are not comparable, so the coding is never inferred and never mixed in one
//! result. A system without a letter is not E: the total is missing and its bounds count the system as 0 and as A.

use crate::ScoringError;
use crate::error::same_length;
use crate::why::{Confidence, Reason, Why};
use crate::words::words;

words! {
    /// A letter: A severe, B moderate, C mild, D inactive but involved before, E never involved.
    pub enum Grade, "BILAG grade" {
        /// Severe.
        A = "A",
        /// Moderate.
        B = "B",
        /// Mild.
        C = "C",
        /// Inactive now, involved before.
        D = "D",
        /// Never involved.
        E = "E",
    }
}

words! {
    /// Points for A, B, C, D and E.
    pub enum Coding, "coding" {
        /// 9, 3, 1, 0: the customary coding of the classic index, also applied to BILAG-2004 by some trials.
        Classic931 = "classic-9-3-1-0" | "classic-9-3-1",
        /// 12, 5, 1, 0: proposed for the classic index, rarely used.
        Classic1251 = "classic-12-5-1-0" | "classic-12-5-1",
        /// 12, 8, 1, 0: BILAG-2004 (Yee et al. 2010).
        Yee2010 = "bilag2004-12-8-1-0" | "bilag2004-12-8-1",
    }
}

impl Coding {
    /// Points of a letter.
    #[must_use]
    pub const fn points(self, grade: Grade) -> u8 {
        let [a, b, c] = match self {
            Coding::Classic931 => [9, 3, 1],
            Coding::Classic1251 => [12, 5, 1],
            Coding::Yee2010 => [12, 8, 1],
        };
        match grade {
            Grade::A => a,
            Grade::B => b,
            Grade::C => c,
            Grade::D | Grade::E => 0,
        }
    }

    /// The publication.
    #[must_use]
    pub const fn citation(self) -> &'static str {
        match self {
            Coding::Classic931 => {
                "Hay EM et al. Q J Med 1993;86:447-458; coding as compared in Yee CS et al. Rheumatology 2010;49:1665-1669"
            }
            Coding::Classic1251 | Coding::Yee2010 => "Yee CS et al. Rheumatology 2010;49:1665-1669",
        }
    }
}

words! {
    /// A version of the index.
    pub enum BilagVersion, "version" {
        /// Classic BILAG (Hay et al. 1993), eight systems.
        Classic = "classic",
        /// BILAG-2004 (Isenberg et al. 2005), nine systems.
        Bilag2004 = "bilag-2004",
    }
}

impl BilagVersion {
    /// Its organ systems in the order of the form.
    #[must_use]
    pub const fn systems(self) -> &'static [&'static str] {
        match self {
            BilagVersion::Classic => &mscsle_domain::BILAG_CLASSIC_SYSTEMS,
            BilagVersion::Bilag2004 => &mscsle_domain::BILAG_2004_SYSTEMS,
        }
    }
}

words! {
    /// What has to be said about a total.
    pub enum Note, "note" {
        /// A system has no letter.
        MissingSystem = "missing_system",
        /// A system has two different letters at one visit; both are kept as bounds.
        ContradictoryGrades = "contradictory_grades",
        /// A coding of the classic index on BILAG-2004 letters.
        ClassicCodingOnBilag2004 = "classic_coding_on_bilag2004",
    }
}

impl Note {
    /// Bit by which columns of notes hold this one.
    #[must_use]
    pub const fn bit(self) -> u8 {
        1 << self.code()
    }

    /// The note as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Note::MissingSystem => "a system has no letter, so only bounds are known",
            Note::ContradictoryGrades => "a system has different letters at one visit; both are kept as bounds",
            Note::ClassicCodingOnBilag2004 => "a coding of the classic index is applied to BILAG-2004 letters",
        }
    }
}

/// A numeric total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// The coding.
    pub coding: Coding,
    /// The total, `None` when a letter is missing.
    pub value: Option<u8>,
    /// Least possible total.
    pub lower: u8,
    /// Greatest possible total.
    pub upper: u8,
    /// Number of A, B and C.
    pub counts: [u8; 3],
    /// The most severe letter recorded.
    pub highest: Option<Grade>,
    /// Number of systems without a letter.
    pub missing: u8,
}

/// The total of the letters of one visit, one entry for each system the total is formed over.
///
/// ```
/// use mscsle_scoring::bilag_numeric::{Coding, Grade::{A, B, C, D, E}, total};
///
/// let letters = [C, B, E, B, D, E, E, A, C].map(Some);
/// assert_eq!(total(&letters, Coding::Yee2010).value, Some(30));
/// assert_eq!(total(&letters, Coding::Classic931).value, Some(17));
/// ```
#[must_use]
pub fn total(letters: &[Option<Grade>], coding: Coding) -> Total {
    let mut out = Total { coding, value: None, lower: 0, upper: 0, counts: [0; 3], highest: None, missing: 0 };
    for letter in letters {
        match letter {
            Some(grade) => {
                out.lower += coding.points(*grade);
                out.upper += coding.points(*grade);
                if let Some(count) = out.counts.get_mut(grade.code()) {
                    *count += 1;
                }
                out.highest = Some(out.highest.map_or(*grade, |h| h.min(*grade)));
            }
            None => {
                out.upper += coding.points(Grade::A);
                out.missing += 1;
            }
        }
    }
    out.value = (out.missing == 0).then_some(out.lower);
    out
}

/// How letters in rows become totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilagTotal {
    /// The coding, always chosen by the caller.
    pub coding: Coding,
    /// The version of the letters.
    pub version: BilagVersion,
    /// The systems the total is formed over; all of the version by default.
    pub systems: Vec<&'static str>,
}

/// Totals of many visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilagTotals {
    /// How they were formed.
    pub rule: BilagTotal,
    /// Total, -1 when a letter is missing.
    pub total: Vec<i16>,
    /// Least possible total.
    pub lower: Vec<i16>,
    /// Greatest possible total.
    pub upper: Vec<i16>,
    /// Number of A, B and C.
    pub counts: [Vec<i8>; 3],
    /// Position of the most severe letter in [`Grade::ALL`], -1 without any.
    pub highest: Vec<i8>,
    /// Number of systems without a letter.
    pub missing: Vec<i8>,
    /// Bits of [`Note`].
    pub notes: Vec<u8>,
    /// For each system, the letter at each visit as a position in [`Grade::ALL`]: -1 missing, -2 contradictory.
    pub letters: Vec<Vec<i8>>,
    /// For each row of the input, its points, -1 when the letter is missing.
    pub points: Vec<i8>,
}

impl BilagTotal {
    /// Totals over all systems of a version.
    ///
    /// # Errors
    /// The BILAG-2004 coding on classic letters.
    pub fn new(coding: Coding, version: BilagVersion) -> Result<BilagTotal, ScoringError> {
        if coding == Coding::Yee2010 && version == BilagVersion::Classic {
            return Err(ScoringError::Incompatible {
                message: format!(
                    "coding `{}` belongs to BILAG-2004, but the letters are of the classic index; use `{}` or `{}`",
                    coding.word(),
                    Coding::Classic931.word(),
                    Coding::Classic1251.word()
                ),
            });
        }
        Ok(BilagTotal { coding, version, systems: version.systems().to_vec() })
    }

    /// Totals over some systems only.
    ///
    /// # Errors
    /// A system the version does not have.
    pub fn over(mut self, systems: &[&str]) -> Result<BilagTotal, ScoringError> {
        self.systems = systems
            .iter()
            .map(|&name| self.version.systems().iter().copied().find(|s| *s == name).ok_or_else(|| self.unknown(name)))
            .collect::<Result<_, _>>()?;
        Ok(self)
    }

    fn unknown(&self, name: &str) -> ScoringError {
        ScoringError::UnknownWord {
            option: "system",
            value: name.to_owned(),
            known: crate::words::list(self.version.systems()),
        }
    }

    /// Totals of visits given in rows.
    ///
    /// `visit` numbers the visit (0 to `n_visits` - 1) of each row, `system` its position in the version's
    /// [`BilagVersion::systems`], `grade` its letter as a position in [`Grade::ALL`], -1 where missing. Two rows for the
    /// same visit and system that differ are kept as bounds with a note; they do not stop the others.
    ///
    /// # Errors
    /// Unequal lengths, a visit, system or grade that does not exist.
    pub fn score_rows(
        &self,
        visit: &[i32],
        n_visits: usize,
        system: &[i32],
        grade: &[i8],
    ) -> Result<BilagTotals, ScoringError> {
        same_length("system", system.len(), visit.len())?;
        same_length("grade", grade.len(), visit.len())?;
        let names = self.version.systems();
        let known = names.len();
        // lower and upper letter of each visit and system; letters order A < B < ..., so "lower" activity is the maximum
        let mut mild = vec![-1i8; n_visits * known];
        let mut severe = vec![-1i8; n_visits * known];
        for row in 0..visit.len() {
            let out_of_scale = |item: &str, value: i64, allowed: String| ScoringError::OutOfScale {
                item: item.to_owned(),
                row,
                value: value.to_string(),
                allowed,
            };
            let v = usize::try_from(visit[row])
                .ok()
                .filter(|v| *v < n_visits)
                .ok_or_else(|| out_of_scale("visit", visit[row].into(), format!("0 to {n_visits}, exclusive")))?;
            let s = usize::try_from(system[row])
                .ok()
                .filter(|s| *s < known)
                .ok_or_else(|| out_of_scale("system", system[row].into(), crate::words::list(names)))?;
            if !(-1..5).contains(&grade[row]) {
                return Err(out_of_scale("grade", grade[row].into(), "A, B, C, D or E".to_owned()));
            }
            if grade[row] >= 0 {
                let at = v * known + s;
                mild[at] = mild[at].max(grade[row]);
                severe[at] = if severe[at] < 0 { grade[row] } else { severe[at].min(grade[row]) };
            }
        }
        let points = |code: i8| {
            usize::try_from(code).ok().and_then(|c| Grade::ALL.get(c)).map_or(-1, |g| i16::from(self.coding.points(*g)))
        };
        let chosen: Vec<usize> = self.systems.iter().filter_map(|n| names.iter().position(|s| s == n)).collect();
        let mut out = BilagTotals {
            rule: self.clone(),
            total: Vec::with_capacity(n_visits),
            lower: Vec::with_capacity(n_visits),
            upper: Vec::with_capacity(n_visits),
            counts: Default::default(),
            highest: Vec::with_capacity(n_visits),
            missing: Vec::with_capacity(n_visits),
            notes: Vec::with_capacity(n_visits),
            letters: vec![Vec::with_capacity(n_visits); chosen.len()],
            points: grade.iter().map(|&g| points(g) as i8).collect(),
        };
        let a = i16::from(self.coding.points(Grade::A));
        for v in 0..n_visits {
            let (mut lower, mut upper, mut counts, mut missing, mut notes, mut highest) =
                (0, 0, [0i8; 3], 0i8, 0u8, -1i8);
            for (column, &s) in out.letters.iter_mut().zip(&chosen) {
                let at = v * known + s;
                let (m, g) = (mild[at], severe[at]);
                if g < 0 {
                    upper += a;
                    missing += 1;
                    notes |= Note::MissingSystem.bit();
                    column.push(-1);
                    continue;
                }
                lower += points(m);
                upper += points(g);
                highest = if highest < 0 { g } else { highest.min(g) };
                if m != g {
                    notes |= Note::ContradictoryGrades.bit();
                    column.push(-2);
                    continue;
                }
                if let Some(count) = usize::try_from(g).ok().and_then(|g| counts.get_mut(g)) {
                    *count += 1;
                }
                column.push(g);
            }
            if self.version == BilagVersion::Bilag2004 && self.coding != Coding::Yee2010 {
                notes |= Note::ClassicCodingOnBilag2004.bit();
            }
            let determined = missing == 0 && lower == upper;
            out.total.push(if determined { lower } else { -1 });
            out.lower.push(lower);
            out.upper.push(upper);
            for (column, count) in out.counts.iter_mut().zip(counts) {
                column.push(count);
            }
            out.highest.push(highest);
            out.missing.push(missing);
            out.notes.push(notes);
        }
        Ok(out)
    }
}

impl BilagTotals {
    /// Why a visit has its total.
    ///
    /// # Errors
    /// A visit that does not exist.
    pub fn why(&self, visit: usize) -> Result<Why, ScoringError> {
        let no_such = || ScoringError::NoSuchRow { row: visit, last: self.total.len().saturating_sub(1) };
        let &total = self.total.get(visit).ok_or_else(no_such)?;
        let (lower, upper) = (self.lower[visit], self.upper[visit]);
        let coding = self.rule.coding;
        let mut why = Why::default();
        for (system, letters) in self.rule.systems.iter().zip(&self.letters) {
            let letter = letters[visit];
            let grade = usize::try_from(letter).ok().and_then(|g| Grade::ALL.get(g));
            let a = coding.points(Grade::A);
            let sentence = match grade {
                Some(Grade::D | Grade::E) => continue,
                Some(g) => format!("`{system}` is {g} and counts {}.", coding.points(*g)),
                None if letter == -2 => {
                    format!("`{system}` has different letters at this visit; both are kept as bounds.")
                }
                None => format!("`{system}` has no letter and could count 0 to {a}."),
            };
            why.push(Reason {
                rule: format!("{}.{system}", coding.word()),
                confidence: Confidence::High,
                item: (*system).to_owned(),
                value: grade.map(|g| g.word().to_owned()),
                threshold: coding.word().to_owned(),
                contribution: grade.map(|g| coding.points(*g).to_string()),
                decided: grade.is_some(),
                sentence,
            });
        }
        let over = if self.rule.systems.len() == self.rule.version.systems().len() {
            format!("all {} systems", self.rule.systems.len())
        } else {
            self.rule.systems.join(", ")
        };
        why.push(Reason {
            rule: format!("{}.total", coding.word()),
            confidence: Confidence::High,
            item: "total".to_owned(),
            value: (total >= 0).then(|| total.to_string()),
            threshold: coding.word().to_owned(),
            contribution: None,
            decided: true,
            sentence: if total >= 0 {
                format!("The total over {over} by coding `{coding}` is {total}.")
            } else {
                format!(
                    "The total over {over} by coding `{coding}` is not determined: it lies between {lower} and {upper}."
                )
            },
        });
        for note in Note::ALL.iter().filter(|n| self.notes[visit] & n.bit() != 0) {
            why.push(Reason {
                rule: format!("{}.{note}", coding.word()),
                confidence: Confidence::High,
                item: "total".to_owned(),
                value: None,
                threshold: String::new(),
                contribution: None,
                decided: false,
                sentence: format!("Note: {}.", note.sentence()),
            });
        }
        Ok(why)
    }
}

#[cfg(test)]
mod tests {
    use super::Grade::{A, B, C, D, E};
    use super::*;

    #[test]
    fn vector_49_three_codings_of_one_patient() {
        let letters = [C, B, E, B, D, E, E, A, C].map(Some);
        let totals = [Coding::Yee2010, Coding::Classic931, Coding::Classic1251].map(|c| total(&letters, c));
        assert_eq!(totals.clone().map(|t| t.value), [Some(30), Some(17), Some(24)]);
        assert_eq!((totals[0].counts, totals[0].highest), ([1, 2, 2], Some(A)));
    }

    #[test]
    fn vector_50_greatest_totals() {
        assert_eq!(total(&[Some(A); 9], Coding::Yee2010).value, Some(108));
        assert_eq!(total(&[Some(A); 8], Coding::Classic931).value, Some(72));
        assert_eq!(total(&[Some(A); 9], Coding::Classic1251).value, Some(108));
    }

    #[test]
    fn missing_letter_gives_bounds_never_zero() {
        let t = total(&[Some(B), None], Coding::Classic931);
        assert_eq!((t.value, t.lower, t.upper), (None, 3, 12));
    }

    /// Letters of the renal system at one visit each, in 9/3/1/0.
    fn renal(counts: [usize; 4]) -> Vec<i8> {
        let grades: Vec<i8> = counts.iter().enumerate().flat_map(|(g, &n)| std::iter::repeat_n(g as i8, n)).collect();
        let visit: Vec<i32> = (0..grades.len() as i32).collect();
        let system = vec![6; grades.len()];
        let rule = BilagTotal::new(Coding::Classic931, BilagVersion::Classic).unwrap().over(&["renal"]).unwrap();
        let totals = rule.score_rows(&visit, grades.len(), &system, &grades).unwrap();
        assert!(totals.total.iter().zip(&totals.points).all(|(t, p)| *t == i16::from(*p)));
        totals.points
    }

    fn mean_sd(points: &[i8]) -> (f64, f64) {
        let n = points.len() as f64;
        let mean = points.iter().map(|&p| f64::from(p)).sum::<f64>() / n;
        (mean, (points.iter().map(|&p| (f64::from(p) - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
    }

    #[test]
    fn tv_07_twenty_a_and_sixty_one_b() {
        let (mean, sd) = mean_sd(&renal([20, 61, 0, 0]));
        assert!((mean - 4.481_481_5).abs() < 5e-8 && (sd - 2.603_416_6).abs() < 5e-8, "{mean} {sd}");
    }

    #[test]
    fn tv_08_ten_b_fifty_four_c_and_thirteen_d() {
        let (mean, sd) = mean_sd(&renal([0, 10, 54, 13]));
        assert!((mean - 1.090_909_1).abs() < 5e-8 && (sd - 0.830_057_4).abs() < 5e-8, "{mean} {sd}");
    }

    #[test]
    fn coding_of_bilag_2004_is_refused_for_classic_letters() {
        let error = BilagTotal::new(Coding::Yee2010, BilagVersion::Classic).unwrap_err();
        assert!(error.to_string().contains("belongs to BILAG-2004"), "{error}");
    }

    #[test]
    fn contradictory_letters_are_kept_as_bounds() {
        let rule = BilagTotal::new(Coding::Classic931, BilagVersion::Classic).unwrap().over(&["renal"]).unwrap();
        let totals = rule.score_rows(&[0, 0], 1, &[6, 6], &[0, 2]).unwrap();
        assert_eq!((totals.total[0], totals.lower[0], totals.upper[0]), (-1, 1, 9));
        assert_eq!(totals.notes[0], Note::ContradictoryGrades.bit());
    }

    #[test]
    fn unknown_grade_names_the_row() {
        let rule = BilagTotal::new(Coding::Classic931, BilagVersion::Classic).unwrap();
        let error = rule.score_rows(&[0, 0], 1, &[0, 1], &[0, 7]).unwrap_err();
        assert_eq!(error.to_string(), "`grade` must be A, B, C, D or E, but row 1 is 7");
    }
}
