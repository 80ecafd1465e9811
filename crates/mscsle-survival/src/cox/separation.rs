//! Monotone likelihood: which coefficients are infinite, and the model that is left in their limit.
//!
//! A direction d makes the likelihood monotone exactly when at every event time each death has the largest d'x of its
//! risk set (and somewhere a strictly larger one than another row at risk). With exact ties the factor compares the deaths
//! with every other choice of as many rows, so each death need only be as large as the largest row that survives the time.
//!
//! In the limit along d only rows with the d'x of the death count in a risk set: the limit is the Cox model with the values
//! of d'x as further strata (for exact ties too: deaths with more than the least d'x of the deaths are then alone in
//! theirs, and certain). Repeating this until no direction is left gives a model whose maximum exists, and whose largest
//! log-likelihood is the supremum of the first one's.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::Ties;
use super::design::Design;
use crate::SurvivalError;
use crate::recession::{Comparisons, Cone, Extremes, Search, ranges, tie, values};

/// A share of a unit vector below which a column has no part in a direction.
const NO_PART: f64 = 1e-7;

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

/// The largest value among rows at risk.
struct Largest<'a> {
    design: &'a Design,
    heap: BinaryHeap<Ranked>,
}

impl Largest<'_> {
    fn push(&mut self, value: f64, position: usize) {
        if !self.design.has_entry() {
            // nobody leaves: one row is enough
            if self.heap.peek().is_some_and(|top| top.0 >= value) {
                return;
            }
            self.heap.clear();
        }
        self.heap.push(Ranked(value, position));
    }

    /// The row with the largest value at event `k`.
    fn at(&mut self, k: usize) -> Option<usize> {
        while self.heap.peek().is_some_and(|top| !self.design.at_risk(top.1, k)) {
            self.heap.pop();
        }
        self.heap.peek().map(|top| top.1)
    }
}

impl Comparisons for Design {
    fn rows(&self) -> usize {
        self.order.len()
    }

    fn row(&self, position: usize) -> &[f64] {
        Self::row(self, position)
    }

    fn extremes(&self, value: &[f64], tell: &mut dyn FnMut(Extremes)) {
        let mut high = Largest { design: self, heap: BinaryHeap::new() };
        let mut low = Largest { design: self, heap: BinaryHeap::new() };
        for stratum in &self.strata {
            high.heap.clear();
            low.heap.clear();
            let mut at = stratum.rows.0;
            for k in stratum.events.0..stratum.events.1 {
                let deaths = self.death_rows(k);
                let mut others = (None, None);
                for (is_death, part) in [(false, at..deaths.start), (true, deaths.clone())] {
                    for position in part {
                        high.push(value[position], position);
                        low.push(-value[position], position);
                    }
                    if is_death != (self.ties == Ties::Exact) {
                        others = (high.at(k), low.at(k));
                    }
                }
                at = deaths.end;
                let least_death = deaths.clone().min_by(|&a, &b| value[a].total_cmp(&value[b]));
                let highest_death = deaths.max_by(|&a, &b| value[a].total_cmp(&value[b]));
                if let (Some(least_death), Some(highest_death), (Some(top), Some(bottom))) =
                    (least_death, highest_death, others)
                {
                    tell(Extremes { least_death, highest_death, top, bottom });
                }
            }
        }
    }
}

/// The model in the limit of infinite coefficients.
pub(crate) struct Limit {
    /// The data with further strata.
    pub(crate) design: Design,
    /// Columns whose coefficients are infinite or undetermined.
    pub(crate) touched: Vec<bool>,
    /// Where infinite coefficients run: +1, -1, or 0 for the others.
    pub(crate) infinite: Vec<f64>,
    /// Columns that fix a scale along the infinite directions; the others have a maximum without them.
    pub(crate) pivots: Vec<bool>,
}

/// What is known about the maximum.
pub(crate) enum Maximum {
    /// It exists.
    Finite,
    /// It lies at infinity.
    Infinite(Box<Limit>),
    /// Rounding left it open.
    Undecided,
}

