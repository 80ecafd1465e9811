//! The equations over one patient and over columns.

use super::{CREATININE_FACTOR, CREATININE_GREATEST, CREATININE_LEAST, CreatinineUnit, Equation, Note, Sex, Under18};
use crate::ScoringError;
use crate::elementary::{exp, ln};
use crate::error::same_length;
use crate::why::{Confidence, Reason, Why, plain};
use rayon::prelude::*;

/// One patient; `None` is missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Patient {
    /// Creatinine in the unit of the rule.
    pub creatinine: Option<f64>,
    /// Age in years, decimal or completed.
    pub age_years: Option<f64>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Weight, for Cockcroft-Gault.
    pub weight_kg: Option<f64>,
    /// Height, for Schwartz.
    pub height_cm: Option<f64>,
    /// Whether the race coefficient of the original publication applies.
    pub race_coefficient: bool,
    /// Whether the patient is on dialysis.
    pub dialysis: bool,
    /// Age at the subject's first row, which decides the equation of the whole course.
    pub entry_age_years: Option<f64>,
}

/// An estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The rate in the unit of `equation`, `None` when it was not computed.
    pub value: Option<f64>,
    /// The equation used.
    pub equation: Equation,
    /// What has to be said.
    pub notes: Vec<Note>,
}

/// Columns of one call; NaN is missing in numbers, -1 in codes and flags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EgfrInput<'a> {
    /// Creatinine in the unit of the rule.
    pub creatinine: &'a [f64],
    /// Age in years.
    pub age_years: &'a [f64],
    /// 0 female, 1 male: positions in [`Sex::ALL`].
    pub sex: &'a [i8],
    /// Weight.
    pub weight_kg: Option<&'a [f64]>,
    /// Height.
    pub height_cm: Option<&'a [f64]>,
    /// Whether the race coefficient applies.
    pub race_coefficient: Option<&'a [i8]>,
    /// Whether on dialysis.
    pub dialysis: Option<&'a [i8]>,
    /// Subject of each row; with it the equation never changes within a subject.
    pub subject: Option<&'a [i32]>,
}

/// Estimates of many rows.
#[derive(Debug, Clone, PartialEq)]
pub struct EgfrColumns {
    /// How they were computed.
    pub rule: Egfr,
    /// The rate, NaN where it was not computed.
    pub value: Vec<f64>,
    /// Position of the equation used in [`Equation::ALL`].
    pub equation: Vec<i8>,
    /// Bits of [`Note`].
    pub notes: Vec<u16>,
}

/// How to estimate.
///
/// ```
/// use mscsle_scoring::egfr::{CreatinineUnit, Egfr, Equation, Patient, Sex};
///
/// let egfr = Egfr::new(Equation::CkdEpi2021, CreatinineUnit::MicromolPerLitre);
/// let patient = Patient { creatinine: Some(88.4), age_years: Some(30.0), sex: Some(Sex::Female), ..Patient::default() };
/// assert!((egfr.estimate(&patient).value.unwrap() - 77.7242).abs() < 5e-5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Egfr {
    /// The equation for adults (or Schwartz).
    pub equation: Equation,
    /// The unit of creatinine.
    pub unit: CreatinineUnit,
    /// What happens below 18 years.
    pub under_18: Under18,
}

/// `exp(scale + (low if r < 0 else high) r + age_linear age + age_log ln(age))` with `r = ln(creatinine) - ln_kappa`;
/// arrays are female, male.
#[derive(Clone, Copy)]
struct Coefficients {
    scale: [f64; 2],
    ln_kappa: [f64; 2],
    low: [f64; 2],
    high: f64,
    age_linear: f64,
    age_log: f64,
    race: f64,
}

