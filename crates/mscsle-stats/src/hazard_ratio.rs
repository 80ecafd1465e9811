//! The hazard ratio behind a printed confidence interval, and whether the printed p-value fits it.

use crate::decimal::Printed;
use crate::error::{Result, StatsError, conf_level as check_level};
use mscsle_distributions::normal;

/// A p-value as printed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PrintedP {
    /// `p = 0.003`.
    Equal(Printed),
    /// `p < 0.001`.
    Below(Printed),
    /// `p > 0.05`.
    Above(Printed),
}

impl PrintedP {
    /// Reads `0.003`, `=0.003`, `<0.001`, `>0.05`.
    ///
    /// # Errors
    /// Other text, a number outside 0..1.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let trimmed = trimmed.strip_prefix(['p', 'P']).unwrap_or(trimmed).trim_start();
        let (kind, rest) = match trimmed.chars().next() {
            Some(c @ ('<' | '>' | '=')) => (c, &trimmed[1..]),
            _ => ('=', trimmed),
        };
        let p = Printed::parse("p", rest)?;
        if !(0.0..=1.0).contains(&p.value()) {
            return Err(StatsError::Number { name: "p", value: p.value(), needed: "between 0 and 1" });
        }
        Ok(match kind {
            '<' => Self::Below(p),
            '>' => Self::Above(p),
            _ => Self::Equal(p),
        })
    }

    /// The values that print so.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Equal(p) => {
                let half = 0.5 / 10f64.powi(p.places as i32);
                ((p.value() - half).max(0.0), (p.value() + half).min(1.0))
            }
            Self::Below(p) => (0.0, p.value()),
            Self::Above(p) => (p.value(), 1.0),
        }
    }
}

impl std::fmt::Display for PrintedP {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Equal(p) => write!(f, "p = {p}"),
            Self::Below(p) => write!(f, "p < {p}"),
            Self::Above(p) => write!(f, "p > {p}"),
        }
    }
}

/// A hazard ratio recovered from its interval; ranges hold every value whose limits print as given.
#[derive(Debug, Clone, PartialEq)]
pub struct HazardRatioFromInterval {
    /// √(lower · upper).
    pub hazard_ratio: f64,
    /// Its range under the rounding of the limits.
    pub hazard_ratio_range: (f64, f64),
    /// ln hazard ratio.
    pub log_hazard_ratio: f64,
    /// ln(upper/lower) / 2z.
    pub standard_error: f64,
    /// Its range under the rounding of the limits.
    pub standard_error_range: (f64, f64),
    /// ln hazard ratio / standard error.
    pub statistic: f64,
    /// Two-sided Wald p-value.
    pub p_value: f64,
    /// Its range under the rounding of the limits.
    pub p_value_range: (f64, f64),
    /// Lower limit as given.
    pub lower: Printed,
    /// Upper limit as given.
    pub upper: Printed,
    /// Confidence level of the interval.
    pub conf_level: f64,
    /// Printed p-value, if given.
    pub printed_p: Option<PrintedP>,
    /// Whether interval and printed p-value can come from one Wald test; none without a printed p-value.
    pub consistent: Option<bool>,
    /// Whether a covariate of two groups could have so small a standard error with this many events; none without
    /// `events`.
    pub two_groups_possible: Option<bool>,
    /// What was found, in a sentence or two.
    pub verdict: String,
}

