//! Functions the distributions are made of: ln Γ, Stirling's error, the deviance term, incomplete gamma and beta.
//!
//! The factors in front of the continued fractions are computed by Loader's saddle-point form, which keeps the relative
//! accuracy for parameters from 1e-3 to 1e9, where the difference of ln Γ values would lose up to ten digits.

use libm::{exp, expm1, lgamma, log, log1p};

pub(crate) const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_7;

/// ln Γ(x) for x > 0.
///
/// ```
/// assert!((mscsle_distributions::ln_gamma(5.0) - 24f64.ln()).abs() < 1e-15);
/// ```
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    lgamma(x)
}

/// ln of the number of ways to choose `k` of `n`; minus infinity if `k > n`.
///
/// ```
/// assert!((mscsle_distributions::ln_choose(81, 49).exp() / 3.621897254647564e+22 - 1.0).abs() < 1e-13);
/// ```
#[must_use]
pub fn ln_choose(n: u64, k: u64) -> f64 {
    if k > n {
        return f64::NEG_INFINITY;
    }
    if k == 0 || k == n {
        return 0.0;
    }
    // C(n, k) = binomial pmf at p = k/n divided by p^k q^(n-k): Stirling's errors only, no difference of large numbers
    let (nf, kf, lf) = (n as f64, k as f64, (n - k) as f64);
    stirling_error(nf) - stirling_error(kf) - stirling_error(lf) - LN_SQRT_2_PI + 0.5 * log(nf / (kf * lf))
        - kf * log(kf / nf)
        - lf * log(lf / nf)
}

/// ln Γ(n+1) - (n + 1/2) ln n + n - ln √(2π), for n > 0.
pub(crate) fn stirling_error(n: f64) -> f64 {
    let mut shift = 0.0;
    let mut n = n;
    while n < 16.0 {
        // d(n) - d(n+1) = (n + 1/2) ln(1 + 1/n) - 1
        shift += (n + 0.5) * log1p(1.0 / n) - 1.0;
        n += 1.0;
    }
    let m = n * n;
    let series = (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / m) / m) / m) / m) / m)
        / n;
    series + shift
}

/// x ln(x/m) + m - x without cancellation for x near m.
pub(crate) fn deviance(x: f64, m: f64) -> f64 {
    if x == 0.0 {
        return m;
    }
    if (x - m).abs() < 0.1 * (x + m) {
        let v = (x - m) / (x + m);
        let mut sum = (x - m) * v;
        let mut term = 2.0 * x * v;
        let v2 = v * v;
        let mut k = 3.0;
        loop {
            term *= v2;
            let next = sum + term / k;
            if next == sum {
                return sum;
            }
            sum = next;
            k += 2.0;
        }
    }
    x * log(x / m) + m - x
}

/// ln( x^a e^-x / Γ(a) ) for a, x > 0.
pub(crate) fn ln_gamma_term(a: f64, x: f64) -> f64 {
    0.5 * log(a) - LN_SQRT_2_PI - stirling_error(a) - deviance(a, x)
}

/// ln( x^a y^b / B(a, b) ), y = 1 - x.
pub(crate) fn ln_beta_term(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y)
        + 0.5 * (log(a) + log(b / n))
        - LN_SQRT_2_PI
}

/// Relative size below which a term no longer changes a sum.
const EPSILON: f64 = 1.1e-16;
/// Bound against endless loops; for parameters up to 1e10 fewer than 1e6 terms are used.
const MAX_TERMS: usize = 2_000_000;
/// Replaces a zero denominator in Lentz's method.
const TINY: f64 = 1e-300;

/// Regularised incomplete gamma: (P(a, x), Q(a, x)), each with its own relative accuracy.
pub(crate) fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    if a < 1.0 && x < 1.0 {
        // P = u (1 + a S), u = x^a / Γ(a+1), S = sum of (-x)^k / ((a + k) k!)
        let ln_u = a * log(x) - lgamma(1.0 + a);
        let mut power = 1.0;
        let mut sum = 0.0;
        let mut k = 1.0;
        loop {
            power *= -x / k;
            let term = power / (a + k);
            sum += term;
            if term.abs() <= EPSILON * sum.abs() {
                break;
            }
            k += 1.0;
        }
        let u = exp(ln_u);
        return (u * (1.0 + a * sum), -expm1(ln_u) - u * a * sum);
    }
    if x < a + 1.0 {
        let mut term = 1.0;
        let mut sum = 1.0;
        let mut denominator = a;
        for _ in 0..MAX_TERMS {
            denominator += 1.0;
            term *= x / denominator;
            sum += term;
            if term <= EPSILON * sum {
                break;
            }
        }
        let p = exp(ln_gamma_term(a, x)) / a * sum;
        return (p, 1.0 - p);
    }
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..MAX_TERMS {
        let i = i as f64;
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        if d.abs() < TINY {
            d = TINY;
        }
        c = b + an / c;
        if c.abs() < TINY {
            c = TINY;
        }
        d = 1.0 / d;
        let step = d * c;
        fraction *= step;
        if (step - 1.0).abs() <= EPSILON {
            break;
        }
    }
    let q = exp(ln_gamma_term(a, x)) * fraction;
    (1.0 - q, q)
}

/// Regularised incomplete beta: (I_x(a, b), 1 - I_x(a, b)) with y = 1 - x given by the caller to full accuracy.
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if y <= 0.0 {
        return (1.0, 0.0);
    }
    // beyond the mean the fraction of the other tail converges
    if a * y >= b * x {
        let lower = beta_tail(a, b, x, y);
        (lower, 1.0 - lower)
    } else {
        let upper = beta_tail(b, a, y, x);
        (1.0 - upper, upper)
    }
}

/// I_x(a, b) for x at or below the mean: power series near 0, else the continued fraction of Didonato and Morris
/// (ACM Trans Math Softw 1992;18:360, equation 9), doi 10.1145/131766.131776.
fn beta_tail(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let front = exp(ln_beta_term(a, b, x, y));
    if x <= 0.7 && b * x <= 0.7 {
        // I = x^a / B (1/a + sum of (1-b)...(n-b) x^n / (n! (a+n)))
        let mut coefficient = 1.0;
        let mut sum = 1.0 / a;
        let mut n = 1.0;
        loop {
            coefficient *= (n - b) / n * x;
            let term = coefficient / (a + n);
            sum += term;
            if term.abs() <= EPSILON * sum.abs() {
                break;
            }
            n += 1.0;
        }
        return front * exp(-b * log1p(-x)) * sum;
    }
    let lambda = a * y - b * x;
    // convergents A/B, rescaled at each step so that B = 1
    let (mut a_previous, mut b_previous) = (0.0, 1.0);
    let mut a_now = 1.0;
    let mut b_now = a / (a + 1.0) * (lambda + 1.0);
    let mut value = a_now / b_now;
    for m in 1..MAX_TERMS {
        let m = m as f64;
        let e = a + 2.0 * m - 1.0;
        let alpha = (a + m - 1.0) / e * ((a + b + m - 1.0) / e) * m * (b - m) * x * x;
        let beta = m + m * (b - m) * x / e + (a + m) / (e + 2.0) * (lambda + 1.0 + m * (1.0 + y));
        let a_next = alpha * a_previous + beta * a_now;
        let b_next = alpha * b_previous + beta * b_now;
        a_previous = a_now / b_next;
        b_previous = b_now / b_next;
        a_now = a_next / b_next;
        b_now = 1.0;
        let change = a_now - value;
        value = a_now;
        if change.abs() <= EPSILON * value.abs() {
            break;
        }
    }
    front * value
}
