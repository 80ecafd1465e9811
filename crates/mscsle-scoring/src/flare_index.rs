//! SELENA-SLEDAI flare index, classic and modified, against the previous assessment; and the revised index from organ grades.
//!
//! Severe when any severe criterion holds, mild/moderate when any mild/moderate one does. The manifestations of the severe
//! column count as severe only when they required doubling of prednisone, prednisone above 0.5 mg/kg/day or hospitalisation;
//! without that they count as mild/moderate with a note.
//!
//! # References
//! Petri M et al. Lupus 1999;8:685-691; Buyon JP et al. Ann Intern Med 2005;142:953-962 (classic). Petri M et al. N Engl J Med
//! 2005;353:2550-2558. Modified form of the belimumab trials and revised index: item rules M, not reproduced.

use crate::form::{Answers, Field, FieldScale, Form, FormScore, amount, flag, points};
use crate::why::{Confidence, plain};
use crate::words::words;

words! {
    /// When a SLEDAI above 12 is a severe flare.
    pub enum SevereSledai, "severe_sledai" {
        /// Above 12 and risen.
        AnyIncrease = "any-increase",
        /// Previously at most 12.
        Crossing = "crossing-12",
        /// Above 12 and risen by at least 3.
        Increase3 = "increase-3",
    }
}

static FIELDS: [Field; 17] = [
    Field { id: "sledai", scale: FieldScale::Points(105), meaning: "SELENA-SLEDAI" },
    Field {
        id: "sledai_previous",
        scale: FieldScale::Points(105),
        meaning: "SELENA-SLEDAI at the previous assessment",
    },
    amount("pga", "physician global assessment, 0 to 3"),
    amount("pga_previous", "physician global assessment at the previous assessment"),
    amount("prednisone", "prednisone, mg/day"),
    amount("prednisone_previous", "prednisone at the previous assessment, mg/day"),
    amount("weight", "kg"),
    flag(
        "new_mild_manifestation",
        "new or worse skin, ulcers, serositis, arthritis or fever of the mild/moderate column",
    ),
    flag("new_severe_manifestation", "new or worse CNS lupus, vasculitis, nephritis, myositis or haemolytic anaemia"),
    amount("platelets", "10^9/L"),
    amount("platelets_previous", "10^9/L at the previous assessment"),
    amount("haemoglobin", "g/dL, when haemolytic"),
    amount("haemoglobin_previous", "g/dL at the previous assessment"),
    flag("new_nsaid_or_hydroxychloroquine", "NSAID or hydroxychloroquine added for lupus"),
    flag(
        "new_cyclophosphamide_azathioprine_methotrexate",
        "cyclophosphamide, azathioprine or methotrexate added for lupus",
    ),
    flag("new_mycophenolate", "mycophenolate added for lupus"),
    flag("hospitalised", "in hospital for lupus activity"),
];

const NOTES: [(&str, &str); 6] = [
    ("no_previous", "nothing is known of the previous assessment, so criteria of change are not evaluable"),
    ("no_weight", "without a weight the criterion of 0.5 mg/kg/day contributes nothing"),
    ("severe_without_treatment", "a severe manifestation without its treatment counts as mild/moderate"),
    (
        "sledai_above_12_not_severe",
        "SLEDAI is above 12 but the chosen rule of severity is not met; it counts neither way",
    ),
    ("sledai_12_dropped", "modified index: SLEDAI above 12 alone is not severe"),
    ("criteria_missing", "criteria without data count as not met"),
];

/// The index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlareIndex {
    /// When a SLEDAI above 12 is severe.
    pub severe_sledai: SevereSledai,
    /// Modified index (M): SLEDAI above 12 alone is not severe, but mild/moderate when risen by at least 3.
    pub modified: bool,
    /// Whether mycophenolate counts as a drug of the severe column.
    pub mycophenolate_severe: bool,
}

impl Default for FlareIndex {
    fn default() -> FlareIndex {
        FlareIndex { severe_sledai: SevereSledai::AnyIncrease, modified: false, mycophenolate_severe: false }
    }
}

const EPS: f64 = 1e-9;

struct Found {
    out: FormScore,
    severe: bool,
    mild: bool,
}

impl Found {
    fn criterion(&mut self, severe: bool, id: &str, sentence: String) {
        let word = if severe { "Severe" } else { "Mild/moderate" };
        self.out.say("sfi", Confidence::High, id, None, format!("{word}: {sentence}."));
        self.severe |= severe;
        self.mild |= !severe;
    }
}

impl FlareIndex {
    fn sledai(&self, a: &Answers, f: &mut Found) {
        let (Some(now), Some(before)) = (a.get("sledai"), a.get("sledai_previous")) else { return };
        let rise = now - before;
        let change = format!("SLEDAI {} after {}", plain(now), plain(before));
        if now > 12.0 {
            let severe = match self.severe_sledai {
                SevereSledai::AnyIncrease => rise > 0.0,
                SevereSledai::Crossing => before <= 12.0,
                SevereSledai::Increase3 => rise >= 3.0,
            };
            if severe && self.modified {
                f.out.note("sledai_12_dropped");
                if rise >= 3.0 {
                    f.criterion(false, "sledai", format!("{change}, risen by at least 3"));
                }
            } else if severe {
                f.criterion(true, "sledai", format!("{change}, above 12"));
            } else if rise > 0.0 {
                f.out.note("sledai_above_12_not_severe");
            }
        } else if rise >= 3.0 {
            f.criterion(false, "sledai", format!("{change}, risen by at least 3"));
        }
    }