/// Whether the likelihood in the `free` columns (none of which depends on the others) has a maximum.
///
/// `with_strata` prepares the same data with other stratum codes; rows of the input without one have no part in the design.
pub(crate) fn maximum(
    design: &Design,
    free: &[bool],
    with_strata: &dyn Fn(Vec<u32>) -> Result<Design, SurvivalError>,
) -> Result<Maximum, SurvivalError> {
    let p = design.p;
    let columns: Vec<usize> = (0..p).filter(|&j| free[j]).collect();
    let ranges = ranges(design, p);
    let mut cone = Cone::new(design, &columns, &ranges);
    let mut direction = match cone.search(None) {
        Search::Absent => return Ok(Maximum::Finite),
        Search::Undecided => return Ok(Maximum::Undecided),
        Search::Found(direction) => direction,
    };
    let mut limit = None;
    // each round leaves fewer directions along which the likelihood changes
    for _ in 0..columns.len() {
        let before = limit.as_ref().map_or(design, |(finer, _)| finer);
        let finer = with_strata(levels(before, &direction, tie(&direction, &ranges)))?;
        let mut rest = Cone::new(&finer, &columns, &ranges);
        let (found, flat) = (rest.search(None), rest.flat());
        match found {
            Search::Absent => {
                limit = Some((finer, Some(flat)));
                break;
            }
            Search::Undecided => return Ok(Maximum::Undecided),
            Search::Found(next) => direction = next,
        }
        limit = Some((finer, None));
    }
    let Some((finer, Some(flat))) = limit else {
        return Ok(Maximum::Undecided);
    };
    let touched: Vec<bool> = (0..p).map(|j| flat.iter().map(|f| f[j] * f[j]).sum::<f64>().sqrt() > NO_PART).collect();
    let infinite = cone.signs();
    Ok(Maximum::Infinite(Box::new(Limit { design: finer, touched, infinite, pivots: pivots(flat, p) })))
}

/// Whether the likelihood in the `free` columns (none of which depends on the others) rises for ever along a direction.
pub(crate) fn is_monotone(design: &Design, free: &[bool]) -> bool {
    let columns: Vec<usize> = (0..design.p).filter(|&j| free[j]).collect();
    let ranges = ranges(design, design.p);
    matches!(Cone::new(design, &columns, &ranges).search(None), Search::Found(_))
}

/// Codes of the strata of a design split by the value in a direction, one a row of the input.
fn levels(design: &Design, direction: &[f64], tie: f64) -> Vec<u32> {
    let value = values(design, direction);
    let length = design.order.iter().map(|&row| row as usize + 1).max().unwrap_or(0);
    // rows without a part in the design get a stratum without events
    let mut codes = vec![0; length];
    let mut code = 0;
    for stratum in &design.strata {
        let mut positions: Vec<usize> = (stratum.rows.0..stratum.rows.1).collect();
        positions.sort_by(|&a, &b| value[a].total_cmp(&value[b]));
        let mut last = f64::NEG_INFINITY;
        for position in positions {
            if value[position] - last > tie {
                code += 1;
            }
            last = value[position];
            codes[design.order[position] as usize] = code;
        }
    }
    codes
}

