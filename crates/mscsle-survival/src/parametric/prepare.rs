//! From checked rows to a fit on the scale of the input.

use ndarray::{Array2, ArrayView2};

use super::family::Family;
use super::likelihood::{Points, Rows, Seen};
use super::maximise::{End, maximise};
use super::model::{ParametricModel, spline};
use super::options::{ParametricNote, ParametricOptions};
use crate::cox::{Factor, TermStatus};
use crate::{NearTies, SurvivalError, Weights, check, intervals};

/// A pivot below this share of its own diagonal means that the column depends on earlier ones.
const ALIASED: f64 = 1e-11;
/// A scale this much smaller than the spread of the log times fits them exactly.
const STEEPEST: f64 = 1e7;

/// How the standardised log time depends on log time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// `z = g0 + y`.
    Fixed,
    /// `z = g0 + g1 y`, and spline terms between the knots if there are more than the two at the boundary.
    Spline { knots: Vec<f64> },
}

/// A fit on the scale of the input: parameters are those of time, then the covariates.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub(crate) model: ParametricModel,
    /// Robust if asked for; 0 for columns that were not estimated.
    pub(crate) naive: Array2<f64>,
    pub(crate) robust: bool,
    /// Of the covariates.
    pub(crate) status: Vec<TermStatus>,
    pub(crate) names: Vec<String>,
    pub(crate) log_likelihood: f64,
    pub(crate) log_likelihood_null: f64,
    pub(crate) df: usize,
    pub(crate) n: f64,
    pub(crate) kinds: [f64; 4],
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
    pub(crate) notes: Vec<ParametricNote>,
}

/// Checked rows and standardised covariates.
struct Data {
    lower: Vec<f64>,
    upper: Vec<f64>,
    entry: Option<Vec<f64>>,
    weight: Vec<f64>,
    offset: Vec<f64>,
    /// Whether the offset moves log time (accelerated failure time) or z.
    offset_of_time: bool,
    /// Standardised columns that take part.
    columns: Vec<Vec<f64>>,
    center: f64,
    spread: f64,
}

/// Log-likelihood of interval data above minus this: every row has a probability of 1.
const CERTAIN: f64 = 1e-6;

