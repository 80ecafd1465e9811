//! Conditions of a definition: comparisons, events, groups, other visits and periods.

/// Comparison; every one exact to 1e-9 on the scale of the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Less than.
    Lt,
    /// At most.
    Le,
    /// Greater than.
    Gt,
    /// At least.
    Ge,
}

impl Compare {
    /// `<`, `<=`, `>` or `>=`.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Compare::Lt => "<",
            Compare::Le => "<=",
            Compare::Gt => ">",
            Compare::Ge => ">=",
        }
    }

    /// Compares with 1e-9 on the reported scale: values closer than that are equal.
    #[must_use]
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        const EQUAL: f64 = 1e-9; // decimals such as 1.4 - 1.2 differ from 0.2 in binary by about 1e-17
        match self {
            Compare::Lt => value < threshold - EQUAL,
            Compare::Le => value <= threshold + EQUAL,
            Compare::Gt => value > threshold + EQUAL,
            Compare::Ge => value >= threshold - EQUAL,
        }
    }
}

/// Which value of a measure is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The visit under evaluation.
    Current,
    /// The last value at or before time zero.
    Baseline,
    /// The value before this one: of a flare, at or after the first response.
    Previous,
    /// The value before the flare that led into the study (`assessments.what` = `preflare_<measure>`).
    Preflare,
    /// The best value so far: of a flare, at or after the first response.
    Best,
    /// The value at the first response.
    Response,
    /// The visit chosen by an enclosing `earlier_within_days`, or the first assessed visit of an enclosing period.
    Earlier,
    /// The value after this one.
    Next,
    /// The best value since baseline, baseline included.
    Nadir,
    /// The best visit in response so far: the best state, then the lower SLEDAI, then the earlier.
    BestResponse,
}

impl Anchor {
    /// The word in a definition.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Anchor::Current => "current",
            Anchor::Baseline => "baseline",
            Anchor::Previous => "previous",
            Anchor::Preflare => "preflare",
            Anchor::Best => "best",
            Anchor::Response => "response",
            Anchor::Earlier => "earlier",
            Anchor::Next => "next",
            Anchor::Nadir => "nadir",
            Anchor::BestResponse => "best_response",
        }
    }
}

/// What a threshold is relative to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reference {
    /// An absolute number.
    None,
    /// Another value of the same measure.
    Value(Anchor),
    /// The upper limit of normal of the value's own row, or a number that replaces it.
    Uln(Option<f64>),
    /// The lower limit of normal of the value's own row, or a number that replaces it.
    Lln(Option<f64>),
}

/// What an improvement is counted from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Floor {
    /// Zero: the value itself.
    Zero,
    /// A number.
    Number(f64),
    /// The upper limit of normal of each value's own row, or a number that replaces it.
    Uln(Option<f64>),
}

/// One comparison: `value compare (factor * (reference - floor) + floor + offset) * (1 +- tolerance)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Measures (positions in [`MEASURES`](crate::MEASURES)); the first with a value decides.
    pub measures: Vec<usize>,
    /// Unit of the threshold, one for each measure, with the factor from the canonical unit.
    pub units: Vec<(String, f64)>,
    /// Which value is compared.
    pub at: Anchor,
    /// How.
    pub compare: Compare,
    /// Multiplies the reference.
    pub factor: f64,
    /// The reference.
    pub relative_to: Reference,
    /// Added to the reference; the threshold itself when there is none.
    pub offset: f64,
    /// What the factor applies to is counted from here.
    pub floor: Floor,
    /// Loosens the threshold by this fraction.
    pub tolerance: f64,
    /// A value marked as not due to lupus does not count.
    pub attributed: bool,
    /// What a missing value means; `None` leaves the criterion unknown.
    pub missing: Option<bool>,
    /// Where it stands in the definition.
    pub key: String,
}

/// From when on a recorded event counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Since {
    /// Whenever it is recorded up to the visit.
    Ever,
    /// After time zero.
    TimeZero,
    /// After the visit before (of a flare at or after the first response; the first visit looks back to time zero).
    Previous,
    /// At most so many days before the visit.
    Days(f64),
}

/// Which visits of a period must meet its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Every assessed visit.
    Every,
    /// Every assessed visit after the first one.
    Later,
    /// At least one assessed visit.
    Some,
}

impl Quantity {
    /// `every`, `later` or `some`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Quantity::Every => "every",
            Quantity::Later => "later",
            Quantity::Some => "some",
        }
    }

    /// How many visits at the beginning of the period do not count.
    pub(crate) fn skipped(self) -> usize {
        usize::from(self == Quantity::Later)
    }
}

