//! One proportion with its denominator rule: intervals and the exact binomial test.

use crate::error::{Result, conf_level as check_level, x_of_n};
use crate::root::bisect;
use crate::words::{Alternative, option_words};
use mscsle_distributions::{beta, binomial, normal};

/// What the denominator counts; a proportion without this word is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DenominatorRule {
    /// All patients of the study.
    Enrolled,
    /// Patients not known dead at the visit.
    AliveAtVisit,
    /// Patients with an assessment at the visit.
    AssessedAtVisit,
    /// Patients who ever had a response.
    EverResponder,
    /// Patients still at risk of the event.
    AtRisk,
    /// An analysis set of the user's own name.
    Named(String),
}

impl DenominatorRule {
    /// The rule of a word; any other word that is not blank names an analysis set of the user.
    ///
    /// # Errors
    /// A blank word.
    pub fn parse(word: &str) -> Result<Self> {
        Ok(match word.trim() {
            "enrolled" => Self::Enrolled,
            "alive_at_visit" => Self::AliveAtVisit,
            "assessed_at_visit" => Self::AssessedAtVisit,
            "ever_responder" => Self::EverResponder,
            "at_risk" => Self::AtRisk,
            "" => {
                return Err(crate::StatsError::Word {
                    option: "denominator rule",
                    word: word.to_owned(),
                    known: "`enrolled`, `alive_at_visit`, `assessed_at_visit`, `ever_responder`, `at_risk` or the name of your analysis set".into(),
                });
            }
            other => Self::Named(other.to_owned()),
        })
    }

    /// The word that names it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Enrolled => "enrolled",
            Self::AliveAtVisit => "alive_at_visit",
            Self::AssessedAtVisit => "assessed_at_visit",
            Self::EverResponder => "ever_responder",
            Self::AtRisk => "at_risk",
            Self::Named(name) => name,
        }
    }
}

option_words!(
    /// Interval of one proportion.
    ProportionMethod, "method", {
        /// Exact, from the beta distribution: Clopper and Pearson 1934.
        ClopperPearson = "clopper-pearson",
        /// Score interval: Wilson 1927.
        Wilson = "wilson",
        /// Score interval with continuity correction (method 4 of Newcombe 1998).
        WilsonContinuity = "wilson-cc",
        /// Wald interval around (x + z²/2) / (n + z²): Agresti and Coull 1998.
        AgrestiCoull = "agresti-coull",
        /// Quantiles of Beta(x + 1/2, n - x + 1/2), 0 and 1 at x = 0 and x = n.
        Jeffreys = "jeffreys",
        /// Exact with half the probability of the observed count.
        MidP = "mid-p",
        /// Exact, nested, never wider than Clopper-Pearson: Blaker 2000.
        Blaker = "blaker",
        /// p ± z √(pq/n), cut at 0 and 1: for reproducing reports only.
        Wald = "wald",
    }
);

/// A proportion with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Proportion {
    /// Patients with the event.
    pub numerator: u64,
    /// Patients counted.
    pub denominator: u64,
    /// What the denominator counts.
    pub denominator_rule: DenominatorRule,
    /// numerator / denominator.
    pub estimate: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Confidence level.
    pub conf_level: f64,
    /// Kind of interval.
    pub method: ProportionMethod,
}

/// x / n with its interval.
///
/// | method | limits |
/// |---|---|
/// | `clopper-pearson` | Beta quantiles (α/2; x, n-x+1) and (1-α/2; x+1, n-x) |
/// | `wilson` | (p + z²/2n ± z √(pq/n + z²/4n²)) / (1 + z²/n) |
/// | `wilson-cc` | method 4 of Newcombe; R's `prop.test` drops the correction near x = n/2, this does not |
/// | `blaker` | {p: acceptability >= α}, solved segment by segment, without a grid |
///
/// At x = 0 the lower and at x = n the upper limit is 0 and 1 for every method but `agresti-coull` and `wald`, which are
/// cut there.
///
/// # Errors
/// x > n, n = 0, a confidence level outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{DenominatorRule, ProportionMethod, proportion};
/// let ever = proportion(49, 81, DenominatorRule::Enrolled, ProportionMethod::ClopperPearson, 0.95)?;
/// assert!((ever.lower - 0.49010).abs() < 5e-6 && (ever.upper - 0.71186).abs() < 5e-6);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
///
/// # References
/// Newcombe RG. Stat Med 1998;17:857, doi 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.
/// Blaker H. Can J Stat 2000;28:783, doi 10.2307/3315916. Brown LD, Cai TT, DasGupta A. Stat Sci 2001;16:101,
/// doi 10.1214/ss/1009213286.
pub fn proportion(
    x: u64,
    n: u64,
    denominator_rule: DenominatorRule,
    method: ProportionMethod,
    conf_level: f64,
) -> Result<Proportion> {
    x_of_n("x", x, "n", n)?;
    let level = check_level(conf_level)?;
    let (lower, upper) = limits(x, n, method, level)?;
    Ok(Proportion {
        numerator: x,
        denominator: n,
        denominator_rule,
        estimate: x as f64 / n as f64,
        lower,
        upper,
        conf_level,
        method,
    })
}

