//! Weight functions of the log-rank family.

use crate::SurvivalError;

/// Which differences between survival curves a log-rank test weighs most.
///
/// At an event time with `d` events among `n` at risk in all groups of the stratum the weight is
///
/// ```text
/// LogRank                     1
/// GehanWilcoxon               n
/// TaroneWare                  sqrt(n)
/// PetoPeto                    P(t)              P(t) = product over t_j <= t of 1 - d_j / (n_j + 1)
/// ModifiedPeto                P(t) n / (n + 1)
/// FlemingHarrington           S(t-)^rho (1 - S(t-))^gamma       S = Kaplan-Meier of all groups
/// ```
///
/// R's `survdiff(rho = 1)` is `FlemingHarrington { rho: 1, gamma: 0 }`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum LogRankWeight {
    /// All events weigh the same: best under proportional hazards.
    #[default]
    LogRank,
    /// Early differences, by the number at risk (depends on the censoring).
    GehanWilcoxon,
    /// Between log-rank and Gehan-Wilcoxon.
    TaroneWare,
    /// Early differences, by survival (Peto and Peto).
    PetoPeto,
    /// Peto and Peto with Andersen's modification.
    ModifiedPeto,
    /// Early (`rho`) or late (`gamma`) differences.
    FlemingHarrington {
        /// Power of S(t-).
        rho: f64,
        /// Power of 1 - S(t-).
        gamma: f64,
    },
}

impl LogRankWeight {
    /// The weight function of a word; `rho` and `gamma` belong to `fleming-harrington`.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str, rho: f64, gamma: f64) -> Result<Self, SurvivalError> {
        match word {
            "log-rank" => Ok(Self::LogRank),
            "gehan-wilcoxon" => Ok(Self::GehanWilcoxon),
            "tarone-ware" => Ok(Self::TaroneWare),
            "peto" => Ok(Self::PetoPeto),
            "modified-peto" => Ok(Self::ModifiedPeto),
            "fleming-harrington" => Ok(Self::FlemingHarrington { rho, gamma }),
            _ => Err(SurvivalError::UnknownWord {
                option: "test",
                known: "`log-rank`, `gehan-wilcoxon`, `tarone-ware`, `peto`, `modified-peto` or `fleming-harrington`",
                value: word.to_owned(),
            }),
        }
    }

    /// The word for this test in results.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::LogRank => "log-rank".to_owned(),
            Self::GehanWilcoxon => "Gehan-Wilcoxon".to_owned(),
            Self::TaroneWare => "Tarone-Ware".to_owned(),
            Self::PetoPeto => "Peto-Peto".to_owned(),
            Self::ModifiedPeto => "modified Peto-Peto".to_owned(),
            Self::FlemingHarrington { rho, gamma } => format!("Fleming-Harrington(rho = {rho}, gamma = {gamma})"),
        }
    }
}

/// Survival of all groups of a stratum as the weights need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PooledSurvival {
    /// S(t-).
    kaplan_meier: f64,
    /// P(t-).
    peto: f64,
}

impl PooledSurvival {
    pub(crate) const START: Self = Self { kaplan_meier: 1.0, peto: 1.0 };

    /// The weight of an event time, then moves on past it.
    #[inline]
    pub(crate) fn weigh(&mut self, weight: LogRankWeight, d: f64, n: f64) -> f64 {
        match weight {
            LogRankWeight::LogRank => 1.0,
            LogRankWeight::GehanWilcoxon => n,
            LogRankWeight::TaroneWare => n.sqrt(),
            LogRankWeight::PetoPeto => {
                self.peto *= 1.0 - d / (n + 1.0);
                self.peto
            }
            LogRankWeight::ModifiedPeto => {
                self.peto *= 1.0 - d / (n + 1.0);
                self.peto * n / (n + 1.0)
            }
            LogRankWeight::FlemingHarrington { rho, gamma } => {
                let before = self.kaplan_meier;
                self.kaplan_meier *= (n - d) / n;
                power(before, rho) * power(1.0 - before, gamma)
            }
        }
    }
}

// 0^0 = 1, also for 1 - S(t-) at the first event
fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.0 {
        1.0
    } else if exponent == 1.0 {
        base
    } else {
        base.powf(exponent)
    }
}
