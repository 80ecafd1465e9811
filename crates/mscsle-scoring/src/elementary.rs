//! Exponential and logarithm from plain arithmetic, so that columns are vectorised and every machine gives the same bytes.
//!
//! Both are within 1 unit in the last place on their range here: `ln` for finite numbers above 1e-300, `exp` for
//! arguments between -700 and 700. No fused multiply-add is used, so the result does not depend on the processor.

const LN2_HI: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LO: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
/// Coefficients of R(z) in the logarithm (FreeBSD msun, `e_log.c`).
const LG: [f64; 7] = [
    f64::from_bits(0x3fe5_5555_5555_5593),
    f64::from_bits(0x3fd9_9999_9997_fa04),
    f64::from_bits(0x3fd2_4924_9422_9359),
    f64::from_bits(0x3fcc_71c5_1d8e_78af),
    f64::from_bits(0x3fc7_4664_96cb_03de),
    f64::from_bits(0x3fc3_9a09_d078_c69f),
    f64::from_bits(0x3fc2_f112_df3e_5244),
];
const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// 1.5 * 2^52: adding it leaves the nearest whole number in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Natural logarithm of a positive normal number.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    // x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); ln(1 + f) = 2s + s z R(z) with s = f / (2 + f), z = s^2
    const SQRT_HALF_HIGH: u64 = 0x3fe6_a09e_0000_0000;
    let bits = x.to_bits();
    let shifted = bits.wrapping_sub(SQRT_HALF_HIGH);
    let exponent_bits = ((shifted as i64) >> 52) as u64;
    // k as a number without an integer conversion, which older vector units lack
    let k = f64::from_bits((ROUND.to_bits()).wrapping_add(exponent_bits)) - ROUND;
    let mantissa = f64::from_bits(bits.wrapping_sub(exponent_bits << 52));
    let f = mantissa - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let t1 = w * (LG[1] + w * (LG[3] + w * LG[5]));
    let t2 = z * (LG[0] + w * (LG[2] + w * (LG[4] + w * LG[6])));
    let r = t1 + t2;
    let half_square = 0.5 * f * f;
    k * LN2_HI - ((half_square - (s * (half_square + r) + k * LN2_LO)) - f)
}

/// e to the power `x`.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    // x = k ln 2 + r with |r| <= ln(2)/2; exp(r) = 1 + r + r^2 P(r), Taylor to r^13
    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HI) - k * LN2_LO;
    let r2 = r * r;
    let mut p = 1.0 / 6_227_020_800.0;
    p = p * r + 1.0 / 479_001_600.0;
    p = p * r + 1.0 / 39_916_800.0;
    p = p * r + 1.0 / 3_628_800.0;
    p = p * r + 1.0 / 362_880.0;
    p = p * r + 1.0 / 40_320.0;
    p = p * r + 1.0 / 5_040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    let fraction = 1.0 + (r + r2 * p);
    // the low bits of `shifted` hold k: move them into the exponent
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
    fraction * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both results are correctly rounded to within one unit in the last place.
    const RTOL: f64 = 4.5e-16;

    #[test]
    fn agrees_with_the_standard_library() {
        for i in -4000..4000 {
            let x = f64::from(i) * 0.013;
            assert!((exp(x) / x.exp() - 1.0).abs() < RTOL, "exp {x}");
            let y = x.exp();
            let difference = (ln(y) - y.ln()).abs();
            assert!(difference <= RTOL * y.ln().abs().max(f64::MIN_POSITIVE) || difference < 1e-300, "ln {y}");
        }
        for y in [0.7, 0.9, 1.0, 0.999_999, 1.000_001, 1.42, 1.41, 0.71, 0.70] {
            assert!((ln(y) - y.ln()).abs() <= RTOL * y.ln().abs(), "ln {y}");
        }
    }
}
