//! Why a system has its grade.

use super::clinical::SETS;
use super::columns::BilagInput;
use super::haematology;
use super::renal::RenalCriteria;
use super::visit::{Bilag2004, HAEMATOLOGY, RENAL};
use super::{Note, WhiteCells};
use crate::ScoringError;
use crate::bilag_numeric::Grade;
use crate::why::{Confidence, Reason, Why, plain};
use mscsle_domain::{BILAG_2004_ITEMS, BILAG_2004_SYSTEMS};

const CODES: [&str; 5] = ["not present", "improving", "same", "worse", "new"];

impl Bilag2004 {
    /// Why the systems of a row have their grades: the items that speak, the renal criteria with their values, and the grade
    /// of every system that is not E.
    ///
    /// # Errors
    /// As [`Bilag2004::grade_columns`]; a row that does not exist.
    pub fn why(&self, input: &BilagInput<'_>, row: usize) -> Result<Why, ScoringError> {
        let columns = self.grade_columns(input)?;
        if row >= input.subject.len() {
            return Err(ScoringError::NoSuchRow { row, last: input.subject.len().saturating_sub(1) });
        }
        let mut why = Why::default();
        for (system, name) in BILAG_2004_SYSTEMS.into_iter().enumerate() {
            match system {
                RENAL => self.renal_reasons(input, row, &columns, &mut why),
                HAEMATOLOGY => self.haematology_reasons(input, row, &mut why),
                _ => clinical_reasons(input, row, system, &mut why),
            }
            let letter = |code: i8| usize::try_from(code).ok().and_then(|c| Grade::ALL.get(c)).copied();
            let grade = letter(columns.grade[system][row]);
            let bounds = [letter(columns.mildest[system][row]), letter(columns.severest[system][row])];
            if grade == Some(Grade::E) && bounds[0] == bounds[1] {
                continue;
            }
            let [mildest, severest] = bounds.map(|b| b.map_or("?", Grade::word));
            let sentence = match grade {
                Some(g) if mildest == severest => format!("`{name}` is graded {g}."),
                Some(g) => format!("`{name}` is graded {g}; its bounds are {mildest} to {severest}."),
                None => {
                    format!("`{name}` is not determined: items not done leave it between {mildest} and {severest}.")
                }
            };
            why.push(Reason {
                rule: format!("bilag-2004.{name}"),
                confidence: system_confidence(system),
                item: name.to_owned(),
                value: grade.map(|g| g.word().to_owned()),
                threshold: String::new(),
                contribution: grade.map(|g| g.word().to_owned()),
                decided: true,
                sentence,
            });
        }
        for note in Note::ALL.iter().filter(|n| columns.notes[row] & n.bit() != 0) {
            why.push(Reason {
                rule: format!("bilag-2004.{note}"),
                confidence: if *note == Note::WhiteCells { Confidence::Low } else { Confidence::Medium },
                item: note.word().to_owned(),
                value: None,
                threshold: String::new(),
                contribution: None,
                decided: false,
                sentence: format!("Note: {}.", note.sentence()),
            });
        }
        Ok(why)
    }

