//! Writing: version 5 by default, nothing truncated silently, no time of day unless given.

use super::header::RECORD;
use super::ibm::to_ibm;
use super::{XportFormat, XportMember, XportVariable, XportVersion};
use crate::values::is_tag;
use crate::{IoError, Values};
use std::io::Write;
use std::path::Path;

/// Time stamp of members that have none: files made from the same data are the same bytes.
const NO_TIME: &str = "01JAN60:00:00:00";

/// Writes members into a transport file.
///
/// # Errors
/// [`IoError::System`] and those of [`write_xport`].
pub fn write_xport_file(members: &[XportMember], version: XportVersion, path: &Path) -> Result<(), IoError> {
    let shown = path.display().to_string();
    let system =
        |error: std::io::Error| IoError::System { path: shown.clone(), done: "written", reason: error.to_string() };
    check(members, version, &shown)?;
    #[expect(clippy::disallowed_methods, reason = "this crate opens the paths")]
    let file = std::fs::File::create(path).map_err(system)?;
    write_xport(members, version, std::io::BufWriter::new(file), &shown)
}

/// Writes members to anything that writes; `file` is the name in messages. Texts are written as UTF-8.
///
/// A text variable is as wide as its longest text in bytes, at least `length`. In a version 5 member of texts alone, rows
/// shorter than 80 bytes are widened where blank rows at the end could not be told from padding.
///
/// # Errors
/// [`IoError::XportLimit`] for names, labels and texts that the version cannot hold and for a member without variables or
/// with variables of unequal length, [`IoError::XportNumber`] for numbers outside the range of the format or not exact in
/// the length asked for, [`IoError::System`].
pub fn write_xport(
    members: &[XportMember],
    version: XportVersion,
    mut writer: impl Write,
    file: &str,
) -> Result<(), IoError> {
    let system =
        |error: std::io::Error| IoError::System { path: file.to_owned(), done: "written", reason: error.to_string() };
    let plans = check(members, version, file)?;
    let words = Words::of(version);
    let mut head = Vec::new();
    let created = members.first().map_or(NO_TIME, stamp);
    record(&mut head, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:030}", words.library, 0));
    record(
        &mut head,
        &format!("{:<8}{:<8}{:<8}{:<8}{:<8}{:24}{created:<16}", "SAS", "SAS", "SASLIB", "9.4", "mscsle", ""),
    );
    record(&mut head, created);
    writer.write_all(&head).map_err(system)?;
    for (member, plan) in members.iter().zip(&plans) {
        writer.write_all(&member_header(member, plan, version)).map_err(system)?;
        let mut written = 0;
        let mut row_bytes = Vec::with_capacity(plan.row_length);
        for row in 0..member.n_rows {
            row_bytes.clear();
            for (variable, &length) in member.variables.iter().zip(&plan.lengths) {
                cell(variable, row, length, &mut row_bytes, file)?;
            }
            writer.write_all(&row_bytes).map_err(system)?;
            written += row_bytes.len();
        }
        let padding = (RECORD - written % RECORD) % RECORD;
        writer.write_all(&vec![b' '; padding]).map_err(system)?;
    }
    writer.flush().map_err(system)
}

/// Header words of a version.
struct Words {
    library: &'static str,
    member: &'static str,
    descriptor: &'static str,
    names: &'static str,
    rows: &'static str,
}

impl Words {
    fn of(version: XportVersion) -> Words {
        match version {
            XportVersion::V5 => {
                Words { library: "LIBRARY", member: "MEMBER", descriptor: "DSCRPTR", names: "NAMESTR", rows: "OBS" }
            }
            XportVersion::V8 => {
                Words { library: "LIBV8", member: "MEMBV8", descriptor: "DSCPTV8", names: "NAMSTV8", rows: "OBSV8" }
            }
        }
    }
}

/// Bytes of every variable of a member, and of a row.
struct Plan {
    lengths: Vec<usize>,
    row_length: usize,
}

fn stamp(member: &XportMember) -> &str {
    if member.created.len() == 16 && member.created.is_ascii() { &member.created } else { NO_TIME }
}

