//! The five-year lupus cohort of abstract SAT0244 (2017, n = 81): repeated infusions from bone marrow and umbilical cord.
//!
//! States come from SLEDAI items, prednisone and letters; each patient is drawn until the rules return its path, and the
//! whole cohort until every mean improves from 0 to 12 to 60 months, as the abstract says in words.

use super::draw::{EIGHT_POINTS, ItemOptions, baseline_letters, items, labs, letters_in, relapse_letters, tapered};
use super::rules::{Letter, Letters, SleVisit, State, clinical_state, count, relapse};
use super::{Extra, records};
use crate::calendar::people;
use crate::cohort::{Cohort, CohortInfo};
use crate::items::{Items, N_ITEMS, item};
use crate::record::{Infusion, TableOptions, tables};
use crate::{Draws, SimError};
use mscsle_domain::Day;

/// What the cohort imitates.
pub(crate) const INFO: CohortInfo = CohortInfo {
    id: "sat0244",
    title: "Refractory lupus treated with mesenchymal stem cells, n = 81, five years",
    citation: "Wang D, Sun L. Ann Rheum Dis 2017;76(Suppl 2):866, abstract SAT0244",
    seed: 244,
};

const N: usize = 81;
const MONTHS: [i64; 8] = [0, 3, 6, 12, 24, 36, 48, 60];
const DAYS: [i64; 8] = [0, 91, 182, 365, 730, 1095, 1461, 1826];
const REDRAWS: u32 = 50;
const ATTEMPTS: u32 = 4000;
/// First infusions: 2007-03-12 to 2011-12-16.
const PERIOD: (Day, Day) = (Day(13_584), Day(15_324));

/// Best state, and what happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Relapses,
    Dies,
}

/// Number of patients by best state and fate. The dead are never in remission (assumed).
const GROUPS: [(State, Fate, usize); 6] = [
    (State::Complete, Fate::Stays, 22),
    (State::Partial, Fate::Stays, 6),
    (State::Complete, Fate::Relapses, 5),
    (State::Partial, Fate::Relapses, 4),
    (State::None, Fate::Stays, 31),
    (State::None, Fate::Dies, 13),
];

#[derive(Debug, Clone, Copy)]
#[repr(u32)]
enum Purpose {
    Design = 301,
    Patient,
    Infusions,
    Calendar,
}

fn stream(seed: u64, purpose: Purpose, redraw: u32, patient: usize) -> Draws {
    Draws::new(seed, purpose as u32, redraw * 1000 + patient as u32)
}

/// What a patient must come out as.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    best: State,
    fate: Fate,
    death: Option<i64>,
    /// Number of planned visits before death.
    n_visits: usize,
}

/// Makes the cohort.
pub(crate) fn generate(seed: u64) -> Result<Cohort, SimError> {
    for redraw in 0..REDRAWS {
        let wanted = design(&mut stream(seed, Purpose::Design, redraw, 0));
        let visits = draw(seed, redraw, &wanted)?;
        if every_mean_improves(&visits) {
            return cohort(seed, redraw, &wanted, visits);
        }
    }
    Err(SimError::NoCohort { cohort: INFO.id, property: "every mean improves from 0 to 12 to 60 months".to_owned() })
}

fn design(draws: &mut Draws) -> Vec<Wanted> {
    let mut groups: Vec<(State, Fate)> =
        GROUPS.iter().flat_map(|(best, fate, n)| std::iter::repeat_n((*best, *fate), *n)).collect();
    draws.shuffle(&mut groups);
    // distinct days of death, all before five years
    let mut pool: Vec<i64> = (40..1826).collect();
    draws.shuffle(&mut pool);
    let mut deaths = pool.into_iter();
    groups
        .into_iter()
        .map(|(best, fate)| {
            let death = if fate == Fate::Dies { deaths.next() } else { None };
            // day > 30.4375 x month, in whole numbers
            let n_visits = MONTHS.iter().filter(|m| death.is_none_or(|d| d * 10_000 > 304_375 * **m)).count();
            Wanted { best, fate, death, n_visits }
        })
        .collect()
}

fn draw(seed: u64, redraw: u32, wanted: &[Wanted]) -> Result<Vec<Vec<SleVisit>>, SimError> {
    wanted
        .iter()
        .enumerate()
        .map(|(i, w)| {
            let mut draws = stream(seed, Purpose::Patient, redraw, i);
            (0..ATTEMPTS)
                .find_map(|_| attempt(w, &mut draws))
                .ok_or_else(|| SimError::NoSubject { subject: format!("patient {i}"), path: format!("{w:?}") })
        })
        .collect()
}

