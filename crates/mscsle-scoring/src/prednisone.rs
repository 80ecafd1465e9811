//! Glucocorticoid doses as prednisone equivalents.
//!
//! ```text
//! prednisone equivalent (mg) = 5 x dose (mg) / mg equal to 5 mg of prednisone
//! mg/day                     = equivalent x administrations a day        (alternate days: 0.5, weekly: 1/7)
//! ```
//!
//! Intravenous pulses are not averaged into the daily dose; they are flagged and summed apart. Topical, inhaled and
//! intra-articular doses count 0. A drug that is no glucocorticoid counts 0; a glucocorticoid whose dose, unit, route or
//! frequency cannot be read leaves the dose of its days unknown, never 0. So does an unknown name that is near one of a
//! glucocorticoid (`dexametasone`, `MP`): it is not guessed.
//!
//! Equivalents are those of the customary tables (prednisone 5 mg = cortisone 25, hydrocortisone 20, methylprednisolone 4,
//! triamcinolone 4, dexamethasone 0.75, betamethasone 0.75); deflazacort 6 has confidence M (6 to 7.5 in use).

mod columns;
mod history;
mod words;

pub use columns::{DoseColumns, EquivalentColumns, PrescriptionColumns};
pub use history::{Dose, DoseHistory, SteroidRecord};
pub use words::{doses_per_day, is_single_dose, milligrams};

use crate::why::{Confidence, Reason, Why, plain};
use crate::words::words;

words! {
    /// A systemic glucocorticoid.
    pub enum Glucocorticoid, "drug" {
        /// Cortisone.
        Cortisone = "cortisone",
        /// Hydrocortisone.
        Hydrocortisone = "hydrocortisone",
        /// Prednisone.
        Prednisone = "prednisone",
        /// Prednisolone.
        Prednisolone = "prednisolone",
        /// Methylprednisolone.
        Methylprednisolone = "methylprednisolone",
        /// Triamcinolone.
        Triamcinolone = "triamcinolone",
        /// Dexamethasone.
        Dexamethasone = "dexamethasone",
        /// Betamethasone.
        Betamethasone = "betamethasone",
        /// Deflazacort.
        Deflazacort = "deflazacort",
    }
}

/// Names under which each glucocorticoid is found in medication tables, in the order of [`Glucocorticoid::ALL`].
const SYNONYMS: [&[&str]; 9] = [
    &["cortisone", "cortone"],
    &["hydrocortisone", "cortisol", "cortef", "solu-cortef", "hydrocortone", "氢化可的松"],
    &["prednisone", "pred", "deltasone", "rayos", "lodotra", "泼尼松", "强的松"],
    &["prednisolone", "orapred", "millipred", "decortin", "泼尼松龙", "强的松龙"],
    &[
        "methylprednisolone",
        "methylpred",
        "methylprednisolon",
        "medrol",
        "solu-medrol",
        "solumedrol",
        "urbason",
        "甲泼尼龙",
        "甲基强的松龙",
        "甲强龙",
    ],
    &["triamcinolone", "kenalog", "aristocort", "曲安西龙", "曲安奈德"],
    &["dexamethasone", "decadron", "地塞米松"],
    &["betamethasone", "celestone", "diprospan", "倍他米松"],
    &["deflazacort", "emflaza", "calcort", "地夫可特"],
];

/// Abbreviations that may mean a glucocorticoid, or something else.
const ABBREVIATIONS: [(&str, Glucocorticoid); 8] = [
    ("mp", Glucocorticoid::Methylprednisolone),
    ("ivmp", Glucocorticoid::Methylprednisolone),
    ("mpss", Glucocorticoid::Methylprednisolone),
    ("pdn", Glucocorticoid::Prednisone),
    ("pnl", Glucocorticoid::Prednisolone),
    ("psl", Glucocorticoid::Prednisolone),
    ("dex", Glucocorticoid::Dexamethasone),
    ("dxm", Glucocorticoid::Dexamethasone),
];
/// A name of at least this many letters may differ in two of them, one of at least [`SHORT_NAME`] in one.
const LONG_NAME: usize = 8;
const SHORT_NAME: usize = 6;

