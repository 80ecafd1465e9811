//! Laboratory grades of the Common Terminology Criteria for Adverse Events, version 5.
//!
//! ```text
//! falling counts     grade 1 below LLN, grades 2 to 4 by absolute value; the boundary belongs to the milder grade
//! creatinine         above ULN, 1.5, 3, 6 x ULN; also above 1.5 and 3 x baseline
//! ALT, AST, bilirubin, CPK   multiples of ULN, or of baseline where the baseline was abnormal
//! ```
//!
//! Without LLN a falling count can still be grade 2 to 4; grade 1 and 0 cannot be told apart and the grade is missing with
//! bounds 0 to 1. Where LLN lies below an absolute cut the cut wins. Many baselines are abnormal in lupus: the baseline has a
//! grade of its own, and treatment-emergent means a grade above it. Clinical criteria of grade 4 and transfusions are not
//! looked at.
//!
//! # References
//! US National Cancer Institute, CTCAE version 5.0, 27 November 2017.

mod rows;

pub use rows::{CtcaeColumns, CtcaeInput, LabValues, WorstShift, grade_rows, worst_shifts};

use crate::why::{Confidence, Reason, Why, plain};
use crate::words::words;

words! {
    /// A laboratory term.
    pub enum Term, "term" {
        /// Anaemia (haemoglobin, g/L).
        Anaemia = "anaemia",
        /// Platelet count decreased.
        Platelets = "platelet_count_decreased",
        /// Neutrophil count decreased.
        Neutrophils = "neutrophil_count_decreased",
        /// White blood cell decreased.
        WhiteCells = "white_blood_cell_decreased",
        /// Lymphocyte count decreased.
        Lymphocytes = "lymphocyte_count_decreased",
        /// Creatinine increased.
        Creatinine = "creatinine_increased",
        /// Alanine aminotransferase increased.
        Alt = "alt_increased",
        /// Aspartate aminotransferase increased.
        Ast = "ast_increased",
        /// Blood bilirubin increased.
        Bilirubin = "bilirubin_increased",
        /// CPK increased.
        Cpk = "cpk_increased",
    }
}

words! {
    /// What has to be said about a grade.
    pub enum Note, "note" {
        /// LLN is missing and the count is not low enough for an absolute grade.
        MissingLln = "missing_lln",
        /// ULN is missing.
        MissingUln = "missing_uln",
        /// No baseline value: the baseline is taken as normal, or criteria of baseline are left out.
        NoBaseline = "no_baseline",
        /// A value given as a limit (`<0.15`): the limit is graded.
        Limit = "limit_graded",
        /// The value, its unit or its test cannot be read.
        Unreadable = "unreadable",
        /// A limit of normal that cannot be one: missing.
        BadLimit = "impossible_limit_of_normal",
        /// The test has no term here.
        NoTerm = "no_term",
        /// The value cannot be one in its unit; graded as it is.
        Implausible = "implausible_value",
    }
}

impl Note {
    /// Bit by which columns of notes hold this one.
    #[must_use]
    pub const fn bit(self) -> u16 {
        1 << self.code()
    }

    /// The note as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Note::MissingLln => "the lower limit of normal is missing, so grade 0 and grade 1 cannot be told apart",
            Note::MissingUln => "the upper limit of normal is missing",
            Note::NoBaseline => "there is no baseline value; criteria relative to baseline are left out",
            Note::Limit => "the value is a limit (such as `<0.15`) and the limit was graded",
            Note::Unreadable => "the value or its unit cannot be read",
            Note::BadLimit => "a limit of normal is not above 0 and counts as missing",
            Note::NoTerm => "the test has no laboratory term here",
            Note::Implausible => "the value is not plausible in its unit; check the unit",
        }
    }
}

impl Term {
    /// The term of a laboratory test of the table `labs`.
    #[must_use]
    pub fn of_test(test: &str) -> Option<Term> {
        Some(match test {
            "haemoglobin" => Term::Anaemia,
            "platelets" => Term::Platelets,
            "neutrophils" => Term::Neutrophils,
            "leucocytes" => Term::WhiteCells,
            "lymphocytes" => Term::Lymphocytes,
            "creatinine" => Term::Creatinine,
            "alt" => Term::Alt,
            "ast" => Term::Ast,
            "bilirubin" => Term::Bilirubin,
            "cpk" => Term::Cpk,
            _ => return None,
        })
    }

    /// Below which value grades 2, 3 and 4 begin, in the canonical unit (g/L, 10^9/L).
    #[must_use]
    pub const fn falling_cuts(self) -> Option<&'static [f64]> {
        Some(match self {
            Term::Anaemia => &[100.0, 80.0],
            Term::Platelets => &[75.0, 50.0, 25.0],
            Term::Neutrophils => &[1.5, 1.0, 0.5],
            Term::WhiteCells => &[3.0, 2.0, 1.0],
            Term::Lymphocytes => &[0.8, 0.5, 0.2],
            _ => return None,
        })
    }

    /// Above which multiples of ULN grades 1 to 4 begin.
    #[must_use]
    pub const fn rising_multiples(self) -> Option<[f64; 4]> {
        Some(match self {
            Term::Creatinine => [1.0, 1.5, 3.0, 6.0],
            Term::Alt | Term::Ast => [1.0, 3.0, 5.0, 20.0],
            Term::Bilirubin => [1.0, 1.5, 3.0, 10.0],
            Term::Cpk => [1.0, 2.5, 5.0, 10.0],
            _ => return None,
        })
    }
}

