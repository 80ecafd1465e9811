//! Many assessments in columns: the same rule over 24 byte columns.

use super::items::{Item, N_ITEMS, SYSTEM_OF, WEIGHTS};
use super::score::{Items, MissingPolicy, Note, Sledai};
use crate::ScoringError;
use crate::error::same_length;
use rayon::prelude::*;

/// Scores of many assessments; -1 is missing in every signed column.
#[derive(Debug, Clone, PartialEq)]
pub struct SledaiColumns {
    /// How the columns were scored.
    pub rule: Sledai,
    /// Total.
    pub total: Vec<i8>,
    /// Least possible total.
    pub lower: Vec<i8>,
    /// Greatest possible total.
    pub upper: Vec<i8>,
    /// Clinical total.
    pub clinical: Vec<i8>,
    /// Least possible clinical total.
    pub clinical_lower: Vec<i8>,
    /// Greatest possible clinical total.
    pub clinical_upper: Vec<i8>,
    /// Points by organ system, in the order of [`super::OrganSystem::ALL`].
    pub by_system: [Vec<i8>; 9],
    /// Position of the band in [`super::Bands::names`].
    pub band: Vec<i8>,
    /// Bit `i` is set when descriptor `i` is missing.
    pub missing: Vec<u32>,
    /// Bits of [`Note`].
    pub notes: Vec<u8>,
}

fn checked<'a>(columns: &[&'a [i8]]) -> Result<[&'a [i8]; N_ITEMS], ScoringError> {
    let columns: [&[i8]; N_ITEMS] = columns.try_into().map_err(|_| ScoringError::ItemCount {
        instrument: "SLEDAI",
        expected: N_ITEMS,
        found: columns.len(),
    })?;
    let rows = columns[0].len();
    for (item, column) in Item::ALL.iter().zip(&columns) {
        same_length(item.word(), column.len(), rows)?;
    }
    Ok(columns)
}

/// The first value that is neither 0, 1 nor -1, as an error.
fn first_out_of_scale(columns: &[&[i8]; N_ITEMS]) -> ScoringError {
    let first = Item::ALL
        .iter()
        .zip(columns)
        .filter_map(|(item, column)| {
            column.iter().position(|&x| !(-1..=1).contains(&x)).map(|row| (row, item.code(), item.word(), column[row]))
        })
        .min();
    let (row, _, item, value) = first.unwrap_or_default();
    ScoringError::OutOfScale {
        item: item.to_owned(),
        row,
        value: value.to_string(),
        allowed: "0, 1 or -1 for not done".to_owned(),
    }
}

/// Rows in registers at a time.
const LANES: usize = 64;
/// Rows of one parallel piece, a multiple of [`LANES`].
const PIECE: usize = 64 * 1024;

/// Totals of many assessments and nothing else, strict about missing descriptors: -1 where one is missing.
///
/// `columns` are the 24 descriptors in the order of the form, with 1 present, 0 absent, -1 not done.
///
/// # Errors
/// Another number of columns, unequal lengths, a value outside -1, 0, 1.
///
/// ```
/// let column = [0i8, 1, -1];
/// let columns = [&column[..]; 24];
/// assert_eq!(mscsle_scoring::sledai::totals(&columns).unwrap(), [0, 105, -1]);
/// ```
pub fn totals(columns: &[&[i8]]) -> Result<Vec<i8>, ScoringError> {
    let columns = checked(columns)?;
    let mut out = vec![0i8; columns[0].len()];
    let wrong: u8 = out
        .par_chunks_mut(PIECE)
        .enumerate()
        .map(|(piece, out)| pulp::Arch::new().dispatch(TotalsPiece { columns: &columns, start: piece * PIECE, out }))
        .reduce(|| 0, |a, b| a | b);
    if wrong > 0 { Err(first_out_of_scale(&columns)) } else { Ok(out) }
}

struct TotalsPiece<'a> {
    columns: &'a [&'a [i8]; N_ITEMS],
    start: usize,
    out: &'a mut [i8],
}

