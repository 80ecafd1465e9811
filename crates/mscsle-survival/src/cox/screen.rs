//! Many Cox models of one covariate each, in one call.

use mscsle_distributions::normal;
use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::design::{Design, check_data, column_name, sort_rows};
use super::kernel::run;
use super::options::{CoxInterval, CoxOptions, Penalty, Ties};
use super::result::{CoxFit, CoxNote, Inference, TermStatus};
use super::screen_kernel::{LANES, Lane, Pass, Shared, Sums, WIDEST};
use super::{check_options, cox};
use crate::{SurvivalError, Weights};

/// Columns of one piece of work.
const CHUNK: usize = 256;
/// Rows times columns above which threads pay.
const PARALLEL_WORK: usize = 100_000;
/// Squared step, in squared standard errors, after which the third derivative gives all digits.
const NEAR: f64 = 1e-10;
/// Passes after which a covariate is fitted alone.
const PASSES: usize = 8;

/// Cox models of one covariate each. Numbers that do not exist are NaN; entry `j` belongs to column `j`.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxScreening {
    /// Whether the coefficient was estimated, and if not, why.
    pub status: Vec<TermStatus>,
    /// Log hazard ratio for one unit more.
    pub coefficient: Vec<f64>,
    /// Its standard error (robust with sampling weights or clusters).
    pub standard_error: Vec<f64>,
    /// Coefficient over standard error; with profile limits the signed root of the likelihood-ratio statistic.
    pub z: Vec<f64>,
    /// Two-sided p-value of `z`.
    pub p_value: Vec<f64>,
    /// Lower limit of the log hazard ratio.
    pub lower: Vec<f64>,
    /// Upper limit of the log hazard ratio.
    pub upper: Vec<f64>,
    /// How limits and p-value were found.
    pub inference: Vec<Inference>,
    /// Likelihood-ratio statistic (1 degree of freedom; 0 for a column that is constant or aliased).
    pub likelihood_ratio: Vec<f64>,
    /// Its p-value.
    pub p_likelihood_ratio: Vec<f64>,
    /// Score statistic at 0.
    pub score_statistic: Vec<f64>,
    /// Its p-value.
    pub p_score: Vec<f64>,
    /// What the reader must know, with the column it belongs to, in the order of the columns.
    pub notes: Vec<(usize, CoxNote)>,
    /// Rows that took part (summed frequency weights).
    pub n: f64,
    /// Events (summed frequency weights).
    pub n_events: f64,
    /// Strata with rows.
    pub n_strata: usize,
    /// Tie rule.
    pub ties: Ties,
    /// Penalty.
    pub penalty: Penalty,
    /// Level of the intervals.
    pub conf_level: f64,
}

/// One row of the result.
#[derive(Debug, Clone)]
struct Line {
    status: TermStatus,
    coefficient: f64,
    standard_error: f64,
    z: f64,
    p_value: f64,
    lower: f64,
    upper: f64,
    inference: Inference,
    likelihood_ratio: f64,
    p_likelihood_ratio: f64,
    score_statistic: f64,
    p_score: f64,
    notes: Vec<CoxNote>,
}

