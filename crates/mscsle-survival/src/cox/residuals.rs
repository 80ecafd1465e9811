//! What each event time and each row add to the score: the ground of residuals, robust variance and baseline hazard.

use super::design::Design;
use super::likelihood::{Evaluation, Twofold};

/// Sums over the risk set of each event time, in the order of the design (descending time within stratum).
///
/// With Efron's shares f = l/d, denominators den = S0 - f D0 and means m = (S1 - f D1) / den:
#[derive(Debug, Clone)]
pub(crate) struct EventMoments {
    /// Hazard increment: sum of w / den.
    pub(crate) hazard: Vec<f64>,
    /// Its variance: sum of w / den^2.
    pub(crate) variance: Vec<f64>,
    /// What a tied death does not see: sum of w f / den.
    pub(crate) loss: Vec<f64>,
    /// Sum of w m / den, p per event time.
    pub(crate) drift: Vec<f64>,
    /// Sum of w f m / den, p per event time.
    pub(crate) loss_drift: Vec<f64>,
    /// Mean of the m over the shares, p per event time.
    pub(crate) mean: Vec<f64>,
}

impl EventMoments {
    /// From the risks of the last evaluation by sums.
    pub(crate) fn new(design: &Design, evaluation: &Evaluation) -> Self {
        let p = design.p;
        let events = design.end.len();
        let risk = evaluation.risk();
        let mut moments = Self {
            hazard: vec![0.0; events],
            variance: vec![0.0; events],
            loss: vec![0.0; events],
            drift: vec![0.0; events * p],
            loss_drift: vec![0.0; events * p],
            mean: vec![0.0; events * p],
        };
        let mut sum = vec![Twofold::default(); p];
        let mut dead = vec![0.0; p];
        for stratum in &design.strata {
            let mut total = Twofold::default();
            sum.fill(Twofold::default());
            let mut at = stratum.rows.0;
            let mut entered = stratum.entries_start;
            for k in stratum.events.0..stratum.events.1 {
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
                dead.fill(0.0);
                let mut dead_risk = 0.0;
                for position in design.death_rows(k) {
                    dead_risk += risk[position];
                    for (dead, x) in dead.iter_mut().zip(design.row(position)) {
                        *dead += risk[position] * x;
                    }
                }
                let shares = design.shares(k);
                let weight = design.mean_weight[k] * design.count[k] / shares as f64;
                for l in 0..shares {
                    let share = l as f64 / design.count[k];
                    let inverse = 1.0 / (total.value() - share * dead_risk);
                    moments.hazard[k] += weight * inverse;
                    moments.variance[k] += weight * inverse * inverse;
                    moments.loss[k] += weight * share * inverse;
                    for j in 0..p {
                        let m = (sum[j].value() - share * dead[j]) * inverse;
                        moments.mean[k * p + j] += m / shares as f64;
                        moments.drift[k * p + j] += weight * m * inverse;
                        moments.loss_drift[k * p + j] += weight * share * m * inverse;
                    }
                }
            }
        }
        moments
    }
}

/// Residuals of the sorted rows.
#[derive(Debug, Clone)]
pub(crate) struct RowResiduals {
    /// Event less expected number of events.
    pub(crate) martingale: Vec<f64>,
    /// Derivative of the score by the weight of the row, p per row.
    pub(crate) score: Vec<f64>,
}

