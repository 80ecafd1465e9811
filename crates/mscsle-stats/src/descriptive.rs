//! Description of one column: n, missing, mean, standard deviation, quantiles; and standardised differences.

use crate::error::{Result, StatsError};
use crate::words::option_words;

option_words!(
    /// Definition of a sample quantile (Hyndman and Fan, Am Stat 1996;50:361, doi 10.2307/2684934).
    QuantileType, "quantile type", {
        /// Type 2: average at discontinuities, SAS `PCTLDEF=5`.
        Sas = "sas",
        /// Type 6: h = (n + 1) p, SPSS and Minitab.
        Spss = "spss",
        /// Type 7: h = (n - 1) p + 1, R and numpy.
        R = "r",
    }
);

/// Mean, spread and quantiles of the values that are there.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Values that are there.
    pub n: usize,
    /// Missing values (NaN).
    pub n_missing: usize,
    /// Arithmetic mean; none without values.
    pub mean: Option<f64>,
    /// Standard deviation with n - 1; none for fewer than two values.
    pub sd: Option<f64>,
    /// Smallest value.
    pub minimum: Option<f64>,
    /// Lower quartile.
    pub q1: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Upper quartile.
    pub q3: Option<f64>,
    /// Largest value.
    pub maximum: Option<f64>,
    /// Definition of the quartiles and the median.
    pub quantile_type: QuantileType,
}

/// Sum with the rounding errors carried along (Neumaier 1974): the order of rows changes at most the last bit.
pub(crate) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut carried) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        carried += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + carried
}

/// Mean and standard deviation in two passes; the SD of fewer than two values is missing, not 0.
pub(crate) fn mean_sd(values: &[f64]) -> (Option<f64>, Option<f64>) {
    if values.is_empty() {
        return (None, None);
    }
    let n = values.len() as f64;
    let mean = sum(values.iter().copied()) / n;
    if values.len() < 2 {
        return (Some(mean), None);
    }
    let squares = sum(values.iter().map(|v| (v - mean) * (v - mean)));
    let residue = sum(values.iter().map(|v| v - mean));
    (Some(mean), Some(((squares - residue * residue / n).max(0.0) / (n - 1.0)).sqrt()))
}

/// Describes a column; NaN is a missing value.
///
/// The SD of one value is missing. Quantiles follow `quantile_type`.
///
/// # Errors
/// Infinite values.
///
/// # Examples
/// ```
/// use mscsle_stats::{QuantileType, describe};
/// let s = describe(&[5.0, f64::NAN, 1.0, 2.0, 4.0], QuantileType::Sas)?;
/// assert_eq!((s.n, s.n_missing, s.mean, s.median), (4, 1, Some(3.0), Some(3.0)));
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn describe(values: &[f64], quantile_type: QuantileType) -> Result<Summary> {
    if let Some(row) = values.iter().position(|v| v.is_infinite()) {
        return Err(StatsError::NotFinite { name: "values", row, value: values[row] });
    }
    let mut present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let (mean, sd) = mean_sd(&present);
    present.sort_by(f64::total_cmp);
    let at = |p: f64| if present.is_empty() { None } else { Some(sorted_quantile(&present, p, quantile_type)) };
    Ok(Summary {
        n: present.len(),
        n_missing: values.len() - present.len(),
        mean,
        sd,
        minimum: present.first().copied(),
        q1: at(0.25),
        median: at(0.5),
        q3: at(0.75),
        maximum: present.last().copied(),
        quantile_type,
    })
}

/// Sample quantile; none without values. NaN is missing.
///
/// # Errors
/// `p` outside 0..1.
///
/// ```
/// use mscsle_stats::{QuantileType, quantile};
/// let x = [1.0, 2.0, 3.0, 4.0, 10.0];
/// assert_eq!(quantile(&x, 0.25, QuantileType::Sas)?, Some(2.0));
/// assert_eq!(quantile(&x, 0.25, QuantileType::Spss)?, Some(1.5));
/// assert_eq!(quantile(&x, 0.875, QuantileType::R)?, Some(7.0));
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn quantile(values: &[f64], p: f64, quantile_type: QuantileType) -> Result<Option<f64>> {
    if !(0.0..=1.0).contains(&p) {
        return Err(StatsError::Number { name: "p", value: p, needed: "between 0 and 1" });
    }
    let mut present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    present.sort_by(f64::total_cmp);
    Ok(if present.is_empty() { None } else { Some(sorted_quantile(&present, p, quantile_type)) })
}