impl Coefficients {
    fn of(equation: Equation, micromol: f64) -> Option<Coefficients> {
        // creatinine enters in the unit of the data: kappa is brought to it, not each value to mg/dL
        let unit = ln(CREATININE_FACTOR / micromol);
        let kinked = |scale: f64, female: f64, low: [f64; 2], high, base: f64, race| Coefficients {
            scale: [ln(scale * female), ln(scale)],
            ln_kappa: [ln(0.7) + unit, ln(0.9) + unit],
            low,
            high,
            age_linear: ln(base),
            age_log: 0.0,
            race,
        };
        let power = |scale: f64, female: f64, creatinine, age_log, race| Coefficients {
            scale: [ln(scale * female), ln(scale)],
            ln_kappa: [unit; 2],
            low: [creatinine; 2],
            high: creatinine,
            age_linear: 0.0,
            age_log,
            race,
        };
        match equation {
            Equation::CkdEpi2021 => Some(kinked(142.0, 1.012, [-0.241, -0.302], -1.2, 0.9938, 1.0)),
            Equation::CkdEpi2009 => Some(kinked(141.0, 1.018, [-0.329, -0.411], -1.209, 0.993, 1.159)),
            Equation::Mdrd175 => Some(power(175.0, 0.742, -1.154, -0.203, 1.212)),
            Equation::Mdrd186 => Some(power(186.0, 0.742, -1.154, -0.203, 1.212)),
            Equation::ChineseAgfr => Some(power(175.0, 0.79, -1.234, -0.179, 1.0)),
            Equation::CockcroftGault | Equation::Schwartz => None,
        }
    }

    #[inline(always)]
    fn value<const LOG_AGE: bool>(&self, creatinine: f64, age: f64, male: bool) -> f64 {
        let pick = |by_sex: [f64; 2]| if male { by_sex[1] } else { by_sex[0] };
        let r = ln(creatinine) - pick(self.ln_kappa);
        let slope = if r < 0.0 { pick(self.low) } else { self.high };
        let age_term = if LOG_AGE { self.age_log * ln(age) } else { self.age_linear * age };
        exp(pick(self.scale) + slope * r + age_term)
    }
}

/// Rows in one inner loop.
const LANES: usize = 64;
/// Rows of one parallel piece.
const PIECE: usize = 16 * 1024;

struct FastPiece<'a, const LOG_AGE: bool> {
    coefficients: &'a Coefficients,
    micromol: f64,
    creatinine: &'a [f64],
    age: &'a [f64],
    sex: &'a [i8],
    out: &'a mut [f64],
}

#[expect(clippy::manual_range_contains, reason = "plain comparisons joined by & are vectorised")]
impl<const LOG_AGE: bool> pulp::NullaryFnOnce for FastPiece<'_, LOG_AGE> {
    /// Whether every row gave a number.
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        let mut all_valid = true;
        // a copy, which no write to `out` can change: otherwise it is read again for every row
        let coefficients = *self.coefficients;
        let least = CREATININE_LEAST / self.micromol;
        let greatest = CREATININE_GREATEST / self.micromol;
        let chunks = self.out.chunks_mut(LANES);
        let inputs = self.creatinine.chunks(LANES).zip(self.age.chunks(LANES)).zip(self.sex.chunks(LANES));
        for (out, ((creatinine, age), sex)) in chunks.zip(inputs) {
            for (((out, &c), &a), &s) in out.iter_mut().zip(creatinine).zip(age).zip(sex) {
                let valid = (c >= least) & (c <= greatest) & (a >= 18.0) & (a <= 120.0) & (s >= 0);
                let value = coefficients.value::<LOG_AGE>(c, a, s == 1);
                *out = if valid { value } else { f64::NAN };
                all_valid &= valid;
            }
        }
        all_valid
    }
}

impl Egfr {
    /// An equation with the unit of creatinine; not computed below 18 years.
    #[must_use]
    pub const fn new(equation: Equation, unit: CreatinineUnit) -> Egfr {
        Egfr { equation, unit, under_18: Under18::Refuse }
    }

    /// With another rule below 18 years.
    #[must_use]
    pub const fn under_18(mut self, rule: Under18) -> Egfr {
        self.under_18 = rule;
        self
    }

