//! One assessment.

use super::items::{Bands, Item, N_ITEMS, OrganSystem, SYSTEM_OF, Version};
use crate::ScoringError;
use crate::why::{Confidence, Reason, Why};
use crate::words::words;

words! {
    /// What a missing descriptor means.
    pub enum MissingPolicy, "missing" {
        /// The total is missing; its bounds are given, and the band if both bounds share it.
        Strict = "strict",
        /// Missing counts as absent, with a note; the bounds keep their width.
        Absent = "absent",
        /// Laboratory descriptors are carried from an earlier visit ([`super::carry_forward`]), the rest is strict.
        Locf = "locf",
    }
}

words! {
    /// What has to be said about a score.
    pub enum Note, "note" {
        /// Missing descriptors were counted as absent.
        MissingCountedAbsent = "missing_counted_absent",
        /// The recorded total is not what the items give; it is not used.
        TotalMismatch = "total_mismatch",
        /// The recorded total is no whole number from 0 to 105 and is not used.
        ImpossibleTotal = "impossible_total",
        /// No item is recorded; the recorded total is used.
        TotalOnly = "total_only",
        /// No item and no total is recorded; nothing is assumed.
        NotAssessed = "not_assessed",
        /// Laboratory descriptors were carried forward.
        CarriedForward = "carried_forward",
        /// Some items are missing and the recorded total lies between the bounds of the others; it is used.
        TotalCompletesItems = "total_completes_items",
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
            Note::MissingCountedAbsent => "missing items were counted as absent, as `missing` asks for",
            Note::TotalMismatch => "the recorded total is not what the items give; the items win",
            Note::ImpossibleTotal => "the recorded total is not a whole number from 0 to 105 and was not used",
            Note::TotalOnly => "no item is recorded; the recorded total is used",
            Note::NotAssessed => "neither an item nor a usable total is recorded",
            Note::CarriedForward => "laboratory items were carried forward from an earlier visit",
            Note::TotalCompletesItems => {
                "items are missing; the recorded total, which lies between the bounds of the others, is used"
            }
        }
    }
}

/// The 24 descriptors of one assessment; `None` is "not done".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Items([Option<bool>; N_ITEMS]);

impl Items {
    /// Nothing present.
    #[must_use]
    pub const fn absent() -> Items {
        Items([Some(false); N_ITEMS])
    }

    /// Nothing recorded.
    #[must_use]
    pub const fn not_done() -> Items {
        Items([None; N_ITEMS])
    }

    /// From an array in the order of the form.
    #[must_use]
    pub const fn from_array(items: [Option<bool>; N_ITEMS]) -> Items {
        Items(items)
    }

    /// From 24 codes: 1 present, 0 absent, -1 not done.
    ///
    /// # Errors
    /// Another number of codes or another code.
    pub fn from_codes(codes: &[i8]) -> Result<Items, ScoringError> {
        let codes: [i8; N_ITEMS] = codes.try_into().map_err(|_| ScoringError::ItemCount {
            instrument: "SLEDAI",
            expected: N_ITEMS,
            found: codes.len(),
        })?;
        let mut items = Items::not_done();
        for (item, code) in Item::ALL.iter().zip(codes) {
            items.0[item.code()] = match code {
                -1 => None,
                0 => Some(false),
                1 => Some(true),
                _ => {
                    return Err(ScoringError::OutOfScale {
                        item: item.word().to_owned(),
                        row: 0,
                        value: code.to_string(),
                        allowed: "0, 1 or -1 for not done".to_owned(),
                    });
                }
            };
        }
        Ok(items)
    }

    /// These descriptors present, all others absent.
    #[must_use]
    pub fn present(items: &[Item]) -> Items {
        items.iter().fold(Items::absent(), |all, &item| all.with(item, Some(true)))
    }

    /// With one descriptor set.
    #[must_use]
    pub fn with(mut self, item: Item, value: Option<bool>) -> Items {
        self.0[item.code()] = value;
        self
    }

