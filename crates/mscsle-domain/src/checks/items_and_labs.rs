//! Rules about SLEDAI items that say the opposite of the laboratory values of their visit.
//!
//! A value says something only in a known unit and within the plausible; a limit of detection only where it decides. Fever is
//! not compared: a normal temperature at the visit says nothing about the days before.

use super::Hit;
use super::labs::{Row, rows};
use crate::sledai_cuts::{CELLS_ABOVE, LEUCOCYTES_BELOW, PLATELETS_BELOW, PROTEIN_ABOVE, UPCR_ABOVE_MG_PER_MMOL};
use crate::typing::number_text;
use crate::{Qualifier, Table, Trial};

const TOLERANCE: f64 = 1e-9;
const MG_PER_MMOL: f64 = 113.12;

/// What a test has to say for its descriptor to be present.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    Below(f64),
    /// Above the first; not above the second is what contradicts a descriptor that is present.
    Above(f64, f64),
    BelowLln,
    AboveUln,
}

/// Descriptor, test, cut; of proteinuria the first test that was done decides.
static CUTS: [(&str, &str, Cut); 12] = [
    ("urinary_casts", "urine_casts", Cut::Above(0.0, 0.0)),
    ("haematuria", "urine_rbc", Cut::Above(CELLS_ABOVE, CELLS_ABOVE)),
    ("proteinuria", "protein_24h", Cut::Above(PROTEIN_ABOVE, PROTEIN_ABOVE)),
    ("proteinuria", "upcr", Cut::Above(PROTEIN_ABOVE, UPCR_ABOVE_MG_PER_MMOL / MG_PER_MMOL)),
    ("pyuria", "urine_wbc", Cut::Above(CELLS_ABOVE, CELLS_ABOVE)),
    ("low_complement", "c3", Cut::BelowLln),
    ("low_complement", "c4", Cut::BelowLln),
    ("low_complement", "ch50", Cut::BelowLln),
    ("increased_dna_binding", "anti_dsdna", Cut::AboveUln),
    ("increased_dna_binding", "anti_dsdna_farr", Cut::AboveUln),
    ("thrombocytopenia", "platelets", Cut::Below(PLATELETS_BELOW)),
    ("leukopenia", "leucocytes", Cut::Below(LEUCOCYTES_BELOW)),
];

/// Descriptors with a cut, each once.
const ITEMS: [&str; 8] = [
    "urinary_casts",
    "haematuria",
    "proteinuria",
    "pyuria",
    "low_complement",
    "increased_dna_binding",
    "thrombocytopenia",
    "leukopenia",
];

fn is_serologic(item: &str) -> bool {
    matches!(item, "low_complement" | "increased_dna_binding")
}

/// What one result says.
struct Evidence {
    /// Position in [`CUTS`].
    cut: usize,
    row: usize,
    /// Surely beyond the cut.
    met: bool,
    /// Surely not beyond it.
    unmet: bool,
    due_to_sle: Option<bool>,
    /// The result and its cut, as text.
    says: String,
}

fn evidence(labs: &Table, row: &Row<'_>) -> Option<Evidence> {
    let position = CUTS.iter().position(|(_, test, _)| *test == row.test.id)?;
    let (_, test, cut) = CUTS.get(position)?;
    let (unit, value) = (row.accepted?, row.value?);
    let canonical = unit.to_canonical(value.number);
    let is_grade = value.qualifier == Qualifier::Grade;
    if (is_grade && value.number > 0.0) || !row.test.is_plausible(canonical) {
        return None;
    }
    let limit = |column: &str| labs.number(column, row.row).map(|limit| unit.to_canonical(limit));
    // the cut for "present" and the one for "absent", and whether lower values meet it
    let (present, absent, low) = match *cut {
        Cut::Below(cut) => (cut, cut, true),
        Cut::Above(present, absent) => (present, absent, false),
        Cut::BelowLln => limit("lln").map(|lln| (lln, lln, true))?,
        Cut::AboveUln => limit("uln").map(|uln| (uln, uln, false))?,
    };
    let at_most = matches!(value.qualifier, Qualifier::Below | Qualifier::AtMost);
    let at_least = matches!(value.qualifier, Qualifier::Above | Qualifier::AtLeast);
    let (met, unmet) = if low {
        (!at_least && canonical < present - TOLERANCE, !at_most && canonical >= absent - TOLERANCE)
    } else {
        (!at_most && canonical > present + TOLERANCE, !at_least && canonical <= absent + TOLERANCE)
    };
    let sign = match value.qualifier {
        Qualifier::Below => "<",
        Qualifier::AtMost => "<=",
        Qualifier::Above => ">",
        Qualifier::AtLeast => ">=",
        Qualifier::Exact | Qualifier::Grade => "",
    };
    let limit_text = |name: &str, column: &str| {
        format!("{name} {}", labs.number(column, row.row).map_or_else(String::new, number_text))
    };
    let cut_text = match *cut {
        Cut::Below(cut) => format!("present below {} {}", number_text(cut), row.test.canonical_unit()),
        Cut::Above(cut, _) => format!("present above {} {}", number_text(cut), row.test.canonical_unit()),
        Cut::BelowLln => format!("present below the {}", limit_text("LLN", "lln")),
        Cut::AboveUln => format!("present above the {}", limit_text("ULN", "uln")),
    };
    Some(Evidence {
        cut: position,
        row: row.row,
        met,
        unmet,
        due_to_sle: labs.flag("due_to_sle", row.row),
        says: format!(
            "`{test}` is {sign}{} {} in row {} of `labs` ({cut_text})",
            number_text(value.number),
            unit.unit,
            row.row
        )
        .replace("  ", " "),
    })
}