/// Fits `z = s(log t) + x b`.
///
/// `middle` is where the columns of time are centred and `spread` their unit; both change nothing but the rounding.
pub(crate) fn fit(
    lower: &[f64],
    upper: &[f64],
    x: ArrayView2<'_, f64>,
    family: Family,
    shape: &Shape,
    offset_of_time: bool,
    options: &ParametricOptions<'_>,
) -> Result<Linear, SurvivalError> {
    let n = lower.len();
    let (lower, upper, weight) = checked(lower, upper, &x, options)?;
    let p = x.ncols();
    let mut kinds = [0.0; 4];
    for i in 0..n {
        kinds[intervals::kind(lower[i], upper[i])] += weight[i];
    }
    let total: f64 = weight.iter().sum();
    let events = kinds[0] + kinds[1] + kinds[2];
    if events == 0.0 {
        return Err(SurvivalError::NotEstimable {
            quantity: "a parametric model",
            reason: "there is no event, so the time scale is not determined".to_owned(),
        });
    }
    let names: Vec<String> =
        (0..p).map(|j| options.names.map_or_else(|| format!("x{}", j + 1), |names| names[j].clone())).collect();
    // standardised covariates; those that are constant or depend on earlier ones are set aside
    let mut status = vec![TermStatus::Estimated; p];
    let mut centers = vec![0.0; p];
    let mut scales = vec![1.0; p];
    let mut columns = Vec::with_capacity(p);
    for j in 0..p {
        let column = x.column(j);
        let mean = column.iter().zip(&weight).map(|(v, w)| v * w).sum::<f64>() / total;
        let variance = column.iter().zip(&weight).map(|(v, w)| w * (v - mean) * (v - mean)).sum::<f64>() / total;
        let first = (0..n).find(|&i| weight[i] > 0.0).map_or(0.0, |i| column[i]);
        if column.iter().zip(&weight).all(|(&v, &w)| w == 0.0 || v == first) {
            status[j] = TermStatus::Constant;
        } else {
            centers[j] = mean;
            scales[j] = variance.sqrt();
        }
        columns.push(column.iter().map(|v| (v - centers[j]) / scales[j]).collect::<Vec<f64>>());
    }
    let mut gram = vec![0.0; p * p];
    for a in 0..p {
        for b in 0..=a {
            let sum = (0..n).map(|i| weight[i] * columns[a][i] * columns[b][i]).sum();
            gram[a * p + b] = sum;
            gram[b * p + a] = sum;
        }
    }
    let usable: Vec<bool> = status.iter().map(|s| *s == TermStatus::Estimated).collect();
    let factor = Factor::new(&gram, p, &usable, ALIASED);
    for j in 0..p {
        if usable[j] && !factor.active[j] {
            status[j] = TermStatus::Aliased;
        }
    }
    let active: Vec<usize> = (0..p).filter(|&j| status[j] == TermStatus::Estimated).collect();
    let offset = options.offset.map_or_else(|| vec![0.0; n], <[f64]>::to_vec);
    let (center, spread) = match shape {
        Shape::Spline { knots } if knots.len() > 2 => (knots[0], knots[knots.len() - 1] - knots[0]),
        _ => location(&lower, &upper, &weight, &offset, offset_of_time),
    };
    let data = Data {
        lower,
        upper,
        entry: options.entry.map(<[f64]>::to_vec),
        weight,
        offset,
        offset_of_time,
        columns: active.iter().map(|&j| columns[j].clone()).collect(),
        center,
        spread,
    };
    let spread = if *shape == Shape::Fixed { 1.0 } else { spread };
    let data = Data { spread, ..data };
    let refuse = |quantity, reason: String| SurvivalError::NotEstimable { quantity, reason };
    let climb = |with_covariates: bool| {
        let k = if with_covariates { data.columns.len() } else { 0 };
        let start = start(family, shape, k);
        let linear = linear_start(&data, family, shape, k, start, options.max_iterations);
        let rows = rows(&data, family, shape, k);
        maximise(&rows, linear, base(shape), options.max_iterations).map(|fit| (rows, fit)).ok_or_else(|| {
            refuse(
                "a parametric model",
                "the likelihood is not finite at the start; check times and offsets".to_owned(),
            )
        })
    };
    let (rows, found) = climb(true)?;
    let base = base(shape);
    // without exact times every row has a probability, and the likelihood no maximum when all of them run to 1
    if kinds[0] == 0.0 && found.value.log_likelihood > -CERTAIN {
        let reason = if kinds[2] == 0.0 && (kinds[1] == 0.0 || kinds[3] == 0.0) {
            "the intercept runs to infinity: the data bound the times on one side only"
        } else {
            "the model fits every interval with probability 1, which leaves its parameters open (intervals that overlap in \
             one place, or that the covariates separate)"
        };
        return Err(refuse("a parametric model", reason.to_owned()));
    }
    if let End::Growing(parameter, up) = found.end
        && parameter >= base
    {
        let name = &names[active[parameter - base]];
        // the coefficient of z: a growing one makes events earlier
        let direction = if up { "minus infinity" } else { "plus infinity" };
        return Err(refuse(
            "a parametric model",
            format!(
                "the coefficient of `{name}` on log time runs to {direction} (a level without events, or separation); leave \
                     it out, merge levels, or use the Cox model with Firth's penalty"
            ),
        ));
    }
    if found.end != End::Converged && base == 2 && found.theta[1] > STEEPEST {
        return Err(refuse("a parametric model", "the scale runs to 0: the model fits the times exactly".to_owned()));
    }
    let null = if active.is_empty() { found.value.log_likelihood } else { climb(false)?.1.value.log_likelihood };
    let robust = options.cluster.is_some() || matches!(options.weights, Weights::Sampling(_));
    let inverse = &found.inverse;
    let covariance =
        if robust { sandwich(&rows, &found.theta, inverse, &data.weight, options.cluster) } else { inverse.clone() };
    // back to the input: theta = A theta~
    let k = rows.k;
    let full = base + p;
    let mut map = vec![0.0; full * k];
    map[0] = 1.0;
    if let Shape::Spline { knots } = shape {
        let spread = data.spread;
        map[1] = -data.center / spread;
        map[k + 1] = 1.0 / spread;
        for j in 0..knots.len().saturating_sub(2) {
            map[(2 + j) * k + 2 + j] = spread.powi(-3);
        }
    }
    for (place, &j) in active.iter().enumerate() {
        map[base + place] = -centers[j] / scales[j];
        map[(base + j) * k + base + place] = 1.0 / scales[j];
    }
    let mut theta: Vec<f64> = (0..full).map(|i| (0..k).map(|c| map[i * k + c] * found.theta[c]).sum()).collect();
    if *shape == Shape::Fixed {
        theta[0] -= data.center;
    }
    let moved = |matrix: &[f64]| {
        let half: Vec<f64> = (0..full * k)
            .map(|cell| (0..k).map(|c| map[(cell / k) * k + c] * matrix[c * k + cell % k]).sum())
            .collect();
        Array2::from_shape_fn((full, full), |(a, b)| (0..k).map(|c| half[a * k + c] * map[b * k + c]).sum())
    };
    let mut notes = Vec::new();
    for j in 0..p {
        match status[j] {
            TermStatus::Constant => notes.push(ParametricNote::ConstantCovariate { name: names[j].clone() }),
            TermStatus::Aliased => notes.push(ParametricNote::AliasedCovariate { name: names[j].clone() }),
            _ => {}
        }
    }
    if k as f64 > events {
        notes.push(ParametricNote::FewEvents { parameters: k, events });
    }
    // short of the maximum the inverse information is no variance
    let converged = found.end == End::Converged;
    let known = |matrix: Array2<f64>| if converged { matrix } else { Array2::from_elem((full, full), f64::NAN) };
    if !converged {
        notes.push(ParametricNote::NotConverged { iterations: found.iterations });
    }
    Ok(Linear {
        model: ParametricModel {
            family,
            shape: shape.clone(),
            theta,
            covariance: known(moved(&covariance)),
            covariates: p,
        },
        naive: known(moved(inverse)),
        robust,
        status,
        names,
        log_likelihood: found.value.log_likelihood,
        log_likelihood_null: null,
        df: active.len(),
        n: total,
        kinds,
        iterations: found.iterations,
        converged,
        notes,
    })
}