    fn prednisone(&self, a: &Answers, f: &mut Found) -> bool {
        let (Some(now), Some(before)) = (a.get("prednisone"), a.get("prednisone_previous")) else { return false };
        let weight = a.get("weight").filter(|w| *w > 0.0);
        let high = weight.is_some_and(|w| now / w > 0.5 + EPS);
        if now > before + EPS {
            let change = format!("prednisone {} after {} mg/day", plain(now), plain(before));
            match weight {
                Some(w) if high => {
                    f.criterion(true, "prednisone", format!("{change}, {:.2} mg/kg/day, above 0.5", now / w));
                }
                Some(w) => f.criterion(false, "prednisone", format!("{change}, {:.2} mg/kg/day", now / w)),
                None => {
                    f.out.note("no_weight");
                    f.criterion(false, "prednisone", change);
                }
            }
        }
        // starting from 0 is not a doubling
        (before > 0.0 && now >= 2.0 * before - EPS) || high
    }

    fn pga(a: &Answers, f: &mut Found) {
        let (Some(now), Some(before)) = (a.get("pga"), a.get("pga_previous")) else { return };
        let change = format!("PGA {} after {}", plain(now), plain(before));
        if now > 2.5 + EPS && now > before + EPS {
            f.criterion(true, "pga", format!("{change}, risen to above 2.5"));
        } else if now - before >= 1.0 - EPS {
            f.criterion(false, "pga", format!("{change}, risen by at least 1.0"));
        }
    }
}

impl Form for FlareIndex {
    fn id(&self) -> &'static str {
        if self.modified { "sfi-modified" } else { "sfi-classic" }
    }

    fn citation(&self) -> &'static str {
        "Buyon JP et al. Ann Intern Med 2005;142:953-962; Petri M et al. N Engl J Med 2005;353:2550-2558"
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn labels(&self) -> &'static [&'static str] {
        &["none", "mild/moderate", "severe"]
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &NOTES
    }

    fn score(&self, a: &Answers) -> FormScore {
        let mut f = Found { out: FormScore::default(), severe: false, mild: false };
        self.sledai(a, &mut f);
        let treated = self.prednisone(a, &mut f);
        Self::pga(a, &mut f);
        let hospitalised = a.yes("hospitalised") == Some(true);
        if hospitalised {
            f.criterion(true, "hospitalised", "in hospital for lupus activity".to_owned());
        }
        if a.yes("new_mild_manifestation") == Some(true) {
            f.criterion(
                false,
                "new_mild_manifestation",
                "new or worse manifestation of the mild/moderate column".to_owned(),
            );
        }
        let platelets = a.get("platelets").is_some_and(|p| p < 60.0 - EPS)
            && a.get("platelets_previous")
                .is_none_or(|p| p >= 60.0 - EPS || a.get("platelets").is_some_and(|now| now < p));
        let haemolysis = a.get("haemoglobin").is_some_and(|hb| {
            hb < 7.0 - EPS || a.get("haemoglobin_previous").is_some_and(|before| before - hb > 3.0 + EPS)
        });
        if a.yes("new_severe_manifestation") == Some(true) || platelets || haemolysis {
            let which = if platelets {
                "platelets below 60"
            } else if haemolysis {
                "haemolytic anaemia below 7 g/dL or fallen by more than 3"
            } else {
                "new or worse manifestation of the severe column"
            };
            let needed = treated || hospitalised;
            if !needed {
                f.out.note("severe_without_treatment");
            }
            f.criterion(needed, "new_severe_manifestation", which.to_owned());
        }
        if a.yes("new_cyclophosphamide_azathioprine_methotrexate") == Some(true) {
            f.criterion(true, "new_drug", "cyclophosphamide, azathioprine or methotrexate added".to_owned());
        }
        if a.yes("new_mycophenolate") == Some(true) && self.mycophenolate_severe {
            f.criterion(true, "new_drug", "mycophenolate added".to_owned());
        }
        if a.yes("new_nsaid_or_hydroxychloroquine") == Some(true) {
            f.criterion(false, "new_drug", "NSAID or hydroxychloroquine added".to_owned());
        }
        let previous = ["sledai_previous", "pga_previous", "prednisone_previous"].map(|id| a.get(id));
        if previous.iter().all(Option::is_none) {
            f.out.note("no_previous");
        }
        if a.iter().any(|(field, v)| v.is_none() && field.id != "weight") {
            f.out.note("criteria_missing");
        }
        let state = if f.severe { 2 } else { usize::from(f.mild) };
        let mut out = f.out;
        (out.value, out.lower, out.upper) = (Some(state as f64), state as f64, state as f64);
        out.label = Some(self.labels()[state]);
        out.say(
            "sfi.result",
            Confidence::High,
            "flare",
            Some(state as f64),
            format!("The flare is {}.", self.labels()[state]),
        );
        out
    }
}

