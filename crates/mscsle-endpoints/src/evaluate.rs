//! Conditions over a history with three truth values: a missing value leaves a criterion unknown, and what is known
//! still decides where it can.

use crate::history::{Cell, History, MeasureColumn, is_better};
use crate::measure::MEASURES;
use crate::node::{Anchor, Compare, Criterion, Floor, NewLetter, Node, Quantity, Reference, Since};
use std::ops::Range;

/// Truth of a condition. The order makes `all` a minimum and `any` a maximum (Kleene's strong logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// Does not hold.
    False,
    /// Cannot be decided.
    Unknown,
    /// Holds.
    True,
}

impl Truth {
    /// The opposite; what cannot be decided stays so.
    #[must_use]
    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }
}

/// Where a condition stands: a visit, or the baseline values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum At {
    Visit(usize),
    Baseline,
}

/// What a condition may look at.
#[derive(Debug, Clone)]
pub(crate) struct Context<'h> {
    pub(crate) history: &'h History,
    pub(crate) subject: usize,
    /// Visits that `previous`, `best` and `earlier` may reach.
    pub(crate) scope: Range<usize>,
    /// Visit of the first response.
    pub(crate) response: Option<usize>,
    /// The responses a flare follows.
    pub(crate) states: Option<&'h crate::response::Response>,
    /// What follows from events, where a strategy and not the definition says so.
    pub(crate) strategies: &'h [(String, crate::Strategy)],
}

/// A comparison as it was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Compared {
    pub(crate) truth: Truth,
    pub(crate) alternative: usize,
    pub(crate) value: Cell,
    /// Reference in the canonical unit, NaN without one.
    pub(crate) reference: Cell,
    /// Threshold in the unit of the criterion.
    pub(crate) threshold: f64,
}

impl<'h> Context<'h> {
    fn cell(&self, column: &MeasureColumn, at: At) -> Cell {
        match at {
            At::Visit(visit) => column.visits.get(visit).copied().unwrap_or(Cell::MISSING),
            At::Baseline => column.baseline.get(self.subject).copied().unwrap_or(Cell::MISSING),
        }
    }

    fn anchor(&self, measure: usize, column: &MeasureColumn, anchor: Anchor, at: At, earlier: Option<usize>) -> Cell {
        let before = || match at {
            At::Visit(visit) => self.scope.start..visit.min(self.scope.end),
            At::Baseline => 0..0,
        };
        match anchor {
            Anchor::Current => self.cell(column, at),
            Anchor::Baseline => self.cell(column, At::Baseline),
            Anchor::Preflare => column.preflare.get(self.subject).copied().unwrap_or(Cell::MISSING),
            Anchor::Response => self.response.map_or(Cell::MISSING, |visit| self.cell(column, At::Visit(visit))),
            Anchor::Earlier => earlier.map_or(Cell::MISSING, |visit| self.cell(column, At::Visit(visit))),
            Anchor::Previous => before()
                .rev()
                .map(|visit| self.cell(column, At::Visit(visit)))
                .find(Cell::is_known)
                .unwrap_or(Cell::MISSING),
            Anchor::BestResponse => match at {
                At::Visit(visit) => {
                    self.best_response(visit).map_or(Cell::MISSING, |best| self.cell(column, At::Visit(best)))
                }
                At::Baseline => Cell::MISSING,
            },
            Anchor::Nadir => {
                let worse = MEASURES.get(measure).map_or(crate::Worse::High, |m| m.worse);
                let mut best = self.cell(column, At::Baseline);
                let start = self.history.subjects.get(self.subject).map_or(0, |s| s.visits.start);
                let end = if let At::Visit(visit) = at { visit } else { start };
                for visit in start..end {
                    let cell = self.cell(column, At::Visit(visit));
                    if cell.is_known() && (!best.is_known() || is_better(worse, cell.value, best.value)) {
                        best = cell;
                    }
                }
                best
            }
            Anchor::Next => match at {
                At::Visit(visit) => (visit + 1..self.scope.end)
                    .map(|other| self.cell(column, At::Visit(other)))
                    .find(Cell::is_known)
                    .unwrap_or(Cell::MISSING),
                At::Baseline => Cell::MISSING,
            },
            Anchor::Best => {
                let worse = MEASURES.get(measure).map_or(crate::Worse::High, |m| m.worse);
                let mut best = Cell::MISSING;
                for visit in before() {
                    let cell = self.cell(column, At::Visit(visit));
                    if cell.is_known() && (!best.is_known() || is_better(worse, cell.value, best.value)) {
                        best = cell;
                    }
                }
                best
            }
        }
    }