/// Number of parameters of time.
pub(crate) fn base(shape: &Shape) -> usize {
    match shape {
        Shape::Fixed => 1,
        Shape::Spline { knots } => knots.len().max(2),
    }
}

type Checked = (Vec<f64>, Vec<f64>, Vec<f64>);

fn checked(
    lower: &[f64],
    upper: &[f64],
    x: &ArrayView2<'_, f64>,
    options: &ParametricOptions<'_>,
) -> Result<Checked, SurvivalError> {
    let n = lower.len();
    if n == 0 {
        return Err(SurvivalError::Empty);
    }
    check::length("upper", n, upper.len())?;
    check::length("covariates", n, x.nrows())?;
    if let Some(names) = options.names {
        check::length("names", x.ncols(), names.len())?;
    }
    if !(options.conf_level > 0.0 && options.conf_level < 1.0) {
        let value = options.conf_level;
        return Err(SurvivalError::InvalidOption { option: "conf_level", expected: "between 0 and 1", value });
    }
    if options.max_iterations == 0 {
        return Err(SurvivalError::InvalidOption { option: "max_iterations", expected: "at least 1", value: 0.0 });
    }
    let (lower, upper) = intervals::canonical(lower, upper, NearTies::Separate)?;
    if let Some(row) = (0..n).find(|&i| upper[i] == 0.0) {
        return Err(SurvivalError::EventAtZero { row });
    }
    for ((row, j), &value) in x.indexed_iter() {
        if !value.is_finite() {
            let name = options.names.map_or_else(|| format!("x{}", j + 1), |names| names[j].clone());
            return Err(SurvivalError::CovariateNotFinite { name, row, value });
        }
    }
    if let Some(entry) = options.entry {
        check::length("entry", n, entry.len())?;
        check::times("entry", entry)?;
        if let Some(row) = (0..n).find(|&i| entry[i] > 0.0 && (entry[i] > lower[i] || entry[i] == upper[i])) {
            return Err(SurvivalError::EntryNotBeforeTime { row, entry: entry[row], time: lower[row] });
        }
    }
    if let Some(offset) = options.offset {
        check::length("offset", n, offset.len())?;
        if let Some(row) = offset.iter().position(|v| !v.is_finite()) {
            return Err(SurvivalError::NotFinite { argument: "offset", row, value: offset[row] });
        }
    }
    if let Some(cluster) = options.cluster {
        check::length("cluster", n, cluster.len())?;
    }
    let weight = match options.weights {
        Weights::None => vec![1.0; n],
        Weights::Frequency(values) | Weights::Sampling(values) => {
            check::weights(values, n)?;
            if let Weights::Frequency(values) = options.weights
                && let Some(row) = values.iter().position(|v| v.fract() != 0.0)
            {
                return Err(SurvivalError::FractionalFrequency { row, value: values[row] });
            }
            values.to_vec()
        }
    };
    Ok((lower, upper, weight))
}