impl Glucocorticoid {
    /// mg equal to 5 mg of prednisone.
    #[must_use]
    pub const fn equal_to_prednisone_5(self) -> f64 {
        match self {
            Glucocorticoid::Cortisone => 25.0,
            Glucocorticoid::Hydrocortisone => 20.0,
            Glucocorticoid::Prednisone | Glucocorticoid::Prednisolone => 5.0,
            Glucocorticoid::Methylprednisolone | Glucocorticoid::Triamcinolone => 4.0,
            Glucocorticoid::Dexamethasone | Glucocorticoid::Betamethasone => 0.75,
            Glucocorticoid::Deflazacort => 6.0,
        }
    }

    /// How well the equivalent is supported.
    #[must_use]
    pub const fn confidence(self) -> Confidence {
        match self {
            Glucocorticoid::Deflazacort => Confidence::Medium,
            _ => Confidence::High,
        }
    }

    /// The glucocorticoid a drug name means, salts and forms disregarded; `None` for any other drug.
    ///
    /// ```
    /// use mscsle_scoring::prednisone::Glucocorticoid;
    ///
    /// assert_eq!(Glucocorticoid::from_name("Methylprednisolone sodium succinate"), Some(Glucocorticoid::Methylprednisolone));
    /// assert_eq!(Glucocorticoid::from_name("hydroxychloroquine"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Glucocorticoid> {
        let name = name.to_lowercase();
        let is = |part: &str| Glucocorticoid::ALL.iter().copied().find(|g| SYNONYMS[g.code()].contains(&part));
        let spelt = name
            .replace("methyl prednisolone", "methylprednisolone")
            .replace("methyl-prednisolone", "methylprednisolone");
        is(spelt.trim()).or_else(|| {
            spelt.split(|c: char| !(c.is_alphanumeric() || c == '-')).find_map(|part| is(part.trim_matches('-')))
        })
    }

    /// The glucocorticoid that a name which is none may mean: a misspelling, an abbreviation, or a word with `predni` in it.
    /// `None` for a name that [`from_name`](Self::from_name) knows and for names of other drugs.
    ///
    /// ```
    /// use mscsle_scoring::prednisone::Glucocorticoid;
    ///
    /// assert_eq!(Glucocorticoid::perhaps("dexametasone"), Some(Glucocorticoid::Dexamethasone));
    /// assert_eq!(Glucocorticoid::perhaps("MP"), Some(Glucocorticoid::Methylprednisolone));
    /// assert_eq!(Glucocorticoid::perhaps("fludrocortisone"), None);
    /// ```
    #[must_use]
    pub fn perhaps(name: &str) -> Option<Glucocorticoid> {
        if Glucocorticoid::from_name(name).is_some() {
            return None;
        }
        let name = name.to_lowercase();
        let whole = name.trim();
        std::iter::once(whole)
            .chain(whole.split(|c: char| !(c.is_alphanumeric() || c == '-')))
            .find_map(|part| near(part.trim_matches('-')))
            .or_else(|| whole.contains("predni").then_some(Glucocorticoid::Prednisolone))
    }
}

fn near(part: &str) -> Option<Glucocorticoid> {
    if let Some((_, drug)) = ABBREVIATIONS.iter().find(|(word, _)| *word == part) {
        return Some(*drug);
    }
    let letters = part.chars().count();
    let limit = if letters >= LONG_NAME { 2 } else { usize::from(letters >= SHORT_NAME) };
    let names = || SYNONYMS.iter().flat_map(|names| names.iter().copied()).filter(|n| n.chars().count() >= SHORT_NAME);
    let found = if limit > 0 { mscsle_domain::nearest_within(part, names(), limit) } else { None };
    found.and_then(Glucocorticoid::from_name)
}

words! {
    /// Ways of giving that differ for the daily dose.
    pub enum Route, "route" {
        /// By mouth.
        Oral = "oral",
        /// Into a vein.
        Intravenous = "iv",
        /// Into a muscle.
        Intramuscular = "im",
        /// On the skin, inhaled, into the nose, the eye or a joint: counts 0.
        Local = "local",
    }
}

