//! The four-centre lupus trial as reported twice: Wang 2014 and abstract 1409 of 2012 (n = 40).
//!
//! Order of construction: best states, relapses, deaths and nephritis subset; 24-hour protein of the subset with exact mean
//! and SD; SLEDAI totals with exact mean and SD over all 40, the last total of the dead carried forward; per patient,
//! letters, items, values and doses until the rules return states and relapse; the whole cohort again until the sentences
//! without numbers hold.

use super::draw::{
    EIGHT_POINTS, ItemOptions, baseline_letters, items, labs, letters_in, relapse_letters, settled, tapered,
};
use super::rules::{Letters, SleVisit, State, msct_state, relapse};
use super::{Extra, records};
use crate::calendar::people;
use crate::cohort::{Cohort, CohortInfo};
use crate::integers::{VectorShape, int_vector};
use crate::items::Items;
use crate::margins::{Margin, Rounding, feasible, middle};
use crate::record::{AdverseEvent, Infusion, TableOptions, tables};
use crate::{Draws, Latent, SimError, by_rank, positive_marker};
use mscsle_domain::Day;

/// What the cohort of the paper imitates.
pub(crate) const PAPER: CohortInfo = CohortInfo {
    id: "wang2014",
    title: "Active lupus treated with umbilical cord mesenchymal stem cells in four centres, n = 40, 12 months",
    citation: "Wang D et al. Arthritis Res Ther 2014;16:R79, doi:10.1186/ar4520",
    seed: 2014,
};

/// What the cohort of the abstract imitates.
pub(crate) const ABSTRACT: CohortInfo = CohortInfo {
    id: "sun2012_1409",
    title: "Active lupus treated with umbilical cord mesenchymal stem cells in four centres, n = 40, as reported in 2012",
    citation: "Abstract 1409, ACR annual meeting 2012",
    seed: 1409,
};

const N: usize = 40;
const MONTHS: [i64; 5] = [0, 3, 6, 9, 12];
const DAYS: [i64; 5] = [0, 91, 183, 274, 365];
/// Printed mean and SD, and assumed bounds, of SLEDAI at each visit.
const SLEDAI: [(&str, &str, i64, i64); 5] = [
    ("10.83", "4.63", 7, 34),
    ("7.43", "3.93", 0, 34),
    ("6.30", "3.63", 0, 30),
    ("6.40", "3.84", 0, 30),
    ("6.48", "3.52", 0, 30),
];
/// Mean and SD of 24-hour protein in g; those of months 3 and 6 are interpolated.
const PROTEIN: [(&str, &str); 5] =
    [("2.24", "1.43"), ("2.05", "1.45"), ("1.85", "1.50"), ("1.24", "1.09"), ("1.41", "1.33")];
/// Size of the nephritis subset.
const NEPHRITIS: usize = 26;
/// Days of death of the paper and the totals of the three at 0, 3 and 6 months.
const DEATHS: [(i64, &[i64]); 3] = [(7, &[12]), (192, &[12, 11, 12]), (256, &[13, 11, 10])];
/// Relapses at 9 and at 12 months.
const RELAPSES: (usize, usize) = (3, 4);
const REDRAWS: u32 = 400;
const ATTEMPTS: u32 = 3000;
/// First infusions: 2010-01-11 to 2011-05-13, before the abstract of 2012 by a year of follow-up.
const PERIOD: (Day, Day) = (Day(14_620), Day(15_107));

/// Which report is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    Paper,
    Abstract,
}

impl Report {
    fn info(self) -> CohortInfo {
        match self {
            Report::Paper => PAPER,
            Report::Abstract => ABSTRACT,
        }
    }

    /// Patients whose best state is complete and partial.
    fn states(self) -> (usize, usize) {
        match self {
            Report::Paper => (13, 11),
            Report::Abstract => (14, 15),
        }
    }
}

#[derive(Debug, Clone, Copy)]
#[repr(u32)]
enum Purpose {
    Design = 101,
    Protein,
    Totals,
    Patient,
    Calendar,
}

fn stream(seed: u64, report: Report, purpose: Purpose, redraw: u32, patient: usize) -> Draws {
    let shift = if report == Report::Paper { 0 } else { 100 };
    Draws::new(seed, purpose as u32 + shift, redraw * 1000 + patient as u32)
}

/// What each patient must come out as.
#[derive(Debug, Clone)]
struct Design {
    states: Vec<[State; 5]>,
    /// Visit of the relapse.
    relapse: Vec<Option<usize>>,
    /// Position in [`DEATHS`].
    death: Vec<Option<usize>>,
    nephritis: Vec<bool>,
}

