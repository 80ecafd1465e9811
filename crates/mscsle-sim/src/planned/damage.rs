//! Errors as they occur in real tables, put into finished ones so that checks have something to find.

use super::spec::{DamageSpec, wrong};
use crate::cohort::{Cell, Rows};
use crate::{Draws, SimError};

/// A unit in which the value as it stands cannot be right.
fn misleading_unit(test: &str) -> Option<&'static str> {
    match test {
        "protein_24h" => Some("mg/24 h"),
        "creatinine" => Some("mg/dL"),
        "albumin" => Some("mg/L"),
        "c3" | "c4" => Some("mg/dL"),
        _ => None,
    }
}

pub(super) fn apply(damage: &DamageSpec, tables: &mut [Rows], draws: &mut Draws) -> Result<(), SimError> {
    if damage.wrong_units > 0 {
        let labs = table(tables, "labs", "wrong_units")?;
        let (test, unit) = (labs.position("test"), labs.position("unit"));
        let unit_of = |row: &[Cell]| match row.get(test) {
            Some(Cell::Text(test)) => misleading_unit(test),
            _ => None,
        };
        let suited: Vec<usize> = (0..labs.rows.len()).filter(|&r| unit_of(&labs.rows[r]).is_some()).collect();
        for r in chosen(suited, damage.wrong_units, "wrong_units", draws)? {
            if let Some(word) = unit_of(&labs.rows[r]) {
                labs.rows[r][unit] = Cell::text(word);
            }
        }
    }
    if damage.duplicate_visits > 0 {
        let visits = table(tables, "visits", "duplicate_visits")?;
        let all = (0..visits.rows.len()).collect();
        let mut picked = chosen(all, damage.duplicate_visits, "duplicate_visits", draws)?;
        picked.sort_unstable_by(|a, b| b.cmp(a));
        for r in picked {
            let row = visits.rows[r].clone();
            visits.rows.insert(r + 1, row);
        }
    }
    if damage.missing_items + damage.wrong_totals > 0 {
        let field = if damage.missing_items > 0 { "missing_items" } else { "wrong_totals" };
        let sledai = table(tables, "sledai", field)?;
        let (first, total) = (sledai.position("seizure"), sledai.position("total"));
        let all = || (0..sledai.rows.len()).collect::<Vec<usize>>();
        // totals first, in rows whose items stay complete
        let mut rows = chosen(all(), damage.missing_items + damage.wrong_totals, field, draws)?;
        for r in rows.split_off(damage.missing_items) {
            if let Cell::Number(x) = sledai.rows[r][total] {
                sledai.rows[r][total] = Cell::Number(if x < 105.0 { x + 1.0 } else { x - 1.0 });
            }
        }
        for r in rows {
            let item = first + draws.below(24);
            sledai.rows[r][item] = Cell::Missing;
        }
    }
    Ok(())
}

fn table<'a>(tables: &'a mut [Rows], name: &str, field: &str) -> Result<&'a mut Rows, SimError> {
    tables
        .iter_mut()
        .find(|t| t.name == name)
        .ok_or_else(|| wrong(format!("damage.{field}"), format!("the cohort has no table `{name}`")))
}

fn chosen(mut rows: Vec<usize>, n: usize, field: &str, draws: &mut Draws) -> Result<Vec<usize>, SimError> {
    if rows.len() < n {
        return Err(wrong(
            format!("damage.{field}"),
            format!("asks for {n} rows, but only {} can be damaged", rows.len()),
        ));
    }
    draws.shuffle(&mut rows);
    rows.truncate(n);
    Ok(rows)
}
