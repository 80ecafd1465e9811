//! The specification of a planned cohort: a table of margins.

use crate::{Decimal, SimError};
use mscsle_domain::{Day, PartialDate};
use serde::{Deserialize, Deserializer};

/// Margins of a cohort that does not exist yet, or is known from a publication only.
///
/// Printed numbers are texts, so that their digits count: `"4.20"` is met to two decimals, `"4.2"` to one. Every part but
/// `n` and `months` may be left out.
///
/// # Examples
/// ```
/// use mscsle_sim::{CohortSpec, simulate};
/// let spec = CohortSpec::from_json(r#"{
///     "n": 30, "months": [0, 6, 12],
///     "sledai": [{"month": 0, "mean": "11.20", "sd": "3.40", "low": 6, "high": 30}],
///     "responses": [{"month": 6, "complete": 5, "partial": 8}, {"month": 12, "complete": 7, "partial": 6}],
///     "ever": 16
/// }"#)?;
/// let cohort = simulate(&spec, 7)?;
/// assert_eq!(cohort.table("subjects").map(mscsle_domain::Table::n_rows), Some(30));
/// # Ok::<(), mscsle_sim::SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CohortSpec {
    /// Number of subjects.
    pub n: usize,
    /// Planned visits in months after the first infusion; the first is 0.
    pub months: Vec<i64>,
    /// Prefix of the subject identifiers.
    #[serde(default = "default_id")]
    pub id: String,
    /// Arms with their sizes; without them one arm `MSC`. Subjects are allotted at random.
    #[serde(default)]
    pub arms: Vec<ArmSpec>,
    /// Number of centres.
    #[serde(default = "one")]
    pub centres: usize,
    /// First and last day on which the first infusion may fall.
    #[serde(default = "default_period")]
    pub period: (IsoDay, IsoDay),
    /// Days of the infusions, counted from the first.
    #[serde(default = "default_infusions")]
    pub infusion_days: Vec<i64>,
    /// Sources of the cells with their weights.
    #[serde(default = "default_sources")]
    pub sources: Vec<SourceSpec>,
    /// Number of women; without it nine in ten.
    #[serde(default)]
    pub female: Option<usize>,
    /// Age in whole years.
    #[serde(default)]
    pub age: Option<IntegerMargin>,
    /// Days of death.
    #[serde(default)]
    pub deaths: Vec<i64>,
    /// Days on which subjects leave alive.
    #[serde(default)]
    pub withdrawals: Vec<i64>,
    /// Number of visits after the first that did not take place although the subject was in the study.
    #[serde(default)]
    pub missing_visits: usize,
    /// What the recorded response is called in the table `assessments`.
    #[serde(default = "default_response")]
    pub response: String,
    /// Complete and partial responses by visit. Excludes `paths`.
    #[serde(default)]
    pub responses: Vec<ResponseSpec>,
    /// Subjects with a response at any visit; without it as few as the counts allow.
    #[serde(default)]
    pub ever: Option<usize>,
    /// Response paths over the visits after the first. Excludes `responses`.
    #[serde(default)]
    pub paths: Vec<PathSpec>,
    /// SLEDAI-2K totals.
    #[serde(default)]
    pub sledai: Vec<ScoreSpec>,
    /// Laboratory values with a printed mean and SD.
    #[serde(default)]
    pub markers: Vec<MarkerSpec>,
    /// Baseline laboratory values with a printed Cox interval for the time to the first response.
    #[serde(default)]
    pub cox: Vec<CoxSpec>,
    /// Correlation of the latent activity.
    #[serde(default)]
    pub correlation: CorrelationSpec,
    /// Errors to be put into the finished tables.
    #[serde(default)]
    pub damage: DamageSpec,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmSpec {
    /// Its name.
    pub name: String,
    /// Its size.
    pub n: usize,
}

/// One source of cells.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// `BM`, `UC`, `AD`, `WJ` or `other`.
    pub source: String,
    /// Relative frequency.
    pub weight: f64,
}

/// Whole numbers with a printed mean and SD.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegerMargin {
    /// Printed mean.
    pub mean: Printed,
    /// Printed SD.
    pub sd: Printed,
    /// Smallest value.
    pub low: i64,
    /// Largest value.
    pub high: i64,
}

/// SLEDAI totals of one visit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreSpec {
    /// The visit.
    pub month: i64,
    /// Printed mean.
    pub mean: Printed,
    /// Printed SD.
    pub sd: Printed,
    /// Smallest total.
    #[serde(default)]
    pub low: i64,
    /// Largest total.
    #[serde(default = "default_high")]
    pub high: i64,
    /// Number of subjects behind the mean, to be held against the design.
    #[serde(default)]
    pub of: Option<usize>,
}

/// Responses of one visit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseSpec {
    /// The visit.
    pub month: i64,
    /// Complete responses.
    pub complete: usize,
    /// Partial responses.
    pub partial: usize,
    /// Number assessed, to be held against the design.
    #[serde(default)]
    pub of: Option<usize>,
}

