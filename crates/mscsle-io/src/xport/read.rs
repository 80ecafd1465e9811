//! Reading: headers, then rows in chunks, so that memory need not grow with the file.

use super::header::{self, NameRecord, RECORD};
use super::ibm::{Stored, from_ibm};
use super::records::{Layout, Records, Rows};
use super::{MisreadZeros, SMALLEST_MAGNITUDE, TextEncoding, XportFile, XportMember, XportVariable, XportVersion};
use crate::interner::{Interner, grow};
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
    read_all(XportReader::open(path, encoding)?)
}

/// Reads all members from anything that reads; `file` is the name in messages.
///
/// # Errors
/// Those of [`XportReader`].
pub fn read_xport(reader: impl Read, file: &str, encoding: &TextEncoding) -> Result<XportFile, IoError> {
    read_all(XportReader::new(reader, file, encoding)?)
}

fn read_all<R: Read>(mut reader: XportReader<R>) -> Result<XportFile, IoError> {
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
    layout: Layout,
    begun: bool,
    ended: bool,
}

impl<R: Read> XportReader<R> {
    /// Reads the library header.
    ///
    /// # Errors
    /// [`IoError::Xport`] when it is no transport file, [`IoError::UnknownEncoding`].
    pub fn new(reader: R, file: &str, encoding: &TextEncoding) -> Result<XportReader<R>, IoError> {
        let wanted = encoding.clone();
        let encoding = encoding.resolve()?;
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
        self.skip_rows()?;
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
        let length = header::place(&mut variables, &self.records.file, self.records.at())?;
        let only_texts = variables.iter().all(|variable| variable.is_text);
        let layout = Layout { length, left: n_rows, row: 0, only_texts };
        self.records.begin_rows();
        self.member = Some(Member { name, label, created, variables, layout, begun: false, ended: false });
        Ok(true)
    }

    /// Goes over the rows that are left of a member.
    fn skip_rows(&mut self) -> Result<(), IoError> {
        let Some(member) = &mut self.member else { return Ok(()) };
        while !member.ended {
            match self.records.rows(member.layout, usize::MAX)? {
                Rows::End(_) => member.ended = true,
                Rows::Some(n) => {
                    self.records.take_rows(n, member.layout.length);
                    member.layout.advance(n);
                }
            }
        }
        Ok(())
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
        let first_row = member.layout.row;
        let mut columns: Vec<Growing> = member.variables.iter().map(Growing::new).collect();
        let mut ambiguous = false;
        let mut n = 0;
        while n < most && !member.ended {
            match self.records.rows(member.layout, most - n)? {
                Rows::End(maybe) => {
                    ambiguous = maybe;
                    member.ended = true;
                }
                Rows::Some(count) => {
                    let rows = self.records.take_rows(count, member.layout.length);
                    for (column, variable) in columns.iter_mut().zip(&member.variables) {
                        if column.push_rows(rows, member.layout.length, variable).is_none() {
                            let what = "distinct texts in a column";
                            return Err(IoError::TooLarge { file: self.records.file.clone(), what });
                        }
                    }
                    n += count;
                    member.layout.advance(count);
                }
            }
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
        let tiny = columns.iter().zip(&member.variables).filter(|(column, _)| column.n_tiny > 0);
        let misread_zeros = tiny.map(|(column, variable)| MisreadZeros {
            column: header::ascii(&variable.name),
            n_rows: column.n_tiny,
            first_row: first_row as usize + column.first_tiny(),
        });
        let misread_zeros: Vec<MisreadZeros> = misread_zeros.collect();
        let file = &self.records.file;
        let chunk = member.chunk(columns, self.encoding).map_err(|(row, column)| IoError::Encoding {
            file: file.clone(),
            row: first_row as usize + row,
            column,
            encoding: self.encoding.name(),
        })?;
        Ok(Some(XportMember { n_rows: n, rows_ambiguous: ambiguous, misread_zeros, ..chunk }))
    }

    /// The member whose rows come next, without rows; none before the first and after the last.
    #[must_use]
    pub fn member(&self) -> Option<XportMember> {
        let member = self.member.as_ref()?;
        member.chunk(member.variables.iter().map(Growing::new).collect(), self.encoding).ok()
    }

    /// Whether the encoding was assumed because a text read so far is not UTF-8.
    #[must_use]
    pub fn encoding_assumed(&self) -> bool {
        self.encoding_assumed
    }
}

impl XportReader<std::fs::File> {
    /// Opens a file.
    ///
    /// # Errors
    /// [`IoError::Missing`] and those of [`XportReader::new`].
    pub fn open(path: &Path, encoding: &TextEncoding) -> Result<XportReader<std::fs::File>, IoError> {
        let shown = path.display().to_string();
        #[expect(clippy::disallowed_methods, reason = "this crate opens the paths")]
        let file = std::fs::File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => IoError::Missing { what: "file", path: shown.clone() },
            _ => IoError::System { path: shown.clone(), done: "read", reason: error.to_string() },
        })?;
        XportReader::new(file, &shown, encoding)
    }
}

