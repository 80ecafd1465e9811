//! Monotone likelihood: directions along which the partial likelihood rises for ever.
//!
//! A direction c makes the likelihood monotone exactly when at every event time each death has the largest c'x of its
//! risk set (and somewhere a strictly larger one than another row at risk): then moving along c raises every factor. With
//! exact ties the factor compares the deaths with every other choice of as many rows, so each death need only be as large as
//! the largest row that survives the time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::Ties;
use super::design::Design;

/// A value that orders in a heap.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ranked(f64, usize);

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

/// Whether the log-likelihood rises without bound of the coefficients along `direction`.
pub(crate) fn is_monotone(design: &Design, direction: &[f64]) -> bool {
    let value: Vec<f64> =
        (0..design.rows()).map(|i| design.row(i).iter().zip(direction).map(|(x, d)| x * d).sum()).collect();
    let largest = value.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let tolerance = 1e-9 * largest;
    let mut strict = false;
    let mut highest = BinaryHeap::new();
    let mut lowest = BinaryHeap::new();
    for stratum in &design.strata {
        highest.clear();
        lowest.clear();
        let mut at = stratum.rows.0;
        for k in stratum.events.0..stratum.events.1 {
            let end = design.end[k] as usize;
            let deaths = end - design.deaths[k] as usize;
            let mut survivor = None;
            for (is_death, part) in [(false, at..deaths), (true, deaths..end)] {
                for position in part {
                    highest.push(Ranked(value[position], position));
                    lowest.push(Ranked(-value[position], position));
                }
                for heap in [&mut highest, &mut lowest] {
                    while heap.peek().is_some_and(|top: &Ranked| !design.at_risk(top.1, k)) {
                        heap.pop();
                    }
                }
                if !is_death {
                    survivor = highest.peek().copied();
                }
            }
            at = end;
            let (Some(top), Some(bottom)) = (highest.peek(), lowest.peek()) else {
                continue;
            };
            let rival = if design.ties == Ties::Exact { survivor } else { Some(*top) };
            let Some(rival) = rival else {
                continue;
            };
            let least_death = value[deaths..end].iter().copied().fold(f64::INFINITY, f64::min);
            if least_death < rival.0 - tolerance {
                return false;
            }
            strict |= -bottom.0 < top.0 - 1e3 * tolerance;
        }
    }
    strict
}

/// A direction of monotone likelihood near the last Newton step: a single column if one will do, else the step without
/// its small components.
///
/// `along` holds directions found before, which the candidate is added to.
pub(crate) fn monotone_direction(design: &Design, step: &[f64], along: &[f64], active: &[bool]) -> Option<Vec<f64>> {
    let monotone = |direction: &[f64]| {
        let combined: Vec<f64> = direction.iter().zip(along).map(|(d, a)| d + 1e4 * a).collect();
        is_monotone(design, &combined)
    };
    let p = design.p;
    let largest = step.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
    if !(largest.is_finite() && largest > 0.0) {
        return None;
    }
    let mut columns: Vec<usize> = (0..p).filter(|&j| active[j] && step[j].abs() > 1e-3 * largest).collect();
    columns.sort_by(|&a, &b| step[b].abs().total_cmp(&step[a].abs()));
    for &j in &columns {
        let mut direction = vec![0.0; p];
        direction[j] = step[j].signum();
        if monotone(&direction) {
            return Some(direction);
        }
    }
    for threshold in [0.3, 0.1, 1e-2, 1e-3, 1e-6] {
        let direction: Vec<f64> =
            step.iter().map(|&s| if s.abs() > threshold * largest { rounded(s / largest) } else { 0.0 }).collect();
        if monotone(&direction) {
            return Some(direction);
        }
    }
    None
}

/// Steps near a multiple of 1/12 are taken as that multiple: contrasts between columns are such numbers.
fn rounded(value: f64) -> f64 {
    let twelfths = (value * 12.0).round() / 12.0;
    if (value - twelfths).abs() < 1e-3 { twelfths } else { value }
}