/// States at the planned visits and the visit of the relapse.
fn path(wanted: &Wanted, draws: &mut Draws) -> (Vec<State>, Option<usize>) {
    let mut states = vec![State::None; wanted.n_visits];
    let mut relapse = None;
    if wanted.best != State::None {
        let first = 1 + draws.weighted(&[0.3, 0.3, 0.25, 0.15]);
        states[first..].fill(wanted.best);
        if wanted.best == State::Complete && draws.chance(0.5) {
            states[first] = State::Partial;
        }
        if wanted.fate == Fate::Relapses {
            let at = draws.integer(first as i64 + 2, 7) as usize;
            states[at..].fill(State::None);
            relapse = Some(at);
        }
    }
    (states, relapse)
}

fn attempt(wanted: &Wanted, draws: &mut Draws) -> Option<Vec<SleVisit>> {
    // complete remission allows low complement and anti-DNA antibodies only
    let clinical: Vec<usize> =
        (0..N_ITEMS).filter(|&k| k != item("low_complement") && k != item("increased_dna_binding")).collect();
    let (states, relapse_at) = path(wanted, draws);
    let baseline = baseline_letters(None, draws);
    let first_total = (libm::round(6.0 + 2.6 * draws.gamma(3.0)) as i64).clamp(6, 34);
    let mut dose = [200, 250, 300, 400, 500, 600][draws.below(6)];
    let mut visits: Vec<SleVisit> = Vec::with_capacity(8);
    let mut best: Option<Letters> = None;
    let mut before: Option<Items> = None;
    for (v, &state) in states.iter().enumerate() {
        let years = MONTHS[v] as f64 / 60.0;
        let good = 0.75 * years + if state == State::None { 0.0 } else { 0.25 };
        let last = visits.last().map_or(first_total, |u| i64::from(u.total));
        let relapsed = relapse_at.is_some_and(|r| v >= r);
        let relapsing = relapse_at == Some(v);
        let mut options = ItemOptions { scale: 1.0, before: before.as_ref(), ..ItemOptions::default() };
        let (total, letters) = if v == 0 {
            (first_total, baseline)
        } else if relapsing {
            options.before = None;
            let total = (last + 4).max(7) + draws.integer(0, 5);
            (total.min(30), relapse_letters(best.as_ref()?, draws.chance(0.5), draws))
        } else {
            match state {
                State::Complete => {
                    options = ItemOptions { scale: 0.5, absent: &clinical, ..options };
                    let total = [0, 2, 4][draws.weighted(&[0.5, 0.35, 0.15])];
                    (total, letters_in(State::Complete, &baseline, None, draws)?)
                }
                State::Partial => {
                    options = ItemOptions { scale: 0.5, absent: &EIGHT_POINTS, ..options };
                    let total = draws.integer(3, (first_total / 2).min(6));
                    let as_letters = if draws.chance(0.5) { State::Partial } else { State::Complete };
                    (total, letters_in(as_letters, &baseline, best.as_ref(), draws)?)
                }
                State::None => {
                    options.scale = 0.7;
                    if relapsed {
                        ((last - 1).max(7), visits.last()?.letters)
                    } else {
                        let least = if draws.chance(0.8) { 7 } else { 5 };
                        let share = draws.between(0.7, 1.0) - 0.3 * years;
                        let total = libm::round(first_total as f64 * share) as i64;
                        (total.max(least), letters_in(State::None, &baseline, None, draws)?)
                    }
                }
            }
        };
        let items = items(total as u32, &options, draws).ok()?;
        if relapsing {
            dose += 200;
        } else if v > 0 {
            dose = if state == State::Complete { tapered(dose, 0.6, 25).min(100) } else { tapered(dose, 0.7, 25) };
        }
        let mut values = labs(DAYS[v], &items, None, good, draws);
        if state != State::None {
            values.protein = values.protein.min(290);
        }
        if v > 0 && state != State::None && (best.is_none() || state == State::Complete) {
            best = Some(letters);
        }
        before = Some(items);
        visits.push(SleVisit { month: MONTHS[v], values, letters, items, total: total as u32, prednisone: dose });
    }
    let got: Vec<State> = visits
        .iter()
        .enumerate()
        .map(|(k, u)| if k == 0 { State::None } else { clinical_state(&visits[0], u) })
        .collect();
    let kept = got == states
        && eligible(&visits[0])
        && relapse(&visits, &got) == relapse_at
        && visits.iter().all(|u| u.values.agree_with(&u.items));
    kept.then_some(visits)
}

