//! Cumulative incidence of new subjects.

use ndarray::{Array2, ArrayView2};

use super::fit::FineGrayModel;
use super::influence::baseline_influence;
use super::likelihood::dot;
use crate::{Confidence, SurvivalError};

/// Predicted cumulative incidence of the cause of interest, subjects x times.
#[derive(Debug, Clone, PartialEq)]
pub struct FineGrayPrediction {
    /// Times.
    pub time: Vec<f64>,
    /// F(t | x).
    pub incidence: Array2<f64>,
    /// Its standard error; NaN before the first event and if limits were not asked for.
    pub standard_error: Array2<f64>,
    /// Lower limit, symmetric in ln(-ln(1 - F)).
    pub lower: Array2<f64>,
    /// Upper limit.
    pub upper: Array2<f64>,
}

impl FineGrayModel {
    /// Cumulative incidence of subjects with covariates `x` at `times` (all event times without).
    ///
    /// Standard errors take into account coefficients, baseline and, if the fit does, the censoring weights. Columns that
    /// are not estimable have coefficient 0. A time costs O(n p) once, for all subjects, if `limits` are asked for.
    ///
    /// # Errors
    /// A number of columns other than that of the fit; covariates that are not finite.
    ///
    /// # References
    /// Fine, Gray. J Am Stat Assoc 1999;94:496, section 4. doi:10.1080/01621459.1999.10474144
    pub fn predict(
        &self,
        x: ArrayView2<'_, f64>,
        times: Option<&[f64]>,
        limits: bool,
    ) -> Result<FineGrayPrediction, SurvivalError> {
        let p = self.design.p;
        if x.ncols() != p {
            return Err(SurvivalError::UnequalLength {
                argument: "columns of new data",
                expected: p,
                found: x.ncols(),
            });
        }
        let z = Confidence { level: self.fit.conf_level, ..Confidence::default() }.critical_value()?;
        let mut scaled = Array2::zeros(x.dim());
        for ((row, j), value) in x.indexed_iter() {
            if !value.is_finite() {
                return Err(SurvivalError::CovariateNotFinite {
                    name: self.fit.terms[j].name.clone(),
                    row,
                    value: *value,
                });
            }
            scaled[(row, j)] = (value - self.design.centre[j]) / self.design.scale[j];
        }
        let risk: Vec<f64> = scaled
            .rows()
            .into_iter()
            .map(|row| (dot(&row.to_vec(), &self.beta) - self.evaluation.log_scale).exp())
            .collect();
        let time = times.map_or_else(|| self.fit.time.clone(), <[f64]>::to_vec);
        let shape = (x.nrows(), time.len());
        let mut found = FineGrayPrediction {
            incidence: Array2::zeros(shape),
            standard_error: Array2::from_elem(shape, f64::NAN),
            lower: Array2::from_elem(shape, f64::NAN),
            upper: Array2::from_elem(shape, f64::NAN),
            time,
        };
        let covariance = self.covariance_scaled(limits);
        for (t, &at) in found.time.iter().enumerate() {
            let count = crate::steps_until(&self.fit.time, &[at], self.fit.largest_gap)[0] as usize;
            let hazard = self.evaluation.hazard[count];
            let parts = (limits && count > 0).then(|| self.baseline_parts(count));
            for row in 0..x.nrows() {
                let cumulative = hazard * risk[row];
                let incidence = -(-cumulative).exp_m1();
                found.incidence[(row, t)] = incidence;
                let Some((own, cross, mean)) = &parts else { continue };
                // influence on the log of the cumulative hazard: baseline part + (x - mean)' influence on b
                let distance: Vec<f64> = (0..p).map(|j| scaled[(row, j)] - mean[j]).collect();
                let quadratic: f64 =
                    (0..p).map(|i| distance[i] * dot(&covariance[i * p..(i + 1) * p], &distance)).sum();
                let se_log = (own + 2.0 * dot(&distance, cross) + quadratic).max(0.0).sqrt();
                found.standard_error[(row, t)] = (1.0 - incidence) * cumulative * se_log;
                found.lower[(row, t)] = -(-cumulative * (-z * se_log).exp()).exp_m1();
                found.upper[(row, t)] = -(-cumulative * (z * se_log).exp()).exp_m1();
            }
        }
        Ok(found)
    }

    /// Sum of squared influences on the log baseline hazard at the first `count` event times, their products with those on
    /// the coefficients, and the mean of the covariates over the jumps.
    fn baseline_parts(&self, count: usize) -> (f64, Vec<f64>, Vec<f64>) {
        let p = self.design.p;
        let hazard = self.evaluation.hazard[count];
        let own = baseline_influence(&self.design, &self.evaluation, self.fit.variance, count);
        let own = self.design.units(own, 1);
        let mut mean = vec![0.0; p];
        for j in 0..count {
            let jump = self.design.deaths[j] / self.evaluation.total[j] / hazard;
            for (mean, at) in mean.iter_mut().zip(&self.evaluation.mean[j * p..(j + 1) * p]) {
                *mean += jump * at;
            }
        }
        let mut square = 0.0;
        let mut cross = vec![0.0; p];
        for (unit, own) in own.iter().enumerate() {
            let own = own / hazard;
            square += own * own;
            for (cross, influence) in cross.iter_mut().zip(&self.influence[unit * p..(unit + 1) * p]) {
                *cross += own * influence;
            }
        }
        (square, cross, mean)
    }

    fn covariance_scaled(&self, wanted: bool) -> Vec<f64> {
        let p = self.design.p;
        let mut out = vec![0.0; p * p];
        if wanted {
            for row in self.influence.chunks_exact(p.max(1)) {
                for i in 0..p {
                    for (cell, b) in out[i * p..(i + 1) * p].iter_mut().zip(row) {
                        *cell += row[i] * b;
                    }
                }
            }
        }
        out
    }
}
