//! One visit.

use super::clinical::{self, Rank};
use super::haematology::{self, HaematologyItems};
use super::renal::{self, RenalItems};
use super::{FirstVisit, MissingPolicy, Note, WhiteCells};
use crate::ScoringError;
use crate::bilag_numeric::Grade;
use mscsle_domain::{BILAG_2004_ITEMS, BilagItemKind};

/// Positions of the renal and haematological systems.
pub(super) const RENAL: usize = 7;
pub(super) const HAEMATOLOGY: usize = 8;

/// The 97 items of one visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    pub(super) codes: [i8; 97],
    pub(super) values: [f64; 97],
}

impl Visit {
    /// Nothing done.
    #[must_use]
    pub const fn not_done() -> Visit {
        Visit { codes: [-1; 97], values: [f64::NAN; 97] }
    }

    /// Nothing present, blood counts normal, urine and creatinine not measured.
    #[must_use]
    pub fn unremarkable() -> Visit {
        let mut visit = Visit { codes: [0; 97], values: [f64::NAN; 97] };
        let normal = HaematologyItems::unremarkable();
        let counts = [normal.haemoglobin, normal.white_cells, normal.neutrophils, normal.lymphocytes, normal.platelets];
        for (value, count) in visit.values[89..94].iter_mut().zip(counts) {
            *value = count;
        }
        visit
    }

    /// With a clinical (0 to 4) or yes/no item (0, 1) set by its number on the form; `None` is not done.
    ///
    /// # Errors
    /// No such item, a measured one, or a code outside its scale.
    pub fn code(mut self, item: u8, code: Option<i8>) -> Result<Visit, ScoringError> {
        let highest = match kind(item)? {
            BilagItemKind::Clinical => 4,
            BilagItemKind::YesNo => 1,
            _ => return Err(wrong_kind(item, "a measured value; use `value`")),
        };
        let allowed = if highest == 4 { "0, 1, 2, 3 or 4" } else { "0 or 1" };
        if code.is_some_and(|c| !(0..=highest).contains(&c)) {
            return Err(ScoringError::OutOfScale {
                item: BILAG_2004_ITEMS[usize::from(item) - 1].id.to_owned(),
                row: 0,
                value: code.unwrap_or(-1).to_string(),
                allowed: allowed.to_owned(),
            });
        }
        self.codes[usize::from(item) - 1] = code.unwrap_or(-1);
        Ok(self)
    }

    /// With a measured item set by its number on the form, in the unit of the item; a value that is not due to lupus is left
    /// out.
    ///
    /// # Errors
    /// No such item, or one that is no measured value.
    pub fn value(mut self, item: u8, value: f64) -> Result<Visit, ScoringError> {
        match kind(item)? {
            BilagItemKind::Value => {}
            _ => return Err(wrong_kind(item, "a code; use `code`")),
        }
        self.values[usize::from(item) - 1] = value;
        Ok(self)
    }

    /// The renal items.
    #[must_use]
    pub fn renal(&self) -> RenalItems {
        let (v, c) = (&self.values, &self.codes);
        RenalItems {
            systolic: v[77],
            diastolic: v[78],
            accelerated_hypertension: c[79],
            dipstick: v[80],
            acr: v[81],
            upcr: v[82],
            protein_24h: v[83],
            nephrotic_syndrome: c[84],
            creatinine: v[85],
            gfr: v[86],
            active_sediment: c[87],
            active_nephritis: c[88],
        }
    }

    /// The haematological items.
    #[must_use]
    pub fn haematology(&self) -> HaematologyItems {
        let (v, c) = (&self.values, &self.codes);
        HaematologyItems {
            haemoglobin: v[89],
            white_cells: v[90],
            neutrophils: v[91],
            lymphocytes: v[92],
            platelets: v[93],
            ttp: c[94],
            active_haemolysis: c[95],
            coombs_positive: c[96],
        }
    }
}

fn kind(item: u8) -> Result<BilagItemKind, ScoringError> {
    usize::from(item).checked_sub(1).and_then(|i| BILAG_2004_ITEMS.get(i)).map(|i| i.kind).ok_or_else(|| {
        ScoringError::OutOfScale {
            item: "item".to_owned(),
            row: 0,
            value: item.to_string(),
            allowed: "1 to 97".to_owned(),
        }
    })
}

fn wrong_kind(item: u8, is: &str) -> ScoringError {
    ScoringError::Incompatible { message: format!("item {item} is {is}") }
}

