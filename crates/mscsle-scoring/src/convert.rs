//! Laboratory values in another unit, in columns.

use crate::ScoringError;
use mscsle_domain::{convert_to, lab_test};

/// Values of a laboratory test in another of its units; NaN stays NaN.
///
/// Units and factors are those of [`mscsle_domain::lab_tests`]; two units that need further data to be converted (cells/uL
/// and /hpf, mL/min and mL/min/1.73 m2) are refused.
///
/// # Errors
/// A test or unit that does not exist.
///
/// ```
/// let values = mscsle_scoring::convert_values("upcr", &[50.0, f64::NAN], "mg/mmol", "g/g").unwrap();
/// assert!((values[0] - 0.442_008).abs() < 1e-6 && values[1].is_nan());
/// ```
pub fn convert_values(test: &str, values: &[f64], from: &str, to: &str) -> Result<Vec<f64>, ScoringError> {
    // refuses what does not exist, with its reasons
    convert_to(test, 1.0, from, to)?;
    let units = lab_test(test).and_then(|test| test.unit(from).zip(test.unit(to)));
    Ok(match units {
        Some((from, to)) if from != to => {
            values.iter().map(|&value| to.from_canonical(from.to_canonical(value))).collect()
        }
        _ => values.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors print six digits.
    const RTOL_VECTORS: f64 = 1e-6;

    fn one(test: &str, value: f64, from: &str, to: &str) -> f64 {
        convert_values(test, &[value], from, to).unwrap()[0]
    }

    #[test]
    fn tv_19_urea_and_protein_ratio() {
        for (test, value, from, to, expected) in [
            ("bun", 6.5, "mmol/L", "mg/dL", 18.2087),
            ("upcr", 0.5, "g/g", "mg/mmol", 56.56),
            ("upcr", 50.0, "mg/mmol", "g/g", 0.442_008),
        ] {
            let value = one(test, value, from, to);
            assert!((value / expected - 1.0).abs() < 3.0 * RTOL_VECTORS, "{test} {value}");
        }
    }

    #[test]
    fn tv_29_a_ratio_of_52_mg_per_mmol_is_below_half_a_gram_but_not_below_50() {
        let grams = one("upcr", 52.0, "mg/mmol", "g/g");
        assert!((grams - 0.45969).abs() < 5e-6 && grams < 0.5);
    }

    #[test]
    fn unit_of_another_test_is_refused_with_those_that_fit() {
        let error = convert_values("creatinine", &[1.0], "g/L", "umol/L").unwrap_err();
        assert!(error.to_string().starts_with("`creatinine` has no unit `g/L`; use"), "{error}");
    }
}
