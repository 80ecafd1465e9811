//! Every comparison of a condition, as a step with its sentence and in short as the names of what decided.

use crate::SourceRow;
use crate::definition::Definition;
use crate::evaluate::{At, Context, Truth};
use crate::history::{Cell, MONTH_DAYS};
use crate::measure::MEASURES;
use crate::node::{Anchor, Criterion, NewLetter, Node, Quantity, Reference};
use crate::trail::Step;

/// A number as people write it: six significant digits at most, no trailing zeros.
pub(crate) fn number(x: f64) -> String {
    if x.is_nan() {
        return "missing".to_owned();
    }
    let digits = if x == 0.0 { 0 } else { (5 - x.abs().log10().floor() as i32).clamp(0, 9) };
    let text = format!("{x:.*}", digits as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A time in months as people say it: `month 6`, `week 24`.
pub(crate) fn when(months: f64) -> String {
    let weeks = months * MONTH_DAYS / 7.0;
    if (months - months.round()).abs() > 1e-9 && (weeks - weeks.round()).abs() < 1e-6 {
        format!("week {}", number(weeks.round()))
    } else {
        format!("month {}", number(months))
    }
}

/// A length of time in months as people say it: `4 weeks`, `1 months`.
pub(crate) fn length(months: f64) -> String {
    let (unit, count) = match when(months).split_once(' ') {
        Some((unit, count)) => (unit.to_owned(), count.to_owned()),
        None => ("month".to_owned(), number(months)),
    };
    format!("{count} {unit}s")
}

pub(crate) fn verdict(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "holds",
        Truth::False => "does not hold",
        Truth::Unknown => "cannot be decided",
    }
}

struct Explainer<'c, 'h> {
    context: &'c Context<'h>,
    state: &'c str,
    steps: Vec<Step>,
}

impl Explainer<'_, '_> {
    /// Pushes the comparisons of a condition; `decided` when the condition itself decides.
    fn explain(&mut self, node: &Node, at: At, earlier: Option<usize>, decided: bool) {
        match node {
            Node::Criterion(criterion) => self.criterion(criterion, at, earlier, decided),
            Node::All(parts) | Node::Any(parts) => {
                let whole = self.context.truth(node, at, earlier);
                for part in parts {
                    // parts with the truth of the whole are those without which it would be another
                    let decides = decided && self.context.truth(part, at, earlier) == whole;
                    self.explain(part, at, earlier, decides);
                }
            }
            Node::At(anchor, inner) => {
                if let Some(other) = self.context.move_to(*anchor, inner, at, earlier) {
                    self.explain(inner, other, earlier, decided);
                }
            }
            Node::Earlier { inner, within_days } => {
                // the earlier visit for which the condition is truest, the latest of equals
                let best = self
                    .context
                    .earlier_visits(at, *within_days)
                    .max_by_key(|candidate| (self.context.truth(inner, at, Some(*candidate)), *candidate));
                match best {
                    Some(candidate) => self.explain(inner, at, Some(candidate), decided),
                    None => self.plain(
                        "earlier visit",
                        Truth::False,
                        decided,
                        format!("there is no earlier visit within {} days to compare with", number(*within_days)),
                    ),
                }
            }
            Node::Event { event, since, key, .. } => {
                let found = self.context.event(event, *since, at);
                let truth = self.context.truth(node, at, earlier);
                let sentence = match found {
                    Some(found) => format!(
                        "event `{event}` is recorded on day {} ({} row {})",
                        number(found.day),
                        found.source.table,
                        found.source.row
                    ),
                    None => format!("no event `{event}` is recorded up to this visit"),
                };
                self.plain(event, truth, decided, sentence);
                if let Some(step) = self.steps.last_mut() {
                    step.key.clone_from(key);
                    step.source = found.map(|found| found.source);
                }
            }
            Node::NewBilag { letter, relative_to, at_least, key } => {
                let truth = self.context.truth(node, at, earlier);
                let then = match at {
                    At::Visit(visit) => self.context.letters_of(*relative_to, visit, earlier),
                    At::Baseline => None,
                };
                let against = match (then, relative_to) {
                    (Some(visit), _) => self.context.history.label(visit),
                    (None, Anchor::BestResponse) => "the best visit in response",
                    (None, _) => "a visit that is not graded",
                };
                let which = match letter {
                    NewLetter::A => "newly A",
                    NewLetter::B => "newly B",
                    NewLetter::AOrB => "newly A or B",
                };
                let now = if let At::Visit(visit) = at { self.context.history.label(visit) } else { "baseline" };
                let sentence = format!(
                    "at {now}, at least {at_least} BILAG system(s) {which} against {against}: {}",
                    verdict(truth)
                );
                self.plain("bilag", truth, decided, sentence);
                if let Some(step) = self.steps.last_mut() {
                    step.key.clone_from(key);
                }
            }
            Node::Undecided(reason) => self.plain("rule", Truth::Unknown, decided, reason.clone()),
            Node::Not(inner) => {
                let before = self.steps.len();
                self.explain(inner, at, earlier, decided);
                for step in self.steps.iter_mut().skip(before) {
                    step.sentence.push_str(" (must not hold)");
                }
            }
            Node::AtMonth { month, within, inner } => match self.context.visit_near(*month, *within, inner, at) {
                Some(visit) => self.explain(inner, At::Visit(visit), earlier, decided),
                None => {
                    let sentence = format!("no visit is assessed within {} of {}", length(*within), when(*month));
                    self.plain("visit", Truth::Unknown, decided, sentence);
                }
            },
            Node::Period { visits, from, to, within, inner } => {
                self.period(node, (*visits, *from, *to, *within, inner), at, earlier, decided);
            }
            Node::Months { from, to, inner } => {
                if self.context.in_months(*from, *to, at) {
                    self.explain(inner, at, earlier, decided);
                } else {
                    let sentence = format!("counts only from {} to {}", when(*from), when(*to));
                    self.plain("month", Truth::False, decided, sentence);
                }
            }
            Node::Confirmed { days, inner } => {
                let now = self.context.truth(inner, at, earlier);
                let later = self.context.confirmation(*days, inner, at, earlier);
                let whole = self.context.truth(node, at, earlier);
                self.explain(inner, at, earlier, decided && now == whole);
                if now == Truth::False {
                    return;
                }
                let truth = later.map_or(Truth::Unknown, |(_, truth)| truth);
                let sentence = match later {
                    Some((visit, truth)) => format!(
                        "at the next visit at least {} days later ({}) it {}",
                        number(*days),
                        self.context.history.label(visit),
                        verdict(truth)
                    ),
                    None => format!("there is no visit at least {} days later to confirm it", number(*days)),
                };
                self.plain("confirmation", truth, decided && truth == whole, sentence);
            }
        }
    }

    /// The visits of a period that decide: of `every` those that fail or stay open, of `some` those that hold; if none
    /// does, all of them.
    fn period(
        &mut self,
        node: &Node,
        (quantity, from, to, within, inner): (Quantity, f64, f64, f64, &Node),
        at: At,
        earlier: Option<usize>,
        decided: bool,
    ) {
        let whole = self.context.truth(node, at, earlier);
        let visits = self.context.visits_in(from - within, to + within, inner, at);
        let first = visits.first().copied();
        let truth_at = |visit: usize| self.context.truth(inner, At::Visit(visit), first);
        let counted = visits.get(quantity.skipped()..).unwrap_or(&[]);
        let truths: Vec<Truth> = counted.iter().map(|&visit| truth_at(visit)).collect();
        let reached = self.context.reaches(&visits, to - within);
        for (&visit, truth) in counted.iter().zip(&truths) {
            self.explain(inner, At::Visit(visit), first, decided && *truth == whole);
        }
        let names: Vec<&str> = counted.iter().map(|&visit| self.context.history.label(visit)).collect();
        let quantity = match quantity {
            Quantity::Every => "every visit",
            Quantity::Later => "every visit after the first",
            Quantity::Some => "some visit",
        };
        let over = if names.is_empty() { "no visit is assessed".to_owned() } else { names.join(", ") };
        let end = if reached { "" } else { "; no visit is assessed at its end" };
        let sentence = format!("{quantity} from {} to {} ({over}{end}): {}", when(from), when(to), verdict(whole));
        self.plain("period", whole, decided && (!reached || !truths.contains(&whole)), sentence);
    }

    fn plain(&mut self, what: &str, truth: Truth, decided: bool, sentence: String) {
        self.steps.push(Step {
            state: self.state.to_owned(),
            key: String::new(),
            measure: what.to_owned(),
            unit: String::new(),
            value: f64::NAN,
            compare: String::new(),
            threshold: f64::NAN,
            relative_to: "none".to_owned(),
            reference: f64::NAN,
            source: None,
            reference_source: None,
            truth,
            decided,
            sentence,
        });
    }

    fn criterion(&mut self, criterion: &Criterion, at: At, earlier: Option<usize>, decided: bool) {
        let compared = self.context.compare(criterion, at, earlier);
        let measure = criterion.measures.get(compared.alternative).and_then(|&m| MEASURES.get(m));
        let Some(measure) = measure else { return };
        let (unit, scale) =
            criterion.units.get(compared.alternative).map_or((measure.unit, 1.0), |(unit, f)| (unit.as_str(), *f));
        let table = measure.table;
        let source = |cell: Cell| (cell.row != u32::MAX).then_some(SourceRow { table, row: cell.row });
        let relative_to = match criterion.relative_to {
            Reference::None => "none",
            Reference::Value(anchor) => anchor.word(),
            Reference::Uln(_) => "uln",
            Reference::Lln(_) => "lln",
        };
        let is_limit = matches!(criterion.relative_to, Reference::Uln(_) | Reference::Lln(_));
        let reference = compared.reference.value * scale;
        let value = compared.value.value * scale;
        let reference_source = if is_limit || relative_to == "none" { None } else { source(compared.reference) };
        let whose = match (at, criterion.at) {
            (_, Anchor::Baseline) | (At::Baseline, Anchor::Current) => " at baseline".to_owned(),
            (At::Visit(visit), Anchor::Current) => format!(" at {}", self.context.history.label(visit)),
            (_, anchor) => format!(" ({})", anchor.word()),
        };
        let reference_name = match criterion.relative_to {
            Reference::None => String::new(),
            Reference::Uln(_) => format!("; upper limit of normal {}", number(reference)),
            Reference::Lln(_) => format!("; lower limit of normal {}", number(reference)),
            Reference::Value(Anchor::Earlier) => {
                let label = earlier.map_or("", |visit| self.context.history.label(visit));
                format!("; {label} {}", number(reference))
            }
            Reference::Value(anchor) => format!("; {} {}", anchor.word(), number(reference)),
        };
        let row = source(compared.value).map_or(String::new(), |s| format!(" ({} row {})", s.table, s.row));
        let unattributed = criterion.attributed && compared.value.attributed == 0;
        let because = if unattributed {
            " (not due to lupus)"
        } else if value.is_nan() && criterion.missing.is_some() {
            " (missing values are told to)"
        } else {
            ""
        };
        let sentence = format!(
            "{}{whose} {}{row} {} {} {unit}{reference_name}: {}{because}",
            measure.meaning,
            number(value),
            criterion.compare.symbol(),
            number(compared.threshold),
            verdict(compared.truth)
        );
        self.steps.push(Step {
            state: self.state.to_owned(),
            key: criterion.key.clone(),
            measure: measure.id.to_owned(),
            unit: unit.to_owned(),
            value,
            compare: criterion.compare.symbol().to_owned(),
            threshold: compared.threshold,
            relative_to: relative_to.to_owned(),
            reference,
            source: source(compared.value),
            reference_source,
            truth: compared.truth,
            decided,
            sentence,
        });
    }
}

/// Names of the measures and events that decide a condition: the short form of [`Explainer::explain`].
pub(crate) fn deciding<'n>(
    context: &Context<'_>,
    node: &'n Node,
    at: At,
    earlier: Option<usize>,
    names: &mut Vec<&'n str>,
) {
    let mut push = |name: &'n str| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    match node {
        Node::Criterion(criterion) => {
            let alternative = context.compare(criterion, at, earlier).alternative;
            if let Some(measure) = criterion.measures.get(alternative).and_then(|&m| MEASURES.get(m)) {
                push(measure.id);
            }
        }
        Node::All(parts) | Node::Any(parts) => {
            let whole = context.truth(node, at, earlier);
            for part in parts.iter().filter(|part| context.truth(part, at, earlier) == whole) {
                deciding(context, part, at, earlier, names);
            }
        }
        Node::At(anchor, inner) => {
            if let Some(other) = context.move_to(*anchor, inner, at, earlier) {
                deciding(context, inner, other, earlier, names);
            }
        }
        Node::Earlier { inner, within_days } => {
            let best = context
                .earlier_visits(at, *within_days)
                .max_by_key(|candidate| (context.truth(inner, at, Some(*candidate)), *candidate));
            match best {
                Some(candidate) => deciding(context, inner, at, Some(candidate), names),
                None => push("earlier visit"),
            }
        }
        Node::Event { event, .. } => push(event),
        Node::NewBilag { .. } => push("bilag"),
        Node::Undecided(_) => push("rule"),
        Node::Not(inner) => deciding(context, inner, at, earlier, names),
        Node::AtMonth { month, within, inner } => match context.visit_near(*month, *within, inner, at) {
            Some(visit) => deciding(context, inner, At::Visit(visit), earlier, names),
            None => push("visit"),
        },
        Node::Period { visits: quantity, from, to, within, inner } => {
            let whole = context.truth(node, at, earlier);
            let visits = context.visits_in(*from - *within, *to + *within, inner, at);
            let first = visits.first().copied();
            let deciders = visits
                .iter()
                .skip(quantity.skipped())
                .filter(|&&visit| context.truth(inner, At::Visit(visit), first) == whole);
            let mut any = false;
            for &visit in deciders {
                any = true;
                deciding(context, inner, At::Visit(visit), first, names);
            }
            if !any && !names.contains(&"period") {
                names.push("period");
            }
        }
        Node::Months { from, to, inner } => {
            if context.in_months(*from, *to, at) {
                deciding(context, inner, at, earlier, names);
            } else {
                push("month");
            }
        }
        Node::Confirmed { inner, .. } => {
            let now = context.truth(inner, at, earlier);
            if now == context.truth(node, at, earlier) {
                deciding(context, inner, at, earlier, names);
            } else {
                push("confirmation");
            }
        }
    }
}

/// Comparisons of every state up to the first that holds, with a heading sentence for each state.
pub(crate) fn explain_states(definition: &Definition, context: &Context<'_>, visit: usize) -> (Vec<Step>, Vec<String>) {
    let mut steps = Vec::new();
    let mut sentences = Vec::new();
    for state in &definition.states {
        let truth = context.truth(&state.condition, At::Visit(visit), None);
        let mut explainer = Explainer { context, state: &state.state, steps: Vec::new() };
        explainer.explain(&state.condition, At::Visit(visit), None, true);
        let deciding: Vec<&str> =
            explainer.steps.iter().filter(|step| step.decided).map(|step| step.sentence.as_str()).collect();
        sentences.push(format!("{} {}: {}", state.state, verdict(truth), deciding.join("; ")));
        steps.extend(explainer.steps);
        if truth == Truth::True {
            break;
        }
    }
    (steps, sentences)
}
