//! Influence of each row on coefficients and baseline: the martingale of the cause and that of the censoring weights.

use super::design::{Design, End};
use super::likelihood::Evaluation;
use super::{CensoringTies, FineGrayVariance};

/// A sum over event times c_j d_j / total_j whose influence is wanted: c of row i at event time j is `x_i - mean_j` for the
/// score and `1 / total_j` up to a time for the baseline. Both are `row part * a_j - b_j`.
pub(super) struct Integrand<'a> {
    /// By event time: factor of the row part.
    a: &'a dyn Fn(usize) -> f64,
    /// By event time: the other part, `width` numbers.
    b: &'a dyn Fn(usize, &mut [f64]),
    /// By position: the row part, `width` numbers.
    row: &'a dyn Fn(usize, &mut [f64]),
    width: usize,
}

/// Influence of each position on the score, `p` numbers each.
pub(super) fn score_influence(design: &Design, evaluation: &Evaluation, variance: FineGrayVariance) -> Vec<f64> {
    let p = design.p;
    influence(
        design,
        evaluation,
        variance,
        &Integrand {
            a: &|_| 1.0,
            b: &|j, out| out.copy_from_slice(&evaluation.mean[j * p..(j + 1) * p]),
            row: &|position, out| out.copy_from_slice(design.row(position)),
            width: p,
        },
    )
}

/// Influence of each position on the baseline cumulative hazard at the first `count` event times, coefficients held fixed.
pub(super) fn baseline_influence(
    design: &Design,
    evaluation: &Evaluation,
    variance: FineGrayVariance,
    count: usize,
) -> Vec<f64> {
    influence(
        design,
        evaluation,
        variance,
        &Integrand {
            a: &|_| 0.0,
            b: &|j, out| out[0] = if j < count { -1.0 / evaluation.total[j] } else { 0.0 },
            row: &|_, out| out[0] = 0.0,
            width: 1,
        },
    )
}

fn influence(
    design: &Design,
    evaluation: &Evaluation,
    variance: FineGrayVariance,
    integrand: &Integrand<'_>,
) -> Vec<f64> {
    let (k, w, times) = (design.n_groups, integrand.width, design.n_times());
    let jump = |j: usize| design.deaths[j] / evaluation.total[j];
    // sums of a d / total and b d / total before each event time, and of their products with G(t-) from it on
    let width = w + 1;
    let mut before = vec![0.0; (times + 1) * width];
    let mut after = vec![0.0; (times + 1) * k * width];
    let mut b = vec![0.0; w];
    for j in 0..times {
        (integrand.b)(j, &mut b);
        let jump = jump(j);
        for c in 0..w {
            before[(j + 1) * width + c] = before[j * width + c] + jump * b[c];
        }
        before[(j + 1) * width + w] = before[j * width + w] + jump * (integrand.a)(j);
    }
    for j in (0..times).rev() {
        (integrand.b)(j, &mut b);
        for (g, &free) in design.free_at(j).iter().enumerate() {
            let jump = jump(j) * free;
            let (here, next) = ((j * k + g) * width, ((j + 1) * k + g) * width);
            for c in 0..w {
                after[here + c] = after[next + c] + jump * b[c];
            }
            after[here + w] = after[next + w] + jump * (integrand.a)(j);
        }
    }
    let mut out = vec![0.0; design.n * w];
    let mut row = vec![0.0; w];
    for (index, rows) in design.tied() {
        let until = design.events_until[index];
        for position in rows {
            (integrand.row)(position, &mut row);
            let own = &mut out[position * w..(position + 1) * w];
            let risk = evaluation.risk[position];
            let past = &before[until * width..(until + 1) * width];
            let entered = design.entered_after(position) * width;
            let early = &before[entered..entered + width];
            for c in 0..w {
                own[c] -= risk * (row[c] * (past[w] - early[w]) - (past[c] - early[c]));
            }
            let inverse = design.inverse_free[position];
            if inverse > 0.0 {
                let start = (until * k + design.group[position] as usize) * width;
                let later = &after[start..start + width];
                for c in 0..w {
                    own[c] -= risk * inverse * (row[c] * later[w] - later[c]);
                }
            } else if design.end[position] == End::Event {
                let j = until - 1;
                (integrand.b)(j, &mut b);
                let a = (integrand.a)(j);
                for c in 0..w {
                    own[c] += row[c] * a - b[c];
                }
            }
        }
    }
    if variance == FineGrayVariance::FineGray {
        add_censoring(design, evaluation, integrand, &after, &mut out);
    }
    out
}

/// Adds what each row contributes through the estimated censoring distribution of its group.
fn add_censoring(design: &Design, evaluation: &Evaluation, integrand: &Integrand<'_>, after: &[f64], out: &mut [f64]) {
    let (k, w) = (design.n_groups, integrand.width);
    let width = w + 1;
    let mut at_risk = vec![0.0; k];
    for (&group, weight) in design.group.iter().zip(&design.weight) {
        at_risk[group as usize] += weight;
    }
    // by censoring group: sums of risk / G(T-) times the row part and alone, over competing rows so far
    let mut past = vec![0.0; k * width];
    let mut compensator = vec![0.0; k * w];
    let mut q = vec![0.0; k * w];
    let mut row = vec![0.0; w];
    let mut counts = vec![[0.0_f64; 2]; k];
    let mut until_before = 0;
    for (index, rows) in design.tied() {
        let until = design.events_until[index];
        counts.fill([0.0; 2]);
        for position in rows.clone() {
            counts[design.group[position] as usize][usize::from(design.end[position] != End::Censored)] +=
                design.weight[position];
        }
        let mut add_past = |past: &mut [f64]| {
            for position in rows.clone() {
                let inverse = design.inverse_free[position];
                if inverse > 0.0 {
                    (integrand.row)(position, &mut row);
                    let weight = design.weight[position] * evaluation.risk[position] * inverse;
                    let past = &mut past[design.group[position] as usize * width..];
                    for c in 0..w {
                        past[c] += weight * row[c];
                    }
                    past[w] += weight;
                }
            }
        };
        // finegray: events come before censorings, so those of this time are out of the risk set of censoring
        let first = match design.ties {
            CensoringTies::Cmprsk => until_before,
            CensoringTies::Finegray => {
                for position in rows.clone() {
                    if design.end[position] != End::Censored {
                        let g = design.group[position] as usize;
                        for c in 0..w {
                            out[position * w + c] += compensator[g * w + c];
                        }
                    }
                }
                add_past(&mut past);
                until
            }
        };
        for g in 0..k {
            let [censored, events] = counts[g];
            if censored > 0.0 {
                let risk = if design.ties == CensoringTies::Cmprsk { at_risk[g] } else { at_risk[g] - events };
                let later = &after[(first * k + g) * width..(first * k + g + 1) * width];
                let past = &past[g * width..(g + 1) * width];
                for c in 0..w {
                    let value = (past[c] * later[w] - past[w] * later[c]) / risk;
                    q[g * w + c] = value;
                    compensator[g * w + c] -= value * censored / risk;
                }
            }
        }
        for position in rows.clone() {
            let g = design.group[position] as usize;
            let censored = design.end[position] == End::Censored;
            if censored || design.ties == CensoringTies::Cmprsk {
                for c in 0..w {
                    out[position * w + c] += compensator[g * w + c] + if censored { q[g * w + c] } else { 0.0 };
                }
            }
        }
        if design.ties == CensoringTies::Cmprsk {
            add_past(&mut past);
        }
        for g in 0..k {
            at_risk[g] -= counts[g][0] + counts[g][1];
        }
        until_before = until;
    }
}
