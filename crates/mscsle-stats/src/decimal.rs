//! Printed decimal numbers and rounding as reports print: half away from zero, on exact values.
//!
//! Binary floating point cannot hold 10.825, so `format!("{:.2}")` prints 10.82 where every table of the trial literature
//! prints 10.83. Counts and sums are rounded here as fractions; floats are taken as the decimal they stand for.

use crate::error::{Result, StatsError};
use crate::words::option_words;

option_words!(
    /// How a printed number was rounded.
    Rounding, "rounding", {
        /// Half away from zero: 10.825 prints 10.83 (SAS, SPSS, spreadsheets).
        HalfUp = "half-up",
        /// Half to even: 10.825 prints 10.82 (IEEE 754, R on exact halves).
        HalfEven = "half-even",
        /// Either of the two: what prints under one of them is allowed.
        Either = "either",
    }
);

/// A number as printed: `units` / 10^`places`, e.g. 13.10 is 1310 with 2 places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Printed {
    /// All digits as a whole number, with sign.
    pub units: i64,
    /// Digits after the point.
    pub places: u32,
}

/// Most digits after the point that are read.
const MAX_PLACES: u32 = 8;

impl Printed {
    /// Reads a printed number: optional sign, digits, optional point and digits. A percent sign and blanks around are
    /// ignored; a comma is not a decimal point.
    ///
    /// # Errors
    /// Other text, more than 15 digits or more than 8 after the point.
    ///
    /// ```
    /// let mean = mscsle_stats::Printed::parse("mean", "13.10")?;
    /// assert_eq!((mean.units, mean.places), (1310, 2));
    /// # Ok::<(), mscsle_stats::StatsError>(())
    /// ```
    pub fn parse(name: &'static str, text: &str) -> Result<Self> {
        let wrong = || StatsError::Printed { name, text: text.to_owned() };
        let trimmed = text.trim().trim_end_matches('%').trim_end();
        let (negative, digits) = match trimmed.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty()
            || all.len() > 15
            || fraction.len() as u32 > MAX_PLACES
            || !all.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(wrong());
        }
        let units: i64 = all.parse().map_err(|_| wrong())?;
        Ok(Self { units: if negative { -units } else { units }, places: fraction.len() as u32 })
    }

    /// The value.
    #[must_use]
    pub fn value(self) -> f64 {
        self.units as f64 / 10f64.powi(self.places as i32)
    }

    /// The same value printed with at least `places` digits after the point (0.99 read as 0.990).
    #[must_use]
    pub fn with_places(self, places: u32) -> Self {
        let places = places.clamp(self.places, MAX_PLACES.max(self.places));
        Self { units: self.units * 10i64.pow(places - self.places), places }
    }

    /// Whether the fraction `numerator` / `denominator` prints as this number.
    #[must_use]
    pub fn is_print_of(self, numerator: i128, denominator: i128, rounding: Rounding) -> bool {
        let scaled = numerator * 10i128.pow(self.places);
        let up = || round_half_up(scaled, denominator) == i128::from(self.units);
        let even = || round_half_even(scaled, denominator) == i128::from(self.units);
        match rounding {
            Rounding::HalfUp => up(),
            Rounding::HalfEven => even(),
            Rounding::Either => up() || even(),
        }
    }
}

impl std::fmt::Display for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&place_point(i128::from(self.units), self.places as usize))
    }
}

/// numerator / denominator to the nearest whole number, halves away from zero; `denominator` > 0.
fn round_half_up(numerator: i128, denominator: i128) -> i128 {
    let sign = numerator.signum();
    sign * ((2 * numerator.abs() + denominator) / (2 * denominator))
}

/// numerator / denominator to the nearest whole number, halves to even; `denominator` > 0.
fn round_half_even(numerator: i128, denominator: i128) -> i128 {
    let sign = numerator.signum();
    let (whole, rest) = (numerator.abs() / denominator, numerator.abs() % denominator);
    let up = match (2 * rest).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => whole % 2 == 1,
    };
    sign * (whole + i128::from(up))
}