/// Fits one Cox model a column of `x`: the numbers of [`cox`] with that column alone.
///
/// The rows are sorted once and the event times found once for all columns. Plain models (Efron or Breslow ties, strata,
/// offset, frequency weights, Wald limits) run eight columns at a time; a column whose likelihood is monotone or whose
/// covariate is constant, and models with other options, are fitted one by one within the same call.
///
/// # Errors
/// As [`cox`].
///
/// # Examples
/// ```
/// use mscsle_survival::{CoxOptions, cox_screen};
/// use ndarray::array;
/// let time = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
/// let event = [true, true, true, false, true, true, false, false];
/// let x = array![[1.0, 40.0], [1.0, 22.0], [0.0, 31.0], [1.0, 38.0], [0.0, 45.0], [1.0, 27.0], [0.0, 33.0], [0.0, 29.0]];
/// let found = cox_screen(&time, &event, x.view(), &CoxOptions::default())?;
/// assert!((found.coefficient[0] - 0.901099).abs() < 1e-6);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// As [`cox`].
pub fn cox_screen(
    time: &[f64],
    event: &[bool],
    x: ArrayView2<'_, f64>,
    options: &CoxOptions<'_>,
) -> Result<CoxScreening, SurvivalError> {
    let m = x.ncols();
    check_options(m, options)?;
    check_data(time, event, x, options)?;
    let design = sort_rows(time, event, options)?;
    let screen = Screen {
        time,
        event,
        x,
        options,
        shared: shared(&design, options),
        weighted: options.weights.values(),
        critical: normal::quantile_upper(0.5 * (1.0 - options.conf_level)).unwrap_or(f64::NAN),
    };
    let starts: Vec<usize> = (0..m).step_by(CHUNK).collect();
    let chunk = |&start: &usize| screen.chunk(start, (start + CHUNK).min(m));
    let pieces: Vec<Result<Vec<Line>, SurvivalError>> = if m * time.len() > PARALLEL_WORK {
        starts.par_iter().map(chunk).collect()
    } else {
        starts.iter().map(chunk).collect()
    };
    let mut found = CoxScreening {
        status: Vec::with_capacity(m),
        coefficient: Vec::with_capacity(m),
        standard_error: Vec::with_capacity(m),
        z: Vec::with_capacity(m),
        p_value: Vec::with_capacity(m),
        lower: Vec::with_capacity(m),
        upper: Vec::with_capacity(m),
        inference: Vec::with_capacity(m),
        likelihood_ratio: Vec::with_capacity(m),
        p_likelihood_ratio: Vec::with_capacity(m),
        score_statistic: Vec::with_capacity(m),
        p_score: Vec::with_capacity(m),
        notes: Vec::new(),
        n: design.n_rows,
        n_events: design.n_events,
        n_strata: design.n_strata,
        ties: options.ties,
        penalty: options.penalty,
        conf_level: options.conf_level,
    };
    for piece in pieces {
        for line in piece? {
            let column = found.status.len();
            found.status.push(line.status);
            found.coefficient.push(line.coefficient);
            found.standard_error.push(line.standard_error);
            found.z.push(line.z);
            found.p_value.push(line.p_value);
            found.lower.push(line.lower);
            found.upper.push(line.upper);
            found.inference.push(line.inference);
            found.likelihood_ratio.push(line.likelihood_ratio);
            found.p_likelihood_ratio.push(line.p_likelihood_ratio);
            found.score_statistic.push(line.score_statistic);
            found.p_score.push(line.p_score);
            found.notes.extend(line.notes.into_iter().map(|note| (column, note)));
        }
    }
    Ok(found)
}

/// What the lanes share, if the options allow them.
fn shared<'a>(design: &'a Design, options: &CoxOptions<'_>) -> Option<Shared<'a>> {
    let plain = options.ties != Ties::Exact
        && options.entry.is_none()
        && options.cluster.is_none()
        && options.penalty == Penalty::None
        && options.interval != CoxInterval::Profile
        && !matches!(options.weights, Weights::Sampling(_));
    let base: Vec<f64> = (0..design.rows())
        .map(|position| design.weight(position) * design.offset.get(position).map_or(1.0, |offset| offset.exp()))
        .collect();
    // a vanishing risk loses its digits
    (plain && base.iter().all(|&risk| risk > 1e-12)).then_some(Shared { design, base })
}

/// Everything a chunk of columns needs.
struct Screen<'a> {
    time: &'a [f64],
    event: &'a [bool],
    x: ArrayView2<'a, f64>,
    options: &'a CoxOptions<'a>,
    shared: Option<Shared<'a>>,
    weighted: Option<&'a [f64]>,
    critical: f64,
}