    fn day(&self, at: At) -> f64 {
        match at {
            At::Visit(visit) => self.history.visits.get(visit).map_or(f64::NAN, |v| v.day),
            At::Baseline => 0.0,
        }
    }

    /// Compares by the first alternative that can be decided; if none can, the first alternative says what is missing.
    pub(crate) fn compare(&self, criterion: &Criterion, at: At, earlier: Option<usize>) -> Compared {
        let mut undecided: Option<Compared> = None;
        for (alternative, &measure) in criterion.measures.iter().enumerate() {
            let compared = self.compare_one(criterion, alternative, measure, at, earlier);
            if compared.truth != Truth::Unknown {
                return compared;
            }
            undecided.get_or_insert(compared);
        }
        let mut compared = undecided.unwrap_or(Compared {
            truth: Truth::Unknown,
            alternative: 0,
            value: Cell::MISSING,
            reference: Cell::MISSING,
            threshold: f64::NAN,
        });
        if let Some(holds) = criterion.missing {
            compared.truth = holds.into();
        }
        compared
    }

    fn compare_one(
        &self,
        criterion: &Criterion,
        alternative: usize,
        measure: usize,
        at: At,
        earlier: Option<usize>,
    ) -> Compared {
        let mut compared = Compared {
            truth: Truth::Unknown,
            alternative,
            value: Cell::MISSING,
            reference: Cell::MISSING,
            threshold: f64::NAN,
        };
        let Some(column) = self.history.measure(measure) else { return compared };
        let scale = criterion.units.get(alternative).map_or(1.0, |(_, factor)| *factor);
        let value = self.anchor(measure, column, criterion.at, at, earlier);
        compared.value = value;
        let floor = |cell: Cell| match criterion.floor {
            Floor::Zero => 0.0,
            Floor::Number(x) => x,
            Floor::Uln(Some(x)) => x * scale,
            Floor::Uln(None) => cell.uln * scale,
        };
        let limit = |own: f64, replaced: Option<f64>| Cell { value: replaced.unwrap_or(own), ..value };
        let reference = match criterion.relative_to {
            Reference::None => None,
            Reference::Value(anchor) => Some(self.anchor(measure, column, anchor, at, earlier)),
            Reference::Uln(replaced) => Some(limit(value.uln, replaced)),
            Reference::Lln(replaced) => Some(limit(value.lln, replaced)),
        };
        let loosened = match criterion.compare {
            Compare::Le | Compare::Lt => 1.0 + criterion.tolerance,
            Compare::Ge | Compare::Gt => 1.0 - criterion.tolerance,
        };
        let threshold = match reference {
            None => criterion.offset * loosened,
            Some(reference) => {
                compared.reference = reference;
                let scaled = reference.value * scale;
                let from = floor(reference);
                (criterion.factor * (scaled - from) + floor(value) + criterion.offset) * loosened
            }
        };
        compared.threshold = threshold;
        if value.value.is_nan() || threshold.is_nan() {
            return compared;
        }
        if criterion.attributed && value.attributed == 0 {
            compared.truth = Truth::False;
            return compared;
        }
        compared.truth = criterion.compare.holds(value.value * scale, threshold).into();
        compared
    }

