//! Which integer sums can print as a published mean and standard deviation.
//!
//! A mean of n integers is S/n and their sample variance (nQ - S²)/(n(n-1)) with S the sum and Q the sum of squares. Both
//! are rational, so whether they print as given is decided exactly, in integers. Q has the parity of S.
//!
//! # References
//! Brown NJL, Heathers JAJ. The GRIM test. Soc Psychol Personal Sci 2017;8:363-369. doi:10.1177/1948550616673876
//! Anaya J. The GRIMMER test. PeerJ Preprints 2016;4:e2400v1. doi:10.7287/peerj.preprints.2400v1

use crate::SimError;
use std::fmt;

/// Largest number of values for which sums are kept exactly.
pub const MAX_VALUES: i64 = 1_000_000;
/// Largest magnitude of a value for which sums are kept exactly.
pub const MAX_MAGNITUDE: i64 = 1_000_000_000;

/// A decimal number as printed: `units` / 10^`digits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The number without its decimal point.
    pub units: i64,
    /// Printed decimals.
    pub digits: u32,
}

impl Decimal {
    /// Reads a number with its printed digits: `13.11` and `13.110` differ.
    ///
    /// # Errors
    /// [`SimError::NotADecimal`] for anything but an optional sign, digits and at most six decimals.
    pub fn parse(text: &str) -> Result<Decimal, SimError> {
        let bad = || SimError::NotADecimal { text: text.chars().take(40).collect() };
        let body = text.trim();
        let (negative, body) = body.strip_prefix('-').map_or((false, body), |rest| (true, rest));
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() == 0
            || whole.len() > 10
            || fraction.len() > 6
            || (body.contains('.') && fraction.is_empty())
            || !all_digits(whole)
            || !all_digits(fraction)
        {
            return Err(bad());
        }
        let units: i64 = format!("{whole}{fraction}").parse().map_err(|_| bad())?;
        Ok(Decimal { units: if negative { -units } else { units }, digits: fraction.len() as u32 })
    }

    /// The nearest floating-point number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.units as f64 / 10_f64.powi(self.digits as i32)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(self.digits);
        let magnitude = self.units.unsigned_abs();
        let sign = if self.units < 0 { "-" } else { "" };
        if self.digits == 0 {
            write!(f, "{sign}{magnitude}")
        } else {
            write!(f, "{sign}{}.{:0width$}", magnitude / scale, magnitude % scale, width = self.digits as usize)
        }
    }
}

/// How a value half-way between two printed numbers is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Rounding {
    /// Away from zero: SAS, SPSS, Excel.
    #[default]
    HalfUp,
    /// To the even last digit.
    HalfEven,
}

/// A printed mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Margin {
    /// The mean.
    pub mean: Decimal,
    /// The sample standard deviation (divisor n - 1).
    pub sd: Decimal,
}

impl Margin {
    /// A margin from the printed texts.
    ///
    /// # Errors
    /// [`SimError::NotADecimal`].
    pub fn parse(mean: &str, sd: &str) -> Result<Margin, SimError> {
        Ok(Margin { mean: Decimal::parse(mean)?, sd: Decimal::parse(sd)? })
    }

    /// Whether n values on the grid 10^-`grid_digits` with this sum and sum of squares (in grid units) print so.
    #[must_use]
    pub fn prints(&self, n: usize, sum: i128, squares: i128, grid_digits: u32, rounding: Rounding) -> bool {
        mean_prints(n, sum, grid_digits, self.mean, rounding)
            && sd_prints(n, sum, squares, grid_digits, self.sd, rounding)
    }

    /// Whether these values, in units of 10^-`grid_digits`, print so.
    #[must_use]
    pub fn fits(&self, values: &[i64], grid_digits: u32, rounding: Rounding) -> bool {
        let (sum, squares) = sums(values);
        self.prints(values.len(), sum, squares, grid_digits, rounding)
    }
}

/// Sum and sum of squares.
#[must_use]
pub(crate) fn sums(values: &[i64]) -> (i128, i128) {
    values.iter().fold((0, 0), |(s, q), &x| (s + i128::from(x), q + i128::from(x) * i128::from(x)))
}

fn mean_prints(n: usize, sum: i128, grid_digits: u32, mean: Decimal, rounding: Rounding) -> bool {
    if n == 0 {
        return false;
    }
    // Away from zero is symmetric, so negative means are mirrored.
    let negative = sum < 0;
    let units = i128::from(if negative { -mean.units } else { mean.units });
    let numerator = 2 * sum.abs() * 10_i128.pow(mean.digits);
    let denominator = n as i128 * 10_i128.pow(grid_digits);
    within(numerator, (2 * units - 1) * denominator, (2 * units + 1) * denominator, units, rounding)
}

