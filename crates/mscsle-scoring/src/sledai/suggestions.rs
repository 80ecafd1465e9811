//! Suggested descriptors of many visits, and why.

use super::items::{Item, Version};
use super::laboratory::{LaboratoryValues, SledaiLaboratory, Suggestion, UpcrCut};
use crate::ScoringError;
use crate::error::same_length;
use crate::why::{Confidence, Reason, Why, plain};
use crate::words::words;
use std::str::FromStr;

words! {
    /// A column that suggests descriptors.
    pub enum LaboratoryColumn, "laboratory column" {
        /// 10^9/L.
        Platelets = "platelets",
        /// 10^9/L.
        Leucocytes = "leucocytes",
        /// Red cells a high-power field.
        UrineRbc = "urine_rbc",
        /// White cells a high-power field.
        UrineWbc = "urine_wbc",
        /// Haem-granular or red-cell casts, a count.
        UrineCasts = "urine_casts",
        /// g/24 h.
        Protein24h = "protein_24h",
        /// g/24 h at the previous assessment.
        Protein24hPrevious = "protein_24h_previous",
        /// g/g.
        Upcr = "upcr",
        /// g/g at the previous assessment.
        UpcrPrevious = "upcr_previous",
        /// Degrees Celsius.
        Temperature = "temperature",
        /// In the unit of its limit, as the next seven.
        C3 = "c3",
        /// Lower limit of normal.
        C3Lln = "c3_lln",
        /// C4.
        C4 = "c4",
        /// Lower limit of normal.
        C4Lln = "c4_lln",
        /// CH50.
        Ch50 = "ch50",
        /// Lower limit of normal.
        Ch50Lln = "ch50_lln",
        /// Anti-dsDNA.
        AntiDsdna = "anti_dsdna",
        /// Upper limit of normal of its assay.
        AntiDsdnaUln = "anti_dsdna_uln",
    }
}

/// Number of laboratory columns.
pub const N_LABORATORY_COLUMNS: usize = LaboratoryColumn::ALL.len();

/// The descriptors that values can suggest, in the order of the form.
pub const DERIVABLE_ITEMS: [Item; 9] = [
    Item::UrinaryCasts,
    Item::Haematuria,
    Item::Proteinuria,
    Item::Pyuria,
    Item::LowComplement,
    Item::IncreasedDnaBinding,
    Item::Fever,
    Item::Thrombocytopenia,
    Item::Leukopenia,
];

words! {
    /// What has to be said about the suggestions of a visit.
    pub enum SuggestionNote, "note" {
        /// Attribution was assumed.
        AttributionAssumed = "attribution_assumed",
        /// Attribution is not recorded and the descriptor stays open.
        AttributionMissing = "attribution_missing",
        /// The spot ratio stands for 24-h protein.
        UpcrUsed = "upcr_used",
        /// The version needs the previous protein.
        PreviousMissing = "previous_missing",
        /// A value has no limit of normal.
        LimitMissing = "limit_missing",
    }
}

impl SuggestionNote {
    /// Bit by which columns of notes hold this one.
    #[must_use]
    pub const fn bit(self) -> u8 {
        1 << self.code()
    }

    /// The note as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            SuggestionNote::AttributionAssumed => {
                "an abnormal value without a word on its cause was taken as due to lupus, as `attribution` asks for"
            }
            SuggestionNote::AttributionMissing => {
                "an abnormal value leaves its item open, since its cause is not recorded"
            }
            SuggestionNote::UpcrUsed => {
                "the protein-creatinine ratio stands for 24-h protein, which the instrument does not name (M)"
            }
            SuggestionNote::PreviousMissing => {
                "this version counts new or rising proteinuria only, and the previous protein is missing"
            }
            SuggestionNote::LimitMissing => "a value has no limit of normal and suggests nothing",
        }
    }
}

impl FromStr for UpcrCut {
    type Err = ScoringError;