/// `sorted` is ascending and not empty.
fn sorted_quantile(sorted: &[f64], p: f64, quantile_type: QuantileType) -> f64 {
    let n = sorted.len() as f64;
    // n p = 2.9999999999999996 is 3: R's fuzz
    let fuzz = 4.0 * f64::EPSILON;
    let at = |rank: f64| sorted[(rank.clamp(1.0, n) as usize) - 1];
    match quantile_type {
        QuantileType::Sas => {
            let np = n * p;
            let whole = (np + fuzz).floor();
            if np - whole > fuzz { at(whole + 1.0) } else { 0.5 * (at(whole) + at(whole + 1.0)) }
        }
        QuantileType::Spss | QuantileType::R => {
            let h = if quantile_type == QuantileType::R { (n - 1.0) * p + 1.0 } else { (n + 1.0) * p };
            let h = h.clamp(1.0, n);
            let whole = (h + fuzz).floor();
            let rest = h - whole;
            let rest = if rest.abs() < fuzz { 0.0 } else { rest };
            at(whole) + rest * (at(whole + 1.0) - at(whole))
        }
    }
}

/// Standardised mean difference (m1 - m0) / √((s1² + s0²) / 2); none when both spreads are 0.
///
/// ```
/// let d = mscsle_stats::standardized_mean_difference(5.0, 2.0, 4.0, 2.0);
/// assert_eq!(d, Some(0.5));
/// ```
///
/// # References
/// Austin PC. Balance diagnostics for comparing the distribution of baseline covariates between treatment groups. Stat
/// Med 2009;28:3083, doi 10.1002/sim.3697.
#[must_use]
pub fn standardized_mean_difference(mean1: f64, sd1: f64, mean0: f64, sd0: f64) -> Option<f64> {
    let spread = ((sd1 * sd1 + sd0 * sd0) / 2.0).sqrt();
    if spread > 0.0 { Some((mean1 - mean0) / spread) } else { None }
}

/// Standardised difference of two proportions (p1 - p0) / √((p1 q1 + p0 q0) / 2); none when neither varies.
///
/// # Errors
/// Counts above their totals, totals of 0.
pub fn standardized_proportion_difference(x1: u64, n1: u64, x0: u64, n0: u64) -> Result<Option<f64>> {
    crate::error::x_of_n("x1", x1, "n1", n1)?;
    crate::error::x_of_n("x0", x0, "n0", n0)?;
    let (p1, p0) = (x1 as f64 / n1 as f64, x0 as f64 / n0 as f64);
    let spread = ((p1 * (1.0 - p1) + p0 * (1.0 - p0)) / 2.0).sqrt();
    Ok(if spread > 0.0 { Some((p1 - p0) / spread) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sd_of_one_value_is_missing() {
        let s = describe(&[3.0], QuantileType::R).unwrap();
        assert_eq!((s.mean, s.sd, s.median), (Some(3.0), None, Some(3.0)));
    }

    #[test]
    fn nothing_is_described_as_missing() {
        let s = describe(&[f64::NAN, f64::NAN], QuantileType::Sas).unwrap();
        assert_eq!((s.n, s.n_missing, s.mean, s.median), (0, 2, None, None));
    }

    #[test]
    fn a_large_offset_does_not_spoil_the_sd() {
        let s = describe(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0], QuantileType::R).unwrap();
        assert!((s.sd.unwrap() - 30f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn tv_07_and_tv_08_renal_letters() {
        let mut x = vec![9.0; 20];
        x.extend([3.0; 61]);
        let s = describe(&x, QuantileType::Sas).unwrap();
        assert_eq!(s.n, 81);
        assert!((s.mean.unwrap() - 4.481_481_5).abs() < 5e-8 && (s.sd.unwrap() - 2.603_416_6).abs() < 1e-7);
        let mut x = vec![3.0; 10];
        x.extend([1.0; 54]);
        x.extend([0.0; 13]);
        let s = describe(&x, QuantileType::Sas).unwrap();
        assert_eq!(s.n, 77);
        assert!((s.mean.unwrap() - 1.090_909_1).abs() < 5e-8 && (s.sd.unwrap() - 0.830_057_4).abs() < 1e-7);
    }

    #[test]
    fn infinity_is_refused_with_its_row() {
        let error = describe(&[1.0, f64::INFINITY], QuantileType::R).unwrap_err();
        assert_eq!(error.to_string(), "`values` must hold finite numbers, but row 1 is inf");
    }
}