impl Route {
    /// The route a word means; `None` when it is not known.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Route> {
        match name.trim().to_lowercase().trim_end_matches('.') {
            "oral" | "po" | "p.o" | "by mouth" | "orally" | "per os" | "口服" => Some(Route::Oral),
            "iv" | "i.v" | "intravenous" | "intravenously" | "infusion" | "iv infusion" | "iv drip" | "静脉" => {
                Some(Route::Intravenous)
            }
            "im" | "i.m" | "intramuscular" | "intramuscularly" | "subcutaneous" | "sc" => Some(Route::Intramuscular),
            "local"
            | "topical"
            | "topically"
            | "cutaneous"
            | "transdermal"
            | "dermal"
            | "inhaled"
            | "inhalation"
            | "respiratory (inhalation)"
            | "nasal"
            | "intranasal"
            | "ophthalmic"
            | "eye"
            | "otic"
            | "intra-articular"
            | "intraarticular"
            | "intralesional"
            | "rectal"
            | "外用" => Some(Route::Local),
            _ => None,
        }
    }
}

words! {
    /// What has to be said about a dose.
    pub enum Note, "note" {
        /// Not a systemic glucocorticoid; counts 0.
        NotGlucocorticoid = "not_a_glucocorticoid",
        /// Dose missing or negative.
        UnknownDose = "unknown_dose",
        /// Unit that is no mass, or missing.
        UnknownUnit = "unknown_unit",
        /// Route not known.
        UnknownRoute = "unknown_route",
        /// No route recorded; oral is assumed.
        OralAssumed = "oral_assumed",
        /// Frequency that cannot be read.
        UnknownFrequency = "unknown_frequency",
        /// No frequency recorded; the dose is taken as a day's.
        DailyAssumed = "daily_assumed",
        /// Local use; counts 0.
        LocalUse = "local_use",
        /// An intravenous pulse: kept out of the daily dose.
        IntravenousPulse = "intravenous_pulse",
        /// No known drug name, but near that of a glucocorticoid.
        UnclearDrug = "unclear_drug",
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
            Note::NotGlucocorticoid => "the drug is no systemic glucocorticoid and counts 0",
            Note::UnknownDose => "the dose is missing or negative, so the equivalent is not known",
            Note::UnknownUnit => "the unit is missing or no mass, so the equivalent is not known",
            Note::UnknownRoute => "the route is not known, so the equivalent is not known",
            Note::OralAssumed => "no route is recorded; oral is assumed",
            Note::UnknownFrequency => "the frequency cannot be read, so the daily dose is not known",
            Note::DailyAssumed => "no frequency is recorded; the dose is taken as that of a day",
            Note::LocalUse => "local use counts 0",
            Note::UnclearDrug => {
                "the drug name is not known but near that of a glucocorticoid, so the equivalent is not known"
            }
            Note::IntravenousPulse => "an intravenous pulse is kept out of the daily dose and summed apart",
        }
    }
}

/// One prescription as recorded; `None` is missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Prescription<'a> {
    /// Drug name.
    pub drug: Option<&'a str>,
    /// Dose of one administration.
    pub dose: Option<f64>,
    /// `mg`, `g` or `ug`.
    pub unit: Option<&'a str>,
    /// Route.
    pub route: Option<&'a str>,
    /// Frequency, such as `daily`, `bid`, `alternate days`, `weekly`, or a number a day.
    pub frequency: Option<&'a str>,
}

/// The equivalent of one prescription.
#[derive(Debug, Clone, PartialEq)]
pub struct Equivalent {
    /// The glucocorticoid, `None` for another drug.
    pub drug: Option<Glucocorticoid>,
    /// The glucocorticoid that an unknown name may mean; its dose is not known.
    pub perhaps: Option<Glucocorticoid>,
    /// The route, oral when none is recorded.
    pub route: Option<Route>,
    /// mg of prednisone a day, `None` when it cannot be known; 0 for local use, other drugs and pulses.
    pub per_day: Option<f64>,
    /// mg of prednisone of one administration, pulses included.
    pub per_dose: Option<f64>,
    /// Administrations a day.
    pub doses_per_day: Option<f64>,
    /// Whether it is an intravenous pulse.
    pub pulse: bool,
    /// What has to be said.
    pub notes: Vec<Note>,
}

/// How doses become prednisone equivalents.
///
/// ```
/// use mscsle_scoring::prednisone::{Equivalents, Prescription};
///
/// let medrol = Prescription { drug: Some("Medrol"), dose: Some(16.0), unit: Some("mg"), ..Prescription::default() };
/// assert_eq!(Equivalents::default().of(&medrol).per_day, Some(20.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equivalents {
    /// An intravenous dose a day of at least this, in mg of prednisone, is a pulse (250 by default: Buttgereit et al. 2002,
    /// Ann Rheum Dis 61:718-722, "pulse therapy").
    pub pulse_from_mg: f64,
    /// mg of betamethasone equal to 5 mg of prednisone (0.75 by default, 0.6 in some tables).
    pub betamethasone_mg: f64,
}

