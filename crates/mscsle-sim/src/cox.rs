//! Calibration of a covariate so that a Cox model prints a published hazard ratio interval.
//!
//! The estimate is the target exactly when the partial-likelihood score vanishes there, and its standard error is the
//! root of the inverse information there. So values are moved until score and information at the *target* are right; no
//! model is fitted inside the search. Score and information are computed here, not by `mscsle-survival`, because they are
//! needed at a fixed coefficient some ten thousand times and with the software `exp` that keeps the bytes the same on
//! every machine.

use crate::{Decimal, Draws, SimError};

/// Two-sided 5 % point of the standard normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;
/// How far the limits may lie from the printed number, in units of its last digit; below one half so that another
/// implementation's last bit cannot change what is printed.
const PRINT_MARGIN: f64 = 0.49;

/// Rule for tied event times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CoxTies {
    /// Efron 1977.
    #[default]
    Efron,
    /// Breslow 1974.
    Breslow,
}

/// A printed 95 % interval of a hazard ratio with its p-value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoxTarget {
    /// Lower limit.
    pub lower: Decimal,
    /// Upper limit.
    pub upper: Decimal,
    /// Two-sided Wald p-value.
    pub p_value: Decimal,
}

impl CoxTarget {
    /// A target from the printed texts.
    ///
    /// # Errors
    /// [`SimError::NotADecimal`].
    pub fn parse(lower: &str, upper: &str, p_value: &str) -> Result<CoxTarget, SimError> {
        Ok(CoxTarget {
            lower: Decimal::parse(lower)?,
            upper: Decimal::parse(upper)?,
            p_value: Decimal::parse(p_value)?,
        })
    }

    /// Log hazard ratio and standard error of a Wald interval with these limits.
    #[must_use]
    pub fn coefficient(&self) -> (f64, f64) {
        let (low, high) = (libm::log(self.lower.value()), libm::log(self.upper.value()));
        (0.5 * (low + high), (high - low) / (2.0 * Z_95))
    }

    fn is_printed_by(&self, fit: &UnivariateCox) -> bool {
        let (low, high) = fit.interval();
        let near = |value: f64, printed: Decimal| {
            (value - printed.value()).abs() < PRINT_MARGIN / 10_f64.powi(printed.digits as i32)
        };
        near(low, self.lower) && near(high, self.upper) && near(fit.p_value(), self.p_value)
    }
}

/// Times and events of a cohort, prepared for many evaluations with one covariate.
#[derive(Debug, Clone)]
pub struct RiskSets {
    n: usize,
    /// Subjects at risk and subjects with the event, one pair a distinct event time.
    groups: Vec<(Vec<usize>, Vec<usize>)>,
    ties: CoxTies,
}

/// Coefficient and standard error of a Cox model with one covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnivariateCox {
    /// Log hazard ratio.
    pub coefficient: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl UnivariateCox {
    /// Limits of the 95 % Wald interval of the hazard ratio.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let half = Z_95 * self.standard_error;
        (libm::exp(self.coefficient - half), libm::exp(self.coefficient + half))
    }

    /// Two-sided Wald p-value.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        libm::erfc((self.coefficient / self.standard_error).abs() / std::f64::consts::SQRT_2)
    }
}

impl RiskSets {
    /// Risk sets of right-censored times in whole days; a subject with `time` equal to an event time is at risk there.
    #[must_use]
    pub fn new(time: &[i64], event: &[bool], ties: CoxTies) -> RiskSets {
        let n = time.len().min(event.len());
        let mut distinct: Vec<i64> = (0..n).filter(|&i| event[i]).map(|i| time[i]).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let groups = distinct
            .into_iter()
            .map(|t| {
                let at_risk = (0..n).filter(|&i| time[i] >= t).collect();
                (at_risk, (0..n).filter(|&i| event[i] && time[i] == t).collect())
            })
            .collect();
        RiskSets { n, groups, ties }
    }