impl Member {
    /// The columns as a member, or row and column of a text that the encoding does not have.
    fn chunk(&self, columns: Vec<Growing>, encoding: &'static Encoding) -> Result<XportMember, (usize, String)> {
        let mut variables = Vec::with_capacity(columns.len());
        for (column, record) in columns.into_iter().zip(&self.variables) {
            let name = header::ascii(&record.name);
            variables.push(XportVariable {
                label: decode(&record.label, encoding).unwrap_or_else(|| header::ascii(&record.label)),
                length: record.length,
                fixed: false,
                format: record.format.clone(),
                informat: record.informat.clone(),
                values: column.finish(encoding).map_err(|row| (row, name.clone()))?,
                name,
            });
        }
        Ok(XportMember {
            name: self.name.clone(),
            label: decode(&self.label, encoding).unwrap_or_else(|| header::ascii(&self.label)),
            created: self.created.clone(),
            variables,
            ..XportMember::default()
        })
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

/// Whether a number is a zero that another program miswrote.
fn is_tiny(value: f64) -> bool {
    value != 0.0 && value.abs() < SMALLEST_MAGNITUDE
}

/// A variable while it is read.
struct Growing {
    is_text: bool,
    values: Vec<f64>,
    missing: Vec<u8>,
    texts: Interner,
    /// Numbers that are miswritten zeros.
    n_tiny: usize,
}

impl Growing {
    fn new(variable: &NameRecord) -> Growing {
        let is_text = variable.is_text;
        Growing { is_text, values: Vec::new(), missing: Vec::new(), texts: Interner::default(), n_tiny: 0 }
    }

    /// Adds the values of some rows; none when there are more distinct texts than can be numbered.
    fn push_rows(&mut self, rows: &[u8], row_length: usize, variable: &NameRecord) -> Option<()> {
        let place = variable.position..variable.position + variable.length;
        let cells = rows.chunks_exact(row_length).map(|row| row.get(place.clone()).unwrap_or_default());
        let n = rows.len() / row_length.max(1);
        if self.is_text {
            self.texts.reserve(n);
            for cell in cells {
                let text = header::trim(cell);
                if text.is_empty() {
                    self.texts.push_missing();
                } else {
                    self.texts.push(text)?;
                }
            }
            return Some(());
        }
        grow(&mut self.values, n);
        grow(&mut self.missing, n);
        for cell in cells {
            let (value, missing) = match from_ibm(cell) {
                Stored::Value(value) => (value, 0),
                Stored::Missing(tag) => (f64::NAN, tag),
            };
            self.n_tiny += usize::from(is_tiny(value));
            self.values.push(value);
            self.missing.push(missing);
        }
        Some(())
    }

    /// The first row of a miswritten zero.
    fn first_tiny(&self) -> usize {
        self.values.iter().position(|&value| is_tiny(value)).unwrap_or(0)
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
