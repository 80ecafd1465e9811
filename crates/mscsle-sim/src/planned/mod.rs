//! A cohort for anybody's planned trial, from a table of margins.
//!
//! Order of construction: response paths, deaths, withdrawals and missing visits; baseline values with a Cox interval;
//! values with a mean and SD, in rank agreement with a latent activity; SLEDAI totals with a mean and SD, exchanged between
//! subjects until each total leaves room for the items its values decide; items given total and values; tables; damage.

mod damage;
mod paths;
mod room;
mod spec;
mod tables;

pub use spec::{
    ArmSpec, CohortSpec, CorrelationSpec, CoxSpec, DamageSpec, IntegerMargin, IsoDay, MarkerSpec, PathSpec, Printed,
    ResponseSpec, ScoreSpec, SourceSpec, Transform,
};

use crate::cohort::{Cohort, CohortInfo};
use crate::integers::{VectorShape, int_vector};
use crate::items::{Items, N_ITEMS, item, items_given_total, persistent_odds};
use crate::latent::standardized;
use crate::margins::{Margin, Rounding, feasible, middle};
use crate::{Covariate, CoxTarget, CoxTies, Decimal, Draws, Latent, RiskSets, SimError, by_rank, positive_marker};
use paths::{Paths, Response};
use room::{Decided, make_room};
use spec::wrong;

/// Assumed frequency of each descriptor before it is conditioned on the total.
const ITEM_FREQUENCY: [f64; N_ITEMS] = [
    0.02, 0.02, 0.02, 0.01, 0.005, 0.02, 0.01, 0.10, 0.30, 0.03, 0.20, 0.45, 0.70, 0.25, 0.35, 0.25, 0.15, 0.08, 0.06,
    0.70, 0.60, 0.12, 0.15, 0.15,
];

/// Draws of the totals of a visit until they leave room for the items that values decide.
const REDRAWS: usize = 40;

/// Streams of the generator.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
enum Purpose {
    Paths = 1001,
    Cox,
    Latent,
    Markers,
    Totals,
    Items,
    Age,
    Background,
    Damage,
}

fn stream(seed: u64, purpose: Purpose, replicate: usize) -> Draws {
    Draws::new(seed, purpose as u32, replicate as u32)
}

/// Day of a planned visit: month x 30.4375, rounded.
fn visit_day(month: i64) -> i64 {
    (month * 304_375 + 5_000).div_euclid(10_000)
}

/// Names the part of the specification in which a margin failed.
fn in_part(field: String) -> impl Fn(SimError) -> SimError {
    move |error| match error {
        SimError::Spec { .. } => error,
        other => wrong(field.clone(), other.to_string()),
    }
}

/// Values of one test at one visit, by subject, in units of 10^-`digits`.
#[derive(Debug, Clone)]
struct Measured<'a> {
    test: &'a str,
    unit: &'a str,
    visit: usize,
    digits: u32,
    values: Vec<Option<i64>>,
}

/// SLEDAI items and total by subject and visit.
type Scores = Vec<Vec<Option<(Items, u32)>>>;

/// Makes a cohort that has the margins of a specification; the same seed gives the same bytes on every machine.
///
/// # Errors
/// [`SimError::Spec`] and [`SimError::ImpossibleMargin`] for margins that no subjects can have; other variants when a search
/// does not end.
pub fn simulate(spec: &CohortSpec, seed: u64) -> Result<Cohort, SimError> {
    let paths = paths::draw(spec, &mut stream(seed, Purpose::Paths, 0))?;
    let latent = Latent { patient_share: spec.correlation.patient, decay_months: spec.correlation.decay_months };
    let months: Vec<f64> = spec.months.iter().map(|m| *m as f64).collect();
    let mut activity = latent.scores(spec.n, &months, &mut stream(seed, Purpose::Latent, 0));
    for (row, response) in activity.iter_mut().zip(&paths.response) {
        for (score, response) in row.iter_mut().zip(response) {
            *score += match response {
                Some(Response::Complete) => -1.6,
                Some(Response::Partial) => -0.6,
                Some(Response::None) => 0.5,
                None => 0.0,
            };
        }
    }
    let mut measured = Vec::new();
    for (k, c) in spec.cox.iter().enumerate() {
        measured.push(
            with_interval(spec, c, &paths, &mut stream(seed, Purpose::Cox, k)).map_err(in_part(format!("cox[{k}]")))?,
        );
    }
    for (k, m) in spec.markers.iter().enumerate() {
        measured.push(
            with_moments(spec, m, &paths, &activity, &mut stream(seed, Purpose::Markers, k))
                .map_err(in_part(format!("markers[{k}]")))?,
        );
    }
    let scores = scores(spec, seed, &paths, &activity, &measured)?;
    let age = ages(spec, &mut stream(seed, Purpose::Age, 0))?;
    let mut rows = tables::rows(spec, &paths, &measured, &scores, &age, &mut stream(seed, Purpose::Background, 0));
    damage::apply(&spec.damage, &mut rows, &mut stream(seed, Purpose::Damage, 0))?;
    let tables = rows.into_iter().map(crate::cohort::Rows::table).collect::<Result<_, _>>()?;
    let info = CohortInfo { id: "simulated", title: "Simulated from a table of margins", citation: "none", seed };
    Ok(Cohort { info, seed, tables })
}