    /// One descriptor.
    #[must_use]
    pub fn get(&self, item: Item) -> Option<bool> {
        self.0[item.code()]
    }

    /// Descriptors and values in the order of the form.
    pub fn iter(&self) -> impl Iterator<Item = (Item, Option<bool>)> + '_ {
        Item::ALL.iter().copied().zip(self.0.iter().copied())
    }
}

/// Points of one organ system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemScore {
    /// The system.
    pub system: OrganSystem,
    /// Its points; `None` when a descriptor is missing and the policy does not settle it.
    pub value: Option<u8>,
    /// Points known to be there.
    pub lower: u8,
    /// Points that may be there.
    pub upper: u8,
}

/// A scored assessment.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The version.
    pub version: Version,
    /// The policy for missing descriptors.
    pub policy: MissingPolicy,
    /// The total, `None` when it is not determined.
    pub value: Option<u8>,
    /// Least possible total.
    pub lower: u8,
    /// Greatest possible total.
    pub upper: u8,
    /// Total without the two serologic descriptors.
    pub clinical: Option<u8>,
    /// Least possible clinical total.
    pub clinical_lower: u8,
    /// Greatest possible clinical total.
    pub clinical_upper: u8,
    /// Low complement and raised DNA binding, 0 to 4.
    pub serologic: Option<u8>,
    /// Points by organ system.
    pub by_system: [SystemScore; 9],
    /// Which bands.
    pub bands: Bands,
    /// The band; given without a total when both bounds share it.
    pub band: Option<&'static str>,
    /// Whether all 24 descriptors are recorded.
    pub complete: bool,
    /// Descriptors not recorded.
    pub missing: Vec<Item>,
    /// What has to be said.
    pub notes: Vec<Note>,
}

/// How to score.
///
/// ```
/// use mscsle_scoring::sledai::{Item, Items, Sledai, Version};
///
/// let items = Items::present(&[Item::Arthritis, Item::Proteinuria, Item::LowComplement, Item::IncreasedDnaBinding]);
/// let score = Sledai::new(Version::Sledai2k).score(&items);
/// assert_eq!((score.value, score.clinical, score.band), (Some(12), Some(8), Some("high")));
///
/// let score = Sledai::new(Version::Sledai2k).score(&items.with(Item::LowComplement, None));
/// assert_eq!((score.value, score.lower, score.upper), (None, 10, 12));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sledai {
    pub(super) version: Version,
    pub(super) missing: MissingPolicy,
    pub(super) bands: Bands,
}

impl Sledai {
    /// Strict about missing descriptors, bands of Mosca.
    #[must_use]
    pub const fn new(version: Version) -> Sledai {
        Sledai { version, missing: MissingPolicy::Strict, bands: Bands::Mosca }
    }

    /// With a policy for missing descriptors.
    #[must_use]
    pub const fn missing(mut self, policy: MissingPolicy) -> Sledai {
        self.missing = policy;
        self
    }

    /// With other bands.
    #[must_use]
    pub const fn bands(mut self, bands: Bands) -> Sledai {
        self.bands = bands;
        self
    }

    /// Scores one assessment from its items.
    #[must_use]
    pub fn score(&self, items: &Items) -> Score {
        self.score_recorded(items, None)
    }