/// A value with its limits, in the canonical unit; NaN is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Lower limit of normal.
    pub lln: f64,
    /// Upper limit of normal.
    pub uln: f64,
    /// The subject's value at baseline.
    pub baseline: f64,
    /// Upper limit of normal at baseline; the present one where it is missing.
    pub baseline_uln: f64,
}

impl Measured {
    /// A value alone.
    #[must_use]
    pub const fn new(value: f64) -> Measured {
        Measured { value, lln: f64::NAN, uln: f64::NAN, baseline: f64::NAN, baseline_uln: f64::NAN }
    }
}

/// A grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    /// 0 to 4, `None` when limits of normal are missing.
    pub value: Option<u8>,
    /// Least possible grade.
    pub lower: u8,
    /// Greatest possible grade.
    pub upper: u8,
    /// What has to be said.
    pub notes: Vec<Note>,
}

impl Graded {
    fn known(grade: usize, notes: Vec<Note>) -> Graded {
        let grade = grade as u8;
        Graded { value: Some(grade), lower: grade, upper: grade, notes }
    }
}

const EPS: f64 = 1e-9;

fn count_above(value: f64, cuts: impl IntoIterator<Item = f64>) -> usize {
    cuts.into_iter().filter(|&cut| value > cut + EPS * cut.abs().max(1.0)).count()
}

/// The grade of a value.
///
/// ```
/// use mscsle_scoring::ctcae::{Measured, Term, grade};
///
/// let haemoglobin = |value| grade(Term::Anaemia, &Measured { lln: 115.0, ..Measured::new(value) }).value;
/// assert_eq!([100.0, 99.9, 80.0, 79.0].map(haemoglobin), [Some(1), Some(2), Some(2), Some(3)]);
/// ```
#[must_use]
pub fn grade(term: Term, measured: &Measured) -> Graded {
    if let Some(cuts) = term.falling_cuts() {
        return falling(cuts, measured);
    }
    let Some(multiples) = term.rising_multiples() else {
        return Graded { value: None, lower: 0, upper: 4, notes: vec![Note::NoTerm] };
    };
    if measured.value.is_nan() {
        return Graded { value: None, lower: 0, upper: 4, notes: vec![Note::Unreadable] };
    }
    if term == Term::Creatinine { creatinine(multiples, measured) } else { rising(term, multiples, measured) }
}

fn falling(cuts: &[f64], m: &Measured) -> Graded {
    if m.value.is_nan() {
        return Graded { value: None, lower: 0, upper: 1 + cuts.len() as u8, notes: vec![Note::Unreadable] };
    }
    let absolute = cuts.iter().filter(|&&cut| m.value < cut - EPS).count();
    if absolute > 0 {
        return Graded::known(1 + absolute, Vec::new());
    }
    if m.lln.is_nan() {
        return Graded { value: None, lower: 0, upper: 1, notes: vec![Note::MissingLln] };
    }
    Graded::known(usize::from(m.value < m.lln - EPS), Vec::new())
}

fn creatinine(multiples: [f64; 4], m: &Measured) -> Graded {
    let by_uln = (!m.uln.is_nan()).then(|| count_above(m.value, multiples.map(|x| x * m.uln)));
    let by_baseline = (!m.baseline.is_nan()).then(|| {
        // above 1.5 x baseline is grade 2, above 3 x grade 3
        match count_above(m.value, [1.5 * m.baseline, 3.0 * m.baseline]) {
            0 => 0,
            n => n + 1,
        }
    });
    let mut notes = Vec::new();
    if by_baseline.is_none() {
        notes.push(Note::NoBaseline);
    }
    match (by_uln, by_baseline) {
        (Some(a), b) => Graded::known(a.max(b.unwrap_or(0)), notes),
        (None, Some(b)) if b >= 2 => {
            notes.push(Note::MissingUln);
            Graded::known(b, notes)
        }
        (None, b) => {
            notes.push(Note::MissingUln);
            Graded { value: None, lower: b.unwrap_or(0) as u8, upper: 4, notes }
        }
    }
}

