//! Score residuals: what each row adds to the score, and the infinitesimal jackknife built on them.

use super::design::Design;
use super::likelihood::{Evaluation, Twofold};

/// Derivative of the score by the weight of each sorted row, row-major rows x p, at the point of the last evaluation.
///
/// ```text
/// death:  x - mean over l of m_l  -  risk sum over its event times of w (x - m) / den
/// other:                          -  risk sum over its event times of w (x - m) / den
/// ```
///
/// with Efron's shares for tied deaths; `risk` is without the row's weight.
pub(crate) fn score_residuals(design: &Design, evaluation: &Evaluation) -> Vec<f64> {
    let p = design.p;
    let rows = design.rows();
    let risk = evaluation.risk();
    let mut residuals = vec![0.0; rows * p];
    let mut sum = vec![Twofold::default(); p];
    let (mut dead, mut mean) = (vec![0.0; p], vec![0.0; p]);
    for stratum in &design.strata {
        // per event time: cumulative increments of 1/den and m/den back to the earliest, filled from the latest on
        let events = stratum.events.1 - stratum.events.0;
        let mut hazard = vec![0.0; events];
        let mut drift = vec![0.0; events * p];
        let mut loss = vec![0.0; events];
        let mut loss_drift = vec![0.0; events * p];
        let mut total = Twofold::default();
        sum.fill(Twofold::default());
        let mut at = stratum.rows.0;
        let mut entered = stratum.entries_start;
        for k in stratum.events.0..stratum.events.1 {
            let e = k - stratum.events.0;
            let end = design.end[k] as usize;
            for position in at..end {
                total.add(risk[position]);
                for (sum, x) in sum.iter_mut().zip(design.row(position)) {
                    sum.add(risk[position] * x);
                }
            }
            at = end;
            if design.has_entry() {
                let entry_end = design.entry_end[k] as usize;
                for &position in &design.entry_order[entered..entry_end] {
                    let position = position as usize;
                    total.add(-risk[position]);
                    for (sum, x) in sum.iter_mut().zip(design.row(position)) {
                        sum.add(-(risk[position] * x));
                    }
                }
                entered = entry_end;
                if end - stratum.rows.0 == entry_end - stratum.entries_start {
                    total = Twofold::default();
                    sum.fill(Twofold::default());
                }
            }
            let deaths = end - design.deaths[k] as usize..end;
            dead.fill(0.0);
            let mut dead_risk = 0.0;
            for position in deaths.clone() {
                dead_risk += risk[position];
                for (dead, x) in dead.iter_mut().zip(design.row(position)) {
                    *dead += risk[position] * x;
                }
            }
            let shares = design.shares(k);
            let weight = design.mean_weight[k] * design.count[k] / shares as f64;
            mean.fill(0.0);
            for l in 0..shares {
                let share = l as f64 / design.count[k];
                let inverse = 1.0 / (total.value() - share * dead_risk);
                hazard[e] += weight * inverse;
                loss[e] += weight * share * inverse;
                for j in 0..p {
                    let m = (sum[j].value() - share * dead[j]) * inverse;
                    mean[j] += m / shares as f64;
                    drift[e * p + j] += weight * m * inverse;
                    loss_drift[e * p + j] += weight * share * m * inverse;
                }
            }
            for position in deaths {
                for j in 0..p {
                    residuals[position * p + j] += design.x[position * design.stride + j] - mean[j];
                }
            }
        }
        for e in (0..events.saturating_sub(1)).rev() {
            hazard[e] += hazard[e + 1];
            for j in 0..p {
                drift[e * p + j] += drift[(e + 1) * p + j];
            }
        }
        let mut at = stratum.rows.0;
        for k in stratum.events.0..stratum.events.1 {
            let e = k - stratum.events.0;
            let end = design.end[k] as usize;
            let deaths_from = end - design.deaths[k] as usize;
            for position in at..end {
                let own = risk[position] / design.weight(position);
                let before = design.entered_at.get(position).map_or(stratum.events.1, |&k| k as usize);
                let lost = position >= deaths_from;
                for j in 0..p {
                    let (mut h, mut g) = (hazard[e], drift[e * p + j]);
                    if before < stratum.events.1 {
                        h -= hazard[before - stratum.events.0];
                        g -= drift[(before - stratum.events.0) * p + j];
                    }
                    if lost {
                        h -= loss[e];
                        g -= loss_drift[e * p + j];
                    }
                    residuals[position * p + j] -= own * (design.x[position * design.stride + j] * h - g);
                }
            }
            at = end;
        }
    }
    residuals
}

/// The infinitesimal-jackknife covariance: the cross-product of weighted score residuals between two inverse
/// informations (Lin and Wei 1989), in scaled covariates.
pub(crate) fn robust_covariance(design: &Design, evaluation: &Evaluation, inverse: &[f64]) -> Vec<f64> {
    let p = design.p;
    let residuals = score_residuals(design, evaluation);
    let mut covariance = vec![0.0; p * p];
    let mut change = vec![0.0; p];
    for position in 0..design.rows() {
        let weight = design.weight(position);
        for (j, change) in change.iter_mut().enumerate() {
            *change = (0..p).map(|a| weight * residuals[position * p + a] * inverse[a * p + j]).sum();
        }
        for a in 0..p {
            for b in 0..p {
                covariance[a * p + b] += change[a] * change[b];
            }
        }
    }
    covariance
}
