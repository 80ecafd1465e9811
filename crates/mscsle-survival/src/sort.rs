//! The order of rows by one sort of plain integers.

/// Rows in ascending order of finite values; equal values keep the order of the rows.
///
/// The bits of a positive float are ordered like the float (those of a negative one the other way round), so the leading
/// bits of the value and the row number share one `u64` key. Runs whose leading bits agree are put in order afterwards.
pub(crate) fn ascending_order(values: &[f64]) -> Vec<u32> {
    let n = values.len();
    let bits = |value: f64| {
        let bits = (value + 0.0).to_bits(); // -0.0 becomes 0.0
        bits ^ ((((bits as i64) >> 63) as u64) | (1 << 63))
    };
    let (mut lowest, mut highest) = (u64::MAX, 0);
    for &value in values {
        let key = bits(value);
        lowest = lowest.min(key);
        highest = highest.max(key);
    }
    if n == 0 {
        return Vec::new();
    }
    let index_bits = (n as u64).ilog2() + 1;
    let dropped = index_bits.saturating_sub((highest - lowest).leading_zeros());
    let mut keys: Vec<u64> = values
        .iter()
        .enumerate()
        .map(|(row, &value)| (((bits(value) - lowest) >> dropped) << index_bits) | row as u64)
        .collect();
    keys.sort_unstable();
    let mask = (1_u64 << index_bits) - 1;
    let mut order: Vec<u32> = keys.iter().map(|key| (key & mask) as u32).collect();
    if dropped > 0 {
        let mut start = 0;
        while start < n {
            let head = keys[start] >> index_bits;
            let mut end = start + 1;
            let first = values[order[start] as usize];
            let mut all_equal = true;
            while end < n && keys[end] >> index_bits == head {
                all_equal &= values[order[end] as usize] == first;
                end += 1;
            }
            if !all_equal {
                order[start..end].sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
            }
            start = end;
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::ascending_order;

    #[test]
    fn order_is_ascending_and_stable() {
        let values: Vec<f64> = (0..5000_u64)
            .map(|i| (i.wrapping_mul(2_654_435_761) % 997) as f64 / 7.0 + 1e-13 * (i % 3) as f64)
            .collect();
        let order = ascending_order(&values);
        for pair in order.windows(2) {
            let (a, b) = (values[pair[0] as usize], values[pair[1] as usize]);
            assert!(a < b || (a == b && pair[0] < pair[1]));
        }
        let mut rows = order;
        rows.sort_unstable();
        assert!(rows.iter().enumerate().all(|(i, &row)| i == row as usize));
    }

    #[test]
    fn zero_and_negative_zero_are_equal_and_negative_values_come_first() {
        assert_eq!(ascending_order(&[1.0, 0.0, -0.0, 1e300, -2.0, -1e-300, -3.0]), [6, 4, 5, 1, 2, 0, 3]);
        assert!(ascending_order(&[]).is_empty());
    }
}
