//! Latent scores that order patients, and the assignment of exact values by their rank.
//!
//! A sorted vector handed out by the rank of a correlated latent score takes over the rank correlation of the score while
//! its own sum and sum of squares stay what they are.
//!
//! # References
//! Iman RL, Conover WJ. A distribution-free approach to inducing rank correlation among input variables.
//! Commun Stat Simul Comput 1982;11:311-334. doi:10.1080/03610918208812265

use crate::Draws;

/// Correlation of the latent scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latent {
    /// Share of the variance that belongs to the patient and never changes.
    pub patient_share: f64,
    /// Months after which the serial correlation of the rest has fallen to 1/e.
    pub decay_months: f64,
}

impl Default for Latent {
    fn default() -> Latent {
        Latent { patient_share: 0.55, decay_months: 12.0 }
    }
}

impl Latent {
    /// Standard normal scores, one row a patient, one column a time.
    ///
    /// ```text
    /// z[i][v] = sqrt(share) u[i] + e[i][v],  cov(e[i][v], e[i][w]) = (1 - share) exp(-|t_v - t_w| / decay)
    /// ```
    #[must_use]
    pub fn scores(&self, patients: usize, months: &[f64], draws: &mut Draws) -> Vec<Vec<f64>> {
        let root = self.cholesky(months);
        let patient_sd = libm::sqrt(self.patient_share);
        (0..patients)
            .map(|_| {
                let own = patient_sd * draws.normal();
                let noise: Vec<f64> = months.iter().map(|_| draws.normal()).collect();
                root.iter().map(|row| own + row.iter().zip(&noise).map(|(l, e)| l * e).sum::<f64>()).collect()
            })
            .collect()
    }

    /// Lower triangle of the Cholesky factor of the serial covariance.
    fn cholesky(&self, months: &[f64]) -> Vec<Vec<f64>> {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(months.len());
        for (i, t_i) in months.iter().enumerate() {
            let mut row = Vec::with_capacity(i + 1);
            for (j, t_j) in months.iter().enumerate().take(i + 1) {
                let gap = (t_i - t_j).abs();
                let covariance = (1.0 - self.patient_share) * libm::exp(-gap / self.decay_months);
                let above: &[f64] = if j < i { &rows[j] } else { &row };
                let known: f64 = row.iter().zip(above).take(j).map(|(a, b)| a * b).sum();
                let rest = covariance - known;
                row.push(if i == j { libm::sqrt(rest.max(1e-12)) } else { rest / above[j] });
            }
            rows.push(row);
        }
        rows
    }
}

/// Hands out `values` so that the smallest goes to the lowest score; equal scores keep their order.
///
/// # Examples
/// ```
/// assert_eq!(mscsle_sim::by_rank(&[5, 1, 3], &[0.2, 0.9, -1.0]), [3, 5, 1]);
/// ```
#[must_use]
pub fn by_rank<T: Ord + Copy>(values: &[T], scores: &[f64]) -> Vec<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let mut order: Vec<usize> = (0..values.len().min(scores.len())).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let mut out = values.to_vec();
    for (value, position) in sorted.into_iter().zip(order) {
        out[position] = value;
    }
    out
}

/// Values minus their mean, over their standard deviation.
pub(crate) fn standardized(x: &[f64]) -> Vec<f64> {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let sd = libm::sqrt(x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n);
    x.iter().map(|v| (v - mean) / sd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_have_unit_variance_and_the_stated_correlation() {
        let rows = Latent::default().scores(20_000, &[0.0, 3.0, 12.0], &mut Draws::new(3, 1, 0));
        let moment = |a: usize, b: usize| rows.iter().map(|r| r[a] * r[b]).sum::<f64>() / rows.len() as f64;
        for v in 0..3 {
            assert!((moment(v, v) - 1.0).abs() < 0.05);
        }
        let expected = 0.55 + 0.45 * libm::exp(-0.25);
        assert!((moment(0, 1) - expected).abs() < 0.05);
        assert!((moment(0, 2) - (0.55 + 0.45 * libm::exp(-1.0))).abs() < 0.05);
    }
}
