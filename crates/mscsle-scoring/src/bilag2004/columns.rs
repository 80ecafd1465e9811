//! Visits in columns: previous visits, histology within 3 months, and D or E, by subject and date.

use super::clinical::{LANES, Rank, Ranks, block_by_sets, block_constitutional};
use super::haematology::HaematologyItems;
use super::renal::RenalItems;
use super::visit::{Bilag2004, Bounds, HAEMATOLOGY, RENAL, Visit, letter};
use super::{HISTOLOGY_DAYS, MissingPolicy, Note};
use crate::ScoringError;
use crate::bilag_numeric::{Coding, Grade};
use crate::error::same_length;
use mscsle_domain::{BILAG_2004_ITEMS, BilagItemKind};

/// One item over the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ItemColumn<'a> {
    /// No column: not done in any row.
    NotDone,
    /// A clinical (0 to 4) or yes/no item (0, 1), -1 where not done.
    Codes(&'a [i8]),
    /// A measured item, NaN where not measured.
    Values(&'a [f64]),
}

/// Visits in rows.
#[derive(Debug, Clone, Copy)]
pub struct BilagInput<'a> {
    /// Subject of each row.
    pub subject: &'a [i32],
    /// Day of each row, NaN without a date.
    pub day: &'a [f64],
    /// The 97 items in the order of the form.
    pub items: &'a [ItemColumn<'a>],
    /// For measured items, whether the value is due to lupus (1, 0, -1 not said); a value marked 0 does not count. Empty, or
    /// one entry an item.
    pub due_to_sle: &'a [Option<&'a [i8]>],
    /// Grades supplied by system (positions in [`Grade::ALL`], -1 none); they stand over the items. Empty, or nine entries.
    pub grades: &'a [Option<&'a [i8]>],
    /// Whether the system is stated as involved before, by system. Empty, or nine entries.
    pub involved: &'a [Option<&'a [i8]>],
}

/// Grades of many visits, as positions in [`Grade::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilagColumns {
    /// How they were formed.
    pub rule: Bilag2004,
    /// Grade by system, -1 where items not done leave it open.
    pub grade: Vec<Vec<i8>>,
    /// Mildest grade possible.
    pub mildest: Vec<Vec<i8>>,
    /// Most severe grade possible.
    pub severest: Vec<Vec<i8>>,
    /// Bits of [`Note`].
    pub notes: Vec<u16>,
    /// Row of the immediately preceding visit, -1 without.
    pub previous: Vec<i32>,
}

/// Numeric totals of graded visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeTotals {
    /// Total, -1 where a grade is open.
    pub total: Vec<i16>,
    /// Total of the mildest grades possible.
    pub lower: Vec<i16>,
    /// Total of the most severe grades possible.
    pub upper: Vec<i16>,
}

impl BilagColumns {
    /// Graded visits from letters as positions in [`Grade::ALL`]: the grade (-1 where open) and its bounds, by system.
    ///
    /// # Errors
    /// Unequal lengths.
    pub fn from_letters(
        rule: Bilag2004,
        grade: Vec<Vec<i8>>,
        mildest: Vec<Vec<i8>>,
        severest: Vec<Vec<i8>>,
    ) -> Result<BilagColumns, ScoringError> {
        let rows = grade.first().map_or(0, Vec::len);
        for column in grade.iter().chain(&mildest).chain(&severest) {
            same_length("grade", column.len(), rows)?;
        }
        Ok(BilagColumns { rule, grade, mildest, severest, notes: vec![0; rows], previous: vec![-1; rows] })
    }

    /// Numeric totals over the nine systems by a coding.
    #[must_use]
    pub fn totals(&self, coding: Coding) -> GradeTotals {
        let points =
            |code: i8| usize::try_from(code).ok().and_then(|c| Grade::ALL.get(c)).map(|g| i16::from(coding.points(*g)));
        let sum = |columns: &[Vec<i8>], row: usize| columns.iter().map(|c| points(c[row])).sum::<Option<i16>>();
        let all = |columns: &[Vec<i8>]| -> Vec<i16> {
            (0..self.notes.len()).map(|row| sum(columns, row).unwrap_or(-1)).collect()
        };
        GradeTotals { total: all(&self.grade), lower: all(&self.mildest), upper: all(&self.severest) }
    }
}

