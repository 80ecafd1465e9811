//! Positive markers whose printed mean and standard deviation are exact on the grid on which they are stored.

use crate::margins::sums;
use crate::{Margin, Rounding, SimError};

/// Values above `lower`, log-normal in shape, in the order of `scores`, whose mean and SD print as the margin.
///
/// ```text
/// x_i = lower + exp(a + b z_i)
/// ```
///
/// The sample coefficient of variation depends on b alone (bisection) and a scales the mean. The values are rounded to
/// 10^-`digits`, then single steps and paired steps of one grid unit restore the printed mean and standard deviation.
/// They are returned in grid units; none is below `lower` + 1 unit.
///
/// # Errors
/// [`SimError::NoMarker`] when the margin cannot be reached on the grid.
///
/// # Examples
/// ```
/// use mscsle_sim::{Margin, Rounding, positive_marker};
/// let scores: Vec<f64> = (0..81).map(|i| f64::from(i) / 20.0 - 2.0).collect();
/// let gfr = positive_marker(&scores, Margin::parse("58.55", "19.16")?, 800, 2)?;
/// assert!(Margin::parse("58.55", "19.16")?.fits(&gfr, 2, Rounding::HalfUp));
/// assert!(gfr.is_sorted() && gfr[0] > 800);
/// # Ok::<(), mscsle_sim::SimError>(())
/// ```
pub fn positive_marker(scores: &[f64], margin: Margin, lower: i64, digits: u32) -> Result<Vec<i64>, SimError> {
    let grid = 10_f64.powi(digits as i32);
    let floor = lower as f64 / grid;
    let failed = || SimError::NoMarker { lower: floor, mean: margin.mean.to_string(), sd: margin.sd.to_string() };
    let (mean, sd) = (margin.mean.value(), margin.sd.value());
    let n = scores.len();
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if n < 2 || mean <= floor || !highest.is_finite() {
        return Err(failed());
    }
    let wanted = sd / (mean - floor);
    let shape = |b: f64| -> Vec<f64> { scores.iter().map(|z| libm::exp(b * (z - highest))).collect() };
    let (mut low, mut high) = (1e-6, 6.0);
    for _ in 0..100 {
        let b = 0.5 * (low + high);
        if variation(&shape(b)) < wanted {
            low = b;
        } else {
            high = b;
        }
    }
    let shaped = shape(0.5 * (low + high));
    let scale = (mean - floor) * n as f64 / shaped.iter().sum::<f64>();
    let mut values: Vec<i64> =
        shaped.iter().map(|e| (libm::round((floor + e * scale) * grid) as i64).max(lower + 1)).collect();
    repair(&mut values, margin, lower, digits).then_some(values).ok_or_else(failed)
}

fn variation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    libm::sqrt(values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)) / mean
}

/// Moves values by grid units until the margin prints; false when it cannot be reached.
fn repair(values: &mut [i64], margin: Margin, lower: i64, digits: u32) -> bool {
    let n = values.len();
    let scale = 10_i128.pow(digits);
    let printed = 10_i128.pow(margin.mean.digits);
    // The sum whose mean is the printed number, rounded to the grid.
    let target = (2 * i128::from(margin.mean.units) * scale * n as i128 + printed).div_euclid(2 * printed);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| (values[i], i));
    let (mut sum, _) = sums(values);
    // One unit to each value in turn, from the middle outwards, keeps the order and hardly touches the spread.
    let mut turn = 0_usize;
    while sum != target {
        let step: i64 = if sum < target { 1 } else { -1 };
        let middle = (n / 2 + turn) % n;
        turn += 1;
        if turn > 100 * n {
            return false;
        }
        let i = order[middle];
        if values[i] + step > lower {
            values[i] += step;
            sum += i128::from(step);
        }
    }
    // The variance whose root is the printed standard deviation, in grid units times n(n-1).
    let count = n as i128;
    let sd_scale = 10_i128.pow(2 * margin.sd.digits);
    let wanted =
        i128::from(margin.sd.units) * i128::from(margin.sd.units) * scale * scale * count * (count - 1) / sd_scale;
    let (mut outer, mut rounds) = (0_usize, 0_usize);
    loop {
        let (sum, squares) = sums(values);
        if margin.prints(n, sum, squares, digits, Rounding::HalfUp) {
            return true;
        }
        rounds += 1;
        if rounds > 1000 * n {
            return false;
        }
        // Widen or narrow by one unit on each side of a pair of mirrored ranks.
        let (small, large) = (order[outer], order[n - 1 - outer]);
        outer = (outer + 1) % (n / 2).max(1);
        let widen = count * squares - sum * sum < wanted;
        let step = if widen { 1 } else { -1 };
        if values[small] - step > lower && (widen || values[large] - values[small] > 2) {
            values[small] -= step;
            values[large] += step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Draws;

    #[test]
    fn printed_moments_are_exact_on_a_coarse_grid() {
        let mut draws = Draws::new(11, 0, 0);
        for (mean, sd, lower, n) in [("2.24", "1.43", 55, 26), ("1.24", "1.09", 4, 25), ("69.51", "27.93", 800, 77)] {
            let margin = Margin::parse(mean, sd).unwrap();
            for _ in 0..50 {
                let scores: Vec<f64> = (0..n).map(|_| draws.normal()).collect();
                let values = positive_marker(&scores, margin, lower, 2).unwrap();
                assert!(margin.fits(&values, 2, Rounding::HalfUp));
                assert!(values.iter().all(|v| *v > lower));
            }
        }
    }

    #[test]
    fn a_mean_below_the_bound_is_refused() {
        let margin = Margin::parse("1.00", "0.50").unwrap();
        assert!(matches!(positive_marker(&[0.0, 1.0], margin, 200, 2), Err(SimError::NoMarker { .. })));
    }
}
