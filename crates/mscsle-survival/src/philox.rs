//! Philox 4x32-10: random numbers that depend on seed, stream and position only, not on the number of threads.

/// A stream of random numbers.
///
/// Salmon, Moraes, Dror, Shaw. Parallel random numbers: as easy as 1, 2, 3. SC 2011. doi:10.1145/2063384.2063405
#[derive(Debug, Clone)]
pub(crate) struct Philox {
    key: [u32; 2],
    stream: u64,
    /// Number of the next block of the stream.
    position: u64,
    numbers: [u32; 4 * LANES],
    used: usize,
}

/// Blocks that are computed together, one in each lane of a vector register.
const LANES: usize = 4;

impl Philox {
    /// The stream of a seed with this number.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32], stream, position: 0, numbers: [0; 4 * LANES], used: 4 * LANES }
    }

    /// 32 random bits.
    #[inline(always)]
    pub(crate) fn next_u32(&mut self) -> u32 {
        if self.used >= 4 * LANES {
            self.refill();
        }
        let value = self.numbers[self.used];
        self.used += 1;
        value
    }

    #[inline(always)]
    fn refill(&mut self) {
        let blocks: [u64; LANES] = std::array::from_fn(|lane| self.position.wrapping_add(lane as u64));
        let words = rounds(
            [blocks.map(low), blocks.map(|block| block >> 32), [low(self.stream); LANES], [self.stream >> 32; LANES]],
            self.key,
        );
        for (lane, numbers) in self.numbers.chunks_exact_mut(4).enumerate() {
            for (number, word) in numbers.iter_mut().zip(&words) {
                *number = word[lane] as u32;
            }
        }
        self.position = self.position.wrapping_add(LANES as u64);
        self.used = 0;
    }

    /// A whole number below `limit` (> 0), all equally likely (Lemire's method with rejection).
    #[inline(always)]
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let mut product = u64::from(self.next_u32()) * u64::from(limit);
        if (product as u32) < limit {
            let threshold = limit.wrapping_neg() % limit;
            while (product as u32) < threshold {
                product = u64::from(self.next_u32()) * u64::from(limit);
            }
        }
        (product >> 32) as u32
    }
}

#[inline(always)]
fn low(value: u64) -> u64 {
    value & 0xFFFF_FFFF
}

/// Ten rounds of four words in each lane; a word fills the low half of 64 bits.
#[inline(always)]
fn rounds(mut words: [[u64; LANES]; 4], mut key: [u32; 2]) -> [[u64; LANES]; 4] {
    for _ in 0..10 {
        let [a, b, c, d] = words;
        for lane in 0..LANES {
            let left = low(a[lane]) * 0xD251_1F53;
            let right = low(c[lane]) * 0xCD9E_8D57;
            words[0][lane] = (right >> 32) ^ b[lane] ^ u64::from(key[0]);
            words[1][lane] = low(right);
            words[2][lane] = (left >> 32) ^ d[lane] ^ u64::from(key[1]);
            words[3][lane] = low(left);
        }
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answers_of_the_authors_hold() {
        // kat_vectors of Random123: philox4x32 10
        let zeros = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8_u64];
        assert_eq!(rounds([[0; LANES]; 4], [0; 2]), zeros.map(|word| [word; LANES]));
        let ones = [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd_u64];
        assert_eq!(rounds([[u64::from(u32::MAX); LANES]; 4], [u32::MAX; 2]), ones.map(|word| [word; LANES]));
        let mut random = Philox::new(0, 0);
        assert_eq!(zeros.map(|_| u64::from(random.next_u32())), zeros);
    }

    #[test]
    fn numbers_below_a_limit_are_equally_frequent() {
        let mut random = Philox::new(7, 0);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[random.below(6) as usize] += 1;
        }
        assert!(counts.iter().all(|&count| (9_600..10_400).contains(&count)), "{counts:?}");
    }
}