pub(crate) fn limits(x: u64, n: u64, method: ProportionMethod, level: f64) -> Result<(f64, f64)> {
    let half = 0.5 * (1.0 - level);
    let z = normal::quantile_upper(half)?;
    let (xf, nf) = (x as f64, n as f64);
    let p = xf / nf;
    let q = (nf - xf) / nf;
    let (lower, upper) = match method {
        ProportionMethod::ClopperPearson => {
            (exact_lower(x, n, half)?, if x == n { 1.0 } else { beta::quantile_upper(half, xf + 1.0, nf - xf)? })
        }
        ProportionMethod::Wilson => {
            let centre = p + z * z / (2.0 * nf);
            let width = z * (p * q / nf + z * z / (4.0 * nf * nf)).sqrt();
            let scale = 1.0 + z * z / nf;
            ((centre - width) / scale, (centre + width) / scale)
        }
        ProportionMethod::WilsonContinuity => {
            let scale = 2.0 * (nf + z * z);
            let lower_root = (z * z - 2.0 - 1.0 / nf + 4.0 * p * (nf * q + 1.0)).max(0.0).sqrt();
            let upper_root = (z * z + 2.0 - 1.0 / nf + 4.0 * p * (nf * q - 1.0)).max(0.0).sqrt();
            (
                (2.0 * nf * p + z * z - 1.0 - z * lower_root) / scale,
                (2.0 * nf * p + z * z + 1.0 + z * upper_root) / scale,
            )
        }
        ProportionMethod::AgrestiCoull => {
            let n_tilde = nf + z * z;
            let p_tilde = (xf + 0.5 * z * z) / n_tilde;
            let width = z * (p_tilde * (1.0 - p_tilde) / n_tilde).sqrt();
            return Ok(((p_tilde - width).max(0.0), (p_tilde + width).min(1.0)));
        }
        ProportionMethod::Wald => {
            let width = z * (p * q / nf).sqrt();
            return Ok(((p - width).max(0.0), (p + width).min(1.0)));
        }
        ProportionMethod::Jeffreys => {
            (beta::quantile(half, xf + 0.5, nf - xf + 0.5)?, beta::quantile_upper(half, xf + 0.5, nf - xf + 0.5)?)
        }
        ProportionMethod::MidP => (mid_p_lower(x, n, half)?, 1.0 - mid_p_lower(n - x, n, half)?),
        ProportionMethod::Blaker => (blaker_lower(x, n, 2.0 * half)?, 1.0 - blaker_lower(n - x, n, 2.0 * half)?),
    };
    Ok((if x == 0 { 0.0 } else { lower.clamp(0.0, 1.0) }, if x == n { 1.0 } else { upper.clamp(0.0, 1.0) }))
}

/// p with P(X >= x | p) = half.
pub(crate) fn exact_lower(x: u64, n: u64, half: f64) -> Result<f64> {
    if x == 0 { Ok(0.0) } else { Ok(beta::quantile(half, x as f64, (n - x) as f64 + 1.0)?) }
}

/// P(X >= x).
fn at_least(x: u64, n: u64, p: f64) -> f64 {
    if x == 0 { 1.0 } else { binomial::sf(x - 1, n, p).unwrap_or(f64::NAN) }
}

/// P(X <= x).
fn at_most(x: u64, n: u64, p: f64) -> f64 {
    binomial::cdf(x, n, p).unwrap_or(f64::NAN)
}

/// p with P(X > x) + P(X = x)/2 = half.
fn mid_p_lower(x: u64, n: u64, half: f64) -> Result<f64> {
    if x == 0 {
        return Ok(0.0);
    }
    let above = |p: f64| binomial::sf(x, n, p).unwrap_or(f64::NAN);
    Ok(bisect(0.0, 1.0, |p| 0.5 * (at_least(x, n, p) + above(p)) - half))
}