impl Screen<'_> {
    fn chunk(&self, start: usize, stop: usize) -> Result<Vec<Line>, SurvivalError> {
        let mut lines = Vec::with_capacity(stop - start);
        let Some(shared) = &self.shared else {
            for column in start..stop {
                lines.push(self.alone(column)?);
            }
            return Ok(lines);
        };
        let mut raw = vec![[0.0; LANES]; self.time.len()];
        let mut tile = vec![[0.0; LANES]; shared.design.rows()];
        let mut risk = tile.clone();
        for first in (start..stop).step_by(LANES) {
            let width = (stop - first).min(LANES);
            self.load(first, width, &mut raw)?;
            let usable = self.centre(&mut raw);
            for (row, &source) in tile.iter_mut().zip(&shared.design.order) {
                *row = raw[source as usize];
            }
            let found = fit_tile(shared, &tile, &mut risk);
            for lane in 0..width {
                match &found[lane] {
                    Some(maximum) if usable[lane] => lines.push(self.line(maximum)),
                    _ => lines.push(self.alone(first + lane)?),
                }
            }
        }
        Ok(lines)
    }

    /// Copies up to eight columns beside each other; lanes without a column repeat the first.
    fn load(&self, first: usize, width: usize, raw: &mut [Lane]) -> Result<(), SurvivalError> {
        if let Some(values) = self.x.as_slice() {
            let m = self.x.ncols();
            for (row, lane) in raw.iter_mut().enumerate() {
                let source = &values[row * m + first..][..width];
                *lane = [source[0]; LANES];
                lane[..width].copy_from_slice(source);
            }
        } else {
            for lane in 0..LANES {
                let column: ArrayView1<'_, f64> = self.x.column(first + if lane < width { lane } else { 0 });
                for (row, &value) in raw.iter_mut().zip(column) {
                    row[lane] = value;
                }
            }
        }
        let mut finite = [0.0; LANES];
        for row in raw.iter() {
            for a in 0..LANES {
                finite[a] += row[a] * 0.0;
            }
        }
        for (lane, &sum) in finite.iter().enumerate().take(width) {
            if sum != 0.0
                && let Some((row, value)) =
                    raw.iter().map(|values| values[lane]).enumerate().find(|(_, value)| !value.is_finite())
            {
                let name = column_name(self.options.names, first + lane);
                return Err(SurvivalError::CovariateNotFinite { name, row, value });
            }
        }
        Ok(())
    }

    /// Takes the mean out of each lane; false where the column holds one value.
    fn centre(&self, raw: &mut [Lane]) -> [bool; LANES] {
        let weight = |row: usize| self.weighted.map_or(1.0, |weights| weights[row]);
        let Some(start) = (0..raw.len()).find(|&row| weight(row) > 0.0) else {
            return [false; LANES];
        };
        let first = raw[start];
        let (mut sum, mut total) = ([0.0; LANES], 0.0);
        let mut varies = [0.0_f64; LANES];
        for (row, values) in raw.iter().enumerate() {
            let w = weight(row);
            total += w;
            for a in 0..LANES {
                let apart = w * (values[a] - first[a]);
                sum[a] += apart;
                varies[a] = varies[a].max(apart.abs());
            }
        }
        for a in 0..LANES {
            sum[a] = first[a] + sum[a] / total;
        }
        for values in raw.iter_mut() {
            for a in 0..LANES {
                values[a] -= sum[a];
            }
        }
        varies.map(|largest| largest > 0.0)
    }

    /// A column fitted by itself.
    fn alone(&self, column: usize) -> Result<Line, SurvivalError> {
        let name = [column_name(self.options.names, column)];
        let options = CoxOptions { names: Some(&name), ..*self.options };
        let fit = cox(self.time, self.event, self.x.column(column).insert_axis(Axis(1)), &options)?;
        let CoxFit { terms, likelihood_ratio, score_test, notes, .. } = fit;
        let term = &terms[0];
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Ok(Line {
            status: term.status,
            coefficient: number(term.coefficient),
            standard_error: number(term.standard_error),
            z: number(term.z),
            p_value: number(term.p_value),
            lower: number(term.lower),
            upper: number(term.upper),
            inference: term.inference,
            likelihood_ratio: likelihood_ratio.statistic,
            p_likelihood_ratio: likelihood_ratio.p_value,
            score_statistic: score_test.statistic,
            p_score: score_test.p_value,
            notes,
        })
    }

    fn line(&self, maximum: &Maximum) -> Line {
        let coefficient = maximum.beta;
        let standard_error = 1.0 / maximum.information.sqrt();
        let z = coefficient / standard_error;
        let likelihood_ratio = maximum.ratio.max(0.0);
        Line {
            status: TermStatus::Estimated,
            coefficient,
            standard_error,
            z,
            p_value: 2.0 * normal::sf(z.abs()),
            lower: coefficient - self.critical * standard_error,
            upper: coefficient + self.critical * standard_error,
            inference: Inference::Wald,
            likelihood_ratio,
            p_likelihood_ratio: 2.0 * normal::sf(likelihood_ratio.sqrt()),
            score_statistic: maximum.score_statistic,
            p_score: 2.0 * normal::sf(maximum.score_statistic.sqrt()),
            notes: Vec::new(),
        }
    }
}