    /// The truth of a condition.
    pub(crate) fn truth(&self, node: &Node, at: At, earlier: Option<usize>) -> Truth {
        match node {
            Node::Criterion(criterion) => self.compare(criterion, at, earlier).truth,
            Node::All(parts) => {
                let mut truth = Truth::True;
                for part in parts {
                    truth = truth.min(self.truth(part, at, earlier));
                    if truth == Truth::False {
                        break;
                    }
                }
                truth
            }
            Node::Any(parts) => {
                let mut truth = Truth::False;
                for part in parts {
                    truth = truth.max(self.truth(part, at, earlier));
                    if truth == Truth::True {
                        break;
                    }
                }
                truth
            }
            Node::At(anchor, inner) => match self.move_to(*anchor, inner, at, earlier) {
                Some(other) => self.truth(inner, other, earlier),
                None => Truth::Unknown,
            },
            Node::Earlier { within_days, inner } => {
                let mut truth = Truth::False;
                for candidate in self.earlier_visits(at, *within_days) {
                    truth = truth.max(self.truth(inner, at, Some(candidate)));
                    if truth == Truth::True {
                        break;
                    }
                }
                truth
            }
            Node::Event { event, since, present, .. } => {
                if !present && self.is_left_to_strategy(event) {
                    return Truth::True;
                }
                (self.event(event, *since, at).is_some() == *present).into()
            }
            Node::NewBilag { letter, relative_to, at_least, .. } => {
                self.new_bilag(*letter, *relative_to, *at_least, at, earlier)
            }
            Node::Not(inner) => self.truth(inner, at, earlier).not(),
            Node::AtMonth { month, within, inner } => self
                .visit_near(*month, *within, inner, at)
                .map_or(Truth::Unknown, |visit| self.truth(inner, At::Visit(visit), earlier)),
            Node::Period { visits: quantity, from, to, within, inner } => {
                let visits = self.visits_in(*from - *within, *to + *within, inner, at);
                let first = visits.first().copied();
                let every = *quantity != Quantity::Some;
                let mut truth: Truth = every.into();
                for &visit in visits.iter().skip(quantity.skipped()) {
                    let here = self.truth(inner, At::Visit(visit), first);
                    truth = if every { truth.min(here) } else { truth.max(here) };
                }
                // what is known decides, otherwise the end of the period must have been seen
                let decided = if every { Truth::False } else { Truth::True };
                if truth != decided && !self.reaches(&visits, *to - *within) { Truth::Unknown } else { truth }
            }
            Node::Undecided(_) => Truth::Unknown,
            Node::Months { from, to, inner } => {
                if self.in_months(*from, *to, at) {
                    self.truth(inner, at, earlier)
                } else {
                    Truth::False
                }
            }
            Node::Confirmed { days, inner } => {
                let now = self.truth(inner, at, earlier);
                if now == Truth::False {
                    return now;
                }
                let confirmed = self.confirmation(*days, inner, at, earlier).map_or(Truth::Unknown, |(_, truth)| truth);
                now.min(confirmed)
            }
        }
    }