static ORGANS: [Field; 8] = [
    points("mucocutaneous", 3, "0 none, 1 mild, 2 moderate, 3 severe"),
    points("musculoskeletal", 3, "0 none, 1 mild, 2 moderate, 3 severe"),
    points("cardiopulmonary", 3, "0 none, 1 mild, 2 moderate, 3 severe"),
    points("haematological", 3, "0 none, 1 mild, 2 moderate, 3 severe"),
    points("constitutional", 3, "0 none, 1 mild, 2 moderate, 3 severe"),
    points("renal", 3, "0 none, 1 mild, 2 moderate, 3 severe"),
    points("neurological", 3, "0 none, 1 mild, 2 moderate, 3 severe"),
    points("gastrointestinal", 3, "0 none, 1 mild, 2 moderate, 3 severe"),
];

/// The revised index from grades by organ: the highest of them. Its item rules are not reproduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisedFlareIndex;

impl Form for RevisedFlareIndex {
    fn id(&self) -> &'static str {
        "sfi-revised"
    }

    fn citation(&self) -> &'static str {
        "Petri M et al., revised SELENA flare index (SFI-R); grades by organ as recorded (M)"
    }

    fn fields(&self) -> &'static [Field] {
        &ORGANS
    }

    fn labels(&self) -> &'static [&'static str] {
        &["none", "mild", "moderate", "severe"]
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn score(&self, answers: &Answers) -> FormScore {
        let known = answers.iter().filter_map(|(_, v)| v).fold(0.0, f64::max);
        let open = answers.iter().any(|(_, v)| v.is_none());
        let mut out = FormScore::between(known, if open { 3.0 } else { known });
        for (field, value) in answers.iter().filter(|(_, v)| v.is_some_and(|v| v > 0.0)) {
            let word = value.map_or("", |v| self.labels()[(v as usize).min(3)]);
            out.say("sfi-revised", Confidence::Medium, field.id, value, format!("`{}` flares: {word}.", field.id));
        }
        out.label = out.value.map(|v| self.labels()[(v as usize).min(3)]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(form: FlareIndex, answers: &[(&str, f64)]) -> &'static str {
        let filled = answers.iter().fold(Answers::new(&form), |a, (id, v)| a.with(id, *v).unwrap());
        form.score(&filled).label.unwrap()
    }

    fn classic(answers: &[(&str, f64)]) -> &'static str {
        label(FlareIndex::default(), answers)
    }

    #[test]
    fn vector_51_sledai_alone() {
        let of = |before, now| classic(&[("sledai_previous", before), ("sledai", now)]);
        assert_eq!([of(6.0, 9.0), of(10.0, 13.0), of(14.0, 13.0)], ["mild/moderate", "severe", "none"]);
    }

    #[test]
    fn vector_52_pga_alone() {
        let of = |before, now| classic(&[("pga_previous", before), ("pga", now)]);
        assert_eq!([of(0.8, 1.8), of(1.0, 2.6)], ["mild/moderate", "severe"]);
    }

    #[test]
    fn vector_53_prednisone_alone() {
        let of = |now| classic(&[("prednisone_previous", 5.0), ("prednisone", now), ("weight", 60.0)]);
        assert_eq!([of(20.0), of(40.0)], ["mild/moderate", "severe"]);
    }

    #[test]
    fn modified_index_drops_sledai_above_12() {
        let modified = FlareIndex { modified: true, ..FlareIndex::default() };
        let of = |before, now| label(modified, &[("sledai_previous", before), ("sledai", now)]);
        assert_eq!([of(10.0, 13.0), of(11.0, 13.0), of(6.0, 9.0)], ["mild/moderate", "none", "mild/moderate"]);
    }

    #[test]
    fn severe_manifestation_without_treatment_is_mild_with_a_note() {
        let form = FlareIndex::default();
        let answers = Answers::new(&form).with("new_severe_manifestation", 1.0).unwrap();
        let score = form.score(&answers);
        assert_eq!(score.label, Some("mild/moderate"));
        assert!(score.notes.contains(&"severe_without_treatment"));
        assert_eq!(form.score(&answers.with("hospitalised", 1.0).unwrap()).label, Some("severe"));
    }

    #[test]
    fn revised_index_is_the_highest_organ() {
        let answers = Answers::nothing_present(&RevisedFlareIndex)
            .with("renal", 2.0)
            .unwrap()
            .with("constitutional", 1.0)
            .unwrap();
        assert_eq!(RevisedFlareIndex.score(&answers).label, Some("moderate"));
        let open = Answers::new(&RevisedFlareIndex).with("renal", 3.0).unwrap();
        assert_eq!(RevisedFlareIndex.score(&open).label, Some("severe"), "nothing can be higher");
    }
}
