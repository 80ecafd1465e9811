//! The tables of a planned cohort.

use super::paths::Paths;
use super::spec::CohortSpec;
use super::{Measured, Scores, visit_day};
use crate::Draws;
use crate::calendar::{Person, people};
use crate::cohort::{Cell, Kind, Rows};
use mscsle_domain::{Day, SLEDAI_ITEMS};

struct Subject {
    id: String,
    person: Person,
    arm: String,
    centre: usize,
    female: bool,
    age: i64,
    source: String,
}

impl Subject {
    fn day(&self, day: i64) -> Day {
        Day(self.person.infusion.0 + day as i32)
    }
}

fn subjects(spec: &CohortSpec, age: &[i64], draws: &mut Draws) -> Vec<Subject> {
    let end = visit_day(spec.months.last().copied().unwrap_or(0));
    let people = people(spec.n, spec.period.0.0, spec.period.1.0, (end + 1, end + 60), draws);
    let mut arms: Vec<&str> = spec.arms.iter().flat_map(|a| std::iter::repeat_n(a.name.as_str(), a.n)).collect();
    arms.resize(spec.n, "MSC");
    draws.shuffle(&mut arms);
    let mut women: Vec<bool> = match spec.female {
        Some(n) => (0..spec.n).map(|i| i < n).collect(),
        None => people.iter().map(|p| p.female).collect(),
    };
    draws.shuffle(&mut women);
    let weights: Vec<f64> = spec.sources.iter().map(|s| s.weight).collect();
    let width = spec.n.to_string().len().max(3);
    people
        .into_iter()
        .zip(arms)
        .zip(women.into_iter().zip(age))
        .enumerate()
        .map(|(i, ((person, arm), (female, age)))| Subject {
            id: format!("{}-{:0width$}", spec.id, i + 1),
            person,
            arm: arm.to_owned(),
            centre: 1 + i % spec.centres,
            female,
            age: *age,
            source: spec.sources[draws.weighted(&weights)].source.clone(),
        })
        .collect()
}