/// The grade of one system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemGrade {
    /// The system.
    pub system: &'static str,
    /// The grade, `None` when items not done leave it open.
    pub value: Option<Grade>,
    /// The mildest grade possible.
    pub mildest: Grade,
    /// The most severe grade possible.
    pub severest: Grade,
}

/// The nine grades of a visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Graded {
    /// In the order of the form.
    pub systems: [SystemGrade; 9],
    /// What has to be said.
    pub notes: Vec<Note>,
}

/// How to grade.
///
/// ```
/// use mscsle_scoring::bilag2004::{Bilag2004, Visit};
/// use mscsle_scoring::bilag_numeric::Grade;
///
/// // severe skin eruption improving, mucosal ulceration new: A, whatever the order of items
/// let visit = Visit::unremarkable().code(5, Some(1))?.code(9, Some(4))?;
/// let grades = Bilag2004::default().grade(&visit, None, &[false; 9]);
/// assert_eq!(grades.systems[1].value, Some(Grade::A));
/// assert_eq!(grades.systems[0].value, Some(Grade::E));
/// # Ok::<(), mscsle_scoring::ScoringError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bilag2004 {
    /// Items not done.
    pub missing: MissingPolicy,
    /// Renal criteria at the first visit.
    pub first_visit: FirstVisit,
    /// White cell cut-offs.
    pub white_cells: WhiteCells,
}

impl Default for Bilag2004 {
    fn default() -> Bilag2004 {
        Bilag2004 {
            missing: MissingPolicy::Strict,
            first_visit: FirstVisit::Written,
            white_cells: WhiteCells::Unverified,
        }
    }
}

/// Ranks of one system before D and E are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// The rank when items not done do not leave it open.
    pub(super) value: Option<Rank>,
    pub(super) low: Rank,
    pub(super) high: Rank,
    /// Whether items not done (not the white cell cut-offs) leave it open.
    pub(super) open: bool,
}

/// The letter of a rank; inactive is D when involved before, E otherwise.
pub(super) fn letter(rank: Rank, involved: bool) -> Grade {
    match rank {
        3 => Grade::A,
        2 => Grade::B,
        1 => Grade::C,
        _ if involved => Grade::D,
        _ => Grade::E,
    }
}

impl Bilag2004 {
    pub(super) fn bounds(&self, low: Rank, high: Rank) -> Bounds {
        let settled = low == high || self.missing == MissingPolicy::Absent;
        Bounds { value: settled.then_some(low), low, high, open: low != high }
    }

    pub(super) fn renal_bounds(&self, now: &RenalItems, previous: Option<&RenalItems>) -> (Bounds, u16) {
        let (low, high) = renal::ranks(now, previous, self.first_visit);
        let mut notes = 0;
        if previous.is_none() {
            notes |= Note::FirstVisit.bit();
        }
        if !now.has_quantitative_protein() && now.dipstick.is_nan() {
            notes |= Note::ProteinNotMeasured.bit();
        }
        if now.creatinine.is_nan() && now.gfr.is_nan() {
            notes |= Note::FunctionNotMeasured.bit();
        }
        (self.bounds(low, high), notes)
    }

    pub(super) fn haematology_bounds(&self, items: &HaematologyItems) -> (Bounds, u16) {
        let ranks = haematology::ranks(items, self.white_cells);
        let mut bounds = self.bounds(ranks.low, ranks.high);
        (bounds.low, bounds.high) = (ranks.variant_low, ranks.variant_high);
        let mut notes = Note::HaematologyProvisional.bit();
        if ranks.variant_low != ranks.low || ranks.variant_high != ranks.high {
            notes |= Note::WhiteCells.bit();
        }
        (bounds, notes)
    }

