//! Inversion of a distribution function by Newton's method on logarithms, kept inside a bracket.

use libm::{exp, log};

/// The point s > 0 (a scale on which the tail is smooth in ln s) where `ln_tail(s) = target`.
///
/// `evaluate(s)` returns (ln tail, d ln tail / d ln s). `increasing` says which way the tail runs. The step is taken in
/// ln s but `s` itself is kept, so the last step is exact to the relative precision of the tail.
pub(crate) fn invert(start: f64, target: f64, increasing: bool, evaluate: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut s = start.clamp(f64::MIN_POSITIVE, f64::MAX);
    for _ in 0..400 {
        let (value, slope) = evaluate(s);
        let gap = value - target;
        if gap == 0.0 {
            return s;
        }
        if (gap < 0.0) == increasing {
            low = s;
        } else {
            high = s;
        }
        let step = -gap / slope;
        let mut next = if step.is_finite() { s * exp(step.clamp(-40.0, 40.0)) } else { f64::NAN };
        if !(next > low && next < high) {
            // bisection on the logarithmic scale, striding while a side is open
            next = match (low > 0.0, high.is_finite()) {
                (true, true) => exp(0.5 * (log(low) + log(high))),
                (true, false) => low * 1e4,
                (false, true) => high * 1e-4,
                (false, false) => s,
            };
        }
        // the root lies outside the range of doubles
        if next == f64::INFINITY || next < f64::MIN_POSITIVE {
            return if next > 1.0 { next } else { 0.0 };
        }
        if (next - s).abs() <= 2e-16 * s || next == low && next == high {
            return next;
        }
        s = next;
    }
    s
}
