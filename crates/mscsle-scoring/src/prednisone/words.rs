//! Frequencies and units as they are written in medication tables.

/// Administrations a day of a frequency word, such as `daily`, `BID`, `q8h`, `alternate days`, `3 times weekly` or `2`.
///
/// `None` when it cannot be read; `prn` and `as needed` cannot.
///
/// ```
/// use mscsle_scoring::prednisone::doses_per_day;
///
/// assert_eq!(doses_per_day("BID"), Some(2.0));
/// assert_eq!(doses_per_day("every other day"), Some(0.5));
/// assert_eq!(doses_per_day("as directed"), None);
/// ```
#[must_use]
pub fn doses_per_day(word: &str) -> Option<f64> {
    if word.trim().starts_with('-') {
        return None;
    }
    let word = word.trim().to_lowercase().replace(['.', '_', '-'], "").replace('/', " per ");
    let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
    let known = match word.as_str() {
        "qd" | "od" | "daily" | "once daily" | "once a day" | "every day" | "per day" | "1x per day" | "qam"
        | "qpm" | "qn" | "qhs" | "q24h" | "once" | "single" | "single dose" | "stat" => 1.0,
        "bid" | "twice daily" | "twice a day" | "2x per day" | "q12h" | "bd" => 2.0,
        "tid" | "three times daily" | "three times a day" | "3x per day" | "q8h" | "tds" => 3.0,
        "qid" | "four times daily" | "four times a day" | "4x per day" | "q6h" | "qds" => 4.0,
        "q4h" => 6.0,
        "qod" | "eod" | "alternate day" | "alternate days" | "alternate daily" | "every other day" | "every 2 days"
        | "q48h" | "on alternate days" | "qad" => 0.5,
        "weekly" | "once weekly" | "once a week" | "qw" | "every week" | "per week" => 1.0 / 7.0,
        "twice weekly" | "biw" | "twice a week" => 2.0 / 7.0,
        "three times weekly" | "tiw" | "three times a week" => 3.0 / 7.0,
        "every 2 weeks" | "q2w" | "every other week" => 1.0 / 14.0,
        "every 4 weeks" | "q4w" => 1.0 / 28.0,
        "monthly" | "once monthly" | "qm" | "per month" | "every month" => 12.0 / 365.25,
        _ => return counted(&word),
    };
    Some(known)
}

/// `2`, `2 per day`, `3 times daily`, `2 times weekly`.
fn counted(word: &str) -> Option<f64> {
    let (number, rest) = word.split_once(' ').unwrap_or((word, ""));
    let number: f64 = number.trim_end_matches('x').parse().ok().filter(|n: &f64| *n > 0.0 && *n <= 24.0)?;
    match rest.strip_prefix("times ").unwrap_or(rest) {
        "" | "per day" | "a day" | "daily" => Some(number),
        "per week" | "a week" | "weekly" => Some(number / 7.0),
        _ => None,
    }
}

/// Whether a frequency word means one administration and no course: its record ends on the day it begins.
#[must_use]
pub fn is_single_dose(word: &str) -> bool {
    matches!(word.trim().to_lowercase().trim_end_matches('.'), "once" | "single" | "single dose" | "stat")
}

/// mg in one of a unit of mass; `None` for anything else.
#[must_use]
pub fn milligrams(unit: &str) -> Option<f64> {
    match unit.trim().to_lowercase().as_str() {
        "mg" | "milligram" | "milligrams" | "mg/day" | "mg/d" | "毫克" => Some(1.0),
        "g" | "gram" | "grams" | "克" => Some(1000.0),
        "ug" | "µg" | "μg" | "mcg" | "microgram" | "micrograms" => Some(0.001),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_counted_words_are_read() {
        assert_eq!(doses_per_day("2"), Some(2.0));
        assert_eq!(doses_per_day("3 times weekly"), Some(3.0 / 7.0));
        assert_eq!(doses_per_day("2x/day"), Some(2.0));
        assert_eq!(doses_per_day("prn"), None);
        assert_eq!(doses_per_day("-1"), None);
        assert!(is_single_dose(" Stat.") && !is_single_dose("daily"));
    }
}