    /// The equation for a patient of an age, and whether it is kept from the subject's first row.
    fn equation_at(&self, age: f64, entry: Option<f64>) -> (Equation, bool) {
        let deciding = entry.unwrap_or(age);
        let for_children = self.equation == Equation::Schwartz || self.under_18 == Under18::Schwartz;
        if for_children && deciding < 18.0 { (Equation::Schwartz, age >= 18.0) } else { (self.equation, false) }
    }

    /// The estimate for one patient.
    #[must_use]
    pub fn estimate(&self, patient: &Patient) -> Estimate {
        let refused = |equation, note| Estimate { value: None, equation, notes: vec![note] };
        let Some(creatinine) = patient.creatinine.filter(|c| !c.is_nan()) else {
            return refused(self.equation, Note::MissingCreatinine);
        };
        if patient.dialysis {
            return refused(self.equation, Note::Dialysis);
        }
        let micromol = self.unit.micromol();
        if !(CREATININE_LEAST / micromol..=CREATININE_GREATEST / micromol).contains(&creatinine) {
            return refused(self.equation, Note::ImplausibleCreatinine);
        }
        let (Some(age), Some(sex)) = (patient.age_years.filter(|a| !a.is_nan()), patient.sex) else {
            return refused(self.equation, Note::MissingInput);
        };
        if !(0.0..=120.0).contains(&age) {
            return refused(self.equation, Note::ImplausibleAge);
        }
        let (equation, kept) = self.equation_at(age, patient.entry_age_years);
        if equation == Equation::Schwartz && !kept && !(1.0..18.0).contains(&age) {
            return refused(equation, Note::AgeOutsideSchwartz);
        }
        if equation != Equation::Schwartz && age < 18.0 {
            return refused(equation, Note::AgeBelow18);
        }
        let body = match equation {
            Equation::CockcroftGault => patient.weight_kg.map(|w| (w, 1.0, 400.0)),
            Equation::Schwartz => patient.height_cm.map(|h| (h, 30.0, 250.0)),
            _ => Some((1.0, 0.0, 2.0)),
        };
        let body = match body.filter(|(x, ..)| !x.is_nan()) {
            None => return refused(equation, Note::MissingInput),
            Some((x, least, greatest)) if !(least..=greatest).contains(&x) => {
                return refused(equation, Note::ImplausibleBody);
            }
            Some((x, ..)) => x,
        };
        let value = self.value(equation, creatinine, age, sex, body, patient.race_coefficient);
        let mut notes = Vec::new();
        if equation == Equation::Schwartz && self.equation != Equation::Schwartz {
            notes.push(Note::SchwartzUsed);
        }
        if kept {
            notes.push(Note::EquationKept);
        }
        Estimate { value: Some(value), equation, notes }
    }

    fn value(&self, equation: Equation, creatinine: f64, age: f64, sex: Sex, body: f64, race: bool) -> f64 {
        let micromol = self.unit.micromol();
        let milligram = creatinine * micromol / CREATININE_FACTOR;
        let male = sex == Sex::Male;
        match (Coefficients::of(equation, micromol), equation) {
            (Some(coefficients), _) => {
                let value = if coefficients.age_log == 0.0 {
                    coefficients.value::<false>(creatinine, age, male)
                } else {
                    coefficients.value::<true>(creatinine, age, male)
                };
                if race { value * coefficients.race } else { value }
            }
            (None, Equation::CockcroftGault) => {
                (140.0 - age) * body / (72.0 * milligram) * if male { 1.0 } else { 0.85 }
            }
            (None, _) => 0.413 * body / milligram,
        }
    }

