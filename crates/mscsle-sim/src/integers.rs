//! Integer vectors with a given sum and sum of squares.

use crate::{Draws, SimError};

const ATTEMPTS: u32 = 200;
const MOVES: u32 = 400_000;

/// What the values look like besides their sums.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorShape {
    /// Smallest value.
    pub low: i64,
    /// Largest value.
    pub high: i64,
    /// Skewness of the draw before repair; 0 is normal.
    pub skew: f64,
    /// Values that must be in the vector.
    pub fixed: Vec<i64>,
}

impl VectorShape {
    /// Values from `low` to `high` with a slight skew to the right and nothing fixed.
    #[must_use]
    pub fn new(low: i64, high: i64) -> VectorShape {
        VectorShape { low, high, skew: 0.4, fixed: Vec::new() }
    }
}

/// `n` integers, sorted, with exactly this sum and sum of squares.
///
/// A shifted gamma draw is rounded into the bounds; single steps repair the sum, then paired steps (one value up, one
/// down, which changes the sum of squares by 2(x_i - x_j) + 2) repair the sum of squares.
///
/// # Errors
/// [`SimError::NoVector`] when the search does not end in 200 draws.
///
/// # Examples
/// ```
/// use mscsle_sim::{Draws, VectorShape, int_vector};
/// let x = int_vector(81, 1062, 15_334, &VectorShape::new(8, 40), &mut Draws::new(1, 0, 0))?;
/// assert_eq!((x.len(), x.iter().sum::<i64>(), x.iter().map(|v| v * v).sum::<i64>()), (81, 1062, 15_334));
/// # Ok::<(), mscsle_sim::SimError>(())
/// ```
pub fn int_vector(
    n: usize,
    sum: i64,
    squares: i64,
    shape: &VectorShape,
    draws: &mut Draws,
) -> Result<Vec<i64>, SimError> {
    let (low, high) = (shape.low, shape.high);
    let failed = || SimError::NoVector { n, low, high, sum, squares };
    let free = n.checked_sub(shape.fixed.len()).ok_or_else(failed)?;
    let free_sum = sum - shape.fixed.iter().sum::<i64>();
    let free_squares = squares - shape.fixed.iter().map(|x| x * x).sum::<i64>();
    if free == 0 || free_sum < low * free as i64 || free_sum > high * free as i64 {
        return if free == 0 && free_sum == 0 && free_squares == 0 {
            let mut all = shape.fixed.clone();
            all.sort_unstable();
            Ok(all)
        } else {
            Err(failed())
        };
    }
    let count = free as f64;
    let mean = free_sum as f64 / count;
    let variance = (free_squares as f64 - free_sum as f64 * mean) / (count - 1.0).max(1.0);
    let sd = libm::sqrt(variance.max(1e-9));
    for _ in 0..ATTEMPTS {
        let mut x: Vec<i64> = (0..free).map(|_| rounded_draw(mean, sd, shape, draws)).collect();
        let mut total: i64 = x.iter().sum();
        while total != free_sum {
            let i = draws.below(free);
            let step = if total < free_sum { 1 } else { -1 };
            if (low..=high).contains(&(x[i] + step)) {
                x[i] += step;
                total += step;
            }
        }
        let mut q: i64 = x.iter().map(|v| v * v).sum();
        for _ in 0..MOVES {
            if q == free_squares {
                x.extend_from_slice(&shape.fixed);
                x.sort_unstable();
                return Ok(x);
            }
            let (i, j) = (draws.below(free), draws.below(free));
            if i == j || x[i] + 1 > high || x[j] - 1 < low {
                continue;
            }
            let change = 2 * (x[i] - x[j]) + 2;
            let closer = (q + change - free_squares).abs() < (q - free_squares).abs();
            if closer || (change != 0 && draws.chance(0.002)) {
                x[i] += 1;
                x[j] -= 1;
                q += change;
            }
        }
    }
    Err(failed())
}

fn rounded_draw(mean: f64, sd: f64, shape: &VectorShape, draws: &mut Draws) -> i64 {
    let z = if shape.skew > 0.0 {
        let a = 4.0 / (shape.skew * shape.skew);
        (draws.gamma(a) - a) / libm::sqrt(a)
    } else {
        draws.normal()
    };
    libm::rint(mean + sd * z).clamp(shape.low as f64, shape.high as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_values_are_kept() {
        let shape = VectorShape { low: 7, high: 34, skew: 0.8, fixed: vec![34, 7, 12] };
        let x = int_vector(40, 433, 5523, &shape, &mut Draws::new(5, 1, 0)).unwrap();
        assert_eq!((x.iter().sum::<i64>(), x.iter().map(|v| v * v).sum::<i64>()), (433, 5523));
        assert_eq!((x[0], x[39]), (7, 34));
        assert!(x.contains(&12));
    }

    #[test]
    fn an_impossible_sum_is_refused() {
        let shape = VectorShape::new(0, 10);
        assert!(matches!(
            int_vector(3, 31, 400, &shape, &mut Draws::new(5, 1, 0)),
            Err(SimError::NoVector { sum: 31, .. })
        ));
    }
}