/// The tables under construction, so that damage can still be done to them.
pub(super) fn rows(
    spec: &CohortSpec,
    paths: &Paths,
    measured: &[Measured<'_>],
    scores: &Scores,
    age: &[i64],
    draws: &mut Draws,
) -> Vec<Rows> {
    let subjects = subjects(spec, age, draws);
    let mut out = vec![subject_rows(&subjects), infusions(spec, paths, &subjects), visits(spec, paths, &subjects)];
    if !spec.sledai.is_empty() {
        out.push(sledai(spec, scores, &subjects));
    }
    if !measured.is_empty() {
        out.push(labs(spec, measured, &subjects));
    }
    if !(spec.responses.is_empty() && spec.paths.is_empty()) {
        out.push(assessments(spec, paths, &subjects));
    }
    out.push(status(paths, &subjects));
    out
}

fn subject_rows(subjects: &[Subject]) -> Rows {
    use Kind::{Date, Flag, Number, Text};
    let mut rows = Rows::new(
        "subjects",
        &[
            ("usubjid", Text),
            ("arm", Text),
            ("centre", Text),
            ("sex", Text),
            ("age", Number),
            ("enrolled_date", Date),
            ("itt", Flag),
            ("safety", Flag),
            ("synthetic", Flag),
        ],
    );
    for s in subjects {
        rows.push(vec![
            Cell::text(&s.id),
            Cell::text(&s.arm),
            Cell::Text(s.centre.to_string()),
            Cell::text(if s.female { "F" } else { "M" }),
            Cell::whole(s.age),
            Cell::Date(s.person.enrolled),
            Cell::Flag(true),
            Cell::Flag(true),
            Cell::Flag(true),
        ]);
    }
    rows
}

fn infusions(spec: &CohortSpec, paths: &Paths, subjects: &[Subject]) -> Rows {
    use Kind::{Date, Number, Text};
    let mut rows = Rows::new(
        "infusions",
        &[("usubjid", Text), ("date", Date), ("course", Number), ("source", Text), ("weight_kg", Number)],
    );
    for (i, s) in subjects.iter().enumerate() {
        let mut course = 0;
        let mut before = -100;
        for &day in spec.infusion_days.iter().filter(|d| paths.leaves(i).is_none_or(|l| **d < l)) {
            // infusions at most two weeks apart are one course
            course += i64::from(day - before > 14);
            before = day;
            rows.push(vec![
                Cell::text(&s.id),
                Cell::Date(s.day(day)),
                Cell::whole(course),
                Cell::text(&s.source),
                Cell::grid(s.person.weight, 1),
            ]);
        }
    }
    rows
}

fn label(spec: &CohortSpec, visit: usize) -> Cell {
    Cell::Text(format!("M{}", spec.months[visit]))
}

fn visits(spec: &CohortSpec, paths: &Paths, subjects: &[Subject]) -> Rows {
    use Kind::{Date, Flag, Number, Text};
    let mut rows = Rows::new(
        "visits",
        &[("usubjid", Text), ("visit", Text), ("date", Date), ("planned_month", Number), ("unscheduled", Flag)],
    );
    for (i, s) in subjects.iter().enumerate() {
        for v in (0..spec.months.len()).filter(|&v| paths.assessed[i][v]) {
            rows.push(vec![
                Cell::text(&s.id),
                label(spec, v),
                Cell::Date(s.day(visit_day(spec.months[v]))),
                Cell::whole(spec.months[v]),
                Cell::Flag(false),
            ]);
        }
    }
    rows
}

fn sledai(spec: &CohortSpec, scores: &Scores, subjects: &[Subject]) -> Rows {
    let mut header =
        vec![("usubjid", Kind::Text), ("visit", Kind::Text), ("date", Kind::Date), ("version", Kind::Text)];
    header.extend(SLEDAI_ITEMS.iter().map(|name| (*name, Kind::Flag)));
    header.push(("total", Kind::Number));
    let mut rows = Rows::new("sledai", &header);
    for (s, scores) in subjects.iter().zip(scores) {
        for (v, score) in scores.iter().enumerate() {
            if let Some((items, total)) = score {
                let mut row = vec![
                    Cell::text(&s.id),
                    label(spec, v),
                    Cell::Date(s.day(visit_day(spec.months[v]))),
                    Cell::text("sledai-2k"),
                ];
                row.extend(items.iter().map(|on| Cell::Flag(*on)));
                row.push(Cell::whole(i64::from(*total)));
                rows.push(row);
            }
        }
    }
    rows
}

fn labs(spec: &CohortSpec, measured: &[Measured<'_>], subjects: &[Subject]) -> Rows {
    use Kind::{Date, Number, Text};
    let mut rows = Rows::new(
        "labs",
        &[("usubjid", Text), ("visit", Text), ("date", Date), ("test", Text), ("value", Number), ("unit", Text)],
    );
    for (i, s) in subjects.iter().enumerate() {
        for v in 0..spec.months.len() {
            for m in measured.iter().filter(|m| m.visit == v) {
                if let Some(value) = m.values[i] {
                    rows.push(vec![
                        Cell::text(&s.id),
                        label(spec, v),
                        Cell::Date(s.day(visit_day(spec.months[v]))),
                        Cell::text(m.test),
                        Cell::grid(value, m.digits as i32),
                        Cell::text(m.unit),
                    ]);
                }
            }
        }
    }
    rows
}

fn assessments(spec: &CohortSpec, paths: &Paths, subjects: &[Subject]) -> Rows {
    use Kind::{Date, Text};
    let mut rows = Rows::new(
        "assessments",
        &[("usubjid", Text), ("visit", Text), ("date", Date), ("what", Text), ("value", Text)],
    );
    for (i, s) in subjects.iter().enumerate() {
        for (v, response) in paths.response[i].iter().enumerate() {
            if let Some(response) = response {
                rows.push(vec![
                    Cell::text(&s.id),
                    label(spec, v),
                    Cell::Date(s.day(visit_day(spec.months[v]))),
                    Cell::text(&spec.response),
                    Cell::text(response.word()),
                ]);
            }
        }
    }
    rows
}

fn status(paths: &Paths, subjects: &[Subject]) -> Rows {
    use Kind::{Date, Text};
    let mut rows = Rows::new(
        "status",
        &[("usubjid", Text), ("last_contact_date", Date), ("death_date", Date), ("withdrawal_date", Date)],
    );
    for (i, s) in subjects.iter().enumerate() {
        rows.push(vec![
            Cell::text(&s.id),
            Cell::Date(s.day(paths.leaves(i).unwrap_or(s.person.last_contact))),
            Cell::or_missing(paths.death[i], |d| Cell::Date(s.day(d))),
            Cell::or_missing(paths.withdrawal[i], |d| Cell::Date(s.day(d))),
        ]);
    }
    rows
}