    /// Score and information of the log partial likelihood at a coefficient.
    fn score_and_information(&self, x: &[f64], coefficient: f64) -> (f64, f64) {
        let risk: Vec<f64> = x.iter().map(|v| libm::exp(coefficient * v)).collect();
        let sums = |members: &[usize]| {
            members.iter().fold((0.0, 0.0, 0.0), |(s0, s1, s2), &i| {
                let r = risk[i];
                (s0 + r, s1 + r * x[i], s2 + r * x[i] * x[i])
            })
        };
        let (mut score, mut information) = (0.0, 0.0);
        for (at_risk, events) in &self.groups {
            let (r0, r1, r2) = sums(at_risk);
            let (d0, d1, d2) = sums(events);
            let m = events.len() as f64;
            for (k, &i) in events.iter().enumerate() {
                let f = match self.ties {
                    CoxTies::Efron => k as f64 / m,
                    CoxTies::Breslow => 0.0,
                };
                let (s0, s1, s2) = (r0 - f * d0, r1 - f * d1, r2 - f * d2);
                let mean = s1 / s0;
                score += x[i] - mean;
                information += s2 / s0 - mean * mean;
            }
        }
        (score, information)
    }

    /// Newton's fit from a starting value; with a constant covariate the standard error is infinite.
    #[must_use]
    pub fn fit(&self, x: &[f64], start: f64) -> UnivariateCox {
        let mut coefficient = start;
        let mut information = 0.0;
        for _ in 0..30 {
            let (score, info) = self.score_and_information(x, coefficient);
            information = info;
            if info <= 0.0 {
                break;
            }
            let step = (score / info).clamp(-2.0, 2.0);
            coefficient += step;
            if step.abs() < 1e-11 {
                break;
            }
        }
        UnivariateCox { coefficient, standard_error: 1.0 / libm::sqrt(information) }
    }

    /// Moves grid values until the Cox model of their transform prints the target.
    ///
    /// The loss is (score² / information) + (40 x relative error of the standard error)². Values are swapped between
    /// subjects or moved singly, within each subject's bounds; a step is kept when the loss does not rise, with a small
    /// plateau (2e-5) on which the search may wander, since pure descent gets stuck on a coarse grid.
    ///
    /// # Errors
    /// [`SimError::NotCalibrated`].
    pub fn calibrate(
        &self,
        covariate: &Covariate<'_>,
        mut values: Vec<i64>,
        target: &CoxTarget,
        draws: &mut Draws,
    ) -> Result<Vec<i64>, SimError> {
        const STEPS: u32 = 120_000;
        const PLATEAU: f64 = 2e-5;
        let (coefficient, standard_error) = target.coefficient();
        let mut x: Vec<f64> = values.iter().map(|&v| (covariate.transform)(v)).collect();
        let loss = |x: &[f64]| {
            let (score, information) = self.score_and_information(x, coefficient);
            let excess = 40.0 * (1.0 / (libm::sqrt(information) * standard_error) - 1.0);
            score * score / information + excess * excess
        };
        let mut current = loss(&x);
        for step in 0..STEPS {
            if current < 1e-4 && step % 5 == 0 && target.is_printed_by(&self.fit(&x, coefficient)) {
                return Ok(values);
            }
            let (i, j, new_i, new_j);
            if draws.chance(0.5) && current > 1e-3 {
                (i, j) = (draws.below(self.n), draws.below(self.n));
                (new_i, new_j) = (values[j], values[i]);
            } else {
                let size = if current > 1e-2 { 0.25 } else { 0.03 };
                i = draws.below(self.n);
                j = i;
                new_i = libm::round(values[i] as f64 * libm::exp(size * draws.normal())) as i64;
                new_j = new_i;
            }
            if !covariate.allows(i, new_i) || !covariate.allows(j, new_j) {
                continue;
            }
            let (old_i, old_j) = (x[i], x[j]);
            x[i] = (covariate.transform)(new_i);
            x[j] = (covariate.transform)(new_j);
            let new = loss(&x);
            if new <= current.max(PLATEAU) {
                (values[i], values[j]) = (new_i, new_j);
                current = new;
            } else {
                (x[i], x[j]) = (old_i, old_j);
            }
        }
        Err(SimError::NotCalibrated {
            covariate: covariate.name.to_owned(),
            lower: target.lower.to_string(),
            upper: target.upper.to_string(),
            p_value: target.p_value.to_string(),
            steps: STEPS,
        })
    }
}

