//! Critical values of simultaneous bands, computed from the distribution of the limiting process.

use mscsle_distributions::normal;

use crate::SurvivalError;
use crate::quadrature::{gauss_legendre, on_interval, root_of_decreasing};
use crate::symmetric_eigen::symmetric_eigen;

/// The simultaneous band of a survival curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum BandKind {
    /// Hall-Wellner: of the shape of a Brownian bridge.
    #[default]
    HallWellner,
    /// Equal precision (Nair): a multiple of the pointwise standard error.
    EqualPrecision,
}

impl BandKind {
    /// The band of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "hall-wellner" => Ok(Self::HallWellner),
            "equal-precision" => Ok(Self::EqualPrecision),
            _ => Err(SurvivalError::UnknownWord {
                option: "kind",
                known: "`hall-wellner` or `equal-precision`",
                value: word.to_owned(),
            }),
        }
    }

    /// The word for this band in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HallWellner => "Hall-Wellner",
            Self::EqualPrecision => "equal precision",
        }
    }
}

/// How the critical value of an equal-precision band is found; that of Hall-Wellner is exact in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum BandCritical {
    /// From the exact distribution of the supremum.
    #[default]
    Exact,
    /// The expansion for high levels that SAS solves: `4 phi(x)/x + phi(x) (x - 1/x) ln(b(1-a)/(a(1-b))) = 1 - level`.
    Expansion,
}

impl BandCritical {
    /// The kind of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "exact" => Ok(Self::Exact),
            "expansion" => Ok(Self::Expansion),
            _ => Err(SurvivalError::UnknownWord {
                option: "critical",
                known: "`exact` or `expansion`",
                value: word.to_owned(),
            }),
        }
    }
}

/// The value that the absolute limiting process exceeds somewhere between `a` and `b` with probability `1 - level`.
///
/// ```text
/// Hall-Wellner      sup of |B(u)|                     over a <= u <= b, B a Brownian bridge
/// equal precision   sup of |B(u)| / sqrt(u (1 - u))   an Ornstein-Uhlenbeck process after ln(u/(1-u))/2
/// ```
///
/// The bridge: the probability to stay inside by images, integrated over both ends by Gauss-Legendre quadrature. The
/// Ornstein-Uhlenbeck process: eigenfunctions of the harmonic oscillator in a box.
///
/// # Errors
/// [`SurvivalError::InvalidOption`] unless 0 < level < 1 and 0 <= a < b <= 1 (0 < a and b < 1 for equal precision).
///
/// # Examples
/// ```
/// use mscsle_survival::{BandCritical, BandKind, band_critical_value};
/// // the Kolmogorov distribution
/// let d = band_critical_value(BandKind::HallWellner, BandCritical::Exact, 0.0, 1.0, 0.95)?;
/// assert!((d - 1.3581).abs() < 5e-5);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Hall, Wellner. Biometrika 1980;67:133. doi:10.1093/biomet/67.1.133. Nair. Technometrics 1984;26:265.
/// doi:10.1080/00401706.1984.10487964
pub fn band_critical_value(
    kind: BandKind,
    critical: BandCritical,
    a: f64,
    b: f64,
    level: f64,
) -> Result<f64, SurvivalError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(SurvivalError::InvalidOption { option: "conf_level", expected: "between 0 and 1", value: level });
    }
    let inside = match kind {
        BandKind::HallWellner => 0.0 <= a && a < b && b <= 1.0,
        BandKind::EqualPrecision => 0.0 < a && a <= b && b < 1.0,
    };
    if !inside {
        return Err(SurvivalError::InvalidOption {
            option: "range of the band",
            expected: "increasing between 0 and 1",
            value: if (0.0..=1.0).contains(&a) { b } else { a },
        });
    }
    // no supremum is smaller than the value at one place, whose quantile is known
    let one_place = normal::quantile_upper(0.5 * (1.0 - level)).unwrap_or(0.0);
    Ok(match (kind, critical) {
        (BandKind::HallWellner, _) => {
            let rule = gauss_legendre(64);
            let widest = 0.5_f64.clamp(a, b);
            let sd = (widest * (1.0 - widest)).sqrt();
            root_of_decreasing(|c| level - bridge_stays_inside(&rule, a, b, c), sd * one_place, 10.0 * sd)
        }
        (BandKind::EqualPrecision, BandCritical::Exact) => {
            let rule = gauss_legendre(128);
            let span = 0.5 * (b * (1.0 - a) / (a * (1.0 - b))).ln();
            root_of_decreasing(|c| level - ou_stays_inside(&rule, span, c), one_place, 10.0)
        }
        (BandKind::EqualPrecision, BandCritical::Expansion) => {
            let log = (b * (1.0 - a) / (a * (1.0 - b))).ln();
            let excess = |x: f64| normal::pdf(x) * (4.0 / x + (x - 1.0 / x) * log) - (1.0 - level);
            root_of_decreasing(excess, 1.0, 12.0)
        }
    })
}