impl<'a> BilagInput<'a> {
    /// Codes of an item (number on the form) in a row.
    pub(super) fn code(&self, item: usize, row: usize) -> i8 {
        match self.items[item - 1] {
            ItemColumn::Codes(codes) => codes[row],
            _ => -1,
        }
    }

    /// A measured value that counts; `not_due` is what a value not due to lupus becomes.
    fn value(&self, item: usize, row: usize, not_due: f64) -> f64 {
        match self.items[item - 1] {
            ItemColumn::Values(values) => match self.due_to_sle.get(item - 1).copied().flatten() {
                Some(due) if due[row] == 0 => not_due,
                _ => values[row],
            },
            _ => f64::NAN,
        }
    }

    pub(super) fn renal(&self, row: usize) -> RenalItems {
        let value = |item| self.value(item, row, f64::NAN);
        RenalItems {
            systolic: value(78),
            diastolic: value(79),
            accelerated_hypertension: self.code(80, row),
            dipstick: value(81),
            acr: value(82),
            upcr: value(83),
            protein_24h: value(84),
            nephrotic_syndrome: self.code(85, row),
            creatinine: value(86),
            gfr: value(87),
            active_sediment: self.code(88, row),
            active_nephritis: self.code(89, row),
        }
    }

    pub(super) fn haematology(&self, row: usize) -> HaematologyItems {
        let value = |item| self.value(item, row, f64::INFINITY);
        HaematologyItems {
            haemoglobin: value(90),
            white_cells: value(91),
            neutrophils: value(92),
            lymphocytes: value(93),
            platelets: value(94),
            ttp: self.code(95, row),
            active_haemolysis: self.code(96, row),
            coombs_positive: self.code(97, row),
        }
    }

    /// The visit of a row; values not due to lupus are left out.
    #[must_use]
    pub fn visit(&self, row: usize) -> Visit {
        let mut visit = Visit::not_done();
        for item in 1..=97 {
            visit.codes[item - 1] = self.code(item, row);
            let not_due = if item >= 90 { f64::INFINITY } else { f64::NAN };
            visit.values[item - 1] = self.value(item, row, not_due);
        }
        visit
    }

    fn check(&self) -> Result<usize, ScoringError> {
        let rows = self.subject.len();
        same_length("date", self.day.len(), rows)?;
        if self.items.len() != 97 {
            return Err(ScoringError::ItemCount { instrument: "BILAG-2004", expected: 97, found: self.items.len() });
        }
        for (item, column) in BILAG_2004_ITEMS.iter().zip(self.items) {
            let refuse = |row: usize, value: String, allowed: &str| ScoringError::OutOfScale {
                item: item.id.to_owned(),
                row,
                value,
                allowed: allowed.to_owned(),
            };
            match (column, item.kind) {
                (ItemColumn::NotDone, _) => {}
                (ItemColumn::Codes(codes), BilagItemKind::Clinical | BilagItemKind::YesNo) => {
                    same_length(item.id, codes.len(), rows)?;
                    let (highest, allowed) =
                        if item.kind == BilagItemKind::YesNo { (1, "0 or 1") } else { (4, "0, 1, 2, 3 or 4") };
                    if let Some(row) = codes.iter().position(|code| !(-1..=highest).contains(code)) {
                        return Err(refuse(row, codes[row].to_string(), allowed));
                    }
                }
                (ItemColumn::Values(values), BilagItemKind::Value) => {
                    same_length(item.id, values.len(), rows)?;
                    if let Some(row) = values.iter().position(|&value| value < 0.0) {
                        return Err(refuse(row, values[row].to_string(), "a number >= 0"));
                    }
                }
                (ItemColumn::Codes(_), _) => return Err(refuse(0, "a code".to_owned(), "a measured value")),
                (ItemColumn::Values(_), _) => return Err(refuse(0, "a measured value".to_owned(), "a code")),
            }
        }
        for (name, columns, expected) in
            [("due_to_sle", self.due_to_sle, 97), ("grades", self.grades, 9), ("involved", self.involved, 9)]
        {
            if !columns.is_empty() && columns.len() != expected {
                return Err(ScoringError::ItemCount { instrument: "BILAG-2004", expected, found: columns.len() });
            }
            for column in columns.iter().flatten() {
                same_length(name, column.len(), rows)?;
            }
        }
        for (system, column) in self.grades.iter().enumerate() {
            if let Some(row) = column.and_then(|c| c.iter().position(|g| !(-1..5).contains(g))) {
                return Err(ScoringError::OutOfScale {
                    item: mscsle_domain::BILAG_2004_SYSTEMS[system].to_owned(),
                    row,
                    value: column.map_or(-1, |c| c[row]).to_string(),
                    allowed: "a position of A, B, C, D or E".to_owned(),
                });
            }
        }
        Ok(rows)
    }