fn rising(term: Term, multiples: [f64; 4], m: &Measured) -> Graded {
    let normal_limit = if m.baseline_uln.is_nan() { m.uln } else { m.baseline_uln };
    let mut notes = Vec::new();
    let by_baseline = term != Term::Cpk && !m.baseline.is_nan() && m.baseline > normal_limit + EPS;
    if by_baseline {
        // transaminases begin at 1.5 x baseline (included), bilirubin above baseline
        let first =
            if term == Term::Bilirubin { m.baseline } else { 1.5 * m.baseline - 2.0 * EPS * m.baseline.max(1.0) };
        let cuts = [first, multiples[1] * m.baseline, multiples[2] * m.baseline, multiples[3] * m.baseline];
        return Graded::known(count_above(m.value, cuts), notes);
    }
    if m.uln.is_nan() {
        notes.push(Note::MissingUln);
        return Graded { value: None, lower: 0, upper: 4, notes };
    }
    if m.baseline.is_nan() && term != Term::Cpk {
        notes.push(Note::NoBaseline);
    }
    Graded::known(count_above(m.value, multiples.map(|x| x * m.uln)), notes)
}

/// Why a value has its grade.
#[must_use]
pub fn why(term: Term, measured: &Measured) -> Why {
    let graded = grade(term, measured);
    let mut why = Why::default();
    let mut step = |item: &str, value: f64, threshold: String, decided: bool, sentence: String| {
        why.push(Reason {
            rule: format!("ctcae-5.{term}"),
            confidence: Confidence::High,
            item: item.to_owned(),
            value: (!value.is_nan()).then(|| plain(value)),
            threshold,
            contribution: None,
            decided,
            sentence,
        });
    };
    let m = measured;
    let limit =
        |x: f64, name: &str| if x.is_nan() { format!("{name} missing") } else { format!("{name} {}", plain(x)) };
    let limits = if term.falling_cuts().is_some() { limit(m.lln, "LLN") } else { limit(m.uln, "ULN") };
    step("value", m.value, limits.clone(), false, format!("The value is {} ({limits}).", plain(m.value)));
    if let Some(cuts) = term.falling_cuts() {
        let text = cuts.iter().map(|c| plain(*c)).collect::<Vec<_>>().join(", ");
        step(
            "value",
            m.value,
            text.clone(),
            false,
            format!("Grades 2 and above begin below {text}; grade 1 below LLN."),
        );
    } else {
        if m.uln > 0.0 {
            step("uln", m.value / m.uln, String::new(), false, format!("That is {:.2} x ULN.", m.value / m.uln));
        }
        if m.baseline > 0.0 {
            let ratio = m.value / m.baseline;
            step(
                "baseline",
                ratio,
                String::new(),
                false,
                format!("That is {ratio:.2} x baseline ({}).", plain(m.baseline)),
            );
        }
    }
    let sentence = match graded.value {
        Some(g) => format!("`{term}` is grade {g}."),
        None => format!("`{term}` lies between grade {} and grade {}.", graded.lower, graded.upper),
    };
    step("grade", graded.value.map_or(f64::NAN, f64::from), String::new(), true, sentence);
    for note in graded.notes {
        step(note.word(), f64::NAN, String::new(), false, format!("Note: {}.", note.sentence()));
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(term: Term, value: f64, lln: f64, uln: f64, baseline: f64) -> Option<u8> {
        grade(term, &Measured { value, lln, uln, baseline, baseline_uln: f64::NAN }).value
    }

    const NONE: f64 = f64::NAN;

    #[test]
    fn tv_41_boundaries_belong_to_the_milder_grade() {
        let hb = [100.0, 99.9, 80.0, 79.0].map(|x| of(Term::Anaemia, x, 115.0, NONE, NONE));
        assert_eq!(hb, [Some(1), Some(2), Some(2), Some(3)]);
        let platelets = [25.0, 24.9].map(|x| of(Term::Platelets, x, 150.0, NONE, NONE));
        assert_eq!(platelets, [Some(3), Some(4)]);
        assert_eq!(of(Term::Alt, 130.0, NONE, 40.0, 30.0), Some(2));
        assert_eq!(of(Term::Alt, 130.0, NONE, 40.0, 80.0), Some(1));
        assert_eq!(of(Term::Alt, 119.0, NONE, 40.0, 80.0), Some(0), "below 1.5 x an abnormal baseline");
    }

    #[test]
    fn tv_42_creatinine_by_baseline() {
        assert_eq!(of(Term::Creatinine, 100.0, NONE, 84.0, 60.0), Some(2));
        assert_eq!(of(Term::Creatinine, 100.0, NONE, NONE, 60.0), Some(2), "by baseline without ULN");
        assert_eq!(of(Term::Creatinine, 80.0, NONE, NONE, 60.0), None);
        assert_eq!(of(Term::Creatinine, 6.1 * 84.0, NONE, 84.0, 400.0), Some(4));
    }

    #[test]
    fn grade_1_needs_a_lower_limit_and_absolute_grades_do_not() {
        assert_eq!(of(Term::Platelets, 80.0, NONE, NONE, NONE), None);
        assert_eq!(of(Term::Platelets, 60.0, NONE, NONE, NONE), Some(2));
        assert_eq!(of(Term::Platelets, 60.0, 50.0, NONE, NONE), Some(2), "the absolute cut wins over a low LLN");
        assert_eq!(of(Term::Neutrophils, 1.5, 1.8, NONE, NONE), Some(1));
    }
}