/// The covariate to be calibrated.
#[derive(Clone, Copy)]
pub struct Covariate<'a> {
    /// Its name in errors.
    pub name: &'a str,
    /// From grid units to the covariate of the model, such as the logarithm.
    pub transform: &'a dyn Fn(i64) -> f64,
    /// Smallest and largest value of each subject, in grid units.
    pub bounds: &'a [(i64, i64)],
}

impl std::fmt::Debug for Covariate<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Covariate").field("name", &self.name).field("bounds", &self.bounds).finish_non_exhaustive()
    }
}

impl Covariate<'_> {
    fn allows(&self, subject: usize, value: i64) -> bool {
        self.bounds.get(subject).is_some_and(|(low, high)| (*low..=*high).contains(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_interval_gives_back_its_coefficient() {
        let target = CoxTarget::parse("0.336", "0.794", "0.003").unwrap();
        let (b, se) = target.coefficient();
        // ln HR -0.660658, SE 0.219385: derived by hand from the printed limits.
        assert!((b + 0.660_658).abs() < 5e-7 && (se - 0.219_385).abs() < 5e-7);
    }

    // R 4.2, survival 3.5-3: coxph(Surv(t, e) ~ x, ties = ...) of the six rows, coef and sqrt(vcov), ten digits.
    const COXPH: [(CoxTies, f64, f64); 2] =
        [(CoxTies::Efron, 1.121_505_147_8, 0.946_101_471_2), (CoxTies::Breslow, 1.020_538_236_6, 0.924_952_496_8)];

    #[test]
    fn six_rows_with_ties_agree_with_coxph() {
        let time = [1, 1, 2, 3, 3, 4];
        let event = [true, true, true, false, true, false];
        let x = [2.0, 1.0, 0.5, 1.0, 1.5, 0.0];
        for (ties, coefficient, standard_error) in COXPH {
            let fit = RiskSets::new(&time, &event, ties).fit(&x, 0.0);
            // coxph stops at a relative change of 1e-9 in the likelihood, so its SE has about eight digits.
            assert!((fit.coefficient - coefficient).abs() < 1e-8, "{fit:?}");
            assert!((fit.standard_error - standard_error).abs() < 1e-7, "{fit:?}");
        }
    }

    #[test]
    fn calibration_reaches_the_printed_limits() {
        let mut draws = Draws::new(21, 0, 0);
        let time: Vec<i64> = (0..81).map(|i| [91, 183, 365][i % 3]).collect();
        let event: Vec<bool> = (0..81).map(|i| i % 5 < 3).collect();
        let values: Vec<i64> = (0..81).map(|_| libm::round(280.0 * libm::exp(0.6 * draws.normal())) as i64).collect();
        let sets = RiskSets::new(&time, &event, CoxTies::Efron);
        let target = CoxTarget::parse("0.336", "0.794", "0.003").unwrap();
        let bounds = vec![(20, 4000); 81];
        let covariate = Covariate { name: "protein", transform: &|v| libm::log(v as f64 / 100.0), bounds: &bounds };
        let out = sets.calibrate(&covariate, values, &target, &mut draws).unwrap();
        let x: Vec<f64> = out.iter().map(|&v| libm::log(v as f64 / 100.0)).collect();
        let (low, high) = sets.fit(&x, 0.0).interval();
        assert_eq!((format!("{low:.3}"), format!("{high:.3}")), ("0.336".to_owned(), "0.794".to_owned()));
    }
}
