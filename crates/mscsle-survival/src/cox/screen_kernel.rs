//! One pass over the sorted rows for eight covariates at once: lanes are covariates.

use pulp::{Simd, WithSimd};

use super::design::Design;
use super::kernel::{exp, madd};

/// Covariates of one tile.
pub(crate) const LANES: usize = 8;
/// One number a covariate.
pub(crate) type Lane = [f64; LANES];
/// Largest linear predictor (absolute, covariates centred) up to which denominators are multiplied without scaling.
pub(crate) const WIDEST: f64 = 30.0;
/// Factors multiplied before mantissa and exponent are parted.
const FACTORS: usize = 6;

/// What all covariates share: sorted rows and event times, risks without covariates.
pub(crate) struct Shared<'a> {
    pub(crate) design: &'a Design,
    /// Weight times exp(offset) of each sorted row.
    pub(crate) base: Vec<f64>,
}

/// Sums of one pass.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    /// First derivative of the log-likelihood.
    pub(crate) score: Lane,
    /// Minus the second derivative.
    pub(crate) information: Lane,
    /// Minus the third derivative.
    pub(crate) third: Lane,
    /// Sum of the logarithms of the denominators.
    pub(crate) logs: Lane,
    /// Sum of squares that the information is a difference of.
    pub(crate) squares: Lane,
    /// Largest absolute linear predictor.
    pub(crate) widest: Lane,
}

/// A product kept as mantissa and exponent.
struct Product {
    mantissa: Lane,
    exponent: Lane,
    factors: usize,
}

impl Product {
    fn new() -> Self {
        Self { mantissa: [1.0; LANES], exponent: [0.0; LANES], factors: 0 }
    }

    #[inline(always)]
    fn multiply(&mut self, by: &Lane) {
        for a in 0..LANES {
            self.mantissa[a] *= by[a];
        }
        self.factors += 1;
        if self.factors == FACTORS {
            self.part();
        }
    }

    #[inline(always)]
    fn part(&mut self) {
        for a in 0..LANES {
            let bits = self.mantissa[a].to_bits();
            // an integer below 2^52 turned to a float by its bits: there is a vector instruction for that everywhere
            let power = f64::from_bits((bits >> 52) | 0x4330_0000_0000_0000) - 4_503_599_627_370_496.0;
            self.exponent[a] += power - 1022.0;
            self.mantissa[a] = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3fe0_0000_0000_0000);
        }
        self.factors = 0;
    }

    #[inline(always)]
    fn logarithm(&mut self) -> Lane {
        self.part();
        let mut out = [0.0; LANES];
        for a in 0..LANES {
            out[a] = self.exponent[a] * std::f64::consts::LN_2 + self.mantissa[a].ln();
        }
        out
    }
}

/// Moments of the risk over some rows.
#[derive(Clone, Copy, Default)]
struct Moments {
    s0: Lane,
    s1: Lane,
    s2: Lane,
    s3: Lane,
}

impl Moments {
    #[inline(always)]
    fn add<S: Simd>(&mut self, risk: &Lane, x: &Lane) {
        for a in 0..LANES {
            let first = risk[a] * x[a];
            let second = first * x[a];
            self.s0[a] += risk[a];
            self.s1[a] += first;
            self.s2[a] += second;
            self.s3[a] = madd::<S>(second, x[a], self.s3[a]);
        }
    }
}

/// Likelihood and derivatives of eight models of one covariate.
pub(crate) struct Pass<'a> {
    pub(crate) shared: &'a Shared<'a>,
    pub(crate) x: &'a [Lane],
    pub(crate) beta: Lane,
    pub(crate) risk: &'a mut [Lane],
}

impl WithSimd for Pass<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Sums {
        let Self { shared, x, beta, risk } = self;
        let mut sums = Sums::default();
        let null = beta == [0.0; LANES];
        if null {
            for (risk, &base) in risk.iter_mut().zip(&shared.base) {
                *risk = [base; LANES];
            }
        } else {
            let mut widest = [0.0_f64; LANES];
            for (risk, x) in risk.iter_mut().zip(x) {
                for a in 0..LANES {
                    risk[a] = beta[a] * x[a];
                }
                for a in 0..LANES {
                    widest[a] = if risk[a].abs() > widest[a] { risk[a].abs() } else { widest[a] };
                }
            }
            sums.widest = widest;
            // beyond its range exp gives some number, and the range is looked at afterwards
            for value in risk.as_flattened_mut() {
                *value = exp::<S>(*value);
            }
            for (risk, &base) in risk.iter_mut().zip(&shared.base) {
                for a in 0..LANES {
                    risk[a] *= base;
                }
            }
        }
        let mut product = Product::new();
        let design = shared.design;
        for stratum in &design.strata {
            let mut at = stratum.rows.0;
            let mut all = Moments::default();
            for k in stratum.events.0..stratum.events.1 {
                let end = design.end[k] as usize;
                let start = end - design.deaths[k] as usize;
                for (risk, x) in risk[at..end].iter().zip(&x[at..end]) {
                    all.add::<S>(risk, x);
                }
                at = end;
                let shares = design.shares(k);
                if shares == 1 {
                    let count = design.count[k];
                    denominator::<S>(&mut sums, &all, count);
                    if count <= 8.0 {
                        for _ in 0..count as usize {
                            product.multiply(&all.s0);
                        }
                    } else {
                        for a in 0..LANES {
                            sums.logs[a] += count * all.s0[a].ln();
                        }
                    }
                    continue;
                }
                let mut dead = Moments::default();
                for (risk, x) in risk[start..end].iter().zip(&x[start..end]) {
                    dead.add::<S>(risk, x);
                }
                for l in 0..shares {
                    let share = l as f64 / design.count[k];
                    let mut left = all;
                    for a in 0..LANES {
                        left.s0[a] = madd::<S>(-share, dead.s0[a], left.s0[a]);
                        left.s1[a] = madd::<S>(-share, dead.s1[a], left.s1[a]);
                        left.s2[a] = madd::<S>(-share, dead.s2[a], left.s2[a]);
                        left.s3[a] = madd::<S>(-share, dead.s3[a], left.s3[a]);
                    }
                    denominator::<S>(&mut sums, &left, 1.0);
                    product.multiply(&left.s0);
                }
            }
        }
        let logs = product.logarithm();
        for a in 0..LANES {
            sums.logs[a] += logs[a];
        }
        sums
    }
}

/// What one denominator, counted `count` times, adds to the derivatives.
#[inline(always)]
fn denominator<S: Simd>(sums: &mut Sums, left: &Moments, count: f64) {
    for a in 0..LANES {
        let inverse = 1.0 / left.s0[a];
        let mean = left.s1[a] * inverse;
        let square = left.s2[a] * inverse;
        let variance = madd::<S>(-mean, mean, square);
        // third central moment: m3 - 3 m m2 + 2 m^3 = m3 - m (m2 + 2 variance)
        let third = madd::<S>(-mean, madd::<S>(2.0, variance, square), left.s3[a] * inverse);
        sums.score[a] = madd::<S>(-count, mean, sums.score[a]);
        sums.information[a] = madd::<S>(count, variance, sums.information[a]);
        sums.third[a] = madd::<S>(count, third, sums.third[a]);
        sums.squares[a] = madd::<S>(count, square, sums.squares[a]);
    }
}