/// Subjects with the same responses.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathSpec {
    /// One letter a visit after the first: `C` complete, `P` partial, `N` none.
    pub path: String,
    /// Number of subjects.
    pub n: usize,
}

/// A laboratory value at one visit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkerSpec {
    /// Laboratory test, such as `protein_24h`.
    pub test: String,
    /// Its unit.
    pub unit: String,
    /// The visit.
    pub month: i64,
    /// Printed mean.
    pub mean: Printed,
    /// Printed SD.
    pub sd: Printed,
    /// Bound below which no value lies, with as many decimals as the values have.
    pub above: Printed,
    /// Correlation with the latent activity, -1 to 1; negative for values that fall with activity.
    #[serde(default = "default_activity")]
    pub activity: f64,
}

/// A baseline value that a Cox model of the time to the first response must print.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoxSpec {
    /// Laboratory test.
    pub test: String,
    /// Its unit.
    pub unit: String,
    /// Smallest value, with as many decimals as the values have.
    pub low: Printed,
    /// Largest value.
    pub high: Printed,
    /// Where the search begins: the median.
    pub median: Printed,
    /// The covariate of the model: `ln` or `value`.
    pub transform: Transform,
    /// Printed lower limit of the hazard ratio.
    pub lower: Printed,
    /// Printed upper limit.
    pub upper: Printed,
    /// Printed p-value.
    pub p_value: Printed,
}

/// How a value enters the Cox model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Transform {
    /// Its natural logarithm.
    Ln,
    /// As it stands.
    Value,
}

/// Correlation of the latent activity of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CorrelationSpec {
    /// Share of the variance that belongs to the subject.
    pub patient: f64,
    /// Months after which the rest of the correlation has fallen to 1/e.
    pub decay_months: f64,
}

impl Default for CorrelationSpec {
    fn default() -> CorrelationSpec {
        CorrelationSpec { patient: 0.55, decay_months: 12.0 }
    }
}

/// How many errors of each kind are put into the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DamageSpec {
    /// Laboratory rows whose unit does not fit the value.
    pub wrong_units: usize,
    /// Visits that stand twice.
    pub duplicate_visits: usize,
    /// SLEDAI items that are missing.
    pub missing_items: usize,
    /// SLEDAI totals that are not the sum of their items.
    pub wrong_totals: usize,
}

/// A printed number, given as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Printed(pub Decimal);