impl Design {
    fn alive(&self, i: usize, v: usize) -> bool {
        // day > 30.4375 x month, in whole numbers
        self.death[i].is_none_or(|d| DEATHS[d].0 * 10_000 > 304_375 * MONTHS[v])
    }
}

/// Makes the cohort of a report.
pub(crate) fn generate(report: Report, seed: u64) -> Result<Cohort, SimError> {
    for redraw in 0..REDRAWS {
        let (design, visits) = draw(report, seed, redraw)?;
        if directions_hold(&design, &visits) {
            return cohort(report, seed, redraw, &design, visits);
        }
    }
    Err(SimError::NoCohort { cohort: report.info().id, property: "the directions stated in words".to_owned() })
}

fn draw(report: Report, seed: u64, redraw: u32) -> Result<(Design, Vec<Vec<SleVisit>>), SimError> {
    let design = design(report, &mut stream(seed, report, Purpose::Design, redraw, 0));
    let protein = protein(&design, &mut stream(seed, report, Purpose::Protein, redraw, 0))?;
    let totals = totals(report, &design, &protein, &mut stream(seed, report, Purpose::Totals, redraw, 0))?;
    let visits = (0..N)
        .map(|i| {
            let mut draws = stream(seed, report, Purpose::Patient, redraw, i);
            (0..ATTEMPTS).find_map(|_| attempt(&design, i, &protein[i], &totals[i], &mut draws)).ok_or_else(|| {
                SimError::NoSubject { subject: format!("patient {i}"), path: format!("{:?}", design.states[i]) }
            })
        })
        .collect::<Result<_, _>>()?;
    Ok((design, visits))
}

fn design(report: Report, draws: &mut Draws) -> Design {
    let (complete, partial) = report.states();
    let mut best = [State::None; N];
    best[..complete].fill(State::Complete);
    best[complete..complete + partial].fill(State::Partial);
    draws.shuffle(&mut best);
    let mut responders: Vec<usize> = (0..N).filter(|&i| best[i] != State::None).collect();
    let mut others: Vec<usize> = (0..N).filter(|&i| best[i] == State::None).collect();
    draws.shuffle(&mut responders);
    draws.shuffle(&mut others);
    let mut relapse = vec![None; N];
    for (k, &i) in responders.iter().take(RELAPSES.0 + RELAPSES.1).enumerate() {
        relapse[i] = Some(if k < RELAPSES.0 { 3 } else { 4 });
    }
    let mut death = vec![None; N];
    if report == Report::Paper {
        for (k, &i) in others.iter().take(DEATHS.len()).enumerate() {
            death[i] = Some(k);
        }
    }
    let mut nephritis = vec![false; N];
    for &i in draws.permutation(N).iter().take(NEPHRITIS) {
        nephritis[i] = true;
    }
    let states = (0..N)
        .map(|i| {
            let mut s = [State::None; 5];
            if best[i] != State::None {
                let early = report == Report::Abstract || relapse[i].is_some();
                let first =
                    1 + if early { draws.weighted(&[0.6, 0.4]) } else { draws.weighted(&[0.5, 0.3, 0.12, 0.08]) };
                s[first..].fill(best[i]);
                if best[i] == State::Complete && first == 1 && draws.chance(0.4) {
                    s[1] = State::Partial;
                }
                if let Some(r) = relapse[i] {
                    s[r..].fill(State::None);
                }
            }
            s
        })
        .collect();
    Design { states, relapse, death, nephritis }
}

/// 24-hour protein in 0.01 g: exact mean and SD in the nephritis subset, 0.05 to 0.30 g elsewhere.
fn protein(design: &Design, draws: &mut Draws) -> Result<Vec<[i64; 5]>, SimError> {
    let own: Vec<f64> = (0..N).map(|_| draws.normal()).collect();
    let mut out = vec![[0; 5]; N];
    for (v, (mean, sd)) in PROTEIN.iter().enumerate() {
        let here: Vec<usize> = (0..N).filter(|&i| design.nephritis[i] && design.alive(i, v)).collect();
        let raw: Vec<f64> = here
            .iter()
            .map(|&i| {
                let state = match design.states[i][v] {
                    _ if v == 0 => 0.0,
                    State::Complete => -1.1,
                    State::Partial => -0.3,
                    State::None => 0.4,
                };
                let relapse = if design.relapse[i] == Some(v) { 0.5 } else { 0.0 };
                0.7 * own[i] + 0.5 * draws.normal() + state + relapse
            })
            .collect();
        let lower = if v == 0 { 55 } else { 4 };
        let values = positive_marker(&crate::latent::standardized(&raw), Margin::parse(mean, sd)?, lower, 2)?;
        for (&i, value) in here.iter().zip(values) {
            out[i][v] = value;
        }
        for (i, row) in out.iter_mut().enumerate() {
            if !design.nephritis[i] {
                row[v] = draws.integer(5, 30);
            }
        }
    }
    Ok(out)
}