/// The maximum of one model.
#[derive(Debug, Clone, Copy)]
struct Maximum {
    beta: f64,
    information: f64,
    /// Twice the gain of the log-likelihood over coefficient 0.
    ratio: f64,
    score_statistic: f64,
}

/// Maximises eight likelihoods; none where that needs more care than this.
///
/// Steps solve the quadratic of the first three derivatives, so digits treble with each pass. The likelihoods are concave:
/// where the steps shrink faster than by a constant factor, the root of the score is the maximum.
fn fit_tile(shared: &Shared<'_>, x: &[Lane], risk: &mut [Lane]) -> [Option<Maximum>; LANES] {
    let design = shared.design;
    let mut deaths = [0.0; LANES];
    for k in 0..design.end.len() {
        for position in design.death_rows(k) {
            let w = design.weight(position);
            for a in 0..LANES {
                deaths[a] += w * x[position][a];
            }
        }
    }
    let mut beta = [0.0; LANES];
    let mut first = Sums::default();
    let mut found: [Option<Maximum>; LANES] = [None; LANES];
    let mut open = [true; LANES];
    let mut before = [f64::INFINITY; LANES];
    for pass in 0..PASSES {
        let mut sums = run(Pass { shared, x, beta, risk: &mut *risk });
        for a in 0..LANES {
            sums.score[a] += deaths[a];
        }
        if pass == 0 {
            first = sums;
        }
        for a in 0..LANES {
            if !open[a] {
                continue;
            }
            let (score, information, third) = (sums.score[a], sums.information[a], sums.third[a]);
            let decrement = score * score / information;
            let sound = information > 1e-9 * sums.squares[a] && decrement.is_finite() && sums.widest[a] <= WIDEST;
            if !sound || (pass > 1 && decrement > 0.25 * before[a]) {
                (open[a], beta[a]) = (false, 0.0);
                continue;
            }
            let mut step = score / information;
            for _ in 0..3 {
                let slope = information + 0.5 * third * step;
                if slope > 0.5 * information && slope < 2.0 * information {
                    step = score / slope;
                }
            }
            if decrement <= NEAR && (decrement <= 1e-3 * before[a] || decrement == 0.0) {
                let gain = score * step - 0.5 * information * step * step - third * step.powi(3) / 6.0;
                let at = deaths[a] * beta[a] - sums.logs[a] + first.logs[a];
                found[a] = Some(Maximum {
                    beta: beta[a] + step,
                    information: information + third * step,
                    ratio: 2.0 * (at + gain),
                    score_statistic: first.score[a] * first.score[a] / first.information[a],
                });
                open[a] = false;
            } else {
                before[a] = decrement;
                beta[a] += step;
            }
        }
        if !open.contains(&true) {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    struct Random(u64);

    impl Random {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    struct Data {
        time: Vec<f64>,
        event: Vec<bool>,
        x: Array2<f64>,
        strata: Vec<u32>,
        weights: Vec<f64>,
        offset: Vec<f64>,
    }

    /// Columns: raw cell counts, 0/1, a constant, one that separates the events, and measurements.
    fn data(n: usize, m: usize, days: bool) -> Data {
        let mut random = Random(7);
        let time: Vec<f64> =
            (0..n).map(|_| 20.0 * random.next() + 1.0).map(|t| if days { t.ceil() } else { t }).collect();
        let event: Vec<bool> = (0..n).map(|_| random.next() < 0.6).collect();
        let mut x = Array2::from_shape_fn((n, m), |(_, j)| match j % 3 {
            0 => 2e10 + 3e9 * random.next(),
            1 => f64::from(random.next() < 0.4),
            _ => 5.0 * random.next() - 1.0,
        });
        for i in 0..n {
            x[[i, 3]] = 4.0;
            x[[i, 5]] = f64::from(event[i]);
        }
        Data {
            time,
            event,
            x,
            strata: (0..n).map(|_| (3.0 * random.next()) as u32).collect(),
            weights: (0..n).map(|_| (3.0 * random.next()).floor()).collect(),
            offset: (0..n).map(|_| random.next() - 0.5).collect(),
        }
    }

    fn close(found: f64, expected: f64, unit: f64) {
        assert!((found.is_nan() && expected.is_nan()) || (found - expected).abs() <= 1e-9 * unit, "{found} {expected}");
    }

    fn agrees_with_single_fits(data: &Data, options: &CoxOptions<'_>) {
        let found = cox_screen(&data.time, &data.event, data.x.view(), options).unwrap();
        let mut notes = found.notes.iter();
        for j in 0..data.x.ncols() {
            let fit = cox(&data.time, &data.event, data.x.column(j).insert_axis(Axis(1)), options).unwrap();
            let term = &fit.terms[0];
            let number = |v: Option<f64>| v.unwrap_or(f64::NAN);
            assert_eq!(found.status[j], term.status, "{j}");
            assert_eq!(found.inference[j], term.inference);
            let unit = term.standard_error.unwrap_or(1.0);
            close(found.coefficient[j], number(term.coefficient), unit);
            close(found.standard_error[j], number(term.standard_error), unit);
            close(found.lower[j], number(term.lower), unit);
            close(found.upper[j], number(term.upper), unit);
            close(found.z[j], number(term.z), 1.0);
            close(found.p_value[j], number(term.p_value), 1.0);
            close(found.likelihood_ratio[j], fit.likelihood_ratio.statistic, 1.0);
            close(found.p_likelihood_ratio[j], fit.likelihood_ratio.p_value, 1.0);
            close(found.score_statistic[j], fit.score_test.statistic, 1.0);
            close(found.p_score[j], fit.score_test.p_value, 1.0);
            assert_eq!((found.n, found.n_events), (fit.n, fit.n_events));
            for note in fit.notes {
                let (column, other) = notes.next().unwrap();
                assert_eq!((*column, other.kind()), (j, note.kind()));
            }
        }
        assert!(notes.next().is_none());
    }

    #[test]
    fn screening_gives_the_numbers_of_single_fits() {
        for days in [false, true] {
            let data = data(81, 21, days);
            let plain = CoxOptions::default();
            agrees_with_single_fits(&data, &plain);
            agrees_with_single_fits(&data, &CoxOptions { ties: Ties::Breslow, ..plain });
            agrees_with_single_fits(&data, &CoxOptions { strata: Some(&data.strata), ..plain });
            agrees_with_single_fits(
                &data,
                &CoxOptions { weights: Weights::Frequency(&data.weights), offset: Some(&data.offset), ..plain },
            );
            agrees_with_single_fits(&data, &CoxOptions { weights: Weights::Sampling(&data.weights), ..plain });
            agrees_with_single_fits(&data, &CoxOptions { interval: CoxInterval::Profile, ..plain });
        }
    }

    #[test]
    fn the_layout_of_the_matrix_does_not_matter() {
        let data = data(81, 21, true);
        let mut turned = Array2::zeros((21, 81));
        turned.assign(&data.x.t());
        let options = CoxOptions::default();
        let by_row = cox_screen(&data.time, &data.event, data.x.view(), &options).unwrap();
        let by_column = cox_screen(&data.time, &data.event, turned.t(), &options).unwrap();
        assert_eq!(format!("{by_row:?}"), format!("{by_column:?}"));
    }

    #[test]
    fn a_value_that_is_not_finite_is_named() {
        let mut data = data(81, 21, true);
        data.x[[17, 20]] = f64::NAN;
        let error = cox_screen(&data.time, &data.event, data.x.view(), &CoxOptions::default()).unwrap_err();
        assert!(error.to_string().contains("`x21`") && error.to_string().contains("row 17"), "{error}");
    }
}