    /// The estimates for columns; the same rule as [`Egfr::estimate`].
    ///
    /// A row that cannot be computed is NaN with a note; it never stops the others.
    ///
    /// # Errors
    /// Unequal lengths; a weight column missing for Cockcroft-Gault, a height column for Schwartz.
    pub fn estimate_columns(&self, input: &EgfrInput<'_>) -> Result<EgfrColumns, ScoringError> {
        let rows = input.creatinine.len();
        same_length("age", input.age_years.len(), rows)?;
        same_length("sex", input.sex.len(), rows)?;
        for (name, length) in [
            ("weight", input.weight_kg.map(<[_]>::len)),
            ("height", input.height_cm.map(<[_]>::len)),
            ("race_coefficient", input.race_coefficient.map(<[_]>::len)),
            ("dialysis", input.dialysis.map(<[_]>::len)),
            ("subject", input.subject.map(<[_]>::len)),
        ] {
            if let Some(length) = length {
                same_length(name, length, rows)?;
            }
        }
        let needs = |input: &str| ScoringError::MissingInput {
            rule: self.equation.label().to_owned(),
            input: format!("`{input}`"),
        };
        if self.equation.needs_weight() && input.weight_kg.is_none() {
            return Err(needs("weight"));
        }
        if self.equation.needs_height() && input.height_cm.is_none() {
            return Err(needs("height"));
        }
        if self.under_18 == Under18::Schwartz && input.height_cm.is_none() {
            return Err(ScoringError::MissingInput {
                rule: "under_18 `schwartz`".to_owned(),
                input: "`height`".to_owned(),
            });
        }
        let entry = input.subject.map(|subject| entry_ages(subject, input.age_years));
        let mut out = EgfrColumns {
            rule: *self,
            value: vec![0.0; rows],
            equation: vec![self.equation.code() as i8; rows],
            notes: vec![0; rows],
        };
        let micromol = self.unit.micromol();
        let coefficients = Coefficients::of(self.equation, micromol);
        let plain_rows = input.dialysis.is_none() && input.race_coefficient.is_none() && input.subject.is_none();
        let EgfrColumns { value, equation, notes, .. } = &mut out;
        value
            .par_chunks_mut(PIECE)
            .zip(equation.par_chunks_mut(PIECE))
            .zip(notes.par_chunks_mut(PIECE))
            .enumerate()
            .for_each(|(piece, ((values, equations), notes))| {
                let start = piece * PIECE;
                let fast = coefficients.as_ref().filter(|_| plain_rows);
                if let Some(coefficients) = fast
                    && self.fast_piece(coefficients, input, start, values)
                {
                    return;
                }
                for (i, value) in values.iter_mut().enumerate() {
                    // rows of the fast path that gave a number need no second look
                    if fast.is_some() && !value.is_nan() {
                        continue;
                    }
                    let estimate = self.estimate(&input.patient(start + i, entry.as_deref()));
                    *value = estimate.value.unwrap_or(f64::NAN);
                    equations[i] = estimate.equation.code() as i8;
                    notes[i] = estimate.notes.iter().fold(0, |all, note| all | note.bit());
                }
            });
        Ok(out)
    }

    /// Adults in one vectorised pass; NaN where a row needs a second look. Says whether none does.
    fn fast_piece(&self, coefficients: &Coefficients, input: &EgfrInput<'_>, start: usize, out: &mut [f64]) -> bool {
        let at = start..start + out.len();
        let (creatinine, age, sex) = (&input.creatinine[at.clone()], &input.age_years[at.clone()], &input.sex[at]);
        let (micromol, arch) = (self.unit.micromol(), pulp::Arch::new());
        if coefficients.age_log == 0.0 {
            arch.dispatch(FastPiece::<false> { coefficients, micromol, creatinine, age, sex, out })
        } else {
            arch.dispatch(FastPiece::<true> { coefficients, micromol, creatinine, age, sex, out })
        }
    }