/// SLEDAI totals, exact over all 40 with the last total of the dead carried forward.
fn totals(report: Report, design: &Design, protein: &[[i64; 5]], draws: &mut Draws) -> Result<Vec<[u32; 5]>, SimError> {
    const REDRAWS: u32 = 60;
    let info = report.info();
    let latent = Latent::default().scores(N, &MONTHS.map(|m| m as f64), draws);
    let free: Vec<usize> = (0..N).filter(|&i| design.death[i].is_none()).collect();
    let mut out = vec![[0_u32; 5]; N];
    for (v, (mean, sd, low, high)) in SLEDAI.iter().enumerate() {
        let sums = feasible(Margin::parse(mean, sd)?, N, *low, *high, Rounding::HalfUp)?;
        let (sum, squares) = middle(&sums).unwrap_or((0, 0));
        let carried: Vec<(usize, i64)> =
            (0..N).filter_map(|i| design.death[i].map(|d| (i, DEATHS[d].1[v.min(DEATHS[d].1.len() - 1)]))).collect();
        let mut fixed: Vec<i64> = carried.iter().map(|(_, t)| *t).collect();
        if v == 0 && report == Report::Paper {
            fixed.extend([34, 7]); // the published extremes
        }
        let shape = VectorShape { low: *low, high: *high, skew: 0.8, fixed };
        let mut found = false;
        for _ in 0..REDRAWS {
            let mut vector = int_vector(N, sum, squares, &shape, draws)?;
            for (_, t) in &carried {
                if let Some(k) = vector.iter().position(|x| x == t) {
                    vector.remove(k);
                }
            }
            let scores: Vec<f64> = free
                .iter()
                .map(|&i| {
                    let state = match design.states[i][v] {
                        _ if v == 0 => 0.0,
                        State::Complete => -1.3,
                        State::Partial => -0.3,
                        State::None => 0.6,
                    };
                    let relapse = if design.relapse[i] == Some(v) { 1.2 } else { 0.0 };
                    latent[i][v] + state + relapse + if protein[i][v] > 50 { 0.5 } else { -0.3 }
                })
                .collect();
            for (&i, t) in free.iter().zip(by_rank(&vector, &scores)) {
                out[i][v] = t as u32;
            }
            for (i, t) in &carried {
                out[*i][v] = *t as u32;
            }
            if give_points_to_the_proteinuric(&mut out, &free, protein, v) {
                found = true;
                break;
            }
        }
        if !found {
            return Err(SimError::NoCohort {
                cohort: info.id,
                property: format!("four points for every patient with protein above 0.5 g at month {}", MONTHS[v]),
            });
        }
    }
    Ok(out)
}

/// A proteinuria item needs four points: totals are exchanged; false when there are too few.
fn give_points_to_the_proteinuric(totals: &mut [[u32; 5]], free: &[usize], protein: &[[i64; 5]], v: usize) -> bool {
    let poor: Vec<usize> = free.iter().copied().filter(|&i| protein[i][v] > 50 && totals[i][v] < 4).collect();
    let mut rich: Vec<usize> = free.iter().copied().filter(|&i| protein[i][v] <= 50 && totals[i][v] >= 4).collect();
    rich.sort_by_key(|&i| totals[i][v]);
    if poor.len() > rich.len() {
        return false;
    }
    for (i, j) in poor.into_iter().zip(rich) {
        let own = totals[i][v];
        totals[i][v] = totals[j][v];
        totals[j][v] = own;
    }
    true
}