/// SLEDAI at least 8, one A, or two B.
fn eligible(baseline: &SleVisit) -> bool {
    baseline.total >= 8 || count(&baseline.letters, Letter::A) >= 1 || count(&baseline.letters, Letter::B) >= 2
}

/// SLEDAI and protein lower, albumin, C3, leucocytes and platelets higher at 12 and again at 60 months.
fn every_mean_improves(visits: &[Vec<SleVisit>]) -> bool {
    let improves = |lower: bool, f: &dyn Fn(&SleVisit) -> i64| {
        let mean = |month: i64| {
            let here: Vec<i64> = visits.iter().flatten().filter(|u| u.month == month).map(f).collect();
            here.iter().sum::<i64>() as f64 / here.len() as f64
        };
        let (first, year, last) = (mean(0), mean(12), mean(60));
        if lower { first > year && year > last } else { first < year && year < last }
    };
    improves(true, &|u| i64::from(u.total))
        && improves(true, &|u| u.values.protein)
        && improves(false, &|u| u.values.albumin)
        && improves(false, &|u| u.values.c3)
        && improves(false, &|u| u.values.leucocytes.unwrap_or(0))
        && improves(false, &|u| u.values.platelets.unwrap_or(0))
}

/// One to five infusions, from bone marrow, umbilical cord or both in turn.
fn infusions(end: i64, draws: &mut Draws) -> Vec<Infusion> {
    let sources: &[&'static str] = match draws.weighted(&[0.4, 0.45, 0.15]) {
        0 => &["BM"],
        1 => &["UC"],
        _ => &["BM", "UC"],
    };
    let wanted = (1 + draws.weighted(&[0.5, 0.25, 0.13, 0.08, 0.04])).max(sources.len());
    let mut days = vec![0];
    // courses at least 60 days apart; fewer when life is too short for them
    for _ in 0..50 {
        if days.len() == wanted || end <= 90 {
            break;
        }
        let day = draws.integer(90, end - 1);
        if days.iter().all(|d: &i64| (d - day).abs() >= 60) {
            days.push(day);
        }
    }
    days.sort_unstable();
    days.into_iter()
        .enumerate()
        .map(|(k, day)| Infusion { day, course: k as i64 + 1, source: sources[k % sources.len()] })
        .collect()
}

fn cohort(seed: u64, redraw: u32, wanted: &[Wanted], visits: Vec<Vec<SleVisit>>) -> Result<Cohort, SimError> {
    let mut draws = stream(seed, Purpose::Calendar, redraw, 0);
    let people = people(N, PERIOD.0, PERIOD.1, (1827, 1917), &mut draws);
    let extras = wanted
        .iter()
        .enumerate()
        .map(|(i, w)| {
            let age = ((31.0 + 10.0 * draws.normal()) as i64).clamp(16, 62);
            Extra {
                stratum: None,
                centre: 1,
                age,
                duration_months: ((36.0 * draws.gamma(2.0)) as i64).clamp(6, 300).min(12 * (age - 10)),
                infusions: infusions(w.death.unwrap_or(1826), &mut stream(seed, Purpose::Infusions, redraw, i)),
                death: w.death.map(|day| (day, None)),
                adverse_events: Vec::new(),
            }
        })
        .collect();
    let records = records("SA", people, visits, extras);
    Ok(Cohort { info: INFO, seed, tables: tables(&records, TableOptions::default())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_seed_gives_the_published_counts() {
        for seed in 0..8 {
            let (wanted, visits) = (0..REDRAWS)
                .map(|r| {
                    let wanted = design(&mut stream(seed, Purpose::Design, r, 0));
                    let visits = draw(seed, r, &wanted).unwrap();
                    (wanted, visits)
                })
                .find(|(_, v)| every_mean_improves(v))
                .unwrap();
            let states: Vec<Vec<State>> =
                visits.iter().map(|v| v[1..].iter().map(|u| clinical_state(&v[0], u)).collect()).collect();
            let best = |s: State| states.iter().filter(|x| x.iter().max() == Some(&s)).count();
            assert_eq!((best(State::Complete), best(State::Partial)), (27, 10), "seed {seed}");
            let last = |s: State| {
                states.iter().zip(&wanted).filter(|(x, w)| w.death.is_none() && x.last() == Some(&s)).count()
            };
            assert_eq!((last(State::Complete), last(State::Partial)), (22, 6), "seed {seed}");
            assert_eq!(wanted.iter().filter(|w| w.death.is_some()).count(), 13);
        }
    }
}