    /// A number and its unit, such as `0.5 g/g` or `50 mg/mmol`.
    fn from_str(text: &str) -> Result<UpcrCut, ScoringError> {
        let unknown = || ScoringError::UnknownWord {
            option: "upcr_cut",
            value: text.to_owned(),
            known: "a positive number and its unit, such as `0.5 g/g` or `50 mg/mmol`".to_owned(),
        };
        let (number, unit) = text.trim().split_once(' ').ok_or_else(unknown)?;
        let number: f64 = number.parse().map_err(|_| unknown())?;
        if !(number.is_finite() && number > 0.0) {
            return Err(unknown());
        }
        match unit.trim() {
            "g/g" => Ok(UpcrCut::GramPerGram(number)),
            "mg/mmol" => Ok(UpcrCut::MgPerMmol(number)),
            _ => Err(unknown()),
        }
    }
}

impl std::fmt::Display for UpcrCut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            UpcrCut::GramPerGram(cut) => write!(f, "{} g/g", plain(*cut)),
            UpcrCut::MgPerMmol(cut) => write!(f, "{} mg/mmol", plain(*cut)),
        }
    }
}

/// Values of one visit as measured, in the order of [`LaboratoryColumn::ALL`]; NaN is not measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaboratoryRow([f64; N_LABORATORY_COLUMNS]);

impl LaboratoryRow {
    /// Checks the values of a row.
    ///
    /// # Errors
    /// A value that is negative or infinite, a limit that is not above 0, a temperature outside 25 to 45 (no degrees
    /// Celsius); `row` is named.
    pub fn new(values: [f64; N_LABORATORY_COLUMNS], row: usize) -> Result<LaboratoryRow, ScoringError> {
        use LaboratoryColumn as C;
        for (&column, &value) in C::ALL.iter().zip(&values) {
            let (right, allowed) = match column {
                C::Temperature => ((25.0..=45.0).contains(&value), "degrees Celsius, 25 to 45"),
                C::C3Lln | C::C4Lln | C::Ch50Lln | C::AntiDsdnaUln => (value > 0.0 && value.is_finite(), "above 0"),
                _ => (value >= 0.0 && value.is_finite(), "0 or more"),
            };
            if !right && !value.is_nan() {
                return Err(ScoringError::OutOfScale {
                    item: column.word().to_owned(),
                    row,
                    value: plain(value),
                    allowed: allowed.to_owned(),
                });
            }
        }
        Ok(LaboratoryRow(values))
    }

    /// One value.
    #[must_use]
    pub fn get(&self, column: LaboratoryColumn) -> f64 {
        self.0[column.code()]
    }

    /// The values as the rule reads them: complement and anti-dsDNA as multiples of their limits.
    #[must_use]
    pub fn values(&self) -> LaboratoryValues {
        use LaboratoryColumn as C;
        LaboratoryValues {
            platelets: self.get(C::Platelets),
            white_cells: self.get(C::Leucocytes),
            urine_rbc: self.get(C::UrineRbc),
            urine_wbc: self.get(C::UrineWbc),
            urine_casts: self.get(C::UrineCasts),
            protein_24h: self.get(C::Protein24h),
            protein_24h_previous: self.get(C::Protein24hPrevious),
            upcr: self.get(C::Upcr),
            upcr_previous: self.get(C::UpcrPrevious),
            temperature: self.get(C::Temperature),
            complement_by_lln: [
                self.get(C::C3) / self.get(C::C3Lln),
                self.get(C::C4) / self.get(C::C4Lln),
                self.get(C::Ch50) / self.get(C::Ch50Lln),
            ],
            anti_dsdna_by_uln: self.get(C::AntiDsdna) / self.get(C::AntiDsdnaUln),
        }
    }