    /// Scores one assessment that also carries the total as recorded.
    ///
    /// One rule for a total beside items: all items recorded, their sum is the total; some, the recorded total where it lies
    /// between the bounds of the items, whatever the policy; none, the recorded total. A total that the items contradict is
    /// noted and not used, so under the strict policy there is no total. Without any item and total nothing is assumed,
    /// whatever the policy.
    #[must_use]
    pub fn score_recorded(&self, items: &Items, total: Option<f64>) -> Score {
        let (mut lower, mut missing_points) = ([0u8; 9], [0u8; 9]);
        let mut missing = Vec::new();
        for (item, value) in items.iter() {
            let system = SYSTEM_OF[item.code()];
            match value {
                Some(true) => lower[system] += item.weight(),
                Some(false) => {}
                None => {
                    missing_points[system] += item.weight();
                    missing.push(item);
                }
            }
        }
        let settled = self.missing == MissingPolicy::Absent && missing.len() < N_ITEMS;
        let sum = |points: &[u8; 9]| points.iter().sum::<u8>();
        let immunologic = OrganSystem::Immunologic.code();
        let (known, open) = (sum(&lower), sum(&missing_points));
        let clinical_open = open - missing_points[immunologic];
        let clinical_known = known - lower[immunologic];
        let when = |points: u8, open: u8| (open == 0 || settled).then_some(points);
        let mut score = Score {
            version: self.version,
            policy: self.missing,
            value: when(known, open),
            lower: known,
            upper: known + open,
            clinical: when(clinical_known, clinical_open),
            clinical_lower: clinical_known,
            clinical_upper: clinical_known + clinical_open,
            serologic: when(lower[immunologic], missing_points[immunologic]),
            by_system: std::array::from_fn(|i| SystemScore {
                system: OrganSystem::ALL[i],
                value: when(lower[i], missing_points[i]),
                lower: lower[i],
                upper: lower[i] + missing_points[i],
            }),
            bands: self.bands,
            band: None,
            complete: missing.is_empty(),
            missing,
            notes: Vec::new(),
        };
        if settled && open > 0 {
            score.notes.push(Note::MissingCountedAbsent);
        }
        self.compare_total(&mut score, total);
        score.band = match score.value {
            Some(value) => Some(self.bands.name(value)),
            None => {
                let low = self.bands.name(score.lower);
                (low == self.bands.name(score.upper)).then_some(low)
            }
        };
        score
    }

    fn compare_total(&self, score: &mut Score, total: Option<f64>) {
        let nothing = score.missing.len() == N_ITEMS;
        match total.filter(|t| !t.is_nan()).map(whole_total) {
            None => {
                if nothing {
                    score.notes.push(Note::NotAssessed);
                }
            }
            Some(None) => {
                score.notes.push(Note::ImpossibleTotal);
                if nothing {
                    score.notes.push(Note::NotAssessed);
                }
            }
            Some(Some(total)) if !score.complete && (score.lower..=score.upper).contains(&total) => {
                settle(score, total);
                score.notes.retain(|note| *note != Note::MissingCountedAbsent);
                score.notes.push(if nothing { Note::TotalOnly } else { Note::TotalCompletesItems });
            }
            Some(Some(total)) if score.value != Some(total) => score.notes.push(Note::TotalMismatch),
            Some(Some(_)) => {}
        }
    }

    /// Why an assessment scored as it did: one step for each descriptor that is present or missing, the total and the band.
    #[must_use]
    pub fn why(&self, items: &Items, total: Option<f64>) -> Why {
        let score = self.score_recorded(items, total);
        let version = self.version;
        let mut why = Why::default();
        for (item, value) in items.iter() {
            let definition = item.definition(version);
            let points = item.weight();
            let unit = if points == 1 { "point" } else { "points" };
            let (value, contribution, sentence) = match value {
                Some(false) => continue,
                Some(true) => (
                    Some("present"),
                    Some(points.to_string()),
                    format!("`{}` is present and counts {points} {unit} ({definition}).", item.word()),
                ),
                None if score.missing.len() == N_ITEMS => continue,
                None => (
                    None,
                    (score.policy == MissingPolicy::Absent).then(|| "0".to_owned()),
                    format!("`{}` is missing and would count {points} {unit} if present ({definition}).", item.word()),
                ),
            };
            why.push(Reason {
                rule: format!("{}.{}", version.word(), item.word()),
                confidence: item_confidence(item, version),
                item: item.word().to_owned(),
                value: value.map(str::to_owned),
                threshold: definition.to_owned(),
                contribution,
                decided: value.is_some(),
                sentence,
            });
        }
        why.push(total_reason(&score, version));
        if let (Some(clinical), true) = (score.clinical, score.value.is_some() || score.complete) {
            why.push(Reason {
                rule: format!("{}.clinical", version.word()),
                confidence: Confidence::High,
                item: "clinical".to_owned(),
                value: Some(clinical.to_string()),
                threshold: "total without low_complement and increased_dna_binding".to_owned(),
                contribution: None,
                decided: false,
                sentence: format!("Without low complement and raised DNA binding the clinical total is {clinical}."),
            });
        }
        why.push(band_reason(&score));
        for note in &score.notes {
            let recorded = total.map(crate::why::plain);
            let detail = match (note, &recorded) {
                (Note::TotalMismatch | Note::ImpossibleTotal, Some(t)) => format!(" (recorded {t})"),
                _ => String::new(),
            };
            why.push(Reason {
                rule: format!("{}.{}", version.word(), note.word()),
                confidence: Confidence::High,
                item: "total".to_owned(),
                value: recorded,
                threshold: String::new(),
                contribution: None,
                decided: false,
                sentence: format!("Note: {}{detail}.", note.sentence()),
            });
        }
        why
    }
}

