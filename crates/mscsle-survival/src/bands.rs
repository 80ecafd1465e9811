//! Simultaneous confidence bands of a Kaplan-Meier curve.

use crate::interval::{IntervalType, limits};
use crate::{BandCritical, BandKind, SurvivalError, band_critical_value};

/// Options of [`simultaneous_band`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandOptions {
    /// Hall-Wellner or equal precision.
    pub kind: BandKind,
    /// Scale on which the band is symmetric.
    pub interval: IntervalType,
    /// Probability that the curve lies inside everywhere between the ends.
    pub level: f64,
    /// How the critical value of equal precision is found.
    pub critical: BandCritical,
    /// First time of the band; the first event if None.
    pub start: Option<f64>,
    /// Last time of the band; the last event after which somebody is still at risk if None.
    pub end: Option<f64>,
}

impl Default for BandOptions {
    fn default() -> Self {
        Self {
            kind: BandKind::HallWellner,
            interval: IntervalType::default(),
            level: 0.95,
            critical: BandCritical::Exact,
            start: None,
            end: None,
        }
    }
}

/// A band that holds a curve at all times of a range together.
#[derive(Debug, Clone, PartialEq)]
pub struct SimultaneousBand {
    /// Position in the curve of the first step of the band.
    pub first: usize,
    /// Lower limit at each step of the band.
    pub lower: Vec<f64>,
    /// Upper limit.
    pub upper: Vec<f64>,
    /// First and last time: the range for which the level holds, not before the first event, nor after the last observed time
    /// or the last event before S is 0.
    pub range: (f64, f64),
    /// The range on the scale of the bridge: `a = n v / (1 + n v)` at both ends, `v` the variance of ln S.
    pub bridge: (f64, f64),
    /// The critical value.
    pub critical_value: f64,
}

