//! Whether a robust covariance says anything: enough clusters, and more than one behind each coefficient.

use std::collections::HashSet;

use ndarray::ArrayView2;

use super::factor::Factor;
use super::result::CoxNote;

/// Share of the inverse information below which a robust variance is 0 but for rounding.
const ZERO: f64 = 1e-12;
/// A pivot below this share of its own variance means a combination of coefficients without variance.
const DEPENDENT: f64 = 1e-10;

/// What a robust covariance can be used for.
pub(crate) struct Usable {
    /// Columns whose own variance says something.
    pub(crate) columns: Vec<bool>,
    /// Whether the coefficients can be tested together.
    pub(crate) together: bool,
    pub(crate) notes: Vec<CoxNote>,
}

/// Judges the robust `covariance` of the `estimated` coefficients (scaled covariates, as `naive`) of `rows` of the input.
///
/// ```text
/// variance 0          the changes of the coefficient cancel within clusters: they say nothing
/// a level of a two-valued covariate in one cluster alone: its variation between clusters was not observed
/// as many clusters as coefficients, or fewer: the changes add up to 0, so the rank is at most clusters - 1
/// ```
pub(crate) fn judge(
    rows: &[usize],
    x: ArrayView2<'_, f64>,
    covariance: &[f64],
    naive: &[f64],
    estimated: &[bool],
    names: &[String],
    cluster: Option<&[u32]>,
) -> Usable {
    let p = estimated.len();
    let mut columns = estimated.to_vec();
    let mut notes = Vec::new();
    let mut zero = Vec::new();
    for j in (0..p).filter(|&j| estimated[j]) {
        let at = j * p + j;
        if !(covariance[at].is_finite() && covariance[at] > ZERO * naive[at]) {
            columns[j] = false;
            zero.push(names[j].clone());
        } else if let Some(level) = cluster.and_then(|cluster| level_of_one_cluster(rows, x, j, cluster)) {
            columns[j] = false;
            notes.push(CoxNote::OneClusterLevel { name: names[j].clone(), level });
        }
    }
    if !zero.is_empty() {
        notes.insert(0, CoxNote::NoRobustVariance { names: zero });
    }
    let clusters =
        cluster.map_or(rows.len(), |cluster| rows.iter().map(|&row| cluster[row]).collect::<HashSet<u32>>().len());
    let coefficients = estimated.iter().filter(|&&e| e).count();
    let rank = Factor::new(covariance, p, &columns, DEPENDENT).rank();
    if clusters <= coefficients {
        notes.push(CoxNote::FewClusters { clusters, coefficients });
    } else if rank < columns.iter().filter(|&&c| c).count() {
        notes.push(CoxNote::RobustRank { rank, coefficients });
    }
    Usable { together: rank == coefficients && clusters > coefficients, columns, notes }
}

/// A value of a two-valued column that rows of one cluster only have.
fn level_of_one_cluster(rows: &[usize], x: ArrayView2<'_, f64>, column: usize, cluster: &[u32]) -> Option<f64> {
    // value, its cluster, whether it has several
    let mut levels: Vec<(f64, u32, bool)> = Vec::new();
    for &row in rows {
        let (value, code) = (x[[row, column]], cluster[row]);
        if let Some(level) = levels.iter_mut().find(|level| level.0 == value) {
            level.2 |= level.1 != code;
        } else if levels.len() == 2 {
            return None;
        } else {
            levels.push((value, code, false));
        }
    }
    levels.sort_by(|a, b| b.0.total_cmp(&a.0));
    levels.iter().find(|level| !level.2).map(|level| level.0)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use crate::{CoxNote, CoxOptions, cox};

    fn data() -> (Vec<f64>, Vec<bool>, Array2<f64>) {
        let n = 60;
        let time = (0..n).map(|i| 1.0 + ((i * 37) % 61) as f64).collect();
        let event = (0..n).map(|i| i % 3 != 0).collect();
        let x = Array2::from_shape_fn((n, 2), |(i, j)| {
            if j == 0 { f64::from(u8::from(i % 2 == 0)) } else { ((i * 17) % 23) as f64 / 7.0 }
        });
        (time, event, x)
    }

    #[test]
    fn an_arm_that_is_one_cluster_has_no_limits_and_the_others_have() {
        let (time, event, x) = data();
        let cluster: Vec<u32> = (0..60).map(|i| if i % 2 == 0 { 0 } else { i }).collect();
        let fit =
            cox(&time, &event, x.view(), &CoxOptions { cluster: Some(&cluster), ..CoxOptions::default() }).unwrap();
        assert!(fit.terms[0].coefficient.is_some() && fit.terms[1].lower.is_some());
        assert_eq!((fit.terms[0].standard_error, fit.terms[0].lower, fit.terms[0].p_value), (None, None, None));
        assert!(fit.wald.is_none());
        assert!(matches!(&fit.notes[..], [CoxNote::OneClusterLevel { level: 1.0, .. }]));
    }

    #[test]
    fn as_many_clusters_as_coefficients_are_warned_of_with_numbers() {
        let (time, event, x) = data();
        let cluster: Vec<u32> = (0..60).map(|i| (i / 2) % 2).collect();
        let fit =
            cox(&time, &event, x.view(), &CoxOptions { cluster: Some(&cluster), ..CoxOptions::default() }).unwrap();
        assert!(fit.wald.is_none() && fit.terms[0].lower.is_some());
        let said = fit.notes[0].to_string();
        assert!(said.contains("2 clusters for 2 coefficients"), "{said}");
    }

    #[test]
    fn a_variance_of_zero_gives_no_limits() {
        let (time, event, x) = data();
        let cluster = vec![7; 60];
        let fit =
            cox(&time, &event, x.view(), &CoxOptions { cluster: Some(&cluster), ..CoxOptions::default() }).unwrap();
        assert!(fit.terms.iter().all(|term| term.coefficient.is_some() && term.standard_error.is_none()));
        assert!(matches!(&fit.notes[0], CoxNote::NoRobustVariance { names } if names.len() == 2));
    }
}
