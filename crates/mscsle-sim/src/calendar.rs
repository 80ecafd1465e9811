//! What is drawn without any link to outcome: calendar, sex, weight, first dose of prednisone.

use crate::Draws;
use mscsle_domain::Day;

/// One patient's calendar and background.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) female: bool,
    /// 0.1 kg.
    pub(crate) weight: i64,
    /// Day of the first infusion.
    pub(crate) infusion: Day,
    pub(crate) enrolled: Day,
    /// Days after the first infusion of the last contact of a survivor.
    pub(crate) last_contact: i64,
    /// Prednisone at baseline, mg a day.
    pub(crate) prednisone: i64,
}

/// People in the order of their first infusion, all on working days of a period.
pub(crate) fn people(n: usize, first: Day, last: Day, last_contact: (i64, i64), draws: &mut Draws) -> Vec<Person> {
    let mut infusions: Vec<i32> =
        (0..n).map(|_| working_day(draws.integer(i64::from(first.0), i64::from(last.0)) as i32)).collect();
    infusions.sort_unstable();
    infusions
        .into_iter()
        .map(|infusion| Person {
            female: draws.chance(0.92),
            weight: libm::round(10.0 * (54.0 + 8.0 * draws.normal()).clamp(38.0, 85.0)) as i64,
            infusion: Day(infusion),
            enrolled: Day(infusion - draws.integer(3, 14) as i32),
            last_contact: draws.integer(last_contact.0, last_contact.1),
            prednisone: [20, 30, 40, 50, 60][draws.weighted(&[0.2, 0.3, 0.25, 0.15, 0.1])],
        })
        .collect()
}

/// A working day on or after a day.
fn working_day(day: i32) -> i32 {
    // 1970-01-01 was a Thursday
    match (day + 3).rem_euclid(7) {
        5 => day + 2,
        6 => day + 1,
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_move_to_monday() {
        let saturday = Day::from_ymd(2026, 11, 21).unwrap().0;
        assert_eq!([saturday - 1, saturday, saturday + 1].map(working_day), [saturday - 1, saturday + 2, saturday + 2]);
    }
}
