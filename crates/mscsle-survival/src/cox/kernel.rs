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
    ($simd:expr, $stride:expr, $packed:ident, $lanes:ident, $($argument:expr),*) => {
        match $stride {
            1 => $packed::<S, 1>($($argument),*),
            2 => $packed::<S, 2>($($argument),*),
            3 => $packed::<S, 3>($($argument),*),
            4 => $packed::<S, 4>($($argument),*),
            5 => $packed::<S, 5>($($argument),*),
            6 => $packed::<S, 6>($($argument),*),
            7 => $packed::<S, 7>($($argument),*),
            8 => $packed::<S, 8>($($argument),*),
            _ => $lanes::<S>($simd, $($argument),*),
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
    fn with_simd<S: Simd>(self, simd: S) {
        predict_rows(simd, self.x, self.stride, self.beta, self.out);
        for (out, offset) in self.out.iter_mut().zip(self.offset) {
            *out += offset;
        }
    }
}

/// `out = x beta`, within a kernel.
#[inline(always)]
pub(crate) fn predict_rows<S: Simd>(simd: S, x: &[f64], stride: usize, beta: &[f64], out: &mut [f64]) {
    for_width!(simd, stride, predict_packed, predict_lanes, x, beta, out);
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
fn predict_lanes<S: Simd>(_: S, x: &[f64], beta: &[f64], out: &mut [f64]) {
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
    fn with_simd<S: Simd>(self, simd: S) {
        weighted_sum(simd, self.x, self.stride, self.g, self.out);
    }
}

/// `out += X' g`, within a kernel.
#[inline(always)]
pub(crate) fn weighted_sum<S: Simd>(simd: S, x: &[f64], stride: usize, g: &[f64], out: &mut [f64]) {
    for_width!(simd, stride, sum_packed, sum_lanes, x, g, out);
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
fn sum_lanes<S: Simd>(simd: S, x: &[f64], g: &[f64], out: &mut [f64]) {
    let (x, _) = S::as_simd_f64s(x);
    let (out, _) = S::as_mut_simd_f64s(out);
    let vectors = out.len();
    let mut first = 0;
    // three vectors at a time stay in registers
    while first + 3 <= vectors {
        sum_vectors::<S, 3>(simd, x, g, vectors, first, out);
        first += 3;
    }
    match vectors - first {
        1 => sum_vectors::<S, 1>(simd, x, g, vectors, first, out),
        2 => sum_vectors::<S, 2>(simd, x, g, vectors, first, out),
        _ => {}
    }
}

#[inline(always)]
fn sum_vectors<S: Simd, const B: usize>(
    simd: S,
    x: &[S::f64s],
    g: &[f64],
    vectors: usize,
    first: usize,
    out: &mut [S::f64s],
) {
    let mut sum = [simd.splat_f64s(0.0); B];
    for (row, &g) in x.chunks_exact(vectors).zip(g) {
        let g = simd.splat_f64s(g);
        let row = &row[first..first + B];
        for b in 0..B {
            sum[b] = simd.mul_add_e_f64s(g, row[b], sum[b]);
        }
    }
    for (out, sum) in out[first..first + B].iter_mut().zip(sum) {
        *out = simd.add_f64s(*out, sum);
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
        self.add();
    }
}

impl CarefulSum<'_> {
    /// Within a kernel.
    #[inline(always)]
    pub(crate) fn add(self) {
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
    fn with_simd<S: Simd>(self, simd: S) {
        cross_product(simd, self.x, self.stride, self.g, self.out);
    }
}

/// `out += X' diag(g) X`, within a kernel.
#[inline(always)]
pub(crate) fn cross_product<S: Simd>(simd: S, x: &[f64], stride: usize, g: &[f64], out: &mut [f64]) {
    for_width!(simd, stride, cross_packed, cross_lanes, x, g, stride, out);
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

/// Rows scaled at a time: 24 columns of them, scaled and as they are, fill most of the first-level cache.
const TILE: usize = 64;
/// Longest row whose tile is kept on the stack.
const STACK: usize = 64;

#[inline(always)]
fn cross_lanes<S: Simd>(simd: S, x: &[f64], g: &[f64], stride: usize, out: &mut [f64]) {
    let mut stack = [0.0; TILE * STACK];
    let mut heap = Vec::new();
    let scaled: &mut [f64] = if stride <= STACK {
        &mut stack[..TILE * stride]
    } else {
        heap.resize(TILE * stride, 0.0);
        &mut heap
    };
    for (tile, g) in x.chunks(TILE * stride).zip(g.chunks(TILE)) {
        cross_scaled(simd, tile, g, stride, scaled, out);
    }
}

/// `out += X' diag(g) X` for a few rows, within a kernel; `room` takes as many scaled rows.
#[inline(always)]
pub(crate) fn cross_few<S: Simd>(simd: S, x: &[f64], stride: usize, g: &[f64], room: &mut [f64], out: &mut [f64]) {
    for_width!(simd, stride, cross_few_packed, cross_scaled, x, g, stride, room, out);
}

#[inline(always)]
fn cross_few_packed<S: Simd, const P: usize>(x: &[f64], g: &[f64], stride: usize, _: &mut [f64], out: &mut [f64]) {
    cross_packed::<S, P>(x, g, stride, out);
}

#[inline(always)]
fn cross_scaled<S: Simd>(simd: S, x: &[f64], g: &[f64], stride: usize, room: &mut [f64], out: &mut [f64]) {
    for ((scaled, row), &g) in room.chunks_exact_mut(stride).zip(x.chunks_exact(stride)).zip(g) {
        let g = simd.splat_f64s(g);
        let (scaled, _) = S::as_mut_simd_f64s(scaled);
        let (row, _) = S::as_simd_f64s(row);
        for (scaled, &x) in scaled.iter_mut().zip(row) {
            *scaled = simd.mul_f64s(g, x);
        }
    }
    cross_tile(simd, x, &room[..x.len()], stride, out);
}

/// `out += scaled' x` in the lower triangle (and some of the upper), in blocks that stay in registers.
#[inline(always)]
fn cross_tile<S: Simd>(simd: S, x: &[f64], scaled: &[f64], stride: usize, out: &mut [f64]) {
    // rows of the block times vectors: 32 wide registers hold 8 x 3, 16 narrow ones 4 x 3
    if S::F64_LANES >= 8 {
        cross_blocks::<S, 8>(simd, x, scaled, stride, out)
    } else {
        cross_blocks::<S, 4>(simd, x, scaled, stride, out)
    }
}

#[inline(always)]
fn cross_blocks<S: Simd, const A: usize>(simd: S, x: &[f64], scaled: &[f64], stride: usize, out: &mut [f64]) {
    let (x, _) = S::as_simd_f64s(x);
    let vectors = stride / S::F64_LANES;
    for first in (0..stride).step_by(A) {
        let needed = (first + A).div_ceil(S::F64_LANES);
        let mut vector = 0;
        while vector + 3 <= needed {
            cross_block::<S, A, 3>(simd, x, scaled, stride, vectors, first, vector, out);
            vector += 3;
        }
        match needed - vector {
            1 => cross_block::<S, A, 1>(simd, x, scaled, stride, vectors, first, vector, out),
            2 => cross_block::<S, A, 2>(simd, x, scaled, stride, vectors, first, vector, out),
            _ => {}
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the place of a block in both matrices")]
#[inline(always)]
fn cross_block<S: Simd, const A: usize, const B: usize>(
    simd: S,
    x: &[S::f64s],
    scaled: &[f64],
    stride: usize,
    vectors: usize,
    first: usize,
    vector: usize,
    out: &mut [f64],
) {
    let mut sum = [[simd.splat_f64s(0.0); B]; A];
    for (row, scaled) in x.chunks_exact(vectors).zip(scaled.chunks_exact(stride)) {
        let row = &row[vector..vector + B];
        let scaled = &scaled[first..first + A];
        for a in 0..A {
            let factor = simd.splat_f64s(scaled[a]);
            for b in 0..B {
                sum[a][b] = simd.mul_add_e_f64s(factor, row[b], sum[a][b]);
            }
        }
    }
    for a in 0..A {
        let (line, _) = S::as_mut_simd_f64s(&mut out[(first + a) * stride..(first + a + 1) * stride]);
        for (out, sum) in line[vector..vector + B].iter_mut().zip(sum[a]) {
            *out = simd.add_f64s(*out, sum);
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
