//! Subjects with their histories, and the tables of a trial made of them. The same for all cohorts.

use crate::SimError;
use crate::calendar::Person;
use crate::cohort::{Cell, Kind, Rows};
use crate::items::{Items, item};
use mscsle_domain::{Day, SLEDAI_ITEMS, Table};

/// Laboratory values of a visit, in whole units of the grid on which they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Values {
    pub(crate) day: i64,
    /// 24-hour protein, 0.01 g.
    pub(crate) protein: i64,
    /// Creatinine, umol/L.
    pub(crate) creatinine: i64,
    /// Red cells, /hpf.
    pub(crate) red_cells: i64,
    /// White cells, /hpf.
    pub(crate) white_cells: i64,
    /// Casts, number.
    pub(crate) casts: i64,
    /// Albumin, 0.1 g/L.
    pub(crate) albumin: i64,
    /// C3, 0.01 g/L.
    pub(crate) c3: i64,
    /// C4, 0.01 g/L.
    pub(crate) c4: i64,
    /// Platelets, 10^9/L, where measured.
    pub(crate) platelets: Option<i64>,
    /// Leucocytes, 0.1 x 10^9/L, where measured.
    pub(crate) leucocytes: Option<i64>,
}

/// C3 below which it is low, 0.01 g/L.
pub(crate) const C3_LLN: i64 = 80;
/// C4 below which it is low, 0.01 g/L.
pub(crate) const C4_LLN: i64 = 10;
/// Platelets below which the descriptor is present, 10^9/L.
const PLATELETS_LOW: i64 = 100;
/// Leucocytes below which the descriptor is present, 0.1 x 10^9/L.
const LEUCOCYTES_LOW: i64 = 30;

impl Values {
    /// Whether the SLEDAI items that a laboratory value decides agree with it.
    pub(crate) fn agree_with(&self, items: &Items) -> bool {
        items[item("proteinuria")] == (self.protein > 50)
            && items[item("haematuria")] == (self.red_cells > 5)
            && items[item("pyuria")] == (self.white_cells > 5)
            && items[item("urinary_casts")] == (self.casts > 0)
            && items[item("low_complement")] == (self.c3 < C3_LLN || self.c4 < C4_LLN)
            && self.platelets.is_none_or(|x| items[item("thrombocytopenia")] == (x < PLATELETS_LOW))
            && self.leucocytes.is_none_or(|x| items[item("leukopenia")] == (x < LEUCOCYTES_LOW))
    }
}

/// One infusion of 1 million cells per kg.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Infusion {
    /// Days after the first.
    pub(crate) day: i64,
    pub(crate) course: i64,
    pub(crate) source: &'static str,
}

/// One visit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VisitRecord {
    /// `None` when unscheduled.
    pub(crate) planned_month: Option<i64>,
    pub(crate) values: Values,
    pub(crate) sledai: Option<(Items, u32)>,
    /// Letters of the classic BILAG by system.
    pub(crate) bilag: Vec<(&'static str, &'static str)>,
    /// Recorded GFR, 0.01 mL/min.
    pub(crate) gfr: Option<i64>,
}

/// One adverse event, not related to the cells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AdverseEvent {
    pub(crate) term: &'static str,
    pub(crate) class: &'static str,
    pub(crate) fatal: bool,
    /// Days after the first infusion.
    pub(crate) day: i64,
}

/// One subject with everything that is recorded.
#[derive(Debug, Clone)]
pub(crate) struct SubjectRecord {
    pub(crate) id: String,
    pub(crate) stratum: Option<&'static str>,
    pub(crate) centre: i64,
    pub(crate) age: i64,
    pub(crate) duration_months: i64,
    pub(crate) person: Person,
    pub(crate) infusions: Vec<Infusion>,
    pub(crate) visits: Vec<VisitRecord>,
    /// Dose (0.1 mg a day) and first day of each period.
    pub(crate) prednisone: Vec<(i64, i64)>,
    pub(crate) indication: &'static str,
    /// Day and cause of death.
    pub(crate) death: Option<(i64, Option<&'static str>)>,
    pub(crate) adverse_events: Vec<AdverseEvent>,
}

impl SubjectRecord {
    /// The calendar day of a study day.
    fn day(&self, day: i64) -> Day {
        Day(self.person.infusion.0 + day as i32)
    }