/// Baseline values whose Cox model of the time to the first response prints the interval.
fn with_interval<'a>(
    spec: &CohortSpec,
    cox: &'a CoxSpec,
    paths: &Paths,
    draws: &mut Draws,
) -> Result<Measured<'a>, SimError> {
    let last = spec.months.last().copied().unwrap_or(0);
    let first = |i: usize| (1..spec.months.len()).find(|&v| paths.responds(i, v)).map(|v| visit_day(spec.months[v]));
    let time: Vec<i64> = (0..spec.n).map(|i| first(i).or(paths.leaves(i)).unwrap_or_else(|| visit_day(last))).collect();
    let event: Vec<bool> = (0..spec.n).map(|i| first(i).is_some()).collect();
    let sets = RiskSets::new(&time, &event, CoxTies::Efron);
    let (low, high, digits) = (cox.low.0.units, cox.high.0.units, cox.low.0.digits);
    let median = libm::log(cox.median.0.units as f64);
    let start =
        (0..spec.n).map(|_| (libm::round(libm::exp(median + 0.5 * draws.normal())) as i64).clamp(low, high)).collect();
    let scale = 10_f64.powi(digits as i32);
    let ln = |v: i64| libm::log(v as f64 / scale);
    let value = |v: i64| v as f64 / scale;
    let covariate = Covariate {
        name: &cox.test,
        transform: match cox.transform {
            Transform::Ln => &ln,
            Transform::Value => &value,
        },
        bounds: &vec![(low, high); spec.n],
    };
    let target = CoxTarget { lower: cox.lower.0, upper: cox.upper.0, p_value: cox.p_value.0 };
    let values = sets.calibrate(&covariate, start, &target, draws)?;
    Ok(Measured { test: &cox.test, unit: &cox.unit, visit: 0, digits, values: values.into_iter().map(Some).collect() })
}

/// Values with the printed mean and SD over those assessed.
fn with_moments<'a>(
    spec: &CohortSpec,
    marker: &'a MarkerSpec,
    paths: &Paths,
    activity: &[Vec<f64>],
    draws: &mut Draws,
) -> Result<Measured<'a>, SimError> {
    let visit = spec.visit(marker.month, "markers")?;
    let here = paths.assessed_at(visit);
    let own = libm::sqrt(1.0 - marker.activity * marker.activity);
    let latent: Vec<f64> = standardized(&here.iter().map(|&i| activity[i][visit]).collect::<Vec<_>>());
    let scores: Vec<f64> = latent.iter().map(|z| marker.activity * z + own * draws.normal()).collect();
    let digits = marker.above.0.digits;
    let margin = Margin { mean: marker.mean.0, sd: marker.sd.0 };
    let drawn = positive_marker(&standardized(&scores), margin, marker.above.0.units, digits)?;
    let mut values = vec![None; spec.n];
    for (&i, value) in here.iter().zip(drawn) {
        values[i] = Some(value);
    }
    Ok(Measured { test: &marker.test, unit: &marker.unit, visit, digits, values })
}