    /// The measured values an item looks at, as text, and whether one of them lacks its limit.
    fn seen(&self, item: Item) -> (Vec<String>, bool) {
        use LaboratoryColumn as C;
        let limited: &[(C, C, &str)] = match item {
            Item::LowComplement => &[(C::C3, C::C3Lln, "LLN"), (C::C4, C::C4Lln, "LLN"), (C::Ch50, C::Ch50Lln, "LLN")],
            Item::IncreasedDnaBinding => &[(C::AntiDsdna, C::AntiDsdnaUln, "ULN")],
            _ => &[],
        };
        let mut lacks = false;
        let mut seen = Vec::new();
        for &(column, limit, name) in limited {
            let (value, bound) = (self.get(column), self.get(limit));
            if value.is_nan() {
                continue;
            }
            lacks |= bound.is_nan();
            let bound = if bound.is_nan() { "missing".to_owned() } else { plain(bound) };
            seen.push(format!("{column} {} ({name} {bound})", plain(value)));
        }
        let ratio = self.get(C::Protein24h).is_nan();
        let plainly: &[(C, &str)] = match item {
            Item::Thrombocytopenia => &[(C::Platelets, " x10^9/L")],
            Item::Leukopenia => &[(C::Leucocytes, " x10^9/L")],
            Item::Haematuria => &[(C::UrineRbc, "/hpf")],
            Item::Pyuria => &[(C::UrineWbc, "/hpf")],
            Item::UrinaryCasts => &[(C::UrineCasts, "")],
            Item::Fever => &[(C::Temperature, " C")],
            Item::Proteinuria if ratio => &[(C::Upcr, " g/g"), (C::UpcrPrevious, " g/g")],
            Item::Proteinuria => &[(C::Protein24h, " g/24 h"), (C::Protein24hPrevious, " g/24 h")],
            _ => &[],
        };
        for &(column, unit) in plainly {
            if !self.get(column).is_nan() {
                seen.push(format!("{column} {}{unit}", plain(self.get(column))));
            }
        }
        (seen, lacks)
    }
}

/// Suggestions of many visits.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestionColumns {
    /// One column a descriptor, in the order of [`DERIVABLE_ITEMS`]: 1 present, 0 absent, -1 open.
    pub items: Vec<Vec<i8>>,
    /// Bits of [`SuggestionNote`].
    pub notes: Vec<u8>,
}

impl SledaiLaboratory {
    /// Suggestions for rows of visits. `columns` follow [`LaboratoryColumn::ALL`]; `due_to_sle` follow [`DERIVABLE_ITEMS`]
    /// (1 due to lupus, 0 not, -1 not known). A column not given is not measured.
    ///
    /// # Errors
    /// Another number of columns, unequal lengths, and what [`LaboratoryRow::new`] refuses.
    pub fn suggest_columns(
        &self,
        n_rows: usize,
        columns: &[Option<&[f64]>],
        due_to_sle: &[Option<&[i8]>],
    ) -> Result<SuggestionColumns, ScoringError> {
        let count = |expected, found| ScoringError::ItemCount { instrument: "SLEDAI laboratory", expected, found };
        let columns: &[Option<&[f64]>; N_LABORATORY_COLUMNS] =
            columns.try_into().map_err(|_| count(N_LABORATORY_COLUMNS, columns.len()))?;
        let due_to_sle: &[Option<&[i8]>; 9] = due_to_sle.try_into().map_err(|_| count(9, due_to_sle.len()))?;
        for (word, column) in LaboratoryColumn::ALL.iter().zip(columns) {
            if let Some(column) = column {
                same_length(word.word(), column.len(), n_rows)?;
            }
        }
        for (item, flags) in DERIVABLE_ITEMS.iter().zip(due_to_sle) {
            if let Some(flags) = flags {
                same_length(&format!("{item}_due_to_sle"), flags.len(), n_rows)?;
            }
        }
        let mut out = SuggestionColumns { items: vec![Vec::new(); 9], notes: Vec::with_capacity(n_rows) };
        for row in 0..n_rows {
            let values = LaboratoryRow::new(columns.map(|c| c.map_or(f64::NAN, |c| c[row])), row)?;
            let mut notes = 0;
            for ((item, flags), column) in DERIVABLE_ITEMS.iter().zip(due_to_sle).zip(&mut out.items) {
                let due = flags.and_then(|f| flag(f[row]));
                let suggestion = self.suggest(*item, &values.values(), due);
                notes |= self.notes(&suggestion, &values);
                column.push(suggestion.value.map_or(-1, i8::from));
            }
            out.notes.push(notes);
        }
        Ok(out)
    }

    fn notes(&self, suggestion: &Suggestion, row: &LaboratoryRow) -> u8 {
        let values = row.values();
        let item = suggestion.item;
        let open = suggestion.value.is_none();
        let met = self.criterion(item, &values);
        let mut notes = 0;
        let mut note = |when: bool, note: SuggestionNote| notes |= if when { note.bit() } else { 0 };
        note(suggestion.assumed, SuggestionNote::AttributionAssumed);
        note(open && met == Some(true), SuggestionNote::AttributionMissing);
        note(open && row.seen(item).1, SuggestionNote::LimitMissing);
        if item == Item::Proteinuria {
            let by_ratio = values.protein_24h.is_nan() && !values.upcr.is_nan();
            let measured = !values.protein_24h.is_nan() || by_ratio;
            note(by_ratio, SuggestionNote::UpcrUsed);
            note(measured && met.is_none(), SuggestionNote::PreviousMissing);
        }
        notes
    }

