//! BILAG-2004: nine organ systems graded A to E from 97 items.
//!
//! ```text
//! clinical items   0 not present, 1 improving, 2 same, 3 worse, 4 new; -1 not done (ND)
//! constitutional   A  pyrexia 2-4 and at least two of weight loss, lymphadenopathy, anorexia 2-4
//!                  B  pyrexia 2-4, or at least two of the others 2-4      C  pyrexia 1, or any other > 0
//! other clinical   A  any item of SA 2-4      B  any of SA 1 or of SB 2-4      C  any of SB 1 or of SC > 0
//! renal            six criteria against the previous visit (see [`RenalCriteria`])
//! haematological   thresholds of counts (confidence M; white cells L)
//! D / E            inactive now: D when the system was ever graded A to D or is stated as involved before, E otherwise
//! ```
//!
//! A is looked for over all items before B, and B before C, so the order of items does not matter. Not done is not 0: each
//! grade is formed twice, with ND as not present and as worst case, and is given when both agree. A measured value counts
//! only when it is due to lupus activity. Actual treatment is no input.
//!
//! # References
//! Isenberg DA et al. Rheumatology 2005;44:902-906, doi:10.1093/rheumatology/keh624. Yee CS et al. Arthritis Rheum
//! 2007;56:4113-4119, doi:10.1002/art.23130, and Rheumatology 2010;49:1665-1669, doi:10.1093/rheumatology/keq026. Item sets of
//! the mucocutaneous, neuropsychiatric and cardiorespiratory systems are confirmed by their sizes only (M); the haematology
//! table is unverified (M, white cells L).

mod clinical;
mod columns;
mod flare;
mod haematology;
mod renal;
mod visit;
mod why;

pub use columns::{BilagColumns, BilagInput, GradeTotals, ItemColumn};
pub use flare::{Flare, FlareColumns, FlareRule, flare_of_counts, flare_of_grades};
pub use haematology::HaematologyItems;
pub use renal::{RenalCriteria, RenalItems};
pub use visit::{Bilag2004, Graded, SystemGrade, Visit};

use crate::words::words;

words! {
    /// What an item not done means.
    pub enum MissingPolicy, "missing" {
        /// The grade is given when "not present" and "worst case" agree; its bounds otherwise.
        Strict = "strict",
        /// Not present, with a note; the bounds keep their width.
        Absent = "absent",
    }
}

words! {
    /// Renal criteria that compare with a previous visit, at the first one.
    pub enum FirstVisit, "first_visit" {
        /// As written: only criteria that need no previous value can be met.
        Written = "written",
        /// As a legacy program of the UK juvenile cohort: creatinine > 130, GFR < 80 and dipstick >= 2 count too.
        LegacyJsle = "legacy_jsle",
    }
}

words! {
    /// White cell cut-offs of the haematological system; neither could be verified (confidence L).
    pub enum WhiteCells, "white_cells" {
        /// W2 with a note, and bounds where W1 gives another grade.
        Unverified = "w2-unverified",
        /// A < 0.5, B 0.5 to < 1.0, C 1.0 to < 4.0.
        W1 = "w1",
        /// A < 1.0, B 1.0 to < 2.0, C 2.0 to < 4.0.
        W2 = "w2",
    }
}

words! {
    /// What has to be said about the grades of a visit.
    pub enum Note, "note" {
        /// Items not done were counted as not present.
        MissingCountedAbsent = "missing_counted_absent",
        /// The white cell cut-offs are unverified and the two in circulation give different grades.
        WhiteCells = "bilag_wcc_cutoffs_unverified",
        /// The haematological grade was computed from a table that could not be verified.
        HaematologyProvisional = "haematology_provisional",
        /// No previous visit: renal criteria that compare with one are not evaluable.
        FirstVisit = "renal_first_visit",
        /// No test of urine protein; counted as no proteinuria.
        ProteinNotMeasured = "renal_protein_not_measured",
        /// Neither creatinine nor GFR; counted as no loss of renal function.
        FunctionNotMeasured = "renal_function_not_measured",
        /// Another visit of the subject on the same day; the order of rows decides which is the previous one.
        SameDay = "same_day_visits",
        /// No date: neither has nor is a previous visit.
        NoDate = "no_date",
        /// A grade was supplied and stands over the items.
        GradeSupplied = "grade_supplied",
        /// The supplied grade is not the one of the items.
        SuppliedDiffers = "supplied_grade_differs",
        /// A supplied E although the system was graded A to D before.
        EAfterInvolvement = "e_after_involvement",
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
            Note::MissingCountedAbsent => "items not done were counted as not present, as `missing` asks for",
            Note::WhiteCells => {
                "the white cell cut-offs of BILAG-2004 are unverified and the two in circulation give different grades; W2 is used and the bounds show both"
            }
            Note::HaematologyProvisional => {
                "the haematological grade is provisional: its table could not be verified against the publication"
            }
            Note::FirstVisit => "there is no previous visit, so renal criteria that compare with one are not evaluable",
            Note::ProteinNotMeasured => "urine protein was not measured and counts as no proteinuria",
            Note::FunctionNotMeasured => {
                "neither creatinine nor GFR was measured; no loss of renal function is assumed"
            }
            Note::SameDay => {
                "another visit of the subject has the same date; the order of rows decides which comes first"
            }
            Note::NoDate => "the visit has no date, so it neither has nor is a previous visit",
            Note::GradeSupplied => "a supplied grade stands over the items",
            Note::SuppliedDiffers => "a supplied grade is not the one of the items",
            Note::EAfterInvolvement => "a supplied E follows a grade of A to D, which the index does not allow",
        }
    }
}

/// Days within which histology of active nephritis counts at a later visit ("within 3 months").
pub const HISTOLOGY_DAYS: f64 = 92.0;

/// Tolerance of every comparison on the reported scale.
pub(crate) const TOLERANCE: f64 = 1e-9;

pub(crate) fn above(x: f64, threshold: f64) -> bool {
    x > threshold + TOLERANCE
}

pub(crate) fn at_least(x: f64, threshold: f64) -> bool {
    x >= threshold - TOLERANCE
}

pub(crate) fn below(x: f64, threshold: f64) -> bool {
    x < threshold - TOLERANCE
}

pub(crate) fn at_most(x: f64, threshold: f64) -> bool {
    x <= threshold + TOLERANCE
}
