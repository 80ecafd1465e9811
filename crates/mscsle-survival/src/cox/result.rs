//! What a Cox fit returns.

use ndarray::Array2;

use super::options::{Penalty, Ties};

/// Where a coefficient runs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To plus infinity.
    Up,
    /// To minus infinity.
    Down,
}

/// Whether a coefficient is estimable, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TermStatus {
    /// Estimated.
    Estimated,
    /// The covariate has one value in all rows.
    Constant,
    /// The covariate is, within the risk sets, a combination of the ones before it.
    Aliased,
    /// The likelihood is monotone: the coefficient runs to infinity. A Wald interval has no meaning; the
    /// likelihood-ratio test and the finite profile limit have.
    Infinite(Direction),
    /// The likelihood is monotone along combinations that hold this column with either sign, or in their limit does not
    /// determine its coefficient.
    Undetermined,
    /// The iteration stopped before it converged.
    NotConverged,
}

/// One covariate of a Cox model. Numbers that do not exist are `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxTerm {
    /// Name of the column.
    pub name: String,
    /// Whether it was estimated.
    pub status: TermStatus,
    /// Log hazard ratio for one unit more.
    pub coefficient: Option<f64>,
    /// Its standard error (robust with sampling weights).
    pub standard_error: Option<f64>,
    /// Coefficient over standard error; with profile limits the signed root of the likelihood-ratio statistic.
    pub z: Option<f64>,
    /// Two-sided p-value of `z`.
    pub p_value: Option<f64>,
    /// Lower limit of the log hazard ratio.
    pub lower: Option<f64>,
    /// Upper limit of the log hazard ratio.
    pub upper: Option<f64>,
    /// How limits and p-value were found.
    pub inference: Inference,
}

/// What limits and p-value of a coefficient rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Inference {
    /// Estimate and standard error.
    Wald,
    /// The profile of the likelihood.
    Profile,
    /// The profile of the penalised likelihood.
    PenalisedProfile,
    /// Nothing was found.
    None,
}

impl Inference {
    /// The words used in results.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Wald => "Wald",
            Self::Profile => "profile likelihood",
            Self::PenalisedProfile => "profile penalised likelihood",
            Self::None => "none",
        }
    }
}

/// A test that all coefficients are zero.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxTest {
    /// Chi-squared statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// Upper tail of the chi-squared distribution; 1 without degrees of freedom.
    pub p_value: f64,
    /// Name of the test.
    pub method: &'static str,
}

/// Something the reader of a fit must know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CoxNote {
    /// A column holds one value.
    ConstantCovariate {
        /// Name of the column.
        name: String,
    },
    /// A column depends on earlier ones.
    AliasedCovariate {
        /// Name of the column.
        name: String,
    },
    /// Monotone likelihood.
    MonotoneLikelihood {
        /// Names of the columns whose coefficients run to infinity.
        names: Vec<String>,
        /// Names of the columns that run there in combinations, with either sign.
        undetermined: Vec<String>,
    },
    /// A coefficient that a monotone likelihood does not determine.
    UndeterminedCovariate {
        /// Name of the column.
        name: String,
    },
    /// More coefficients than events.
    MoreCovariatesThanEvents {
        /// Number of covariates.
        covariates: usize,
        /// Number of events.
        events: usize,
    },
    /// Robust variances of 0.
    NoRobustVariance {
        /// Names of the columns.
        names: Vec<String>,
    },
    /// A level of a two-valued column whose rows are all of one cluster.
    OneClusterLevel {
        /// Name of the column.
        name: String,
        /// The level.
        level: f64,
    },
    /// No more clusters than coefficients.
    FewClusters {
        /// Number of clusters.
        clusters: usize,
        /// Number of coefficients.
        coefficients: usize,
    },
    /// A robust covariance that is singular.
    RobustRank {
        /// Its rank.
        rank: usize,
        /// Number of coefficients.
        coefficients: usize,
    },
    /// The iteration stopped before it converged.
    NotConverged {
        /// Newton steps done.
        iterations: usize,
    },
}

impl CoxNote {
    /// One word for the kind of note.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConstantCovariate { .. } => "constant",
            Self::AliasedCovariate { .. } => "aliased",
            Self::MonotoneLikelihood { .. } => "monotone",
            Self::UndeterminedCovariate { .. } => "undetermined",
            Self::MoreCovariatesThanEvents { .. } => "few events",
            Self::NoRobustVariance { .. } | Self::OneClusterLevel { .. } => "robust variance",
            Self::FewClusters { .. } | Self::RobustRank { .. } => "few clusters",
            Self::NotConverged { .. } => "not converged",
        }
    }
}