    /// Why a patient has this estimate.
    #[must_use]
    pub fn why(&self, patient: &Patient) -> Why {
        let estimate = self.estimate(patient);
        let mut why = Why::default();
        let equation = estimate.equation;
        let mut step = |item: &str, value: Option<String>, sentence: String, decided| {
            why.push(Reason {
                rule: format!("egfr.{}", equation.word()),
                confidence: Confidence::High,
                item: item.to_owned(),
                value,
                threshold: String::new(),
                contribution: None,
                decided,
                sentence,
            });
        };
        if let Some(creatinine) = patient.creatinine {
            let milligram = creatinine * self.unit.micromol() / CREATININE_FACTOR;
            let converted = match self.unit {
                CreatinineUnit::MicromolPerLitre => format!(" = {} mg/dL (divided by 88.4)", plain(milligram)),
                CreatinineUnit::MilligramPerDecilitre => String::new(),
            };
            step(
                "creatinine",
                Some(plain(creatinine)),
                format!("Creatinine is {} {}{converted}.", plain(creatinine), self.unit),
                false,
            );
            let kappa = match (equation, patient.sex) {
                (Equation::CkdEpi2009 | Equation::CkdEpi2021, Some(Sex::Female)) => Some(0.7),
                (Equation::CkdEpi2009 | Equation::CkdEpi2021, Some(Sex::Male)) => Some(0.9),
                _ => None,
            };
            if let (Some(kappa), true) = (kappa, estimate.value.is_some()) {
                let side = if milligram < kappa { "below" } else { "not below" };
                step(
                    "creatinine",
                    Some(plain(milligram)),
                    format!("That is {side} {kappa} mg/dL, the bend of the equation for this sex."),
                    false,
                );
            }
        }
        for (item, value, unit) in [
            ("age", patient.age_years, "years"),
            ("weight", patient.weight_kg.filter(|_| equation.needs_weight()), "kg"),
            ("height", patient.height_cm.filter(|_| equation.needs_height()), "cm"),
        ] {
            if let Some(value) = value {
                step(item, Some(plain(value)), format!("The {item} is {} {unit}.", plain(value)), false);
            }
        }
        if let Some(sex) = patient.sex {
            let word = if sex == Sex::Female { "female" } else { "male" };
            step("sex", Some(sex.word().to_owned()), format!("The patient is {word}."), false);
        }
        let sentence = match estimate.value {
            Some(value) => {
                format!("{} gives {:.2} {} ({}).", equation.label(), value, equation.unit(), equation.citation())
            }
            None => format!("{} is not computed.", equation.label()),
        };
        step("egfr", estimate.value.map(plain), sentence, true);
        for note in &estimate.notes {
            step("egfr", None, format!("Note: {}.", note.sentence()), false);
        }
        why
    }
}

impl EgfrInput<'_> {
    fn patient(&self, row: usize, entry: Option<&[f64]>) -> Patient {
        let number = |column: Option<&[f64]>| column.and_then(|c| c.get(row)).copied().filter(|x| !x.is_nan());
        let flag = |column: Option<&[i8]>| column.and_then(|c| c.get(row)).is_some_and(|&x| x == 1);
        Patient {
            creatinine: number(Some(self.creatinine)),
            age_years: number(Some(self.age_years)),
            sex: self.sex.get(row).and_then(|&s| usize::try_from(s).ok()).and_then(|s| Sex::ALL.get(s)).copied(),
            weight_kg: number(self.weight_kg),
            height_cm: number(self.height_cm),
            race_coefficient: flag(self.race_coefficient),
            dialysis: flag(self.dialysis),
            entry_age_years: number(entry),
        }
    }

    /// The patient of a row, as [`Egfr::why`] needs it.
    ///
    /// # Errors
    /// A row that does not exist.
    pub fn row(&self, row: usize) -> Result<Patient, ScoringError> {
        if row >= self.creatinine.len() {
            return Err(ScoringError::NoSuchRow { row, last: self.creatinine.len().saturating_sub(1) });
        }
        let entry = self.subject.map(|subject| entry_ages(subject, self.age_years));
        Ok(self.patient(row, entry.as_deref()))
    }
}