    fn renal_reasons(&self, input: &BilagInput<'_>, row: usize, columns: &super::BilagColumns, why: &mut Why) {
        let mut now = input.renal(row);
        let previous = usize::try_from(columns.previous[row]).ok().map(|p| input.renal(p));
        let own_histology = now.active_nephritis == 1;
        if !own_histology && recent_histology(input, row) {
            now.active_nephritis = 1;
        }
        let criteria = RenalCriteria::evaluate(&now, previous.as_ref(), self.first_visit, false);
        let before = |pick: fn(&super::RenalItems) -> f64| {
            previous.as_ref().map(pick).filter(|x| !x.is_nan()).map_or("not measured".to_owned(), plain)
        };
        let measured = |x: f64, name: &str, unit: &str, previous: String| {
            (!x.is_nan()).then(|| format!("{name} {} {unit} (previous {previous})", plain(x)))
        };
        let mut protein: Vec<String> = [
            measured(now.protein_24h, "24-h protein", "g", before(|r| r.protein_24h)),
            measured(now.upcr, "UPCR", "mg/mmol", before(|r| r.upcr)),
            measured(now.acr, "ACR", "mg/mmol", before(|r| r.acr)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !now.has_quantitative_protein() {
            protein.extend(measured(now.dipstick, "dipstick", "+", before(|r| r.dipstick)));
        }
        let protein = protein.join(", ");
        let function = [
            measured(now.creatinine, "creatinine", "umol/L", before(|r| r.creatinine)),
            measured(now.gfr, "GFR", "mL/min/1.73 m2", before(|r| r.gfr)),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
        let pressure = format!("blood pressure {}/{} mmHg", plain(now.systolic), plain(now.diastolic));
        let histology = if own_histology {
            "histology of active nephritis".to_owned()
        } else {
            "histology of active nephritis at a visit within 3 months".to_owned()
        };
        let mut say = |holds: bool, id: &str, value: String, threshold: &str| {
            if holds {
                why.push(Reason {
                    rule: format!("bilag-2004.renal.{id}"),
                    confidence: Confidence::High,
                    item: id.to_owned(),
                    value: Some(value.clone()),
                    threshold: threshold.to_owned(),
                    contribution: None,
                    decided: true,
                    sentence: format!("Renal {}: {value} ({threshold}).", id.replace('_', " ")),
                });
            }
        };
        let c = &criteria;
        say(
            c.severe_proteinuria,
            "criterion_1",
            protein.clone(),
            "24-h protein > 1 g, UPCR or ACR > 100 mg/mmol, not fallen by 25 %; or dipstick risen by 2 levels",
        );
        say(c.accelerated_hypertension, "criterion_2", "accelerated hypertension".to_owned(), "yes");
        say(
            c.deteriorating_function,
            "criterion_3",
            function.clone(),
            "creatinine > 130 umol/L and > 130 % of previous; GFR < 80 and < 67 % of previous; GFR < 50, previously > 50 or not measured",
        );
        say(c.active_sediment, "criterion_4", "active urinary sediment".to_owned(), "yes");
        say(c.active_nephritis, "criterion_5", histology, "within 3 months");
        say(c.nephrotic_syndrome, "criterion_6", "nephrotic syndrome".to_owned(), "yes");
        say(
            c.moderate_proteinuria && !c.severe_proteinuria,
            "moderate_proteinuria",
            protein.clone(),
            "24-h protein >= 0.5 g, UPCR or ACR >= 50 mg/mmol, not fallen by 25 %; or dipstick risen to at least 2",
        );
        say(c.rising_creatinine, "rising_creatinine", function, "> 130 umol/L and 115 to 130 % of previous");
        say(
            c.mild_proteinuria && !c.moderate_proteinuria && !c.severe_proteinuria,
            "mild_proteinuria",
            protein,
            "24-h protein > 0.25 g, UPCR or ACR > 25 mg/mmol, or dipstick >= 1",
        );
        say(c.rising_pressure, "rising_pressure", pressure, "> 140/90, risen by >= 30 and >= 15 mmHg");
    }

    fn haematology_reasons(&self, input: &BilagInput<'_>, row: usize, why: &mut Why) {
        let items = input.haematology(row);
        let w1 = self.white_cells == WhiteCells::W1;
        for (number, rank) in haematology::components(&items, w1, false) {
            if rank == 0 {
                continue;
            }
            let item = &BILAG_2004_ITEMS[number - 1];
            let value = match number {
                90 => items.haemoglobin,
                91 => items.white_cells,
                92 => items.neutrophils,
                93 => items.lymphocytes,
                94 => items.platelets,
                95 => f64::from(items.ttp),
                _ => 1.0,
            };
            let grade = ["D", "C", "B", "A"][usize::from(rank)];
            why.push(Reason {
                rule: format!("bilag-2004.haematological.{}", item.id),
                confidence: if number == 91 { Confidence::Low } else { Confidence::Medium },
                item: item.id.to_owned(),
                value: Some(plain(value)),
                threshold: item.meaning.to_owned(),
                contribution: Some(grade.to_owned()),
                decided: true,
                sentence: format!(
                    "Item {number} ({}) is {} {} and gives {grade} (table unverified).",
                    item.meaning,
                    plain(value),
                    item.unit
                )
                .replace("  ", " "),
            });
        }
    }
}

fn system_confidence(system: usize) -> Confidence {
    match system {
        0 | RENAL => Confidence::High,
        HAEMATOLOGY => Confidence::Medium,
        _ => SETS[system - 1].confidence,
    }
}

fn recent_histology(input: &BilagInput<'_>, row: usize) -> bool {
    (0..input.subject.len()).any(|other| {
        let age = input.day[row] - input.day[other];
        input.subject[other] == input.subject[row]
            && (0.0..=super::HISTOLOGY_DAYS).contains(&age)
            && input.renal(other).active_nephritis == 1
    })
}

fn clinical_reasons(input: &BilagInput<'_>, row: usize, system: usize, why: &mut Why) {
    let visit = input.visit(row);
    for item in BILAG_2004_ITEMS.iter().filter(|i| i.system == BILAG_2004_SYSTEMS[system]) {
        let number = usize::from(item.number);
        let code = visit.codes[number - 1];
        if code == 0 {
            continue;
        }
        let gives = if system == 0 {
            ""
        } else {
            let sets = &SETS[system - 1];
            match (sets.a.contains(&number), sets.b.contains(&number), code) {
                (true, _, 1) => "B",
                (true, ..) => "A",
                (_, true, 1) => "C",
                (_, true, _) => "B",
                _ => "C",
            }
        };
        let word = usize::try_from(code).ok().and_then(|c| CODES.get(c)).copied();
        let sentence = match (word, gives) {
            (Some(word), "") => format!("Item {number} ({}) is {word} ({code}).", item.meaning),
            (Some(word), gives) => format!("Item {number} ({}) is {word} ({code}) and gives {gives}.", item.meaning),
            (None, "") => format!("Item {number} ({}) was not done.", item.meaning),
            (None, gives) => format!("Item {number} ({}) was not done; present it would give {gives}.", item.meaning),
        };
        why.push(Reason {
            rule: format!("bilag-2004.{}.{}", item.system, item.id),
            confidence: system_confidence(system),
            item: item.id.to_owned(),
            value: word.map(|_| code.to_string()),
            threshold: item.meaning.to_owned(),
            contribution: (!gives.is_empty() && word.is_some()).then(|| gives.to_owned()),
            decided: word.is_some(),
            sentence,
        });
    }
}
