//! Intercurrent events and their strategies (ICH E9(R1)) for any response definition.

use crate::EndpointError;
use crate::history::{History, SourceRow};
use crate::response::Bounds;

/// What follows from an intercurrent event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// From the event on the best state is out of reach: no response.
    Composite,
    /// From the event on the state is open, as it would have been without the event: to be imputed.
    Hypothetical,
    /// The last state before the event stands.
    WhileOnTreatment,
    /// Values are used whatever happens; a criterion of the definition on the event is passed over.
    TreatmentPolicy,
}

impl Strategy {
    /// Every strategy; of two events on one day the strategy that comes first here decides.
    pub const ALL: [Strategy; 4] =
        [Strategy::Composite, Strategy::Hypothetical, Strategy::WhileOnTreatment, Strategy::TreatmentPolicy];

    /// The strategy's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Composite => "composite",
            Strategy::Hypothetical => "hypothetical",
            Strategy::WhileOnTreatment => "while_on_treatment",
            Strategy::TreatmentPolicy => "treatment_policy",
        }
    }

    /// The strategy of a word for an event; death is `composite` or `while_alive`, never imputed.
    ///
    /// # Errors
    /// [`EndpointError::UnknownWord`].
    ///
    /// # Examples
    /// ```
    /// use mscsle_endpoints::Strategy;
    /// assert_eq!(Strategy::parse("rescue", "composite")?, Strategy::Composite);
    /// assert_eq!(Strategy::parse("death", "while_alive")?, Strategy::WhileOnTreatment);
    /// assert!(Strategy::parse("death", "hypothetical").is_err());
    /// # Ok::<(), mscsle_endpoints::EndpointError>(())
    /// ```
    pub fn parse(event: &str, word: &str) -> Result<Strategy, EndpointError> {
        let unknown = |option: &'static str, allowed: &str| EndpointError::UnknownWord {
            option,
            word: word.to_owned(),
            allowed: allowed.to_owned(),
        };
        if event == "death" {
            return match word {
                "composite" => Ok(Strategy::Composite),
                "while_alive" => Ok(Strategy::WhileOnTreatment),
                _ => Err(unknown("strategy for death", "`composite` or `while_alive`")),
            };
        }
        Strategy::ALL
            .into_iter()
            .find(|strategy| strategy.name() == word)
            .ok_or_else(|| unknown("strategy", &crate::error::one_of(&Strategy::ALL.map(Strategy::name))))
    }
}

/// What holds for a subject from an intercurrent event on.
#[derive(Debug, Clone, PartialEq)]
pub struct Intercurrent {
    /// The event.
    pub event: String,
    /// Its day.
    pub day: f64,
    /// What follows from it.
    pub strategy: Strategy,
    /// Where it is recorded.
    pub source: SourceRow,
    /// Bounds of every later visit, taken place or not.
    pub bounds: Bounds,
}

/// The first event at or after time zero of each subject to which a strategy other than treatment policy applies; states of
/// the visits from then on are replaced. Of two events on one day the order of [`Strategy::ALL`] decides. Death is left
/// to the denominators and to the counts.
pub(crate) fn apply(
    history: &History,
    strategies: &[(String, Strategy)],
    otherwise: u8,
    states: &mut [Bounds],
) -> Vec<Option<Intercurrent>> {
    let mut all = vec![None; history.subjects().len()];
    if strategies.is_empty() {
        return all;
    }
    for (subject, slot) in history.subjects().iter().zip(&mut all) {
        let found =
            subject.events.iter().filter(|event| event.day >= 0.0 && event.name != "death").filter_map(|event| {
                let (_, strategy) = strategies.iter().find(|(name, _)| *name == event.name)?;
                (*strategy != Strategy::TreatmentPolicy).then_some((event, *strategy))
            });
        let rank = |strategy: Strategy| Strategy::ALL.iter().position(|other| *other == strategy);
        let first = found.min_by(|a, b| a.0.day.total_cmp(&b.0.day).then_with(|| rank(a.1).cmp(&rank(b.1))));
        let Some((event, strategy)) = first else { continue };
        let day_of = |visit: usize| history.visits().get(visit).map_or(f64::NAN, |v| v.day);
        let bounds = match strategy {
            Strategy::Composite => Bounds { upper: otherwise, lower: otherwise },
            Strategy::Hypothetical => Bounds { upper: 0, lower: otherwise },
            _ => {
                let before = subject.visits.clone().rev().filter(|&visit| day_of(visit) < event.day);
                before
                    .filter_map(|visit| states.get(visit).copied())
                    .find(|b| b.is_assessed())
                    .unwrap_or(Bounds::NOT_ASSESSED)
            }
        };
        for visit in subject.visits.clone().filter(|&visit| day_of(visit) >= event.day) {
            if let Some(state) = states.get_mut(visit) {
                *state = bounds;
            }
        }
        *slot =
            Some(Intercurrent { event: event.name.clone(), day: event.day, strategy, source: event.source, bounds });
    }
    all
}