    /// Rows by subject and day; rows without a day stand alone at the end of their subject.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.subject.len()).collect();
        let key = |row: usize| (self.subject[row], self.day[row]);
        let sorted = order.windows(2).all(|w| {
            let (a, b) = (key(w[0]), key(w[1]));
            a.0 < b.0 || (a.0 == b.0 && a.1.total_cmp(&b.1).is_le())
        });
        if !sorted {
            order.sort_by(|&a, &b| {
                let (a, b) = (key(a), key(b));
                a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
            });
        }
        order
    }
}

/// The columns of one piece of rows, read in blocks.
struct ClinicalPiece<'a, 'b> {
    input: &'a BilagInput<'b>,
    low: &'a mut [Vec<Rank>; 7],
    high: &'a mut [Vec<Rank>; 7],
}

impl pulp::NullaryFnOnce for ClinicalPiece<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let rows = self.input.subject.len();
        for start in (0..rows).step_by(LANES) {
            let n = LANES.min(rows - start);
            let block = |item: usize| {
                let mut codes = [-1i8; LANES];
                if let ItemColumn::Codes(column) = self.input.items[item - 1] {
                    codes[..n].copy_from_slice(&column[start..start + n]);
                }
                codes
            };
            for system in 0..7 {
                let ranks: Ranks =
                    if system == 0 { block_constitutional(block) } else { block_by_sets(system - 1, block) };
                self.low[system][start..start + n].copy_from_slice(&ranks.low[..n]);
                self.high[system][start..start + n].copy_from_slice(&ranks.high[..n]);
            }
        }
    }
}

impl Bilag2004 {
    /// Grades of visits in rows; the same rule as [`Bilag2004::grade`] with the previous visit, histology within 3 months and
    /// involvement taken from the subject's rows by date. The order of rows does not matter, save for visits of one day.
    ///
    /// # Errors
    /// Unequal lengths, another number of items, a value outside its scale (item, row and value are named).
    pub fn grade_columns(&self, input: &BilagInput<'_>) -> Result<BilagColumns, ScoringError> {
        let rows = input.check()?;
        let mut low: [Vec<Rank>; 7] = std::array::from_fn(|_| vec![0; rows]);
        let mut high: [Vec<Rank>; 7] = std::array::from_fn(|_| vec![0; rows]);
        pulp::Arch::new().dispatch(ClinicalPiece { input, low: &mut low, high: &mut high });
        let column = || vec![vec![0i8; rows]; 9];
        let mut out = BilagColumns {
            rule: *self,
            grade: column(),
            mildest: column(),
            severest: column(),
            notes: vec![0; rows],
            previous: vec![-1; rows],
        };
        let mut course = Course::new();
        for row in input.order() {
            let (previous, mut notes) = course.step(input, row);
            out.previous[row] = previous.map_or(-1, |(row, _)| row as i32);
            let mut now = input.renal(row);
            if now.active_nephritis != 1 && course.recent_histology(input.day[row]) {
                now.active_nephritis = 1;
            }
            let (renal, renal_notes) = self.renal_bounds(&now, previous.as_ref().map(|(_, items)| items));
            let (haematology, haematology_notes) = self.haematology_bounds(&input.haematology(row));
            notes |= renal_notes | haematology_notes;
            for system in 0..9 {
                let bounds = match system {
                    RENAL => renal,
                    HAEMATOLOGY => haematology,
                    _ => self.bounds(low[system][row], high[system][row]),
                };
                let stated = input.involved.get(system).copied().flatten().is_some_and(|c| c[row] == 1);
                let supplied = input.grades.get(system).copied().flatten().map_or(-1, |c| c[row]);
                let [grade, mildest, severest] =
                    course.letters(system, &bounds, stated, supplied, &mut notes, self.missing);
                out.grade[system][row] = grade;
                out.mildest[system][row] = mildest;
                out.severest[system][row] = severest;
            }
            if notes & Note::HaematologyProvisional.bit() != 0
                && input.grades.get(HAEMATOLOGY).copied().flatten().is_some_and(|c| c[row] >= 0)
            {
                notes &= !(Note::HaematologyProvisional.bit() | Note::WhiteCells.bit());
            }
            out.notes[row] = notes;
        }
        Ok(out)
    }
}

