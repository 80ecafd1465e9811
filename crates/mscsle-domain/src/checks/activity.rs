//! Rules about SLEDAI, BILAG and the physician global assessment.

use super::Hit;
use crate::typing::number_text;
use crate::{BILAG_2004_SYSTEMS, BILAG_CLASSIC_SYSTEMS, Day, SLEDAI_ITEMS, SLEDAI_WEIGHTS, Table, Trial};

/// Total of the known items, and of the missing ones.
fn bounds(sledai: &Table, row: usize) -> (u32, u32, Vec<&'static str>) {
    let mut lower = 0;
    let mut open = 0;
    let mut missing = Vec::new();
    for (item, weight) in SLEDAI_ITEMS.iter().zip(SLEDAI_WEIGHTS) {
        match sledai.flag(item, row) {
            Some(true) => lower += u32::from(weight),
            Some(false) => {}
            None => {
                open += u32::from(weight);
                missing.push(*item);
            }
        }
    }
    (lower, lower + open, missing)
}

fn is_total(total: f64) -> bool {
    (0.0..=105.0).contains(&total) && total.fract() == 0.0
}

/// Totals that are not a whole number from 0 to 105.
pub(super) fn impossible_total(trial: &Trial) -> Vec<Hit> {
    let Some(sledai) = trial.table("sledai") else { return Vec::new() };
    (0..sledai.n_rows())
        .filter(|&row| sledai.number("total", row).is_some_and(|total| !is_total(total)))
        .map(|row| Hit::cell("sledai", row, "total", "a total is a whole number from 0 to 105".to_owned()).drop_cell())
        .collect()
}

/// Totals that the items do not give.
///
/// One rule everywhere: all items recorded, their sum; some, the recorded total where it lies between their bounds, and none
/// where it does not; no item, the recorded total.
pub(super) fn total_mismatch(trial: &Trial) -> Vec<Hit> {
    let Some(sledai) = trial.table("sledai") else { return Vec::new() };
    (0..sledai.n_rows())
        .filter_map(|row| {
            let total = sledai.number("total", row).filter(|total| is_total(*total))?;
            let (lower, upper, missing) = bounds(sledai, row);
            if missing.len() == SLEDAI_ITEMS.len() || (f64::from(lower) <= total && total <= f64::from(upper)) {
                return None;
            }
            let total = number_text(total);
            let message = if missing.is_empty() {
                format!("the items give {lower}, the total says {total}; the items are used")
            } else {
                format!(
                    "the items give {lower} to {upper}, the total says {total}; they contradict each other, so there is no total"
                )
            };
            Some(Hit::cell("sledai", row, "total", message))
        })
        .collect()
}

/// Assessments with missing items.
pub(super) fn missing_items(trial: &Trial) -> Vec<Hit> {
    const NAMED: usize = 6;
    let Some(sledai) = trial.table("sledai") else { return Vec::new() };
    (0..sledai.n_rows())
        .filter_map(|row| {
            let (lower, upper, missing) = bounds(sledai, row);
            let first = *missing.first()?;
            let total = sledai.number("total", row);
            if missing.len() == SLEDAI_ITEMS.len() {
                // Totals alone are a legitimate record.
                return total.is_none().then(|| {
                    Hit::cell("sledai", row, "total", "the assessment has neither items nor a total".to_owned())
                });
            }
            let named = missing.iter().take(NAMED).map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ");
            let more =
                if missing.len() > NAMED { format!(" and {} more", missing.len() - NAMED) } else { String::new() };
            let used = total
                .filter(|total| is_total(*total) && f64::from(lower) <= *total && *total <= f64::from(upper))
                .map_or_else(String::new, |total| format!("; the recorded total {} is used", number_text(total)));
            let message = format!("{named}{more} missing: the total lies between {lower} and {upper}{used}");
            Some(Hit::cell("sledai", row, first, message))
        })
        .collect()
}

/// Systems that the version does not have.
pub(super) fn system_of_other_version(trial: &Trial) -> Vec<Hit> {
    let Some(bilag) = trial.table("bilag") else { return Vec::new() };
    (0..bilag.n_rows())
        .filter_map(|row| {
            let (version, system) = (bilag.text("version", row)?, bilag.text("system", row)?);
            let systems: &[&str] = if version == "classic" { &BILAG_CLASSIC_SYSTEMS } else { &BILAG_2004_SYSTEMS };
            (!systems.contains(&system)).then(|| {
                let message =
                    format!("version `{version}` has no system `{system}`; its systems are {}", systems.join(", "));
                Hit::cell("bilag", row, "system", message).drop_cells(vec!["grade"])
            })
        })
        .collect()
}

/// Grade E after grades A to D of the same system and version.
pub(super) fn never_after_involved(trial: &Trial) -> Vec<Hit> {
    let Some(bilag) = trial.table("bilag") else { return Vec::new() };
    let mut hits = Vec::new();
    for subject in 0..trial.n_subjects() {
        // First involvement by version and system.
        let mut involved: Vec<(Option<&str>, &str, Day, &str)> = Vec::new();
        let mut graded: Vec<(Day, usize)> = trial
            .rows("bilag", subject)
            .iter()
            .filter_map(|&row| Some((trial.row_day("bilag", row)?.0, row)))
            .collect();
        graded.sort();
        for (day, row) in graded {
            let (Some(system), Some(grade)) = (bilag.text("system", row), bilag.text("grade", row)) else { continue };
            let version = bilag.text("version", row);
            let first = involved.iter().find(|(v, s, _, _)| *v == version && *s == system);
            match (grade, first) {
                ("E", Some((_, _, since, was))) if *since < day => {
                    let message =
                        format!("`{system}` was {was} on {since}; a system once involved is D when inactive, never E");
                    hits.push(Hit::cell("bilag", row, "grade", message));
                }
                ("E", _) | (_, Some(_)) => {}
                (_, None) => involved.push((version, system, day, grade)),
            }
        }
    }
    hits
}

/// Physician global assessments outside their scale.
pub(super) fn out_of_scale(trial: &Trial) -> Vec<Hit> {
    let Some(pga) = trial.table("pga") else { return Vec::new() };
    (0..pga.n_rows())
        .filter_map(|row| {
            let value = pga.number("value", row)?;
            let end = pga.number("scale_max", row);
            if value >= 0.0 && end.is_none_or(|end| value <= end) {
                return None;
            }
            let end = end.map_or_else(|| "its end".to_owned(), number_text);
            Some(Hit::cell("pga", row, "value", format!("the scale of the row goes from 0 to {end}")).drop_cell())
        })
        .collect()
}