    /// Label of a visit: `M0`, `M3`, ...; `U1`, `U2`, ... when unscheduled.
    fn label(&self, visit: usize) -> String {
        match self.visits.get(visit).and_then(|v| v.planned_month) {
            Some(month) => format!("M{month}"),
            None => {
                let before = self.visits.iter().take(visit).filter(|v| v.planned_month.is_none()).count();
                format!("U{}", before + 1)
            }
        }
    }
}

/// What a cohort records besides the tables that all have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TableOptions {
    /// Whether a stratum is recorded.
    pub(crate) stratum: bool,
    /// Whether adverse events were collected; an empty table says that there was none.
    pub(crate) adverse_events: bool,
}

/// The tables of a cohort.
pub(crate) fn tables(subjects: &[SubjectRecord], options: TableOptions) -> Result<Vec<Table>, SimError> {
    let mut out = vec![
        subjects_table(subjects, options)?,
        infusions(subjects)?,
        visits(subjects)?,
        sledai(subjects)?,
        bilag(subjects)?,
        labs(subjects)?,
        medications(subjects)?,
    ];
    if options.adverse_events {
        out.push(adverse_events(subjects)?);
    }
    out.push(status(subjects)?);
    Ok(out)
}

fn subjects_table(subjects: &[SubjectRecord], options: TableOptions) -> Result<Table, SimError> {
    use Kind::{Date, Flag, Number, Text};
    let mut header = vec![("usubjid", Text), ("arm", Text)];
    if options.stratum {
        header.push(("stratum", Text));
    }
    header.extend([
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
    ]);
    let mut rows = Rows::new("subjects", &header);
    for s in subjects {
        let mut row = vec![Cell::text(&s.id), Cell::text("MSC")];
        if options.stratum {
            row.push(Cell::or_missing(s.stratum, Cell::text));
        }
        row.extend([
            Cell::Text(s.centre.to_string()),
            Cell::text(if s.person.female { "F" } else { "M" }),
            Cell::whole(s.age),
            Cell::whole(s.duration_months),
            Cell::text("Chinese"),
            Cell::Date(s.person.enrolled),
            Cell::Flag(true),
            Cell::Flag(true),
            Cell::Flag(true),
            Cell::Flag(true),
        ]);
        rows.push(row);
    }
    rows.table()
}

fn infusions(subjects: &[SubjectRecord]) -> Result<Table, SimError> {
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
    for s in subjects {
        for infusion in &s.infusions {
            rows.push(vec![
                Cell::text(&s.id),
                Cell::Date(s.day(infusion.day)),
                Cell::whole(infusion.course),
                Cell::text(infusion.source),
                Cell::whole(1_000_000),
                Cell::grid(s.person.weight, 1),
                Cell::whole(100_000 * s.person.weight),
                Cell::text("intravenous"),
            ]);
        }
    }
    rows.table()
}

fn visits(subjects: &[SubjectRecord]) -> Result<Table, SimError> {
    use Kind::{Date, Flag, Number, Text};
    let mut rows = Rows::new(
        "visits",
        &[("usubjid", Text), ("visit", Text), ("date", Date), ("planned_month", Number), ("unscheduled", Flag)],
    );
    for s in subjects {
        for (k, u) in s.visits.iter().enumerate() {
            rows.push(vec![
                Cell::text(&s.id),
                Cell::Text(s.label(k)),
                Cell::Date(s.day(u.values.day)),
                Cell::or_missing(u.planned_month, Cell::whole),
                Cell::Flag(u.planned_month.is_none()),
            ]);
        }
    }
    rows.table()
}

