//! Reading: headers, then rows in chunks, so that memory need not grow with the file.

use super::header::{self, NameRecord, RECORD};
use super::ibm::{Stored, from_ibm};
use super::{TextEncoding, XportFile, XportMember, XportVariable, XportVersion};
use crate::interner::Interner;
use crate::{IoError, Values};
use encoding_rs::Encoding;
use mscsle_domain::TextColumn;
use std::io::Read;
use std::path::Path;

/// Reads all members of a transport file.
///
/// # Errors
/// [`IoError::Missing`] and those of [`XportReader`].
pub fn read_xport_file(path: &Path, encoding: &TextEncoding) -> Result<XportFile, IoError> {
    let shown = path.display().to_string();
    #[expect(clippy::disallowed_methods, reason = "this crate opens the paths")]
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => IoError::Missing { what: "file", path: shown.clone() },
        _ => IoError::System { path: shown.clone(), done: "read", reason: error.to_string() },
    })?;
    read_xport(std::io::BufReader::new(file), &shown, encoding)
}

/// Reads all members from anything that reads; `file` is the name in messages.
///
/// # Errors
/// Those of [`XportReader`].
pub fn read_xport(reader: impl Read, file: &str, encoding: &TextEncoding) -> Result<XportFile, IoError> {
    let mut reader = XportReader::new(reader, file, encoding)?;
    let mut members = Vec::new();
    while reader.next_member()? {
        if let Some(member) = reader.read_rows(usize::MAX)? {
            members.push(member);
        }
    }
    Ok(XportFile {
        version: reader.version,
        encoding: reader.encoding.name(),
        encoding_assumed: reader.encoding_assumed,
        members,
    })
}

/// Reads a transport file member by member and chunk by chunk.
///
/// ```no_run
/// # fn main() -> Result<(), mscsle_io::IoError> {
/// use mscsle_io::{TextEncoding, XportReader};
/// let bytes: &[u8] = &[];
/// let mut reader = XportReader::new(bytes, "adtte.xpt", &TextEncoding::Auto)?;
/// while reader.next_member()? {
///     while let Some(chunk) = reader.read_rows(10_000)? {
///         assert!(chunk.n_rows <= 10_000);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct XportReader<R> {
    records: Records<R>,
    version: XportVersion,
    wanted: TextEncoding,
    encoding: &'static Encoding,
    encoding_assumed: bool,
    member: Option<Member>,
}

/// The member whose rows are being read.
#[derive(Debug)]
struct Member {
    name: String,
    label: Vec<u8>,
    created: String,
    variables: Vec<NameRecord>,
    row_length: usize,
    /// Rows left, where the file says how many there are.
    left: Option<u64>,
    row: u64,
    begun: bool,
}

impl<R: Read> XportReader<R> {
    /// Reads the library header.
    ///
    /// # Errors
    /// [`IoError::Xport`] when it is no transport file, [`IoError::UnknownEncoding`].
    pub fn new(reader: R, file: &str, encoding: &TextEncoding) -> Result<XportReader<R>, IoError> {
        let wanted = encoding.clone();
        let encoding = match encoding {
            TextEncoding::Auto => encoding_rs::UTF_8,
            TextEncoding::Named(name) => Encoding::for_label(name.as_bytes())
                .ok_or_else(|| IoError::UnknownEncoding { encoding: name.chars().take(40).collect() })?,
        };
        let mut records = Records::new(reader, file);
        let first = records.next()?.ok_or_else(|| records.wrong("the file is empty".to_owned()))?;
        let version = header::library_version(&first).ok_or_else(|| {
            let cport = first.starts_with(b"**COMPRESSED**");
            records.wrong(if cport {
                "it was written by PROC CPORT; write a transport file with the XPORT engine".to_owned()
            } else {
                "it is not a SAS transport file: the first record is no library header".to_owned()
            })
        })?;
        records.expect_record()?;
        records.expect_record()?;
        Ok(XportReader { records, version, wanted, encoding, encoding_assumed: false, member: None })
    }

    /// The version of the file.
    #[must_use]
    pub fn version(&self) -> XportVersion {
        self.version
    }

