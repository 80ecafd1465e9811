//! Instruments filled in as a form of named fields: one assessment from its answers, many from columns.

use crate::ScoringError;
use crate::error::same_length;
use crate::why::{Confidence, Reason, Why, plain};

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldScale {
    /// 0 no, 1 yes.
    Flag,
    /// A whole number from 0 to this.
    Points(u8),
    /// A number of at least 0.
    Amount,
    /// Any number.
    Number,
}

/// One field of a form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Column name.
    pub id: &'static str,
    /// What it takes.
    pub scale: FieldScale,
    /// Its meaning in brief.
    pub meaning: &'static str,
}

pub(crate) const fn flag(id: &'static str, meaning: &'static str) -> Field {
    Field { id, scale: FieldScale::Flag, meaning }
}

pub(crate) const fn points(id: &'static str, most: u8, meaning: &'static str) -> Field {
    Field { id, scale: FieldScale::Points(most), meaning }
}

pub(crate) const fn amount(id: &'static str, meaning: &'static str) -> Field {
    Field { id, scale: FieldScale::Amount, meaning }
}

impl Field {
    fn accepts(&self, value: f64) -> bool {
        match self.scale {
            FieldScale::Flag => value == 0.0 || value == 1.0,
            FieldScale::Points(most) => (0.0..=f64::from(most)).contains(&value) && value.fract() == 0.0,
            FieldScale::Amount => value >= 0.0 && value.is_finite(),
            FieldScale::Number => value.is_finite(),
        }
    }

    /// What would be right, for error messages.
    #[must_use]
    pub fn allowed(&self) -> String {
        match self.scale {
            FieldScale::Flag => "0 or 1".to_owned(),
            FieldScale::Points(most) => format!("a whole number from 0 to {most}"),
            FieldScale::Amount => "a number >= 0".to_owned(),
            FieldScale::Number => "a number".to_owned(),
        }
    }
}

/// Answers to the fields of a form; missing ones are `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    fields: &'static [Field],
    values: Vec<f64>,
}

impl Answers {
    /// Nothing answered.
    #[must_use]
    pub fn new(form: &dyn Form) -> Answers {
        Answers { fields: form.fields(), values: vec![f64::NAN; form.fields().len()] }
    }

    /// Every flag and number of points 0; amounts stay missing.
    #[must_use]
    pub fn nothing_present(form: &dyn Form) -> Answers {
        let value = |f: &Field| match f.scale {
            FieldScale::Flag | FieldScale::Points(_) => 0.0,
            _ => f64::NAN,
        };
        Answers { fields: form.fields(), values: form.fields().iter().map(value).collect() }
    }

    /// With one answer.
    ///
    /// # Errors
    /// No such field, or an answer outside its scale.
    pub fn with(mut self, id: &str, value: f64) -> Result<Answers, ScoringError> {
        let position = self.fields.iter().position(|f| f.id == id).ok_or_else(|| ScoringError::UnknownWord {
            option: "field",
            value: id.to_owned(),
            known: crate::words::list(&self.fields.iter().map(|f| f.id).collect::<Vec<_>>()),
        })?;
        let field = &self.fields[position];
        if !value.is_nan() && !field.accepts(value) {
            return Err(out_of_scale(field, 0, value));
        }
        self.values[position] = value;
        Ok(self)
    }

    /// An answer, `None` where missing.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<f64> {
        let position = self.fields.iter().position(|f| f.id == id)?;
        self.values.get(position).copied().filter(|v| !v.is_nan())
    }

    /// A yes/no answer.
    #[must_use]
    pub fn yes(&self, id: &str) -> Option<bool> {
        self.get(id).map(|v| v == 1.0)
    }

    /// Fields and answers in the order of the form.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Field, Option<f64>)> + '_ {
        self.fields.iter().zip(&self.values).map(|(f, v)| (f, Some(*v).filter(|v| !v.is_nan())))
    }
}

/// The score of a form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FormScore {
    /// The score, `None` when missing answers leave it open.
    pub value: Option<f64>,
    /// Least possible score.
    pub lower: f64,
    /// Greatest possible score.
    pub upper: f64,
    /// The name of the state, band or grade.
    pub label: Option<&'static str>,
    /// What has to be said.
    pub notes: Vec<&'static str>,
    /// The steps.
    pub why: Why,
}

impl FormScore {
    /// A score that bounds leave open unless they agree.
    pub(crate) fn between(lower: f64, upper: f64) -> FormScore {
        FormScore { value: (lower == upper).then_some(lower), lower, upper, ..FormScore::default() }
    }