impl pulp::NullaryFnOnce for TotalsPiece<'_> {
    type Output = u8;

    #[inline(always)]
    fn call(self) -> u8 {
        let mut any_wrong = [0u8; LANES];
        for (chunk, out) in self.out.chunks_mut(LANES).enumerate() {
            let start = self.start + chunk * LANES;
            let mut sum = [0i8; LANES];
            let mut codes = [0i8; LANES];
            for (column, &weight) in self.columns.iter().zip(&WEIGHTS) {
                let x = lanes(column, start);
                for i in 0..LANES {
                    // negated, 1 is a mask of all bits; the stray bit of a missing code does not matter, its row is -1
                    sum[i] = sum[i].wrapping_add(weight & x[i].wrapping_neg());
                    codes[i] |= x[i];
                    any_wrong[i] |= (x[i].wrapping_add(1) as u8).saturating_sub(2);
                }
            }
            for i in 0..LANES {
                sum[i] = if codes[i] < 0 { -1 } else { sum[i] };
            }
            out.copy_from_slice(&sum[..out.len()]);
        }
        any_wrong.iter().fold(0, |a, b| a | b)
    }
}

/// 64 rows of a column from `start`, filled up with 0 behind its end.
#[inline(always)]
fn lanes(column: &[i8], start: usize) -> [i8; LANES] {
    match column.get(start..start + LANES).and_then(|rows| rows.try_into().ok()) {
        Some(rows) => rows,
        None => {
            let mut padded = [0i8; LANES];
            let rest = column.get(start..).unwrap_or_default();
            for (to, from) in padded.iter_mut().zip(rest) {
                *to = *from;
            }
            padded
        }
    }
}

/// What one block of rows gives.
struct Block {
    known: [[i8; LANES]; 9],
    open: [[i8; LANES]; 9],
    wrong: u8,
}

#[inline(always)]
fn block(columns: &[&[i8]; N_ITEMS], start: usize) -> Block {
    let mut block = Block { known: [[0; LANES]; 9], open: [[0; LANES]; 9], wrong: 0 };
    let mut wrong = [0u8; LANES];
    for ((column, &weight), &system) in columns.iter().zip(&WEIGHTS).zip(&SYSTEM_OF) {
        let x = lanes(column, start);
        let (known, open) = (&mut block.known[system], &mut block.open[system]);
        for i in 0..LANES {
            known[i] += if x[i] > 0 { weight } else { 0 };
            open[i] += if x[i] < 0 { weight } else { 0 };
            wrong[i] |= (x[i].wrapping_add(1) as u8).saturating_sub(2);
        }
    }
    block.wrong = wrong.iter().fold(0, |a, b| a | b);
    block
}

impl Sledai {
    /// Scores many assessments; the same rule as [`Sledai::score`].
    ///
    /// `columns` are the 24 descriptors in the order of the form, with 1 present, 0 absent, -1 not done; `recorded` are
    /// totals as recorded, NaN where there is none.
    ///
    /// # Errors
    /// Another number of columns, unequal lengths, a value outside -1, 0, 1 (the row is named).
    pub fn score_columns(&self, columns: &[&[i8]], recorded: Option<&[f64]>) -> Result<SledaiColumns, ScoringError> {
        let columns = checked(columns)?;
        let rows = columns[0].len();
        if let Some(recorded) = recorded {
            same_length("total", recorded.len(), rows)?;
        }
        let column = || vec![0i8; rows];
        let mut out = SledaiColumns {
            rule: *self,
            total: column(),
            lower: column(),
            upper: column(),
            clinical: column(),
            clinical_lower: column(),
            clinical_upper: column(),
            by_system: std::array::from_fn(|_| column()),
            band: column(),
            missing: vec![0; rows],
            notes: vec![0; rows],
        };
        let wrong: u8 = pieces(&mut out)
            .into_par_iter()
            .enumerate()
            .map(|(piece, out)| {
                pulp::Arch::new().dispatch(ScorePiece { rule: self, columns: &columns, start: piece * PIECE, out })
            })
            .reduce(|| 0, |a, b| a | b);
        if wrong > 0 {
            return Err(first_out_of_scale(&columns));
        }
        if let Some(recorded) = recorded {
            self.compare_totals(&columns, recorded, &mut out);
        }
        Ok(out)
    }

