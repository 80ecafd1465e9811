//! Gauss-Legendre quadrature and a bracketed root, for the critical values of simultaneous bands.

/// Nodes and weights of the Gauss-Legendre rule on -1..1.
pub(crate) fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let mut rule = vec![(0.0, 0.0); n];
    let count = n as f64;
    for i in 0..n.div_ceil(2) {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (count + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            // Legendre polynomials by their recurrence: P_n in `p`, P_(n-1) in `before`
            let (mut before, mut p) = (1.0, x);
            for k in 2..=n {
                let k = k as f64;
                (before, p) = (p, ((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k);
            }
            slope = count * (x * p - before) / (x * x - 1.0);
            let step = p / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        let weight = 2.0 / ((1.0 - x * x) * slope * slope);
        rule[i] = (-x, weight);
        rule[n - 1 - i] = (x, weight);
    }
    rule
}

/// Nodes and weights of a rule of -1..1 moved to `low..high`.
pub(crate) fn on_interval(rule: &[(f64, f64)], low: f64, high: f64) -> impl Iterator<Item = (f64, f64)> + '_ {
    let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
    rule.iter().map(move |&(x, weight)| (centre + half * x, half * weight))
}

/// The root of a decreasing function between `low` and `high` (regula falsi, Illinois variant).
pub(crate) fn root_of_decreasing(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    if fa <= 0.0 {
        return a;
    }
    if fb >= 0.0 {
        return b;
    }
    for _ in 0..200 {
        let x = (a * fb - b * fa) / (fb - fa);
        let value = f(x);
        if value == 0.0 || (b - a) < 1e-12 * b.abs() {
            return x;
        }
        if value > 0.0 {
            (a, fa) = (x, value);
            fb *= 0.5;
        } else {
            (b, fb) = (x, value);
            fa *= 0.5;
        }
        if value.abs() < 1e-13 {
            return x;
        }
    }
    0.5 * (a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly() {
        let rule = gauss_legendre(5);
        let integral: f64 = on_interval(&rule, 0.0, 2.0).map(|(x, w)| w * x.powi(9)).sum();
        assert!((integral - 102.4).abs() < 1e-11);
        assert!((gauss_legendre(64).iter().map(|(_, w)| w).sum::<f64>() - 2.0).abs() < 1e-13);
    }

    #[test]
    fn the_root_is_found() {
        assert!((root_of_decreasing(|x| 2.0 - x * x, 0.0, 5.0) - 2.0_f64.sqrt()).abs() < 1e-12);
    }
}
