//! Which of several vectors can be made positive at once while none is negative: a small linear programme.
//!
//! ```text
//! maximise  sum of min(1, d'v)   subject to   d'v >= 0 for every v
//! ```
//!
//! At the optimum d'v >= 1 for each vector that any admissible d makes positive, and d'v = 0 for the others (Goldman and
//! Tucker 1956). Solved in its dual, which has one equation a coordinate whatever the number of vectors,
//!
//! ```text
//! maximise  sum of z_v   subject to   sum of (z_v + a_v) v = 0,   0 <= z_v <= 1,   a_v >= 0
//! ```
//!
//! by the simplex method for bounded variables; d are the multipliers of the equations. The start is degenerate, so after
//! a run of steps without gain the entering and leaving variables are those of least index (Bland 1977), which ends.

/// Shortfall of a product of unit vectors that counts as none.
const FEASIBLE: f64 = 1e-11;
/// Smallest entry to divide by.
const PIVOT: f64 = 1e-9;
/// Steps without gain before the rule that cannot cycle.
const STALLED: usize = 30;
/// Steps after which the inverse is computed afresh.
const REFRESH: usize = 40;

/// The direction; `None` if the steps run out or rounding spoils them.
///
/// `vectors` have length 1 each and `q` coordinates.
pub(super) fn partition(vectors: &[Vec<f64>], q: usize) -> Option<Vec<f64>> {
    let mut simplex = Simplex::new(vectors, q);
    let most = 2000 + 60 * (vectors.len() + q);
    for step in 0..most {
        if step % REFRESH == REFRESH - 1 {
            simplex.refresh()?;
        }
        if simplex.step()? {
            return Some(simplex.multipliers());
        }
    }
    None
}

/// Where a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Basic,
    Lower,
    Upper,
}

/// Variables `0..m` are the z, `m..2m` the a, and `2m..2m + q` fill the first basis and never return to it.
struct Simplex<'a> {
    vectors: &'a [Vec<f64>],
    q: usize,
    basis: Vec<usize>,
    place: Vec<Place>,
    /// Row-major inverse of the basis.
    inverse: Vec<f64>,
    value: Vec<f64>,
    stalled: usize,
}

impl<'a> Simplex<'a> {
    fn new(vectors: &'a [Vec<f64>], q: usize) -> Self {
        let m = vectors.len();
        let mut place = vec![Place::Lower; 2 * m + q];
        place[2 * m..].fill(Place::Basic);
        let mut inverse = vec![0.0; q * q];
        (0..q).for_each(|i| inverse[i * q + i] = 1.0);
        Self { vectors, q, basis: (2 * m..2 * m + q).collect(), place, inverse, value: vec![0.0; q], stalled: 0 }
    }

    fn m(&self) -> usize {
        self.vectors.len()
    }

    fn upper(&self, variable: usize) -> f64 {
        if variable < self.m() {
            1.0
        } else if variable < 2 * self.m() {
            f64::INFINITY
        } else {
            0.0
        }
    }

    fn entry(&self, variable: usize, row: usize) -> f64 {
        let m = self.m();
        if variable < 2 * m { self.vectors[variable % m][row] } else { f64::from(u8::from(variable - 2 * m == row)) }
    }

    fn multipliers(&self) -> Vec<f64> {
        let q = self.q;
        (0..q).map(|i| (0..q).filter(|&r| self.basis[r] < self.m()).map(|r| self.inverse[r * q + i]).sum()).collect()
    }

    /// One step; true at the optimum.
    fn step(&mut self) -> Option<bool> {
        let (q, m) = (self.q, self.m());
        let multipliers = self.multipliers();
        let length = multipliers.iter().map(|v| v * v).sum::<f64>().sqrt();
        if !length.is_finite() {
            return None;
        }
        let slack = FEASIBLE * (1.0 + length);
        let product: Vec<f64> =
            self.vectors.iter().map(|v| v.iter().zip(&multipliers).map(|(a, b)| a * b).sum()).collect();
        let gain = |variable: usize| match self.place[variable] {
            Place::Basic => f64::NEG_INFINITY,
            Place::Upper => product[variable] - 1.0,
            Place::Lower if variable < m => 1.0 - product[variable],
            Place::Lower => -product[variable - m],
        };
        let candidates = (0..2 * m).filter(|&variable| gain(variable) > slack);
        let careful = self.stalled > STALLED;
        let entering = if careful {
            candidates.min()
        } else {
            candidates.max_by(|&a, &b| gain(a).total_cmp(&gain(b)).then(b.cmp(&a)))
        };
        let Some(entering) = entering else {
            return Some(true);
        };
        let sign = if self.place[entering] == Place::Upper { -1.0 } else { 1.0 };
        let column: Vec<f64> =
            (0..q).map(|r| (0..q).map(|i| self.inverse[r * q + i] * self.entry(entering, i)).sum::<f64>()).collect();
        // how far the entering variable can move, and which basic variable stops it where
        let mut reach = self.upper(entering);
        let mut leaving: Option<(usize, Place)> = None;
        for r in 0..q {
            let rate = -sign * column[r];
            if rate.abs() <= PIVOT {
                continue;
            }
            let highest = self.upper(self.basis[r]);
            let (room, place) =
                if rate < 0.0 { (self.value[r], Place::Lower) } else { (highest - self.value[r], Place::Upper) };
            let limit = room.max(0.0) / rate.abs();
            let near = 1e-12 * (1.0 + limit.min(reach));
            let first = limit < reach - near;
            let better = leaving.is_some_and(|(other, _)| {
                limit <= reach + near
                    && if careful { self.basis[r] < self.basis[other] } else { column[r].abs() > column[other].abs() }
            });
            if first || better {
                reach = limit.min(reach);
                leaving = Some((r, place));
            }
        }
        if !reach.is_finite() {
            return None;
        }
        self.stalled = if reach > 1e-12 { 0 } else { self.stalled + 1 };
        for (value, c) in self.value.iter_mut().zip(&column) {
            *value -= sign * reach * c;
        }
        let Some((row, place)) = leaving else {
            self.place[entering] = if sign > 0.0 { Place::Upper } else { Place::Lower };
            return Some(false);
        };
        self.value[row] = if sign > 0.0 { reach } else { self.upper(entering) - reach };
        self.place[self.basis[row]] = place;
        self.place[entering] = Place::Basic;
        self.basis[row] = entering;
        let pivot = column[row];
        for i in 0..q {
            self.inverse[row * q + i] /= pivot;
        }
        for r in (0..q).filter(|&r| r != row) {
            for i in 0..q {
                self.inverse[r * q + i] -= column[r] * self.inverse[row * q + i];
            }
        }
        Some(false)
    }

