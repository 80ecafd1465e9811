//! The test of proportional hazards.

use ndarray::ArrayView2;

use super::after::Refit;
use super::chi_squared_test;
use super::factor::Factor;
use super::newton::{ALIASED, dot};
use super::options::CoxOptions;
use super::result::CoxTest;
use crate::{KaplanMeierOptions, SurvivalError, kaplan_meier};

/// The function g(t) of time against which coefficients may drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum TimeTransform {
    /// One minus the Kaplan-Meier estimate just before t, over all strata.
    #[default]
    KaplanMeier,
    /// Rank among the times of all rows, ties averaged.
    Rank,
    /// t.
    Identity,
    /// ln t.
    Log,
}

impl TimeTransform {
    /// The transform of this name.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(name: &str) -> Result<Self, SurvivalError> {
        match name {
            "km" => Ok(Self::KaplanMeier),
            "rank" => Ok(Self::Rank),
            "identity" => Ok(Self::Identity),
            "log" => Ok(Self::Log),
            _ => Err(SurvivalError::UnknownWord {
                option: "transform",
                known: "`km`, `rank`, `identity` or `log`",
                value: name.to_owned(),
            }),
        }
    }
}

/// Tests of proportional hazards: one a term, and one of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct PhTest {
    /// One test a term, in the order asked for.
    pub terms: Vec<CoxTest>,
    /// The test of all terms.
    pub global: CoxTest,
}

/// Score test that the coefficients do not change with time.
///
/// With coefficients beta + theta g(t), the score for theta at theta = 0 is compared with its variance given beta:
///
/// ```text
/// U' (I22 - I21 I11^-1 I12)^-1 U,   U = sum g (x - mean), I11, I12, I22 = sums of V, g V, g^2 V over the event times
/// ```
///
/// A term is a group of columns (`terms`). This is the test of R's `cox.zph` since version 3.0, not the older
/// approximation by scaled residuals.
///
/// # Errors
/// As [`cox`](crate::cox); exact ties are refused.
///
/// # References
/// Grambsch PM, Therneau TM (1994) Biometrika 81:515, doi:10.1093/biomet/81.3.515.
pub fn ph_test(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    coefficients: &[f64],
    transform: TimeTransform,
    terms: &[Vec<usize>],
) -> Result<PhTest, SurvivalError> {
    let refit = Refit::new(time, event, x, options, coefficients)?;
    let Refit { design, evaluation, factor, .. } = &refit;
    let p = design.p;
    let values = match transform {
        TimeTransform::Identity => design.event_time.clone(),
        TimeTransform::Log => design.event_time.iter().map(|t| t.ln()).collect(),
        TimeTransform::Rank => ranks(time, &design.event_time, design.largest_gap),
        TimeTransform::KaplanMeier => {
            let km_options =
                KaplanMeierOptions { entry: options.entry, near_ties: options.near_ties, ..Default::default() };
            let km = kaplan_meier(time, event, &km_options)?;
            design
                .event_time
                .iter()
                .map(|&t| match km.time.partition_point(|&u| u < t) {
                    0 => 0.0,
                    at => 1.0 - km.survival[at - 1],
                })
                .collect()
        }
    };
    if let Some(row) = values.iter().position(|v| !v.is_finite()) {
        return Err(SurvivalError::NotEstimable {
            quantity: "the test of proportional hazards",
            reason: format!("the transform of time {} is not finite; use another transform", design.event_time[row]),
        });
    }
    // the test does not change with origin and unit of g; multipliers must not be negative
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = if highest > lowest { highest - lowest } else { 1.0 };
    let g: Vec<f64> = values.iter().map(|v| (v - lowest) / width).collect();
    let squares: Vec<f64> = g.iter().map(|g| g * g).collect();
    let (score, cross) = evaluation.multiplied(design, &g);
    let (_, second) = evaluation.multiplied(design, &squares);
    // variance of the score given beta
    let mut variance = second;
    let mut solved = vec![0.0; p];
    for b in 0..p {
        let column: Vec<f64> = (0..p).map(|a| cross[a * p + b]).collect();
        factor.solve(&column, &mut solved);
        for a in 0..p {
            variance[a * p + b] -= dot(&cross[a * p..(a + 1) * p], &solved);
        }
    }
    // the score of beta itself is zero at the maximum, and under a penalty it is not: both are taken out
    factor.solve(&evaluation.score, &mut solved);
    let left: Vec<f64> = (0..p).map(|a| score[a] - dot(&cross[a * p..(a + 1) * p], &solved)).collect();
    let test = |columns: &[bool], method| {
        let inner = Factor::new(&variance, p, columns, ALIASED);
        let mut out = vec![0.0; p];
        inner.solve(&left, &mut out);
        let masked: f64 = (0..p).filter(|&j| inner.active[j]).map(|j| left[j] * out[j]).sum();
        chi_squared_test(masked, inner.rank(), method)
    };
    let method = "score test of proportional hazards";
    let free = &factor.active;
    let by_term = terms
        .iter()
        .map(|columns| {
            // given that the other terms do not drift
            let chosen: Vec<bool> = (0..p).map(|j| free[j] && columns.contains(&j)).collect();
            test(&chosen, method)
        })
        .collect();
    Ok(PhTest { terms: by_term, global: test(free, method) })
}

/// Average rank of each event time among the times of all rows; times within the gap after it are tied with it.
fn ranks(time: &[f64], events: &[f64], gap: f64) -> Vec<f64> {
    let mut sorted = time.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = |&event: &f64| {
        let below = sorted.partition_point(|&t| t < event);
        let until = sorted.partition_point(|&t| t <= event + gap);
        0.5 * ((below + until) as f64 + 1.0)
    };
    events.iter().map(rank).collect()
}