/// Takes a total that lies between the bounds of the items for the total, and narrows every part to what it allows.
fn settle(score: &mut Score, total: u8) {
    let (least, most) = (score.lower, score.upper);
    for system in &mut score.by_system {
        let (others_least, others_most) = (least - system.lower, most - system.upper);
        system.lower = system.lower.max(total.saturating_sub(others_most));
        system.upper = system.upper.min(total - others_least);
        system.value = (system.lower == system.upper).then_some(system.lower);
    }
    let serologic = score.by_system[OrganSystem::Immunologic.code()];
    score.serologic = serologic.value;
    (score.value, score.lower, score.upper) = (Some(total), total, total);
    (score.clinical_lower, score.clinical_upper) = (total - serologic.upper, total - serologic.lower);
    score.clinical = serologic.value.map(|points| total - points);
}

fn whole_total(total: f64) -> Option<u8> {
    ((0.0..=105.0).contains(&total) && total.fract() == 0.0).then_some(total as u8)
}

fn item_confidence(item: Item, version: Version) -> Confidence {
    let reworded = matches!(
        item,
        Item::VisualDisturbance
            | Item::CranialNerve
            | Item::Cva
            | Item::Rash
            | Item::Alopecia
            | Item::MucosalUlcers
            | Item::Pleurisy
    );
    match version {
        Version::Selena | Version::Hybrid if reworded => Confidence::Medium,
        Version::Hybrid if item == Item::Proteinuria => Confidence::Medium,
        _ => Confidence::High,
    }
}

fn total_reason(score: &Score, version: Version) -> Reason {
    let label = version.label();
    let missing = score.missing.iter().map(|i| i.word()).collect::<Vec<_>>().join(", ");
    let sentence = match score.value {
        Some(value) if score.notes.contains(&Note::TotalOnly) => {
            format!("The {label} total is {value} as recorded; no item is recorded to derive it from.")
        }
        Some(value) if score.notes.contains(&Note::TotalCompletesItems) => {
            format!("The {label} total is {value} as recorded, which the items recorded allow ({missing} missing).")
        }
        Some(value) if score.complete => format!("The {label} total is {value}."),
        Some(value) => format!(
            "The {label} total is {value} with the missing items ({missing}) counted as absent; it lies between {} and {}.",
            score.lower, score.upper
        ),
        None if score.missing.len() == N_ITEMS => format!("No {label} item is recorded, so the total is not known."),
        None => format!(
            "The {label} total is not determined: it lies between {} and {}, since {missing} is missing.",
            score.lower, score.upper
        ),
    };
    Reason {
        rule: format!("{}.total", version.word()),
        confidence: Confidence::High,
        item: "total".to_owned(),
        value: score.value.map(|v| v.to_string()),
        threshold: "sum of the weights of the items present".to_owned(),
        contribution: None,
        decided: true,
        sentence,
    }
}