impl<'de> Deserialize<'de> for Printed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Printed, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Printed;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a printed number as text, such as \"4.20\", so that its digits count")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Printed, E> {
                Decimal::parse(text).map(Printed).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A calendar day, given as `2026-01-05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsoDay(pub Day);

impl<'de> Deserialize<'de> for IsoDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<IsoDay, D::Error> {
        let text = String::deserialize(deserializer)?;
        match PartialDate::parse(&text) {
            Ok(PartialDate::Full(day)) => Ok(IsoDay(day)),
            _ => Err(serde::de::Error::custom(format!("`{text}` is not a day; write `2026-01-05`"))),
        }
    }
}

fn default_id() -> String {
    "SIM".to_owned()
}

fn one() -> usize {
    1
}

/// 2020-01-06 to 2021-12-17.
fn default_period() -> (IsoDay, IsoDay) {
    (IsoDay(Day(18_267)), IsoDay(Day(18_978)))
}

fn default_infusions() -> Vec<i64> {
    vec![0]
}

fn default_sources() -> Vec<SourceSpec> {
    vec![SourceSpec { source: "UC".to_owned(), weight: 1.0 }]
}

fn default_response() -> String {
    "renal_response".to_owned()
}

fn default_high() -> i64 {
    105
}

fn default_activity() -> f64 {
    0.6
}

/// An error of one part of the specification.
pub(super) fn wrong(field: impl Into<String>, problem: impl Into<String>) -> SimError {
    SimError::Spec { field: field.into(), problem: problem.into() }
}

impl CohortSpec {
    /// Reads a specification from JSON.
    ///
    /// # Errors
    /// [`SimError::Spec`] for JSON that is not a specification, and for one that contradicts itself.
    pub fn from_json(text: &str) -> Result<CohortSpec, SimError> {
        let spec: CohortSpec = serde_json::from_str(text).map_err(|e| wrong("spec", e.to_string()))?;
        spec.check()?;
        Ok(spec)
    }

    /// The position of a planned visit.
    pub(super) fn visit(&self, month: i64, field: &str) -> Result<usize, SimError> {
        self.months.iter().position(|m| *m == month).ok_or_else(|| {
            let known: Vec<String> = self.months.iter().map(ToString::to_string).collect();
            wrong(field, format!("there is no visit at month {month}; the visits are {}", known.join(", ")))
        })
    }

    fn check(&self) -> Result<(), SimError> {
        if !(2..=10_000).contains(&self.n) {
            return Err(wrong("n", format!("must be 2 to 10000, but is {}", self.n)));
        }
        if self.months.first() != Some(&0) || self.months.windows(2).any(|w| w[0] >= w[1]) {
            return Err(wrong("months", "must begin with 0 and ascend"));
        }
        if self.months.last().is_some_and(|m| *m > 600) {
            return Err(wrong("months", "the last visit must be at most 600 months away"));
        }
        if self.period.0.0 > self.period.1.0 {
            return Err(wrong("period", "the first day must not be after the last"));
        }
        if self.id.is_empty() || self.id.len() > 12 || !self.id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(wrong("id", "must be 1 to 12 letters and digits"));
        }
        if !self.arms.is_empty() && self.arms.iter().map(|a| a.n).sum::<usize>() != self.n {
            return Err(wrong("arms", format!("their sizes must add to n = {}", self.n)));
        }
        if self.centres == 0 || self.centres > self.n {
            return Err(wrong("centres", format!("must be 1 to {}", self.n)));
        }
        if self.infusion_days.first() != Some(&0) || self.infusion_days.windows(2).any(|w| w[0] >= w[1]) {
            return Err(wrong("infusion_days", "must begin with 0 and ascend"));
        }
        if self.sources.is_empty() || self.sources.iter().any(|s| !s.weight.is_finite() || s.weight < 0.0) {
            return Err(wrong("sources", "needs at least one source, with weights of at least 0"));
        }
        let known = ["BM", "UC", "AD", "WJ", "other"];
        if let Some(s) = self.sources.iter().find(|s| !known.contains(&s.source.as_str())) {
            return Err(wrong("sources", format!("unknown source `{}`; use {}", s.source, known.join(", "))));
        }
        if self.female.is_some_and(|f| f > self.n) {
            return Err(wrong("female", format!("must be at most n = {}", self.n)));
        }
        if !self.paths.is_empty() && !self.responses.is_empty() {
            return Err(wrong("paths", "excludes `responses`; give one of them"));
        }
        let leaving = self.deaths.len() + self.withdrawals.len();
        if leaving > self.n || self.deaths.iter().chain(&self.withdrawals).any(|d| *d < 1) {
            return Err(wrong("deaths", "days of death and withdrawal must be at least 1, and at most one a subject"));
        }
        if !(0.0..=1.0).contains(&self.correlation.patient)
            || self.correlation.decay_months.is_nan()
            || self.correlation.decay_months <= 0.0
        {
            return Err(wrong("correlation", "`patient` must be 0 to 1 and `decay_months` above 0"));
        }
        self.check_measures()
    }

    fn check_measures(&self) -> Result<(), SimError> {
        for (k, s) in self.sledai.iter().enumerate() {
            let field = format!("sledai[{k}]");
            self.visit(s.month, &field)?;
            if s.low < 0 || s.high > 105 || s.low > s.high {
                return Err(wrong(field, "`low` and `high` must lie within 0 to 105"));
            }
            if self.sledai.iter().take(k).any(|other| other.month == s.month) {
                return Err(wrong(field, format!("month {} stands twice", s.month)));
            }
        }
        for (k, m) in self.markers.iter().enumerate() {
            let field = format!("markers[{k}]");
            self.visit(m.month, &field)?;
            if !(-1.0..=1.0).contains(&m.activity) {
                return Err(wrong(field, "`activity` must be -1 to 1"));
            }
            if self.markers.iter().take(k).any(|o| o.month == m.month && o.test == m.test) {
                return Err(wrong(field, format!("`{}` at month {} stands twice", m.test, m.month)));
            }
        }
        for (k, c) in self.cox.iter().enumerate() {
            let field = format!("cox[{k}]");
            if self.markers.iter().any(|m| m.month == 0 && m.test == c.test) {
                let problem = format!(
                    "`{}` has a mean and SD at month 0 too; a printed interval fixes the spread, so give one of them",
                    c.test
                );
                return Err(wrong(field, problem));
            }
            let digits = c.low.0.digits;
            if c.high.0.digits != digits || c.median.0.digits != digits {
                return Err(wrong(field, "`low`, `median` and `high` must have the same number of decimals"));
            }
            if c.low.0.units < 1 || c.low.0.units > c.median.0.units || c.median.0.units > c.high.0.units {
                return Err(wrong(field, "must have 0 < `low` <= `median` <= `high`"));
            }
            if c.lower.0.units < 1 || c.lower.0.value() >= c.upper.0.value() {
                return Err(wrong(field, "must have 0 < `lower` < `upper`"));
            }
        }
        for (k, r) in self.responses.iter().enumerate() {
            let field = format!("responses[{k}]");
            if self.visit(r.month, &field)? == 0 {
                return Err(wrong(field, "a response is counted after month 0"));
            }
            if self.responses.iter().take(k).any(|other| other.month >= r.month) {
                return Err(wrong(field, "months must ascend"));
            }
        }
        Ok(())
    }
}