/// Smallest p whose acceptability is at least alpha.
///
/// Below x/n the acceptability is P(X >= x) + P(X <= k), k being the largest count with P(X <= k) <= P(X >= x). From the
/// Clopper-Pearson limit on, k is constant up to the p where P(X <= k+1) = P(X >= x), where the acceptability jumps to
/// 2 P(X >= x) >= alpha. Inside the segment it falls and then rises: at most one crossing from below.
fn blaker_lower(x: u64, n: u64, alpha: f64) -> Result<f64> {
    if x == 0 {
        return Ok(0.0);
    }
    let start = exact_lower(x, n, 0.5 * alpha)?;
    let tail = at_least(x, n, start);
    // number of counts k = 0, 1, ... with P(X <= k) <= tail, by bisection over k
    let (mut few, mut many) = (0, x);
    while few < many {
        let middle = few + (many - few) / 2;
        if at_most(middle, n, start) <= tail * (1.0 + 1e-12) {
            few = middle + 1;
        } else {
            many = middle;
        }
    }
    let below = |p: f64| if few == 0 { 0.0 } else { at_most(few - 1, n, p) };
    let end = bisect(start, 1.0, |p| at_least(x, n, p) - at_most(few, n, p));
    let acceptability = |p: f64| at_least(x, n, p) + below(p);
    if acceptability(start) >= alpha * (1.0 - 1e-12) {
        return Ok(start);
    }
    // just before the jump
    if acceptability(end) < alpha {
        return Ok(end);
    }
    Ok(bisect(start, end, |p| acceptability(p) - alpha))
}

option_words!(
    /// Definition of a two-sided exact p-value.
    TwoSidedRule, "two-sided rule", {
        /// Sum of the probabilities not above that of the observed count, with R's tolerance 1e-7.
        Likelihood = "likelihood",
        /// Twice the smaller tail, at most 1 (SAS).
        Doubled = "doubled",
    }
);

/// An exact binomial test.
#[derive(Debug, Clone, PartialEq)]
pub struct BinomialTest {
    /// Observed count.
    pub statistic: u64,
    /// Trials.
    pub n: u64,
    /// Null value.
    pub p0: f64,
    /// Observed proportion.
    pub estimate: f64,
    /// p-value.
    pub p_value: f64,
    /// Side.
    pub alternative: Alternative,
    /// Definition of the two-sided p-value.
    pub two_sided: TwoSidedRule,
}

/// Exact test of x of n against the proportion `p0`, e.g. a single arm against a historical rate.
///
/// The one-sided `greater` p-value is at most α/2 exactly when the lower Clopper-Pearson limit is at least `p0`.
///
/// # Errors
/// x > n, n = 0, `p0` outside 0..1.
///
/// # Examples
/// ```
/// use mscsle_stats::{Alternative, TwoSidedRule, binomial_test};
/// let test = binomial_test(14, 40, 0.2, Alternative::Greater, TwoSidedRule::Likelihood)?;
/// assert!((test.p_value - 0.0194).abs() < 5e-5);
/// # Ok::<(), mscsle_stats::StatsError>(())
/// ```
pub fn binomial_test(
    x: u64,
    n: u64,
    p0: f64,
    alternative: Alternative,
    two_sided: TwoSidedRule,
) -> Result<BinomialTest> {
    x_of_n("x", x, "n", n)?;
    if !(0.0..=1.0).contains(&p0) {
        return Err(crate::StatsError::Number { name: "p0", value: p0, needed: "between 0 and 1" });
    }
    let (greater, less) = (at_least(x, n, p0), at_most(x, n, p0));
    let p_value = match (alternative, two_sided) {
        (Alternative::Greater, _) => greater,
        (Alternative::Less, _) => less,
        (Alternative::TwoSided, TwoSidedRule::Doubled) => (2.0 * greater.min(less)).min(1.0),
        (Alternative::TwoSided, TwoSidedRule::Likelihood) => likelihood_p(x, n, p0)?,
    };
    Ok(BinomialTest { statistic: x, n, p0, estimate: x as f64 / n as f64, p_value, alternative, two_sided })
}

/// Probabilities equal to the observed one up to this factor are counted (R's `relErr`).
pub(crate) const TIE_FACTOR: f64 = 1.0 + 1e-7;