/// Recovers ln HR and its standard error from a Wald interval printed as `lower` to `upper`, and holds a printed p-value
/// against it, the rounding of all three taken into account.
///
/// With `events`, the standard error is held against its least value for a covariate of two groups, 2/√events: each event
/// adds at most 1/4 to the information of a 0/1 covariate.
///
/// # Errors
/// Limits that are not positive and ascending or that are equal as printed, a confidence level outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{Printed, PrintedP, hr_from_ci};
/// let lower = Printed::parse("lower", "0.336")?;
/// let upper = Printed::parse("upper", "0.794")?;
/// let hr = hr_from_ci(lower, upper, Some(PrintedP::parse("0.003")?), 0.95, None)?;
/// assert!((hr.hazard_ratio - 0.516511).abs() < 5e-7 && hr.consistent == Some(true));
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Parmar MKB, Torri V, Stewart L. Stat Med 1998;17:2815,
/// doi 10.1002/(SICI)1097-0258(19981230)17:24<2815::AID-SIM110>3.0.CO;2-8. Tierney JF et al. Trials 2007;8:16,
/// doi 10.1186/1745-6215-8-16.
pub fn hr_from_ci(
    lower: Printed,
    upper: Printed,
    p: Option<PrintedP>,
    conf_level: f64,
    events: Option<u64>,
) -> Result<HazardRatioFromInterval> {
    let level = check_level(conf_level)?;
    let places = lower.places.max(upper.places);
    let (lower, upper) = (lower.with_places(places), upper.with_places(places));
    if lower.units <= 0 {
        return Err(StatsError::Number { name: "lower", value: lower.value(), needed: "positive" });
    }
    if upper.units <= lower.units {
        return Err(StatsError::Number { name: "upper", value: upper.value(), needed: "greater than `lower`" });
    }
    if events == Some(0) {
        return Err(StatsError::Count { name: "events", value: 0, needed: "at least 1".into() });
    }
    let z = normal::quantile_upper(0.5 * (1.0 - level))?;
    let half = 0.5 / 10f64.powi(places as i32);
    let wald = |l: f64, u: f64| {
        let (a, b) = (l.ln(), u.ln());
        let standard_error = (b - a) / (2.0 * z);
        let log_hazard_ratio = 0.5 * (a + b);
        (log_hazard_ratio, standard_error, log_hazard_ratio / standard_error)
    };
    let (l, u) = (lower.value(), upper.value());
    let (log_hazard_ratio, standard_error, statistic) = wald(l, u);
    // the statistic is monotone in each limit, so its extremes lie at corners; limits cannot meet or reach 0
    let tiny = half * 1e-6;
    let lows = [(l - half).max(tiny), l + half - tiny];
    let highs = [u - half, u + half - tiny];
    let corners: Vec<(f64, f64, f64)> = lows
        .iter()
        .flat_map(|&a| highs.iter().map(move |&b| (a, b)))
        .filter(|(a, b)| a < b)
        .map(|(a, b)| wald(a, b))
        .collect();
    let range = |value: fn(&(f64, f64, f64)) -> f64| {
        corners.iter().map(value).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (z_low, z_high) = range(|c| c.2);
    let least = if z_low <= 0.0 && z_high >= 0.0 { 0.0 } else { z_low.abs().min(z_high.abs()) };
    let two_sided = |z: f64| 2.0 * normal::sf(z.abs());
    let p_value_range = (two_sided(z_low.abs().max(z_high.abs())), two_sided(least));
    let (log_low, log_high) = range(|c| c.0);
    let standard_error_range = range(|c| c.1);
    let consistent = p.map(|p| {
        let (low, high) = p.range();
        low <= p_value_range.1 && p_value_range.0 <= high
    });
    let two_groups_possible = events.map(|d| standard_error_range.1 >= 2.0 / (d as f64).sqrt());
    let mut found = HazardRatioFromInterval {
        hazard_ratio: (l * u).sqrt(),
        hazard_ratio_range: (log_low.exp(), log_high.exp()),
        log_hazard_ratio,
        standard_error,
        standard_error_range,
        statistic,
        p_value: two_sided(statistic),
        p_value_range,
        lower,
        upper,
        conf_level,
        printed_p: p,
        consistent,
        two_groups_possible,
        verdict: String::new(),
    };
    found.verdict = verdict(&found, events);
    Ok(found)
}

fn verdict(found: &HazardRatioFromInterval, events: Option<u64>) -> String {
    let percent = crate::decimal::format_half_up(100.0 * found.conf_level, 1);
    let percent = percent.strip_suffix(".0").unwrap_or(&percent);
    let mut text = format!(
        "The {percent} % interval {} to {} implies a hazard ratio of {} and a two-sided Wald p-value of {} ({} to {} under the rounding of the limits)",
        found.lower,
        found.upper,
        crate::decimal::format_half_up(found.hazard_ratio, 4),
        significant(found.p_value),
        significant(found.p_value_range.0),
        significant(found.p_value_range.1),
    );
    match (found.consistent, found.printed_p) {
        (Some(true), Some(p)) => text.push_str(&format!(", consistent with the printed {p}.")),
        (Some(false), Some(p)) => text.push_str(&format!(
            "; the printed {p} does not fit: another test (score, likelihood ratio), an interval that is not Wald on the log scale, or a misprint."
        )),
        _ => text.push('.'),
    }
    if let (Some(possible), Some(d)) = (found.two_groups_possible, events) {
        let least = crate::decimal::format_half_up(2.0 / (d as f64).sqrt(), 4);
        let se = crate::decimal::format_half_up(found.standard_error, 4);
        text.push_str(&if possible {
            format!(" Its standard error {se} does not rule out a covariate of two groups with {d} events.")
        } else {
            format!(
                " Its standard error {se} is below {least}, the least a covariate of two groups can have with {d} events: the covariate was continuous or had more levels."
            )
        });
    }
    text
}

/// Two significant digits for small p-values, four decimals otherwise.
fn significant(p: f64) -> String {
    if p == 0.0 {
        return "0".into();
    }
    if p < 1e-4 { format!("{p:.1e}") } else { crate::decimal::format_half_up(p, if p < 0.01 { 5 } else { 4 }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(lower: &str, upper: &str, p: Option<&str>, events: Option<u64>) -> HazardRatioFromInterval {
        hr_from_ci(
            Printed::parse("lower", lower).unwrap(),
            Printed::parse("upper", upper).unwrap(),
            p.map(|p| PrintedP::parse(p).unwrap()),
            0.95,
            events,
        )
        .unwrap()
    }

    #[test]
    fn tv_06_proteinuria() {
        let hr = from("0.336", "0.794", Some("0.003"), Some(81));
        assert!((hr.hazard_ratio - 0.516_511).abs() < 5e-7);
        assert!((hr.log_hazard_ratio + 0.660_658).abs() < 5e-7 && (hr.standard_error - 0.219_385).abs() < 5e-7);
        assert!((hr.statistic + 3.011_413).abs() < 5e-7 && (hr.p_value - 0.002_600).abs() < 5e-7);
        assert!((hr.hazard_ratio_range.0 - 0.51596).abs() < 5e-6 && (hr.hazard_ratio_range.1 - 0.51706).abs() < 5e-6);
        assert!((hr.p_value_range.0 - 0.00255).abs() < 5e-6 && (hr.p_value_range.1 - 0.00265).abs() < 5e-6);
        assert_eq!((hr.consistent, hr.two_groups_possible), (Some(true), Some(false)));
    }

    #[test]
    fn tv_06_creatinine() {
        let hr = from("0.224", "0.99", Some("0.047"), None);
        assert_eq!(hr.upper.to_string(), "0.990");
        assert!((hr.hazard_ratio - 0.470_914).abs() < 5e-7 && (hr.p_value - 0.046_981).abs() < 5e-7);
        assert!((hr.hazard_ratio_range.0 - 0.47027).abs() < 5e-6 && (hr.hazard_ratio_range.1 - 0.47156).abs() < 5e-6);
        assert!((hr.p_value_range.0 - 0.04683).abs() < 5e-6 && (hr.p_value_range.1 - 0.04713).abs() < 5e-6);
        assert_eq!(hr.consistent, Some(true));
    }

    #[test]
    fn a_p_value_of_another_interval_is_found_out() {
        let hr = from("0.336", "0.794", Some("<0.001"), None);
        assert_eq!(hr.consistent, Some(false));
        assert!(hr.verdict.contains("does not fit"));
    }

    #[test]
    fn an_interval_around_one_reaches_p_one() {
        let hr = from("0.5", "2.0", None, None);
        assert_eq!(hr.p_value_range.1, 1.0);
        assert_eq!(hr.consistent, None);
    }

    #[test]
    fn limits_in_the_wrong_order_are_refused() {
        let a = Printed::parse("lower", "0.9").unwrap();
        let b = Printed::parse("upper", "0.3").unwrap();
        assert!(hr_from_ci(a, b, None, 0.95, None).is_err());
    }
}
