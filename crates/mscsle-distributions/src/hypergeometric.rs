//! Hypergeometric distribution: `k` marked among `draws` taken without return from `marked` + `unmarked`.

use crate::binomial::ln_pmf_raw;
use crate::error::{DistributionError, Result};
use libm::exp;

/// Smallest and largest possible number of marked.
///
/// # Errors
/// More draws than there are items.
pub fn support(marked: u64, unmarked: u64, draws: u64) -> Result<(u64, u64)> {
    if draws > marked.saturating_add(unmarked) {
        return Err(DistributionError::Parameter {
            distribution: "hypergeometric",
            parameter: "draws",
            value: draws as f64,
            needed: "at most `marked` + `unmarked`",
        });
    }
    Ok((draws.saturating_sub(unmarked), draws.min(marked)))
}

/// ln P(X = k); minus infinity where impossible.
///
/// # Errors
/// As [`support`].
pub fn ln_pmf(k: u64, marked: u64, unmarked: u64, draws: u64) -> Result<f64> {
    let (low, high) = support(marked, unmarked, draws)?;
    if k < low || k > high {
        return Ok(f64::NEG_INFINITY);
    }
    if draws == 0 {
        return Ok(0.0);
    }
    // three binomial probabilities at p = draws / total: p cancels, and each is accurate (Loader)
    let total = (marked + unmarked) as f64;
    let (p, q) = (draws as f64 / total, (marked + unmarked - draws) as f64 / total);
    Ok(ln_pmf_raw(k as f64, marked as f64, p, q) + ln_pmf_raw((draws - k) as f64, unmarked as f64, p, q)
        - ln_pmf_raw(draws as f64, total, p, q))
}

/// P(X = k).
///
/// # Errors
/// As [`support`].
///
/// ```
/// // the lady tasting tea, all four right
/// let p = mscsle_distributions::hypergeometric::pmf(4, 4, 4, 4)?;
/// assert!((p - 1.0 / 70.0).abs() < 1e-16);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn pmf(k: u64, marked: u64, unmarked: u64, draws: u64) -> Result<f64> {
    Ok(exp(ln_pmf(k, marked, unmarked, draws)?))
}

/// P(X <= k).
///
/// # Errors
/// As [`support`].
pub fn cdf(k: u64, marked: u64, unmarked: u64, draws: u64) -> Result<f64> {
    let (low, high) = support(marked, unmarked, draws)?;
    if k < low {
        return Ok(0.0);
    }
    if k >= high {
        return Ok(1.0);
    }
    if below_mean(k, marked, unmarked, draws) {
        Ok(outward(k, -1, low, high, marked, unmarked, draws))
    } else {
        Ok(1.0 - outward(k + 1, 1, low, high, marked, unmarked, draws))
    }
}

/// P(X > k).
///
/// # Errors
/// As [`support`].
pub fn sf(k: u64, marked: u64, unmarked: u64, draws: u64) -> Result<f64> {
    let (low, high) = support(marked, unmarked, draws)?;
    if k < low {
        return Ok(1.0);
    }
    if k >= high {
        return Ok(0.0);
    }
    if below_mean(k, marked, unmarked, draws) {
        Ok(1.0 - outward(k, -1, low, high, marked, unmarked, draws))
    } else {
        Ok(outward(k + 1, 1, low, high, marked, unmarked, draws))
    }
}

fn below_mean(k: u64, marked: u64, unmarked: u64, draws: u64) -> bool {
    (k as f64) * (marked + unmarked) as f64 <= draws as f64 * marked as f64
}

/// Sum of the probabilities from `start` outward; terms fall, so the sum ends when they no longer count.
fn outward(start: u64, direction: i64, low: u64, high: u64, marked: u64, unmarked: u64, draws: u64) -> f64 {
    let first = pmf(start, marked, unmarked, draws).unwrap_or(0.0);
    let (m, u, d) = (marked as f64, unmarked as f64, draws as f64);
    let (mut term, mut sum) = (1.0, 1.0);
    let mut k = start;
    while (direction < 0 && k > low) || (direction > 0 && k < high) {
        let x = k as f64;
        if direction < 0 {
            term *= x * (u - d + x) / ((m - x + 1.0) * (d - x + 1.0));
            k -= 1;
        } else {
            term *= (m - x) * (d - x) / ((x + 1.0) * (u - d + x + 1.0));
            k += 1;
        }
        sum += term;
        if term < 1e-18 * sum {
            break;
        }
    }
    first * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_sum_to_one() {
        for k in 0..=12 {
            let total = cdf(k, 12, 6, 14).unwrap() + sf(k, 12, 6, 14).unwrap();
            assert!((total - 1.0).abs() < 1e-14, "{k}: {total}");
        }
    }

    #[test]
    fn more_draws_than_items_are_refused() {
        assert!(pmf(1, 2, 2, 5).is_err());
    }
}