fn sledai(subjects: &[SubjectRecord]) -> Result<Table, SimError> {
    let mut header =
        vec![("usubjid", Kind::Text), ("visit", Kind::Text), ("date", Kind::Date), ("version", Kind::Text)];
    header.extend(SLEDAI_ITEMS.iter().map(|name| (*name, Kind::Flag)));
    header.push(("total", Kind::Number));
    let mut rows = Rows::new("sledai", &header);
    for s in subjects {
        for (k, u) in s.visits.iter().enumerate() {
            if let Some((items, total)) = u.sledai {
                let mut row = vec![
                    Cell::text(&s.id),
                    Cell::Text(s.label(k)),
                    Cell::Date(s.day(u.values.day)),
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

fn bilag(subjects: &[SubjectRecord]) -> Result<Table, SimError> {
    use Kind::{Date, Text};
    let mut rows = Rows::new(
        "bilag",
        &[("usubjid", Text), ("visit", Text), ("date", Date), ("version", Text), ("system", Text), ("grade", Text)],
    );
    for s in subjects {
        for (k, u) in s.visits.iter().enumerate() {
            for (system, letter) in &u.bilag {
                rows.push(vec![
                    Cell::text(&s.id),
                    Cell::Text(s.label(k)),
                    Cell::Date(s.day(u.values.day)),
                    Cell::text("classic"),
                    Cell::text(system),
                    Cell::text(letter),
                ]);
            }
        }
    }
    rows.table()
}

fn labs(subjects: &[SubjectRecord]) -> Result<Table, SimError> {
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
    for s in subjects {
        for (k, u) in s.visits.iter().enumerate() {
            let v = &u.values;
            let low = |lln: f64| (Some(lln), None);
            let high = |uln: f64| (None, Some(uln));
            let results = [
                ("creatinine", Some(Cell::whole(v.creatinine)), "umol/L", high(133.0), "serum"),
                ("protein_24h", Some(Cell::grid(v.protein, 2)), "g/24 h", high(0.3), "24-hour urine"),
                ("urine_rbc", Some(Cell::whole(v.red_cells)), "/hpf", high(5.0), "urine"),
                ("urine_wbc", Some(Cell::whole(v.white_cells)), "/hpf", high(5.0), "urine"),
                ("urine_casts", Some(Cell::whole(v.casts)), "/hpf", high(0.0), "urine"),
                ("albumin", Some(Cell::grid(v.albumin, 1)), "g/L", low(35.0), "serum"),
                ("c3", Some(Cell::grid(v.c3, 2)), "g/L", low(0.8), "serum"),
                ("c4", Some(Cell::grid(v.c4, 2)), "g/L", low(0.1), "serum"),
                ("platelets", v.platelets.map(Cell::whole), "10^9/L", low(100.0), "blood"),
                ("leucocytes", v.leucocytes.map(|x| Cell::grid(x, 1)), "10^9/L", low(4.0), "blood"),
                ("gfr", u.gfr.map(|x| Cell::grid(x, 2)), "mL/min", (None, None), ""),
            ];
            for (test, value, unit, (lln, uln), specimen) in results {
                if let Some(value) = value {
                    rows.push(vec![
                        Cell::text(&s.id),
                        Cell::Text(s.label(k)),
                        Cell::Date(s.day(v.day)),
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

fn medications(subjects: &[SubjectRecord]) -> Result<Table, SimError> {
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
    for s in subjects {
        for (k, (dose, start)) in s.prednisone.iter().enumerate() {
            let end = s.prednisone.get(k + 1).map(|(_, next)| next - 1).or(s.death.map(|(day, _)| day));
            rows.push(vec![
                Cell::text(&s.id),
                Cell::text("prednisone"),
                Cell::grid(*dose, 1),
                Cell::text("mg"),
                Cell::text("oral"),
                Cell::text("daily"),
                Cell::Date(s.day(*start)),
                Cell::or_missing(end, |day| Cell::Date(s.day(day))),
                Cell::text(s.indication),
            ]);
        }
    }
    rows.table()
}

fn adverse_events(subjects: &[SubjectRecord]) -> Result<Table, SimError> {
    use Kind::{Date, Flag, Number, Text};
    let mut rows = Rows::new(
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
    );
    for s in subjects {
        for event in &s.adverse_events {
            rows.push(vec![
                Cell::text(&s.id),
                Cell::text(event.term),
                Cell::text(event.class),
                if event.fatal { Cell::Flag(true) } else { Cell::Missing },
                Cell::Flag(false),
                if event.fatal { Cell::whole(5) } else { Cell::Missing },
                Cell::Date(s.day(event.day)),
                Cell::Missing,
                if event.fatal { Cell::text("fatal") } else { Cell::Missing },
            ]);
        }
    }
    rows.table()
}

fn status(subjects: &[SubjectRecord]) -> Result<Table, SimError> {
    use Kind::{Date, Text};
    let mut rows = Rows::new(
        "status",
        &[("usubjid", Text), ("last_contact_date", Date), ("death_date", Date), ("death_cause", Text)],
    );
    for s in subjects {
        rows.push(vec![
            Cell::text(&s.id),
            Cell::Date(s.day(s.death.map_or(s.person.last_contact, |(day, _)| day))),
            Cell::or_missing(s.death, |(day, _)| Cell::Date(s.day(day))),
            Cell::or_missing(s.death.and_then(|(_, cause)| cause), Cell::text),
        ]);
    }
    rows.table()
}