    /// The encoding of the texts read so far.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Goes to the next member, over what is left of this one; false at the end of the file.
    ///
    /// # Errors
    /// [`IoError::Xport`] for headers that contradict the format, and for a file that ends inside them.
    pub fn next_member(&mut self) -> Result<bool, IoError> {
        while self.read_rows(4096)?.is_some() {}
        self.member = None;
        self.records.drop_rest();
        let Some(record) = self.records.next()? else { return Ok(false) };
        if !matches!(header::kind(&record), Some("MEMBER" | "MEMBV8" | "MEMBV9")) {
            if record.iter().all(|&b| b == b' ') {
                return Ok(false);
            }
            return Err(self.records.wrong("a member header was expected".to_owned()));
        }
        let name_length = header::digits(&record, 74, 78).unwrap_or(140);
        if !matches!(name_length, 136 | 140) {
            return Err(self.records.wrong(format!("name records of {name_length} bytes; 136 or 140 were expected")));
        }
        self.records.expect_record()?; // descriptor header
        let first = self.records.expect_record()?;
        let second = self.records.expect_record()?;
        let (name, created) = match self.version {
            XportVersion::V5 => (header::field(&first, 8, 16), header::field(&first, 64, 80)),
            XportVersion::V8 => (header::field(&first, 8, 40), header::field(&first, 64, 80)),
        };
        let (name, created) = (header::ascii(name), header::ascii(created));
        let label = header::field(&second, 32, 72).to_vec();
        let record = self.records.expect_record()?;
        let n = match header::kind(&record) {
            Some("NAMESTR" | "NAMSTV8" | "NAMSTV9") => header::n_variables(&record),
            _ => None,
        };
        let n = n.ok_or_else(|| self.records.wrong("a header of name records was expected".to_owned()))?;
        let mut variables = Vec::new();
        for bytes in self.records.blocks(n, name_length)? {
            variables.push(header::name_record(&bytes, self.version));
        }
        let (record, n_rows) = self.long_labels(&mut variables)?;
        if !matches!(header::kind(&record), Some("OBS" | "OBSV8" | "OBSV9")) {
            return Err(self.records.wrong("a header of observations was expected".to_owned()));
        }
        let row_length = header::place(&mut variables, &self.records.file, self.records.at)?;
        self.member = Some(Member { name, label, created, variables, row_length, left: n_rows, row: 0, begun: false });
        Ok(true)
    }

    /// Reads the labels and formats that are too long for name records; the header of observations and its number of rows.
    fn long_labels(&mut self, variables: &mut [NameRecord]) -> Result<([u8; RECORD], Option<u64>), IoError> {
        let mut record = self.records.expect_record()?;
        if let Some(kind @ ("LABELV8" | "LABELV9")) = header::kind(&record) {
            let with_formats = kind == "LABELV9";
            let n = header::digits(&record, 48, 58).or_else(|| header::digits(&record, 48, 53)).unwrap_or(0);
            for _ in 0..n.min(variables.len()) {
                let lengths = self.records.bytes(if with_formats { 10 } else { 6 })?;
                let at = |i: usize| {
                    lengths.get(2 * i..2 * i + 2).map_or(0, |b| usize::from(u16::from_be_bytes([b[0], b[1]])))
                };
                let number = at(0);
                let name = self.records.bytes(at(1))?;
                let label = self.records.bytes(at(2))?;
                let (format, informat) = if with_formats {
                    (self.records.bytes(at(3))?, self.records.bytes(at(4))?)
                } else {
                    (Vec::new(), Vec::new())
                };
                let found = variables.iter_mut().find(|v| v.number == number);
                let variable = found.ok_or_else(|| {
                    self.records.wrong(format!("a long label for variable {number}, which does not exist"))
                })?;
                variable.name = header::trim(&name).to_vec();
                variable.label = header::trim(&label).to_vec();
                if !format.is_empty() {
                    variable.format.name = long_format(&format);
                }
                if !informat.is_empty() {
                    variable.informat.name = long_format(&informat);
                }
            }
            self.records.drop_rest();
            record = self.records.expect_record()?;
        }
        let n_rows = match header::kind(&record) {
            Some("OBSV8" | "OBSV9") => header::digits(&record, 48, 63).map(|n| n as u64),
            _ => None,
        };
        Ok((record, n_rows))
    }