/// For each row, the least age among the rows of its subject.
fn entry_ages(subject: &[i32], age: &[f64]) -> Vec<f64> {
    let mut least: std::collections::HashMap<i32, f64> = std::collections::HashMap::new();
    for (&who, &years) in subject.iter().zip(age) {
        if who >= 0 && !years.is_nan() {
            least.entry(who).and_modify(|l| *l = l.min(years)).or_insert(years);
        }
    }
    subject.iter().map(|who| least.get(who).copied().unwrap_or(f64::NAN)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The vectors print four decimals.
    const ATOL_VECTORS: f64 = 5e-5;

    fn estimate(equation: Equation, sex: Sex, age: f64, micromol: f64) -> f64 {
        let patient = Patient {
            creatinine: Some(micromol),
            age_years: Some(age),
            sex: Some(sex),
            weight_kg: Some(60.0),
            ..Patient::default()
        };
        Egfr::new(equation, CreatinineUnit::MicromolPerLitre).estimate(&patient).value.unwrap()
    }

    #[test]
    fn tv_16_seven_patients_five_equations() {
        use Sex::{Female as F, Male as M};
        let equations = [
            Equation::CkdEpi2009,
            Equation::CkdEpi2021,
            Equation::Mdrd175,
            Equation::ChineseAgfr,
            Equation::CockcroftGault,
        ];
        for (sex, age, creatinine, expected) in [
            (F, 30.0, 88.4, [75.5384, 77.7242, 65.1008, 75.2074, 77.9167]),
            (F, 25.0, 50.0, [129.1686, 129.4958, 130.3931, 156.9737, 144.0183]),
            (F, 30.0, 61.88, [116.2638, 119.2446, 98.2524, 116.7910, 111.3095]),
            (F, 45.0, 150.0, [35.8734, 37.5383, 32.5714, 36.4222, 39.6572]),
            (M, 35.0, 120.0, [67.0892, 69.7540, 59.7617, 63.5130, 64.4583]),
            (M, 40.0, 60.0, [119.5513, 120.5747, 129.4313, 145.8656, 122.7778]),
            (F, 28.0, 265.2, [20.2969, 21.0578, 18.5811, 19.6271, 26.4444]),
        ] {
            for (equation, expected) in equations.into_iter().zip(expected) {
                let value = estimate(equation, sex, age, creatinine);
                assert!((value - expected).abs() < ATOL_VECTORS, "{equation} {sex} {age} {creatinine}: {value}");
            }
        }
    }

    #[test]
    fn tv_17_printed_examples_of_a_man_of_50() {
        let egfr = |equation, milligram| estimate(equation, Sex::Male, 50.0, milligram * 88.4);
        for (milligram, ckd, mdrd) in
            [(0.6, 117.60, 142.61), (1.0, 91.69, 79.09), (1.5, 56.37, 49.54), (2.0, 39.91, 35.54)]
        {
            assert!((egfr(Equation::CkdEpi2021, milligram) - ckd).abs() < 5e-3, "{milligram}");
            assert!((egfr(Equation::Mdrd175, milligram) - mdrd).abs() < 5e-3, "{milligram}");
        }
    }

    #[test]
    fn tv_18_bedside_schwartz() {
        let patient = Patient {
            creatinine: Some(62.0),
            age_years: Some(12.0),
            sex: Some(Sex::Female),
            height_cm: Some(140.0),
            ..Patient::default()
        };
        let schwartz = Egfr::new(Equation::Schwartz, CreatinineUnit::MicromolPerLitre).estimate(&patient);
        assert!((schwartz.value.unwrap() - 82.440).abs() < 5e-4);
        let adult = Egfr::new(Equation::CkdEpi2021, CreatinineUnit::MicromolPerLitre);
        assert_eq!(adult.estimate(&patient).notes, [Note::AgeBelow18]);
        let both = adult.under_18(Under18::Schwartz).estimate(&patient);
        assert_eq!((both.value, both.notes), (schwartz.value, vec![Note::SchwartzUsed]));
    }

    #[test]
    fn equation_does_not_change_at_the_18th_birthday() {
        let rule = Egfr::new(Equation::CkdEpi2021, CreatinineUnit::MicromolPerLitre).under_18(Under18::Schwartz);
        let columns = rule
            .estimate_columns(&EgfrInput {
                creatinine: &[60.0, 60.0, 60.0],
                age_years: &[17.5, 18.5, 18.5],
                sex: &[0, 0, 0],
                weight_kg: None,
                height_cm: Some(&[160.0, 160.0, 160.0]),
                race_coefficient: None,
                dialysis: None,
                subject: Some(&[0, 0, 1]),
            })
            .unwrap();
        assert_eq!(columns.value[0], columns.value[1]);
        assert_eq!(columns.notes[1], Note::SchwartzUsed.bit() | Note::EquationKept.bit());
        assert_eq!((columns.notes[2], columns.equation[2]), (0, Equation::CkdEpi2021.code() as i8));
    }

    #[test]
    fn wrong_unit_is_noted_by_row_and_stops_nobody_else() {
        let columns = Egfr::new(Equation::CkdEpi2021, CreatinineUnit::MicromolPerLitre)
            .estimate_columns(&EgfrInput {
                creatinine: &[1.2, 88.4, f64::NAN],
                age_years: &[30.0, 30.0, 30.0],
                sex: &[0, 0, 1],
                weight_kg: None,
                height_cm: None,
                race_coefficient: None,
                dialysis: None,
                subject: None,
            })
            .unwrap();
        assert!(columns.value[0].is_nan() && (columns.value[1] - 77.7242).abs() < ATOL_VECTORS);
        assert_eq!(columns.notes, [Note::ImplausibleCreatinine.bit(), 0, Note::MissingCreatinine.bit()]);
    }

    #[test]
    fn cockcroft_gault_without_weight_column_is_refused() {
        let error = Egfr::new(Equation::CockcroftGault, CreatinineUnit::MicromolPerLitre)
            .estimate_columns(&EgfrInput {
                creatinine: &[],
                age_years: &[],
                sex: &[],
                weight_kg: None,
                height_cm: None,
                race_coefficient: None,
                dialysis: None,
                subject: None,
            })
            .unwrap_err();
        assert_eq!(error.to_string(), "Cockcroft-Gault needs `weight`");
    }

    proptest! {
        #[test]
        fn columns_agree_with_one_patient_at_a_time(
            rows in proptest::collection::vec(
                (-5.0f64..4000.0, -1.0f64..130.0, -1i8..2, 20.0f64..120.0, 50.0f64..200.0, -1i8..2, -1i8..2), 0..150),
            equation in proptest::sample::select(Equation::ALL),
            unit in proptest::sample::select(CreatinineUnit::ALL),
            under_18 in proptest::sample::select(Under18::ALL),
            plain in any::<bool>(),
        ) {
            let rule = Egfr::new(equation, unit).under_18(under_18);
            let creatinine: Vec<f64> = rows.iter().map(|r| if unit == CreatinineUnit::MicromolPerLitre { r.0 } else { r.0 / 88.4 }).collect();
            let age: Vec<f64> = rows.iter().map(|r| r.1).collect();
            let sex: Vec<i8> = rows.iter().map(|r| r.2).collect();
            let weight: Vec<f64> = rows.iter().map(|r| r.3).collect();
            let height: Vec<f64> = rows.iter().map(|r| r.4).collect();
            let race: Vec<i8> = rows.iter().map(|r| r.5).collect();
            let dialysis: Vec<i8> = rows.iter().map(|r| r.6).collect();
            let input = EgfrInput {
                creatinine: &creatinine, age_years: &age, sex: &sex, weight_kg: Some(&weight), height_cm: Some(&height),
                race_coefficient: (!plain).then_some(&race[..]), dialysis: (!plain).then_some(&dialysis[..]), subject: None,
            };
            let columns = rule.estimate_columns(&input).unwrap();
            for row in 0..rows.len() {
                let one = rule.estimate(&input.row(row).unwrap());
                prop_assert_eq!(columns.value[row].to_bits(), one.value.unwrap_or(f64::NAN).to_bits());
                prop_assert_eq!(columns.notes[row], one.notes.iter().fold(0, |a, n| a | n.bit()));
                prop_assert_eq!(columns.equation[row] as usize, one.equation.code());
                prop_assert!(one.value.is_none_or(|v| v > 0.0 && v.is_finite()));
            }
        }
    }
}