/// P(|B(u)| <= c for a <= u <= b) of a Brownian bridge from 0 to 1.
fn bridge_stays_inside(rule: &[(f64, f64)], a: f64, b: f64, c: f64) -> f64 {
    let span = b - a;
    let images = 2 + ((80.0 * span).sqrt() / (4.0 * c)) as i32;
    // the probability to stay inside between fixed ends: images of the end, relative to the free density
    let stays = |x: f64, y: f64| {
        let straight = (y - x) * (y - x);
        let mut sum = 0.0;
        for k in -images..=images {
            let shift = 4.0 * c * f64::from(k);
            let (same, mirrored) = (y - x + shift, y - (2.0 * c - x) + shift);
            sum += ((straight - same * same) / (2.0 * span)).exp();
            sum -= ((straight - mirrored * mirrored) / (2.0 * span)).exp();
        }
        sum.clamp(0.0, 1.0)
    };
    let given_start = |x: f64| {
        let mean = x * (1.0 - b) / (1.0 - a);
        let sd = (span * (1.0 - b) / (1.0 - a)).sqrt();
        if sd == 0.0 {
            return stays(x, 0.0);
        }
        let (low, high) = ((mean - 9.0 * sd).max(-c), (mean + 9.0 * sd).min(c));
        if low >= high {
            return 0.0;
        }
        on_interval(rule, low, high).map(|(y, w)| w * normal::pdf((y - mean) / sd) / sd * stays(x, y)).sum()
    };
    let sd = (a * (1.0 - a)).sqrt();
    if sd == 0.0 {
        return given_start(0.0);
    }
    // symmetric in x; near the edge the integrand changes on the scale of the way left to go
    let end = c.min(9.0 * sd);
    let edge = (c - 6.0 * span.sqrt()).clamp(0.5 * end, end);
    [(0.0, edge), (edge, end)]
        .into_iter()
        .filter(|(low, high)| high > low)
        .map(|(low, high)| {
            on_interval(rule, low, high).map(|(x, w)| 2.0 * w * normal::pdf(x / sd) / sd * given_start(x)).sum::<f64>()
        })
        .sum()
}

/// Cosines of the expansion.
const MODES: usize = 40;