fn check(members: &[XportMember], version: XportVersion, file: &str) -> Result<Vec<Plan>, IoError> {
    let (longest_name, longest_label, longest_text) = match version {
        XportVersion::V5 => (8, 40, 200),
        XportVersion::V8 => (32, 256, 32_767),
    };
    let limit = |what: String| IoError::XportLimit { file: file.to_owned(), what };
    let mut plans = Vec::new();
    for member in members {
        let name = &member.name;
        if !is_name(name, longest_name) {
            return Err(limit(format!(
                "member `{name}` needs a name of at most {longest_name} letters, digits and `_`"
            )));
        }
        if member.label.len() > 40 {
            return Err(limit(format!(
                "the label of member `{name}` has {} bytes, at most 40 fit",
                member.label.len()
            )));
        }
        if member.variables.is_empty() || member.variables.len() > 9_999 {
            return Err(limit(format!("member `{name}` has {} variables; 1 to 9999 fit", member.variables.len())));
        }
        let mut lengths = Vec::new();
        for (position, variable) in member.variables.iter().enumerate() {
            let shown = &variable.name;
            if !is_name(shown, longest_name) {
                return Err(limit(format!(
                    "variable `{shown}` needs a name of at most {longest_name} letters, digits and `_`"
                )));
            }
            if member.variables.iter().take(position).any(|other| other.name.eq_ignore_ascii_case(shown)) {
                return Err(limit(format!("member `{name}` has variable `{shown}` twice")));
            }
            if variable.label.len() > longest_label {
                return Err(limit(format!(
                    "the label of `{shown}` has {} bytes, at most {longest_label} fit",
                    variable.label.len()
                )));
            }
            for format in [&variable.format, &variable.informat] {
                if format.name.len() > 8 || !format.name.is_ascii() {
                    return Err(limit(format!("format `{}` of `{shown}` is longer than 8 characters", format.name)));
                }
            }
            if variable.values.len() != member.n_rows {
                return Err(limit(format!(
                    "`{shown}` has {} rows, the member {}",
                    variable.values.len(),
                    member.n_rows
                )));
            }
            lengths.push(length_of(variable, longest_text, file)?);
        }
        widen_for_blank_rows(member, version, longest_text, &mut lengths, file)?;
        let row_length = lengths.iter().sum();
        plans.push(Plan { lengths, row_length });
    }
    Ok(plans)
}

fn is_name(name: &str, longest: usize) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.len() <= longest
}

fn length_of(variable: &XportVariable, longest_text: usize, file: &str) -> Result<usize, IoError> {
    match &variable.values {
        Values::Number { .. } => match variable.length {
            0 => Ok(8),
            length @ 3..=8 => Ok(length),
            length => Err(IoError::XportLimit {
                file: file.to_owned(),
                what: format!("number `{}` has length {length}; 3 to 8 bytes fit", variable.name),
            }),
        },
        Values::Text(text) => {
            let used = |code: usize| text.codes.iter().any(|&c| usize::try_from(c) == Ok(code));
            for (code, level) in text.levels.iter().enumerate() {
                if level.len() > longest_text && used(code) {
                    let row = text.codes.iter().position(|&c| usize::try_from(c) == Ok(code)).unwrap_or(0);
                    return Err(IoError::XportLimit {
                        file: file.to_owned(),
                        what: format!(
                            "`{}`, row {row} has a text of {} bytes; at most {longest_text} fit",
                            variable.name,
                            level.len()
                        ),
                    });
                }
            }
            let longest = text.levels.iter().map(String::len).filter(|n| *n <= longest_text).max().unwrap_or(0);
            Ok(longest.max(variable.length.min(longest_text)).max(1))
        }
    }
}

/// In version 5, padding of the last record that is as long as a row of texts looks like blank rows, and a blank last row
/// looks like padding. The row is widened until neither can be: a row of 80 bytes or more never ends inside the padding.
fn widen_for_blank_rows(
    member: &XportMember,
    version: XportVersion,
    longest_text: usize,
    lengths: &mut [usize],
    file: &str,
) -> Result<(), IoError> {
    let only_texts = member.variables.iter().all(|variable| matches!(variable.values, Values::Text(_)));
    let row_length: usize = lengths.iter().sum();
    if version != XportVersion::V5 || !only_texts || row_length >= RECORD || member.n_rows == 0 {
        return Ok(());
    }
    let last = member.n_rows - 1;
    let last_is_blank = member.variables.iter().all(|variable| match &variable.values {
        Values::Text(text) => text.get(last).is_none_or(|t| t.trim_end_matches(' ').is_empty()),
        Values::Number { .. } => false,
    });
    let padding = |length: usize| (RECORD - (length * member.n_rows) % RECORD) % RECORD;
    let is_plain = |length: usize| length >= RECORD || (!last_is_blank && padding(length) < length);
    let wanted = (row_length..=RECORD).find(|length| is_plain(*length)).unwrap_or(RECORD) - row_length;
    if wanted == 0 {
        return Ok(());
    }
    match lengths.iter_mut().find(|length| **length + wanted <= longest_text) {
        Some(length) => {
            *length += wanted;
            Ok(())
        }
        None => Err(IoError::XportLimit {
            file: file.to_owned(),
            what: "blank rows at the end could not be told from padding; add a number or use version 8".to_owned(),
        }),
    }
}

fn record(out: &mut Vec<u8>, text: &str) {
    let begin = out.len();
    out.extend_from_slice(text.as_bytes());
    out.resize(begin + RECORD, b' ');
}

fn padded(out: &mut Vec<u8>, bytes: &[u8], length: usize) {
    let kept = &bytes[..bytes.len().min(length)];
    out.extend_from_slice(kept);
    out.resize(out.len() + length - kept.len(), b' ');
}