/// One column for each of the independent directions, so that what is left of a direction without them is nothing.
fn pivots(mut directions: Vec<Vec<f64>>, p: usize) -> Vec<bool> {
    let mut chosen = vec![false; p];
    for k in 0..directions.len() {
        let largest = (0..p)
            .filter(|&j| !chosen[j])
            .max_by(|&a, &b| directions[k][a].abs().total_cmp(&directions[k][b].abs()).then(b.cmp(&a)));
        let Some(j) = largest else {
            break;
        };
        chosen[j] = true;
        let (done, rest) = directions.split_at_mut(k + 1);
        for other in rest {
            let factor = other[j] / done[k][j];
            other.iter_mut().zip(&done[k]).for_each(|(o, d)| *o -= factor * d);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use crate::{CoxOptions, Direction, TermStatus, Ties, cox};

    fn statuses(time: &[f64], event: &[bool], x: &Array2<f64>, ties: Ties) -> Vec<TermStatus> {
        let fit =
            cox(time, event, x.view(), &CoxOptions { ties, max_iterations: 60, ..CoxOptions::default() }).unwrap();
        assert!(fit.converged);
        fit.terms.iter().map(|term| term.status).collect()
    }

    /// One death at time 1 with the origin as covariates, and rows at risk at minus the given comparisons.
    fn one_death(comparisons: &[[f64; 2]]) -> (Vec<f64>, Vec<bool>, Array2<f64>) {
        let n = comparisons.len() + 1;
        let x = Array2::from_shape_fn((n, 2), |(i, j)| if i == 0 { 0.0 } else { -comparisons[i - 1][j] });
        ((0..n).map(|i| 1.0 + i as f64).collect(), (0..n).map(|i| i == 0).collect(), x)
    }

    #[test]
    fn a_cone_of_one_ray_with_an_irrational_ratio_is_found() {
        // v and -v leave the line across (1, pi); the third comparison leaves its upper half
        let pi = std::f64::consts::PI;
        let (time, event, x) = one_death(&[[pi, -1.0], [-pi, 1.0], [0.3, 0.1]]);
        for ties in [Ties::Efron, Ties::Breslow, Ties::Exact] {
            assert_eq!(statuses(&time, &event, &x, ties), [TermStatus::Infinite(Direction::Up); 2]);
        }
    }

    #[test]
    fn comparisons_just_beyond_a_half_plane_leave_a_maximum() {
        // three comparisons whose positive multiples add up to 0, by one part in a thousand
        let (time, event, x) = one_death(&[[1.0, 1e-3], [-1.0, 1e-3], [0.0, -1.0]]);
        assert_eq!(statuses(&time, &event, &x, Ties::Efron), [TermStatus::Estimated; 2]);
        let (time, event, x) = one_death(&[[1.0, 1e-3], [-1.0, 1e-3], [0.0, 1.0]]);
        // the cone is narrow about (0, 1): the first coefficient may run either way
        let found = statuses(&time, &event, &x, Ties::Efron);
        assert_eq!(found, [TermStatus::Undetermined, TermStatus::Infinite(Direction::Up)]);
    }

    #[test]
    fn a_direction_inside_the_face_of_another_is_found_in_the_second_round() {
        // first the half line (1, 0): the comparisons (0, 1) are ties along it and decide x2 afterwards
        let (time, event, x) = one_death(&[[1.0, -1.0], [1.0, 1.0], [0.0, 1.0]]);
        let found = statuses(&time, &event, &x, Ties::Efron);
        assert_eq!(found, [TermStatus::Infinite(Direction::Up), TermStatus::Infinite(Direction::Up)]);
    }

    #[test]
    fn a_combination_of_either_sign_is_said_to_be_one() {
        // {d : d1 + 2 d2 >= 0, 2 d1 + d2 >= 0} holds (1, -1/2) and (-1/2, 1)
        let (time, event, x) = one_death(&[[1.0, 2.0], [2.0, 1.0]]);
        let fit = cox(&time, &event, x.view(), &CoxOptions::default()).unwrap();
        assert!(fit.terms.iter().all(|term| term.status == TermStatus::Undetermined && term.coefficient.is_none()));
        assert!(fit.wald.is_none() && fit.converged && fit.log_likelihood.abs() < 1e-12);
        let said = fit.notes.iter().map(ToString::to_string).collect::<Vec<String>>().join("; ");
        assert!(said.contains("a combination of the coefficients of `x1`, `x2` is infinite"), "{said}");
    }

    #[test]
    fn a_long_iteration_that_settles_far_out_is_not_taken_for_a_maximum() {
        let (time, event, x) = one_death(&[[1.0, 0.25], [0.7, -1.0], [0.5, 3.0]]);
        for (tolerance, max_iterations) in [(1e-15, 200), (1e-3, 20), (1e-9, 1)] {
            let options = CoxOptions { tolerance, max_iterations, ..CoxOptions::default() };
            let fit = cox(&time, &event, x.view(), &options).unwrap();
            assert!(fit.terms.iter().all(|term| term.coefficient.is_none() && term.standard_error.is_none()));
            assert_eq!(fit.terms[0].status, TermStatus::Infinite(Direction::Up));
        }
    }

    #[test]
    fn the_finite_limit_solves_the_profile_equation_where_others_are_infinite_too() {
        // with b2 at its own infinity the two rows behind in x2 are gone: one competitor at distance 1 in x1 is left
        let x = array![[0.0, 0.0], [-1.0, 0.0], [0.0, -1.0], [-1.0, -1.0]];
        let (time, event) = ([1.0, 2.0, 3.0, 4.0], [true, false, false, false]);
        let fit = cox(&time, &event, x.view(), &CoxOptions::default()).unwrap();
        let lower = fit.terms[0].lower.unwrap();
        let fall = 2.0 * (-lower).exp().ln_1p();
        assert!((fall - 3.841_458_820_694_124).abs() < 1e-8);
        assert_eq!(fit.terms[0].upper, None);
    }
}
