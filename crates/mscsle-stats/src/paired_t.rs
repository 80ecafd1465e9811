//! Paired t test: mean change with its interval.

use crate::descriptive::mean_sd;
use crate::error::{Result, StatsError, conf_level as check_level, finite};
use crate::words::Alternative;
use mscsle_distributions::student_t;

/// Mean change and its t test.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedT {
    /// Complete pairs.
    pub n: usize,
    /// Mean of the changes.
    pub mean_change: f64,
    /// Standard deviation of the changes.
    pub sd_change: f64,
    /// sd / √n.
    pub standard_error: f64,
    /// Lower limit of the mean change.
    pub lower: f64,
    /// Upper limit of the mean change.
    pub upper: f64,
    /// Confidence level.
    pub conf_level: f64,
    /// t.
    pub statistic: f64,
    /// n - 1.
    pub df: f64,
    /// p-value.
    pub p_value: f64,
    /// Side.
    pub alternative: Alternative,
}

/// t test of a mean change of 0 from the differences (after - before) of complete pairs; two-sided limits.
///
/// # Errors
/// Values that are not finite, fewer than two pairs, changes that are all equal.
///
/// # Examples
/// ```
/// use mscsle_stats::{Alternative, paired_t};
/// let change = [-11.0, -7.0, 0.0, -7.0, -3.0, -4.0, -7.0, -22.0, -7.0, -6.0];
/// let t = paired_t(&change, Alternative::TwoSided, 0.95)?;
/// assert!((t.statistic + 3.959239).abs() < 1e-6 && (t.p_value - 0.0033081).abs() < 1e-7);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn paired_t(change: &[f64], alternative: Alternative, conf_level: f64) -> Result<PairedT> {
    finite("change", change)?;
    let level = check_level(conf_level)?;
    let n = change.len();
    let (Some(mean), Some(sd)) = mean_sd(change) else {
        return Err(StatsError::NotEstimable {
            what: "the paired t test",
            why: format!("it needs at least 2 complete pairs, but there {}", if n == 1 { "is 1" } else { "are none" }),
        });
    };
    // R's bound for "essentially constant"
    if sd <= 10.0 * f64::EPSILON * mean.abs() || sd == 0.0 {
        return Err(StatsError::NotEstimable { what: "the paired t test", why: "all changes are equal".into() });
    }
    let standard_error = sd / (n as f64).sqrt();
    let df = (n - 1) as f64;
    let statistic = mean / standard_error;
    let width = student_t::quantile_upper(0.5 * (1.0 - level), df)? * standard_error;
    let p_value = match alternative {
        Alternative::TwoSided => 2.0 * student_t::sf(statistic.abs(), df)?,
        Alternative::Greater => student_t::sf(statistic, df)?,
        Alternative::Less => student_t::cdf(statistic, df)?,
    };
    Ok(PairedT {
        n,
        mean_change: mean,
        sd_change: sd,
        standard_error,
        lower: mean - width,
        upper: mean + width,
        conf_level,
        statistic,
        df,
        p_value,
        alternative,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tv_36_change_of_sledai() {
        let before = [17., 12., 11., 9., 12., 14., 12., 34., 10., 10.];
        let after = [6., 5., 11., 2., 9., 10., 5., 12., 3., 4.];
        let change: Vec<f64> = before.iter().zip(after).map(|(b, a)| a - b).collect();
        let t = paired_t(&change, Alternative::TwoSided, 0.95).unwrap();
        assert!((t.mean_change + 7.4).abs() < 1e-12 && (t.sd_change - 5.910_443).abs() < 5e-7);
        assert!((t.statistic + 3.959_239).abs() < 5e-7 && t.df == 9.0 && (t.p_value - 0.003_308_1).abs() < 5e-8);
    }

    #[test]
    fn limits_exclude_zero_exactly_when_p_is_small() {
        for shift in -20..20 {
            let x: Vec<f64> = [1.0, 3.0, -2.0, 4.0, 0.5].iter().map(|v| v + f64::from(shift) * 0.25).collect();
            let t = paired_t(&x, Alternative::TwoSided, 0.95).unwrap();
            assert_eq!(t.lower > 0.0 || t.upper < 0.0, t.p_value < 0.05);
        }
    }

    #[test]
    fn one_pair_is_too_few() {
        assert_eq!(
            paired_t(&[1.0], Alternative::TwoSided, 0.95).unwrap_err().to_string(),
            "the paired t test cannot be estimated: it needs at least 2 complete pairs, but there is 1"
        );
        assert!(paired_t(&[2.0, 2.0], Alternative::TwoSided, 0.95).is_err());
    }
}
