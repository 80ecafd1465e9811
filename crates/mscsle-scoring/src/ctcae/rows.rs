//! A table of laboratory results, one a row.

use super::{Measured, Note, Term, grade};
use crate::ScoringError;
use crate::error::same_length;
use mscsle_domain::{LabValue, Qualifier, TextColumn, lab_test};
use std::collections::HashMap;

/// Results as numbers or as they are written.
#[derive(Debug, Clone, Copy)]
pub enum LabValues<'a> {
    /// Numbers, NaN where missing.
    Numbers(&'a [f64]),
    /// Texts such as `<0.15`.
    Texts(&'a TextColumn),
}

/// A table of laboratory results.
#[derive(Debug, Clone, Copy)]
pub struct CtcaeInput<'a> {
    /// Subject of each row.
    pub subject: &'a [i32],
    /// Test, as in the table `labs`.
    pub test: &'a TextColumn,
    /// Results.
    pub value: LabValues<'a>,
    /// Units; without, the canonical ones are taken.
    pub unit: Option<&'a TextColumn>,
    /// Lower limits of normal in the unit of the row.
    pub lln: Option<&'a [f64]>,
    /// Upper limits of normal in the unit of the row.
    pub uln: Option<&'a [f64]>,
    /// Rows that are baseline; of several for one subject and test, the last in time.
    pub baseline: Option<&'a [i8]>,
    /// Day of each row, by which baselines are ordered.
    pub day: Option<&'a [f64]>,
}

/// Grades of many results; -1 is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct CtcaeColumns {
    /// Position in [`Term::ALL`], -1 for tests without a term.
    pub term: Vec<i8>,
    /// Grade.
    pub grade: Vec<i8>,
    /// Least possible grade.
    pub lower: Vec<i8>,
    /// Greatest possible grade.
    pub upper: Vec<i8>,
    /// Grade of the subject's baseline.
    pub baseline_grade: Vec<i8>,
    /// Whether a row is the baseline its subject is held against.
    pub is_baseline: Vec<i8>,
    /// Bits of [`Note`].
    pub notes: Vec<u16>,
    /// What was graded, in the canonical unit.
    pub measured: Vec<Measured>,
}

impl CtcaeInput<'_> {
    fn check(&self) -> Result<usize, ScoringError> {
        let rows = self.subject.len();
        same_length("test", self.test.codes.len(), rows)?;
        match self.value {
            LabValues::Numbers(values) => same_length("value", values.len(), rows)?,
            LabValues::Texts(texts) => same_length("value", texts.codes.len(), rows)?,
        }
        for (name, length) in [
            ("unit", self.unit.map(|c| c.codes.len())),
            ("lln", self.lln.map(<[_]>::len)),
            ("uln", self.uln.map(<[_]>::len)),
            ("baseline", self.baseline.map(<[_]>::len)),
            ("date", self.day.map(<[_]>::len)),
        ] {
            if let Some(length) = length {
                same_length(name, length, rows)?;
            }
        }
        Ok(rows)
    }

    /// A row's result in the canonical unit, and the notes on reading it.
    fn read(&self, row: usize) -> (Option<Term>, Measured, u16) {
        let mut measured = Measured::new(f64::NAN);
        let id = self.test.get(row).unwrap_or_default();
        let Some(term) = Term::of_test(id) else { return (None, measured, Note::NoTerm.bit()) };
        let mut notes = 0;
        let number = match self.value {
            LabValues::Numbers(values) => values[row],
            LabValues::Texts(texts) => match texts.get(row).and_then(LabValue::parse) {
                Some(LabValue { number, qualifier: Qualifier::Exact }) => number,
                Some(LabValue { qualifier: Qualifier::Grade, .. }) | None => f64::NAN,
                Some(LabValue { number, .. }) => {
                    notes |= Note::Limit.bit();
                    number
                }
            },
        };
        let unit = lab_test(id).and_then(|test| {
            let spelling = self.unit.and_then(|c| c.get(row));
            match (self.unit, spelling) {
                (None, _) => test.unit(test.canonical_unit()),
                (Some(_), spelling) => spelling.and_then(|s| test.unit(s)),
            }
        });
        let Some(unit) = unit.filter(|_| !number.is_nan()) else {
            return (Some(term), measured, notes | Note::Unreadable.bit());
        };
        let mut limit = |column: Option<&[f64]>| {
            let x = column.map_or(f64::NAN, |c| c[row]);
            if x <= 0.0 {
                notes |= Note::BadLimit.bit();
                return f64::NAN;
            }
            unit.to_canonical(x)
        };
        (measured.lln, measured.uln) = (limit(self.lln), limit(self.uln));
        measured.value = unit.to_canonical(number);
        if lab_test(id).is_some_and(|test| !test.is_plausible(measured.value)) {
            notes |= Note::Implausible.bit();
        }
        (Some(term), measured, notes)
    }
}

