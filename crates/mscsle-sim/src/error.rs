//! What can keep a cohort from being made.

/// A margin that no data can have, or a cohort that the generator could not complete.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A text that is not a decimal number with at most six decimals.
    #[error("`{text}` is not a decimal number as printed; write it with its printed digits, such as `13.11`")]
    NotADecimal {
        /// The text.
        text: String,
    },
    /// Numbers outside the range in which the exact arithmetic cannot overflow.
    #[error("`{what}` is {value}, but exact sums are kept for at most {limit}")]
    TooLarge {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: i64,
        /// The largest magnitude allowed.
        limit: i64,
    },
    /// A mean and standard deviation that no integers in the bounds can print.
    #[error("no {n} integers from {low} to {high} have a mean printed {mean} and a standard deviation printed {sd}")]
    ImpossibleMargin {
        /// Number of values.
        n: usize,
        /// Smallest value allowed.
        low: i64,
        /// Largest value allowed.
        high: i64,
        /// Printed mean.
        mean: String,
        /// Printed standard deviation.
        sd: String,
    },
    /// A sum and sum of squares that the search did not reach.
    #[error("no {n} integers from {low} to {high} with sum {sum} and sum of squares {squares} were found")]
    NoVector {
        /// Number of values.
        n: usize,
        /// Smallest value allowed.
        low: i64,
        /// Largest value allowed.
        high: i64,
        /// Wanted sum.
        sum: i64,
        /// Wanted sum of squares.
        squares: i64,
    },
    /// A positive marker whose printed moments were not reached on its grid.
    #[error("no positive values above {lower} were found whose mean prints {mean} and standard deviation {sd}")]
    NoMarker {
        /// Lower bound in units of the marker.
        lower: f64,
        /// Printed mean.
        mean: String,
        /// Printed standard deviation.
        sd: String,
    },
    /// A total that the items that may be present cannot add to.
    #[error("no set of the allowed SLEDAI items adds to {total}")]
    NoItems {
        /// The total.
        total: u32,
    },
    /// A Cox model that did not reach its printed interval.
    #[error("the Cox model of `{covariate}` did not reach {lower}-{upper}, p {p_value} in {steps} steps")]
    NotCalibrated {
        /// The covariate.
        covariate: String,
        /// Printed lower limit.
        lower: String,
        /// Printed upper limit.
        upper: String,
        /// Printed p-value.
        p_value: String,
        /// Steps taken.
        steps: u32,
    },
    /// A subject whose labels no draw of values kept.
    #[error("no draw for subject `{subject}` kept the rules of its state path `{path}`")]
    NoSubject {
        /// The subject.
        subject: String,
        /// The state path.
        path: String,
    },
    /// A property of the whole cohort that no draw had.
    #[error("no draw of cohort `{cohort}` had the property `{property}`")]
    NoCohort {
        /// The cohort.
        cohort: &'static str,
        /// The property in words.
        property: String,
    },
    /// A part of a specification that cannot be read or met.
    #[error("`{field}`: {problem}")]
    Spec {
        /// The part, such as `sledai[1]`.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A cohort id that does not exist.
    #[error("unknown cohort `{id}`; use {known}")]
    UnknownCohort {
        /// The id asked for.
        id: String,
        /// The ids there are.
        known: String,
    },
    /// A definition that could not be evaluated on the drawn patients.
    #[error(transparent)]
    Endpoint(#[from] mscsle_endpoints::EndpointError),
    /// A table that cannot be represented.
    #[error(transparent)]
    Table(#[from] mscsle_domain::DomainError),
}
