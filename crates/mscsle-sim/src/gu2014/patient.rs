//! One patient: items given the total and the label, laboratory values on the items' side of each cut.

use super::{DAYS, MONTHS};
use crate::Draws;
use crate::items::{Items, N_ITEMS, item, items_given_total, persistent_odds};
use crate::record::Values;

const ATTEMPTS: u32 = 4000;
const PROTEINURIA: usize = item("proteinuria");
const HAEMATURIA: usize = item("haematuria");
const PYURIA: usize = item("pyuria");
const CASTS: usize = item("urinary_casts");
const LOW_COMPLEMENT: usize = item("low_complement");

/// Assumed frequency of each descriptor in active nephritis, before it is conditioned on the total.
pub(crate) const ITEM_FREQUENCY: [f64; N_ITEMS] = [
    0.02, 0.02, 0.02, 0.01, 0.005, 0.02, 0.01, 0.10, 0.25, 0.03, 0.20, 0.45, 0.85, 0.25, 0.30, 0.25, 0.15, 0.08, 0.06,
    0.70, 0.60, 0.12, 0.15, 0.15,
];

/// Upper limit of normal of creatinine in the cohort, umol/L (1.5 mg/dL).
pub(crate) const CREATININE_ULN: i64 = 133;

/// Renal state of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Response {
    None,
    Partial,
    Complete,
}

/// The branch by which a visit is a renal flare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flare {
    /// New or recurrent nephrotic syndrome.
    Nephrotic,
    /// Creatinine up by a third within 31 days.
    Creatinine,
    /// Low-grade protein tripled within 92 days, with haematuria and a fall of C3.
    Protein,
}

/// A planned visit with its score, or an unscheduled one without.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Visit {
    pub(crate) values: Values,
    /// Position in [`MONTHS`]; `None` when unscheduled.
    pub(crate) planned: Option<usize>,
    /// SLEDAI items and their total.
    pub(crate) sledai: Option<(Items, u32)>,
}

/// What a patient must come out as.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Never in remission within the year.
    pub(crate) never: bool,
    /// State at each planned visit after the first; `None` when dead.
    pub(crate) labels: [Option<Response>; 4],
    /// SLEDAI total at each planned visit.
    pub(crate) totals: [u32; 4],
    /// Baseline protein, 0.01 g.
    pub(crate) protein: i64,
    /// Baseline creatinine, umol/L.
    pub(crate) creatinine: i64,
    /// Flare after the response that is lost.
    pub(crate) flare: Option<Flare>,
}

impl Wanted {
    /// Position of the first visit without response after one with response.
    pub(crate) fn lost_at(&self) -> Option<usize> {
        let first = self.labels.iter().position(|l| responds(*l))?;
        (first + 1..self.labels.len()).find(|&v| self.labels[v] == Some(Response::None))
    }
}

fn responds(label: Option<Response>) -> bool {
    matches!(label, Some(Response::Partial | Response::Complete))
}

/// Draws the visits of a patient until no item contradicts its value; `None` when four thousand draws fail.
pub(super) fn draw(wanted: &Wanted, draws: &mut Draws) -> Option<Vec<Visit>> {
    (0..ATTEMPTS).find_map(|_| {
        let visits = attempt(wanted, draws)?;
        visits.iter().all(|u| u.sledai.is_none_or(|(items, _)| u.values.agree_with(&items))).then_some(visits)
    })
}

fn attempt(wanted: &Wanted, draws: &mut Draws) -> Option<Vec<Visit>> {
    let mut visits: Vec<Visit> = Vec::with_capacity(5);
    for v in 0..MONTHS.len() {
        let label = match (v, wanted.labels[v]) {
            (0, _) => Response::None,
            (_, Some(label)) => label,
            (_, None) => break,
        };
        let visit = planned_visit(wanted, v, label, &visits, draws)?;
        visits.push(visit);
    }
    if let (Some(flare), Some(lost)) = (wanted.flare, wanted.lost_at()) {
        let before = visits.get(lost - 1)?.values;
        let values = flare_visit(flare, before, draws);
        let position = visits.iter().position(|u| u.values.day > values.day).unwrap_or(visits.len());
        visits.insert(position, Visit { values, planned: None, sledai: None });
    }
    Some(visits)
}

fn planned_visit(wanted: &Wanted, v: usize, label: Response, before: &[Visit], draws: &mut Draws) -> Option<Visit> {
    let baseline = before.first().map(|b| b.values);
    let total = wanted.totals[v];
    let (protein, through_cells) = match baseline {
        None => (wanted.protein, false),
        Some(baseline) => protein(wanted, v, label, baseline, draws),
    };
    // The items that the values must agree with come first; the rest is drawn given the total.
    let scale = if v == 0 { 1.0 } else { 0.5 };
    let mut p = persistent_odds(&ITEM_FREQUENCY, scale, before.last().and_then(|u| u.sledai.as_ref()).map(|s| &s.0));
    p[PROTEINURIA] = f64::from(u8::from(protein > 50));
    if let Some(baseline) = baseline {
        if label == Response::Complete {
            (p[HAEMATURIA], p[PYURIA], p[CASTS]) = (0.0, 0.0, 0.0);
        } else if label == Response::Partial && baseline.red_cells <= 5 {
            p[HAEMATURIA] = 0.0;
        }
        if through_cells {
            p[HAEMATURIA] = 1.0;
        }
    }
    let items = items_given_total(total, &p, draws).ok()?;
    let white_cells = if items[PYURIA] { draws.integer(6, 29) } else { draws.integer(0, 5) };
    let casts = if items[CASTS] { draws.integer(1, 3) } else { 0 };
    let (c3, c4) = complement(items[LOW_COMPLEMENT], draws);
    let red_cells = red_cells(label, items[HAEMATURIA], through_cells, baseline, draws);
    let creatinine = match baseline {
        None => wanted.creatinine,
        Some(_) => creatinine(wanted, label, total, draws),
    };
    let grams = protein as f64 / 100.0;
    let mut albumin = 42.0 - 3.0 * libm::exp(0.8 * libm::log(grams)) + 2.2 * draws.normal();
    if v > 0 && !wanted.never && protein >= 300 && wanted.flare.is_none() {
        albumin = draws.between(35.2, 38.5); // heavy protein without nephrotic syndrome
    }
    let values = Values {
        day: DAYS[v],
        protein,
        creatinine,
        red_cells,
        white_cells,
        casts,
        albumin: libm::round(10.0 * albumin.clamp(15.0, 49.0)) as i64,
        c3,
        c4,
        ..Values::default()
    };
    Some(Visit { values, planned: Some(v), sledai: Some((items, total)) })
}