/// Martingale and score residuals of the sorted rows.
///
/// ```text
/// martingale  event - risk * sum of the hazard increments while at risk
/// score       death: (x - mean m)  -  risk * sum of w (x - m) / den while at risk
/// ```
///
/// where `risk` is without the row's weight, and tied deaths see the increments less their own share.
pub(crate) fn row_residuals(design: &Design, evaluation: &Evaluation, moments: &EventMoments) -> RowResiduals {
    let p = design.p;
    let rows = design.rows();
    let risk = evaluation.risk();
    let mut residuals = RowResiduals { martingale: vec![0.0; rows], score: vec![0.0; rows * p] };
    for stratum in &design.strata {
        let first = stratum.events.0;
        // increments from each event time back to the earliest of the stratum
        let mut hazard = vec![Twofold::default(); stratum.events.1 - first];
        let mut drift = vec![Twofold::default(); (stratum.events.1 - first) * p];
        let mut running = Twofold::default();
        let mut running_drift = vec![Twofold::default(); p];
        for k in (first..stratum.events.1).rev() {
            running.add(moments.hazard[k]);
            hazard[k - first] = running;
            for j in 0..p {
                running_drift[j].add(moments.drift[k * p + j]);
                drift[(k - first) * p + j] = running_drift[j];
            }
        }
        let mut at = stratum.rows.0;
        for k in first..stratum.events.1 {
            let end = design.end[k] as usize;
            let deaths = design.death_rows(k);
            for position in at..end {
                let own = risk[position] / design.weight(position);
                let entered = design.entered_at.get(position).map_or(stratum.events.1, |&k| k as usize);
                let before = (entered < stratum.events.1).then(|| entered - first);
                let is_death = deaths.contains(&position);
                let mut h = hazard[k - first].less(before.map(|e| hazard[e]));
                if is_death {
                    h -= moments.loss[k];
                    residuals.martingale[position] = 1.0;
                }
                residuals.martingale[position] -= own * h;
                let row = design.row(position);
                for j in 0..p {
                    let mut g = drift[(k - first) * p + j].less(before.map(|e| drift[e * p + j]));
                    if is_death {
                        g -= moments.loss_drift[k * p + j];
                        residuals.score[position * p + j] = row[j] - moments.mean[k * p + j];
                    }
                    residuals.score[position * p + j] -= own * (row[j] * h - g);
                }
            }
            at = end;
        }
    }
    residuals
}

/// Change of the coefficients when the weight of a row grows: score residuals times the inverse information.
pub(crate) fn dfbeta(score: &[f64], inverse: &[f64], p: usize) -> Vec<f64> {
    let mut change = vec![0.0; score.len()];
    for (row, out) in score.chunks_exact(p).zip(change.chunks_exact_mut(p)) {
        for (j, out) in out.iter_mut().enumerate() {
            *out = (0..p).map(|a| row[a] * inverse[a * p + j]).sum();
        }
    }
    change
}

/// The robust covariance: the cross-product of the weighted changes of the coefficients, summed within clusters
/// (Lin and Wei 1989), in scaled covariates.
pub(crate) fn robust_covariance(
    design: &Design,
    evaluation: &Evaluation,
    inverse: &[f64],
    cluster: Option<&[u32]>,
) -> Vec<f64> {
    let p = design.p;
    let moments = EventMoments::new(design, evaluation);
    let mut change = dfbeta(&row_residuals(design, evaluation, &moments).score, inverse, p);
    for (position, change) in change.chunks_exact_mut(p).enumerate() {
        let weight = design.weight(position);
        change.iter_mut().for_each(|c| *c *= weight);
    }
    if let Some(cluster) = cluster {
        let mut order: Vec<u32> = (0..design.rows() as u32).collect();
        let code = |position: u32| cluster[design.order[position as usize] as usize];
        order.sort_by_key(|&position| code(position));
        let mut summed: Vec<f64> = Vec::new();
        let mut last = None;
        for &position in &order {
            if last != Some(code(position)) {
                summed.resize(summed.len() + p, 0.0);
                last = Some(code(position));
            }
            let start = summed.len() - p;
            for (sum, change) in summed[start..].iter_mut().zip(&change[position as usize * p..]) {
                *sum += change;
            }
        }
        change = summed;
    }
    let mut covariance = vec![0.0; p * p];
    for change in change.chunks_exact(p) {
        for a in 0..p {
            for b in 0..p {
                covariance[a * p + b] += change[a] * change[b];
            }
        }
    }
    covariance
}
