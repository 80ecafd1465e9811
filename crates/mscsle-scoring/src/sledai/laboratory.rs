//! Descriptors suggested by laboratory values.
//!
//! A value can only suggest: a descriptor counts when it is due to active lupus, and the laboratory does not know that. A
//! normal value makes a descriptor absent whatever the attribution; an abnormal one makes it present when it is said to be
//! due to lupus, or when [`Attribution::Assume`] is chosen (noted). Low complement and raised DNA binding need no attribution.
//! Dipsticks and cells/uL are not /hpf and suggest nothing.

use super::items::{Item, Version};
use super::score::Items;
use crate::words::words;
use mscsle_domain::sledai_cuts::{CELLS_ABOVE, LEUCOCYTES_BELOW, PLATELETS_BELOW, PROTEIN_ABOVE, TEMPERATURE_ABOVE};

words! {
    /// What an abnormal value without a word on its cause means.
    pub enum Attribution, "attribution" {
        /// The descriptor stays open.
        Require = "require",
        /// It is taken as due to lupus, with a note.
        Assume = "assume",
    }
}

/// The cut of the protein-creatinine ratio where 24-h protein is not measured (M: no part of the original text).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum UpcrCut {
    /// Above this in g/g (0.5 by default).
    GramPerGram(f64),
    /// Above this in mg/mmol (commonly 50); data in g/g are converted with 113.12, the cut never is.
    MgPerMmol(f64),
}

/// Values of one visit; NaN is not measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaboratoryValues {
    /// 10^9/L.
    pub platelets: f64,
    /// 10^9/L.
    pub white_cells: f64,
    /// Urine red cells a high-power field.
    pub urine_rbc: f64,
    /// Urine white cells a high-power field.
    pub urine_wbc: f64,
    /// Haem-granular or red-cell casts.
    pub urine_casts: f64,
    /// g/24 h.
    pub protein_24h: f64,
    /// g/24 h at the previous assessment.
    pub protein_24h_previous: f64,
    /// g/g.
    pub upcr: f64,
    /// g/g at the previous assessment.
    pub upcr_previous: f64,
    /// C.
    pub temperature: f64,
    /// C3, C4 and CH50 as multiples of their lower limit of normal.
    pub complement_by_lln: [f64; 3],
    /// Anti-dsDNA as multiple of the upper limit of normal of its assay.
    pub anti_dsdna_by_uln: f64,
}

impl Default for LaboratoryValues {
    fn default() -> LaboratoryValues {
        let none = f64::NAN;
        LaboratoryValues {
            platelets: none,
            white_cells: none,
            urine_rbc: none,
            urine_wbc: none,
            urine_casts: none,
            protein_24h: none,
            protein_24h_previous: none,
            upcr: none,
            upcr_previous: none,
            temperature: none,
            complement_by_lln: [none; 3],
            anti_dsdna_by_uln: none,
        }
    }
}

/// What a value suggests for a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestion {
    /// The descriptor.
    pub item: Item,
    /// Present, absent, or open.
    pub value: Option<bool>,
    /// Whether the attribution to lupus was assumed.
    pub assumed: bool,
}

/// How values suggest descriptors.
///
/// ```
/// use mscsle_scoring::sledai::{Attribution, Item, LaboratoryValues, SledaiLaboratory, Version};
///
/// let rule = SledaiLaboratory { attribution: Attribution::Assume, ..SledaiLaboratory::new(Version::Sledai2k) };
/// let low = LaboratoryValues { platelets: 99.9, ..LaboratoryValues::default() };
/// assert_eq!(rule.suggest(Item::Thrombocytopenia, &low, None).value, Some(true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SledaiLaboratory {
    /// The version: it decides the proteinuria rule.
    pub version: Version,
    /// Values without a word on their cause.
    pub attribution: Attribution,
    /// Cut of the protein-creatinine ratio.
    pub upcr_cut: UpcrCut,
}

const EPS: f64 = 1e-9;

/// `Some(test)` of a measured value.
fn measured(x: f64, test: impl Fn(f64) -> bool) -> Option<bool> {
    (!x.is_nan()).then(|| test(x))
}

impl SledaiLaboratory {
    /// Attribution required, cut of the ratio 0.5 g/g.
    #[must_use]
    pub const fn new(version: Version) -> SledaiLaboratory {
        SledaiLaboratory { version, attribution: Attribution::Require, upcr_cut: UpcrCut::GramPerGram(PROTEIN_ABOVE) }
    }