    /// The best planned visit in response before a visit: the best state, then the lower SLEDAI, then the earlier.
    pub(crate) fn best_response(&self, before: usize) -> Option<usize> {
        let states = self.states?;
        let sledai = crate::measure::measure_index("sledai").and_then(|m| self.history.measure(m));
        let points = |visit: usize| {
            let cell = sledai.map_or(Cell::MISSING, |column| self.cell(column, At::Visit(visit)));
            if cell.is_known() { cell.value } else { f64::INFINITY }
        };
        (self.scope.start..before.min(self.scope.end))
            .filter(|&visit| self.history.visits.get(visit).is_some_and(crate::history::Visit::is_planned))
            .filter(|&visit| states.responds(visit) == Some(true))
            .filter_map(|visit| Some((states.states.get(visit)?.lower, points(visit), visit)))
            .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)))
            .map(|(_, _, visit)| visit)
    }

    fn new_bilag(&self, letter: NewLetter, than: Anchor, at_least: usize, at: At, earlier: Option<usize>) -> Truth {
        let At::Visit(visit) = at else { return Truth::Unknown };
        match self.letters_of(than, visit, earlier) {
            Some(then) => crate::activity::new_letters(self.history, visit, then, letter, at_least),
            None => Truth::Unknown,
        }
    }

    /// The visit whose BILAG letters those of a visit are compared with.
    pub(crate) fn letters_of(&self, than: Anchor, visit: usize, earlier: Option<usize>) -> Option<usize> {
        let graded = |other: &usize| self.history.has_letters(*other);
        let visits = self.history.subjects.get(self.subject)?.visits.clone();
        match than {
            Anchor::Baseline => {
                let at_zero = |other: &usize| self.day(At::Visit(*other)) <= 0.0;
                visits.rev().filter(at_zero).find(graded)
            }
            Anchor::Previous => (visits.start..visit).rev().find(graded),
            Anchor::Earlier => earlier,
            _ => self.best_response(visit),
        }
    }

    /// Whether what follows from an event is settled by a strategy and not by the criterion of the definition.
    fn is_left_to_strategy(&self, event: &str) -> bool {
        self.strategies.iter().any(|(name, _)| name == event)
    }

    /// The assessed visit nearest to a month, not after the visit under evaluation; ties to the later.
    pub(crate) fn visit_near(&self, month: f64, within: f64, inner: &Node, at: At) -> Option<usize> {
        let distance = |visit: usize| (self.month(At::Visit(visit)) - month).abs();
        let nearest = |a: &usize, b: &usize| distance(*a).total_cmp(&distance(*b)).then(b.cmp(a));
        self.visits_in(month - within, month + within, inner, at).into_iter().min_by(nearest)
    }

    /// The visits between two months after time zero, up to the visit under evaluation, that have any value the
    /// condition looks at.
    pub(crate) fn visits_in(&self, from: f64, to: f64, inner: &Node, at: At) -> Vec<usize> {
        let At::Visit(now) = at else { return Vec::new() };
        let Some(subject) = self.history.subjects.get(self.subject) else { return Vec::new() };
        (subject.visits.start..=now)
            .filter(|&visit| self.day(At::Visit(visit)) > 0.0 && self.in_months(from, to, At::Visit(visit)))
            .filter(|&visit| self.has_any(inner, visit))
            .collect()
    }

    /// Whether the last of some visits lies at or after a month.
    pub(crate) fn reaches(&self, visits: &[usize], month: f64) -> bool {
        visits.last().is_some_and(|&visit| self.month(At::Visit(visit)) >= month - 1e-9)
    }

    /// The visit a group looks at: of `previous`, the last one with a value of any of the group's measures.
    pub(crate) fn move_to(&self, anchor: Anchor, inner: &Node, at: At, earlier: Option<usize>) -> Option<At> {
        match anchor {
            Anchor::Baseline => Some(At::Baseline),
            Anchor::Response => self.response.map(At::Visit),
            Anchor::Earlier => earlier.map(At::Visit),
            Anchor::Previous => {
                let At::Visit(visit) = at else { return None };
                (self.scope.start..visit).rev().find(|&other| self.has_any(inner, other)).map(At::Visit)
            }
            Anchor::BestResponse => match at {
                At::Visit(visit) => self.best_response(visit).map(At::Visit),
                At::Baseline => None,
            },
            Anchor::Current | Anchor::Best | Anchor::Preflare | Anchor::Next | Anchor::Nadir => Some(at),
        }
    }

    fn has_any(&self, node: &Node, visit: usize) -> bool {
        let mut any = false;
        node.each_criterion(&mut |criterion| {
            any = any
                || criterion.measures.iter().any(|&measure| {
                    self.history.measure(measure).is_some_and(|column| self.cell(column, At::Visit(visit)).is_known())
                });
        });
        any || (node.compares_letters() && self.history.has_letters(visit))
    }

    pub(crate) fn earlier_visits(&self, at: At, within_days: f64) -> impl Iterator<Item = usize> + use<'h> {
        let history = self.history;
        let (range, day) = match at {
            At::Visit(visit) => (self.scope.start..visit.min(self.scope.end), self.day(at)),
            At::Baseline => (0..0, 0.0),
        };
        range.filter(move |&other| history.visits.get(other).is_some_and(|v| day - v.day <= within_days + 1e-9))
    }

    pub(crate) fn event(&self, name: &str, since: Since, at: At) -> Option<&'h crate::history::Event> {
        let day = self.day(at);
        let events = &self.history.subjects.get(self.subject)?.events;
        if events.is_empty() {
            return None;
        }
        let counts = |on: f64| match since {
            Since::Ever => true,
            Since::TimeZero => on > 0.0,
            Since::Days(days) => on >= day - days,
            Since::Previous => match at {
                At::Visit(visit) if visit > self.scope.start => on > self.day(At::Visit(visit - 1)).max(0.0),
                _ => on > 0.0,
            },
        };
        events.iter().find(|event| event.name == name && event.day <= day && counts(event.day))
    }

    fn month(&self, at: At) -> f64 {
        match at {
            At::Visit(visit) => self.history.visits.get(visit).map_or(f64::NAN, crate::Visit::time_in_months),
            At::Baseline => 0.0,
        }
    }

    pub(crate) fn in_months(&self, from: f64, to: f64, at: At) -> bool {
        let month = self.month(at);
        month >= from - 1e-9 && month <= to + 1e-9
    }

    /// The next visit at least so many days later at which the condition can be decided.
    pub(crate) fn confirmation(
        &self,
        days: f64,
        inner: &Node,
        at: At,
        earlier: Option<usize>,
    ) -> Option<(usize, Truth)> {
        let At::Visit(visit) = at else { return None };
        let from = self.day(at) + days - 1e-9;
        (visit + 1..self.scope.end)
            .filter(|&other| self.day(At::Visit(other)) >= from)
            .map(|other| (other, self.truth(inner, At::Visit(other), earlier)))
            .find(|(_, truth)| *truth != Truth::Unknown)
    }
}
