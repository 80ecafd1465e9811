//! Inner loops over rows of covariates, compiled for the vector unit that the machine has.
//!
//! Up to 8 columns rows are packed and loops are unrolled for the number of columns; beyond that rows are padded to
//! lanes of 8. Every function sums in an order that depends on its arguments only.

use pulp::{Arch, Simd, WithSimd};

/// `a * b + c`, fused where the machine fuses.
#[inline(always)]
pub(crate) fn madd<S: Simd>(a: f64, b: f64, c: f64) -> f64 {
    if S::IS_SCALAR { a * b + c } else { a.mul_add(b, c) }
}

/// exp for arguments in [-700, 700], relative error below 2 units in the last place (the coefficients are Taylor's).
#[inline(always)]
pub(crate) fn exp<S: Simd>(value: f64) -> f64 {
    const LOG2_E: f64 = std::f64::consts::LOG2_E;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52: adding it rounds to a whole number in the low bits
    let shifted = madd::<S>(value, LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let r = madd::<S>(whole, -LN2_LOW, madd::<S>(whole, -LN2_HIGH, value));
    let mut sum = 1.0 / 6_227_020_800.0;
    for inverse in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
    ] {
        sum = madd::<S>(sum, r, inverse);
    }
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    madd::<S>(sum, r, 1.0) * power
}

/// Calls a kernel with the number of columns as a constant up to 8, in lanes of 8 beyond.
macro_rules! for_width {
    ($stride:expr, $packed:ident, $lanes:ident, $($argument:expr),*) => {
        match $stride {
            1 => $packed::<S, 1>($($argument),*),
            2 => $packed::<S, 2>($($argument),*),
            3 => $packed::<S, 3>($($argument),*),
            4 => $packed::<S, 4>($($argument),*),
            5 => $packed::<S, 5>($($argument),*),
            6 => $packed::<S, 6>($($argument),*),
            7 => $packed::<S, 7>($($argument),*),
            8 => $packed::<S, 8>($($argument),*),
            _ => $lanes::<S>($($argument),*),
        }
    };
}

/// `out = offset + x beta`; gives the smallest and the largest.
pub(crate) struct LinearPredictor<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) stride: usize,
    pub(crate) beta: &'a [f64],
    pub(crate) offset: &'a [f64],
    pub(crate) out: &'a mut [f64],
}

impl WithSimd for LinearPredictor<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for_width!(self.stride, predict_packed, predict_lanes, self.x, self.beta, self.out);
        for (out, offset) in self.out.iter_mut().zip(self.offset) {
            *out += offset;
        }
    }
}

#[inline(always)]
fn predict_packed<S: Simd, const P: usize>(x: &[f64], beta: &[f64], out: &mut [f64]) {
    let mut b = [0.0; P];
    b.copy_from_slice(&beta[..P]);
    let (rows, _) = x.as_chunks::<P>();
    for (out, row) in out.iter_mut().zip(rows) {
        let mut sum = 0.0;
        for j in 0..P {
            sum = madd::<S>(row[j], b[j], sum);
        }
        *out = sum;
    }
}

#[inline(always)]
fn predict_lanes<S: Simd>(x: &[f64], beta: &[f64], out: &mut [f64]) {
    let (x, _) = x.as_chunks::<8>();
    let (beta, _) = beta.as_chunks::<8>();
    for (out, row) in out.iter_mut().zip(x.chunks_exact(beta.len())) {
        let mut sum = [0.0; 8];
        for (lane, b) in row.iter().zip(beta) {
            for a in 0..8 {
                sum[a] = madd::<S>(lane[a], b[a], sum[a]);
            }
        }
        *out = ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
    }
}

/// `risk = weight * exp(risk - shift)`, in place.
pub(crate) struct Exponentiate<'a> {
    pub(crate) risk: &'a mut [f64],
    pub(crate) shift: f64,
    pub(crate) weight: &'a [f64],
}

