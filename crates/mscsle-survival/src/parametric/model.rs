//! Predictions of a parametric model.

use mscsle_distributions::normal;
use ndarray::{Array2, ArrayView2};

use super::family::Family;
use super::likelihood::dot;
use super::prepare::{Shape, base};
use crate::SurvivalError;

/// A fitted model `z(t) = s(log t) + x b`, from which survival and quantiles follow.
#[derive(Debug, Clone, PartialEq)]
pub struct ParametricModel {
    pub(crate) family: Family,
    pub(crate) shape: Shape,
    /// Parameters of time, then the covariates (0 if not estimated).
    pub(crate) theta: Vec<f64>,
    pub(crate) covariance: Array2<f64>,
    pub(crate) covariates: usize,
}

/// Predicted survival, subjects x times.
#[derive(Debug, Clone, PartialEq)]
pub struct ParametricSurvival {
    /// Survival.
    pub survival: Array2<f64>,
    /// Lower limit.
    pub lower: Array2<f64>,
    /// Upper limit.
    pub upper: Array2<f64>,
    /// Hazard.
    pub hazard: Array2<f64>,
}

/// Predicted quantiles, subjects x fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct ParametricQuantiles {
    /// Time by which the fraction has had the event.
    pub estimate: Array2<f64>,
    /// Its standard error.
    pub standard_error: Array2<f64>,
    /// Lower limit (on the log scale).
    pub lower: Array2<f64>,
    /// Upper limit.
    pub upper: Array2<f64>,
}

/// Term `j` of a restricted cubic spline with these knots (the boundary first and last), and its derivative.
pub(crate) fn spline(y: f64, knots: &[f64], j: usize) -> (f64, f64) {
    let (first, last) = (knots[0], knots[knots.len() - 1]);
    let share = (last - knots[j]) / (last - first);
    let cube = |knot: f64| (y - knot).max(0.0).powi(3);
    let square = |knot: f64| 3.0 * (y - knot).max(0.0).powi(2);
    (
        cube(knots[j]) - share * cube(first) - (1.0 - share) * cube(last),
        square(knots[j]) - share * square(first) - (1.0 - share) * square(last),
    )
}

impl ParametricModel {
    /// Basis at a log time for a subject, and its derivative by log time.
    fn basis(&self, y: f64, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let size = base(&self.shape);
        let mut value = vec![1.0];
        let mut slope = vec![0.0];
        if let Shape::Spline { knots } = &self.shape {
            value.push(y);
            slope.push(1.0);
            for j in 1..size - 1 {
                let (v, d) = spline(y, knots, j);
                value.push(v);
                slope.push(d);
            }
        }
        value.extend_from_slice(x);
        slope.resize(value.len(), 0.0);
        (value, slope)
    }

    /// z and its derivative by log time.
    fn z(&self, y: f64, x: &[f64]) -> (f64, f64, Vec<f64>) {
        let (value, slope) = self.basis(y, x);
        let fixed = if self.shape == Shape::Fixed { (y, 1.0) } else { (0.0, 0.0) };
        (dot(&value, &self.theta) + fixed.0, dot(&slope, &self.theta) + fixed.1, value)
    }

    fn variance(&self, a: &[f64]) -> f64 {
        let mut sum = 0.0;
        for i in 0..a.len() {
            for j in 0..a.len() {
                sum += a[i] * self.covariance[[i, j]] * a[j];
            }
        }
        sum.max(0.0)
    }