    /// Rows where a recorded total says something are scored again by the rule for one assessment.
    fn compare_totals(&self, columns: &[&[i8]; N_ITEMS], recorded: &[f64], out: &mut SledaiColumns) {
        for (row, &total) in recorded.iter().enumerate() {
            if total.is_nan() || (out.missing[row] == 0 && f64::from(out.total[row]) == total) {
                continue;
            }
            let score = self.score_recorded(&items_of_row(columns, row), Some(total));
            let byte = |value: Option<u8>| value.map_or(-1, |v| v as i8);
            out.total[row] = byte(score.value);
            out.lower[row] = score.lower as i8;
            out.upper[row] = score.upper as i8;
            out.clinical[row] = byte(score.clinical);
            out.clinical_lower[row] = score.clinical_lower as i8;
            out.clinical_upper[row] = score.clinical_upper as i8;
            for (column, system) in out.by_system.iter_mut().zip(&score.by_system) {
                column[row] = byte(system.value);
            }
            out.band[row] = score.band.map_or(-1, |_| self.bands.position(score.lower) as i8);
            if let Some(value) = score.value {
                out.band[row] = self.bands.position(value) as i8;
            }
            out.notes[row] = score.notes.iter().fold(0, |all, note| all | note.bit());
        }
    }
}

/// The descriptors of one row of columns in which -1 is missing.
pub(super) fn items_of_row(columns: &[&[i8]; N_ITEMS], row: usize) -> Items {
    Items::from_array(std::array::from_fn(|i| match columns[i].get(row) {
        Some(1) => Some(true),
        Some(0) => Some(false),
        _ => None,
    }))
}

/// The columns of [`SledaiColumns`] over one piece of rows.
struct Piece<'a> {
    total: &'a mut [i8],
    lower: &'a mut [i8],
    upper: &'a mut [i8],
    clinical: &'a mut [i8],
    clinical_lower: &'a mut [i8],
    clinical_upper: &'a mut [i8],
    by_system: Vec<&'a mut [i8]>,
    band: &'a mut [i8],
    missing: &'a mut [u32],
    notes: &'a mut [u8],
}

fn pieces(out: &mut SledaiColumns) -> Vec<Piece<'_>> {
    let mut systems: Vec<_> = out.by_system.iter_mut().map(|column| column.chunks_mut(PIECE)).collect();
    let mut lower = out.lower.chunks_mut(PIECE);
    let mut upper = out.upper.chunks_mut(PIECE);
    let mut clinical = out.clinical.chunks_mut(PIECE);
    let mut clinical_lower = out.clinical_lower.chunks_mut(PIECE);
    let mut clinical_upper = out.clinical_upper.chunks_mut(PIECE);
    let mut band = out.band.chunks_mut(PIECE);
    let mut missing = out.missing.chunks_mut(PIECE);
    let mut notes = out.notes.chunks_mut(PIECE);
    out.total
        .chunks_mut(PIECE)
        .map(|total| Piece {
            total,
            lower: lower.next().unwrap_or_default(),
            upper: upper.next().unwrap_or_default(),
            clinical: clinical.next().unwrap_or_default(),
            clinical_lower: clinical_lower.next().unwrap_or_default(),
            clinical_upper: clinical_upper.next().unwrap_or_default(),
            by_system: systems.iter_mut().map(|s| s.next().unwrap_or_default()).collect(),
            band: band.next().unwrap_or_default(),
            missing: missing.next().unwrap_or_default(),
            notes: notes.next().unwrap_or_default(),
        })
        .collect()
}

struct ScorePiece<'a> {
    rule: &'a Sledai,
    columns: &'a [&'a [i8]; N_ITEMS],
    start: usize,
    out: Piece<'a>,
}

