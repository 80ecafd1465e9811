//! Standard normal distribution.
//!
//! # References
//! Wichura MJ. Algorithm AS 241: the percentage points of the normal distribution. Appl Stat 1988;37:477-484,
//! doi 10.2307/2347330 (quantile). The tails are those of `erfc` of the libm crate, with the rounding of x/√2 corrected.

use crate::error::{Result, probability};
use libm::{erfc, exp, fma, log};
use std::f64::consts::FRAC_1_SQRT_2;

/// 1/√2 minus its nearest double.
const FRAC_1_SQRT_2_LOW: f64 = -4.833_646_656_726_457e-17;
const FRAC_2_SQRT_PI: f64 = std::f64::consts::FRAC_2_SQRT_PI;

/// Density at `x`.
#[must_use]
pub fn pdf(x: f64) -> f64 {
    exp(-0.5 * x * x - crate::special::LN_SQRT_2_PI)
}

/// P(X <= x). NaN for NaN.
///
/// ```
/// assert_eq!(mscsle_distributions::normal::cdf(0.0), 0.5);
/// ```
#[must_use]
pub fn cdf(x: f64) -> f64 {
    sf(-x)
}

/// P(X > x), to about 1e-15 of itself up to x = 37. NaN for NaN.
///
/// ```
/// let p = 2.0 * mscsle_distributions::normal::sf(1.959_963_984_540_054);
/// assert!((p - 0.05).abs() < 1e-16);
/// ```
#[must_use]
pub fn sf(x: f64) -> f64 {
    let y = x * FRAC_1_SQRT_2;
    let tail = 0.5 * erfc(y);
    if !(-6.0..27.0).contains(&y) {
        return tail;
    }
    // erfc(y + e) = erfc(y) - e 2/√π exp(-y²): an error of one unit in y would cost 2y² units in the tail
    let e = fma(x, FRAC_1_SQRT_2, -y) + x * FRAC_1_SQRT_2_LOW;
    tail - e * 0.5 * FRAC_2_SQRT_PI * exp(-y * y)
}

/// x with P(X <= x) = p; minus infinity at 0, infinity at 1.
///
/// # Errors
/// `p` outside 0..1.
///
/// ```
/// assert!((mscsle_distributions::normal::quantile(0.975)? - 1.959_963_984_540_054).abs() < 5e-16);
/// # Ok::<(), mscsle_distributions::DistributionError>(())
/// ```
pub fn quantile(p: f64) -> Result<f64> {
    probability("p", p)?;
    Ok(wichura(p, 1.0 - p, p - 0.5))
}

/// x with P(X > x) = q: the quantile for small upper tails without forming 1 - q.
///
/// # Errors
/// `q` outside 0..1.
pub fn quantile_upper(q: f64) -> Result<f64> {
    probability("q", q)?;
    Ok(-wichura(q, 1.0 - q, q - 0.5))
}

fn wichura(p: f64, complement: f64, centre: f64) -> f64 {
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if complement == 0.0 {
        return f64::INFINITY;
    }
    if centre.abs() <= 0.425 {
        let r = 0.180_625 - centre * centre;
        return centre * polynomial(&A, r) / polynomial(&B, r);
    }
    let tail = if centre < 0.0 { p } else { complement };
    let r = (-log(tail)).sqrt();
    let value = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    if centre < 0.0 { -value } else { value }
}

fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const A: [f64; 8] = [
    3.387_132_872_796_366_6,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const B: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_545,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_mirror_images() {
        for x in [0.1, 1.0, 5.0, 20.0, 37.0] {
            assert_eq!(cdf(-x), sf(x));
        }
    }

    #[test]
    fn quantile_of_zero_and_one_is_infinite() {
        assert_eq!(quantile(0.0), Ok(f64::NEG_INFINITY));
        assert_eq!(quantile(1.0), Ok(f64::INFINITY));
        assert_eq!(quantile_upper(0.0), Ok(f64::INFINITY));
    }

    #[test]
    fn probability_above_one_is_refused() {
        assert_eq!(quantile(1.2).unwrap_err().to_string(), "a probability lies between 0 and 1, but `p` is 1.2");
    }
}
