//! Laboratory results as they are written: numbers, values beyond the limit of detection, dipstick grades, words.

/// How the number of a result is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Qualifier {
    /// The value itself.
    Exact,
    /// `<0.15`: below the number.
    Below,
    /// `<=0.15`: at most the number.
    AtMost,
    /// `>400`: above the number.
    Above,
    /// `>=400`: at least the number.
    AtLeast,
    /// A dipstick grade: negative and trace 0, `+` 1, `++` 2, `+++` 3, `++++` 4.
    Grade,
}

impl Qualifier {
    /// The qualifier's word in Python: `eq`, `lt`, `le`, `gt`, `ge` or `grade`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Qualifier::Exact => "eq",
            Qualifier::Below => "lt",
            Qualifier::AtMost => "le",
            Qualifier::Above => "gt",
            Qualifier::AtLeast => "ge",
            Qualifier::Grade => "grade",
        }
    }
}

/// A laboratory result: a number and how it is to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabValue {
    /// The number: the value, the limit of detection, or the dipstick grade.
    pub number: f64,
    /// How it is to be read.
    pub qualifier: Qualifier,
}

impl LabValue {
    /// A plain number.
    #[must_use]
    pub fn exact(number: f64) -> LabValue {
        LabValue { number, qualifier: Qualifier::Exact }
    }

    /// Reads a result as it is written; `None` when it is neither a number, a limit nor a dipstick word.
    ///
    /// ```text
    /// 2.24          the number
    /// <0.15, < 0.15 below the limit of detection (also <=, >, >= and their one-character forms)
    /// 2+, ++        dipstick grade 2 (up to ++++)
    /// trace, neg    dipstick grade 0 (also tr, +/-, negative, nil, none, absent, not detected, -)
    /// pos           dipstick grade 1 (also positive)
    /// ```
    ///
    /// A comma as decimal sign is not guessed (`1,250` is ambiguous); ranges such as `3-5` are not reduced to a number.
    ///
    /// # Examples
    /// ```
    /// use mscsle_domain::{LabValue, Qualifier};
    /// assert_eq!(LabValue::parse("<0.15"), Some(LabValue { number: 0.15, qualifier: Qualifier::Below }));
    /// assert_eq!(LabValue::parse("2+"), Some(LabValue { number: 2.0, qualifier: Qualifier::Grade }));
    /// assert_eq!(LabValue::parse("3-5"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<LabValue> {
        let text = text.trim();
        if let Some(number) = parse_number(text) {
            return Some(LabValue::exact(number));
        }
        for (sign, qualifier) in [
            ("<=", Qualifier::AtMost),
            ("≤", Qualifier::AtMost),
            (">=", Qualifier::AtLeast),
            ("≥", Qualifier::AtLeast),
            ("<", Qualifier::Below),
            (">", Qualifier::Above),
        ] {
            if let Some(rest) = text.strip_prefix(sign) {
                return parse_number(rest.trim()).map(|number| LabValue { number, qualifier });
            }
        }
        dipstick_grade(text).map(|number| LabValue { number, qualifier: Qualifier::Grade })
    }
}

/// A finite decimal number; words such as `inf` and `nan`, which Rust would accept, are not numbers here.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

fn dipstick_grade(text: &str) -> Option<f64> {
    let word = text.to_ascii_lowercase();
    let grade = match word.as_str() {
        "trace" | "tr" | "+/-" | "±" | "+-" | "negative" | "neg" | "nil" | "none" | "absent" | "not detected" | "-" => {
            0.0
        }
        "+" | "1+" | "+1" | "positive" | "pos" => 1.0,
        "++" | "2+" => 2.0,
        "+++" | "3+" => 3.0,
        "++++" | "4+" => 4.0,
        _ => return None,
    };
    Some(grade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dipstick_words_are_grades() {
        for (text, grade) in [("trace", 0.0), ("Neg", 0.0), ("+", 1.0), ("2+", 2.0), ("+++", 3.0), ("4+", 4.0)] {
            assert_eq!(LabValue::parse(text), Some(LabValue { number: grade, qualifier: Qualifier::Grade }), "{text}");
        }
    }

    #[test]
    fn limits_keep_their_sign() {
        for (text, qualifier) in [
            ("<0.15", Qualifier::Below),
            ("≤ 0.15", Qualifier::AtMost),
            (">0.15", Qualifier::Above),
            (">= 0.15", Qualifier::AtLeast),
        ] {
            assert_eq!(LabValue::parse(text), Some(LabValue { number: 0.15, qualifier }), "{text}");
        }
    }

    #[test]
    fn what_is_ambiguous_is_not_read() {
        for text in ["", "1,250", "0,15", "3-5", "many", "inf", "nan", "< trace", "5 mg", "1e999", "+inf"] {
            assert_eq!(LabValue::parse(text), None, "{text}");
        }
    }
}