/// 24-hour protein after baseline, and whether the red cells alone are to prevent the response.
fn protein(wanted: &Wanted, v: usize, label: Response, baseline: Values, draws: &mut Draws) -> (i64, bool) {
    let (total, base) = (wanted.totals[v], wanted.protein as f64);
    let rounded = |x: f64| libm::round(x) as i64;
    match label {
        Response::Complete => (rounded(draws.between(6.0, 33.0)), false),
        Response::Partial => {
            if wanted.flare == Some(Flare::Protein) && wanted.lost_at() == Some(v + 1) {
                // the low-grade protein from which the flare triples
                let value = if total < 4 { 50.0 } else { draws.between(51.0, (0.49 * base).min(95.0)) };
                return (rounded(value), false);
            }
            // 0.49, not 0.50, of baseline: rounding must not break the half
            let mut high = (0.49 * base).min(280.0);
            if total < 4 {
                high = high.min(50.0);
            }
            (rounded(34.0 + (high - 34.0) * draws.beta(1.6, 1.6)), false)
        }
        // fewer than four points leave no room for the proteinuria item: creatinine prevents the response
        Response::None if total < 4 => (rounded(draws.between(34.0, 50.0)), false),
        Response::None if total >= 8 && baseline.red_cells > 5 && draws.chance(0.3) => {
            (rounded(draws.between(52.0, (0.9 * base).max(60.0))), true)
        }
        Response::None => {
            let low = (0.5 * base + 16.0).max(52.0);
            (rounded(draws.between(low, (1.08 * base).max(low + 20.0))), false)
        }
    }
}

fn complement(low: bool, draws: &mut Draws) -> (i64, i64) {
    if !low {
        (draws.integer(80, 135), draws.integer(10, 32))
    } else if draws.chance(0.15) {
        (draws.integer(80, 100), draws.integer(3, 9)) // C4 alone
    } else {
        (draws.integer(35, 79), draws.integer(3, 16))
    }
}

fn red_cells(
    label: Response,
    haematuria: bool,
    through_cells: bool,
    baseline: Option<Values>,
    draws: &mut Draws,
) -> i64 {
    let Some(base) = baseline.map(|b| b.red_cells) else {
        // at least 12 when abnormal, so that half of it may still be above 5; at least 1, so that 1 is not "worse"
        return if haematuria {
            (libm::round(libm::exp(3.1 + 0.5 * draws.normal())) as i64).clamp(12, 90)
        } else {
            draws.integer(1, 5)
        };
    };
    match (label, haematuria) {
        (Response::Partial, true) => draws.integer(6, base / 2),
        (Response::Partial, false) => draws.integer(0, base.min(5)),
        (_, true) => {
            let low = if through_cells { (base + 6) / 2 + 1 } else { 6 };
            draws.integer(low, (low + 1).max(base * 13 / 10))
        }
        (_, false) => draws.integer(0, 5),
    }
}

fn creatinine(wanted: &Wanted, label: Response, total: u32, draws: &mut Draws) -> i64 {
    let base = wanted.creatinine as f64;
    let factor = match label {
        Response::Complete => 0.88,
        Response::Partial => 0.91,
        Response::None if wanted.never => 0.95,
        Response::None => 1.0,
    };
    let mut value = base * factor * libm::exp(0.10 * draws.normal());
    match label {
        Response::Complete => value = value.min((11 * CREATININE_ULN / 10) as f64),
        Response::Partial => value = value.min(1.09 * base),
        Response::None if total < 4 => value = value.max(1.15 * base),
        Response::None => {}
    }
    libm::round(value) as i64
}

/// The unscheduled visit at which a flare is seen, after the last visit in response.
fn flare_visit(flare: Flare, before: Values, draws: &mut Draws) -> Values {
    let mut now = before;
    now.red_cells = draws.integer(6, 39);
    now.white_cells = draws.integer(0, 20);
    now.casts = draws.integer(0, 2);
    match flare {
        Flare::Nephrotic => {
            now.day += draws.integer(40, 84);
            now.protein = draws.integer(320, 650);
            now.albumin = draws.integer(210, 335);
            now.c3 = (now.c3 - draws.integer(0, 15)).max(30);
        }
        Flare::Creatinine => {
            now.day += draws.integer(20, 30);
            now.creatinine = libm::ceil(before.creatinine as f64 * draws.between(1.36, 1.8)) as i64;
            now.protein = (before.protein * 8 / 5 + 30).min(290);
            now.albumin = (before.albumin - draws.integer(0, 20)).max(200);
        }
        Flare::Protein => {
            now.day += draws.integer(40, 87);
            now.protein = (libm::round(before.protein as f64 * draws.between(3.05, 3.6)) as i64).min(295);
            now.albumin = (before.albumin - draws.integer(10, 50)).max(200);
            now.c3 = before.c3 * 3 / 5;
        }
    }
    now
}
