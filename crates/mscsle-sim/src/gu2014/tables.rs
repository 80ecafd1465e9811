//! The tables of the cohort, with calendar dates.

use super::{DAYS, MONTHS, N, Patient};
use crate::cohort::{Cell, Kind, Rows};
use crate::{Draws, SimError};
use mscsle_domain::{Day, SLEDAI_ITEMS, Table};

/// First and last day on which the first infusion may fall: the years of enrolment are published.
const CALENDAR: (i32, i32) = (13_535, 14_964); // 2007-01-22 and 2010-12-21

/// Sex, weight and calendar of one patient.
struct Background {
    id: String,
    female: bool,
    /// 0.1 kg.
    weight: i64,
    infusion: Day,
    enrolled: Day,
    /// Days after the infusion of the last contact of a survivor.
    last_contact: i64,
    /// Prednisone at baseline, mg a day.
    prednisone: i64,
}

impl Background {
    fn day(&self, day: i64) -> Day {
        Day(self.infusion.0 + day as i32)
    }
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

fn background(draws: &mut Draws) -> Vec<Background> {
    let mut infusions: Vec<i32> =
        (0..N).map(|_| working_day(draws.integer(i64::from(CALENDAR.0), i64::from(CALENDAR.1)) as i32)).collect();
    infusions.sort_unstable();
    infusions
        .into_iter()
        .enumerate()
        .map(|(i, infusion)| Background {
            id: format!("GU-{:03}", i + 1),
            female: draws.chance(0.92),
            weight: libm::round(10.0 * (54.0 + 8.0 * draws.normal()).clamp(38.0, 85.0)) as i64,
            infusion: Day(infusion),
            enrolled: Day(infusion - draws.integer(3, 14) as i32),
            last_contact: draws.integer(366, 420),
            prednisone: [20, 30, 40, 50, 60][draws.weighted(&[0.2, 0.3, 0.25, 0.15, 0.1])],
        })
        .collect()
}

/// Label of a visit: `M0`, `M3`, ... or `U1`.
fn label(planned: Option<usize>) -> String {
    planned.map_or_else(|| "U1".to_owned(), |v| format!("M{}", MONTHS[v]))
}

pub(super) fn tables(patients: &[Patient], draws: &mut Draws) -> Result<Vec<Table>, SimError> {
    let background = background(draws);
    let both: Vec<(&Background, &Patient)> = background.iter().zip(patients).collect();
    Ok(vec![
        subjects(&both)?,
        infusions(&both)?,
        visits(&both)?,
        sledai(&both)?,
        bilag(&both)?,
        labs(&both)?,
        medications(&both)?,
        adverse_events()?,
        status(&both)?,
    ])
}

fn subjects(both: &[(&Background, &Patient)]) -> Result<Table, SimError> {
    use Kind::{Date, Flag, Number, Text};
    let mut rows = Rows::new(
        "subjects",
        &[
            ("usubjid", Text),
            ("arm", Text),
            ("centre", Text),
            ("sex", Text),
            ("age", Number),
            ("disease_duration_months", Number),
            ("race", Text),
            ("enrolled_date", Date),
            ("itt", Flag),
            ("safety", Flag),
            ("per_protocol", Flag),
            ("synthetic", Flag),
        ],
    );
    for (b, p) in both {
        rows.push(vec![
            Cell::text(&b.id),
            Cell::text("MSC"),
            Cell::text("1"),
            Cell::text(if b.female { "F" } else { "M" }),
            Cell::whole(p.age),
            Cell::whole(p.duration_months),
            Cell::text("Chinese"),
            Cell::Date(b.enrolled),
            Cell::Flag(true),
            Cell::Flag(true),
            Cell::Flag(true),
            Cell::Flag(true),
        ]);
    }
    rows.table()
}

fn infusions(both: &[(&Background, &Patient)]) -> Result<Table, SimError> {
    use Kind::{Date, Number, Text};
    let mut rows = Rows::new(
        "infusions",
        &[
            ("usubjid", Text),
            ("date", Date),
            ("course", Number),
            ("source", Text),
            ("cells_per_kg", Number),
            ("weight_kg", Number),
            ("total_cells", Number),
            ("route", Text),
        ],
    );
    for (b, p) in both {
        rows.push(vec![
            Cell::text(&b.id),
            Cell::Date(b.infusion),
            Cell::whole(1),
            Cell::text(if p.umbilical_cord { "UC" } else { "BM" }),
            Cell::whole(1_000_000),
            Cell::grid(b.weight, 1),
            Cell::whole(100_000 * b.weight),
            Cell::text("intravenous"),
        ]);
    }
    rows.table()
}

fn visits(both: &[(&Background, &Patient)]) -> Result<Table, SimError> {
    use Kind::{Date, Flag, Number, Text};
    let mut rows = Rows::new(
        "visits",
        &[("usubjid", Text), ("visit", Text), ("date", Date), ("planned_month", Number), ("unscheduled", Flag)],
    );
    for (b, p) in both {
        for u in &p.visits {
            rows.push(vec![
                Cell::text(&b.id),
                Cell::Text(label(u.planned)),
                Cell::Date(b.day(u.values.day)),
                Cell::or_missing(u.planned, |v| Cell::whole(MONTHS[v])),
                Cell::Flag(u.planned.is_none()),
            ]);
        }
    }
    rows.table()
}

fn sledai(both: &[(&Background, &Patient)]) -> Result<Table, SimError> {
    let mut header =
        vec![("usubjid", Kind::Text), ("visit", Kind::Text), ("date", Kind::Date), ("version", Kind::Text)];
    header.extend(SLEDAI_ITEMS.iter().map(|name| (*name, Kind::Flag)));
    header.push(("total", Kind::Number));
    let mut rows = Rows::new("sledai", &header);
    for (b, p) in both {
        for u in &p.visits {
            if let Some((items, total)) = u.sledai {
                let mut row = vec![
                    Cell::text(&b.id),
                    Cell::Text(label(u.planned)),
                    Cell::Date(b.day(u.values.day)),
                    Cell::text("sledai-2k"),
                ];
                row.extend(items.iter().map(|on| Cell::Flag(*on)));
                row.push(Cell::whole(i64::from(total)));
                rows.push(row);
            }
        }
    }
    rows.table()
}

fn bilag(both: &[(&Background, &Patient)]) -> Result<Table, SimError> {
    use Kind::{Date, Text};
    let mut rows = Rows::new(
        "bilag",
        &[("usubjid", Text), ("visit", Text), ("date", Date), ("version", Text), ("system", Text), ("grade", Text)],
    );
    for (b, p) in both {
        for (letter, planned) in p.letter.iter().zip([0, 3]) {
            if let Some(letter) = letter {
                rows.push(vec![
                    Cell::text(&b.id),
                    Cell::Text(label(Some(planned))),
                    Cell::Date(b.day(DAYS[planned])),
                    Cell::text("classic"),
                    Cell::text("renal"),
                    Cell::text(letter),
                ]);
            }
        }
    }
    rows.table()
}

fn labs(both: &[(&Background, &Patient)]) -> Result<Table, SimError> {
    use Kind::{Date, Number, Text};
    let mut rows = Rows::new(
        "labs",
        &[
            ("usubjid", Text),
            ("visit", Text),
            ("date", Date),
            ("test", Text),
            ("value", Number),
            ("unit", Text),
            ("lln", Number),
            ("uln", Number),
            ("specimen", Text),
        ],
    );
    for (b, p) in both {
        for u in &p.visits {
            let v = &u.values;
            let gfr = match u.planned {
                Some(0) => p.gfr[0],
                Some(3) => p.gfr[1],
                _ => None,
            };
            let results = [
                ("creatinine", Some(Cell::whole(v.creatinine)), "umol/L", None, Some(133.0), "serum"),
                ("protein_24h", Some(Cell::grid(v.protein, 2)), "g/24 h", None, Some(0.3), "24-hour urine"),
                ("urine_rbc", Some(Cell::whole(v.red_cells)), "/hpf", None, Some(5.0), "urine"),
                ("urine_wbc", Some(Cell::whole(v.white_cells)), "/hpf", None, Some(5.0), "urine"),
                ("urine_casts", Some(Cell::whole(v.casts)), "/hpf", None, Some(0.0), "urine"),
                ("albumin", Some(Cell::grid(v.albumin, 1)), "g/L", Some(35.0), None, "serum"),
                ("c3", Some(Cell::grid(v.c3, 2)), "g/L", Some(0.8), None, "serum"),
                ("c4", Some(Cell::grid(v.c4, 2)), "g/L", Some(0.1), None, "serum"),
                ("gfr", gfr.map(|g| Cell::grid(g, 2)), "mL/min", None, None, ""),
            ];
            for (test, value, unit, lln, uln, specimen) in results {
                if let Some(value) = value {
                    rows.push(vec![
                        Cell::text(&b.id),
                        Cell::Text(label(u.planned)),
                        Cell::Date(b.day(v.day)),
                        Cell::text(test),
                        value,
                        Cell::text(unit),
                        Cell::or_missing(lln, Cell::Number),
                        Cell::or_missing(uln, Cell::Number),
                        Cell::text(specimen),
                    ]);
                }
            }
        }
    }
    rows.table()
}

/// Prednisone: lowered by three tenths at each planned visit, back to the first dose at a flare.
fn medications(both: &[(&Background, &Patient)]) -> Result<Table, SimError> {
    use Kind::{Date, Number, Text};
    let mut rows = Rows::new(
        "medications",
        &[
            ("usubjid", Text),
            ("drug", Text),
            ("dose", Number),
            ("unit", Text),
            ("route", Text),
            ("frequency", Text),
            ("start_date", Date),
            ("end_date", Date),
            ("indication", Text),
        ],
    );
    for (b, p) in both {
        // dose in 0.1 mg and first day of each period
        let mut periods: Vec<(i64, Day)> = vec![(10 * b.prednisone, b.enrolled)];
        for u in p.visits.iter().skip(1) {
            let dose = periods.last().map_or(0, |(dose, _)| *dose);
            let next = if u.planned.is_none() { 10 * b.prednisone } else { (dose * 7 / 250 * 25).max(50) };
            if next != dose {
                periods.push((next, b.day(u.values.day)));
            }
        }
        for (k, (dose, start)) in periods.iter().enumerate() {
            let end = match periods.get(k + 1) {
                Some((_, next)) => Some(Day(next.0 - 1)),
                None => p.death_day.map(|d| b.day(d)),
            };
            rows.push(vec![
                Cell::text(&b.id),
                Cell::text("prednisone"),
                Cell::grid(*dose, 1),
                Cell::text("mg"),
                Cell::text("oral"),
                Cell::text("daily"),
                Cell::Date(*start),
                Cell::or_missing(end, Cell::Date),
                Cell::text("lupus nephritis"),
            ]);
        }
    }
    rows.table()
}

/// No event: the report counts none related to the cells and describes no other.
fn adverse_events() -> Result<Table, SimError> {
    use Kind::{Date, Flag, Number, Text};
    Rows::new(
        "adverse_events",
        &[
            ("usubjid", Text),
            ("term", Text),
            ("class", Text),
            ("serious", Flag),
            ("related", Flag),
            ("grade", Number),
            ("start_date", Date),
            ("end_date", Date),
            ("outcome", Text),
        ],
    )
    .table()
}

fn status(both: &[(&Background, &Patient)]) -> Result<Table, SimError> {
    use Kind::{Date, Text};
    let mut rows = Rows::new(
        "status",
        &[("usubjid", Text), ("last_contact_date", Date), ("death_date", Date), ("death_cause", Text)],
    );
    for (b, p) in both {
        let last = b.day(p.death_day.unwrap_or(b.last_contact));
        rows.push(vec![
            Cell::text(&b.id),
            Cell::Date(last),
            Cell::or_missing(p.death_day, |d| Cell::Date(b.day(d))),
            Cell::or_missing(p.death_day, |_| Cell::text("uncontrolled lupus nephritis")),
        ]);
    }
    rows.table()
}
