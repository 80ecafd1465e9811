//! Reactions to cells: infusion-related reactions (CTCAE), cytokine release syndrome and ICANS (ASTCT consensus).
//!
//! # References
//! Lee DW et al. Biol Blood Marrow Transplant 2019;25:625-638, doi:10.1016/j.bbmt.2018.12.758. CTCAE version 5.0.

use crate::form::{Answers, Field, FieldScale, Form, FormScore, flag, points};
use crate::why::{Confidence, plain};

const GRADES: [&str; 6] = ["none", "grade 1", "grade 2", "grade 3", "grade 4", "grade 5"];

fn graded(out: FormScore, low: usize, high: usize) -> FormScore {
    let mut score = FormScore { why: out.why, notes: out.notes, ..FormScore::between(low as f64, high as f64) };
    score.label = (low == high).then(|| GRADES[low.min(5)]);
    score
}

static CRS: [Field; 7] = [
    Field { id: "temperature", scale: FieldScale::Number, meaning: "highest temperature, C" },
    flag("antipyretic_or_anticytokine", "fever may be masked: antipyretic, tocilizumab or steroid given"),
    flag("hypotension", "hypotension"),
    points("vasopressors", 9, "number of vasopressors, vasopressin not counted"),
    points(
        "oxygen",
        4,
        "0 none, 1 low flow (up to 6 L/min nasal or blow-by), 2 high flow or mask, 3 positive pressure",
    ),
    flag("death", "death from the syndrome"),
    flag("suspected", "whether a syndrome is considered at all"),
];

/// Cytokine release syndrome: fever, and the worse of hypotension and hypoxia.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crs {
    /// Whether fever is required (no longer after antipyretics, tocilizumab or steroids, which most lupus patients take).
    pub fever_required: bool,
}

impl Form for Crs {
    fn id(&self) -> &'static str {
        "astct-crs"
    }

    fn citation(&self) -> &'static str {
        "Lee DW et al. Biol Blood Marrow Transplant 2019;25:625-638"
    }

    fn fields(&self) -> &'static [Field] {
        &CRS
    }

    fn labels(&self) -> &'static [&'static str] {
        &GRADES
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("fever_not_required", "fever was not required, since it may be masked or the caller says so"),
            ("no_fever", "without fever of at least 38 C there is no syndrome by the definition"),
        ]
    }

    fn score(&self, a: &Answers) -> FormScore {
        let mut out = FormScore::default();
        if a.yes("death") == Some(true) {
            out.say("astct-crs", Confidence::High, "death", None, "Death from the syndrome is grade 5.".to_owned());
            return graded(out, 5, 5);
        }
        let masked = a.yes("antipyretic_or_anticytokine") == Some(true) || !self.fever_required;
        let fever = a.get("temperature").map(|t| t >= 38.0 - 1e-9);
        if masked && fever != Some(true) {
            out.note("fever_not_required");
        }
        let pressors = a.get("vasopressors");
        let pressure = |missing: f64| match pressors.unwrap_or(missing) {
            n if n > 1.0 => 4,
            1.0 => 3,
            _ if a.yes("hypotension").unwrap_or(missing > 0.0) => 2,
            _ => 0,
        };
        let breathing = |missing: f64| match a.get("oxygen").unwrap_or(missing) {
            o if o >= 3.0 => 4,
            o if o >= 2.0 => 3,
            o if o >= 1.0 => 2,
            _ => 0,
        };
        let grade = |missing: f64, fever: bool| {
            let organ = pressure(missing).max(breathing(missing));
            match (fever, masked && organ > 0) {
                (true, _) => organ.max(1),
                (false, true) => organ,
                (false, false) => 0,
            }
        };
        let low = grade(0.0, fever.unwrap_or(false));
        let high = grade(9.0, fever.unwrap_or(true));
        if fever == Some(false) && !masked && pressure(0.0).max(breathing(0.0)) > 0 {
            out.note("no_fever");
        }
        for (id, value) in
            [("temperature", a.get("temperature")), ("vasopressors", pressors), ("oxygen", a.get("oxygen"))]
        {
            if let Some(v) = value {
                out.say("astct-crs", Confidence::High, id, value, format!("`{id}` is {}.", plain(v)));
            }
        }
        graded(out, low, high)
    }
}