    /// The nine grades of a visit.
    ///
    /// `previous` are the renal items of the immediately preceding visit; `involved` says for each system whether it was ever
    /// graded A to D or is stated as involved before.
    #[must_use]
    pub fn grade(&self, visit: &Visit, previous: Option<&RenalItems>, involved: &[bool; 9]) -> Graded {
        let clinical_bounds = |system: usize| {
            let rank = |nd| {
                if system == 0 {
                    let c = &visit.codes;
                    clinical::constitutional([c[0], c[1], c[2], c[3]], nd)
                } else {
                    clinical::by_sets(system - 1, |item| visit.codes[item - 1], nd)
                }
            };
            self.bounds(rank(0), rank(4))
        };
        let (renal, renal_notes) = self.renal_bounds(&visit.renal(), previous);
        let (haematology, haematology_notes) = self.haematology_bounds(&visit.haematology());
        let mut mask = renal_notes | haematology_notes;
        let systems = std::array::from_fn(|system| {
            let bounds = match system {
                RENAL => renal,
                HAEMATOLOGY => haematology,
                _ => clinical_bounds(system),
            };
            if self.missing == MissingPolicy::Absent && bounds.open {
                mask |= Note::MissingCountedAbsent.bit();
            }
            SystemGrade {
                system: mscsle_domain::BILAG_2004_SYSTEMS[system],
                value: bounds.value.map(|rank| letter(rank, involved[system])),
                mildest: letter(bounds.low, involved[system]),
                severest: letter(bounds.high, involved[system]),
            }
        });
        Graded { systems, notes: Note::ALL.iter().copied().filter(|n| mask & n.bit() != 0).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Grade::{A, B, C, D, E};

    fn grades(codes: &[(u8, i8)]) -> Graded {
        let visit = codes.iter().fold(Visit::unremarkable(), |v, &(item, code)| v.code(item, Some(code)).unwrap());
        Bilag2004::default().grade(&visit, Some(&RenalItems::unremarkable()), &[true; 9])
    }

    #[test]
    fn vectors_16_to_29_clinical_systems() {
        for (id, system, codes, expected) in [
            ("16", 0, &[(1, 3), (2, 2), (3, 2)][..], A),
            ("17", 0, &[(1, 2), (2, 1)], B),
            ("18", 0, &[(3, 3), (4, 3)], B),
            ("19", 0, &[(1, 1), (3, 4)], C),
            ("21a", 1, &[(6, 4)], B),
            ("21b", 1, &[(6, 1)], C),
            ("22", 1, &[(5, 1)], B),
            ("23", 1, &[(17, 1)], C),
            ("24", 1, &[(5, 1), (9, 4)], A),
            ("25a", 2, &[(30, 4)], B),
            ("25b", 2, &[(31, 2)], A),
            ("25c", 2, &[(37, 1)], C),
            ("26a", 3, &[(41, 1), (42, 3)], B),
            ("26b", 3, &[(43, 1)], C),
            ("26c", 3, &[(42, 1)], C),
            ("27a", 4, &[(48, 4)], B),
            ("27b", 4, &[(50, 4)], A),
            ("27c", 4, &[(44, 1)], C),
            ("28a", 5, &[(62, 3)], B),
            ("28b", 5, &[(58, 1)], B),
            ("29a", 6, &[(75, 2)], C),
            ("29b", 6, &[(70, 4)], B),
            ("29c", 6, &[(72, 3)], A),
        ] {
            assert_eq!(grades(codes).systems[system].value, Some(expected), "vector {id}");
        }
    }

    #[test]
    fn vector_20_nothing_present_is_d_when_ever_involved_and_e_otherwise() {
        let rule = Bilag2004::default();
        let previous = RenalItems::unremarkable();
        let all = |involved| rule.grade(&Visit::unremarkable(), Some(&previous), &[involved; 9]).systems;
        assert!(all(true).iter().all(|s| s.value == Some(D)));
        assert!(all(false).iter().all(|s| s.value == Some(E)));
    }

    #[test]
    fn items_not_done_give_bounds_and_never_a_silent_zero() {
        let visit = Visit::unremarkable().code(5, None).unwrap().code(6, Some(4)).unwrap();
        let skin = Bilag2004::default().grade(&visit, None, &[false; 9]).systems[1];
        assert_eq!((skin.value, skin.mildest, skin.severest), (None, B, A));
        let absent = Bilag2004 { missing: MissingPolicy::Absent, ..Bilag2004::default() };
        let graded = absent.grade(&visit, None, &[false; 9]);
        assert_eq!(graded.systems[1].value, Some(B));
        assert!(graded.notes.contains(&Note::MissingCountedAbsent));
    }

    #[test]
    fn item_not_done_that_changes_nothing_leaves_the_grade() {
        let visit = Visit::unremarkable().code(5, Some(4)).unwrap().code(6, None).unwrap();
        assert_eq!(Bilag2004::default().grade(&visit, None, &[false; 9]).systems[1].value, Some(A));
    }

    #[test]
    fn code_outside_the_scale_is_refused() {
        let error = Visit::unremarkable().code(80, Some(4)).unwrap_err();
        assert_eq!(error.to_string(), "`accelerated_hypertension` must be 0 or 1, but row 0 is 4");
        assert!(Visit::unremarkable().code(84, Some(1)).is_err() && Visit::unremarkable().value(1, 2.0).is_err());
    }
}