/// A simultaneous band over the steps of a curve between two times.
///
/// With `v` the Greenwood variance of ln S(t) and `n` subjects, the standard error of ln S in the pointwise limit of the
/// chosen scale is replaced and its normal quantile by the critical value of [`band_critical_value`]:
///
/// ```text
/// equal precision   e(a, b) sqrt(v)             Hall-Wellner   h(a, b) (1 + n v) / sqrt(n)
/// ```
///
/// # Errors
/// [`SurvivalError::NotEstimable`] without a step in the range whose variance is positive and finite;
/// [`SurvivalError::InvalidOption`] for a level outside 0..1 or ends out of order.
///
/// # Examples
/// ```
/// use mscsle_survival::{BandOptions, KaplanMeierOptions, kaplan_meier, simultaneous_band};
/// let km = kaplan_meier(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true; 5], &KaplanMeierOptions::default())?;
/// let band = simultaneous_band(&km.time, &km.survival, &km.log_variance, km.n, &BandOptions::default())?;
/// let (pointwise, _) = km.limits()?;
/// assert_eq!(band.range, (1.0, 4.0));
/// assert!(band.lower[0] < pointwise[0]);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Hall, Wellner. Biometrika 1980;67:133. doi:10.1093/biomet/67.1.133. Nair. Technometrics 1984;26:265.
/// doi:10.1080/00401706.1984.10487964. Borgan, Liestol. Scand J Stat 1990;17:35.
pub fn simultaneous_band(
    time: &[f64],
    survival: &[f64],
    log_variance: &[f64],
    n: f64,
    options: &BandOptions,
) -> Result<SimultaneousBand, SurvivalError> {
    for (option, value) in [("start", options.start), ("end", options.end)] {
        if let Some(value) = value
            && !(value >= 0.0 && value.is_finite())
        {
            return Err(SurvivalError::InvalidOption { option, expected: ">= 0 and finite", value });
        }
    }
    let not_estimable = |reason: String| SurvivalError::NotEstimable { quantity: "the simultaneous band", reason };
    if let (Some(start), Some(end)) = (options.start, options.end)
        && start > end
    {
        return Err(SurvivalError::InvalidOption { option: "end", expected: "not before `start`", value: end });
    }
    if let (Some(start), Some(&last)) = (options.start, time.last())
        && start > last
    {
        return Err(not_estimable(format!("it starts at {start}, after the last observed time {last}")));
    }
    let within = |j: &usize| {
        log_variance[*j] > 0.0
            && log_variance[*j].is_finite()
            && survival[*j] > 0.0
            && options.start.is_none_or(|start| time[*j] >= start)
            && options.end.is_none_or(|end| time[*j] <= end)
    };
    // S at the start of the range is that of the last step before it
    let mut steps: Vec<usize> = (0..time.len()).filter(within).collect();
    if let Some(start) = options.start {
        let before = time.partition_point(|&t| t <= start);
        if let Some(j) = before.checked_sub(1)
            && steps.first().is_none_or(|&first| first > j)
            && log_variance[j] > 0.0
            && log_variance[j].is_finite()
        {
            steps.insert(0, j);
        }
    }
    let (Some(&first), Some(&last)) = (steps.first(), steps.last()) else {
        return Err(not_estimable("no event lies in its range before S reaches 0".to_owned()));
    };
    // the range ends at the last event: S keeps its value until the last observed time
    let last_event =
        (first..=last).rev().find(|&j| j == first || log_variance[j] > log_variance[j - 1]).unwrap_or(last);
    let last = if options.end.is_none() { last_event } else { last };
    // no further than the curve is known and above 0
    let range_end = match options.end {
        Some(end) if last + 1 == time.len() || survival[last + 1] > 0.0 => end.min(time[time.len() - 1]),
        Some(end) if end < time[last + 1] => end,
        Some(_) => time[last],
        None => time[last],
    };
    let bridge_at = |j: usize| {
        let nv = n * log_variance[j];
        nv / (1.0 + nv)
    };
    let (a, b) = (bridge_at(first), bridge_at(last_event));
    if a >= b && options.kind == BandKind::HallWellner {
        return Err(not_estimable("its range holds one event time; use the pointwise limits there".to_owned()));
    }
    let critical_value = band_critical_value(options.kind, options.critical, a, b, options.level)?;
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for j in first..=last {
        let variance = log_variance[j];
        let se = match options.kind {
            BandKind::EqualPrecision => variance.sqrt(),
            BandKind::HallWellner => (1.0 + n * variance) / n.sqrt(),
        };
        let (low, high) = limits(options.interval, survival[j], se, critical_value);
        lower.push(low);
        upper.push(high);
    }
    Ok(SimultaneousBand {
        first,
        lower,
        upper,
        range: (options.start.map_or(time[first], |start| start.max(time[first])), range_end),
        bridge: (a, b),
        critical_value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KaplanMeierOptions, kaplan_meier};

    fn curve() -> crate::KaplanMeier {
        let time: Vec<f64> = (0..40).map(|i| f64::from((i * 17) % 40 + 1)).collect();
        let event: Vec<bool> = (0..40).map(|i| i % 3 > 0).collect();
        kaplan_meier(&time, &event, &KaplanMeierOptions::default()).unwrap()
    }

    fn band(options: &BandOptions) -> SimultaneousBand {
        let km = curve();
        simultaneous_band(&km.time, &km.survival, &km.log_variance, km.n, options).unwrap()
    }

    #[test]
    fn equal_precision_is_a_multiple_of_the_pointwise_standard_error() {
        let km = curve();
        let options =
            BandOptions { kind: BandKind::EqualPrecision, interval: IntervalType::Plain, ..BandOptions::default() };
        let band = band(&options);
        let std_error = km.std_error();
        for (k, &lower) in band.lower.iter().enumerate() {
            let j = band.first + k;
            let expected = (km.survival[j] - band.critical_value * std_error[j]).max(0.0);
            assert!((lower - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn a_part_of_the_range_has_a_smaller_critical_value() {
        for kind in [BandKind::HallWellner, BandKind::EqualPrecision] {
            let whole = band(&BandOptions { kind, ..BandOptions::default() });
            let part = band(&BandOptions { kind, start: Some(10.5), end: Some(20.0), ..BandOptions::default() });
            assert!(part.critical_value < whole.critical_value);
            assert_eq!(part.range, (10.5, 20.0));
            // the first step is the one whose value S has at the start
            assert_eq!(curve().time[part.first], 10.0);
        }
    }

    #[test]
    fn a_range_ends_where_the_curve_is_known_and_above_zero() {
        let of = |event: &[bool], start, end| {
            let km = kaplan_meier(&[1.0, 2.0, 3.0, 4.0, 6.0], event, &KaplanMeierOptions::default()).unwrap();
            let options = BandOptions {
                kind: BandKind::EqualPrecision,
                start: Some(start),
                end: Some(end),
                ..BandOptions::default()
            };
            simultaneous_band(&km.time, &km.survival, &km.log_variance, km.n, &options)
        };
        let open = [true, true, true, false, false];
        assert_eq!(of(&open, 0.0, 100.0).unwrap().range, (1.0, 6.0));
        assert_eq!(of(&open, 2.5, 3.5).unwrap().range, (2.5, 3.5));
        // S is 0 from 6 on
        assert_eq!(of(&[true; 5], 0.5, 100.0).unwrap().range, (1.0, 4.0));
        assert_eq!(of(&[true; 5], 0.5, 5.0).unwrap().range, (1.0, 5.0));
        assert!(of(&open, 3.0, 2.0).unwrap_err().to_string().contains("not before `start`"));
        assert!(of(&open, 7.0, 8.0).unwrap_err().to_string().contains("after the last observed time 6"));
    }

    #[test]
    fn without_events_there_is_no_band() {
        let error = simultaneous_band(&[1.0], &[1.0], &[0.0], 1.0, &BandOptions::default()).unwrap_err();
        assert!(error.to_string().contains("no event lies in its range"));
        let late = BandOptions { start: Some(-1.0), ..BandOptions::default() };
        assert!(simultaneous_band(&[1.0], &[0.5], &[0.5], 2.0, &late).is_err());
    }
}