static ICANS: [Field; 8] = [
    points("ice", 10, "ICE score"),
    points(
        "consciousness",
        3,
        "0 awakens spontaneously, 1 to voice, 2 only to tactile stimulus, 3 unarousable or stupor",
    ),
    points("seizure", 2, "0 none, 1 any that resolves rapidly, 2 longer than 5 min or repetitive without recovery"),
    flag("deep_focal_motor_weakness", "hemiparesis or paraparesis"),
    points("oedema", 2, "0 none, 1 focal, 2 diffuse, posturing, sixth nerve palsy, Cushing triad or papilloedema"),
    flag("signs_without_ice", "neurological signs although the ICE score is 10"),
    flag("death", "death from neurotoxicity"),
    flag("unarousable_for_ice", "cannot be tested since unarousable"),
];

/// Immune effector cell-associated neurotoxicity: the worst sign decides; haemorrhage is no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icans;

impl Form for Icans {
    fn id(&self) -> &'static str {
        "astct-icans"
    }

    fn citation(&self) -> &'static str {
        "Lee DW et al. Biol Blood Marrow Transplant 2019;25:625-638"
    }

    fn fields(&self) -> &'static [Field] {
        &ICANS
    }

    fn labels(&self) -> &'static [&'static str] {
        &GRADES
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn score(&self, a: &Answers) -> FormScore {
        let mut out = FormScore::default();
        if a.yes("death") == Some(true) {
            return graded(out, 5, 5);
        }
        let unarousable = a.yes("unarousable_for_ice") == Some(true) || a.get("consciousness") == Some(3.0);
        let ice = |missing: f64| match a.get("ice").unwrap_or(missing) {
            i if i >= 10.0 => 0,
            i if i >= 7.0 => 1,
            i if i >= 3.0 => 2,
            i if i == 0.0 && unarousable => 4,
            _ => 3,
        };
        let by_step = |id: &str, steps: &[usize], missing: usize| {
            a.get(id).map_or(missing, |v| steps.get(v as usize).or(steps.last()).copied().unwrap_or(0))
        };
        let flagged = |id: &str, grade: usize, missing: bool| if a.yes(id).unwrap_or(missing) { grade } else { 0 };
        let grade = |worst: bool| {
            let miss = |most: usize| if worst { most } else { 0 };
            [
                ice(if worst { 0.0 } else { 10.0 }),
                by_step("consciousness", &[0, 2, 3, 4], miss(4)),
                by_step("seizure", &[0, 3, 4], miss(4)),
                flagged("deep_focal_motor_weakness", 4, worst),
                by_step("oedema", &[0, 3, 4], miss(4)),
                flagged("signs_without_ice", 1, false),
            ]
            .into_iter()
            .max()
            .unwrap_or(0)
        };
        for (field, value) in a.iter().filter(|(_, v)| v.is_some()) {
            out.say(
                "astct-icans",
                Confidence::High,
                field.id,
                value,
                format!("`{}` is {} ({}).", field.id, plain(value.unwrap_or(0.0)), field.meaning),
            );
        }
        graded(out, grade(false), grade(true))
    }
}

static REACTION: [Field; 8] = [
    flag("reaction", "any reaction during the infusion or within 24 h of its start"),
    flag("interrupted", "infusion interrupted"),
    flag("symptomatic_treatment", "antihistamine, NSAID, narcotic or fluids given, or prophylaxis for up to 24 h"),
    flag("prolonged_or_recurrent", "prolonged, or recurrent after initial improvement"),
    flag("hospitalised", "hospital care for sequelae"),
    flag("life_threatening", "life-threatening; urgent intervention"),
    flag("death", "death"),
    Field {
        id: "hours_after_start",
        scale: FieldScale::Number,
        meaning: "hours from the start of the infusion to onset",
    },
];

/// Infusion-related reaction by CTCAE version 5, for one infusion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InfusionReaction {
    /// Hours from the start of the infusion in which onset counts (24 by default).
    pub window_hours: f64,
}