    /// Why the values of a visit suggest what they suggest: one step a descriptor with a value, and one for the rest.
    #[must_use]
    pub fn why(&self, row: &LaboratoryRow, due_to_sle: [Option<bool>; 9]) -> Why {
        let mut why = Why::default();
        let mut unseen = Vec::new();
        for (item, due) in DERIVABLE_ITEMS.into_iter().zip(due_to_sle) {
            let (seen, lacks_limit) = row.seen(item);
            if seen.is_empty() {
                unseen.push(item.word());
                continue;
            }
            let seen = seen.join(", ");
            let values = row.values();
            let threshold = self.threshold(item, values.protein_24h.is_nan());
            let suggestion = self.suggest(item, &values, due);
            let sentence = match (suggestion.value, self.criterion(item, &values)) {
                (Some(true), _) => {
                    let cause = match due {
                        _ if suggestion.assumed => "; due to lupus is assumed",
                        Some(true) => "; recorded as due to lupus",
                        _ => "",
                    };
                    format!("`{item}` is suggested present: {seen}, rule {threshold}{cause}.")
                }
                (Some(false), Some(true)) => {
                    format!(
                        "`{item}` is suggested absent: {seen} meets {threshold}, but is recorded as not due to lupus."
                    )
                }
                (Some(false), _) => format!("`{item}` is suggested absent: {seen} does not meet {threshold}."),
                (None, Some(true)) => {
                    format!(
                        "`{item}` stays open: {seen} meets {threshold}, but whether lupus is the cause is not recorded."
                    )
                }
                (None, _) => {
                    let lacking = match item {
                        _ if lacks_limit => "the limit of normal is missing",
                        Item::LowComplement => "no value is low and C3 and C4 are not both known",
                        Item::Proteinuria if values.protein_24h.is_nan() && values.upcr.is_nan() => {
                            "the present value is missing"
                        }
                        _ => "the previous value is missing",
                    };
                    format!("`{item}` stays open: {seen}, rule {threshold}; {lacking}.")
                }
            };
            why.push(Reason {
                rule: format!("{}.{item}", self.version.word()),
                confidence: self.confidence(item, values.protein_24h.is_nan()),
                item: item.word().to_owned(),
                value: Some(seen),
                threshold,
                contribution: suggestion.value.map(|present| if present { "present" } else { "absent" }.to_owned()),
                decided: suggestion.value.is_some(),
                sentence,
            });
        }
        if !unseen.is_empty() {
            let list = unseen.join(", ");
            why.push(Reason {
                rule: format!("{}.not_measured", self.version.word()),
                confidence: Confidence::High,
                sentence: format!("Nothing measured suggests: {list}."),
                item: list,
                value: None,
                threshold: "a value".to_owned(),
                contribution: None,
                decided: false,
            });
        }
        why
    }

    fn confidence(&self, item: Item, by_ratio: bool) -> Confidence {
        let recent = !self.version.counts_persistent_proteinuria();
        let hybrid = self.version == Version::Hybrid;
        if item == Item::Proteinuria && (by_ratio || recent || hybrid) { Confidence::Medium } else { Confidence::High }
    }

    /// The rule of a descriptor in words.
    fn threshold(&self, item: Item, by_ratio: bool) -> String {
        let text = match item {
            Item::Thrombocytopenia => "platelets < 100 x10^9/L",
            Item::Leukopenia => "leucocytes < 3 x10^9/L",
            Item::Haematuria | Item::Pyuria => "> 5/hpf",
            Item::UrinaryCasts => "> 0 casts",
            Item::Fever => "> 38 C",
            Item::LowComplement => "C3, C4 or CH50 < LLN",
            Item::IncreasedDnaBinding => "anti-dsDNA > ULN",
            _ => {
                let cut = if by_ratio { format!("UPCR > {}", self.upcr_cut) } else { "> 0.5 g/24 h".to_owned() };
                let amount = cut.trim_start_matches("UPCR ").to_owned();
                return if self.version.counts_persistent_proteinuria() {
                    cut
                } else {
                    format!("{cut}, new or risen by {amount}")
                };
            }
        };
        text.to_owned()
    }
}

