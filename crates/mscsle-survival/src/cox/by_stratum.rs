//! Log-likelihood, score and information of each stratum at given coefficients: what sites can share and add.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};

use super::after::check_coefficients;
use super::check_options;
use super::design::{Design, Stratum, blocks, prepare};
use super::likelihood::Evaluation;
use super::options::CoxOptions;
use crate::{SurvivalError, Weights};

/// The log partial likelihood of one stratum with its derivatives.
#[derive(Debug, Clone, PartialEq)]
pub struct StratumLikelihood {
    /// Code of the stratum; 0 without strata.
    pub code: u32,
    /// Rows that take part (summed frequency weights).
    pub n: f64,
    /// Events (summed frequency weights).
    pub n_events: f64,
    /// Log partial likelihood.
    pub log_likelihood: f64,
    /// First derivatives by the coefficients.
    pub score: Vec<f64>,
    /// Minus the second derivatives.
    pub information: Array2<f64>,
}

/// Log-likelihood, score and information of each stratum at given coefficients, in the order of the codes.
///
/// The sums over the strata are the log-likelihood, score and information of the model with these strata, so places that
/// may not share rows can share these: start at 0, add what the places report, take the Newton step
/// `information^-1 score`, repeat. Times are grouped (near ties) over all rows given here, not by stratum. A penalty is not
/// part of it.
///
/// # Errors
/// As [`cox`](crate::cox); coefficients that are not finite, and coefficients at which the likelihood is not finite.
///
/// # Examples
/// ```
/// use mscsle_survival::{CoxOptions, cox_likelihood};
/// use ndarray::array;
/// let x = array![[1.0], [0.0], [1.0], [0.0]];
/// let found = cox_likelihood(&[1.0, 2.0, 3.0, 4.0], &[true; 4], x.view(), &CoxOptions::default(), &[0.0])?;
/// assert!((found[0].log_likelihood + 24_f64.ln()).abs() < 1e-14);
/// assert!((found[0].score[0] - (2.0 - 0.5 - 1.0 / 3.0 - 0.5)).abs() < 1e-14);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Lu CL, Wang S, Ji Z, Wu Y, Xiong L, Jiang X, Ohno-Machado L (2015) WebDISCO, J Am Med Inform Assoc 22:1212,
/// doi:10.1093/jamia/ocv083.
pub fn cox_likelihood(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
    coefficients: &[f64],
) -> Result<Vec<StratumLikelihood>, SurvivalError> {
    check_options(x.ncols(), options)?;
    check_coefficients(x.ncols(), coefficients)?;
    let design = prepare(time, event, x, options)?;
    let (p, scale) = (design.p, &design.scale);
    let beta: Vec<f64> = coefficients.iter().zip(scale).map(|(b, s)| b * s).collect();
    let counts = !matches!(options.weights, Weights::Sampling(_));
    let mut found: BTreeMap<u32, StratumLikelihood> = BTreeMap::new();
    for row in 0..time.len() {
        let code = options.strata.map_or(0, |codes| codes[row]);
        let weight = options.weights.values().map_or(1.0, |weights| weights[row]);
        let entry = found.entry(code).or_insert_with(|| StratumLikelihood {
            code,
            n: 0.0,
            n_events: 0.0,
            log_likelihood: 0.0,
            score: vec![0.0; p],
            information: Array2::zeros((p, p)),
        });
        entry.n += if counts { weight } else { f64::from(weight > 0.0) };
    }
    for s in 0..design.strata.len() {
        let part = design.part(s);
        let mut evaluation = Evaluation::default();
        if !evaluation.at(&part, &beta, true) {
            return Err(SurvivalError::NotEstimable {
                quantity: "the likelihood at these coefficients",
                reason: "it is not finite; the linear predictors of a stratum differ too much".to_owned(),
            });
        }
        if let Some(entry) = found.get_mut(&design.strata[s].code) {
            entry.n_events = part.n_events;
            entry.log_likelihood = evaluation.log_likelihood;
            entry.score = (0..p).map(|j| evaluation.score[j] * scale[j]).collect();
            entry.information =
                Array2::from_shape_fn((p, p), |(a, b)| evaluation.information[a * p + b] * scale[a] * scale[b]);
        }
    }
    Ok(found.into_values().collect())
}

impl Design {
    /// The data of one stratum.
    fn part(&self, s: usize) -> Self {
        let stratum = &self.strata[s];
        let (rows, events) = (stratum.rows.0..stratum.rows.1, stratum.events.0..stratum.events.1);
        let some = |values: &[f64]| values.get(rows.clone()).unwrap_or_default().to_vec();
        let entries = if self.has_entry() {
            let last = events.clone().last().map_or(stratum.entries_start, |k| self.entry_end[k] as usize);
            stratum.entries_start..last
        } else {
            0..0
        };
        let first = rows.start as u32;
        let mut part = Self {
            x: self.x[rows.start * self.stride..rows.end * self.stride].to_vec(),
            order: self.order[rows.clone()].to_vec(),
            offset: some(&self.offset),
            weight: some(&self.weight),
            strata: vec![Stratum {
                rows: (0, rows.len()),
                events: (0, events.len()),
                entries_start: 0,
                code: stratum.code,
            }],
            blocks: Vec::new(),
            event_time: self.event_time[events.clone()].to_vec(),
            end: self.end[events.clone()].iter().map(|end| end - first).collect(),
            deaths: self.deaths[events.clone()].to_vec(),
            count: self.count[events.clone()].to_vec(),
            mean_weight: self.mean_weight[events.clone()].to_vec(),
            entry_order: self.entry_order[entries.clone()].iter().map(|position| position - first).collect(),
            entry_end: self
                .entry_end
                .get(events.clone())
                .unwrap_or_default()
                .iter()
                .map(|end| end - entries.start as u32)
                .collect(),
            entered_at: self
                .entered_at
                .get(rows.clone())
                .unwrap_or_default()
                .iter()
                .map(|at| at - events.start as u32)
                .collect(),
            death_sum: vec![0.0; self.stride],
            death_offset: 0.0,
            stratum_centre: self.stratum_centre[s * self.p..(s + 1) * self.p].to_vec(),
            stratum_offset: vec![self.stratum_offset[s]],
            n_rows: rows.len() as f64,
            n_strata: 1,
            n_events: 0.0,
            centre: self.centre.clone(),
            scale: self.scale.clone(),
            constant: self.constant.clone(),
            ..*self
        };
        part.n_events = if self.counts_deaths {
            part.count.iter().sum()
        } else {
            part.deaths.iter().map(|&deaths| f64::from(deaths)).sum()
        };
        part.sum_deaths();
        part.blocks = blocks(&part);
        part
    }
}
