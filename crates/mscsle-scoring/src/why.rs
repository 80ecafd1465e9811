//! Why a score came out as it did: sentences, each with the machine-readable step behind it.

use crate::words::words;

words! {
    /// How well a rule is supported by what could be read of its publication.
    pub enum Confidence, "confidence" {
        /// Read in a public source and in agreement with the instrument.
        High = "H",
        /// Known, supported indirectly; the rule text itself was not seen.
        Medium = "M",
        /// Recalled, unverified or contradictory.
        Low = "L",
    }
}

/// One step of a derivation.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Id of the rule, such as `sledai-2k.proteinuria`.
    pub rule: String,
    /// How well the rule is supported.
    pub confidence: Confidence,
    /// The item, measurement or component looked at.
    pub item: String,
    /// Its value as recorded, `None` when missing.
    pub value: Option<String>,
    /// The threshold or definition it was held against.
    pub threshold: String,
    /// What it contributed: points, or a grade.
    pub contribution: Option<String>,
    /// Whether this step decided the result.
    pub decided: bool,
    /// The step as a sentence.
    pub sentence: String,
}

/// A derivation: the steps in the order in which they were taken.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Why {
    /// The steps.
    pub reasons: Vec<Reason>,
}

impl Why {
    /// The sentences alone.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.reasons.iter().map(|r| r.sentence.as_str())
    }

    pub(crate) fn push(&mut self, reason: Reason) {
        self.reasons.push(reason);
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, sentence) in self.sentences().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            f.write_str(sentence)?;
        }
        Ok(())
    }
}

/// A number as a person would write it: no trailing zeros, at most 6 significant decimals.
pub(crate) fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