fn band_reason(score: &Score) -> Reason {
    let bands = score.bands;
    let ranges = bands
        .names()
        .iter()
        .zip(bands.upper_limits())
        .map(|(name, limit)| format!("{name} up to {limit}"))
        .collect::<Vec<_>>()
        .join(", ");
    let sentence = match (score.band, score.value) {
        (Some(band), Some(_)) => format!("By the bands `{}` ({ranges}) this is {band}.", bands.word()),
        (Some(band), None) => {
            format!("By the bands `{}` ({ranges}) this is {band}: both bounds lie in it.", bands.word())
        }
        (None, _) => format!("The bounds lie in different bands of `{}` ({ranges}), so none is given.", bands.word()),
    };
    Reason {
        rule: format!("bands.{}", bands.word()),
        confidence: Confidence::High,
        item: "band".to_owned(),
        value: score.band.map(str::to_owned),
        threshold: ranges,
        contribution: None,
        decided: false,
        sentence,
    }
}

/// Whether a total and a clinical total can belong together: whole numbers, total in 0 to 105, clinical in 0 to 101, and
/// clinical <= total <= clinical + 4.
#[must_use]
pub fn check_totals(total: f64, clinical: Option<f64>) -> bool {
    let Some(total) = whole_total(total) else { return false };
    match clinical {
        None => true,
        Some(clinical) => whole_total(clinical).is_some_and(|c| c <= 101 && c <= total && total <= c + 4),
    }
}

#[cfg(test)]
mod tests {
    use super::super::items::{SYSTEM_MAXIMUM, WEIGHTS};
    use super::*;
    use Item::{
        Alopecia, Arthritis, Fever, Haematuria, IncreasedDnaBinding, Leukopenia, LowComplement, Proteinuria, Rash,
        Seizure, Thrombocytopenia, Vasculitis,
    };

    fn sledai2k(items: &[Item]) -> Score {
        Sledai::new(Version::Sledai2k).score(&Items::present(items))
    }

    #[test]
    fn weights_sum_to_105_and_systems_to_their_maxima() {
        assert_eq!(WEIGHTS.iter().map(|&w| i32::from(w)).sum::<i32>(), 105);
        for system in OrganSystem::ALL {
            let sum: u8 = Item::ALL.iter().filter(|i| i.system() == *system).map(|i| i.weight()).sum();
            assert_eq!(sum, SYSTEM_MAXIMUM[system.code()], "{system}");
        }
    }

    #[test]
    fn vectors_1_to_6_of_the_instrument_table() {
        let bands = |total| (Bands::Mosca.name(total), Bands::Polachek.name(total));
        for (id, items, total, clinical) in [
            (1, vec![], 0, 0),
            (2, Item::ALL.to_vec(), 105, 101),
            (3, vec![Arthritis, Rash, LowComplement, IncreasedDnaBinding], 10, 6),
            (4, vec![Proteinuria, Haematuria, LowComplement, IncreasedDnaBinding, Thrombocytopenia], 13, 9),
            (5, vec![Seizure, Vasculitis, Fever, Leukopenia], 18, 18),
            (6, vec![LowComplement, IncreasedDnaBinding], 4, 0),
        ] {
            let score = sledai2k(&items);
            assert_eq!((score.value, score.clinical), (Some(total), Some(clinical)), "vector {id}");
        }
        assert_eq!(bands(0), ("none", "remission"));
        assert_eq!(bands(105), ("very high", "high"));
        assert_eq!(bands(10), ("moderate", "moderate"));
        assert_eq!(bands(13).0, "high");
        assert_eq!(bands(4), ("mild", "low"));
        let five = sledai2k(&[Seizure, Vasculitis, Fever, Leukopenia, Alopecia]);
        assert_eq!((five.value, five.band), (Some(20), Some("very high")));
    }

