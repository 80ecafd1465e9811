//! Denominators as a type: a count without its rule is no result.

use crate::EndpointError;

/// Who is counted in a denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Denominator {
    /// Every subject of the trial.
    Enrolled,
    /// Not known dead by the target day of the visit (month x 30.4375); who was lost counts as alive.
    AliveAtVisit,
    /// With a determined state at the visit.
    AssessedAtVisit,
    /// Ever in response.
    EverResponder,
}

impl Denominator {
    /// Every rule.
    pub const ALL: [Denominator; 4] =
        [Denominator::Enrolled, Denominator::AliveAtVisit, Denominator::AssessedAtVisit, Denominator::EverResponder];

    /// The rule's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Denominator::Enrolled => "enrolled",
            Denominator::AliveAtVisit => "alive_at_visit",
            Denominator::AssessedAtVisit => "assessed_at_visit",
            Denominator::EverResponder => "ever_responder",
        }
    }

    /// The rule of a word.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`].
    pub fn parse(word: &str) -> Result<Denominator, EndpointError> {
        Denominator::ALL.into_iter().find(|rule| rule.name() == word).ok_or_else(|| EndpointError::UnknownWord {
            option: "denominator",
            word: word.to_owned(),
            allowed: crate::error::one_of(&Denominator::ALL.map(Denominator::name)),
        })
    }
}

/// What a missing state counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum MissingRule {
    /// Non-responder imputation: the worst state the known values allow; not assessed is no response.
    #[default]
    Nri,
    /// Undetermined states leave numerator and denominator.
    Observed,
    /// The last determined state of the subject is carried forward; the dead stay dead; nothing to carry is no response.
    Locf,
    /// As `Locf`, and the last state before death is carried on too.
    LocfWithDead,
}

impl MissingRule {
    /// Every rule.
    pub const ALL: [MissingRule; 4] =
        [MissingRule::Nri, MissingRule::Observed, MissingRule::Locf, MissingRule::LocfWithDead];

    /// The rule's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            MissingRule::Nri => "nri",
            MissingRule::Observed => "observed",
            MissingRule::Locf => "locf",
            MissingRule::LocfWithDead => "locf_with_dead",
        }
    }

    /// The rule of a word.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`].
    pub fn parse(word: &str) -> Result<MissingRule, EndpointError> {
        MissingRule::ALL.into_iter().find(|rule| rule.name() == word).ok_or_else(|| EndpointError::UnknownWord {
            option: "missing",
            word: word.to_owned(),
            allowed: crate::error::one_of(&MissingRule::ALL.map(MissingRule::name)),
        })
    }
}

/// A count with its denominator.
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// Visit label; empty for counts over the whole follow-up.
    pub visit: String,
    /// Planned month; NaN for counts over the whole follow-up.
    pub month: f64,
    /// State, or `response` for any response.
    pub state: String,
    /// How many.
    pub numerator: usize,
    /// Of how many.
    pub denominator: usize,
    /// Subjects whose state is open because values are missing, whatever the missing rule counts them as: of those the
    /// denominator rule admits; with `assessed_at_visit`, which admits none of them, of all alive.
    pub undetermined: usize,
    /// Who is counted in the denominator.
    pub rule: Denominator,
}
