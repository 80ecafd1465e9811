//! Whether a (pseudo-)likelihood of risk sets rises for ever along a direction, decided rather than guessed.
//!
//! A term of the log-likelihood compares the death i of an event time with each row j at risk there. Along d it never
//! falls exactly when d'(x_i - x_j) >= 0, and it has no maximum exactly when the cone of the d with d'(x_i - x_j) >= 0 for
//! every comparison holds a d with one of them positive. That is a linear programme over comparisons, of which only few
//! matter: they are found as they are violated. Either a direction passes every comparison, or positive multiples of the
//! comparisons found so far add up to zero, which proves that there is none.
//!
//! # References
//! Jacobsen M (1989) Scand J Stat 16:335 (existence and uniqueness in the Cox model). Albert A, Anderson JA (1984)
//! Biometrika 71:1, doi:10.1093/biomet/71.1.1. Geyer CJ (2009) Electron J Stat 3:259, doi:10.1214/08-EJS349.

mod partition;

use std::collections::HashSet;

use partition::partition;

/// Differences of the linear predictor below this share of its possible range are ties.
const TIE: f64 = 1e-10;
/// Length of a remainder of a unit vector that counts as none.
const NOTHING: f64 = 1e-8;
/// Comparisons added at a time, per coordinate.
const CUTS: usize = 6;
const MOST_ROUNDS: usize = 500;

/// The extremes of one risk set in a direction, as positions of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extremes {
    /// The death with the least value.
    pub(crate) least_death: usize,
    /// The death with the largest value.
    pub(crate) highest_death: usize,
    /// The row with the largest value that deaths are compared with.
    pub(crate) top: usize,
    /// The row with the least value that deaths are compared with.
    pub(crate) bottom: usize,
}

/// Data whose likelihood compares deaths with rows at risk.
pub(crate) trait Comparisons {
    /// Number of rows.
    fn rows(&self) -> usize;

    /// Covariates of a row.
    fn row(&self, position: usize) -> &[f64];

    /// Tells the extremes of every risk set, given the value of each row.
    fn extremes(&self, value: &[f64], tell: &mut dyn FnMut(Extremes));
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Search {
    /// A direction (over all columns) along which the likelihood rises for ever.
    Found(Vec<f64>),
    /// There is none.
    Absent,
    /// Rounding left it open.
    Undecided,
}

/// The range of each column, the measure of what is a tie.
pub(crate) fn ranges(data: &impl Comparisons, p: usize) -> Vec<f64> {
    let mut low = vec![f64::INFINITY; p];
    let mut high = vec![f64::NEG_INFINITY; p];
    for position in 0..data.rows() {
        for (j, &value) in data.row(position).iter().enumerate() {
            low[j] = low[j].min(value);
            high[j] = high[j].max(value);
        }
    }
    high.iter().zip(&low).map(|(h, l)| (h - l).max(0.0)).collect()
}

/// The value of each row in a direction.
pub(crate) fn values(data: &impl Comparisons, direction: &[f64]) -> Vec<f64> {
    (0..data.rows()).map(|i| data.row(i).iter().zip(direction).map(|(x, d)| x * d).sum()).collect()
}

/// Differences of values in `direction` up to this are ties.
pub(crate) fn tie(direction: &[f64], ranges: &[f64]) -> f64 {
    TIE * direction.iter().zip(ranges).map(|(d, r)| d.abs() * r).sum::<f64>()
}

/// The cone of the directions along which the likelihood never falls.
pub(crate) struct Cone<'a, D> {
    data: &'a D,
    /// Columns that take part.
    columns: &'a [usize],
    ranges: &'a [f64],
    /// Comparisons found so far, of length 1 over `columns`.
    cuts: Vec<Vec<f64>>,
    known: HashSet<(usize, usize)>,
    /// Orthonormal directions (over `columns`) along which the likelihood does not change.
    flat: Vec<Vec<f64>>,
}

impl<'a, D: Comparisons> Cone<'a, D> {
    /// Finds comparisons that span all comparisons. `ranges` are those of the columns of the data as first given.
    pub(crate) fn new(data: &'a D, columns: &'a [usize], ranges: &'a [f64]) -> Self {
        let mut cone = Self { data, columns, ranges, cuts: Vec::new(), known: HashSet::new(), flat: Vec::new() };
        let q = columns.len();
        let mut spanned: Vec<Vec<f64>> = Vec::new();
        for k in 0..q {
            let mut unit = vec![0.0; q];
            unit[k] = 1.0;
            while let Some(rest) = remainder(&unit, &[&spanned, &cone.flat]) {
                let direction = cone.spread(&rest);
                let value = values(data, &direction);
                let mut widest = tie(&direction, ranges).max(f64::MIN_POSITIVE);
                let mut found = None;
                data.extremes(&value, &mut |at| {
                    for (death, other) in [(at.highest_death, at.bottom), (at.least_death, at.top)] {
                        let apart = (value[death] - value[other]).abs();
                        if apart > widest {
                            widest = apart;
                            found = Some((death, other));
                        }
                    }
                });
                let next = found.and_then(|(death, other)| cone.cut(death, other)).and_then(|vector| {
                    let rest = remainder(&vector, &[&spanned, &cone.flat]);
                    cone.cuts.push(vector);
                    rest
                });
                match next {
                    Some(rest) => spanned.push(rest),
                    None => cone.flat.push(rest),
                }
            }
        }
        cone
    }

