//! Calendar days and partial dates.
//!
//! Days count from 1970-01-01 (day 0), as in CDISC-neutral tools; SAS counts from 1960-01-01, 3653 days earlier.
//! A partial date keeps what was written; an [`Imputation`] turns it into a day and says that it did.

use crate::DomainError;
use std::fmt;

/// A calendar day, in days since 1970-01-01 (proleptic Gregorian).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a calendar date, or `None` when there is no such date.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Day> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        // Howard Hinnant's days_from_civil.
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let m = month as i32;
        let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + day as i32 - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        Some(Day(era * 146_097 + doe - 719_468))
    }

    /// Year, month and day.
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
        let year = yoe + era * 400 + i32::from(month <= 2);
        (year, month, day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A date of which the day, or the day and the month, may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartialDate {
    /// A complete date.
    Full(Day),
    /// Year and month only.
    Month(i32, u32),
    /// Year only.
    Year(i32),
}

/// How a partial date becomes a day. The rule's name is stored with every imputed day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Imputation {
    /// First day of the period.
    First,
    /// Day 15 of the month; 1 July when the month is unknown too.
    #[default]
    Middle,
    /// Last day of the period.
    Last,
}

impl Imputation {
    /// The rule's word in Python: `first`, `middle` or `last`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Imputation::First => "first",
            Imputation::Middle => "middle",
            Imputation::Last => "last",
        }
    }

    /// The rule of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Imputation> {
        [Imputation::First, Imputation::Middle, Imputation::Last].into_iter().find(|rule| rule.name() == name)
    }
}

impl PartialDate {
    /// Parses `2009-03-14`, `2009-03`, `2009`, also with a time part, which is dropped (`2009-03-14T08:30`).
    ///
    /// # Errors
    /// [`DomainError::NotADate`] for anything else.
    pub fn parse(text: &str) -> Result<PartialDate, DomainError> {
        let bad = || DomainError::NotADate { value: text.chars().take(40).collect() };
        let date = text.trim().split(['T', ' ']).next().unwrap_or("");
        let parts: Vec<&str> = date.split('-').collect();
        let number = |s: &str, width: usize| -> Result<u32, DomainError> {
            if s.len() == width && s.bytes().all(|b| b.is_ascii_digit()) {
                s.parse().map_err(|_| bad())
            } else {
                Err(bad())
            }
        };
        match parts.as_slice() {
            [y] => match number(y, 4)? {
                0 => Err(bad()),
                y => Ok(PartialDate::Year(y as i32)),
            },
            [y, m] => match (number(y, 4)?, number(m, 2)?) {
                (y @ 1.., m @ 1..=12) => Ok(PartialDate::Month(y as i32, m)),
                _ => Err(bad()),
            },
            [y, m, d] => {
                Day::from_ymd(number(y, 4)? as i32, number(m, 2)?, number(d, 2)?).map(PartialDate::Full).ok_or_else(bad)
            }
            _ => Err(bad()),
        }
    }

    /// The day, and whether it was imputed.
    #[must_use]
    pub fn day(self, rule: Imputation) -> (Day, bool) {
        let first = |y, m| Day::from_ymd(y, m, 1).unwrap_or(Day(0));
        match self {
            PartialDate::Full(day) => (day, false),
            PartialDate::Month(y, m) => {
                let base = first(y, m).0;
                let day = match rule {
                    Imputation::First => base,
                    Imputation::Middle => base + 14,
                    Imputation::Last => base + days_in_month(y, m) as i32 - 1,
                };
                (Day(day), true)
            }
            PartialDate::Year(y) => {
                let day = match rule {
                    Imputation::First => first(y, 1),
                    Imputation::Middle => first(y, 7),
                    Imputation::Last => Day(first(y, 12).0 + 30),
                };
                (day, true)
            }
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartialDate::Full(day) => day.fmt(f),
            PartialDate::Month(y, m) => write!(f, "{y:04}-{m:02}"),
            PartialDate::Year(y) => write!(f, "{y:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_round_trip() {
        assert_eq!(Day::from_ymd(1970, 1, 1), Some(Day(0)));
        assert_eq!(Day::from_ymd(1960, 1, 1), Some(Day(-3653)));
        for n in (-400_000..400_000).step_by(37) {
            let (y, m, d) = Day(n).ymd();
            assert_eq!(Day::from_ymd(y, m, d), Some(Day(n)));
        }
        assert_eq!(Day::from_ymd(2010, 2, 29), None);
    }

    #[test]
    fn partial_dates_say_that_they_were_imputed() {
        let p = PartialDate::parse("2009-02").unwrap();
        assert_eq!(p.day(Imputation::Last), (Day::from_ymd(2009, 2, 28).unwrap(), true));
        assert!(PartialDate::parse("14/03/2009").is_err());
        assert!(PartialDate::parse("2009-3-14").is_err());
    }
}