/// A recorded descriptor and what its laboratory values say.
struct Contradiction {
    row: usize,
    item: &'static str,
    present: bool,
    /// The cause of the abnormal values is recorded as lupus, or need not be.
    attributed: bool,
    says: String,
}

impl Contradiction {
    fn hit(self) -> Hit {
        let recorded = if self.present { "present" } else { "absent" };
        let cause = match (self.present, self.attributed) {
            (true, _) => "",
            (false, true) if is_serologic(self.item) => "",
            (false, true) => ", due to lupus",
            (false, false) => "; right only if lupus is not the cause, which `due_to_sle` would say",
        };
        let message = format!("`{}` is recorded as {recorded}, but {}{cause}", self.item, self.says);
        Hit::cell("sledai", self.row, self.item, message)
    }
}

/// What the values of one visit say against a recorded descriptor.
fn against<'e>(item: &str, present: bool, visit: &[&'e Evidence]) -> Option<(&'e Evidence, bool)> {
    let of = |test: &str| -> Vec<&'e Evidence> {
        visit.iter().copied().filter(|e| CUTS.get(e.cut).is_some_and(|(i, t, _)| *i == item && *t == test)).collect()
    };
    let all = |found: &[&Evidence], says: fn(&Evidence) -> bool| !found.is_empty() && found.iter().all(|e| says(e));
    let met = |e: &Evidence| e.met;
    let unmet = |e: &Evidence| e.unmet;
    let tests: Vec<Vec<&'e Evidence>> = CUTS.iter().filter(|(i, ..)| *i == item).map(|(_, test, _)| of(test)).collect();
    let done: Vec<&Vec<&'e Evidence>> = tests.iter().filter(|found| !found.is_empty()).collect();
    let decisive: Vec<&'e Evidence> = match (item, present) {
        // normal only when C3 and C4 are, and CH50 where it was done; one that is low is enough
        ("low_complement", true) => {
            let (c3, c4) = (tests.first()?, tests.get(1)?);
            let normal = all(c3, unmet) && all(c4, unmet) && done.iter().all(|found| all(found, unmet));
            normal.then(|| c3.clone())?
        }
        ("low_complement", false) => done.iter().find(|found| all(found, met)).map(|found| (*found).clone())?,
        ("proteinuria", _) => {
            let first = done.first()?;
            all(first, if present { unmet } else { met }).then(|| (*first).clone())?
        }
        _ => {
            let found: Vec<&'e Evidence> = done.iter().flat_map(|found| found.iter().copied()).collect();
            all(&found, if present { unmet } else { met }).then_some(found)?
        }
    };
    if !present && decisive.iter().any(|e| e.due_to_sle == Some(false)) {
        return None;
    }
    let attributed = is_serologic(item) || decisive.iter().all(|e| e.due_to_sle == Some(true));
    decisive.first().map(|e| (*e, attributed))
}

fn contradictions(trial: &Trial) -> Vec<Contradiction> {
    let (Some(sledai), Some(labs)) = (trial.table("sledai"), trial.table("labs")) else { return Vec::new() };
    let items: Vec<&'static str> = ITEMS.into_iter().filter(|item| sledai.column(item).is_some()).collect();
    if items.is_empty() {
        return Vec::new();
    }
    let mut by_subject: Vec<Vec<Evidence>> = (0..trial.n_subjects()).map(|_| Vec::new()).collect();
    for row in rows(labs) {
        if !CUTS.iter().any(|(_, test, _)| *test == row.test.id) {
            continue;
        }
        let of = trial.subject_of("labs", row.row).and_then(|subject| by_subject.get_mut(subject));
        if let (Some(of), Some(found)) = (of, evidence(labs, &row)) {
            of.push(found);
        }
    }
    let mut out = Vec::new();
    for (subject, found) in by_subject.iter().enumerate().filter(|(_, found)| !found.is_empty()) {
        for &row in trial.rows("sledai", subject) {
            let label = sledai.text("visit", row);
            let day = if label.is_none() { trial.row_day("sledai", row) } else { None };
            let visit: Vec<&Evidence> = (found.iter())
                .filter(|e| match (label, labs.text("visit", e.row)) {
                    (Some(label), Some(other)) => label == other,
                    (Some(label), None) => {
                        trial.row_day("labs", e.row).is_some_and(|d| trial.visit_day(subject, label) == Some(d))
                    }
                    (None, _) => day.is_some() && day == trial.row_day("labs", e.row),
                })
                .collect();
            if visit.is_empty() {
                continue;
            }
            // a protein that persists does not count in the older versions
            let persistent = !matches!(sledai.text("version", row), Some("sledai-1992" | "selena-sledai"));
            for &item in &items {
                let Some(present) = sledai.flag(item, row) else { continue };
                if item == "proteinuria" && !present && !persistent {
                    continue;
                }
                if let Some((e, attributed)) = against(item, present, &visit) {
                    out.push(Contradiction { row, item, present, attributed, says: e.says.clone() });
                }
            }
        }
    }
    out
}

/// Items that the laboratory values of the visit contradict.
pub(super) fn item_against_laboratory(trial: &Trial) -> Vec<Hit> {
    contradictions(trial).into_iter().filter(|c| c.present || c.attributed).map(Contradiction::hit).collect()
}

/// Items absent although a value meets their criterion, without a word on its cause.
pub(super) fn item_perhaps_missed(trial: &Trial) -> Vec<Hit> {
    contradictions(trial).into_iter().filter(|c| !c.present && !c.attributed).map(Contradiction::hit).collect()
}
