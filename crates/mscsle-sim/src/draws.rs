//! Random variates of one named stream.
//!
//! Logarithms, exponentials and roots are those of the `libm` crate, in software, so that a seed gives the same bytes
//! on every machine.

use crate::philox::philox4x32_10;

/// Draws of one stream: key = seed, counter = (block, replicate, purpose).
///
/// Two streams that differ in seed, purpose or replicate never share a block, so the draws for one subject do not depend
/// on how many were needed for another, nor on the thread that makes them.
///
/// # Examples
/// ```
/// use mscsle_sim::Draws;
/// let mut first = Draws::new(2014, 3, 0);
/// let mut again = Draws::new(2014, 3, 0);
/// assert_eq!(first.uniform(), again.uniform());
/// assert!(first.uniform() != Draws::new(2014, 3, 1).uniform());
/// ```
#[derive(Debug, Clone)]
pub struct Draws {
    key: [u32; 2],
    purpose: u32,
    replicate: u32,
    block: u64,
    words: [u32; 4],
    used: usize,
    spare_normal: Option<f64>,
}

impl Draws {
    /// The stream of a seed, a purpose and a replicate.
    #[must_use]
    pub fn new(seed: u64, purpose: u32, replicate: u32) -> Draws {
        Draws {
            key: [seed as u32, (seed >> 32) as u32],
            purpose,
            replicate,
            block: 0,
            words: [0; 4],
            used: 4,
            spare_normal: None,
        }
    }

    fn word(&mut self) -> u32 {
        if self.used == 4 {
            let counter = [self.block as u32, (self.block >> 32) as u32, self.replicate, self.purpose];
            self.words = philox4x32_10(counter, self.key);
            self.block += 1;
            self.used = 0;
        }
        let word = self.words[self.used];
        self.used += 1;
        word
    }

    fn bits53(&mut self) -> u64 {
        let high = u64::from(self.word() >> 5);
        let low = u64::from(self.word() >> 6);
        (high << 26) | low
    }

    /// Uniform on [0, 1), a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        self.bits53() as f64 / 9_007_199_254_740_992.0
    }

    /// Uniform on [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Uniform integer below `n`, without bias (Lemire's multiplication with rejection); 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        if n == 0 {
            return 0;
        }
        let threshold = n.wrapping_neg() % n;
        loop {
            let bits = (u64::from(self.word()) << 32) | u64::from(self.word());
            let product = u128::from(bits) * u128::from(n);
            if product as u64 >= threshold {
                return (product >> 64) as usize;
            }
        }
    }

    /// Uniform integer from `low` to `high`, both included; `low` when the range is empty.
    pub fn integer(&mut self, low: i64, high: i64) -> i64 {
        if high <= low { low } else { low + self.below((high - low) as usize + 1) as i64 }
    }

    /// Standard normal (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let u = 2.0 * self.uniform() - 1.0;
            let v = 2.0 * self.uniform() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let factor = libm::sqrt(-2.0 * libm::log(s) / s);
                self.spare_normal = Some(v * factor);
                return u * factor;
            }
        }
    }

    /// Gamma with a shape > 0 and scale 1 (Marsaglia and Tsang 2000, doi:10.1145/358407.358414).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::exp(libm::log(1.0 - self.uniform()) / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root > 0.0 {
                let v = root * root * root;
                let u = 1.0 - self.uniform();
                if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                    return d * v;
                }
            }
        }
    }

    /// Beta with two positive parameters.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let x = self.gamma(a);
        let y = self.gamma(b);
        x / (x + y)
    }

    /// Puts values in random order (Fisher-Yates).
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.below(last + 1);
            values.swap(last, other);
        }
    }

    /// The numbers 0 to n - 1 in random order.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }

    /// A position, with probability proportional to its weight; the last one when rounding leaves a remainder.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (position, weight) in weights.iter().enumerate() {
            if left < *weight {
                return position;
            }
            left -= weight;
        }
        weights.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Draws;

    fn moments(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0))
    }

    // 40,000 draws: the standard error of each mean is below 0.01 of the tolerance times four.
    const TOLERANCE: f64 = 0.05;

    #[test]
    fn normal_gamma_and_beta_have_their_moments() {
        let mut draws = Draws::new(1, 2, 3);
        let normal: Vec<f64> = (0..40_000).map(|_| draws.normal()).collect();
        let (mean, variance) = moments(&normal);
        assert!(mean.abs() < TOLERANCE && (variance - 1.0).abs() < TOLERANCE);
        for shape in [0.5, 2.2, 25.0] {
            let gamma: Vec<f64> = (0..40_000).map(|_| draws.gamma(shape) / shape).collect();
            let (mean, variance) = moments(&gamma);
            assert!((mean - 1.0).abs() < TOLERANCE && (variance * shape - 1.0).abs() < 2.0 * TOLERANCE);
        }
        let beta: Vec<f64> = (0..40_000).map(|_| draws.beta(1.5, 3.0)).collect();
        let (mean, _) = moments(&beta);
        assert!((mean - 1.0 / 3.0).abs() < TOLERANCE);
    }

    #[test]
    fn every_integer_of_a_range_is_drawn_equally_often() {
        let mut draws = Draws::new(7, 0, 0);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[(draws.integer(-3, 3) + 3) as usize] += 1;
        }
        assert!(counts.iter().all(|c| (9_600..10_400).contains(c)), "{counts:?}");
    }

    #[test]
    fn a_permutation_holds_every_position_once() {
        let mut order = Draws::new(7, 0, 1).permutation(50);
        order.sort_unstable();
        assert_eq!(order, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn weights_of_zero_are_never_chosen() {
        let mut draws = Draws::new(7, 0, 2);
        assert!((0..1000).all(|_| draws.weighted(&[0.0, 0.3, 0.0, 0.7]) % 2 == 1));
    }
}
