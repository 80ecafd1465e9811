//! Cutaneous Lupus Erythematosus Disease Area and Severity Index: activity 0 to 70, damage 0 to 56.
//!
//! ```text
//! activity = sum over 13 areas of erythema (0-3) and scale (0-2) + mucosal lesion (0/1) + recent hair loss (0/1) + alopecia (0-3)
//! damage   = dyspigmentation over 13 areas (0/1, doubled when it lasts 12 months) + scarring over 12 areas (0-2) + scalp (0, 3-6)
//! ```
//!
//! # References
//! Albrecht J et al. J Invest Dermatol 2005;125:889-894.

use crate::form::{Answers, Field, FieldScale, Form, FormScore, flag, points};
use crate::why::{Confidence, plain};

macro_rules! areas {
    ($prefix:literal, $scale:expr, $meaning:literal; $($area:literal),+) => {
        [$(Field { id: concat!($prefix, "_", $area), scale: $scale, meaning: concat!($meaning, ", ", $area) }),+]
    };
}

const ERYTHEMA: [Field; 13] = areas!("erythema", FieldScale::Points(3), "erythema 0 to 3"; "scalp", "ears", "nose", "face",
    "v_neck", "posterior_neck", "chest", "abdomen", "back", "arms", "hands", "legs", "feet");
const SCALE: [Field; 13] = areas!("scale", FieldScale::Points(2), "scale or hypertrophy 0 to 2"; "scalp", "ears", "nose",
    "face", "v_neck", "posterior_neck", "chest", "abdomen", "back", "arms", "hands", "legs", "feet");
const DYSPIGMENTATION: [Field; 13] = areas!("dyspigmentation", FieldScale::Flag, "dyspigmentation"; "scalp", "ears", "nose",
    "face", "v_neck", "posterior_neck", "chest", "abdomen", "back", "arms", "hands", "legs", "feet");
const SCARRING: [Field; 12] = areas!("scarring", FieldScale::Points(2), "scarring, atrophy or panniculitis 0 to 2"; "ears",
    "nose", "face", "v_neck", "posterior_neck", "chest", "abdomen", "back", "arms", "hands", "legs", "feet");

const fn join<const N: usize>(parts: &[&[Field]]) -> [Field; N] {
    let mut out = [flag("", ""); N];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut i = 0;
        while i < parts[part].len() {
            out[at] = parts[part][i];
            at += 1;
            i += 1;
        }
        part += 1;
    }
    out
}

static ACTIVITY: [Field; 29] = join(&[
    &ERYTHEMA,
    &SCALE,
    &[
        flag("mucous_membrane", "mucous membrane lesion"),
        flag("recent_hair_loss", "hair loss within 30 days"),
        points("alopecia", 3, "non-scarring alopecia: 1 diffuse, 2 patchy in one quadrant, 3 in more"),
    ],
]);

static DAMAGE: [Field; 27] = join(&[
    &DYSPIGMENTATION,
    &SCARRING,
    &[
        points("scarring_scalp", 6, "scarring of the scalp: 0, 3 one quadrant, 4 two, 5 three, 6 whole"),
        flag("dyspigmentation_12_months", "whether dyspigmentation usually lasts 12 months or more"),
    ],
]);

fn most(field: &Field) -> f64 {
    match field.scale {
        FieldScale::Points(most) => f64::from(most),
        _ => 1.0,
    }
}

fn sum(out: &mut FormScore, answers: &Answers, skip: &[&str]) -> (f64, f64) {
    let (mut low, mut high) = (0.0, 0.0);
    for (field, value) in answers.iter().filter(|(f, _)| !skip.contains(&f.id)) {
        low += value.unwrap_or(0.0);
        high += value.unwrap_or(most(field));
        match value {
            Some(v) if v > 0.0 => {
                out.say(
                    "clasi",
                    Confidence::High,
                    field.id,
                    value,
                    format!("`{}` counts {} ({}).", field.id, plain(v), field.meaning),
                );
            }
            None => out.say(
                "clasi",
                Confidence::High,
                field.id,
                None,
                format!("`{}` is missing and could count up to {}.", field.id, most(field)),
            ),
            _ => {}
        }
    }
    (low, high)
}

fn finish(mut out: FormScore, low: f64, high: f64, what: &str) -> FormScore {
    let (why, notes) = (std::mem::take(&mut out.why), std::mem::take(&mut out.notes));
    let mut score = FormScore { why, notes, ..FormScore::between(low, high) };
    let value = score.value;
    let sentence = match value {
        Some(v) => format!("The {what} score is {}.", plain(v)),
        None => format!("The {what} score lies between {} and {}.", plain(low), plain(high)),
    };
    score.say("clasi.total", Confidence::High, "total", value, sentence);
    score
}