impl pulp::NullaryFnOnce for ScorePiece<'_> {
    type Output = u8;

    #[inline(always)]
    fn call(self) -> u8 {
        const IMMUNOLOGIC: usize = 6;
        let ScorePiece { rule, columns, start, mut out } = self;
        let absent: i8 = if rule.missing == MissingPolicy::Absent { -1 } else { 0 };
        let limits = rule.bands.upper_limits();
        let rows = out.total.len();
        let mut wrong = 0u8;
        for at in (0..rows).step_by(LANES) {
            let n = LANES.min(rows - at);
            let b = block(columns, start + at);
            wrong |= b.wrong;
            let (mut known, mut open) = ([0i8; LANES], [0i8; LANES]);
            for system in 0..9 {
                for i in 0..LANES {
                    known[i] = known[i].wrapping_add(b.known[system][i]);
                    open[i] = open[i].wrapping_add(b.open[system][i]);
                }
            }
            // masks: all bits where the missing descriptors are settled by the policy
            let mut settled = [0i8; LANES];
            for i in 0..LANES {
                settled[i] = if open[i] != 105 { absent } else { 0 };
            }
            let value = |known: &[i8; LANES], open: &[i8; LANES]| {
                let mut value = [0i8; LANES];
                for i in 0..LANES {
                    let unknown: i8 = if open[i] == 0 { 0 } else { !settled[i] };
                    value[i] = known[i] | unknown;
                }
                value
            };
            let total = value(&known, &open);
            let (mut upper, mut c_known, mut c_open, mut c_upper) =
                ([0i8; LANES], [0i8; LANES], [0i8; LANES], [0i8; LANES]);
            for i in 0..LANES {
                upper[i] = known[i].wrapping_add(open[i]);
                c_known[i] = known[i].wrapping_sub(b.known[IMMUNOLOGIC][i]);
                c_open[i] = open[i].wrapping_sub(b.open[IMMUNOLOGIC][i]);
                c_upper[i] = c_known[i].wrapping_add(c_open[i]);
            }
            let clinical = value(&c_known, &c_open);
            let (mut band_low, mut band_high) = ([0i8; LANES], [0i8; LANES]);
            for &limit in limits {
                for i in 0..LANES {
                    let high = if total[i] < 0 { upper[i] } else { total[i] };
                    band_low[i] += i8::from(known[i] > limit as i8);
                    band_high[i] += i8::from(high > limit as i8);
                }
            }
            let mut notes = [0u8; LANES];
            let mut any_open = 0i8;
            for i in 0..LANES {
                band_low[i] = if band_low[i] == band_high[i] { band_low[i] } else { -1 };
                let counted: u8 = if open[i] > 0 { Note::MissingCountedAbsent.bit() } else { 0 };
                let nothing: u8 = if open[i] == 105 { Note::NotAssessed.bit() } else { 0 };
                notes[i] = (counted & settled[i] as u8) | nothing;
                any_open |= open[i];
            }
            for (system, column) in out.by_system.iter_mut().enumerate() {
                let points = value(&b.known[system], &b.open[system]);
                column[at..at + n].copy_from_slice(&points[..n]);
            }
            out.total[at..at + n].copy_from_slice(&total[..n]);
            out.lower[at..at + n].copy_from_slice(&known[..n]);
            out.upper[at..at + n].copy_from_slice(&upper[..n]);
            out.clinical[at..at + n].copy_from_slice(&clinical[..n]);
            out.clinical_lower[at..at + n].copy_from_slice(&c_known[..n]);
            out.clinical_upper[at..at + n].copy_from_slice(&c_upper[..n]);
            out.band[at..at + n].copy_from_slice(&band_low[..n]);
            out.notes[at..at + n].copy_from_slice(&notes[..n]);
            if any_open != 0 {
                for (i, mask) in out.missing[at..at + n].iter_mut().enumerate().filter(|(i, _)| open[*i] != 0) {
                    for (item, column) in columns.iter().enumerate() {
                        *mask |= u32::from(column[start + at + i] < 0) << item;
                    }
                }
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::super::items::{Bands, Version};
    use super::*;
    use proptest::prelude::*;

    fn columns_of(rows: &[[i8; N_ITEMS]]) -> Vec<Vec<i8>> {
        (0..N_ITEMS).map(|i| rows.iter().map(|r| r[i]).collect()).collect()
    }

    fn slices(columns: &[Vec<i8>]) -> Vec<&[i8]> {
        columns.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn value_outside_the_scale_names_item_and_row() {
        let mut columns = columns_of(&[[0; N_ITEMS]; 70]);
        columns[12][66] = 2;
        let error = totals(&slices(&columns)).unwrap_err();
        assert_eq!(error.to_string(), "`proteinuria` must be 0, 1 or -1 for not done, but row 66 is 2");
        assert_eq!(Sledai::new(Version::Sledai2k).score_columns(&slices(&columns), None).unwrap_err(), error);
    }

    #[test]
    fn no_rows_give_no_scores() {
        let columns = columns_of(&[]);
        assert!(totals(&slices(&columns)).unwrap().is_empty());
    }

    fn row() -> impl Strategy<Value = [i8; N_ITEMS]> {
        (any::<[u8; N_ITEMS]>(), 0u8..=8).prop_map(|(bytes, how)| {
            bytes.map(|b| match how {
                0 => -1,
                1 => 0,
                _ if b < how * 4 => -1,
                _ => (b & 1) as i8,
            })
        })
    }

    proptest! {
        #[test]
        fn columns_agree_with_one_assessment_at_a_time(
            rows in proptest::collection::vec((row(), prop_oneof![Just(f64::NAN), (0..120).prop_map(f64::from)]), 0..200),
            version in proptest::sample::select(Version::ALL),
            policy in proptest::sample::select(MissingPolicy::ALL),
            bands in proptest::sample::select(Bands::ALL),
        ) {
            let (rows, recorded): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let columns = columns_of(&rows);
            let sledai = Sledai::new(version).missing(policy).bands(bands);
            let scored = sledai.score_columns(&slices(&columns), Some(&recorded)).unwrap();
            let plain = sledai.score_columns(&slices(&columns), None).unwrap();
            let sums = totals(&slices(&columns)).unwrap();
            for (row, values) in rows.iter().enumerate() {
                let items = Items::from_array(values.map(|x| (x >= 0).then_some(x == 1)));
                for (recorded, scored) in [(Some(recorded[row]), &scored), (None, &plain)] {
                    let one = sledai.score_recorded(&items, recorded);
                    let byte = |v: Option<u8>| v.map_or(-1, |v| v as i8);
                    prop_assert_eq!(scored.total[row], byte(one.value));
                    prop_assert_eq!(scored.lower[row] as u8, one.lower);
                    prop_assert_eq!(scored.upper[row] as u8, one.upper);
                    prop_assert_eq!(scored.clinical[row], byte(one.clinical));
                    prop_assert_eq!(scored.clinical_lower[row] as u8, one.clinical_lower);
                    prop_assert_eq!(scored.clinical_upper[row] as u8, one.clinical_upper);
                    for (column, system) in scored.by_system.iter().zip(&one.by_system) {
                        prop_assert_eq!(column[row], byte(system.value));
                    }
                    let band = usize::try_from(scored.band[row]).ok().map(|b| bands.names()[b]);
                    prop_assert_eq!(band, one.band);
                    let missing: Vec<Item> = Item::ALL.iter().copied().filter(|i| scored.missing[row] >> i.code() & 1 == 1).collect();
                    prop_assert_eq!(&missing, &one.missing);
                    prop_assert_eq!(scored.notes[row], one.notes.iter().fold(0, |a, n| a | n.bit()));
                    prop_assert!(one.lower <= one.upper && one.upper <= 105);
                    prop_assert!(one.value.is_none_or(|v| (one.lower..=one.upper).contains(&v)));
                }
                let strict = Sledai::new(version).score(&items);
                prop_assert_eq!(sums[row], strict.value.map_or(-1, |v| v as i8));
            }
        }
    }
}