/// What is remembered of a subject while its visits are gone through by date.
struct Course {
    subject: Option<i32>,
    last: Option<(usize, f64, RenalItems)>,
    histology: f64,
    involved: [bool; 9],
}

impl Course {
    fn new() -> Course {
        Course { subject: None, last: None, histology: f64::NEG_INFINITY, involved: [false; 9] }
    }

    /// Goes on to a row; gives its previous visit and the notes on its date.
    fn step(&mut self, input: &BilagInput<'_>, row: usize) -> (Option<(usize, RenalItems)>, u16) {
        if self.subject != Some(input.subject[row]) {
            *self = Course { subject: Some(input.subject[row]), ..Course::new() };
        }
        let day = input.day[row];
        if day.is_nan() {
            return (None, Note::NoDate.bit());
        }
        let items = input.renal(row);
        let last = self.last.replace((row, day, items));
        let notes = if last.is_some_and(|(_, then, _)| then == day) { Note::SameDay.bit() } else { 0 };
        if items.active_nephritis == 1 {
            self.histology = day;
        }
        (last.map(|(row, _, items)| (row, items)), notes)
    }

    fn recent_histology(&self, day: f64) -> bool {
        day - self.histology <= HISTOLOGY_DAYS
    }

    /// Grade, mildest and most severe grade of a system as positions, and what they leave behind.
    fn letters(
        &mut self,
        system: usize,
        bounds: &Bounds,
        stated: bool,
        supplied: i8,
        notes: &mut u16,
        missing: MissingPolicy,
    ) -> [i8; 3] {
        self.involved[system] |= stated;
        let before = self.involved[system];
        let position = |rank| letter(rank, before).code() as i8;
        let computed = bounds.value.map_or(-1, position);
        if supplied >= 0 {
            *notes |= Note::GradeSupplied.bit();
            if computed >= 0 && computed != supplied && (computed < 3 || supplied < 3) {
                *notes |= Note::SuppliedDiffers.bit();
            }
            if supplied == Grade::E.code() as i8 && before {
                *notes |= Note::EAfterInvolvement.bit();
            }
            self.involved[system] |= supplied < Grade::E.code() as i8;
            return [supplied; 3];
        }
        if missing == MissingPolicy::Absent && bounds.open {
            *notes |= Note::MissingCountedAbsent.bit();
        }
        self.involved[system] |= bounds.low > 0 || bounds.value.is_some_and(|rank| rank > 0);
        [computed, position(bounds.low), position(bounds.high)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FirstVisit, WhiteCells};
    use super::*;
    use proptest::prelude::*;

    /// The columns of visits, with the vectors that own them.
    struct Owned {
        codes: Vec<Vec<i8>>,
        values: Vec<Vec<f64>>,
    }

    impl Owned {
        fn new(visits: &[Visit]) -> Owned {
            Owned {
                codes: (0..97).map(|i| visits.iter().map(|v| v.codes[i]).collect()).collect(),
                values: (0..97).map(|i| visits.iter().map(|v| v.values[i]).collect()).collect(),
            }
        }

        fn items(&self) -> Vec<ItemColumn<'_>> {
            BILAG_2004_ITEMS
                .iter()
                .enumerate()
                .map(|(i, item)| match item.kind {
                    BilagItemKind::Value => ItemColumn::Values(&self.values[i]),
                    _ => ItemColumn::Codes(&self.codes[i]),
                })
                .collect()
        }
    }

