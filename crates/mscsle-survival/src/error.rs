//! What can be wrong with the data or options of an estimator.

/// Data or options that an estimator of this crate cannot use.
///
/// Rows count from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SurvivalError {
    /// No rows at all.
    #[error("there are no rows; at least one subject is needed")]
    Empty,
    /// Arguments that must have one value a row differ in length.
    #[error("`{argument}` has {found} rows, but `time` has {expected}")]
    UnequalLength {
        /// Name of the argument.
        argument: &'static str,
        /// Rows of `time`.
        expected: usize,
        /// Rows of the argument.
        found: usize,
    },
    /// NaN or an infinity.
    #[error("`{argument}` must be finite, but row {row} is {value}")]
    NotFinite {
        /// Name of the argument.
        argument: &'static str,
        /// Row.
        row: usize,
        /// Value.
        value: f64,
    },
    /// A time (or entry) below zero.
    #[error("`{argument}` must be >= 0, but row {row} is {value}")]
    NegativeTime {
        /// Name of the argument.
        argument: &'static str,
        /// Row.
        row: usize,
        /// Value.
        value: f64,
    },
    /// A subject who enters at or after the end of follow-up: risk sets are (entry, time].
    #[error("`entry` must be before `time`, but row {row} enters at {entry} and ends at {time}")]
    EntryNotBeforeTime {
        /// Row.
        row: usize,
        /// Entry.
        entry: f64,
        /// End of follow-up.
        time: f64,
    },
    /// An event at time 0, which has no logarithm.
    #[error("an event at time 0 has no logarithm (row {row}); give it a small positive time, or an interval from 0")]
    EventAtZero {
        /// Row.
        row: usize,
    },
    /// An interval whose ends are in the wrong order.
    #[error("`lower` must not be after `upper`, but row {row} is {lower} to {upper}")]
    IntervalReversed {
        /// Row.
        row: usize,
        /// Lower end.
        lower: f64,
        /// Upper end.
        upper: f64,
    },
    /// An interval that lost its length because entry and time are tied within rounding.
    #[error(
        "row {row} enters at {entry} and ends at {time}, which are the same within rounding; drop it or keep near ties apart"
    )]
    EntryTiedWithTime {
        /// Row.
        row: usize,
        /// Entry.
        entry: f64,
        /// End of follow-up.
        time: f64,
    },
    /// A row of a subject that begins before the one before it has ended.
    #[error("row {row} begins at {entry}, before row {other} of the same subject ends at {time}")]
    OverlappingRows {
        /// Row.
        row: usize,
        /// Its start.
        entry: f64,
        /// The row before it.
        other: usize,
        /// The end of that row.
        time: f64,
    },
    /// A row of a subject after its death.
    #[error("row {row} begins at {entry}, after the death at {time} in row {other} of the same subject")]
    RowAfterDeath {
        /// Row.
        row: usize,
        /// Its start.
        entry: f64,
        /// The row of the death.
        other: usize,
        /// The time of death.
        time: f64,
    },
    /// Rows of one subject in different groups.
    #[error("row {row} and row {other} are the same subject in two groups; a group must not change over time")]
    SubjectInTwoGroups {
        /// Row.
        row: usize,
        /// The row before it.
        other: usize,
    },
    /// A row that begins in another state than the row before it ended in.
    #[error("row {row} begins in state {state}, but row {other} of the same subject ends in state {before}")]
    StateJump {
        /// Row.
        row: usize,
        /// Code of the state it begins in.
        state: u32,
        /// The row before it.
        other: usize,
        /// Code of the state that row ends in.
        before: u32,
    },
    /// A weight below zero.
    #[error("`weights` must be >= 0, but row {row} is {value}")]
    NegativeWeight {
        /// Row.
        row: usize,
        /// Value.
        value: f64,
    },
    /// A frequency weight that is no whole number.
    #[error("frequency `weights` must be whole numbers, but row {row} is {value}; use sampling weights")]
    FractionalFrequency {
        /// Row.
        row: usize,
        /// Value.
        value: f64,
    },
    /// All weights are zero.
    #[error("`weights` are all 0")]
    NoWeight,
    /// A code outside the number of groups, strata or causes.
    #[error("`{argument}` must be below {limit}, but row {row} is {value}")]
    CodeOutOfRange {
        /// Name of the argument.
        argument: &'static str,
        /// Row.
        row: usize,
        /// Code.
        value: u32,
        /// Number of codes.
        limit: usize,
    },
    /// An option outside its range.
    #[error("`{option}` must be {expected}, but is {value}")]
    InvalidOption {
        /// Name of the option.
        option: &'static str,
        /// What would be right.
        expected: &'static str,
        /// What was given.
        value: f64,
    },
    /// A covariate that is NaN or infinite.
    #[error("covariate `{name}` must be finite, but row {row} is {value}")]
    CovariateNotFinite {
        /// Name of the column.
        name: String,
        /// Row.
        row: usize,
        /// Value.
        value: f64,
    },
    /// Two options that exclude each other.
    #[error("`{first}` does not go with `{second}`: {reason}")]
    Incompatible {
        /// One option.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Why, and what to use instead.
        reason: &'static str,
    },
    /// An option word that does not exist.
    #[error("unknown {option} `{value}`; use {known}")]
    UnknownWord {
        /// Name of the option.
        option: &'static str,
        /// The words that exist.
        known: &'static str,
        /// What was given.
        value: String,
    },
    /// A time so small that it is a misread zero.
    #[error("`{argument}`, row {row} is {value:e}: a SAS zero misread by another reader")]
    MisreadZero {
        /// Name of the argument.
        argument: &'static str,
        /// Row.
        row: usize,
        /// Value.
        value: f64,
    },
    /// The data do not determine what was asked for.
    #[error("{quantity} is not estimable: {reason}")]
    NotEstimable {
        /// What was asked for.
        quantity: &'static str,
        /// Why the data do not determine it, and what to use instead.
        reason: String,
    },
}