impl WithSimd for Exponentiate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (lanes, rest) = self.risk.as_chunks_mut::<8>();
        for lane in lanes {
            for value in lane {
                *value = exp::<S>(*value - self.shift);
            }
        }
        for value in rest {
            *value = exp::<S>(*value - self.shift);
        }
        for (value, weight) in self.risk.iter_mut().zip(self.weight) {
            *value *= weight;
        }
    }
}

/// `out += X' g`.
pub(crate) struct WeightedSum<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) stride: usize,
    pub(crate) g: &'a [f64],
    pub(crate) out: &'a mut [f64],
}

impl WithSimd for WeightedSum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for_width!(self.stride, sum_packed, sum_lanes, self.x, self.g, self.out);
    }
}

#[inline(always)]
fn sum_packed<S: Simd, const P: usize>(x: &[f64], g: &[f64], out: &mut [f64]) {
    let (rows, _) = x.as_chunks::<P>();
    let mut sum = [0.0; P];
    for (row, &g) in rows.iter().zip(g) {
        for j in 0..P {
            sum[j] = madd::<S>(g, row[j], sum[j]);
        }
    }
    for (out, value) in out.iter_mut().zip(sum) {
        *out += value;
    }
}

#[inline(always)]
fn sum_lanes<S: Simd>(x: &[f64], g: &[f64], out: &mut [f64]) {
    let (x, _) = x.as_chunks::<8>();
    let (out, _) = out.as_chunks_mut::<8>();
    let lanes = out.len();
    let mut first = 0;
    while first < lanes {
        // three lanes at a time stay in registers
        let width = (lanes - first).min(3);
        let mut sum = [[0.0; 8]; 3];
        for (row, &g) in x.chunks_exact(lanes).zip(g) {
            for (sum, lane) in sum.iter_mut().zip(&row[first..first + width]) {
                for a in 0..8 {
                    sum[a] = madd::<S>(g, lane[a], sum[a]);
                }
            }
        }
        for (out, sum) in out[first..first + width].iter_mut().zip(&sum) {
            for a in 0..8 {
                out[a] += sum[a];
            }
        }
        first += width;
    }
}

/// Adds r x of some rows and takes away that of others, in twice the working precision (`high + low`).
pub(crate) struct CarefulSum<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) stride: usize,
    pub(crate) risk: &'a [f64],
    pub(crate) rows: std::ops::Range<usize>,
    pub(crate) leaving: &'a [u32],
    pub(crate) high: &'a mut [f64],
    pub(crate) low: &'a mut [f64],
}

impl WithSimd for CarefulSum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let q = self.stride;
        for position in self.rows {
            add_careful(&self.x[position * q..][..q], self.risk[position], self.high, self.low);
        }
        for &position in self.leaving {
            let position = position as usize;
            add_careful(&self.x[position * q..][..q], -self.risk[position], self.high, self.low);
        }
    }
}

#[inline(always)]
fn add_careful(row: &[f64], g: f64, high: &mut [f64], low: &mut [f64]) {
    for ((&x, high), low) in row.iter().zip(high).zip(low) {
        let value = g * x;
        let sum = *high + value;
        let part = sum - *high;
        *low += (*high - (sum - part)) + (value - part);
        *high = sum;
    }
}

/// `out += X' diag(g) X`, lower triangle, row-major `stride` x `stride`.
pub(crate) struct CrossProduct<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) stride: usize,
    pub(crate) g: &'a [f64],
    pub(crate) out: &'a mut [f64],
}

impl WithSimd for CrossProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for_width!(self.stride, cross_packed, cross_lanes, self.x, self.g, self.stride, self.out);
    }
}