    /// Reads at most so many rows of the member; `None` when there are no more (once, an empty chunk of an empty member).
    ///
    /// # Errors
    /// [`IoError::Xport`] for a file that ends inside a row, [`IoError::Encoding`] for a text that the encoding does not have.
    pub fn read_rows(&mut self, most: usize) -> Result<Option<XportMember>, IoError> {
        let Some(member) = &mut self.member else { return Ok(None) };
        let first_row = member.row;
        let mut columns: Vec<Growing> = member.variables.iter().map(Growing::new).collect();
        let (mut ambiguous, mut full) = (false, false);
        let mut n = 0;
        while n < most {
            match self.records.row(member, &mut ambiguous)? {
                None => break,
                Some(row) => {
                    for (column, variable) in columns.iter_mut().zip(&member.variables) {
                        let bytes = row.get(variable.position..variable.position + variable.length);
                        let pushed = column.push(bytes.unwrap_or_default());
                        full |= pushed.is_none();
                    }
                }
            }
            if full {
                let what = "distinct texts in a column";
                return Err(IoError::TooLarge { file: self.records.file.clone(), what });
            }
            n += 1;
        }
        if n == 0 && member.begun {
            return Ok(None);
        }
        member.begun = true;
        if self.wanted == TextEncoding::Auto && self.encoding == encoding_rs::UTF_8 {
            let texts = columns.iter().flat_map(|c| c.texts.levels());
            let labels = member.variables.iter().map(|v| v.label.as_slice());
            if texts.chain(labels).any(|bytes| std::str::from_utf8(bytes).is_err()) {
                self.encoding = encoding_rs::WINDOWS_1252;
                self.encoding_assumed = true;
            }
        }
        let (encoding, file) = (self.encoding, self.records.file.as_str());
        let mut variables = Vec::with_capacity(columns.len());
        for (column, record) in columns.into_iter().zip(&member.variables) {
            let name = header::ascii(&record.name);
            variables.push(XportVariable {
                label: decode(&record.label, encoding).unwrap_or_else(|| header::ascii(&record.label)),
                length: record.length,
                format: record.format.clone(),
                informat: record.informat.clone(),
                values: column.finish(encoding).map_err(|row| IoError::Encoding {
                    file: file.to_owned(),
                    row: first_row as usize + row,
                    column: name.clone(),
                    encoding: encoding.name(),
                })?,
                name,
            });
        }
        Ok(Some(XportMember {
            name: member.name.clone(),
            label: decode(&member.label, encoding).unwrap_or_else(|| header::ascii(&member.label)),
            created: member.created.clone(),
            variables,
            n_rows: n,
            rows_ambiguous: ambiguous,
        }))
    }
}

/// A long format is stored as `NAMEw.d`; the name is what comes before the width.
fn long_format(bytes: &[u8]) -> String {
    let text = header::ascii(header::trim(bytes));
    text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned()
}

fn decode(bytes: &[u8], encoding: &'static Encoding) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

/// A variable while it is read.
struct Growing {
    is_text: bool,
    values: Vec<f64>,
    missing: Vec<u8>,
    texts: Interner,
}

impl Growing {
    fn new(variable: &NameRecord) -> Growing {
        let is_text = variable.is_text;
        Growing { is_text, values: Vec::new(), missing: Vec::new(), texts: Interner::default() }
    }

    /// Adds a value; none when there are more distinct texts than can be numbered.
    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        if self.is_text {
            let text = header::trim(bytes);
            if !text.is_empty() {
                return self.texts.push(text);
            }
            self.texts.push_missing();
            return Some(());
        }
        let (value, missing) = match from_ibm(bytes) {
            Stored::Value(value) => (value, 0),
            Stored::Missing(tag) => (f64::NAN, tag),
        };
        self.values.push(value);
        self.missing.push(missing);
        Some(())
    }

    /// The values, or the first row whose text the encoding does not have.
    fn finish(self, encoding: &'static Encoding) -> Result<Values, usize> {
        if !self.is_text {
            return Ok(Values::Number { values: self.values, missing: self.missing });
        }
        let mut levels = Vec::new();
        for (code, bytes) in self.texts.levels().enumerate() {
            levels.push(decode(bytes, encoding).ok_or_else(|| self.texts.first_row(code))?);
        }
        Ok(Values::Text(TextColumn { codes: self.texts.into_codes(), levels }))
    }
}

/// Records of 80 bytes, the next one seen ahead, and the bytes of rows taken from them.
#[derive(Debug)]
struct Records<R> {
    reader: R,
    file: String,
    /// Byte of the file at which the next record begins.
    at: u64,
    ahead: Option<[u8; RECORD]>,
    ended: bool,
    /// Bytes of records that rows or blocks have not used yet, from `used` on.
    rest: Vec<u8>,
    used: usize,
}

impl<R: Read> Records<R> {
    fn new(reader: R, file: &str) -> Records<R> {
        Records { reader, file: file.to_owned(), at: 0, ahead: None, ended: false, rest: Vec::new(), used: 0 }
    }