/// The longest beginning of a text that fits into so many bytes.
fn beginning(text: &str, length: usize) -> &str {
    let end = (0..=length.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    &text[..end]
}

fn member_header(member: &XportMember, plan: &Plan, version: XportVersion) -> Vec<u8> {
    let words = Words::of(version);
    let mut out = Vec::new();
    record(&mut out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:017}160{:07}140", words.member, 0, 0));
    record(&mut out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:030}", words.descriptor, 0));
    let created = stamp(member);
    match version {
        XportVersion::V5 => record(
            &mut out,
            &format!("{:<8}{:<8}{:<8}{:<8}{:<8}{:24}{created}", "SAS", member.name, "SASDATA", "9.4", "mscsle", ""),
        ),
        XportVersion::V8 => record(
            &mut out,
            &format!("{:<8}{:<32}{:<8}{:<8}{:<8}{created}", "SAS", member.name, "SASDATA", "9.4", "mscsle"),
        ),
    }
    let begin = out.len();
    padded(&mut out, created.as_bytes(), 32);
    padded(&mut out, member.label.as_bytes(), 40);
    out.resize(begin + RECORD, b' ');
    let n = member.variables.len();
    record(&mut out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!000000{n:04}{:020}", words.names, 0));
    let begin = out.len();
    let mut position = 0_usize;
    for (number, (variable, &length)) in member.variables.iter().zip(&plan.lengths).enumerate() {
        name_record(&mut out, variable, number + 1, length, position, version);
        position += length;
    }
    fill(&mut out, begin);
    let long: Vec<(usize, &XportVariable)> = member
        .variables
        .iter()
        .enumerate()
        .filter(|(_, v)| version == XportVersion::V8 && v.label.len() > 40)
        .collect();
    if !long.is_empty() {
        record(&mut out, &format!("HEADER RECORD*******LABELV8 HEADER RECORD!!!!!!!{:<5}", long.len()));
        let begin = out.len();
        for (i, variable) in long {
            for number in [i + 1, variable.name.len(), variable.label.len()] {
                out.extend_from_slice(&(number as u16).to_be_bytes());
            }
            out.extend_from_slice(variable.name.as_bytes());
            out.extend_from_slice(variable.label.as_bytes());
        }
        fill(&mut out, begin);
    }
    match version {
        XportVersion::V5 => {
            record(&mut out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:030}", words.rows, 0))
        }
        XportVersion::V8 => {
            record(
                &mut out,
                &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:>15}", words.rows, member.n_rows),
            );
        }
    }
    out
}

/// Fills the last record with blanks.
fn fill(out: &mut Vec<u8>, begin: usize) {
    let padding = (RECORD - (out.len() - begin) % RECORD) % RECORD;
    out.resize(out.len() + padding, b' ');
}

fn name_record(
    out: &mut Vec<u8>,
    variable: &XportVariable,
    number: usize,
    length: usize,
    position: usize,
    version: XportVersion,
) {
    let begin = out.len();
    let is_text = matches!(variable.values, Values::Text(_));
    let short = |out: &mut Vec<u8>, n: u16| out.extend_from_slice(&n.to_be_bytes());
    short(out, if is_text { 2 } else { 1 });
    short(out, 0);
    short(out, length as u16);
    short(out, number as u16);
    padded(out, variable.name.as_bytes(), 8);
    padded(out, beginning(&variable.label, 40).as_bytes(), 40);
    let format = |out: &mut Vec<u8>, format: &XportFormat| {
        padded(out, format.name.as_bytes(), 8);
        out.extend_from_slice(&format.width.to_be_bytes());
        out.extend_from_slice(&format.decimals.to_be_bytes());
    };
    format(out, &variable.format);
    short(out, 0); // left-justified
    out.extend_from_slice(&[0, 0]);
    format(out, &variable.informat);
    out.extend_from_slice(&(position as u32).to_be_bytes());
    if version == XportVersion::V8 {
        padded(out, variable.name.as_bytes(), 32);
        short(out, variable.label.len() as u16);
    }
    out.resize(begin + 140, 0);
}

fn cell(variable: &XportVariable, row: usize, length: usize, out: &mut Vec<u8>, file: &str) -> Result<(), IoError> {
    match &variable.values {
        Values::Text(text) => padded(out, text.get(row).unwrap_or_default().as_bytes(), length),
        Values::Number { values, missing } => {
            let value = values.get(row).copied().unwrap_or(f64::NAN);
            let number = |why: &'static str| IoError::XportNumber {
                file: file.to_owned(),
                row,
                column: variable.name.clone(),
                value,
                why,
            };
            let bytes = if value.is_nan() {
                let tag = missing.get(row).copied().filter(|tag| is_tag(*tag)).unwrap_or(b'.');
                [tag, 0, 0, 0, 0, 0, 0, 0]
            } else {
                to_ibm(value).ok_or_else(|| number("lies outside the range of the format, 5.4e-79 to 7.2e75"))?
            };
            if bytes[length..].iter().any(|&b| b != 0) {
                return Err(number("is not exact in the length of the variable; use length 8"));
            }
            out.extend_from_slice(&bytes[..length]);
        }
    }
    Ok(())
}