fn sd_prints(n: usize, sum: i128, squares: i128, grid_digits: u32, sd: Decimal, rounding: Rounding) -> bool {
    if n < 2 || sd.units < 0 {
        return false;
    }
    let n = n as i128;
    let d = i128::from(sd.units);
    let numerator = (n * squares - sum * sum) * 4 * 10_i128.pow(2 * sd.digits);
    let denominator = n * (n - 1) * 10_i128.pow(2 * grid_digits);
    let low = (2 * d - 1).max(0);
    // The square root of the variance lies at a half exactly when the squares are equal.
    numerator >= 0 && within(numerator, low * low * denominator, (2 * d + 1) * (2 * d + 1) * denominator, d, rounding)
}

fn within(value: i128, low: i128, high: i128, printed: i128, rounding: Rounding) -> bool {
    match rounding {
        Rounding::HalfUp => low <= value && value < high,
        Rounding::HalfEven if printed % 2 == 0 => low <= value && value <= high,
        Rounding::HalfEven => low < value && value < high,
    }
}

/// A sum and the sums of squares (every second integer of the range) that print as wanted with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// Sum of the values.
    pub sum: i64,
    /// Smallest admissible sum of squares.
    pub squares_from: i64,
    /// Largest admissible sum of squares; has the parity of `squares_from`.
    pub squares_to: i64,
}

impl Sums {
    /// Number of admissible sums of squares.
    #[must_use]
    pub fn count(&self) -> u64 {
        ((self.squares_to - self.squares_from) / 2 + 1) as u64
    }
}

/// All sums and sums of squares of `n` integers from `low` to `high` that print as a margin.
///
/// A pair is admissible when mean and standard deviation print as given, Q has the parity of S, and Q lies between the
/// flattest and the most extreme vector with sum S. Close to the most extreme vector single pairs may still be
/// unattainable.
///
/// # Errors
/// [`SimError::ImpossibleMargin`] when there is none, [`SimError::TooLarge`] outside exact arithmetic.
///
/// # Examples
/// ```
/// use mscsle_sim::{Margin, Rounding, feasible};
/// // SLEDAI 13.11 (4.20) of 81 patients: one sum, four sums of squares.
/// let sums = feasible(Margin::parse("13.11", "4.20")?, 81, 0, 105, Rounding::HalfUp)?;
/// assert_eq!((sums.len(), sums[0].sum, sums[0].count()), (1, 1062, 4));
/// // 5.48 (2.77) can be 77 patients, not 78.
/// assert!(feasible(Margin::parse("5.48", "2.77")?, 77, 0, 105, Rounding::HalfUp).is_ok());
/// assert!(feasible(Margin::parse("5.48", "2.77")?, 78, 0, 105, Rounding::HalfUp).is_err());
/// # Ok::<(), mscsle_sim::SimError>(())
/// ```
pub fn feasible(margin: Margin, n: usize, low: i64, high: i64, rounding: Rounding) -> Result<Vec<Sums>, SimError> {
    for (what, value, limit) in
        [("n", n as i64, MAX_VALUES), ("low", low, MAX_MAGNITUDE), ("high", high, MAX_MAGNITUDE)]
    {
        if value.unsigned_abs() > limit.unsigned_abs() {
            return Err(SimError::TooLarge { what, value, limit });
        }
    }
    let impossible =
        || SimError::ImpossibleMargin { n, low, high, mean: margin.mean.to_string(), sd: margin.sd.to_string() };
    if n < 2 || low > high || margin.sd.units < 0 {
        return Err(impossible());
    }
    let count = n as i128;
    let scale = 10_i128.pow(margin.mean.digits);
    let units = i128::from(margin.mean.units);
    let first = (count * (units - 1)).div_euclid(scale).max(count * i128::from(low));
    let last = ((count * (units + 1)).div_euclid(scale) + 1).min(count * i128::from(high));
    let mut out = Vec::new();
    for sum in first..=last {
        if !mean_prints(n, sum, 0, margin.mean, rounding) {
            continue;
        }
        let (flattest, most_extreme) = squares_range(count, sum, i128::from(low), i128::from(high));
        // Bounds of Q from the printed standard deviation, one unit wide on either side, then tested exactly.
        let d = i128::from(margin.sd.units);
        let sd_scale = 4 * 10_i128.pow(2 * margin.sd.digits) * count;
        let q_at = |root: i128| (root * root * count * (count - 1)) / sd_scale + sum * sum / count;
        let mut from = (q_at((2 * d - 1).max(0)) - 1).max(flattest);
        let mut to = (q_at(2 * d + 1) + 2).min(most_extreme);
        let admissible = |q: i128| (q - sum).rem_euclid(2) == 0 && sd_prints(n, sum, q, 0, margin.sd, rounding);
        while from <= to && !admissible(from) {
            from += 1;
        }
        while to >= from && !admissible(to) {
            to -= 1;
        }
        if from <= to {
            out.push(Sums { sum: sum as i64, squares_from: from as i64, squares_to: to as i64 });
        }
    }
    if out.is_empty() { Err(impossible()) } else { Ok(out) }
}