    #[test]
    fn vector_7_missing_complement_gives_bounds() {
        let items = Items::present(&[Arthritis]).with(LowComplement, None);
        let strict = Sledai::new(Version::Sledai2k).score(&items);
        assert_eq!((strict.value, strict.lower, strict.upper), (None, 4, 6));
        assert_eq!(strict.clinical, Some(4), "only serology is missing");
        assert_eq!(strict.band, None);
        let absent = Sledai::new(Version::Sledai2k).missing(MissingPolicy::Absent).score(&items);
        assert_eq!((absent.value, absent.lower, absent.upper), (Some(4), 4, 6));
        assert_eq!(absent.notes, [Note::MissingCountedAbsent]);
    }

    #[test]
    fn tv_21_arthritis_proteinuria_complement_and_dna_are_12_and_8() {
        let score = sledai2k(&[Arthritis, Proteinuria, LowComplement, IncreasedDnaBinding]);
        assert_eq!((score.value, score.clinical), (Some(12), Some(8)));
    }

    #[test]
    fn band_is_given_without_a_total_when_both_bounds_share_it() {
        let items = Items::present(&[Seizure, Arthritis]).with(Fever, None);
        let score = Sledai::new(Version::Sledai2k).score(&items);
        assert_eq!((score.value, score.band), (None, Some("high")));
    }

    #[test]
    fn recorded_total_is_used_where_items_are_missing_and_allow_it() {
        let sledai = Sledai::new(Version::Sledai2k);
        let partial = Items::present(&[Arthritis, LowComplement]).with(Rash, None).with(Seizure, None);
        let used = sledai.score_recorded(&partial, Some(8.0));
        assert_eq!((used.value, used.lower, used.upper, used.clinical), (Some(8), 8, 8, Some(6)));
        assert_eq!((used.notes.as_slice(), used.band), (&[Note::TotalCompletesItems][..], Some("moderate")));
        let central = used.by_system[0];
        assert_eq!((central.lower, central.upper, central.value), (0, 2, None));
        let absent = sledai.missing(MissingPolicy::Absent).score_recorded(&partial, Some(8.0));
        assert_eq!((absent.value, absent.notes), (Some(8), vec![Note::TotalCompletesItems]));
        let against = sledai.score_recorded(&partial, Some(17.0));
        assert_eq!((against.value, against.lower, against.upper), (None, 6, 16));
        assert_eq!(against.notes, [Note::TotalMismatch]);
        let only = sledai.score_recorded(&Items::not_done(), Some(12.0));
        assert_eq!((only.value, only.clinical, only.clinical_lower, only.clinical_upper), (Some(12), None, 8, 12));
        assert_eq!(only.notes, [Note::TotalOnly]);
        let mismatch = sledai.score_recorded(&Items::present(&[Arthritis]), Some(6.0));
        assert_eq!((mismatch.value, mismatch.notes), (Some(4), vec![Note::TotalMismatch]));
        let impossible = sledai.score_recorded(&Items::present(&[Arthritis]), Some(106.0));
        assert_eq!(impossible.notes, [Note::ImpossibleTotal]);
        let nothing = sledai.missing(MissingPolicy::Absent).score(&Items::not_done());
        assert_eq!((nothing.value, nothing.notes), (None, vec![Note::NotAssessed]));
    }

    #[test]
    fn totals_check_refuses_more_than_four_points_of_serology() {
        assert!(check_totals(12.0, Some(8.0)));
        assert!(!check_totals(12.0, Some(7.0)));
        assert!(!check_totals(105.5, None));
    }

    #[test]
    fn why_names_item_value_and_threshold() {
        let items = Items::present(&[Proteinuria]).with(LowComplement, None);
        let why = Sledai::new(Version::Sledai2k).why(&items, None).to_string();
        assert!(
            why.contains("`proteinuria` is present and counts 4 points (> 0.5 g/24 h, new or persistent)."),
            "{why}"
        );
        assert!(why.contains("between 4 and 6, since low_complement is missing"), "{why}");
    }
}