fn place_point(units: i128, places: usize) -> String {
    let digits = format!("{:0width$}", units.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if units < 0 { "-" } else { "" };
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// A fraction with `places` digits after the point, half away from zero, exactly.
///
/// # Errors
/// A denominator of 0, or a fraction beyond 128-bit arithmetic.
///
/// ```
/// use mscsle_stats::format_ratio;
/// assert_eq!(format_ratio(433, 40, 2)?, "10.83");
/// assert_eq!(format_ratio(297, 40, 2)?, "7.43");
/// assert_eq!(format_ratio(100 * 18, 80, 0)?, "23");
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn format_ratio(numerator: i64, denominator: i64, places: u32) -> Result<String> {
    if denominator == 0 {
        return Err(StatsError::Count { name: "denominator", value: 0, needed: "other than 0".into() });
    }
    if places > 18 {
        return Err(StatsError::Count { name: "digits", value: i128::from(places), needed: "at most 18".into() });
    }
    let sign = i128::from(denominator.signum());
    let scaled = sign * i128::from(numerator) * 10i128.pow(places);
    Ok(place_point(round_half_up(scaled, i128::from(denominator).abs()), places as usize))
}

/// How near to a half, in units of the last printed digit, counts as a half: sums of a few hundred decimals come out
/// within 1e-10 of it.
const HALF_TOLERANCE: f64 = 1e-9;

/// A float with `places` digits after the point, half away from zero on the decimal it stands for: a value within 1e-9
/// units of the last digit of a half is that half. Minus zero prints without sign; NaN and infinities print as such.
///
/// ```
/// use mscsle_stats::format_half_up;
/// assert_eq!(format_half_up(10.825, 2), "10.83"); // the nearest double is 10.82499999999999929
/// assert_eq!(format_half_up(259.0 / 40.0, 2), "6.48");
/// assert_eq!(format_half_up(-0.5, 0), "-1");
/// assert_eq!(format_half_up(1.005, 2), "1.01");
/// ```
#[must_use]
pub fn format_half_up(value: f64, places: u32) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN".into()
        } else if value > 0.0 {
            "Inf".into()
        } else {
            "-Inf".into()
        };
    }
    let scaled = value.abs() * 10f64.powi(places as i32);
    if scaled >= 4_503_599_627_370_496.0 {
        // no digit left below the last printed one
        return format!("{value:.prec$}", prec = places as usize);
    }
    let units = (scaled + 0.5 + HALF_TOLERANCE).floor() as i128;
    place_point(if value < 0.0 { -units } else { units }, places as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tv_05_halves_go_away_from_zero() {
        assert_eq!(format_ratio(297, 40, 2).unwrap(), "7.43");
        assert_eq!(format_ratio(259, 40, 2).unwrap(), "6.48");
        assert_eq!(format_ratio(433, 40, 2).unwrap(), "10.83");
        assert_eq!(format_ratio(18 * 100, 80, 0).unwrap(), "23");
        assert_eq!(format_ratio(-297, 40, 2).unwrap(), "-7.43");
        for (k, n, text) in [(297.0, 40.0, "7.43"), (259.0, 40.0, "6.48"), (433.0, 40.0, "10.83")] {
            assert_eq!(format_half_up(k / n, 2), text);
        }
    }

    #[test]
    fn float_and_fraction_print_alike_for_small_denominators() {
        for n in 1..=200i64 {
            for k in 0..=(3 * n) {
                for places in 0..=4 {
                    let exact = format_ratio(k, n, places).unwrap();
                    assert_eq!(format_half_up(k as f64 / n as f64, places), exact, "{k}/{n} to {places}");
                }
            }
        }
    }

    #[test]
    fn a_negative_number_that_rounds_to_zero_has_no_sign() {
        assert_eq!(format_half_up(-0.004, 2), "0.00");
        assert_eq!(format_ratio(-1, 1000, 2).unwrap(), "0.00");
    }

    #[test]
    fn half_even_prints_seven_point_four_two() {
        let text = Printed::parse("mean", "7.42").unwrap();
        assert!(text.is_print_of(297, 40, Rounding::HalfEven));
        assert!(!text.is_print_of(297, 40, Rounding::HalfUp));
        assert!(text.is_print_of(297, 40, Rounding::Either));
    }

    #[test]
    fn trailing_zeros_are_digits() {
        assert_eq!(Printed::parse("sd", "4.20").unwrap(), Printed { units: 420, places: 2 });
        assert_eq!(Printed::parse("sd", "\u{2212}1.5 %").unwrap(), Printed { units: -15, places: 1 });
        assert_eq!(Printed { units: -5, places: 2 }.to_string(), "-0.05");
    }

    #[test]
    fn comma_is_no_decimal_point() {
        assert!(Printed::parse("mean", "13,11").is_err());
        assert!(Printed::parse("mean", "").is_err());
        assert!(Printed::parse("mean", "1e5").is_err());
    }
}