impl Form for InfusionReaction {
    fn id(&self) -> &'static str {
        "ctcae-infusion-reaction"
    }

    fn citation(&self) -> &'static str {
        "CTCAE version 5.0, infusion related reaction"
    }

    fn fields(&self) -> &'static [Field] {
        &REACTION
    }

    fn labels(&self) -> &'static [&'static str] {
        &GRADES
    }

    fn notes(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("outside_window", "onset lies outside the window of the infusion, so it is not counted as its reaction"),
            ("onset_missing", "the time of onset is missing; the reaction is taken as one of this infusion"),
            ("assumed_no", "signs without an entry were counted as absent"),
        ]
    }

    fn score(&self, a: &Answers) -> FormScore {
        let mut out = FormScore::default();
        let yes = |id: &str| a.yes(id) == Some(true);
        let signs = [
            (5, ["death", "death"]),
            (4, ["life_threatening", "life_threatening"]),
            (3, ["prolonged_or_recurrent", "hospitalised"]),
            (2, ["interrupted", "symptomatic_treatment"]),
        ];
        let met = signs.iter().find(|(_, ids)| ids.iter().any(|id| yes(id)));
        if met.is_none() && a.yes("reaction").is_none() {
            return FormScore { value: None, lower: 0.0, upper: 5.0, ..FormScore::default() };
        }
        let grade = met.map_or(usize::from(yes("reaction")), |(grade, _)| *grade);
        if grade > 0 {
            match a.get("hours_after_start") {
                Some(hours) if !(0.0..=self.window_hours).contains(&hours) => {
                    out.note("outside_window");
                    return graded(out, 0, 0);
                }
                Some(_) => {}
                None => out.note("onset_missing"),
            }
            if signs.iter().flat_map(|(_, ids)| ids).any(|id| a.yes(id).is_none()) {
                out.note("assumed_no");
            }
        }
        for (field, _) in a.iter().filter(|(f, v)| *v == Some(1.0) && f.id != "hours_after_start") {
            out.say(
                "ctcae-infusion-reaction",
                Confidence::High,
                field.id,
                Some(1.0),
                format!("`{}`: {}.", field.id, field.meaning),
            );
        }
        graded(out, grade, grade)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(form: &dyn Form, answers: &[(&str, f64)]) -> Answers {
        answers.iter().fold(Answers::new(form), |a, (id, v)| a.with(id, *v).unwrap())
    }

    #[test]
    fn tv_43_one_pressor_and_low_flow_oxygen_is_grade_3() {
        let crs = Crs { fever_required: true };
        let answers =
            fill(&crs, &[("temperature", 38.5), ("hypotension", 1.0), ("vasopressors", 1.0), ("oxygen", 1.0)]);
        assert_eq!(crs.score(&answers).label, Some("grade 3"));
    }

    #[test]
    fn fever_alone_is_grade_1_and_its_absence_none_unless_masked() {
        let crs = Crs { fever_required: true };
        let rest = [("hypotension", 0.0), ("vasopressors", 0.0), ("oxygen", 0.0)];
        let with = |t: f64, o: f64| fill(&crs, &[rest[0], rest[1], ("oxygen", o), ("temperature", t)]);
        assert_eq!(crs.score(&with(38.0, 0.0)).label, Some("grade 1"));
        assert_eq!(crs.score(&with(37.9, 1.0)).label, Some("none"));
        let masked = Crs { fever_required: false };
        assert_eq!(masked.score(&with(37.9, 1.0)).label, Some("grade 2"));
    }

    #[test]
    fn missing_oxygen_leaves_the_grade_open() {
        let crs = Crs { fever_required: true };
        let score = crs.score(&fill(&crs, &[("temperature", 39.0), ("hypotension", 0.0), ("vasopressors", 0.0)]));
        assert_eq!((score.value, score.lower, score.upper), (None, 1.0, 4.0));
    }

    #[test]
    fn worst_sign_decides_icans() {
        let base = Answers::nothing_present(&Icans).with("ice", 8.0).unwrap();
        assert_eq!(Icans.score(&base).label, Some("grade 1"));
        assert_eq!(Icans.score(&base.clone().with("seizure", 1.0).unwrap()).label, Some("grade 3"));
        assert_eq!(Icans.score(&base.clone().with("ice", 2.0).unwrap()).label, Some("grade 3"));
        let unarousable = base.with("ice", 0.0).unwrap().with("consciousness", 3.0).unwrap();
        assert_eq!(Icans.score(&unarousable).label, Some("grade 4"));
    }

    #[test]
    fn reactions_by_what_they_needed_and_when_they_began() {
        let form = InfusionReaction { window_hours: 24.0 };
        let grade = |answers: &[(&str, f64)]| form.score(&fill(&form, answers)).label.unwrap();
        assert_eq!(grade(&[("reaction", 1.0), ("hours_after_start", 1.0)]), "grade 1");
        assert_eq!(grade(&[("interrupted", 1.0), ("hours_after_start", 1.0)]), "grade 2");
        assert_eq!(grade(&[("hospitalised", 1.0), ("hours_after_start", 24.0)]), "grade 3");
        assert_eq!(grade(&[("hospitalised", 1.0), ("hours_after_start", 30.0)]), "none");
    }
}
