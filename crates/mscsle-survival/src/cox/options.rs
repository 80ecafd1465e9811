//! Options of the Cox model.

use crate::{NearTies, SurvivalError, Weights};

/// How tied event times enter the partial likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Ties {
    /// Efron (1977): tied deaths leave the risk set one after the other, each by its mean share.
    #[default]
    Efron,
    /// Breslow (1974): every tied death sees the whole risk set.
    Breslow,
    /// The discrete conditional likelihood (Cox 1972), by recursion.
    Exact,
}

impl Ties {
    /// The word used in results and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Efron => "efron",
            Self::Breslow => "breslow",
            Self::Exact => "exact",
        }
    }

    /// The rule of this name.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(name: &str) -> Result<Self, SurvivalError> {
        match name {
            "efron" => Ok(Self::Efron),
            "breslow" => Ok(Self::Breslow),
            "exact" => Ok(Self::Exact),
            _ => Err(SurvivalError::UnknownWord {
                option: "ties",
                known: "`efron`, `breslow` or `exact`",
                value: name.to_owned(),
            }),
        }
    }
}

/// A penalty on the likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Penalty {
    /// None.
    #[default]
    None,
    /// Firth (1993), Heinze and Schemper (2001): half the log determinant of the information. Estimates are finite under
    /// separation and less biased with few events; intervals and tests are those of the penalised profile likelihood.
    Firth,
}

impl Penalty {
    /// The word used in results and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Firth => "firth",
        }
    }

    /// The penalty of this name.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(name: &str) -> Result<Self, SurvivalError> {
        match name {
            "none" => Ok(Self::None),
            "firth" => Ok(Self::Firth),
            _ => Err(SurvivalError::UnknownWord {
                option: "penalty",
                known: "`none` or `firth`",
                value: name.to_owned(),
            }),
        }
    }
}

/// How the limits of a coefficient are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum CoxInterval {
    /// Wald without a penalty, profile likelihood with one.
    #[default]
    Usual,
    /// Estimate -+ quantile times standard error.
    Wald,
    /// The values at which twice the log-likelihood, maximised over the other coefficients, has fallen by the quantile of
    /// chi-squared; p-values are those of the likelihood-ratio test of the coefficient.
    Profile,
}

impl CoxInterval {
    /// The interval of this name.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(name: &str) -> Result<Self, SurvivalError> {
        match name {
            "usual" => Ok(Self::Usual),
            "wald" => Ok(Self::Wald),
            "profile" => Ok(Self::Profile),
            _ => Err(SurvivalError::UnknownWord {
                option: "conf_type",
                known: "`wald` or `profile`",
                value: name.to_owned(),
            }),
        }
    }
}

/// Options of [`cox`](crate::cox).
///
/// # Examples
/// ```
/// use mscsle_survival::{CoxOptions, Ties};
/// let options = CoxOptions { ties: Ties::Breslow, ..CoxOptions::default() };
/// assert_eq!(options.conf_level, 0.95);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoxOptions<'a> {
    /// Tie rule.
    pub ties: Ties,
    /// Start of each row's interval (entry, time]; none means at risk from the beginning.
    pub entry: Option<&'a [f64]>,
    /// Stratum codes, any numbers; each stratum has a baseline hazard of its own.
    pub strata: Option<&'a [u32]>,
    /// Case weights >= 0; rows of weight 0 do not take part. Frequency weights: the fit equals that of the repeated rows.
    /// Sampling weights: a row counts `w` times in every sum, Efron uses the mean weight of tied deaths, and the standard
    /// errors are those of the infinitesimal jackknife.
    pub weights: Weights<'a>,
    /// Codes of rows that belong together (one patient); the standard errors are then robust: changes of the coefficients
    /// are summed within clusters.
    pub cluster: Option<&'a [u32]>,
    /// A term of the linear predictor with coefficient 1.
    pub offset: Option<&'a [f64]>,
    /// Names of the columns of `x`; `x1`, `x2` ... without.
    pub names: Option<&'a [String]>,
    /// Penalty on the likelihood.
    pub penalty: Penalty,
    /// How limits are found.
    pub interval: CoxInterval,
    /// Level of the confidence intervals.
    pub conf_level: f64,
    /// Newton steps at most.
    pub max_iterations: usize,
    /// Relative change of the log-likelihood below which the iteration has converged.
    pub tolerance: f64,
    /// Whether times that are equal but for rounding are tied.
    pub near_ties: NearTies,
}

impl Default for CoxOptions<'_> {
    fn default() -> Self {
        Self {
            ties: Ties::Efron,
            entry: None,
            strata: None,
            weights: Weights::None,
            cluster: None,
            offset: None,
            names: None,
            penalty: Penalty::None,
            interval: CoxInterval::Usual,
            conf_level: 0.95,
            max_iterations: 20,
            tolerance: 1e-9,
            near_ties: NearTies::Group,
        }
    }
}
