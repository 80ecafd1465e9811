//! IBM hexadecimal floating point, as numbers stand in transport files.
//!
//! ```text
//! value = (-1)^s * 0.f * 16^(e - 64), s 1 bit, e 7 bits, f 56 bits, big-endian
//! ```
//!
//! A number may be stored truncated to 3 to 7 bytes; the missing bytes are zero. A missing value has `.`, `_` or `A` to
//! `Z` in the first byte and zeros after it.

use crate::values::is_tag;

/// A number of a transport file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stored {
    /// A value.
    Value(f64),
    /// A missing value with its tag: `.`, `_` or `A` to `Z`.
    Missing(u8),
}

/// Reads 2 to 8 bytes.
pub(crate) fn from_ibm(bytes: &[u8]) -> Stored {
    let (Some(&first), rest) = (bytes.first(), bytes.get(1..).unwrap_or_default()) else {
        return Stored::Missing(b'.');
    };
    if is_tag(first) && rest.iter().all(|&b| b == 0) {
        return Stored::Missing(first);
    }
    let fraction = (0..7).fold(0_u64, |f, i| (f << 8) | u64::from(rest.get(i).copied().unwrap_or(0)));
    if fraction == 0 {
        return Stored::Value(0.0);
    }
    // `as` rounds half to even; the scale is a power of two between 2^-312 and 2^196.
    let scale = power_of_two(4 * (i32::from(first & 0x7F) - 64) - 56);
    let magnitude = fraction as f64 * scale;
    Stored::Value(if first & 0x80 == 0 { magnitude } else { -magnitude })
}

/// The eight bytes of a finite number, or `None` when it lies outside the range (about 5.4e-79 to 7.2e75).
pub(crate) fn to_ibm(value: f64) -> Option<[u8; 8]> {
    if value == 0.0 {
        return Some([0; 8]);
    }
    let bits = value.to_bits();
    let biased = ((bits >> 52) & 0x7FF) as i32;
    if biased == 0 || biased == 0x7FF {
        return None; // subnormal, infinite or NaN
    }
    let exponent = biased - 1023;
    let mantissa = (bits & ((1 << 52) - 1)) | (1 << 52);
    // value = mantissa * 2^(exponent - 52); 16^power is the smallest power of 16 above it.
    let power = exponent.div_euclid(4) + 1;
    let characteristic = u8::try_from(power + 64).ok().filter(|e| *e <= 0x7F)?;
    let fraction = mantissa << exponent.rem_euclid(4);
    let mut bytes = fraction.to_be_bytes();
    bytes[0] = characteristic | if value < 0.0 { 0x80 } else { 0 };
    Some(bytes)
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + i64::from(exponent)) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_bytes_are_known_numbers() {
        for (bytes, value) in [
            ([0x41, 0x10, 0, 0, 0, 0, 0, 0], 1.0),
            ([0xC1, 0x10, 0, 0, 0, 0, 0, 0], -1.0),
            ([0x42, 0x64, 0, 0, 0, 0, 0, 0], 100.0),
            ([0xC2, 0x76, 0xA0, 0, 0, 0, 0, 0], -118.625),
            ([0, 0, 0, 0, 0, 0, 0, 0], 0.0),
        ] {
            assert_eq!(from_ibm(&bytes), Stored::Value(value));
            assert_eq!(to_ibm(value), Some(bytes));
        }
    }

    #[test]
    fn an_unnormalised_zero_is_zero() {
        assert_eq!(from_ibm(&[0x40, 0, 0, 0, 0, 0, 0, 0]), Stored::Value(0.0));
    }

    #[test]
    fn missing_values_are_recognised_at_every_length() {
        for length in 2..=8 {
            let mut bytes = vec![0_u8; length];
            for tag in [b'.', b'_', b'A', b'Z'] {
                bytes[0] = tag;
                assert_eq!(from_ibm(&bytes), Stored::Missing(tag));
            }
        }
        assert_eq!(from_ibm(&[0x41, 0x10, 0]), Stored::Value(1.0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for value in [1e76, -1e76, 1e-79, f64::MIN_POSITIVE, 1e-310, f64::INFINITY, f64::NAN] {
            assert_eq!(to_ibm(value), None, "{value}");
        }
        for value in [7.2e75, 5.4e-79, -5.4e-79] {
            assert_eq!(to_ibm(value).map(|b| from_ibm(&b)), Some(Stored::Value(value)));
        }
    }

    proptest::proptest! {
        #[test]
        fn every_number_in_range_is_exact_both_ways(value in -1e75_f64..1e75, small in -78_i32..75) {
            for x in [value, value / 1e75 * 10_f64.powi(small)] {
                if let Some(bytes) = to_ibm(x) {
                    proptest::prop_assert_eq!(from_ibm(&bytes), Stored::Value(x));
                }
            }
        }
    }
}
