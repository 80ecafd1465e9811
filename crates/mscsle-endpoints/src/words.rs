//! Definitions in words: what each state asks for, line by line, with the parameters as used.

use crate::definition::Definition;
use crate::explain::{length, number, when};
use crate::measure::MEASURES;
use crate::node::{Anchor, Compare, Criterion, Floor, NewLetter, Node, Quantity, Reference, Since};

/// A line of a rule and how deep it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLine {
    /// 0 for a line of the state itself.
    pub depth: usize,
    /// The line.
    pub text: String,
}

impl Definition {
    /// What a state asks for, in words, with the parameters as used; the position of a state, or `None` for what makes
    /// the first state not evaluable at baseline.
    ///
    /// # Examples
    /// ```
    /// let kdigo = mscsle_endpoints::definition("kdigo2024", &[])?;
    /// let lines: Vec<String> = kdigo.rule(Some(0)).into_iter().map(|line| line.text).collect();
    /// assert_eq!(lines[1], "urine protein to creatinine ratio < 0.5 g/g");
    /// assert_eq!(
    ///     lines[2],
    ///     "estimated glomerular filtration rate >= 0.85 x the value at baseline (mL/min/1.73 m2)"
    /// );
    /// # Ok::<(), mscsle_endpoints::EndpointError>(())
    /// ```
    #[must_use]
    pub fn rule(&self, state: Option<usize>) -> Vec<RuleLine> {
        let node = match state {
            Some(state) => self.states.get(state).map(|rule| &rule.condition),
            None => self.not_evaluable.as_ref(),
        };
        let mut lines = Vec::new();
        if let Some(node) = node {
            words(node, 0, &mut lines);
        }
        lines
    }
}

fn words(node: &Node, depth: usize, lines: &mut Vec<RuleLine>) {
    let group = |text: String, parts: &[Node], lines: &mut Vec<RuleLine>| {
        lines.push(RuleLine { depth, text });
        parts.iter().for_each(|part| words(part, depth + 1, lines));
    };
    match node {
        Node::Criterion(criterion) => lines.push(RuleLine { depth, text: comparison(criterion) }),
        Node::All(parts) => group("all of:".to_owned(), parts, lines),
        Node::Any(parts) => group("at least one of:".to_owned(), parts, lines),
        Node::Not(inner) => match inner.as_ref() {
            Node::Any(parts) => group("none of:".to_owned(), parts, lines),
            other => group("none of:".to_owned(), std::slice::from_ref(other), lines),
        },
        Node::At(anchor, inner) => group(format!("{}:", at_visit(*anchor)), std::slice::from_ref(inner), lines),
        Node::Earlier { within_days, inner } => {
            let text = format!("for some earlier visit at most {} days before:", number(*within_days));
            group(text, std::slice::from_ref(inner), lines);
        }
        Node::Event { event, since, present, .. } => {
            let word = if *present { "recorded" } else { "not recorded" };
            let when = match since {
                Since::Ever => "up to the visit".to_owned(),
                Since::TimeZero => "after time zero".to_owned(),
                Since::Previous => "since the visit before".to_owned(),
                Since::Days(0.0) => "on the day of the visit".to_owned(),
                Since::Days(days) => format!("in the {} days up to the visit", number(*days)),
            };
            lines.push(RuleLine { depth, text: format!("event `{event}` {word} {when}") });
        }
        Node::NewBilag { letter, relative_to, at_least, .. } => {
            let which = match letter {
                NewLetter::A => "A now and not A",
                NewLetter::B => "B now and C, D or E",
                NewLetter::AOrB => "A or B now and C, D or E",
            };
            let text = format!("at least {at_least} BILAG system(s) {which} {}", at_visit(*relative_to));
            lines.push(RuleLine { depth, text });
        }
        Node::Undecided(reason) => lines.push(RuleLine { depth, text: format!("open: {reason}") }),
        Node::Months { from, to, inner } => {
            let end = if to.is_finite() { format!(" to {}", when(*to)) } else { " on".to_owned() };
            group(format!("at visits from {}{end}:", when(*from)), std::slice::from_ref(inner), lines);
        }
        Node::AtMonth { month, within, inner } => {
            let text = format!("at the visit nearest to {}, within {}:", when(*month), length(*within));
            group(text, std::slice::from_ref(inner), lines);
        }
        Node::Period { visits, from, to, within, inner } => {
            let which = match visits {
                Quantity::Every => "every visit",
                Quantity::Later => "every visit after the first",
                Quantity::Some => "some visit",
            };
            let widened = if *within > 0.0 { format!(", widened by {}", length(*within)) } else { String::new() };
            let text = format!("at {which} from {} to {}{widened}:", when(*from), when(*to));
            group(text, std::slice::from_ref(inner), lines);
        }
        Node::Confirmed { days, inner } => {
            let text = format!("now and again at the next visit at least {} days later:", number(*days));
            group(text, std::slice::from_ref(inner), lines);
        }
    }
}