/// Smallest and largest sum of squares of `n` integers from `low` to `high` with a sum.
fn squares_range(n: i128, sum: i128, low: i128, high: i128) -> (i128, i128) {
    let base = sum.div_euclid(n);
    let above = sum.rem_euclid(n);
    let flattest = (n - above) * base * base + above * (base + 1) * (base + 1);
    if high == low {
        return (flattest, flattest);
    }
    let at_high = (sum - low * n).div_euclid(high - low);
    let left = (sum - low * n).rem_euclid(high - low);
    let mut most = at_high * high * high;
    if at_high < n {
        most += (low + left) * (low + left) + (n - at_high - 1) * low * low;
    }
    (flattest, most)
}

/// The admissible pair in the middle of all, in the order of sum and then sum of squares.
#[must_use]
pub(crate) fn middle(sums: &[Sums]) -> Option<(i64, i64)> {
    let total: u64 = sums.iter().map(Sums::count).sum();
    let mut skip = total / 2;
    for s in sums {
        if skip < s.count() {
            return Some((s.sum, s.squares_from + 2 * skip as i64));
        }
        skip -= s.count();
    }
    None
}

/// The pair of sums nearest to a mean and standard deviation that need not print exactly.
#[must_use]
pub(crate) fn nearest(margin: Margin, n: usize) -> (i64, i64) {
    let count = n as f64;
    let sum = libm::round(margin.mean.value() * count);
    let sd = margin.sd.value();
    let squares = libm::round((count - 1.0) * sd * sd + sum * sum / count) as i64;
    let sum = sum as i64;
    (sum, squares + (squares - sum).rem_euclid(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(mean: &str, sd: &str, n: usize, low: i64) -> u64 {
        feasible(Margin::parse(mean, sd).unwrap(), n, low, 105, Rounding::HalfUp)
            .map_or(0, |s| s.iter().map(Sums::count).sum())
    }

    #[test]
    fn decimals_keep_their_printed_digits() {
        for text in ["13.11", "-0.50", "7", "0.003"] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "1.", "1e3", "--1", "1.1234567", "nan"] {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn printed_means_of_wang_2014_need_half_up_and_all_forty() {
        // 433/40 = 10.825 prints 10.83 half-up and 10.82 half-even.
        let margin = Margin::parse("10.83", "4.63").unwrap();
        assert!(feasible(margin, 40, 7, 105, Rounding::HalfUp).is_ok());
        assert!(feasible(margin, 40, 7, 105, Rounding::HalfEven).is_err());
        for n in [37, 38, 39] {
            assert_eq!(count("6.40", "3.84", n, 0), 0);
        }
        assert!(count("6.40", "3.84", 40, 0) > 0);
    }

    #[test]
    fn enumeration_by_brute_force_agrees() {
        let margin = Margin::parse("2.4", "1.1").unwrap();
        let sums = feasible(margin, 5, 0, 6, Rounding::HalfUp).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for code in 0..7_i64.pow(5) {
            let x: Vec<i64> = (0..5).map(|k| code / 7_i64.pow(k) % 7).collect();
            if margin.fits(&x, 0, Rounding::HalfUp) {
                let (s, q) = super::sums(&x);
                seen.insert((s as i64, q as i64));
            }
        }
        let listed: std::collections::BTreeSet<_> =
            sums.iter().flat_map(|s| (s.squares_from..=s.squares_to).step_by(2).map(|q| (s.sum, q))).collect();
        assert_eq!(seen, listed);
    }

    #[test]
    fn margins_outside_the_bounds_are_refused() {
        let margin = Margin::parse("120.00", "3.00").unwrap();
        assert!(matches!(
            feasible(margin, 40, 0, 105, Rounding::HalfUp),
            Err(SimError::ImpossibleMargin { n: 40, .. })
        ));
    }

    #[test]
    fn values_on_a_grid_of_hundredths_print_like_their_decimals() {
        let margin = Margin::parse("0.02", "0.01").unwrap();
        assert!(margin.fits(&[1, 2, 3], 2, Rounding::HalfUp));
        assert!(!margin.fits(&[1, 2, 4, 4], 2, Rounding::HalfUp)); // 0.0275
    }
}