/// Mean and standard deviation of log times, those of intervals at their middle.
fn location(lower: &[f64], upper: &[f64], weight: &[f64], offset: &[f64], offset_of_time: bool) -> (f64, f64) {
    let middle = |i: usize| {
        let y = match (lower[i], upper[i]) {
            (l, f64::INFINITY) => l.ln(),
            (0.0, u) => u.ln() - std::f64::consts::LN_2,
            (l, u) => 0.5 * (l.ln() + u.ln()),
        };
        if offset_of_time { y - offset[i] } else { y }
    };
    let rows: Vec<usize> =
        (0..lower.len()).filter(|&i| weight[i] > 0.0 && (upper[i].is_finite() || lower[i] > 0.0)).collect();
    let total: f64 = rows.iter().map(|&i| weight[i]).sum();
    let mean = rows.iter().map(|&i| weight[i] * middle(i)).sum::<f64>() / total;
    let square = rows.iter().map(|&i| weight[i] * (middle(i) - mean).powi(2)).sum::<f64>() / total;
    (mean, if square > 1e-12 { square.sqrt() } else { 1.0 })
}

/// Parameters of a rough fit: the mean and standard deviation of the distribution.
fn start(family: Family, shape: &Shape, covariates: usize) -> Vec<f64> {
    let (first, slope) = match family {
        Family::ExtremeValue => (-0.58, 1.28),
        Family::Logistic => (0.0, 1.81),
        Family::Normal => (0.0, 1.0),
    };
    let mut theta = match shape {
        Shape::Fixed => vec![first],
        Shape::Spline { .. } => vec![first, slope],
    };
    theta.resize(theta.len() + covariates, 0.0);
    theta
}

/// For splines: the fit without interior knots, so that the climb starts at an increasing function.
fn linear_start(
    data: &Data,
    family: Family,
    shape: &Shape,
    covariates: usize,
    start: Vec<f64>,
    max_iterations: usize,
) -> Vec<f64> {
    let Shape::Spline { knots } = shape else {
        return start;
    };
    if knots.len() <= 2 {
        return start;
    }
    let straight = Shape::Spline { knots: vec![knots[0], knots[knots.len() - 1]] };
    // in units of the knots a unit slope about the middle of the range
    let mut rough = start;
    rough[0] -= 0.5 * rough[1];
    let found = maximise(&rows(data, family, &straight, covariates), rough.clone(), base(&straight), max_iterations);
    let theta = found.map_or(rough, |fit| fit.theta);
    let mut out = theta[..2].to_vec();
    out.resize(knots.len(), 0.0);
    out.extend_from_slice(&theta[2..]);
    out
}

