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

/// Codes into the ascending distinct values of whole numbers that lie close together; None when their range reaches
/// `most`, or without values.
///
/// # Examples
/// ```
/// let (codes, levels) = mscsle_domain::small_codes(&[7, 5, 7, 9], 64).unwrap();
/// assert_eq!((codes, levels), (vec![1, 0, 1, 2], vec![5, 7, 9]));
/// ```
#[must_use]
pub fn small_codes(values: &[i64], most: u32) -> Option<(Vec<u32>, Vec<i64>)> {
    let first = *values.first()?;
    let (smallest, largest) =
        values.iter().fold((first, first), |(low, high), &value| (low.min(value), high.max(value)));
    let range = u32::try_from(largest.checked_sub(smallest)?).ok().filter(|&range| range < most)?;
    let mut codes: Vec<u32> = values.iter().map(|&value| (value - smallest) as u32).collect();
    let mut present = vec![false; range as usize + 1];
    if range < 64 {
        // one bit a value: no store waits for another
        let bits = codes.iter().fold(0_u64, |bits, &code| bits | (1 << code));
        for (offset, present) in present.iter_mut().enumerate() {
            *present = bits >> offset & 1 == 1;
        }
    } else {
        for &code in &codes {
            present[code as usize] = true;
        }
    }
    let levels: Vec<i64> = present
        .iter()
        .enumerate()
        .filter(|&(_, &present)| present)
        .map(|(offset, _)| smallest + offset as i64)
        .collect();
    if levels.len() < present.len() {
        let mut next = 0;
        let position: Vec<u32> = present
            .iter()
            .map(|&present| {
                let here = next;
                next += u32::from(present);
                here
            })
            .collect();
        for code in &mut codes {
            *code = position[*code as usize];
        }
    }
    Some((codes, levels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_the_order_of_the_values() {
        assert_eq!(small_codes(&[0, 1, 0], 64), Some((vec![0, 1, 0], vec![0, 1])));
        assert_eq!(small_codes(&[-3, 200, 5], 4096), Some((vec![0, 2, 1], vec![-3, 5, 200])));
        assert_eq!(small_codes(&[0, 5000], 4096), None);
        assert_eq!(small_codes(&[i64::MIN, i64::MAX], 4096), None);
        assert_eq!(small_codes(&[], 4096), None);
    }

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