/// Grades of laboratory results in rows. A row that cannot be read is missing with a note; it never stops the others.
///
/// # Errors
/// Unequal lengths.
pub fn grade_rows(input: &CtcaeInput<'_>) -> Result<CtcaeColumns, ScoringError> {
    let rows = input.check()?;
    let read: Vec<_> = (0..rows).map(|row| input.read(row)).collect();
    let mut baselines: HashMap<(i32, Term), usize> = HashMap::new();
    let day = |row: usize| input.day.map_or(0.0, |d| d[row]);
    if let Some(flags) = input.baseline {
        for (row, (term, measured, _)) in read.iter().enumerate() {
            let Some(term) = term.filter(|_| flags[row] == 1 && !measured.value.is_nan()) else { continue };
            let slot = baselines.entry((input.subject[row], term)).or_insert(row);
            // the later day wins; on the same day the later row
            if day(row) >= day(*slot) || day(*slot).is_nan() {
                *slot = row;
            }
        }
    }
    let own = |row: usize, term: Term| {
        let measured = &read[row].1;
        // the baseline is graded by its limits alone
        grade(term, &Measured { baseline: f64::NAN, baseline_uln: f64::NAN, ..*measured }).value
    };
    let mut out = CtcaeColumns {
        term: Vec::with_capacity(rows),
        grade: Vec::with_capacity(rows),
        lower: Vec::with_capacity(rows),
        upper: Vec::with_capacity(rows),
        baseline_grade: Vec::with_capacity(rows),
        is_baseline: Vec::with_capacity(rows),
        notes: Vec::with_capacity(rows),
        measured: Vec::with_capacity(rows),
    };
    for (row, (term, measured, notes)) in read.iter().enumerate() {
        let code = |grade: Option<u8>| grade.map_or(-1, |g| g as i8);
        let Some(term) = *term else {
            out.term.push(-1);
            out.grade.push(-1);
            out.lower.push(-1);
            out.upper.push(-1);
            out.baseline_grade.push(-1);
            out.is_baseline.push(0);
            out.notes.push(*notes);
            out.measured.push(*measured);
            continue;
        };
        let baseline = baselines.get(&(input.subject[row], term)).copied();
        let mut measured = *measured;
        if let Some(b) = baseline.filter(|&b| b != row) {
            (measured.baseline, measured.baseline_uln) = (read[b].1.value, read[b].1.uln);
        }
        let graded = grade(term, &measured);
        let mask = graded.notes.iter().fold(*notes, |all, note| all | note.bit());
        let is_baseline = baseline == Some(row);
        out.term.push(term.code() as i8);
        out.grade.push(code(graded.value));
        out.lower.push(graded.lower as i8);
        out.upper.push(graded.upper as i8);
        out.baseline_grade.push(baseline.map_or(-1, |b| code(own(b, term))));
        out.is_baseline.push(i8::from(is_baseline));
        // a baseline needs none of its own
        out.notes.push(if is_baseline { mask & !Note::NoBaseline.bit() } else { mask });
        out.measured.push(measured);
    }
    Ok(out)
}

/// The worst grade after baseline of one subject and term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorstShift {
    /// Subject.
    pub subject: i32,
    /// Term.
    pub term: Term,
    /// Grade at baseline, `None` without.
    pub baseline: Option<u8>,
    /// Highest grade of the rows that are not baseline and not before it.
    pub worst: u8,
    /// Row of that grade.
    pub row: usize,
}

