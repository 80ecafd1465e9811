//! Options and notes of parametric models.

use crate::Weights;
use crate::cox::TermStatus;

/// Options of [`aft`](crate::aft) and [`royston_parmar`](crate::royston_parmar).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParametricOptions<'a> {
    /// Delayed entry: a row is observed only if its time lies after it (0: from the beginning).
    pub entry: Option<&'a [f64]>,
    /// Case weights. Frequency: as repeated rows. Sampling: robust standard errors.
    pub weights: Weights<'a>,
    /// Codes of rows that belong together; standard errors are then robust to clusters.
    pub cluster: Option<&'a [u32]>,
    /// A term of the linear predictor with coefficient 1.
    pub offset: Option<&'a [f64]>,
    /// Names of the columns of `x`; `x1`, `x2` ... without.
    pub names: Option<&'a [String]>,
    /// Level of the confidence intervals.
    pub conf_level: f64,
    /// Newton steps at most.
    pub max_iterations: usize,
}

impl Default for ParametricOptions<'_> {
    fn default() -> Self {
        Self {
            entry: None,
            weights: Weights::None,
            cluster: None,
            offset: None,
            names: None,
            conf_level: 0.95,
            max_iterations: 100,
        }
    }
}

/// One parameter with Wald inference. Numbers that do not exist are `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct ParametricTerm {
    /// Name.
    pub name: String,
    /// Whether it was estimated.
    pub status: TermStatus,
    /// Estimate.
    pub coefficient: Option<f64>,
    /// Its standard error (robust with sampling weights or clusters).
    pub standard_error: Option<f64>,
    /// Estimate over standard error.
    pub z: Option<f64>,
    /// Two-sided p-value of `z`.
    pub p_value: Option<f64>,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
}

/// What a reader of a parametric fit must know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ParametricNote {
    /// A covariate with one value.
    ConstantCovariate {
        /// Name.
        name: String,
    },
    /// A covariate that is a combination of the ones before it.
    AliasedCovariate {
        /// Name.
        name: String,
    },
    /// More parameters than events.
    FewEvents {
        /// Parameters.
        parameters: usize,
        /// Events.
        events: f64,
    },
    /// A spline that falls between knots, where survival would rise.
    Falling {
        /// First time at which it falls.
        from: f64,
        /// Last time.
        to: f64,
    },
    /// The iteration did not converge.
    NotConverged {
        /// Newton steps.
        iterations: usize,
    },
}

impl ParametricNote {
    /// The kind in a word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConstantCovariate { .. } => "constant",
            Self::AliasedCovariate { .. } => "aliased",
            Self::FewEvents { .. } => "few events",
            Self::Falling { .. } => "falling",
            Self::NotConverged { .. } => "not converged",
        }
    }
}

impl std::fmt::Display for ParametricNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ConstantCovariate { name } => {
                write!(f, "covariate `{name}` is constant: it has no coefficient")
            }
            Self::AliasedCovariate { name } => {
                write!(f, "covariate `{name}` is a combination of the covariates before it: it has no coefficient")
            }
            Self::FewEvents { parameters, events } => {
                write!(f, "{parameters} parameters for {events} events: estimates and intervals are not to be trusted")
            }
            Self::Falling { from, to } => {
                write!(
                    f,
                    "the spline falls between the times {from:.4} and {to:.4}, where predicted survival would rise: use fewer knots"
                )
            }
            Self::NotConverged { iterations } => {
                write!(
                    f,
                    "no convergence after {iterations} iterations: the estimates are not the maximum and have no standard errors"
                )
            }
        }
    }
}