    /// Whether the laboratory criterion of a descriptor is met; `None` when it cannot be known or the descriptor has none.
    #[must_use]
    pub fn criterion(&self, item: Item, values: &LaboratoryValues) -> Option<bool> {
        match item {
            Item::Thrombocytopenia => measured(values.platelets, |x| x < PLATELETS_BELOW - EPS),
            Item::Leukopenia => measured(values.white_cells, |x| x < LEUCOCYTES_BELOW - EPS),
            Item::Haematuria => measured(values.urine_rbc, |x| x > CELLS_ABOVE + EPS),
            Item::Pyuria => measured(values.urine_wbc, |x| x > CELLS_ABOVE + EPS),
            Item::UrinaryCasts => measured(values.urine_casts, |x| x > 0.0),
            Item::Fever => measured(values.temperature, |x| x > TEMPERATURE_ABOVE + EPS),
            Item::Proteinuria => self.proteinuria(values),
            Item::LowComplement => {
                let low = values.complement_by_lln.map(|x| measured(x, |x| x < 1.0 - EPS));
                let [c3, c4, _] = low;
                if low.contains(&Some(true)) {
                    Some(true)
                } else {
                    // absent needs both C3 and C4
                    (c3 == Some(false) && c4 == Some(false)).then_some(false)
                }
            }
            Item::IncreasedDnaBinding => measured(values.anti_dsdna_by_uln, |x| x > 1.0 + EPS),
            _ => None,
        }
    }

    /// Above 0.5 g; in the 1992 and SELENA versions also new or risen by more than 0.5 g, which needs the previous value.
    fn proteinuria(&self, values: &LaboratoryValues) -> Option<bool> {
        let (now, previous, cut) = if values.protein_24h.is_nan() {
            match self.upcr_cut {
                UpcrCut::GramPerGram(cut) => (values.upcr, values.upcr_previous, cut),
                UpcrCut::MgPerMmol(cut) => (values.upcr * 113.12, values.upcr_previous * 113.12, cut),
            }
        } else {
            (values.protein_24h, values.protein_24h_previous, PROTEIN_ABOVE)
        };
        if now.is_nan() {
            return None;
        }
        if now <= cut + EPS {
            return Some(false);
        }
        if self.version.counts_persistent_proteinuria() {
            return Some(true);
        }
        measured(previous, |previous| previous <= cut + EPS || now - previous > cut + EPS)
    }

    /// What the values suggest for a descriptor; `due_to_sle` is the word on its cause.
    #[must_use]
    pub fn suggest(&self, item: Item, values: &LaboratoryValues, due_to_sle: Option<bool>) -> Suggestion {
        let needs_word = !item.is_serologic();
        let (value, assumed) = match (self.criterion(item, values), due_to_sle) {
            (Some(true), Some(false)) => (Some(false), false),
            (Some(true), None) if needs_word => match self.attribution {
                Attribution::Require => (None, false),
                Attribution::Assume => (Some(true), true),
            },
            (criterion, _) => (criterion, false),
        };
        Suggestion { item, value, assumed }
    }