/// Sum of the probabilities not above that of x: its own tail and the counts of the other side, found by bisection.
fn likelihood_p(x: u64, n: u64, p0: f64) -> Result<f64> {
    let mean = n as f64 * p0;
    let xf = x as f64;
    if xf == mean || p0 == 0.0 && x == 0 || p0 == 1.0 && x == n {
        return Ok(1.0);
    }
    let bound = binomial::ln_pmf(x, n, p0)? + TIE_FACTOR.ln();
    if bound == f64::NEG_INFINITY {
        return Ok(0.0);
    }
    let rare = |k: u64| binomial::ln_pmf(k, n, p0).is_ok_and(|l| l <= bound);
    let p = if xf < mean {
        // smallest k above the mean that is as rare
        let (mut low, mut high) = (mean.ceil() as u64, n + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if rare(middle) { high = middle } else { low = middle + 1 }
        }
        at_most(x, n, p0) + if low > n { 0.0 } else { at_least(low, n, p0) }
    } else {
        // number of counts below the mean that are as rare
        let (mut low, mut high) = (0, mean.floor() as u64 + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if rare(middle) { low = middle + 1 } else { high = middle }
        }
        at_least(x, n, p0) + if low == 0 { 0.0 } else { at_most(low - 1, n, p0) }
    };
    Ok(p.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProportionMethod::*;

    fn close(x: u64, n: u64, method: ProportionMethod, lower: f64, upper: f64, tolerance: f64) {
        let p = proportion(x, n, DenominatorRule::Enrolled, method, 0.95).unwrap();
        assert!(
            (p.lower - lower).abs() < tolerance && (p.upper - upper).abs() < tolerance,
            "{x}/{n} {method}: {} {} instead of {lower} {upper}",
            p.lower,
            p.upper
        );
    }

    #[test]
    fn newcombe_1998_table_one() {
        // Stat Med 1998;17:857, four printed digits
        let half = 5.1e-5;
        for (x, n, wilson, corrected, exact, mid, jeffreys) in [
            (81, 263, (0.2553, 0.3662), (0.2535, 0.3682), (0.2527, 0.3676), (0.2544, 0.3658), (0.2545, 0.3656)),
            (15, 148, (0.0624, 0.1605), (0.0598, 0.1644), (0.0578, 0.1617), (0.0601, 0.1581), (0.0604, 0.1576)),
            (0, 20, (0.0, 0.1611), (0.0, 0.2005), (0.0, 0.1684), (0.0, 0.1391), (0.0, 0.1166)),
            (1, 29, (0.0061, 0.1718), (0.0018, 0.1963), (0.0009, 0.1776), (0.0017, 0.1585), (0.0037, 0.1501)),
        ] {
            close(x, n, Wilson, wilson.0, wilson.1, half);
            close(x, n, WilsonContinuity, corrected.0, corrected.1, half);
            close(x, n, ClopperPearson, exact.0, exact.1, half);
            close(x, n, MidP, mid.0, mid.1, half);
            close(x, n, Jeffreys, jeffreys.0, jeffreys.1, half);
        }
    }

    #[test]
    fn no_event_and_all_events_reach_the_ends() {
        for &method in ProportionMethod::ALL {
            for n in [1, 2, 20, 1000] {
                let none = proportion(0, n, DenominatorRule::Enrolled, method, 0.95).unwrap();
                let all = proportion(n, n, DenominatorRule::Enrolled, method, 0.95).unwrap();
                assert_eq!((none.lower, all.upper), (0.0, 1.0), "{method} {n}");
            }
        }
    }

    #[test]
    fn exchanging_success_and_failure_mirrors_the_interval() {
        for &method in ProportionMethod::ALL {
            for (x, n) in [(1, 7), (3, 24), (49, 81), (11, 49), (500, 1000)] {
                let (a, b) = (limits(x, n, method, 0.95).unwrap(), limits(n - x, n, method, 0.95).unwrap());
                assert!((a.0 - (1.0 - b.1)).abs() < 1e-13 && (a.1 - (1.0 - b.0)).abs() < 1e-13, "{method} {x}/{n}");
            }
        }
    }

    #[test]
    fn blaker_lies_within_clopper_pearson_and_covers_acceptable_values() {
        for n in [5, 12, 29] {
            for x in 0..=n {
                let exact = limits(x, n, ClopperPearson, 0.95).unwrap();
                let blaker = limits(x, n, Blaker, 0.95).unwrap();
                assert!(blaker.0 >= exact.0 - 1e-14 && blaker.1 <= exact.1 + 1e-14, "{x}/{n}");
                // brute force over a grid by Blaker's definition
                for i in 1..500 {
                    let p = f64::from(i) / 500.0;
                    let probability = |k: u64| binomial::pmf(k, n, p).unwrap();
                    let mine = at_least(x, n, p).min(at_most(x, n, p));
                    let acceptability: f64 = (0..=n)
                        .filter(|&k| at_least(k, n, p).min(at_most(k, n, p)) <= mine * (1.0 + 1e-9))
                        .map(probability)
                        .sum();
                    if acceptability > 0.05 + 1e-9 {
                        assert!(p >= blaker.0 - 1e-12 && p <= blaker.1 + 1e-12, "{x}/{n} accepts {p}: {blaker:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn one_sided_test_and_clopper_pearson_agree() {
        for x in 0..=40 {
            let lower = limits(x, 40, ClopperPearson, 0.95).unwrap().0;
            let p = binomial_test(x, 40, 0.3, Alternative::Greater, TwoSidedRule::Likelihood).unwrap().p_value;
            assert_eq!(p <= 0.025, lower >= 0.3, "{x}");
        }
    }

    #[test]
    fn more_events_than_patients_are_refused() {
        let error = proportion(50, 49, DenominatorRule::Enrolled, Wilson, 0.95).unwrap_err();
        assert_eq!(error.to_string(), "`x` must be at most `n` = 49, but is 50");
        assert!(DenominatorRule::parse("  ").is_err());
    }
}
