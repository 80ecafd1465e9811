//! Every function against tables made with R 4.2 (`r_tables.R` beside this file).

use mscsle_distributions::{beta, binomial, chi_squared, f, hypergeometric, normal, poisson, student_t};

/// Tails and quantiles: R itself claims about 1e-14 and loses digits, as we do, where ln p is large.
const RTOL_TAIL: f64 = 1e-13;
/// The logarithm of a probability of 1e-300 carries 690 rounding errors of its own.
const RTOL_PER_LN: f64 = 4e-15;

fn parse(text: &str) -> f64 {
    match text {
        "NA" => return f64::NAN,
        "Inf" => return f64::INFINITY,
        "-Inf" => return f64::NEG_INFINITY,
        _ => {}
    }
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let text = text.strip_prefix("0x").expect("hexadecimal");
    let (mantissa, exponent) = text.split_once('p').expect("exponent");
    let exponent: i32 = exponent.parse().expect("whole number");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = u64::from_str_radix(&format!("{whole}{fraction}"), 16).expect("hexadecimal digits");
    let shift = exponent - 4 * fraction.len() as i32;
    // in two steps: 2^-1074 is no normal number
    let half = shift / 2;
    sign * digits as f64 * 2f64.powi(half) * 2f64.powi(shift - half)
}

fn evaluate(name: &str, a: f64, b: f64, c: f64) -> f64 {
    let marked = b as u64 + 3;
    match name {
        "normal_cdf" => Ok(normal::cdf(a)),
        "normal_sf" => Ok(normal::sf(a)),
        "normal_quantile" => normal::quantile(a),
        "normal_quantile_upper" => normal::quantile_upper(a),
        "chi_squared_cdf" => chi_squared::cdf(a, b),
        "chi_squared_sf" => chi_squared::sf(a, b),
        "chi_squared_quantile" => chi_squared::quantile(a, b),
        "chi_squared_quantile_upper" => chi_squared::quantile_upper(a, b),
        "student_t_cdf" => student_t::cdf(a, b),
        "student_t_sf" => student_t::sf(a, b),
        "student_t_quantile" => student_t::quantile(a, b),
        "beta_cdf" => beta::cdf(a, b, c),
        "beta_sf" => beta::sf(a, b, c),
        "beta_quantile" => beta::quantile(a, b, c),
        "f_cdf" => f::cdf(a, b, c),
        "f_sf" => f::sf(a, b, c),
        "f_quantile_upper" => f::quantile_upper(a, b, c),
        "binomial_ln_pmf" => binomial::ln_pmf(a as u64, b as u64, c),
        "binomial_cdf" => binomial::cdf(a as u64, b as u64, c),
        "binomial_sf" => binomial::sf(a as u64, b as u64, c),
        "poisson_ln_pmf" => poisson::ln_pmf(a as u64, b),
        "poisson_cdf" => poisson::cdf(a as u64, b),
        "poisson_sf" => poisson::sf(a as u64, b),
        "hypergeometric_ln_pmf" => hypergeometric::ln_pmf(a as u64, marked, b as u64, c as u64),
        "hypergeometric_cdf" => hypergeometric::cdf(a as u64, marked, b as u64, c as u64),
        "hypergeometric_sf" => hypergeometric::sf(a as u64, marked, b as u64, c as u64),
        _ => Ok(f64::NAN),
    }
    .unwrap_or(f64::NAN)
}

#[test]
fn every_function_agrees_with_r() {
    let mut worst: Vec<(f64, String)> = Vec::new();
    let mut n = 0;
    for line in include_str!("r_tables.csv").lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split(',').collect();
        let (a, b, c) = (parse(cells[1]), parse(cells[2]), parse(cells[3]));
        let expected = parse(cells[4]);
        let value = evaluate(cells[0], a, b, c);
        n += 1;
        if value == expected {
            continue;
        }
        let scale = if cells[0].ends_with("ln_pmf") { expected.abs().max(1.0) } else { expected.abs() };
        let allowed = if cells[0].contains("quantile") || cells[0].ends_with("ln_pmf") {
            RTOL_TAIL
        } else {
            RTOL_TAIL + RTOL_PER_LN * expected.abs().ln().abs()
        };
        let error = (value - expected).abs() / scale / allowed;
        if error.is_nan() || error > 1.0 {
            worst.push((error, format!("{}({a:e}, {b:e}, {c:e}) = {value:e}, R {expected:e}", cells[0])));
        }
    }
    worst.sort_by(|x, y| y.0.total_cmp(&x.0));
    let report: Vec<String> = worst.iter().take(25).map(|(e, t)| format!("{e:9.2} x tolerance: {t}")).collect();
    assert!(worst.is_empty(), "{} of {n} differ\n{}", worst.len(), report.join("\n"));
    assert!(n > 1500, "table was cut: {n} rows");
}