/// The activity score, with bands 0-9 mild, 10-20 moderate, 21-70 severe (M).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClasiActivity;

impl Form for ClasiActivity {
    fn id(&self) -> &'static str {
        "clasi-activity"
    }

    fn citation(&self) -> &'static str {
        "Albrecht J et al. J Invest Dermatol 2005;125:889-894"
    }

    fn fields(&self) -> &'static [Field] {
        &ACTIVITY
    }

    fn labels(&self) -> &'static [&'static str] {
        &["mild", "moderate", "severe"]
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn score(&self, answers: &Answers) -> FormScore {
        let mut out = FormScore::default();
        let (low, high) = sum(&mut out, answers, &[]);
        let mut score = finish(out, low, high, "CLASI activity");
        let band = |x: f64| {
            self.labels()[if x <= 9.0 {
                0
            } else if x <= 20.0 {
                1
            } else {
                2
            }]
        };
        score.label = (band(low) == band(high)).then(|| band(low));
        score
    }
}

/// The damage score; dyspigmentation counts double when it usually lasts 12 months or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClasiDamage;

impl Form for ClasiDamage {
    fn id(&self) -> &'static str {
        "clasi-damage"
    }

    fn citation(&self) -> &'static str {
        "Albrecht J et al. J Invest Dermatol 2005;125:889-894"
    }

    fn fields(&self) -> &'static [Field] {
        &DAMAGE
    }

    fn labels(&self) -> &'static [&'static str] {
        &[]
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[("scalp_scarring_not_in_scale", "scarring of the scalp is 0, 3, 4, 5 or 6; 1 and 2 are not in its scale")]
    }

    fn score(&self, answers: &Answers) -> FormScore {
        let mut out = FormScore::default();
        if answers.get("scarring_scalp").is_some_and(|v| v == 1.0 || v == 2.0) {
            out.note("scalp_scarring_not_in_scale");
            return FormScore {
                notes: out.notes,
                ..FormScore { value: None, lower: 0.0, upper: 56.0, ..FormScore::default() }
            };
        }
        let pigment: Vec<&str> = DYSPIGMENTATION.iter().map(|f| f.id).collect();
        let mut skip = pigment.clone();
        skip.push("dyspigmentation_12_months");
        let (scars_low, scars_high) = sum(&mut out, answers, &skip);
        let values: Vec<Option<f64>> = pigment.iter().map(|id| answers.get(id)).collect();
        let low: f64 = values.iter().map(|v| v.unwrap_or(0.0)).sum();
        let high: f64 = values.iter().map(|v| v.unwrap_or(1.0)).sum();
        let lasting = answers.yes("dyspigmentation_12_months");
        let (factor_low, factor_high) = match lasting {
            Some(true) => (2.0, 2.0),
            Some(false) => (1.0, 1.0),
            None => (1.0, 2.0),
        };
        if high > 0.0 {
            let doubled = if factor_low == 2.0 { ", doubled since it lasts 12 months" } else { "" };
            out.say(
                "clasi.dyspigmentation",
                Confidence::Medium,
                "dyspigmentation",
                Some(low),
                format!("Dyspigmentation in {} areas{doubled}.", plain(low)),
            );
        }
        finish(out, scars_low + low * factor_low, scars_high + high * factor_high, "CLASI damage")
    }
}

/// Whether activity has fallen by at least 50 % from baseline (CLASI-50); `None` without activity at baseline.
#[must_use]
pub fn clasi_50(baseline: f64, now: f64) -> Option<bool> {
    (baseline > 0.0 && now >= 0.0).then_some(now <= 0.5 * baseline + 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_58_malar_erythema_alopecia_and_ulcer() {
        let answers = [("erythema_nose", 2.0), ("scale_nose", 1.0), ("alopecia", 2.0), ("mucous_membrane", 1.0)]
            .iter()
            .fold(Answers::nothing_present(&ClasiActivity), |a, (id, v)| a.with(id, *v).unwrap());
        let score = ClasiActivity.score(&answers);
        assert_eq!((score.value, score.label), (Some(6.0), Some("mild")));
    }

    #[test]
    fn greatest_scores_are_70_and_56() {
        assert_eq!(ClasiActivity.score(&Answers::new(&ClasiActivity)).upper, 70.0);
        assert_eq!(ClasiDamage.score(&Answers::new(&ClasiDamage)).upper, 56.0);
    }

    #[test]
    fn half_of_the_activity_is_a_response() {
        assert_eq!([clasi_50(10.0, 5.0), clasi_50(10.0, 5.1), clasi_50(0.0, 0.0)], [Some(true), Some(false), None]);
    }
}
