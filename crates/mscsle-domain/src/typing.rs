//! Columns as given become columns of the kind the schema says; what does not fit is a finding and missing.

use crate::lab_value::parse_number;
use crate::{Column, ColumnKind, ColumnSchema, LabValue, PartialDate, ResultColumn, TextColumn};
use std::collections::HashMap;

/// A cell that does not fit its column.
pub(crate) struct Misfit {
    pub(crate) row: usize,
    pub(crate) text: String,
    pub(crate) rule: &'static str,
    pub(crate) message: String,
}

/// Smallest magnitude a clinical number can have; below it stands a zero of a SAS transport file misread as 5.4e-79.
pub(crate) const SMALLEST_MAGNITUDE: f64 = 1e-70;

/// Words that mean "missing" in columns that are not free text.
const MISSING_WORDS: [&str; 10] = ["", ".", "na", "n/a", "nan", "nat", "null", "none", "nd", "<na>"];

/// Words that mean "missing" in free text too.
const MISSING_TEXT: [&str; 4] = ["", ".", "NA", "<NA>"];

fn is_missing(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 4 && MISSING_WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// The column in the kind of the schema, and the cells that do not fit (missing in the result).
pub(crate) fn type_column(schema: &ColumnSchema, column: Column) -> (Column, Vec<Misfit>) {
    match schema.kind {
        ColumnKind::Text => (Column::Text(as_text(column)), Vec::new()),
        ColumnKind::Category => as_category(schema, column),
        ColumnKind::Number => {
            let (numbers, misfits) = as_numbers(schema, column);
            (Column::Number(numbers), misfits)
        }
        ColumnKind::Ordinal => as_ordinal(schema, column),
        ColumnKind::Flag => as_flags(schema, column),
        ColumnKind::Date => as_dates(schema, column),
        ColumnKind::Result => as_results(schema, column),
    }
}

/// A text column as numbers or flags where the schema says so and every cell fits; otherwise as it is.
///
/// For frames of a user, who wants numbers to count with but sees every cell as it was written when one does not fit. Dates
/// and results with limits stay text. A column without a schema becomes numbers when every cell is the plain text of one
/// (`007` is not).
pub(crate) fn fit_column(schema: Option<&ColumnSchema>, column: Column) -> Column {
    let Column::Text(text) = &column else { return column };
    match schema.map(|schema| (schema.kind, schema)) {
        Some((ColumnKind::Number | ColumnKind::Ordinal | ColumnKind::Flag, schema)) => {
            let (typed, misfits) = type_column(schema, column.clone());
            if misfits.is_empty() { typed } else { column }
        }
        Some((ColumnKind::Result, _)) | None => {
            let plain =
                |level: &String| parse_number(level).is_some_and(|x| schema.is_some() || number_text(x) == *level);
            if text.levels.is_empty() || !text.levels.iter().all(plain) {
                return column;
            }
            let read = |level: &str| Ok(parse_number(level).unwrap_or(f64::NAN));
            Column::Number(by_level(text, read, &f64::NAN).0)
        }
        Some(_) => column,
    }
}

/// Reads each distinct text once, then maps the rows. A word for "missing" is missing unless the column can read it
/// (`none` is a dipstick result).
fn by_level<T: Clone>(
    column: &TextColumn,
    read: impl Fn(&str) -> Result<T, (&'static str, String)>,
    missing: &T,
) -> (Vec<T>, Vec<Misfit>) {
    let levels: Vec<Result<T, (&'static str, String)>> = column
        .levels
        .iter()
        .map(|text| read(text).or_else(|e| if is_missing(text) { Ok(missing.clone()) } else { Err(e) }))
        .collect();
    let mut misfits = Vec::new();
    let values = column
        .codes
        .iter()
        .enumerate()
        .map(|(row, &code)| {
            let level = usize::try_from(code).ok();
            match level.and_then(|code| levels.get(code)) {
                None => missing.clone(),
                Some(Ok(value)) => value.clone(),
                Some(Err((rule, message))) => {
                    let text = column.get(row).unwrap_or_default().to_owned();
                    misfits.push(Misfit { row, text, rule, message: message.clone() });
                    missing.clone()
                }
            }
        })
        .collect();
    (values, misfits)
}

/// A number as a person writes it: whole numbers without a point.
pub(crate) fn number_text(x: f64) -> String {
    if x != 0.0 && (x.abs() < 1e-6 || x.abs() >= 1e15) { format!("{x:e}") } else { format!("{x}") }
}

pub(crate) fn as_text(column: Column) -> TextColumn {
    let column = match column {
        Column::Text(text) => text,
        Column::Number(numbers) => numbers_as_text(&numbers),
        Column::Flag(flags) => TextColumn::from_values(flags.iter().map(|flag| match flag {
            0 => Some("0"),
            1 => Some("1"),
            _ => None,
        })),
        Column::Date(dates) => {
            let texts: Vec<Option<String>> = dates.iter().map(|date| date.map(|d| d.to_string())).collect();
            TextColumn::from_values(texts.iter().map(Option::as_deref))
        }
        Column::Result(result) => result.text,
    };
    clean_text(column)
}

/// Each distinct number is written once. Two numbers of one text (only NaN has none) have the same bits.
fn numbers_as_text(numbers: &[f64]) -> TextColumn {
    let mut column = TextColumn { codes: Vec::with_capacity(numbers.len()), levels: Vec::new() };
    let mut seen: HashMap<u64, i32> = HashMap::new();
    for x in numbers {
        let code = if x.is_nan() {
            -1
        } else {
            *seen.entry(x.to_bits()).or_insert_with(|| {
                column.levels.push(number_text(*x));
                column.levels.len() as i32 - 1
            })
        };
        column.codes.push(code);
    }
    column
}

/// The column without surrounding blanks, which never identify anybody (trimming may merge levels), and without words for
/// "missing"; levels in the order in which the rows use them. Every level is looked at once, not every row.
fn clean_text(column: TextColumn) -> TextColumn {
    const OPEN: i32 = -2;
    let mut clean = TextColumn { codes: column.codes, levels: Vec::new() };
    let mut of_level = vec![OPEN; column.levels.len()];
    let mut seen: HashMap<&str, i32> = HashMap::new();
    for code in &mut clean.codes {
        let level = usize::try_from(*code).ok();
        let Some((new, level)) = level.and_then(|level| of_level.get_mut(level).zip(column.levels.get(level))) else {
            *code = -1;
            continue;
        };
        if *new == OPEN {
            let text = level.trim();
            *new = if MISSING_TEXT.contains(&text) {
                -1
            } else {
                *seen.entry(text).or_insert_with(|| {
                    clean.levels.push(text.to_owned());
                    clean.levels.len() as i32 - 1
                })
            };
        }
        *code = *new;
    }
    clean
}

fn as_category(schema: &ColumnSchema, column: Column) -> (Column, Vec<Misfit>) {
    let text = as_text(column);
    let read = |level: &str| -> Result<i32, (&'static str, String)> {
        let level = alias(schema.name, level.trim());
        schema
            .allowed
            .iter()
            .position(|allowed| allowed.eq_ignore_ascii_case(level))
            .map(|position| position as i32)
            .ok_or_else(|| {
                let hint = crate::did_you_mean(level, schema.allowed.iter().copied());
                ("not_allowed", format!("`{}` must be one of {}{hint}", schema.name, words(schema.allowed)))
            })
    };
    let (codes, misfits) = by_level(&text, read, &-1);
    let levels = schema.allowed.iter().map(|&level| level.to_owned()).collect();
    (Column::Text(TextColumn { codes, levels }), misfits)
}

/// Spellings of a category that leave no doubt.
fn alias<'a>(column: &str, value: &'a str) -> &'a str {
    match (column, value.to_ascii_lowercase().as_str()) {
        ("sex", "female") => "F",
        ("sex", "male") => "M",
        _ => value,
    }
}

/// "`a`, `b` or `c`".
pub(crate) fn words(allowed: &[&str]) -> String {
    let quoted: Vec<String> = allowed.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

fn check_number(schema: &ColumnSchema, x: f64) -> Result<f64, (&'static str, String)> {
    if x.is_infinite() {
        return Err(("not_a_number", format!("`{}` must be a finite number", schema.name)));
    }
    if x != 0.0 && x.abs() < SMALLEST_MAGNITUDE {
        return Err((
            "sas_zero",
            format!(
                "`{}` is a zero of a SAS transport file misread by another reader; read the file again with a reader that keeps zeros",
                schema.name
            ),
        ));
    }
    Ok(x)
}

fn as_numbers(schema: &ColumnSchema, column: Column) -> (Vec<f64>, Vec<Misfit>) {
    match column {
        Column::Number(mut numbers) => {
            let mut misfits = Vec::new();
            for (row, x) in numbers.iter_mut().enumerate() {
                if let Err((rule, message)) = check_number(schema, *x) {
                    misfits.push(Misfit { row, text: number_text(*x), rule, message });
                    *x = f64::NAN;
                }
            }
            (numbers, misfits)
        }
        Column::Flag(flags) => {
            (flags.iter().map(|&flag| if flag < 0 { f64::NAN } else { f64::from(flag) }).collect(), Vec::new())
        }
        other => {
            let read = |text: &str| match parse_number(text) {
                Some(x) => check_number(schema, x),
                None => Err(("not_a_number", not_a_number(schema, text))),
            };
            by_level(&as_text(other), read, &f64::NAN)
        }
    }
}

fn not_a_number(schema: &ColumnSchema, text: &str) -> String {
    let unit = if schema.unit.is_empty() { String::new() } else { format!(" in {}", schema.unit) };
    let comma = if text.contains(',') { "; the decimal sign is a point" } else { "" };
    format!("`{}` must be a number{unit}{comma}", schema.name)
}

fn as_ordinal(schema: &ColumnSchema, column: Column) -> (Column, Vec<Misfit>) {
    let (mut numbers, mut misfits) = as_numbers(schema, column);
    for misfit in misfits.iter_mut().filter(|misfit| misfit.rule == "not_a_number") {
        misfit.rule = "not_allowed";
        misfit.message = format!("`{}` must be one of {}", schema.name, words(schema.allowed));
    }
    for (row, x) in numbers.iter_mut().enumerate() {
        if !x.is_nan() && !schema.allowed.contains(&number_text(*x).as_str()) {
            let message = format!("`{}` must be one of {}", schema.name, words(schema.allowed));
            misfits.push(Misfit { row, text: number_text(*x), rule: "not_allowed", message });
            *x = f64::NAN;
        }
    }
    misfits.sort_by_key(|misfit| misfit.row);
    (Column::Number(numbers), misfits)
}

fn known_flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "1.0" | "true" | "t" | "yes" | "y" => Some(true),
        "0" | "0.0" | "false" | "f" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// A flag as written in a table: 1 for `1`, `true`, `t`, `yes`, `y`, 0 for `0`, `false`, `f`, `no`, `n`, -1 for the words
/// that mean missing (`NA`, `ND`, `.` ...); none for any other text. Case and blanks do not matter.
///
/// ```
/// use mscsle_domain::flag_word;
///
/// assert_eq!([flag_word("Y"), flag_word("false"), flag_word("ND"), flag_word("2")], [Some(1), Some(0), Some(-1), None]);
/// ```
#[must_use]
pub fn flag_word(text: &str) -> Option<i8> {
    known_flag(text).map(i8::from).or(if is_missing(text) { Some(-1) } else { None })
}

/// A number as written in a table, NaN for the words that mean missing (`NA`, `ND`, `.` ...); none for any other text.
///
/// ```
/// use mscsle_domain::number_word;
///
/// assert_eq!((number_word("4.5"), number_word("<5")), (Some(4.5), None));
/// assert!(number_word("NA").is_some_and(f64::is_nan));
/// ```
#[must_use]
pub fn number_word(text: &str) -> Option<f64> {
    parse_number(text).or(if is_missing(text) { Some(f64::NAN) } else { None })
}

fn as_flags(schema: &ColumnSchema, column: Column) -> (Column, Vec<Misfit>) {
    let wrong = || ("not_a_flag", format!("`{}` must be 0 or 1, true or false, or Y or N", schema.name));
    match column {
        Column::Flag(flags) => (Column::Flag(flags), Vec::new()),
        Column::Number(numbers) => {
            let mut misfits = Vec::new();
            let flags = numbers
                .iter()
                .enumerate()
                .map(|(row, &x)| {
                    if x.is_nan() {
                        -1
                    } else if x == 0.0 || x == 1.0 {
                        i8::from(x == 1.0)
                    } else {
                        let (rule, message) = wrong();
                        misfits.push(Misfit { row, text: number_text(x), rule, message });
                        -1
                    }
                })
                .collect();
            (Column::Flag(flags), misfits)
        }
        other => {
            let read = |text: &str| known_flag(text).map(i8::from).ok_or_else(wrong);
            let (flags, misfits) = by_level(&as_text(other), read, &-1);
            (Column::Flag(flags), misfits)
        }
    }
}

fn as_dates(schema: &ColumnSchema, column: Column) -> (Column, Vec<Misfit>) {
    let wrong =
        || ("not_a_date", format!("`{}` must be a date such as `2009-03-14`, `2009-03` or `2009`", schema.name));
    match column {
        Column::Date(dates) => (Column::Date(dates), Vec::new()),
        Column::Number(numbers) => {
            let mut misfits = Vec::new();
            let dates = numbers
                .iter()
                .enumerate()
                .map(|(row, &x)| {
                    if x.is_nan() {
                        return None;
                    }
                    // A column of years alone is read as numbers by every CSV reader.
                    if (1800.0..2200.0).contains(&x) && x.fract() == 0.0 {
                        return Some(PartialDate::Year(x as i32));
                    }
                    let (rule, message) = wrong();
                    misfits.push(Misfit {
                        row,
                        text: number_text(x),
                        rule,
                        message: format!("{message}; a count of days (as SAS and Excel keep dates) is not guessed"),
                    });
                    None
                })
                .collect();
            (Column::Date(dates), misfits)
        }
        other => {
            let read = |text: &str| PartialDate::parse(text).map(Some).map_err(|_| wrong());
            let (dates, misfits) = by_level(&as_text(other), read, &None);
            (Column::Date(dates), misfits)
        }
    }
}

fn as_results(schema: &ColumnSchema, column: Column) -> (Column, Vec<Misfit>) {
    match column {
        Column::Number(numbers) => {
            let (numbers, misfits) = as_numbers(schema, Column::Number(numbers));
            let text = as_text(Column::Number(numbers.clone()));
            let values = numbers.iter().map(|&x| if x.is_nan() { None } else { Some(LabValue::exact(x)) }).collect();
            (Column::Result(ResultColumn { text, values }), misfits)
        }
        Column::Result(result) => (Column::Result(result), Vec::new()),
        other => {
            let text = match other {
                Column::Text(text) => text,
                other => as_text(other),
            };
            let read = |level: &str| match LabValue::parse(level) {
                Some(value) => check_number(schema, value.number).map(|_| Some(value)),
                None => Err((
                    "unreadable_result",
                    format!("`{}` must be a number or a result such as `<0.15`, `trace`, `2+`", schema.name),
                )),
            };
            let (values, misfits) = by_level(&text, read, &None);
            (Column::Result(ResultColumn { text, values }), misfits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trimmed_levels_merge_in_the_order_of_the_rows() {
        let column = TextColumn {
            codes: vec![3, 0, 2, -1, 1, 0, 9],
            levels: ["M3 ", "NA", "M3", "M0", "unused"].map(str::to_owned).to_vec(),
        };
        let clean = clean_text(column);
        assert_eq!(clean.codes, [0, 1, 1, -1, -1, 1, -1]);
        assert_eq!(clean.levels, ["M0", "M3"]);
    }

    #[test]
    fn numbers_of_one_text_share_a_level() {
        let text = numbers_as_text(&[2.0, f64::NAN, 0.5, 2.0, -0.0, 0.0]);
        assert_eq!(text.codes, [0, -1, 1, 0, 2, 3]);
        assert_eq!(text.levels, ["2", "0.5", "-0", "0"]);
    }
}
