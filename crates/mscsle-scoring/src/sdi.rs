//! SLICC/ACR Damage Index: irreversible change since the onset of lupus, whether or not caused by it.
//!
//! ```text
//! SDI = sum over the domains of the points of their items; renal = 3 with end-stage disease, GFR + proteinuria otherwise
//! ```
//!
//! Once scored an item stays, so the index can only stay or rise ([`falling_visits`] finds where it does not). Total 41 items
//! and at most 47 points with the later additions (pancreatic insufficiency, tendon rupture), 39 and 45 without (M).
//!
//! # References
//! Gladman D et al. Arthritis Rheum 1996;39:363-369.

use crate::form::{Answers, Field, Form, FormScore, flag, points};
use crate::why::Confidence;
use crate::words::words;

words! {
    /// Which items count.
    pub enum SdiVersion, "version" {
        /// 41 items with the later additions.
        Full41 = "full-41",
        /// 39 items of the original.
        Original39 = "original-39",
    }
}

static FIELDS: [Field; 41] = [
    flag("cataract", "any cataract ever"),
    flag("retinal_change_optic_atrophy", "retinal change or optic atrophy"),
    flag("cognitive_impairment_psychosis", "cognitive impairment or major psychosis"),
    flag("seizures", "seizures needing therapy for 6 months"),
    points("cva", 2, "cerebrovascular accident ever or resection; 2 if more than one"),
    flag("neuropathy", "cranial or peripheral neuropathy, not optic"),
    flag("transverse_myelitis", "transverse myelitis"),
    flag("gfr_below_half", "GFR below 50 %"),
    flag("proteinuria", "proteinuria >= 3.5 g/24 h"),
    flag("end_stage_renal_disease", "end-stage renal disease, regardless of dialysis or transplant"),
    flag("pulmonary_hypertension", "pulmonary hypertension"),
    flag("pulmonary_fibrosis", "pulmonary fibrosis"),
    flag("shrinking_lung", "shrinking lung"),
    flag("pleural_fibrosis", "pleural fibrosis"),
    flag("pulmonary_infarction", "pulmonary infarction or resection"),
    flag("angina_bypass", "angina or coronary bypass"),
    points("myocardial_infarction", 2, "myocardial infarction ever; 2 if more than one"),
    flag("cardiomyopathy", "cardiomyopathy"),
    flag("valvular_disease", "valvular disease"),
    flag("pericarditis", "pericarditis for 6 months or pericardiectomy"),
    flag("claudication", "claudication for 6 months"),
    flag("minor_tissue_loss", "minor tissue loss, pulp space"),
    points("significant_tissue_loss", 2, "loss of digit or limb; 2 if more than one site"),
    flag("venous_thrombosis", "venous thrombosis with swelling, ulceration or stasis"),
    points(
        "bowel_infarction_resection",
        2,
        "infarction or resection of bowel, spleen, liver or gallbladder; 2 if more than one",
    ),
    flag("mesenteric_insufficiency", "mesenteric insufficiency"),
    flag("chronic_peritonitis", "chronic peritonitis"),
    flag("stricture_upper_gi_surgery", "stricture or upper gastrointestinal surgery"),
    flag("pancreatic_insufficiency", "pancreatic insufficiency needing enzymes, or pseudocyst (later addition)"),
    flag("muscle_atrophy", "muscle atrophy or weakness"),
    flag("deforming_arthritis", "deforming or erosive arthritis"),
    flag("osteoporosis_fracture", "osteoporosis with fracture or vertebral collapse"),
    points("avascular_necrosis", 2, "avascular necrosis; 2 if more than one"),
    flag("osteomyelitis", "osteomyelitis"),
    flag("tendon_rupture", "tendon rupture (later addition)"),
    flag("scarring_alopecia", "scarring chronic alopecia"),
    flag("extensive_scarring", "extensive scarring or panniculum, not scalp or pulp"),
    flag("skin_ulceration", "skin ulceration for 6 months, not thrombotic"),
    flag("premature_gonadal_failure", "premature gonadal failure"),
    flag("diabetes", "diabetes"),
    points("malignancy", 2, "malignancy, dysplasia excluded; 2 if more than one site"),
];

/// The index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sdi {
    /// Which items count.
    pub version: SdiVersion,
}