    /// The inverse and the values of the basic variables from the basis itself.
    fn refresh(&mut self) -> Option<()> {
        let q = self.q;
        let mut matrix: Vec<f64> = (0..q * q).map(|cell| self.entry(self.basis[cell % q], cell / q)).collect();
        let mut inverse = vec![0.0; q * q];
        (0..q).for_each(|i| inverse[i * q + i] = 1.0);
        for j in 0..q {
            let row = (j..q).max_by(|&a, &b| matrix[a * q + j].abs().total_cmp(&matrix[b * q + j].abs()))?;
            for i in 0..q {
                matrix.swap(j * q + i, row * q + i);
                inverse.swap(j * q + i, row * q + i);
            }
            let pivot = matrix[j * q + j];
            if pivot.abs() < 1e-14 {
                return None;
            }
            for i in 0..q {
                matrix[j * q + i] /= pivot;
                inverse[j * q + i] /= pivot;
            }
            for r in (0..q).filter(|&r| r != j) {
                let factor = matrix[r * q + j];
                for i in 0..q {
                    matrix[r * q + i] -= factor * matrix[j * q + i];
                    inverse[r * q + i] -= factor * inverse[j * q + i];
                }
            }
        }
        self.inverse = inverse;
        let mut right = vec![0.0; q];
        for (variable, vector) in self.vectors.iter().enumerate() {
            if self.place[variable] == Place::Upper {
                right.iter_mut().zip(vector).for_each(|(r, v)| *r -= v);
            }
        }
        for r in 0..q {
            self.value[r] = (0..q).map(|i| self.inverse[r * q + i] * right[i]).sum();
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::partition;

    fn products(vectors: &[Vec<f64>], d: &[f64]) -> Vec<f64> {
        vectors.iter().map(|v| v.iter().zip(d).map(|(a, b)| a * b).sum()).collect()
    }

    #[test]
    fn vectors_that_span_the_plane_positively_leave_no_direction() {
        let vectors = vec![vec![1.0, 0.0], vec![-0.6, 0.8], vec![-0.6, -0.8]];
        let d = partition(&vectors, 2).unwrap();
        assert!(d.iter().all(|value| value.abs() < 1e-12));
    }

    #[test]
    fn a_pair_of_opposite_vectors_leaves_the_line_across_it() {
        let vectors = vec![vec![0.6, 0.8], vec![-0.6, -0.8], vec![0.8, -0.6]];
        let found = products(&vectors, &partition(&vectors, 2).unwrap());
        assert!(found[0].abs() < 1e-12 && found[1].abs() < 1e-12 && found[2] >= 1.0 - 1e-12);
    }

    #[test]
    fn every_vector_that_can_be_positive_is() {
        // a narrow cone: angles of 1 and -1 milliradians from the vertical line, and one vector inside
        let vectors = vec![vec![1.0, 1e-3], vec![-1.0, 1e-3], vec![0.0, 1.0]];
        let found = products(&vectors, &partition(&vectors, 2).unwrap());
        assert!(found.iter().all(|&value| value >= 1.0 - 1e-9));
    }

    #[test]
    fn what_positive_combinations_forbid_stays_at_zero_in_three_dimensions() {
        // v1 + v2 + v3 = 0 in the plane z = 0; the fourth is free
        let r = 0.75_f64.sqrt();
        let vectors = vec![
            vec![1.0, 0.0, 0.0],
            vec![-0.5, r, 0.0],
            vec![-0.5, -r, 0.0],
            vec![0.6, 0.0, 0.8],
            vec![0.0, 0.6, 0.8],
        ];
        let found = products(&vectors, &partition(&vectors, 3).unwrap());
        assert!(found[..3].iter().all(|value| value.abs() < 1e-12));
        assert!(found[3..].iter().all(|&value| value >= 1.0 - 1e-9));
    }
}
