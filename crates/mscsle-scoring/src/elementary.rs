//! Exponential and logarithm from plain arithmetic, so that columns are vectorised and every machine gives the same bytes.
//!
//! Both are within 1 unit in the last place on their range here: `ln` for finite numbers above 1e-300, `exp` for
//! arguments between -700 and 700. No fused multiply-add is used, so the result does not depend on the processor.

const LN2_HI: f64 = 6.931_471_803_691_238_164_90e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_700_02e-10;
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
    let t1 = w * (0.399_999_999_994_094_190_8 + w * (0.222_221_984_321_497_839_6 + w * 0.153_138_376_992_093_733_2));
    let t2 = z
        * (0.666_666_666_666_673_513_0
            + w * (0.285_714_287_436_623_914_9 + w * (0.181_835_721_616_180_501_2 + w * 0.147_981_986_051_165_859_1)));
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
        for y in [0.7, 0.9, 1.0, 0.999_999, 1.000_001, 1.414_213, 1.414_214, 0.707_106, 0.707_107] {
            assert!((ln(y) - y.ln()).abs() <= RTOL * y.ln().abs(), "ln {y}");
        }
    }
}