#[inline(always)]
fn cross_packed<S: Simd, const P: usize>(x: &[f64], g: &[f64], _: usize, out: &mut [f64]) {
    let (rows, _) = x.as_chunks::<P>();
    let mut sum = [[0.0; P]; P];
    for (row, &g) in rows.iter().zip(g) {
        for i in 0..P {
            let gx = g * row[i];
            for j in 0..=i {
                sum[i][j] = madd::<S>(gx, row[j], sum[i][j]);
            }
        }
    }
    for i in 0..P {
        for j in 0..=i {
            out[i * P + j] += sum[i][j];
        }
    }
}

#[inline(always)]
fn cross_lanes<S: Simd>(x: &[f64], g: &[f64], stride: usize, out: &mut [f64]) {
    const TILE: usize = 128; // rows: 24 columns of them fill 24 KiB of the first-level cache
    let lanes = stride / 8;
    let (x, _) = x.as_chunks::<8>();
    for (tile, g) in x.chunks(TILE * lanes).zip(g.chunks(TILE)) {
        for bi in 0..lanes {
            for bj in 0..=bi {
                let mut sum = [[0.0; 8]; 8];
                for (row, &g) in tile.chunks_exact(lanes).zip(g) {
                    let (left, right) = (&row[bi], &row[bj]);
                    let mut scaled = [0.0; 8];
                    for a in 0..8 {
                        scaled[a] = g * left[a];
                    }
                    for a in 0..8 {
                        for b in 0..8 {
                            sum[a][b] = madd::<S>(scaled[a], right[b], sum[a][b]);
                        }
                    }
                }
                for a in 0..8 {
                    let start = (bi * 8 + a) * stride + bj * 8;
                    for (out, value) in out[start..start + 8].iter_mut().zip(sum[a]) {
                        *out += value;
                    }
                }
            }
        }
    }
}

/// Runs a kernel on the best vector unit of this machine.
#[inline]
pub(crate) fn run<K: WithSimd>(kernel: K) -> K::Output {
    Arch::new().dispatch(kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_exp_agrees_with_the_library() {
        let mut values: Vec<f64> = (0..2001).map(|i| -600.0 + 0.6 * f64::from(i)).collect();
        let expected: Vec<f64> = values.iter().map(|v| v.exp()).collect();
        run(Exponentiate { risk: &mut values, shift: 0.0, weight: &[] });
        for (value, expected) in values.iter().zip(&expected) {
            assert!((value / expected - 1.0).abs() < 1e-15, "{value} {expected}");
        }
        let mut one = [0.0];
        run(Exponentiate { risk: &mut one, shift: 0.0, weight: &[] });
        assert_eq!(one, [1.0]);
    }

    #[test]
    fn kernels_agree_with_plain_loops_for_every_width() {
        for stride in [1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 40] {
            let n = 300;
            let x: Vec<f64> = (0..n * stride).map(|i| ((i * 7919) % 101) as f64 / 50.0 - 1.0).collect();
            let g: Vec<f64> = (0..n).map(|i| ((i * 31) % 17) as f64).collect();
            let beta: Vec<f64> = (0..stride).map(|j| j as f64 / 10.0).collect();
            let mut eta = vec![0.0; n];
            run(LinearPredictor { x: &x, stride, beta: &beta, offset: &[], out: &mut eta });
            let mut sum = vec![0.0; stride];
            run(WeightedSum { x: &x, stride, g: &g, out: &mut sum });
            let mut cross = vec![0.0; stride * stride];
            run(CrossProduct { x: &x, stride, g: &g, out: &mut cross });
            for i in 0..n {
                let plain: f64 = (0..stride).map(|j| x[i * stride + j] * beta[j]).sum();
                assert!((eta[i] - plain).abs() < 1e-12);
            }
            for a in 0..stride {
                let plain: f64 = (0..n).map(|i| g[i] * x[i * stride + a]).sum();
                assert!((sum[a] - plain).abs() < 1e-9);
                for b in 0..=a {
                    let plain: f64 = (0..n).map(|i| g[i] * x[i * stride + a] * x[i * stride + b]).sum();
                    assert!((cross[a * stride + b] - plain).abs() < 1e-9);
                }
            }
        }
    }
}
