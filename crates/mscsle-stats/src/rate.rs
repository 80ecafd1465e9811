//! Events per person-time: one rate and the comparison of two.

use crate::error::{Result, StatsError, conf_level as check_level};
use crate::proportion::{ProportionMethod, TwoSidedRule, binomial_test, limits};
use crate::root::bisect;
use crate::words::{Alternative, option_words};
use mscsle_distributions::{gamma, normal, poisson};

option_words!(
    /// Interval of one rate.
    RateMethod, "method", {
        /// Exact: Garwood 1936.
        Exact = "exact",
        /// Exact with half the probability of the observed count.
        MidP = "mid-p",
        /// Byar's approximation (Breslow and Day 1987).
        Byar = "byar",
    }
);

/// Events per unit of person-time.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// Events.
    pub events: u64,
    /// Person-time.
    pub person_time: f64,
    /// events / person_time.
    pub estimate: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level.
    pub conf_level: f64,
    /// Kind of interval.
    pub method: RateMethod,
}

/// Events per person-time with an interval; the unit is that of `person_time`.
///
/// Exact limits are gamma quantiles: q(α/2; x) / T and q(1-α/2; x+1) / T; the lower limit of no event is 0, the upper
/// -ln(α/2) / T.
///
/// # Errors
/// Person-time that is not positive and finite, a confidence level outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{RateMethod, rate};
/// let flares = rate(137, 24.199, RateMethod::Exact, 0.95)?;
/// assert!((flares.lower - 4.753).abs() < 5e-4 && (flares.upper - 6.693).abs() < 5e-4);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437, doi 10.1093/biomet/28.3-4.437.
pub fn rate(events: u64, person_time: f64, method: RateMethod, conf_level: f64) -> Result<Rate> {
    positive("person_time", person_time)?;
    let level = check_level(conf_level)?;
    let half = 0.5 * (1.0 - level);
    let x = events as f64;
    let (lower, upper) = match method {
        RateMethod::Exact => {
            (if events == 0 { 0.0 } else { gamma::quantile(half, x)? }, gamma::quantile_upper(half, x + 1.0)?)
        }
        RateMethod::MidP => {
            let bound = 2.0 * gamma::quantile_upper(half, x + 1.0)? + 1.0;
            let above = |m: f64| poisson::sf(events, m).unwrap_or(f64::NAN);
            let below = |m: f64| poisson::cdf(events, m).unwrap_or(f64::NAN);
            let at = |m: f64| poisson::pmf(events, m).unwrap_or(f64::NAN);
            (
                if events == 0 { 0.0 } else { bisect(0.0, bound, |m| above(m) + 0.5 * at(m) - half) },
                bisect(0.0, bound, |m| below(m) - 0.5 * at(m) - half),
            )
        }
        RateMethod::Byar => {
            let z = normal::quantile_upper(half)?;
            let limit = |y: f64, z: f64| y * (1.0 - 1.0 / (9.0 * y) + z / (3.0 * y.sqrt())).powi(3);
            (if events == 0 { 0.0 } else { limit(x, -z).max(0.0) }, limit(x + 1.0, z))
        }
    };
    Ok(Rate {
        events,
        person_time,
        estimate: x / person_time,
        lower: lower / person_time,
        upper: upper / person_time,
        conf_level,
        method,
    })
}

/// Ratio of two rates, group 1 over group 0.
#[derive(Debug, Clone, PartialEq)]
pub struct RateRatio {
    /// Events in group 1.
    pub events1: u64,
    /// Person-time of group 1.
    pub person_time1: f64,
    /// Events in group 0.
    pub events0: u64,
    /// Person-time of group 0.
    pub person_time0: f64,
    /// Ratio of the rates; infinite without events in group 0, none without any events.
    pub estimate: Option<f64>,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level.
    pub conf_level: f64,
    /// Two-sided p-value of equal rates.
    pub p_value: f64,
}

/// Ratio of two rates by the exact conditional test: given their sum, the events of group 1 are binomial.
///
/// Limits from Clopper-Pearson, two-sided p as in R's `poisson.test` (likelihood rule).
///
/// # Errors
/// Person-time that is not positive and finite, a confidence level outside 0..1.
///
/// # Examples
/// ```
/// let r = mscsle_stats::rate_ratio(11, 800.0, 21, 3011.0, 0.95)?;
/// assert!((r.estimate.unwrap() - 1.971).abs() < 5e-4 && (r.p_value - 0.0797).abs() < 5e-5);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn rate_ratio(
    events1: u64,
    person_time1: f64,
    events0: u64,
    person_time0: f64,
    conf_level: f64,
) -> Result<RateRatio> {
    positive("person_time1", person_time1)?;
    positive("person_time0", person_time0)?;
    let level = check_level(conf_level)?;
    let n = events1 + events0;
    let scale = person_time0 / person_time1;
    let odds = |p: f64| if p >= 1.0 { f64::INFINITY } else { p / (1.0 - p) * scale };
    let (lower, upper, p_value) = if n == 0 {
        (0.0, f64::INFINITY, 1.0)
    } else {
        let (l, u) = limits(events1, n, ProportionMethod::ClopperPearson, level)?;
        let p0 = person_time1 / (person_time1 + person_time0);
        let test = binomial_test(events1, n, p0, Alternative::TwoSided, TwoSidedRule::Likelihood)?;
        (odds(l), odds(u), test.p_value)
    };
    let estimate = if n == 0 {
        None
    } else if events0 == 0 {
        Some(f64::INFINITY)
    } else {
        Some(events1 as f64 / events0 as f64 * scale)
    };
    Ok(RateRatio { events1, person_time1, events0, person_time0, estimate, lower, upper, conf_level, p_value })
}

fn positive(name: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(StatsError::Number { name, value, needed: "positive and finite" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tv_38_flare_rate() {
        let years = (300.0 + 365.0 + 120.0 + 365.0) / 365.25;
        let r = rate(6, years, RateMethod::Exact, 0.95).unwrap();
        assert!((r.person_time - 3.148_528).abs() < 5e-7 && (r.estimate - 1.905_652).abs() < 1e-6);
        assert!((r.lower - 0.699_341).abs() < 1e-6 && (r.upper - 4.147_803).abs() < 1e-6);
    }

    #[test]
    fn no_event_has_the_rule_of_three_and_more() {
        let r = rate(0, 10.0, RateMethod::Exact, 0.95).unwrap();
        assert_eq!(r.lower, 0.0);
        assert!((r.upper + 0.025f64.ln() / 10.0).abs() < 1e-15);
    }

    #[test]
    fn mid_p_lies_inside_exact() {
        for x in [0, 1, 6, 137] {
            let (e, m) =
                (rate(x, 1.0, RateMethod::Exact, 0.95).unwrap(), rate(x, 1.0, RateMethod::MidP, 0.95).unwrap());
            assert!(m.lower >= e.lower && m.upper < e.upper);
        }
    }

    #[test]
    fn zero_person_time_is_refused() {
        assert!(rate(1, 0.0, RateMethod::Exact, 0.95).is_err());
    }
}