impl std::fmt::Display for CoxNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ConstantCovariate { name } => {
                write!(f, "covariate `{name}` is constant; its coefficient is not estimable")
            }
            Self::AliasedCovariate { name } => {
                write!(f, "covariate `{name}` is a combination of the others; its coefficient is aliased")
            }
            Self::MonotoneLikelihood { names, undetermined } => {
                let (what, names) = if names.is_empty() {
                    ("a combination of the coefficients", undetermined)
                } else {
                    ("the coefficient", names)
                };
                let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
                write!(
                    f,
                    "monotone likelihood: {what} of {} is infinite, so a Wald interval has no meaning; read the likelihood-ratio test, or fit with `penalty=\"firth\"`",
                    names.join(", ")
                )
            }
            Self::UndeterminedCovariate { name } => {
                write!(
                    f,
                    "covariate `{name}`: with the infinite coefficients at their limit the data do not determine its coefficient"
                )
            }
            Self::MoreCovariatesThanEvents { covariates, events } => {
                write!(f, "{covariates} covariates but only {events} events; the estimates cannot be trusted")
            }
            Self::NoRobustVariance { names } => {
                let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
                write!(
                    f,
                    "the robust variance of {} is 0: its changes cancel within clusters, so there are no limits; use smaller clusters",
                    names.join(", ")
                )
            }
            Self::OneClusterLevel { name, level } => {
                write!(
                    f,
                    "all rows with `{name}` = {level} belong to one cluster, so the robust variance of `{name}` knows no variation between clusters there and there are no limits; use smaller clusters"
                )
            }
            Self::FewClusters { clusters, coefficients } => {
                write!(
                    f,
                    "{clusters} clusters for {coefficients} coefficients: the robust covariance is singular, there is no joint Wald test, and single limits are too narrow"
                )
            }
            Self::RobustRank { rank, coefficients } => {
                write!(
                    f,
                    "the robust covariance of {coefficients} coefficients has rank {rank} only, so there is no joint Wald test"
                )
            }
            Self::NotConverged { iterations } => {
                write!(f, "the iteration stopped after {iterations} steps before it converged, so nothing is estimated")
            }
        }
    }
}

/// A fitted Cox model.
#[derive(Debug, Clone, PartialEq)]
pub struct CoxFit {
    /// One entry a column of `x`.
    pub terms: Vec<CoxTerm>,
    /// Covariance of the coefficients (robust with sampling weights); NaN in rows and columns that are not estimable.
    pub covariance: Array2<f64>,
    /// Inverse information, if `covariance` is robust.
    pub naive_covariance: Option<Array2<f64>>,
    /// Observed information at the solution.
    pub information: Array2<f64>,
    /// First derivative of the log-likelihood at the solution.
    pub score: Vec<f64>,
    /// Log partial likelihood with all coefficients 0.
    pub log_likelihood_null: f64,
    /// Log partial likelihood at the solution; its limit if coefficients are infinite.
    pub log_likelihood: f64,
    /// Wald test; none if a coefficient is infinite or the iteration did not converge.
    pub wald: Option<CoxTest>,
    /// Score test at 0.
    pub score_test: CoxTest,
    /// Likelihood-ratio test.
    pub likelihood_ratio: CoxTest,
    /// Rows that took part (summed frequency weights).
    pub n: f64,
    /// Events (summed frequency weights).
    pub n_events: f64,
    /// Strata with rows.
    pub n_strata: usize,
    /// Tie rule.
    pub ties: Ties,
    /// Penalty; with one, the log-likelihoods are penalised, and so is the likelihood-ratio test.
    pub penalty: Penalty,
    /// Whether covariance and standard errors are robust (infinitesimal jackknife).
    pub robust: bool,
    /// Level of the intervals.
    pub conf_level: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Whether the maximum (or the limit along an infinite coefficient) was reached.
    pub converged: bool,
    /// What the reader must know.
    pub notes: Vec<CoxNote>,
}

impl CoxFit {
    /// Coefficients in the order of the columns; `None` where not estimable.
    #[must_use]
    pub fn coefficients(&self) -> Vec<Option<f64>> {
        self.terms.iter().map(|term| term.coefficient).collect()
    }

    /// Standard errors in the order of the columns; `None` where not estimable.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<Option<f64>> {
        self.terms.iter().map(|term| term.standard_error).collect()
    }
}
