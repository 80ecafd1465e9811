//! Sorting of packed keys.

/// Below this number of keys the sort of the standard library is taken as it is.
const FEW_KEYS: usize = 1 << 15;
/// Buckets of the first pass: few enough that the places written to stay in the cache.
const BUCKETS: usize = 2048;
/// Keys that share a bucket of the second pass, on average.
const KEYS_A_BUCKET: usize = 2;
/// Up to this many keys are put in order by insertion.
const SHORT: usize = 24;

/// Packed keys in ascending order; equal keys are indistinguishable, so any order of work gives the same result.
///
/// `keys` are those of `time` in the same order, and ascend with it. `each` sees the sorted keys piece by piece, while they are
/// in the cache.
///
/// Many keys are put into buckets that are linear in time, and those into buckets that are linear in the key: two passes
/// instead of the twenty of a comparison sort. Where times crowd, a bucket is sorted by comparison.
pub(crate) fn sorted_keys(
    time: &[f64],
    keys: impl Iterator<Item = u64> + Clone,
    mut each: impl FnMut(&[u64]),
) -> Vec<u64> {
    let n = time.len();
    let largest = time.iter().fold(0.0_f64, |largest, &time| if time > largest { time } else { largest });
    let scale = BUCKETS as f64 / largest;
    if n < FEW_KEYS || n > u32::MAX as usize || !scale.is_normal() {
        let mut sorted: Vec<u64> = keys.collect();
        sorted.sort_unstable();
        each(&sorted);
        return sorted;
    }
    let bucket = |time: f64| ((time * scale) as u32 as usize).min(BUCKETS - 1);
    // two histograms, so that neighbouring rows of the same bucket do not wait for each other
    let mut counts = [vec![0_u32; BUCKETS], vec![0_u32; BUCKETS]];
    for pair in time.chunks(2) {
        for (counts, &time) in counts.iter_mut().zip(pair) {
            counts[bucket(time)] += 1;
        }
    }
    let [mut next, second] = counts;
    let mut start = 0;
    for (next, second) in next.iter_mut().zip(second) {
        let count = *next + second;
        *next = start;
        start += count;
    }
    let mut sorted = vec![0_u64; n];
    for (&time, key) in time.iter().zip(keys) {
        let place = &mut next[bucket(time)];
        sorted[*place as usize] = key;
        *place += 1;
    }
    let mut scratch = Scratch::default();
    let mut from = 0;
    for end in next {
        let piece = &mut sorted[from..end as usize];
        scratch.sort(piece);
        each(piece);
        from = end as usize;
    }
    sorted
}

/// Room for the second pass.
#[derive(Default)]
struct Scratch {
    keys: Vec<u64>,
    next: Vec<u32>,
}

impl Scratch {
    fn sort(&mut self, keys: &mut [u64]) {
        if keys.len() < SHORT {
            keys.sort_unstable();
            return;
        }
        let (mut smallest, mut largest) = (u64::MAX, 0);
        for &key in keys.iter() {
            smallest = smallest.min(key);
            largest = largest.max(key);
        }
        let range = largest - smallest;
        let buckets = (keys.len() / KEYS_A_BUCKET).next_power_of_two();
        let shift = (u64::BITS - range.leading_zeros()).saturating_sub(buckets.trailing_zeros());
        let bucket = |key: u64| ((key - smallest) >> shift) as usize & (buckets - 1);
        self.next.clear();
        self.next.resize(buckets, 0);
        for &key in keys.iter() {
            self.next[bucket(key)] += 1;
        }
        let mut start = 0;
        for next in &mut self.next {
            let count = *next;
            *next = start;
            start += count;
        }
        self.keys.clear();
        self.keys.extend_from_slice(keys);
        for &key in &self.keys {
            let place = &mut self.next[bucket(key)];
            keys[*place as usize] = key;
            *place += 1;
        }
        let mut from = 0;
        for &end in &self.next {
            let end = end as usize;
            match end - from {
                0 | 1 => {}
                2..=SHORT => insertion_sort(&mut keys[from..end]),
                _ => keys[from..end].sort_unstable(),
            }
            from = end;
        }
    }
}

#[inline]
fn insertion_sort(keys: &mut [u64]) {
    for i in 1..keys.len() {
        let key = keys[i];
        let mut j = i;
        while j > 0 && keys[j - 1] > key {
            keys[j] = keys[j - 1];
            j -= 1;
        }
        keys[j] = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(time: &[f64]) {
        let keys: Vec<u64> = time.iter().enumerate().map(|(i, t)| (t.to_bits() << 1) | (i as u64 & 1)).collect();
        let mut expected = keys.clone();
        expected.sort_unstable();
        let mut seen = Vec::new();
        let sorted = sorted_keys(time, keys.iter().copied(), |piece| seen.extend_from_slice(piece));
        assert!(sorted == expected && seen == expected);
    }

    #[test]
    fn many_keys_are_sorted_as_by_comparison() {
        let mut state = 3_u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / 2.0_f64.powi(53)
        };
        let n = FEW_KEYS + 1001;
        check(&(0..n).map(|_| -(1.0 - next()).ln()).collect::<Vec<_>>());
        check(&(0..n).map(|_| (next() * 50.0).floor()).collect::<Vec<_>>());
        check(&(0..n).map(|i| if i == 7 { 1e300 } else { next() }).collect::<Vec<_>>());
        check(&(0..n).map(|_| (20.0 * (next() - 0.5)).exp()).collect::<Vec<_>>());
        check(&vec![0.0; n]);
        check(&vec![4.0; n]);
        check(&(0..n).map(|_| next() * 1e-310).collect::<Vec<_>>());
        check(&[2.0, 1.0]);
    }
}
