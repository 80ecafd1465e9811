//! Factorisation of the information matrix with aliased columns set aside.

/// `L D L'` of a symmetric matrix in the order of its columns; a column that depends on earlier ones is aliased.
#[derive(Debug, Clone)]
pub(crate) struct Factor {
    p: usize,
    /// Row-major, unit lower triangle below the diagonal `D`.
    l: Vec<f64>,
    /// Columns that take part.
    pub(crate) active: Vec<bool>,
    /// Whether all pivots of the taking-part columns are positive.
    pub(crate) positive: bool,
}

impl Factor {
    /// Factorises the columns marked `active`; a column whose pivot falls below `tolerance` times its own diagonal is
    /// set aside.
    pub(crate) fn new(matrix: &[f64], p: usize, active: &[bool], tolerance: f64) -> Self {
        let mut l = matrix.to_vec();
        let mut active = active.to_vec();
        let mut positive = true;
        for j in 0..p {
            if !active[j] {
                continue;
            }
            let mut d = matrix[j * p + j];
            for k in 0..j {
                if active[k] {
                    d -= l[j * p + k] * l[j * p + k] * l[k * p + k];
                }
            }
            if !(d > tolerance * matrix[j * p + j] && d > 0.0) {
                active[j] = false;
                positive &= d.is_finite() && d >= -1e-6 * matrix[j * p + j].abs();
                continue;
            }
            l[j * p + j] = d;
            for i in j + 1..p {
                let mut value = matrix[i * p + j];
                for k in 0..j {
                    if active[k] {
                        value -= l[i * p + k] * l[j * p + k] * l[k * p + k];
                    }
                }
                l[i * p + j] = value / d;
            }
        }
        Self { p, l, active, positive }
    }

    /// Number of columns that take part.
    pub(crate) fn rank(&self) -> usize {
        self.active.iter().filter(|&&a| a).count()
    }

    /// Information on each column given the ones before it; 0 for columns that do not take part.
    pub(crate) fn pivots(&self) -> Vec<f64> {
        (0..self.p).map(|j| if self.active[j] { self.l[j * self.p + j] } else { 0.0 }).collect()
    }

    /// Solves for the active columns; the others get 0.
    pub(crate) fn solve(&self, rhs: &[f64], out: &mut [f64]) {
        let p = self.p;
        for i in 0..p {
            out[i] = 0.0;
            if self.active[i] {
                let mut value = rhs[i];
                for k in 0..i {
                    if self.active[k] {
                        value -= self.l[i * p + k] * out[k];
                    }
                }
                out[i] = value;
            }
        }
        for i in (0..p).rev() {
            if self.active[i] {
                let mut value = out[i] / self.l[i * p + i];
                for k in i + 1..p {
                    if self.active[k] {
                        value -= self.l[k * p + i] * out[k];
                    }
                }
                out[i] = value;
            }
        }
    }

    /// The inverse over the active columns, 0 elsewhere.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let p = self.p;
        let mut inverse = vec![0.0; p * p];
        let mut unit = vec![0.0; p];
        let mut column = vec![0.0; p];
        for j in 0..p {
            if self.active[j] {
                unit[j] = 1.0;
                self.solve(&unit, &mut column);
                unit[j] = 0.0;
                for i in 0..p {
                    inverse[i * p + j] = column[i];
                }
            }
        }
        for i in 0..p {
            for j in 0..i {
                let mean = 0.5 * (inverse[i * p + j] + inverse[j * p + i]);
                inverse[i * p + j] = mean;
                inverse[j * p + i] = mean;
            }
        }
        inverse
    }

    /// Logarithm of the determinant over the active columns.
    pub(crate) fn log_determinant(&self) -> f64 {
        (0..self.p).filter(|&j| self.active[j]).map(|j| self.l[j * self.p + j].ln()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Factor;

    #[test]
    fn a_dependent_column_is_set_aside_and_the_rest_is_solved() {
        // the third column is the sum of the first two
        let m = [4.0, 1.0, 5.0, 1.0, 3.0, 4.0, 5.0, 4.0, 9.0];
        let factor = Factor::new(&m, 3, &[true; 3], 1e-11);
        assert_eq!(factor.active, [true, true, false]);
        let mut out = [0.0; 3];
        factor.solve(&[1.0, 2.0, 3.0], &mut out);
        assert!((out[0] - 1.0 / 11.0).abs() < 1e-15 && (out[1] - 7.0 / 11.0).abs() < 1e-15 && out[2] == 0.0);
        assert!((factor.log_determinant() - 11_f64.ln()).abs() < 1e-15);
        assert_eq!(factor.rank(), 2);
    }
}
