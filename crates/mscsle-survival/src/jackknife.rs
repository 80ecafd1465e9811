//! The infinitesimal jackknife variance of a Kaplan-Meier curve and of a Nelson-Aalen cumulative hazard.
//!
//! The derivative of ln S(t), or of H(t), by the weight of row i is
//!
//! ```text
//! ln S   u_i(t) = A(min(t, t_i)) - A(entry_i) - [t_i <= t, event] / (n_i - d_i)       A(t) = sum of d_j / (n_j (n_j - d_j))
//! H      u_i(t) = A(min(t, t_i)) - A(entry_i) - [t_i <= t, event] / n_i               A(t) = sum of d_j / n_j^2
//! ```
//!
//! up to sign, and the variance is the sum over clusters of (sum of w_i u_i(t))^2. Each cluster sum is `b + W A(t)`, where
//! `b` and `W` change only when a row of the cluster enters or leaves; so three running sums give the variance at every time
//! in one pass.

use crate::KaplanMeier;

/// Rows of one curve among those of a call.
pub(crate) struct JackknifeRows<'a> {
    pub(crate) time: &'a [f64],
    pub(crate) event: &'a [bool],
    pub(crate) entry: Option<&'a [f64]>,
    pub(crate) weights: Option<&'a [f64]>,
    pub(crate) cluster: Option<&'a [u32]>,
    pub(crate) group: Option<(&'a [u32], u32)>,
}

/// What the variance is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JackknifeOf {
    /// The logarithm of the product-limit estimate.
    LnSurvival,
    /// The Nelson-Aalen cumulative hazard.
    Hazard,
}

/// A variance this small beside its parts is rounding.
const ROUNDING: f64 = 1e-15;

/// A row that enters (after) or leaves (at) a step of the curve.
struct Change {
    step: usize,
    is_entry: bool,
    row: usize,
}

/// Variance at each step of `curve`; that of ln S is infinite once S is 0, and NaN if all rows are of one cluster.
pub(crate) fn robust_variance(rows: &JackknifeRows<'_>, curve: &KaplanMeier, of: JackknifeOf) -> Vec<f64> {
    let steps = curve.time.len();
    let n = rows.time.len();
    let n_clusters = match rows.cluster {
        None => n,
        Some(cluster) => cluster.iter().max().map_or(0, |&largest| largest as usize + 1),
    };
    let cluster_of = |row: usize| rows.cluster.map_or(row, |cluster| cluster[row] as usize);
    let weight_of = |row: usize| rows.weights.map_or(1.0, |weights| weights[row]);
    // number of steps at or before a time
    let steps_until = |time: f64| curve.time.partition_point(|&step| step <= time);

    // (b, W) of each cluster; those at risk from the start have W before the first step
    let mut state = vec![(0.0_f64, 0.0_f64); n_clusters];
    let mut changes = Vec::with_capacity(n);
    for row in 0..n {
        if rows.group.is_some_and(|(group, code)| group[row] != code) {
            continue;
        }
        match rows.entry.map_or(0, |entry| steps_until(entry[row])) {
            0 => state[cluster_of(row)].1 += weight_of(row),
            entered => changes.push(Change { step: entered - 1, is_entry: true, row }),
        }
        changes.push(Change { step: steps_until(rows.time[row]).saturating_sub(1), is_entry: false, row });
    }
    changes.sort_by_key(|change| (change.step, change.is_entry));

    // within one cluster the influences cancel: that there is no variation between clusters was not observed
    let in_group = |row: &usize| rows.group.is_none_or(|(group, code)| group[*row] == code) && weight_of(*row) > 0.0;
    let one_cluster = rows.cluster.is_some_and(|cluster| {
        let mut codes = (0..n).filter(in_group).map(|row| cluster[row]);
        let first = codes.next();
        codes.all(|code| Some(code) == first)
    });
    let (mut bb, mut bw, mut ww) = (0.0_f64, 0.0_f64, 0.0_f64);
    for &(_, weight) in &state {
        ww += weight * weight;
    }
    let mut variance = Vec::with_capacity(steps);
    let mut cumulative = 0.0;
    let mut next = 0;
    for step in 0..steps {
        let (n_j, d_j) = (curve.n_risk[step], curve.n_event[step]);
        let (left, reached_zero) = match of {
            JackknifeOf::LnSurvival => (n_j - d_j, curve.survival[step] == 0.0),
            JackknifeOf::Hazard => (n_j, false),
        };
        if d_j > 0.0 && !reached_zero {
            cumulative += d_j / (n_j * left);
        }
        while let Some(change) = changes.get(next).filter(|change| change.step == step) {
            let weight = weight_of(change.row);
            let (b, w) = &mut state[cluster_of(change.row)];
            bb -= *b * *b;
            bw -= *b * *w;
            ww -= *w * *w;
            if change.is_entry {
                *w += weight;
                *b -= weight * cumulative;
            } else {
                *w -= weight;
                *b += weight * cumulative;
                if rows.event[change.row] && weight > 0.0 && !reached_zero {
                    *b -= weight / left;
                }
            }
            bb += *b * *b;
            bw += *b * *w;
            ww += *w * *w;
            next += 1;
        }
        variance.push(if reached_zero {
            f64::INFINITY
        } else if one_cluster && cumulative > 0.0 {
            f64::NAN
        } else {
            let (cross, square) = (2.0 * cumulative * bw, cumulative * cumulative * ww);
            let sum = bb + cross + square;
            // clusters whose sums all cancel leave rounding only
            if sum > ROUNDING * (bb + cross.abs() + square) { sum } else { 0.0 }
        });
    }
    variance
}