fn at_visit(anchor: Anchor) -> &'static str {
    match anchor {
        Anchor::Current => "at the visit",
        Anchor::Baseline => "at baseline",
        Anchor::Previous => "at the visit before",
        Anchor::Preflare => "before the flare of entry",
        Anchor::Best => "at its best so far",
        Anchor::Response => "at the first response",
        Anchor::Earlier => "at the earlier visit",
        Anchor::Next => "at the next visit",
        Anchor::Nadir => "at its best since baseline",
        Anchor::BestResponse => "at the best visit in response",
    }
}

fn comparison(criterion: &Criterion) -> String {
    let names: Vec<&str> = criterion.measures.iter().filter_map(|&m| MEASURES.get(m)).map(|m| m.meaning).collect();
    let unit = criterion.units.first().map_or("", |(unit, _)| unit.as_str());
    let unit = if matches!(unit, "systems" | "items" | "organs") { "" } else { unit };
    let whose = if criterion.at == Anchor::Current { "" } else { at_visit(criterion.at) };
    let times = |what: &str| {
        let mut text = match criterion.floor {
            Floor::Zero if criterion.factor == 1.0 => what.to_owned(),
            Floor::Zero => format!("{} x {what}", number(criterion.factor)),
            Floor::Number(x) => format!("{0} + {1} x ({what} - {0})", number(x), number(criterion.factor)),
            Floor::Uln(_) => format!("normal + {} x ({what} - normal)", number(criterion.factor)),
        };
        if criterion.offset > 0.0 {
            text = format!("{text} + {}", number(criterion.offset));
        } else if criterion.offset < 0.0 {
            text = format!("{text} - {}", number(-criterion.offset));
        }
        if unit.is_empty() { text } else { format!("{text} ({unit})") }
    };
    let threshold = match criterion.relative_to {
        Reference::None => format!("{} {unit}", number(criterion.offset)).trim_end().to_owned(),
        Reference::Value(anchor) => times(&format!("the value {}", at_visit(anchor))),
        Reference::Uln(None) => times("the upper limit of normal of the row"),
        Reference::Lln(None) => times("the lower limit of normal of the row"),
        Reference::Uln(Some(x)) | Reference::Lln(Some(x)) => times(&number(x)),
    };
    let mut text = names.join(" or ");
    if !whose.is_empty() {
        text = format!("{text} {whose}");
    }
    text = format!("{text} {} {threshold}", criterion.compare.symbol());
    if criterion.tolerance != 0.0 {
        let sign = if matches!(criterion.compare, Compare::Le | Compare::Lt) { "+" } else { "-" };
        text = format!("{text} {sign} {} %", number(100.0 * criterion.tolerance));
    }
    if criterion.attributed {
        text.push_str(", unless marked as not due to lupus");
    }
    match criterion.missing {
        Some(true) => text.push_str("; missing passes"),
        Some(false) => text.push_str("; missing fails"),
        None => {}
    }
    text
}
