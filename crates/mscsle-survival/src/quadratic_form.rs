//! u' V^- u for a covariance matrix that may be singular.

/// Statistic and rank.
pub(crate) struct QuadraticForm {
    pub(crate) statistic: f64,
    pub(crate) rank: usize,
}

/// Smallest pivot, relative to the largest variance, that counts as information.
const SMALLEST_PIVOT: f64 = 1e-10;

/// `u' V^- u` by Cholesky factorisation with diagonal pivoting; `matrix` is row-major, symmetric, positive semidefinite.
pub(crate) fn quadratic_form(score: &[f64], matrix: &[f64]) -> QuadraticForm {
    let k = score.len();
    let mut a = matrix.to_vec();
    let mut u = score.to_vec();
    let largest = (0..k).map(|i| a[i * k + i]).fold(0.0, f64::max);
    let mut open: Vec<usize> = (0..k).collect();
    let mut form = QuadraticForm { statistic: 0.0, rank: 0 };
    while let Some(position) = (0..open.len()).max_by(|&x, &y| {
        let (x, y) = (open[x], open[y]);
        a[x * k + x].total_cmp(&a[y * k + y])
    }) {
        let pivot = open[position];
        let variance = a[pivot * k + pivot];
        if variance <= SMALLEST_PIVOT * largest || variance <= 0.0 {
            break;
        }
        open.remove(position);
        form.statistic += u[pivot] * u[pivot] / variance;
        form.rank += 1;
        for &i in &open {
            let factor = a[i * k + pivot] / variance;
            u[i] -= factor * u[pivot];
            for &j in &open {
                a[i * k + j] -= factor * a[pivot * k + j];
            }
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_matrix_gives_the_mahalanobis_distance() {
        // V = [[2, 1], [1, 2]], u = (1, 3): u' V^-1 u = (2 - 6 + 18) / 3
        let form = quadratic_form(&[1.0, 3.0], &[2.0, 1.0, 1.0, 2.0]);
        assert!((form.statistic - 14.0 / 3.0).abs() < 1e-14);
        assert_eq!(form.rank, 2);
    }

    #[test]
    fn a_covariance_that_sums_to_zero_loses_one_degree() {
        let v = [2.0, -1.0, -1.0, -1.0, 2.0, -1.0, -1.0, -1.0, 2.0];
        let form = quadratic_form(&[1.0, 1.0, -2.0], &v);
        assert_eq!(form.rank, 2);
        assert!((form.statistic - 2.0).abs() < 1e-14);
    }

    #[test]
    fn no_variance_has_rank_zero() {
        assert_eq!(quadratic_form(&[0.0], &[0.0]).rank, 0);
    }
}