impl Form for Sdi {
    fn id(&self) -> &'static str {
        "sdi"
    }

    fn citation(&self) -> &'static str {
        "Gladman D et al. Arthritis Rheum 1996;39:363-369"
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn labels(&self) -> &'static [&'static str] {
        &[]
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[("later_additions_ignored", "pancreatic insufficiency and tendon rupture are no items of the original index")]
    }

    fn score(&self, answers: &Answers) -> FormScore {
        let (mut low, mut high) = (0.0, 0.0);
        let mut out = FormScore::default();
        // renal: items that end-stage disease replaces
        let esrd = answers.yes("end_stage_renal_disease");
        for (field, value) in answers.iter() {
            let later = matches!(field.id, "pancreatic_insufficiency" | "tendon_rupture");
            if later && self.version == SdiVersion::Original39 {
                if value.is_some_and(|v| v > 0.0) {
                    out.note("later_additions_ignored");
                }
                continue;
            }
            if matches!(field.id, "gfr_below_half" | "proteinuria" | "end_stage_renal_disease") {
                continue;
            }
            let most = match field.scale {
                crate::form::FieldScale::Points(most) => f64::from(most),
                _ => 1.0,
            };
            low += value.unwrap_or(0.0);
            high += value.unwrap_or(most);
            match value {
                Some(v) if v > 0.0 => {
                    let unit = if v == 1.0 { "point" } else { "points" };
                    out.say(
                        "sdi",
                        Confidence::High,
                        field.id,
                        value,
                        format!("`{}` counts {v} {unit} ({}).", field.id, field.meaning),
                    );
                }
                None => out.say(
                    "sdi",
                    Confidence::High,
                    field.id,
                    None,
                    format!("`{}` is missing and could count up to {most}.", field.id),
                ),
                _ => {}
            }
        }
        let parts = ["gfr_below_half", "proteinuria"].map(|id| answers.get(id));
        let part_low: f64 = parts.iter().map(|p| p.unwrap_or(0.0)).sum();
        let part_high: f64 = parts.iter().map(|p| p.unwrap_or(1.0)).sum();
        let (renal_low, renal_high) = match esrd {
            Some(true) => (3.0, 3.0),
            Some(false) => (part_low, part_high),
            None => (part_low, 3.0),
        };
        if renal_high > 0.0 {
            let how = if esrd == Some(true) {
                "end-stage disease counts 3 and replaces GFR and proteinuria".to_owned()
            } else {
                format!("GFR and proteinuria count {renal_low} to {renal_high}")
            };
            out.say("sdi.renal", Confidence::High, "renal", Some(renal_low), format!("Renal: {how}."));
        }
        let mut score = FormScore::between(low + renal_low, high + renal_high);
        (score.why, score.notes) = (out.why, out.notes);
        let total = match score.value {
            Some(v) => format!("The damage index is {v}."),
            None => format!("The damage index lies between {} and {}.", score.lower, score.upper),
        };
        let value = score.value;
        score.say("sdi.total", Confidence::High, "total", value, total);
        score
    }
}

/// Rows where a subject's index is below an earlier one: damage does not heal, so one of the two is wrong.
#[must_use]
pub fn falling_visits(subject: &[i32], day: &[f64], value: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..subject.len().min(day.len()).min(value.len()))
        .filter(|&r| !day[r].is_nan() && !value[r].is_nan())
        .collect();
    order.sort_by(|&a, &b| subject[a].cmp(&subject[b]).then(day[a].total_cmp(&day[b])));
    let mut out = vec![false; subject.len()];
    let mut highest: Option<(i32, f64)> = None;
    for row in order {
        match highest {
            Some((who, most)) if who == subject[row] => {
                out[row] = value[row] < most;
                highest = Some((who, most.max(value[row])));
            }
            _ => highest = Some((subject[row], value[row])),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdi(version: SdiVersion, answers: &[(&str, f64)]) -> FormScore {
        let form = Sdi { version };
        let filled = answers.iter().fold(Answers::nothing_present(&form), |a, (id, v)| a.with(id, *v).unwrap());
        form.score(&filled)
    }

    #[test]
    fn vector_56_end_stage_disease_replaces_gfr_and_proteinuria() {
        let parts = [("gfr_below_half", 1.0), ("proteinuria", 1.0)];
        assert_eq!(sdi(SdiVersion::Full41, &parts).value, Some(2.0));
        let with = [parts[0], parts[1], ("end_stage_renal_disease", 1.0)];
        assert_eq!(sdi(SdiVersion::Full41, &with).value, Some(3.0));
    }

    #[test]
    fn vector_57_three_domains() {
        let score = sdi(SdiVersion::Full41, &[("cataract", 1.0), ("avascular_necrosis", 2.0), ("diabetes", 1.0)]);
        assert_eq!(score.value, Some(4.0));
    }

    #[test]
    fn greatest_scores_are_47_and_45() {
        for (version, most) in [(SdiVersion::Full41, 47.0), (SdiVersion::Original39, 45.0)] {
            let form = Sdi { version };
            let nothing = form.score(&Answers::new(&form));
            assert_eq!((nothing.value, nothing.lower, nothing.upper), (None, 0.0, most));
        }
    }

    #[test]
    fn index_that_falls_is_found() {
        let falling = falling_visits(&[0, 0, 0, 1], &[2.0, 1.0, 3.0, 1.0], &[3.0, 1.0, 2.0, 0.0]);
        assert_eq!(falling, [false, false, true, false]);
    }
}