    pub(crate) fn say(&mut self, rule: &str, confidence: Confidence, item: &str, value: Option<f64>, sentence: String) {
        self.why.push(Reason {
            rule: rule.to_owned(),
            confidence,
            item: item.to_owned(),
            value: value.map(plain),
            threshold: String::new(),
            contribution: None,
            decided: true,
            sentence,
        });
    }

    pub(crate) fn note(&mut self, word: &'static str) {
        if !self.notes.contains(&word) {
            self.notes.push(word);
        }
    }
}

/// An instrument with named fields.
pub trait Form: Sync {
    /// Its id.
    fn id(&self) -> &'static str;
    /// Its publication.
    fn citation(&self) -> &'static str;
    /// Its fields.
    fn fields(&self) -> &'static [Field];
    /// The names its label can take.
    fn labels(&self) -> &'static [&'static str];
    /// The sentences of its notes: word and sentence.
    fn notes(&self) -> &'static [(&'static str, &'static str)];
    /// The score of one assessment.
    fn score(&self, answers: &Answers) -> FormScore;

    /// Why one assessment scored as it did, notes included.
    fn why(&self, answers: &Answers) -> Why {
        let score = self.score(answers);
        let mut why = score.why;
        for word in &score.notes {
            let sentence = self.notes().iter().find(|(w, _)| w == word).map_or(*word, |(_, s)| *s);
            why.push(Reason {
                rule: format!("{}.{word}", self.id()),
                confidence: Confidence::Medium,
                item: (*word).to_owned(),
                value: None,
                threshold: String::new(),
                contribution: None,
                decided: false,
                sentence: format!("Note: {sentence}."),
            });
        }
        why
    }
}

/// Scores of many assessments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FormColumns {
    /// Score, NaN where open.
    pub value: Vec<f64>,
    /// Least possible score.
    pub lower: Vec<f64>,
    /// Greatest possible score.
    pub upper: Vec<f64>,
    /// Position in [`Form::labels`], -1 without.
    pub label: Vec<i8>,
    /// Bits: positions in [`Form::notes`].
    pub notes: Vec<u32>,
}

fn out_of_scale(field: &Field, row: usize, value: f64) -> ScoringError {
    ScoringError::OutOfScale { item: field.id.to_owned(), row, value: plain(value), allowed: field.allowed() }
}

/// The answers of one row of columns.
///
/// # Errors
/// Another number of columns, unequal lengths, an answer outside its scale, no such row.
pub fn answers_of_row(form: &dyn Form, columns: &[Option<&[f64]>], row: usize) -> Result<Answers, ScoringError> {
    let rows = check(form, columns)?;
    if row >= rows {
        return Err(ScoringError::NoSuchRow { row, last: rows.saturating_sub(1) });
    }
    Ok(row_of(form, columns, row))
}

fn row_of(form: &dyn Form, columns: &[Option<&[f64]>], row: usize) -> Answers {
    let value = |c: &Option<&[f64]>| c.and_then(|c| c.get(row)).copied().unwrap_or(f64::NAN);
    Answers { fields: form.fields(), values: columns.iter().map(value).collect() }
}

fn check(form: &dyn Form, columns: &[Option<&[f64]>]) -> Result<usize, ScoringError> {
    let fields = form.fields();
    if columns.len() != fields.len() {
        return Err(ScoringError::ItemCount { instrument: form.id(), expected: fields.len(), found: columns.len() });
    }
    let rows = columns.iter().flatten().map(|c| c.len()).next().unwrap_or(0);
    for (field, column) in fields.iter().zip(columns) {
        let Some(column) = column else { continue };
        same_length(field.id, column.len(), rows)?;
        if let Some(row) = column.iter().position(|&v| !v.is_nan() && !field.accepts(v)) {
            return Err(out_of_scale(field, row, column[row]));
        }
    }
    Ok(rows)
}

/// Scores of assessments in rows; a column that is not given is missing in every row.
///
/// # Errors
/// Another number of columns, unequal lengths, an answer outside its scale (field, row and value are named).
pub fn score_form(form: &dyn Form, columns: &[Option<&[f64]>]) -> Result<FormColumns, ScoringError> {
    let rows = check(form, columns)?;
    let mut out = FormColumns::default();
    for row in 0..rows {
        let score = form.score(&row_of(form, columns, row));
        out.value.push(score.value.unwrap_or(f64::NAN));
        out.lower.push(score.lower);
        out.upper.push(score.upper);
        let label = score.label.and_then(|l| form.labels().iter().position(|x| *x == l));
        out.label.push(label.map_or(-1, |l| l as i8));
        let mask = form.notes().iter().enumerate().filter(|(_, (w, _))| score.notes.contains(w));
        out.notes.push(mask.fold(0, |all, (bit, _)| all | 1 << bit));
    }
    Ok(out)
}