    fn grade(rule: Bilag2004, visits: &[Visit], subject: &[i32], day: &[f64]) -> BilagColumns {
        let owned = Owned::new(visits);
        let items = owned.items();
        let input = BilagInput { subject, day, items: &items, due_to_sle: &[], grades: &[], involved: &[] };
        rule.grade_columns(&input).unwrap()
    }

    fn visit() -> impl Strategy<Value = Visit> {
        let codes = proptest::collection::vec(prop_oneof![12 => Just(0i8), 1 => -1i8..5], 97);
        let values = proptest::collection::vec(prop_oneof![1 => Just(f64::NAN), 3 => 0.0f64..1.0], 97);
        (codes, values).prop_map(|(codes, values)| {
            let mut visit = Visit::not_done();
            for (i, item) in BILAG_2004_ITEMS.iter().enumerate() {
                let scale = match item.number {
                    78 => 200.0,
                    79 => 120.0,
                    81 => 4.0,
                    82 | 83 => 200.0,
                    84 => 3.0,
                    86 => 250.0,
                    87 => 120.0,
                    90 => 15.0,
                    94 => 300.0,
                    _ => 5.0,
                };
                match item.kind {
                    BilagItemKind::Clinical => visit.codes[i] = codes[i],
                    BilagItemKind::YesNo => visit.codes[i] = codes[i].min(1),
                    _ => visit.values[i] = (values[i] * scale * 10.0).round() / 10.0,
                }
            }
            visit
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn columns_agree_with_one_visit_at_a_time_in_any_order(
            rows in proptest::collection::vec((visit(), 0i32..3), 0..80),
            seed in any::<u64>(),
            missing in proptest::sample::select(MissingPolicy::ALL),
            first_visit in proptest::sample::select(FirstVisit::ALL),
            white_cells in proptest::sample::select(WhiteCells::ALL),
        ) {
            let rule = Bilag2004 { missing, first_visit, white_cells };
            // the days of a subject are distinct and in no order
            let day: Vec<f64> = (0..rows.len()).map(|i| (((i as u64 * 2_654_435_761) ^ seed) % 100_003) as f64 / 60.0).collect();
            prop_assume!((0..day.len()).all(|i| (0..i).all(|j| day[i] != day[j])));
            let (visits, subject): (Vec<Visit>, Vec<i32>) = rows.into_iter().unzip();
            let columns = grade(rule, &visits, &subject, &day);
            for who in 0..3 {
                let mut mine: Vec<usize> = (0..day.len()).filter(|&r| subject[r] == who).collect();
                mine.sort_by(|&a, &b| day[a].total_cmp(&day[b]));
                let mut involved = [false; 9];
                for (k, &row) in mine.iter().enumerate() {
                    let previous = k.checked_sub(1).map(|k| visits[mine[k]].renal());
                    let mut now = visits[row].clone();
                    if mine[..k].iter().any(|&r| visits[r].codes[88] == 1 && day[row] - day[r] <= HISTOLOGY_DAYS) {
                        now.codes[88] = 1;
                    }
                    let one = rule.grade(&now, previous.as_ref(), &involved);
                    for (system, s) in one.systems.iter().enumerate() {
                        prop_assert_eq!(columns.grade[system][row], s.value.map_or(-1, |g| g.code() as i8));
                        prop_assert_eq!(columns.mildest[system][row], s.mildest.code() as i8);
                        prop_assert_eq!(columns.severest[system][row], s.severest.code() as i8);
                        prop_assert!(s.severest <= s.mildest);
                        // never E after A to D
                        prop_assert!(!(involved[system] && s.mildest == Grade::E));
                        involved[system] |= s.mildest < Grade::D || s.value.is_some_and(|g| g < Grade::E);
                    }
                    prop_assert_eq!(columns.notes[row], one.notes.iter().fold(0, |a, n| a | n.bit()));
                }
            }
        }

        #[test]
        fn improving_a_clinical_item_never_worsens_a_grade(visit in visit(), item in 0usize..77, code in 1i8..5) {
            let rule = Bilag2004::default();
            let (mut visit, mut better) = (visit.clone(), visit);
            visit.codes[item] = code;
            better.codes[item] = i8::from(code > 1);
            let [now, then] = [&better, &visit].map(|v| rule.grade(v, None, &[true; 9]).systems);
            prop_assert!(now.iter().zip(&then).all(|(n, t)| n.mildest >= t.mildest && n.severest >= t.severest));
        }
    }

    #[test]
    fn d_follows_involvement_and_e_stands_before_it() {
        let ulcer = Visit::unremarkable().code(10, Some(4)).unwrap();
        let visits = [Visit::unremarkable(), ulcer, Visit::unremarkable()];
        let columns = grade(Bilag2004::default(), &visits, &[0, 0, 0], &[0.0, 30.0, 60.0]);
        assert_eq!(columns.grade[1], [4, 2, 3], "E, C, D");
        assert_eq!(columns.grade[0], [4, 4, 4]);
        assert_eq!(columns.previous, [-1, 0, 1]);
        let owned = Owned::new(&visits);
        let items = owned.items();
        let input = BilagInput {
            subject: &[0, 0, 0],
            day: &[0.0, 30.0, 60.0],
            items: &items,
            due_to_sle: &[],
            grades: &[],
            involved: &[],
        };
        let rule = super::super::FlareRule::Isenberg2011;
        assert_eq!(columns.flares(&input, false, rule).flare, [-1, 0, 0], "one C is no flare");
        assert_eq!(columns.flares(&input, true, rule).flare, [0, 0, 0]);
        assert_eq!(columns.totals(Coding::Yee2010).total, [0, 1, 0]);
    }

    #[test]
    fn histology_counts_at_visits_within_three_months() {
        let biopsy = Visit::unremarkable().code(89, Some(1)).unwrap();
        let visits = [biopsy, Visit::unremarkable(), Visit::unremarkable()];
        let columns = grade(Bilag2004::default(), &visits, &[0, 0, 0], &[0.0, 92.0, 93.0]);
        assert_eq!(columns.grade[RENAL], [1, 1, 3]);
    }

    #[test]
    fn value_not_due_to_lupus_does_not_count() {
        let anaemia = Visit::unremarkable().value(90, 7.0).unwrap().value(84, 2.0).unwrap();
        let owned = Owned::new(&[anaemia]);
        let items = owned.items();
        let not_due = [0i8];
        let mut due = vec![None; 97];
        due[89] = Some(&not_due[..]);
        due[83] = Some(&not_due[..]);
        let input =
            BilagInput { subject: &[0], day: &[0.0], items: &items, due_to_sle: &due, grades: &[], involved: &[] };
        let columns = Bilag2004::default().grade_columns(&input).unwrap();
        assert_eq!((columns.grade[HAEMATOLOGY][0], columns.grade[RENAL][0]), (4, 4));
        assert_eq!(columns.notes[0] & Note::ProteinNotMeasured.bit(), Note::ProteinNotMeasured.bit());
    }

    #[test]
    fn supplied_grade_stands_over_the_items_and_e_after_involvement_is_noted() {
        let owned = Owned::new(&[Visit::unremarkable(), Visit::unremarkable()]);
        let items = owned.items();
        let letters = [1i8, 4];
        let mut grades = vec![None; 9];
        grades[HAEMATOLOGY] = Some(&letters[..]);
        let input = BilagInput {
            subject: &[0, 0],
            day: &[0.0, 9.0],
            items: &items,
            due_to_sle: &[],
            grades: &grades,
            involved: &[],
        };
        let columns = Bilag2004::default().grade_columns(&input).unwrap();
        assert_eq!(columns.grade[HAEMATOLOGY], [1, 4]);
        assert_eq!(columns.notes[1] & Note::EAfterInvolvement.bit(), Note::EAfterInvolvement.bit());
        assert_eq!(columns.notes[0] & Note::HaematologyProvisional.bit(), 0);
    }

    #[test]
    fn value_outside_the_scale_names_item_and_row() {
        let mut owned = Owned::new(&[Visit::unremarkable(), Visit::unremarkable()]);
        owned.codes[4][1] = 7;
        let items = owned.items();
        let input = BilagInput {
            subject: &[0, 0],
            day: &[0.0, 1.0],
            items: &items,
            due_to_sle: &[],
            grades: &[],
            involved: &[],
        };
        let error = Bilag2004::default().grade_columns(&input).unwrap_err();
        assert_eq!(error.to_string(), "`skin_eruption_severe` must be 0, 1, 2, 3 or 4, but row 1 is 7");
    }
}