/// The rows as the likelihood takes them, in standardised columns, with the first `covariates` of them.
fn rows(data: &Data, family: Family, shape: &Shape, covariates: usize) -> Rows {
    let n = data.lower.len();
    let k = base(shape) + covariates;
    let scaled: Vec<f64> = match shape {
        Shape::Fixed => Vec::new(),
        Shape::Spline { knots } => knots.iter().map(|knot| (knot - data.center) / data.spread).collect(),
    };
    let mut out = Rows {
        k,
        family,
        seen: Vec::with_capacity(n),
        weight: data.weight.clone(),
        upper: Points::default(),
        lower: Points::default(),
        slope: Points::default(),
        entry: Points::default(),
        entered: Vec::with_capacity(n),
        log_time: Vec::with_capacity(n),
    };
    for i in 0..n {
        let (lower, upper) = (data.lower[i], data.upper[i]);
        let seen = match intervals::kind(lower, upper) {
            0 => Seen::Exact,
            1 => Seen::Before,
            2 => Seen::Between,
            _ if lower > 0.0 => Seen::After,
            _ => Seen::Never,
        };
        out.seen.push(seen);
        let entry = data.entry.as_ref().map_or(0.0, |entry| entry[i]);
        out.entered.push(entry > 0.0);
        out.log_time.push(if seen == Seen::Exact { upper.ln() } else { 0.0 });
        let push = |points: &mut Points, time: f64, derivative: bool| {
            let known = time > 0.0 && time.is_finite();
            let y = if known { time.ln() } else { data.center };
            let y = if data.offset_of_time { y - data.offset[i] } else { y };
            let u = (y - data.center) / data.spread;
            let shift = if data.offset_of_time || derivative { 0.0 } else { data.offset[i] };
            match shape {
                Shape::Fixed => {
                    points.basis.push(if derivative { 0.0 } else { 1.0 });
                    points.offset.push(if derivative { 1.0 } else { u + shift });
                }
                Shape::Spline { .. } => {
                    let per = if derivative { 1.0 / data.spread } else { 1.0 };
                    points.basis.extend([if derivative { 0.0 } else { 1.0 }, if derivative { per } else { u }]);
                    for j in 1..scaled.len().saturating_sub(1) {
                        let (value, slope) = spline(u, &scaled, j);
                        points.basis.push(if derivative { slope * per } else { value });
                    }
                    points.offset.push(shift);
                }
            }
            for column in &data.columns[..covariates] {
                points.basis.push(if derivative { 0.0 } else { column[i] });
            }
        };
        push(&mut out.upper, upper, false);
        push(&mut out.lower, lower, false);
        push(&mut out.slope, upper, true);
        push(&mut out.entry, entry, false);
    }
    out
}

/// Inverse information times the products of scores, summed within clusters, times inverse information.
fn sandwich(rows: &Rows, theta: &[f64], inverse: &[f64], weight: &[f64], cluster: Option<&[u32]>) -> Vec<f64> {
    let k = rows.k;
    let scores = rows.scores(theta);
    let mut sums: std::collections::BTreeMap<u32, Vec<f64>> = std::collections::BTreeMap::new();
    for i in 0..rows.len() {
        let code = cluster.map_or(i as u32, |codes| codes[i]);
        let sum = sums.entry(code).or_insert_with(|| vec![0.0; k]);
        for (total, value) in sum.iter_mut().zip(&scores[i * k..(i + 1) * k]) {
            *total += weight[i] * value;
        }
    }
    let mut out = vec![0.0; k * k];
    for sum in sums.values() {
        let moved: Vec<f64> = (0..k).map(|a| (0..k).map(|b| inverse[a * k + b] * sum[b]).sum()).collect();
        for a in 0..k {
            for b in 0..k {
                out[a * k + b] += moved[a] * moved[b];
            }
        }
    }
    out
}
