//! One pass over a column of numbers that says what kinds of value it holds.

/// What a column of numbers holds besides ordinary values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumberScan {
    /// NaN: a missing value.
    pub missing: bool,
    /// An infinity.
    pub infinite: bool,
    /// A magnitude below [`SMALLEST_MAGNITUDE`] that is not 0: a SAS zero misread as 5.4e-79.
    pub tiny: bool,
}

/// Smallest magnitude a clinical number can have.
pub const SMALLEST_MAGNITUDE: f64 = 1e-70;

impl NumberScan {
    /// Looks at every value once, without branches.
    ///
    /// # Examples
    /// ```
    /// use mscsle_domain::NumberScan;
    /// let scan = NumberScan::of(&[1.0, f64::NAN, 5.397605346934028e-79, 0.0]);
    /// assert!(scan.missing && scan.tiny && !scan.infinite);
    /// ```
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut scan = Self::default();
        for block in values.chunks(4096) {
            let mut ordinary = true;
            for &value in block {
                let magnitude = value.abs();
                // NaN compares false
                ordinary &= (magnitude == 0.0) | (SMALLEST_MAGNITUDE..f64::INFINITY).contains(&magnitude);
            }
            if !ordinary {
                for &value in block {
                    scan.missing |= value.is_nan();
                    scan.infinite |= value.is_infinite();
                    scan.tiny |= value != 0.0 && value.abs() < SMALLEST_MAGNITUDE;
                }
            }
        }
        scan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_values_raise_no_flag() {
        assert_eq!(NumberScan::of(&[0.0, -0.0, -1.5, 1e300, 1e-69]), NumberScan::default());
        assert_eq!(NumberScan::of(&[]), NumberScan::default());
    }

    #[test]
    fn each_kind_raises_its_flag_wherever_it_stands() {
        for at in [0, 4095, 4096, 9999] {
            let mut values = vec![1.0; 10_000];
            values[at] = f64::NAN;
            assert_eq!(NumberScan::of(&values), NumberScan { missing: true, ..NumberScan::default() });
            values[at] = f64::NEG_INFINITY;
            assert_eq!(NumberScan::of(&values), NumberScan { infinite: true, ..NumberScan::default() });
            values[at] = -5.4e-79;
            assert_eq!(NumberScan::of(&values), NumberScan { tiny: true, ..NumberScan::default() });
        }
    }
}