    /// Orthonormal directions, over all columns, along which the likelihood does not change.
    pub(crate) fn flat(&self) -> Vec<Vec<f64>> {
        self.flat.iter().map(|direction| self.spread(direction)).collect()
    }

    /// A direction of the cone along which the likelihood changes; with `towards` = (column, sign) one whose entry in the
    /// column has that sign.
    pub(crate) fn search(&mut self, towards: Option<(usize, f64)>) -> Search {
        let q = self.columns.len();
        let target = towards.map(|(column, sign)| {
            self.columns.iter().map(|&k| if k == column { sign } else { 0.0 }).collect::<Vec<f64>>()
        });
        for _ in 0..MOST_ROUNDS {
            let mut vectors = self.cuts.clone();
            vectors.extend(target.clone());
            let Some(mut direction) = partition(&vectors, q) else {
                return Search::Undecided;
            };
            let positive = |v: &Vec<f64>| v.iter().zip(&direction).map(|(a, b)| a * b).sum::<f64>() > 0.5;
            let any = target.as_ref().map_or_else(|| self.cuts.iter().any(positive), positive);
            if !any {
                return Search::Absent;
            }
            let largest = direction.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
            direction.iter_mut().for_each(|d| *d /= largest);
            let direction = self.spread(&direction);
            if !self.cut_off(&direction) {
                return Search::Found(direction);
            }
        }
        Search::Undecided
    }

    /// For each column of all: +1 or -1 if every direction of the cone has this sign or 0 there, 0 if both signs occur or
    /// none.
    pub(crate) fn signs(&mut self) -> Vec<f64> {
        let mut signs = vec![0.0; self.ranges.len()];
        for &k in self.columns {
            let can = [1.0, -1.0].map(|sign| matches!(self.search(Some((k, sign))), Search::Found(_)));
            signs[k] = match can {
                [true, false] => 1.0,
                [false, true] => -1.0,
                _ => 0.0,
            };
        }
        signs
    }

    /// Adds the comparisons that a direction violates most; false if there are none that are new.
    fn cut_off(&mut self, direction: &[f64]) -> bool {
        let value = values(self.data, direction);
        let tie = tie(direction, self.ranges);
        let mut violated = Vec::new();
        self.data.extremes(&value, &mut |at| {
            let short = value[at.top] - value[at.least_death];
            if short > tie {
                violated.push((short, at.least_death, at.top));
            }
        });
        violated.retain(|&(_, death, other)| !self.known.contains(&(death, other)));
        violated.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        violated.truncate(16 + CUTS * self.columns.len());
        let mut added = false;
        for (_, death, other) in violated {
            if let Some(vector) = self.cut(death, other) {
                self.cuts.push(vector);
                added = true;
            }
        }
        added
    }

    /// The comparison of two rows, of length 1; `None` if it is known or the rows are equal.
    fn cut(&mut self, death: usize, other: usize) -> Option<Vec<f64>> {
        if !self.known.insert((death, other)) {
            return None;
        }
        let (a, b) = (self.data.row(death), self.data.row(other));
        let mut vector: Vec<f64> = self.columns.iter().map(|&k| a[k] - b[k]).collect();
        let length = norm(&vector);
        vector.iter_mut().for_each(|v| *v /= length);
        (length > 0.0 && length.is_finite()).then_some(vector)
    }

    /// A vector over the columns that take part as one over all columns.
    fn spread(&self, vector: &[f64]) -> Vec<f64> {
        let mut all = vec![0.0; self.ranges.len()];
        for (&k, &v) in self.columns.iter().zip(vector) {
            all[k] = v;
        }
        all
    }
}

/// What is left of a unit vector without its parts along orthonormal ones, of length 1; `None` if nothing is.
fn remainder(vector: &[f64], bases: &[&[Vec<f64>]]) -> Option<Vec<f64>> {
    let mut rest = vector.to_vec();
    for _ in 0..2 {
        for basis in bases.iter().flat_map(|basis| basis.iter()) {
            let share: f64 = rest.iter().zip(basis).map(|(a, b)| a * b).sum();
            rest.iter_mut().zip(basis).for_each(|(r, b)| *r -= share * b);
        }
    }
    let length = norm(&rest);
    if length <= NOTHING {
        return None;
    }
    rest.iter_mut().for_each(|r| *r /= length);
    Some(rest)
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|v| v * v).sum::<f64>().sqrt()
}