    /// Items with the open laboratory descriptors filled by what the values suggest; recorded descriptors stay. The second
    /// part lists what was filled.
    #[must_use]
    pub fn fill(
        &self,
        items: &Items,
        values: &LaboratoryValues,
        due_to_sle: impl Fn(Item) -> Option<bool>,
    ) -> (Items, Vec<Suggestion>) {
        let mut filled = *items;
        let mut suggestions = Vec::new();
        for (item, recorded) in items.iter().filter(|(item, _)| item.is_laboratory() || *item == Item::Fever) {
            let suggestion = self.suggest(item, values, due_to_sle(item));
            if recorded.is_none() && suggestion.value.is_some() {
                filled = filled.with(item, suggestion.value);
                suggestions.push(suggestion);
            }
        }
        (filled, suggestions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f64 = f64::NAN;

    fn values() -> LaboratoryValues {
        LaboratoryValues::default()
    }

    fn met(item: Item, values: LaboratoryValues) -> Option<bool> {
        SledaiLaboratory::new(Version::Sledai2k).criterion(item, &values)
    }

    #[test]
    fn vectors_8_and_9_boundaries_are_absent() {
        for (item, present, absent) in [
            (
                Item::Thrombocytopenia,
                LaboratoryValues { platelets: 99.9, ..values() },
                LaboratoryValues { platelets: 100.0, ..values() },
            ),
            (
                Item::Leukopenia,
                LaboratoryValues { white_cells: 2.9, ..values() },
                LaboratoryValues { white_cells: 3.0, ..values() },
            ),
            (
                Item::Haematuria,
                LaboratoryValues { urine_rbc: 6.0, ..values() },
                LaboratoryValues { urine_rbc: 5.0, ..values() },
            ),
            (
                Item::Pyuria,
                LaboratoryValues { urine_wbc: 6.0, ..values() },
                LaboratoryValues { urine_wbc: 5.0, ..values() },
            ),
            (
                Item::Fever,
                LaboratoryValues { temperature: 38.1, ..values() },
                LaboratoryValues { temperature: 38.0, ..values() },
            ),
        ] {
            assert_eq!([met(item, present), met(item, absent)], [Some(true), Some(false)], "{item}");
        }
    }

    #[test]
    fn vector_10_one_low_complement_is_enough_and_counts_once() {
        let of = |complement_by_lln| met(Item::LowComplement, LaboratoryValues { complement_by_lln, ..values() });
        assert_eq!(of([1.0, 0.9, NONE]), Some(true));
        assert_eq!(of([1.0, 1.0, NONE]), Some(false));
        assert_eq!(of([1.0, NONE, NONE]), None, "C4 is not known");
    }

    #[test]
    fn vectors_11_to_15_proteinuria_by_version() {
        let versions = [Version::Sledai2k, Version::Sledai1992, Version::Selena];
        for (id, now, previous, expected) in [
            (11, 1.5, 1.2, [Some(true), Some(false), Some(false)]),
            (12, 1.8, 1.2, [Some(true); 3]),
            (13, 1.5, 1.0, [Some(true), Some(false), Some(false)]),
            (14, 0.7, NONE, [Some(true), None, None]),
            (15, 0.5, NONE, [Some(false); 3]),
        ] {
            let values = LaboratoryValues { protein_24h: now, protein_24h_previous: previous, ..values() };
            let found = versions.map(|v| SledaiLaboratory::new(v).criterion(Item::Proteinuria, &values));
            assert_eq!(found, expected, "vector {id}");
        }
    }

    #[test]
    fn tv_29_cut_of_the_ratio_is_never_converted() {
        let values = LaboratoryValues { upcr: 52.0 / 113.12, ..values() };
        let by = |upcr_cut| {
            SledaiLaboratory { upcr_cut, ..SledaiLaboratory::new(Version::Sledai2k) }
                .criterion(Item::Proteinuria, &values)
        };
        assert_eq!(by(UpcrCut::GramPerGram(0.5)), Some(false));
        assert_eq!(by(UpcrCut::MgPerMmol(50.0)), Some(true));
    }

    #[test]
    fn attribution_matters_only_when_the_criterion_is_met() {
        let rule = SledaiLaboratory::new(Version::Sledai2k);
        let low = LaboratoryValues { platelets: 50.0, ..values() };
        let suggest = |due| rule.suggest(Item::Thrombocytopenia, &low, due).value;
        assert_eq!([suggest(None), suggest(Some(true)), suggest(Some(false))], [None, Some(true), Some(false)]);
        let normal = LaboratoryValues { platelets: 200.0, ..values() };
        assert_eq!(rule.suggest(Item::Thrombocytopenia, &normal, None).value, Some(false));
        let dna = LaboratoryValues { anti_dsdna_by_uln: 2.0, ..values() };
        assert_eq!(rule.suggest(Item::IncreasedDnaBinding, &dna, None).value, Some(true));
    }

    #[test]
    fn recorded_descriptors_are_not_overwritten() {
        let rule = SledaiLaboratory::new(Version::Sledai2k);
        let items = Items::not_done().with(Item::Leukopenia, Some(true));
        let normal = LaboratoryValues { white_cells: 6.0, platelets: 200.0, ..values() };
        let (filled, suggestions) = rule.fill(&items, &normal, |_| None);
        assert_eq!(filled.get(Item::Leukopenia), Some(true));
        assert_eq!(filled.get(Item::Thrombocytopenia), Some(false));
        assert_eq!(suggestions.len(), 1);
    }
}