impl Default for Equivalents {
    fn default() -> Equivalents {
        Equivalents { pulse_from_mg: 250.0, betamethasone_mg: 0.75 }
    }
}

impl Equivalents {
    /// mg of prednisone equal to `milligrams` of a glucocorticoid.
    #[must_use]
    pub fn prednisone(&self, drug: Glucocorticoid, milligrams: f64) -> f64 {
        let equal = match drug {
            Glucocorticoid::Betamethasone => self.betamethasone_mg,
            _ => drug.equal_to_prednisone_5(),
        };
        5.0 * milligrams / equal
    }

    /// The equivalent of a prescription.
    #[must_use]
    pub fn of(&self, given: &Prescription<'_>) -> Equivalent {
        let mut out = Equivalent {
            drug: given.drug.and_then(Glucocorticoid::from_name),
            perhaps: given.drug.and_then(Glucocorticoid::perhaps),
            route: Some(Route::Oral),
            per_day: Some(0.0),
            per_dose: Some(0.0),
            doses_per_day: None,
            pulse: false,
            notes: Vec::new(),
        };
        let local = given.route.and_then(Route::from_name) == Some(Route::Local);
        if out.perhaps.is_some() && !local {
            out.per_day = None;
            out.per_dose = None;
            out.notes.push(Note::UnclearDrug);
            return out;
        }
        let Some(drug) = out.drug else {
            out.notes.push(Note::NotGlucocorticoid);
            return out;
        };
        match given.route.map(str::trim).filter(|r| !r.is_empty()) {
            None => out.notes.push(Note::OralAssumed),
            Some(route) => out.route = Route::from_name(route),
        }
        if out.route == Some(Route::Local) {
            out.notes.push(Note::LocalUse);
            return out;
        }
        let mut unknown = |note| {
            out.notes.push(note);
            None
        };
        let dose = given.dose.filter(|d| *d >= 0.0).or_else(|| unknown(Note::UnknownDose));
        let factor = given.unit.and_then(milligrams).or_else(|| unknown(Note::UnknownUnit));
        let frequency = match given.frequency.map(str::trim).filter(|f| !f.is_empty()) {
            None => {
                unknown(Note::DailyAssumed);
                Some(1.0)
            }
            Some(word) => doses_per_day(word).or_else(|| unknown(Note::UnknownFrequency)),
        };
        if out.route.is_none() {
            out.notes.push(Note::UnknownRoute);
        }
        out.doses_per_day = frequency;
        out.per_dose = dose.zip(factor).map(|(dose, factor)| self.prednisone(drug, dose * factor));
        let per_day = out.per_dose.zip(frequency).map(|(dose, times)| dose * times);
        out.per_day = per_day.filter(|_| out.route.is_some());
        if out.route == Some(Route::Intravenous) {
            let peak = out.per_dose.map(|dose| dose * frequency.unwrap_or(1.0).max(1.0));
            if peak.is_some_and(|peak| peak >= self.pulse_from_mg) {
                out.pulse = true;
                out.per_day = Some(0.0);
                out.notes.push(Note::IntravenousPulse);
            }
        }
        out
    }

