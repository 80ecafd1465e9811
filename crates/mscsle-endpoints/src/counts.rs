//! Counts of states over named denominators: prevalence by visit, ever, lost.

use crate::denominator::{Count, Denominator};
use crate::response::{Counted, Response, VisitState, surely_response};

impl Response {
    /// Prevalence of each state at each planned visit; the row `response` counts every responding state.
    ///
    /// A prevalence may fall from one visit to the next; it is no cumulative incidence.
    #[must_use]
    pub fn by_visit(&self, rule: Denominator) -> Vec<Count> {
        let mut counts = Vec::new();
        for (k, &planned) in self.planned.iter().enumerate() {
            let Some(planned) = self.history.planned.get(planned) else { continue };
            let mut numerators = vec![0usize; self.definition.states.len() + 1];
            let mut denominator = 0;
            let mut undetermined = 0;
            for subject in 0..self.history.subjects.len() {
                let open = matches!(self.state(subject, k), VisitState::Unknown(_));
                let asked = rule == Denominator::AssessedAtVisit || self.is_in(subject, k, rule);
                undetermined += usize::from(open && asked);
                let counted = self.counted(subject, k, self.missing);
                if counted == Counted::Missing || !self.is_in(subject, k, rule) {
                    continue;
                }
                denominator += 1;
                if let Counted::State(state) = counted
                    && let Some(slot) = numerators.get_mut(usize::from(state))
                {
                    *slot += 1;
                }
            }
            self.push_counts(
                &mut counts,
                (&planned.label, planned.month),
                &numerators,
                [denominator, undetermined],
                rule,
            );
        }
        counts
    }

    fn push_counts(
        &self,
        counts: &mut Vec<Count>,
        (visit, month): (&str, f64),
        numerators: &[usize],
        [denominator, undetermined]: [usize; 2],
        rule: Denominator,
    ) {
        let responding = |i: &usize| self.definition.is_response(*i);
        let any = numerators.iter().enumerate().filter(|(i, _)| responding(i)).map(|(_, n)| n).sum();
        let named = self.definition.states.iter().zip(numerators).map(|(state, n)| (state.state.as_str(), *n));
        for (state, numerator) in named.chain(std::iter::once(("response", any))) {
            counts.push(Count {
                visit: visit.to_owned(),
                month,
                state: state.to_owned(),
                numerator,
                denominator,
                undetermined,
                rule,
            });
        }
    }

    /// Best state a subject ever had at a planned visit; `None` without a determined one.
    #[must_use]
    pub fn best(&self, subject: usize) -> Option<u8> {
        (0..self.planned.len())
            .filter_map(|k| self.states.get(self.visit(subject, k)?))
            .filter(|bounds| bounds.is_determined())
            .map(|bounds| bounds.upper)
            .min()
    }

    /// Ever in response at a planned visit: subjects by their best state, and the row `response`.
    ///
    /// The denominators `alive_at_visit` and `assessed_at_visit` mean here: alive at the last planned visit, and with at
    /// least one determined state; the numerator counts within the denominator.
    #[must_use]
    pub fn ever(&self, rule: Denominator) -> Vec<Count> {
        let mut numerators = vec![0usize; self.definition.states.len() + 1];
        let mut denominator = 0;
        let mut undetermined = 0;
        for subject in 0..self.history.subjects.len() {
            let is_in = self.is_in_follow_up(subject, rule);
            undetermined += usize::from((is_in || rule == Denominator::AssessedAtVisit) && self.is_open(subject));
            if !is_in {
                continue;
            }
            denominator += 1;
            let state = match (self.best(subject), self.first.get(subject)) {
                (Some(state), _) => state,
                // certainly a response, but not which: the worst of the possible states
                (None, Some(Some(visit))) => self.states.get(*visit).map_or(u8::MAX, |b| b.lower),
                _ => continue,
            };
            if let Some(slot) = numerators.get_mut(usize::from(state)) {
                *slot += 1;
            }
        }
        let mut counts = Vec::new();
        self.push_counts(&mut counts, ("", f64::NAN), &numerators, [denominator, undetermined], rule);
        if let Some(any) = counts.last_mut() {
            any.numerator = (0..self.history.subjects.len())
                .filter(|&s| self.is_in_follow_up(s, rule) && self.first.get(s).is_some_and(Option::is_some))
                .count();
        }
        counts
    }

    /// Never certainly in response, and at least one planned visit where a response cannot be ruled out.
    fn is_open(&self, subject: usize) -> bool {
        let open = |k| matches!(self.state(subject, k), VisitState::Unknown(b) if surely_response(&self.definition, b).is_none());
        self.first.get(subject).is_some_and(Option::is_none) && (0..self.planned.len()).any(open)
    }

    fn is_in_follow_up(&self, subject: usize, rule: Denominator) -> bool {
        match rule {
            Denominator::Enrolled => true,
            Denominator::AliveAtVisit => match self.planned.len().checked_sub(1) {
                Some(last) => self.state(subject, last) != VisitState::Dead,
                None => self.history.subjects.get(subject).is_some_and(|s| s.death.is_none()),
            },
            Denominator::AssessedAtVisit => {
                (0..self.planned.len()).any(|k| self.visit(subject, k).is_some_and(|v| self.responds(v).is_some()))
            }
            Denominator::EverResponder => self.first.get(subject).is_some_and(Option::is_some),
        }
    }

    /// Two counts over those ever in response: who ever lost the response, and who is out of response at the last
    /// determined visit. They differ when a response comes back; neither is a count of flares.
    #[must_use]
    pub fn lost(&self, rule: Denominator) -> Vec<Count> {
        let n = self.history.subjects.len();
        let denominator = (0..n).filter(|&s| self.is_in_follow_up(s, rule)).count();
        let count = |state: &str, holds: &dyn Fn(usize) -> bool| Count {
            visit: String::new(),
            month: f64::NAN,
            state: state.to_owned(),
            numerator: (0..n).filter(|&s| self.is_in_follow_up(s, rule) && holds(s)).count(),
            denominator,
            undetermined: (0..n)
                .filter(|&s| self.is_in_follow_up(s, rule))
                .filter(|&s| (0..self.planned.len()).any(|k| matches!(self.state(s, k), VisitState::Unknown(_))))
                .count(),
            rule,
        };
        let out_at_last = |s: usize| {
            self.first.get(s).is_some_and(Option::is_some)
                && self.determined(s).last().is_some_and(|(_, responds)| !responds)
        };
        vec![
            count("loss_of_response", &|s| self.loss(s).is_some()),
            count("not_in_response_at_last_visit", &out_at_last),
        ]
    }
}
