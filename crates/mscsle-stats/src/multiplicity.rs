//! p-values adjusted for several tests.

use crate::error::{Result, StatsError};
use crate::words::option_words;

option_words!(
    /// Adjustment for several tests.
    Adjustment, "method", {
        /// m p.
        Bonferroni = "bonferroni",
        /// Step-down: Holm 1979; holds under any dependence.
        Holm = "holm",
        /// Step-up: Hochberg 1988; needs independence or positive dependence.
        Hochberg = "hochberg",
        /// Closed Simes test: Hommel 1988.
        Hommel = "hommel",
        /// False discovery rate: Benjamini and Hochberg 1995.
        BenjaminiHochberg = "benjamini-hochberg",
        /// False discovery rate under any dependence: Benjamini and Yekutieli 2001.
        BenjaminiYekutieli = "benjamini-yekutieli",
    }
);

/// Adjusted p-values in the order given.
///
/// # Errors
/// p-values outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{Adjustment, adjust_p};
/// let holm = adjust_p(&[0.01, 0.02, 0.03, 0.04, 0.05], Adjustment::Holm)?;
/// assert!(holm.iter().zip([0.05, 0.08, 0.09, 0.09, 0.09]).all(|(a, b)| (a - b).abs() < 1e-15));
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Holm S. Scand J Stat 1979;6:65. Hochberg Y. Biometrika 1988;75:800, doi 10.1093/biomet/75.4.800. Hommel G. Biometrika
/// 1988;75:383, doi 10.1093/biomet/75.2.383. Benjamini Y, Hochberg Y. J R Stat Soc B 1995;57:289.
pub fn adjust_p(p: &[f64], method: Adjustment) -> Result<Vec<f64>> {
    if let Some(&value) = p.iter().find(|v| !(0.0..=1.0).contains(*v)) {
        return Err(StatsError::Number { name: "p", value, needed: "between 0 and 1" });
    }
    let m = p.len();
    let mf = m as f64;
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let sorted: Vec<f64> = order.iter().map(|&i| p[i]).collect();
    // factor[i] · sorted[i], then a running maximum from below or a running minimum from above
    let step = |factor: &dyn Fn(usize) -> f64, up: bool| {
        let mut out: Vec<f64> = sorted.iter().enumerate().map(|(i, p)| factor(i) * p).collect();
        if up {
            for i in (0..m.saturating_sub(1)).rev() {
                out[i] = out[i].min(out[i + 1]);
            }
        } else {
            for i in 1..m {
                out[i] = out[i].max(out[i - 1]);
            }
        }
        out
    };
    let adjusted = match method {
        Adjustment::Bonferroni => step(&|_| mf, false),
        Adjustment::Holm => step(&|i| mf - i as f64, false),
        Adjustment::Hochberg => step(&|i| mf - i as f64, true),
        Adjustment::BenjaminiHochberg => step(&|i| mf / (i as f64 + 1.0), true),
        Adjustment::BenjaminiYekutieli => {
            let harmonic: f64 = (1..=m).map(|i| 1.0 / i as f64).sum();
            step(&|i| mf / (i as f64 + 1.0) * harmonic, true)
        }
        Adjustment::Hommel => hommel(&sorted),
    };
    let mut out = vec![0.0; m];
    for (rank, &row) in order.iter().enumerate() {
        out[row] = adjusted[rank].min(1.0);
    }
    Ok(out)
}

/// Wright's algorithm (Biometrics 1992;48:1005) on ascending p-values.
fn hommel(p: &[f64]) -> Vec<f64> {
    let n = p.len();
    if n == 0 {
        return Vec::new();
    }
    let simes = (0..n).map(|i| n as f64 * p[i] / (i as f64 + 1.0)).fold(f64::INFINITY, f64::min);
    let (mut q, mut adjusted) = (vec![simes; n], vec![simes; n]);
    for m in (2..n).rev() {
        let mf = m as f64;
        let first = n - m + 1;
        let bound = (0..m - 1).map(|j| mf * p[first + j] / (j as f64 + 2.0)).fold(f64::INFINITY, f64::min);
        for i in 0..first {
            q[i] = bound.min(mf * p[i]);
        }
        let last = q[first - 1];
        q[first..].fill(last);
        for (a, b) in adjusted.iter_mut().zip(&q) {
            *a = a.max(*b);
        }
    }
    adjusted.iter().zip(p).map(|(a, p)| a.max(*p)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(p: &[f64], method: Adjustment, expected: &[f64]) {
        let out = adjust_p(p, method).unwrap();
        assert!(out.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{method}: {out:?}");
    }

    #[test]
    fn five_equally_spaced_p_values() {
        let p = [0.05, 0.01, 0.03, 0.02, 0.04];
        check(&p, Adjustment::Holm, &[0.09, 0.05, 0.09, 0.08, 0.09]);
        check(&p, Adjustment::Hochberg, &[0.05; 5]);
        check(&p, Adjustment::Bonferroni, &[0.25, 0.05, 0.15, 0.1, 0.2]);
        check(&p, Adjustment::BenjaminiHochberg, &[0.05; 5]);
    }

    #[test]
    fn adjustments_are_ordered_by_power() {
        let p = [0.001, 0.013, 0.02, 0.021, 0.4, 0.8];
        let (holm, hochberg, hommel) = (
            adjust_p(&p, Adjustment::Holm).unwrap(),
            adjust_p(&p, Adjustment::Hochberg).unwrap(),
            adjust_p(&p, Adjustment::Hommel).unwrap(),
        );
        for i in 0..p.len() {
            assert!(hommel[i] <= hochberg[i] + 1e-15 && hochberg[i] <= holm[i] + 1e-15 && p[i] <= hommel[i]);
        }
    }

    #[test]
    fn nothing_and_one_p_value_stay() {
        for &method in Adjustment::ALL {
            assert_eq!(adjust_p(&[], method).unwrap(), Vec::<f64>::new());
            assert_eq!(adjust_p(&[0.3], method).unwrap(), vec![0.3]);
        }
    }
}