/// A flag of a column: 1 yes, 0 no, anything else not known.
fn flag(code: i8) -> Option<bool> {
    match code {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::laboratory::Attribution;
    use super::*;
    use LaboratoryColumn as C;

    fn suggest(rule: SledaiLaboratory, item: Item, values: &[(C, f64)], due: Option<i8>) -> (i8, u8) {
        let cells: Vec<Vec<f64>> =
            C::ALL.iter().map(|c| vec![values.iter().find(|(v, _)| v == c).map_or(f64::NAN, |(_, x)| *x)]).collect();
        let columns: Vec<Option<&[f64]>> = cells.iter().map(|c| Some(c.as_slice())).collect();
        let due = due.map(|d| [d]);
        let flags = DERIVABLE_ITEMS.map(|i| if i == item { due.as_ref().map(|d| d.as_slice()) } else { None });
        let out = rule.suggest_columns(1, &columns, &flags).unwrap();
        let at = DERIVABLE_ITEMS.iter().position(|i| *i == item).unwrap();
        (out.items[at][0], out.notes[0])
    }

    #[test]
    fn value_at_its_limit_of_normal_is_absent() {
        let rule = SledaiLaboratory::new(Version::Sledai2k);
        for (x, expected) in [(0.9, 0), (0.89, 1)] {
            let low = [(C::C3, x), (C::C3Lln, 0.9), (C::C4, 0.1), (C::C4Lln, 0.1)];
            assert_eq!(suggest(rule, Item::LowComplement, &low, None).0, expected);
        }
        for (x, expected) in [(100.0, 0), (100.1, 1)] {
            let dna = [(C::AntiDsdna, x), (C::AntiDsdnaUln, 100.0)];
            assert_eq!(suggest(rule, Item::IncreasedDnaBinding, &dna, None).0, expected);
        }
    }

    #[test]
    fn notes_say_why_an_item_is_open() {
        let strict = SledaiLaboratory::new(Version::Sledai1992);
        let assume = SledaiLaboratory { attribution: Attribution::Assume, ..strict };
        let low = [(C::Platelets, 50.0)];
        let thrombocytopenia = Item::Thrombocytopenia;
        assert_eq!(suggest(strict, thrombocytopenia, &low, None), (-1, SuggestionNote::AttributionMissing.bit()));
        assert_eq!(suggest(assume, thrombocytopenia, &low, None), (1, SuggestionNote::AttributionAssumed.bit()));
        assert_eq!(suggest(strict, thrombocytopenia, &low, Some(1)), (1, 0));
        assert_eq!(suggest(assume, thrombocytopenia, &low, Some(0)), (0, 0));
        let ratio = [(C::Upcr, 0.7)];
        let notes = SuggestionNote::UpcrUsed.bit() | SuggestionNote::PreviousMissing.bit();
        assert_eq!(suggest(assume, Item::Proteinuria, &ratio, None), (-1, notes));
        let no_limit = [(C::C3, 0.5)];
        assert_eq!(suggest(strict, Item::LowComplement, &no_limit, None), (-1, SuggestionNote::LimitMissing.bit()));
    }

    #[test]
    fn fahrenheit_and_negative_values_are_refused_with_their_row() {
        for (column, value, says) in [
            (C::Temperature, 100.4, "`temperature` must be degrees Celsius, 25 to 45, but row 7 is 100.4"),
            (C::Platelets, -1.0, "`platelets` must be 0 or more, but row 7 is -1"),
            (C::C3Lln, 0.0, "`c3_lln` must be above 0, but row 7 is 0"),
        ] {
            let mut values = [f64::NAN; N_LABORATORY_COLUMNS];
            values[column.code()] = value;
            assert_eq!(LaboratoryRow::new(values, 7).unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn cut_of_the_ratio_is_read_with_its_unit() {
        assert_eq!("50 mg/mmol".parse::<UpcrCut>().unwrap(), UpcrCut::MgPerMmol(50.0));
        assert_eq!("0.5 g/g".parse::<UpcrCut>().unwrap().to_string(), "0.5 g/g");
        for wrong in ["50", "-1 g/g", "50 mg/g", "x g/g"] {
            assert!(wrong.parse::<UpcrCut>().is_err(), "{wrong}");
        }
    }
}