/// SLEDAI items that the values of a subject at a visit decide; `None` where no value does.
fn decided(measured: &[Measured<'_>], i: usize, visit: usize) -> Decided {
    let mut out = [None; N_ITEMS];
    let above = |value: i64, digits: u32, cut: Decimal| {
        i128::from(value) * 10_i128.pow(cut.digits) > i128::from(cut.units) * 10_i128.pow(digits)
    };
    let below = |value: i64, digits: u32, cut: Decimal| {
        i128::from(value) * 10_i128.pow(cut.digits) < i128::from(cut.units) * 10_i128.pow(digits)
    };
    let cut = |units: i64, digits: u32| Decimal { units, digits };
    for m in measured.iter().filter(|m| m.visit == visit) {
        let Some(value) = m.values[i] else { continue };
        let (name, present) = match (m.test, m.unit) {
            ("protein_24h", "g/24 h") => ("proteinuria", above(value, m.digits, cut(5, 1))),
            ("urine_rbc", "/hpf") => ("haematuria", above(value, m.digits, cut(5, 0))),
            ("urine_wbc", "/hpf") => ("pyuria", above(value, m.digits, cut(5, 0))),
            ("c3", "g/L") => ("low_complement", below(value, m.digits, cut(8, 1))),
            ("c4", "g/L") => ("low_complement", below(value, m.digits, cut(1, 1))),
            ("platelets", "10^9/L") => ("thrombocytopenia", below(value, m.digits, cut(100, 0))),
            ("leucocytes", "10^9/L") => ("leukopenia", below(value, m.digits, cut(3, 0))),
            _ => continue,
        };
        let slot = &mut out[item(name)];
        *slot = Some(present || *slot == Some(true)); // either complement is enough
    }
    out
}

fn scores(
    spec: &CohortSpec,
    seed: u64,
    paths: &Paths,
    activity: &[Vec<f64>],
    measured: &[Measured<'_>],
) -> Result<Scores, SimError> {
    let mut out: Scores = vec![vec![None; spec.months.len()]; spec.n];
    let mut order: Vec<(usize, usize)> = Vec::new();
    for (k, s) in spec.sledai.iter().enumerate() {
        order.push((spec.visit(s.month, "sledai")?, k));
    }
    order.sort_unstable();
    for (v, k) in order {
        let s = &spec.sledai[k];
        let mut draws = stream(seed, Purpose::Totals, v);
        let here = paths.assessed_at(v);
        let margin = Margin { mean: s.mean.0, sd: s.sd.0 };
        let part = in_part(format!("sledai[{k}]"));
        let sums = feasible(margin, here.len(), s.low, s.high, Rounding::HalfUp).map_err(&part)?;
        let Some((sum, squares)) = middle(&sums) else {
            return Err(wrong(format!("sledai[{k}]"), "no sum prints so"));
        };
        let latent: Vec<f64> = here.iter().map(|&i| activity[i][v]).collect();
        let fixed: Vec<Decided> = here.iter().map(|&i| decided(measured, i, v)).collect();
        let mut totals = Vec::new();
        for redraw in 0..REDRAWS {
            // another shape of the totals may leave more room
            let skew = [0.4, 0.0, 0.8, 1.2][redraw % 4];
            let shape = VectorShape { skew, ..VectorShape::new(s.low, s.high) };
            let vector = int_vector(here.len(), sum, squares, &shape, &mut draws).map_err(&part)?;
            totals = by_rank(&vector, &latent).into_iter().map(|t| t as u32).collect();
            if make_room(&mut totals, &fixed) {
                break;
            }
            totals.clear();
        }
        if totals.is_empty() {
            let problem = "no totals with this mean and SD were found that leave room for the items that laboratory values decide, such as 4 points for protein above 0.5 g/24 h";
            return Err(wrong(format!("sledai[{k}]"), problem));
        }
        for ((&i, total), fixed) in here.iter().zip(totals).zip(&fixed) {
            let before = out[i][..v].iter().rev().flatten().next().map(|(items, _)| *items);
            let mut p = persistent_odds(&ITEM_FREQUENCY, if v == 0 { 1.0 } else { 0.6 }, before.as_ref());
            for (p, decided) in p.iter_mut().zip(fixed) {
                if let Some(on) = decided {
                    *p = f64::from(u8::from(*on));
                }
            }
            let items = items_given_total(total, &p, &mut stream(seed, Purpose::Items, i * 64 + v))?;
            out[i][v] = Some((items, total));
        }
    }
    Ok(out)
}

fn ages(spec: &CohortSpec, draws: &mut Draws) -> Result<Vec<i64>, SimError> {
    let Some(age) = &spec.age else {
        return Ok((0..spec.n).map(|_| (libm::round(33.0 + 10.0 * draws.normal()) as i64).clamp(16, 65)).collect());
    };
    let sums = feasible(Margin { mean: age.mean.0, sd: age.sd.0 }, spec.n, age.low, age.high, Rounding::HalfUp)
        .map_err(in_part("age".to_owned()))?;
    let Some((sum, squares)) = middle(&sums) else { return Err(wrong("age", "no sum prints so")) };
    let mut values = int_vector(spec.n, sum, squares, &VectorShape::new(age.low, age.high), draws)
        .map_err(in_part("age".to_owned()))?;
    draws.shuffle(&mut values);
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mscsle_domain::Table;

    const SPEC: &str = r#"{
        "n": 81, "months": [0, 3, 6, 12], "id": "PL",
        "deaths": [36, 58, 79, 155], "female": 75,
        "age": {"mean": "32.40", "sd": "9.10", "low": 16, "high": 65},
        "responses": [{"month": 3, "complete": 14, "partial": 18, "of": 78},
                      {"month": 6, "complete": 14, "partial": 21, "of": 77},
                      {"month": 12, "complete": 18, "partial": 16, "of": 77}],
        "ever": 49,
        "sledai": [{"month": 0, "mean": "13.11", "sd": "4.20", "low": 6, "of": 81},
                   {"month": 12, "mean": "5.48", "sd": "2.77", "of": 77}],
        "markers": [{"test": "gfr", "unit": "mL/min", "month": 0, "mean": "58.55", "sd": "19.16", "above": "8.00", "activity": -0.4},
                    {"test": "protein_24h", "unit": "g/24 h", "month": 12, "mean": "0.90", "sd": "1.10", "above": "0.02"}],
        "cox": [{"test": "protein_24h", "unit": "g/24 h", "low": "0.60", "median": "3.00", "high": "14.00",
                 "transform": "ln", "lower": "0.336", "upper": "0.794", "p_value": "0.003"}]
    }"#;

    fn column(cohort: &Cohort, table: &str, column: &str, keep: &dyn Fn(&Table, usize) -> bool) -> Vec<f64> {
        let t = cohort.table(table).unwrap();
        (0..t.n_rows()).filter(|&r| keep(t, r)).filter_map(|r| t.number(column, r)).collect()
    }

    #[test]
    fn margins_of_a_specification_are_met_for_any_seed() {
        let spec = CohortSpec::from_json(SPEC).unwrap();
        for seed in 0..10 {
            let cohort = simulate(&spec, seed).unwrap();
            for (visit, mean, sd) in [("M0", "13.11", "4.20"), ("M12", "5.48", "2.77")] {
                let totals: Vec<i64> = column(&cohort, "sledai", "total", &|t, r| t.text("visit", r) == Some(visit))
                    .into_iter()
                    .map(|x| x as i64)
                    .collect();
                assert!(Margin::parse(mean, sd).unwrap().fits(&totals, 0, Rounding::HalfUp), "seed {seed}");
            }
            let gfr: Vec<i64> = column(&cohort, "labs", "value", &|t, r| t.text("test", r) == Some("gfr"))
                .into_iter()
                .map(|x| (100.0 * x).round() as i64)
                .collect();
            assert!(Margin::parse("58.55", "19.16").unwrap().fits(&gfr, 2, Rounding::HalfUp));
            let a = cohort.table("assessments").unwrap();
            for (visit, complete, partial, of) in [("M3", 14, 18, 78), ("M6", 14, 21, 77), ("M12", 18, 16, 77)] {
                let here: Vec<&str> = (0..a.n_rows())
                    .filter(|&r| a.text("visit", r) == Some(visit))
                    .filter_map(|r| a.text("value", r))
                    .collect();
                let count = |word: &str| here.iter().filter(|w| **w == word).count();
                assert_eq!((count("CR"), count("PR"), here.len()), (complete, partial, of));
            }
            let mut ever: Vec<&str> = (0..a.n_rows())
                .filter(|&r| a.text("value", r) != Some("NR"))
                .filter_map(|r| a.text("usubjid", r))
                .collect();
            ever.sort_unstable();
            ever.dedup();
            assert_eq!(ever.len(), 49);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_tables() {
        let spec = CohortSpec::from_json(SPEC).unwrap();
        // NaN marks missing cells, so the tables are compared as text.
        let text = |seed| format!("{:?}", simulate(&spec, seed).unwrap().tables);
        assert_eq!(text(3), text(3));
        assert_ne!(text(3), text(4));
    }

    #[test]
    fn impossible_margins_are_refused_by_name() {
        let refused = |from: &str, to: &str| {
            assert!(SPEC.contains(from), "{from}");
            CohortSpec::from_json(&SPEC.replace(from, to)).and_then(|s| simulate(&s, 1)).unwrap_err().to_string()
        };
        // three deaths leave 78 at month 6
        let message = refused("[36, 58, 79, 155]", "[36, 58, 79]");
        assert!(message.starts_with("`responses[1]`: `of` is 77, but"), "{message}");
        let message = refused("\"mean\": \"5.48\"", "\"mean\": \"5.50\"");
        assert!(message.starts_with("`sledai[1]`: no 77 integers from 0 to 105"), "{message}");
        let message = refused("\"ever\": 49", "\"ever\": 34");
        assert!(message.starts_with("`ever`: must be 35"), "{message}");
        let message = refused("\"mean\": \"58.55\"", "\"mean\": \"7.55\"");
        assert!(message.starts_with("`markers[0]`: no positive values above 8"), "{message}");
        let message = refused("\"mean\": \"32.40\"", "\"mean\": 32.4");
        assert!(message.contains("printed number as text"), "{message}");
        let message = refused("\"ever\"", "\"evr\"");
        assert!(message.contains("unknown field `evr`"), "{message}");
    }

    #[test]
    fn withdrawals_missing_visits_and_damage_are_counted() {
        let spec = CohortSpec::from_json(
            r#"{"n": 40, "months": [0, 6, 12], "withdrawals": [100, 300], "missing_visits": 5,
                "paths": [{"path": "CC", "n": 10}, {"path": "PN", "n": 10}, {"path": "NN", "n": 20}],
                "sledai": [{"month": 0, "mean": "10.5", "sd": "4.0"}],
                "markers": [{"test": "creatinine", "unit": "umol/L", "month": 0, "mean": "88.0", "sd": "30.0", "above": "30"}],
                "damage": {"wrong_units": 3, "duplicate_visits": 2, "missing_items": 4, "wrong_totals": 1}}"#,
        )
        .unwrap();
        let cohort = simulate(&spec, 5).unwrap();
        let visits = cohort.table("visits").unwrap();
        assert_eq!(visits.n_rows(), 3 * 40 - 2 - 1 - 5 + 2);
        let status = cohort.table("status").unwrap();
        assert_eq!((0..40).filter(|&r| status.date("withdrawal_date", r).is_some()).count(), 2);
        let labs = cohort.table("labs").unwrap();
        assert_eq!((0..40).filter(|&r| labs.text("unit", r) == Some("mg/dL")).count(), 3);
        let sledai = cohort.table("sledai").unwrap();
        let missing = |r: usize| mscsle_domain::SLEDAI_ITEMS.iter().any(|item| sledai.flag(item, r).is_none());
        assert_eq!((0..40).filter(|&r| missing(r)).count(), 4);
    }

    #[test]
    fn responders_from_counts_keep_responding_as_far_as_the_counts_allow() {
        let spec = CohortSpec::from_json(
            r#"{"n": 30, "months": [0, 3, 6], "responses": [{"month": 3, "complete": 4, "partial": 6}, {"month": 6, "complete": 8, "partial": 4}]}"#,
        )
        .unwrap();
        let cohort = simulate(&spec, 1).unwrap();
        let a = cohort.table("assessments").unwrap();
        let at = |visit: &str| -> Vec<&str> {
            (0..a.n_rows())
                .filter(|&r| a.text("visit", r) == Some(visit) && a.text("value", r) != Some("NR"))
                .filter_map(|r| a.text("usubjid", r))
                .collect()
        };
        let (three, six) = (at("M3"), at("M6"));
        assert_eq!((three.len(), six.len()), (10, 12));
        assert!(three.iter().all(|s| six.contains(s))); // without `ever`, as few as possible respond
    }
}