/// The visits of one patient, when the rules return the states and the relapse.
fn attempt(
    design: &Design,
    i: usize,
    protein: &[i64; 5],
    totals: &[u32; 5],
    draws: &mut Draws,
) -> Option<Vec<SleVisit>> {
    let (states, relapse_at) = (&design.states[i], design.relapse[i]);
    let baseline = baseline_letters(Some(design.nephritis[i]), draws);
    let mut visits: Vec<SleVisit> = Vec::with_capacity(5);
    let mut best: Option<Letters> = None;
    let mut before: Option<Items> = None;
    let mut dose = [200, 300, 400, 500, 600][draws.below(5)];
    let mut first_creatinine = 0.0;
    for v in (0..5).filter(|&v| design.alive(i, v)) {
        let (state, relapsing) = (states[v], relapse_at == Some(v));
        let responds = v > 0 && state != State::None;
        let options = ItemOptions {
            scale: if v > 0 { 0.5 } else { 1.0 },
            before: before.as_ref(),
            proteinuria: Some(protein[v] > 50),
            absent: if responds { &EIGHT_POINTS } else { &[] },
        };
        let items = items(totals[v], &options, draws).ok()?;
        let gain = [0.0, 0.6, 1.0, 0.75, 0.6][v] * if state == State::None { 0.5 } else { 1.0 };
        let mut values = labs(DAYS[v], &items, Some(protein[v]), gain, draws);
        if v == 0 {
            first_creatinine = values.creatinine as f64;
        } else {
            dose = if relapsing { dose + 200 } else { tapered(dose, 0.7, 50) };
        }
        let worse = if relapse_at.is_some_and(|r| v >= r) { 1.22 } else { 1.0 };
        values.creatinine =
            libm::round(first_creatinine * (1.0 - 0.14 * gain) * worse * libm::exp(0.04 * draws.normal())) as i64;
        values.albumin = (values.albumin + libm::round(30.0 * gain) as i64).min(500);
        if state != State::None && values.protein >= 300 {
            values.albumin = draws.integer(355, 380); // heavy protein without nephrotic syndrome
        }
        let letters = if v == 0 {
            baseline
        } else if relapsing {
            relapse_letters(best.as_ref()?, draws.chance(0.3), draws)
        } else if v == 1 || state != states[v - 1] {
            letters_in(state, &baseline, best.as_ref(), draws)?
        } else {
            settled(&visits.last()?.letters, &baseline, state, draws)
        };
        if responds && (best.is_none() || state == State::Complete) {
            best = Some(letters);
        }
        before = Some(items);
        visits.push(SleVisit { month: MONTHS[v], values, letters, items, total: totals[v], prednisone: dose });
    }
    let got: Vec<State> = visits
        .iter()
        .enumerate()
        .map(|(k, visit)| if k == 0 { State::None } else { msct_state(&baseline, &visit.letters) })
        .collect();
    let kept = got[..] == states[..got.len()] && relapse(&visits, &got) == relapse_at;
    (kept && visits.iter().all(|u| u.values.agree_with(&u.items))).then_some(visits)
}

/// The sentences without numbers: SLEDAI lower at every visit (p < 0.05), protein lower at 9 and 12 months but not at 3 and
/// 6, BILAG total falling at every visit, creatinine lowest and albumin and C3 highest at 6 months.
fn directions_hold(design: &Design, visits: &[Vec<SleVisit>]) -> bool {
    let mean = |v: usize, f: &dyn Fn(&SleVisit) -> i64| {
        let here: Vec<i64> = visits.iter().flatten().filter(|u| u.month == MONTHS[v]).map(f).collect();
        here.iter().sum::<i64>() as f64 / here.len() as f64
    };
    let falls = |v: usize, f: &dyn Fn(&SleVisit) -> i64, nephritis: bool| {
        let changes: Vec<f64> = visits
            .iter()
            .enumerate()
            .filter(|(i, _)| !nephritis || design.nephritis[*i])
            .filter_map(|(_, u)| Some((f(u.iter().find(|w| w.month == MONTHS[v])?) - f(u.first()?)) as f64))
            .collect();
        super::paired_t(&changes) < -critical_t(changes.len() as f64 - 1.0)
    };
    let sledai = |u: &SleVisit| i64::from(u.total);
    let protein = |u: &SleVisit| u.values.protein;
    let series = |f: &dyn Fn(&SleVisit) -> i64| (0..5).map(|v| mean(v, f)).collect::<Vec<f64>>();
    let bilag = series(&|u| u.letters.iter().map(|l| l.points()).sum());
    let extreme_at_6 = |x: &[f64], sign: f64| (0..5).all(|v| v == 2 || sign * x[v] < sign * x[2]);
    (1..5).all(|v| falls(v, &sledai, false))
        && [false, false, true, true] == [1, 2, 3, 4].map(|v| falls(v, &protein, true))
        && bilag.windows(2).all(|w| w[0] > w[1])
        && extreme_at_6(&series(&|u| u.values.creatinine), -1.0)
        && extreme_at_6(&series(&|u| u.values.albumin), 1.0)
        && extreme_at_6(&series(&|u| u.values.c3), 1.0)
}

/// Two-sided 5 % point of Student's t by its expansion in 1/df, good to 1e-4 from 15 degrees of freedom on.
fn critical_t(df: f64) -> f64 {
    let z = 1.959_963_984_540_054_f64;
    let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z);
    z + (z3 + z) / (4.0 * df)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * df * df)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * df * df * df)
}