/// BILAG letters that are new against another visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewLetter {
    /// A now and not then.
    A,
    /// B now and C, D or E then.
    B,
    /// A or B now and C, D or E then: a new domain.
    AOrB,
}

impl NewLetter {
    /// `A`, `B` or `AB`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            NewLetter::A => "A",
            NewLetter::B => "B",
            NewLetter::AOrB => "AB",
        }
    }
}

/// A condition over a subject's history at a visit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Node {
    /// One comparison.
    Criterion(Criterion),
    /// Every part holds.
    All(Vec<Node>),
    /// At least one part holds.
    Any(Vec<Node>),
    /// The inner condition held at another visit.
    At(Anchor, Box<Node>),
    /// There is an earlier visit within so many days for which the inner condition holds.
    Earlier {
        /// Greatest number of days between the two visits.
        within_days: f64,
        /// The condition over both visits.
        inner: Box<Node>,
    },
    /// An event (not) recorded up to the visit.
    Event {
        /// Name of the event.
        event: String,
        /// From when on events count.
        since: Since,
        /// Whether the condition holds when the event is present.
        present: bool,
        /// Where it stands in the definition.
        key: String,
    },
    /// Systems newly graded with a BILAG letter against another visit.
    NewBilag {
        /// Which letters are new.
        letter: NewLetter,
        /// The visit compared with.
        relative_to: Anchor,
        /// Least number of systems.
        at_least: usize,
        /// Where it stands in the definition.
        key: String,
    },
    /// Cannot be decided here, with the reason.
    Undecided(String),
    /// Holds only between these months.
    Months {
        /// First month.
        from: f64,
        /// Last month.
        to: f64,
        /// The condition.
        inner: Box<Node>,
    },
    /// The inner condition does not hold.
    Not(Box<Node>),
    /// The inner condition at the assessed visit nearest to a month, ties to the later.
    AtMonth {
        /// The month.
        month: f64,
        /// Greatest distance in months.
        within: f64,
        /// The condition.
        inner: Box<Node>,
    },
    /// The inner condition at every, or at some, assessed visit of a period after time zero up to the visit. Unknown
    /// until a visit is assessed at the end of the period, unless what is known decides.
    Period {
        /// Which visits must meet the condition.
        visits: Quantity,
        /// First month.
        from: f64,
        /// Last month.
        to: f64,
        /// Both ends are widened by so many months.
        within: f64,
        /// The condition; `earlier` is the first assessed visit of the period.
        inner: Box<Node>,
    },
    /// Holds also at the next visit at least so many days later.
    Confirmed {
        /// Days.
        days: f64,
        /// The condition.
        inner: Box<Node>,
    },
}

impl Node {
    /// Calls `visit` for every criterion.
    pub fn each_criterion<'a>(&'a self, visit: &mut dyn FnMut(&'a Criterion)) {
        match self {
            Node::Criterion(criterion) => visit(criterion),
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| part.each_criterion(visit)),
            Node::At(_, inner)
            | Node::Earlier { inner, .. }
            | Node::Months { inner, .. }
            | Node::Not(inner)
            | Node::AtMonth { inner, .. }
            | Node::Period { inner, .. }
            | Node::Confirmed { inner, .. } => inner.each_criterion(visit),
            Node::Event { .. } | Node::NewBilag { .. } | Node::Undecided(_) => {}
        }
    }

    /// Whether BILAG letters are compared anywhere in it.
    #[must_use]
    pub fn compares_letters(&self) -> bool {
        match self {
            Node::NewBilag { .. } => true,
            Node::All(parts) | Node::Any(parts) => parts.iter().any(Node::compares_letters),
            Node::At(_, inner)
            | Node::Earlier { inner, .. }
            | Node::Months { inner, .. }
            | Node::Not(inner)
            | Node::AtMonth { inner, .. }
            | Node::Period { inner, .. }
            | Node::Confirmed { inner, .. } => inner.compares_letters(),
            Node::Criterion(_) | Node::Event { .. } | Node::Undecided(_) => false,
        }
    }

    /// Calls `visit` for every event name.
    pub fn each_event<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Node::Event { event, .. } => visit(event),
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| part.each_event(visit)),
            Node::At(_, inner)
            | Node::Earlier { inner, .. }
            | Node::Months { inner, .. }
            | Node::Not(inner)
            | Node::AtMonth { inner, .. }
            | Node::Period { inner, .. }
            | Node::Confirmed { inner, .. } => inner.each_event(visit),
            Node::Criterion(_) | Node::NewBilag { .. } | Node::Undecided(_) => {}
        }
    }
}