    fn wrong(&self, what: String) -> IoError {
        IoError::Xport { file: self.file.clone(), at: self.at, what }
    }

    /// Looks at the next record.
    fn peek(&mut self) -> Result<Option<&[u8; RECORD]>, IoError> {
        if self.ahead.is_none() && !self.ended {
            let mut record = [0_u8; RECORD];
            let mut filled = 0;
            while filled < RECORD {
                let n = self.reader.read(&mut record[filled..]).map_err(|error| IoError::System {
                    path: self.file.clone(),
                    done: "read",
                    reason: error.to_string(),
                })?;
                if n == 0 {
                    break;
                }
                filled += n;
            }
            self.ended = filled < RECORD;
            if filled == RECORD {
                self.ahead = Some(record);
            } else if filled > 0 {
                return Err(
                    self.wrong(format!("the file ends after {filled} of the 80 bytes of a record; it is cut off"))
                );
            }
        }
        Ok(self.ahead.as_ref())
    }

    fn next(&mut self) -> Result<Option<[u8; RECORD]>, IoError> {
        self.peek()?;
        let record = self.ahead.take();
        if record.is_some() {
            self.at += RECORD as u64;
        }
        Ok(record)
    }

    fn expect_record(&mut self) -> Result<[u8; RECORD], IoError> {
        self.next()?.ok_or_else(|| self.wrong("the file ends inside its headers".to_owned()))
    }

    fn drop_rest(&mut self) {
        self.rest.clear();
        self.used = 0;
    }

    /// Takes bytes that run over records.
    fn bytes(&mut self, n: usize) -> Result<Vec<u8>, IoError> {
        while self.rest.len() - self.used < n {
            let record = self.expect_record()?;
            self.rest.extend_from_slice(&record);
        }
        let bytes = self.rest[self.used..self.used + n].to_vec();
        self.used += n;
        Ok(bytes)
    }

    /// Takes blocks of equal length and the padding after them.
    fn blocks(&mut self, n: usize, length: usize) -> Result<Vec<Vec<u8>>, IoError> {
        let mut blocks = Vec::new();
        for _ in 0..n {
            blocks.push(self.bytes(length)?);
        }
        self.drop_rest();
        Ok(blocks)
    }

    /// Whether the rows go on in another record.
    fn rows_go_on(&mut self) -> Result<bool, IoError> {
        Ok(match self.peek()? {
            None => false,
            Some(record) => !matches!(header::kind(record), Some("MEMBER" | "MEMBV8" | "MEMBV9")),
        })
    }

    /// The next row of a member.
    fn row(&mut self, member: &mut Member, ambiguous: &mut bool) -> Result<Option<&[u8]>, IoError> {
        let length = member.row_length;
        if length == 0 || member.left == Some(0) {
            return self.end_of_rows(member);
        }
        // A row needs its own bytes; whether blanks are padding needs a look at the record after them.
        loop {
            let open = self.rest.len() - self.used;
            let blank = open < RECORD && self.rest[self.used..].iter().all(|&b| b == b' ');
            if open >= length && !(blank && member.left.is_none()) {
                break;
            }
            if !self.rows_go_on()? {
                if blank {
                    // A number is never blank: only a row of texts can look like padding.
                    *ambiguous |= open >= length && member.variables.iter().all(|variable| variable.is_text);
                    return self.end_of_rows(member);
                }
                return Err(self.wrong(format!("the file ends inside row {}; it is cut off", member.row)));
            }
            if self.used > 0 && self.used >= self.rest.len().max(1 << 16) / 2 {
                self.rest.drain(..self.used);
                self.used = 0;
            }
            let record = self.expect_record()?;
            self.rest.extend_from_slice(&record);
        }
        let from = self.used;
        self.used += length;
        member.row += 1;
        member.left = member.left.map(|left| left - 1);
        Ok(self.rest.get(from..from + length))
    }

    /// The rows end: what is left of the member is padding.
    fn end_of_rows(&mut self, member: &Member) -> Result<Option<&[u8]>, IoError> {
        match member.left {
            Some(left) if left > 0 && member.row_length > 0 => {
                Err(self.wrong(format!("{left} rows fewer than the header says; the file is cut off")))
            }
            _ => {
                while self.rows_go_on()? {
                    let record = self.expect_record()?;
                    if record.iter().any(|&b| b != b' ') {
                        return Err(self.wrong("more bytes than rows".to_owned()));
                    }
                }
                Ok(None)
            }
        }
    }
}
