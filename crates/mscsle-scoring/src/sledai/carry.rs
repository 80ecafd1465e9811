//! Laboratory descriptors carried from an earlier visit.

use super::items::{Item, N_ITEMS};
use crate::ScoringError;
use crate::error::same_length;

/// Descriptors after carrying, and which were carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The 24 columns.
    pub columns: Vec<Vec<i8>>,
    /// Bit `i` is set where descriptor `i` was carried forward.
    pub carried: Vec<u32>,
}

/// Fills missing laboratory descriptors with the subject's last value at most `max_age_days` old.
///
/// Only urinary casts, haematuria, proteinuria, pyuria, low complement, raised DNA binding, thrombocytopenia and
/// leukopenia are carried, never a clinical descriptor. The earlier value lies on an earlier day; of several on one day,
/// present wins over absent. Rows without a day neither give nor take. The order of rows does not matter.
///
/// # Errors
/// Another number of columns or unequal lengths.
pub fn carry_forward(
    columns: &[&[i8]],
    subject: &[i32],
    day: &[f64],
    max_age_days: f64,
) -> Result<Carried, ScoringError> {
    if columns.len() != N_ITEMS {
        return Err(ScoringError::ItemCount { instrument: "SLEDAI", expected: N_ITEMS, found: columns.len() });
    }
    let rows = subject.len();
    same_length("date", day.len(), rows)?;
    for (item, column) in Item::ALL.iter().zip(columns) {
        same_length(item.word(), column.len(), rows)?;
    }
    let mut order: Vec<usize> = (0..rows).filter(|&r| !day[r].is_nan() && subject[r] >= 0).collect();
    order.sort_by(|&a, &b| subject[a].cmp(&subject[b]).then(day[a].total_cmp(&day[b])));
    let mut out = Carried { columns: columns.iter().map(|c| c.to_vec()).collect(), carried: vec![0; rows] };
    for item in Item::ALL.iter().filter(|i| i.is_laboratory()) {
        let column = columns[item.code()];
        let mut last: Option<(f64, i8)> = None;
        let mut current: Option<i32> = None;
        let mut at = 0;
        while at < order.len() {
            let (who, when) = (subject[order[at]], day[order[at]]);
            let end = order[at..]
                .iter()
                .position(|&r| subject[r] != who || day[r] != when)
                .map_or(order.len(), |offset| at + offset);
            if current != Some(who) {
                (current, last) = (Some(who), None);
            }
            for &row in &order[at..end] {
                if let (true, Some((then, value))) = (column[row] < 0, last)
                    && when - then <= max_age_days
                {
                    out.columns[item.code()][row] = value;
                    out.carried[row] |= 1 << item.code();
                }
            }
            if let Some(value) = order[at..end].iter().map(|&r| column[r]).filter(|&x| x >= 0).max() {
                last = Some((when, value));
            }
            at = end;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laboratory_items_are_carried_within_the_age_and_clinical_ones_never() {
        let mut columns = vec![vec![0i8; 3]; N_ITEMS];
        columns[Item::Proteinuria.code()] = vec![-1, 1, -1];
        columns[Item::Arthritis.code()] = vec![-1, 1, -1];
        let slices: Vec<&[i8]> = columns.iter().map(Vec::as_slice).collect();
        // row 1 is the first visit, row 0 follows after 30 days, row 2 after 100
        let carried = carry_forward(&slices, &[7, 7, 7], &[30.0, 0.0, 100.0], 35.0).unwrap();
        assert_eq!(carried.columns[Item::Proteinuria.code()], [1, 1, -1]);
        assert_eq!(carried.columns[Item::Arthritis.code()], [-1, 1, -1]);
        assert_eq!(carried.carried, [1 << Item::Proteinuria.code(), 0, 0]);
    }

    #[test]
    fn nothing_is_carried_between_subjects() {
        let mut columns = vec![vec![0i8; 2]; N_ITEMS];
        columns[Item::Pyuria.code()] = vec![1, -1];
        let slices: Vec<&[i8]> = columns.iter().map(Vec::as_slice).collect();
        let carried = carry_forward(&slices, &[0, 1], &[0.0, 1.0], 90.0).unwrap();
        assert_eq!(carried.columns[Item::Pyuria.code()], [1, -1]);
    }
}