/// Adverse events of the paper's table: herpes zoster three times in two patients, tuberculosis once; none related.
const HERPES: usize = 2;

fn cohort(
    report: Report,
    seed: u64,
    redraw: u32,
    design: &Design,
    visits: Vec<Vec<SleVisit>>,
) -> Result<Cohort, SimError> {
    let mut draws = stream(seed, report, Purpose::Calendar, redraw, 0);
    let people = people(N, PERIOD.0, PERIOD.1, (366, 400), &mut draws);
    let mut extras: Vec<Extra> = (0..N)
        .map(|i| {
            let death = design.death[i].map(|d| DEATHS[d].0);
            let infusion = |day| Infusion { day, course: 1, source: "UC" };
            let second = death.is_none_or(|d| d > 7);
            let age = ((32.0 + 10.0 * draws.normal()) as i64).clamp(16, 62);
            Extra {
                stratum: Some(if design.nephritis[i] { "nephritis" } else { "no nephritis" }),
                centre: 1 + i as i64 % 4,
                age,
                duration_months: ((32.0 * draws.gamma(2.0)) as i64).clamp(6, 300).min(12 * (age - 10)),
                infusions: if second { vec![infusion(0), infusion(7)] } else { vec![infusion(0)] },
                death: death.map(|day| (day, Some("judged unrelated to the cells; cause not modelled"))),
                adverse_events: Vec::new(),
            }
        })
        .collect();
    if report == Report::Paper {
        adverse_events(&mut extras, &mut draws);
    }
    let records = records(if report == Report::Paper { "WA" } else { "SU" }, people, visits, extras);
    let options = TableOptions { stratum: true, adverse_events: true };
    Ok(Cohort { info: report.info(), seed, tables: tables(&records, options)? })
}

fn adverse_events(extras: &mut [Extra], draws: &mut Draws) {
    let mut survivors: Vec<usize> = (0..N).filter(|&i| extras[i].death.is_none()).collect();
    draws.shuffle(&mut survivors);
    for (k, &i) in survivors.iter().take(HERPES + 1).enumerate() {
        let event = |term, day| AdverseEvent { term, class: "Infections and infestations", fatal: false, day };
        let day = draws.integer(60, 200);
        match k {
            0 => {
                extras[i].adverse_events.push(event("herpes zoster", day));
                extras[i].adverse_events.push(event("herpes zoster", day + draws.integer(30, 120)));
            }
            1 => extras[i].adverse_events.push(event("herpes zoster", day)),
            _ => extras[i].adverse_events.push(event("tuberculosis", day + 120)),
        }
    }
    for extra in extras {
        if let Some((day, _)) = extra.death {
            extra.adverse_events.push(AdverseEvent { term: "death", class: "General disorders", fatal: true, day });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_seed_gives_the_counts_of_its_report() {
        for report in [Report::Paper, Report::Abstract] {
            for seed in 0..8 {
                let (design, visits) =
                    (0..REDRAWS).map(|r| draw(report, seed, r).unwrap()).find(|(d, v)| directions_hold(d, v)).unwrap();
                let states: Vec<Vec<State>> = visits
                    .iter()
                    .map(|v| v[1..].iter().map(|u| msct_state(&v[0].letters, &u.letters)).collect())
                    .collect();
                let best = |wanted| match report {
                    Report::Paper => states.iter().filter(|s| s.iter().max() == Some(&wanted)).count(),
                    Report::Abstract => states.iter().filter(|s| s[1] == wanted).count(),
                };
                assert_eq!((best(State::Complete), best(State::Partial)), report.states(), "seed {seed}");
                for (v, (mean, sd, ..)) in SLEDAI.iter().enumerate() {
                    let carried: Vec<i64> = visits
                        .iter()
                        .map(|u| i64::from(u.iter().rev().find(|w| w.month <= MONTHS[v]).unwrap().total))
                        .collect();
                    assert!(Margin::parse(mean, sd).unwrap().fits(&carried, 0, Rounding::HalfUp), "seed {seed}");
                }
                assert_eq!(design.relapse.iter().filter(|r| **r == Some(3)).count(), 3);
                assert_eq!(design.relapse.iter().filter(|r| **r == Some(4)).count(), 4);
            }
        }
    }

    #[test]
    fn critical_t_agrees_with_r() {
        // R 4.2: qt(0.975, c(15, 25, 39))
        for (df, expected) in [(15.0, 2.131_449_5), (25.0, 2.059_538_6), (39.0, 2.022_690_9)] {
            assert!((critical_t(df) - expected).abs() < 1e-4);
        }
    }
}