impl WorstShift {
    /// Whether the worst grade lies above the baseline grade; without a baseline, above 0.
    #[must_use]
    pub fn is_emergent(&self) -> bool {
        self.worst > self.baseline.unwrap_or(0)
    }
}

/// The worst grade after baseline of each subject and term that has one, ordered by subject and term. Rows before the
/// baseline's day do not count.
#[must_use]
pub fn worst_shifts(input: &CtcaeInput<'_>, graded: &CtcaeColumns) -> Vec<WorstShift> {
    let mut first_day: HashMap<(i32, i8), f64> = HashMap::new();
    for row in 0..graded.term.len() {
        if graded.is_baseline[row] == 1
            && let Some(day) = input.day
        {
            first_day.insert((input.subject[row], graded.term[row]), day[row]);
        }
    }
    let mut worst: HashMap<(i32, i8), usize> = HashMap::new();
    for row in 0..graded.term.len() {
        let key = (input.subject[row], graded.term[row]);
        let early = match (first_day.get(&key), input.day) {
            (Some(&first), Some(day)) => day[row] < first,
            _ => false,
        };
        if graded.grade[row] < 0 || graded.is_baseline[row] == 1 || early {
            continue;
        }
        let slot = worst.entry(key).or_insert(row);
        if graded.grade[row] > graded.grade[*slot] {
            *slot = row;
        }
    }
    let mut out: Vec<WorstShift> = worst
        .into_iter()
        .filter_map(|((subject, term), row)| {
            Some(WorstShift {
                subject,
                term: *usize::try_from(term).ok().and_then(|t| Term::ALL.get(t))?,
                baseline: u8::try_from(graded.baseline_grade[row]).ok(),
                worst: u8::try_from(graded.grade[row]).ok()?,
                row,
            })
        })
        .collect();
    out.sort_by_key(|w| (w.subject, w.term));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_graded_against_its_baseline_with_units_converted() {
        let text = |values: &[&str]| TextColumn::from_values(values.iter().map(|v| Some(*v)));
        let test = text(&["creatinine", "creatinine", "haemoglobin", "c3"]);
        let values = text(&["60", "<100", "9.9", "0.8"]);
        let unit = text(&["umol/L", "umol/L", "g/dL", "g/L"]);
        let input = CtcaeInput {
            subject: &[0, 0, 0, 0],
            test: &test,
            value: LabValues::Texts(&values),
            unit: Some(&unit),
            lln: Some(&[f64::NAN, f64::NAN, 11.5, 0.9]),
            uln: Some(&[84.0, 84.0, f64::NAN, 1.8]),
            baseline: Some(&[1, 0, 0, 0]),
            day: Some(&[0.0, 30.0, 30.0, 30.0]),
        };
        let graded = grade_rows(&input).unwrap();
        assert_eq!(graded.grade, [0, 2, 2, -1]);
        assert_eq!(graded.baseline_grade, [0, 0, -1, -1]);
        assert_eq!(graded.notes[1], Note::Limit.bit());
        assert_eq!(graded.notes[3], Note::NoTerm.bit());
        let worst = worst_shifts(&input, &graded);
        assert_eq!(worst.len(), 2);
        assert_eq!(
            (worst[1].term, worst[1].baseline, worst[1].worst, worst[1].is_emergent()),
            (Term::Creatinine, Some(0), 2, true)
        );
    }

    #[test]
    fn row_that_cannot_be_read_stops_nobody_else() {
        let text = |values: &[&str]| TextColumn::from_values(values.iter().map(|v| Some(*v)));
        let (test, unit) = (text(&["platelets", "platelets"]), text(&["mg/dL", "10^9/L"]));
        let input = CtcaeInput {
            subject: &[0, 1],
            test: &test,
            value: LabValues::Numbers(&[20.0, 20.0]),
            unit: Some(&unit),
            lln: None,
            uln: None,
            baseline: None,
            day: None,
        };
        let graded = grade_rows(&input).unwrap();
        assert_eq!(graded.grade, [-1, 4]);
        assert_eq!(graded.notes, [Note::Unreadable.bit(), 0]);
    }
}