    /// Why a prescription has its equivalent.
    #[must_use]
    pub fn why(&self, given: &Prescription<'_>) -> Why {
        let equivalent = self.of(given);
        let mut why = Why::default();
        let mut step = |item: &str, value: Option<String>, confidence, decided, sentence: String| {
            why.push(Reason {
                rule: "prednisone_equivalent".to_owned(),
                confidence,
                item: item.to_owned(),
                value,
                threshold: String::new(),
                contribution: None,
                decided,
                sentence,
            });
        };
        if let Some(drug) = equivalent.drug {
            let equal = plain(5.0 * 5.0 / self.prednisone(drug, 5.0));
            step(
                "drug",
                given.drug.map(str::to_owned),
                drug.confidence(),
                false,
                format!("`{}` is {drug}; {equal} mg equal 5 mg of prednisone.", given.drug.unwrap_or_default()),
            );
        }
        if let Some(perhaps) = equivalent.perhaps {
            let name = given.drug.unwrap_or_default();
            let sentence = format!("`{name}` is no known drug name; did you mean `{perhaps}`?");
            step("drug", given.drug.map(str::to_owned), Confidence::High, false, sentence);
        }
        if let (Some(dose), Some(times)) = (equivalent.per_dose, equivalent.doses_per_day) {
            step(
                "dose",
                given.dose.map(plain),
                Confidence::High,
                false,
                format!("One dose equals {} mg of prednisone, given {} times a day.", plain(dose), plain(times)),
            );
        }
        let sentence = match equivalent.per_day {
            Some(per_day) => format!("The daily dose is {} mg of prednisone.", plain(per_day)),
            None => "The daily dose is not known.".to_owned(),
        };
        step("per_day", equivalent.per_day.map(plain), Confidence::High, true, sentence);
        for note in &equivalent.notes {
            step("per_day", None, Confidence::High, false, format!("Note: {}.", note.sentence()));
        }
        why
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_day(drug: &str, dose: f64, frequency: Option<&str>) -> Option<f64> {
        let given =
            Prescription { drug: Some(drug), dose: Some(dose), unit: Some("mg"), route: Some("oral"), frequency };
        Equivalents::default().of(&given).per_day
    }

    #[test]
    fn names_near_a_glucocorticoid_are_unknown_not_zero() {
        for (name, meant) in [
            ("prednisolon", Glucocorticoid::Prednisolone),
            ("Prednison", Glucocorticoid::Prednisone),
            ("MP", Glucocorticoid::Methylprednisolone),
            ("dexametasone", Glucocorticoid::Dexamethasone),
            ("metilprednisolone 16", Glucocorticoid::Methylprednisolone),
            ("hydrocortison", Glucocorticoid::Hydrocortisone),
        ] {
            let given =
                Prescription { drug: Some(name), dose: Some(10.0), unit: Some("mg"), ..Prescription::default() };
            let found = Equivalents::default().of(&given);
            assert_eq!((found.perhaps, found.per_day), (Some(meant), None), "{name}");
            assert_eq!(found.notes, [Note::UnclearDrug]);
        }
        let others = "hydroxychloroquine,HCQ,azathioprine,cyclophosphamide,CTX,MMF,fludrocortisone,mometasone,fluticasone,\
                      methotrexate,MTX,tacrolimus,ibuprofen,beclomethasone,desloratadine,dexmedetomidine,metoprolol,calcium,\
                      calcitriol,methyldopa,hydrochlorothiazide,leflunomide,cyclosporine,aspirin,6-MP,mesna";
        for name in others.split(',') {
            assert_eq!(per_day(name, 10.0, None), Some(0.0), "{name}");
        }
    }

    #[test]
    fn tv_20_four_glucocorticoids() {
        assert_eq!(per_day("methylprednisolone", 16.0, None), Some(20.0));
        assert_eq!(per_day("dexamethasone", 3.0, None), Some(20.0));
        assert_eq!(per_day("hydrocortisone", 30.0, None), Some(7.5));
        assert_eq!(per_day("prednisone", 10.0, Some("alternate days")), Some(5.0));
    }

    #[test]
    fn pulses_are_kept_out_and_local_use_counts_nothing() {
        let pulse = Prescription {
            drug: Some("methylprednisolone"),
            dose: Some(0.5),
            unit: Some("g"),
            route: Some("IV"),
            frequency: Some("daily"),
        };
        let equivalent = Equivalents::default().of(&pulse);
        assert_eq!((equivalent.per_day, equivalent.per_dose, equivalent.pulse), (Some(0.0), Some(625.0), true));
        let cream = Prescription { route: Some("topical"), ..pulse };
        assert_eq!(Equivalents::default().of(&cream).per_day, Some(0.0));
    }

    #[test]
    fn what_cannot_be_read_is_unknown_not_zero() {
        assert_eq!(per_day("prednisone", f64::NAN, None), None);
        assert_eq!(per_day("prednisone", 10.0, Some("as directed")), None);
        assert_eq!(per_day("mycophenolate mofetil", 1000.0, Some("bid")), Some(0.0));
        let no_unit = Prescription { drug: Some("prednisone"), dose: Some(5.0), ..Prescription::default() };
        assert_eq!(Equivalents::default().of(&no_unit).per_day, None);
    }
}