/// P(|U(s)| <= c for 0 <= s <= span) of the stationary Ornstein-Uhlenbeck process with covariance exp(-|s|).
fn ou_stays_inside(rule: &[(f64, f64)], span: f64, c: f64) -> f64 {
    if span == 0.0 {
        return 1.0 - 2.0 * normal::sf(c);
    }
    let pi = std::f64::consts::PI;
    // -psi'' + (x^2/4 - 1/2) psi in the basis cos((k + 1/2) pi x / c) / sqrt(c)
    let mut hamiltonian = vec![0.0; MODES * MODES];
    for j in 0..MODES {
        for k in 0..MODES {
            let square = |m: usize| {
                let sign = if m.is_multiple_of(2) { 1.0 } else { -1.0 };
                if m == 0 { 2.0 * c.powi(3) / 3.0 } else { sign * 4.0 * c.powi(3) / (m as f64 * pi).powi(2) }
            };
            hamiltonian[j * MODES + k] = 0.25 * (square(j.abs_diff(k)) + square(j + k + 1)) / (2.0 * c);
        }
        hamiltonian[j * MODES + j] += ((j as f64 + 0.5) * pi / c).powi(2) - 0.5;
    }
    let (values, vectors) = symmetric_eigen(&hamiltonian, MODES);
    let start: Vec<f64> = (0..MODES)
        .map(|k| {
            on_interval(rule, -c, c)
                .map(|(x, w)| w * ((k as f64 + 0.5) * pi * x / c).cos() * normal::pdf(x).sqrt() / c.sqrt())
                .sum()
        })
        .collect();
    (0..MODES)
        .map(|j| {
            let overlap: f64 = (0..MODES).map(|k| vectors[k * MODES + j] * start[k]).sum();
            (-values[j] * span).exp() * overlap * overlap
        })
        .sum::<f64>()
        .min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hall_wellner(a: f64, b: f64, level: f64) -> f64 {
        band_critical_value(BandKind::HallWellner, BandCritical::Exact, a, b, level).unwrap()
    }

    fn equal_precision(critical: BandCritical, a: f64, b: f64) -> f64 {
        band_critical_value(BandKind::EqualPrecision, critical, a, b, 0.95).unwrap()
    }

    #[test]
    fn over_all_times_hall_wellner_is_kolmogorov() {
        for (level, expected) in [(0.90, 1.223_847_87), (0.95, 1.358_098_64), (0.99, 1.627_623_61)] {
            assert!((hall_wellner(0.0, 1.0, level) - expected).abs() < 2e-8, "{level}");
        }
    }

    #[test]
    fn a_longer_range_needs_a_wider_band() {
        let values = [0.2, 0.4, 0.6, 0.8, 0.95].map(|b| hall_wellner(0.1, b, 0.95));
        assert!(values.is_sorted());
        let values = [0.2, 0.4, 0.6, 0.8, 0.95].map(|b| equal_precision(BandCritical::Exact, 0.1, b));
        assert!(values.is_sorted());
    }

    #[test]
    fn at_one_time_both_are_pointwise() {
        let z = 1.959_963_984_540_054;
        assert!((equal_precision(BandCritical::Exact, 0.3, 0.3) - z).abs() < 1e-9);
        let (a, b) = (0.3, 0.3 + 1e-6);
        assert!((hall_wellner(a, b, 0.95) - z * (0.3_f64 * 0.7).sqrt()).abs() < 2e-3);
    }

    #[test]
    fn early_in_a_large_sample_the_bridge_is_a_brownian_motion() {
        // two scales of the same motion: c / sqrt(b) depends on b/a only, but for terms of order b
        for level in [0.5, 0.95, 0.999] {
            let scaled = |b: f64| hall_wellner(b / 3.0, b, level) / b.sqrt();
            let (far, near) = (scaled(1e-8), scaled(1e-5));
            assert!((far / near - 1.0).abs() < 1e-5, "{level} {far} {near}");
        }
    }

    #[test]
    fn the_expansion_comes_close_to_the_exact_value() {
        let (exact, expansion) =
            (equal_precision(BandCritical::Exact, 0.1, 0.6), equal_precision(BandCritical::Expansion, 0.1, 0.6));
        assert!((exact - expansion).abs() < 0.02, "{exact} {expansion}");
    }

    #[test]
    fn ranges_and_levels_outside_are_refused() {
        for (a, b, level) in [(0.5, 0.4, 0.95), (0.0, 0.5, 0.95), (0.1, 1.0, 0.95), (0.1, 0.5, 95.0)] {
            assert!(band_critical_value(BandKind::EqualPrecision, BandCritical::Exact, a, b, level).is_err());
        }
    }
}
