//! The three standardised distributions behind the parametric models, in logarithms, with derivatives.

use mscsle_distributions::normal;

/// Distribution of the standardised log time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    /// Smallest extreme value: `S(z) = exp(-exp(z))` (Weibull; the hazard scale of splines).
    ExtremeValue,
    /// `S(z) = 1 / (1 + exp(z))` (log-logistic; the odds scale).
    Logistic,
    /// `S(z) = Phi(-z)` (log-normal; the normal scale).
    Normal,
}

/// A value and its first two derivatives by z.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Jet {
    pub(crate) value: f64,
    pub(crate) first: f64,
    pub(crate) second: f64,
}

/// `log(1 + exp(z))`.
fn softplus(z: f64) -> f64 {
    if z > 0.0 { z + (-z).exp().ln_1p() } else { z.exp().ln_1p() }
}

/// `log(Phi(-z))`, also far in the tail.
pub(crate) fn ln_normal_sf(z: f64) -> f64 {
    if z < -5.0 {
        (-normal::sf(-z)).ln_1p()
    } else if z < 30.0 {
        normal::sf(z).ln()
    } else {
        // Laplace's series of Mills' ratio
        let square = 1.0 / (z * z);
        let series = 1.0 - square * (1.0 - 3.0 * square * (1.0 - 5.0 * square * (1.0 - 7.0 * square)));
        -0.5 * z * z - LN_SQRT_2_PI - z.ln() + series.ln()
    }
}

const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_8;

impl Family {
    /// Logarithm of the density.
    pub(crate) fn ln_density(self, z: f64) -> Jet {
        match self {
            Self::ExtremeValue => {
                let u = z.exp();
                Jet { value: z - u, first: 1.0 - u, second: -u }
            }
            Self::Logistic => {
                let f = 1.0 / (1.0 + (-z).exp());
                let s = 1.0 / (1.0 + z.exp());
                Jet { value: z - 2.0 * softplus(z), first: s - f, second: -2.0 * f * s }
            }
            Self::Normal => Jet { value: -0.5 * z * z - LN_SQRT_2_PI, first: -z, second: -1.0 },
        }
    }

    /// Logarithm of the survival function.
    pub(crate) fn ln_survival(self, z: f64) -> Jet {
        match self {
            Self::ExtremeValue => {
                let u = z.exp();
                Jet { value: -u, first: -u, second: -u }
            }
            Self::Logistic => {
                let f = 1.0 / (1.0 + (-z).exp());
                let s = 1.0 / (1.0 + z.exp());
                Jet { value: -softplus(z), first: -f, second: -f * s }
            }
            Self::Normal => {
                let value = ln_normal_sf(z);
                let hazard = (-0.5 * z * z - LN_SQRT_2_PI - value).exp();
                Jet { value, first: -hazard, second: -hazard * (hazard - z) }
            }
        }
    }

    /// Logarithm of the distribution function.
    pub(crate) fn ln_distribution(self, z: f64) -> Jet {
        match self {
            Self::ExtremeValue => {
                let u = z.exp();
                let value = if u < 0.5 { (-(-u).exp_m1()).ln() } else { (-(-u).exp()).ln_1p() };
                // u / (e^u - 1), which is 1 - u/2 near 0
                let first = if u < 1e-300 {
                    1.0
                } else if u > 700.0 {
                    0.0
                } else {
                    u / u.exp_m1()
                };
                Jet { value, first, second: first * (1.0 - u - first) }
            }
            Self::Logistic | Self::Normal => {
                let mirrored = self.ln_survival(-z);
                Jet { value: mirrored.value, first: -mirrored.first, second: mirrored.second }
            }
        }
    }

    /// `log(S(low) - S(high))` for `low < high`, on the side of the distribution where no digits are lost.
    pub(crate) fn ln_between(self, low: f64, high: f64) -> f64 {
        let (s_low, s_high) = (self.ln_survival(low).value, self.ln_survival(high).value);
        let (f_low, f_high) = (self.ln_distribution(low).value, self.ln_distribution(high).value);
        if s_low < f_high { s_low + ln_1m_exp(s_high - s_low) } else { f_high + ln_1m_exp(f_low - f_high) }
    }

    /// Survival.
    pub(crate) fn survival(self, z: f64) -> f64 {
        self.ln_survival(z).value.exp()
    }

    /// z with `1 - S(z) = p`.
    pub(crate) fn quantile(self, p: f64) -> f64 {
        match self {
            Self::ExtremeValue => (-(-p).ln_1p()).ln(),
            Self::Logistic => p.ln() - (-p).ln_1p(),
            Self::Normal => normal::quantile(p).unwrap_or(f64::NAN),
        }
    }
}

/// `log(1 - exp(x))` for x < 0.
fn ln_1m_exp(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 { (-x.exp_m1()).ln() } else { (-x.exp()).ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::Family;

    #[test]
    fn derivatives_are_those_of_the_values() {
        for family in [Family::ExtremeValue, Family::Logistic, Family::Normal] {
            for z in [-6.0, -1.3, 0.0, 0.4, 1.7, 3.0] {
                let h = 1e-5;
                for jet in [Family::ln_density, Family::ln_survival, Family::ln_distribution] {
                    let (a, b, c) = (jet(family, z - h), jet(family, z), jet(family, z + h));
                    let scale = 1.0 + b.first.abs() + b.second.abs() + b.value.abs();
                    assert!(((c.value - a.value) / (2.0 * h) - b.first).abs() < 1e-8 * scale, "{family:?} {z}");
                    assert!(((c.first - a.first) / (2.0 * h) - b.second).abs() < 1e-8 * scale, "{family:?} {z}");
                }
            }
        }
    }

    #[test]
    fn survival_and_distribution_are_complements_and_quantiles_invert_them() {
        for family in [Family::ExtremeValue, Family::Logistic, Family::Normal] {
            for p in [1e-9, 0.01, 0.5, 0.9, 0.999] {
                let z = family.quantile(p);
                assert!((family.survival(z) - (1.0 - p)).abs() < 1e-14);
                assert!((family.ln_distribution(z).value.exp() - p).abs() < 1e-14 * (1.0 + 1.0 / p) * p + 1e-15);
            }
            assert!(
                (family.ln_between(-1.0, 0.5).exp() - (family.survival(-1.0) - family.survival(0.5))).abs() < 1e-15
            );
            // both far in either tail
            assert!(family.ln_between(-30.0, -29.0).is_finite() && family.ln_between(3.0, 3.5).is_finite());
        }
        assert!((super::ln_normal_sf(29.999_999) - super::ln_normal_sf(30.000_001)).abs() < 1e-4);
        assert!((super::ln_normal_sf(40.0) + 804.608_442_013_754_2).abs() < 1e-9);
    }
}
