//! Physician global assessment on its scales, and SLE-DAS states from a total.
//!
//! ```text
//! 0-3 scale   as it is        VAS of L mm   3 mm / L        0-10 scale   0.3 x
//! ```
//!
//! # References
//! Jesus D et al. Ann Rheum Dis 2019;78:365-371 and 2021;80:1568-1574 (SLE-DAS).

use crate::form::{Answers, Field, FieldScale, Form, FormScore, amount};
use crate::why::{Confidence, plain};

static PGA: [Field; 2] = [
    Field { id: "value", scale: FieldScale::Amount, meaning: "the assessment on its scale" },
    amount("scale_max", "highest value of the scale: 3, 10, 100, or the length of the line in mm"),
];

/// The assessment brought to 0 to 3; a scale other than 0 to 3 is rescaled linearly and noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pga;

impl Form for Pga {
    fn id(&self) -> &'static str {
        "pga"
    }

    fn citation(&self) -> &'static str {
        "Physician global assessment, visual analogue scale 0 to 3 (0 none, 1 mild, 2 moderate, 3 severe)"
    }

    fn fields(&self) -> &'static [Field] {
        &PGA
    }

    fn labels(&self) -> &'static [&'static str] {
        &[]
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("rescaled", "the scale is not 0 to 3; it was rescaled linearly, which assumes the same anchors"),
            ("scale_missing", "the highest value of the scale is missing, so the assessment cannot be read"),
            ("outside_scale", "the assessment lies above the highest value of its scale and is not used"),
        ]
    }

    fn score(&self, answers: &Answers) -> FormScore {
        let open = FormScore { value: None, lower: 0.0, upper: 3.0, ..FormScore::default() };
        let Some(value) = answers.get("value") else { return open };
        let mut out = open;
        let Some(most) = answers.get("scale_max").filter(|m| *m > 0.0) else {
            out.note("scale_missing");
            return out;
        };
        if value > most + 1e-9 {
            out.note("outside_scale");
            return out;
        }
        let scaled = if most == 3.0 { value } else { 3.0 * value / most };
        (out.value, out.lower, out.upper) = (Some(scaled), scaled, scaled);
        out.say(
            "pga",
            Confidence::High,
            "value",
            Some(value),
            format!("{} of {} is {} on the scale of 0 to 3.", plain(value), plain(most), plain(scaled)),
        );
        if most != 3.0 {
            out.note("rescaled");
        }
        out
    }
}

static SLE_DAS: [Field; 1] = [amount("total", "SLE-DAS total")];

/// States of the SLE-DAS: remission <= 2.08, mild <= 7.64, moderate or severe above. Totals only: its formula is not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SleDas;

/// Least change of the SLE-DAS that is clinically meaningful.
pub const SLE_DAS_MEANINGFUL_CHANGE: f64 = 1.72;

impl Form for SleDas {
    fn id(&self) -> &'static str {
        "sle-das"
    }

    fn citation(&self) -> &'static str {
        "Jesus D et al. Ann Rheum Dis 2019;78:365-371; Ann Rheum Dis 2021;80:1568-1574 (bands M)"
    }

    fn fields(&self) -> &'static [Field] {
        &SLE_DAS
    }

    fn labels(&self) -> &'static [&'static str] {
        &["remission", "mild", "moderate or severe"]
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[("index_only", "remission by the index alone; the definition of 2021 also limits prednisone to 5 mg/day (M)")]
    }

    fn score(&self, answers: &Answers) -> FormScore {
        let Some(total) = answers.get("total") else {
            return FormScore { lower: 0.0, upper: f64::INFINITY, ..FormScore::default() };
        };
        let mut out = FormScore::between(total, total);
        let state = if total <= 2.08 + 1e-9 {
            0
        } else if total <= 7.64 + 1e-9 {
            1
        } else {
            2
        };
        out.label = Some(self.labels()[state]);
        out.say(
            "sle-das.state",
            Confidence::Medium,
            "total",
            Some(total),
            format!("{} is {} (remission up to 2.08, mild up to 7.64).", plain(total), self.labels()[state]),
        );
        if state == 0 {
            out.note("index_only");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_59_visual_analogue_scale() {
        let answers = Answers::new(&Pga).with("value", 35.0).unwrap().with("scale_max", 100.0).unwrap();
        let score = Pga.score(&answers);
        assert!((score.value.unwrap() - 1.05).abs() < 1e-12 && score.notes == ["rescaled"]);
    }

    #[test]
    fn assessment_above_its_scale_is_not_used() {
        let answers = Answers::new(&Pga).with("value", 3.5).unwrap().with("scale_max", 3.0).unwrap();
        assert_eq!(Pga.score(&answers).value, None);
    }

    #[test]
    fn vector_60_sle_das_states() {
        let states = [2.08, 2.09, 7.64, 7.65]
            .map(|total| SleDas.score(&Answers::new(&SleDas).with("total", total).unwrap()).label.unwrap());
        assert_eq!(states, ["remission", "mild", "mild", "moderate or severe"]);
    }
}