    fn checked(&self, x: &ArrayView2<'_, f64>, level: f64) -> Result<(Vec<Vec<f64>>, f64), SurvivalError> {
        if x.ncols() != self.covariates {
            return Err(SurvivalError::UnequalLength {
                argument: "columns of new data",
                expected: self.covariates,
                found: x.ncols(),
            });
        }
        if let Some(((row, column), &value)) = x.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(SurvivalError::CovariateNotFinite { name: format!("x{}", column + 1), row, value });
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(SurvivalError::InvalidOption {
                option: "conf_level",
                expected: "between 0 and 1",
                value: level,
            });
        }
        let critical = normal::quantile_upper(0.5 * (1.0 - level)).unwrap_or(f64::NAN);
        Ok((x.outer_iter().map(|row| row.to_vec()).collect(), critical))
    }

    /// Survival and hazard of subjects at times; limits are those of the standardised log time (for the Weibull model the
    /// log-log scale of survival).
    ///
    /// # Errors
    /// Columns that differ from those of the fit, values that are not finite, negative times.
    pub fn survival(
        &self,
        x: ArrayView2<'_, f64>,
        times: &[f64],
        level: f64,
    ) -> Result<ParametricSurvival, SurvivalError> {
        crate::check::times("times", times)?;
        let (subjects, critical) = self.checked(&x, level)?;
        let shape = (subjects.len(), times.len());
        let mut out = ParametricSurvival {
            survival: Array2::ones(shape),
            lower: Array2::ones(shape),
            upper: Array2::ones(shape),
            hazard: Array2::from_elem(shape, f64::NAN),
        };
        for (i, subject) in subjects.iter().enumerate() {
            for (j, &time) in times.iter().enumerate() {
                if time == 0.0 {
                    continue;
                }
                let (z, slope, basis) = self.z(time.ln(), subject);
                let margin = critical * self.variance(&basis).sqrt();
                out.survival[[i, j]] = self.family.survival(z);
                out.lower[[i, j]] = self.family.survival(z + margin);
                out.upper[[i, j]] = self.family.survival(z - margin);
                let rate = self.family.ln_density(z).value - self.family.ln_survival(z).value;
                out.hazard[[i, j]] = rate.exp() * slope / time;
            }
        }
        Ok(out)
    }

    /// Quantiles of the time of subjects, limits on the log scale.
    ///
    /// # Errors
    /// Columns that differ from those of the fit, values that are not finite, fractions outside (0, 1);
    /// [`SurvivalError::NotEstimable`] where the spline turns down before it reaches a fraction.
    pub fn quantile(
        &self,
        x: ArrayView2<'_, f64>,
        fractions: &[f64],
        level: f64,
    ) -> Result<ParametricQuantiles, SurvivalError> {
        if let Some(&value) = fractions.iter().find(|p| !(**p > 0.0 && **p < 1.0)) {
            return Err(SurvivalError::InvalidOption { option: "p", expected: "between 0 and 1", value });
        }
        let (subjects, critical) = self.checked(&x, level)?;
        let shape = (subjects.len(), fractions.len());
        let mut out = ParametricQuantiles {
            estimate: Array2::zeros(shape),
            standard_error: Array2::zeros(shape),
            lower: Array2::zeros(shape),
            upper: Array2::zeros(shape),
        };
        for (i, subject) in subjects.iter().enumerate() {
            for (j, &p) in fractions.iter().enumerate() {
                let y = self.log_quantile(subject, p)?;
                let (_, slope, basis) = self.z(y, subject);
                let se = self.variance(&basis).sqrt() / slope;
                let estimate = y.exp();
                out.estimate[[i, j]] = estimate;
                out.standard_error[[i, j]] = estimate * se;
                out.lower[[i, j]] = (y - critical * se).exp();
                out.upper[[i, j]] = (y + critical * se).exp();
            }
        }
        Ok(out)
    }

    /// Log time at which z is the quantile of the family.
    fn log_quantile(&self, x: &[f64], p: f64) -> Result<f64, SurvivalError> {
        let wanted = self.family.quantile(p);
        let beyond = |reason: &str| SurvivalError::NotEstimable { quantity: "a quantile", reason: reason.to_owned() };
        let (at_zero, slope, _) = self.z(0.0, x);
        let Shape::Spline { knots } = &self.shape else {
            return Ok(wanted - at_zero);
        };
        if knots.len() <= 2 {
            return Ok((wanted - at_zero) / slope);
        }
        // straight beyond the boundary knots
        let (first, last) = (knots[0], knots[knots.len() - 1]);
        for (knot, outside) in [(first, true), (last, false)] {
            let (z, slope, _) = self.z(knot, x);
            if (outside && wanted <= z) || (!outside && wanted >= z) {
                if slope <= 0.0 {
                    return Err(beyond("the spline is not increasing there; use fewer knots"));
                }
                return Ok(knot + (wanted - z) / slope);
            }
        }
        let (mut low, mut high) = (first, last);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if self.z(middle, x).0 < wanted {
                low = middle;
            } else {
                high = middle;
            }
            if high - low <= 1e-15 * high.abs().max(1.0) {
                break;
            }
        }
        Ok(0.5 * (low + high))
    }
}
