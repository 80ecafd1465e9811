//! Follow-up by the reverse Kaplan-Meier method: how long subjects would have been watched, had nobody had the event.

use crate::event_table::cells_of;
use crate::kaplan_meier::{KaplanMeierOptions, VarianceType, curve_of};
use crate::sweep::{Outcomes, SweepRows};
use crate::{KaplanMeier, SurvivalError};

/// Who is still watched when an event and the end of another subject's follow-up fall on the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum FollowUpTies {
    /// Events come before censorings, as in every estimator of survival: a subject with the event is no longer watched.
    #[default]
    EventsFirst,
    /// The exchanged indicator is taken for an event: the end of follow-up comes first (R's `survfit` on it).
    EndsFirst,
}

impl FollowUpTies {
    /// The rule of a word.
    ///
    /// # Errors
    /// [`SurvivalError::UnknownWord`].
    pub fn from_name(word: &str) -> Result<Self, SurvivalError> {
        match word {
            "events-first" => Ok(Self::EventsFirst),
            "ends-first" => Ok(Self::EndsFirst),
            _ => Err(SurvivalError::UnknownWord {
                option: "ties",
                known: "`events-first` or `ends-first`",
                value: word.to_owned(),
            }),
        }
    }
}

/// The reverse Kaplan-Meier curve of each group: the distribution of follow-up, with events and censorings exchanged.
///
/// In the result `n_event` counts those whose follow-up ended and `n_censor` those with the event.
///
/// ```text
/// G(t) = product over t_j <= t of 1 - c_j / n_j         n_j at risk; less the events at t_j when events come first
/// ```
///
/// # Errors
/// As [`crate::kaplan_meier_by`]; weights other than frequencies, and clusters, are [`SurvivalError::Incompatible`].
///
/// # Examples
/// ```
/// use mscsle_survival::{FollowUpTies, KaplanMeierOptions, follow_up_by};
/// let (time, event) = ([1.0, 2.0, 3.0, 4.0], [true, false, false, false]);
/// let watched = follow_up_by(&time, &event, &[0; 4], 1, FollowUpTies::EventsFirst, &KaplanMeierOptions::default())?;
/// assert_eq!(watched[0].quantile(0.5)?.estimate, Some(3.0));
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Schemper, Smith. Control Clin Trials 1996;17:343. doi:10.1016/0197-2456(96)00075-X
pub fn follow_up_by(
    time: &[f64],
    event: &[bool],
    group: &[u32],
    n_groups: usize,
    ties: FollowUpTies,
    options: &KaplanMeierOptions<'_>,
) -> Result<Vec<KaplanMeier>, SurvivalError> {
    options.confidence.critical_value()?;
    options.weights.check(time.len())?;
    if options.cluster.is_some() || matches!(options.weights, crate::Weights::Sampling(_)) {
        return Err(SurvivalError::Incompatible {
            first: "reverse Kaplan-Meier",
            second: "sampling weights and clusters",
            reason: "follow-up is described for the subjects of the trial; use frequency weights or none",
        });
    }
    let rows = SweepRows {
        time,
        outcomes: Outcomes::Event(event),
        cells: Some(group),
        n_cells: n_groups,
        entry: options.entry,
        weights: options.weights.values(),
    };
    let (cells, gap) = cells_of(&rows, options.near_ties)?;
    Ok(cells
        .into_iter()
        .map(|mut cell| {
            let mut n_risk = cell.at_risk();
            if ties == FollowUpTies::EventsFirst {
                for (n_risk, events) in n_risk.iter_mut().zip(cell.all_events()) {
                    *n_risk -= events;
                }
            }
            let events = cell.all_events();
            let ends = std::mem::replace(&mut cell.censored, events);
            cell.events = vec![ends];
            let mut curve = curve_of(cell, n_risk, options.confidence, gap);
            curve.variance = VarianceType::Greenwood;
            curve
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kaplan_meier;

    const TIME: [f64; 6] = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0];
    const EVENT: [bool; 6] = [false, true, false, true, false, false];

    #[test]
    fn ends_first_is_kaplan_meier_of_the_exchanged_indicator() {
        let exchanged: Vec<bool> = EVENT.iter().map(|event| !event).collect();
        let options = KaplanMeierOptions::default();
        let watched = follow_up_by(&TIME, &EVENT, &[0; 6], 1, FollowUpTies::EndsFirst, &options).unwrap().remove(0);
        assert_eq!(watched, kaplan_meier(&TIME, &exchanged, &options).unwrap());
    }

    #[test]
    fn with_events_first_those_with_the_event_are_no_longer_watched() {
        let options = KaplanMeierOptions::default();
        let watched = follow_up_by(&TIME, &EVENT, &[0; 6], 1, FollowUpTies::EventsFirst, &options).unwrap().remove(0);
        // 5/6 at 1; at 2 one of the 4 left after the event ends
        assert!((watched.survival[1] - 5.0 / 6.0 * 3.0 / 4.0).abs() < 1e-15);
        assert_eq!(watched.n, 6.0);
        assert_eq!(watched.n_events, 4.0);
    }

    #[test]
    fn survival_and_follow_up_multiply_to_the_share_still_there() {
        // without delayed entry S(t) G(t) = share with time > t
        let options = KaplanMeierOptions::default();
        let watched = follow_up_by(&TIME, &EVENT, &[0; 6], 1, FollowUpTies::EventsFirst, &options).unwrap().remove(0);
        let km = kaplan_meier(&TIME, &EVENT, &options).unwrap();
        for (j, &t) in km.time.iter().enumerate() {
            let share = TIME.iter().filter(|&&time| time > t).count() as f64 / 6.0;
            assert!((km.survival[j] * watched.survival[j] - share).abs() < 1e-15, "{t}");
        }
    }
}
