//! Header records of transport files: 80 bytes each.

use super::{XportFormat, XportVersion};
use crate::IoError;

/// Bytes of a record.
pub(super) const RECORD: usize = 80;

/// Beginning of every header record.
pub(super) const MARK: &[u8] = b"HEADER RECORD*******";

/// Most variables a member can have: five digits.
const MOST_VARIABLES: usize = 99_999;

/// One variable as it stands in the header.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NameRecord {
    pub(super) is_text: bool,
    pub(super) length: usize,
    pub(super) number: usize,
    pub(super) name: Vec<u8>,
    pub(super) label: Vec<u8>,
    pub(super) format: XportFormat,
    pub(super) informat: XportFormat,
    /// Byte of a row at which the value begins, see [`place`].
    pub(super) position: usize,
}

/// The kind of a header record: `LIBRARY`, `MEMBER`, `NAMESTR`, `OBSV8` ...
pub(super) fn kind(record: &[u8; RECORD]) -> Option<&str> {
    if !record.starts_with(MARK) {
        return None;
    }
    std::str::from_utf8(&record[20..28]).ok().map(str::trim_end)
}

/// The version of a library header.
pub(super) fn library_version(record: &[u8; RECORD]) -> Option<XportVersion> {
    match kind(record)? {
        "LIBRARY" => Some(XportVersion::V5),
        "LIBV8" | "LIBV9" => Some(XportVersion::V8),
        _ => None,
    }
}

/// Digits of a header record.
pub(super) fn digits(record: &[u8; RECORD], from: usize, to: usize) -> Option<usize> {
    std::str::from_utf8(record.get(from..to)?).ok()?.trim().parse().ok()
}

/// Number of variables of a `NAMESTR` header.
pub(super) fn n_variables(record: &[u8; RECORD]) -> Option<usize> {
    digits(record, 53, 58).filter(|n| *n <= MOST_VARIABLES)
}

/// Trimmed bytes of a field.
pub(super) fn field(record: &[u8], from: usize, to: usize) -> &[u8] {
    trim(record.get(from..to).unwrap_or_default())
}

/// Without trailing blanks and zero bytes.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| !matches!(b, b' ' | 0)).map_or(0, |last| last + 1);
    &bytes[..end]
}

fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]))
}

/// Bytes of a name that should be ASCII; others are shown as they are in Latin-1.
pub(super) fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| char::from(b)).collect()
}

fn format(bytes: &[u8], name: usize, width: usize) -> XportFormat {
    XportFormat {
        name: ascii(field(bytes, name, name + 8)),
        width: short(bytes, width),
        decimals: short(bytes, width + 2),
    }
}

/// Reads a name record of 136 or 140 bytes.
pub(super) fn name_record(bytes: &[u8], version: XportVersion) -> NameRecord {
    let long = if version == XportVersion::V8 { field(bytes, 88, 120) } else { &[] };
    let name = if long.is_empty() { field(bytes, 8, 16) } else { long };
    NameRecord {
        is_text: short(bytes, 0) == 2,
        length: usize::from(short(bytes, 4)),
        number: usize::from(short(bytes, 6)),
        name: name.to_vec(),
        label: field(bytes, 16, 56).to_vec(),
        format: format(bytes, 56, 64),
        informat: format(bytes, 72, 80),
        position: 0,
    }
}

/// Places the variables in a row one after the other; the bytes of a row.
///
/// The stored positions are not used: files of SAS itself (the version 8 macros) store the positions of the variables in
/// memory, numbers first, while the row has them in the order of the name records.
pub(super) fn place(variables: &mut [NameRecord], file: &str, at: u64) -> Result<usize, IoError> {
    let mut next = 0;
    for variable in variables {
        let (shortest, longest) = if variable.is_text { (1, 32_767) } else { (2, 8) };
        if !(shortest..=longest).contains(&variable.length) {
            let what = format!(
                "variable `{}` has length {}, not {shortest} to {longest}",
                ascii(&variable.name),
                variable.length
            );
            return Err(IoError::Xport { file: file.to_owned(), at, what });
        }
        variable.position = next;
        next += variable.length;
    }
    Ok(next)
}
